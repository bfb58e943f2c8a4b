//! Moves: what `moved` blocks, and `count` that came or went, say about where objects of the state are now.
//!
//! Pure: from the configuration and the prior state to the prior state at its new addresses. Nothing is planned here;
//! [`super::moves_check`] says which statements contradict the configuration or each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::Diagnostic;

use super::prior::{PriorInstances, PriorState};
use crate::address::{
    Address, ConfigAddress, InstanceKey, Mode, ModuleInstance, ModulePath, Resource, Target,
};
use crate::config::{Config, Moved, Repetition};
use crate::graph::dag::{Dag, Index};
use crate::lookup::Lookup;
use crate::product;

/// A statement that objects have moved, with the module that makes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The module of the block; what it says holds in every instance of it.
    pub module: ModulePath,
    /// From where to where, relative to that module.
    pub moved: Moved,
    /// Made by no block, but by `count` that came or went.
    pub implied: bool,
}

/// What a statement moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All instances of a module call, each keeping its key.
    Call,
    /// One instance of a module.
    Module,
    /// All instances of a resource, each keeping its key.
    Resource,
    /// One instance of a resource.
    Instance,
}

impl Statement {
    /// What the statement moves: whole resources and calls where neither side has a key.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match (&self.moved.from, &self.moved.to) {
            (Target::Module(from), Target::Module(to)) => {
                let key = |m: &ModuleInstance| m.0.last().map(|(_, key)| key.clone());
                match (key(from), key(to)) {
                    (Some(InstanceKey::None), Some(InstanceKey::None)) => Scope::Call,
                    _ => Scope::Module,
                }
            }
            (Target::Instance(from), Target::Instance(to)) => match (&from.key, &to.key) {
                (InstanceKey::None, InstanceKey::None) => Scope::Resource,
                _ => Scope::Instance,
            },
            // Reading the block refuses such pairs.
            _ => Scope::Instance,
        }
    }

    /// Where the statement takes a module instance; `None` where it does not speak of it.
    fn destination_of_module(&self, at: &ModuleInstance) -> Option<ModuleInstance> {
        let (Target::Module(from), Target::Module(to)) = (&self.moved.from, &self.moved.to) else {
            return None;
        };
        let own = self.module.0.len();
        let whole = self.scope() == Scope::Call;
        let rest = at.0.get(own..)?;
        let (inside, below) = (rest.get(..from.0.len())?, rest.get(from.0.len()..)?);
        let last = from.0.len().checked_sub(1)?;
        let speaks = self.holds_in(at)
            && inside.iter().zip(from.0.iter()).enumerate().all(
                |(i, ((name, key), (from_name, from_key)))| {
                    name == from_name && (key == from_key || whole && i == last)
                },
            );
        if !speaks {
            return None;
        }
        let mut path: Vec<(Arc<str>, InstanceKey)> = at.0[..own].to_vec();
        path.extend(to.0.iter().cloned());
        if let (true, Some(moved)) = (whole, path.last_mut()) {
            moved.1 = inside[last].1.clone();
        }
        path.extend(below.iter().cloned());
        Some(ModuleInstance(path.into()))
    }

    /// Where the statement takes an instance of a resource; `None` where it does not speak of it.
    fn destination(&self, at: &Address) -> Option<Address> {
        let (Target::Instance(from), Target::Instance(to)) = (&self.moved.from, &self.moved.to)
        else {
            return None;
        };
        let own = self.module.0.len();
        let whole = self.scope() == Scope::Resource;
        let speaks = self.holds_in(&at.module)
            && at.module.0.get(own..)? == &from.module.0[..]
            && at.resource == from.resource
            && (whole || at.key == from.key);
        speaks.then(|| {
            Address::new(
                self.within(&at.module, &to.module),
                to.resource.clone(),
                if whole {
                    at.key.clone()
                } else {
                    to.key.clone()
                },
            )
        })
    }

    /// `relative`, seen from the instance of the statement's module that holds `at`.
    fn within(&self, at: &ModuleInstance, relative: &ModuleInstance) -> ModuleInstance {
        let own = at.0.iter().take(self.module.0.len());
        ModuleInstance(own.chain(relative.0.iter()).cloned().collect())
    }

    /// Whether `at` lies in an instance of the statement's module.
    fn holds_in(&self, at: &ModuleInstance) -> bool {
        self.module.0.len() <= at.0.len()
            && self
                .module
                .0
                .iter()
                .zip(at.0.iter())
                .all(|(name, (found, _))| name == found)
    }

    /// The configuration's path of one side: modules and, unless it is a module, the resource.
    fn path_of(&self, side: &Target) -> (ModulePath, Option<Resource>) {
        let (module, resource) = match side {
            Target::Module(m) => (m, None),
            Target::Instance(a) => (&a.module, Some(a.resource.clone())),
        };
        let names = module.0.iter().map(|(name, _)| name);
        (
            ModulePath(self.module.0.iter().chain(names).cloned().collect()),
            resource,
        )
    }

    fn pattern<'s>(&'s self, side: &'s Target) -> Pattern<'s> {
        let (module, resource) = match side {
            Target::Module(m) => (m, None),
            Target::Instance(a) => (&a.module, Some(a)),
        };
        let mut steps: Vec<(&str, Option<&InstanceKey>)> =
            self.module.0.iter().map(|name| (&**name, None)).collect();
        steps.extend(module.0.iter().map(|(name, key)| (&**name, Some(key))));
        if let (Scope::Call, Some(last)) = (self.scope(), steps.last_mut()) {
            last.1 = None;
        }
        let key = |a: &'s Address| (self.scope() != Scope::Resource).then_some(&a.key);
        Pattern {
            steps,
            resource: resource.map(|a| (&a.resource, key(a))),
        }
    }
}

