//! The writing side of a run: every change of the state belongs to one.
//!
//! It must not wait: each call queues and returns a ticket.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::commit::{CHECKS, Command};
use crate::history::{Ending, Event, RunStart};
use crate::intents::{Change, NewIntent};
use crate::outputs::Output;
use crate::ticket::Ticket;
use crate::writer::Queue;

/// When a write must be on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// At once: the ticket resolves after a flush to the disk.
    Durable,
    /// In or before the next durable write, flush or finish. For instances without outside effects.
    Batched,
}

/// Changes of the state as a whole that are made together or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// Changes of rows, in their order.
    pub changes: Vec<Change>,
    /// The outputs are exactly these afterwards.
    pub outputs: Option<Vec<Output>>,
    /// The results of checks afterwards (JSON that the store does not look into); empty when there are none.
    pub checks: Option<Vec<u8>>,
    /// The serial afterwards; without it, it grows by one if anything changes.
    pub serial: Option<u64>,
    /// The lineage afterwards; only looked at where the serial is given.
    pub lineage: Option<String>,
}

/// Writes a run's changes. Cheap to clone; any thread may use it.
///
/// Operations are committed in the order in which they are called. None of the calls blocks or touches the disk:
/// the writer thread does. After a failed commit every later operation fails too
/// ([`crate::StateError::WriterFailed`]).
#[derive(Clone)]
pub struct RunWriter {
    run: Arc<str>,
    queue: Arc<Queue>,
}

impl RunWriter {
    pub(crate) fn begin(queue: Arc<Queue>, start: RunStart) -> Self {
        let run: Arc<str> = start.id.as_str().into();
        // Whatever the run writes next carries its beginning with it, and is refused if that was refused.
        let _unwatched = queue.push(
            Command::BeginRun {
                run: Arc::clone(&run),
                start,
            },
            false,
        );
        RunWriter { run, queue }
    }

    /// The run's id.
    pub fn id(&self) -> &str {
        &self.run
    }

    /// Makes one change. `action` is what history calls it (`create`, `refresh`, `state rm`…).
    pub fn change(
        &self,
        action: impl Into<Cow<'static, str>>,
        change: Change,
        durability: Durability,
    ) -> Ticket {
        let command = Command::Change {
            run: Arc::clone(&self.run),
            action: action.into(),
            change,
        };
        self.queue.push(command, durability == Durability::Durable)
    }

    /// Makes one batched change that nobody waits for. Should it be refused, the next flush or finish says so.
    pub fn batch(&self, action: &'static str, change: Change) {
        self.queue.push_unwatched(Command::Change {
            run: Arc::clone(&self.run),
            action: action.into(),
            change,
        });
    }

    /// Makes an edit, all of it or (when refused) nothing.
    pub fn edit(&self, action: impl Into<Cow<'static, str>>, edit: Edit) -> Ticket {
        let command = Command::Edit {
            run: Arc::clone(&self.run),
            action: action.into(),
            edit: Box::new(edit),
        };
        self.queue.push(command, true)
    }

    /// Writes the results of checks (JSON that the store does not look into); empty removes them. The serial
    /// grows when they change.
    pub fn set_checks(&self, checks: Vec<u8>, durability: Durability) -> Ticket {
        let command = Command::PutNote {
            name: CHECKS.to_owned(),
            text: checks,
            counts: true,
        };
        self.queue.push(command, durability == Durability::Durable)
    }

    /// Keeps a note with the run's next durable write. The serial does not count it.
    pub fn put_note(&self, name: impl Into<String>, text: Vec<u8>) -> Ticket {
        let command = Command::PutNote {
            name: name.into(),
            text,
            counts: false,
        };
        self.queue.push(command, false)
    }

    /// Makes the outputs exactly these; equal ones are left alone.
    pub fn set_outputs(&self, outputs: Vec<Output>, durability: Durability) -> Ticket {
        let command = Command::SetOutputs {
            run: Arc::clone(&self.run),
            outputs,
        };
        self.queue.push(command, durability == Durability::Durable)
    }

    /// Journals an intent, together with changes that belong to its beginning (such as deposing the object that
    /// it replaces). The effect may only be begun once the ticket has resolved without error. Refused while the
    /// same object has another pending intent.
    pub fn begin_intent(&self, intent: NewIntent, changes: Vec<Change>) -> Ticket {
        let command = Command::BeginIntent {
            run: Arc::clone(&self.run),
            intent: Box::new(intent),
            changes,
        };
        self.queue.push(command, true)
    }

    /// Removes an intent and makes the changes that its operation resulted in, both or neither; no changes when
    /// it had no effect. `event` records what changes do not tell (such as a failure). The intent may be an
    /// earlier run's. Refused if there is no such intent.
    pub fn settle_intent(
        &self,
        operation_id: impl Into<String>,
        changes: Vec<Change>,
        event: Option<Event>,
    ) -> Ticket {
        let command = Command::Settle {
            run: Arc::clone(&self.run),
            operation_id: operation_id.into(),
            changes,
            event: event.map(Box::new),
        };
        self.queue.push(command, true)
    }

    /// Keeps the ids of a type that exist before the run's first create of that type. It is on the disk no later
    /// than the first intent that is begun after it. It is forgotten once a run ends with none of its intents
    /// pending.
    pub fn put_listing(
        &self,
        provider: impl Into<String>,
        type_name: impl Into<String>,
        ids: Vec<u8>,
    ) -> Ticket {
        let command = Command::PutListing {
            run: Arc::clone(&self.run),
            provider: provider.into(),
            type_name: type_name.into(),
            ids,
        };
        self.queue.push(command, false)
    }

    /// Records something that happened without a change of rows. Batched.
    pub fn record(&self, event: Event) -> Ticket {
        self.queue.push(
            Command::Record {
                run: Arc::clone(&self.run),
                event: Box::new(event),
            },
            false,
        )
    }

    /// Sets the serial (and, if given, the lineage) as a state that is pushed or imported brings them. Changes
    /// committed in the same transaction after it make the serial grow once more.
    pub fn set_identity(&self, lineage: Option<String>, serial: u64) -> Ticket {
        self.queue
            .push(Command::SetIdentity { lineage, serial }, false)
    }

    /// Resolves when everything queued before is on the disk.
    pub fn flush(&self) -> Ticket {
        self.queue.flush()
    }

    /// Records the run's end, and flushes everything before it.
    pub fn finish(self, ending: Ending) -> Ticket {
        self.queue.push(
            Command::FinishRun {
                run: Arc::clone(&self.run),
                ending,
            },
            true,
        )
    }
}

impl fmt::Debug for RunWriter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("RunWriter").field(&self.run).finish()
    }
}
