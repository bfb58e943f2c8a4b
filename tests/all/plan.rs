//! What `plan` says: each action, its reason, and how values are compared.

use insta::assert_snapshot;

use crate::harness::{Dir, Output};

/// The plan of `after`, where `before` was applied.
fn change(before: &str, after: &str) -> Output {
    let dir = Dir::with(before);
    dir.apply("");
    dir.write("main.tf", after);
    dir.run("plan")
}

#[test]
fn nothing_is_made_at_first() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {\n  input = \"x\"\n}\n");
    assert_snapshot!(dir.run("plan"), @r#"
    exit code 0
    --- standard output

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      + create

    Trunkline will perform the following actions:

      # terraform_data.a will be created
      + resource "terraform_data" "a" {
          + id     = (known after apply)
          + input  = "x"
          + output = (known after apply)
        }

    Plan: 1 to add, 0 to change, 0 to destroy.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#);
    assert_eq!(dir.state()["resources"], serde_json::json!([]));
}

#[test]
fn a_second_plan_has_no_changes() {
    let text = "resource \"terraform_data\" \"a\" {\n  input = \"x\"\n}\n";
    assert_snapshot!(change(text, text), @"
    exit code 0
    --- standard output
    terraform_data.a: Refreshing state... [id=[ID]]

    No changes. Your infrastructure matches the configuration.

    Trunkline has compared your real infrastructure against your configuration
    and found no differences, so no changes are needed.
    ");
}

#[test]
fn an_empty_configuration_has_no_changes() {
    assert_snapshot!(Dir::with("").run("plan"), @"
    exit code 0
    --- standard output

    No changes. Your infrastructure matches the configuration.

    Trunkline has compared your real infrastructure against your configuration
    and found no differences, so no changes are needed.
    ");
}

#[test]
fn an_update_shows_nested_values_and_strings_by_line() {
    let before = r#"
resource "terraform_data" "a" {
  input = {
    name  = "a"
    tags  = ["x", "y", "z"]
    text  = "first\nsecond\nthird\n"
    same  = { deep = true }
    gone  = 1
  }
}
"#;
    let after = r#"
resource "terraform_data" "a" {
  input = {
    name  = "b"
    tags  = ["x", "w", "z", "v"]
    text  = "first\n2nd\nthird\n"
    same  = { deep = true }
    added = null
  }
}
"#;
    assert_snapshot!(change(before, after), @r#"
    exit code 0
    --- standard output
    terraform_data.a: Refreshing state... [id=[ID]]

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      ~ update in-place

    Trunkline will perform the following actions:

      # terraform_data.a will be updated in-place
      ~ resource "terraform_data" "a" {
            id     = "[ID]"
          ~ input  = {
              + added = null
              - gone  = 1
              ~ name  = "a" -> "b"
              ~ tags  = [
                    "x",
                  - "y",
                  + "w",
                    "z",
                  + "v",
                ]
              ~ text  = <<-EOT
                    first
                  - second
                  + 2nd
                    third
                EOT
                # (1 unchanged attribute hidden)
            }
          ~ output = {
              - gone = 1
              - name = "a"
              - same = {
                  - deep = true
                }
              - tags = [
                  - "x",
                  - "y",
                  - "z",
                ]
              - text = <<-EOT
                    first
                    second
                    third
                EOT
            } -> (known after apply)
        }

    Plan: 0 to add, 1 to change, 0 to destroy.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#);
}

#[test]
fn a_replacement_says_what_forces_it() {
    assert_snapshot!(
        change(
            "resource \"terraform_data\" \"a\" {\n  triggers_replace = [1]\n}\n",
            "resource \"terraform_data\" \"a\" {\n  triggers_replace = [2]\n}\n",
        ),
        @r#"
    exit code 0
    --- standard output
    terraform_data.a: Refreshing state... [id=[ID]]

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
    -/+ destroy and then create replacement

    Trunkline will perform the following actions:

      # terraform_data.a must be replaced
    -/+ resource "terraform_data" "a" {
          ~ id               = "[ID]" -> (known after apply)
          ~ triggers_replace = [
              ~ 1 -> 2,
            ]
        }

    Plan: 1 to add, 0 to change, 1 to destroy.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#
    );
}

#[test]
fn a_replacement_by_triggers_says_so() {
    let text = |n: u8| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n  input = {n}\n}}\n\nresource \"terraform_data\" \"b\" {{\n  lifecycle {{\n    replace_triggered_by = [terraform_data.a]\n  }}\n}}\n"
        )
    };
    assert_snapshot!(change(&text(1), &text(2)), @r#"
    exit code 0
    --- standard output
    terraform_data.a: Refreshing state... [id=[ID]]
    terraform_data.b: Refreshing state... [id=[ID]]

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      ~ update in-place
    -/+ destroy and then create replacement

    Trunkline will perform the following actions:

      # terraform_data.a will be updated in-place
      ~ resource "terraform_data" "a" {
            id     = "[ID]"
          ~ input  = 1 -> 2
          ~ output = 1 -> (known after apply)
        }

      # terraform_data.b will be replaced due to changes in replace_triggered_by
    -/+ resource "terraform_data" "b" {
          ~ id = "[ID]" -> (known after apply)
        }

    Plan: 1 to add, 1 to change, 1 to destroy.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#);
}

