//! Function calls, `try` and `can` included.

use trunkline_api::quote::quote;
use trunkline_api::{Diagnostic, Kind, Marks, Type, Value, convert};

use super::super::ast::{Call, Expr, ExprKind};
use super::super::format::type_text;
use super::super::functions::{self, Form, Function, FunctionError};
use super::super::text::{did_you_mean, place};
use super::{Evaluator, Scope, unknown};

/// What a call of a function gives: a value, or every problem found.
pub type CallOutcome = Result<Value, Vec<FunctionError>>;

const NO_FUNCTION: &str = "Call to unknown function";
const NO_PROVIDER_FUNCTION: &str = "Unknown provider function";
const EXPANDING: &str = "Invalid expanding argument value";

/// What a name in a call means.
enum Target {
    BuiltIn(&'static Function),
    Provider,
    /// The console's `type`.
    Type,
}

impl Evaluator<'_> {
    pub(super) fn call(&mut self, expr: &Expr, call: &Call) -> Value {
        let Some(scope) = self.scope else {
            let detail = "Functions may not be called here.";
            self.problem(
                expr,
                expr.span,
                expr.span,
                "Function calls not allowed",
                detail,
            );
            return unknown();
        };
        let target = match self.target(call) {
            Ok(target) => target,
            Err((summary, detail)) => {
                self.problem(expr, call.name_span, expr.span, summary, detail);
                return unknown();
            }
        };
        if let Target::Type = &target {
            return self.type_of(expr, call);
        }
        if let Target::BuiltIn(function) = &target
            && function.form == Form::Expressions
        {
            return self.call_with_expressions(expr, call, function);
        }
        let before = self.diags.len();
        if let Target::BuiltIn(function) = &target
            && function.form == Form::Template
            && !self.template_argument(expr, call, function)
        {
            return unknown();
        }
        let Some(args) = self.arguments(expr, call, &target) else {
            return unknown();
        };
        if self.diags.len() > before {
            // What else is wrong with the arguments is worth saying now.
            if let Target::BuiltIn(function) = target {
                self.check_types(expr, call, function, &args);
            }
            return unknown();
        }
        if let Target::BuiltIn(function) = &target
            && function.form == Form::Template
            && let [template, variables] = &args[..]
            && !may_be_template(template)
        {
            let (index, name, message) = match variables.is_null() {
                true => (1, "vars", "argument must not be null"),
                false => (
                    0,
                    "template",
                    "invalid template value: a string is required",
                ),
            };
            let message = message.into();
            let error = FunctionError::Argument {
                index,
                name,
                message,
            };
            self.call_problem(expr, call, &error);
            return unknown();
        }
        let outcome = match target {
            Target::BuiltIn(function) => function.evaluate(&args, scope.functions()),
            Target::Type => return unknown(),
            Target::Provider => match scope.call_provider(&call.name, &args) {
                Some(outcome) => outcome,
                None => {
                    let (summary, mut detail) = unknown_provider_function(&call.name);
                    let parts: Vec<&str> = call.name.split("::").collect();
                    if let [_, provider, function] = parts[..]
                        && scope.has_provider(provider)
                    {
                        detail = format!(
                            "The function {} is not available from the provider {}.",
                            quote(function),
                            quote(provider)
                        );
                    }
                    self.problem(expr, call.name_span, expr.span, summary, detail);
                    return unknown();
                }
            },
        };
        match outcome {
            Ok(value) => value,
            Err(errors) => {
                for error in &errors {
                    self.call_problem(expr, call, error);
                }
                unknown()
            }
        }
    }

    /// Finds the function; otherwise summary and detail of the error.
    fn target(&self, call: &Call) -> Result<Target, (&'static str, String)> {
        let name = &*call.name;
        let plain = name.strip_prefix("core::").unwrap_or(name);
        let console = self.scope.is_some_and(Scope::in_console);
        match plain.split_once("::") {
            None if console && plain == "type" => Ok(Target::Type),
            None => functions::lookup(plain)
                .filter(|f| !console || f.name != "plantimestamp")
                .map(Target::BuiltIn)
                .ok_or_else(|| {
                    if plain.len() < name.len() {
                        return unknown_provider_function(name);
                    }
                    let known = |n: &&str| !console || *n != "plantimestamp";
                    let hint = did_you_mean(plain, functions::names().filter(known));
                    let detail = format!("There is no function named {}.{hint}", quote(name));
                    (NO_FUNCTION, detail)
                }),
            Some(_) if name.starts_with("provider::") && name.matches("::").count() == 2 => {
                Ok(Target::Provider)
            }
            Some(_) => Err(unknown_provider_function(name)),
        }
    }

