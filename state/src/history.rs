//! History: runs, what each changed, and the state as it stood after one.
//!
//! The changes of a run are not stored a second time: every row version knows the run that wrote it and the run
//! that ended it. Reading history costs in proportion to the history, not to a run.
//!
//! It must not compare values.

use std::collections::BTreeMap;
use std::fmt;

use rusqlite::{Connection, OptionalExtension, params};

use crate::commit::{Failure, Writing};
use crate::outputs::{self, Output};
use crate::rows::{self, Decoder, Row, RowName, unsigned};
use crate::seal::{Binding, Purpose, Scratch, Sealer};

/// What is known when a run begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunStart {
    /// Unique id; given by the caller.
    pub id: String,
    /// When (RFC 3339, by the caller's clock).
    pub started: String,
    /// What: `apply`, `destroy`, `import`, `state mv`…
    pub operation: String,
    /// Who.
    pub who: String,
    /// The commit that the configuration was at, where it is in git.
    pub git_commit: Option<String>,
    /// Digest of the plan that was applied.
    pub plan_digest: Option<String>,
}

/// What is known when a run ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ending {
    /// When (RFC 3339, by the caller's clock).
    pub finished: String,
    /// How it ended: `ok`, `failed`, `interrupted`…
    pub result: String,
    /// How many of what, such as `create` → 3. Names are without `=` and spaces.
    pub counts: BTreeMap<String, u64>,
}

/// A run as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// Its place in the order of runs, from 1.
    pub number: u64,
    /// How it began.
    pub start: RunStart,
    /// How it ended; absent while it runs, and when its process died.
    pub ending: Option<Ending>,
}

/// Something that happened in a run without (or beside) a change of rows, such as a failed call. `Debug` leaves
/// the detail out.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// The object.
    pub key: RowName,
    /// What was done or tried.
    pub action: String,
    /// How it ended, without values.
    pub result: String,
    /// Anything more: bytes that the store does not look into; sealed at rest.
    pub detail: Vec<u8>,
}

impl fmt::Debug for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Event")
            .field("key", &self.key)
            .field("action", &self.action)
            .field("result", &self.result)
            .finish_non_exhaustive()
    }
}

/// One row version replaced by another in a run. Never are both absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superseded {
    /// What the run called the act.
    pub action: String,
    /// The row before; absent when the run made it.
    pub before: Option<Row>,
    /// The row after; absent when the run deleted it. Its name differs from the former one's after a move.
    pub after: Option<Row>,
}

impl Superseded {
    /// The row that it is about: as it is called after the change, where it still exists.
    pub fn key(&self) -> Option<&RowName> {
        self.after
            .as_ref()
            .or(self.before.as_ref())
            .map(|row| &row.key)
    }
}

/// Writes a run's beginning; returns its number.
pub(crate) fn begin_run(
    connection: &Connection,
    id: &str,
    start: &RunStart,
) -> Result<i64, Failure> {
    let known = connection
        .prepare_cached("SELECT 1 FROM runs WHERE id = ?1")?
        .query_row([id], |_| Ok(()))
        .optional()?;
    if known.is_some() {
        return Err(Failure::refused(
            "begin a run",
            format!("there is a run {id} already"),
        ));
    }
    connection
        .prepare_cached(
            "INSERT INTO runs (id, started, operation, who, git_commit, plan_digest, counts)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, '')",
        )?
        .execute(params![
            id,
            start.started,
            start.operation,
            start.who,
            start.git_commit,
            start.plan_digest
        ])?;
    Ok(connection.last_insert_rowid())
}

/// Writes a run's end.
pub(crate) fn finish_run(
    connection: &Connection,
    run: i64,
    ending: &Ending,
) -> Result<(), Failure> {
    let counts: Vec<String> = ending
        .counts
        .iter()
        .map(|(name, count)| format!("{name}={count}"))
        .collect();
    connection
        .prepare_cached("UPDATE runs SET finished = ?2, result = ?3, counts = ?4 WHERE seq = ?1")?
        .execute(params![
            run,
            ending.finished,
            ending.result,
            counts.join(" ")
        ])?;
    Ok(())
}

/// Writes an event.
pub(crate) fn record_event(
    writing: &mut Writing<'_>,
    run: i64,
    event: &Event,
) -> Result<(), Failure> {
    event.key.check()?;
    let version = writing.next_version();
    writing.seal(
        &event_binding(&event.key.address, event.key.part(), version),
        &event.detail,
        &[],
    )?;
    writing
        .connection
        .prepare_cached(
            "INSERT INTO events (run, address, deposed, action, result, version, sealed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            run,
            event.key.address,
            event.key.part(),
            event.action,
            event.result,
            version,
            writing.sealed()
        ])?;
    Ok(())
}

pub(crate) fn event_binding<'a>(address: &'a str, deposed: &'a str, version: i64) -> Binding<'a> {
    Binding {
        purpose: Purpose::Event,
        name: address,
        part: deposed,
        version,
    }
}

