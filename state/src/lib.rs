//! The state store: rows, journal, history, locks, sealing.
//!
//! What a state is here, and what is handed on:
//!  1. [`Store::open`] finds or makes the SQLite file, checks that it is ours, whole, not newer and
//!     stamped for what is asked ([`Stamp`]), and unwraps its data key ([`KeySource`]).
//!  2. [`Store::lock`] takes the state lock ([`LockGuard`]); readers never need it.
//!  3. [`Store::snapshot`] reads everything committed, in one consistent view ([`Snapshot`]).
//!  4. [`Store::begin_run`] opens a run ([`RunWriter`]): every change belongs to one. Intents go in
//!     before an outside effect ([`Intent`]), and are settled with their results after it.
//!  5. One writer thread commits what is queued, in the order in which it was queued, everything that
//!     waits in one transaction; each call gives a [`Ticket`] to wait for or poll.
//!  6. [`Store::runs`], [`Store::run_changes`] and [`Store::rows_after`] read history back;
//!     [`Store::check`] verifies the whole.
//!
//! The crate must not know values (attributes are bytes to it), read the environment or the clock
//! (callers pass keys, ids and times in), print, or run on an async executor.

mod backup;
mod check;
mod commit;
mod connection;
mod create;
mod error;
mod filesystem;
mod history;
mod intents;
mod keys;
mod legacy;
mod lock;
mod migrations;
mod notes;
mod outputs;
mod rebinding;
mod reseal;
mod rows;
mod run;
mod seal;
mod store;
mod ticket;
mod unsaved;
mod writer;

pub use check::Violation;
pub use error::{StateError, StorageFault};
pub use history::{Ending, Event, RunRecord, RunStart, Superseded};
pub use intents::{Change, Intent, NewIntent};
pub use keys::{CreatedKey, ExplicitKey, KeySource, StateKey, import_key};
pub use legacy::legacy_state;
pub use lock::{Holder, LockGuard, LockRequest};
pub use outputs::Output;
pub use reseal::Rotation;
pub use rows::{IndexKey, Mode, Row, RowName};
pub use run::{Durability, Edit, RunWriter};
pub use seal::Fingerprinting;
pub use store::{OpenOptions, Snapshot, Stamp, Store};
pub use ticket::{Receipt, Ticket};
pub use unsaved::Unsaved;
pub use writer::WriteCounts;
