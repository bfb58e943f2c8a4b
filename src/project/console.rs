//! Expressions with the configuration in scope, as `console` evaluates them.
//!
//! Resources are what the state says they are, and unknown where it says nothing; or what a plan would make of
//! them. Nothing is changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::provider::World;
use trunkline_api::{Diagnostic, Diagnostics, Value};

use super::{OpenState, Project};
use crate::address::{InstanceKey, ModuleInstance};
use crate::config::{Module, Repetition};
use crate::graph::build::build;
use crate::graph::config_graph::Node;
use crate::lang::ast::Expr;
use crate::lang::eval::Scope;
use crate::lang::format::{console_type_argument, holds_console_type, type_text};
use crate::lang::functions::FunctionError;
use crate::lang::parser::parse_expression;
use crate::lang::source::Sources;
use crate::plan::evaluate::{Evaluator, Purpose};
use crate::plan::prior::{PriorState, decode_row};
use crate::plan::providers::Providers;
use crate::plan::values::{Each, Instances, Values};

/// What an expression came to.
#[derive(Debug)]
pub enum Answer {
    /// A value.
    Value(Value),
    /// The type that the console's `type` was asked for.
    Type(String),
}

/// An evaluation that expressions can be put to.
pub struct Console<'p> {
    project: &'p Project,
    evaluator: Evaluator<'p>,
}

impl Project {
    /// The variables given, and unknown values for those that have neither value nor default: a console asks for none.
    #[must_use]
    pub fn with_unknown_variables(
        &self,
        mut given: BTreeMap<Arc<str>, Value>,
    ) -> BTreeMap<Arc<str>, Value> {
        for variable in self.config.root.variables.values() {
            if variable.default.is_none() {
                given
                    .entry(variable.name.clone())
                    .or_insert_with(|| Value::unknown(variable.constraint.value_type()));
            }
        }
        given
    }

    /// An evaluation over what a plan or a run came to, for what is said of it afterwards.
    #[must_use]
    pub fn aftermath(&self, values: Values, running: bool) -> Console<'_> {
        let now = (self.settings.now)();
        let functions = |module: &Module| self.functions(module, Some(&now), running);
        let mut evaluator = Evaluator::new(
            &self.config,
            Purpose::Run,
            self.surroundings(false),
            BTreeMap::new(),
            &functions,
        );
        evaluator.values = values;
        Console {
            project: self,
            evaluator,
        }
    }

    /// A console over what a plan came to.
    #[must_use]
    pub fn planned_console(&self, planned: Values) -> Console<'_> {
        let now = (self.settings.now)();
        let functions = |module: &Module| self.functions(module, Some(&now), false);
        let mut evaluator = Evaluator::new(
            &self.config,
            Purpose::Run,
            self.surroundings(false),
            BTreeMap::new(),
            &functions,
        );
        evaluator.values = planned;
        evaluator.surroundings.console = true;
        Console {
            project: self,
            evaluator,
        }
    }

    /// Evaluates the configuration with what the state holds. Where that finds problems, which come second, what
    /// depends on them is unknown.
    ///
    /// # Errors
    /// Without a graph, or a state that can be read, there is no console.
    pub fn console(
        &self,
        state: Option<&OpenState>,
        variables: BTreeMap<Arc<str>, Value>,
    ) -> Result<(Console<'_>, Diagnostics), Diagnostics> {
        let prior = match state {
            Some(state) => {
                let snapshot = state.store.snapshot().map_err(|e| super::state_error(&e))?;
                PriorState::read_for(snapshot, &self.config).map_err(|d| vec![d])?
            }
            None => PriorState::default(),
        };
        let (graph, mut diagnostics) = build(&self.config, &[]);
        if has_errors(&diagnostics) {
            return Err(diagnostics);
        }
        // The time of the plan is not known where there is no plan.
        let functions = |module: &Module| self.functions(module, None, true);
        let mut providers = Providers::new(
            self.settings.registry.as_ref(),
            World::Live,
            BTreeMap::new(),
        );
        let mut evaluator = Evaluator::new(
            &self.config,
            Purpose::Run,
            self.surroundings(false),
            variables,
            &functions,
        );
        evaluator.given_at = self.given_places();
        for &index in &graph.order {
            match graph.dag.node(index) {
                Node::Variable(path, name) => evaluator.variable(path, name, &mut diagnostics),
                Node::Local(path, name) => evaluator.local(path, name, &mut diagnostics),
                // What an output may not hold is for a plan to say.
                Node::Output(path, name) => evaluator.output(path, name, &mut Vec::new()),
                Node::Call(path, name) => evaluator.call(path, name, &mut diagnostics),
                Node::Provider(..) | Node::Check(..) | Node::Checking => {}
                Node::Resource(address) => {
                    let Some(key) = graph.provider(address).map(|p| &p.key) else {
                        continue;
                    };
                    let slot = providers
                        .open(&self.config, &key.0, &key.1)
                        .map_err(|d| vec![d])?;
                    let resource = &address.resource;
                    let schema = providers.schema(&slot.source, resource.mode, &resource.type_name);
                    let Some(schema) = schema.map_err(|d| vec![d])? else {
                        continue;
                    };
                    let module = self.config.module(&address.module);
                    let each = match module
                        .and_then(|m| m.resources.get(resource))
                        .map(|r| &r.meta.repetition)
                    {
                        Some(Repetition::Count(_)) => Each::Count,
                        Some(Repetition::ForEach(_)) => Each::ForEach,
                        _ => Each::Single,
                    };
                    let Some(found) = prior.resources.get(address) else {
                        let unknown = Value::unknown(schema.block.implied_type());
                        for module in evaluator.values.instances(&address.module).to_vec() {
                            let values = evaluator.values.module_mut(&module);
                            let mut instances = Instances::new(Each::Unknown);
                            instances.set(InstanceKey::None, unknown.clone());
                            values.resources.insert(resource.clone(), instances);
                        }
                        continue;
                    };
                    for (instance, found) in found.iter() {
                        let Some(row) = &found.current else { continue };
                        let object =
                            decode_row(row, &row.type_name, &schema, slot.instance.as_ref())
                                .map_err(|d| vec![d])?;
                        let values = evaluator.values.module_mut(&instance.module);
                        values
                            .resources
                            .entry(resource.clone())
                            .or_insert_with(|| Instances::new(each))
                            .set(instance.key.clone(), object.value);
                    }
                }
            }
        }
        evaluator.surroundings.console = true;
        let console = Console {
            project: self,
            evaluator,
        };
        Ok((console, diagnostics))
    }
}

