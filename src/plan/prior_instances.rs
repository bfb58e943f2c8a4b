//! The instances of one resource as the state has them, sorted by address.
//!
//! A plain store. Most resources have one instance and some have a million: a list takes less than a tree for the one, and
//! is quicker to walk through for the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_state::{Intent, Row};

use crate::address::Address;

/// What the state has of one instance. Rows are shared, so cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct PriorInstance {
    /// The object, if there is one.
    pub current: Option<Arc<Row>>,
    /// Objects that were replaced and not destroyed yet, by key.
    pub deposed: BTreeMap<String, Arc<Row>>,
    /// Operations whose outcome is not known, by the deposed key of their object (empty: the current one).
    pub intents: BTreeMap<String, Intent>,
}

impl PriorInstance {
    /// Takes a row, or its absence, for an object: the current one, or the one with a deposed key.
    pub fn put(&mut self, deposed: &str, row: Option<Arc<Row>>) {
        match (deposed, row) {
            ("", row) => self.current = row,
            (key, Some(row)) => drop(self.deposed.insert(key.to_owned(), row)),
            (key, None) => drop(self.deposed.remove(key)),
        }
    }
}

/// The instances of a resource.
#[derive(Clone, Debug, Default)]
pub struct PriorInstances(Vec<(Address, PriorInstance)>);

impl PriorInstances {
    /// Instances in any order, each of them once.
    #[must_use]
    pub fn of(mut instances: Vec<(Address, PriorInstance)>) -> PriorInstances {
        instances.sort_by(|a, b| a.0.cmp(&b.0));
        PriorInstances(instances)
    }

    fn find(&self, address: &Address) -> Result<usize, usize> {
        self.0.binary_search_by(|(found, _)| found.cmp(address))
    }

    /// What there is of an instance.
    #[must_use]
    pub fn get(&self, address: &Address) -> Option<&PriorInstance> {
        self.find(address).ok().map(|at| &self.0[at].1)
    }

    /// Whether there is anything of an instance.
    #[must_use]
    pub fn contains(&self, address: &Address) -> bool {
        self.find(address).is_ok()
    }

    /// What there is of an instance; nothing of it yet where it was not there.
    pub fn instance(&mut self, address: Address) -> &mut PriorInstance {
        let at = match self.find(&address) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, (address, PriorInstance::default()));
                at
            }
        };
        &mut self.0[at].1
    }

    /// Takes an instance out.
    pub fn remove(&mut self, address: &Address) -> Option<PriorInstance> {
        let at = self.find(address).ok()?;
        Some(self.0.remove(at).1)
    }

    /// The addresses, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &Address> {
        self.0.iter().map(|(address, _)| address)
    }

    /// The instances, sorted by address.
    pub fn values(&self) -> impl Iterator<Item = &PriorInstance> {
        self.0.iter().map(|(_, instance)| instance)
    }

    /// Addresses and instances, sorted.
    pub fn iter(&self) -> std::slice::Iter<'_, (Address, PriorInstance)> {
        self.0.iter()
    }

    /// Addresses and instances, sorted.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Address, &mut PriorInstance)> {
        self.0
            .iter_mut()
            .map(|(address, instance)| (&*address, instance))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for PriorInstances {
    type Item = (Address, PriorInstance);
    type IntoIter = std::vec::IntoIter<(Address, PriorInstance)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
