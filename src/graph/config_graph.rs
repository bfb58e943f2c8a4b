//! The graph of a configuration, with what follows from it for each resource.
//!
//! A plain store: it is built elsewhere. What a walk asks for at each node is found by the node's place, without a name.

use std::num::NonZero;
use std::sync::Arc;

use super::dag::{Dag, Index};
use crate::address::{ConfigAddress, ModulePath};
use crate::config::{Config, ProviderName, ResourceConfig};
use crate::lookup::{Known, Lookup};

/// An object of the configuration or state.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    /// An input variable.
    Variable(ModulePath, Arc<str>),
    /// A local value.
    Local(ModulePath, Arc<str>),
    /// An output.
    Output(ModulePath, Arc<str>),
    /// The call of a module: its `count` or `for_each`. Everything in the module waits for it.
    Call(ModulePath, Arc<str>),
    /// A provider configuration, where it is written (or implied, in the root).
    Provider(ModulePath, ProviderName),
    /// A resource in the configuration, the state, or both.
    Resource(ConfigAddress),
    /// The conditions of a `check` block.
    Check(ModulePath, Arc<str>),
    /// All resources outside of checks are done: data sources inside of checks are read after that.
    Checking,
}

impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let in_module = |path: &ModulePath| {
            if path.is_root() {
                String::new()
            } else {
                format!("{path}.")
            }
        };
        match self {
            Node::Variable(m, n) => write!(f, "{}var.{n}", in_module(m)),
            Node::Local(m, n) => write!(f, "{}local.{n}", in_module(m)),
            Node::Output(m, n) => write!(f, "{}output.{n}", in_module(m)),
            Node::Call(m, n) => write!(f, "{}module.{n} (expand)", in_module(m)),
            Node::Provider(m, n) => write!(f, "{}provider.{n}", in_module(m)),
            Node::Resource(a) => write!(f, "{a}"),
            Node::Check(m, n) => write!(f, "{}check.{n}", in_module(m)),
            Node::Checking => f.write_str("checks"),
        }
    }
}

/// A provider configuration: the module where it is written, and its name there.
pub type ProviderKey = (ModulePath, ProviderName);

/// The provider configuration that serves a resource.
#[derive(Clone, Debug)]
pub struct Serving {
    /// Its node.
    pub node: Index,
    /// Which it is. All that it serves share this.
    pub key: Arc<ProviderKey>,
}

/// What follows from a graph for one resource.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The provider configuration that serves it.
    pub provider: Option<Serving>,
    /// The resources it depends on, not through others, sorted.
    pub dependencies: Arc<[ConfigAddress]>,
    /// Its new object is made before the old one is destroyed: it says so, or something says so that depends on it.
    pub create_before_destroy: bool,
    /// Something in the configuration refers to it.
    pub(super) referred: bool,
    /// Which of the resources of its module it is, counted from 1, if it is declared.
    pub(super) declared: Option<NonZero<u32>>,
}

/// The graph of a configuration.
#[derive(Debug, Default)]
pub struct ConfigGraph {
    /// The graph.
    pub dag: Dag<Node>,
    /// All nodes, each after those that it waits for. Nothing where there are cycles.
    pub order: Vec<Index>,
    /// Where the resources are, and where everything else is.
    pub(super) resources: Lookup<ConfigAddress, Index>,
    pub(super) others: Lookup<Node, Index>,
    /// By the place of the node; those of what is no resource say nothing.
    pub(super) facts: Vec<Facts>,
    /// The provider configurations that serve something.
    pub(super) serving: Known<Index>,
    /// Values are asked for from outside of the configuration, as by a console: any of them may be.
    pub asked: bool,
}

impl ConfigGraph {
    /// Where a node is.
    #[must_use]
    pub fn find(&self, node: &Node) -> Option<Index> {
        match node {
            Node::Resource(address) => self.find_resource(address),
            other => self.others.get(other).copied(),
        }
    }

    /// Where a resource is.
    #[must_use]
    pub fn find_resource(&self, address: &ConfigAddress) -> Option<Index> {
        self.resources.get(address).copied()
    }

    /// What follows for the resource at `index`.
    #[must_use]
    pub fn at(&self, index: Index) -> &Facts {
        &self.facts[index.index()]
    }

    /// The resource at `index` as it is declared in `config`, of which this is the graph; nothing where it is not.
    #[must_use]
    pub fn declared<'c>(&self, config: &'c Config, index: Index) -> Option<&'c ResourceConfig> {
        let Node::Resource(address) = self.dag.node(index) else {
            return None;
        };
        let module = config.module(&address.module)?;
        let place = self.at(index).declared?.get() as usize - 1;
        let (_, written) = module.resources.get_index(place)?;
        debug_assert_eq!(written.address, *address);
        Some(written)
    }

    /// What follows for a resource, if it is here.
    #[must_use]
    pub fn of(&self, resource: &ConfigAddress) -> Option<&Facts> {
        self.find_resource(resource).map(|index| self.at(index))
    }

    /// The provider configuration that serves a resource.
    #[must_use]
    pub fn provider(&self, resource: &ConfigAddress) -> Option<&Serving> {
        self.of(resource)?.provider.as_ref()
    }

    /// Whether the new object of a resource is made before the old one is destroyed.
    #[must_use]
    pub fn creates_before_destroy(&self, resource: &ConfigAddress) -> bool {
        self.of(resource).is_some_and(|f| f.create_before_destroy)
    }

    /// Whether anything asks for the value of the resource at `index`. Where nothing does, none needs to be kept.
    #[must_use]
    pub fn is_asked_for(&self, index: Index) -> bool {
        self.asked || self.at(index).referred
    }

    /// Whether the provider configuration at `index` serves any resource.
    #[must_use]
    pub fn serves(&self, index: Index) -> bool {
        self.serving.contains(&index)
    }

    /// The resources with what follows for each, in the order of adding.
    pub fn resources(&self) -> impl Iterator<Item = (&ConfigAddress, &Facts)> {
        self.dag.indices().filter_map(|i| match self.dag.node(i) {
            Node::Resource(address) => Some((address, self.at(i))),
            _ => None,
        })
    }
}
