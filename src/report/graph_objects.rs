//! The objects of the state, and what a plan does with each, as nodes of the graph of an operation.
//!
//! Objects go after what depended on them has gone or changed, by the dependencies that the state has: an object that
//! is replaced before it is destroyed goes after what was changed to use the new one. The configuration's nodes are
//! [`super::graph_operation`]'s to draw.

use std::collections::{BTreeMap, BTreeSet};

use super::graph_dot::Shape;
use super::graph_sketch::Sketch;
use crate::address::{Address, ConfigAddress, Mode};
use crate::graph::config_graph::ConfigGraph;
use crate::plan::prior::{PriorState, dependencies};
use crate::plan::{Action, Plan};

/// An object that the state has.
#[derive(Clone, Debug)]
pub struct Object {
    /// The instance.
    pub address: Address,
    /// Its key, where it is deposed.
    pub deposed: Option<String>,
    /// The provider configuration, as rows say it.
    pub provider: String,
    /// What it was made from.
    pub dependencies: BTreeSet<ConfigAddress>,
    /// Its replacement is created first.
    pub create_before_destroy: bool,
}

/// What the state has, as far as graphs show it.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Objects by address, deposed ones after the current one.
    pub objects: Vec<Object>,
    /// Root outputs.
    pub outputs: BTreeSet<String>,
}

impl Standing {
    /// What `prior` has; with a plan under the addresses that it moves things to.
    #[must_use]
    pub fn of(prior: &PriorState, plan: Option<&Plan>) -> Standing {
        let mut at: BTreeMap<Address, Vec<Object>> = BTreeMap::new();
        for (address, instance) in prior.resources.values().flat_map(|i| i.iter()) {
            let rows = instance.rows();
            let objects = rows.map(|row| Object {
                address: address.clone(),
                deposed: row.key.deposed.clone(),
                provider: row.provider.to_string(),
                dependencies: dependencies(row),
                create_before_destroy: row.create_before_destroy,
            });
            at.insert(address.clone(), objects.collect());
        }
        for (from, to) in plan.into_iter().flat_map(|p| &p.moves) {
            let moved = at.remove(from).unwrap_or_default();
            let moved = moved.into_iter().map(|object| Object {
                address: to.clone(),
                ..object
            });
            at.entry(to.clone()).or_default().extend(moved);
        }
        // What a plan imports it has read, as if it had been there.
        for change in plan.into_iter().flat_map(|p| &p.changes) {
            if change.details.importing.is_some() {
                at.entry(change.address.clone()).or_default().push(Object {
                    address: change.address.clone(),
                    deposed: None,
                    provider: change.provider.to_string(),
                    dependencies: BTreeSet::new(),
                    create_before_destroy: false,
                });
            }
        }
        for address in plan.into_iter().flat_map(|p| &p.dropped_data) {
            at.remove(address);
        }
        let mut objects: Vec<Object> = at.into_values().flatten().collect();
        objects.sort_by(|a, b| (&a.address, &a.deposed).cmp(&(&b.address, &b.deposed)));
        Standing {
            objects,
            outputs: prior.outputs.keys().map(ToString::to_string).collect(),
        }
    }

    fn find(&self, address: &Address, deposed: Option<&String>) -> Option<&Object> {
        let wanted = (address, deposed);
        let found = self
            .objects
            .binary_search_by(|o| (&o.address, o.deposed.as_ref()).cmp(&wanted));
        found.ok().map(|index| &self.objects[index])
    }

    /// Pairs of resources of which the first has deposed objects made from deposed objects of the second.
    #[must_use]
    pub fn deposed_pairs(&self) -> BTreeSet<(ConfigAddress, ConfigAddress)> {
        let deposed = || self.objects.iter().filter(|o| o.deposed.is_some());
        let resources: BTreeSet<ConfigAddress> =
            deposed().map(|o| o.address.config().clone()).collect();
        let mut pairs = BTreeSet::new();
        for object in deposed() {
            let known = object.dependencies.iter().filter(|d| resources.contains(d));
            pairs.extend(known.map(|d| (d.clone(), object.address.config().clone())));
        }
        pairs
    }
}

/// A node that something happens to an object at.
struct Doing {
    name: String,
    address: Address,
    dependencies: BTreeSet<ConfigAddress>,
    /// It goes after what now uses its replacement.
    late: bool,
}

/// Nodes of objects, collected before their edges are drawn.
#[derive(Default)]
pub struct Objects {
    makers: Vec<Doing>,
    enders: Vec<Doing>,
    /// Nodes by the provider configuration that serves them, as rows say it.
    pub served: BTreeMap<String, BTreeSet<String>>,
    /// Of each resource, the nodes at which its instances become what others refer to.
    pub instances: BTreeMap<ConfigAddress, Vec<String>>,
}

impl Objects {
    fn draw(&mut self, sketch: &mut Sketch, name: &str, address: &Address, provider: &str) {
        let label = address.config().to_string();
        sketch.namesake(name, (label, Shape::Box));
        let served = self.served.entry(provider.to_owned()).or_default();
        served.insert(name.to_owned());
    }

    fn ends(&mut self, name: String, object: Option<&Object>, address: &Address, late: bool) {
        self.enders.push(Doing {
            name,
            address: address.clone(),
            dependencies: object.map(|o| o.dependencies.clone()).unwrap_or_default(),
            late,
        });
    }

