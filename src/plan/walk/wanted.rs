//! Which nodes and instances take part in a plan: all, those that targets need, or those that a destroy needs.
//!
//! It plans nothing.

use super::Walk;
use crate::address::{Address, ConfigAddress, InstanceKey, Target};
use crate::graph::build::Node;
use crate::graph::dag::Index;
use crate::plan::model::PlanMode;
use crate::plan::prior::{PriorInstance, decode_row};
use crate::plan::providers::Slot;
use std::collections::BTreeSet;
use trunkline_api::Schema;

impl<'a, 'r> Walk<'a, 'r> {
    /// Which nodes take part: all, those that targets need, or those that a destroy needs.
    pub(super) fn choose_wanted(&mut self) {
        let graph = self.sources.graph;
        let targeted = |address: &ConfigAddress| {
            self.options.targets.is_empty()
                || self.options.targets.iter().any(|t| match t {
                    Target::Instance(a) => a.config() == *address,
                    Target::Module(m) => address.module.0.starts_with(&m.path().0),
                })
        };
        if self.options.mode != PlanMode::Destroy && self.options.targets.is_empty() {
            return;
        }
        let roots: Vec<Index> = graph
            .dag
            .indices()
            .filter(|i| match graph.dag.node(*i) {
                Node::Resource(address) => targeted(address),
                _ => false,
            })
            .collect();
        let mut wanted: BTreeSet<Index> = BTreeSet::new();
        if self.options.mode == PlanMode::Destroy {
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
        } else {
            wanted.extend(graph.dag.ancestors_in_order(&roots));
        }
        self.wanted = Some(wanted);
    }

    pub(super) fn targets_instance(&self, instance: &Address) -> bool {
        if self.options.targets.is_empty() || self.options.mode == PlanMode::Destroy {
            return true;
        }
        // What a target only depends on is planned whole.
        let named = self.options.targets.iter().filter_map(|t| match t {
            Target::Instance(a) if a.config() == instance.config() => Some(a),
            _ => None,
        });
        let mut named = named.peekable();
        named.peek().is_none() || named.any(|a| a.key == InstanceKey::None || a == instance)
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
