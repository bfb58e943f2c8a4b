//! Lines of the `-json` stream that tell of a whole plan or run: version, planned changes, drift,
//! summary and outputs. Lines of single events are in [`super::super::events`].

use serde_json::{Map, Value as Json, json};
use trunkline_api::Value;
use trunkline_api::json::type_json;

use super::masks::known_json;
use crate::plan::{Action, Counts, Drift, Plan, Reason, ResourceChange};
use crate::report::events::{resource_json, stream_line};

/// The first line of a stream.
#[must_use]
pub fn version_line(product: &str, terraform_version: &str, timestamp: &str) -> String {
    let message = format!("{product} {terraform_version}");
    let payload = json!({ "terraform": terraform_version, "type": "version", "ui": "1.2" });
    stream_line("info", &message, "version", timestamp, payload)
}

/// The lines that show a plan: what was found changed, what is to be done, the counts, and the outputs where
/// there are any.
#[must_use]
pub fn plan_lines(plan: &Plan, timestamp: &str) -> Vec<String> {
    let drift = plan.drift.iter().map(|d| drift_line(d, timestamp));
    let mut lines: Vec<String> = drift.collect();
    lines.extend(planned_lines(plan, timestamp));
    lines.push(change_summary_line(&plan.counts(), "plan", timestamp));
    if !plan.outputs.is_empty() {
        let outputs = plan
            .outputs
            .iter()
            .map(|o| (&*o.name, o.sensitive, OutputNews::Planned(o.action)));
        lines.push(outputs_line(outputs, timestamp));
    }
    lines
}

/// The lines of what a plan is going to do.
#[must_use]
pub fn planned_lines(plan: &Plan, timestamp: &str) -> Vec<String> {
    plan.changes
        .iter()
        .filter_map(|c| planned_change_line(c, timestamp))
        .collect()
}

/// The line of a planned change; `None` for a no-op that neither moves nor imports anything.
#[must_use]
pub fn planned_change_line(change: &ResourceChange, timestamp: &str) -> Option<String> {
    let from = change.previous_address.as_ref();
    let from = from.filter(|from| **from != change.address);
    let action = match change.action {
        Action::NoOp if from.is_some() => "move",
        Action::NoOp if change.details.importing.is_some() => "import",
        Action::NoOp => return None,
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Forget => "remove",
        Action::DeleteThenCreate | Action::CreateThenDelete => "replace",
    };
    let mut body = Map::new();
    body.insert("resource".into(), resource_json(&change.address));
    if let Some(from) = from {
        body.insert("previous_resource".into(), resource_json(from));
    }
    body.insert("action".into(), json!(action));
    if let Some(reason) = change.reason.and_then(|r| reason_word(r, change.action)) {
        body.insert("reason".into(), json!(reason));
    }
    if let Some(id) = &change.details.importing {
        body.insert("importing".into(), json!({ "id": id }));
    }
    let message = format!("{}: Plan to {action}", change.address);
    let payload = json!({ "change": body });
    Some(stream_line(
        "info",
        &message,
        "planned_change",
        timestamp,
        payload,
    ))
}

/// The stream's word for a reason; it differs from the plan document's for replacements.
fn reason_word(reason: Reason, action: Action) -> Option<&'static str> {
    match reason {
        Reason::Tainted => Some("tainted"),
        Reason::Requested => Some("requested"),
        Reason::Triggered => Some("replace_triggered_by"),
        Reason::CannotUpdate if action.is_replace() => Some("cannot_update"),
        other => super::plan::reason_word(other, action),
    }
}

/// The line of an object that was found changed.
#[must_use]
pub fn drift_line(drift: &Drift, timestamp: &str) -> String {
    let action = if drift.after.is_null() {
        "delete"
    } else {
        "update"
    };
    let message = format!("{}: Drift detected ({action})", drift.address);
    let body = json!({ "resource": resource_json(&drift.address), "action": action });
    let payload = json!({ "change": body });
    stream_line("info", &message, "resource_drift", timestamp, payload)
}

/// The counts at a plan's or run's end; `operation` is `plan`, `apply` or `destroy`.
#[must_use]
pub fn change_summary_line(counts: &Counts, operation: &str, timestamp: &str) -> String {
    let n = counts;
    let import = |word: &str| match n.import {
        0 => String::new(),
        n => format!("{n} {word}, "),
    };
    let message = match operation {
        "apply" => format!(
            "Apply complete! Resources: {}{} added, {} changed, {} destroyed.",
            import("imported"),
            n.add,
            n.change,
            n.destroy
        ),
        "destroy" => format!("Destroy complete! Resources: {} destroyed.", n.destroy),
        _ => format!(
            "Plan: {}{} to add, {} to change, {} to destroy.",
            import("to import"),
            n.add,
            n.change,
            n.destroy
        ),
    };
    let changes = json!({
        "add": n.add,
        "change": n.change,
        "import": n.import,
        "remove": n.destroy,
        "operation": operation,
    });
    let payload = json!({ "changes": changes });
    stream_line("info", &message, "change_summary", timestamp, payload)
}

/// A remark that belongs to no other kind of message.
#[must_use]
pub fn log_line(message: &str, timestamp: &str) -> String {
    stream_line("info", message, "log", timestamp, json!({}))
}

/// What the outputs line says of one output.
#[derive(Clone, Copy)]
pub enum OutputNews<'a> {
    /// What a plan does to it.
    Planned(Action),
    /// Its value after a run.
    Value(&'a Value),
}

/// The line of the outputs: name, whether sensitive, and the news. Sensitive values are left out.
#[must_use]
pub fn outputs_line<'a>(
    outputs: impl Iterator<Item = (&'a str, bool, OutputNews<'a>)>,
    timestamp: &str,
) -> String {
    let mut all = Map::new();
    for (name, sensitive, news) in outputs {
        let mut body = Map::new();
        body.insert("sensitive".into(), json!(sensitive));
        match news {
            OutputNews::Planned(action) => {
                let word = match action {
                    Action::NoOp => "noop",
                    Action::Create => "create",
                    Action::Delete => "delete",
                    _ => "update",
                };
                body.insert("action".into(), json!(word));
            }
            OutputNews::Value(value) => {
                body.insert("type".into(), type_json(&value.ty()));
                if !sensitive {
                    body.insert("value".into(), known_json(value, false));
                }
            }
        }
        all.insert(name.to_owned(), Json::Object(body));
    }
    let message = format!("Outputs: {}", all.len());
    let payload = json!({ "outputs": all });
    stream_line("info", &message, "outputs", timestamp, payload)
}
