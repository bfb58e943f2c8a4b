//! The one type to which values of several types can be brought: for conditionals, collections and
//! functions that take values of one type.
//!
//! Types only; [`mod@crate::convert`] converts the values.

use std::collections::HashSet;

use crate::Type;
use crate::convert::convertible;

/// The type that all of `types` can be converted to, if there is one; conversions from text that may
/// fail count.
#[must_use]
pub fn unify(types: &[Type]) -> Option<Type> {
    unify_with(types, true)
}

/// As [`unify`], with conversions only that cannot fail.
#[must_use]
pub fn unify_safe(types: &[Type]) -> Option<Type> {
    unify_with(types, false)
}

fn unify_with(types: &[Type], unsafely: bool) -> Option<Type> {
    let first = types.first()?;
    if types.iter().all(|t| t == first) {
        return Some(first.clone());
    }
    let mut seen = HashSet::new();
    let types: Vec<&Type> = types.iter().filter(|t| seen.insert(*t)).collect();
    let count = |is: fn(&Type) -> bool| types.iter().filter(|t| is(t)).count();
    let dynamics = count(|t| matches!(t, Type::Dynamic));
    let (lists, sets, maps) = (
        count(|t| matches!(t, Type::List(_))),
        count(|t| matches!(t, Type::Set(_))),
        count(|t| matches!(t, Type::Map(_))),
    );
    let (tuples, objects) = (
        count(|t| matches!(t, Type::Tuple(_))),
        count(|t| matches!(t, Type::Object(_))),
    );
    let all = types.len();
    for (of_kind, build) in [
        (lists, Type::list as fn(Type) -> Type),
        (sets, Type::set),
        (maps, Type::map),
    ] {
        if of_kind > 0 && of_kind + dynamics == all {
            if dynamics > 0 {
                return Some(Type::Dynamic);
            }
            return unify_elements(&types, unsafely).map(build);
        }
    }
    if maps > 0
        && maps + objects + dynamics == all
        && let Some(element) = unify_with_collections(&types, unsafely)
    {
        return Some(Type::map(element));
    }
    if lists > 0
        && lists + tuples + dynamics == all
        && let Some(element) = unify_with_collections(&types, unsafely)
    {
        return Some(Type::list(element));
    }
    if objects > 0 && objects + dynamics == all {
        return if dynamics > 0 {
            Some(Type::Dynamic)
        } else {
            unify_objects(&types, unsafely)
        };
    }
    if tuples > 0 && tuples + dynamics == all {
        return if dynamics > 0 {
            Some(Type::Dynamic)
        } else {
            unify_tuples(&types, unsafely)
        };
    }
    if objects > 0 && tuples > 0 {
        return None;
    }
    by_preference(&types)
        .into_iter()
        .find(|want| {
            types
                .iter()
                .all(|t| t == want || convertible(t, want, unsafely))
        })
        .cloned()
}

/// Unifies every element and attribute type of `types`; `None` when there are none.
fn unify_elements(types: &[&Type], unsafely: bool) -> Option<Type> {
    let mut elements = Vec::new();
    for ty in types {
        match ty {
            Type::List(t) | Type::Set(t) | Type::Map(t) => elements.push((**t).clone()),
            Type::Tuple(ts) => elements.extend(ts.iter().cloned()),
            Type::Object(o) => elements.extend(o.attributes.values().cloned()),
            _ => {}
        }
    }
    unify_with(&elements, unsafely)
}

/// The one element type of collections and structures; each structure must have one of its own.
fn unify_with_collections(types: &[&Type], unsafely: bool) -> Option<Type> {
    let mut elements = Vec::with_capacity(types.len());
    for ty in types {
        let structure = match ty {
            Type::Tuple(ts) => ts.to_vec(),
            Type::Object(o) => o.attributes.values().cloned().collect(),
            Type::List(t) | Type::Set(t) | Type::Map(t) => vec![(**t).clone()],
            _ => Vec::new(),
        };
        if !structure.is_empty() {
            elements.push(unify_with(&structure, unsafely)?);
        }
    }
    unify_with(&elements, unsafely)
}

/// `want`, when all types can be converted to it.
fn all_convertible(types: &[&Type], want: Type, unsafely: bool) -> Option<Type> {
    let can = |t: &&Type| convertible(t, &want, unsafely);
    types.iter().all(can).then_some(want)
}

fn unify_objects(types: &[&Type], unsafely: bool) -> Option<Type> {
    let attributes: Vec<_> = types
        .iter()
        .filter_map(|t| match t {
            Type::Object(o) => Some(&o.attributes),
            _ => None,
        })
        .collect();
    let (first, rest) = attributes.split_first()?;
    if !rest.iter().all(|other| other.keys().eq(first.keys())) {
        return all_convertible(types, Type::map(unify_elements(types, unsafely)?), unsafely);
    }
    let mut unified = Vec::with_capacity(first.len());
    for name in first.keys() {
        let across: Vec<Type> = attributes
            .iter()
            .filter_map(|a| a.get(name).cloned())
            .collect();
        unified.push((name.clone(), unify_with(&across, unsafely)?));
    }
    Some(Type::object(unified))
}

