//! Making a plan: the walk over the graph that turns configuration, prior state and provider answers into a
//! [`Plan`].
//!
//! The order of things: evaluate a node; where it is a resource, plan its instances side by side (at most
//! `parallelism` calls at once); when all are planned, let what depends on it begin. Nothing is changed
//! anywhere, except that operations an earlier process left open are settled first, through [`Settle`].

mod data;
mod ephemeral;
mod finish;
mod gone;
mod imports;
mod managed;
mod provider;
mod resource;
mod settling;
pub mod single;
mod wanted;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use trunkline_api::diagnostic::{Severity, has_errors};
use trunkline_api::{BoxFuture, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_state::{Intent, Row};

use super::evaluate::{Evaluator, GivenPlaces, Purpose};
use super::instance::Outcome;
use super::leases::{Leases, Opened, role};
use super::model::{Action, Plan, PlanMode, ResourceChange};
use super::moves::Moves;
use super::providers::{Providers, Slot};
use super::removed::RemovedBlocks;
use super::said::Said;
use super::scope::Surroundings;
use super::values::{RepetitionData, Values};
use crate::address::{Address, ConfigAddress, Mode, ModulePath, Target};
use crate::config::own::Pattern;
use crate::config::{Config, Import, Module, ProviderName};
use crate::event::Listener;
use crate::graph::config_graph::{ConfigGraph, Node};
use crate::graph::dag::Index;
use crate::graph::queue::ReadyQueue;
use crate::lang::functions::FunctionContext;
use crate::lookup::{Known, Lookup};
use crate::plan::prior::{PriorInstance, PriorInstances, PriorState, decode_row};

use resource::InstanceContext;

/// What is asked of a plan.
#[derive(Clone, Debug)]
pub struct Options {
    /// What it is for.
    pub mode: PlanMode,
    /// Read objects again before planning.
    pub refresh: bool,
    /// Limit the plan to these and what they depend on; empty for no limit.
    pub targets: Vec<Target>,
    /// Leave these out, and what depends on them; empty where there are targets.
    pub excludes: Vec<Target>,
    /// Replace these, whatever the values.
    pub replace: Vec<Address>,
    /// Most provider calls at once; at least 1.
    pub parallelism: usize,
    /// Write configuration for what is imported and has none.
    pub generate: bool,
    /// Types whose objects are adopted where they exist already.
    pub adopt: Vec<Pattern>,
    /// Keep the values of all resources, also of those that nothing in the configuration refers to.
    pub keep_values: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            mode: PlanMode::Normal,
            refresh: true,
            targets: Vec::new(),
            excludes: Vec::new(),
            replace: Vec::new(),
            parallelism: 10,
            generate: false,
            adopt: Vec::new(),
            keep_values: false,
        }
    }
}

/// Everything that a plan is made from.
pub struct Sources<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Its graph.
    pub graph: &'a ConfigGraph,
    /// Values given for root variables.
    pub variables: BTreeMap<Arc<str>, Value>,
    /// Where they were given.
    pub given_at: GivenPlaces,
    /// `path` and `terraform`
    pub surroundings: Surroundings,
    /// Makes the context of function calls for a module.
    pub functions: &'a dyn Fn(&Module) -> FunctionContext,
    /// The time of the plan, RFC 3339.
    pub timestamp: String,
    /// Who hears what happens.
    pub listener: Arc<dyn Listener>,
    /// What moves did to the prior state.
    pub moves: Moves,
    /// Settles operations that an earlier process left open; without it they are only warned about.
    pub settle: Option<&'a dyn Settle>,
    /// Set to stop after the calls that are running.
    pub stop: Arc<AtomicBool>,
}

/// An operation left open, and what is needed to settle it.
pub struct Unsettled {
    /// The instance.
    pub address: Address,
    /// The intent.
    pub intent: Intent,
    /// The provider that serves it, configured.
    pub slot: Slot,
    /// The schema of its type.
    pub schema: Arc<Schema>,
    /// The row that the operation was about, if there is one.
    pub row: Option<Row>,
    /// The ids that rows of the type claim, those of operations that are settled included.
    pub claimed: Vec<String>,
}

