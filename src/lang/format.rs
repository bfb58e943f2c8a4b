//! How diagnostics name references and describe values, in a few words and without secrets.

use trunkline_api::quote::quote;
use trunkline_api::{Kind, Number, Type, Value};

use super::ast::{Expr, ExprKind, Part, StepKind, Traversal};

/// The reference with its first `steps` steps, as diagnostics write it.
#[must_use]
pub fn traversal(traversal: &Traversal, steps: usize) -> String {
    let mut out = traversal.root.to_string();
    for step in traversal.steps.iter().take(steps) {
        match &step.kind {
            StepKind::Attr(name) => {
                out.push('.');
                out.push_str(name);
            }
            StepKind::Index(key) => {
                let key = match key.ty().is_primitive() {
                    true => compact(key),
                    false => "...".into(),
                };
                out.push_str(&format!("[{key}]"));
            }
        }
    }
    out
}

/// What a diagnostic says of a reference's value after its name: `is "x"`, `is list of string with 2
/// elements`, `has a sensitive value`. `unknown_matters` says whether the problem comes from something
/// being unknown.
#[must_use]
pub fn describe(value: &Value, unknown_matters: bool) -> String {
    if value.marks().is_sensitive() {
        return "has a sensitive value".into();
    }
    if value.is_known() {
        return format!("is {}", compact(value));
    }
    let ty = value.ty();
    match (&ty, unknown_matters) {
        (Type::Dynamic, _) => "will be known only after apply".into(),
        (ty, false) => format!("is a {}", ty.friendly_name()),
        (ty, true) => format!(
            "is a {}{}, known only after apply",
            ty.friendly_name(),
            length(value)
        ),
    }
}

/// What is known of the length of an unknown collection, in words.
fn length(value: &Value) -> String {
    let Kind::Unknown(ty, Some(refinement)) = value.kind() else {
        return String::new();
    };
    if !ty.is_collection() {
        return String::new();
    }
    let number = |bound: &Option<(Number, bool)>| bound.as_ref().and_then(|(n, _)| n.to_usize());
    let least = number(&refinement.lower).unwrap_or(0);
    let most = number(&refinement.upper).filter(|n| *n <= 1024);
    match (least, most) {
        (least, Some(most)) if least == most => format!(" of length {least}"),
        (0, None) => String::new(),
        (0, Some(most)) => format!(" with up to {most} elements"),
        (least, Some(most)) => format!(" with between {least} and {most} elements"),
        (least, None) => format!(" with at least {least} elements"),
    }
}

/// A value in a few words: primitives as they are, everything else by kind and size.
#[must_use]
pub fn compact(value: &Value) -> String {
    if value.marks().is_sensitive() {
        return "(sensitive value)".into();
    }
    let count = |n: usize| {
        let name = value.ty().friendly_name();
        match n {
            0 => format!("empty {name}"),
            1 => format!("{name} with 1 element"),
            n => format!("{name} with {n} elements"),
        }
    };
    match value.kind() {
        Kind::Null(_) => "null".into(),
        Kind::Unknown(..) => "(not yet known)".into(),
        Kind::Bool(b) => b.to_string(),
        Kind::Number(n) => ten_digits(n),
        Kind::String(s) => quote(s),
        Kind::List(_, v) | Kind::Set(_, v) | Kind::Tuple(v) => count(v.len()),
        Kind::Map(_, f) => count(f.len()),
        Kind::Object(f) => match f.len() {
            0 => "object with no attributes".into(),
            1 => {
                let name = f.keys().next().map_or("", |k| k);
                format!("object with 1 attribute {}", quote(name))
            }
            n => format!("object with {n} attributes"),
        },
    }
}

/// A type on as many lines as it needs, as the console's `type` shows it. Lines after the first are
/// indented by `indent` levels.
#[must_use]
pub fn type_text(ty: &Type, indent: usize) -> String {
    let (inner, outer) = ("    ".repeat(indent + 1), "    ".repeat(indent));
    let collection = |name: &str, element: &Type| match element {
        Type::Tuple(_) | Type::Object(_) => {
            format!(
                "{name}(\n{inner}{},\n{outer})",
                type_text(element, indent + 1)
            )
        }
        simple => format!("{name}({})", type_text(simple, indent)),
    };
    match ty {
        Type::List(t) => collection("list", t),
        Type::Set(t) => collection("set", t),
        Type::Map(t) => collection("map", t),
        Type::Tuple(types) if !types.is_empty() => {
            let lines = types
                .iter()
                .map(|t| format!("{inner}{},\n", type_text(t, indent + 1)));
            format!("tuple([\n{}{outer}])", lines.collect::<String>())
        }
        Type::Object(o) if !o.attributes.is_empty() => {
            let lines = o
                .attributes
                .iter()
                .map(|(name, t)| format!("{inner}{name}: {},\n", type_text(t, indent + 1)));
            format!("object({{\n{}{outer}}})", lines.collect::<String>())
        }
        simple => simple.to_string(),
    }
}

