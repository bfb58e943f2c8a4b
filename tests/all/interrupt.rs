//! Ctrl-C: once lets what runs end, and saves it; the next apply goes on from there.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
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
    let history = dir.run("history");
    let row = history.stdout.lines().nth(1).unwrap_or_default();
    assert!(row.contains("interrupted"), "{history}");
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

/// A second Ctrl-C while a command runs: what was done is saved, what was running is told; the next command says whose
/// lock it takes over, finds out what became of it, and goes on. Nobody has to repair anything.
#[cfg(unix)]
#[test]
fn interrupted_twice_it_saves_what_was_done_and_the_next_command_goes_on() {
    for signals in [["-INT", "-INT"], ["-INT", "-TERM"], ["-TERM", "-TERM"]] {
        let dir = Dir::with(
            r#"
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "touch begun; while ! test -e go; do sleep 0.05; done; echo slow >>made"
  }
}

resource "terraform_data" "quick" {
  provisioner "local-exec" {
    command = "while ! test -e begun; do sleep 0.05; done; echo quick >>made"
  }
}

resource "terraform_data" "after" {
  count = 30
  input = terraform_data.quick.id
}

resource "terraform_data" "never" {
  input = terraform_data.slow.id
}
"#,
        );
        let mut child = dir.start(&["apply", "-auto-approve", "-no-color"]);
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let last = "terraform_data.after[29]: Creation complete";
        assert!(out.any(|line| line.unwrap().starts_with(last)));
        let rest = std::thread::spawn(move || out.map_while(Result::ok).count());
        let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
        send(signals[0], &child);
        let mut heard = |line: &str| told.any(|l| l.unwrap() == line);
        assert!(heard("Interrupt again to stop at once."));
        send(signals[1], &child);
        let status = child.wait().unwrap();
        let said: Vec<String> = told.map_while(Result::ok).collect();
        // What was running goes on by itself, as after a kill.
        dir.write("go", "");
        drop(rest.join());
        assert_eq!(status.code(), Some(1));
        assert_eq!(
            said.join("\n").trim(),
            "Stopped at once. Everything that was done is saved. What became of these is not known yet; the next command finds out:\n  terraform_data.slow"
        );
        let listed = dir.run("state list").stdout;
        assert_eq!(listed.matches("terraform_data.after[").count(), 30);
        assert!(!listed.contains("never"), "{listed}");
        let check = dir.run("state check");
        assert_eq!(check.stdout, "The state is sound.\n", "{check}");
        let history = dir.run("history show 1");
        assert!(history.stdout.contains("unfinished: "), "{history}");
        let next = dir.run("apply -auto-approve");
        assert_eq!(next.code, Some(0), "{next}");
        let died = "An earlier process died while it held the state lock";
        assert!(next.stdout.contains(died), "{next}");
        assert!(next.stdout.contains("It was: apply (tester@host"), "{next}");
        // What may have been made by half is made anew, and nothing else.
        assert!(
            next.stdout.contains("2 added, 0 changed, 1 destroyed"),
            "{next}"
        );
        let settled = dir.run("plan -detailed-exitcode");
        assert_eq!(settled.code, Some(0), "{settled}");
        assert!(!settled.stdout.contains("died"), "{settled}");
        assert_eq!(dir.run("state check").stdout, "The state is sound.\n");
    }
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
    // At once, and not when the call has ended.
    assert!(told.elapsed() < Duration::from_secs(30));
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
    let check = stage.run("state check").stdout;
    let check = check.split_whitespace().collect::<Vec<_>>().join(" ");
    let pending = "Warning: Pending operation The create of genesyscloud_oauth_client.integration is not settled";
    assert!(check.starts_with("The state is sound."), "{check}");
    assert!(check.contains(pending), "{check}");
    let next = stage.apply();
    let died = "An earlier process died while it held the state lock";
    assert!(next.stdout.contains(died), "{next}");
    assert_eq!(stage.run("state check").stdout, "The state is sound.\n");
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

