//! Providers between modules: what callers pass, what modules expect, and which of them have configurations of
//! their own.
//!
//! It compares names; which provider a source address stands for it does not know.

use trunkline_api::{Diagnostic, Diagnostics};

use super::{Config, Module, ModuleCall, ProviderName, Repetition};
use crate::lang::ast::Body;

/// What is wrong with the providers that modules pass to each other.
pub(super) fn check(config: &Config, diagnostics: &mut Diagnostics) {
    for module in config.modules() {
        super::requirement::duplicates(module, &config.sources, diagnostics);
        for (name, call) in &module.calls {
            if let Some(child) = module.children.get(name) {
                let pair = Pair {
                    config,
                    caller: module,
                    call,
                    child,
                };
                pair.expected(diagnostics);
                pair.passed(diagnostics);
                pair.repeated(diagnostics);
            }
        }
        if !module.path.is_root() {
            redundant(config, module, diagnostics);
        }
    }
}

struct Pair<'c> {
    config: &'c Config,
    caller: &'c Module,
    call: &'c ModuleCall,
    child: &'c Module,
}

impl Pair<'_> {
    /// Every alias that the module expects must be passed.
    fn expected(&self, diagnostics: &mut Diagnostics) {
        for (local, required) in &self.child.required_providers {
            for alias in &required.aliases {
                if self.call.providers.contains_key(alias) {
                    continue;
                }
                let source = required.source.as_deref().unwrap_or(local);
                diagnostics.push(self.config.sources.error(
                    self.call.span,
                    "Missing required provider configuration",
                    format!(
                        "The child module requires an additional configuration for provider {source}, with the local name \"{alias}\".\n\nAdd an entry for {alias} to the \"providers\" argument of the module block, to choose the configuration that the module is to use."
                    ),
                ));
            }
        }
    }

    /// What is passed must be known to the module, and must not be configured there.
    fn passed(&self, diagnostics: &mut Diagnostics) {
        let sources = &self.config.sources;
        let (path, caller) = (&self.child.path, name_of(self.caller));
        for (inner, outer) in &self.call.providers {
            let Some((key, value)) = self.call.provider_spans.get(inner) else {
                continue;
            };
            if let Some(own) = self.child.providers.get(inner)
                && !is_proxy(&own.body)
            {
                diagnostics.push(sources.error(
                    *value,
                    "Cannot override provider configuration",
                    format!("The configuration of {path} has its own local configuration for {inner}, and so it cannot accept an overridden configuration provided by {caller}."),
                ));
                continue;
            }
            let required = self.child.required_providers.get(&inner.local);
            let declared = match &inner.alias {
                None => required.is_some(),
                Some(_) => required.is_some_and(|r| r.aliases.contains(inner)),
            };
            let ours = Source::of(self.caller, &outer.local);
            let theirs = Source::of(self.child, &inner.local);
            if !declared && !self.child.providers.contains_key(inner) {
                let advice = format!(
                    "If you also control the child module, add {inner} to its required_providers block."
                );
                let found = match required {
                    None => Diagnostic::warning(
                        "Reference to undefined provider",
                        format!(
                            "There is no explicit declaration for local provider name \"{inner}\" in {path}, so the provider {theirs} is taken to be meant.\n\n{advice}"
                        ),
                    ),
                    Some(_) => Diagnostic::error(
                        "Reference to undefined provider",
                        format!(
                            "The child module does not declare any provider requirement with the local name \"{inner}\".\n\n{advice}"
                        ),
                    ),
                };
                diagnostics.push(found.at(sources.span(*key)));
            }
            if ours != theirs {
                diagnostics.push(sources.error(
                    *value,
                    "Provider type mismatch",
                    format!("The local name \"{outer}\" in {caller} represents provider {ours}, but \"{inner}\" in {path} represents {theirs}.\n\nA module can be given configurations only of the providers that it requires. Name the same source for both in the required_providers blocks, or pass another configuration."),
                ));
            }
            let here = self.caller.required_providers.contains_key(&outer.local)
                || self.caller.providers.contains_key(outer);
            if outer.alias.is_none() && !here {
                diagnostics.push(Diagnostic::warning(
                    "Reference to undefined provider",
                    format!("There is no explicit declaration for local provider name \"{outer}\" in {caller}, so the provider {ours} is taken to be meant.\n\nTo make that clear, add {outer} to the required_providers block of {caller}."),
                ).at(sources.span(*value)));
            }
        }
    }

    /// A module with configurations of its own exists once, and waits for nothing.
    fn repeated(&self, diagnostics: &mut Diagnostics) {
        if !configures(self.child) {
            return;
        }
        let span = match &self.call.repetition {
            Repetition::Count(e) | Repetition::ForEach(e) => e.span,
            Repetition::Single => match self.call.depends_on.first() {
                Some(first) => first.span,
                None => return,
            },
        };
        diagnostics.push(self.config.sources.error(
            span,
            "Module is incompatible with count, for_each, and depends_on",
            format!("The module at {} contains its own local provider configurations, and so calls to it may not use the count, for_each, or depends_on arguments.\n\nIf you also control the module {:?}, let its callers pass the provider configurations instead.", self.child.path, self.call.source),
        ));
    }
}

