//! Conditions of every kind, what is kept of their results, and ephemeral values, which are kept nowhere.

use serde_json::{Value as Json, json};

use crate::harness::{Dir, Output};

const MAIN: &str = r#"variable "v" {
  default = "a"
}

resource "terraform_data" "a" {
  input = var.v

  lifecycle {
    postcondition {
      condition     = self.output != "bad"
      error_message = "It is ${self.output}."
    }
  }
}

check "known" {
  assert {
    condition     = var.v == "b"
    error_message = "v is ${var.v}."
  }
}

check "later" {
  assert {
    condition     = terraform_data.a.output == "b"
    error_message = "a is ${terraform_data.a.output}."
  }
}
"#;

/// `address status problems` of every instance in the `checks` of a JSON document.
fn results(document: &Output) -> Vec<String> {
    let document: Json = serde_json::from_str(&document.stdout).unwrap();
    let all = document["checks"].as_array().unwrap().clone();
    let instances = all
        .iter()
        .flat_map(|c| c["instances"].as_array().into_iter().flatten());
    instances
        .map(|i| {
            let problems = i["problems"].as_array().into_iter().flatten();
            let problems: Vec<&str> = problems.filter_map(|p| p["message"].as_str()).collect();
            let (at, status) = (&i["address"]["to_display"], &i["status"]);
            let line = format!("{} {}", at.as_str().unwrap(), status.as_str().unwrap());
            format!("{line} {}", problems.join(" "))
                .trim_end()
                .to_owned()
        })
        .collect()
}

#[test]
fn checks_warn_at_plan_and_again_at_apply_and_their_results_are_kept() {
    let dir = Dir::with(MAIN);
    let planned = dir.run("plan -out=saved");
    assert_eq!(planned.code, Some(0), "{planned}");
    let told = &planned.stdout;
    assert!(
        told.contains("Warning: Check block assertion failed"),
        "{told}"
    );
    assert!(told.contains("    │ var.v is \"a\"\n\nv is a.\n"), "{told}");
    assert!(
        told.contains("Check block assertion known after apply"),
        "{told}"
    );
    assert!(
        told.contains("│ terraform_data.a.output is a string\n"),
        "{told}"
    );
    assert_eq!(
        results(&dir.run("show -json saved")),
        [
            "check.known fail v is a.",
            "check.later unknown",
            "terraform_data.a unknown"
        ]
    );
    let applied = dir.run("apply saved");
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(
        applied
            .stdout
            .matches("Check block assertion failed")
            .count(),
        2,
        "{applied}"
    );
    let kept = [
        "check.known fail v is a.",
        "check.later fail a is a.",
        "terraform_data.a pass",
    ];
    assert_eq!(results(&dir.run("show -json")), kept);
    let state = dir.state();
    assert_eq!(
        state["check_results"][0],
        json!({
            "object_kind": "check", "config_addr": "check.known", "status": "fail",
            "objects": [{"object_addr": "check.known", "status": "fail", "failure_messages": ["v is a."]}],
        })
    );
    // Where nobody is asked in between, what the apply finds anew is told once.
    let again = dir.run("apply -auto-approve");
    let told = again.stdout.matches("Check block assertion failed").count();
    assert_eq!((again.code, told), (Some(0), 2), "{again}");
}

#[test]
fn a_failed_postcondition_is_an_error_and_a_result() {
    let dir = Dir::with(MAIN);
    let output = dir.run("apply -auto-approve -var v=bad");
    assert_eq!(output.code, Some(1));
    let told = &output.stderr;
    assert!(
        told.contains("Error: Resource postcondition failed"),
        "{told}"
    );
    assert!(
        told.contains("│ self.output is \"bad\"\n\nIt is bad.\n"),
        "{told}"
    );
    let found = results(&dir.run("show -json"));
    assert!(
        found.contains(&"terraform_data.a fail It is bad.".to_owned()),
        "{found:?}"
    );
    // With nothing to be changed, conditions warn only.
    let output = dir.run("plan -refresh-only -var v=bad");
    assert_eq!(output.code, Some(0), "{output}");
    assert!(
        output
            .stdout
            .contains("Warning: Resource postcondition failed"),
        "{output}"
    );
}

