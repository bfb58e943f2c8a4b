//! What the body of a success may be. A proxy or a page for signing in answers 200 too, and has done nothing of what was
//! asked; so it counts for no success, whether or not anybody reads the body.
//!
//! It only looks at answers; what one means for an object is the resources' subject.

use serde::de::IgnoredAny;

use crate::{Answer, HttpError};

/// What the body of a success may be, where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Content {
    /// JSON, whatever its content type says.
    #[default]
    Json,
    /// Anything but a page for people.
    Text,
    /// Anything: whoever asked looks at it.
    Any,
}

impl Content {
    /// The answer, unless it is a success with the wrong body.
    pub(crate) fn check(self, answer: Answer) -> Result<Answer, HttpError> {
        if !answer.is_success() || answer.is_empty() {
            return Ok(answer);
        }
        match self {
            Content::Json if serde_json::from_slice::<IgnoredAny>(answer.bytes()).is_err() => {
                Err(answer.malformed("it is not JSON"))
            }
            Content::Text if answer.is_page() => Err(answer.malformed("it is a page")),
            _ => Ok(answer),
        }
    }
}
