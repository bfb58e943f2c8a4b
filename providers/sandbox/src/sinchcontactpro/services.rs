//! Messaging services: create, list, read, replace as a whole, delete.
//!
//! Fields and types: reference document; path, length and uniqueness of names: [assumed].

use serde_json::{Value, json};

use super::access::Caller;
use super::{VENDOR, authentications, created, errors, lists, new_id, service_rules};
use crate::check::Check;
use crate::http::{Reply, Request};
use crate::settings::AuthenticationShape;
use crate::world::{Answer, Refusal, World};

/// The object type of the rights that are needed here.
pub(crate) const RIGHT: &str = "MessagingService";

const KIND: &str = "messaging_service";

const SHAPE: lists::Shape = lists::Shape {
    names: &["name"],
    fields: &["type", "serviceConnection"],
};

/// Everything below `/messagingServices`.
pub(crate) fn route(
    world: &mut World,
    request: &Request,
    caller: &Caller,
    rest: &[&str],
) -> Answer {
    let Some((id, below)) = rest.split_first() else {
        return match request.method.as_str() {
            "GET" => {
                caller.require(world, RIGHT, "View")?;
                let rows = world.store.list(VENDOR, KIND)?;
                let rows = rows.iter().map(|s| render(world, s)).collect();
                lists::answer(world, request, &SHAPE, rows)
            }
            "POST" => {
                caller.require(world, RIGHT, "Create")?;
                create(world, request)
            }
            _ => Err(errors::method_not_allowed(world, request)),
        };
    };
    let true_one = world.store.get(VENDOR, KIND, id)?;
    let shown = match world.hear_echo("contactpro service", id) {
        Some(echo) if request.method == "GET" => echo,
        _ => true_one,
    };
    let service = shown.ok_or_else(|| errors::not_found(world, "the messaging service"))?;
    match (below, request.method.as_str()) {
        (["authentications", rest @ ..], _) => {
            authentications::route(world, request, caller, service, rest)
        }
        ([], "GET") => {
            caller.require(world, RIGHT, "View")?;
            Ok(Reply::json(200, render(world, &service)))
        }
        ([], "PUT") => {
            caller.require(world, RIGHT, "Modify")?;
            update(world, request, &service)
        }
        ([], "DELETE") => {
            caller.require(world, RIGHT, "Delete")?;
            world.store.delete(VENDOR, KIND, id)?;
            world.effect("delete", KIND, id);
            world.leave_echo("contactpro service", id, None, 0);
            Ok(Reply::empty(204))
        }
        ([], _) => Err(errors::method_not_allowed(world, request)),
        _ => Err(errors::not_found(world, "the path")),
    }
}

fn embeds(world: &World) -> bool {
    world.settings.contactpro_authentications != AuthenticationShape::Subcollection
}

fn render(world: &World, service: &Value) -> Value {
    let hidden: &[&str] = if embeds(world) {
        &[]
    } else {
        &["authentications"]
    };
    let mut out = lists::without(service, hidden);
    if let Some(entries) = out.get_mut("authentications").and_then(Value::as_array_mut) {
        for entry in entries {
            *entry = authentications::render(entry);
        }
    }
    out
}

/// Services of a retired type can be looked at and deleted.
pub(crate) fn refuse_retired(world: &World, service: &Value) -> Result<(), Refusal> {
    let kind = service["type"].as_str().unwrap_or_default();
    if service_rules::RETIRED.contains(&kind) {
        let message = format!("The messaging service type {kind} is no longer supported");
        return Err(errors::error(world, 400, &message));
    }
    Ok(())
}

