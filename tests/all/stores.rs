//! The store in the working directory: what is refused rather than misread.

use insta::assert_snapshot;

use crate::harness::Dir;

const ONE: &str = "resource \"terraform_data\" \"a\" {}\n";

#[test]
fn a_terraform_state_is_never_planned_as_empty() {
    let dir = Dir::with(ONE);
    dir.write("terraform.tfstate", "{\"version\": 4, \"terraform_version\": \"1.11.4\", \"serial\": 1, \"lineage\": \"l\", \"outputs\": {}, \"resources\": [], \"check_results\": null}\n");
    assert_snapshot!(dir.run("plan"), @r#"
    exit code 1
    --- standard error

    Error: Existing Terraform state

    This directory holds terraform.tfstate, but no Trunkline state store.
    Planning as if nothing existed would create everything a second time. To take
    the state over, run "trunkline init", which asks first. To leave it to
    Terraform, work in another directory.
    "#);
    for command in [
        "apply -auto-approve",
        "destroy -auto-approve",
        "show",
        "output",
        "state list",
    ] {
        let output = dir.run(command);
        assert_eq!(output.code, Some(1), "{command}: {output}");
        assert!(
            output.stderr.contains("terraform.tfstate"),
            "{command}: {output}"
        );
    }
    assert_eq!(dir.files(), ["main.tf", "terraform.tfstate"]);
}

#[test]
fn a_rehearsal_does_not_mind_a_terraform_state() {
    let dir = Dir::with(ONE);
    dir.write("terraform.tfstate", "{}");
    assert_eq!(dir.run("plan -sandbox").code, Some(0));
}

#[test]
fn a_file_that_is_no_store_is_refused() {
    let dir = Dir::with(ONE);
    dir.write(
        "trunkline.db",
        "not a database, but long enough to be looked at: it is only text",
    );
    assert_snapshot!(dir.run("plan"), @"
    exit code 1
    --- standard error

    Error: State store error

    trunkline.db is not a Trunkline state store (it is not a SQLite database).
    Nothing was changed. Move the file away, or point Trunkline at the right
    file.
    ");
}

#[test]
fn a_rehearsals_store_is_not_taken_for_the_real_one() {
    let dir = Dir::with(ONE);
    assert_eq!(dir.run("apply -sandbox -auto-approve").code, Some(0));
    assert_eq!(
        dir.run("state list").code,
        Some(1),
        "there is no real state"
    );
    std::fs::copy(
        dir.path().join(".trunkline/sandbox/trunkline.db"),
        dir.path().join("trunkline.db"),
    )
    .unwrap();
    assert_snapshot!(dir.run("plan"), @"
    exit code 1
    --- standard error

    Error: State store error

    trunkline.db is a sandbox store, but this command works on live state. Pass
    -sandbox to work on it; rehearsal and reality never mix.
    ");
}

#[test]
fn a_rehearsal_leaves_the_real_state_alone() {
    let dir = Dir::with(ONE);
    dir.apply("");
    let before = dir.state();
    assert_eq!(dir.run("apply -sandbox -auto-approve").code, Some(0));
    assert_eq!(dir.run("destroy -sandbox -auto-approve").code, Some(0));
    assert_eq!(dir.state(), before);
}

/// A rehearsal in CI needs no key: its own lies beside its state.
#[test]
fn a_rehearsal_works_in_ci() {
    let mut dir = Dir::with(ONE);
    dir.set("CI", "true");
    dir.unset("HOME");
    dir.unset("TRUNKLINE_STATE_KEY");
    let output = dir.run("apply -sandbox -auto-approve");
    assert_eq!(output.code, Some(0), "{output}");
}

#[test]
fn an_empty_state_file_is_no_state() {
    let dir = Dir::with("");
    dir.write("trunkline.db", "");
    let output = dir.run("plan");
    assert_eq!(output.code, Some(1), "{output}");
}

const LOCAL: &str = "terraform {\n  backend \"local\" {}\n}\nresource \"terraform_data\" \"a\" {\n  input = \"x\"\n}\n";

fn state_file(attributes: &str, version: u64) -> String {
    format!(
        r#"{{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "l", "outputs": {{}}, "resources": [{{
  "mode": "managed", "type": "terraform_data", "name": "a", "provider": "provider[\"terraform.io/builtin/terraform\"]",
  "instances": [{{"schema_version": {version}, "attributes": {attributes}}}]}}]}}"#
    )
}

/// Attributes that a provider has dropped since are left out; what a newer one has written is refused.
#[test]
fn a_state_file_of_another_schema() {
    let dir = Dir::with(LOCAL);
    let known = r#""id": "i", "input": {"value": "x", "type": "string"}, "output": {"value": "x", "type": "string"}"#;
    dir.write(
        "terraform.tfstate",
        &state_file(&format!("{{{known}, \"bogus\": {{\"a\": 1}}}}"), 0),
    );
    assert_eq!(dir.run("init").code, Some(0));
    let plan = dir.run("plan -detailed-exitcode");
    assert_eq!(plan.code, Some(0), "{plan}");
    dir.write("terraform.tfstate", &state_file(&format!("{{{known}}}"), 7));
    let plan = dir.run("plan");
    assert_eq!(plan.code, Some(1), "{plan}");
    assert!(
        plan.stderr
            .contains("Error: Resource instance managed by newer provider version"),
        "{plan}"
    );
    dir.write("terraform.tfstate", "{nonsense");
    let list = dir.run("state list");
    assert_eq!(list.code, Some(1));
    assert!(list.stderr.starts_with("Failed to load state: "), "{list}");
}
