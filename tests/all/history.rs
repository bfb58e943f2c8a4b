//! `history`, `state diff`, and looking after the store: `state check`, `state backup`, `state restore`.

use insta::assert_snapshot;
use regex::Regex;

use crate::harness::{Dir, Output};
use crate::stage::Stage;

const FIRST: &str = r#"
resource "terraform_data" "kept" {
  input = "one"
}

resource "terraform_data" "dropped" {
  input = "x"
}

variable "secret" {
  default   = "hunter2"
  sensitive = true
}

resource "terraform_data" "hidden" {
  input = var.secret
}

output "o" {
  value = "a"
}
"#;

const SECOND: &str = r#"
resource "terraform_data" "kept" {
  input            = "two"
  triggers_replace = 1
}

variable "secret" {
  default   = "hunter3"
  sensitive = true
}

resource "terraform_data" "hidden" {
  input = var.secret
}

resource "terraform_data" "new" {}

output "o" {
  value = "b"
}
"#;

/// Two runs.
fn two_runs() -> Dir {
    let dir = Dir::with(FIRST);
    dir.apply("");
    dir.write("main.tf", SECOND);
    dir.apply("");
    dir
}

/// Digests and commits have names too.
fn named(output: &Output) -> String {
    let hex = Regex::new(r"\b([0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{8})\b").unwrap();
    hex.replace_all(&output.to_string(), "[HEX]").into_owned()
}

#[test]
fn runs_are_listed_newest_first() {
    let dir = two_runs();
    assert_snapshot!(named(&dir.run("history")), @r"
    exit code 0
    --- standard output
    RUN  STARTED               WHAT   WHO          RESULT  CHANGES                          COMMIT  PLAN
    2    [NOW]  apply  tester@host  ok      2 added, 1 changed, 2 destroyed  -       [HEX]
    1    [NOW]  apply  tester@host  ok      3 added                          -       [HEX]
    ");
}

#[test]
fn a_run_knows_the_commit_it_was_made_at() {
    let dir = Dir::with(FIRST);
    for line in [
        "init -q",
        "add main.tf",
        "-c user.name=t -c user.email=t@t.test commit -qm x",
    ] {
        let status = dir.command("git").args(line.split(' ')).status().unwrap();
        assert!(status.success());
    }
    dir.apply("");
    let head = dir
        .command("git")
        .args(["rev-parse", "HEAD"])
        .output()
        .unwrap();
    let head = String::from_utf8(head.stdout).unwrap();
    let runs: serde_json::Value = serde_json::from_str(&dir.run("history -json").raw).unwrap();
    let head = head.trim();
    assert_eq!(runs["runs"][0]["git_commit"], head);
    assert_eq!(runs["runs"][0]["who"], "tester@host");
    let listed = dir.run("history").stdout;
    assert!(listed.contains(&head[..8]), "{listed}");
    let shown = dir.run("history show 1").stdout;
    assert!(shown.contains(head), "{shown}");
    dir.write("main.tf", SECOND);
    dir.apply("");
    let back = dir.run("plan -to-run=1").stdout;
    let back = back.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        back.contains(&format!("(it was at commit {head})")),
        "{back}"
    );
}

