//! From a configuration and the addresses in the state to the graph of what depends on what.
//!
//! It knows names and references; it does not know what a resource does, nor any value.

use std::collections::BTreeSet;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use trunkline_api::{Diagnostic, Diagnostics};

use super::cycle::{self, Places};
use super::dag::{Dag, Index};
use crate::address::{ConfigAddress, ModulePath};
use crate::config::passing;
use crate::config::provisioner::When;
use crate::config::reference::{Subject, parse};
use crate::config::resource::default_provider;
use crate::config::{Config, Import, Module, ProviderName, ResourceConfig};
use crate::lang::ast::Traversal;
use crate::lookup::Lookup;

/// An object of the configuration or state.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    /// An input variable.
    Variable(ModulePath, Arc<str>),
    /// A local value.
    Local(ModulePath, Arc<str>),
    /// An output.
    Output(ModulePath, Arc<str>),
    /// The call of a module: its `count` or `for_each`. Everything in the module waits for it.
    Call(ModulePath, Arc<str>),
    /// A provider configuration, where it is written (or implied, in the root).
    Provider(ModulePath, ProviderName),
    /// A resource in the configuration, the state, or both.
    Resource(ConfigAddress),
    /// The conditions of a `check` block.
    Check(ModulePath, Arc<str>),
    /// All resources outside of checks are done: data sources inside of checks are read after that.
    Checking,
}

impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let in_module = |path: &ModulePath| {
            if path.is_root() {
                String::new()
            } else {
                format!("{path}.")
            }
        };
        match self {
            Node::Variable(m, n) => write!(f, "{}var.{n}", in_module(m)),
            Node::Local(m, n) => write!(f, "{}local.{n}", in_module(m)),
            Node::Output(m, n) => write!(f, "{}output.{n}", in_module(m)),
            Node::Call(m, n) => write!(f, "{}module.{n} (expand)", in_module(m)),
            Node::Provider(m, n) => write!(f, "{}provider.{n}", in_module(m)),
            Node::Resource(a) => write!(f, "{a}"),
            Node::Check(m, n) => write!(f, "{}check.{n}", in_module(m)),
            Node::Checking => f.write_str("checks"),
        }
    }
}

/// The graph of a configuration, with what follows from it for each resource.
#[derive(Debug)]
pub struct ConfigGraph {
    /// The graph.
    pub dag: Dag<Node>,
    /// Where each node is.
    pub index: Lookup<Node, Index>,
    /// Per resource: the resources it depends on, not through others, sorted.
    pub dependencies: Lookup<ConfigAddress, Arc<[ConfigAddress]>>,
    /// Per resource: the provider configuration that serves it.
    pub providers: Lookup<ConfigAddress, (ModulePath, ProviderName)>,
    /// Resources whose new object is made before the old one is destroyed: those that say so, and all
    /// that they depend on.
    pub create_before_destroy: BTreeSet<ConfigAddress>,
}

/// A resource of the state: its address, provider configuration, and what it depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PriorResource {
    /// The address.
    pub address: ConfigAddress,
    /// The provider configuration that served it last.
    pub provider: (ModulePath, ProviderName),
    /// What it depends on, sorted.
    pub dependencies: Arc<[ConfigAddress]>,
}

/// Builds the graph. Problems are cycles and providers that do not exist.
pub fn build(config: &Config, prior: &[PriorResource]) -> (ConfigGraph, Diagnostics) {
    let mut builder = Builder {
        config,
        dag: Dag::default(),
        index: Lookup::default(),
        providers: Lookup::default(),
        diagnostics: Vec::new(),
        provider_missing: false,
        places: None,
    };
    let modules = config.modules();
    let resources: usize = modules.iter().map(|m| m.resources.len()).sum();
    builder.reserve(resources.max(prior.len()));
    if let Some((module, name)) = passing::missing(config) {
        builder.missing_provider(module, name);
    }
    for module in &modules {
        builder.add_nodes(module);
    }
    for resource in prior {
        builder.add_prior(resource);
    }
    for module in &modules {
        builder.add_edges(module);
    }
    builder.checks_come_last();
    builder.tell_cycles(&modules);
    let diagnostics = builder.diagnostics;
    let mut graph = ConfigGraph {
        dag: builder.dag,
        index: builder.index,
        dependencies: Lookup::default(),
        providers: builder.providers,
        create_before_destroy: BTreeSet::new(),
    };
    if !trunkline_api::diagnostic::has_errors(&diagnostics) {
        graph.dependencies = direct_dependencies(config, &graph.dag, prior);
        graph.create_before_destroy = spread(config, &graph.dag);
    }
    (graph, diagnostics)
}

