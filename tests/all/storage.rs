//! Faults of the storage under the state, as a person meets them: no space, no permission, files that are cut off,
//! foreign, newer or corrupt. Each is told clearly, what was committed last stays readable, and nothing is ever taken for
//! an empty state.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::harness::{Dir, Output};
use crate::stage::{Stage, finish};

const PAGE: usize = 4096;

/// Objects with values large enough to need pages of their own.
const SOME: &str = r#"
variable "size" {
  default = 20
}

variable "number" {
  default = 40
}

resource "terraform_data" "many" {
  count = var.number
  input = join("", [for i in range(var.size) : "0123456789-${count.index}-${i}"])
}

output "first" {
  value = terraform_data.many[0].id
}
"#;

fn applied() -> Dir {
    let dir = Dir::with(SOME);
    dir.apply("");
    dir
}

/// Names of the objects in the state.
fn listed(dir: &Dir) -> Vec<String> {
    let output = dir.run("state list");
    assert_eq!(output.code, Some(0), "{output}");
    output.stdout.lines().map(str::to_owned).collect()
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Runs the program through a shell that does something first.
fn through(dir: &Dir, shell: &str, line: &str) -> Output {
    let mut command = dir.command("bash");
    let program = env!("CARGO_BIN_EXE_trunkline");
    command.args(["-c", &format!("{shell}\nexec {program} {line}")]);
    finish(dir, command)
}

/// No space is left when the file has so many KiB: for the write that comes after, the limit is the disk's end.
fn limited(dir: &Dir, kib: u64, line: &str) -> Output {
    through(dir, &format!("trap '' XFSZ; ulimit -f {kib}"), line)
}

/// So many pages lie between two limits that are tried; `TRUNKLINE_STRIDE=1` tries every page.
fn stride() -> usize {
    let given = std::env::var("TRUNKLINE_STRIDE").ok();
    given.and_then(|n| n.parse().ok()).unwrap_or(10).max(1)
}

/// The whole state, and which files there are but for those of SQLite.
fn everything(dir: &Dir) -> (serde_json::Value, Vec<String>) {
    let mut files = dir.files();
    files.retain(|name| !name.starts_with("trunkline.db-"));
    let mut state = dir.state();
    // Every change counts it up, and a change back too.
    state["serial"] = serde_json::Value::Null;
    (state, files)
}

/// Every command that writes, on a disk that is full at this page or that, whatever is written there: it says so, and the
/// state is as before the command or as after it. The limit is the disk's end for what is written next.
#[test]
fn a_disk_that_is_full_at_any_write_loses_nothing() {
    let dir = applied();
    assert_eq!(dir.run("state backup copy.db").code, Some(0));
    dir.apply("-var number=42");
    let pulled = dir.state();
    let mut pushed = pulled.clone();
    pushed["serial"] = (pulled["serial"].as_u64().unwrap() + 1).into();
    pushed["outputs"] = serde_json::json!({});
    dir.write("pushed.tfstate", &pushed.to_string());
    let saved = dir.run("plan -out=saved -var number=45");
    assert_eq!(saved.code, Some(0), "{saved}");
    let database = std::fs::read(dir.path().join("trunkline.db")).unwrap();
    let dir = Left {
        database,
        log: Vec::new(),
        dir,
    };
    let mut failed = std::collections::BTreeMap::new();
    for line in [
        "apply -auto-approve -var size=300 -var number=60",
        "apply saved",
        "destroy -auto-approve -var number=42",
        "state push pushed.tfstate",
        "state restore copy.db",
        "state rm terraform_data.many",
        "state mv terraform_data.many terraform_data.few",
        "taint terraform_data.many[3]",
        "plan -out=other -var size=500",
        "state backup another.db",
    ] {
        for pages in (0..).step_by(stride()) {
            dir.put(&dir.database, None);
            let before = everything(&dir.dir);
            let what = format!("{line} within {pages} pages");
            let full = limited(&dir.dir, pages as u64 * 4, line);
            if full.code == Some(0) {
                break;
            }
            *failed.entry(line).or_insert(0) += 1;
            assert_eq!(full.code, Some(1), "{what}: {full}");
            let said = flat(&full.stderr);
            assert!(said.contains("Error: "), "{what}: {full}");
            assert!(!said.contains("crashed"), "{what}: {full}");
            let sound = dir.dir.run("state check");
            assert_eq!(sound.code, Some(0), "{what}: {sound}");
            let after = everything(&dir.dir);
            assert_eq!(after.1, before.1, "{what}: {full}");
            if line.starts_with("apply") || line.starts_with("destroy") {
                // A part of it may be done; then all the rest is.
                assert!(after.0["resources"].is_array(), "{what}: {}", after.0);
                let again = dir
                    .dir
                    .run(&line.replace("apply saved", "apply -auto-approve -var number=45"));
                assert_eq!(again.code, Some(0), "{what}: {again}");
            } else {
                assert_eq!(after.0, before.0, "{what}: {full}");
            }
        }
        for made in ["other", "another.db"] {
            drop(std::fs::remove_file(dir.dir.path().join(made)));
        }
    }
    println!("limits that were felt: {failed:?}");
    assert_eq!(failed.len(), 10, "{failed:?}");
}

#[test]
fn a_limit_on_files_in_the_middle_of_effects_makes_nothing_twice() {
    let mut felt = 0;
    for kib in (0..).step_by(8 * stride()) {
        let stage = Stage::new(0);
        let full = limited(&stage.dir, kib, "apply -auto-approve -sandbox -no-color");
        if full.code == Some(0) {
            break;
        }
        felt += 1;
        assert_eq!(full.code, Some(1), "{kib} KiB: {full}");
        assert!(!full.stderr.contains("panicked"), "{kib} KiB: {full}");
        stage.apply();
        stage.settled();
        assert_eq!(stage.judge(), Vec::<String>::new(), "{kib} KiB: {full}");
    }
    assert!(felt > 1, "only {felt} limits were felt");
}

/// Whether file systems can be mounted in a name space of one's own.
fn mounts() -> bool {
    let tried = Command::new("unshare")
        .args(["-rm", "mount", "-t", "tmpfs", "none", "/mnt"])
        .output();
    tried.is_ok_and(|output| output.status.success())
}

#[test]
fn a_full_disk_is_told_and_what_was_committed_is_there() {
    if !mounts() {
        println!("skipped: no file system can be mounted here");
        return;
    }
    let dir = applied();
    let before = listed(&dir).len();
    // The store moves to a disk of its own, which something else has filled but for a little.
    let program = env!("CARGO_BIN_EXE_trunkline");
    let script = format!(
        r#"set -e
cp -r . /mnt/keep 2>/dev/null || true
mount -t tmpfs -o size=2m none /mnt
cp -r . /mnt/work
cd /mnt/work
dd if=/dev/zero of=/mnt/filler bs=4k count=100000 2>/dev/null || true
truncate -s -60K /mnt/filler
set +e
told=$({program} apply -auto-approve -var size=1000 -var number=60 2>&1 >/dev/null)
echo "apply: $?"
echo "$told"
rm /mnt/filler
listed=$({program} state list)
echo "list: $?"
echo "$listed" | wc -l
{program} state check
{program} apply -auto-approve -var size=300 -var number=60 >/dev/null 2>&1
echo "again: $?"
"#
    );
    let mut command = dir.command("unshare");
    command.args(["-rm", "bash", "-c", &script]);
    let output = finish(&dir, command);
    let said = flat(&output.stdout);
    assert!(said.contains("apply: 1"), "{output}");
    assert!(said.contains("Free some space"), "{output}");
    assert!(said.contains(&format!("list: 0 {before}")), "{output}");
    assert!(said.contains("The state is sound."), "{output}");
    assert!(said.contains("again: 0"), "{output}");
}

/// Takes away the permission to write a directory and all in it.
fn read_only(dir: &Path, read_only: bool) {
    let (file, folder) = if read_only {
        (0o444, 0o555)
    } else {
        (0o644, 0o755)
    };
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let mode = if path.is_dir() { folder } else { file };
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }
    std::fs::set_permissions(dir, PermissionsExt::from_mode(folder)).unwrap();
}

