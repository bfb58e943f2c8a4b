//! The question before anything is changed.

use insta::assert_snapshot;

use crate::harness::Dir;

const ONE: &str = "resource \"terraform_data\" \"a\" {}\n";

#[test]
fn yes_applies() {
    let dir = Dir::with(ONE);
    assert_eq!(dir.run("init").code, Some(0));
    assert_snapshot!(dir.answer("apply", "yes\n"), @r#"
    exit code 0
    --- standard output

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      + create

    Trunkline will perform the following actions:

      # terraform_data.a will be created
      + resource "terraform_data" "a" {
          + id = (known after apply)
        }

    Plan: 1 to add, 0 to change, 0 to destroy.

    Do you want to perform these actions?
      Trunkline will perform the actions described above.
      Only 'yes' will be accepted to approve.

      Enter a value: 
    terraform_data.a: Creating...
    terraform_data.a: Creation complete after [TIME] [id=[ID]]

    Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
    "#);
    assert_eq!(dir.run("state list").stdout, "terraform_data.a\n");
}

#[test]
fn anything_else_cancels() {
    for answer in ["no\n", "y\n", "YES\n", "\n"] {
        let dir = Dir::with(ONE);
        let output = dir.answer("apply", answer);
        assert_eq!(output.code, Some(1), "{output}");
        assert!(output.stdout.ends_with("\nApply cancelled.\n"), "{output}");
        assert_eq!(output.stderr, "");
        assert_eq!(dir.run("state list").stdout, "");
    }
}

#[test]
fn nobody_to_ask_is_an_error() {
    let dir = Dir::with(ONE);
    let output = dir.run("apply");
    assert_eq!(output.code, Some(1));
    assert_snapshot!(output.stderr, @"

    Error: error asking for approval: EOF

    There was nobody to ask. Use -auto-approve to apply without asking, or save a
    plan with plan -out and apply that.
    ");
    assert_eq!(dir.run("state list").stdout, "");
}

#[test]
fn without_input_nobody_is_asked() {
    let dir = Dir::with(ONE);
    let output = dir.answer("apply -input=false", "yes\n");
    assert_eq!(output.code, Some(1), "{output}");
    assert_eq!(dir.run("state list").stdout, "");
}

#[test]
fn destroying_asks_in_its_own_words() {
    let dir = Dir::with(ONE);
    dir.apply("");
    let output = dir.answer("destroy", "no\n");
    assert_eq!(output.code, Some(1));
    let question = output.stdout.split_once("Do you really").unwrap().1;
    assert_snapshot!(question, @"
     want to destroy all resources?
      Trunkline will destroy all your managed infrastructure, as shown above.
      There is no undo. Only 'yes' will be accepted to confirm.

      Enter a value: 
    Destroy cancelled.
    ");
    assert_eq!(dir.run("state list").stdout, "terraform_data.a\n");
    assert_eq!(dir.answer("destroy", "yes\n").code, Some(0));
    assert_eq!(dir.run("state list").stdout, "");
}

#[test]
fn nothing_to_do_asks_nothing() {
    let dir = Dir::with(ONE);
    dir.apply("");
    assert_snapshot!(dir.run("apply"), @"
    exit code 0
    --- standard output
    terraform_data.a: Refreshing state... [id=[ID]]

    No changes. Your infrastructure matches the configuration.

    Trunkline has compared your real infrastructure against your configuration
    and found no differences, so no changes are needed.

    Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
    ");
}
