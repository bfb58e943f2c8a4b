//! Replacement in both orders, and the objects that `create_before_destroy` leaves behind when it fails half-way.

use insta::assert_snapshot;

use crate::harness::Dir;

fn config(create_first: bool, n: u8, good: bool) -> String {
    format!(
        r#"
resource "terraform_data" "a" {{
  triggers_replace = {n}
  input            = {n}

  lifecycle {{
    create_before_destroy = {create_first}
  }}
}}

resource "terraform_data" "b" {{
  triggers_replace = terraform_data.a.id
  input            = {good}

  lifecycle {{
    postcondition {{
      condition     = self.output
      error_message = "Not good."
    }}
  }}
}}
"#
    )
}

/// The lines that tell when things begin and end.
fn progress(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|l| l.contains("...") || l.contains(" complete"));
    lines
        .filter(|l| !l.contains("Refreshing"))
        .map(|l| format!("{l}\n"))
        .collect()
}

#[test]
fn destruction_comes_first() {
    let dir = Dir::with(&config(false, 1, true));
    dir.apply("");
    dir.write("main.tf", &config(false, 2, true));
    assert_snapshot!(progress(&dir.apply("").stdout), @"
    terraform_data.b: Destroying... [id=[ID]]
    terraform_data.b: Destruction complete after [TIME]
    terraform_data.a: Destroying... [id=[ID]]
    terraform_data.a: Destruction complete after [TIME]
    terraform_data.a: Creating...
    terraform_data.a: Creation complete after [TIME] [id=[ID]]
    terraform_data.b: Creating...
    terraform_data.b: Creation complete after [TIME] [id=[ID]]
    Apply complete! Resources: 2 added, 0 changed, 2 destroyed.
    ");
}

#[test]
fn creation_comes_first_where_that_is_wanted_and_where_it_spreads() {
    let dir = Dir::with(&config(true, 1, true));
    dir.apply("");
    dir.write("main.tf", &config(true, 2, true));
    let planned = dir.run("plan");
    assert!(
        planned
            .stdout
            .contains("+/- create replacement and then destroy"),
        "{planned}"
    );
    assert_snapshot!(progress(&dir.apply("").stdout), @"
    terraform_data.a: Creating...
    terraform_data.a: Creation complete after [TIME] [id=[ID]]
    terraform_data.b: Destroying... [id=[ID]]
    terraform_data.b: Destruction complete after [TIME]
    terraform_data.b: Creating...
    terraform_data.b: Creation complete after [TIME] [id=[ID]]
    terraform_data.a (deposed object [DEPOSED]): Destroying... [id=[ID]]
    terraform_data.a: Destruction complete after [TIME]
    Apply complete! Resources: 2 added, 0 changed, 2 destroyed.
    ");
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));
}

#[test]
fn a_failed_replacement_keeps_the_old_object_as_deposed() {
    let dir = Dir::with(&config(true, 1, true));
    dir.apply("");
    dir.write("main.tf", &config(true, 2, false));
    let failed = dir.run("apply -auto-approve");
    assert_eq!(failed.code, Some(1), "{failed}");
    let state = dir.state();
    let deposed: Vec<String> = state["resources"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|r| {
            r["instances"]
                .as_array()
                .unwrap()
                .iter()
                .map(move |i| (r, i))
        })
        .filter(|(_, i)| i.get("deposed").is_some())
        .map(|(r, i)| {
            format!(
                "{} {}",
                r["name"],
                i["attributes"]["triggers_replace"]["value"].is_null()
            )
        })
        .collect();
    assert!(!deposed.is_empty(), "{failed}");
    dir.write("main.tf", &config(true, 2, true));
    assert_snapshot!(dir.run("plan"), @r#"
    exit code 0
    --- standard output
    terraform_data.a (deposed object [DEPOSED]): Refreshing state... [id=[ID]]
    terraform_data.a: Refreshing state... [id=[ID]]
    terraform_data.b: Refreshing state... [id=[ID]]

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      ~ update in-place
      - destroy

    Trunkline will perform the following actions:

      # terraform_data.a (deposed object [DEPOSED]) will be destroyed
      # (left over from a partially-failed replacement of this instance)
      - resource "terraform_data" "a" {
          - id               = "[ID]" -> null
          - input            = 1 -> null
          - output           = 1 -> null
          - triggers_replace = 1 -> null
        }

      # terraform_data.b will be updated in-place
      ~ resource "terraform_data" "b" {
            id               = "[ID]"
          ~ input            = false -> true
          ~ output           = false -> (known after apply)
            # (1 unchanged attribute hidden)
        }

    Plan: 0 to add, 1 to change, 1 to destroy.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#);
    let settled = dir.apply("");
    assert_snapshot!(progress(&settled.stdout), @"
    terraform_data.b: Modifying... [id=[ID]]
    terraform_data.b: Modifications complete after [TIME] [id=[ID]]
    terraform_data.a (deposed object [DEPOSED]): Destroying... [id=[ID]]
    terraform_data.a: Destruction complete after [TIME]
    Apply complete! Resources: 0 added, 1 changed, 1 destroyed.
    ");
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));
}