/// The addresses that one side of a statement covers. A key that is not given stands for every key.
struct Pattern<'s> {
    steps: Vec<(&'s str, Option<&'s InstanceKey>)>,
    resource: Option<(&'s Resource, Option<&'s InstanceKey>)>,
}

impl Pattern<'_> {
    /// Whether both may cover the same object.
    fn meets(&self, other: &Pattern<'_>) -> bool {
        let resources = match (&self.resource, &other.resource) {
            (None, None) => true,
            (Some((a, a_key)), Some((b, b_key))) => a == b && same_key(*a_key, *b_key),
            _ => false,
        };
        resources && self.steps.len() == other.steps.len() && self.begins_with(other)
    }

    /// Whether this lies inside the module that `other` is.
    fn is_within(&self, other: &Pattern<'_>) -> bool {
        let deeper = self.steps.len() > other.steps.len() || self.resource.is_some();
        other.resource.is_none() && deeper && self.begins_with(other)
    }

    fn begins_with(&self, other: &Pattern<'_>) -> bool {
        self.steps.len() >= other.steps.len()
            && self
                .steps
                .iter()
                .zip(&other.steps)
                .all(|((a, a_key), (b, b_key))| a == b && same_key(*a_key, *b_key))
    }
}

fn same_key(a: Option<&InstanceKey>, b: Option<&InstanceKey>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

/// What the moves of a configuration did to a prior state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moves {
    /// From where to where instances went, in an order in which rows can be renamed one after another.
    pub rows: Vec<(Address, Address)>,
    /// Where the object at an address was before.
    pub previous: BTreeMap<Address, Address>,
    /// Moves that another object at the destination prevented, by what should have moved.
    pub blocked: BTreeMap<String, String>,
    /// Statements in circles; nothing was moved then.
    pub circles: Vec<Vec<Statement>>,
    /// Every statement that a block makes, callers before what they call.
    pub written: Vec<Statement>,
}

