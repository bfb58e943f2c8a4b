//! `apply` when all goes well: order, progress, summary, outputs, state.

use insta::assert_snapshot;

use crate::harness::Dir;

#[test]
fn creation_in_the_order_of_references() {
    let dir = Dir::with(
        r#"
resource "terraform_data" "z" {
  input = "first"
}

resource "terraform_data" "m" {
  input = terraform_data.z.output
}

resource "terraform_data" "a" {
  input      = "last"
  depends_on = [terraform_data.m]
}

output "list" {
  value = [terraform_data.m.output, terraform_data.a.output]
}

output "object" {
  value = { n = 1.5, t = true, s = null, text = "a\nb\n" }
}
"#,
    );
    let output = dir.apply("");
    let after = output.stdout.split_once("  + object ").unwrap().1;
    assert_snapshot!(after, @r#"
    = {
          + n    = 1.5
          + s    = null
          + t    = true
          + text = <<-EOT
                a
                b
            EOT
        }
    terraform_data.z: Creating...
    terraform_data.z: Creation complete after [TIME] [id=[ID]]
    terraform_data.m: Creating...
    terraform_data.m: Creation complete after [TIME] [id=[ID]]
    terraform_data.a: Creating...
    terraform_data.a: Creation complete after [TIME] [id=[ID]]

    Apply complete! Resources: 3 added, 0 changed, 0 destroyed.

    Outputs:

    list = [
      "first",
      "last",
    ]
    object = {
      "n" = 1.5
      "s" = null
      "t" = true
      "text" = <<-EOT
      a
      b
      
      EOT
    }
    "#);
}

#[test]
fn an_update_keeps_the_object() {
    let dir =
        Dir::with("variable \"n\" {}\nresource \"terraform_data\" \"a\" {\n  input = var.n\n}\n");
    dir.apply("-var n=1");
    let id = dir.attribute("terraform_data.a", "id");
    assert_snapshot!(dir.apply("-var n=2"), @r#"
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
          ~ input  = "1" -> "2"
          ~ output = "1" -> (known after apply)
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    terraform_data.a: Modifying... [id=[ID]]
    terraform_data.a: Modifications complete after [TIME] [id=[ID]]

    Apply complete! Resources: 0 added, 1 changed, 0 destroyed.
    "#);
    assert_eq!(dir.attribute("terraform_data.a", "id"), id);
    assert_eq!(dir.attribute("terraform_data.a", "output")["value"], "2");
}

#[test]
fn a_smaller_count_destroys_only_the_last() {
    let dir =
        Dir::with("variable \"n\" {}\nresource \"terraform_data\" \"a\" {\n  count = var.n\n}\n");
    dir.apply("-var n=4");
    dir.apply("-var n=2");
    assert_eq!(
        dir.run("state list").stdout,
        "terraform_data.a[0]\nterraform_data.a[1]\n"
    );
    dir.apply("-var n=0");
    assert_eq!(dir.run("state list").stdout, "");
}

#[test]
fn keys_of_for_each_come_and_go() {
    let dir = Dir::with(
        "variable \"keys\" {\n  type = set(string)\n}\nresource \"terraform_data\" \"a\" {\n  for_each = var.keys\n  input    = each.key\n}\n",
    );
    let apply = |keys: &str| {
        let output = dir.run_args(&["apply", "-auto-approve", "-var", &format!("keys={keys}")]);
        assert_eq!(output.code, Some(0), "{output}");
    };
    apply("[\"x\", \"y\", \"a b\"]");
    assert_eq!(
        dir.run("state list").stdout,
        "terraform_data.a[\"a b\"]\nterraform_data.a[\"x\"]\nterraform_data.a[\"y\"]\n"
    );
    apply("[\"y\", \"z\"]");
    assert_eq!(
        dir.run("state list").stdout,
        "terraform_data.a[\"y\"]\nterraform_data.a[\"z\"]\n"
    );
}

#[test]
fn outputs_that_left_the_configuration_leave_the_state() {
    let dir = Dir::with("output \"a\" {\n  value = 1\n}\noutput \"b\" {\n  value = 2\n}\n");
    dir.apply("");
    dir.write("main.tf", "output \"b\" {\n  value = 2\n}\n");
    assert_snapshot!(dir.apply(""), @"
    exit code 0
    --- standard output

    Changes to Outputs:
      - a = 1 -> null

    You can apply this plan to save these new output values to the Trunkline
    state, without changing any real infrastructure.

    Apply complete! Resources: 0 added, 0 changed, 0 destroyed.

    Outputs:

    b = 2
    ");
    assert_eq!(dir.run("output").stdout, "b = 2\n");
}

#[test]
fn refresh_only_asks_for_nothing_when_nothing_drifted() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    dir.apply("");
    assert_snapshot!(dir.apply("-refresh-only"), @"
    exit code 0
    --- standard output
    terraform_data.a: Refreshing state... [id=[ID]]

    No changes. Your infrastructure still matches the configuration.

    Trunkline has checked that the real remote objects still match the result of
    your most recent changes, and found no differences.

    Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
    ");
}

#[test]
fn many_at_once_and_one_after_the_other_end_alike() {
    let text = "resource \"terraform_data\" \"a\" {\n  count = 25\n  input = count.index\n}\n\nresource \"terraform_data\" \"b\" {\n  count = 25\n  input = terraform_data.a[24 - count.index].output\n}\n\noutput \"sum\" {\n  value = sum(terraform_data.b[*].output)\n}\n";
    for options in ["-parallelism=1", "-parallelism=50"] {
        let dir = Dir::with(text);
        let output = dir.apply(options);
        assert!(
            output.stdout.ends_with(
                "Resources: 50 added, 0 changed, 0 destroyed.\n\nOutputs:\n\nsum = 300\n"
            ),
            "{output}"
        );
        assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));
        assert_eq!(dir.run("destroy -auto-approve").code, Some(0));
        assert_eq!(dir.run("state list").stdout, "");
    }
}