    /// The type of the argument, as text.
    fn type_of(&mut self, expr: &Expr, call: &Call) -> Value {
        let error = match &call.args[..] {
            [argument] => {
                let before = self.diags.len();
                let value = self.expr(argument);
                return match self.diags.len() > before {
                    true => unknown(),
                    false => Value::string(type_text(&value.ty(), 0)),
                };
            }
            [] => FunctionError::TooFew {
                expected: 1,
                at_least: false,
                missing: "value",
            },
            _ => FunctionError::TooMany { expected: 1 },
        };
        self.call_problem(expr, call, &error);
        unknown()
    }

    fn call_problem(&mut self, expr: &Expr, call: &Call, error: &FunctionError) {
        let argument = error.argument().map(|i| {
            let last = call.args.len().saturating_sub(1);
            &call.args[i.min(last)]
        });
        let span = match (error, argument) {
            (_, Some(argument)) => argument.start_span(),
            (FunctionError::TooFew { .. }, None) => call.close_span,
            (FunctionError::TooMany { expected }, None) => call
                .args
                .get(*expected)
                .or(call.args.last())
                .map_or(call.close_span, Expr::start_span),
            _ => call.name_span.to(call.open_span),
        };
        let about = argument.unwrap_or(expr);
        let detail = error.detail(&call.name);
        let context = match error {
            FunctionError::TooFew { .. } | FunctionError::TooMany { .. } => {
                call.name_span.to(call.close_span)
            }
            _ => expr.span,
        };
        self.problem(about, span, context, error.summary(), detail);
    }

    /// The arguments, the last expanded where that is asked for. Nothing when the call can go no
    /// further: then what is wrong was reported, or too much is unknown.
    fn arguments(&mut self, expr: &Expr, call: &Call, target: &Target) -> Option<Vec<Value>> {
        let mut rest = Vec::new();
        let mut plain = &call.args[..];
        if let (true, Some((last, others))) = (call.expand_final, call.args.split_last()) {
            rest = self.expanded(expr, last)?;
            plain = others;
        }
        let count = plain.len() + rest.len();
        if let Target::BuiltIn(function) = target
            && let Err(error) = function.check_arity(count)
        {
            self.call_problem(expr, call, &error);
            return None;
        }
        let mut args: Vec<Value> = plain.iter().map(|e| self.expr(e)).collect();
        args.append(&mut rest);
        Some(args)
    }

    fn check_types(&mut self, expr: &Expr, call: &Call, function: &Function, args: &[Value]) {
        for (index, arg) in args.iter().enumerate() {
            let Some(param) = function.param(index) else {
                continue;
            };
            if let Err(e) = convert(arg, &param.shape.ty()) {
                let error = FunctionError::Argument {
                    index,
                    name: param.name,
                    message: e.message,
                };
                self.call_problem(expr, call, &error);
            }
        }
    }

    fn expanded(&mut self, expr: &Expr, last: &Expr) -> Option<Vec<Value>> {
        let before = self.diags.len();
        let value = self.expr(last);
        if self.diags.len() > before {
            return None;
        }
        let ty = value.ty();
        let sequence = matches!(ty, Type::Tuple(_) | Type::List(_) | Type::Set(_));
        if value.is_null() && (sequence || ty == Type::Dynamic) {
            let detail = "The expanding argument (indicated by ...) must not be null.";
            self.problem(last, last.span, expr.span, EXPANDING, detail);
            return None;
        }
        match (value.as_slice(), value.kind()) {
            (Some(items), _) => {
                let marks = value.marks();
                Some(items.iter().map(|v| v.clone().with_marks(marks)).collect())
            }
            (None, Kind::Unknown(Type::Dynamic, _)) => None,
            (None, Kind::Unknown(..)) if sequence => None,
            _ => {
                let detail = "The expanding argument (indicated by ...) must be of a tuple, list, or set type.";
                self.problem(last, last.span, expr.span, EXPANDING, detail);
                None
            }
        }
    }

