//! Signatures over a whole request: what a signer sees, and what it answers.
//!
//! A signer is asked anew for each try, so that times and nonces are fresh. It sends nothing.

use reqwest::header::HeaderName;
use secrecy::SecretString;
use trunkline_api::BoxFuture;

use crate::HttpError;

/// A request about to be sent, as it will arrive.
#[derive(Clone, Copy, Debug)]
pub struct Unsigned<'a> {
    /// The method.
    pub method: &'a str,
    /// The `Host` header: the configured host, in a rehearsal too.
    pub host: &'a str,
    /// The path as sent, percent-encoded.
    pub path: &'a str,
    /// Names and values of the query, decoded. They are sent percent-encoded by RFC 3986.
    pub query: &'a [(String, String)],
    /// Further headers, with names in lower case.
    pub headers: &'a [(&'static str, String)],
    /// The `Content-Type` header, where there is a body.
    pub content_type: Option<&'a str>,
    /// The body, byte for byte.
    pub body: &'a [u8],
}

/// Headers to add, with their values.
pub type SignedHeaders = Vec<(HeaderName, SecretString)>;

/// Signs requests with the credentials that it holds.
pub trait Signer: Send + Sync {
    /// The headers that make the request authentic.
    fn sign<'a>(&'a self, request: Unsigned<'a>)
    -> BoxFuture<'a, Result<SignedHeaders, HttpError>>;
}

/// `text` percent-encoded by RFC 3986: everything but letters, digits and `-._~`.
#[must_use]
pub fn percent_encoded(text: &str) -> String {
    crate::redact::percent_encoded(text)
}
