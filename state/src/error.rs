//! The errors of the store: what happened, where, why, what to do next.
//!
//! It must not carry values, keys or other secrets, nor types of the database library.

use std::path::{Path, PathBuf};

use crate::lock::Holder;

/// What kept the storage from doing its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageFault {
    /// No space is left on the device.
    Full,
    /// The file or its directory cannot be written.
    ReadOnly,
    /// Another process kept the database busy for longer than the store waits.
    Busy,
    /// The database's pages contradict each other.
    Corrupt,
    /// Anything else; the message tells.
    Other,
}

/// Any failure of the store.
///
/// Cloneable, because one failed transaction fails every operation that was queued in it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// There is no store, and none was to be made.
    #[error("There is no state store at {}. Run apply (or import) here first, or check the directory.", .path.display())]
    NotFound {
        /// Where the store was looked for.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a Trunkline state store ({detail}). Nothing was changed. Move the file away, or point Trunkline at the right file.", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it looks like instead.
        detail: String,
    },
    /// The store was written by a later version.
    #[error("{} was written by a newer version of Trunkline (its format is {found}, this program knows up to {known}). Nothing was changed. Use the newer version.", .path.display())]
    Newer {
        /// The store.
        path: PathBuf,
        /// Its format version.
        found: i64,
        /// The last format version this program knows.
        known: i64,
    },
    /// The store is damaged.
    #[error("The state store {} is damaged: {detail}. It was not changed and nothing was planned from it. Restore it from a backup or from version control; do not delete it while the objects that it names still exist.", .path.display())]
    Damaged {
        /// The store.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// A sandbox store was opened as a live one, or the reverse.
    #[error("{} is a {found} store, but this command works on {wanted} state. {}", .path.display(), stamp_advice(.wanted))]
    WrongStamp {
        /// The store.
        path: PathBuf,
        /// What was asked for: `live` or `sandbox`.
        wanted: &'static str,
        /// What the store says.
        found: String,
    },
    /// The store lies where its locks cannot be trusted.
    #[error("{} lies on a network file system ({kind}), on which SQLite's locks and memory maps cannot be trusted. Keep the store on a local disk.", .path.display())]
    NetworkFileSystem {
        /// The store.
        path: PathBuf,
        /// The type of the file system.
        kind: String,
    },
    /// Somebody else holds the state lock.
    #[error("The state {} is locked{}. Wait for it to end, or pass -lock-timeout to wait here.", .path.display(), holder_text(.holder))]
    Locked {
        /// The store.
        path: PathBuf,
        /// Who holds it; absent when it was taken or released this very moment.
        holder: Option<Box<Holder>>,
    },
    /// The key that opens the store was not found.
    #[error("The state store {} is sealed with key {id}, which was not found: {looked}. Set TRUNKLINE_STATE_KEY, TRUNKLINE_STATE_KEY_FILE or TRUNKLINE_STATE_KEY_COMMAND to it, or bring it here with `trunkline state key import` (on a machine that has it, `trunkline state key export` prints it).", .path.display())]
    KeyMissing {
        /// The store.
        path: PathBuf,
        /// The id of the key that is needed.
        id: String,
        /// Where it was looked for.
        looked: String,
    },
    /// A key was given, but it is another one.
    #[error("The state store {} is sealed with key {expected}, but {source_text} gives key {found}. Supply key {expected}.", .path.display())]
    KeyWrong {
        /// The store.
        path: PathBuf,
        /// The id of the key that is needed.
        expected: String,
        /// The id of the key that was given.
        found: String,
        /// Where it came from.
        source_text: String,
    },
    /// What was given as a key is none.
    #[error("{} does not give a state key: {reason}. A state key is 32 random bytes in base64.", capitalised(.source_text))]
    KeyInvalid {
        /// Where it came from.
        source_text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The place where the key is to be found does not give anything.
    #[error("{} {reason}, so that there is no key to open the state with.", capitalised(.source_text))]
    KeyUnreadable {
        /// Where it was to come from.
        source_text: String,
        /// What became of the attempt, as the rest of a sentence.
        reason: String,
    },
    /// A key file could not be written.
    #[error("The key file {} could not be written: {message}. Set TRUNKLINE_STATE_KEY, TRUNKLINE_STATE_KEY_FILE or TRUNKLINE_STATE_KEY_COMMAND to use a key that is kept elsewhere.", .path.display())]
    KeyFile {
        /// The key file.
        path: PathBuf,
        /// The message of the file system.
        message: String,
    },
    /// A new store needs a key, and none may be made.
    #[error(
        "A new state store needs a key, and none was given: {reason}. Set TRUNKLINE_STATE_KEY, TRUNKLINE_STATE_KEY_FILE or TRUNKLINE_STATE_KEY_COMMAND."
    )]
    NoKey {
        /// Why none is made.
        reason: String,
    },
    /// A sealed payload does not authenticate.
    #[error(
        "The sealed data of {what} does not authenticate: it was altered, or moved from another row or store. Restore the store from a backup."
    )]
    Tampered {
        /// Which payload.
        what: String,
    },
    /// An operation that the store's rules forbid; nothing of it was done.
    #[error("The state store refused to {doing}: {reason}.")]
    Refused {
        /// What was asked.
        doing: String,
        /// Which rule forbids it.
        reason: String,
    },
    /// The database or file system failed.
    #[error("The state store {} could not {doing}: {message}.{}", .path.display(), fault_advice(*.fault))]
    Storage {
        /// The store, or the file beside it.
        path: PathBuf,
        /// What was attempted.
        doing: &'static str,
        /// What kind of failure it was.
        fault: StorageFault,
        /// The message of the layer below.
        message: String,
    },
    /// An earlier commit failed, so nothing later may be committed.
    #[error("Nothing more is written to the state, because an earlier write failed: {cause}")]
    WriterFailed {
        /// The failure that stopped the writer.
        cause: Box<StateError>,
    },
    /// The writer thread is gone.
    #[error("The state writer has stopped.")]
    Closed,
}

