//! Move statements against the configuration and each other: what no block may say.
//!
//! It needs the instances that the configuration declares, so it comes after everything is evaluated. It moves nothing.

use std::collections::{BTreeMap, BTreeSet};

use trunkline_api::{Diagnostic, Diagnostics};

use super::evaluate::Evaluator;
use super::model::PlanMode;
use super::moves::{Moves, Scope, Statement};
use crate::address::{Address, ConfigAddress, InstanceKey, ModuleInstance, ModulePath, Target};
use crate::config::{Config, Repetition};
use crate::lang::source::SrcSpan;

/// Every problem of the statements that blocks make.
pub fn check(moves: &Moves, evaluator: &Evaluator<'_>, mode: PlanMode) -> Diagnostics {
    let mut checker = Checker {
        config: evaluator.config,
        evaluator,
        static_only: mode == PlanMode::Destroy,
        declared: BTreeMap::new(),
        sources: BTreeMap::new(),
        destinations: BTreeMap::new(),
        diagnostics: Vec::new(),
    };
    for statement in &moves.written {
        for module in checker.instances_of(&statement.module) {
            checker.statement(statement, &module);
        }
    }
    let mut diagnostics = checker.diagnostics;
    if diagnostics.is_empty() {
        diagnostics.extend(moves.circles.iter().map(|c| circle(c, evaluator.config)));
    }
    diagnostics
}

struct Checker<'c, 'e> {
    config: &'c Config,
    evaluator: &'e Evaluator<'c>,
    /// Instances were not evaluated: only what holds for every instance can be said.
    static_only: bool,
    /// The instances of resources that were asked for so far.
    declared: BTreeMap<ConfigAddress, BTreeSet<Address>>,
    /// What each address moves to by which statement; whole resources and calls apart from single instances.
    sources: BTreeMap<(bool, String), (String, SrcSpan)>,
    /// What moves to each address by which statement.
    destinations: BTreeMap<(bool, String), (String, SrcSpan)>,
    diagnostics: Diagnostics,
}

impl Checker<'_, '_> {
    fn instances_of(&self, path: &ModulePath) -> Vec<ModuleInstance> {
        if path.is_root() {
            return vec![ModuleInstance::root()];
        }
        self.evaluator.values.instances(path).to_vec()
    }

    fn statement(&mut self, statement: &Statement, module: &ModuleInstance) {
        let scope = statement.scope();
        let from = within(&statement.moved.from, module);
        let to = within(&statement.moved.to, module);
        let (from_text, to_text) = (from.to_string(), to.to_string());
        let span = statement.moved.span;
        if from == to {
            self.error(span, "Redundant move statement", format!("This statement declares a move from {from_text} to the same address, which is the same as not declaring this move at all."));
            return;
        }
        let (noun, short, thing) = match scope {
            Scope::Call => ("module call", "call", "module"),
            Scope::Module => ("module instance", "instance", "module instance"),
            Scope::Resource => ("resource", "resource", "resource"),
            Scope::Instance => ("resource instance", "instance", "resource instance"),
        };
        if let Some(declared) = self.declared_at(&from, scope) {
            let at = self.start(declared);
            self.error(span, "Moved object still exists", format!("This statement declares a move from {from_text}, but that {noun} is still declared at {at}.\n\nChange your configuration so that this {short} will be declared as {to_text} instead."));
        }
        let whole = matches!(scope, Scope::Call | Scope::Resource);
        let before = self.sources.get(&(whole, from_text.clone())).cloned();
        match before {
            Some((other, at)) if other != to_text => {
                let at = self.start(at);
                self.error(span, "Ambiguous move statements", format!("A statement at {at} declared that {from_text} moved to {other}, but this statement instead declares that it moved to {to_text}.\n\nEach {thing} can move to only one destination {thing}."));
            }
            Some(_) => {}
            None => {
                self.sources
                    .insert((whole, from_text.clone()), (to_text.clone(), span));
            }
        }
        let before = self.destinations.get(&(whole, to_text.clone())).cloned();
        match before {
            Some((other, at)) if other != from_text => {
                let at = self.start(at);
                self.error(span, "Ambiguous move statements", format!("A statement at {at} declared that {other} moved to {to_text}, but this statement instead declares that {from_text} moved there.\n\nEach {thing} can have moved from only one source {thing}."));
            }
            Some(_) => {}
            None => {
                self.destinations
                    .insert((whole, to_text), (from_text, span));
            }
        }
    }

