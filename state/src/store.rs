//! The store: opening, reading, locking, keys. The crate's front door.
//!
//! It must not hold SQL beyond the `meta` row; each subject's file does.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

use crate::backup;
use crate::check::{self, Violation};
use crate::commit::{CHECKS, Command, Failure};
use crate::connection::{Role, connect, damaged, inspect, upgrade};
use crate::create::create;
use crate::error::StateError;
use crate::filesystem::{Trust, trust};
use crate::history::{self, Event, RunRecord, RunStart, Superseded};
use crate::intents::{self, Intent};
use crate::keys::{CreatedKey, KeySource, StateKey};
use crate::lock::{self, Holder, LockGuard, LockRequest};
use crate::notes;
use crate::outputs::{self, Output};
use crate::reseal::{Rotation, record, reseal};
use crate::rows::{self, Row, RowName, unsigned};
use crate::run::RunWriter;
use crate::seal::{Binding, Common, Fingerprinting, Purpose, Scratch, Sealer, unwrap};
use crate::ticket::Ticket;
use crate::writer::{Queue, WriteCounts};

/// Whether a store is of the real world or of a rehearsal; set when it is made, checked whenever it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// Its objects exist at the vendors.
    Live,
    /// Its objects exist in the sandbox.
    Sandbox,
}

impl Stamp {
    /// `live` or `sandbox`.
    pub fn as_str(self) -> &'static str {
        match self {
            Stamp::Live => "live",
            Stamp::Sandbox => "sandbox",
        }
    }
}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// The store's file; its directory must exist.
    pub path: PathBuf,
    /// What the store must be (and a new one becomes).
    pub stamp: Stamp,
    /// Where its key is looked for.
    pub keys: KeySource,
    /// Make the store if there is none.
    pub create: bool,
    /// Lineage of a store that is made (that of a state to be taken over); a random one otherwise.
    pub lineage: Option<String>,
}

/// Everything committed, as of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The state's lineage.
    pub lineage: String,
    /// The state's serial: grows by one with every transaction that changes rows or outputs.
    pub serial: u64,
    /// All rows, sorted by address and deposed key (as texts).
    pub rows: Vec<Arc<Row>>,
    /// All outputs, sorted by name.
    pub outputs: Vec<Output>,
    /// The results of checks, as they were written; empty when there are none.
    pub checks: Vec<u8>,
    /// All pending intents, oldest first. Not empty: an earlier process died, or is at work.
    pub intents: Vec<Intent>,
}

/// An open state store. Share it by reference or in an `Arc`.
///
/// Reads see what is committed, block briefly on the disk, and never wait for the lock or a writer; call them
/// where blocking is fine. Dropping the store commits what is queued.
pub struct Store {
    path: PathBuf,
    stamp: Stamp,
    keys: KeySource,
    key_created: Option<CreatedKey>,
    warnings: Vec<String>,
    seal_lineage: String,
    sealer: Arc<Sealer>,
    common: Common,
    reader: Mutex<Connection>,
    queue: Arc<Queue>,
}

/// What a path leads to, where it is a symbolic link, also to what is not there yet: lock, log and database lie
/// together, whoever comes by which way.
fn followed(path: PathBuf) -> PathBuf {
    // As many as an operating system follows.
    const MOST: usize = 40;
    let mut at = path.clone();
    for _ in 0..MOST {
        match std::fs::read_link(&at) {
            Ok(target) => at = at.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return at,
        }
    }
    path
}

/// The `meta` row.
struct Meta {
    lineage: String,
    seal_lineage: String,
    stamp: String,
    serial: i64,
    key_id: String,
    wrapped_key: Vec<u8>,
}

impl Store {
    /// Opens the store, or makes it where that is asked for.
    pub fn open(options: OpenOptions) -> Result<Store, StateError> {
        Store::open_with(options, Queue::new)
    }

    /// As [`Store::open`], but without a writer thread: whoever waits for a write makes it. For simulations that
    /// must be repeatable; it blocks where the other does not.
    pub fn open_inline(options: OpenOptions) -> Result<Store, StateError> {
        Store::open_with(options, Queue::inline)
    }