/// A node as Terraform names it in a cycle. A variable of the root can only be in one by its validation.
fn name_in_cycle(node: &Node) -> String {
    match node {
        Node::Variable(module, _) if module.is_root() => format!("{node} (validation)"),
        Node::Variable(..) | Node::Local(..) | Node::Output(..) => format!("{node} (expand)"),
        Node::Check(..) => format!("{node} (expand)"),
        Node::Call(..) | Node::Provider(..) | Node::Resource(_) | Node::Checking => {
            node.to_string()
        }
    }
}

struct Builder<'c> {
    config: &'c Config,
    dag: Dag<Node>,
    index: Lookup<Node, Index>,
    providers: Lookup<ConfigAddress, (ModulePath, ProviderName)>,
    diagnostics: Diagnostics,
    /// A provider configuration that is passed to a module is not there.
    provider_missing: bool,
    /// Where references are written; looked for once there is a cycle to tell of.
    places: Option<Places>,
}

impl Builder<'_> {
    /// Makes room for so many resources; the others are few.
    fn reserve(&mut self, resources: usize) {
        self.dag.reserve(resources);
        self.index.reserve(resources);
        self.providers.reserve(resources);
    }

    fn node(&mut self, node: Node) -> Index {
        match self.index.entry(node) {
            Entry::Occupied(found) => *found.get(),
            Entry::Vacant(place) => {
                let index = self.dag.add(place.key().clone());
                *place.insert(index)
            }
        }
    }

    /// What a call passes and is not there stands in the way of everything else that is said about providers.
    fn missing_provider(&mut self, module: &Module, name: &ProviderName) {
        let required = module.required_providers.get(&name.local);
        let source = required.and_then(|r| r.source.clone());
        let source = source.unwrap_or_else(|| match &*name.local {
            "terraform" => "terraform.io/builtin/terraform".into(),
            local => format!("registry.terraform.io/trunkline/{local}"),
        });
        let alias = name.alias.as_deref().unwrap_or_default();
        self.diagnostics.push(Diagnostic::error(
            format!("missing provider provider[{source:?}].{alias}"),
            format!(
                "A module call passes {name}, but there is no provider block for it in {}.",
                match module.path.is_root() {
                    true => "the root module".into(),
                    false => module.path.to_string(),
                }
            ),
        ));
        self.provider_missing = true;
    }

    fn add_nodes(&mut self, module: &Module) {
        let path = &module.path;
        for name in module.variables.keys() {
            self.node(Node::Variable(path.clone(), name.clone()));
        }
        for name in module.locals.keys() {
            self.node(Node::Local(path.clone(), name.clone()));
        }
        for name in module.providers.keys() {
            self.node(Node::Provider(path.clone(), name.clone()));
        }
        for resource in module.resources.values() {
            let address = ConfigAddress::new(path.clone(), resource.resource.clone());
            self.node(Node::Resource(address.clone()));
            match resolve_provider(self.config, path, &resource.provider) {
                Some(found) => {
                    self.node(Node::Provider(found.0.clone(), found.1.clone()));
                    self.providers.insert(address, found);
                }
                None if self.provider_missing => {}
                None => {
                    let span = resource.provider_span.unwrap_or(resource.span);
                    let at = crate::config::block::place(&self.config.sources, span);
                    let name = &resource.provider;
                    self.diagnostics.push(Diagnostic::error(
                        "Provider configuration not present",
                        format!("To work with {address} ({at}) its provider configuration {name} is required, but there is no such provider block here and none is passed by the calling module. Add the provider block, or pass it in the \"providers\" argument of the module call."),
                    ));
                }
            }
        }
        for import in &module.imports {
            self.add_import(module, import);
        }
        for name in module.outputs.keys() {
            self.node(Node::Output(path.clone(), name.clone()));
        }
        for name in module.calls.keys() {
            self.node(Node::Call(path.clone(), name.clone()));
        }
        for name in module.checks.keys() {
            self.node(Node::Check(path.clone(), name.clone()));
        }
    }

    /// A node for what is imported and not declared: configuration may be written for it.
    fn add_import(&mut self, root: &Module, import: &Import) {
        let address = import.to.config();
        if !address.module.is_root() || root.resources.contains_key(&address.resource) {
            return;
        }
        let name = match &import.provider {
            Some((name, _)) => name.clone(),
            None => default_provider(&address.resource.type_name),
        };
        let index = self.node(Node::Resource(address.clone()));
        match resolve_provider(self.config, &root.path, &name) {
            Some(found) => {
                let provider = self.node(Node::Provider(found.0.clone(), found.1.clone()));
                self.dag.depend(index, provider);
                self.providers.insert(address, found);
            }
            None => self.diagnostics.push(Diagnostic::error(
                "Provider configuration not present",
                format!("To work with {address} its provider configuration {name} is required, but there is no such provider block. Add the provider block, or name another one in the import block."),
            )),
        }
    }

    fn add_prior(&mut self, prior: &PriorResource) {
        let index = self.node(Node::Resource(prior.address.clone()));
        if !self.providers.contains_key(&prior.address) {
            let (module, name) = prior.provider.clone();
            let provider = self.node(Node::Provider(module, name));
            self.dag.depend(index, provider);
            self.providers
                .insert(prior.address.clone(), prior.provider.clone());
        }
    }

    fn add_edges(&mut self, module: &Module) {
        let path = &module.path;
        let parent = path.parent();
        let call = parent.as_ref().and_then(|(p, name)| {
            self.index
                .get(&Node::Call(p.clone(), name.clone()))
                .copied()
        });
        let own_call = |builder: &mut Self, index: Index| {
            if let Some(call) = call {
                builder.dag.depend(index, call);
            }
        };
        for name in module.variables.keys() {
            let index = self.node(Node::Variable(path.clone(), name.clone()));
            own_call(self, index);
            if let Some((parent, call)) = &parent {
                let caller = self.config.module(parent).and_then(|m| m.calls.get(call));
                if let Some(input) = caller.and_then(|c| c.inputs.attribute(name)) {
                    self.refer(index, parent, &input.expr.references());
                }
            }
            for v in &module.variables[name].validations {
                let mut found = v.condition.references();
                found.extend(v.error_message.references());
                self.refer(index, path, &found);
            }
        }
        for (name, local) in &module.locals {
            let index = self.node(Node::Local(path.clone(), name.clone()));
            own_call(self, index);
            self.refer(index, path, &local.expr.references());
        }
        for (name, output) in &module.outputs {
            let index = self.node(Node::Output(path.clone(), name.clone()));
            own_call(self, index);
            let mut found = output.expr.references();
            found.extend(&output.depends_on);
            for c in &output.preconditions {
                found.extend(c.condition.references());
                found.extend(c.error_message.references());
            }
            self.refer(index, path, &found);
        }
        for (name, call) in &module.calls {
            let index = self.node(Node::Call(path.clone(), name.clone()));
            own_call(self, index);
            let mut found: Vec<&Traversal> = call.depends_on.iter().collect();
            found.extend(
                call.repetition
                    .expr()
                    .into_iter()
                    .flat_map(|e| e.references()),
            );
            self.refer(index, path, &found);
        }
        for (name, provider) in &module.providers {
            let index = self.node(Node::Provider(path.clone(), name.clone()));
            own_call(self, index);
            self.refer(index, path, &provider.body.references());
        }
        for resource in module.resources.values() {
            let address = ConfigAddress::new(path.clone(), resource.resource.clone());
            let index = self.node(Node::Resource(address.clone()));
            own_call(self, index);
            if let Some((m, name)) = self.providers.get(&address).cloned() {
                let provider = self.node(Node::Provider(m, name));
                self.dag.depend(index, provider);
            }
            self.refer(index, path, &resource_references(resource));
            if resource.check.is_some() {
                let checking = self.node(Node::Checking);
                self.dag.depend(index, checking);
            }
        }
        for import in &module.imports {
            let Some(index) = self.index.get(&Node::Resource(import.to.config())).copied() else {
                continue;
            };
            let mut found = import.id.references();
            found.extend(import.for_each.iter().flat_map(|e| e.references()));
            self.refer(index, path, &found);
        }
        for (name, check) in &module.checks {
            let index = self.node(Node::Check(path.clone(), name.clone()));
            own_call(self, index);
            let mut found: Vec<&Traversal> = Vec::new();
            for c in &check.asserts {
                found.extend(c.condition.references());
                found.extend(c.error_message.references());
            }
            self.refer(index, path, &found);
            if let Some(data) = &check.data {
                let data = self.node(Node::Resource(ConfigAddress::new(
                    path.clone(),
                    data.clone(),
                )));
                self.dag.depend(index, data);
            }
        }
    }

    /// Reports what waits for itself.
    fn tell_cycles(&mut self, modules: &[&Module]) {
        let cycles = self.dag.cycles();
        if cycles.is_empty() {
            return;
        }
        // Once more, for where each reference stands.
        self.places = Some(Places::default());
        for module in modules {
            self.add_edges(module);
        }
        let places = self.places.take().unwrap_or_default();
        for cycle in cycles {
            let names = cycle.iter().map(|i| name_in_cycle(self.dag.node(*i)));
            let names: Vec<String> = names.collect();
            self.diagnostics.push(Diagnostic::error(
                format!("Cycle: {}", names.join(", ")),
                cycle::told(&self.dag, &cycle, &places, &self.config.sources),
            ));
        }
    }

    /// Data sources inside of checks wait for everything else, so that they see what was made of it.
    fn checks_come_last(&mut self) {
        let Some(checking) = self.index.get(&Node::Checking).copied() else {
            return;
        };
        for index in self.dag.indices().collect::<Vec<_>>() {
            if let Node::Resource(address) = self.dag.node(index)
                && !is_in_check(self.config, address)
            {
                self.dag.depend(checking, index);
            }
        }
    }

    /// Makes `index` wait for what `references`, written in the module at `path`, name.
    fn refer(&mut self, index: Index, path: &ModulePath, references: &[&Traversal]) {
        let mut wanted: BTreeSet<Index> = BTreeSet::new();
        for traversal in references {
            // What does not parse or exist is reported, with its place, where it is evaluated.
            let Ok(reference) = parse(traversal, &self.config.sources) else {
                continue;
            };
            for node in self.meant(path, &reference.subject) {
                // Only its check may refer to a data source inside a check, and it waits for it anyway.
                if matches!(&node, Node::Resource(a) if is_in_check(self.config, a)) {
                    continue;
                }
                if let Some(found) = self.index.get(&node).copied() {
                    wanted.insert(found);
                    if let Some(places) = &mut self.places {
                        let span = reference.subject_span(traversal);
                        places.entry((index, found)).or_insert(span);
                    }
                }
            }
        }
        wanted.remove(&index);
        for dependency in wanted {
            self.dag.depend(index, dependency);
        }
    }

    fn meant(&self, path: &ModulePath, subject: &Subject) -> Vec<Node> {
        match subject {
            Subject::Variable(name) => vec![Node::Variable(path.clone(), name.clone())],
            Subject::Local(name) => vec![Node::Local(path.clone(), name.clone())],
            Subject::Resource(resource) => vec![Node::Resource(ConfigAddress::new(
                path.clone(),
                resource.clone(),
            ))],
            Subject::Module(name, _, output) => {
                let child = path.child(name);
                let outputs = self.config.module(&child).map(|m| &m.outputs);
                let mut nodes = vec![Node::Call(path.clone(), name.clone())];
                let one = output
                    .as_ref()
                    .filter(|o| outputs.is_some_and(|m| m.contains_key(*o)));
                match one {
                    Some(output) => nodes.push(Node::Output(child, output.clone())),
                    // The whole module: everything in it, and in what it calls.
                    None => {
                        let mut open: Vec<&Module> =
                            self.config.module(&child).into_iter().collect();
                        while let Some(module) = open.pop() {
                            let within =
                                |name: &Arc<str>| Node::Output(module.path.clone(), name.clone());
                            nodes.extend(module.outputs.keys().map(within));
                            nodes.extend(module.resources.keys().map(|resource| {
                                Node::Resource(ConfigAddress::new(
                                    module.path.clone(),
                                    resource.clone(),
                                ))
                            }));
                            open.extend(module.children.values());
                        }
                    }
                }
                nodes
            }
            _ => Vec::new(),
        }
    }
}