/// A command of the rehearsal that is stopped while it reads: it lets calls end, says so with exit code 1, and changes
/// nothing; the next one is as if it had never been.
#[cfg(unix)]
#[test]
fn whatever_only_reads_ends_cleanly_when_it_is_stopped() {
    const SENDER: &str = "digitalchannels_sender_id.corporate";
    let stage = Stage::new(0);
    stage.apply();
    stage.dir.write(
        "reads.tftest.hcl",
        "run \"first\" {\n  command = plan\n}\nrun \"second\" {\n  command = plan\n}\n",
    );
    let id = crate::crash::scenario::forget(&stage);
    let before = stage.state().0;
    let effects = stage.sandbox.effects().len();
    let import = format!("import {SENDER} {id}");
    let plan = "operation canceled";
    for (signal, line, input, said) in [
        ("-INT", "plan -out=p", "", plan),
        ("-TERM", "refresh", "", plan),
        ("-INT", "apply -auto-approve", "", plan),
        ("-INT", "why genesyscloud_auth_role.messaging", "", plan),
        ("-TERM", "console -plan", "1 + 1\n", plan),
        ("-TERM", &import, "", plan),
        (
            "-INT",
            "discover -out=found.tf genesyscloud",
            "",
            "Interrupted",
        ),
    ] {
        // Whoever asks for anything waits for a while, so that the signal comes while it does.
        stage.sandbox.heal();
        stage.sandbox.fault(&json!({
            "times": 0, "action": { "latency_ms": 900 },
        }));
        let words: Vec<&str> = line.split(' ').collect();
        let words = [&words[..], &["-sandbox", "-no-color"]].concat();
        let mut child = stage.dir.start(&words);
        let mut runs = || child.try_wait().unwrap().is_none();
        while stage.sandbox.get("/faults")[0]["struck"] == 0 && runs() {
            std::thread::sleep(Duration::from_millis(20));
        }
        send(signal, &child);
        let output = stage.dir.finish(child, input);
        assert_eq!(output.code, Some(1), "{line}: {output}");
        for said in ["Interrupt received. Calls that are running", said] {
            assert!(
                output.stderr.contains(said),
                "{line}: no {said:?} in {output}"
            );
        }
    }
    stage.sandbox.heal();
    assert_eq!(stage.state().0, before);
    assert_eq!(stage.sandbox.effects().len(), effects);
    assert!(!stage.dir.has("p") && !stage.dir.has("found.tf"));
    assert_eq!(stage.run(&import).code, Some(0));
    stage.apply();
    stage.settled();
}