/// The provider that a local name means in a module, as far as names tell.
enum Source<'m> {
    /// It says so.
    Named(&'m str),
    /// The one of that name.
    Implied(&'m str),
}

impl<'m> Source<'m> {
    fn of(module: &'m Module, local: &'m str) -> Source<'m> {
        let required = module.required_providers.get(local);
        match required.and_then(|r| r.source.as_deref()) {
            Some(source) => {
                let host = "registry.terraform.io/";
                Source::Named(source.strip_prefix(host).unwrap_or(source))
            }
            None => Source::Implied(local),
        }
    }
}

impl PartialEq for Source<'_> {
    fn eq(&self, other: &Source<'_>) -> bool {
        match (self, other) {
            (Source::Named(a), Source::Named(b)) | (Source::Implied(a), Source::Implied(b)) => {
                a == b
            }
            // Without a source, the provider that is part of this program is meant where there is one.
            (Source::Named(source), Source::Implied(name))
            | (Source::Implied(name), Source::Named(source)) => match source.split_once('/') {
                None => source == name,
                Some((space, plain)) => {
                    matches!(space, "hashicorp" | "trunkline") && plain == *name
                }
            },
        }
    }
}

impl std::fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Named(source) => write!(f, "\"{source}\""),
            Source::Implied(name) => write!(f, "\"hashicorp/{name}\""),
        }
    }
}

/// A provider block that says nothing only declares a need, which `required_providers` says better.
fn redundant(config: &Config, module: &Module, diagnostics: &mut Diagnostics) {
    for (name, provider) in &module.providers {
        if !is_proxy(&provider.body) {
            continue;
        }
        let found = Diagnostic::warning(
            "Redundant empty provider block",
            format!(
                "An empty provider block in a module that is called says no more than that a configuration is needed, and is deprecated. If you control this module, remove the empty provider \"{}\" blocks and name the provider in the required_providers block of {}, with its aliases as configuration_aliases.",
                name.local, module.path
            ),
        );
        diagnostics.push(found.at(config.sources.span(provider.span)));
    }
}

/// Whether a provider block has no arguments, so that a configuration must be passed for it.
fn is_proxy(body: &Body) -> bool {
    body.attributes.is_empty() && body.blocks.is_empty()
}

/// Whether the module or one that it calls configures a provider itself.
fn configures(module: &Module) -> bool {
    module.providers.values().any(|p| !is_proxy(&p.body))
        || module.children.values().any(configures)
}

fn name_of(module: &Module) -> String {
    match module.path.is_root() {
        true => "the root module".into(),
        false => module.path.to_string(),
    }
}

/// The first provider configuration that a call passes and that is not there.
#[must_use]
pub fn missing(config: &Config) -> Option<(&Module, &ProviderName)> {
    config.modules().into_iter().find_map(|module| {
        let passed = module.calls.values().flat_map(|c| c.providers.values());
        let mut absent = passed.filter(|outer| {
            let expected = module
                .required_providers
                .get(&outer.local)
                .is_some_and(|r| r.aliases.contains(outer));
            outer.alias.is_some() && !expected && !module.providers.contains_key(outer)
        });
        absent.next().map(|outer| (module, outer))
    })
}
