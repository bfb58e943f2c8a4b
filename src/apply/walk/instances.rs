//! The tasks that make, change, read and destroy the instances of a resource.
//!
//! It hands over to [`crate::apply::step`]; what came of a task is taken in [`super::done`].

use std::cell::Cell;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Schema, Value};

use trunkline_state::Change;

use super::changes::Subject;
use super::{Done, Task, Walk};
use crate::address::{Address, ConfigAddress, InstanceKey, Mode, ModuleInstance};
use crate::apply::order::{When, destroys};
use crate::apply::step::destroy::destroy;
use crate::apply::step::make::make;
use crate::apply::step::{current_row, keep};
use crate::config::ResourceConfig;
use crate::event::Event;
use crate::graph::dag::Index;
use crate::plan::checks::{CheckInstance, CheckStatus, Checkable};
use crate::plan::expand::Expansion;
use crate::plan::instance;
use crate::plan::values::{Instances, RepetitionData};
use crate::plan::{Action, PlanMode, ResourceChange};

/// The instances of a resource in each instance of its module, in the order of their addresses, with what each may refer
/// to as its own.
pub(super) struct Repetitions {
    all: Vec<(ModuleInstance, Expansion)>,
    /// Where the last one was found.
    last: Cell<usize>,
}

impl Repetitions {
    fn of(mut all: Vec<(ModuleInstance, Expansion)>) -> Repetitions {
        all.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (_, expansion) in &mut all {
            let instances = &mut expansion.instances;
            instances.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        }
        let last = Cell::new(0);
        Repetitions { all, last }
    }

    /// The place of a module's instance. They are asked for in their order as a rule.
    fn place(&self, module: &ModuleInstance) -> Option<usize> {
        let last = self.last.get();
        let is_at = |at: &usize| self.all.get(*at).is_some_and(|(found, _)| found == module);
        let at = match [last, last + 1].into_iter().find(is_at) {
            Some(near) => near,
            None => self.all.binary_search_by(|(m, _)| m.cmp(module)).ok()?,
        };
        self.last.set(at);
        Some(at)
    }

    fn get(&self, instance: &Address) -> Option<&RepetitionData> {
        let instances = &self.all[self.place(&instance.module)?].1.instances;
        let key = |(key, _): &(InstanceKey, _)| key.cmp(&instance.key);
        Some(&instances[instances.binary_search_by(key).ok()?].1)
    }
}

impl IntoIterator for Repetitions {
    type Item = (ModuleInstance, InstanceKey, RepetitionData);
    type IntoIter = Box<dyn Iterator<Item = Self::Item>>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.all.into_iter().flat_map(|(module, expansion)| {
            let instances = expansion.instances.into_iter();
            instances.map(move |(key, repetition)| (module.clone(), key, repetition))
        }))
    }
}

