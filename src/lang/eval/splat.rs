//! Splats: one expression for each element of a sequence, or for the one value that is not a sequence.

use trunkline_api::{Kind, Refinement, Type, Value, convert, unify};

use super::super::ast::Splat;
use super::range::{bounds, definitely_not_null};
use super::{Evaluator, unknown};

impl Evaluator<'_> {
    pub(super) fn splat(&mut self, splat: &Splat) -> Value {
        let before = self.diags.len();
        let source = self.expr(&splat.source);
        if self.diags.len() > before {
            return unknown();
        }
        let ty = source.ty();
        let sequence = matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_));
        if source.is_null() {
            if !sequence {
                return Value::tuple([]).with_marks(source.marks());
            }
            self.problem(
                &splat.source,
                splat.source.span,
                splat.source.span.to(splat.marker_span),
                "Splat of null value",
                "Splat expressions (with the * symbol) cannot be applied to null sequences.",
            );
            return unknown();
        }
        if matches!(ty, Type::Dynamic) {
            return unknown().with_marks(source.marks());
        }
        if !sequence {
            // What is not known may turn out to be null, and then there is no element.
            let one = source.is_known() || definitely_not_null(&source);
            let marks = source.marks();
            let before = self.diags.len();
            let item = self.each(splat, source);
            return match one {
                true if self.diags.len() > before => Value::unknown(Type::tuple([item.ty()])),
                true => Value::tuple([item]).with_marks(marks),
                false => unknown().with_marks(marks),
            };
        }
        let marks = source.marks();
        let result = match source.kind() {
            Kind::Tuple(items) => {
                let before = self.diags.len();
                let items = self.all(splat, items);
                match self.diags.len() > before {
                    true => Value::unknown(Type::tuple(items.iter().map(Value::ty))),
                    false => Value::tuple(items),
                }
            }
            Kind::List(_, items) | Kind::Set(_, items) if !items.is_empty() => {
                let before = self.diags.len();
                let items = self.all(splat, items);
                match self.diags.len() > before {
                    true => unknown(),
                    false => list(items),
                }
            }
            Kind::List(element, _) | Kind::Set(element, _) => {
                let element = self.each(splat, Value::unknown(Type::clone(element))).ty();
                Value::list(element, [])
            }
            _ => self.of_unknown(splat, &source, &ty),
        };
        result.with_marks(marks)
    }

    fn each(&mut self, splat: &Splat, item: Value) -> Value {
        self.items.push(item);
        let value = self.expr(&splat.each);
        self.items.pop();
        value
    }

    fn all(&mut self, splat: &Splat, items: &[Value]) -> Vec<Value> {
        items
            .iter()
            .map(|item| self.each(splat, item.clone()))
            .collect()
    }

    /// The result for a sequence that is not known yet: its type, and its length as far as known.
    fn of_unknown(&mut self, splat: &Splat, source: &Value, ty: &Type) -> Value {
        match ty {
            Type::Tuple(types) => {
                let types: Vec<Type> = types
                    .iter()
                    .map(|t| self.each(splat, Value::unknown(t.clone())).ty())
                    .collect();
                Value::unknown_not_null(Type::tuple(types))
            }
            _ => {
                let element = ty.element().cloned().unwrap_or(Type::Dynamic);
                let element = self.each(splat, Value::unknown(element)).ty();
                let bounds = bounds(source);
                let refinement = Refinement {
                    not_null: true,
                    lower: bounds.lower,
                    upper: bounds.upper,
                    ..Refinement::default()
                };
                Value::unknown_refined(Type::list(element), refinement)
            }
        }
    }
}

/// A list of values that nearly always have one type; otherwise they are brought to one.
fn list(items: Vec<Value>) -> Value {
    let types: Vec<Type> = items.iter().map(Value::ty).collect();
    let Some(ty) = unify(&types) else {
        return Value::tuple(items);
    };
    let converted: Result<Vec<Value>, _> = items.iter().map(|v| convert(v, &ty)).collect();
    match converted {
        Ok(items) => Value::list(ty, items),
        Err(_) => Value::tuple(items),
    }
}
