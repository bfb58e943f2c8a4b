//! The token endpoint of `{login}`: client credentials only, form body only; and `tokens/me`.
//!
//! Request and answer: reference document; error words: public. It must not accept credentials anywhere
//! but in the basic authentication header, nor ever store a token or secret in clear.

use serde_json::{Value, json};

use super::caller::{Caller, held_roles};
use super::{VENDOR, errors, seed};
use crate::http::{Reply, Request};
use crate::seal::sha256_hex;
use crate::world::{Answer, World};

fn refusal(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(
        status,
        json!({ "error": error, "description": description, "error_description": description }),
    )
    .with_header("cache-control", "no-store")
}

/// `POST /oauth/token`.
pub(crate) fn issue(world: &mut World, request: &Request) -> Answer {
    let Some(form) = request.form() else {
        return Err(refusal(
            400,
            "invalid_request",
            "the body must be application/x-www-form-urlencoded",
        )
        .into());
    };
    let Some((id, secret)) = request.basic() else {
        return Err(refusal(
            401,
            "invalid_client",
            "client credentials are required in a Basic authorization header",
        )
        .with_header("www-authenticate", "Basic realm=\"login\"")
        .into());
    };
    let limit = world.settings.token_requests_per_minute;
    if world
        .count_request(&format!("token endpoint {id}"), limit)
        .is_err()
    {
        return Err(refusal(
            400,
            "invalid_request",
            "rate limit exceeded: too many token requests",
        )
        .into());
    }
    let kinds: Vec<&str> = form
        .iter()
        .filter(|(n, _)| n == "grant_type")
        .map(|(_, v)| v.as_str())
        .collect();
    match kinds.as_slice() {
        ["client_credentials"] => {}
        [_] => {
            return Err(refusal(
                400,
                "unsupported_grant_type",
                "only client_credentials is supported here",
            )
            .into());
        }
        _ => return Err(refusal(400, "invalid_request", "grant_type is required, once").into()),
    }
    let Some(client) = world.store.get(VENDOR, "oauth_client", &id)? else {
        return Err(refusal(400, "invalid_client", "client not found").into());
    };
    if client["secret_sha256"].as_str() != Some(sha256_hex(&secret).as_str()) {
        return Err(refusal(401, "invalid_client", "authentication failed").into());
    }
    if client["state"] != "active" {
        return Err(refusal(400, "invalid_client", "client is not active").into());
    }
    if client["authorizedGrantType"] != "CLIENT-CREDENTIALS" {
        return Err(refusal(
            400,
            "unauthorized_client",
            "the client may not use this grant type",
        )
        .into());
    }
    let seconds = client["accessTokenValiditySeconds"]
        .as_i64()
        .unwrap_or(86_400);
    let token = world.new_secret("genesyscloud token")?;
    let record = json!({
        "id": sha256_hex(&token), "clientId": id, "expiresMs": world.now_ms() + seconds * 1000,
        "roles": held_roles(world, &id)?,
    });
    world.store.put(VENDOR, "token", &token, &record)?;
    Ok(Reply::json(
        200,
        json!({ "access_token": token, "token_type": "bearer", "expires_in": seconds }),
    )
    .with_header("cache-control", "no-store"))
}

/// `GET /api/v2/tokens/me`: no permission needed.
pub(crate) fn me(world: &mut World, request: &Request, caller: &Caller) -> Answer {
    if request.method != "GET" {
        return Err(errors::method_not_allowed(world, request));
    }
    let organization: Value =
        json!({ "id": seed::ORGANIZATION_ID, "name": seed::ORGANIZATION_NAME });
    Ok(Reply::json(
        200,
        json!({
            "organization": organization, "homeOrganization": organization, "authorizedScope": [],
            "OAuthClient": { "id": caller.client_id, "name": caller.client_name, "organization": organization },
        }),
    ))
}
