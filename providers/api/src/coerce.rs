//! Makes a value fit a schema, and marks what the schema calls sensitive.
//!
//! A value that fits has every attribute and every nested block of its [`Block`]: attributes left out
//! are null, block lists, sets and maps left out are empty, single blocks left out are null. What is
//! required, how many blocks there may be and what may be set is not checked here.

use std::sync::Arc;

use crate::convert::without_optional;
use crate::quote::quote;
use crate::schema::NestedAttributes;
use crate::{
    Attribute, Block, ByName, Fields, Kind, Marks, NestedBlock, Nesting, Path, Step, Type, Value,
    convert,
};

/// What does not fit, and where.
pub type Misfit = (Path, String);

/// Null of the block's type.
#[must_use]
pub fn null_object(block: &Block) -> Value {
    Value::null(block.implied_type())
}

/// The value of a block in which nothing is written.
#[must_use]
pub fn empty(block: &Block) -> Value {
    let attributes = block
        .attributes
        .iter()
        .map(|(name, a)| (name.clone(), Value::null(a.ty.clone())));
    let blocks = block
        .blocks
        .iter()
        .map(|(name, nested)| (name.clone(), no_blocks(nested)));
    Value::object(attributes.chain(blocks))
}

/// The value of a nested block type of which there is none.
#[must_use]
pub fn no_blocks(nested: &NestedBlock) -> Value {
    let inner = || nested.block.implied_type();
    match nested.nesting {
        Nesting::Single => Value::null(inner()),
        Nesting::Group => empty(&nested.block),
        Nesting::Set => Value::set(inner(), []),
        Nesting::List => match nested.implied_type() {
            Type::List(element) => Value::list((*element).clone(), []),
            _ => Value::tuple([]),
        },
        Nesting::Map => match nested.implied_type() {
            Type::Map(element) => Value::map::<Arc<str>>((*element).clone(), []),
            _ => Value::object::<Arc<str>>([]),
        },
    }
}

/// The value shaped and converted to fit `block`, or everything that does not fit. Null and unknown
/// stay so. Attributes that the block does not have do not fit.
pub fn conform(value: &Value, block: &Block) -> Result<Value, Vec<Misfit>> {
    let mut misfits = Vec::new();
    let shaped = conform_block(value, block, &mut Path::default(), &mut misfits);
    if misfits.is_empty() {
        Ok(shaped)
    } else {
        Err(misfits)
    }
}

fn conform_block(
    value: &Value,
    block: &Block,
    path: &mut Path,
    misfits: &mut Vec<Misfit>,
) -> Value {
    let fields = match value.kind() {
        Kind::Null(_) => return null_object(block).with_marks(value.marks()),
        Kind::Unknown(..) => {
            return Value::unknown(block.implied_type()).with_marks(value.marks());
        }
        Kind::Object(fields) | Kind::Map(_, fields) => fields,
        _ => {
            misfits.push((path.clone(), "an object is required".into()));
            return null_object(block);
        }
    };
    for name in fields.keys() {
        if !block.attributes.contains_key(name) && !block.blocks.contains_key(name) {
            misfits.push((
                path.clone(),
                format!("unexpected attribute {}", quote(name)),
            ));
        }
    }
    let mut shaped = Vec::with_capacity(block.attributes.len() + block.blocks.len());
    for (name, attribute) in &block.attributes {
        path.0.push(Step::Attribute(name.clone()));
        let value = match fields.get(name) {
            Some(value) => converted(value, &attribute.ty, path, misfits),
            None => Value::null(without_optional(&attribute.ty)),
        };
        path.0.pop();
        shaped.push((name.clone(), value));
    }
    for (name, nested) in &block.blocks {
        path.0.push(Step::Attribute(name.clone()));
        let value = match fields.get(name) {
            Some(value) => conform_nested(value, nested, path, misfits),
            None => no_blocks(nested),
        };
        path.0.pop();
        shaped.push((name.clone(), value));
    }
    Value::object(shaped).with_marks(value.marks())
}

fn converted(value: &Value, ty: &Type, path: &Path, misfits: &mut Vec<Misfit>) -> Value {
    convert(value, ty).unwrap_or_else(|error| {
        let mut at = path.clone();
        at.0.extend(error.path.0);
        misfits.push((at, error.message));
        Value::null(without_optional(ty))
    })
}

