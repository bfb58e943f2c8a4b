//! The key of the state: made once and told, never silently, and asked for by its id when it is missing.

use insta::assert_snapshot;

use crate::harness::{Dir, KEY};

const ONE: &str = "resource \"terraform_data\" \"a\" {}\n";
/// Another key than that of the tests.
const OTHER: &str = "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";

/// A directory where no key is given.
fn without_key() -> Dir {
    let mut dir = Dir::with(ONE);
    dir.unset("TRUNKLINE_STATE_KEY");
    dir
}

#[test]
fn a_key_is_made_once() {
    let dir = without_key();
    let first = dir.run("plan");
    assert_eq!(
        first.stderr, "",
        "standard error of a program that nobody watches is as Terraform's"
    );
    let _ = dir.run("plan");
    let keys: Vec<_> = std::fs::read_dir(dir.around().join("home/.config/trunkline/keys"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    assert_eq!(keys.len(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&keys[0]).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

/// `script` gives the program a terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_person_is_told_of_the_key_once() {
    let dir = without_key();
    let run = || {
        let program = format!("{} plan -no-color", env!("CARGO_BIN_EXE_trunkline"));
        dir.command("script")
            .args(["-qec", &program, "/dev/null"])
            .output()
    };
    let Ok(first) = run() else {
        eprintln!("skipped: there is no `script` here");
        return;
    };
    let first = String::from_utf8(first.stdout).unwrap();
    assert!(first.contains("A key for this state was made: "), "{first}");
    assert!(first.contains("/.config/trunkline/keys/"), "{first}");
    let again = String::from_utf8(run().unwrap().stdout).unwrap();
    assert!(again.contains("Plan: 1 to add"), "{again}");
    assert!(!again.contains("A key for this state"), "{again}");
}

#[test]
fn in_ci_no_key_is_made() {
    let mut dir = without_key();
    dir.set("CI", "true");
    assert_snapshot!(dir.run("apply -auto-approve"), @"
    exit code 1
    --- standard error

    Error: State key error

    A new state store needs a key, and none was given: a key file is not made
    silently when CI is set, because it would be lost with the machine. Set
    TRUNKLINE_STATE_KEY, TRUNKLINE_STATE_KEY_FILE or TRUNKLINE_STATE_KEY_COMMAND.
    ");
    assert!(!dir.around().join("home/.config").exists());
}

#[test]
fn in_ci_a_given_key_is_used() {
    let mut dir = Dir::with(ONE);
    dir.set("CI", "true");
    let output = dir.apply("");
    assert!(!output.stdout.contains("key"), "{output}");
    assert_eq!(dir.run("state list").stdout, "terraform_data.a\n");
}

#[test]
fn a_missing_key_is_asked_for_by_its_id() {
    let mut dir = without_key();
    dir.apply("");
    std::fs::create_dir(dir.around().join("elsewhere")).unwrap();
    let elsewhere = dir.around().join("elsewhere").display().to_string();
    dir.set("HOME", &elsewhere);
    let told = dir.run("plan");
    assert_eq!((told.code, told.stdout.as_str()), (Some(1), ""));
    // Where lines are broken depends on the length of the path.
    let words: Vec<&str> = told.stderr.split_whitespace().collect();
    assert_eq!(
        words.join(" "),
        "Error: State key error The state store trunkline.db is sealed with key [KEY], which was not found: no key was given, and [DIR]/elsewhere/.config/trunkline/keys/[KEY].key does not exist. Set TRUNKLINE_STATE_KEY, TRUNKLINE_STATE_KEY_FILE or TRUNKLINE_STATE_KEY_COMMAND to it, or bring it here with `trunkline state key import` (on a machine that has it, `trunkline state key export` prints it)."
    );
    assert_eq!(dir.run("state list").code, Some(1));
    assert!(
        !dir.around().join("elsewhere/.config").exists(),
        "no second key is made"
    );
}

#[test]
fn a_wrong_key_is_told() {
    let mut dir = Dir::with(ONE);
    dir.apply("");
    dir.set("TRUNKLINE_STATE_KEY", OTHER);
    let output = dir.run("plan");
    assert_snapshot!(output, @"
    exit code 1
    --- standard error

    Error: State key error

    The state store trunkline.db is sealed with key [KEY], but
    TRUNKLINE_STATE_KEY gives key [KEY]. Supply key [KEY].
    ");
    assert!(!output.stderr.contains(OTHER));
}

#[test]
fn a_key_that_is_no_key_is_told() {
    let mut dir = Dir::with(ONE);
    dir.set("TRUNKLINE_STATE_KEY", "hunter2");
    let output = dir.run("plan");
    assert_snapshot!(output, @"
    exit code 1
    --- standard error

    Error: State key error

    TRUNKLINE_STATE_KEY does not give a state key: it is not base64. A state key
    is 32 random bytes in base64.
    ");
    assert!(!output.to_string().contains("hunter2"));
}

/// Whoever is given the old key from elsewhere is told to give the new one.
#[test]
fn a_new_key_has_to_be_given_where_the_old_one_was() {
    let mut dir = Dir::with(ONE);
    dir.apply("");
    let rotated = dir.run("state key rotate");
    assert_eq!(rotated.code, Some(0), "{rotated}");
    let advice =
        "TRUNKLINE_STATE_KEY still gives the old one: have it give the new one, or take it away.";
    assert!(rotated.stdout.contains(advice), "{rotated}");
    let old = dir.run("state list");
    assert_eq!(old.code, Some(1));
    assert!(old.stderr.contains("Error: State key error"), "{old}");
    dir.unset("TRUNKLINE_STATE_KEY");
    let key = dir.run("state key export");
    assert_eq!(key.code, Some(0), "{key}");
    assert_eq!(
        dir.run("state key rotate").stdout.matches("still").count(),
        0
    );
    let key = dir.run("state key export").raw;
    dir.set("TRUNKLINE_STATE_KEY", key.trim());
    assert_eq!(dir.run("state list").stdout, "terraform_data.a\n");
}

#[test]
fn a_key_may_come_from_a_file() {
    let mut dir = Dir::with(ONE);
    dir.apply("");
    dir.unset("TRUNKLINE_STATE_KEY");
    let file = dir.around().join("key");
    std::fs::write(&file, format!("{KEY}\n")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    dir.set("TRUNKLINE_STATE_KEY_FILE", &file.display().to_string());
    assert_eq!(dir.run("state list").stdout, "terraform_data.a\n");
}

#[cfg(unix)]
#[test]
fn a_key_may_come_from_a_command() {
    let mut dir = Dir::with(ONE);
    dir.apply("");
    dir.unset("TRUNKLINE_STATE_KEY");
    dir.set("TRUNKLINE_STATE_KEY_COMMAND", &format!("echo {KEY}"));
    assert_eq!(dir.run("state list").stdout, "terraform_data.a\n");
    dir.set("TRUNKLINE_STATE_KEY_COMMAND", "echo why >&2; exit 3");
    assert_snapshot!(dir.run("state list"), @"
    exit code 1
    --- standard error
    why

    Error: State key error

    The command of TRUNKLINE_STATE_KEY_COMMAND failed (exit status: 3), so that
    there is no key to open the state with.
    ");
}