/// Runs as somebody whom permissions bind, which they do not bind root.
fn bound(dir: &Dir, line: &str) -> Output {
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    match root {
        true => {
            std::fs::set_permissions(dir.around(), PermissionsExt::from_mode(0o755)).unwrap();
            let program = env!("CARGO_BIN_EXE_trunkline");
            let mut command = dir.command("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", program]);
            command.args(line.split_whitespace());
            finish(dir, command)
        }
        false => dir.run(line),
    }
}

#[test]
fn what_cannot_be_written_can_be_read_and_is_not_changed() {
    let dir = applied();
    let before = listed(&dir);
    // The program itself must be reachable for somebody else.
    if bound(&dir, "version").code != Some(0) {
        println!("skipped: the program cannot be run as somebody else");
        return;
    }
    read_only(&dir.path(), true);
    for line in [
        "state list",
        "show",
        "output",
        "state pull",
        "history",
        "state check",
    ] {
        let output = bound(&dir, line);
        assert_eq!(output.code, Some(0), "{line}: {output}");
    }
    assert_eq!(
        bound(&dir, "state list").stdout.lines().count(),
        before.len()
    );
    for line in [
        "apply -auto-approve -var size=30",
        "destroy -auto-approve",
        "state rm terraform_data.many[0]",
        "taint terraform_data.many[0]",
        "plan",
    ] {
        let output = bound(&dir, line);
        assert_eq!(output.code, Some(1), "{line}: {output}");
        let said = flat(&output.stderr);
        assert!(
            said.contains("Check the permissions of the file and of its directory"),
            "{line}: {output}"
        );
    }
    let planned = bound(&dir, "plan -lock=false -var size=30");
    assert_eq!(planned.code, Some(0), "{planned}");
    assert!(planned.stdout.contains("40 to change"), "{planned}");
    read_only(&dir.path(), false);
    assert_eq!(listed(&dir), before);
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));
}

