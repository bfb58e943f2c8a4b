//! The admin service: look behind the vendors' backs, change things there, inject faults, turn the clock.
//!
//! No authentication: it listens on loopback, and refuses browsers (any `Origin` header). It must not show a
//! secret: API keys appear by fingerprint and hash.

use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::faults::{Fault, Faults};
use crate::http::{BodyError, Reply, Request};
use crate::world::{Answer, Refusal, World};
use crate::{acrobits, digitalchannels, seed};

/// What the admin service needs besides the world.
pub(crate) struct Admin<'a> {
    pub(crate) instance: &'a str,
    /// The endpoints as JSON.
    pub(crate) endpoints: &'a Value,
    pub(crate) faults: &'a Mutex<Faults>,
}

fn error(status: u16, message: &str) -> Refusal {
    Reply::json(status, json!({ "error": message })).into()
}

fn body(request: &Request) -> Result<Value, Refusal> {
    request.json().map_err(|e| match e {
        BodyError::ContentType(sent) => error(
            415,
            &format!("Content-Type must be application/json, not \"{sent}\""),
        ),
        BodyError::Syntax { line, column } => error(
            400,
            &format!("not valid JSON (line {line}, column {column})"),
        ),
    })
}

/// Answers one request.
pub(crate) fn handle(admin: &Admin<'_>, world: &mut World, request: &Request) -> Answer {
    if request.header("origin").is_some() {
        return Err(error(403, "the admin service does not serve web pages"));
    }
    let path = request.seg();
    match (path.as_slice(), request.method.as_str()) {
        (["health"], "GET") => Ok(Reply::json(200, json!({ "instance": admin.instance }))),
        (["endpoints"], "GET") => Ok(Reply::json(200, admin.endpoints.clone())),
        (["issued"], "POST") => issued(world, request),
        (["log"], "GET") => log(world, request),
        (["faults"], "GET") => Ok(Reply::json(200, lock(admin.faults).list())),
        (["faults"], "POST") => {
            let fault: Fault =
                serde_json::from_value(body(request)?).map_err(|e| error(400, &e.to_string()))?;
            let id = lock(admin.faults).arm(fault).map_err(|e| error(400, &e))?;
            Ok(Reply::json(201, json!({ "id": id })))
        }
        (["faults"], "DELETE") => Ok(Reply::json(
            200,
            json!({ "removed": lock(admin.faults).disarm(None) }),
        )),
        (["faults", id], "DELETE") => {
            let id = id.parse().map_err(|_| error(404, "no fault has this id"))?;
            match lock(admin.faults).disarm(Some(id)) {
                0 => Err(error(404, "no fault has this id")),
                removed => Ok(Reply::json(200, json!({ "removed": removed }))),
            }
        }
        (["state"], "DELETE") => {
            world.store.clear_objects()?;
            seed::plant(world)?;
            world.forget_volatile();
            world.effect("reset", "state", "all");
            Ok(Reply::empty(204))
        }
        (["clock"], "GET") => Ok(Reply::json(200, json!({ "now": world.now_text() }))),
        (["clock"], "POST") => clock(world, request),
        (["settings"], "GET") => Ok(Reply::json(200, settings_json(world)?)),
        (["settings"], "PATCH") => {
            let mut all = settings_json(world)?;
            merge(&mut all, &body(request)?);
            world.settings =
                serde_json::from_value(all.clone()).map_err(|e| error(400, &e.to_string()))?;
            world.store.set_meta("settings", &all.to_string())?;
            Ok(Reply::json(200, all))
        }
        (["objects", rest @ ..], _) => objects(world, request, rest),
        _ => Err(error(404, "no such admin call")),
    }
}

fn lock(faults: &Mutex<Faults>) -> std::sync::MutexGuard<'_, Faults> {
    faults.lock().unwrap_or_else(PoisonError::into_inner)
}

fn settings_json(world: &World) -> Result<Value, Refusal> {
    serde_json::to_value(&world.settings).map_err(|e| error(500, &e.to_string()))
}

fn issued(world: &World, request: &Request) -> Answer {
    let body = body(request)?;
    let hash = body["sha256"]
        .as_str()
        .map(str::to_ascii_lowercase)
        .unwrap_or_default();
    if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(error(400, "sha256 must be 64 hexadecimal digits"));
    }
    Ok(Reply::json(
        200,
        json!({ "issued": world.store.is_issued(&hash)? }),
    ))
}

fn log(world: &mut World, request: &Request) -> Answer {
    let after = match request.query("after") {
        None => 0,
        Some(text) => text
            .parse()
            .map_err(|_| error(400, "after must be a sequence number"))?,
    };
    let effects = match request.query("effects") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(error(400, "effects must be true or false")),
    };
    world.flush()?;
    Ok(Reply::json(200, world.store.log(after, effects)?.into()))
}

fn clock(world: &mut World, request: &Request) -> Answer {
    let body = body(request)?;
    let seconds = body["advance_seconds"]
        .as_i64()
        .filter(|s| (0..=4_000_000_000).contains(s));
    let Some(seconds) = seconds else {
        return Err(error(
            400,
            "advance_seconds must be a whole number, not negative",
        ));
    };
    world.source.offset_ms = world.source.offset_ms.saturating_add(seconds * 1000);
    world
        .store
        .set_meta("clock offset", &world.source.offset_ms.to_string())?;
    Ok(Reply::json(200, json!({ "now": world.now_text() })))
}

