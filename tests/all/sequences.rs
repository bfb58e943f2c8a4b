//! Sequences of commands as programs that drive Terraform give them (libraries, wrappers, servers for pull requests),
//! twice in one directory, with what Terraform 1.11.4 answered (`tests/data/terraform-1.11.4/sequences`): exit codes,
//! the parts of documents, the kinds of messages in streams, and short texts whole.
//!
//! What stands in the documents is compared elsewhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::harness::Dir;

/// The program under the name that these clients call it by.
fn stand_in(dir: &Dir) -> PathBuf {
    let link = dir.around().join("terraform");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_trunkline"), &link).unwrap();
    link
}

fn strings(value: &Value) -> BTreeSet<&str> {
    let all = value.as_array().into_iter().flatten();
    all.filter_map(Value::as_str).collect()
}

/// The names of a document's parts.
fn parts(text: &str) -> BTreeSet<String> {
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let fields = document.as_object().into_iter().flatten();
    fields.map(|(name, _)| name.clone()).collect()
}

/// The kinds of a stream's messages.
fn kinds(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .map(|message| message["type"].as_str().unwrap_or_default().to_owned())
        .collect()
}

fn sequence(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/terraform-1.11.4/sequences")
        .join(format!("{name}.json"));
    let recorded: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut dir = Dir::empty();
    for (path, text) in recorded["files"].as_object().unwrap() {
        dir.write(path, text.as_str().unwrap());
    }
    for (variable, value) in recorded["environment"].as_object().unwrap() {
        dir.set(variable, value.as_str().unwrap());
    }
    let program = stand_in(&dir);
    for round in 0..2 {
        for step in recorded["steps"].as_array().unwrap() {
            let line = step["run"].as_str().unwrap();
            let mut command = dir.command(&program);
            command.args(line.split(' ')).stdin(Stdio::null());
            let output = command.output().unwrap();
            let out = String::from_utf8(output.stdout).unwrap();
            let error = String::from_utf8_lossy(&output.stderr);
            let seen = format!("{name}, round {round}: {line}\n{out}\n{error}");
            let wanted = step["exit"][round].as_i64();
            assert_eq!(output.status.code().map(i64::from), wanted, "{seen}");
            let parts_wanted = strings(&step["keys"][round]);
            if !parts_wanted.is_empty() {
                let found = parts(&out);
                let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
                assert_eq!(found, parts_wanted, "{seen}");
            }
            let kinds_wanted = strings(&step["messages"][round]);
            if !kinds_wanted.is_empty() {
                let found = kinds(&out);
                let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
                assert_eq!(found, kinds_wanted, "{seen}");
            }
            if let Some(text) = step["text"][round].as_str() {
                assert_eq!(out, text, "{seen}");
            }
        }
    }
}

#[test]
fn a_library_that_wraps_every_command() {
    sequence("terraform-exec");
}

#[test]
fn a_wrapper_that_waits_for_locks() {
    sequence("terragrunt");
}

#[test]
fn a_server_for_pull_requests() {
    sequence("atlantis");
}

#[test]
fn a_reader_of_plans() {
    sequence("infracost");
}
