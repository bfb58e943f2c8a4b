//! Messages of the `-json` stream that tell of tests.
//!
//! Those of problems carry the file and the run that they are about.

use serde_json::{Map, Value as Json, json};
use trunkline_api::Diagnostic;

use super::diagnostic::diagnostic_line;
use crate::report::events::stream_line;
use crate::report::snippet::SourceText;

/// Where a message belongs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place<'p> {
    /// The file.
    pub file: Option<&'p str>,
    /// The run.
    pub run: Option<&'p str>,
}

fn line(message: &str, kind: &str, place: Place<'_>, now: &str, payload: Json) -> String {
    placed(&stream_line("info", message, kind, now, payload), place)
}

/// The message with the file and the run that it is about.
fn placed(line: &str, place: Place<'_>) -> String {
    let Ok(fields) = serde_json::from_str::<Map<String, Json>>(line) else {
        return line.to_owned();
    };
    let mut out = Map::new();
    for (key, value) in fields {
        if key == "@timestamp" {
            let file = place.file.map(|f| ("@testfile", f));
            let run = place.run.map(|r| ("@testrun", r));
            for (key, value) in file.into_iter().chain(run) {
                out.insert(key.into(), json!(value));
            }
        }
        out.insert(key, value);
    }
    Json::Object(out).to_string()
}

fn counted(n: usize, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}

/// Which files and runs there are.
#[must_use]
pub fn found(files: &[(&str, Vec<&str>)], now: &str) -> String {
    let runs = files.iter().map(|(_, runs)| runs.len()).sum();
    let message = format!(
        "Found {} and {}",
        counted(files.len(), "file"),
        counted(runs, "run block")
    );
    let all: Map<String, Json> = files
        .iter()
        .map(|(file, runs)| ((*file).to_owned(), json!(runs)))
        .collect();
    let payload = json!({ "test_abstract": all });
    line(&message, "test_abstract", Place::default(), now, payload)
}

/// A file begins, is torn down or has ended; `progress` is Terraform's word for it.
#[must_use]
pub fn file(file: &str, progress: &str, status: Option<&str>, now: &str) -> String {
    let words = match (progress, status) {
        ("starting", _) => "in progress",
        ("teardown", _) => "tearing down",
        (_, Some("error")) => "fail",
        (_, Some(status)) => status,
        (_, None) => progress,
    };
    let mut body = Map::new();
    body.insert("path".into(), json!(file));
    body.insert("progress".into(), json!(progress));
    if let Some(status) = status {
        body.insert("status".into(), json!(status));
    }
    let place = Place {
        file: Some(file),
        run: None,
    };
    let payload = json!({ "test_file": body });
    line(
        &format!("{file}... {words}"),
        "test_file",
        place,
        now,
        payload,
    )
}

/// A run begins, is torn down or has ended.
#[must_use]
pub fn run(file: &str, run: &str, progress: &str, status: Option<&str>, now: &str) -> String {
    let words = match (progress, status) {
        ("starting", _) => "in progress",
        ("teardown", _) => "tearing down",
        (_, Some("error")) => "fail",
        (_, Some(status)) => status,
        (_, None) => progress,
    };
    let mut body = Map::new();
    body.insert("path".into(), json!(file));
    body.insert("run".into(), json!(run));
    body.insert("progress".into(), json!(progress));
    match status {
        Some(status) => body.insert("status".into(), json!(status)),
        None => body.insert("elapsed".into(), json!(0)),
    };
    let place = Place {
        file: Some(file),
        run: Some(run),
    };
    let payload = json!({ "test_run": body });
    line(
        &format!("  {run:?}... {words}"),
        "test_run",
        place,
        now,
        payload,
    )
}

/// What a run came to: `what` is `plan` or `state`.
#[must_use]
pub fn shown(place: Place<'_>, what: &str, document: Json, now: &str) -> String {
    let kind = format!("test_{what}");
    let mut payload = Map::new();
    payload.insert(kind.clone(), document);
    let message = format!("-verbose flag enabled, printing {what}");
    line(&message, &kind, place, now, Json::Object(payload))
}

/// What could not be destroyed.
#[must_use]
pub fn left(place: Place<'_>, objects: &[(String, Option<String>)], now: &str) -> String {
    let all: Vec<Json> = objects
        .iter()
        .map(|(address, deposed)| match deposed {
            Some(key) => json!({ "instance": address, "deposed_key": key }),
            None => json!({ "instance": address }),
        })
        .collect();
    let message = format!(
        "Left the following resources in state after executing {}/{}, and they need to be cleaned up manually:",
        place.file.unwrap_or_default(),
        place.run.unwrap_or_default()
    );
    let payload = json!({ "test_cleanup": { "failed_resources": all } });
    let text = stream_line("error", &message, "test_cleanup", now, payload);
    placed(&text, place)
}

/// A problem of a run or a file.
#[must_use]
pub fn problem(
    place: Place<'_>,
    diagnostic: &Diagnostic,
    source: &dyn SourceText,
    now: &str,
) -> String {
    placed(&diagnostic_line(diagnostic, source, now), place)
}

/// The counts at the end: passed, failed, errored and skipped.
#[must_use]
pub fn summary(status: &str, counts: [usize; 4], now: &str) -> String {
    let [passed, failed, errored, skipped] = counts;
    let word = match failed + errored {
        0 => "Success!",
        _ => "Failure!",
    };
    let more = match skipped {
        0 => String::new(),
        n => format!(", {n} skipped"),
    };
    let message = format!("{word} {passed} passed, {} failed{more}.", failed + errored);
    let payload = json!({ "test_summary": {
        "status": status,
        "passed": passed,
        "failed": failed,
        "errored": errored,
        "skipped": skipped,
    }});
    line(&message, "test_summary", Place::default(), now, payload)
}
