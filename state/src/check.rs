//! Integrity: rules that hold for every store, each one a function.
//!
//! It must not repair anything.

use rusqlite::{Connection, ErrorCode};

use crate::commit::Failure;
use crate::error::StateError;
use crate::intents;
use crate::seal::{Binding, Purpose, Scratch, Sealer};

/// A rule that a store breaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The rule's name.
    pub rule: &'static str,
    /// What breaks it; no values.
    pub detail: String,
}

/// Checks every rule; what is found is sorted.
pub(crate) fn check(connection: &Connection, sealer: &Sealer) -> Result<Vec<Violation>, Failure> {
    let mut found = Vec::new();
    pages_are_sound(connection, &mut found)?;
    let damaged = !found.is_empty();
    match rules(connection, sealer, &mut found) {
        // What the pages do not give cannot be held against a rule, and the pages are told.
        Err(Failure::Sql(_)) if damaged => {}
        other => other?,
    }
    found.sort();
    Ok(found)
}

/// The rules that are about what the pages hold.
fn rules(
    connection: &Connection,
    sealer: &Sealer,
    found: &mut Vec<Violation>,
) -> Result<(), Failure> {
    names_are_well_formed(connection, found)?;
    names_are_unique(connection, found)?;
    dependencies_are_well_formed(connection, found)?;
    versions_are_unique(connection, found)?;
    history_is_whole(connection, found)?;
    runs_exist(connection, found)?;
    pending_operations_are_unique(connection, found)?;
    payloads_authenticate(connection, sealer, found)
}

fn report(found: &mut Vec<Violation>, rule: &'static str, detail: String) {
    found.push(Violation { rule, detail });
}

/// Runs a query of one text column; each row is a violation.
fn each(
    connection: &Connection,
    found: &mut Vec<Violation>,
    rule: &'static str,
    sql: &str,
) -> Result<(), Failure> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        report(found, rule, row.get(0)?);
    }
    Ok(())
}

