//! The syntax tree of the language, native or JSON: what was written and where.
//!
//! It holds no parser state and evaluates nothing; [`super::references`] finds what it refers to.

use std::sync::Arc;

use trunkline_api::{Diagnostics, Value};

use super::source::SrcSpan;

/// The notation that a body was written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syntax {
    /// `a = 1` and `b { }`
    #[default]
    Native,
    /// JSON: whether a property is an argument or a block is known only with a schema; properties
    /// that may be either are arguments here, and [`super::json_syntax::blocks`] makes blocks of them.
    Json,
}

/// Arguments and blocks between braces, or those of a whole file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// The notation.
    pub syntax: Syntax,
    /// From the opening brace to the closing one; the whole text for a file.
    pub span: SrcSpan,
    /// Where the body ends: its closing brace, or the empty span at the end of the file.
    pub end_span: SrcSpan,
    /// Arguments in the order written, without duplicates (of equal names the first stays).
    pub attributes: Vec<Attribute>,
    /// Blocks in the order written.
    pub blocks: Vec<Block>,
}

/// `name = expr`
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The name.
    pub name: Arc<str>,
    /// Where the name is.
    pub name_span: SrcSpan,
    /// The value.
    pub expr: Expr,
    /// The whole argument.
    pub span: SrcSpan,
}

/// `kind "label" { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The block type, e.g. `resource`.
    pub kind: Arc<str>,
    /// Where the block type is.
    pub kind_span: SrcSpan,
    /// The labels.
    pub labels: Vec<Label>,
    /// What is between the braces.
    pub body: Body,
    /// The whole block.
    pub span: SrcSpan,
    /// The opening brace.
    pub open_brace_span: SrcSpan,
}

impl Block {
    /// The header: block type and labels. Where most messages about a block point.
    #[must_use]
    pub fn def_span(&self) -> SrcSpan {
        match self.labels.last() {
            Some(label) => self.kind_span.to(label.span),
            None => self.kind_span,
        }
    }

    /// The text of label `i`, or nothing where there are fewer.
    #[must_use]
    pub fn label(&self, i: usize) -> &str {
        self.labels.get(i).map_or("", |l| &l.text)
    }
}

impl Body {
    /// The argument called `name`.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| &*a.name == name)
    }

    /// The blocks of type `kind`, in the order written.
    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> + 'a {
        self.blocks.iter().filter(move |b| &*b.kind == kind)
    }
}

/// A label of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The text without quotes.
    pub text: Arc<str>,
    /// Where it is, quotes included.
    pub span: SrcSpan,
    /// Whether it was written in quotes.
    pub quoted: bool,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Where it is.
    pub span: SrcSpan,
    /// What it is.
    pub kind: ExprKind,
}

impl Expr {
    /// Where the expression begins: its first token, or the text of a string without its quotes. Where messages about
    /// a value of the wrong kind point.
    #[must_use]
    pub fn start_span(&self) -> SrcSpan {
        match &self.kind {
            ExprKind::Literal(v)
                if v.as_str().is_some_and(|s| !s.is_empty()) && self.span.len() > 2 =>
            {
                SrcSpan {
                    start: self.span.start + 1,
                    end: self.span.end - 1,
                    ..self.span
                }
            }
            ExprKind::Template(t) => match t.parts.first() {
                Some(Part::Literal(_, span)) => *span,
                Some(Part::Interpolation(e)) => e.start_span(),
                _ => self.span,
            },
            ExprKind::Call(c) => c.name_span.to(c.open_span),
            ExprKind::Unary(u) => u.op_span,
            ExprKind::Binary(b) => b.first.start_span(),
            ExprKind::Conditional(c) => c.condition.start_span(),
            ExprKind::For(f) => f.open_span,
            ExprKind::Tuple(_) | ExprKind::Object(_) => SrcSpan {
                end: self.span.start + 1,
                ..self.span
            },
            ExprKind::Index(i) => i.open_span,
            ExprKind::Splat(s) => s.marker_span,
            _ => self.span,
        }
    }
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A number, `true`, `false`, `null`, or a string without interpolation.
    Literal(Value),
    /// A quoted string or heredoc with interpolations or directives.
    Template(Box<Template>),
    /// `"${expr}"`: the value itself, not its text.
    TemplateWrap(Box<Expr>),
    /// `name.attr["key"][0]`
    Traversal(Box<Traversal>),
    /// Steps after something that is not a name: `f(x).attr[0]`
    Relative(Box<Relative>),
    /// `collection[key]` with a key that is not a literal.
    Index(Box<Index>),
    /// `source.*.a` or `source[*].a`
    Splat(Box<Splat>),
    /// The element at hand, within [`Splat::each`] only.
    SplatItem,
    /// `name(args)`
    Call(Box<Call>),
    /// `-x` or `!x`
    Unary(Box<Unary>),
    /// `a + b - c`: operators of one precedence, from the left.
    Binary(Box<Binary>),
    /// `condition ? yes : no`
    Conditional(Box<Conditional>),
    /// `[for ...]` or `{for ...}`
    For(Box<For>),
    /// `[a, b]`
    Tuple(Vec<Expr>),
    /// `{a = b}`
    Object(Vec<ObjectItem>),
    /// `(expr)`
    Parens(Box<Expr>),
    /// A string of the JSON notation.
    JsonString(Box<JsonString>),
    /// Something that did not parse and was reported. Its value is unknown.
    Invalid,
}