impl StateError {
    /// Whether the key is what is missing or wrong, rather than the store.
    #[must_use]
    pub fn is_about_key(&self) -> bool {
        matches!(
            self,
            StateError::KeyMissing { .. }
                | StateError::KeyWrong { .. }
                | StateError::KeyInvalid { .. }
                | StateError::KeyUnreadable { .. }
                | StateError::KeyFile { .. }
                | StateError::NoKey { .. }
        )
    }

    /// Wraps a failure of the database.
    pub(crate) fn storage(path: &Path, doing: &'static str, error: &rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        match fault_of(error) {
            StorageFault::Corrupt => StateError::Damaged {
                path,
                detail: format!("{error}"),
            },
            fault => StateError::Storage {
                path,
                doing,
                fault,
                message: error.to_string(),
            },
        }
    }

    /// Wraps a failure of the file system.
    pub(crate) fn io(path: &Path, doing: &'static str, error: &std::io::Error) -> Self {
        let fault = match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                StorageFault::Full
            }
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                StorageFault::ReadOnly
            }
            _ => StorageFault::Other,
        };
        StateError::Storage {
            path: path.to_path_buf(),
            doing,
            fault,
            message: error.to_string(),
        }
    }
}

/// Sorts a database error by what a person can do about it.
fn fault_of(error: &rusqlite::Error) -> StorageFault {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StorageFault::Full,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            StorageFault::ReadOnly
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StorageFault::Busy,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StorageFault::Corrupt,
        _ => StorageFault::Other,
    }
}

/// A text that begins a sentence.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

fn fault_advice(fault: StorageFault) -> &'static str {
    match fault {
        StorageFault::Full => {
            " Free some space and run the command again: what was committed before is safe."
        }
        StorageFault::ReadOnly => {
            " Check the permissions of the file and of its directory (SQLite needs to write beside it)."
        }
        StorageFault::Busy => " Another process is writing to it; run the command again.",
        StorageFault::Corrupt | StorageFault::Other => "",
    }
}

fn stamp_advice(wanted: &str) -> &'static str {
    if wanted == "sandbox" {
        "Without -sandbox the command would work on it; rehearsal never touches the real thing."
    } else {
        "Pass -sandbox to work on it; rehearsal and reality never mix."
    }
}

fn holder_text(holder: &Option<Box<Holder>>) -> String {
    match holder {
        Some(holder) => format!(" by {holder}"),
        None => " by another process".to_owned(),
    }
}
