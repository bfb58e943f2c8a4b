//! Bodies: arguments and blocks.

use std::sync::Arc;

use super::super::ast::{Attribute, Block, Body, Label, Syntax};
use super::super::source::SrcSpan;
use super::super::text::quoted;
use super::super::token::{Token, TokenKind};
use super::{Parser, taken};
use crate::lookup::Lookup;

const REQUIRED: &str = "Argument or block definition required";
const REQUIRED_HERE: &str = "An argument or block definition is required here.";
const REDEFINED: &str = "Attribute redefined";
const UNCLOSED: &str = "Unclosed configuration block";
const UNCLOSED_BLOCK: &str = "There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.";
const SINGLE: &str = "Invalid single-argument block definition";

enum Item {
    Attribute(Attribute),
    Block(Block),
}

/// The arguments of the body at hand. A few are looked through faster than any table.
#[derive(Default)]
struct Seen {
    /// Where each is, by its name, once there are more than a few.
    many: Lookup<Arc<str>, SrcSpan>,
}

impl Seen {
    const FEW: usize = 8;

    /// Where the argument called `name` is, if it is one of those `before`.
    fn first(&mut self, name: &Arc<str>, before: &[Attribute]) -> Option<SrcSpan> {
        if before.len() <= Seen::FEW {
            let found = before.iter().find(|a| a.name == *name);
            return found.map(|a| a.name_span);
        }
        // Those that came since the last look.
        for a in &before[self.many.len()..] {
            self.many.insert(a.name.clone(), a.name_span);
        }
        self.many.get(name).copied()
    }
}