impl Moves {
    /// The warning about moves that were prevented, if there are any.
    #[must_use]
    pub fn warning(&self) -> Option<Diagnostic> {
        if self.blocked.is_empty() {
            return None;
        }
        let lines: String = self
            .blocked
            .iter()
            .map(|(from, to)| format!("\n  - {from} could not move to {to}"))
            .collect();
        let (product, command) = (product::name(), product::command());
        Some(Diagnostic::warning(
            "Unresolved resource instance address changes",
            format!(
                "{product} tried to adjust resource instance addresses in the prior state based on change information recorded in the configuration, but some adjustments did not succeed due to existing objects already at the intended addresses:{lines}\n\n{product} has planned to destroy these objects. If {product}'s proposed changes aren't appropriate, you must first resolve the conflicts using the \"{command} state\" subcommands and then create a new plan."
            ),
        ))
    }

    /// The error for moves that a plan limited to targets would leave out, if it would.
    #[must_use]
    pub fn excluded(&self, targeted: impl Fn(&Address) -> bool) -> Option<Diagnostic> {
        let mut left_out: Vec<&Address> = self
            .previous
            .iter()
            .flat_map(|(to, from)| [to, from])
            .filter(|a| !targeted(a))
            .collect();
        left_out.sort();
        left_out.dedup();
        if left_out.is_empty() {
            return None;
        }
        let lines: String = left_out
            .iter()
            .map(|a| format!("\n  -target={}", crate::address::quoted(&a.to_string())))
            .collect();
        let product = product::name();
        Some(Diagnostic::error(
            "Moved resource instances excluded by targeting",
            format!(
                "Resource instances in your current state have moved to new addresses in the latest configuration. {product} must include those resource instances while planning in order to ensure a correct result, but your -target=... options do not fully cover all of those resource instances.\n\nTo create a valid plan, either remove your -target=... options altogether or add the following additional target options:{lines}\n\nNote that adding these options may include further additional resource instances in your plan, in order to respect object dependencies."
            ),
        ))
    }
}

/// Every statement that the blocks of a configuration make, callers before what they call.
#[must_use]
pub fn statements(config: &Config) -> Vec<Statement> {
    let modules = config.modules().into_iter();
    let blocks = modules.flat_map(|m| m.moved.iter().map(|moved| (m.path.clone(), moved.clone())));
    blocks
        .map(|(module, moved)| Statement {
            module,
            moved,
            implied: false,
        })
        .collect()
}

/// Moves the objects of a prior state to where the configuration says that they are now.
#[must_use]
pub fn apply(config: &Config, prior: &mut PriorState) -> Moves {
    let written = statements(config);
    let mut all = written.clone();
    all.extend(implied(config, prior, &written));
    let mut moves = Moves {
        written,
        ..Moves::default()
    };
    let order = match order(&all) {
        Ok(order) => order,
        Err(circles) => {
            moves.circles = circles;
            return moves;
        }
    };
    let mut mover = Mover {
        prior,
        origin: BTreeMap::new(),
        blocked: BTreeMap::new(),
    };
    for index in order {
        let statement = &all[index];
        match statement.scope() {
            Scope::Call | Scope::Module => mover.modules(statement),
            Scope::Resource => mover.resources(statement),
            Scope::Instance => mover.instances(statement),
        }
    }
    moves.rows = in_order(&mover.origin);
    moves.blocked = mover.blocked;
    moves.previous = mover.origin;
    moves
}

