//! What every REST vendor needs once: clients, authentication, retry, rate limits, paging, redaction.
//!
//! - [`HttpKit`] is made from the provider's configuration and the [`World`](trunkline_api::provider::World);
//!   it alone builds clients. In a rehearsal every request goes to a simulator of the sandbox, with the
//!   configured host in its `Host` header, and every other host is denied.
//! - [`Endpoint`] is one service of the vendor; [`Request`] one call to it, sent by [`Request::send`].
//! - [`Credentials`] and [`TokenCache`] authenticate, lazily; [`BasicGrant`] fetches OAuth tokens.
//! - [`Signer`] authenticates a request as a whole, for each try anew; [`BucketSigner`] does for S3-compatible buckets.
//! - [`HttpError`] is classified and becomes a diagnostic; no registered secret is ever in it.
//! - [`Calls`] and [`Rest`]: a resource as its vendor's calls, and what all of them do alike around these.
//! - [`collect_pages`] and [`poll`]: lists in pages, and waiting for what is only eventually there.
//!
//! - [`Content`]: what a success may have for a body; a page in the place of an answer is an error.
//!
//! A request is sent again only where that is safe: see [`Resend`]. This crate knows no vendor.

mod answer;
mod content;
mod credentials;
mod endpoint;
mod error;
mod kit;
mod limit;
mod meaning;
mod page;
mod poll;
mod redact;
mod request;
mod resource;
mod retry;
mod secrets;
mod sign;
mod sigv4;
#[cfg(feature = "testing")]
pub mod testing;
mod token;

pub use answer::{Answer, VendorError};
pub use content::Content;
pub use credentials::Credentials;
pub use endpoint::Endpoint;
pub use error::{ErrorKind, HttpError};
pub use kit::{EndpointSettings, HttpKit, HttpSettings};
pub use limit::{RateGroup, RateLimit};
pub use meaning::{Meaning, Received};
pub use page::{Page, collect_pages};
pub use poll::{Waits, poll};
pub use redact::Redactor;
pub use request::{Auth, Request, Resend};
pub use reqwest::header::HeaderName;
pub use reqwest::{Method, Url};
pub use resource::{Calls, Rest};
pub use retry::RetryPolicy;
pub use secrecy::{ExposeSecret, SecretString};
pub use secrets::Kept;
pub use sign::{SignedHeaders, Signer, Unsigned, percent_encoded};
pub use sigv4::BucketSigner;
pub use token::{BasicGrant, GivenToken, Token, TokenCache, TokenSource};
