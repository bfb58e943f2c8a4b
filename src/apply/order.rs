//! The order of the steps of a plan.
//!
//! Beside the nodes of the configuration there are, for each resource with something to destroy, a step before its
//! making and a step after it. Pure: from the plan, the graph and the state's dependencies to a graph of steps.
//!
//! - What depends on an object is destroyed before it.
//! - An object is destroyed before its successor is made; with `create_before_destroy` after it, and after
//!   everything that depends on it has taken up the successor.
//! - What stops depending on an object waits until that object is destroyed (as in Terraform), unless the object must
//!   wait for it in turn, as with `create_before_destroy` in between (where Terraform fails with a cycle).

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{ConfigAddress, Mode, ModulePath, Target, parse_target};
use crate::config::ProviderName;
use crate::graph::build::PriorResource;
use crate::graph::config_graph::{ConfigGraph, Node, ProviderKey};
use crate::graph::dag::{Dag, Index};
use crate::lookup::Lookup;
use crate::plan::targets::chosen;
use crate::plan::{Action, Plan, PlanMode, ResourceChange};

/// A step of an apply.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Evaluate a node of the configuration; make, change or read the instances of a resource.
    Config(Node),
    /// Configure a provider from the values before the apply, for what is destroyed.
    PriorProvider(ModulePath, ProviderName),
    /// Destroy objects before their successors are made.
    DestroyBefore(ConfigAddress),
    /// Destroy objects after their successors are made.
    DestroyAfter(ConfigAddress),
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Step::Config(node) => write!(f, "{node}"),
            Step::PriorProvider(_, name) => write!(f, "provider.{name}"),
            Step::DestroyBefore(address) | Step::DestroyAfter(address) => {
                write!(f, "{address} (destroy)")
            }
        }
    }
}

/// Whether a change destroys an object, and when. `None` when it destroys nothing.
#[must_use]
pub fn destroys(change: &ResourceChange) -> Option<When> {
    match change.action {
        Action::DeleteThenCreate => Some(When::Before),
        Action::CreateThenDelete => Some(When::After),
        Action::Delete | Action::Forget => Some(match change.create_before_destroy {
            true => When::After,
            false => When::Before,
        }),
        _ => None,
    }
}

/// When an object is destroyed, compared with the making of its resource's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// First.
    Before,
    /// Last.
    After,
}

/// The steps and where each is.
#[derive(Debug)]
pub struct Steps {
    /// The graph.
    pub dag: Dag<Step>,
    /// By the place of the step: where what it is about is in the graph of the configuration.
    pub about: Vec<Option<Index>>,
}

