//! Changes of values whose types a schema gives: attributes, nested attributes and what is in them.

use trunkline_api::schema::{Attribute, Block, NestedAttributes, NestedBlock, Nesting};
use trunkline_api::{ByName, Path, Step, Type};

use super::sequence::{Pairing, by_index, pair_elements};
use super::{Data, Diff, Pair, Shape, Verb, dynamic, mask, unknown};

static NULL: Data<'static> = Data::Null;

/// What is known of a part from what it is in.
#[derive(Clone, Debug, Default)]
pub struct Scope<'a> {
    /// What is left of the paths that force a replacement, seen from this part.
    replace: Vec<&'a [Step]>,
    /// Empty strings count as null. Providers of schemas without nested attributes, dynamic types and
    /// the like may answer either, so Terraform takes both for the same; elements of lists and sets
    /// always count so.
    blank_is_null: bool,
    /// A null is a value here, as in lists and maps; elsewhere it means that there is nothing.
    explicit: bool,
    /// What is left of the paths that are of interest; none when everything is.
    relevant: Option<Vec<&'a [Step]>>,
}

impl<'a> Scope<'a> {
    /// Seen from the object: the paths that force its replacement.
    #[must_use]
    pub fn new(replace: &'a [Path]) -> Scope<'a> {
        Scope {
            replace: replace.iter().map(|p| p.0.as_slice()).collect(),
            blank_is_null: true,
            explicit: true,
            relevant: None,
        }
    }

    /// The same where only changes at or within these paths, seen from the object, are of interest: all
    /// else is taken as unchanged.
    #[must_use]
    pub fn only(self, paths: &'a [Path]) -> Scope<'a> {
        Scope {
            relevant: Some(paths.iter().map(|p| p.0.as_slice()).collect()),
            ..self
        }
    }

    /// The pair as it is, or unchanged where it is of no interest.
    pub(super) fn limited<'p, 'v>(&self, pair: Pair<'p, 'v>) -> Pair<'p, 'v> {
        match &self.relevant {
            Some(paths) if paths.is_empty() => pair.unchanged(),
            _ => pair,
        }
    }

    /// Whether a path ends here.
    #[must_use]
    pub fn forces(&self) -> bool {
        self.replace.iter().any(|steps| steps.is_empty())
    }

    /// The same within a block of that schema.
    #[must_use]
    pub fn within(&self, schema: &Block) -> Scope<'a> {
        let groups = |b: &NestedBlock| matches!(b.nesting, Nesting::Map | Nesting::Group);
        let rich = |a: &Attribute| {
            let shaped = matches!(a.ty, Type::Tuple(_) | Type::Object(_));
            a.nested.is_some() || shaped || a.ty.has_dynamic()
        };
        let modern = schema.blocks.values().any(groups) || schema.attributes.values().any(rich);
        Scope {
            blank_is_null: self.blank_is_null && !modern,
            explicit: false,
            ..self.clone()
        }
    }

    /// Seen from the attribute called `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Scope<'a> {
        Scope {
            explicit: false,
            ..self.key(name)
        }
    }

    /// Seen from the element of a map called `name`.
    #[must_use]
    pub fn key(&self, name: &str) -> Scope<'a> {
        let fits = |s: &Step| matches!(s, Step::Attribute(n) | Step::Key(n) if **n == *name);
        Scope {
            blank_is_null: self.blank_is_null,
            explicit: true,
            ..self.step(fits)
        }
    }

    /// Seen from the element that `pairing` is about.
    #[must_use]
    pub fn item(&self, pairing: Pairing) -> Scope<'a> {
        let index = pairing.1.or(pairing.0);
        Scope {
            blank_is_null: true,
            explicit: true,
            ..self.step(|s| matches!(s, Step::Index(i) if Some(*i) == index))
        }
    }

    fn step(&self, fits: impl Fn(&Step) -> bool) -> Scope<'a> {
        let rest = |paths: &[&'a [Step]]| {
            let rest = paths.iter().filter_map(|steps| {
                let (first, rest) = steps.split_first()?;
                fits(first).then_some(rest)
            });
            rest.collect()
        };
        let ends = |paths: &Vec<&[Step]>| paths.iter().any(|steps| steps.is_empty());
        Scope {
            replace: rest(&self.replace),
            relevant: match &self.relevant {
                Some(paths) if !ends(paths) => Some(rest(paths)),
                _ => None,
            },
            ..Scope::default()
        }
    }

    /// The same where empty strings always count as null.
    pub(super) fn loose(&self) -> Scope<'a> {
        Scope {
            blank_is_null: true,
            ..self.clone()
        }
    }

    /// The pair with empty strings taken as null where they count as that.
    fn blanked<'p, 'v>(&self, pair: Pair<'p, 'v>) -> Pair<'p, 'v> {
        if !self.blank_is_null {
            return pair;
        }
        let blank = |data: &Data<'_>| matches!(data.reveal().0, Data::Text(t) if t.is_empty());
        pair.without(blank, self.explicit.then_some(&NULL))
    }
}

