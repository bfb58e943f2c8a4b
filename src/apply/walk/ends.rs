//! What a run does before its first step and after its last: moves, rows without objects, outputs, results of conditions.
//!
//! No provider is called here.

use trunkline_api::diagnostic::has_errors;
use trunkline_state::Output;

use super::Walk;
use crate::address::{Address, ModuleInstance};
use crate::plan::checks_codec::encode;
use crate::plan::prior::encode_output;
use crate::plan::{Action, PlanMode, ResourceChange};

impl<'a> Walk<'a, '_> {
    /// Rows of objects that have moved take their new addresses before anything else happens to them.
    pub(super) fn moves(&mut self) {
        for change in std::mem::take(&mut self.sources.moves) {
            self.sources.journal.batch("move", change);
        }
    }

    /// Rows of objects that reading found gone and that no step comes to: those put aside by a replacement, and all where
    /// everything is destroyed.
    pub(super) fn vanished(&self) {
        let gone = |c: &&ResourceChange| c.action == Action::NoOp && c.after.is_null();
        let destroying = self.plan.mode == PlanMode::Destroy;
        let passed_by = |c: &&ResourceChange| destroying || c.deposed.is_some();
        for change in self.plan.changes.iter().filter(gone).filter(passed_by) {
            let address = change.address.to_string();
            let key = match &change.deposed {
                Some(key) => trunkline_state::RowName::deposed(address, key.clone()),
                None => trunkline_state::RowName::current(address),
            };
            self.sources
                .journal
                .batch("refresh", trunkline_state::Change::Delete(key));
        }
    }

    /// Rows of data sources that are not wanted any more.
    pub(super) fn forget_data(&mut self) {
        for address in &self.plan.dropped_data {
            let key = trunkline_state::RowName::current(address.to_string());
            self.sources
                .journal
                .batch("forget", trunkline_state::Change::Delete(key));
        }
    }

    /// The outputs: those evaluated in this run, and those of before where that did not come to pass.
    pub(super) fn outputs(&mut self) {
        let root = self.evaluator.values.module(&ModuleInstance::root());
        for change in &self.plan.outputs {
            let evaluated = root.and_then(|m| m.outputs.get(&change.name));
            let value = match (self.plan.mode, change.action, evaluated) {
                (PlanMode::Destroy, ..) if has_errors(&self.applied.diagnostics) => {
                    change.before.clone()
                }
                (_, Action::Delete, _) => continue,
                (_, _, Some(value)) if value.is_wholly_known() => value.clone(),
                _ => change.before.clone(),
            };
            if !value.is_null() {
                self.applied
                    .outputs
                    .insert(change.name.clone(), (value, change.sensitive));
            }
        }
        for kept in &self.plan.kept_outputs {
            let value = (kept.before.clone(), kept.sensitive);
            self.applied.outputs.insert(kept.name.clone(), value);
        }
        let outputs: Vec<Output> = self
            .applied
            .outputs
            .iter()
            .map(|(name, (value, sensitive))| encode_output(name, value, *sensitive))
            .collect();
        let ticket = self
            .sources
            .journal
            .writer
            .set_outputs(outputs, trunkline_state::Durability::Batched);
        drop(ticket);
    }

    /// What has not come to an end.
    pub(super) fn left(&mut self) {
        let mut left: Vec<(&Address, usize, usize)> = Vec::new();
        for (change, ended) in self.plan.changes.iter().zip(&self.ended) {
            let ended = usize::from(*ended);
            let steps = match change.action {
                Action::NoOp | Action::Read => continue,
                Action::DeleteThenCreate | Action::CreateThenDelete => 2,
                _ => 1,
            };
            match left.last_mut() {
                Some((address, wanted, ends)) if **address == change.address => {
                    *wanted += steps;
                    *ends += ended;
                }
                _ => {
                    // What has come to its end is not kept in mind.
                    left.pop_if(|(_, wanted, ended)| ended >= wanted);
                    left.push((&change.address, steps, ended));
                }
            }
        }
        left.pop_if(|(_, wanted, ended)| ended >= wanted);
        self.applied.left = left.into_iter().map(|(a, ..)| a.to_string()).collect();
    }

    /// The results of conditions. A condition that the apply did not come to stays unknown.
    pub(super) fn checks(&self) {
        // Where nothing is changed the plan has found out all there is.
        let results = match self.plan.mode {
            PlanMode::RefreshOnly => self.plan.checks.clone(),
            _ => self.evaluator.checks.results(),
        };
        let text = match results.is_empty() {
            true => Vec::new(),
            false => encode(&results).to_string().into_bytes(),
        };
        let writer = &self.sources.journal.writer;
        let ticket = writer.set_checks(text, trunkline_state::Durability::Batched);
        drop(ticket);
    }
}
