//! The state lock: an OS lock on a file beside the store, and a row that says who holds it.
//!
//! The OS lock decides; it dies with its holder, in a container too. The row only informs: one that is found
//! when the lock was free was left by a process that died. It must not judge by process ids or host names,
//! which containers share.

use std::fmt;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, params};

use crate::connection::{Role, beside, connect};
use crate::error::StateError;
use crate::writer::Queue;

/// How often a waiting process tries again.
const RETRY: Duration = Duration::from_millis(50);

/// So long a lock that cannot be had is tried again by whoever would not wait: a child that its holder had just started
/// holds it as well, until it has become the program that it is to be, and so for a moment longer than a holder that is
/// killed.
const LINGER: Duration = Duration::from_millis(250);

/// Who asks for the lock, and why.
#[derive(Debug, Clone)]
pub struct LockRequest {
    /// Unique id of this holding (a UUID).
    pub id: String,
    /// What for: `plan`, `apply`, …
    pub operation: String,
    /// Who: usually `user@host`.
    pub who: String,
    /// The host's name.
    pub host: String,
    /// Now, by the caller's clock (RFC 3339).
    pub since: String,
    /// How long to wait for another holder; zero for no longer than one that has died may seem to hold it.
    pub timeout: Duration,
    /// Ends the waiting when it is set.
    pub stop: Arc<AtomicBool>,
}

/// Who holds (or held) the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Id of the holding.
    pub id: String,
    /// Who.
    pub who: String,
    /// Where.
    pub host: String,
    /// Process id, in the holder's own name space.
    pub pid: u32,
    /// Since when (RFC 3339, by the holder's clock).
    pub since: String,
    /// Doing what.
    pub operation: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} ({}, process {} on {}, since {}, lock id {})",
            self.operation, self.who, self.pid, self.host, self.since, self.id
        )
    }
}

/// Holds the state lock until dropped. Dropping first waits until everything queued is committed.
pub struct LockGuard {
    id: String,
    recovered: Option<Holder>,
    connection: Mutex<Connection>,
    queue: Arc<Queue>,
    _file: File,
}

impl LockGuard {
    /// The id of this holding.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who held the lock before, if that process died while holding it.
    pub fn recovered(&self) -> Option<&Holder> {
        self.recovered.as_ref()
    }
}

impl fmt::Debug for LockGuard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LockGuard")
            .field("id", &self.id)
            .field("recovered", &self.recovered)
            .finish()
    }
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        // A failed write was told to whoever waited for it; the lock is given back all the same.
        drop(self.queue.flush().wait());
        let connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // If the row stays, the next holder finds it, and says so.
        drop(connection.execute("DELETE FROM holder WHERE id = ?1", [&self.id]));
    }
}

/// Takes the lock of the store at `path`, waiting up to the request's timeout.
pub(crate) fn acquire(
    path: &Path,
    request: LockRequest,
    queue: Arc<Queue>,
) -> Result<LockGuard, StateError> {
    let (file, failed) = (open_file(path)?, |error: &std::io::Error| {
        file_failed(path, error)
    });
    let (begun, patience) = (Instant::now(), request.timeout.max(LINGER));
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
            Err(TryLockError::WouldBlock) => {}
        }
        let waited = begun.elapsed();
        if waited >= patience || request.stop.load(Ordering::Relaxed) {
            return Err(locked(path)?);
        }
        thread::sleep(RETRY.min(patience - waited));
    }
    let connection = connect(path, Role::Control)?;
    let recovered = read_holder(path, &connection)?;
    connection
        .execute(
            "INSERT OR REPLACE INTO holder (one, id, who, host, pid, since, operation) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
            params![request.id, request.who, request.host, std::process::id(), request.since, request.operation],
        )
        .map_err(|error| StateError::storage(path, "record the lock's holder", &error))?;
    Ok(LockGuard {
        id: request.id,
        recovered,
        connection: Mutex::new(connection),
        queue,
        _file: file,
    })
}

/// Removes a dead holder's row.
pub(crate) fn force_unlock(path: &Path, id: &str) -> Result<(), StateError> {
    let file = open_file(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::Error(error)) => return Err(file_failed(path, &error)),
        Err(TryLockError::WouldBlock) => return Err(locked(path)?),
    }
    let removed = connect(path, Role::Control)?
        .execute("DELETE FROM holder WHERE id = ?1", [id])
        .map_err(|error| StateError::storage(path, "remove the lock's holder", &error))?;
    if removed == 0 {
        return Err(StateError::Refused {
            doing: "unlock".to_owned(),
            reason: format!("there is no lock with the id {id}"),
        });
    }
    Ok(())
}

/// The error that tells who holds the lock.
fn locked(path: &Path) -> Result<StateError, StateError> {
    let connection = connect(path, Role::Read)?;
    let holder = read_holder(path, &connection)?.map(Box::new);
    Ok(StateError::Locked {
        path: path.to_path_buf(),
        holder,
    })
}

/// Takes the lock of what may be no store, or none that can be opened, so that nobody is named as its holder.
pub(crate) fn hold(path: &Path) -> Result<File, StateError> {
    let file = open_file(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::Error(error)) => Err(file_failed(path, &error)),
        Err(TryLockError::WouldBlock) => Err(StateError::Locked {
            path: path.to_path_buf(),
            holder: None,
        }),
    }
}

/// Opens the lock file, which stays for ever: removing it would race with the next holder.
fn open_file(path: &Path) -> Result<File, StateError> {
    File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(lock_path(path))
        .map_err(|error| file_failed(path, &error))
}

fn file_failed(path: &Path, error: &std::io::Error) -> StateError {
    StateError::io(&lock_path(path), "be locked", error)
}

/// The lock file of a store.
fn lock_path(path: &Path) -> PathBuf {
    beside(path, ".lock")
}

/// The row of the current (or a dead) holder.
pub(crate) fn read_holder(
    path: &Path,
    connection: &Connection,
) -> Result<Option<Holder>, StateError> {
    connection
        .query_row(
            "SELECT id, who, host, pid, since, operation FROM holder",
            [],
            |row| {
                Ok(Holder {
                    id: row.get(0)?,
                    who: row.get(1)?,
                    host: row.get(2)?,
                    pid: row.get(3)?,
                    since: row.get(4)?,
                    operation: row.get(5)?,
                })
            },
        )
        .optional()
        .map_err(|error| StateError::storage(path, "read the lock's holder", &error))
}
