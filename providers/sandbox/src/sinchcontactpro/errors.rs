//! Refusals of RCI, and what a caller must accept and send.
//!
//! Nobody has published RCI's error bodies or statuses: both are [assumed], the shape is a setting. They must
//! not echo values of a request.

use serde_json::{Value, json};

use crate::check::{Check, Problem};
use crate::http::{BodyError, Reply, Request};
use crate::settings::ErrorShape;
use crate::world::{Refusal, World};

/// A refusal in the shape that the settings ask for.
pub(crate) fn error(world: &World, status: u16, message: &str) -> Refusal {
    let (content_type, body) = match world.settings.contactpro_errors {
        ErrorShape::Text => ("text/plain;charset=UTF-8", message.to_owned()),
        ErrorShape::Json => (
            "application/json",
            json!({ "message": message }).to_string(),
        ),
        ErrorShape::Html => (
            "text/html;charset=UTF-8",
            format!("<html><body><h1>HTTP Status {status}</h1><p>{message}</p></body></html>"),
        ),
    };
    Reply {
        status,
        headers: Vec::new(),
        content_type,
        body: body.into_bytes(),
    }
    .into()
}

/// What the API gateway before RCI answers by itself.
pub(crate) fn gateway(status: u16, message: &str) -> Reply {
    Reply::json(status, json!({ "message": message }))
}

/// What a status fault answers when it names no body.
pub(crate) fn fault_body(status: u16) -> Value {
    match status {
        429 => json!({ "message": "Too Many Requests" }),
        _ => json!({ "message": "Service unavailable (fault of the sandbox)" }),
    }
}

pub(crate) fn not_found(world: &World, what: &str) -> Refusal {
    error(world, 404, &format!("Not found: {what}"))
}

pub(crate) fn method_not_allowed(world: &World, request: &Request) -> Refusal {
    error(
        world,
        405,
        &format!("{} is not allowed on this path", request.method),
    )
}

/// `GET` is answered in JSON, `POST` with an id as text/html (public); the sandbox has no XML.
pub(crate) fn negotiate(world: &World, request: &Request) -> Result<(), Refusal> {
    let media = match request.method.as_str() {
        "GET" => "application/json",
        "POST" => "text/html",
        _ => return Ok(()),
    };
    if request.accepts(media) {
        return Ok(());
    }
    Err(error(
        world,
        406,
        &format!(
            "{} is answered as {media}; Accept must allow that",
            request.method
        ),
    ))
}

/// The body as JSON, or the proper refusal.
pub(crate) fn json_body(world: &World, request: &Request) -> Result<Value, Refusal> {
    request.json().map_err(|e| match e {
        BodyError::ContentType(sent) => error(
            world,
            415,
            &format!("Content-Type must be application/json, not \"{sent}\""),
        ),
        BodyError::Syntax { line, column } => error(
            world,
            400,
            &format!("The body is not valid JSON (line {line}, column {column})"),
        ),
    })
}

/// A `Check` of an object that has no other properties than these, unless the settings ignore others.
pub(crate) fn check<'a>(
    world: &World,
    value: &'a Value,
    at: &str,
    known: &[&[&str]],
) -> Result<Check<'a>, Refusal> {
    let mut check = Check::new(value, at).map_err(|p| error(world, 400, &p.message))?;
    if world.settings.contactpro_strict_properties {
        check.only(known);
    }
    Ok(check)
}

/// 400 with every problem of the body.
pub(crate) fn settle(world: &World, problems: &[Problem]) -> Result<(), Refusal> {
    if problems.is_empty() {
        return Ok(());
    }
    let all: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
    Err(error(world, 400, &all.join("; ")))
}