fn unify_tuples(types: &[&Type], unsafely: bool) -> Option<Type> {
    let tuples: Vec<_> = types
        .iter()
        .filter_map(|t| match t {
            Type::Tuple(ts) => Some(ts),
            _ => None,
        })
        .collect();
    let (first, rest) = tuples.split_first()?;
    if !rest.iter().all(|other| other.len() == first.len()) {
        return all_convertible(
            types,
            Type::list(unify_elements(types, unsafely)?),
            unsafely,
        );
    }
    let mut unified = Vec::with_capacity(first.len());
    for i in 0..first.len() {
        let across: Vec<Type> = tuples.iter().filter_map(|t| t.get(i).cloned()).collect();
        unified.push(unify_with(&across, unsafely)?);
    }
    Some(Type::tuple(unified))
}

/// The types, most wanted first: strings before other primitives, lists before tuples and sets, maps
/// before objects, placeholders last. Otherwise in the order given.
fn by_preference<'t>(types: &[&'t Type]) -> Vec<&'t Type> {
    let mut rest: Vec<&Type> = types.to_vec();
    let mut out = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let at = (0..rest.len())
            .find(|i| !rest.iter().any(|other| preferred(other, rest[*i])))
            .unwrap_or(0);
        out.push(rest.remove(at));
    }
    out
}

fn preferred(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Dynamic, _) => false,
        (_, Type::Dynamic) => true,
        (Type::String, Type::Bool | Type::Number) => true,
        (Type::List(a), Type::List(b))
        | (Type::Set(a), Type::Set(b))
        | (Type::Map(a), Type::Map(b)) => preferred(a, b),
        (Type::List(_), Type::Set(_) | Type::Tuple(_))
        | (Type::Tuple(_), Type::Set(_))
        | (Type::Map(_), Type::Object(_)) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_unify() {
        let object =
            |fields: &[(&str, Type)]| Type::object(fields.iter().map(|(n, t)| (*n, t.clone())));
        let cases: Vec<(Vec<Type>, Option<Type>, Option<Type>)> = vec![
            (vec![], None, None),
            (
                vec![Type::Number, Type::String],
                Some(Type::String),
                Some(Type::String),
            ),
            (vec![Type::Number, Type::Bool], None, None),
            (
                vec![Type::Number, Type::Dynamic],
                Some(Type::Number),
                Some(Type::Dynamic),
            ),
            (
                vec![Type::list(Type::Number), Type::list(Type::String)],
                Some(Type::list(Type::String)),
                Some(Type::list(Type::String)),
            ),
            (
                vec![
                    Type::list(Type::Number),
                    Type::tuple([Type::Bool, Type::String]),
                ],
                Some(Type::list(Type::String)),
                Some(Type::list(Type::String)),
            ),
            (
                vec![
                    object(&[("a", Type::Number)]),
                    object(&[("a", Type::String)]),
                ],
                Some(object(&[("a", Type::String)])),
                Some(object(&[("a", Type::String)])),
            ),
            (
                vec![
                    object(&[("a", Type::Number)]),
                    object(&[("b", Type::String)]),
                ],
                Some(Type::map(Type::String)),
                Some(Type::map(Type::String)),
            ),
            (
                vec![Type::tuple([Type::Number]), object(&[("a", Type::Number)])],
                None,
                None,
            ),
            (
                vec![Type::set(Type::String), Type::list(Type::String)],
                Some(Type::list(Type::String)),
                Some(Type::list(Type::String)),
            ),
            (
                vec![
                    Type::list(Type::Dynamic),
                    Type::tuple([Type::Number, Type::Bool]),
                ],
                None,
                None,
            ),
            (
                vec![
                    Type::tuple([]),
                    Type::tuple([object(&[]), Type::Number, Type::Dynamic]),
                ],
                None,
                None,
            ),
            (
                vec![
                    Type::map(Type::Dynamic),
                    object(&[("a", Type::Number), ("b", Type::tuple([Type::Number]))]),
                ],
                Some(object(&[
                    ("a", Type::Number),
                    ("b", Type::tuple([Type::Number])),
                ])),
                None,
            ),
            (
                vec![object(&[("a", Type::Number)]), Type::Dynamic],
                Some(Type::Dynamic),
                Some(Type::Dynamic),
            ),
        ];
        for (types, unsafely, safely) in cases {
            assert_eq!(unify(&types), unsafely, "{types:?}");
            assert_eq!(unify_safe(&types), safely, "{types:?} safely");
        }
    }
}
