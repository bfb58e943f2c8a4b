//! Batches of text messages: sent to nobody, kept as they were sent; dry runs; cancelling.
//!
//! Calls and members: public. Changing a batch, binary and media messages are not simulated.

use serde_json::{Value, json};

use super::{VENDOR, errors, new_ulid, sms};
use crate::check::Check;
use crate::http::{Reply, Request};
use crate::world::{Answer, Refusal, World};

const KIND: &str = "batch";

const KNOWN: &[&str] = &[
    "to",
    "from",
    "body",
    "type",
    "delivery_report",
    "send_at",
    "expire_at",
    "callback_url",
    "client_reference",
    "max_number_of_message_parts",
    "truncate_concat",
    "flash_message",
    "feedback_enabled",
    "parameters",
    "from_ton",
    "from_npi",
];

/// Everything below `…/batches`.
pub(crate) fn route(world: &mut World, request: &Request, parent: &str, rest: &[&str]) -> Answer {
    match (rest, request.method.as_str()) {
        ([], "GET") => {
            let batches = world.store.children(VENDOR, KIND, parent)?;
            let rows = batches.iter().map(render).collect();
            let filters = ["from", "start_date", "end_date", "client_reference"];
            sms::page(request, "batches", &filters, rows)
        }
        ([], "POST") => {
            let body = sms::json_body(request)?;
            check(world, &body)?;
            let id = new_ulid(world, &format!("batch {parent}"))?;
            let now = world.now_text();
            let mut batch = json!({ "type": "mt_text", "delivery_report": "none" });
            if let (Some(into), Some(from)) = (batch.as_object_mut(), body.as_object()) {
                into.extend(from.clone());
            }
            batch["id"] = id.clone().into();
            batch["parent"] = parent.into();
            batch["canceled"] = false.into();
            batch["created_at"] = now.clone().into();
            batch["modified_at"] = now.into();
            world.store.put(VENDOR, KIND, &id, &batch)?;
            world.effect("send", KIND, &id);
            Ok(Reply::json(201, render(&batch)))
        }
        (["dry_run"], "POST") => {
            let body = sms::json_body(request)?;
            check(world, &body)?;
            let recipients = body["to"].as_array().map_or(0, Vec::len);
            let length = body["body"].as_str().map_or(0, |b| b.chars().count());
            let parts = if length <= 160 {
                1
            } else {
                length.div_ceil(153)
            };
            Ok(Reply::json(
                200,
                json!({ "number_of_recipients": recipients, "number_of_messages": recipients * parts }),
            ))
        }
        ([id], "GET") => Ok(Reply::json(200, render(&find(world, parent, id)?))),
        ([id], "DELETE") => {
            let mut batch = find(world, parent, id)?;
            batch["canceled"] = true.into();
            batch["modified_at"] = world.now_text().into();
            world.store.put(VENDOR, KIND, id, &batch)?;
            world.effect("cancel", KIND, id);
            Ok(Reply::json(200, render(&batch)))
        }
        ([] | [_], _) => Err(errors::sms(
            405,
            "method_not_allowed",
            "Not allowed on this path",
        )),
        _ => Err(errors::sms(404, "not_found", "No such path")),
    }
}

fn find(world: &World, parent: &str, id: &str) -> Result<Value, Refusal> {
    world
        .store
        .get(VENDOR, KIND, id)?
        .filter(|b| b["parent"] == parent)
        .ok_or_else(|| errors::sms(404, "not_found", "No such batch"))
}

fn render(batch: &Value) -> Value {
    let mut out = batch.clone();
    if let Some(map) = out.as_object_mut() {
        map.remove("parent");
    }
    out
}

fn between(check: &mut Check<'_>, name: &str, range: std::ops::RangeInclusive<i64>) {
    if check
        .integer(name, false)
        .is_some_and(|n| !range.contains(&n))
    {
        check.fail(name, "invalid.value", "is out of range");
    }
}

fn check(world: &World, body: &Value) -> Result<(), Refusal> {
    let mut check = errors::check(world, body, "", &[KNOWN])
        .map_err(|p| errors::sms(400, "syntax_constraint_violation", &p.message))?;
    let to = check.texts("to", true).unwrap_or_default();
    if to.len() > 1000 {
        check.fail("to", "invalid.value", "has more than 1000 recipients");
    }
    if to.iter().any(|t| sms::digits(t).is_none() && t.len() < 20) {
        check.fail(
            "to",
            "invalid.value",
            "must hold phone numbers and group ids",
        );
    }
    let text = check.text("body", true).unwrap_or_default();
    if text.chars().count() > 2000 {
        check.fail("body", "invalid.value", "has more than 2000 characters");
    }
    check.text("from", false);
    check.choice("type", false, &["mt_text"]);
    let reports = ["none", "summary", "full", "per_recipient"];
    check.choice("delivery_report", false, &reports);
    check.url("callback_url", false);
    between(&mut check, "max_number_of_message_parts", 1..=i64::MAX);
    between(&mut check, "from_ton", 0..=6);
    between(&mut check, "from_npi", 0..=18);
    for name in ["truncate_concat", "flash_message", "feedback_enabled"] {
        check.flag(name);
    }
    sms::settle(&check.problems)
}
