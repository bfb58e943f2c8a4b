//! Finding the references in an expression or body, those bound by `for` left out.
//!
//! It resolves nothing: what a reference means is for others.

use std::sync::Arc;

use super::ast::{Block, Body, Expr, ExprKind, Part, StepKind, Template, Traversal};

impl Expr {
    /// Every absolute reference in this expression, in source order, except those to names that a
    /// `for` in the expression binds.
    #[must_use]
    pub fn references(&self) -> Vec<&Traversal> {
        let mut found = Vec::new();
        self.visit_references(&mut |t| found.push(t));
        found
    }

    /// Calls `visit` with every reference that [`Expr::references`] gives.
    pub fn visit_references<'a>(&'a self, visit: &mut dyn FnMut(&'a Traversal)) {
        Walk {
            bound: Vec::new(),
            visit,
        }
        .expr(self);
    }
}

impl Body {
    /// Every absolute reference in the arguments and blocks of this body.
    #[must_use]
    pub fn references(&self) -> Vec<&Traversal> {
        let mut found = Vec::new();
        self.visit_references(&mut |t| found.push(t));
        found
    }

    /// Calls `visit` with every reference in this body, nested blocks included.
    pub fn visit_references<'a>(&'a self, visit: &mut dyn FnMut(&'a Traversal)) {
        for attribute in &self.attributes {
            attribute.expr.visit_references(visit);
        }
        for block in &self.blocks {
            block.visit_references(visit);
        }
    }
}

impl Block {
    /// Calls `visit` with every reference in this block.
    pub fn visit_references<'a>(&'a self, visit: &mut dyn FnMut(&'a Traversal)) {
        self.body.visit_references(visit);
    }
}

struct Walk<'v, 'a> {
    bound: Vec<&'a str>,
    visit: &'v mut dyn FnMut(&'a Traversal),
}

impl<'a> Walk<'_, 'a> {
    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::SplatItem | ExprKind::Invalid => {}
            ExprKind::Template(t) => self.template(t),
            ExprKind::TemplateWrap(e) | ExprKind::Parens(e) => self.expr(e),
            ExprKind::Traversal(t) => {
                if !self.bound.contains(&&*t.root) {
                    (self.visit)(t);
                }
            }
            ExprKind::Relative(r) => self.expr(&r.source),
            ExprKind::Index(i) => {
                self.expr(&i.collection);
                self.expr(&i.key);
            }
            ExprKind::Splat(s) => {
                self.expr(&s.source);
                self.expr(&s.each);
            }
            ExprKind::Call(c) => c.args.iter().for_each(|a| self.expr(a)),
            ExprKind::Unary(u) => self.expr(&u.operand),
            ExprKind::Binary(b) => {
                self.expr(&b.first);
                b.rest.iter().for_each(|t| self.expr(&t.operand));
            }
            ExprKind::Conditional(c) => {
                self.expr(&c.condition);
                self.expr(&c.yes);
                self.expr(&c.no);
            }
            ExprKind::For(f) => {
                self.expr(&f.collection);
                let names = f.key_name.iter().chain([&f.value_name]);
                self.binding(names.map(|n| &**n), |walk| {
                    if let Some(key) = &f.key {
                        walk.expr(key);
                    }
                    walk.expr(&f.value);
                    if let Some(condition) = &f.condition {
                        walk.expr(condition);
                    }
                });
            }
            ExprKind::Tuple(items) => items.iter().for_each(|e| self.expr(e)),
            ExprKind::Object(items) => {
                for item in items {
                    if item.key_name().is_none() {
                        self.expr(&item.key);
                    }
                    self.expr(&item.value);
                }
            }
            ExprKind::JsonString(s) => self.expr(&s.template),
        }
    }

    fn template(&mut self, template: &'a Template) {
        for part in &template.parts {
            match part {
                Part::Literal(..) => {}
                Part::Interpolation(e) => self.expr(e),
                Part::If(i) => {
                    self.expr(&i.condition);
                    self.template(&i.yes);
                    self.template(&i.no);
                }
                Part::For(f) => {
                    self.expr(&f.collection);
                    let names = f.key.iter().chain([&f.value]);
                    self.binding(names.map(|n| &**n), |walk| walk.template(&f.body));
                }
            }
        }
    }

    fn binding(&mut self, names: impl Iterator<Item = &'a str>, inside: impl FnOnce(&mut Self)) {
        let before = self.bound.len();
        self.bound.extend(names);
        inside(self);
        self.bound.truncate(before);
    }
}

impl Traversal {
    /// The name of attribute step `i`, if that step is one.
    #[must_use]
    pub fn attr(&self, i: usize) -> Option<&str> {
        self.shared_attr(i).map(|name| &**name)
    }

    /// As [`Traversal::attr`], to be shared.
    #[must_use]
    pub fn shared_attr(&self, i: usize) -> Option<&Arc<str>> {
        match &self.steps.get(i)?.kind {
            StepKind::Attr(name) => Some(name),
            StepKind::Index(_) => None,
        }
    }
}
