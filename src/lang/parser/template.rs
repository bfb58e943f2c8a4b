//! Templates: first a flat list of literals, interpolations and directives, then a tree of them.

use std::borrow::Cow;
use std::sync::Arc;

use trunkline_api::Value;
use unicode_segmentation::UnicodeSegmentation;

use super::super::ast::{Expr, ExprKind, Part, Template, TemplateFor, TemplateIf};
use super::super::source::SrcSpan;
use super::super::text::{did_you_mean, quoted};
use super::super::token::{Token, TokenKind};
use super::Parser;
use super::expr::invalid;

/// A piece of a template before directives are matched.
enum Piece<'t> {
    Literal(Cow<'t, str>, SrcSpan),
    Interpolation(Expr),
    If(Expr, SrcSpan),
    For {
        key: Option<Arc<str>>,
        value: Arc<str>,
        collection: Expr,
        span: SrcSpan,
    },
    Else(SrcSpan),
    EndIf(SrcSpan),
    EndFor(SrcSpan),
}

const DIRECTIVES: [&str; 5] = ["if", "for", "else", "endif", "endfor"];
const UNBALANCED: &str = "The control directives within this template are unbalanced.";

impl<'t> Parser<'t> {
    /// A template up to `end`, which is taken. Its opening marker, at `open`, was taken already.
    pub(super) fn template(&mut self, end: TokenKind, flush: bool, open: SrcSpan) -> Expr {
        if let [text, close, ..] = self.tokens[self.at..]
            && (text.kind, close.kind) == (TokenKind::QuotedLit, end)
        {
            self.at += 2;
            let span = open.to(self.span_of(close));
            let value = Value::string(self.unescape(text));
            return Expr::new(span, ExprKind::Literal(value));
        }
        let mut pieces = self.pieces(end);
        let close = self.previous_span();
        let span = match end {
            TokenKind::Eof => open,
            _ => open.to(close),
        };
        if flush {
            strip_indent(&mut pieces);
        }
        if matches!(pieces[..], [Piece::Interpolation(_)])
            && let Some(Piece::Interpolation(inner)) = pieces.pop()
        {
            return Expr::new(span, ExprKind::TemplateWrap(Box::new(inner)));
        }
        let mut tree = Tree {
            end: match end {
                TokenKind::Eof => span.at_end(),
                _ => close,
            },
            pieces: pieces.into_iter(),
            parser: self,
        };
        let mut template = tree.root();
        if template
            .parts
            .iter()
            .all(|p| matches!(p, Part::Literal(..)))
        {
            let text = match &mut template.parts[..] {
                [] => "".into(),
                [Part::Literal(text, _)] => text.clone(),
                parts => parts.iter().map(literal_text).collect::<String>().into(),
            };
            return Expr::new(span, ExprKind::Literal(Value::string(text)));
        }
        template.parts.shrink_to_fit();
        Expr::new(span, ExprKind::Template(Box::new(template)))
    }

