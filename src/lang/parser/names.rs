//! The names of a text: one shared copy of each, however often it is written.
//!
//! It knows nothing of what they mean.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::HashTable;

use crate::lookup::Hasher;

/// The names met so far.
pub(super) struct Names {
    known: HashTable<Arc<str>>,
    hasher: Hasher,
}

impl Names {
    /// With room for the names of a text: growing would place those known again and again.
    pub(super) fn of_text(text: &str) -> Names {
        Names {
            known: HashTable::with_capacity(text.len() / 96),
            hasher: Hasher::default(),
        }
    }

    /// The shared copy of a name.
    pub(super) fn shared(&mut self, name: &str) -> Arc<str> {
        let hash = self.hasher.hash_one(name);
        let hasher = |known: &Arc<str>| self.hasher.hash_one(&**known);
        let place = self.known.entry(hash, |known| **known == *name, hasher);
        place.or_insert_with(|| name.into()).get().clone()
    }
}
