//! Ctrl-C: once lets what runs end, and saves it; the next apply goes on from there.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use insta::assert_snapshot;

use crate::harness::Dir;

/// So many that the signal comes before the end.
const MANY: &str = r#"
resource "terraform_data" "first" {}

resource "terraform_data" "many" {
  count = 5000
  input = terraform_data.first.id
}
"#;

#[cfg(unix)]
#[test]
fn an_interrupted_apply_saves_what_is_done_and_begins_no_more() {
    let dir = Dir::with(MANY);
    let mut child = dir
        .command(env!("CARGO_BIN_EXE_trunkline"))
        .args(["apply", "-auto-approve", "-parallelism=1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = "terraform_data.first: Creation complete";
    assert!(out.any(|line| line.unwrap().starts_with(first)));
    let signal = dir
        .command("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signal.unwrap().success());
    let rest: Vec<String> = out.map(Result::unwrap).collect();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert_snapshot!(String::from_utf8(ended.stderr).unwrap(), @"

    Interrupt received. Calls that are running are waited for, and everything is saved.
    Interrupt again to stop at once.
    ");
    let done = rest
        .iter()
        .filter(|l| l.contains("Creation complete"))
        .count()
        + 1;
    assert!(done < 5001, "the signal came too late to show anything");
    let summary = format!(
        "Apply incomplete: {done} added, 0 changed, 0 destroyed; the rest was not begun. All of it is saved; apply again to go on."
    );
    assert_eq!(rest.last(), Some(&summary));
    assert_eq!(dir.run("state list").stdout.lines().count(), done);
    let again = dir.apply("");
    let left = 5001 - done;
    assert!(
        again.stdout.ends_with(&format!(
            "Resources: {left} added, 0 changed, 0 destroyed.\n"
        )),
        "{left} left"
    );
}