/// Finds out what became of an operation, and records it.
pub trait Settle: Send + Sync {
    /// The row as it is after settling; the intent is gone from the journal when this succeeds.
    fn settle(
        &self,
        unsettled: Unsettled,
    ) -> BoxFuture<'_, Result<(Option<Row>, Diagnostics), Diagnostics>>;
}

/// A plan with the state and providers that it was made from.
pub struct Planned<'r> {
    /// The plan.
    pub plan: Plan,
    /// What moves say contradicts the configuration: there is no plan, and this is why.
    pub refused: Diagnostics,
    /// Problems, warnings included. The plan is `errored` when any is an error.
    pub diagnostics: Diagnostics,
    /// The providers, configured as far as their configuration is known.
    pub providers: Providers<'r>,
    /// What the objects of the configuration came to, those that nothing may ask for left out.
    pub values: Values,
    /// The resources that the plan looked at, where it did not look at all.
    pub read: Option<BTreeSet<ConfigAddress>>,
}

enum Done {
    Provider(ModulePath, ProviderName, Slot, Diagnostics),
    Instance(Address, RepetitionData, Outcome),
    Data(Address, RepetitionData, Box<DataRead>),
    Opened(Address, RepetitionData, Box<Opened>),
}

struct DataRead {
    slot: Slot,
    before: Value,
    version: u64,
    state: Value,
    /// What it is as long as it cannot be read.
    unread: Value,
    diagnostics: Diagnostics,
}

/// Work that has begun.
type Work<'a> = BoxFuture<'a, (Index, Done)>;
/// Work that waits for its turn. It becomes a future only then, because futures are large and may be many.
type Task<'a> = Box<dyn FnOnce() -> Work<'a> + Send + 'a>;

struct Walk<'a, 'r> {
    sources: Sources<'a>,
    options: Options,
    evaluator: Evaluator<'a>,
    prior: PriorState,
    /// Rows are asked for what they claim: what is adopted, and what became of operations that were left open.
    rows_stay: bool,
    /// Where they do not stay: what the state has, by the nodes, from when the walk begins.
    rows: Vec<PriorInstances>,
    providers: Providers<'r>,
    plan: Plan,
    diagnostics: Diagnostics,
    /// Whether an instance of a managed resource will change, by the nodes.
    pending: Vec<bool>,
    /// The modules that such resources are in, and those around them.
    pending_modules: Known<ModulePath>,
    /// Where the changes of a resource are in the plan, as far as something may be replaced because of them.
    changes_of: Lookup<ConfigAddress, Vec<usize>>,
    /// Something is replaced when something else changes.
    triggered: bool,
    wanted: Option<BTreeSet<Index>>,
    removed: RemovedBlocks<'a>,
    imports_of: Lookup<ConfigAddress, Vec<&'a Import>>,
    /// The ids of the objects of a type that are managed, where it was asked for them.
    managed_ids: Lookup<Arc<str>, Arc<[String]>>,
    leases: Leases,
    said: Said,
    /// What a resource depends on, and how that is written, as last asked for.
    named: (Arc<[ConfigAddress]>, Arc<[String]>),
}

/// Makes a plan.
pub async fn plan<'a, 'r>(
    sources: Sources<'a>,
    prior: PriorState,
    providers: Providers<'r>,
    options: Options,
) -> Planned<'r> {
    let mut walk = Walk::new(sources, prior, providers, options);
    for import in &walk.sources.config.root.imports {
        let targets = walk.imports_of.entry(import.to.config()).or_default();
        targets.push(import);
    }
    walk.choose_wanted();
    walk.run().await;
    walk.finish()
}

