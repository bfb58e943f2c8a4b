//! The provider instances of a run: one for each provider configuration.
//!
//! It creates and configures them; which providers there are is the registry's to say.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use trunkline_api::provider::{ConfigureRequest, World};
use trunkline_api::{Diagnostic, Diagnostics, Provider, Schema, Type, Value};

use crate::address::{Address, ConfigAddress, Mode, ModulePath, Resource};
use crate::config::{Config, ProviderName};
use crate::graph::config_graph::ProviderKey;
use crate::lookup::Lookup;

/// Which providers there are.
pub trait Registry: Send + Sync {
    /// A new, unconfigured provider by its source address, if there is such a provider.
    fn create(&self, source: &str) -> Option<Arc<dyn Provider>>;
    /// The source addresses of all of them, sorted.
    fn sources(&self) -> Vec<String>;
    /// The source address that a local name means without `required_providers`.
    fn default_source(&self, local: &str) -> String;
    /// A new provider for the configuration `name` of the root module; tests put mocks there.
    fn create_for(&self, source: &str, name: &ProviderName) -> Option<Arc<dyn Provider>> {
        let _ = name;
        self.create(source)
    }
    /// What stands in for single objects, if anything does.
    fn stand_ins(&self) -> Option<Arc<dyn StandIns>> {
        None
    }
    /// The full form of a source address as written, or what is wrong with it.
    fn full_source(&self, written: &str) -> Result<String, String>;
}

/// Providers that serve single objects instead of those that the configuration names, as the overrides of tests do.
pub trait StandIns: Send + Sync {
    /// The provider to ask about the object at `address` instead of `provider`.
    fn instead(&self, address: &Address, provider: &Arc<dyn Provider>)
    -> Option<Arc<dyn Provider>>;
}

/// A provider configuration's instance. Shared: each object has the one that serves it.
#[derive(Clone)]
pub struct Slot(Arc<SlotParts>);

impl Deref for Slot {
    type Target = SlotParts;

    fn deref(&self) -> &SlotParts {
        &self.0
    }
}

/// What a [`Slot`] consists of.
#[derive(Clone)]
pub struct SlotParts {
    /// The provider's source address.
    pub source: Arc<str>,
    /// The configuration as state rows say it, e.g. `provider["…"].alias`.
    pub address: Arc<str>,
    /// The instance.
    pub instance: Arc<dyn Provider>,
    /// Whether it has been configured; it has not when its configuration is not known yet.
    pub configured: bool,
    /// What it was configured with; null before.
    pub config: Value,
    /// What stands in for single objects.
    pub stand_ins: Option<Arc<dyn StandIns>>,
}

impl Slot {
    /// The provider that serves the object at `address`.
    #[must_use]
    pub fn serving(&self, address: &Address) -> Arc<dyn Provider> {
        let instead = self.stand_ins.as_ref();
        instead
            .and_then(|s| s.instead(address, &self.instance))
            .unwrap_or_else(|| self.instance.clone())
    }
}

/// Schemas by type name.
type ByType = Lookup<Arc<str>, Arc<Schema>>;

/// The providers of a run.
pub struct Providers<'r> {
    registry: &'r dyn Registry,
    world: World,
    /// Per source, the environment variables that the provider may read.
    environment: BTreeMap<String, String>,
    /// Schemas that were asked for, by source, mode and type: one of each, shared.
    schemas: Lookup<Arc<str>, BTreeMap<Mode, ByType>>,
    /// Unconfigured instances, for schemas and offline work.
    plain: Lookup<Arc<str>, Arc<dyn Provider>>,
    slots: Lookup<ProviderKey, Slot>,
    /// Who serves what, as last asked for: resources of a type follow each other.
    last: Option<(Arc<ProviderKey>, Mode, Arc<str>, Served)>,
}

/// What serves a resource, and the schema of its type.
pub type Served = (Slot, Arc<Schema>);

/// Why a provider configuration does not serve a resource.
pub enum Unserved {
    /// The provider does not have its type.
    Type(Slot),
    /// There is no such provider.
    Provider(Diagnostic),
}

