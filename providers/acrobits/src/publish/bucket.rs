//! Objects of an S3-compatible bucket: path style or the bucket in the host, signed requests.
//!
//! Each object's metadata has the hash of its content, so that a HEAD tells whether it is the one that was published.

use trunkline_api::Diagnostic;
use trunkline_http::{Content, Endpoint, HttpError, Method, Request};

use super::{Document, Expect, Seen, Trouble, sha256, somebody_elses};
use crate::Client;

/// The metadata with the hash.
const HASH: &str = "x-amz-meta-sha256";

fn endpoint(client: &Client) -> Result<(Endpoint, trunkline_http::Auth), Trouble> {
    client.s3().ok_or_else(|| {
        let text = "The provider block has no s3_endpoint or s3_bucket.";
        Diagnostic::error("Missing Provider Argument", text).into()
    })
}

fn request(client: &Client, method: Method, key: &str) -> Result<Request, Trouble> {
    let (endpoint, auth) = endpoint(client)?;
    let request = endpoint.request(method, client.s3_path(key));
    Ok(request
        .without_quoting()
        .answered_by(Content::Text)
        .auth(auth))
}

/// A GET without a signature.
pub(super) fn unsigned(client: &Client, key: &str) -> Result<Request, Trouble> {
    let (endpoint, _) = endpoint(client)?;
    let request = endpoint.get(client.s3_path(key));
    Ok(request.without_quoting().answered_by(Content::Any))
}

pub(super) async fn write(
    client: &Client,
    document: &Document,
    expect: &Expect,
) -> Result<Option<String>, Trouble> {
    let (key, hash) = (&document.key, document.hash());
    if matches!(expect, Expect::Absent)
        && let Some(seen) = look(client, key).await?
    {
        if seen.hash != hash {
            return Err(somebody_elses(key, expect));
        }
        return Ok(None);
    }
    let request = request(client, Method::PUT, key)?;
    let request = request.bytes(document.content_type, document.bytes.clone());
    let request = request.header(HASH, hash);
    let request = match document.cache {
        Some(cache) => request.header("cache-control", cache),
        None => request,
    };
    let doing = |e: HttpError| e.doing(format!("Publishing {key:?}"));
    request.send().await.map_err(doing)?;
    Ok(None)
}

pub(super) async fn look(client: &Client, key: &str) -> Result<Option<Seen>, Trouble> {
    let hash = match request(client, Method::HEAD, key)?.send().await {
        Ok(answer) => answer.header(HASH).map(str::to_owned),
        Err(e) if e.is_not_found() => return Ok(None),
        Err(e) => return Err(e.doing(format!("Reading {key:?}")).into()),
    };
    let hash = match hash {
        Some(hash) => hash,
        // Written by somebody else: only its content tells.
        None => match fetch(client, key).await? {
            Some((bytes, _)) => sha256(&bytes),
            None => return Ok(None),
        },
    };
    Ok(Some(Seen { hash, etag: None }))
}

pub(super) async fn fetch(
    client: &Client,
    key: &str,
) -> Result<Option<(Vec<u8>, Option<String>)>, Trouble> {
    match request(client, Method::GET, key)?.send().await {
        Ok(answer) => Ok(Some((answer.bytes().to_vec(), None))),
        Err(e) if e.is_not_found() => Ok(None),
        Err(e) => Err(e.doing(format!("Reading {key:?}")).into()),
    }
}

pub(super) async fn remove(client: &Client, key: &str) -> Result<(), Trouble> {
    match request(client, Method::DELETE, key)?.send().await {
        Err(e) if !e.is_not_found() => Err(e.doing(format!("Removing {key:?}")).into()),
        _ => Ok(()),
    }
}
