//! The writer: a queue of operations, and the one thread that commits them.
//!
//! Whatever is queued when the thread turns to it becomes one transaction, in the order in which it was queued.
//! Batched operations wait until something durable follows, a ticket is waited for, or many have gathered. After
//! a failed commit nothing more is written, so that nothing durable refers to what is not.
//!
//! For simulations that are to be repeatable the queue can do without the thread: whoever makes an operation
//! urgent commits it.
//!
//! It must not know what the operations do.

use std::mem;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::commit::{Command, Committer};
use crate::error::StateError;
use crate::seal::Sealer;
use crate::ticket::{Receipt, Ticket, TicketState};

/// So many batched operations are committed without being asked for, to bound memory.
const BATCH: usize = 4_096;

/// How much a store has written since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WriteCounts {
    /// Committed transactions.
    pub transactions: u64,
    /// Committed operations.
    pub operations: u64,
}

/// One queued operation.
pub(crate) struct Job {
    pub command: Command,
    /// Who is told; nobody waits for what has none.
    pub done: Option<Arc<TicketState>>,
}

/// The queue, shared by everybody who writes.
pub(crate) struct Queue {
    path: PathBuf,
    sealer: Arc<Sealer>,
    pending: Mutex<Pending>,
    wake: Condvar,
    transactions: AtomicU64,
    operations: AtomicU64,
    /// Commits in the caller's thread, instead of a thread of its own.
    inline: Option<Mutex<Opened>>,
}

/// The database's writing end, or why there is none.
type Opened = Result<Committer, StateError>;

#[derive(Default)]
struct Pending {
    jobs: Vec<Job>,
    /// What was committed. It is freed by who made it, which uses the memory again for what it makes next; what another
    /// thread has freed is not at hand there.
    spent: Vec<Job>,
    urgent: bool,
    closed: bool,
    failed: Option<StateError>,
    /// The first refusal whose ticket was dropped.
    unheard: Option<StateError>,
    thread: Option<JoinHandle<()>>,
}

impl Queue {
    pub(crate) fn new(path: PathBuf, sealer: Arc<Sealer>) -> Self {
        Queue {
            path,
            sealer,
            pending: Mutex::default(),
            wake: Condvar::new(),
            transactions: AtomicU64::new(0),
            operations: AtomicU64::new(0),
            inline: None,
        }
    }

