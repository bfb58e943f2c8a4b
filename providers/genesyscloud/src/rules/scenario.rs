//! Rules about the whole SMS scenario, across both vendors: GC08, GC14, GC20, GC22, GC23.
//!
//! They know the other vendor's objects by their type and attribute names only, and stay silent where
//! a value is not known.

use trunkline_api::kit::attrs;
use trunkline_api::provider::{DeclaredObject, Role};
use trunkline_api::{Diagnostic, Diagnostics, Path, Value};

use super::between::Objects;

const ORDER: &str = "genesyscloud_tollfree_number_order";
const PURECLOUD_IDP: &str = "digitalchannels_service_purecloud_idp";
const PORTICO: &str = "digitalchannels_service_portico_sms";
const API_KEY: &str = "digitalchannels_api_key";
const DOMAINS: [&str; 2] = ["messaging", "messagingProvisioning"];

/// Which of the two domains a role has, if that is known.
fn covered(role: &Value) -> Option<[bool; 2]> {
    if attrs::has_unknown(role, "permission_policies") {
        return None;
    }
    let policies = attrs::items(role, "permission_policies");
    let has = |domain: &str| {
        policies
            .iter()
            .any(|p| attrs::text(p, "domain") == Some(domain))
    };
    Some(DOMAINS.map(has))
}

/// GC08: the role for SMS aggregation has both domains. An error where the scenario is declared and no
/// role has both.
pub(super) fn gc08(objects: &Objects<'_>) -> Diagnostics {
    let roles: Vec<_> = objects.of_type("genesyscloud_auth_role").collect();
    let whole = roles
        .iter()
        .any(|r| covered(&r.config).is_none_or(|c| c == [true, true]));
    let declared = [ORDER, PURECLOUD_IDP, PORTICO]
        .iter()
        .any(|t| objects.of_type(t).next().is_some());
    let mut problems = Vec::new();
    for role in roles {
        let missing = match covered(&role.config) {
            Some([true, false]) => DOMAINS[1],
            Some([false, true]) => DOMAINS[0],
            _ => continue,
        };
        let detail = format!(
            "GC08: a role for SMS aggregation needs the permission domains messaging and messagingProvisioning; this one lacks {missing}."
        );
        let problem = if declared && !whole {
            Diagnostic::error("Incomplete Role", detail)
        } else {
            Diagnostic::warning("Incomplete Role", detail)
        };
        problems.push(
            problem
                .about(&role.address)
                .on(Path::attribute("permission_policies")),
        );
    }
    problems
}

/// GC14: the client that Digital Channels logs in with can do what it is for.
pub(super) fn gc14(objects: &Objects<'_>) -> Diagnostics {
    let mut problems = Vec::new();
    for service in objects.of_type(PURECLOUD_IDP) {
        for client in objects.sources(service, "client_id") {
            if !matches!(&client.role, Role::Managed(name) if &**name == "genesyscloud_oauth_client")
            {
                continue;
            }
            let mut wrong = |attribute: &str, what: String| {
                let detail = format!(
                    "GC14: {} logs in with this client, which {what}.",
                    service.address
                );
                let problem = Diagnostic::error("Unfit OAuth Client", detail);
                problems.push(
                    problem
                        .about(&client.address)
                        .on(Path::attribute(attribute)),
                );
            };
            if let Some(state) = attrs::text(&client.config, "state").filter(|s| *s != "active") {
                wrong("state", format!("must be active, not {state}"));
            }
            let grant = attrs::text(&client.config, "authorized_grant_type");
            if let Some(grant) = grant.filter(|g| *g != "CLIENT-CREDENTIALS") {
                wrong(
                    "authorized_grant_type",
                    format!("must have the grant type CLIENT-CREDENTIALS, not {grant}"),
                );
            }
            if lacks_role(objects, client) {
                wrong("roles", "must have a role with the permission domains messaging and messagingProvisioning".to_owned());
            }
        }
    }
    problems
}

