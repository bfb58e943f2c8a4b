//! Taking a state over from Terraform, and giving it back.
//!
//! A marker in place of the state file keeps Terraform from managing the same objects: it refuses a file of a format
//! that it does not know. What was there stays beside it. Nobody is asked here; that is the front end's business.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use trunkline_api::{Diagnostic, Diagnostics};

use super::edit::push;
use super::mirror::replace;
use super::tfstate::{self, Document};
use super::{Locking, OpenState, Settings, open_state, state_error};

/// The note of a store whose state was taken over.
const NOTE: &str = "taken over";
/// What follows the name of a state file that was taken over.
const OLD: &str = ".before-trunkline";
/// What follows the name of a store whose state was given back.
const GIVEN: &str = ".given-back";

/// Whether a file is the marker.
#[must_use]
pub fn is_marker(bytes: &[u8]) -> bool {
    let document: Option<Json> = serde_json::from_slice(bytes).ok();
    document.is_some_and(|d| d.get("taken_over_by").is_some())
}

/// Whether a file holds a state that was not taken over.
#[must_use]
pub fn holds_state(file: &Path) -> bool {
    std::fs::read(file).is_ok_and(|bytes| !bytes.is_empty() && !is_marker(&bytes))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Diagnostics {
    vec![Diagnostic::error(
        "Error taking over the state",
        format!("{} cannot be {what}: {error}.", path.display()),
    )]
}

/// Reads the state that would be taken over.
pub fn read(file: &Path) -> Result<Document, Diagnostics> {
    let bytes = std::fs::read(file).map_err(|e| failed("read", file, &e))?;
    tfstate::read(&bytes)
}

/// Takes a state over: the store has it, the file becomes the marker.
pub fn take(settings: &Settings, locking: Locking) -> Result<OpenState, Diagnostics> {
    let file = settings.legacy.clone().unwrap_or_default();
    let document = read(&file)?;
    let settings = Settings {
        legacy: None,
        file: None,
        new_lineage: (!document.lineage.is_empty()).then(|| document.lineage.clone()),
        ..settings.clone()
    };
    let opened = open_state(&settings, "init", locking, true)?;
    let Some(state) = opened else {
        return Err(vec![Diagnostic::error(
            "Error taking over the state",
            "The state store could not be made.",
        )]);
    };
    push(&state, &settings, &document, false).map_err(|e| {
        vec![Diagnostic::error(
            "Error taking over the state",
            e.to_string(),
        )]
    })?;
    let noted = state
        .store
        .put_note(NOTE, file.display().to_string().into_bytes());
    noted.wait().map_err(|e| state_error(&e))?;
    let old = with_suffix(&file, OLD);
    std::fs::rename(&file, &old).map_err(|e| failed("renamed", &file, &e))?;
    let store = settings.store.display();
    let marker = json!({
        "version": 99,
        "taken_over_by": "Trunkline",
        "note": format!("This state is in {store} now. \"trunkline init -migrate-state\" gives it back."),
    });
    replace(&file, format!("{marker:#}\n").as_bytes()).map_err(|e| failed("written", &file, &e))?;
    Ok(state)
}

/// Whether a store's state was taken over.
pub fn was_taken(state: &OpenState) -> Result<bool, Diagnostics> {
    let note = state.store.note(NOTE).map_err(|e| state_error(&e))?;
    Ok(note.is_some())
}

/// Gives a state back: the file has it, and the store is put aside.
pub fn give_back(settings: &Settings, state: OpenState) -> Result<(), Diagnostics> {
    let file = settings.legacy.clone().unwrap_or_default();
    let snapshot = state.store.snapshot().map_err(|e| state_error(&e))?;
    if !snapshot.intents.is_empty() {
        return Err(vec![Diagnostic::error(
            "Unfinished operations",
            "An earlier process died while it changed something, and what became of that is not known yet. Run plan, which finds out, before the state is given back.",
        )]);
    }
    let text = tfstate::write(&Document::of(&snapshot))?;
    let aside = with_suffix(&settings.store, GIVEN);
    match std::fs::remove_file(&aside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(failed("replaced", &aside, &error));
        }
        _ => {}
    }
    state.store.backup(&aside).map_err(|e| state_error(&e))?;
    replace(&file, text.as_bytes()).map_err(|e| failed("written", &file, &e))?;
    drop(state);
    for suffix in ["", "-wal", "-shm"] {
        let path = with_suffix(&settings.store, suffix);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed("removed", &path, &error));
            }
            _ => {}
        }
    }
    Ok(())
}
