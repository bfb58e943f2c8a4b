//! Reports of a plan: every format, from a saved plan and with `plan -report`, and plans that were reviewed.

use insta::assert_snapshot;

use crate::harness::Dir;

const BEFORE: &str = r#"
resource "terraform_data" "gone" {
  input = "old"
}

resource "terraform_data" "replaced" {
  triggers_replace = "one"
}

resource "terraform_data" "changed" {
  input = { greeting = "hello", text = "first\nsecond\n" }
}

resource "terraform_data" "here" {
}

resource "terraform_data" "same" {
}

output "word" {
  value = "old"
}
"#;

const AFTER: &str = r#"
resource "terraform_data" "replaced" {
  triggers_replace = "two"
}

resource "terraform_data" "changed" {
  input = { greeting = "good day", text = "first\nother\n", secret = var.secret }
}

resource "terraform_data" "there" {
}

moved {
  from = terraform_data.here
  to   = terraform_data.there
}

resource "terraform_data" "same" {
}

module "more" {
  source = "./more"
}

variable "secret" {
  sensitive = true
  default   = "hunter2"
}

output "word" {
  value = "new"
}
"#;

/// A directory whose configuration has gone on since it was applied.
pub fn gone_on() -> Dir {
    let dir = Dir::with(BEFORE);
    dir.apply("");
    dir.write("main.tf", AFTER);
    dir.write(
        "more/main.tf",
        "resource \"terraform_data\" \"n\" {\n  count = 2\n  input = count.index\n}\n",
    );
    assert_eq!(dir.run("init").code, Some(0));
    dir
}

/// The digest that a report shows.
fn digest(dir: &Dir) -> String {
    let output = dir.run("plan -report=digest.md");
    assert_eq!(output.code, Some(0), "{output}");
    let text = std::fs::read_to_string(dir.path().join("digest.md")).unwrap();
    let digest = text.split("Digest `").nth(1).unwrap();
    digest.split('`').next().unwrap().to_owned()
}

fn report(dir: &Dir, name: &str) -> String {
    crate::harness::redact(&std::fs::read_to_string(dir.path().join(name)).unwrap())
}

#[test]
fn markdown_answers_in_order() {
    let dir = gone_on();
    assert_eq!(dir.run("plan -report=r.md").code, Some(0));
    let text = report(&dir, "r.md").replace(&digest(&dir), "[DIGEST]");
    assert_snapshot!(text);
}

#[test]
fn a_report_of_a_saved_plan_is_that_of_planning() {
    let dir = gone_on();
    let line = "plan -out=saved -report=r.md -report=r.json -report=r.xml -report=r.annotations -report=r.txt";
    assert_eq!(dir.run(line).code, Some(0));
    // What the directory holds by now is not looked at.
    dir.write("main.tf", "");
    for (format, file) in [
        ("markdown", "r.md"),
        ("json", "r.json"),
        ("junit", "r.xml"),
        ("annotations", "r.annotations"),
        ("text", "r.txt"),
    ] {
        let shown = dir.run(&format!("show -format={format} saved"));
        assert_eq!(
            (shown.code, shown.stderr.as_str()),
            (Some(0), ""),
            "{shown}"
        );
        assert_eq!(shown.stdout, report(&dir, file), "{format}");
        assert!(!shown.raw.contains("hunter2"), "{format} shows a secret");
    }
}

