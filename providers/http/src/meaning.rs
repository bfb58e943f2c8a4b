//! What an answer means, where a vendor says it elsewhere than in the status.
//!
//! Pure: it reads one answer. The status that was received is what messages show.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value as Json;

/// An answer as it was received.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// The status.
    pub status: u16,
    pub(crate) headers: &'a HeaderMap,
    /// The body.
    pub body: &'a [u8],
}

impl Received<'_> {
    /// A header, if it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Option<Json> {
        serde_json::from_slice(self.body).ok()
    }
}

/// What it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// The status that says it: whether it went well, whether the object exists, whether to try again.
    pub status: u16,
    /// How long to wait before the next try, where that is said.
    pub wait: Option<Duration>,
}

impl Meaning {
    /// The status means what it says.
    #[must_use]
    pub fn literal(received: &Received<'_>) -> Meaning {
        Meaning {
            status: received.status,
            wait: crate::retry::retry_after(received.header("retry-after")),
        }
    }
}
