//! The declared objects as the rules between objects look at them: which channel each is of, and what that is.
//!
//! It only finds; the rules judge. What cannot be told apart (one of several instances) is not found.

use trunkline_api::Value;
use trunkline_api::kit::attrs;
use trunkline_api::provider::{DeclaredObject, Role, without_keys};

use crate::channel::CHANNEL;

/// All declared objects of the configuration.
pub(super) struct Declared<'o> {
    pub(super) all: &'o [DeclaredObject],
}

/// The type of an object, managed or read.
fn type_of(object: &DeclaredObject) -> Option<&str> {
    match &object.role {
        Role::Managed(name) | Role::Data(name) => Some(name),
        _ => None,
    }
}

impl<'o> Declared<'o> {
    pub(super) fn new(all: &'o [DeclaredObject]) -> Declared<'o> {
        Declared { all }
    }

    /// The objects of a type, managed or read.
    pub(super) fn of_type(
        &self,
        name: &'o str,
    ) -> impl Iterator<Item = &'o DeclaredObject> + use<'o> {
        self.all.iter().filter(move |o| type_of(o) == Some(name))
    }

    /// The one object that an attribute refers to. Of several instances it is the one with the object's own key.
    pub(super) fn referred(
        &self,
        object: &DeclaredObject,
        attribute: &str,
        type_name: &'o str,
    ) -> Option<&'o DeclaredObject> {
        let key = |address: &str| address.rfind('[').map(|at| address[at..].to_owned());
        let own = key(&object.address);
        for (name, address, _) in object.references.iter().filter(|(n, ..)| **n == *attribute) {
            let _ = name;
            let there: Vec<_> = self
                .of_type(type_name)
                .filter(|o| without_keys(&o.address) == *address)
                .collect();
            match there[..] {
                [] => {}
                [one] => return Some(one),
                _ => {
                    let mut same = there
                        .into_iter()
                        .filter(|o| own.is_some() && key(&o.address) == own);
                    return same.next();
                }
            }
        }
        None
    }

    /// The declared channel of an object: by reference, else by its known id.
    fn channel(&self, object: &DeclaredObject) -> Option<&'o DeclaredObject> {
        let by_id = |id: &str| {
            let is = |o: &&DeclaredObject| id_of(&o.config) == Some(id);
            self.of_type(CHANNEL).find(is)
        };
        let referred = self.referred(object, "cust_space_id", CHANNEL);
        referred.or_else(|| by_id(attrs::text(&object.config, "cust_space_id")?))
    }

    /// What tells an object's channel: its id where that is known, else the address of the declared one.
    pub(super) fn channel_key(&self, object: &DeclaredObject) -> Option<String> {
        let id = attrs::text(&object.config, "cust_space_id");
        let id = id.or_else(|| id_of(&self.channel(object)?.config));
        match id {
            Some(id) => Some(id.to_owned()),
            None => self.channel(object).map(|channel| channel.address.clone()),
        }
    }

    /// The type of an object's channel, in lower case, where it is known.
    pub(super) fn channel_type(&self, object: &DeclaredObject) -> Option<String> {
        let kind = attrs::text(&self.channel(object)?.config, "channel_type")?;
        Some(kind.to_ascii_lowercase())
    }

    /// The provider block that an object uses.
    pub(super) fn block(&self, object: &DeclaredObject) -> Option<&'o Value> {
        let block = self
            .all
            .iter()
            .find(|o| o.role == Role::Provider && o.address == object.provider_address)?;
        Some(&block.config)
    }
}

/// The id of a declared channel.
fn id_of(channel: &Value) -> Option<&str> {
    let ids = ["cust_space_id", "instance_id"];
    ids.into_iter().find_map(|name| attrs::text(channel, name))
}
