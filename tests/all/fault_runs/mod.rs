//! A life under faults: 200 objects of a vendor are made, changed and removed against a sandbox that fails at random, until
//! nothing is left to do. What is right is what the sandbox holds and logged: everything wanted is there once, nothing was
//! made that was not wanted, and in the end all of it is gone.
//!
//! Each seed is printed, so that a run can be repeated. `TRUNKLINE_FAULT_SEEDS` says how many are run; without it, one. What
//! is applied for which vendor is the subject of [`vendors`]; the rest of this file knows none.

mod vendors;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde_json::{Value, json};

use crate::harness::{Dir, Output};
use crate::sandbox_process::{Row, SandboxProcess};
use crate::stage::SUNDAY;

/// What is applied, and what must become of it.
pub struct FaultRun<'r> {
    /// The vendor's name, as the sandbox has it.
    pub vendor: &'r str,
    /// The configuration. Its variable `revision` is 1 for what is made and 2 for what is changed.
    pub configuration: &'r str,
    /// What `trunkline.hcl` says.
    pub own: &'r str,
    /// How the sandbox is to behave, where a vendor's limits are in the way of so many objects.
    pub settings: Value,
    /// Effect, kind and number of what is made: all of it, each once.
    pub made: &'r [(&'r str, &'r str, usize)],
    /// Kind and number of objects that come with others, without a row of their own.
    pub besides: &'r [(&'r str, usize)],
    /// Part of the ids of what is made in passing, and removed at once.
    pub passing: Option<&'r str>,
    /// Kinds of objects that are the same in both revisions.
    pub unchanged: &'r [&'r str],
    /// Kinds of objects that the vendor keeps for good.
    pub kept: &'r [&'r str],
}

/// Applies that one phase may take.
const MOST_APPLIES: u64 = 12;

/// One request in twenty fails: refused, broken, lost before or after it took effect.
fn faults(seed: u64) -> Value {
    json!({
        "match": {},
        "action": { "probability": 0.05, "seed": seed, "actions": [
            { "status": 429 }, { "status": 500 }, { "drop": "before" }, { "drop": "after" },
        ] },
    })
}

/// Objects by kind and id.
type Objects = BTreeMap<(String, String), Value>;

/// One run of one seed.
struct Life<'r> {
    of: &'r FaultRun<'r>,
    seed: u64,
    dir: Dir,
    sandbox: SandboxProcess,
    /// What was there before.
    before: Objects,
    wrong: Vec<String>,
    told: Vec<String>,
}

impl FaultRun<'_> {
    /// Runs the seeds, and fails with all that is wrong.
    pub fn run(&self) {
        let asked = std::env::var("TRUNKLINE_FAULT_SEEDS").ok();
        let seeds = asked.and_then(|n| n.parse().ok()).unwrap_or(1);
        let wrong: Vec<String> = (1..=seeds).flat_map(|seed| self.seed(seed)).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn seed(&self, seed: u64) -> Vec<String> {
        let begun = Instant::now();
        let mut dir = Dir::with(self.configuration);
        dir.write("trunkline.hcl", self.own);
        // No change window holds anything.
        dir.set("TRUNKLINE_NOW", SUNDAY);
        let sandbox = SandboxProcess::start(&dir, 0);
        sandbox.settings(&self.settings);
        let mut life = Life {
            of: self,
            seed,
            dir,
            sandbox,
            before: Objects::new(),
            wrong: Vec::new(),
            told: Vec::new(),
        };
        life.before = life.objects();
        life.live();
        life.judge_faults();
        let told = life.told.join("; ");
        println!(
            "{}, seed {seed}: {told}; {} ms",
            self.vendor,
            begun.elapsed().as_millis()
        );
        life.wrong
    }

    /// What a row of the log has made.
    fn makes(&self, row: &Row) -> bool {
        let passing = self.passing.is_some_and(|part| row.id.contains(part));
        let mut made = self.made.iter();
        !passing && made.any(|(effect, kind, _)| row.effect == *effect && row.kind == *kind)
    }
}

