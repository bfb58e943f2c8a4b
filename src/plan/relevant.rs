//! Which attributes bear on a plan: those that the configuration of what changes comes from, followed through
//! locals, variables, outputs and the configured attributes of other resources.
//!
//! Static: it reads expressions and the addresses of changes, never values. Drift elsewhere is not shown.

use std::collections::BTreeSet;

use trunkline_api::{Number, Path, Step, Value};

use super::model::{Action, Drift, Plan, PlanMode};
use crate::address::{InstanceKey, ModuleInstance, Resource};
use crate::config::reference::{Subject, parse};
use crate::config::{Config, ResourceConfig};
use crate::lang::ast::{StepKind, Traversal};

/// Addresses and paths, sorted. An address has a key only where a reference is written with one.
#[must_use]
pub fn attributes(config: &Config, plan: &Plan) -> Vec<(String, Path)> {
    let mut search = Search {
        config,
        seen: BTreeSet::new(),
        open: Vec::new(),
        found: BTreeSet::new(),
    };
    let mut modules: BTreeSet<&ModuleInstance> = BTreeSet::new();
    for change in &plan.changes {
        if change.action != Action::NoOp {
            search.resource(&change.address.module, &change.address.resource);
        }
        if plan.mode != PlanMode::Destroy && change.action != Action::Delete {
            modules.insert(&change.address.module);
        }
    }
    // Terraform counts every output of a called module as new in every plan, but for partial ones, which come by few.
    let whole = plan.targets.is_empty();
    for module in modules.into_iter().filter(|_| whole) {
        let mut open = Some(module.clone());
        while let Some(module) = open.filter(|m| !m.is_root()) {
            search.outputs(&module);
            open = module.parent().map(|(parent, ..)| parent);
        }
    }
    for output in plan.outputs.iter().filter(|o| o.action != Action::NoOp) {
        search.output(&ModuleInstance::root(), &output.name);
    }
    while let Some((module, reference)) = search.open.pop() {
        search.follow(&module, reference);
    }
    search.found.into_iter().collect()
}

/// Whether a difference shows in an attribute that bears on the plan.
#[must_use]
pub fn bears(drift: &Drift, attributes: &[(String, Path)]) -> bool {
    let address = drift.address.to_string();
    let first = attributes.partition_point(|(a, _)| *a < address);
    attributes[first..]
        .iter()
        .take_while(|(a, _)| *a == address)
        .any(
            |(_, path)| match (path.get(&drift.before), path.get(&drift.after)) {
                (Some(before), Some(after)) => !before.same(after),
                (None, None) => false,
                _ => true,
            },
        )
}

struct Search<'c> {
    config: &'c Config,
    /// What was followed already: an object, and for a resource one of its attributes.
    seen: BTreeSet<(ModuleInstance, String)>,
    /// References to follow; a list, because chains of them may be longer than a stack is deep.
    open: Vec<(ModuleInstance, &'c Traversal)>,
    found: BTreeSet<(String, Path)>,
}

impl<'c> Search<'c> {
    /// Whether an object is to be followed now for the first time.
    fn first(&mut self, module: &ModuleInstance, object: String) -> bool {
        self.seen.insert((module.clone(), object))
    }

    fn follow_all(&mut self, module: &ModuleInstance, references: Vec<&'c Traversal>) {
        let here = references.into_iter().map(|t| (module.clone(), t));
        self.open.extend(here);
    }

