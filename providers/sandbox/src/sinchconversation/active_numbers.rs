//! Rented numbers: list, read, configure, release; and the project's callback secret.
//!
//! Calls, members and the rule "unlink before you link anew": public; how provisioning goes on, and that a
//! released number is gone at once: [assumed].

use serde_json::{Value, json};

use super::available_numbers::{CAPABILITIES, TYPES, can, fits, values};
use super::{VENDOR, errors, secrets};
use crate::check::Problem;
use crate::http::{Reply, Request};
use crate::source::time_text;
use crate::world::{Answer, Refusal, World};

const KIND: &str = "active_number";

/// What a caller may set.
const SETTABLE: &[&str] = &[
    "displayName",
    "smsConfiguration",
    "voiceConfiguration",
    "callbackUrl",
];

/// Everything wrong with a body; `own` are members of the call itself, `required` those of them it needs.
pub(crate) fn problems(
    world: &World,
    body: &Value,
    own: &[&str],
    required: &[&str],
) -> Vec<Problem> {
    let mut check = match errors::check(world, body, "", &[SETTABLE, own]) {
        Ok(check) => check,
        Err(problem) => return vec![problem],
    };
    for name in required {
        check.text(name, true);
    }
    check.text("displayName", false);
    if check
        .text("callbackUrl", false)
        .is_some_and(|u| !u.is_empty())
    {
        check.url("callbackUrl", false);
    }
    if let Some(object) = check.object("smsConfiguration", false) {
        let known: &[&str] = &["servicePlanId", "campaignId", "scheduledProvisioning"];
        match errors::check(world, object, "smsConfiguration", &[known]) {
            Ok(mut inner) => {
                if !object["servicePlanId"].is_string() {
                    inner.fail("servicePlanId", "constraint.validation", "is required");
                }
                inner.text("campaignId", false);
                check.take(inner.problems);
            }
            Err(problem) => check.take(vec![problem]),
        }
    }
    if let Some(object) = check.object("voiceConfiguration", false) {
        let known: &[&str] = &[
            "type",
            "appId",
            "trunkId",
            "serviceId",
            "lastUpdatedTime",
            "scheduledVoiceProvisioning",
        ];
        match errors::check(world, object, "voiceConfiguration", &[known]) {
            Ok(mut inner) => {
                let kind = inner.choice("type", false, &["RTC", "EST", "FAX"]);
                let member = match kind.unwrap_or("RTC") {
                    "EST" => "trunkId",
                    "FAX" => "serviceId",
                    _ => "appId",
                };
                if !object[member].is_string() {
                    inner.fail(member, "constraint.validation", "is required");
                }
                check.take(inner.problems);
            }
            Err(problem) => check.take(vec![problem]),
        }
    }
    check.problems
}

/// The number as a project's, with what the caller sets.
pub(crate) fn rented(
    world: &mut World,
    project: &str,
    number: &Value,
    body: &Value,
) -> Result<Value, Refusal> {
    let day = 86_400_000;
    let mut active = json!({
        "id": number["phoneNumber"], "phoneNumber": number["phoneNumber"], "projectId": project, "displayName": "",
        "regionCode": number["regionCode"], "type": number["type"], "capability": number["capability"],
        "money": number["monthlyPrice"], "paymentIntervalMonths": 1,
        "nextChargeDate": time_text(world.now_ms() + 30 * day), "callbackUrl": "",
    });
    configure(world, &mut active, body)?;
    Ok(active)
}