/// RFC 7396 merge patch.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    if let Value::Object(map) = target {
        for (name, value) in patch {
            if value.is_null() {
                map.remove(name);
            } else {
                merge(map.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

/// Credentials that are themselves ids.
fn is_key(vendor: &str, kind: &str) -> bool {
    vendor == digitalchannels::VENDOR && kind == "apikey"
}

/// Sealed copies of secrets that a vendor shows again are not shown here.
fn drop_copies(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, _| !name.ends_with("_sealed"));
            map.values_mut().for_each(drop_copies);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_copies),
        _ => {}
    }
}

fn shown(world: &World, vendor: &str, kind: &str, mut object: Value) -> Value {
    drop_copies(&mut object);
    if is_key(vendor, kind)
        && let Some(id) = object["id"].as_str()
    {
        object["id"] = world.store.sealer.fingerprint(id).into();
    }
    if vendor == acrobits::VENDOR {
        return acrobits::shown(object);
    }
    object
}

/// What the log calls the object.
pub(crate) fn log_id(world: &World, vendor: &str, kind: &str, id: &str) -> String {
    if is_key(vendor, kind) && !id.starts_with("fp-") {
        world.store.sealer.fingerprint(id)
    } else {
        id.to_owned()
    }
}

/// The true id where a fingerprint was given.
fn true_id(world: &World, vendor: &str, kind: &str, id: &str) -> Result<String, Refusal> {
    if is_key(vendor, kind) && id.starts_with("fp-") {
        for key in world.store.list(vendor, kind)? {
            if let Some(candidate) = key["id"]
                .as_str()
                .filter(|c| world.store.sealer.fingerprint(c) == id)
            {
                return Ok(candidate.to_owned());
            }
        }
    }
    Ok(id.to_owned())
}

fn objects(world: &mut World, request: &Request, path: &[&str]) -> Answer {
    let method = request.method.as_str();
    let (vendor, kind, id) = match path {
        [] if method == "GET" => {
            let mut all = json!({});
            for (vendor, kind, count) in world.store.counts()? {
                all[vendor][kind] = count.into();
            }
            return Ok(Reply::json(200, all));
        }
        [vendor, kind] => (*vendor, *kind, None),
        [vendor, kind, id @ ..] if !id.is_empty() => (*vendor, *kind, Some(id.join("/"))),
        _ => return Err(error(404, "objects/{vendor}/{kind}/{id}")),
    };
    if !seed::is_vendor(vendor) {
        return Err(error(404, "no such vendor"));
    }
    if kind == "token" && method != "GET" && method != "DELETE" {
        return Err(error(400, "tokens can be listed and deleted, not made"));
    }
    let Some(id) = id else {
        return match method {
            "GET" => {
                let list = world.store.list(vendor, kind)?;
                Ok(Reply::json(
                    200,
                    list.into_iter()
                        .map(|o| shown(world, vendor, kind, o))
                        .collect(),
                ))
            }
            "POST" => {
                let mut object = body(request)?;
                if !object.is_object() {
                    return Err(error(400, "an object is a JSON object"));
                }
                let id = match object["id"].as_str() {
                    Some(id) => id.to_owned(),
                    None => world.new_id(&format!("admin {vendor} {kind}"))?,
                };
                object["id"] = id.clone().into();
                if world.store.get(vendor, kind, &id)?.is_some() {
                    return Err(error(409, "an object with this id exists"));
                }
                put(world, vendor, kind, &id, &object, "create")?;
                Ok(Reply::json(201, shown(world, vendor, kind, object)))
            }
            "DELETE" if kind == "token" => {
                world.store.clear_kind(vendor, kind)?;
                world.effect("delete", kind, "all");
                Ok(Reply::empty(204))
            }
            _ => Err(error(405, "GET or POST (and DELETE for tokens)")),
        };
    };
    if kind == "token" {
        return Err(error(
            400,
            "tokens cannot be addressed one by one; DELETE revokes all of a vendor",
        ));
    }
    let id = true_id(world, vendor, kind, &id)?;
    let old = world.store.get(vendor, kind, &id)?;
    match (method, old) {
        ("PUT", old) => {
            let mut object = body(request)?;
            if !object.is_object() {
                return Err(error(400, "an object is a JSON object"));
            }
            object["id"] = id.clone().into();
            put(
                world,
                vendor,
                kind,
                &id,
                &object,
                if old.is_some() { "update" } else { "create" },
            )?;
            Ok(Reply::json(200, shown(world, vendor, kind, object)))
        }
        (_, None) => Err(error(404, "no such object")),
        ("GET", Some(object)) => Ok(Reply::json(200, shown(world, vendor, kind, object))),
        ("PATCH", Some(mut object)) => {
            let patch = body(request)?;
            if !patch.is_object() {
                return Err(error(400, "a merge patch is a JSON object"));
            }
            let version = object["version"].as_i64();
            merge(&mut object, &patch);
            object["id"] = id.clone().into();
            if let (Some(version), None) = (version, patch.get("version")) {
                object["version"] = (version + 1).into();
            }
            put(world, vendor, kind, &id, &object, "update")?;
            Ok(Reply::json(200, shown(world, vendor, kind, object)))
        }
        ("DELETE", Some(_)) => {
            world.store.delete(vendor, kind, &id)?;
            let name = log_id(world, vendor, kind, &id);
            world.effect("delete", kind, &name);
            Ok(Reply::empty(204))
        }
        _ => Err(error(405, "GET, PUT, PATCH or DELETE")),
    }
}

fn put(
    world: &mut World,
    vendor: &str,
    kind: &str,
    id: &str,
    object: &Value,
    effect: &'static str,
) -> Result<(), Refusal> {
    world.store.put(vendor, kind, id, object)?;
    if is_key(vendor, kind) {
        world.issue(id)?;
    }
    let name = log_id(world, vendor, kind, id);
    world.effect(effect, kind, &name);
    Ok(())
}
