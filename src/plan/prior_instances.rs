//! The instances of one resource as the state has them, sorted by address.
//!
//! A plain store. Most resources have one instance, which takes less without a tree around it, and some have a million, of
//! which each is looked up and taken out.

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

/// The instances of a resource. Of `one` and `many` at most one has any.
#[derive(Clone, Debug, Default)]
pub struct PriorInstances {
    one: Option<(Address, PriorInstance)>,
    many: BTreeMap<Address, PriorInstance>,
}

impl PriorInstances {
    /// Instances in any order, each of them once.
    #[must_use]
    pub fn of(mut instances: impl Iterator<Item = (Address, PriorInstance)>) -> PriorInstances {
        let one = instances.next();
        match instances.next() {
            None => PriorInstances {
                one,
                many: BTreeMap::new(),
            },
            Some(second) => PriorInstances {
                one: None,
                many: one.into_iter().chain([second]).chain(instances).collect(),
            },
        }
    }

    /// What there is of an instance.
    #[must_use]
    pub fn get(&self, address: &Address) -> Option<&PriorInstance> {
        match &self.one {
            Some((own, instance)) => (own == address).then_some(instance),
            None => self.many.get(address),
        }
    }

    /// Whether there is anything of an instance.
    #[must_use]
    pub fn contains(&self, address: &Address) -> bool {
        self.get(address).is_some()
    }

    /// What there is of an instance; nothing of it yet where it was not there.
    pub fn instance(&mut self, address: Address) -> &mut PriorInstance {
        if self.many.is_empty() && self.one.as_ref().is_none_or(|(own, _)| *own == address) {
            let one = self
                .one
                .get_or_insert_with(|| (address, PriorInstance::default()));
            return &mut one.1;
        }
        self.many.extend(self.one.take());
        self.many.entry(address).or_default()
    }

    /// Takes an instance out.
    pub fn remove(&mut self, address: &Address) -> Option<PriorInstance> {
        match self.one.take_if(|(own, _)| own == address) {
            Some((_, instance)) => Some(instance),
            None => self.many.remove(address),
        }
    }

    /// The addresses, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &Address> {
        self.iter().map(|(address, _)| address)
    }

    /// The instances, sorted by address.
    pub fn values(&self) -> impl Iterator<Item = &PriorInstance> {
        self.iter().map(|(_, instance)| instance)
    }

    /// Addresses and instances, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&Address, &PriorInstance)> {
        let one = self
            .one
            .iter()
            .map(|(address, instance)| (address, instance));
        one.chain(&self.many)
    }

    /// Addresses and instances, sorted.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Address, &mut PriorInstance)> {
        let one = self.one.iter_mut();
        one.map(|(address, instance)| (&*address, instance))
            .chain(&mut self.many)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.one.is_none() && self.many.is_empty()
    }
}

impl IntoIterator for PriorInstances {
    type Item = (Address, PriorInstance);
    type IntoIter = std::iter::Chain<
        std::option::IntoIter<(Address, PriorInstance)>,
        std::collections::btree_map::IntoIter<Address, PriorInstance>,
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.one.into_iter().chain(self.many)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(n: usize) -> Address {
        Address::parse(&format!("a.b[{n}]")).unwrap()
    }

    fn keys(instances: &PriorInstances) -> Vec<String> {
        instances.keys().map(ToString::to_string).collect()
    }

    #[test]
    fn one_becomes_many_and_none() {
        let mut all = PriorInstances::default();
        assert!(all.is_empty() && all.remove(&at(1)).is_none());
        all.instance(at(2)).put("old", None);
        all.instance(at(2));
        assert_eq!(
            (keys(&all), all.contains(&at(1))),
            (vec!["a.b[2]".into()], false)
        );
        all.instance(at(10));
        all.instance(at(1));
        assert_eq!(keys(&all), ["a.b[1]", "a.b[2]", "a.b[10]"]);
        for n in [2, 1, 10] {
            assert!(all.get(&at(n)).is_some());
            assert!(all.remove(&at(n)).is_some());
            assert!(!all.contains(&at(n)) && all.remove(&at(n)).is_none());
        }
        assert!(all.is_empty());
    }

    #[test]
    fn whatever_their_order_they_are_sorted() {
        for count in 0..4 {
            let instances = (0..count).rev().map(|n| (at(n), PriorInstance::default()));
            let all = PriorInstances::of(instances);
            let sorted: Vec<String> = (0..count).map(|n| at(n).to_string()).collect();
            assert_eq!(keys(&all), sorted);
            assert_eq!(all.clone().into_iter().count(), count);
            assert_eq!(all.values().count(), count);
        }
    }
}
