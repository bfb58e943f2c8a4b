//! Authorization roles: create, read, update, delete, list, restoring defaults, and the role side of grants.
//!
//! Calls, permissions and fields: public API definition; uniqueness of names: [assumed]. It must not
//! refuse unknown policies: the service does not either.

use serde_json::{Value, json};

use super::caller::Caller;
use super::{VENDOR, errors, grants, paging, permissions, seed};
use crate::check::{Check, Problem};
use crate::http::{Reply, Request};
use crate::world::{Answer, Refusal, World};

const OPERATORS: &[&str] = &["EQ", "IN", "GE", "GT", "LE", "LT"];
const OPERANDS: &[&str] = &["USER", "QUEUE", "SCALAR", "VARIABLE"];
const WRITABLE: &[&str] = &[
    "name",
    "description",
    "permissions",
    "permissionPolicies",
    "defaultRoleId",
];
/// Members of the model that clients may send back; the service ignores them.
const COMPUTED: &[&str] = &[
    "id",
    "userCount",
    "base",
    "default",
    "baseLicense",
    "addonLicenses",
    "addonRoles",
    "roleNeedsUpdate",
    "unusedPermissions",
    "selfUri",
];

/// Everything below `/api/v2/authorization/roles`.
pub(crate) fn route(
    world: &mut World,
    request: &Request,
    caller: &Caller,
    rest: &[&str],
) -> Answer {
    match (rest, request.method.as_str()) {
        ([], "GET") => list(world, request, caller),
        ([], "POST") => create(world, request, caller),
        (["default"], "PUT") => restore(world, request, caller),
        ([_, "users", verb @ ("add" | "remove")], "PUT") => {
            grants::role_users(world, request, caller, rest[0], verb)
        }
        ([id], "GET") => read(world, request, caller, id),
        ([id], "PUT") => update(world, request, caller, id, false),
        ([id], "PATCH") => update(world, request, caller, id, true),
        ([id], "DELETE") => delete(world, request, caller, id),
        ([] | [_] | [_, "users", "add" | "remove"], _) => {
            Err(errors::method_not_allowed(world, request))
        }
        _ => Err(errors::not_found(world, "the path")),
    }
}

fn render(world: &World, role: &Value, count_users: bool) -> Result<Value, Refusal> {
    let mut out = role.clone();
    let id = role["id"].as_str().unwrap_or_default();
    for (name, value) in [
        ("base", json!(false)),
        ("roleNeedsUpdate", json!(false)),
        ("unusedPermissions", json!([])),
        ("addonLicenses", json!([])),
        (
            "selfUri",
            json!(format!("/api/v2/authorization/roles/{id}")),
        ),
    ] {
        out[name] = value;
    }
    if count_users {
        let grants = world.store.named(VENDOR, "grant", id)?;
        out["userCount"] = grants
            .iter()
            .filter(|g| g["subjectType"] == "PC_USER")
            .count()
            .into();
    }
    Ok(out)
}

fn count_users(world: &mut World, request: &Request) -> Result<bool, Refusal> {
    match request.query("userCount") {
        None | Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(errors::bad_request(
            world,
            "invalid.query.param.value",
            "userCount must be true or false",
        )),
    }
}

fn list(world: &mut World, request: &Request, caller: &Caller) -> Answer {
    caller.require(world, &["authorization:role:view"])?;
    let known = [
        "pageSize",
        "pageNumber",
        "name",
        "permission",
        "defaultRoleId",
        "id",
        "userCount",
        "sortBy",
        "expand",
        "nextPage",
        "previousPage",
    ];
    errors::only_query(world, request, &known)?;
    let page = paging::page(world, request)?;
    let count = count_users(world, request)?;
    let mut roles = world.store.list(VENDOR, "role")?;
    // The filter finds parts of names, whatever their case: a client must compare for itself.
    if let Some(name) = request.query("name") {
        let wanted = name.to_lowercase();
        roles.retain(|r| {
            r["name"]
                .as_str()
                .is_some_and(|n| n.to_lowercase().contains(&wanted))
        });
    }
    let many = |name: &str| -> Vec<&str> {
        request
            .query
            .iter()
            .filter(|(n, _)| n == name)
            .flat_map(|(_, v)| v.split(','))
            .collect()
    };
    let (ids, defaults, policies) = (many("id"), many("defaultRoleId"), many("permission"));
    roles.retain(|r| ids.is_empty() || r["id"].as_str().is_some_and(|id| ids.contains(&id)));
    roles.retain(|r| {
        defaults.is_empty()
            || r["defaultRoleId"]
                .as_str()
                .is_some_and(|id| defaults.contains(&id))
    });
    roles.retain(|r| {
        policies.is_empty()
            || r["permissions"].as_array().is_some_and(|p| {
                p.iter()
                    .any(|x| x.as_str().is_some_and(|x| policies.contains(&x)))
            })
    });
    if request.query("sortBy") == Some("name") {
        roles.sort_by_key(|r| r["name"].as_str().unwrap_or_default().to_lowercase());
    }
    let roles = roles
        .iter()
        .map(|r| render(world, r, count))
        .collect::<Result<_, _>>()?;
    Ok(paging::envelope(request, page, roles))
}

