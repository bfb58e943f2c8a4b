//! The graph that planning or applying walks, as `graph -type` draws it: nodes and edges in Terraform's names.
//!
//! Which nodes there are is the configuration's graph's to say; here they get names, and edges that follow from
//! others are left out.

use std::collections::{BTreeMap, BTreeSet};

use super::graph_dot::{Node as Drawn, Shape};
use super::graph_objects::{Objects, Standing};
use super::graph_sketch::Sketch;
use super::json::ProviderFacts;
use crate::address::{Address, ConfigAddress, InstanceKey, ModulePath, Target, parse_target};
use crate::config::Config;
use crate::config::reference::{Subject, parse};
use crate::graph::config_graph::{ConfigGraph, Node};
use crate::graph::dag::Index;
use crate::lang::ast::Traversal;
use crate::plan::{Plan, PlanMode};

fn within(module: &ModulePath, name: &str) -> String {
    match module.is_root() {
        true => name.to_owned(),
        false => format!("{module}.{name}"),
    }
}

/// What the graph is walked for.
#[derive(Clone, Copy)]
pub enum Walk<'p> {
    /// To make a plan.
    Plan,
    /// To make a plan that destroys everything.
    PlanDestroy,
    /// To apply a plan, or what there would be to apply if nothing changed.
    Apply(Option<&'p Plan>),
}

impl Walk<'_> {
    fn destroys(self) -> bool {
        match self {
            Walk::Plan => false,
            Walk::PlanDestroy => true,
            Walk::Apply(plan) => plan.is_some_and(|p| p.mode == PlanMode::Destroy),
        }
    }
}

/// The nodes and edges of the walk: those of the configuration, and those of the objects in the state that the walk
/// comes by. When everything is to be destroyed only those are walked, and the outputs.
#[must_use]
pub fn operation(
    config: &Config,
    graph: &ConfigGraph,
    facts: &dyn ProviderFacts,
    standing: &Standing,
    walk: Walk<'_>,
) -> (Vec<Drawn>, Vec<(String, String)>) {
    let mut sketch = Sketch::default();
    let names = Names { config, facts };
    let mut objects = Objects::default();
    let declared = |address: &ConfigAddress| {
        let module = config.module(&address.module);
        module.is_some_and(|m| m.resources.contains_key(&address.resource))
    };
    match walk {
        Walk::Plan => objects.left(&mut sketch, standing, declared),
        Walk::PlanDestroy => objects.all(&mut sketch, standing),
        Walk::Apply(None) => {}
        Walk::Apply(Some(plan)) => {
            let checked = |address: &ConfigAddress| names.checked(address);
            objects.planned(&mut sketch, standing, plan, graph, checked);
        }
    }
    objects.order(&mut sketch);
    for index in graph.dag.indices() {
        configured(graph, index, &names, walk, &mut objects, &mut sketch);
    }
    close_modules(config, standing, walk, &mut sketch);
    for name in &standing.outputs {
        let root = config.module(&ModulePath::root());
        if root.is_none_or(|m| !m.outputs.contains_key(&**name)) {
            let own = format!("output.{name} (destroy)");
            sketch.node(&own, Some((own.clone(), Shape::Note)));
        }
    }
    for (provider, users) in &objects.served {
        if !sketch.nodes.contains_key(provider) {
            sketch.node(provider, Some((provider.clone(), Shape::Diamond)));
        }
        for user in users {
            sketch.edge(user, provider);
        }
    }
    if walk.destroys() {
        keep_for_destroying(&objects, &mut sketch);
    }
    let unused = |name: &String| objects.served.get(name).is_none_or(BTreeSet::is_empty);
    let providers = names.providers(graph);
    let idle: BTreeSet<String> = providers.into_iter().filter(unused).collect();
    let kept = sketch.nodes.keys().filter(|n| !idle.contains(*n));
    let kept = kept.cloned().collect();
    sketch.retain(&kept);
    if let Walk::Apply(Some(plan)) = walk
        && !plan.targets.is_empty()
    {
        keep_targets(config, plan, &mut sketch);
    }
    for (provider, users) in &objects.served {
        let close = format!("{provider} (close)");
        let users = users.iter().filter(|u| sketch.nodes.contains_key(*u));
        let users: Vec<&String> = users.collect();
        if !users.is_empty() {
            sketch.node(&close, None);
        }
        for user in users {
            sketch.edge(&close, user);
        }
    }
    sketch.finish()
}

