//! Handles: parts that are made once, shared, and known by their hash.
//!
//! Addresses are compared, looked up, cloned and dropped at every step for each object. A handle is one pointer, its hash
//! is computed when it is made, and two that share their parts are equal without a look at them. It knows nothing of what
//! the parts are.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use crate::lookup::Hasher;

/// Shared parts that do not change.
pub struct Handle<P>(Arc<Hashed<P>>);

struct Hashed<P> {
    hash: u64,
    parts: P,
}

/// The same for all handles of a process, so that those of equal parts have equal hashes.
static HASHER: LazyLock<Hasher> = LazyLock::new(Hasher::default);

/// The hash of the handle that has these parts.
pub(super) fn hash_of(parts: impl Hash) -> u64 {
    HASHER.hash_one(parts)
}

impl<P: Hash> Handle<P> {
    pub(super) fn of(parts: P) -> Handle<P> {
        let hash = hash_of(&parts);
        Handle(Arc::new(Hashed { hash, parts }))
    }
}

impl<P> Handle<P> {
    /// Whether both are of the same making, and so are equal.
    #[must_use]
    pub fn is_same(&self, other: &Handle<P>) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<P> Deref for Handle<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.0.parts
    }
}

impl<P> Clone for Handle<P> {
    fn clone(&self) -> Handle<P> {
        Handle(self.0.clone())
    }
}

impl<P: PartialEq> PartialEq for Handle<P> {
    fn eq(&self, other: &Handle<P>) -> bool {
        self.is_same(other) || self.0.hash == other.0.hash && self.0.parts == other.0.parts
    }
}

impl<P: Eq> Eq for Handle<P> {}

impl<P: PartialEq> Hash for Handle<P> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl<P: Ord> Ord for Handle<P> {
    fn cmp(&self, other: &Handle<P>) -> Ordering {
        if self.is_same(other) {
            return Ordering::Equal;
        }
        self.0.parts.cmp(&other.0.parts)
    }
}

impl<P: Ord> PartialOrd for Handle<P> {
    fn partial_cmp(&self, other: &Handle<P>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<P: fmt::Display> fmt::Display for Handle<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.parts.fmt(f)
    }
}

impl<P: fmt::Display> fmt::Debug for Handle<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.parts.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use crate::address::Address;

    #[test]
    fn equal_parts_are_equal_whoever_made_them() {
        let texts = [
            "a.b",
            "module.m.a.b",
            "a.b[0]",
            "a.b[\"0\"]",
            "data.a.b",
            "a.c",
        ];
        let read = |text: &&str| Address::parse(text).unwrap();
        let all: HashSet<Address> = texts.iter().map(read).collect();
        assert_eq!(all.len(), texts.len());
        for text in &texts {
            let again = read(text);
            let found = all.get(&again).unwrap();
            assert!(!found.is_same(&again) && found.clone().is_same(found));
            assert_eq!(
                (found, found.cmp(&again)),
                (&again, std::cmp::Ordering::Equal)
            );
        }
    }
}
