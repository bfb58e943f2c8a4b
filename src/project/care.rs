//! Looking after a store: its integrity, and copies of it to go back to.
//!
//! A restore is a run like any other: history goes on, nothing is rewritten. It decides nothing about objects.

use std::collections::BTreeMap;
use std::path::Path;

use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_state::{
    Change, Durability, Ending, OpenOptions, Output, Row, RowName, RunStart, Snapshot, Store,
    Violation,
};

use super::{OpenState, Settings, state_error};
use crate::apply::journal::Point;

/// What a restore has done.
#[derive(Debug, PartialEq, Eq)]
pub enum Restored {
    /// There was no store: the copy has been put in its place.
    Placed,
    /// So many objects of the store were written or removed.
    Changed(usize),
}

/// Checks every rule of the store.
pub fn check(state: &OpenState) -> Result<Vec<Violation>, Diagnostics> {
    state.store.check().map_err(|e| state_error(&e))
}

/// Copies the store to a new file, sealed as it is.
pub fn backup(state: &OpenState, to: &Path) -> Result<(), Diagnostics> {
    state.store.backup(to).map_err(|e| state_error(&e))
}

/// Opens a copy of a store. It must be sound, and of the world that `settings` are for.
pub fn open_backup(settings: &Settings, from: &Path) -> Result<Store, Diagnostics> {
    if !from.exists() {
        return Err(vec![Diagnostic::error(
            "No such backup",
            format!(
                "There is no file {}. \"state backup FILE\" writes one.",
                from.display()
            ),
        )]);
    }
    let store = Store::open(OpenOptions {
        path: from.to_owned(),
        stamp: settings.stamp,
        keys: settings.keys.clone(),
        create: false,
        lineage: None,
    })
    .map_err(|e| state_error(&e))?;
    let violations = store.check().map_err(|e| state_error(&e))?;
    match violations.is_empty() {
        true => Ok(store),
        false => Err(violations
            .iter()
            .map(|v| {
                Diagnostic::error(
                    "Damaged backup",
                    format!(
                        "{}: {}: {}. Use an older copy.",
                        from.display(),
                        v.rule,
                        v.detail
                    ),
                )
            })
            .collect()),
    }
}

/// Puts a copy where there is no store.
pub fn place(settings: &Settings, backup: &Store) -> Result<Restored, Diagnostics> {
    backup
        .backup(&settings.store)
        .map_err(|e| state_error(&e))?;
    Ok(Restored::Placed)
}

/// Writes the rows and outputs of a copy into a store of the same lineage.
pub fn restore(
    settings: &Settings,
    state: &OpenState,
    backup: &Store,
) -> Result<Restored, Diagnostics> {
    let read = |store: &Store| store.snapshot().map_err(|e| state_error(&e));
    let (now, then) = (read(&state.store)?, read(backup)?);
    if now.lineage != then.lineage {
        return Err(vec![Diagnostic::error(
            "Backup of another state",
            format!(
                "The backup is of the state with lineage {}, the store here has lineage {}. To use the backup all the same, move {} away and restore again.",
                then.lineage,
                now.lineage,
                settings.store.display()
            ),
        )]);
    }
    for (snapshot, whose) in [(&now, "The state"), (&then, "The backup")] {
        refuse_unfinished(snapshot, whose)?;
    }
    let mut old: BTreeMap<RowName, Row> =
        now.rows.into_iter().map(|r| (r.key.clone(), r)).collect();
    let mut changes = Vec::new();
    for row in then.rows {
        let before = old.remove(&row.key);
        if !before.is_some_and(|before| same(before, &row)) {
            changes.push(Change::Put(row));
        }
    }
    changes.extend(old.into_keys().map(Change::Delete));
    let changed = changes.len();
    let plain = |outputs: &[Output]| -> Vec<Output> {
        let unversioned = outputs.iter().cloned();
        unversioned.map(|o| Output { version: 0, ..o }).collect()
    };
    if changes.is_empty() && plain(&now.outputs) == plain(&then.outputs) {
        return Ok(Restored::Changed(0));
    }
    let writer = state.store.begin_run(RunStart {
        id: settings.ids.operation(),
        started: (settings.now)(),
        operation: "state restore".into(),
        who: settings.who.clone(),
        git_commit: (settings.git_commit)(),
        plan_digest: None,
    });
    (settings.probe)(Point::Planned);
    for change in changes {
        // The last ticket tells whether all of them were committed.
        let _unwatched = writer.change("restore", change, Durability::Batched);
    }
    let _unwatched = writer.set_outputs(then.outputs, Durability::Batched);
    let ending = Ending {
        finished: (settings.now)(),
        result: "ok".into(),
        counts: [("change".to_owned(), changed as u64)].into(),
    };
    writer.finish(ending).wait().map_err(|e| state_error(&e))?;
    (settings.probe)(Point::Settled);
    let problems = super::mirror::write_out(state, settings);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Restored::Changed(changed))
}

/// Whether two rows say the same; versions are the store's business.
fn same(mut before: Row, after: &Row) -> bool {
    before.version = after.version;
    before == *after
}

fn refuse_unfinished(snapshot: &Snapshot, whose: &str) -> Result<(), Diagnostics> {
    let Some(intent) = snapshot.intents.first() else {
        return Ok(());
    };
    Err(vec![Diagnostic::error(
        "Unfinished operations",
        format!(
            "{whose} has an unfinished {} of {}. Restoring over it could lose sight of an object. Settle it first with \"plan\" or \"apply\", or drop it with \"state discard\" after looking at the service.",
            intent.operation.action, intent.operation.key
        ),
    )])
}
