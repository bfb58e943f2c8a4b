//! `state push`: a tfstate document becomes the state, and comes back as it was.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::Dir;

/// A document with everything that a state can hold.
fn document(serial: u64, lineage: &str) -> Value {
    json!({
        "version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": lineage,
        "outputs": {
            "b": {"value": [1], "type": ["list", "number"], "sensitive": true},
            "n": {"value": null, "type": "string"},
        },
        "resources": [
            {
                "mode": "managed", "type": "terraform_data", "name": "a",
                "provider": "provider[\"terraform.io/builtin/terraform\"]",
                "instances": [
                    {
                        "index_key": 2, "status": "tainted", "schema_version": 0,
                        "attributes": {"id": "x", "input": {"value": 12_345_678_901_234_567_u64, "type": "number"}, "odd": 1},
                        "sensitive_attributes": [[{"type": "get_attr", "value": "input"}]],
                        "private": "eHg=",
                        "dependencies": ["data.q.y", "module.m.q.b"],
                        "create_before_destroy": true,
                    },
                    {
                        "index_key": 2, "deposed": "0123abcd", "schema_version": 0,
                        "attributes": {"id": "old"}, "sensitive_attributes": [],
                    },
                    {"index_key": 10, "schema_version": 0, "attributes": {}, "sensitive_attributes": []},
                ],
            },
            {
                "module": "module.m[\"k.l\"]", "mode": "data", "type": "terraform_remote_state", "name": "r",
                "provider": "module.m.provider[\"registry.terraform.io/hashicorp/aws\"].west",
                "instances": [{"schema_version": 0, "attributes": {}, "sensitive_attributes": []}],
            },
        ],
        "check_results": [{
            "object_kind": "check", "config_addr": "check.x", "status": "fail",
            "objects": [{"object_addr": "check.x", "status": "fail", "failure_messages": ["no"]}],
        }],
    })
}

fn push(dir: &Dir, line: &str, document: &Value) -> crate::harness::Output {
    dir.answer(&format!("state push {line}"), &document.to_string())
}

#[test]
fn what_is_pushed_is_what_is_pulled() {
    let dir = Dir::empty();
    let given = document(7, "one");
    assert_eq!(push(&dir, "-", &given).code, Some(0));
    assert_eq!(dir.state(), given);
    // From a file, over itself: nothing changes, the serial neither.
    dir.write("state.json", &given.to_string());
    assert_eq!(dir.run("state push state.json").code, Some(0));
    assert_eq!(dir.state(), given);
}

#[test]
fn lineage_and_serial_are_checked_unless_forced() {
    let dir = Dir::empty();
    assert_eq!(push(&dir, "-", &document(7, "one")).code, Some(0));
    assert_snapshot!(push(&dir, "-", &document(8, "two")), @r#"
    exit code 1
    --- standard error
    Failed to write state: cannot import state with lineage "two" over unrelated state with lineage "one"
    "#);
    assert_snapshot!(push(&dir, "-", &document(6, "one")), @r"
    exit code 1
    --- standard error
    Failed to write state: cannot import state with serial 6 over newer state with serial 7
    ");
    let mut other = document(7, "one");
    other["outputs"] = json!({});
    assert_snapshot!(push(&dir, "-", &other), @r"
    exit code 1
    --- standard error
    Failed to write state: cannot overwrite existing state with serial 7 with a different state that has the same serial
    ");
    assert_eq!(dir.state(), document(7, "one"));
    assert_eq!(push(&dir, "-force -", &document(3, "two")).code, Some(0));
    let state = dir.state();
    assert_eq!(
        (&state["lineage"], &state["serial"]),
        (&json!("two"), &json!(3))
    );
}

#[test]
fn what_is_no_state_is_refused_and_changes_nothing() {
    let dir = Dir::empty();
    let one = |change: &dyn Fn(&mut Value)| {
        let mut document = document(1, "one");
        change(&mut document);
        let output = push(&dir, "-", &document);
        assert_eq!((output.code, dir.files().len()), (Some(1), 0), "{output}");
        output.stderr
    };
    assert_snapshot!(one(&|d| d["version"] = json!(99)), @r#"Error reading source state "-": Unsupported state file format: The state file uses format version 99, which is not supported by Terraform 1.11.4. This state file may have been created by a newer version of Terraform."#);
    assert_snapshot!(one(&|d| d["resources"] = json!(3)), @r#"Error reading source state "-": Invalid state file format: The state file field "resources" has invalid value number"#);
    assert_snapshot!(one(&|d| d["resources"][0]["mode"] = json!("odd")), @r#"Error reading source state "-": Invalid resource mode in state: State contains a resource with mode "odd" ("terraform_data" "a") which is not supported."#);
    assert_snapshot!(one(&|d| d["resources"][0]["instances"][2]["index_key"] = json!(2)), @r#"Error reading source state "-": Duplicate resource instance in state: Instance terraform_data.a[2] appears multiple times in the state file."#);
    assert_snapshot!(one(&|d| d["resources"][0]["instances"][1]["deposed"] = json!("z")), @r#"Error reading source state "-": Invalid resource instance metadata in state: Instance terraform_data.a[2] has an object with deposed key "z", which is not correctly formatted."#);
    assert_snapshot!(dir.answer("state push -", "{ not"), @r#"
    exit code 1
    --- standard error
    Error reading source state "-": 2 problems:

    - Unsupported state file format: The state file could not be parsed as JSON: syntax error at byte offset 3.
    - Unsupported state file format: The state file does not have a "version" attribute, which is required to identify the format version.
    "#);
    assert_snapshot!(dir.run("state push none.json"), @r"
    exit code 1
    --- standard error
    open none.json: no such file or directory
    ");
}

#[test]
fn a_pushed_state_is_planned_on() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {\n  input = \"x\"\n}\n");
    let mut state = document(1, "one");
    state["outputs"] = json!({});
    state["resources"] = json!([{
        "mode": "managed", "type": "terraform_data", "name": "a",
        "provider": "provider[\"terraform.io/builtin/terraform\"]",
        "instances": [{
            "schema_version": 0, "sensitive_attributes": [],
            "attributes": {
                "id": "by-hand", "triggers_replace": null,
                "input": {"value": "x", "type": "string"}, "output": {"value": "x", "type": "string"},
            },
        }],
    }]);
    assert_eq!(push(&dir, "-", &state).code, Some(0));
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));
}