    /// `try` and `can`: whether evaluation fails is what counts.
    fn call_with_expressions(&mut self, expr: &Expr, call: &Call, function: &Function) -> Value {
        if call.args.is_empty() && function.name == "try" {
            let error = FunctionError::Call {
                message: "at least one argument is required".into(),
            };
            self.call_problem(expr, call, &error);
            return unknown();
        }
        let mut plain = &call.args[..];
        let mut rest = Vec::new();
        if let (true, Some((last, others))) = (call.expand_final, call.args.split_last()) {
            let Some(expanded) = self.expanded(expr, last) else {
                return unknown();
            };
            (plain, rest) = (others, expanded);
        }
        if let Err(error) = function.check_arity(plain.len() + rest.len()) {
            self.call_problem(expr, call, &error);
            return unknown();
        }
        let start = self.diags.len();
        let mut failures: Vec<Diagnostic> = Vec::new();
        for i in 0..plain.len() + rest.len() {
            let value = match plain.get(i) {
                Some(arg) => self.expr(arg),
                None => rest[i - plain.len()].clone(),
            };
            let problems = self.diags.split_off(start);
            let failed = problems.iter().any(Diagnostic::is_error);
            match function.name {
                "can" if failed => return Value::bool(false),
                "can" if !value.is_wholly_known() => {
                    return unknown_bool().with_marks(Marks::NONE);
                }
                "can" => return Value::bool(true),
                _ if failed => failures.extend(problems),
                _ if !value.is_wholly_known() => return unknown(),
                _ => return value,
            }
        }
        let error = FunctionError::Call {
            message: no_success(&failures),
        };
        self.call_problem(expr, call, &error);
        unknown()
    }

    /// Checks that the template of `templatestring` comes from elsewhere.
    fn template_argument(&mut self, expr: &Expr, call: &Call, function: &Function) -> bool {
        if let Err(error) = function.check_arity(call.args.len()) {
            self.call_problem(expr, call, &error);
            return false;
        }
        let why = match call.args.first().map(|a| &a.kind) {
            Some(ExprKind::Traversal(_)) | None => return true,
            Some(ExprKind::TemplateWrap(_)) => {
                "templatestring is only for rendering templates retrieved dynamically from elsewhere; to treat the inner expression as template syntax, write the reference expression directly without any template interpolation syntax"
            }
            Some(ExprKind::Template(_)) => {
                "templatestring is only for rendering templates retrieved dynamically from elsewhere, and so does not support providing a literal template; consider using a template string expression instead"
            }
            Some(ExprKind::Literal(v)) if v.as_str().is_some() => {
                "templatestring is only for rendering templates retrieved dynamically from elsewhere, and so does not support providing a literal template; consider using a template string expression instead"
            }
            Some(_) => {
                "must be a direct reference to a single string from elsewhere, containing valid Terraform template syntax"
            }
        };
        // The template itself is not evaluated then, but what else is wrong comes first.
        let before = self.diags.len();
        let mut open = false;
        for arg in &call.args[1..] {
            let value = self.expr(arg);
            open |= matches!(value.kind(), Kind::Unknown(Type::Dynamic, _));
        }
        if open || self.diags.len() > before {
            return false;
        }
        let error = FunctionError::Argument {
            index: 0,
            name: function.param(0).map_or("", |p| p.name),
            message: format!("invalid template expression: {why}"),
        };
        self.call_problem(expr, call, &error);
        false
    }
}

/// Whether a value can be a template: text, not something that could be converted to it.
fn may_be_template(value: &Value) -> bool {
    match value.ty() {
        Type::String => !value.is_null(),
        Type::Dynamic => !value.is_known(),
        _ => false,
    }
}

fn unknown_bool() -> Value {
    Value::unknown_not_null(Type::Bool)
}

fn no_success(failures: &[Diagnostic]) -> String {
    let mut out = String::from("no expression succeeded:\n");
    for failure in failures {
        out.push_str("- ");
        out.push_str(&failure.summary);
        if let Some(span) = &failure.span {
            out.push_str(&format!(" (at {})", place(span)));
        }
        out.push_str(&format!("\n  {}\n", failure.detail));
    }
    out.push_str("\nAt least one expression must produce a successful result");
    out
}

fn unknown_provider_function(name: &str) -> (&'static str, String) {
    let mut parts = name.split("::");
    let (first, second, third) = (parts.next(), parts.next(), parts.last());
    let detail = match (first, second, third) {
        (Some("provider"), Some(provider), Some(function)) => format!(
            "There is no function named {}. Ensure that provider name {} is declared in this module's required_providers block, and that this provider offers a function named {}.",
            quote(name),
            quote(provider),
            quote(function)
        ),
        (Some("provider"), ..) => {
            "The function call must include the provider name after the \"provider::\" prefix."
                .into()
        }
        (first, ..) => format!(
            "The function namespace {} is not valid. Provider function calls must use the \"provider::\" namespace prefix.",
            quote(first.unwrap_or_default())
        ),
    };
    (NO_PROVIDER_FUNCTION, detail)
}
