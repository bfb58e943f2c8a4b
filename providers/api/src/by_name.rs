//! Things by name, as schemas and object types have them.
//!
//! It keeps them sorted in one piece of memory: they are few, they are walked through for every object, and they change
//! only while they are put together.

use std::fmt;
use std::slice;
use std::sync::Arc;

/// Named things, sorted by name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ByName<T>(Vec<(Arc<str>, T)>);

impl<T> ByName<T> {
    /// None yet.
    #[must_use]
    pub const fn new() -> ByName<T> {
        ByName(Vec::new())
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| (**other).cmp(name))
    }

    /// The one called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&T> {
        let at = self.position(name).ok()?;
        Some(&self.0[at].1)
    }

    /// The one called `name`, with the name.
    #[must_use]
    pub fn get_key_value(&self, name: &str) -> Option<(&Arc<str>, &T)> {
        let (name, thing) = &self.0[self.position(name).ok()?];
        Some((name, thing))
    }

    /// The one called `name`, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        let at = self.position(name).ok()?;
        Some(&mut self.0[at].1)
    }

    /// Whether there is one called `name`.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.position(name).is_ok()
    }

    /// Adds one; it takes the place of one of the same name.
    pub fn insert(&mut self, name: Arc<str>, thing: T) {
        match self.position(&name) {
            Ok(at) => self.0[at].1 = thing,
            Err(at) => self.0.insert(at, (name, thing)),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and things, sorted by name.
    pub fn iter(&self) -> Iter<'_, T> {
        self.into_iter()
    }

    /// The names, sorted.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Arc<str>> + DoubleEndedIterator + Clone {
        self.0.iter().map(|(name, _)| name)
    }

    /// The things, sorted by name.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &T> + DoubleEndedIterator + Clone {
        self.0.iter().map(|(_, thing)| thing)
    }

    /// The things, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().map(|(_, thing)| thing)
    }
}

impl<T> Default for ByName<T> {
    fn default() -> ByName<T> {
        ByName::new()
    }
}

impl<K: Into<Arc<str>>, T> FromIterator<(K, T)> for ByName<T> {
    /// Collects and sorts; of equal names the last wins.
    fn from_iter<I: IntoIterator<Item = (K, T)>>(iter: I) -> ByName<T> {
        let things = iter.into_iter().map(|(name, thing)| (name.into(), thing));
        let mut things: Vec<(Arc<str>, T)> = things.collect();
        if !things.is_sorted_by(|a, b| a.0 < b.0) {
            things.reverse();
            things.sort_by(|a, b| a.0.cmp(&b.0));
            things.dedup_by(|a, b| a.0 == b.0);
        }
        ByName(things)
    }
}

impl<K: Into<Arc<str>>, T, const N: usize> From<[(K, T); N]> for ByName<T> {
    fn from(things: [(K, T); N]) -> ByName<T> {
        things.into_iter().collect()
    }
}

impl<T> Extend<(Arc<str>, T)> for ByName<T> {
    fn extend<I: IntoIterator<Item = (Arc<str>, T)>>(&mut self, iter: I) {
        for (name, thing) in iter {
            self.insert(name, thing);
        }
    }
}

impl<T> IntoIterator for ByName<T> {
    type Item = (Arc<str>, T);
    type IntoIter = std::vec::IntoIter<(Arc<str>, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'b, T> IntoIterator for &'b ByName<T> {
    type Item = (&'b Arc<str>, &'b T);
    type IntoIter = Iter<'b, T>;

    fn into_iter(self) -> Iter<'b, T> {
        Iter(self.0.iter())
    }
}

/// Names and things, sorted by name.
pub struct Iter<'b, T>(slice::Iter<'b, (Arc<str>, T)>);

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Iter(self.0.clone())
    }
}

impl<'b, T> Iterator for Iter<'b, T> {
    type Item = (&'b Arc<str>, &'b T);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(name, thing)| (name, thing))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T> DoubleEndedIterator for Iter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(name, thing)| (name, thing))
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}

impl<T: fmt::Debug> fmt::Debug for ByName<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_sorted_and_the_last_of_a_name_wins() {
        let mut things: ByName<u8> = [("c", 1), ("a", 2), ("c", 3)].into();
        things.insert("b".into(), 4);
        assert_eq!(format!("{things:?}"), r#"{"a": 2, "b": 4, "c": 3}"#);
        assert_eq!((things.get("c"), things.get("d")), (Some(&3), None));
        assert!(things.contains_key("a") && !things.contains_key(""));
        assert_eq!((things.len(), things.iter().rev().count()), (3, 3));
    }
}
