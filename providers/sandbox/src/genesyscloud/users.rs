//! Users: create, read, patch with version, soft delete, list, search, password, invitation.
//!
//! Calls, permissions and rules: public API definition and public provider. Passwords are never stored;
//! only a hash is kept, so that a test can ask whether the right one arrived.

use serde_json::{Value, json};

use super::caller::Caller;
use super::{VENDOR, errors, grants, paging, seed};
use crate::check::Check;
use crate::http::{Reply, Request};
use crate::seal::sha256_hex;
use crate::world::{Answer, Refusal, World};

const EDIT: &[&str] = &[
    "admin",
    "directory:user:edit",
    "directory:organization:admin",
];
const DELETE: &[&str] = &[
    "admin",
    "directory:user:delete",
    "directory:organization:admin",
];
const INVITE: &[&str] = &[
    "admin",
    "directory:organization:admin",
    "directory:user:setPassword",
];
/// Members that are kept as sent.
const PLAIN: &[&str] = &["department", "title", "addresses", "preferredName"];

/// Everything below `/api/v2/users`.
pub(crate) fn route(
    world: &mut World,
    request: &Request,
    caller: &Caller,
    rest: &[&str],
) -> Answer {
    match (rest, request.method.as_str()) {
        ([], "GET") => list(world, request),
        ([], "POST") => create(world, request, caller),
        (["search"], "POST") => search(world, request, caller),
        ([id], "GET") => read(world, request, id),
        ([id], "PATCH") => patch(world, request, caller, id),
        ([id], "DELETE") => delete(world, caller, id),
        ([id, "password"], "POST") => password(world, request, caller, id),
        ([id, "invite"], "POST") => invite(world, request, caller, id),
        ([id, "roles"], "GET" | "PUT") => grants::user_roles(world, request, caller, id),
        ([] | [_] | [_, "password" | "invite" | "roles"], _) => {
            Err(errors::method_not_allowed(world, request))
        }
        _ => Err(errors::not_found(world, "the path")),
    }
}

fn render(user: &Value) -> Value {
    let mut out = user.clone();
    if let Some(map) = out.as_object_mut() {
        let division = map.remove("divisionId").unwrap_or(Value::Null);
        map.remove("password_sha256");
        map.remove("dateCreated");
        let id = user["id"].as_str().unwrap_or_default();
        map.insert("division".to_owned(), json!({ "id": division, "selfUri": format!("/api/v2/authorization/divisions/{}", division.as_str().unwrap_or_default()) }));
        map.insert("selfUri".to_owned(), format!("/api/v2/users/{id}").into());
    }
    out
}

fn state_asked(world: &mut World, request: &Request, allowed: &[&str]) -> Result<String, Refusal> {
    let state = request.query("state").unwrap_or("active");
    if !allowed.contains(&state) {
        let message = format!("state must be one of {}", allowed.join(", "));
        return Err(errors::bad_request(
            world,
            "invalid.query.param.value",
            &message,
        ));
    }
    Ok(state.to_owned())
}

fn list(world: &mut World, request: &Request) -> Answer {
    errors::only_query(
        world,
        request,
        &[
            "pageSize",
            "pageNumber",
            "id",
            "state",
            "sortOrder",
            "expand",
        ],
    )?;
    let page = paging::page(world, request)?;
    let state = state_asked(world, request, &["active", "inactive", "deleted", "any"])?;
    let ids: Vec<&str> = request
        .query
        .iter()
        .filter(|(n, _)| n == "id")
        .flat_map(|(_, v)| v.split(','))
        .collect();
    let mut users = world.store.list(VENDOR, "user")?;
    users.retain(|u| state == "any" || u["state"] == state.as_str());
    users.retain(|u| ids.is_empty() || u["id"].as_str().is_some_and(|id| ids.contains(&id)));
    match request
        .query("sortOrder")
        .map(str::to_ascii_uppercase)
        .as_deref()
    {
        None => {}
        Some("ASC") => users.sort_by_key(|u| u["name"].as_str().unwrap_or_default().to_lowercase()),
        Some("DESC") => {
            users.sort_by_key(|u| u["name"].as_str().unwrap_or_default().to_lowercase());
            users.reverse();
        }
        Some(_) => {
            return Err(errors::bad_request(
                world,
                "invalid.query.param.value",
                "sortOrder must be ASC or DESC",
            ));
        }
    }
    Ok(paging::envelope(
        request,
        page,
        users.iter().map(render).collect(),
    ))
}

