//! Why references mean nothing, and which of the reasons are told together.
//!
//! It knows no names; scopes find the reasons.

use trunkline_api::{Diagnostic, Diagnostics};

/// When a reason shows itself, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The reference names nothing that there could be.
    Form,
    /// It is about the object at hand itself, which is for the object to tell.
    Own,
    /// What it names is not declared, or not so.
    Declared,
    /// There is no value for it.
    Value,
}

/// Why a reference means nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Unresolved {
    /// When this shows itself.
    pub stage: Stage,
    /// What to show.
    pub problem: Box<Diagnostic>,
}

impl Unresolved {
    /// A reason that shows itself at `stage`.
    #[must_use]
    pub fn at(stage: Stage, problem: Diagnostic) -> Unresolved {
        Unresolved {
            stage,
            problem: Box::new(problem),
        }
    }
}

impl From<Diagnostic> for Unresolved {
    fn from(problem: Diagnostic) -> Unresolved {
        Unresolved::at(Stage::Value, problem)
    }
}

/// What is told of the reasons found in one expression or body: where something is not declared, nothing is said of
/// values, which nobody has looked for by then.
#[must_use]
pub fn told(problems: Vec<Unresolved>) -> Diagnostics {
    let undeclared = problems.iter().any(|p| p.stage == Stage::Declared);
    problems
        .into_iter()
        .filter(|p| !undeclared || p.stage != Stage::Value)
        .map(|p| *p.problem)
        .collect()
}

/// Whether any of the reasons keeps the expression or body from being evaluated.
#[must_use]
pub fn stops(problems: &[Unresolved]) -> bool {
    problems.iter().any(|p| p.stage != Stage::Own)
}
