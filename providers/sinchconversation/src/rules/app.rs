//! Rules about one app: SC-15, SC-16, SC-18 and SC-19, and its enumerations.

use std::collections::BTreeSet;

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostic, Diagnostics, Path, Step, Value};

use super::{at, choice, error, longest, range, warning};
use crate::channels::{CHANNELS, CREDENTIALS, Member, OBJECTS, label};

/// Processing modes [public].
pub(super) const MODES: [&str; 2] = ["DISPATCH", "CONVERSATION"];

/// Kinds of retention that mean nothing in Dispatch mode [public].
const OF_CONVERSATIONS: [&str; 2] = ["CONVERSATION_EXPIRE_POLICY", "PERSIST_RETENTION_POLICY"];

/// The enumerations, and a name.
pub(super) fn values(config: &Value) -> Diagnostics {
    let mut found = choice(config, "processing_mode", &MODES);
    let kinds = [
        "MESSAGE_EXPIRE_POLICY",
        OF_CONVERSATIONS[0],
        OF_CONVERSATIONS[1],
    ];
    found.extend(choice(config, "retention_type", &kinds));
    found.extend(choice(config, "metadata_report_view", &["NONE", "FULL"]));
    if super::is_blank(config, "display_name") {
        found.push(
            Diagnostic::error("Invalid Value", "`display_name` must not be empty.")
                .on(at("display_name")),
        );
    }
    if attrs::flag(config, "fallback_enabled") == Some(true) {
        let text =
            "The fallback by delivery reports costs money: ask the vendor before you enable it.";
        found.push(Diagnostic::warning("Paid Feature", text).on(at("fallback_enabled")));
    }
    found
}

fn entries(config: &Value) -> impl Iterator<Item = (Path, &Value)> {
    let place = |i| at(CREDENTIALS).then(Step::Index(i));
    attrs::items(config, CREDENTIALS)
        .iter()
        .enumerate()
        .map(move |(i, entry)| (place(i), entry))
}

/// SC-15 [public]: the object of credentials is the channel's, the only one, and complete.
pub(super) fn sc15(config: &Value) -> Diagnostics {
    entries(config)
        .flat_map(|(place, entry)| {
            let channel = attrs::text(entry, "channel")?;
            fits(channel, entry)
                .err()
                .map(|problem| error("SC-15", "Invalid Channel Credentials", problem).on(place))
        })
        .collect()
}

fn fits(channel: &str, entry: &Value) -> Result<(), String> {
    if channel == "SINCH_CHAT" {
        return Err("Sinch Chat has no credentials: enable it on the app in the vendor's dashboard, and leave it out here. It stays as it is.".into());
    }
    if !CHANNELS.contains(&channel) {
        return Err(format!(
            "There is no channel {channel:?}. Use one of {}.",
            CHANNELS.join(", ")
        ));
    }
    let ours: Vec<&str> = OBJECTS
        .iter()
        .filter(|o| o.channels.contains(&channel))
        .map(|o| o.name)
        .collect();
    let wanted = ours.join(" or ");
    let given: Vec<_> = OBJECTS
        .iter()
        .filter(|o| entry.attr(o.name).is_some_and(|v| !v.is_null()))
        .collect();
    let object = match given[..] {
        [] => return Err(format!("The channel {channel} needs a block {wanted}.")),
        [one] if ours.contains(&one.name) => one,
        [one] => {
            return Err(format!(
                "The channel {channel} takes {wanted}, not {}.",
                one.name
            ));
        }
        _ => {
            return Err(format!(
                "The channel {channel} takes exactly one block, {wanted}."
            ));
        }
    };
    let Some(value) = entry.attr(object.name).filter(|v| v.is_known()) else {
        return Ok(());
    };
    complete(value, object.members, object.name)?;
    if object.name == "line_enterprise_credentials" {
        let countries = ["line_japan", "line_thailand"];
        let set = countries
            .iter()
            .filter(|name| !attrs::is_unset(value, name))
            .count();
        if set != 1 {
            return Err(
                "line_enterprise_credentials takes exactly one of line_japan and line_thailand."
                    .into(),
            );
        }
    }
    Ok(())
}

