//! The authentication entries of a messaging service: read strictly, kept with a hash for a secret, and the
//! calls below `…/authentications`.
//!
//! Fields: reference document; names, shape and sub-collection: [assumed]. Secrets are never answered.

use serde_json::{Value, json};

use super::access::Caller;
use super::{VENDOR, created, errors, lists, new_id, service_rules, services};
use crate::check::{Check, Problem};
use crate::http::{Reply, Request};
use crate::seal::sha256_hex;
use crate::settings::{AuthenticationShape, MissingSecret};
use crate::world::{Answer, Refusal, World};

const KNOWN: &[&str] = &["id", "direction", "authenticationId", "secret", "triggers"];

/// One entry as it is stored, without an id. `old` is the entry that it replaces.
pub(crate) fn parse(
    world: &World,
    value: &Value,
    at: &str,
    kind: &str,
    old: Option<&Value>,
) -> Result<Value, Vec<Problem>> {
    let mut check = Check::new(value, at).map_err(|p| vec![p])?;
    if world.settings.contactpro_strict_properties {
        check.only(&[KNOWN]);
    }
    let id = check.text("authenticationId", true).unwrap_or_default();
    let direction = check.choice("direction", true, &["OUTGOING", "INCOMING"]);
    let triggers = check.texts("triggers", false);
    if let Some(triggers) = &triggers {
        let known = triggers
            .iter()
            .all(|t| service_rules::TRIGGERS.contains(&t.as_str()));
        let twice = (1..triggers.len()).any(|i| triggers[..i].contains(&triggers[i]));
        if !known || twice {
            check.fail(
                "triggers",
                "invalid.value",
                "must be MESSAGE_DELIVERY and MESSAGE_INBOUND, each once at most",
            );
        }
    }
    let missing = world.settings.contactpro_missing_secret;
    let required = old.is_none() || missing == MissingSecret::Refuse;
    let secret = match check.text("secret", required) {
        Some(secret) if !secret.is_empty() => sha256_hex(secret).into(),
        _ if missing == MissingSecret::Keep => {
            old.map_or(Value::Null, |o| o["secret_sha256"].clone())
        }
        _ => Value::Null,
    };
    if !check.problems.is_empty() {
        return Err(check.problems);
    }
    let mut entry =
        json!({ "direction": direction, "authenticationId": id, "secret_sha256": secret });
    if service_rules::is_incoming(kind, id) {
        entry["triggers"] = triggers.unwrap_or_default().into();
    } else if let Some(triggers) = triggers {
        // Refused by the rules of the whole service, which say where they belong.
        entry["triggers"] = triggers.into();
    }
    Ok(entry)
}

/// The entry without its hash.
pub(crate) fn render(entry: &Value) -> Value {
    lists::without(entry, &[])
}

/// The entry of a service with this id, by position.
pub(crate) fn position(service: &Value, id: &str) -> Option<usize> {
    service["authentications"]
        .as_array()?
        .iter()
        .position(|e| e["id"] == id)
}

/// Everything below `/messagingServices/{id}/authentications`.
pub(crate) fn route(
    world: &mut World,
    request: &Request,
    caller: &Caller,
    service: Value,
    rest: &[&str],
) -> Answer {
    if world.settings.contactpro_authentications == AuthenticationShape::Embedded || rest.len() > 1
    {
        return Err(errors::not_found(world, "the path"));
    }
    let found = rest.first().map(|id| position(&service, id));
    match (request.method.as_str(), found) {
        ("GET", None) => {
            caller.require(world, services::RIGHT, "View")?;
            let rows = service["authentications"].as_array();
            let rows = rows.into_iter().flatten().map(render).collect();
            let shape = lists::Shape {
                names: &["authenticationId", "direction"],
                fields: &["triggers"],
            };
            lists::answer(world, request, &shape, rows)
        }
        ("POST", None) => {
            caller.require(world, services::RIGHT, "Modify")?;
            change(world, request, service, None)
        }
        (_, Some(None)) => Err(errors::not_found(world, "the authentication")),
        ("GET", Some(Some(at))) => {
            caller.require(world, services::RIGHT, "View")?;
            Ok(Reply::json(200, render(&service["authentications"][at])))
        }
        ("PUT", Some(Some(at))) => {
            caller.require(world, services::RIGHT, "Modify")?;
            change(world, request, service, Some(at))
        }
        ("DELETE", Some(Some(at))) => {
            caller.require(world, services::RIGHT, "Modify")?;
            remove(world, service, at)
        }
        _ => Err(errors::method_not_allowed(world, request)),
    }
}

fn change(world: &mut World, request: &Request, mut service: Value, at: Option<usize>) -> Answer {
    services::refuse_retired(world, &service)?;
    let kind = service["type"].as_str().unwrap_or_default().to_owned();
    let body = errors::json_body(world, request)?;
    let old = at.map(|at| service["authentications"][at].clone());
    let entry = parse(world, &body, "", &kind, old.as_ref());
    let mut entry = match entry {
        Ok(entry) => entry,
        Err(problems) => {
            errors::settle(world, &problems)?;
            Value::Null
        }
    };
    let sent = body["id"].as_str();
    let id = match &old {
        Some(old) => old["id"].as_str().unwrap_or_default().to_owned(),
        None => new_id(world, &format!("authentication {}", service["name"]))?,
    };
    if sent.is_some_and(|sent| old.is_none() || sent != id) {
        return Err(errors::error(world, 400, "id is made by the service"));
    }
    if old.is_some_and(|old| old["direction"] != entry["direction"]) {
        return Err(errors::error(world, 400, "direction cannot be changed"));
    }
    entry["id"] = id.clone().into();
    if let Some(entries) = service["authentications"].as_array_mut() {
        match at {
            Some(at) => entries[at] = entry,
            None => entries.push(entry),
        }
    }
    let problems = service_rules::problems(&world.settings, &service, false);
    errors::settle(world, &problems)?;
    store(
        world,
        &service,
        &id,
        if at.is_some() { "update" } else { "create" },
    )?;
    Ok(match at {
        Some(_) => Reply::empty(204),
        None => created(request, &id),
    })
}

fn remove(world: &mut World, mut service: Value, at: usize) -> Answer {
    let mut id = String::new();
    if let Some(entries) = service["authentications"].as_array_mut() {
        let gone = entries.remove(at);
        gone["id"].as_str().unwrap_or_default().clone_into(&mut id);
    }
    store(world, &service, &id, "delete")?;
    Ok(Reply::empty(204))
}

fn store(
    world: &mut World,
    service: &Value,
    id: &str,
    effect: &'static str,
) -> Result<(), Refusal> {
    let parent = service["id"].as_str().unwrap_or_default();
    world
        .store
        .put(VENDOR, "messaging_service", parent, service)?;
    world.effect(effect, "authentication", &format!("{parent}/{id}"));
    Ok(())
}
