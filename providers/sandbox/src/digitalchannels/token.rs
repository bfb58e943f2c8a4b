//! The token endpoint of Genesys Authentication: password grant, basic authentication, form body.
//!
//! Request: public; answer: [assumed] OAuth 2. No refresh tokens. It must not store a token or password in clear.

use serde_json::json;

use super::{VENDOR, seed};
use crate::http::{Reply, Request};
use crate::seal::sha256_hex;
use crate::world::{Answer, World};

/// Lifetime of a token, seconds (public sample).
const SECONDS: i64 = 43_200;

fn refusal(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(
        status,
        json!({ "error": error, "error_description": description }),
    )
    .with_header("cache-control", "no-store")
}

/// `POST /auth/v3/oauth/token`.
pub(crate) fn issue(world: &mut World, request: &Request) -> Answer {
    let Some(form) = request.form() else {
        return Err(refusal(
            400,
            "invalid_request",
            "the body must be application/x-www-form-urlencoded",
        )
        .into());
    };
    let client = (
        seed::AUTH_CLIENT_ID.to_owned(),
        seed::AUTH_CLIENT_SECRET.to_owned(),
    );
    if request.basic().as_ref() != Some(&client) {
        return Err(refusal(
            401,
            "invalid_client",
            "unknown client, or no Basic authorization header",
        )
        .with_header("www-authenticate", "Basic realm=\"auth\"")
        .into());
    }
    let one = |name: &str| {
        let values: Vec<&str> = form
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
            .collect();
        match values.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            _ => Err(refusal(
                400,
                "invalid_request",
                &format!("{name} is given twice"),
            )),
        }
    };
    match one("grant_type")? {
        Some("password") => {}
        Some(_) => {
            return Err(refusal(
                400,
                "unsupported_grant_type",
                "only password is supported here",
            )
            .into());
        }
        None => return Err(refusal(400, "invalid_request", "grant_type is required").into()),
    }
    if one("client_id")?.is_some_and(|id| id != seed::AUTH_CLIENT_ID) {
        return Err(refusal(
            400,
            "invalid_request",
            "client_id differs from the Basic authorization header",
        )
        .into());
    }
    let (Some(user), Some(password)) = (one("username")?, one("password")?) else {
        return Err(refusal(400, "invalid_request", "username and password are required").into());
    };
    if user != seed::AUTH_USERNAME || password != seed::AUTH_PASSWORD {
        return Err(refusal(400, "invalid_grant", "bad credentials").into());
    }
    let token = world.new_id("digitalchannels token")?;
    let record = json!({ "id": sha256_hex(&token), "user": user, "expiresMs": world.now_ms() + SECONDS * 1000 });
    world.store.put(VENDOR, "token", &token, &record)?;
    Ok(Reply::json(200, json!({ "access_token": token, "token_type": "bearer", "expires_in": SECONDS, "scope": "*" }))
        .with_header("cache-control", "no-store"))
}
