//! What can go wrong with a request, classified, and as a diagnostic.
//!
//! Every text in an error has been redacted when it was made.

use std::fmt;

use reqwest::Method;
use trunkline_api::Diagnostic;
use trunkline_api::kit::Outcome;

use crate::VendorError;
use crate::request::Spent;

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request was not allowed to leave: another host than the configured one, or plain HTTP.
    Denied,
    /// The service could not be reached; nothing was sent.
    Connect,
    /// It did not answer in time.
    Timeout,
    /// The connection broke before the whole answer was there.
    Lost,
    /// It answered with a status that is not success.
    Status,
    /// Its answer could not be understood.
    Malformed,
    /// No token could be had: the credentials are missing or refused.
    Credentials,
    /// The service does not have this call.
    NotOffered,
    /// What is there, or what it answered, is not as it must be. Nothing was changed.
    Unexpected,
}

/// A failed request.
#[derive(Clone, PartialEq)]
pub struct HttpError(Box<Parts>);

#[derive(Clone, PartialEq)]
struct Parts {
    kind: ErrorKind,
    ambiguous: bool,
    unheard: bool,
    /// Whether it is about logging in, before the request that was asked for.
    login: bool,
    status: Option<u16>,
    meaning: Option<u16>,
    method: Method,
    url: String,
    cause: String,
    vendor: VendorError,
    doing: Option<String>,
    advice: Option<String>,
    spent: Spent,
}

impl HttpError {
    /// An error of `kind` for a request; `url` and `cause` are redacted already.
    pub(crate) fn new(kind: ErrorKind, method: Method, url: String, cause: String) -> HttpError {
        HttpError(Box::new(Parts {
            kind,
            ambiguous: false,
            unheard: false,
            login: false,
            status: None,
            meaning: None,
            method,
            url,
            cause,
            vendor: VendorError::default(),
            doing: None,
            advice: None,
            spent: Spent::default(),
        }))
    }

    /// An error without a request: something is missing before one can be made.
    #[must_use]
    pub fn unsent(kind: ErrorKind, cause: impl Into<String>) -> HttpError {
        HttpError::new(kind, Method::GET, String::new(), cause.into())
    }

    /// An error after a success whose answer does not tell what is needed to go on: something was changed.
    #[must_use]
    pub fn unclear(cause: impl Into<String>) -> HttpError {
        HttpError::unsent(ErrorKind::Malformed, cause).with_ambiguous(true)
    }

    pub(crate) fn with_status(mut self, status: u16, vendor: VendorError) -> HttpError {
        self.0.status = Some(status);
        self.0.vendor = vendor;
        self
    }

    /// The same, with the status that the vendor means by its answer.
    pub(crate) fn with_meaning(mut self, meaning: u16) -> HttpError {
        self.0.meaning = Some(meaning);
        self
    }

    /// What the answer means, as a status.
    fn meaning(&self) -> Option<u16> {
        self.0.meaning.or(self.0.status)
    }

    pub(crate) fn with_ambiguous(mut self, ambiguous: bool) -> HttpError {
        self.0.ambiguous = ambiguous;
        self
    }

    /// The same, saying what was spent on it.
    pub(crate) fn with_spent(mut self, spent: Spent) -> HttpError {
        self.0.spent = spent;
        self
    }

    pub(crate) fn with_unheard(mut self, unheard: bool) -> HttpError {
        self.0.unheard = unheard;
        self
    }

    /// The same, about logging in before a request was sent once more, or at all; `unheard` is what is known of the
    /// tries before. What a login is answered with says nothing of the object that is asked for.
    pub(crate) fn of_login(mut self, unheard: bool) -> HttpError {
        self.0.login = true;
        self.0.ambiguous = false;
        self.0.unheard = unheard;
        self
    }

    /// The same, classified otherwise.
    #[must_use]
    pub fn reclassified(mut self, kind: ErrorKind) -> HttpError {
        self.0.kind = kind;
        self
    }

    /// The same, saying what was being done, as a sentence's beginning: "Creating role \"x\"".
    #[must_use]
    pub fn doing(mut self, doing: impl Into<String>) -> HttpError {
        self.0.doing.get_or_insert(doing.into());
        self
    }

    /// The same, with what to do next, in place of the general advice.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> HttpError {
        self.0.advice = Some(advice.into());
        self
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the request may have taken effect without our knowing.
    #[must_use]
    pub fn ambiguous(&self) -> bool {
        self.0.ambiguous
    }

