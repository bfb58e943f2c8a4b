//! Two tenants beside each other, as text and as JSON. Pure.

use serde_json::{Value as Json, json};

use super::json::changes_json;
use super::plan_text::render_tenants;
use super::style::{Ink, Style};
use super::{Schemas, quote};
use crate::plan::compare::Compared;
use crate::plan::{Action, ResourceChange};

/// Version of the document here.
const FORMAT: &str = "1.0";

/// What differs, and how much is the same; `names` are those of the two providers.
#[must_use]
pub fn render_compare(
    found: &Compared,
    names: (&str, &str),
    schemas: &dyn Schemas,
    style: &Style,
) -> String {
    let mut out = String::new();
    for change in &found.changes {
        let title = style.paint(&[Ink::Bold], what(change));
        out.push_str(&format!("  # {title} {}\n", how(change, names)));
        out.push_str(&render_tenants(change, schemas, style));
        out.push('\n');
    }
    out.push_str(&verdict(found, names));
    out.push('\n');
    out
}

/// The type and name of what differs.
#[must_use]
pub fn what(change: &ResourceChange) -> String {
    let resource = &change.address.resource;
    let name = quote::attribute_name(&resource.name);
    format!("{} {name}", resource.type_name)
}

/// In which tenant an object is, or that it differs.
#[must_use]
pub fn how(change: &ResourceChange, names: (&str, &str)) -> String {
    match change.action {
        Action::Create => format!("is only in {}", names.1),
        Action::Delete => format!("is only in {}", names.0),
        _ => "differs".to_owned(),
    }
}

/// How much differs, and how much is the same.
#[must_use]
pub fn verdict(found: &Compared, names: (&str, &str)) -> String {
    let count = |action: Action| found.changes.iter().filter(|c| c.action == action).count();
    format!(
        "From {} to {}: {} differ, {} are only in {}, {} are only in {}, {} are the same.",
        names.0,
        names.1,
        count(Action::Update),
        count(Action::Delete),
        names.0,
        count(Action::Create),
        names.1,
        found.same,
    )
}

/// The same for programs. A format of our own: sensitive values are left out.
#[must_use]
pub fn compare_json(found: &Compared, names: (&str, &str), schemas: &dyn Schemas) -> Json {
    let changes = changes_json(&found.changes, schemas);
    let changes: Vec<Json> = changes
        .as_array()
        .into_iter()
        .flatten()
        .zip(&found.changes)
        .map(|(shown, change)| {
            let found = match change.action {
                Action::Create => "second",
                Action::Delete => "first",
                _ => "both",
            };
            json!({
                "type": &*change.address.resource.type_name,
                "name": &*change.address.resource.name,
                "in": found,
                "first": shown["change"]["before"],
                "second": shown["change"]["after"],
            })
        })
        .collect();
    json!({
        "format_version": FORMAT,
        "first": names.0,
        "second": names.1,
        "same": found.same,
        "differences": changes,
    })
}