fn find(world: &mut World, id: &str, deleted: bool) -> Result<Value, Refusal> {
    match world
        .store
        .get(VENDOR, "user", id)?
        .filter(|u| deleted || u["state"] != "deleted")
    {
        Some(user) => Ok(user),
        None => Err(errors::not_found(world, &format!("user {id}"))),
    }
}

fn read(world: &mut World, request: &Request, id: &str) -> Answer {
    errors::only_query(
        world,
        request,
        &["expand", "state", "integrationPresenceSource"],
    )?;
    let deleted = state_asked(world, request, &["active", "deleted"])? == "deleted";
    if world.hear_echo("user", id).is_some() {
        return Err(errors::not_found(world, &format!("user {id}")));
    }
    let user = find(world, id, deleted)?;
    if deleted && user["state"] != "deleted" {
        return Err(errors::not_found(world, &format!("deleted user {id}")));
    }
    Ok(Reply::json(200, render(&user)))
}

fn email(check: &mut Check<'_>, required: bool) -> Option<String> {
    let email = check.text("email", required)?;
    let good = email
        .split_once('@')
        .is_some_and(|(a, b)| !a.is_empty() && !b.is_empty() && !b.contains('@'));
    if !good {
        check.fail("email", "invalid.value", "must be an e-mail address");
    }
    Some(email.to_owned())
}

/// Two users cannot share an e-mail, even if one of them is deleted (public).
fn refuse_taken_email(world: &mut World, email: &str, id: &str) -> Result<(), Refusal> {
    let taken = world.store.named(VENDOR, "user", &email.to_lowercase())?;
    if taken.iter().any(|u| u["id"] != id) {
        return Err(errors::error(
            world,
            409,
            "general.conflict",
            "A user with this e-mail already exists or is deleted",
        ));
    }
    Ok(())
}

fn create(world: &mut World, request: &Request, caller: &Caller) -> Answer {
    caller.require(world, &["directory:user:add"])?;
    let body = errors::json_body(world, request)?;
    let mut check = errors::check(world, &body)?;
    check.only(&[&["name", "email", "password", "state", "divisionId"], PLAIN]);
    let name = check.text("name", true);
    let address = email(&mut check, true).unwrap_or_default();
    let password = check.text("password", false);
    let state = check
        .choice("state", false, &["active", "inactive"])
        .unwrap_or("active");
    let division = grants::division_or_home(check.uuid("divisionId", false));
    errors::settle(world, &check.problems)?;
    if world.store.get(VENDOR, "division", &division)?.is_none() {
        return Err(errors::bad_request(
            world,
            "invalid.value",
            "divisionId names no division",
        ));
    }
    refuse_taken_email(world, &address, "")?;
    let id = world.new_id(&format!("genesyscloud user {address}"))?;
    let mut user = json!({
        "id": id, "name": name, "email": address, "username": address, "state": state, "divisionId": division,
        "acdAutoAnswer": false, "version": 1, "dateCreated": world.now_text(),
    });
    for member in PLAIN {
        if !body[*member].is_null() {
            user[*member] = body[*member].clone();
        }
    }
    if let Some(password) = password {
        user["password_sha256"] = sha256_hex(password).into();
    }
    world.store.put(VENDOR, "user", &id, &user)?;
    world.effect("create", "user", &id);
    world.leave_echo("user", &id, None, world.settings.stale_reads);
    Ok(Reply::json(200, render(&user)))
}