/// Every reference that a resource's configuration makes.
#[must_use]
pub fn resource_references(resource: &ResourceConfig) -> Vec<&Traversal> {
    let mut found = resource.body.references();
    found.extend(
        resource
            .repetition
            .expr()
            .into_iter()
            .flat_map(|e| e.references()),
    );
    found.extend(&resource.depends_on);
    let lifecycle = &resource.lifecycle;
    for c in lifecycle
        .preconditions
        .iter()
        .chain(&lifecycle.postconditions)
    {
        found.extend(c.condition.references());
        found.extend(c.error_message.references());
    }
    for trigger in &lifecycle.replace_triggered_by {
        found.extend(trigger.references());
    }
    found.extend(resource.provisioners.references(When::Create));
    found
}

/// The provider configuration that `name` means in the module at `path`: the block there, the one that
/// the caller passes, or the caller's default one. In the root a default one needs no block.
#[must_use]
pub fn resolve_provider(
    config: &Config,
    path: &ModulePath,
    name: &ProviderName,
) -> Option<(ModulePath, ProviderName)> {
    let module = config.module(path)?;
    if module.providers.contains_key(name) {
        return Some((path.clone(), name.clone()));
    }
    let Some((parent, call)) = path.parent() else {
        return name.alias.is_none().then(|| (path.clone(), name.clone()));
    };
    let call = config.module(&parent)?.calls.get(&call)?;
    match call.providers.get(name) {
        Some(outer) => resolve_provider(config, &parent, outer),
        None if name.alias.is_none() => resolve_provider(config, &parent, name),
        None => None,
    }
}

