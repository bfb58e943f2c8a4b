//! Which nodes and instances take part in a plan: all, those that targets need, or those that a destroy needs.
//!
//! It plans nothing.

use super::Walk;
use crate::address::{Address, InstanceKey, Target};
use crate::graph::build::Node;
use crate::graph::dag::Index;
use crate::plan::model::PlanMode;
use crate::plan::prior::{PriorInstance, decode_row};
use crate::plan::providers::Slot;
use crate::plan::targets;
use std::collections::BTreeSet;
use trunkline_api::Schema;

impl<'a, 'r> Walk<'a, 'r> {
    /// Which nodes take part: all, those that targets need, or those that a destroy needs.
    pub(super) fn choose_wanted(&mut self) {
        let graph = self.sources.graph;
        if self.options.mode != PlanMode::Destroy && self.options.targets.is_empty() {
            return;
        }
        if self.options.mode != PlanMode::Destroy {
            self.wanted = Some(targets::wanted(graph, &self.options.targets));
            return;
        }
        let roots: Vec<Index> = graph
            .dag
            .indices()
            .filter(|i| match graph.dag.node(*i) {
                Node::Resource(address) => {
                    self.options.targets.is_empty()
                        || targets::names(&self.options.targets, address)
                }
                _ => false,
            })
            .collect();
        let mut wanted: BTreeSet<Index> = BTreeSet::new();
        // What depends on a target goes too, and each needs its provider's configuration only.
        let mut stack = roots;
        while let Some(index) = stack.pop() {
            if wanted.insert(index) {
                stack.extend(graph.dag.dependents(index));
            }
        }
        wanted.retain(|i| matches!(graph.dag.node(*i), Node::Resource(a) if self.prior.resources.contains_key(a)));
        let providers: Vec<Index> = wanted
            .iter()
            .filter_map(|i| match graph.dag.node(*i) {
                Node::Resource(a) => {
                    let (module, name) = graph.providers.get(a)?.clone();
                    graph.index.get(&Node::Provider(module, name)).copied()
                }
                _ => None,
            })
            .collect();
        wanted.extend(graph.dag.ancestors_in_order(&providers));
        self.wanted = Some(wanted);
    }

    pub(super) fn targets_instance(&self, instance: &Address) -> bool {
        if self.options.targets.is_empty() || self.options.mode == PlanMode::Destroy {
            return true;
        }
        // What a target only depends on is planned whole.
        let config = instance.config();
        let targets = self.options.targets.iter();
        let mut named = targets
            .filter(|t| targets::names(std::slice::from_ref(*t), &config))
            .peekable();
        named.peek().is_none()
            || named.any(|target| match target {
                Target::Instance(a) => {
                    a.module.names(&instance.module)
                        && (a.key == InstanceKey::None || a.key == instance.key)
                }
                Target::Module(m) => m.names(&instance.module),
            })
    }

    /// Leaves an instance that is not targeted as the state has it.
    pub(super) fn keep_value(
        &mut self,
        instance: &Address,
        found: &PriorInstance,
        slot: &Slot,
        schema: &Schema,
    ) {
        let Some(row) = &found.current else { return };
        match decode_row(row, schema, slot.instance.as_ref()) {
            Ok(object) => self.set_value(instance, object.value),
            Err(problem) => self.diagnostics.push(problem),
        }
    }
}
