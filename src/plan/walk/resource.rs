//! A resource in the walk: which instances it is to have and has, and what plans each.
//!
//! It plans none itself: instances are handed to what their mode and their place in configuration and state ask for.

use std::sync::Arc;

use trunkline_api::Schema;
use trunkline_api::diagnostic::has_errors;

use super::{Task, Walk};
use crate::address::{Address, ConfigAddress, Mode, ModuleInstance, Resource};
use crate::config::{Repetition, ResourceConfig};
use crate::graph::dag::Index;
use crate::plan::PlanMode;
use crate::plan::checks::{CheckInstance, Checkable};
use crate::plan::expand::Expansion;
use crate::plan::prior::PriorInstances;
use crate::plan::providers::Slot;
use crate::plan::values::{Each, Instances, RepetitionData};

/// An instance that is configured, with all that it takes to plan it.
pub(super) struct InstanceContext<'a> {
    pub(super) index: Index,
    pub(super) instance: Address,
    pub(super) slot: Slot,
    pub(super) schema: Arc<Schema>,
    pub(super) repetition: RepetitionData,
    pub(super) resource: &'a ResourceConfig,
    /// The id to import it by.
    pub(super) import: Option<String>,
}

impl<'a> Walk<'a, '_> {
    /// Plans the instances of a resource: gives the tasks that they need.
    pub(super) async fn resource(
        &mut self,
        index: Index,
        address: &ConfigAddress,
    ) -> Vec<Task<'a>> {
        let Some((slot, schema)) = self.serving(index, address) else {
            return Vec::new();
        };
        let mut prior = self.prior_of(index, address);
        if prior.values().any(|p| !p.intents().is_empty())
            && !self.settle(&slot, &schema, &mut prior).await
        {
            return Vec::new();
        }
        let written = self.sources.graph.declared(self.sources.config, index);
        let mut tasks = Vec::new();
        let before = self.diagnostics.len();
        let mut imports = self.imports(address);
        if has_errors(&self.diagnostics[before..]) {
            return tasks;
        }
        match written {
            Some(resource)
                if self.options.mode != PlanMode::Destroy
                    || address.resource.mode == Mode::Ephemeral =>
            {
                let before = self.diagnostics.len();
                let expansions =
                    self.evaluator
                        .instances_of(resource, address, &mut self.diagnostics);
                let unclear = has_errors(&self.diagnostics[before..]);
                if self.imports_to_none(address, &imports, &expansions) {
                    return tasks;
                }
                for (module, expansion) in expansions {
                    self.incomplete_replace(&module, &address.resource, &expansion);
                    self.expand_checks(address, &module, &expansion);
                    self.begin_resource(index, &module, &address.resource, expansion.each);
                    for (key, repetition) in &expansion.instances {
                        let instance = address.instance(module.clone(), key.clone());
                        let found = prior.remove(&instance).unwrap_or_default();
                        let import = imports.remove(&instance);
                        if !self.targets_instance(&instance) {
                            self.keep_value(&instance, &found, &slot, &schema);
                            continue;
                        }
                        let context = InstanceContext {
                            index,
                            instance,
                            slot: slot.clone(),
                            schema: schema.clone(),
                            repetition: repetition.clone(),
                            resource,
                            import,
                        };
                        self.deposed(&context, &found, &mut tasks);
                        match address.resource.mode {
                            Mode::Managed => tasks.extend(self.managed(context, &found)),
                            Mode::Data => tasks.extend(self.data(context, &found)),
                            Mode::Ephemeral => tasks.extend(self.ephemeral(context)),
                        }
                    }
                }
                if unclear {
                    // Which instances there are to be is not known, nor which are not wanted any more.
                    return tasks;
                }
            }
            Some(resource) => {
                for instance in prior.keys() {
                    let each = match resource.meta.repetition {
                        Repetition::Single => Each::Single,
                        Repetition::Count(_) => Each::Count,
                        Repetition::ForEach(_) => Each::ForEach,
                    };
                    self.begin_resource(index, &instance.module, &address.resource, each);
                }
            }
            None => {}
        }
        for (instance, id) in imports {
            tasks.extend(self.import_elsewhere(index, instance, id, &prior, (&slot, &schema)));
        }
        for (instance, found) in prior {
            if self.targets_instance(&instance) {
                tasks.extend(self.gone(index, instance, &found, &slot, &schema, written));
            }
        }
        tasks
    }

    /// What the state has of a resource. Nobody asks for it again, so it is taken out and its rows go as they are planned,
    /// but where the rows of one resource tell something about another.
    fn prior_of(&mut self, index: Index, address: &ConfigAddress) -> PriorInstances {
        if self.rows_stay {
            return self
                .prior
                .resources
                .get(address)
                .cloned()
                .unwrap_or_default();
        }
        let found = self.rows.get_mut(index.index());
        found.map(std::mem::take).unwrap_or_default()
    }

    /// Says which instances of a resource there are, for the record of its conditions.
    fn expand_checks(
        &mut self,
        address: &ConfigAddress,
        module: &ModuleInstance,
        expansion: &Expansion,
    ) {
        if self.evaluator.checks.is_empty() {
            return;
        }
        let at = expansion.instances.iter().map(|(key, _)| CheckInstance {
            module: module.clone(),
            key: key.clone(),
        });
        let object = Checkable::Resource(address.clone());
        self.evaluator.checks.expand(&object, at);
    }

    /// Makes a place for the values of a resource, if anything may ask for them.
    pub(super) fn begin_resource(
        &mut self,
        index: Index,
        module: &ModuleInstance,
        resource: &Resource,
        each: Each,
    ) {
        if !self.sources.graph.is_asked_for(index) {
            return;
        }
        let values = self.evaluator.values.module_mut(module);
        values
            .resources
            .entry(resource.clone())
            .or_insert_with(|| Instances::new(each));
    }
}
