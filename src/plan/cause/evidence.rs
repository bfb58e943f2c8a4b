//! Whether an input can have changed a value: by what it has in common with the value before and after.
//!
//! It is a judgement of values alone, made without knowing what was between.

use std::collections::BTreeSet;

use trunkline_api::{Kind, Value};

use super::Bearing;

/// How an input with the value `input` bears on a value that was `before` and will be `after`.
#[must_use]
pub fn bearing(input: &Value, before: &Value, after: &Value) -> Bearing {
    let parts = leaves(input);
    if parts.is_empty() {
        return Bearing::Possible;
    }
    let (old, new) = (leaves(before), leaves(after));
    let in_new = parts.iter().any(|p| holds(&new, p) && !holds(&old, p));
    let all_old = parts.iter().all(|p| holds(&old, p));
    match (in_new, all_old) {
        (true, _) => Bearing::Likely,
        (false, true) => Bearing::Stays,
        (false, false) => Bearing::Possible,
    }
}

/// Whether a text is one of those, or is within one of them.
fn holds(leaves: &BTreeSet<String>, part: &str) -> bool {
    // What is short is within much by chance.
    leaves.contains(part) || part.len() >= 3 && leaves.iter().any(|l| l.contains(part))
}

/// How much of a value is looked at.
const MOST: usize = 200;

/// The scalars within a value, as text.
fn leaves(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(value, &mut found);
    found
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    if found.len() >= MOST {
        return;
    }
    match value.kind() {
        Kind::Null(_) | Kind::Unknown(..) => {}
        Kind::Bool(b) => drop(found.insert(b.to_string())),
        Kind::Number(n) => drop(found.insert(n.to_string())),
        Kind::String(s) => drop(found.insert(s.to_string())),
        Kind::List(_, items) | Kind::Tuple(items) => items.iter().for_each(|v| collect(v, found)),
        Kind::Set(_, items) => items.iter().for_each(|v| collect(v, found)),
        Kind::Map(_, fields) | Kind::Object(fields) => {
            fields.iter().for_each(|(_, v)| collect(v, found));
        }
    }
}
