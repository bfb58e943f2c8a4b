//! `condition ? yes : no`: both sides are brought to one type, whichever is taken.

use trunkline_api::quote::quote;
use trunkline_api::{Diagnostics, Kind, Marks, Refinement, Type, Value, convert, unify};

use super::super::ast::{Conditional, Expr};
use super::range::{definitely_not_null, either};
use super::{Evaluator, unknown};

const INCONSISTENT: &str = "Inconsistent conditional result types";

impl Evaluator<'_> {
    pub(super) fn conditional(&mut self, expr: &Expr, c: &Conditional) -> Value {
        let start = self.diags.len();
        let yes = self.expr(&c.yes);
        let yes_diags = self.diags.split_off(start);
        let no = self.expr(&c.no);
        let no_diags = self.diags.split_off(start);
        let Some(ty) = result_type(&yes, &no) else {
            let why = mismatch(&yes.ty(), &no.ty());
            self.problem(
                expr,
                c.yes.span.to(c.no.span),
                expr.span,
                INCONSISTENT,
                format!("The true and false result expressions must have consistent types. {why}."),
            );
            return unknown();
        };
        let condition = self.expr(&c.condition);
        // That one side is secret can tell which side was taken.
        let marks = condition.marks() | yes.marks() | no.marks();
        match self.decide(&condition, &c.condition, expr) {
            Decision::Yes => self
                .chosen(expr, &c.yes, "true", (yes, yes_diags), &ty)
                .with_marks(marks),
            Decision::No => self
                .chosen(expr, &c.no, "false", (no, no_diags), &ty)
                .with_marks(marks),
            Decision::Unknown => undecided(&yes, &no, ty, marks),
            Decision::Wrong => Value::unknown(ty),
        }
    }

    /// Which way the condition goes; reports a condition that is null or not a truth value.
    pub(super) fn decide(&mut self, condition: &Value, at: &Expr, whole: &Expr) -> Decision {
        let (summary, detail) = if condition.is_null() {
            (
                "Null condition",
                "The condition value is null. Conditions must either be true or false.",
            )
        } else if !condition.is_known() {
            return Decision::Unknown;
        } else {
            match convert(condition, &Type::Bool)
                .ok()
                .and_then(|v| v.as_bool())
            {
                Some(true) => return Decision::Yes,
                Some(false) => return Decision::No,
                None => (
                    "Incorrect condition type",
                    "The condition expression must be of type bool.",
                ),
            }
        };
        self.problem(at, at.span, whole.span, summary, detail);
        Decision::Wrong
    }

    fn chosen(
        &mut self,
        expr: &Expr,
        side: &Expr,
        name: &str,
        (value, diags): (Value, Diagnostics),
        ty: &Type,
    ) -> Value {
        self.diags.extend(diags);
        let converted = match of_many_types(&value, ty) {
            Some(why) => Err(why.to_owned()),
            None => convert(&value, ty).map_err(|e| e.to_string()),
        };
        match converted {
            Ok(value) => value,
            Err(e) => {
                let detail = format!("The {name} result value has the wrong type: {e}.");
                self.problem(expr, side.span, expr.span, INCONSISTENT, detail);
                Value::unknown(ty.clone())
            }
        }
    }
}

/// What is wrong with elements of several types where the other side has said nothing of its elements, as an empty list
/// has not: they are taken as they are, and are not brought to one type.
fn of_many_types(value: &Value, ty: &Type) -> Option<&'static str> {
    fn differ<'v>(values: impl Iterator<Item = &'v Value>) -> bool {
        let untyped = |v: &&Value| matches!(v.kind(), Kind::Null(Type::Dynamic));
        let mut types = values.filter(|v| !untyped(v)).map(Value::ty);
        types
            .next()
            .is_some_and(|first| types.any(|other| other != first))
    }
    match (value.kind(), ty) {
        (Kind::Tuple(items), Type::List(of)) if **of == Type::Dynamic => {
            differ(items.iter()).then_some("element types must all match for conversion to list")
        }
        (Kind::Object(fields), Type::Map(of)) if **of == Type::Dynamic => {
            differ(fields.iter().map(|(_, v)| v))
                .then_some("element types must all match for conversion to map")
        }
        _ => None,
    }
}

