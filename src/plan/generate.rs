//! Configuration written for an imported object that has none.
//!
//! It holds what can be configured: attributes that only the provider sets are left out, and sensitive values are
//! never written. Pure: from a schema and a value to text and to the value that the text stands for.

use std::sync::Arc;

use trunkline_api::coerce::null_object;
use trunkline_api::schema::{Attribute, Block, NestedBlock, Nesting};
use trunkline_api::{Kind, Type, Value};

use crate::address::{Resource, quoted};
use crate::lang::fmt::format;
use crate::lang::functions::terraform::expression;
use crate::lang::source::Sources;

/// What is written instead of secrets, and after everything else.
pub trait Secrets {
    /// The expression for the secret at a path of names; `None` leaves it null.
    fn secret(&mut self, path: &[String], attribute: &Attribute, value: &Value) -> Option<String>;

    /// The end of the block.
    fn end(&mut self) -> String;
}

/// Secrets stay null.
struct Nothing;

impl Secrets for Nothing {
    fn secret(&mut self, _: &[String], _: &Attribute, _: &Value) -> Option<String> {
        None
    }

    fn end(&mut self) -> String {
        String::new()
    }
}

/// A `resource` block for an object, laid out, without a newline at its end.
#[must_use]
pub fn text(resource: &Resource, provider: Option<&str>, block: &Block, value: &Value) -> String {
    text_with(resource, provider, block, value, &mut Nothing)
}

/// The same, with something written for secrets.
#[must_use]
pub fn text_with(
    resource: &Resource,
    provider: Option<&str>,
    block: &Block,
    value: &Value,
    secrets: &mut dyn Secrets,
) -> String {
    let mut out = format!(
        "resource {} {} {{\n",
        quoted(&resource.type_name),
        quoted(&resource.name)
    );
    if let Some(provider) = provider {
        out.push_str(&format!("  provider = {provider}\n"));
    }
    write_body(&mut out, block, value, &mut Vec::new(), secrets);
    out.push_str(&secrets.end());
    out.push('}');
    let sources = Sources::new();
    let file = sources.add("generated", out.as_str());
    let laid_out = format(&sources, file).unwrap_or(out);
    laid_out.trim_end().to_owned()
}

/// The file of generated blocks, each with the id it was imported by.
#[must_use]
pub fn file<'t>(product: &str, blocks: impl Iterator<Item = (&'t str, &'t str)>) -> String {
    let mut out = format!(
        "# __generated__ by {product}\n# Please review these resources and move them into your main configuration files.\n"
    );
    for (id, text) in blocks {
        out.push_str(&format!(
            "\n# __generated__ by {product} from {}\n{text}\n",
            quoted(id)
        ));
    }
    out
}

/// The configuration that the text stands for.
#[must_use]
pub fn config(block: &Block, value: &Value) -> Value {
    config_with(block, value, &|a| Value::null(a.ty.clone()))
}

/// The configuration to check before anything is known of what cannot be read back. What need not be written and is
/// never stored stays out, as it does of what is generated: it is another way to give what is there already.
#[must_use]
pub fn config_to_check(block: &Block, value: &Value) -> Value {
    config_with(block, value, &|a| match a.write_only && !a.required {
        true => Value::null(a.ty.clone()),
        false => Value::unknown(a.ty.clone()),
    })
}

/// The configuration, with `missing` for secrets that are left out and for what is required and not known.
fn config_with(block: &Block, value: &Value, missing: &dyn Fn(&Attribute) -> Value) -> Value {
    let mut fields: Vec<(Arc<str>, Value)> = Vec::new();
    for (name, attribute) in &block.attributes {
        let found = part(value, name);
        let absent = is_configurable(name, attribute)
            && (is_secret(attribute, &found) || attribute.required && found.is_null());
        let written = written(name, attribute, &found).filter(|_| !absent);
        let value = match absent {
            true => missing(attribute),
            false => written.unwrap_or_else(|| Value::null(attribute.ty.clone())),
        };
        fields.push((name.clone(), value));
    }
    let none = null_object(block);
    for (name, nested) in &block.blocks {
        let found = part(value, name);
        let empty = || part(&none, name);
        let value = if nested.block.deprecated.is_some() {
            empty()
        } else {
            map_nested(nested, &found, &|v| config_with(&nested.block, v, missing))
                .unwrap_or_else(empty)
        };
        fields.push((name.clone(), value));
    }
    Value::object(fields)
}

/// The same collection of nested blocks with each one changed.
fn map_nested(
    nested: &NestedBlock,
    found: &Value,
    make: &dyn Fn(&Value) -> Value,
) -> Option<Value> {
    let plain = found.clone().unmark_deep().0;
    let made = |items: &[Value]| -> Vec<Value> { items.iter().map(make).collect() };
    let ty = || nested.block.implied_type();
    Some(match plain.kind() {
        Kind::Null(_) | Kind::Unknown(..) => return None,
        Kind::Object(_) if matches!(nested.nesting, Nesting::Single | Nesting::Group) => {
            make(&plain)
        }
        Kind::Object(fields) | Kind::Map(_, fields) => {
            Value::map(ty(), fields.iter().map(|(key, v)| (key.clone(), make(v))))
        }
        Kind::Set(_, items) => Value::set(ty(), made(&items.iter().cloned().collect::<Vec<_>>())),
        Kind::List(_, items) => Value::list(ty(), made(items)),
        Kind::Tuple(items) => Value::tuple(made(items)),
        _ => return None,
    })
}

