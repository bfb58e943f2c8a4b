//! Data sources: read while planning where all is known, put off to the apply otherwise.
//!
//! It decides when; reading is done in [`crate::plan::instance`].

use super::{DataRead, Done, InstanceContext, Task, Walk};
use crate::address::{Address, ConfigAddress, ModulePath};
use crate::config::ResourceConfig;
use crate::graph::dag::Index;
use crate::lang::ast::Traversal;
use crate::plan::checks::CheckStatus;
use crate::plan::model::{Action, PlanMode, Reason, ResourceChange};
use crate::plan::prior::PriorInstance;
use crate::plan::providers::Slot;
use crate::plan::values::RepetitionData;
use crate::plan::{conditions, instance};
use crate::rare::Rare;
use std::sync::Arc;
use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostics, Value};

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
        let prior = self.decode(&instance, found, &slot, &schema).ok()?;
        let before = self.diagnostics.len();
        let go_on = self
            .evaluator
            .preconditions(&instance, &repetition, &mut self.diagnostics);
        if !go_on {
            return None;
        }
        let address = instance.config();
        let config = self.evaluator.resource_config(
            address,
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
            let after = instance::unread(&schema.block, &config);
            self.within_check(&instance, resource, CheckStatus::Pass, None);
            self.set_value(&instance, after.clone());
            // What it was is no part of the change: it is read anew, not changed.
            let none = Value::null(old.ty());
            let mut change = self.read_change(&instance, &slot, none, after, version);
            change.action = Action::Read;
            change.reason = Some(reason);
            self.add_change(index, change);
            return None;
        }
        let listener = self.sources.listener.clone();
        Some(Box::new(move || {
            Box::pin(async move {
                let unread = instance::unread(&schema.block, &config);
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
                    unread,
                    diagnostics,
                };
                (index, Done::Data(instance, repetition, Box::new(done)))
            })
        }))
    }

    /// What reading a data source gave. False when it failed.
    pub(super) fn has_read(
        &mut self,
        index: Index,
        address: &Address,
        repetition: &RepetitionData,
        read: DataRead,
    ) -> bool {
        let module = self.sources.config.module(&address.module.path());
        let resource = module.and_then(|m| m.resources.get(&address.resource));
        match resource {
            Some(resource) if resource.meta.check.is_some() => {
                self.has_read_for_check(index, address, resource, read);
                true
            }
            _ => {
                let well = self.report(address, read.diagnostics);
                if well {
                    self.set_value(address, read.state.clone());
                    self.postconditions(address, repetition, &read.state);
                    let change = self.read_change(
                        address,
                        &read.slot,
                        read.before,
                        read.state,
                        read.version,
                    );
                    self.add_change(index, change);
                }
                well
            }
        }
    }

    /// A data source inside a check: that it cannot be read is a result of the check, and it is read again when
    /// all is made.
    fn has_read_for_check(
        &mut self,
        index: Index,
        address: &Address,
        resource: &ResourceConfig,
        read: DataRead,
    ) {
        let (status, value) = match has_errors(&read.diagnostics) {
            true => (CheckStatus::Fail, read.unread),
            false => (CheckStatus::Pass, read.state),
        };
        self.within_check(address, resource, status, Some(&read.diagnostics));
        self.report(address, conditions::as_warnings(read.diagnostics));
        self.set_value(address, value.clone());
        if self.options.mode == PlanMode::RefreshOnly {
            let change = self.read_change(address, &read.slot, read.before, value, read.version);
            self.add_change(index, change);
            return;
        }
        let none = Value::null(value.ty());
        let mut change = self.read_change(address, &read.slot, none, value, read.version);
        change.action = Action::Read;
        change.reason = Some(Reason::CheckNested);
        self.add_change(index, change);
    }

    fn within_check(
        &mut self,
        address: &Address,
        resource: &ResourceConfig,
        status: CheckStatus,
        problems: Option<&Diagnostics>,
    ) {
        if let Some(check) = &resource.meta.check {
            self.evaluator
                .report_data(address, check, status, problems.map(Vec::as_slice));
        }
    }

    pub(super) fn read_change(
        &mut self,
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
            details: Rare::default(),
            private: Arc::from([]),
            row_version: version,
            tainted: false,
            create_before_destroy: false,
            dependencies: self.dependencies(instance.config()),
        }
    }

    /// Whether something that `depends_on` names (here or on a calling module) has pending changes.
    pub(super) fn waits_for_changes(&self, instance: &Address, resource: &ResourceConfig) -> bool {
        let mut module = instance.module.path();
        if self.names_pending(&module, &resource.meta.depends_on) {
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
        let graph = self.sources.graph;
        references.iter().any(
            |t| match parse(t, &self.sources.config.sources).map(|r| r.subject) {
                Ok(Subject::Resource(resource)) => graph
                    .find_resource(&ConfigAddress::new(module.clone(), resource))
                    .is_some_and(|index| self.pending[index.index()]),
                Ok(Subject::Module(name, ..)) => {
                    self.pending_modules.contains(&module.child(&name))
                }
                _ => false,
            },
        )
    }
}
