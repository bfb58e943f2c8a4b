//! `state mv`, `state rm` and `state replace-provider`: what the state says of objects changes, objects do not.

use insta::assert_snapshot;

use crate::harness::Dir;

const FILE: &str = r#"{"version":4,"terraform_version":"1.5.0","serial":1,"lineage":"L","outputs":{},"resources":[{"mode":"managed","type":"terraform_data","name":"a","provider":"provider[\"terraform.io/builtin/terraform\"]","instances":[{"schema_version":0,"attributes":{"id":"i-1","input":null,"output":null,"triggers_replace":null},"sensitive_attributes":[]}]}]}"#;

fn applied() -> Dir {
    let dir = Dir::with(
        r#"
resource "terraform_data" "a" {}
resource "terraform_data" "c" { count = 2 }
resource "terraform_data" "e" { for_each = toset(["k", "l"]) }
module "m" { source = "./m" }
"#,
    );
    dir.write("m/main.tf", "resource \"terraform_data\" \"r\" {}\n");
    assert_eq!(dir.run("init").code, Some(0));
    dir.apply("");
    dir
}

fn list(dir: &Dir) -> String {
    dir.run("state list").stdout
}

#[test]
fn objects_move_with_their_attributes() {
    let dir = applied();
    let id = dir.attribute("terraform_data.a", "id");
    assert_snapshot!(dir.run("state mv -dry-run terraform_data.a terraform_data.z"), @r#"
    exit code 0
    --- standard output
    Would move "terraform_data.a" to "terraform_data.z"
    "#);
    assert_snapshot!(dir.run("state mv terraform_data.a terraform_data.z"), @r#"
    exit code 0
    --- standard output
    Move "terraform_data.a" to "terraform_data.z"
    Successfully moved 1 object(s).
    "#);
    assert_eq!(dir.attribute("terraform_data.z", "id"), id);
    assert_eq!(
        dir.run("state mv terraform_data.c[0] terraform_data.c[5]")
            .code,
        Some(0)
    );
    assert_eq!(
        dir.run("state mv terraform_data.c terraform_data.cc").code,
        Some(0)
    );
    assert_eq!(dir.run("state mv module.m module.n[0]").code, Some(0));
    assert_eq!(
        dir.run("state mv terraform_data.e[\"k\"] terraform_data.single")
            .code,
        Some(0)
    );
    assert_snapshot!(list(&dir), @r#"
    terraform_data.cc[1]
    terraform_data.cc[5]
    terraform_data.e["l"]
    terraform_data.single
    terraform_data.z
    module.n[0].terraform_data.r
    "#);
}

#[test]
fn what_cannot_move_is_told_and_changes_nothing() {
    let dir = applied();
    let before = dir.state();
    let told = |from: &str, to: &str| {
        let output = dir.run_args(&["state", "mv", from, to]);
        assert_eq!(output.code, Some(1), "{output}");
        output.stderr
    };
    assert_snapshot!(told("terraform_data.none", "terraform_data.x"), @"
    Error: Invalid source address

    Cannot move terraform_data.none: does not match anything in the current
    state.
    ");
    assert_snapshot!(told("terraform_data.c[7]", "terraform_data.x"), @"
    Error: Invalid source address

    The current state does not contain terraform_data.c[7].
    ");
    assert_snapshot!(told("terraform_data.a", "terraform_data.c[0]"), @"
    Error: Invalid target address

    Cannot move to terraform_data.c[0]: there is already a resource instance at
    that address in the current state.
    ");
    assert_snapshot!(told("terraform_data.c", "terraform_data.x[0]"), @"
    Error: Invalid target address

    Cannot move terraform_data.c to terraform_data.x[0]: the source is a whole
    resource (not a resource instance) so the target must also be a whole
    resource.
    ");
    assert_snapshot!(told("terraform_data.a", "module.m"), @"
    Error: Invalid target address

    Cannot move terraform_data.a to module.m: the target must also be a resource
    instance.
    ");
    assert_snapshot!(told("terraform_data.a", "other_thing.x"), @"
    Error: Invalid state move request

    Cannot move terraform_data.a to other_thing.x: resource types don't match.
    ");
    assert_snapshot!(told("module.m", "module.m"), @"
    Error: Invalid target address

    Cannot move to module.m: there is already a module at that address in the
    current state.
    ");
    assert_snapshot!(told("bad..", "x"), @r#"
    Error: Attribute name required

    Dot must be followed by attribute name.

    The address was "bad..". It has the form type.name, type.name[0],
    type.name["key"], or module.name before that.

    Error: Invalid address

    Resource specification must include a resource type and name.

    The address was "x". It has the form type.name, type.name[0],
    type.name["key"], or module.name before that.
    "#);
    assert_eq!(dir.state(), before);
}

#[test]
fn objects_are_forgotten() {
    let dir = applied();
    assert_snapshot!(dir.run("state rm -dry-run terraform_data.c"), @"
    exit code 0
    --- standard output
    Would remove terraform_data.c[0]
    Would remove terraform_data.c[1]
    ");
    assert_snapshot!(dir.run("state rm terraform_data.c[0] terraform_data.e module.m"), @r#"
    exit code 0
    --- standard output
    Removed terraform_data.c[0]
    Removed terraform_data.e["k"]
    Removed terraform_data.e["l"]
    Removed module.m.terraform_data.r
    Successfully removed 4 resource instance(s).
    "#);
    assert_snapshot!(list(&dir), @"
    terraform_data.a
    terraform_data.c[1]
    ");
    assert_snapshot!(dir.run("state rm terraform_data.none"), @r#"
    exit code 1
    --- standard error

    Error: Invalid target address

    No matching objects found. To view the available instances, use "trunkline
    state list". Please modify the address to reference a specific instance.
    "#);
    assert_eq!(dir.run("state rm").code, Some(1));
}

#[test]
fn files_are_changed_where_they_are_named() {
    let dir = Dir::empty();
    dir.write("one.tfstate", FILE);
    let moved = dir.run(
        "state mv -state=one.tfstate -state-out=two.tfstate terraform_data.a terraform_data.b",
    );
    assert_eq!(moved.code, Some(0), "{moved}");
    assert_eq!(dir.run("state list -state=one.tfstate").stdout, "");
    assert_eq!(
        dir.run("state list -state=two.tfstate").stdout,
        "terraform_data.b\n"
    );
    assert_eq!(
        dir.run("state list -state=two.tfstate -id=i-1").stdout,
        "terraform_data.b\n"
    );
    assert_snapshot!(dir.run("show two.tfstate"), @r#"
    exit code 0
    --- standard output
    # terraform_data.b:
    resource "terraform_data" "b" {
        id = "i-1"
    }
    "#);
    assert_snapshot!(dir.run("state list -state=none.tfstate"), @"
    exit code 1
    --- standard error
    No state file was found!

    State management commands require a state file. Run this command
    in a directory where Trunkline has been run or use the -state flag
    to point the command to a specific state location.
    ");
    assert!(!dir.has("trunkline.db"), "no store is made for files");
}

#[test]
fn a_provider_gives_way_to_another() {
    let dir = applied();
    let line = "state replace-provider terraform.io/builtin/terraform acme/other";
    assert_snapshot!(dir.answer(line, "no\n"), @"
    exit code 0
    --- standard output
    Trunkline will perform the following actions:

      ~ Updating provider:
        - terraform.io/builtin/terraform
        + registry.terraform.io/acme/other

    Changing 4 resources:

      terraform_data.a
      terraform_data.c
      terraform_data.e
      module.m.terraform_data.r

    Do you want to make these changes?
    Only 'yes' will be accepted to continue.

    Enter a value: 
    Cancelled replacing providers.
    ");
    assert_eq!(dir.answer(line, "yes\n").code, Some(0));
    assert_eq!(
        dir.state()["resources"][0]["provider"],
        "provider[\"registry.terraform.io/acme/other\"]"
    );
    assert_eq!(dir.run(line).stdout, "No matching resources found.\n");
    assert_snapshot!(dir.run("state replace-provider a/b/c/d acme/other"), @r#"
    exit code 1
    --- standard error

    Error: Invalid "from" provider "a/b/c/d"

    Invalid provider source string: The "source" attribute must be in the format
    "[hostname/][namespace/]name"
    "#);
}