#[test]
fn a_resource_that_left_the_configuration_is_destroyed() {
    assert_snapshot!(
        change("resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {}\n", "resource \"terraform_data\" \"a\" {}\n"),
        @r#"
    exit code 0
    --- standard output
    terraform_data.a: Refreshing state... [id=[ID]]
    terraform_data.b: Refreshing state... [id=[ID]]

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      - destroy

    Trunkline will perform the following actions:

      # terraform_data.b will be destroyed
      # (because terraform_data.b is not in configuration)
      - resource "terraform_data" "b" {
          - id = "[ID]" -> null
        }

    Plan: 0 to add, 0 to change, 1 to destroy.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#
    );
}

#[test]
fn a_smaller_count_destroys_the_last() {
    assert_snapshot!(
        change(
            "resource \"terraform_data\" \"a\" {\n  count = 3\n}\n",
            "resource \"terraform_data\" \"a\" {\n  count = 2\n}\n",
        ),
        @r#"
    exit code 0
    --- standard output
    terraform_data.a[0]: Refreshing state... [id=[ID]]
    terraform_data.a[1]: Refreshing state... [id=[ID]]
    terraform_data.a[2]: Refreshing state... [id=[ID]]

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      - destroy

    Trunkline will perform the following actions:

      # terraform_data.a[2] will be destroyed
      # (because index [2] is out of range for count)
      - resource "terraform_data" "a" {
          - id = "[ID]" -> null
        }

    Plan: 0 to add, 0 to change, 1 to destroy.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#
    );
}

#[test]
fn a_key_that_left_for_each_is_destroyed_and_a_new_one_created() {
    assert_snapshot!(
        change(
            "resource \"terraform_data\" \"a\" {\n  for_each = toset([\"x\", \"y\"])\n}\n",
            "resource \"terraform_data\" \"a\" {\n  for_each = toset([\"y\", \"z\"])\n}\n",
        ),
        @r#"
    exit code 0
    --- standard output
    terraform_data.a["y"]: Refreshing state... [id=[ID]]
    terraform_data.a["x"]: Refreshing state... [id=[ID]]

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      + create
      - destroy

    Trunkline will perform the following actions:

      # terraform_data.a["x"] will be destroyed
      # (because key ["x"] is not in for_each map)
      - resource "terraform_data" "a" {
          - id = "[ID]" -> null
        }

      # terraform_data.a["z"] will be created
      + resource "terraform_data" "a" {
          + id = (known after apply)
        }

    Plan: 1 to add, 0 to change, 1 to destroy.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#
    );
}

/// Terraform moves the one object without key to the key 0, and back.
#[test]
fn count_takes_over_the_object_without_key() {
    assert_snapshot!(
        change("resource \"terraform_data\" \"a\" {}\n", "resource \"terraform_data\" \"a\" {\n  count = 1\n}\n"),
        @r#"
    exit code 0
    --- standard output
    terraform_data.a[0]: Refreshing state... [id=[ID]]

    Trunkline will perform the following actions:

      # terraform_data.a has moved to terraform_data.a[0]
        resource "terraform_data" "a" {
            id = "[ID]"
        }

    Plan: 0 to add, 0 to change, 0 to destroy.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#
    );
}

#[test]
fn for_each_does_not_take_over_the_object_without_key() {
    assert_snapshot!(
        change("resource \"terraform_data\" \"a\" {}\n", "resource \"terraform_data\" \"a\" {\n  for_each = toset([\"x\"])\n}\n"),
        @r#"
    exit code 0
    --- standard output
    terraform_data.a: Refreshing state... [id=[ID]]

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      + create
      - destroy

    Trunkline will perform the following actions:

      # terraform_data.a will be destroyed
      # (because resource uses count or for_each)
      - resource "terraform_data" "a" {
          - id = "[ID]" -> null
        }

      # terraform_data.a["x"] will be created
      + resource "terraform_data" "a" {
          + id = (known after apply)
        }

    Plan: 1 to add, 0 to change, 1 to destroy.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#
    );
}

