//! Ctrl-C: once lets what runs end, and saves it; the next apply goes on from there.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::json;

use crate::harness::Dir;
use crate::stage::Stage;

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
    let left = format!("  and {} more", 5001 - done - 10);
    assert!(rest.iter().any(|l| l == "Not begun:"), "{rest:?}");
    assert!(rest.contains(&left), "no {left:?}");
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

/// An apply of the example whose OAuth client is being made for a minute, and its standard output from there on.
fn hanging(stage: &Stage) -> (Child, std::thread::JoinHandle<String>) {
    stage.sandbox.settings(&json!({ "role_cache_misses": 0 }));
    stage.sandbox.fault(&json!({
        "match": { "service": "genesyscloud.api", "method": "POST", "path": "/api/v2/oauth/clients" },
        "action": { "latency_ms": 60000 },
    }));
    let mut child = stage
        .dir
        .start(&["apply", "-sandbox", "-no-color", "-auto-approve"]);
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let begun = "genesyscloud_oauth_client.integration: Creating...";
    assert!(out.any(|line| line.unwrap().starts_with(begun)));
    let rest = std::thread::spawn(move || {
        let lines: Vec<String> = out.map_while(Result::ok).collect();
        lines.join("\n")
    });
    (child, rest)
}

fn send(signal: &str, child: &Child) {
    let kill = std::process::Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
}

/// What CI does with a job that is cancelled: SIGINT, SIGTERM after 7.5 s, SIGKILL after 2.5 s more.
#[cfg(unix)]
#[test]
fn a_cancelled_job_says_what_it_leaves_and_loses_nothing() {
    let stage = Stage::new(0);
    let (mut child, rest) = hanging(&stage);
    send("-INT", &child);
    std::thread::sleep(Duration::from_millis(7_500));
    assert_eq!(child.try_wait().unwrap(), None, "it waits for the call");
    send("-TERM", &child);
    let told = Instant::now();
    let status = child.wait().unwrap();
    assert!(told.elapsed() < Duration::from_millis(2_500));
    assert_eq!(status.code(), Some(1));
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
    drop(rest.join());
    assert_snapshot!(said, @"

    Interrupt received. Calls that are running are waited for, and everything is saved.
    Interrupt again to stop at once.


    Stopped at once. Everything that was done is saved. What became of these is not known yet; the next command finds out:
      genesyscloud_oauth_client.integration
    ");
    stage.sandbox.heal();
    stage.apply();
    stage.settled();
    assert_eq!(stage.judge(), Vec::<String>::new());
}

/// The same where the program is killed while it waits.
#[cfg(unix)]
#[test]
fn killed_while_it_waits_for_the_last_call_it_loses_nothing() {
    let stage = Stage::new(0);
    let (mut child, rest) = hanging(&stage);
    send("-TERM", &child);
    std::thread::sleep(Duration::from_millis(200));
    child.kill().unwrap();
    child.wait().unwrap();
    drop(rest.join());
    stage.sandbox.heal();
    let again = stage.apply();
    let finding = "genesyscloud_oauth_client.integration: ";
    assert!(again.stdout.contains(finding), "{again}");
    stage.settled();
    assert_eq!(stage.judge(), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn an_interrupted_plan_ends_and_changes_nothing() {
    let dir = Dir::with(MANY);
    dir.apply("");
    let mut child = dir
        .command(env!("CARGO_BIN_EXE_trunkline"))
        .args(["plan", "-parallelism=1", "-out=p"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(out.any(|line| line.unwrap().contains("Refreshing state")));
    let signal = dir
        .command("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signal.unwrap().success());
    let read = out
        .map(Result::unwrap)
        .filter(|line| line.contains("Refreshing state"))
        .count();
    assert!(read < 5000, "the signal came too late to show anything");
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let told = String::from_utf8(ended.stderr).unwrap();
    assert!(told.contains("Error: operation canceled"), "{told}");
    assert!(!dir.has("p"));
}
