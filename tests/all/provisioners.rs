//! Provisioners: when they run, what they print, what a failure leaves, and that neither a kill nor a rehearsal
//! makes more of them than there is.

use insta::assert_snapshot;

use crate::harness::{Dir, Output};

/// The lines about objects.
fn progress(output: &Output) -> String {
    let lines = output.stdout.lines().skip_while(|l| !l.starts_with("Plan"));
    let lines = lines.filter(|l| l.starts_with("terraform_data."));
    lines.map(|l| format!("{l}\n")).collect()
}

fn log(dir: &Dir) -> String {
    std::fs::read_to_string(dir.path().join("log.txt")).unwrap_or_default()
}

fn status(dir: &Dir) -> serde_json::Value {
    dir.state()["resources"][0]["instances"][0]["status"].clone()
}

const BOTH: &str = r#"
variable "n" { default = 1 }
variable "create" { default = 0 }
variable "destroy" { default = 0 }
resource "terraform_data" "a" {
  input            = var.destroy
  triggers_replace = var.n
  provisioner "local-exec" {
    command = "echo made ${self.triggers_replace} >> log.txt; exit ${var.create}"
  }
  provisioner "local-exec" {
    when    = destroy
    command = "echo gone ${self.triggers_replace} >> log.txt; exit ${self.input}"
  }
}
resource "terraform_data" "b" { input = terraform_data.a.id }
"#;

