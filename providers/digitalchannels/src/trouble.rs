//! What can go wrong with a call, and how that is said to a person.
//!
//! No text here holds a secret: the HTTP kit clears what the service says of those that were sent.

use trunkline_api::Diagnostic;
use trunkline_api::kit::Outcome;
use trunkline_http::HttpError;

/// What to do when the outcome is not known.
const OPEN: &str =
    "Whether the change took effect is not known; the next run finds out before it does anything.";

/// Why something could not be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// The call failed or was refused.
    Http(HttpError),
    /// What is there, or what was answered, is not as it must be. Nothing was changed.
    Unexpected(String),
    /// Something was changed, but the answer does not say what is needed to go on.
    Unclear(String),
}

impl From<HttpError> for Trouble {
    fn from(error: HttpError) -> Trouble {
        Trouble::Http(error)
    }
}

impl Trouble {
    /// The trouble as an error; `doing` begins the sentence, as in "Creating the service SMS".
    pub(crate) fn report(self, doing: &str) -> Diagnostic {
        match self {
            Trouble::Http(error) if error.ambiguous() => error.doing(doing).advice(OPEN).into(),
            Trouble::Http(error) => error.doing(doing).into(),
            Trouble::Unexpected(text) => Diagnostic::error(
                "Unexpected State of Digital Channels",
                format!("{doing} failed: {text}"),
            ),
            Trouble::Unclear(text) => {
                Diagnostic::error("Malformed Answer", format!("{doing} failed: {text}"))
            }
        }
    }

    /// Whether something may have been changed without our knowing.
    pub(crate) fn is_ambiguous(&self) -> bool {
        match self {
            Trouble::Http(error) => error.ambiguous(),
            Trouble::Unexpected(_) => false,
            Trouble::Unclear(_) => true,
        }
    }

    /// The trouble as the outcome of a call.
    pub(crate) fn outcome(self, doing: &str) -> Outcome {
        let unsettled = self.is_ambiguous();
        Outcome::failed(self.report(doing)).unsettled(unsettled)
    }
}
