//! What came of a task: counted, reported, and put where expressions find it.
//!
//! It begins nothing.

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostics, Value};

use super::{Absorbed, Done, End, Walk};
use crate::address::Address;
use crate::apply::order::Step;
use crate::apply::step::keep;
use crate::graph::config_graph::Node;
use crate::graph::dag::Index;
use crate::plan::checks::CheckStatus;
use crate::plan::conditions;
use crate::plan::values::RepetitionData;
use crate::plan::{Action, ResourceChange};

impl<'a> Walk<'a, '_> {
    /// Takes what a task gave.
    pub(super) fn absorb(&mut self, index: Index, done: Done<'a>) -> Absorbed<'a> {
        let before = self.applied.diagnostics.len();
        let mut all_well = true;
        if let Done::Made(change, ..) | Done::Destroyed(change, _) = &done {
            self.ended[change.place] += 1;
        }
        match done {
            Done::Provider(step, slot, diagnostics) => {
                self.applied.diagnostics.extend(diagnostics);
                match step {
                    Step::PriorProvider(path, name) => {
                        self.prior_slots.insert((path, name), slot);
                    }
                    Step::Config(Node::Provider(path, name)) => {
                        self.providers.put(path, name, slot)
                    }
                    _ => {}
                }
            }
            Done::Made(change, repetition, mut made) => {
                if let Some(open) = made.open.take() {
                    let next = self.after_make(index, change, repetition, made, open);
                    return Absorbed::Next(next);
                }
                let well = !has_errors(&made.diagnostics);
                all_well = well;
                self.report(&change.address, made.diagnostics);
                if let Some(key) = made.deposed {
                    self.aside.insert(change.address.clone(), key);
                }
                if well {
                    match change.action {
                        Action::Update if made.idle => {}
                        Action::Update => self.applied.counts.change += 1,
                        _ => self.applied.counts.add += 1,
                    }
                    self.postconditions(&change.address, &repetition, &made.value);
                    self.set_value(&change.address, made.value);
                } else if change.action == Action::CreateThenDelete {
                    self.unmade.insert(change.address.clone());
                }
            }
            Done::Read(change, _, schema, value, diagnostics)
                if self.check_of(&change.address).is_some() =>
            {
                self.read_for_check(change, &schema, value, diagnostics);
            }
            Done::Read(change, repetition, schema, value, diagnostics) => {
                let well = !has_errors(&diagnostics);
                all_well = well;
                self.report(&change.address, diagnostics);
                if well {
                    self.postconditions(&change.address, &repetition, &value);
                    keep(change, &value, &schema, &self.tools);
                    self.set_value(&change.address, value);
                }
            }
            Done::Provisioned(turn) => {
                let next = self.next_provisioner(index, *turn);
                return Absorbed::Next(next);
            }
            Done::NotProvisioned(turn, problem) => {
                self.applied.diagnostics.push(problem);
                let next = self.provisioners_end(index, *turn, false);
                return Absorbed::Next(next);
            }
            Done::Unprovisioned(change, made) => {
                all_well = false;
                self.report(&change.address, made.diagnostics);
                if change.action == Action::CreateThenDelete {
                    self.unmade.insert(change.address.clone());
                }
            }
            Done::Opened(address, repetition, opened) => {
                all_well = self.has_opened(index, &address, &repetition, *opened);
            }
            Done::Destroyed(change, made) => {
                let well = !has_errors(&made.diagnostics);
                all_well = well;
                self.report(&change.address, made.diagnostics);
                if well {
                    match change.action {
                        Action::Forget => self.applied.counts.forget += 1,
                        _ if change.before.is_null() => {}
                        _ => self.applied.counts.destroy += 1,
                    }
                }
            }
        }
        Absorbed::Ended(End::of(all_well, &self.applied.diagnostics[before..]))
    }

    /// The check that a data source is inside of.
    pub(super) fn check_of(&self, address: &Address) -> Option<&'a std::sync::Arc<str>> {
        let module = self.sources.config.module(&address.module.path())?;
        module.resources.get(&address.resource)?.meta.check.as_ref()
    }

    /// A data source inside a check: that it cannot be read is a result of the check.
    fn read_for_check(
        &mut self,
        change: &ResourceChange,
        schema: &trunkline_api::Schema,
        value: Value,
        diagnostics: Diagnostics,
    ) {
        let Some(check) = self.check_of(&change.address) else {
            return;
        };
        let (status, value) = match has_errors(&diagnostics) {
            true => (CheckStatus::Fail, change.after.clone()),
            false => (CheckStatus::Pass, value),
        };
        self.evaluator
            .report_data(&change.address, check, status, Some(&diagnostics));
        self.report(&change.address, conditions::as_warnings(diagnostics));
        self.set_value(&change.address, value.clone());
        if status == CheckStatus::Pass {
            keep(change, &value, schema, &self.tools);
        }
    }

    /// Adds what a provider said of an object; what it said of another one in the same words (that it refuses
    /// the credentials, say) is not said again.
    pub(super) fn report(&mut self, address: &Address, diagnostics: Diagnostics) {
        for problem in diagnostics {
            if self.said.is_new(&problem) {
                let placed = crate::plan::validate::place(problem, address, self.sources.config);
                self.applied.diagnostics.push(placed);
            }
        }
    }

    pub(super) fn postconditions(
        &mut self,
        address: &Address,
        repetition: &RepetitionData,
        value: &Value,
    ) {
        self.evaluator
            .postconditions(address, repetition, value, &mut self.applied.diagnostics);
    }
}