/// The database's pages and indexes agree.
fn pages_are_sound(connection: &Connection, found: &mut Vec<Violation>) -> Result<(), Failure> {
    let rule = "pages are sound";
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let mut rows = statement.query([])?;
    loop {
        match rows.next() {
            Ok(None) => return Ok(()),
            Ok(Some(row)) => {
                let text: String = row.get(0)?;
                if text != "ok" {
                    report(found, rule, text);
                }
            }
            // Some damage ends the check, after what it has found until then.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
                if found.is_empty() {
                    report(found, rule, error.to_string());
                }
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// A row's address begins with its module, and names its type, name and index.
fn names_are_well_formed(
    connection: &Connection,
    found: &mut Vec<Violation>,
) -> Result<(), Failure> {
    each(
        connection,
        found,
        "names are well formed",
        "SELECT address FROM instances WHERE address = '' OR type = '' OR name = ''
         OR substr(address, 1, length(module)) <> module
         OR instr(address, type || '.' || name) = 0
         OR (index_key IS NULL) <> (substr(address, -1) <> ']')",
    )
}

/// No two rows have the same address and deposed key.
fn names_are_unique(connection: &Connection, found: &mut Vec<Violation>) -> Result<(), Failure> {
    each(
        connection,
        found,
        "names are unique",
        // Not by the index, which is what may be damaged.
        "SELECT address || ' ' || deposed FROM instances NOT INDEXED GROUP BY address, deposed HAVING count(*) > 1",
    )
}

/// Dependencies are addresses, none of them the row's own.
fn dependencies_are_well_formed(
    connection: &Connection,
    found: &mut Vec<Violation>,
) -> Result<(), Failure> {
    let mut statement = connection
        .prepare("SELECT address, dependencies FROM instances WHERE dependencies <> ''")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (address, dependencies): (String, String) = (row.get(0)?, row.get(1)?);
        for dependency in dependencies.split('\n') {
            if !dependency.contains('.')
                || dependency.contains(char::is_whitespace) && !dependency.contains('"')
            {
                report(
                    found,
                    "dependencies are well formed",
                    format!("{address} depends on {dependency:?}"),
                );
            } else if dependency == address {
                report(
                    found,
                    "dependencies are well formed",
                    format!("{address} depends on itself"),
                );
            }
        }
    }
    Ok(())
}

/// No two versions of rows and outputs, past ones included, have the same number, and none is above the counter.
fn versions_are_unique(connection: &Connection, found: &mut Vec<Violation>) -> Result<(), Failure> {
    const ALL: &str = "SELECT address AS what, version FROM instances UNION ALL SELECT address, version FROM old_instances
        UNION ALL SELECT 'output ' || name, version FROM outputs UNION ALL SELECT 'output ' || name, version FROM old_outputs";
    let rule = "versions are unique";
    each(
        connection,
        found,
        rule,
        &format!(
            "SELECT min(what) || ' shares version ' || version FROM ({ALL}) GROUP BY version HAVING count(*) > 1"
        ),
    )?;
    each(
        connection,
        found,
        rule,
        &format!(
            "SELECT what || ' is newer than the state' FROM ({ALL}) WHERE version > (SELECT last_version FROM meta)"
        ),
    )
}

/// What a past version says that it was followed by is there, came later, and follows nothing else.
fn history_is_whole(connection: &Connection, found: &mut Vec<Violation>) -> Result<(), Failure> {
    let rule = "history is whole";
    for (what, now, past) in [
        ("address", "instances", "old_instances"),
        ("'output ' || name", "outputs", "old_outputs"),
    ] {
        let sql = [
            format!(
                "SELECT {what} || ' was followed by what is not there' FROM {past} WHERE ended_version <> 0
                 AND ended_version NOT IN (SELECT version FROM {now} UNION ALL SELECT version FROM {past})"
            ),
            format!(
                "SELECT {what} || ' ended before it began' FROM {past}
                 WHERE ended_run < run OR ended_version <> 0 AND ended_version <= version"
            ),
            format!(
                "SELECT min({what}) || ' and another were followed by one' FROM {past} WHERE ended_version <> 0
                 GROUP BY ended_version HAVING count(*) > 1"
            ),
        ];
        for sql in sql {
            each(connection, found, rule, &sql)?;
        }
    }
    Ok(())
}

/// An object has one pending operation at most.
fn pending_operations_are_unique(
    connection: &Connection,
    found: &mut Vec<Violation>,
) -> Result<(), Failure> {
    each(
        connection,
        found,
        "pending operations are unique",
        "SELECT address || ' ' || deposed FROM intents GROUP BY address, deposed HAVING count(*) > 1",
    )
}

/// Whatever names a run names one that was begun.
fn runs_exist(connection: &Connection, found: &mut Vec<Violation>) -> Result<(), Failure> {
    for sql in [
        "SELECT 'the pending operation on ' || address FROM intents WHERE run NOT IN (SELECT seq FROM runs)",
        "SELECT address FROM instances WHERE run NOT IN (SELECT seq FROM runs)",
        "SELECT address || ' (past)' FROM old_instances
         WHERE run NOT IN (SELECT seq FROM runs) OR ended_run NOT IN (SELECT seq FROM runs)",
        "SELECT 'output ' || name FROM outputs WHERE run NOT IN (SELECT seq FROM runs)",
        "SELECT 'output ' || name || ' (past)' FROM old_outputs
         WHERE run NOT IN (SELECT seq FROM runs) OR ended_run NOT IN (SELECT seq FROM runs)",
        "SELECT 'the listing of ' || type FROM listings WHERE run NOT IN (SELECT seq FROM runs)",
        "SELECT 'the history of ' || address FROM events WHERE run NOT IN (SELECT seq FROM runs)",
    ] {
        each(connection, found, "runs exist", sql)?;
    }
    Ok(())
}

/// Every sealed payload, past ones included, opens where it stands.
fn payloads_authenticate(
    connection: &Connection,
    sealer: &Sealer,
    found: &mut Vec<Violation>,
) -> Result<(), Failure> {
    let mut scratch = Scratch::default();
    let sources = [
        (
            Purpose::Row,
            "SELECT address, deposed, version, sealed FROM instances",
        ),
        (
            Purpose::Row,
            "SELECT address, deposed, version, sealed FROM old_instances",
        ),
        (
            Purpose::Output,
            "SELECT name, '', version, sealed FROM outputs",
        ),
        (
            Purpose::Output,
            "SELECT name, '', version, sealed FROM old_outputs",
        ),
        (
            Purpose::Listing,
            "SELECT type, provider, run, sealed FROM listings",
        ),
        (
            Purpose::Event,
            "SELECT address, deposed, version, sealed FROM events",
        ),
        (Purpose::Note, "SELECT name, '', 0, sealed FROM notes"),
    ];
    for (purpose, sql) in sources {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let text = |at: usize| -> rusqlite::Result<&str> { Ok(row.get_ref(at)?.as_str()?) };
            let binding = Binding {
                purpose,
                name: text(0)?,
                part: text(1)?,
                version: row.get(2)?,
            };
            let sealed = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
            if let Err(error) = sealer.open(&mut scratch, &binding, sealed) {
                authenticates(found, error);
            }
        }
    }
    // Intents are few, and bound to more than a name.
    match intents::all(connection, sealer) {
        Err(Failure::Refused(error)) => authenticates(found, error),
        other => drop(other?),
    }
    Ok(())
}

fn authenticates(found: &mut Vec<Violation>, error: StateError) {
    let detail = match error {
        StateError::Tampered { what } => what,
        other => other.to_string(),
    };
    report(found, "payloads authenticate", detail);
}
