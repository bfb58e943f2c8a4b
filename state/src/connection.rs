//! Opening SQLite connections the one way that the store uses them.
//!
//! It must not know the schema beyond the file's header.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::StateError;
use crate::migrations::{APPLICATION_ID, found_version, known_version, migrate};

/// How long a connection waits for another process's transaction.
const BUSY_MS: u64 = 10_000;
/// Pages in the write-ahead log before it is copied into the database (16 MB).
const CHECKPOINT_PAGES: i64 = 4_096;
/// Cache of the writing connection, in KiB: what a full batch of rows changes, and the index of some 200,000 objects.
const WRITE_CACHE_KIB: i64 = 8_192;

/// How often a file that looks damaged is looked at again, and after what pause.
const INSPECTIONS: usize = 4;
const INSPECTION_PAUSE: Duration = Duration::from_millis(20);

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Reads only.
    Read,
    /// The one writer: every commit is flushed to the disk.
    Write,
    /// The lock's row: needs order, not durability, since the lock itself dies with its holder.
    Control,
}

/// Opens an existing store's file; it must have passed [`inspect`].
pub(crate) fn connect(path: &Path, role: Role) -> Result<Connection, StateError> {
    let failed = |error: rusqlite::Error| StateError::storage(path, "be opened", &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags).and_then(|connection| {
        found_version(&connection)?;
        Ok(connection)
    });
    let connection = match opened {
        Ok(connection) => connection,
        Err(error)
            if role == Role::Read && cannot_share(&error) && !beside(path, "-wal").exists() =>
        {
            connect_immutable(path).map_err(|_| failed(error))?
        }
        Err(error) => return Err(failed(error)),
    };
    configure(&connection, role).map_err(failed)?;
    Ok(connection)
}

fn configure(connection: &Connection, role: Role) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_millis(BUSY_MS))?;
    match role {
        Role::Read => connection.pragma_update(None, "query_only", true)?,
        Role::Write => {
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "cache_size", -WRITE_CACHE_KIB)?;
            connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        }
        Role::Control => connection.pragma_update(None, "synchronous", "NORMAL")?,
    }
    connection.set_prepared_statement_cache_capacity(48);
    Ok(())
}

/// Whether SQLite could not make the files that processes coordinate with, as where all is read-only.
fn cannot_share(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, PermissionDenied, ReadOnly};
    matches!(
        error.sqlite_error_code(),
        Some(CannotOpen | PermissionDenied | ReadOnly)
    )
}

/// Opens a store on read-only ground that nobody has left a log beside: nobody can be writing to it.
fn connect_immutable(path: &Path) -> rusqlite::Result<Connection> {
    let mut uri = "file:".to_owned();
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02x}")),
        }
    }
    uri.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags)
}

/// Brings a store's schema up to date; refuses a newer one. The file must have passed [`inspect`].
pub(crate) fn upgrade(path: &Path, reader: &Connection) -> Result<(), StateError> {
    let failed = |error: rusqlite::Error| StateError::storage(path, "be read", &error);
    let found = found_version(reader).map_err(failed)?;
    if found > known_version() {
        return Err(StateError::Newer {
            path: path.to_path_buf(),
            found,
            known: known_version(),
        });
    }
    if found == 0 {
        return Err(damaged(path, "it has no format version"));
    }
    if found < known_version() {
        let mut writer = connect(path, Role::Write)?;
        migrate(&mut writer).map_err(failed)?;
    }
    Ok(())
}

/// Looks at the file's first bytes and length before SQLite does, so that a foreign, empty or truncated file
/// is named as such and never touched.
pub(crate) fn inspect(path: &Path) -> Result<(), StateError> {
    // A file that another process copies its log into at this moment looks cut off for an instant.
    for _ in 0..INSPECTIONS {
        if look(path)?.is_none() {
            return Ok(());
        }
        thread::sleep(INSPECTION_PAUSE);
    }
    match look(path)? {
        None => Ok(()),
        Some(detail) => Err(damaged(path, &detail)),
    }
}

/// One look: an error for what is not our file, a detail for what may be a damaged one.
fn look(path: &Path) -> Result<Option<String>, StateError> {
    const MAGIC: &[u8; 16] = b"SQLite format 3\0";
    let failed = |error: std::io::Error| StateError::io(path, "be read", &error);
    let foreign = |detail: &str| StateError::Foreign {
        path: path.to_path_buf(),
        detail: detail.to_owned(),
    };
    let mut file = fs::File::open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(foreign("it is not a regular file"));
    }
    let mut header = Vec::with_capacity(100);
    file.by_ref()
        .take(100)
        .read_to_end(&mut header)
        .map_err(failed)?;
    if header.is_empty() {
        return Ok(Some("the file is empty".to_owned()));
    }
    if !header.starts_with(&MAGIC[..header.len().min(MAGIC.len())]) {
        return Err(foreign("it is not a SQLite database"));
    }
    if header.len() < 100 {
        return Ok(Some("the file ends within its header".to_owned()));
    }
    let word = |at: usize| {
        u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    if i32::from_be_bytes(word(68).to_be_bytes()) != APPLICATION_ID {
        return Err(foreign("it is a SQLite database of another program"));
    }
    let page = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
        1 => 65_536,
        bytes => bytes,
    };
    let expected = page * u64::from(word(28));
    let length = file.metadata().map_err(failed)?.len();
    let in_log = fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    let cut = !in_log && length < expected;
    Ok(cut.then(|| format!("the file was cut off ({length} bytes of {expected})")))
}

/// The path of a file beside the store: its name with `suffix` appended.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

pub(crate) fn damaged(path: &Path, detail: &str) -> StateError {
    StateError::Damaged {
        path: path.to_path_buf(),
        detail: detail.to_owned(),
    }
}
