//! Secrets and processes: the commands of provisioners, and what is typed into the console.

use super::search::{Search, raw};
use crate::harness::Dir;
use crate::pager::typing;

/// Commands tell with what arguments they were started. What they are to do with a secret may come through their
/// environment, or stand in the command itself; they hand it to no program of their own, whose arguments would show it.
#[cfg(target_os = "linux")]
#[test]
fn a_command_with_a_secret_has_it_not_in_its_arguments() {
    let dir = Dir::with(
        r#"
variable "s" {
  sensitive = true
}
variable "e" {
  ephemeral = true
}
resource "terraform_data" "a" {
  provisioner "local-exec" {
    command = "printf %s '${var.s}' | wc -c; printf %s \"$WITH\" | wc -c; cat /proc/$$/cmdline; echo; exit 0"
    environment = {
      WITH = var.s
    }
  }
  provisioner "local-exec" {
    command     = "test '${var.e}' = \"$WITH\" && cat /proc/$$/cmdline && echo \"$0 $-\" >>seen"
    interpreter = ["/bin/sh", "-eu", "-c"]
    environment = {
      WITH = var.e
    }
  }
  provisioner "local-exec" {
    command = "cat /proc/$$/cmdline /proc/$PPID/cmdline >>seen; test -n '${var.s}'; echo '${var.e}' | wc -c >>seen"
  }
  provisioner "local-exec" {
    command    = "echo '${var.s}' >/dev/null; exit 3"
    on_failure = continue
  }
  provisioner "local-exec" {
    when    = destroy
    command = "cat /proc/$$/cmdline >>seen"
  }
}
"#,
    );
    let secrets = [
        (
            "a variable",
            "Sw0rd \"of\" 'd@mocles' $HOME \\n".replace('\'', "`"),
        ),
        ("an ephemeral variable", "ephemeral-s3cret-value".to_owned()),
    ];
    let environment = [
        ("TF_VAR_s", secrets[0].1.as_str()),
        ("TF_VAR_e", secrets[1].1.as_str()),
        ("TF_LOG", "trace"),
        ("TF_LOG_PATH", "log"),
    ];
    let mut search = Search::new(&[dir.around()]);
    let mut run = |line: &str| {
        let code = search.run(&dir, line, &environment);
        assert_eq!(code, Some(0), "{line}");
    };
    run("apply -auto-approve");
    let seen = std::fs::read_to_string(dir.path().join("seen")).unwrap();
    let seen = seen.replace('\0', " ");
    assert!(seen.contains("/bin/sh"), "{seen}");
    run("apply -auto-approve -replace=terraform_data.a");
    run("destroy -auto-approve");
    search.find_none(&secrets);
}

/// What is typed may be a secret, and is kept nowhere.
#[test]
fn what_is_typed_into_the_console_is_not_kept() {
    let dir = Dir::with("variable \"s\" {\n  sensitive = true\n}\n");
    let typed = "typed-s3cret-0001";
    let secrets = [
        ("a variable", "a s3cret of a variable".to_owned()),
        ("what was typed", typed.to_owned()),
    ];
    let mut search = Search::new(&[dir.around()]);
    let input = format!(
        "var.s\nlength({typed:?})\nupper(var.s)\n[var.s]\n{{ a = var.s }}\nnonsense({typed:?}\nexit\n"
    );
    let environment = [("TF_VAR_s", secrets[0].1.as_str()), ("TF_LOG", "trace")];
    assert_eq!(
        search.answer(&dir, "console", &input, &environment),
        Some(1)
    );
    // What cannot be read is shown with the line that it stands in.
    for (_, printed) in &mut search.printed {
        let text = String::from_utf8_lossy(printed).replace(&format!("nonsense({typed:?}"), "");
        *printed = text.into_bytes();
    }
    search.find_none(&secrets);
}

/// The same at a terminal, where what was typed can be called back, as long as the console runs.
#[cfg(unix)]
#[test]
fn what_is_typed_at_a_terminal_is_in_no_file() {
    let mut dir = Dir::with("variable \"s\" {\n  sensitive = true\n}\n");
    dir.set("TERM", "xterm");
    dir.set("TF_VAR_s", "a s3cret of a variable");
    dir.set("TF_LOG", "trace");
    dir.set("TF_LOG_PATH", "log");
    let typed = "typed-s3cret-0001";
    let call = format!("length({typed:?})");
    // The second line is the first one called back, and sent.
    let lines = [
        ("> ", call.as_str()),
        ("\n17", "\u{1b}[A"),
        ("\n17", "var.s"),
        ("(sensitive value)", "exit"),
    ];
    let (code, screen) = typing(&dir, "console", &lines);
    assert_eq!(code, Some(0), "{screen}");
    let secrets = [
        ("a variable", "a s3cret of a variable".to_owned()),
        ("what was typed", typed.to_owned()),
    ];
    let mut search = Search::new(&[dir.around()]);
    search.printed.push(("nothing".to_owned(), Vec::new()));
    search.find_none(&secrets);
}

/// An error of the program itself: what it has in hand is not told, and what was under way is found again.
#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "the program cannot be broken at a point"
)]
fn a_crash_shows_no_secret_and_loses_nothing() {
    let dir = Dir::with(
        r#"
variable "s" {
  sensitive = true
}
resource "terraform_data" "a" {
  triggers_replace = var.s
}
resource "terraform_data" "b" {
  triggers_replace = [terraform_data.a.id, var.s]
  provisioner "local-exec" {
    command = "test -n '${var.s}'"
  }
}
"#,
    );
    let secrets = [("a variable", "Sw0rd of d@mocles".to_owned())];
    let mut search = Search::new(&[dir.around()]);
    for point in 1.. {
        let at = point.to_string();
        let environment = [
            ("TF_VAR_s", secrets[0].1.as_str()),
            ("TF_LOG", "trace"),
            ("RUST_BACKTRACE", "full"),
            ("TRUNKLINE_PANIC_AT", &at),
        ];
        let line = "apply -auto-approve -no-color";
        let code = search.run(&dir, line, &environment);
        let said = &search.printed[search.printed.len() - 2].1;
        let said = String::from_utf8_lossy(said);
        if code == Some(0) {
            assert!(point > 3, "there are but {point} points");
            break;
        }
        assert_eq!(code, Some(11), "at point {at}: {said}");
        for part in [
            "Error: Trunkline crashed",
            "What was done is saved",
            "It happened at src/cli/machine.rs:",
            "What it said is not shown, because it may hold values: TRUNKLINE_CRASH_WORDS=1 shows it.",
        ] {
            assert!(said.contains(part), "no {part:?} in {said}");
        }
        let environment = &environment[..3];
        for line in ["destroy -auto-approve", "state check"] {
            let code = search.run(&dir, line, environment);
            assert_eq!(code, Some(0), "{line} after point {at}");
        }
    }
    search.find_none(&secrets);
    // Who asks for the words gets them.
    let environment = [
        ("TF_VAR_s", secrets[0].1.as_str()),
        ("TRUNKLINE_PANIC_AT", "1"),
        ("TRUNKLINE_CRASH_WORDS", "1"),
    ];
    let broken = "apply -auto-approve -replace=terraform_data.a";
    let (code, said) = raw(&dir, broken, &environment);
    let said = String::from_utf8_lossy(&said);
    assert_eq!(code, Some(11), "{said}");
    assert!(said.contains("It said: at point 1 with "), "{said}");
}
