//! Acrobits Cloud Softphone has no management API: what a customer publishes to, and what an app calls.
//!
//! Three services: `publish` (HTTP `PUT`), `s3` (a bucket service), `app` (live endpoints). It must not share
//! anything with the provider that it judges.

pub(crate) mod apps;
mod documents;
mod publish;
mod s3;
pub(crate) mod seed;
pub(crate) mod settings;
mod sigv4;

use serde_json::{Value, json};

use crate::http::{Reply, Request};
use crate::world::{Answer, World};

/// The vendor's name in the store.
pub(crate) const VENDOR: &str = "acrobits";

/// Answers a request to one of the three services.
pub(crate) fn answer(world: &mut World, request: &Request) -> Answer {
    match request.service {
        "acrobits.publish" => publish::answer(world, request),
        "acrobits.s3" => s3::answer(world, request),
        _ => apps::answer(world, request),
    }
}

/// What a status fault answers when it names no body.
pub(crate) fn fault_reply(world: &mut World, service: &str, status: u16) -> Reply {
    if service == "acrobits.s3" {
        let code = if status == 503 {
            "SlowDown"
        } else {
            "InternalError"
        };
        return s3::error(
            world,
            status,
            code,
            "Please try again (fault of the sandbox).",
        );
    }
    Reply::json(
        status,
        json!({ "message": "please try again (fault of the sandbox)" }),
    )
}

/// What the admin service may show of an object: no content of documents, no password of a user.
pub(crate) fn shown(mut object: Value) -> Value {
    if let Some(map) = object.as_object_mut() {
        map.remove("content");
        if let Some(Value::String(password)) = map.remove("sipPassword") {
            map.insert(
                "sipPassword_sha256".into(),
                crate::seal::sha256_hex(&password).into(),
            );
        }
    }
    object
}
