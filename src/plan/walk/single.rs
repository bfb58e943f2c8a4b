//! Importing one object, as the `import` command does: only what its provider and its instances need is evaluated.
//!
//! It reads the object and changes nothing; the caller writes the row.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Diagnostics, Schema};

use super::{Done, Options, Sources, Walk};
use crate::address::{Address, ConfigAddress, Mode, ModuleInstance, ModulePath};
use crate::config::{ProviderName, Repetition};
use crate::graph::config_graph::Node;
use crate::graph::dag::Index;
use crate::plan::expand::Expansion;
use crate::plan::import;
use crate::plan::instance::{self, Configured, Input, Wanted, marks_of};
use crate::plan::leases::Leases;
use crate::plan::model::{PlanMode, ResourceChange};
use crate::plan::prior::PriorState;
use crate::plan::providers::{Providers, Slot};
use crate::plan::values::{Each, RepetitionData};
use crate::product;

/// An object that was read, and the schema of its type.
pub type Found = (ResourceChange, Arc<Schema>);

/// Reads the object with an id for a declared resource's instance. `None` where there are errors.
pub async fn import(
    sources: Sources<'_>,
    prior: PriorState,
    providers: Providers<'_>,
    address: &Address,
    id: &str,
) -> (Option<Found>, Diagnostics) {
    let mut walk = Walk::new(sources, prior, providers, Options::default());
    let found = walk.import_one(address, id).await;
    walk.close("The import").await;
    (found, walk.diagnostics)
}

/// Configures one provider, and nothing else. What is open for it is closed by who has done with it, except where it is not
/// configured.
pub async fn provider(
    sources: Sources<'_>,
    prior: PriorState,
    providers: Providers<'_>,
    key: &(ModulePath, ProviderName),
) -> (Option<(Slot, Leases)>, Diagnostics) {
    let Some(own) = (sources.graph).find(&Node::Provider(key.0.clone(), key.1.clone())) else {
        return (None, Vec::new());
    };
    let mut walk = Walk::new(sources, prior, providers, Options::default());
    walk.evaluate_before(own, true).await;
    let slot = walk.providers.get(key).filter(|slot| slot.configured);
    let Some(slot) = slot.cloned() else {
        walk.close("The search").await;
        return (None, walk.diagnostics);
    };
    let leases = std::mem::take(&mut walk.leases);
    (Some((slot, leases)), walk.diagnostics)
}

impl<'a, 'r> Walk<'a, 'r> {
    /// Evaluates what a node needs, taking resources as the state has them and opening ephemeral ones; and the node itself,
    /// if asked for.
    async fn evaluate_before(&mut self, own: Index, itself: bool) {
        let graph = self.sources.graph;
        for index in graph.dag.ancestors_in_order(&[own]) {
            if (index == own && !itself) || self.sources.stop.load(Ordering::SeqCst) {
                break;
            }
            match graph.dag.node(index) {
                Node::Resource(other) if other.resource.mode != Mode::Ephemeral => {
                    self.as_stored(index, other);
                }
                _ => {
                    for task in self.start(index).await {
                        let (index, done): (_, Done) = self.leases.meanwhile(task()).await;
                        self.absorb(index, done);
                    }
                }
            }
        }
    }

    async fn import_one(&mut self, address: &Address, id: &str) -> Option<Found> {
        let graph = self.sources.graph;
        let config = address.config();
        let own = graph.find_resource(config)?;
        self.evaluate_before(own, false).await;
        if has_errors(&self.diagnostics) || self.sources.stop.load(Ordering::SeqCst) {
            return None;
        }
        let (slot, schema) = self.serving(own, config)?;
        let expansions = self
            .evaluator
            .resource_instances(config, &mut self.diagnostics);
        let of_key = |(module, expansion): (ModuleInstance, Expansion)| {
            let mut instances = expansion.instances.into_iter();
            let found = instances.find(|(key, _)| *key == address.key);
            found.filter(|_| module == address.module)
        };
        let Some((_, repetition)) = expansions.into_iter().find_map(of_key) else {
            self.diagnostics.push(import::no_such_instance(address));
            return None;
        };
        let there = self
            .prior
            .resources
            .get(config)
            .and_then(|r| r.get(address));
        if there.is_some_and(|found| found.current.is_some()) {
            self.diagnostics.push(managed_already(address));
            return None;
        }
        let wanted = self.words(address, &repetition, &schema);
        let input = Input {
            dependencies: self.dependencies(config),
            address: address.clone(),
            deposed: None,
            previous: None,
            import: Some(id.to_owned()),
            slot,
            schema: schema.clone(),
            prior: None,
            adopt: None,
            wanted,
            refresh: true,
            mode: PlanMode::RefreshOnly,
            create_before_destroy: graph.creates_before_destroy(config),
        };
        let reading = instance::plan(Box::new(input), self.sources.listener.clone());
        let outcome = self.leases.meanwhile(reading).await;
        self.report(address, outcome.diagnostics);
        Some((*outcome.change?, schema))
    }

    /// The configuration of an instance, for its words alone: where it cannot be evaluated, the import does without.
    fn words(&self, address: &Address, repetition: &RepetitionData, schema: &Schema) -> Wanted {
        let mut problems = Vec::new();
        let config = self.evaluator.resource_config(
            address.config(),
            &address.module,
            repetition,
            &schema.block,
            &mut problems,
        );
        if has_errors(&problems) {
            return Wanted::Gone(None);
        }
        Wanted::Configured(Box::new(Configured {
            marks: marks_of(&config),
            config: config.unmark_deep().0,
            ignore: Some(Vec::new()),
            force_replace: None,
            prevent_destroy: None,
        }))
    }

    /// Takes the values of a resource from the state.
    fn as_stored(&mut self, index: Index, address: &ConfigAddress) {
        let Some((slot, schema)) = self.serving(index, address) else {
            return;
        };
        let module = self.sources.config.module(&address.module);
        let declared = module.and_then(|m| m.resources.get(&address.resource));
        let each = match declared.map(|r| &r.meta.repetition) {
            Some(Repetition::Count(_)) => Each::Count,
            Some(Repetition::ForEach(_)) => Each::ForEach,
            _ => Each::Single,
        };
        let stored = self.prior.resources.get(address).cloned();
        for (instance, found) in stored.unwrap_or_default() {
            self.begin_resource(index, &instance.module, &address.resource, each);
            self.keep_value(&instance, &found, &slot, &schema);
        }
    }
}

fn managed_already(address: &Address) -> Diagnostic {
    let product = product::name();
    Diagnostic::error(
        format!("Resource already managed by {product}"),
        format!(
            "{product} is already managing a remote object for {address}. To import to this address you must first remove the existing object from the state."
        ),
    )
}
