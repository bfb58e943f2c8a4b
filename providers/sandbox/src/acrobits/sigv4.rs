//! AWS signature version 4 in the `Authorization` header: who has signed what arrived, and whether just now.
//!
//! Steps and test vector: public. It must not know buckets, nor put a secret into an answer.

use aws_lc_rs::{constant_time, digest, hmac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::seed;
use crate::http::Request;
use crate::seal::hex;
use crate::world::World;

/// RFC 3986: everything but the unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Status, code and message of a refusal.
pub(crate) type Problem = (u16, &'static str, String);

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

/// The parts of the `Authorization` header.
struct Authorization<'a> {
    key_id: &'a str,
    /// Day, region, service, `aws4_request`.
    scope: Vec<&'a str>,
    signed: Vec<&'a str>,
    signature: &'a str,
}

fn parse(header: &str) -> Option<Authorization<'_>> {
    let rest = header.strip_prefix(ALGORITHM)?.strip_prefix(' ')?;
    let mut parts = rest.split(',').map(str::trim);
    let mut part = |name: &str| parts.next()?.strip_prefix(name)?.strip_prefix('=');
    let mut credential = part("Credential")?.split('/');
    let found = Authorization {
        key_id: credential.next()?,
        scope: credential.collect(),
        signed: part("SignedHeaders")?.split(';').collect(),
        signature: part("Signature")?,
    };
    (found.scope.len() == 4).then_some(found)
}

fn canonical_request(request: &Request, signed: &[&str], payload: &str) -> String {
    let escape = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
    let mut query: Vec<(String, String)> = request
        .query
        .iter()
        .map(|(name, value)| (escape(name), escape(value)))
        .collect();
    query.sort();
    let query: Vec<String> = query.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let headers: String = signed
        .iter()
        .map(|name| {
            let values: Vec<String> = request
                .headers
                .get_all(*name)
                .iter()
                .filter_map(|v| v.to_str().ok())
                .map(|v| v.split_whitespace().collect::<Vec<_>>().join(" "))
                .collect();
            format!("{name}:{}\n", values.join(","))
        })
        .collect();
    // The path is taken as it was sent, with its own escapes made uniform.
    let path: Vec<String> = request
        .path
        .split('/')
        .map(|s| escape(&percent_encoding::percent_decode_str(s).decode_utf8_lossy()))
        .collect();
    format!(
        "{}\n{}\n{}\n{headers}\n{}\n{payload}",
        request.method,
        path.join("/"),
        query.join("&"),
        signed.join(";")
    )
}

fn sign(secret: &str, time: &str, scope: &[&str], canonical: &str) -> String {
    let text = format!(
        "{ALGORITHM}\n{time}\n{}\n{}",
        scope.join("/"),
        sha256(canonical.as_bytes())
    );
    let key = scope
        .iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, part| {
            mac(&key, part)
        });
    hex(&mac(&key, &text))
}

/// Checks header, key, scope, time, payload hash and signature, in this order.
pub(crate) fn verify(world: &World, request: &Request) -> Result<(), Problem> {
    let fail = |status, code, message: &str| Err((status, code, message.to_owned()));
    let header = request.header("authorization").unwrap_or_default();
    let Some(given) = parse(header) else {
        return fail(
            400,
            "AuthorizationHeaderMalformed",
            "The authorization header is not an AWS4-HMAC-SHA256 one.",
        );
    };
    if given.key_id != seed::BUCKET_KEY_ID {
        return fail(
            403,
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        );
    }
    if given.scope[1..] != [seed::BUCKET_REGION, "s3", "aws4_request"] {
        return fail(
            400,
            "AuthorizationHeaderMalformed",
            "The scope of the signature must be {day}/us-east-1/s3/aws4_request.",
        );
    }
    let time = request.header("x-amz-date").unwrap_or_default();
    let signed_at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time)
        .ok()
        .and_then(|t| t.to_zoned(jiff::tz::TimeZone::UTC).ok());
    let Some(signed_at) = signed_at.filter(|_| time.starts_with(given.scope[0])) else {
        return fail(
            403,
            "AccessDenied",
            "AWS authentication requires a valid x-amz-date header of the day of the scope.",
        );
    };
    let skew = world.settings.acrobits.clock_skew_seconds;
    let off = world
        .source
        .callers_ms()
        .saturating_sub(signed_at.timestamp().as_millisecond());
    if skew > 0 && off.abs() > skew * 1000 {
        return fail(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        );
    }
    let payload = request.header("x-amz-content-sha256").unwrap_or_default();
    if payload.starts_with("STREAMING-") {
        return fail(
            501,
            "NotImplemented",
            "Chunked signatures are not simulated.",
        );
    }
    if payload == "UNSIGNED-PAYLOAD" {
        if !world.settings.acrobits.unsigned_payload {
            return fail(400, "InvalidRequest", "This bucket wants signed payloads.");
        }
    } else if payload != sha256(&request.body) {
        return fail(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
    }
    let must_sign = |n: &str| n == "host" || n == "content-md5" || n.starts_with("x-amz-");
    let unsigned = request
        .headers
        .keys()
        .any(|n| must_sign(n.as_str()) && !given.signed.contains(&n.as_str()));
    if unsigned || !given.signed.contains(&"host") || !given.signed.windows(2).all(|p| p[0] < p[1])
    {
        return fail(
            403,
            "AccessDenied",
            "There were headers present in the request which were not signed.",
        );
    }
    let canonical = canonical_request(request, &given.signed, payload);
    let wanted = sign(seed::BUCKET_SECRET, time, &given.scope, &canonical);
    if constant_time::verify_slices_are_equal(wanted.as_bytes(), given.signature.as_bytes())
        .is_err()
    {
        return fail(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;
    use axum::http::HeaderMap;

    #[test]
    fn the_published_signature_is_the_right_one() {
        let mut headers = HeaderMap::new();
        let hash = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
        for (name, value) in [
            ("host", "examplebucket.s3.amazonaws.com"),
            ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            ("x-amz-date", "20130524T000000Z"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("x-amz-content-sha256", hash),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let uri = "/test%24file.text".parse().unwrap();
        let body = Bytes::from_static(b"Welcome to Amazon S3.");
        let request = Request::new("acrobits.s3", "PUT".into(), &uri, headers, body);
        let signed = [
            "date",
            "host",
            "x-amz-content-sha256",
            "x-amz-date",
            "x-amz-storage-class",
        ];
        let canonical = canonical_request(&request, &signed, hash);
        let scope = ["20130524", "us-east-1", "s3", "aws4_request"];
        assert_eq!(
            sign(
                "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                "20130524T000000Z",
                &scope,
                &canonical
            ),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        );
    }
}
