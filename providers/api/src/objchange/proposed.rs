//! The value that planning starts from: the configuration, and what the provider filled in before.
//!
//! Whether a plan or a result is right is said in [`super::promises`].

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::{Level, known_fields, lookup, or_null};
use crate::coerce::{each, empty};
use crate::json::to_json;
use crate::{Attribute, Block, Kind, Nesting, Value};

/// The configuration, with the prior value of every computed attribute that it leaves out; nested
/// blocks are matched by index or key, those of a set by what is not computed. Write-only attributes
/// are null. Both values are shaped by the schema; either may be null.
#[must_use]
pub fn proposed_new(block: &Block, prior: &Value, config: &Value) -> Value {
    if prior.is_null() && !config.is_known() {
        return empty(block);
    }
    merge_level(block.into(), prior, config)
}

fn merge_level(level: Level<'_>, prior: &Value, config: &Value) -> Value {
    let Some(given) = known_fields(config) else {
        return prior.clone();
    };
    let mut merged: Vec<Cow<'_, Value>> = Vec::with_capacity(given.len());
    let (mut written, mut before) = (given.in_order(), lookup(prior));
    for (name, attribute) in level.attributes {
        let config = or_null(written.get(name), attribute);
        let prior = or_null(before.get(name), attribute);
        merged.push(if attribute.write_only {
            Cow::Owned(Value::null(attribute.ty.clone()))
        } else if attribute.computed && config.is_null() {
            match attribute.optional && has_configured(attribute, &prior) {
                true => config,
                false => prior,
            }
        } else if let Some(nested) = &attribute.nested {
            let level = Level::of_attributes(&nested.attributes);
            Cow::Owned(merge_nested(level, nested.nesting, &prior, &config))
        } else {
            config
        });
    }
    for (name, nested) in level.blocks() {
        let none = || Cow::Owned(Value::null(nested.implied_type()));
        let config = written.get(name).map_or_else(none, Cow::Borrowed);
        let prior = before.get(name).map_or_else(none, Cow::Borrowed);
        let level = Level::from(&nested.block);
        let both = merge_nested(level, nested.nesting, &prior, &config);
        merged.push(Cow::Owned(both));
    }
    // One value, not two that are equal: most of what is planned stays as it is, or is new and as configured, and what
    // is shared takes no memory and is compared at once.
    for like in [prior, config] {
        if like.marks() == config.marks() && is_made_of(like, level, &merged) {
            return like.clone();
        }
    }
    let values = merged.into_iter().map(Cow::into_owned);
    let fields: Vec<(Arc<str>, Value)> = level.names().cloned().zip(values).collect();
    Value::new(Kind::Object(fields.into())).with_marks(config.marks())
}

/// Whether an object is made of these values, in the order of a level.
fn is_made_of(object: &Value, level: Level<'_>, values: &[Cow<'_, Value>]) -> bool {
    let Kind::Object(fields) = object.kind() else {
        return false;
    };
    let mut found = fields.in_order();
    let is_in = |(name, value): (&Arc<str>, &Cow<'_, Value>)| {
        let value: &Value = value;
        found
            .get(name)
            .is_some_and(|field| std::ptr::eq(field, value) || field == value)
    };
    fields.len() == values.len() && level.names().zip(values).all(is_in)
}

/// Whether the value of nested attributes has some that only a configuration can have set.
fn has_configured(attribute: &Attribute, value: &Value) -> bool {
    let Some(nested) = &attribute.nested else {
        return false;
    };
    let in_object = |object: &Value| {
        nested.attributes.iter().any(|(name, a)| {
            object
                .attr(name)
                .is_some_and(|v| !v.is_null() && (!a.computed || has_configured(a, v)))
        })
    };
    match nested.nesting {
        Nesting::Single | Nesting::Group => in_object(value),
        Nesting::List | Nesting::Set => value.as_slice().is_some_and(|v| v.iter().any(in_object)),
        Nesting::Map => value.as_fields().is_some_and(|f| f.values().any(in_object)),
    }
}

fn merge_nested(level: Level<'_>, nesting: Nesting, prior: &Value, config: &Value) -> Value {
    if config.is_null() || !config.is_known() {
        return config.clone();
    }
    let merged = match (nesting, config.kind()) {
        (Nesting::Single | Nesting::Group, _) => return merge_level(level, prior, config),
        (_, Kind::List(t, items)) => Value::list(
            t.clone(),
            items
                .iter()
                .enumerate()
                .map(|(i, c)| merge_element(level, prior.as_slice().and_then(|p| p.get(i)), c)),
        ),
        (_, Kind::Tuple(items)) => Value::tuple(
            items
                .iter()
                .enumerate()
                .map(|(i, c)| merge_element(level, prior.as_slice().and_then(|p| p.get(i)), c)),
        ),
        (_, Kind::Set(t, items)) => Value::set(t.clone(), merge_set(level, prior, items)),
        (_, Kind::Map(t, f)) => Value::map(
            t.clone(),
            f.iter()
                .map(|(k, c)| (k.clone(), merge_element(level, prior.attr(k), c))),
        ),
        (_, Kind::Object(f)) => Value::object(
            f.iter()
                .map(|(k, c)| (k.clone(), merge_element(level, prior.attr(k), c))),
        ),
        _ => return config.clone(),
    };
    merged.with_marks(config.marks())
}

