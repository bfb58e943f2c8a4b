//! The three shapes of errors: `google.rpc.Status` in `error`, the SMS API's `code` and `text`, OAuth's.
//!
//! Shapes: public; status words where none is published: [assumed]. They must not echo values of a request.

use serde_json::{Value, json};

use crate::check::{Check, Problem};
use crate::http::{BodyError, Reply, Request};
use crate::world::{Refusal, World};

fn word(status: u16) -> &'static str {
    match status {
        400 | 405 | 415 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ALREADY_EXISTS",
        429 => "RESOURCE_EXHAUSTED",
        501 => "UNIMPLEMENTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "callers build the value in place"
)]
fn body(code: u16, status: &str, message: &str, details: Value) -> Value {
    json!({ "error": { "code": code, "message": message, "status": status, "details": details } })
}

/// A refusal with the usual word of its status.
pub(crate) fn error(status: u16, message: &str) -> Refusal {
    reply(status, message).into()
}

/// The same before it becomes a refusal.
pub(crate) fn reply(status: u16, message: &str) -> Reply {
    Reply::json(status, body(status, word(status), message, json!([])))
}

/// 400 because of what is there already, not because of the body alone.
pub(crate) fn precondition(message: &str) -> Refusal {
    Reply::json(400, body(400, "FAILED_PRECONDITION", message, json!([]))).into()
}

/// What a status fault answers when it names no body.
pub(crate) fn fault_body(service: &str, status: u16) -> Value {
    let text = "Service unavailable (fault of the sandbox)";
    if service.contains(".sms.") || service.contains(".zt.") {
        json!({ "code": "fault_injected", "text": text })
    } else {
        body(status, word(status), text, json!([]))
    }
}

pub(crate) fn not_found(what: &str) -> Refusal {
    let details = json!([{ "type": "ResourceInfo", "resourceType": what, "resourceName": "", "owner": "", "description": "" }]);
    let message = format!("Not found: {what} (or it lives in another region)");
    Reply::json(404, body(404, "NOT_FOUND", &message, details)).into()
}

pub(crate) fn method_not_allowed(request: &Request) -> Refusal {
    error(
        405,
        &format!("{} is not allowed on this path", request.method),
    )
}

/// 400 with the fields that are wrong.
pub(crate) fn settle(problems: &[Problem]) -> Result<(), Refusal> {
    if problems.is_empty() {
        return Ok(());
    }
    let all: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
    let violations: Vec<Value> = problems
        .iter()
        .map(|p| json!({ "field": p.field, "description": p.message }))
        .collect();
    let details = json!([{ "type": "BadRequest", "fieldViolations": violations }]);
    Err(Reply::json(400, body(400, "INVALID_ARGUMENT", &all.join("; "), details)).into())
}

/// The body as a JSON object, or the proper refusal.
pub(crate) fn json_body(request: &Request) -> Result<Value, Refusal> {
    let value = request.json().map_err(|e| match e {
        BodyError::ContentType(sent) => error(
            415,
            &format!("Content-Type must be application/json, not \"{sent}\""),
        ),
        BodyError::Syntax { line, column } => error(
            400,
            &format!("The body is not valid JSON (line {line}, column {column})"),
        ),
    })?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(error(400, "The body must be an object"))
    }
}

/// A `Check` that refuses other members than these, unless the settings ignore them.
pub(crate) fn check<'a>(
    world: &World,
    value: &'a Value,
    at: &str,
    known: &[&[&str]],
) -> Result<Check<'a>, Problem> {
    let mut check = Check::new(value, at)?;
    if world.settings.sinch_strict_fields {
        check.only(known);
    }
    Ok(check)
}

/// Query parameters outside the documented ones are mistakes.
pub(crate) fn only_query(request: &Request, allowed: &[&str]) -> Result<(), Refusal> {
    match request
        .query
        .iter()
        .find(|(name, _)| !allowed.contains(&name.as_str()))
    {
        Some((name, _)) => Err(error(
            400,
            &format!("The query parameter \"{name}\" is not known here"),
        )),
        None => Ok(()),
    }
}

/// A refusal of the SMS API.
pub(crate) fn sms(status: u16, code: &str, text: &str) -> Refusal {
    Reply::json(status, json!({ "code": code, "text": text })).into()
}