    fn written(&self, module: &ModuleInstance, resource: &Resource) -> Option<&'c ResourceConfig> {
        self.config.module(&module.path())?.resource(resource)
    }

    /// What the configuration of a resource refers to.
    fn resource(&mut self, module: &ModuleInstance, resource: &Resource) {
        let Some(written) = self.written(module, resource) else {
            return;
        };
        if !self.first(module, format!("resource {resource}")) {
            return;
        }
        let mut references = written.body.references();
        // What an instance is repeated over bears on it where it says so.
        if references
            .iter()
            .any(|t| matches!(&*t.root, "each" | "count"))
        {
            let repetition = written.meta.repetition.expr();
            references.extend(repetition.into_iter().flat_map(|e| e.references()));
        }
        self.follow_all(module, references);
    }

    /// What one configured attribute of a resource refers to; all of them for none.
    fn attribute(&mut self, module: &ModuleInstance, resource: &Resource, path: &Path) {
        let Some(written) = self.written(module, resource) else {
            return;
        };
        let Some(Step::Attribute(name)) = path.0.first() else {
            if path.0.is_empty() && self.first(module, format!("attributes {resource}")) {
                self.follow_all(module, written.body.references());
            }
            return;
        };
        if !self.first(module, format!("attribute {resource}.{name}")) {
            return;
        }
        if let Some(attribute) = written.body.attribute(name) {
            self.follow_all(module, attribute.expr.references());
        }
        for block in written.body.blocks.iter().filter(|b| b.kind == *name) {
            self.follow_all(module, block.body.references());
        }
    }

    fn outputs(&mut self, module: &ModuleInstance) {
        let Some(called) = self.config.module(&module.path()) else {
            return;
        };
        for name in called.outputs.keys() {
            self.output(module, name);
        }
    }

    fn output(&mut self, module: &ModuleInstance, name: &str) {
        let called = self.config.module(&module.path());
        let Some(output) = called.and_then(|m| m.outputs.get(name)) else {
            return;
        };
        if self.first(module, format!("output {name}")) {
            self.follow_all(module, output.expr.references());
        }
    }

    fn follow(&mut self, module: &ModuleInstance, t: &'c Traversal) {
        let Ok(reference) = parse(t, &self.config.sources) else {
            return;
        };
        match reference.subject {
            Subject::Resource(resource) => {
                let (key, path) = rest(t, reference.consumed);
                let prefix = match module.is_root() {
                    true => String::new(),
                    false => format!("{module}."),
                };
                let address = format!("{prefix}{resource}{key}");
                self.attribute(module, &resource, &path);
                self.found.insert((address, path));
            }
            Subject::Local(name) => {
                let here = self.config.module(&module.path());
                if let Some(local) = here.and_then(|m| m.locals.get(&name))
                    && self.first(module, format!("local {name}"))
                {
                    self.follow_all(module, local.expr.references());
                }
            }
            Subject::Variable(name) => {
                let Some((parent, call, _)) = module.parent() else {
                    return;
                };
                let caller = self.config.module(&parent.path());
                let input = caller
                    .and_then(|m| m.calls.get(&call))
                    .and_then(|c| c.inputs.attribute(&name));
                if let Some(input) = input
                    && self.first(module, format!("variable {name}"))
                {
                    self.follow_all(&parent, input.expr.references());
                }
            }
            Subject::Module(name, key, output) => {
                let child = module.child(&name, key);
                match output {
                    Some(output) => self.output(&child, &output),
                    None => self.outputs(&child),
                }
            }
            _ => {}
        }
    }
}

/// The key and the attribute that a reference to a resource goes on with. Only what is written with a literal key
/// is told apart by it.
pub(super) fn rest(t: &Traversal, consumed: usize) -> (InstanceKey, Path) {
    let mut steps = t.steps.iter().skip(consumed).peekable();
    let mut key = InstanceKey::None;
    if let Some(StepKind::Index(value)) = steps.peek().map(|s| &s.kind) {
        key = match (value.as_str(), value.as_number().and_then(Number::to_i64)) {
            (Some(text), _) => InstanceKey::Str(text.into()),
            (None, Some(n)) => InstanceKey::Int(n),
            (None, None) => InstanceKey::None,
        };
        steps.next();
    }
    let path = steps.map_while(|step| match &step.kind {
        StepKind::Attr(name) => Some(Step::Attribute(name.clone())),
        StepKind::Index(value) => index(value),
    });
    (key, Path(path.collect()))
}

fn index(value: &Value) -> Option<Step> {
    match (value.as_str(), value.as_number().and_then(Number::to_usize)) {
        (Some(text), _) => Some(Step::Key(text.into())),
        (None, Some(n)) => Some(Step::Index(n)),
        (None, None) => None,
    }
}