    fn open_with(
        options: OpenOptions,
        queue: fn(PathBuf, Arc<Sealer>) -> Queue,
    ) -> Result<Store, StateError> {
        let path = followed(options.path);
        let options = OpenOptions {
            path: path.clone(),
            ..options
        };
        let mut warnings = Vec::new();
        match trust(&path) {
            Trust::Local => {}
            Trust::Network(kind) => return Err(StateError::NetworkFileSystem { path, kind }),
            Trust::Doubtful(kind) => warnings.push(format!(
                "{} lies on a shared file system ({kind}); use it from one machine at a time only, or keep the store on a local disk.",
                path.display()
            )),
        }
        let mut key_created = None;
        if !path.exists() {
            if !options.create {
                return Err(StateError::NotFound { path });
            }
            key_created = create(&options)?;
        }
        inspect(&path)?;
        let reader = connect(&path, Role::Read)?;
        upgrade(&path, &reader)?;
        let meta = read_meta(&path, &reader)?;
        if meta.stamp != options.stamp.as_str() {
            return Err(StateError::WrongStamp {
                path,
                wanted: options.stamp.as_str(),
                found: meta.stamp,
            });
        }
        let key = options.keys.find(&path, &meta.key_id)?;
        warnings.extend(options.keys.exposure(&meta.key_id));
        let data = unwrap(
            key.bytes(),
            &meta.key_id,
            &meta.seal_lineage,
            &meta.wrapped_key,
        )?;
        let sealer = Arc::new(Sealer::new(&data, &meta.seal_lineage)?);
        Ok(Store {
            queue: Arc::new(queue(path.clone(), Arc::clone(&sealer))),
            path,
            stamp: options.stamp,
            keys: options.keys,
            key_created,
            warnings,
            seal_lineage: meta.seal_lineage,
            sealer,
            common: Common::new(key.bytes()),
            reader: Mutex::new(reader),
        })
    }

    /// The store's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Live or sandbox.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// The key file that opening made, to be told to the user once.
    pub fn key_created(&self) -> Option<&CreatedKey> {
        self.key_created.as_ref()
    }

    /// What the user should know about where the store and its key lie; full sentences.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The state's lineage.
    pub fn lineage(&self) -> Result<String, StateError> {
        Ok(read_meta(&self.path, &self.read())?.lineage)
    }

    /// The state's serial.
    pub fn serial(&self) -> Result<u64, StateError> {
        Ok(unsigned(read_meta(&self.path, &self.read())?.serial))
    }

    /// The id of the key that the store is sealed with.
    pub fn key_id(&self) -> Result<String, StateError> {
        Ok(read_meta(&self.path, &self.read())?.key_id)
    }

    /// Takes the state lock, waiting up to the request's timeout.
    pub fn lock(&self, request: LockRequest) -> Result<LockGuard, StateError> {
        lock::acquire(&self.path, request, Arc::clone(&self.queue))
    }

    /// Who holds the lock, or held it when it died.
    pub fn holder(&self) -> Result<Option<Holder>, StateError> {
        lock::read_holder(&self.path, &self.read())
    }

    /// Removes the record of a holder that died, if its id is `id`. A living holder's lock cannot be taken away:
    /// it is an error that names the holder. (A record that is left behind hinders nobody; the next holder
    /// replaces it.)
    pub fn force_unlock(&self, id: &str) -> Result<(), StateError> {
        lock::force_unlock(&self.path, id)
    }

    /// Copies everything committed to a new file, sealed as it is. Refused if there is a file already. Neither
    /// the lock nor a writer is waited for.
    pub fn backup(&self, to: &Path) -> Result<(), StateError> {
        backup::backup(&self.path, to)
    }

    /// Copies everything committed to where another store was, or is and cannot be used any more. What is left of that is
    /// set aside under the name that is given back.
    pub fn replace(&self, to: &Path) -> Result<Option<PathBuf>, StateError> {
        backup::replace(&self.path, &followed(to.to_path_buf()))
    }

