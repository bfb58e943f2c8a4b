//! Evaluating the objects of a configuration, one node of the graph at a time.
//!
//! Variables, locals, outputs, module calls and the configurations of providers and resources. It calls
//! no provider and reads no state: what resources are is put into [`Values`] by the walk that uses it.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::diagnostic::{Severity, has_errors};
use trunkline_api::{Block, Diagnostic, Diagnostics, Marks, Type, Value};

use super::block::{self, missing_at};
use super::checks::{CheckInstance, Checkable, Checks};
use super::ephemeral;
use super::expand::{self, Expansion};
use super::scope::{ModuleScope, SELF_REFERENCE, Surroundings};
use super::values::{Each, RepetitionData, Values};
use crate::address::{ConfigAddress, Mode, ModuleInstance, ModulePath, Resource};
use crate::config::{Config, Module, Output, ProviderName, Repetition, ResourceConfig, Variable};
use crate::lang::ast::Expr;
use crate::lang::eval::{Scope, eval, reference_values};
use crate::lang::functions::FunctionContext;
use crate::lang::source::SrcSpan;
use crate::lookup::Lookup;
use crate::product;

/// What an evaluation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Nothing outside the configuration is known, not even variables.
    Validate,
    /// Plan or apply.
    Run,
}

/// Evaluates a configuration.
pub struct Evaluator<'c> {
    /// The configuration.
    pub config: &'c Config,
    /// What it is for.
    pub purpose: Purpose,
    /// `path.*` and `terraform.*`
    pub surroundings: Surroundings,
    /// The values so far.
    pub values: Values,
    /// How the conditions fared so far.
    pub checks: Checks,
    /// How bad it is when a precondition or postcondition does not hold.
    pub severity: Severity,
    /// Values given for the root variables.
    given: BTreeMap<Arc<str>, Value>,
    /// Where they were given; those that are not named, on the command line.
    pub given_at: GivenPlaces,
    /// Whether the root variables have their values; otherwise they are unknown.
    knows_variables: bool,
    functions: Lookup<ModulePath, FunctionContext>,
}

/// Where the values of root variables were given, by name.
pub type GivenPlaces = BTreeMap<Arc<str>, GivenAt>;

/// Where the value of a root variable was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenAt {
    /// With `-var`.
    CommandLine,
    /// In a `TF_VAR_` variable of the environment.
    Environment,
    /// In a file, at this place.
    File(SrcSpan),
    /// By a person who was asked.
    Asked,
}

/// Where a value stands that a variable is given, and how problems with it are told.
#[derive(Clone, Copy)]
enum Origin<'a> {
    Expression(SrcSpan, &'a ModuleInstance),
    Root(GivenAt),
}

/// Where an expression stands.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The instance of the module.
    pub instance: &'a ModuleInstance,
    /// `each` and `count` of the object at hand.
    pub repetition: &'a RepetitionData,
    /// `self`
    pub this: Option<&'a Value>,
    /// The object at hand, which may not refer to itself.
    pub own: Option<&'a Resource>,
    /// The check at hand, whose data source may be referred to.
    pub check: Option<&'a Arc<str>>,
}

static NO_REPETITION: RepetitionData = RepetitionData::NONE;

impl<'a> Place<'a> {
    /// A place in a module with nothing special about it.
    #[must_use]
    pub fn of(instance: &'a ModuleInstance) -> Place<'a> {
        Place {
            instance,
            repetition: &NO_REPETITION,
            this: None,
            own: None,
            check: None,
        }
    }
}

impl<'c> Evaluator<'c> {
    /// A new evaluation. `functions` makes the context for calls in a module's directory.
    pub fn new(
        config: &'c Config,
        purpose: Purpose,
        surroundings: Surroundings,
        given: BTreeMap<Arc<str>, Value>,
        functions: &dyn Fn(&Module) -> FunctionContext,
    ) -> Evaluator<'c> {
        let contexts = config
            .modules()
            .into_iter()
            .map(|m| (m.path.clone(), functions(m)));
        let mut values = Values::new();
        let root = values.module_mut(&ModuleInstance::root());
        root.resources.reserve(config.root.resources.len());
        Evaluator {
            config,
            purpose,
            surroundings,
            values,
            checks: Checks::new(config),
            severity: Severity::Error,
            given,
            given_at: GivenPlaces::new(),
            knows_variables: purpose == Purpose::Run,
            functions: contexts.collect(),
        }
    }

