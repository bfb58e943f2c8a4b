//! Why values of one type cannot be of another, in words.
//!
//! It knows types, and no value.

use super::relations::same_or_convertible;
use crate::quote::quote;
use crate::{ObjectType, Type};

/// The name of a type constraint in messages: placeholders are `any type`.
#[must_use]
pub fn constraint_name(ty: &Type) -> String {
    let element = |t: &Type| match t {
        Type::Dynamic => "any single type".to_owned(),
        t => constraint_name(t),
    };
    match ty {
        Type::Dynamic => "any type".into(),
        Type::List(t) => format!("list of {}", element(t)),
        Type::Set(t) => format!("set of {}", element(t)),
        Type::Map(t) => format!("map of {}", element(t)),
        other => other.friendly_name(),
    }
}

/// Says why nothing of type `got` can be a `want`, without a full stop.
#[must_use]
pub fn mismatch(got: &Type, want: &Type) -> String {
    let required = || format!("{} required", constraint_name(want));
    let all_of = |what: &str| format!("all {what} elements must have the same type");
    match (got, want) {
        (Type::Object(g), Type::Object(w)) => mismatch_objects(g, w),
        (Type::Tuple(_), Type::List(w)) if matches!(**w, Type::Dynamic) => all_of("list"),
        (Type::Tuple(_), Type::Set(w)) if matches!(**w, Type::Dynamic) => all_of("set"),
        (Type::Object(_), Type::Map(w)) if matches!(**w, Type::Dynamic) => all_of("map"),
        (Type::Tuple(gs), Type::List(w) | Type::Set(w)) => gs
            .iter()
            .enumerate()
            .find(|(_, g)| !same_or_convertible(g, w, true))
            .map_or_else(
                || format!("all elements must be {}", constraint_name(w)),
                |(i, g)| format!("element {i}: {}", mismatch(g, w)),
            ),
        (Type::Object(o), Type::Map(w)) => o
            .attributes
            .iter()
            .find(|(_, g)| !same_or_convertible(g, w, true))
            .map_or_else(
                || format!("all elements must be {}", constraint_name(w)),
                |(name, g)| format!("element {}: {}", quote(name), mismatch(g, w)),
            ),
        (Type::List(g) | Type::Set(g), Type::List(w)) => {
            format!("incorrect list element type: {}", mismatch(g, w))
        }
        (Type::List(g) | Type::Set(g), Type::Set(w)) => {
            format!("incorrect set element type: {}", mismatch(g, w))
        }
        (Type::Map(g), Type::Map(w)) => {
            format!("incorrect map element type: {}", mismatch(g, w))
        }
        _ => required(),
    }
}

fn mismatch_objects(got: &ObjectType, want: &ObjectType) -> String {
    let missing: Vec<String> = want
        .attributes
        .keys()
        .filter(|n| !got.attributes.contains_key(n) && !want.optional.contains(*n))
        .map(|n| quote(n))
        .collect();
    match missing.as_slice() {
        [] => {}
        [one] => return format!("attribute {one} is required"),
        [one, two] => return format!("attributes {one} and {two} are required"),
        [many @ .., last] => {
            return format!("attributes {}, and {last} are required", many.join(", "));
        }
    }
    for unsafely in [true, false] {
        for (name, wanted) in &want.attributes {
            if let Some(given) = got.attributes.get(name)
                && !same_or_convertible(given, wanted, unsafely)
            {
                return format!("attribute {}: {}", quote(name), mismatch(given, wanted));
            }
        }
    }
    "incorrect object attributes".into()
}
