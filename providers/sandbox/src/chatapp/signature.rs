//! Signature version 3 (`ACS3-HMAC-SHA256`): who has signed what arrived, and whether just now.
//!
//! Steps and test vectors: public. It must not know what an operation does, nor put a secret into an answer.

use aws_lc_rs::{constant_time, digest, hmac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{VENDOR, errors, seed};
use crate::http::Request;
use crate::seal::hex;
use crate::world::{Refusal, World};

/// RFC 3986: everything but the unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// The parts of the `Authorization` header.
struct Authorization<'a> {
    key_id: &'a str,
    signed: Vec<&'a str>,
    signature: &'a str,
}

fn parse(header: &str) -> Option<Authorization<'_>> {
    let rest = header.strip_prefix(ALGORITHM)?.strip_prefix(' ')?;
    let mut parts = rest.split(',');
    let mut part = |name: &str| parts.next()?.strip_prefix(name)?.strip_prefix('=');
    let found = Authorization {
        key_id: part("Credential").filter(|v| !v.is_empty())?,
        signed: part("SignedHeaders")?.split(';').collect(),
        signature: part("Signature").filter(|v| !v.is_empty())?,
    };
    parts.next().is_none().then_some(found)
}

/// The headers that must be signed, sorted: `host`, `content-type` if there is one, and every `x-acs-…`.
fn must_be_signed(request: &Request) -> Vec<String> {
    let mut names: Vec<String> = request
        .headers
        .keys()
        .map(|name| name.as_str().to_owned())
        .filter(|n| n.starts_with("x-acs-") || n == "host" || n == "content-type")
        .collect();
    names.sort();
    names.dedup();
    names
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn canonical_query(query: &[(String, String)]) -> String {
    let mut sorted: Vec<&(String, String)> = query.iter().collect();
    sorted.sort();
    let encode = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
    let pairs: Vec<String> = sorted
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.join("&")
}

fn canonical_request(request: &Request, signed: &[&str]) -> String {
    let headers: String = signed
        .iter()
        .map(|name| {
            let value = request.header(name).unwrap_or("").trim();
            format!("{name}:{value}\n")
        })
        .collect();
    format!(
        "{}\n{}\n{}\n{headers}\n{}\n{}",
        request.method,
        request.path,
        canonical_query(&request.query),
        signed.join(";"),
        sha256(&request.body)
    )
}

fn sign(secret: &str, canonical: &str) -> String {
    let text = format!("{ALGORITHM}\n{}", sha256(canonical.as_bytes()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hex(hmac::sign(&key, text.as_bytes()).as_ref())
}

/// Checks headers, time, key, signature and nonce, in this order; the access key's object.
pub(crate) fn verify(world: &mut World, request: &Request) -> Result<Value, Refusal> {
    let refuse = |world: &mut World, status, code: &str, message: &str| {
        errors::gateway(world, request, status, code, message)
    };
    for (name, code) in [
        ("x-acs-date", "MissingTimestamp"),
        ("x-acs-signature-nonce", "MissingSignatureNonce"),
        ("x-acs-content-sha256", "IncompleteSignature"),
    ] {
        if request.header(name).is_none_or(str::is_empty) {
            let message = format!("The header {name} is mandatory for this action.");
            return Err(refuse(world, 400, code, &message));
        }
    }
    let Some(given) = request.header("authorization").and_then(parse) else {
        let message =
            "The request signature does not conform to Alibaba Cloud standards (Authorization).";
        return Err(refuse(world, 400, "IncompleteSignature", message));
    };
    check_time(world, request)?;
    let key = known_key(world, request, given.key_id)?;
    let names = must_be_signed(request);
    // The official Python client signs every header that it sends; the others only those that must be.
    let sorted = given.signed.windows(2).all(|pair| pair[0] < pair[1]);
    let there = given
        .signed
        .iter()
        .all(|n| request.headers.contains_key(*n));
    if !sorted || !there || names.iter().any(|n| !given.signed.contains(&n.as_str())) {
        let message = format!(
            "The request signature does not conform to Alibaba Cloud standards: SignedHeaders must have {}, and be sorted.",
            names.join(";")
        );
        return Err(refuse(world, 400, "IncompleteSignature", &message));
    }
    if request.header("x-acs-content-sha256") != Some(sha256(&request.body).as_str()) {
        let message = "Specified signature does not match our calculation: x-acs-content-sha256 is not the hash of the body.";
        return Err(refuse(world, 400, "SignatureDoesNotMatch", message));
    }
    let canonical = canonical_request(request, &given.signed);
    let wanted = sign(key.secret, &canonical);
    if constant_time::verify_slices_are_equal(wanted.as_bytes(), given.signature.as_bytes())
        .is_err()
    {
        let message = format!(
            "Specified signature does not match our calculation. The SHA-256 of the server's CanonicalRequest is {}.",
            sha256(canonical.as_bytes())
        );
        return Err(refuse(world, 400, "SignatureDoesNotMatch", &message));
    }
    let nonce = request.header("x-acs-signature-nonce").unwrap_or_default();
    let keep = world.settings.chatapp.clock_skew_seconds.max(900) * 2000;
    if !world.first_use(&format!("chatapp {} {nonce}", key.id), keep) {
        let message = "Specified signature nonce was used already.";
        return Err(refuse(world, 400, "SignatureNonceUsed", message));
    }
    Ok(world
        .store
        .get(VENDOR, "access_key", key.id)?
        .unwrap_or(Value::Null))
}

fn check_time(world: &mut World, request: &Request) -> Result<(), Refusal> {
    let text = request.header("x-acs-date").unwrap_or_default();
    let shape = text.len() == 20 && text.ends_with('Z');
    let time: Option<jiff::Timestamp> = shape.then(|| text.parse().ok()).flatten();
    let Some(time) = time else {
        let message =
            "Specified time stamp is not well formatted; it must be yyyy-MM-ddTHH:mm:ssZ.";
        return Err(errors::gateway(
            world,
            request,
            400,
            "InvalidTimeStamp.Format",
            message,
        ));
    };
    let skew = world.settings.chatapp.clock_skew_seconds;
    let off = world
        .source
        .callers_ms()
        .saturating_sub(time.as_millisecond());
    if skew > 0 && off.abs() > skew * 1000 {
        let message = "Specified time stamp or date value is expired.";
        return Err(errors::gateway(
            world,
            request,
            400,
            "InvalidTimeStamp.Expired",
            message,
        ));
    }
    Ok(())
}

/// A known, active access key; with its security token if it is temporary.
fn known_key(
    world: &mut World,
    request: &Request,
    id: &str,
) -> Result<&'static seed::AccessKey, Refusal> {
    let stored = world.store.get(VENDOR, "access_key", id)?;
    let (Some(key), Some(stored)) = (seed::KEYS.iter().find(|k| k.id == id), stored) else {
        let message = "Specified access key is not found.";
        return Err(errors::gateway(
            world,
            request,
            404,
            "InvalidAccessKeyId.NotFound",
            message,
        ));
    };
    if stored["status"] != "Active" {
        let message = "Specified access key is disabled.";
        return Err(errors::gateway(
            world,
            request,
            400,
            "InvalidAccessKeyId.Inactive",
            message,
        ));
    }
    if request.header("x-acs-security-token") != key.token
        || (key.token.is_some() && request.header("x-acs-accesskey-id") != Some(key.id))
    {
        let message = "Specified SecurityToken is malformed, or does not belong to the access key.";
        return Err(errors::gateway(
            world,
            request,
            400,
            "InvalidSecurityToken.MismatchWithAccessKey",
            message,
        ));
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;
    use axum::http::HeaderMap;

    fn request(
        uri: &'static str,
        headers: &[(&'static str, &'static str)],
        body: &'static str,
    ) -> Request {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        Request::new(
            "chatapp.api",
            "POST".into(),
            &uri.parse().unwrap(),
            map,
            Bytes::from_static(body.as_bytes()),
        )
    }

    fn canonical_of(request: &Request) -> String {
        let names = must_be_signed(request);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        canonical_request(request, &names)
    }

    #[test]
    fn the_published_signature_is_the_right_one() {
        let request = request(
            "/?RegionId=cn-shanghai&ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            &[
                ("host", "ecs.cn-shanghai.aliyuncs.com"),
                ("x-acs-action", "RunInstances"),
                ("x-acs-version", "2014-05-26"),
                ("x-acs-date", "2023-10-26T10:22:32Z"),
                ("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"),
                (
                    "x-acs-content-sha256",
                    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                ),
                ("accept", "application/json"),
            ],
            "",
        );
        let canonical = canonical_of(&request);
        assert_eq!(
            sha256(canonical.as_bytes()),
            "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259"
        );
        assert_eq!(
            sign("YourAccessKeySecret", &canonical),
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
    }

    #[test]
    fn a_form_with_temporary_credentials() {
        let request = request(
            "/",
            &[
                ("host", "cams.ap-southeast-1.aliyuncs.com"),
                ("x-acs-action", "CreateChatappTemplate"),
                ("x-acs-version", "2020-06-06"),
                ("x-acs-date", "2026-01-02T03:04:05Z"),
                ("x-acs-signature-nonce", "00000000000000000000000000000002"),
                (
                    "x-acs-content-sha256",
                    "f41210c8d797ccc0a97222a8b452ed9323e4ffd6bd8436ebdd566155852bde81",
                ),
                ("x-acs-security-token", "tok/123=="),
                ("x-acs-accesskey-id", "testid"),
                ("content-type", "application/x-www-form-urlencoded"),
            ],
            "Category=UTILITY&CustSpaceId=cams-demo&Language=en&Name=hello&TemplateType=WHATSAPP",
        );
        let canonical = canonical_of(&request);
        assert_eq!(
            sign("testsecret", &canonical),
            "db37960ced48d6e32cbd7625f412fb959dd1184f7a26b33a66d2788a02b1b8d0"
        );
    }

    #[test]
    fn odd_characters_in_the_query() {
        let request = request(
            "/?PageIndex=1&PageSize=20&ChannelType=whatsapp&InstanceName=a+b*c~d/%E4%B8%AD",
            &[
                ("host", "cams.ap-southeast-1.aliyuncs.com"),
                ("x-acs-action", "ListInstance"),
                ("x-acs-version", "2020-06-06"),
                ("x-acs-date", "2026-01-02T03:04:05Z"),
                ("x-acs-signature-nonce", "00000000000000000000000000000001"),
                (
                    "x-acs-content-sha256",
                    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                ),
            ],
            "",
        );
        let canonical = canonical_of(&request);
        assert_eq!(
            sign("testsecret", &canonical),
            "1f429192dfea12c8b3359b3f54a865f2d75534b811f685c2fa5926ac3b200ab3"
        );
    }
}