/// Tests that are interrupted: once, and the run under way ends, the rest is skipped and what was made goes; twice, and what
/// is left is told.
#[cfg(unix)]
#[test]
fn interrupted_tests_clean_up_and_a_second_time_say_what_is_left() {
    // The run goes on when a file is there.
    let main = r#"
resource "terraform_data" "a" {
  provisioner "local-exec" {
    command = "touch begun; while ! test -e go; do sleep 0.05; done; echo a >>made"
  }
  provisioner "local-exec" {
    when    = destroy
    command = "echo a >>gone"
  }
}

resource "terraform_data" "b" {
  depends_on = [terraform_data.a]

  provisioner "local-exec" {
    command = "echo b >>made"
  }
}
"#;
    for (signals, code) in [(1, 0), (2, 1)] {
        let dir = Dir::with(main);
        dir.write("t.tftest.hcl", "run \"one\" {}\nrun \"two\" {}\n");
        dir.write("u.tftest.hcl", "run \"three\" {}\n");
        let mut child = dir.start(&["test", "-no-color"]);
        while !dir.has("begun") && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        for signal in ["-INT", "-TERM"].iter().take(signals) {
            send(signal, &child);
            // Until it has been heard.
            said.extend(
                told.by_ref()
                    .map(Result::unwrap)
                    .take_while(|l| !l.starts_with("Interrupt again")),
            );
        }
        dir.write("go", "");
        said.extend(told.map(Result::unwrap));
        let output = child.wait_with_output().unwrap();
        let said = said.join("\n");
        let out = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{out}{said}");
        let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap_or_default();
        if signals == 1 {
            assert_snapshot!(out, @r#"
            t.tftest.hcl... in progress
              run "one"... pass
              run "two"... skip
            t.tftest.hcl... tearing down
            t.tftest.hcl... pass
            u.tftest.hcl... in progress
              run "three"... skip
            u.tftest.hcl... tearing down
            u.tftest.hcl... skip

            Success! 1 passed, 0 failed, 2 skipped.
            "#);
            assert_eq!(
                (read("made").as_str(), read("gone").as_str()),
                ("a\nb\n", "a\n")
            );
        } else {
            assert_eq!((read("made").as_str(), read("gone").as_str()), ("a\n", ""));
            let left = "left the following resources in state after executing t.tftest.hcl/one, and they need to be cleaned up manually:\n  - terraform_data.a";
            assert!(said.contains(left), "{said}");
        }
    }
}

/// A person who is asked, or who waits for another's lock, may end it instead; nothing is left behind.
#[cfg(unix)]
#[test]
fn whoever_is_asked_or_waits_may_end_it() {
    let dir =
        Dir::with("variable \"x\" {}\nresource \"terraform_data\" \"a\" {\n  input = var.x\n}\n");
    let asked = |line: &str, question: &str| {
        let mut child = dir.start(&line.split(' ').collect::<Vec<_>>());
        let mut out = child.stdout.take().unwrap();
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains(question) {
            let mut piece = [0; 1000];
            let n = std::io::Read::read(&mut out, &mut piece).unwrap();
            assert!(n > 0, "it did not ask: {}", String::from_utf8_lossy(&seen));
            seen.extend_from_slice(&piece[..n]);
        }
        (child, out)
    };
    let ended = |mut child: Child| {
        let silent = child.stdin.take();
        let output = child.wait_with_output().unwrap();
        drop(silent);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    for (line, question, said) in [
        (
            "apply -var x=1",
            "Only 'yes' will be accepted to approve.\n\n  Enter a value: ",
            "Error: error asking for approval: interrupted",
        ),
        (
            "plan",
            "var.x\n  Enter a value: ",
            "Error: No value for required variable",
        ),
        (
            "destroy",
            "var.x\n  Enter a value: ",
            "Error: No value for required variable",
        ),
    ] {
        // Its input stays open and silent.
        let (child, out) = asked(line, question);
        send("-INT", &child);
        let told = ended(child);
        drop(out);
        assert!(told.contains(said), "{line}: {told}");
        assert!(told.contains("Interrupt received."), "{line}: {told}");
    }
    let (mut holder, out) = asked("apply -var x=1", "Enter a value: ");
    if Path::new("/proc/self/fd").exists() {
        let mut waiting = dir.start(&["plan", "-var", "x=1", "-lock-timeout=1h"]);
        // It has the lock's file open, and so it listens and waits.
        let files = format!("/proc/{}/fd", waiting.id());
        let waits = || {
            let mut files = std::fs::read_dir(&files).unwrap().flatten();
            files.any(|f| {
                let to = std::fs::read_link(f.path());
                to.is_ok_and(|to| to.ends_with("trunkline.db.lock"))
            })
        };
        while !waits() && waiting.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(20));
        }
        send("-TERM", &waiting);
        let told = ended(waiting);
        assert!(told.contains("Error acquiring the state lock"), "{told}");
        assert!(told.contains("Operation: apply"), "{told}");
    }
    drop((holder.stdin.take(), out));
    holder.wait().unwrap();
    let next = dir.run("plan -var x=1");
    assert_eq!(next.code, Some(0), "{next}");
    assert!(!next.stdout.contains("died"), "{next}");
}