/// All runs, oldest first.
pub(crate) fn runs(connection: &Connection) -> Result<Vec<RunRecord>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, id, started, operation, who, git_commit, plan_digest, finished, result, counts
         FROM runs ORDER BY seq",
    )?;
    let rows = statement.query_map([], |row| {
        let finished: Option<String> = row.get(7)?;
        let result: Option<String> = row.get(8)?;
        let counts: String = row.get(9)?;
        let ending = finished.zip(result).map(|(finished, result)| Ending {
            finished,
            result,
            counts: counts
                .split(' ')
                .filter_map(|pair| pair.split_once('='))
                .filter_map(|(name, count)| Some((name.to_owned(), count.parse().ok()?)))
                .collect(),
        });
        Ok(RunRecord {
            number: unsigned(row.get(0)?),
            start: RunStart {
                id: row.get(1)?,
                started: row.get(2)?,
                operation: row.get(3)?,
                who: row.get(4)?,
                git_commit: row.get(5)?,
                plan_digest: row.get(6)?,
            },
            ending,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn number(connection: &Connection, run: &str) -> Result<i64, Failure> {
    connection
        .prepare_cached("SELECT seq FROM runs WHERE id = ?1")?
        .query_row([run], |row| row.get(0))
        .optional()?
        .ok_or_else(|| Failure::refused("read history", format!("there is no run {run}")))
}

/// All versions of rows, with the run, action and successor that each began and ended with.
const VERSIONS: &str = "
    SELECT address, deposed, module, mode, type, name, index_key, provider, schema_version, flags, dependencies,
        version, sealed, run, action, 0 AS ended_run, '' AS ended_action, 0 AS ended_version FROM instances
    UNION ALL
    SELECT address, deposed, module, mode, type, name, index_key, provider, schema_version, flags, dependencies,
        version, sealed, run, action, ended_run, ended_action, ended_version FROM old_instances";

/// What a run changed, in the order in which it did.
pub(crate) fn run_changes(
    connection: &Connection,
    sealer: &Sealer,
    run: &str,
) -> Result<Vec<Superseded>, Failure> {
    let run = number(connection, run)?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT * FROM ({VERSIONS}) WHERE run = ?1 OR ended_run = ?1 ORDER BY version"
    ))?;
    let mut found = statement.query([run])?;
    let mut decoder = Decoder::new(sealer);
    let mut begun: Vec<(String, Row)> = Vec::new();
    let mut ended: BTreeMap<i64, Row> = BTreeMap::new();
    let mut deleted = Vec::new();
    while let Some(row) = found.next()? {
        let version = decoder.decode(row)?;
        let (began_in, ended_in): (i64, i64) = (row.get(13)?, row.get(15)?);
        if ended_in == run {
            match row.get(17)? {
                0 => deleted.push(Superseded {
                    action: row.get(16)?,
                    before: Some(version.clone()),
                    after: None,
                }),
                successor => drop(ended.insert(successor, version.clone())),
            }
        }
        if began_in == run {
            begun.push((row.get(14)?, version));
        }
    }
    let mut changes: Vec<Superseded> = begun
        .into_iter()
        .map(|(action, after)| {
            let before = i64::try_from(after.version)
                .ok()
                .and_then(|version| ended.remove(&version));
            Superseded {
                action,
                before,
                after: Some(after),
            }
        })
        .collect();
    changes.extend(deleted);
    Ok(changes)
}

/// What happened in a run without a change of rows.
pub(crate) fn run_events(
    connection: &Connection,
    sealer: &Sealer,
    run: &str,
) -> Result<Vec<Event>, Failure> {
    let run = number(connection, run)?;
    let mut statement = connection.prepare_cached(
        "SELECT address, deposed, action, result, version, sealed FROM events WHERE run = ?1 ORDER BY id",
    )?;
    let mut rows = statement.query([run])?;
    let mut scratch = Scratch::default();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (address, deposed): (String, String) = (row.get(0)?, row.get(1)?);
        let sealed = row.get_ref(5)?.as_blob().map_err(rusqlite::Error::from)?;
        let binding = event_binding(&address, &deposed, row.get(4)?);
        let (detail, _) = sealer
            .open(&mut scratch, &binding, sealed)
            .map_err(Failure::Refused)?;
        let key = RowName {
            address,
            deposed: (!deposed.is_empty()).then_some(deposed),
        };
        found.push(Event {
            key,
            action: row.get(2)?,
            result: row.get(3)?,
            detail,
        });
    }
    Ok(found)
}

/// The rows as they stood when a run had ended, sorted by name.
pub(crate) fn rows_after(
    connection: &Connection,
    sealer: &Sealer,
    run: &str,
) -> Result<Vec<Row>, Failure> {
    let run = number(connection, run)?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {} FROM ({VERSIONS}) WHERE run <= ?1 AND (ended_run = 0 OR ended_run > ?1)",
        rows::COLUMNS
    ))?;
    let mut found = statement.query([run])?;
    let mut decoder = Decoder::new(sealer);
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        rows.push(decoder.decode(row)?);
    }
    rows.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(rows)
}

/// The outputs as they stood when a run had ended, sorted by name.
pub(crate) fn outputs_after(
    connection: &Connection,
    sealer: &Sealer,
    run: &str,
) -> Result<Vec<Output>, Failure> {
    let run = number(connection, run)?;
    let columns = outputs::COLUMNS;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {columns} FROM outputs WHERE run <= ?1
         UNION ALL SELECT {columns} FROM old_outputs WHERE run <= ?1 AND ended_run > ?1 ORDER BY name"
    ))?;
    let mut found = statement.query([run])?;
    let mut outputs = Vec::new();
    while let Some(row) = found.next()? {
        outputs.push(outputs::decode(sealer, row)?);
    }
    Ok(outputs)
}