/// A store as a killed process leaves it: database and log. With what it says.
struct Left {
    database: Vec<u8>,
    log: Vec<u8>,
    dir: Dir,
}

/// Kills a run at a point of its journal, so that its log is not copied into the database.
fn left() -> Left {
    let dir = applied();
    let mut command = dir.command(env!("CARGO_BIN_EXE_trunkline"));
    command.args([
        "apply",
        "-auto-approve",
        "-var",
        "size=60",
        "-var",
        "number=45",
    ]);
    command.env("TRUNKLINE_KILL_AT", "2");
    let killed = finish(&dir, command);
    assert_eq!(killed.code, None, "{killed}");
    let read = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
    Left {
        database: read("trunkline.db"),
        log: read("trunkline.db-wal"),
        dir,
    }
}

impl Left {
    /// Puts other bytes in the place of the store's.
    fn put(&self, database: &[u8], log: Option<&[u8]>) {
        drop(std::fs::remove_file(
            self.dir.path().join("trunkline.db-shm"),
        ));
        let path = |name: &str| self.dir.path().join(name);
        std::fs::write(path("trunkline.db"), database).unwrap();
        match log {
            Some(log) => std::fs::write(path("trunkline.db-wal"), log).unwrap(),
            None => drop(std::fs::remove_file(path("trunkline.db-wal"))),
        }
    }

    /// The objects, or the error, which must be a clear one.
    fn objects(&self, what: &str) -> Result<usize, String> {
        let output = self.dir.run("state list");
        if output.code == Some(0) {
            return Ok(output.stdout.lines().count());
        }
        assert_eq!(output.code, Some(1), "{what}: {output}");
        let said = flat(&output.stderr);
        assert!(
            said.contains("is damaged") || said.contains("does not authenticate"),
            "{what}: {output}"
        );
        // Nor is anything planned as if there were nothing.
        let planned = self.dir.run("plan -lock=false");
        assert_eq!(planned.code, Some(1), "{what}: {planned}");
        Err(said)
    }
}

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn a_log_that_was_torn_anywhere_leaves_what_was_committed() {
    let left = left();
    assert!(left.log.len() > 8 * PAGE, "{}", left.log.len());
    // Pages of the log have a head of 24 bytes, the log one of 32; and pages of the disk know nothing of either.
    let frames = (0..)
        .map(|n| 32 + n * (PAGE + 24))
        .take_while(|at| *at < left.log.len());
    let pages = (0..left.log.len()).step_by(PAGE);
    let mut counts = std::collections::BTreeSet::new();
    for at in frames.chain(pages) {
        left.put(&left.database, Some(&left.log[..at]));
        let found = left.objects(&format!("{at} bytes of the log"));
        let found = found.unwrap_or_else(|why| panic!("{at} bytes of the log: {why}"));
        assert!(found == 40 || found == 45, "{at} bytes of the log: {found}");
        counts.insert(found);
    }
    left.put(&left.database, Some(&left.log));
    counts.insert(left.objects("all of the log").unwrap());
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [40, 45]);
    left.dir.apply("-var size=60 -var number=45");
}

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn a_database_that_was_torn_anywhere_is_never_taken_for_less() {
    let left = left();
    let mut whole = 0;
    for at in (0..left.database.len()).step_by(PAGE) {
        for log in [None, Some(left.log.as_slice())] {
            left.put(&left.database[..at], log);
            let what = format!("{at} bytes of the database, log {}", log.is_some());
            if let Ok(found) = left.objects(&what) {
                assert!(found == 40 || found == 45, "{what}: {found}");
                whole += 1;
            }
            let kept = std::fs::read(left.dir.path().join("trunkline.db")).unwrap();
            assert!(
                log.is_some() || kept == left.database[..at],
                "{what}: it was changed"
            );
        }
    }
    println!("{whole} of the torn ones could be read whole");
    left.put(&left.database, Some(&left.log));
    assert_eq!(left.objects("whole"), Ok(45));
}

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn a_corrupt_page_of_the_log_is_told_or_the_commit_before_it_stands() {
    let left = left();
    let mut counts = std::collections::BTreeSet::new();
    for at in (0..left.log.len()).step_by(PAGE) {
        let mut log = left.log.clone();
        let end = log.len().min(at + PAGE);
        for (n, byte) in log[at..end].iter_mut().enumerate() {
            *byte = (n as u8).wrapping_mul(37) ^ 0x5a;
        }
        left.put(&left.database, Some(&log));
        if let Ok(found) = left.objects(&format!("log page at {at}")) {
            assert!(found == 40 || found == 45, "log page at {at}: {found}");
            counts.insert(found);
        }
    }
    assert!(counts.contains(&40), "{counts:?}");
}

