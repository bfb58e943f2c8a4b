//! Going through the steps of a plan. One task drives every call; nothing is detached.
//!
//! A failure skips only what depends on it. When asked to stop, no new call is begun and those that run are
//! waited for.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use trunkline_api::diagnostic::has_errors;
use trunkline_api::{BoxFuture, Diagnostic, Diagnostics, Schema, Value};
use trunkline_state::Output;

use super::journal::Journal;
use super::order::{Step, When, destroys, order};
use super::step::{Made, Tools, destroy, keep, make};
use crate::address::{Address, ConfigAddress, ModuleInstance, ModulePath};
use crate::config::{Config, Module, ProviderName, Repetition};
use crate::event::{Event, Listener};
use crate::graph::build::{ConfigGraph, Node};
use crate::graph::dag::Index;
use crate::graph::queue::ReadyQueue;
use crate::lang::functions::FunctionContext;
use crate::plan::evaluate::{Evaluator, Purpose};
use crate::plan::instance;
use crate::plan::prior::encode_output;
use crate::plan::providers::{Providers, Slot, configure};
use crate::plan::scope::Surroundings;
use crate::plan::values::{Each, Instances, RepetitionData};
use crate::plan::{Action, Counts, Plan, PlanMode, ResourceChange};

/// Everything that an apply needs.
pub struct Sources<'a> {
    /// The configuration that was planned.
    pub config: &'a Config,
    /// Its graph.
    pub graph: &'a ConfigGraph,
    /// What each resource of the state depended on.
    pub depended: &'a BTreeMap<ConfigAddress, BTreeSet<ConfigAddress>>,
    /// `path` and `terraform`
    pub surroundings: Surroundings,
    /// Makes the context of function calls for a module.
    pub functions: &'a dyn Fn(&Module) -> FunctionContext,
    /// The journal of the run.
    pub journal: Arc<Journal>,
    /// Who hears what happens.
    pub listener: Arc<dyn Listener>,
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
    /// Steps that were not begun because a stop was asked for.
    pub not_begun: usize,
}

enum Done {
    Provider(Step, Slot, Diagnostics),
    Made(Box<ResourceChange>, RepetitionData, Made),
    Read(
        Box<ResourceChange>,
        RepetitionData,
        Arc<Schema>,
        Value,
        Diagnostics,
    ),
    Destroyed(Box<ResourceChange>, Made),
}

type Task<'a> = BoxFuture<'a, (Index, Done)>;

struct Walk<'a, 'r> {
    sources: Sources<'a>,
    plan: &'a Plan,
    /// Changes of a resource, in order.
    changes: HashMap<ConfigAddress, Vec<&'a ResourceChange>>,
    evaluator: Evaluator<'a>,
    providers: Providers<'r>,
    prior_slots: HashMap<(ModulePath, ProviderName), Slot>,
    /// Keys under which this run put old objects aside.
    aside: HashMap<Address, String>,
    /// Instances whose new object could not be made: their old one stays.
    unmade: BTreeSet<Address>,
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
    let mut changes: HashMap<ConfigAddress, Vec<&ResourceChange>> = HashMap::new();
    for change in &plan.changes {
        changes
            .entry(change.address.config())
            .or_default()
            .push(change);
    }
    let mut walk = Walk {
        plan,
        changes,
        evaluator,
        providers,
        prior_slots: HashMap::new(),
        aside: HashMap::new(),
        unmade: BTreeSet::new(),
        applied: Applied::default(),
        sources,
    };
    walk.moves();
    walk.vanished();
    walk.run(&steps.dag).await;
    walk.forget_data();
    walk.outputs();
    walk.applied
}

fn evaluator<'a>(plan: &Plan, sources: &Sources<'a>) -> Evaluator<'a> {
    Evaluator::new(
        sources.config,
        Purpose::Run,
        sources.surroundings.clone(),
        plan.variables.clone(),
        sources.functions,
    )
}

