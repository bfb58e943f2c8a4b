//! The declared objects by app, and the rules between them that are about numbers, secrets and places: AC20 to AC22,
//! AC29 and AC30.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use trunkline_api::kit::attrs;
use trunkline_api::kit::declared::Declared;
use trunkline_api::provider::{DeclaredObject, Role};
use trunkline_api::{Diagnostics, Value};

use super::lists::listed;
use super::{at, error, warning};
use crate::app::APP;
use crate::contact::CONTACT;
use crate::contact_list::CONTACT_LIST;
use crate::network::NETWORK;
use crate::provisioning_set::{PROVISIONING_SET, accounts, is_csv, records};
use crate::render::account;
use crate::settings::{CARRIERS, Public};
use crate::user::{USER, numbers};

/// What is declared of one app.
#[derive(Default)]
pub(super) struct Tenant<'o> {
    /// The Cloud ID, where it is known.
    pub(super) id: Option<&'o str>,
    pub(super) app: Option<&'o DeclaredObject>,
    pub(super) networks: Vec<&'o DeclaredObject>,
    pub(super) users: Vec<&'o DeclaredObject>,
    pub(super) contacts: Vec<&'o DeclaredObject>,
    pub(super) lists: Vec<&'o DeclaredObject>,
    pub(super) sets: Vec<&'o DeclaredObject>,
    pub(super) checks: Vec<&'o DeclaredObject>,
}

impl Tenant<'_> {
    /// A flag of the app.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.app
            .is_some_and(|app| attrs::flag(&app.config, name) == Some(true))
    }

    /// The app's tenancy, if it is declared.
    pub(super) fn tenancy(&self) -> Option<&str> {
        attrs::text(&self.app?.config, "tenancy")
    }

    /// The app in a message.
    pub(super) fn label(&self) -> &str {
        self.id
            .or(self.app.map(|app| app.address.as_str()))
            .unwrap_or_default()
    }
}

/// All declared objects by their app: its Cloud ID, or where that is not known yet the address that it comes from.
pub(super) struct Tenants<'o> {
    pub(super) all: Declared<'o>,
    pub(super) by_app: BTreeMap<&'o str, Tenant<'o>>,
}

impl<'o> Tenants<'o> {
    pub(super) fn new(all: &'o [DeclaredObject]) -> Tenants<'o> {
        let declared = Declared(all);
        let mut by_app: BTreeMap<&str, Tenant<'_>> = BTreeMap::new();
        let mut of = |object: &'o DeclaredObject, add: fn(&mut Tenant<'o>, &'o DeclaredObject)| {
            let own = attrs::text(&object.config, "cloud_id");
            let app = match &object.role {
                Role::Managed(name) if **name == *APP => Some(object),
                _ => declared.origin(object, "cloud_id", APP),
            };
            let id = own.or_else(|| attrs::text(&app?.config, "cloud_id"));
            if let Some(key) = id.or(app.map(|app| app.address.as_str())) {
                let tenant = by_app.entry(key).or_default();
                tenant.id = id;
                add(tenant, object);
            }
        };
        for (name, add) in [
            (
                APP,
                (|t, o| t.app = Some(o)) as fn(&mut Tenant<'o>, &'o DeclaredObject),
            ),
            (NETWORK, |t, o| t.networks.push(o)),
            (USER, |t, o| t.users.push(o)),
            (CONTACT, |t, o| t.contacts.push(o)),
            (CONTACT_LIST, |t, o| t.lists.push(o)),
            (PROVISIONING_SET, |t, o| t.sets.push(o)),
        ] {
            declared.managed(name).for_each(|object| of(object, add));
        }
        declared
            .data(crate::check::ENDPOINT_CHECK)
            .for_each(|check| of(check, |t, o| t.checks.push(o)));
        Tenants {
            all: declared,
            by_app,
        }
    }

    /// The Network ID that provisioning gives a user: nothing where it is not known, and within where it gives none.
    pub(super) fn given_network(&self, user: &DeclaredObject) -> Option<Option<&'o str>>
    where
        Self: 'o,
    {
        if attrs::is_unset(&user.config, "network_id") {
            return Some(None);
        }
        let network = self.all.origin(user, "network_id", NETWORK);
        network
            .and_then(|network| attrs::text(&network.config, "id"))
            .map(Some)
    }
}

/// The Cloud Username of an object, for a message.
pub(super) fn name(object: &DeclaredObject) -> &str {
    attrs::text(&object.config, "cloud_username").unwrap_or("(not known yet)")
}