#[test]
fn outputs_alone_can_change() {
    assert_snapshot!(
        change(
            "output \"a\" {\n  value = 1\n}\noutput \"gone\" {\n  value = true\n}\n",
            "output \"a\" {\n  value = 2\n}\noutput \"new\" {\n  value = [\"x\"]\n}\n",
        ),
        @r#"
    exit code 0
    --- standard output

    Changes to Outputs:
      ~ a    = 1 -> 2
      - gone = true -> null
      + new  = [
          + "x",
        ]

    You can apply this plan to save these new output values to the Trunkline
    state, without changing any real infrastructure.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#
    );
}

#[test]
fn ignored_changes_are_no_changes() {
    let text = |n: u8| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n  input = {n}\n\n  lifecycle {{\n    ignore_changes = [input]\n  }}\n}}\n"
        )
    };
    let output = change(&text(1), &text(2));
    assert!(output.stdout.contains("No changes."), "{output}");
}

#[test]
fn unknown_values_spread() {
    let dir = Dir::with(
        r#"
resource "terraform_data" "a" {
  input = "x"
}

resource "terraform_data" "b" {
  input = {
    id    = terraform_data.a.id
    text  = "id: ${terraform_data.a.id}"
    known = terraform_data.a.input
    list  = [1, terraform_data.a.output]
  }
}

output "upper" {
  value = upper(terraform_data.b.input.known)
}
"#,
    );
    assert_snapshot!(dir.run("plan"), @r#"
    exit code 0
    --- standard output

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      + create

    Trunkline will perform the following actions:

      # terraform_data.a will be created
      + resource "terraform_data" "a" {
          + id     = (known after apply)
          + input  = "x"
          + output = (known after apply)
        }

      # terraform_data.b will be created
      + resource "terraform_data" "b" {
          + id     = (known after apply)
          + input  = {
              + id    = (known after apply)
              + known = "x"
              + list  = [
                  + 1,
                  + (known after apply),
                ]
              + text  = (known after apply)
            }
          + output = (known after apply)
        }

    Plan: 2 to add, 0 to change, 0 to destroy.

    Changes to Outputs:
      + upper = "X"

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#);
}

#[test]
fn a_failed_precondition_stops_the_plan() {
    let dir = Dir::with(
        r#"
variable "n" {
  default = 3
}

resource "terraform_data" "a" {
  lifecycle {
    precondition {
      condition     = var.n % 2 == 0
      error_message = "The number must be even."
    }
  }
}
"#,
    );
    assert_snapshot!(dir.run("plan"), @r#"
    exit code 1
    --- standard output

    Planning failed. Trunkline encountered an error while generating this plan.

    --- standard error

    Error: Resource precondition failed

      on main.tf line 9, in resource "terraform_data" "a":
       9:       condition     = var.n % 2 == 0
        ├────────────────
        │ var.n is 3

    The number must be even.
    "#);
    assert_eq!(dir.run("plan -var n=4").code, Some(0));
}

#[test]
fn a_sensitive_value_within_a_sensitive_one_is_no_change() {
    let text = "resource \"terraform_data\" \"a\" {\n  input = sensitive({ inner = sensitive(\"x\"), outer = 1 })\n}\n";
    let output = change(text, text);
    assert!(output.stdout.contains("No changes."), "{output}");
    let less = "resource \"terraform_data\" \"a\" {\n  input = { inner = sensitive(\"x\"), outer = 1 }\n}\n";
    let output = change(text, less);
    assert!(output.stdout.contains("1 to change"), "{output}");
}

/// Rust's own formatting ends at 65,535.
#[test]
fn names_and_digits_may_be_of_any_length() {
    let dir = Dir::with(
        r#"
locals {
  digits = format("%.70000d|%070000d", 1, 2)
}

resource "terraform_data" "long" {
  input = { (local.digits) = 1, short = 2 }
}

output "long" {
  value = { (local.digits) = length(local.digits) }
}
"#,
    );
    let output = dir.run("plan");
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let name = [1, 2]
        .map(|n| format!("{}{n}", "0".repeat(69_999)))
        .join("|");
    let blanks = " ".repeat(name.len() + 2 - "short".len());
    for line in [format!("{name:?} = 140001"), format!("+ short{blanks} = 2")] {
        assert!(output.stdout.contains(&line), "{}", line.len());
    }
}
