//! The state file beside a store: what others have made of it is taken in, and what a run has made is written out.
//!
//! The store is the truth and the journal; the file is written whole at a run's end. A note in the store tells what
//! the file was when it was last seen, so that a file changed by someone else is known as such.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_state::{Edit, Ending, LockRequest, RunStart};

use super::edit::difference;
use super::takeover;
use super::tfstate::{self, Document, problems_text};
use super::{Locking, OpenState, Settings, state_error};
use crate::apply::journal::Point;

/// The note that tells what the file was: its fingerprint, and the serial of the store that it shows.
const NOTE: &str = "state file";

/// A state file as it lies there.
#[derive(Debug)]
pub struct Found {
    bytes: Vec<u8>,
}

impl Found {
    /// What it says.
    pub fn document(&self) -> Result<Document, Diagnostics> {
        tfstate::read(&self.bytes)
    }
}

/// Where others see a state.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The file that shows it, where there is one.
    pub file: Option<PathBuf>,
    /// Where what was there goes when the file is overwritten; without a file, where the state goes that was there
    /// before it is changed.
    pub backup: Option<PathBuf>,
    /// The state as it was when it was opened, with its serial, where the copy needs that.
    pub before: Option<(u64, Document)>,
}

/// Keeps the state as it is for a copy that is due when it changes.
pub fn remember(state: &mut OpenState) -> Result<(), Diagnostics> {
    if state.shown.file.is_none() && state.shown.backup.is_some() {
        let snapshot = state.store.snapshot().map_err(|e| state_error(&e))?;
        if !super::edit::is_pristine(&snapshot) {
            state.shown.before = Some((snapshot.serial, Document::of(&snapshot)));
        }
    }
    Ok(())
}

/// Forgets what a file was when it was last seen: it is to be written anew.
pub fn forget(state: &OpenState) -> Result<(), Diagnostics> {
    let noted = state.store.put_note(NOTE, Vec::new());
    noted.wait().map(drop).map_err(|e| state_error(&e))
}

/// What is known of the file from last time.
struct Seen {
    fingerprint: String,
    serial: u64,
}

/// Reads the state file, if the backend names one and it is there with anything in it.
pub fn read(settings: &Settings) -> Result<Option<Found>, Diagnostics> {
    let Some(file) = &settings.file else {
        return Ok(None);
    };
    match std::fs::read(file) {
        Ok(bytes) if bytes.is_empty() || takeover::is_marker(&bytes) => Ok(None),
        Ok(bytes) => Ok(Some(Found { bytes })),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(vec![Diagnostic::error(
            "Failed to load state",
            format!("The state file {} cannot be read: {error}.", file.display()),
        )]),
    }
}

/// The problems of a file that is no state, as commands tell them that lock the state or do not.
#[must_use]
pub fn unreadable(problems: Diagnostics, locking: Locking) -> Diagnostics {
    match locking.lock {
        false => problems,
        true => vec![super::open::lock_failed(&problems_text(&problems))],
    }
}

fn seen(state: &OpenState) -> Result<Option<Seen>, Diagnostics> {
    let note = state.store.note(NOTE).map_err(|e| state_error(&e))?;
    Ok(note.and_then(|bytes| {
        let text = String::from_utf8(bytes).ok()?;
        let (serial, fingerprint) = text.split_once(' ')?;
        Some(Seen {
            fingerprint: fingerprint.to_owned(),
            serial: serial.parse().ok()?,
        })
    }))
}