/// The service as it is stored, without an id, from a body that must be whole.
fn parse(world: &mut World, request: &Request, old: Option<&Value>) -> Result<Value, Refusal> {
    let body = errors::json_body(world, request)?;
    // Before anything else, since it is what people must hear.
    refuse_retired(world, &json!({ "type": body["type"] }))?;
    let own: &[&str] = &[
        "id",
        "name",
        "type",
        "serviceConnection",
        "authenticationUrl",
        "authenticationScope",
    ];
    let embedded: &[&str] = if embeds(world) {
        &["authentications"]
    } else {
        &[]
    };
    let mut check = errors::check(world, &body, "", &[own, embedded])?;
    let name = check.text("name", true).unwrap_or_default();
    if name.chars().count() > 400 {
        check.fail("name", "invalid.value", "must have at most 400 characters");
    }
    let types = service_rules::types(&world.settings);
    let kind = check.choice("type", true, &types).unwrap_or_default();
    let connection = check.text("serviceConnection", true);
    for unused in ["authenticationUrl", "authenticationScope"] {
        if check.text(unused, false).is_some_and(|t| !t.is_empty()) {
            check.fail(unused, "invalid.value", "is not applicable to this type");
        }
    }
    let whole = world.settings.contactpro_authentications == AuthenticationShape::Embedded;
    let entries = match embeds(world) {
        true => check.list("authentications", whole),
        false => None,
    };
    let kept = old.map(|old| old["authentications"].clone());
    let mut service = json!({ "name": name, "type": kind, "serviceConnection": connection });
    service["authentications"] = match entries {
        Some(entries) => read_entries(world, &mut check, entries, kind, kept.as_ref()),
        // A member that is not there leaves the sub-collection alone.
        None => kept.unwrap_or_else(|| json!([])),
    };
    match old {
        None if check.has("id") => check.fail("id", "invalid.property", "is made by the service"),
        Some(old) if check.has("id") && body["id"] != old["id"] => {
            check.fail("id", "invalid.value", "is not the id of the path");
        }
        _ => {}
    }
    if old.is_some_and(|old| old["type"] != kind) {
        check.fail("type", "invalid.value", "cannot be changed");
    }
    let mut problems = std::mem::take(&mut check.problems);
    if problems.is_empty() {
        let complete = entries.is_some();
        problems = service_rules::problems(&world.settings, &service, complete);
    }
    errors::settle(world, &problems)?;
    if world.settings.contactpro_unique_names {
        let same = world.store.named(VENDOR, KIND, &name.to_lowercase())?;
        let mine = old.map_or(&Value::Null, |o| &o["id"]);
        if same.iter().any(|s| s["id"] != *mine) {
            let message = "A messaging service of this name exists already";
            return Err(errors::error(world, 409, message));
        }
    }
    Ok(service)
}

/// The entries of a body; an entry is the old one with its id, or else with its authentication id.
fn read_entries(
    world: &World,
    check: &mut Check<'_>,
    entries: &[Value],
    kind: &str,
    kept: Option<&Value>,
) -> Value {
    let mut out = Vec::new();
    for (i, entry) in entries.iter().enumerate() {
        let at = format!("authentications[{i}]");
        let before = kept.and_then(Value::as_array).and_then(|kept| {
            let same = |member: &str| {
                kept.iter()
                    .find(|k| entry[member].is_string() && k[member] == entry[member])
            };
            same("id").or_else(|| same("authenticationId"))
        });
        let unknown = entry["id"].is_string() && before.is_none_or(|b| b["id"] != entry["id"]);
        if unknown {
            check.fail(
                &at,
                "invalid.value",
                "has an id that this service does not have",
            );
        }
        match authentications::parse(world, entry, &at, kind, before) {
            Ok(mut new) => {
                new["id"] = before.map_or(Value::Null, |b| b["id"].clone());
                out.push(new);
            }
            Err(problems) => check.take(problems),
        }
    }
    out.into()
}

/// Gives ids to the entries that have none.
fn number_entries(world: &mut World, service: &mut Value) -> Result<(), Refusal> {
    let label = format!("authentication {}", service["name"]);
    let count = service["authentications"].as_array().map_or(0, Vec::len);
    for i in 0..count {
        if service["authentications"][i]["id"].is_null() {
            service["authentications"][i]["id"] = new_id(world, &label)?.into();
        }
    }
    Ok(())
}

fn create(world: &mut World, request: &Request) -> Answer {
    let mut service = parse(world, request, None)?;
    let id = new_id(world, &format!("service {}", service["name"]))?;
    service["id"] = id.clone().into();
    number_entries(world, &mut service)?;
    world.store.put(VENDOR, KIND, &id, &service)?;
    world.effect("create", KIND, &id);
    let reads = world.settings.contactpro_stale_reads;
    world.leave_echo("contactpro service", &id, None, reads);
    Ok(created(request, &id))
}

fn update(world: &mut World, request: &Request, old: &Value) -> Answer {
    refuse_retired(world, old)?;
    let mut service = parse(world, request, Some(old))?;
    let id = old["id"].as_str().unwrap_or_default().to_owned();
    service["id"] = id.clone().into();
    number_entries(world, &mut service)?;
    world.store.put(VENDOR, KIND, &id, &service)?;
    world.effect("update", KIND, &id);
    let reads = world.settings.contactpro_stale_reads;
    world.leave_echo("contactpro service", &id, Some(old.clone()), reads);
    Ok(Reply::empty(204))
}
