//! Nothing is lost: the program is killed at every point of its journal, answers are lost and garbled, and the next
//! apply finishes the work. The sandbox is a process of its own that survives, and its objects and log are the judge.
//!
//! Killing at a point of the journal works in builds with debug assertions only.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use regex::Regex;
use serde_json::{Value, json};

use crate::harness::{Dir, Output};
use crate::sandbox_process::{NUMBER, Row};
use crate::stage::{Stage, finish};

/// Runs trials numbered from 1 on two threads until one says that there are no more, and reports all that failed.
fn trials(what: &str, trial: impl Fn(usize) -> Verdict + Sync) {
    let next = AtomicUsize::new(1);
    let end = AtomicUsize::new(usize::MAX);
    let failed = Mutex::new(Vec::new());
    let work = || {
        loop {
            let n = next.fetch_add(1, Ordering::SeqCst);
            if n >= end.load(Ordering::SeqCst) {
                return;
            }
            match trial(n) {
                Verdict::Good => {}
                Verdict::NoMore => drop(end.fetch_min(n, Ordering::SeqCst)),
                Verdict::Bad(why) => failed.lock().unwrap().push((n, why)),
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    let count = end.load(Ordering::SeqCst) - 1;
    println!("{what}: {count} trials, {} failed", failed.len());
    assert!(count > 1, "{what}: no trial did anything");
    let texts: Vec<String> = failed
        .iter()
        .map(|(n, why)| format!("=== {what}, trial {n}\n{why}"))
        .collect();
    assert!(
        failed.is_empty(),
        "{} of {count} failed\n{}",
        failed.len(),
        texts.join("\n")
    );
}

enum Verdict {
    Good,
    NoMore,
    Bad(String),
}

impl From<Vec<String>> for Verdict {
    fn from(wrong: Vec<String>) -> Verdict {
        match wrong.is_empty() {
            true => Verdict::Good,
            false => Verdict::Bad(wrong.join("\n")),
        }
    }
}

/// Without the waits for a new role, which are tested elsewhere: trials are many.
fn brisk(stage: Stage) -> Stage {
    stage.sandbox.settings(&json!({ "role_cache_misses": 0 }));
    stage
}

/// Runs the program until the `n`-th point of its journal.
fn killed_at(n: usize, stage: &Stage, line: &str) -> Output {
    let mut command = stage.dir.command(env!("CARGO_BIN_EXE_trunkline"));
    command
        .args(line.split_whitespace())
        .args(["-sandbox", "-no-color"])
        .env("TRUNKLINE_KILL_AT", n.to_string());
    finish(&stage.dir, command)
}

/// Applies and plans after an accident: both go well, nothing is left to do, and the judge agrees.
fn recovered(stage: &Stage, options: &str) -> Vec<String> {
    let again = stage.run(&format!("apply -auto-approve {options}"));
    if again.code != Some(0) {
        return vec![format!("the next apply fails: {again}")];
    }
    let plan = stage.run(&format!("plan -detailed-exitcode {options}"));
    let mut wrong = Vec::new();
    if plan.code != Some(0) {
        wrong.push(format!("the plan after it is not empty: {plan}"));
    }
    wrong.extend(stage.judge());
    if !wrong.is_empty() {
        wrong.push(format!("the next apply said: {again}"));
        wrong.push(log(stage));
    }
    wrong
}

/// Destroys after an accident: it goes well, and nothing but the number is left.
fn gone(stage: &Stage) -> Vec<String> {
    let again = stage.run("destroy -auto-approve");
    let mut wrong = Vec::new();
    if again.code != Some(0) {
        wrong.push(format!("the next destroy fails: {again}"));
    }
    let left = stage.made();
    if left != BTreeSet::from([format!("tollfree_number {NUMBER}")]) {
        wrong.push(format!("left over: {left:?}"));
    }
    let counts = stage.state().counts();
    if !counts.is_empty() {
        wrong.push(format!("the state still has {counts:?}"));
    }
    if !wrong.is_empty() {
        wrong.push(log(stage));
    }
    wrong
}

/// The effects so far, for a failing trial.
fn log(stage: &Stage) -> String {
    let line = |r: &Row| {
        format!(
            "  {} {} {} {} {} {}",
            r.method, r.path, r.status, r.effect, r.kind, r.id
        )
    };
    format!(
        "effects:\n{}",
        stage
            .sandbox
            .effects()
            .iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    )
}

/// The example applied, its sandbox stopped: to be copied.
struct Applied {
    dir: Dir,
    seeded: BTreeSet<String>,
}

impl Applied {
    fn new() -> Applied {
        let stage = brisk(Stage::new(0));
        stage.apply();
        let Stage {
            dir,
            sandbox,
            seeded,
        } = stage;
        sandbox.stop();
        Applied { dir, seeded }
    }

    fn copy(&self) -> Stage {
        brisk(Stage::again(&self.dir.path(), &self.seeded, 0))
    }
}

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn an_apply_that_is_killed_at_any_point_of_its_journal_is_finished_by_the_next() {
    trials("apply killed", |n| {
        let stage = brisk(Stage::new(0));
        let first = killed_at(n, &stage, "apply -auto-approve");
        match first.code {
            Some(0) => Verdict::NoMore,
            None => recovered(&stage, "").into(),
            Some(_) => Verdict::Bad(first.to_string()),
        }
    });
}

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn a_destroy_that_is_killed_at_any_point_of_its_journal_is_finished_by_the_next() {
    let applied = Applied::new();
    trials("destroy killed", |n| {
        let stage = applied.copy();
        let first = killed_at(n, &stage, "destroy -auto-approve");
        match first.code {
            Some(0) => Verdict::NoMore,
            None => gone(&stage).into(),
            Some(_) => Verdict::Bad(first.to_string()),
        }
    });
}

/// Options and edits of a run that updates, replaces and asks for a new secret.
const CHANGES: &str = "-var client_secret_rotation=2 -var designer_endpoint=Second";

fn edit(stage: &Stage) {
    stage.edit(
        "main.tf",
        "What Digital Channels needs to send and receive SMS.",
        "For SMS.",
    );
    stage.edit("sender_ids.tf", "\"SMS_Campaigns\"", "\"SMS_Offers\"");
}

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn changes_that_are_killed_at_any_point_of_their_journal_are_finished_by_the_next_apply() {
    let applied = Applied::new();
    trials("changes killed", |n| {
        let stage = applied.copy();
        edit(&stage);
        let first = killed_at(n, &stage, &format!("apply -auto-approve {CHANGES}"));
        match first.code {
            Some(0) => Verdict::NoMore,
            None => recovered(&stage, CHANGES).into(),
            Some(_) => Verdict::Bad(first.to_string()),
        }
    });
}

/// A fault for each request with an effect that a run made, by what the sandbox logged.
fn faults(log: &[Row], action: &Value) -> Vec<(String, Value)> {
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

/// One step of splitmix64.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The seed of what is random here.
fn seed() -> u64 {
    let given = std::env::var("TRUNKLINE_TEST_SEED")
        .ok()
        .and_then(|s| s.parse().ok());
    let seed = given.unwrap_or(2026);
    println!("seed {seed} (set TRUNKLINE_TEST_SEED to change it)");
    seed
}

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn an_apply_that_is_killed_again_and_again_is_finished_in_the_end() {
    let seed = seed();
    trials("killed again and again", |n| {
        if n > 8 {
            return Verdict::NoMore;
        }
        let stage = brisk(Stage::new(0));
        let mut state = seed + 1000 * n as u64;
        let points: Vec<usize> = (0..4)
            .map(|_| random(&mut state) as usize % 20 + 1)
            .collect();
        for point in &points {
            let output = killed_at(*point, &stage, "apply -auto-approve");
            if output.code == Some(1) {
                return Verdict::Bad(format!("killed at {points:?}: {output}"));
            }
        }
        let mut wrong = recovered(&stage, "");
        if !wrong.is_empty() {
            wrong.insert(0, format!("killed at {points:?}"));
        }
        wrong.into()
    });
}

#[test]
fn an_apply_that_is_interrupted_lets_running_calls_end_and_the_next_goes_on() {
    const LATENCY: u64 = 50;
    let seed = seed();
    trials("interrupted", |n| {
        if n > 6 {
            return Verdict::NoMore;
        }
        let stage = brisk(Stage::new(LATENCY));
        let mut state = seed + 77 * n as u64;
        let child = stage
            .dir
            .start(&["apply", "-sandbox", "-no-color", "-auto-approve"]);
        // Until something has been made, then a while.
        while stage.sandbox.effects().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(random(&mut state) % 600));
        let pid = child.id().to_string();
        std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap();
        let first = stage.dir.finish(child, "");
        let mut wrong = Vec::new();
        let said = first.stderr.contains("Interrupt received");
        if first.code != Some(1) || !said {
            wrong.push("it did not say that it was interrupted, with exit code 1".to_owned());
        }
        // Running calls have ended: what is there is known without settling anything.
        let (there, known) = (stage.made(), stage.state().objects());
        if there != known {
            wrong.push(format!("there is {there:?}\nbut the state knows {known:?}"));
        }
        wrong.extend(recovered(&stage, ""));
        if !wrong.is_empty() {
            wrong.insert(0, first.to_string());
        }
        wrong.into()
    });
}

#[test]
fn an_apply_that_is_killed_at_random_is_finished_by_the_next() {
    const TRIALS: usize = 15;
    const LATENCY: u64 = 20;
    let seed = seed();
    let begun = Instant::now();
    Stage::new(LATENCY).apply();
    let whole = u64::try_from(begun.elapsed().as_millis()).unwrap();
    trials("killed at random", |n| {
        if n > TRIALS {
            return Verdict::NoMore;
        }
        let stage = Stage::new(LATENCY);
        let mut state = seed + n as u64;
        let delay = Duration::from_millis(random(&mut state) % whole);
        let mut child = stage
            .dir
            .start(&["apply", "-sandbox", "-no-color", "-auto-approve"]);
        std::thread::sleep(delay);
        child.kill().unwrap();
        let first = stage.dir.finish(child, "");
        // What was under way at the vendor ends meanwhile.
        std::thread::sleep(Duration::from_millis(10 * LATENCY));
        let mut wrong = recovered(&stage, "");
        if !wrong.is_empty() {
            wrong.insert(0, format!("killed after {delay:?}: {first}"));
        }
        wrong.into()
    });
}

/// Gives resources of the example new names (those that the judge does not ask for by name), and says so in `moved`
/// blocks.
fn rename(stage: &Stage) {
    let renamed = [
        ("genesyscloud_auth_role", "messaging", "sms"),
        ("genesyscloud_role_grant", "admin", "administrator"),
        ("genesyscloud_role_grant", "caller", "runner"),
        ("digitalchannels_sender_id", "corporate", "head_office"),
    ];
    let mut moved = String::new();
    for (kind, old, new) in renamed {
        moved.push_str(&format!(
            "moved {{\n  from = {kind}.{old}\n  to   = {kind}.{new}\n}}\n"
        ));
    }
    for entry in std::fs::read_dir(stage.dir.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "tf") {
            continue;
        }
        let mut text = std::fs::read_to_string(&path).unwrap();
        for (kind, old, new) in renamed {
            text = text.replace(&format!("{kind}.{old}"), &format!("{kind}.{new}"));
            text = text.replace(&format!("{kind:?} {old:?}"), &format!("{kind:?} {new:?}"));
        }
        std::fs::write(path, text).unwrap();
    }
    stage.dir.write("moved.tf", &moved);
}

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn what_was_left_open_is_found_again_when_its_object_has_moved() {
    trials("apply killed, then moved", |n| {
        let stage = brisk(Stage::new(0));
        let first = killed_at(n * 3 - 2, &stage, "apply -auto-approve");
        match first.code {
            Some(0) => Verdict::NoMore,
            None => {
                rename(&stage);
                recovered(&stage, "").into()
            }
            Some(_) => Verdict::Bad(first.to_string()),
        }
    });
}

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn moves_and_changes_that_are_killed_at_any_point_are_finished_by_the_next_apply() {
    let applied = Applied::new();
    trials("moves killed", |n| {
        let stage = applied.copy();
        rename(&stage);
        let main = std::fs::read_to_string(stage.dir.path().join("main.tf")).unwrap();
        let changed = main.replace("to send and receive SMS.", "to send and receive texts.");
        assert_ne!(main, changed);
        stage.dir.write("main.tf", &changed);
        let first = killed_at(n, &stage, "apply -auto-approve");
        match first.code {
            Some(0) => Verdict::NoMore,
            None => recovered(&stage, "").into(),
            Some(_) => Verdict::Bad(first.to_string()),
        }
    });
}

/// The example applied, and a sender ID dropped from the state; with its id.
fn forgotten(applied: &Applied) -> (Stage, String) {
    let stage = applied.copy();
    let state: Value = serde_json::from_str(&stage.run("state pull").raw).unwrap();
    let resources = state["resources"].as_array().unwrap();
    let sender = resources.iter().find(|r| r["name"] == "corporate");
    let id = &sender.unwrap()["instances"][0]["attributes"]["id"];
    let id = id.as_str().unwrap().to_owned();
    let forgot = stage.run("state rm digitalchannels_sender_id.corporate");
    assert_eq!(forgot.code, Some(0), "{forgot}");
    (stage, id)
}

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn an_import_that_is_killed_at_any_point_is_finished_by_the_next_apply() {
    let applied = Applied::new();
    trials("import killed", |n| {
        let (stage, id) = forgotten(&applied);
        let import =
            format!("import {{\n  to = digitalchannels_sender_id.corporate\n  id = {id:?}\n}}\n");
        stage.dir.write("import.tf", &import);
        // Something else changes too, so that there are points to be killed at.
        let main = std::fs::read_to_string(stage.dir.path().join("main.tf")).unwrap();
        let changed = main.replace("to send and receive SMS.", "to send and receive texts.");
        stage.dir.write("main.tf", &changed);
        let first = killed_at(n, &stage, "apply -auto-approve");
        match first.code {
            Some(0) => Verdict::NoMore,
            None => recovered(&stage, "").into(),
            Some(_) => Verdict::Bad(first.to_string()),
        }
    });
}

#[test]
fn a_forgotten_object_is_taken_back_by_the_import_command() {
    let (stage, id) = forgotten(&Applied::new());
    let imported = stage.run(&format!("import digitalchannels_sender_id.corporate {id}"));
    assert_eq!(imported.code, Some(0), "{imported}");
    assert_eq!(recovered(&stage, ""), Vec::<String>::new());
    let missing = stage.run("state rm digitalchannels_sender_id.corporate");
    assert_eq!(missing.code, Some(0), "{missing}");
    let nowhere = id.replace("SMS_Main_Corporate", "Nowhere");
    let missing = stage.run(&format!(
        "import digitalchannels_sender_id.corporate {nowhere}"
    ));
    assert_eq!(missing.code, Some(1), "{missing}");
    assert!(
        missing
            .stderr
            .contains("Error: Cannot import non-existent remote object"),
        "{missing}"
    );
}