/// `count` that came or went moves the object without a key to the key 0, or back, unless a block speaks of the
/// resource.
fn implied(config: &Config, prior: &PriorState, written: &[Statement]) -> Vec<Statement> {
    let spoken: crate::lookup::Known<ConfigAddress> = written
        .iter()
        .flat_map(|s| [s.path_of(&s.moved.from), s.path_of(&s.moved.to)])
        .filter_map(|(module, resource)| Some(ConfigAddress::new(module, resource?)))
        .collect();
    let mut found = Vec::new();
    for (resource, instances) in &prior.resources {
        let declared = config
            .module(&resource.module)
            .and_then(|m| m.resources.get(&resource.resource));
        let Some(declared) = declared.filter(|_| !spoken.contains(resource)) else {
            continue;
        };
        let (from, to) = match declared.meta.repetition {
            Repetition::Count(_) => (InstanceKey::None, InstanceKey::Int(0)),
            Repetition::Single => (InstanceKey::Int(0), InstanceKey::None),
            Repetition::ForEach(_) => continue,
        };
        for address in instances.keys().filter(|a| a.key == from) {
            let at = |key: &InstanceKey| Target::Instance(address.with_key(key.clone()));
            found.push(Statement {
                module: ModulePath::root(),
                moved: Moved {
                    from: at(&from),
                    to: at(&to),
                    span: declared.span,
                },
                implied: true,
            });
        }
    }
    found
}

/// The order in which statements take effect: what moves something to where another takes it from comes first.
fn order(statements: &[Statement]) -> Result<Vec<usize>, Vec<Vec<Statement>>> {
    let mut dag: Dag<usize> = Dag::default();
    let nodes: Vec<Index> = (0..statements.len()).map(|i| dag.add(i)).collect();
    let mut by_path: Lookup<(ModulePath, Option<Resource>), Vec<usize>> = Lookup::default();
    for (i, statement) in statements.iter().enumerate() {
        for side in [&statement.moved.from, &statement.moved.to] {
            let path = statement.path_of(side);
            by_path.entry(path).or_default().push(i);
        }
    }
    for (i, statement) in statements.iter().enumerate() {
        for side in [&statement.moved.from, &statement.moved.to] {
            let (module, resource) = statement.path_of(side);
            let mut paths = vec![(module.clone(), resource)];
            paths.extend(
                (1..=module.0.len())
                    .map(|n| (ModulePath(module.0.iter().take(n).cloned().collect()), None)),
            );
            for other in paths.iter().filter_map(|p| by_path.get(p)).flatten() {
                if *other == i {
                    continue;
                }
                if waits(statement, &statements[*other]) {
                    dag.depend(nodes[i], nodes[*other]);
                }
                if waits(&statements[*other], statement) {
                    dag.depend(nodes[*other], nodes[i]);
                }
            }
        }
    }
    let circles = dag.cycles();
    if !circles.is_empty() {
        let told = |circle: &Vec<Index>| {
            let members = circle.iter().map(|i| statements[*dag.node(*i)].clone());
            members.collect()
        };
        return Err(circles.iter().map(told).collect());
    }
    let sorted = dag.ancestors_in_order(&nodes);
    Ok(sorted.into_iter().map(|i| *dag.node(i)).collect())
}

/// Whether `statement` takes effect only after `first`.
fn waits(statement: &Statement, first: &Statement) -> bool {
    let (from, to) = (
        statement.pattern(&statement.moved.from),
        statement.pattern(&statement.moved.to),
    );
    let (first_from, first_to) = (
        first.pattern(&first.moved.from),
        first.pattern(&first.moved.to),
    );
    from.meets(&first_to)
        || from.is_within(&first_to)
        || to.is_within(&first_to)
        || first_from.is_within(&from)
        || first_to.is_within(&from)
}

struct Mover<'p> {
    prior: &'p mut PriorState,
    /// Where the object at an address was at first.
    origin: BTreeMap<Address, Address>,
    blocked: BTreeMap<String, String>,
}