/// For each resource, the resources that it waits for without another resource between.
fn direct_dependencies(
    config: &Config,
    dag: &Dag<Node>,
    prior: &[PriorResource],
) -> Lookup<ConfigAddress, Arc<[ConfigAddress]>> {
    let order = dag.ancestors_in_order(&dag.indices().collect::<Vec<_>>());
    // Per node, the resources right before it; what a resource itself passes on is only itself.
    let mut before: Vec<Arc<[ConfigAddress]>> = vec![Arc::from([]); dag.len()];
    let mut found: Lookup<ConfigAddress, Arc<[ConfigAddress]>> = Lookup::default();
    found.reserve(dag.len());
    let prior: Lookup<&ConfigAddress, &PriorResource> =
        prior.iter().map(|p| (&p.address, p)).collect();
    for index in order {
        let dependencies = dag.dependencies(index);
        let gathered: Arc<[ConfigAddress]> = match dependencies.as_slice() {
            [] => Arc::from([]),
            [one] => before[one.index()].clone(),
            many => {
                let all: BTreeSet<&ConfigAddress> =
                    many.iter().flat_map(|d| before[d.index()].iter()).collect();
                all.into_iter().cloned().collect()
            }
        };
        before[index.index()] = match dag.node(index) {
            Node::Resource(address) => {
                let own = match prior.get(address) {
                    Some(p) if !is_configured(config, address) => {
                        let all: BTreeSet<&ConfigAddress> =
                            p.dependencies.iter().chain(gathered.iter()).collect();
                        all.into_iter().cloned().collect()
                    }
                    _ => gathered,
                };
                found.insert(address.clone(), own);
                Arc::from([address.clone()])
            }
            Node::Checking => Arc::from([]),
            _ => gathered,
        };
    }
    found
}

/// Whether a resource is a data source inside a check.
fn is_in_check(config: &Config, address: &ConfigAddress) -> bool {
    config
        .module(&address.module)
        .and_then(|m| m.resources.get(&address.resource))
        .is_some_and(|r| r.check.is_some())
}

fn is_configured(config: &Config, address: &ConfigAddress) -> bool {
    config
        .module(&address.module)
        .is_some_and(|m| m.resources.contains_key(&address.resource))
}

/// Resources that create before they destroy, and everything that those depend on.
fn spread(config: &Config, dag: &Dag<Node>) -> BTreeSet<ConfigAddress> {
    let says_so: Vec<Index> = dag
        .indices()
        .filter(|i| match dag.node(*i) {
            Node::Resource(address) => config
                .module(&address.module)
                .and_then(|m| m.resources.get(&address.resource))
                .is_some_and(|r| r.lifecycle.create_before_destroy == Some(true)),
            _ => false,
        })
        .collect();
    let all = dag.ancestors_in_order(&says_so);
    all.into_iter()
        .filter_map(|i| match dag.node(i) {
            Node::Resource(address) => Some(address.clone()),
            _ => None,
        })
        .collect()
}
