//! Committing: one transaction for all operations that were queued together.
//!
//! An operation that breaks a rule is refused alone and leaves nothing behind; a failure of the database rolls
//! the whole transaction back. It must not know threads or tickets beyond handing answers back.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, params};

use crate::connection::{Role, connect};
use crate::error::StateError;
use crate::history::{self, Ending, Event, RunStart};
use crate::intents::{self, Change, NewIntent};
use crate::notes;
use crate::outputs::{self, Output};
use crate::rebinding::Rebinding;
use crate::rows::{Cause, unsigned};
use crate::run::Edit;
use crate::seal::{Binding, Scratch, Sealer};
use crate::ticket::Receipt;
use crate::writer::Job;

/// The note that holds the results of checks.
pub(crate) const CHECKS: &str = "check_results";

/// What can be queued.
pub(crate) enum Command {
    BeginRun {
        run: Arc<str>,
        start: RunStart,
    },
    FinishRun {
        run: Arc<str>,
        ending: Ending,
    },
    Change {
        run: Arc<str>,
        action: Cow<'static, str>,
        change: Change,
    },
    SetOutputs {
        run: Arc<str>,
        outputs: Vec<Output>,
    },
    BeginIntent {
        run: Arc<str>,
        intent: Box<NewIntent>,
        changes: Vec<Change>,
    },
    Settle {
        run: Arc<str>,
        operation_id: String,
        changes: Vec<Change>,
        event: Option<Box<Event>>,
    },
    PutListing {
        run: Arc<str>,
        provider: String,
        type_name: String,
        ids: Vec<u8>,
    },
    Record {
        run: Arc<str>,
        event: Box<Event>,
    },
    Edit {
        run: Arc<str>,
        action: Cow<'static, str>,
        edit: Box<Edit>,
    },
    PutNote {
        name: String,
        text: Vec<u8>,
        counts: bool,
    },
    SetIdentity {
        lineage: Option<String>,
        serial: u64,
    },
    Flush,
}

impl Command {
    /// Whether it answers for what was queued before it too.
    pub(crate) fn ends(&self) -> bool {
        matches!(self, Command::Flush | Command::FinishRun { .. })
    }
}

/// Why an operation was not done.
pub(crate) enum Failure {
    /// It breaks a rule; the others of its transaction go on.
    Refused(StateError),
    /// The database failed; the whole transaction is rolled back.
    Sql(rusqlite::Error),
}

impl Failure {
    pub(crate) fn refused(doing: &str, reason: String) -> Self {
        Failure::Refused(StateError::Refused {
            doing: doing.to_owned(),
            reason,
        })
    }

    pub(crate) fn into_error(self, path: &Path, doing: &'static str) -> StateError {
        match self {
            Failure::Refused(error) => error,
            Failure::Sql(error) => StateError::storage(path, doing, &error),
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Failure::Sql(error)
    }
}

/// The state's counters, as of the transaction.
#[derive(Clone, Copy)]
struct Counters {
    serial: i64,
    version: i64,
    changed: bool,
}

/// What the operations of a transaction write with.
pub(crate) struct Writing<'a> {
    pub connection: &'a Connection,
    pub sealer: &'a Sealer,
    /// Writes new rows; at hand, because there may be many.
    pub inserting: Option<Rebinding<'a>>,
    buffers: &'a mut Buffers,
    counters: Counters,
}

#[derive(Default)]
struct Buffers {
    scratch: Scratch,
    sealed: Vec<u8>,
    /// The row that was put last was a new one.
    new_rows: bool,
}

impl Writing<'_> {
    /// A version that nothing else has had.
    pub(crate) fn next_version(&mut self) -> i64 {
        self.counters.version += 1;
        self.counters.version
    }

    /// Rows or outputs changed: the serial grows with this transaction.
    pub(crate) fn changed(&mut self) {
        self.counters.changed = true;
    }

    /// Seals a payload into the buffer that [`Self::sealed`] gives.
    pub(crate) fn seal(
        &mut self,
        binding: &Binding<'_>,
        main: &[u8],
        side: &[u8],
    ) -> Result<(), Failure> {
        let Buffers {
            scratch, sealed, ..
        } = &mut *self.buffers;
        self.sealer
            .seal(scratch, binding, main, side, sealed)
            .map_err(Failure::Refused)
    }

    /// Whether the row that was put last was a new one: the best guess for the next.
    pub(crate) fn new_rows(&mut self) -> &mut bool {
        &mut self.buffers.new_rows
    }

    /// What was sealed last.
    pub(crate) fn sealed(&self) -> &[u8] {
        &self.buffers.sealed
    }

    /// Does several steps, all or (when refused) none.
    fn atomically(
        &mut self,
        steps: impl FnOnce(&mut Self) -> Result<i64, Failure>,
    ) -> Result<i64, Failure> {
        let step = |sql: &str| -> rusqlite::Result<()> {
            self.connection.prepare_cached(sql)?.execute([]).map(drop)
        };
        step("SAVEPOINT operation")?;
        let before = self.counters;
        let outcome = steps(self);
        let step = |sql: &str| -> rusqlite::Result<()> {
            self.connection.prepare_cached(sql)?.execute([]).map(drop)
        };
        if let Err(Failure::Refused(_)) = outcome {
            step("ROLLBACK TO operation")?;
            self.counters = before;
        }
        if !matches!(outcome, Err(Failure::Sql(_))) {
            step("RELEASE operation")?;
        }
        outcome
    }
}

