//! Rules about the contacts of one list, as JSON: AC01 to AC05, AC12 to AC16, and the keys of AC29.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostic, Diagnostics, Path, Step, Value};

use super::contacts::{KINDS, avatar, birthday_problem, identifier_problem};
use super::{at, error, warning};
use crate::render::contact::{OTHERS, TEXTS, text};

/// A contact that is known, what to call it, and where it is written.
pub(super) struct Listed {
    pub(super) json: Json,
    pub(super) what: String,
    pub(super) place: Path,
}

/// The contacts of a list that are known and are objects, and what is wrong with the others (AC01).
pub(super) fn listed(config: &Value) -> (Vec<Listed>, Diagnostics) {
    let wrong = |text: String, place: Path| error("AC01", "Invalid Contact List", text).on(place);
    let (mut all, mut found) = (Vec::new(), Vec::new());
    if let Some(whole) = attrs::text(config, "document") {
        let json = serde_json::from_str::<Json>(whole).ok();
        let contacts = json
            .as_ref()
            .filter(|j| j.is_object())
            .and_then(|j| j["contacts"].as_array());
        let Some(contacts) = contacts else {
            let text = "`document` must be a JSON object with an array `contacts`.";
            return (all, vec![wrong(text.into(), at("document"))]);
        };
        for (n, json) in contacts.iter().enumerate() {
            let what = called(json, n);
            match json.is_object() {
                true => all.push(Listed {
                    json: json.clone(),
                    what,
                    place: at("document"),
                }),
                false => found.push(wrong(
                    format!("{what} of `document` is no object."),
                    at("document"),
                )),
            }
        }
        return (all, found);
    }
    for (n, element) in attrs::items(config, "contacts").iter().enumerate() {
        let Some(element) = element.as_str() else {
            continue;
        };
        let place = at("contacts").then(Step::Index(n));
        match serde_json::from_str::<Json>(element) {
            Ok(json) if json.is_object() => {
                let what = called(&json, n);
                all.push(Listed { json, what, place });
            }
            _ => found.push(wrong(
                format!("Element {} of `contacts` is no JSON object. Use the `contact` of a user or contact, or jsonencode().", n + 1),
                place,
            )),
        }
    }
    (all, found)
}

fn called(json: &Json, n: usize) -> String {
    match text(json, "contactId") {
        Some(id) if !id.is_empty() => format!("The contact {id:?}"),
        _ => format!("Contact {}", n + 1),
    }
}

/// The findings about the contacts of a list.
pub(super) fn list(config: &Value) -> Diagnostics {
    let (all, mut found) = listed(config);
    let strict = attrs::flag(config, "strict_messaging") == Some(true);
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    let mut users: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for listed in &all {
        let (json, what) = (&listed.json, &listed.what);
        let mut wrong = |id: &str, summary: &str, text: String| {
            found.push(error(id, summary, text).on(listed.place.clone()));
        };
        match text(json, "contactId") {
            // AC13 says of what is no text.
            None if json.get("contactId").is_some_and(|id| !id.is_null()) => {}
            None | Some("") => wrong(
                "AC02",
                "Contact Without an Id",
                format!("{what} has no contactId."),
            ),
            Some(id) => {
                let times = ids.entry(id).or_default();
                *times += 1;
                if *times == 2 {
                    wrong(
                        "AC02",
                        "Contact Id Twice",
                        format!("Two contacts of the list have the contactId {id:?}."),
                    );
                }
            }
        }
        let (user, network) = (text(json, "cloudUsername"), text(json, "networkId"));
        if user.is_some() != network.is_some() {
            wrong(
                "AC03",
                "Half a Messaging Contact",
                format!(
                    "{what} has only one of cloudUsername and networkId. A contact of messaging has both, others have neither."
                ),
            );
        } else if strict && user.is_none() {
            wrong(
                "AC03",
                "No Messaging Contact",
                format!(
                    "{what} has neither cloudUsername nor networkId, but the list is one of messaging contacts only (strict_messaging)."
                ),
            );
        }
        for member in ["cloudUsername", "networkId"] {
            if let Some(why) = text(json, member).and_then(identifier_problem) {
                wrong(
                    "AC04",
                    "Invalid Identifier",
                    format!("{what}: {member} {why}, so nobody would match it."),
                );
            }
        }
        if let Some((user, network)) = user.zip(network) {
            let times = users.entry((network, user)).or_default();
            *times += 1;
            if *times == 2 {
                wrong(
                    "AC05",
                    "User Twice",
                    format!(
                        "Two contacts of the list are the user {user:?} of the network {network:?}."
                    ),
                );
            }
        }
        found.extend(one(listed));
    }
    found
}

