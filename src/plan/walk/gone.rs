//! Instances and objects that are in the state and not wanted any more.
//!
//! It finds them and the reason; planning is done in [`crate::plan::instance`].

use super::{Done, InstanceContext, Task, Walk};
use crate::address::{Address, InstanceKey, Mode};
use crate::config::{Repetition, ResourceConfig};
use crate::graph::dag::Index;
use crate::plan::evaluate::Evaluator;
use crate::plan::instance;
use crate::plan::instance::{Input, Wanted, prevented};
use crate::plan::model::{PlanMode, Reason};
use crate::plan::prior::{PriorInstance, decode_row};
use crate::plan::providers::Slot;
use crate::plan::values::RepetitionData;
use std::sync::Arc;
use trunkline_api::Schema;

impl<'a, 'r> Walk<'a, 'r> {
    /// An instance that is in the state and not wanted any more.
    pub(super) fn gone(
        &mut self,
        index: Index,
        instance: Address,
        found: &PriorInstance,
        slot: &Slot,
        schema: &Arc<Schema>,
        written: Option<&'a ResourceConfig>,
    ) -> Vec<Task<'a>> {
        let mut tasks = Vec::new();
        let prior = match self.decode(&instance, found, slot, schema) {
            Ok(prior) => prior,
            Err(()) => return tasks,
        };
        if let Some(resource) = written {
            let context = InstanceContext {
                index,
                instance: instance.clone(),
                slot: slot.clone(),
                schema: schema.clone(),
                repetition: RepetitionData::default(),
                resource,
                import: None,
            };
            self.deposed(&context, found, &mut tasks);
        } else {
            self.deposed_objects(index, &instance, slot, schema, found, &mut tasks);
        }
        let Some(prior) = prior else { return tasks };
        let mut dependencies = self.dependencies(instance.config());
        if dependencies.is_empty() {
            dependencies = prior.dependencies.clone();
        }
        if instance.resource.mode == Mode::Data {
            if self.options.mode == PlanMode::Destroy && written.is_some() {
                self.set_value(&instance, prior.value.clone());
            }
            self.plan.dropped_data.push(instance);
            return tasks;
        }
        let previous = match self.options.mode {
            PlanMode::Destroy => None,
            _ => self.sources.moves.previous.get(&instance).cloned(),
        };
        let forgotten = written.is_none() && self.is_forgotten(&instance);
        let destroys = self.options.mode != PlanMode::RefreshOnly;
        if let Some(kept) = written.filter(|r| destroys && r.meta.lifecycle.prevent_destroy) {
            let sources = &self.sources.config.sources;
            self.diagnostics
                .push(prevented(sources, kept.span, &instance));
        }
        let reason = match self.options.mode {
            PlanMode::Destroy => None,
            _ => Some(match (written, &previous) {
                (None, Some(_)) => Reason::NoMoveTarget,
                _ => reason_gone(&instance, written, &self.evaluator),
            }),
        };
        let input = Input {
            dependencies,
            address: instance,
            deposed: None,
            previous,
            import: None,
            adopt: None,
            slot: slot.clone(),
            schema: schema.clone(),
            create_before_destroy: prior.create_before_destroy,
            prior: Some(prior),
            refresh: self.options.refresh
                && !(forgotten && self.options.mode != PlanMode::RefreshOnly),
            wanted: match reason {
                Some(reason) if forgotten => Wanted::Forgotten(reason),
                reason => Wanted::Gone(reason),
            },
            mode: self.options.mode,
        };
        tasks.push(self.task(index, input, RepetitionData::default()));
        tasks
    }

    /// Whether a `removed` block says that an object is left alone; only what is not declared can be.
    fn is_forgotten(&self, instance: &Address) -> bool {
        let block = self.removed.about(instance.config());
        block.is_some_and(|(_, b)| !b.destroy)
    }

    pub(super) fn deposed(
        &mut self,
        context: &InstanceContext<'a>,
        found: &PriorInstance,
        tasks: &mut Vec<Task<'a>>,
    ) {
        self.deposed_objects(
            context.index,
            &context.instance,
            &context.slot,
            &context.schema,
            found,
            tasks,
        );
    }

    /// Objects that a replacement left behind are destroyed.
    pub(super) fn deposed_objects(
        &mut self,
        index: Index,
        instance: &Address,
        slot: &Slot,
        schema: &Arc<Schema>,
        found: &PriorInstance,
        tasks: &mut Vec<Task<'a>>,
    ) {
        let forgotten = self.options.mode == PlanMode::Normal && self.is_forgotten(instance);
        for (key, row) in found.deposed() {
            let object = match decode_row(
                row,
                &instance.resource.type_name,
                schema,
                slot.instance.as_ref(),
            ) {
                Ok(object) => object,
                Err(problem) => {
                    self.diagnostics.push(problem);
                    continue;
                }
            };
            let input = Input {
                dependencies: object.dependencies.clone(),
                address: instance.clone(),
                deposed: Some(key.clone()),
                previous: None,
                import: None,
                adopt: None,
                slot: slot.clone(),
                schema: schema.clone(),
                create_before_destroy: object.create_before_destroy,
                prior: Some(object),
                wanted: match forgotten {
                    true => Wanted::Forgotten(Reason::NoResourceConfig),
                    false => Wanted::Gone(None),
                },
                refresh: self.options.refresh && !forgotten,
                mode: self.options.mode,
            };
            let (input, listener) = (Box::new(input), self.sources.listener.clone());
            tasks.push(Box::new(move || {
                Box::pin(async move {
                    let address = input.address.clone();
                    let mut outcome = instance::plan(input, listener).await;
                    outcome.drift = None;
                    (
                        index,
                        Done::Instance(address, RepetitionData::default(), outcome),
                    )
                })
            }));
        }
    }
}

/// Why an instance in the state is not wanted.
fn reason_gone(
    instance: &Address,
    written: Option<&ResourceConfig>,
    evaluator: &Evaluator<'_>,
) -> Reason {
    let Some(resource) = written else {
        return Reason::NoResourceConfig;
    };
    if evaluator.values.module(&instance.module).is_none() {
        return Reason::NoModule;
    }
    match (&resource.meta.repetition, &instance.key) {
        (Repetition::Count(_), InstanceKey::Int(_)) => Reason::CountIndex,
        (Repetition::ForEach(_), InstanceKey::Str(_)) => Reason::EachKey,
        _ => Reason::WrongRepetition,
    }
}
