//! Apps of one project and region: create, list, read, patch, delete.
//!
//! Fields and ranges: public; defaults beyond the published ones, and what becomes of the webhooks of a deleted
//! app: [assumed]. The id is an upper-case ULID. An app of another region does not exist here.

use serde_json::{Value, json};

use super::credentials::{self, SECRETS};
use super::{Scope, VENDOR, errors, new_ulid, patch, secrets};
use crate::check::Problem;
use crate::http::{Reply, Request};
use crate::world::{Answer, Refusal, World};

const KIND: &str = "app";

const FIELDS: &[&str] = &[
    "display_name",
    "channel_credentials",
    "processing_mode",
    "dispatch_retention_policy",
    "retention_policy",
    "conversation_metadata_report_view",
    "smart_conversation",
    "callback_settings",
    "message_retry_settings",
    "delivery_report_based_fallback",
];

/// Members that only the service sets; in a body they are ignored.
const OUTPUT_ONLY: &[&str] = &["id", "rate_limits", "queue_stats"];

/// What is stored beside the fields.
const INTERNAL: &[&str] = &["region", "project", "parent"];

/// Secrets of an app outside of its channels.
const OWN_SECRETS: &[&str] = &["secret_for_overridden_callback_urls"];

/// The app with this id, if it lives in this project and region.
pub(crate) fn find(world: &World, scope: &Scope, id: &str) -> Result<Value, Refusal> {
    world
        .store
        .get(VENDOR, KIND, id)?
        .filter(|app| app["parent"] == scope.parent())
        .ok_or_else(|| errors::not_found("app"))
}

/// `/apps[/{id}]`.
pub(crate) fn route(
    world: &mut World,
    request: &Request,
    scope: &Scope,
    id: Option<&str>,
) -> Answer {
    match (id, request.method.as_str()) {
        (None, "GET") => {
            errors::only_query(request, &[])?;
            let apps = world.store.children(VENDOR, KIND, &scope.parent())?;
            let apps: Vec<Value> = apps.iter().map(|app| render(world, app, false)).collect();
            Ok(Reply::json(200, json!({ "apps": apps })))
        }
        (None, "POST") => create(world, request, scope),
        (Some(id), "GET") => {
            errors::only_query(request, &[])?;
            let app = find(world, scope, id)?;
            let shown = match world.hear_echo("sinch app", id) {
                Some(echo) => echo.ok_or_else(|| errors::not_found("app"))?,
                None => app,
            };
            let pending = world.hear_echo("sinch credentials", id).is_some();
            Ok(Reply::json(200, render(world, &shown, pending)))
        }
        (Some(id), "PATCH") => update(world, request, scope, id),
        (Some(id), "DELETE") => delete(world, scope, id),
        _ => Err(errors::method_not_allowed(request)),
    }
}

fn render(world: &World, app: &Value, pending: bool) -> Value {
    let mut out = secrets::show(app, world.settings.sinch_secrets);
    if let Some(map) = out.as_object_mut() {
        map.retain(|name, _| !INTERNAL.contains(&name.as_str()));
        map.insert(
            "rate_limits".to_owned(),
            json!({ "inbound": 25, "outbound": 25, "webhooks": 25 }),
        );
        map.insert(
            "queue_stats".to_owned(),
            json!({ "outbound_size": 0, "outbound_limit": 500_000 }),
        );
    }
    if pending && let Some(list) = out["channel_credentials"].as_array_mut() {
        for entry in list {
            entry["state"] = json!({ "status": "PENDING", "description": "" });
        }
    }
    out
}

/// Everything wrong with the fields of a body; on creation some must be there.
fn problems(world: &World, body: &Value, creating: bool) -> Vec<Problem> {
    let mut check = match errors::check(world, body, "", &[FIELDS, OUTPUT_ONLY]) {
        Ok(check) => check,
        Err(problem) => return vec![problem],
    };
    if check
        .text("display_name", creating)
        .is_some_and(|name| name.trim().is_empty())
    {
        check.fail("display_name", "invalid.value", "must not be empty");
    }
    if creating && !check.has("channel_credentials") {
        check.fail(
            "channel_credentials",
            "constraint.validation",
            "is required",
        );
    }
    if let Some(list) = check.list("channel_credentials", false) {
        check.take(credentials::problems(world, list));
    }
    check.choice("processing_mode", false, &["DISPATCH", "CONVERSATION"]);
    check.choice(
        "conversation_metadata_report_view",
        false,
        &["NONE", "FULL"],
    );
    let types: &[&str] = &[
        "MESSAGE_EXPIRE_POLICY",
        "CONVERSATION_EXPIRE_POLICY",
        "PERSIST_RETENTION_POLICY",
    ];
    let mut found = Vec::new();
    policy(world, body, "retention_policy", types, 1..=3650, &mut found);
    policy(
        world,
        body,
        "dispatch_retention_policy",
        &types[..1],
        0..=7,
        &mut found,
    );
    let ranges = [
        ("message_retry_settings", "retry_duration", 30..=3600, None),
        (
            "delivery_report_based_fallback",
            "delivery_report_waiting_time",
            10..=259_200,
            Some("enabled"),
        ),
    ];
    for (name, member, range, flag) in ranges {
        let known: Vec<&str> = flag.into_iter().chain([member]).collect();
        if let Some(mut inner) = inside(world, body, name, &known, &mut found) {
            if let Some(flag) = flag {
                inner.flag(flag);
            }
            in_range(&mut inner, member, &range);
            found.append(&mut inner.problems);
        }
    }
    if let Some(mut inner) = inside(world, body, "smart_conversation", &["enabled"], &mut found) {
        inner.flag("enabled");
        found.append(&mut inner.problems);
    }
    if let Some(mut inner) = inside(world, body, "callback_settings", OWN_SECRETS, &mut found) {
        inner.text(OWN_SECRETS[0], false);
        found.append(&mut inner.problems);
    }
    check.take(found);
    check.problems
}

