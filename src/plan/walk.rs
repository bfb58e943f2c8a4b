//! Making a plan: the walk over the graph that turns configuration, prior state and provider answers into a
//! [`Plan`].
//!
//! The order of things: evaluate a node; where it is a resource, plan its instances side by side (at most
//! `parallelism` calls at once); when all are planned, let what depends on it begin. Nothing is changed
//! anywhere, except that operations an earlier process left open are settled first, through [`Settle`].

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use trunkline_api::diagnostic::has_errors;
use trunkline_api::{BoxFuture, Diagnostic, Diagnostics, Marks, Schema, Value};
use trunkline_state::{Intent, Row};

use super::evaluate::{Evaluator, Purpose};
use super::instance::{self, Configured, Input, Outcome, Wanted, marks_of, prevented};
use super::model::{Action, OutputChange, Plan, PlanMode, Reason, ResourceChange};
use super::prior::{PriorInstance, PriorState, decode_row};
use super::providers::{Providers, Slot, configure};
use super::scope::Surroundings;
use super::triggers;
use super::values::{Each, Instances, RepetitionData};
use crate::address::{
    Address, ConfigAddress, InstanceKey, Mode, ModuleInstance, ModulePath, Resource, Target,
};
use crate::config::{Config, Module, ProviderName, Repetition, ResourceConfig};
use crate::event::Listener;
use crate::graph::build::{ConfigGraph, Node};
use crate::graph::dag::Index;
use crate::graph::queue::ReadyQueue;
use crate::lang::ast::Traversal;
use crate::lang::functions::FunctionContext;

/// What is asked of a plan.
#[derive(Clone, Debug)]
pub struct Options {
    /// What it is for.
    pub mode: PlanMode,
    /// Read objects again before planning.
    pub refresh: bool,
    /// Limit the plan to these and what they depend on; empty for no limit.
    pub targets: Vec<Target>,
    /// Replace these, whatever the values.
    pub replace: Vec<Address>,
    /// Most provider calls at once; at least 1.
    pub parallelism: usize,
}

/// Everything that a plan is made from.
pub struct Sources<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Its graph.
    pub graph: &'a ConfigGraph,
    /// Values given for root variables.
    pub variables: BTreeMap<Arc<str>, Value>,
    /// `path` and `terraform`
    pub surroundings: Surroundings,
    /// Makes the context of function calls for a module.
    pub functions: &'a dyn Fn(&Module) -> FunctionContext,
    /// The time of the plan, RFC 3339.
    pub timestamp: String,
    /// Who hears what happens.
    pub listener: Arc<dyn Listener>,
    /// Settles operations that an earlier process left open; without it they are only warned about.
    pub settle: Option<&'a dyn Settle>,
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
    /// The ids that rows of the type claim, and those of other open operations.
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
    /// Problems, warnings included. The plan is `errored` when any is an error.
    pub diagnostics: Diagnostics,
    /// The providers, configured as far as their configuration is known.
    pub providers: Providers<'r>,
}

enum Done {
    Provider(ModulePath, ProviderName, Slot, Diagnostics),
    Instance(Address, RepetitionData, Box<Outcome>),
    Data(Address, RepetitionData, Box<DataRead>),
}

struct DataRead {
    slot: Slot,
    before: Value,
    version: u64,
    state: Value,
    diagnostics: Diagnostics,
}

type Task<'a> = BoxFuture<'a, (Index, Done)>;

struct Walk<'a, 'r> {
    sources: Sources<'a>,
    options: Options,
    evaluator: Evaluator<'a>,
    prior: PriorState,
    providers: Providers<'r>,
    plan: Plan,
    diagnostics: Diagnostics,
    /// Managed resources of which an instance will change.
    pending: BTreeSet<ConfigAddress>,
    /// Where the changes of a resource are in the plan.
    changes_of: HashMap<ConfigAddress, Vec<usize>>,
    wanted: Option<BTreeSet<Index>>,
    each_of: HashMap<(ModuleInstance, Resource), Each>,
}

/// Makes a plan.
pub async fn plan<'a, 'r>(
    sources: Sources<'a>,
    prior: PriorState,
    providers: Providers<'r>,
    options: Options,
) -> Planned<'r> {
    let evaluator = Evaluator::new(
        sources.config,
        Purpose::Run,
        sources.surroundings.clone(),
        sources.variables.clone(),
        sources.functions,
    );
    let plan = Plan {
        mode: options.mode,
        changes: Vec::new(),
        drift: Vec::new(),
        outputs: Vec::new(),
        variables: BTreeMap::new(),
        timestamp: sources.timestamp.clone(),
        targets: Vec::new(),
        errored: false,
    };
    let mut walk = Walk {
        evaluator,
        prior,
        providers,
        plan,
        diagnostics: Vec::new(),
        pending: BTreeSet::new(),
        changes_of: HashMap::new(),
        wanted: None,
        each_of: HashMap::new(),
        sources,
        options,
    };
    walk.choose_wanted();
    walk.run().await;
    walk.finish()
}