/// Orders the steps of a plan. `depended` gives, for each resource of the state, what it depended on.
#[must_use]
pub fn order(plan: &Plan, graph: &ConfigGraph, depended: &[PriorResource]) -> Steps {
    let mut builder = Builder {
        graph,
        dag: Dag::default(),
        config: vec![None; graph.dag.len()],
        others: Lookup::default(),
    };
    let destroy_only = plan.mode == PlanMode::Destroy;
    if !destroy_only {
        builder.dag.reserve(graph.dag.len());
        let read = |all: &[String]| -> Vec<Target> {
            all.iter().filter_map(|t| parse_target(t)).collect()
        };
        let wanted = chosen(graph, &read(&plan.targets), &read(&plan.excludes));
        let taken = |index: &Index| wanted.as_ref().is_none_or(|w| w.contains(index));
        for index in graph.dag.indices().filter(taken) {
            builder.config_step(index);
        }
        for index in graph.dag.indices().filter(taken) {
            builder.config_step_waits(index);
        }
    }
    let mut before: BTreeSet<ConfigAddress> = BTreeSet::new();
    let mut after: BTreeSet<ConfigAddress> = BTreeSet::new();
    for change in &plan.changes {
        match destroys(change) {
            Some(When::Before) => before.insert(change.address.config().clone()),
            Some(When::After) => after.insert(change.address.config().clone()),
            None => continue,
        };
    }
    let mut dependents: BTreeMap<&ConfigAddress, BTreeSet<&ConfigAddress>> = BTreeMap::new();
    let destroyed = |a: &ConfigAddress| before.contains(a) || after.contains(a);
    for dependent in depended {
        for dependency in dependent.dependencies.iter().filter(|d| destroyed(d)) {
            let dependents = dependents.entry(dependency).or_default();
            dependents.insert(&dependent.address);
        }
    }
    for address in before.iter().chain(&after) {
        let when = [
            (
                before.contains(address),
                Step::DestroyBefore(address.clone()),
            ),
            (after.contains(address), Step::DestroyAfter(address.clone())),
        ];
        for (_, step) in when.into_iter().filter(|(wanted, _)| *wanted) {
            let index = builder.step(step);
            if let Some(provider) = destroying_provider(graph, address, destroy_only) {
                let new = builder.find(&provider).is_none();
                let prior = new && matches!(provider, Step::PriorProvider(..));
                let provider = builder.step(provider);
                builder.dag.depend(index, provider);
                if prior {
                    builder.opened_first(graph, address, provider);
                }
            }
        }
    }
    let mut courtesies: Vec<(Index, Index)> = Vec::new();
    for address in &before {
        let own = builder.step(Step::DestroyBefore(address.clone()));
        builder.wait(Step::Config(Node::Resource(address.clone())), own);
        for dependent in dependents.get(address).into_iter().flatten() {
            if before.contains(dependent) {
                let first = builder.step(Step::DestroyBefore((*dependent).clone()));
                builder.dag.depend(own, first);
            }
            // With its own successor still to come the dependent's old object goes later; waiting for
            // that would turn in a circle, so only what is not configured any more waits.
            let configured = graph
                .of(dependent)
                .is_some_and(|facts| facts.dependencies.contains(address));
            if after.contains(dependent) && (destroy_only || !configured) {
                let first = builder.step(Step::DestroyAfter((*dependent).clone()));
                builder.dag.depend(own, first);
            }
            if !after.contains(dependent) {
                let dependent = Step::Config(Node::Resource((*dependent).clone()));
                let index = builder.find(&dependent);
                courtesies.extend(index.map(|index| (index, own)));
            }
        }
    }
    let mut configured_dependents: Lookup<&ConfigAddress, Vec<&ConfigAddress>> = Lookup::default();
    if !after.is_empty() {
        for (dependent, facts) in graph.resources() {
            for dependency in facts.dependencies.iter() {
                configured_dependents
                    .entry(dependency)
                    .or_default()
                    .push(dependent);
            }
        }
    }
    for address in &after {
        let own = builder.step(Step::DestroyAfter(address.clone()));
        builder.follow(own, Step::Config(Node::Resource(address.clone())));
        let mut users: BTreeSet<&ConfigAddress> = dependents
            .get(address)
            .into_iter()
            .flatten()
            .copied()
            .collect();
        users.extend(configured_dependents.get(address).into_iter().flatten());
        for user in users {
            builder.follow(own, Step::Config(Node::Resource(user.clone())));
            for (set, step) in [
                (&before, Step::DestroyBefore(user.clone())),
                (&after, Step::DestroyAfter(user.clone())),
            ] {
                if set.contains(user) {
                    let first = builder.step(step);
                    builder.dag.depend(own, first);
                }
            }
        }
    }
    give_way(&mut builder.dag, &courtesies);
    builder.end()
}

/// Adds the edges that nothing hangs on, less those that would turn in a circle.
fn give_way(dag: &mut Dag<Step>, courtesies: &[(Index, Index)]) {
    for (waiting, first) in courtesies {
        dag.depend(*waiting, *first);
    }
    let cycles = dag.cycles();
    let circle_of: Lookup<Index, usize> = cycles
        .iter()
        .enumerate()
        .flat_map(|(circle, members)| members.iter().map(move |index| (*index, circle)))
        .collect();
    for (waiting, first) in courtesies {
        let circle = circle_of.get(waiting);
        if circle.is_some() && circle == circle_of.get(first) {
            dag.release(*waiting, *first);
        }
    }
}

