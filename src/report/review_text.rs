//! What a branch changes, for a terminal: one line a change, what is changed in full, what looks renamed, and what lies
//! between the plans on the state that is at hand.

use super::Schemas;
use super::document::comparison::{OnState, RENAMED};
use super::document::{Document, What, compact};
use super::plan_text::render_change;
use super::style::{Ink, Style};
use crate::plan::{Action, Plan};

/// The text. `document` is about `plan`, and has what a review says.
#[must_use]
pub fn render_review(
    document: &Document,
    plan: &Plan,
    schemas: &dyn Schemas,
    style: &Style,
) -> String {
    let mut text = String::new();
    if let Some(review) = &document.review {
        text.push_str(&format!("Between {} and {}:\n", review.base, review.head));
    }
    text.push_str(&compact::render(document, style));
    let changed = plan.changes.iter().filter(|c| {
        matches!(
            c.action,
            Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete
        )
    });
    for change in changed {
        text.push('\n');
        text.push_str(&render_change(change, schemas, style));
    }
    let Some(review) = &document.review else {
        return text;
    };
    if !review.renames.is_empty() {
        text.push_str(&format!(
            "\n{RENAMED}\n\n{}",
            review.moved_blocks().join("\n")
        ));
    }
    if let Some(found) = &review.on_state {
        on_state(&mut text, found, style);
    }
    text
}

fn on_state(text: &mut String, found: &OnState, style: &Style) {
    let verdict = style.paint(&[Ink::Bold], found.verdict());
    text.push_str(&format!("\n{verdict}\n"));
    if !found.planned.is_empty() {
        text.push('\n');
    }
    for planned in &found.planned {
        let ink = match planned.now {
            Some(What::Destroy | What::Replace | What::Forget) => Ink::Red,
            Some(What::Update) => Ink::Yellow,
            Some(What::Create) => Ink::Green,
            _ => Ink::Dim,
        };
        text.push_str(&format!(
            "  {} {}{}\n",
            style.paint(&[ink], planned.word()),
            planned.name,
            planned.rest()
        ));
    }
    if !found.outputs.is_empty() {
        text.push_str(&format!("\nOutputs: {}\n", found.outputs.join(", ")));
    }
}
