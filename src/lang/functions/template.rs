//! `templatefile` and `templatestring`. Templates are expressions, so the evaluator renders them.

use std::sync::Arc;

use trunkline_api::quote::quote;
use trunkline_api::{Type, Value, convert};

use super::{Failure, Form, Function, FunctionContext, Outcome, Param, Returns, Shape, file, text};

/// Why a template could not be rendered. Texts are `FILE:LINE,COLUMNS: Summary; Detail.`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// It is not a template.
    Syntax(String),
    /// It refers to a variable that is not given.
    MissingVariable {
        /// The variable.
        name: String,
        /// Where, as `FILE:LINE,COLUMNS`.
        at: String,
    },
    /// It has no value.
    Evaluation(String),
}

/// Renders templates; the evaluator is one.
pub trait TemplateRenderer: Send + Sync {
    /// The value of the template `source`, called `name` in messages, in which `variables` are the only
    /// names. `ctx` is for the functions that it calls. A template that is one interpolation has that
    /// value, of any type; every other is a string.
    fn render(
        &self,
        source: &str,
        name: &str,
        variables: &[(Arc<str>, Value)],
        ctx: &FunctionContext,
    ) -> Result<Value, TemplateError>;
}

const VARS: Param = Param::new(
    "vars",
    Shape::Any,
    "The template's variables: a map or object.",
);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "templatefile",
        "Renders the template in a file.",
        &[
            Param::new("path", Shape::String, "The file's name.").marked(),
            VARS,
        ],
        Returns::Of(Shape::Any, |_| Ok(Type::Dynamic)),
        template_file,
    )
    .filesystem(),
    Function::new(
        "templatestring",
        "Renders a template that is the value of a variable or attribute.",
        &[
            Param::new("template", Shape::String, "A reference to the template."),
            VARS,
        ],
        Returns::Always(Shape::String),
        template_string,
    )
    .form(Form::Template),
];

/// The variables of a template, checked.
fn variables(args: &[Value]) -> Result<Vec<(Arc<str>, Value)>, Failure> {
    let wrong = |message: String| Failure::Argument(1, message);
    let fields = args
        .get(1)
        .and_then(Value::as_fields)
        .ok_or_else(|| wrong("invalid vars value: must be a map".into()))?;
    if let Some(bad) = fields.keys().find(|name| !is_identifier(name)) {
        return Err(wrong(format!(
            "invalid template variable name {}: must start with a letter, followed by zero or more letters, digits, and underscores",
            quote(bad)
        )));
    }
    Ok(fields.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    let start = |c: char| c.is_alphabetic();
    chars.next().is_some_and(start) && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

fn render(
    source: &str,
    name: &str,
    function: &'static str,
    args: &[Value],
    ctx: &FunctionContext,
) -> Result<Value, TemplateFailure> {
    // Bad syntax is told before what is wrong with the variables.
    let (variables, wrong) = match variables(args) {
        Ok(variables) => (variables, None),
        Err(failure) => (Vec::new(), Some(failure)),
    };
    let renderer = ctx
        .templates
        .as_ref()
        .ok_or_else(|| Failure::Call("templates cannot be rendered here".into()))?;
    let inside = FunctionContext {
        inside_template: Some(function),
        ..ctx.clone()
    };
    let rendered = renderer.render(source, name, &variables, &inside);
    match (rendered, wrong) {
        (Err(TemplateError::Syntax(message)), _) => Err(TemplateFailure::Syntax(message)),
        (_, Some(failure)) => Err(failure.into()),
        (Ok(rendered), None) => Ok(rendered),
        (Err(TemplateError::Evaluation(message)), None) => Err(Failure::Call(message).into()),
        (Err(TemplateError::MissingVariable { name, at }), None) => {
            let message = format!(
                "vars map does not contain key {}, referenced at {at}",
                quote(&name)
            );
            Err(Failure::Argument(1, message).into())
        }
    }
}

/// A failure, with bad syntax apart: the two functions word it differently.
enum TemplateFailure {
    Syntax(String),
    Other(Failure),
}

impl From<Failure> for TemplateFailure {
    fn from(failure: Failure) -> TemplateFailure {
        TemplateFailure::Other(failure)
    }
}

fn template_file(args: &[Value], _: &Type, ctx: &FunctionContext) -> Outcome {
    let marks = args.first().map(Value::marks).unwrap_or_default();
    let path = text(args, 0);
    let source = file::read_text(path, marks, ctx)?;
    let name = file::clean(&file::expand(path, ctx));
    let rendered = render(&source, &name, "templatefile", args, ctx);
    match rendered {
        Ok(value) => Ok(value.with_marks(marks)),
        Err(TemplateFailure::Syntax(message)) => Err(Failure::Call(message)),
        Err(TemplateFailure::Other(failure)) => Err(failure),
    }
}

fn template_string(args: &[Value], _: &Type, ctx: &FunctionContext) -> Outcome {
    let name = "<templatestring argument>";
    match render(text(args, 0), name, "templatestring", args, ctx) {
        Ok(value) => convert(&value, &Type::String)
            .map_err(|e| Failure::Call(format!("invalid template result: {}", e.message))),
        Err(TemplateFailure::Syntax(message)) => {
            Err(Failure::Argument(0, format!("invalid template: {message}")))
        }
        Err(TemplateFailure::Other(failure)) => Err(failure),
    }
}
