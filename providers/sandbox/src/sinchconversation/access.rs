//! Who may call: OAuth 2.0 tokens or basic authentication for a project, an API token for a service plan.
//!
//! Modes, token endpoint and lifetime: public; statuses and words: [assumed]. No token or secret is stored in
//! clear.

use serde_json::{Value, json};

use super::{VENDOR, errors, seed};
use crate::http::{Reply, Request};
use crate::seal::sha256_hex;
use crate::world::{Answer, Refusal, World};

/// Lifetime of a token, seconds (public).
const SECONDS: i64 = 3600;

fn refusal(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(
        status,
        json!({ "error": error, "error_description": description }),
    )
    .with_header("cache-control", "no-store")
}

/// The access key with this id and secret.
fn key_of(world: &World, pair: Option<(String, String)>) -> Result<Option<Value>, Refusal> {
    let Some((id, secret)) = pair else {
        return Ok(None);
    };
    let key = world.store.get(VENDOR, "access_key", &id)?;
    Ok(key.filter(|k| k["secret_sha256"] == sha256_hex(&secret)))
}

/// `POST /oauth2/token`.
pub(crate) fn issue(world: &mut World, request: &Request) -> Answer {
    let Some(key) = key_of(world, request.basic())? else {
        return Err(
            refusal(401, "invalid_client", "unknown key or wrong secret")
                .with_header("www-authenticate", "Basic realm=\"auth\"")
                .into(),
        );
    };
    let kinds = request.form().map(|form| {
        form.into_iter()
            .filter(|(name, _)| name == "grant_type")
            .map(|(_, value)| value)
            .collect::<Vec<_>>()
    });
    match kinds.as_deref() {
        None => {
            let what = "the body must be application/x-www-form-urlencoded";
            return Err(refusal(400, "invalid_request", what).into());
        }
        Some([one]) if one == "client_credentials" => {}
        Some([_]) => {
            let what = "only client_credentials is supported here";
            return Err(refusal(400, "unsupported_grant_type", what).into());
        }
        Some(_) => {
            let what = "grant_type is required, once";
            return Err(refusal(400, "invalid_request", what).into());
        }
    }
    let token = world.new_secret("sinchconversation token")?;
    let record = json!({ "id": sha256_hex(&token), "keyId": key["id"], "expiresMs": world.now_ms() + SECONDS * 1000 });
    world.store.put(VENDOR, "token", &token, &record)?;
    Ok(Reply::json(
        200,
        json!({ "access_token": token, "token_type": "bearer", "expires_in": SECONDS, "scope": "" }),
    )
    .with_header("cache-control", "no-store"))
}

/// 401 with what the vendor's libraries look at.
fn unauthenticated(message: &str, header: &str) -> Refusal {
    errors::reply(401, message)
        .with_header("www-authenticate", header)
        .into()
}

/// Checks a call about a project, and its rate.
pub(crate) fn project(world: &mut World, request: &Request, project: &str) -> Result<(), Refusal> {
    let (key, limit) = if let Some(token) = request.bearer() {
        let record = world.store.get(VENDOR, "token", token)?;
        let Some(record) = record else {
            return Err(unauthenticated(
                "The access token is not one of this service",
                "Bearer error=\"invalid_token\", error_description=\"unknown token\"",
            ));
        };
        if record["expiresMs"]
            .as_i64()
            .is_none_or(|ms| ms <= world.now_ms())
        {
            return Err(unauthenticated(
                "The access token has expired",
                "Bearer error=\"invalid_token\", error_description=\"token is expired\"",
            ));
        }
        let id = record["keyId"].as_str().unwrap_or_default().to_owned();
        (id, world.settings.sinch_requests_per_minute)
    } else if request.basic().is_some() {
        let Some(key) = key_of(world, request.basic())? else {
            return Err(unauthenticated(
                "Unknown key or wrong secret",
                "Basic realm=\"sinch\"",
            ));
        };
        let id = key["id"].as_str().unwrap_or_default().to_owned();
        (
            format!("basic {id}"),
            world.settings.sinch_basic_requests_per_minute,
        )
    } else {
        return Err(unauthenticated(
            "An access token is required",
            "Bearer realm=\"sinch\"",
        ));
    };
    world.count_request(&key, limit).map_err(|seconds| {
        Refusal::from(
            errors::reply(429, "Too many requests").with_header("retry-after", seconds.to_string()),
        )
    })?;
    if project.is_empty()
        || (world.settings.sinch_known_projects_only && project != seed::PROJECT_ID)
    {
        let message = "The access key does not belong to this project";
        return Err(errors::error(403, message));
    }
    Ok(())
}

/// Checks a call about a service plan in a region.
pub(crate) fn service_plan(
    world: &World,
    request: &Request,
    region: &str,
    plan: &str,
) -> Result<(), Refusal> {
    let known = world.store.get(VENDOR, "service_plan", plan)?;
    let token = request.bearer().map(sha256_hex);
    let right = match &known {
        Some(plan) => plan["token_sha256"].as_str().map(str::to_owned),
        None if world.settings.sinch_known_projects_only => None,
        // A plan that nobody seeded is opened by the sandbox's own token, in any region.
        None => Some(sha256_hex(seed::API_TOKEN)),
    };
    if token.is_none() || token != right {
        let text = "Unknown service plan or wrong API token";
        return Err(errors::sms(401, "unauthorized", text));
    }
    if known.is_some_and(|plan| plan["region"] != region) {
        let text = "The service plan lives in another region";
        return Err(errors::sms(404, "not_found", text));
    }
    Ok(())
}
