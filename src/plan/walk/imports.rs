//! The imports of a walk: what the blocks that name a resource ask for.
//!
//! It evaluates and hands over; the object is read in [`crate::plan::import`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use trunkline_api::Schema;

use super::{Task, Walk};
use crate::address::{Address, ConfigAddress, ModuleInstance};
use crate::graph::dag::Index;
use crate::plan::expand::Expansion;
use crate::plan::import;
use crate::plan::instance::{Input, Wanted};
use crate::plan::model::PlanMode;
use crate::plan::prior::PriorInstances;
use crate::plan::providers::Slot;
use crate::plan::values::RepetitionData;

impl<'a, 'r> Walk<'a, 'r> {
    /// The ids to import by, of the instances of a resource. Of two for one instance the last counts.
    pub(super) fn imports(&mut self, address: &ConfigAddress) -> BTreeMap<Address, String> {
        let mut wanted = BTreeMap::new();
        if self.options.mode != PlanMode::Normal {
            return wanted;
        }
        let blocks = self.imports_of.get(address).cloned().unwrap_or_default();
        for block in blocks {
            for (to, id) in import::resolve(block, &self.evaluator, &mut self.diagnostics) {
                wanted.extend(id.map(|id| (to, id)));
            }
        }
        wanted
    }

    /// Reports imports to instances that a declared resource does not have. True if there are any.
    pub(super) fn imports_to_none(
        &mut self,
        address: &ConfigAddress,
        imports: &BTreeMap<Address, String>,
        expansions: &[(ModuleInstance, Expansion)],
    ) -> bool {
        if imports.is_empty() {
            return false;
        }
        let mut absent: BTreeSet<&Address> = imports.keys().collect();
        for (module, expansion) in expansions {
            for (key, _) in &expansion.instances {
                absent.remove(&Address::new(
                    module.clone(),
                    address.resource.clone(),
                    key.clone(),
                ));
            }
        }
        let problems = absent.iter().map(|a| import::no_such_instance(a));
        self.diagnostics.extend(problems);
        !absent.is_empty()
    }

    /// An import to a resource that is not declared: configuration is written for it, or it is refused.
    pub(super) fn import_elsewhere(
        &mut self,
        index: Index,
        instance: Address,
        id: String,
        prior: &PriorInstances,
        (slot, schema): (&Slot, &Arc<Schema>),
    ) -> Option<Task<'a>> {
        let address = instance.config();
        let config = self.sources.config;
        let block = *self.imports_of.get(address)?.first()?;
        let there = prior.get(&instance).is_some_and(|p| p.current.is_some());
        if !self.options.generate || there {
            self.diagnostics.push(import::undeclared(block, config));
            return None;
        }
        if !self.targets_instance(&instance) {
            return None;
        }
        let provider = block
            .provider
            .as_ref()
            .filter(|(name, _)| name.alias.is_some());
        let input = Input {
            dependencies: self.dependencies(address),
            previous: None,
            import: Some(id),
            address: instance,
            deposed: None,
            slot: slot.clone(),
            schema: schema.clone(),
            prior: None,
            adopt: None,
            wanted: Wanted::Generated(provider.map(|(name, _)| name.to_string())),
            refresh: true,
            mode: self.options.mode,
            create_before_destroy: false,
        };
        Some(self.task(index, input, RepetitionData::default()))
    }
}
