//! States that make the round between Terraform and this program, beginning on either side: neither plans a change.
//!
//! Without Terraform 1.11.4 these say so and pass.

use serde_json::Value;

use crate::compare::terraform;
use crate::harness::Dir;

/// Everything that a state can hold of `terraform_data`: keys of both kinds, modules, secrets, order of replacement.
const ALL: &str = r#"
variable "word" {}
resource "terraform_data" "one" {
  input = var.word
}
resource "terraform_data" "counted" {
  count            = 2
  input            = { of = terraform_data.one.output, n = count.index, list = toset(["a", var.word]) }
  triggers_replace = [var.word]
  lifecycle { create_before_destroy = true }
}
resource "terraform_data" "each" {
  for_each = toset(["x", "y z"])
  input    = sensitive(each.key)
}
module "inner" {
  source   = "./inner"
  for_each = { "k.1" = 1, "k2" = 2 }
  n        = each.value
  word     = var.word
}
output "secret" {
  value     = { word = var.word, n = 1.5, none = null }
  sensitive = true
}
output "tuple" { value = [terraform_data.one.output, true, 12345678901234567890] }
check "soft" {
  assert {
    condition     = var.word != "second"
    error_message = "It is the second."
  }
}
"#;

const INNER: &str = r#"
variable "n" {}
variable "word" {}
resource "terraform_data" "held" {
  count = var.n
  input = "${var.word} ${count.index}"
}
output "all" { value = terraform_data.held[*].output }
"#;

fn all() -> Dir {
    let mut dir = Dir::with(ALL);
    dir.write("inner/main.tf", INNER);
    dir.set("CHECKPOINT_DISABLE", "1");
    word(&dir, "first");
    dir
}

fn word(dir: &Dir, word: &str) {
    dir.write("terraform.tfvars", &format!("word = {word:?}\n"));
}

/// Runs Terraform; the exit code must be `code`.
fn theirs(dir: &Dir, line: &str, code: i32) -> String {
    let mut command = dir.command(terraform().unwrap());
    let output = command.args(line.split(' ')).output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(
        output.status.code(),
        Some(code),
        "terraform {line}:\n{text}"
    );
    text
}

/// Runs our program; the exit code must be `code`.
fn ours(dir: &Dir, line: &str, code: i32) -> String {
    let output = dir.answer(line, "yes\n");
    assert_eq!(output.code, Some(code), "{line}:\n{output}");
    output.stdout
}

fn file(dir: &Dir) -> Value {
    let text = std::fs::read_to_string(dir.path().join("terraform.tfstate")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Made by Terraform, changed here, handed back, changed there, taken over again.
#[test]
fn a_state_of_terraforms_makes_the_round() {
    if terraform().is_none() {
        return;
    }
    let dir = all();
    theirs(&dir, "init", 0);
    theirs(&dir, "apply -auto-approve", 0);
    theirs(&dir, "taint terraform_data.each[\"x\"]", 0);
    let made = file(&dir);

    ours(&dir, "init", 0);
    assert_eq!(dir.state()["lineage"], made["lineage"]);
    let planned = ours(&dir, "plan -detailed-exitcode", 2);
    assert!(
        planned.contains("Plan: 1 to add, 0 to change, 1 to destroy."),
        "{planned}"
    );
    word(&dir, "second");
    ours(&dir, "apply -auto-approve", 0);
    ours(&dir, "plan -detailed-exitcode", 0);
    ours(&dir, "state mv terraform_data.one terraform_data.moved", 0);
    dir.write(
        "main.tf",
        &ALL.replace("terraform_data.one", "terraform_data.moved")
            .replace("\"one\"", "\"moved\""),
    );
    let refused = theirs(&dir, "plan", 1);
    assert!(refused.contains("version 99"), "{refused}");

    ours(&dir, "init -migrate-state", 0);
    let given = file(&dir);
    assert_eq!(given["lineage"], made["lineage"]);
    assert!(given["serial"].as_u64() > made["serial"].as_u64());
    theirs(&dir, "plan -detailed-exitcode", 0);
    assert_eq!(
        rewritten(&given),
        rows(&given),
        "Terraform writes what it was given"
    );

    word(&dir, "third");
    theirs(&dir, "apply -auto-approve", 0);
    ours(&dir, "init", 0);
    ours(&dir, "plan -detailed-exitcode", 0);
    ours(&dir, "destroy -auto-approve", 0);
    ours(&dir, "init -migrate-state", 0);
    assert_eq!(file(&dir)["resources"], Value::Array(Vec::new()));
}

/// Made here with a file beside the store, then managed by turns without handing anything over.
#[test]
fn a_state_of_ours_makes_the_round() {
    if terraform().is_none() {
        return;
    }
    let dir = all();
    dir.write("backend.tf", "terraform {\n  backend \"local\" {}\n}\n");
    ours(&dir, "init", 0);
    ours(&dir, "apply -auto-approve", 0);
    ours(&dir, "taint terraform_data.each[\"x\"]", 0);
    let made = file(&dir);
    theirs(&dir, "init", 0);
    let planned = theirs(&dir, "plan -detailed-exitcode -no-color", 2);
    assert!(
        planned.contains("Plan: 1 to add, 0 to change, 1 to destroy."),
        "{planned}"
    );
    word(&dir, "second");
    theirs(&dir, "apply -auto-approve", 0);
    theirs(&dir, "plan -detailed-exitcode", 0);
    assert_eq!(file(&dir)["lineage"], made["lineage"]);

    ours(&dir, "plan -detailed-exitcode", 0);
    word(&dir, "third");
    ours(&dir, "apply -auto-approve", 0);
    theirs(&dir, "plan -detailed-exitcode", 0);
    let last = file(&dir);
    assert_eq!(
        rewritten(&last),
        rows(&last),
        "Terraform writes what it was given"
    );
    theirs(&dir, "destroy -auto-approve", 0);
    assert!(ours(&dir, "show", 0).contains("empty"));
}

/// Made here in the store alone: the document of `state pull` is a state for Terraform, and `state push` takes it back.
#[test]
fn a_document_carries_a_state_both_ways() {
    if terraform().is_none() {
        return;
    }
    let (here, there) = (all(), all());
    ours(&here, "init", 0);
    ours(&here, "apply -auto-approve", 0);
    there.write("terraform.tfstate", &here.run("state pull").raw);
    theirs(&there, "init", 0);
    theirs(&there, "plan -detailed-exitcode", 0);
    word(&there, "second");
    theirs(&there, "apply -auto-approve", 0);
    here.write("back.json", &file(&there).to_string());
    ours(&here, "state push back.json", 0);
    word(&here, "second");
    ours(&here, "plan -detailed-exitcode", 0);
}

/// The resources after Terraform has written the state that it has read (under another serial).
fn rewritten(state: &Value) -> Value {
    let pushed = Dir::empty();
    let mut newer = state.clone();
    newer["serial"] = (state["serial"].as_u64().unwrap() + 1).into();
    pushed.write("newer.json", &newer.to_string());
    pushed.write("main.tf", "");
    theirs(&pushed, "state push newer.json", 0);
    rows(&file(&pushed))
}

/// What a state holds, in the order of the document.
fn rows(state: &Value) -> Value {
    Value::Array(vec![
        state["resources"].clone(),
        state["outputs"].clone(),
        state["check_results"].clone(),
    ])
}
