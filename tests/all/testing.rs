//! The test framework: runs and what they say, mocks and overrides, states and what is left of them.
//!
//! What Terraform prints for the same files is the measure, but for times and ids.

use serde_json::Value;

use crate::harness::{Dir, Output};

const MAIN: &str = r#"
variable "n" {
  default = 1
  validation {
    condition     = var.n < 100
    error_message = "n too large"
  }
}
resource "terraform_data" "a" { input = var.n }
resource "terraform_data" "c" {
  count = 2
  input = var.n
}
module "m" { source = "./m" }
output "o" { value = terraform_data.a.output }
output "m" { value = module.m.o }
output "cs" { value = terraform_data.c[*].output }
"#;

const MODULE: &str = r#"
resource "terraform_data" "in" { input = "real" }
output "o" { value = terraform_data.in.output }
output "p" { value = "p" }
"#;

fn with(tests: &[(&str, &str)]) -> Dir {
    let dir = Dir::with(MAIN);
    dir.write("m/main.tf", MODULE);
    for (name, text) in tests {
        dir.write(name, text);
    }
    dir
}

/// Runs the tests, which end with this code.
fn test(dir: &Dir, options: &str, code: i32) -> Output {
    let output = dir.run(&format!("test {options}"));
    assert_eq!(output.code, Some(code), "{output}");
    // Nothing of the states of tests stays, and the state of the directory is not touched.
    assert!(!dir.has("trunkline.db"));
    let rest = std::fs::read_dir(dir.path().join(".trunkline"));
    let rest = rest.into_iter().flatten().filter_map(Result::ok);
    let mut rest = rest.filter(|e| e.file_name().to_string_lossy().starts_with("test-"));
    assert!(rest.next().is_none());
    output
}

#[test]
fn runs_plan_and_apply_and_refer_to_each_other() {
    let dir = with(&[(
        "a.tftest.hcl",
        r#"
variables { n = 3 }
run "planned" {
  command = plan
  assert {
    condition     = terraform_data.a.input == 3 && var.n == 3
    error_message = "wrong"
  }
}
run "applied" {
  assert {
    condition     = output.o == 3 && length(terraform_data.c) == 2
    error_message = "wrong"
  }
}
run "again" {
  variables { n = run.applied.o + 1 }
  assert {
    condition     = output.cs == [4, 4] && run.applied.m == "real"
    error_message = "wrong: ${jsonencode(output.cs)}"
  }
}
run "other_module" {
  module { source = "./m" }
  assert {
    condition     = output.p == "p"
    error_message = "wrong"
  }
}
"#,
    )]);
    let output = test(&dir, "", 0);
    assert_eq!(
        output.to_string(),
        "exit code 0
--- standard output
a.tftest.hcl... in progress
  run \"planned\"... pass
  run \"applied\"... pass
  run \"again\"... pass
  run \"other_module\"... pass
a.tftest.hcl... tearing down
a.tftest.hcl... pass

Success! 4 passed, 0 failed.
"
    );
}

#[test]
fn failures_say_what_was_wanted_and_what_was_there() {
    let dir = with(&[(
        "a.tftest.hcl",
        r#"run "fails" {
  assert {
    condition     = output.o == 2
    error_message = "o is ${output.o}"
  }
}
run "unknown" {
  command = plan
  variables { n = 2 }
  assert {
    condition     = output.o == 2
    error_message = "x"
  }
}
run "skipped" {}
"#,
    )]);
    let output = test(&dir, "", 1);
    assert_eq!(
        output.stdout,
        "a.tftest.hcl... in progress
  run \"fails\"... fail
  run \"unknown\"... fail
  run \"skipped\"... skip
a.tftest.hcl... tearing down
a.tftest.hcl... fail

Failure! 0 passed, 2 failed, 1 skipped.
"
    );
    let wanted = "Error: Test assertion failed

  on a.tftest.hcl line 3, in run \"fails\":
   3:     condition     = output.o == 2
    ├────────────────
    │ output.o is 1

o is 1
";
    assert!(output.stderr.contains(wanted), "{output}");
    assert!(
        output.stderr.contains("Error: Unknown condition value\n"),
        "{output}"
    );
}

