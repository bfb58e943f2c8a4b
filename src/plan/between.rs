//! Two plans on one state beside each other: what the later one has that the earlier has not, what it does otherwise,
//! and what it does no longer.
//!
//! Objects are told by where they are in the state, whatever address a plan gives them. Pure.

use std::collections::BTreeMap;

use super::{Action, Plan, ResourceChange};

/// What lies between two plans; each list is in the order of its plan.
#[derive(Debug, Default)]
pub struct Between<'p> {
    /// Only the later has these.
    pub brings: Vec<&'p ResourceChange>,
    /// Both have something else for the same object, the earlier's first.
    pub alters: Vec<(&'p ResourceChange, &'p ResourceChange)>,
    /// Only the earlier has these.
    pub takes_back: Vec<&'p ResourceChange>,
    /// How many both have alike.
    pub alike: usize,
}

/// Compares.
#[must_use]
pub fn between<'p>(earlier: &'p Plan, later: &'p Plan) -> Between<'p> {
    let mut found = Between::default();
    let mut before: BTreeMap<(String, &str), &ResourceChange> = earlier
        .changes
        .iter()
        .filter(|c| acts(c))
        .map(|c| (object(c), c))
        .collect();
    for change in later.changes.iter().filter(|c| acts(c)) {
        match before.remove(&object(change)) {
            None => found.brings.push(change),
            Some(other) if same(other, change) => found.alike += 1,
            Some(other) => found.alters.push((other, change)),
        }
    }
    let left = earlier.changes.iter().filter(|c| acts(c));
    found.takes_back = left.filter(|c| before.contains_key(&object(c))).collect();
    found
}

/// Whether anything happens to the object.
fn acts(change: &ResourceChange) -> bool {
    change.action != Action::NoOp
        || change.details.importing.is_some()
        || change
            .previous_address
            .as_ref()
            .is_some_and(|from| *from != change.address)
}

/// The object, by where it is in the state.
fn object(change: &ResourceChange) -> (String, &str) {
    let address = change.previous_address.as_ref().unwrap_or(&change.address);
    (
        address.to_string(),
        change.deposed.as_deref().unwrap_or_default(),
    )
}

/// Whether two changes come to the same.
fn same(one: &ResourceChange, other: &ResourceChange) -> bool {
    one.action == other.action
        && one.address == other.address
        && one.details.importing == other.details.importing
        && one.details.replace_paths == other.details.replace_paths
        && one.after.same(&other.after)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use trunkline_api::Value;

    use super::*;
    use crate::address::Address;
    use crate::plan::PlanMode;

    fn change(address: &str, action: Action, input: &str) -> ResourceChange {
        ResourceChange {
            action,
            after: Value::object([(Arc::from("input"), Value::string(input))]),
            ..ResourceChange::nothing(Address::parse(address).unwrap())
        }
    }

    fn plan(changes: Vec<ResourceChange>) -> Plan {
        Plan {
            mode: PlanMode::Normal,
            changes,
            drift: Vec::new(),
            outputs: Vec::new(),
            kept_outputs: Vec::new(),
            variables: BTreeMap::new(),
            ephemeral: BTreeMap::new(),
            timestamp: String::new(),
            moves: Vec::new(),
            dropped_data: Vec::new(),
            targets: Vec::new(),
            excludes: Vec::new(),
            checks: Vec::new(),
            errored: false,
        }
    }

    #[test]
    fn every_object_is_in_one_list() {
        let earlier = plan(vec![
            change("a.alike", Action::Update, "x"),
            change("a.back", Action::Create, "x"),
            change("a.other", Action::Update, "x"),
            change("a.still", Action::NoOp, "x"),
        ]);
        let moved = ResourceChange {
            previous_address: Address::parse("a.still"),
            ..change("a.there", Action::NoOp, "x")
        };
        let later = plan(vec![
            change("a.alike", Action::Update, "x"),
            change("a.new", Action::Create, "x"),
            change("a.other", Action::DeleteThenCreate, "x"),
            moved,
        ]);
        let found = between(&earlier, &later);
        let names = |list: &[&ResourceChange]| -> Vec<String> {
            list.iter().map(|c| c.address.to_string()).collect()
        };
        assert_eq!(names(&found.brings), ["a.new", "a.there"]);
        assert_eq!(names(&found.takes_back), ["a.back"]);
        assert_eq!(found.alters[0].1.address.to_string(), "a.other");
        assert_eq!((found.alters.len(), found.alike), (1, 1));
    }

    #[test]
    fn values_that_differ_are_no_likeness() {
        let earlier = plan(vec![change("a.a", Action::Update, "x")]);
        let later = plan(vec![change("a.a", Action::Update, "y")]);
        assert_eq!(between(&earlier, &later).alters.len(), 1);
    }
}
