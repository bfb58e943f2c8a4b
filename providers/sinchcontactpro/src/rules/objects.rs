//! The declared objects as the rules between objects look at them: by type, by address, by what they come from.
//!
//! It only finds; the rules judge.

use std::collections::BTreeMap;

use trunkline_api::Value;
use trunkline_api::kit::attrs;
use trunkline_api::provider::{DeclaredObject, Role, without_keys};

use super::text;
use crate::messaging_service::AUTHENTICATION;
use crate::names;

/// The declared objects.
pub(super) struct Objects<'o> {
    by_type: BTreeMap<&'o str, Vec<&'o DeclaredObject>>,
    by_address: BTreeMap<String, Vec<&'o DeclaredObject>>,
    providers: BTreeMap<&'o str, &'o DeclaredObject>,
}

impl<'o> Objects<'o> {
    pub(super) fn new(objects: &'o [DeclaredObject]) -> Objects<'o> {
        let mut found = Objects {
            by_type: BTreeMap::new(),
            by_address: BTreeMap::new(),
            providers: BTreeMap::new(),
        };
        for object in objects {
            match &object.role {
                Role::Provider => drop(found.providers.insert(&object.address, object)),
                Role::Managed(name) => {
                    found.by_type.entry(name).or_default().push(object);
                    found
                        .by_address
                        .entry(without_keys(&object.address))
                        .or_default()
                        .push(object);
                }
                Role::Data(_) | Role::Ephemeral(_) | Role::Window => {}
            }
        }
        found
    }

    /// The managed objects of a type.
    pub(super) fn of_type(&self, name: &str) -> &[&'o DeclaredObject] {
        self.by_type.get(name).map_or(&[], Vec::as_slice)
    }

    /// The messaging services of a type, in the spelling of this crate.
    pub(super) fn services(&self, service_type: &str) -> Vec<&'o DeclaredObject> {
        let all = self
            .of_type("sinchcontactpro_messaging_service")
            .iter()
            .copied();
        all.filter(|o| type_of(o).as_deref() == Some(service_type))
            .collect()
    }

    /// Whether a messaging service has a type that is not known yet.
    pub(super) fn has_open_type(&self) -> bool {
        let mut all = self.of_type("sinchcontactpro_messaging_service").iter();
        all.any(|o| type_of(o).is_none())
    }

    /// The provider block of an object.
    pub(super) fn provider(&self, object: &DeclaredObject) -> Option<&'o Value> {
        self.providers
            .get(&*object.provider_address)
            .map(|p| &p.config)
    }

    /// The objects of a type that an attribute of `object` comes from, where each is the only instance at its address:
    /// of several it is not told which is meant.
    pub(super) fn sources(
        &self,
        object: &DeclaredObject,
        attribute: &str,
        type_name: &str,
    ) -> Vec<&'o DeclaredObject> {
        let of = |(name, address, _): &(_, String, _)| -> Option<&'o DeclaredObject> {
            let name: &std::sync::Arc<str> = name;
            let [one] = self.by_address.get(address)?.as_slice() else {
                return None;
            };
            let fits = matches!(&one.role, Role::Managed(t) if **t == *type_name);
            (**name == *attribute && fits).then_some(*one)
        };
        let mut found: Vec<&DeclaredObject> = object.references.iter().filter_map(of).collect();
        found.dedup_by_key(|o| &o.address);
        found
    }

    /// The apps that the authentications of a service name.
    pub(super) fn apps(&self, service: &DeclaredObject) -> Vec<&'o DeclaredObject> {
        self.sources(service, AUTHENTICATION, "sinchconversation_app")
    }

    /// The webhooks of an app.
    pub(super) fn webhooks(&self, app: &DeclaredObject) -> Vec<&'o DeclaredObject> {
        let all = self.of_type("sinchconversation_webhook").iter().copied();
        all.filter(|w| {
            self.sources(w, "app_id", "sinchconversation_app")
                .iter()
                .any(|a| a.address == app.address)
        })
        .collect()
    }
}

/// The type of a messaging service, in the spelling of this crate.
pub(super) fn type_of(service: &DeclaredObject) -> Option<String> {
    text(&service.config, "type").map(names::canonical)
}

/// The entry webhook of a service.
pub(super) fn webhook_entry(service: &DeclaredObject) -> Option<&Value> {
    let mut entries = attrs::items(&service.config, AUTHENTICATION).iter();
    entries.find(|entry| text(entry, "authentication_id") == Some(names::WEBHOOK))
}

/// The app ids that the outgoing entries of a service name; nothing where one is not known.
pub(super) fn app_ids(service: &DeclaredObject) -> Option<Vec<&str>> {
    let entries = service
        .config
        .attr(AUTHENTICATION)
        .filter(|e| e.is_known())?;
    let mut found = Vec::new();
    for entry in entries.as_slice().unwrap_or(&[]) {
        let id = text(entry, "authentication_id")?;
        found.extend(names::key_and_app(id).map(|(_, app)| app));
    }
    Some(found)
}
