//! Expressions: operators and terms.

use trunkline_api::{Number, Type, Value};

use super::super::ast::{
    Binary, BinaryOp, BinaryTerm, Conditional, Expr, ExprKind, Traversal, Unary, UnaryOp,
};
use super::super::source::SrcSpan;
use super::super::token::{Token, TokenKind};
use super::Parser;

/// An operator and how strongly it binds, the weakest 0.
fn binary_op(kind: TokenKind) -> Option<(usize, BinaryOp)> {
    Some(match kind {
        TokenKind::Or => (0, BinaryOp::Or),
        TokenKind::And => (1, BinaryOp::And),
        TokenKind::EqualOp => (2, BinaryOp::Equal),
        TokenKind::NotEqual => (2, BinaryOp::NotEqual),
        TokenKind::Greater => (3, BinaryOp::Greater),
        TokenKind::GreaterOrEqual => (3, BinaryOp::GreaterOrEqual),
        TokenKind::Less => (3, BinaryOp::Less),
        TokenKind::LessOrEqual => (3, BinaryOp::LessOrEqual),
        TokenKind::Plus => (4, BinaryOp::Add),
        TokenKind::Minus => (4, BinaryOp::Subtract),
        TokenKind::Star => (5, BinaryOp::Multiply),
        TokenKind::Slash => (5, BinaryOp::Divide),
        TokenKind::Percent => (5, BinaryOp::Modulo),
        _ => return None,
    })
}

