//! The crash matrix: every scenario, killed at points of its journal, at random moments, by lost answers; again while the
//! next command makes it good; and then all is made good, with the sandbox's log as judge.
//!
//! `TRUNKLINE_STRIDE=1` kills at every point instead of each sixth; `TRUNKLINE_KILLS=N` does so many kills at random;
//! `TRUNKLINE_SEED=N` replays the trial that has failed with this seed. `TRUNKLINE_SCENARIOS=TEXT` leaves out those whose
//! names do not have the text.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::scenario::{CHATAPP, End, Ready, SWITCHES, all, content, counts, switches};
use super::{Verdict, ended_at, gone, killed_at, log, random, recovered, trials};
use crate::harness::Output;
use crate::sandbox_process::sha256;
use crate::stage::Stage;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What happens to a command.
#[derive(Debug)]
enum Accident {
    /// Killed at this point of its journal.
    Point(usize),
    /// Broken by an error of the program at this point.
    Error(usize),
    /// Killed after this time.
    Moment(Duration),
    /// An answer is lost or garbled after its effect: this one of the model's.
    Lost(usize),
}

/// Runs a command into an accident. Whether it happened.
fn run_into(ready: &Ready, stage: &Stage, line: &str, accident: &Accident) -> (Output, bool) {
    match accident {
        Accident::Point(point) => {
            let output = killed_at(*point, stage, line);
            let killed = output.code.is_none();
            (output, killed)
        }
        Accident::Error(point) => {
            let output = ended_at("TRUNKLINE_PANIC_AT", *point, stage, line);
            let broken = output.code == Some(11);
            (output, broken)
        }
        Accident::Moment(moment) => {
            let mut arguments: Vec<&str> = line.split_whitespace().collect();
            arguments.extend(["-sandbox", "-no-color"]);
            let mut child = stage.dir.start(&arguments);
            std::thread::sleep(*moment);
            child.kill().unwrap();
            let output = stage.dir.finish(child, "");
            let killed = output.code.is_none();
            (output, killed)
        }
        Accident::Lost(which) => {
            stage.sandbox.fault(&ready.lost[*which].1);
            let output = stage.run(line);
            let struck = stage.sandbox.faults_are_spent();
            stage.sandbox.heal();
            (output, struck)
        }
    }
}

/// What is wrong when all is over. The command that makes good what happened is run here.
fn judge(ready: &Ready, stage: &Stage) -> Vec<String> {
    let mut wrong = Vec::new();
    let sound = stage.run("state check");
    if sound.code != Some(0) && !sound.stderr.contains("There is no state store") {
        wrong.push(format!("the state is not sound: {sound}"));
    }
    let genesys = ready.scenario.example.starts_with("genesys");
    match ready.scenario.end {
        End::Applied(options) if genesys => wrong.extend(recovered(stage, options)),
        End::Applied(options) => {
            wrong.extend(settled(stage, options));
            if ready.scenario.example == CHATAPP {
                wrong.extend(signature(stage));
            }
        }
        End::Destroyed if genesys => wrong.extend(gone(stage)),
        End::Destroyed => wrong.extend(emptied(stage)),
        End::State => wrong.extend(whole(ready, stage)),
    }
    let effects = stage.sandbox.effects().split_off(ready.earlier);
    let found = counts(&effects);
    if found != ready.counts {
        wrong.push(format!(
            "without accidents it makes and removes {:?}\nnow it was {found:?}\n{}",
            ready.counts,
            log(stage)
        ));
    }
    if ready.scenario.end != End::State {
        wrong.extend(unknown(stage));
        let found = switches(stage);
        if found != ready.switches {
            let without = &ready.switches;
            wrong.push(format!(
                "without accidents there is {without:?}\nnow it is {found:?}"
            ));
        }
    }
    wrong
}

