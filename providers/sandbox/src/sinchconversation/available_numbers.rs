//! Numbers for rent: regions, search, look-up, rent one, rent any.
//!
//! Calls and members: public; prices and the numbers themselves are made up. Renting costs money, so it is an
//! effect of its own in the log.

use serde_json::{Value, json};

use super::{VENDOR, active_numbers, errors};
use crate::http::{Reply, Request};
use crate::world::{Answer, Refusal, World};

const KIND: &str = "available_number";

pub(crate) const TYPES: &[&str] = &["MOBILE", "LOCAL", "TOLL_FREE"];

pub(crate) const CAPABILITIES: &[&str] = &["SMS", "VOICE"];

/// How a search matches digits.
const PATTERNS: &[&str] = &["START", "CONTAIN", "END"];

fn get_only(request: &Request) -> Result<(), Refusal> {
    match request.method.as_str() {
        "GET" => Ok(()),
        _ => Err(errors::method_not_allowed(request)),
    }
}

/// All values of a repeated query parameter that must be known.
pub(crate) fn values<'a>(
    request: &'a Request,
    name: &str,
    known: &[&str],
) -> Result<Vec<&'a str>, Refusal> {
    let values: Vec<&str> = request
        .query
        .iter()
        .filter(|(n, _)| n == name)
        .flat_map(|(_, v)| v.split(','))
        .collect();
    if values.iter().any(|v| !known.contains(v)) {
        let message = format!("{name} must be one of {}", known.join(", "));
        return Err(errors::error(400, &message));
    }
    Ok(values)
}

/// A pattern of digits and where they must be.
pub(crate) fn fits(number: &Value, pattern: &str, place: &str) -> bool {
    let number = number["phoneNumber"].as_str().unwrap_or_default();
    let bare = pattern.trim_start_matches('+');
    match place {
        "START" => number.trim_start_matches('+').starts_with(bare),
        "END" => number.ends_with(bare),
        _ => number.contains(bare),
    }
}

/// Whether a number has all of these capabilities.
pub(crate) fn can(number: &Value, capabilities: &[&str]) -> bool {
    capabilities.iter().all(|wanted| {
        number["capability"]
            .as_array()
            .is_some_and(|have| have.iter().any(|c| c == wanted))
    })
}

/// `GET …/availableRegions?types=`.
pub(crate) fn regions(world: &mut World, request: &Request) -> Answer {
    get_only(request)?;
    errors::only_query(request, &["types"])?;
    let types = values(request, "types", TYPES)?;
    let mut regions: Vec<Value> = Vec::new();
    for number in world.store.list(VENDOR, KIND)? {
        let kind = &number["type"];
        if !types.is_empty() && !types.iter().any(|t| kind == t) {
            continue;
        }
        let known = regions
            .iter_mut()
            .find(|r| r["regionCode"] == number["regionCode"]);
        match known {
            Some(region) => {
                if let Some(list) = region["types"].as_array_mut()
                    && !list.contains(kind)
                {
                    list.push(kind.clone());
                }
            }
            None => regions.push(json!({
                "regionCode": number["regionCode"], "regionName": number["regionName"], "types": [kind],
            })),
        }
    }
    Ok(Reply::json(200, json!({ "availableRegions": regions })))
}

fn render(number: &Value) -> Value {
    let mut out = number.clone();
    if let Some(map) = out.as_object_mut() {
        map.remove("id");
        map.remove("regionName");
    }
    out
}

