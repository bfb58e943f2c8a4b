//! The publish target: documents written with `PUT`, as a web server with a writable folder has it.
//!
//! Below `/public/` everybody reads; everything else takes the credentials. It must not look into a document.

use super::{VENDOR, documents, seed};
use crate::http::{Reply, Request};
use crate::seal::sha256_hex;
use crate::world::{Answer, Refusal, World};

const KIND: &str = "published_document";

fn error(status: u16, message: &str) -> Refusal {
    let mut reply = Reply::empty(status);
    reply.content_type = "text/plain; charset=utf-8";
    reply.body = format!("{message}\n").into_bytes();
    if status == 401 {
        reply = reply.with_header("www-authenticate", "Basic realm=\"publish\"");
    }
    reply.into()
}

/// Bearer or Basic; compared by hash, as everything that is secret.
fn is_publisher(world: &World, request: &Request) -> Result<bool, Refusal> {
    let publisher = world.store.get(VENDOR, "publisher", seed::PUBLISHER)?;
    let Some(publisher) = publisher else {
        return Ok(false);
    };
    let same =
        |member: &str, given: &str| publisher[member].as_str() == Some(sha256_hex(given).as_str());
    if let Some(token) = request.bearer() {
        return Ok(same("token_sha256", token));
    }
    Ok(request.basic().is_some_and(|(user, password)| {
        user == seed::PUBLISHER && same("password_sha256", &password)
    }))
}

/// `{publish}/{key}`.
pub(crate) fn answer(world: &mut World, request: &Request) -> Answer {
    let id = request.segments.join("/");
    let odd = |s: &String| s.is_empty() || s == "." || s == ".." || s.contains('/');
    if id.is_empty() || request.slash || request.segments.iter().any(odd) {
        return Err(error(404, "no such document"));
    }
    let reading = matches!(request.method.as_str(), "GET" | "HEAD");
    let public = reading && request.segments.first().is_some_and(|s| s == "public");
    if !public && !is_publisher(world, request)? {
        return Err(error(401, "credentials are needed here"));
    }
    let old = world.store.get(VENDOR, KIND, &id)?;
    if !reading
        && world.settings.acrobits.publish_preconditions
        && !documents::may_write(request, old.as_ref())
    {
        return Err(error(412, "the document is not the one that was expected"));
    }
    match (request.method.as_str(), old) {
        ("GET" | "HEAD", Some(document)) => Ok(documents::answer(request, &document)),
        ("PUT", old) => {
            if request
                .header("content-type")
                .is_none_or(|t| t.trim().is_empty())
            {
                return Err(error(415, "a document needs a Content-Type"));
            }
            let tag = documents::sha256(&request.body);
            let tag = tag.get(..32).unwrap_or_default();
            let document = documents::of(world, &id, request, tag);
            documents::store(world, KIND, &document, old.is_some())?;
            let status = if old.is_some() { 204 } else { 201 };
            Ok(Reply::empty(status).with_header("etag", format!("\"{tag}\"")))
        }
        ("DELETE", Some(_)) => {
            world.store.delete(VENDOR, KIND, &id)?;
            world.effect("delete", KIND, &id);
            Ok(Reply::empty(204))
        }
        ("DELETE", None) if world.settings.acrobits.publish_delete_missing_status == 204 => {
            Ok(Reply::empty(204))
        }
        ("GET" | "HEAD" | "DELETE", None) => Err(error(404, "no such document")),
        _ => {
            let refusal = Reply::empty(405).with_header("allow", "GET, HEAD, PUT, DELETE");
            Err(refusal.into())
        }
    }
}
