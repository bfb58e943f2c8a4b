//! `import` blocks, generated configuration and the `import` command: objects that exist are taken over by their ids.

use insta::assert_snapshot;

use crate::harness::Dir;

const BLOCK: &str = "resource \"terraform_data\" \"a\" { input = \"x\" }\nimport {\n  to = terraform_data.a\n  id = \"i-1\"\n}\n";

#[test]
fn an_import_block_takes_an_object_over_and_changes_it_as_configured() {
    let dir = Dir::with(BLOCK);
    assert_snapshot!(dir.apply(""), @r#"
    exit code 0
    --- standard output
    terraform_data.a: Preparing import... [id=i-1]
    terraform_data.a: Refreshing state... [id=i-1]

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      ~ update in-place

    Trunkline will perform the following actions:

      # terraform_data.a will be updated in-place
      # (imported from "i-1")
      ~ resource "terraform_data" "a" {
            id     = "i-1"
          + input  = "x"
          + output = (known after apply)
        }

    Plan: 1 to import, 0 to add, 1 to change, 0 to destroy.
    terraform_data.a: Importing... [id=i-1]
    terraform_data.a: Import complete [id=i-1]
    terraform_data.a: Modifying... [id=i-1]
    terraform_data.a: Modifications complete after [TIME] [id=i-1]

    Apply complete! Resources: 1 imported, 0 added, 1 changed, 0 destroyed.
    "#);
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));
}

