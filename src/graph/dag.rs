//! A directed graph that should be acyclic. Generic over its nodes; knows nothing of resources.

use petgraph::Direction;
use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};

use crate::lookup::Known;

/// The index of a node.
pub type Index = NodeIndex<u32>;

/// A graph whose edges point from what must come first to what waits for it.
#[derive(Debug)]
pub struct Dag<N> {
    graph: DiGraph<N, (), u32>,
}

impl<N> Default for Dag<N> {
    fn default() -> Dag<N> {
        Dag {
            graph: DiGraph::default(),
        }
    }
}

impl<N> Dag<N> {
    /// Makes room for so many nodes more, most of which wait for one other.
    pub fn reserve(&mut self, nodes: usize) {
        self.graph.reserve_nodes(nodes);
        self.graph.reserve_edges(nodes);
    }

    /// Adds a node without edges.
    pub fn add(&mut self, node: N) -> Index {
        self.graph.add_node(node)
    }

    /// Makes `dependent` wait for `dependency`. Saying it twice does no harm.
    pub fn depend(&mut self, dependent: Index, dependency: Index) {
        self.graph.add_edge(dependency, dependent, ());
    }

    /// Takes back one `depend`.
    pub fn release(&mut self, dependent: Index, dependency: Index) {
        if let Some(edge) = self.graph.find_edge(dependency, dependent) {
            self.graph.remove_edge(edge);
        }
    }

    /// The node at `index`.
    #[must_use]
    pub fn node(&self, index: Index) -> &N {
        &self.graph[index]
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.graph.node_count()
    }

    /// Whether there are no nodes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All indices, in the order of adding.
    pub fn indices(&self) -> impl DoubleEndedIterator<Item = Index> + use<N> {
        self.graph.node_indices()
    }

    /// What `index` waits for, sorted, without repetition.
    #[must_use]
    pub fn dependencies(&self, index: Index) -> Vec<Index> {
        self.neighbours(index, Direction::Incoming)
    }

    /// What waits for `index`, sorted, without repetition.
    #[must_use]
    pub fn dependents(&self, index: Index) -> Vec<Index> {
        self.neighbours(index, Direction::Outgoing)
    }

    /// What `index` waits for, in no order that means anything, perhaps with repetition.
    pub fn waits_for(&self, index: Index) -> impl Iterator<Item = Index> {
        self.graph.neighbors_directed(index, Direction::Incoming)
    }

    /// Every pair of what comes first and what waits for it, as often as it was said.
    pub fn edges(&self) -> impl Iterator<Item = (Index, Index)> {
        let edges = self.graph.raw_edges().iter();
        edges.map(|edge| (edge.source(), edge.target()))
    }

    fn neighbours(&self, index: Index, direction: Direction) -> Vec<Index> {
        let mut found: Vec<Index> = self.graph.neighbors_directed(index, direction).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Every group of nodes that wait for each other, each sorted; empty when the graph is acyclic.
    #[must_use]
    pub fn cycles(&self) -> Vec<Vec<Index>> {
        if toposort(&self.graph, None).is_ok() {
            return Vec::new();
        }
        let mut cycles: Vec<Vec<Index>> = kosaraju_scc(&self.graph)
            .into_iter()
            .filter(|group| group.len() > 1 || self.dependencies(group[0]).contains(&group[0]))
            .collect();
        for group in &mut cycles {
            group.sort_unstable();
        }
        cycles.sort();
        cycles
    }

    /// All nodes in an order in which dependencies come first; there is none where there are cycles.
    #[must_use]
    pub fn in_order(&self) -> Option<Vec<Index>> {
        toposort(&self.graph, None).ok()
    }

    /// Everything that must come before any of `roots`, and the roots, in no order that means anything. It takes as long as
    /// these are many, however large the graph.
    #[must_use]
    pub fn ancestors(&self, roots: &[Index]) -> Known<Index> {
        let mut found = Known::default();
        let mut stack = roots.to_vec();
        while let Some(index) = stack.pop() {
            if found.insert(index) {
                stack.extend(self.waits_for(index));
            }
        }
        found
    }

    /// Everything that must come before any of `roots`, and the roots, in an order in which
    /// dependencies come first. The graph must be acyclic.
    #[must_use]
    pub fn ancestors_in_order(&self, roots: &[Index]) -> Vec<Index> {
        let mut wanted = vec![false; self.len()];
        let mut stack = roots.to_vec();
        while let Some(index) = stack.pop() {
            if !std::mem::replace(&mut wanted[index.index()], true) {
                stack.extend(self.waits_for(index));
            }
        }
        let order = self.in_order().unwrap_or_default();
        order.into_iter().filter(|i| wanted[i.index()]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_found_and_sorted() {
        let mut dag = Dag::default();
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|n| dag.add(n));
        dag.depend(b, a);
        assert!(dag.cycles().is_empty());
        dag.depend(c, d);
        dag.depend(d, c);
        dag.depend(a, a);
        assert_eq!(dag.cycles(), vec![vec![a], vec![c, d]]);
        assert_eq!(*dag.node(b), "b");
    }

    #[test]
    fn ancestors_come_in_order() {
        let mut dag = Dag::default();
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|n| dag.add(n));
        dag.depend(a, b);
        dag.depend(b, c);
        dag.depend(d, a);
        assert_eq!(dag.ancestors_in_order(&[a]), vec![c, b, a]);
        assert_eq!(dag.ancestors(&[b]), Known::from_iter([b, c]));
        let order = dag.in_order().unwrap();
        assert_eq!(order, dag.ancestors_in_order(&[a, b, c, d]));
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let mut dag = Dag::default();
        let nodes: Vec<Index> = (0..200_000).map(|n| dag.add(n)).collect();
        for pair in nodes.windows(2) {
            dag.depend(pair[1], pair[0]);
        }
        assert!(dag.cycles().is_empty());
        dag.depend(nodes[0], nodes[199_999]);
        assert_eq!(dag.cycles()[0].len(), 200_000);
    }
}