fn complete(value: &Value, members: &[Member], of: &str) -> Result<(), String> {
    for member in members {
        match member {
            Member::Text(name, true, _)
                if attrs::is_unset(value, name) || super::is_blank(value, name) =>
            {
                return Err(format!("{of} lacks `{name}`."));
            }
            Member::Text(..) | Member::Flag(_) => {}
            Member::Group(name, members) => {
                if let Some(inner) = attrs::present(value, name) {
                    complete(inner, members, name)?;
                }
            }
        }
    }
    Ok(())
}

/// SC-16: a channel occurs once [assumed]; LINE may occur more often, with numbers that differ and one default [public].
pub(super) fn sc16(config: &Value) -> Diagnostics {
    let wrong =
        |place: Path, text: String| error("SC-16", "Channel Declared Twice", text).on(place);
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for (place, entry) in entries(config) {
        let Some(channel) = attrs::text(entry, "channel") else {
            continue;
        };
        let ordinal = attrs::integer(entry, "credential_ordinal_number").unwrap_or(0);
        let name = label(channel, ordinal);
        if channel == "LINE" {
            lines.push((place.clone(), entry));
        } else if ordinal != 0 {
            found.push(wrong(place, format!("Only LINE may have several credentials; the credential_ordinal_number of {channel} is 0.")));
            continue;
        }
        if attrs::has_unknown(entry, "credential_ordinal_number") || seen.insert(name.clone()) {
            continue;
        }
        let text = match channel {
            "LINE" => {
                format!("Two blocks are {name}. Give each LINE its own credential_ordinal_number.")
            }
            _ => format!(
                "The channel {channel} is declared twice. An app has each channel once, but LINE."
            ),
        };
        found.push(wrong(place, text));
    }
    let default = |entry: &Value| {
        let objects = ["line_credentials", "line_enterprise_credentials"];
        let mut given = objects
            .iter()
            .filter_map(|name| attrs::present(entry, name));
        match given.find_map(|object| object.attr("is_default")) {
            Some(value) if !value.is_known() => None,
            value => Some(value.and_then(Value::as_bool).unwrap_or(false)),
        }
    };
    let defaults: Option<Vec<bool>> = lines.iter().map(|(_, entry)| default(entry)).collect();
    if let (Some(defaults), Some((place, _))) = (defaults, lines.last())
        && defaults.len() > 1
        && defaults.iter().filter(|d| **d).count() != 1
    {
        found.push(wrong(
            place.clone(),
            "Of several LINE credentials exactly one has is_default = true.".into(),
        ));
    }
    found
}

/// SC-18 [public]: ranges.
pub(super) fn sc18(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    for (name, least, most) in [
        ("dispatch_retention_days", 0, 7),
        ("retention_days", 1, 3650),
        ("message_retry_seconds", 30, 3600),
        ("fallback_waiting_seconds", 10, 259_200),
    ] {
        found.extend(range(config, name, &at(name), least, most));
    }
    for (place, entry) in entries(config) {
        let member = |name: &str| place.then(Step::Attribute(name.into()));
        found.extend(range(
            entry,
            "credential_ordinal_number",
            &member("credential_ordinal_number"),
            0,
            255,
        ));
        found.extend(longest(
            entry,
            "callback_secret",
            &member("callback_secret"),
            256,
        ));
    }
    found
}

/// SC-19 [public]: in Dispatch mode nothing is kept by conversation.
pub(super) fn sc19(config: &Value) -> Diagnostics {
    let dispatch = attrs::is_unset(config, "processing_mode")
        || attrs::text(config, "processing_mode") == Some("DISPATCH");
    match attrs::text(config, "retention_type") {
        Some(kind) if dispatch && OF_CONVERSATIONS.contains(&kind) => {
            let text = format!(
                "`retention_type` is {kind}, which does nothing in Dispatch mode: dispatch_retention_days counts there."
            );
            vec![warning("SC-19", "Setting Without Effect", text).on(at("retention_type"))]
        }
        _ => Vec::new(),
    }
}
