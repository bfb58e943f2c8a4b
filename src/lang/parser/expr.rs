//! Expressions.

use std::sync::Arc;

use trunkline_api::{Number, Type, Value};

use super::super::ast::{
    Binary, BinaryOp, BinaryTerm, Conditional, Expr, ExprKind, For, Index, ObjectItem, Relative,
    Splat, Step, StepKind, Traversal, Unary, UnaryOp,
};
use super::super::source::SrcSpan;
use super::super::token::{Token, TokenKind};
use super::Parser;

/// The operators that bind as strongly as `level`, weakest first.
const LEVELS: usize = 6;

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

    fn binary(&mut self, level: usize) -> Expr {
        if level == LEVELS {
            return self.with_steps();
        }
        let before = self.errors;
        let first = self.binary(level + 1);
        let mut rest: Vec<BinaryTerm> = Vec::new();
        while !self.lost(before) {
            let token = self.peek();
            let Some((found, op)) = binary_op(token.kind) else {
                break;
            };
            if found != level {
                break;
            }
            let op_span = self.read_span();
            let operand = self.binary(level + 1);
            rest.push(BinaryTerm {
                op,
                op_span,
                operand,
            });
        }
        match rest.last() {
            None => first,
            Some(last) => Expr::new(
                first.span.to(last.operand.span),
                ExprKind::Binary(Box::new(Binary { first, rest })),
            ),
        }
    }

    /// A term and the steps after it.
    fn with_steps(&mut self) -> Expr {
        let term = self.term();
        self.steps(term)
    }

    fn steps(&mut self, from: Expr) -> Expr {
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

    fn number(&mut self, token: Token) -> Value {
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
                steps: Vec::new(),
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

    fn tuple(&mut self) -> Expr {
        let open = self.read_span();
        self.newlines.push(false);
        if self.peek_is_keyword("for") {
            let expr = self.for_expression(open, TokenKind::CloseBracket);
            self.newlines.pop();
            return expr;
        }
        let mut items = Vec::new();
        while self.take(TokenKind::CloseBracket).is_none() {
            let before = self.errors;
            items.push(self.expression());
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
        items.shrink_to_fit();
        Expr::new(open.to(self.previous_span()), ExprKind::Tuple(items))
    }

    fn object(&mut self) -> Expr {
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
        let mut items = Vec::new();
        while self.take(TokenKind::CloseBrace).is_none() {
            if self.take(TokenKind::Newline).is_some() {
                continue;
            }
            match self.object_item(open) {
                Some(item) => items.push(item),
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
        items.shrink_to_fit();
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

    /// `[for ...]` or `{for ...}` after the bracket; line ends do not matter in it.
    fn for_expression(&mut self, open: SrcSpan, close: TokenKind) -> Expr {
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

/// The value of what did not parse.
pub(super) fn invalid(span: SrcSpan) -> Expr {
    Expr::new(span, ExprKind::Invalid)
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
