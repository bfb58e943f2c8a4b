//! The rules between contacts, users, networks and apps that make messaging work: AC06 to AC11, and AC23.

use std::collections::BTreeSet;

use trunkline_api::kit::attrs;
use trunkline_api::kit::declared::refers;
use trunkline_api::provider::DeclaredObject;
use trunkline_api::{Diagnostic, Diagnostics, Path};

use super::between::{Tenant, Tenants, documents, name, rows};
use super::lists::listed;
use super::{at, error, warning};
use crate::render::contact::text;

/// A contact of messaging that is known: who it is, and where it is declared.
struct Member<'o> {
    user: String,
    network: String,
    object: &'o DeclaredObject,
    place: Path,
}

/// The known messaging contacts of an app: of lists, and of contacts. Those of declared users are rendered from them.
fn members<'o>(tenant: &Tenant<'o>) -> Vec<Member<'o>> {
    let mut found = Vec::new();
    for object in &tenant.contacts {
        let known = attrs::text(&object.config, "cloud_username")
            .zip(attrs::text(&object.config, "network_id"));
        found.extend(known.map(|(user, network)| Member {
            user: user.to_owned(),
            network: network.to_owned(),
            object,
            place: at("network_id"),
        }));
    }
    for object in &tenant.lists {
        for contact in listed(&object.config).0 {
            let known = text(&contact.json, "cloudUsername").zip(text(&contact.json, "networkId"));
            let member = known.map(|(user, network)| Member {
                user: user.to_owned(),
                network: network.to_owned(),
                object,
                place: contact.place.clone(),
            });
            found.extend(member);
        }
    }
    found
}

/// Whether the member is the declared contact that a list shows again.
fn told_already(found: &Diagnostics, text: &str) -> bool {
    found.iter().any(|d| d.detail.contains(text))
}

/// The effective Network ID of a user [seed]: that of provisioning, else the Cloud ID.
fn network<'o>(
    tenants: &Tenants<'o>,
    tenant: &Tenant<'o>,
    user: &'o DeclaredObject,
) -> Option<&'o str> {
    let own = attrs::text(&user.config, "network_id");
    own.or_else(|| tenants.given_network(user)?.or(tenant.id))
}

/// The Network IDs that are declared for an app; nothing when one is not known yet.
fn networks<'o>(tenant: &Tenant<'o>) -> Option<BTreeSet<&'o str>> {
    let mut all: BTreeSet<&str> = BTreeSet::new();
    for network in &tenant.networks {
        all.insert(attrs::text(&network.config, "id")?);
    }
    if tenant.tenancy() == Some("single") {
        all.insert(tenant.id?);
    }
    Some(all)
}

/// AC06 to AC08 [seed]: the network of a contact is that of the user, is declared, and is the Cloud ID where provisioning
/// gives none.
pub(super) fn ac06_to_08(tenants: &Tenants<'_>) -> Diagnostics {
    let mut found: Diagnostics = Vec::new();
    for tenant in tenants.by_app.values() {
        let (id, declared) = (tenant.label(), networks(tenant));
        for member in members(tenant) {
            let place = |d: Diagnostic| {
                d.about(member.object.address.clone())
                    .on(member.place.clone())
            };
            let users = tenant.users.iter().filter(|u| name(u) == member.user);
            let known: Vec<(&&DeclaredObject, &str)> = users
                .filter_map(|u| Some((u, network(tenants, tenant, u)?)))
                .collect();
            if !known.is_empty() && !known.iter().any(|(_, n)| *n == member.network) {
                let (user, wanted) = known[0];
                let by_cloud = attrs::is_unset(&user.config, "network_id");
                let text = format!(
                    "The contact of {:?} has the networkId {:?}, but {} has {wanted:?}{}. They must be the same, or nobody reaches the user.",
                    member.user,
                    member.network,
                    user.address,
                    if by_cloud {
                        ", the Cloud ID, since provisioning gives it none"
                    } else {
                        ""
                    }
                );
                let rule = if by_cloud && tenant.tenancy() == Some("single") {
                    "AC08"
                } else {
                    "AC06"
                };
                if !told_already(&found, &text) {
                    found.push(place(error(rule, "Networks Differ", text)));
                }
                continue;
            }
            let Some(declared) = &declared else { continue };
            if tenant.app.is_some() && !declared.contains(member.network.as_str()) {
                let rule = if tenant.tenancy() == Some("single") && tenant.networks.is_empty() {
                    "AC08"
                } else {
                    "AC07"
                };
                let text = format!(
                    "The contact of {:?} is of the network {:?}, which is not declared for {id}. {}",
                    member.user,
                    member.network,
                    match rule {
                        "AC08" => format!(
                            "In a single-tenant app it must be the Cloud ID, {id:?}, exactly."
                        ),
                        _ => "Declare it as acrobits_network, or correct it.".to_owned(),
                    }
                );
                if !told_already(&found, &text) {
                    found.push(place(error(rule, "Unknown Network", text)));
                }
            }
        }
        // A user's contact carries the user's network.
        for user in tenant.users.iter().filter(|_| tenant.app.is_some()) {
            let given = attrs::text(&user.config, "network_id");
            let given = given.or_else(|| tenants.given_network(user)?);
            if let (Some(given), Some(declared)) = (given, &declared)
                && !declared.contains(given)
            {
                let text = format!(
                    "The network {given:?} of {:?} is not declared for {id}. Declare it as acrobits_network, or correct it.",
                    name(user)
                );
                found.push(
                    error("AC07", "Unknown Network", text)
                        .about(user.address.clone())
                        .on(at("network_id")),
                );
            }
        }
    }
    found
}

