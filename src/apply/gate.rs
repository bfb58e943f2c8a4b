//! What keeps a change from being begun: a change window that holds it now.
//!
//! It looks at the clock right before each change, so a run that lasts into a window stops before the next change
//! that the window is about.

use std::sync::Arc;

use trunkline_api::Diagnostic;
use trunkline_state::{Event, RowName};

use super::journal::Journal;
use crate::config::own::ChangeWindow;
use crate::plan::{ResourceChange, windows};

/// The windows of a run.
pub struct Gate {
    /// The windows.
    pub windows: Vec<ChangeWindow>,
    /// Now, in RFC 3339.
    pub now: Arc<dyn Fn() -> String + Send + Sync>,
    /// What is held is done all the same, for this reason (which may be empty).
    pub override_reason: Option<String>,
}

impl Gate {
    /// Why a change may not be begun now. Where that is overridden, the history is told.
    pub fn closed(&self, change: &ResourceChange, journal: &Journal) -> Option<Diagnostic> {
        if self.windows.is_empty() {
            return None;
        }
        let Ok(now) = (self.now)().parse() else {
            let detail = "The clock cannot be read, so nobody knows what change windows hold.";
            return Some(Diagnostic::error("Unreadable clock", detail));
        };
        let (window, until) = windows::holding(&self.windows, change, now)?;
        let Some(reason) = &self.override_reason else {
            let when = match until {
                Some(until) => format!("until {until}"),
                None => "always".into(),
            };
            let detail = format!(
                "The change window {:?} of trunkline.hcl holds this change {when}. Run it again then, or with -allow-outside-window, which the history records.",
                window.name
            );
            let waits = Diagnostic::waiting("Change is held by a change window", detail);
            return Some(waits.about(change.address.to_string()));
        };
        let reason = match reason.as_str() {
            "" => String::new(),
            text => format!(": {text}"),
        };
        drop(journal.writer.record(Event {
            key: RowName::current(change.address.to_string()),
            action: "change window".into(),
            result: format!(
                "{:?} overridden with -allow-outside-window{reason}",
                window.name
            ),
            detail: Vec::new(),
        }));
        None
    }
}
