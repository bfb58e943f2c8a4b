//! Evaluating the objects of a configuration, one node of the graph at a time.
//!
//! Variables, locals, outputs, module calls and the configurations of providers and resources. It calls
//! no provider and reads no state: what resources are is put into [`Values`] by the walk that uses it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Block, Diagnostic, Diagnostics, Marks, Type, Value, convert};

use super::block;
use super::expand::{self, Expansion};
use super::scope::{ModuleScope, Surroundings};
use super::values::{Each, RepetitionData, Values};
use crate::address::{ConfigAddress, ModuleInstance, ModulePath, Resource};
use crate::config::{Condition, Config, Module, ProviderName, Repetition, Variable};
use crate::lang::ast::Expr;
use crate::lang::eval::{Scope, eval};
use crate::lang::functions::FunctionContext;

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
    /// Values given for the root variables.
    given: BTreeMap<Arc<str>, Value>,
    functions: HashMap<ModulePath, FunctionContext>,
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
        Evaluator {
            config,
            purpose,
            surroundings,
            values: Values::new(),
            given,
            functions: contexts.collect(),
        }
    }

    fn module(&self, path: &ModulePath) -> Option<&'c Module> {
        self.config.module(path)
    }

    fn with_scope<R>(
        &self,
        instance: &ModuleInstance,
        repetition: &RepetitionData,
        this: Option<&Value>,
        own: Option<&Resource>,
        run: impl FnOnce(&ModuleScope<'_>) -> R,
    ) -> Option<R> {
        let path = instance.path();
        let scope = ModuleScope {
            config: self.config,
            module: self.module(&path)?,
            instance,
            values: &self.values,
            repetition,
            this,
            own,
            surroundings: &self.surroundings,
            functions: self.functions.get(&path)?,
        };
        Some(run(&scope))
    }

    /// Hands out the names of the root module.
    pub fn in_root<R>(&self, run: impl FnOnce(&dyn Scope) -> R) -> Option<R> {
        let root = ModuleInstance::root();
        let none = RepetitionData::default();
        self.with_scope(&root, &none, None, None, |scope| run(scope))
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
        self.with_scope(instance, repetition, None, None, |scope| {
            eval(expr, scope, diagnostics)
        })
        .unwrap_or_else(|| Value::unknown(Type::Dynamic))
    }

    /// An input variable in every instance of its module.
    pub fn variable(&mut self, path: &ModulePath, name: &Arc<str>, diagnostics: &mut Diagnostics) {
        let Some(variable) = self.module(path).and_then(|m| m.variables.get(name)) else {
            return;
        };
        for instance in self.values.instances(path) {
            let value = match instance.parent() {
                None => self.root_variable(variable, diagnostics),
                Some((caller, call, _)) => {
                    self.module_input(variable, &instance, &caller, &call, diagnostics)
                }
            };
            let mut marks = Marks::NONE;
            if variable.sensitive {
                marks = marks | Marks::SENSITIVE;
            }
            if variable.ephemeral {
                marks = marks | Marks::EPHEMERAL;
            }
            let value = value.with_marks(marks);
            self.values
                .module_mut(&instance)
                .variables
                .insert(name.clone(), value);
            for validation in &variable.validations {
                self.check_variable(variable, validation, &instance, diagnostics);
            }
        }
    }

    fn check_variable(
        &self,
        variable: &Variable,
        validation: &Condition,
        instance: &ModuleInstance,
        diagnostics: &mut Diagnostics,
    ) {
        let before = diagnostics.len();
        let failed = self.condition(
            validation,
            instance,
            &RepetitionData::default(),
            None,
            diagnostics,
        );
        for found in &mut diagnostics[before..] {
            if found.summary == "Invalid condition result" {
                found.summary = "Invalid variable validation result".into();
            }
        }
        if let Some(message) = failed {
            let at = self.config.sources.span(validation.span);
            let mut found = self.config.sources.error(
                variable.span,
                "Invalid value for variable",
                format!(
                    "{message}\n\nThis was checked by the validation rule at {}:{},{}-{}.",
                    at.file, at.start.line, at.start.column, at.end.column
                ),
            );
            found.values = Vec::new();
            diagnostics.push(found);
        }
    }

    fn root_variable(&self, variable: &Variable, diagnostics: &mut Diagnostics) -> Value {
        if self.purpose == Purpose::Validate {
            return Value::unknown(variable.constraint.value_type());
        }
        match self.given.get(&variable.name) {
            Some(value) => self.accept(variable, value.clone(), variable.span, diagnostics),
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
    ) -> Value {
        let Some(call) = self.module(&caller.path()).and_then(|m| m.calls.get(call)) else {
            return Value::unknown(Type::Dynamic);
        };
        let repetition = self
            .values
            .module(instance)
            .map(|m| m.repetition.clone())
            .unwrap_or_default();
        match call.inputs.attribute(&variable.name) {
            Some(input) => {
                let value = self.expression_in(caller, &repetition, &input.expr, diagnostics);
                self.accept(variable, value, input.expr.span, diagnostics)
            }
            None => self.default(variable, diagnostics).unwrap_or_else(|| {
                diagnostics.push(self.config.sources.error(
                    call.span,
                    "Missing required argument",
                    format!(
                        "The argument {:?} is required, but no definition was found.",
                        variable.name
                    ),
                ));
                Value::unknown(variable.constraint.value_type())
            }),
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
        Some(self.convert(
            variable,
            value,
            expr.span,
            "Invalid default value for variable",
            diagnostics,
        ))
    }

    fn accept(
        &self,
        variable: &Variable,
        value: Value,
        span: crate::lang::source::SrcSpan,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        if value.is_null() && !variable.nullable {
            if let Some(default) = self.default(variable, diagnostics) {
                return default;
            }
            diagnostics.push(self.config.sources.error(
                span,
                "Required variable not set",
                format!("Unsuitable value for var.{} set from outside of the configuration: required variable may not be set to null.", variable.name),
            ));
        }
        self.convert(
            variable,
            value,
            span,
            "Invalid value for input variable",
            diagnostics,
        )
    }

    fn convert(
        &self,
        variable: &Variable,
        value: Value,
        span: crate::lang::source::SrcSpan,
        summary: &str,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        match variable.constraint.convert(&value) {
            Ok(value) => value,
            Err(error) => {
                let detail = if summary.contains("default") {
                    format!(
                        "This default value is not compatible with the variable's type constraint: {error}."
                    )
                } else {
                    format!(
                        "The given value is not suitable for var.{} declared at {}: {error}.",
                        variable.name,
                        self.place(variable.span)
                    )
                };
                diagnostics.push(self.config.sources.error(span, summary, detail));
                Value::unknown(variable.constraint.value_type())
            }
        }
    }

    fn place(&self, span: crate::lang::source::SrcSpan) -> String {
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
        for instance in self.values.instances(path) {
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
        for instance in self.values.instances(path) {
            let none = RepetitionData::default();
            for condition in &output.preconditions {
                if let Some(message) =
                    self.condition(condition, &instance, &none, None, diagnostics)
                {
                    diagnostics.push(self.failed(
                        condition,
                        "Module output value precondition failed",
                        message,
                    ));
                }
            }
            let mut value = self.expression_in(&instance, &none, &output.expr, diagnostics);
            if output.sensitive {
                value = value.with_marks(Marks::SENSITIVE);
            } else if path.is_root() && value.marks_deep().is_sensitive() {
                diagnostics.push(self.config.sources.error(
                    output.span,
                    "Output refers to sensitive values",
                    "To reduce the risk of accidentally exporting sensitive data that was intended to be only internal, Trunkline requires that any root module output containing sensitive data be explicitly marked as sensitive, to confirm your intent.\n\nIf you do intend to export this data, annotate the output value as sensitive by adding the following argument:\n    sensitive = true",
                ));
            }
            self.values
                .module_mut(&instance)
                .outputs
                .insert(name.clone(), value);
        }
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
        for caller in self.values.instances(path) {
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
        let value = self
            .with_scope(instance, &none, None, own, |scope| {
                eval(expr, scope, diagnostics)
            })
            .unwrap_or_else(|| Value::unknown(Type::Dynamic));
        if self.purpose == Purpose::Validate {
            return Expansion::unknown(counted);
        }
        let none = Expansion {
            each: if counted { Each::Count } else { Each::ForEach },
            instances: Vec::new(),
        };
        if has_errors(&diagnostics[before..]) {
            return none;
        }
        let result = if counted {
            expand::count(&value)
        } else {
            expand::for_each(&value)
        };
        match result {
            Ok(expansion) => expansion,
            Err((summary, detail)) => {
                diagnostics.push(self.config.sources.error(expr.span, summary, detail));
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
        let Some(resource) = self
            .module(&address.module)
            .and_then(|m| m.resources.get(&address.resource))
        else {
            return Vec::new();
        };
        let instances = self.values.instances(&address.module);
        instances
            .into_iter()
            .map(|i| {
                let expansion = self.expansion(
                    &i,
                    &resource.repetition,
                    Some(&address.resource),
                    diagnostics,
                );
                (i, expansion)
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
        let resource = self
            .module(&address.module)
            .and_then(|m| m.resources.get(&address.resource));
        resource
            .and_then(|r| {
                self.with_scope(
                    instance,
                    repetition,
                    None,
                    Some(&address.resource),
                    |scope| block::evaluate(&r.body, schema, scope, diagnostics),
                )
            })
            .unwrap_or_else(|| Value::unknown(schema.implied_type()))
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
        self.with_scope(instance, repetition, Some(this), None, |scope| {
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
        let instance = self
            .values
            .instances(path)
            .into_iter()
            .next()
            .unwrap_or_default();
        self.with_scope(&instance, &RepetitionData::default(), None, None, |scope| {
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
        self.with_scope(instance, repetition, this, None, |scope| {
            eval(expr, scope, diagnostics)
        })
        .unwrap_or_else(|| Value::unknown(Type::Dynamic))
    }

    /// Checks a condition. `Some` is its message when it does not hold; a condition that is not known
    /// yet holds for now.
    pub fn condition(
        &self,
        condition: &Condition,
        instance: &ModuleInstance,
        repetition: &RepetitionData,
        this: Option<&Value>,
        diagnostics: &mut Diagnostics,
    ) -> Option<String> {
        let result = self.resource_expression(
            instance,
            repetition,
            this,
            &condition.condition,
            diagnostics,
        );
        let result = match convert(&result, &Type::Bool) {
            Ok(result) if !result.is_null() => result,
            _ => {
                diagnostics.push(self.config.sources.error(
                    condition.condition.span,
                    "Invalid condition result",
                    "Condition expression must return either true or false, not null or another type.",
                ));
                return None;
            }
        };
        if result.as_bool() != Some(false) {
            return None;
        }
        let message = self.resource_expression(
            instance,
            repetition,
            this,
            &condition.error_message,
            diagnostics,
        );
        if message.marks_deep().is_sensitive() {
            diagnostics.push(self.config.sources.error(
                condition.error_message.span,
                "Error message refers to sensitive values",
                "The error expression used to explain this condition refers to sensitive values, so Trunkline will not display the resulting message.\n\nYou can correct this by removing references to sensitive values, or by carefully using the nonsensitive() function if the expression will not reveal the sensitive data.",
            ));
            return Some(
                "The error message included a sensitive value, so it will not be displayed.".into(),
            );
        }
        Some(
            message
                .as_str()
                .unwrap_or("Failed to evaluate condition error message.")
                .to_owned(),
        )
    }

    /// A failed condition as an error.
    #[must_use]
    pub fn failed(&self, condition: &Condition, summary: &str, message: String) -> Diagnostic {
        self.config
            .sources
            .error(condition.condition.span, summary, message)
    }
}
