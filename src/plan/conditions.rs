//! Conditions evaluated: preconditions, postconditions, assertions and validation rules, with what is said when
//! one does not hold.
//!
//! What came of each is recorded in [`super::checks`]; whether a run goes on is for the walk that asks.

use std::sync::Arc;

use trunkline_api::diagnostic::{Severity, has_errors};
use trunkline_api::{Diagnostic, Diagnostics, Kind, Marks, Type, Value, convert};

use super::checks::{CheckInstance, CheckStatus, Checkable, Rule};
use super::evaluate::{Evaluator, Place, Purpose};
use super::values::RepetitionData;
use crate::address::{Address, ModuleInstance, ModulePath};
use crate::config::{Condition, Config, ResourceConfig, Variable};
use crate::lang::ast::Expr;
use crate::lang::eval::{Scope, eval, reference_values, told};
use crate::lang::source::{Sources, SrcSpan};
use crate::product;

/// What stands for a message that cannot be shown.
const NO_MESSAGE: &str = "This check failed, but has an invalid error message as described in the other accompanying messages.";

/// How a condition fared, and its message where it does not hold.
type Outcome = (CheckStatus, Option<String>);

/// The resource of an instance, where anything in the configuration has conditions.
fn with_conditions<'c>(evaluator: &Evaluator<'c>, address: &Address) -> Option<&'c ResourceConfig> {
    match evaluator.checks.is_empty() {
        true => None,
        false => resource(evaluator.config, address),
    }
}

