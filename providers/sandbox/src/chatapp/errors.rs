//! The two kinds of answers: the envelope with `Code`, and the gateway's refusal with `HostId` and `Recommend`.
//!
//! Members and codes: public; which HTTP status an error about content has is not, see the settings. It must not
//! echo values of a request.

use serde_json::{Value, json};

use crate::http::{Reply, Request};
use crate::world::{Refusal, World};

/// A request id as this vendor writes them.
fn request_id(world: &mut World) -> String {
    world.context_id().to_uppercase()
}

/// A good answer: the envelope with these members added.
pub(crate) fn ok(world: &mut World, success: bool, members: Value) -> Reply {
    let mut body = json!({ "RequestId": request_id(world), "Code": "OK", "Message": "success" });
    if success {
        body["Success"] = true.into();
    }
    if let Value::Object(members) = members {
        for (name, value) in members {
            body[name] = value;
        }
    }
    Reply::json(200, body)
}

fn gateway_body(world: &mut World, host: &str, code: &str, message: &str) -> Value {
    json!({
        "RequestId": request_id(world), "HostId": host, "Code": code, "Message": message,
        "Recommend": format!("https://api.aliyun.com/troubleshoot?q={code}&product=cams"),
    })
}

fn host(request: &Request) -> String {
    request.header("host").unwrap_or("cams").to_owned()
}

/// A refusal of the gateway, before the service sees the request.
pub(crate) fn gateway(
    world: &mut World,
    request: &Request,
    status: u16,
    code: &str,
    message: &str,
) -> Refusal {
    let host = host(request);
    Reply::json(status, gateway_body(world, &host, code, message)).into()
}

/// Too many requests: the hint of how long to wait is in the headers, in milliseconds (the unit is not public).
pub(crate) fn throttled(world: &mut World, request: &Request, limit: u32, left_ms: i64) -> Refusal {
    let host = host(request);
    let hint = format!("Limit:{limit},Remain:0,TimeLeft:{left_ms}");
    let message = "Request was denied due to user flow control.";
    Reply::json(400, gateway_body(world, &host, "Throttling.User", message))
        .with_header("x-ratelimit-user-api", hint.clone())
        .with_header("x-ratelimit-user", hint)
        .into()
}

/// The caller's policies do not allow the operation.
pub(crate) fn forbidden(world: &mut World, request: &Request, action: &str) -> Refusal {
    let host = host(request);
    let message = "You are not authorized to perform this operation.";
    let mut body = gateway_body(world, &host, "Forbidden.RAM", message);
    body["AccessDeniedDetail"] = json!({
        "AuthAction": format!("cams:{action}"), "NoPermissionType": "ImplicitDeny", "PolicyType": "AccountLevelIdentityBasedPolicy",
    });
    Reply::json(403, body).into()
}

/// An error about content: the envelope with another `Code`.
pub(crate) fn business(world: &mut World, code: &str, message: &str) -> Refusal {
    let status = world.settings.chatapp.business_error_status;
    let body = json!({ "RequestId": request_id(world), "Code": code, "Message": message, "Success": false });
    Reply::json(status, body).into()
}

/// What a status fault answers when it names no body.
pub(crate) fn fault_body(world: &mut World, status: u16) -> Value {
    let (code, message) = match status {
        400..=499 => (
            "Throttling",
            "Request was denied due to request throttling (fault of the sandbox).",
        ),
        503 => (
            "ServiceUnavailable",
            "The request has failed due to a temporary failure of the server (fault of the sandbox).",
        ),
        _ => (
            "InternalError",
            "The request processing has failed due to some unknown error (fault of the sandbox).",
        ),
    };
    gateway_body(world, "cams.ap-southeast-1.aliyuncs.com", code, message)
}