/// A template: text with interpolations and directives.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The parts in order.
    pub parts: Vec<Part>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text, escapes and white space marks resolved.
    Literal(Arc<str>, SrcSpan),
    /// `${expr}`
    Interpolation(Expr),
    /// `%{if}...%{else}...%{endif}`
    If(Box<TemplateIf>),
    /// `%{for}...%{endfor}`
    For(Box<TemplateFor>),
}

/// `%{if condition}...%{else}...%{endif}`
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateIf {
    /// The whole.
    pub span: SrcSpan,
    /// The condition.
    pub condition: Expr,
    /// Text where it holds.
    pub yes: Template,
    /// Where that text is.
    pub yes_span: SrcSpan,
    /// Text where it does not; empty without `else`.
    pub no: Template,
    /// Where that text is.
    pub no_span: SrcSpan,
}

/// `%{for k, v in collection}...%{endfor}`
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateFor {
    /// The whole.
    pub span: SrcSpan,
    /// The name of the key or index, if wanted.
    pub key: Option<Arc<str>>,
    /// The name of the element.
    pub value: Arc<str>,
    /// What to go through.
    pub collection: Expr,
    /// Text for each element.
    pub body: Template,
}

/// A reference: a name and the steps after it, all literal.
#[derive(Clone, Debug, PartialEq)]
pub struct Traversal {
    /// The whole.
    pub span: SrcSpan,
    /// The first name.
    pub root: Arc<str>,
    /// Where the first name is.
    pub root_span: SrcSpan,
    /// What follows.
    pub steps: Vec<Step>,
}

/// A step of a traversal.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Where it is, dot or brackets included.
    pub span: SrcSpan,
    /// What it is.
    pub kind: StepKind,
}

/// What a step is.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// `.name`
    Attr(Arc<str>),
    /// `[0]`, `["key"]` or `.0`: a number or string (or, in error, another literal).
    Index(Box<Value>),
}

/// Steps applied to an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Relative {
    /// What they apply to.
    pub source: Expr,
    /// The steps.
    pub steps: Vec<Step>,
}

/// `collection[key]`
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// The collection.
    pub collection: Expr,
    /// The key.
    pub key: Expr,
    /// The brackets and what is in them.
    pub brackets_span: SrcSpan,
    /// The opening bracket.
    pub open_span: SrcSpan,
}

/// `source[*].each` or `source.*.each`
#[derive(Clone, Debug, PartialEq)]
pub struct Splat {
    /// What is gone through.
    pub source: Expr,
    /// What is made of each element, which is [`ExprKind::SplatItem`] in it.
    pub each: Expr,
    /// `[*]` or `.*`
    pub marker_span: SrcSpan,
    /// Whether it is `[*]`.
    pub full: bool,
}

/// A function call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The name, with `::` between namespaces.
    pub name: Arc<str>,
    /// Where the name is.
    pub name_span: SrcSpan,
    /// The arguments.
    pub args: Vec<Expr>,
    /// Whether the last argument is followed by `...`.
    pub expand_final: bool,
    /// The opening parenthesis.
    pub open_span: SrcSpan,
    /// The closing parenthesis.
    pub close_span: SrcSpan,
}

/// `-x` or `!x`
#[derive(Clone, Debug, PartialEq)]
pub struct Unary {
    /// The operator.
    pub op: UnaryOp,
    /// Where it is.
    pub op_span: SrcSpan,
    /// What it applies to.
    pub operand: Expr,
}

/// An operator before its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// Operands joined by operators of one precedence, applied from the left.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    /// The leftmost operand.
    pub first: Expr,
    /// The others, each with the operator before it; at least one.
    pub rest: Vec<BinaryTerm>,
}