/// Draws a node of the configuration with what it depends on.
fn configured(
    graph: &ConfigGraph,
    index: Index,
    names: &Names<'_>,
    walk: Walk<'_>,
    objects: &mut Objects,
    sketch: &mut Sketch,
) {
    let node = graph.dag.node(index);
    let own = names.of(node);
    let applies = matches!(walk, Walk::Apply(Some(_)));
    // Data sources in checks are only kept back where something is made that they are to see.
    if matches!(node, Node::Checking) && !applies {
        return;
    }
    names.draw(node, sketch);
    if let Node::Check(path, name) = node
        && matches!(walk, Walk::Plan)
    {
        let report = within(path, &format!("check.{name} (report)"));
        sketch.node(&report, None);
        sketch.edge(&own, &report);
        let check = names.config.module(path).and_then(|m| m.checks.get(name));
        if let Some(data) = check.and_then(|c| c.data.clone()) {
            let resource = data;
            let module = path.clone();
            let data = names.of(&Node::Resource(ConfigAddress::new(module, resource)));
            sketch.edge(&data, &report);
        }
    }
    let whole = names.whole_modules(node);
    for dependency in graph.dag.dependencies(index) {
        let to = graph.dag.node(dependency);
        match to {
            Node::Output(path, _) if whole.contains(path) => {
                sketch.edge(&own, &format!("{path} (close)"));
            }
            Node::Checking if !applies => {}
            Node::Checking => {
                let Node::Resource(address) = node else {
                    continue;
                };
                for instance in objects.instances.get(address).into_iter().flatten() {
                    sketch.edge(instance, &names.of(to));
                }
            }
            Node::Resource(address) => {
                sketch.edge(&own, &names.of(to));
                for instance in objects.instances.get(address).into_iter().flatten() {
                    sketch.edge(&own, instance);
                }
            }
            _ => sketch.edge(&own, &names.referred(to)),
        }
    }
    if let Node::Resource(address) = node {
        for instance in objects.instances.get(address).into_iter().flatten() {
            sketch.edge(instance, &own);
        }
        if let Some(provider) = graph.provider(address) {
            let provider = names.of(graph.dag.node(provider.node));
            let served = objects.served.entry(provider).or_default();
            if !walk.destroys() {
                served.insert(own.clone());
            }
        }
    }
    // A module is closed when everything in it is done.
    for module in around(node) {
        let close = format!("{module} (close)");
        sketch.node(&close, None);
        sketch.edge(&close, &own);
        if let Node::Resource(address) = node {
            for instance in objects.instances.get(address).into_iter().flatten() {
                sketch.edge(&close, instance);
            }
        }
    }
}

/// Modules that the configuration has are closed after those in them; those that are gone are closed by themselves.
fn close_modules(config: &Config, standing: &Standing, walk: Walk<'_>, sketch: &mut Sketch) {
    for module in config.modules() {
        if let Some((parent, _)) = module.path.parent()
            && !parent.is_root()
        {
            let (outer, inner) = (
                format!("{parent} (close)"),
                format!("{} (close)", module.path),
            );
            if sketch.nodes.contains_key(&outer) && sketch.nodes.contains_key(&inner) {
                sketch.edge(&outer, &inner);
            }
        }
    }
    if walk.destroys() {
        return;
    }
    let modules: BTreeSet<ModulePath> = standing
        .objects
        .iter()
        .map(|o| o.address.module.path())
        .collect();
    for path in modules.iter().filter(|p| config.module(p).is_none()) {
        sketch.node(&format!("{path} (close)"), None);
    }
}

