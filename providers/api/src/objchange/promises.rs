//! What a provider promises: that a plan keeps what the configuration says, and a result what the plan says.
//!
//! It words what is broken, and never shows the value of a sensitive attribute.

use super::{Level, known_fields, lookup, or_null};
use crate::json::to_json;
use crate::{Attribute, Block, Kind, Nesting, Step, Value};

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
        let (mut given, mut plan, mut before) = (given.in_order(), plan.in_order(), lookup(prior));
        for (name, attribute) in level.attributes {
            let config = &*or_null(given.get(name), attribute);
            let planned = &*or_null(plan.get(name), attribute);
            let prior = &*or_null(before.get(name), attribute);
            if keeps(attribute, prior, config, planned) {
                continue;
            }
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
            let prior = before.get(name).cloned().unwrap_or_else(none);
            self.within(Step::Attribute(name.clone()), |check| {
                let level = Level::from(&nested.block);
                check.plan_nested(level, nested.nesting, &prior, &config, &planned);
            });
        }
    }

    /// Looks into an attribute that does not keep its promise as it is.
    fn plan_attribute(
        &mut self,
        attribute: &Attribute,
        prior: &Value,
        config: &Value,
        planned: &Value,
    ) {
        if attribute.write_only {
            return self.problem("a value is planned for a write-only attribute");
        }
        if config.is_null() {
            return self.problem(format!(
                "planned value {} for a non-computed attribute",
                show(planned)
            ));
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
        let (mut plan, mut made) = (plan.in_order(), made.in_order());
        for (name, attribute) in level.attributes {
            let planned = &*or_null(plan.get(name), attribute);
            let actual = &*or_null(made.get(name), attribute);
            if actual.is_known() && (!planned.is_known() || planned.same(actual)) {
                continue;
            }
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

/// Whether what is planned for an attribute is right without a look into it, as most of it is.
fn keeps(attribute: &Attribute, prior: &Value, config: &Value, planned: &Value) -> bool {
    if attribute.write_only {
        return planned.is_null();
    }
    if config.is_null() {
        return attribute.computed || planned.same(config);
    }
    // Against what is not known there is nothing to hold the plan.
    !config.is_known() || planned.same(config) || !prior.is_null() && planned.same(prior)
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
