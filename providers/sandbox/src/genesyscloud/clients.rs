//! OAuth clients: create, read, update, delete, list, new secret.
//!
//! Only create and the reset answer a secret; only its hash is stored. Rules: public API definition, public
//! provider, help articles. It must not list by pages: the call declares no paging parameters.

use serde_json::{Value, json};

use super::caller::{Caller, held_roles};
use super::{VENDOR, errors, grants, paging, users};
use crate::http::{Reply, Request};
use crate::seal::sha256_hex;
use crate::source::time_text;
use crate::world::{Answer, Refusal, World};

const GRANT_TYPES: &[&str] = &[
    "CODE",
    "TOKEN",
    "SAML2-BEARER",
    "PASSWORD",
    "CLIENT-CREDENTIALS",
];
const WRITABLE: &[&str] = &[
    "name",
    "description",
    "authorizedGrantType",
    "roleDivisions",
    "scope",
    "registeredRedirectUri",
    "accessTokenValiditySeconds",
    "state",
];
/// Members of the model that clients may send back; the service ignores them.
const COMPUTED: &[&str] = &[
    "id",
    "dateCreated",
    "dateModified",
    "createdBy",
    "modifiedBy",
    "dateToDelete",
    "selfUri",
];
const DAY_MS: i64 = 86_400_000;

/// Everything below `/api/v2/oauth/clients`.
pub(crate) fn route(
    world: &mut World,
    request: &Request,
    caller: &Caller,
    rest: &[&str],
) -> Answer {
    match (rest, request.method.as_str()) {
        ([], "GET") => list(world, request, caller),
        ([], "POST") => create(world, request, caller),
        ([id], "GET") => read(world, caller, id),
        ([id], "PUT") => update(world, request, caller, id),
        ([id], "DELETE") => delete(world, caller, id),
        ([id, "secret"], "POST") => reset_secret(world, request, caller, id),
        ([] | [_] | [_, "secret"], _) => Err(errors::method_not_allowed(world, request)),
        _ => Err(errors::not_found(world, "the path")),
    }
}

/// The client as every answer shows it, without secret.
fn render(world: &World, client: &Value) -> Result<Value, Refusal> {
    let mut out = client.clone();
    let id = client["id"].as_str().unwrap_or_default();
    let pairs = world.store.children(VENDOR, "grant", id)?;
    let pairs: Vec<Value> = pairs
        .iter()
        .map(|g| json!({ "roleId": g["roleId"], "divisionId": g["divisionId"] }))
        .collect();
    if let Some(map) = out.as_object_mut() {
        for hidden in ["secret_sha256", "createdMs"] {
            map.remove(hidden);
        }
        map.insert("roleDivisions".to_owned(), pairs.into());
        map.insert("createdBy".to_owned(), users::creator());
        map.insert("modifiedBy".to_owned(), users::creator());
        map.insert(
            "selfUri".to_owned(),
            format!("/api/v2/oauth/clients/{id}").into(),
        );
    }
    Ok(out)
}

/// Whether a deleted client's seven days of grace are over.
fn is_gone(world: &World, client: &Value) -> bool {
    let now = world.now_text();
    client["dateToDelete"]
        .as_str()
        .is_some_and(|at| at <= now.as_str())
}

fn list(world: &mut World, request: &Request, caller: &Caller) -> Answer {
    caller.require(world, &["oauth:client:view"])?;
    let mut clients = world.store.list(VENDOR, "oauth_client")?;
    clients.retain(|client| !is_gone(world, client));
    let clients: Vec<Value> = clients
        .iter()
        .map(|c| render(world, c))
        .collect::<Result<_, _>>()?;
    let page = paging::Page {
        number: 1,
        size: clients.len().max(1),
    };
    Ok(paging::envelope(request, page, clients))
}