#[test]
fn imports_are_repeated_and_go_into_modules() {
    let dir = Dir::with(
        "variable \"ids\" { default = { x = \"1\", y = \"2\" } }\nmodule \"m\" {\n  source   = \"./child\"\n  for_each = var.ids\n}\nimport {\n  for_each = var.ids\n  to       = module.m[each.key].terraform_data.r\n  id       = \"id-${each.value}\"\n}\n",
    );
    dir.write(
        "child/main.tf",
        "resource \"terraform_data\" \"r\" {}\noutput \"id\" { value = terraform_data.r.id }\n",
    );
    assert_snapshot!(dir.apply(""), @r#"
    exit code 0
    --- standard output
    module.m["x"].terraform_data.r: Preparing import... [id=id-1]
    module.m["x"].terraform_data.r: Refreshing state... [id=id-1]
    module.m["y"].terraform_data.r: Preparing import... [id=id-2]
    module.m["y"].terraform_data.r: Refreshing state... [id=id-2]

    Trunkline will perform the following actions:

      # module.m["x"].terraform_data.r will be imported
        resource "terraform_data" "r" {
            id = "id-1"
        }

      # module.m["y"].terraform_data.r will be imported
        resource "terraform_data" "r" {
            id = "id-2"
        }

    Plan: 2 to import, 0 to add, 0 to change, 0 to destroy.
    module.m["x"].terraform_data.r: Importing... [id=id-1]
    module.m["x"].terraform_data.r: Import complete [id=id-1]
    module.m["y"].terraform_data.r: Importing... [id=id-2]
    module.m["y"].terraform_data.r: Import complete [id=id-2]

    Apply complete! Resources: 2 imported, 0 added, 0 changed, 0 destroyed.
    "#);
}

#[test]
fn a_saved_plan_imports_what_it_was_made_for() {
    let dir = Dir::with(BLOCK);
    assert_eq!(dir.run("plan -out=p").code, Some(0));
    // What the file says now is of no importance.
    dir.write("main.tf", "");
    assert_snapshot!(dir.run("apply p"), @r#"
    exit code 0
    --- standard output
    terraform_data.a: Importing... [id=i-1]
    terraform_data.a: Import complete [id=i-1]
    terraform_data.a: Modifying... [id=i-1]
    terraform_data.a: Modifications complete after [TIME] [id=i-1]

    Apply complete! Resources: 1 imported, 0 added, 1 changed, 0 destroyed.
    "#);
}

#[test]
fn an_import_that_cannot_be_is_told_with_its_place() {
    let a =
        "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"n\" { count = 1 }\n";
    let cases = [
        ("terraform_data.a", "null", "Invalid import id argument @ 5"),
        ("terraform_data.a", "\"\"", "Invalid import id argument @ 5"),
        ("terraform_data.a", "[1]", "Incorrect value type @ 5"),
        (
            "terraform_data.a",
            "terraform_data.a.id",
            "Invalid import id argument @ 5",
        ),
        (
            "terraform_data.a",
            "terraform_data.n[0].id",
            "Invalid import id argument @ 5",
        ),
        (
            "terraform_data.a",
            "each.value",
            "each.value cannot be used in this context @ 5",
        ),
        (
            "terraform_data.a[0]",
            "1",
            "Invalid import 'to' expression @ 4",
        ),
        (
            "terraform_data.n",
            "1",
            "Invalid import 'to' expression @ 4",
        ),
        (
            "terraform_data.n[3]",
            "1",
            "Configuration for import target does not exist",
        ),
        (
            "terraform_data.x",
            "1",
            "Configuration for import target does not exist @ 4",
        ),
        (
            "terraform_data.x[0]",
            "1",
            "Configuration for import target does not exist @ 4",
        ),
        (
            "module.x.terraform_data.a",
            "1",
            "Configuration for import target does not exist @ 4",
        ),
    ];
    for (to, id, expected) in cases {
        let dir = Dir::with(&format!("{a}import {{\n  to = {to}\n  id = {id}\n}}\n"));
        let planned = dir.run("plan -no-color");
        assert_eq!(planned.code, Some(1), "{planned}");
        let mut lines = planned
            .stderr
            .lines()
            .skip_while(|l| !l.starts_with("Error: "));
        let summary = lines
            .next()
            .unwrap_or_default()
            .trim_start_matches("Error: ");
        let place = lines.find_map(|l| l.trim().strip_prefix("on main.tf line "));
        let place = place.and_then(|p| p.split([':', ',']).next());
        let told = match place {
            Some(line) => format!("{summary} @ {line}"),
            None => summary.to_owned(),
        };
        assert_eq!(told, expected, "{planned}");
    }
}

#[test]
fn configuration_is_written_for_what_is_imported_and_has_none() {
    let dir = Dir::with("import {\n  to = terraform_data.g\n  id = \"g-1\"\n}\n");
    assert_snapshot!(dir.run("plan -out=p -generate-config-out=gen.tf"), @r#"
    exit code 0
    --- standard output
    terraform_data.g: Preparing import... [id=g-1]
    terraform_data.g: Refreshing state... [id=g-1]

    Trunkline will perform the following actions:

      # terraform_data.g will be imported
      # (config will be generated)
        resource "terraform_data" "g" {
            id = "g-1"
        }

    Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.

    Warning: Config generation is experimental

    Generating configuration during import is currently experimental, and the
    generated configuration format may change in future versions.

    ─────────────────────────────────────────────────────────────────────────────

    Trunkline has generated configuration and written it to gen.tf. Please review
    the configuration and edit it as necessary before adding it to version
    control.

    Saved the plan to: p

    To perform exactly these actions, run the following command to apply:
        trunkline apply "p"
    "#);
    assert_snapshot!(std::fs::read_to_string(dir.path().join("gen.tf")).unwrap(), @r#"
    # __generated__ by Trunkline
    # Please review these resources and move them into your main configuration files.

    # __generated__ by Trunkline from "g-1"
    resource "terraform_data" "g" {
      input            = null
      triggers_replace = null
    }
    "#);
    assert_eq!(dir.run("apply p").code, Some(0));
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));
    let again = dir.run("plan -generate-config-out=gen.tf");
    assert_eq!(again.code, Some(1), "{again}");
    assert!(
        again
            .stderr
            .contains("Target generated file already exists"),
        "{again}"
    );
    let destroying = dir.run("plan -destroy -generate-config-out=more.tf");
    assert!(
        destroying
            .stderr
            .contains("Invalid generate-config-out flag"),
        "{destroying}"
    );
}

#[test]
fn the_command_takes_one_object_over() {
    let dir = Dir::with(
        "resource \"terraform_data\" \"a\" { input = terraform_data.b[\"x\"].id }\nresource \"terraform_data\" \"b\" {\n  for_each = toset([\"x\"])\n}\n",
    );
    assert_snapshot!(dir.run("import terraform_data.b[\"x\"] foo"), @r#"
    exit code 0
    --- standard output
    terraform_data.b["x"]: Importing from ID "foo"...
    terraform_data.b["x"]: Import prepared!
      Prepared terraform_data for import
    terraform_data.b["x"]: Refreshing state... [id=foo]

    Import successful!

    The resources that were imported are shown above. These resources are now in
    your Trunkline state and will henceforth be managed by Trunkline.
    "#);
    assert_eq!(dir.run("import terraform_data.a bar").code, Some(0));
    assert_snapshot!(dir.run("import terraform_data.a bar"), @r#"
    exit code 1
    --- standard error

    Error: Resource already managed by Trunkline

    Trunkline is already managing a remote object for terraform_data.a. To import
    to this address you must first remove the existing object from the state.
    "#);
    assert_snapshot!(dir.run("import terraform_data.c baz"), @r#"
    exit code 1
    --- standard error
    Error: resource address "terraform_data.c" does not exist in the configuration.

    Before importing this resource, please create its configuration in the root module. For example:

    resource "terraform_data" "c" {
      # (resource arguments)
    }
    "#);
    for (arguments, summary) in [
        (
            "terraform_data.b[\"y\"] 1",
            "Configuration for import target does not exist",
        ),
        (
            "module.m.terraform_data.a 1",
            "Import to non-existent module",
        ),
        (
            "data.terraform_data.a 1",
            "A managed resource address is required. Importing into a data resource is not allowed.",
        ),
        ("terraform_data 1", "Invalid address"),
        (
            "-config=nowhere terraform_data.a 1",
            "No Trunkline configuration files",
        ),
    ] {
        let refused = dir.run(&format!("import {arguments}"));
        assert_eq!(refused.code, Some(1), "{refused}");
        assert!(
            refused.stderr.contains(&format!("Error: {summary}")),
            "{refused}"
        );
    }
    assert_snapshot!(dir.run("state list"), @r#"
    exit code 0
    --- standard output
    terraform_data.a
    terraform_data.b["x"]
    "#);
}