/// A `Check` of a member that is an object.
fn inside<'a>(
    world: &World,
    body: &'a Value,
    name: &str,
    known: &[&str],
    found: &mut Vec<Problem>,
) -> Option<crate::check::Check<'a>> {
    let value = body.get(name).filter(|v| !v.is_null())?;
    match errors::check(world, value, name, &[known]) {
        Ok(check) => Some(check),
        Err(problem) => {
            found.push(problem);
            None
        }
    }
}

fn in_range(
    check: &mut crate::check::Check<'_>,
    member: &str,
    range: &std::ops::RangeInclusive<i64>,
) {
    if check
        .integer(member, false)
        .is_some_and(|n| !range.contains(&n))
    {
        let what = format!("must be between {} and {}", range.start(), range.end());
        check.fail(member, "invalid.value", &what);
    }
}

fn policy(
    world: &World,
    body: &Value,
    name: &str,
    types: &[&str],
    days: std::ops::RangeInclusive<i64>,
    found: &mut Vec<Problem>,
) {
    if let Some(mut inner) = inside(world, body, name, &["retention_type", "ttl_days"], found) {
        let kind = inner.choice("retention_type", false, types);
        if kind != Some("PERSIST_RETENTION_POLICY") {
            in_range(&mut inner, "ttl_days", &days);
        }
        found.append(&mut inner.problems);
    }
}

/// The body as it is stored: secrets hashed, credentials looked at.
fn stored(world: &World, scope: &Scope, body: &Value) -> Value {
    let echo = world.settings.sinch_secrets;
    let mut out = body.clone();
    if let Some(list) = body["channel_credentials"].as_array() {
        let list: Value = credentials::prepare(world, &scope.region, list).into();
        out["channel_credentials"] = secrets::keep(&list, SECRETS, echo);
    }
    if body["callback_settings"].is_object() {
        out["callback_settings"] = secrets::keep(&body["callback_settings"], OWN_SECRETS, echo);
    }
    out
}

fn create(world: &mut World, request: &Request, scope: &Scope) -> Answer {
    errors::only_query(request, &[])?;
    let body = errors::json_body(request)?;
    errors::settle(&problems(world, &body, true))?;
    let kept = stored(world, scope, &body);
    let id = new_ulid(
        world,
        &format!("app {} {}", scope.parent(), body["display_name"]),
    )?;
    let mut app = json!({
        "id": id, "region": scope.region, "project": scope.project, "parent": scope.parent(),
        // What the service fills in (public).
        "processing_mode": world.settings.sinch_default_processing_mode,
        "retention_policy": { "retention_type": "MESSAGE_EXPIRE_POLICY", "ttl_days": 180 },
        "conversation_metadata_report_view": "NONE",
    });
    for field in FIELDS {
        if !kept[*field].is_null() {
            app[*field] = kept[*field].clone();
        }
    }
    world.store.put(VENDOR, KIND, &id, &app)?;
    world.effect("create", KIND, &id);
    world.leave_echo("sinch app", &id, None, world.settings.sinch_stale_reads);
    begin_pending(world, &id);
    Ok(Reply::json(200, render(world, &app, true)))
}

fn begin_pending(world: &mut World, id: &str) {
    let reads = world.settings.sinch_pending_reads;
    world.leave_echo("sinch credentials", id, None, reads);
}

fn update(world: &mut World, request: &Request, scope: &Scope, id: &str) -> Answer {
    let old = find(world, scope, id)?;
    let body = errors::json_body(request)?;
    errors::settle(&problems(world, &body, false))?;
    let kept = stored(world, scope, &body);
    let mut app = patch::apply(request, &old, &kept, FIELDS)?;
    if app["display_name"].is_null() {
        return Err(errors::error(400, "display_name cannot be cleared"));
    }
    for (field, default) in [
        ("channel_credentials", json!([])),
        (
            "processing_mode",
            json!(world.settings.sinch_default_processing_mode),
        ),
        (
            "retention_policy",
            json!({ "retention_type": "MESSAGE_EXPIRE_POLICY", "ttl_days": 180 }),
        ),
        ("conversation_metadata_report_view", json!("NONE")),
    ] {
        if app[field].is_null() {
            app[field] = default;
        }
    }
    let channels = app["channel_credentials"] != old["channel_credentials"];
    world.store.put(VENDOR, KIND, id, &app)?;
    world.effect("update", KIND, id);
    let reads = world.settings.sinch_stale_reads;
    world.leave_echo("sinch app", id, Some(old), reads);
    if channels {
        begin_pending(world, id);
    }
    Ok(Reply::json(200, render(world, &app, channels)))
}

fn delete(world: &mut World, scope: &Scope, id: &str) -> Answer {
    find(world, scope, id)?;
    let webhooks = world.store.children(VENDOR, "webhook", id)?;
    if !webhooks.is_empty() && !world.settings.sinch_app_delete_cascades {
        return Err(errors::precondition("The app has webhooks"));
    }
    for webhook in webhooks {
        let webhook = webhook["id"].as_str().unwrap_or_default();
        world.store.delete(VENDOR, "webhook", webhook)?;
        world.effect("delete", "webhook", webhook);
    }
    world.store.delete(VENDOR, KIND, id)?;
    world.effect("delete", KIND, id);
    world.leave_echo("sinch app", id, None, 0);
    Ok(Reply::json(200, json!({})))
}
