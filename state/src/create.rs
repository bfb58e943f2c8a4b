//! Making a new store: built whole beside its place, then put there in one step.
//!
//! So a store file is never seen half made, and an empty one is always a damaged one. It must not touch a file
//! that is already there.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use crate::connection::{beside, damaged};
use crate::error::StateError;
use crate::keys::CreatedKey;
use crate::migrations::{APPLICATION_ID, migrate};
use crate::seal::{DataKey, random_uuid, wrap};
use crate::store::OpenOptions;

/// Makes the store at `options.path`, with its key. If another process makes one at the same moment, the
/// other's stands; both then open it.
pub(crate) fn create(options: &OpenOptions) -> Result<Option<CreatedKey>, StateError> {
    let path = &options.path;
    // In this order: whoever makes the store at this moment puts the file there before its log.
    if beside(path, "-wal").exists() && !path.exists() {
        return Err(damaged(
            path,
            "its write-ahead log (-wal) is there, but the database file itself is gone",
        ));
    }
    let (key, created) = options.keys.find_or_create()?;
    let lineage = match &options.lineage {
        Some(lineage) => lineage.clone(),
        None => random_uuid()?,
    };
    let temporary = Temporary(beside(path, &format!(".{}.new", random_uuid()?)));
    let id = key.id();
    let wrapped = wrap(key.bytes(), &id, &lineage, &DataKey::random()?)?;
    let build = || -> rusqlite::Result<()> {
        let mut connection = Connection::open(&temporary.0)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        migrate(&mut connection)?;
        connection.execute(
            "INSERT INTO meta (id, lineage, seal_lineage, stamp, serial, last_version, key_id, wrapped_key)
             VALUES (1, ?1, ?1, ?2, 0, 0, ?3, ?4)",
            params![lineage, options.stamp.as_str(), id, wrapped],
        )?;
        connection.close().map_err(|(_, error)| error)
    };
    build().map_err(|error| StateError::storage(path, "be made", &error))?;
    let placed =
        place(&temporary.0, path).map_err(|error| StateError::io(path, "be made", &error))?;
    if !placed && let Some(unused) = &created {
        // Nothing is sealed with it. If it cannot be removed, it lies there unused.
        drop(fs::remove_file(&unused.path));
    }
    Ok(created.filter(|_| placed))
}

/// Gives a finished file its final name; false if that is taken.
pub(crate) fn place(temporary: &Path, path: &Path) -> std::io::Result<bool> {
    match fs::hard_link(temporary, path) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        // A file system without hard links: a rename, which could only lose against another creation.
        Err(_) if !path.exists() => fs::rename(temporary, path)?,
        Err(error) => return Err(error),
    }
    settle_names(path)?;
    Ok(true)
}

/// Makes the name of a file last.
pub(crate) fn settle_names(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    if let Some(parent) = path.parent() {
        let parent = if parent.as_os_str().is_empty() {
            Path::new(".")
        } else {
            parent
        };
        fs::File::open(parent)?.sync_all()?;
    }
    Ok(())
}

/// A file that is removed when its maker is done with it, one way or the other.
pub(crate) struct Temporary(pub(crate) PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            // Removal is tidiness only: a leftover has a name that nothing opens.
            drop(fs::remove_file(beside(&self.0, suffix)));
        }
    }
}
