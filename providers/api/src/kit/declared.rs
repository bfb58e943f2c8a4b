//! The declared objects as rules between objects look at them: by type, by provider block, and by where values come from.
//!
//! It only finds; rules judge.

use super::attrs;
use crate::Value;
use crate::provider::{DeclaredObject, Role, without_keys};

/// All declared objects of the configuration.
#[derive(Clone, Copy)]
pub struct Declared<'o>(pub &'o [DeclaredObject]);

impl<'o> Declared<'o> {
    /// The managed resources of one type.
    pub fn managed(self, type_name: &str) -> impl Iterator<Item = &'o DeclaredObject> {
        let of =
            move |o: &&DeclaredObject| matches!(&o.role, Role::Managed(t) if **t == *type_name);
        self.0.iter().filter(of)
    }

    /// The data sources of one type.
    pub fn data(self, type_name: &str) -> impl Iterator<Item = &'o DeclaredObject> {
        let of = move |o: &&DeclaredObject| matches!(&o.role, Role::Data(t) if **t == *type_name);
        self.0.iter().filter(of)
    }

    /// Whether a change window of the project holds all of some `actions` on objects of a type.
    #[must_use]
    pub fn is_held(self, type_name: &str, actions: &[&str]) -> bool {
        let has = |window: &DeclaredObject, list: &str, item: &str| {
            attrs::texts(&window.config, list).iter().any(|i| i == item)
        };
        let windows = || self.0.iter().filter(|o| o.role == Role::Window);
        actions.iter().all(|action| {
            windows().any(|w| has(w, "types", type_name) && has(w, "actions", action))
        })
    }

    /// The configuration of the provider block that an object uses, if it is declared.
    #[must_use]
    pub fn block_of(self, object: &DeclaredObject) -> Option<&'o Value> {
        let mut blocks = self.0.iter().filter(|o| o.role == Role::Provider);
        let block = blocks.find(|o| o.address == object.provider_address)?;
        Some(&block.config)
    }

    /// The one declared object of a type that the value of attribute `name` comes from: what tells values that are not
    /// known yet. Nothing where it comes from one of several instances.
    #[must_use]
    pub fn origin(
        self,
        object: &DeclaredObject,
        name: &str,
        type_name: &str,
    ) -> Option<&'o DeclaredObject> {
        let mut of_type = self
            .managed(type_name)
            .filter(|of| refers(object, name, of));
        let one = of_type.next()?;
        of_type.next().is_none().then_some(one)
    }
}

/// Whether the value of attribute `name` comes from `of`, or from any instance of its resource.
#[must_use]
pub fn refers(object: &DeclaredObject, name: &str, of: &DeclaredObject) -> bool {
    let address = without_keys(&of.address);
    let mut references = object.references.iter();
    references.any(|(attribute, there, _)| **attribute == *name && *there == address)
}
