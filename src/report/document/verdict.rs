//! The verdict on a plan, in one line: what calls for attention first, then everything else, each object counted once.
//!
//! It counts and judges nothing; a plan has the same verdict wherever it is shown.

use std::collections::BTreeMap;

use super::make::{self, what};
use super::{Attention, What};
use crate::plan::{Plan, PlanMode};

/// What there is to be said of a plan in short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Planning ended early with errors.
    pub errored: bool,
    /// How many objects call for attention, by how they do.
    pub calls: BTreeMap<Attention, usize>,
    /// How many objects each thing happens to.
    pub happens: BTreeMap<What, usize>,
    /// How many root outputs change.
    pub outputs: usize,
}

impl Verdict {
    /// The verdict on a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Verdict {
        let mut verdict = Verdict {
            errored: plan.errored,
            outputs: plan.outputs.iter().filter(|o| make::changes(o)).count(),
            ..Verdict::default()
        };
        // Refreshing only takes over what was found; nothing is done to the objects.
        if plan.mode == PlanMode::RefreshOnly {
            return verdict;
        }
        for change in &plan.changes {
            if let Some(what) = what(change) {
                verdict.count(what, &Attention::of(change));
            }
        }
        verdict
    }

    /// Counts an object.
    pub fn count(&mut self, what: What, calls: &[Attention]) {
        *self.happens.entry(what).or_insert(0) += 1;
        for attention in calls {
            *self.calls.entry(*attention).or_insert(0) += 1;
        }
    }

    /// The line.
    #[must_use]
    pub fn text(&self) -> String {
        let first = self.calls.iter().map(|(a, n)| a.counted(*n));
        let first: Vec<String> = first.collect();
        let rest: Vec<String> = [
            (What::Update, "changes"),
            (What::Create, "creates"),
            (What::Read, "reads"),
            (What::Move, "moves"),
            (What::Import, "imports"),
        ]
        .iter()
        .filter_map(|(what, word)| Some(format!("{word} {}", self.happens.get(what)?)))
        .collect();
        let outputs = match self.outputs {
            0 => None,
            1 => Some("1 output changes".to_owned()),
            n => Some(format!("{n} outputs change")),
        };
        let mut parts = Vec::new();
        if self.errored {
            parts.push("Planning ended with errors".to_owned());
        }
        match first.is_empty() {
            false => parts.push(first.join(", ")),
            // What was not planned any more may be anything.
            true if self.errored => {}
            true if rest.is_empty() && outputs.is_none() => parts.push("No changes".to_owned()),
            true => parts.push("Nothing is destroyed, replaced or bought".to_owned()),
        }
        if !rest.is_empty() {
            parts.push(rest.join(", "));
        }
        parts.extend(outputs);
        let mut text = parts.join(" · ");
        if let Some(first) = text.get(..1) {
            let first = first.to_ascii_uppercase();
            text.replace_range(..1, &first);
        }
        text
    }
}
