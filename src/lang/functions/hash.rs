//! Hashes, passwords, `rsadecrypt` and UUIDs.

use std::fmt::Write;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Digest;
use trunkline_api::{Marks, Type, Value};
use uuid::Uuid;

use super::collection::unmarked;
use super::rsa::{self, RsaError};
use super::{Failure, Function, FunctionContext, Outcome, Param, Returns, Shape};
use super::{file, shown, text, unknown, whole};

const TEXT: Returns = Returns::Always(Shape::String);
const STR: Param = Param::new("str", Shape::String, "The text, hashed as UTF-8.");
const PATH: Param = Param::new("path", Shape::String, "The file's name.");

type Hasher = fn(&[u8]) -> String;

const fn of_text(
    name: &'static str,
    description: &'static str,
    body: fn(&[Value], &Type, &FunctionContext) -> Outcome,
) -> Function {
    Function::new(name, description, &[STR], TEXT, body)
}

const fn of_file(
    name: &'static str,
    description: &'static str,
    body: fn(&[Value], &Type, &FunctionContext) -> Outcome,
) -> Function {
    Function::new(name, description, &[PATH], TEXT, body).filesystem()
}

pub(super) static FUNCTIONS: &[Function] = &[
    of_text(
        "base64sha256",
        "Gives the SHA-256 hash of a text as base64.",
        |args, _, _| hash(args, base64_sha256),
    ),
    of_text(
        "base64sha512",
        "Gives the SHA-512 hash of a text as base64.",
        |args, _, _| hash(args, base64_sha512),
    ),
    of_text(
        "md5",
        "Gives the MD5 hash of a text in hexadecimal.",
        |args, _, _| hash(args, md5_hex),
    ),
    of_text(
        "sha1",
        "Gives the SHA-1 hash of a text in hexadecimal.",
        |args, _, _| hash(args, sha1_hex),
    ),
    of_text(
        "sha256",
        "Gives the SHA-256 hash of a text in hexadecimal.",
        |args, _, _| hash(args, sha256_hex),
    ),
    of_text(
        "sha512",
        "Gives the SHA-512 hash of a text in hexadecimal.",
        |args, _, _| hash(args, sha512_hex),
    ),
    of_file(
        "filebase64sha256",
        "Gives the SHA-256 hash of a file as base64.",
        |args, _, ctx| hash_file(args, ctx, base64_sha256),
    ),
    of_file(
        "filebase64sha512",
        "Gives the SHA-512 hash of a file as base64.",
        |args, _, ctx| hash_file(args, ctx, base64_sha512),
    ),
    of_file(
        "filemd5",
        "Gives the MD5 hash of a file in hexadecimal.",
        |args, _, ctx| hash_file(args, ctx, md5_hex),
    ),
    of_file(
        "filesha1",
        "Gives the SHA-1 hash of a file in hexadecimal.",
        |args, _, ctx| hash_file(args, ctx, sha1_hex),
    ),
    of_file(
        "filesha256",
        "Gives the SHA-256 hash of a file in hexadecimal.",
        |args, _, ctx| hash_file(args, ctx, sha256_hex),
    ),
    of_file(
        "filesha512",
        "Gives the SHA-512 hash of a file in hexadecimal.",
        |args, _, ctx| hash_file(args, ctx, sha512_hex),
    ),
    Function::new(
        "bcrypt",
        "Gives the bcrypt hash of a password; another one on every call.",
        &[Param::new(
            "str",
            Shape::String,
            "The password, of at most 72 bytes.",
        )],
        TEXT,
        bcrypt,
    )
    .variadic(Param::new(
        "cost",
        Shape::Number,
        "The cost, 10 unless said otherwise.",
    )),
    Function::new(
        "rsadecrypt",
        "Decrypts a text that is encrypted for an RSA key, with PKCS #1 padding.",
        &[
            Param::new("ciphertext", Shape::String, "The cipher text as base64.").marked(),
            Param::new("privatekey", Shape::String, "The private key as PEM.").marked(),
        ],
        TEXT,
        rsadecrypt,
    ),
    Function::new(
        "uuid",
        "Gives a random UUID; another one on every call.",
        &[],
        TEXT,
        |_, ty, ctx| {
            let Some(random) = &ctx.random else {
                return Ok(unknown(ty.clone()));
            };
            let mut bytes = [0; 16];
            random(&mut bytes);
            let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
            Ok(Value::string(id.to_string()))
        },
    ),
    Function::new(
        "uuidv5",
        "Gives the UUID that belongs to a name.",
        &[
            Param::new(
                "namespace",
                Shape::String,
                "dns, url, oid, x500, or a UUID.",
            ),
            Param::new("name", Shape::String, "The name."),
        ],
        TEXT,
        uuidv5,
    ),
];

fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

fn md5_hex(bytes: &[u8]) -> String {
    hex(&md5::Md5::digest(bytes))
}

fn sha1_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref())
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn sha512_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA512, bytes).as_ref())
}

fn base64_sha256(bytes: &[u8]) -> String {
    STANDARD.encode(digest::digest(&digest::SHA256, bytes))
}

fn base64_sha512(bytes: &[u8]) -> String {
    STANDARD.encode(digest::digest(&digest::SHA512, bytes))
}

fn hash(args: &[Value], hasher: Hasher) -> Outcome {
    Ok(Value::string(hasher(text(args, 0).as_bytes())))
}

fn hash_file(args: &[Value], ctx: &FunctionContext, hasher: Hasher) -> Outcome {
    let bytes = file::read_bytes(text(args, 0), ctx).map_err(|e| e.plain())?;
    Ok(Value::string(hasher(&bytes)))
}

fn bcrypt(args: &[Value], ty: &Type, ctx: &FunctionContext) -> Outcome {
    if args.len() > 2 {
        return Err("bcrypt() takes no more than two arguments".into());
    }
    let cost = if args.len() == 2 { whole(args, 1)? } else { 10 };
    // Below its least, the cost is the usual one.
    let cost = if cost < 4 { 10 } else { cost };
    let failed = |why: String| format!("error occured generating password bcrypt: {why}");
    let password = text(args, 0);
    if password.len() > 72 {
        return Err(failed("password length exceeds 72 bytes".into()).into());
    }
    let range = |_| {
        failed(format!(
            "crypto/bcrypt: cost {cost} is outside allowed inclusive range 4..31"
        ))
    };
    let cost = u32::try_from(cost)
        .ok()
        .filter(|c| *c <= 31)
        .ok_or(())
        .map_err(range)?;
    let Some(random) = &ctx.random else {
        return Ok(unknown(ty.clone()));
    };
    let mut salt = [0; 16];
    random(&mut salt);
    let hashed = bcrypt::hash_with_salt(password, cost, salt).map_err(|e| failed(e.to_string()))?;
    Ok(Value::string(
        hashed.format_for_version(bcrypt::Version::TwoA),
    ))
}

fn uuidv5(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let namespace = text(args, 0);
    let id = match namespace {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => Uuid::try_parse(other).map_err(|_| {
            let why = match other.len() {
                32 | 36 | 38 | 45 => "invalid UUID format".to_owned(),
                length => format!("invalid UUID length: {length}"),
            };
            format!("uuidv5() doesn't support namespace {other} ({why})")
        })?,
    };
    let made = Uuid::new_v5(&id, text(args, 1).as_bytes());
    Ok(Value::string(made.to_string()))
}

fn rsadecrypt(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let (_, cipher_marks) = unmarked(args, 0);
    let (_, key_marks) = unmarked(args, 1);
    let cipher = text(args, 0);
    let bytes = STANDARD
        .decode(cipher.replace(['\r', '\n'], ""))
        .map_err(|_| {
            let shown = shown(cipher, cipher_marks);
            Failure::Argument(
                0,
                format!("failed to decode input {shown}: cipher text must be base64-encoded"),
            )
        })?;
    let plain = rsa::decrypt(&bytes, text(args, 1)).map_err(|error| match error {
        RsaError::Key(why) => Failure::Argument(1, why),
        RsaError::Decryption => "failed to decrypt: crypto/rsa: decryption error".into(),
    })?;
    let plain = std::str::from_utf8(&plain)
        .map_err(|_| "the decrypted text is not valid UTF-8".to_owned())?;
    let marks: Marks = cipher_marks | key_marks;
    Ok(Value::string(plain).with_marks(marks))
}
