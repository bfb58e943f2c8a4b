//! Providers in the walk: configuring one, and which of them serves a resource.
//!
//! It calls a provider for nothing but its own configuration.

use trunkline_api::Diagnostic;
use trunkline_api::diagnostic::has_errors;

use super::{Done, Task, Walk};
use crate::address::{ConfigAddress, Mode, ModulePath};
use crate::config::{Config, ProviderName};
use crate::graph::dag::Index;
use crate::plan::hidden::Hidden;
use crate::plan::providers::{Served, Slot, configure};

impl<'a> Walk<'a, '_> {
    /// Evaluates the configuration of a provider, and gives the task that configures it.
    pub(super) fn provider(
        &mut self,
        index: Index,
        path: &ModulePath,
        name: &ProviderName,
    ) -> Vec<Task<'a>> {
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
        let hidden = Hidden::of(&value);
        let value = value.unmark_deep().0;
        let span = config
            .module(path)
            .and_then(|m| m.providers.get(name))
            .map(|p| p.span);
        for mut problem in hidden.out_of(slot.instance.validate_provider(&value)) {
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
        vec![Box::new(move || {
            Box::pin(async move {
                let (slot, diagnostics) = configure(slot, request).await;
                (index, Done::Provider(path, name, slot, diagnostics))
            })
        })]
    }

    /// The slot of the provider that serves the resource at `index`, and the schema of its type.
    pub(super) fn serving(&mut self, index: Index, address: &ConfigAddress) -> Option<Served> {
        let key = &self.sources.graph.at(index).provider.as_ref()?.key;
        match self.providers.serving(key, &address.resource)? {
            Ok(serving) => Some(serving),
            Err(unserved) => {
                let problem = unserved.problem(self.sources.config, address);
                self.diagnostics.push(problem);
                None
            }
        }
    }
}

/// The error for a type that the provider does not have.
#[must_use]
pub fn unsupported(config: &Config, address: &ConfigAddress, slot: &Slot) -> Diagnostic {
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
