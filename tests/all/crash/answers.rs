//! Answers that are lost or garbled after the effect: each request with an effect, one at a time.

use regex::Regex;
use serde_json::{Value, json};

use super::{Applied, CHANGES, Verdict, brisk, edit, gone, recovered, trials};
use crate::sandbox_process::Row;
use crate::stage::{Stage, hasty};

/// A fault for each request with an effect that a run made, by what the sandbox logged.
pub fn faults(log: &[Row], action: &Value) -> Vec<(String, Value)> {
    let id =
        Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|fp-[0-9a-f]{16}")
            .unwrap();
    let requests: Vec<(&Row, String)> = log
        .iter()
        .filter(|r| r.source == "api")
        .map(|r| (r, format!("^{}$", id.replace_all(&r.path, "[^/]+"))))
        .collect();
    let mut faults = Vec::new();
    for (n, (row, path)) in requests.iter().enumerate() {
        let same = |(r, p): &&(&Row, String)| {
            (&r.service, &r.method, p) == (&row.service, &row.method, path)
        };
        if row.effect.is_empty() {
            continue;
        }
        let before = requests[..n].iter().filter(same).count();
        let matches = json!({ "service": row.service, "method": row.method, "path": path, "after_matches": before });
        let what = format!(
            "{} {} {} ({} {})",
            row.service, row.method, path, row.effect, row.kind
        );
        let fault = (
            what,
            json!({ "match": matches, "times": 1, "action": action }),
        );
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    faults
}

/// Runs `line` with each fault; then `judge` looks. The run may settle the accident by itself; else it says where
/// it happened and ends with 1.
fn accidents(
    what: &str,
    stage: impl Fn() -> Stage + Sync,
    line: &str,
    action: &Value,
    judge: impl Fn(&Stage) -> Vec<String> + Sync,
) {
    let model = stage();
    let before = model.sandbox.log().len();
    let output = model.run(line);
    assert_eq!(output.code, Some(0), "{output}");
    let faults = faults(&model.sandbox.log()[before..], action);
    drop(model);
    trials(what, |n| {
        let Some((name, fault)) = faults.get(n - 1) else {
            return Verdict::NoMore;
        };
        let stage = stage();
        stage.sandbox.fault(fault);
        let first = stage.run(line);
        let mut wrong = Vec::new();
        if !stage.sandbox.faults_are_spent() {
            wrong.push("the fault never struck".to_owned());
        }
        let told = first.stderr.contains("Error: ") && first.stderr.contains("with ");
        if first.code != Some(0) && !(first.code == Some(1) && told) {
            wrong.push("it neither went well nor said what happened".to_owned());
        }
        wrong.extend(judge(&stage));
        if !wrong.is_empty() {
            wrong.insert(0, format!("{name}\n{first}"));
        }
        wrong.into()
    });
}

#[test]
fn an_answer_that_is_lost_after_the_effect_costs_nothing() {
    let stage = || brisk(Stage::new(0));
    accidents(
        "answer lost",
        stage,
        "apply -auto-approve",
        &json!({ "drop": "after" }),
        |s| recovered(s, ""),
    );
}

#[test]
fn an_answer_that_is_garbled_after_the_effect_costs_nothing() {
    let stage = || brisk(Stage::new(0));
    accidents(
        "answer garbled",
        stage,
        "apply -auto-approve",
        &json!({ "malformed": true }),
        |s| recovered(s, ""),
    );
}

#[test]
fn an_answer_that_breaks_off_after_the_effect_costs_nothing() {
    let stage = || brisk(Stage::new(0));
    accidents(
        "answer broken off",
        stage,
        "apply -auto-approve",
        &json!({ "drop": "within" }),
        |s| recovered(s, ""),
    );
}

/// The request never came to the service: what a proxy said in its place says nothing of what became of it.
#[test]
fn a_page_in_the_place_of_an_answer_costs_nothing() {
    let stage = || brisk(Stage::new(0));
    accidents(
        "page in place of an answer",
        stage,
        "apply -auto-approve",
        &json!({ "page": true }),
        |s| recovered(s, ""),
    );
}

/// The effect happened, the answer began, and its end does not come in the time that a request has.
#[test]
fn an_answer_that_does_not_come_in_time_costs_nothing() {
    let stage = || brisk(hasty(Stage::new(0)));
    accidents(
        "answer too late",
        stage,
        "apply -auto-approve",
        &json!({ "pause_ms": 1600 }),
        |s| recovered(s, ""),
    );
}

#[test]
fn an_answer_to_a_change_that_is_lost_costs_nothing() {
    let applied = Applied::new();
    let stage = || {
        let stage = applied.copy();
        edit(&stage);
        stage
    };
    let line = format!("apply -auto-approve {CHANGES}");
    accidents(
        "answer to a change lost",
        stage,
        &line,
        &json!({ "drop": "after" }),
        |s| recovered(s, CHANGES),
    );
}

#[test]
fn an_answer_to_a_destroy_that_is_lost_costs_nothing() {
    let applied = Applied::new();
    accidents(
        "answer to a destroy lost",
        || applied.copy(),
        "destroy -auto-approve",
        &json!({ "drop": "after" }),
        gone,
    );
}