    /// A queue without a thread.
    pub(crate) fn inline(path: PathBuf, sealer: Arc<Sealer>) -> Self {
        let committer = Committer::open(&path, Arc::clone(&sealer));
        Queue {
            inline: Some(Mutex::new(committer)),
            ..Queue::new(path, sealer)
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues an operation; an urgent one is committed at once, with all that is queued before it.
    pub(crate) fn push(self: &Arc<Self>, command: Command, urgent: bool) -> Ticket {
        let done = Arc::new(TicketState::default());
        let ticket = Ticket::new(Arc::clone(&done), Arc::clone(self));
        let job = Job {
            command,
            done: Some(Arc::clone(&done)),
        };
        if let Err(error) = self.put(job, urgent) {
            done.resolve(Err(error));
        }
        ticket
    }

    /// Queues an operation that nobody waits for.
    pub(crate) fn push_unwatched(self: &Arc<Self>, command: Command) {
        let job = Job {
            command,
            done: None,
        };
        // What refuses it refuses the next durable write too, which is waited for.
        drop(self.put(job, false));
    }

    fn put(self: &Arc<Self>, job: Job, urgent: bool) -> Result<(), StateError> {
        let mut pending = self.lock();
        if let Some(error) = self.refusal(&mut pending) {
            return Err(error);
        }
        pending.spent.clear();
        pending.jobs.push(job);
        if urgent || pending.jobs.len() >= BATCH {
            pending.urgent = true;
            drop(pending);
            self.urge();
        }
        Ok(())
    }

    /// There is something to commit now.
    fn urge(&self) {
        let Some(inline) = &self.inline else {
            self.wake.notify_one();
            return;
        };
        let mut committer = inline.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pending = self.lock();
        pending.urgent = false;
        let mut jobs = mem::take(&mut pending.jobs);
        drop(pending);
        if !jobs.is_empty() {
            self.commit(&mut committer, &mut jobs);
        }
    }

    /// Makes the writer commit everything queued until now.
    pub(crate) fn flush(self: &Arc<Self>) -> Ticket {
        let pending = self.lock();
        if pending.thread.is_none() && pending.failed.is_none() && self.inline.is_none() {
            drop(pending);
            let done = Arc::new(TicketState::default());
            done.resolve(Ok(Receipt {
                serial: 0,
                version: 0,
            }));
            return Ticket::new(done, Arc::clone(self));
        }
        drop(pending);
        self.push(Command::Flush, true)
    }

    /// Somebody waits: commit what is queued.
    pub(crate) fn hurry(&self) {
        let mut pending = self.lock();
        if !pending.jobs.is_empty() {
            pending.urgent = true;
            drop(pending);
            self.urge();
        }
    }

    /// Why nothing can be queued, if so; starts the thread on first use.
    fn refusal(self: &Arc<Self>, pending: &mut Pending) -> Option<StateError> {
        if let Some(cause) = &pending.failed {
            return Some(StateError::WriterFailed {
                cause: Box::new(cause.clone()),
            });
        }
        if pending.closed {
            return Some(StateError::Closed);
        }
        if pending.thread.is_none() && self.inline.is_none() {
            let queue = Arc::clone(self);
            match thread::Builder::new()
                .name("state-writer".to_owned())
                .spawn(move || queue.run())
            {
                Ok(handle) => pending.thread = Some(handle),
                Err(error) => {
                    return Some(StateError::io(
                        &self.path,
                        "start its writer thread",
                        &error,
                    ));
                }
            }
        }
        None
    }

    /// The writer thread.
    fn run(&self) {
        let mut committer = Committer::open(&self.path, Arc::clone(&self.sealer));
        let mut jobs = Vec::new();
        while self.next(&mut jobs) {
            self.commit(&mut committer, &mut jobs);
        }
    }

    /// Commits operations, and tells those who wait for them.
    fn commit(&self, committer: &mut Opened, jobs: &mut [Job]) {
        let outcome = match committer {
            Ok(committer) => committer.commit(jobs),
            Err(error) => Err(error.clone()),
        };
        match outcome {
            Ok(answers) => {
                self.transactions.fetch_add(1, Ordering::Relaxed);
                self.operations
                    .fetch_add(jobs.len() as u64, Ordering::Relaxed);
                for (job, answer) in jobs.iter_mut().zip(answers) {
                    self.answer(job, answer);
                }
            }
            Err(error) => self.fail(&error, jobs),
        }
    }

    /// Gives an operation its answer. A refusal that nobody waits for is kept for the next flush or finish.
    fn answer(&self, job: &mut Job, answer: Result<Receipt, StateError>) {
        let ends = job.command.ends();
        // The ticket, where there is one, holds the other end.
        let heard = job
            .done
            .take()
            .filter(|done| ends || Arc::strong_count(done) > 1);
        match (heard, answer) {
            (Some(done), Ok(receipt)) if ends => {
                let unheard = self.lock().unheard.take();
                done.resolve(unheard.map_or(Ok(receipt), Err));
            }
            (Some(done), answer) => done.resolve(answer),
            (None, Err(error)) => {
                self.lock().unheard.get_or_insert(error);
            }
            (None, Ok(_)) => {}
        }
    }

    /// Waits for work and puts it into `jobs`, whose last ones are done; false when the queue is closed and empty.
    fn next(&self, jobs: &mut Vec<Job>) -> bool {
        let mut pending = self.lock();
        loop {
            if !pending.jobs.is_empty() && (pending.urgent || pending.closed) {
                pending.urgent = false;
                // What is queued next uses the memory that those before the last ones were in, which are freed by now.
                let free = mem::replace(&mut pending.spent, mem::take(jobs));
                *jobs = mem::replace(&mut pending.jobs, free);
                return true;
            }
            if pending.closed {
                return false;
            }
            pending = self
                .wake
                .wait(pending)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A commit failed: it and all that follows fails.
    fn fail(&self, error: &StateError, jobs: &mut [Job]) {
        let mut pending = self.lock();
        pending.failed = Some(error.clone());
        let later = mem::take(&mut pending.jobs);
        drop(pending);
        for done in jobs.iter_mut().filter_map(|job| job.done.take()) {
            done.resolve(Err(error.clone()));
        }
        for done in later.into_iter().filter_map(|job| job.done) {
            done.resolve(Err(StateError::WriterFailed {
                cause: Box::new(error.clone()),
            }));
        }
    }

    /// Commits what is queued and ends the thread.
    pub(crate) fn close(&self) {
        let mut pending = self.lock();
        pending.closed = true;
        let thread = pending.thread.take();
        drop(pending);
        self.urge();
        // The last owner may be a task that the writer thread itself has just woken and dropped.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id())
        {
            // A panic of the writer has left its tickets unanswered; there is nobody to tell here.
            drop(thread.join());
        }
    }

    pub(crate) fn counts(&self) -> WriteCounts {
        WriteCounts {
            transactions: self.transactions.load(Ordering::Relaxed),
            operations: self.operations.load(Ordering::Relaxed),
        }
    }
}
