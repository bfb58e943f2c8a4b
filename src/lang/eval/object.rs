//! Object constructors.

use std::sync::Arc;

use trunkline_api::quote::quote;
use trunkline_api::{Marks, Type, Value, convert};

use super::super::ast::{Expr, ExprKind, ObjectItem};
use super::super::text::place;
use super::{Evaluator, unknown};

impl Evaluator<'_> {
    pub(super) fn object(&mut self, items: &[ObjectItem]) -> Value {
        let mut fields: Vec<(Arc<str>, Value)> = Vec::with_capacity(items.len());
        let mut marks = Marks::NONE;
        let mut known = true;
        for item in items {
            let key = self.key(item);
            let value = self.expr(&item.value);
            match key {
                Some((name, key_marks)) => {
                    self.check_duplicate(items, &item.key, &name, &fields);
                    marks = marks | key_marks;
                    fields.push((name, value));
                }
                None => known = false,
            }
        }
        match known {
            true => Value::object(fields).with_marks(marks),
            false => unknown(),
        }
    }

    /// In JSON a property may be given once.
    fn check_duplicate(
        &mut self,
        items: &[ObjectItem],
        key: &Expr,
        name: &str,
        fields: &[(Arc<str>, Value)],
    ) {
        if !matches!(key.kind, ExprKind::JsonString(_)) {
            return;
        }
        let Some(first) = fields.iter().position(|(n, _)| **n == *name) else {
            return;
        };
        let first = items.get(first).map_or(key.span, |i| i.key.span);
        let detail = format!(
            "An attribute named {} was already defined at {}.",
            quote(name),
            place(&self.sources.span(first))
        );
        let summary = "Duplicate object attribute";
        self.problem(key, key.span, key.span, summary, detail);
    }

    /// The name and marks of a key; nothing when it is unknown or wrong.
    fn key(&mut self, item: &ObjectItem) -> Option<(Arc<str>, Marks)> {
        if let Some(name) = item.key_name() {
            let name = Value::string(name);
            return name.as_str().map(|s| (s.into(), Marks::NONE));
        }
        if let ExprKind::Traversal(_) = &item.key.kind {
            let detail = "If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended as a literal name containing periods, wrap it in quotes to create a string literal.";
            let span = item.key.span;
            self.problem(&item.key, span, span, "Ambiguous attribute key", detail);
            return None;
        }
        let before = self.diags.len();
        let key = self.expr(&item.key);
        if self.diags.len() > before {
            return None;
        }
        if key.is_null() {
            let span = item.value.span;
            self.problem(
                &item.key,
                span,
                span,
                "Null value as key",
                "Can't use a null value as a key.",
            );
            return None;
        }
        self.key_text(&item.key, &key)
    }

    fn key_text(&mut self, expr: &Expr, key: &Value) -> Option<(Arc<str>, Marks)> {
        match convert(key, &Type::String) {
            Ok(text) => text.as_str().map(|s| (s.into(), key.marks())),
            Err(e) => {
                let detail = format!("Can't use this value as a key: {e}.");
                self.problem(expr, expr.span, expr.span, "Incorrect key type", detail);
                None
            }
        }
    }
}
