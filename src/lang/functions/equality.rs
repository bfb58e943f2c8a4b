//! Equality of values as the language has it: typed, and not decided while something is unknown.

use trunkline_api::{Fields, Kind, Refinement, Type, Value, convert::type_conforms};

/// Whether both are the same value, marks left aside; `None` while that depends on unknown values.
/// Values of different types are different; null equals null of any type.
#[must_use]
pub fn equal(a: &Value, b: &Value) -> Option<bool> {
    match (a.kind(), b.kind()) {
        (Kind::Null(_), Kind::Null(_)) => Some(true),
        _ if a.is_wholly_known() && b.is_wholly_known() => Some(a.same(b)),
        _ => compare(a, b),
    }
}

fn compare(a: &Value, b: &Value) -> Option<bool> {
    match (a.kind(), b.kind()) {
        (Kind::Null(_), Kind::Unknown(_, r)) | (Kind::Unknown(_, r), Kind::Null(_)) => {
            never_null(r.as_deref())
        }
        (Kind::Unknown(t, r), _) => not_unlike(t, r.as_deref(), b),
        (_, Kind::Unknown(t, r)) => not_unlike(t, r.as_deref(), a),
        (Kind::Null(a), Kind::Null(b)) => Some(a == b),
        (Kind::List(t, x), Kind::List(u, y)) if t == u => sequence(x, y),
        (Kind::Tuple(x), Kind::Tuple(y)) => sequence(x, y),
        (Kind::Map(t, x), Kind::Map(u, y)) if t == u => fields(x, y),
        (Kind::Object(x), Kind::Object(y)) => fields(x, y),
        (Kind::Set(t, x), Kind::Set(u, y)) if t == u => {
            if a.is_wholly_known() && b.is_wholly_known() {
                Some(x == y)
            } else {
                None
            }
        }
        (x, y) => Some(x == y),
    }
}

/// Nothing is decided by an unknown value, unless it can never be the other one.
fn not_unlike(ty: &Type, known: Option<&Refinement>, other: &Value) -> Option<bool> {
    let theirs = other.ty();
    if !type_conforms(ty, &theirs) && !type_conforms(&theirs, ty) {
        return Some(false);
    }
    let known = known?;
    match other.kind() {
        Kind::String(s) => match &known.prefix {
            Some(prefix) if !s.starts_with(&**prefix) => Some(false),
            _ => None,
        },
        Kind::Number(n) => {
            let below = known
                .lower
                .as_ref()
                .is_some_and(|(low, with)| n < low || n == low && !with);
            let above = known
                .upper
                .as_ref()
                .is_some_and(|(high, with)| n > high || n == high && !with);
            if below || above { Some(false) } else { None }
        }
        _ => None,
    }
}

fn never_null(known: Option<&Refinement>) -> Option<bool> {
    if known.is_some_and(|r| r.not_null) {
        Some(false)
    } else {
        None
    }
}

fn sequence(a: &[Value], b: &[Value]) -> Option<bool> {
    if a.len() != b.len() {
        return Some(false);
    }
    all(a.iter().zip(b).map(|(a, b)| compare(a, b)))
}

fn fields(a: &Fields, b: &Fields) -> Option<bool> {
    if !a.keys().eq(b.keys()) {
        return Some(false);
    }
    all(a.values().zip(b.values()).map(|(a, b)| compare(a, b)))
}

/// False if one is, otherwise undecided if one is.
fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for part in parts {
        match part {
            Some(false) => return Some(false),
            Some(true) => {}
            None => result = None,
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_unknowns_matter() {
        let unknown = || Value::unknown(Type::String);
        let list = |items: Vec<Value>| Value::list(Type::String, items);
        let cases = [
            (Value::number(1), Value::from("1"), Some(false)),
            (
                Value::null(Type::String),
                Value::null(Type::Number),
                Some(true),
            ),
            (Value::null(Type::String), unknown(), None),
            (Value::number(1), unknown(), Some(false)),
            (
                list(vec![unknown(), "b".into()]),
                list(vec!["a".into(), "b".into()]),
                None,
            ),
            (
                list(vec![unknown(), "b".into()]),
                list(vec!["a".into(), "c".into()]),
                Some(false),
            ),
            (list(vec![unknown()]), list(vec![]), Some(false)),
            (list(vec![]), Value::list(Type::Number, []), Some(false)),
        ];
        for (a, b, expected) in cases {
            assert_eq!(equal(&a, &b), expected, "{a:?} {b:?}");
            assert_eq!(equal(&b, &a), expected, "{b:?} {a:?}");
        }
    }
}
