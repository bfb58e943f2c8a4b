//! Who may call: API key and contact centre for provisioning, bearer token for keys and options.
//!
//! Headers: reference document. It must not put a key or token into an answer.

use serde_json::Value;

use super::{VENDOR, envelope};
use crate::check::is_uuid;
use crate::http::Request;
use crate::world::{Refusal, World};

/// The permission that opens the provisioning API.
const PROVISIONING: &str = "nexus:cluster:*";

/// A key that is known, enabled and not expired.
fn live_key(world: &World, request: &Request) -> Result<Value, Refusal> {
    let Some(key) = request.header("x-api-key").filter(|k| !k.is_empty()) else {
        return Err(envelope::error(401, 1, "The header x-api-key is missing"));
    };
    let Some(found) = world.store.get(VENDOR, "apikey", key)? else {
        return Err(envelope::error(401, 2, "The API key is unknown"));
    };
    if found["enabled"] != true {
        return Err(envelope::error(401, 3, "The API key is disabled"));
    }
    let expired = found["expires"]
        .as_str()
        .and_then(|at| at.parse::<jiff::Timestamp>().ok());
    if expired.is_some_and(|at| at.as_millisecond() <= world.now_ms()) {
        return Err(envelope::error(401, 4, "The API key has expired"));
    }
    Ok(found)
}

/// `x-api-key` and `x-ccid` of the provisioning API: the key's rights, then the tenant.
pub(crate) fn provisioning(world: &World, request: &Request, ccid: &str) -> Result<(), Refusal> {
    let key = live_key(world, request)?;
    if key["tenant"] != "*" && key["tenant"] != ccid {
        return Err(envelope::error(
            403,
            1,
            "The API key belongs to another tenant",
        ));
    }
    if !key["permissions"]
        .as_array()
        .is_some_and(|list| list.iter().any(|p| p == PROVISIONING))
    {
        return Err(envelope::error(
            403,
            2,
            "The API key lacks the permission nexus:cluster:*",
        ));
    }
    match request.header("x-ccid") {
        None => return Err(envelope::error(400, 4, "The header x-ccid is missing")),
        Some(header) if header != ccid => {
            return Err(envelope::error(
                400,
                5,
                "The header x-ccid differs from the contact centre in the path",
            ));
        }
        Some(_) => {}
    }
    known_contact_center(world, ccid)
}

/// A well-formed id, of a known contact centre where the settings ask for that.
pub(crate) fn known_contact_center(world: &World, ccid: &str) -> Result<(), Refusal> {
    if !is_uuid(ccid) {
        return Err(envelope::error(
            400,
            6,
            "The contact centre id is not a UUID",
        ));
    }
    if world.settings.known_contact_centers_only
        && world.store.get(VENDOR, "contact_center", ccid)?.is_none()
    {
        return Err(envelope::not_found("the contact centre"));
    }
    Ok(())
}

/// A bearer token from the authentication service.
pub(crate) fn bearer(world: &World, request: &Request) -> Result<(), Refusal> {
    let Some(token) = request.bearer() else {
        return Err(envelope::error(401, 5, "A bearer token is required"));
    };
    let found = world.store.get(VENDOR, "token", token)?;
    if found.is_some_and(|t| {
        t["expiresMs"]
            .as_i64()
            .is_some_and(|ms| ms > world.now_ms())
    }) {
        return Ok(());
    }
    Err(envelope::error(
        401,
        6,
        "The bearer token is unknown or has expired",
    ))
}

/// Any live key beside a bearer token, as the options API asks for.
pub(crate) fn bearer_and_key(world: &World, request: &Request) -> Result<(), Refusal> {
    bearer(world, request)?;
    live_key(world, request).map(|_| ())
}
