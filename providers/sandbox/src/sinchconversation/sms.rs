//! The SMS API: routes, authentication by service plan or by project, and pages by number.
//!
//! Two kinds of hosts: the plan's (`{region}.sms…`, API token) and the project's (`zt.{region}.sms…`, access
//! token). It must not deliver anything.

use serde_json::{Value, json};

use super::{access, batches, errors, groups};
use crate::http::{Reply, Request};
use crate::world::{Answer, Refusal, World};

/// `/xms/v1/{service plan or project}/…`.
pub(crate) fn route(
    world: &mut World,
    request: &Request,
    region: &str,
    by_project: bool,
) -> Answer {
    let all = request.seg();
    let ["xms", "v1", owner, rest @ ..] = all.as_slice() else {
        return Err(errors::sms(404, "not_found", "No such path"));
    };
    if by_project {
        access::project(world, request, owner).map_err(|refusal| match refusal {
            Refusal::Reply(reply) => in_shape(*reply),
            other => other,
        })?;
    } else {
        access::service_plan(world, request, region, owner)?;
    }
    // Groups and batches of a plan, or of a project in a region.
    let parent = format!("{region}/{owner}");
    match rest {
        ["groups", rest @ ..] => groups::route(world, request, &parent, rest),
        ["batches", rest @ ..] => batches::route(world, request, &parent, rest),
        [list @ ("inbounds" | "delivery_reports")] if request.method == "GET" => {
            page(request, list, &[], Vec::new())
        }
        _ => Err(errors::sms(404, "not_found", "No such path")),
    }
}

/// A refusal of the access check in the words of this API; headers stay.
fn in_shape(mut reply: Reply) -> Refusal {
    let (code, text) = match reply.status {
        401 => ("unauthorized", "Unknown or expired access token"),
        429 => ("too_many_requests", "Too many requests"),
        _ => ("forbidden", "No access to this project"),
    };
    reply.body = json!({ "code": code, "text": text })
        .to_string()
        .into_bytes();
    reply.into()
}

/// The body as a JSON object, or the proper refusal.
pub(crate) fn json_body(request: &Request) -> Result<Value, Refusal> {
    match request.json() {
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err(errors::sms(
            400,
            "syntax_invalid_json",
            "The body must be an object",
        )),
        Err(crate::http::BodyError::ContentType(_)) => Err(errors::sms(
            415,
            "unsupported_media_type",
            "Content-Type must be application/json",
        )),
        Err(crate::http::BodyError::Syntax { line, column }) => Err(errors::sms(
            400,
            "syntax_invalid_json",
            &format!("Not valid JSON (line {line}, column {column})"),
        )),
    }
}

/// 400 with every problem of a body.
pub(crate) fn settle(problems: &[crate::check::Problem]) -> Result<(), Refusal> {
    if problems.is_empty() {
        return Ok(());
    }
    let all: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
    Err(errors::sms(
        400,
        "syntax_constraint_violation",
        &all.join("; "),
    ))
}

/// Digits of a number in any of the usual forms; the API answers without `+`.
pub(crate) fn digits(text: &str) -> Option<String> {
    let bare = text.strip_prefix('+').unwrap_or(text);
    let fits = (5..=15).contains(&bare.len()) && bare.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| bare.to_owned())
}

/// One page, from 0; `page_size` is at most 100, and 30 by default.
pub(crate) fn page(request: &Request, name: &str, filters: &[&str], rows: Vec<Value>) -> Answer {
    let mut number = 0;
    let mut size = 30;
    for (parameter, value) in &request.query {
        let parsed = value.parse::<usize>().ok();
        match (parameter.as_str(), parsed) {
            ("page", Some(n)) => number = n,
            ("page_size", Some(n)) if (1..=100).contains(&n) => size = n,
            (other, _) if filters.contains(&other) => {}
            _ => {
                let text = format!("{parameter} is not known here or has no good value");
                return Err(errors::sms(400, "syntax_invalid_parameter_format", &text));
            }
        }
    }
    let count = rows.len();
    let rows: Vec<Value> = rows
        .into_iter()
        .skip(number.saturating_mul(size))
        .take(size)
        .collect();
    let mut body = json!({ "count": count, "page": number, "page_size": rows.len() });
    body[name] = rows.into();
    Ok(Reply::json(200, body))
}
