//! `workspace`: each has a state of its own, and `terraform.workspace` names it.

use insta::assert_snapshot;

use crate::harness::Dir;

fn named() -> Dir {
    Dir::with("resource \"terraform_data\" \"a\" {\n  input = terraform.workspace\n}\n")
}

#[test]
fn every_workspace_has_its_state() {
    let dir = named();
    dir.apply("");
    assert_snapshot!(dir.run("workspace new dev"), @r#"
    exit code 0
    --- standard output
    Created and switched to workspace "dev"!

    You're now on a new, empty workspace. Workspaces isolate their state,
    so if you run "trunkline plan" Trunkline will not see any existing state
    for this configuration.
    "#);
    assert_eq!(dir.run("workspace list").stdout, "  default\n* dev\n\n");
    assert_eq!(dir.run("workspace show").stdout, "dev\n");
    dir.apply("");
    assert_eq!(dir.attribute("terraform_data.a", "output")["value"], "dev");
    assert_eq!(
        dir.run("workspace select default").stdout,
        "Switched to workspace \"default\".\n"
    );
    assert_eq!(
        dir.attribute("terraform_data.a", "output")["value"],
        "default"
    );
}

#[test]
fn the_environment_overrides_the_selection() {
    let mut dir = named();
    assert_eq!(dir.run("workspace new dev").code, Some(0));
    assert_eq!(dir.run("workspace select default").code, Some(0));
    dir.set("TF_WORKSPACE", "dev");
    dir.apply("");
    assert_eq!(dir.run("workspace show").stdout, "dev\n");
    assert_snapshot!(dir.run("workspace select default"), @"
    exit code 1
    --- standard error

    The selected workspace is currently overridden using the TF_WORKSPACE
    environment variable.

    To select a new workspace, either update this environment variable or unset
    it and then run this command again.
    ");
    dir.set("TF_WORKSPACE", "not one");
    assert_snapshot!(dir.run("plan"), @"
    exit code 1
    --- standard error

    Error: Invalid workspace name set using TF_WORKSPACE
    ");
    dir.unset("TF_WORKSPACE");
    assert_eq!(dir.run("state list").code, Some(1));
}

#[test]
fn a_workspace_in_use_is_not_deleted() {
    let dir = named();
    assert_eq!(dir.run("workspace new dev").code, Some(0));
    dir.apply("");
    assert_snapshot!(dir.run("workspace delete dev"), @r#"
    exit code 1
    --- standard error
    Workspace "dev" is your active workspace.

    You cannot delete the currently active workspace. Please switch
    to another workspace and try again.
    "#);
    assert_eq!(dir.run("workspace select default").code, Some(0));
    assert_snapshot!(dir.run("workspace delete dev"), @r#"
    exit code 1
    --- standard error

    Error: Workspace is not empty

    Workspace "dev" is currently tracking the following resource instances:
      - terraform_data.a

    Deleting this workspace would cause Trunkline to lose track of any associated
    remote objects, which would then require you to delete them manually outside
    of Trunkline. You should destroy these objects with Trunkline before deleting
    the workspace.

    If you want to delete this workspace anyway, and have Trunkline forget about
    these managed objects, use the -force option to disable this safety check.
    "#);
    assert_snapshot!(dir.run("workspace delete -force dev"), @r#"
    exit code 0
    --- standard output
    Deleted workspace "dev"!
    WARNING: "dev" was non-empty.
    The resources managed by the deleted workspace may still exist,
    but are no longer manageable by Trunkline since the state has
    been deleted.
    "#);
    assert_eq!(dir.run("workspace list").stdout, "* default\n\n");
    assert!(!dir.has("terraform.tfstate.d/dev"));
    assert!(
        dir.run("workspace delete default")
            .stderr
            .contains("is your active workspace")
    );
}

#[test]
fn names_that_are_no_names_or_not_there_are_told() {
    let dir = named();
    assert_snapshot!(dir.run("workspace new a/b"), @r#"
    exit code 1
    --- standard error

    The workspace name "a/b" is not allowed. The name must contain only URL safe
    characters, and no path separators.
    "#);
    assert_snapshot!(dir.run("workspace select none"), @r#"
    exit code 1
    --- standard error

    Workspace "none" doesn't exist.

    You can create this workspace with the "new" subcommand 
    or include the "-or-create" flag with the "select" subcommand.
    "#);
    assert_eq!(dir.run("workspace new ..").code, Some(1));
    assert_eq!(dir.run("workspace select -or-create fresh").code, Some(0));
    assert_eq!(
        dir.run("workspace new fresh").stderr,
        "Workspace \"fresh\" already exists\n"
    );
}

#[test]
fn a_workspace_can_begin_with_a_state_file() {
    let dir = Dir::empty();
    dir.write(
        "s.json",
        r#"{"version":4,"serial":3,"lineage":"l","resources":[],"outputs":{"a":{"value":1,"type":"number"}}}"#,
    );
    assert_eq!(dir.run("workspace new -state=s.json copy").code, Some(0));
    assert_eq!(dir.run("output").stdout, "a = 1\n");
    assert_eq!(dir.state()["lineage"], "l");
}
