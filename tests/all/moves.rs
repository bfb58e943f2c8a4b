//! `moved` and `removed`: objects keep their identity when their addresses change, and are left alone when asked.

use insta::assert_snapshot;
use serde_json::Value;

use crate::harness::{Dir, Output};

/// What a plan does to each object: `[from ->] address: actions (reason)`, in the order of the document.
fn actions(dir: &Dir, options: &str) -> Vec<String> {
    let saved = dir.run(&format!("plan -out=p {options}"));
    assert_eq!(saved.code, Some(0), "{saved}");
    let document: Value = serde_json::from_str(&dir.run("show -json p").raw).unwrap();
    let changes = document["resource_changes"].as_array().unwrap();
    changes
        .iter()
        .map(|change| {
            let from = change["previous_address"]
                .as_str()
                .map(|from| format!("{from} -> "))
                .unwrap_or_default();
            let words = change["change"]["actions"].as_array().unwrap();
            let words: Vec<&str> = words.iter().map(|w| w.as_str().unwrap()).collect();
            let reason = change["action_reason"]
                .as_str()
                .map(|r| format!(" ({r})"))
                .unwrap_or_default();
            let address = change["address"].as_str().unwrap();
            format!("{from}{address}: {}{reason}", words.join("+"))
        })
        .collect()
}

/// The ids in the state, by address.
fn ids(dir: &Dir) -> Vec<(String, String)> {
    let state: Value = serde_json::from_str(&dir.run("state pull").raw).unwrap();
    let mut found = Vec::new();
    for resource in state["resources"].as_array().unwrap() {
        for instance in resource["instances"].as_array().unwrap() {
            let module = resource["module"].as_str().unwrap_or_default();
            let key = &instance["index_key"];
            let name = resource["name"].as_str().unwrap();
            let address = format!(
                "{module}/{name}{}",
                if key.is_null() {
                    String::new()
                } else {
                    key.to_string()
                }
            );
            let id = instance["attributes"]["id"].as_str().unwrap();
            found.push((address, id.to_owned()));
        }
    }
    found
}

fn succeeds(output: &Output) {
    assert_eq!(output.code, Some(0), "{output}");
}

const CHILD: &str = "resource \"terraform_data\" \"r\" { input = 1 }\n";

#[test]
fn a_renamed_resource_is_the_same_object() {
    let dir = Dir::with("resource \"terraform_data\" \"old\" { input = \"x\" }\n");
    dir.apply("");
    let before = ids(&dir);
    dir.write(
        "main.tf",
        "resource \"terraform_data\" \"new\" { input = \"x\" }\nmoved {\n  from = terraform_data.old\n  to   = terraform_data.new\n}\n",
    );
    assert_snapshot!(dir.apply(""), @r#"
    exit code 0
    --- standard output
    terraform_data.new: Refreshing state... [id=[ID]]

    Trunkline will perform the following actions:

      # terraform_data.old has moved to terraform_data.new
        resource "terraform_data" "new" {
            id     = "[ID]"
            # (2 unchanged attributes hidden)
        }

    Plan: 0 to add, 0 to change, 0 to destroy.

    Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
    "#);
    let after = ids(&dir);
    assert_eq!(after[0].0, "/new");
    assert_eq!(after[0].1, before[0].1);
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));
}

