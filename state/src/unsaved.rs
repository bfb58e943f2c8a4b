//! What open stores have queued, for whoever ends the process at once.
//!
//! A write that is batched waits for a later one. A process that is killed loses it, which harms nothing; one that is told
//! to end says that what was done is saved, and so it must be. It keeps no store open.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::store::Store;
use crate::ticket::Ticket;
use crate::writer::Queue;

/// Queues of the stores that were opened. Cheap to clone; the clones are one.
#[derive(Clone, Default)]
pub struct Unsaved(Arc<Mutex<Vec<Weak<Queue>>>>);

impl Unsaved {
    /// From now on, what this store queues is known here.
    pub fn watch(&self, store: &Store) {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues.retain(|queue| queue.strong_count() > 0);
        queues.push(Arc::downgrade(store.queue()));
    }

    /// Has all that is queued until now committed. The tickets tell when it is on the disk.
    pub fn save(&self) -> Vec<Ticket> {
        let queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = queues.iter().filter_map(Weak::upgrade);
        open.map(|queue| queue.flush()).collect()
    }
}

impl fmt::Debug for Unsaved {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Unsaved").finish_non_exhaustive()
    }
}