#[test]
fn a_run_shows_what_it_did_and_no_secret() {
    let dir = two_runs();
    assert_snapshot!(named(&dir.run("history show 2")), @r#"
    exit code 0
    --- standard output
    Run 2: apply
      Id       [ID]
      Who      tester@host
      Started  [NOW]
      Result   ok ([NOW])
      Plan     [HEX]

      # terraform_data.dropped was destroyed
      - resource "terraform_data" "dropped" {
          - id     = "[ID]" -> null
          - input  = "x" -> null
          - output = "x" -> null
        }

      # terraform_data.hidden was updated in-place
      ~ resource "terraform_data" "hidden" {
            id     = "[ID]"
          ~ input  = (sensitive value)
          ~ output = "hunter2" -> "hunter3"
        }

      # terraform_data.kept was replaced
    -/+ resource "terraform_data" "kept" {
          ~ id               = "[ID]" -> "[ID]"
          ~ input            = "one" -> "two"
          ~ output           = "one" -> "two"
          + triggers_replace = 1
        }

      # terraform_data.new was created
      + resource "terraform_data" "new" {
          + id = "[ID]"
        }
    "#);
    let json = dir.run("history show -json 2");
    let document: serde_json::Value = serde_json::from_str(&json.raw).unwrap();
    let changed: Vec<_> = document["resource_changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            format!(
                "{} {}",
                c["address"].as_str().unwrap(),
                c["change"]["actions"]
            )
        })
        .collect();
    assert_snapshot!(changed.join("\n"), @r#"
    terraform_data.dropped ["delete"]
    terraform_data.hidden ["update"]
    terraform_data.kept ["delete","create"]
    terraform_data.new ["create"]
    "#);
    let hidden = &document["resource_changes"][1]["change"];
    assert_eq!(hidden["before_sensitive"]["input"], true);
    assert!(hidden["before"]["input"].is_null() && hidden["after"]["input"].is_null());
}

