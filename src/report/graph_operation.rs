//! The graph that planning or applying walks, as `graph -type` draws it: nodes and edges in Terraform's names.
//!
//! Which nodes there are is the configuration's graph's to say; here they get names, and edges that follow from
//! others are left out.

use std::collections::{BTreeMap, BTreeSet};

use super::graph_dot::{Node as Drawn, Shape};
use super::json::ProviderFacts;
use crate::address::{ConfigAddress, ModulePath};
use crate::config::Config;
use crate::config::reference::{Subject, parse};
use crate::graph::build::{ConfigGraph, Node};
use crate::lang::ast::Traversal;
use crate::plan::{Action, Plan};

/// Nodes with their labels, and what each depends on.
#[derive(Default)]
struct Sketch {
    nodes: BTreeMap<String, Option<(String, Shape)>>,
    edges: BTreeMap<String, BTreeSet<String>>,
}

impl Sketch {
    fn node(&mut self, name: &str, drawn: Option<(String, Shape)>) {
        self.nodes.insert(name.to_owned(), drawn);
    }

    fn edge(&mut self, from: &str, to: &str) {
        if from != to {
            self.edges
                .entry(from.to_owned())
                .or_default()
                .insert(to.to_owned());
        }
    }
}

fn within(module: &ModulePath, name: &str) -> String {
    match module.is_root() {
        true => name.to_owned(),
        false => format!("{module}.{name}"),
    }
}

/// The nodes and edges of the walk. With a plan the instances that it changes are drawn too. When everything is to be
/// destroyed only outputs and what there is are walked.
#[must_use]
pub fn operation(
    config: &Config,
    graph: &ConfigGraph,
    facts: &dyn ProviderFacts,
    plan: Option<&Plan>,
    destroying: bool,
) -> (Vec<Drawn>, Vec<(String, String)>) {
    let mut sketch = Sketch::default();
    let mut instances: BTreeMap<ConfigAddress, Vec<String>> = BTreeMap::new();
    for change in plan.into_iter().flat_map(|p| &p.changes) {
        if change.action != Action::NoOp {
            let of = instances.entry(change.address.config()).or_default();
            of.push(change.address.to_string());
        }
    }
    let names = Names { config, facts };
    for index in graph.dag.indices() {
        let node = graph.dag.node(index);
        if destroying && !matches!(node, Node::Output(path, _) if path.is_root()) {
            continue;
        }
        let own = names.of(node);
        names.draw(node, &mut sketch);
        if destroying {
            continue;
        }
        let whole = names.whole_modules(node);
        for dependency in graph.dag.dependencies(index) {
            let to = graph.dag.node(dependency);
            match to {
                Node::Output(path, _) if whole.contains(path) => {
                    sketch.edge(&own, &format!("{path} (close)"));
                }
                Node::Resource(address) if instances.contains_key(address) => {
                    for instance in &instances[address] {
                        sketch.edge(&own, instance);
                    }
                }
                _ => sketch.edge(&own, &names.referred(to)),
            }
        }
        if let Node::Resource(address) = node {
            let label = address.to_string();
            for instance in instances.get(address).into_iter().flatten() {
                sketch.node(instance, Some((label.clone(), Shape::Box)));
                sketch.edge(instance, &own);
            }
            if let Some((path, name)) = graph.providers.get(address) {
                let provider = names.of(&Node::Provider(path.clone(), name.clone()));
                let close = format!("{provider} (close)");
                sketch.node(&close, None);
                sketch.edge(&close, &own);
                for instance in instances.get(address).into_iter().flatten() {
                    sketch.edge(&close, instance);
                }
            }
        }
        // A module is closed when everything in it is done.
        for module in around(node) {
            let close = format!("{module} (close)");
            sketch.node(&close, None);
            sketch.edge(&close, &own);
        }
    }
    finish(sketch)
}

/// The modules that a node is in.
fn around(node: &Node) -> Vec<ModulePath> {
    let path = match node {
        Node::Variable(path, _)
        | Node::Local(path, _)
        | Node::Output(path, _)
        | Node::Call(path, _)
        | Node::Check(path, _) => path,
        Node::Resource(address) => &address.module,
        Node::Provider(..) | Node::Checking => return Vec::new(),
    };
    let mut found = Vec::new();
    let mut at = path.clone();
    while let Some((parent, _)) = at.parent() {
        found.push(at);
        at = parent;
    }
    found
}

struct Names<'n> {
    config: &'n Config,
    facts: &'n dyn ProviderFacts,
}

