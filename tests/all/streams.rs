//! The `-json` streams of plan, apply and destroy: which messages come, in which order, and what they carry.
//!
//! Times, ids and what the terminal shows are not its subject.

use serde_json::{Value, json};

use crate::harness::{Dir, Output};

const ONE: &str = r#"
variable "v" { default = 1 }
resource "terraform_data" "a" { input = var.v }
output "o" { value = terraform_data.a.output }
output "s" {
  value     = "hidden-${var.v}"
  sensitive = true
}
output "nothing" { value = null }
"#;

/// The messages of a stream, every line of which is one.
fn messages(output: &Output) -> Vec<Value> {
    let lines = output.raw.lines();
    lines.map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// Each message as its type and its text, with ids and times redacted.
fn told(output: &Output) -> Vec<String> {
    let said = |m: &Value| {
        let text = format!(
            "{} {}",
            m["type"].as_str().unwrap(),
            m["@message"].as_str().unwrap()
        );
        crate::harness::redact(&text)
    };
    messages(output).iter().map(said).collect()
}

fn payload<'m>(messages: &'m [Value], kind: &str, field: &str) -> Vec<&'m Value> {
    let of = messages.iter().filter(|m| m["type"] == kind);
    of.map(|m| &m[field]).collect()
}

#[test]
fn a_plan_tells_its_changes_counts_and_outputs() {
    let output = Dir::with(ONE).run("plan -json");
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(
        told(&output),
        [
            "version Trunkline 1.11.4",
            "planned_change terraform_data.a: Plan to create",
            "change_summary Plan: 1 to add, 0 to change, 0 to destroy.",
            "outputs Outputs: 3",
        ]
    );
    let messages = messages(&output);
    assert_eq!(messages[0]["ui"], "1.2");
    let resource = json!({
        "addr": "terraform_data.a",
        "module": "",
        "resource": "terraform_data.a",
        "implied_provider": "terraform",
        "resource_type": "terraform_data",
        "resource_name": "a",
        "resource_key": null,
    });
    assert_eq!(
        messages[1]["change"],
        json!({ "resource": resource, "action": "create" })
    );
    assert_eq!(
        messages[2]["changes"],
        json!({ "add": 1, "change": 0, "import": 0, "remove": 0, "operation": "plan" })
    );
    assert_eq!(
        messages[3]["outputs"],
        json!({
            "nothing": { "sensitive": false, "action": "noop" },
            "o": { "sensitive": false, "action": "create" },
            "s": { "sensitive": true, "action": "create" },
        })
    );
}

#[test]
fn an_application_goes_on_with_what_it_does_and_ends_with_the_outputs() {
    let dir = Dir::with(ONE);
    let output = dir.run("apply -json -auto-approve");
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(
        told(&output)[3..],
        [
            "outputs Outputs: 3",
            "apply_start terraform_data.a: Creating...",
            "apply_complete terraform_data.a: Creation complete after [TIME] [id=[ID]]",
            "change_summary Apply complete! Resources: 1 added, 0 changed, 0 destroyed.",
            "outputs Outputs: 2",
        ]
    );
    let last = &messages(&output)[7]["outputs"];
    assert_eq!(
        *last,
        json!({
            "o": { "sensitive": false, "type": "number", "value": 1 },
            "s": { "sensitive": true, "type": "string" },
        })
    );
    assert!(!output.raw.contains("hidden-"), "{output}");

    let output = dir.run("apply -json -auto-approve -var v=2");
    assert_eq!(
        told(&output)[1..4],
        [
            "refresh_start terraform_data.a: Refreshing state... [id=[ID]]",
            "refresh_complete terraform_data.a: Refresh complete [id=[ID]]",
            "planned_change terraform_data.a: Plan to update",
        ]
    );
}

#[test]
fn a_destruction_says_so_in_its_summary_and_has_no_outputs() {
    let dir = Dir::with(ONE);
    dir.apply("");
    let output = dir.run("destroy -json -auto-approve");
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(
        told(&output)[6..],
        [
            "apply_start terraform_data.a: Destroying... [id=[ID]]",
            "apply_complete terraform_data.a: Destruction complete after [TIME]",
            "change_summary Destroy complete! Resources: 1 destroyed.",
        ]
    );
    let all = messages(&output);
    let operations = payload(&all, "change_summary", "changes");
    assert_eq!(operations[1]["operation"], "destroy");

    // The same by `apply` is an application.
    dir.apply("");
    let output = dir.run("apply -destroy -json -auto-approve");
    let said = told(&output);
    assert_eq!(
        said[said.len() - 2..],
        [
            "change_summary Apply complete! Resources: 0 added, 0 changed, 1 destroyed.",
            "outputs Outputs: 0",
        ]
    );
}

#[test]
fn nobody_can_be_asked_so_approval_comes_with_the_command() {
    let dir = Dir::with(ONE);
    let output = dir.run("apply -json");
    assert_eq!(output.code, Some(1), "{output}");
    assert_eq!(
        told(&output),
        [
            "version Trunkline 1.11.4",
            "diagnostic Error: Plan file or auto-approve required",
        ]
    );
    assert_eq!(output.stderr, "");

    assert_eq!(dir.run("plan -json -out=p").code, Some(0));
    let output = dir.run("apply -json p");
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(
        told(&output)[..3],
        [
            "version Trunkline 1.11.4",
            "planned_change terraform_data.a: Plan to create",
            "apply_start terraform_data.a: Creating...",
        ]
    );
}

#[test]
fn problems_are_messages_too() {
    let output = Dir::with("output \"o\" { value = nope.x }\n").run("plan -json");
    assert_eq!(output.code, Some(1), "{output}");
    assert_eq!(output.stderr, "");
    let all = messages(&output);
    let found = payload(&all, "diagnostic", "diagnostic");
    assert_eq!(found.len(), 1, "{output}");
    assert_eq!(found[0]["severity"], "error");
    assert_eq!(found[0]["range"]["start"]["line"], 1);
    assert_eq!(all[1]["@level"], "error");
}
