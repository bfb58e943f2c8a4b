//! Values by name, as objects and maps have them.
//!
//! It keeps them sorted, so that they have one order everywhere, and knows nothing of types.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::Value;

/// Named values sorted by name. Cheap to clone, and to compare with what shares them.
#[derive(Clone, Eq, Default)]
pub struct Fields(Arc<[(Arc<str>, Value)]>);

impl PartialEq for Fields {
    fn eq(&self, other: &Fields) -> bool {
        // The standard library looks at all elements, shared or not.
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Fields {
    /// Those of names that are sorted already, each of them once.
    #[must_use]
    pub fn of_sorted(fields: Vec<(Arc<str>, Value)>) -> Fields {
        debug_assert!(fields.windows(2).all(|w| w[0].0 < w[1].0));
        Fields(fields.into())
    }

    /// The value called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let at = self.0.binary_search_by(|(k, _)| (**k).cmp(name)).ok()?;
        Some(&self.0[at].1)
    }

    /// Gives the values by names that are asked for in their order, as a schema lists them.
    #[must_use]
    pub fn in_order(&self) -> InOrder<'_> {
        InOrder {
            fields: &self.0,
            next: 0,
        }
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Value)> + DoubleEndedIterator {
        self.0.iter().map(|(k, v)| (k, v))
    }

    /// The values, sorted by name.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Value> + DoubleEndedIterator {
        self.0.iter().map(|(_, v)| v)
    }

    /// The names, sorted.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Arc<str>> + DoubleEndedIterator {
        self.0.iter().map(|(k, _)| k)
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

    /// The same names, with what `change` makes of the value of each.
    #[must_use]
    pub fn map(&self, mut change: impl FnMut(&Arc<str>, &Value) -> Value) -> Fields {
        let fields = self.0.iter();
        let changed = fields.map(|(name, value)| (name.clone(), change(name, value)));
        Fields(changed.collect())
    }

    /// A copy with `name` set to `value`.
    #[must_use]
    pub fn with(&self, name: &str, value: Value) -> Fields {
        let mut fields = self.clone();
        fields.set(name, value);
        fields
    }

    /// Sets `name` to `value`: where it lies as long as nobody shares it, and in a copy otherwise, so that of several
    /// changes only the first may cost one.
    pub fn set(&mut self, name: &str, value: Value) {
        match self.0.binary_search_by(|(k, _)| (**k).cmp(name)) {
            Ok(at) => Arc::make_mut(&mut self.0)[at].1 = value,
            Err(at) => {
                let mut fields: Vec<(Arc<str>, Value)> = self.0.to_vec();
                fields.insert(at, (name.into(), value));
                self.0 = fields.into();
            }
        }
    }
}

/// Looks values up one after the other: next to nothing where they lie in the order in which they are asked for, and a
/// search where they do not.
#[derive(Default)]
pub struct InOrder<'f> {
    fields: &'f [(Arc<str>, Value)],
    next: usize,
}

impl<'f> InOrder<'f> {
    /// The value called `name`.
    pub fn get(&mut self, name: &Arc<str>) -> Option<&'f Value> {
        if let Some((key, value)) = self.fields.get(self.next)
            && (Arc::ptr_eq(key, name) || key == name)
        {
            self.next += 1;
            return Some(value);
        }
        match self.fields.binary_search_by(|(key, _)| key.cmp(name)) {
            Ok(at) => {
                self.next = at + 1;
                Some(&self.fields[at].1)
            }
            Err(at) => {
                self.next = at;
                None
            }
        }
    }
}

impl<K: Into<Arc<str>>> FromIterator<(K, Value)> for Fields {
    /// Collects and sorts; of equal names the last wins.
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(iter: I) -> Fields {
        let fields = iter.into_iter().map(|(k, v)| (k.into(), v));
        fields.collect::<Vec<(Arc<str>, Value)>>().into()
    }
}

impl From<Vec<(Arc<str>, Value)>> for Fields {
    /// Sorts; of equal names the last wins.
    fn from(mut fields: Vec<(Arc<str>, Value)>) -> Fields {
        if !fields.windows(2).all(|w| w[0].0 < w[1].0) {
            fields.reverse();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            fields.dedup_by(|a, b| a.0 == b.0);
        }
        Fields(fields.into())
    }
}

impl From<BTreeMap<Arc<str>, Value>> for Fields {
    fn from(map: BTreeMap<Arc<str>, Value>) -> Fields {
        Fields(map.into_iter().collect::<Vec<_>>().into())
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