fn find(world: &mut World, id: &str) -> Result<Value, Refusal> {
    match world.store.get(VENDOR, "role", id)? {
        Some(role) => Ok(role),
        None => Err(errors::not_found(world, &format!("role {id}"))),
    }
}

fn read(world: &mut World, request: &Request, caller: &Caller, id: &str) -> Answer {
    caller.require(world, &["authorization:role:view"])?;
    errors::only_query(world, request, &["userCount", "expand"])?;
    let count = count_users(world, request)?;
    let role = match world.hear_echo("role", id) {
        Some(Some(old)) => old,
        Some(None) => return Err(errors::not_found(world, &format!("role {id}"))),
        None => find(world, id)?,
    };
    Ok(Reply::json(200, render(world, &role, count)?))
}

fn create(world: &mut World, request: &Request, caller: &Caller) -> Answer {
    caller.require(world, &["authorization:role:add"])?;
    let body = errors::json_body(world, request)?;
    let mut role = parse(world, &body)?;
    let name = role["name"].as_str().unwrap_or_default().to_owned();
    refuse_taken_name(world, &name, "")?;
    let id = world.new_id(&format!("genesyscloud role {name}"))?;
    role["id"] = id.clone().into();
    role["default"] = false.into();
    world.store.put(VENDOR, "role", &id, &role)?;
    world.effect("create", "role", &id);
    world.leave_echo("role", &id, None, world.settings.stale_reads);
    world.leave_echo(
        "role for grants",
        &id,
        None,
        world.settings.role_cache_misses,
    );
    Ok(Reply::json(200, render(world, &role, false)?))
}

fn update(world: &mut World, request: &Request, caller: &Caller, id: &str, merge: bool) -> Answer {
    caller.require(world, &["authorization:role:edit"])?;
    let old = find(world, id)?;
    let mut body = errors::json_body(world, request)?;
    if let (true, Some(given)) = (merge, body.as_object_mut()) {
        for name in WRITABLE {
            if !given.contains_key(*name) && !old[*name].is_null() {
                given.insert((*name).to_owned(), old[*name].clone());
            }
        }
    }
    if body["id"].as_str().is_some_and(|given| given != id) {
        return Err(errors::bad_request(
            world,
            "invalid.value",
            "id in the body differs from the id in the path",
        ));
    }
    let mut role = parse(world, &body)?;
    if old["default"] == true && role["name"] != old["name"] {
        return Err(errors::bad_request(
            world,
            "invalid.value",
            "the name of a default role cannot be changed",
        ));
    }
    let name = role["name"].as_str().unwrap_or_default().to_owned();
    refuse_taken_name(world, &name, id)?;
    for kept in ["id", "default", "defaultRoleId"] {
        if !old[kept].is_null() {
            role[kept] = old[kept].clone();
        }
    }
    world.store.put(VENDOR, "role", id, &role)?;
    world.effect("update", "role", id);
    Ok(Reply::json(200, render(world, &role, false)?))
}

fn delete(world: &mut World, request: &Request, caller: &Caller, id: &str) -> Answer {
    caller.require(world, &["authorization:role:delete"])?;
    errors::only_query(world, request, &[])?;
    let role = find(world, id)?;
    if role["default"] == true {
        return Err(errors::bad_request(
            world,
            "invalid.value",
            "a default role cannot be deleted",
        ));
    }
    for grant in world.store.named(VENDOR, "grant", id)? {
        world
            .store
            .delete(VENDOR, "grant", grant["id"].as_str().unwrap_or_default())?;
    }
    world.store.delete(VENDOR, "role", id)?;
    world.effect("delete", "role", id);
    world.leave_echo("role", id, Some(role), world.settings.stale_reads);
    Ok(Reply::empty(204))
}

fn restore(world: &mut World, request: &Request, caller: &Caller) -> Answer {
    caller.require(world, &["authorization:role:edit"])?;
    let body = errors::json_body(world, request)?;
    let Some(list) = body.as_array() else {
        return Err(errors::bad_request(
            world,
            "bad.request",
            "the body must be a list of roles with id",
        ));
    };
    let defaults = seed::default_roles();
    let mut restored = Vec::new();
    for wanted in list {
        let Some(role) = defaults.iter().find(|r| r["id"] == wanted["id"]) else {
            return Err(errors::not_found(world, "a default role with this id"));
        };
        let id = role["id"].as_str().unwrap_or_default();
        world.store.put(VENDOR, "role", id, role)?;
        world.effect("update", "role", id);
        restored.push(render(world, role, false)?);
    }
    let page = paging::Page {
        number: 1,
        size: restored.len().max(1),
    };
    Ok(paging::envelope(request, page, restored))
}

