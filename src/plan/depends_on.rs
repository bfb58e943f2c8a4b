//! Whether what `depends_on` names can be named there, and is declared.
//!
//! It orders nothing; the graph does that.

use trunkline_api::Diagnostics;
use trunkline_api::diagnostic::has_errors;

use super::evaluate::{Evaluator, Place};
use crate::address::{InstanceKey, ModuleInstance};
use crate::config::reference::{Reference, Subject, parse};
use crate::config::{Config, Module};
use crate::lang::ast::{Step, StepKind, Traversal};
use crate::lang::eval::Scope;

/// What is wrong with the `depends_on` of all resources, calls and outputs.
pub fn check(config: &Config, evaluator: &Evaluator<'_>, diagnostics: &mut Diagnostics) {
    for module in config.modules() {
        let resources = module.resources.values().map(|r| &r.meta.depends_on);
        let calls = module.calls.values().map(|c| &c.depends_on);
        let outputs = module.outputs.values().map(|o| &o.depends_on);
        for names in resources.chain(calls).chain(outputs) {
            if !names.is_empty() {
                check_list(module, names, evaluator, diagnostics);
            }
        }
    }
}

/// As in Terraform, nothing is looked for any more once something is wrong with the list.
fn check_list(
    module: &Module,
    names: &[Traversal],
    evaluator: &Evaluator<'_>,
    diagnostics: &mut Diagnostics,
) {
    let sources = &evaluator.config.sources;
    let path = module.path.0.iter();
    let instance = ModuleInstance(path.map(|n| (n.clone(), InstanceKey::None)).collect());
    let before = diagnostics.len();
    for name in names {
        match parse(name, sources) {
            Err(problem) => diagnostics.push(problem),
            Ok(reference) => {
                let rest = beyond(name, &reference);
                if let (Some(first), Some(last)) = (rest.first(), rest.last()) {
                    diagnostics.push(sources.error(
                        first.span.to(last.span),
                        "Invalid depends_on reference",
                        "References in depends_on must be to a whole object (resource, etc), not to an attribute of an object.",
                    ));
                }
            }
        }
        if !has_errors(&diagnostics[before..]) {
            let found = evaluator.with_scope(&Place::of(&instance), |scope| scope.resolve(name));
            if let Some(Err(unresolved)) = found {
                diagnostics.push(*unresolved.problem);
            }
        }
    }
}

/// The steps that go beyond a whole object; one of its instances is one.
fn beyond<'t>(name: &'t Traversal, reference: &Reference) -> &'t [Step] {
    let rest = name.steps.get(reference.consumed..).unwrap_or_default();
    match (&reference.subject, rest) {
        (Subject::Resource(_), [first, others @ ..])
            if matches!(first.kind, StepKind::Index(_)) =>
        {
            others
        }
        _ => rest,
    }
}