/// Whether it is certain that no role of the client has both domains: every role refers to a declared
/// one, directly or through its grant.
fn lacks_role(objects: &Objects<'_>, client: &DeclaredObject) -> bool {
    let known = attrs::items(&client.config, "roles");
    let mut sources = objects.sources(client, "roles");
    let grants: Vec<&DeclaredObject> = sources
        .iter()
        .copied()
        .filter(|s| is(s, "genesyscloud_role_grant"))
        .collect();
    for grant in grants {
        sources.extend(objects.sources(grant, "role_id"));
    }
    let roles: Vec<&DeclaredObject> = sources
        .into_iter()
        .filter(|s| is(s, "genesyscloud_auth_role"))
        .collect();
    // A role that is only an id, or found by a data source, may be anything.
    let certain = !known.is_empty() && roles.len() >= known.len();
    certain
        && roles
            .iter()
            .all(|r| covered(&r.config).is_some_and(|c| c != [true, true]))
}

fn is(object: &DeclaredObject, name: &str) -> bool {
    matches!(&object.role, Role::Managed(t) if &**t == name)
}

/// The known values of an argument of the Digital Channels provider blocks.
fn of_digital_channels<'o>(objects: &Objects<'o>, argument: &str) -> Vec<&'o str> {
    let blocks = objects.providers("digitalchannels");
    blocks
        .filter_map(|block| attrs::text(&block.config, argument))
        .collect()
}

/// GC20: an order's URLs lead to the Digital Channels in use.
pub(super) fn gc20(objects: &Objects<'_>) -> Diagnostics {
    let bases = of_digital_channels(objects, "url");
    let mut problems = Vec::new();
    for order in objects.of_type(ORDER) {
        for (name, ending) in [
            ("mo_url", "/nexus/v3/sms/message"),
            ("dr_url", "/nexus/v3/sms/receipt"),
        ] {
            let Some(base) = attrs::text(&order.config, name).and_then(|u| u.strip_suffix(ending))
            else {
                continue;
            };
            if bases.is_empty() || bases.iter().any(|b| b.trim_end_matches('/') == base) {
                continue;
            }
            let detail = format!(
                "GC20: {name} leads to {base:?}, but the provider \"digitalchannels\" is at {}.",
                bases.join(" or ")
            );
            let problem = Diagnostic::error("Webhook Leads Elsewhere", detail);
            problems.push(problem.about(&order.address).on(Path::attribute(name)));
        }
    }
    problems
}

/// GC22: an order's webhook user is the contact centre in use.
pub(super) fn gc22(objects: &Objects<'_>) -> Diagnostics {
    let centers = of_digital_channels(objects, "ccid");
    let mut problems = Vec::new();
    for order in objects.of_type(ORDER) {
        let Some(given) = attrs::text(&order.config, "webhook_username") else {
            continue;
        };
        if centers.is_empty() || centers.iter().any(|c| c.eq_ignore_ascii_case(given)) {
            continue;
        }
        let detail = format!(
            "GC22: webhook_username is {given:?}, but the contact centre of the provider \"digitalchannels\" is {}.",
            centers.join(" or ")
        );
        let problem = Diagnostic::error("Webhook of Another Contact Centre", detail);
        problems.push(
            problem
                .about(&order.address)
                .on(Path::attribute("webhook_username")),
        );
    }
    problems
}

/// GC23: an order's webhook password is an API key for the cluster.
pub(super) fn gc23(objects: &Objects<'_>) -> Diagnostics {
    const WANTED: &str = "nexus:cluster:*";
    let mut problems = Vec::new();
    for order in objects.of_type(ORDER) {
        let from = |(name, ..): &&(std::sync::Arc<str>, String, std::sync::Arc<str>)| {
            &**name == "webhook_password"
        };
        let refers = order
            .references
            .iter()
            .any(|r| from(&r) && r.1.contains(API_KEY));
        let sources = objects.sources(order, "webhook_password");
        let unfit = sources.iter().find(|key| {
            let permissions = attrs::texts(&key.config, "permissions");
            is(key, API_KEY)
                && !attrs::has_unknown(&key.config, "permissions")
                && !permissions.iter().any(|p| p == WANTED)
        });
        let detail = match unfit {
            Some(key) => format!(
                "GC23: webhook_password comes from {}, which lacks the permission {WANTED}.",
                key.address
            ),
            None if refers => continue,
            None => format!(
                "GC23: webhook_password should be the key of a {API_KEY} with the permission {WANTED}; that this one is cannot be seen."
            ),
        };
        let problem = Diagnostic::warning("Doubtful Webhook Password", detail);
        problems.push(
            problem
                .about(&order.address)
                .on(Path::attribute("webhook_password")),
        );
    }
    problems
}