/// AC09 [seed]: in a multi-tenant app every account has a Network ID.
pub(super) fn ac09(tenants: &Tenants<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for tenant in tenants
        .by_app
        .values()
        .filter(|t| t.tenancy() == Some("multi"))
    {
        for user in &tenant.users {
            if attrs::is_unset(&user.config, "network_id") {
                let text = format!(
                    "The app is multi-tenant, so provisioning must give {:?} a Network ID. Set network_id.",
                    name(user)
                );
                found.push(
                    error("AC09", "No Network ID", text)
                        .about(user.address.clone())
                        .on(at("cloud_username")),
                );
            }
        }
        for set in &tenant.sets {
            let without = documents(set, tenant);
            let without = without
                .iter()
                .filter(|(_, read)| read.text("networkId").is_none_or(str::is_empty));
            let mut names: Vec<String> = without.map(|(name, _)| (*name).to_owned()).collect();
            let own = |name: &str| tenant.users.iter().any(|u| self::name(u) == name);
            let rows = rows(set);
            let rows = rows
                .iter()
                .filter(|row| text(row, "networkId").is_none_or(str::is_empty));
            names.extend(rows.filter_map(|row| {
                text(row, "cloud_username")
                    .filter(|n| !own(n))
                    .map(str::to_owned)
            }));
            for name in names {
                let text = format!(
                    "The app is multi-tenant, but the account of {name:?} has no networkId."
                );
                found.push(
                    error("AC09", "No Network ID", text)
                        .about(set.address.clone())
                        .on(at("accounts")),
                );
            }
        }
    }
    found
}

/// AC10 [assumed]: somebody who is not declared cannot be reached.
pub(super) fn ac10(tenants: &Tenants<'_>) -> Diagnostics {
    let mut found: Diagnostics = Vec::new();
    for tenant in tenants.by_app.values() {
        if tenant
            .users
            .iter()
            .any(|u| attrs::has_unknown(&u.config, "cloud_username"))
        {
            continue;
        }
        let provisioned: BTreeSet<String> = tenant
            .sets
            .iter()
            .flat_map(|set| {
                documents(set, tenant)
                    .into_iter()
                    .map(|(name, _)| name.to_owned())
            })
            .collect();
        for member in members(tenant) {
            let declared = tenant.users.iter().any(|u| name(u) == member.user);
            if declared || provisioned.contains(&member.user) {
                continue;
            }
            let text = format!(
                "The contact of {:?} in the network {:?} is no declared user. Unless the user is provisioned elsewhere, nobody is reached there.",
                member.user, member.network
            );
            if !told_already(&found, &text) {
                found.push(
                    warning("AC10", "Contact Without User", text)
                        .about(member.object.address.clone())
                        .on(member.place),
                );
            }
        }
    }
    found
}

/// AC11 [assumed]: a listed user is in a list.
pub(super) fn ac11(tenants: &Tenants<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for tenant in tenants.by_app.values().filter(|t| t.flag("messaging")) {
        // What comes from nowhere that is known may have anybody.
        let opaque = |list: &&DeclaredObject| {
            let inputs = ["contacts", "document"];
            inputs.iter().any(|input| {
                attrs::has_unknown(&list.config, input)
                    && !list
                        .references
                        .iter()
                        .any(|(attribute, _, _)| **attribute == **input)
            })
        };
        if tenant.lists.is_empty() || tenant.lists.iter().any(opaque) {
            continue;
        }
        for user in &tenant.users {
            if attrs::flag(&user.config, "listed") == Some(false)
                || attrs::has_unknown(&user.config, "listed")
            {
                continue;
            }
            let (own, place) = (name(user), network(tenants, tenant, user));
            let there = |list: &&DeclaredObject| {
                refers(list, "contacts", user)
                    || refers(list, "document", user)
                    || listed(&list.config).0.iter().any(|c| {
                        text(&c.json, "cloudUsername") == Some(own)
                            && place.is_none_or(|p| text(&c.json, "networkId") == Some(p))
                    })
            };
            if !tenant.lists.iter().any(there) {
                let text = format!(
                    "{own:?} is in no contact list, so nobody finds the user. If that is meant, set listed = false."
                );
                found.push(warning("AC11", "User in No List", text).about(user.address.clone()));
            }
        }
    }
    found
}

/// AC23 [seed]: what messaging needs. An endpoint check stands for what is served by other means.
pub(super) fn ac23(tenants: &Tenants<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for tenant in tenants.by_app.values().filter(|t| t.flag("messaging")) {
        let Some(app) = tenant.app else { continue };
        let checked = |name: &str| {
            tenant
                .checks
                .iter()
                .any(|c| !attrs::is_unset(&c.config, name))
        };
        let mut wrong = |text: &str, name: &str| {
            found.push(
                error("AC23", "Messaging Incomplete", text)
                    .about(app.address.clone())
                    .on(at(name)),
            );
        };
        if attrs::is_unset(&app.config, "ext_auth_url") {
            wrong(
                "Messaging needs an external authentication endpoint, which authorizes users. Set ext_auth_url.",
                "messaging",
            );
        }
        let carddav = attrs::text(&app.config, "contact_source") == Some("carddav");
        if tenant.lists.is_empty() && !checked("contacts_url") && !carddav {
            wrong(
                "Messaging needs a contact list. Declare an acrobits_contact_list with this cloud_id, or an acrobits_endpoint_check of the contacts_url that another service answers.",
                "messaging",
            );
        }
        if tenant.tenancy() == Some("multi")
            && tenant.sets.is_empty()
            && !checked("provisioning_url")
        {
            wrong(
                "Messaging in a multi-tenant app needs external provisioning, which gives users their Network ID. Declare an acrobits_provisioning_set with this cloud_id, or an acrobits_endpoint_check of the provisioning_url that another service answers.",
                "messaging",
            );
        }
    }
    found
}
