//! An S3-compatible bucket service: objects and buckets, path style and virtual-host style.
//!
//! Strict about signatures and checksums; versions, parts and access lists are not simulated (501). It must not
//! look into an object.

use base64::Engine as _;
use md5::Digest as _;
use serde_json::{Value, json};

use super::{VENDOR, documents, seed, sigv4};
use crate::http::{Reply, Request};
use crate::world::{Answer, Refusal, World};

const BUCKET: &str = "bucket";
const OBJECT: &str = "bucket_object";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn xml(status: u16, body: &str) -> Reply {
    let mut reply = Reply::empty(status);
    reply.content_type = "application/xml";
    reply.body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}").into_bytes();
    reply
}

/// An error of the service.
pub(crate) fn error(world: &mut World, status: u16, code: &str, message: &str) -> Reply {
    let id = world.context_id().replace('-', "").to_uppercase();
    let id = id.get(..16).unwrap_or_default();
    xml(
        status,
        &format!(
            "<Error><Code>{code}</Code><Message>{}</Message><RequestId>{id}</RequestId></Error>",
            escape(message)
        ),
    )
    .with_header("x-amz-request-id", id)
}

fn refuse<T>(world: &mut World, status: u16, code: &str, message: &str) -> Result<T, Refusal> {
    Err(error(world, status, code, message).into())
}

/// Bucket and key; the bucket is the first label of the host where there is a bucket of that name.
fn address(world: &World, request: &Request) -> Result<(String, String), Refusal> {
    let host = request.header("host").unwrap_or_default();
    if let Some((first, _)) = host.split_once('.')
        && world.store.get(VENDOR, BUCKET, first)?.is_some()
    {
        return Ok((first.to_owned(), key_of(&request.segments, request.slash)));
    }
    let bucket = request.segments.first().cloned().unwrap_or_default();
    let rest = request.segments.get(1..).unwrap_or_default();
    Ok((bucket, key_of(rest, request.slash && !rest.is_empty())))
}

fn key_of(segments: &[String], slash: bool) -> String {
    format!("{}{}", segments.join("/"), if slash { "/" } else { "" })
}