#[test]
fn a_run_is_named_by_number_or_by_its_id() {
    let dir = two_runs();
    let runs: serde_json::Value = serde_json::from_str(&dir.run("history -json").raw).unwrap();
    let id = runs["runs"][0]["id"].as_str().unwrap();
    let by_id = dir.run(&format!("history show {}", &id[..13]));
    assert_eq!(by_id.stdout, dir.run("history show 1").stdout);
    assert_snapshot!(dir.run("history show 9"), @r#"
    exit code 1
    --- standard error

    Error: No such run

    There is no run "9". The command "history" lists the runs; a run is named by
    its number or by the first six characters of its id, or more.
    "#);
    assert_snapshot!(Dir::empty().run("history"), @r#"
    exit code 1
    --- standard error

    Error: No state file was found!

    There is no state store in this directory, so there is no history. The first
    "apply" makes one.
    "#);
}

#[test]
fn two_runs_are_compared() {
    let dir = two_runs();
    assert_snapshot!(dir.run("state diff 1 2"), @r#"
    exit code 0
    --- standard output
      # terraform_data.dropped is only in the earlier state
      - resource "terraform_data" "dropped" {
          - id     = "[ID]" -> null
          - input  = "x" -> null
          - output = "x" -> null
        }

      # terraform_data.hidden differs
      ~ resource "terraform_data" "hidden" {
            id     = "[ID]"
          ~ input  = (sensitive value)
          ~ output = "hunter2" -> "hunter3"
        }

      # terraform_data.kept differs
      ~ resource "terraform_data" "kept" {
          ~ id               = "[ID]" -> "[ID]"
          ~ input            = "one" -> "two"
          ~ output           = "one" -> "two"
          + triggers_replace = 1
        }

      # terraform_data.new is only in the later state
      + resource "terraform_data" "new" {
          + id = "[ID]"
        }

    Changes to Outputs:
      ~ o = "a" -> "b"
    "#);
    assert_snapshot!(dir.run("state diff 2 2"), @r"
    exit code 0
    --- standard output
    No differences.
    ");
    let back = dir.run("state diff 2 1");
    assert!(
        back.stdout
            .contains("# terraform_data.dropped is only in the later state"),
        "{back}"
    );
    let json = dir.run("state diff -json 1 2");
    let document: serde_json::Value = serde_json::from_str(&json.raw).unwrap();
    assert_eq!(document["output_changes"]["o"]["after"], "b");
}

#[test]
fn a_failed_run_says_what_failed() {
    let dir = Dir::with(
        "resource \"terraform_data\" \"a\" {\n  lifecycle {\n    postcondition {\n      condition     = self.id == \"x\"\n      error_message = \"no\"\n    }\n  }\n}\n",
    );
    assert_eq!(dir.run("apply -auto-approve").code, Some(1));
    let runs: serde_json::Value = serde_json::from_str(&dir.run("history -json").raw).unwrap();
    assert_eq!(runs["runs"][0]["result"], "failed");
}

#[test]
fn the_digest_is_that_of_what_is_done() {
    let dir = Dir::with(FIRST);
    dir.apply("");
    assert_eq!(dir.run("destroy -auto-approve").code, Some(0));
    dir.write("other.tf", "locals {\n  unused = 1\n}\n");
    dir.apply("");
    let runs: serde_json::Value = serde_json::from_str(&dir.run("history -json").raw).unwrap();
    let digest = |n: usize| runs["runs"][n]["plan_digest"].clone();
    assert_eq!(digest(0), digest(2));
    assert_ne!(digest(0), digest(1));
}

#[test]
fn a_backup_can_be_gone_back_to() {
    let dir = Dir::with(FIRST);
    dir.apply("");
    let before = dir.state();
    assert_snapshot!(dir.run("state backup copy.db"), @r"
    exit code 0
    --- standard output
    The state has been copied to copy.db. It is sealed with the same key.
    ");
    assert_snapshot!(dir.run("state backup copy.db"), @r"
    exit code 1
    --- standard error

    Error: State store error

    The state store refused to write a backup: copy.db exists already.
    ");
    dir.write("main.tf", SECOND);
    dir.apply("");
    assert_snapshot!(dir.run("state restore copy.db"), @r#"
    exit code 0
    --- standard output
    4 objects of the state are again as in copy.db. No object at a service was changed: "plan" shows what differs.
    "#);
    let after = dir.state();
    assert_eq!(before["resources"], after["resources"]);
    assert_eq!(before["outputs"], after["outputs"]);
    assert!(after["serial"].as_u64() > before["serial"].as_u64());
    assert_snapshot!(dir.run("state restore copy.db"), @r"
    exit code 0
    --- standard output
    The state is what the backup says already.
    ");
    // History goes on.
    let runs: serde_json::Value = serde_json::from_str(&dir.run("history -json").raw).unwrap();
    let names: Vec<_> = runs["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["operation"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["apply", "apply", "state restore"]);
}

#[test]
fn a_backup_takes_the_place_of_a_store_that_is_gone() {
    let dir = Dir::with(FIRST);
    dir.apply("");
    let before = dir.state();
    assert_eq!(dir.run("state backup copy.db").code, Some(0));
    for name in ["trunkline.db", "trunkline.db-wal", "trunkline.db-shm"] {
        drop(std::fs::remove_file(dir.path().join(name)));
    }
    assert_snapshot!(dir.run("state restore copy.db"), @r"
    exit code 0
    --- standard output
    trunkline.db is now a copy of copy.db.
    ");
    assert_eq!(before, dir.state());
}

/// A log that was left by the store that is gone would be taken for that of the copy.
#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be killed at a point"
)]
fn what_is_left_of_a_store_does_not_get_into_a_backup() {
    for damaged in [false, true] {
        let dir = Dir::with(FIRST);
        dir.apply("");
        let before = dir.state();
        assert_eq!(dir.run("state backup copy.db").code, Some(0));
        dir.write("main.tf", SECOND);
        let mut command = dir.command(env!("CARGO_BIN_EXE_trunkline"));
        command.args(["apply", "-auto-approve"]);
        command.env("TRUNKLINE_KILL_AT", "2");
        assert_eq!(command.output().unwrap().status.code(), None);
        assert!(dir.has("trunkline.db-wal"));
        let path = dir.path().join("trunkline.db");
        if damaged {
            std::fs::write(&path, "no database at all").unwrap();
            let foreign = dir.run("state restore copy.db");
            assert_eq!(foreign.code, Some(1), "what is not ours stays: {foreign}");
            std::fs::write(&path, "").unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        let output = dir.run("state restore copy.db");
        assert_eq!(
            output.to_string(),
            "exit code 0\n--- standard output\nWhat was left of the damaged state is now trunkline.db.damaged.\ntrunkline.db is now a copy of copy.db. It does not know what was done after that was made.\n"
        );
        assert_eq!(dir.state(), before);
        assert_eq!(dir.run("state check").stdout, "The state is sound.\n");
        assert_eq!(dir.has("trunkline.db.damaged"), damaged);
        assert!(dir.has("trunkline.db.damaged-wal"));
        dir.apply("");
        // Once more, beside what was set aside before.
        std::fs::write(&path, "").unwrap();
        assert_eq!(dir.run("state restore copy.db").code, Some(0));
        assert!(dir.has("trunkline.db.damaged-2"));
        assert_eq!(dir.state(), before);
    }
}

/// A store in which a page, or a sealed value, is not what it was: the copy takes its place, and not only where nobody
/// looks. While somebody holds the lock nothing is replaced.
#[test]
fn a_backup_takes_the_place_of_a_store_that_is_damaged() {
    let dir = Dir::with(FIRST);
    dir.apply("");
    let before = dir.state();
    assert_eq!(dir.run("state backup copy.db").code, Some(0));
    let path = dir.path().join("trunkline.db");
    let whole = std::fs::read(&path).unwrap();
    let open = || rusqlite::Connection::open(&path).unwrap();
    let pages = whole.len() / 4096;
    let mut rules = std::collections::BTreeSet::new();
    for page in (1..pages).step_by(2).chain([pages]) {
        std::fs::write(&path, &whole).unwrap();
        match page == pages {
            // One payload instead of a page.
            true => drop(open().execute("UPDATE instances SET sealed = zeroblob(60)", [])),
            false => {
                let mut bytes = whole.clone();
                for byte in &mut bytes[page * 4096..(page + 1) * 4096] {
                    *byte ^= 0x5a;
                }
                std::fs::write(&path, bytes).unwrap();
            }
        }
        let check = dir.run("state check");
        let sound = check.code == Some(0);
        for rule in ["pages are sound: ", "payloads authenticate: "] {
            rules.extend(check.stderr.contains(rule).then_some(rule));
        }
        let restored = dir.run("state restore copy.db");
        assert_eq!(restored.code, Some(0), "page {page}: {restored}");
        let replaced = restored.stdout.starts_with("What was left of the damaged");
        assert_eq!(replaced, !sound, "page {page}: {check}{restored}");
        assert_eq!(dir.state(), before, "page {page}");
        let aside = dir.path().join("trunkline.db.damaged");
        assert_eq!(std::fs::remove_file(aside).is_ok(), !sound);
    }
    assert_eq!(rules.len(), 2, "{rules:?}");
    std::fs::write(&path, "").unwrap();
    let lock = std::fs::File::create(dir.path().join("trunkline.db.lock")).unwrap();
    lock.lock().unwrap();
    let held = dir.run("state restore copy.db");
    assert_eq!(held.code, Some(1), "{held}");
    assert!(held.stderr.contains("locked by another process"), "{held}");
    assert_eq!(std::fs::read(&path).unwrap(), b"");
}

#[test]
fn a_damaged_backup_or_one_of_another_key_changes_nothing() {
    let mut dir = Dir::with(FIRST);
    dir.apply("");
    assert_eq!(dir.run("state backup copy.db").code, Some(0));
    let copy = dir.path().join("copy.db");
    let whole = std::fs::read(&copy).unwrap();
    dir.write("main.tf", SECOND);
    dir.apply("");
    let (mut before, files) = (dir.state(), dir.files());
    let mut told = 0;
    for page in (1..whole.len() / 4096).step_by(2) {
        let mut bytes = whole.clone();
        for byte in &mut bytes[page * 4096..(page + 1) * 4096] {
            *byte ^= 0x5a;
        }
        std::fs::write(&copy, bytes).unwrap();
        let refused = dir.run("state restore copy.db");
        if refused.code == Some(0) {
            // A page that nothing is on.
            dir.apply("");
            before = dir.state();
            continue;
        }
        told += 1;
        assert_eq!(refused.code, Some(1), "{refused}");
        assert!(
            refused.stderr.contains("Error: Damaged backup"),
            "{refused}"
        );
        assert!(refused.stderr.contains("Use an older copy."), "{refused}");
        assert_eq!(dir.state(), before, "page {page}");
    }
    assert!(told > 3, "{told}");
    std::fs::write(&copy, &whole).unwrap();
    let database = rusqlite::Connection::open(&copy).unwrap();
    let altered = database.execute("UPDATE outputs SET sealed = zeroblob(60)", []);
    assert_eq!(altered.unwrap(), 1);
    drop(database);
    let refused = dir.run("state restore copy.db");
    assert!(
        refused.stderr.contains("payloads authenticate: output o"),
        "{refused}"
    );
    drop(std::fs::remove_file(dir.path().join("copy.db-wal")));
    drop(std::fs::remove_file(dir.path().join("copy.db-shm")));
    std::fs::write(&copy, whole).unwrap();
    dir.set(
        "TRUNKLINE_STATE_KEY",
        "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=",
    );
    let wrong = dir.run("state restore copy.db");
    assert_eq!(wrong.code, Some(1), "{wrong}");
    assert!(wrong.stderr.contains("Error: State key error"), "{wrong}");
    dir.set("TRUNKLINE_STATE_KEY", crate::harness::KEY);
    assert_eq!((dir.state(), dir.files()), (before, files));
}

/// A copy stays sealed with the key that it was made with.
#[test]
fn a_backup_from_before_a_rotation_is_opened_with_the_key_of_then() {
    let mut dir = Dir::with(FIRST);
    dir.unset("TRUNKLINE_STATE_KEY");
    dir.apply("");
    let before = dir.state();
    assert_eq!(dir.run("state backup copy.db").code, Some(0));
    for rotation in ["state key rotate", "state key rotate -reseal"] {
        dir.write("main.tf", SECOND);
        dir.apply("");
        let rotated = dir.run(rotation);
        assert_eq!(rotated.code, Some(0), "{rotated}");
        let restored = dir.run("state restore copy.db");
        assert_eq!(restored.code, Some(0), "{restored}");
        assert_eq!(dir.state()["resources"], before["resources"]);
        assert_eq!(dir.run("state check").stdout, "The state is sound.\n");
    }
}

/// Two rows of one object break no rule, and are told.
#[test]
fn an_object_that_two_rows_claim_is_told() {
    let dir =
        Dir::with("resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {}\n");
    assert_eq!(dir.run("import terraform_data.a one").code, Some(0));
    assert_eq!(dir.run("state check").stdout, "The state is sound.\n");
    assert_eq!(dir.run("import terraform_data.b one").code, Some(0));
    assert_snapshot!(dir.run("state check"), @r#"
    exit code 0
    --- standard output
    The state is sound.

    Warning: Object claimed twice

    The same object stands behind terraform_data.a and terraform_data.b. What is
    done to one is done to all of them. "state rm ADDRESS" forgets one without
    destroying it.
    "#);
    assert_eq!(dir.run("state rm terraform_data.b").code, Some(0));
    assert_eq!(dir.run("state check").stdout, "The state is sound.\n");
}

#[test]
fn a_backup_of_another_state_is_refused() {
    let (dir, other) = (Dir::with(FIRST), Dir::with(FIRST));
    dir.apply("");
    other.apply("");
    assert_eq!(other.run("state backup copy.db").code, Some(0));
    std::fs::copy(other.path().join("copy.db"), dir.path().join("copy.db")).unwrap();
    assert_snapshot!(dir.run("state restore copy.db"), @r"
    exit code 1
    --- standard error

    Error: Backup of another state

    The backup is of the state with lineage [ID],
    the store here has lineage [ID]. To use the
    backup all the same, move trunkline.db away and restore again.
    ");
}

#[test]
fn a_sound_state_is_said_to_be() {
    let dir = two_runs();
    assert_snapshot!(dir.run("state check"), @r"
    exit code 0
    --- standard output
    The state is sound.
    ");
}

#[test]
fn damage_is_found() {
    let dir = Dir::with(FIRST);
    dir.apply("");
    let path = dir.path().join("trunkline.db");
    let mut bytes = std::fs::read(&path).unwrap();
    for page in bytes.chunks_mut(4096).skip(1) {
        for byte in page.iter_mut().rev().take(200) {
            *byte ^= 0xff;
        }
    }
    std::fs::write(&path, bytes).unwrap();
    let output = dir.run("state check");
    assert_eq!(output.code, Some(1), "{output}");
    assert!(
        output.stderr.contains("damaged") || output.stderr.contains("Damaged"),
        "{output}"
    );
}

/// A configuration with values of all kinds, in two files and a module.
fn going_back() -> Dir {
    let dir = Dir::with(
        r#"
variable "plain" {
  default = "one"
}

variable "secret" {
  default   = "hunter2"
  sensitive = true
}

variable "token" {
  default   = null
  ephemeral = true
}

resource "terraform_data" "kept" {
  input = "first ${var.plain}"
}

resource "terraform_data" "hidden" {
  triggers_replace = var.secret
}

resource "terraform_data" "dropped" {
  input = file("read.txt")
}

module "m" {
  source = "./m"
  value  = terraform_data.kept.output
}
"#,
    );
    dir.write(
        "m/main.tf",
        "variable \"value\" {}\nresource \"terraform_data\" \"inner\" {\n  input = var.value\n}\n",
    );
    dir.write("read.txt", "read");
    dir
}

#[test]
fn a_plan_goes_back_to_what_an_earlier_run_made() {
    let dir = going_back();
    dir.apply("-var plain=given");
    let first = dir.state();
    dir.write(
        "main.tf",
        "resource \"terraform_data\" \"kept\" {\n  input = \"second\"\n}\nresource \"terraform_data\" \"new\" {}\n",
    );
    std::fs::remove_file(dir.path().join("m/main.tf")).unwrap();
    dir.apply("");
    let back = dir.run("plan -to-run=1 -out=back.plan");
    assert_eq!(back.code, Some(0), "{back}");
    let said = back.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        "This plans what run 1 made: apply by tester@host at [NOW].",
        "input = \"second\" -> \"first given\"",
        "# terraform_data.new will be destroyed",
        "# terraform_data.dropped will be created",
        "# module.m.terraform_data.inner will be created",
        "Plan: 3 to add, 1 to change, 1 to destroy.",
    ] {
        assert!(said.contains(text), "not {text:?}: {back}");
    }
    let applied = dir.run("apply back.plan");
    assert_eq!(applied.code, Some(0), "{applied}");
    let inputs = |state: &serde_json::Value| -> Vec<String> {
        let all = state["resources"].as_array().unwrap().iter();
        all.map(|r| format!("{} {}", r["name"], r["instances"][0]["attributes"]["input"]))
            .collect()
    };
    assert_eq!(inputs(&dir.state()), inputs(&first));
    // The run that went back is one to go back to, too.
    let again = dir.run("plan -to-run=3 -detailed-exitcode");
    assert_eq!(again.code, Some(0), "{again}");
    let to_second = dir.run("plan -to-run=2");
    assert!(
        to_second
            .stdout
            .contains("1 to add, 1 to change, 3 to destroy"),
        "{to_second}"
    );
}

#[test]
fn what_was_not_kept_must_be_supplied_to_go_back() {
    let dir = going_back();
    dir.apply("-var secret=other -var token=x");
    dir.write("main.tf", "");
    dir.apply("");
    let plan = |options: &str| dir.run(&format!("plan -to-run=1 {options}"));
    let missing = plan("");
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(1), ""));
    assert!(missing.stderr.contains("variable \"token\""), "{missing}");
    let missing = plan("-var token=y");
    assert_eq!(
        missing.code,
        Some(1),
        "the default is not what it was: {missing}"
    );
    assert!(missing.stderr.contains("variable \"secret\""), "{missing}");
    let wrong = plan("-var token=y -var secret=wrong");
    assert_eq!(wrong.code, Some(1), "{wrong}");
    let kept = plan("-var token=y -var secret=other -var plain=two");
    assert!(kept.stderr.contains("Value is the run's"), "{kept}");
    let right = plan("-var token=y -var secret=other");
    assert_eq!(right.code, Some(0), "{right}");
    dir.write("read.txt", "something else");
    let changed = plan("-var token=y -var secret=other");
    assert!(changed.stderr.contains("File has changed"), "{changed}");
    let secrets = std::fs::read(dir.path().join("trunkline.db")).unwrap();
    for clear in ["hunter2", "first ", "other"] {
        let found = secrets.windows(clear.len()).any(|w| w == clear.as_bytes());
        assert!(!found, "{clear} lies in the store in clear");
    }
}

#[test]
fn there_are_runs_that_no_plan_goes_back_to() {
    let dir = going_back();
    dir.apply("-target=terraform_data.kept");
    dir.apply("");
    assert_eq!(dir.run("state rm terraform_data.kept").code, Some(0));
    assert_eq!(dir.run("destroy -auto-approve").code, Some(0));
    dir.apply("");
    let plan = |run: usize| dir.run(&format!("plan -to-run={run}"));
    assert!(
        plan(1).stderr.contains("was limited by -target"),
        "{}",
        plan(1)
    );
    assert!(
        plan(3).stderr.contains("was not made from a configuration"),
        "{}",
        plan(3)
    );
    let destroyed = plan(4);
    assert!(destroyed.stdout.contains("4 to destroy"), "{destroyed}");
    assert!(plan(9).stderr.contains("No such run"), "{}", plan(9));
    let both = dir.run("plan -to-run=2 -destroy");
    assert!(both.stderr.contains("Incompatible options"), "{both}");
}

#[test]
fn backups_that_are_not_there_and_cannot_be_made_are_told() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {}\n");
    dir.apply("");
    assert_snapshot!(dir.run("state restore nowhere.db"), @r#"
    exit code 1
    --- standard error

    Error: No such backup

    There is no file nowhere.db. "state backup FILE" writes one.
    "#);
    assert_snapshot!(dir.run("state backup none/copy.db"), @"
    exit code 1
    --- standard error

    Error: State store error

    The state store refused to write a backup: there is no directory none.
    ");
}

/// Over operations whose end was not heard nothing is restored, nor from a backup that has such: an object could be lost
/// sight of.
#[test]
fn nothing_is_restored_over_what_is_pending() {
    let stage = Stage::new(0);
    let settings = serde_json::json!({ "role_cache_misses": 0 });
    stage.sandbox.settings(&settings);
    stage.sandbox.fault(&serde_json::json!({
        "match": { "service": "genesyscloud.api", "method": "POST", "path": "/api/v2/oauth/clients" },
        "action": { "drop": "after" },
    }));
    let lost = stage.run("apply -auto-approve");
    assert_eq!(lost.code, Some(1), "{lost}");
    assert_eq!(stage.run("state backup copy.db").code, Some(0));
    let refused = |whose: &str| {
        let restored = stage.run("state restore copy.db");
        assert_eq!(restored.code, Some(1), "{restored}");
        let said = restored.stderr.split_whitespace();
        let said = said.collect::<Vec<_>>().join(" ");
        let why = format!(
            "Error: Unfinished operations {whose} has an unfinished create of genesyscloud_oauth_client.integration."
        );
        assert!(said.contains(&why), "{restored}");
    };
    refused("The state");
    stage.apply();
    refused("The backup");
    stage.settled();
    assert_eq!(stage.judge(), Vec::<String>::new());
}
