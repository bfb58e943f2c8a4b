//! Rules between apps and Contact Pro: SC-01, SC-02, SC-04–SC-10, SC-13 and SC-22.
//!
//! They read the other provider's objects by their type and argument names only.

use std::collections::BTreeMap;

use trunkline_api::Diagnostics;
use trunkline_api::kit::attrs;
use trunkline_api::provider::DeclaredObject;

use super::declared::{ADDRESS, Declared, entries, entry_secret, webhook_secret};
use super::objects::numbers_of_address;
use super::{app_id, at, error, warning};

/// SC-01 [seed]: an app of Contact Pro is in Dispatch mode.
pub(super) fn sc01(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for app in declared.used() {
        let wanted = declared
            .setting(app, "required_processing_mode")
            .unwrap_or("DISPATCH");
        let mode = match attrs::is_unset(&app.config, "processing_mode") {
            true => Some("DISPATCH"),
            false => attrs::text(&app.config, "processing_mode"),
        };
        if let Some(mode) = mode.filter(|mode| *mode != wanted) {
            let text = format!(
                "The app is used by Contact Pro, which needs processing_mode = {wanted:?}, but it is {mode:?}."
            );
            found.push(
                error("SC-01", "Wrong Processing Mode", text)
                    .about(&app.address)
                    .on(at("processing_mode")),
            );
        }
    }
    found
}

/// SC-02 [seed]: an app id is in capitals, also on the other side.
pub(super) fn sc02(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for service in &declared.services {
        let ids =
            entries(service).filter_map(|e| attrs::text(e, "authentication_id")?.rsplit_once('@'));
        for (_, id) in ids {
            found.extend(
                app_id(id, &at("authentication"))
                    .into_iter()
                    .map(|d| d.about(&service.address)),
            );
        }
    }
    for address in declared.of_type(ADDRESS) {
        if let Some((id, _)) =
            attrs::text(&address.config, "address").and_then(|a| a.split_once('@'))
        {
            found.extend(
                app_id(id, &at("address"))
                    .into_iter()
                    .map(|d| d.about(&address.address)),
            );
        }
    }
    found
}

/// SC-04 [seed]: Contact Pro reaches eu and us only.
pub(super) fn sc04(declared: &Declared<'_>) -> Diagnostics {
    let in_br = |app: &&DeclaredObject| declared.setting(app, "region") == Some("br");
    let text = "The app is in br and used by Contact Pro, which works with eu and us only.";
    let report = |app: &DeclaredObject| {
        error("SC-04", "Region Not Supported by Contact Pro", text).about(&app.address)
    };
    declared
        .used()
        .into_iter()
        .filter(in_br)
        .map(report)
        .collect()
}

/// SC-05 [seed]: a webhook of Contact Pro has a secret.
pub(super) fn sc05(declared: &Declared<'_>) -> Diagnostics {
    let webhooks = declared
        .used()
        .into_iter()
        .flat_map(|app| declared.webhooks_of(app));
    let bare = |w: &&DeclaredObject| {
        attrs::is_unset(&w.config, "secret") && attrs::is_unset(&w.config, "secret_wo")
    };
    let text = "The webhook's app is used by Contact Pro, which cannot tell real callbacks from false ones without a secret. Set `secret`, the \
                same as in the messaging service's authentication \"webhook\".";
    let report = |w: &DeclaredObject| {
        error("SC-05", "Webhook Without Secret", text)
            .about(&w.address)
            .on(at("secret"))
    };
    webhooks.filter(bare).map(report).collect()
}

/// SC-06 [seed]: the webhooks of all apps of a service and the service itself have one secret. It is not shown.
pub(super) fn sc06(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for service in &declared.services {
        let webhooks = declared
            .apps_of_service(service)
            .into_iter()
            .flat_map(|app| declared.webhooks_of(app));
        let mut reference = entry_secret(service).map(|secret| (service.address.as_str(), secret));
        for webhook in webhooks {
            let Some(secret) = webhook_secret(webhook) else {
                continue;
            };
            match reference {
                None => reference = Some((&webhook.address, secret)),
                Some((other, wanted)) if wanted != secret => {
                    let text = format!(
                        "The secret is another than that of {other}. A messaging service has one secret for the webhooks of all its apps."
                    );
                    found.push(
                        error("SC-06", "Webhook Secrets Differ", text)
                            .about(&webhook.address)
                            .on(at("secret")),
                    );
                }
                Some(_) => {}
            }
        }
    }
    found
}

