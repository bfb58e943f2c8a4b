//! Operators.

use trunkline_api::{Kind, Number, Type, Value, convert};

use super::super::ast::{Binary, BinaryOp, BinaryTerm, Expr, Unary, UnaryOp};
use super::super::source::SrcSpan;
use super::Evaluator;
use super::equal::equals;
use super::range::bounds;

impl Evaluator<'_> {
    pub(super) fn binary(&mut self, expr: &Expr, binary: &Binary) -> Value {
        let start = self.diags.len();
        let mut left = self.expr(&binary.first);
        let mut left_expr = &binary.first;
        let mut left_span = binary.first.span;
        for term in &binary.rest {
            let whole = left_span.to(term.operand.span);
            let failed = self.diags.len() > start;
            left = self.apply(expr, (left, failed), (left_expr, left_span), term, whole);
            left_expr = expr;
            left_span = whole;
        }
        left
    }

    fn apply(
        &mut self,
        expr: &Expr,
        (left, failed_left): (Value, bool),
        (left_expr, left_span): (&Expr, SrcSpan),
        term: &BinaryTerm,
        whole: SrcSpan,
    ) -> Value {
        let before = self.diags.len();
        let right = self.expr(&term.operand);
        let failed_right = self.diags.len() > before;
        let (operand_ty, result_ty) = signature(term.op);
        let mut failed = failed_left || failed_right;
        let mut operand = |this: &mut Self, value: Value, about: &Expr, span, side: &str| {
            let ty = operand_ty.as_ref()?;
            match convert(&value, ty) {
                Ok(value) => Some(value),
                Err(e) => {
                    failed = true;
                    this.problem(
                        about,
                        span,
                        whole,
                        "Invalid operand",
                        format!("Unsuitable value for {side} operand: {e}."),
                    );
                    None
                }
            }
        };
        if matches!(term.op, BinaryOp::Equal | BinaryOp::NotEqual) {
            if failed {
                return Value::unknown(result_ty);
            }
            let equal = equals(&left, &right);
            return match (equal.as_bool(), term.op) {
                (Some(b), BinaryOp::NotEqual) => Value::bool(!b).with_marks(equal.marks()),
                _ => equal,
            };
        }
        let left = operand(self, left, left_expr, left_span, "left");
        let right = operand(self, right, &term.operand, term.operand.span, "right");
        let (Some(left), Some(right), false) = (left, right, failed) else {
            return Value::unknown(result_ty);
        };
        let marks = left.marks() | right.marks();
        if left.is_null() || right.is_null() {
            return self.failed_operation(expr, whole, "argument must not be null", result_ty);
        }
        if !left.is_known() || !right.is_known() {
            return match in_order(term.op, &left, &right) {
                Some(answer) => Value::bool(answer).with_marks(marks),
                None => Value::unknown_not_null(result_ty).with_marks(marks),
            };
        }
        match compute(term.op, &left, &right) {
            Ok(value) => value.with_marks(marks),
            Err(why) => self.failed_operation(expr, whole, &why, result_ty),
        }
    }

    fn failed_operation(&mut self, expr: &Expr, span: SrcSpan, why: &str, ty: Type) -> Value {
        let detail = format!("Error during operation: {why}.");
        self.problem(expr, span, span, "Operation failed", detail);
        Value::unknown(ty)
    }

    pub(super) fn unary(&mut self, expr: &Expr, unary: &Unary) -> Value {
        let ty = match unary.op {
            UnaryOp::Negate => Type::Number,
            UnaryOp::Not => Type::Bool,
        };
        let before = self.diags.len();
        let given = self.expr(&unary.operand);
        let value = match convert(&given, &ty) {
            Ok(value) => value,
            Err(e) => {
                self.problem(
                    &unary.operand,
                    unary.operand.span,
                    expr.span,
                    "Invalid operand",
                    format!("Unsuitable value for unary operand: {e}."),
                );
                return Value::unknown(ty);
            }
        };
        if self.diags.len() > before {
            return Value::unknown(ty);
        }
        let marks = value.marks();
        let result = match value.kind() {
            Kind::Null(_) => {
                return self.failed_operation(expr, expr.span, "argument must not be null", ty);
            }
            Kind::Number(n) => Value::number(n.neg()),
            Kind::Bool(b) => Value::bool(!b),
            _ => Value::unknown_not_null(ty),
        };
        result.with_marks(marks)
    }
}

/// The type of the operands, where one is required, and of the result.
fn signature(op: BinaryOp) -> (Option<Type>, Type) {
    match op {
        BinaryOp::Or | BinaryOp::And => (Some(Type::Bool), Type::Bool),
        BinaryOp::Equal | BinaryOp::NotEqual => (None, Type::Bool),
        BinaryOp::Less | BinaryOp::LessOrEqual | BinaryOp::Greater | BinaryOp::GreaterOrEqual => {
            (Some(Type::Number), Type::Bool)
        }
        BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Divide
        | BinaryOp::Modulo => (Some(Type::Number), Type::Number),
    }
}

/// What a comparison gives where the bounds of its operands decide it.
fn in_order(op: BinaryOp, left: &Value, right: &Value) -> Option<bool> {
    let (left, right) = (bounds(left), bounds(right));
    let (more, less) = (left.above(&right), right.above(&left));
    match op {
        BinaryOp::Greater | BinaryOp::GreaterOrEqual if more => Some(true),
        BinaryOp::Greater | BinaryOp::GreaterOrEqual if less => Some(false),
        BinaryOp::Less | BinaryOp::LessOrEqual if less => Some(true),
        BinaryOp::Less | BinaryOp::LessOrEqual if more => Some(false),
        _ => None,
    }
}

fn compute(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, String> {
    if let (Some(a), Some(b)) = (left.as_bool(), right.as_bool()) {
        return Ok(Value::bool(match op {
            BinaryOp::Or => a || b,
            _ => a && b,
        }));
    }
    let (Some(a), Some(b)) = (left.as_number(), right.as_number()) else {
        return Err("operands of unexpected types".into());
    };
    let number = |r: Result<Number, trunkline_api::number::MathError>| {
        r.map(Value::number).map_err(|e| e.to_string())
    };
    match op {
        BinaryOp::Less => Ok(Value::bool(a < b)),
        BinaryOp::LessOrEqual => Ok(Value::bool(a <= b)),
        BinaryOp::Greater => Ok(Value::bool(a > b)),
        BinaryOp::GreaterOrEqual => Ok(Value::bool(a >= b)),
        BinaryOp::Add => number(a.try_add(b)),
        BinaryOp::Subtract => number(a.try_sub(b)),
        BinaryOp::Multiply => number(a.try_mul(b)),
        BinaryOp::Divide => number(a.try_div(b)),
        _ => number(a.try_rem(b)),
    }
}
