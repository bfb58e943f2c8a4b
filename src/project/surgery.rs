//! Moving and removing objects within a state, or to another one, without touching the objects themselves.
//!
//! Pure functions of a document: they say what changes, and change nothing. The configuration is not looked at.

use std::collections::{BTreeMap, BTreeSet};

use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_state::{Change, IndexKey, Mode, Row, RowName};

use super::provided::parse_provider;
use super::tfstate::Document;
use crate::address::{
    Address, ConfigAddress, InstanceKey, Mode as AddressMode, ModuleInstance, Target,
};
use crate::plan::prior::dependencies;

/// A move, with all rows that it takes along.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// What moves.
    pub from: String,
    /// What it is called then.
    pub to: String,
    /// Rows: their old names, and the rows under their new ones.
    pub rows: Vec<(RowName, Row)>,
}

/// The rows of a document with their addresses, as people list them: modules nearer to the root first.
#[must_use]
pub fn listed(document: &Document) -> Vec<(Address, &Row)> {
    let mut rows: Vec<(Address, &Row)> = document
        .rows
        .iter()
        .filter_map(|row| Some((Address::parse(&row.key.address)?, row)))
        .collect();
    rows.sort_by(|(a, x), (b, y)| {
        (a.module.0.len(), a, &x.key.deposed).cmp(&(b.module.0.len(), b, &y.key.deposed))
    });
    rows
}

/// Whether a target names an instance, its resource, or a module around it. Without a key all keys are meant.
#[must_use]
pub fn is_within(address: &Address, target: &Target) -> bool {
    match target {
        Target::Module(module) => module.names(&address.module),
        Target::Instance(a) if a.key == InstanceKey::None => {
            a.module == address.module && a.resource == address.resource
        }
        Target::Instance(a) => a == address,
    }
}

fn problem(summary: &str, detail: String) -> Diagnostics {
    vec![Diagnostic::error(summary, detail)]
}

const SOURCE: &str = "Invalid source address";
const TARGET: &str = "Invalid target address";
const REQUEST: &str = "Invalid state move request";

/// What moving `from` to `to` means. `into` is the state that it goes to, when that is another one.
pub fn moves(
    document: &Document,
    into: Option<&Document>,
    from: &Target,
    to: &Target,
) -> Result<Vec<Move>, Diagnostics> {
    let there = into.unwrap_or(document);
    match from {
        Target::Module(module) => move_module(document, there, module, to),
        Target::Instance(address) => move_resource(document, there, address, to),
    }
}

fn move_module(
    document: &Document,
    there: &Document,
    from: &ModuleInstance,
    to: &Target,
) -> Result<Vec<Move>, Diagnostics> {
    let mut found: BTreeMap<ModuleInstance, Vec<(Address, &Row)>> = BTreeMap::new();
    for (address, row) in listed(document) {
        if address.module.0.starts_with(&from.0) {
            let module = address.module.clone();
            found.entry(module).or_default().push((address, row));
        }
    }
    let Some(first) = found.keys().next() else {
        return Err(problem(
            SOURCE,
            format!("Cannot move {from}: does not match anything in the current state."),
        ));
    };
    let Target::Module(to) = to else {
        return Err(problem(
            TARGET,
            format!("Cannot move {first} to {to}: the target must also be a module."),
        ));
    };
    let present: BTreeSet<ModuleInstance> = listed(there)
        .into_iter()
        .map(|(address, _)| address.module.clone())
        .collect();
    let mut moves = Vec::new();
    for (module, rows) in &found {
        let below = module.0.iter().skip(from.0.len());
        let target = ModuleInstance(to.0.iter().chain(below).cloned().collect());
        if present.contains(&target) {
            return Err(problem(
                TARGET,
                format!(
                    "Cannot move to {target}: there is already a module at that address in the current state."
                ),
            ));
        }
        let rows = rows.iter().map(|(address, row)| {
            let moved = address.with_module(target.clone());
            readdressed(row, &moved)
        });
        moves.push(Move {
            from: module.to_string(),
            to: target.to_string(),
            rows: rows.collect(),
        });
    }
    Ok(moves)
}

