//! A document as JUnit XML, for build servers: a case a change, one a problem that planning ended with, one a condition that does not hold, and one for what
//! a policy says (a warning is a skipped one).
//!
//! A change is no failure, whatever it is: what calls for attention is told in the case's text.

use super::comparison::{Comparison, Planned};
use super::{Document, Entry};
use crate::report::junit::{Case, Suite, render as render_suites};

/// The suites.
#[must_use]
pub fn render(document: &Document) -> String {
    let mut plan = Suite {
        name: "plan".into(),
        cases: document.entries.iter().map(change).collect(),
    };
    plan.cases.extend(document.problems.iter().map(|problem| {
        let place = problem.place.as_ref();
        let place = place.map_or_else(String::new, |p| format!("{}:{}: ", p.file, p.line));
        let name = format!("{place}{}", problem.summary);
        case(
            &name,
            "error",
            problem.summary.clone(),
            problem.told().to_owned(),
        )
    }));
    if document.errored && document.problems.is_empty() {
        let message = "Planning ended with errors".to_owned();
        plan.cases
            .push(case("planning", "error", message.clone(), message));
    }
    let mut suites = vec![plan];
    if !document.checks.is_empty() {
        let cases = document.checks.iter().map(|c| {
            let text = c.problems.join("\n");
            case(&c.name, "fail", "The condition does not hold".into(), text)
        });
        suites.push(Suite {
            name: "conditions".into(),
            cases: cases.collect(),
        });
    }
    if let Some(entries) = &document.policy {
        let cases = entries.iter().map(|entry| {
            let status = if entry.denies { "fail" } else { "skip" };
            case(
                &entry.rule,
                status,
                entry.message.clone(),
                entry.message.clone(),
            )
        });
        suites.push(Suite {
            name: "policies".into(),
            cases: cases.collect(),
        });
    }
    if let Some(review) = &document.review {
        suites.extend(of_review(review));
    }
    render_suites(&suites)
}

/// What looks renamed (skipped: it is advice), and what is planned on the state otherwise.
fn of_review(review: &Comparison) -> Vec<Suite> {
    let mut suites = Vec::new();
    if !review.renames.is_empty() {
        let cases = review.renames.iter().map(|(from, to)| {
            let message = "A moved block is missing".to_owned();
            case(&format!("{from} → {to}"), "skip", message, String::new())
        });
        suites.push(Suite {
            name: "renames".into(),
            cases: cases.collect(),
        });
    }
    if let Some(found) = &review.on_state {
        let name = |p: &Planned| format!("{} {}{}", p.word(), p.name, p.rest());
        let cases = found.planned.iter();
        let cases = cases.map(|p| case(&name(p), "pass", String::new(), String::new()));
        suites.push(Suite {
            name: "on the state".into(),
            cases: cases.collect(),
        });
    }
    suites
}

fn change(entry: &Entry) -> Case {
    let words: Vec<&str> = entry.attention.iter().map(|a| a.word()).collect();
    let words = match words.is_empty() {
        true => String::new(),
        false => format!(" [{}]", words.join(", ")),
    };
    case(
        &format!("{}{words}", entry.sentence),
        "pass",
        String::new(),
        String::new(),
    )
}

fn case(name: &str, status: &'static str, message: String, text: String) -> Case {
    Case {
        name: name.to_owned(),
        status,
        message,
        text,
        time: None,
    }
}
