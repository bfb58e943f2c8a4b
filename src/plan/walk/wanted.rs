//! Which nodes and instances take part in a plan: all, those that targets need, or those that a destroy needs.
//!
//! It plans nothing.

use std::collections::BTreeSet;

use super::Walk;
use crate::address::{Address, ConfigAddress, InstanceKey, ModuleInstance, Resource, Target};
use crate::graph::config_graph::Node;
use crate::graph::dag::Index;
use crate::plan::expand::Expansion;
use crate::plan::model::PlanMode;
use crate::plan::prior::{PriorInstance, decode_row};
use crate::plan::providers::Slot;
use crate::plan::targets;
use crate::plan::values::Each;
use trunkline_api::{Diagnostic, Schema};

impl<'a, 'r> Walk<'a, 'r> {
    /// Which nodes take part: all, those that targets need, or those that a destroy needs.
    pub(super) fn choose_wanted(&mut self) {
        self.choose_objects();
        // A plan holds the values of all variables of the root.
        if let Some(wanted) = &mut self.wanted {
            let graph = self.sources.graph;
            let all = graph.dag.indices();
            wanted.extend(all.filter(
                |i| matches!(graph.dag.node(*i), Node::Variable(path, _) if path.is_root()),
            ));
        }
    }

    fn choose_objects(&mut self) {
        let graph = self.sources.graph;
        let (targets, excludes) = (&self.options.targets, &self.options.excludes);
        if self.options.mode != PlanMode::Destroy {
            self.wanted = targets::chosen(graph, targets, excludes);
            return;
        }
        let mut wanted = targets::destroyed(graph, targets, excludes);
        wanted.retain(|i| matches!(graph.dag.node(*i), Node::Resource(a) if self.prior.resources.contains_key(a)));
        let providers: Vec<Index> = wanted
            .iter()
            .filter_map(|i| match graph.dag.node(*i) {
                Node::Resource(_) => Some(graph.at(*i).provider.as_ref()?.node),
                _ => None,
            })
            .collect();
        wanted.extend(graph.dag.ancestors_in_order(&providers));
        self.wanted = Some(wanted);
    }

    /// The resources that the plan looked at, where it did not look at all. What goes may leave others with nothing
    /// to stand on, and what moves takes other rows with it, so such plans look at all.
    pub(super) fn read(&self) -> Option<BTreeSet<ConfigAddress>> {
        let all = self.options.mode == PlanMode::Destroy || !self.plan.moves.is_empty();
        let wanted = self.wanted.as_ref().filter(|_| !all)?;
        let graph = self.sources.graph;
        let resources = wanted.iter().filter_map(|i| match graph.dag.node(*i) {
            Node::Resource(address) => Some(address.clone()),
            _ => None,
        });
        Some(resources.collect())
    }

    /// Whether an instance of a resource that takes part does.
    pub(super) fn targets_instance(&self, instance: &Address) -> bool {
        let excluded = |t: &Target| targets::names_instance(t, instance);
        if self.options.excludes.iter().any(excluded) {
            return false;
        }
        // What a target only depends on, or what depends on it, is planned whole.
        let config = instance.config();
        let named = self.options.targets.iter();
        let mut named = named
            .filter(|t| targets::names(std::slice::from_ref(*t), config))
            .peekable();
        named.peek().is_none() || named.any(|target| targets::names_instance(target, instance))
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
        match decode_row(
            row,
            &instance.resource.type_name,
            schema,
            slot.instance.as_ref(),
        ) {
            Ok(object) => self.set_value(instance, object.value),
            Err(problem) => self.diagnostics.push(problem),
        }
    }

    /// Warns of a `-replace` that names a resource with keys and gives none.
    pub(super) fn incomplete_replace(
        &mut self,
        module: &ModuleInstance,
        resource: &Resource,
        expansion: &Expansion,
    ) {
        let named = |a: &Address| {
            a.module == *module && a.resource == *resource && a.key == InstanceKey::None
        };
        if expansion.each == Each::Single || !self.options.replace.iter().any(named) {
            return;
        }
        let at = |key: &InstanceKey| Address::new(module.clone(), resource.clone(), key.clone());
        let whole = at(&InstanceKey::None);
        let options: Vec<String> = expansion
            .instances
            .iter()
            .map(|(key, _)| format!("\n  -replace={:?}", at(key).to_string()))
            .collect();
        let detail = match options.is_empty() {
            true => format!(
                "Your force-replace request for {whole} doesn't match any resource instances because this resource doesn't have any instances."
            ),
            false => format!(
                "Your force-replace request for {whole} doesn't match any resource instances because it lacks an instance key.\n\nTo force replacement of particular instances, use one or more of the following options instead:{}",
                options.concat()
            ),
        };
        self.diagnostics.push(Diagnostic::warning(
            "Incompletely-matched force-replace resource instance",
            detail,
        ));
    }
}
