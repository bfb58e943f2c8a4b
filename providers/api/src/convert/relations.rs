//! How types stand to each other: which values are of a type, which types are the same, which may be converted.
//!
//! Nothing is converted here.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::unify::{unify, unify_safe};
use crate::{Kind, ObjectType, Type, Value};

/// Whether the value is exactly of type `ty`, without conversion; [`Type::Dynamic`] in `ty` stands for
/// any type.
#[must_use]
pub fn conforms(value: &Value, ty: &Type) -> bool {
    match (value.kind(), ty) {
        (_, Type::Dynamic) => true,
        (Kind::Null(t) | Kind::Unknown(t, _), _) => type_conforms(t, ty),
        (Kind::Bool(_), Type::Bool)
        | (Kind::Number(_), Type::Number)
        | (Kind::String(_), Type::String) => true,
        (Kind::List(t, _), Type::List(w))
        | (Kind::Set(t, _), Type::Set(w))
        | (Kind::Map(t, _), Type::Map(w)) => type_conforms(t, w),
        (Kind::Tuple(v), Type::Tuple(ts)) => {
            v.len() == ts.len() && v.iter().zip(ts.iter()).all(|(e, t)| conforms(e, t))
        }
        (Kind::Object(f), Type::Object(o)) => {
            f.len() == o.attributes.len()
                && f.iter()
                    .zip(&o.attributes)
                    .all(|((n, v), (m, t))| n == m && conforms(v, t))
        }
        _ => false,
    }
}

/// Whether `given` is `wanted`, where [`Type::Dynamic`] in `wanted` stands for any type.
#[must_use]
pub fn type_conforms(given: &Type, wanted: &Type) -> bool {
    match (given, wanted) {
        (_, Type::Dynamic) => true,
        (Type::List(g), Type::List(w))
        | (Type::Set(g), Type::Set(w))
        | (Type::Map(g), Type::Map(w)) => type_conforms(g, w),
        (Type::Tuple(g), Type::Tuple(w)) => {
            g.len() == w.len() && g.iter().zip(w.iter()).all(|(g, w)| type_conforms(g, w))
        }
        (Type::Object(g), Type::Object(w)) => {
            g.attributes.len() == w.attributes.len()
                && g.attributes
                    .iter()
                    .zip(&w.attributes)
                    .all(|((n, g), (m, w))| n == m && type_conforms(g, w))
        }
        _ => given == wanted,
    }
}

/// Whether the value is exactly of type `ty`, in which a placeholder is a type like any other.
pub(super) fn has_type(value: &Value, ty: &Type) -> bool {
    match (value.kind(), ty) {
        (Kind::Null(t) | Kind::Unknown(t, _), _) => same_type(t, ty),
        (Kind::Bool(_), Type::Bool)
        | (Kind::Number(_), Type::Number)
        | (Kind::String(_), Type::String) => true,
        (Kind::List(t, _), Type::List(w))
        | (Kind::Set(t, _), Type::Set(w))
        | (Kind::Map(t, _), Type::Map(w)) => same_type(t, w),
        (Kind::Tuple(v), Type::Tuple(ts)) => {
            v.len() == ts.len() && v.iter().zip(ts.iter()).all(|(e, t)| has_type(e, t))
        }
        (Kind::Object(f), Type::Object(o)) => {
            f.len() == o.attributes.len()
                && f.iter()
                    .zip(&o.attributes)
                    .all(|((n, v), (m, t))| n == m && has_type(v, t))
        }
        _ => false,
    }
}

/// Equality of types, optional attributes left aside.
fn same_type(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::List(a), Type::List(b))
        | (Type::Set(a), Type::Set(b))
        | (Type::Map(a), Type::Map(b)) => Arc::ptr_eq(a, b) || same_type(a, b),
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same_type(a, b))
        }
        (Type::Object(a), Type::Object(b)) => {
            Arc::ptr_eq(a, b)
                || a.attributes.len() == b.attributes.len()
                    && a.attributes
                        .iter()
                        .zip(&b.attributes)
                        .all(|((n, a), (m, b))| n == m && same_type(a, b))
        }
        _ => a == b,
    }
}

/// The type without its optional attributes' mark, at any depth: the type of values.
#[must_use]
pub fn without_optional(ty: &Type) -> Type {
    match ty {
        Type::List(t) => Type::list(without_optional(t)),
        Type::Set(t) => Type::set(without_optional(t)),
        Type::Map(t) => Type::map(without_optional(t)),
        Type::Tuple(ts) => Type::Tuple(ts.iter().map(without_optional).collect()),
        Type::Object(o) => Type::Object(Arc::new(ObjectType {
            attributes: o
                .attributes
                .iter()
                .map(|(n, t)| (n.clone(), without_optional(t)))
                .collect(),
            optional: BTreeSet::new(),
        })),
        other => other.clone(),
    }
}

/// Whether values of type `got` may be convertible to `want`. Without `unsafely` only conversions
/// that can neither fail nor lose anything count.
#[must_use]
pub fn convertible(got: &Type, want: &Type, unsafely: bool) -> bool {
    match (got, want) {
        (_, Type::Dynamic) => true,
        (Type::Dynamic, _) => unsafely,
        (Type::Bool | Type::Number, Type::String) => true,
        (Type::String, Type::Bool | Type::Number) => unsafely,
        (Type::List(g), Type::List(w))
        | (Type::Set(g), Type::List(w) | Type::Set(w))
        | (Type::Map(g), Type::Map(w)) => same_or_convertible(g, w, unsafely),
        (Type::List(g), Type::Set(w)) => unsafely && same_or_convertible(g, w, unsafely),
        (Type::Tuple(gs), Type::List(w) | Type::Set(w)) => elements_convertible(gs, w, unsafely),
        (Type::Object(o), Type::Map(w)) => {
            let types: Vec<Type> = o.attributes.values().cloned().collect();
            // Nulls without type are let in here, and given the others' type when there is one.
            matches!(**w, Type::Dynamic) && types.iter().any(|t| matches!(t, Type::Dynamic))
                || elements_convertible(&types, w, unsafely)
        }
        (Type::Map(g), Type::Object(o)) => {
            unsafely
                && o.attributes.iter().all(|(name, w)| {
                    o.optional.contains(name) || same_or_convertible(g, w, unsafely)
                })
        }
        (Type::Object(g), Type::Object(w)) => {
            w.attributes
                .iter()
                .all(|(name, wanted)| match g.attributes.get(name) {
                    Some(given) => same_or_convertible(given, wanted, unsafely),
                    None => w.optional.contains(name),
                })
        }
        (Type::Tuple(g), Type::Tuple(w)) => {
            g.len() == w.len()
                && g.iter()
                    .zip(w.iter())
                    .all(|(g, w)| same_or_convertible(g, w, unsafely))
        }
        _ => got == want,
    }
}

pub(super) fn same_or_convertible(got: &Type, want: &Type, unsafely: bool) -> bool {
    same_type(got, want) || convertible(got, want, unsafely)
}

fn elements_convertible(gots: &[Type], want: &Type, unsafely: bool) -> bool {
    if gots.is_empty() {
        return true;
    }
    if matches!(want, Type::Dynamic) {
        let unified = if unsafely {
            unify(gots)
        } else {
            unify_safe(gots)
        };
        return match unified {
            None => false,
            Some(Type::Dynamic) => gots.iter().all(|t| matches!(t, Type::Dynamic)),
            Some(_) => true,
        };
    }
    gots.iter().all(|g| same_or_convertible(g, want, unsafely))
}