/// Which way a condition goes.
pub(super) enum Decision {
    Yes,
    No,
    Unknown,
    Wrong,
}

/// The type of the whole. A null without a type takes that of the other side.
fn result_type(yes: &Value, no: &Value) -> Option<Type> {
    let untyped_null =
        |v: &Value| matches!(v.kind(), Kind::Null(Type::Dynamic)) && v.marks().is_empty();
    match (untyped_null(yes), untyped_null(no)) {
        (true, _) => Some(no.ty()),
        (_, true) => Some(yes.ty()),
        _ if matches!(yes.ty(), Type::Dynamic) || matches!(no.ty(), Type::Dynamic) => {
            Some(Type::Dynamic)
        }
        _ => unify(&[yes.ty(), no.ty()]),
    }
}

/// The value when the condition is unknown, with what both sides have in common and these marks.
pub(super) fn undecided(yes: &Value, no: &Value, ty: Type, marks: Marks) -> Value {
    if yes.is_null() && no.is_null() {
        return Value::null(ty).with_marks(marks);
    }
    let mut refinement = Refinement {
        not_null: definitely_not_null(yes) && definitely_not_null(no),
        ..Refinement::default()
    };
    let (yes_ty, no_ty) = (yes.ty(), no.ty());
    let numbers = matches!((&yes_ty, &no_ty), (Type::Number, Type::Number));
    if numbers || yes_ty.is_collection() && yes_ty == no_ty {
        let bounds = either(yes, no);
        refinement.lower = bounds.lower;
        refinement.upper = bounds.upper;
    }
    let plain = matches!(ty, Type::Dynamic) || refinement == Refinement::default();
    let value = match plain {
        true => Value::unknown(ty),
        false => Value::unknown_refined(ty, refinement),
    };
    value.with_marks(marks)
}

/// How the types of both sides differ, without a full stop.
fn mismatch(yes: &Type, no: &Type) -> String {
    match (yes, no) {
        (Type::Object(a), Type::Object(b)) => {
            for (name, ty) in &a.attributes {
                match b.attributes.get(name) {
                    None => {
                        return format!(
                            "The 'true' value includes object attribute {}, which is absent in the 'false' value",
                            quote(name)
                        );
                    }
                    Some(other) if other != ty => {
                        return format!(
                            "Type mismatch for object attribute {}: {}",
                            quote(name),
                            mismatch(ty, other)
                        );
                    }
                    Some(_) => {}
                }
            }
            let absent = b.attributes.keys().find(|n| !a.attributes.contains_key(n));
            if let Some(name) = absent {
                return format!(
                    "The 'false' value includes object attribute {}, which is absent in the 'true' value",
                    quote(name)
                );
            }
        }
        (Type::Tuple(a), Type::Tuple(b)) => {
            if a.len() != b.len() {
                return format!(
                    "The 'true' tuple has length {}, but the 'false' tuple has length {}",
                    a.len(),
                    b.len()
                );
            }
            let differing = a
                .iter()
                .zip(b.iter())
                .enumerate()
                .find(|(_, (x, y))| x != y);
            if let Some((i, (x, y))) = differing {
                return format!("Type mismatch for tuple element {i}: {}", mismatch(x, y));
            }
        }
        (Type::List(a), Type::List(b))
        | (Type::Set(a), Type::Set(b))
        | (Type::Map(a), Type::Map(b)) => {
            let structural = matches!(
                (&**a, &**b),
                (Type::Object(_), Type::Object(_)) | (Type::Tuple(_), Type::Tuple(_))
            );
            if structural {
                let noun = match yes {
                    Type::List(_) => "list",
                    Type::Set(_) => "set",
                    _ => "map",
                };
                return format!("Mismatched {noun} element types: {}", mismatch(a, b));
            }
        }
        _ => {}
    }
    let (a, b) = (yes.friendly_name(), no.friendly_name());
    if a == b {
        return "At least one deeply-nested attribute or element is not compatible across both the 'true' and the 'false' value".into();
    }
    format!("The 'true' value is {a}, but the 'false' value is {b}")
}
