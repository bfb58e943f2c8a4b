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
    let (mut given, mut before) = (given.in_order(), lookup(prior));
    let mut merged = Merged::of(level, prior, config);
    for (name, attribute) in level.attributes {
        let config = or_null(given.get(name), attribute);
        let prior = or_null(before.get(name), attribute);
        let null;
        let nested;
        let both = if attribute.write_only {
            null = Value::null(attribute.ty.clone());
            &null
        } else if attribute.computed && config.is_null() {
            match attribute.optional && has_configured(attribute, &prior) {
                true => &config,
                false => &prior,
            }
        } else if let Some(attributes) = &attribute.nested {
            let level = Level::of_attributes(&attributes.attributes);
            nested = merge_nested(level, attributes.nesting, &prior, &config);
            &nested
        } else {
            &*config
        };
        merged.add(name, both, &prior, &config);
    }
    for (name, nested) in level.blocks() {
        let none = || Cow::Owned(Value::null(nested.implied_type()));
        let config = given.get(name).map_or_else(none, Cow::Borrowed);
        let prior = before.get(name).map_or_else(none, Cow::Borrowed);
        let level = Level::from(&nested.block);
        let both = merge_nested(level, nested.nesting, &prior, &config);
        merged.add(name, &both, &prior, &config);
    }
    merged.value()
}

/// A field, or null in place of one that is not there.
type Found<'v> = Cow<'v, Value>;

/// An object that is put together of a prior value and a configuration. Most of what is planned stays as it is, or is new
/// and as configured: as long as it is the same as one of the two, nothing is made, and in the end it is that one, which
/// takes no memory and is compared at once with what shares it.
struct Merged<'v> {
    level: Level<'v>,
    prior: &'v Value,
    config: &'v Value,
    /// Whether it is the same as the prior value so far, and as the configuration.
    as_prior: bool,
    as_config: bool,
    /// How many fields it has so far; where it is not the same as either, they are here.
    count: usize,
    fields: Vec<(Arc<str>, Value)>,
}

impl<'v> Merged<'v> {
    fn of(level: Level<'v>, prior: &'v Value, config: &'v Value) -> Merged<'v> {
        let like = |value: &Value| match value.kind() {
            Kind::Object(fields) => fields.len() == level.len(),
            _ => false,
        };
        Merged {
            level,
            prior,
            config,
            as_prior: like(prior) && prior.marks() == config.marks(),
            as_config: like(config),
            count: 0,
            fields: Vec::new(),
        }
    }

    /// Adds the field that comes next in the level, of the prior value and the configuration that have it or not.
    fn add(&mut self, name: &Arc<str>, value: &Value, prior: &Found<'_>, config: &Found<'_>) {
        let is = |field: &Found<'_>| match field {
            Cow::Borrowed(field) => std::ptr::eq(value, *field) || value == *field,
            Cow::Owned(_) => false,
        };
        let as_prior = self.as_prior && is(prior);
        let as_config = self.as_config && is(config);
        if !as_prior && !as_config {
            if self.as_prior || self.as_config {
                self.part();
            }
            self.fields.push((name.clone(), value.clone()));
        }
        (self.as_prior, self.as_config) = (as_prior, as_config);
        self.count += 1;
    }

    /// Takes the fields so far from what it is the same as no more.
    fn part(&mut self) {
        let like = if self.as_prior {
            self.prior
        } else {
            self.config
        };
        let mut like = lookup(like);
        self.fields.reserve_exact(self.level.len());
        for name in self.level.names().take(self.count) {
            let value = like.get(name).cloned();
            self.fields.extend(value.map(|value| (name.clone(), value)));
        }
    }

    fn value(self) -> Value {
        if self.as_prior {
            self.prior.clone()
        } else if self.as_config {
            self.config.clone()
        } else {
            Value::new(Kind::Object(self.fields.into())).with_marks(self.config.marks())
        }
    }
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