impl<'a, 'r> Walk<'a, 'r> {
    /// Which nodes take part: all, those that targets need, or those that a destroy needs.
    fn choose_wanted(&mut self) {
        let graph = self.sources.graph;
        let targeted = |address: &ConfigAddress| {
            self.options.targets.is_empty()
                || self.options.targets.iter().any(|t| match t {
                    Target::Instance(a) => a.config() == *address,
                    Target::Module(m) => address.module.0.starts_with(&m.path().0),
                })
        };
        if self.options.mode != PlanMode::Destroy && self.options.targets.is_empty() {
            return;
        }
        let roots: Vec<Index> = graph
            .dag
            .indices()
            .filter(|i| match graph.dag.node(*i) {
                Node::Resource(address) => targeted(address),
                _ => false,
            })
            .collect();
        let mut wanted: BTreeSet<Index> = BTreeSet::new();
        if self.options.mode == PlanMode::Destroy {
            // What depends on a target goes too, and each needs its provider's configuration only.
            let mut stack = roots;
            while let Some(index) = stack.pop() {
                if wanted.insert(index) {
                    stack.extend(graph.dag.dependents(index));
                }
            }
            wanted.retain(|i| matches!(graph.dag.node(*i), Node::Resource(a) if self.prior.resources.contains_key(a)));
            let providers: Vec<Index> = wanted
                .iter()
                .filter_map(|i| match graph.dag.node(*i) {
                    Node::Resource(a) => {
                        let (module, name) = graph.providers.get(a)?.clone();
                        graph.index.get(&Node::Provider(module, name)).copied()
                    }
                    _ => None,
                })
                .collect();
            wanted.extend(graph.dag.ancestors_in_order(&providers));
        } else {
            wanted.extend(graph.dag.ancestors_in_order(&roots));
        }
        self.wanted = Some(wanted);
    }

    async fn run(&mut self) {
        let graph = self.sources.graph;
        let mut queue = ReadyQueue::new(&graph.dag);
        let mut waiting: VecDeque<Task<'a>> = VecDeque::new();
        let mut running: FuturesUnordered<Task<'a>> = FuturesUnordered::new();
        // Per node with tasks: how many are left, and whether all went well so far.
        let mut open: HashMap<Index, (usize, bool)> = HashMap::new();
        loop {
            while let Some(index) = queue.next() {
                if self.wanted.as_ref().is_some_and(|w| !w.contains(&index)) {
                    queue.finish(index, true);
                    continue;
                }
                let before = self.diagnostics.len();
                let tasks = self.start(index).await;
                let well = !has_errors(&self.diagnostics[before..]);
                if tasks.is_empty() {
                    let well = well & self.close(index);
                    queue.finish(index, well);
                } else {
                    open.insert(index, (tasks.len(), well));
                    waiting.extend(tasks);
                }
            }
            while running.len() < self.options.parallelism.max(1) {
                let Some(task) = waiting.pop_front() else {
                    break;
                };
                running.push(task);
            }
            let Some((index, done)) = running.next().await else {
                break;
            };
            let well = self.absorb(index, done);
            if let Some((left, all_well)) = open.get_mut(&index) {
                *left -= 1;
                *all_well &= well;
                if *left == 0 {
                    let well = *all_well & self.close(index);
                    open.remove(&index);
                    queue.finish(index, well);
                }
            }
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
        }
        Vec::new()
    }

