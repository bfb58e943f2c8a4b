//! What a plan limited to targets takes in: pure, from the graph and the targets to nodes.

use std::collections::BTreeSet;

use crate::address::{Address, ConfigAddress, InstanceKey, Target};
use crate::graph::build::{ConfigGraph, Node};
use crate::graph::dag::Index;

/// Whether a resource is named by a target, or lies in a module that is.
#[must_use]
pub fn names(targets: &[Target], address: &ConfigAddress) -> bool {
    targets.iter().any(|target| match target {
        Target::Instance(a) => a.config() == *address,
        Target::Module(m) => address.module.0.starts_with(&m.path().0),
    })
}

/// Whether a target names an instance.
#[must_use]
pub fn covers(targets: &[Target], instance: &Address) -> bool {
    targets.iter().any(|target| match target {
        Target::Instance(a) => {
            a.module.names(&instance.module)
                && a.resource == instance.resource
                && (a.key == InstanceKey::None || a.key == instance.key)
        }
        Target::Module(m) => m.names(&instance.module),
    })
}

/// The targets with everything that they need, and the root outputs that need nothing else.
#[must_use]
pub fn wanted(graph: &ConfigGraph, targets: &[Target]) -> BTreeSet<Index> {
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