fn refuse_taken_name(world: &mut World, name: &str, id: &str) -> Result<(), Refusal> {
    let taken = world.store.named(VENDOR, "role", name)?;
    if taken.iter().any(|role| role["id"] != id) {
        return Err(errors::error(
            world,
            409,
            "general.conflict",
            "A role with this name already exists",
        ));
    }
    Ok(())
}

/// The role as it is stored, or every problem of the body.
fn parse(world: &mut World, body: &Value) -> Result<Value, Refusal> {
    let mut check = errors::check(world, body)?;
    check.only(&[WRITABLE, COMPUTED]);
    let name = check.text("name", true);
    let description = check.text("description", false);
    let general = check.texts("permissions", false).unwrap_or_default();
    let default_role = check.text("defaultRoleId", false);
    let mut policies = Vec::new();
    for (i, policy) in check
        .list("permissionPolicies", false)
        .into_iter()
        .flatten()
        .enumerate()
    {
        match policy_of(policy, &format!("permissionPolicies[{i}]")) {
            Ok(policy) => policies.push(policy),
            Err(problems) => check.take(problems),
        }
    }
    errors::settle(world, &check.problems)?;
    if world.settings.expand_wildcards {
        policies = permissions::expand(&policies);
    }
    let mut role = json!({ "name": name, "permissions": general, "permissionPolicies": policies });
    if let Some(description) = description {
        role["description"] = description.into();
    }
    if let Some(default_role) = default_role {
        role["defaultRoleId"] = default_role.into();
    }
    Ok(role)
}

fn policy_of(value: &Value, at: &str) -> Result<Value, Vec<Problem>> {
    let mut check = Check::new(value, at).map_err(|p| vec![p])?;
    check.only(&[&[
        "domain",
        "entityName",
        "policyDescription",
        "actionSet",
        "namedResources",
        "allowConditions",
        "resourceConditionNode",
    ]]);
    let domain = check.text("domain", true);
    let entity = check.text("entityName", true);
    let actions = check.texts("actionSet", true);
    let description = check.text("policyDescription", false);
    check.flag("allowConditions");
    check.texts("namedResources", false);
    let condition = check.object("resourceConditionNode", false);
    if let Some(condition) = condition {
        let problems = condition_problems(condition, &check.path("resourceConditionNode"), true);
        check.take(problems);
    }
    if !check.problems.is_empty() {
        return Err(check.problems);
    }
    let mut policy = json!({ "domain": domain, "entityName": entity, "actionSet": actions });
    if let Some(description) = description {
        policy["policyDescription"] = description.into();
    }
    if let Some(condition) = condition {
        policy["resourceConditionNode"] = condition.clone();
    }
    Ok(policy)
}

fn condition_problems(node: &Value, at: &str, top: bool) -> Vec<Problem> {
    let mut check = match Check::new(node, at) {
        Ok(check) => check,
        Err(problem) => return vec![problem],
    };
    check.only(&[&[
        "conjunction",
        "terms",
        "variableName",
        "operator",
        "operands",
    ]]);
    check.choice("conjunction", top, &["AND", "OR"]);
    for (i, term) in check.list("terms", top).into_iter().flatten().enumerate() {
        let problems = condition_problems(term, &check.path(&format!("terms[{i}]")), false);
        check.take(problems);
    }
    if !top {
        check.text("variableName", true);
        check.choice("operator", true, OPERATORS);
        for (i, operand) in check
            .list("operands", true)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let problems = operand_problems(operand, &check.path(&format!("operands[{i}]")));
            check.take(problems);
        }
    }
    check.problems
}

fn operand_problems(operand: &Value, at: &str) -> Vec<Problem> {
    let mut check = match Check::new(operand, at) {
        Ok(check) => check,
        Err(problem) => return vec![problem],
    };
    check.only(&[&["type", "user", "queue", "value"]]);
    let wanted = match check.choice("type", true, OPERANDS) {
        Some("USER") => "user",
        Some("QUEUE") => "queue",
        Some(_) => "value",
        None => return check.problems,
    };
    for other in ["user", "queue", "value"] {
        if other != wanted && check.has(other) {
            check.fail(
                other,
                "invalid.value",
                "does not belong to this type of operand",
            );
        }
    }
    if wanted == "value" {
        check.text("value", true);
    } else if let Some(entity) = check.object(wanted, true)
        && entity["id"].as_str().is_none_or(str::is_empty)
    {
        check.fail(wanted, "constraint.validation", "must have an id");
    }
    check.problems
}