    fn provider(&mut self, index: Index, path: &ModulePath, name: &ProviderName) -> Vec<Task<'a>> {
        let config = self.sources.config;
        let opened = self.providers.open(config, path, name);
        let slot = match opened {
            Ok(slot) => slot,
            Err(problem) => {
                self.diagnostics.push(problem);
                return Vec::new();
            }
        };
        let schema = slot.instance.schema().provider.block.clone();
        let before = self.diagnostics.len();
        let value = self
            .evaluator
            .provider_config(path, name, &schema, &mut self.diagnostics);
        if has_errors(&self.diagnostics[before..]) {
            return Vec::new();
        }
        let value = value.unmark_deep().0;
        let span = config
            .module(path)
            .and_then(|m| m.providers.get(name))
            .map(|p| p.span);
        for mut problem in slot.instance.validate_provider(&value) {
            if problem.span.is_none() {
                problem.span = span.map(|s| config.sources.span(s));
            }
            self.diagnostics.push(problem);
        }
        if has_errors(&self.diagnostics[before..]) {
            return Vec::new();
        }
        if !value.is_wholly_known() {
            self.providers.put(path.clone(), name.clone(), slot);
            return Vec::new();
        }
        let request = self.providers.configure_request(value);
        let (path, name) = (path.clone(), name.clone());
        vec![Box::pin(async move {
            let (slot, diagnostics) = configure(slot, request).await;
            (index, Done::Provider(path, name, slot, diagnostics))
        })]
    }

    /// The slot of the provider that serves a resource, and the schema of its type.
    fn serving(&mut self, address: &ConfigAddress) -> Option<(Slot, Arc<Schema>)> {
        let key = self.sources.graph.providers.get(address)?;
        let slot = self.providers.get(key)?.clone();
        let resource = &address.resource;
        match self
            .providers
            .schema(&slot.source, resource.mode, &resource.type_name)
        {
            Ok(Some(schema)) => Some((slot, schema)),
            Ok(None) => {
                self.diagnostics
                    .push(unsupported(self.sources.config, address, &slot));
                None
            }
            Err(problem) => {
                self.diagnostics.push(problem);
                None
            }
        }
    }

    async fn resource(&mut self, index: Index, address: &ConfigAddress) -> Vec<Task<'a>> {
        let Some((slot, schema)) = self.serving(address) else {
            return Vec::new();
        };
        let mut prior = self
            .prior
            .resources
            .get(address)
            .cloned()
            .unwrap_or_default();
        if prior.values().any(|p| !p.intents.is_empty())
            && !self.settle(&slot, &schema, &mut prior).await
        {
            return Vec::new();
        }
        let config = self.sources.config;
        let written = config
            .module(&address.module)
            .and_then(|m| m.resources.get(&address.resource));
        let mut tasks = Vec::new();
        match written {
            Some(resource) if self.options.mode != PlanMode::Destroy => {
                let expansions = self
                    .evaluator
                    .resource_instances(address, &mut self.diagnostics);
                for (module, expansion) in expansions {
                    self.begin_resource(&module, &address.resource, expansion.each);
                    for (key, repetition) in &expansion.instances {
                        let instance = Address {
                            module: module.clone(),
                            resource: address.resource.clone(),
                            key: key.clone(),
                        };
                        let found = prior.remove(&instance).unwrap_or_default();
                        if !self.targets_instance(&instance) {
                            self.keep_value(&instance, &found, &slot, &schema);
                            continue;
                        }
                        let context = InstanceContext {
                            index,
                            instance,
                            slot: slot.clone(),
                            schema: schema.clone(),
                            repetition: repetition.clone(),
                            resource,
                        };
                        self.deposed(&context, &found, &mut tasks);
                        match address.resource.mode {
                            Mode::Managed => tasks.extend(self.managed(context, &found)),
                            Mode::Data => tasks.extend(self.data(context, &found)),
                        }
                    }
                }
            }
            Some(resource) => {
                for instance in prior.keys() {
                    let each = match resource.repetition {
                        Repetition::Single => Each::Single,
                        Repetition::Count(_) => Each::Count,
                        Repetition::ForEach(_) => Each::ForEach,
                    };
                    self.begin_resource(&instance.module, &address.resource, each);
                }
            }
            None => {}
        }
        for (instance, found) in prior {
            if self.targets_instance(&instance) {
                tasks.extend(self.gone(index, instance, &found, &slot, &schema, written));
            }
        }
        tasks
    }

    fn begin_resource(&mut self, module: &ModuleInstance, resource: &Resource, each: Each) {
        let key = (module.clone(), resource.clone());
        if self.each_of.insert(key, each).is_none() {
            let values = self.evaluator.values.module_mut(module);
            values
                .resources
                .insert(resource.clone(), Instances::new(each));
        }
    }

    fn targets_instance(&self, instance: &Address) -> bool {
        if self.options.targets.is_empty() || self.options.mode == PlanMode::Destroy {
            return true;
        }
        // What a target only depends on is planned whole.
        let named = self.options.targets.iter().filter_map(|t| match t {
            Target::Instance(a) if a.config() == instance.config() => Some(a),
            _ => None,
        });
        let mut named = named.peekable();
        named.peek().is_none() || named.any(|a| a.key == InstanceKey::None || a == instance)
    }

    /// Leaves an instance that is not targeted as the state has it.
    fn keep_value(
        &mut self,
        instance: &Address,
        found: &PriorInstance,
        slot: &Slot,
        schema: &Schema,
    ) {
        let Some(row) = &found.current else { return };
        match decode_row(row, schema, slot.instance.as_ref()) {
            Ok(object) => self.set_value(instance, object.value),
            Err(problem) => self.diagnostics.push(problem),
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

    /// Settles what earlier processes left open. False when that failed.
    async fn settle(
        &mut self,
        slot: &Slot,
        schema: &Arc<Schema>,
        prior: &mut BTreeMap<Address, PriorInstance>,
    ) -> bool {
        let before = self.diagnostics.len();
        for (address, found) in prior.iter_mut() {
            for (deposed, intent) in std::mem::take(&mut found.intents) {
                let (Some(settle), true) = (self.sources.settle, slot.configured) else {
                    self.diagnostics.push(Diagnostic::warning(
                        "Unfinished operation",
                        format!("An earlier process ended while it was about to {} {address}, and what became of it is not known yet. The next apply finds out.", intent.operation.action),
                    ).about(address.to_string()));
                    continue;
                };
                let row = match deposed.as_str() {
                    "" => found.current.clone(),
                    key => found.deposed.get(key).cloned(),
                };
                let claimed = claimed_ids(&self.prior, &address.resource.type_name, &intent);
                let unsettled = Unsettled {
                    address: address.clone(),
                    intent,
                    slot: slot.clone(),
                    schema: schema.clone(),
                    row,
                    claimed,
                };
                match settle.settle(unsettled).await {
                    Ok((row, problems)) => {
                        self.diagnostics.extend(problems);
                        match deposed.as_str() {
                            "" => found.current = row,
                            key => match row {
                                Some(row) => {
                                    found.deposed.insert(key.to_owned(), row);
                                }
                                None => {
                                    found.deposed.remove(key);
                                }
                            },
                        }
                    }
                    Err(problems) => self.diagnostics.extend(problems),
                }
            }
        }
        !has_errors(&self.diagnostics[before..])
    }

    fn decode(
        &mut self,
        found: &PriorInstance,
        slot: &Slot,
        schema: &Schema,
    ) -> Result<Option<super::prior::PriorObject>, ()> {
        let Some(row) = &found.current else {
            return Ok(None);
        };
        match decode_row(row, schema, slot.instance.as_ref()) {
            Ok(object) => Ok(Some(object)),
            Err(problem) => {
                self.diagnostics.push(problem);
                Err(())
            }
        }
    }

    fn dependencies(&self, address: &ConfigAddress) -> Arc<[String]> {
        let found = self.sources.graph.dependencies.get(address);
        found.map_or_else(
            || Arc::from([]),
            |d| d.iter().map(ToString::to_string).collect(),
        )
    }

    fn managed(&mut self, context: InstanceContext<'a>, found: &PriorInstance) -> Option<Task<'a>> {
        let InstanceContext {
            index,
            instance,
            slot,
            schema,
            repetition,
            resource,
        } = context;
        let prior = self.decode(found, &slot, &schema).ok()?;
        let before = self.diagnostics.len();
        let address = instance.config();
        for condition in &resource.lifecycle.preconditions {
            let failed = self.evaluator.condition(
                condition,
                &instance.module,
                &repetition,
                None,
                &mut self.diagnostics,
            );
            if let Some(message) = failed {
                let problem =
                    self.evaluator
                        .failed(condition, "Resource precondition failed", message);
                self.diagnostics.push(problem.about(instance.to_string()));
            }
        }
        let config = self.evaluator.resource_config(
            &address,
            &instance.module,
            &repetition,
            &schema.block,
            &mut self.diagnostics,
        );
        let force_replace = self.force_replace(&instance, &repetition, resource);
        if has_errors(&self.diagnostics[before..]) {
            return None;
        }
        let marks = marks_of(&config);
        let config = config.unmark_deep().0;
        self.validate(&instance, &slot, resource, &config, before);
        if has_errors(&self.diagnostics[before..]) {
            return None;
        }
        let create_before_destroy = self.sources.graph.create_before_destroy.contains(&address);
        let input = Input {
            dependencies: self.dependencies(&address),
            address: instance,
            deposed: None,
            slot,
            schema,
            prior,
            wanted: Wanted::Configured(Configured {
                config,
                marks,
                ignore: instance::ignored(&resource.lifecycle.ignore_changes),
                force_replace,
                prevent_destroy: resource.lifecycle.prevent_destroy,
            }),
            refresh: self.options.refresh,
            mode: self.options.mode,
            create_before_destroy,
        };
        Some(self.task(index, input, repetition))
    }

    fn task(&self, index: Index, input: Input, repetition: RepetitionData) -> Task<'a> {
        let listener = self.sources.listener.clone();
        Box::pin(async move {
            let address = input.address.clone();
            let outcome = instance::plan(input, listener).await;
            (
                index,
                Done::Instance(address, repetition, Box::new(outcome)),
            )
        })
    }

    /// Offline checks of one object, with the places of what they find.
    fn validate(
        &mut self,
        instance: &Address,
        slot: &Slot,
        resource: &ResourceConfig,
        config: &Value,
        before: usize,
    ) {
        let problems = super::validate::check(
            instance,
            slot.instance.as_ref(),
            resource,
            config,
            &self.sources.config.sources,
        );
        // A problem that every instance of a resource has is said once.
        for problem in problems {
            let said = |d: &Diagnostic| {
                d.summary == problem.summary && d.detail == problem.detail && d.span == problem.span
            };
            if problem.is_error() || !self.diagnostics[..before].iter().rev().take(50).any(said) {
                self.diagnostics.push(problem);
            }
        }
    }

    fn force_replace(
        &mut self,
        instance: &Address,
        repetition: &RepetitionData,
        resource: &ResourceConfig,
    ) -> Option<Reason> {
        if self.options.replace.contains(instance) {
            return Some(Reason::Requested);
        }
        for trigger in &resource.lifecycle.replace_triggered_by {
            let context = triggers::Context {
                evaluator: &self.evaluator,
                instance,
                repetition,
                changes: &self.plan.changes,
                changes_of: &self.changes_of,
            };
            match triggers::fires(trigger, &context, &mut self.diagnostics) {
                true => return Some(Reason::Triggered),
                false => continue,
            }
        }
        None
    }

    fn data(&mut self, context: InstanceContext<'a>, found: &PriorInstance) -> Option<Task<'a>> {
        let InstanceContext {
            index,
            instance,
            slot,
            schema,
            repetition,
            resource,
        } = context;
        let prior = self.decode(found, &slot, &schema).ok()?;
        let before = self.diagnostics.len();
        for condition in &resource.lifecycle.preconditions {
            let failed = self.evaluator.condition(
                condition,
                &instance.module,
                &repetition,
                None,
                &mut self.diagnostics,
            );
            if let Some(message) = failed {
                let problem =
                    self.evaluator
                        .failed(condition, "Resource precondition failed", message);
                self.diagnostics.push(problem.about(instance.to_string()));
            }
        }
        let address = instance.config();
        let config = self.evaluator.resource_config(
            &address,
            &instance.module,
            &repetition,
            &schema.block,
            &mut self.diagnostics,
        );
        if has_errors(&self.diagnostics[before..]) {
            return None;
        }
        let plain = config.clone().unmark_deep().0;
        self.validate(&instance, &slot, resource, &plain, before);
        if has_errors(&self.diagnostics[before..]) {
            return None;
        }
        let version = prior.as_ref().map_or(0, |p| p.version);
        let old = prior.map_or_else(
            || trunkline_api::coerce::null_object(&schema.block),
            |p| p.value,
        );
        if self.options.mode == PlanMode::RefreshOnly && !plain.is_wholly_known() {
            self.set_value(&instance, old);
            return None;
        }
        let reason = if !plain.is_wholly_known() || !slot.configured {
            Some(Reason::ConfigUnknown)
        } else if self.waits_for_changes(&instance, resource) {
            Some(Reason::DependencyPending)
        } else {
            None
        };
        if let Some(reason) = reason {
            let after = trunkline_api::objchange::unknown_computed(&schema.block, &plain);
            let after = super::prior::mark_paths(&after, &marks_of(&config));
            let after = trunkline_api::coerce::apply_sensitive_marks(&after, &schema.block);
            self.set_value(&instance, after.clone());
            let mut change = self.read_change(&instance, &slot, old, after, version);
            change.action = Action::Read;
            change.reason = Some(reason);
            self.add_change(change);
            return None;
        }
        let listener = self.sources.listener.clone();
        Some(Box::pin(async move {
            let read = instance::read_data(
                instance.clone(),
                slot.instance.clone(),
                schema,
                config,
                listener,
            );
            let (state, diagnostics) = read.await;
            let done = DataRead {
                slot,
                before: old,
                version,
                state,
                diagnostics,
            };
            (index, Done::Data(instance, repetition, Box::new(done)))
        }))
    }

    fn read_change(
        &self,
        instance: &Address,
        slot: &Slot,
        before: Value,
        after: Value,
        version: u64,
    ) -> ResourceChange {
        ResourceChange {
            address: instance.clone(),
            deposed: None,
            previous_address: None,
            provider_source: slot.source.clone(),
            provider: slot.address.clone(),
            action: Action::NoOp,
            reason: None,
            refreshed: !before.same(&after) || version == 0,
            before,
            after,
            replace_paths: Vec::new(),
            notes: Vec::new(),
            private: Arc::from([]),
            importing: None,
            row_version: version,
            create_before_destroy: false,
            dependencies: self.dependencies(&instance.config()),
        }
    }

    /// Whether something that `depends_on` names (here or on a calling module) has pending changes.
    fn waits_for_changes(&self, instance: &Address, resource: &ResourceConfig) -> bool {
        let mut module = instance.module.path();
        if self.names_pending(&module, &resource.depends_on) {
            return true;
        }
        while let Some((parent, call)) = module.parent() {
            let call = self
                .sources
                .config
                .module(&parent)
                .and_then(|m| m.calls.get(&call));
            if call.is_some_and(|c| self.names_pending(&parent, &c.depends_on)) {
                return true;
            }
            module = parent;
        }
        false
    }

    fn names_pending(&self, module: &ModulePath, references: &[Traversal]) -> bool {
        use crate::config::reference::{Subject, parse};
        references.iter().any(
            |t| match parse(t, &self.sources.config.sources).map(|r| r.subject) {
                Ok(Subject::Resource(resource)) => self.pending.contains(&ConfigAddress {
                    module: module.clone(),
                    resource,
                }),
                Ok(Subject::Module(name, ..)) => {
                    let inside = module.child(&name);
                    self.pending
                        .iter()
                        .any(|a| a.module.0.starts_with(&inside.0))
                }
                _ => false,
            },
        )
    }

    /// An instance that is in the state and not wanted any more.
    fn gone(
        &mut self,
        index: Index,
        instance: Address,
        found: &PriorInstance,
        slot: &Slot,
        schema: &Arc<Schema>,
        written: Option<&'a ResourceConfig>,
    ) -> Vec<Task<'a>> {
        let mut tasks = Vec::new();
        let prior = match self.decode(found, slot, schema) {
            Ok(prior) => prior,
            Err(()) => return tasks,
        };
        if let Some(resource) = written {
            let context = InstanceContext {
                index,
                instance: instance.clone(),
                slot: slot.clone(),
                schema: schema.clone(),
                repetition: RepetitionData::default(),
                resource,
            };
            self.deposed(&context, found, &mut tasks);
        } else {
            self.deposed_objects(index, &instance, slot, schema, found, &mut tasks);
        }
        let Some(prior) = prior else { return tasks };
        let mut dependencies = self.dependencies(&instance.config());
        if dependencies.is_empty() {
            dependencies = prior.dependencies.clone();
        }
        if instance.resource.mode == Mode::Data {
            if self.options.mode == PlanMode::Destroy && written.is_some() {
                self.set_value(&instance, prior.value.clone());
            }
            let none = trunkline_api::coerce::null_object(&schema.block);
            let mut change =
                self.read_change(&instance, slot, prior.value.clone(), none, prior.version);
            change.action = Action::Delete;
            self.add_change(change);
            return tasks;
        }
        let reason = if self.options.mode == PlanMode::Destroy {
            if written.is_some_and(|r| r.lifecycle.prevent_destroy) {
                self.diagnostics.push(prevented(&instance));
                return tasks;
            }
            None
        } else {
            if written.is_some_and(|r| r.lifecycle.prevent_destroy) {
                self.diagnostics.push(prevented(&instance));
                return tasks;
            }
            Some(reason_gone(
                self.sources.config,
                &instance,
                written,
                &self.evaluator,
            ))
        };
        let input = Input {
            dependencies,
            address: instance,
            deposed: None,
            slot: slot.clone(),
            schema: schema.clone(),
            create_before_destroy: prior.create_before_destroy,
            prior: Some(prior),
            wanted: Wanted::Gone(reason),
            refresh: self.options.refresh,
            mode: self.options.mode,
        };
        tasks.push(self.task(index, input, RepetitionData::default()));
        tasks
    }

    fn deposed(
        &mut self,
        context: &InstanceContext<'a>,
        found: &PriorInstance,
        tasks: &mut Vec<Task<'a>>,
    ) {
        self.deposed_objects(
            context.index,
            &context.instance,
            &context.slot,
            &context.schema,
            found,
            tasks,
        );
    }

    /// Objects that a replacement left behind are destroyed.
    fn deposed_objects(
        &mut self,
        index: Index,
        instance: &Address,
        slot: &Slot,
        schema: &Arc<Schema>,
        found: &PriorInstance,
        tasks: &mut Vec<Task<'a>>,
    ) {
        for (key, row) in &found.deposed {
            let object = match decode_row(row, schema, slot.instance.as_ref()) {
                Ok(object) => object,
                Err(problem) => {
                    self.diagnostics.push(problem);
                    continue;
                }
            };
            let input = Input {
                dependencies: object.dependencies.clone(),
                address: instance.clone(),
                deposed: Some(key.clone()),
                slot: slot.clone(),
                schema: schema.clone(),
                create_before_destroy: object.create_before_destroy,
                prior: Some(object),
                wanted: Wanted::Gone(None),
                refresh: self.options.refresh,
                mode: self.options.mode,
            };
            let listener = self.sources.listener.clone();
            tasks.push(Box::pin(async move {
                let address = input.address.clone();
                let mut outcome = instance::plan(input, listener).await;
                outcome.drift = None;
                (
                    index,
                    Done::Instance(address, RepetitionData::default(), Box::new(outcome)),
                )
            }));
        }
    }

    fn add_change(&mut self, change: ResourceChange) {
        let address = change.address.config();
        if change.action != Action::NoOp && change.address.resource.mode == Mode::Managed {
            self.pending.insert(address.clone());
        }
        self.changes_of
            .entry(address)
            .or_default()
            .push(self.plan.changes.len());
        self.plan.changes.push(change);
    }

    /// Takes what a task gave. False when it failed.
    fn absorb(&mut self, _index: Index, done: Done) -> bool {
        let before = self.diagnostics.len();
        match done {
            Done::Provider(path, name, slot, problems) => {
                self.diagnostics.extend(problems);
                self.providers.put(path, name, slot);
            }
            Done::Instance(address, repetition, outcome) => {
                let outcome = *outcome;
                let placed = outcome
                    .diagnostics
                    .into_iter()
                    .map(|d| super::validate::place(d, &address, self.sources.config));
                self.diagnostics.extend(placed);
                self.plan.drift.extend(outcome.drift);
                if let Some(change) = outcome.change {
                    if change.deposed.is_none() {
                        let known = if self.options.mode == PlanMode::Destroy {
                            &change.before
                        } else {
                            &change.after
                        };
                        let known = known.clone();
                        let configured = self
                            .each_of
                            .contains_key(&(address.module.clone(), address.resource.clone()));
                        if configured
                            && (!known.is_null() || self.options.mode == PlanMode::RefreshOnly)
                        {
                            self.set_value(&address, known.clone());
                        }
                        self.postconditions(&address, &repetition, &known);
                    }
                    self.add_change(change);
                }
            }
            Done::Data(address, repetition, read) => {
                let read = *read;
                let placed = read
                    .diagnostics
                    .into_iter()
                    .map(|d| super::validate::place(d, &address, self.sources.config));
                self.diagnostics.extend(placed);
                if !has_errors(&self.diagnostics[before..]) {
                    self.set_value(&address, read.state.clone());
                    self.postconditions(&address, &repetition, &read.state);
                    let change = self.read_change(
                        &address,
                        &read.slot,
                        read.before,
                        read.state,
                        read.version,
                    );
                    self.add_change(change);
                }
            }
        }
        !has_errors(&self.diagnostics[before..])
    }

    fn postconditions(&mut self, address: &Address, repetition: &RepetitionData, value: &Value) {
        if self.options.mode == PlanMode::Destroy {
            return;
        }
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
                &mut self.diagnostics,
            );
            if let Some(message) = failed {
                let problem =
                    self.evaluator
                        .failed(condition, "Resource postcondition failed", message);
                self.diagnostics.push(problem.about(address.to_string()));
            }
        }
    }

    /// Called when all of a node is done.
    fn close(&mut self, _index: Index) -> bool {
        true
    }

    fn finish(mut self) -> Planned<'r> {
        self.plan.errored = has_errors(&self.diagnostics);
        let prior_outputs = std::mem::take(&mut self.prior.outputs);
        let root = self.evaluator.values.module(&ModuleInstance::root());
        let mut names: BTreeSet<&Arc<str>> = prior_outputs.keys().collect();
        let declared = &self.sources.config.root.outputs;
        names.extend(declared.keys());
        let null = || Value::null(trunkline_api::Type::Dynamic);
        for name in names {
            let prior = prior_outputs.get(name);
            let before = prior.map_or_else(null, |p| p.value.clone());
            let evaluated = root.and_then(|m| m.outputs.get(name));
            let after = match (self.options.mode, declared.get(name), evaluated) {
                (PlanMode::Destroy, ..) | (_, None, _) => null(),
                (_, Some(_), Some(value)) => value.clone(),
                // Not evaluated because it is not targeted, or failed: it stays.
                (_, Some(_), None) => before.clone(),
            };
            let sensitive = declared
                .get(name)
                .map_or_else(|| prior.is_some_and(|p| p.sensitive), |o| o.sensitive);
            let was_sensitive = prior.is_some_and(|p| p.sensitive);
            let action = if prior.is_none() && after.is_null() {
                continue;
            } else if prior.is_none() {
                Action::Create
            } else if after.is_null() {
                Action::Delete
            } else if before.same(&after) && sensitive == was_sensitive {
                Action::NoOp
            } else {
                Action::Update
            };
            let name = name.clone();
            let after = if sensitive {
                after.with_marks(Marks::SENSITIVE)
            } else {
                after
            };
            self.plan.outputs.push(OutputChange {
                name,
                sensitive,
                before,
                after,
                action,
            });
        }
        if let Some(root) = root {
            self.plan.variables = root
                .variables
                .iter()
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect();
        }
        self.plan
            .changes
            .sort_by(|a, b| (&a.address, &a.deposed).cmp(&(&b.address, &b.deposed)));
        self.plan.drift.sort_by(|a, b| a.address.cmp(&b.address));
        Planned {
            plan: self.plan,
            diagnostics: self.diagnostics,
            providers: self.providers,
        }
    }
}

