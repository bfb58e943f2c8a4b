//! A state that is written elsewhere than it was read: what `-state-out` asks for.
//!
//! The store of the other place becomes what this one holds, and what follows is done there. Its file is written only
//! at the end, as any other, so that a command that does nothing leaves none.

use trunkline_api::{Diagnostic, Diagnostics};

use super::edit::{self, difference};
use super::mirror::{self, Shown};
use super::tfstate::Document;
use super::{Locking, OpenState, Settings, open_state, state_error};

/// Opens the state at another place, with what `state` holds. `settings` are those of this place.
pub fn hand_over(
    state: &OpenState,
    settings: &Settings,
    operation: &str,
    locking: Locking,
) -> Result<OpenState, Diagnostics> {
    let snapshot = state.store.snapshot().map_err(|e| state_error(&e))?;
    if !snapshot.intents.is_empty() {
        return Err(vec![Diagnostic::error(
            "Unfinished operations",
            "An earlier process died while it changed something, and what became of that is not known yet. Run plan without -state-out, which finds out, before the state is written elsewhere.",
        )]);
    }
    let document = Document::of(&snapshot);
    // What lies there is overwritten, so that it is not read, and the copy of it is made when the file is.
    let blank = Settings {
        file: None,
        backup: None,
        legacy: None,
        new_lineage: Some(document.lineage.clone()).filter(|lineage| !lineage.is_empty()),
        ..settings.clone()
    };
    let opened = open_state(&blank, operation, locking, true)?;
    let Some(mut other) = opened else {
        return Err(vec![Diagnostic::error(
            "State store error",
            "The state store could not be made.",
        )]);
    };
    let there = other.store.snapshot().map_err(|e| state_error(&e))?;
    if !there.intents.is_empty() {
        return Err(vec![Diagnostic::error(
            "Unfinished operations",
            format!(
                "The store {} has operations whose outcome is not known yet, and would be overwritten. Work on it with -state first.",
                settings.store.display()
            ),
        )]);
    }
    let mut change = difference(&Document::of(&there), &document);
    change.serial = Some(document.serial);
    change.lineage = blank.new_lineage.clone();
    edit::commit(&other, &blank, "take over another state", change)?;
    mirror::forget(&other)?;
    other.shown = Shown {
        file: settings.file.clone(),
        backup: settings.backup.clone(),
        before: None,
    };
    Ok(other)
}