fn conform_nested(
    value: &Value,
    nested: &NestedBlock,
    path: &mut Path,
    misfits: &mut Vec<Misfit>,
) -> Value {
    if !value.is_known() {
        return Value::unknown(nested.implied_type()).with_marks(value.marks());
    }
    let block = &nested.block;
    if matches!(nested.nesting, Nesting::Single) {
        return conform_block(value, block, path, misfits);
    }
    if value.is_null() {
        return no_blocks(nested);
    }
    let mut wrong = |path: &Path, what: &str| {
        misfits.push((path.clone(), what.to_owned()));
        no_blocks(nested)
    };
    let shaped = match nested.nesting {
        Nesting::Single | Nesting::Group => conform_block(value, block, path, misfits),
        Nesting::List | Nesting::Set => {
            let Some(items) = value.as_slice() else {
                return match nested.nesting {
                    Nesting::List => wrong(path, "must be a list"),
                    _ => wrong(path, "must be a set"),
                };
            };
            let mut shaped = Vec::with_capacity(items.len());
            for (i, item) in items.iter().enumerate() {
                path.0.push(Step::Index(i));
                shaped.push(conform_block(item, block, path, misfits));
                path.0.pop();
            }
            collect_list(nested, shaped)
        }
        Nesting::Map => {
            let Some(items) = value.as_fields() else {
                return wrong(path, "must be a map");
            };
            let mut shaped = Vec::with_capacity(items.len());
            for (key, item) in items.iter() {
                path.0.push(Step::Key(key.clone()));
                shaped.push((key.clone(), conform_block(item, block, path, misfits)));
                path.0.pop();
            }
            collect_map(nested, shaped)
        }
    };
    shaped.with_marks(value.marks())
}

/// The value that collects `items` of a nested block type: a list, a set, or a tuple where the blocks
/// may differ in type.
#[must_use]
pub fn collect_list(nested: &NestedBlock, items: Vec<Value>) -> Value {
    match nested.implied_type() {
        Type::List(element) => Value::list((*element).clone(), items),
        Type::Set(element) => match items.first() {
            // A set cannot hold values of several types, so dynamic places take the first's.
            Some(first) if element.has_dynamic() => Value::set(first.ty(), items),
            _ => Value::set((*element).clone(), items),
        },
        _ => Value::tuple(items),
    }
}

/// The value that collects `items` of a nested block type by key: a map, or an object where the
/// blocks may differ in type.
#[must_use]
pub fn collect_map(nested: &NestedBlock, items: Vec<(Arc<str>, Value)>) -> Value {
    match nested.implied_type() {
        Type::Map(element) => Value::map((*element).clone(), items),
        _ => Value::object(items),
    }
}

/// The value with the sensitive mark on every sensitive attribute of the schema that is there. A
/// sensitive attribute inside a set marks the set.
#[must_use]
pub fn apply_sensitive_marks(value: &Value, block: &Block) -> Value {
    if !block.has_sensitive() {
        return value.clone();
    }
    let Kind::Object(fields) = value.kind() else {
        return value.clone();
    };
    let marked = fields.iter().map(|(name, v)| {
        let v = if let Some(attribute) = block.attributes.get(name) {
            mark_attribute(v, attribute)
        } else if let Some(nested) = block.blocks.get(name) {
            each(v, nested.nesting, &|item| {
                apply_sensitive_marks(item, &nested.block)
            })
        } else {
            v.clone()
        };
        (name.clone(), v)
    });
    Value::object(marked).with_marks(value.marks())
}

fn mark_attribute(value: &Value, attribute: &Attribute) -> Value {
    if attribute.sensitive {
        return value.clone().with_marks(Marks::SENSITIVE);
    }
    let Some(nested) = &attribute.nested else {
        return value.clone();
    };
    if !any_sensitive(&nested.attributes) {
        return value.clone();
    }
    each(value, nested.nesting, &|item| match item.kind() {
        Kind::Object(fields) => mark_fields(fields, nested).with_marks(item.marks()),
        _ => item.clone(),
    })
}

fn mark_fields(fields: &Fields, nested: &NestedAttributes) -> Value {
    Value::object(fields.iter().map(|(name, v)| {
        let v = match nested.attributes.get(name) {
            Some(attribute) => mark_attribute(v, attribute),
            None => v.clone(),
        };
        (name.clone(), v)
    }))
}