struct InstanceContext<'a> {
    index: Index,
    instance: Address,
    slot: Slot,
    schema: Arc<Schema>,
    repetition: RepetitionData,
    resource: &'a ResourceConfig,
}

/// The ids of rows of a type, and of what its open operations are about.
fn claimed_ids(prior: &PriorState, type_name: &str, except: &Intent) -> Vec<String> {
    let mut ids: Vec<String> = prior
        .rows_of(type_name)
        .filter(|row| row.key != except.operation.key)
        .filter_map(|row| {
            let stored: serde_json::Value = serde_json::from_slice(&row.attributes).ok()?;
            Some(stored.get("attributes")?.get("id")?.as_str()?.to_owned())
        })
        .collect();
    ids.sort();
    ids
}

/// The error for a type that the provider does not have.
#[must_use]
pub fn unsupported(config: &Config, address: &ConfigAddress, slot: &Slot) -> Diagnostic {
    let written = config
        .module(&address.module)
        .and_then(|m| m.resources.get(&address.resource));
    let all = slot.instance.schema();
    let (summary, what, names): (_, _, Vec<&str>) = match address.resource.mode {
        Mode::Managed => (
            "Invalid resource type",
            "resource type",
            all.resources.keys().map(|n| &**n).collect(),
        ),
        Mode::Data => (
            "Invalid data source",
            "data source",
            all.data_sources.keys().map(|n| &**n).collect(),
        ),
    };
    let near = crate::config::block::nearest(&address.resource.type_name, &names);
    let more = near
        .map(|n| format!(" Did you mean {n:?}?"))
        .unwrap_or_default();
    let detail = format!(
        "The provider {} does not support {what} {:?}.{more}",
        slot.source, address.resource.type_name
    );
    match written {
        Some(resource) => config.sources.error(resource.span, summary, detail),
        None => Diagnostic::error(summary, detail).about(address.to_string()),
    }
}

/// Why an instance in the state is not wanted.
fn reason_gone(
    config: &Config,
    instance: &Address,
    written: Option<&ResourceConfig>,
    evaluator: &Evaluator<'_>,
) -> Reason {
    let Some(resource) = written else {
        return match config.module(&instance.module.path()) {
            Some(_) => Reason::NoResourceConfig,
            None => Reason::NoModule,
        };
    };
    if evaluator.values.module(&instance.module).is_none() {
        return Reason::NoModule;
    }
    match (&resource.repetition, &instance.key) {
        (Repetition::Count(_), InstanceKey::Int(_)) => Reason::CountIndex,
        (Repetition::ForEach(_), InstanceKey::Str(_)) => Reason::EachKey,
        _ => Reason::WrongRepetition,
    }
}
