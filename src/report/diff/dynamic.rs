//! Changes of values without a schema: dynamic attributes, root outputs and JSON texts.

use super::sequence::pair_elements;
use super::{Data, Diff, Pair, Shape, Verb, mask, unknown};

#[derive(PartialEq)]
enum Family {
    Null,
    Bool,
    Number,
    Text,
    List,
    Object,
}

fn family(side: Option<&Data<'_>>) -> Family {
    match side.map(|d| d.reveal().0) {
        None | Some(Data::Null | Data::Unknown | Data::Sensitive(_)) => Family::Null,
        Some(Data::Bool(_)) => Family::Bool,
        Some(Data::Number(_)) => Family::Number,
        Some(Data::Text(_)) => Family::Text,
        Some(Data::List(_)) => Family::List,
        Some(Data::Object(_)) => Family::Object,
    }
}

/// The change of a value that only its own form describes. A null is a value here unless the caller
/// made the pair implicit.
#[must_use]
pub fn diff<'v>(pair: Pair<'_, 'v>) -> Diff<'v> {
    if let Some(masked) = mask(pair, |bare| diff(bare).verb) {
        return masked;
    }
    if let Some(unknown) = unknown(pair, diff) {
        return unknown;
    }
    let (before, after) = (family(pair.before), family(pair.after));
    if before == after || pair.before.is_none() {
        return same_family(pair, after);
    }
    if pair.after.is_none() {
        return same_family(pair, before);
    }
    Diff::new(
        Verb::Update,
        Shape::TypeChange(
            Box::new(same_family(pair.delete(), before)),
            Box::new(same_family(pair.create(), after)),
        ),
    )
}

fn same_family<'v>(pair: Pair<'_, 'v>, family: Family) -> Diff<'v> {
    match family {
        Family::List => list(pair),
        Family::Object => object(pair),
        _ => leaf(pair),
    }
}

/// The change of a string, number, truth value or null.
#[must_use]
pub fn leaf<'v>(pair: Pair<'_, 'v>) -> Diff<'v> {
    Diff::new(
        pair.verb(),
        Shape::Leaf(pair.before.cloned(), pair.after.cloned()),
    )
}

fn object<'v>(pair: Pair<'_, 'v>) -> Diff<'v> {
    let mut verb = pair.container_verb();
    let mut fields = Vec::new();
    for name in pair.names() {
        let part = diff(pair.field(name));
        verb = verb.with_part(part.verb);
        fields.push((name, part));
    }
    Diff::new(
        verb,
        Shape::Object {
            fields,
            nested: false,
        },
    )
}

fn list<'v>(pair: Pair<'_, 'v>) -> Diff<'v> {
    let old = pair.before.map(Data::items).unwrap_or_default();
    let new = pair.after.map(Data::items).unwrap_or_default();
    let is_object = |d: &Data<'_>| matches!(d.reveal().0, Data::Object(_));
    let mut verb = pair.container_verb();
    let mut parts = Vec::new();
    for pairing in pair_elements(old, new, Data::same, is_object) {
        let part = diff(pair.item(pairing));
        verb = verb.with_part(part.verb);
        parts.push(part);
    }
    Diff::new(
        verb,
        Shape::List {
            items: parts,
            context: true,
        },
    )
}