fn find(world: &mut World, id: &str) -> Result<Value, Refusal> {
    match world
        .store
        .get(VENDOR, "oauth_client", id)?
        .filter(|c| !is_gone(world, c))
    {
        Some(client) => Ok(client),
        None => Err(errors::not_found(world, &format!("OAuth client {id}"))),
    }
}

fn read(world: &mut World, caller: &Caller, id: &str) -> Answer {
    caller.require(world, &["oauth:client:view"])?;
    let client = match world.hear_echo("oauth_client", id) {
        Some(Some(old)) => old,
        Some(None) => return Err(errors::not_found(world, &format!("OAuth client {id}"))),
        None => find(world, id)?,
    };
    Ok(Reply::json(200, render(world, &client)?))
}

fn create(world: &mut World, request: &Request, caller: &Caller) -> Answer {
    caller.require(world, &["oauth:client:add"])?;
    let body = errors::json_body(world, request)?;
    let (mut client, pairs) = parse(world, caller, &body)?;
    let name = client["name"].as_str().unwrap_or_default().to_owned();
    let id = world.new_id(&format!("genesyscloud oauth_client {name}"))?;
    let secret = world.new_secret(&format!("genesyscloud client secret {name}"))?;
    for (member, value) in [
        ("id", json!(id)),
        ("secret_sha256", json!(sha256_hex(&secret))),
        ("dateCreated", json!(world.now_text())),
        ("dateModified", json!(world.now_text())),
        ("createdMs", json!(world.now_ms())),
    ] {
        client[member] = value;
    }
    world.store.put(VENDOR, "oauth_client", &id, &client)?;
    grants::set(world, &id, "PC_OAUTH_CLIENT", &pairs)?;
    world.issue(&id)?;
    world.issue(&secret)?;
    world.effect("create", "oauth_client", &id);
    world.leave_echo("oauth_client", &id, None, world.settings.stale_reads);
    let mut out = render(world, &client)?;
    out["secret"] = secret.into();
    Ok(Reply::json(200, out))
}

fn update(world: &mut World, request: &Request, caller: &Caller, id: &str) -> Answer {
    caller.require(world, &["oauth:client:edit"])?;
    let old = find(world, id)?;
    let body = errors::json_body(world, request)?;
    if body["id"].as_str().is_some_and(|given| given != id) {
        return Err(errors::bad_request(
            world,
            "invalid.value",
            "id in the body differs from the id in the path",
        ));
    }
    let (mut client, pairs) = parse(world, caller, &body)?;
    for kept in ["id", "secret_sha256", "dateCreated", "createdMs"] {
        client[kept] = old[kept].clone();
    }
    // Setting a client that waits for its removal active again restores it (help article).
    if client["state"] != "active" && !old["dateToDelete"].is_null() {
        client["dateToDelete"] = old["dateToDelete"].clone();
    }
    client["dateModified"] = world.now_text().into();
    world.store.put(VENDOR, "oauth_client", id, &client)?;
    grants::set(world, id, "PC_OAUTH_CLIENT", &pairs)?;
    world.effect("update", "oauth_client", id);
    Ok(Reply::json(200, render(world, &client)?))
}

fn delete(world: &mut World, caller: &Caller, id: &str) -> Answer {
    caller.require(world, &["oauth:client:delete"])?;
    let mut client = find(world, id)?;
    if client["state"] == "active" {
        let message = "The OAuth client is active; set its state to inactive before deleting it";
        return Err(errors::bad_request(world, "cannot.delete.client", message));
    }
    let age = world.now_ms() - client["createdMs"].as_i64().unwrap_or(0);
    let before = client.clone();
    if age < 30 * DAY_MS {
        grants::set(world, id, "PC_OAUTH_CLIENT", &[])?;
        world.store.delete(VENDOR, "oauth_client", id)?;
    } else if client["dateToDelete"].is_null() {
        client["dateToDelete"] = time_text(world.now_ms() + 7 * DAY_MS).into();
        world.store.put(VENDOR, "oauth_client", id, &client)?;
    }
    world.effect("delete", "oauth_client", id);
    world.leave_echo("oauth_client", id, Some(before), world.settings.stale_reads);
    Ok(Reply::empty(204))
}