impl Parser<'_> {
    pub(super) fn file_body(&mut self) -> Body {
        // Room for all blocks: memory that is not touched costs nothing, and growing copies all of them.
        self.open.blocks.reserve(self.text.len() / 48);
        let mut body = self.body(TokenKind::Eof, self.place.at_start());
        body.span = self.place;
        body.end_span = body.span.at_end();
        body
    }

    /// Items until `end`, which is taken. `open` is where the body began.
    fn body(&mut self, end: TokenKind, open: SrcSpan) -> Body {
        let mut seen = Seen::default();
        let (attributes, blocks) = (self.open.attributes.len(), self.open.blocks.len());
        self.newlines.push(true);
        loop {
            let next = self.peek();
            match next.kind {
                kind if kind == end => {
                    self.read();
                    break;
                }
                TokenKind::Newline => {
                    self.read();
                }
                TokenKind::Ident => {
                    self.recovery = false;
                    match self.item() {
                        Some(Item::Attribute(attribute)) => {
                            let before = &self.open.attributes[attributes..];
                            match seen.first(&attribute.name, before) {
                                Some(first) => self.redefined(&attribute, first),
                                None => self.open.attributes.push(attribute),
                            }
                        }
                        Some(Item::Block(block)) => self.open.blocks.push(block),
                        None => {}
                    }
                }
                _ => {
                    if self.stray(open) {
                        break;
                    }
                }
            }
        }
        self.newlines.pop();
        let end_span = self.previous_span();
        Body {
            syntax: Syntax::Native,
            span: open.to(end_span),
            end_span,
            attributes: taken(&mut self.open.attributes, attributes),
            // A file's own, which may be very many, are not copied.
            blocks: match end {
                TokenKind::Eof => std::mem::take(&mut self.open.blocks),
                _ => taken(&mut self.open.blocks, blocks),
            },
        }
    }

    fn redefined(&mut self, attribute: &Attribute, first: SrcSpan) {
        let place = self.place(first);
        self.error(
            attribute.name_span,
            REDEFINED,
            format!(
                "The argument {} was already set at {place}. Each argument may be set only once.",
                quoted(&attribute.name)
            ),
        );
    }

    /// Reports a token that begins no item. True when the body ends here.
    fn stray(&mut self, open: SrcSpan) -> bool {
        let bad = self.read();
        let closer = bad.kind.opposite().is_some() && bad.kind != TokenKind::OpenQuote;
        if !closer && bad.kind != TokenKind::Eof {
            self.recovery = false;
        }
        let span = self.span_of(bad);
        match bad.kind {
            TokenKind::OpenQuote => self.fresh_error(
                span,
                span,
                "Invalid argument name",
                "Argument names must not be quoted.",
            ),
            // An error within the block is its likely cause.
            TokenKind::Eof
                if self
                    .problems
                    .iter()
                    .any(|p| p.span.start > open.start && p.summary != REDEFINED) =>
            {
                self.errors += 1;
            }
            TokenKind::Eof => self.fresh_error(open, open, UNCLOSED, UNCLOSED_BLOCK),
            _ => self.fresh_error(span, span, REQUIRED, REQUIRED_HERE),
        }
        if bad.kind == TokenKind::Eof {
            return true;
        }
        // Only the line is given up. The token is looked at again, in case it opens a bracket.
        self.at = self.at.saturating_sub(1);
        self.recover_after_item();
        false
    }

    fn item(&mut self) -> Option<Item> {
        let ident = self.read();
        match self.peek().kind {
            TokenKind::Equal => Some(Item::Attribute(self.attribute(ident))),
            TokenKind::OpenQuote | TokenKind::OpenBrace | TokenKind::Ident => {
                self.block(ident).map(Item::Block)
            }
            _ => {
                let span = self.span_of(ident);
                self.error(
                    span,
                    REQUIRED,
                    format!("{REQUIRED_HERE} To set an argument, use the equals sign \"=\" to introduce the argument value."),
                );
                self.recover_after_item();
                None
            }
        }
    }

    /// An argument whose name was taken; its line end is taken too.
    fn attribute(&mut self, ident: Token) -> Attribute {
        let name_span = self.span_of(ident);
        let name = self.name_of(ident);
        self.read();
        let before = self.errors;
        let expr = self.expression();
        let mut end = self.previous_span();
        if self.errors > before && self.recovery {
            self.recover_after_item();
        } else {
            let next = self.peek();
            match next.kind {
                TokenKind::Newline | TokenKind::Eof => {
                    self.read();
                }
                kind => {
                    let span = self.span_of(next);
                    let rule = "An argument definition must end with a newline.";
                    let context = name_span.to(span);
                    if kind == TokenKind::Comma {
                        self.fresh_error(span, context, "Unexpected comma after argument", format!("Argument definitions must be separated by newlines, not commas. {rule}"));
                    } else {
                        self.fresh_error(span, context, "Missing newline after argument", rule);
                    }
                    self.recover_after_item();
                }
            }
        }
        if end.end < expr.span.end {
            end = expr.span;
        }
        Attribute {
            name,
            name_span,
            span: name_span.to(end),
            expr,
        }
    }

    fn block(&mut self, ident: Token) -> Option<Block> {
        let kind = self.name_of(ident);
        let kind_span = self.span_of(ident);
        let labels = self.open.labels.len();
        let open = loop {
            let token = self.peek();
            match token.kind {
                TokenKind::OpenBrace => break self.read(),
                TokenKind::OpenQuote => {
                    let (text, span) = self.quoted_text();
                    // The first label is that of many, such as a type; the others are the name of this one.
                    let text = match self.open.labels.len() == labels {
                        true => self.intern(&text),
                        false => text.into(),
                    };
                    self.open.labels.push(Label {
                        text,
                        span,
                        quoted: true,
                    });
                }
                TokenKind::Ident => {
                    let token = self.read();
                    let text = self.name_of(token);
                    let span = self.span_of(token);
                    self.open.labels.push(Label {
                        text,
                        span,
                        quoted: false,
                    });
                }
                other => {
                    let span = self.span_of(token);
                    let context = kind_span.to(span);
                    let summary = "Invalid block definition";
                    match other {
                        TokenKind::Equal => self.error_in(span, context, summary, "The equals sign \"=\" indicates an argument definition, and must not be used when defining a block."),
                        TokenKind::Newline => self.error_in(span, context, summary, "A block definition must have block content delimited by \"{\" and \"}\", starting on the same line as the block header."),
                        _ => self.fresh_error(span, context, summary, "Either a quoted string block label or an opening brace (\"{\") is expected here."),
                    }
                    self.recover_after_item();
                    // What its header says is told all the same, where that is wrong too.
                    let labels = taken(&mut self.open.labels, labels);
                    let end = labels.last().map_or(kind_span, |label| label.span);
                    return Some(Block {
                        kind,
                        kind_span,
                        labels,
                        // Nothing is in it, not even its header.
                        span: SrcSpan {
                            end: kind_span.start,
                            ..kind_span
                        },
                        body: Body {
                            span: end,
                            end_span: end,
                            ..Body::default()
                        },
                        open_brace_span: end,
                    });
                }
            }
        };
        let labels = taken(&mut self.open.labels, labels);
        let open_brace_span = self.span_of(open);
        self.blocks += 1;
        let body = self.nested(|p| p.block_body(open_brace_span));
        self.blocks -= 1;
        let Some(body) = body else {
            self.recover(TokenKind::CloseBrace);
            self.recover_after_item();
            return None;
        };
        let after = self.peek();
        match after.kind {
            TokenKind::Newline | TokenKind::Eof => {
                self.read();
            }
            _ => {
                let span = self.span_of(after);
                self.fresh_error(
                    span,
                    kind_span.to(span),
                    "Missing newline after block definition",
                    "A block definition must end with a newline.",
                );
                self.recover_after_item();
            }
        }
        Some(Block {
            kind,
            kind_span,
            labels,
            span: kind_span.to(body.end_span),
            body,
            open_brace_span,
        })
    }

    fn block_body(&mut self, open: SrcSpan) -> Body {
        match self.peek().kind {
            TokenKind::Newline | TokenKind::Eof | TokenKind::CloseBrace => {
                self.body(TokenKind::CloseBrace, open)
            }
            _ => self.single_line_body(open),
        }
    }

    /// `{ name = expr }`
    fn single_line_body(&mut self, open: SrcSpan) -> Body {
        let attributes = self.single_argument().map(|a| vec![a]);
        let mut body = Body {
            attributes: attributes.unwrap_or_default(),
            ..Body::default()
        };
        let next = self.peek();
        let span = self.span_of(next);
        if next.kind == TokenKind::CloseBrace {
            self.read();
        } else {
            let context = open.to(span);
            match next.kind {
                TokenKind::Eof => self.fresh_error(open, open, UNCLOSED, UNCLOSED_BLOCK),
                TokenKind::Comma => self.error_in(span, context, SINGLE, "Single-line block syntax can include only one argument definition. To define multiple arguments, use the multi-line block syntax with one argument definition per line."),
                TokenKind::Newline => self.error_in(span, context, SINGLE, "An argument definition on the same line as its containing block creates a single-line block definition, which must also be closed on the same line. Place the block's closing brace immediately after the argument definition."),
                _ => self.fresh_error(span, context, SINGLE, "A single-line block definition must end with a closing brace immediately after its single argument definition."),
            }
            self.recover(TokenKind::CloseBrace);
        }
        body.end_span = self.previous_span();
        body.span = open.to(body.end_span);
        body
    }

    fn single_argument(&mut self) -> Option<Attribute> {
        let ident = self.peek();
        let span = self.span_of(ident);
        if ident.kind != TokenKind::Ident {
            self.error(span, REQUIRED, REQUIRED_HERE);
            self.recovery = true;
            return None;
        }
        self.read();
        match self.peek().kind {
            TokenKind::Equal => {
                let attribute = self.single_attribute(ident);
                return Some(attribute);
            }
            TokenKind::OpenQuote | TokenKind::OpenBrace | TokenKind::Ident => {
                let name = quoted(ident.text(self.text));
                let detail = format!("A single-line block definition can contain only a single argument. If you meant to define argument {name}, use an equals sign to assign it a value. To define a nested block, place it on a line of its own within its parent block.");
                let next = self.span_of(self.peek());
                self.error(span.to(next), "Argument definition required", detail);
            }
            _ => self.error(
                span,
                REQUIRED,
                format!("{REQUIRED_HERE} To set an argument, use the equals sign \"=\" to introduce the argument value."),
            ),
        }
        self.recovery = true;
        None
    }

    fn single_attribute(&mut self, ident: Token) -> Attribute {
        let name_span = self.span_of(ident);
        let name = self.name_of(ident);
        self.read();
        let expr = self.expression();
        Attribute {
            name,
            name_span,
            span: name_span.to(expr.span),
            expr,
        }
    }
}