    fn pieces(&mut self, end: TokenKind) -> Vec<Piece<'t>> {
        let start = self.span_of(self.tokens[self.at]);
        let mut pieces = Vec::with_capacity(8);
        let (mut trim_next, mut can_trim) = (false, false);
        self.newlines.push(true);
        loop {
            let next = self.read();
            if next.kind == end {
                break;
            }
            let (trim, may_trim) = (
                std::mem::take(&mut trim_next),
                std::mem::take(&mut can_trim),
            );
            match next.kind {
                TokenKind::StringLit | TokenKind::QuotedLit => {
                    let mut text = self.unescape(next);
                    if trim {
                        text = text.trim_start().to_owned().into();
                    }
                    pieces.push(Piece::Literal(text, self.span_of(next)));
                    can_trim = true;
                }
                TokenKind::TemplateInterp | TokenKind::TemplateControl => {
                    if may_trim
                        && next.text(self.text).ends_with('~')
                        && let Some(Piece::Literal(text, _)) = pieces.last_mut()
                    {
                        let end = text.trim_end().len();
                        text.to_mut().truncate(end);
                    }
                    self.newlines.push(false);
                    let piece = match next.kind {
                        TokenKind::TemplateInterp => self.interpolation(end, start, &mut trim_next),
                        _ => self.directive(next, &mut trim_next),
                    };
                    self.newlines.pop();
                    pieces.extend(piece);
                }
                _ => {
                    let span = self.span_of(next);
                    self.fresh_error(
                        span,
                        start.to(span),
                        "Unterminated template string",
                        "No closing marker was found for the string.",
                    );
                    self.recover(end);
                    break;
                }
            }
        }
        self.newlines.pop();
        pieces
    }

    /// Takes the end of a sequence, and notes its strip mark.
    fn sequence_end(&mut self, trim_next: &mut bool) -> bool {
        match self.take(TokenKind::TemplateEnd) {
            Some(close) => {
                *trim_next = close.text(self.text).starts_with('~');
                true
            }
            None => false,
        }
    }

    fn interpolation(
        &mut self,
        end: TokenKind,
        start: SrcSpan,
        trim_next: &mut bool,
    ) -> Option<Piece<'t>> {
        let before = self.errors;
        let expr = self.expression();
        if self.lost(before) || !self.sequence_end(trim_next) {
            let close = self.peek();
            let span = self.span_of(close);
            let context = start.to(span);
            let unclosed = "Unclosed template interpolation sequence";
            let extra = "Extra characters after interpolation expression";
            match close.kind {
                TokenKind::Eof => self.fresh_error(start, start, unclosed, "There is no closing brace for this interpolation sequence before the end of the file. This might be caused by incorrect nesting inside the given expression."),
                TokenKind::CloseQuote | TokenKind::OpenQuote if end == TokenKind::CloseQuote => self.fresh_error(start, start, unclosed, "There is no closing brace for this interpolation sequence before the end of the quoted template. This might be caused by incorrect nesting inside the given expression."),
                TokenKind::Colon => self.fresh_error(span, context, extra, "Template interpolation doesn't expect a colon at this location. Did you intend this to be a literal sequence to be processed as part of another language? If so, you can escape it by starting with \"$${\" instead of just \"${\"."),
                _ => self.fresh_error(span, context, extra, "Expected a closing brace to end the interpolation expression, but found extra characters.\n\nThis can happen when you include interpolation syntax for another language, such as shell scripting, but forget to escape the interpolation start token. If this is an embedded sequence for another language, escape it by starting with \"$${\" instead of just \"${\"."),
            }
            self.recover(TokenKind::TemplateEnd);
        }
        Some(Piece::Interpolation(expr))
    }

    /// A directive after `%{`. Nothing when it is not one; then its sequence was skipped.
    fn directive(&mut self, open: Token, trim_next: &mut bool) -> Option<Piece<'t>> {
        let start = self.span_of(open);
        let keyword = self.peek();
        let span = self.span_of(keyword);
        let name = keyword.text(self.text);
        if keyword.kind != TokenKind::Ident {
            self.fresh_error(span, start.to(span), "Invalid template directive", "A template directive keyword (\"if\", \"for\", etc) is expected at the beginning of a %{ sequence.");
            self.recover(TokenKind::TemplateEnd);
            return None;
        }
        self.read();
        let before = self.errors;
        let mut piece = match name {
            "if" => Piece::If(self.expression(), start),
            "else" => Piece::Else(start),
            "endif" => Piece::EndIf(start),
            "endfor" => Piece::EndFor(start),
            "for" => match self.for_directive(start) {
                Some(piece) => piece,
                None => {
                    self.recover(TokenKind::TemplateEnd);
                    return None;
                }
            },
            _ => {
                let hint = did_you_mean(name, DIRECTIVES);
                self.fresh_error(
                    span,
                    span,
                    "Invalid template control keyword",
                    format!(
                        "{} is not a valid template control keyword.{hint}",
                        quoted(name)
                    ),
                );
                self.recover(TokenKind::TemplateEnd);
                return None;
            }
        };
        let whole = start.to(self.span_of(self.peek()));
        match &mut piece {
            Piece::If(_, span)
            | Piece::Else(span)
            | Piece::EndIf(span)
            | Piece::EndFor(span)
            | Piece::For { span, .. } => *span = whole,
            Piece::Literal(..) | Piece::Interpolation(_) => {}
        }
        if self.lost(before) || !self.sequence_end(trim_next) {
            let span = self.span_of(self.peek());
            self.fresh_error(
                span,
                start.to(span),
                format!("Extra characters in {name} marker"),
                "Expected a closing brace to end the sequence, but found extra characters.",
            );
            self.recover(TokenKind::TemplateEnd);
        }
        Some(piece)
    }

    fn for_directive(&mut self, start: SrcSpan) -> Option<Piece<'t>> {
        let (key, value) = self.for_directive_names()?;
        if !self.peek_is_keyword("in") {
            self.for_directive_problem("For directive requires 'in' keyword after names.");
            return None;
        }
        self.read();
        let collection = self.expression();
        Some(Piece::For {
            key,
            value,
            collection,
            span: start,
        })
    }

    fn for_directive_problem(&mut self, detail: &str) {
        let span = self.span_of(self.peek());
        self.fresh_error(span, span, "Invalid 'for' directive", detail);
    }

    fn for_directive_names(&mut self) -> Option<(Option<Arc<str>>, Arc<str>)> {
        let Some(first) = self.take(TokenKind::Ident) else {
            self.for_directive_problem("For directive requires variable name after 'for'.");
            return None;
        };
        let first = self.name_of(first);
        if self.take(TokenKind::Comma).is_none() {
            return Some((None, first));
        }
        let Some(second) = self.take(TokenKind::Ident) else {
            self.for_directive_problem("For directive requires value variable name after comma.");
            return None;
        };
        Some((Some(first), self.name_of(second)))
    }
}

