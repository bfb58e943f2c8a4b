//! Ephemeral resources while planning: opened where all is known, put off to the apply otherwise.
//!
//! It decides when; opening and closing is done in [`crate::plan::leases`]. Nothing of it comes into the plan.

use super::{Done, InstanceContext, Task, Walk};
use crate::address::Address;
use crate::graph::dag::Index;
use crate::plan::leases::{self, Opened};
use crate::plan::values::RepetitionData;
use trunkline_api::diagnostic::has_errors;

impl<'a, 'r> Walk<'a, 'r> {
    pub(super) fn ephemeral(&mut self, context: InstanceContext<'a>) -> Option<Task<'a>> {
        let InstanceContext {
            index,
            instance,
            slot,
            schema,
            repetition,
            resource,
            import: _,
        } = context;
        let before = self.diagnostics.len();
        let go_on = self
            .evaluator
            .preconditions(&instance, &repetition, &mut self.diagnostics);
        if !go_on {
            return None;
        }
        let config = self.evaluator.resource_config(
            instance.config(),
            &instance.module,
            &repetition,
            &schema.block,
            &mut self.diagnostics,
        );
        if has_errors(&self.diagnostics[before..]) {
            return None;
        }
        let plain = config.clone().unmark_deep().0;
        self.validate(&instance, &slot, (resource, &schema.block), &config, before);
        if has_errors(&self.diagnostics[before..]) {
            return None;
        }
        if !plain.is_wholly_known()
            || !slot.configured
            || self.waits_for_changes(&instance, resource)
        {
            let value = leases::deferred(&schema, &config);
            self.postconditions(&instance, &repetition, &value);
            self.set_value(&instance, value);
            return None;
        }
        let listener = self.sources.listener.clone();
        Some(Box::new(move || {
            Box::pin(async move {
                let provider = slot.serving(&instance);
                let opened =
                    leases::open(instance.clone(), provider, schema, config, listener).await;
                (index, Done::Opened(instance, repetition, Box::new(opened)))
            })
        }))
    }

    /// What opening an ephemeral resource gave. False when it failed.
    pub(super) fn has_opened(
        &mut self,
        index: Index,
        address: &Address,
        repetition: &RepetitionData,
        mut opened: Opened,
    ) -> bool {
        self.leases.keep(index, &mut opened);
        let well = self.report(address, opened.diagnostics);
        if well {
            self.postconditions(address, repetition, &opened.value);
            self.set_value(address, opened.value);
        }
        well
    }
}
