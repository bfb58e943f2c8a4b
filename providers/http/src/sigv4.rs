//! Signs requests to S3-compatible buckets: AWS's signature version 4, the whole payload in one piece.
//!
//! The computation is pure; the clock is given. It knows no bucket and sends nothing.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::{digest, hmac};
use reqwest::header::{AUTHORIZATION, HeaderName};
use secrecy::ExposeSecret;
use trunkline_api::BoxFuture;

use crate::{Credentials, HttpError, SignedHeaders, Signer, Unsigned, percent_encoded};

/// What of a request is signed besides its payload.
struct Canonical<'r> {
    method: &'r str,
    /// Percent-encoded, as it is sent.
    path: &'r str,
    /// Not encoded yet.
    query: &'r [(String, String)],
    /// Names in lower case.
    headers: Vec<(&'r str, &'r str)>,
}

/// Signs with an access key: its id and secret are the first two credentials.
pub struct BucketSigner {
    credentials: Arc<Credentials>,
    region: String,
    /// The time as `yyyyMMddTHHmmssZ`.
    now: Arc<dyn Fn() -> String + Send + Sync>,
}

impl BucketSigner {
    /// A signer for the service `s3` of a region; `now` tells the time in UTC as `yyyyMMddTHHmmssZ`.
    #[must_use]
    pub fn new(
        credentials: Arc<Credentials>,
        region: impl Into<String>,
        now: impl Fn() -> String + Send + Sync + 'static,
    ) -> Arc<BucketSigner> {
        Arc::new(BucketSigner {
            credentials,
            region: region.into(),
            now: Arc::new(now),
        })
    }
}

impl Signer for BucketSigner {
    fn sign<'a>(
        &'a self,
        request: Unsigned<'a>,
    ) -> BoxFuture<'a, Result<SignedHeaders, HttpError>> {
        Box::pin(async move {
            let (id, secret) = (
                self.credentials.get(0).await?,
                self.credentials.get(1).await?,
            );
            let time = (self.now)();
            let hash = hex(digest::digest(&digest::SHA256, request.body).as_ref());
            let mut headers = vec![("host", request.host)];
            headers.extend(request.headers.iter().map(|(n, v)| (*n, v.as_str())));
            headers.extend(request.content_type.map(|kind| ("content-type", kind)));
            headers.push(("x-amz-content-sha256", &hash));
            headers.push(("x-amz-date", &time));
            let asked = Canonical {
                method: request.method,
                path: request.path,
                query: request.query,
                headers,
            };
            let (id, secret) = (id.expose_secret(), secret.expose_secret());
            let authorization = authorization(id, secret, &self.region, &time, asked, &hash);
            Ok(vec![
                (HeaderName::from_static("x-amz-date"), time.into()),
                (HeaderName::from_static("x-amz-content-sha256"), hash.into()),
                (AUTHORIZATION, authorization.into()),
            ])
        })
    }
}

/// The value of the `Authorization` header.
fn authorization(
    id: &str,
    secret: &str,
    region: &str,
    time: &str,
    mut asked: Canonical<'_>,
    payload_hash: &str,
) -> String {
    asked.headers.sort_unstable();
    let mut query: Vec<String> = asked
        .query
        .iter()
        .map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value)))
        .collect();
    query.sort_unstable();
    let headers: String = asked
        .headers
        .iter()
        .map(|(name, value)| format!("{name}:{}\n", value.trim()))
        .collect();
    let signed: Vec<&str> = asked.headers.iter().map(|(name, _)| *name).collect();
    let signed = signed.join(";");
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{signed}\n{payload_hash}",
        asked.method,
        asked.path,
        query.join("&")
    );
    let day = time.split('T').next().unwrap_or_default();
    let scope = format!("{day}/{region}/s3/aws4_request");
    let hash = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{hash}");
    let mac = |key: &[u8], data: &str| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data.as_bytes())
    };
    let mut key = mac(format!("AWS4{secret}").as_bytes(), day);
    for part in [region, "s3", "aws4_request"] {
        key = mac(key.as_ref(), part);
    }
    let signature = hex(mac(key.as_ref(), &to_sign).as_ref());
    format!(
        "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={signed}, Signature={signature}"
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for BucketSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BucketSigner({})", self.region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vendor's published example of a PUT.
    #[test]
    fn the_published_example_is_signed_alike() {
        let hash = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
        assert_eq!(
            hex(digest::digest(&digest::SHA256, b"Welcome to Amazon S3.").as_ref()),
            hash
        );
        let asked = Canonical {
            method: "PUT",
            path: "/test%24file.text",
            query: &[],
            headers: vec![
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                ("x-amz-date", "20130524T000000Z"),
                ("x-amz-content-sha256", hash),
                ("host", "examplebucket.s3.amazonaws.com"),
                ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            ],
        };
        let header = authorization(
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "us-east-1",
            "20130524T000000Z",
            asked,
            hash,
        );
        assert_eq!(
            header,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
             SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, \
             Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        );
    }
}