fn move_resource(
    document: &Document,
    there: &Document,
    from: &Address,
    to: &Target,
) -> Result<Vec<Move>, Diagnostics> {
    let all = listed(document);
    let of_resource: Vec<&(Address, &Row)> = all
        .iter()
        .filter(|(a, _)| a.module == from.module && a.resource == from.resource)
        .collect();
    if from.key != InstanceKey::None && !of_resource.iter().any(|(a, _)| a == from) {
        return Err(problem(
            SOURCE,
            format!("The current state does not contain {from}."),
        ));
    }
    if of_resource.is_empty() {
        return Err(problem(
            SOURCE,
            format!("Cannot move {from}: does not match anything in the current state."),
        ));
    }
    // A resource with neither count nor for_each is its one instance.
    let single = of_resource.iter().all(|(a, _)| a.key == InstanceKey::None);
    let whole = from.key == InstanceKey::None && !single;
    let Target::Instance(to) = to else {
        let must = match whole {
            true => {
                "the source is a whole resource (not a resource instance) so the target must also be a whole resource."
            }
            false => "the target must also be a resource instance.",
        };
        return Err(problem(
            TARGET,
            format!("Cannot move {from} to {to}: {must}"),
        ));
    };
    if whole && to.key != InstanceKey::None {
        return Err(problem(
            TARGET,
            format!(
                "Cannot move {from} to {to}: the source is a whole resource (not a resource instance) so the target must also be a whole resource."
            ),
        ));
    }
    let mut problems = Vec::new();
    if from.resource.mode != to.resource.mode {
        let (one, other) = match from.resource.mode {
            AddressMode::Data => ("a data", "another data"),
            _ => ("a managed", "another managed"),
        };
        problems.extend(problem(
            REQUEST,
            format!("Cannot move {from} to {to}: {one} resource can be moved only to {other} resource address."),
        ));
    }
    if from.resource.type_name != to.resource.type_name {
        problems.extend(problem(
            REQUEST,
            format!("Cannot move {from} to {to}: resource types don't match."),
        ));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let taken = listed(there).into_iter().any(|(a, _)| match whole {
        true => a.module == to.module && a.resource == to.resource,
        false => a == *to,
    });
    if taken {
        let what = if whole {
            "resource"
        } else {
            "resource instance"
        };
        return Err(problem(
            TARGET,
            format!(
                "Cannot move to {to}: there is already a {what} at that address in the current state."
            ),
        ));
    }
    let taken_along = of_resource.into_iter().filter(|(a, _)| whole || a == from);
    let rows = taken_along.map(|(address, row)| {
        let key = match whole {
            true => address.key.clone(),
            false => to.key.clone(),
        };
        readdressed(row, &to.with_key(key))
    });
    Ok(vec![Move {
        from: from.to_string(),
        to: to.to_string(),
        rows: rows.collect(),
    }])
}

/// A row under another address, with its old name.
fn readdressed(row: &Row, to: &Address) -> (RowName, Row) {
    let moved = Row {
        key: RowName {
            address: to.to_string(),
            deposed: row.key.deposed.clone(),
        },
        module: to.module.to_string().into(),
        mode: match to.resource.mode {
            AddressMode::Data => Mode::Data,
            _ => Mode::Managed,
        },
        type_name: to.resource.type_name.clone(),
        name: to.resource.name.clone(),
        index_key: match &to.key {
            InstanceKey::None => None,
            InstanceKey::Int(n) => Some(IndexKey::Int(*n)),
            InstanceKey::Str(s) => Some(IndexKey::Str(s.clone())),
        },
        ..row.clone()
    };
    (row.key.clone(), moved)
}

/// The changes of moves within one state. What depended on something that moves has no dependencies until the next
/// plan finds them, as Terraform has it: the old address must not be taken for something that is to come.
#[must_use]
pub fn move_changes(document: &Document, moves: &[Move]) -> Vec<Change> {
    let moving: BTreeMap<&RowName, &Row> = moves
        .iter()
        .flat_map(|m| &m.rows)
        .map(|(from, to)| (from, to))
        .collect();
    let resources: BTreeSet<ConfigAddress> = moving
        .keys()
        .filter_map(|name| Some(Address::parse(&name.address)?.config().clone()))
        .collect();
    let loose = |row: &Row| match dependencies(row).is_disjoint(&resources) {
        true => None,
        false => Some(Row {
            dependencies: [].into(),
            ..row.clone()
        }),
    };
    let moved = moves.iter().flat_map(|m| &m.rows);
    let moved = moved.map(|(from, to)| Change::Move {
        from: from.clone(),
        to: loose(to).unwrap_or_else(|| to.clone()),
    });
    let others = document.rows.iter();
    let others = others.filter(|row| !moving.contains_key(&row.key));
    moved
        .chain(others.filter_map(loose).map(Change::Put))
        .collect()
}

/// The rows that targets name, in the order of the targets, each once.
#[must_use]
pub fn named<'d>(document: &'d Document, targets: &[Target]) -> Vec<(Address, &'d Row)> {
    let all = listed(document);
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for target in targets {
        for (address, row) in &all {
            if is_within(address, target) && seen.insert(&row.key) {
                found.push((address.clone(), *row));
            }
        }
    }
    found
}

/// The rows of one provider, each as it is with another one.
#[must_use]
pub fn provider_replaced(document: &Document, from: &str, to: &str) -> Vec<(Address, Row)> {
    let changed = listed(document).into_iter().filter_map(|(address, row)| {
        let (_, source, _) = parse_provider(&row.provider)?;
        (source == from).then(|| {
            let provider = row
                .provider
                .replace(&format!("[{from:?}]"), &format!("[{to:?}]"));
            let row = Row {
                provider: provider.into(),
                ..row.clone()
            };
            (address, row)
        })
    });
    changed.collect()
}

/// Applies changes to a document.
pub fn apply(document: &mut Document, changes: &[Change]) {
    let mut rows: BTreeMap<RowName, Row> = std::mem::take(&mut document.rows)
        .into_iter()
        .map(|row| (row.key.clone(), row))
        .collect();
    for change in changes {
        match change {
            Change::Put(row) => drop(rows.insert(row.key.clone(), row.clone())),
            Change::Delete(name) => drop(rows.remove(name)),
            Change::Move { from, to } => {
                rows.remove(from);
                rows.insert(to.key.clone(), to.clone());
            }
            Change::PutOutput(_) | Change::DeleteOutput(_) => {}
        }
    }
    document.rows = rows.into_values().collect();
}