/// An operator and its right operand.
#[derive(Clone, Debug, PartialEq)]
pub struct BinaryTerm {
    /// The operator.
    pub op: BinaryOp,
    /// Where the operator is.
    pub op_span: SrcSpan,
    /// The right operand.
    pub operand: Expr,
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the operators")]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// `condition ? yes : no`
#[derive(Clone, Debug, PartialEq)]
pub struct Conditional {
    /// The condition.
    pub condition: Expr,
    /// The value where it holds.
    pub yes: Expr,
    /// The value where it does not.
    pub no: Expr,
}

/// `[for k, v in collection : value if condition]` or `{for k, v in collection : key => value... if condition}`
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// The name of the key or index, if wanted.
    pub key_name: Option<Arc<str>>,
    /// The name of the element.
    pub value_name: Arc<str>,
    /// What to go through.
    pub collection: Expr,
    /// The key of the result; present when the result is an object.
    pub key: Option<Expr>,
    /// The value of the result.
    pub value: Expr,
    /// The filter, if any.
    pub condition: Option<Expr>,
    /// Whether values of equal keys are collected (`...`).
    pub group: bool,
    /// The opening bracket or brace.
    pub open_span: SrcSpan,
    /// The closing one.
    pub close_span: SrcSpan,
}

/// `key = value` in an object expression.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectItem {
    /// The key. A bare name is a traversal without steps; see [`ObjectItem::key_name`].
    pub key: Expr,
    /// The value.
    pub value: Expr,
}

impl ObjectItem {
    /// The key, if it is a bare name (and so means itself).
    #[must_use]
    pub fn key_name(&self) -> Option<&str> {
        self.key.as_keyword()
    }
}

/// A string of the JSON notation. Where a value is wanted it is a template; where the language wants a
/// reference, a keyword or a type, the string holds it in native notation.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonString {
    /// The string itself.
    pub text: Arc<str>,
    /// The string as a template.
    pub template: Expr,
    /// What is wrong with the template; said only when the template is evaluated.
    pub problems: Diagnostics,
    /// The string as a reference or a call in native notation, if it is one.
    pub native: Option<Expr>,
}

impl Expr {
    /// An expression.
    #[must_use]
    pub fn new(span: SrcSpan, kind: ExprKind) -> Expr {
        Expr { span, kind }
    }

    /// The name, if the expression is just a name (`all`, `string`; also `null`, `true`, `false`).
    #[must_use]
    pub fn as_keyword(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Traversal(t) if t.steps.is_empty() => Some(&t.root),
            ExprKind::Literal(v) if v.as_str().is_none() => match (v.as_bool(), v.is_null()) {
                (Some(true), _) => Some("true"),
                (Some(false), _) => Some("false"),
                (None, true) => Some("null"),
                (None, false) => None,
            },
            ExprKind::JsonString(s) => s.native.as_ref()?.as_keyword(),
            _ => None,
        }
    }

    /// The text, if the expression is a string without interpolation.
    #[must_use]
    pub fn as_literal_string(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Literal(v) => v.as_str(),
            ExprKind::JsonString(s) if s.problems.is_empty() => s.template.as_literal_string(),
            _ => None,
        }
    }

    /// The literal value, if the expression is a single literal.
    #[must_use]
    pub fn as_literal(&self) -> Option<&Value> {
        match &self.kind {
            ExprKind::Literal(v) => Some(v),
            ExprKind::JsonString(s) => s.template.as_literal(),
            _ => None,
        }
    }

    /// The reference, if the expression is one with literal steps only.
    #[must_use]
    pub fn as_static_traversal(&self) -> Option<&Traversal> {
        match &self.kind {
            ExprKind::Traversal(t) => Some(t),
            ExprKind::JsonString(s) => s.native.as_ref()?.as_static_traversal(),
            _ => None,
        }
    }

    /// The call, if the expression is one.
    #[must_use]
    pub fn as_call(&self) -> Option<&Call> {
        match &self.kind {
            ExprKind::Call(c) => Some(c),
            ExprKind::JsonString(s) => s.native.as_ref()?.as_call(),
            _ => None,
        }
    }

    /// The elements, if the expression is a tuple constructor.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Expr]> {
        match &self.kind {
            ExprKind::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The items, if the expression is an object constructor.
    #[must_use]
    pub fn as_object(&self) -> Option<&[ObjectItem]> {
        match &self.kind {
            ExprKind::Object(items) => Some(items),
            _ => None,
        }
    }

    /// The expression without the parentheses around it.
    #[must_use]
    pub fn without_parens(&self) -> &Expr {
        let mut expr = self;
        while let ExprKind::Parens(inner) = &expr.kind {
            expr = inner;
        }
        expr
    }
}

impl std::fmt::Display for Traversal {
    /// Writes the reference as people write it: `aws_x.name["key"][0]`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.root)?;
        for step in &self.steps {
            match &step.kind {
                StepKind::Attr(name) => write!(f, ".{name}")?,
                StepKind::Index(key) => match key.as_str() {
                    Some(text) => write!(f, "[{text:?}]")?,
                    None => match key.as_number() {
                        Some(n) => write!(f, "[{n}]")?,
                        None => f.write_str("[...]")?,
                    },
                },
            }
        }
        Ok(())
    }
}
