//! What Digital Channels answers: the envelope `{"status": {"code", "message"}, "data": …}`, judged.
//!
//! Nexus answers so [public]; an answer without the envelope is taken as it is [assumed].

use serde_json::Value as Json;
use trunkline_http::{Answer, ErrorKind, HttpError, VendorError};

/// An answer, judged by its HTTP status and the envelope's `code`.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Success, with the content (null when there is none).
    Done(Json),
    /// The object is not there (404).
    Missing(HttpError),
    /// The object is there already (409).
    Exists(HttpError),
    /// Any other refusal.
    Refused(HttpError),
}

impl Verdict {
    /// The content, where nothing but success will do.
    ///
    /// # Errors
    /// The refusal.
    pub(crate) fn done(self) -> Result<Json, HttpError> {
        match self {
            Verdict::Done(content) => Ok(content),
            Verdict::Missing(error) => Err(not_offered(error)),
            Verdict::Refused(error) if error.status() == Some(405) => Err(not_offered(error)),
            Verdict::Exists(error) | Verdict::Refused(error) => Err(error),
        }
    }

    /// Whether the deployment has no such call.
    pub(crate) fn is_not_offered(&self) -> bool {
        match self {
            Verdict::Missing(_) => true,
            Verdict::Refused(error) => error.status() == Some(405),
            _ => false,
        }
    }
}

/// The error of a call that the deployment does not have.
pub(crate) fn not_offered(error: HttpError) -> HttpError {
    error.reclassified(ErrorKind::NotOffered).advice(
        "This call is not offered there. Check the provider's `url`; if the deployment has the call under another path or \
         method, say so in `routes` of the provider block.",
    )
}

/// The error of what is there, or was answered, and is not as it must be. Nothing was changed.
pub(crate) fn unexpected(text: impl Into<String>) -> HttpError {
    HttpError::unsent(ErrorKind::Unexpected, text)
}

/// Judges an answer. A 200 with a `code` other than 0 is a failure [assumed].
///
/// # Errors
/// The answer cannot be understood.
pub(crate) fn judge(answer: Answer) -> Result<Verdict, HttpError> {
    match answer.status() {
        404 => Ok(Verdict::Missing(answer.into_error())),
        409 => Ok(Verdict::Exists(answer.into_error())),
        401 | 403 => Ok(Verdict::Refused(answer.into_error().advice(
            "The key or token is wrong, disabled, expired, of another tenant, or lacks a permission. Check the provider's \
             credentials.",
        ))),
        200..=299 if answer.is_empty() => Ok(Verdict::Done(Json::Null)),
        200..=299 => {
            let body = answer.json()?;
            match open(body) {
                Ok(content) => Ok(Verdict::Done(content)),
                Err(()) => Ok(Verdict::Refused(answer.into_error())),
            }
        }
        _ => Ok(Verdict::Refused(answer.into_error())),
    }
}

/// The content of an envelope, or of an answer without one; an error when the envelope says failure.
fn open(body: Json) -> Result<Json, ()> {
    match body {
        Json::Object(mut body) if body.get("status").is_some_and(Json::is_object) => {
            match body["status"]["code"].as_i64() {
                Some(0) | None => Ok(body.remove("data").unwrap_or_default()),
                Some(_) => Err(()),
            }
        }
        body => Ok(body),
    }
}

/// Reads the envelope of an error.
pub(crate) fn read_error(body: &Json) -> VendorError {
    let Some(status) = body.get("status").filter(|status| status.is_object()) else {
        return VendorError::usual(body);
    };
    VendorError {
        message: status["message"].as_str().unwrap_or_default().to_owned(),
        code: status["code"]
            .as_i64()
            .map(|code| code.to_string())
            .unwrap_or_default(),
        context_id: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn envelopes_are_opened_and_may_lack() {
        assert_eq!(
            open(json!({"status": {"code": 0, "message": ""}, "data": {"id": "x"}})),
            Ok(json!({"id": "x"}))
        );
        assert_eq!(open(json!({"status": {"code": 17}, "data": {}})), Err(()));
        assert_eq!(
            open(json!({"url": "N/A", "data": {}})),
            Ok(json!({"url": "N/A", "data": {}}))
        );
        assert_eq!(open(json!([1])), Ok(json!([1])));
    }

    #[test]
    fn errors_are_read_from_the_envelope() {
        let error = read_error(&json!({"status": {"code": 17, "message": "no such tenant"}}));
        assert_eq!(error.to_string(), "no such tenant (code 17)");
    }
}
