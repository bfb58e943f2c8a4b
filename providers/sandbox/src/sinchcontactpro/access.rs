//! Who may call: API key with basic authentication, login cookie, or basic authentication; then rights.
//!
//! Modes and calls: public; lifetimes, statuses and the names of object types: [assumed]. A caller is an
//! ordinary user whose rights count. It must not put a password, key or cookie into an answer's body.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{VENDOR, errors};
use crate::http::{Reply, Request, basic_of};
use crate::seal::sha256_hex;
use crate::world::{Answer, Refusal, World};

/// How a service authenticates its callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Cloud: `x-api-key` at the gateway, basic authentication behind it.
    ApiKey,
    /// Cloud: the cookie of a login.
    Session,
    /// On-premise.
    Basic,
}

/// An authenticated user.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) id: String,
    /// `ObjectType AccessType`.
    rights: BTreeSet<String>,
}

fn unauthorized(world: &World, message: &str) -> Refusal {
    match errors::error(world, 401, message) {
        Refusal::Reply(reply) => reply
            .with_header("www-authenticate", "Basic realm=\"RI\"")
            .into(),
        other => other,
    }
}

/// Checks the credentials of a request to RCI.
pub(crate) fn authenticate(
    world: &mut World,
    request: &Request,
    mode: Mode,
) -> Result<Caller, Refusal> {
    if mode == Mode::ApiKey {
        gateway(world, request)?;
    }
    let user = if mode == Mode::Session {
        session(world, request)?
    } else {
        let Some((login, password)) = request.header("authorization").and_then(basic_of) else {
            return Err(unauthorized(world, "Basic authentication is required"));
        };
        user_of(world, &login, &password)?
    };
    let id = user["id"].as_str().unwrap_or_default().to_owned();
    let mut rights = BTreeSet::new();
    collect(&user["rights"], &mut rights);
    for role in user["roles"].as_array().into_iter().flatten() {
        let role = world
            .store
            .get(VENDOR, "role", role.as_str().unwrap_or_default())?;
        collect(&role.unwrap_or_default()["rights"], &mut rights);
    }
    Ok(Caller { id, rights })
}

/// The key and the rate limit of the API gateway.
fn gateway(world: &mut World, request: &Request) -> Result<(), Refusal> {
    let key = request.header("x-api-key").unwrap_or_default();
    if world
        .store
        .get(VENDOR, "api_key", &sha256_hex(key))?
        .is_none()
    {
        return Err(errors::gateway(403, "Forbidden").into());
    }
    let limit = world.settings.contactpro_requests_per_minute;
    let counter = world.store.sealer.fingerprint(key);
    world.count_request(&counter, limit).map_err(|seconds| {
        errors::gateway(429, "Too Many Requests")
            .with_header("retry-after", seconds.to_string())
            .into()
    })
}

fn session(world: &World, request: &Request) -> Result<Value, Refusal> {
    let cookie = request.cookie("JSESSIONID").unwrap_or_default();
    let live = world.store.get(VENDOR, "token", cookie)?.filter(|t| {
        t["expiresMs"]
            .as_i64()
            .is_some_and(|ms| ms > world.now_ms())
    });
    let user = match live {
        Some(token) => {
            let id = token["user"].as_str().unwrap_or_default();
            world.store.get(VENDOR, "user", id)?
        }
        None => None,
    };
    user.ok_or_else(|| errors::error(world, 401, "Not logged in, or the login has expired"))
}

/// The user with this logon name and password, if the password has not expired.
fn user_of(world: &World, login: &str, password: &str) -> Result<Value, Refusal> {
    let found = world.store.named(VENDOR, "user", &login.to_lowercase())?;
    let user = found
        .into_iter()
        .find(|u| u["password_sha256"] == sha256_hex(password));
    let Some(user) = user else {
        return Err(unauthorized(world, "Unknown logon name or wrong password"));
    };
    let expires = user["passwordExpiration"]
        .as_str()
        .and_then(|at| at.parse::<jiff::Timestamp>().ok());
    if expires.is_some_and(|at| at.as_millisecond() <= world.now_ms()) {
        return Err(unauthorized(world, "The password has expired"));
    }
    Ok(user)
}

/// `POST {tenant}/ecfs/authentication`: the credentials travel in a form, the header says which scheme.
pub(crate) fn log_in(world: &mut World, request: &Request) -> Answer {
    if request.header("authorization") != Some("ECFAUTH") {
        return Err(errors::error(
            world,
            401,
            "The header Authorization must be ECFAUTH",
        ));
    }
    let form = request.form().unwrap_or_default();
    let pair = match form.as_slice() {
        [(name, value)] if name == "Authorization" => basic_of(value),
        _ => None,
    };
    let Some((login, password)) = pair else {
        return Err(errors::error(
            world,
            400,
            "The body must be a form with the one field Authorization = Basic …",
        ));
    };
    let user = match user_of(world, &login, &password) {
        Ok(user) => user,
        Err(Refusal::Store(error)) => return Err(error.into()),
        Err(Refusal::Reply(_)) => {
            return Err(errors::error(world, 401, "The login was refused"));
        }
    };
    let cookie = world.new_secret("sinchcontactpro session")?;
    let expires = world.now_ms() + world.settings.contactpro_session_seconds * 1000;
    let record = json!({ "id": sha256_hex(&cookie), "user": user["id"], "expiresMs": expires });
    world.store.put(VENDOR, "token", &cookie, &record)?;
    Ok(Reply::empty(200).with_header(
        "set-cookie",
        format!("JSESSIONID={cookie}; Path=/acme/ecfs; HttpOnly"),
    ))
}

fn collect(rights: &Value, into: &mut BTreeSet<String>) {
    for right in rights.as_array().into_iter().flatten() {
        let kind = right["objectType"].as_str().unwrap_or_default();
        let access = right["accessType"].as_str().unwrap_or_default();
        let all: &[&str] = match access {
            // The shortcut of System Configurator (public).
            "Manage" => &["View", "Modify", "Create", "Delete"],
            _ => &[access],
        };
        into.extend(all.iter().map(|access| format!("{kind} {access}")));
    }
}

impl Caller {
    /// 403 unless the caller has this right.
    pub(crate) fn require(
        &self,
        world: &World,
        object_type: &str,
        access: &str,
    ) -> Result<(), Refusal> {
        if self.rights.contains(&format!("{object_type} {access}")) {
            return Ok(());
        }
        Err(errors::error(
            world,
            403,
            &format!("The caller lacks the right {object_type}: {access}"),
        ))
    }

    /// 403 unless the caller has one of two rights on the same object type.
    pub(crate) fn require_either(
        &self,
        world: &World,
        object_type: &str,
        accesses: [&str; 2],
    ) -> Result<(), Refusal> {
        self.require(world, object_type, accesses[0])
            .or_else(|_| self.require(world, object_type, accesses[1]))
    }
}
