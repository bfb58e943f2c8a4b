//! Edits of a whole state by hand: pushing a document, and what `state mv` and its like change.
//!
//! An edit is one run with one transaction. It calls no provider and decides nothing about the configuration.

use std::collections::{BTreeMap, BTreeSet};

use trunkline_api::Diagnostics;
use trunkline_state::{Change, Edit, Ending, RowName, RunStart, Snapshot};

use super::tfstate::Document;
use super::{OpenState, Settings, mirror, state_error};
use crate::apply::journal::Point;

/// Why a document is not taken.
#[derive(Debug)]
pub enum PushError {
    /// It is older than the state, of another one, or another of the same serial.
    Refused(String),
    /// The store failed.
    Store(Diagnostics),
}

impl std::fmt::Display for PushError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PushError::Refused(why) => f.write_str(why),
            PushError::Store(problems) => f.write_str(&super::tfstate::problems_text(problems)),
        }
    }
}

/// Commits an edit as a run of its own.
pub fn commit(
    state: &OpenState,
    settings: &Settings,
    operation: &str,
    edit: Edit,
) -> Result<(), Diagnostics> {
    let writer = state.store.begin_run(RunStart {
        id: settings.ids.operation(),
        started: (settings.now)(),
        operation: operation.into(),
        who: settings.who.clone(),
        git_commit: None,
        plan_digest: None,
    });
    let changes = edit.changes.len() as u64;
    (settings.probe)(Point::Planned);
    let done = writer.edit(operation.to_owned(), edit);
    let ending = Ending {
        finished: (settings.now)(),
        result: "ok".into(),
        counts: BTreeMap::from([("change".to_owned(), changes)]),
    };
    let finished = writer.finish(ending);
    done.wait().map_err(|e| state_error(&e))?;
    finished.wait().map_err(|e| state_error(&e))?;
    (settings.probe)(Point::Settled);
    let problems = mirror::write_out(state, settings);
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems),
    }
}

/// The changes that turn what `before` holds into what `after` holds.
#[must_use]
pub fn difference(before: &Document, after: &Document) -> Edit {
    let wanted: BTreeSet<&RowName> = after.rows.iter().map(|row| &row.key).collect();
    let present: BTreeMap<&RowName, usize> = before
        .rows
        .iter()
        .enumerate()
        .map(|(at, row)| (&row.key, at))
        .collect();
    let gone = before.rows.iter().filter(|row| !wanted.contains(&row.key));
    let mut changes: Vec<Change> = gone.map(|row| Change::Delete(row.key.clone())).collect();
    for row in &after.rows {
        if present
            .get(&row.key)
            .is_none_or(|at| before.rows[*at] != *row)
        {
            changes.push(Change::Put(row.clone()));
        }
    }
    Edit {
        changes,
        outputs: Some(after.outputs.clone()),
        checks: Some(after.checks.clone()),
        serial: None,
        lineage: None,
    }
}

/// Whether anything was ever written to a state.
#[must_use]
pub fn is_pristine(snapshot: &Snapshot) -> bool {
    snapshot.serial == 0
        && snapshot.rows.is_empty()
        && snapshot.outputs.is_empty()
        && snapshot.intents.is_empty()
}

/// Makes the state what a document says. Without `force` the document must be of the same lineage, and not older.
pub fn push(
    state: &OpenState,
    settings: &Settings,
    document: &Document,
    force: bool,
) -> Result<(), PushError> {
    let snapshot = state
        .store
        .snapshot()
        .map_err(|e| PushError::Store(state_error(&e)))?;
    let before = Document::of(&snapshot);
    let same = before.same_content(document);
    let new = is_pristine(&snapshot);
    let related = document.lineage.is_empty() || document.lineage == before.lineage;
    let forced = force || document.lineage.is_empty();
    if !new && !forced {
        let refused = |why: String| Err(PushError::Refused(why));
        if !related {
            return refused(format!(
                "cannot import state with lineage {:?} over unrelated state with lineage {:?}",
                document.lineage, before.lineage
            ));
        }
        if document.serial < before.serial {
            return refused(format!(
                "cannot import state with serial {} over newer state with serial {}",
                document.serial, before.serial
            ));
        }
        if document.serial == before.serial && !same {
            return refused(format!(
                "cannot overwrite existing state with serial {} with a different state that has the same serial",
                before.serial
            ));
        }
    }
    if same && related && document.serial == before.serial {
        return Ok(());
    }
    let mut edit = difference(&before, document);
    // What is forced in is a change of its own: whoever has the old state must not take it for this one.
    edit.serial = Some(match new || !forced || same {
        true => document.serial,
        false => document.serial + 1,
    });
    edit.lineage = (!document.lineage.is_empty()).then(|| document.lineage.clone());
    commit(state, settings, "state push", edit).map_err(PushError::Store)
}
