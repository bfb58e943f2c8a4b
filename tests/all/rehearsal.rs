//! An example of a vendor in a directory of its own, beside a sandbox that runs as a process of its own.
//!
//! What is right is what the sandbox holds and logged, not what the program says of it.

use std::path::Path;

use serde_json::Value;

use crate::harness::{Dir, Output};
use crate::sandbox_process::{Row, SandboxProcess};
use crate::stage::{copy, unguided};

/// A directory and the sandbox beside it.
pub struct Rehearsal {
    pub dir: Dir,
    pub sandbox: SandboxProcess,
    vendor: &'static str,
}

impl Rehearsal {
    /// A copy of an example of a vendor, on a Sunday; its manual steps are answered.
    pub fn of(example: &str, vendor: &'static str) -> Rehearsal {
        let dir = unguided();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        copy(&folder.join(example), &dir.path(), false);
        Rehearsal::beside(dir, vendor)
    }

    /// This directory.
    pub fn beside(dir: Dir, vendor: &'static str) -> Rehearsal {
        let sandbox = SandboxProcess::start(&dir, 0);
        Rehearsal {
            dir,
            sandbox,
            vendor,
        }
    }

    /// Runs a command, whatever comes of it.
    pub fn run(&self, line: &str) -> Output {
        self.dir.run(&format!("{line} -sandbox -no-color"))
    }

    #[track_caller]
    pub fn ok(&self, line: &str) -> Output {
        let output = self.run(line);
        assert_eq!(output.code, Some(0), "{output}");
        output
    }

    /// Runs a command that fails.
    #[track_caller]
    pub fn fails(&self, line: &str, says: &str) -> Output {
        let output = self.run(line);
        assert_eq!(output.code, Some(1), "{output}");
        let flat: Vec<&str> = output.stderr.split_whitespace().collect();
        assert!(flat.join(" ").contains(says), "not {says:?}:\n{output}");
        output
    }

    #[track_caller]
    pub fn settled(&self) {
        let output = self.ok("plan -detailed-exitcode");
        assert!(output.stdout.contains("No changes."), "{output}");
    }

    #[track_caller]
    pub fn applied(&self, counts: &str) -> Output {
        let output = self.ok("apply -auto-approve");
        assert!(output.stdout.contains(counts), "{output}");
        output
    }

    /// The vendor's objects of a kind.
    pub fn objects(&self, kind: &str) -> Vec<Value> {
        let path = format!("/objects/{}/{kind}", self.vendor);
        self.sandbox.get(&path).as_array().unwrap().clone()
    }

    /// The object of a kind that has this text in a member.
    #[track_caller]
    pub fn one(&self, kind: &str, member: &str, text: &str) -> Value {
        let mut found = self.objects(kind).into_iter().filter(|o| o[member] == text);
        let one = found.next().unwrap_or_else(|| panic!("no {kind} {text}"));
        assert_eq!(found.next(), None, "more than one {kind} {text}");
        one
    }

    #[track_caller]
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.dir.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} does not say {from}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    /// How often something was done to objects of a kind.
    pub fn effects(&self, effect: &str, kind: &str) -> usize {
        let of = |r: &&Row| r.effect == effect && r.kind == kind;
        self.sandbox.effects().iter().filter(of).count()
    }
}
