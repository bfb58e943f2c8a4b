//! Values in the syntax of the configuration language, as `output` and the console print them. Types
//! that the syntax alone would lose are said: `toset([...])`, `tomap({...})`.

use trunkline_api::{Kind, Marks, Type, Value};

use super::quote::{is_identifier, quote};

/// A value on as many lines as it needs, without a newline at the end. Lines after the first are
/// indented by `indent` columns.
#[must_use]
pub fn render_value(value: &Value, indent: usize) -> String {
    if !value.is_known() {
        return "(known after apply)".into();
    }
    if value.marks().contains(Marks::SENSITIVE) {
        return "(sensitive value)".into();
    }
    if value.marks().contains(Marks::EPHEMERAL) {
        return "(ephemeral value)".into();
    }
    match value.kind() {
        Kind::Unknown(..) => "(known after apply)".into(),
        Kind::Null(ty) => null(ty),
        Kind::Bool(b) => b.to_string(),
        Kind::Number(n) => n.to_string(),
        Kind::String(s) => string(s, indent),
        Kind::List(_, v) => format!("tolist({})", sequence(v, indent)),
        Kind::Set(_, v) => format!("toset({})", sequence(v, indent)),
        Kind::Tuple(v) => sequence(v, indent),
        Kind::Map(_, f) => format!("tomap({})", fields(f.iter(), indent)),
        Kind::Object(f) => fields(f.iter(), indent),
    }
}

fn null(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "null".into(),
        Type::Bool => "tobool(null)".into(),
        Type::Number => "tonumber(null)".into(),
        Type::String => "tostring(null)".into(),
        Type::List(t) => format!("tolist(null) /* of {} */", t.friendly_name()),
        Type::Set(t) => format!("toset(null) /* of {} */", t.friendly_name()),
        Type::Map(t) => format!("tomap(null) /* of {} */", t.friendly_name()),
        other => format!("null /* {} */", other.friendly_name()),
    }
}

fn string(text: &str, indent: usize) -> String {
    if !text.contains('\n') {
        return quote(text);
    }
    let operator = if indent > 0 { "<<-" } else { "<<" };
    let mut mark = "EOT".to_owned();
    while text.lines().any(|l| l.trim() == mark) {
        mark.push('_');
    }
    let pad = " ".repeat(indent);
    let mut out = format!("{operator}{mark}\n");
    for line in text.split('\n') {
        out.push_str(&format!("{pad}{line}\n"));
    }
    format!("{out}{pad}{mark}")
}

fn sequence(items: &[Value], indent: usize) -> String {
    if items.is_empty() {
        return "[]".into();
    }
    let inner = indent + 2;
    let mut out = "[\n".to_owned();
    for item in items {
        let text = render_value(item, inner);
        out.push_str(&format!("{}{text},\n", " ".repeat(inner)));
    }
    format!("{out}{}]", " ".repeat(indent))
}

fn fields<'a>(
    fields: impl ExactSizeIterator<Item = (&'a std::sync::Arc<str>, &'a Value)>,
    indent: usize,
) -> String {
    if fields.len() == 0 {
        return "{}".into();
    }
    let inner = indent + 2;
    let mut out = "{\n".to_owned();
    for (key, value) in fields {
        let text = render_value(value, inner);
        out.push_str(&format!(
            "{}{} = {text}\n",
            " ".repeat(inner),
            string(key, inner)
        ));
    }
    format!("{out}{}}}", " ".repeat(indent))
}

/// Outputs as a run ends: one `name = value` each, sensitive ones as `<sensitive>`. Sorted as given.
#[must_use]
pub fn render_outputs<'a>(outputs: impl Iterator<Item = (&'a str, bool, &'a Value)>) -> String {
    let mut out = String::new();
    for (name, sensitive, value) in outputs {
        let text = if sensitive {
            "<sensitive>".into()
        } else {
            render_value(value, 0)
        };
        let name = if is_identifier(name) {
            name.to_owned()
        } else {
            quote(name)
        };
        out.push_str(&format!("{name} = {text}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{assert_text, outputs};

    #[test]
    fn outputs_of_every_type() {
        let outputs = outputs(include_str!("testdata/outputs.json"));
        let text = render_outputs(outputs.iter().map(|o| (&*o.name, o.sensitive, &o.value)));
        assert_text(&text, include_str!("testdata/outputs.txt"));
    }

    #[test]
    fn a_key_of_several_lines_is_a_heredoc() {
        let value = Value::object([("a\nb", Value::number(1))]);
        assert_eq!(
            render_value(&value, 0),
            "{\n  <<-EOT\n  a\n  b\n  EOT = 1\n}"
        );
    }

    #[test]
    fn what_is_sensitive_or_unknown_is_masked_where_it_stands() {
        let secret = Value::from("x").with_marks(Marks::SENSITIVE);
        let value = Value::tuple([secret, Value::unknown(Type::String), Value::number(1)]);
        assert_eq!(
            render_value(&value, 0),
            "[\n  (sensitive value),\n  (known after apply),\n  1,\n]"
        );
    }
}
