//! Small answers to command lines, each as Terraform 1.11.4 gives it: places of problems, refusals, what a plan that
//! failed leaves. What the answers are was seen by running it.
//!
//! Documents and graphs are compared elsewhere, as are texts of plans.

use crate::harness::{Dir, Output};

const DATA: &str = r#"
resource "terraform_data" "a" {
  input = 1
}
data "terraform_remote_state" "d" {
  backend = "local"
  config  = { path = "nowhere.tfstate" }
}
"#;

#[track_caller]
fn fails(output: &Output, with: &str) {
    assert_eq!(output.code, Some(1), "{output}");
    let text = format!("{}{}", output.stdout, output.stderr);
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(folded.contains(with), "{with:?} is not in {output}");
}

#[test]
fn a_plan_that_failed_is_saved_to_be_looked_at_and_not_applied() {
    let dir = Dir::with(DATA);
    let planned = dir.run("plan -out=tfplan");
    fails(
        &planned,
        "on main.tf line 5, in data \"terraform_remote_state\" \"d\":",
    );
    let shown = dir.run("show tfplan");
    assert_eq!(shown.code, Some(0), "{shown}");
    assert!(
        shown.stdout.contains("# terraform_data.a will be created"),
        "{shown}"
    );
    let document: serde_json::Value =
        serde_json::from_str(&dir.run("show -json tfplan").raw).unwrap();
    assert_eq!(document["errored"], true);
    assert_eq!(document["applyable"], false);
    fails(
        &dir.run("apply tfplan"),
        "Error: Cannot apply incomplete plan",
    );
}

#[test]
fn a_value_that_does_not_fit_is_told_where_it_was_given() {
    let mut dir = Dir::with(
        "variable \"n\" {\n  type = number\n}\nvariable \"l\" {\n  type     = list(number)\n  nullable = false\n  default  = []\n}\nvariable \"v\" {\n  default = 1\n  validation {\n    condition     = var.v == 1\n    error_message = \"no\"\n  }\n}\n",
    );
    fails(
        &dir.run("plan -var n=abc"),
        "on main.tf line 1: 1: variable \"n\" { Unsuitable value for var.n set using -var=\"n=...\": a number is required.",
    );
    dir.write("bad.tfvars", "v = 3\nn = \"abc\"\n");
    let file = dir.run("plan -var-file=bad.tfvars");
    fails(
        &file,
        "on bad.tfvars line 2: 2: n = \"abc\" The given value is not suitable for var.n declared at main.tf:1,1-13: a number is required.",
    );
    fails(
        &file,
        "Error: Invalid value for variable on bad.tfvars line 1: 1: v = 3",
    );
    dir.write("bad.tfvars.json", "{\n  \"n\": [1]\n}\n");
    fails(
        &dir.run("plan -var-file=bad.tfvars.json"),
        "on bad.tfvars.json line 2: 2: \"n\": [1] The given value is not suitable for var.n",
    );
    dir.set("TF_VAR_n", "abc");
    fails(
        &dir.run("plan"),
        "Unsuitable value for var.n set using the TF_VAR_n environment variable: a number is required.",
    );
}

#[test]
fn a_value_for_a_module_is_told_with_the_module() {
    let dir = Dir::with("module \"m\" {\n  source = \"./m\"\n  n      = \"abc\"\n}\n");
    dir.write(
        "m/main.tf",
        "variable \"n\" {\n  type = number\n}\nvariable \"o\" {}\n",
    );
    assert_eq!(dir.run("get").code, Some(0));
    let checked = dir.run("validate");
    fails(
        &checked,
        "The given value is not suitable for module.m.var.n declared at m/main.tf:1,1-13: a number is required.",
    );
    // What is missing is told at the brace that begins the block's body.
    fails(
        &checked,
        "on main.tf line 1, in module \"m\": 1: module \"m\" {",
    );
}

/// What an update would change is sometimes known only when it is applied: where it turns out that there is nothing to
/// change, nothing is done and nothing counted.
#[test]
fn an_update_that_turns_out_to_be_none_is_not_done() {
    let main = |a: &str| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n  input = \"{a}\"\n}}\nresource \"terraform_data\" \"b\" {{\n  input = length(terraform_data.a.output)\n}}\n"
        )
    };
    let dir = Dir::with(&main("one"));
    dir.apply("");
    let id = dir.attribute("terraform_data.b", "id");
    dir.write("main.tf", &main("two"));
    let applied = dir.run("apply -auto-approve");
    assert!(
        applied
            .stdout
            .contains("Plan: 0 to add, 2 to change, 0 to destroy."),
        "{applied}"
    );
    assert!(
        applied
            .stdout
            .contains("Apply complete! Resources: 0 added, 1 changed, 0 destroyed."),
        "{applied}"
    );
    assert!(
        !applied.stdout.contains("terraform_data.b: Modifying"),
        "{applied}"
    );
    assert_eq!(dir.attribute("terraform_data.b", "id"), id);
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));
}

