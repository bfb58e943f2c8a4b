//! Providers in the walk: configuring one, and which of them serves a resource.
//!
//! It calls a provider for nothing but its own configuration.

use trunkline_api::diagnostic::has_errors;

use super::{Done, Task, Walk};
use crate::address::{ConfigAddress, ModulePath};
use crate::config::ProviderName;
use crate::graph::dag::Index;
use crate::plan::hidden::Hidden;
use crate::plan::providers::{Served, configure};

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