impl Names<'_> {
    fn of(&self, node: &Node) -> String {
        match node {
            Node::Variable(path, name) if path.is_root() => format!("var.{name}"),
            Node::Variable(path, name) => within(path, &format!("var.{name} (expand)")),
            Node::Local(path, name) => within(path, &format!("local.{name} (expand)")),
            Node::Output(path, name) => within(path, &format!("output.{name} (expand)")),
            Node::Call(path, name) => within(path, &format!("module.{name} (expand)")),
            Node::Check(path, name) => within(path, &format!("check.{name} (expand)")),
            Node::Resource(address) => format!("{address} (expand)"),
            Node::Checking => "checks".into(),
            Node::Provider(path, name) => {
                let source = self.facts.source(path, &name.local).unwrap_or_default();
                let alias = name.alias.as_ref().map(|a| format!(".{a}"));
                let text = format!("provider[{source:?}]{}", alias.unwrap_or_default());
                within(path, &text)
            }
        }
    }

    /// The node that waits for what a reference to `node` needs: a variable is used when it is valid.
    fn referred(&self, node: &Node) -> String {
        match node {
            Node::Variable(path, name) if self.validated(path, name) => {
                within(path, &format!("var.{name} (validation)"))
            }
            _ => self.of(node),
        }
    }

    fn validated(&self, path: &ModulePath, name: &str) -> bool {
        let module = self.config.module(path);
        let variable = module.and_then(|m| m.variables.get(name));
        variable.is_some_and(|v| !v.validations.is_empty())
    }

    /// The modules that a node refers to as a whole, not to one of their outputs.
    fn whole_modules(&self, node: &Node) -> Vec<ModulePath> {
        let (path, name) = match node {
            Node::Local(path, name) | Node::Output(path, name) => (path, Some(name)),
            Node::Resource(address) => (&address.module, None),
            _ => return Vec::new(),
        };
        let Some(module) = self.config.module(path) else {
            return Vec::new();
        };
        let references: Vec<&Traversal> = match (node, name) {
            (Node::Local(..), Some(name)) => {
                let local = module.locals.get(name);
                local.map_or_else(Vec::new, |l| l.expr.references())
            }
            (Node::Output(..), Some(name)) => {
                let output = module.outputs.get(name);
                output.map_or_else(Vec::new, |o| o.expr.references())
            }
            (Node::Resource(address), _) => {
                let resource = module.resources.get(&address.resource);
                resource.map_or_else(Vec::new, |r| {
                    let mut all = r.body.references();
                    all.extend(r.repetition.expr().into_iter().flat_map(|e| e.references()));
                    all
                })
            }
            _ => Vec::new(),
        };
        references
            .into_iter()
            .filter_map(|t| match parse(t, &self.config.sources).ok()?.subject {
                Subject::Module(name, _, None) => Some(path.child(&name)),
                _ => None,
            })
            .collect()
    }

    fn draw(&self, node: &Node, sketch: &mut Sketch) {
        let own = self.of(node);
        let drawn = match node {
            Node::Variable(path, _) if path.is_root() => Some((own.clone(), Shape::Note)),
            Node::Provider(..) => Some((own.clone(), Shape::Diamond)),
            Node::Resource(address) => Some((address.to_string(), Shape::Box)),
            _ => None,
        };
        sketch.node(&own, drawn);
        match node {
            Node::Variable(path, name) if self.validated(path, name) => {
                let validation = self.referred(node);
                sketch.node(&validation, None);
                sketch.edge(&validation, &own);
            }
            Node::Provider(..) => {
                let close = format!("{own} (close)");
                sketch.node(&close, None);
                sketch.edge(&close, &own);
            }
            Node::Check(path, name) => {
                let report = within(path, &format!("check.{name} (report)"));
                sketch.node(&report, None);
                sketch.edge(&own, &report);
            }
            _ => {}
        }
    }
}

/// Adds the root, which waits for all that nothing else waits for, and leaves out what follows from other edges.
fn finish(mut sketch: Sketch) -> (Vec<Drawn>, Vec<(String, String)>) {
    let needed: BTreeSet<String> = sketch.edges.values().flatten().cloned().collect();
    let ends: Vec<String> = sketch
        .nodes
        .keys()
        .filter(|n| !needed.contains(*n))
        .cloned()
        .collect();
    for end in ends {
        sketch.edge("root", &end);
    }
    let mut edges = Vec::new();
    for (from, to) in &sketch.edges {
        let mut indirect: BTreeSet<&String> = BTreeSet::new();
        let mut open: Vec<&String> = to.iter().collect();
        while let Some(node) = open.pop() {
            for next in sketch.edges.get(node).into_iter().flatten() {
                if indirect.insert(next) {
                    open.push(next);
                }
            }
        }
        let direct = to.iter().filter(|t| !indirect.contains(t));
        edges.extend(direct.map(|t| (from.clone(), t.clone())));
    }
    let nodes = sketch.nodes.into_iter();
    let nodes = nodes.map(|(name, drawn)| Drawn { name, drawn }).collect();
    (nodes, edges)
}
