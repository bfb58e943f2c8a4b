//! Overrides of a run: which objects an address covers, and modules that are given instead of made.
//!
//! It changes a copy of the configuration; nothing is evaluated.

use trunkline_api::{Type, Value};

use crate::address::{Address, InstanceKey, ModuleInstance, Target};
use crate::config::test_mock::{Given, Override};
use crate::config::{Config, Module};
use crate::lang::ast::{Expr, ExprKind};

/// Whether `target` means the object at `address`; without a key it means all instances.
#[must_use]
pub fn covers(target: &Address, address: &Address) -> bool {
    let key = |wanted: &InstanceKey, is: &InstanceKey| *wanted == InstanceKey::None || wanted == is;
    let modules = (&target.module.0, &address.module.0);
    target.resource == address.resource
        && key(&target.key, &address.key)
        && modules.0.len() == modules.1.len()
        && modules
            .0
            .iter()
            .zip(modules.1.iter())
            .all(|(t, a)| t.0 == a.0 && key(&t.1, &a.1))
}

/// Empties the modules that are given, and sets their outputs; of several overrides of one, the first counts.
pub fn give_modules<'o>(config: &mut Config, all: impl Iterator<Item = &'o Override>) {
    let mut given: Vec<&ModuleInstance> = Vec::new();
    for one in all {
        let Target::Module(target) = &one.target else {
            continue;
        };
        if given.contains(&target) {
            continue;
        }
        given.push(target);
        let mut module = Some(&mut config.root);
        for (name, _) in target.0.iter() {
            module = module.and_then(|m| m.children.get_mut(name));
        }
        if let Some(module) = module {
            give(module, &one.given);
        }
    }
}

fn give(module: &mut Module, given: &Given) {
    let mut outputs = std::mem::take(&mut module.outputs);
    for (name, output) in &mut outputs {
        let value = given.values.attr(name).cloned();
        let value = value.unwrap_or_else(|| Value::null(Type::Dynamic));
        output.expr = literal(&output.expr, &value);
        output.preconditions.clear();
        output.depends_on.clear();
    }
    *module = Module {
        path: std::mem::take(&mut module.path),
        dir: std::mem::take(&mut module.dir),
        variables: std::mem::take(&mut module.variables),
        required_providers: std::mem::take(&mut module.required_providers),
        outputs,
        ..Module::default()
    };
}

fn literal(place: &Expr, value: &Value) -> Expr {
    Expr::new(place.span, ExprKind::Literal(value.clone()))
}
