//! A document for a terminal, in one line a change: the verdict, what calls for attention, everything else, and the
//! verdict again, so that it can be read from either end.
//!
//! It is Terraform's page that is shown without being asked for; this is shown on `plan -compact` only.

use super::{Document, Entry, What};
use crate::report::style::{Ink, Style};

/// From so many lines on the verdict stands at the end as well.
const LONG: usize = 20;

/// The text.
#[must_use]
pub fn render(document: &Document, style: &Style) -> String {
    let verdict = format!("{}\n", style.paint(&[Ink::Bold], document.verdict()));
    let mut out = format!("\n{verdict}");
    for remark in &document.remarks {
        out.push_str(&format!("{remark}\n"));
    }
    let (first, rest): (Vec<&Entry>, Vec<&Entry>) = document
        .entries
        .iter()
        .partition(|e| !e.attention.is_empty());
    for group in [first, rest] {
        if !group.is_empty() {
            out.push('\n');
        }
        for entry in group {
            out.push_str(&line(entry, style));
        }
    }
    if !document.outputs.is_empty() {
        let names: Vec<&str> = document.outputs.iter().map(|o| o.name.as_str()).collect();
        out.push_str(&format!("\nOutputs that change: {}\n", names.join(", ")));
    }
    for entry in document.policy.iter().flatten() {
        let word = if entry.denies { "Forbidden" } else { "Warning" };
        out.push_str(&format!("\n{word}: {} ({})\n", entry.message, entry.rule));
    }
    for check in &document.checks {
        out.push_str(&format!(
            "\nDoes not hold: {}: {}\n",
            check.name,
            check.problems.join("; ")
        ));
    }
    if document.entries.len() >= LONG {
        out.push_str(&format!("\n{verdict}"));
    }
    out.push_str(&format!("\n{}\n", document.summary()));
    out
}

fn line(entry: &Entry, style: &Style) -> String {
    let (sign, inks) = match entry.what {
        What::Destroy => ("  -", Ink::Red),
        What::Replace => ("-/+", Ink::Red),
        What::Forget => ("  .", Ink::Red),
        What::Update => ("  ~", Ink::Yellow),
        What::Create => ("  +", Ink::Green),
        What::Read => (" <=", Ink::Cyan),
        What::Move => (" ->", Ink::Dim),
        What::Import => (" <-", Ink::Dim),
    };
    let mut more: Vec<String> = entry.remarks.clone();
    if !entry.forced_by.is_empty() {
        more.insert(0, format!("forced by {}", entry.forced_by.join(", ")));
    }
    if let Some(because) = entry.replaced_because() {
        more.insert(0, because.to_owned());
    }
    if entry.what == What::Update {
        let mut names: Vec<&str> = entry
            .rows
            .iter()
            .map(|r| r.path.split(['.', '[']).next().unwrap_or(&r.path))
            .collect();
        names.dedup();
        more.insert(0, names.join(", "));
    }
    if entry.what == What::Move {
        let from = entry.sentence.split(" has moved to ").next().unwrap_or("");
        more.insert(0, format!("from {from}"));
    }
    let more = match more.is_empty() {
        true => String::new(),
        false => format!(
            "  {}",
            style.paint(&[Ink::Dim], format!("({})", more.join("; ")))
        ),
    };
    format!("{} {}{more}\n", style.paint(&[inks], sign), entry.name)
}
