//! Two processes on one state: one works, the other is told who does.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::harness::{Dir, redact};

const ONE: &str = "resource \"terraform_data\" \"a\" {}\n";

/// An `apply` that waits for an answer, and so holds the lock. What it prints is read away.
fn holder(dir: &Dir) -> Child {
    holding(dir.start(&["apply"]))
}

fn holding(mut child: Child) -> Child {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("Only 'yes' will be accepted") {
        line.clear();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "it must ask");
    }
    std::thread::spawn(move || drop(out.read_to_end(&mut Vec::new())));
    child
}

/// Lets the holder end without changing anything.
fn release(mut child: Child) {
    drop(child.stdin.take());
    child.wait().unwrap();
}

/// The text without its line breaks, which depend on how many digits a process id has.
fn on_one_line(text: &str) -> String {
    redact(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn locked() -> Dir {
    let dir = Dir::with(ONE);
    assert_eq!(dir.run("plan").code, Some(0));
    dir
}

#[test]
fn the_second_is_told_who_holds_the_lock() {
    let dir = locked();
    let child = holder(&dir);
    let told = dir.run("plan");
    assert_eq!((told.code, told.stdout.as_str()), (Some(1), ""));
    assert_eq!(
        on_one_line(&told.stderr),
        "Error: Error acquiring the state lock Error message: resource temporarily unavailable Lock Info: ID: [ID] Path: trunkline.db Operation: apply Who: tester@host (process [PID] on host) Created: [NOW] Trunkline acquires a state lock to protect the state from being written by multiple users at the same time. Please resolve the issue above and try again. For most commands, you can disable locking with the \"-lock=false\" flag, but this is not recommended."
    );
    assert_eq!(dir.run("apply -auto-approve").code, Some(1));
    release(child);
    assert_eq!(dir.run("plan").code, Some(0));
}

#[test]
fn looking_needs_no_lock() {
    let dir = locked();
    dir.apply("");
    dir.write(
        "main.tf",
        &format!("{ONE}resource \"terraform_data\" \"b\" {{}}\n"),
    );
    assert_eq!(dir.run("plan -out=saved").code, Some(0));
    let child = holder(&dir);
    for command in [
        "show",
        "show -json",
        "show saved",
        "show -format=markdown saved",
        "output",
        "output -json",
        "state pull",
        "state pull -redact",
        "state diff 1 1",
        "why -plan=saved terraform_data.b",
        "state list",
        "state show terraform_data.a",
        "state check",
        "state backup copy.db",
        "history",
        "history show 1",
        "graph",
        "validate",
        "workspace list",
        "plan -lock=false",
    ] {
        let output = dir.run(command);
        assert_eq!(output.code, Some(0), "{command}: {output}");
    }
    release(child);
}

#[test]
fn what_only_plans_may_do_without_the_lock() {
    let dir = locked();
    dir.write("trunkline.hcl", "lock_reads = false\n");
    let child = holder(&dir);
    let planned = dir.run("plan -out=saved");
    assert_eq!(planned.code, Some(0), "{planned}");
    assert_eq!(dir.run("apply -auto-approve").code, Some(1));
    assert_eq!(dir.run("apply saved").code, Some(1));
    assert_eq!(dir.run("refresh").code, Some(1));
    release(child);
    assert_eq!(dir.run("apply saved").code, Some(0));
    dir.write("trunkline.hcl", "lock_reads = true\n");
    dir.write("main.tf", "");
    let child = holder(&dir);
    assert_eq!(dir.run("plan").code, Some(1));
    release(child);
    dir.write("trunkline.hcl", "lock_reads = \"maybe\"\n");
    let wrong = dir.run("plan");
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stderr.contains("on trunkline.hcl line 1"), "{wrong}");
}

#[test]
fn the_second_may_wait() {
    let dir = locked();
    let child = holder(&dir);
    let mut waiting: Vec<Child> = [
        ["plan", "-lock-timeout=600s"].as_slice(),
        &["plan", "-json", "-lock-timeout=10m"],
        &["taint", "-lock-timeout=1h", "terraform_data.a"],
    ]
    .map(|line| dir.start(line))
    .into();
    let said = "Acquiring state lock. This may take a few moments...";
    let outs: Vec<_> = waiting
        .iter_mut()
        .map(|child| {
            let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
            let found = out.find(|line| line.as_ref().unwrap().contains(said));
            (found.expect("it says that it waits").unwrap(), out)
        })
        .collect();
    assert_eq!(outs[0].0, said);
    let message: serde_json::Value = serde_json::from_str(&outs[1].0).unwrap();
    assert_eq!(message["type"], "state_lock_acquire");
    assert_eq!(outs[2].0, said);
    for child in &mut waiting {
        assert_eq!(child.try_wait().unwrap(), None);
    }
    release(child);
    for ((_, out), mut child) in outs.into_iter().zip(waiting) {
        let rest: Vec<String> = out.map(Result::unwrap).collect();
        let code = child.wait().unwrap().code();
        // There is nothing to taint.
        let taints = !rest.iter().any(|line| line.contains("1 to add"));
        assert_eq!(code, Some(i32::from(taints)), "{rest:?}");
    }
    let prompt = dir.run("plan -lock-timeout=1h");
    assert!(!prompt.stdout.contains(said), "{prompt}");
}

#[test]
fn waiting_ends() {
    let dir = locked();
    let child = holder(&dir);
    let began = Instant::now();
    let output = dir.run("plan -lock-timeout=1s");
    assert_eq!(output.code, Some(1), "{output}");
    assert!(
        output.stderr.contains("Error acquiring the state lock"),
        "{output}"
    );
    assert!(began.elapsed() >= Duration::from_secs(1));
    release(child);
}

#[test]
fn a_duration_must_be_one() {
    assert_snapshot!(locked().run("plan -lock-timeout=soon"), @r#"
    exit code 1
    --- standard error

    Error: Failed to parse command-line flags

    invalid value "soon" for flag -lock-timeout: parse error

    For more help on using this command, run:
      trunkline plan -help
    "#);
}

/// The lock dies with its holder; the next command says whose it was.
#[test]
fn the_lock_of_a_killed_process_is_taken_over() {
    let dir = locked();
    let mut child = holder(&dir);
    child.kill().unwrap();
    child.wait().unwrap();
    let told = dir.run("plan");
    assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""));
    let text = on_one_line(&told.stdout);
    assert!(
        text.starts_with("Warning: An earlier process died while it held the state lock It was: apply (tester@host, process [PID] on host, since [NOW], lock id [ID]). Its lock has been taken over; what it left open is settled first. Trunkline used the selected providers"),
        "{text}"
    );
    assert!(
        text.contains("Plan: 1 to add, 0 to change, 0 to destroy."),
        "{text}"
    );
    assert!(!dir.run("plan").stdout.contains("died"));
}

