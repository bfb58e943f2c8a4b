//! Going through the steps of a plan. One task drives every call; nothing is detached.
//!
//! A failure skips only what depends on it. When asked to stop, no new call is begun and those that run are
//! waited for.

mod changes;
mod done;
mod ends;
mod ephemeral;
mod instances;
mod providers;
mod provisioning;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use trunkline_api::diagnostic::{Severity, has_errors, only_waits};
use trunkline_api::{BoxFuture, Diagnostic, Diagnostics, Schema, Value};

use trunkline_state::Change;

use crate::address::{Address, ModulePath};
use crate::apply::gate::Gate;
use crate::apply::journal::Journal;
use crate::apply::order::{Step, When, destroys, order};
use crate::apply::provision::Provisioning;
use crate::apply::step::{Made, Tools};
use crate::config::{Config, Module, ProviderName};
use crate::event::{Event, Listener};
use crate::graph::build::PriorResource;
use crate::graph::config_graph::{ConfigGraph, Node};
use crate::graph::dag::Index;
use crate::graph::queue::ReadyQueue;
use crate::lang::functions::FunctionContext;
use crate::lookup::{Known, Lookup};
use crate::plan::evaluate::{Evaluator, Purpose};
use crate::plan::leases::{Leases, Opened, Role, role};
use crate::plan::providers::{Providers, Slot};
use crate::plan::removed::RemovedBlocks;
use crate::plan::said::Said;
use crate::plan::scope::Surroundings;
use crate::plan::values::{RepetitionData, Values};
use crate::plan::{Action, Counts, Plan, PlanMode, ResourceChange};

use changes::{Changes, Subject};
use provisioning::Turn;

/// Everything that an apply needs.
pub struct Sources<'a> {
    /// The configuration that was planned.
    pub config: &'a Config,
    /// Its graph.
    pub graph: &'a ConfigGraph,
    /// What each resource of the state depended on.
    pub depended: &'a [PriorResource],
    /// The changes that give rows the addresses that their objects have moved to.
    pub moves: Vec<Change>,
    /// `path` and `terraform`
    pub surroundings: Surroundings,
    /// Makes the context of function calls for a module.
    pub functions: &'a dyn Fn(&Module) -> FunctionContext,
    /// The journal of the run.
    pub journal: Arc<Journal>,
    /// What is done about provisioners.
    pub provisioning: Provisioning,
    /// Who hears what happens.
    pub listener: Arc<dyn Listener>,
    /// What keeps changes from being begun.
    pub gate: Arc<Gate>,
    /// Most provider calls at once; at least 1.
    pub parallelism: usize,
    /// Set when no new call is to be begun.
    pub stop: Arc<AtomicBool>,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Applied {
    /// How many objects.
    pub counts: Counts,
    /// The root outputs now.
    pub outputs: BTreeMap<Arc<str>, (Value, bool)>,
    /// Problems.
    pub diagnostics: Diagnostics,
    /// Objects of which a change was not begun, or not wholly, in the order of the plan.
    pub left: Vec<String>,
    /// What the objects of the configuration have come to, those that nothing may ask for left out.
    pub values: Values,
}

