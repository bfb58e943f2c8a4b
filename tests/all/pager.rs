//! A pager for what is longer than the screen: at a terminal only, as with git.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::harness::Dir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_trunkline");
const MANY: &str = "resource \"terraform_data\" \"many\" {\n  count = 40\n}\n";

/// Runs the program at a terminal of 24 lines: the exit code, and what was on the screen.
fn on_screen(dir: &Dir, line: &str) -> (Option<i32>, String) {
    typing(dir, line, &[])
}

/// The same with a person who sends a line whenever something new is on the screen: pairs of what and of the line.
pub fn typing(dir: &Dir, line: &str, answers: &[(&str, &str)]) -> (Option<i32>, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    // Not as the terminal of this process, whose end would end the tests where they lead a session.
    let slave = File::options()
        .read(true)
        .write(true)
        .custom_flags(OpenptFlags::NOCTTY.bits().try_into().unwrap())
        .open(name.to_str().unwrap())
        .unwrap();
    let mut command = dir.command("sh");
    command
        .args([
            "-c",
            &format!("stty rows 24 cols 80; exec {PROGRAM} {line}"),
        ])
        .stdin(Stdio::from(slave.try_clone().unwrap()))
        .stdout(Stdio::from(slave))
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    // The ends that the command holds are those of the child from here on.
    drop(command);
    let mut master = File::from(master);
    let mut keyboard = master.try_clone().unwrap();
    let pairs = answers.iter().rev();
    let mut answers: Vec<(String, String)> = pairs
        .map(|(seen, line)| ((*seen).to_owned(), format!("{line}\r")))
        .collect();
    let reader = std::thread::spawn(move || {
        // At the other end's close there is an error, and all that was written has been read.
        let mut text = Vec::new();
        let mut answered = 0;
        let mut piece = [0; 4096];
        while let Ok(n @ 1..) = master.read(&mut piece) {
            text.extend_from_slice(&piece[..n]);
            let new = String::from_utf8_lossy(&text[answered..]);
            if let Some((_, line)) = answers.pop_if(|(seen, _)| new.contains(seen.as_str())) {
                answered = text.len();
                keyboard.write_all(line.as_bytes()).unwrap();
            }
        }
        String::from_utf8_lossy(&text).replace("\r\n", "\n")
    });
    let code = child.wait().unwrap().code();
    (code, reader.join().unwrap())
}

/// A directory where the pager writes what it is given into a file.
fn paged() -> Dir {
    let mut dir = Dir::with(MANY);
    dir.set("TERM", "xterm");
    dir.set("TRUNKLINE_PAGER", "cat > paged");
    assert_eq!(dir.run("init").code, Some(0));
    dir
}

fn shown(dir: &Dir) -> String {
    std::fs::read_to_string(dir.path().join("paged")).unwrap_or_default()
}

#[test]
fn what_is_longer_than_the_screen_is_paged() {
    let dir = paged();
    let (code, screen) = on_screen(&dir, "plan -no-color -detailed-exitcode");
    assert_eq!(code, Some(2), "{screen}");
    let text = shown(&dir);
    assert!(
        text.contains("terraform_data.many[39] will be created"),
        "{text}"
    );
    assert!(text.contains("Plan: 40 to add"), "{text}");
    assert!(!screen.contains("Plan: 40 to add"), "{screen}");
    // The state that is shown is no shorter.
    assert_eq!(dir.run("apply -auto-approve").code, Some(0));
    for line in ["show", "state list", "state list -long", "history show 1"] {
        drop(std::fs::remove_file(dir.path().join("paged")));
        assert_eq!(on_screen(&dir, line).0, Some(0), "{line}");
        assert!(shown(&dir).contains("terraform_data.many[39]"), "{line}");
    }
}

#[test]
fn what_fits_is_printed() {
    let dir = paged();
    dir.write("main.tf", "resource \"terraform_data\" \"one\" {}\n");
    let (code, screen) = on_screen(&dir, "plan -no-color");
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("Plan: 1 to add"), "{screen}");
    assert!(!dir.has("paged"));
}

/// Where nobody reads, or a program does, nothing is paged.
#[test]
fn automation_and_wishes_are_heeded() {
    for (name, value) in [
        ("CI", "true"),
        ("TF_IN_AUTOMATION", "1"),
        ("TERM", "dumb"),
        ("TRUNKLINE_PAGER", ""),
        ("TRUNKLINE_PAGER", "cat"),
        ("TRUNKLINE_PAGER", "no-such-pager-as-this"),
    ] {
        let mut dir = paged();
        dir.set(name, value);
        let (code, screen) = on_screen(&dir, "plan -no-color");
        assert_eq!(code, Some(0), "{name}={value}: {screen}");
        assert!(
            screen.contains("Plan: 40 to add"),
            "{name}={value}: {screen}"
        );
        assert!(!dir.has("paged"), "{name}={value}");
    }
    let dir = paged();
    let (_, screen) = on_screen(&dir, "plan -no-color -no-pager");
    assert!(screen.contains("Plan: 40 to add"), "{screen}");
    // A pipe is no terminal.
    assert!(dir.run("plan").stdout.contains("Plan: 40 to add"));
    assert!(!dir.has("paged"));
}

#[test]
fn the_pager_of_other_programs_is_used() {
    let mut dir = paged();
    dir.unset("TRUNKLINE_PAGER");
    dir.set("PAGER", "cat > paged");
    assert_eq!(on_screen(&dir, "plan").0, Some(0));
    assert!(shown(&dir).contains("Plan:"));
}

/// Who reads holds up nobody: the state is not locked any more.
#[test]
fn the_state_is_free_while_somebody_reads() {
    let mut dir = paged();
    let pager = format!("cat > paged; TRUNKLINE_PAGER= {PROGRAM} plan > inner 2>&1");
    dir.set("TRUNKLINE_PAGER", &pager);
    let (code, screen) = on_screen(&dir, "plan");
    assert_eq!(code, Some(0), "{screen}");
    let inner = std::fs::read_to_string(dir.path().join("inner")).unwrap();
    assert!(inner.contains("Plan: 40 to add"), "{inner}");
}

/// Problems are seen: what was held back is printed before them.
#[test]
fn a_failure_is_not_paged() {
    let dir = paged();
    let failing = "variable \"never\" {\n  default = false\n}\n\nresource \"terraform_data\" \"a\" {\n  input = { for n in range(60) : \"k${n}\" => n }\n}\n\nresource \"terraform_data\" \"b\" {\n  lifecycle {\n    precondition {\n      condition     = var.never\n      error_message = \"No.\"\n    }\n  }\n}\n";
    dir.write("main.tf", failing);
    let (code, screen) = on_screen(&dir, "plan -no-color");
    assert_eq!(code, Some(1), "{screen}");
    assert!(
        screen.contains("terraform_data.a will be created"),
        "{screen}"
    );
    assert!(!dir.has("paged"));
}