/// The step that configures the provider of something that is destroyed: the provider's own step where no resource
/// bears on it, the values before the apply otherwise.
fn destroying_provider(
    graph: &ConfigGraph,
    address: &ConfigAddress,
    destroy_only: bool,
) -> Option<Step> {
    let provider = graph.provider(address)?;
    if !destroy_only && !needs_resources(graph, provider.node) {
        return Some(Step::Config(graph.dag.node(provider.node).clone()));
    }
    let (module, name) = ProviderKey::clone(&provider.key);
    Some(Step::PriorProvider(module, name))
}

/// Whether a resource comes before a node.
fn needs_resources(graph: &ConfigGraph, index: Index) -> bool {
    let all = graph.dag.ancestors(&[index]);
    all.iter()
        .any(|i| matches!(graph.dag.node(*i), Node::Resource(_)))
}

struct Builder<'g> {
    graph: &'g ConfigGraph,
    dag: Dag<Step>,
    /// Where the steps of the nodes of the configuration are, by the places of those.
    config: Vec<Option<Index>>,
    /// Where the other steps are.
    others: Lookup<Step, Index>,
}

impl Builder<'_> {
    /// Where a step is, if there is one.
    fn find(&self, step: &Step) -> Option<Index> {
        if let Step::Config(node) = step
            && let Some(index) = self.graph.find(node)
        {
            return self.config[index.index()];
        }
        self.others.get(step).copied()
    }

    fn step(&mut self, step: Step) -> Index {
        if let Step::Config(node) = &step
            && let Some(index) = self.graph.find(node)
        {
            return self.config_step(index);
        }
        match self.others.entry(step) {
            Entry::Occupied(found) => *found.get(),
            Entry::Vacant(place) => {
                let index = self.dag.add(place.key().clone());
                *place.insert(index)
            }
        }
    }

    /// The step of a node of the configuration.
    fn config_step(&mut self, node: Index) -> Index {
        let (graph, dag) = (self.graph, &mut self.dag);
        let step = || dag.add(Step::Config(graph.dag.node(node).clone()));
        *self.config[node.index()].get_or_insert_with(step)
    }

    fn end(self) -> Steps {
        let mut about = vec![None; self.dag.len()];
        for (node, step) in self.graph.dag.indices().zip(&self.config) {
            if let Some(step) = step {
                about[step.index()] = Some(node);
            }
        }
        for (step, index) in &self.others {
            if let Step::DestroyBefore(address) | Step::DestroyAfter(address) = step {
                about[index.index()] = self.graph.find_resource(address);
            }
        }
        Steps {
            dag: self.dag,
            about,
        }
    }

    /// Makes the step of a node of the configuration wait for those that the node waits for.
    fn config_step_waits(&mut self, node: Index) {
        let waiting = self.config_step(node);
        for dependency in self.graph.dag.waits_for(node) {
            let first = self.config_step(dependency);
            self.dag.depend(waiting, first);
        }
    }

    /// Makes the provider of what is destroyed wait for the ephemeral resources that its configuration needs. One that
    /// in turn needs a stored object is not among them: the object may be what is destroyed.
    fn opened_first(&mut self, graph: &ConfigGraph, destroyed: &ConfigAddress, provider: Index) {
        let Some(serving) = graph.provider(destroyed) else {
            return;
        };
        let mode = |i: Index| match graph.dag.node(i) {
            Node::Resource(address) => Some(address.resource.mode),
            _ => None,
        };
        let needed = graph.dag.ancestors_in_order(&[serving.node]);
        for ephemeral in needed
            .into_iter()
            .filter(|i| mode(*i) == Some(Mode::Ephemeral))
        {
            let before = graph.dag.ancestors_in_order(&[ephemeral]);
            if before
                .iter()
                .any(|i| mode(*i).is_some_and(|m| m != Mode::Ephemeral))
            {
                continue;
            }
            for index in before {
                self.config_step_waits(index);
            }
            let opening = self.config_step(ephemeral);
            self.dag.depend(provider, opening);
        }
    }

    /// Makes `waiting` wait for `first`, where there is such a step.
    fn wait(&mut self, waiting: Step, first: Index) {
        if let Some(index) = self.find(&waiting) {
            self.dag.depend(index, first);
        }
    }

    /// Makes `own` wait for `first`, where there is such a step.
    fn follow(&mut self, own: Index, first: Step) {
        if let Some(index) = self.find(&first) {
            self.dag.depend(own, index);
        }
    }
}