impl Unserved {
    /// The error, for the resource at `address`.
    #[must_use]
    pub fn problem(self, config: &Config, address: &ConfigAddress) -> Diagnostic {
        match self {
            Unserved::Type(slot) => unsupported(config, address, &slot),
            Unserved::Provider(problem) => problem,
        }
    }
}

/// The error for a type that the provider does not have.
fn unsupported(config: &Config, address: &ConfigAddress, slot: &Slot) -> Diagnostic {
    let written = config
        .module(&address.module)
        .and_then(|m| m.resources.get(&address.resource));
    let all = slot.instance.schema();
    let (mode, type_name) = (address.resource.mode, &address.resource.type_name);
    let (summary, what) = match mode {
        Mode::Managed => ("Invalid resource type", "resource type"),
        Mode::Data => ("Invalid data source", "data source"),
        Mode::Ephemeral => ("Invalid ephemeral resource", "ephemeral resource"),
    };
    let names: Vec<&str> = all.of(mode).keys().map(|n| &**n).collect();
    let (other, other_what, keyword) = match mode {
        Mode::Data => (&all.resources, "managed resource type", "resource"),
        _ => (&all.data_sources, "data source", "data"),
    };
    let own = match mode {
        Mode::Data => "data",
        _ => "resource",
    };
    let more = match crate::config::block::nearest(type_name, &names) {
        Some(near) => format!(" Did you mean {near:?}?"),
        None if mode != Mode::Ephemeral && other.contains_key(type_name) => format!(
            "\n\nDid you intend to use the {other_what} {type_name:?}? If so, declare this using a {keyword:?} block instead of a {own:?} block."
        ),
        None => String::new(),
    };
    let detail = format!(
        "The provider {} does not support {what} {type_name:?}.{more}",
        slot.source
    );
    match written {
        Some(resource) => config.sources.error(resource.type_span, summary, detail),
        None => Diagnostic::error(summary, detail).about(address.to_string()),
    }
}

