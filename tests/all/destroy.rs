//! `destroy`: everything goes, in reverse order.

use insta::assert_snapshot;

use crate::harness::Dir;

const CHAIN: &str = r#"
resource "terraform_data" "a" {}

resource "terraform_data" "b" {
  input = terraform_data.a.id
}

resource "terraform_data" "c" {
  input = terraform_data.b.id
}

output "c" {
  value = terraform_data.c.id
}
"#;

#[test]
fn everything_goes_in_reverse_order() {
    let dir = Dir::with(CHAIN);
    dir.apply("");
    let output = dir.run("destroy -auto-approve");
    let after = output.stdout.split_once("Changes to Outputs:").unwrap().1;
    assert_snapshot!(after, @r#"

      - c = "[ID]" -> null
    terraform_data.c: Destroying... [id=[ID]]
    terraform_data.c: Destruction complete after [TIME]
    terraform_data.b: Destroying... [id=[ID]]
    terraform_data.b: Destruction complete after [TIME]
    terraform_data.a: Destroying... [id=[ID]]
    terraform_data.a: Destruction complete after [TIME]

    Destroy complete! Resources: 3 destroyed.
    "#);
    assert_eq!(dir.run("state list").stdout, "");
    assert_eq!(dir.run("output -json").stdout, "{}\n");
}

#[test]
fn the_order_is_remembered_without_configuration() {
    let dir = Dir::with(CHAIN);
    dir.apply("");
    dir.write("main.tf", "");
    let output = dir.apply("");
    let order: Vec<&str> = output
        .stdout
        .lines()
        .filter(|l| l.contains("Destruction complete"))
        .collect();
    assert_eq!(
        order,
        [
            "terraform_data.c: Destruction complete after [TIME]",
            "terraform_data.b: Destruction complete after [TIME]",
            "terraform_data.a: Destruction complete after [TIME]",
        ]
    );
}

#[test]
fn a_target_takes_what_depends_on_it() {
    let dir = Dir::with(CHAIN);
    dir.apply("");
    let output = dir.run("destroy -auto-approve -target=terraform_data.b");
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(dir.run("state list").stdout, "terraform_data.a\n");
}

#[test]
fn nothing_to_destroy_is_fine() {
    assert_snapshot!(Dir::with(CHAIN).run("destroy"), @"
    exit code 0
    --- standard output

    No changes. No objects need to be destroyed.

    Either you have not created any objects yet or the existing objects were
    already deleted outside of Trunkline.

    Destroy complete! Resources: 0 destroyed.
    ");
}

#[test]
fn apply_destroy_destroys() {
    let dir = Dir::with(CHAIN);
    dir.apply("");
    let output = dir.run("apply -destroy -auto-approve");
    assert!(
        output
            .stdout
            .ends_with("\nApply complete! Resources: 0 added, 0 changed, 3 destroyed.\n"),
        "{output}"
    );
}

#[test]
fn after_destruction_it_can_be_applied_again() {
    let dir = Dir::with(CHAIN);
    for _ in 0..2 {
        let output = dir.apply("");
        assert!(
            output.stdout.contains("3 added, 0 changed, 0 destroyed"),
            "{output}"
        );
        assert_eq!(dir.run("destroy -auto-approve").code, Some(0));
    }
}
