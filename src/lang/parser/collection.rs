//! Tuples and objects.

use super::super::ast::{Expr, ExprKind, ObjectItem};
use super::super::source::SrcSpan;
use super::super::token::TokenKind;
use super::{Parser, taken};

impl Parser<'_> {
    pub(super) fn tuple(&mut self) -> Expr {
        let open = self.read_span();
        self.newlines.push(false);
        if self.peek_is_keyword("for") {
            let expr = self.for_expression(open, TokenKind::CloseBracket);
            self.newlines.pop();
            return expr;
        }
        let items = self.open.exprs.len();
        while self.take(TokenKind::CloseBracket).is_none() {
            let before = self.errors;
            let item = self.expression();
            self.open.exprs.push(item);
            if self.lost(before) {
                self.recover(TokenKind::CloseBracket);
                break;
            }
            if self.take(TokenKind::Comma).is_some() {
                continue;
            }
            if self.take(TokenKind::CloseBracket).is_none() {
                let next = self.peek();
                let span = self.span_of(next);
                match next.kind {
                    TokenKind::Eof => self.fresh_error(open, open, "Unterminated tuple constructor expression", "There is no corresponding closing bracket before the end of the file. This may be caused by incorrect bracket nesting elsewhere in this file."),
                    _ => self.fresh_error(span, open.to(span), "Missing item separator", "Expected a comma to mark the beginning of the next item."),
                }
                self.recover(TokenKind::CloseBracket);
            }
            break;
        }
        self.newlines.pop();
        let items = taken(&mut self.open.exprs, items);
        Expr::new(open.to(self.previous_span()), ExprKind::Tuple(items))
    }

    pub(super) fn object(&mut self) -> Expr {
        let open = self.read_span();
        // Line ends matter in an object, but not before `for`.
        self.newlines.push(false);
        let is_for = self.peek_is_keyword("for");
        if is_for {
            let expr = self.for_expression(open, TokenKind::CloseBrace);
            self.newlines.pop();
            return expr;
        }
        self.newlines.pop();
        self.newlines.push(true);
        let items = self.open.items.len();
        while self.take(TokenKind::CloseBrace).is_none() {
            if self.take(TokenKind::Newline).is_some() {
                continue;
            }
            match self.object_item(open) {
                Some(item) => self.open.items.push(item),
                None => {
                    self.recover(TokenKind::CloseBrace);
                    break;
                }
            }
            let next = self.peek();
            match next.kind {
                TokenKind::Comma | TokenKind::Newline => {
                    self.read();
                }
                TokenKind::CloseBrace => {}
                kind => {
                    let span = self.span_of(next);
                    match kind {
                        TokenKind::Eof => self.unterminated_object(open),
                        _ => self.fresh_error(span, open.to(span), "Missing attribute separator", "Expected a newline or comma to mark the beginning of the next attribute."),
                    }
                    self.recover(TokenKind::CloseBrace);
                    break;
                }
            }
        }
        self.newlines.pop();
        let items = taken(&mut self.open.items, items);
        Expr::new(open.to(self.previous_span()), ExprKind::Object(items))
    }

    fn unterminated_object(&mut self, open: SrcSpan) {
        self.fresh_error(open, open, "Unterminated object constructor expression", "There is no corresponding closing brace before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.");
    }

    fn object_item(&mut self, open: SrcSpan) -> Option<ObjectItem> {
        let before = self.errors;
        let key = self.expression();
        if self.lost(before) {
            return None;
        }
        let next = self.peek();
        if !matches!(next.kind, TokenKind::Equal | TokenKind::Colon) {
            let span = self.span_of(next);
            let context = open.to(span);
            let summary = "Missing key/value separator";
            let expected =
                "Expected an equals sign (\"=\") to mark the beginning of the attribute value.";
            match next.kind {
                TokenKind::Newline | TokenKind::Comma => self.fresh_error(span, context, "Missing attribute value", "Expected an attribute value, introduced by an equals sign (\"=\")."),
                TokenKind::Ident => self.fresh_error(span, context, summary, format!("{expected} If you intended to given an attribute name containing periods or spaces, write the name in quotes to create a string literal.")),
                TokenKind::Eof => self.unterminated_object(open),
                _ => self.fresh_error(span, context, summary, expected),
            }
            return None;
        }
        self.read();
        let value = self.expression();
        if self.lost(before) {
            return None;
        }
        Some(ObjectItem { key, value })
    }
}