/// Objects that the log says are there, of which the state knows nothing. What belongs to another object has the id of
/// that one before its own.
fn unknown(stage: &Stage) -> Vec<String> {
    let mut there: BTreeSet<(String, String)> = BTreeSet::new();
    for row in stage.sandbox.effects() {
        let name = (row.kind.clone(), row.id.clone());
        match row.effect.as_str() {
            "create" | "purchase" | "grant" => drop(there.insert(name)),
            "delete" | "release" | "revoke" => {
                there.remove(&name);
                // What belongs to it goes with it, without a row of its own.
                there.retain(|(_, id)| !id.starts_with(&format!("{}/", row.id)));
            }
            _ => {}
        }
    }
    let state = stage.state().0.to_string();
    let known = |id: &str| {
        let parts = id.split('/').filter(|part| part.len() > 8);
        parts.clone().count() > 0 && parts.into_iter().all(|part| state.contains(part))
    };
    let lost = there.iter().filter(|(kind, id)| {
        // Which bucket it is only the provider block says.
        let id = match kind.as_str() {
            "bucket_object" => id.split_once('/').map_or("", |(_, key)| key),
            _ => id,
        };
        // Keys are logged by a fingerprint, and bought numbers stay; the other judge knows both. Switches are compared.
        let elsewhere = ["apikey", "tollfree_number", "grant"].contains(&kind.as_str());
        !elsewhere && !SWITCHES.contains(&kind.as_str()) && !known(id)
    });
    lost.map(|(kind, id)| format!("the state does not know the {kind} {id}"))
        .collect()
}

/// The end of what a command said.
fn in_short(output: &Output) -> String {
    let lines: Vec<&str> = output.stdout.lines().collect();
    let end = lines[lines.len().saturating_sub(12)..].join("\n");
    format!("exit code {:?}\n…{end}\n{}", output.code, output.stderr)
}

fn settled(stage: &Stage, options: &str) -> Vec<String> {
    let again = stage.run(&format!("apply -auto-approve {options}"));
    if again.code != Some(0) {
        return vec![format!("the next apply fails: {again}")];
    }
    let plan = stage.run(&format!("plan -detailed-exitcode {options}"));
    match plan.code {
        Some(0) => Vec::new(),
        _ => vec![format!(
            "the plan after it is not empty: {plan}\nafter: {again}"
        )],
    }
}

/// The signature in the state is that of the service, which shows it once.
fn signature(stage: &Stage) -> Vec<String> {
    let known = stage.state().attributes("chatapp_business_system", "erp");
    let known = sha256(known["signature"].as_str().unwrap_or("?"));
    let there = stage.sandbox.get("/objects/chatapp/business_system");
    match there.to_string().contains(&known) {
        true => Vec::new(),
        false => vec![format!("the state does not know the signature of {there}")],
    }
}

fn emptied(stage: &Stage) -> Vec<String> {
    let again = stage.run("destroy -auto-approve");
    if again.code != Some(0) {
        return vec![format!("the next destroy fails: {again}")];
    }
    let left = stage.state().counts();
    match left.is_empty() {
        true => Vec::new(),
        false => vec![format!("the state still has {left:?}")],
    }
}

fn whole(ready: &Ready, stage: &Stage) -> Vec<String> {
    let mut found = content(stage);
    if found == ready.before {
        let again = stage.run(&ready.line);
        if again.code != Some(0) {
            return vec![format!("it cannot be run again: {again}")];
        }
        found = content(stage);
    }
    match found == ready.after {
        true => Vec::new(),
        false => vec![format!(
            "the state is neither as before nor as after: {found:#}\n--- after is {:#}",
            ready.after
        )],
    }
}

/// One trial. How many accidents happened, and what was wrong.
fn trial(ready: &Ready, latency: u64, plan: &[(String, Accident)]) -> (usize, Vec<String>) {
    let stage = ready.stage(latency);
    let mut happened = 0;
    let mut said = Vec::new();
    for (line, accident) in plan {
        let (output, struck) = run_into(ready, &stage, line, accident);
        happened += usize::from(struck);
        said.push(format!("{line} into {accident:?}: {}", in_short(&output)));
        // A refresh makes nothing, so it cannot go well where a provider needs what is still to be made.
        if !struck && output.code == Some(1) && line != "refresh" {
            // After an accident even the command that follows it must not fail by itself.
            let why = format!("it fails without an accident:\n{}", said.join("\n"));
            return (happened, vec![why]);
        }
    }
    // What was under way at the service ends meanwhile.
    std::thread::sleep(Duration::from_millis(10 * latency));
    let mut wrong = judge(ready, &stage);
    if !wrong.is_empty() {
        wrong.splice(0..0, said);
        wrong.insert(0, format!("{}, latency {latency} ms", ready.name()));
    }
    (happened, wrong)
}

