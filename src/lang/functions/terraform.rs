//! The functions of the provider `terraform`: values to and from the syntax of the language.
//!
//! They are called `provider::terraform::NAME`, where a module declares that provider; whether it does is
//! for the caller to know.

use std::sync::Arc;

use trunkline_api::quote::quote;
use trunkline_api::{Diagnostic, Kind, Type, Value};

use super::super::eval::eval_constant;
use super::super::fmt::lay_out;
use super::super::parser::parse_file;
use super::super::source::{Sources, SrcSpan};
use super::super::text::place;
use super::{Failure, Function, FunctionContext, Outcome, Param, Returns, Shape, text, unknown};

/// The source address of the provider that they belong to.
pub const PROVIDER: &str = "terraform.io/builtin/terraform";

/// The functions, sorted by name.
pub static FUNCTIONS: &[Function] = &[
    Function::new(
        "decode_tfvars",
        "Reads text in the syntax of a .tfvars file as an object.",
        &[Param::new("src", Shape::String, "The text.")],
        Returns::Of(Shape::Any, |_| Ok(Type::Dynamic)),
        decode_tfvars,
    ),
    Function::new(
        "encode_expr",
        "Gives a value in the syntax of the language.",
        &[Param::new("value", Shape::Any, "The value.")
            .nullable()
            .dynamic()],
        Returns::Always(Shape::String),
        |args, ty, _| match args.first() {
            Some(value) if value.is_null() => {
                Err(Failure::Argument(0, "argument must not be null".into()))
            }
            Some(value) if value.is_wholly_known() => Ok(Value::string(expression(value))),
            _ => Ok(unknown(ty.clone())),
        },
    ),
    Function::new(
        "encode_tfvars",
        "Gives an object in the syntax of a .tfvars file.",
        &[Param::new("value", Shape::Any, "The object.")
            .nullable()
            .dynamic()],
        Returns::Always(Shape::String),
        encode_tfvars,
    ),
];

/// The function called `name`, without namespace.
#[must_use]
pub fn lookup(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|f| f.name == name)
}

/// A known value in the syntax of the language, laid out as `fmt` does. Types that the syntax cannot
/// tell apart are lost, and marks are ignored: the caller answers for secrets.
#[must_use]
pub fn expression(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value);
    lay_out(&out)
}

fn encode_tfvars(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let Some(value) = args.first().filter(|v| !v.is_null()) else {
        return Err(Failure::Argument(0, "argument must not be null".into()));
    };
    if !value.is_wholly_known() {
        return Ok(unknown(ty.clone()));
    }
    let fields = value.as_fields().ok_or(
        "invalid value to encode: must be an object whose attribute names will become the encoded variable names",
    )?;
    if let Some(bad) = fields.keys().find(|name| !is_identifier(name)) {
        return Err(format!(
            "invalid variable name {}: must be a valid identifier, per Terraform's rules for input variable declarations",
            quote(bad)
        )
        .into());
    }
    let mut out = String::new();
    write_fields(&mut out, fields.iter());
    Ok(Value::string(lay_out(&out)))
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(unicode_ident::is_xid_start)
        && chars.all(|c| c == '-' || unicode_ident::is_xid_continue(c))
}

/// Writes a value without regard to its layout.
fn write_value(out: &mut String, value: &Value) {
    match value.kind() {
        Kind::Null(_) | Kind::Unknown(..) => out.push_str("null"),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Number(n) => out.push_str(&n.to_string()),
        Kind::String(s) => write_string(out, s),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_value(out, item);
            }
            out.push(']');
        }
        Kind::Map(_, fields) | Kind::Object(fields) if fields.is_empty() => out.push_str("{}"),
        Kind::Map(_, fields) | Kind::Object(fields) => {
            out.push_str("{\n");
            write_fields(out, fields.iter());
            out.push('}');
        }
    }
}

/// Writes `name = value` lines.
fn write_fields<'v>(out: &mut String, fields: impl Iterator<Item = (&'v Arc<str>, &'v Value)>) {
    for (name, value) in fields {
        out.push_str(&key(name));
        out.push_str(" = ");
        write_value(out, value);
        out.push('\n');
    }
}

