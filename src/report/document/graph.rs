//! The graph of what changes and what it touches, laid out for drawing.
//!
//! Resources are nodes, whatever number of instances they have. Where there are too many to be looked at, those of one
//! type in a module are drawn as one, then those of one module. The layout is a function of the graph: dependencies to
//! the left of what depends on them.

use std::collections::{BTreeMap, BTreeSet};

use super::What;
use crate::plan::{Action, Plan};

/// How many nodes can be looked at.
const MOST: usize = 120;

/// A resource of the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its address in the configuration, or what stands for several.
    pub name: String,
    /// The gravest of what happens to it; none if it is only touched.
    pub what: Option<What>,
    /// To how many objects something happens.
    pub changes: usize,
}

/// Resources, and which depends on which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// The resources, sorted by name.
    pub nodes: Vec<Node>,
    /// (what depends, what it depends on), sorted.
    pub edges: Vec<(usize, usize)>,
    /// How many resources there was no room for.
    pub left_out: usize,
}

/// A node in its place; columns count from the left, rows from above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The column.
    pub column: usize,
    /// The row.
    pub row: usize,
}

/// What a node is called while the graph is made: module, type, name.
type Name = (String, String, String);

/// The graph of a plan: what changes, and its neighbours.
#[must_use]
pub fn graph(plan: &Plan, what: impl Fn(&crate::plan::ResourceChange) -> Option<What>) -> Graph {
    let mut names: BTreeMap<String, Name> = BTreeMap::new();
    let mut nodes: BTreeMap<String, (Option<What>, usize)> = BTreeMap::new();
    let mut edges: BTreeSet<(String, String)> = BTreeSet::new();
    for change in &plan.changes {
        let at = change.address.config();
        let text = at.to_string();
        names.entry(text.clone()).or_insert_with(|| {
            let resource = &at.resource;
            (
                at.module.to_string(),
                resource.type_name.to_string(),
                text.clone(),
            )
        });
        let node = nodes.entry(text.clone()).or_insert((None, 0));
        if let Some(what) = what(change).filter(|_| change.action != Action::NoOp) {
            node.0 = Some(node.0.map_or(what, |other| other.min(what)));
            node.1 += 1;
        }
        edges.extend(
            change
                .dependencies
                .iter()
                .map(|d| (text.clone(), d.clone())),
        );
    }
    let changed: BTreeSet<&String> = nodes
        .iter()
        .filter(|(_, n)| n.0.is_some())
        .map(|(k, _)| k)
        .collect();
    let near = edges.iter().filter(|(a, b)| {
        (changed.contains(a) || changed.contains(b))
            && nodes.contains_key(a)
            && nodes.contains_key(b)
    });
    let near: Vec<&(String, String)> = near.collect();
    let mut drawn: BTreeSet<&String> = changed.clone();
    drawn.extend(near.iter().flat_map(|(a, b)| [a, b]));
    // Names by how much is put together, the finest first.
    let all = |name: &Name| name.2.clone();
    let by_type = |name: &Name| match name.0.is_empty() {
        true => format!("{}.*", name.1),
        false => format!("{}.{}.*", name.0, name.1),
    };
    let by_module = |name: &Name| match name.0.is_empty() {
        true => "root module".to_owned(),
        false => format!("{}.*", name.0),
    };
    let ways: [&dyn Fn(&Name) -> String; 3] = [&all, &by_type, &by_module];
    let count = |way: &dyn Fn(&Name) -> String| {
        drawn
            .iter()
            .map(|n| way(&names[*n]))
            .collect::<BTreeSet<_>>()
            .len()
    };
    let way = ways
        .iter()
        .find(|way| count(**way) <= MOST)
        .unwrap_or(&ways[2]);
    let mut together: BTreeMap<String, Node> = BTreeMap::new();
    for name in &drawn {
        let called = way(&names[*name]);
        let node = together.entry(called.clone()).or_insert(Node {
            name: called,
            ..Node::default()
        });
        let (what, changes) = nodes[*name];
        node.what = node.what.into_iter().chain(what).min();
        node.changes += changes;
    }
    let left_out = together.len().saturating_sub(MOST);
    if left_out > 0 {
        let mut gravest: Vec<&Node> = together.values().collect();
        gravest.sort_by_key(|n| (n.what.is_none(), n.what, &n.name));
        let kept: BTreeSet<String> = gravest.iter().take(MOST).map(|n| n.name.clone()).collect();
        together.retain(|name, _| kept.contains(name));
    }
    let index: BTreeMap<&str, usize> = together
        .keys()
        .enumerate()
        .map(|(i, n)| (n.as_str(), i))
        .collect();
    let at = |name: &String| index.get(way(&names[name]).as_str()).copied();
    let edges: BTreeSet<(usize, usize)> = near
        .iter()
        .filter_map(|(a, b)| Some((at(a)?, at(b)?)))
        .filter(|(a, b)| a != b)
        .collect();
    Graph {
        edges: edges.into_iter().collect(),
        nodes: together.into_values().collect(),
        left_out,
    }
}

