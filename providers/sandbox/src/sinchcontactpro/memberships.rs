//! What belongs to a user: groups, roles and direct rights.
//!
//! Calls of groups and roles: public; bodies, and direct rights as a whole: [assumed]. It must not make groups
//! or roles.

use serde_json::{Value, json};

use super::access::Caller;
use super::{VENDOR, created, errors, lists, new_id, users};
use crate::http::{Reply, Request};
use crate::world::{Answer, Refusal, World};

const OBJECT_TYPES: &[&str] = &[
    "MessagingService",
    "Queue",
    "QueueGroup",
    "User",
    "UserGroup",
    "UserRole",
];

const ACCESS_TYPES: &[&str] = &[
    "View",
    "Modify",
    "Create",
    "Delete",
    "Manage",
    "Serve",
    "Use",
    "Manage Rights",
    "Manage Members",
];

/// A list below a user whose members are objects of another collection.
struct Link {
    member: &'static str,
    kind: &'static str,
    right: &'static str,
    effect_kind: &'static str,
}

const ROLES: Link = Link {
    member: "roles",
    kind: "role",
    right: "UserRole",
    effect_kind: "user_role",
};

const GROUPS: Link = Link {
    member: "userGroups",
    kind: "user_group",
    right: "UserGroup",
    effect_kind: "user_group_member",
};

/// `/users/{id}/roles…`, `/userGroups…`, `/rights…`.
pub(crate) fn route(
    world: &mut World,
    request: &Request,
    caller: &Caller,
    user: Value,
    below: &[&str],
) -> Answer {
    let (link, id) = match below {
        ["roles"] => (&ROLES, None),
        ["roles", id] => (&ROLES, Some(*id)),
        ["userGroups"] => (&GROUPS, None),
        ["userGroups", id] => (&GROUPS, Some(*id)),
        ["rights", rest @ ..] if world.settings.contactpro_direct_rights && rest.len() <= 1 => {
            return rights(world, request, caller, user, rest.first().copied());
        }
        _ => return Err(errors::not_found(world, "the path")),
    };
    caller.require(world, users::RIGHT, "View")?;
    let held: Vec<String> = user[link.member]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|v| v.as_str().map(str::to_owned))
        .collect();
    match (request.method.as_str(), id) {
        ("GET", None) => {
            caller.require(world, link.right, "View")?;
            let mut rows = Vec::new();
            for id in &held {
                rows.extend(world.store.get(VENDOR, link.kind, id)?);
            }
            let rows = rows
                .iter()
                .map(|r| lists::without(r, &["rights"]))
                .collect();
            let shape = lists::Shape {
                names: &["name"],
                fields: &["description"],
            };
            lists::answer(world, request, &shape, rows)
        }
        ("POST", None) => {
            caller.require_either(world, link.right, ["Manage Members", "View"])?;
            let target = target(world, request, link)?;
            if held.contains(&target) {
                return Err(errors::error(world, 409, "The user has this already"));
            }
            let mut held = held;
            held.push(target.clone());
            store(world, user, link, &held, ("grant", &target))?;
            Ok(created(request, &target))
        }
        (method, Some(id)) if held.iter().any(|h| h == id) => match method {
            "GET" => {
                caller.require(world, link.right, "View")?;
                let found = world.store.get(VENDOR, link.kind, id)?.unwrap_or_default();
                Ok(Reply::json(200, lists::without(&found, &["rights"])))
            }
            "DELETE" => {
                caller.require_either(world, link.right, ["Manage Members", "View"])?;
                let left: Vec<String> = held.iter().filter(|h| *h != id).cloned().collect();
                store(world, user, link, &left, ("revoke", id))?;
                Ok(Reply::empty(204))
            }
            _ => Err(errors::method_not_allowed(world, request)),
        },
        (_, Some(_)) => Err(errors::not_found(world, "the user does not have this")),
        _ => Err(errors::method_not_allowed(world, request)),
    }
}

/// The id in a body `{"id": …}`, of something that exists.
fn target(world: &World, request: &Request, link: &Link) -> Result<String, Refusal> {
    let body = errors::json_body(world, request)?;
    let mut check = errors::check(world, &body, "", &[&["id"]])?;
    let id = check.text("id", true).unwrap_or_default().to_owned();
    errors::settle(world, &check.problems)?;
    if world.store.get(VENDOR, link.kind, &id)?.is_none() {
        return Err(errors::error(
            world,
            400,
            "id is not that of an existing object",
        ));
    }
    Ok(id)
}

fn store(
    world: &mut World,
    mut user: Value,
    link: &Link,
    held: &[String],
    (effect, id): (&'static str, &str),
) -> Result<(), Refusal> {
    let user_id = user["id"].as_str().unwrap_or_default().to_owned();
    user[link.member] = json!(held);
    world.store.put(VENDOR, "user", &user_id, &user)?;
    world.effect(effect, link.effect_kind, &format!("{user_id}/{id}"));
    Ok(())
}

fn rights(
    world: &mut World,
    request: &Request,
    caller: &Caller,
    mut user: Value,
    id: Option<&str>,
) -> Answer {
    caller.require(world, users::RIGHT, "View")?;
    let user_id = user["id"].as_str().unwrap_or_default().to_owned();
    let mut held = user["rights"].as_array().cloned().unwrap_or_default();
    let found = id.map(|id| held.iter().position(|r| r["id"] == id));
    match (request.method.as_str(), found) {
        ("GET", None) => {
            let shape = lists::Shape {
                names: &["objectType", "objectId", "accessType"],
                fields: &[],
            };
            lists::answer(world, request, &shape, held)
        }
        (_, Some(None)) => Err(errors::not_found(world, "the right")),
        ("GET", Some(Some(at))) => Ok(Reply::json(200, held.swap_remove(at))),
        ("POST", None) => {
            caller.require(world, users::RIGHT, "Modify")?;
            let body = errors::json_body(world, request)?;
            let known: &[&str] = &["objectType", "objectId", "accessType"];
            let mut check = errors::check(world, &body, "", &[known])?;
            let object_type = check.choice("objectType", true, OBJECT_TYPES);
            let access_type = check.choice("accessType", true, ACCESS_TYPES);
            let object = check.text("objectId", true).unwrap_or_default();
            errors::settle(world, &check.problems)?;
            let is_service = object_type == Some("MessagingService") && object != "*";
            if is_service
                && world
                    .store
                    .get(VENDOR, "messaging_service", object)?
                    .is_none()
            {
                let message = "objectId is neither * nor a messaging service";
                return Err(errors::error(world, 400, message));
            }
            let same = |r: &Value| known.iter().all(|name| r[*name] == body[*name]);
            if held.iter().any(same) {
                return Err(errors::error(world, 409, "The user has this right already"));
            }
            let id = new_id(world, &format!("right {user_id}"))?;
            held.push(json!({ "id": id, "objectType": object_type, "objectId": object, "accessType": access_type }));
            user["rights"] = held.into();
            world.store.put(VENDOR, "user", &user_id, &user)?;
            world.effect("grant", "user_right", &format!("{user_id}/{id}"));
            Ok(created(request, &id))
        }
        ("DELETE", Some(Some(at))) => {
            caller.require(world, users::RIGHT, "Modify")?;
            let gone = held.remove(at);
            user["rights"] = held.into();
            world.store.put(VENDOR, "user", &user_id, &user)?;
            let id = gone["id"].as_str().unwrap_or_default();
            world.effect("revoke", "user_right", &format!("{user_id}/{id}"));
            Ok(Reply::empty(204))
        }
        _ => Err(errors::method_not_allowed(world, request)),
    }
}