#[test]
fn a_corrupt_page_is_told_or_harmless() {
    let dir = applied();
    let database = std::fs::read(dir.path().join("trunkline.db")).unwrap();
    let left = Left {
        database,
        log: Vec::new(),
        dir,
    };
    let mut told = 0;
    for at in (0..left.database.len()).step_by(PAGE) {
        let mut bytes = left.database.clone();
        // The file's own head is another test's.
        let from = if at == 0 { 100 } else { at };
        for (n, byte) in bytes[from..at + PAGE].iter_mut().enumerate() {
            *byte = (n as u8).wrapping_mul(37) ^ 0x5a;
        }
        left.put(&bytes, None);
        match left.objects(&format!("page at {at}")) {
            Ok(found) => assert_eq!(found, 40, "page at {at}"),
            Err(_) => told += 1,
        }
    }
    assert!(told > 5, "only {told} corrupt pages were told");
}

#[test]
fn a_foreign_or_newer_file_is_refused_and_left_alone() {
    let dir = Dir::with(SOME);
    let path = dir.path().join("trunkline.db");
    let refused = |what: &str, said: &str| {
        let bytes = std::fs::read(&path).unwrap();
        for line in [
            "plan",
            "apply -auto-approve",
            "state list",
            "destroy -auto-approve",
            "output",
        ] {
            let output = dir.run(line);
            assert_eq!(output.code, Some(1), "{what}, {line}: {output}");
            assert!(
                flat(&output.stderr).contains(said),
                "{what}, {line}: {output}"
            );
        }
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{what}");
    };
    std::fs::write(&path, "a letter to somebody\n").unwrap();
    refused("a text", "is not a Trunkline state store");
    std::fs::write(&path, "").unwrap();
    refused("nothing", "is damaged: the file is empty");
    std::fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)")
        .unwrap();
    refused(
        "another database",
        "it is a SQLite database of another program",
    );
    std::fs::remove_file(&path).unwrap();
    dir.apply("");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("PRAGMA user_version = 999")
        .unwrap();
    refused(
        "a newer store",
        "was written by a newer version of Trunkline",
    );
}

/// A store that an earlier version of the program wrote is one to every command, whatever comes first.
#[test]
fn an_older_store_is_brought_up_to_date() {
    for (line, left) in [
        ("state list", 40),
        ("plan -detailed-exitcode", 40),
        ("state check", 40),
        ("apply -auto-approve -var number=41", 41),
        ("destroy -auto-approve", 0),
    ] {
        let dir = applied();
        let older = rusqlite::Connection::open(dir.path().join("trunkline.db")).unwrap();
        let older = older.execute_batch("DROP TABLE notes; PRAGMA user_version = 1");
        older.unwrap();
        let output = dir.run(line);
        assert_eq!(output.code, Some(0), "{line}: {output}");
        assert_eq!(listed(&dir).len(), left, "{line}");
        assert_eq!(dir.run("state check").code, Some(0));
    }
}

