//! The history as people read it: the list of runs, and what one of them did.
//!
//! It is told everything and reads nothing.

use trunkline_state::{Event, RunRecord};

use super::plan_text::{render_between, render_outputs, render_past};
use super::style::{Ink, Style};
use super::{Schemas, text_table};
use crate::plan::{OutputChange, ResourceChange};

/// How a run ended, in a word.
#[must_use]
pub fn result(run: &RunRecord) -> &str {
    run.ending
        .as_ref()
        .map_or("unfinished", |ending| ending.result.as_str())
}

/// `3 added, 1 changed`; a dash where nothing was counted.
fn counted(run: &RunRecord) -> String {
    const WORDS: [(&str, &str); 5] = [
        ("import", "imported"),
        ("add", "added"),
        ("change", "changed"),
        ("destroy", "destroyed"),
        ("forget", "forgotten"),
    ];
    let counts = run.ending.as_ref().map(|ending| &ending.counts);
    let told: Vec<String> = WORDS
        .iter()
        .filter_map(|(name, word)| Some((counts?.get(*name)?, word)))
        .filter(|(n, _)| **n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    match told.is_empty() {
        true => "-".into(),
        false => told.join(", "),
    }
}

/// The first characters of an identifier that is too long for a table.
fn short(id: Option<&str>) -> String {
    id.map_or_else(|| "-".into(), |id| id.chars().take(8).collect())
}

/// The list of runs, newest first, as a table.
#[must_use]
pub fn render_runs(runs: &[RunRecord]) -> String {
    if runs.is_empty() {
        return "No runs yet.\n".into();
    }
    let heading = [
        "RUN", "STARTED", "WHAT", "WHO", "RESULT", "CHANGES", "COMMIT", "PLAN",
    ];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(runs.iter().rev().map(|run| {
        vec![
            run.number.to_string(),
            run.start.started.clone(),
            run.start.operation.clone(),
            run.start.who.clone(),
            result(run).to_owned(),
            counted(run),
            short(run.start.git_commit.as_deref()),
            short(run.start.plan_digest.as_deref()),
        ]
    }));
    text_table::render(&rows)
}

/// One run: who, when, what; its changes; what failed.
#[must_use]
pub fn render_run(
    run: &RunRecord,
    changes: &[ResourceChange],
    events: &[Event],
    schemas: &dyn Schemas,
    style: &Style,
) -> String {
    let title = format!("Run {}: {}", run.number, run.start.operation);
    let mut out = format!("{}\n", style.paint(&[Ink::Bold], title));
    let ended = match &run.ending {
        Some(ending) => format!("{} ({})", ending.result, ending.finished),
        None => "unfinished: it is still running, or its process died".into(),
    };
    let facts = [
        ("Id", Some(run.start.id.clone())),
        ("Who", Some(run.start.who.clone())),
        ("Started", Some(run.start.started.clone())),
        ("Result", Some(ended)),
        ("Commit", run.start.git_commit.clone()),
        ("Plan", run.start.plan_digest.clone()),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            out.push_str(&format!("  {name:<8} {value}\n"));
        }
    }
    for change in changes {
        out.push('\n');
        out.push_str(&render_past(change, schemas, style));
    }
    if !events.is_empty() {
        out.push('\n');
    }
    for event in events {
        out.push_str(&format!(
            "  ! {}: {} {}\n",
            event.key, event.action, event.result
        ));
    }
    if changes.is_empty() && events.is_empty() {
        out.push_str("\nThe run changed no object.\n");
    }
    out
}

/// What differs between the states after two runs.
#[must_use]
pub fn render_difference(
    changes: &[ResourceChange],
    outputs: &[OutputChange],
    schemas: &dyn Schemas,
    style: &Style,
) -> String {
    let mut parts: Vec<String> = changes
        .iter()
        .map(|change| render_between(change, schemas, style))
        .collect();
    let outputs = render_outputs(outputs, style);
    if !outputs.is_empty() {
        let heading = style.paint(&[Ink::Bold], "Changes to Outputs:");
        parts.push(format!("{heading}\n{outputs}"));
    }
    match parts.is_empty() {
        true => "No differences.\n".into(),
        false => parts.join("\n"),
    }
}