/// Sub-resources that are not simulated.
const OTHERS: &[&str] = &[
    "acl",
    "cors",
    "encryption",
    "lifecycle",
    "logging",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "publicAccessBlock",
    "replication",
    "retention",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

/// `{s3}`.
pub(crate) fn answer(world: &mut World, request: &Request) -> Answer {
    let (bucket, key) = address(world, request)?;
    let found = match bucket.as_str() {
        "" => None,
        name => world.store.get(VENDOR, BUCKET, name)?,
    };
    let reading = matches!(request.method.as_str(), "GET" | "HEAD");
    if request.header("authorization").is_none() {
        let public =
            found.as_ref().is_some_and(|b| b["public"] == true) && reading && !key.is_empty();
        if !public {
            return refuse(world, 403, "AccessDenied", "Access Denied");
        }
    } else if let Err((status, code, message)) = sigv4::verify(world, request) {
        return refuse(world, status, code, &message);
    }
    if let Some((name, _)) = request
        .query
        .iter()
        .find(|(n, _)| OTHERS.contains(&n.as_str()))
    {
        let message = format!("The sub-resource {name} is not simulated.");
        return refuse(world, 501, "NotImplemented", &message);
    }
    match (bucket.is_empty(), key.is_empty(), request.method.as_str()) {
        (true, _, "GET") => buckets(world),
        (false, true, "PUT") => create_bucket(world, &bucket, found.is_some()),
        (false, _, _) if found.is_none() => refuse(
            world,
            404,
            "NoSuchBucket",
            "The specified bucket does not exist",
        ),
        (false, true, "GET") if request.query("location").is_some() => Ok(xml(
            200,
            "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>",
        )),
        (false, true, "GET") => list(world, request, &bucket),
        (false, true, "HEAD") => {
            Ok(Reply::empty(200).with_header("x-amz-bucket-region", seed::BUCKET_REGION))
        }
        (false, true, "DELETE") => delete_bucket(world, &bucket),
        (false, false, _) => object(world, request, &bucket, &key),
        _ => refuse(
            world,
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        ),
    }
}

fn buckets(world: &World) -> Answer {
    let rows: String = world
        .store
        .list(VENDOR, BUCKET)?
        .iter()
        .map(|b| {
            let name = b["id"].as_str().unwrap_or_default();
            let made = crate::source::time_text(b["createdMs"].as_i64().unwrap_or_default());
            format!(
                "<Bucket><Name>{}</Name><CreationDate>{made}</CreationDate></Bucket>",
                escape(name)
            )
        })
        .collect();
    Ok(xml(
        200,
        &format!(
            "<ListAllMyBucketsResult><Owner><ID>sandbox</ID></Owner><Buckets>{rows}</Buckets></ListAllMyBucketsResult>"
        ),
    ))
}

fn create_bucket(world: &mut World, bucket: &str, exists: bool) -> Answer {
    let fine = (3..=63).contains(&bucket.len())
        && bucket
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
    if !fine {
        return refuse(
            world,
            400,
            "InvalidBucketName",
            "The specified bucket is not valid.",
        );
    }
    if exists {
        return refuse(
            world,
            409,
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
        );
    }
    let body = json!({ "id": bucket, "public": false, "createdMs": world.now_ms() });
    world.store.put(VENDOR, BUCKET, bucket, &body)?;
    world.effect("create", BUCKET, bucket);
    Ok(Reply::empty(200).with_header("location", format!("/{bucket}")))
}

fn delete_bucket(world: &mut World, bucket: &str) -> Answer {
    if !world.store.children(VENDOR, OBJECT, bucket)?.is_empty() {
        return refuse(
            world,
            409,
            "BucketNotEmpty",
            "The bucket you tried to delete is not empty",
        );
    }
    world.store.delete(VENDOR, BUCKET, bucket)?;
    world.effect("delete", BUCKET, bucket);
    Ok(Reply::empty(204))
}

/// One page of keys in bytewise order; version 2 goes on from a token, version 1 from a key.
fn list(world: &mut World, request: &Request, bucket: &str) -> Answer {
    let most = match request.query("max-keys").map(str::parse::<usize>) {
        None => 1000,
        Some(Ok(n)) => n.min(1000),
        Some(Err(_)) => return refuse(world, 400, "InvalidArgument", "max-keys must be a number."),
    };
    let prefix = request.query("prefix").unwrap_or_default();
    let after = ["continuation-token", "start-after", "marker"]
        .iter()
        .find_map(|name| request.query(name))
        .unwrap_or_default();
    let mut objects = world.store.children(VENDOR, OBJECT, bucket)?;
    objects.retain(|o| {
        let key = o["key"].as_str().unwrap_or_default();
        key.starts_with(prefix) && key > after
    });
    objects.sort_by(|a, b| a["key"].as_str().cmp(&b["key"].as_str()));
    let more = objects.len() > most;
    objects.truncate(most);
    let encoded = request.query("encoding-type") == Some("url");
    let shown = |key: &str| {
        if encoded {
            percent_encoding::utf8_percent_encode(key, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        } else {
            escape(key)
        }
    };
    let rows: String = objects
        .iter()
        .map(|o| {
            format!(
                "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>&quot;{}&quot;</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
                shown(o["key"].as_str().unwrap_or_default()),
                crate::source::time_text(o["changedMs"].as_i64().unwrap_or_default()),
                o["etag"].as_str().unwrap_or_default(),
                o["size"],
            )
        })
        .collect();
    let last = objects
        .last()
        .and_then(|o| o["key"].as_str())
        .filter(|_| more);
    let next = last.map_or_else(String::new, |key| {
        let token = escape(key);
        format!(
            "<NextContinuationToken>{token}</NextContinuationToken><NextMarker>{token}</NextMarker>"
        )
    });
    let encoding = if encoded {
        "<EncodingType>url</EncodingType>"
    } else {
        ""
    };
    Ok(xml(
        200,
        &format!(
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>{}</Name><Prefix>{}</Prefix><KeyCount>{}</KeyCount><MaxKeys>{most}</MaxKeys>{encoding}<IsTruncated>{more}</IsTruncated>{rows}{next}</ListBucketResult>",
            escape(bucket),
            shown(prefix),
            objects.len(),
        ),
    ))
}

/// CRC-32 as checksums of uploads use it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

/// Checksums that the caller sent must be those of what arrived.
fn check_sums(world: &mut World, request: &Request) -> Result<(), Refusal> {
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let body = &request.body;
    let sha256 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body);
    let sums = [
        ("content-md5", encode(&md5::Md5::digest(body)), "BadDigest"),
        (
            "x-amz-checksum-crc32",
            encode(&crc32(body).to_be_bytes()),
            "BadDigest",
        ),
        (
            "x-amz-checksum-sha256",
            encode(sha256.as_ref()),
            "BadDigest",
        ),
    ];
    for (name, wanted, code) in sums {
        if request.header(name).is_some_and(|given| given != wanted) {
            let message = format!("The {name} you specified did not match what we received.");
            return refuse(world, 400, code, &message);
        }
    }
    Ok(())
}

fn object(world: &mut World, request: &Request, bucket: &str, key: &str) -> Answer {
    let id = format!("{bucket}/{key}");
    let old = world.store.get(VENDOR, OBJECT, &id)?;
    match (request.method.as_str(), old) {
        ("GET" | "HEAD", Some(found)) => Ok(documents::answer(request, &found)),
        ("GET", None) => refuse(world, 404, "NoSuchKey", "The specified key does not exist."),
        ("HEAD", None) => Err(Reply::empty(404).into()),
        ("PUT", _) if request.header("x-amz-copy-source").is_some() => {
            refuse(world, 501, "NotImplemented", "Copies are not simulated.")
        }
        ("PUT", old) => {
            if !documents::may_write(request, old.as_ref()) {
                return refuse(
                    world,
                    412,
                    "PreconditionFailed",
                    "At least one of the pre-conditions you specified did not hold",
                );
            }
            check_sums(world, request)?;
            let tag = crate::seal::hex(&md5::Md5::digest(&request.body));
            let mut body: Value = documents::of(world, &id, request, &tag);
            body["bucket"] = bucket.into();
            body["key"] = key.into();
            documents::store(world, OBJECT, &body, old.is_some())?;
            Ok(Reply::empty(200).with_header("etag", format!("\"{tag}\"")))
        }
        ("DELETE", Some(_)) => {
            world.store.delete(VENDOR, OBJECT, &id)?;
            world.effect("delete", OBJECT, &id);
            Ok(Reply::empty(204))
        }
        ("DELETE", None) => Ok(Reply::empty(204)),
        _ => refuse(
            world,
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        ),
    }
}
