//! Rows: one instance (or one deposed object of it) each; writing, reading, superseding.
//!
//! A row that is overwritten or deleted moves to `old_instances` as it is, sealed: that is the history. It must
//! not know what attributes mean.

use std::fmt;
use std::sync::Arc;

use rusqlite::types::{ToSql, ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, params};

use crate::commit::{Failure, Writing};
use crate::rebinding::Rebinding;
use crate::seal::{Binding, Purpose, Scratch, Sealer};

/// What kind of object a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A `resource`.
    Managed,
    /// A `data` source.
    Data,
}

impl Mode {
    /// Terraform's word, as in tfstate v4: `managed` or `data`.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Managed => "managed",
            Mode::Data => "data",
        }
    }
}

/// The key of an instance of a resource with `count` or `for_each`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndexKey {
    /// `count`: zero-based.
    Int(i64),
    /// `for_each`.
    Str(Arc<str>),
}

/// Names one row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowName {
    /// The instance's address, such as `module.a["x"].type.name[0]`.
    pub address: String,
    /// The deposed key, if it is a deposed object; never an empty text.
    pub deposed: Option<String>,
}

impl RowName {
    /// The current object of an instance.
    pub fn current(address: impl Into<String>) -> Self {
        RowName {
            address: address.into(),
            deposed: None,
        }
    }

    /// A deposed object of an instance.
    pub fn deposed(address: impl Into<String>, key: impl Into<String>) -> Self {
        RowName {
            address: address.into(),
            deposed: Some(key.into()),
        }
    }

    pub(crate) fn part(&self) -> &str {
        self.deposed.as_deref().unwrap_or("")
    }

    /// Checks what the store needs of a name: no empty parts, no line breaks.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        // Without an early end, so that many bytes are looked at in one step.
        let breaks = |text: &str| {
            text.bytes()
                .fold(false, |found, b| found | (b == b'\n') | (b == 0))
        };
        let fine = |text: &str| !text.is_empty() && !breaks(text);
        if fine(&self.address) && self.deposed.as_deref().is_none_or(fine) {
            return Ok(());
        }
        Err(Failure::refused(
            "write a row",
            format!("{:?} is not an address", self.address),
        ))
    }
}

impl fmt::Display for RowName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.deposed {
            None => formatter.write_str(&self.address),
            Some(key) => write!(formatter, "{} (deposed object {key})", self.address),
        }
    }
}

/// An instance as stored. `Debug` leaves attributes and private data out.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// Which instance, and which object of it.
    pub key: RowName,
    /// The module instance that holds it, such as `module.a["x"]`; empty for the root.
    pub module: Arc<str>,
    /// Managed or data.
    pub mode: Mode,
    /// The resource type.
    pub type_name: Arc<str>,
    /// The resource's name.
    pub name: Arc<str>,
    /// The instance's key, if its resource has `count` or `for_each`.
    pub index_key: Option<IndexKey>,
    /// The provider configuration that manages it, in Terraform's text form.
    pub provider: Arc<str>,
    /// Version of the resource type's schema that the attributes follow.
    pub schema_version: u64,
    /// Must be replaced.
    pub tainted: bool,
    /// Its replacement is created before it is destroyed.
    pub create_before_destroy: bool,
    /// Addresses of the resources that it depends on, sorted by the caller.
    pub dependencies: Arc<[String]>,
    /// The object: bytes (JSON) that the store does not look into; sealed at rest.
    pub attributes: Vec<u8>,
    /// The provider's own data (and what else the caller keeps by its side); sealed at rest.
    pub private: Vec<u8>,
    /// Set by the store: unique over all rows and outputs ever written to it, so a row that was deleted and made
    /// again has another one. Ignored when writing.
    pub version: u64,
}

impl fmt::Debug for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Row")
            .field("key", &self.key)
            .field("provider", &self.provider)
            .field("schema_version", &self.schema_version)
            .field("tainted", &self.tainted)
            .field("create_before_destroy", &self.create_before_destroy)
            .field("dependencies", &self.dependencies)
            .field(
                "attributes",
                &format_args!("{} bytes", self.attributes.len()),
            )
            .field("private", &format_args!("{} bytes", self.private.len()))
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

const TAINTED: i64 = 1;
const CREATE_BEFORE_DESTROY: i64 = 2;

/// The columns that a row is read from; see [`Decoder`].
pub(crate) const COLUMNS: &str = "address, deposed, module, mode, type, name, index_key, provider, schema_version, \
                                  flags, dependencies, version, sealed";

/// Which run does it, and what it calls the act (`create`, `update`, `refresh`…).
#[derive(Clone, Copy)]
pub(crate) struct Cause<'a> {
    pub run: i64,
    pub action: &'a str,
}

