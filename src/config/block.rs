//! Taking a block apart: expected arguments and blocks, literals, and messages for the rest.
//!
//! It evaluates nothing; only literals are read here.

use std::sync::Arc;

use trunkline_api::{Diagnostics, Type, Value, convert};

use super::{Condition, ProviderName};
pub use crate::lang::lexer::is_identifier;

use crate::address::ModulePath;
use crate::lang::ast::{Attribute, Block, Body, Expr, Label, Syntax, Traversal};
use crate::lang::parser::parse_expression_at;
use crate::lang::source::{Sources, SrcSpan};
use crate::lang::types_expr;

/// What decoding needs: the texts, and where problems go.
pub struct Decoder<'a> {
    /// The texts.
    pub sources: &'a Sources,
    /// Problems found.
    pub diagnostics: &'a mut Diagnostics,
    /// The module that the blocks are in.
    pub module: ModulePath,
    /// The type met last and its default provider: those of a type stand together as a rule.
    last: Option<(Arc<str>, Arc<ProviderName>)>,
}

impl<'a> Decoder<'a> {
    /// In the root module, with nothing decoded yet.
    pub fn new(sources: &'a Sources, diagnostics: &'a mut Diagnostics) -> Decoder<'a> {
        Decoder {
            sources,
            diagnostics,
            module: ModulePath::root(),
            last: None,
        }
    }

    /// The provider of a type without `provider`. Its name is shared by resources of the same type that stand together.
    pub fn default_provider(&mut self, type_name: &Arc<str>) -> Arc<ProviderName> {
        match &self.last {
            Some((last, provider)) if last == type_name => provider.clone(),
            _ => {
                let found = Arc::new(super::resource::default_provider(type_name));
                self.last = Some((type_name.clone(), found.clone()));
                found
            }
        }
    }

    /// Reports an error at `span`.
    pub fn error(&mut self, span: SrcSpan, summary: &str, detail: impl Into<String>) {
        self.diagnostics
            .push(self.sources.error(span, summary, detail));
    }

    /// A place in words: `main.tf:3,1-9`.
    #[must_use]
    pub fn place(&self, span: SrcSpan) -> String {
        place(self.sources, span)
    }

    /// A literal `true` or `false`.
    pub fn literal_bool(&mut self, attribute: &Attribute) -> Option<bool> {
        self.literal(attribute, &Type::Bool)?.as_bool()
    }

    /// A literal string.
    pub fn literal_string(&mut self, attribute: &Attribute) -> Option<String> {
        let value = self.literal(attribute, &Type::String)?;
        value.as_str().map(str::to_owned)
    }

    /// A constant of type `ty`, which is not null.
    fn literal(&mut self, attribute: &Attribute, ty: &Type) -> Option<Value> {
        let expr = &attribute.expr;
        let (value, problems) = types_expr::constant(expr, self.sources);
        let known = problems.is_empty();
        self.diagnostics.extend(problems);
        let why = match convert(&value, ty) {
            _ if !known => "value must be known".to_owned(),
            Ok(value) if value.is_null() => "null value is not allowed".to_owned(),
            Ok(value) => return Some(value),
            Err(error) => error.message,
        };
        let detail = format!("Unsuitable value: {why}");
        self.error(expr.start_span(), "Unsuitable value type", detail);
        None
    }

    /// Reports blocks in a body that may have arguments only.
    pub fn no_blocks(&mut self, body: &Body) {
        if let Some(block) = body.blocks.first() {
            let summary = format!("Unexpected {:?} block", block.kind);
            self.error(block.kind_span, &summary, "Blocks are not allowed here.");
        }
    }

    /// Reports blocks of a type that is kept for later.
    pub fn reserved_block(&mut self, inner: &Block, within: &str) {
        self.error(
            inner.kind_span,
            &format!("Reserved block type name in {within} block"),
            crate::product::named(&format!(
                "The block type name {:?} is reserved for use by {{product}} in a future version.",
                inner.kind
            )),
        );
    }

    /// The elements of a static list.
    pub fn static_list<'e>(&mut self, expr: &'e Expr) -> Option<&'e [Expr]> {
        let items = expr.as_list();
        if items.is_none() {
            let at = expr.start_span();
            self.error(
                at,
                "Invalid expression",
                "A static list expression is required.",
            );
        }
        items
    }

    /// Reports what is in `body` beyond the arguments and block types named.
    pub fn only(&mut self, body: &Body, arguments: &[&str], blocks: &[&str]) {
        let missing = |name: &&&str| body.attribute(name).is_none();
        let left: Vec<&str> = arguments.iter().filter(missing).copied().collect();
        for attribute in &body.attributes {
            if !arguments.contains(&&*attribute.name) {
                if body.syntax == Syntax::Json {
                    let detail =
                        format!("No argument or block type is named {:?}.", attribute.name);
                    self.error(
                        attribute.name_span,
                        "Extraneous JSON object property",
                        detail,
                    );
                    continue;
                }
                let mut detail = format!(
                    "An argument named {:?} is not expected here.",
                    attribute.name
                );
                if blocks.contains(&&*attribute.name) {
                    detail += &format!(
                        " Did you mean to define a block of type {:?}?",
                        attribute.name
                    );
                } else if let Some(near) = nearest(&attribute.name, &left) {
                    detail += &format!(" Did you mean {near:?}?");
                }
                self.error(attribute.name_span, "Unsupported argument", detail);
            }
        }
        for block in &body.blocks {
            if !blocks.contains(&&*block.kind) {
                let mut detail = format!("Blocks of type {:?} are not expected here.", block.kind);
                if arguments.contains(&&*block.kind) {
                    detail += &format!(
                        " Did you mean to define argument {:?}? If so, use the equals sign to assign it a value.",
                        block.kind
                    );
                } else if let Some(near) = nearest(&block.kind, blocks) {
                    detail += &format!(" Did you mean {near:?}?");
                }
                self.error(block.kind_span, "Unsupported block type", detail);
            }
        }
    }

    /// An argument that must be there.
    pub fn required<'b>(&mut self, block: &'b Block, name: &str) -> Option<&'b Attribute> {
        let attribute = block.body.attribute(name);
        if attribute.is_none() {
            self.error(
                block.body.span.at_start(),
                "Missing required argument",
                format!("The argument {name:?} is required, but no definition was found."),
            );
        }
        attribute
    }

    /// Whether the block has as many labels as `names`; reports it otherwise.
    pub fn labels(&mut self, block: &Block, names: &[&str]) -> bool {
        if block.labels.len() < names.len() {
            let missing = names[block.labels.len()];
            let detail = format!(
                "All {} blocks must have {} labels ({}).",
                block.kind,
                names.len(),
                names.join(", ")
            );
            self.error(
                block.open_brace_span,
                &format!("Missing {missing} for {}", block.kind),
                detail,
            );
            return false;
        }
        if let Some(label) = block.labels.get(names.len()) {
            let (summary, detail) = if names.is_empty() {
                (
                    format!("Extraneous label for {}", block.kind),
                    format!("No labels are expected for {} blocks.", block.kind),
                )
            } else {
                (
                    format!("Extraneous label for {}", block.kind),
                    format!(
                        "Only {} labels ({}) are expected for {} blocks.",
                        names.len(),
                        names.join(", "),
                        block.kind
                    ),
                )
            };
            self.error(label.span, &summary, detail);
            return false;
        }
        true
    }

    /// Reports a label that is not a name.
    pub fn name(&mut self, label: &Label, summary: &str) {
        if !is_identifier(&label.text) {
            self.error(
                label.span,
                summary,
                "A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.",
            );
        }
    }

    /// `depends_on`: a list of references.
    pub fn depends_on(&mut self, attribute: Option<&Attribute>) -> Vec<Traversal> {
        let Some(attribute) = attribute else {
            return Vec::new();
        };
        let Some(items) = self.static_list(&attribute.expr) else {
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| self.static_reference(item))
            .collect()
    }

    /// A reference with literal steps only, which older configurations have in quotes.
    pub fn static_reference(&mut self, expr: &Expr) -> Option<Traversal> {
        match expr.as_static_traversal() {
            Some(found) => Some(found.clone()),
            None => self
                .quoted_reference(expr)
                .or_else(|| self.plain_reference(expr)),
        }
    }

    /// A reference with literal steps only, where quotes were never right.
    pub fn plain_reference(&mut self, expr: &Expr) -> Option<Traversal> {
        let found = expr.as_static_traversal().cloned();
        if found.is_none() {
            self.diagnostics
                .push(super::endpoint::not_static(expr, self.sources));
        }
        found
    }

    /// A reference in quotes, as configurations of old have them.
    pub fn quoted_reference(&mut self, expr: &Expr) -> Option<Traversal> {
        let text = expr.as_literal_string()?;
        let (inner, problems) = parse_expression_at(self.sources, text, expr.span);
        let found = inner.as_static_traversal().cloned();
        if !problems.is_empty() || found.is_none() {
            return None;
        }
        let mut warning = self.sources.error(
            expr.span,
            "Quoted references are deprecated",
            "In this context, references are expected literally rather than in quotes. Terraform 0.11 and earlier required quotes, but quoted references are now deprecated and will be removed in a future version of Terraform. Remove the quotes surrounding this reference to silence this warning.",
        );
        warning.severity = trunkline_api::Severity::Warning;
        self.diagnostics.push(warning);
        found
    }

    /// A `validation`, `precondition`, `postcondition` or `assert` block.
    pub fn condition(&mut self, block: &Block) -> Option<Condition> {
        let before = self.diagnostics.len();
        if !self.labels(block, &[]) {
            return None;
        }
        self.only(&block.body, &["condition", "error_message"], &[]);
        let condition = self.required(block, "condition").map(|a| a.expr.clone());
        let error_message = self.required(block, "error_message");
        if let Some(condition) = &condition
            && condition.references().is_empty()
        {
            self.error(
                condition.span,
                &format!("Invalid {} expression", block.kind),
                "The condition expression must refer to at least one object from elsewhere in the configuration, or else its result would not be checking anything.",
            );
        }
        let (condition, error_message) = (condition?, error_message?.expr.clone());
        (self.diagnostics.len() == before).then(|| Condition {
            condition,
            error_message,
            span: block.def_span(),
        })
    }
}

