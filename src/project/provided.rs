//! The providers of a project: which ones its configuration and its state want, and their schemas.
//!
//! It must not configure one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use trunkline_api::provider::World;
use trunkline_api::{Diagnostics, Provider, Schema};

use super::{OpenState, Project, Settings, state_error};
use crate::address::{Mode, ModulePath};
use crate::config::{Module, ProviderName};
use crate::graph::build::PriorResource;
use crate::graph::config_graph::ProviderKey;
use crate::lookup::Lookup;
use crate::plan::prior::{PriorInstance, PriorState};
use crate::plan::prior_dependencies::Dependencies;
use crate::plan::providers::Providers;
use crate::report::Schemas;
use crate::report::json::ProviderFacts;
use crate::report::providers_text::RequiredBy;

/// Schemas by source address of their provider.
pub struct LoadedSchemas(Lookup<String, Arc<dyn Provider>>);

impl Schemas for LoadedSchemas {
    fn resource(&self, source: &str, mode: Mode, type_name: &str) -> Option<&Schema> {
        self.0.get(source)?.schema().of(mode).get(type_name)
    }
}

/// What the configuration's JSON is written with: schemas, and what local names mean.
pub struct Facts<'p> {
    project: &'p Project,
    schemas: LoadedSchemas,
}

impl Schemas for Facts<'_> {
    fn resource(&self, source: &str, mode: Mode, type_name: &str) -> Option<&Schema> {
        self.schemas.resource(source, mode, type_name)
    }
}

impl ProviderFacts for Facts<'_> {
    fn source(&self, module: &ModulePath, local: &str) -> Option<String> {
        let settings = &self.project.settings;
        let providers = Providers::new(settings.registry.as_ref(), World::Live, BTreeMap::new());
        let found = providers.source(&self.project.config, module, local);
        found.ok().map(|s| s.to_string())
    }

    fn provider(&self, source: &str) -> Option<&trunkline_api::Block> {
        Some(&self.schemas.0.get(source)?.schema().provider.block)
    }
}

impl Project {
    /// The resources of the state, with the provider configurations that rows name.
    pub(super) fn prior_resources(
        &self,
        prior: &PriorState,
        providers: &mut Providers<'_>,
    ) -> Vec<PriorResource> {
        let mut found = Vec::with_capacity(prior.resources.len());
        let mut dependencies = Dependencies::new(prior);
        // There are few provider configurations, whatever the number of resources.
        let mut known: Lookup<Arc<str>, Option<Arc<ProviderKey>>> = Lookup::default();
        for (address, instances) in &prior.resources {
            let rows = || {
                let rows = instances.values();
                rows.flat_map(PriorInstance::rows).map(|row| &**row)
            };
            let written = instances.values().find_map(|instance| {
                let of_row = instance.rows().next().map(|row| row.provider.clone());
                of_row.or_else(|| {
                    let intent = instance.intents().values().next()?;
                    Some(intent.operation.provider.as_str().into())
                })
            });
            let Some(written) = written else { continue };
            let read = |written: &str| {
                let (module, source, alias) = parse_provider(written)?;
                let local = self.local_name(&module, &source, providers);
                Some(Arc::new((module, ProviderName { local, alias })))
            };
            let provider = match known.get(&written) {
                Some(provider) => provider.clone(),
                None => {
                    let provider = read(&written);
                    known.insert(written, provider.clone());
                    provider
                }
            };
            found.extend(provider.map(|provider| PriorResource {
                address: address.clone(),
                provider,
                dependencies: dependencies.of(rows()),
            }));
        }
        found
    }

    /// The local name that a source has in a module.
    fn local_name(&self, module: &ModulePath, source: &str, providers: &Providers<'_>) -> Arc<str> {
        let required = self.config.module(module).map(|m| &m.required_providers);
        for local in required.into_iter().flat_map(|r| r.keys()) {
            if providers
                .source(&self.config, module, local)
                .is_ok_and(|s| &*s == source)
            {
                return local.clone();
            }
        }
        source.rsplit('/').next().unwrap_or(source).into()
    }

