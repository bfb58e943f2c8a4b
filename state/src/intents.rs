//! The journal: intents, the changes that settle them, and the listings that tell a lost create apart.
//!
//! An intent is committed before an outside effect; its removal and the effect's result are one transaction. It
//! must not decide what an intent that is found means: that is the engine's recovery.

use std::fmt;

use rusqlite::{Connection, OptionalExtension, params};

use crate::commit::{Failure, Writing};
use crate::history;
use crate::outputs::{self, Output};
use crate::rows::{self, Cause, Row, RowName};
use crate::seal::{Binding, Purpose, Scratch, Sealer};

/// An operation about to be done. `Debug` leaves payload and note out.
#[derive(Clone, PartialEq, Eq)]
pub struct NewIntent {
    /// Unique id of the operation; given by the caller.
    pub operation_id: String,
    /// The object.
    pub key: RowName,
    /// What will be done: `create`, `update`, `delete`…
    pub action: String,
    /// The provider configuration that does it, in Terraform's text form.
    pub provider: String,
    /// The resource type.
    pub type_name: String,
    /// The planned value and what else recovery needs: bytes that the store does not look into; sealed at rest.
    pub payload: Vec<u8>,
    /// Anything by its side (such as natural keys); sealed at rest.
    pub note: Vec<u8>,
}

/// An intent as found in the journal: its operation may or may not have happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Order of creation, over the store's life.
    pub sequence: u64,
    /// Id of the run that began it.
    pub run: String,
    /// What was about to be done.
    pub operation: NewIntent,
}

impl fmt::Debug for NewIntent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NewIntent")
            .field("operation_id", &self.operation_id)
            .field("key", &self.key)
            .field("action", &self.action)
            .field("provider", &self.provider)
            .field("type_name", &self.type_name)
            .field("payload", &format_args!("{} bytes", self.payload.len()))
            .finish_non_exhaustive()
    }
}

/// One change of the state; several are committed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Writes a row.
    Put(Row),
    /// Deletes a row; nothing if it is not there.
    Delete(RowName),
    /// Replaces a row by one of another name (a move, or deposing). Refused if the first is absent or the second
    /// present.
    Move {
        /// The row's present name.
        from: RowName,
        /// The row under its new name.
        to: Row,
    },
    /// Writes an output.
    PutOutput(Output),
    /// Deletes an output; nothing if it is not there.
    DeleteOutput(String),
}

/// Applies one change; returns the version that it gave, or 0.
pub(crate) fn apply(
    writing: &mut Writing<'_>,
    cause: Cause<'_>,
    change: &Change,
) -> Result<i64, Failure> {
    match change {
        Change::Put(row) => rows::put(writing, cause, row),
        Change::Delete(key) => rows::delete(writing, cause, key).map(|_| 0),
        Change::Move { from, to } => rows::rename(writing, cause, from, to),
        Change::PutOutput(output) => outputs::put(writing, cause.run, output),
        Change::DeleteOutput(name) => outputs::delete(writing, cause.run, name).map(|_| 0),
    }
}

/// Journals an intent, with changes that belong to its beginning (such as deposing what it replaces).
pub(crate) fn begin(
    writing: &mut Writing<'_>,
    run: i64,
    intent: &NewIntent,
    changes: &[Change],
) -> Result<i64, Failure> {
    let refused = |reason: String| Failure::refused("begin an operation", reason);
    intent.key.check()?;
    let pending: Option<String> = writing
        .connection
        .prepare_cached(
            "SELECT operation_id FROM intents WHERE operation_id = ?1 OR (address = ?2 AND deposed = ?3)",
        )?
        .query_row(params![intent.operation_id, intent.key.address, intent.key.part()], |row| row.get(0))
        .optional()?;
    if let Some(other) = pending {
        return Err(refused(format!(
            "operation {other} on {} has not been settled",
            intent.key
        )));
    }
    let cause = Cause {
        run,
        action: &intent.action,
    };
    let mut version = 0;
    for change in changes {
        version = apply(writing, cause, change)?.max(version);
    }
    writing.seal(
        &binding(&intent.key.to_string(), &intent.operation_id),
        &intent.payload,
        &intent.note,
    )?;
    writing
        .connection
        .prepare_cached(
            "INSERT INTO intents (operation_id, run, address, deposed, action, provider, type, sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            intent.operation_id,
            run,
            intent.key.address,
            intent.key.part(),
            intent.action,
            intent.provider,
            intent.type_name,
            writing.sealed(),
        ])?;
    Ok(version)
}

