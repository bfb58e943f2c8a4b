//! Outputs of the root module; writing, reading, superseding.
//!
//! It must not know what values mean.

use std::collections::BTreeSet;
use std::fmt;

use rusqlite::{Connection, params};

use crate::commit::{Failure, Writing};
use crate::rows::unsigned;
use crate::seal::{Binding, Purpose, Scratch, Sealer};

/// An output as stored. `Debug` leaves the value out.
#[derive(Clone, PartialEq, Eq)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Whether it is marked sensitive.
    pub sensitive: bool,
    /// The value: bytes (JSON) that the store does not look into; sealed at rest.
    pub value: Vec<u8>,
    /// The value's type: bytes (JSON) likewise; sealed at rest.
    pub value_type: Vec<u8>,
    /// Set by the store, as a row's version is. Ignored when writing.
    pub version: u64,
}

impl fmt::Debug for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Output")
            .field("name", &self.name)
            .field("sensitive", &self.sensitive)
            .field("value", &format_args!("{} bytes", self.value.len()))
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Writes an output; what was there before becomes history. Returns its new version.
pub(crate) fn put(writing: &mut Writing<'_>, run: i64, output: &Output) -> Result<i64, Failure> {
    if output.name.is_empty() {
        return Err(Failure::refused(
            "write an output",
            "it has no name".to_owned(),
        ));
    }
    let version = writing.next_version();
    let binding = Binding {
        purpose: Purpose::Output,
        name: &output.name,
        part: "",
        version,
    };
    writing.seal(&binding, &output.value, &output.value_type)?;
    supersede(writing.connection, run, &output.name, version)?;
    writing
        .connection
        .prepare_cached(
            "INSERT OR REPLACE INTO outputs (name, sensitive, version, run, sealed) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![output.name, output.sensitive, version, run, writing.sealed()])?;
    writing.changed();
    Ok(version)
}

/// Deletes an output; true if it was there.
pub(crate) fn delete(writing: &mut Writing<'_>, run: i64, name: &str) -> Result<bool, Failure> {
    if !supersede(writing.connection, run, name, 0)? {
        return Ok(false);
    }
    writing
        .connection
        .prepare_cached("DELETE FROM outputs WHERE name = ?1")?
        .execute([name])?;
    writing.changed();
    Ok(true)
}

/// Makes the outputs exactly these; equal ones are left as they are. Returns the last version given, or 0.
pub(crate) fn set_all(
    writing: &mut Writing<'_>,
    run: i64,
    outputs: &[Output],
) -> Result<i64, Failure> {
    let before = all(writing.connection, writing.sealer)?;
    let wanted: BTreeSet<&str> = outputs.iter().map(|new| new.name.as_str()).collect();
    for gone in before
        .iter()
        .filter(|old| !wanted.contains(old.name.as_str()))
    {
        delete(writing, run, &gone.name)?;
    }
    let mut version = 0;
    for output in outputs {
        let same = before
            .binary_search_by(|old| old.name.cmp(&output.name))
            .is_ok_and(|at| {
                let old = &before[at];
                (old.sensitive, &old.value, &old.value_type)
                    == (output.sensitive, &output.value, &output.value_type)
            });
        if !same {
            version = put(writing, run, output)?;
        }
    }
    Ok(version)
}

fn supersede(
    connection: &Connection,
    run: i64,
    name: &str,
    successor: i64,
) -> rusqlite::Result<bool> {
    let copied = connection
        .prepare_cached(
            "INSERT INTO old_outputs (name, sensitive, version, run, sealed, ended_run, ended_version)
             SELECT name, sensitive, version, run, sealed, ?2, ?3 FROM outputs WHERE name = ?1",
        )?
        .execute(params![name, run, successor])?;
    Ok(copied > 0)
}

/// The columns that [`decode`] reads.
pub(crate) const COLUMNS: &str = "name, sensitive, version, sealed";

/// Reads all outputs, sorted by name.
pub(crate) fn all(connection: &Connection, sealer: &Sealer) -> Result<Vec<Output>, Failure> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM outputs ORDER BY name"))?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(decode(sealer, row)?);
    }
    Ok(found)
}

pub(crate) fn decode(sealer: &Sealer, row: &rusqlite::Row<'_>) -> Result<Output, Failure> {
    let name: String = row.get(0)?;
    let version: i64 = row.get(2)?;
    let sealed = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
    let binding = Binding {
        purpose: Purpose::Output,
        name: &name,
        part: "",
        version,
    };
    let (value, value_type) = sealer
        .open(&mut Scratch::default(), &binding, sealed)
        .map_err(Failure::Refused)?;
    Ok(Output {
        sensitive: row.get(1)?,
        value,
        value_type,
        version: unsigned(version),
        name,
    })
}