/// Every scenario ready to be copied, made on two threads.
fn scenarios() -> Vec<Ready> {
    let mut first = all();
    if let Ok(part) = std::env::var("TRUNKLINE_SCENARIOS") {
        first.retain(|s| format!("{} of {}", s.name, s.example).contains(&part));
    }
    let second = first.split_off(first.len() / 2);
    std::thread::scope(|scope| {
        let second = scope.spawn(|| second.into_iter().map(Ready::new).collect::<Vec<_>>());
        let mut made: Vec<Ready> = first.into_iter().map(Ready::new).collect();
        made.extend(second.join().unwrap());
        made
    })
}

/// No journal passes more points than these.
const MOST: usize = 400;

/// Kills each scenario at every `stride`-th point; how many kills.
fn at_points(scenarios: &[Ready], stride: usize) -> usize {
    let kills = AtomicUsize::new(0);
    for (nth, ready) in scenarios.iter().enumerate() {
        // Commands on the state pass few points: all of them.
        let stride = if ready.scenario.end == End::State {
            1
        } else {
            stride
        };
        trials(&ready.name(), |n| {
            let point = (n - 1) * stride + nth % stride + 1;
            let plan = [(ready.line.clone(), Accident::Point(point))];
            let (happened, wrong) = trial(ready, 0, &plan);
            kills.fetch_add(happened, Ordering::SeqCst);
            match happened {
                0 if wrong.is_empty() || point > MOST => Verdict::NoMore,
                _ => wrong.into(),
            }
        });
    }
    kills.into_inner()
}

/// The trial of a seed.
fn seeded(scenarios: &[Ready], seed: u64) -> (usize, Vec<String>) {
    let mut state = seed;
    let mut below = |n: u64| random(&mut state) % n;
    let ready = &scenarios[usize::try_from(below(scenarios.len() as u64)).unwrap()];
    let latency = [0, 0, 3, 10][usize::try_from(below(4)).unwrap()];
    let more = match ready.scenario.end {
        End::State => 0,
        _ => below(7),
    };
    let mut plan = Vec::new();
    for nth in 0..=more {
        let next = [ready.line.as_str(), ready.line.as_str(), "plan", "refresh"];
        let line = match nth {
            0 => ready.line.as_str(),
            _ => next[usize::try_from(below(4)).unwrap()],
        };
        // With latency it takes longer: about one call after the other.
        let took = ready.took.as_millis() as u64 + 20 * latency;
        let accident = match below(6) {
            0 | 1 => Accident::Point(ready.point(below(1 << 32))),
            5 => Accident::Error(ready.point(below(1 << 32))),
            2 if !ready.lost.is_empty() => {
                Accident::Lost(usize::try_from(below(ready.lost.len() as u64)).unwrap())
            }
            _ => Accident::Moment(Duration::from_micros(below(1000 * took))),
        };
        plan.push((line.to_owned(), accident));
    }
    trial(ready, latency, &plan)
}

/// Trials of seeds from `first` until so many accidents have happened.
fn at_random(scenarios: &[Ready], first: u64, wanted: usize) -> usize {
    let kills = AtomicUsize::new(0);
    let by_kills = Mutex::new(BTreeMap::new());
    trials("killed at random", |n| {
        if kills.load(Ordering::SeqCst) >= wanted {
            println!("{} kills at random", kills.load(Ordering::SeqCst));
            return Verdict::NoMore;
        }
        let seed = first + n as u64 - 1;
        let (happened, mut wrong) = seeded(scenarios, seed);
        kills.fetch_add(happened, Ordering::SeqCst);
        *by_kills.lock().unwrap().entry(happened).or_insert(0) += 1;
        if !wrong.is_empty() {
            wrong.insert(0, format!("TRUNKLINE_SEED={seed} replays this:"));
        }
        wrong.into()
    });
    println!("trials by kills: {:?}", by_kills.into_inner().unwrap());
    kills.into_inner()
}

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn whatever_is_killed_is_finished_by_the_next_command() {
    let scenarios = scenarios();
    if let Some(seed) = number("TRUNKLINE_SEED") {
        let (_, wrong) = seeded(&scenarios, seed);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        return;
    }
    let mut kills = 0;
    let stride = number("TRUNKLINE_STRIDE").unwrap_or(6);
    if let Ok(stride @ 1..) = usize::try_from(stride) {
        kills += at_points(&scenarios, stride);
    }
    let wanted = number("TRUNKLINE_KILLS").unwrap_or(40);
    if let Ok(wanted @ 1..) = usize::try_from(wanted) {
        let first = number("TRUNKLINE_FIRST_SEED").unwrap_or(2026);
        println!("seeds from {first}");
        kills += at_random(&scenarios, first, wanted);
    }
    println!("{kills} kills");
}