impl<'a> Walk<'a, '_> {
    async fn run(&mut self, dag: &crate::graph::dag::Dag<Step>) {
        let mut queue = ReadyQueue::new(dag);
        let mut waiting: VecDeque<Task<'a>> = VecDeque::new();
        let mut running: FuturesUnordered<Task<'a>> = FuturesUnordered::new();
        let mut open: HashMap<Index, (usize, bool)> = HashMap::new();
        loop {
            while let Some(index) = queue.next() {
                let before = self.applied.diagnostics.len();
                let tasks = self.start(index, dag.node(index));
                let well = !has_errors(&self.applied.diagnostics[before..]);
                if tasks.is_empty() {
                    self.finish(&mut queue, dag, index, well);
                } else {
                    open.insert(index, (tasks.len(), well));
                    waiting.extend(tasks);
                }
            }
            if self.sources.stop.load(Ordering::Relaxed) {
                self.applied.not_begun += waiting.len();
                waiting.clear();
            }
            while running.len() < self.sources.parallelism.max(1) {
                let Some(task) = waiting.pop_front() else {
                    break;
                };
                running.push(task);
            }
            self.sources.listener.event(Event::Waiting(waiting.len()));
            let Some((index, done)) = running.next().await else {
                break;
            };
            let well = self.absorb(done);
            if let Some((left, all_well)) = open.get_mut(&index) {
                *left -= 1;
                *all_well &= well;
                if *left == 0 {
                    let well = *all_well;
                    open.remove(&index);
                    if self.sources.stop.load(Ordering::Relaxed) {
                        continue;
                    }
                    self.finish(&mut queue, dag, index, well);
                }
            }
        }
    }

    fn finish(
        &self,
        queue: &mut ReadyQueue,
        dag: &crate::graph::dag::Dag<Step>,
        index: Index,
        well: bool,
    ) {
        for skipped in queue.finish(index, well) {
            let step = dag.node(skipped.node);
            let because = dag.node(skipped.because).to_string();
            for change in self.work(step) {
                let address = change.address.clone();
                let because = because.clone();
                self.sources
                    .listener
                    .event(Event::Skipped { address, because });
            }
        }
    }

    /// The changes that a step makes.
    fn work(&self, step: &Step) -> Vec<&'a ResourceChange> {
        let (address, when) = match step {
            Step::Config(Node::Resource(address)) => (address, None),
            Step::DestroyBefore(address) => (address, Some(When::Before)),
            Step::DestroyAfter(address) => (address, Some(When::After)),
            _ => return Vec::new(),
        };
        let changes = self.changes.get(address).into_iter().flatten().copied();
        changes
            .filter(|c| match when {
                Some(_) => destroys(c) == when,
                None => !matches!(c.action, Action::NoOp | Action::Delete | Action::Forget),
            })
            .collect()
    }

    fn start(&mut self, index: Index, step: &Step) -> Vec<Task<'a>> {
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
                if self
                    .providers
                    .get(&(path.clone(), name.clone()))
                    .is_some_and(|s| s.configured)
                {
                    return Vec::new();
                }
                let config = self.provider_config(path, name, None);
                return self.configure(index, step, path, name, config);
            }
            Step::PriorProvider(path, name) => {
                let prior = self.prior_evaluator(path, name);
                let config = self.provider_config(path, name, Some(&prior));
                return self.configure(index, step, path, name, config);
            }
            Step::Config(Node::Resource(address)) => return self.resource(index, address),
            Step::DestroyBefore(address) => return self.destroy(index, address, When::Before),
            Step::DestroyAfter(address) => return self.destroy(index, address, When::After),
        }
        Vec::new()
    }

    fn provider_config(
        &mut self,
        path: &ModulePath,
        name: &ProviderName,
        prior: Option<&Evaluator<'a>>,
    ) -> Option<(Slot, Value)> {
        let slot = match self.providers.open(self.sources.config, path, name) {
            Ok(slot) => slot,
            Err(problem) => {
                self.applied.diagnostics.push(problem);
                return None;
            }
        };
        let schema = slot.instance.schema().provider.block.clone();
        let before = self.applied.diagnostics.len();
        let evaluator = prior.unwrap_or(&self.evaluator);
        let value = evaluator.provider_config(path, name, &schema, &mut self.applied.diagnostics);
        if has_errors(&self.applied.diagnostics[before..]) {
            return None;
        }
        Some((slot, value.unmark_deep().0))
    }

    fn configure(
        &mut self,
        index: Index,
        step: &Step,
        path: &ModulePath,
        name: &ProviderName,
        found: Option<(Slot, Value)>,
    ) -> Vec<Task<'a>> {
        let Some((slot, value)) = found else {
            return Vec::new();
        };
        if !value.is_wholly_known() {
            // Nothing that needs it was planned with it known; whoever calls it reports that.
            match step {
                Step::PriorProvider(..) => {
                    self.prior_slots.insert((path.clone(), name.clone()), slot);
                }
                _ => self.providers.put(path.clone(), name.clone(), slot),
            }
            return Vec::new();
        }
        let request = self.providers.configure_request(value);
        let step = step.clone();
        vec![Box::pin(async move {
            let (slot, diagnostics) = configure(slot, request).await;
            (index, Done::Provider(step, slot, diagnostics))
        })]
    }

    /// The values before the apply, as far as a provider's configuration needs them.
    fn prior_evaluator(&mut self, path: &ModulePath, name: &ProviderName) -> Evaluator<'a> {
        let mut prior = evaluator(self.plan, &self.sources);
        let graph = self.sources.graph;
        let node = Node::Provider(path.clone(), name.clone());
        let Some(index) = graph.index.get(&node) else {
            return prior;
        };
        let diagnostics = &mut self.applied.diagnostics;
        for ancestor in graph.dag.ancestors_in_order(&[*index]) {
            match graph.dag.node(ancestor) {
                Node::Variable(path, name) => prior.variable(path, name, diagnostics),
                Node::Local(path, name) => prior.local(path, name, diagnostics),
                Node::Output(path, name) => prior.output(path, name, diagnostics),
                Node::Call(path, name) => prior.call(path, name, diagnostics),
                Node::Provider(..) => {}
                Node::Resource(address) => {
                    let each = each_of(self.sources.config, address);
                    for change in self.changes.get(address).into_iter().flatten() {
                        if change.deposed.is_some() || change.before.is_null() {
                            continue;
                        }
                        let module = prior.values.module_mut(&change.address.module);
                        let instances = module.resources.entry(address.resource.clone());
                        instances
                            .or_insert_with(|| Instances::new(each))
                            .set(change.address.key.clone(), change.before.clone());
                    }
                }
            }
        }
        prior
    }

    fn serving(&mut self, change: &ResourceChange, prior: bool) -> Option<(Slot, Arc<Schema>)> {
        let address = change.address.config();
        let key = self.sources.graph.providers.get(&address)?.clone();
        let prior_slot = if prior {
            self.prior_slots.get(&key)
        } else {
            None
        };
        let slot = prior_slot.or_else(|| self.providers.get(&key))?.clone();
        match self.providers.schema(
            &slot.source,
            address.resource.mode,
            &address.resource.type_name,
        ) {
            Ok(Some(schema)) => Some((slot, schema)),
            Ok(None) => None,
            Err(problem) => {
                self.applied.diagnostics.push(problem);
                None
            }
        }
    }

    fn unconfigured(&mut self, change: &ResourceChange, slot: &Slot) {
        self.applied.diagnostics.push(
            Diagnostic::error(
                "Provider configuration not known",
                format!("{} cannot be changed because the configuration of {} is still not known. Run plan and apply again.", change.address, slot.address),
            )
            .about(change.address.to_string()),
        );
    }

    /// Makes, changes and reads the instances of a resource.
    fn resource(&mut self, index: Index, address: &ConfigAddress) -> Vec<Task<'a>> {
        let mut tasks = Vec::new();
        let mut repetitions: HashMap<Address, RepetitionData> = HashMap::new();
        for (module, expansion) in self
            .evaluator
            .resource_instances(address, &mut self.applied.diagnostics)
        {
            let values = self.evaluator.values.module_mut(&module);
            values
                .resources
                .insert(address.resource.clone(), Instances::new(expansion.each));
            for (key, repetition) in expansion.instances {
                let instance = Address {
                    module: module.clone(),
                    resource: address.resource.clone(),
                    key,
                };
                repetitions.insert(instance, repetition);
            }
        }
        let changes = self.changes.get(address).cloned().unwrap_or_default();
        for change in changes.into_iter().filter(|c| c.deposed.is_none()) {
            match change.action {
                Action::NoOp => {
                    if !change.after.is_null() && repetitions.contains_key(&change.address) {
                        self.set_value(&change.address, change.after.clone());
                    }
                    if change.refreshed
                        && let Some((_, schema)) = self.serving(change, false)
                    {
                        keep(change, &schema, false, &self.tools());
                    }
                }
                Action::Read => tasks.extend(self.read(index, change, &repetitions)),
                Action::Create | Action::Update => {
                    tasks.extend(self.make(index, change, &repetitions));
                }
                Action::DeleteThenCreate | Action::CreateThenDelete => {
                    let created = ResourceChange {
                        action: if change.action == Action::CreateThenDelete {
                            change.action
                        } else {
                            Action::Create
                        },
                        ..change.clone()
                    };
                    tasks.extend(self.make_owned(index, created, &repetitions));
                }
                Action::Delete | Action::Forget => {}
            }
        }
        tasks
    }

    fn tools(&self) -> Tools {
        Tools {
            journal: self.sources.journal.clone(),
            listener: self.sources.listener.clone(),
        }
    }

    fn set_value(&mut self, instance: &Address, value: Value) {
        let module = self.evaluator.values.module_mut(&instance.module);
        module
            .resources
            .entry(instance.resource.clone())
            .or_default()
            .set(instance.key.clone(), value);
    }

    fn config_of(
        &mut self,
        change: &ResourceChange,
        repetition: &RepetitionData,
        schema: &Schema,
    ) -> Option<Value> {
        let before = self.applied.diagnostics.len();
        let address = change.address.config();
        let module = self.sources.config.module(&address.module);
        let resource = module.and_then(|m| m.resources.get(&address.resource))?;
        for condition in &resource.lifecycle.preconditions {
            let failed = self.evaluator.condition(
                condition,
                &change.address.module,
                repetition,
                None,
                &mut self.applied.diagnostics,
            );
            if let Some(message) = failed {
                let problem =
                    self.evaluator
                        .failed(condition, "Resource precondition failed", message);
                self.applied
                    .diagnostics
                    .push(problem.about(change.address.to_string()));
            }
        }
        let config = self.evaluator.resource_config(
            &address,
            &change.address.module,
            repetition,
            &schema.block,
            &mut self.applied.diagnostics,
        );
        (!has_errors(&self.applied.diagnostics[before..])).then_some(config)
    }

    fn make(
        &mut self,
        index: Index,
        change: &ResourceChange,
        repetitions: &HashMap<Address, RepetitionData>,
    ) -> Option<Task<'a>> {
        self.make_owned(index, change.clone(), repetitions)
    }

    fn make_owned(
        &mut self,
        index: Index,
        change: ResourceChange,
        repetitions: &HashMap<Address, RepetitionData>,
    ) -> Option<Task<'a>> {
        let (slot, schema) = self.serving(&change, false)?;
        if !slot.configured {
            self.unconfigured(&change, &slot);
            return None;
        }
        let repetition = repetitions
            .get(&change.address)
            .cloned()
            .unwrap_or_default();
        let mut config = self.config_of(&change, &repetition, &schema)?;
        if change.action == Action::Update {
            config = self.with_ignored(&change, config);
        }
        let tools = self.tools();
        Some(Box::pin(async move {
            let made = make(change.clone(), slot, schema, config, tools).await;
            (index, Done::Made(Box::new(change), repetition, made))
        }))
    }

    /// The configuration with the prior values of what `ignore_changes` names.
    fn with_ignored(&self, change: &ResourceChange, config: Value) -> Value {
        let module = self.sources.config.module(&change.address.module.path());
        let resource = module.and_then(|m| m.resources.get(&change.address.resource));
        let ignore = resource.map(|r| instance::ignored(&r.lifecycle.ignore_changes));
        match ignore {
            Some(paths) => instance::ignoring(&config, &change.before, paths.as_deref()),
            None => config,
        }
    }

    fn read(
        &mut self,
        index: Index,
        change: &ResourceChange,
        repetitions: &HashMap<Address, RepetitionData>,
    ) -> Option<Task<'a>> {
        let (slot, schema) = self.serving(change, false)?;
        if !slot.configured {
            self.unconfigured(change, &slot);
            return None;
        }
        let repetition = repetitions
            .get(&change.address)
            .cloned()
            .unwrap_or_default();
        let config = self.config_of(change, &repetition, &schema)?;
        let listener = self.sources.listener.clone();
        let (change, provider) = (change.clone(), slot.instance.clone());
        Some(Box::pin(async move {
            let read = instance::read_data(
                change.address.clone(),
                provider,
                schema.clone(),
                config,
                listener,
            );
            let (value, diagnostics) = read.await;
            (
                index,
                Done::Read(Box::new(change), repetition, schema, value, diagnostics),
            )
        }))
    }

    fn destroy(&mut self, index: Index, address: &ConfigAddress, when: When) -> Vec<Task<'a>> {
        let mut tasks = Vec::new();
        let changes = self.changes.get(address).cloned().unwrap_or_default();
        for change in changes.into_iter().filter(|c| destroys(c) == Some(when)) {
            if self.unmade.contains(&change.address) {
                continue;
            }
            let Some((slot, schema)) = self.serving(change, true) else {
                continue;
            };
            if !slot.configured && !change.before.is_null() {
                self.unconfigured(change, &slot);
                continue;
            }
            let deposed = match (&change.deposed, change.action) {
                (Some(key), _) => Some(key.clone()),
                (None, Action::CreateThenDelete) => match self.aside.get(&change.address) {
                    Some(key) => Some(key.clone()),
                    None => continue,
                },
                (None, _) => None,
            };
            let (change, tools) = (change.clone(), self.tools());
            tasks.push(Box::pin(async move {
                let made = destroy(change.clone(), slot, schema, deposed, tools).await;
                (index, Done::Destroyed(Box::new(change), made))
            }) as Task<'a>);
        }
        tasks
    }

    /// Takes what a task gave. False when it failed.
    fn absorb(&mut self, done: Done) -> bool {
        let before = self.applied.diagnostics.len();
        let mut all_well = true;
        match done {
            Done::Provider(step, slot, diagnostics) => {
                self.applied.diagnostics.extend(diagnostics);
                match step {
                    Step::PriorProvider(path, name) => {
                        self.prior_slots.insert((path, name), slot);
                    }
                    Step::Config(Node::Provider(path, name)) => {
                        self.providers.put(path, name, slot)
                    }
                    _ => {}
                }
            }
            Done::Made(change, repetition, made) => {
                let well = !has_errors(&made.diagnostics);
                all_well = well;
                self.report(&change.address, made.diagnostics);
                if let Some(key) = made.deposed {
                    self.aside.insert(change.address.clone(), key);
                }
                if well {
                    match change.action {
                        Action::Update => self.applied.counts.change += 1,
                        _ => self.applied.counts.add += 1,
                    }
                    self.postconditions(&change.address, &repetition, &made.value);
                    self.set_value(&change.address, made.value);
                } else if change.action == Action::CreateThenDelete {
                    self.unmade.insert(change.address.clone());
                }
            }
            Done::Read(change, repetition, schema, value, diagnostics) => {
                let well = !has_errors(&diagnostics);
                all_well = well;
                self.report(&change.address, diagnostics);
                if well {
                    self.postconditions(&change.address, &repetition, &value);
                    let change = ResourceChange {
                        after: value.clone(),
                        ..*change
                    };
                    keep(&change, &schema, false, &self.tools());
                    self.set_value(&change.address, value);
                }
            }
            Done::Destroyed(change, made) => {
                let well = !has_errors(&made.diagnostics);
                all_well = well;
                self.report(&change.address, made.diagnostics);
                if well {
                    match change.action {
                        Action::Forget => self.applied.counts.forget += 1,
                        _ if change.before.is_null() => {}
                        _ => self.applied.counts.destroy += 1,
                    }
                }
            }
        }
        all_well && !has_errors(&self.applied.diagnostics[before..])
    }

    /// Adds what a provider said of an object; what it said of another one in the same words (that it refuses
    /// the credentials, say) is not said again.
    fn report(&mut self, address: &Address, diagnostics: Diagnostics) {
        for problem in diagnostics {
            let told = &self.applied.diagnostics;
            let said = |d: &Diagnostic| d.summary == problem.summary && d.detail == problem.detail;
            if problem.attribute.is_some() || !told.iter().any(said) {
                let config = self.sources.config;
                let placed = crate::plan::validate::place(problem, address, config);
                self.applied.diagnostics.push(placed);
            }
        }
    }

    fn postconditions(&mut self, address: &Address, repetition: &RepetitionData, value: &Value) {
        let module = self.sources.config.module(&address.module.path());
        let Some(resource) = module.and_then(|m| m.resources.get(&address.resource)) else {
            return;
        };
        for condition in &resource.lifecycle.postconditions {
            let failed = self.evaluator.condition(
                condition,
                &address.module,
                repetition,
                Some(value),
                &mut self.applied.diagnostics,
            );
            if let Some(message) = failed {
                let problem =
                    self.evaluator
                        .failed(condition, "Resource postcondition failed", message);
                self.applied
                    .diagnostics
                    .push(problem.about(address.to_string()));
            }
        }
    }

    /// Rows of objects that have moved take their new addresses before anything else happens to them.
    fn moves(&mut self) {
        for change in &self.plan.changes {
            let Some(previous) = &change.previous_address else {
                continue;
            };
            let resource = &change.address.resource;
            let schema =
                self.providers
                    .schema(&change.provider_source, resource.mode, &resource.type_name);
            let Ok(Some(schema)) = schema else { continue };
            let moved = trunkline_state::Change::Move {
                from: trunkline_state::RowName::current(previous.to_string()),
                to: super::step::current_row(change, &schema),
            };
            self.sources.journal.batch("move", moved);
        }
    }

    /// Rows of objects that reading found gone, where everything is destroyed: no step comes to them.
    fn vanished(&self) {
        let gone = |c: &&ResourceChange| c.action == Action::NoOp && c.after.is_null();
        let destroying = self.plan.mode == PlanMode::Destroy;
        for change in self.plan.changes.iter().filter(gone).filter(|_| destroying) {
            let address = change.address.to_string();
            let key = match &change.deposed {
                Some(key) => trunkline_state::RowName::deposed(address, key.clone()),
                None => trunkline_state::RowName::current(address),
            };
            self.sources
                .journal
                .batch("refresh", trunkline_state::Change::Delete(key));
        }
    }

    /// Rows of data sources that are not wanted any more.
    fn forget_data(&mut self) {
        for address in &self.plan.dropped_data {
            let key = trunkline_state::RowName::current(address.to_string());
            self.sources
                .journal
                .batch("forget", trunkline_state::Change::Delete(key));
        }
    }

    /// The outputs: those evaluated in this run, and those of before where that did not come to pass.
    fn outputs(&mut self) {
        let root = self.evaluator.values.module(&ModuleInstance::root());
        for change in &self.plan.outputs {
            let evaluated = root.and_then(|m| m.outputs.get(&change.name));
            let value = match (self.plan.mode, change.action, evaluated) {
                (PlanMode::Destroy, ..) if has_errors(&self.applied.diagnostics) => {
                    change.before.clone()
                }
                (_, Action::Delete, _) => continue,
                (_, _, Some(value)) if value.is_wholly_known() => value.clone(),
                _ => change.before.clone(),
            };
            if !value.is_null() {
                self.applied
                    .outputs
                    .insert(change.name.clone(), (value, change.sensitive));
            }
        }
        let outputs: Vec<Output> = self
            .applied
            .outputs
            .iter()
            .map(|(name, (value, sensitive))| encode_output(name, value, *sensitive))
            .collect();
        let ticket = self
            .sources
            .journal
            .writer
            .set_outputs(outputs, trunkline_state::Durability::Batched);
        drop(ticket);
    }
}

/// How the instances of a resource are told apart.
fn each_of(config: &Config, address: &ConfigAddress) -> Each {
    let module = config.module(&address.module);
    match module
        .and_then(|m| m.resources.get(&address.resource))
        .map(|r| &r.repetition)
    {
        Some(Repetition::Count(_)) => Each::Count,
        Some(Repetition::ForEach(_)) => Each::ForEach,
        _ => Each::Single,
    }
}