impl<'r> Providers<'r> {
    /// No instance yet.
    #[must_use]
    pub fn new(
        registry: &'r dyn Registry,
        world: World,
        environment: BTreeMap<String, String>,
    ) -> Providers<'r> {
        Providers {
            registry,
            world,
            environment,
            schemas: Lookup::default(),
            plain: Lookup::default(),
            slots: Lookup::default(),
            last: None,
        }
    }

    /// The source address that a local name means in a module.
    pub fn source(
        &self,
        config: &Config,
        path: &ModulePath,
        local: &str,
    ) -> Result<Arc<str>, String> {
        let required = config
            .module(path)
            .and_then(|m| m.required_providers.get(local));
        match required.and_then(|r| r.source.as_deref()) {
            Some(written) => self.registry.full_source(written).map(Arc::from),
            None => Ok(self.registry.default_source(local).into()),
        }
    }

    /// An unconfigured instance, for schemas and offline work; one for each source.
    pub fn plain(&mut self, source: &Arc<str>) -> Result<Arc<dyn Provider>, Diagnostic> {
        if let Some(found) = self.plain.get(source) {
            return Ok(found.clone());
        }
        let Some(created) = self.registry.create(source) else {
            return Err(Diagnostic::error(
                "Missing required provider",
                format!(
                    "The provider {source} is not one of those that are part of Trunkline, and third-party providers are not supported yet. Remove it from required_providers, or use the bundled one of the same purpose."
                ),
            ));
        };
        self.plain.insert(source.clone(), created.clone());
        Ok(created)
    }

    /// The schema of a resource type or data source.
    pub fn schema(
        &mut self,
        source: &Arc<str>,
        mode: Mode,
        type_name: &str,
    ) -> Result<Option<Arc<Schema>>, Diagnostic> {
        let known = self.schemas.get(source).and_then(|s| s.get(&mode));
        if let Some(schema) = known.and_then(|s| s.get(type_name)) {
            return Ok(Some(schema.clone()));
        }
        let provider = self.plain(source)?;
        let Some(found) = provider.schema().of(mode).get(type_name) else {
            return Ok(None);
        };
        let found = Arc::new(found.clone());
        let known = self.schemas.entry(source.clone()).or_default();
        let known = known.entry(mode).or_default();
        known.insert(type_name.into(), found.clone());
        Ok(Some(found))
    }

    /// A new instance for a provider configuration, not configured yet.
    pub fn open(
        &mut self,
        config: &Config,
        path: &ModulePath,
        name: &ProviderName,
    ) -> Result<Slot, Diagnostic> {
        let span = config.module(path).and_then(|m| {
            let required = m.required_providers.get(&name.local).map(|r| r.span);
            required.or_else(|| m.providers.get(name).map(|p| p.span))
        });
        let place = |d: Diagnostic| match span {
            Some(span) => d.at(config.sources.span(span)),
            None => d,
        };
        let source = self
            .source(config, path, &name.local)
            .map_err(|why| place(Diagnostic::error("Invalid provider source", why)))?;
        self.plain(&source)?;
        let created = match path.is_root() {
            true => self.registry.create_for(&source, name),
            false => self.registry.create(&source),
        };
        let instance = created.ok_or_else(|| {
            Diagnostic::error(
                "Missing required provider",
                format!("The provider {source} is not available."),
            )
        })?;
        let mut address = format!("provider[{source:?}]");
        if let Some(alias) = &name.alias {
            address = format!("{address}.{alias}");
        }
        if !path.is_root() {
            address = format!("{path}.{address}");
        }
        Ok(Slot(Arc::new(SlotParts {
            source,
            address: address.into(),
            instance,
            configured: false,
            config: Value::null(Type::Dynamic),
            stand_ins: self.registry.stand_ins(),
        })))
    }

    /// What a configure call is made of.
    #[must_use]
    pub fn configure_request(&self, config: Value) -> ConfigureRequest {
        let environment = match self.world {
            World::Live => self.environment.clone(),
            World::Sandbox(_) => BTreeMap::new(),
        };
        ConfigureRequest {
            config,
            world: self.world.clone(),
            environment,
        }
    }

    /// Keeps a slot for its configuration.
    pub fn put(&mut self, path: ModulePath, name: ProviderName, slot: Slot) {
        self.last = None;
        self.slots.insert((path, name), slot);
    }

    /// What serves a resource whose provider configuration is `key`; nothing where the configuration has not been kept.
    pub fn serving(
        &mut self,
        key: &Arc<ProviderKey>,
        resource: &Resource,
    ) -> Option<Result<Served, Unserved>> {
        let (mode, type_name) = (resource.mode, &resource.type_name);
        if let Some((of, known, name, serving)) = &self.last
            && (Arc::ptr_eq(of, key) && *known == mode && name == type_name)
        {
            return Some(Ok(serving.clone()));
        }
        let slot = self.get(key)?.clone();
        let served = self.served_by(slot, resource);
        if let Ok(serving) = &served {
            self.last = Some((key.clone(), mode, type_name.clone(), serving.clone()));
        }
        Some(served)
    }

    /// A slot with the schema that it has for a resource.
    pub fn served_by(&mut self, slot: Slot, resource: &Resource) -> Result<Served, Unserved> {
        match self.schema(&slot.source, resource.mode, &resource.type_name) {
            Ok(Some(schema)) => Ok((slot, schema)),
            Ok(None) => Err(Unserved::Type(slot)),
            Err(problem) => Err(Unserved::Provider(problem)),
        }
    }

    /// The slot of a configuration, if it has been kept.
    #[must_use]
    pub fn get(&self, key: &ProviderKey) -> Option<&Slot> {
        self.slots.get(key)
    }
}

/// Configures an instance.
pub async fn configure(slot: Slot, request: ConfigureRequest) -> (Slot, Diagnostics) {
    let config = request.config.clone();
    let diagnostics = slot.instance.configure(request).await;
    let configured = !trunkline_api::diagnostic::has_errors(&diagnostics);
    let slot = SlotParts {
        configured,
        config,
        ..SlotParts::clone(&slot)
    };
    (Slot(Arc::new(slot)), diagnostics)
}