fn merge_element(level: Level<'_>, prior: Option<&Value>, config: &Value) -> Value {
    match prior {
        Some(prior) => merge_level(level, prior, config),
        None => merge_level(level, &Value::null(config.ty()), config),
    }
}

fn merge_set(level: Level<'_>, prior: &Value, config: &[Value]) -> Vec<Value> {
    let candidates = prior.as_slice().unwrap_or_default();
    let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, candidate) in candidates.iter().enumerate().rev() {
        by_key.entry(set_key(level, candidate)).or_default().push(i);
    }
    config
        .iter()
        .map(|c| {
            let matched = by_key.get_mut(&set_key(level, c)).and_then(|indexes| {
                let at = indexes
                    .iter()
                    .rposition(|i| could_come_from(level, &candidates[*i], c))?;
                Some(indexes.remove(at))
            });
            merge_element(level, matched.and_then(|i| candidates.get(i)), c)
        })
        .collect()
}

/// What two elements must have in common to be the same one: their attributes that are not computed.
fn set_key(level: Level<'_>, element: &Value) -> String {
    let mut key = String::new();
    for (name, attribute) in level.attributes {
        if !attribute.computed
            && attribute.nested.is_none()
            && !attribute.write_only
            && let Some(value) = element.attr(name)
        {
            key.push_str(&to_json(value).to_string());
        }
        key.push(';');
    }
    key
}

/// Whether `prior` may be what became of `config`: they differ only in computed attributes that the
/// configuration leaves out.
fn could_come_from(level: Level<'_>, prior: &Value, config: &Value) -> bool {
    if prior.same(config) {
        return true;
    }
    if prior.is_null() || config.is_null() || !config.is_known() {
        return false;
    }
    level.attributes.iter().all(|(name, attribute)| {
        let (Some(prior), Some(config)) = (prior.attr(name), config.attr(name)) else {
            return false;
        };
        if attribute.write_only || prior.same(config) {
            return true;
        }
        if attribute.computed && config.is_null() {
            return true;
        }
        attribute.nested.as_ref().is_some_and(|nested| {
            let level = Level::of_attributes(&nested.attributes);
            nested_could_come_from(level, nested.nesting, prior, config)
        })
    }) && level.blocks().all(|(name, nested)| {
        let (Some(prior), Some(config)) = (prior.attr(name), config.attr(name)) else {
            return false;
        };
        nested_could_come_from((&nested.block).into(), nested.nesting, prior, config)
    })
}

fn nested_could_come_from(
    level: Level<'_>,
    nesting: Nesting,
    prior: &Value,
    config: &Value,
) -> bool {
    if prior.same(config) {
        return true;
    }
    if matches!(nesting, Nesting::Single | Nesting::Group) {
        return could_come_from(level, prior, config);
    }
    match (prior.as_slice(), config.as_slice()) {
        (Some(p), Some(c)) => {
            return p.len() == c.len()
                && p.iter().zip(c).all(|(p, c)| could_come_from(level, p, c));
        }
        (None, None) => {}
        _ => return false,
    }
    match (prior.as_fields(), config.as_fields()) {
        (Some(p), Some(c)) => {
            p.len() == c.len()
                && p.iter()
                    .zip(c.iter())
                    .all(|((k, p), (l, c))| k == l && could_come_from(level, p, c))
        }
        _ => false,
    }
}

/// The configuration with every computed attribute that it leaves out unknown: what a create or a
/// deferred read will give. Write-only attributes are null.
#[must_use]
pub fn unknown_computed(block: &Block, config: &Value) -> Value {
    unknown_level(block.into(), config)
}

fn unknown_level(level: Level<'_>, config: &Value) -> Value {
    let Some(given) = known_fields(config) else {
        return config.clone();
    };
    let mut fields: Vec<(Arc<str>, Value)> = Vec::with_capacity(given.len());
    let mut given = given.in_order();
    for (name, attribute) in level.attributes {
        let config = &*or_null(given.get(name), attribute);
        let value = if attribute.write_only {
            Value::null(attribute.ty.clone())
        } else if attribute.computed && config.is_null() {
            Value::unknown(attribute.ty.clone())
        } else if let Some(nested) = &attribute.nested {
            let level = Level::of_attributes(&nested.attributes);
            each(config, nested.nesting, &|c| unknown_level(level, c))
        } else {
            config.clone()
        };
        fields.push((name.clone(), value));
    }
    for (name, nested) in level.blocks() {
        let Some(config) = given.get(name) else {
            fields.push((name.clone(), Value::null(nested.implied_type())));
            continue;
        };
        let level = Level::from(&nested.block);
        fields.push((
            name.clone(),
            each(config, nested.nesting, &|c| unknown_level(level, c)),
        ));
    }
    Value::new(Kind::Object(fields.into())).with_marks(config.marks())
}