#[test]
fn the_document_for_programs_has_no_secret() {
    let dir = gone_on();
    assert_eq!(dir.run("plan -out=saved -report=r.json").code, Some(0));
    let text = std::fs::read_to_string(dir.path().join("r.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["format_version"], "1.2");
    let with = dir.run("show -json saved").raw;
    assert!(with.contains("hunter2") && !text.contains("hunter2"));
}

#[test]
fn annotations_and_junit() {
    let dir = gone_on();
    assert_eq!(
        dir.run("plan -report=r.annotations -report=r.xml").code,
        Some(0)
    );
    assert_snapshot!(format!(
        "{}{}",
        report(&dir, "r.annotations"),
        report(&dir, "r.xml")
    ));
}

#[test]
fn a_re_run_gives_the_same_text() {
    let dir = gone_on();
    for n in 0..2 {
        assert_eq!(dir.run(&format!("plan -report={n}.md")).code, Some(0));
    }
    assert_eq!(report(&dir, "0.md"), report(&dir, "1.md"));
}

#[test]
fn a_plan_of_two_thousand_changes_fits_in_a_comment() {
    let dir = Dir::with(&format!(
        "resource \"terraform_data\" \"gone\" {{\n  for_each = toset([for n in range(1000) : \"{}-${{n}}\"])\n}}\n",
        "a-rather-long-name".repeat(3)
    ));
    dir.apply("");
    dir.write(
        "main.tf",
        "resource \"terraform_data\" \"new\" {\n  count = 1000\n  input = { n = count.index, words = \"some words\" }\n}\n",
    );
    assert_eq!(dir.run("plan -report=r.md").code, Some(0));
    let text = report(&dir, "r.md").replace(&digest(&dir), "[DIGEST]");
    assert!(text.len() <= 65_536, "{}", text.len());
    let named = text.matches("\n- **destroy** ").count();
    let counted = text
        .split("- destroy: ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    assert_eq!(named + counted.parse::<usize>().unwrap(), 1000);
    // The names are long; what is around them is looked at.
    let lines = text
        .lines()
        .filter(|l| !l.starts_with("- **destroy** `terraform_data.gone["));
    let lines: Vec<&str> = lines.collect();
    assert_snapshot!(lines.join("\n"));
}

#[test]
fn endings_and_formats_that_there_are_not_are_told_before_planning() {
    let dir = gone_on();
    assert_snapshot!(dir.run("plan -report=a.pdf -report=b"));
    assert_snapshot!(dir.run("show -format=pdf saved"));
    assert_snapshot!(dir.run("show -format=markdown"));
}

#[test]
fn only_what_was_reviewed_is_applied() {
    let dir = gone_on();
    let reviewed = digest(&dir);
    assert_eq!(dir.run("plan -out=saved").code, Some(0));
    assert_eq!(dir.run("plan -out=other -var secret=another").code, Some(0));
    let refused = dir.run(&format!("apply -expect={reviewed} other"));
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(
        refused.stderr.contains("The plan is not the expected one"),
        "{refused}"
    );
    let refused = dir.run(&format!(
        "apply -auto-approve -expect={reviewed} -var secret=another"
    ));
    assert_eq!(refused.code, Some(1), "{refused}");
    let applied = dir.run(&format!("apply -expect={reviewed} saved"));
    assert_eq!(applied.code, Some(0), "{applied}");
}

/// The same change in another checkout with the same key, which is another machine's, has the same digest.
#[test]
fn another_checkout_has_the_same_digest() {
    let dir = gone_on();
    let reviewed = digest(&dir);
    let other = Dir::empty();
    for file in ["main.tf", "more/main.tf", "trunkline.db"] {
        let to = other.path().join(file);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(dir.path().join(file), to).unwrap();
    }
    assert_eq!(other.run("init").code, Some(0));
    let output = other.run(&format!("apply -auto-approve -expect={reviewed}"));
    assert_eq!(output.code, Some(0), "{output}");
}

/// What a policy forbids is neither saved nor applied, and every report says so.
#[test]
fn policies_are_asked() {
    let dir = Dir::with("resource \"terraform_data\" \"a\" {\n  input = \"x\"\n}\n");
    dir.write(
        "policy/a.rego",
        "package main\n\nimport rego.v1\n\ndeny contains msg if {\n\tsome c in input.resource_changes\n\tc.change.after.input == \"x\"\n\tmsg := sprintf(\"%s must not be x\", [c.address])\n}\n\nwarn_always contains {\"msg\": \"look closely\"} if true\n",
    );
    let output = dir.run(
        "plan -policy=policy -out=saved -report=r.md -report=r.xml -report=r.html -report=r.json",
    );
    assert_eq!(output.code, Some(5), "{output}");
    assert!(!dir.has("saved"));
    let told = output.stdout.split("to destroy.").nth(1).unwrap();
    assert_snapshot!(format!("{told}{}", output.stderr));
    for file in ["r.md", "r.xml", "r.html", "r.json"] {
        let text = report(&dir, file);
        assert!(
            text.contains("must not be x") && text.contains("look closely"),
            "{file}"
        );
    }
    assert_eq!(dir.run("apply -auto-approve -policy=policy").code, Some(5));
    assert!(dir.run("state list").stdout.is_empty());
    dir.write(
        "main.tf",
        "resource \"terraform_data\" \"a\" {\n  input = \"y\"\n}\n",
    );
    assert_eq!(dir.run("apply -auto-approve -policy=policy").code, Some(0));
    assert_snapshot!(dir.run("plan -policy=not_there"));
}

#[test]
fn a_plan_in_one_line_a_change() {
    let dir = gone_on();
    let output = dir.run("plan -compact");
    let at = output.stdout.find("\nDestroys").unwrap();
    assert_snapshot!(output.stdout[at..]);
}

#[test]
fn the_state_as_a_table() {
    let dir = gone_on();
    assert_snapshot!(dir.run("state list -long"));
    assert_snapshot!(dir.run("state list -long terraform_data.same"));
}
