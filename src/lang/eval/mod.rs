//! Tree → values, in the scope that the caller gives.
//!
//! Every problem becomes a diagnostic and the value concerned becomes unknown, so that evaluation
//! goes on and finds the next. It does no I/O (the file functions reach files through their context)
//! and decides nothing about what names mean.

mod access;
mod call;
mod conditional;
mod equal;
mod for_expr;
mod object;
mod ops;
mod range;
mod render;
mod splat;
mod template;
#[cfg(test)]
mod tests;
mod unresolved;

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::diagnostic::ReferenceValue;
use trunkline_api::{Diagnostic, Diagnostics, Type, Value};

use super::ast::{Expr, ExprKind, Traversal};
use super::functions::FunctionContext;
use super::size::{MAX_SIZE, MAX_TEXT};
use super::source::{Sources, SrcSpan};

pub use access::{get_attr, get_index, step as after};
pub use call::CallOutcome;
pub use equal::equals;
pub use range::definitely_not_null;
pub use render::Templates;
pub use unresolved::{Stage, Unresolved, stops, told};

/// What names mean where an expression stands.
pub trait Scope {
    /// The texts that spans refer to.
    fn sources(&self) -> &Sources;

    /// The value of the object that a reference begins with, and how many of its steps name that object.
    /// The steps after these are applied by the evaluator. Called once for each reference of an
    /// expression before anything is evaluated.
    ///
    /// # Errors
    /// What to show when the reference means nothing here; it carries its own span.
    fn resolve(&self, traversal: &Traversal) -> Result<(Value, usize), Unresolved>;

    /// What functions may reach.
    fn functions(&self) -> &FunctionContext;

    /// Whether this is the console, where there is `type` and no `plantimestamp`.
    fn in_console(&self) -> bool {
        false
    }

    /// Calls a function of a provider, named in full (`provider::name::function`). `None` when there is
    /// no such function.
    fn call_provider(&self, _name: &str, _args: &[Value]) -> Option<CallOutcome> {
        None
    }

    /// Whether the module names a provider so among those it requires.
    fn has_provider(&self, _local_name: &str) -> bool {
        false
    }
}

/// The value of an expression. After an error, which is added to `diags`, what depends on the failed
/// part is unknown.
#[must_use]
pub fn eval(expr: &Expr, scope: &dyn Scope, diags: &mut Diagnostics) -> Value {
    if let ExprKind::Literal(value) = &expr.kind {
        return value.clone();
    }
    let mut resolved = Vec::new();
    let mut problems = Vec::new();
    expr.visit_references(&mut |t| match scope.resolve(t) {
        Ok((value, steps)) => resolved.push((id(t), value, steps)),
        Err(problem) => problems.push(problem),
    });
    if !problems.is_empty() {
        diags.extend(unresolved::told(problems));
        return Value::unknown(Type::Dynamic);
    }
    resolved.sort_by_key(|r| r.0);
    Evaluator {
        scope: Some(scope),
        sources: scope.sources(),
        resolved,
        bound: Vec::new(),
        items: Vec::new(),
        diags,
    }
    .expr(expr)
}

/// The value of an expression where nothing may be referred to and no function called.
#[must_use]
pub fn eval_constant(expr: &Expr, sources: &Sources, diags: &mut Diagnostics) -> Value {
    let mut failed = false;
    let json = holds_json(expr);
    expr.visit_references(&mut |t| {
        if json {
            return;
        }
        failed = true;
        diags.push(sources.error(
            t.root_span,
            "Variables not allowed",
            "Variables may not be used here.",
        ));
    });
    if failed {
        return Value::unknown(Type::Dynamic);
    }
    Evaluator {
        scope: None,
        sources,
        resolved: Vec::new(),
        bound: Vec::new(),
        items: Vec::new(),
        diags,
    }
    .expr(expr)
}

/// The value of an expression as far as it refers to nothing: what is referred to and what functions give is unknown.
#[must_use]
pub fn eval_unreferenced(expr: &Expr, sources: &Sources) -> Value {
    let mut resolved = Vec::new();
    expr.visit_references(&mut |t| {
        resolved.push((id(t), Value::unknown(Type::Dynamic), t.steps.len()));
    });
    resolved.sort_by_key(|r| r.0);
    Evaluator {
        scope: None,
        sources,
        resolved,
        bound: Vec::new(),
        items: Vec::new(),
        diags: &mut Vec::new(),
    }
    .expr(expr)
}

/// Whether an expression is of the JSON notation, where a string is no template as long as nothing may be
/// referred to.
fn holds_json(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::JsonString(_) => true,
        ExprKind::Tuple(items) => items.iter().any(holds_json),
        ExprKind::Object(items) => items
            .iter()
            .any(|item| holds_json(&item.key) || holds_json(&item.value)),
        _ => false,
    }
}

/// The values of the references in an expression, as diagnostics show them: sensitive values and
/// those of which not even the type is known are left out unless asked for.
#[must_use]
pub fn reference_values(expr: &Expr, scope: &dyn Scope, all: bool) -> Vec<ReferenceValue> {
    let mut diags = Vec::new();
    let evaluator = Evaluator {
        scope: Some(scope),
        sources: scope.sources(),
        resolved: Vec::new(),
        bound: Vec::new(),
        items: Vec::new(),
        diags: &mut diags,
    };
    evaluator.values(expr, all)
}

/// Of so many references of an expression a diagnostic looks for values: an expression may have thousands, and an error
/// at each.
const MOST_REFERENCES: usize = 200;