/// Where everything goes, nothing of the configuration is walked but outputs of the root and what providers need.
fn keep_for_destroying(objects: &Objects, sketch: &mut Sketch) {
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for (provider, users) in &objects.served {
        if users.is_empty() {
            continue;
        }
        wanted.insert(provider.clone());
        wanted.extend(users.iter().cloned());
        wanted.extend(sketch.needs(provider));
    }
    let outputs = sketch.nodes.keys().filter(|n| n.starts_with("output."));
    wanted.extend(outputs.cloned().collect::<Vec<_>>());
    sketch.retain(&wanted);
    sketch.edges.retain(|from, _| !from.starts_with("output."));
}

/// Keeps what a partial plan is limited to, with all that it needs, and the outputs of which nothing is missing.
fn keep_targets(config: &Config, plan: &Plan, sketch: &mut Sketch) {
    let targets: Vec<Target> = plan
        .targets
        .iter()
        .filter_map(|t| parse_target(t))
        .collect();
    // The nodes that stand for resources or their instances, by name.
    let mut resources: BTreeMap<String, Option<Address>> = BTreeMap::new();
    for name in sketch.nodes.keys() {
        let (text, kind) = name.split_once(" (").unwrap_or((name, ""));
        match parse_target(text) {
            Some(Target::Instance(address)) if kind == "expand)" => {
                let known = config.module(&address.module.path());
                if known.is_some_and(|m| m.resources.contains_key(&address.resource)) {
                    resources.insert(name.clone(), None);
                }
            }
            Some(Target::Instance(address)) => {
                resources.insert(name.clone(), Some(address));
            }
            _ => {}
        }
    }
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for (name, instance) in &resources {
        let meant = targets.iter().any(|target| match (target, instance) {
            (Target::Module(module), Some(address)) => module.names(&address.module),
            (Target::Instance(target), Some(address)) => {
                target.module.names(&address.module)
                    && target.module.0.len() == address.module.0.len()
                    && target.resource == address.resource
                    && (target.key == InstanceKey::None || target.key == address.key)
            }
            (Target::Module(module), None) => {
                let path = module.path().to_string();
                path.is_empty() || name.starts_with(&format!("{path}."))
            }
            (Target::Instance(target), None) => *name == format!("{} (expand)", target.config()),
        });
        if meant {
            wanted.extend(sketch.needs(name));
            wanted.insert(name.clone());
        }
    }
    let mut outputs: BTreeSet<String> = BTreeSet::new();
    for name in sketch.nodes.keys() {
        if !name.starts_with("output.") || !name.ends_with(" (expand)") {
            continue;
        }
        let needs = sketch.needs(name);
        let mut found = needs
            .iter()
            .filter(|n| resources.contains_key(*n))
            .peekable();
        if found.peek().is_some() && found.all(|n| wanted.contains(n)) {
            outputs.insert(name.clone());
            outputs.extend(needs);
        }
    }
    wanted.extend(outputs);
    sketch.retain(&wanted);
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
            Node::Checking => "(execute checks)".into(),
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

    /// The names of all provider configurations.
    fn providers(&self, graph: &ConfigGraph) -> Vec<String> {
        let nodes = graph.dag.indices().map(|i| graph.dag.node(i));
        let providers = nodes.filter(|n| matches!(n, Node::Provider(..)));
        providers.map(|n| self.of(n)).collect()
    }

    /// Whether a resource of the configuration has conditions.
    fn checked(&self, address: &ConfigAddress) -> bool {
        let module = self.config.module(&address.module);
        let resource = module.and_then(|m| m.resources.get(&address.resource));
        resource.is_some_and(|r| {
            !r.meta.lifecycle.preconditions.is_empty()
                || !r.meta.lifecycle.postconditions.is_empty()
        })
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
                    all.extend(
                        r.meta
                            .repetition
                            .expr()
                            .into_iter()
                            .flat_map(|e| e.references()),
                    );
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
            _ => {}
        }
    }
}
