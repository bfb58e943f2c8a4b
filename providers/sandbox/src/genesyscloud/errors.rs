//! `ErrorBody`, the platform's error shape, and the refusals that every endpoint shares.
//!
//! Members and codes: public API definition. It must not echo values of a request.

use serde_json::{Value, json};

use crate::check::{Check, Problem};
use crate::http::{BodyError, Reply, Request};
use crate::world::{Refusal, World};

/// An `ErrorBody` with a correlation id.
pub(crate) fn error(world: &mut World, status: u16, code: &str, message: &str) -> Refusal {
    Reply::json(status, body(world, status, code, message)).into()
}

fn body(world: &mut World, status: u16, code: &str, message: &str) -> Value {
    json!({
        "message": message, "code": code, "status": status, "contextId": world.context_id(),
        "messageParams": {}, "details": [], "errors": [],
    })
}

/// What a status fault answers when it names no body.
pub(crate) fn fault_body(world: &mut World, status: u16) -> Value {
    body(
        world,
        status,
        "fault.injected",
        "The service is unavailable (fault of the sandbox).",
    )
}

pub(crate) fn not_found(world: &mut World, what: &str) -> Refusal {
    error(
        world,
        404,
        "not.found",
        &format!("The requested resource was not found: {what}"),
    )
}

pub(crate) fn method_not_allowed(world: &mut World, request: &Request) -> Refusal {
    error(
        world,
        405,
        "method.not.allowed",
        &format!("{} is not allowed on this path", request.method),
    )
}

pub(crate) fn bad_request(world: &mut World, code: &str, message: &str) -> Refusal {
    error(world, 400, code, message)
}

/// 400 with every problem of the body in `details`.
pub(crate) fn refuse(world: &mut World, problems: &[Problem]) -> Refusal {
    let (code, message) = match problems {
        [one] => (one.code, one.message.clone()),
        _ => (
            "bad.request",
            problems
                .iter()
                .map(|p| p.message.as_str())
                .collect::<Vec<_>>()
                .join("; "),
        ),
    };
    let mut body = body(world, 400, code, &message);
    body["details"] = problems
        .iter()
        .map(|p| json!({ "errorCode": p.code, "fieldName": p.field }))
        .collect::<Vec<_>>()
        .into();
    Reply::json(400, body).into()
}

/// Ends with a refusal when a check found problems.
pub(crate) fn settle(world: &mut World, problems: &[Problem]) -> Result<(), Refusal> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(refuse(world, problems))
    }
}

/// The body as JSON, or the proper refusal.
pub(crate) fn json_body(world: &mut World, request: &Request) -> Result<Value, Refusal> {
    request.json().map_err(|e| match e {
        BodyError::ContentType(sent) => error(
            world,
            415,
            "unsupported.media.type",
            &format!("Content-Type must be application/json, not \"{sent}\""),
        ),
        BodyError::Syntax { line, column } => bad_request(
            world,
            "bad.request",
            &format!("The request body is not valid JSON (line {line}, column {column})"),
        ),
    })
}

/// A `Check` of the body, or the refusal that it is no object.
pub(crate) fn check<'a>(world: &mut World, body: &'a Value) -> Result<Check<'a>, Refusal> {
    Check::new(body, "").map_err(|problem| refuse(world, &[problem]))
}

/// Query parameters outside the documented ones are mistakes.
pub(crate) fn only_query(
    world: &mut World,
    request: &Request,
    allowed: &[&str],
) -> Result<(), Refusal> {
    match request
        .query
        .iter()
        .find(|(name, _)| !allowed.contains(&name.as_str()))
    {
        Some((name, _)) => {
            let message = format!("The query parameter \"{name}\" is not known here");
            Err(bad_request(world, "invalid.query.param.value", &message))
        }
        None => Ok(()),
    }
}