/// Which instances are wanted is not known, so none is said to go.
#[test]
fn an_unclear_repetition_destroys_nothing() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {\n  for_each = toset([\"x\"])\n}\n");
    dir.apply("");
    dir.write(
        "main.tf",
        "resource \"terraform_data\" \"z\" {}\nresource \"terraform_data\" \"a\" {\n  for_each = toset([terraform_data.z.id])\n}\n",
    );
    let planned = dir.run("plan");
    fails(&planned, "Error: Invalid for_each argument");
    assert!(!planned.stdout.contains("will be destroyed"), "{planned}");
}

#[test]
fn an_instance_that_is_not_there_is_unknown_to_a_refresh() {
    let dir = Dir::with(
        "resource \"terraform_data\" \"a\" {\n  count = 3\n  input = count.index\n}\noutput \"n\" {\n  value = terraform_data.a[*].output\n}\n",
    );
    dir.apply("");
    assert_eq!(dir.run("state rm terraform_data.a[1]").code, Some(0));
    let planned = dir.run("plan -refresh-only");
    assert!(
        planned
            .stdout
            .contains("      ~ 1 -> (known after apply),\n"),
        "{planned}"
    );
    assert!(!planned.stdout.contains("-out option"), "{planned}");
}

#[test]
fn what_depended_on_something_that_moves_forgets_its_dependencies() {
    let dir = Dir::with(
        "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {\n  input = terraform_data.a.id\n}\nresource \"terraform_data\" \"c\" {\n  input = terraform_data.b.id\n}\n",
    );
    dir.apply("");
    assert_eq!(
        dir.run("state mv terraform_data.b terraform_data.q").code,
        Some(0)
    );
    let state = dir.state();
    let dependencies = |name: &str| {
        let resources = state["resources"].as_array().unwrap();
        let found = resources.iter().find(|r| r["name"] == name).unwrap();
        found["instances"][0]["dependencies"].to_string()
    };
    assert_eq!(dependencies("q"), r#"["terraform_data.a"]"#);
    assert_eq!(dependencies("c"), "null");
}

/// `init` reads the root module twice where no backend is written, and tells of its problems twice, as Terraform does.
#[test]
fn init_tells_of_the_root_module_as_often_as_terraform() {
    let times = |text: &str, line: &str| {
        let dir = Dir::with(text);
        let output = dir.run(line);
        assert_eq!(output.code, Some(1), "{output}");
        output.stderr.matches("Error: ").count() - 1
    };
    assert_eq!(times("bogus {}\n", "init"), 2);
    assert_eq!(times("bogus {}\n", "init -backend=false"), 1);
    // The syntax is looked at once.
    assert_eq!(times("locals {\n  a =\n}\n", "init"), 1);
    let backend = "terraform {\n  backend \"local\" {}\n}\nbogus {}\n";
    assert_eq!(times(backend, "init"), 1);
}

#[test]
fn options_that_exclude_each_other_are_refused() {
    let dir = Dir::with("");
    for (line, with) in [
        (
            "init -reconfigure -migrate-state",
            "Error: Invalid init options The -migrate-state and -reconfigure options are mutually-exclusive.",
        ),
        (
            "providers lock -fs-mirror=/x -net-mirror=https://y",
            "Error: Invalid installation method options The -fs-mirror and -net-mirror command line options are mutually-exclusive.",
        ),
        (
            "providers lock -platform=zz hashicorp/null",
            "Error: Invalid target platform The string \"zz\" given in the -platform option is not a valid target platform: must be two words separated by an underscore. Error: Invalid provider argument The provider registry.terraform.io/hashicorp/null is not required by the current configuration.",
        ),
        (
            "plan -allow-deferral",
            "The -allow-deferral flag is only valid in experimental builds of Trunkline.",
        ),
        (
            "test -test-directory=../elsewhere",
            "Error: Invalid testing directory",
        ),
        (
            "validate nowhere",
            "Error: Failed to read module directory Module directory nowhere does not exist or cannot be read.",
        ),
    ] {
        fails(&dir.run(line), with);
    }
}

#[test]
fn what_is_asked_for_in_vain_is_warned_of() {
    let dir = Dir::with("");
    let initialised = dir.run("init -backend-config=path=x");
    assert_eq!(initialised.code, Some(0), "{initialised}");
    assert!(
        initialised
            .stdout
            .contains("Warning: Missing backend configuration"),
        "{initialised}"
    );
    for line in ["init -test-directory=zz", "validate -test-directory=zz"] {
        let output = dir.run(line);
        assert_eq!(output.code, Some(0), "{output}");
        assert!(
            output
                .stdout
                .contains("Warning: Test directory does not exist"),
            "{output}"
        );
    }
}

#[test]
fn formatted_text_is_shown_where_nothing_else_is_asked_for() {
    let dir = Dir::with("locals {\n a=1\n}\n");
    let output = dir.run("fmt -list=false -write=false");
    assert_eq!(output.raw, "locals {\n  a = 1\n}\n");
    let main = std::fs::read_to_string(dir.path().join("main.tf")).unwrap();
    assert_eq!(main, "locals {\n a=1\n}\n");
}

#[test]
fn the_type_function_of_the_console_stands_alone() {
    let dir = Dir::empty();
    let alone = dir.answer("console", "type([1, true])\n");
    assert_eq!(alone.code, Some(0), "{alone}");
    for line in ["[type(1)]", "{ a = type(1) }", "type(1) == type(2)"] {
        fails(
            &dir.answer("console", &format!("{line}\n")),
            "Error: Invalid use of type function The console-only \"type\" function cannot be used as part of an expression.",
        );
    }
}

/// The file that a state was taken over from goes on refusing Terraform, whatever is named with `-state`.
#[test]
fn a_named_state_file_that_was_taken_over_stays_a_marker() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    dir.apply("");
    let state = dir.run("state pull").raw;
    let other = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    other.write("terraform.tfstate", &state);
    assert_eq!(other.run("init -force-copy").code, Some(0));
    let applied =
        other.run("apply -auto-approve -state=terraform.tfstate -replace=terraform_data.a");
    assert_eq!(applied.code, Some(0), "{applied}");
    let marker = std::fs::read_to_string(other.path().join("terraform.tfstate")).unwrap();
    assert!(marker.contains("taken_over_by"), "{marker}");
    assert!(!other.has("terraform.tfstate.backup"));
}