#[test]
fn messages_that_would_tell_a_secret_are_not_shown() {
    let dir = Dir::with(
        "variable \"s\" {\n  default   = \"hunter2\"\n  sensitive = true\n}\n\nresource \"terraform_data\" \"a\" {\n  lifecycle {\n    precondition {\n      condition     = var.s == \"\"\n      error_message = \"It is ${var.s}.\"\n    }\n  }\n}\n",
    );
    let output = dir.run("plan");
    let all = format!("{}{}", output.stdout, output.stderr);
    assert_eq!(output.code, Some(1));
    assert!(
        all.contains("Warning: Error message refers to sensitive values"),
        "{all}"
    );
    assert!(
        all.contains("This check failed, but has an invalid error message"),
        "{all}"
    );
    assert!(!all.contains("hunter2"), "{all}");
}

#[test]
fn an_ephemeral_variable_is_given_again_and_kept_nowhere() {
    let dir = Dir::with(
        "variable \"token\" {\n  type      = string\n  ephemeral = true\n}\n\noutput \"gone\" {\n  value = ephemeralasnull(var.token)\n}\n\noutput \"is\" {\n  value = ephemeralasnull(var.token) == null\n}\n",
    );
    assert_eq!(dir.run("plan -out=saved -var token=hunter2").code, Some(0));
    let shown = dir.run("show -json saved").stdout;
    let document: Json = serde_json::from_str(&shown).unwrap();
    assert_eq!(document["variables"], Json::Null);
    assert!(!shown.contains("hunter2"), "{shown}");
    let without = dir.run("apply saved");
    assert_eq!(without.code, Some(1));
    assert!(
        without.stderr.contains("was set during the plan phase"),
        "{without}"
    );
    let other = dir.run("apply -var token=x -var other=1 saved");
    assert!(
        other
            .stderr
            .contains("Error: Value for undeclared variable"),
        "{other}"
    );
    let applied = dir.run("apply -var token=hunter2 saved");
    assert_eq!(applied.code, Some(0), "{applied}");
    assert_eq!(dir.state()["outputs"]["is"]["value"], json!(true));
    assert!(!dir.run("state pull").stdout.contains("hunter2"));
}

#[test]
fn what_is_ephemeral_may_not_be_where_it_would_be_kept() {
    let variable = "variable \"e\" {\n  ephemeral = true\n  default = 1\n}\n";
    let cases = [
        (
            "output \"o\" { value = [var.e] }",
            "Ephemeral value not allowed",
        ),
        (
            "output \"o\" {\n value = var.e\n ephemeral = true\n}",
            "Ephemeral output not allowed",
        ),
        (
            "resource \"terraform_data\" \"a\" { input = var.e }",
            "Invalid use of ephemeral value",
        ),
        (
            "resource \"terraform_data\" \"a\" { input = terraform.applying }",
            "Invalid use of ephemeral value",
        ),
        (
            "resource \"terraform_data\" \"a\" { count = var.e }",
            "Invalid count argument",
        ),
        (
            "resource \"terraform_data\" \"a\" { for_each = toset([\"${var.e}\"]) }",
            "Invalid for_each argument",
        ),
    ];
    for (text, summary) in cases {
        let dir = Dir::with(&format!("{variable}{text}\n"));
        for command in ["validate", "plan"] {
            let output = dir.run(command);
            assert_eq!(output.code, Some(1), "{text}");
            assert!(
                output.stderr.contains(&format!("Error: {summary}")),
                "{text}: {output}"
            );
        }
    }
    let fine = "resource \"terraform_data\" \"a\" { input = ephemeralasnull(var.e) }";
    let output = Dir::with(&format!("{variable}{fine}\n")).run("plan");
    assert_eq!(output.code, Some(0), "{output}");
}

#[test]
fn files_of_variables_with_errors_are_told_with_their_places() {
    let cases = [
        (
            "a.tfvars",
            "v = f(1)\n",
            "Error: Function calls not allowed",
        ),
        ("a.tfvars", "v = local.x\n", "Error: Variables not allowed"),
        ("a.tfvars", "b {}\n", "Error: Unexpected \"b\" block"),
        ("a.tfvars.json", "[1]", "Error: Incorrect JSON value type"),
        ("a.tfvars.json", "{\"v\": }", "on a.tfvars.json line 1"),
    ];
    for (name, text, expected) in cases {
        let dir = Dir::with("variable \"v\" {\n  default = 1\n}\n");
        dir.write(name, text);
        let output = dir.run(&format!("plan -var-file={name}"));
        assert_eq!(output.code, Some(1), "{text}");
        assert!(output.stderr.contains(expected), "{text}: {output}");
    }
}
