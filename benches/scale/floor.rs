//! The floor: what the same bytes and rows cost at the least on this machine, without any of our engine.
//!
//! Reading the configuration once with our lexer, inserting the sealed rows of a state into tables like its own with
//! one prepared statement each, reading them back. The rows are copied from a state that the program has written; they
//! are not sealed or opened again.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use trunkline::lang::lexer::{Start, lex};

use crate::measure::own_cpu;

/// CPU seconds of each part.
#[derive(Clone, Copy)]
pub struct Floor {
    /// Splitting the text into tokens.
    pub lex: f64,
    /// Inserting the rows in one transaction.
    pub insert: f64,
    /// Reading the rows.
    pub read: f64,
}

impl Floor {
    /// Of all its parts.
    pub fn whole(&self) -> f64 {
        self.lex + self.insert + self.read
    }
}

/// A table with its rows.
struct Table {
    name: String,
    columns: usize,
    rows: Vec<Vec<Value>>,
}

/// The tables of a database that are not the database's own.
fn tables(connection: &Connection) -> Vec<Table> {
    let names: Vec<String> = texts(
        connection,
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    );
    let table = |name: String| {
        let mut statement = connection
            .prepare(&format!("SELECT * FROM {name}"))
            .expect("a table can be read");
        let columns = statement.column_count();
        let rows = statement
            .query_map([], |row| (0..columns).map(|i| row.get(i)).collect())
            .and_then(Iterator::collect)
            .expect("rows can be read");
        Table {
            name,
            columns,
            rows,
        }
    };
    names.into_iter().map(table).collect()
}

fn texts(connection: &Connection, query: &str) -> Vec<String> {
    let mut statement = connection.prepare(query).expect("the statement is sound");
    let rows = statement.query_map([], |row| row.get(0));
    rows.and_then(Iterator::collect)
        .expect("the schema can be read")
}

/// Measures the floor of a configuration and of the state at `store`, which was made from it.
pub fn floor(text: &str, store: &Path) -> Floor {
    let began = own_cpu();
    let tokens = std::hint::black_box(lex(text, Start::Normal)).len();
    let lex = own_cpu() - began;
    assert!(tokens > 0, "a configuration has tokens");

    let state = Connection::open_with_flags(store, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .expect("the state opens");
    let schema = texts(
        &state,
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
    );
    let tables = tables(&state);
    drop(state);
    let dir = tempfile::tempdir().expect("a folder can be made");
    let mut connection = Connection::open(dir.path().join("floor.db")).expect("a database opens");
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
        .and_then(|()| connection.execute_batch(&schema.join(";")))
        .expect("tables can be made");

    let began = own_cpu();
    let transaction = connection.transaction().expect("a transaction begins");
    for table in &tables {
        let places = vec!["?"; table.columns].join(", ");
        let mut insert = transaction
            .prepare(&format!("INSERT INTO {} VALUES ({places})", table.name))
            .expect("the statement is sound");
        for row in &table.rows {
            insert
                .execute(params_from_iter(row))
                .expect("a row can be inserted");
        }
    }
    transaction.commit().expect("a transaction commits");
    let insert = own_cpu() - began;

    let began = own_cpu();
    let mut bytes = 0;
    for table in &tables {
        let mut select = connection
            .prepare(&format!("SELECT * FROM {}", table.name))
            .expect("the statement is sound");
        let mut rows = select.query([]).expect("rows can be read");
        while let Some(row) = rows.next().expect("rows can be read") {
            for column in 0..table.columns {
                let value = row.get_ref(column).expect("there is such a column");
                bytes += value
                    .as_bytes_or_null()
                    .ok()
                    .flatten()
                    .map_or(8, <[u8]>::len);
            }
        }
    }
    assert!(bytes > 0, "a state has rows");
    Floor {
        lex,
        insert,
        read: own_cpu() - began,
    }
}
