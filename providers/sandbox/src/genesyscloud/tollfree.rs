//! Toll-free numbers of the SMS Aggregation product: list, search, order. No update, no release.
//!
//! Paths (one with, one without a trailing slash) and the order's body: reference document. Answers, errors
//! and which permission is needed: [assumed]. It must not keep the webhook password, only its hash.

use serde_json::{Value, json};

use super::caller::Caller;
use super::{VENDOR, errors};
use crate::check::{Check, Problem};
use crate::http::{Reply, Request};
use crate::seal::sha256_hex;
use crate::settings::ListShape;
use crate::world::{Answer, World};

/// Everything below `…/provisioning/tollfreenumbers`, slash-strict.
pub(crate) fn route(
    world: &mut World,
    request: &Request,
    caller: &Caller,
    rest: &[&str],
) -> Answer {
    let (list, available) = (
        rest.is_empty() && request.slash,
        rest == ["available"] && !request.slash,
    );
    if !list && !available {
        let what = "the path (the list ends with a slash, the search does not)";
        return Err(errors::not_found(world, what));
    }
    let method = request.method.as_str();
    if !(method == "GET" || list && method == "POST") {
        return Err(errors::method_not_allowed(world, request));
    }
    caller.require(world, &["messagingProvisioning:*:*"])?;
    errors::only_query(world, request, &[])?;
    if method == "POST" {
        return order(world, request);
    }
    let kind = if list {
        "tollfree_number"
    } else {
        "available_number"
    };
    let numbers = world.store.list(VENDOR, kind)?;
    let body = match world.settings.tollfree_list_shape {
        ListShape::Objects => numbers.iter().map(render).collect(),
        ListShape::Entities => {
            json!({ "entities": numbers.iter().map(render).collect::<Vec<_>>() })
        }
        ListShape::Strings => numbers
            .iter()
            .map(|n| n["tollfreeNumber"].clone())
            .collect(),
    };
    Ok(Reply::json(200, body))
}

fn render(number: &Value) -> Value {
    let mut out = number.clone();
    if let Some(map) = out.as_object_mut() {
        map.remove("id");
        map.remove("webhookPassword_sha256");
    }
    out
}

/// Digits without `+` and without the country code 1.
fn digits(number: &str) -> Option<String> {
    let bare = number.strip_prefix('+').unwrap_or(number);
    let bare = if bare.len() == 11 {
        bare.strip_prefix('1').unwrap_or(bare)
    } else {
        bare
    };
    (bare.len() == 10 && bare.bytes().all(|b| b.is_ascii_digit())).then(|| bare.to_owned())
}

/// All numbers of one order are bought, or none.
fn order(world: &mut World, request: &Request) -> Answer {
    let body = errors::json_body(world, request)?;
    let Some(items) = body.as_array().filter(|items| !items.is_empty()) else {
        let message = "the body must be a JSON array of at least one order";
        return Err(errors::bad_request(world, "bad.request", message));
    };
    let mut orders: Vec<(String, Value)> = Vec::new();
    let mut problems = Vec::new();
    for (i, item) in items.iter().enumerate() {
        match parse(item, &format!("[{i}]")) {
            Ok(order) if orders.iter().any(|(number, _)| *number == order.0) => {
                problems.push(Problem {
                    field: format!("[{i}].tollfreeNumber"),
                    code: "invalid.value",
                    message: format!("[{i}].tollfreeNumber is ordered twice"),
                })
            }
            Ok(order) => orders.push(order),
            Err(found) => problems.extend(found),
        }
    }
    errors::settle(world, &problems)?;
    let mut bought = Vec::new();
    for (number, order) in orders {
        if world
            .store
            .get(VENDOR, "tollfree_number", &number)?
            .is_some()
        {
            let message = format!("The number {number} has been ordered already");
            return Err(errors::error(world, 409, "general.conflict", &message));
        }
        if !world.store.delete(VENDOR, "available_number", &number)? {
            let message = format!("The number {number} is not available");
            return Err(errors::bad_request(world, "invalid.value", &message));
        }
        world
            .store
            .put(VENDOR, "tollfree_number", &number, &order)?;
        world.effect("purchase", "tollfree_number", &number);
        bought.push(render(&order));
    }
    Ok(Reply::json(200, bought.into()))
}

fn parse(item: &Value, at: &str) -> Result<(String, Value), Vec<Problem>> {
    let mut check = Check::new(item, at).map_err(|p| vec![p])?;
    check.only(&[&[
        "tollfreeNumber",
        "comment",
        "moUrl",
        "drUrl",
        "webhookUsername",
        "webhookPassword",
        "emailAddress",
    ]]);
    let number = check.text("tollfreeNumber", true);
    let number = number.and_then(|text| {
        let number = digits(text);
        if number.is_none() {
            check.fail("tollfreeNumber", "invalid.value", "must have ten digits");
        }
        number
    });
    let comment = check.text("comment", false);
    let (mo, dr) = (check.url("moUrl", true), check.url("drUrl", true));
    let user = check.uuid("webhookUsername", true);
    let password = check.text("webhookPassword", true);
    let email = check.text("emailAddress", false);
    if email.is_some_and(|e| !e.contains('@')) {
        check.fail("emailAddress", "invalid.value", "must be an e-mail address");
    }
    let (Some(number), true) = (number, check.problems.is_empty()) else {
        return Err(check.problems);
    };
    let mut order = json!({ "id": number, "tollfreeNumber": number, "moUrl": mo, "drUrl": dr, "webhookUsername": user,
                            "webhookPassword_sha256": sha256_hex(password.unwrap_or_default()) });
    for (member, value) in [("comment", comment), ("emailAddress", email)] {
        if let Some(value) = value {
            order[member] = value.into();
        }
    }
    Ok((number, order))
}