/// The writing connection and what goes with it.
pub(crate) struct Committer {
    path: PathBuf,
    connection: Connection,
    sealer: Arc<Sealer>,
    runs: Runs,
    buffers: Buffers,
    /// Something was committed here.
    begun: bool,
}

impl Committer {
    pub(crate) fn open(path: &Path, sealer: Arc<Sealer>) -> Result<Self, StateError> {
        Ok(Committer {
            path: path.to_path_buf(),
            connection: connect(path, Role::Write)?,
            sealer,
            runs: Runs::default(),
            buffers: Buffers::default(),
            begun: false,
        })
    }

    /// Commits the jobs as one transaction, in their order, and answers each. An error is that of the whole
    /// transaction; nothing of it was done then.
    pub(crate) fn commit(
        &mut self,
        jobs: &[Job],
    ) -> Result<Vec<Result<Receipt, StateError>>, StateError> {
        self.transact(jobs).map_err(|error| {
            if !self.connection.is_autocommit() {
                // The first error is the one to tell; an open transaction ends with the connection anyway.
                drop(self.connection.execute_batch("ROLLBACK"));
            }
            StateError::storage(&self.path, "commit a change", &error)
        })
    }

    fn transact(&mut self, jobs: &[Job]) -> rusqlite::Result<Vec<Result<Receipt, StateError>>> {
        if jobs.iter().all(|job| matches!(job.command, Command::Flush)) {
            // Nothing is pending: whatever came before is on the disk already.
            let (serial, _) = self.counters()?;
            return Ok(jobs
                .iter()
                .map(|_| {
                    Ok(Receipt {
                        serial: unsigned(serial),
                        version: 0,
                    })
                })
                .collect());
        }
        self.execute("BEGIN IMMEDIATE")?;
        let (serial, version) = self.counters()?;
        let empty = serial == 0;
        let mut writing = Writing {
            connection: &self.connection,
            sealer: &self.sealer,
            inserting: None,
            buffers: &mut self.buffers,
            counters: Counters {
                serial,
                version,
                changed: false,
            },
        };
        let mut outcomes = Vec::with_capacity(jobs.len());
        for job in jobs {
            match apply(&mut writing, &mut self.runs, &job.command) {
                Ok(version) => outcomes.push(Ok(version)),
                Err(Failure::Refused(error)) => outcomes.push(Err(error)),
                Err(Failure::Sql(error)) => return Err(error),
            }
        }
        let mut counters = writing.counters;
        if counters.changed {
            counters.serial += 1;
        }
        drop(writing);
        self.connection
            .prepare_cached("UPDATE meta SET serial = ?1, last_version = ?2")?
            .execute([counters.serial, counters.version])?;
        self.execute("COMMIT")?;
        if empty && (counters.changed || !self.begun) {
            self.settle_into_database()?;
        }
        self.begun = true;
        let serial = unsigned(counters.serial);
        Ok(outcomes
            .into_iter()
            .map(|outcome| {
                outcome.map(|v| Receipt {
                    serial,
                    version: unsigned(v),
                })
            })
            .collect())
    }

    /// Copies the log into the database file, so that a state with objects does not look new should the log be
    /// lost. What a reader still holds is left for later.
    fn settle_into_database(&self) -> rusqlite::Result<()> {
        self.connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
    }