impl Graph {
    /// A place for every node.
    #[must_use]
    pub fn layout(&self) -> Vec<Spot> {
        let columns = self.columns();
        let mut layers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (node, column) in columns.iter().enumerate() {
            layers.entry(*column).or_default().push(node);
        }
        let mut neighbours: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for &(a, b) in &self.edges {
            neighbours[a].push(b);
            neighbours[b].push(a);
        }
        let mut row: Vec<usize> = vec![0; self.nodes.len()];
        for layer in layers.values() {
            layer.iter().enumerate().for_each(|(r, &n)| row[n] = r);
        }
        // Each node moves to the middle of its neighbours, a few times over.
        for _ in 0..6 {
            for layer in layers.values_mut() {
                layer.sort_by_key(|&n| {
                    let near = &neighbours[n];
                    let middle = match near.len() {
                        0 => row[n] * 1_000,
                        many => near.iter().map(|&m| row[m] * 1_000).sum::<usize>() / many,
                    };
                    (middle, n)
                });
                layer.iter().enumerate().for_each(|(r, &n)| row[n] = r);
            }
        }
        columns
            .iter()
            .zip(&row)
            .map(|(&column, &row)| Spot { column, row })
            .collect()
    }

    /// The column of each node: one more than that of what it depends on. What would close a circle does not count;
    /// resources have none, but what stands for several may.
    fn columns(&self) -> Vec<usize> {
        let mut needs: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for &(a, b) in &self.edges {
            needs[a].push(b);
        }
        let mut column: Vec<Option<usize>> = vec![None; self.nodes.len()];
        let mut entered = vec![false; self.nodes.len()];
        for start in 0..self.nodes.len() {
            let mut open = vec![start];
            while let Some(&node) = open.last() {
                if column[node].is_some() {
                    open.pop();
                    continue;
                }
                let waiting: Vec<usize> = match entered[node] {
                    true => Vec::new(),
                    false => needs[node]
                        .iter()
                        .copied()
                        .filter(|&n| column[n].is_none() && !entered[n])
                        .collect(),
                };
                entered[node] = true;
                if waiting.is_empty() {
                    let deepest = needs[node].iter().filter_map(|&n| column[n]).max();
                    column[node] = Some(deepest.map_or(0, |c| c + 1));
                    open.pop();
                } else {
                    open.extend(waiting);
                }
            }
        }
        column.into_iter().map(|c| c.unwrap_or(0)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(count: usize, edges: &[(usize, usize)]) -> Graph {
        let node = |n| Node {
            name: format!("n{n}"),
            ..Node::default()
        };
        Graph {
            nodes: (0..count).map(node).collect(),
            edges: edges.to_vec(),
            left_out: 0,
        }
    }

    #[test]
    fn what_depends_stands_to_the_right() {
        let spots = graph(4, &[(1, 0), (2, 0), (3, 1), (3, 2)]).layout();
        let columns: Vec<usize> = spots.iter().map(|s| s.column).collect();
        assert_eq!(columns, [0, 1, 1, 2]);
        assert_ne!(spots[1].row, spots[2].row);
    }

    #[test]
    fn a_circle_is_laid_out_all_the_same() {
        let spots = graph(3, &[(0, 1), (1, 2), (2, 0)]).layout();
        assert_eq!(spots.len(), 3);
    }
}