#[test]
fn moves_go_where_statements_take_them() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "resource \"terraform_data\" \"a\" {}\n",
            "resource \"terraform_data\" \"c\" {}\nmoved {\n  from = terraform_data.b\n  to = terraform_data.c\n}\nmoved {\n  from = terraform_data.a\n  to = terraform_data.b\n}\n",
            &["terraform_data.a -> terraform_data.c: no-op"],
        ),
        (
            "resource \"terraform_data\" \"a\" { count = 2 }\n",
            "resource \"terraform_data\" \"b\" { for_each = toset([\"x\", \"y\"]) }\nmoved {\n  from = terraform_data.a[0]\n  to = terraform_data.b[\"x\"]\n}\nmoved {\n  from = terraform_data.a[1]\n  to = terraform_data.b[\"y\"]\n}\n",
            &[
                "terraform_data.a[0] -> terraform_data.b[\"x\"]: no-op",
                "terraform_data.a[1] -> terraform_data.b[\"y\"]: no-op",
            ],
        ),
        (
            "module \"m\" { source = \"./child\" }\n",
            "module \"n\" {\n  source = \"./child\"\n  for_each = { x = 1 }\n}\nmoved {\n  from = module.m\n  to = module.n[\"x\"]\n}\n",
            &["module.m.terraform_data.r -> module.n[\"x\"].terraform_data.r: no-op"],
        ),
        (
            "module \"m\" {\n  source = \"./child\"\n  count = 2\n}\n",
            "module \"n\" {\n  source = \"./child\"\n  count = 2\n}\nmoved {\n  from = module.m\n  to = module.n\n}\n",
            &[
                "module.m[0].terraform_data.r -> module.n[0].terraform_data.r: no-op",
                "module.m[1].terraform_data.r -> module.n[1].terraform_data.r: no-op",
            ],
        ),
        (
            "resource \"terraform_data\" \"a\" { input = 1 }\n",
            "module \"m\" { source = \"./child\" }\nmoved {\n  from = terraform_data.a\n  to = module.m.terraform_data.r\n}\n",
            &["terraform_data.a -> module.m.terraform_data.r: no-op"],
        ),
        // Out of a module that moves: what is inside goes first.
        (
            "module \"m\" { source = \"./child\" }\n",
            "resource \"terraform_data\" \"a\" { input = 1 }\nmoved {\n  from = module.m\n  to = module.n\n}\nmoved {\n  from = module.m.terraform_data.r\n  to = terraform_data.a\n}\n",
            &["module.m.terraform_data.r -> terraform_data.a: no-op"],
        ),
        // Count comes or goes.
        (
            "resource \"terraform_data\" \"a\" { count = 1 }\nresource \"terraform_data\" \"b\" {}\n",
            "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" { count = 0 }\n",
            &[
                "terraform_data.a[0] -> terraform_data.a: no-op",
                "terraform_data.b -> terraform_data.b[0]: delete (delete_because_count_index)",
            ],
        ),
        // A statement about the resource takes the place of what count implies.
        (
            "resource \"terraform_data\" \"a\" { count = 1 }\n",
            "resource \"terraform_data\" \"a\" {}\nmoved {\n  from = terraform_data.a[0]\n  to = terraform_data.b\n}\n",
            &[
                "terraform_data.a: create",
                "terraform_data.a[0] -> terraform_data.b: delete (delete_because_no_move_target)",
            ],
        ),
    ];
    for (before, after, expected) in cases {
        let dir = Dir::with(before);
        dir.write("child/main.tf", CHILD);
        dir.apply("");
        let old: Vec<String> = ids(&dir).into_iter().map(|(_, id)| id).collect();
        dir.write("main.tf", after);
        assert_eq!(actions(&dir, ""), *expected, "{after}");
        succeeds(&dir.run("apply p"));
        if expected.iter().all(|line| line.ends_with("no-op")) {
            let new: Vec<String> = ids(&dir).into_iter().map(|(_, id)| id).collect();
            assert_eq!(new, old, "{after}");
        }
        assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0), "{after}");
    }
}

#[test]
fn a_block_in_a_module_moves_in_every_instance_of_it() {
    let dir = Dir::with("module \"m\" {\n  source = \"./child\"\n  count  = 2\n}\n");
    dir.write("child/main.tf", CHILD);
    dir.apply("");
    dir.write(
        "child/main.tf",
        "resource \"terraform_data\" \"s\" { input = 1 }\nmoved {\n  from = terraform_data.r\n  to   = terraform_data.s\n}\n",
    );
    assert_eq!(
        actions(&dir, ""),
        [
            "module.m[0].terraform_data.r -> module.m[0].terraform_data.s: no-op",
            "module.m[1].terraform_data.r -> module.m[1].terraform_data.s: no-op",
        ]
    );
}