fn key(name: &str) -> String {
    if is_identifier(name) {
        return name.to_owned();
    }
    let mut out = String::new();
    write_string(&mut out, name);
    out
}

fn write_string(out: &mut String, s: &str) {
    out.push('"');
    let mut chars = s.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' => {
                out.push(c);
                if chars.peek() == Some(&'{') {
                    out.push(c);
                }
            }
            c if quote(&c.to_string()).contains('\\') => {
                let code = c as u32;
                if code < 0x10000 {
                    out.push_str(&format!("\\u{code:04x}"));
                } else {
                    out.push_str(&format!("\\U{code:08x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn decode_tfvars(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let sources = Sources::new();
    let file = sources.add("<decode_tfvars argument>", text(args, 0));
    let (body, problems) = parse_file(&sources, file);
    if let Some(message) = running_text(&problems) {
        return Err(format!("invalid tfvars syntax: {message}").into());
    }
    let at = |span: SrcSpan, summary: &str, detail: &str| {
        running_text(&[sources.error(span, summary, detail)]).unwrap_or_default()
    };
    if let Some(block) = body.blocks.first() {
        let summary = format!("Unexpected {} block", quote(&block.kind));
        let message = at(block.def_span(), &summary, "Blocks are not allowed here.");
        return Err(format!("invalid tfvars content: {message}").into());
    }
    let mut fields = Vec::with_capacity(body.attributes.len());
    for attribute in &body.attributes {
        let mut problems = Vec::new();
        let value = eval_constant(&attribute.expr, &sources, &mut problems);
        if let Some(message) = running_text(&problems) {
            return Err(format!(
                "invalid expression for variable {}: {message}",
                quote(&attribute.name)
            )
            .into());
        }
        fields.push((attribute.name.clone(), value));
    }
    Ok(Value::object(fields))
}

/// The first error in running text, and how many more there are.
fn running_text(problems: &[Diagnostic]) -> Option<String> {
    let mut errors = problems.iter().filter(|p| p.is_error());
    let first = errors.next()?;
    let at = first.span.as_ref().map(place).unwrap_or_default();
    let others = match errors.count() {
        0 => String::new(),
        n => format!(", and {n} other diagnostic(s)"),
    };
    Some(format!("{at}: {}; {}{others}", first.summary, first.detail))
}

#[cfg(test)]
mod tests {
    use trunkline_api::Number;

    use super::*;

    #[test]
    fn values_are_written_as_fmt_lays_them_out() {
        let inner = Value::object([("dddd", Value::number(1))]);
        let value = Value::object([
            (
                "a",
                Value::object([("bb", Value::number(1)), ("c", inner.clone())]),
            ),
            (
                "a b",
                Value::tuple([inner.clone(), inner, Value::null(Type::String)]),
            ),
            ("long", Value::from("x${y}%{z}$ \"\n\u{7f}é")),
            (
                "infinite",
                Value::tuple([
                    Value::number(Number::infinity(false)),
                    Value::number(Number::infinity(true)),
                ]),
            ),
            ("s", Value::tuple([])),
        ]);
        let expected = r#"{
  a = {
    bb = 1
    c = {
      dddd = 1
    }
  }
  "a b" = [{
    dddd = 1
    }, {
    dddd = 1
  }, null]
  infinite = [+Inf, -Inf]
  long     = "x$${y}%%{z}$ \"\n\u007fé"
  s        = []
}"#;
        assert_eq!(expression(&value), expected);
    }

    #[test]
    fn what_is_written_can_be_read() {
        let value = Value::object([
            ("a", Value::tuple([Value::number(1), Value::from("${x}\\")])),
            ("b", Value::null(Type::Dynamic)),
        ]);
        let ctx = FunctionContext::new(".".into(), Arc::new(super::super::DiskFiles::new()));
        let encode = lookup("encode_tfvars").unwrap();
        let decode = lookup("decode_tfvars").unwrap();
        let written = encode.call(std::slice::from_ref(&value), &ctx).unwrap();
        assert_eq!(written.as_str(), Some("a = [1, \"$${x}\\\\\"]\nb = null\n"));
        assert_eq!(decode.call(&[written], &ctx), Ok(value));
    }
}
