//! Role grants: who holds which role in which division; and the divisions themselves.
//!
//! Calls, permissions and bodies: public API definition. A grant is one object, so that users and OAuth
//! clients share one truth. Deleted subjects and roles take their grants with them.

use serde_json::{Value, json};

use super::caller::Caller;
use super::{VENDOR, errors, paging, seed};
use crate::check::{Check, Problem, is_uuid};
use crate::http::{Reply, Request};
use crate::store::StoreError;
use crate::world::{Answer, Refusal, World};

/// Role and division.
type Pair = (String, String);

fn grant_id(subject: &str, division: &str, role: &str) -> String {
    format!("{subject}/{division}/{role}")
}

/// Writes a grant; false if it was there.
pub(crate) fn store(
    world: &mut World,
    subject: &str,
    kind: &str,
    division: &str,
    role: &str,
) -> Result<bool, StoreError> {
    let id = grant_id(subject, division, role);
    if world.store.get(VENDOR, "grant", &id)?.is_some() {
        return Ok(false);
    }
    let body = json!({ "id": id, "subjectId": subject, "subjectType": kind, "divisionId": division, "roleId": role,
                       "grantMadeAt": world.now_text() });
    world.store.put(VENDOR, "grant", &id, &body)?;
    Ok(true)
}

/// Makes a subject's grants exactly these, without effects of their own.
pub(crate) fn set(
    world: &mut World,
    subject: &str,
    kind: &str,
    wanted: &[Pair],
) -> Result<(), StoreError> {
    for grant in world.store.children(VENDOR, "grant", subject)? {
        let pair = (text(&grant, "roleId"), text(&grant, "divisionId"));
        if !wanted.contains(&pair) {
            world.store.delete(VENDOR, "grant", &text(&grant, "id"))?;
        }
    }
    for (role, division) in wanted {
        store(world, subject, kind, division, role)?;
    }
    Ok(())
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_default().to_owned()
}

/// A division id, or the home division where none is given; `*` means all.
pub(crate) fn division_or_home(given: Option<&str>) -> String {
    given.unwrap_or(seed::HOME_DIVISION_ID).to_owned()
}

/// `GET /api/v2/authorization/divisions`, `/home` and `/{id}`: no permission needed.
pub(crate) fn divisions(world: &mut World, request: &Request, rest: &[&str]) -> Answer {
    if request.method != "GET" {
        return Err(errors::method_not_allowed(world, request));
    }
    let id = match rest {
        [] => {
            errors::only_query(world, request, &["pageSize", "pageNumber"])?;
            let page = paging::page(world, request)?;
            let all = world
                .store
                .list(VENDOR, "division")?
                .iter()
                .map(division)
                .collect();
            return Ok(paging::envelope(request, page, all));
        }
        ["home"] => seed::HOME_DIVISION_ID,
        [id] => id,
        _ => return Err(errors::not_found(world, "the path")),
    };
    match world.store.get(VENDOR, "division", id)? {
        Some(found) => Ok(Reply::json(200, division(&found))),
        None => Err(errors::not_found(world, &format!("division {id}"))),
    }
}

fn division(body: &Value) -> Value {
    let mut out = body.clone();
    out["selfUri"] = format!("/api/v2/authorization/divisions/{}", text(body, "id")).into();
    out
}

/// Everything below `/api/v2/authorization/subjects`.
pub(crate) fn subjects(
    world: &mut World,
    request: &Request,
    caller: &Caller,
    rest: &[&str],
) -> Answer {
    match (rest, request.method.as_str()) {
        ([subject], "GET") => read(world, request, caller, subject),
        ([subject, "bulkadd"], "POST") => {
            caller.require(world, &["authorization:grant:add"])?;
            let pairs = pairs_of(world, request)?;
            add(world, request, subject, &pairs)
        }
        ([subject, "bulkremove"], "POST") => {
            caller.require(world, &["authorization:grant:delete"])?;
            errors::only_query(world, request, &[])?;
            let pairs = pairs_of(world, request)?;
            remove_many(world, subject, &pairs)
        }
        ([subject, "bulkreplace"], "POST") => {
            caller.require(world, &["authorization:grant:add"])?;
            caller.require(world, &["authorization:grant:delete"])?;
            let pairs = pairs_of(world, request)?;
            replace(world, request, subject, &pairs)
        }
        ([subject, "divisions", division, "roles", role], "POST") => {
            caller.require(world, &["authorization:grant:add"])?;
            add(
                world,
                request,
                subject,
                &[((*role).to_owned(), (*division).to_owned())],
            )
        }
        ([subject, "divisions", division, "roles", role], "DELETE") => {
            caller.require(world, &["authorization:grant:delete"])?;
            errors::only_query(world, request, &[])?;
            remove_one(world, subject, division, role)
        }
        (
            [_] | [_, "bulkadd" | "bulkremove" | "bulkreplace"] | [_, "divisions", _, "roles", _],
            _,
        ) => Err(errors::method_not_allowed(world, request)),
        _ => Err(errors::not_found(world, "the path")),
    }
}