/// Awaits `step` while the running tasks go on; those that end meanwhile are put aside. A task that stood still could hold
/// what the step waits for, such as the one fetching of a token.
async fn alongside<T, F: Future>(
    step: impl Future<Output = T>,
    running: &mut FuturesUnordered<F>,
    ended: &mut VecDeque<F::Output>,
) -> T {
    let mut step = std::pin::pin!(step);
    std::future::poll_fn(|context| {
        if let Poll::Ready(result) = step.as_mut().poll(context) {
            return Poll::Ready(result);
        }
        while let Poll::Ready(Some(done)) = running.poll_next_unpin(context) {
            ended.push_back(done);
        }
        Poll::Pending
    })
    .await
}

impl<'a, 'r> Walk<'a, 'r> {
    fn new(
        sources: Sources<'a>,
        prior: PriorState,
        providers: Providers<'r>,
        options: Options,
    ) -> Walk<'a, 'r> {
        let mut evaluator = Evaluator::new(
            sources.config,
            Purpose::Run,
            sources.surroundings.clone(),
            sources.variables.clone(),
            sources.functions,
        );
        evaluator.given_at = sources.given_at.clone();
        if options.mode == PlanMode::RefreshOnly {
            // Nothing is to be changed, so nothing can be kept from being changed.
            evaluator.severity = Severity::Warning;
        }
        // As many changes at least, if they are not of instances that are new.
        let known: usize = prior.resources.values().map(PriorInstances::len).sum();
        let plan = Plan {
            mode: options.mode,
            changes: Vec::with_capacity(known.max(sources.graph.dag.len())),
            drift: Vec::new(),
            outputs: Vec::new(),
            kept_outputs: Vec::new(),
            variables: BTreeMap::new(),
            ephemeral: BTreeMap::new(),
            timestamp: sources.timestamp.clone(),
            moves: sources.moves.rows.clone(),
            dropped_data: Vec::new(),
            targets: options.targets.iter().map(ToString::to_string).collect(),
            excludes: options.excludes.iter().map(ToString::to_string).collect(),
            checks: Vec::new(),
            errored: false,
        };
        let open = prior
            .resources
            .values()
            .any(|all| all.values().any(|instance| !instance.intents().is_empty()));
        Walk {
            evaluator,
            rows_stay: open || !options.adopt.is_empty(),
            rows: Vec::new(),
            prior,
            providers,
            plan,
            diagnostics: Vec::new(),
            pending: vec![false; sources.graph.dag.len()],
            pending_modules: Known::default(),
            changes_of: Lookup::default(),
            triggered: sources.config.modules().iter().any(|module| {
                let mut resources = module.resources.values();
                resources.any(|r| !r.meta.lifecycle.replace_triggered_by.is_empty())
            }),
            wanted: None,
            removed: RemovedBlocks::of(sources.config),
            imports_of: Lookup::default(),
            managed_ids: Lookup::default(),
            leases: Leases::new(&sources.graph.dag, role),
            said: Said::default(),
            named: (Arc::default(), Arc::default()),
            sources,
            options,
        }
    }

