//! Tokens → tree, going on after an error to find the next. Problems are in the order found: characters
//! that no place accepts first.
//!
//! An error sets the recovery flag, which silences the errors that follow from it; the flag is cleared
//! where the parser stands at the beginning of an argument or block again. Messages say what
//! Terraform's say. Time is proportional to the tokens.

mod body;
mod call;
mod collection;
mod expr;
mod for_expr;
mod invalid;
mod names;
mod steps;
mod strings;
mod template;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use trunkline_api::{Diagnostic, Diagnostics};

use super::ast::{Attribute, Block, Body, Expr, Label, ObjectItem};
use super::lexer::{Start, lex};
use super::source::{FileId, Sources, SrcSpan};
use super::token::{Token, TokenKind};
use names::Names;

/// Parses a configuration file in native syntax. What did not parse is left out of the body, and
/// reported.
#[must_use]
pub fn parse_file(sources: &Sources, file: FileId) -> (Body, Diagnostics) {
    let text = sources.text(file);
    let mut parser = Parser::new(sources, &text, file, Start::Normal);
    parser.report_encoding();
    let body = parser.file_body();
    (body, parser.finish())
}

/// Parses a text that is one expression, in which line ends do not matter.
#[must_use]
pub fn parse_expression(sources: &Sources, file: FileId) -> (Expr, Diagnostics) {
    let text = sources.text(file);
    Parser::new(sources, &text, file, Start::Normal).whole_expression()
}

/// Parses a text that is a template, such as a template file.
#[must_use]
pub fn parse_template(sources: &Sources, file: FileId) -> (Expr, Diagnostics) {
    let text = sources.text(file);
    let mut parser = Parser::new(sources, &text, file, Start::Template);
    parser.report_encoding();
    let whole = SrcSpan::new(file, 0, text.len());
    let expr = parser.template(TokenKind::Eof, false, whole);
    (expr, parser.finish())
}

/// Parses a text that is a template and stands for the bytes of `place`, such as a string of JSON.
#[must_use]
pub fn parse_template_at(sources: &Sources, text: &str, place: SrcSpan) -> (Expr, Diagnostics) {
    let mut parser = Parser::within(sources, text, place, Start::Template);
    let expr = parser.template(TokenKind::Eof, false, place);
    (expr, parser.finish())
}

/// Parses a text that is one expression and stands for the bytes of `place`.
#[must_use]
pub fn parse_expression_at(sources: &Sources, text: &str, place: SrcSpan) -> (Expr, Diagnostics) {
    let parser = Parser::within(sources, text, place, Start::Normal);
    parser.whole_expression()
}

/// A problem before its place is turned into lines and columns.
struct Problem {
    summary: String,
    detail: String,
    span: SrcSpan,
    context: Option<SrcSpan>,
}

struct Parser<'t> {
    sources: &'t Sources,
    text: &'t str,
    file: FileId,
    /// The bytes of the file that the text stands for. In a string of JSON there may be more of them
    /// than the text has.
    place: SrcSpan,
    tokens: Vec<Token>,
    at: usize,
    /// Whether line ends count; the innermost brackets decide.
    newlines: Vec<bool>,
    recovery: bool,
    /// Errors met, those that were silenced too.
    errors: usize,
    problems: Vec<Problem>,
    depth: usize,
    /// How many blocks are open.
    blocks: usize,
    too_deep: bool,
    names: Names,
    open: Unfinished,
}

/// The parts of what is being parsed, innermost last: each kind on a stack of its own, from which whoever put parts there
/// takes them when all are known, in a vector without spare room.
#[derive(Default)]
struct Unfinished {
    attributes: Vec<Attribute>,
    blocks: Vec<Block>,
    labels: Vec<Label>,
    exprs: Vec<Expr>,
    items: Vec<ObjectItem>,
}

/// What was put on a stack since it was `from` long.
fn taken<T>(stack: &mut Vec<T>, from: usize) -> Vec<T> {
    if stack.len() == from {
        return Vec::new();
    }
    stack.drain(from..).collect()
}