/// Sets what the body carries.
fn configure(world: &mut World, number: &mut Value, body: &Value) -> Result<(), Refusal> {
    for name in ["displayName", "callbackUrl"] {
        if let Some(text) = body[name].as_str() {
            number[name] = text.into();
        }
    }
    if body["voiceConfiguration"].is_object() {
        number["voiceConfiguration"] = body["voiceConfiguration"].clone();
        number["voiceConfiguration"]["lastUpdatedTime"] = world.now_text().into();
        if number["voiceConfiguration"]["type"].is_null() {
            number["voiceConfiguration"]["type"] = "RTC".into();
        }
    }
    let sms = &body["smsConfiguration"];
    let Some(plan) = sms["servicePlanId"].as_str() else {
        return Ok(());
    };
    let old = &number["smsConfiguration"];
    let now = old["servicePlanId"].as_str().unwrap_or_default();
    if plan.is_empty() {
        if let Some(map) = number.as_object_mut() {
            map.remove("smsConfiguration");
        }
        return Ok(());
    }
    if !now.is_empty() && now != plan && world.settings.sinch_unlink_before_relink {
        let message =
            "The number is linked to another service plan; unlink it first (servicePlanId \"\")";
        return Err(errors::precondition(message));
    }
    if !can(number, &["SMS"]) {
        return Err(errors::error(400, "The number has no capability SMS"));
    }
    let campaign = sms["campaignId"].as_str().filter(|c| !c.is_empty());
    if campaign.is_some() && number["regionCode"] != "US" {
        return Err(errors::error(400, "campaignId is for US numbers only"));
    }
    if now == plan && old["campaignId"].as_str() == campaign {
        return Ok(());
    }
    let mut link = json!({ "servicePlanId": plan, "lastUpdatedTime": world.now_text() });
    if let Some(campaign) = campaign {
        link["campaignId"] = campaign.into();
        if number["type"] == "TOLL_FREE" {
            link["failed"] = "TFN_NOT_ALLOWED".into();
        }
    }
    let failed = !link["failed"].is_null();
    let id = number["phoneNumber"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    number["smsConfiguration"] = link;
    let reads = world.settings.sinch_provisioning_reads;
    let waiting = if failed { 0 } else { reads };
    world.leave_echo("sinch provisioning", &id, None, waiting);
    Ok(())
}

/// What a read shows: the plan while it is being provisioned (or has failed) is not the number's yet.
pub(crate) fn render(number: &Value, in_progress: bool) -> Value {
    let mut out = number.clone();
    let link = number["smsConfiguration"].clone();
    if let Some(map) = out.as_object_mut() {
        map.remove("id");
    }
    if !link.is_object() {
        return out;
    }
    let failed = link["failed"].as_str();
    let mut shown = json!({ "servicePlanId": link["servicePlanId"] });
    if !link["campaignId"].is_null() {
        shown["campaignId"] = link["campaignId"].clone();
    }
    if in_progress || failed.is_some() {
        let mut scheduled = shown.clone();
        scheduled["status"] = if failed.is_some() {
            "FAILED".into()
        } else {
            "IN_PROGRESS".into()
        };
        scheduled["errorCodes"] = failed.into_iter().collect();
        scheduled["lastUpdatedTime"] = link["lastUpdatedTime"].clone();
        shown = json!({ "servicePlanId": "", "scheduledProvisioning": scheduled });
    }
    out["smsConfiguration"] = shown;
    out
}

fn find(world: &World, project: &str, number: &str) -> Result<Value, Refusal> {
    world
        .store
        .get(VENDOR, KIND, number)?
        .filter(|n| n["projectId"] == project)
        .ok_or_else(|| errors::not_found("activeNumber"))
}

fn shown(world: &mut World, number: &Value) -> Value {
    let id = number["phoneNumber"].as_str().unwrap_or_default();
    let in_progress = world.hear_echo("sinch provisioning", id).is_some();
    render(number, in_progress)
}

/// What the answer to a change shows: a plan that is new is being provisioned, which counts as no read.
pub(crate) fn after_change(world: &World, before: &Value, number: &Value) -> Value {
    let link = &number["smsConfiguration"];
    let waits = link.is_object() && link != before && world.settings.sinch_provisioning_reads > 0;
    render(number, waits)
}

/// `GET`, `PATCH …/activeNumbers/{number}`.
pub(crate) fn route(world: &mut World, request: &Request, project: &str, number: &str) -> Answer {
    let mut found = find(world, project, number)?;
    match request.method.as_str() {
        "GET" => {
            errors::only_query(request, &[])?;
            Ok(Reply::json(200, shown(world, &found)))
        }
        "PATCH" => {
            let body = errors::json_body(request)?;
            errors::settle(&problems(world, &body, &["phoneNumber"], &[]))?;
            let before = found["smsConfiguration"].clone();
            configure(world, &mut found, &body)?;
            world.store.put(VENDOR, KIND, number, &found)?;
            world.effect("update", KIND, number);
            Ok(Reply::json(200, after_change(world, &before, &found)))
        }
        _ => Err(errors::method_not_allowed(request)),
    }
}

/// `POST …/activeNumbers/{number}:release`.
pub(crate) fn release(world: &mut World, request: &Request, project: &str, number: &str) -> Answer {
    if request.method != "POST" {
        return Err(errors::method_not_allowed(request));
    }
    let mut found = find(world, project, number)?;
    world.store.delete(VENDOR, KIND, number)?;
    world.effect("release", KIND, number);
    world.leave_echo("sinch provisioning", number, None, 0);
    if world.settings.sinch_released_numbers_return {
        let back = json!({
            "id": number, "phoneNumber": number, "regionCode": found["regionCode"], "regionName": found["regionCode"],
            "type": found["type"], "capability": found["capability"], "setupPrice": { "currencyCode": "EUR", "amount": "0.00" },
            "monthlyPrice": found["money"], "paymentIntervalMonths": 1, "supportingDocumentationRequired": false,
        });
        world.store.put(VENDOR, "available_number", number, &back)?;
    }
    found["expireAt"] = found["nextChargeDate"].clone();
    Ok(Reply::json(200, render(&found, false)))
}

/// `GET …/activeNumbers`: pages by token.
pub(crate) fn list(world: &mut World, request: &Request, project: &str) -> Answer {
    if request.method != "GET" {
        return Err(errors::method_not_allowed(request));
    }
    let known = [
        "regionCode",
        "type",
        "capability",
        "capabilities",
        "numberPattern.pattern",
        "numberPattern.searchPattern",
        "pageSize",
        "pageToken",
        "orderBy",
    ];
    errors::only_query(request, &known)?;
    let types = values(request, "type", TYPES)?;
    let mut wanted = values(request, "capability", CAPABILITIES)?;
    wanted.extend(values(request, "capabilities", CAPABILITIES)?);
    let region = request.query("regionCode");
    let pattern = request.query("numberPattern.pattern").unwrap_or_default();
    let place = request.query("numberPattern.searchPattern");
    let mut numbers: Vec<Value> = world
        .store
        .list(VENDOR, KIND)?
        .into_iter()
        .filter(|n| n["projectId"] == project)
        .filter(|n| region.is_none_or(|r| n["regionCode"] == r))
        .filter(|n| types.is_empty() || types.iter().any(|t| n["type"] == *t))
        .filter(|n| can(n, &wanted) && fits(n, pattern, place.unwrap_or("START")))
        .collect();
    let text = |n: &Value, name: &str| n[name].as_str().unwrap_or_default().to_owned();
    match request.query("orderBy") {
        None | Some("phoneNumber") => numbers.sort_by_key(|n| text(n, "phoneNumber")),
        Some("displayName") => numbers.sort_by_key(|n| text(n, "displayName")),
        Some(_) => {
            let message = "orderBy must be phoneNumber or displayName";
            return Err(errors::error(400, message));
        }
    }
    let size = match request.query("pageSize").map(str::parse::<usize>) {
        None => 20,
        Some(Ok(size)) if (1..=1000).contains(&size) => size,
        Some(_) => return Err(errors::error(400, "pageSize must be between 1 and 1000")),
    };
    // The token is the last number of the page before.
    let total = numbers.len();
    if let Some(token) = request.query("pageToken").filter(|t| !t.is_empty()) {
        let Some(at) = numbers.iter().position(|n| text(n, "phoneNumber") == token) else {
            return Err(errors::error(400, "pageToken is not one of this list"));
        };
        numbers.drain(..=at);
    }
    let more = numbers.len() > size;
    numbers.truncate(size);
    let token = match numbers.last() {
        Some(last) if more => text(last, "phoneNumber"),
        _ => String::new(),
    };
    let rows: Vec<Value> = numbers.iter().map(|n| shown(world, n)).collect();
    Ok(Reply::json(
        200,
        json!({ "activeNumbers": rows, "nextPageToken": token, "totalSize": total }),
    ))
}

/// `GET`, `PATCH …/callbackConfiguration`: the secret that signs callbacks about numbers.
pub(crate) fn callbacks(world: &mut World, request: &Request, project: &str) -> Answer {
    const SECRET: &[&str] = &["hmacSecret"];
    let kind = "callback_configuration";
    let old = world.store.get(VENDOR, kind, project)?;
    let mut found = old.unwrap_or_else(|| json!({ "id": project, "projectId": project }));
    let echo = world.settings.sinch_secrets;
    match request.method.as_str() {
        "GET" => {}
        "PATCH" => {
            let body = errors::json_body(request)?;
            let mut check = errors::check(world, &body, "", &[SECRET])
                .map_err(|p| errors::error(400, &p.message))?;
            let secret = check.text("hmacSecret", true).unwrap_or_default();
            let fits = (32..=64).contains(&secret.len())
                && secret
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-');
            if !secret.is_empty() && !fits {
                let what = "must have 32 to 64 letters, digits and hyphens";
                check.fail("hmacSecret", "invalid.value", what);
            }
            errors::settle(&check.problems)?;
            found = json!({ "id": project, "projectId": project, "hmacSecret": secret });
            found = secrets::keep(&found, SECRET, echo);
            world.store.put(VENDOR, kind, project, &found)?;
            world.effect("update", kind, project);
        }
        _ => return Err(errors::method_not_allowed(request)),
    }
    let mut out = secrets::show(&found, echo);
    if let Some(map) = out.as_object_mut() {
        map.remove("id");
    }
    Ok(Reply::json(200, out))
}