/// SC-07 [seed]: each service has a secret of its own.
pub(super) fn sc07(declared: &Declared<'_>) -> Diagnostics {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    let mut found = Vec::new();
    for service in &declared.services {
        let Some(secret) = entry_secret(service) else {
            continue;
        };
        match first.get(secret) {
            None => drop(first.insert(secret, &service.address)),
            Some(other) => {
                let text = format!(
                    "{other} has the same webhook secret. Give each messaging service its own."
                );
                found.push(
                    warning("SC-07", "Webhook Secret Used Twice", text).about(&service.address),
                );
            }
        }
    }
    found
}

/// SC-08 [seed]: the apps of a service are in one region.
pub(super) fn sc08(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for service in &declared.services {
        let apps = declared.apps_of_service(service);
        let mut regions = apps
            .iter()
            .filter_map(|app| Some((declared.setting(app, "region")?, &app.address)));
        let Some((region, first)) = regions.next() else {
            continue;
        };
        if let Some((other, second)) = regions.find(|(other, _)| *other != region) {
            let text = format!(
                "{first} is in {region} and {second} in {other}. A messaging service reaches one region: declare a second service, with its own secret."
            );
            found.push(error("SC-08", "Apps of Two Regions", text).about(&service.address));
        }
    }
    found
}

/// SC-09 [seed]: the service connection is that of the app's region and project.
pub(super) fn sc09(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for service in &declared.services {
        let Some(given) = attrs::text(&service.config, "service_connection") else {
            continue;
        };
        for app in declared.apps_of_service(service) {
            let (Some(region), Some(project)) = (
                declared.setting(app, "region"),
                declared.setting(app, "project_id"),
            ) else {
                continue;
            };
            let wanted = format!(
                "https://{region}.conversation.api.sinch.com/v1/projects/{project}/messages:send"
            );
            if given != wanted {
                let text = format!(
                    "The service connection does not lead to {}. It must be {wanted:?}.",
                    app.address
                );
                found.push(
                    error("SC-09", "Service Connection Does Not Fit", text)
                        .about(&service.address)
                        .on(at("service_connection")),
                );
                break;
            }
        }
    }
    found
}

/// SC-10 [seed]: an outgoing id is the key's id, @, and the app's id.
pub(super) fn sc10(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for service in &declared.services {
        for id in entries(service)
            .filter_map(|e| attrs::text(e, "authentication_id"))
            .filter(|id| *id != "webhook")
        {
            let good = matches!(id.split_once('@'), Some((key, app))
                if !key.is_empty() && !app.is_empty() && !app.contains('@') && !id.contains(char::is_whitespace));
            if !good {
                let text = format!(
                    "{id:?} is not an access key's id, @, and an app's id. Neither part may be empty or have spaces or another @."
                );
                found.push(
                    error("SC-10", "Invalid Outgoing Id", text)
                        .about(&service.address)
                        .on(at("authentication")),
                );
            }
        }
    }
    found
}

/// SC-13, second half [seed]: what Contact Pro wants to hear of.
pub(super) fn sc13(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for webhook in declared
        .used()
        .into_iter()
        .flat_map(|app| declared.webhooks_of(app))
    {
        if attrs::has_unknown(&webhook.config, "triggers") {
            continue;
        }
        let there = attrs::texts(&webhook.config, "triggers");
        let missing: Vec<&str> = ["MESSAGE_INBOUND", "MESSAGE_DELIVERY"]
            .into_iter()
            .filter(|t| !there.iter().any(|x| x == t))
            .collect();
        if !missing.is_empty() {
            let text = format!(
                "The webhook's app is used by Contact Pro, which also wants {}.",
                missing.join(" and ")
            );
            found.push(
                warning("SC-13", "Missing Triggers", text)
                    .about(&webhook.address)
                    .on(at("triggers")),
            );
        }
    }
    found
}

/// SC-22, second half [seed]: the address of a US number has an SMS sender id.
pub(super) fn sc22(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for address in declared
        .of_type(ADDRESS)
        .filter(|a| attrs::is_unset(&a.config, "sms_sender_id"))
    {
        let american = |n: &&DeclaredObject| attrs::text(&n.config, "region_code") == Some("US");
        if let Some(number) = numbers_of_address(declared, address)
            .into_iter()
            .find(american)
        {
            let text = format!(
                "{} is a US number of the address's app. Set `sms_sender_id` to it.",
                number.address
            );
            found.push(
                error("SC-22", "No SMS Sender Id", text)
                    .about(&address.address)
                    .on(at("sms_sender_id")),
            );
        }
    }
    found
}