/// AC12 to AC16 of one contact, and the keys of AC29.
fn one(listed: &Listed) -> Diagnostics {
    let (json, what, place) = (&listed.json, &listed.what, &listed.place);
    let mut found: Diagnostics = Vec::new();
    let wrong = |id: &str, summary: &str, text: String| error(id, summary, text).on(place.clone());
    let members = json.as_object().into_iter().flatten();
    for (name, value) in members {
        let list = matches!(name.as_str(), "contactEntries" | "contactAddresses");
        if name.to_ascii_lowercase().contains("password") {
            found.push(wrong(
                "AC29",
                "Secret in a Contact",
                format!("{what} has the member {name:?}. Contacts are shown to others."),
            ));
        } else if !TEXTS.iter().any(|(_, known)| known == name) && !OTHERS.contains(&name.as_str())
        {
            let text = format!("{what} has the member {name:?}, which the app does not know.");
            found.push(warning("AC16", "Unknown Contact Member", text).on(place.clone()));
        } else if list && !value.is_array() || !list && !value.is_string() {
            let kind = if list { "an array" } else { "a text in quotes" };
            found.push(wrong(
                "AC13",
                "Not a Text",
                format!("{what}: {name} must be {kind}."),
            ));
        }
    }
    let mut ids: Vec<&str> = Vec::new();
    for entry in json["contactEntries"].as_array().into_iter().flatten() {
        found.extend(entry_problems(entry, what, &mut ids, &wrong));
    }
    for (member, value) in ["avatar", "largeAvatar"]
        .iter()
        .filter_map(|m| Some((m, text(json, m)?)))
    {
        found.extend(avatar(&format!("{what}: {member}"), value, place.clone()));
    }
    if let Some(text) =
        text(json, "birthday").and_then(|b| birthday_problem(&format!("{what}: birthday"), b))
    {
        found.push(wrong("AC15", "Invalid Birthday", text));
    }
    found
}

fn entry_problems<'j>(
    entry: &'j Json,
    what: &str,
    ids: &mut Vec<&'j str>,
    wrong: &dyn Fn(&str, &str, String) -> Diagnostic,
) -> Diagnostics {
    let entry_wrong = |text: String| wrong("AC12", "Invalid Contact Entry", text);
    let Some(members) = entry.as_object() else {
        return vec![entry_wrong(format!(
            "{what} has an entry that is no object."
        ))];
    };
    let mut found = Vec::new();
    for (name, _) in members.iter().filter(|(_, value)| !value.is_string()) {
        found.push(wrong(
            "AC13",
            "Not a Text",
            format!("{what}: {name} of an entry must be a text in quotes."),
        ));
    }
    match text(entry, "type") {
        Some(kind) if !KINDS.contains(&kind) => found.push(entry_wrong(format!(
            "{what} has an entry of the type {kind:?}. Types are {}.",
            KINDS.join(", ")
        ))),
        None if !members.contains_key("type") => {
            found.push(entry_wrong(format!("{what} has an entry without a type.")));
        }
        _ => {}
    }
    match text(entry, "uri") {
        Some(uri) if !uri.trim().is_empty() => {}
        None if members.contains_key("uri") => {}
        _ => found.push(entry_wrong(format!("{what} has an entry without a uri."))),
    }
    if let Some(id) = text(entry, "entryId") {
        if ids.contains(&id) {
            found.push(entry_wrong(format!(
                "{what} has two entries with the entryId {id:?}."
            )));
        }
        ids.push(id);
    }
    found
}
