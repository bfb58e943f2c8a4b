//! Who calls: bearer token, rate limit, and the permissions of the caller's roles.
//!
//! It must not know what an endpoint does; the endpoint names the permissions it needs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{VENDOR, errors};
use crate::http::{Reply, Request};
use crate::source::time_text;
use crate::world::{Refusal, World};

/// An authenticated caller: always a client-credentials client here.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) client_id: String,
    pub(crate) client_name: String,
    /// The roles that count for permissions.
    roles: Vec<String>,
}

/// Checks the bearer token, then the rate limit of 300 requests a minute and token.
pub(crate) fn authenticate(world: &mut World, request: &Request) -> Result<Caller, Refusal> {
    let Some(token) = request.bearer() else {
        return Err(errors::error(
            world,
            401,
            "authentication.required",
            "No authentication bearer token specified in authorization header.",
        ));
    };
    let Some(grant) = live_token(world, token)? else {
        return Err(errors::error(
            world,
            401,
            "bad.credentials",
            "Invalid login credentials.",
        ));
    };
    let key = world.store.sealer.fingerprint(token);
    let limit = world.settings.requests_per_minute;
    if let Err(seconds) = world.count_request(&key, limit) {
        let context = world.context_id();
        let body = json!({
            "message": "Rate limit exceeded the maximum [[limit]] requests within [[period]] seconds",
            "messageParams": { "limit": limit.to_string(), "period": "60" },
            "code": "too.many.requests", "status": 429, "contextId": context, "details": [], "errors": [],
            "limit": { "key": "client.credentials.token.rate.per.minute", "namespace": "client.credentials", "value": limit },
        });
        return Err(Reply::json(429, body)
            .with_header("retry-after", seconds.to_string())
            .into());
    }
    let client_id = grant["clientId"].as_str().unwrap_or_default().to_owned();
    let roles = if world.settings.permissions_at_token_issue {
        grant["roles"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|r| r.as_str().map(str::to_owned))
            .collect()
    } else {
        held_roles(world, &client_id)?
    };
    let client = world
        .store
        .get(VENDOR, "oauth_client", &client_id)?
        .unwrap_or(Value::Null);
    Ok(Caller {
        client_name: client["name"].as_str().unwrap_or_default().to_owned(),
        client_id,
        roles,
    })
}

/// The token's record while it has not expired and its client is there and active.
fn live_token(world: &World, token: &str) -> Result<Option<Value>, Refusal> {
    let Some(grant) = world.store.get(VENDOR, "token", token)? else {
        return Ok(None);
    };
    if grant["expiresMs"]
        .as_i64()
        .is_none_or(|ms| ms <= world.now_ms())
    {
        return Ok(None);
    }
    let client = world.store.get(
        VENDOR,
        "oauth_client",
        grant["clientId"].as_str().unwrap_or_default(),
    )?;
    Ok(client.filter(|c| c["state"] == "active").map(|_| grant))
}

/// The roles that a subject holds now, in any division.
pub(crate) fn held_roles(world: &World, subject: &str) -> Result<Vec<String>, Refusal> {
    let settled = time_text(world.now_ms() - world.settings.grant_delay_ms);
    let grants = world.store.children(VENDOR, "grant", subject)?;
    let roles: BTreeSet<String> = grants
        .iter()
        .filter(|g| {
            g["grantMadeAt"]
                .as_str()
                .is_none_or(|at| at <= settled.as_str())
        })
        .filter_map(|g| g["roleId"].as_str().map(str::to_owned))
        .collect();
    Ok(roles.into_iter().collect())
}

impl Caller {
    /// Refuses with 403 unless the caller has one of these permissions (`domain:entity:action`, where a
    /// trailing `*` asks for any, or an old-style permission such as `admin`).
    pub(crate) fn require(&self, world: &mut World, any_of: &[&str]) -> Result<(), Refusal> {
        for role in &self.roles {
            let Some(role) = world.store.get(VENDOR, "role", role)? else {
                continue;
            };
            if any_of.iter().any(|wanted| role_allows(&role, wanted)) {
                return Ok(());
            }
        }
        let names = any_of.join(", ");
        let context = world.context_id();
        Err(Reply::json(
            403,
            json!({
                "message": format!("Unable to perform the requested action. You must have at least one of the following permissions assigned: [{names}]"),
                "messageWithParams": "Unable to perform the requested action. You must have at least one of the following permissions assigned: {permissions}",
                "messageParams": { "permissions": format!("[{names}]") },
                "code": "missing.any.permissions", "status": 403, "contextId": context, "details": [], "errors": [],
            }),
        )
        .into())
    }
}

fn role_allows(role: &Value, wanted: &str) -> bool {
    let Some((domain, rest)) = wanted.split_once(':') else {
        return role["permissions"]
            .as_array()
            .is_some_and(|list| list.iter().any(|p| p == wanted));
    };
    let (entity, action) = rest.split_once(':').unwrap_or((rest, "*"));
    let fits = |have: &str, want: &str| have == want || have == "*" || want == "*";
    role["permissionPolicies"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|policy| {
            policy["domain"] == domain
                && policy["entityName"]
                    .as_str()
                    .is_some_and(|e| fits(e, entity))
                && policy["actionSet"].as_array().is_some_and(|actions| {
                    actions
                        .iter()
                        .any(|a| a.as_str().is_some_and(|a| fits(a, action)))
                })
        })
}
