//! What the body of each kind of service must look like, and which services need each other.
//!
//! Bodies: reference document; strictness and dependencies: [assumed]. It must not store or answer anything.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::check::{Check, Problem, is_uuid};
use crate::seal::sha256_hex;

/// The documented names, exact in case.
pub(crate) const NAMES: &[&str] = &["SMS", "mGageSMS", "Async", "PurecloudIDP", "PorticoSMS"];

/// Every problem of a body of this kind.
pub(crate) fn problems(name: &str, body: &Value) -> Vec<Problem> {
    let mut check = match Check::new(body, "") {
        Ok(check) => check,
        Err(problem) => return vec![problem],
    };
    check.only(&[&["url", "data", "secret"]]);
    let data = check.object("data", true);
    let secret = check.object("secret", true);
    match name {
        "SMS" => {
            if check.text("url", true).is_some_and(|url| url != "N/A") {
                check.fail("url", "invalid.value", "must be N/A for the service SMS");
            }
        }
        "Async" => {
            if check.has("url") {
                check.fail(
                    "url",
                    "invalid.property",
                    "does not belong to the service Async",
                );
            }
        }
        _ => {
            check.url("url", NAMES.contains(&name));
        }
    }
    let (Some(data), Some(secret)) = (data, secret) else {
        return check.problems;
    };
    let mut found = match name {
        "SMS" => sms(data),
        "Async" => channels(data, secret),
        "mGageSMS" | "PurecloudIDP" | "PorticoSMS" => members(data, "data", &[]),
        _ => Vec::new(),
    };
    found.extend(match name {
        "SMS" | "PorticoSMS" => members(secret, "secret", &[]),
        "mGageSMS" => members(secret, "secret", &["username", "password"]),
        "PurecloudIDP" => {
            let mut found = members(secret, "secret", &["clientId", "clientSecret"]);
            if secret["clientId"]
                .as_str()
                .is_some_and(|id| !id.is_empty() && !is_uuid(id))
            {
                found.push(problem("secret.clientId", "must be a UUID"));
            }
            found
        }
        _ => Vec::new(),
    });
    check.take(found);
    check.problems
}

fn problem(field: &str, what: &str) -> Problem {
    Problem {
        field: field.to_owned(),
        code: "invalid.value",
        message: format!("{field} {what}"),
    }
}

/// Exactly these members, all of them non-empty texts.
fn members(value: &Value, at: &str, names: &[&str]) -> Vec<Problem> {
    match Check::new(value, at) {
        Ok(mut check) => {
            check.only(&[names]);
            for name in names {
                check.text(name, true);
            }
            check.problems
        }
        Err(problem) => vec![problem],
    }
}

fn sms(data: &Value) -> Vec<Problem> {
    let mut check = match Check::new(data, "data") {
        Ok(check) => check,
        Err(problem) => return vec![problem],
    };
    check.only(&[&["provider", "tokenProvider"]]);
    check.choice("provider", false, &["Portico", "Async", "mGage"]);
    check.choice("tokenProvider", false, &["Purecloud"]);
    if check.has("provider") == check.has("tokenProvider") {
        check.fail(
            "provider",
            "constraint.validation",
            "or tokenProvider must be given, not both",
        );
    }
    check.problems
}

/// Channels of `data` and of `secret` are the same set, each complete.
fn channels(data: &Value, secret: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut sets: Vec<BTreeSet<&str>> = Vec::new();
    for (value, at) in [(data, "data"), (secret, "secret")] {
        let mut check = match Check::new(value, at) {
            Ok(check) => check,
            Err(problem) => return vec![problem],
        };
        check.only(&[&["channels"]]);
        let mut ids = BTreeSet::new();
        for (i, channel) in check
            .list("channels", true)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let at_channel = check.path(&format!("channels[{i}]"));
            let (id, problems) = channel_of(channel, &at_channel, at == "secret");
            check.take(problems);
            if id.is_some_and(|id| !ids.insert(id)) {
                check.fail("channels", "invalid.value", "names a channelId twice");
            }
        }
        found.extend(check.problems);
        sets.push(ids);
    }
    if found.is_empty() && sets[0] != sets[1] {
        found.push(problem(
            "secret.channels",
            "must name the same channels as data.channels",
        ));
    }
    found
}

fn channel_of<'a>(channel: &'a Value, at: &str, secret: bool) -> (Option<&'a str>, Vec<Problem>) {
    let mut check = match Check::new(channel, at) {
        Ok(check) => check,
        Err(problem) => return (None, vec![problem]),
    };
    check.only(&[if secret {
        &["channelId", "webhook", "api"]
    } else {
        &["channelId", "webhook"]
    }]);
    let id = check.text("channelId", true);
    let webhook = check.object("webhook", true);
    let api = if secret {
        check.object("api", true)
    } else {
        None
    };
    let (webhook_at, api_at) = (check.path("webhook"), check.path("api"));
    let mut inner = Vec::new();
    if let Some(webhook) = webhook {
        inner.extend(members(
            webhook,
            &webhook_at,
            &[if secret { "secret" } else { "url" }],
        ));
        if !secret
            && webhook["url"]
                .as_str()
                .is_some_and(|url| !url.is_empty() && !crate::check::is_url(url))
        {
            inner.push(problem(
                &format!("{webhook_at}.url"),
                "must be an absolute http or https URL",
            ));
        }
    }
    if let Some(api) = api {
        inner.extend(members(api, &api_at, &["secret"]));
    }
    check.take(inner);
    (id, check.problems)
}

/// The services that an `SMS` service with this `data` must find. The reference document creates `SMS` before
/// `mGageSMS`, so only the Genesys Cloud pair is asked for.
pub(crate) fn needed_by_sms(data: &Value) -> &'static [&'static str] {
    if data["tokenProvider"] == "Purecloud" || data["provider"] == "Portico" {
        &["PurecloudIDP", "PorticoSMS"]
    } else {
        &[]
    }
}

/// The services that may not be deleted while an `SMS` service has this `data` ("delete SMS first", assumed).
pub(crate) fn held_by_sms(data: &Value) -> &'static [&'static str] {
    match data["provider"].as_str() {
        Some("mGage") => &["mGageSMS"],
        Some("Async") => &["Async"],
        _ => needed_by_sms(data),
    }
}

/// The same structure with every text but `channelId` replaced by its SHA-256.
pub(crate) fn hashed(secret: &Value) -> Value {
    match secret {
        Value::Object(map) => map
            .iter()
            .map(|(k, v)| {
                (
                    k.clone(),
                    if k == "channelId" {
                        v.clone()
                    } else {
                        hashed(v)
                    },
                )
            })
            .collect(),
        Value::Array(list) => list.iter().map(hashed).collect(),
        Value::String(text) => json!(sha256_hex(text)),
        other => json!(sha256_hex(&other.to_string())),
    }
}

/// The same structure with every text masked.
pub(crate) fn masked(hashed: &Value) -> Value {
    match hashed {
        Value::Object(map) => map
            .iter()
            .map(|(k, v)| {
                (
                    k.clone(),
                    if k == "channelId" {
                        v.clone()
                    } else {
                        masked(v)
                    },
                )
            })
            .collect(),
        Value::Array(list) => list.iter().map(masked).collect(),
        _ => json!("********"),
    }
}