impl Evaluator<'_> {
    /// The preconditions of an instance. False when it must not be gone on with.
    pub fn preconditions(
        &mut self,
        address: &Address,
        repetition: &RepetitionData,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let conditions =
            with_conditions(self, address).map_or(&[][..], |r| &r.meta.lifecycle.preconditions);
        let place = Place {
            repetition,
            ..Place::of(&address.module)
        };
        self.resource_rules(
            address,
            conditions,
            Rule::Precondition,
            &place,
            "Resource precondition",
            diagnostics,
        )
    }

    /// The postconditions of an instance that is `value` now. False when it must not be gone on with.
    pub fn postconditions(
        &mut self,
        address: &Address,
        repetition: &RepetitionData,
        value: &Value,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let conditions =
            with_conditions(self, address).map_or(&[][..], |r| &r.meta.lifecycle.postconditions);
        let place = Place {
            repetition,
            this: Some(value),
            ..Place::of(&address.module)
        };
        self.resource_rules(
            address,
            conditions,
            Rule::Postcondition,
            &place,
            "Resource postcondition",
            diagnostics,
        )
    }

    fn resource_rules(
        &mut self,
        address: &Address,
        conditions: &[Condition],
        rule: fn(usize) -> Rule,
        place: &Place<'_>,
        what: &str,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        if conditions.is_empty() {
            return true;
        }
        let before = diagnostics.len();
        if self.purpose == Purpose::Validate {
            for condition in conditions {
                for expr in [&condition.condition, &condition.error_message] {
                    self.value(place, expr, diagnostics);
                }
            }
            return !has_errors(&diagnostics[before..]);
        }
        let object = Checkable::Resource(address.config().clone());
        let at = CheckInstance {
            module: address.module.clone(),
            key: address.key.clone(),
        };
        let severity = self.severity;
        for (i, condition) in conditions.iter().enumerate() {
            let (status, message) = self.rule(condition, place, what, severity, diagnostics);
            self.checks.report(&object, &at, rule(i), status, message);
        }
        !has_errors(&diagnostics[before..])
    }

    /// The preconditions of an output in one instance of its module. False when its value must not be used.
    pub fn output_preconditions(
        &mut self,
        name: &Arc<str>,
        conditions: &[Condition],
        instance: &ModuleInstance,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        if conditions.is_empty() {
            return true;
        }
        let before = diagnostics.len();
        let object = Checkable::Output(instance.path(), name.clone());
        let at = CheckInstance::of_module(instance);
        let (place, severity) = (Place::of(instance), self.severity);
        for (i, condition) in conditions.iter().enumerate() {
            let what = "Module output value precondition";
            let (status, message) = self.rule(condition, &place, what, severity, diagnostics);
            let rule = Rule::Precondition(i);
            self.checks.report(&object, &at, rule, status, message);
        }
        !has_errors(&diagnostics[before..])
    }

    /// A `check` block in every instance of its module. What does not hold is a warning.
    pub fn check(&mut self, path: &ModulePath, name: &Arc<str>, diagnostics: &mut Diagnostics) {
        let Some(check) = self.config.module(path).and_then(|m| m.checks.get(name)) else {
            return;
        };
        let object = Checkable::Check(path.clone(), name.clone());
        for instance in self.values.instances(path) {
            let place = Place {
                check: Some(name),
                ..Place::of(instance)
            };
            if self.purpose == Purpose::Validate {
                for assert in &check.asserts {
                    if self.refers(std::slice::from_ref(assert), &place, diagnostics) {
                        self.value(&place, &assert.condition, diagnostics);
                        self.message(&place, &assert.error_message, diagnostics);
                    }
                }
                continue;
            }
            let at = CheckInstance::of_module(instance);
            self.checks.expand(&object, [at.clone()]);
            // Where its data source could not be read, nothing more can be said.
            if self.checks.status(&object, &at) >= CheckStatus::Fail {
                continue;
            }
            for (i, assert) in check.asserts.iter().enumerate() {
                let what = "Check block assertion";
                let before = diagnostics.len();
                let (status, message) =
                    self.rule(assert, &place, what, Severity::Warning, diagnostics);
                for told in &mut diagnostics[before..] {
                    told.of_check = !told.is_error();
                }
                let rule = Rule::Assert(i);
                self.checks.report(&object, &at, rule, status, message);
            }
        }
    }

    /// Records whether the data source inside a check could be read, and what went wrong if it could not.
    pub fn report_data(
        &mut self,
        address: &Address,
        check: &Arc<str>,
        status: CheckStatus,
        problems: Option<&[Diagnostic]>,
    ) {
        let object = Checkable::Check(address.module.path(), check.clone());
        let at = CheckInstance::of_module(&address.module);
        let message = (status == CheckStatus::Fail).then(|| in_one_text(problems.unwrap_or(&[])));
        self.checks
            .report(&object, &at, Rule::Data, status, message);
    }

    /// Whether all that conditions and their messages refer to is there. They are one expression as far as what is
    /// said of that goes.
    fn refers(
        &self,
        rules: &[Condition],
        place: &Place<'_>,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let problems = self.with_scope(place, |scope| {
            let mut problems = Vec::new();
            for rule in rules {
                for expr in [&rule.condition, &rule.error_message] {
                    expr.visit_references(&mut |t| problems.extend(scope.resolve(t).err()));
                }
            }
            problems
        });
        let problems = problems.unwrap_or_default();
        let fine = problems.is_empty();
        diagnostics.extend(told(problems));
        fine
    }

    fn value(&self, place: &Place<'_>, expr: &Expr, diagnostics: &mut Diagnostics) -> Value {
        self.with_scope(place, |scope| eval(expr, scope, diagnostics))
            .unwrap_or_else(|| Value::unknown(Type::Dynamic))
    }

    /// A problem with an expression of a condition, with the values of the references in it.
    fn about(
        &self,
        place: &Place<'_>,
        expr: &Expr,
        span: SrcSpan,
        all: bool,
        summary: &str,
        detail: String,
    ) -> Diagnostic {
        let values = self.with_scope(place, |scope| reference_values(expr, scope, all));
        Diagnostic {
            values: values.unwrap_or_default(),
            ..self.config.sources.error(span, summary, detail)
        }
    }

    /// Evaluates one condition.
    fn rule(
        &self,
        rule: &Condition,
        place: &Place<'_>,
        what: &str,
        severity: Severity,
        diagnostics: &mut Diagnostics,
    ) -> Outcome {
        if !self.refers(std::slice::from_ref(rule), place, diagnostics) {
            return (CheckStatus::Error, None);
        }
        let before = diagnostics.len();
        let condition = &rule.condition;
        let result = self.value(place, condition, diagnostics);
        let message = self.message(place, &rule.error_message, diagnostics);
        if has_errors(&diagnostics[before..]) {
            return (CheckStatus::Error, None);
        }
        let problem = |summary: &str, detail: String| {
            self.about(place, condition, condition.span, false, summary, detail)
        };
        if !result.is_known() {
            if what == "Check block assertion" && self.purpose == Purpose::Run {
                let summary = format!("{what} known after apply");
                let detail = "The condition could not be evaluated at this time, a result will be known when this plan is applied.";
                diagnostics.push(Diagnostic {
                    severity: Severity::Warning,
                    ..problem(&summary, detail.into())
                });
            }
            return (CheckStatus::Unknown, None);
        }
        if result.is_null() {
            let detail = "Condition expression must return either true or false, not null.";
            diagnostics.push(problem("Invalid condition result", detail.into()));
            return (CheckStatus::Error, None);
        }
        match convert(&result, &Type::Bool).map(|r| r.as_bool()) {
            Ok(Some(true)) => (CheckStatus::Pass, None),
            Ok(Some(false)) => {
                let detail = message.as_deref().unwrap_or(NO_MESSAGE).to_owned();
                diagnostics.push(Diagnostic {
                    severity,
                    ..problem(&format!("{what} failed"), detail)
                });
                (CheckStatus::Fail, message)
            }
            Ok(None) => (CheckStatus::Unknown, None),
            Err(error) => {
                let detail = format!("Invalid condition result value: {error}.");
                diagnostics.push(problem("Invalid condition result", detail));
                (CheckStatus::Error, None)
            }
        }
    }

    /// The message of a condition; nothing where it cannot be shown or is not known.
    fn message(
        &self,
        place: &Place<'_>,
        expr: &Expr,
        diagnostics: &mut Diagnostics,
    ) -> Option<String> {
        let before = diagnostics.len();
        let value = self.value(place, expr, diagnostics);
        if has_errors(&diagnostics[before..]) {
            return None;
        }
        let unsuitable = |why: String| {
            let detail = format!("Unsuitable value for error message: {why}.");
            let summary = "Invalid error message";
            self.about(place, expr, expr.span, false, summary, detail)
        };
        let value = match convert(&value, &Type::String) {
            Ok(value) => value,
            Err(error) => {
                diagnostics.push(unsuitable(error.to_string()));
                return None;
            }
        };
        let marks = value.marks();
        let sources = &self.config.sources;
        if value.is_null() {
            diagnostics.push(unsuitable("must not be null".into()));
            return None;
        }
        if !value.is_known() {
            return None;
        }
        if let Some(warning) = hidden_message(marks, expr, sources) {
            diagnostics.push(warning);
            return None;
        }
        let text = value.as_str().unwrap_or_default().trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The validation rules of a variable whose value is already in place. `given` is where the value is written.
    pub fn validations(
        &mut self,
        variable: &Variable,
        instance: &ModuleInstance,
        given: SrcSpan,
        diagnostics: &mut Diagnostics,
    ) {
        if variable.validations.is_empty() {
            return;
        }
        let object = Checkable::Variable(instance.path(), variable.name.clone());
        let at = CheckInstance::of_module(instance);
        if !self.refers(&variable.validations, &Place::of(instance), diagnostics) {
            for i in 0..variable.validations.len() {
                let rule = Rule::Validation(i);
                self.checks
                    .report(&object, &at, rule, CheckStatus::Error, None);
            }
            return;
        }
        for (i, rule) in variable.validations.iter().enumerate() {
            let (status, message) = self.validation(rule, instance, given, diagnostics);
            let rule = Rule::Validation(i);
            self.checks.report(&object, &at, rule, status, message);
        }
    }

    fn validation(
        &self,
        rule: &Condition,
        instance: &ModuleInstance,
        given: SrcSpan,
        diagnostics: &mut Diagnostics,
    ) -> Outcome {
        let place = &Place::of(instance);
        let before = diagnostics.len();
        let (condition, expr) = (&rule.condition, &rule.error_message);
        let result = self.value(place, condition, diagnostics);
        if has_errors(&diagnostics[before..]) {
            return (CheckStatus::Error, None);
        }
        let mut about_message = Vec::new();
        let message = self.value(place, expr, &mut about_message);
        let outcome = self.judge(rule, place, given, (&result, &message), diagnostics);
        diagnostics.extend(about_message);
        outcome
    }

    /// What a validation rule's two values mean.
    fn judge(
        &self,
        rule: &Condition,
        place: &Place<'_>,
        given: SrcSpan,
        (result, message): (&Value, &Value),
        diagnostics: &mut Diagnostics,
    ) -> Outcome {
        let (condition, expr) = (&rule.condition, &rule.error_message);
        let problem = |expr: &Expr, all, summary: &str, detail: String| {
            self.about(place, expr, expr.span, all, summary, detail)
        };
        let wrong = "Invalid variable validation result";
        if !result.is_known() {
            return (CheckStatus::Unknown, None);
        }
        if result.is_null() {
            let detail =
                "Validation condition expression must return either true or false, not null.";
            diagnostics.push(problem(condition, false, wrong, detail.into()));
            return (CheckStatus::Error, None);
        }
        match convert(result, &Type::Bool).map(|r| r.as_bool()) {
            Ok(Some(true)) => return (CheckStatus::Pass, None),
            Ok(Some(false)) => {}
            Ok(None) => return (CheckStatus::Unknown, None),
            Err(error) => {
                let detail = format!("Invalid validation condition result value: {error}.");
                diagnostics.push(problem(condition, false, wrong, detail));
                return (CheckStatus::Error, None);
            }
        }
        if !message.is_known() {
            let detail = "Unsuitable value for error message: expression refers to values that won't be known until the apply phase.";
            diagnostics.push(problem(expr, true, "Invalid error message", detail.into()));
            return (CheckStatus::Error, None);
        }
        let mut shown = None;
        let hidden = "The error message included a sensitive value, so it will not be displayed.";
        let sources = &self.config.sources;
        match convert(message, &Type::String) {
            Err(error) => {
                let detail = format!("Unsuitable value for error message: {error}.");
                diagnostics.push(problem(expr, false, "Invalid error message", detail));
            }
            Ok(value) if matches!(value.kind(), Kind::Null(_)) => {}
            Ok(value) if value.marks().is_sensitive() => {
                diagnostics.push(sources.error(
                    expr.span,
                    "Error message refers to sensitive values",
                    product::named("The error expression used to explain this condition refers to sensitive values. {product} will not display the resulting message.\n\nYou can correct this by removing references to sensitive values, or by carefully using the nonsensitive() function if the expression will not reveal the sensitive data."),
                ));
                shown = Some(hidden.to_owned());
            }
            Ok(value) if value.marks().is_ephemeral() => {
                diagnostics.push(sources.error(
                    expr.span,
                    "Error message refers to ephemeral values",
                    product::named("The error expression used to explain this condition refers to ephemeral values. {product} will not display the resulting message.\n\nYou can correct this by removing references to ephemeral values, or by carefully using the ephemeralasnull() function if the expression will not reveal the ephemeral data."),
                ));
                shown = Some(hidden.to_owned());
            }
            Ok(value) => shown = value.as_str().map(|s| s.trim().to_owned()),
        }
        let message = shown
            .filter(|m| !m.is_empty())
            .unwrap_or_else(|| "Failed to evaluate condition error message.".to_owned());
        let at = sources.span(rule.span);
        let detail = format!(
            "{message}\n\nThis was checked by the validation rule at {}:{},{}-{}.",
            at.file, at.start.line, at.start.column, at.end.column
        );
        let summary = "Invalid value for variable";
        diagnostics.push(self.about(place, condition, given, false, summary, detail));
        (CheckStatus::Fail, Some(message))
    }
}

