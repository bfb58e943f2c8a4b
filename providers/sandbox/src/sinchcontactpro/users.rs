//! Users: the external user of incoming authentication is an ordinary one.
//!
//! Fields: public, but for the name `password`, the policy and what a `PUT` without it does, which are
//! [assumed]. Passwords are kept as hashes and never answered.

use serde_json::{Value, json};

use super::access::Caller;
use super::{VENDOR, created, errors, lists, memberships, new_id};
use crate::http::{Reply, Request};
use crate::seal::sha256_hex;
use crate::settings::MissingSecret;
use crate::source::time_text;
use crate::world::{Answer, Refusal, World};

/// The object type of the rights that are needed here.
pub(crate) const RIGHT: &str = "User";

const KIND: &str = "user";

/// Optional texts that are kept as sent.
const TEXTS: &[&str] = &[
    "externalId",
    "email",
    "phone",
    "mobile",
    "title",
    "location",
    "timeZone",
    "uiLanguage",
    "promptLanguage",
    "crmId",
    "businessObjectsId",
    "presenceId",
    "forwardNumber",
    "chatName",
    "recordingMode",
    "callSwitchingLocation",
];

/// Optional flags that are kept as sent.
const FLAGS: &[&str] = &["chat", "synchronised"];

/// Members of their own, the computed ones included: what was read may be sent back.
const OWN: &[&str] = &[
    "id",
    "firstName",
    "surname",
    "login",
    "password",
    "passwordExpiration",
    "settings",
];

const SHAPE: lists::Shape = lists::Shape {
    names: &["firstName", "surname"],
    fields: &[
        "login",
        "externalId",
        "email",
        "phone",
        "mobile",
        "title",
        "location",
        "timeZone",
        "crmId",
        "passwordExpiration",
    ],
};

/// Everything below `/users`.
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
                let rows = rows.iter().map(render).collect();
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
    let shown = match world.hear_echo("contactpro user", id) {
        Some(echo) if request.method == "GET" => echo,
        _ => true_one,
    };
    let user = shown.ok_or_else(|| errors::not_found(world, "the user"))?;
    match (below, request.method.as_str()) {
        ([], "GET") => {
            caller.require(world, RIGHT, "View")?;
            Ok(Reply::json(200, render(&user)))
        }
        ([], "PUT") => {
            caller.require(world, RIGHT, "Modify")?;
            update(world, request, &user)
        }
        ([], "DELETE") => {
            caller.require(world, RIGHT, "View")?;
            caller.require(world, RIGHT, "Delete")?;
            if caller.id == **id {
                return Err(errors::error(world, 409, "The caller cannot delete itself"));
            }
            world.store.delete(VENDOR, KIND, id)?;
            world.effect("delete", KIND, id);
            world.leave_echo("contactpro user", id, None, 0);
            Ok(Reply::empty(204))
        }
        ([], _) => Err(errors::method_not_allowed(world, request)),
        (below, _) => memberships::route(world, request, caller, user, below),
    }
}

fn render(user: &Value) -> Value {
    lists::without(user, &["roles", "userGroups", "rights"])
}

/// At least eight characters, among them a capital, a small letter and a digit.
fn fits_policy(password: &str) -> bool {
    let any = |what: fn(&char) -> bool| password.chars().any(|c| what(&c));
    password.chars().count() >= 8
        && any(|c| c.is_uppercase())
        && any(|c| c.is_lowercase())
        && any(|c| c.is_ascii_digit())
}

/// The user as it is stored, without an id, from a body that must be whole.
fn parse(world: &mut World, request: &Request, old: Option<&Value>) -> Result<Value, Refusal> {
    let body = errors::json_body(world, request)?;
    let mut check = errors::check(world, &body, "", &[OWN, TEXTS, FLAGS])?;
    let mut user = json!({});
    for name in ["firstName", "surname", "login"] {
        let text = check.text(name, true).unwrap_or_default();
        if text.chars().count() > 400 {
            check.fail(name, "invalid.value", "must have at most 400 characters");
        }
        user[name] = text.into();
    }
    for name in TEXTS {
        if let Some(text) = check.text(name, false) {
            user[*name] = text.into();
        }
    }
    for name in FLAGS {
        if let Some(flag) = check.flag(name) {
            user[*name] = flag.into();
        }
    }
    if check.has("settings") {
        user["settings"] = body["settings"].clone();
    }
    let missing = world.settings.contactpro_missing_secret;
    let required = old.is_none() || missing == MissingSecret::Refuse;
    match check.text("password", required).filter(|p| !p.is_empty()) {
        Some(password) => {
            if !fits_policy(password) {
                check.fail(
                    "password",
                    "invalid.value",
                    "does not satisfy the password policy (8 characters, capital, small letter and digit)",
                );
            }
            user["password_sha256"] = sha256_hex(password).into();
            let days = world.settings.contactpro_password_days;
            if days > 0 {
                let at = world.now_ms().saturating_add(days * 86_400_000);
                user["passwordExpiration"] = time_text(at).into();
            }
        }
        None if missing == MissingSecret::Keep => {
            for name in ["password_sha256", "passwordExpiration"] {
                if let Some(kept) = old.map(|o| &o[name]).filter(|v| !v.is_null()) {
                    user[name] = kept.clone();
                }
            }
        }
        None => {}
    }
    match old {
        None if check.has("id") => check.fail("id", "invalid.property", "is made by the service"),
        Some(old) if check.has("id") && body["id"] != old["id"] => {
            check.fail("id", "invalid.value", "is not the id of the path");
        }
        _ => {}
    }
    let problems = std::mem::take(&mut check.problems);
    errors::settle(world, &problems)?;
    let login = user["login"].as_str().unwrap_or_default().to_lowercase();
    let same = world.store.named(VENDOR, KIND, &login)?;
    let mine = old.map_or(&Value::Null, |o| &o["id"]);
    if same.iter().any(|u| u["id"] != *mine) {
        let message = "A user with this logon name exists already";
        return Err(errors::error(world, 409, message));
    }
    for list in ["roles", "userGroups", "rights"] {
        user[list] = old.map_or_else(|| json!([]), |o| o[list].clone());
    }
    Ok(user)
}

fn create(world: &mut World, request: &Request) -> Answer {
    let mut user = parse(world, request, None)?;
    let id = new_id(world, &format!("user {}", user["login"]))?;
    user["id"] = id.clone().into();
    world.store.put(VENDOR, KIND, &id, &user)?;
    world.effect("create", KIND, &id);
    let reads = world.settings.contactpro_stale_reads;
    world.leave_echo("contactpro user", &id, None, reads);
    Ok(created(request, &id))
}

fn update(world: &mut World, request: &Request, old: &Value) -> Answer {
    let mut user = parse(world, request, Some(old))?;
    let id = old["id"].as_str().unwrap_or_default().to_owned();
    user["id"] = id.clone().into();
    world.store.put(VENDOR, KIND, &id, &user)?;
    world.effect("update", KIND, &id);
    let reads = world.settings.contactpro_stale_reads;
    world.leave_echo("contactpro user", &id, Some(old.clone()), reads);
    Ok(Reply::empty(204))
}
