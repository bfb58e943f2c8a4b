//! The log that `TF_LOG` and its like ask for: where it goes, what is in it, and what never is.

use serde_json::Value;

use crate::harness::Dir;

const MAIN: &str = r#"
variable "password" {
  sensitive = true
}
resource "terraform_data" "a" {
  input = var.password
}
"#;

fn logged(level: &str) -> (Dir, crate::harness::Output) {
    let mut dir = Dir::with(MAIN);
    dir.set("TF_LOG", level);
    dir.set("TF_CLI_ARGS_apply", "-auto-approve");
    let output = dir.run("apply -var password=hunter2 -no-color");
    assert_eq!(output.code, Some(0), "{output}");
    (dir, output)
}

#[test]
fn the_log_goes_to_standard_error_and_tells_no_secret() {
    let (_, output) = logged("debug");
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert!(
        lines[0].contains(" [INFO]  Trunkline version: "),
        "{output}"
    );
    let has = |text: &str| lines.iter().any(|line| line.contains(text));
    assert!(
        has(r#"CLI args: ["#) && has(r#""-var", "password=(not logged)""#),
        "{output}"
    );
    assert!(
        has(r#"CLI command args: ["apply", "-auto-approve""#),
        "{output}"
    );
    assert!(
        has("[INFO]  Starting apply for terraform_data.a: Create"),
        "{output}"
    );
    assert!(
        has("[DEBUG] state store trunkline.db is open for apply"),
        "{output}"
    );
    assert!(!output.stderr.contains("hunter2"), "{output}");
    let (_, output) = logged("warn");
    assert_eq!(output.stderr, "");
    let (_, output) = logged("off");
    assert_eq!(output.stderr, "");
}

#[test]
fn a_level_that_is_none_is_told_and_all_is_logged() {
    let (_, output) = logged("loud");
    assert!(
        output.stderr.starts_with("[WARN] Invalid log level: \"LOUD\". Defaulting to level: TRACE. Valid levels are: [TRACE DEBUG INFO WARN ERROR OFF]\n"),
        "{output}"
    );
    assert!(output.stderr.contains("[DEBUG]"), "{output}");
}

#[test]
fn each_line_can_be_json() {
    let (_, output) = logged("json");
    for line in output.stderr.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(
            line["@level"].is_string() && line["@message"].is_string(),
            "{line}"
        );
    }
}

#[test]
fn the_log_is_appended_to_a_file() {
    let mut dir = Dir::with(MAIN);
    dir.set("TF_LOG_PATH", "out.log");
    let quiet = dir.run("version");
    assert_eq!(quiet.stderr, "");
    dir.set("TF_LOG_CORE", "info");
    for _ in 0..2 {
        let quiet = dir.run("version");
        assert_eq!(quiet.stderr, "");
    }
    let log = std::fs::read_to_string(dir.path().join("out.log")).unwrap();
    assert_eq!(log.matches("Trunkline version: ").count(), 2, "{log}");
    dir.set("TF_LOG_PATH", "not/there/out.log");
    let told = dir.run("version");
    assert!(
        told.stderr.starts_with(
            "Error opening log file: open not/there/out.log: no such file or directory\n"
        ),
        "{told}"
    );
    // Providers can be listened to alone.
    dir.unset("TF_LOG_CORE");
    dir.unset("TF_LOG_PATH");
    dir.set("TF_LOG_PROVIDER", "trace");
    assert_eq!(dir.run("version").stderr, "");
}