impl<'t> Parser<'t> {
    fn new(sources: &'t Sources, text: &'t str, file: FileId, start: Start) -> Parser<'t> {
        let whole = SrcSpan::new(file, 0, text.len());
        Parser::within(sources, text, whole, start)
    }

    /// A parser of a text that stands for the bytes of `place`.
    fn within(sources: &'t Sources, text: &'t str, place: SrcSpan, start: Start) -> Parser<'t> {
        let mut parser = Parser {
            sources,
            text,
            file: place.file,
            place,
            tokens: lex(text, start),
            at: 0,
            newlines: vec![true],
            recovery: false,
            errors: 0,
            problems: Vec::new(),
            depth: 0,
            blocks: 0,
            too_deep: false,
            names: Names::of_text(text),
            open: Unfinished::default(),
        };
        parser.report_invalid_tokens();
        parser
    }

    fn whole_expression(mut self) -> (Expr, Diagnostics) {
        self.newlines.push(false);
        let expr = self.expression();
        let next = self.peek();
        if next.kind != TokenKind::Eof && !self.recovery {
            self.error(
                self.span_of(next),
                "Extra characters after expression",
                "An expression was successfully parsed, but extra characters were found after it.",
            );
        }
        (expr, self.finish())
    }

    fn finish(self) -> Diagnostics {
        let sources = self.sources;
        self.problems
            .into_iter()
            .map(|p| Diagnostic {
                context: p.context.map(|c| sources.span(c)),
                ..sources.error(p.span, p.summary, p.detail)
            })
            .collect()
    }

    /// The index of the next token that counts.
    #[inline]
    fn next_index(&self) -> usize {
        match self.tokens[self.at].kind {
            TokenKind::Newline | TokenKind::Comment => self.next_that_counts(),
            _ => self.at,
        }
    }

    /// As [`Parser::next_index`], where a line end or a comment is next.
    fn next_that_counts(&self) -> usize {
        let include_newlines = self.newlines.last().copied().unwrap_or(true);
        let mut i = self.at;
        while let Some(token) = self.tokens.get(i) {
            let skip = match token.kind {
                TokenKind::Newline => !include_newlines,
                TokenKind::Comment => !include_newlines || !self.ends_line(*token),
                _ => false,
            };
            if !skip {
                return i;
            }
            i += 1;
        }
        self.tokens.len() - 1
    }

    fn ends_line(&self, token: Token) -> bool {
        token.text(self.text).ends_with('\n')
    }

    /// The next token. A comment that ends its line counts as a line end.
    #[inline]
    fn peek(&self) -> Token {
        self.counting(self.next_index())
    }

    /// The token at `index`, as [`Parser::peek`] gives it.
    #[inline]
    fn counting(&self, index: usize) -> Token {
        let token = self.tokens[index];
        match token.kind {
            TokenKind::Comment => Token {
                kind: TokenKind::Newline,
                ..token
            },
            _ => token,
        }
    }

    /// Takes the next token. The end of the text stays the next token for ever.
    fn read(&mut self) -> Token {
        let next = self.next_index();
        self.at = (next + 1).min(self.tokens.len() - 1);
        self.counting(next)
    }

    /// Takes the next token and gives its place.
    fn read_span(&mut self) -> SrcSpan {
        let token = self.read();
        self.span_of(token)
    }

    /// Takes the next token if it is of this kind.
    fn take(&mut self, kind: TokenKind) -> Option<Token> {
        let next = self.next_index();
        let token = self.counting(next);
        (token.kind == kind).then(|| {
            self.at = (next + 1).min(self.tokens.len() - 1);
            token
        })
    }

    fn peek_is_keyword(&self, keyword: &str) -> bool {
        let token = self.peek();
        token.kind == TokenKind::Ident && token.text(self.text) == keyword
    }

    /// The place of the token taken last.
    fn previous_span(&self) -> SrcSpan {
        match self.at.checked_sub(1) {
            Some(i) => self.span_of(self.tokens[i]),
            None => self.place.at_start(),
        }
    }

    /// A place as messages write it in running text: `file:1,2-3`.
    fn place(&self, span: SrcSpan) -> String {
        super::text::place(&self.sources.span(span))
    }

    fn bytes_span(&self, start: usize, end: usize) -> SrcSpan {
        let limit = self.place.end as usize;
        let at = |offset: usize| (self.place.start as usize + offset).min(limit);
        SrcSpan::new(self.file, at(start), at(end))
    }

    fn span_of(&self, token: Token) -> SrcSpan {
        self.bytes_span(token.start as usize, token.end as usize)
    }

    /// The token's text as a shared name.
    fn name_of(&mut self, token: Token) -> Arc<str> {
        self.intern(token.text(self.text))
    }

    fn intern(&mut self, text: &str) -> Arc<str> {
        self.names.shared(text)
    }

    /// Reports an error, recovery or not.
    fn error(&mut self, span: SrcSpan, summary: impl Into<String>, detail: impl Into<String>) {
        self.errors += 1;
        self.problems.push(Problem {
            summary: summary.into(),
            detail: detail.into(),
            span,
            context: None,
        });
    }

    /// Reports an error with the range around it, recovery or not.
    fn error_in(
        &mut self,
        span: SrcSpan,
        context: SrcSpan,
        summary: impl Into<String>,
        detail: impl Into<String>,
    ) {
        self.error(span, summary, detail);
        if let Some(problem) = self.problems.last_mut() {
            problem.context = Some(context);
        }
    }

    /// Reports an error unless it may follow from an earlier one.
    fn fresh_error(
        &mut self,
        span: SrcSpan,
        context: SrcSpan,
        summary: impl Into<String>,
        detail: impl Into<String>,
    ) {
        match self.recovery {
            true => self.errors += 1,
            false => self.error_in(span, context, summary, detail),
        }
    }

    /// Runs `f` one level deeper; reports an error once and gives nothing when that is too deep.
    fn nested<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> Option<R> {
        if self.depth >= super::depth::MAX_DEPTH {
            self.refuse_depth();
            return None;
        }
        self.depth += 1;
        let result = super::depth::deeper(|| f(self));
        self.depth -= 1;
        Some(result)
    }

    fn refuse_depth(&mut self) {
        self.errors += 1;
        self.recovery = true;
        if self.too_deep {
            return;
        }
        self.too_deep = true;
        let span = self.span_of(self.peek());
        self.error(
            span,
            "Configuration nested too deeply",
            format!(
                "Expressions and blocks may be nested at most {} levels deep. Split this part up, for example with local values.",
                super::depth::MAX_DEPTH
            ),
        );
    }

    /// Whether the parser stands at the beginning of a line that can only be an argument or block: what comes before it in brackets or parentheses was not closed.
    fn at_argument(&self) -> bool {
        let previous = self.at.checked_sub(1).map(|i| self.tokens[i]);
        let fresh_line = previous.is_some_and(|t| {
            t.kind == TokenKind::Newline || t.kind == TokenKind::Comment && self.ends_line(t)
        });
        let kind = |i: usize| self.tokens.get(self.at + i).map(|t| t.kind);
        fresh_line
            && kind(0) == Some(TokenKind::Ident)
            && matches!(
                kind(1),
                Some(TokenKind::Equal | TokenKind::OpenQuote | TokenKind::OpenBrace)
            )
    }

    /// Skips to after the bracket `end` that closes the innermost open one. Where that was forgotten,
    /// skips to the bracket that closes an outer one, or to the next argument.
    fn recover(&mut self, end: TokenKind) -> Token {
        self.recovery = true;
        let mut open = OpenBrackets::default();
        loop {
            let in_braces = end == TokenKind::CloseBrace || open.braces > 0;
            if !in_braces && self.at_argument() {
                return self.tokens[self.at];
            }
            // Raw: line ends must be seen to recognise the beginning of an argument.
            let token = self.tokens[self.at];
            if token.kind == TokenKind::Eof {
                return token;
            }
            if !open.take(token.kind) {
                if token.kind == end {
                    self.at += 1;
                }
                return token;
            }
            self.at += 1;
        }
    }

    /// Skips to after the brackets that `start` opens further on.
    fn recover_over(&mut self, start: TokenKind) {
        let Some(end) = start.opposite() else { return };
        loop {
            match self.read().kind {
                TokenKind::Eof => return,
                kind if kind == start => break,
                _ => {}
            }
        }
        self.recover(end);
    }

    /// Skips to the beginning of the next item of a body.
    fn recover_after_item(&mut self) {
        self.recovery = true;
        let mut open = OpenBrackets::default();
        loop {
            if open.braces == 0 && self.at_argument() {
                break;
            }
            let token = self.tokens[self.at];
            if token.kind == TokenKind::CloseBrace && self.blocks > 0 && open.kinds.is_empty() {
                // It closes the block.
                break;
            }
            self.at = (self.at + 1).min(self.tokens.len() - 1);
            match token.kind {
                TokenKind::Eof => break,
                TokenKind::Newline if open.kinds.is_empty() => break,
                TokenKind::Comment if open.kinds.is_empty() && self.ends_line(token) => break,
                kind => {
                    if !open.take(kind) {
                        open = OpenBrackets::default();
                    }
                }
            }
        }
    }
}

/// Brackets, quotes and template sequences that were opened while skipping.
#[derive(Default)]
struct OpenBrackets {
    kinds: Vec<TokenKind>,
    /// How many of them are braces.
    braces: usize,
}

impl OpenBrackets {
    /// Notes a token. False when it closes something that was opened before.
    fn take(&mut self, kind: TokenKind) -> bool {
        match kind {
            // A directive is closed by what closes an interpolation.
            TokenKind::TemplateControl => self.kinds.push(TokenKind::TemplateInterp),
            TokenKind::OpenBrace => {
                self.braces += 1;
                self.kinds.push(kind);
            }
            TokenKind::OpenBracket
            | TokenKind::OpenParen
            | TokenKind::OpenQuote
            | TokenKind::OpenHeredoc
            | TokenKind::TemplateInterp => self.kinds.push(kind),
            kind => {
                let Some(opener) = kind.opposite() else {
                    return true;
                };
                let Some(at) = self.kinds.iter().rposition(|k| *k == opener) else {
                    return false;
                };
                let closed = self.kinds.drain(at..);
                self.braces -= closed.filter(|k| *k == TokenKind::OpenBrace).count();
            }
        }
        true
    }
}