/// Removes an intent and applies its results, both or neither. The changes are recorded under `run`, which after
/// a crash is the recovering one.
pub(crate) fn settle(
    writing: &mut Writing<'_>,
    run: i64,
    operation_id: &str,
    changes: &[Change],
    event: Option<&history::Event>,
) -> Result<i64, Failure> {
    let action: Option<String> = writing
        .connection
        .prepare_cached("DELETE FROM intents WHERE operation_id = ?1 RETURNING action")?
        .query_row([operation_id], |row| row.get(0))
        .optional()?;
    let Some(action) = action else {
        return Err(Failure::refused(
            "settle an operation",
            format!("there is no pending operation {operation_id}"),
        ));
    };
    let cause = Cause {
        run,
        action: &action,
    };
    let mut version = 0;
    for change in changes {
        version = apply(writing, cause, change)?.max(version);
    }
    if let Some(event) = event {
        history::record_event(writing, run, event)?;
    }
    Ok(version)
}

/// All pending intents, in the order in which they were begun.
pub(crate) fn all(connection: &Connection, sealer: &Sealer) -> Result<Vec<Intent>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT i.seq, i.operation_id, coalesce(r.id, ''), i.address, i.deposed, i.action, i.provider, i.type, i.sealed
         FROM intents i LEFT JOIN runs r ON r.seq = i.run ORDER BY i.seq",
    )?;
    let mut rows = statement.query([])?;
    let mut scratch = Scratch::default();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let operation_id: String = row.get(1)?;
        let deposed: String = row.get(4)?;
        let key = RowName {
            address: row.get(3)?,
            deposed: (!deposed.is_empty()).then_some(deposed),
        };
        let sealed = row.get_ref(8)?.as_blob().map_err(rusqlite::Error::from)?;
        let (payload, note) = sealer
            .open(
                &mut scratch,
                &binding(&key.to_string(), &operation_id),
                sealed,
            )
            .map_err(Failure::Refused)?;
        found.push(Intent {
            sequence: rows::unsigned(row.get(0)?),
            run: row.get(2)?,
            operation: NewIntent {
                operation_id,
                key,
                action: row.get(5)?,
                provider: row.get(6)?,
                type_name: row.get(7)?,
                payload,
                note,
            },
        });
    }
    Ok(found)
}

/// Keeps the listing of a type's existing ids that precedes a run's first create of that type.
pub(crate) fn put_listing(
    writing: &mut Writing<'_>,
    run: i64,
    provider: &str,
    type_name: &str,
    ids: &[u8],
) -> Result<(), Failure> {
    writing.seal(&listing_binding(provider, type_name, run), ids, &[])?;
    writing
        .connection
        .prepare_cached(
            "INSERT OR REPLACE INTO listings (run, provider, type, sealed) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![run, provider, type_name, writing.sealed()])?;
    Ok(())
}

/// The listing of a type in a run, if one was kept.
pub(crate) fn listing(
    connection: &Connection,
    sealer: &Sealer,
    run: &str,
    provider: &str,
    type_name: &str,
) -> Result<Option<Vec<u8>>, Failure> {
    let found: Option<(i64, Vec<u8>)> = connection
        .prepare_cached(
            "SELECT l.run, l.sealed FROM listings l JOIN runs r ON r.seq = l.run
             WHERE r.id = ?1 AND l.provider = ?2 AND l.type = ?3",
        )?
        .query_row(params![run, provider, type_name], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((run, sealed)) = found else {
        return Ok(None);
    };
    let binding = listing_binding(provider, type_name, run);
    let (ids, _) = sealer
        .open(&mut Scratch::default(), &binding, &sealed)
        .map_err(Failure::Refused)?;
    Ok(Some(ids))
}

/// Forgets the listings that no pending intent can need.
pub(crate) fn drop_listings(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM listings WHERE run NOT IN (SELECT run FROM intents)")?
        .execute([])?;
    Ok(())
}

/// What an intent's payload is bound to; `name` is its key's text form.
pub(crate) fn binding<'a>(name: &'a str, operation_id: &'a str) -> Binding<'a> {
    Binding {
        purpose: Purpose::Intent,
        name,
        part: operation_id,
        version: 0,
    }
}

pub(crate) fn listing_binding<'a>(provider: &'a str, type_name: &'a str, run: i64) -> Binding<'a> {
    Binding {
        purpose: Purpose::Listing,
        name: type_name,
        part: provider,
        version: run,
    }
}
