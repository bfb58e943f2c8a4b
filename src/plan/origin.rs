//! Where a value comes from: following references through locals, variables and outputs to resources.
//!
//! Static: it reads expressions, never values. A value that passes through a function still has its origins.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::address::{ConfigAddress, ModulePath};
use crate::config::reference::{Subject, parse};
use crate::config::{Config, ProviderName};
use crate::lang::ast::{Body, Traversal};

/// (attribute, address of the resource it comes from, attribute of that resource or nothing)
pub type Origin = (Arc<str>, String, Arc<str>);

/// How far references are followed.
const MAX_STEPS: usize = 64;

/// The origins of a resource's attributes, sorted.
#[must_use]
pub fn of_resource(config: &Config, address: &ConfigAddress) -> Vec<Origin> {
    let resource = config
        .module(&address.module)
        .and_then(|m| m.resources.get(&address.resource));
    resource.map_or_else(Vec::new, |r| of_body(config, &address.module, &r.body))
}

/// The origins of a provider configuration's attributes, sorted.
#[must_use]
pub fn of_provider(config: &Config, path: &ModulePath, name: &ProviderName) -> Vec<Origin> {
    let provider = config.module(path).and_then(|m| m.providers.get(name));
    provider.map_or_else(Vec::new, |p| of_body(config, path, &p.body))
}

fn of_body(config: &Config, path: &ModulePath, body: &Body) -> Vec<Origin> {
    let mut found = BTreeSet::new();
    let mut attribute = |name: &Arc<str>, references: Vec<&Traversal>| {
        let mut origins = BTreeSet::new();
        for t in references {
            follow(config, path, t, MAX_STEPS, &mut origins);
        }
        found.extend(
            origins
                .into_iter()
                .map(|(address, attr)| (name.clone(), address, attr)),
        );
    };
    for a in &body.attributes {
        attribute(&a.name, a.expr.references());
    }
    for b in &body.blocks {
        attribute(&b.kind, b.body.references());
    }
    found.into_iter().collect()
}

fn follow(
    config: &Config,
    path: &ModulePath,
    t: &Traversal,
    steps: usize,
    found: &mut BTreeSet<(String, Arc<str>)>,
) {
    let (Some(module), true) = (config.module(path), steps > 0) else {
        return;
    };
    let Ok(reference) = parse(t, &config.sources) else {
        return;
    };
    let mut go = |path: &ModulePath, references: Vec<&Traversal>| {
        for t in references {
            follow(config, path, t, steps - 1, found);
        }
    };
    match reference.subject {
        Subject::Resource(resource) => {
            let address = ConfigAddress::new(path.clone(), resource);
            let attribute = (reference.consumed..t.steps.len()).find_map(|i| t.attr(i));
            found.insert((address.to_string(), attribute.unwrap_or("").into()));
        }
        Subject::Local(name) => {
            if let Some(local) = module.locals.get(&name) {
                go(path, local.expr.references());
            }
        }
        Subject::Variable(name) => {
            let Some((parent, call)) = path.parent() else {
                return;
            };
            let call = config.module(&parent).and_then(|m| m.calls.get(&call));
            if let Some(input) = call.and_then(|c| c.inputs.attribute(&name)) {
                go(&parent, input.expr.references());
            }
        }
        Subject::Module(name, _, Some(output)) => {
            let child = path.child(&name);
            if let Some(output) = config.module(&child).and_then(|m| m.outputs.get(&output)) {
                go(&child, output.expr.references());
            }
        }
        _ => {}
    }
}
