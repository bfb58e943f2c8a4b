//! Changes of values whose types a schema gives: attributes, nested attributes and what is in them.

use trunkline_api::schema::{Attribute, NestedAttributes, Nesting};
use trunkline_api::{Path, Step, Type};

use super::sequence::{Pairing, by_index, pair_elements};
use super::{Data, Diff, Pair, Shape, Verb, dynamic, mask, unknown};

/// What is left of the paths that force a replacement, seen from one part of the value.
#[derive(Clone, Debug, Default)]
pub struct Replace<'a>(Vec<&'a [Step]>);

impl<'a> Replace<'a> {
    /// The paths, seen from the object.
    #[must_use]
    pub fn new(paths: &'a [Path]) -> Replace<'a> {
        Replace(paths.iter().map(|p| p.0.as_slice()).collect())
    }

    /// Whether a path ends here.
    #[must_use]
    pub fn here(&self) -> bool {
        self.0.iter().any(|steps| steps.is_empty())
    }

    /// The paths seen from the attribute or element called `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Replace<'a> {
        self.step(|s| matches!(s, Step::Attribute(n) | Step::Key(n) if **n == *name))
    }

    /// The paths seen from the element that `pairing` is about.
    #[must_use]
    pub fn item(&self, pairing: Pairing) -> Replace<'a> {
        let index = pairing.1.or(pairing.0);
        self.step(|s| matches!(s, Step::Index(i) if Some(*i) == index))
    }

    fn step(&self, fits: impl Fn(&Step) -> bool) -> Replace<'a> {
        let rest = self.0.iter().filter_map(|steps| {
            let (first, rest) = steps.split_first()?;
            fits(first).then_some(rest)
        });
        Replace(rest.collect())
    }
}

/// The change of an attribute within `parent`; none when it is null on both sides. A null attribute
/// counts as not there, but a write-only one, which is always null, goes with its parent.
#[must_use]
pub fn attribute(
    parent: Pair<'_>,
    name: &str,
    attribute: &Attribute,
    replace: &Replace<'_>,
) -> Option<Diff> {
    let (pair, replace) = (parent.field(name).implicit(), replace.field(name));
    if attribute.write_only {
        let diff = Diff::new(parent.container_verb(), Shape::WriteOnly);
        return Some(diff.replacing(replace.here()));
    }
    let diff = match &attribute.nested {
        Some(inner) => nested(pair, inner, &replace),
        None => by_type(pair, &attribute.ty, &replace),
    };
    shown(pair, &diff).then_some(diff)
}

/// The change of a value of type `ty`.
#[must_use]
pub fn by_type(pair: Pair<'_>, ty: &Type, replace: &Replace<'_>) -> Diff {
    if let Type::Dynamic = ty {
        return dynamic::diff(pair);
    }
    if let Some(masked) = mask(pair, |bare| by_type(bare, ty, replace).verb) {
        return masked.replacing(replace.here());
    }
    if let Some(unknown) = unknown(pair, |gone| by_type(gone, ty, replace)) {
        return unknown.replacing(replace.here());
    }
    let diff = match ty {
        Type::Dynamic | Type::Bool | Type::Number | Type::String => dynamic::leaf(pair),
        Type::Object(o) => {
            let parts = o.attributes.iter().filter_map(|(name, ty)| {
                let part = pair.field(name).implicit();
                let diff = by_type(part, ty, &replace.field(name));
                shown(part, &diff).then(|| (name.clone(), diff))
            });
            let fields: Vec<_> = parts.collect();
            let verb = total(pair, fields.iter().map(|f| &f.1));
            let nested = false;
            Diff::new(verb, Shape::Object { fields, nested })
        }
        Type::Map(ty) => {
            let parts = pair.names().into_iter().map(|name| {
                let diff = by_type(pair.field(&name), ty, &replace.field(&name));
                (name, diff)
            });
            let fields: Vec<_> = parts.collect();
            let verb = total(pair, fields.iter().map(|f| &f.1));
            let nested = false;
            Diff::new(verb, Shape::Map { fields, nested })
        }
        Type::List(ty) => {
            let old = pair.before.map(Data::items).unwrap_or_default();
            let new = pair.after.map(Data::items).unwrap_or_default();
            let objects = matches!(**ty, Type::Object(_));
            let pairs = pair_elements(old, new, Data::same, |_| objects);
            let parts = pairs
                .into_iter()
                .map(|p| by_type(pair.item(p), ty, &replace.item(p)));
            list(pair, parts.collect(), true)
        }
        Type::Tuple(types) => {
            let pairs = by_index(types.len(), types.len())
                .into_iter()
                .zip(types.iter());
            let parts = pairs.map(|(p, ty)| by_type(pair.item(p), ty, &replace.item(p)));
            list(pair, parts.collect(), true)
        }
        Type::Set(ty) => set(pair, |p| by_type(pair.item(p), ty, &replace.item(p))),
    };
    diff.replacing(replace.here())
}

