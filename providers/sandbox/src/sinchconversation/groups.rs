//! Groups of numbers: the only configuration that the SMS API keeps.
//!
//! Calls and members: public. `POST` on a group is a delta, `PUT` replaces it.

use serde_json::{Value, json};

use super::{VENDOR, errors, new_ulid, sms};
use crate::check::Check;
use crate::http::{Reply, Request};
use crate::world::{Answer, Refusal, World};

const KIND: &str = "group";

fn not_found() -> Refusal {
    errors::sms(404, "not_found", "No such group")
}

fn method_not_allowed() -> Refusal {
    errors::sms(405, "method_not_allowed", "Not allowed on this path")
}

fn find(world: &World, parent: &str, id: &str) -> Result<Value, Refusal> {
    let found = world.store.get(VENDOR, KIND, id)?;
    found
        .filter(|g| g["parent"] == parent)
        .ok_or_else(not_found)
}

/// Everything below `…/groups`.
pub(crate) fn route(world: &mut World, request: &Request, parent: &str, rest: &[&str]) -> Answer {
    match (rest, request.method.as_str()) {
        ([], "GET") => {
            let groups = world.store.children(VENDOR, KIND, parent)?;
            sms::page(request, "groups", &[], groups.iter().map(render).collect())
        }
        ([], "POST") => {
            let body = sms::json_body(request)?;
            let mut group = whole(world, parent, &body, false)?;
            let id = new_ulid(world, &format!("group {parent} {}", group["name"]))?;
            group["id"] = id.clone().into();
            group["created_at"] = world.now_text().into();
            world.store.put(VENDOR, KIND, &id, &group)?;
            world.effect("create", KIND, &id);
            Ok(Reply::json(201, render(&group)))
        }
        ([id], "GET") => Ok(Reply::json(200, render(&find(world, parent, id)?))),
        ([id, "members"], "GET") => {
            let group = find(world, parent, id)?;
            Ok(Reply::json(200, group["members"].clone()))
        }
        ([id], "PUT") => {
            let old = find(world, parent, id)?;
            let body = sms::json_body(request)?;
            let mut group = whole(world, parent, &body, true)?;
            group["id"] = old["id"].clone();
            group["created_at"] = old["created_at"].clone();
            store(world, &group)
        }
        ([id], "POST") => {
            let old = find(world, parent, id)?;
            let body = sms::json_body(request)?;
            let group = changed(world, parent, old, &body)?;
            store(world, &group)
        }
        ([id], "DELETE") => {
            find(world, parent, id)?;
            world.store.delete(VENDOR, KIND, id)?;
            world.effect("delete", KIND, id);
            Ok(Reply::empty(200))
        }
        ([] | [_] | [_, "members"], _) => Err(method_not_allowed()),
        _ => Err(not_found()),
    }
}

fn store(world: &mut World, group: &Value) -> Answer {
    let id = group["id"].as_str().unwrap_or_default();
    world.store.put(VENDOR, KIND, id, group)?;
    world.effect("update", KIND, id);
    Ok(Reply::json(200, render(group)))
}

fn render(group: &Value) -> Value {
    let mut out = group.clone();
    out["size"] = group["members"].as_array().map_or(0, Vec::len).into();
    if let Some(map) = out.as_object_mut() {
        map.remove("members");
        map.remove("parent");
    }
    out
}

/// Numbers of a member, each once and in digits.
fn numbers(check: &mut Check<'_>, name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for text in check.texts(name, false).unwrap_or_default() {
        match sms::digits(&text) {
            Some(number) if out.contains(&number) => {}
            Some(number) => out.push(number),
            None => check.fail(name, "invalid.value", "must hold phone numbers"),
        }
    }
    out
}

fn auto_update(world: &World, check: &mut Check<'_>) -> Option<Value> {
    let object = check.object("auto_update", false)?.clone();
    let known: &[&str] = &["to", "add", "remove"];
    match errors::check(world, &object, "auto_update", &[known]) {
        Ok(mut inner) => {
            inner.text("to", true);
            check.take(inner.problems);
        }
        Err(problem) => check.take(vec![problem]),
    }
    Some(object)
}

/// A group from a body that says everything.
fn whole(world: &World, parent: &str, body: &Value, replacing: bool) -> Result<Value, Refusal> {
    let known: &[&str] = &["name", "members", "child_groups", "auto_update"];
    let mut check = errors::check(world, body, "", &[known])
        .map_err(|p| errors::sms(400, "syntax_constraint_violation", &p.message))?;
    if replacing && !check.has("members") {
        check.fail("members", "constraint.validation", "is required");
    }
    let name = check.text("name", false);
    let members = numbers(&mut check, "members");
    let children = check.texts("child_groups", false);
    let update = auto_update(world, &mut check);
    sms::settle(&check.problems)?;
    for child in children.iter().flatten() {
        find(world, parent, child)?;
    }
    let mut group =
        json!({ "parent": parent, "members": members, "modified_at": world.now_text() });
    for (member, value) in [
        ("name", name.map(Value::from)),
        ("child_groups", children.map(Value::from)),
        ("auto_update", update),
    ] {
        if let Some(value) = value {
            group[member] = value;
        }
    }
    Ok(group)
}

/// A group after a delta; a name that is `null` is taken away (public).
fn changed(world: &World, parent: &str, mut group: Value, body: &Value) -> Result<Value, Refusal> {
    let known: &[&str] = &[
        "name",
        "add",
        "remove",
        "add_from_group",
        "remove_from_group",
        "auto_update",
    ];
    let mut check = errors::check(world, body, "", &[known])
        .map_err(|p| errors::sms(400, "syntax_constraint_violation", &p.message))?;
    check.text("name", false);
    let mut add = numbers(&mut check, "add");
    let mut remove = numbers(&mut check, "remove");
    let from = check.text("add_from_group", false);
    let without = check.text("remove_from_group", false);
    let update = auto_update(world, &mut check);
    sms::settle(&check.problems)?;
    for (other, list) in [(from, &mut add), (without, &mut remove)] {
        if let Some(other) = other {
            let other = find(world, parent, other)?;
            let members = other["members"].as_array().into_iter().flatten();
            list.extend(members.filter_map(|m| m.as_str().map(str::to_owned)));
        }
    }
    let mut members: Vec<String> = group["members"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|m| m.as_str().map(str::to_owned))
        .collect();
    for number in add {
        if !members.contains(&number) {
            members.push(number);
        }
    }
    members.retain(|m| !remove.contains(m));
    group["members"] = members.into();
    group["modified_at"] = world.now_text().into();
    if let Some(map) = group.as_object_mut() {
        match body.get("name") {
            Some(Value::Null) => {
                map.remove("name");
            }
            Some(name) => {
                map.insert("name".to_owned(), name.clone());
            }
            None => {}
        }
        if let Some(update) = update {
            map.insert("auto_update".to_owned(), update);
        }
    }
    Ok(group)
}
