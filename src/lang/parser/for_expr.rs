//! `for` expressions.

use std::sync::Arc;

use super::super::ast::{Expr, ExprKind, For};
use super::super::source::SrcSpan;
use super::super::token::TokenKind;
use super::Parser;
use super::expr::invalid;

impl Parser<'_> {
    /// `[for ...]` or `{for ...}` after the bracket; line ends do not matter in it.
    pub(super) fn for_expression(&mut self, open: SrcSpan, close: TokenKind) -> Expr {
        let parsed = self.for_parts(open, close);
        let Some(mut parsed) = parsed else {
            self.recover(close);
            return invalid(open.to(self.previous_span()));
        };
        let summary = "Invalid 'for' expression";
        if let Some(end) = self.take(close) {
            parsed.close_span = self.span_of(end);
        } else {
            let next = self.peek();
            let span = self.span_of(next);
            self.fresh_error(
                span,
                open.to(span),
                summary,
                "Extra characters after the end of the 'for' expression.",
            );
            self.recover(close);
            parsed.close_span = self.previous_span();
        }
        let whole = open.to(parsed.close_span);
        Expr::new(whole, ExprKind::For(Box::new(parsed)))
    }

    fn for_problem(&mut self, open: SrcSpan, detail: &str) {
        let span = self.span_of(self.peek());
        self.fresh_error(span, open.to(span), "Invalid 'for' expression", detail);
    }

    fn for_parts(&mut self, open: SrcSpan, close: TokenKind) -> Option<For> {
        self.read();
        let before = self.errors;
        let (key_name, value_name) = self.for_names(
            open,
            "For expression requires variable name after 'for'.",
            "For expression requires value variable name after comma.",
        )?;
        if !self.peek_is_keyword("in") {
            self.for_problem(
                open,
                "For expression requires the 'in' keyword after its name declarations.",
            );
            return None;
        }
        self.read();
        let collection = self.expression();
        if self.lost(before) {
            return None;
        }
        if self.take(TokenKind::Colon).is_none() {
            self.for_problem(
                open,
                "For expression requires a colon after the collection expression.",
            );
            return None;
        }
        let mut value = self.expression();
        let mut key = None;
        if self.take(TokenKind::FatArrow).is_some() {
            key = Some(std::mem::replace(&mut value, invalid(open)));
            value = self.expression();
        }
        if self.lost(before) {
            return None;
        }
        let ellipsis = self.take(TokenKind::Ellipsis).map(|t| self.span_of(t));
        let mut condition = None;
        if self.peek_is_keyword("if") {
            self.read();
            condition = Some(self.expression());
            if self.lost(before) {
                return None;
            }
        }
        self.check_for_form(close, open, key.as_ref(), &value, ellipsis);
        Some(For {
            key_name,
            value_name,
            collection,
            key,
            value,
            condition,
            group: ellipsis.is_some(),
            open_span: open,
            close_span: open,
        })
    }

    fn check_for_form(
        &mut self,
        close: TokenKind,
        open: SrcSpan,
        key: Option<&Expr>,
        value: &Expr,
        ellipsis: Option<SrcSpan>,
    ) {
        let context = open.to(self.previous_span());
        let summary = "Invalid 'for' expression";
        let problem = match (close, key, ellipsis) {
            (TokenKind::CloseBracket, Some(key), _) => Some((
                key.span,
                "Key expression is not valid when building a tuple.",
            )),
            (TokenKind::CloseBracket, None, Some(span)) => Some((
                span,
                "Grouping ellipsis (...) cannot be used when building a tuple.",
            )),
            (TokenKind::CloseBrace, None, _) => Some((
                value.span,
                "Key expression is required when building an object.",
            )),
            _ => None,
        };
        if let Some((span, detail)) = problem {
            self.error_in(span, context, summary, detail);
        }
    }

    /// `v` or `k, v`. Reports what is missing.
    fn for_names(
        &mut self,
        open: SrcSpan,
        no_name: &str,
        no_second: &str,
    ) -> Option<(Option<Arc<str>>, Arc<str>)> {
        let Some(first) = self.take(TokenKind::Ident) else {
            self.for_problem(open, no_name);
            return None;
        };
        let first = self.name_of(first);
        if self.take(TokenKind::Comma).is_none() {
            return Some((None, first));
        }
        let Some(second) = self.take(TokenKind::Ident) else {
            self.for_problem(open, no_second);
            return None;
        };
        Some((Some(first), self.name_of(second)))
    }
}
