//! Data sources: read while planning where all is known, put off to the apply otherwise.
//!
//! It decides when; reading is done in [`crate::plan::instance`].

use super::{DataRead, Done, InstanceContext, Task, Walk};
use crate::address::{Address, ConfigAddress, ModulePath};
use crate::config::ResourceConfig;
use crate::lang::ast::Traversal;
use crate::plan::instance;
use crate::plan::instance::marks_of;
use crate::plan::model::{Action, PlanMode, Reason, ResourceChange};
use crate::plan::prior::PriorInstance;
use crate::plan::providers::Slot;
use std::sync::Arc;
use trunkline_api::Value;
use trunkline_api::diagnostic::has_errors;

impl<'a, 'r> Walk<'a, 'r> {
    pub(super) fn data(
        &mut self,
        context: InstanceContext<'a>,
        found: &PriorInstance,
    ) -> Option<Task<'a>> {
        let InstanceContext {
            index,
            instance,
            slot,
            schema,
            repetition,
            resource,
            import: _,
        } = context;
        let prior = self.decode(found, &slot, &schema).ok()?;
        let before = self.diagnostics.len();
        for condition in &resource.lifecycle.preconditions {
            let failed = self.evaluator.condition(
                condition,
                &instance.module,
                &repetition,
                None,
                &mut self.diagnostics,
            );
            if let Some(message) = failed {
                let problem =
                    self.evaluator
                        .failed(condition, "Resource precondition failed", message);
                self.diagnostics.push(problem.about(instance.to_string()));
            }
        }
        let address = instance.config();
        let config = self.evaluator.resource_config(
            &address,
            &instance.module,
            &repetition,
            &schema.block,
            &mut self.diagnostics,
        );
        if has_errors(&self.diagnostics[before..]) {
            return None;
        }
        let plain = config.clone().unmark_deep().0;
        self.validate(&instance, &slot, resource, &plain, before);
        if has_errors(&self.diagnostics[before..]) {
            return None;
        }
        let version = prior.as_ref().map_or(0, |p| p.version);
        let old = prior.map_or_else(
            || trunkline_api::coerce::null_object(&schema.block),
            |p| p.value,
        );
        if self.options.mode == PlanMode::RefreshOnly && !plain.is_wholly_known() {
            self.set_value(&instance, old);
            return None;
        }
        let reason = if !plain.is_wholly_known() || !slot.configured {
            Some(Reason::ConfigUnknown)
        } else if self.waits_for_changes(&instance, resource) {
            Some(Reason::DependencyPending)
        } else {
            None
        };
        if let Some(reason) = reason {
            let after = trunkline_api::objchange::unknown_computed(&schema.block, &plain);
            let after = crate::plan::prior::mark_paths(&after, &marks_of(&config));
            let after = trunkline_api::coerce::apply_sensitive_marks(&after, &schema.block);
            self.set_value(&instance, after.clone());
            let mut change = self.read_change(&instance, &slot, old, after, version);
            change.action = Action::Read;
            change.reason = Some(reason);
            self.add_change(change);
            return None;
        }
        let listener = self.sources.listener.clone();
        Some(Box::pin(async move {
            let read = instance::read_data(
                instance.clone(),
                slot.serving(&instance),
                schema,
                config,
                listener,
            );
            let (state, diagnostics) = read.await;
            let done = DataRead {
                slot,
                before: old,
                version,
                state,
                diagnostics,
            };
            (index, Done::Data(instance, repetition, Box::new(done)))
        }))
    }

    pub(super) fn read_change(
        &self,
        instance: &Address,
        slot: &Slot,
        before: Value,
        after: Value,
        version: u64,
    ) -> ResourceChange {
        ResourceChange {
            address: instance.clone(),
            deposed: None,
            previous_address: self.sources.moves.previous.get(instance).cloned(),
            provider_source: slot.source.clone(),
            provider: slot.address.clone(),
            action: Action::NoOp,
            reason: None,
            refreshed: !before.same(&after) || version == 0,
            before,
            after,
            replace_paths: Vec::new(),
            notes: Vec::new(),
            private: Arc::from([]),
            importing: None,
            generated_config: None,
            row_version: version,
            tainted: false,
            create_before_destroy: false,
            dependencies: self.dependencies(&instance.config()),
        }
    }

    /// Whether something that `depends_on` names (here or on a calling module) has pending changes.
    pub(super) fn waits_for_changes(&self, instance: &Address, resource: &ResourceConfig) -> bool {
        let mut module = instance.module.path();
        if self.names_pending(&module, &resource.depends_on) {
            return true;
        }
        while let Some((parent, call)) = module.parent() {
            let call = self
                .sources
                .config
                .module(&parent)
                .and_then(|m| m.calls.get(&call));
            if call.is_some_and(|c| self.names_pending(&parent, &c.depends_on)) {
                return true;
            }
            module = parent;
        }
        false
    }

    pub(super) fn names_pending(&self, module: &ModulePath, references: &[Traversal]) -> bool {
        use crate::config::reference::{Subject, parse};
        references.iter().any(
            |t| match parse(t, &self.sources.config.sources).map(|r| r.subject) {
                Ok(Subject::Resource(resource)) => self.pending.contains(&ConfigAddress {
                    module: module.clone(),
                    resource,
                }),
                Ok(Subject::Module(name, ..)) => {
                    let inside = module.child(&name);
                    self.pending
                        .iter()
                        .any(|a| a.module.0.starts_with(&inside.0))
                }
                _ => false,
            },
        )
    }
}
