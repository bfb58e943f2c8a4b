//! Equality of values, unknown where something unknown could decide it.

use trunkline_api::{Kind, Type, Value, conforms, type_conforms};

use super::range::{bounds, definitely_not_null};

/// Whether two values are equal: a truth value, unknown where that depends on what is unknown. It has
/// the marks of both, at any depth.
#[must_use]
pub fn equals(a: &Value, b: &Value) -> Value {
    let (a, marks_a) = a.clone().unmark_deep();
    let (b, marks_b) = b.clone().unmark_deep();
    let result = match compare(&a, &b) {
        Some(equal) => Value::bool(equal),
        None => Value::unknown_not_null(Type::Bool),
    };
    result.with_marks(marks_a | marks_b)
}

/// `None` where it is not known.
fn compare(a: &Value, b: &Value) -> Option<bool> {
    if a.is_null() && definitely_not_null(b) || b.is_null() && definitely_not_null(a) {
        return Some(false);
    }
    match (a.is_known(), b.is_known()) {
        (false, false) => return None,
        (true, false) => return compare_unknown(a, b),
        (false, true) => return compare_unknown(b, a),
        (true, true) => {}
    }
    if a.is_null() || b.is_null() {
        return Some(a.is_null() && b.is_null());
    }
    let (ta, tb) = (a.ty(), b.ty());
    if ta.has_dynamic() || tb.has_dynamic() {
        if !conforms(a, &tb) && !conforms(b, &ta) {
            return Some(false);
        }
        if has_unknown_type(a) || has_unknown_type(b) {
            return None;
        }
    } else if ta != tb {
        return Some(false);
    }
    match (a.kind(), b.kind()) {
        (Kind::Bool(a), Kind::Bool(b)) => Some(a == b),
        (Kind::Number(a), Kind::Number(b)) => Some(a == b),
        (Kind::String(a), Kind::String(b)) => Some(a == b),
        (Kind::Set(_, x), Kind::Set(_, y)) => {
            if !x.iter().chain(y.iter()).all(Value::is_wholly_known) {
                return None;
            }
            Some(x == y)
        }
        (Kind::List(_, x), Kind::List(_, y)) | (Kind::Tuple(x), Kind::Tuple(y)) => {
            if x.len() != y.len() {
                return Some(false);
            }
            all(x.iter().zip(y.iter()))
        }
        (Kind::Map(_, x), Kind::Map(_, y)) | (Kind::Object(x), Kind::Object(y)) => {
            if !x.keys().eq(y.keys()) {
                return Some(false);
            }
            // Attributes have no order, so any difference decides.
            let each = x.values().zip(y.values()).map(|(a, b)| compare(a, b));
            let each: Vec<Option<bool>> = each.collect();
            match each.contains(&Some(false)) {
                true => Some(false),
                false => each.iter().all(Option::is_some).then_some(true),
            }
        }
        _ => Some(false),
    }
}

fn compare_unknown(known: &Value, unknown: &Value) -> Option<bool> {
    let (tk, tu) = (known.ty(), unknown.ty());
    if known.is_null() {
        return None;
    }
    if tu.has_dynamic() {
        let alike = type_conforms(&tk, &tu) || type_conforms(&tu, &tk);
        return (!alike).then_some(false);
    }
    (tk != tu || excluded(known, unknown)).then_some(false)
}

/// Whether what is known of an unknown value rules this one out.
fn excluded(known: &Value, unknown: &Value) -> bool {
    if let (Some(text), Kind::Unknown(_, Some(r))) = (known.as_str(), unknown.kind()) {
        return r.prefix.as_ref().is_some_and(|p| !text.starts_with(&**p));
    }
    let (known, unknown) = (bounds(known), bounds(unknown));
    unknown.above(&known) || known.above(&unknown)
}

/// In order: what differs decides, what is unknown before that leaves it open.
fn all<'v>(pairs: impl Iterator<Item = (&'v Value, &'v Value)>) -> Option<bool> {
    for (a, b) in pairs {
        match compare(a, b) {
            Some(true) => {}
            other => return other,
        }
    }
    Some(true)
}

/// Whether something unknown in the value has an unknown type.
fn has_unknown_type(value: &Value) -> bool {
    match value.kind() {
        Kind::Unknown(t, _) => t.has_dynamic(),
        Kind::List(_, v) | Kind::Set(_, v) | Kind::Tuple(v) => v.iter().any(has_unknown_type),
        Kind::Map(_, f) | Kind::Object(f) => f.values().any(has_unknown_type),
        _ => false,
    }
}
