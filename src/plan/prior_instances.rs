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
    /// What few instances have.
    beside: Option<Box<Beside>>,
}

/// What there may be of an instance beside its object.
#[derive(Clone, Debug)]
struct Beside {
    deposed: BTreeMap<String, Arc<Row>>,
    intents: BTreeMap<String, Intent>,
}

static NOTHING: Beside = Beside {
    deposed: BTreeMap::new(),
    intents: BTreeMap::new(),
};

impl PriorInstance {
    fn beside(&self) -> &Beside {
        self.beside.as_deref().unwrap_or(&NOTHING)
    }

    fn beside_mut(&mut self) -> &mut Beside {
        self.beside.get_or_insert_with(|| Box::new(NOTHING.clone()))
    }

    /// Objects that were replaced and not destroyed yet, by key.
    #[must_use]
    pub fn deposed(&self) -> &BTreeMap<String, Arc<Row>> {
        &self.beside().deposed
    }

    /// Operations whose outcome is not known, by the deposed key of their object (empty: the current one).
    #[must_use]
    pub fn intents(&self) -> &BTreeMap<String, Intent> {
        &self.beside().intents
    }

    /// Takes out the operations whose outcome is not known.
    pub fn take_intents(&mut self) -> BTreeMap<String, Intent> {
        let beside = self.beside.as_deref_mut();
        beside.map_or_else(BTreeMap::new, |b| std::mem::take(&mut b.intents))
    }

    /// Takes an operation whose outcome is not known, for the object with a deposed key.
    pub fn add_intent(&mut self, deposed: String, intent: Intent) {
        self.beside_mut().intents.insert(deposed, intent);
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.current.iter().chain(self.deposed().values())
    }

    /// Takes a row, or its absence, for an object: the current one, or the one with a deposed key.
    pub fn put(&mut self, deposed: &str, row: Option<Arc<Row>>) {
        match (deposed, row) {
            ("", row) => self.current = row,
            (key, Some(row)) => drop(self.beside_mut().deposed.insert(key.to_owned(), row)),
            (key, None) => {
                if let Some(beside) = &mut self.beside {
                    beside.deposed.remove(key);
                }
            }
        }
    }
}

/// The instances of a resource.
#[derive(Clone, Debug)]
pub struct PriorInstances(Held);

#[derive(Clone, Debug)]
enum Held {
    One(Address, PriorInstance),
    /// None, or any number of them.
    Many(BTreeMap<Address, PriorInstance>),
}

impl Default for PriorInstances {
    fn default() -> PriorInstances {
        PriorInstances(Held::Many(BTreeMap::new()))
    }
}

impl PriorInstances {
    /// Instances in any order, each of them once.
    #[must_use]
    pub fn of(mut instances: impl Iterator<Item = (Address, PriorInstance)>) -> PriorInstances {
        let one = instances.next();
        PriorInstances(match (one, instances.next()) {
            (Some((address, instance)), None) => Held::One(address, instance),
            (one, second) => Held::Many(one.into_iter().chain(second).chain(instances).collect()),
        })
    }

    /// What there is of an instance.
    #[must_use]
    pub fn get(&self, address: &Address) -> Option<&PriorInstance> {
        match &self.0 {
            Held::One(own, instance) => (own == address).then_some(instance),
            Held::Many(many) => many.get(address),
        }
    }

    /// Whether there is anything of an instance.
    #[must_use]
    pub fn contains(&self, address: &Address) -> bool {
        self.get(address).is_some()
    }

    /// What there is of an instance; nothing of it yet where it was not there.
    pub fn instance(&mut self, address: Address) -> &mut PriorInstance {
        let another = match &self.0 {
            Held::One(own, _) => *own != address,
            Held::Many(many) => many.is_empty(),
        };
        if another {
            *self = match std::mem::take(self).0 {
                Held::One(own, instance) => PriorInstances(Held::Many([(own, instance)].into())),
                Held::Many(_) => {
                    PriorInstances(Held::One(address.clone(), PriorInstance::default()))
                }
            };
        }
        match &mut self.0 {
            Held::One(_, instance) => instance,
            Held::Many(many) => many.entry(address).or_default(),
        }
    }

    /// Takes an instance out.
    pub fn remove(&mut self, address: &Address) -> Option<PriorInstance> {
        match &mut self.0 {
            Held::One(own, instance) if own == address => {
                let instance = std::mem::take(instance);
                *self = PriorInstances::default();
                Some(instance)
            }
            Held::One(..) => None,
            // They go in their order as a rule.
            Held::Many(many) => match many.first_entry() {
                Some(first) if first.key() == address => Some(first.remove()),
                _ => many.remove(address),
            },
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
        let (one, many) = match &self.0 {
            Held::One(address, instance) => (Some((address, instance)), None),
            Held::Many(many) => (None, Some(many)),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    /// Addresses and instances, sorted.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Address, &mut PriorInstance)> {
        let (one, many) = match &mut self.0 {
            Held::One(address, instance) => (Some((&*address, instance)), None),
            Held::Many(many) => (None, Some(many)),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Held::One(..) => 1,
            Held::Many(many) => many.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl IntoIterator for PriorInstances {
    type Item = (Address, PriorInstance);
    type IntoIter = std::iter::Chain<
        std::option::IntoIter<(Address, PriorInstance)>,
        std::collections::btree_map::IntoIter<Address, PriorInstance>,
    >;

    fn into_iter(self) -> Self::IntoIter {
        let (one, many) = match self.0 {
            Held::One(address, instance) => (Some((address, instance)), BTreeMap::new()),
            Held::Many(many) => (None, many),
        };
        one.into_iter().chain(many)
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