    async fn run(&mut self) {
        let graph = self.sources.graph;
        if !self.rows_stay && !self.prior.resources.is_empty() {
            self.rows
                .resize_with(graph.dag.len(), PriorInstances::default);
            for (address, instances) in std::mem::take(&mut self.prior.resources) {
                // What is not in the graph has no provider that could be found.
                if let Some(index) = graph.find_resource(&address) {
                    self.rows[index.index()] = instances;
                }
            }
        }
        let mut queue = ReadyQueue::new(&graph.dag);
        let mut waiting: VecDeque<Task<'a>> = VecDeque::new();
        let mut running: FuturesUnordered<Work<'a>> = FuturesUnordered::new();
        // Per node with tasks: how many are left, and whether all went well so far.
        let mut open: Lookup<Index, (usize, bool)> = Lookup::default();
        let limit = self.options.parallelism.max(1);
        let mut ended = VecDeque::new();
        loop {
            let stopped = self.sources.stop.load(Ordering::SeqCst);
            if stopped {
                waiting.clear();
            }
            // Nodes are evaluated when their turn comes, so that what waits is little.
            while !stopped
                && waiting.len() < limit
                && let Some(index) = queue.next()
            {
                if self.wanted.as_ref().is_some_and(|w| !w.contains(&index)) {
                    self.ended(&mut queue, index, true);
                    continue;
                }
                let before = self.diagnostics.len();
                let tasks = alongside(self.start(index), &mut running, &mut ended).await;
                let well = !has_errors(&self.diagnostics[before..]);
                if tasks.is_empty() {
                    self.ended(&mut queue, index, well);
                } else {
                    open.insert(index, (tasks.len(), well));
                    waiting.extend(tasks);
                }
            }
            while running.len() < limit {
                let Some(task) = waiting.pop_front() else {
                    break;
                };
                running.push(task());
            }
            let next = match ended.pop_front() {
                Some(next) => Some(next),
                None => self.leases.meanwhile(running.next()).await,
            };
            let Some((index, done)) = next else {
                break;
            };
            let well = self.absorb(index, done);
            if let Some((left, all_well)) = open.get_mut(&index) {
                *left -= 1;
                *all_well &= well;
                if *left == 0 {
                    let well = *all_well;
                    open.remove(&index);
                    self.ended(&mut queue, index, well);
                }
            }
        }
        self.close("Planning").await;
    }

    /// Closes what is open. If `what` was to stop, it says that it did.
    async fn close(&mut self, what: &str) {
        for (address, problems) in self.leases.end().await {
            self.report(&address, problems);
        }
        if self.sources.stop.load(Ordering::SeqCst) {
            self.diagnostics.push(Diagnostic::error(
                "operation canceled",
                format!("{what} was interrupted: calls that were running have ended, what was open has been closed, and nothing was changed. Run the command again for the whole of it."),
            ));
        }
    }

    /// Says that a node has ended: what waits for it may begin, and what it used may be closed.
    fn ended(&mut self, queue: &mut ReadyQueue, index: Index, well: bool) {
        let skipped = queue.finish(index, well);
        self.leases.ended(index);
        for skipped in skipped {
            self.leases.ended(skipped.node);
        }
    }

