//! One service of a vendor: where it is configured to be, and where requests really go.
//!
//! It sends nothing; [`crate::Request`] does.

use std::fmt;
use std::sync::Arc;

use reqwest::{Method, Url};
use serde_json::Value as Json;
use tokio::sync::Semaphore;

use crate::limit::Limits;
use crate::{Meaning, RateGroup, RateLimit, Received, Redactor, Request, RetryPolicy, VendorError};

/// A service of the vendor. Cheap to clone.
#[derive(Clone)]
pub struct Endpoint(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) name: String,
    /// The URL as configured: what messages and the `Host` header show.
    pub(crate) configured: Url,
    /// The URL that is connected to.
    pub(crate) target: Url,
    pub(crate) sandbox: bool,
    pub(crate) client: reqwest::Client,
    pub(crate) limits: Arc<Limits>,
    pub(crate) slots: Semaphore,
    pub(crate) retry: RetryPolicy,
    pub(crate) redactor: Redactor,
    pub(crate) read_error: fn(&Json) -> VendorError,
    pub(crate) read_meaning: fn(&Received<'_>) -> Meaning,
}

impl Endpoint {
    /// A request to `path`, which is appended to the configured base URL as it is. Put values into it
    /// with [`Endpoint::segment`].
    #[must_use]
    pub fn request(&self, method: Method, path: impl Into<String>) -> Request {
        Request::new(self.clone(), method, path.into())
    }

    /// The requests to this service that keep within a limit together: all of this process that name what the vendor
    /// counts them by, whichever provider block sends them.
    #[must_use]
    pub fn group(&self, counted_by: &[&str], rate: RateLimit) -> RateGroup {
        RateGroup(Limits::of((self.0.target.as_str(), counted_by), rate))
    }

    /// A GET.
    #[must_use]
    pub fn get(&self, path: impl Into<String>) -> Request {
        self.request(Method::GET, path)
    }

    /// A HEAD.
    #[must_use]
    pub fn head(&self, path: impl Into<String>) -> Request {
        self.request(Method::HEAD, path)
    }

    /// A POST; never sent twice unless [`Request::safe_to_resend`] says so.
    #[must_use]
    pub fn post(&self, path: impl Into<String>) -> Request {
        self.request(Method::POST, path)
    }

    /// A PUT.
    #[must_use]
    pub fn put(&self, path: impl Into<String>) -> Request {
        self.request(Method::PUT, path)
    }

    /// A DELETE.
    #[must_use]
    pub fn delete(&self, path: impl Into<String>) -> Request {
        self.request(Method::DELETE, path)
    }

    /// `text` as one path segment, percent-encoded.
    #[must_use]
    pub fn segment(text: &str) -> String {
        crate::redact::percent_encoded(text)
    }

    /// The name, e.g. `genesyscloud.api`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The base URL as configured, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.0.configured.as_str().trim_end_matches('/')
    }

    /// The register of secrets.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        &self.0.redactor
    }

    /// Whether requests go to a simulator.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.0.sandbox
    }

    pub(crate) fn read_error(&self) -> fn(&Json) -> VendorError {
        self.0.read_error
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({} at {})", self.0.name, self.0.configured)
    }
}
