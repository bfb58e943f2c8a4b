//! The journal of a run: intents before effects, results with the removal of the intent, listings before creates.
//!
//! A thin layer over the store's writer. It calls no provider but for the listing, and decides nothing.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::sync::OnceCell;
use trunkline_api::provider::ListRequest;
use trunkline_api::{Diagnostic, Diagnostics, Provider, Value};
use trunkline_state::{Change, Durability, NewIntent, RowName, RunWriter, StateError, Ticket};

use crate::plan::codec;

/// Makes ids; injected, so that a run can be repeated from a seed.
pub trait Ids: Send + Sync {
    /// A unique id of an operation.
    fn operation(&self) -> String;
    /// Eight hexadecimal digits for a deposed object.
    fn deposed(&self) -> String;
}

/// A point that the journal passes. Tests end the process there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// An intent is about to be written.
    Planned,
    /// The intent is on the disk; the provider is about to be called.
    Begun,
    /// The provider has answered; the result is about to be written.
    Answered,
    /// The result is on the disk.
    Settled,
}

/// Is told of every point that the journal passes.
pub type Probe = Arc<dyn Fn(Point) + Send + Sync>;

/// A provider configuration and a type whose ids have been listed.
type Listed = (Arc<str>, Arc<str>);

/// The same, with what they were listed within.
type Within = (Listed, String);

/// The journal of one run.
pub struct Journal {
    /// Writes to the store.
    pub writer: RunWriter,
    /// Makes ids.
    pub ids: Arc<dyn Ids>,
    probe: Probe,
    begun: Mutex<HashMap<Within, Arc<OnceCell<()>>>>,
    listed: Mutex<HashMap<Listed, BTreeSet<String>>>,
}

/// An intent that is on the disk.
#[derive(Debug)]
pub struct Begun {
    /// The operation's id.
    pub operation_id: String,
}

/// What an intent is about.
pub struct Operation<'a> {
    /// The object.
    pub key: RowName,
    /// `create`, `update` or `delete`.
    pub action: &'static str,
    /// The provider configuration, as rows say it.
    pub provider: &'a Arc<str>,
    /// The resource type.
    pub type_name: &'a Arc<str>,
    /// The planned value.
    pub planned: &'a Value,
    /// What the provider keeps for itself.
    pub private: &'a [u8],
    /// What the object depends on.
    pub dependencies: &'a [String],
    /// New objects are created before this one is destroyed.
    pub create_before_destroy: bool,
}

/// A failure of the store, for people.
#[must_use]
pub fn store_error(error: &StateError) -> Diagnostic {
    Diagnostic::error("Failed to write the state", error.to_string())
}

/// Waits until a write is on the disk.
pub async fn durable(ticket: Ticket) -> Result<(), Diagnostic> {
    ticket.await.map(|_| ()).map_err(|e| store_error(&e))
}

impl Journal {
    /// A journal that writes with `writer`.
    #[must_use]
    pub fn new(writer: RunWriter, ids: Arc<dyn Ids>, probe: Probe) -> Journal {
        Journal {
            writer,
            ids,
            probe,
            begun: Mutex::default(),
            listed: Mutex::default(),
        }
    }

    /// Lists the ids of a type before its first create in this run, so that a create whose answer is lost
    /// can be told from what was there before. Those that are listed within something are listed before the first create
    /// within it.
    pub async fn list_once(
        &self,
        provider: &dyn Provider,
        provider_address: &Arc<str>,
        type_name: &Arc<str>,
        planned: &Value,
    ) -> Result<(), Diagnostics> {
        let key = (provider_address.clone(), type_name.clone());
        let within = provider.listed_within(type_name).iter();
        let within = within.map(|name| planned.attr(name).map(codec::encode));
        let within = json!(within.collect::<Vec<_>>()).to_string();
        let cell = {
            let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
            let cell = begun.entry((key.clone(), within)).or_default();
            cell.clone()
        };
        let list = || async {
            let request = ListRequest {
                type_name: type_name.clone(),
                planned: planned.clone().unmark_deep().0,
            };
            let ids = provider.list(request).await?;
            let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
            let all = listed.entry(key).or_default();
            all.extend(ids);
            let bytes = json!(all).to_string().into_bytes();
            // On the disk no later than the first intent after it.
            drop(
                self.writer
                    .put_listing(&**provider_address, &**type_name, bytes),
            );
            Ok::<(), Diagnostics>(())
        };
        cell.get_or_try_init(list).await.map(|_| ())
    }

    /// Puts an intent on the disk, with changes that belong to its beginning. Only then may the effect begin.
    pub async fn begin(
        &self,
        operation: Operation<'_>,
        changes: Vec<Change>,
    ) -> Result<Begun, Diagnostic> {
        (self.probe)(Point::Planned);
        let operation_id = self.ids.operation();
        let payload = json!({
            "planned": codec::encode(operation.planned),
            "dependencies": operation.dependencies,
            "create_before_destroy": operation.create_before_destroy,
        });
        let intent = NewIntent {
            operation_id: operation_id.clone(),
            key: operation.key,
            action: operation.action.to_owned(),
            provider: operation.provider.to_string(),
            type_name: operation.type_name.to_string(),
            payload: payload.to_string().into_bytes(),
            note: operation.private.to_vec(),
        };
        durable(self.writer.begin_intent(intent, changes)).await?;
        (self.probe)(Point::Begun);
        Ok(Begun { operation_id })
    }

    /// Removes an intent and makes the changes that came of it, in one transaction.
    pub async fn settle(&self, begun: Begun, changes: Vec<Change>) -> Result<(), Diagnostic> {
        (self.probe)(Point::Answered);
        durable(self.writer.settle_intent(begun.operation_id, changes, None)).await?;
        (self.probe)(Point::Settled);
        Ok(())
    }

    /// Makes a change that has no effect outside; it is on the disk no later than the next durable write.
    pub fn batch(&self, action: &'static str, change: Change) {
        self.writer.batch(action, change);
    }

    /// Makes a change and waits until it is on the disk, for what has an effect outside after it.
    pub async fn durably(&self, action: &'static str, change: Change) -> Result<(), Diagnostic> {
        (self.probe)(Point::Answered);
        durable(self.writer.change(action, change, Durability::Durable)).await?;
        (self.probe)(Point::Settled);
        Ok(())
    }
}
