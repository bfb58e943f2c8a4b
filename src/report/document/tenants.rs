//! Two tenants beside each other, in every format of a report: what differs, by name.
//!
//! Text and JSON are those of the command itself. Nothing that is sensitive is in the rows, so no format can show it.
//! Pure: nothing is read, and nothing is decided here.

use std::fmt::Write;

use trunkline_api::Diagnostic;

use super::html::{STYLE, escape};
use super::markdown::text::{fenced, prose};
use super::rows::{Row, Text, rows};
use super::{Format, markdown};
use crate::plan::Action;
use crate::plan::compare::Compared;
use crate::report::Schemas;
use crate::report::annotations::{render_annotations, render_notice};
use crate::report::compare_text::{compare_json, how, render_compare, verdict, what};
use crate::report::junit::{Case, Suite, render as render_suites};
use crate::report::plan_text::Sides;
use crate::report::style::Style;

/// One object that is not the same in both.
struct Difference {
    /// Its type and name.
    what: String,
    /// In which tenant it is, or that it differs.
    how: String,
    class: &'static str,
    rows: Vec<Row>,
    unchanged: usize,
}

/// The report; `names` are those of the two providers.
#[must_use]
pub fn render(
    found: &Compared,
    names: (&str, &str),
    schemas: &dyn Schemas,
    format: Format,
) -> String {
    let differences = || -> Vec<Difference> {
        let all = found.changes.iter().map(|change| {
            let (rows, unchanged) = rows(&Sides::new(change, schemas).diff(None), "");
            Difference {
                what: what(change),
                how: how(change, names),
                class: match change.action {
                    Action::Create => "create",
                    Action::Delete => "destroy",
                    _ => "update",
                },
                rows,
                unchanged,
            }
        });
        all.collect()
    };
    let verdict = verdict(found, names);
    match format {
        Format::Text => render_compare(found, names, schemas, &Style::default()),
        Format::Json => format!("{}\n", compare_json(found, names, schemas)),
        Format::Markdown => in_markdown(&differences(), &verdict),
        Format::Html => in_html(&differences(), names, &verdict),
        Format::Annotations => in_annotations(&differences(), &verdict),
        Format::Junit => in_junit(&differences(), &verdict),
    }
}

/// For a comment: what does not fit in one is counted.
fn in_markdown(differences: &[Difference], verdict: &str) -> String {
    const END: usize = 200;
    let mut out = format!("### Tenants beside each other\n\n{}\n\n", prose(verdict));
    for (n, difference) in differences.iter().enumerate() {
        let heading = format!(
            "#### {} {}\n\n",
            prose(&difference.what),
            prose(&difference.how)
        );
        let whole = format!(
            "{heading}{}",
            fenced(&difference.rows, difference.unchanged)
        );
        let fits = |text: &str| out.len() + text.len() + END <= markdown::LIMIT;
        let part = [whole, heading].into_iter().find(|text| fits(text));
        match part {
            Some(part) => out.push_str(&part),
            None => {
                let left = differences.len() - n;
                let _ = writeln!(
                    out,
                    "… and {left} more, for which a comment has no room: see `compare` itself."
                );
                break;
            }
        }
    }
    out
}

fn in_html(differences: &[Difference], names: (&str, &str), verdict: &str) -> String {
    let title = escape(&format!("{} and {} beside each other", names.0, names.1));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>{title}</h1>\n<p>{}</p>\n</header>\n<main>\n",
        escape(verdict)
    );
    for difference in differences {
        let _ = write!(
            out,
            "<section>\n<h2><span class=\"{}\">{}</span> {}</h2>\n<table>\n<thead><tr><th scope=\"col\">What</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead>\n<tbody>\n",
            difference.class,
            escape(&difference.how),
            escape(&difference.what),
            escape(names.0),
            escape(names.1),
        );
        for row in &difference.rows {
            let side = |text: &Option<Text>, tag: &str| match text {
                Some(text) => format!("<td><{tag}>{}</{tag}></td>", escape(&plain(text))),
                None => "<td></td>".to_owned(),
            };
            let _ = writeln!(
                out,
                "<tr><th scope=\"row\">{}</th>{}{}</tr>",
                escape(&row.path),
                side(&row.before, "del"),
                side(&row.after, "ins"),
            );
        }
        out.push_str("</tbody>\n</table>\n");
        if difference.unchanged > 0 {
            let _ = writeln!(out, "<p>The same otherwise: {}.</p>", difference.unchanged);
        }
        out.push_str("</section>\n");
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn in_annotations(differences: &[Difference], verdict: &str) -> String {
    let warning = |d: &Difference| {
        let detail = format!("{} {}", d.what, d.how);
        Diagnostic::warning("The tenants are not the same", detail)
    };
    let warnings: Vec<Diagnostic> = differences.iter().map(warning).collect();
    let mut out = render_notice("Tenants beside each other", verdict);
    out.push_str(&render_annotations(&warnings, ""));
    out
}

/// A difference is a case that fails: who has this asked for wants two tenants that are the same.
fn in_junit(differences: &[Difference], verdict: &str) -> String {
    let failed = |d: &Difference| {
        let mut text = String::new();
        for row in &d.rows {
            let side = |text: &Option<Text>| text.as_ref().map_or_else(|| "-".to_owned(), plain);
            let _ = writeln!(
                text,
                "{}: {} | {}",
                row.path,
                side(&row.before),
                side(&row.after)
            );
        }
        Case {
            name: d.what.clone(),
            status: "fail",
            message: d.how.clone(),
            text,
            time: None,
        }
    };
    let mut cases: Vec<Case> = differences.iter().map(failed).collect();
    if cases.is_empty() {
        cases.push(Case {
            name: verdict.to_owned(),
            status: "pass",
            message: String::new(),
            text: String::new(),
            time: None,
        });
    }
    render_suites(&[Suite {
        name: "compare".into(),
        cases,
    }])
}

fn plain(text: &Text) -> String {
    match text {
        Text::Value(text) => text.clone(),
        Text::Words(words) => (*words).to_owned(),
        Text::Lines(lines) => lines.to_string(),
    }
}