    /// The same, with the values of the root variables although nothing runs.
    #[must_use]
    pub fn knowing_variables(mut self) -> Self {
        self.knows_variables = true;
        self
    }

    fn module(&self, path: &ModulePath) -> Option<&'c Module> {
        self.config.module(path)
    }

    pub(super) fn with_scope<R>(
        &self,
        place: &Place<'_>,
        run: impl FnOnce(&ModuleScope<'_>) -> R,
    ) -> Option<R> {
        let path = place.instance.path();
        let scope = ModuleScope {
            config: self.config,
            module: self.module(&path)?,
            instance: place.instance,
            values: &self.values,
            repetition: place.repetition,
            this: place.this,
            // Only a plan knows which instance refers to itself; one may refer to another while nothing is planned.
            own: place.own.filter(|_| self.purpose == Purpose::Run),
            check: place.check,
            validating: self.purpose == Purpose::Validate,
            surroundings: &self.surroundings,
            functions: self.functions.get(&path)?,
        };
        Some(run(&scope))
    }

    /// Hands out the names of the root module.
    pub fn in_root<R>(&self, run: impl FnOnce(&dyn Scope) -> R) -> Option<R> {
        let root = ModuleInstance::root();
        self.with_scope(&Place::of(&root), |scope| run(scope))
    }

    /// Evaluates `expr` in the root module, as `console` does.
    pub fn expression(&self, expr: &Expr, diagnostics: &mut Diagnostics) -> Value {
        self.expression_in(
            &ModuleInstance::root(),
            &RepetitionData::default(),
            expr,
            diagnostics,
        )
    }

    /// Evaluates `expr` in a module's instance, with what `each` and `count` are there.
    pub fn expression_in(
        &self,
        instance: &ModuleInstance,
        repetition: &RepetitionData,
        expr: &Expr,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let place = Place {
            repetition,
            ..Place::of(instance)
        };
        self.with_scope(&place, |scope| eval(expr, scope, diagnostics))
            .unwrap_or_else(|| Value::unknown(Type::Dynamic))
    }

    /// An input variable in every instance of its module.
    pub fn variable(&mut self, path: &ModulePath, name: &Arc<str>, diagnostics: &mut Diagnostics) {
        let Some(variable) = self.module(path).and_then(|m| m.variables.get(name)) else {
            return;
        };
        let instances = self.values.instances(path).to_vec();
        let object = Checkable::Variable(path.clone(), name.clone());
        let expanded = instances.iter().map(CheckInstance::of_module);
        self.checks.expand(&object, expanded);
        for instance in instances {
            let (value, given) = match instance.parent() {
                None => {
                    let given = match self.given_at.get(name) {
                        Some(GivenAt::File(span)) => *span,
                        _ => variable.span,
                    };
                    (self.root_variable(variable, diagnostics), given)
                }
                Some((caller, call, _)) => {
                    self.module_input(variable, &instance, &caller, &call, diagnostics)
                }
            };
            let value = match variable.ephemeral {
                true => value.with_marks(Marks::EPHEMERAL),
                false => value,
            };
            let secret = match variable.sensitive {
                true => value.clone().with_marks(Marks::SENSITIVE),
                false => value.clone(),
            };
            // The rules see the value itself: that the variable is declared sensitive hides it from others.
            self.set_variable(&instance, name, value);
            self.validations(variable, &instance, given, diagnostics);
            self.set_variable(&instance, name, secret);
        }
    }

    fn set_variable(&mut self, instance: &ModuleInstance, name: &Arc<str>, value: Value) {
        let module = self.values.module_mut(instance);
        module.variables.insert(name.clone(), value);
    }

    fn root_variable(&self, variable: &Variable, diagnostics: &mut Diagnostics) -> Value {
        if !self.knows_variables {
            return Value::unknown(variable.constraint.value_type());
        }
        match self.given.get(&variable.name) {
            Some(value) => {
                let at = self.given_at.get(&variable.name).copied();
                let origin = Origin::Root(at.unwrap_or(GivenAt::CommandLine));
                self.accept(variable, value.clone(), origin, diagnostics)
            }
            None => self.default(variable, diagnostics).unwrap_or_else(|| {
                diagnostics.push(self.config.sources.error(
                    variable.span,
                    "No value for required variable",
                    format!("The root module input variable {:?} is not set, and has no default value. Use a -var or -var-file command line argument to provide a value for this variable.", variable.name),
                ));
                Value::unknown(variable.constraint.value_type())
            }),
        }
    }

    fn module_input(
        &self,
        variable: &Variable,
        instance: &ModuleInstance,
        caller: &ModuleInstance,
        call: &Arc<str>,
        diagnostics: &mut Diagnostics,
    ) -> (Value, SrcSpan) {
        let Some(call) = self.module(&caller.path()).and_then(|m| m.calls.get(call)) else {
            return (Value::unknown(Type::Dynamic), variable.span);
        };
        let repetition = self
            .values
            .module(instance)
            .map(|m| m.repetition.clone())
            .unwrap_or_default();
        match call.inputs.attribute(&variable.name) {
            Some(input) => {
                let value = self.expression_in(caller, &repetition, &input.expr, diagnostics);
                if value.marks_deep().is_ephemeral() && !variable.ephemeral {
                    diagnostics.push(self.config.sources.error(
                        input.expr.span,
                        "Ephemeral value not allowed",
                        "This input variable is not declared as accepting a ephemeral values, so it cannot be set to a result derived from an ephemeral value.",
                    ));
                    return (
                        Value::unknown(variable.constraint.value_type()),
                        input.expr.span,
                    );
                }
                let origin = Origin::Expression(input.expr.span, instance);
                let value = self.accept(variable, value, origin, diagnostics);
                (value, input.expr.span)
            }
            None => {
                let value = self.default(variable, diagnostics).unwrap_or_else(|| {
                    diagnostics.push(self.config.sources.error(
                        missing_at(&call.inputs),
                        "Missing required argument",
                        format!(
                            "The argument {:?} is required, but no definition was found.",
                            variable.name
                        ),
                    ));
                    Value::unknown(variable.constraint.value_type())
                });
                (value, variable.span)
            }
        }
    }

    /// The variable's default, converted.
    fn default(&self, variable: &Variable, diagnostics: &mut Diagnostics) -> Option<Value> {
        let expr = variable.default.as_ref()?;
        let value = self.expression_in(
            &ModuleInstance::root(),
            &RepetitionData::default(),
            expr,
            diagnostics,
        );
        let converted = variable.constraint.convert(&value);
        Some(converted.unwrap_or_else(|error| {
            diagnostics.push(self.config.sources.error(
                expr.span,
                "Invalid default value for variable",
                format!("This default value is not compatible with the variable's type constraint: {error}."),
            ));
            Value::unknown(variable.constraint.value_type())
        }))
    }

    fn accept(
        &self,
        variable: &Variable,
        value: Value,
        origin: Origin<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        if value.is_null() && !variable.nullable {
            if let Some(default) = self.default(variable, diagnostics) {
                return default;
            }
            let why = "required variable may not be set to null";
            diagnostics.push(self.unsuitable(
                variable,
                origin,
                "Required variable not set",
                "defined",
                why,
            ));
            return Value::unknown(variable.constraint.value_type());
        }
        variable.constraint.convert(&value).unwrap_or_else(|error| {
            let summary = "Invalid value for input variable";
            let why = error.to_string();
            diagnostics.push(self.unsuitable(variable, origin, summary, "declared", &why));
            Value::unknown(variable.constraint.value_type())
        })
    }

    /// The problem with a value that a variable cannot have, where the value was given.
    fn unsuitable(
        &self,
        variable: &Variable,
        origin: Origin<'_>,
        summary: &str,
        verb: &str,
        why: &str,
    ) -> Diagnostic {
        let name = &variable.name;
        let written = |span, module: &str| {
            let place = self.place(variable.span);
            let detail = format!(
                "The given value is not suitable for {module}var.{name} {verb} at {place}: {why}."
            );
            self.config.sources.error(span, summary, detail)
        };
        let given = |how: String| {
            let detail = format!("Unsuitable value for var.{name} set {how}: {why}.");
            self.config.sources.error(variable.span, summary, detail)
        };
        match origin {
            Origin::Expression(span, instance) => written(span, &format!("{instance}.")),
            Origin::Root(GivenAt::File(span)) => written(span, ""),
            Origin::Root(GivenAt::CommandLine) => given(format!("using -var=\"{name}=...\"")),
            Origin::Root(GivenAt::Environment) => {
                given(format!("using the TF_VAR_{name} environment variable"))
            }
            Origin::Root(GivenAt::Asked) => given("interactively".into()),
        }
    }

    fn place(&self, span: SrcSpan) -> String {
        let at = self.config.sources.span(span);
        format!(
            "{}:{},{}-{}",
            at.file, at.start.line, at.start.column, at.end.column
        )
    }

    /// A local value in every instance of its module.
    pub fn local(&mut self, path: &ModulePath, name: &Arc<str>, diagnostics: &mut Diagnostics) {
        let Some(local) = self.module(path).and_then(|m| m.locals.get(name)) else {
            return;
        };
        for instance in self.values.instances(path).to_vec() {
            let value = self.expression_in(
                &instance,
                &RepetitionData::default(),
                &local.expr,
                diagnostics,
            );
            self.values
                .module_mut(&instance)
                .locals
                .insert(name.clone(), value);
        }
    }

    /// An output in every instance of its module.
    pub fn output(&mut self, path: &ModulePath, name: &Arc<str>, diagnostics: &mut Diagnostics) {
        let Some(output) = self.module(path).and_then(|m| m.outputs.get(name)) else {
            return;
        };
        let instances = self.values.instances(path).to_vec();
        let object = Checkable::Output(path.clone(), name.clone());
        let expanded = instances.iter().map(CheckInstance::of_module);
        self.checks.expand(&object, expanded);
        for instance in instances {
            let none = RepetitionData::default();
            let before = diagnostics.len();
            if !self.output_preconditions(name, &output.preconditions, &instance, diagnostics) {
                self.failed_output(&instance, name);
                continue;
            }
            let mut value = self.expression_in(&instance, &none, &output.expr, diagnostics);
            if let Some(problem) = self.ephemeral_output(path, output, &value) {
                diagnostics.push(problem);
                self.failed_output(&instance, name);
                continue;
            }
            if output.ephemeral {
                value = value.with_marks(Marks::EPHEMERAL);
            }
            if output.sensitive {
                value = value.with_marks(Marks::SENSITIVE);
            } else if path.is_root() && value.marks_deep().is_sensitive() {
                diagnostics.push(self.config.sources.error(
                    output.span,
                    "Output refers to sensitive values",
                    product::named("To reduce the risk of accidentally exporting sensitive data that was intended to be only internal, {product} requires that any root module output containing sensitive data be explicitly marked as sensitive, to confirm your intent.\n\nIf you do intend to export this data, annotate the output value as sensitive by adding the following argument:\n    sensitive = true"),
                ));
            }
            if path.is_root() && has_errors(&diagnostics[before..]) {
                // What cannot be had is no part of the plan.
                continue;
            }
            self.values
                .module_mut(&instance)
                .outputs
                .insert(name.clone(), value);
        }
    }

    /// An output without a value, which its callers must not take for one that does not exist.
    fn failed_output(&mut self, instance: &ModuleInstance, name: &Arc<str>) {
        if !instance.is_root() {
            let unknown = Value::unknown(Type::Dynamic);
            let module = self.values.module_mut(instance);
            module.outputs.insert(name.clone(), unknown);
        }
    }

    /// What is wrong with an output's value where it is ephemeral and must not be, or the other way round.
    fn ephemeral_output(
        &self,
        path: &ModulePath,
        output: &Output,
        value: &Value,
    ) -> Option<Diagnostic> {
        let found = value.marks_deep().is_ephemeral();
        let (span, summary, detail) = match (output.ephemeral, found) {
            (true, _) if path.is_root() => (
                output.span,
                "Ephemeral output not allowed",
                "Ephemeral outputs are not allowed in context of a root module",
            ),
            (false, true) => (
                output.expr.span,
                "Ephemeral value not allowed",
                "This output value is not declared as returning an ephemeral value, so it cannot be set to a result derived from an ephemeral value.",
            ),
            (true, false) => (
                output.expr.span,
                "Value not allowed in ephemeral output",
                "This output value is declared as returning an ephemeral value, so it can only be set to an ephemeral value.",
            ),
            _ => return None,
        };
        Some(self.config.sources.error(span, summary, detail))
    }

    /// The instances of a called module, in every instance of the caller.
    pub fn call(&mut self, path: &ModulePath, name: &Arc<str>, diagnostics: &mut Diagnostics) {
        let Some(call) = self.module(path).and_then(|m| m.calls.get(name)) else {
            return;
        };
        let Some(child) = self.module(&path.child(name)) else {
            return;
        };
        for attribute in &call.inputs.attributes {
            if !child.variables.contains_key(&attribute.name) {
                let names: Vec<&str> = child.variables.keys().map(|n| &**n).collect();
                let near = crate::config::block::nearest(&attribute.name, &names);
                let more = near
                    .map(|n| format!(" Did you mean {n:?}?"))
                    .unwrap_or_default();
                diagnostics.push(self.config.sources.error(
                    attribute.name_span,
                    "Unsupported argument",
                    format!(
                        "An argument named {:?} is not expected here.{more}",
                        attribute.name
                    ),
                ));
            }
        }
        for caller in self.values.instances(path).to_vec() {
            let expansion = self.expansion(&caller, &call.repetition, None, diagnostics);
            let keys = expansion.instances.iter().map(|(k, _)| k.clone()).collect();
            self.values
                .module_mut(&caller)
                .calls
                .insert(name.clone(), (expansion.each, keys));
            for (key, repetition) in expansion.instances {
                self.values.add_module(caller.child(name, key), repetition);
            }
        }
    }

    fn expansion(
        &self,
        instance: &ModuleInstance,
        repetition: &Repetition,
        own: Option<&Resource>,
        diagnostics: &mut Diagnostics,
    ) -> Expansion {
        let Some(expr) = repetition.expr() else {
            return Expansion::single();
        };
        let counted = matches!(repetition, Repetition::Count(_));
        let before = diagnostics.len();
        let none = RepetitionData::default();
        let place = Place {
            repetition: &none,
            own,
            ..Place::of(instance)
        };
        let value = self
            .with_scope(&place, |scope| eval(expr, scope, diagnostics))
            .unwrap_or_else(|| Value::unknown(Type::Dynamic));
        let validating = self.purpose == Purpose::Validate;
        let none = match validating {
            true => Expansion::unknown(counted),
            false => Expansion {
                each: if counted { Each::Count } else { Each::ForEach },
                instances: Vec::new(),
            },
        };
        if has_errors(&diagnostics[before..])
            || validating && !value.is_known() && value.marks().is_empty()
        {
            return none;
        }
        let result = if counted {
            expand::count(&value)
        } else {
            expand::for_each(&value)
        };
        match result {
            Ok(_) if validating => none,
            Ok(expansion) => expansion,
            // What is not known yet is for the plan to say.
            Err((_, detail)) if validating && detail.contains("until apply") => none,
            Err((summary, detail)) => {
                let mut problem = self.config.sources.error(expr.span, summary, detail);
                if summary != "Invalid count argument" {
                    let values = self.with_scope(&place, |s| reference_values(expr, s, true));
                    problem.values = values.unwrap_or_default();
                }
                diagnostics.push(problem);
                none
            }
        }
    }

    /// The instances of a resource in every instance of its module.
    pub fn resource_instances(
        &self,
        address: &ConfigAddress,
        diagnostics: &mut Diagnostics,
    ) -> Vec<(ModuleInstance, Expansion)> {
        let module = self.module(&address.module);
        match module.and_then(|m| m.resources.get(&address.resource)) {
            Some(written) => self.instances_of(written, address, diagnostics),
            None => Vec::new(),
        }
    }

    /// The instances of a resource that is `written` so, in every instance of its module.
    pub fn instances_of(
        &self,
        written: &ResourceConfig,
        address: &ConfigAddress,
        diagnostics: &mut Diagnostics,
    ) -> Vec<(ModuleInstance, Expansion)> {
        let own = Some(&address.resource);
        let instances = self.values.instances(&address.module).iter();
        instances
            .map(|i| {
                let expansion = self.expansion(i, &written.meta.repetition, own, diagnostics);
                (i.clone(), expansion)
            })
            .collect()
    }

    /// The configuration of one instance of a resource.
    pub fn resource_config(
        &self,
        address: &ConfigAddress,
        instance: &ModuleInstance,
        repetition: &RepetitionData,
        schema: &Block,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let module = self.module(&address.module);
        match module.and_then(|m| m.resources.get(&address.resource)) {
            Some(written) => {
                let resource = &address.resource;
                self.config_of(written, resource, instance, repetition, schema, diagnostics)
            }
            None => Value::unknown(schema.implied_type()),
        }
    }

    /// The configuration of one instance of a resource that is `written` so.
    pub fn config_of(
        &self,
        written: &ResourceConfig,
        resource: &Resource,
        instance: &ModuleInstance,
        repetition: &RepetitionData,
        schema: &Block,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let place = Place {
            repetition,
            own: Some(resource),
            check: written.meta.check.as_ref(),
            ..Place::of(instance)
        };
        let mut found = Diagnostics::new();
        let value = self.with_scope(&place, |scope| {
            block::evaluate(&written.body, schema, scope, &mut found)
        });
        // Every instance finds that one of them refers to itself; it is told once.
        found.retain(|d| {
            d.summary != SELF_REFERENCE
                || !diagnostics
                    .iter()
                    .any(|k| k.span == d.span && k.detail == d.detail)
        });
        diagnostics.append(&mut found);
        let Some(value) = value else {
            return Value::unknown(schema.implied_type());
        };
        if resource.mode != Mode::Ephemeral && value.marks_deep().is_ephemeral() {
            let found = ephemeral::stored(&written.body, schema, &value, &self.config.sources);
            let address = ConfigAddress::new(instance.path(), resource.clone());
            diagnostics.extend(found.into_iter().map(|d| d.about(address.to_string())));
        }
        value
    }

    /// A block that belongs to an object and may refer to it as `self`.
    pub fn own_block(
        &self,
        instance: &ModuleInstance,
        repetition: &RepetitionData,
        this: &Value,
        body: &crate::lang::ast::Body,
        schema: &Block,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let place = Place {
            repetition,
            this: Some(this),
            ..Place::of(instance)
        };
        self.with_scope(&place, |scope| {
            block::evaluate(body, schema, scope, diagnostics)
        })
        .unwrap_or_else(|| Value::unknown(schema.implied_type()))
    }

    /// The configuration of a provider. A provider without a block has an empty one.
    pub fn provider_config(
        &self,
        path: &ModulePath,
        name: &ProviderName,
        schema: &Block,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let empty = crate::lang::ast::Body::default();
        let body = self
            .module(path)
            .and_then(|m| m.providers.get(name))
            .map_or(&empty, |p| &p.body);
        let first = self.values.instances(path).first();
        let instance = first.cloned().unwrap_or_default();
        self.with_scope(&Place::of(&instance), |scope| {
            block::evaluate(body, schema, scope, diagnostics)
        })
        .unwrap_or_else(|| Value::unknown(schema.implied_type()))
    }

    /// Evaluates an expression for one instance of a resource, with `self` where it is given.
    pub fn resource_expression(
        &self,
        instance: &ModuleInstance,
        repetition: &RepetitionData,
        this: Option<&Value>,
        expr: &Expr,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let place = Place {
            repetition,
            this,
            ..Place::of(instance)
        };
        self.with_scope(&place, |scope| eval(expr, scope, diagnostics))
            .unwrap_or_else(|| Value::unknown(Type::Dynamic))
    }
}
