//! What a review says beyond a plan: between which commits, what looks renamed, and with a state at hand, what the
//! later configuration plans on it that the earlier does not.
//!
//! Every format is written from it; it decides nothing.

use serde_json::{Value as Json, json};

use super::make::what;
use super::{Attention, What};
use crate::plan::between::between;
use crate::plan::cause::key;
use crate::plan::{OutputChange, Plan, ResourceChange, renames};

/// What lies between two configurations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The earlier commit, shortened.
    pub base: String,
    /// The later commit, shortened.
    pub head: String,
    /// What looks renamed: from, to, as `moved` blocks have them.
    pub renames: Vec<(String, String)>,
    /// What both plan on a state, where one is at hand.
    pub on_state: Option<OnState>,
}

/// Two plans on one state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnState {
    /// What the later does otherwise, the gravest first.
    pub planned: Vec<Planned>,
    /// Root outputs that the later plan leaves otherwise.
    pub outputs: Vec<String>,
    /// How many changes both have alike.
    pub alike: usize,
}

/// An object for which two plans differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Its address.
    pub name: String,
    /// What happens to it by the later plan.
    pub now: Option<What>,
    /// What happens to it by the earlier plan.
    pub before: Option<What>,
    /// What a reviewer looks at first.
    pub attention: Vec<Attention>,
}

impl Comparison {
    /// What there is to say of the later plan, between these commits.
    #[must_use]
    pub fn new(plan: &Plan, (base, head): (&str, &str), on_state: Option<(&Plan, &Plan)>) -> Self {
        let short = |commit: &str| commit.get(..10).unwrap_or(commit).to_owned();
        Comparison {
            base: short(base),
            head: short(head),
            renames: renames::renames(plan),
            on_state: on_state.map(|(earlier, later)| OnState::new(earlier, later)),
        }
    }

    /// The `moved` blocks that are missing.
    #[must_use]
    pub fn moved_blocks(&self) -> Vec<String> {
        let block = |(from, to): &(String, String)| {
            format!("moved {{\n  from = {from}\n  to   = {to}\n}}\n")
        };
        self.renames.iter().map(block).collect()
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Json {
        let renames = self
            .renames
            .iter()
            .map(|(from, to)| json!({"from": from, "to": to}));
        let word = |what: Option<What>| what.map(What::word);
        let on_state = self.on_state.as_ref().map(|s| {
            let planned = s.planned.iter().map(|p| {
                let calls: Vec<&str> = p.attention.iter().map(|a| a.word()).collect();
                json!({"address": p.name, "now": word(p.now), "before": word(p.before), "calls": calls})
            });
            json!({
                "planned": planned.collect::<Vec<_>>(),
                "outputs": s.outputs,
                "alike": s.alike,
            })
        });
        json!({
            "base": self.base,
            "head": self.head,
            "renames": renames.collect::<Vec<_>>(),
            "on_state": on_state,
        })
    }
}

/// The words above suggestions.
pub const RENAMED: &str =
    "These look renamed. Without moved blocks they are destroyed and made again:";

impl OnState {
    fn new(earlier: &Plan, later: &Plan) -> OnState {
        let found = between(earlier, later);
        let entry = |now: Option<&ResourceChange>, before: Option<&ResourceChange>| Planned {
            name: now.or(before).map(key).unwrap_or_default(),
            now: now.and_then(what),
            before: before.and_then(what),
            attention: now.map(Attention::of).unwrap_or_default(),
        };
        let brings = found.brings.iter().map(|c| entry(Some(c), None));
        let alters = found.alters.iter().map(|(b, a)| entry(Some(a), Some(b)));
        let back = found.takes_back.iter().map(|c| entry(None, Some(c)));
        let mut planned: Vec<Planned> = brings.chain(alters).chain(back).collect();
        planned.sort_by_key(|p| (p.now.is_none(), p.now, p.before));
        OnState {
            planned,
            outputs: outputs(earlier, later),
            alike: found.alike,
        }
    }

    /// Everything in one line.
    #[must_use]
    pub fn verdict(&self) -> String {
        let count = |kind| self.planned.iter().filter(|p| p.kind() == kind).count();
        let parts = [
            (count(Kind::Brings), "brings", "into the plan"),
            (count(Kind::Alters), "alters", "in it"),
            (count(Kind::TakesBack), "takes", "out of it"),
        ];
        let mut parts: Vec<String> = parts
            .iter()
            .filter(|(n, ..)| *n > 0)
            .map(|(n, does, end)| {
                let s = if *n == 1 { "" } else { "s" };
                format!("{does} {n} change{s} {end}")
            })
            .collect();
        match self.outputs.len() {
            0 => {}
            1 => parts.push("gives 1 output another value".to_owned()),
            n => parts.push(format!("gives {n} outputs other values")),
        }
        let mut text = match parts.is_empty() {
            true => {
                "On the state that is at hand, this branch plans what its base plans".to_owned()
            }
            false => format!(
                "On the state that is at hand, this branch {}",
                parts.join(", ")
            ),
        };
        match self.alike {
            0 => text.push('.'),
            1 => text.push_str("; 1 change is planned without it too."),
            n => text.push_str(&format!("; {n} changes are planned without it too.")),
        }
        text
    }
}

/// How two plans differ about an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only the later has something for it.
    Brings,
    /// Both have, and not the same.
    Alters,
    /// Only the earlier has.
    TakesBack,
}

impl Planned {
    /// How the plans differ.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match (self.now, self.before) {
            (None, _) => Kind::TakesBack,
            (Some(_), None) => Kind::Brings,
            (Some(_), Some(_)) => Kind::Alters,
        }
    }

    /// What is done, before the address.
    #[must_use]
    pub fn word(&self) -> String {
        match (self.now, self.before) {
            (Some(now), _) => now.word().to_owned(),
            (None, before) => format!("no longer {}", before.map_or("change", What::word)),
        }
    }

    /// What was to be done before, after the address; nothing where that says the word.
    #[must_use]
    pub fn rest(&self) -> String {
        let other = |a: &Attention| {
            !matches!(
                a,
                Attention::Destroy | Attention::Replace | Attention::Forget
            )
        };
        let mut parts: Vec<String> = self
            .attention
            .iter()
            .filter(|a| other(a))
            .map(|a| a.word().to_owned())
            .collect();
        match (self.now, self.before) {
            (Some(now), Some(before)) if now == before => {
                parts.push("otherwise than its base".into())
            }
            (Some(_), Some(before)) => parts.push(format!("its base: {}", before.word())),
            _ => {}
        }
        match parts.is_empty() {
            true => String::new(),
            false => format!(" ({})", parts.join("; ")),
        }
    }
}

/// Outputs that two plans leave with different values.
fn outputs(earlier: &Plan, later: &Plan) -> Vec<String> {
    let find = |name: &str| earlier.outputs.iter().find(|o| &*o.name == name);
    let same = |a: &OutputChange, b: &OutputChange| a.action == b.action && a.after.same(&b.after);
    let differs = |o: &&OutputChange| find(&o.name).is_none_or(|b| !same(o, b));
    let gone = |o: &&OutputChange| !later.outputs.iter().any(|l| l.name == o.name);
    let mut names: Vec<String> = later
        .outputs
        .iter()
        .filter(differs)
        .chain(earlier.outputs.iter().filter(gone))
        .map(|o| o.name.to_string())
        .collect();
    names.sort();
    names
}