impl<'a> Walk<'a, '_> {
    /// Makes, changes and reads the instances of a resource.
    pub(super) fn resource(&mut self, index: Index, address: &ConfigAddress) {
        let graph = self.sources.graph;
        let at = self.about[index.index()];
        let declared = self.declared(index);
        let diagnostics = &mut self.applied.diagnostics;
        let expand = |written| self.evaluator.instances_of(written, address, diagnostics);
        let expansions = declared.map_or_else(Vec::new, expand);
        let asked_for = at.is_some_and(|at| graph.is_asked_for(at));
        for (module, expansion) in &expansions {
            if asked_for {
                let values = self.evaluator.values.module_mut(module);
                let instances = Instances::new(expansion.each);
                values.resources.insert(address.resource.clone(), instances);
            }
            if self.evaluator.checks.is_empty() {
                continue;
            }
            let keys = expansion.instances.iter().map(|(key, _)| CheckInstance {
                module: module.clone(),
                key: key.clone(),
            });
            let checked = Checkable::Resource(address.clone());
            self.evaluator.checks.expand(&checked, keys);
        }
        let repetitions = Repetitions::of(expansions);
        if address.resource.mode == Mode::Ephemeral {
            return self.open(index, address, repetitions);
        }
        let mut next = at.and_then(|at| self.changes.first(at));
        while let Some(place) = next {
            let (change, after) = self.changes.at(place);
            next = after;
            if change.deposed.is_some() {
                continue;
            }
            self.import(index, change);
            match change.action {
                Action::NoOp => {
                    if !change.after.is_null()
                        && let Some(repetition) = repetitions.get(&change.address)
                    {
                        self.set_value(&change.address, change.after.clone());
                        self.still_holds(change, repetition);
                    }
                    if change.refreshed
                        && let Some((_, schema)) = self.serving(index, false)
                    {
                        keep(change, &change.after, &schema, &self.tools);
                    }
                }
                Action::Read => {
                    let task = self.read(index, change, &repetitions);
                    self.waiting.extend(task);
                }
                Action::Create | Action::Update => {
                    let subject = Subject::whole(place, change);
                    let task = self.make(index, subject, &repetitions);
                    self.waiting.extend(task);
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
                    let subject = Subject::half(place, change, created);
                    let task = self.make(index, subject, &repetitions);
                    self.waiting.extend(task);
                }
                Action::Delete | Action::Forget => {}
            }
        }
    }

    /// Takes over an object that is imported, before anything else is done to it.
    pub(super) fn import(&mut self, index: Index, change: &ResourceChange) {
        let Some(id) = &change.details.importing else {
            return;
        };
        if !self.imported.insert(change.address.clone()) {
            return;
        }
        let Some((_, schema)) = self.serving(index, false) else {
            return;
        };
        let (address, id) = (change.address.clone(), id.clone());
        let listener = self.sources.listener.clone();
        listener.event(Event::ImportStart {
            address: address.clone(),
            id: id.clone(),
        });
        let row = Change::Put(current_row(change, &schema));
        self.sources.journal.batch("import", row);
        listener.event(Event::ImportComplete { address, id });
        self.applied.counts.import += 1;
    }

    /// The conditions of an object that does not change: what they refer to may have changed.
    fn still_holds(&mut self, change: &ResourceChange, repetition: &RepetitionData) {
        let address = &change.address;
        if let Some(check) = self.check_of(address) {
            let status = match change.after.is_wholly_known() {
                true => CheckStatus::Pass,
                false => CheckStatus::Fail,
            };
            self.evaluator.report_data(address, check, status, None);
        }
        let diagnostics = &mut self.applied.diagnostics;
        let go_on = self
            .evaluator
            .preconditions(address, repetition, diagnostics);
        if go_on {
            self.evaluator
                .postconditions(address, repetition, &change.after, diagnostics);
        }
    }

    /// The resource that a step is about, as it is declared.
    fn declared(&self, index: Index) -> Option<&'a ResourceConfig> {
        let about = self.about[index.index()]?;
        self.sources.graph.declared(self.sources.config, about)
    }

    /// The configuration of an instance of the resource that a step is about.
    pub(super) fn config_of(
        &mut self,
        index: Index,
        instance: &Address,
        repetition: &RepetitionData,
        schema: &Schema,
    ) -> Option<Value> {
        let before = self.applied.diagnostics.len();
        let go_on =
            self.evaluator
                .preconditions(instance, repetition, &mut self.applied.diagnostics);
        if !go_on {
            return None;
        }
        let config = match self.declared(index) {
            Some(written) => self.evaluator.config_of(
                written,
                &instance.resource,
                &instance.module,
                repetition,
                &schema.block,
                &mut self.applied.diagnostics,
            ),
            None => Value::unknown(schema.block.implied_type()),
        };
        (!has_errors(&self.applied.diagnostics[before..])).then_some(config)
    }

    pub(super) fn make(
        &mut self,
        index: Index,
        change: Subject<'a>,
        repetitions: &Repetitions,
    ) -> Option<Task<'a>> {
        let (slot, schema) = self.serving(index, false)?;
        if !slot.configured {
            self.unconfigured(&change.address, &slot);
            return None;
        }
        let repetition = repetitions
            .get(&change.address)
            .cloned()
            .unwrap_or_default();
        let mut config = self.config_of(index, &change.address, &repetition, &schema)?;
        if change.action == Action::Update {
            config = self.with_ignored(&change, config);
        }
        let tools = self.tools.clone();
        let provisioned = self.provisions(&change);
        Some(Box::new(move || {
            Box::pin(async move {
                let made = make(&change, &slot, schema, config, provisioned, &tools).await;
                (index, Done::Made(change, repetition, made))
            })
        }))
    }

    /// The configuration with the prior values of what `ignore_changes` names.
    pub(super) fn with_ignored(&self, change: &ResourceChange, config: Value) -> Value {
        let module = self.sources.config.module(&change.address.module.path());
        let resource = module.and_then(|m| m.resources.get(&change.address.resource));
        let ignore = resource.map(|r| instance::ignored(&r.meta.lifecycle.ignore_changes));
        match ignore {
            Some(paths) => instance::ignoring(&config, &change.before, paths.as_deref()),
            None => config,
        }
    }

    pub(super) fn read(
        &mut self,
        index: Index,
        change: &'a ResourceChange,
        repetitions: &Repetitions,
    ) -> Option<Task<'a>> {
        let (slot, schema) = self.serving(index, false)?;
        // Where nothing is made, what a data source or its provider needs may be missing: it stays as it is.
        let refreshing = self.plan.mode == PlanMode::RefreshOnly;
        if !slot.configured {
            match refreshing {
                true => self.set_value(&change.address, change.after.clone()),
                false => self.unconfigured(&change.address, &slot),
            }
            return None;
        }
        let repetition = repetitions
            .get(&change.address)
            .cloned()
            .unwrap_or_default();
        let config = self.config_of(index, &change.address, &repetition, &schema)?;
        if refreshing && !config.is_wholly_known() {
            self.set_value(&change.address, change.after.clone());
            return None;
        }
        let listener = self.sources.listener.clone();
        let provider = slot.serving(&change.address);
        Some(Box::new(move || {
            Box::pin(async move {
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
                    Done::Read(change, repetition, schema, value, diagnostics),
                )
            })
        }))
    }

    pub(super) fn destroy(&mut self, index: Index, when: When) {
        let changes = self.changes(index);
        let changes: Vec<_> = changes.filter(|(_, c)| destroys(c) == Some(when)).collect();
        for (place, change) in changes {
            if self.unmade.contains(&change.address) {
                continue;
            }
            let Some((slot, schema)) = self.serving(index, true) else {
                continue;
            };
            let calls = change.action != Action::Forget && !change.before.is_null();
            if !slot.configured && calls {
                self.unconfigured(&change.address, &slot);
                continue;
            }
            self.import(index, change);
            let deposed = match (&change.deposed, change.action) {
                (Some(key), _) => Some(key.clone()),
                (None, Action::CreateThenDelete) => match self.aside.get(&change.address) {
                    Some(key) => Some(key.clone()),
                    None => continue,
                },
                (None, _) => None,
            };
            if self.provisions_destroy(change, deposed.as_ref()) {
                let task = self.before_destroy(index, place, change, slot, schema);
                self.waiting.push_back(task);
                continue;
            }
            let tools = self.tools.clone();
            self.waiting.push_back(Box::new(move || {
                Box::pin(async move {
                    let made = destroy(change, &slot, schema, deposed, &tools).await;
                    (index, Done::Destroyed(Subject::whole(place, change), made))
                })
            }));
        }
    }
}
