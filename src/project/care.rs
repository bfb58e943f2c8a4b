//! Looking after a store: its integrity, and copies of it to go back to.
//!
//! A restore is a run like any other: history goes on, nothing is rewritten. It decides nothing about objects.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_state::{
    Change, Durability, Ending, Intent, Mode, NewIntent, OpenOptions, Output, Row, RowName,
    RunStart, Snapshot, StateError, Store, Violation,
};

use super::{OpenState, Settings, state_error};
use crate::apply::journal::Point;
use crate::plan::prior::id_of;

/// What a restore has done.
#[derive(Debug, PartialEq, Eq)]
pub enum Restored {
    /// There was no store that could be used: the copy has been put in its place. What was left of it, is under this name.
    Placed(Option<PathBuf>),
    /// So many objects of the store were written or removed.
    Changed(usize),
}

/// Checks every rule of the store.
pub fn check(state: &OpenState) -> Result<Vec<Violation>, Diagnostics> {
    state.store.check().map_err(|e| state_error(&e))
}

fn options(settings: &Settings, path: PathBuf) -> OpenOptions {
    OpenOptions {
        path,
        stamp: settings.stamp,
        keys: settings.keys.clone(),
        create: false,
        lineage: None,
    }
}

/// What breaks no rule, and a person should know: operations that are pending, and objects that two rows claim.
pub fn remarks(state: &OpenState) -> Result<Diagnostics, Diagnostics> {
    let snapshot = state.store.snapshot().map_err(|e| state_error(&e))?;
    let held = state.store.holder().map_err(|e| state_error(&e))?.is_some();
    let mut remarks: Diagnostics = snapshot.intents.iter().map(|i| pending(i, held)).collect();
    let mut claims: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for row in snapshot.rows.iter().filter(|r| r.mode == Mode::Managed) {
        if let Some(id) = id_of(row).filter(|id| !id.is_empty()) {
            let claim = claims.entry((&row.type_name, &row.provider, id));
            claim.or_default().push(row.key.to_string());
        }
    }
    remarks.extend(
        claims
            .into_values()
            .filter(|rows| rows.len() > 1)
            .map(|rows| claimed_twice(&rows)),
    );
    Ok(remarks)
}

fn pending(intent: &Intent, held: bool) -> Diagnostic {
    let NewIntent { action, key, .. } = &intent.operation;
    let who = match held {
        true => "the process that began it is at work, or has died",
        false => "what became of it was not heard",
    };
    Diagnostic::warning(
        "Pending operation",
        format!(
            "The {action} of {key} is not settled: {who}. The next \"plan\" or \"apply\" that holds the lock finds out."
        ),
    )
}

fn claimed_twice(rows: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "Object claimed twice",
        format!(
            "The same object stands behind {}. What is done to one is done to all of them. \"state rm ADDRESS\" forgets one without destroying it.",
            rows.join(" and ")
        ),
    )
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
    let failed = |error: StateError| match error {
        StateError::Damaged { detail, .. } => vec![Diagnostic::error(
            "Damaged backup",
            format!("{}: {detail}. Use an older copy.", from.display()),
        )],
        error => state_error(&error),
    };
    let store = Store::open(options(settings, from.to_owned())).map_err(failed)?;
    let violations = store.check().map_err(failed)?;
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

/// Whether there is a store that is damaged, so that nothing can be written into it.
#[must_use]
pub fn is_damaged(settings: &Settings) -> bool {
    let checked = Store::open(options(settings, settings.store.clone())).and_then(|s| s.check());
    match checked {
        Ok(violations) => !violations.is_empty(),
        Err(error) => matches!(
            error,
            StateError::Damaged { .. } | StateError::Tampered { .. }
        ),
    }
}

/// Puts a copy where there is no store, or a damaged one, which is set aside.
pub fn place(settings: &Settings, backup: &Store) -> Result<Restored, Diagnostics> {
    if let Some(dir) = settings.store.parent() {
        // What cannot be made is told by what is to be put there.
        drop(std::fs::create_dir_all(dir));
    }
    let aside = backup.replace(&settings.store);
    let aside = aside.map_err(|e| state_error(&e))?;
    Ok(Restored::Placed(aside))
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
    let mut old: BTreeMap<RowName, Arc<Row>> =
        now.rows.into_iter().map(|r| (r.key.clone(), r)).collect();
    let mut changes = Vec::new();
    for row in then.rows {
        let before = old.remove(&row.key);
        if !before.is_some_and(|before| same(before, &row)) {
            changes.push(Change::Put(Arc::unwrap_or_clone(row)));
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
fn same(before: Arc<Row>, after: &Row) -> bool {
    let mut before = Arc::unwrap_or_clone(before);
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