#[test]
fn different_directories_do_not_wait_for_each_other() {
    let (here, there) = (locked(), locked());
    let child = holder(&here);
    assert_eq!(there.run("apply -auto-approve").code, Some(0));
    release(child);
}

/// A lock ends with its holder, so that there is none to give back; who holds it is told.
#[test]
fn a_lock_cannot_be_given_back_for_another() {
    let dir = locked();
    assert_snapshot!(dir.run("force-unlock -force abc"), @r"
    exit code 1
    --- standard error
    Failed to unlock state: LocalState not locked
    ");
    assert_snapshot!(dir.run("force-unlock abc"), @r"
    exit code 1
    --- standard error
    Local state cannot be unlocked by another process
    ");
    let child = holder(&dir);
    let told = dir.run("force-unlock -force abc");
    assert_eq!(told.code, Some(1));
    assert!(told.stderr.contains("Operation: apply"), "{told}");
    assert_eq!(dir.run("plan").code, Some(1), "it is held all the same");
    release(child);
    assert_eq!(dir.run("force-unlock").code, Some(1));
}

/// A command in a container: the program is process 1 there, and all containers have one host name.
fn contained(dir: &Dir, line: &str) -> Command {
    let mut command = dir.command("unshare");
    command
        .args(["-rpf", "--kill-child", "--mount-proc"])
        .arg(env!("CARGO_BIN_EXE_trunkline"))
        .args(line.split(' '))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[test]
fn containers_in_which_everybody_is_process_1_tell_each_other_apart() {
    let dir = locked();
    let can = contained(&dir, "version").output();
    if !can.is_ok_and(|output| output.status.success()) {
        println!("skipped: there are no name spaces of processes here");
        return;
    }
    let mut child = holding(contained(&dir, "apply").spawn().unwrap());
    let told = contained(&dir, "apply -auto-approve").output().unwrap();
    assert_eq!(told.status.code(), Some(1), "{told:?}");
    let said = String::from_utf8(told.stderr).unwrap();
    assert!(
        said.contains("Who:       tester@host (process 1 on host)"),
        "{said}"
    );
    // Killed from outside; the lock dies with the process, though a process 1 is there all the time.
    let inside = format!("/proc/{0}/task/{0}/children", child.id());
    let inside = std::fs::read_to_string(inside).unwrap();
    let killed = Command::new("kill").args(["-9", inside.trim()]).status();
    assert!(killed.unwrap().success());
    child.wait().unwrap();
    let waits = "apply -auto-approve -lock-timeout=10m";
    let taken = dir.finish(contained(&dir, waits).spawn().unwrap(), "");
    assert_eq!(taken.code, Some(0), "{taken}");
    let died = "An earlier process died while it held the state lock";
    assert!(taken.stdout.contains(died), "{taken}");
}

#[test]
fn a_copied_folder_is_another_one() {
    let dir = locked();
    dir.apply("");
    let two = format!("{ONE}resource \"terraform_data\" \"b\" {{}}\n");
    dir.write("main.tf", &two);
    let child = holder(&dir);
    let copied = Dir::empty();
    crate::stage::copy(&dir.path(), &copied.path(), true);
    // The holder's name came along, but nobody holds the lock of the copy.
    let output = copied.run("apply -auto-approve");
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(copied.run("state list").stdout.lines().count(), 2);
    assert_eq!(dir.run("plan").code, Some(1), "the original is held");
    release(child);
    assert_eq!(dir.run("state list").stdout.lines().count(), 1);
    dir.apply("");
}

#[test]
fn of_many_at_once_each_works_in_its_turn() {
    let dir = locked();
    let many = "resource \"terraform_data\" \"a\" {\n  count = 50\n}\n";
    dir.write("main.tf", many);
    let line = ["apply", "-auto-approve", "-lock-timeout=1h"];
    let children: Vec<Child> = (0..6).map(|_| dir.start(&line)).collect();
    let mut worked = 0;
    for child in children {
        let output = dir.finish(child, "");
        assert_eq!(output.code, Some(0), "{output}");
        worked += usize::from(output.stdout.contains("50 added"));
    }
    assert_eq!(worked, 1);
    assert_eq!(dir.run("state list").stdout.lines().count(), 50);
    assert_eq!(dir.run("state check").code, Some(0));
}