/// Matches directives.
struct Tree<'p, 't> {
    pieces: std::vec::IntoIter<Piece<'t>>,
    /// The place at which the template ends.
    end: SrcSpan,
    parser: &'p mut Parser<'t>,
}

impl<'t> Tree<'_, 't> {
    fn root(&mut self) -> Template {
        let mut parts = Vec::with_capacity(self.pieces.len());
        while let Some(piece) = self.pieces.next() {
            parts.push(self.part(piece));
        }
        Template { parts }
    }

    fn part(&mut self, piece: Piece<'t>) -> Part {
        match piece {
            Piece::Literal(text, span) => Part::Literal(text.into(), span),
            Piece::Interpolation(expr) => Part::Interpolation(expr),
            Piece::If(condition, span) => self.nest(span, |t| t.if_part(condition, span)),
            Piece::For {
                key,
                value,
                collection,
                span,
            } => self.nest(span, |t| t.for_part(key, value, collection, span)),
            Piece::Else(span) | Piece::EndIf(span) | Piece::EndFor(span) => {
                let summary = format!("Unexpected {} directive", end_name(&piece));
                self.problem(span, summary, UNBALANCED);
                Part::Interpolation(invalid(span))
            }
        }
    }

    fn problem(&mut self, span: SrcSpan, summary: impl Into<String>, detail: impl Into<String>) {
        self.parser.error(span, summary, detail);
    }

    fn nest(&mut self, span: SrcSpan, f: impl FnOnce(&mut Self) -> Part) -> Part {
        if self.parser.depth >= super::super::depth::MAX_DEPTH {
            self.parser.refuse_depth();
            return Part::Interpolation(invalid(span));
        }
        self.parser.depth += 1;
        let part = super::super::depth::deeper(|| f(self));
        self.parser.depth -= 1;
        part
    }

    /// Parts until a directive that ends something, which is taken; nothing at the end of the template.
    fn until_end(&mut self) -> (Template, Option<Piece<'t>>) {
        let mut parts = Vec::new();
        while let Some(piece) = self.pieces.next() {
            match piece {
                Piece::Else(_) | Piece::EndIf(_) | Piece::EndFor(_) => {
                    return (Template { parts }, Some(piece));
                }
                piece => parts.push(self.part(piece)),
            }
        }
        (Template { parts }, None)
    }

    fn if_part(&mut self, condition: Expr, open: SrcSpan) -> Part {
        let (yes, mut end) = self.until_end();
        let mut no = Template { parts: Vec::new() };
        if let Some(Piece::Else(_)) = end {
            (no, end) = self.until_end();
        }
        let place = self.parser.place(open);
        let close = match end {
            Some(Piece::EndIf(span)) => span,
            Some(Piece::Else(span)) => {
                let detail = format!("Already in the else clause for the if started at {place}.");
                self.problem(span, "Unexpected else directive", detail);
                span
            }
            Some(piece) => {
                let span = end_span(&piece);
                let summary = format!("Unexpected {} directive", end_name(&piece));
                let detail = format!("Expecting an endif directive for the if started at {place}.");
                self.problem(span, summary, detail);
                span
            }
            None => {
                let detail = format!(
                    "The if directive at {place} is missing its corresponding endif directive."
                );
                self.problem(self.end, "Unexpected end of template", detail);
                open
            }
        };
        Part::If(Box::new(TemplateIf {
            span: open.to(close),
            condition,
            yes_span: template_span(&yes, open),
            yes,
            no_span: template_span(&no, close),
            no,
        }))
    }

    fn for_part(
        &mut self,
        key: Option<Arc<str>>,
        value: Arc<str>,
        collection: Expr,
        open: SrcSpan,
    ) -> Part {
        let (body, end) = self.until_end();
        let place = self.parser.place(open);
        let close = match end {
            Some(Piece::EndFor(span)) => span,
            Some(Piece::Else(span)) => {
                let detail = "An else clause is not expected for a for directive.";
                self.problem(span, "Unexpected else directive", detail);
                span
            }
            Some(piece) => {
                let span = end_span(&piece);
                let summary = format!("Unexpected {} directive", end_name(&piece));
                let detail = format!(
                    "Expecting an endfor directive corresponding to the for directive at {place}."
                );
                self.problem(span, summary, detail);
                span
            }
            None => {
                let detail = format!(
                    "The for directive at {place} is missing its corresponding endfor directive."
                );
                self.problem(self.end, "Unexpected end of template", detail);
                open
            }
        };
        Part::For(Box::new(TemplateFor {
            span: open.to(close),
            key,
            value,
            collection,
            body,
        }))
    }
}