/// A place in words: `main.tf:3,1-9`.
#[must_use]
pub fn place(sources: &Sources, span: SrcSpan) -> String {
    let at = sources.span(span);
    format!(
        "{}:{},{}-{}",
        at.file, at.start.line, at.start.column, at.end.column
    )
}

/// The candidate that `given` was most likely meant to be, if any is near.
#[must_use]
pub fn nearest<'a>(given: &str, candidates: &[&'a str]) -> Option<&'a str> {
    candidates
        .iter()
        .map(|c| (strsim::levenshtein(given, c), *c))
        .filter(|(distance, _)| *distance < 3)
        .min()
        .map(|(_, c)| c)
}

/// The body without the arguments and blocks named.
#[must_use]
pub fn without(mut body: Body, arguments: &[&str], blocks: &[&str]) -> Body {
    body.attributes.retain(|a| !arguments.contains(&&*a.name));
    body.blocks.retain(|b| !blocks.contains(&&*b.kind));
    // There are as many of these as there are resources.
    body.attributes.shrink_to_fit();
    body.blocks.shrink_to_fit();
    body
}

/// The label as a shared string.
#[must_use]
pub fn label(block: &Block, i: usize) -> Arc<str> {
    block
        .labels
        .get(i)
        .map_or_else(|| "".into(), |l| l.text.clone())
}
