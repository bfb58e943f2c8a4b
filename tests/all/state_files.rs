//! `-state`, `-state-out` and `-backup`: states that the command line names by their files.

use serde_json::{Value, json};

use crate::harness::Dir;

const MAIN: &str = r#"
variable "v" {
  default = "1"
}
resource "terraform_data" "a" {
  input = var.v
}
output "o" {
  value = var.v
}
"#;

/// The output, the input and whether it is tainted, of a state file; `None` where it is not there.
fn file(dir: &Dir, name: &str) -> Option<(Value, Value, bool)> {
    let text = std::fs::read_to_string(dir.path().join(name)).ok()?;
    let state: Value = serde_json::from_str(&text).unwrap();
    let instance = &state["resources"][0]["instances"][0];
    Some((
        state["outputs"]["o"]["value"].clone(),
        instance["attributes"]["input"]["value"].clone(),
        instance["status"] == "tainted",
    ))
}

fn holds(value: &str) -> Option<(Value, Value, bool)> {
    Some((json!(value), json!(value), false))
}

#[test]
fn a_named_state_is_read_and_written() {
    let dir = Dir::with(MAIN);
    let first = dir.apply("-state=one.tfstate");
    assert!(first.stdout.contains("Deprecated flag: -state"), "{first}");
    assert_eq!(file(&dir, "one.tfstate"), holds("1"));
    assert_eq!(file(&dir, "one.tfstate.backup"), None);
    // What the plain commands work on is another state.
    assert!(
        dir.run("state list")
            .stderr
            .contains("No state file was found")
    );
    assert_eq!(
        dir.run("state list -state=one.tfstate").stdout,
        "terraform_data.a\n"
    );
    assert_eq!(dir.run("output -raw -state=one.tfstate o").stdout, "1");

    let planned = dir.run("plan -state=one.tfstate -var v=2 -detailed-exitcode");
    assert_eq!(planned.code, Some(2), "{planned}");
    assert!(planned.stdout.contains("\"1\" -> \"2\""), "{planned}");
    dir.apply("-state=one.tfstate -var v=2");
    assert_eq!(file(&dir, "one.tfstate"), holds("2"));
    assert_eq!(file(&dir, "one.tfstate.backup"), holds("1"));
    dir.apply("-state=one.tfstate -backup=kept.json -var v=3");
    assert_eq!(file(&dir, "kept.json"), holds("2"));
    assert_eq!(file(&dir, "one.tfstate.backup"), holds("1"));
    dir.apply("-state=one.tfstate -backup=- -var v=4");
    assert_eq!(file(&dir, "one.tfstate"), holds("4"));
    assert_eq!(file(&dir, "one.tfstate.backup"), holds("1"));

    let console = dir.answer("console -state=one.tfstate", "terraform_data.a.input\n");
    assert_eq!(console.stdout, "\"4\"\n", "{console}");
    let gone = dir.run("destroy -auto-approve -state=one.tfstate");
    assert_eq!(gone.code, Some(0), "{gone}");
    assert_eq!(
        file(&dir, "one.tfstate"),
        Some((Value::Null, Value::Null, false))
    );
}

