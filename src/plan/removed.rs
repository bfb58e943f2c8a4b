//! `removed` blocks: which objects that are not declared any more are forgotten instead of destroyed.
//!
//! Pure; what a block says is looked up by address.

use std::collections::BTreeMap;

use trunkline_api::Diagnostics;

use crate::address::{ConfigAddress, ModulePath};
use crate::config::endpoint::RemovedFrom;
use crate::config::{Config, Removed};

/// The `removed` blocks of a configuration.
#[derive(Debug, Default)]
pub struct RemovedBlocks<'c> {
    all: Vec<(ModulePath, &'c Removed)>,
    resources: BTreeMap<ConfigAddress, usize>,
    modules: BTreeMap<ModulePath, usize>,
}

impl<'c> RemovedBlocks<'c> {
    /// Those of `config`. Of blocks for one object the first counts.
    #[must_use]
    pub fn of(config: &'c Config) -> RemovedBlocks<'c> {
        let mut found = RemovedBlocks::default();
        for module in config.modules() {
            for block in &module.removed {
                let index = found.all.len();
                found.all.push((module.path.clone(), block));
                match absolute(&module.path, &block.from) {
                    RemovedFrom::Resource(address) => {
                        found.resources.entry(address).or_insert(index);
                    }
                    RemovedFrom::Module(path) => {
                        found.modules.entry(path).or_insert(index);
                    }
                }
            }
        }
        found
    }

    /// The block that speaks of a resource, or of a module around it, and the module that the block stands in.
    #[must_use]
    pub fn about(&self, resource: &ConfigAddress) -> Option<(&ModulePath, &'c Removed)> {
        if self.all.is_empty() {
            return None;
        }
        let names = &resource.module.0;
        let around = (1..=names.len()).map(|n| ModulePath(names[..n].into()));
        let modules = around.filter_map(|path| self.modules.get(&path));
        let first = self
            .resources
            .get(resource)
            .into_iter()
            .chain(modules)
            .min();
        let (module, block) = self.all.get(*first?)?;
        Some((module, *block))
    }
}

/// What a block in the module at `path` names, from the root.
fn absolute(path: &ModulePath, from: &RemovedFrom) -> RemovedFrom {
    let join =
        |inner: &ModulePath| ModulePath(path.0.iter().chain(inner.0.iter()).cloned().collect());
    match from {
        RemovedFrom::Resource(address) => RemovedFrom::Resource(ConfigAddress::new(
            join(&address.module),
            address.resource.clone(),
        )),
        RemovedFrom::Module(inner) => RemovedFrom::Module(join(inner)),
    }
}

/// Reports what is said to be removed and is still declared.
#[must_use]
pub fn check(config: &Config) -> Diagnostics {
    let mut diagnostics = Vec::new();
    for module in config.modules() {
        for block in &module.removed {
            let from = absolute(&module.path, &block.from);
            let (declared, summary) = match &from {
                RemovedFrom::Resource(address) => {
                    let owner = config.module(&address.module);
                    let resource = owner.and_then(|m| m.resources.get(&address.resource));
                    (resource.map(|r| r.span), "Removed resource still exists")
                }
                RemovedFrom::Module(path) => {
                    let call = path.parent().and_then(|(parent, name)| {
                        let caller = config.module(&parent)?;
                        Some(caller.calls.get(&name)?.span)
                    });
                    (call, "Removed module still exists")
                }
            };
            if let Some(span) = declared {
                let detail = format!(
                    "This statement declares that {from} was removed, but it is still declared in configuration."
                );
                diagnostics.push(config.sources.error(span, summary, detail));
            }
        }
    }
    diagnostics
}
