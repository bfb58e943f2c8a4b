//! Ephemeral resources of an apply: all are opened anew, whatever the plan has seen.
//!
//! Opening and closing is done in [`crate::plan::leases`]. Nothing of it is recorded.

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Diagnostics};

use super::instances::Repetitions;
use super::{Done, Task, Walk};
use crate::address::{Address, ConfigAddress};
use crate::graph::dag::Index;
use crate::plan::leases::{self, Opened};
use crate::plan::values::RepetitionData;

impl<'a> Walk<'a, '_> {
    /// Opens the instances of an ephemeral resource.
    pub(super) fn open(&mut self, index: Index, resource: &ConfigAddress, all: Repetitions) {
        for (module, key, repetition) in all {
            let instance = resource.instance(module, key);
            let task = self.open_one(index, instance, repetition);
            self.waiting.extend(task);
        }
    }

    fn open_one(
        &mut self,
        index: Index,
        instance: Address,
        repetition: RepetitionData,
    ) -> Option<Task<'a>> {
        let (slot, schema) = self.serving(index, false)?;
        if !slot.configured {
            self.unconfigured(&instance, &slot);
            return None;
        }
        let config = self.config_of(index, &instance, &repetition, &schema)?;
        if !config.is_wholly_known() {
            self.applied.diagnostics.push(
                Diagnostic::error(
                    "Configuration contains unknown value",
                    format!("{instance} cannot be opened because its configuration is still not known. Run plan and apply again."),
                )
                .about(instance.to_string()),
            );
            return None;
        }
        let (provider, listener) = (slot.serving(&instance), self.sources.listener.clone());
        Some(Box::new(move || {
            Box::pin(async move {
                let opened =
                    leases::open(instance.clone(), provider, schema, config, listener).await;
                (index, Done::Opened(instance, repetition, Box::new(opened)))
            })
        }))
    }

    /// What opening one gave. False when it failed.
    pub(super) fn has_opened(
        &mut self,
        index: Index,
        address: &Address,
        repetition: &RepetitionData,
        mut opened: Opened,
    ) -> bool {
        self.leases.keep(index, &mut opened);
        let well = !has_errors(&opened.diagnostics);
        self.report(address, opened.diagnostics);
        if well {
            self.postconditions(address, repetition, &opened.value);
            self.set_value(address, opened.value);
        }
        well
    }

    /// Closes all that is open.
    pub(super) async fn close(&mut self) {
        let problems: Vec<(Address, Diagnostics)> = self.leases.end().await;
        for (address, problems) in problems {
            self.report(&address, problems);
        }
    }
}