#[test]
fn expected_failures_are_not_failures() {
    let dir = with(&[(
        "a.tftest.hcl",
        r#"run "met" {
  command         = plan
  variables { n = 200 }
  expect_failures = [var.n]
}
run "not_met" {
  command         = plan
  expect_failures = [var.n]
}
"#,
    )]);
    let output = test(&dir, "", 1);
    assert!(output.stdout.contains("run \"met\"... pass"), "{output}");
    assert!(
        output
            .stderr
            .contains("Error: Missing expected failure\n\n  on a.tftest.hcl line 8"),
        "{output}"
    );

    // An apply that cannot be planned has failed, even where the failure is expected.
    dir.write(
        "a.tftest.hcl",
        "run \"x\" {\n  variables { n = 200 }\n  expect_failures = [var.n]\n}\n",
    );
    let output = test(&dir, "", 1);
    assert!(
        output
            .stdout
            .contains("Warning: Expected failure while planning"),
        "{output}"
    );
    let place = "Error: Invalid value for variable\n\n  on a.tftest.hcl line 2, in run \"x\":";
    assert!(output.stderr.contains(place), "{output}");

    dir.write(
        "a.tftest.hcl",
        "run \"x\" {\n  expect_failures = [module.m]\n}\n",
    );
    let output = test(&dir, "", 1);
    assert!(
        output
            .stderr
            .contains("Error: Invalid `expect_failures` reference"),
        "{output}"
    );
}

#[test]
fn mocks_make_up_what_they_are_not_given() {
    let dir = with(&[(
        "a.tftest.hcl",
        r#"
mock_provider "terraform" {
  mock_resource "terraform_data" {
    defaults = { output = "mocked" }
  }
}
run "applied" {
  assert {
    condition     = output.o == "mocked" && output.m == "mocked" && length(terraform_data.a.id) == 8
    error_message = "wrong: ${jsonencode(terraform_data.a)}"
  }
}
run "an_update_keeps_what_was_made_up" {
  variables { n = 2 }
  assert {
    condition     = terraform_data.a.input == 2 && terraform_data.a.output == "mocked"
    error_message = "wrong: ${jsonencode(terraform_data.a)}"
  }
}
"#,
    )]);
    let output = test(&dir, "", 0);
    assert!(output.stdout.contains("2 passed"), "{output}");
}

#[test]
fn overrides_give_single_objects_and_whole_modules() {
    let dir = with(&[(
        "a.tftest.hcl",
        r#"
override_module {
  target  = module.m
  outputs = { o = "given" }
}
override_resource {
  target = terraform_data.c[0]
  values = { output = "c0", input = "not computed, so not taken" }
}
run "applied" {
  assert {
    condition     = output.m == "given" && output.cs[0] == "c0" && output.cs[1] == 1 && terraform_data.c[0].input == 1
    error_message = "wrong: ${jsonencode(output.cs)}"
  }
}
run "known_when_planned" {
  command   = plan
  state_key = "other"
  override_resource {
    target          = terraform_data.a
    override_during = plan
    values          = { output = "ov" }
  }
  assert {
    condition     = output.o == "ov"
    error_message = "wrong"
  }
}
"#,
    )]);
    let output = test(&dir, "", 0);
    assert!(output.stdout.contains("2 passed"), "{output}");
}

