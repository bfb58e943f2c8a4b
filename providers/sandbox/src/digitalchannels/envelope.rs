//! The answer envelope `{"status": {"code", "message"}, "data"}` and its refusals.
//!
//! The envelope is public; the refining codes are [assumed]: ten times the HTTP status plus a digit. It must
//! not echo values of a request.

use serde_json::{Value, json};

use crate::check::Problem;
use crate::http::{BodyError, Reply, Request};
use crate::world::{Refusal, World};

pub(crate) fn ok(status: u16, data: Value) -> Reply {
    Reply::json(
        status,
        json!({ "status": { "code": 0, "message": "" }, "data": data }),
    )
}

fn body(code: u32, message: &str) -> Value {
    json!({ "status": { "code": code, "message": message }, "data": {} })
}

/// A refusal with the refining code `status * 10 + digit`.
pub(crate) fn error(status: u16, digit: u32, message: &str) -> Refusal {
    Reply::json(status, body(u32::from(status) * 10 + digit, message)).into()
}

/// What a status fault answers when it names no body.
pub(crate) fn fault_body(_: &mut World, status: u16) -> Value {
    body(
        u32::from(status) * 10 + 9,
        "Service unavailable (fault of the sandbox)",
    )
}

pub(crate) fn not_found(what: &str) -> Refusal {
    error(404, 0, &format!("Not found: {what}"))
}

pub(crate) fn method_not_allowed(request: &Request) -> Refusal {
    error(
        405,
        0,
        &format!("{} is not allowed on this path", request.method),
    )
}

/// 400 with every problem of the body.
pub(crate) fn settle(problems: &[Problem]) -> Result<(), Refusal> {
    if problems.is_empty() {
        return Ok(());
    }
    let all: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
    Err(error(400, 1, &all.join("; ")))
}

/// The body as JSON, or the proper refusal.
pub(crate) fn json_body(request: &Request) -> Result<Value, Refusal> {
    request.json().map_err(|e| match e {
        BodyError::ContentType(sent) => error(
            415,
            0,
            &format!("Content-Type must be application/json, not \"{sent}\""),
        ),
        BodyError::Syntax { line, column } => error(
            400,
            2,
            &format!("The body is not valid JSON (line {line}, column {column})"),
        ),
    })
}

/// The content of a body that is wrapped in `{"data": {…}}`.
pub(crate) fn wrapped(body: &Value) -> Result<&Value, Refusal> {
    match body.as_object() {
        Some(map) if map.len() == 1 && map.get("data").is_some_and(Value::is_object) => {
            Ok(&body["data"])
        }
        _ => Err(error(
            400,
            3,
            "The body must be {\"data\": {…}} and nothing else",
        )),
    }
}
