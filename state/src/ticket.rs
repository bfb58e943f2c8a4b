//! Tickets: the answer to a queued write, to be waited for by a thread or polled by a task.
//!
//! It must not depend on an async runtime.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::error::StateError;
use crate::writer::Queue;

/// What a committed operation got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The state's serial after the commit.
    pub serial: u64,
    /// The version given to the last row or output that the operation wrote; 0 if it wrote none.
    pub version: u64,
}

/// The promise of one queued operation.
///
/// It resolves once the operation is committed and flushed to the disk (or has failed). Dropping it takes
/// nothing back; should the operation be refused then, the next flush or finish says so. Waiting for (or polling) the ticket of a batched operation makes the writer commit what is
/// queued, so a batch is best waited for once, by a flush.
#[must_use = "a ticket tells whether the write was committed; drop it on purpose with `let _unwatched = ticket`"]
pub struct Ticket {
    state: Arc<TicketState>,
    queue: Arc<Queue>,
}

/// The half of a ticket that the writer thread holds.
#[derive(Default)]
pub(crate) struct TicketState {
    slot: Mutex<Slot>,
    ready: Condvar,
}

#[derive(Default)]
struct Slot {
    answer: Option<Result<Receipt, StateError>>,
    waker: Option<Waker>,
    /// A thread waits for it.
    awaited: bool,
}

impl Ticket {
    pub(crate) fn new(state: Arc<TicketState>, queue: Arc<Queue>) -> Self {
        Ticket { state, queue }
    }

    /// Blocks until the operation is on the disk or has failed. Not for async workers: poll it there.
    pub fn wait(self) -> Result<Receipt, StateError> {
        let mut slot = self.state.lock();
        if slot.answer.is_none() {
            drop(slot);
            self.queue.hurry();
            slot = self.state.lock();
        }
        loop {
            if let Some(answer) = &slot.answer {
                return answer.clone();
            }
            slot.awaited = true;
            slot = self
                .state
                .ready
                .wait(slot)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Future for Ticket {
    type Output = Result<Receipt, StateError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = self.state.lock();
        if let Some(answer) = &slot.answer {
            return Poll::Ready(answer.clone());
        }
        let first = slot.waker.is_none();
        match &mut slot.waker {
            Some(waker) => waker.clone_from(context.waker()),
            None => slot.waker = Some(context.waker().clone()),
        }
        drop(slot);
        if first {
            self.queue.hurry();
        }
        Poll::Pending
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answered = self.state.lock().answer.is_some();
        formatter
            .debug_struct("Ticket")
            .field("answered", &answered)
            .finish()
    }
}

impl TicketState {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the answer; the first one counts.
    pub(crate) fn resolve(&self, answer: Result<Receipt, StateError>) {
        let mut slot = self.lock();
        if slot.answer.is_some() {
            return;
        }
        slot.answer = Some(answer);
        let waker = slot.waker.take();
        let awaited = slot.awaited;
        drop(slot);
        if awaited {
            self.ready.notify_all();
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