#[test]
fn they_run_after_an_object_is_made_and_before_it_goes() {
    let dir = Dir::with(BOTH);
    dir.apply("");
    dir.apply("");
    let replaced = dir.apply("-var n=2");
    assert_snapshot!(progress(&replaced), @r#"
    terraform_data.a: Destroying... [id=[ID]]
    terraform_data.a: Provisioning with 'local-exec'...
    terraform_data.a (local-exec): Executing: ["/bin/sh" "-c" "echo gone 1 >> log.txt; exit 0"]
    terraform_data.a: Destruction complete after [TIME]
    terraform_data.a: Creating...
    terraform_data.a: Provisioning with 'local-exec'...
    terraform_data.a (local-exec): Executing: ["/bin/sh" "-c" "echo made 2 >> log.txt; exit 0"]
    terraform_data.a: Creation complete after [TIME] [id=[ID]]
    terraform_data.b: Modifying... [id=[ID]]
    terraform_data.b: Modifications complete after [TIME] [id=[ID]]
    "#);
    assert_eq!(dir.run("destroy -auto-approve").code, Some(0));
    assert_eq!(log(&dir), "made 1\ngone 1\nmade 2\ngone 2\n");
}

#[test]
fn a_failure_after_making_taints_and_before_destroying_keeps() {
    let dir = Dir::with(BOTH);
    let failed = dir.run("apply -auto-approve -var create=3 -var destroy=4");
    assert_eq!(failed.code, Some(1));
    assert_snapshot!(failed.stderr.replace(" \n", "\n").trim_start(), @r#"
    Error: local-exec provisioner error

      with terraform_data.a,
      on main.tf line 8, in resource "terraform_data" "a":
       8:   provisioner "local-exec" {

    Error running command 'echo made 1 >> log.txt; exit 3': exit status 3.
    Output:
    "#);
    assert_eq!(status(&dir), "tainted");
    let planned = dir.run("plan");
    assert!(
        planned
            .stdout
            .contains("# terraform_data.a is tainted, so must be replaced"),
        "{planned}"
    );
    // Nobody knows whether those that made a tainted object have run: those that end it do not.
    dir.apply("-var destroy=4");
    assert_eq!(log(&dir), "made 1\nmade 1\n");
    let failed = dir.run("destroy -auto-approve");
    assert_eq!(failed.code, Some(1));
    assert_eq!(status(&dir), serde_json::Value::Null);
    assert_eq!(log(&dir), "made 1\nmade 1\ngone 1\n");
}

#[test]
fn what_is_printed_is_shown_unless_the_configuration_is_secret() {
    let dir = Dir::with(
        r#"
resource "terraform_data" "a" {
  provisioner "local-exec" {
    command    = "printf 'one\n\ntwo  \n'; echo three >&2; printf four; exit 1"
    on_failure = continue
  }
  provisioner "local-exec" {
    command     = "echo $WORD-$OTHER; exit 2"
    environment = { WORD = sensitive("hidden"), OTHER = 3 }
    on_failure  = continue
  }
  provisioner "local-exec" {
    command     = "echo quietly"
    interpreter = ["/bin/sh", "-eu", "-c"]
    quiet       = true
  }
}
"#,
    );
    let applied = dir.apply("");
    assert_snapshot!(progress(&applied), @r#"
    terraform_data.a: Creating...
    terraform_data.a: Provisioning with 'local-exec'...
    terraform_data.a (local-exec): Executing: ["/bin/sh" "-c" "printf 'one\n\ntwo  \n'; echo three >&2; printf four; exit 1"]
    terraform_data.a (local-exec): one
    terraform_data.a (local-exec): two
    terraform_data.a (local-exec): three
    terraform_data.a (local-exec): four
    terraform_data.a: Provisioning with 'local-exec'...
    terraform_data.a (local-exec): (output suppressed due to sensitive value in config)
    terraform_data.a (local-exec): (output suppressed due to sensitive value in config)
    terraform_data.a: Provisioning with 'local-exec'...
    terraform_data.a (local-exec): local-exec: Executing: Suppressed by quiet=true
    terraform_data.a (local-exec): quietly
    terraform_data.a: Creation complete after [TIME] [id=[ID]]
    "#);
    dir.write(
        "main.tf",
        r#"
resource "terraform_data" "b" {
  provisioner "local-exec" {
    command = "echo ${sensitive("hidden")}; exit 2"
  }
}
"#,
    );
    let failed = dir.run("apply -auto-approve");
    assert_eq!(failed.code, Some(1));
    assert!(!format!("{failed}").contains("hidden"), "{failed}");
}

#[test]
fn a_kill_among_provisioners_leaves_a_tainted_object() {
    let mut dir = Dir::with(BOTH);
    let mut tainted = 0;
    for at in 1.. {
        dir.set("TRUNKLINE_KILL_AT", &at.to_string());
        let killed = dir.run("apply -auto-approve");
        dir.unset("TRUNKLINE_KILL_AT");
        let done = killed.code == Some(0);
        if !done && log(&dir).is_empty() {
            // Not made yet, or made and waiting for its provisioners.
            continue;
        }
        if !done {
            // Killed right after the last write it is whole.
            tainted += usize::from(status(&dir) == "tainted");
        }
        if done {
            break;
        }
        dir.apply("");
        assert_eq!(status(&dir), serde_json::Value::Null);
        assert_eq!(dir.run("destroy -auto-approve").code, Some(0));
        std::fs::remove_file(dir.path().join("log.txt")).unwrap();
    }
    assert!(tainted > 0);
}

#[test]
fn a_rehearsal_shows_and_skips_them() {
    let dir = Dir::with(BOTH);
    let rehearsed = dir.apply("-sandbox");
    assert!(
        rehearsed.stdout.contains(
            r#"terraform_data.a (local-exec): Not run in a rehearsal (-sandbox-exec runs it): ["/bin/sh" "-c" "echo made 1 >> log.txt; exit 0"]"#
        ),
        "{rehearsed}"
    );
    assert_eq!(log(&dir), "");
    assert_eq!(
        dir.run("destroy -auto-approve -sandbox -sandbox-exec").code,
        Some(0)
    );
    assert_eq!(log(&dir), "gone 1\n");
}

#[test]
fn what_is_written_wrong_is_said_before_anything_is_done() {
    let dir = Dir::with(
        r#"
variable "v" { default = 1 }
resource "terraform_data" "a" {
  connection { host = var.v }
  provisioner "local-exec" {
    when    = destroy
    command = "echo ${var.v} ${self.id} ${path.module}"
  }
  provisioner "local-exec" {
    when       = sometimes
    on_failure = "continue"
    command    = "true"
    lifecycle {}
  }
  provisioner "chef" {}
}
"#,
    );
    let found = dir.run("validate");
    let heads = |text: &str| {
        let mut lines: Vec<String> = Vec::new();
        for line in text.lines() {
            match line {
                l if l.starts_with("Error:") || l.starts_with("Warning:") => lines.push(l.into()),
                l if l.trim_start().starts_with("on main.tf") => {
                    let place = l.trim().split(',').next().unwrap_or_default();
                    lines.last_mut().unwrap().push_str(&format!(" {place}"));
                }
                _ => {}
            }
        }
        lines.sort();
        lines.join("\n")
    };
    assert_snapshot!(heads(&format!("{}{}", found.stdout, found.stderr)), @r#"
    Error: Invalid "when" keyword on main.tf line 10
    Error: Invalid reference from destroy provisioner on main.tf line 4
    Error: Invalid reference from destroy provisioner on main.tf line 7
    Error: Reserved block type name in provisioner block on main.tf line 13
    Error: The "chef" provisioner has been removed on main.tf line 15
    Warning: Quoted keywords are deprecated on main.tf line 11
    "#);
    let dir = Dir::with(
        r#"
resource "terraform_data" "a" {
  connection { host = self.id }
  provisioner "remote-exec" { inline = ["true"] }
}
"#,
    );
    let refused = dir.run("apply -auto-approve");
    assert_eq!(refused.code, Some(1));
    assert!(
        refused
            .stderr
            .contains("Error: remote-exec provisioner error"),
        "{refused}"
    );
    assert!(!refused.stdout.contains("Creating"), "{refused}");
}
