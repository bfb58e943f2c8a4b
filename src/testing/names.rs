//! What expressions of tests may refer to: the outputs of earlier runs, those of the run itself, the variables of the
//! tests, and everything in the root module.
//!
//! It changes nothing and knows no files.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::Value;

use crate::config::block::nearest;
use crate::lang::ast::Traversal;
use crate::lang::eval::{CallOutcome, Scope, Unresolved};
use crate::lang::functions::FunctionContext;
use crate::lang::source::Sources;

/// The names.
pub struct Names<'n> {
    /// The texts.
    pub sources: &'n Sources,
    /// What functions may reach.
    pub functions: &'n FunctionContext,
    /// The variables of the tests.
    pub variables: &'n BTreeMap<Arc<str>, Value>,
    /// The outputs of the runs that have ended, by run; none where runs may not be referred to.
    pub runs: Option<&'n BTreeMap<Arc<str>, Value>>,
    /// The names of all runs of the file.
    pub all_runs: &'n [Arc<str>],
    /// The outputs of the run itself, by name, and the root module; none where values for variables are made.
    pub module: Option<Itself<'n>>,
}

/// The outputs of a run by name, and its root module.
pub type Itself<'n> = (&'n BTreeMap<Arc<str>, Value>, &'n dyn Scope);

impl Names<'_> {
    fn error(&self, t: &Traversal, summary: &str, detail: String) -> Unresolved {
        self.sources.error(t.span, summary, detail).into()
    }

    fn run(&self, t: &Traversal) -> Result<(Value, usize), Unresolved> {
        let Some(runs) = self.runs else {
            return Err(self.error(
                t,
                "Invalid reference",
                "You can not reference run blocks from within the file variables block.".into(),
            ));
        };
        let Some(name) = t.attr(0) else {
            return Err(self.error(
                t,
                "Invalid reference",
                "The \"run\" object cannot be accessed directly. Instead, access one of its attributes."
                    .into(),
            ));
        };
        if let Some(outputs) = runs.get(name) {
            let output = t.attr(1).and_then(|output| outputs.attr(output));
            if self.module.is_none() && output.is_some_and(|v| !v.is_wholly_known()) {
                let detail = format!(
                    "The value for {t} is unknown. Run block {name:?} only planned, and the output is known only after an apply."
                );
                return Err(self.error(t, "Reference to unknown value", detail));
            }
            return Ok((outputs.clone(), 1));
        }
        let names: Vec<&str> = self.all_runs.iter().map(|n| &**n).collect();
        let within_assertion = self.module.is_some();
        if names.contains(&name) && within_assertion {
            return Err(self.error(
                t,
                "Reference to unevaluated run block",
                format!("The run {name:?} block has not yet been evaluated, so its results are not available here."),
            ));
        }
        if names.contains(&name) {
            return Err(self.error(
                t,
                "Reference to unavailable run block",
                format!("The run block {name:?} has not executed yet. You can only reference run blocks that are in the same test file and will execute before the current run block."),
            ));
        }
        let near = nearest(name, &names).map(|n| format!(" Did you mean {n:?}?"));
        if !within_assertion {
            return Err(self.error(
                t,
                "Reference to unknown run block",
                format!(
                    "The run block {name:?} does not exist within this test file.{} You can only reference run blocks that are in the same test file and will execute before the current run block.",
                    near.unwrap_or_default()
                ),
            ));
        }
        Err(self.error(
            t,
            "Reference to undeclared run block",
            format!(
                "There is no run {name:?} declared in this test suite.{}",
                near.unwrap_or_default()
            ),
        ))
    }
}

impl Scope for Names<'_> {
    fn sources(&self) -> &Sources {
        self.sources
    }

    fn functions(&self) -> &FunctionContext {
        self.functions
    }

    fn call_provider(&self, name: &str, args: &[Value]) -> Option<CallOutcome> {
        self.module?.1.call_provider(name, args)
    }

    fn has_provider(&self, local_name: &str) -> bool {
        self.module
            .is_some_and(|(_, scope)| scope.has_provider(local_name))
    }

    fn resolve(&self, t: &Traversal) -> Result<(Value, usize), Unresolved> {
        if &*t.root == "run" {
            return self.run(t);
        }
        let Some((outputs, scope)) = self.module else {
            if &*t.root != "var" {
                let detail = match self.runs {
                    Some(_) => {
                        "You can only reference earlier run blocks, file level, and global variables while defining variables from inside a run block."
                    }
                    None => {
                        "You can only reference variables and earlier run blocks from within a variables block."
                    }
                };
                return Err(self.error(t, "Invalid reference", detail.into()));
            }
            return match t.attr(0).and_then(|name| self.variables.get(name)) {
                Some(value) => Ok((value.clone(), 1)),
                None if self.runs.is_some() => Err(self.error(
                    t,
                    "Reference to unavailable variable",
                    format!("The input variable {:?} is not available to the current run block. You can only reference variables defined at the file or global levels.", t.attr(0).unwrap_or_default()),
                )),
                None => Err(self.error(
                    t,
                    "Reference to unavailable variable",
                    format!("The input variable {:?} is not available to the current context. Within the variables block of a run block you can only reference variables defined at the file or global level.", t.attr(0).unwrap_or_default()),
                )),
            };
        };
        match (&*t.root, t.attr(0)) {
            ("output", Some(name)) => match outputs.get(name) {
                Some(value) => Ok((value.clone(), 1)),
                None => {
                    let names: Vec<&str> = outputs.keys().map(|n| &**n).collect();
                    let near = nearest(name, &names).map(|n| format!(" Did you mean {n:?}?"));
                    Err(self.error(
                        t,
                        "Reference to undeclared output value",
                        format!(
                            "An output value with the name {name:?} has not been declared.{}",
                            near.unwrap_or_default()
                        ),
                    ))
                }
            },
            ("var", Some(name)) => match (scope.resolve(t), self.variables.get(name)) {
                (Err(_), Some(value)) => Ok((value.clone(), 1)),
                (resolved, _) => resolved,
            },
            _ => scope.resolve(t),
        }
    }
}