/// A reference's identity within one evaluation: its place in the tree, which is borrowed meanwhile.
fn id(traversal: &Traversal) -> usize {
    std::ptr::from_ref(traversal).addr()
}

pub(crate) struct Evaluator<'e> {
    /// Nothing where only constants are allowed.
    scope: Option<&'e dyn Scope>,
    sources: &'e Sources,
    /// Identity, value and number of steps taken of every free reference, sorted by identity.
    resolved: Vec<(usize, Value, usize)>,
    /// Names bound by `for`, innermost last.
    bound: Vec<(Arc<str>, Value)>,
    /// Elements at hand in splats, innermost last.
    items: Vec<Value>,
    diags: &'e mut Diagnostics,
}

fn unknown() -> Value {
    Value::unknown(Type::Dynamic)
}

impl Evaluator<'_> {
    fn expr(&mut self, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::Literal(value) => value.clone(),
            ExprKind::Invalid => unknown(),
            ExprKind::SplatItem => self.items.last().cloned().unwrap_or_else(unknown),
            ExprKind::Traversal(t) => self.traversal(expr, t),
            _ => {
                let value = super::depth::deeper(|| self.compound(expr));
                match value.size() > MAX_SIZE {
                    true => self.too_large(expr),
                    false => value,
                }
            }
        }
    }

    /// Reports that the value of an expression is too large, and gives an unknown one in its place.
    fn too_large(&mut self, expr: &Expr) -> Value {
        let detail = format!(
            "This expression gives a value of more than {MAX_SIZE} elements, or a text of more than {} megabytes. Such a value is seldom meant: look for values that are put into themselves again and again.",
            MAX_TEXT >> 20
        );
        let diagnostic = self.sources.error(expr.span, "Value too large", detail);
        self.diags.push(diagnostic);
        unknown()
    }

    fn compound(&mut self, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::Parens(inner) | ExprKind::TemplateWrap(inner) => self.expr(inner),
            ExprKind::Template(t) => self.template(expr, t),
            ExprKind::Relative(r) => {
                let source = self.expr(&r.source);
                self.steps(expr, source, &r.steps)
            }
            ExprKind::Index(i) => self.index(expr, i),
            ExprKind::Splat(s) => self.splat(s),
            ExprKind::Call(c) => self.call(expr, c),
            ExprKind::Unary(u) => self.unary(expr, u),
            ExprKind::Binary(b) => self.binary(expr, b),
            ExprKind::Conditional(c) => self.conditional(expr, c),
            ExprKind::For(f) => self.for_expr(expr, f),
            ExprKind::Tuple(items) => {
                let items: Vec<Value> = items.iter().map(|e| self.expr(e)).collect();
                Value::tuple(items)
            }
            ExprKind::Object(items) => self.object(items),
            // Where only constants are allowed a string of JSON is just a string.
            ExprKind::JsonString(s) if self.scope.is_none() => Value::string(s.text.clone()),
            ExprKind::JsonString(s) => {
                self.diags.extend(s.problems.iter().cloned());
                self.expr(&s.template)
            }
            ExprKind::Literal(_)
            | ExprKind::Invalid
            | ExprKind::SplatItem
            | ExprKind::Traversal(_) => unknown(),
        }
    }

    /// Reports an error at `span`, with the values of the references in `about`.
    fn problem(
        &mut self,
        about: &Expr,
        span: SrcSpan,
        context: SrcSpan,
        summary: &str,
        detail: impl Into<String>,
    ) {
        let values = self.values(about, false);
        let diagnostic = Diagnostic {
            context: (context != span).then(|| self.sources.span(context)),
            values,
            ..self.sources.error(span, summary, detail)
        };
        self.diags.push(diagnostic);
    }

    fn bound(&self, name: &str) -> Option<&Value> {
        self.bound
            .iter()
            .rev()
            .find(|(n, _)| **n == *name)
            .map(|(_, v)| v)
    }

    /// The value with which a reference begins, and how many steps that took.
    fn root(&self, t: &Traversal) -> Option<(Value, usize)> {
        if let Some(value) = self.bound(&t.root) {
            return Some((value.clone(), 0));
        }
        match self.resolved.binary_search_by_key(&id(t), |r| r.0) {
            Ok(i) => Some((self.resolved[i].1.clone(), self.resolved[i].2)),
            Err(_) => self.scope?.resolve(t).ok(),
        }
    }

    fn traversal(&mut self, expr: &Expr, t: &Traversal) -> Value {
        match self.root(t) {
            Some((value, taken)) => {
                let rest = t.steps.get(taken..).unwrap_or_default();
                self.steps(expr, value, rest)
            }
            None => unknown(),
        }
    }

    fn values(&self, expr: &Expr, all: bool) -> Vec<ReferenceValue> {
        let mut found = BTreeMap::new();
        let mut looked_at = 0;
        expr.visit_references(&mut |t| {
            looked_at += 1;
            if looked_at > MOST_REFERENCES {
                return;
            }
            let Some((mut value, taken)) = self.root(t) else {
                return;
            };
            let mut shown = taken.min(t.steps.len());
            for step in &t.steps[shown..] {
                match access::step(&value, step) {
                    Ok(inner) => value = inner,
                    Err(_) => break,
                }
                shown += 1;
            }
            if shown == 0 {
                return;
            }
            let hidden = value.marks().is_sensitive()
                || !value.is_known() && matches!(value.ty(), Type::Dynamic);
            if hidden && !all {
                return;
            }
            found
                .entry(super::format::traversal(t, shown))
                .or_insert(value);
        });
        let found = found.into_iter();
        found
            .map(|(traversal, value)| ReferenceValue { traversal, value })
            .collect()
    }
}
