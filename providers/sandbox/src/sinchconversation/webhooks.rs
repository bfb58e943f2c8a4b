//! Webhooks of apps: at most five an app, each target once, one secret each.
//!
//! Fields, limits and triggers: public; statuses, and that a webhook stays with its app: [assumed].

use serde_json::{Value, json};

use super::{Scope, VENDOR, apps, errors, new_ulid, patch, secrets};
use crate::check::{Check, Problem};
use crate::http::{Reply, Request};
use crate::settings::SecretEcho;
use crate::world::{Answer, Refusal, World};

const KIND: &str = "webhook";

const FIELDS: &[&str] = &[
    "app_id",
    "target",
    "target_type",
    "triggers",
    "secret",
    "client_credentials",
];

const SECRETS: &[&str] = &["secret", "client_secret"];

/// Webhooks that an app may have (public).
const LIMIT: usize = 5;

const TRIGGERS: &[&str] = &[
    "MESSAGE_DELIVERY",
    "MESSAGE_INBOUND",
    "MESSAGE_SUBMIT",
    "EVENT_DELIVERY",
    "EVENT_INBOUND",
    "CONVERSATION_START",
    "CONVERSATION_STOP",
    "CONVERSATION_DELETE",
    "CONTACT_CREATE",
    "CONTACT_DELETE",
    "CONTACT_MERGE",
    "CONTACT_UPDATE",
    "CONTACT_IDENTITIES_DUPLICATION",
    "UNSUPPORTED",
    "OPT_IN",
    "OPT_OUT",
    "CAPABILITY",
    "CHANNEL_EVENT",
    "SMART_CONVERSATION",
    "MESSAGE_INBOUND_SMART_CONVERSATION_REDACTION",
    "RECORD_NOTIFICATION",
];

/// `/apps/{app}/webhooks`.
pub(crate) fn list(world: &mut World, request: &Request, scope: &Scope, app: &str) -> Answer {
    if request.method != "GET" {
        return Err(errors::method_not_allowed(request));
    }
    errors::only_query(request, &[])?;
    apps::find(world, scope, app)?;
    let webhooks = world.store.children(VENDOR, KIND, app)?;
    let webhooks: Vec<Value> = webhooks.iter().map(|w| render(world, w)).collect();
    Ok(Reply::json(200, json!({ "webhooks": webhooks })))
}

/// `/webhooks[/{id}]`.
pub(crate) fn route(
    world: &mut World,
    request: &Request,
    scope: &Scope,
    id: Option<&str>,
) -> Answer {
    let Some(id) = id else {
        return match request.method.as_str() {
            "POST" => create(world, request, scope),
            _ => Err(errors::method_not_allowed(request)),
        };
    };
    let found = world.store.get(VENDOR, KIND, id)?;
    let found = found.filter(|w| w["scope"] == scope.parent());
    let old = found.ok_or_else(|| errors::not_found("webhook"))?;
    match request.method.as_str() {
        "GET" => {
            errors::only_query(request, &[])?;
            let shown = match world.hear_echo("sinch webhook", id) {
                Some(echo) => echo.ok_or_else(|| errors::not_found("webhook"))?,
                None => old,
            };
            Ok(Reply::json(200, render(world, &shown)))
        }
        "PATCH" => update(world, request, id, &old),
        "DELETE" => {
            world.store.delete(VENDOR, KIND, id)?;
            world.effect("delete", KIND, id);
            world.leave_echo("sinch webhook", id, None, 0);
            Ok(Reply::json(200, json!({})))
        }
        _ => Err(errors::method_not_allowed(request)),
    }
}

fn render(world: &World, webhook: &Value) -> Value {
    let mut out = secrets::show(webhook, world.settings.sinch_secrets);
    if let Some(map) = out.as_object_mut() {
        map.remove("scope");
        // A vendor's library reads these members without asking whether they are there.
        map.entry("client_credentials").or_insert(Value::Null);
        if world.settings.sinch_secrets != SecretEcho::Absent {
            map.entry("secret").or_insert_with(|| "".into());
        }
    }
    out
}

fn problems(world: &World, body: &Value, creating: bool) -> Vec<Problem> {
    let mut check = match errors::check(world, body, "", &[FIELDS, &["id"]]) {
        Ok(check) => check,
        Err(problem) => return vec![problem],
    };
    check.text("app_id", creating);
    if let Some(target) = check.text("target", creating)
        && let Some(what) = target_problem(target)
    {
        check.fail("target", "invalid.value", what);
    }
    check.choice("target_type", false, &["HTTP", "DISMISS"]);
    if let Some(triggers) = check.texts("triggers", false) {
        if triggers.iter().any(|t| !TRIGGERS.contains(&t.as_str())) {
            check.fail(
                "triggers",
                "invalid.value",
                "has a trigger that is not known",
            );
        }
        if (1..triggers.len()).any(|i| triggers[..i].contains(&triggers[i])) {
            check.fail("triggers", "invalid.value", "has a trigger twice");
        }
    }
    check.text("secret", false);
    if let Some(object) = check.object("client_credentials", false) {
        let found = client_problems(world, object);
        check.take(found);
    }
    check.problems
}

