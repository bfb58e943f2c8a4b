//! The order of a set's elements, which is the same on every machine and as Terraform shows it.
//!
//! It compares values and changes none.

use crate::quote::quote;
use crate::{Kind, Number, Value};

/// The order of a set's elements: primitives of one type by value (false before true, numbers
/// ascending, strings by code point), everything else by a canonical text in which numbers have ten
/// digits, as Terraform shows sets; nulls and unknowns last.
#[must_use]
pub fn set_order(a: &Value, b: &Value) -> std::cmp::Ordering {
    match (a.kind(), b.kind()) {
        (Kind::String(x), Kind::String(y)) => x.cmp(y),
        (Kind::Number(x), Kind::Number(y)) => x.cmp(y),
        (Kind::Bool(x), Kind::Bool(y)) => x.cmp(y),
        _ => set_key(a).cmp(&set_key(b)),
    }
}

/// What [`set_order`] compares: the rank, the canonical text, and the same text with every digit.
pub(crate) fn set_key(v: &Value) -> (u8, String, String) {
    let (mut short, mut full) = (String::new(), String::new());
    canonical(v, &mut short, &mut |n| n.to_significant(10));
    canonical(v, &mut full, &mut Number::to_string);
    (rank(v), short, full)
}

fn rank(v: &Value) -> u8 {
    match v.kind() {
        Kind::Null(_) => 1,
        Kind::Unknown(..) => 2,
        _ => 0,
    }
}

fn canonical(v: &Value, out: &mut String, digits: &mut dyn FnMut(&Number) -> String) {
    match v.kind() {
        Kind::Null(_) => out.push('~'),
        Kind::Unknown(..) => out.push('?'),
        Kind::Bool(b) => out.push(if *b { 'T' } else { 'F' }),
        Kind::Number(n) => out.push_str(&digits(n)),
        Kind::String(s) => out.push_str(&quote(s)),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            let (open, close) = match v.kind() {
                Kind::List(..) | Kind::Set(..) => ('[', ']'),
                _ => ('<', '>'),
            };
            out.push(open);
            for e in items.iter() {
                canonical(e, out, digits);
                out.push(';');
            }
            out.push(close);
        }
        Kind::Map(_, f) => {
            out.push('{');
            for (k, e) in f.iter() {
                out.push_str(&quote(k));
                out.push(':');
                canonical(e, out, digits);
                out.push(';');
            }
            out.push('}');
        }
        Kind::Object(f) => {
            out.push('<');
            for (_, e) in f.iter() {
                canonical(e, out, digits);
                out.push(';');
            }
            out.push('>');
        }
    }
}