impl Mover<'_> {
    /// Moves whole instances of modules with all that is in them.
    fn modules(&mut self, statement: &Statement) {
        let (path, _) = statement.path_of(&statement.moved.from);
        let mut inside: BTreeMap<ModuleInstance, Vec<Address>> = BTreeMap::new();
        for (_, instances) in below(self.prior, &path) {
            for address in instances.keys() {
                let found = inside.entry(address.module.clone()).or_default();
                found.push(address.clone());
            }
        }
        for (module, addresses) in inside {
            let Some(to) = statement.destination_of_module(&module) else {
                continue;
            };
            if to == module {
                continue;
            }
            if self.has_module(&to) {
                self.blocked.insert(module.to_string(), to.to_string());
                continue;
            }
            for address in addresses {
                let new = address.with_module(to.clone());
                self.one(&address, new);
            }
        }
    }

    fn has_module(&self, module: &ModuleInstance) -> bool {
        below(self.prior, &module.path())
            .take_while(|(resource, _)| resource.module == module.path())
            .any(|(_, instances)| instances.keys().any(|a| a.module == *module))
    }

    /// The instances of the resource that a statement takes objects from.
    fn sources(&self, statement: &Statement) -> Vec<(Address, Address)> {
        let (module, Some(resource)) = statement.path_of(&statement.moved.from) else {
            return Vec::new();
        };
        let found = self
            .prior
            .resources
            .get(&ConfigAddress::new(module, resource));
        let addresses = found.into_iter().flat_map(|instances| instances.keys());
        addresses
            .filter_map(|a| Some((a.clone(), statement.destination(a)?)))
            .collect()
    }

    /// Moves all instances of a resource, or none of a module instance where the other resource has any.
    fn resources(&mut self, statement: &Statement) {
        let mut by_module: BTreeMap<ModuleInstance, Vec<(Address, Address)>> = BTreeMap::new();
        for (from, to) in self.sources(statement) {
            let found = by_module.entry(from.module.clone()).or_default();
            found.push((from, to));
        }
        for pairs in by_module.into_values() {
            let Some((from, to)) = pairs.first() else {
                continue;
            };
            let there = self.prior.resources.get(to.config());
            if there.is_some_and(|i| i.keys().any(|a| a.module == to.module)) {
                let whole = |a: &Address| a.with_key(InstanceKey::None).to_string();
                self.blocked.insert(whole(from), whole(to));
                continue;
            }
            for (from, to) in pairs {
                self.one(&from, to);
            }
        }
    }

    /// Moves single instances, one in each instance of the statement's module.
    fn instances(&mut self, statement: &Statement) {
        for (from, to) in self.sources(statement) {
            let there = self.prior.resources.get(to.config());
            if there.is_some_and(|instances| instances.contains(&to)) {
                self.blocked.insert(from.to_string(), to.to_string());
                continue;
            }
            self.one(&from, to);
        }
    }

    fn one(&mut self, from: &Address, to: Address) {
        let config = from.config();
        let Some(instances) = self.prior.resources.get_mut(config) else {
            return;
        };
        let Some(instance) = instances.remove(from) else {
            return;
        };
        if instances.is_empty() {
            self.prior.resources.remove(config);
        }
        let there = self.prior.resources.entry(to.config().clone()).or_default();
        *there.instance(to.clone()) = instance;
        let origin = self.origin.remove(from).unwrap_or_else(|| from.clone());
        if origin != to {
            self.origin.insert(to, origin);
        }
    }
}

/// The resources of the state in the module at `path` and in what it calls.
fn below<'p>(
    prior: &'p PriorState,
    path: &'p ModulePath,
) -> impl Iterator<Item = (&'p ConfigAddress, &'p PriorInstances)> {
    let first = ConfigAddress::new(path.clone(), Resource::new(Mode::Data, "", ""));
    prior
        .resources
        .range(first..)
        .take_while(move |(resource, _)| resource.module.0.starts_with(&path.0))
}

/// Pairs of origin and destination in an order in which each destination is free when its turn comes.
fn in_order(origin: &BTreeMap<Address, Address>) -> Vec<(Address, Address)> {
    let mut left: BTreeMap<&Address, &Address> =
        origin.iter().map(|(to, from)| (from, to)).collect();
    let mut rows = Vec::with_capacity(left.len());
    for from in origin.values() {
        let mut chain = Vec::new();
        let mut next = from;
        while let Some(to) = left.remove(next) {
            chain.push((next.clone(), to.clone()));
            next = to;
        }
        rows.extend(chain.into_iter().rev());
    }
    rows
}