enum Done<'a> {
    Provider(Step, Slot, Diagnostics),
    Made(Subject<'a>, RepetitionData, Made),
    Read(
        &'a ResourceChange,
        RepetitionData,
        Arc<Schema>,
        Value,
        Diagnostics,
    ),
    Destroyed(Subject<'a>, Made),
    Opened(Address, RepetitionData, Box<Opened>),
    /// A provisioner has run, or one that was passed over.
    Provisioned(Box<Turn<'a>>),
    /// A provisioner has failed.
    NotProvisioned(Box<Turn<'a>>, Diagnostic),
    /// A change is given up because of its provisioners; what went wrong is told.
    Unprovisioned(Subject<'a>, Made),
}

/// How work ended, the best first: of several tasks of a step the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Well,
    /// Something outside does not let it be done yet.
    Waits,
    Failed,
}

impl End {
    /// Of work that went well by itself or did not, and what was told about it.
    fn of(well: bool, told: &[Diagnostic]) -> End {
        match well && !has_errors(told) {
            true => End::Well,
            false if only_waits(told) => End::Waits,
            false => End::Failed,
        }
    }
}

/// What follows from what a task gave.
enum Absorbed<'a> {
    /// It has ended.
    Ended(End),
    /// It goes on.
    Next(Work<'a>),
}

/// Work that has begun.
type Work<'a> = BoxFuture<'a, (Index, Done<'a>)>;
/// Work that waits for its turn. It becomes a future only then, because futures are large and may be many.
type Task<'a> = Box<dyn FnOnce() -> Work<'a> + Send + 'a>;

struct Walk<'a, 'r> {
    sources: Sources<'a>,
    plan: &'a Plan,
    changes: Changes<'a>,
    /// What is to be done when its turn comes.
    waiting: VecDeque<Task<'a>>,
    /// Where what each step is about is in the graph of the configuration.
    about: Vec<Option<Index>>,
    evaluator: Evaluator<'a>,
    providers: Providers<'r>,
    prior_slots: Lookup<(ModulePath, ProviderName), Slot>,
    /// Keys under which this run put old objects aside.
    aside: Lookup<Address, String>,
    /// Instances whose new object could not be made: their old one stays.
    unmade: BTreeSet<Address>,
    removed: RemovedBlocks<'a>,
    /// Objects that were taken over in this run.
    imported: BTreeSet<Address>,
    leases: Leases,
    /// How many steps of each change have come to an end, well or not; by its place in the plan.
    ended: Vec<u8>,
    /// What every change needs.
    tools: Arc<Tools>,
    /// Steps that wait for something outside, and those that wait for them.
    pending: Known<Index>,
    said: Said,
    applied: Applied,
}

/// Runs a plan.
pub async fn apply<'a>(plan: &'a Plan, sources: Sources<'a>, providers: Providers<'_>) -> Applied {
    let steps = order(plan, sources.graph, sources.depended);
    let cycles = steps.dag.cycles();
    if let Some(cycle) = cycles.first() {
        let names: Vec<String> = cycle
            .iter()
            .map(|i| steps.dag.node(*i).to_string())
            .collect();
        return Applied {
            diagnostics: vec![Diagnostic::error(
                format!("Cycle: {}", names.join(", ")),
                "",
            )],
            ..Applied::default()
        };
    }
    let evaluator = evaluator(plan, &sources);
    let tools = Tools {
        journal: sources.journal.clone(),
        listener: sources.listener.clone(),
        gate: sources.gate.clone(),
    };
    let mut walk = Walk {
        plan,
        changes: Changes::of(plan, sources.graph),
        waiting: VecDeque::new(),
        about: steps.about,
        evaluator,
        providers,
        prior_slots: Lookup::default(),
        aside: Lookup::default(),
        unmade: BTreeSet::new(),
        imported: BTreeSet::new(),
        removed: RemovedBlocks::of(sources.config),
        leases: Leases::new(&steps.dag, role_of),
        ended: vec![0; plan.changes.len()],
        tools: Arc::new(tools),
        pending: Known::default(),
        said: Said::default(),
        applied: Applied::default(),
        sources,
    };
    walk.applied.diagnostics = walk.unreachable();
    if has_errors(&walk.applied.diagnostics) {
        return walk.applied;
    }
    walk.moves();
    walk.vanished();
    walk.run(&steps.dag).await;
    walk.close().await;
    walk.forget_data();
    walk.outputs();
    walk.checks();
    walk.left();
    let mut applied = walk.applied;
    applied.values = walk.evaluator.values;
    applied
}

/// What a step does with ephemeral values.
fn role_of(step: &Step) -> Role {
    match step {
        Step::Config(node) => role(node),
        Step::PriorProvider(..) => Role::Passes,
        Step::DestroyBefore(_) | Step::DestroyAfter(_) => Role::Ends,
    }
}

fn evaluator<'a>(plan: &Plan, sources: &Sources<'a>) -> Evaluator<'a> {
    let mut variables = plan.variables.clone();
    variables.extend(plan.ephemeral.clone());
    let mut evaluator = Evaluator::new(
        sources.config,
        Purpose::Run,
        sources.surroundings.clone(),
        variables,
        sources.functions,
    );
    if plan.mode == PlanMode::RefreshOnly {
        evaluator.severity = Severity::Warning;
    }
    evaluator
}

impl<'a> Walk<'a, '_> {
    async fn run(&mut self, dag: &crate::graph::dag::Dag<Step>) {
        let mut queue = ReadyQueue::new(dag);
        let mut running: FuturesUnordered<Work<'a>> = FuturesUnordered::new();
        let mut open: Lookup<Index, (usize, End)> = Lookup::default();
        let limit = self.sources.parallelism.max(1);
        loop {
            let stopped = self.sources.stop.load(Ordering::Relaxed);
            // Steps are evaluated when their turn comes, so that what waits is little.
            while (stopped || self.waiting.len() < limit)
                && let Some(index) = queue.next()
            {
                let before = (self.applied.diagnostics.len(), self.waiting.len());
                self.start(index, dag.node(index));
                let end = End::of(true, &self.applied.diagnostics[before.0..]);
                match self.waiting.len() - before.1 {
                    0 => self.finish(&mut queue, dag, index, end),
                    tasks => drop(open.insert(index, (tasks, end))),
                }
            }
            if self.sources.stop.load(Ordering::Relaxed) {
                self.waiting.clear();
            }
            while running.len() < limit {
                let Some(task) = self.waiting.pop_front() else {
                    break;
                };
                running.push(task());
            }
            let waits = self.waiting.len() + queue.ready();
            self.sources.listener.event(Event::Waiting(waits));
            let Some((index, done)) = self.leases.meanwhile(running.next()).await else {
                break;
            };
            let end = match self.absorb(index, done) {
                Absorbed::Ended(end) => end,
                Absorbed::Next(work) => {
                    // It takes the place of the one that it goes on from.
                    running.push(work);
                    continue;
                }
            };
            if let Some((left, worst)) = open.get_mut(&index) {
                *left -= 1;
                *worst = (*worst).max(end);
                if *left == 0 {
                    let end = *worst;
                    open.remove(&index);
                    if self.sources.stop.load(Ordering::Relaxed) {
                        continue;
                    }
                    self.finish(&mut queue, dag, index, end);
                }
            }
        }
    }

    fn finish(
        &mut self,
        queue: &mut ReadyQueue,
        dag: &crate::graph::dag::Dag<Step>,
        index: Index,
        end: End,
    ) {
        let all_skipped = queue.finish(index, end == End::Well);
        self.leases.ended(index);
        if end == End::Waits {
            self.pending.insert(index);
        }
        for skipped in all_skipped {
            self.leases.ended(skipped.node);
            let step = dag.node(skipped.node);
            let because = dag.node(skipped.because).to_string();
            let waits = self.pending.contains(&skipped.because);
            if waits {
                self.pending.insert(skipped.node);
            }
            for (_, change) in self.work(skipped.node, step) {
                let address = change.address.clone();
                let because = because.clone();
                self.sources.listener.event(Event::Skipped {
                    address,
                    because,
                    waits,
                });
            }
        }
    }

    /// The changes of the resource that a step is about, and their places in the plan.
    fn changes(&self, index: Index) -> impl Iterator<Item = (usize, &'a ResourceChange)> {
        let resource = self.about[index.index()].into_iter();
        resource.flat_map(|resource| self.changes.about(resource))
    }

    /// The changes that a step makes.
    fn work(&self, index: Index, step: &Step) -> Vec<(usize, &'a ResourceChange)> {
        let when = match step {
            Step::Config(Node::Resource(_)) => None,
            Step::DestroyBefore(_) => Some(When::Before),
            Step::DestroyAfter(_) => Some(When::After),
            _ => return Vec::new(),
        };
        self.changes(index)
            .filter(|(_, c)| match when {
                Some(_) => destroys(c) == when,
                None => !matches!(c.action, Action::NoOp | Action::Delete | Action::Forget),
            })
            .collect()
    }

    /// Does what there is to do without waiting for anybody, and lets the rest wait for its turn.
    fn start(&mut self, index: Index, step: &Step) {
        let diagnostics = &mut self.applied.diagnostics;
        match step {
            Step::Config(Node::Variable(path, name)) => {
                // Values that plan checked; conditions on what was unknown then are checked now.
                self.evaluator.variable(path, name, diagnostics);
            }
            Step::Config(Node::Local(path, name)) => self.evaluator.local(path, name, diagnostics),
            Step::Config(Node::Output(path, name)) => {
                self.evaluator.output(path, name, diagnostics)
            }
            Step::Config(Node::Call(path, name)) => self.evaluator.call(path, name, diagnostics),
            Step::Config(Node::Provider(path, name)) => {
                let slot = self.providers.get(&(path.clone(), name.clone()));
                // What ephemeral resources gave while planning is closed by now.
                if slot.is_some_and(|s| s.configured) && !self.leases.come_to(index) {
                    return;
                }
                let config = self.provider_config(path, name, None);
                self.configure(index, step, path, name, config);
            }
            Step::PriorProvider(path, name) => {
                let prior = self.prior_evaluator(path, name);
                let config = self.provider_config(path, name, Some(&prior));
                self.configure(index, step, path, name, config);
            }
            Step::Config(Node::Check(path, name)) => self.evaluator.check(path, name, diagnostics),
            Step::Config(Node::Checking) => {}
            Step::Config(Node::Resource(address)) => self.resource(index, address),
            Step::DestroyBefore(_) => self.destroy(index, When::Before),
            Step::DestroyAfter(_) => self.destroy(index, When::After),
        }
    }

    /// Sets the value of an instance, if anything may ask for it: its resource has been begun in its module then.
    fn set_value(&mut self, instance: &Address, value: Value) {
        let begun = self.evaluator.values.begun_mut(instance);
        if let Some(instances) = begun {
            instances.set(instance.key.clone(), value);
        }
    }
}