    /// The providers that the configuration uses, by source address; unconfigured.
    pub fn providers(&self) -> Result<BTreeMap<String, Arc<dyn Provider>>, Diagnostics> {
        let mut providers = Providers::new(
            self.settings.registry.as_ref(),
            World::Live,
            BTreeMap::new(),
        );
        let mut found = BTreeMap::new();
        let mut problems = Vec::new();
        for module in self.config.modules() {
            let named = module.resources.values().map(|r| &r.provider.local);
            let named = named.chain(module.required_providers.keys());
            let locals: BTreeSet<&Arc<str>> = named
                .chain(module.providers.keys().map(|p| &p.local))
                .collect();
            for local in locals {
                let name = ProviderName {
                    local: local.clone(),
                    alias: None,
                };
                match providers.open(&self.config, &module.path, &name) {
                    Ok(slot) => drop(found.insert(slot.source.to_string(), slot.instance.clone())),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        if problems.is_empty() {
            Ok(found)
        } else {
            Err(problems)
        }
    }

    /// The providers that a module requires, and those that it calls.
    #[must_use]
    pub fn required_by(&self, module: &Module) -> RequiredBy {
        let registry = self.settings.registry.as_ref();
        let providers = Providers::new(registry, World::Live, BTreeMap::new());
        let named = module.resources.values().map(|r| &r.provider.local);
        let named = named.chain(module.required_providers.keys());
        let mut found = BTreeMap::new();
        for local in named.chain(module.providers.keys().map(|p| &p.local)) {
            let required = module.required_providers.get(local);
            if let Ok(source) = providers.source(&self.config, &module.path, local) {
                found.insert(source.to_string(), required.and_then(|r| r.version.clone()));
            }
        }
        let children = module.children.iter();
        RequiredBy {
            providers: found.into_iter().collect(),
            modules: children
                .map(|(name, child)| (name.to_string(), self.required_by(child)))
                .collect(),
        }
    }

    /// The sources of the providers that objects of the state need, sorted.
    pub fn required_by_state(&self, state: Option<&OpenState>) -> Result<Vec<String>, Diagnostics> {
        let Some(state) = state else {
            return Ok(Vec::new());
        };
        let snapshot = state.store.snapshot().map_err(|e| state_error(&e))?;
        let sources = snapshot
            .rows
            .iter()
            .filter_map(|row| parse_provider(&row.provider));
        let sources: BTreeSet<String> = sources.map(|(_, source, _)| source).collect();
        Ok(sources.into_iter().collect())
    }

    /// What is wrong with the providers that the configuration wants.
    #[must_use]
    pub fn check_providers(&self) -> Diagnostics {
        self.providers().err().unwrap_or_default()
    }

    /// The schemas of every provider that there is.
    #[must_use]
    pub fn schemas(&self) -> LoadedSchemas {
        schemas(&self.settings)
    }

    /// What the configuration's JSON is written with.
    #[must_use]
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            project: self,
            schemas: self.schemas(),
        }
    }
}

/// The schemas of every provider that there is.
#[must_use]
pub fn schemas(settings: &Settings) -> LoadedSchemas {
    let registry = settings.registry.as_ref();
    let sources = registry.sources();
    let loaded = sources
        .into_iter()
        .filter_map(|s| Some((s.clone(), registry.create(&s)?)));
    LoadedSchemas(loaded.collect())
}

/// Reads `module.a.provider["source"].alias`.
pub(super) fn parse_provider(text: &str) -> Option<(ModulePath, String, Option<Arc<str>>)> {
    let at = text.find("provider[\"")?;
    let mut module = ModulePath::root();
    let mut words = text[..at].split('.').filter(|w| !w.is_empty());
    while let Some(word) = words.next() {
        if word != "module" {
            return None;
        }
        module = module.child(&words.next()?.into());
    }
    let rest = &text[at + "provider[\"".len()..];
    let (source, rest) = rest.split_once("\"]")?;
    let alias = rest.strip_prefix('.').map(Arc::from);
    Some((module, source.to_owned(), alias))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_addresses_are_read() {
        let (module, source, alias) = parse_provider("module.a.provider[\"h/n/t\"].x").unwrap();
        assert_eq!(
            (module.to_string(), source, alias.as_deref()),
            ("module.a".into(), "h/n/t".into(), Some("x"))
        );
        assert!(parse_provider("nonsense").is_none());
    }
}
