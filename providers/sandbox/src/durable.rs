//! Making commits durable before anybody is told of them: one flush of the database's log for all that wait.
//!
//! SQLite only writes what it commits; the flush is done here, outside of the world's lock, so that calls do not queue for
//! the disk one after the other. It must not know what was committed.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many commits there were.
pub(crate) type Commits = Arc<AtomicU64>;

/// The log of a database, and how much of it is on the disk.
pub(crate) struct Durable {
    path: PathBuf,
    commits: Commits,
    flushed: Mutex<Flushed>,
}

#[derive(Default)]
struct Flushed {
    /// The log, once there is one.
    file: Option<File>,
    /// The commits that are on the disk.
    commits: u64,
}

impl Durable {
    /// For the database at `path`, whose commits are counted in `commits`.
    pub(crate) fn new(path: &Path, commits: Commits) -> Durable {
        let mut path = path.as_os_str().to_owned();
        path.push("-wal");
        Durable {
            path: path.into(),
            commits,
            flushed: Mutex::default(),
        }
    }

    /// Waits until the first `commits` commits are on the disk. Whoever comes while another one flushes is served by the
    /// next flush, with all others that wait by then.
    pub(crate) fn wait_for(&self, commits: u64) -> io::Result<()> {
        let mut flushed = self.flushed.lock().unwrap_or_else(PoisonError::into_inner);
        if flushed.commits >= commits {
            return Ok(());
        }
        // All that is counted now is in the log.
        let counted = self.commits.load(Ordering::SeqCst);
        let file = match flushed.file.take() {
            Some(file) => file,
            None => OpenOptions::new().write(true).open(&self.path)?,
        };
        file.sync_data()?;
        flushed.file = Some(file);
        flushed.commits = counted;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flush_serves_all_that_was_counted_before_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let commits = Commits::default();
        let durable = Durable::new(&path, commits.clone());
        durable.wait_for(0).unwrap();
        commits.store(3, Ordering::SeqCst);
        assert!(durable.wait_for(1).is_err(), "there is no log to flush");
        std::fs::write(dir.path().join("a.db-wal"), "x").unwrap();
        durable.wait_for(1).unwrap();
        assert_eq!(durable.flushed.lock().unwrap().commits, 3);
        durable.wait_for(3).unwrap();
    }
}
