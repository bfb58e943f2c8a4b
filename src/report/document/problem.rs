//! Problems that planning ended with, as a report tells them: what, where, and why there is no plan to apply.
//!
//! A problem's words hold no secret; the values of references, which a terminal shows beside it, are not told here.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};
use trunkline_api::Diagnostic;

use super::Place;

/// An error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is, in a few words.
    pub summary: String,
    /// What happened, why, and what to do.
    pub detail: String,
    /// The address of the object that it is about.
    pub object: Option<String>,
    /// Where it is written.
    pub place: Option<Place>,
}

impl Problem {
    /// The errors among diagnostics.
    #[must_use]
    pub fn among(diagnostics: &[Diagnostic]) -> Vec<Problem> {
        let errors = diagnostics.iter().filter(|d| d.is_error());
        let problem = |d: &Diagnostic| Problem {
            summary: d.summary.clone(),
            detail: d.detail.clone(),
            object: d.address.clone().filter(|a| !a.is_empty()),
            place: d.span.as_ref().map(|span| Place {
                file: span.file.to_string(),
                line: span.start.line,
                end: span.end.line,
            }),
        };
        errors.map(problem).collect()
    }

    /// Puts every text of it through a function.
    #[must_use]
    pub fn map(self, text: impl Fn(&str) -> String) -> Problem {
        Problem {
            summary: text(&self.summary),
            detail: text(&self.detail),
            ..self
        }
    }

    /// The detail, or the summary where there is none.
    #[must_use]
    pub fn told(&self) -> &str {
        match self.detail.is_empty() {
            true => &self.summary,
            false => &self.detail,
        }
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Json {
        let mut json = json!({"summary": self.summary, "detail": self.detail});
        if let Some(object) = &self.object {
            json["address"] = json!(object);
        }
        if let Some(place) = &self.place {
            json["file"] = json!(place.file);
            json["line"] = json!(place.line);
        }
        json
    }
}

/// For people without a browser, one after the other.
#[must_use]
pub fn text(problems: &[Problem]) -> String {
    let mut out = String::new();
    for problem in problems {
        let _ = write!(out, "\nError: {}\n", problem.summary);
        if let Some(place) = &problem.place {
            let _ = write!(out, "\n  on {} line {}\n", place.file, place.line);
        }
        if let Some(object) = &problem.object {
            let _ = writeln!(out, "  with {object}");
        }
        if !problem.detail.is_empty() {
            let _ = write!(out, "\n{}\n", problem.detail);
        }
    }
    out
}
