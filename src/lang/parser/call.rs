//! Function calls.

use std::borrow::Cow;

use super::super::ast::{Call, Expr, ExprKind};
use super::super::token::{Token, TokenKind};
use super::expr::invalid;
use super::{Parser, taken};

impl Parser<'_> {
    /// A call, or what was meant as one: `name` was taken, `(` or `::` follows.
    pub(super) fn call(&mut self, name: Token) -> Expr {
        let start = self.span_of(name);
        let mut full = Cow::Borrowed(name.text(self.text));
        let mut name_span = start;
        while self.take(TokenKind::DoubleColon).is_some() {
            let Some(part) = self.take(TokenKind::Ident) else {
                let next = self.peek();
                let span = self.span_of(next);
                self.error_in(
                    span,
                    start.to(span),
                    "Missing function name",
                    "Function scope resolution symbol :: must be followed by a function name in this scope.",
                );
                return self.broken_call(start);
            };
            full += "::";
            full += part.text(self.text);
            name_span = start.to(self.span_of(part));
        }
        let Some(open) = self.take(TokenKind::OpenParen) else {
            let next = self.peek();
            let span = self.span_of(next);
            self.error_in(
                span,
                start.to(span),
                "Missing open parenthesis",
                "Function selector must be followed by an open parenthesis to begin the function call.",
            );
            return self.broken_call(start);
        };
        let open_span = self.span_of(open);
        self.newlines.push(false);
        let (args, expand_final) = self.arguments(start, open_span);
        self.newlines.pop();
        let close_span = self.previous_span();
        let call = Call {
            name: self.intern(&full),
            name_span,
            args,
            expand_final,
            open_span,
            close_span,
        };
        Expr::new(start.to(close_span), ExprKind::Call(Box::new(call)))
    }

    fn broken_call(&mut self, start: super::SrcSpan) -> Expr {
        self.recovery = true;
        if self.peek().kind == TokenKind::OpenParen {
            self.recover_over(TokenKind::OpenParen);
        }
        invalid(start.to(self.previous_span()))
    }

    /// The arguments, and whether the last is expanded; the closing parenthesis is taken.
    fn arguments(&mut self, name: super::SrcSpan, open: super::SrcSpan) -> (Vec<Expr>, bool) {
        let args = self.open.exprs.len();
        let mut expand = false;
        while self.take(TokenKind::CloseParen).is_none() {
            let before = self.errors;
            let arg = self.expression();
            self.open.exprs.push(arg);
            if self.lost(before) {
                self.recover(TokenKind::CloseParen);
                break;
            }
            let next = self.peek();
            let span = self.span_of(next);
            match next.kind {
                TokenKind::Comma => {
                    self.read();
                    continue;
                }
                TokenKind::CloseParen => continue,
                TokenKind::Ellipsis => {
                    self.read();
                    expand = true;
                    if self.take(TokenKind::CloseParen).is_some() {
                        break;
                    }
                    self.fresh_error(span, name.to(span), "Missing closing parenthesis", "An expanded function argument (with ...) must be immediately followed by closing parentheses.");
                }
                TokenKind::Eof => self.error_in(name.to(open), name.to(open), "Unterminated function call", "There is no closing parenthesis for this function call before the end of the file. This may be caused by incorrect parenthesis nesting elsewhere in this file."),
                _ => self.error_in(span, name.to(span), "Missing argument separator", "A comma is required to separate each function argument from the next."),
            }
            self.recover(TokenKind::CloseParen);
            break;
        }
        (taken(&mut self.open.exprs, args), expand)
    }
}