#[test]
fn a_deposed_object_is_shown() {
    let dir = Dir::with(&config(true, 1, true));
    dir.apply("");
    dir.write("main.tf", &config(true, 2, false));
    assert_eq!(dir.run("apply -auto-approve").code, Some(1));
    assert_snapshot!(dir.run("show"), @r#"
    exit code 0
    --- standard output
    # terraform_data.a:
    resource "terraform_data" "a" {
        id               = "[ID]"
        input            = 2
        output           = 2
        triggers_replace = 2
    }

    # terraform_data.a: (deposed object [DEPOSED])
    resource "terraform_data" "a" {
        id               = "[ID]"
        input            = 1
        output           = 1
        triggers_replace = 1
    }

    # terraform_data.b:
    resource "terraform_data" "b" {
        id               = "[ID]"
        input            = false
        output           = false
        triggers_replace = "[ID]"
    }
    "#);
    assert_snapshot!(dir.run("state list"), @"
    exit code 0
    --- standard output
    terraform_data.a
    terraform_data.b
    ");
}

#[test]
fn destroy_takes_deposed_objects_too() {
    let dir = Dir::with(&config(true, 1, true));
    dir.apply("");
    dir.write("main.tf", &config(true, 2, false));
    assert_eq!(dir.run("apply -auto-approve").code, Some(1));
    let output = dir.run("destroy -auto-approve");
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(dir.state()["resources"], serde_json::json!([]));
}

/// Terraform ends with a cycle here.
#[test]
fn what_stops_depending_does_not_wait_for_what_waits_for_it() {
    let dir = Dir::with(
        r#"
resource "terraform_data" "gone" {}

resource "terraform_data" "replaced" {
  input            = terraform_data.gone.id
  triggers_replace = 0
}

resource "terraform_data" "user" {
  input = [terraform_data.gone.id, terraform_data.replaced.id]
}
"#,
    );
    dir.apply("");
    dir.write(
        "main.tf",
        r#"
resource "terraform_data" "replaced" {
  triggers_replace = 1
}

resource "terraform_data" "user" {
  input = [terraform_data.replaced.id]

  lifecycle {
    create_before_destroy = true
  }
}
"#,
    );
    assert_snapshot!(progress(&dir.apply("").stdout), @r"
    terraform_data.replaced: Creating...
    terraform_data.replaced: Creation complete after [TIME] [id=[ID]]
    terraform_data.user: Modifying... [id=[ID]]
    terraform_data.user: Modifications complete after [TIME] [id=[ID]]
    terraform_data.replaced (deposed object [DEPOSED]): Destroying... [id=[ID]]
    terraform_data.replaced: Destruction complete after [TIME]
    terraform_data.gone: Destroying... [id=[ID]]
    terraform_data.gone: Destruction complete after [TIME]
    Apply complete! Resources: 1 added, 1 changed, 2 destroyed.
    ");
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));
}