fn client_problems(world: &World, object: &Value) -> Vec<Problem> {
    let known: &[&str] = &[
        "client_id",
        "client_secret",
        "endpoint",
        "scope",
        "response_type",
        "token_request_type",
    ];
    let mut check: Check<'_> = match errors::check(world, object, "client_credentials", &[known]) {
        Ok(check) => check,
        Err(problem) => return vec![problem],
    };
    check.text("client_id", true);
    check.text("client_secret", true);
    check.url("endpoint", true);
    for (name, limit) in [("scope", 1024), ("response_type", 64)] {
        if check
            .text(name, false)
            .is_some_and(|t| t.chars().count() > limit)
        {
            check.fail(name, "invalid.value", "is too long");
        }
    }
    check.choice("token_request_type", false, &["BASIC", "FORM"]);
    check.problems
}

fn target_problem(target: &str) -> Option<&'static str> {
    if target.chars().count() > 742 {
        return Some("has more than 742 characters");
    }
    let Some(url) = url::Url::parse(target)
        .ok()
        .filter(|u| u.scheme() == "https")
    else {
        return Some("must be an https URL");
    };
    let host = url.host_str().unwrap_or_default();
    (host.starts_with("conversation-api.") && host.ends_with(".sinch.com"))
        .then_some("must not be the Conversation API itself")
}

/// The rules between webhooks of one app.
fn refuse_duplicate(
    world: &World,
    app: &str,
    target: &Value,
    id: Option<&str>,
) -> Result<(), Refusal> {
    let others: Vec<Value> = world
        .store
        .children(VENDOR, KIND, app)?
        .into_iter()
        .filter(|w| Some(w["id"].as_str().unwrap_or_default()) != id)
        .collect();
    if others.iter().any(|w| w["target"] == *target) {
        let message = "The app has a webhook with this target already";
        return Err(errors::error(400, message));
    }
    if id.is_none() && others.len() >= LIMIT {
        let message = "An app can have at most 5 webhooks";
        return Err(errors::precondition(message));
    }
    Ok(())
}

fn create(world: &mut World, request: &Request, scope: &Scope) -> Answer {
    errors::only_query(request, &[])?;
    let body = errors::json_body(request)?;
    errors::settle(&problems(world, &body, true))?;
    let app = body["app_id"].as_str().unwrap_or_default().to_owned();
    apps::find(world, scope, &app)?;
    refuse_duplicate(world, &app, &body["target"], None)?;
    let id = new_ulid(world, &format!("webhook {app} {}", body["target"]))?;
    let kept = secrets::keep(&body, SECRETS, world.settings.sinch_secrets);
    let mut webhook =
        json!({ "id": id, "scope": scope.parent(), "target_type": "HTTP", "triggers": [] });
    if let (Some(into), Some(from)) = (webhook.as_object_mut(), kept.as_object()) {
        into.extend(
            from.iter()
                .filter(|(name, _)| *name != "id")
                .map(|(name, value)| (name.clone(), value.clone())),
        );
    }
    world.store.put(VENDOR, KIND, &id, &webhook)?;
    world.effect("create", KIND, &id);
    let reads = world.settings.sinch_stale_reads;
    world.leave_echo("sinch webhook", &id, None, reads);
    Ok(Reply::json(200, render(world, &webhook)))
}

fn update(world: &mut World, request: &Request, id: &str, old: &Value) -> Answer {
    let body = errors::json_body(request)?;
    errors::settle(&problems(world, &body, false))?;
    // The patch sees the secret under its own name, and what is stored afterwards is a hash again.
    let echo = world.settings.sinch_secrets;
    let mut plain = old.clone();
    if let Some(map) = plain.as_object_mut() {
        let mask: String = request
            .query
            .iter()
            .map(|(_, v)| format!(",{v},"))
            .collect();
        let named = mask.split(',').any(|path| path == "secret");
        if named || (mask.is_empty() && body.get("secret").is_some()) {
            map.retain(|name, _| !name.starts_with("secret_"));
        }
    }
    let patched = patch::apply(request, &plain, &body, FIELDS)?;
    let webhook = secrets::keep(&patched, SECRETS, echo);
    if webhook["app_id"] != old["app_id"] {
        return Err(errors::error(400, "app_id cannot be changed"));
    }
    if webhook["target"].is_null() {
        return Err(errors::error(400, "target cannot be cleared"));
    }
    let mut webhook = webhook;
    for (field, default) in [("target_type", json!("HTTP")), ("triggers", json!([]))] {
        if webhook[field].is_null() {
            webhook[field] = default;
        }
    }
    let app = webhook["app_id"].as_str().unwrap_or_default().to_owned();
    refuse_duplicate(world, &app, &webhook["target"], Some(id))?;
    world.store.put(VENDOR, KIND, id, &webhook)?;
    world.effect("update", KIND, id);
    let reads = world.settings.sinch_stale_reads;
    world.leave_echo("sinch webhook", id, Some(old.clone()), reads);
    Ok(Reply::json(200, render(world, &webhook)))
}
