//! From a configuration and the addresses in the state to the graph of what depends on what.
//!
//! It knows names and references; it does not know what a resource does, nor any value.

use std::collections::hash_map::Entry;
use std::num::NonZero;
use std::sync::Arc;

use trunkline_api::{Diagnostic, Diagnostics};

use super::config_graph::{ConfigGraph, Facts, Node, ProviderKey, Serving};
use super::cycle::{self, Places};
use super::dag::Index;
use crate::address::{ConfigAddress, ModulePath};
use crate::config::passing;
use crate::config::provisioner::When;
use crate::config::reference::{Subject, parse};
use crate::config::resource::default_provider;
use crate::config::{Config, Import, Module, ProviderName, ResourceConfig};
use crate::lang::ast::Traversal;
use crate::lookup::{Known, Lookup};

/// A resource of the state: its address, provider configuration, and what it depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PriorResource {
    /// The address.
    pub address: ConfigAddress,
    /// The provider configuration that served it last.
    pub provider: Arc<ProviderKey>,
    /// What it depends on, sorted.
    pub dependencies: Arc<[ConfigAddress]>,
}

/// Builds the graph. Problems are cycles and providers that do not exist.
pub fn build(config: &Config, prior: &[PriorResource]) -> (ConfigGraph, Diagnostics) {
    let mut builder = Builder {
        config,
        graph: ConfigGraph::default(),
        modules: Lookup::default(),
        providers: Lookup::default(),
        imported: Known::default(),
        gone: Lookup::default(),
        early: Vec::new(),
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
    builder.graph.order = builder.graph.dag.in_order().unwrap_or_default();
    if builder.graph.order.len() < builder.graph.dag.len() {
        builder.tell_cycles(&modules);
    }
    if !trunkline_api::diagnostic::has_errors(&builder.diagnostics) {
        builder.tell_dependencies();
        builder.spread();
    }
    (builder.graph, builder.diagnostics)
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
    graph: ConfigGraph,
    /// The modules, and where the resources of each are, in its order.
    modules: Lookup<ModulePath, (&'c Module, Vec<Index>)>,
    /// The provider configurations that were come upon, by where they are.
    providers: Lookup<Index, Serving>,
    /// What is imported and not declared.
    imported: Known<Index>,
    /// What is not declared and in the state.
    gone: Lookup<Index, &'c PriorResource>,
    /// What says that its new object is made before the old one is destroyed.
    early: Vec<Index>,
    diagnostics: Diagnostics,
    /// A provider configuration that is passed to a module is not there.
    provider_missing: bool,
    /// Where references are written; looked for once there is a cycle to tell of.
    places: Option<Places>,
}

impl<'c> Builder<'c> {
    /// Makes room for so many resources; the others are few.
    fn reserve(&mut self, resources: usize) {
        self.graph.dag.reserve(resources);
        self.graph.resources.reserve(resources);
        self.graph.facts.reserve(resources);
    }

    /// Where a node is that is no resource. It is added where it is not there yet.
    fn node(&mut self, node: Node) -> Index {
        let graph = &mut self.graph;
        match graph.others.entry(node) {
            Entry::Occupied(found) => *found.get(),
            Entry::Vacant(place) => {
                let index = graph.dag.add(place.key().clone());
                graph.facts.push(Facts::default());
                *place.insert(index)
            }
        }
    }

    /// Where a resource is. It is added where it is not there yet.
    fn resource(&mut self, address: ConfigAddress) -> Index {
        let graph = &mut self.graph;
        match graph.resources.entry(address) {
            Entry::Occupied(found) => *found.get(),
            Entry::Vacant(place) => {
                let index = graph.dag.add(Node::Resource(place.key().clone()));
                graph.facts.push(Facts::default());
                *place.insert(index)
            }
        }
    }

    fn provider(&mut self, key: ProviderKey) -> Serving {
        let node = self.node(Node::Provider(key.0.clone(), key.1.clone()));
        let known = self.providers.entry(node);
        let serving = || Serving {
            node,
            key: Arc::new(key),
        };
        known.or_insert_with(serving).clone()
    }

    fn serve(&mut self, resource: Index, provider: Serving) {
        self.graph.serving.insert(provider.node);
        self.graph.facts[resource.index()].provider = Some(provider);
    }

    fn depend(&mut self, dependent: Index, dependency: Index) {
        self.graph.dag.depend(dependent, dependency);
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

    fn add_nodes(&mut self, module: &'c Module) {
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
        let mut own = Vec::with_capacity(module.resources.len());
        // There are few, whatever the number of resources.
        let mut resolved: Lookup<&ProviderName, Option<Serving>> = Lookup::default();
        for resource in module.resources.values() {
            let index = self.resource(resource.address.clone());
            own.push(index);
            let place = u32::try_from(own.len()).unwrap_or_default();
            let facts = &mut self.graph.facts[index.index()];
            facts.declared = NonZero::new(place);
            // Its check, which nothing orders by what it refers to.
            facts.referred |= resource.meta.check.is_some();
            if resource.meta.lifecycle.create_before_destroy == Some(true) {
                self.early.push(index);
            }
            let provider = match resolved.get(&*resource.provider) {
                Some(provider) => provider.clone(),
                None => {
                    let found = resolve_provider(self.config, path, &resource.provider);
                    let found = found.map(|key| self.provider(key));
                    resolved.insert(&resource.provider, found.clone());
                    found
                }
            };
            match provider {
                Some(provider) => self.serve(index, provider),
                None if self.provider_missing => {}
                None => {
                    let span = resource.meta.provider_span.unwrap_or(resource.span);
                    let at = crate::config::block::place(&self.config.sources, span);
                    let name = &resource.provider;
                    let address = self.graph.dag.node(index);
                    self.diagnostics.push(Diagnostic::error(
                        "Provider configuration not present",
                        format!("To work with {address} ({at}) its provider configuration {name} is required, but there is no such provider block here and none is passed by the calling module. Add the provider block, or pass it in the \"providers\" argument of the module call."),
                    ));
                }
            }
        }
        self.modules.insert(path.clone(), (module, own));
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
        let index = self.resource(address.clone());
        self.imported.insert(index);
        match resolve_provider(self.config, &root.path, &name) {
            Some(found) => {
                let provider = self.provider(found);
                self.depend(index, provider.node);
                self.serve(index, provider);
            }
            None => self.diagnostics.push(Diagnostic::error(
                "Provider configuration not present",
                format!("To work with {address} its provider configuration {name} is required, but there is no such provider block. Add the provider block, or name another one in the import block."),
            )),
        }
    }

    fn add_prior(&mut self, prior: &'c PriorResource) {
        let before = self.graph.dag.len();
        let index = self.resource(prior.address.clone());
        if index.index() >= before || self.imported.contains(&index) {
            self.gone.insert(index, prior);
        }
        if self.graph.at(index).provider.is_none() {
            let provider = self.provider(ProviderKey::clone(&prior.provider));
            self.depend(index, provider.node);
            self.serve(index, provider);
        }
    }

    fn add_edges(&mut self, module: &Module) {
        let path = &module.path;
        let parent = path.parent();
        let call = parent
            .as_ref()
            .and_then(|(p, name)| self.graph.find(&Node::Call(p.clone(), name.clone())));
        let own_call = |builder: &mut Self, index: Index| {
            if let Some(call) = call {
                builder.depend(index, call);
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
        let own = self.modules.get(path).map(|(_, own)| own.clone());
        for (index, resource) in own.into_iter().flatten().zip(module.resources.values()) {
            own_call(self, index);
            if let Some(provider) = self.graph.at(index).provider.as_ref().map(|p| p.node) {
                self.depend(index, provider);
            }
            self.refer(index, path, &resource_references(resource));
            if resource.meta.check.is_some() {
                let checking = self.node(Node::Checking);
                self.depend(index, checking);
            }
        }
        for import in &module.imports {
            let Some(index) = self.graph.resources.get(&import.to.config()).copied() else {
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
                let data = self.resource(ConfigAddress::new(path.clone(), data.clone()));
                self.depend(index, data);
            }
        }
    }

    /// Reports what waits for itself.
    fn tell_cycles(&mut self, modules: &[&'c Module]) {
        // Once more, for where each reference stands.
        self.places = Some(Places::default());
        for module in modules {
            self.add_edges(module);
        }
        let places = self.places.take().unwrap_or_default();
        let dag = &self.graph.dag;
        for cycle in dag.cycles() {
            let names = cycle.iter().map(|i| name_in_cycle(dag.node(*i)));
            let names: Vec<String> = names.collect();
            self.diagnostics.push(Diagnostic::error(
                format!("Cycle: {}", names.join(", ")),
                cycle::told(dag, &cycle, &places, &self.config.sources),
            ));
        }
    }

    /// Data sources inside of checks wait for everything else, so that they see what was made of it.
    fn checks_come_last(&mut self) {
        let Some(checking) = self.graph.find(&Node::Checking) else {
            return;
        };
        for index in self.graph.dag.indices() {
            if let Node::Resource(address) = self.graph.dag.node(index)
                && !is_in_check(self.config, address)
            {
                self.graph.dag.depend(checking, index);
            }
        }
    }

    /// Makes `index` wait for what `references`, written in the module at `path`, name.
    fn refer(&mut self, index: Index, path: &ModulePath, references: &[&Traversal]) {
        let mut wanted: Vec<Index> = Vec::new();
        for traversal in references {
            // What does not parse or exist is reported, with its place, where it is evaluated.
            let Ok(reference) = parse(traversal, &self.config.sources) else {
                continue;
            };
            let before = wanted.len();
            self.meant(path, &reference.subject, &mut wanted);
            if let Some(places) = &mut self.places {
                for found in &wanted[before..] {
                    let span = reference.subject_span(traversal);
                    places.entry((index, *found)).or_insert(span);
                }
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        for found in &wanted {
            self.graph.facts[found.index()].referred = true;
        }
        for dependency in wanted.into_iter().filter(|found| *found != index) {
            self.depend(index, dependency);
        }
    }

    /// Adds where the nodes are that `subject` means in the module at `path`.
    fn meant(&self, path: &ModulePath, subject: &Subject, found: &mut Vec<Index>) {
        let graph = &self.graph;
        match subject {
            Subject::Variable(name) => {
                found.extend(graph.find(&Node::Variable(path.clone(), name.clone())));
            }
            Subject::Local(name) => {
                found.extend(graph.find(&Node::Local(path.clone(), name.clone())));
            }
            Subject::Resource(resource) => {
                let declared = self.modules.get(path).and_then(|(module, own)| {
                    let (at, _, written) = module.resources.get_full(resource)?;
                    Some((own[at], written))
                });
                match declared {
                    // Only its check may refer to a data source inside a check, and it waits for it anyway.
                    Some((_, written)) if written.meta.check.is_some() => {}
                    Some((index, _)) => found.push(index),
                    None => {
                        let address = ConfigAddress::new(path.clone(), resource.clone());
                        found.extend(graph.resources.get(&address));
                    }
                }
            }
            Subject::Module(name, _, output) => {
                let child = path.child(name);
                let outputs = self.config.module(&child).map(|m| &m.outputs);
                found.extend(graph.find(&Node::Call(path.clone(), name.clone())));
                let one = output
                    .as_ref()
                    .filter(|o| outputs.is_some_and(|m| m.contains_key(*o)));
                match one {
                    Some(output) => found.extend(graph.find(&Node::Output(child, output.clone()))),
                    None => self.meant_whole(&child, found),
                }
            }
            _ => {}
        }
    }

    /// The whole module: everything in it, and in what it calls.
    fn meant_whole(&self, path: &ModulePath, found: &mut Vec<Index>) {
        let mut open: Vec<&Module> = self.config.module(path).into_iter().collect();
        while let Some(module) = open.pop() {
            let outputs = module.outputs.keys();
            let within = outputs.map(|name| Node::Output(module.path.clone(), name.clone()));
            found.extend(within.filter_map(|node| self.graph.find(&node)));
            let own = self.modules.get(&module.path).map(|(_, own)| own);
            let resources = module.resources.values().zip(own.into_iter().flatten());
            let outside = resources.filter(|(written, _)| written.meta.check.is_none());
            found.extend(outside.map(|(_, index)| *index));
            open.extend(module.children.values());
        }
    }

    /// Says of each resource which resources it waits for without another resource between.
    fn tell_dependencies(&mut self) {
        let graph = &mut self.graph;
        // What each node hands on that is no resource, where that is anything.
        let mut handed: Lookup<Index, Arc<[ConfigAddress]>> = Lookup::default();
        for &index in &graph.order {
            let node = graph.dag.node(index);
            let mut found: Vec<ConfigAddress> = Vec::new();
            let mut whole: Option<Arc<[ConfigAddress]>> = None;
            for before in graph.dag.waits_for(index) {
                match graph.dag.node(before) {
                    Node::Resource(address) => found.push(address.clone()),
                    _ => match handed.get(&before) {
                        Some(all) if whole.is_none() => whole = Some(all.clone()),
                        Some(all) => found.extend(all.iter().cloned()),
                        None => {}
                    },
                }
            }
            if let Some(prior) = self.gone.get(&index) {
                found.extend(prior.dependencies.iter().cloned());
            }
            let all = match whole {
                Some(whole) if found.is_empty() => whole,
                None if found.is_empty() => continue,
                whole => {
                    found.extend(whole.iter().flat_map(|all| all.iter().cloned()));
                    found.sort_unstable();
                    found.dedup();
                    found.into()
                }
            };
            match node {
                Node::Resource(_) => graph.facts[index.index()].dependencies = all,
                Node::Checking => {}
                _ => drop(handed.insert(index, all)),
            }
        }
    }

    /// What says that it is created before it is destroyed says so for all that it depends on.
    fn spread(&mut self) {
        for index in self.graph.dag.ancestors(&self.early) {
            if matches!(self.graph.dag.node(index), Node::Resource(_)) {
                self.graph.facts[index.index()].create_before_destroy = true;
            }
        }
    }
}

/// Every reference that a resource's configuration makes.
#[must_use]
pub fn resource_references(resource: &ResourceConfig) -> Vec<&Traversal> {
    let mut found = resource.body.references();
    found.extend(
        resource
            .meta
            .repetition
            .expr()
            .into_iter()
            .flat_map(|e| e.references()),
    );
    found.extend(&resource.meta.depends_on);
    let lifecycle = &resource.meta.lifecycle;
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
    found.extend(resource.meta.provisioners.references(When::Create));
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

/// Whether a resource is a data source inside a check.
fn is_in_check(config: &Config, address: &ConfigAddress) -> bool {
    config
        .module(&address.module)
        .and_then(|m| m.resources.get(&address.resource))
        .is_some_and(|r| r.meta.check.is_some())
}
