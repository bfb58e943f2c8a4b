//! Planning the instances of managed resources.
//!
//! It evaluates and hands over; deciding is done in [`crate::plan::instance`].

use super::{Done, InstanceContext, Task, Walk};
use std::sync::Arc;

use crate::address::{Address, ConfigAddress};
use crate::config::ResourceConfig;
use crate::graph::dag::Index;
use crate::plan::instance::{Configured, Input, Wanted, marks_of};
use crate::plan::model::{PlanMode, Reason};
use crate::plan::prior::{PriorInstance, PriorObject, id_of};
use crate::plan::providers::Slot;
use crate::plan::values::RepetitionData;
use crate::plan::{instance, triggers};
use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Block, Diagnostic, Value};

impl<'a, 'r> Walk<'a, 'r> {
    pub(super) fn managed(
        &mut self,
        context: InstanceContext<'a>,
        found: &PriorInstance,
    ) -> Option<Task<'a>> {
        let prior = self
            .decode(&context.instance, found, &context.slot, &context.schema)
            .ok()?;
        let Some(configured) = self.configured(&context) else {
            // What went wrong is about the configuration; the object is looked at all the same.
            return self.looked_at(context, prior);
        };
        let InstanceContext {
            index,
            instance,
            slot,
            schema,
            repetition,
            import,
            ..
        } = context;
        let address = instance.config();
        let create_before_destroy = self.sources.graph.at(index).create_before_destroy;
        let adopt = self.adopts(address);
        let dependencies = self.dependencies_at(index);
        let same = prior
            .as_ref()
            .map(|p| &p.dependencies)
            .filter(|d| **d == dependencies);
        let input = Input {
            adopt,
            dependencies: same.cloned().unwrap_or(dependencies),
            previous: self.sources.moves.previous.get(&instance).cloned(),
            import,
            address: instance,
            deposed: None,
            slot,
            schema,
            prior,
            wanted: Wanted::Configured(configured),
            refresh: self.options.refresh,
            mode: self.options.mode,
            create_before_destroy,
        };
        Some(self.task(index, input, repetition))
    }

    /// What the configuration asks of an instance. Nothing when something is wrong with it, which was reported.
    fn configured(&mut self, context: &InstanceContext<'a>) -> Option<Box<Configured>> {
        let InstanceContext {
            instance,
            slot,
            schema,
            repetition,
            resource,
            ..
        } = context;
        let before = self.diagnostics.len();
        let go_on = self
            .evaluator
            .preconditions(instance, repetition, &mut self.diagnostics);
        if !go_on {
            return None;
        }
        let config = self.evaluator.config_of(
            resource,
            &instance.resource,
            &instance.module,
            repetition,
            &schema.block,
            &mut self.diagnostics,
        );
        let force_replace = self.force_replace(instance, repetition, resource);
        if has_errors(&self.diagnostics[before..]) {
            return None;
        }
        let marks = marks_of(&config);
        self.validate(instance, slot, (resource, &schema.block), &config, before);
        let config = config.unmark_deep().0;
        if has_errors(&self.diagnostics[before..]) {
            return None;
        }
        let lifecycle = &resource.meta.lifecycle;
        let prevent_destroy = lifecycle
            .prevent_destroy
            .then(|| instance::prevented(&self.sources.config.sources, resource.span, instance))
            .map(Box::new);
        Some(Box::new(Configured {
            config,
            marks,
            ignore: instance::ignored(&lifecycle.ignore_changes),
            force_replace,
            prevent_destroy,
        }))
    }

    /// Reads an object again of which nothing can be planned.
    fn looked_at(
        &self,
        context: InstanceContext<'a>,
        prior: Option<PriorObject>,
    ) -> Option<Task<'a>> {
        let InstanceContext {
            index,
            instance,
            slot,
            schema,
            repetition,
            ..
        } = context;
        if !self.options.refresh || !slot.configured {
            return None;
        }
        let prior = prior?;
        let listener = self.sources.listener.clone();
        let input = Input {
            adopt: None,
            dependencies: prior.dependencies.clone(),
            previous: None,
            import: None,
            address: instance,
            deposed: None,
            slot,
            schema,
            create_before_destroy: prior.create_before_destroy,
            prior: Some(prior),
            wanted: Wanted::Gone(None),
            refresh: true,
            mode: self.options.mode,
        };
        Some(Box::new(move || {
            Box::pin(async move {
                let address = input.address.clone();
                let outcome = instance::look(&input, listener.as_ref()).await;
                (index, Done::Instance(address, repetition, outcome))
            })
        }))
    }

    /// The ids of a type that are managed already, where objects of the type are adopted.
    fn adopts(&mut self, address: &ConfigAddress) -> Option<Arc<[String]>> {
        let type_name = &address.resource.type_name;
        if !self.options.adopt.iter().any(|p| p.covers(type_name)) {
            return None;
        }
        let prior = &self.prior;
        let ids = || prior.rows_of(type_name).filter_map(id_of).collect();
        let known = self.managed_ids.entry(type_name.clone());
        Some(known.or_insert_with(ids).clone())
    }

    pub(super) fn task(&self, index: Index, input: Input, repetition: RepetitionData) -> Task<'a> {
        let (input, listener) = (Box::new(input), self.sources.listener.clone());
        Box::new(move || {
            Box::pin(async move {
                let address = input.address.clone();
                let outcome = instance::plan(input, listener).await;
                (index, Done::Instance(address, repetition, outcome))
            })
        })
    }

    /// Offline checks of one object, with the places of what they find.
    pub(super) fn validate(
        &mut self,
        instance: &Address,
        slot: &Slot,
        (resource, block): (&ResourceConfig, &Block),
        config: &Value,
        before: usize,
    ) {
        let problems = crate::plan::validate::check(
            &|| instance.clone(),
            slot.instance.as_ref(),
            resource,
            block,
            config,
            &self.sources.config.sources,
        );
        // A problem that every instance of a resource has is said once.
        for problem in problems {
            let said = |d: &Diagnostic| {
                d.summary == problem.summary && d.detail == problem.detail && d.span == problem.span
            };
            if problem.is_error() || !self.diagnostics[..before].iter().rev().take(50).any(said) {
                self.diagnostics.push(problem);
            }
        }
    }

    pub(super) fn force_replace(
        &mut self,
        instance: &Address,
        repetition: &RepetitionData,
        resource: &ResourceConfig,
    ) -> Option<Reason> {
        if self.options.replace.contains(instance) {
            return Some(Reason::Requested);
        }
        if self.options.mode == PlanMode::RefreshOnly {
            return None;
        }
        for trigger in &resource.meta.lifecycle.replace_triggered_by {
            let context = triggers::Context {
                partial: !self.options.targets.is_empty() || !self.options.excludes.is_empty(),
                evaluator: &self.evaluator,
                instance,
                repetition,
                changes: &self.plan.changes,
                changes_of: &self.changes_of,
            };
            match triggers::fires(trigger, &context, &mut self.diagnostics) {
                true => return Some(Reason::Triggered),
                false => continue,
            }
        }
        None
    }
}