/// The subject's name and type; deleted users are no subjects.
fn subject_of(world: &mut World, subject: &str) -> Result<(Value, &'static str), Refusal> {
    if let Some(user) = world
        .store
        .get(VENDOR, "user", subject)?
        .filter(|u| u["state"] != "deleted")
    {
        return Ok((user["name"].clone(), "PC_USER"));
    }
    if let Some(client) = world.store.get(VENDOR, "oauth_client", subject)? {
        return Ok((client["name"].clone(), "PC_OAUTH_CLIENT"));
    }
    Err(errors::not_found(world, &format!("subject {subject}")))
}

fn read(world: &mut World, request: &Request, caller: &Caller, subject: &str) -> Answer {
    caller.require(world, &["authorization:grant:view"])?;
    errors::only_query(world, request, &["includeDuplicates"])?;
    let body = match world.hear_echo("subject", subject) {
        Some(Some(old)) => old,
        _ => view(world, subject)?,
    };
    Ok(Reply::json(200, body))
}

fn view(world: &mut World, subject: &str) -> Result<Value, Refusal> {
    let (name, _) = subject_of(world, subject)?;
    let mut grants = Vec::new();
    for grant in world.store.children(VENDOR, "grant", subject)? {
        let (role_id, division_id) = (text(&grant, "roleId"), text(&grant, "divisionId"));
        let role = world
            .store
            .get(VENDOR, "role", &role_id)?
            .unwrap_or(Value::Null);
        let division = world
            .store
            .get(VENDOR, "division", &division_id)?
            .unwrap_or(Value::Null);
        grants.push(json!({
            "subjectId": subject,
            "division": { "id": division_id, "name": division["name"], "homeDivision": division["homeDivision"] == true },
            "role": { "id": role_id, "name": role["name"], "default": role["default"] == true },
            "grantMadeAt": grant["grantMadeAt"],
        }));
    }
    Ok(json!({ "id": subject, "name": name, "grants": grants, "version": 1 }))
}

fn pairs_of(world: &mut World, request: &Request) -> Result<Vec<Pair>, Refusal> {
    let body = errors::json_body(world, request)?;
    let mut check = errors::check(world, &body)?;
    check.only(&[&["grants"]]);
    let mut pairs = Vec::new();
    for (i, grant) in check.list("grants", true).into_iter().flatten().enumerate() {
        match pair_of(grant, &format!("grants[{i}]"), true) {
            Ok(pair) => pairs.push(pair),
            Err(problems) => check.take(problems),
        }
    }
    errors::settle(world, &check.problems)?;
    Ok(pairs)
}

/// `{roleId, divisionId}` as ids.
pub(crate) fn pair_of(
    grant: &Value,
    at: &str,
    division_required: bool,
) -> Result<Pair, Vec<Problem>> {
    let mut check = Check::new(grant, at).map_err(|p| vec![p])?;
    check.only(&[&["roleId", "divisionId"]]);
    let role = check.uuid("roleId", true).unwrap_or_default().to_owned();
    let division = check.text("divisionId", division_required);
    if division.is_some_and(|d| d != "*" && !is_uuid(d)) {
        check.fail("divisionId", "invalid.value", "must be a UUID or *");
    }
    if check.problems.is_empty() {
        Ok((role, division_or_home(division)))
    } else {
        Err(check.problems)
    }
}

/// 404 for roles and divisions that are not there; a role that was just made may not have arrived yet.
fn require_existing(world: &mut World, pairs: &[Pair]) -> Result<(), Refusal> {
    for (role, division) in pairs {
        let unknown = world.store.get(VENDOR, "role", role)?.is_none();
        if unknown || world.hear_echo("role for grants", role).is_some() {
            return Err(errors::not_found(world, &format!("role {role}")));
        }
        if division != "*" && world.store.get(VENDOR, "division", division)?.is_none() {
            return Err(errors::not_found(world, &format!("division {division}")));
        }
    }
    Ok(())
}

fn subject_kind(
    world: &mut World,
    request: &Request,
    subject: &str,
) -> Result<&'static str, Refusal> {
    errors::only_query(world, request, &["subjectType"])?;
    let asked = request.query("subjectType").unwrap_or("PC_USER");
    if !["PC_USER", "PC_GROUP", "PC_OAUTH_CLIENT"].contains(&asked) {
        let message = "subjectType must be one of PC_USER, PC_GROUP, PC_OAUTH_CLIENT";
        return Err(errors::bad_request(
            world,
            "invalid.query.param.value",
            message,
        ));
    }
    let (_, kind) = subject_of(world, subject)?;
    if kind != asked {
        return Err(errors::not_found(
            world,
            &format!("subject {subject} of type {asked}"),
        ));
    }
    Ok(kind)
}

