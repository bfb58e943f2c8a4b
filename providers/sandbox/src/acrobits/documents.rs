//! A stored document and how it is read: entity tag, time of change, conditional requests.
//!
//! The publish target and the bucket share it. It must not decide who may read.

use aws_lc_rs::digest;
use base64::Engine as _;
use serde_json::{Value, json};

use crate::http::{Reply, Request};
use crate::seal::hex;
use crate::store::StoreError;
use crate::world::World;

use super::VENDOR;

/// What is kept of a document: its bytes are sealed like every object, and never shown by the admin service.
pub(crate) fn of(world: &World, id: &str, request: &Request, tag: &str) -> Value {
    let headers = [
        "content-type",
        "cache-control",
        "content-disposition",
        "content-encoding",
    ];
    let mut kept = json!({});
    for (name, value) in &request.headers {
        let name = name.as_str();
        if (headers.contains(&name) || name.starts_with("x-amz-meta-"))
            && let Ok(value) = value.to_str()
        {
            kept[name] = value.into();
        }
    }
    json!({
        "id": id, "etag": tag, "size": request.body.len(), "headers": kept, "changedMs": world.now_ms(),
        "sha256": sha256(&request.body), "content": base64::engine::general_purpose::STANDARD.encode(&request.body),
    })
}

/// SHA-256 of bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// `Thu, 26 Nov 2026 01:02:03 GMT`.
pub(crate) fn http_date(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(
        |_| String::new(),
        |t| t.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
    )
}

fn seconds_of(date: &str) -> Option<i64> {
    let time = jiff::civil::DateTime::strptime("%a, %d %b %Y %H:%M:%S GMT", date).ok()?;
    let zoned = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_second())
}

/// Whether a list of entity tags (or `*`) names this one.
fn names_tag(list: &str, tag: &str) -> bool {
    list.trim() == "*"
        || list
            .split(',')
            .any(|t| t.trim().trim_start_matches("W/").trim_matches('"') == tag)
}

/// Whether the conditions of a write hold; `old` is what there is.
pub(crate) fn may_write(request: &Request, old: Option<&Value>) -> bool {
    let tag = old.and_then(|o| o["etag"].as_str());
    let matches = request
        .header("if-match")
        .is_none_or(|list| tag.is_some_and(|t| names_tag(list, t)));
    let differs = request
        .header("if-none-match")
        .is_none_or(|list| tag.is_none_or(|t| !names_tag(list, t)));
    matches && differs
}

/// The answer to `GET` or `HEAD`: 200, 304 or 412.
pub(crate) fn answer(request: &Request, document: &Value) -> Reply {
    let tag = document["etag"].as_str().unwrap_or_default();
    let changed = document["changedMs"].as_i64().unwrap_or_default();
    let stamped = |reply: Reply| {
        reply
            .with_header("etag", format!("\"{tag}\""))
            .with_header("last-modified", http_date(changed))
    };
    if request
        .header("if-match")
        .is_some_and(|list| !names_tag(list, tag))
    {
        return stamped(Reply::empty(412));
    }
    let unchanged = match (
        request.header("if-none-match"),
        request.header("if-modified-since"),
    ) {
        (Some(list), _) => names_tag(list, tag),
        (None, Some(date)) => seconds_of(date).is_some_and(|s| changed.div_euclid(1000) <= s),
        (None, None) => false,
    };
    if unchanged {
        return stamped(Reply::empty(304));
    }
    let mut reply = stamped(Reply::empty(200));
    reply.body = content(document);
    for (name, value) in document["headers"].as_object().into_iter().flatten() {
        if let Some(value) = value.as_str() {
            reply.headers.push((name.clone().into(), value.to_owned()));
        }
    }
    reply
}

/// The bytes of a document.
pub(crate) fn content(document: &Value) -> Vec<u8> {
    let text = document["content"].as_str().unwrap_or_default();
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap_or_default()
}

/// Writes a document and says so; whether it is new.
pub(crate) fn store(
    world: &mut World,
    kind: &'static str,
    document: &Value,
    old: bool,
) -> Result<(), StoreError> {
    let id = document["id"].as_str().unwrap_or_default().to_owned();
    world.store.put(VENDOR, kind, &id, document)?;
    world.effect(if old { "update" } else { "create" }, kind, &id);
    Ok(())
}