impl Parser<'_> {
    /// An expression; [`ExprKind::Invalid`] (in whole or part) after an error.
    pub(super) fn expression(&mut self) -> Expr {
        let span = self.span_of(self.peek());
        self.nested(Self::conditional)
            .unwrap_or_else(|| invalid(span))
    }

    /// Whether an error since `before` was counted leaves the parser in a place unknown.
    pub(super) fn lost(&self, before: usize) -> bool {
        self.recovery && self.errors > before
    }

    fn conditional(&mut self) -> Expr {
        let before = self.errors;
        let condition = self.binary(0);
        if self.lost(before) || self.take(TokenKind::Question).is_none() {
            return condition;
        }
        let yes = self.expression();
        if self.lost(before) {
            return condition;
        }
        let colon = self.peek();
        if colon.kind != TokenKind::Colon {
            let span = self.span_of(colon);
            self.error_in(
                span,
                condition.span.to(span),
                "Missing false expression in conditional",
                "The conditional operator (...?...:...) requires a false expression, delimited by a colon.",
            );
            return condition;
        }
        self.read();
        let no = self.expression();
        Expr::new(
            condition.span.to(no.span),
            ExprKind::Conditional(Box::new(Conditional { condition, yes, no })),
        )
    }

    /// Terms joined by operators that bind at least as strongly as `weakest`.
    fn binary(&mut self, weakest: usize) -> Expr {
        let before = self.errors;
        let mut expr = self.with_steps();
        while !self.lost(before) {
            let level = match binary_op(self.peek().kind) {
                Some((level, _)) if level >= weakest => level,
                _ => break,
            };
            // What binds more strongly is in the operands, so that weaker ones alone are left after these.
            expr = self.joined(expr, level, before);
        }
        expr
    }

    /// `first` and what operators of one level join to it; the first of them is next.
    fn joined(&mut self, first: Expr, level: usize, before: usize) -> Expr {
        let mut span = first.span;
        let mut rest: Vec<BinaryTerm> = Vec::new();
        while !self.lost(before)
            && let Some((found, op)) = binary_op(self.peek().kind)
            && found == level
        {
            let op_span = self.read_span();
            let operand = self.binary(level + 1);
            span = first.span.to(operand.span);
            rest.push(BinaryTerm {
                op,
                op_span,
                operand,
            });
        }
        rest.shrink_to_fit();
        Expr::new(span, ExprKind::Binary(Box::new(Binary { first, rest })))
    }

    /// A term and the steps after it.
    fn with_steps(&mut self) -> Expr {
        let term = self.term();
        self.steps(term)
    }

    fn term(&mut self) -> Expr {
        let start = self.peek();
        let span = self.span_of(start);
        match start.kind {
            TokenKind::OpenParen => self.parens(),
            TokenKind::Number => {
                self.read();
                Expr::new(span, ExprKind::Literal(self.number(start)))
            }
            TokenKind::Ident => {
                self.read();
                self.named(start)
            }
            TokenKind::OpenQuote => {
                self.read();
                self.template(TokenKind::CloseQuote, false, span)
            }
            TokenKind::OpenHeredoc => {
                self.read();
                let flush = start.text(self.text).starts_with("<<-");
                self.template(TokenKind::CloseHeredoc, flush, span)
            }
            TokenKind::Minus => self.unary(UnaryOp::Negate),
            TokenKind::Bang => self.unary(UnaryOp::Not),
            TokenKind::OpenBracket => self.tuple(),
            TokenKind::OpenBrace => self.object(),
            kind => {
                match kind {
                    TokenKind::Eof => self.fresh_error(
                        span,
                        span,
                        "Missing expression",
                        "Expected the start of an expression, but found the end of the file.",
                    ),
                    _ => self.fresh_error(
                        span,
                        span,
                        "Invalid expression",
                        "Expected the start of an expression, but found an invalid expression token.",
                    ),
                }
                self.recovery = true;
                invalid(span)
            }
        }
    }

    pub(super) fn number(&mut self, token: Token) -> Value {
        match Number::parse(token.text(self.text)).filter(|n| !n.is_infinite()) {
            Some(n) => Value::number(n),
            None => {
                self.error(
                    self.span_of(token),
                    "Invalid number literal",
                    "Failed to recognize the value of this number literal.",
                );
                Value::unknown(Type::Number)
            }
        }
    }

    fn named(&mut self, token: Token) -> Expr {
        let span = self.span_of(token);
        if matches!(
            self.peek().kind,
            TokenKind::OpenParen | TokenKind::DoubleColon
        ) {
            return self.call(token);
        }
        let kind = match token.text(self.text) {
            "true" => ExprKind::Literal(Value::bool(true)),
            "false" => ExprKind::Literal(Value::bool(false)),
            "null" => ExprKind::Literal(Value::null(Type::Dynamic)),
            _ => ExprKind::Traversal(Box::new(Traversal {
                span,
                root: self.name_of(token),
                root_span: span,
                steps: Vec::with_capacity(self.steps_ahead()),
            })),
        };
        Expr::new(span, kind)
    }

    fn unary(&mut self, op: UnaryOp) -> Expr {
        let op_span = self.read_span();
        let operand = self
            .nested(Self::with_steps)
            .unwrap_or_else(|| invalid(op_span));
        let unary = Unary {
            op,
            op_span,
            operand,
        };
        Expr::new(
            op_span.to(unary.operand.span),
            ExprKind::Unary(Box::new(unary)),
        )
    }

    fn parens(&mut self) -> Expr {
        let open = self.read_span();
        self.newlines.push(false);
        let before = self.errors;
        let inner = self.expression();
        if self.errors > before {
            self.recover(TokenKind::CloseParen);
        } else if self.take(TokenKind::CloseParen).is_none() {
            let next = self.peek();
            let span = self.span_of(next);
            self.error_in(
                span,
                open.to(span),
                "Unbalanced parentheses",
                "Expected a closing parenthesis to terminate the expression.",
            );
            self.recover(TokenKind::CloseParen);
        }
        self.newlines.pop();
        let span = open.to(self.previous_span());
        Expr::new(span, ExprKind::Parens(Box::new(inner)))
    }
}

/// The value of what did not parse.
pub(super) fn invalid(span: SrcSpan) -> Expr {
    Expr::new(span, ExprKind::Invalid)
}