impl ToSql for IndexKey {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            IndexKey::Int(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            IndexKey::Str(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

/// Writes a row; what was there before becomes history. Returns the row's new version.
pub(crate) fn put(writing: &mut Writing<'_>, cause: Cause<'_>, row: &Row) -> Result<i64, Failure> {
    row.key.check()?;
    let schema_version = i64::try_from(row.schema_version).map_err(|_| {
        Failure::refused(
            "write a row",
            format!("{}: its schema version is too large", row.key),
        )
    })?;
    let dependencies = join_dependencies(&row.dependencies)?;
    let version = writing.next_version();
    let (name, part) = (row.key.address.as_str(), row.key.part());
    writing.seal(
        &Binding {
            purpose: Purpose::Row,
            name,
            part,
            version,
        },
        &row.attributes,
        &row.private,
    )?;
    let flags = if row.tainted { TAINTED } else { 0 }
        | if row.create_before_destroy {
            CREATE_BEFORE_DESTROY
        } else {
            0
        };
    let write = |statement: &mut Rebinding<'_>, sealed: &[u8]| -> rusqlite::Result<bool> {
        statement.bind(1, name)?;
        statement.text(2, part)?;
        statement.shared(3, &row.module)?;
        statement.text(4, row.mode.as_str())?;
        statement.shared(5, &row.type_name)?;
        statement.bind(6, &*row.name)?;
        statement.bind(7, &row.index_key)?;
        statement.shared(8, &row.provider)?;
        statement.number(9, schema_version)?;
        statement.number(10, flags)?;
        statement.text(11, &dependencies)?;
        statement.bind(12, version)?;
        statement.number(13, cause.run)?;
        statement.text(14, cause.action)?;
        statement.bind(15, sealed)?;
        Ok(statement.execute()? > 0)
    };
    let mut insert = match writing.inserting.take() {
        Some(insert) => insert,
        None => Rebinding::new(writing.connection, INSERT)?,
    };
    // A run makes many new rows or changes many old ones: what the last one was is tried first.
    let mut new = *writing.new_rows() && write(&mut insert, writing.sealed())?;
    if !new {
        new = !supersede(writing.connection, cause, &row.key, version)?;
        if new {
            write(&mut insert, writing.sealed())?;
        } else {
            let mut update = Rebinding::new(writing.connection, UPDATE)?;
            write(&mut update, writing.sealed())?;
        }
    }
    writing.inserting = Some(insert);
    *writing.new_rows() = new;
    writing.changed();
    Ok(version)
}

/// Writes a row where there is none of its name.
const INSERT: &str =
    "INSERT INTO instances (address, deposed, module, mode, type, name, index_key, provider,
         schema_version, flags, dependencies, version, run, action, sealed)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
     ON CONFLICT (address, deposed) DO NOTHING";

/// Writes a row over the one of its name.
const UPDATE: &str = "UPDATE instances SET module = ?3, mode = ?4, type = ?5, name = ?6, index_key = ?7, provider = ?8,
         schema_version = ?9, flags = ?10, dependencies = ?11, version = ?12, run = ?13, action = ?14, sealed = ?15
     WHERE address = ?1 AND deposed = ?2";

/// Deletes a row; true if it was there.
pub(crate) fn delete(
    writing: &mut Writing<'_>,
    cause: Cause<'_>,
    key: &RowName,
) -> Result<bool, Failure> {
    if !supersede(writing.connection, cause, key, 0)? {
        return Ok(false);
    }
    writing
        .connection
        .prepare_cached("DELETE FROM instances WHERE address = ?1 AND deposed = ?2")?
        .execute(params![key.address, key.part()])?;
    writing.changed();
    Ok(true)
}

/// Gives a row another name (and what follows from it); its attributes are sealed anew for the new name.
pub(crate) fn rename(
    writing: &mut Writing<'_>,
    cause: Cause<'_>,
    from: &RowName,
    to: &Row,
) -> Result<i64, Failure> {
    let refused = |reason: String| Failure::refused("move a row", reason);
    if get(writing.connection, writing.sealer, &to.key)?.is_some() {
        return Err(refused(format!("{} exists already", to.key)));
    }
    let version = put(writing, cause, to)?;
    if !supersede(writing.connection, cause, from, version)? {
        return Err(refused(format!("there is no {from}")));
    }
    writing
        .connection
        .prepare_cached("DELETE FROM instances WHERE address = ?1 AND deposed = ?2")?
        .execute(params![from.address, from.part()])?;
    Ok(version)
}

/// Copies a row to the history, still sealed; false if there is none.
fn supersede(
    connection: &Connection,
    cause: Cause<'_>,
    key: &RowName,
    successor: i64,
) -> rusqlite::Result<bool> {
    let copied = connection
        .prepare_cached(
            "INSERT INTO old_instances (address, deposed, module, mode, type, name, index_key, provider, schema_version,
                 flags, dependencies, version, run, action, sealed, ended_run, ended_action, ended_version)
             SELECT address, deposed, module, mode, type, name, index_key, provider, schema_version,
                 flags, dependencies, version, run, action, sealed, ?3, ?4, ?5
             FROM instances WHERE address = ?1 AND deposed = ?2",
        )?
        .execute(params![key.address, key.part(), cause.run, cause.action, successor])?;
    Ok(copied > 0)
}

