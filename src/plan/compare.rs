//! Two tenants beside each other: objects of one type and one name belong together, whatever their ids.
//!
//! Ids of other objects count as what those are called, and what only the vendor says does not count. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::coerce::null_object;
use trunkline_api::{Schema, Value};

use super::discover::{Found, by_name};
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

/// The objects of a side by type and name; those of one name are numbered.
fn side(found: &[Found]) -> Side {
    let mut side = Side::new();
    for (object, value) in found.iter().zip(by_name(found)) {
        let name = object.natural_name();
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

/// What differs from the first to the second.
#[must_use]
pub fn compare(first: &[Found], second: &[Found], source: &Arc<str>) -> Compared {
    let (first, mut second) = (side(first), side(second));
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
    let address = Address {
        module: ModuleInstance::root(),
        resource: Resource {
            mode: Mode::Managed,
            type_name,
            name: name.into(),
        },
        key: InstanceKey::None,
    };
    ResourceChange {
        action,
        before,
        after,
        provider_source: source.clone(),
        ..ResourceChange::nothing(address)
    }
}
