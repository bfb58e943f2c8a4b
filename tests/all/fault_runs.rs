//! Applies against a sandbox that fails at random, until nothing is left to do: everything wanted is there once, and the
//! seed of each run is printed, so that it can be repeated.
//!
//! A provider's tests say what to apply and what must be there; this file knows no vendor. `TRUNKLINE_FAULT_SEEDS` says how
//! many seeds are run; without it, as many as a test asks for.

use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::Dir;
use crate::sandbox_process::{Row, SandboxProcess};

/// What is applied, and what must become of it.
pub struct FaultRun<'r> {
    /// What it is called in what is printed.
    pub name: &'r str,
    /// The configuration.
    pub configuration: &'r str,
    /// The sandbox's services that fail, by name or by regular expression.
    pub service: &'r str,
    /// Prepares the sandbox.
    pub prepare: &'r dyn Fn(&SandboxProcess),
    /// Objects that must have been made, each once.
    pub wanted: usize,
    /// Whether a row of the log is the making of one of them.
    pub is_made: &'r dyn Fn(&Row) -> bool,
    /// What is wrong with what is there in the end; nothing when all is well.
    pub judge: &'r dyn Fn(&SandboxProcess) -> Vec<String>,
}

/// Applies that a run may take.
const MOST_APPLIES: usize = 12;

/// One request in twenty fails: refused, broken, lost before or after it took effect.
fn faults(service: &str, seed: u64) -> Value {
    json!({
        "match": { "service": service },
        "action": { "probability": 0.05, "seed": seed, "actions": [
            { "status": 429 }, { "status": 500 }, { "drop": "before" }, { "drop": "after" },
        ] },
    })
}

impl FaultRun<'_> {
    /// Runs as many seeds, and fails with all that is wrong.
    pub fn run(&self, seeds: u64) {
        let asked = std::env::var("TRUNKLINE_FAULT_SEEDS").ok();
        let seeds = asked.and_then(|n| n.parse().ok()).unwrap_or(seeds);
        let wrong: Vec<String> = (1..=seeds).flat_map(|seed| self.seed(seed)).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn seed(&self, seed: u64) -> Vec<String> {
        let dir = Dir::with(self.configuration);
        let sandbox = SandboxProcess::start(&dir, 0);
        (self.prepare)(&sandbox);
        sandbox.fault(&faults(self.service, seed));
        let begun = Instant::now();
        let mut applies = 0;
        let last = loop {
            applies += 1;
            let output = dir.run("apply -auto-approve -sandbox -no-color");
            if output.code == Some(0) || applies == MOST_APPLIES {
                break output;
            }
        };
        sandbox.heal();
        let mut wrong = Vec::new();
        if last.code != Some(0) {
            wrong.push(format!("{applies} applies did not do: {last}"));
        }
        let plan = dir.run("plan -detailed-exitcode -sandbox -no-color");
        if plan.code != Some(0) {
            wrong.push(format!("the plan after it is not empty: {plan}"));
        }
        let made = sandbox
            .effects()
            .iter()
            .filter(|r| (self.is_made)(r))
            .count();
        if made != self.wanted {
            wrong.push(format!(
                "{made} objects were made in place of {}",
                self.wanted
            ));
        }
        wrong.extend((self.judge)(&sandbox));
        let requests = sandbox.log().len();
        println!(
            "{}, seed {seed}: {applies} applies, {requests} requests, {made} made, {} ms",
            self.name,
            begun.elapsed().as_millis()
        );
        let told = |why: String| format!("=== {}, seed {seed}\n{why}", self.name);
        wrong.into_iter().map(told).collect()
    }
}
