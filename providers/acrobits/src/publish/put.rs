//! Documents of an HTTP server that takes PUT and DELETE [assumed].
//!
//! Preconditions guard what somebody else wrote: `If-None-Match: *` where there should be none, `If-Match` with the
//! last entity tag afterwards.

use trunkline_api::Diagnostic;
use trunkline_http::{Answer, Content, Endpoint, HttpError, Method, Request};

use super::{Document, Expect, Place, Trouble, somebody_elses};
use crate::Client;
use crate::client::encoded;

fn endpoint(client: &Client) -> Result<(Endpoint, Option<trunkline_http::Auth>), Trouble> {
    client.put().ok_or_else(|| {
        let text = "The provider block has no publish_url.";
        Diagnostic::error("Missing Provider Argument", text).into()
    })
}

fn request(client: &Client, method: Method, key: &str) -> Result<Request, Trouble> {
    let (endpoint, auth) = endpoint(client)?;
    let request = endpoint.request(method, encoded(key));
    let request = request.without_quoting().answered_by(Content::Any);
    Ok(match auth {
        Some(auth) => request.auth(auth),
        None => request,
    })
}

/// A GET without credentials.
pub(super) fn unsigned(client: &Client, key: &str) -> Result<Request, Trouble> {
    let request = endpoint(client)?.0.get(encoded(key));
    Ok(request.without_quoting().answered_by(Content::Any))
}

/// The error of a page that says success, where the document says otherwise. A page alone tells nothing: some servers
/// answer a change with one, and so does a proxy that has changed nothing.
fn not_done(answer: &Answer) -> HttpError {
    answer.malformed("it is a page, and nothing was changed")
}

pub(super) async fn write(
    client: &Client,
    document: &Document,
    expect: &Expect,
) -> Result<Option<String>, Trouble> {
    let key = &document.key;
    let request = request(client, Method::PUT, key)?;
    let request = request.bytes(document.content_type, document.bytes.clone());
    let request = match document.cache {
        Some(cache) => request.header("cache-control", cache),
        None => request,
    };
    let request = match expect {
        Expect::Absent => request.header("if-none-match", "*"),
        Expect::Ours(Some(etag)) => request.header("if-match", etag.clone()),
        Expect::Ours(None) => request,
    };
    let doing = |e: HttpError| e.doing(format!("Publishing {key:?}"));
    let answer = request.send_any().await.map_err(doing)?;
    if answer.is_success() && answer.is_page() {
        return match Place::Http(client).look(key).await? {
            Some(seen) if seen.hash == document.hash() => Ok(seen.etag),
            _ => Err(doing(not_done(&answer)).into()),
        };
    }
    if answer.is_success() {
        return Ok(answer.header("etag").map(str::to_owned));
    }
    if answer.status() != 412 {
        return Err(doing(answer.into_error()).into());
    }
    // Perhaps an earlier try arrived whose answer was lost.
    match Place::Http(client).look(key).await? {
        Some(seen) if seen.hash == document.hash() => Ok(seen.etag),
        _ => Err(somebody_elses(key, expect)),
    }
}

pub(super) async fn fetch(
    client: &Client,
    key: &str,
) -> Result<Option<(Vec<u8>, Option<String>)>, Trouble> {
    let request = request(client, Method::GET, key)?;
    match request.answered_by(Content::Text).send().await {
        Ok(answer) => Ok(Some((
            answer.bytes().to_vec(),
            answer.header("etag").map(str::to_owned),
        ))),
        Err(e) if e.is_not_found() => Ok(None),
        Err(e) => Err(e.doing(format!("Reading {key:?}")).into()),
    }
}

pub(super) async fn remove(client: &Client, key: &str) -> Result<(), Trouble> {
    let doing = |e: HttpError| e.doing(format!("Removing {key:?}"));
    match request(client, Method::DELETE, key)?.send().await {
        Ok(answer) if answer.is_page() => match fetch(client, key).await? {
            Some(_) => Err(doing(not_done(&answer)).into()),
            None => Ok(()),
        },
        Err(e) if !e.is_not_found() => Err(doing(e).into()),
        _ => Ok(()),
    }
}
