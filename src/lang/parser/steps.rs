//! What follows a term: attributes, indices and splats.

use trunkline_api::{Type, Value};

use super::super::ast::{Expr, ExprKind, Index, Relative, Splat, Step, StepKind};
use super::super::source::SrcSpan;
use super::super::token::{Token, TokenKind};
use super::Parser;
use super::expr::invalid;

impl Parser<'_> {
    /// How many `.name` are next, one after the other.
    pub(super) fn steps_ahead(&self) -> usize {
        let rest = self.tokens[self.at..].chunks_exact(2);
        rest.take_while(|t| t[0].kind == TokenKind::Dot && t[1].kind == TokenKind::Ident)
            .count()
    }

    pub(super) fn steps(&mut self, from: Expr) -> Expr {
        let mut expr = from;
        let mut wraps = 0;
        loop {
            let next = self.peek();
            let layered = match next.kind {
                TokenKind::Dot => self.dot(&mut expr),
                TokenKind::OpenBracket => self.bracket(&mut expr),
                _ => {
                    match &mut expr.kind {
                        ExprKind::Traversal(t) => t.steps.shrink_to_fit(),
                        ExprKind::Relative(r) => r.steps.shrink_to_fit(),
                        _ => {}
                    }
                    return expr;
                }
            };
            wraps += usize::from(layered);
            if wraps + self.depth > super::super::depth::MAX_DEPTH {
                self.refuse_depth();
                return expr;
            }
        }
    }

    /// `.name`, `.0` or `.*.name`. True when the tree got deeper.
    fn dot(&mut self, expr: &mut Expr) -> bool {
        let dot = self.read();
        let dot_span = self.span_of(dot);
        let token = self.peek();
        match token.kind {
            TokenKind::Ident => {
                self.read();
                let step = Step {
                    span: dot_span.to(self.span_of(token)),
                    kind: StepKind::Attr(self.name_of(token)),
                };
                append_step(expr, step)
            }
            TokenKind::Number => {
                self.read();
                let key = match self.legacy_index(token) {
                    true => self.number(token),
                    false => Value::unknown(Type::Dynamic),
                };
                let step = Step {
                    span: dot_span.to(self.span_of(token)),
                    kind: StepKind::Index(Box::new(key)),
                };
                append_step(expr, step)
            }
            TokenKind::Star => {
                self.read();
                self.attribute_splat(expr, dot_span.to(self.span_of(token)));
                true
            }
            _ => {
                let span = self.span_of(token);
                self.error(
                    span,
                    "Invalid attribute name",
                    "An attribute name is required after a dot.",
                );
                self.recovery = true;
                false
            }
        }
    }

    /// Reports a legacy index such as `.0.1`, which reads as a fraction. True when it is whole.
    fn legacy_index(&mut self, token: Token) -> bool {
        let Some((first, second)) = token.text(self.text).split_once('.') else {
            return true;
        };
        let detail = format!(
            "When using the legacy index syntax, chaining two indexes together is not permitted. Use the proper index syntax instead, like [{first}][{second}]."
        );
        self.error(self.span_of(token), "Invalid legacy index syntax", detail);
        false
    }

    fn attribute_splat(&mut self, expr: &mut Expr, marker_span: SrcSpan) {
        let mut each = Expr::new(marker_span, ExprKind::SplatItem);
        let mut last = marker_span;
        while self.peek().kind == TokenKind::Dot {
            let dot_span = self.read_span();
            let token = self.peek();
            let span = self.span_of(token);
            let kind = match token.kind {
                TokenKind::Ident => StepKind::Attr(self.name_of(token)),
                TokenKind::Number => match self.legacy_index(token) {
                    true => StepKind::Index(Box::new(self.number(token))),
                    false => StepKind::Index(Box::new(Value::unknown(Type::Dynamic))),
                },
                TokenKind::Star => {
                    self.fresh_error(span, span, "Nested splat expression not allowed", "A splat expression (*) cannot be used inside another attribute-only splat expression.");
                    self.recovery = true;
                    break;
                }
                _ => {
                    self.fresh_error(
                        span,
                        span,
                        "Invalid attribute name",
                        "An attribute name is required after a dot.",
                    );
                    self.recovery = true;
                    break;
                }
            };
            self.read();
            last = span;
            let step = Step {
                span: dot_span.to(span),
                kind,
            };
            append_step(&mut each, step);
        }
        wrap(expr, |source| {
            let span = source.span.to(last);
            let splat = Splat {
                source,
                each,
                marker_span,
                full: false,
            };
            Expr::new(span, ExprKind::Splat(Box::new(splat)))
        });
    }

    /// `[key]` or `[*]` and what follows that. True when the tree got deeper.
    fn bracket(&mut self, expr: &mut Expr) -> bool {
        let open_span = self.read_span();
        if self.peek().kind == TokenKind::Star {
            self.read();
            let mut close = self.read();
            if close.kind != TokenKind::CloseBracket && !self.recovery {
                self.error(
                    self.span_of(close),
                    "Missing close bracket on splat index",
                    "The star for a full splat operator must be immediately followed by a closing bracket (\"]\").",
                );
                close = self.recover(TokenKind::CloseBracket);
            }
            let marker_span = open_span.to(self.span_of(close));
            let item = Expr::new(marker_span, ExprKind::SplatItem);
            let each = self
                .nested(|p| p.steps(item))
                .unwrap_or_else(|| invalid(marker_span));
            wrap(expr, |source| {
                let span = source.span.to(each.span);
                let splat = Splat {
                    source,
                    each,
                    marker_span,
                    full: true,
                };
                Expr::new(span, ExprKind::Splat(Box::new(splat)))
            });
            return true;
        }
        self.newlines.push(false);
        let before = self.errors;
        let key = self.expression();
        let close = if self.lost(before) {
            self.recover(TokenKind::CloseBracket)
        } else if let Some(close) = self.take(TokenKind::CloseBracket) {
            close
        } else {
            let close = self.peek();
            self.fresh_error(
                self.span_of(close),
                self.span_of(close),
                "Missing close bracket on index",
                "The index operator must end with a closing bracket (\"]\").",
            );
            self.recover(TokenKind::CloseBracket)
        };
        self.newlines.pop();
        let brackets_span = open_span.to(self.span_of(close));
        if let ExprKind::Literal(value) = key.kind {
            let step = Step {
                span: brackets_span,
                kind: StepKind::Index(Box::new(value)),
            };
            return append_step(expr, step);
        }
        wrap(expr, |collection| {
            let span = collection.span.to(brackets_span);
            let index = Index {
                collection,
                key,
                brackets_span,
                open_span,
            };
            Expr::new(span, ExprKind::Index(Box::new(index)))
        });
        true
    }
}

/// Replaces `expr` by what `f` makes of it.
fn wrap(expr: &mut Expr, f: impl FnOnce(Expr) -> Expr) {
    let span = expr.span;
    let inner = std::mem::replace(expr, invalid(span));
    *expr = f(inner);
}

/// Appends a literal step. True when the tree got deeper.
fn append_step(expr: &mut Expr, step: Step) -> bool {
    let whole = expr.span.to(step.span);
    match &mut expr.kind {
        ExprKind::Traversal(t) => {
            t.span = whole;
            t.steps.push(step);
        }
        ExprKind::Relative(r) => r.steps.push(step),
        _ => {
            wrap(expr, |source| {
                let relative = Relative {
                    source,
                    steps: vec![step],
                };
                Expr::new(whole, ExprKind::Relative(Box::new(relative)))
            });
            return true;
        }
    }
    expr.span = whole;
    false
}
