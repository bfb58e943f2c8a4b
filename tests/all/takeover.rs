//! A state of Terraform's: taken over by `init` after asking, and given back; states that move with their backend; and
//! states that other configurations read.

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
  value = terraform_data.a.output
}
"#;

/// A state as Terraform leaves it.
const STATE: &str = r#"{
  "version": 4,
  "terraform_version": "1.11.4",
  "serial": 7,
  "lineage": "5a6f6b1e-0000-4000-8000-000000000001",
  "outputs": {"o": {"value": "1", "type": "string"}},
  "resources": [
    {
      "mode": "managed",
      "type": "terraform_data",
      "name": "a",
      "provider": "provider[\"terraform.io/builtin/terraform\"]",
      "instances": [
        {
          "schema_version": 0,
          "attributes": {
            "id": "kept",
            "input": {"value": "1", "type": "string"},
            "output": {"value": "1", "type": "string"},
            "triggers_replace": null
          },
          "sensitive_attributes": []
        }
      ]
    }
  ],
  "check_results": null
}
"#;

fn document(dir: &Dir, name: &str) -> Value {
    let text = std::fs::read_to_string(dir.path().join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_state_is_taken_over_and_given_back() {
    let dir = Dir::with(MAIN);
    dir.write("terraform.tfstate", STATE);
    let declined = dir.answer("init", "no\n");
    assert_eq!(declined.code, Some(0), "{declined}");
    assert_eq!(document(&dir, "terraform.tfstate")["serial"], 7);
    assert!(!dir.has("trunkline.db"));
    let alone = dir.run("init -input=false");
    assert!(alone.stderr.contains("input is disabled"), "{alone}");

    let taken = dir.answer("init", "yes\n");
    assert_eq!(taken.code, Some(0), "{taken}");
    assert!(taken.stdout.contains("has been taken over"), "{taken}");
    // Terraform refuses the marker: it is of a version that it does not know.
    let marker = document(&dir, "terraform.tfstate");
    assert_eq!(
        (&marker["version"], &marker["taken_over_by"]),
        (&json!(99), &json!("Trunkline"))
    );
    assert_eq!(
        std::fs::read_to_string(dir.path().join("terraform.tfstate.before-trunkline")).unwrap(),
        STATE
    );
    let state = dir.state();
    assert_eq!(state["lineage"], "5a6f6b1e-0000-4000-8000-000000000001");
    assert_eq!(state["serial"], 7);
    let nothing = dir.run("plan -detailed-exitcode");
    assert_eq!(nothing.code, Some(0), "{nothing}");
    dir.apply("-var v=2");

    let given = dir.answer("init -migrate-state", "yes\n");
    assert_eq!(given.code, Some(0), "{given}");
    let back = document(&dir, "terraform.tfstate");
    assert_eq!(back["lineage"], state["lineage"]);
    assert!(back["serial"].as_u64() > Some(7), "{back}");
    assert_eq!(back["outputs"]["o"]["value"], "2");
    assert_eq!(
        back["resources"][0]["instances"][0]["attributes"]["id"],
        "kept"
    );
    assert!(dir.has("trunkline.db.given-back") && !dir.has("trunkline.db"));
    // From here on it is Terraform's again.
    let refused = dir.run("plan");
    assert!(
        refused.stderr.contains("Existing Terraform state"),
        "{refused}"
    );
}

#[test]
fn every_workspace_is_taken_over() {
    let dir = Dir::with(MAIN);
    dir.write("terraform.tfstate", STATE);
    dir.write(
        "terraform.tfstate.d/dev/terraform.tfstate",
        &STATE.replace("kept", "of-dev"),
    );
    let taken = dir.run("init -force-copy");
    assert_eq!(
        taken.stdout.matches("has been taken over").count(),
        2,
        "{taken}"
    );
    assert_eq!(dir.attribute("terraform_data.a", "id"), "kept");
    assert_eq!(dir.run("workspace select dev").code, Some(0));
    assert_eq!(dir.attribute("terraform_data.a", "id"), "of-dev");
}

#[test]
fn states_move_with_their_backend() {
    let dir = Dir::with(MAIN);
    dir.apply("");
    let id = dir.attribute("terraform_data.a", "id");
    let backend = |path: &str| {
        format!("terraform {{\n  backend \"local\" {{\n    path = {path:?}\n  }}\n}}\n")
    };
    dir.write("backend.tf", &backend("one.tfstate"));
    let unready = dir.run("plan");
    assert!(
        unready.stderr.contains("Backend initialization required"),
        "{unready}"
    );
    let copied = dir.answer("init", "yes\n");
    assert_eq!(copied.code, Some(0), "{copied}");
    assert_eq!(
        document(&dir, "one.tfstate")["resources"][0]["instances"][0]["attributes"]["id"],
        id
    );

    dir.write("backend.tf", &backend("two.tfstate"));
    let asked = dir.run("init");
    assert!(
        asked.stderr.contains("Backend configuration changed"),
        "{asked}"
    );
    let moved = dir.answer("init -migrate-state", "yes\n");
    assert_eq!(moved.code, Some(0), "{moved}");
    assert_eq!(dir.attribute("terraform_data.a", "id"), id);
    assert_eq!(
        document(&dir, "two.tfstate")["lineage"],
        dir.state()["lineage"]
    );
    let nothing = dir.run("plan -detailed-exitcode");
    assert_eq!(nothing.code, Some(0), "{nothing}");

    std::fs::remove_file(dir.path().join("backend.tf")).unwrap();
    let unset = dir.run("init -migrate-state -force-copy");
    assert_eq!(unset.code, Some(0), "{unset}");
    assert_eq!(dir.attribute("terraform_data.a", "id"), id);
}

#[test]
fn another_configuration_reads_a_state() {
    let dir = Dir::with(
        r#"
data "terraform_remote_state" "file" {
  backend = "local"
  config  = { path = "file.tfstate" }
}
data "terraform_remote_state" "store" {
  backend  = "local"
  config   = { path = "../other/terraform.tfstate" }
  defaults = { more = "default" }
}
output "file" {
  value = data.terraform_remote_state.file.outputs.o
}
output "store" {
  value = data.terraform_remote_state.store.outputs
}
"#,
    );
    dir.write("file.tfstate", STATE);
    dir.write("../other/main.tf", MAIN);
    let other = dir.run("-chdir=../other apply -auto-approve -var v=sealed");
    assert_eq!(other.code, Some(0), "{other}");
    dir.apply("");
    let outputs: Value = serde_json::from_str(&dir.run("output -json").raw).unwrap();
    assert_eq!(outputs["file"]["value"], "1");
    // There is only the store, and its outputs are sealed with the same key.
    assert!(!dir.path().join("../other/terraform.tfstate").exists());
    assert_eq!(
        outputs["store"]["value"],
        json!({"o": "sealed", "more": "default"})
    );
    // What was read while planning belongs to what was planned from, and no dependencies are recorded for it.
    assert_eq!(dir.run("plan -out=p").code, Some(0));
    let plan: Value = serde_json::from_str(&dir.run("show -json p").raw).unwrap();
    let read = plan["prior_state"]["values"]["root_module"]["resources"]
        .as_array()
        .unwrap();
    let names: Vec<&Value> = read.iter().map(|r| &r["name"]).collect();
    assert_eq!(names, ["file", "store"]);
    std::fs::remove_file(dir.path().join("file.tfstate")).unwrap();
    let missing = dir.run("plan");
    assert!(
        missing.stderr.contains("Unable to find remote state"),
        "{missing}"
    );
}
