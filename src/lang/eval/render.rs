//! Template files: text that is a template, with variables of its own as the only names.
//!
//! It reads no files; the function that renders brings the text.

use std::sync::Arc;

use trunkline_api::{Diagnostic, Value};

use super::super::ast::Traversal;
use super::super::functions::{FunctionContext, TemplateError, TemplateRenderer};
use super::super::parser::parse_template;
use super::super::source::Sources;
use super::super::text::place;
use super::{Scope, Unresolved, eval};

/// The evaluator as renderer of `templatefile` and `templatestring`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Templates;

impl TemplateRenderer for Templates {
    fn render(
        &self,
        source: &str,
        name: &str,
        variables: &[(Arc<str>, Value)],
        ctx: &FunctionContext,
    ) -> Result<Value, TemplateError> {
        let sources = Sources::new();
        let file = sources.add(name, source);
        let (template, problems) = parse_template(&sources, file);
        if let Some(message) = in_one_line(&problems) {
            return Err(TemplateError::Syntax(message));
        }
        let scope = Variables {
            sources: &sources,
            variables,
            ctx,
        };
        for reference in template.references() {
            if scope.variable(&reference.root).is_none() {
                return Err(TemplateError::MissingVariable {
                    name: reference.root.to_string(),
                    at: place(&sources.span(reference.root_span)),
                });
            }
        }
        let mut problems = Vec::new();
        let value = eval(&template, &scope, &mut problems);
        if let Some(message) = in_one_line(&problems) {
            return Err(TemplateError::Evaluation(message));
        }
        if value.is_null() {
            let problem = sources.error(
                template.span,
                "Template result is null",
                "The result of the template is null, which is not a valid result for a templatestring call.",
            );
            let message = in_one_line(&[problem]).unwrap_or_default();
            return Err(TemplateError::Evaluation(message));
        }
        Ok(value)
    }
}

/// The first error as running text, and how many more there are.
fn in_one_line(problems: &[Diagnostic]) -> Option<String> {
    let mut errors = problems.iter().filter(|p| p.is_error());
    let first = errors.next()?;
    let at = first.span.as_ref().map(place).unwrap_or_default();
    let mut message = format!("{at}: {}; {}", first.summary, first.detail);
    match errors.count() {
        0 => {}
        others => message.push_str(&format!(", and {others} other diagnostic(s)")),
    }
    Some(message)
}

struct Variables<'v> {
    sources: &'v Sources,
    variables: &'v [(Arc<str>, Value)],
    ctx: &'v FunctionContext,
}

impl Variables<'_> {
    fn variable(&self, name: &str) -> Option<&Value> {
        let found = self.variables.iter().find(|(n, _)| **n == *name);
        found.map(|(_, value)| value)
    }
}

impl Scope for Variables<'_> {
    fn sources(&self) -> &Sources {
        self.sources
    }

    fn resolve(&self, traversal: &Traversal) -> Result<(Value, usize), Unresolved> {
        match self.variable(&traversal.root) {
            Some(value) => Ok((value.clone(), 0)),
            None => Err(self
                .sources
                .error(
                    traversal.root_span,
                    "Unknown variable",
                    format!("There is no variable named \"{}\".", traversal.root),
                )
                .into()),
        }
    }

    fn functions(&self) -> &FunctionContext {
        self.ctx
    }
}
