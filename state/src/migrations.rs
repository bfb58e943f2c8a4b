//! The schema, as an append-only list of migrations counted by `user_version`.
//!
//! An entry is never edited once released; a change of the schema is a new entry at the end. An older program
//! refuses a store with more entries than it knows.

use rusqlite::{Connection, TransactionBehavior};

/// Marks the file as a Trunkline state store (`TRKL`).
pub(crate) const APPLICATION_ID: i32 = 0x5452_4B4C;

/// The migrations, first to last. `user_version` is the number of those applied.
const MIGRATIONS: &[&str] = &[
    // 1: rows, outputs, runs, intents, listings, events, the lock's holder.
    "
    CREATE TABLE meta (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        lineage TEXT NOT NULL,
        seal_lineage TEXT NOT NULL,   -- what seals are bound to; never changes
        stamp TEXT NOT NULL CHECK (stamp IN ('live', 'sandbox')),
        serial INTEGER NOT NULL,
        last_version INTEGER NOT NULL,
        key_id TEXT NOT NULL,
        wrapped_key BLOB NOT NULL
    ) STRICT;

    CREATE TABLE instances (
        id INTEGER PRIMARY KEY,
        address TEXT NOT NULL,
        deposed TEXT NOT NULL,        -- '' for the current object
        module TEXT NOT NULL,
        mode TEXT NOT NULL CHECK (mode IN ('managed', 'data')),
        type TEXT NOT NULL,
        name TEXT NOT NULL,
        index_key ANY,                -- NULL, INTEGER (count) or TEXT (for_each)
        provider TEXT NOT NULL,
        schema_version INTEGER NOT NULL,
        flags INTEGER NOT NULL,       -- 1 tainted, 2 create_before_destroy
        dependencies TEXT NOT NULL,   -- one address a line
        version INTEGER NOT NULL,
        run INTEGER NOT NULL,
        action TEXT NOT NULL,
        sealed BLOB NOT NULL          -- attributes and private data
    ) STRICT;
    CREATE UNIQUE INDEX instances_key ON instances (address, deposed);

    CREATE TABLE old_instances (
        id INTEGER PRIMARY KEY,
        address TEXT NOT NULL,
        deposed TEXT NOT NULL,
        module TEXT NOT NULL,
        mode TEXT NOT NULL,
        type TEXT NOT NULL,
        name TEXT NOT NULL,
        index_key ANY,
        provider TEXT NOT NULL,
        schema_version INTEGER NOT NULL,
        flags INTEGER NOT NULL,
        dependencies TEXT NOT NULL,
        version INTEGER NOT NULL,
        run INTEGER NOT NULL,
        action TEXT NOT NULL,
        sealed BLOB NOT NULL,
        ended_run INTEGER NOT NULL,
        ended_action TEXT NOT NULL,
        ended_version INTEGER NOT NULL -- version of the successor, 0 when deleted
    ) STRICT;

    CREATE TABLE outputs (
        name TEXT PRIMARY KEY,
        sensitive INTEGER NOT NULL,
        version INTEGER NOT NULL,
        run INTEGER NOT NULL,
        sealed BLOB NOT NULL          -- value and type
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE old_outputs (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        sensitive INTEGER NOT NULL,
        version INTEGER NOT NULL,
        run INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        ended_run INTEGER NOT NULL,
        ended_version INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE runs (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        started TEXT NOT NULL,
        operation TEXT NOT NULL,
        who TEXT NOT NULL,
        git_commit TEXT,
        plan_digest TEXT,
        finished TEXT,
        result TEXT,                  -- NULL while running, or when the process died
        counts TEXT NOT NULL
    ) STRICT;

    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL,
        address TEXT NOT NULL,
        deposed TEXT NOT NULL,
        action TEXT NOT NULL,
        result TEXT NOT NULL,
        version INTEGER NOT NULL,
        sealed BLOB NOT NULL          -- detail
    ) STRICT;
    CREATE INDEX events_run ON events (run);

    CREATE TABLE intents (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        operation_id TEXT NOT NULL UNIQUE,
        run INTEGER NOT NULL,
        address TEXT NOT NULL,
        deposed TEXT NOT NULL,
        action TEXT NOT NULL,
        provider TEXT NOT NULL,
        type TEXT NOT NULL,
        sealed BLOB NOT NULL          -- payload and note
    ) STRICT;

    CREATE TABLE listings (
        run INTEGER NOT NULL,
        provider TEXT NOT NULL,
        type TEXT NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (run, provider, type)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE holder (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        id TEXT NOT NULL,
        who TEXT NOT NULL,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        since TEXT NOT NULL,
        operation TEXT NOT NULL
    ) STRICT;
    ",
    // 2: notes, which belong to the state as a whole.
    "
    CREATE TABLE notes (
        name TEXT PRIMARY KEY,
        sealed BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    ",
];

/// The format version that this program writes.
pub(crate) fn known_version() -> i64 {
    MIGRATIONS.len() as i64
}

/// The format version of an open store.
pub(crate) fn found_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Applies what is missing, in one transaction. Does nothing on a store that is up to date.
pub(crate) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    if found_version(connection)? >= known_version() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = found_version(&transaction)?;
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", known_version())?;
    transaction.commit()
}
