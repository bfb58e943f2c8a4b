//! Parameters of an operation: read from query and form, checked for presence and type, strictly.
//!
//! Scalars are texts, lists and objects one JSON text (public). It must not know what a parameter means.

use std::collections::BTreeMap;

use serde_json::Value;

use super::errors;
use crate::http::Request;
use crate::world::{Refusal, World};

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    /// A whole number in decimal.
    Integer,
    /// `true` or `false`.
    Bool,
    /// `Y` or `N`.
    Flag,
    /// A JSON text.
    Json,
}

/// One parameter of an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Param {
    pub(crate) name: &'static str,
    pub(crate) kind: Type,
    pub(crate) required: bool,
}

/// A parameter that must be there.
pub(crate) const fn must(name: &'static str, kind: Type) -> Param {
    Param {
        name,
        kind,
        required: true,
    }
}

/// A parameter that may be there.
pub(crate) const fn may(name: &'static str, kind: Type) -> Param {
    Param {
        name,
        kind,
        required: false,
    }
}

/// The parameters of one call, by their documented names.
#[derive(Debug)]
pub(crate) struct Args(BTreeMap<&'static str, Value>);

impl Args {
    /// The value as it was read, if the parameter was sent.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The text of a parameter that was sent.
    pub(crate) fn opt(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// The text of a parameter that must have been sent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.opt(name).unwrap_or_default()
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }
}

/// Left by the gateway's older days; every operation takes them, and nobody should send them.
const LEFTOVERS: &[&str] = &["OwnerId", "ResourceOwnerId", "ResourceOwnerAccount"];

/// Reads what this operation takes, or says the first thing that is wrong.
pub(crate) fn read(
    world: &mut World,
    request: &Request,
    params: &[Param],
    form: bool,
    renamed: bool,
) -> Result<Args, Refusal> {
    let sent = sent(world, request, form)?;
    let name_of = |world: &World, name: &str| {
        let names = &world.settings.chatapp.parameter_names;
        match names.get(name) {
            Some(other) if renamed => other.clone(),
            _ => name.to_owned(),
        }
    };
    let mut args = BTreeMap::new();
    let mut known = Vec::new();
    for param in params {
        let name = name_of(world, param.name);
        let value = sent.iter().find(|(n, _)| *n == name).map(|(_, v)| v);
        let empty = value.is_none_or(|v| v.is_empty());
        if param.required && empty {
            let message = format!("{name} is mandatory for this action.");
            return Err(errors::gateway(
                world,
                request,
                400,
                &format!("Missing{name}"),
                &message,
            ));
        }
        if let Some(text) = value {
            let Some(value) = typed(param.kind, text) else {
                let message = format!(
                    "Specified parameter {name} is not valid: {}.",
                    wanted(param.kind)
                );
                return Err(errors::gateway(
                    world,
                    request,
                    400,
                    &format!("Invalid{name}"),
                    &message,
                ));
            };
            args.insert(param.name, value);
        }
        known.push(name);
    }
    if world.settings.chatapp.refuse_unknown_parameters {
        for (at, (name, _)) in sent.iter().enumerate() {
            let twice = sent[..at].iter().any(|(n, _)| n == name);
            if twice || (!known.contains(name) && !LEFTOVERS.contains(&name.as_str())) {
                let what = if twice {
                    "is given twice"
                } else {
                    "does not belong to this action"
                };
                let message = format!("The parameter {name} {what}.");
                return Err(errors::gateway(
                    world,
                    request,
                    400,
                    "InvalidParameter",
                    &message,
                ));
            }
        }
    }
    Ok(Args(args))
}

/// Query and form, as they came. Only some operations have a form; the public clients disagree about which of
/// the two those use, so both are good.
fn sent(
    world: &mut World,
    request: &Request,
    form: bool,
) -> Result<Vec<(String, String)>, Refusal> {
    let mut sent = request.query.clone();
    if request.body.is_empty() {
        return Ok(sent);
    }
    let Some(pairs) = request.form() else {
        let message = "The Content-Type of the body must be application/x-www-form-urlencoded.";
        return Err(errors::gateway(
            world,
            request,
            415,
            "UnsupportedContentType",
            message,
        ));
    };
    if !form {
        let message = "The parameters of this action belong in the query string.";
        return Err(errors::gateway(
            world,
            request,
            400,
            "InvalidParameter",
            message,
        ));
    }
    sent.extend(pairs);
    Ok(sent)
}

fn typed(kind: Type, text: &str) -> Option<Value> {
    match kind {
        Type::Text => Some(text.into()),
        Type::Integer => text.parse::<i64>().ok().map(Value::from),
        // The official Python client writes `True` and `False`.
        Type::Bool => text
            .to_ascii_lowercase()
            .parse::<bool>()
            .ok()
            .map(Value::from),
        Type::Flag => matches!(text, "Y" | "N").then(|| text.into()),
        Type::Json => serde_json::from_str(text).ok(),
    }
}

fn wanted(kind: Type) -> &'static str {
    match kind {
        Type::Text => "it must be a text",
        Type::Integer => "it must be a whole number",
        Type::Bool => "it must be true or false",
        Type::Flag => "it must be Y or N",
        Type::Json => "it must be JSON",
    }
}
