//! Which parts of a value are sensitive because the schema says so. Values keep the marks they have.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::schema::{Attribute, Block, Nesting};
use trunkline_api::{Fields, Kind, Marks, Value};

/// The value of a block with every attribute marked that its schema calls sensitive. Marks within a set
/// move to the set.
#[must_use]
pub fn with_schema<'v>(value: &'v Value, block: &Block) -> Cow<'v, Value> {
    if !block.has_sensitive() {
        return Cow::Borrowed(value);
    }
    Cow::Owned(with_sensitive(value, block))
}

fn with_sensitive(value: &Value, block: &Block) -> Value {
    each_field(value, |name, v| {
        if let Some(attribute) = block.attributes.get(name) {
            attribute_value(v, attribute)
        } else if let Some(nested) = block.blocks.get(name) {
            each_nested(v, nested.nesting, &|v| {
                with_schema(v, &nested.block).into_owned()
            })
        } else {
            v.clone()
        }
    })
}

fn attribute_value(value: &Value, attribute: &Attribute) -> Value {
    if attribute.sensitive {
        return value.clone().with_marks(Marks::SENSITIVE);
    }
    match &attribute.nested {
        Some(nested) if nested.attributes.values().any(attribute_has_sensitive) => {
            each_nested(value, nested.nesting, &|v| {
                each_field(v, |name, v| match nested.attributes.get(name) {
                    Some(attribute) => attribute_value(v, attribute),
                    None => v.clone(),
                })
            })
        }
        _ => value.clone(),
    }
}

fn attribute_has_sensitive(attribute: &Attribute) -> bool {
    attribute.sensitive
        || attribute
            .nested
            .as_ref()
            .is_some_and(|n| n.attributes.values().any(attribute_has_sensitive))
}

fn each_field(value: &Value, change: impl Fn(&str, &Value) -> Value) -> Value {
    let Kind::Object(fields) = value.kind() else {
        return value.clone();
    };
    let fields: BTreeMap<Arc<str>, Value> = fields
        .iter()
        .map(|(name, v)| (name.clone(), change(name, v)))
        .collect();
    Value::new(Kind::Object(Fields::from(fields))).with_marks(value.marks())
}

fn each_nested(value: &Value, nesting: Nesting, change: &dyn Fn(&Value) -> Value) -> Value {
    if let Nesting::Single | Nesting::Group = nesting {
        return change(value);
    }
    let kind = match value.kind() {
        Kind::List(t, v) => Kind::List(t.clone(), v.iter().map(change).collect()),
        Kind::Tuple(v) => Kind::Tuple(v.iter().map(change).collect()),
        Kind::Set(t, v) => {
            return Value::set(t.clone(), v.iter().map(change)).with_marks(value.marks());
        }
        Kind::Map(t, f) => Kind::Map(
            t.clone(),
            f.iter().map(|(k, v)| (k.clone(), change(v))).collect(),
        ),
        Kind::Object(f) => Kind::Object(f.iter().map(|(k, v)| (k.clone(), change(v))).collect()),
        _ => return value.clone(),
    };
    Value::new(kind).with_marks(value.marks())
}
