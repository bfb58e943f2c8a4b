//! Which object's condition a problem is about, and which failures a run expects.
//!
//! It judges problems; it evaluates nothing.

use trunkline_api::diagnostic::Span;
use trunkline_api::{Diagnostic, Diagnostics};

use crate::address::{Address, Mode};
use crate::config::test_file::Run;
use crate::config::{Condition, Config};
use crate::lang::ast::Traversal;
use crate::lang::source::Sources;

/// The failures that a run expects, and those that came.
pub struct Expected<'r> {
    /// Each as written, and as the object is called.
    wanted: Vec<(&'r Traversal, String)>,
    seen: Vec<bool>,
}

impl<'r> Expected<'r> {
    /// The failures that `run` expects; those of objects without conditions come as problems.
    pub fn new(run: &'r Run, sources: &Sources) -> (Expected<'r>, Diagnostics) {
        let mut wanted = Vec::new();
        let mut problems = Vec::new();
        for traversal in &run.expect_failures {
            let text = traversal.to_string();
            let checkable = match &*traversal.root {
                "var" | "output" | "check" => traversal.steps.len() == 1,
                "module" | "local" | "each" | "count" | "path" | "terraform" | "self" => false,
                _ => Address::parse(&text).is_some(),
            };
            match checkable {
                true => wanted.push((traversal, text)),
                false => problems.push(sources.error(
                    traversal.span,
                    "Invalid `expect_failures` reference",
                    format!("You cannot expect failures from {text}. You can only expect failures from checkable objects such as input variables, output values, check blocks, managed resources and data sources."),
                )),
            }
        }
        let seen = vec![false; wanted.len()];
        (Expected { wanted, seen }, problems)
    }

    /// Whether any failure is expected.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// The object whose expected failure a problem is, if it is one; it is remembered.
    pub fn meets(&mut self, problem: &Diagnostic, config: &Config) -> Option<String> {
        let about = about(problem, config)?;
        let whole = Address::parse(&about).map(|a| a.config().resource.to_string());
        let mut met = None;
        for (i, (_, text)) in self.wanted.iter().enumerate() {
            if *text == about || whole.as_ref() == Some(text) {
                self.seen[i] = true;
                met = Some(text.clone());
            }
        }
        met
    }

    /// A problem for each failure that did not come.
    #[must_use]
    pub fn missing(&self, sources: &Sources) -> Diagnostics {
        let missing = self
            .wanted
            .iter()
            .zip(&self.seen)
            .filter(|(_, seen)| !**seen);
        missing
            .map(|((traversal, text), _)| {
                sources.error(
                    traversal.span,
                    "Missing expected failure",
                    format!(
                        "The checkable object, {text}, was expected to report an error but did not."
                    ),
                )
            })
            .collect()
    }
}

/// The object of the root module whose condition does not hold, as a problem tells by its place.
#[must_use]
pub fn about(problem: &Diagnostic, config: &Config) -> Option<String> {
    let at = problem.span.as_ref()?;
    let root = &config.root;
    let place = |span| config.sources.span(span);
    for variable in root.variables.values() {
        if problem.summary == "Invalid value for variable" && *at == place(variable.span) {
            return Some(format!("var.{}", variable.name));
        }
    }
    let within = |conditions: &[Condition]| {
        let mut all = conditions.iter();
        all.any(|c| same(at, &place(c.condition.span)))
    };
    if let Some(output) = root.outputs.values().find(|o| within(&o.preconditions)) {
        return Some(format!("output.{}", output.name));
    }
    if let Some(check) = root.checks.values().find(|c| within(&c.asserts)) {
        return Some(format!("check.{}", check.name));
    }
    let failing = root.resources.values().find(|r| {
        within(&r.meta.lifecycle.preconditions) || within(&r.meta.lifecycle.postconditions)
    });
    if let Some(resource) = failing {
        let named = problem.address.clone();
        return Some(named.unwrap_or_else(|| resource.address.resource.to_string()));
    }
    // A data source inside a check that cannot be read is a failure of the check.
    let nested = problem.address.as_deref().and_then(Address::parse)?;
    let declared = root.resources.get(&nested.resource)?;
    match (&declared.meta.check, nested.resource.mode) {
        (Some(check), Mode::Data) => Some(format!("check.{check}")),
        _ => None,
    }
}

fn same(a: &Span, b: &Span) -> bool {
    a.file == b.file && a.start.byte == b.start.byte && a.end.byte == b.end.byte
}
