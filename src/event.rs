//! What happens while a plan is made or run, as data: the one stream that the progress display, the
//! `-json` output and tests read.
//!
//! Events carry facts only; elapsed time comes in the event. They hold addresses and identities that may be
//! shown, never other values.

use std::sync::Arc;
use std::time::Duration;

use trunkline_api::{Diagnostic, Kind, Value};

use crate::action::Action;
use crate::address::Address;

/// Receives events as they happen. Called from one task, in order.
pub trait Listener: Send + Sync {
    /// Takes an event.
    fn event(&self, event: Event);
}

/// A listener that drops everything.
#[derive(Debug, Default)]
pub struct Silent;

impl Listener for Silent {
    fn event(&self, _: Event) {}
}

/// What identifies an object to people: its id, or a name where it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The attribute: `id`, `name` or `tags.name`.
    pub key: &'static str,
    /// Its value.
    pub value: Arc<str>,
}

/// The identity in an object's value. What is sensitive or unknown is not used.
#[must_use]
pub fn identity(value: &Value) -> Option<Identity> {
    if value.marks().is_sensitive() {
        return None;
    }
    let text = |value: Option<&Value>, key| {
        let value = value.filter(|v| !v.marks().is_sensitive())?;
        let value = match value.kind() {
            Kind::String(s) => s.clone(),
            Kind::Number(n) => n.to_string().into(),
            _ => return None,
        };
        Some(Identity { key, value })
    };
    let tag = |name| {
        let tags = value.attr("tags").filter(|t| !t.marks().is_sensitive());
        tags.and_then(|t| t.attr(name))
    };
    text(value.attr("id"), "id")
        .or_else(|| text(value.attr("name"), "name"))
        .or_else(|| text(tag("name"), "tags.name"))
        .or_else(|| text(tag("Name"), "tags.Name"))
}

/// How an unfinished operation of an earlier run came to rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The object was found and taken over.
    Adopted,
    /// The change was found to be done.
    Done,
    /// Nothing had happened; it is planned again.
    NotDone,
    /// It is not known; a person must decide.
    Undecided(String),
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Another holds the state lock, and is waited for.
    Locking,
    /// The state of an object is going to be read.
    RefreshStart {
        /// The object.
        address: Address,
        /// Its deposed key.
        deposed: Option<String>,
        /// What is known of it.
        id: Option<Identity>,
    },
    /// The state of an object was read.
    RefreshComplete {
        /// The object.
        address: Address,
        /// Its deposed key.
        deposed: Option<String>,
        /// Its identity now; none when it is gone.
        id: Option<Identity>,
    },
    /// A data source is going to be read.
    ReadStart {
        /// The data source.
        address: Address,
    },
    /// A data source was read.
    ReadComplete {
        /// The data source.
        address: Address,
        /// How long it took.
        elapsed: Duration,
        /// Its identity.
        id: Option<Identity>,
    },
    /// An object is looked up to be imported.
    ImportPrepare {
        /// The object.
        address: Address,
        /// The id as the user wrote it.
        id: String,
    },
    /// An import is being applied.
    ImportStart {
        /// The object.
        address: Address,
        /// The id as the user wrote it.
        id: String,
    },
    /// An import was applied.
    ImportComplete {
        /// The object.
        address: Address,
        /// The id as the user wrote it.
        id: String,
    },
    /// A provider is going to be asked for a change.
    ApplyStart {
        /// The object.
        address: Address,
        /// Its deposed key.
        deposed: Option<String>,
        /// Create, update or delete.
        action: Action,
        /// Its identity, if it exists.
        id: Option<Identity>,
    },
    /// A change is still going on. Emitted every ten seconds.
    ApplyProgress {
        /// The object.
        address: Address,
        /// Its deposed key.
        deposed: Option<String>,
        /// Create, update, delete or read.
        action: Action,
        /// Since the start.
        elapsed: Duration,
        /// Its identity, if it exists.
        id: Option<Identity>,
    },
    /// A change is made.
    ApplyComplete {
        /// The object.
        address: Address,
        /// Its deposed key.
        deposed: Option<String>,
        /// Create, update or delete.
        action: Action,
        /// How long it took.
        elapsed: Duration,
        /// Its identity now; none after a delete.
        id: Option<Identity>,
    },
    /// A change failed.
    ApplyErrored {
        /// The object.
        address: Address,
        /// Its deposed key.
        deposed: Option<String>,
        /// Create, update, delete or read.
        action: Action,
        /// How long it took.
        elapsed: Duration,
    },
    /// A provisioner begins.
    ProvisionStart {
        /// The object.
        address: Address,
        /// The kind, e.g. `local-exec`.
        provisioner: String,
    },
    /// A provisioner printed a line.
    ProvisionOutput {
        /// The object.
        address: Address,
        /// The kind.
        provisioner: String,
        /// The line, without its end.
        line: String,
    },
    /// A provisioner has ended well.
    ProvisionComplete {
        /// The object.
        address: Address,
        /// The kind.
        provisioner: String,
    },
    /// A provisioner has failed.
    ProvisionErrored {
        /// The object.
        address: Address,
        /// The kind.
        provisioner: String,
    },
    /// An ephemeral resource is opened, renewed or closed.
    Ephemeral {
        /// The resource.
        address: Address,
        /// Which of the three.
        step: EphemeralStep,
        /// None at the start, how long it took at the end.
        elapsed: Option<Duration>,
    },
    /// Not done because something before it failed.
    Skipped {
        /// The object.
        address: Address,
        /// What failed.
        because: String,
        /// It did not fail: it waits for something outside of the run.
        waits: bool,
    },
    /// An operation that an earlier run left open has come to rest.
    Settled {
        /// The object.
        address: Address,
        /// How.
        how: Settlement,
    },
    /// A problem.
    Problem(Diagnostic),
    /// So many calls wait for a place among those that run.
    Waiting(usize),
}

/// What is done with an ephemeral resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EphemeralStep {
    /// It is opened.
    Open,
    /// Its lease is renewed.
    Renew,
    /// It is closed.
    Close,
}