impl Console<'_> {
    /// Hands out the outputs of the root module, and its names.
    pub fn with_scope<R>(
        &self,
        run: impl FnOnce(&BTreeMap<Arc<str>, Value>, &dyn Scope) -> R,
    ) -> Option<R> {
        let root = self.evaluator.values.module(&ModuleInstance::root());
        let outputs = root.into_iter().flat_map(|m| &m.outputs);
        let outputs = outputs.map(|(k, v)| (k.clone(), v.clone())).collect();
        self.evaluator.in_root(|scope| run(&outputs, scope))
    }

    /// Evaluates one line.
    pub fn ask(&self, line: &str) -> Result<Answer, Diagnostics> {
        let sources = &self.project.config.sources;
        let file = sources.add("<console-input>", line);
        let (expr, mut diagnostics) = parse_expression(sources, file);
        if has_errors(&diagnostics) {
            return Err(diagnostics);
        }
        let argument = console_type_argument(&expr);
        if argument.is_some_and(|inner| console_type_argument(inner).is_some()) {
            return Ok(Answer::Type("type".into()));
        }
        if argument.is_none() {
            diagnostics.extend(type_arity(&expr, sources));
            if has_errors(&diagnostics) {
                return Err(diagnostics);
            }
        }
        let value = self
            .evaluator
            .expression(argument.unwrap_or(&expr), &mut diagnostics);
        if has_errors(&diagnostics) {
            return Err(diagnostics);
        }
        if argument.is_none() && holds_console_type(&expr) {
            return Err(vec![Diagnostic::error(
                "Invalid use of type function",
                "The console-only \"type\" function cannot be used as part of an expression.",
            )]);
        }
        if argument.is_some() {
            return Ok(Answer::Type(type_text(&value.ty(), 0)));
        }
        Ok(Answer::Value(value))
    }

    /// The names that may begin an expression here and those that may follow one, sorted, for completion: functions
    /// with an open parenthesis, `var.a`, `local.b`, `module.c`, resources.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let root = &self.project.config.root;
        let functions = crate::lang::functions::names().filter(|n| *n != "plantimestamp");
        let mut names: Vec<String> = functions.map(|n| format!("{n}(")).collect();
        names.push("type(".into());
        names.extend(root.variables.keys().map(|n| format!("var.{n}")));
        names.extend(root.locals.keys().map(|n| format!("local.{n}")));
        names.extend(root.calls.keys().map(|n| format!("module.{n}")));
        names.extend(root.resources.keys().map(ToString::to_string));
        let fixed = [
            "path.cwd",
            "path.module",
            "path.root",
            "terraform.workspace",
        ];
        names.extend(fixed.map(str::to_owned));
        names.sort();
        names
    }
}

/// The problem of a call of the console's `type` with more or fewer arguments than one.
fn type_arity(expr: &Expr, sources: &Sources) -> Option<Diagnostic> {
    let call = expr.without_parens().as_call()?;
    let few = FunctionError::TooFew {
        expected: 1,
        at_least: false,
        missing: "value",
    };
    let problem = match (&*call.name, call.args.len()) {
        ("type" | "core::type", 0) => few,
        ("type" | "core::type", 2..) => FunctionError::TooMany { expected: 1 },
        _ => return None,
    };
    Some(sources.error(expr.span, problem.summary(), problem.detail(&call.name)))
}