/// Objects that a later version of a provider wrote are neither planned nor destroyed, and can still be looked at.
#[test]
fn objects_of_a_newer_provider_are_left_alone() {
    let dir = applied();
    let mut state = dir.state();
    for instance in state["resources"][0]["instances"].as_array_mut().unwrap() {
        instance["schema_version"] = 99.into();
    }
    state["serial"] = 100.into();
    dir.write("newer.tfstate", &state.to_string());
    assert_eq!(dir.run("state push newer.tfstate").code, Some(0));
    let before = dir.state();
    for line in [
        "plan",
        "plan -destroy",
        "apply -auto-approve -var number=41",
        "destroy -auto-approve",
        "refresh",
    ] {
        let output = dir.run(line);
        assert_eq!(output.code, Some(1), "{line}: {output}");
        let said = flat(&output.stderr);
        for part in [
            "Resource instance managed by newer provider version",
            "The current state of terraform_data.many[0] was created by a newer provider version",
        ] {
            assert!(said.contains(part), "{line}: no {part:?} in {output}");
        }
        assert_eq!(dir.state(), before, "{line}");
    }
    for line in ["state list", "state check", "state backup copy.db"] {
        assert_eq!(dir.run(line).code, Some(0), "{line}");
    }
}

/// Every payload is sealed anew in one step: whenever that is killed, the state opens, and is what it was.
#[test]
fn a_rotation_that_is_killed_at_any_moment_leaves_a_state_that_opens() {
    let mut dir = Dir::with(SOME);
    dir.unset("TRUNKLINE_STATE_KEY");
    dir.apply("-var number=150 -var size=60");
    let before = dir.state();
    let begun = std::time::Instant::now();
    let whole = dir.run("state key rotate -reseal");
    assert_eq!(whole.code, Some(0), "{whole}");
    let took = begun.elapsed();
    let mut killed = 0;
    for part in 0..8 {
        let mut child = dir.start(&["state", "key", "rotate", "-reseal"]);
        std::thread::sleep(took * part / 8);
        child.kill().unwrap();
        killed += usize::from(dir.finish(child, "").code.is_none());
        assert!(dir.state() == before, "killed after {part}/8");
        let check = dir.run("state check");
        assert_eq!(check.code, Some(0), "killed after {part}/8: {check}");
    }
    assert!(killed > 2, "{killed} were killed");
    assert_eq!(dir.run("state key rotate").code, Some(0));
    assert!(dir.state() == before);
}

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn a_new_key_is_there_before_the_store_needs_it() {
    for at in ["1", "2"] {
        let mut dir = Dir::with(SOME);
        dir.unset("TRUNKLINE_STATE_KEY");
        dir.apply("");
        let before = listed(&dir);
        let mut command = dir.command(env!("CARGO_BIN_EXE_trunkline"));
        command
            .args(["state", "key", "rotate"])
            .env("TRUNKLINE_KILL_AT", at);
        let killed = finish(&dir, command);
        assert_eq!(killed.code, None, "{killed}");
        assert_eq!(listed(&dir), before);
        let again = dir.run("state key rotate");
        assert_eq!(again.code, Some(0), "{again}");
        assert_eq!(listed(&dir), before);
    }
}

/// With a state file beside the store, a run that is killed anywhere leaves two that the next command makes agree.
#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn the_state_file_beside_the_store_catches_up_wherever_the_run_was_killed() {
    let configuration = format!("terraform {{\n  backend \"local\" {{}}\n}}\n{SOME}");
    let mut points = 0;
    for at in 1.. {
        let dir = Dir::with(&configuration);
        assert_eq!(dir.run("init").code, Some(0));
        dir.apply("-var number=3");
        let mut command = dir.command(env!("CARGO_BIN_EXE_trunkline"));
        command.args(["apply", "-auto-approve", "-var", "number=5"]);
        command.env("TRUNKLINE_KILL_AT", at.to_string());
        let first = finish(&dir, command);
        if first.code == Some(0) {
            break;
        }
        assert_eq!(first.code, None, "{first}");
        points += 1;
        dir.apply("-var number=5");
        let file = std::fs::read_to_string(dir.path().join("terraform.tfstate")).unwrap();
        let file: serde_json::Value = serde_json::from_str(&file).unwrap();
        assert_eq!(file, dir.state(), "killed at point {at}");
        assert_eq!(
            file["resources"][0]["instances"].as_array().unwrap().len(),
            5
        );
    }
    assert!(points > 2, "{points} points");
}
