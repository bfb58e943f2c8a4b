//! Notes: single documents that belong to the state as a whole, such as the results of its checks; by name.
//!
//! A note has no history. It must not know what a note says.

use rusqlite::{Connection, OptionalExtension, params};

use crate::commit::{Failure, Writing};
use crate::seal::{Binding, Purpose, Scratch, Sealer};

/// Writes a note, or removes it when it is empty. True when it says something else than before.
pub(crate) fn put(writing: &mut Writing<'_>, name: &str, text: &[u8]) -> Result<bool, Failure> {
    let before = get(writing.connection, writing.sealer, name)?;
    if before.as_deref().unwrap_or_default() == text {
        return Ok(false);
    }
    if text.is_empty() {
        writing
            .connection
            .prepare_cached("DELETE FROM notes WHERE name = ?1")?
            .execute([name])?;
        return Ok(true);
    }
    writing.seal(&binding(name), text, &[])?;
    writing
        .connection
        .prepare_cached("INSERT OR REPLACE INTO notes (name, sealed) VALUES (?1, ?2)")?
        .execute(params![name, writing.sealed()])?;
    Ok(true)
}

/// Reads a note.
pub(crate) fn get(
    connection: &Connection,
    sealer: &Sealer,
    name: &str,
) -> Result<Option<Vec<u8>>, Failure> {
    let sealed: Option<Vec<u8>> = connection
        .prepare_cached("SELECT sealed FROM notes WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    let Some(sealed) = sealed else {
        return Ok(None);
    };
    let opened = sealer.open(&mut Scratch::default(), &binding(name), &sealed);
    Ok(Some(opened.map_err(Failure::Refused)?.0))
}

/// What a note's payload is bound to.
pub(crate) fn binding(name: &str) -> Binding<'_> {
    Binding {
        purpose: Purpose::Note,
        name,
        part: "",
        version: 0,
    }
}
