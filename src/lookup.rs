//! Maps and sets that are only looked into: keyed by addresses and names, by the hundred thousand.
//!
//! Their order is another one in each process, so nothing that anybody sees may come from walking through one.

use std::collections::{HashMap, HashSet};

/// A quick hasher. Its keys are names that people write, not what strangers send; it is seeded anew in each process all
/// the same.
pub type Hasher = foldhash::fast::RandomState;

/// A map for looking up.
pub type Lookup<K, V> = HashMap<K, V, Hasher>;

/// A set for looking up.
pub type Known<K> = HashSet<K, Hasher>;

/// A map that is looked into as quickly as a [`Lookup`], and keeps an order.
pub type Ordered<K, V> = indexmap::IndexMap<K, V, Hasher>;
