//! A document as GitHub annotations: what calls for attention, beside the lines where it is written.
//!
//! The host shows ten of a kind, so the gravest come first; ordinary changes have no line of their own.

use trunkline_api::diagnostic::Pos;
use trunkline_api::{Diagnostic, Span};

use super::{Attention, Document, Entry, Place, Problem};
use crate::report::annotations::{render_annotations, render_notice};

/// One line a call for attention, and one for the verdict. `folder` is put before the names of files; it ends with `/`
/// where it is not empty.
#[must_use]
pub fn render(document: &Document, folder: &str) -> String {
    let title = match document.review {
        Some(_) => "Review",
        None => "Plan",
    };
    let mut out = render_notice(
        title,
        &format!("{} · {}", document.verdict(), document.summary()),
    );
    let mut found: Vec<Diagnostic> = document.problems.iter().map(error).collect();
    for entry in document.policy.iter().flatten() {
        let detail = format!("{} ({})", entry.message, entry.rule);
        found.push(match entry.denies {
            true => Diagnostic::error("A policy forbids this plan", detail),
            false => Diagnostic::warning("A policy warns", detail),
        });
    }
    for check in &document.checks {
        let detail = format!("{}: {}", check.name, check.problems.join("; "));
        found.push(Diagnostic::warning("Condition does not hold", detail));
    }
    if let Some(review) = &document.review {
        for (from, to) in &review.renames {
            let detail = format!(
                "{from} looks renamed to {to}. Without a moved block it is destroyed and made again."
            );
            found.push(Diagnostic::warning("A moved block is missing", detail));
        }
        if let Some(state) = &review.on_state {
            out.push_str(&render_notice("On the state", &state.verdict()));
        }
    }
    for attention in Attention::ALL {
        found.extend(document.calling(attention).map(|e| warning(e, attention)));
    }
    out.push_str(&render_annotations(&found, folder));
    out
}

fn error(problem: &Problem) -> Diagnostic {
    let error = Diagnostic::error(problem.summary.as_str(), problem.detail.as_str());
    let error = match &problem.object {
        Some(object) => error.about(object.as_str()),
        None => error,
    };
    match &problem.place {
        Some(place) => error.at(span(place)),
        None => error,
    }
}

fn warning(entry: &Entry, attention: Attention) -> Diagnostic {
    let mut detail = vec![entry.sentence.clone()];
    detail.extend(entry.remarks.iter().cloned());
    if !entry.forced_by.is_empty() {
        detail.push(format!("forced by {}", entry.forced_by.join(", ")));
    }
    let summary = match attention {
        Attention::Destroy => "An object is destroyed",
        Attention::Replace => "An object is replaced",
        Attention::Purchase => "Something is bought",
        Attention::ChangeWindow => "A change window holds a change",
        Attention::ManualStep => "A manual step",
        Attention::Forget => "An object is no longer managed",
        Attention::Stays => "Something stays at the vendor",
    };
    let warning = Diagnostic::warning(summary, detail.join("; "));
    match &entry.place {
        Some(place) => warning.at(span(place)),
        None => warning,
    }
}

fn span(place: &Place) -> Span {
    let pos = |line| Pos {
        line,
        column: 1,
        byte: 0,
    };
    Span {
        file: place.file.as_str().into(),
        start: pos(place.line),
        // A column only means something within one line, and this is about the whole block.
        end: pos(place.end.max(place.line + 1)),
    }
}