fn reset_secret(world: &mut World, request: &Request, caller: &Caller, id: &str) -> Answer {
    caller.require(world, &["oauth:client:edit"])?;
    // The vendor's own client sends `null` where a call takes no body.
    if !matches!(&request.body[..], b"" | b"null") {
        return Err(errors::bad_request(
            world,
            "bad.request",
            "this call takes no body",
        ));
    }
    let mut client = find(world, id)?;
    let name = client["name"].as_str().unwrap_or_default().to_owned();
    let secret = world.new_secret(&format!("genesyscloud client secret {name}"))?;
    client["secret_sha256"] = sha256_hex(&secret).into();
    client["dateModified"] = world.now_text().into();
    world.store.put(VENDOR, "oauth_client", id, &client)?;
    world.issue(&secret)?;
    world.effect("secret_reset", "oauth_client", id);
    let mut out = render(world, &client)?;
    out["secret"] = secret.into();
    Ok(Reply::json(200, out))
}

/// The client as it is stored and its role/division pairs, or every problem of the body.
fn parse(
    world: &mut World,
    caller: &Caller,
    body: &Value,
) -> Result<(Value, Vec<(String, String)>), Refusal> {
    let mut check = errors::check(world, body)?;
    check.only(&[WRITABLE, COMPUTED]);
    let name = check.text("name", true);
    let description = check.text("description", false);
    let kind = check.choice("authorizedGrantType", true, GRANT_TYPES);
    let credentials = kind == Some("CLIENT-CREDENTIALS");
    let scope = check.texts("scope", kind.is_some() && !credentials);
    let redirects = check.texts("registeredRedirectUri", false);
    let seconds = check
        .integer("accessTokenValiditySeconds", false)
        .unwrap_or(86_400);
    if !(300..=172_800).contains(&seconds) {
        check.fail(
            "accessTokenValiditySeconds",
            "invalid.value",
            "must be from 300 to 172800",
        );
    }
    let state = check
        .choice("state", false, &["active", "inactive"])
        .unwrap_or("active");
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (i, pair) in check
        .list("roleDivisions", credentials)
        .into_iter()
        .flatten()
        .enumerate()
    {
        match grants::pair_of(pair, &format!("roleDivisions[{i}]"), false) {
            Ok(pair) if pairs.contains(&pair) => check.fail(
                "roleDivisions",
                "invalid.value",
                "names a role and division twice",
            ),
            Ok(pair) => pairs.push(pair),
            Err(problems) => check.take(problems),
        }
    }
    errors::settle(world, &check.problems)?;
    let held = held_roles(world, &caller.client_id)?;
    for (role, division) in &pairs {
        if world.store.get(VENDOR, "role", role)?.is_none() {
            return Err(errors::bad_request(
                world,
                "invalid.value",
                &format!("roleDivisions names no role: {role}"),
            ));
        }
        if division != "*" && world.store.get(VENDOR, "division", division)?.is_none() {
            let message = format!("roleDivisions names no division: {division}");
            return Err(errors::bad_request(world, "invalid.value", &message));
        }
        if world.settings.caller_must_hold_roles && !held.contains(role) {
            let message =
                format!("The caller must hold the role {role} to put it on an OAuth client");
            return Err(errors::error(world, 403, "caller.lacks.role", &message));
        }
    }
    let mut client = json!({ "name": name, "authorizedGrantType": kind, "accessTokenValiditySeconds": seconds, "state": state });
    for (member, value) in [
        ("description", description.map(Value::from)),
        ("scope", scope.map(Value::from)),
        ("registeredRedirectUri", redirects.map(Value::from)),
    ] {
        if let Some(value) = value {
            client[member] = value;
        }
    }
    Ok((client, pairs))
}
