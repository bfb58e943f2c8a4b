//! What a plan limited to targets, or without what is excluded, takes in: pure, from the graph and addresses to nodes.

use std::collections::BTreeSet;

use crate::address::{Address, ConfigAddress, InstanceKey, Target};
use crate::graph::config_graph::{ConfigGraph, Node};
use crate::graph::dag::Index;

/// Whether a resource is named by a target, or lies in a module that is.
#[must_use]
pub fn names(targets: &[Target], address: &ConfigAddress) -> bool {
    targets.iter().any(|target| match target {
        Target::Instance(a) => a.config() == address,
        Target::Module(m) => address.module.0.starts_with(&m.path().0),
    })
}

/// Whether a target names an instance.
#[must_use]
pub fn covers(targets: &[Target], instance: &Address) -> bool {
    targets.iter().any(|t| names_instance(t, instance))
}

/// Whether an instance is named by a target, or lies in a module that is.
#[must_use]
pub fn names_instance(target: &Target, instance: &Address) -> bool {
    match target {
        Target::Instance(a) => {
            a.resource == instance.resource
                && a.module.0.len() == instance.module.0.len()
                && a.module.names(&instance.module)
                && (a.key == InstanceKey::None || a.key == instance.key)
        }
        Target::Module(m) => m.names(&instance.module),
    }
}

/// The nodes that take part, where `targets` or `excludes` limit them; at most one of the two is not empty.
#[must_use]
pub fn chosen(
    graph: &ConfigGraph,
    targets: &[Target],
    excludes: &[Target],
) -> Option<BTreeSet<Index>> {
    match (targets, excludes) {
        ([], []) => None,
        ([], excludes) => Some(left(graph, excludes)),
        (targets, _) => Some(wanted(graph, targets)),
    }
}

/// The targets with everything that they need, and the root outputs that need nothing else.
fn wanted(graph: &ConfigGraph, targets: &[Target]) -> BTreeSet<Index> {
    let is_resource = |i: &Index| matches!(graph.dag.node(*i), Node::Resource(_));
    let roots: Vec<Index> = graph
        .dag
        .indices()
        .filter(|i| matches!(graph.dag.node(*i), Node::Resource(a) if names(targets, a)))
        .collect();
    let mut wanted: BTreeSet<Index> = graph.dag.ancestors_in_order(&roots).into_iter().collect();
    let outputs: Vec<Index> = graph
        .dag
        .indices()
        .filter(|i| matches!(graph.dag.node(*i), Node::Output(path, _) if path.is_root()))
        .collect();
    for output in outputs {
        let needed = graph.dag.ancestors_in_order(&[output]);
        let mut resources = needed.iter().filter(|i| is_resource(i)).peekable();
        if resources.peek().is_some() && resources.all(|i| wanted.contains(i)) {
            wanted.extend(needed);
        }
    }
    wanted
}

/// Everything but what is excluded and what depends on it. A resource of which only some instances are excluded
/// stays, for the others.
fn left(graph: &ConfigGraph, excludes: &[Target]) -> BTreeSet<Index> {
    let whole: Vec<Target> = excludes.iter().filter(|t| is_whole(t)).cloned().collect();
    let mut left: BTreeSet<Index> = graph.dag.indices().collect();
    let mut stack: Vec<Index> = Vec::new();
    for index in graph.dag.indices() {
        let Node::Resource(address) = graph.dag.node(index) else {
            continue;
        };
        if names(&whole, address) {
            stack.push(index);
        } else if names(excludes, address) {
            stack.extend(graph.dag.dependents(index));
        }
    }
    while let Some(index) = stack.pop() {
        if left.remove(&index) {
            stack.extend(graph.dag.dependents(index));
        }
    }
    left
}

/// The resources that a destroy takes in: the targets and what depends on them, or all but what is excluded and
/// what that needs.
#[must_use]
pub fn destroyed(graph: &ConfigGraph, targets: &[Target], excludes: &[Target]) -> BTreeSet<Index> {
    let resources = || {
        let all = graph.dag.indices();
        all.filter_map(|i| match graph.dag.node(i) {
            Node::Resource(address) => Some((i, address)),
            _ => None,
        })
    };
    let mut found: BTreeSet<Index> = resources().map(|(i, _)| i).collect();
    if !excludes.is_empty() {
        let whole: Vec<Target> = excludes.iter().filter(|t| is_whole(t)).cloned().collect();
        let mut kept: BTreeSet<Index> = BTreeSet::new();
        for (index, address) in resources().filter(|(_, a)| names(excludes, a)) {
            let mut needed: BTreeSet<Index> =
                graph.dag.ancestors_in_order(&[index]).into_iter().collect();
            if !names(&whole, address) {
                needed.remove(&index);
            }
            kept.extend(needed);
        }
        found.retain(|i| !kept.contains(i));
    } else if !targets.is_empty() {
        let mut stack: Vec<Index> = resources()
            .filter(|(_, a)| names(targets, a))
            .map(|(i, _)| i)
            .collect();
        found.clear();
        let mut seen: BTreeSet<Index> = BTreeSet::new();
        while let Some(index) = stack.pop() {
            if seen.insert(index) {
                stack.extend(graph.dag.dependents(index));
            }
        }
        found.extend(resources().map(|(i, _)| i).filter(|i| seen.contains(i)));
    }
    found
}

/// Whether a target names all instances of what it names.
fn is_whole(target: &Target) -> bool {
    let module = match target {
        Target::Instance(a) if a.key != InstanceKey::None => return false,
        Target::Instance(a) => &a.module,
        Target::Module(m) => m,
    };
    module.0.iter().all(|(_, key)| *key == InstanceKey::None)
}
