//! What a call of a resource or data source came to.
//!
//! It says nothing about how the engine answers to it.

use std::sync::Arc;

use crate::{Diagnostic, Diagnostics, Value};

/// The outcome of one call. Without a state it means "no object" where it succeeded, and "as before"
/// where it failed.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The object after the call, shaped by the schema or sparse (missing attributes become null).
    pub state: Option<Value>,
    /// What is to be kept privately; as before when absent.
    pub private: Option<Arc<[u8]>>,
    /// Problems.
    pub diagnostics: Diagnostics,
    /// Whether the call took effect is not known.
    pub unsettled: bool,
}

impl Outcome {
    /// The object is now so.
    #[must_use]
    pub fn is(state: Value) -> Outcome {
        Outcome {
            state: Some(state),
            ..Outcome::default()
        }
    }

    /// There is no object.
    #[must_use]
    pub fn gone() -> Outcome {
        Outcome::default()
    }

    /// The call failed and changed nothing that is known.
    #[must_use]
    pub fn failed(problem: impl Into<Diagnostic>) -> Outcome {
        Outcome {
            diagnostics: vec![problem.into()],
            ..Outcome::default()
        }
    }

    /// The same, with a problem more.
    #[must_use]
    pub fn with(mut self, problem: impl Into<Diagnostic>) -> Outcome {
        self.diagnostics.push(problem.into());
        self
    }

    /// The same, with the object as far as it was made.
    #[must_use]
    pub fn holding(mut self, state: Value) -> Outcome {
        self.state = Some(state);
        self
    }

    /// The same, with private data.
    #[must_use]
    pub fn private(mut self, bytes: impl Into<Arc<[u8]>>) -> Outcome {
        self.private = Some(bytes.into());
        self
    }

    /// The same; when `unsettled`, whether the call took effect is not known.
    #[must_use]
    pub fn unsettled(mut self, unsettled: bool) -> Outcome {
        self.unsettled = self.unsettled || unsettled;
        self
    }
}
