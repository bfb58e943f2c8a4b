//! Results of conditions: which objects have some, how each instance fared, and what the results are together.
//!
//! A plain record: it evaluates nothing and decides nothing about what a failure means.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::address::{ConfigAddress, InstanceKey, ModuleInstance, ModulePath};
use crate::config::Config;

/// An object of the configuration that has conditions.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Checkable {
    /// A `check` block.
    Check(ModulePath, Arc<str>),
    /// An output with preconditions.
    Output(ModulePath, Arc<str>),
    /// A resource or data source with preconditions or postconditions.
    Resource(ConfigAddress),
    /// A variable with validation rules.
    Variable(ModulePath, Arc<str>),
}

impl Checkable {
    /// The module.
    #[must_use]
    pub fn module(&self) -> &ModulePath {
        match self {
            Checkable::Check(module, _)
            | Checkable::Output(module, _)
            | Checkable::Variable(module, _) => module,
            Checkable::Resource(address) => &address.module,
        }
    }

    /// The name within its module: `check.a`, `output.a`, `var.a`, `type.name`.
    #[must_use]
    pub fn local(&self) -> String {
        match self {
            Checkable::Check(_, name) => format!("check.{name}"),
            Checkable::Output(_, name) => format!("output.{name}"),
            Checkable::Variable(_, name) => format!("var.{name}"),
            Checkable::Resource(address) => address.resource.to_string(),
        }
    }

    /// The address of one of its instances.
    #[must_use]
    pub fn instance(&self, at: &CheckInstance) -> String {
        let local = self.local();
        match at.module.is_root() {
            true => format!("{local}{}", at.key),
            false => format!("{}.{local}{}", at.module, at.key),
        }
    }
}

impl std::fmt::Display for Checkable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.module().is_root() {
            write!(f, "{}.", self.module())?;
        }
        f.write_str(&self.local())
    }
}

/// Which instance of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CheckInstance {
    /// The instance of its module.
    pub module: ModuleInstance,
    /// The key, where it is a resource.
    pub key: InstanceKey,
}

impl CheckInstance {
    /// The one instance in an instance of a module.
    #[must_use]
    pub fn of_module(module: &ModuleInstance) -> CheckInstance {
        CheckInstance {
            module: module.clone(),
            key: InstanceKey::None,
        }
    }
}

/// How a condition, or several together, fared. The later name wins over the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckStatus {
    /// All hold.
    Pass,
    /// It is not known yet.
    Unknown,
    /// One does not hold.
    Fail,
    /// One cannot be evaluated.
    Error,
}

/// A kind of condition of an object, and which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// `precondition`
    Precondition(usize),
    /// `postcondition`
    Postcondition(usize),
    /// `assert`
    Assert(usize),
    /// The data source inside a check could be read.
    Data,
    /// `validation`
    Validation(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Outcome {
    status: CheckStatus,
    message: Option<String>,
}

/// How one object fared in every instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckResult {
    /// The object.
    pub object: Checkable,
    /// All instances together; unknown where it is not known which there are.
    pub status: CheckStatus,
    /// Each instance; `None` where it is not known which there are.
    pub instances: Option<Vec<InstanceResult>>,
}

/// How one instance fared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceResult {
    /// Which.
    pub at: CheckInstance,
    /// All its conditions together.
    pub status: CheckStatus,
    /// The messages of the conditions that do not hold, sorted.
    pub problems: Vec<String>,
}

type Outcomes = BTreeMap<Rule, Outcome>;
/// What came of each instance; none while it is not known which there are.
type Instances = Option<BTreeMap<CheckInstance, Outcomes>>;

/// The results of a run so far.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    objects: BTreeMap<Checkable, (Vec<Rule>, Instances)>,
}

impl Checks {
    /// Every object of a configuration that has conditions, with nothing known of any.
    #[must_use]
    pub fn new(config: &Config) -> Checks {
        let mut checks = Checks::default();
        for module in config.modules() {
            let path = &module.path;
            for (name, check) in &module.checks {
                let mut rules: Vec<Rule> = (0..check.asserts.len()).map(Rule::Assert).collect();
                rules.extend(check.data.as_ref().map(|_| Rule::Data));
                checks.declare(Checkable::Check(path.clone(), name.clone()), rules);
            }
            for (name, output) in &module.outputs {
                let rules = (0..output.preconditions.len()).map(Rule::Precondition);
                let object = Checkable::Output(path.clone(), name.clone());
                checks.declare(object, rules.collect());
            }
            for (resource, written) in &module.resources {
                let lifecycle = &written.meta.lifecycle;
                let (before, after) = (&lifecycle.preconditions, &lifecycle.postconditions);
                if before.is_empty() && after.is_empty() {
                    continue;
                }
                let before = (0..before.len()).map(Rule::Precondition);
                let after = (0..after.len()).map(Rule::Postcondition);
                let object =
                    Checkable::Resource(ConfigAddress::new(path.clone(), resource.clone()));
                checks.declare(object, before.chain(after).collect());
            }
            for (name, variable) in &module.variables {
                let rules = (0..variable.validations.len()).map(Rule::Validation);
                let object = Checkable::Variable(path.clone(), name.clone());
                checks.declare(object, rules.collect());
            }
        }
        checks
    }

