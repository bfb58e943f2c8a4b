//! Why objects change: which attribute, from which expression, through which references, from which changed input.
//!
//! - [`narrow`] finds the expressions behind the parts of a value that differ;
//! - [`chain`] follows references to where values come from;
//! - [`earlier`] knows the values that variables had in the last run;
//! - [`evidence`] says whether an input can have changed the value.
//!
//! It reads the configuration and a finished plan, evaluates nothing and decides nothing. An input of which no earlier
//! value is known is judged by what it has in common with the values before and after; that is told apart from what is
//! known.

pub mod chain;
pub mod earlier;
pub mod evidence;
pub mod narrow;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use trunkline_api::{Path, Span, Value};

use super::model::{Action, Drift, Plan, Reason, ResourceChange};
use crate::address::{Address, ModuleInstance, Resource};
use crate::config::{Config, ResourceConfig};
use crate::lookup::Lookup;
use chain::Chains;
use earlier::Earlier;

/// How an input bears on a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bearing {
    /// It changes in this plan, or it is what is written now where the value is another one.
    Changes,
    /// Its value is in what will be and was not in what was.
    Likely,
    /// It cannot be told.
    Possible,
    /// It stays as it is.
    Stays,
}

/// Where a value comes from, and where that comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The object, as the configuration names it.
    pub name: String,
    /// What is known of it beyond its place, e.g. what happens to a resource.
    pub told: Option<String>,
    /// The expression that gives its value.
    pub expression: Option<String>,
    /// Where that is.
    pub span: Option<Span>,
    /// How it bears on the change: the gravest of what it comes from.
    pub bearing: Bearing,
    /// The address of the changed object of the plan that it names, if it does.
    pub object: Option<String>,
    /// What it refers to.
    pub from: Vec<Link>,
}

/// The cause of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An attribute gets another value.
    Attribute {
        /// Its path as text.
        path: String,
        /// Its path.
        at: Path,
        /// It forces the replacement.
        forces: bool,
        /// It was changed outside, and goes back to what the configuration says.
        outside: bool,
        /// The expression, and what it refers to.
        link: Link,
    },
    /// `replace_triggered_by` names something that changes.
    Trigger(Link),
    /// Which instances there are is decided by `count` or `for_each`.
    Repetition(Link),
    /// Something else, in words.
    Words(String),
}

/// Why one object changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why {
    /// The causes.
    pub causes: Vec<Cause>,
    /// Addresses of the changes that come of this one, directly or through others.
    pub brings: Vec<String>,
}

/// Why each object of a plan changes, by address (with ` (deposed object KEY)` after that of a deposed one).
pub type Causes = BTreeMap<String, Why>;

/// The name of a change among causes.
#[must_use]
pub fn key(change: &ResourceChange) -> String {
    match &change.deposed {
        Some(key) => format!("{} (deposed object {key})", change.address),
        None => change.address.to_string(),
    }
}

/// Why everything in a plan changes.
#[must_use]
pub fn causes(config: &Config, plan: &Plan, earlier: &Earlier) -> Causes {
    let search = Search::new(config, plan, earlier);
    let mut causes = Causes::new();
    for change in plan.changes.iter().filter(|c| c.action != Action::NoOp) {
        let why = Why {
            causes: search.of(change),
            brings: Vec::new(),
        };
        causes.insert(key(change), why);
    }
    consequences(&mut causes);
    causes
}

/// Turns what each change comes of around: what each brings about.
fn consequences(causes: &mut Causes) {
    let mut direct: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, why) in &*causes {
        let mut objects = BTreeSet::new();
        for cause in &why.causes {
            match cause {
                Cause::Attribute {
                    link,
                    outside: false,
                    ..
                }
                | Cause::Trigger(link)
                | Cause::Repetition(link) => objects_of(link, &mut objects),
                Cause::Attribute { .. } | Cause::Words(_) => {}
            }
        }
        for object in objects.into_iter().filter(|o| o != name) {
            direct.entry(object).or_default().push(name.clone());
        }
    }
    for (name, why) in causes {
        let mut open: Vec<&String> = direct.get(name).into_iter().flatten().collect();
        let mut seen: BTreeSet<&String> = BTreeSet::new();
        while let Some(next) = open.pop() {
            // A change that brings about very many is told of some of them.
            if seen.len() < MOST_BROUGHT && next != name && seen.insert(next) {
                open.extend(direct.get(next).into_iter().flatten());
            }
        }
        why.brings = seen.into_iter().cloned().collect();
    }
}

/// Of how many consequences a change is told at most.
const MOST_BROUGHT: usize = 50;

fn objects_of(link: &Link, found: &mut BTreeSet<String>) {
    if link.bearing == Bearing::Changes {
        found.extend(link.object.clone());
        link.from.iter().for_each(|l| objects_of(l, found));
    }
}

/// What causes are looked for in.
pub struct Search<'a> {
    config: &'a Config,
    chains: Chains<'a>,
    drift: Lookup<&'a Address, &'a Drift>,
}

impl<'a> Search<'a> {
    /// Looks through the plan once.
    #[must_use]
    pub fn new(config: &'a Config, plan: &'a Plan, earlier: &'a Earlier) -> Search<'a> {
        Search {
            config,
            chains: Chains::new(config, plan, earlier),
            drift: plan.drift.iter().map(|d| (&d.address, d)).collect(),
        }
    }

    fn written(&self, address: &Address) -> Option<&'a ResourceConfig> {
        let module = self.config.module(&address.module.path())?;
        module.resource(&address.resource)
    }