fn part(value: &Value, name: &str) -> Value {
    value
        .attr(name)
        .cloned()
        .unwrap_or_else(|| Value::null(Type::Dynamic))
}

/// Whether an attribute is written at all. An optional and computed "id" is one that old providers have beside
/// what can be configured.
fn is_configurable(name: &str, attribute: &Attribute) -> bool {
    let extra_id = name == "id" && attribute.optional && attribute.computed;
    (attribute.required || attribute.optional) && attribute.deprecated.is_none() && !extra_id
}

/// The value that is written for an attribute; `None` where none is.
fn written(name: &str, attribute: &Attribute, value: &Value) -> Option<Value> {
    if !is_configurable(name, attribute) || is_secret(attribute, value) {
        return None;
    }
    // Old providers give "" for what is not set.
    if attribute.optional && value.as_str() == Some("") {
        return None;
    }
    Some(value.clone())
}

fn is_secret(attribute: &Attribute, value: &Value) -> bool {
    attribute.sensitive || attribute.write_only || value.marks_deep().is_sensitive()
}

fn write_body(
    out: &mut String,
    block: &Block,
    value: &Value,
    path: &mut Vec<String>,
    secrets: &mut dyn Secrets,
) {
    for (name, attribute) in &block.attributes {
        if !is_configurable(name, attribute) {
            continue;
        }
        let found = part(value, name);
        let unknown = attribute.required && found.is_null();
        if is_secret(attribute, &found) || unknown {
            path.push(name.to_string());
            match secrets.secret(path, attribute, &found) {
                Some(expression) => out.push_str(&format!("{name} = {expression}\n")),
                None if unknown && !is_secret(attribute, &found) => {
                    out.push_str(&format!("{name} = null\n"));
                }
                None => out.push_str(&format!("{name} = null # sensitive\n")),
            }
            path.pop();
            continue;
        }
        let value = written(name, attribute, &found);
        let text = match &value {
            Some(value) => written_text(attribute, value),
            None => "null".to_owned(),
        };
        out.push_str(&format!("{name} = {text}\n"));
    }
    for (name, nested) in &block.blocks {
        if nested.block.deprecated.is_some() {
            continue;
        }
        let found = part(value, name);
        let mut number = 0;
        let mut one = |label: Option<&str>, value: &Value| {
            number += 1;
            path.push(format!("{name}_{number}"));
            let label = label.map(|l| format!(" {}", quoted(l))).unwrap_or_default();
            out.push_str(&format!("{name}{label} {{\n"));
            write_body(out, &nested.block, value, path, secrets);
            out.push_str("}\n");
            path.pop();
        };
        match found.kind() {
            Kind::Object(_) if matches!(nested.nesting, Nesting::Single | Nesting::Group) => {
                one(None, &found);
            }
            Kind::Object(fields) | Kind::Map(_, fields) => {
                fields.iter().for_each(|(key, v)| one(Some(key), v));
            }
            Kind::Set(_, items) => items.iter().for_each(|v| one(None, v)),
            Kind::List(_, items) | Kind::Tuple(items) => items.iter().for_each(|v| one(None, v)),
            _ => {}
        }
    }
}

/// A value as an expression; JSON in a string is written as what it holds.
fn written_text(attribute: &Attribute, value: &Value) -> String {
    if attribute.ty == Type::String
        && let Some(text) = value.as_str()
        && let Ok(json) = serde_json::from_str::<serde_json::Value>(text)
        && (json.is_object() || json.is_array())
        && let Ok(held) = trunkline_api::json::from_json(&json, &Type::Dynamic)
    {
        return format!("jsonencode({})", expression(&held));
    }
    match &attribute.nested {
        Some(nested) => expression(&configurable_only(&nested.attributes, value)),
        None => expression(value),
    }
}

/// Nested attributes without those that only the provider sets.
fn configurable_only(attributes: &trunkline_api::ByName<Attribute>, value: &Value) -> Value {
    let each = |v: &Value| configurable_only(attributes, v);
    match value.kind() {
        Kind::Object(fields) => Value::object(fields.iter().filter_map(|(name, v)| {
            let attribute = attributes.get(name)?;
            if !is_configurable(name, attribute) {
                return None;
            }
            let secret = is_secret(attribute, v);
            let value = match &attribute.nested {
                _ if secret => Value::null(attribute.ty.clone()),
                Some(nested) => configurable_only(&nested.attributes, v),
                None => v.clone(),
            };
            Some((name.clone(), value))
        })),
        Kind::Map(_, fields) => Value::object(fields.iter().map(|(key, v)| (key.clone(), each(v)))),
        Kind::List(_, items) | Kind::Tuple(items) => Value::tuple(items.iter().map(each)),
        Kind::Set(_, items) => Value::tuple(items.iter().map(each)),
        _ => value.clone(),
    }
}
