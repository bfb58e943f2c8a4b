//! Options of transaction `NexusServices`: sections of texts, changed by deltas.
//!
//! Nobody has published this call for transactions; path, nesting and shape are [assumed] after the public
//! call for another object. It must not check what sections mean: the configuration layer does not either.

use serde_json::{Map, Value, json};

use super::{VENDOR, access, envelope, seed};
use crate::http::Request;
use crate::world::{Answer, Refusal, World};

/// `GET`, `PUT` (a delta) and `POST` (replaces everything) of the options.
pub(crate) fn route(world: &mut World, request: &Request) -> Answer {
    access::bearer_and_key(world, request)?;
    let ccid = request.header("x-ccid").unwrap_or(seed::CCID).to_owned();
    access::known_contact_center(world, &ccid)?;
    match request.method.as_str() {
        "GET" => {}
        "PUT" => {
            let body = envelope::json_body(request)?;
            delta(world, &ccid, envelope::wrapped(&body)?)?;
        }
        "POST" => {
            let body = envelope::json_body(request)?;
            replace(world, &ccid, envelope::wrapped(&body)?)?;
        }
        _ => return Err(envelope::method_not_allowed(request)),
    }
    let sections = sections(world, &ccid)?;
    let data = if world.settings.options_wrapped {
        json!({ "options": sections })
    } else {
        Value::Object(sections)
    };
    Ok(envelope::ok(200, data))
}

type Options = Map<String, Value>;

fn sections(world: &World, ccid: &str) -> Result<Options, Refusal> {
    let list = world.store.children(VENDOR, "option_section", ccid)?;
    Ok(list
        .iter()
        .map(|s| {
            (
                s["section"].as_str().unwrap_or_default().to_owned(),
                s["options"].clone(),
            )
        })
        .collect())
}

/// `{section: {option: text}}`, no section empty.
fn read<'a>(value: &'a Value, at: &str) -> Result<Vec<(&'a String, &'a Options)>, Refusal> {
    let wrong = |what: &str| envelope::error(400, 1, &format!("{at} {what}"));
    let sections = value
        .as_object()
        .ok_or_else(|| wrong("must be an object of sections"))?;
    let mut out = Vec::new();
    for (section, options) in sections {
        let options = options.as_object().filter(|o| !o.is_empty());
        let options = options
            .ok_or_else(|| wrong("must give every section an object with at least one option"))?;
        if section.trim().is_empty() || !options.values().all(Value::is_string) {
            return Err(wrong("must name its sections and hold texts only"));
        }
        out.push((section, options));
    }
    Ok(out)
}

fn delta(world: &mut World, ccid: &str, data: &Value) -> Result<(), Refusal> {
    const MEMBERS: [&str; 3] = ["newOptions", "changedOptions", "deletedOptions"];
    let unknown = data
        .as_object()
        .into_iter()
        .flatten()
        .any(|(name, _)| !MEMBERS.contains(&name.as_str()));
    if unknown || MEMBERS.iter().all(|m| data[*m].is_null()) {
        return Err(envelope::error(
            400,
            1,
            "data has newOptions, changedOptions, deletedOptions, and nothing else",
        ));
    }
    let before = sections(world, ccid)?;
    let mut after = before.clone();
    for member in MEMBERS {
        if data[member].is_null() {
            continue;
        }
        for (section, options) in read(&data[member], member)? {
            for (option, value) in options {
                let there = after.get(section).is_some_and(|s| s.get(option).is_some());
                if there == (member == "newOptions") {
                    let problem = if there {
                        "exists already"
                    } else {
                        "does not exist"
                    };
                    let status = if there { 409 } else { 404 };
                    return Err(envelope::error(
                        status,
                        3,
                        &format!("{member}: an option of section {section} {problem}"),
                    ));
                }
                let slot = after.entry(section.clone()).or_insert_with(|| json!({}));
                if let Some(map) = slot.as_object_mut() {
                    if member == "deletedOptions" {
                        map.remove(option);
                    } else {
                        map.insert(option.clone(), value.clone());
                    }
                }
            }
        }
    }
    after.retain(|_, options| options.as_object().is_some_and(|o| !o.is_empty()));
    store(world, ccid, &before, &after)
}

fn replace(world: &mut World, ccid: &str, data: &Value) -> Result<(), Refusal> {
    if data
        .as_object()
        .is_none_or(|d| d.len() != 1 || !d.contains_key("options"))
    {
        return Err(envelope::error(400, 1, "data has options and nothing else"));
    }
    let after = read(&data["options"], "options")?
        .into_iter()
        .map(|(section, options)| (section.clone(), Value::Object(options.clone())))
        .collect();
    let before = sections(world, ccid)?;
    store(world, ccid, &before, &after)
}

/// Writes what differs, one effect a section.
fn store(world: &mut World, ccid: &str, before: &Options, after: &Options) -> Result<(), Refusal> {
    for section in before.keys().filter(|s| !after.contains_key(*s)) {
        let id = format!("{ccid}/{section}");
        world.store.delete(VENDOR, "option_section", &id)?;
        world.effect("delete", "option_section", &id);
    }
    for (section, options) in after {
        if before.get(section) == Some(options) {
            continue;
        }
        let id = format!("{ccid}/{section}");
        let body = json!({ "id": id, "ccid": ccid, "section": section, "options": options });
        world.store.put(VENDOR, "option_section", &id, &body)?;
        world.effect(
            if before.contains_key(section) {
                "update"
            } else {
                "create"
            },
            "option_section",
            &id,
        );
    }
    Ok(())
}
