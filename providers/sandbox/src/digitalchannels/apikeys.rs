//! API keys: the id is the key itself, so it never reaches a file in clear; the log shows a fingerprint.
//!
//! Create: public; read, update, delete, list: [assumed]. Permissions never change (public), names need not be
//! unique (public: "Portico Cluster API Key" normally exists).

use serde_json::{Value, json};

use super::{VENDOR, access, envelope};
use crate::check::{Check, is_uuid};
use crate::http::Request;
use crate::seal::sha256_hex;
use crate::world::{Answer, Refusal, World};

/// `/nexus/v3/apikeys[/{id}]`.
pub(crate) fn route(world: &mut World, request: &Request, id: Option<&str>) -> Answer {
    access::bearer(world, request)?;
    match (id, request.method.as_str()) {
        (None, "GET") => list(world, request),
        (None, "POST") => create(world, request),
        (Some(id), "GET") => Ok(envelope::ok(200, render(&find(world, id)?))),
        (Some(id), "PUT") => update(world, request, id),
        (Some(id), "DELETE") => {
            find(world, id)?;
            world.store.delete(VENDOR, "apikey", id)?;
            let fingerprint = world.store.sealer.fingerprint(id);
            world.effect("delete", "apikey", &fingerprint);
            Ok(envelope::ok(200, json!({})))
        }
        _ => Err(envelope::method_not_allowed(request)),
    }
}

fn render(key: &Value) -> Value {
    let mut out = key.clone();
    if let Some(map) = out.as_object_mut() {
        map.remove("secret_sha256");
    }
    out
}

fn find(world: &World, id: &str) -> Result<Value, Refusal> {
    world
        .store
        .get(VENDOR, "apikey", id)?
        .ok_or_else(|| envelope::not_found("the API key"))
}

fn list(world: &World, request: &Request) -> Answer {
    if request.query.iter().any(|(name, _)| name != "tenant") {
        return Err(envelope::error(
            400,
            9,
            "The only query parameter is tenant",
        ));
    }
    let mut keys = world.store.list(VENDOR, "apikey")?;
    if let Some(tenant) = request.query("tenant") {
        keys.retain(|k| k["tenant"] == tenant);
    }
    Ok(envelope::ok(200, keys.iter().map(render).collect()))
}

/// The members that can change, checked.
struct Changeable {
    name: String,
    enabled: bool,
    expires: Option<String>,
}

fn changeable(world: &World, check: &mut Check<'_>) -> Changeable {
    check.only(&[&["id", "tenant", "name", "permissions", "enabled", "expires"]]);
    let name = check.text("name", true).unwrap_or_default().to_owned();
    let enabled = check.flag("enabled").unwrap_or(true);
    let expires = check.text("expires", false).map(str::to_owned);
    if let Some(text) = &expires {
        match text.parse::<jiff::Timestamp>() {
            Err(_) => check.fail("expires", "invalid.value", "must be an RFC 3339 date-time"),
            Ok(at) if at.as_millisecond() <= world.now_ms() => {
                check.fail("expires", "invalid.value", "must not lie in the past");
            }
            Ok(_) => {}
        }
    }
    Changeable {
        name,
        enabled,
        expires,
    }
}

fn create(world: &mut World, request: &Request) -> Answer {
    let body = envelope::json_body(request)?;
    let mut check = Check::new(envelope::wrapped(&body)?, "data")
        .map_err(|p| envelope::error(400, 1, &p.message))?;
    let new = changeable(world, &mut check);
    if check.has("id") {
        check.fail("id", "invalid.property", "is made by the service");
    }
    let tenant = check.text("tenant", true).unwrap_or_default().to_owned();
    if !tenant.is_empty() && tenant != "*" && !is_uuid(&tenant) {
        check.fail(
            "tenant",
            "invalid.value",
            "must be a contact-centre id or *",
        );
    }
    let permissions = check.texts("permissions", true).unwrap_or_default();
    if !permissions.iter().all(|p| is_permission(p)) {
        check.fail(
            "permissions",
            "invalid.value",
            "must look like nexus:cluster:*",
        );
    }
    envelope::settle(&check.problems)?;
    if tenant != "*" {
        access::known_contact_center(world, &tenant)?;
    }
    let id = world.new_id(&format!("digitalchannels apikey {tenant} {}", new.name))?;
    let key = body_of(&id, &json!(tenant), &json!(permissions), new);
    world.store.put(VENDOR, "apikey", &id, &key)?;
    world.issue(&id)?;
    let fingerprint = world.store.sealer.fingerprint(&id);
    world.effect("create", "apikey", &fingerprint);
    Ok(envelope::ok(200, render(&key)))
}

fn body_of(id: &str, tenant: &Value, permissions: &Value, new: Changeable) -> Value {
    let mut key = json!({ "id": id, "secret_sha256": sha256_hex(id), "tenant": tenant, "permissions": permissions,
                          "name": new.name, "enabled": new.enabled });
    if let Some(expires) = new.expires {
        key["expires"] = expires.into();
    }
    key
}

/// `word:word:word` or `word:word:*`.
fn is_permission(text: &str) -> bool {
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase());
    matches!(text.split(':').collect::<Vec<_>>().as_slice(), [a, b, c] if word(a) && word(b) && (*c == "*" || word(c)))
}

/// The whole object; tenant and permissions, if given, must be the old ones.
fn update(world: &mut World, request: &Request, id: &str) -> Answer {
    let old = find(world, id)?;
    let body = envelope::json_body(request)?;
    let data = envelope::wrapped(&body)?;
    let mut check = Check::new(data, "data").map_err(|p| envelope::error(400, 1, &p.message))?;
    let new = changeable(world, &mut check);
    for fixed in ["id", "tenant", "permissions"] {
        if check.has(fixed) && data[fixed] != old[fixed] {
            check.fail(fixed, "invalid.value", "cannot be changed");
        }
    }
    envelope::settle(&check.problems)?;
    let key = body_of(id, &old["tenant"], &old["permissions"], new);
    world.store.put(VENDOR, "apikey", id, &key)?;
    let fingerprint = world.store.sealer.fingerprint(id);
    world.effect("update", "apikey", &fingerprint);
    Ok(envelope::ok(200, render(&key)))
}