fn end_name(piece: &Piece<'_>) -> &'static str {
    match piece {
        Piece::Else(_) => "else",
        Piece::EndIf(_) => "endif",
        _ => "endfor",
    }
}

fn end_span(piece: &Piece<'_>) -> SrcSpan {
    match piece {
        Piece::Else(s) | Piece::EndIf(s) | Piece::EndFor(s) | Piece::If(_, s) => *s,
        Piece::Literal(_, s) | Piece::For { span: s, .. } => *s,
        Piece::Interpolation(e) => e.span,
    }
}

/// Where the parts are; the end of `open` when there are none.
fn template_span(template: &Template, open: SrcSpan) -> SrcSpan {
    let span = |part: &Part| match part {
        Part::Literal(_, s) => *s,
        Part::Interpolation(e) => e.span,
        Part::If(i) => i.span,
        Part::For(f) => f.span,
    };
    match (template.parts.first(), template.parts.last()) {
        (Some(first), Some(last)) => span(first).to(span(last)),
        _ => open.at_end(),
    }
}

fn literal_text(part: &Part) -> &str {
    match part {
        Part::Literal(text, _) => text,
        _ => "",
    }
}

/// Takes from every line the white space that all lines begin with (`<<-`). Lines of white space
/// only do not count.
fn strip_indent(pieces: &mut [Piece<'_>]) {
    let indent_of = |text: &str| {
        let trimmed = text.trim_start();
        let blank = trimmed.is_empty() && text.ends_with('\n');
        (!blank).then(|| text[..text.len() - trimmed.len()].graphemes(true).count())
    };
    let mut least = usize::MAX;
    let mut lines = Vec::new();
    let mut line_start = true;
    for (i, piece) in pieces.iter().enumerate() {
        let literal = match piece {
            Piece::Literal(text, _) => Some(text),
            _ => None,
        };
        if std::mem::take(&mut line_start) {
            match literal.map(|text| indent_of(text)) {
                Some(Some(indent)) => {
                    least = least.min(indent);
                    lines.push(i);
                }
                Some(None) => {}
                None => least = 0,
            }
        }
        line_start = literal.is_some_and(|text| text.ends_with('\n'));
    }
    for i in lines {
        if let Piece::Literal(text, span) = &mut pieces[i] {
            let bytes: usize = text.graphemes(true).take(least).map(str::len).sum();
            text.to_mut().drain(..bytes);
            span.start += bytes as u32;
        }
    }
}