impl Life<'_> {
    fn live(&mut self) {
        self.phase("made", "apply -auto-approve", "plan", 0);
        self.judge_made("made");
        let first = self.objects();
        let new = first.keys().filter(|id| !self.before.contains_key(*id));
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (kind, _) in new {
            *counts.entry(kind).or_default() += 1;
        }
        let listed = self.listed();
        let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
        let rows = self.of.made.iter().map(|(_, kind, count)| (*kind, *count));
        for (kind, count) in rows.chain(self.of.besides.iter().copied()) {
            if listed.contains(kind) {
                *wanted.entry(kind).or_default() += count;
            }
        }
        if counts != wanted {
            let why = format!("there are {counts:?} in place of {wanted:?}");
            self.is_wrong("made", &why);
        }

        let revised = "-var revision=2";
        let plan = format!("plan {revised}");
        self.phase(
            "changed",
            &format!("apply -auto-approve {revised}"),
            &plan,
            1,
        );
        self.judge_made("changed");
        let second = self.objects();
        if !first.keys().eq(second.keys()) {
            self.is_wrong("changed", "objects are gone, or there are more");
        }
        let same = |id: &&(String, String)| first.get(*id) == second.get(*id);
        let same: Vec<String> = first
            .keys()
            .filter(|id| !self.before.contains_key(*id))
            .filter(|(kind, _)| !self.of.unchanged.contains(&kind.as_str()))
            .filter(same)
            .map(|(kind, id)| format!("{kind} {id}"))
            .collect();
        if !same.is_empty() {
            self.is_wrong("changed", &format!("not changed: {}", same.join(", ")));
        }

        let plan = format!("plan -destroy {revised}");
        self.phase(
            "removed",
            &format!("destroy -auto-approve {revised}"),
            &plan,
            2,
        );
        self.judge_made("removed");
        let last = self.objects();
        let left = last
            .keys()
            .filter(|id| !self.before.contains_key(*id))
            .filter(|(kind, _)| !self.of.kept.contains(&kind.as_str()));
        let left: Vec<String> = left.map(|(kind, id)| format!("{kind} {id}")).collect();
        let lost = self.before.keys().filter(|id| !last.contains_key(*id));
        let lost: Vec<String> = lost.map(|(kind, id)| format!("{kind} {id}")).collect();
        for (what, ids) in [("left over", left), ("of somebody else, gone", lost)] {
            if !ids.is_empty() {
                self.is_wrong("removed", &format!("{what}: {}", ids.join(", ")));
            }
        }
    }

    /// Applies under faults until the plan is empty.
    fn phase(&mut self, name: &str, apply: &str, plan: &str, nth: u64) {
        let requests = self.sandbox.log().len();
        let run = |line: &str| self.dir.run(&format!("{line} -sandbox -no-color"));
        let plan = format!("{plan} -detailed-exitcode");
        self.sandbox.fault(&faults(1000 * nth + self.seed));
        let mut applies = 0;
        let (last, mut after): (Output, Option<Output>) = loop {
            applies += 1;
            let output = run(apply);
            // What is left to do although all went well, an apply tells as a warning.
            let more = output.code == Some(0) && output.to_string().contains("Warning:");
            let after = more.then(|| run(&plan));
            let done = after.as_ref().map_or(output.code, |a| a.code) == Some(0);
            if done || applies == MOST_APPLIES {
                break (output, after);
            }
        };
        self.sandbox.heal();
        if last.code == Some(0) {
            after = Some(run(&plan));
        }
        let log = self.sandbox.log().len();
        self.told.push(format!(
            "{name} in {applies} applies with {} requests",
            log - requests
        ));
        if last.code != Some(0) {
            self.is_wrong(name, &format!("{applies} applies did not do: {last}"));
        } else if let Some(after) = after.filter(|a| a.code != Some(0)) {
            self.is_wrong(name, &format!("the plan after it is not empty: {after}"));
        }
    }

    /// Insists that all that was ever made is what is wanted, each once.
    fn judge_made(&mut self, phase: &str) {
        let effects = self.sandbox.effects();
        let rows: Vec<&Row> = effects.iter().filter(|r| self.of.makes(r)).collect();
        let mut wrong = Vec::new();
        for (effect, kind, wanted) in self.of.made {
            let made = rows
                .iter()
                .filter(|r| r.effect == *effect && r.kind == *kind);
            let ids: Vec<&str> = made.map(|r| r.id.as_str()).collect();
            let distinct: BTreeSet<&str> = ids.iter().copied().collect();
            if ids.len() != *wanted || distinct.len() != *wanted {
                let (made, distinct) = (ids.len(), distinct.len());
                wrong.push(format!(
                    "{made} of {kind} were made, {distinct} different, in place of {wanted}"
                ));
            }
        }
        for why in wrong {
            self.is_wrong(phase, &why);
        }
    }

    /// Tells how often each fault struck, and insists that each did.
    fn judge_faults(&mut self) {
        let log = self.sandbox.log();
        let counted = |is_it: fn(&Row) -> bool| log.iter().filter(|r| is_it(r)).count();
        let struck = [
            ("429", counted(|r| !r.lost && r.status == 429)),
            ("500", counted(|r| !r.lost && r.status == 500)),
            ("dropped", counted(|r| r.lost && r.status == 0)),
            ("lost", counted(|r| r.lost && r.status != 0)),
        ];
        let told: Vec<String> = struck
            .iter()
            .map(|(what, n)| format!("{n} {what}"))
            .collect();
        self.told.push(told.join(", "));
        if struck.iter().any(|(_, n)| *n == 0) {
            self.is_wrong("faults", "one of the faults never struck");
        }
    }

    /// Kinds that the sandbox shows.
    fn listed(&self) -> BTreeSet<String> {
        let counts = self.sandbox.get("/objects");
        let kinds = counts[self.of.vendor].as_object();
        kinds
            .into_iter()
            .flatten()
            .map(|(k, _)| k.clone())
            .collect()
    }

    fn objects(&self) -> Objects {
        let listed = self.listed();
        let kinds = self.of.made.iter().map(|(_, kind, _)| *kind);
        let mut all = Objects::new();
        for kind in kinds.filter(|kind| listed.contains(*kind)) {
            let found = self
                .sandbox
                .get(&format!("/objects/{}/{kind}", self.of.vendor));
            for object in found.as_array().into_iter().flatten() {
                let id = object["id"].as_str().unwrap().to_owned();
                all.insert((kind.to_owned(), id), object.clone());
            }
        }
        all
    }

    fn is_wrong(&mut self, phase: &str, why: &str) {
        let (vendor, seed) = (self.of.vendor, self.seed);
        self.wrong
            .push(format!("=== {vendor}, seed {seed}, {phase}\n{why}"));
    }
}
