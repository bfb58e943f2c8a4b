//! Rules between a messaging service and the apps and webhooks of the Conversation API: CP-11 to CP-13, CP-15, CP-30.

use std::collections::{BTreeMap, BTreeSet};

use trunkline_api::kit::attrs;
use trunkline_api::provider::DeclaredObject;
use trunkline_api::{Diagnostic, Diagnostics, Path};

use super::objects::{Objects, app_ids, webhook_entry};
use super::service::project_and_region;
use super::text;
use crate::messaging_service::AUTHENTICATION;

fn about(problem: Diagnostic, object: &DeclaredObject, attribute: &str) -> Diagnostic {
    problem
        .about(&object.address)
        .on(Path::attribute(attribute))
}

/// The resources that a secret comes from, apps aside: their ids are beside it.
fn origins(object: &DeclaredObject, attributes: &[&str]) -> BTreeSet<(String, String)> {
    let of = object.references.iter().filter(|(name, address, _)| {
        attributes.contains(&&**name) && !address.contains("sinchconversation_app.")
    });
    of.map(|(_, address, attribute)| (address.clone(), attribute.to_string()))
        .collect()
}

/// CP-11: one secret on both sides.
pub(super) fn cp11(objects: &Objects<'_>) -> Diagnostics {
    let mut problems = Vec::new();
    for service in objects.services("sinchconversation") {
        let Some(entry) = webhook_entry(service) else {
            continue;
        };
        for webhook in objects
            .apps(service)
            .into_iter()
            .flat_map(|app| objects.webhooks(app))
        {
            let theirs =
                text(&webhook.config, "secret").or_else(|| text(&webhook.config, "secret_wo"));
            let differ = match (text(entry, "secret"), theirs) {
                (Some(ours), Some(theirs)) => ours != theirs,
                (None, None) => {
                    let (ours, theirs) = (
                        origins(service, &[AUTHENTICATION]),
                        origins(webhook, &["secret", "secret_wo"]),
                    );
                    let whole = ours.iter().any(|(address, _)| webhook.address == *address);
                    !ours.is_empty() && !theirs.is_empty() && ours.is_disjoint(&theirs) && !whole
                }
                _ => false,
            };
            if differ {
                let detail = format!(
                    "CP-11: the secret of the entry webhook is not that of {}. One messaging service has one webhook secret, for every webhook of every app that it names.",
                    webhook.address
                );
                problems.push(about(
                    Diagnostic::error("Webhook Secrets Differ", detail),
                    service,
                    AUTHENTICATION,
                ));
            }
        }
    }
    problems
}

/// CP-12: the apps are of the project and region of the service connection.
pub(super) fn cp12(objects: &Objects<'_>) -> Diagnostics {
    let mut problems = Vec::new();
    for service in objects.services("sinchconversation") {
        let Some((project, region)) =
            text(&service.config, "service_connection").and_then(project_and_region)
        else {
            continue;
        };
        for app in objects.apps(service) {
            let of = |name: &str| {
                let own = text(&app.config, name);
                let open = attrs::has_unknown(&app.config, name);
                own.or_else(|| {
                    objects
                        .provider(app)
                        .filter(|_| !open)
                        .and_then(|p| text(p, name))
                })
            };
            for (name, wanted) in [("project_id", project), ("region", region)] {
                if let Some(found) = of(name).filter(|found| *found != wanted) {
                    let detail = format!(
                        "CP-12: the service connection is of {name} {wanted:?}, and {} of {found:?}. Apps of another project or region need a messaging service of their own, with its own webhook secret.",
                        app.address
                    );
                    problems.push(about(
                        Diagnostic::error("App of Another Place", detail),
                        service,
                        "service_connection",
                    ));
                }
            }
        }
    }
    problems
}

/// CP-13: two services may share a project, not an app.
pub(super) fn cp13(objects: &Objects<'_>) -> Diagnostics {
    let mut seen: BTreeMap<String, &DeclaredObject> = BTreeMap::new();
    let mut problems = Vec::new();
    for service in objects.services("sinchconversation") {
        let ids = app_ids(service)
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned);
        let declared = objects
            .apps(service)
            .into_iter()
            .map(|app| app.address.clone());
        let apps: BTreeSet<String> = ids.chain(declared).collect();
        for app in apps {
            match seen.get(&app) {
                Some(first) => {
                    let detail = format!(
                        "CP-13: {} names the app {app} too. Messages of an app should go through one messaging service.",
                        first.address
                    );
                    problems.push(about(
                        Diagnostic::warning("App in Two Messaging Services", detail),
                        service,
                        AUTHENTICATION,
                    ));
                }
                None => drop(seen.insert(app, service)),
            }
        }
    }
    problems
}

/// CP-15: the webhooks of an app send what the entry wants to see, and messages.
pub(super) fn cp15(objects: &Objects<'_>) -> Diagnostics {
    let mut problems = Vec::new();
    for service in objects.services("sinchconversation") {
        let Some(entry) = webhook_entry(service).filter(|e| !attrs::has_unknown(e, "triggers"))
        else {
            continue;
        };
        let mut wanted: BTreeSet<String> = attrs::texts(entry, "triggers").into_iter().collect();
        wanted.insert("MESSAGE_INBOUND".to_owned());
        for app in objects.apps(service) {
            let webhooks = objects.webhooks(app);
            if webhooks.is_empty()
                || webhooks
                    .iter()
                    .any(|w| attrs::has_unknown(&w.config, "triggers"))
            {
                continue;
            }
            let sent: BTreeSet<String> = webhooks
                .iter()
                .flat_map(|w| attrs::texts(&w.config, "triggers"))
                .collect();
            let missing: Vec<&str> = wanted.difference(&sent).map(String::as_str).collect();
            if !missing.is_empty() {
                let detail = format!(
                    "CP-15: the webhook of {} does not send {}, which {} needs. Add it to the webhook's triggers.",
                    app.address,
                    missing.join(" and "),
                    service.address
                );
                problems.push(about(
                    Diagnostic::error("Webhook Trigger Missing", detail),
                    webhooks[0],
                    "triggers",
                ));
            }
        }
    }
    problems
}

/// CP-30: an app that Contact Pro uses runs in Dispatch mode, or what the provider block asks for.
pub(super) fn cp30(objects: &Objects<'_>) -> Diagnostics {
    let mut problems = Vec::new();
    for service in objects.services("sinchconversation") {
        let asked = objects
            .provider(service)
            .and_then(|p| text(p, "required_processing_mode"));
        let asked = asked.unwrap_or("DISPATCH");
        for app in objects.apps(service) {
            // Left out, the mode is DISPATCH.
            let given = match text(&app.config, "processing_mode") {
                None if attrs::has_unknown(&app.config, "processing_mode") => continue,
                given => given.unwrap_or("DISPATCH"),
            };
            if !given.eq_ignore_ascii_case(asked) {
                let detail = format!(
                    "CP-30: {} uses this app, whose processing mode is {given}; it must be {asked}. Where your edition of Contact Pro asks for another mode, set required_processing_mode in the provider block.",
                    service.address
                );
                problems.push(about(
                    Diagnostic::error("Processing Mode Not Usable", detail),
                    app,
                    "processing_mode",
                ));
            }
        }
    }
    problems
}
