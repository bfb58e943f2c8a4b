//! Nothing is lost: the program is killed at every point of its journal and at random moments ([`kills`]), answers are
//! lost and garbled ([`answers`]), and the next command finishes the work. The sandbox is a process of its own that
//! survives, and its objects and log are the judge.
//!
//! Killing at a point of the journal works in builds with debug assertions only.

mod afterwards;
mod answers;
mod kills;
pub mod scenario;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

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
    assert!(count > 0, "{what}: no trial did anything");
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

/// Without the waits for a new role, which are tested elsewhere: trials are many. And without the time that a template
/// is reviewed, in which a change is no replacement: a trial may begin within it or after it.
fn brisk(stage: Stage) -> Stage {
    let settings = json!({ "role_cache_misses": 0, "chatapp": { "template_review_ms": 0 } });
    stage.sandbox.settings(&settings);
    stage
}

/// Runs the program until the `n`-th point of its journal.
fn killed_at(n: usize, stage: &Stage, line: &str) -> Output {
    ended_at("TRUNKLINE_KILL_AT", n, stage, line)
}

/// The same, ended as the variable says.
fn ended_at(variable: &str, n: usize, stage: &Stage, line: &str) -> Output {
    let mut command = stage.dir.command(env!("CARGO_BIN_EXE_trunkline"));
    command
        .args(line.split_whitespace())
        .args(["-sandbox", "-no-color"])
        .env(variable, n.to_string());
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
