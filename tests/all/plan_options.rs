//! The options of `plan`: exit codes, targets, forced replacement, modes.

use insta::assert_snapshot;

use crate::harness::Dir;

const CHAIN: &str = r#"
variable "n" {
  default = 1
}

resource "terraform_data" "a" {
  input = var.n
}

resource "terraform_data" "b" {
  input = terraform_data.a.output
}

resource "terraform_data" "other" {
  input = var.n
}

output "b" {
  value = terraform_data.b.output
}
"#;

#[test]
fn the_detailed_exit_code_tells_changes() {
    let dir = Dir::with("output \"x\" {\n  value = 1\n}\n");
    assert_eq!(
        dir.run("plan -detailed-exitcode").code,
        Some(2),
        "an output is a change"
    );
    assert_eq!(dir.run("plan").code, Some(0));
    dir.apply("");
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));
    dir.write("main.tf", "output \"x\" {\n  value = var.nowhere\n}\n");
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(1));
}

#[test]
fn a_target_takes_what_it_depends_on() {
    assert_snapshot!(Dir::with(CHAIN).run("plan -target=terraform_data.b"), @r#"
    exit code 0
    --- standard output

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      + create

    Trunkline will perform the following actions:

      # terraform_data.a will be created
      + resource "terraform_data" "a" {
          + id     = (known after apply)
          + input  = 1
          + output = (known after apply)
        }

      # terraform_data.b will be created
      + resource "terraform_data" "b" {
          + id     = (known after apply)
          + input  = (known after apply)
          + output = (known after apply)
        }

    Plan: 2 to add, 0 to change, 0 to destroy.

    Changes to Outputs:
      + b = (known after apply)

    Warning: Resource targeting is in effect

    The plan is limited to what -target names and what that needs, so it may
    leave out changes that the configuration asks for. Use -target to recover
    from a mistake or to work around an error message that suggests it, not in
    everyday work.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#);
}

#[test]
fn a_targeted_apply_leaves_the_rest() {
    let dir = Dir::with(CHAIN);
    assert_snapshot!(dir.apply("-target=terraform_data.a"), @r#"
    exit code 0
    --- standard output

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      + create

    Trunkline will perform the following actions:

      # terraform_data.a will be created
      + resource "terraform_data" "a" {
          + id     = (known after apply)
          + input  = 1
          + output = (known after apply)
        }

    Plan: 1 to add, 0 to change, 0 to destroy.
    terraform_data.a: Creating...
    terraform_data.a: Creation complete after [TIME] [id=[ID]]

    Warning: Resource targeting is in effect

    The plan is limited to what -target names and what that needs, so it may
    leave out changes that the configuration asks for. Use -target to recover
    from a mistake or to work around an error message that suggests it, not in
    everyday work.

    Warning: Applied changes may be incomplete

    The plan was limited by -target or -exclude, so changes that the
    configuration asks for may be left, and outputs may be out of date. To see
    what is left, run:
        trunkline plan

    Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
    "#);
    assert_eq!(dir.run("state list").stdout, "terraform_data.a\n");
}

#[test]
fn a_wrong_target_is_told() {
    assert_snapshot!(Dir::with(CHAIN).run("plan -target=terraform_data"), @r#"
    exit code 1
    --- standard error

    Error: Invalid target "terraform_data"

    Resource specification must include a resource type and name.

    For more help on using this command, run:
      trunkline plan -help
    "#);
}

#[test]
fn replacement_on_request() {
    let dir = Dir::with(CHAIN);
    dir.apply("");
    let id = dir.attribute("terraform_data.other", "id");
    assert_snapshot!(dir.run("plan -replace=terraform_data.other"), @r#"
    exit code 0
    --- standard output
    terraform_data.a: Refreshing state... [id=[ID]]
    terraform_data.other: Refreshing state... [id=[ID]]
    terraform_data.b: Refreshing state... [id=[ID]]

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
    -/+ destroy and then create replacement

    Trunkline will perform the following actions:

      # terraform_data.other will be replaced, as requested
    -/+ resource "terraform_data" "other" {
          ~ id     = "[ID]" -> (known after apply)
          ~ output = 1 -> (known after apply)
            # (1 unchanged attribute hidden)
        }

    Plan: 1 to add, 0 to change, 1 to destroy.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#);
    dir.apply("-replace=terraform_data.other");
    assert_ne!(dir.attribute("terraform_data.other", "id"), id);
}

#[test]
fn a_plan_to_destroy() {
    let dir = Dir::with(CHAIN);
    dir.apply("");
    assert_snapshot!(dir.run("plan -destroy"), @r#"
    exit code 0
    --- standard output
    terraform_data.a: Refreshing state... [id=[ID]]
    terraform_data.other: Refreshing state... [id=[ID]]
    terraform_data.b: Refreshing state... [id=[ID]]

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      - destroy

    Trunkline will perform the following actions:

      # terraform_data.a will be destroyed
      - resource "terraform_data" "a" {
          - id     = "[ID]" -> null
          - input  = 1 -> null
          - output = 1 -> null
        }

      # terraform_data.b will be destroyed
      - resource "terraform_data" "b" {
          - id     = "[ID]" -> null
          - input  = 1 -> null
          - output = 1 -> null
        }

      # terraform_data.other will be destroyed
      - resource "terraform_data" "other" {
          - id     = "[ID]" -> null
          - input  = 1 -> null
          - output = 1 -> null
        }

    Plan: 0 to add, 0 to change, 3 to destroy.

    Changes to Outputs:
      - b = 1 -> null

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#);
    assert_eq!(dir.run("plan -destroy -detailed-exitcode").code, Some(2));
}

#[test]
fn nothing_to_destroy() {
    assert_snapshot!(Dir::with("resource \"terraform_data\" \"a\" {}\n").run("plan -destroy"), @"
    exit code 0
    --- standard output

    No changes. No objects need to be destroyed.

    Either you have not created any objects yet or the existing objects were
    already deleted outside of Trunkline.
    ");
}

#[test]
fn refresh_only_changes_nothing() {
    let dir = Dir::with(CHAIN);
    dir.apply("");
    assert_snapshot!(dir.run("plan -refresh-only -var n=2"), @"
    exit code 0
    --- standard output
    terraform_data.a: Refreshing state... [id=[ID]]
    terraform_data.other: Refreshing state... [id=[ID]]
    terraform_data.b: Refreshing state... [id=[ID]]

    No changes. Your infrastructure still matches the configuration.

    Trunkline has checked that the real remote objects still match the result of
    your most recent changes, and found no differences.
    ");
}

#[test]
fn without_refresh_nothing_is_read() {
    let dir = Dir::with(CHAIN);
    dir.apply("");
    assert_snapshot!(dir.run("plan -refresh=false"), @"
    exit code 0
    --- standard output

    No changes. Your infrastructure matches the configuration.

    Trunkline has compared your real infrastructure against your configuration
    and found no differences, so no changes are needed.
    ");
}

#[test]
fn modes_exclude_each_other() {
    assert_snapshot!(Dir::with(CHAIN).run("plan -destroy -refresh-only"), @r#"
    exit code 1
    --- standard error

    Error: Incompatible plan mode options

    The -destroy and -refresh-only options are mutually-exclusive.

    For more help on using this command, run:
      trunkline plan -help
    "#);
}

#[test]
fn the_parallelism_does_not_change_what_is_planned() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {\n  count = 30\n}\n");
    let one = dir.run("plan -parallelism=1").stdout;
    assert_eq!(one, dir.run("plan -parallelism=40").stdout);
    assert_eq!(one, dir.run("plan").stdout);
}

#[test]
fn compact_warnings_are_one_line_each() {
    let dir = Dir::with(CHAIN);
    dir.write("terraform.tfvars", "y = 1\n");
    assert_snapshot!(dir.run("plan -compact-warnings -target=terraform_data.a"), @r#"
    exit code 0
    --- standard output

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      + create

    Trunkline will perform the following actions:

      # terraform_data.a will be created
      + resource "terraform_data" "a" {
          + id     = (known after apply)
          + input  = 1
          + output = (known after apply)
        }

    Plan: 1 to add, 0 to change, 0 to destroy.

    Warnings:

    - Value for undeclared variable
    - Resource targeting is in effect

    To see the full warning notes, run Trunkline without -compact-warnings.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#);
}