/// The argument of the console's `type`, where the expression is a call of it.
#[must_use]
pub fn console_type_argument(expr: &Expr) -> Option<&Expr> {
    let mut expr = expr;
    while let ExprKind::Parens(inner) | ExprKind::TemplateWrap(inner) = &expr.kind {
        expr = inner;
    }
    let call = expr.as_call()?;
    match (&*call.name, &call.args[..]) {
        ("type" | "core::type", [argument]) if !call.expand_final => Some(argument),
        _ => None,
    }
}

/// Whether the console's `type` is called for a part of the expression's value. What a function makes of it does not
/// count, nor what only decides which value it is.
#[must_use]
pub fn holds_console_type(expr: &Expr) -> bool {
    if console_type_argument(expr).is_some() {
        return true;
    }
    match &expr.kind {
        ExprKind::Parens(inner) | ExprKind::TemplateWrap(inner) => holds_console_type(inner),
        ExprKind::Tuple(items) => items.iter().any(holds_console_type),
        ExprKind::Object(items) => items.iter().any(|i| holds_console_type(&i.value)),
        ExprKind::Unary(unary) => holds_console_type(&unary.operand),
        ExprKind::Binary(binary) => {
            holds_console_type(&binary.first)
                || binary.rest.iter().any(|t| holds_console_type(&t.operand))
        }
        ExprKind::Conditional(c) => holds_console_type(&c.yes) || holds_console_type(&c.no),
        ExprKind::Template(template) => template
            .parts
            .iter()
            .any(|part| matches!(part, Part::Interpolation(inner) if holds_console_type(inner))),
        _ => false,
    }
}

/// The number with ten significant digits, with an exponent where it is very large or small.
fn ten_digits(n: &Number) -> String {
    const DIGITS: usize = 10;
    let text = n.to_string();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", &*text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !whole.bytes().all(|b| b.is_ascii_digit()) {
        return format!("{sign}{text}");
    }
    let all = format!("{whole}{fraction}");
    let leading = all.bytes().take_while(|b| *b == b'0').count();
    if leading == all.len() {
        return format!("{sign}0");
    }
    let mut exponent = whole.len() as i64 - leading as i64 - 1;
    let significant = &all[leading..];
    let mut digits: Vec<u8> = significant.bytes().take(DIGITS).map(|b| b - b'0').collect();
    let rest = significant.as_bytes().get(DIGITS..).unwrap_or_default();
    let odd = digits.last().is_some_and(|d| d % 2 == 1);
    let up = match rest.split_first() {
        Some((b'5', tail)) => odd || tail.iter().any(|b| *b != b'0'),
        Some((first, _)) => *first > b'5',
        None => false,
    };
    if up && carry(&mut digits) {
        exponent += 1;
    }
    while digits.last() == Some(&0) && digits.len() > 1 {
        digits.pop();
    }
    let digit = |d: &u8| char::from(b'0' + *d);
    let text: String = digits.iter().map(digit).collect();
    // Whole numbers shorter than the precision still get an exponent from 21 digits on.
    let limit = if significant.len() > DIGITS {
        DIGITS as i64
    } else {
        21.min(DIGITS as i64)
    };
    if exponent < -4 || exponent >= limit {
        let (first, rest) = text.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!(
            "{sign}{first}{point}{rest}e{exponent_sign}{:02}",
            exponent.abs()
        );
    }
    if exponent < 0 {
        let zeros = "0".repeat((-exponent - 1) as usize);
        return format!("{sign}0.{zeros}{text}");
    }
    let point = exponent as usize + 1;
    if text.len() <= point {
        return format!("{sign}{text}{}", "0".repeat(point - text.len()));
    }
    format!("{sign}{}.{}", &text[..point], &text[point..])
}

/// Adds one in the last place. True when that made the number one digit longer.
fn carry(digits: &mut Vec<u8>) -> bool {
    for d in digits.iter_mut().rev() {
        if *d < 9 {
            *d += 1;
            return false;
        }
        *d = 0;
    }
    digits.insert(0, 1);
    digits.pop();
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use trunkline_api::Marks;

    #[test]
    fn values_are_described_in_a_few_words() {
        let n = |text| Value::number(Number::parse(text).unwrap());
        let cases = [
            (Value::from("a\n"), "is \"a\\n\""),
            (n("1"), "is 1"),
            (n("0.1"), "is 0.1"),
            (n("12345678901234"), "is 1.23456789e+13"),
            (n("0.00001"), "is 1e-05"),
            (n("9999999999.9"), "is 1e+10"),
            (Value::null(Type::String), "is null"),
            (
                Value::list(Type::String, [Value::from("a"), Value::from("b")]),
                "is list of string with 2 elements",
            ),
            (Value::tuple([]), "is empty tuple"),
            (
                Value::object([("a", n("1"))]),
                "is object with 1 attribute \"a\"",
            ),
            (
                Value::from("s").with_marks(Marks::SENSITIVE),
                "has a sensitive value",
            ),
            (
                Value::unknown(Type::String),
                "is a string, known only after apply",
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(describe(&value, true), expected);
        }
    }
}
