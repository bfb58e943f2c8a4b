//! What the rows of a state depend on, as the addresses that a plan keeps.
//!
//! A state names the same resources again and again. It reads names only; what they mean for an order is for others.

use std::sync::Arc;

use trunkline_state::Row;

use super::prior::{PriorState, named, stored_mode};
use crate::address::ConfigAddress;
use crate::lookup::Lookup;

/// What the rows of a state say that they depend on. Each name is read once, and equal lists and names are shared, because
/// all of them are kept as long as a plan is.
pub struct Dependencies<'p> {
    prior: &'p PriorState,
    /// Filled when the first name is read: often there is none.
    names: Lookup<&'p str, Option<ConfigAddress>>,
    last: (Option<&'p Arc<[String]>>, Arc<[ConfigAddress]>),
}

impl<'p> Dependencies<'p> {
    /// Of the rows of this state.
    #[must_use]
    pub fn new(prior: &'p PriorState) -> Dependencies<'p> {
        Dependencies {
            prior,
            names: Lookup::default(),
            last: (None, Arc::default()),
        }
    }

    /// The names that the state itself has.
    fn own_names(prior: &'p PriorState) -> Lookup<&'p str, Option<ConfigAddress>> {
        let mut names = Lookup::default();
        names.reserve(prior.resources.len());
        for (address, instances) in &prior.resources {
            let rows = instances.values().filter_map(|i| i.current.as_ref());
            let named = rows.filter(|row| is_named(row, address)).take(1);
            names.extend(named.map(|row| (row.key.address.as_str(), Some(address.clone()))));
        }
        names
    }

    /// What rows depend on, taken together; sorted.
    pub fn of(&mut self, rows: impl Iterator<Item = &'p Row>) -> Arc<[ConfigAddress]> {
        let lists = rows.map(|row| &row.dependencies);
        let mut lists: Vec<&'p Arc<[String]>> = lists.filter(|list| !list.is_empty()).collect();
        if lists.is_empty() {
            return Arc::default();
        }
        lists.dedup_by(|a, b| Arc::ptr_eq(a, b) || a == b);
        if let ([list], Some(last)) = (lists.as_slice(), self.last.0)
            && (Arc::ptr_eq(list, last) || list == &last)
        {
            return self.last.1.clone();
        }
        let texts = lists.iter().flat_map(|list| list.iter());
        let mut all: Vec<ConfigAddress> = texts.filter_map(|text| self.shared(text)).collect();
        all.sort_unstable();
        all.dedup();
        let found: Arc<[ConfigAddress]> = all.into();
        if let [list] = lists.as_slice() {
            self.last = (Some(*list), found.clone());
        }
        found
    }

    fn shared(&mut self, text: &'p str) -> Option<ConfigAddress> {
        let prior = self.prior;
        if self.names.is_empty() {
            self.names = Self::own_names(prior);
        }
        let read = || {
            let address = named(text)?;
            let known = prior.resources.get_key_value(&address);
            Some(known.map_or(address, |(known, _)| known.clone()))
        };
        self.names.entry(text).or_insert_with(read).clone()
    }
}

/// Whether a row goes by the very name of a resource, as others call it that depend on it: a resource of the root module
/// without instances.
fn is_named(row: &Row, address: &ConfigAddress) -> bool {
    let resource = &address.resource;
    address.module.is_root()
        && row.module.is_empty()
        && row.index_key.is_none()
        && row.mode == stored_mode(resource.mode)
        && row.type_name == resource.type_name
        && row.name == resource.name
}

#[cfg(test)]
mod tests {
    use trunkline_state::{Mode, RowName, Snapshot};

    use super::*;

    fn row(name: &str, on: &[&str]) -> Row {
        Row {
            key: RowName::current(format!("t.{name}")),
            module: "".into(),
            mode: Mode::Managed,
            type_name: "t".into(),
            name: name.into(),
            index_key: None,
            provider: "".into(),
            schema_version: 0,
            tainted: false,
            create_before_destroy: false,
            dependencies: on.iter().map(|text| (*text).to_owned()).collect(),
            attributes: Vec::new(),
            private: Vec::new(),
            version: 1,
        }
    }

    fn state(rows: Vec<Row>) -> PriorState {
        let snapshot = Snapshot {
            lineage: String::new(),
            serial: 1,
            rows: rows.into_iter().map(Arc::new).collect(),
            outputs: Vec::new(),
            checks: Vec::new(),
            intents: Vec::new(),
        };
        PriorState::read(snapshot).unwrap()
    }

    fn texts(found: &[ConfigAddress]) -> Vec<String> {
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_are_sorted_and_shared() {
        let a = row("a", &[]);
        let b = row("b", &["t.gone", "t.a", "module.m.t.x[0]", "not an address"]);
        let again = row("c", &["t.a", "t.gone"]);
        let prior = state(vec![a, b.clone(), again.clone()]);
        let mut dependencies = Dependencies::new(&prior);
        let of_b = dependencies.of([&b].into_iter());
        assert_eq!(texts(&of_b), ["t.a", "t.gone", "module.m.t.x"]);
        let both = dependencies.of([&b, &again].into_iter());
        assert_eq!(texts(&both), texts(&of_b));
        assert!(dependencies.of([].into_iter()).is_empty());
        // The very name that the state has, not another one that is equal.
        let (known, _) = prior.resources.first_key_value().unwrap();
        assert!(Arc::ptr_eq(&known.resource.name, &of_b[0].resource.name));
        let alike = row("d", &["t.a", "t.gone"]);
        let first = dependencies.of([&again].into_iter());
        assert!(Arc::ptr_eq(&first, &dependencies.of([&alike].into_iter())));
    }

    #[test]
    fn a_row_that_has_moved_is_not_its_old_name() {
        let moved = row("old", &[]);
        let user = row("user", &["t.old", "t.new"]);
        let mut prior = state(vec![moved, user.clone()]);
        let old = prior.resources.pop_first().unwrap();
        let new = crate::address::Address::parse("t.new").unwrap();
        let new = new.config().clone();
        prior.resources.insert(new, old.1);
        let found = Dependencies::new(&prior).of([&user].into_iter());
        assert_eq!(texts(&found), ["t.new", "t.old"]);
    }
}
