//! A long plan in brief, around its page: the verdict and what calls for attention by name, first and last, so that
//! it can be read from either end.
//!
//! The page itself is Terraform's and stays as it is; of a plan that is seen at a glance there is nothing to be said.

use super::make::{path_text, what};
use super::{Attention, Verdict};
use crate::plan::cause::key;
use crate::plan::{Plan, PlanMode, ResourceChange};
use crate::report::Schemas;
use crate::report::plan_text::{page_order, write_plan};
use crate::report::style::{Ink, Style};

/// A plan with so many changes is long.
pub const LONG: usize = 20;
/// So many objects are named.
const NAMED: usize = 10;
/// Longer remarks are cut.
const WIDE: usize = 100;

/// The page of a plan with what is to be said around it, handed on piece by piece.
pub fn write_page(plan: &Plan, schemas: &dyn Schemas, style: &Style, show: &mut dyn FnMut(&str)) {
    let brief = brief(plan, style);
    show(&brief);
    write_plan(plan, schemas, style, show);
    show(&brief);
}

/// The verdict and what calls for attention, where the plan is long; nothing of a short one.
fn brief(plan: &Plan, style: &Style) -> String {
    let verdict = Verdict::of(plan);
    let happens: usize = verdict.happens.values().sum();
    if happens < LONG || plan.mode == PlanMode::RefreshOnly {
        return String::new();
    }
    let mut first: Vec<(Vec<Attention>, &ResourceChange)> = plan
        .changes
        .iter()
        .filter(|c| what(c).is_some())
        .map(|c| (Attention::of(c), c))
        .filter(|(calls, _)| !calls.is_empty())
        .collect();
    first.sort_by(|(calls, one), (other_calls, other)| {
        let calls = calls[0].cmp(&other_calls[0]);
        calls.then_with(|| page_order(&one.address, &other.address))
    });
    let mut out = format!("\n{}\n", style.paint(&[Ink::Bold], verdict.text()));
    if first.is_empty() {
        return out;
    }
    out.push_str("\nTo look at first:\n");
    for (calls, change) in first.iter().take(NAMED) {
        let ink = match calls[0] {
            Attention::Destroy | Attention::Replace | Attention::Forget => Ink::Red,
            _ => Ink::Yellow,
        };
        let words: Vec<&str> = calls.iter().map(|a| a.word()).collect();
        out.push_str(&format!(
            "  {} {}{}\n",
            style.paint(&[ink], words.join(", ")),
            key(change),
            remark(change)
        ));
    }
    if first.len() > NAMED {
        out.push_str(&format!(
            "  and {} more; with -compact every change is one line\n",
            first.len() - NAMED
        ));
    }
    out
}

/// What forces a replacement, and what a provider or a change window says, in short.
fn remark(change: &ResourceChange) -> String {
    let mut parts = Vec::new();
    if change.action.is_replace() && !change.details.replace_paths.is_empty() {
        let paths: Vec<String> = change.details.replace_paths.iter().map(path_text).collect();
        parts.push(format!("forced by {}", paths.join(", ")));
    }
    parts.extend(change.details.notes.first().map(|note| note.text.clone()));
    if parts.is_empty() {
        return String::new();
    }
    let text = parts.join("; ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(WIDE) {
        None => format!(" ({text})"),
        Some((at, _)) => format!(" ({}…)", &text[..at]),
    }
}
