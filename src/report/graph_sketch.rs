//! Nodes and edges of a graph on their way to being drawn: named, and without what follows from other edges.
//!
//! What the nodes stand for is for others to know.

use std::collections::{BTreeMap, BTreeSet};

use super::graph_dot::{Node as Drawn, Shape};

/// Nodes with their labels, and what each depends on.
#[derive(Default)]
pub struct Sketch {
    /// By name; with label and shape where they are drawn.
    pub nodes: BTreeMap<String, Option<(String, Shape)>>,
    /// What each node depends on.
    pub edges: BTreeMap<String, BTreeSet<String>>,
    /// How many more nodes have a name, where several have one.
    namesakes: BTreeMap<String, usize>,
}

impl Sketch {
    /// Adds a node, or says how it is drawn.
    pub fn node(&mut self, name: &str, drawn: Option<(String, Shape)>) {
        self.nodes.insert(name.to_owned(), drawn);
    }

    /// Adds a node that may have the name of others.
    pub fn namesake(&mut self, name: &str, drawn: (String, Shape)) {
        if self.nodes.insert(name.to_owned(), Some(drawn)).is_some() {
            *self.namesakes.entry(name.to_owned()).or_default() += 1;
        }
    }

    /// Makes `from` depend on `to`.
    pub fn edge(&mut self, from: &str, to: &str) {
        if from != to {
            self.edges
                .entry(from.to_owned())
                .or_default()
                .insert(to.to_owned());
        }
    }

    /// All that `from` needs, directly or not, in the order of names.
    #[must_use]
    pub fn needs(&self, from: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![from];
        while let Some(node) = open.pop() {
            for next in self.edges.get(node).into_iter().flatten() {
                if found.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        found
    }

    /// Leaves out every node that is not `wanted`, with its edges.
    pub fn retain(&mut self, wanted: &BTreeSet<String>) {
        self.nodes.retain(|name, _| wanted.contains(name));
        self.edges.retain(|from, _| wanted.contains(from));
        for all in self.edges.values_mut() {
            all.retain(|to| wanted.contains(to));
        }
    }

    /// Adds the root, which waits for all that nothing else waits for, and leaves out what follows from other edges.
    #[must_use]
    pub fn finish(mut self) -> (Vec<Drawn>, Vec<(String, String)>) {
        let needed: BTreeSet<String> = self.edges.values().flatten().cloned().collect();
        let ends: Vec<String> = self
            .nodes
            .keys()
            .filter(|n| !needed.contains(*n))
            .cloned()
            .collect();
        for end in ends {
            self.edge("root", &end);
        }
        let mut edges = Vec::new();
        for (from, to) in &self.edges {
            let mut indirect: BTreeSet<&String> = BTreeSet::new();
            let mut open: Vec<&String> = to.iter().collect();
            while let Some(node) = open.pop() {
                for next in self.edges.get(node).into_iter().flatten() {
                    if indirect.insert(next) {
                        open.push(next);
                    }
                }
            }
            let direct = to.iter().filter(|t| !indirect.contains(t));
            edges.extend(direct.map(|t| (from.clone(), t.clone())));
        }
        let nodes = self.nodes.into_iter();
        let nodes = nodes.flat_map(|(name, drawn)| {
            let times = 1 + self.namesakes.get(&name).copied().unwrap_or_default();
            std::iter::repeat_n(Drawn { name, drawn }, times)
        });
        (nodes.collect(), edges)
    }
}
