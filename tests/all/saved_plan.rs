//! Plans in files: applied as they are, refused when the world has moved or is another one.

use insta::assert_snapshot;

use crate::harness::Dir;

const TWO: &str = r#"
variable "n" {
  type    = number
  default = 1
}

resource "terraform_data" "a" {
  input = var.n
}

resource "terraform_data" "b" {
  input = file("words.txt")
}
"#;

fn planned() -> Dir {
    let dir = Dir::with(TWO);
    dir.write("words.txt", "words");
    let output = dir.run("plan -out=saved -var n=7");
    assert_eq!(output.code, Some(0), "{output}");
    dir
}

#[test]
fn saving_says_how_to_apply() {
    let dir = planned();
    let output = dir.run("plan -out=saved -var n=7");
    let footer = output.stdout.split_once("to destroy.").unwrap().1;
    assert_snapshot!(footer, @r#"


    ─────────────────────────────────────────────────────────────────────────────

    Saved the plan to: saved

    To perform exactly these actions, run the following command to apply:
        trunkline apply "saved"
    "#);
}

#[test]
fn a_plan_without_changes_can_be_saved() {
    let dir = Dir::with("");
    assert_snapshot!(dir.run("plan -out=saved"), @"
    exit code 0
    --- standard output

    No changes. Your infrastructure matches the configuration.

    Trunkline has compared your real infrastructure against your configuration
    and found no differences, so no changes are needed.
    ");
    assert_eq!(dir.run("apply saved").code, Some(0));
}

/// Configuration, variables and files are those of the plan, whatever has become of them since.
#[test]
fn what_was_planned_is_applied() {
    let dir = planned();
    dir.write("main.tf", "resource \"terraform_data\" \"other\" {}\n");
    dir.write("words.txt", "other words");
    assert_snapshot!(dir.run("apply saved"), @"
    exit code 0
    --- standard output
    terraform_data.a: Creating...
    terraform_data.a: Creation complete after [TIME] [id=[ID]]
    terraform_data.b: Creating...
    terraform_data.b: Creation complete after [TIME] [id=[ID]]

    Apply complete! Resources: 2 added, 0 changed, 0 destroyed.
    ");
    assert_eq!(dir.attribute("terraform_data.a", "output")["value"], 7);
    assert_eq!(
        dir.attribute("terraform_data.b", "output")["value"],
        "words"
    );
}

#[test]
fn the_file_shows_nothing() {
    let dir = Dir::with(
        "variable \"secret\" {\n  sensitive = true\n}\nresource \"terraform_data\" \"a\" {\n  input = var.secret\n}\n",
    );
    assert_eq!(dir.run("plan -out=saved -var secret=hunter2").code, Some(0));
    let bytes = std::fs::read(dir.path().join("saved")).unwrap();
    for hidden in ["hunter2", "terraform_data"] {
        assert!(
            !bytes.windows(hidden.len()).any(|w| w == hidden.as_bytes()),
            "{hidden} is in clear"
        );
    }
}

#[test]
fn a_plan_is_not_applied_twice() {
    let dir = planned();
    assert_eq!(dir.run("apply saved").code, Some(0));
    assert_snapshot!(dir.run("apply saved"), @"
    exit code 1
    --- standard error

    Error: Saved plan is stale

    The given plan file can no longer be applied because the state was changed by
    another operation after the plan was created.
    ");
}

#[test]
fn a_plan_is_refused_when_the_state_has_changed() {
    let dir = planned();
    dir.apply("-target=terraform_data.a");
    let output = dir.run("apply saved");
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stderr.contains("Saved plan is stale"), "{output}");
    assert_eq!(dir.run("state list").stdout, "terraform_data.a\n");
}

/// Only the rows that were read count: a state that changed and changed back is another one all the same.
#[test]
fn a_plan_is_refused_when_a_row_was_written_again() {
    let dir = Dir::with(TWO);
    dir.write("words.txt", "words");
    dir.apply("");
    assert_eq!(dir.run("plan -out=saved -var n=7").code, Some(0));
    dir.apply("-var n=2");
    dir.apply("-var n=1");
    let output = dir.run("apply saved");
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stderr.contains("Saved plan is stale"), "{output}");
}

/// What a plan has not looked at may change: the plan stays good, and leaves alone what was made of it.
#[test]
fn a_plan_stays_good_until_a_row_that_it_read_changes() {
    let outputs = "output \"a\" {\n  value = terraform_data.a.output\n}\noutput \"b\" {\n  value = terraform_data.b.output\n}\n";
    let dir = Dir::with(&format!("{TWO}{outputs}"));
    dir.write("words.txt", "words");
    dir.apply("");
    for limits in ["-target=terraform_data.a", "-exclude=terraform_data.b"] {
        let line = format!("plan -out=saved -var n=7 {limits}");
        assert_eq!(dir.run(&line).code, Some(0));
        dir.write("words.txt", limits);
        dir.apply("-target=terraform_data.b");
        let output = dir.run("apply saved");
        assert_eq!(output.code, Some(0), "{output}");
        assert!(output.stdout.contains("1 changed"), "{output}");
        let made = |name: &str| dir.attribute(name, "output")["value"].clone();
        assert_eq!(made("terraform_data.a"), 7);
        assert_eq!(made("terraform_data.b"), limits);
        let left = dir.run("plan -detailed-exitcode -var n=7");
        assert_eq!(left.code, Some(0), "{left}");
        dir.apply("");
    }
    // What it reads without changing it counts too, be it there or not.
    let user = "resource \"terraform_data\" \"c\" {\n  input = terraform_data.b.output\n}\n";
    dir.write("c.tf", user);
    for other in [
        "-var n=1 -replace=terraform_data.b -target=terraform_data.b",
        "-target=terraform_data.c",
    ] {
        let line = "plan -out=saved -target=terraform_data.c";
        assert_eq!(dir.run(line).code, Some(0));
        dir.apply(other);
        let output = dir.run("apply saved");
        assert_eq!(output.code, Some(1), "{output}");
        assert!(output.stderr.contains("Saved plan is stale"), "{output}");
    }
    // A plan that destroys, or that looks at all, is about all.
    for limits in ["-destroy -target=terraform_data.c", ""] {
        let line = format!("plan -out=saved {limits}");
        assert_eq!(dir.run(&line).code, Some(0));
        dir.apply("-replace=terraform_data.a -target=terraform_data.a");
        let output = dir.run("apply saved");
        assert_eq!(output.code, Some(1), "{output}");
    }
}

#[test]
fn a_plan_of_another_state_is_refused() {
    let (here, there) = (planned(), planned());
    std::fs::copy(there.path().join("saved"), here.path().join("foreign")).unwrap();
    assert_snapshot!(here.run("apply foreign"), @"
    exit code 1
    --- standard error

    Error: Saved plan does not match the given state

    The given plan file can not be applied because it was created from a
    different state lineage.
    ");
    assert_eq!(here.run("state list").stdout, "");
}

#[test]
fn a_plan_without_a_state_is_refused() {
    let (here, there) = (Dir::with(TWO), planned());
    std::fs::copy(there.path().join("saved"), here.path().join("saved")).unwrap();
    assert_snapshot!(here.run("apply saved"), @"
    exit code 1
    --- standard error

    Error: Saved plan does not match the given state

    There is no state store here, and a plan can only be applied to the state
    that it was made from.
    ");
}

#[test]
fn a_rehearsals_plan_is_not_applied_for_real() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    assert_eq!(dir.run("plan -sandbox -out=saved").code, Some(0));
    dir.apply("-target=terraform_data.nothing");
    assert_snapshot!(dir.run("apply saved"), @"
    exit code 1
    --- standard error

    Error: Plan is for another world

    The plan was made in a rehearsal. Apply it with -sandbox, or make a plan
    without it.
    ");
    assert_eq!(dir.run("state list").stdout, "");
}

#[test]
fn a_real_plan_is_not_rehearsed() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    assert_eq!(dir.run("plan -out=saved").code, Some(0));
    assert_eq!(dir.run("plan -sandbox").code, Some(0));
    assert_snapshot!(dir.run("apply -sandbox saved"), @"
    exit code 1
    --- standard error

    Error: Plan is for another world

    The plan was made for the real services. Apply it without -sandbox, or make a
    plan with it.
    ");
}

#[test]
fn a_rehearsed_plan_is_applied_in_the_rehearsal() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    let output = dir.run("plan -sandbox -out=saved");
    assert!(
        output.stdout.contains("trunkline apply -sandbox \"saved\""),
        "{output}"
    );
    assert_eq!(dir.run("apply -sandbox saved").code, Some(0));
    assert_eq!(dir.run("state list -sandbox").stdout, "terraform_data.a\n");
    assert!(!dir.has("trunkline.db"));
}

#[test]
fn other_files_are_no_plans() {
    let dir = planned();
    assert_snapshot!(dir.run("apply main.tf"), @r#"
    exit code 1
    --- standard error

    Error: Failed to load "main.tf" as a plan file


    Error: The file is not a plan

    It is not a plan that Trunkline has saved. Make one with "plan -out=FILE".
    "#);
    for command in ["apply", "destroy"] {
        let told = dir.run(&format!("{command} nowhere"));
        assert_eq!(told.code, Some(1));
        let lines: Vec<&str> = told.stderr.lines().filter(|l| !l.is_empty()).collect();
        assert_eq!(
            lines,
            [
                "Error: Failed to load \"nowhere\" as a plan file",
                "Error: stat nowhere: no such file or directory"
            ]
        );
    }
}

#[test]
fn a_damaged_plan_is_refused() {
    let dir = planned();
    let path = dir.path().join("saved");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    assert_snapshot!(dir.run("apply saved"), @r#"
    exit code 1
    --- standard error

    Error: Failed to read plan file

    The plan file cannot be read: its content was altered, or part of it is
    missing. Make a new plan with "plan -out=FILE".
    "#);
    std::fs::write(&path, &bytes[..middle]).unwrap();
    assert_eq!(dir.run("apply saved").code, Some(1));
    assert_eq!(dir.run("state list").stdout, "");
}

/// Terraform takes no variables with a plan, and does not look at the other options.
#[test]
fn a_saved_plan_takes_no_planning_options() {
    let dir = planned();
    assert_snapshot!(dir.run("apply -var n=8 saved"), @r#"
    exit code 1
    --- standard error

    Error: Value for undeclared variable

    A variable named "n" was assigned on the command line, but a saved plan has
    the values of its variables, and only ephemeral ones can be given when it is
    applied. To change another, make a new plan.
    "#);
    assert_eq!(dir.run("state list").stdout, "");
    assert_snapshot!(dir.run("apply -destroy -target=terraform_data.a saved"), @"
    exit code 0
    --- standard output

    Warning: Planning options have no effect on a saved plan

    The plan is applied as it was made; what was given as well is not looked at:
    -destroy, -target.
    terraform_data.a: Creating...
    terraform_data.a: Creation complete after [TIME] [id=[ID]]
    terraform_data.b: Creating...
    terraform_data.b: Creation complete after [TIME] [id=[ID]]

    Apply complete! Resources: 2 added, 0 changed, 0 destroyed.
    ");
    assert_eq!(
        dir.run("state list").stdout,
        "terraform_data.a\nterraform_data.b\n"
    );
}

#[test]
fn a_plan_to_destroy_can_be_saved() {
    let dir = planned();
    assert_eq!(dir.run("apply saved").code, Some(0));
    assert_eq!(dir.run("plan -destroy -out=saved").code, Some(0));
    let output = dir.run("apply saved");
    assert!(
        output
            .stdout
            .ends_with("Resources: 0 added, 0 changed, 2 destroyed.\n"),
        "{output}"
    );
}

#[test]
fn a_saved_plan_is_shown() {
    let dir = planned();
    assert_snapshot!(dir.run("show saved"), @r#"
    exit code 0
    --- standard output

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      + create

    Trunkline will perform the following actions:

      # terraform_data.a will be created
      + resource "terraform_data" "a" {
          + id     = (known after apply)
          + input  = 7
          + output = (known after apply)
        }

      # terraform_data.b will be created
      + resource "terraform_data" "b" {
          + id     = (known after apply)
          + input  = "words"
          + output = (known after apply)
        }

    Plan: 2 to add, 0 to change, 0 to destroy.
    "#);
}

#[test]
fn a_saved_plan_as_json() {
    let dir = planned();
    let output = dir.run("show -json saved");
    let json: serde_json::Value = serde_json::from_str(&output.raw).unwrap();
    assert_eq!(json["format_version"], "1.2");
    assert_eq!(
        json["variables"]["n"]["value"]
            .to_string()
            .trim_matches('"'),
        "7"
    );
    let actions: Vec<String> = json["resource_changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            format!(
                "{} {}",
                c["address"].as_str().unwrap(),
                c["change"]["actions"]
            )
        })
        .collect();
    assert_eq!(
        actions,
        [
            "terraform_data.a [\"create\"]",
            "terraform_data.b [\"create\"]"
        ]
    );
    assert_eq!(json["applyable"], true);
    assert_eq!(json["complete"], true);
    assert_eq!(json["errored"], false);
    assert_eq!(output.raw.lines().count(), 1);
}

#[test]
fn a_saved_plan_is_shown_beside_a_broken_configuration() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    assert_eq!(dir.run("plan -out=p").code, Some(0));
    dir.write("main.tf", "this is not valid\n");
    let shown = dir.run("show p");
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    assert!(shown.stdout.contains("Plan: 1 to add"), "{}", shown.stdout);
}