/// `GET …/availableNumbers?regionCode=&type=…`: one page.
pub(crate) fn search(world: &mut World, request: &Request) -> Answer {
    get_only(request)?;
    let known = [
        "regionCode",
        "type",
        "capabilities",
        "numberPattern.pattern",
        "numberPattern.searchPattern",
        "size",
    ];
    errors::only_query(request, &known)?;
    let Some(region) = request.query("regionCode").filter(|r| !r.is_empty()) else {
        return Err(errors::error(400, "regionCode is required"));
    };
    let types = values(request, "type", TYPES)?;
    // MOBILE when omitted (public).
    let kind = types.first().copied().unwrap_or("MOBILE");
    let capabilities = values(request, "capabilities", CAPABILITIES)?;
    let place = values(request, "numberPattern.searchPattern", PATTERNS)?;
    let place = place.first().copied().unwrap_or("START");
    let pattern = request.query("numberPattern.pattern").unwrap_or_default();
    let size = match request.query("size") {
        None => 10,
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| errors::error(400, "size must be a whole number"))?,
    };
    let numbers = world.store.list(VENDOR, KIND)?;
    let found: Vec<Value> = numbers
        .iter()
        .filter(|n| n["regionCode"] == region && n["type"] == kind)
        .filter(|n| can(n, &capabilities) && fits(n, pattern, place))
        .take(size)
        .map(render)
        .collect();
    Ok(Reply::json(200, json!({ "availableNumbers": found })))
}

/// `GET …/availableNumbers/{number}`.
pub(crate) fn read(world: &mut World, request: &Request, number: &str) -> Answer {
    get_only(request)?;
    errors::only_query(request, &[])?;
    match world.store.get(VENDOR, KIND, number)? {
        Some(found) => Ok(Reply::json(200, render(&found))),
        None => Err(errors::not_found("availableNumber")),
    }
}

/// `POST …/availableNumbers/{number}:rent`.
pub(crate) fn rent(world: &mut World, request: &Request, project: &str, number: &str) -> Answer {
    if request.method != "POST" {
        return Err(errors::method_not_allowed(request));
    }
    let body = if request.body.is_empty() {
        json!({})
    } else {
        errors::json_body(request)?
    };
    let problems = active_numbers::problems(world, &body, &["phoneNumber"], &[]);
    errors::settle(&problems)?;
    let Some(found) = world.store.get(VENDOR, KIND, number)? else {
        return Err(errors::not_found("availableNumber"));
    };
    take(world, project, &found, &body)
}

/// `POST …/availableNumbers:rentAny`: US local numbers only (public).
pub(crate) fn rent_any(world: &mut World, request: &Request, project: &str) -> Answer {
    if request.method != "POST" {
        return Err(errors::method_not_allowed(request));
    }
    let body = errors::json_body(request)?;
    let own: &[&str] = &[
        "regionCode",
        "type",
        "numberPattern",
        "capabilities",
        "capability",
    ];
    let mut problems = active_numbers::problems(world, &body, own, &["regionCode", "type"]);
    if body["regionCode"] != "US" || body["type"] != "LOCAL" {
        problems.push(crate::check::Problem {
            field: "regionCode".to_owned(),
            code: "invalid.value",
            message: "rentAny is for regionCode US and type LOCAL only".to_owned(),
        });
    }
    errors::settle(&problems)?;
    let wanted: Vec<&str> = ["capabilities", "capability"]
        .iter()
        .flat_map(|name| body[*name].as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    let pattern = body["numberPattern"]["pattern"]
        .as_str()
        .unwrap_or_default();
    let place = body["numberPattern"]["searchPattern"].as_str();
    let place = place.unwrap_or("START");
    let numbers = world.store.list(VENDOR, KIND)?;
    let found = numbers.iter().find(|n| {
        n["regionCode"] == "US"
            && n["type"] == "LOCAL"
            && can(n, &wanted)
            && fits(n, pattern, place)
    });
    match found {
        Some(found) => take(world, project, found, &body),
        None => Err(errors::not_found("availableNumber")),
    }
}

/// Moves a number from the pool to a project.
fn take(world: &mut World, project: &str, number: &Value, body: &Value) -> Answer {
    let id = number["phoneNumber"].as_str().unwrap_or_default();
    let active = active_numbers::rented(world, project, number, body)?;
    world.store.delete(VENDOR, KIND, id)?;
    world.store.put(VENDOR, "active_number", id, &active)?;
    world.effect("purchase", "active_number", id);
    let shown = active_numbers::after_change(world, &Value::Null, &active);
    Ok(Reply::json(200, shown))
}