/// The changes of the attributes of an object, sorted by name, and what happens to the object. An
/// attribute that is null on both sides is left out; see [`settle_write_only`] for those that are never stored.
#[must_use]
pub fn attributes<'v>(
    pair: Pair<'_, 'v>,
    schema: &'v ByName<Attribute>,
    scope: &Scope<'_>,
) -> (Vec<(&'v str, Diff<'v>)>, Verb) {
    let parts = schema.iter().filter_map(|(name, attribute)| {
        if attribute.write_only {
            let diff = Diff::new(Verb::NoOp, Shape::WriteOnly);
            return Some((&**name, diff.replacing(scope.field(name).forces())));
        }
        let part = pair.field(name).implicit();
        if part.before.is_none() && part.after.is_none() {
            // Most attributes of most objects; nothing happens to what is not there.
            return None;
        }
        let scope = scope.field(name);
        let diff = match &attribute.nested {
            Some(inner) => nested(part, inner, &scope),
            None => by_type(part, &attribute.ty, &scope),
        };
        shown(part, &diff).then_some((&**name, diff))
    });
    let parts: Vec<_> = parts.collect();
    let verb = total(pair, parts.iter().map(|p| &p.1));
    (parts, verb)
}

/// Settles the write-only attributes, which are never stored: they come and go with their object.
pub fn settle_write_only(parts: &mut [(&str, Diff<'_>)], object: Verb) {
    if matches!(object, Verb::Create | Verb::Delete) {
        for (_, part) in parts {
            if matches!(part.shape, Shape::WriteOnly) {
                part.verb = object;
            }
        }
    }
}

/// The change of a value of type `ty`.
#[must_use]
pub fn by_type<'v>(pair: Pair<'_, 'v>, ty: &'v Type, scope: &Scope<'_>) -> Diff<'v> {
    let pair = scope.blanked(scope.limited(pair));
    if let Some(masked) = mask(pair, |bare| by_type(bare, ty, &scope.loose()).verb) {
        return masked.replacing(scope.forces());
    }
    let removal = |gone| by_type(gone, ty, &scope.loose());
    if let Some(unknown) = unknown(pair, removal) {
        return unknown.replacing(scope.forces());
    }
    let diff = match ty {
        // What the value itself consists of is beyond the schema's paths.
        Type::Dynamic => return dynamic::diff(pair),
        Type::Bool | Type::Number | Type::String => dynamic::leaf(pair),
        Type::Object(o) => {
            let parts = o.attributes.iter().filter_map(|(name, ty)| {
                let (part, scope) = (pair.field(name).implicit(), scope.field(name));
                let diff = by_type(part, ty, &scope);
                shown(part, &diff).then_some((&**name, diff))
            });
            let fields: Vec<_> = parts.collect();
            let verb = total(pair, fields.iter().map(|f| &f.1));
            let nested = false;
            Diff::new(verb, Shape::Object { fields, nested })
        }
        Type::Map(ty) => {
            let parts = pair.names().into_iter().map(|name| {
                let diff = by_type(pair.field(name), ty, &scope.key(name));
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
            let parts = pairs.into_iter().map(|p| element(pair, p, ty, scope));
            list(pair, parts.collect(), true)
        }
        Type::Tuple(types) => {
            let pairs = by_index(types.len(), types.len())
                .into_iter()
                .zip(types.iter());
            let parts = pairs.map(|(p, ty)| element(pair, p, ty, scope));
            list(pair, parts.collect(), true)
        }
        Type::Set(ty) => set(pair, |p| element(pair, p, ty, scope)),
    };
    diff.replacing(scope.forces())
}

fn element<'v>(pair: Pair<'_, 'v>, at: Pairing, ty: &'v Type, scope: &Scope<'_>) -> Diff<'v> {
    by_type(pair.item(at), ty, &scope.item(at))
}

/// The change of an attribute with nested attributes.
fn nested<'v>(pair: Pair<'_, 'v>, schema: &'v NestedAttributes, scope: &Scope<'_>) -> Diff<'v> {
    let pair = scope.limited(pair);
    if let Some(masked) = mask(pair, |bare| nested(bare, schema, &scope.loose()).verb) {
        return masked.replacing(scope.forces());
    }
    let whole = matches!(schema.nesting, Nesting::Single | Nesting::Group);
    let removal = |gone| match whole {
        true => nested_unknown(gone, schema, scope),
        false => nested(gone, schema, scope),
    };
    if let Some(unknown) = unknown(pair, removal) {
        return unknown.replacing(scope.forces());
    }
    let diff = match schema.nesting {
        Nesting::Single | Nesting::Group => nested_object(pair, schema, scope),
        Nesting::List => {
            let count = |side: Option<&Data<'_>>| side.map_or(0, |d| d.items().len());
            let pairs = by_index(count(pair.before), count(pair.after)).into_iter();
            let parts = pairs.map(|p| nested_object(pair.item(p), schema, &scope.item(p)));
            list(pair, parts.collect(), false)
        }
        Nesting::Map => {
            let parts = pair.names().into_iter().map(|name| {
                let diff = nested_object(pair.field(name), schema, &scope.field(name));
                (name, diff)
            });
            let fields: Vec<_> = parts.collect();
            let verb = total(pair, fields.iter().map(|f| &f.1));
            let nested = true;
            Diff::new(verb, Shape::Map { fields, nested })
        }
        Nesting::Set => set(pair, |p| {
            nested_object(pair.item(p), schema, &scope.item(p))
        }),
    };
    diff.replacing(scope.forces())
}

/// The change of an object into one of which every attribute is unknown.
fn nested_unknown<'v>(
    gone: Pair<'_, 'v>,
    schema: &'v NestedAttributes,
    scope: &Scope<'_>,
) -> Diff<'v> {
    let names = schema.attributes.keys();
    let after = Data::Object(names.map(|n| (&**n, Data::Unknown)).collect());
    let pair = Pair::new(gone.before, Some(&after));
    nested_object(pair, schema, scope)
}

fn nested_object<'v>(
    pair: Pair<'_, 'v>,
    schema: &'v NestedAttributes,
    scope: &Scope<'_>,
) -> Diff<'v> {
    let pair = scope.limited(pair);
    if let Some(masked) = mask(pair, |bare| {
        nested_object(bare, schema, &scope.loose()).verb
    }) {
        return masked.replacing(scope.forces());
    }
    if let Some(unknown) = unknown(pair, |gone| nested_object(gone, schema, scope)) {
        return unknown.replacing(scope.forces());
    }
    let (mut fields, verb) = attributes(pair, &schema.attributes, scope);
    settle_write_only(&mut fields, verb);
    let nested = true;
    Diff::new(verb, Shape::Object { fields, nested }).replacing(scope.forces())
}