    fn counters(&self) -> rusqlite::Result<(i64, i64)> {
        self.connection
            .prepare_cached("SELECT serial, last_version FROM meta")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

/// The numbers of the runs that were begun here.
#[derive(Default)]
struct Runs {
    numbers: HashMap<Arc<str>, i64>,
    last: Option<(Arc<str>, i64)>,
}

impl Runs {
    fn put(&mut self, run: &Arc<str>, number: i64) {
        self.numbers.insert(Arc::clone(run), number);
    }

    fn forget(&mut self, run: &Arc<str>) {
        self.numbers.remove(run);
        self.last = None;
    }

    fn number(&mut self, run: &Arc<str>) -> Result<i64, Failure> {
        if let Some((last, number)) = &self.last
            && Arc::ptr_eq(last, run)
        {
            return Ok(*number);
        }
        let number = *self.numbers.get(run).ok_or_else(|| {
            Failure::refused(
                "write",
                format!("run {run} was not begun, or its id was used before"),
            )
        })?;
        self.last = Some((Arc::clone(run), number));
        Ok(number)
    }
}

/// Does one operation; the result is the version of what it wrote last, or 0.
fn apply(writing: &mut Writing<'_>, runs: &mut Runs, command: &Command) -> Result<i64, Failure> {
    let run = match command {
        Command::Flush
        | Command::BeginRun { .. }
        | Command::PutNote { .. }
        | Command::SetIdentity { .. } => 0,
        Command::FinishRun { run, .. }
        | Command::Change { run, .. }
        | Command::SetOutputs { run, .. }
        | Command::BeginIntent { run, .. }
        | Command::Settle { run, .. }
        | Command::PutListing { run, .. }
        | Command::Edit { run, .. }
        | Command::Record { run, .. } => runs.number(run)?,
    };
    match command {
        Command::Flush => Ok(0),
        Command::BeginRun { run, start } => {
            // Nothing may be recorded under a run of the same id that was there before.
            runs.forget(run);
            history::begin_run(writing.connection, run, start).map(|number| {
                runs.put(run, number);
                0
            })
        }
        Command::FinishRun { ending, .. } => history::finish_run(writing.connection, run, ending)
            .and_then(|()| Ok(intents::drop_listings(writing.connection)?))
            .map(|()| 0),
        Command::Change {
            action,
            change: change @ Change::Move { .. },
            ..
        } => writing.atomically(|writing| intents::apply(writing, Cause { run, action }, change)),
        Command::Change { action, change, .. } => {
            intents::apply(writing, Cause { run, action }, change)
        }
        Command::SetOutputs { outputs, .. } => {
            writing.atomically(|writing| outputs::set_all(writing, run, outputs))
        }
        Command::BeginIntent {
            intent, changes, ..
        } => writing.atomically(|writing| intents::begin(writing, run, intent, changes)),
        Command::Settle {
            operation_id,
            changes,
            event,
            ..
        } => writing.atomically(|writing| {
            intents::settle(writing, run, operation_id, changes, event.as_deref())
        }),
        Command::PutListing {
            provider,
            type_name,
            ids,
            ..
        } => intents::put_listing(writing, run, provider, type_name, ids).map(|()| 0),
        Command::Record { event, .. } => history::record_event(writing, run, event).map(|()| 0),
        Command::Edit { action, edit, .. } => writing.atomically(|writing| {
            let cause = Cause { run, action };
            apply_edit(writing, cause, edit)
        }),
        Command::PutNote { name, text, counts } => notes::put(writing, name, text).map(|changed| {
            if changed && *counts {
                writing.changed();
            }
            0
        }),
        Command::SetIdentity { lineage, serial } => {
            set_identity(writing, lineage.as_deref(), *serial)
        }
    }
}

/// Everything of an edit; the serial that it brings is the one that is left, whatever it changes.
fn apply_edit(writing: &mut Writing<'_>, cause: Cause<'_>, edit: &Edit) -> Result<i64, Failure> {
    let mut version = 0;
    for change in &edit.changes {
        version = intents::apply(writing, cause, change)?.max(version);
    }
    if let Some(outputs) = &edit.outputs {
        version = outputs::set_all(writing, cause.run, outputs)?.max(version);
    }
    if let Some(checks) = &edit.checks
        && notes::put(writing, CHECKS, checks)?
    {
        writing.changed();
    }
    if let Some(serial) = edit.serial {
        set_identity(writing, edit.lineage.as_deref(), serial)?;
        writing.counters.changed = false;
    }
    Ok(version)
}

fn set_identity(
    writing: &mut Writing<'_>,
    lineage: Option<&str>,
    serial: u64,
) -> Result<i64, Failure> {
    let serial = i64::try_from(serial)
        .map_err(|_| Failure::refused("set the serial", format!("{serial} is too large")))?;
    if let Some(lineage) = lineage {
        writing
            .connection
            .execute("UPDATE meta SET lineage = ?1", params![lineage])?;
    }
    // The transaction's own step, if rows change in it too, is meant to be part of this serial.
    writing.counters.serial = serial;
    Ok(0)
}