/// AC20 [seed]: carriers are among those of the provider block.
pub(super) fn ac20(tenants: &Tenants<'_>) -> Diagnostics {
    let mut found = Vec::new();
    let allowed = |object: &DeclaredObject| -> Option<Vec<String>> {
        let block = tenants.all.block_of(object);
        let given = block.filter(|b| !attrs::is_unset(b, "sms_carriers"));
        match given {
            Some(block) if attrs::has_unknown(block, "sms_carriers") => None,
            Some(block) => Some(attrs::texts(block, "sms_carriers")),
            None => Some(CARRIERS.iter().map(|c| (*c).to_owned()).collect()),
        }
    };
    let mut judge = |object: &DeclaredObject, numbers: &[(String, String)], place: &str| {
        let Some(allowed) = allowed(object) else {
            return;
        };
        let mut wrong: Vec<&String> = numbers.iter().map(|(carrier, _)| carrier).collect();
        // Its form is judged with the object itself.
        wrong.retain(|c| !c.is_empty() && **c == c.to_lowercase() && !allowed.contains(c));
        wrong.sort();
        wrong.dedup();
        for carrier in wrong {
            let text = format!(
                "The carrier {carrier:?} is not among those of the provider block (sms_carriers): {}.",
                allowed.join(", ")
            );
            found.push(
                error("AC20", "Unknown Carrier", text)
                    .about(object.address.clone())
                    .on(at(place)),
            );
        }
    };
    for tenant in tenants.by_app.values() {
        for user in &tenant.users {
            if !attrs::has_unknown(&user.config, "sms_number") {
                judge(user, &numbers(&user.config), "sms_number");
            }
        }
        for set in &tenant.sets {
            let foreign = documents(set, tenant)
                .into_iter()
                .flat_map(|(_, read)| read.numbers());
            judge(set, &foreign.collect::<Vec<_>>(), "accounts");
        }
    }
    found
}

/// The readable account documents of a set, by Cloud Username, that are not those of declared users.
pub(super) fn documents<'o>(
    set: &'o DeclaredObject,
    tenant: &Tenant<'o>,
) -> Vec<(&'o str, account::Read)> {
    let own = |name: &str| {
        tenant
            .users
            .iter()
            .any(|u| attrs::text(&u.config, "cloud_username") == Some(name))
    };
    let all = accounts(&set.config).unwrap_or_default();
    let foreign = all.into_iter().filter(|(name, _)| !own(name));
    let read = foreign.filter_map(|(name, xml)| Some((name, account::read(xml).ok()?)));
    read.flat_map(|(name, all)| all.into_iter().map(move |one| (name, one)))
        .collect()
}

/// AC21 [assumed]: a number belongs to one user, unless the app says that they are shared.
pub(super) fn ac21(tenants: &Tenants<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for tenant in tenants
        .by_app
        .values()
        .filter(|t| !t.flag("shared_sms_numbers"))
    {
        let mut holders: BTreeMap<String, &DeclaredObject> = BTreeMap::new();
        for user in &tenant.users {
            let own: BTreeSet<String> = numbers(&user.config).into_iter().map(|(_, n)| n).collect();
            for number in own.into_iter().filter(|n| !n.is_empty()) {
                match holders.get(&number) {
                    Some(holder) => {
                        let text = format!(
                            "The SMS number {number:?} is that of {} already. If users share it, set shared_sms_numbers = true in the app.",
                            holder.address
                        );
                        found.push(
                            error("AC21", "SMS Number Twice", text)
                                .about(user.address.clone())
                                .on(at("sms_number")),
                        );
                    }
                    None => drop(holders.insert(number, user)),
                }
            }
        }
    }
    found
}