/// Takes a file in that is not what was last written: someone else has changed it.
///
/// A reader does so only where nobody holds the lock; otherwise it reads what the store has.
pub fn take_in(
    state: &OpenState,
    settings: &Settings,
    file: &Found,
    locking: Locking,
) -> Result<(), Diagnostics> {
    let fingerprint = state.store.fingerprint(&file.bytes);
    let seen = seen(state)?;
    if seen.as_ref().is_some_and(|s| s.fingerprint == fingerprint) {
        return Ok(());
    }
    let document = file.document().map_err(|d| unreadable(d, locking))?;
    let held = match &state.guard {
        Some(_) => None,
        None => {
            let request = LockRequest {
                id: settings.ids.operation(),
                operation: "read".into(),
                who: settings.who.clone(),
                host: settings.host.clone(),
                since: (settings.now)(),
                timeout: Duration::ZERO,
                stop: settings.stop.clone(),
            };
            match state.store.lock(request) {
                Ok(guard) => Some(guard),
                Err(_) => return Ok(()),
            }
        }
    };
    let snapshot = state.store.snapshot().map_err(|e| state_error(&e))?;
    let before = Document::of(&snapshot);
    let unwritten = match &seen {
        Some(seen) => snapshot.serial != seen.serial,
        None => !super::edit::is_pristine(&snapshot),
    };
    if unwritten && !before.same_content(&document) {
        return Err(vec![Diagnostic::error(
            "State file and store have both changed",
            format!(
                "{} was changed by another program, and the store {} holds changes that the file does not show. Keep one of them: \"trunkline state push -force FILE\" makes the store what a file says; moving the file away lets the next command write it from the store.",
                settings.file.as_deref().unwrap_or(Path::new("")).display(),
                state.store.path().display()
            ),
        )]);
    }
    let writer = state.store.begin_run(RunStart {
        id: settings.ids.operation(),
        started: (settings.now)(),
        operation: "read state file".into(),
        who: settings.who.clone(),
        git_commit: None,
        plan_digest: None,
    });
    let edit = Edit {
        serial: Some(document.serial),
        lineage: (!document.lineage.is_empty()).then(|| document.lineage.clone()),
        ..difference(&before, &document)
    };
    let done = writer.edit("read state file", edit);
    let noted = state
        .store
        .put_note(NOTE, note(document.serial, &fingerprint));
    let finished = writer.finish(Ending {
        finished: (settings.now)(),
        result: "ok".into(),
        ..Ending::default()
    });
    for ticket in [done, noted, finished] {
        ticket.wait().map_err(|e| state_error(&e))?;
    }
    drop(held);
    Ok(())
}

fn note(serial: u64, fingerprint: &str) -> Vec<u8> {
    format!("{serial} {fingerprint}").into_bytes()
}

/// Writes what the store holds to the state file, if the state has one; the problems, if any.
#[must_use]
pub fn write_out(state: &OpenState, settings: &Settings) -> Diagnostics {
    let shown = match &state.shown.file {
        Some(file) => show(state, settings, file),
        None => back_up(state),
    };
    match shown {
        Ok(()) => Vec::new(),
        Err(mut problems) => {
            for problem in &mut problems {
                problem.detail.push_str(
                    " The store has everything; the next command that changes it writes the file again.",
                );
            }
            problems
        }
    }
}

/// Writes the copy that is due once a state without a file has changed.
fn back_up(state: &OpenState) -> Result<(), Diagnostics> {
    let (Some(backup), Some((serial, before))) = (&state.shown.backup, &state.shown.before) else {
        return Ok(());
    };
    let snapshot = state.store.snapshot().map_err(|e| state_error(&e))?;
    if snapshot.serial == *serial {
        return Ok(());
    }
    let text = tfstate::write(before)?;
    replace(backup, text.as_bytes()).map_err(|error| {
        vec![Diagnostic::error(
            "Failed to save state",
            format!(
                "The copy of the state in {} cannot be written: {error}.",
                backup.display()
            ),
        )]
    })
}

fn show(state: &OpenState, settings: &Settings, file: &Path) -> Result<(), Diagnostics> {
    let snapshot = state.store.snapshot().map_err(|e| state_error(&e))?;
    let seen = seen(state)?;
    if seen.as_ref().is_some_and(|s| s.serial == snapshot.serial) && file.exists()
        || seen.is_none() && super::edit::is_pristine(&snapshot)
    {
        return Ok(());
    }
    let text = tfstate::write(&Document::of(&snapshot))?;
    let failed = |error: std::io::Error| {
        vec![Diagnostic::error(
            "Failed to save state",
            format!(
                "The state file {} cannot be written: {error}.",
                file.display()
            ),
        )]
    };
    if let Some(backup) = &state.shown.backup {
        match std::fs::read(file) {
            Ok(old) if !old.is_empty() => replace(backup, &old).map_err(failed)?,
            _ => {}
        }
    }
    (settings.probe)(Point::Planned);
    replace(file, text.as_bytes()).map_err(failed)?;
    (settings.probe)(Point::Answered);
    let fingerprint = state.store.fingerprint(text.as_bytes());
    let noted = state
        .store
        .put_note(NOTE, note(snapshot.serial, &fingerprint));
    noted.wait().map_err(|e| state_error(&e))?;
    Ok(())
}

/// Writes a file as a whole: a reader sees the old one or the new one. Only its owner may read it.
pub fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(dir) = file.parent().filter(|d| !d.as_os_str().is_empty()) {
        std::fs::create_dir_all(dir)?;
    }
    let mut name = file.as_os_str().to_owned();
    name.push(".partial");
    let partial = PathBuf::from(name);
    let mut options = std::fs::File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut out = options.open(&partial)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    std::fs::rename(&partial, file)
}
