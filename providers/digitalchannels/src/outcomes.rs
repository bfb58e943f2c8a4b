//! Answers to the engine, put together from what the calls found.

use std::sync::Arc;

use trunkline_api::provider::{ImportResponse, ReconcileResponse, Reconciled};
use trunkline_api::{Diagnostic, Diagnostics, Value};

/// The objects that a lost create has made, all of them usable.
pub(crate) fn reconciled(states: impl IntoIterator<Item = Value>) -> ReconcileResponse {
    let whole = |state| Reconciled {
        state,
        private: Arc::from(&b""[..]),
        incomplete: false,
    };
    ReconcileResponse {
        found: states.into_iter().map(whole).collect(),
        ..ReconcileResponse::default()
    }
}

/// Nothing was learnt.
pub(crate) fn not_reconciled(problem: Diagnostic) -> ReconcileResponse {
    ReconcileResponse {
        diagnostics: vec![problem],
        ..ReconcileResponse::default()
    }
}

/// The attributes that an import id stands for, enough to read the object.
pub(crate) fn imported(found: Result<Vec<(&'static str, Value)>, Diagnostics>) -> ImportResponse {
    match found {
        Ok(attributes) => ImportResponse {
            state: Some(Value::object(attributes)),
            ..ImportResponse::default()
        },
        Err(problems) => ImportResponse {
            diagnostics: problems,
            ..ImportResponse::default()
        },
    }
}
