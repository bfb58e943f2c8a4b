//! The end of a walk: outputs, and the plan put in order.
//!
//! Nothing is evaluated here.

use super::{Planned, Walk};
use crate::address::{ModuleInstance, sort_by_address};
use crate::plan::model::{Action, OutputChange, Plan, PlanMode};
use crate::plan::{moves_check, relevant};
use crate::product;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;
use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Diagnostics, Marks, Value};

impl<'a, 'r> Walk<'a, 'r> {
    pub(super) fn finish(mut self) -> Planned<'r> {
        let refused = moves_check::check(&self.sources.moves, &self.evaluator, self.options.mode);
        self.plan.errored = has_errors(&self.diagnostics);
        let prior_outputs = std::mem::take(&mut self.prior.outputs);
        let root = self.evaluator.values.module(&ModuleInstance::root());
        let mut names: BTreeSet<&Arc<str>> = prior_outputs.keys().collect();
        let declared = &self.sources.config.root.outputs;
        names.extend(declared.keys());
        let null = || Value::null(trunkline_api::Type::Dynamic);
        let partial = !self.options.targets.is_empty() || !self.options.excludes.is_empty();
        for name in names {
            let prior = prior_outputs.get(name);
            let before = prior.map_or_else(null, |p| p.value.clone());
            let evaluated = root.and_then(|m| m.outputs.get(name));
            let destroys = self.options.mode == PlanMode::Destroy;
            if self.plan.errored && declared.contains_key(name) && evaluated.is_none() && !destroys
            {
                // What it would be is not known, and such a plan is not applied.
                continue;
            }
            let kept = partial && (destroys || evaluated.is_none());
            let after = match (declared.get(name), evaluated) {
                _ if kept => before.clone(),
                _ if destroys => null(),
                (None, _) => null(),
                (Some(_), Some(value)) => value.clone(),
                // It failed, so it stays.
                (Some(_), None) => before.clone(),
            };
            let sensitive = declared
                .get(name)
                .map_or_else(|| prior.is_some_and(|p| p.sensitive), |o| o.sensitive);
            let was_sensitive = prior.is_some_and(|p| p.sensitive);
            let action = if prior.is_none() && after.is_null() {
                // An output without a value is not kept, but it is part of the plan.
                match evaluated {
                    Some(_) if self.options.mode != PlanMode::Destroy => Action::NoOp,
                    _ => continue,
                }
            } else if prior.is_none() {
                Action::Create
            } else if after.is_null()
                && (evaluated.is_none() || self.options.mode == PlanMode::Destroy)
            {
                Action::Delete
            } else if before.same(&after) && sensitive == was_sensitive {
                Action::NoOp
            } else {
                Action::Update
            };
            let name = name.clone();
            let after = if sensitive {
                after.with_marks(Marks::SENSITIVE)
            } else {
                after
            };
            let all = match kept {
                true => &mut self.plan.kept_outputs,
                false => &mut self.plan.outputs,
            };
            all.push(OutputChange {
                name,
                sensitive,
                before,
                after,
                action,
            });
        }
        if let Some(root) = root {
            let given = |name: &Arc<str>| self.sources.variables.contains_key(name);
            let declared = &self.sources.config.root.variables;
            for (name, value) in &root.variables {
                let ephemeral = declared.get(name).is_some_and(|v| v.ephemeral);
                let all = match ephemeral && given(name) {
                    true => &mut self.plan.ephemeral,
                    false => &mut self.plan.variables,
                };
                let stored = value.marks().without(Marks::EPHEMERAL);
                // What was given is kept as it was given: the type of the variable makes the same of it again.
                let kept = self.sources.variables.get(name).unwrap_or(value);
                all.insert(name.clone(), kept.clone().unmark().0.with_marks(stored));
            }
        }
        self.plan.checks = self.evaluator.checks.results();
        self.plan.dropped_data.sort();
        sort_by_address(
            &mut self.plan.changes,
            |change| &change.address,
            |a, b| a.deposed.cmp(&b.deposed),
        );
        self.diagnostics.extend(self.sources.moves.warning());
        self.diagnostics.extend(forgotten(&self.plan));
        if self
            .plan
            .changes
            .iter()
            .any(|c| c.details.generated_config.is_some())
        {
            self.diagnostics.push(Diagnostic::warning(
                "Config generation is experimental",
                "Generating configuration during import is currently experimental, and the generated configuration format may change in future versions.",
            ));
        }
        if self.plan.mode == PlanMode::Normal && !self.plan.drift.is_empty() {
            let attributes = relevant::attributes(self.sources.config, &self.plan);
            for drift in &mut self.plan.drift {
                drift.relevant = relevant::bears(drift, &attributes);
            }
        }
        sort_by_address(
            &mut self.plan.drift,
            |drift| &drift.address,
            |_, _| Ordering::Equal,
        );
        let endless = endless(&self.plan);
        self.plan.errored |= !endless.is_empty();
        self.diagnostics.extend(endless);
        Planned {
            read: self.read(),
            plan: self.plan,
            refused,
            diagnostics: self.diagnostics,
            providers: self.providers,
            values: self.evaluator.values,
        }
    }
}

/// A problem for each infinity that would have to be stored: JSON has none.
fn endless(plan: &Plan) -> Diagnostics {
    let mut problems = Vec::new();
    let mut look = |what: &dyn Fn() -> String, value: &Value| {
        if !value.is_finite() {
            let what = what();
            problems.push(Diagnostic::error(
                "Infinite number",
                format!("{what} holds an infinite number, which cannot be stored. It comes from a division by zero, or from a result that is too large."),
            ));
        }
    };
    // What stays as it is has been stored already.
    let changes = plan.changes.iter().filter(|c| c.action != Action::NoOp);
    for change in changes {
        look(&|| change.address.to_string(), &change.after);
    }
    for output in &plan.outputs {
        look(&|| format!("The output {:?}", output.name), &output.after);
    }
    problems
}

/// The warning about objects that a plan forgets.
fn forgotten(plan: &Plan) -> Option<Diagnostic> {
    let forgets = plan.changes.iter().filter(|c| c.action == Action::Forget);
    let lines: String = forgets
        .map(|c| match &c.deposed {
            None => format!("\n - {}", c.address),
            Some(key) => format!("\n - {} (deposed object {key})", c.address),
        })
        .collect();
    (!lines.is_empty()).then(|| {
        let product = product::name();
        Diagnostic::warning(
            format!("Some objects will no longer be managed by {product}"),
            format!("If you apply this plan, {product} will discard its tracking information for the following objects, but it will not delete them:{lines}\n\nAfter applying this plan, {product} will no longer manage these objects. You will need to import them into {product} to manage them again."),
        )
    })
}