/// Reads one row.
pub(crate) fn get(
    connection: &Connection,
    sealer: &Sealer,
    key: &RowName,
) -> Result<Option<Row>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM instances WHERE address = ?1 AND deposed = ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![key.address, key.part()])?;
    match rows.next()? {
        Some(row) => Ok(Some(Decoder::new(sealer).decode(row)?)),
        None => Ok(None),
    }
}

/// Reads all rows, sorted by address and deposed key.
pub(crate) fn all(connection: &Connection, sealer: &Sealer) -> Result<Vec<Arc<Row>>, Failure> {
    let count: i64 =
        connection.query_row("SELECT count(*) FROM instances", [], |row| row.get(0))?;
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM instances"))?;
    let mut rows = statement.query([])?;
    let mut found = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
    let mut decoder = Decoder::new(sealer);
    while let Some(row) = rows.next()? {
        found.push(Arc::new(decoder.decode(row)?));
    }
    found.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(found)
}

/// Turns result rows (of [`COLUMNS`], in that order) into [`Row`]s; neighbours share equal texts.
pub(crate) struct Decoder<'a> {
    sealer: &'a Sealer,
    scratch: Scratch,
    module: Arc<str>,
    type_name: Arc<str>,
    name: Arc<str>,
    provider: Arc<str>,
    dependencies_text: String,
    dependencies: Arc<[String]>,
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(sealer: &'a Sealer) -> Self {
        Decoder {
            sealer,
            scratch: Scratch::default(),
            module: Arc::default(),
            type_name: Arc::default(),
            name: Arc::default(),
            provider: Arc::default(),
            dependencies_text: String::new(),
            dependencies: Arc::default(),
        }
    }

    pub(crate) fn decode(&mut self, row: &rusqlite::Row<'_>) -> Result<Row, Failure> {
        let text = |at: usize| -> rusqlite::Result<&str> { Ok(row.get_ref(at)?.as_str()?) };
        let bytes = |at: usize| -> rusqlite::Result<&[u8]> { Ok(row.get_ref(at)?.as_bytes()?) };
        let (address, deposed) = (text(0)?, text(1)?);
        let mode = if bytes(3)? == b"data" {
            Mode::Data
        } else {
            Mode::Managed
        };
        let index_key = match row.get_ref(6)? {
            ValueRef::Integer(number) => Some(IndexKey::Int(number)),
            ValueRef::Text(bytes) => Some(IndexKey::Str(String::from_utf8_lossy(bytes).into())),
            _ => None,
        };
        share(&mut self.module, bytes(2)?)?;
        share(&mut self.type_name, bytes(4)?)?;
        share(&mut self.name, bytes(5)?)?;
        share(&mut self.provider, bytes(7)?)?;
        let dependencies = bytes(10)?;
        if *dependencies != *self.dependencies_text.as_bytes() {
            let dependencies = utf8(dependencies)?;
            self.dependencies = dependencies.lines().map(str::to_owned).collect();
            dependencies.clone_into(&mut self.dependencies_text);
        }
        let flags: i64 = row.get(9)?;
        let version: i64 = row.get(11)?;
        let sealed = row.get_ref(12)?.as_blob().map_err(rusqlite::Error::from)?;
        let binding = Binding {
            purpose: Purpose::Row,
            name: address,
            part: deposed,
            version,
        };
        let (attributes, private) = self
            .sealer
            .open(&mut self.scratch, &binding, sealed)
            .map_err(Failure::Refused)?;
        Ok(Row {
            key: RowName {
                address: address.to_owned(),
                deposed: (!deposed.is_empty()).then(|| deposed.to_owned()),
            },
            module: Arc::clone(&self.module),
            mode,
            type_name: Arc::clone(&self.type_name),
            name: Arc::clone(&self.name),
            index_key,
            provider: Arc::clone(&self.provider),
            schema_version: unsigned(row.get(8)?),
            tainted: flags & TAINTED != 0,
            create_before_destroy: flags & CREATE_BEFORE_DESTROY != 0,
            dependencies: Arc::clone(&self.dependencies),
            attributes,
            private,
            version: unsigned(version),
        })
    }
}

/// Keeps a shared text if it is the same as before, so that neighbours use one allocation.
fn share(shared: &mut Arc<str>, text: &[u8]) -> rusqlite::Result<()> {
    if *shared.as_bytes() != *text {
        *shared = Arc::from(utf8(text)?);
    }
    Ok(())
}

/// The bytes of a column as a text, as [`ValueRef::as_str`] has it.
fn utf8(bytes: &[u8]) -> rusqlite::Result<&str> {
    Ok(ValueRef::Text(bytes).as_str()?)
}

fn join_dependencies(dependencies: &[String]) -> Result<String, Failure> {
    if let Some(bad) = dependencies
        .iter()
        .find(|address| address.is_empty() || address.contains('\n'))
    {
        return Err(Failure::refused(
            "write a row",
            format!("the dependency {bad:?} is not an address"),
        ));
    }
    Ok(dependencies.join("\n"))
}

/// A number that the store itself wrote as non-negative.
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
