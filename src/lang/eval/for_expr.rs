//! `for` expressions.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use trunkline_api::quote::quote;
use trunkline_api::{Kind, Marks, Number, Type, Value, convert};

use super::super::ast::{Expr, For};
use super::super::size::MAX_SIZE;
use super::{Evaluator, unknown};

/// The elements of a value with their keys; nothing when it cannot be gone through. The value must be
/// known.
pub(super) fn elements(value: &Value) -> Option<Vec<(Value, Value)>> {
    Some(match value.kind() {
        Kind::List(_, v) | Kind::Tuple(v) => v
            .iter()
            .enumerate()
            .map(|(i, e)| (Value::number(Number::from(i)), e.clone()))
            .collect(),
        Kind::Set(_, v) => v.iter().map(|e| (e.clone(), e.clone())).collect(),
        Kind::Map(_, f) | Kind::Object(f) => f
            .iter()
            .map(|(k, e)| (Value::string(k.clone()), e.clone()))
            .collect(),
        _ => return None,
    })
}

/// The collection of a `for`, ready to go through.
pub(super) enum Iteration {
    Elements(Vec<(Value, Value)>, Marks),
    Unknown(Marks),
    Wrong,
}

/// What a `for` has made so far.
#[derive(Default)]
struct Results {
    tuple: Vec<Value>,
    fields: BTreeMap<Arc<str>, Value>,
    groups: BTreeMap<Arc<str>, Vec<Value>>,
    /// Of all values together.
    size: u32,
    marks: Marks,
    unknown: bool,
}