/// Whether a part is there at all: null on both sides is not.
pub(super) fn shown(pair: Pair<'_, '_>, diff: &Diff<'_>) -> bool {
    diff.verb != Verb::NoOp || pair.before.is_some() || pair.after.is_some()
}

/// What happens to a container with these parts.
pub(super) fn total<'d, 'v: 'd>(
    pair: Pair<'_, '_>,
    parts: impl Iterator<Item = &'d Diff<'v>>,
) -> Verb {
    parts.fold(pair.container_verb(), |verb, part| {
        verb.with_part(part.verb)
    })
}

fn list<'v>(pair: Pair<'_, '_>, items: Vec<Diff<'v>>, context: bool) -> Diff<'v> {
    let verb = total(pair, items.iter());
    Diff::new(verb, Shape::List { items, context })
}

fn set<'v>(pair: Pair<'_, '_>, part: impl FnMut(Pairing) -> Diff<'v>) -> Diff<'v> {
    let items: Vec<Diff<'_>> = set_pairs(pair).into_iter().map(part).collect();
    let verb = total(pair, items.iter());
    Diff::new(verb, Shape::Set(items))
}

/// Old elements, each with its equal on the new side if there is one, then what is only new.
pub(super) fn set_pairs(pair: Pair<'_, '_>) -> Vec<Pairing> {
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
