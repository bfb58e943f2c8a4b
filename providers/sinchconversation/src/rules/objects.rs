//! Rules between this provider's objects: SC-11, SC-12, SC-17, SC-19 and SC-23.

use std::collections::{BTreeMap, BTreeSet};

use trunkline_api::kit::attrs;
use trunkline_api::provider::DeclaredObject;
use trunkline_api::{Diagnostic, Diagnostics};

use super::declared::{ADDRESS, Declared};
use super::{at, error, warning};
use crate::channels::CREDENTIALS;
use crate::number::NUMBER;
use crate::service_plan::PLAN;

/// The most webhooks that an app has [public].
const MOST: usize = 5;

/// SC-11 [public]: a target occurs once an app.
pub(super) fn sc11(declared: &Declared<'_>) -> Diagnostics {
    let mut first: BTreeMap<(String, &str), &str> = BTreeMap::new();
    let mut found = Vec::new();
    for webhook in &declared.webhooks {
        let (Some(app), Some(target)) = (
            declared.app_key(webhook),
            attrs::text(&webhook.config, "target"),
        ) else {
            continue;
        };
        match first.get(&(app.clone(), target)) {
            None => {
                first.insert((app, target), &webhook.address);
            }
            Some(other) => {
                let text = format!(
                    "{other} has the same target for the same app, which the vendor refuses. Keep one of the two, with all triggers."
                );
                found.push(
                    error("SC-11", "Webhook Target Declared Twice", text)
                        .about(&webhook.address)
                        .on(at("target")),
                );
            }
        }
    }
    found
}

/// SC-12 [public]: at most five webhooks an app. Those that exist besides are not counted here.
pub(super) fn sc12(declared: &Declared<'_>) -> Diagnostics {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for webhook in &declared.webhooks {
        let Some(app) = declared.app_key(webhook) else {
            continue;
        };
        let n = count.entry(app.clone()).or_default();
        *n += 1;
        if *n == MOST + 1 {
            let text = format!(
                "This is the sixth webhook of {app}; an app has at most {MOST}. Put triggers together."
            );
            found.push(error("SC-12", "Too Many Webhooks", text).about(&webhook.address));
        }
    }
    found
}

/// The service plans that an app's SMS channel names and that are known.
pub(super) fn plans(app: &DeclaredObject) -> Vec<&str> {
    let sms = attrs::items(&app.config, CREDENTIALS)
        .iter()
        .filter(|c| attrs::text(c, "channel") == Some("SMS"));
    sms.filter_map(|c| attrs::text(c.attr("static_bearer")?, "claimed_identity"))
        .collect()
}

/// SC-17 [public]: the plan of an SMS channel is declared, and in the app's region.
pub(super) fn sc17(declared: &Declared<'_>) -> Diagnostics {
    let mut known: BTreeMap<&str, BTreeSet<Option<&str>>> = BTreeMap::new();
    let mut open = false;
    for plan in declared.data(PLAN) {
        let region = attrs::text(&plan.config, "region");
        let region = match attrs::is_unset(&plan.config, "region") {
            true => declared.setting(plan, "region"),
            false => region,
        };
        let id = attrs::text(&plan.config, "service_plan_id")
            .or_else(|| declared.setting(plan, "sms_service_plan_id"));
        match id {
            Some(id) => drop(known.entry(id).or_default().insert(region)),
            None => open = true,
        }
    }
    for block in declared.blocks() {
        match attrs::text(&block.config, "sms_service_plan_id") {
            Some(id) => drop(
                known
                    .entry(id)
                    .or_default()
                    .insert(attrs::text(&block.config, "region")),
            ),
            None => open |= attrs::has_unknown(&block.config, "sms_service_plan_id"),
        }
    }
    let mut found = Vec::new();
    for app in &declared.apps {
        let region = declared.setting(app, "region");
        for plan in plans(app) {
            let text = match (known.get(plan), region) {
                (None, _) if open => continue,
                (None, _) => format!(
                    "The SMS channel names the service plan {plan:?}, which is not declared. Look it up with a data source {PLAN}, or name it as sms_service_plan_id in the provider block."
                ),
                (Some(regions), Some(region))
                    if !regions.contains(&None) && !regions.contains(&Some(region)) =>
                {
                    format!(
                        "The SMS channel names the service plan {plan:?} of {}, but the app is in {region}. App and plan must be in one region.",
                        regions
                            .iter()
                            .flatten()
                            .copied()
                            .collect::<Vec<_>>()
                            .join(", ")
                    )
                }
                _ => continue,
            };
            found.push(
                error("SC-17", "Service Plan Does Not Fit", text)
                    .about(&app.address)
                    .on(at(CREDENTIALS)),
            );
        }
    }
    found
}

