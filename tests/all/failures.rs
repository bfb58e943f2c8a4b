//! When something fails: the rest is done and saved, what depends on it is skipped, the next apply goes on.

use insta::assert_snapshot;

use crate::harness::Dir;

/// `bad` fails after its creation, as long as `n` is 1; `after` depends on it, `beside` does not.
const PARTIAL: &str = r#"
variable "n" {
  type    = number
  default = 1
}

resource "terraform_data" "before" {}

resource "terraform_data" "bad" {
  input = [terraform_data.before.id, var.n]

  lifecycle {
    postcondition {
      condition     = self.output[1] != 1
      error_message = "One is not good enough."
    }
  }
}

resource "terraform_data" "after" {
  input = terraform_data.bad.id
}

resource "terraform_data" "beside" {
  input = terraform_data.before.id
}

output "after" {
  value = terraform_data.after.id
}

output "beside" {
  value = terraform_data.beside.output
}
"#;

#[test]
fn a_failed_postcondition_skips_what_depends_on_it() {
    let dir = Dir::with(PARTIAL);
    let output = dir.run("apply -auto-approve");
    assert_eq!(output.code, Some(1));
    let after = output.stdout.split_once("Changes to Outputs:").unwrap().1;
    assert_snapshot!(format!("{after}--- standard error\n{}", output.stderr), @r#"
      + after  = (known after apply)
      + beside = (known after apply)
    terraform_data.before: Creating...
    terraform_data.before: Creation complete after [TIME] [id=[ID]]
    terraform_data.bad: Creating...
    terraform_data.bad: Creation complete after [TIME] [id=[ID]]
    terraform_data.after: Not done, because terraform_data.bad failed
    terraform_data.beside: Creating...
    terraform_data.beside: Creation complete after [TIME] [id=[ID]]

    Apply incomplete: 3 added, 0 changed, 0 destroyed. All of it is saved; apply again to go on.
    --- standard error

    Error: Resource postcondition failed

      on main.tf line 14, in resource "terraform_data" "bad":
      14:       condition     = self.output[1] != 1
        ├────────────────
        │ self.output[1] is 1

    One is not good enough.
    "#);
    assert_eq!(
        dir.run("state list").stdout,
        "terraform_data.bad\nterraform_data.before\nterraform_data.beside\n"
    );
    let again = dir.apply("-var n=2");
    assert!(
        again
            .stdout
            .contains("Resources: 1 added, 1 changed, 0 destroyed."),
        "{again}"
    );
    assert_eq!(dir.run("plan -var n=2 -detailed-exitcode").code, Some(0));
}

#[test]
fn a_precondition_that_is_known_only_at_apply() {
    let dir = Dir::with(
        r#"
resource "terraform_data" "a" {
  input = "x"
}

resource "terraform_data" "b" {
  lifecycle {
    precondition {
      condition     = terraform_data.a.output == "y"
      error_message = "It is ${terraform_data.a.output}."
    }
  }
}

resource "terraform_data" "c" {}
"#,
    );
    let output = dir.run("apply -auto-approve");
    assert_eq!(output.code, Some(1));
    assert_snapshot!(output.stderr, @r#"
    Error: Resource precondition failed

      on main.tf line 9, in resource "terraform_data" "b":
       9:       condition     = terraform_data.a.output == "y"
        ├────────────────
        │ terraform_data.a.output is "x"

    It is x.
    "#);
    assert_eq!(
        dir.run("state list").stdout,
        "terraform_data.a\nterraform_data.c\n"
    );
}

#[test]
fn a_failed_update_keeps_what_there_is() {
    let dir = Dir::with(PARTIAL);
    dir.apply("-var n=2");
    let ids = dir.run("state list").stdout;
    let output = dir.run("apply -auto-approve -var n=1");
    assert_eq!(output.code, Some(1), "{output}");
    assert_eq!(dir.run("state list").stdout, ids);
    dir.apply("-var n=3");
    assert_eq!(dir.run("plan -var n=3 -detailed-exitcode").code, Some(0));
}

#[test]
fn an_output_with_a_failed_precondition() {
    let dir = Dir::with(
        r#"
resource "terraform_data" "a" {
  input = 1
}

output "x" {
  value = terraform_data.a.output

  precondition {
    condition     = terraform_data.a.output > 1
    error_message = "It must be more than one."
  }
}
"#,
    );
    let output = dir.run("apply -auto-approve");
    assert_eq!(output.code, Some(1), "{output}");
    assert_snapshot!(output.stderr, @r#"
    Error: Module output value precondition failed

      on main.tf line 10, in output "x":
      10:     condition     = terraform_data.a.output > 1
        ├────────────────
        │ terraform_data.a.output is 1

    It must be more than one.
    "#);
    assert_eq!(dir.run("state list").stdout, "terraform_data.a\n");
}