    fn error(&mut self, span: SrcSpan, summary: &str, detail: String) {
        let problem = self.config.sources.error(span, summary, detail);
        self.diagnostics.push(problem);
    }

    /// Where a thing begins: `main.tf:3,1`.
    fn start(&self, span: SrcSpan) -> String {
        start(self.config, span)
    }

    /// Where what a statement moves away is declared, if it is.
    fn declared_at(&mut self, from: &Target, scope: Scope) -> Option<SrcSpan> {
        match from {
            Target::Module(module) => {
                let (parent, name, key) = module.parent()?;
                let call = self.config.module(&parent.path())?.calls.get(&name)?;
                let there = match scope {
                    Scope::Call => self.has_module(&parent),
                    _ if self.static_only => {
                        key == InstanceKey::None && matches!(call.repetition, Repetition::Single)
                    }
                    _ => self.has_module(module),
                };
                let expr = call.repetition.expr().filter(|_| scope != Scope::Call);
                there.then(|| expr.map_or(call.span, |e| e.span))
            }
            Target::Instance(address) => {
                let config = address.config();
                let module = self.config.module(&config.module)?;
                let resource = module.resources.get(&config.resource)?;
                let there = match scope {
                    Scope::Resource => self.has_module(&address.module),
                    _ if self.static_only => {
                        address.key == InstanceKey::None
                            && matches!(resource.meta.repetition, Repetition::Single)
                            && self.has_module(&address.module)
                    }
                    _ => self.has_instance(config, address),
                };
                let expr = resource
                    .meta
                    .repetition
                    .expr()
                    .filter(|_| scope != Scope::Resource);
                there.then(|| expr.map_or(resource.span, |e| e.span))
            }
        }
    }

    fn has_module(&self, module: &ModuleInstance) -> bool {
        module.is_root() || self.evaluator.values.module(module).is_some()
    }

    fn has_instance(&mut self, config: &ConfigAddress, address: &Address) -> bool {
        if !self.declared.contains_key(config) {
            // What is wrong with the expansion was reported where it was planned.
            let mut told = Vec::new();
            let expansions = self.evaluator.resource_instances(config, &mut told);
            let mut all = BTreeSet::new();
            for (module, expansion) in expansions {
                all.extend(
                    expansion
                        .instances
                        .into_iter()
                        .map(|(key, _)| Address::new(module.clone(), config.resource.clone(), key)),
                );
            }
            self.declared.insert(config.clone(), all);
        }
        self.declared
            .get(config)
            .is_some_and(|all| all.contains(address))
    }
}

fn start(config: &Config, span: SrcSpan) -> String {
    let at = config.sources.span(span);
    format!("{}:{},{}", at.file, at.start.line, at.start.column)
}

/// One side of a statement as seen from an instance of its module.
fn within(side: &Target, module: &ModuleInstance) -> Target {
    let join = |relative: &ModuleInstance| {
        ModuleInstance(module.0.iter().chain(relative.0.iter()).cloned().collect())
    };
    match side {
        Target::Module(relative) => Target::Module(join(relative)),
        Target::Instance(address) => Target::Instance(address.with_module(join(&address.module))),
    }
}

fn circle(statements: &[Statement], config: &Config) -> Diagnostic {
    let mut lines: Vec<String> = statements.iter().map(|s| line(s, config)).collect();
    lines.sort();
    Diagnostic::error(
        "Cyclic dependency in move statements",
        format!(
            "The following chained move statements form a cycle, and so there is no final location to move objects to:{}\n\nA chain of move statements must end with an address that doesn't appear in any other statements, and which typically also refers to an object still declared in the configuration.",
            lines.concat()
        ),
    )
}

fn line(statement: &Statement, config: &Config) -> String {
    let module: String = statement
        .module
        .0
        .iter()
        .map(|name| format!("module.{name}[*]."))
        .collect();
    let all = match statement.scope() {
        Scope::Call | Scope::Resource => "[*]",
        Scope::Module | Scope::Instance => "",
    };
    let at = start(config, statement.moved.span);
    let (from, to) = (&statement.moved.from, &statement.moved.to);
    format!("\n  - {at}: {module}{from}{all} → {module}{to}{all}")
}