/// AC22 [seed]: the SMS gateway and numbers go together.
pub(super) fn ac22(tenants: &Tenants<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for tenant in tenants.by_app.values() {
        let Some(app) = tenant.app else { continue };
        let with = |o: &&&DeclaredObject| !numbers(&o.config).is_empty();
        let unknown = tenant
            .users
            .iter()
            .any(|u| attrs::has_unknown(&u.config, "sms_number"));
        let holder = tenant.users.iter().find(with);
        let elsewhere = tenant.sets.iter().any(|set| {
            accounts(&set.config).is_none_or(|all| all.is_empty() && !is_csv(&set.config))
                || documents(set, tenant)
                    .iter()
                    .any(|(_, read)| !read.numbers().is_empty())
        }) && tenant.users.is_empty();
        if tenant.flag("sms_gateway") {
            if holder.is_none() && !unknown && !elsewhere {
                let text = "The app has an SMS gateway, but no user has an SMS number, which provisioning must give.";
                found.push(
                    error("AC22", "No SMS Number", text)
                        .about(app.address.clone())
                        .on(at("sms_gateway")),
                );
            }
        } else if let Some(user) = holder
            && !attrs::has_unknown(&app.config, "sms_gateway")
        {
            let text = format!(
                "{} has an SMS number, but the app has no SMS gateway (sms_gateway), so it is not used.",
                user.address
            );
            found.push(
                warning("AC22", "SMS Number Without Gateway", text)
                    .about(user.address.clone())
                    .on(at("sms_number")),
            );
        }
    }
    found
}

/// Every secret that is declared.
fn secrets<'o>(tenants: &Tenants<'o>) -> BTreeSet<&'o str> {
    let mut found = BTreeSet::new();
    for tenant in tenants.by_app.values() {
        for user in &tenant.users {
            found.extend(
                ["sip_password", "cloud_password"]
                    .iter()
                    .filter_map(|n| attrs::text(&user.config, n)),
            );
            let extra = user.config.attr("extra_secrets").and_then(Value::as_fields);
            found.extend(
                extra
                    .into_iter()
                    .flat_map(|f| f.values())
                    .filter_map(Value::as_str),
            );
        }
        found.extend(
            tenant
                .app
                .and_then(|app| attrs::text(&app.config, "contacts_auth_password")),
        );
    }
    found.retain(|secret| !secret.is_empty());
    found
}

/// AC29 [assumed]: no value of a contact is a declared secret.
pub(super) fn ac29(tenants: &Tenants<'_>) -> Diagnostics {
    let secrets = secrets(tenants);
    let mut found = Vec::new();
    for tenant in tenants.by_app.values() {
        for list in &tenant.lists {
            for contact in listed(&list.config).0 {
                if has_text(&contact.json, &secrets) {
                    let text = format!(
                        "{} has a value that is a declared secret. Contacts are shown to others.",
                        contact.what
                    );
                    found.push(
                        error("AC29", "Secret in a Contact", text)
                            .about(list.address.clone())
                            .on(contact.place),
                    );
                }
            }
        }
        for person in tenant.users.iter().chain(&tenant.contacts) {
            let shown = [
                "display_name",
                "fname",
                "lname",
                "nick",
                "notes",
                "contact_id",
                "cloud_username",
            ];
            let texts = shown.iter().filter_map(|n| attrs::text(&person.config, n));
            let uris = attrs::items(&person.config, "entry")
                .iter()
                .filter_map(|e| attrs::text(e, "uri"));
            if texts.chain(uris).any(|text| secrets.contains(text)) {
                let text = "A value that others see in their contacts is a declared secret.";
                found
                    .push(error("AC29", "Secret in a Contact", text).about(person.address.clone()));
            }
        }
    }
    found
}

fn has_text(json: &Json, texts: &BTreeSet<&str>) -> bool {
    match json {
        Json::String(text) => texts.contains(text.as_str()),
        Json::Array(items) => items.iter().any(|item| has_text(item, texts)),
        Json::Object(members) => members.values().any(|member| has_text(member, texts)),
        _ => false,
    }
}

/// AC30 [assumed]: accounts go to no place that is declared public.
pub(super) fn ac30(tenants: &Tenants<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for set in tenants.all.managed(PROVISIONING_SET) {
        let public = tenants
            .all
            .block_of(set)
            .map(Public::of)
            .unwrap_or_default();
        let public = match attrs::text(&set.config, "target") {
            Some("directory") => public.directory,
            Some("http") => public.http,
            Some("s3") => public.s3,
            _ => false,
        };
        let path = attrs::text(&set.config, "path").unwrap_or_default();
        if public || path.split('/').next() == Some("public") {
            let text = "Account XML holds passwords, and everybody can read at this target. Publish it where only the provisioning service reads.";
            found.push(
                error("AC30", "Public Target", text)
                    .about(set.address.clone())
                    .on(at("target")),
            );
        }
    }
    found
}

/// The records of a set in the format csv.
pub(super) fn rows(set: &DeclaredObject) -> Vec<Json> {
    match is_csv(&set.config) {
        true => records(&set.config).unwrap_or_default(),
        false => Vec::new(),
    }
}