/// Adds what is missing; granting again changes nothing.
fn grant(world: &mut World, subject: &str, kind: &str, pairs: &[Pair]) -> Result<(), Refusal> {
    require_existing(world, pairs)?;
    let before = view(world, subject)?;
    let mut changed = false;
    for (role, division) in pairs {
        if store(world, subject, kind, division, role)? {
            world.effect("grant", "grant", &grant_id(subject, division, role));
            changed = true;
        }
    }
    if world.store.children(VENDOR, "grant", subject)?.len() > world.settings.max_role_assignments {
        let message = "The subject would have too many role assignments";
        return Err(errors::bad_request(
            world,
            "max.role.assignments.exceeded",
            message,
        ));
    }
    if changed {
        world.leave_echo("subject", subject, Some(before), world.settings.stale_reads);
    }
    Ok(())
}

fn add(world: &mut World, request: &Request, subject: &str, pairs: &[Pair]) -> Answer {
    let kind = subject_kind(world, request, subject)?;
    grant(world, subject, kind, pairs)?;
    Ok(Reply::empty(204))
}

fn revoke(world: &mut World, subject: &str, pairs: &[Pair]) -> Result<usize, Refusal> {
    let before = view(world, subject)?;
    let mut count = 0;
    for (role, division) in pairs {
        let id = grant_id(subject, division, role);
        if world.store.delete(VENDOR, "grant", &id)? {
            world.effect("revoke", "grant", &id);
            count += 1;
        }
    }
    if count > 0 {
        world.leave_echo("subject", subject, Some(before), world.settings.stale_reads);
    }
    Ok(count)
}

fn remove_one(world: &mut World, subject: &str, division: &str, role: &str) -> Answer {
    subject_of(world, subject)?;
    if revoke(world, subject, &[(role.to_owned(), division.to_owned())])? == 0 {
        return Err(errors::not_found(world, "the grant"));
    }
    Ok(Reply::empty(204))
}

/// Fails as a whole if one role or division does not exist (public).
fn remove_many(world: &mut World, subject: &str, pairs: &[Pair]) -> Answer {
    subject_of(world, subject)?;
    require_existing(world, pairs)?;
    revoke(world, subject, pairs)?;
    Ok(Reply::empty(204))
}

fn replace(world: &mut World, request: &Request, subject: &str, pairs: &[Pair]) -> Answer {
    let kind = subject_kind(world, request, subject)?;
    replace_all(world, subject, kind, pairs)?;
    Ok(Reply::empty(204))
}

fn replace_all(
    world: &mut World,
    subject: &str,
    kind: &str,
    pairs: &[Pair],
) -> Result<(), Refusal> {
    require_existing(world, pairs)?;
    let surplus: Vec<Pair> = world
        .store
        .children(VENDOR, "grant", subject)?
        .iter()
        .map(|g| (text(g, "roleId"), text(g, "divisionId")))
        .filter(|pair| !pairs.contains(pair))
        .collect();
    revoke(world, subject, &surplus)?;
    grant(world, subject, kind, pairs)
}

/// `GET` and `PUT /api/v2/users/{id}/roles`: the older calls, without divisions.
pub(crate) fn user_roles(
    world: &mut World,
    request: &Request,
    caller: &Caller,
    user: &str,
) -> Answer {
    let writing = request.method == "PUT";
    caller.require(
        world,
        &[if writing {
            "authorization:grant:add"
        } else {
            "authorization:grant:view"
        }],
    )?;
    if subject_of(world, user)?.1 != "PC_USER" {
        return Err(errors::not_found(world, &format!("user {user}")));
    }
    if writing {
        let roles = ids_of(world, request)?;
        let pairs: Vec<Pair> = roles
            .into_iter()
            .map(|role| (role, seed::HOME_DIVISION_ID.to_owned()))
            .collect();
        replace_all(world, user, "PC_USER", &pairs)?;
    }
    let view = view(world, user)?;
    let roles: Vec<&Value> = view["grants"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|g| &g["role"])
        .collect();
    Ok(Reply::json(200, json!({ "roles": roles })))
}

/// `PUT /api/v2/authorization/roles/{id}/users/add` and `/remove`.
pub(crate) fn role_users(
    world: &mut World,
    request: &Request,
    caller: &Caller,
    role: &str,
    verb: &str,
) -> Answer {
    let adding = verb == "add";
    caller.require(
        world,
        &[if adding {
            "authorization:grant:add"
        } else {
            "authorization:grant:delete"
        }],
    )?;
    let users = ids_of(world, request)?;
    let pair = [(role.to_owned(), seed::HOME_DIVISION_ID.to_owned())];
    require_existing(world, &pair)?;
    for user in &users {
        if subject_of(world, user)?.1 != "PC_USER" {
            return Err(errors::not_found(world, &format!("user {user}")));
        }
        if adding {
            grant(world, user, "PC_USER", &pair)?;
        } else {
            revoke(world, user, &pair)?;
        }
    }
    Ok(Reply::json(200, json!(users)))
}

fn ids_of(world: &mut World, request: &Request) -> Result<Vec<String>, Refusal> {
    let body = errors::json_body(world, request)?;
    let ids = body.as_array().map(|list| {
        list.iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    match (ids, body.as_array()) {
        (Some(ids), Some(list)) if ids.len() == list.len() => Ok(ids),
        _ => Err(errors::bad_request(
            world,
            "bad.request",
            "the body must be a list of ids",
        )),
    }
}
