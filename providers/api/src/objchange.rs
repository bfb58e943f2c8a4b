//! The rules that hold between a prior value, a configuration, a planned value and what was made.
//!
//! [`proposed_new`] and [`unknown_computed`] make the value that planning starts from; the assertions
//! say where a provider broke its promises. They decide nothing about actions and never show the
//! value of a sensitive attribute.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::coerce::{each, empty};
use crate::json::to_json;
use crate::{Attribute, Block, Kind, NestedBlock, Nesting, Step, Value};

/// The attributes and nested blocks of one level.
#[derive(Clone, Copy)]
struct Level<'s> {
    attributes: &'s BTreeMap<Arc<str>, Attribute>,
    blocks: Option<&'s BTreeMap<Arc<str>, NestedBlock>>,
}

impl<'s> From<&'s Block> for Level<'s> {
    fn from(block: &'s Block) -> Level<'s> {
        Level {
            attributes: &block.attributes,
            blocks: Some(&block.blocks),
        }
    }
}

impl<'s> Level<'s> {
    fn of_attributes(attributes: &'s BTreeMap<Arc<str>, Attribute>) -> Level<'s> {
        Level {
            attributes,
            blocks: None,
        }
    }

    fn blocks(self) -> impl Iterator<Item = (&'s Arc<str>, &'s NestedBlock)> {
        self.blocks.into_iter().flatten()
    }
}

/// The configuration, with the prior value of every computed attribute that it leaves out; nested
/// blocks are matched by index or key, those of a set by what is not computed. Write-only attributes
/// are null. Both values are shaped by the schema; either may be null.
#[must_use]
pub fn proposed_new(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() && prior.is_null() {
        return prior.clone();
    }
    if prior.is_null() {
        return merge_level(block.into(), &empty(block), config);
    }
    merge_level(block.into(), prior, config)
}

fn merge_level(level: Level<'_>, prior: &Value, config: &Value) -> Value {
    let Some(given) = known_fields(config) else {
        return prior.clone();
    };
    let mut fields = Vec::with_capacity(given.len());
    for (name, attribute) in level.attributes {
        let null = Value::null(attribute.ty.clone());
        let config = given.get(name).unwrap_or(&null);
        let prior = prior.attr(name).unwrap_or(&null);
        let merged = if attribute.write_only {
            null.clone()
        } else if attribute.computed && config.is_null() {
            if attribute.optional && has_configured(attribute, prior) {
                config.clone()
            } else {
                prior.clone()
            }
        } else if let Some(nested) = &attribute.nested {
            let level = Level::of_attributes(&nested.attributes);
            merge_nested(level, nested.nesting, prior, config)
        } else {
            config.clone()
        };
        fields.push((name.clone(), merged));
    }
    for (name, nested) in level.blocks() {
        let none = || Value::null(nested.implied_type());
        let config = given.get(name).cloned().unwrap_or_else(none);
        let prior = prior.attr(name).cloned().unwrap_or_else(none);
        let level = Level::from(&nested.block);
        fields.push((
            name.clone(),
            merge_nested(level, nested.nesting, &prior, &config),
        ));
    }
    Value::object(fields).with_marks(config.marks())
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
    let mut fields = Vec::with_capacity(given.len());
    for (name, attribute) in level.attributes {
        let null = Value::null(attribute.ty.clone());
        let config = given.get(name).unwrap_or(&null);
        let value = if attribute.write_only {
            null.clone()
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
    Value::object(fields).with_marks(config.marks())
}

fn known_fields(value: &Value) -> Option<&crate::Fields> {
    match value.kind() {
        Kind::Object(fields) | Kind::Map(_, fields) => Some(fields),
        _ => None,
    }
}

/// What is wrong with a planned value, given the prior value and the configuration it was made from.
/// Each text begins with the place, such as `.name: `, ready to follow an address; empty when the
/// plan keeps to the rules: what the configuration sets is planned as set (or as it was, where that
/// means the same to the provider), and only computed attributes are planned beyond it.
#[must_use]
pub fn assert_plan_valid(
    block: &Block,
    prior: &Value,
    config: &Value,
    planned: &Value,
) -> Vec<String> {
    let mut check = Check::default();
    check.plan_object(block.into(), prior, config, planned);
    check.problems
}

/// How what was made contradicts what was planned. Each text begins with the place, such as
/// `.name: `, ready to follow an address. Unknown planned values may become anything of their type.
#[must_use]
pub fn assert_applied_matches(block: &Block, planned: &Value, actual: &Value) -> Vec<String> {
    let mut check = Check::default();
    check.object(block.into(), planned, actual);
    check.problems
}

/// Where the check is, and what it has found.
#[derive(Default)]
struct Check {
    place: Vec<Step>,
    sensitive: bool,
    problems: Vec<String>,
}

impl Check {
    fn problem(&mut self, message: impl AsRef<str>) {
        let place: String = self
            .place
            .iter()
            .map(|step| match step {
                Step::Attribute(name) => format!(".{name}"),
                Step::Index(i) => format!("[{i}]"),
                Step::Key(key) => format!("[{key:?}]"),
            })
            .collect();
        let message = if self.sensitive {
            "inconsistent values for sensitive attribute"
        } else {
            message.as_ref()
        };
        let text = format!("{place}: {message}");
        if self.problems.last() != Some(&text) {
            self.problems.push(text);
        }
    }

    fn within(&mut self, step: Step, check: impl FnOnce(&mut Check)) {
        self.place.push(step);
        check(self);
        self.place.pop();
    }

    fn secretly(&mut self, sensitive: bool, check: impl FnOnce(&mut Check)) {
        let before = self.sensitive;
        self.sensitive |= sensitive;
        check(self);
        self.sensitive = before;
    }

    fn plan_object(&mut self, level: Level<'_>, prior: &Value, config: &Value, planned: &Value) {
        match (config.is_null(), planned.is_null()) {
            (true, false) => return self.problem("planned for existence but config wants absence"),
            (false, true) => return self.problem("planned for absence but config wants existence"),
            (true, true) => return,
            (false, false) => {}
        }
        let (Some(given), Some(plan)) = (known_fields(config), known_fields(planned)) else {
            return;
        };
        for (name, attribute) in level.attributes {
            let null = Value::null(attribute.ty.clone());
            let config = given.get(name).unwrap_or(&null);
            let planned = plan.get(name).unwrap_or(&null);
            let prior = prior.attr(name).unwrap_or(&null);
            self.within(Step::Attribute(name.clone()), |check| {
                check.secretly(attribute.sensitive, |check| {
                    check.plan_attribute(attribute, prior, config, planned);
                });
            });
        }
        for (name, nested) in level.blocks() {
            let none = || Value::null(nested.implied_type());
            let config = given.get(name).cloned().unwrap_or_else(none);
            let planned = plan.get(name).cloned().unwrap_or_else(none);
            let prior = prior.attr(name).cloned().unwrap_or_else(none);
            self.within(Step::Attribute(name.clone()), |check| {
                let level = Level::from(&nested.block);
                check.plan_nested(level, nested.nesting, &prior, &config, &planned);
            });
        }
    }

    fn plan_attribute(
        &mut self,
        attribute: &Attribute,
        prior: &Value,
        config: &Value,
        planned: &Value,
    ) {
        if attribute.write_only {
            if !planned.is_null() {
                self.problem("a value is planned for a write-only attribute");
            }
            return;
        }
        if planned.same(config) || !prior.is_null() && !config.is_null() && planned.same(prior) {
            return;
        }
        if config.is_null() {
            if !attribute.computed {
                self.problem(format!(
                    "planned value {} for a non-computed attribute",
                    show(planned)
                ));
            }
            return;
        }
        if !config.is_known() && !config.is_wholly_known() {
            // Nothing to hold the plan against.
            return;
        }
        if let Some(nested) = &attribute.nested {
            let level = Level::of_attributes(&nested.attributes);
            return self.plan_nested(level, nested.nesting, prior, config, planned);
        }
        if prior.is_null() {
            self.problem(format!(
                "planned value {} does not match config value {}",
                show(planned),
                show(config)
            ));
        } else {
            self.problem(format!(
                "planned value {} does not match config value {} nor prior value {}",
                show(planned),
                show(config),
                show(prior)
            ));
        }
    }

    fn plan_nested(
        &mut self,
        level: Level<'_>,
        nesting: Nesting,
        prior: &Value,
        config: &Value,
        planned: &Value,
    ) {
        if !config.is_known() || !planned.is_known() {
            return;
        }
        if matches!(nesting, Nesting::Single | Nesting::Group) {
            return self.plan_object(level, prior, config, planned);
        }
        if matches!(planned.kind(), Kind::Set(..)) {
            let counts = (count(planned), count(config));
            if counts.0 != counts.1 {
                self.problem(format!(
                    "block set length in plan ({}) doesn't match count in config ({})",
                    counts.0, counts.1
                ));
            }
            return;
        }
        if let (Some(p), Some(c)) = (planned.as_slice(), config.as_slice()) {
            if p.len() != c.len() {
                self.problem(format!(
                    "block count in plan ({}) disagrees with count in config ({})",
                    p.len(),
                    c.len()
                ));
                return;
            }
            for (i, (p, c)) in p.iter().zip(c).enumerate() {
                let null = Value::null(c.ty());
                let before = prior.as_slice().and_then(|b| b.get(i)).unwrap_or(&null);
                self.within(Step::Index(i), |check| {
                    check.plan_object(level, before, c, p);
                });
            }
        } else if let (Some(p), Some(c)) = (planned.as_fields(), config.as_fields()) {
            for key in p.keys().filter(|k| c.get(k).is_none()) {
                self.problem(format!(
                    "block key {key:?} from plan is not present in config"
                ));
            }
            for (key, c) in c.iter() {
                let Some(p) = p.get(key) else {
                    self.problem(format!(
                        "block key {key:?} from config is not present in plan"
                    ));
                    continue;
                };
                let null = Value::null(c.ty());
                let before = prior.attr(key).unwrap_or(&null);
                self.within(Step::Key(key.clone()), |check| {
                    check.plan_object(level, before, c, p);
                });
            }
        } else if planned.is_null() != config.is_null() {
            self.problem("planned blocks do not match those in config");
        }
    }

    fn object(&mut self, level: Level<'_>, planned: &Value, actual: &Value) {
        match (planned.is_null(), actual.is_null()) {
            (true, false) => return self.problem("was absent, but now present"),
            (false, true) => return self.problem("was present, but now absent"),
            (true, true) => return,
            (false, false) => {}
        }
        let (Some(plan), Some(made)) = (known_fields(planned), known_fields(actual)) else {
            return;
        };
        for (name, attribute) in level.attributes {
            let null = Value::null(attribute.ty.clone());
            let planned = plan.get(name).unwrap_or(&null);
            let actual = made.get(name).unwrap_or(&null);
            self.within(Step::Attribute(name.clone()), |check| {
                check.secretly(attribute.sensitive, |check| check.value(planned, actual));
            });
        }
        for (name, nested) in level.blocks() {
            let none = || Value::null(nested.implied_type());
            let planned = plan.get(name).cloned().unwrap_or_else(none);
            let actual = made.get(name).cloned().unwrap_or_else(none);
            self.within(Step::Attribute(name.clone()), |check| {
                check.blocks((&nested.block).into(), nested.nesting, &planned, &actual);
            });
        }
    }

    fn blocks(&mut self, level: Level<'_>, nesting: Nesting, planned: &Value, actual: &Value) {
        if !planned.is_known() {
            return;
        }
        if matches!(nesting, Nesting::Single | Nesting::Group) {
            return self.object(level, planned, actual);
        }
        if let (Kind::Set(..), Kind::Set(..)) = (planned.kind(), actual.kind()) {
            if planned.is_wholly_known() && count(planned) != count(actual) {
                self.problem(format!(
                    "block set length changed from {} to {}",
                    count(planned),
                    count(actual)
                ));
            }
            return self.set(planned, actual);
        }
        if let (Some(p), Some(a)) = (planned.as_slice(), actual.as_slice()) {
            if p.len() != a.len() {
                self.problem(format!(
                    "block count changed from {} to {}",
                    p.len(),
                    a.len()
                ));
                return;
            }
            for (i, (p, a)) in p.iter().zip(a).enumerate() {
                self.within(Step::Index(i), |check| check.object(level, p, a));
            }
        } else if let (Some(p), Some(a)) = (planned.as_fields(), actual.as_fields()) {
            for (key, p) in p.iter() {
                match a.get(key) {
                    Some(a) => {
                        self.within(Step::Key(key.clone()), |check| check.object(level, p, a));
                    }
                    None => self.problem(format!("block key {key:?} has vanished")),
                }
            }
            for key in a.keys().filter(|k| p.get(k).is_none()) {
                self.problem(format!("new block key {key:?} has appeared"));
            }
        } else {
            self.value(planned, actual);
        }
    }

    fn value(&mut self, planned: &Value, actual: &Value) {
        if !actual.is_known() {
            return self.problem("is still unknown after apply");
        }
        if !planned.is_known() || planned.same(actual) {
            return;
        }
        match (planned.kind(), actual.kind()) {
            (Kind::Null(_), Kind::Null(_)) => {}
            (Kind::Null(_), _) | (_, Kind::Null(_)) => self.differ(planned, actual),
            (Kind::List(_, p), Kind::List(_, a)) | (Kind::Tuple(p), Kind::Tuple(a)) => {
                for (i, (p, a)) in p.iter().zip(a.iter()).enumerate() {
                    self.within(Step::Index(i), |check| check.value(p, a));
                }
                for i in a.len()..p.len() {
                    self.problem(format!("element {i} has vanished"));
                }
                for i in p.len()..a.len() {
                    self.problem(format!("new element {i} has appeared"));
                }
            }
            (Kind::Map(_, p) | Kind::Object(p), Kind::Map(_, a) | Kind::Object(a)) => {
                let of_map = matches!(planned.kind(), Kind::Map(..));
                for (key, p) in p.iter() {
                    let step = if of_map {
                        Step::Key(key.clone())
                    } else {
                        Step::Attribute(key.clone())
                    };
                    match a.get(key) {
                        Some(a) => self.within(step, |check| check.value(p, a)),
                        None => self.problem(format!("element {key:?} has vanished")),
                    }
                }
                for key in a.keys().filter(|k| p.get(k).is_none()) {
                    self.problem(format!("new element {key:?} has appeared"));
                }
            }
            (Kind::Set(..), Kind::Set(..)) => {
                if planned.is_wholly_known() && count(planned) != count(actual) {
                    self.problem(format!(
                        "length changed from {} to {}",
                        count(planned),
                        count(actual)
                    ));
                }
                self.set(planned, actual);
            }
            _ => self.differ(planned, actual),
        }
    }

    fn differ(&mut self, planned: &Value, actual: &Value) {
        self.problem(format!("was {}, but now {}", show(planned), show(actual)));
    }

    /// Every planned element that is wholly known must be there.
    fn set(&mut self, planned: &Value, actual: &Value) {
        let made = actual.as_slice().unwrap_or_default();
        for element in planned.as_slice().unwrap_or_default() {
            if element.is_wholly_known()
                && made
                    .binary_search_by(|a| crate::value::set_order(a, element))
                    .is_err()
            {
                self.problem(format!(
                    "planned set element {} does not correlate with any element in actual",
                    show(element)
                ));
            }
        }
    }
}

fn count(value: &Value) -> usize {
    value.as_slice().map_or(0, <[Value]>::len)
}

/// The value in a message. Marked values stay hidden.
fn show(value: &Value) -> String {
    if !value.marks_deep().is_empty() {
        return "(sensitive value)".into();
    }
    if !value.is_known() {
        return "(known after apply)".into();
    }
    to_json(value).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coerce::{apply_sensitive_marks, conform};
    use crate::{NestedBlock, Type};

    fn schema() -> Block {
        let rule = Block::new("")
            .attribute("port", Attribute::new(Type::Number, "").required())
            .attribute("id", Attribute::new(Type::String, "").computed());
        Block::new("")
            .attribute("id", Attribute::new(Type::String, "").computed())
            .attribute("name", Attribute::new(Type::String, "").required())
            .attribute(
                "size",
                Attribute::new(Type::Number, "").optional().computed(),
            )
            .attribute("note", Attribute::new(Type::String, "").optional())
            .attribute(
                "secret",
                Attribute::new(Type::String, "").optional().sensitive(),
            )
            .attribute(
                "once",
                Attribute::new(Type::String, "").optional().write_only(),
            )
            .nested("rule", NestedBlock::new(Nesting::List, rule.clone()))
            .nested("extra", NestedBlock::new(Nesting::Set, rule))
    }

    /// A value of the schema from JSON.
    fn value(json: serde_json::Value) -> Value {
        conform(&crate::json::implied(&json), &schema()).unwrap()
    }

    fn text(value: &Value) -> String {
        let fields = value.as_fields().unwrap();
        let shown = fields
            .iter()
            .filter(|(_, v)| !v.is_null() && v.as_slice().is_none_or(|items| !items.is_empty()));
        format!("{:?}", shown.collect::<BTreeMap<_, _>>())
    }

    use serde_json::json;

    #[test]
    fn computed_values_are_carried_over() {
        let prior = value(json!({"id": "1", "name": "old", "size": 3, "note": "gone",
            "rule": [{"port": 1, "id": "a"}],
            "extra": [{"port": 1, "id": "x"}, {"port": 2, "id": "y"}]}));
        let config = value(json!({"name": "new", "once": "w",
            "rule": [{"port": 5}, {"port": 6}], "extra": [{"port": 2}, {"port": 3}]}));
        assert_eq!(
            text(&proposed_new(&schema(), &prior, &config)),
            r#"{"extra": {{"id": "y", "port": 2}, {"id": null(string), "port": 3}}, "id": "1", "name": "new", "rule": [{"id": "a", "port": 5}, {"id": null(string), "port": 6}], "size": 3}"#
        );
        assert_eq!(
            text(&unknown_computed(&schema(), &config)),
            r#"{"extra": {{"id": unknown(string), "port": 2}, {"id": unknown(string), "port": 3}}, "id": unknown(string), "name": "new", "rule": [{"id": unknown(string), "port": 5}, {"id": unknown(string), "port": 6}], "size": unknown(number)}"#
        );
    }

    #[test]
    fn plans_are_held_to_the_configuration() {
        let null = crate::coerce::null_object(&schema());
        let config = value(json!({"name": "n", "secret": "hush"}));
        let cases = [
            (
                json!({"name": "n", "secret": "hush", "id": "5", "size": 1}),
                vec![],
            ),
            (
                json!({"name": "m", "secret": "other", "note": "x"}),
                vec![
                    r#".name: planned value "m" does not match config value "n""#,
                    r#".note: planned value "x" for a non-computed attribute"#,
                    ".secret: inconsistent values for sensitive attribute",
                ],
            ),
            (
                json!({"name": "n", "secret": "hush", "once": "w", "rule": [{"port": 1}]}),
                vec![
                    ".once: a value is planned for a write-only attribute",
                    ".rule: block count in plan (1) disagrees with count in config (0)",
                ],
            ),
        ];
        for (planned, problems) in cases {
            let planned = value(planned);
            assert_eq!(
                assert_plan_valid(&schema(), &null, &config, &planned),
                problems
            );
        }
    }

    #[test]
    fn results_are_held_to_the_plan() {
        let config = value(json!({"name": "n", "secret": "hush", "extra": [{"port": 1}]}));
        let planned = unknown_computed(&schema(), &config);
        let cases = [
            (
                json!({"id": "1", "name": "n", "size": 2, "secret": "hush",
                    "extra": [{"port": 1, "id": "x"}]}),
                vec![],
            ),
            (
                json!({"id": "1", "name": "m", "size": 2, "note": "x", "secret": "spoken",
                    "extra": [{"port": 1, "id": "x"}], "rule": [{"port": 1}]}),
                vec![
                    r#".name: was "n", but now "m""#,
                    r#".note: was null, but now "x""#,
                    ".secret: inconsistent values for sensitive attribute",
                    ".rule: block count changed from 0 to 1",
                ],
            ),
        ];
        for (actual, problems) in cases {
            let actual = value(actual);
            assert_eq!(
                assert_applied_matches(&schema(), &planned, &actual),
                problems
            );
        }
        let marked = apply_sensitive_marks(&config, &schema());
        assert_eq!(
            assert_applied_matches(&schema(), &marked, &config),
            Vec::<String>::new()
        );
        assert_eq!(
            assert_applied_matches(&schema(), &planned, &crate::coerce::null_object(&schema())),
            [": was present, but now absent"]
        );
    }
}