/// The change of an attribute with nested attributes.
fn nested(pair: Pair<'_>, schema: &NestedAttributes, replace: &Replace<'_>) -> Diff {
    if let Some(masked) = mask(pair, |bare| nested(bare, schema, replace).verb) {
        return masked.replacing(replace.here());
    }
    let whole = matches!(schema.nesting, Nesting::Single | Nesting::Group);
    let removal = |gone| match whole {
        true => nested_unknown(gone, schema, replace),
        false => nested(gone, schema, replace),
    };
    if let Some(unknown) = unknown(pair, removal) {
        return unknown.replacing(replace.here());
    }
    let diff = match schema.nesting {
        Nesting::Single | Nesting::Group => nested_object(pair, schema, replace),
        Nesting::List => {
            let count = |side: Option<&Data>| side.map_or(0, |d| d.items().len());
            let pairs = by_index(count(pair.before), count(pair.after)).into_iter();
            let parts = pairs.map(|p| nested_object(pair.item(p), schema, &replace.item(p)));
            list(pair, parts.collect(), false)
        }
        Nesting::Map => {
            let parts = pair.names().into_iter().map(|name| {
                let diff = nested_object(pair.field(&name), schema, &replace.field(&name));
                (name, diff)
            });
            let fields: Vec<_> = parts.collect();
            let verb = total(pair, fields.iter().map(|f| &f.1));
            let nested = true;
            Diff::new(verb, Shape::Map { fields, nested })
        }
        Nesting::Set => set(pair, |p| {
            nested_object(pair.item(p), schema, &replace.item(p))
        }),
    };
    diff.replacing(replace.here())
}

/// The change of an object into one of which every attribute is unknown.
fn nested_unknown(gone: Pair<'_>, schema: &NestedAttributes, replace: &Replace<'_>) -> Diff {
    let names = schema.attributes.keys();
    let after = Data::Object(names.map(|n| (n.clone(), Data::Unknown)).collect());
    let pair = Pair {
        before: gone.before,
        after: Some(&after),
    };
    nested_object(pair, schema, replace)
}

fn nested_object(pair: Pair<'_>, schema: &NestedAttributes, replace: &Replace<'_>) -> Diff {
    if let Some(masked) = mask(pair, |bare| nested_object(bare, schema, replace).verb) {
        return masked.replacing(replace.here());
    }
    if let Some(unknown) = unknown(pair, |gone| nested_object(gone, schema, replace)) {
        return unknown.replacing(replace.here());
    }
    let parts = schema.attributes.iter().filter_map(|(name, schema)| {
        let diff = attribute(pair, name, schema, replace)?;
        Some((name.clone(), diff))
    });
    let fields: Vec<_> = parts.collect();
    let verb = total(pair, fields.iter().map(|f| &f.1));
    let nested = true;
    Diff::new(verb, Shape::Object { fields, nested }).replacing(replace.here())
}

/// Whether a part is there at all: null on both sides is not.
pub(super) fn shown(pair: Pair<'_>, diff: &Diff) -> bool {
    diff.verb != Verb::NoOp || pair.before.is_some() || pair.after.is_some()
}

/// What happens to a container with these parts.
pub(super) fn total<'d>(pair: Pair<'_>, parts: impl Iterator<Item = &'d Diff>) -> Verb {
    parts.fold(pair.container_verb(), |verb, part| {
        verb.with_part(part.verb)
    })
}

fn list(pair: Pair<'_>, items: Vec<Diff>, context: bool) -> Diff {
    let verb = total(pair, items.iter());
    Diff::new(verb, Shape::List { items, context })
}

fn set(pair: Pair<'_>, part: impl FnMut(Pairing) -> Diff) -> Diff {
    let items: Vec<Diff> = set_pairs(pair).into_iter().map(part).collect();
    let verb = total(pair, items.iter());
    Diff::new(verb, Shape::Set(items))
}

/// Old elements, each with its equal on the new side if there is one, then what is only new.
pub(super) fn set_pairs(pair: Pair<'_>) -> Vec<Pairing> {
    let old = pair.before.map(Data::items).unwrap_or_default();
    let new = pair.after.map(Data::items).unwrap_or_default();
    let mut taken = vec![false; new.len()];
    let mut pairs = Vec::with_capacity(old.len() + new.len());
    for (i, element) in old.iter().enumerate() {
        let equal = (0..new.len()).find(|&j| !taken[j] && element.same(&new[j]));
        if let Some(j) = equal {
            taken[j] = true;
        }
        pairs.push((Some(i), equal));
    }
    let only_new = taken.iter().enumerate().filter(|(_, taken)| !**taken);
    pairs.extend(only_new.map(|(j, _)| (None, Some(j))));
    pairs
}