#[test]
fn a_move_to_where_something_is_already_is_told() {
    let dir =
        Dir::with("resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {}\n");
    dir.apply("");
    dir.write(
        "main.tf",
        "resource \"terraform_data\" \"b\" {}\nmoved {\n  from = terraform_data.a\n  to   = terraform_data.b\n}\n",
    );
    assert_snapshot!(dir.run("plan"), @r#"
    exit code 0
    --- standard output
    terraform_data.b: Refreshing state... [id=[ID]]
    terraform_data.a: Refreshing state... [id=[ID]]

    Trunkline used the selected providers to generate the following execution
    plan. Resource actions are indicated with the following symbols:
      - destroy

    Trunkline will perform the following actions:

      # terraform_data.a will be destroyed
      # (because terraform_data.a is not in configuration)
      - resource "terraform_data" "a" {
          - id = "[ID]" -> null
        }

    Plan: 0 to add, 0 to change, 1 to destroy.

    Warning: Unresolved resource instance address changes

    Trunkline tried to adjust resource instance addresses in the prior state
    based on change information recorded in the configuration, but some
    adjustments did not succeed due to existing objects already at the intended
    addresses:
      - terraform_data.a could not move to terraform_data.b

    Trunkline has planned to destroy these objects. If Trunkline's proposed
    changes aren't appropriate, you must first resolve the conflicts using the
    "trunkline state" subcommands and then create a new plan.

    ─────────────────────────────────────────────────────────────────────────────

    Note: You didn't use the -out option to save this plan, so Trunkline can't
    guarantee to take exactly these actions if you run "trunkline apply" now.
    "#);
}

#[test]
fn moves_that_contradict_the_configuration_are_refused() {
    let a = "resource \"terraform_data\" \"a\" {}\n";
    let moved = |from: &str, to: &str| format!("moved {{\n  from = {from}\n  to   = {to}\n}}\n");
    let cases = [
        (
            moved("terraform_data.a", "terraform_data.b"),
            "Moved object still exists",
        ),
        (
            moved("terraform_data.b", "terraform_data.b"),
            "Redundant move statement",
        ),
        (
            moved("terraform_data.b", "terraform_data.a")
                + &moved("terraform_data.c", "terraform_data.a"),
            "Ambiguous move statements",
        ),
        (
            moved("terraform_data.b", "terraform_data.a")
                + &moved("terraform_data.b", "terraform_data.c"),
            "Ambiguous move statements",
        ),
        (
            moved("terraform_data.b", "terraform_data.c")
                + &moved("terraform_data.c", "terraform_data.b"),
            "Cyclic dependency in move statements",
        ),
        (
            "removed {\n  from = terraform_data.a\n}\n".to_owned(),
            "Removed resource still exists",
        ),
    ];
    for (blocks, summary) in cases {
        let dir = Dir::with(&format!("{a}{blocks}"));
        assert_eq!(dir.run("validate").code, Some(0), "{blocks}");
        let planned = dir.run("plan");
        assert_eq!(planned.code, Some(1), "{planned}");
        let errors: Vec<&str> = planned
            .stderr
            .lines()
            .filter_map(|l| l.strip_prefix("Error: "))
            .collect();
        assert_eq!(errors, [summary], "{planned}");
    }
}

#[test]
fn targets_must_take_in_what_has_moved() {
    let dir =
        Dir::with("resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"o\" {}\n");
    dir.apply("");
    dir.write(
        "main.tf",
        "resource \"terraform_data\" \"b\" {}\nresource \"terraform_data\" \"o\" {}\nmoved {\n  from = terraform_data.a\n  to   = terraform_data.b\n}\n",
    );
    assert_snapshot!(dir.run("plan -target=terraform_data.o -target=terraform_data.b"), @r#"
    exit code 1
    --- standard error

    Error: Moved resource instances excluded by targeting

    Resource instances in your current state have moved to new addresses in the
    latest configuration. Trunkline must include those resource instances while
    planning in order to ensure a correct result, but your -target=... options do
    not fully cover all of those resource instances.

    To create a valid plan, either remove your -target=... options altogether or
    add the following additional target options:
      -target="terraform_data.a"

    Note that adding these options may include further additional resource
    instances in your plan, in order to respect object dependencies.
    "#);
    assert_eq!(
        actions(&dir, "-target=terraform_data.a -target=terraform_data.b"),
        ["terraform_data.a -> terraform_data.b: no-op"]
    );
}

#[test]
fn a_move_is_written_by_refresh_only_and_by_destroy() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    dir.apply("");
    dir.write(
        "main.tf",
        "resource \"terraform_data\" \"b\" {}\nmoved {\n  from = terraform_data.a\n  to   = terraform_data.b\n}\n",
    );
    assert_snapshot!(dir.run("apply -refresh-only -auto-approve"), @r#"
    exit code 0
    --- standard output
    terraform_data.b: Refreshing state... [id=[ID]]

    Note: Objects have changed outside of Trunkline

    Trunkline detected the following changes made outside of Trunkline since the
    last "trunkline apply" which may have affected this plan:

      # terraform_data.a has moved to terraform_data.b
        resource "terraform_data" "b" {
            id = "[ID]"
        }


    This is a refresh-only plan, so Trunkline will not take any actions to undo
    these. If you were expecting these changes then you can apply this plan to
    record the updated values in the Trunkline state without changing any remote
    objects.

    Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
    "#);
    assert_eq!(ids(&dir)[0].0, "/b");
    dir.write(
        "main.tf",
        "resource \"terraform_data\" \"c\" {}\nmoved {\n  from = terraform_data.b\n  to   = terraform_data.c\n}\n",
    );
    succeeds(&dir.run("destroy -auto-approve"));
    assert!(ids(&dir).is_empty());
}

#[test]
fn what_is_removed_without_destroying_is_forgotten() {
    let dir = Dir::with(
        "resource \"terraform_data\" \"a\" { input = 1 }\nresource \"terraform_data\" \"b\" {}\nmodule \"m\" { source = \"./child\" }\n",
    );
    dir.write("child/main.tf", CHILD);
    dir.apply("");
    dir.write(
        "main.tf",
        "removed {\n  from = terraform_data.a\n  lifecycle {\n    destroy = false\n  }\n}\nremoved {\n  from = terraform_data.b\n}\nremoved {\n  from = module.m\n  lifecycle {\n    destroy = false\n  }\n}\n",
    );
    assert_eq!(
        actions(&dir, ""),
        [
            "terraform_data.a: forget (delete_because_no_resource_config)",
            "terraform_data.b: delete (delete_because_no_resource_config)",
            "module.m.terraform_data.r: forget (delete_because_no_resource_config)",
        ]
    );
    assert_snapshot!(dir.run("apply p"), @r#"
    exit code 0
    --- standard output
    terraform_data.b: Destroying... [id=[ID]]
    terraform_data.b: Destruction complete after [TIME]

    Apply complete! Resources: 0 added, 0 changed, 1 destroyed.
    "#);
    assert!(ids(&dir).is_empty());
}

#[test]
fn a_removed_block_has_provisioners_for_destroying() {
    let dir = Dir::with(
        "resource \"terraform_data\" \"a\" { input = \"kept\" }\nmodule \"m\" { source = \"./child\" }\n",
    );
    dir.write("child/main.tf", CHILD);
    dir.apply("");
    dir.write(
        "main.tf",
        "removed {\n  from = terraform_data.a\n  provisioner \"local-exec\" {\n    when    = destroy\n    command = \"echo ${self.input} >> told\"\n  }\n}\nremoved {\n  from = module.m.terraform_data.r\n  provisioner \"local-exec\" {\n    when    = destroy\n    command = \"echo ${self.output} >> told\"\n  }\n}\n",
    );
    succeeds(&dir.run("apply -auto-approve"));
    let told = std::fs::read_to_string(dir.path().join("told")).unwrap();
    let mut lines: Vec<&str> = told.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["1", "kept"]);
}

#[test]
fn an_object_moves_from_one_type_to_another_where_the_provider_knows_how() {
    let state = |provider: &str, name: &str| {
        format!(
            r#"{{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":{{}},"resources":[{{"mode":"managed","type":"{name}","name":"a","provider":"provider[\"{provider}\"]","instances":[{{"schema_version":0,"attributes":{{"id":"123","triggers":{{"k":"v"}}}},"sensitive_attributes":[]}}]}}]}}"#
        )
    };
    let main = |name: &str| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n  triggers_replace = tomap({{ k = \"v\" }})\n}}\nmoved {{\n  from = {name}.a\n  to   = terraform_data.a\n}}\n"
        )
    };
    let dir = Dir::with(&main("null_resource"));
    dir.write(
        "s.json",
        &state("registry.terraform.io/hashicorp/null", "null_resource"),
    );
    succeeds(&dir.run("state push s.json"));
    let plan = dir.run("plan -out=p");
    assert!(
        plan.stdout
            .contains("# null_resource.a has moved to terraform_data.a"),
        "{plan}"
    );
    assert!(
        plan.stdout.contains("0 to add, 0 to change, 0 to destroy"),
        "{plan}"
    );
    succeeds(&dir.run("apply p"));
    assert_eq!(dir.run("state list").stdout, "terraform_data.a\n");
    assert_eq!(dir.attribute("terraform_data.a", "id"), "123");
    assert_eq!(
        dir.attribute("terraform_data.a", "triggers_replace")["value"]["k"],
        "v"
    );
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));

    for (provider, name, summary) in [
        (
            "registry.terraform.io/hashicorp/other",
            "other_thing",
            "Unsupported source provider for move operation",
        ),
        (
            "registry.terraform.io/hashicorp/null",
            "null_other",
            "Unsupported source resource type for move operation",
        ),
    ] {
        let dir = Dir::with(&main(name));
        dir.write("s.json", &state(provider, name));
        succeeds(&dir.run("state push s.json"));
        let refused = dir.run("plan");
        assert_eq!(refused.code, Some(1), "{refused}");
        assert!(refused.stderr.contains(summary), "{refused}");
    }
}