fn patch(world: &mut World, request: &Request, caller: &Caller, id: &str) -> Answer {
    caller.require(world, EDIT)?;
    let mut user = find(world, id, true)?;
    let body = errors::json_body(world, request)?;
    let mut check = errors::check(world, &body)?;
    check.only(&[
        &[
            "version",
            "name",
            "email",
            "username",
            "state",
            "divisionId",
            "manager",
            "acdAutoAnswer",
        ],
        PLAIN,
    ]);
    let version = check.integer("version", true);
    let name = check.text("name", false);
    let address = email(&mut check, false);
    let state = check.choice("state", false, &["active", "inactive"]);
    let division = check.uuid("divisionId", false);
    let manager = check.uuid("manager", false);
    let auto = check.flag("acdAutoAnswer");
    let members = body.as_object().map_or(0, serde_json::Map::len);
    if state.is_some() && members > 2 {
        check.fail(
            "state",
            "invalid.value",
            "must be the only change of a PATCH",
        );
    }
    if user["state"] == "deleted" && state.is_none() {
        check.fail(
            "state",
            "invalid.value",
            "is the only thing that can be changed of a deleted user",
        );
    }
    errors::settle(world, &check.problems)?;
    let current = user["version"].as_i64().unwrap_or(0);
    if version != Some(current) {
        let message = format!(
            "The version {} does not match the current version {current}",
            version.unwrap_or(0)
        );
        return Err(errors::error(world, 409, "general.conflict", &message));
    }
    if let Some(division) = division
        && world.store.get(VENDOR, "division", division)?.is_none()
    {
        return Err(errors::bad_request(
            world,
            "invalid.value",
            "divisionId names no division",
        ));
    }
    if let Some(manager) = manager {
        find(world, manager, false)?;
    }
    if let Some(address) = &address {
        refuse_taken_email(world, address, id)?;
    }
    for (member, value) in [
        ("name", name.map(Value::from)),
        ("username", address.clone().map(Value::from)),
        ("email", address.map(Value::from)),
        ("state", state.map(Value::from)),
        ("divisionId", division.map(Value::from)),
        ("manager", manager.map(Value::from)),
        ("acdAutoAnswer", auto.map(Value::from)),
    ] {
        if let Some(value) = value {
            user[member] = value;
        }
    }
    for member in PLAIN.iter().filter(|m| body.get(**m).is_some()) {
        user[*member] = body[*member].clone();
    }
    user["version"] = (current + 1).into();
    world.store.put(VENDOR, "user", id, &user)?;
    world.effect("update", "user", id);
    Ok(Reply::json(200, render(&user)))
}

fn delete(world: &mut World, caller: &Caller, id: &str) -> Answer {
    caller.require(world, DELETE)?;
    let Some(mut user) = world
        .store
        .get(VENDOR, "user", id)?
        .filter(|u| u["state"] != "deleted")
    else {
        return Err(errors::error(
            world,
            404,
            "user.not.found.on.delete",
            "The user was not found",
        ));
    };
    user["state"] = "deleted".into();
    user["version"] = (user["version"].as_i64().unwrap_or(0) + 1).into();
    grants::set(world, id, "PC_USER", &[])?;
    world.store.put(VENDOR, "user", id, &user)?;
    world.effect("delete", "user", id);
    Ok(Reply::json(200, json!({})))
}

