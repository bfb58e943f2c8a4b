//! The database: objects sealed one by one, settings, counters, the log. One connection, one lock.
//!
//! It must not know a vendor's rules; the only thing that it knows of a body is which members are looked up.

use std::path::Path;
use std::sync::atomic::Ordering;

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use crate::durable::Commits;
use crate::log::Entry;
use crate::seal::{SealError, Sealer};

/// A database or sealing failure. Shown to the caller as a plain 500.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the sandbox's database failed: {0}")]
    Database(#[from] rusqlite::Error),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("an object of the sandbox is not JSON: {0}")]
    Json(#[from] serde_json::Error),
}

const SCHEMA: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE counters (label BLOB PRIMARY KEY, n INTEGER NOT NULL) STRICT;
CREATE TABLE issued (print BLOB PRIMARY KEY) STRICT;
CREATE TABLE objects (
  ord INTEGER PRIMARY KEY AUTOINCREMENT,
  vendor TEXT NOT NULL, kind TEXT NOT NULL, key BLOB NOT NULL,
  parent BLOB, natural_key BLOB, body BLOB NOT NULL,
  UNIQUE (vendor, kind, key)) STRICT;
CREATE INDEX objects_parent ON objects (vendor, kind, parent);
CREATE INDEX objects_natural ON objects (vendor, kind, natural_key);
CREATE TABLE log (seq INTEGER PRIMARY KEY, effect TEXT, entry TEXT NOT NULL) STRICT;
CREATE TRIGGER log_no_update BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER log_no_delete BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
";

/// The store of one data directory.
pub(crate) struct Store {
    db: Connection,
    pub(crate) sealer: Sealer,
    writing: bool,
    commits: Commits,
}

/// The member that groups objects under a parent, by vendor and kind.
fn parent_of(vendor: &str, kind: &str, body: &Value) -> Option<String> {
    let member = match (vendor, kind) {
        (_, "grant") => "subjectId",
        (_, "service" | "option_section") => "ccid",
        ("sinchcontactpro", "queue_number") => "queueId",
        ("chatapp", _) => "CustSpaceId",
        ("acrobits", "bucket_object") => "bucket",
        ("sinchconversation", "app" | "group" | "batch") => "parent",
        ("sinchconversation", "webhook") => "app_id",
        ("acrobits", "app_user") => "cloudId",
        _ => return None,
    };
    body[member].as_str().map(str::to_owned)
}

/// The member by which people find an object, by vendor and kind.
fn natural_of(vendor: &str, kind: &str, body: &Value) -> Option<String> {
    match (vendor, kind) {
        ("sinchcontactpro", "user") => body["login"].as_str().map(str::to_lowercase),
        ("sinchcontactpro", "messaging_service" | "queue") => {
            body["name"].as_str().map(str::to_lowercase)
        }
        ("sinchcontactpro", "queue_number") => body["address"].as_str().map(str::to_owned),
        ("chatapp", "phone_number") => body["PhoneNumber"].as_str().map(str::to_owned),
        (_, "role") => body["name"].as_str().map(str::to_owned),
        (_, "user") => body["email"].as_str().map(str::to_lowercase),
        (_, "grant") => body["roleId"].as_str().map(str::to_owned),
        _ => None,
    }
}

impl Store {
    /// Opens or makes the database.
    pub(crate) fn open(path: &Path, sealer: Sealer) -> Result<Self, StoreError> {
        let db = Connection::open(path)?;
        db.busy_timeout(std::time::Duration::from_secs(5))?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        // The log is flushed by `durable`, for many commits at once, before anybody hears of one.
        db.pragma_update(None, "synchronous", "NORMAL")?;
        db.pragma_update(None, "secure_delete", "ON")?;
        let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version == 0 {
            db.execute_batch(&format!(
                "BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = 1; COMMIT;"
            ))?;
        }
        Ok(Self {
            db,
            sealer,
            writing: false,
            commits: Commits::default(),
        })
    }

    /// Starts the transaction of this call, unless it has started.
    fn write(&mut self) -> Result<&Connection, StoreError> {
        if !self.writing {
            self.db.execute_batch("BEGIN IMMEDIATE")?;
            self.writing = true;
        }
        Ok(&self.db)
    }

    /// Whether this call has changed anything.
    pub(crate) fn is_writing(&self) -> bool {
        self.writing
    }

    /// How many commits there were since it was opened.
    pub(crate) fn commits(&self) -> &Commits {
        &self.commits
    }

    /// Keeps everything since the last commit. It is durable once the log is flushed.
    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        if self.writing {
            self.db.execute_batch("COMMIT")?;
            self.writing = false;
            self.commits.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Forgets everything since the last commit.
    pub(crate) fn roll_back(&mut self) {
        if self.writing {
            // A failed rollback means that SQLite has rolled back already.
            let _ = self.db.execute_batch("ROLLBACK");
            self.writing = false;
        }
    }

    fn binding(vendor: &str, kind: &str, key: &[u8]) -> Vec<u8> {
        [vendor.as_bytes(), b"/", kind.as_bytes(), b"/", key].concat()
    }

    fn key(&self, vendor: &str, kind: &str, id: &str) -> Vec<u8> {
        self.sealer.index(&[vendor, kind, id])
    }

    fn unseal(
        &self,
        vendor: &str,
        kind: &str,
        key: &[u8],
        sealed: &[u8],
    ) -> Result<Value, StoreError> {
        let clear = self
            .sealer
            .open_sealed(&Self::binding(vendor, kind, key), sealed)?;
        Ok(serde_json::from_slice(&clear)?)
    }

    pub(crate) fn get(
        &self,
        vendor: &str,
        kind: &str,
        id: &str,
    ) -> Result<Option<Value>, StoreError> {
        let key = self.key(vendor, kind, id);
        let body: Option<Vec<u8>> = self
            .db
            .prepare_cached(
                "SELECT body FROM objects WHERE vendor = ?1 AND kind = ?2 AND key = ?3",
            )?
            .query_row(params![vendor, kind, key], |row| row.get(0))
            .optional()?;
        body.map(|body| self.unseal(vendor, kind, &key, &body))
            .transpose()
    }

    pub(crate) fn put(
        &mut self,
        vendor: &str,
        kind: &str,
        id: &str,
        body: &Value,
    ) -> Result<(), StoreError> {
        let key = self.key(vendor, kind, id);
        let parent =
            parent_of(vendor, kind, body).map(|p| self.sealer.index(&[vendor, kind, "parent", &p]));
        let natural = natural_of(vendor, kind, body)
            .map(|n| self.sealer.index(&[vendor, kind, "natural", &n]));
        let sealed = self.sealer.seal(
            &Self::binding(vendor, kind, &key),
            &serde_json::to_vec(body)?,
        )?;
        self.write()?
            .prepare_cached(
                "INSERT INTO objects (vendor, kind, key, parent, natural_key, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (vendor, kind, key)
                 DO UPDATE SET parent = excluded.parent, natural_key = excluded.natural_key, body = excluded.body",
            )?
            .execute(params![vendor, kind, key, parent, natural, sealed])?;
        Ok(())
    }

    /// True when there was something to delete.
    pub(crate) fn delete(
        &mut self,
        vendor: &str,
        kind: &str,
        id: &str,
    ) -> Result<bool, StoreError> {
        let key = self.key(vendor, kind, id);
        let count = self
            .write()?
            .prepare_cached("DELETE FROM objects WHERE vendor = ?1 AND kind = ?2 AND key = ?3")?
            .execute(params![vendor, kind, key])?;
        Ok(count > 0)
    }

    /// Every object of a kind, oldest first.
    pub(crate) fn list(&self, vendor: &str, kind: &str) -> Result<Vec<Value>, StoreError> {
        self.select(vendor, kind, "1 = 1", None)
    }

    /// The objects under a parent (see `parent_of`), oldest first.
    pub(crate) fn children(
        &self,
        vendor: &str,
        kind: &str,
        parent: &str,
    ) -> Result<Vec<Value>, StoreError> {
        let hash = self.sealer.index(&[vendor, kind, "parent", parent]);
        self.select(vendor, kind, "parent = ?3", Some(hash))
    }

    /// The objects with a natural key (see `natural_of`), oldest first.
    pub(crate) fn named(
        &self,
        vendor: &str,
        kind: &str,
        name: &str,
    ) -> Result<Vec<Value>, StoreError> {
        let hash = self.sealer.index(&[vendor, kind, "natural", name]);
        self.select(vendor, kind, "natural_key = ?3", Some(hash))
    }

    fn select(
        &self,
        vendor: &str,
        kind: &str,
        rule: &str,
        hash: Option<Vec<u8>>,
    ) -> Result<Vec<Value>, StoreError> {
        let sql = format!(
            "SELECT key, body FROM objects WHERE vendor = ?1 AND kind = ?2 AND {rule} ORDER BY ord"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let rows: Vec<(Vec<u8>, Vec<u8>)> = match hash {
            Some(hash) => statement
                .query_map(params![vendor, kind, hash], read)?
                .collect::<Result<_, _>>()?,
            None => statement
                .query_map(params![vendor, kind], read)?
                .collect::<Result<_, _>>()?,
        };
        rows.iter()
            .map(|(key, body)| self.unseal(vendor, kind, key, body))
            .collect()
    }

    /// Number of objects by vendor and kind.
    pub(crate) fn counts(&self) -> Result<Vec<(String, String, i64)>, StoreError> {
        let mut statement = self
            .db
            .prepare_cached("SELECT vendor, kind, count(*) FROM objects GROUP BY vendor, kind ORDER BY vendor, kind")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Deletes every object of a kind.
    pub(crate) fn clear_kind(&mut self, vendor: &str, kind: &str) -> Result<(), StoreError> {
        self.write()?.execute(
            "DELETE FROM objects WHERE vendor = ?1 AND kind = ?2",
            [vendor, kind],
        )?;
        Ok(())
    }

    pub(crate) fn clear_objects(&mut self) -> Result<(), StoreError> {
        self.write()?
            .execute_batch("DELETE FROM objects; DELETE FROM issued; DELETE FROM counters;")?;
        Ok(())
    }

    pub(crate) fn meta(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .db
            .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?)
    }

    pub(crate) fn set_meta(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        self.write()?
            .prepare_cached("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")?
            .execute([name, value])?;
        Ok(())
    }

    /// Counts uses of a label, from 0.
    pub(crate) fn count_up(&mut self, label: &str) -> Result<u64, StoreError> {
        let hash = self.sealer.index(&["counter", label]);
        let n: i64 = self
            .write()?
            .prepare_cached(
                "INSERT INTO counters VALUES (?1, 1) ON CONFLICT (label) DO UPDATE SET n = n + 1 RETURNING n",
            )?
            .query_row([hash], |row| row.get(0))?;
        Ok(n.unsigned_abs().saturating_sub(1))
    }

    /// Remembers that a credential with this SHA-256 (hex) was given out here.
    pub(crate) fn remember_issued(&mut self, sha256: &str) -> Result<(), StoreError> {
        let print = self.sealer.index(&["issued", sha256]);
        self.write()?
            .prepare_cached("INSERT OR IGNORE INTO issued VALUES (?1)")?
            .execute([print])?;
        Ok(())
    }

    pub(crate) fn is_issued(&self, sha256: &str) -> Result<bool, StoreError> {
        let print = self.sealer.index(&["issued", sha256]);
        Ok(self
            .db
            .prepare_cached("SELECT 1 FROM issued WHERE print = ?1")?
            .exists([print])?)
    }

    pub(crate) fn last_seq(&self) -> Result<i64, StoreError> {
        Ok(self
            .db
            .query_row("SELECT coalesce(max(seq), 0) FROM log", [], |row| {
                row.get(0)
            })?)
    }

    pub(crate) fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        let db = self.write()?;
        let mut statement = db.prepare_cached("INSERT INTO log VALUES (?1, ?2, ?3)")?;
        for entry in entries {
            statement.execute(params![
                entry.seq,
                entry.effect,
                serde_json::to_string(entry)?
            ])?;
        }
        Ok(())
    }

    /// Log rows after `after`, ascending.
    pub(crate) fn log(&self, after: i64, effects_only: bool) -> Result<Vec<Value>, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT entry FROM log WHERE seq > ?1 AND (NOT ?2 OR effect IS NOT NULL) ORDER BY seq",
        )?;
        let rows: Vec<String> = statement
            .query_map(params![after, effects_only], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        rows.iter()
            .map(|row| Ok(serde_json::from_str(row)?))
            .collect()
    }
}
