//! Providers of an apply: configured from the values of this run, or from those before it for what is destroyed.
//!
//! It changes no object.

use std::sync::Arc;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Schema, Value};

use super::{Done, Walk, evaluator};
use crate::address::{Address, ConfigAddress, Mode, ModulePath};
use crate::apply::order::Step;
use crate::config::{Config, ProviderName, Repetition};
use crate::graph::config_graph::Node;
use crate::graph::dag::Index;
use crate::plan::evaluate::Evaluator;
use crate::plan::providers::{Slot, Unserved, configure};
use crate::plan::values::{Each, Instances};

impl<'a> Walk<'a, '_> {
    pub(super) fn provider_config(
        &mut self,
        path: &ModulePath,
        name: &ProviderName,
        prior: Option<&Evaluator<'a>>,
    ) -> Option<(Slot, Value)> {
        let slot = match self.providers.open(self.sources.config, path, name) {
            Ok(slot) => slot,
            Err(problem) => {
                self.applied.diagnostics.push(problem);
                return None;
            }
        };
        let schema = slot.instance.schema().provider.block.clone();
        let before = self.applied.diagnostics.len();
        let evaluator = prior.unwrap_or(&self.evaluator);
        let value = evaluator.provider_config(path, name, &schema, &mut self.applied.diagnostics);
        if has_errors(&self.applied.diagnostics[before..]) {
            return None;
        }
        Some((slot, value.unmark_deep().0))
    }

    pub(super) fn configure(
        &mut self,
        index: Index,
        step: &Step,
        path: &ModulePath,
        name: &ProviderName,
        found: Option<(Slot, Value)>,
    ) {
        let Some((slot, value)) = found else {
            return;
        };
        if !value.is_wholly_known() {
            // Nothing that needs it was planned with it known; whoever calls it reports that.
            match step {
                Step::PriorProvider(..) => {
                    self.prior_slots.insert((path.clone(), name.clone()), slot);
                }
                _ => self.providers.put(path.clone(), name.clone(), slot),
            }
            return;
        }
        let request = self.providers.configure_request(value);
        let step = step.clone();
        self.waiting.push_back(Box::new(move || {
            Box::pin(async move {
                let (slot, diagnostics) = configure(slot, request).await;
                (index, Done::Provider(step, slot, diagnostics))
            })
        }));
    }

    /// The values before the apply, as far as a provider's configuration needs them.
    pub(super) fn prior_evaluator(
        &mut self,
        path: &ModulePath,
        name: &ProviderName,
    ) -> Evaluator<'a> {
        let mut prior = evaluator(self.plan, &self.sources);
        let graph = self.sources.graph;
        let Some(index) = graph.find(&Node::Provider(path.clone(), name.clone())) else {
            return prior;
        };
        let diagnostics = &mut self.applied.diagnostics;
        for ancestor in graph.dag.ancestors_in_order(&[index]) {
            match graph.dag.node(ancestor) {
                Node::Variable(path, name) => prior.variable(path, name, diagnostics),
                Node::Local(path, name) => prior.local(path, name, diagnostics),
                Node::Output(path, name) => prior.output(path, name, diagnostics),
                Node::Call(path, name) => prior.call(path, name, diagnostics),
                Node::Provider(..) | Node::Check(..) | Node::Checking => {}
                Node::Resource(address) if address.resource.mode == Mode::Ephemeral => {
                    // Opened in this run, where that needs nothing that is destroyed.
                    for module in self.evaluator.values.instances(&address.module) {
                        let opened = self.evaluator.values.module(module);
                        let opened = opened.and_then(|m| m.resources.get(&address.resource));
                        if let Some(opened) = opened.cloned() {
                            let module = prior.values.module_mut(module);
                            module.resources.insert(address.resource.clone(), opened);
                        }
                    }
                }
                Node::Resource(address) => {
                    let each = each_of(self.sources.config, address);
                    for (_, change) in self.changes.about(ancestor) {
                        if change.deposed.is_some() || change.before.is_null() {
                            continue;
                        }
                        let module = prior.values.module_mut(&change.address.module);
                        let instances = module.resources.entry(address.resource.clone());
                        instances
                            .or_insert_with(|| Instances::new(each))
                            .set(change.address.key.clone(), change.before.clone());
                    }
                }
            }
        }
        prior
    }

    /// Who serves the resource that a step is about, and the schema of its type. With `prior` as configured before the
    /// apply, where that matters.
    pub(super) fn serving(&mut self, index: Index, prior: bool) -> Option<(Slot, Arc<Schema>)> {
        let (graph, at) = (self.sources.graph, self.about[index.index()]?);
        let Node::Resource(address) = graph.dag.node(at) else {
            return None;
        };
        let key = &graph.at(at).provider.as_ref()?.key;
        let prior_slot = prior.then(|| self.prior_slots.get(&**key)).flatten();
        let served = match prior_slot.cloned() {
            Some(slot) => self.providers.served_by(slot, &address.resource),
            None => self.providers.serving(key, &address.resource)?,
        };
        match served {
            Ok(serving) => Some(serving),
            Err(Unserved::Type(_)) => None,
            Err(Unserved::Provider(problem)) => {
                self.applied.diagnostics.push(problem);
                None
            }
        }
    }

    pub(super) fn unconfigured(&mut self, address: &Address, slot: &Slot) {
        self.applied.diagnostics.push(
            Diagnostic::error(
                "Provider configuration not known",
                format!("{address} cannot be changed because the configuration of {} is still not known. Run plan and apply again.", slot.address),
            )
            .about(address.to_string()),
        );
    }
}

/// How the instances of a resource are told apart.
fn each_of(config: &Config, address: &ConfigAddress) -> Each {
    let module = config.module(&address.module);
    match module
        .and_then(|m| m.resources.get(&address.resource))
        .map(|r| &r.meta.repetition)
    {
        Some(Repetition::Count(_)) => Each::Count,
        Some(Repetition::ForEach(_)) => Each::ForEach,
        _ => Each::Single,
    }
}