#[test]
fn the_stream_and_the_report_tell_the_same() {
    let dir = with(&[(
        "a.tftest.hcl",
        r#"run "passes" {}
run "fails" {
  assert {
    condition     = output.o == 2
    error_message = "o is <${output.o}>"
  }
}
"#,
    )]);
    let output = test(&dir, "-json -junit-xml=report.xml", 1);
    let messages: Vec<Value> = output
        .raw
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let told: Vec<String> = messages
        .iter()
        .map(|m| {
            let place = [&m["@testfile"], &m["@testrun"]].map(|v| v.as_str().unwrap_or("-"));
            let kind = m["type"].as_str().unwrap();
            format!(
                "{kind} {}: {}",
                place.join("/"),
                m["@message"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "version -/-: Trunkline 1.11.4",
            "test_abstract -/-: Found 1 file and 2 run blocks",
            "test_file a.tftest.hcl/-: a.tftest.hcl... in progress",
            "test_run a.tftest.hcl/passes:   \"passes\"... in progress",
            "test_run a.tftest.hcl/passes:   \"passes\"... pass",
            "test_run a.tftest.hcl/fails:   \"fails\"... in progress",
            "test_run a.tftest.hcl/fails:   \"fails\"... fail",
            "diagnostic a.tftest.hcl/fails: Error: Test assertion failed",
            "test_file a.tftest.hcl/-: a.tftest.hcl... tearing down",
            "test_run a.tftest.hcl/fails:   \"fails\"... tearing down",
            "test_file a.tftest.hcl/-: a.tftest.hcl... fail",
            "test_summary -/-: Failure! 1 passed, 1 failed.",
        ]
    );
    let report = std::fs::read_to_string(dir.path().join("report.xml")).unwrap();
    assert!(
        report.contains("<testsuite name=\"a.tftest.hcl\" tests=\"2\" skipped=\"0\" failures=\"1\" errors=\"0\">"),
        "{report}"
    );
    assert!(
        report.contains("<failure message=\"1 of 1 assertions failed: o is &lt;1&gt;\"><![CDATA["),
        "{report}"
    );
}

#[test]
fn test_files_that_are_wrong_are_found_by_every_command_that_reads_them() {
    let dir = with(&[(
        "bad.tftest.hcl",
        "run \"x\" {\n  command = destroy\n}\nrun \"x\" {\n  commnd = plan\n}\nbogus {}\n",
    )]);
    for line in ["test", "validate", "init"] {
        let output = dir.run(line);
        assert_eq!(output.code, Some(1), "{output}");
        for summary in [
            "Unsupported block type",
            "Invalid \"command\" keyword",
            "Unsupported argument",
            "Duplicate \"run\" block names",
        ] {
            let wanted = format!("Error: {summary}\n");
            assert!(output.stderr.contains(&wanted), "{line}: {output}");
        }
    }
}

#[test]
fn mocks_of_a_directory_may_be_json() {
    let dir = with(&[
        (
            "main.tf",
            "resource \"terraform_data\" \"a\" {}\noutput \"id\" {\n  value = terraform_data.a.id\n}\n",
        ),
        (
            "mocks/ids.tfmock.json",
            r#"{"mock_resource": {"terraform_data": {"defaults": {"id": "given"}}}}"#,
        ),
        (
            "one.tftest.hcl",
            "mock_provider \"terraform\" {\n  source = \"./mocks\"\n}\nrun \"r\" {\n  assert {\n    condition     = output.id == \"given\"\n    error_message = output.id\n  }\n}\n",
        ),
    ]);
    let output = test(&dir, "", 0);
    assert!(output.stdout.contains("run \"r\"... pass"), "{output}");
}

#[test]
fn files_are_chosen_and_found_in_their_directory() {
    let run = |name: &str| format!("run {name:?} {{\n  command = plan\n}}\n");
    let dir = with(&[
        ("tests/one.tftest.hcl", &run("r1")),
        ("tests/two.tftest.hcl", &run("r2")),
        (
            "alt/three.tftest.json",
            "{\"run\": {\"r3\": {\"command\": \"plan\"}}}",
        ),
    ]);
    let passes = |options: &str, runs: &[&str]| {
        let output = test(&dir, options, 0);
        let ran: Vec<&str> = output
            .stdout
            .lines()
            .filter_map(|l| l.trim().strip_prefix("run \"")?.strip_suffix("\"... pass"))
            .collect();
        assert_eq!(ran, runs, "{output}");
    };
    passes("", &["r1", "r2"]);
    passes("-filter=tests/two.tftest.hcl", &["r2"]);
    passes("-filter=none.tftest.hcl", &[]);
    passes("-test-directory=alt", &["r3"]);
}

#[test]
fn a_run_that_is_not_there_is_told_where_it_is_named() {
    let file = |text: &str| with(&[("a.tftest.hcl", text)]);
    let told = [
        (
            "run \"one\" {\n  variables {\n    n = run.nope.o\n  }\n}\n",
            "Error: Reference to unknown run block",
        ),
        (
            "run \"one\" {\n  variables {\n    n = run.two.o\n  }\n}\nrun \"two\" {}\n",
            "Error: Reference to unavailable run block",
        ),
        (
            "run \"one\" {\n  assert {\n    condition     = run.nope.o == 1\n    error_message = \"\"\n  }\n}\n",
            "Error: Reference to undeclared run block",
        ),
        (
            "run \"one\" {\n  assert {\n    condition     = run.two.o == 1\n    error_message = \"\"\n  }\n}\nrun \"two\" {}\n",
            "Error: Reference to unevaluated run block",
        ),
    ];
    for (text, summary) in told {
        let output = test(&file(text), "", 1).to_string();
        assert!(output.contains(summary), "{output}");
    }
}

#[test]
fn a_secret_message_of_an_assertion_is_not_shown() {
    let dir = with(&[(
        "a.tftest.hcl",
        "run \"one\" {\n  assert {\n    condition     = output.o == 2\n    error_message = sensitive(\"hush\")\n  }\n}\n",
    )]);
    let output = test(&dir, "", 1).to_string();
    assert!(
        output.contains("Warning: Error message refers to sensitive values"),
        "{output}"
    );
    assert!(!output.contains("hush\n"), "{output}");
}
