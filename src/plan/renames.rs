//! What looks renamed in a plan: destroyed under one address and made under another, with the same values.
//!
//! It suggests and decides nothing: only a `moved` block moves an object.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use trunkline_api::Value;

use super::{Action, Plan, ResourceChange};
use crate::address::{Address, ConfigAddress, InstanceKey, ModulePath};

/// Objects that look renamed: destroyed under one address and made under another with the same values, and no other
/// pair like it. Addresses as a `moved` block takes them: whole modules and resources where all of them moved.
#[must_use]
pub fn renames(plan: &Plan) -> Vec<(String, String)> {
    let of = |action: Action| {
        let mut found: BTreeMap<ConfigAddress, Vec<&ResourceChange>> = BTreeMap::new();
        for change in plan
            .changes
            .iter()
            .filter(|c| c.action == action && c.deposed.is_none())
        {
            found
                .entry(change.address.config().clone())
                .or_default()
                .push(change);
        }
        found
    };
    let (gone, made) = (of(Action::Delete), of(Action::Create));
    // Candidates by type and what is written, so that no pair is looked at that cannot fit.
    let mut by_type: BTreeMap<(&str, usize), Vec<&ConfigAddress>> = BTreeMap::new();
    for (address, changes) in &made {
        let kind = (&*address.resource.type_name, changes.len());
        by_type.entry(kind).or_default().push(address);
    }
    let mut taken: BTreeSet<&ConfigAddress> = BTreeSet::new();
    let mut pairs: Vec<(&ConfigAddress, &ConfigAddress)> = Vec::new();
    for (from, changes) in &gone {
        let kind = (&*from.resource.type_name, changes.len());
        let fits = |to: &&&ConfigAddress| !taken.contains(**to) && alike(changes, &made[**to]);
        let mut fitting = by_type.get(&kind).into_iter().flatten().filter(fits);
        // Of several that fit, one that keeps its name is meant.
        let all: Vec<&&ConfigAddress> = fitting.by_ref().take(50).collect();
        let named: Vec<&&&ConfigAddress> = all
            .iter()
            .filter(|to| to.resource == from.resource)
            .collect();
        let to = match (all.as_slice(), named.as_slice()) {
            ([one], _) => **one,
            (_, [one]) => ***one,
            _ => continue,
        };
        taken.insert(to);
        pairs.push((from, to));
    }
    // Modules all of whose objects went to one other module, under the same names, are renamed as such.
    let mut lost: BTreeMap<&ModulePath, usize> = BTreeMap::new();
    gone.keys()
        .for_each(|a| *lost.entry(&a.module).or_insert(0) += 1);
    let mut went: BTreeMap<(&ModulePath, &ModulePath), usize> = BTreeMap::new();
    for (from, to) in pairs
        .iter()
        .filter(|(from, to)| from.resource == to.resource)
    {
        *went.entry((&from.module, &to.module)).or_insert(0) += 1;
    }
    let whole = |from: &ConfigAddress, to: &ConfigAddress| {
        let inside = !from.module.is_root() && !to.module.is_root();
        inside && went.get(&(&from.module, &to.module)) == lost.get(&from.module)
    };
    let found: BTreeSet<(String, String)> = pairs
        .iter()
        .map(|(from, to)| match whole(from, to) {
            true => (from.module.to_string(), to.module.to_string()),
            false => instance_free(gone[*from][0], made[*to][0], (from, to)),
        })
        .collect();
    found.into_iter().collect()
}

/// Addresses of a resource as a whole, or of its one instance where the key comes or goes.
fn instance_free(
    gone: &ResourceChange,
    made: &ResourceChange,
    (from, to): (&ConfigAddress, &ConfigAddress),
) -> (String, String) {
    let key = |address: &Address| address.key.clone();
    match key(&gone.address) == key(&made.address) || key(&gone.address) == InstanceKey::None {
        true => (from.to_string(), to.to_string()),
        false => (gone.address.to_string(), made.address.to_string()),
    }
}

/// Whether the instances are the same, key by key: all that is known of the new ones is what the old ones have.
fn alike(gone: &[&ResourceChange], made: &[&ResourceChange]) -> bool {
    // The changes of a plan are sorted by address, so instances of two resources stand in one order.
    let single = gone.len() == 1 && made.len() == 1;
    gone.iter().zip(made).all(|(old, new)| {
        let has = |(name, value): (&Arc<str>, &Value)| {
            !value.is_wholly_known() || old.before.attr(name).is_some_and(|b| b.same(value))
        };
        (single || old.address.key == new.address.key)
            && new
                .after
                .as_fields()
                .is_some_and(|fields| fields.iter().all(has))
    })
}