    /// Whether any try of a request that changes something was sent without its end being heard. It tells more
    /// than [`HttpError::ambiguous`]: such a request may be sent again, and still what it makes must not be lost
    /// when it is given up.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        self.0.ambiguous || self.0.unheard
    }

    /// The status, if there was an answer; that of a login before the request does not count.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status.filter(|_| !self.0.login)
    }

    /// Whether the vendor says that there is no such object.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        let of_request = self.0.kind == ErrorKind::Status && !self.0.login;
        of_request && matches!(self.meaning(), Some(404 | 410))
    }

    /// What the vendor says about it; empty when it said nothing.
    #[must_use]
    pub fn vendor(&self) -> &VendorError {
        &self.0.vendor
    }

    /// How much patience there was, where it was tried more than once.
    fn patience(&self) -> String {
        let Spent { tries, waited } = self.0.spent;
        match tries {
            0 | 1 => String::new(),
            _ => format!(
                " It was tried {tries} times, with {} s of waiting in between.",
                waited.as_millis().div_ceil(1000)
            ),
        }
    }

    fn summary(&self) -> &'static str {
        match (self.0.kind, self.meaning()) {
            (ErrorKind::Denied, _) => "Connection Not Allowed",
            (ErrorKind::Connect, _) => "Service Not Reachable",
            (ErrorKind::Timeout, _) => "No Answer in Time",
            (ErrorKind::Lost, _) => "Connection Lost",
            (ErrorKind::Malformed, _) => "Malformed Answer",
            (ErrorKind::NotOffered, _) => "Call Not Offered",
            (ErrorKind::Unexpected, _) => "Unexpected State",
            (ErrorKind::Credentials, _) | (ErrorKind::Status, Some(401)) => "Credentials Refused",
            (ErrorKind::Status, Some(403)) => "Permission Denied",
            (ErrorKind::Status, Some(404 | 410)) if self.0.login => "Service Failed",
            (ErrorKind::Status, Some(404 | 410)) => "Object Not Found",
            (ErrorKind::Status, Some(409)) => "Conflict at the Vendor",
            (ErrorKind::Status, Some(429)) => "Rate Limit Exceeded",
            (ErrorKind::Status, Some(300..=399)) => "Unexpected Redirect",
            (ErrorKind::Status, Some(500..)) => "Service Failed",
            (ErrorKind::Status, _) => "Request Refused",
        }
    }

    fn general_advice(&self) -> &'static str {
        match (self.0.kind, self.meaning()) {
            (ErrorKind::Denied | ErrorKind::Unexpected, _) => "",
            (ErrorKind::Connect, _) => {
                "Check the configured URL, the network and any proxy, then run the command again."
            }
            (ErrorKind::Timeout | ErrorKind::Lost, _) if self.0.ambiguous => {
                "Whether the change took effect is not known; the next run finds out before it does anything."
            }
            (ErrorKind::Timeout | ErrorKind::Lost, _) => {
                "Run the command again; if it persists, check the network and the vendor's status page."
            }
            (ErrorKind::NotOffered, _) => "Check the configured URL.",
            (ErrorKind::Malformed, _) if self.0.ambiguous => {
                "Whether the change took effect is not known; the next run finds out before it does anything. Check that the configured URL is that of the service itself, not of a proxy or a sign-in page."
            }
            (ErrorKind::Malformed, _) => {
                "Check that the configured URL is that of the service itself, not of a proxy or a sign-in page."
            }
            (ErrorKind::Credentials, _) | (ErrorKind::Status, Some(401)) => {
                "Check the provider's credentials: that they are complete, not expired, and belong to this service and region."
            }
            (ErrorKind::Status, Some(404 | 410)) if self.0.login => {
                "Check the configured URL of the service that logs in."
            }
            (ErrorKind::Status, Some(403)) => {
                "Give the credentials the permission for this call, or use others."
            }
            (ErrorKind::Status, Some(429)) => {
                "Wait a while and run the command again, or lower -parallelism."
            }
            (ErrorKind::Status, Some(300..=399)) => {
                "Redirects are not followed, since a change could turn into a mere read. Check the configured URL."
            }
            (ErrorKind::Status, Some(500..)) if self.0.ambiguous => {
                "Whether the change took effect is not known; the next run finds out before it does anything."
            }
            (ErrorKind::Status, Some(500..)) => {
                "Run the command again; if it persists, ask the vendor and give the request's id."
            }
            (ErrorKind::Status, _) => "Correct the configuration, then run the command again.",
        }
    }
}

impl fmt::Display for HttpError {
    /// One sentence without advice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let p = &*self.0;
        if let Some(doing) = &p.doing {
            write!(f, "{doing} failed: ")?;
        }
        if !p.url.is_empty() {
            write!(f, "{} {} ", p.method, p.url)?;
        }
        match p.status {
            Some(status) => {
                let reason = reqwest::StatusCode::from_u16(status)
                    .ok()
                    .and_then(|s| s.canonical_reason())
                    .map_or_else(String::new, |r| format!(" {r}"));
                write!(f, "was answered with {status}{reason}")?;
                if !p.cause.is_empty() {
                    write!(f, ": {}", p.cause)?;
                }
                if !p.vendor.is_empty() {
                    write!(f, ": {}", p.vendor)?;
                }
            }
            None => f.write_str(&p.cause)?,
        }
        Ok(())
    }
}

impl fmt::Debug for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.0.kind)
    }
}

impl std::error::Error for HttpError {}

impl From<HttpError> for Diagnostic {
    fn from(error: HttpError) -> Diagnostic {
        let text = error.to_string();
        let stop = if text.ends_with(['.', '!', '?']) {
            ""
        } else {
            "."
        };
        let advice = match &error.0.advice {
            Some(advice) => advice.as_str(),
            None => error.general_advice(),
        };
        let gap = if advice.is_empty() { "" } else { "\n\n" };
        let spent = error.patience();
        Diagnostic::error(error.summary(), format!("{text}{stop}{spent}{gap}{advice}"))
    }
}

impl From<HttpError> for Outcome {
    /// A failed call; unsettled when the request may have taken effect.
    fn from(error: HttpError) -> Outcome {
        let unsettled = error.ambiguous();
        Outcome::failed(error).unsettled(unsettled)
    }
}