impl Evaluator<'_> {
    /// Evaluates what a `for` goes through; reports what cannot be gone through.
    pub(super) fn iteration(&mut self, collection: &Expr, whole: super::SrcSpan) -> Iteration {
        let value = self.expr(collection);
        let marks = value.marks();
        if value.is_null() {
            self.problem(
                collection,
                collection.span,
                whole,
                "Iteration over null value",
                "A null value cannot be used as the collection in a 'for' expression.",
            );
            return Iteration::Wrong;
        }
        // The type is only made of what has no elements: that of a large collection takes as long as going through it.
        if let Some(elements) = elements(&value) {
            return Iteration::Elements(elements, marks);
        }
        let ty = value.ty();
        if matches!(ty, Type::Dynamic) {
            return Iteration::Unknown(marks);
        }
        if ty.is_primitive() {
            let detail = format!(
                "A value of type {} cannot be used as the collection in a 'for' expression.",
                ty.friendly_name()
            );
            let summary = "Iteration over non-iterable value";
            self.problem(collection, collection.span, whole, summary, detail);
            return Iteration::Wrong;
        }
        Iteration::Unknown(marks)
    }

    /// Runs `f` with the names of a `for` bound.
    pub(super) fn with_bound<R>(
        &mut self,
        names: (Option<&Arc<str>>, &Arc<str>),
        values: (Value, Value),
        f: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let before = self.bound.len();
        if let Some(name) = names.0 {
            self.bound.push((name.clone(), values.0));
        }
        self.bound.push((names.1.clone(), values.1));
        let result = f(self);
        self.bound.truncate(before);
        result
    }

    pub(super) fn for_expr(&mut self, expr: &Expr, f: &For) -> Value {
        let (elements, marks) = match self.iteration(&f.collection, expr.span) {
            Iteration::Elements(elements, marks) => (elements, marks),
            Iteration::Unknown(marks) => return unknown().with_marks(marks),
            Iteration::Wrong => return unknown(),
        };
        if !self.condition_makes_sense(expr, f) {
            return unknown();
        }
        let mut results = Results {
            marks,
            ..Results::default()
        };
        let names = (f.key_name.as_ref(), &f.value_name);
        for element in elements {
            self.with_bound(names, element, |e| e.for_element(expr, f, &mut results));
            if results.size > MAX_SIZE {
                return self.too_large(expr);
            }
        }
        let value = if results.unknown {
            unknown()
        } else if f.key.is_none() {
            Value::tuple(results.tuple)
        } else if f.group {
            Value::object(
                results
                    .groups
                    .into_iter()
                    .map(|(k, v)| (k, Value::tuple(v))),
            )
        } else {
            Value::object(results.fields)
        };
        value.with_marks(results.marks)
    }

    /// Tries the condition with unknown elements, so that what is wrong whatever they are is said once.
    fn condition_makes_sense(&mut self, expr: &Expr, f: &For) -> bool {
        let Some(condition) = &f.condition else {
            return true;
        };
        let names = (f.key_name.as_ref(), &f.value_name);
        let before = self.diags.len();
        let value = self.with_bound(names, (unknown(), unknown()), |e| e.expr(condition));
        let failed = self.diags.len() > before;
        if value.is_null() {
            self.problem(
                condition,
                condition.span,
                expr.span,
                "Condition is null",
                "The value of the 'if' clause must not be null.",
            );
            return false;
        }
        if let Err(e) = convert(&value, &Type::Bool) {
            self.for_problem(
                condition,
                expr,
                &format!("The 'if' clause value is invalid: {e}."),
            );
            return false;
        }
        !failed
    }

    fn for_problem(&mut self, condition: &Expr, expr: &Expr, detail: &str) {
        let summary = "Invalid 'for' condition";
        self.problem(condition, condition.span, expr.span, summary, detail);
    }

    fn for_element(&mut self, expr: &Expr, f: &For, results: &mut Results) {
        if let Some(condition) = &f.condition {
            match self.for_condition(expr, condition, results) {
                Some(true) => {}
                Some(false) => return,
                None => {
                    results.unknown = true;
                    return;
                }
            }
        }
        let Some(key) = &f.key else {
            let value = self.expr(&f.value);
            results.size = results.size.saturating_add(value.size());
            results.tuple.push(value);
            return;
        };
        let Some(name) = self.for_key(expr, key, results) else {
            results.unknown = true;
            return;
        };
        let value = self.expr(&f.value);
        results.size = results.size.saturating_add(value.size());
        if f.group {
            results.groups.entry(name).or_default().push(value);
            return;
        }
        let Entry::Vacant(place) = results.fields.entry(name.clone()) else {
            let detail = format!(
                "Two different items produced the key {} in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key.",
                quote(&name)
            );
            self.problem(key, key.span, expr.span, "Duplicate object key", detail);
            return;
        };
        place.insert(value);
    }

    /// Whether the element at hand is wanted; nothing when that is unknown or wrong.
    fn for_condition(
        &mut self,
        expr: &Expr,
        condition: &Expr,
        results: &mut Results,
    ) -> Option<bool> {
        let value = self.expr(condition);
        let problem = match (value.is_null(), convert(&value, &Type::Bool)) {
            (true, _) => "The value of the 'if' clause must not be null.".to_owned(),
            (false, Err(e)) => format!("The 'if' clause value is invalid: {e}."),
            (false, Ok(wanted)) => {
                results.marks = results.marks | wanted.marks();
                return wanted.as_bool();
            }
        };
        if !results.unknown {
            self.for_problem(condition, expr, &problem);
        }
        None
    }

    fn for_key(&mut self, expr: &Expr, key: &Expr, results: &mut Results) -> Option<Arc<str>> {
        let value = self.expr(key);
        let problem = match (value.is_null(), convert(&value, &Type::String)) {
            (true, _) => "Key expression in 'for' expression must not produce a null value.".into(),
            (false, Err(_)) if !value.is_known() => return None,
            (false, Err(e)) => format!("The key expression produced an invalid result: {e}."),
            (false, Ok(text)) => {
                let name = text.as_str().map(Into::into);
                if name.is_some() {
                    results.marks = results.marks | text.marks();
                }
                return name;
            }
        };
        if !results.unknown {
            self.problem(key, key.span, expr.span, "Invalid object key", problem);
        }
        None
    }
}