/// The value with `change` applied to each object that it collects.
pub(crate) fn each(value: &Value, nesting: Nesting, change: &dyn Fn(&Value) -> Value) -> Value {
    if matches!(nesting, Nesting::Single | Nesting::Group) {
        return change(value);
    }
    let changed = match value.kind() {
        Kind::List(t, items) => Value::list(t.clone(), items.iter().map(change)),
        Kind::Set(t, items) => Value::set(t.clone(), items.iter().map(change)),
        Kind::Tuple(items) => Value::tuple(items.iter().map(change)),
        Kind::Map(t, f) => Value::map(t.clone(), f.iter().map(|(k, v)| (k.clone(), change(v)))),
        Kind::Object(f) => Value::object(f.iter().map(|(k, v)| (k.clone(), change(v)))),
        _ => return value.clone(),
    };
    changed.with_marks(value.marks())
}

/// The paths in `value` of the attributes that the schema calls sensitive, in order. A sensitive
/// attribute inside a set gives the set's path.
#[must_use]
pub fn sensitive_paths(value: &Value, block: &Block) -> Vec<Path> {
    if !block.has_sensitive() {
        return Vec::new();
    }
    let (bare, _) = value.clone().unmark_deep();
    marked_paths(&apply_sensitive_marks(&bare, block), Marks::SENSITIVE)
}

/// The paths of the outermost values that carry one of `marks`.
#[must_use]
pub fn marked_paths(value: &Value, marks: Marks) -> Vec<Path> {
    let mut paths: Vec<Path> = Vec::new();
    value.walk(&mut |path, v| {
        let inside = paths.last().is_some_and(|outer| path.starts_with(outer));
        if !inside && v.marks().without(marks) != v.marks() {
            paths.push(path.clone());
        }
    });
    paths
}

fn any_sensitive(attributes: &ByName<Attribute>) -> bool {
    attributes.values().any(|a| {
        a.sensitive
            || a.nested
                .as_ref()
                .is_some_and(|n| any_sensitive(&n.attributes))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Block {
        let rule = Block::new("rule")
            .attribute("port", Attribute::new(Type::Number, "").required())
            .attribute(
                "key",
                Attribute::new(Type::String, "").optional().sensitive(),
            );
        Block::new("thing")
            .attribute("name", Attribute::new(Type::String, "").required())
            .attribute("any", Attribute::new(Type::Dynamic, "").optional())
            .nested("rule", NestedBlock::new(Nesting::List, rule.clone()))
            .nested("extra", NestedBlock::new(Nesting::Set, rule.clone()))
            .nested("one", NestedBlock::new(Nesting::Single, rule.clone()))
            .nested("group", NestedBlock::new(Nesting::Group, rule))
    }

    #[test]
    fn what_is_left_out_is_filled_in() {
        let value = Value::object([
            ("name", Value::number(5)),
            (
                "rule",
                Value::tuple([Value::object([("port", Value::from("80"))])]),
            ),
        ]);
        let shaped = conform(&value, &schema()).unwrap();
        assert_eq!(
            format!("{shaped:?}"),
            r#"{"any": null(dynamic), "extra": {}, "group": {"key": null(string), "port": null(number)}, "name": "5", "one": null(object({key=string,port=number})), "rule": [{"key": null(string), "port": 80}]}"#
        );
        assert_eq!(
            shaped.attr("rule").unwrap().ty().to_string(),
            "list(object({key=string,port=number}))"
        );
        assert_eq!(conform(&shaped, &schema()), Ok(shaped.clone()));
    }

    #[test]
    fn misfits_are_all_told() {
        let value = Value::object([
            ("nmae", Value::from("x")),
            ("name", Value::tuple([])),
            ("rule", Value::bool(true)),
            (
                "extra",
                Value::tuple([Value::object([("port", Value::from("x"))])]),
            ),
        ]);
        let told: Vec<String> = conform(&value, &schema())
            .unwrap_err()
            .iter()
            .map(|(path, message)| format!("{path}: {message}"))
            .collect();
        assert_eq!(
            told,
            [
                ": unexpected attribute \"nmae\"",
                "name: string required",
                "extra[0].port: a number is required",
                "rule: must be a list",
            ]
        );
    }

    #[test]
    fn sensitive_attributes_are_marked() {
        let rule = Value::object([("key", Value::from("k"))]);
        let value = Value::object([
            ("rule", Value::tuple([rule.clone()])),
            ("extra", Value::tuple([rule])),
        ]);
        let shaped = conform(&value, &schema()).unwrap();
        let paths: Vec<String> = sensitive_paths(&shaped, &schema())
            .iter()
            .map(Path::to_string)
            .collect();
        assert_eq!(paths, ["extra", "group.key", "rule[0].key"]);
    }
}