fn search(world: &mut World, request: &Request, caller: &Caller) -> Answer {
    caller.require(world, &["directory:user:view"])?;
    let body = errors::json_body(world, request)?;
    let mut check = errors::check(world, &body)?;
    check.only(&[&[
        "query",
        "pageSize",
        "pageNumber",
        "sortOrder",
        "sortBy",
        "sort",
        "expand",
        "enforcePermissions",
        "integrationPresenceSource",
    ]]);
    let size = check.integer("pageSize", false).unwrap_or(25);
    let number = check.integer("pageNumber", false).unwrap_or(1);
    if !(1..=100).contains(&size) || number < 1 {
        check.fail(
            "pageSize",
            "invalid.value",
            "must be from 1 to 100, pageNumber from 1",
        );
    }
    let mut terms = Vec::new();
    for (i, term) in check.list("query", true).into_iter().flatten().enumerate() {
        match Term::parse(term, &format!("query[{i}]")) {
            Ok(term) => terms.push(term),
            Err(problems) => check.take(problems),
        }
    }
    errors::settle(world, &check.problems)?;
    let any_state = terms.iter().any(|t| t.fields.iter().any(|f| f == "state"));
    let mut users = world.store.list(VENDOR, "user")?;
    users.retain(|u| (any_state || u["state"] != "deleted") && terms.iter().all(|t| t.fits(u)));
    let (total, size, number) = (
        users.len(),
        usize::try_from(size).unwrap_or(25),
        usize::try_from(number).unwrap_or(1),
    );
    let results: Vec<Value> = users
        .iter()
        .skip((number - 1) * size)
        .take(size)
        .map(render)
        .collect();
    Ok(Reply::json(
        200,
        json!({ "total": total, "pageCount": total.div_ceil(size), "pageSize": size, "pageNumber": number,
                "types": ["users"], "results": results }),
    ))
}

/// One term of a search.
struct Term {
    fields: Vec<String>,
    values: Vec<String>,
    kind: String,
}

impl Term {
    fn parse(value: &Value, at: &str) -> Result<Self, Vec<crate::check::Problem>> {
        let mut check = Check::new(value, at).map_err(|p| vec![p])?;
        check.only(&[&["fields", "value", "values", "type", "operator"]]);
        let fields = check.texts("fields", true).unwrap_or_default();
        let kind = check
            .choice(
                "type",
                true,
                &["EXACT", "CONTAINS", "STARTS_WITH", "TERM", "TERMS"],
            )
            .unwrap_or_default();
        let mut values = check.texts("values", false).unwrap_or_default();
        values.extend(check.text("value", false).map(str::to_owned));
        if values.is_empty() {
            check.fail("value", "constraint.validation", "is required");
        }
        if check.problems.is_empty() {
            Ok(Self {
                fields,
                values,
                kind: kind.to_owned(),
            })
        } else {
            Err(check.problems)
        }
    }

    fn fits(&self, user: &Value) -> bool {
        let texts = self
            .fields
            .iter()
            .filter_map(|field| user[field.as_str()].as_str());
        texts.map(str::to_lowercase).any(|text| {
            self.values
                .iter()
                .map(|v| v.to_lowercase())
                .any(|wanted| match self.kind.as_str() {
                    "CONTAINS" => text.contains(&wanted),
                    "STARTS_WITH" => text.starts_with(&wanted),
                    _ => text == wanted,
                })
        })
    }
}

fn password(world: &mut World, request: &Request, caller: &Caller, id: &str) -> Answer {
    caller.require(world, &["directory:user:setPassword"])?;
    let mut user = find(world, id, false)?;
    let body = errors::json_body(world, request)?;
    let mut check = errors::check(world, &body)?;
    check.only(&[&["newPassword"]]);
    let password = check.text("newPassword", true).unwrap_or_default();
    errors::settle(world, &check.problems)?;
    user["password_sha256"] = sha256_hex(password).into();
    world.store.put(VENDOR, "user", id, &user)?;
    world.effect("password", "user", id);
    Ok(Reply::empty(204))
}

fn invite(world: &mut World, request: &Request, caller: &Caller, id: &str) -> Answer {
    caller.require(world, INVITE)?;
    errors::only_query(world, request, &["force"])?;
    find(world, id, false)?;
    world.effect("invite", "user", id);
    Ok(Reply::empty(204))
}

/// The administrator's id, for `createdBy` of objects that the API makes.
pub(crate) fn creator() -> Value {
    json!({ "id": seed::ADMIN_USER_ID, "selfUri": format!("/api/v2/users/{}", seed::ADMIN_USER_ID) })
}
