//! The one way to report a problem to a person: what happened, where, why, and what to do.
//!
//! A diagnostic is data; rendering belongs to the engine's `report`. It must never hold a secret in clear.

use std::sync::Arc;

use crate::{Path, Value};

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The operation cannot go on.
    Error,
    /// The operation goes on.
    Warning,
}

/// A place in a source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pos {
    /// Line, from 1.
    pub line: u32,
    /// Column in grapheme clusters, from 1.
    pub column: u32,
    /// Offset in bytes, from 0.
    pub byte: u32,
}

/// A range of a source file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file's name as shown to people, relative to the working directory.
    pub file: Arc<str>,
    /// First position.
    pub start: Pos,
    /// Position after the last byte.
    pub end: Pos,
}

/// The value that a reference in the failing expression had.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceValue {
    /// The reference as written, e.g. `var.name`.
    pub traversal: String,
    /// Its value; renderers mask what is marked sensitive.
    pub value: Value,
}

/// A problem, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// A fixed phrase without names of the user's.
    pub summary: String,
    /// Full sentences: what, why, what to do. May be empty.
    pub detail: String,
    /// The address of the object concerned, if any.
    pub address: Option<String>,
    /// The attribute concerned, relative to the object's configuration; the engine turns it into a span.
    pub attribute: Option<Path>,
    /// Where in the configuration.
    pub span: Option<Span>,
    /// A wider range that gives context to `span`, if any.
    pub context: Option<Span>,
    /// Values of the references in the expression at `span`.
    pub values: Vec<ReferenceValue>,
    /// It tells a result of a `check` block: each is shown by itself, and an apply finds it out anew.
    pub of_check: bool,
    /// Nothing is wrong: the change waits for something outside of the run, such as a person, and what depends on it
    /// waits with it.
    pub waits: bool,
}

/// Problems in the order found.
pub type Diagnostics = Vec<Diagnostic>;

impl Diagnostic {
    /// An error.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            summary: summary.into(),
            detail: detail.into(),
            address: None,
            attribute: None,
            span: None,
            context: None,
            values: Vec::new(),
            of_check: false,
            waits: false,
        }
    }

    /// A change that waits for something outside of the run.
    pub fn waiting(summary: impl Into<String>, detail: impl Into<String>) -> Diagnostic {
        Diagnostic {
            waits: true,
            ..Diagnostic::error(summary, detail)
        }
    }

    /// A warning.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(summary, detail)
        }
    }

    /// The same, placed in the configuration.
    #[must_use]
    pub fn at(mut self, span: Span) -> Diagnostic {
        self.span = Some(span);
        self
    }

    /// The same, about one attribute of the object's configuration.
    #[must_use]
    pub fn on(mut self, attribute: Path) -> Diagnostic {
        self.attribute = Some(attribute);
        self
    }

    /// The same, about the object at `address`.
    #[must_use]
    pub fn about(mut self, address: impl Into<String>) -> Diagnostic {
        self.address = Some(address.into());
        self
    }

    /// The same, about no object: what stands in a call's answer is otherwise about the object of the call.
    #[must_use]
    pub fn about_nothing(self) -> Diagnostic {
        self.about("")
    }

    /// Whether this is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Whether something waits and nothing failed: all errors are changes that wait.
#[must_use]
pub fn only_waits(diagnostics: &[Diagnostic]) -> bool {
    has_errors(diagnostics) && diagnostics.iter().all(|d| d.waits || !d.is_error())
}

/// Whether any of `diagnostics` is an error.
#[must_use]
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}
