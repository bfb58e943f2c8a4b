//! Replacing keys: wrapping the data key anew, and sealing every payload under a new data key.
//!
//! It must not change anything but keys and ciphertexts: versions, serial and history stay.

use rusqlite::{Connection, Row, params};

use crate::commit::Failure;
use crate::intents;
use crate::keys::StateKey;
use crate::notes;
use crate::rows::RowName;
use crate::seal::{Binding, DataKey, Purpose, Scratch, Sealer, wrap};

/// How to replace a store's key.
#[derive(Debug, Clone, Default)]
pub struct Rotation {
    /// The new key; without one, a new key file is made in the default directory.
    pub key: Option<StateKey>,
    /// Also draw a new data key and seal everything, history included, under it: for when the old key may have
    /// leaked together with a copy of the store. Saved plans end with the old data key. Costs in proportion to
    /// the store.
    pub reseal: bool,
}

/// Records the data key, wrapped under `key`.
pub(crate) fn record(
    connection: &Connection,
    key: &StateKey,
    lineage: &str,
    data: &DataKey,
) -> Result<(), Failure> {
    let id = key.id();
    let wrapped = wrap(key.bytes(), &id, lineage, data).map_err(Failure::Refused)?;
    connection.execute(
        "UPDATE meta SET key_id = ?1, wrapped_key = ?2",
        params![id, wrapped],
    )?;
    Ok(())
}

/// Seals every payload under `new`, within the caller's transaction.
pub(crate) fn reseal(connection: &Connection, old: &Sealer, new: &Sealer) -> Result<(), Failure> {
    let mut turn = Turn {
        old,
        new,
        scratch: Scratch::default(),
        sealed: Vec::new(),
    };
    let numbered = [
        (Purpose::Row, "instances", "address, deposed"),
        (Purpose::Row, "old_instances", "address, deposed"),
        (Purpose::Output, "old_outputs", "name, ''"),
        (Purpose::Event, "events", "address, deposed"),
    ];
    for (purpose, table, name) in numbered {
        reseal_numbered(connection, &mut turn, purpose, table, name)?;
    }
    reseal_outputs(connection, &mut turn)?;
    reseal_listings(connection, &mut turn)?;
    reseal_notes(connection, &mut turn)?;
    reseal_intents(connection, &mut turn)
}

/// A table whose rows have an `id`, which may be large: only the ids are held in memory.
fn reseal_numbered(
    connection: &Connection,
    turn: &mut Turn<'_>,
    purpose: Purpose,
    table: &str,
    name: &str,
) -> Result<(), Failure> {
    let ids: Vec<i64> = collect(connection, &format!("SELECT id FROM {table}"), |row| {
        row.get(0)
    })?;
    let mut select = connection.prepare(&format!(
        "SELECT {name}, version, sealed FROM {table} WHERE id = ?1"
    ))?;
    let mut update =
        connection.prepare(&format!("UPDATE {table} SET sealed = ?1 WHERE id = ?2"))?;
    for id in ids {
        let mut rows = select.query([id])?;
        let Some(row) = rows.next()? else { continue };
        let text = |at: usize| -> rusqlite::Result<&str> { Ok(row.get_ref(at)?.as_str()?) };
        let binding = Binding {
            purpose,
            name: text(0)?,
            part: text(1)?,
            version: row.get(2)?,
        };
        let sealed = turn.over(
            &binding,
            row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?,
        )?;
        update.execute(params![sealed, id])?;
    }
    Ok(())
}

fn reseal_outputs(connection: &Connection, turn: &mut Turn<'_>) -> Result<(), Failure> {
    let all: Vec<(String, i64, Vec<u8>)> = collect(
        connection,
        "SELECT name, version, sealed FROM outputs",
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    for (name, version, sealed) in all {
        let sealed = turn.over(
            &Binding {
                purpose: Purpose::Output,
                name: &name,
                part: "",
                version,
            },
            &sealed,
        )?;
        connection.execute(
            "UPDATE outputs SET sealed = ?1 WHERE name = ?2",
            params![sealed, name],
        )?;
    }
    Ok(())
}

fn reseal_listings(connection: &Connection, turn: &mut Turn<'_>) -> Result<(), Failure> {
    let all: Vec<(i64, String, String, Vec<u8>)> = collect(
        connection,
        "SELECT run, provider, type, sealed FROM listings",
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )?;
    for (run, provider, type_name, sealed) in all {
        let sealed = turn.over(
            &intents::listing_binding(&provider, &type_name, run),
            &sealed,
        )?;
        connection.execute(
            "UPDATE listings SET sealed = ?1 WHERE run = ?2 AND provider = ?3 AND type = ?4",
            params![sealed, run, provider, type_name],
        )?;
    }
    Ok(())
}

fn reseal_notes(connection: &Connection, turn: &mut Turn<'_>) -> Result<(), Failure> {
    let all: Vec<(String, Vec<u8>)> =
        collect(connection, "SELECT name, sealed FROM notes", |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    for (name, sealed) in all {
        let sealed = turn.over(&notes::binding(&name), &sealed)?;
        connection.execute(
            "UPDATE notes SET sealed = ?1 WHERE name = ?2",
            params![sealed, name],
        )?;
    }
    Ok(())
}

fn reseal_intents(connection: &Connection, turn: &mut Turn<'_>) -> Result<(), Failure> {
    let all: Vec<(i64, RowName, String, Vec<u8>)> = collect(
        connection,
        "SELECT seq, address, deposed, operation_id, sealed FROM intents",
        |row| {
            let deposed: String = row.get(2)?;
            let key = RowName {
                address: row.get(1)?,
                deposed: (!deposed.is_empty()).then_some(deposed),
            };
            Ok((row.get(0)?, key, row.get(3)?, row.get(4)?))
        },
    )?;
    for (sequence, key, operation_id, sealed) in all {
        let sealed = turn.over(&intents::binding(&key.to_string(), &operation_id), &sealed)?;
        connection.execute(
            "UPDATE intents SET sealed = ?1 WHERE seq = ?2",
            params![sealed, sequence],
        )?;
    }
    Ok(())
}

fn collect<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Failure> {
    Ok(connection
        .prepare(sql)?
        .query_map([], read)?
        .collect::<rusqlite::Result<_>>()?)
}

/// The passage of payloads from one key to the other.
struct Turn<'a> {
    old: &'a Sealer,
    new: &'a Sealer,
    scratch: Scratch,
    sealed: Vec<u8>,
}

impl Turn<'_> {
    fn over(&mut self, binding: &Binding<'_>, sealed: &[u8]) -> Result<&[u8], Failure> {
        let (main, side) = self
            .old
            .open(&mut self.scratch, binding, sealed)
            .map_err(Failure::Refused)?;
        self.new
            .seal(&mut self.scratch, binding, &main, &side, &mut self.sealed)
            .map_err(Failure::Refused)?;
        Ok(&self.sealed)
    }
}