    /// Evaluates a node, or gives the tasks that it needs.
    async fn start(&mut self, index: Index) -> Vec<Task<'a>> {
        let graph = self.sources.graph;
        let diagnostics = &mut self.diagnostics;
        match graph.dag.node(index) {
            Node::Variable(path, name) => self.evaluator.variable(path, name, diagnostics),
            Node::Local(path, name) => self.evaluator.local(path, name, diagnostics),
            Node::Output(path, name) => self.evaluator.output(path, name, diagnostics),
            Node::Call(path, name) => self.evaluator.call(path, name, diagnostics),
            Node::Provider(path, name) => return self.provider(index, path, name),
            Node::Resource(address) => return self.resource(index, address).await,
            Node::Check(path, name) => self.evaluator.check(path, name, diagnostics),
            Node::Checking => {}
        }
        Vec::new()
    }

    /// Sets the value of an instance, if anything may ask for it: its resource has been begun in its module then.
    fn set_value(&mut self, instance: &Address, value: Value) {
        let begun = self.evaluator.values.begun_mut(instance);
        if let Some(instances) = begun {
            instances.set(instance.key.clone(), value);
        }
    }

    fn decode(
        &mut self,
        instance: &Address,
        found: &PriorInstance,
        slot: &Slot,
        schema: &Schema,
    ) -> Result<Option<crate::plan::prior::PriorObject>, ()> {
        let Some(row) = &found.current else {
            return Ok(None);
        };
        match decode_row(
            row,
            &instance.resource.type_name,
            schema,
            slot.instance.as_ref(),
        ) {
            Ok(object) => Ok(Some(object)),
            Err(problem) => {
                self.diagnostics.push(problem);
                Err(())
            }
        }
    }

    /// What a resource depends on, as rows name it. Instances of one resource follow each other, and share it.
    fn dependencies(&mut self, address: &ConfigAddress) -> Arc<[String]> {
        let index = self.sources.graph.find_resource(address);
        index.map_or_else(Arc::default, |index| self.dependencies_at(index))
    }

    fn dependencies_at(&mut self, index: Index) -> Arc<[String]> {
        let found = &self.sources.graph.at(index).dependencies;
        if found.is_empty() {
            return Arc::default();
        }
        if !Arc::ptr_eq(found, &self.named.0) {
            let named = found.iter().map(ToString::to_string).collect();
            self.named = (found.clone(), named);
        }
        self.named.1.clone()
    }

    fn add_change(&mut self, index: Index, change: ResourceChange) {
        let acts = change.action != Action::NoOp && change.address.resource.mode == Mode::Managed;
        if acts && !std::mem::replace(&mut self.pending[index.index()], true) {
            let mut module = change.address.config().module.clone();
            while self.pending_modules.insert(module.clone())
                && let Some((around, _)) = module.parent()
            {
                module = around;
            }
        }
        if self.triggered {
            self.changes_of
                .entry(change.address.config().clone())
                .or_default()
                .push(self.plan.changes.len());
        }
        self.plan.changes.push(change);
    }

    /// Takes what a task gave. False when it failed.
    fn absorb(&mut self, index: Index, done: Done) -> bool {
        let before = self.diagnostics.len();
        let mut well = true;
        match done {
            Done::Provider(path, name, slot, problems) => {
                for problem in &problems {
                    self.said.is_new(problem);
                }
                self.diagnostics.extend(problems);
                self.providers.put(path, name, slot);
            }
            Done::Instance(address, repetition, outcome) => {
                well = self.report(&address, outcome.diagnostics);
                self.plan.drift.extend(outcome.drift.map(|drift| *drift));
                if let Some(change) = outcome.change {
                    if change.deposed.is_none() {
                        let known = if self.options.mode == PlanMode::Destroy {
                            &change.before
                        } else {
                            &change.after
                        };
                        if !known.is_null() {
                            self.set_value(&address, known.clone());
                        } else if self.options.mode == PlanMode::RefreshOnly {
                            // What refers to it may be anything until it is made again, as in Terraform.
                            self.set_value(&address, Value::unknown(Type::Dynamic));
                        }
                        self.postconditions(&address, &repetition, known);
                    }
                    self.add_change(index, *change);
                } else if well && self.options.mode == PlanMode::RefreshOnly {
                    // It is not there yet, and this plan does not say what it will be.
                    self.set_value(&address, Value::unknown(Type::Dynamic));
                }
            }
            Done::Data(address, repetition, read) => {
                well = self.has_read(index, &address, &repetition, *read);
            }
            Done::Opened(address, repetition, opened) => {
                well = self.has_opened(index, &address, &repetition, *opened);
            }
        }
        well && !has_errors(&self.diagnostics[before..])
    }

    /// Adds what a provider said of an object. True when there is no error.
    fn report(&mut self, address: &Address, problems: Diagnostics) -> bool {
        let well = !has_errors(&problems);
        for mut problem in problems {
            let new = self.said.is_new(&problem);
            if problem.address.as_deref() == Some("") {
                // It is about no object, although a call for one returned it.
                problem.address = None;
                self.diagnostics.push(problem);
            } else if new {
                let config = self.sources.config;
                self.diagnostics
                    .push(crate::plan::validate::place(problem, address, config));
            }
        }
        well
    }

    fn postconditions(&mut self, address: &Address, repetition: &RepetitionData, value: &Value) {
        if self.options.mode == PlanMode::Destroy {
            return;
        }
        self.evaluator
            .postconditions(address, repetition, value, &mut self.diagnostics);
    }
}