#[test]
fn a_state_is_written_elsewhere() {
    let dir = Dir::with(MAIN);
    dir.apply("-state=in.tfstate -state-out=out.tfstate");
    assert_eq!(file(&dir, "in.tfstate"), None);
    assert_eq!(file(&dir, "out.tfstate"), holds("1"));
    dir.apply("-state=out.tfstate -state-out=next.tfstate -var v=2");
    assert_eq!(file(&dir, "out.tfstate"), holds("1"));
    assert_eq!(file(&dir, "next.tfstate"), holds("2"));
    assert_eq!(file(&dir, "next.tfstate.backup"), None);
    // What lay there goes to the copy, even if nothing is to be done.
    dir.apply("-state=out.tfstate -state-out=next.tfstate -var v=1");
    assert_eq!(file(&dir, "next.tfstate"), holds("1"));
    assert_eq!(file(&dir, "next.tfstate.backup"), holds("2"));
    let id = |name: &str| {
        let text = std::fs::read_to_string(dir.path().join(name)).unwrap();
        let state: Value = serde_json::from_str(&text).unwrap();
        (
            state["lineage"].clone(),
            state["resources"][0]["instances"][0]["attributes"]["id"].clone(),
        )
    };
    assert_eq!(id("out.tfstate"), id("next.tfstate"));
    // Declined, nothing is written.
    let declined = dir.answer(
        "apply -state=out.tfstate -state-out=never.tfstate -var v=9",
        "no\n",
    );
    assert_eq!(declined.code, Some(1), "{declined}");
    assert_eq!(file(&dir, "never.tfstate"), None);
    // Without -state, what is written elsewhere is the state of the directory.
    dir.apply("-var v=7");
    dir.apply("-state-out=copy.tfstate -var v=8");
    assert_eq!(file(&dir, "copy.tfstate"), holds("8"));
    assert_eq!(dir.run("output -raw o").stdout, "7");
}

#[test]
fn marks_refreshes_and_imports_go_to_named_states() {
    let dir = Dir::with(MAIN);
    dir.apply("-state=a.tfstate");
    let tainted = dir.run("taint -state=a.tfstate -state-out=b.tfstate terraform_data.a");
    assert_eq!(tainted.code, Some(0), "{tainted}");
    assert_eq!(file(&dir, "a.tfstate"), holds("1"));
    assert_eq!(
        file(&dir, "b.tfstate"),
        Some((json!("1"), json!("1"), true))
    );
    let back = dir.run("untaint -state=b.tfstate terraform_data.a");
    assert_eq!(back.code, Some(0), "{back}");
    assert_eq!(file(&dir, "b.tfstate"), holds("1"));
    let none = dir.run("taint -state=none.tfstate terraform_data.a");
    assert!(
        none.stderr
            .contains("contains no resource instances whatsoever"),
        "{none}"
    );

    let refreshed = dir.run("refresh -state=a.tfstate -state-out=c.tfstate -var v=5");
    assert_eq!(refreshed.code, Some(0), "{refreshed}");
    assert_eq!(
        file(&dir, "c.tfstate"),
        Some((json!("5"), json!("1"), false))
    );

    let imported =
        dir.run("import -state=new.tfstate -state-out=made.tfstate terraform_data.a some-id");
    assert_eq!(imported.code, Some(0), "{imported}");
    assert!(
        dir.has("made.tfstate") && !dir.has("new.tfstate"),
        "{:?}",
        dir.files()
    );
    assert_eq!(
        dir.run("state list -id=some-id -state=made.tfstate").stdout,
        "terraform_data.a\n"
    );
}

#[test]
fn the_copy_of_a_state_without_a_file_is_made_when_asked_for() {
    let dir = Dir::with(MAIN);
    dir.apply("-backup=first.json");
    dir.apply("-backup=second.json -var v=2");
    dir.apply("-backup=third.json -var v=2");
    assert_eq!(file(&dir, "first.json"), None);
    assert_eq!(file(&dir, "second.json"), holds("1"));
    assert_eq!(file(&dir, "third.json"), None);
    // The default file by name is the state of the directory, and is written because it is named.
    dir.apply("-state=terraform.tfstate -var v=3");
    assert_eq!(file(&dir, "terraform.tfstate"), holds("3"));
    assert_eq!(dir.run("output -raw o").stdout, "3");
}

#[test]
fn what_is_no_state_is_refused_and_left() {
    let dir = Dir::with(MAIN);
    dir.write("junk", "junk\n");
    let refused = dir.run("apply -auto-approve -state=junk");
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(
        refused.stderr.contains("Error acquiring the state lock"),
        "{refused}"
    );
    assert_eq!(
        std::fs::read_to_string(dir.path().join("junk")).unwrap(),
        "junk\n"
    );
}