/// The same problems, as warnings of a check.
#[must_use]
pub fn as_warnings(mut diagnostics: Diagnostics) -> Diagnostics {
    for diagnostic in &mut diagnostics {
        diagnostic.severity = Severity::Warning;
        diagnostic.of_check = true;
    }
    diagnostics
}

/// Errors in one text.
fn in_one_text(diagnostics: &[Diagnostic]) -> String {
    let errors: Vec<String> = diagnostics
        .iter()
        .filter(|d| d.is_error())
        .map(|d| match d.detail.is_empty() {
            true => d.summary.clone(),
            false => format!("{}: {}", d.summary, d.detail),
        })
        .collect();
    match errors.as_slice() {
        [one] => one.clone(),
        many => {
            let mut text = format!("{} problems:\n", many.len());
            for one in many {
                text += &format!("\n- {one}");
            }
            text
        }
    }
}

fn resource<'c>(config: &'c Config, address: &Address) -> Option<&'c ResourceConfig> {
    let module = config.module(&address.module.path())?;
    module.resource(&address.resource)
}

/// The warning for an error message, written as `expr`, that is not shown since it has these marks.
#[must_use]
pub fn hidden_message(marks: Marks, expr: &Expr, sources: &Sources) -> Option<Diagnostic> {
    let (summary, detail) = if marks.is_sensitive() {
        (
            "Error message refers to sensitive values",
            "The error expression used to explain this condition refers to sensitive values, so {product} will not display the resulting message.\n\nYou can correct this by removing references to sensitive values, or by carefully using the nonsensitive() function if the expression will not reveal the sensitive data.",
        )
    } else if marks.is_ephemeral() {
        (
            "Error message refers to ephemeral values",
            "The error expression used to explain this condition refers to ephemeral values, so {product} will not display the resulting message.\n\nYou can correct this by removing references to ephemeral values, or by using the ephemeralasnull() function on the references to not reveal ephemeral data.",
        )
    } else {
        return None;
    };
    Some(Diagnostic {
        severity: Severity::Warning,
        ..sources.error(expr.span, summary, product::named(detail))
    })
}
