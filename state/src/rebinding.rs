//! A statement that is executed again and again with parameters of which most stay as they are.
//!
//! What is bound stays bound, so only what changes is copied to SQLite again. It must not know what the statement does.

use std::sync::Arc;

use rusqlite::types::ToSql;
use rusqlite::{CachedStatement, Connection};

/// The statement, and what its parameters are bound to.
pub(crate) struct Rebinding<'c> {
    statement: CachedStatement<'c>,
    /// By the place of the parameter.
    bound: Vec<Bound>,
}

/// What a parameter is bound to.
#[derive(Clone)]
enum Bound {
    /// Nothing yet, or another value each time.
    Unknown,
    Number(i64),
    Text(String),
    Shared(Arc<str>),
}

impl<'c> Rebinding<'c> {
    /// Prepares the statement; nothing is bound yet.
    pub(crate) fn new(connection: &'c Connection, sql: &str) -> rusqlite::Result<Rebinding<'c>> {
        let statement = connection.prepare_cached(sql)?;
        let bound = vec![Bound::Unknown; statement.parameter_count() + 1];
        Ok(Rebinding { statement, bound })
    }

    /// Binds a parameter (from 1) whose value is another one each time.
    pub(crate) fn bind(&mut self, at: usize, value: impl ToSql) -> rusqlite::Result<()> {
        self.statement.raw_bind_parameter(at, value)
    }

    /// Binds a parameter whose text is often the same as the last time.
    pub(crate) fn text(&mut self, at: usize, text: &str) -> rusqlite::Result<()> {
        if matches!(&self.bound[at], Bound::Text(bound) if bound == text) {
            return Ok(());
        }
        self.statement.raw_bind_parameter(at, text)?;
        match &mut self.bound[at] {
            Bound::Text(bound) => text.clone_into(bound),
            other => *other = Bound::Text(text.to_owned()),
        }
        Ok(())
    }

    /// Binds a parameter whose text is often the very one of the last time. It is told by its place in memory: beside the
    /// text lies the count of those who share it, which other threads change all the time.
    pub(crate) fn shared(&mut self, at: usize, text: &Arc<str>) -> rusqlite::Result<()> {
        if matches!(&self.bound[at], Bound::Shared(bound) if Arc::ptr_eq(bound, text)) {
            return Ok(());
        }
        self.statement.raw_bind_parameter(at, &**text)?;
        self.bound[at] = Bound::Shared(Arc::clone(text));
        Ok(())
    }

    /// Binds a parameter whose number is often the same as the last time.
    pub(crate) fn number(&mut self, at: usize, number: i64) -> rusqlite::Result<()> {
        if matches!(self.bound[at], Bound::Number(bound) if bound == number) {
            return Ok(());
        }
        self.statement.raw_bind_parameter(at, number)?;
        self.bound[at] = Bound::Number(number);
        Ok(())
    }

    /// Executes the statement; gives how many rows it has changed.
    pub(crate) fn execute(&mut self) -> rusqlite::Result<usize> {
        self.statement.raw_execute()
    }
}
