//! The history as JSON, for programs. A format of our own: sensitive values are left out.

use serde_json::{Map, Value as Json, json};
use trunkline_state::{Event, RunRecord};

use super::plan::{output_change, resource_change};
use crate::plan::{OutputChange, ResourceChange};
use crate::report::Schemas;
use crate::report::history_text::result;

/// Version of the documents here.
const FORMAT: &str = "1.0";

fn run_object(run: &RunRecord) -> Map<String, Json> {
    let ending = run.ending.as_ref();
    let mut out = Map::new();
    out.insert("run".into(), json!(run.number));
    out.insert("id".into(), json!(run.start.id));
    out.insert("operation".into(), json!(run.start.operation));
    out.insert("who".into(), json!(run.start.who));
    out.insert("started".into(), json!(run.start.started));
    out.insert("finished".into(), json!(ending.map(|e| &e.finished)));
    out.insert("result".into(), json!(result(run)));
    out.insert("counts".into(), json!(ending.map(|e| &e.counts)));
    out.insert("git_commit".into(), json!(run.start.git_commit));
    out.insert("plan_digest".into(), json!(run.start.plan_digest));
    out
}

/// All runs, oldest first.
#[must_use]
pub fn runs_json(runs: &[RunRecord]) -> Json {
    let runs: Vec<Json> = runs.iter().map(|r| Json::Object(run_object(r))).collect();
    json!({"format_version": FORMAT, "runs": runs})
}

/// One run with what it did.
#[must_use]
pub fn run_json(
    run: &RunRecord,
    changes: &[ResourceChange],
    events: &[Event],
    schemas: &dyn Schemas,
) -> Json {
    let events = events.iter().map(|e| {
        json!({
            "address": e.key.address,
            "deposed": e.key.deposed,
            "action": e.action,
            "result": e.result,
        })
    });
    let mut out = Map::new();
    out.insert("format_version".into(), json!(FORMAT));
    out.append(&mut run_object(run));
    out.insert("resource_changes".into(), changes_json(changes, schemas));
    out.insert("events".into(), events.collect());
    Json::Object(out)
}

/// What differs between the states after two runs.
#[must_use]
pub fn difference_json(
    changes: &[ResourceChange],
    outputs: &[OutputChange],
    schemas: &dyn Schemas,
) -> Json {
    let outputs: Map<String, Json> = outputs
        .iter()
        .map(|o| (o.name.to_string(), output_change(o, true)))
        .collect();
    json!({
        "format_version": FORMAT,
        "resource_changes": changes_json(changes, schemas),
        "output_changes": outputs,
    })
}

/// Changes with their values, what is sensitive left out.
pub(in crate::report) fn changes_json(changes: &[ResourceChange], schemas: &dyn Schemas) -> Json {
    changes
        .iter()
        .map(|c| resource_change(c, schemas, true))
        .collect()
}