    /// Reads everything committed, in one consistent view.
    pub fn snapshot(&self) -> Result<Snapshot, StateError> {
        self.reading(|connection, sealer| {
            let (lineage, serial) =
                connection.query_row("SELECT lineage, serial FROM meta", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            Ok(Snapshot {
                lineage,
                serial: unsigned(serial),
                rows: rows::all(connection, sealer)?,
                outputs: outputs::all(connection, sealer)?,
                checks: notes::get(connection, sealer, CHECKS)?.unwrap_or_default(),
                intents: intents::all(connection, sealer)?,
            })
        })
    }

    /// Reads one row.
    pub fn row(&self, key: &RowName) -> Result<Option<Row>, StateError> {
        self.reading(|connection, sealer| rows::get(connection, sealer, key))
    }

    /// Reads all outputs, sorted by name.
    pub fn outputs(&self) -> Result<Vec<Output>, StateError> {
        self.reading(outputs::all)
    }

    /// Writes a note beside the state (empty removes it). The serial does not count it, and it is of no run.
    pub fn put_note(&self, name: impl Into<String>, text: Vec<u8>) -> Ticket {
        let command = Command::PutNote {
            name: name.into(),
            text,
            counts: false,
        };
        self.queue.push(command, true)
    }

    /// Reads a note.
    pub fn note(&self, name: &str) -> Result<Option<Vec<u8>>, StateError> {
        self.reading(|connection, sealer| notes::get(connection, sealer, name))
    }

    /// Reads all pending intents, oldest first.
    pub fn intents(&self) -> Result<Vec<Intent>, StateError> {
        self.reading(intents::all)
    }

    /// The listing that a run kept of a type's ids before its first create.
    pub fn listing(
        &self,
        run: &str,
        provider: &str,
        type_name: &str,
    ) -> Result<Option<Vec<u8>>, StateError> {
        self.reading(|connection, sealer| {
            intents::listing(connection, sealer, run, provider, type_name)
        })
    }

    /// Begins a run. Nothing is written before the run's first durable write, flush or finish.
    pub fn begin_run(&self, start: RunStart) -> RunWriter {
        RunWriter::begin(Arc::clone(&self.queue), start)
    }

    /// All runs, oldest first.
    pub fn runs(&self) -> Result<Vec<RunRecord>, StateError> {
        self.reading(|connection, _| history::runs(connection))
    }

    /// What a run changed: first what it wrote, in its order, then what it deleted.
    pub fn run_changes(&self, run: &str) -> Result<Vec<Superseded>, StateError> {
        self.reading(|connection, sealer| history::run_changes(connection, sealer, run))
    }

    /// What happened in a run without a change of rows, in its order.
    pub fn run_events(&self, run: &str) -> Result<Vec<Event>, StateError> {
        self.reading(|connection, sealer| history::run_events(connection, sealer, run))
    }

    /// The rows as they stood when a run had ended, sorted as in a snapshot.
    pub fn rows_after(&self, run: &str) -> Result<Vec<Row>, StateError> {
        self.reading(|connection, sealer| history::rows_after(connection, sealer, run))
    }

    /// The outputs as they stood when a run had ended, sorted by name.
    pub fn outputs_after(&self, run: &str) -> Result<Vec<Output>, StateError> {
        self.reading(|connection, sealer| history::outputs_after(connection, sealer, run))
    }

    /// A keyed hash in hexadecimal (HMAC-SHA-256 under the state's fingerprint key): for write-only values. It stays
    /// the same for the life of the state, whatever key rotations there are.
    pub fn fingerprint(&self, bytes: &[u8]) -> String {
        self.sealer.fingerprint(bytes)
    }

    /// A keyed hash in hexadecimal that is the same in every store opened with this store's key, new ones included:
    /// for what is compared between checkouts. Another key gives another one. The bytes come in parts.
    #[must_use]
    pub fn common_fingerprint(&self) -> Fingerprinting {
        self.common.fingerprint()
    }

    /// Seals bytes that are kept outside the store, such as a saved plan's values; bound to `purpose` and lineage.
    pub fn seal_blob(&self, purpose: &str, bytes: &[u8]) -> Result<Vec<u8>, StateError> {
        let mut sealed = Vec::new();
        self.sealer.seal(
            &mut Scratch::default(),
            &blob_binding(purpose),
            bytes,
            &[],
            &mut sealed,
        )?;
        Ok(sealed)
    }

    /// Opens what [`Self::seal_blob`] sealed for the same purpose.
    pub fn open_blob(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, StateError> {
        Ok(self
            .sealer
            .open(&mut Scratch::default(), &blob_binding(purpose), sealed)?
            .0)
    }

    /// The store's key, for `state key export`.
    pub fn export_key(&self) -> Result<StateKey, StateError> {
        let id = self.key_id()?;
        self.keys.find(&self.path, &id)
    }

    /// Replaces the store's key, in one transaction. A key file that this makes is returned; the old one stays,
    /// because backups need it. Take the lock first; other open stores of this file cannot read what is sealed anew.
    pub fn rotate_key(self, rotation: Rotation) -> Result<Option<CreatedKey>, StateError> {
        // Everything queued is sealed with the old key, so it goes first.
        self.queue.close();
        let meta = read_meta(&self.path, &self.read())?;
        let old = self.keys.find(&self.path, &meta.key_id)?;
        let mut data = unwrap(
            old.bytes(),
            &meta.key_id,
            &self.seal_lineage,
            &meta.wrapped_key,
        )?;
        let (key, created) = match rotation.key {
            Some(key) => (key, None),
            None => self
                .keys
                .create()
                .map(|(key, created)| (key, Some(created)))?,
        };
        let mut connection = connect(&self.path, Role::Write)?;
        let mut rotate = || -> Result<(), Failure> {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if rotation.reseal {
                data = data.renewed().map_err(Failure::Refused)?;
                let sealer = Sealer::new(&data, &self.seal_lineage).map_err(Failure::Refused)?;
                reseal(&transaction, &self.sealer, &sealer)?;
            }
            record(&transaction, &key, &self.seal_lineage, &data)?;
            Ok(transaction.commit()?)
        };
        rotate().map_err(|failure| failure.into_error(&self.path, "replace its key"))?;
        Ok(created)
    }

    /// Verifies the whole store against the integrity rules; empty when all hold. Costs in proportion to the
    /// store, history included.
    pub fn check(&self) -> Result<Vec<Violation>, StateError> {
        self.reading(check::check)
    }

    /// Where its writes are queued.
    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    /// How much was written since the store was opened.
    pub fn write_counts(&self) -> WriteCounts {
        self.queue.counts()
    }

    fn read(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads within one transaction, so that all of it is of one moment.
    fn reading<T>(
        &self,
        read: impl FnOnce(&Connection, &Sealer) -> Result<T, Failure>,
    ) -> Result<T, StateError> {
        let mut connection = self.read();
        let attempt = || -> Result<T, Failure> {
            let transaction = connection.transaction()?;
            let found = read(&transaction, &self.sealer)?;
            transaction.commit()?;
            Ok(found)
        };
        attempt().map_err(|failure| failure.into_error(&self.path, "be read"))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Store")
            .field("path", &self.path)
            .field("stamp", &self.stamp)
            .finish_non_exhaustive()
    }
}

fn blob_binding(purpose: &str) -> Binding<'_> {
    Binding {
        purpose: Purpose::Blob,
        name: purpose,
        part: "",
        version: 0,
    }
}

fn read_meta(path: &Path, connection: &Connection) -> Result<Meta, StateError> {
    connection
        .query_row(
            "SELECT lineage, seal_lineage, stamp, serial, key_id, wrapped_key FROM meta",
            [],
            |row| {
                Ok(Meta {
                    lineage: row.get(0)?,
                    seal_lineage: row.get(1)?,
                    stamp: row.get(2)?,
                    serial: row.get(3)?,
                    key_id: row.get(4)?,
                    wrapped_key: row.get(5)?,
                })
            },
        )
        .map_err(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => damaged(path, "its identity row is missing"),
            other => StateError::storage(path, "be read", &other),
        })
}