    fn declare(&mut self, object: Checkable, rules: Vec<Rule>) {
        if !rules.is_empty() {
            self.objects.insert(object, (rules, None));
        }
    }

    /// Whether nothing has conditions.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Whether an object has conditions.
    #[must_use]
    pub fn has(&self, object: &Checkable) -> bool {
        self.objects.contains_key(object)
    }

    /// Says that an object has these instances; what is known of them stays.
    pub fn expand(
        &mut self,
        object: &Checkable,
        instances: impl IntoIterator<Item = CheckInstance>,
    ) {
        if let Some((_, found)) = self.objects.get_mut(object) {
            let found = found.get_or_insert_default();
            for instance in instances {
                found.entry(instance).or_default();
            }
        }
    }

    /// Records how a condition of an instance fared.
    pub fn report(
        &mut self,
        object: &Checkable,
        at: &CheckInstance,
        rule: Rule,
        status: CheckStatus,
        message: Option<String>,
    ) {
        if let Some((_, found)) = self.objects.get_mut(object) {
            let outcomes = found.get_or_insert_default().entry(at.clone()).or_default();
            outcomes.insert(rule, Outcome { status, message });
        }
    }

    /// How the conditions of an instance fared so far, all together.
    #[must_use]
    pub fn status(&self, object: &Checkable, at: &CheckInstance) -> CheckStatus {
        let found = self.objects.get(object);
        found
            .and_then(|(rules, instances)| Some(together(rules, instances.as_ref()?.get(at)?)))
            .unwrap_or(CheckStatus::Unknown)
    }

    /// The results, sorted by address.
    #[must_use]
    pub fn results(&self) -> Vec<CheckResult> {
        let mut all: Vec<CheckResult> = self
            .objects
            .iter()
            .map(|(object, (rules, found))| {
                let instances: Option<Vec<InstanceResult>> = found.as_ref().map(|found| {
                    let each = found.iter().map(|(at, outcomes)| InstanceResult {
                        at: at.clone(),
                        status: together(rules, outcomes),
                        problems: problems(outcomes),
                    });
                    each.collect()
                });
                let status = match &instances {
                    Some(all) => all
                        .iter()
                        .map(|i| i.status)
                        .max()
                        .unwrap_or(CheckStatus::Pass),
                    None => CheckStatus::Unknown,
                };
                CheckResult {
                    object: object.clone(),
                    status,
                    instances,
                }
            })
            .collect();
        all.sort_by_cached_key(|r| r.object.to_string());
        all
    }
}

/// The conditions of an instance together; one that has not been evaluated is unknown.
fn together(rules: &[Rule], outcomes: &Outcomes) -> CheckStatus {
    let of = |rule| {
        outcomes
            .get(rule)
            .map_or(CheckStatus::Unknown, |o| o.status)
    };
    rules.iter().map(of).max().unwrap_or(CheckStatus::Pass)
}

fn problems(outcomes: &Outcomes) -> Vec<String> {
    let failed = outcomes.values().filter(|o| o.status == CheckStatus::Fail);
    let mut messages: Vec<String> = failed.filter_map(|o| o.message.clone()).collect();
    messages.sort();
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks() -> (Checks, Checkable) {
        let object = Checkable::Check(ModulePath::root(), "c".into());
        let mut checks = Checks::default();
        checks.declare(object.clone(), vec![Rule::Assert(0), Rule::Assert(1)]);
        (checks, object)
    }

    #[test]
    fn the_worst_status_stands_for_all_and_what_was_not_evaluated_is_unknown() {
        let (mut checks, object) = checks();
        let at = CheckInstance::default();
        let status = |checks: &Checks| checks.results()[0].status;
        assert_eq!(status(&checks), CheckStatus::Unknown);
        checks.expand(&object, []);
        assert_eq!(status(&checks), CheckStatus::Pass, "there are no instances");
        let mut report = |rule, status, message: Option<&str>| {
            checks.report(&object, &at, rule, status, message.map(str::to_owned));
            checks.results().remove(0)
        };
        let result = report(Rule::Assert(0), CheckStatus::Pass, None);
        assert_eq!(result.status, CheckStatus::Unknown);
        let result = report(Rule::Assert(1), CheckStatus::Pass, None);
        assert_eq!(result.status, CheckStatus::Pass);
        let result = report(Rule::Assert(0), CheckStatus::Fail, Some("b"));
        assert_eq!(result.status, CheckStatus::Fail);
        let result = report(Rule::Assert(1), CheckStatus::Fail, Some("a"));
        assert_eq!(result.instances.unwrap()[0].problems, ["a", "b"]);
        let result = report(Rule::Assert(1), CheckStatus::Error, None);
        assert_eq!(result.status, CheckStatus::Error);
        assert_eq!(result.instances.unwrap()[0].problems, ["b"]);
    }

    #[test]
    fn what_has_no_conditions_is_not_recorded() {
        let (mut checks, _) = checks();
        let other = Checkable::Output(ModulePath::root(), "o".into());
        checks.report(
            &other,
            &CheckInstance::default(),
            Rule::Precondition(0),
            CheckStatus::Pass,
            None,
        );
        assert_eq!(checks.results().len(), 1);
    }
}
