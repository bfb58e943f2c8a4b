//! Two tenants beside each other: objects of one type and one name belong together, whatever their ids.
//!
//! Ids of other objects count as what those are called, and what tells the one tenant from the other (texts in which the
//! two configurations of the provider differ) as the same. What only the vendor says does not count. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::coerce::null_object;
use trunkline_api::{Schema, Value};

use super::discover::{Found, by_name, called};
use super::{Action, ResourceChange};
use crate::address::{Address, InstanceKey, Mode, ModuleInstance, Resource};

/// What differs, and how much is the same.
pub struct Compared {
    /// Differences, sorted by type and name: a create is only in the second, a delete only in the first.
    pub changes: Vec<ResourceChange>,
    /// Objects that are the same in both.
    pub same: usize,
}

type Side = BTreeMap<(Arc<str>, String), (Value, Arc<Schema>)>;

/// What tells a tenant from the other: its text, and what is said in place of it. The longest text first.
type Own = Vec<(Arc<str>, String)>;

/// What tells two tenants apart, by the texts of the two configurations of their provider.
#[must_use]
pub fn own(
    first: &BTreeMap<Arc<str>, Arc<str>>,
    second: &BTreeMap<Arc<str>, Arc<str>>,
) -> (Own, Own) {
    let of = |side: &BTreeMap<Arc<str>, Arc<str>>, other: &BTreeMap<Arc<str>, Arc<str>>| {
        let differs = side.iter().filter(|(name, text)| {
            let there = other.get(*name);
            there.is_some_and(|there| there != *text)
        });
        let mut own: Own = differs
            .map(|(name, text)| (text.clone(), format!("(the tenant's {name})")))
            .collect();
        own.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        own
    };
    (of(first, second), of(second, first))
}

/// The rest of a text that is one of the tenant's, or begins with one and a slash, and what that one is.
fn split<'t>(text: &'t str, own: &'t Own) -> Option<(&'t str, &'t str)> {
    own.iter().find_map(|(text_of, said)| {
        let rest = text.strip_prefix(&**text_of)?;
        (rest.is_empty() || rest.starts_with('/')).then_some((said.as_str(), rest))
    })
}

/// The objects with what is the tenant's own said in the same words.
fn said(found: &[Found], own: &Own) -> Vec<Found> {
    let object = |object: &Found| {
        let value = object.value.map_leaves(&mut |leaf| {
            let text = leaf.as_str().and_then(|text| split(text, own));
            match text {
                Some((said, rest)) => {
                    Value::string(format!("{said}{rest}")).with_marks(leaf.marks())
                }
                None => leaf.clone(),
            }
        });
        let id = &object.import_id;
        let import_id = match split(id, own) {
            Some((_, rest)) if rest.len() > 1 => rest[1..].to_owned(),
            _ => id.clone(),
        };
        Found {
            value,
            import_id,
            ..object.clone()
        }
    };
    found.iter().map(object).collect()
}

/// The objects of a side by type and name; those of one name are numbered.
fn side(found: &[Found]) -> Side {
    let mut side = Side::new();
    for ((object, name), value) in found.iter().zip(called(found)).zip(by_name(found)) {
        let mut key = (object.type_name.clone(), name.clone());
        let mut n = 2;
        while side.contains_key(&key) {
            key.1 = format!("{name} #{n}");
            n += 1;
        }
        side.insert(key, (value, object.schema.clone()));
    }
    side
}

/// What differs from the first to the second; `own` is what tells the two tenants apart.
#[must_use]
pub fn compare(first: &[Found], second: &[Found], own: &(Own, Own), source: &Arc<str>) -> Compared {
    let (first, mut second) = (side(&said(first, &own.0)), side(&said(second, &own.1)));
    let mut changes = Vec::new();
    let mut same = 0;
    for (key, (before, schema)) in first {
        let after = second.remove(&key);
        let (action, after) = match after {
            Some((after, _)) if before.same(&after) => {
                same += 1;
                continue;
            }
            Some((after, _)) => (Action::Update, after),
            None => (Action::Delete, null_object(&schema.block)),
        };
        changes.push(change(key, action, (before, after), source));
    }
    for (key, (after, schema)) in second {
        let before = null_object(&schema.block);
        changes.push(change(key, Action::Create, (before, after), source));
    }
    changes.sort_by(|a, b| a.address.cmp(&b.address));
    Compared { changes, same }
}

fn change(
    (type_name, name): (Arc<str>, String),
    action: Action,
    (before, after): (Value, Value),
    source: &Arc<str>,
) -> ResourceChange {
    let address = Address::new(
        ModuleInstance::root(),
        Resource::new(Mode::Managed, type_name, name),
        InstanceKey::None,
    );
    ResourceChange {
        action,
        before,
        after,
        provider_source: source.clone(),
        ..ResourceChange::nothing(address)
    }
}