    fn of(&self, change: &ResourceChange) -> Vec<Cause> {
        let written = self.written(&change.address);
        let mut causes = Vec::new();
        if change.deposed.is_some() {
            causes.push(Cause::Words(
                "It is left over from a replacement that did not end.".into(),
            ));
            return causes;
        }
        match change.reason {
            Some(Reason::Tainted) => causes.push(Cause::Words(
                "It is tainted: it was not made completely, or was marked for replacement.".into(),
            )),
            Some(Reason::Requested) => {
                causes.push(Cause::Words("-replace asks for its replacement.".into()));
            }
            Some(Reason::Triggered) => {
                let triggers = written.map(|w| w.meta.lifecycle.replace_triggered_by.as_slice());
                for trigger in triggers.unwrap_or_default() {
                    let link = self.chains.trigger(&change.address, trigger);
                    causes.push(Cause::Trigger(link));
                }
            }
            _ => {}
        }
        match change.action {
            Action::Create => causes.extend(self.created(change, written)),
            Action::Delete => causes.extend(self.deleted(change, written)),
            Action::Read => causes.push(Cause::Words(match change.reason {
                Some(Reason::CheckNested) => "A check reads it again after everything is done.".into(),
                _ => "What it is read with is known only during apply, or it depends on something that changes.".into(),
            })),
            Action::Forget => causes.push(Cause::Words(
                "A removed block with destroy = false takes it out of the state.".into(),
            )),
            _ => causes.extend(self.attributes(change, written)),
        }
        causes
    }

    fn created(&self, change: &ResourceChange, written: Option<&'a ResourceConfig>) -> Vec<Cause> {
        let found = self
            .drift
            .get(&change.address)
            .is_some_and(|d| d.after.is_null());
        let mut causes = vec![Cause::Words(match (found, written) {
            (true, _) => {
                "It was removed outside: the state has it, and it is there no longer.".into()
            }
            (false, None) => "Its configuration is generated.".into(),
            (false, Some(_)) => "It is in the configuration, and not in the state.".into(),
        })];
        // A number of instances that is written out made none of them where there was none before.
        let told = |cause: &Cause| {
            let written_out = matches!(cause, Cause::Repetition(link) if link.from.is_empty());
            let obvious = written_out && self.chains.all_new(&change.address);
            !found && !obvious
        };
        causes.extend(self.repetition(change, written).filter(told));
        causes
    }

    fn deleted(&self, change: &ResourceChange, written: Option<&'a ResourceConfig>) -> Vec<Cause> {
        let words = match change.reason {
            Some(Reason::NoResourceConfig) => "It is no longer in the configuration.",
            Some(Reason::NoModule) => "Its module is no longer in the configuration.",
            Some(Reason::WrongRepetition) => {
                "count or for_each was added or taken away, and no moved block says which instance it is now."
            }
            Some(Reason::CountIndex) => "Its index is beyond count.",
            Some(Reason::EachKey) => "Its key is not in for_each.",
            Some(Reason::NoMoveTarget) => {
                "It was moved to an address that is not in the configuration."
            }
            _ => "Everything is destroyed.",
        };
        let mut causes = vec![Cause::Words(words.into())];
        if let Some(Reason::CountIndex | Reason::EachKey | Reason::WrongRepetition) = change.reason
        {
            causes.extend(self.repetition(change, written));
        }
        causes
    }

    /// The expression that says which instances there are.
    fn repetition(
        &self,
        change: &ResourceChange,
        written: Option<&'a ResourceConfig>,
    ) -> Option<Cause> {
        let expr = written?.meta.repetition.expr()?;
        let link = self.chains.repetition(&change.address, expr);
        Some(Cause::Repetition(link))
    }

    /// The attributes that get other values.
    fn attributes(
        &self,
        change: &ResourceChange,
        written: Option<&'a ResourceConfig>,
    ) -> Vec<Cause> {
        let Some(written) = written else {
            return vec![Cause::Words("Its configuration is not there.".into())];
        };
        let mut causes = Vec::new();
        let drift = self.drift.get(&change.address);
        for part in narrow::parts(&written.body, &change.before, &change.after) {
            let forces = change.action.is_replace()
                && change
                    .details
                    .replace_paths
                    .iter()
                    .any(|p| narrow::covers(p, &part.path));
            let outside = drift.is_some_and(|d| narrow::went_back(d, &part));
            let link = self.chains.expression(&change.address, &part);
            causes.push(Cause::Attribute {
                path: part.name,
                at: part.path,
                forces,
                outside,
                link,
            });
        }
        let own =
            matches!(change.action, Action::Update) || change.reason == Some(Reason::CannotUpdate);
        if causes.is_empty() && own {
            causes.push(Cause::Words(
                "What changes in it is set by the provider, not by the configuration.".into(),
            ));
        }
        causes
    }
}

/// A resource in an instance of a module.
type Place = (ModuleInstance, Resource);

/// The changes of a plan by resource.
fn by_resource(plan: &Plan) -> Lookup<Place, Vec<&ResourceChange>> {
    let mut found: Lookup<Place, Vec<&ResourceChange>> = Lookup::default();
    for change in plan.changes.iter().filter(|c| c.deposed.is_none()) {
        let place = (
            change.address.module.clone(),
            change.address.resource.clone(),
        );
        found.entry(place).or_default().push(change);
    }
    found
}

/// A value at a name, where it is an object.
fn field(value: &Value, name: &str) -> Option<Value> {
    value.attr(name).cloned()
}

/// A name that is shared.
type Name = Arc<str>;