    /// What planning looks at that the configuration does not have: `declared` tells which resources it has.
    pub fn left(
        &mut self,
        sketch: &mut Sketch,
        standing: &Standing,
        declared: impl Fn(&ConfigAddress) -> bool,
    ) {
        for object in &standing.objects {
            let name = match &object.deposed {
                Some(key) => format!("{} (deposed {key})", object.address),
                None if declared(object.address.config()) => continue,
                None => format!("{} (orphan)", object.address),
            };
            if object.address.resource.mode == Mode::Data {
                // It is dropped, for which nobody has to be asked.
                let label = object.address.config().to_string();
                sketch.node(&name, Some((label, Shape::Box)));
                continue;
            }
            self.draw(sketch, &name, &object.address, &object.provider);
            if object.deposed.is_some() {
                self.ends(name, Some(object), &object.address, false);
            }
        }
    }

    /// Everything, to be destroyed: the instances of a resource go by one name, as plans to destroy are drawn.
    pub fn all(&mut self, sketch: &mut Sketch, standing: &Standing) {
        for object in &standing.objects {
            let name = match &object.deposed {
                Some(key) => format!("{} (deposed {key})", object.address),
                None => format!("{} (destroy)", object.address.config()),
            };
            self.draw(sketch, &name, &object.address, &object.provider);
            self.ends(name, Some(object), &object.address, false);
        }
    }

    /// What a plan does. `checked` tells which resources have conditions: their instances are visited even where
    /// nothing changes.
    pub fn planned(
        &mut self,
        sketch: &mut Sketch,
        standing: &Standing,
        plan: &Plan,
        graph: &ConfigGraph,
        checked: impl Fn(&ConfigAddress) -> bool,
    ) {
        // An object that is to be deposed has no key yet, and is drawn with one that no other has.
        let mut used: BTreeSet<String> = standing
            .objects
            .iter()
            .filter_map(|o| o.deposed.clone())
            .collect();
        let mut next = 0_u32;
        for change in &plan.changes {
            let address = &change.address;
            let config = address.config();
            let object = standing.find(address, change.deposed.as_ref());
            let early = change.create_before_destroy
                || object.is_some_and(|o| o.create_before_destroy)
                || graph.creates_before_destroy(config);
            let end = match (change.action, &change.deposed) {
                (Action::Delete, None) => Some((format!("{address} (destroy)"), early)),
                (Action::DeleteThenCreate, _) => Some((format!("{address} (destroy)"), false)),
                (Action::Delete, Some(key)) => {
                    Some((format!("{address} (destroy deposed {key})"), true))
                }
                (Action::CreateThenDelete, _) => {
                    let key = loop {
                        next += 1;
                        let key = format!("{next:08x}");
                        if used.insert(key.clone()) {
                            break key;
                        }
                    };
                    Some((format!("{address} (destroy deposed {key})"), true))
                }
                (Action::Forget, None) => Some((format!("{address} (forget)"), early)),
                (Action::Forget, Some(key)) => {
                    Some((format!("{address} (forget deposed {key})"), true))
                }
                _ => None,
            };
            if let Some((name, late)) = end {
                self.draw(sketch, &name, address, &change.provider);
                self.ends(name, object, address, late);
            }
            let made = match change.action {
                Action::Delete | Action::Forget => false,
                Action::NoOp => change.deposed.is_none() && checked(config),
                _ => true,
            };
            if made {
                let name = address.to_string();
                self.draw(sketch, &name, address, &change.provider);
                self.instances
                    .entry(config.clone())
                    .or_default()
                    .push(name.clone());
                if address.resource.mode == Mode::Managed && change.action != Action::NoOp {
                    self.makers.push(Doing {
                        name,
                        address: address.clone(),
                        dependencies: object.map(|o| o.dependencies.clone()).unwrap_or_default(),
                        late: false,
                    });
                }
            }
        }
    }

    /// Draws what goes before what.
    pub fn order(&self, sketch: &mut Sketch) {
        let enders = by_resource(&self.enders);
        let makers = by_resource(&self.makers);
        let own = self.makers.iter().map(|m| (&m.address, m));
        let by_address: BTreeMap<&Address, &Doing> = own.collect();
        for end in &self.enders {
            for dependency in &end.dependencies {
                let others = enders.get(dependency).into_iter().flatten();
                for other in others.filter(|o| together(o, end)) {
                    sketch.edge(&other.name, &end.name);
                }
                let others = makers.get(dependency).into_iter().flatten();
                for maker in others.filter(|m| together(m, end)) {
                    between(sketch, maker, end);
                }
            }
            if let Some(maker) = by_address.get(&end.address) {
                between(sketch, maker, end);
            }
        }
        for maker in &self.makers {
            for dependency in &maker.dependencies {
                let ends = enders.get(dependency).into_iter().flatten();
                for end in ends.filter(|e| together(e, maker)) {
                    between(sketch, maker, end);
                }
            }
        }
    }
}

/// What is made waits for what ends; what ends late waits for it.
fn between(sketch: &mut Sketch, maker: &Doing, end: &Doing) {
    match end.late {
        true => sketch.edge(&end.name, &maker.name),
        false => sketch.edge(&maker.name, &end.name),
    }
}

fn by_resource(all: &[Doing]) -> BTreeMap<ConfigAddress, Vec<&Doing>> {
    let mut found: BTreeMap<ConfigAddress, Vec<&Doing>> = BTreeMap::new();
    for doing in all {
        found
            .entry(doing.address.config().clone())
            .or_default()
            .push(doing);
    }
    found
}

/// Whether two instances can have to do with each other: those of different instances of one module cannot.
fn together(a: &Doing, b: &Doing) -> bool {
    let (a, b) = (&a.address.module, &b.address.module);
    a == b || a.path() != b.path()
}
