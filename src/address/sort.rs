//! Sorting by address by the hundred thousand.
//!
//! A comparison of two addresses follows pointers to their texts. Here most are made between numbers that lie side by side:
//! the rank of what comes before the name (there are few modules and types), and the beginning of the part of the name in
//! which those of a rank differ.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Address, Mode, ModuleInstance, Resource};
use crate::lookup::{Lookup, Ordered};

/// Sorts by address, then by `rest`, then as they were.
pub fn sort_by_address<T>(
    all: &mut [T],
    address: impl Fn(&T) -> &Address,
    rest: impl Fn(&T, &T) -> Ordering,
) {
    let order = order_of(
        all,
        |item| Key::of(address(item)),
        |a, b| address(a).cmp(address(b)).then_with(|| rest(a, b)),
    );
    arrange(all, order);
}

/// Sorts by resource.
pub fn sort_resources<T>(all: &mut Ordered<Resource, T>) {
    // Of each type its rank, and how much all its names have in common.
    let mut types: BTreeMap<Arc<str>, (usize, Arc<str>, usize)> = BTreeMap::new();
    for resource in all.keys() {
        let name = &resource.name;
        match types.get_mut(&resource.type_name) {
            Some((_, first, common)) => *common = in_common(first, name, *common),
            None => {
                let new = (0, name.clone(), name.len());
                types.insert(resource.type_name.clone(), new);
            }
        }
    }
    for (rank, known) in types.values_mut().enumerate() {
        known.0 = rank;
    }
    all.sort_by_cached_key(|resource, _| {
        let (rank, common) = types
            .get(&resource.type_name)
            .map_or((0, 0), |(rank, _, common)| (*rank, *common));
        let differing = beginning(&resource.name, common);
        (resource.mode, rank, differing, resource.clone())
    });
}

/// How many of the first bytes, `most` at most, both have.
fn in_common(a: &str, b: &str, most: usize) -> usize {
    let pairs = a.bytes().zip(b.bytes()).take(most);
    pairs.take_while(|(a, b)| a == b).count()
}

/// The first bytes of a name after so many, as a number of the same order.
fn beginning(name: &str, after: usize) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(&name.as_bytes()[after..]) {
        *to = *from;
    }
    u64::from_be_bytes(bytes)
}

/// What comes before the name: module, mode and type.
type Group<'t> = (&'t ModuleInstance, Mode, &'t str);

/// What is sorted by first.
struct Key<'t> {
    group: Group<'t>,
    name: &'t str,
}

impl<'t> Key<'t> {
    fn of(address: &'t Address) -> Key<'t> {
        let resource = &address.resource;
        Key {
            group: (&address.module, resource.mode, &resource.type_name),
            name: &resource.name,
        }
    }
}

/// The places of the items in their order. `full` compares what the keys do not tell apart, and agrees with them.
fn order_of<'t, T>(
    all: &'t [T],
    key: impl Fn(&'t T) -> Key<'t>,
    full: impl Fn(&T, &T) -> Ordering,
) -> Vec<usize> {
    // Per group its first name, and how much of it all names of the group have in common.
    let mut numbers: Lookup<Group<'t>, usize> = Lookup::default();
    let mut groups: Vec<(Group<'t>, &str, usize)> = Vec::new();
    let mut found: Vec<(usize, &str)> = Vec::with_capacity(all.len());
    for item in all {
        let Key { group, name } = key(item);
        let number = match found.last() {
            Some((last, _)) if groups[*last].0 == group => *last,
            _ => *numbers.entry(group).or_insert_with(|| {
                groups.push((group, name, name.len()));
                groups.len() - 1
            }),
        };
        let (_, first, common) = &mut groups[number];
        *common = in_common(first, name, *common);
        found.push((number, name));
    }
    let mut sorted: Vec<usize> = (0..groups.len()).collect();
    sorted.sort_by(|a, b| groups[*a].0.cmp(&groups[*b].0));
    let mut ranks = vec![0; groups.len()];
    for (rank, number) in sorted.into_iter().enumerate() {
        ranks[number] = rank;
    }
    let keys = found
        .into_iter()
        .enumerate()
        .map(|(at, (number, name))| (ranks[number], beginning(name, groups[number].2), at));
    let mut keys: Vec<(usize, u64, usize)> = keys.collect();
    keys.sort_unstable_by(|a, b| {
        let near = (a.0, a.1).cmp(&(b.0, b.1));
        near.then_with(|| full(&all[a.2], &all[b.2]))
            .then(a.2.cmp(&b.2))
    });
    keys.into_iter().map(|(_, _, at)| at).collect()
}

/// Puts the items in this order of their places. They may be large, so none is copied elsewhere: along each circle of places
/// an item changes with the one that belongs there.
fn arrange<T>(all: &mut [T], mut order: Vec<usize>) {
    for start in 0..all.len() {
        let mut at = start;
        loop {
            let from = std::mem::replace(&mut order[at], at);
            if from == start {
                break;
            }
            all.swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind of address, in an order of no meaning.
    fn mixed() -> Vec<(Address, usize)> {
        let modules = [
            "",
            "module.m[1].",
            "module.m[0].",
            "module.m[0].module.a.",
            "module.b.",
        ];
        let types = ["t.", "data.t.", "s.", "tt."];
        let names = [
            "name",
            "name_1",
            "name_10",
            "name_2",
            "n",
            "name_with_more_at_the_end",
            "ü",
        ];
        let keys = ["", "[2]", "[10]", "[\"a\"]"];
        let mut texts = Vec::new();
        for key in keys {
            for name in names {
                for module in modules {
                    texts.extend(types.map(|t| format!("{module}{t}{name}{key}")));
                }
            }
        }
        texts.push(texts[7].clone());
        let read = texts.iter().map(|text| Address::parse(text).unwrap());
        read.zip(0..).collect()
    }

    #[test]
    fn the_order_is_that_of_addresses() {
        let mut expected = mixed();
        expected.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        let mut found = mixed();
        sort_by_address(&mut found, |item| &item.0, |a, b| b.1.cmp(&a.1));
        assert_eq!(found, expected);
        sort_by_address(&mut found, |item| &item.0, |a, b| b.1.cmp(&a.1));
        assert_eq!(found, expected);
    }

    #[test]
    fn resources_are_in_their_order() {
        let resources = mixed().into_iter().map(|(a, at)| (a.resource.clone(), at));
        let mut found: Ordered<Resource, usize> = resources.collect();
        let mut expected = found.clone();
        expected.sort_keys();
        sort_resources(&mut found);
        assert!(found.iter().eq(expected.iter()));
    }
}
