//! The declared objects as the rules between objects look at them: apps, their webhooks, who uses them.
//!
//! It only finds; the rules judge. What cannot be told apart (one of several instances) is not found.

use trunkline_api::Value;
use trunkline_api::kit::attrs;
use trunkline_api::provider::{DeclaredObject, Role};

use crate::app::APP;
use crate::settings::VENDOR;
use crate::webhook::WEBHOOK;

/// Resource types of the other side.
const SERVICE: &str = "sinchcontactpro_messaging_service";
pub(super) const ADDRESS: &str = "sinchcontactpro_queue_address";

/// How the target of Contact Pro ends [public].
const TARGET: &str = "/sms/sinchconversation/all";

/// All declared objects of the configuration.
pub(super) struct Declared<'o> {
    all: &'o [DeclaredObject],
    pub(super) apps: Vec<&'o DeclaredObject>,
    pub(super) webhooks: Vec<&'o DeclaredObject>,
    /// Messaging services of the type sinchconversation.
    pub(super) services: Vec<&'o DeclaredObject>,
}

/// Address and key of an instance.
fn split(address: &str) -> (&str, &str) {
    match address.rfind('[') {
        Some(at) if address.ends_with(']') => address.split_at(at),
        _ => (address, ""),
    }
}

impl<'o> Declared<'o> {
    pub(super) fn new(all: &'o [DeclaredObject]) -> Declared<'o> {
        let of = |name: &str| {
            all.iter()
                .filter(|o| matches!(&o.role, Role::Managed(t) if **t == *name))
                .collect::<Vec<_>>()
        };
        let mut services = of(SERVICE);
        services.retain(|s| {
            attrs::text(&s.config, "type")
                .is_some_and(|t| t.eq_ignore_ascii_case("sinchconversation"))
        });
        Declared {
            all,
            apps: of(APP),
            webhooks: of(WEBHOOK),
            services,
        }
    }

    /// The managed objects of a type.
    pub(super) fn of_type(
        &self,
        name: &'o str,
    ) -> impl Iterator<Item = &'o DeclaredObject> + use<'o> {
        self.all
            .iter()
            .filter(move |o| matches!(&o.role, Role::Managed(t) if **t == *name))
    }

    /// The data sources of a type.
    pub(super) fn data(&self, name: &'o str) -> impl Iterator<Item = &'o DeclaredObject> + use<'o> {
        self.all
            .iter()
            .filter(move |o| matches!(&o.role, Role::Data(t) if **t == *name))
    }

    /// The provider blocks of this provider.
    pub(super) fn blocks(&self) -> impl Iterator<Item = &'o DeclaredObject> + use<'o> {
        self.all
            .iter()
            .filter(|o| o.role == Role::Provider && *o.provider == *VENDOR)
    }

    /// An argument of the provider block that an object uses, if it is known.
    pub(super) fn setting(&self, object: &DeclaredObject, name: &str) -> Option<&'o str> {
        let block = self
            .all
            .iter()
            .find(|o| o.role == Role::Provider && o.address == object.provider_address)?;
        attrs::text(&block.config, name)
    }

    /// The apps that an attribute of an object leads to: by known id, else by reference. Of several instances it is the
    /// one with the object's own key.
    pub(super) fn apps_of(
        &self,
        object: &DeclaredObject,
        attribute: &str,
    ) -> Vec<&'o DeclaredObject> {
        let (_, key) = split(&object.address);
        let mut found = Vec::new();
        for (name, address, source) in &object.references {
            if **name != *attribute || !(source.is_empty() || **source == *"id") {
                continue;
            }
            let there: Vec<_> = self
                .apps
                .iter()
                .copied()
                .filter(|app| split(&app.address).0 == address)
                .collect();
            match there[..] {
                [one] => found.push(one),
                _ => found.extend(
                    there
                        .iter()
                        .copied()
                        .filter(|app| !key.is_empty() && split(&app.address).1 == key),
                ),
            }
        }
        found
    }

    /// The declared app of an id that is known.
    pub(super) fn app_by_id(&self, id: &str) -> Option<&'o DeclaredObject> {
        self.apps
            .iter()
            .copied()
            .find(|app| attrs::text(&app.config, "id") == Some(id))
    }

    /// The app of a webhook.
    pub(super) fn app_of(&self, webhook: &DeclaredObject) -> Option<&'o DeclaredObject> {
        let by_id = attrs::text(&webhook.config, "app_id").and_then(|id| self.app_by_id(id));
        by_id.or_else(|| match self.apps_of(webhook, "app_id")[..] {
            [one] => Some(one),
            _ => None,
        })
    }

    /// What tells a webhook's app: its address, or its id where it is not declared.
    pub(super) fn app_key(&self, webhook: &DeclaredObject) -> Option<String> {
        match self.app_of(webhook) {
            Some(app) => Some(app.address.clone()),
            None => attrs::text(&webhook.config, "app_id").map(str::to_owned),
        }
    }

    /// The webhooks of an app.
    pub(super) fn webhooks_of(&self, app: &DeclaredObject) -> Vec<&'o DeclaredObject> {
        let of = |w: &&&DeclaredObject| self.app_of(w).is_some_and(|a| a.address == app.address);
        self.webhooks.iter().filter(of).copied().collect()
    }

    /// The apps that a messaging service sends through.
    pub(super) fn apps_of_service(&self, service: &DeclaredObject) -> Vec<&'o DeclaredObject> {
        let ids =
            entries(service).filter_map(|e| attrs::text(e, "authentication_id")?.split_once('@'));
        let mut found: Vec<_> = ids.filter_map(|(_, id)| self.app_by_id(id)).collect();
        for app in self.apps_of(service, "authentication") {
            if !found.iter().any(|a| a.address == app.address) {
                found.push(app);
            }
        }
        found
    }

    /// The apps that Contact Pro uses: a messaging service or a queue address names them, or a webhook leads there.
    pub(super) fn used(&self) -> Vec<&'o DeclaredObject> {
        let mut names: Vec<&str> = Vec::new();
        names.extend(
            self.services
                .iter()
                .flat_map(|s| self.apps_of_service(s))
                .map(|a| a.address.as_str()),
        );
        names.extend(
            self.of_type(ADDRESS)
                .flat_map(|a| self.apps_of(a, "address"))
                .map(|a| a.address.as_str()),
        );
        let there = |w: &&&DeclaredObject| {
            attrs::text(&w.config, "target").is_some_and(|t| t.ends_with(TARGET))
        };
        names.extend(
            self.webhooks
                .iter()
                .filter(there)
                .filter_map(|w| self.app_of(w))
                .map(|a| a.address.as_str()),
        );
        self.apps
            .iter()
            .copied()
            .filter(|app| names.contains(&app.address.as_str()))
            .collect()
    }
}

/// The authentications of a messaging service.
pub(super) fn entries(service: &DeclaredObject) -> impl Iterator<Item = &Value> {
    attrs::items(&service.config, "authentication").iter()
}

/// The secret of the webhook entry of a messaging service, if it is known.
pub(super) fn entry_secret(service: &DeclaredObject) -> Option<&str> {
    let entry =
        entries(service).find(|e| attrs::text(e, "authentication_id") == Some("webhook"))?;
    attrs::text(entry, "secret")
}

/// The secret of a webhook, if it is known.
pub(super) fn webhook_secret(webhook: &DeclaredObject) -> Option<&str> {
    attrs::text(&webhook.config, "secret").or_else(|| attrs::text(&webhook.config, "secret_wo"))
}
