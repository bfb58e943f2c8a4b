//! An answer of a service, and what an error body says.
//!
//! Reading an answer never shows its body, save the first bytes of one that is not what it should be.

use std::fmt;
use std::time::Duration;

use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::endpoint::Endpoint;
use crate::request::Sent;
use crate::{ErrorKind, HttpError};

/// What a vendor says in the body of an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VendorError {
    /// The text to show.
    pub message: String,
    /// A code for programs.
    pub code: String,
    /// The request's id at the vendor, to be given to its support.
    pub context_id: String,
}

impl VendorError {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.message.is_empty() && self.code.is_empty() && self.context_id.is_empty()
    }

    /// Reads the members that most vendors use.
    #[must_use]
    pub fn usual(body: &Json) -> VendorError {
        let first = |names: &[&str]| {
            names
                .iter()
                .find_map(|n| body.get(n).and_then(Json::as_str))
                .unwrap_or_default()
                .to_owned()
        };
        VendorError {
            message: first(&["message", "error_description", "description", "error"]),
            code: first(&["code", "errorCode"]),
            context_id: first(&["contextId", "correlationId", "requestId"]),
        }
    }
}

impl fmt::Display for VendorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut notes = Vec::new();
        if !self.code.is_empty() {
            notes.push(format!("code {}", self.code));
        }
        if !self.context_id.is_empty() {
            notes.push(format!("context id {}", self.context_id));
        }
        f.write_str(&self.message)?;
        if !notes.is_empty() {
            let gap = if self.message.is_empty() { "" } else { " " };
            write!(f, "{gap}({})", notes.join(", "))?;
        }
        Ok(())
    }
}

/// Characters of a plain-text error that are shown.
const LONGEST_TEXT: usize = 2048;

/// An answer with its body read.
pub struct Answer {
    pub(crate) endpoint: Endpoint,
    pub(crate) sent: Sent,
    pub(crate) status: u16,
    /// What the vendor means by it, as a status.
    pub(crate) meaning: u16,
    pub(crate) content_type: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether this answer leaves open if the request took effect.
    pub(crate) ambiguous: bool,
    /// Whether this or an earlier try of a change was sent without its end being heard.
    pub(crate) unheard: bool,
    /// How long the service asked to wait before the next request.
    pub(crate) asked_to_wait: Option<Duration>,
}

impl Answer {
    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether it means success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.meaning)
    }

    /// Whether the body is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The body as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as it came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// Whether the body is a page for people, by its beginning.
    #[must_use]
    pub fn is_page(&self) -> bool {
        let body = self
            .body
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&self.body);
        let body = body.trim_ascii_start();
        [&b"<!doctype html"[..], b"<html"].iter().any(|begin| {
            let start = body.get(..begin.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(begin))
        })
    }

    /// The header `name` (in lower case), where it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The `Content-Type` header; empty when there is none.
    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The `Location` header.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        self.header(LOCATION.as_str())
    }

    /// The value of the cookie `name` that the answer sets.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let value = |cookie: &'_ str| -> Option<std::ops::Range<usize>> {
            let pair = cookie.split(';').next()?;
            let (found, value) = pair.split_once('=')?;
            let start = found.len() + 1;
            (found.trim() == name).then_some(start..start + value.trim_end().len())
        };
        let all = self.headers.get_all(SET_COOKIE).iter();
        all.filter_map(|cookie| cookie.to_str().ok())
            .find_map(|cookie| cookie.get(value(cookie)?))
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Json, HttpError> {
        self.parse()
    }

    /// The body as JSON of a known shape.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        serde_json::from_slice(&self.body).map_err(|e| {
            let why = if e.is_data() {
                // The text of a data error may quote a value.
                format!(
                    "its JSON has another shape than expected (line {}, column {})",
                    e.line(),
                    e.column()
                )
            } else {
                "it is not JSON".to_owned()
            };
            self.malformed(&why)
        })
    }

    /// The error of an answer whose body cannot be used; `why` follows "the answer cannot be used: ".
    #[must_use]
    pub fn malformed(&self, why: &str) -> HttpError {
        let kind = match self.content_type.as_str() {
            "" => "no content type".to_owned(),
            given => format!("content type {given}"),
        };
        let start = if self.sent.quote_body {
            self.excerpt()
        } else {
            String::new()
        };
        let cause = format!("the answer cannot be used: {why} ({kind}{start})");
        let cause = self.endpoint.redactor().redact(&cause);
        // A changed object whose description was garbled is still changed.
        let changed = self.is_success() && self.sent.changes();
        let ambiguous = changed && self.sent.resend == crate::Resend::Never;
        self.sent
            .error(ErrorKind::Malformed, cause)
            .with_status(self.status, VendorError::default())
            .with_ambiguous(ambiguous)
            .with_unheard(self.unheard || changed)
    }

    /// The first characters of a body that is not JSON.
    fn excerpt(&self) -> String {
        if self.body.is_empty() {
            return ", empty".to_owned();
        }
        if serde_json::from_slice::<Json>(&self.body).is_ok() {
            return String::new();
        }
        // Redacted before it is cut, so that no part of a secret is left at the end.
        let whole = self
            .endpoint
            .redactor()
            .redact(&String::from_utf8_lossy(&self.body));
        let start: String = whole
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(60)
            .collect();
        format!(", beginning {:?}", start.trim_end())
    }

    /// What the body of an error says.
    #[must_use]
    pub fn vendor_error(&self) -> VendorError {
        if !self.sent.quote_body {
            return VendorError::default();
        }
        let redactor = self.endpoint.redactor();
        // A text that is no JSON is given to the vendor's reader as it is, as far as one would read it.
        let json = serde_json::from_slice::<Json>(&self.body).unwrap_or_else(|_| {
            let plain = ["text/plain", "text/xml"]
                .iter()
                .any(|kind| self.content_type.starts_with(kind));
            let text = String::from_utf8_lossy(if plain { &self.body } else { &[] });
            let text = redactor.redact(text.trim());
            Json::from(text.chars().take(LONGEST_TEXT).collect::<String>())
        });
        let raw = (self.endpoint.read_error())(&json);
        VendorError {
            message: redactor.redact(&raw.message),
            code: redactor.redact(&raw.code),
            context_id: redactor.redact(&raw.context_id),
        }
    }

    /// This answer as an error, whatever its status.
    #[must_use]
    pub fn into_error(self) -> HttpError {
        let vendor = self.vendor_error();
        let mut cause = String::new();
        let redirect = (300..400).contains(&self.status);
        if let Some(location) = self.location().filter(|_| redirect) {
            cause = format!("a redirect to {location}");
        } else if vendor.is_empty() && self.sent.quote_body && !self.body.is_empty() {
            cause = format!("without a reason{}", self.excerpt());
        }
        let cause = self.endpoint.redactor().redact(&cause);
        let error = self
            .sent
            .error(ErrorKind::Status, cause)
            .with_status(self.status, vendor)
            .with_meaning(self.meaning)
            .with_ambiguous(self.ambiguous)
            .with_unheard(self.unheard);
        match self.asked_to_wait {
            Some(wait) if self.meaning == 429 => error.advice(format!(
                "The service asks to wait {} seconds. Wait that long, then run the command again; a lower -parallelism makes fewer requests at a time.",
                wait.as_secs()
            )),
            _ => error,
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}
