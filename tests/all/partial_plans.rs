//! Plans of a part: `-target`, `-exclude`, `-replace`, and the commands that mark objects or take over drift.

use crate::harness::{Dir, Output};

const CHAIN: &str = r#"
variable "n" { default = 2 }
resource "terraform_data" "a" { count = var.n }
resource "terraform_data" "b" {
  count = var.n
  input = terraform_data.a[count.index].id
}
resource "terraform_data" "c" { input = var.n }
output "a" { value = terraform_data.a[*].id }
output "n" { value = var.n }
"#;

/// What is planned: headings of objects, and changed outputs.
fn planned(output: &Output) -> Vec<String> {
    let lines = output.stdout.lines();
    let wanted = lines.filter(|l| {
        l.starts_with("  # terraform_data") || l.starts_with("  ~ ") && l.contains(" = ")
    });
    wanted
        .map(|l| {
            let text = l.trim().trim_start_matches("# terraform_data.");
            text.split(" = ").next().unwrap_or_default().to_owned()
        })
        .collect()
}

#[test]
fn a_destroy_takes_the_targets_and_what_depends_on_them() {
    let dir = Dir::with(CHAIN);
    dir.apply("");
    let found = dir.run("plan -destroy -target=terraform_data.a[0]");
    assert_eq!(
        planned(&found),
        [
            "a[0] will be destroyed",
            "b[0] will be destroyed",
            "b[1] will be destroyed"
        ]
    );
    // Outputs stay until all is destroyed.
    assert!(!found.stdout.contains("Changes to Outputs"), "{found}");
}

#[test]
fn what_is_excluded_and_what_depends_on_it_is_left_out() {
    let dir = Dir::with(CHAIN);
    dir.apply("");
    let found = dir.run("plan -var n=3 -exclude=terraform_data.a");
    assert_eq!(planned(&found), ["c will be updated in-place", "~ n"]);
    assert!(
        found
            .stdout
            .contains("Warning: Resource targeting is in effect"),
        "{found}"
    );
    let found = dir.run("plan -var n=3 -exclude=terraform_data.b[2]");
    assert_eq!(
        planned(&found),
        [
            "a[2] will be created",
            "c will be updated in-place",
            "~ a",
            "~ n"
        ]
    );
    // What an excluded object needs is not destroyed either.
    let found = dir.run("plan -destroy -exclude=terraform_data.b");
    assert_eq!(planned(&found), ["c will be destroyed"]);
    let applied = dir.apply("-var n=3 -exclude=terraform_data.a");
    assert!(
        applied
            .stdout
            .contains("Warning: Applied changes may be incomplete"),
        "{applied}"
    );
    let both = dir.run("plan -exclude=terraform_data.a -target=terraform_data.b");
    assert!(
        both.stderr
            .contains("Error: Invalid combination of arguments"),
        "{both}"
    );
}

#[test]
fn mistakes_in_options_are_said_together() {
    let dir = Dir::with(CHAIN);
    let found = dir.run("plan -target=a -replace=data.x.y -replace=module.m");
    let heads: Vec<&str> = found
        .stderr
        .lines()
        .filter(|l| l.starts_with("Error"))
        .collect();
    assert_eq!(
        heads,
        [
            "Error: Invalid target \"a\"",
            "Error: Invalid force-replace address \"data.x.y\"",
            "Error: Invalid force-replace address \"module.m\""
        ]
    );
}

#[test]
fn replace_without_a_key_names_the_keys() {
    let dir = Dir::with(CHAIN);
    dir.apply("");
    let found = dir.run("plan -replace=terraform_data.a");
    assert!(
        found
            .stdout
            .contains("Warning: Incompletely-matched force-replace resource instance"),
        "{found}"
    );
    assert!(
        found.stdout.contains("  -replace=\"terraform_data.a[1]\""),
        "{found}"
    );
}

#[test]
fn taint_marks_and_untaint_takes_the_mark_back() {
    let dir = Dir::with(CHAIN);
    let early = dir.run("taint terraform_data.c");
    assert_eq!(early.code, Some(1), "{early}");
    dir.apply("");
    let marked = dir.run("taint terraform_data.a[1]");
    assert_eq!(
        marked.stdout,
        "Resource instance terraform_data.a[1] has been marked as tainted.\n"
    );
    let found = dir.run("plan");
    assert_eq!(
        planned(&found)[0],
        "a[1] is tainted, so must be replaced",
        "{found}"
    );
    // Reading it again does not take the mark away.
    dir.apply("-refresh-only");
    let back = dir.run("untaint terraform_data.a[1]");
    assert_eq!(
        back.stdout,
        "Resource instance terraform_data.a[1] has been successfully untainted.\n"
    );
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));
    for (line, expected) in [
        (
            "untaint terraform_data.a[1]",
            "Error: Resource instance is not tainted",
        ),
        ("taint terraform_data.a", "Error: No such resource instance"),
        (
            "taint data.a.b",
            "Resource instance data.a.b cannot be tainted",
        ),
        ("taint a..b", "Error: Attribute name required"),
        ("taint", "The taint command expects exactly one argument."),
    ] {
        let refused = dir.run(line);
        assert_eq!(refused.code, Some(1), "{refused}");
        assert!(refused.stderr.contains(expected), "{refused}");
    }
    let missing = dir.run("untaint -allow-missing terraform_data.z");
    assert_eq!(missing.code, Some(0), "{missing}");
}

#[test]
fn refresh_saves_outputs_and_changes_nothing_else() {
    let dir = Dir::with(CHAIN);
    dir.apply("");
    let refreshed = dir.run("refresh -var n=7 -target=terraform_data.c");
    assert_eq!(refreshed.code, Some(0), "{refreshed}");
    assert!(!refreshed.stdout.contains("Apply complete"), "{refreshed}");
    assert!(refreshed.stdout.contains("\nOutputs:\n"), "{refreshed}");
    let dir = Dir::with("output \"x\" { value = 1 }");
    let refreshed = dir.run("refresh");
    assert!(
        refreshed
            .stdout
            .contains("Warning: Empty or non-existent state"),
        "{refreshed}"
    );
    assert_eq!(dir.run("output -json x").raw, "1\n");
}