/// Whether one plan may serve two apps is not known [assumed]: a warning without a number.
pub(super) fn one_plan(declared: &Declared<'_>) -> Diagnostics {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    let mut found = Vec::new();
    for app in &declared.apps {
        for plan in plans(app) {
            match first.get(plan) {
                None => drop(first.insert(plan, &app.address)),
                Some(other) => {
                    let text = format!(
                        "{other} names the service plan {plan:?} too. Whether one plan may serve two apps is not documented: inbound messages may reach one of them only."
                    );
                    found.push(
                        Diagnostic::warning("Service Plan Used Twice", text)
                            .about(&app.address)
                            .on(at(CREDENTIALS)),
                    );
                }
            }
        }
    }
    found
}

/// SC-19 [assumed]: contacts and conversations trigger nothing in Dispatch mode.
pub(super) fn sc19(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for webhook in &declared.webhooks {
        let Some(app) = declared.app_of(webhook) else {
            continue;
        };
        let mode = &app.config;
        let dispatch = attrs::is_unset(mode, "processing_mode")
            || attrs::text(mode, "processing_mode") == Some("DISPATCH");
        let mut idle = attrs::texts(&webhook.config, "triggers");
        idle.retain(|t| t.starts_with("CONTACT_") || t.starts_with("CONVERSATION_"));
        if dispatch && !idle.is_empty() {
            let text = format!(
                "{} is in Dispatch mode, in which {} never happen.",
                app.address,
                idle.join(", ")
            );
            found.push(
                warning("SC-19", "Setting Without Effect", text)
                    .about(&webhook.address)
                    .on(at("triggers")),
            );
        }
    }
    found
}

/// SC-23 [public]: the US and Canada know no alphanumeric senders.
pub(super) fn sc23(declared: &Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    for address in declared.of_type(ADDRESS) {
        let sender = attrs::text(&address.config, "sms_sender_id").unwrap_or_default();
        if !sender.chars().any(|c| c.is_ascii_alphabetic()) {
            continue;
        }
        for number in numbers_of_address(declared, address) {
            if matches!(
                attrs::text(&number.config, "region_code"),
                Some("US" | "CA")
            ) {
                let text = format!(
                    "The SMS sender id {sender:?} has letters, and {} sends to a country that does not take such senders. Use the number.",
                    number.address
                );
                found.push(
                    error("SC-23", "Alphanumeric Sender", text)
                        .about(&address.address)
                        .on(at("sms_sender_id")),
                );
            }
        }
    }
    found
}

/// The declared numbers behind a queue address: those of the service plan of its app's SMS channel.
pub(super) fn numbers_of_address<'o>(
    declared: &Declared<'o>,
    address: &DeclaredObject,
) -> Vec<&'o DeclaredObject> {
    let text = attrs::text(&address.config, "address").unwrap_or_default();
    if text.contains('@') && !text.ends_with("@sms.sinchconversation.com") {
        return Vec::new();
    }
    let by_id = text.split('@').next().and_then(|id| declared.app_by_id(id));
    let apps = by_id
        .into_iter()
        .chain(declared.apps_of(address, "address"));
    let plans: BTreeSet<&str> = apps.flat_map(plans).collect();
    let numbers = declared.of_type(NUMBER);
    numbers
        .filter(|n| {
            attrs::text(&n.config, "sms_service_plan_id").is_some_and(|p| plans.contains(p))
        })
        .collect()
}
