//! Reports of a plan: every format, from a saved plan and with `plan -report`, and plans that were reviewed.

use insta::assert_snapshot;

use crate::harness::{Dir, redact};

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

#[test]
fn what_can_be_no_digest_is_refused_before_planning() {
    let dir = gone_on();
    assert_snapshot!(dir.run("apply -auto-approve -expect="), @"
    exit code 1
    --- standard error

    Error: Invalid -expect option

    The option -expect takes the digest of a plan, 64 hexadecimal digits as the
    plan's reports show them, and nothing was given: perhaps a variable of the
    pipeline is not set. Nothing was planned.
    ");
    let short = dir.run("apply -auto-approve -expect=1234abcd");
    assert_eq!((short.code, short.stdout.as_str()), (Some(1), ""));
    assert!(short.stderr.contains("\"1234abcd\" is none"), "{short}");
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

/// Checkouts that have one key have one digest before there is a state, though each makes a store of its own. With
/// another key it is another one, so that nobody learns a secret by trying digests.
#[test]
fn a_first_plan_has_one_digest_everywhere() {
    let config = "variable \"secret\" {\n  sensitive = true\n}\n\nresource \"terraform_data\" \"a\" {\n  input = var.secret\n}\n";
    let (one, mut other) = (Dir::with(config), Dir::with(config));
    for dir in [&one, &other] {
        dir.write("terraform.tfvars", "secret = \"hunter2\"\n");
    }
    let reviewed = digest(&one);
    assert_eq!(reviewed.len(), 64);
    assert_eq!(digest(&other), reviewed);
    // Reviewed in one, applied in the other.
    other.apply(&format!("-expect={reviewed}"));
    let refused = one.run(&format!(
        "apply -auto-approve -expect={reviewed} -var secret=else"
    ));
    assert_eq!(refused.code, Some(1), "{refused}");
    let third = Dir::with(config);
    third.write("terraform.tfvars", "secret = \"hunter2\"\n");
    other = third;
    other.set(
        "TRUNKLINE_STATE_KEY",
        "HxYVFBMSERAPDg0MCwoJCAcGBQQDAgEAHx4dHBsaGRg=",
    );
    assert_ne!(digest(&other), reviewed);
}

/// A long plan says first and last what is to be looked at, and its page stays as it is.
#[test]
fn a_long_plan_is_told_in_brief_first_and_last() {
    let of = |a: usize, b: &str| {
        format!(
            "resource \"terraform_data\" \"gone\" {{\n  count = {a}\n}}\n\nresource \"terraform_data\" \"kept\" {{\n  count = 9\n  triggers_replace = \"{b}\"\n}}\n"
        )
    };
    let dir = Dir::with(&of(13, "one"));
    dir.apply("");
    dir.write("main.tf", &of(1, "two"));
    let text = dir.run("plan").stdout;
    let brief =
        "\nDestroys 12, replaces 9\n\nTo look at first:\n  destroy terraform_data.gone[1]\n";
    assert_eq!(text.matches(brief).count(), 2, "{text}");
    let (before, rest) = text
        .split_once("\nTrunkline used the selected providers")
        .unwrap();
    let (page, after) = rest
        .split_once("\nPlan: 9 to add, 0 to change, 21 to destroy.\n")
        .unwrap();
    assert!(
        page.contains("# terraform_data.gone[12] will be destroyed"),
        "{text}"
    );
    let brief = &before[before.find("\nDestroys").unwrap()..];
    assert_snapshot!(brief);
    assert!(after.starts_with(brief), "{after}");
    // As a report and from a saved plan it is the same.
    assert_eq!(dir.run("plan -out=saved -report=r.txt").code, Some(0));
    assert_eq!(dir.run("show saved").stdout, report(&dir, "r.txt"));
    dir.write("main.tf", &of(2, "one"));
    assert!(!dir.run("plan").stdout.contains("To look at first"));
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
        "plan -policy=policy -out=saved -report=r.md -report=r.xml -report=r.html -report=r.json -report=r.txt -report=r.annotations",
    );
    assert_eq!(output.code, Some(5), "{output}");
    assert!(!dir.has("saved"));
    let told = output.stdout.split("to destroy.").nth(1).unwrap();
    assert_snapshot!(format!("{told}{}", output.stderr));
    for file in [
        "r.md",
        "r.xml",
        "r.html",
        "r.json",
        "r.txt",
        "r.annotations",
    ] {
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

/// A configuration that puts a secret into everything that a report tells of.
const SECRETIVE: &str = r#"
variable "secret" {
  sensitive = true
}

variable "default" {
  sensitive = true
  default   = "Default-of-a-secret-8"
}

locals {
  wrapped = "token=${var.secret};"
  nested  = { deep = [{ password = var.secret, plain = "plain" }] }
  encoded = base64encode(var.secret)
}

resource "terraform_data" "made" {
  input = local.nested
}

resource "terraform_data" "changed" {
  input = "${STAGE}-${local.wrapped}"
}

resource "terraform_data" "replaced" {
  triggers_replace = [local.encoded, "${STAGE}"]
}

resource "terraform_data" "text" {
  input = "first\n${var.secret}\n${STAGE}\n"
}

resource "terraform_data" "document" {
  input = jsonencode({ stage = "${STAGE}", key = var.secret, default = var.default })
}

resource "terraform_data" "user" {
  count = length(var.secret) > 3 ? 1 : 0
  input = terraform_data.made.output

  lifecycle {
    postcondition {
      condition     = "${STAGE}" == "one" || length(var.secret) > 100
      error_message = "The stage is not one."
    }
  }
}

check "length" {
  assert {
    condition     = length(var.secret) > 100
    error_message = "It is too short: ${nonsensitive(length(var.secret))}."
  }
}

output "secret" {
  value     = "${STAGE}-${var.secret}"
  sensitive = true
}

output "plain" {
  value = "${STAGE}"
}
"#;

/// No report of a plan, and no text of `why`, `review` and `plan -compact`, holds a secret, in clear or encoded: neither
/// what is marked, nor what a provider gives back of it, which Terraform does not mark and its text shows.
#[test]
fn no_report_holds_a_secret() {
    const SECRETS: [&str; 2] = ["Hunter2-\"&<'s secret", "Default-of-a-secret-8"];
    // Tests stay clear of what fails a plan.
    let at = |stage: &str, more: &str| {
        let text = SECRETIVE.replace("${STAGE}", stage);
        text.replace("postcondition", "precondition")
            .replace(&format!("\"{stage}\" == \"one\" ||"), "true ||")
            + more
    };
    let dir = Dir::with(&at(
        "one",
        "\nresource \"terraform_data\" \"gone\" {\n  input = var.secret\n}\n",
    ));
    dir.write(
        "terraform.tfvars.json",
        &serde_json::json!({ "secret": SECRETS[0] }).to_string(),
    );
    dir.write(
        "policy/a.rego",
        "package main\n\nimport rego.v1\n\nwarn contains msg if {\n\tsome c in input.resource_changes\n\tmsg := sprintf(\"%v\", [c])\n}\n\nwarn contains msg if {\n\tmsg := sprintf(\"%v\", [input.configuration])\n}\n",
    );
    let git = |words: &[&str]| {
        let author = ["-c", "user.name=t", "-c", "user.email=t@example.test"];
        let mut git = dir.command("git");
        let output = git.args([&author[..], words].concat()).output().unwrap();
        assert!(output.status.success(), "{words:?}: {output:?}");
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    let commit = || {
        git(&["add", "main.tf", "terraform.tfvars.json"]);
        git(&["commit", "--quiet", "-m", "x"]);
    };
    commit();
    assert_eq!(dir.run("init").code, Some(0));
    dir.apply("");
    git(&["checkout", "--quiet", "-b", "work"]);
    dir.write("main.tf", &at("two", ""));
    commit();
    let formats = ["md", "html", "json", "annotations", "xml", "txt"];
    let files = |name: &str| -> String { formats.map(|f| format!("-report={name}.{f}")).join(" ") };
    let mut told = Vec::new();
    for line in [
        format!("plan -policy=policy {}", files("plan")),
        "plan -compact -policy=policy".into(),
        "plan -out=saved".into(),
        "plan -json".into(),
        format!("plan -destroy {}", files("destroy")),
        "why terraform_data.changed".into(),
        "why terraform_data.replaced".into(),
        "why terraform_data.user".into(),
        "why terraform_data.document".into(),
        format!("review {}", files("review")),
        format!("review -state=false {}", files("without")),
        "show -format=json -policy=policy saved".into(),
        "show -format=html saved".into(),
        "history show 1".into(),
        "state list -long".into(),
    ] {
        let output = dir.run(&line);
        assert_eq!(output.code, Some(0), "{line}: {output}");
        // The text of a plan and of history are Terraform's, and show what it would.
        let ours = [
            "plan -compact",
            "plan -json",
            "why",
            "review",
            "show -format",
            "state list",
        ];
        if ours.iter().any(|own| line.starts_with(own)) {
            told.push((line, output.raw + &output.stderr));
        }
    }
    for name in ["plan", "destroy", "review", "without"] {
        for format in formats {
            let file = format!("{name}.{format}");
            let text = std::fs::read_to_string(dir.path().join(&file)).unwrap();
            assert!(text.contains("terraform_data"), "{file} is empty");
            told.push((file, text));
        }
    }
    let mut found = Vec::new();
    for (what, text) in &told {
        for secret in SECRETS {
            for (form, needle) in crate::secrets::forms(secret) {
                let bytes = text.as_bytes();
                if bytes.windows(needle.len()).any(|w| w == needle) {
                    found.push(format!("{secret:?} {form} in {what}"));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

const EVERY_FORMAT: &str =
    "-report=r.md -report=r.html -report=r.json -report=r.annotations -report=r.xml -report=r.txt";

/// Who reads a report of a plan that failed learns there what is to be mended.
#[test]
fn a_report_tells_what_planning_ended_with() {
    let dir = Dir::with(
        r#"
variable "secret" {
  sensitive = true
  default   = "hunter2"
}

resource "terraform_data" "well" {
  input = var.secret
}

resource "terraform_data" "ill" {
  lifecycle {
    precondition {
      condition     = var.secret == ""
      error_message = "Not today, <b>${terraform_data.well.input == "x" ? "x" : "please"}</b>."
    }
  }
}
"#,
    );
    let planned = dir.run(&format!("plan {EVERY_FORMAT}"));
    assert_eq!(planned.code, Some(1), "{planned}");
    let read = |file: &str| std::fs::read_to_string(dir.path().join(file)).unwrap();
    assert_snapshot!(read("r.md"));
    assert_snapshot!(read("r.annotations"));
    assert_snapshot!(read("r.xml"));
    let page = read("r.html");
    assert!(
        page.contains("<h3>Resource precondition failed · <code>main.tf:14</code>"),
        "{page}"
    );
    assert!(
        !page.contains("<b>") && !page.contains("To apply this"),
        "{page}"
    );
    let json: serde_json::Value = serde_json::from_str(&read("r.json")).unwrap();
    let problem = &json["trunkline"]["problems"][0];
    assert_eq!(problem["summary"], "Resource precondition failed");
    assert_eq!(
        (&problem["file"], &problem["line"]),
        (&"main.tf".into(), &14.into())
    );
    assert_eq!(json["trunkline"].get("digest"), None);
    assert!(read("r.txt").contains("Error: Resource precondition failed"));
    for file in [
        "r.md",
        "r.html",
        "r.json",
        "r.annotations",
        "r.xml",
        "r.txt",
    ] {
        assert!(!read(file).contains("hunter2"), "{file}");
    }
}

/// Nor is there a report of an earlier run, or none at all, where it could not even begin.
#[test]
fn a_report_is_written_where_planning_could_not_begin() {
    let dir = Dir::with(
        "output \"o\" {\n  value = var.nope\n}\n\noutput \"p\" {\n  value = local.nope\n}\n",
    );
    let planned = dir.run(&format!("plan {EVERY_FORMAT}"));
    assert_eq!(planned.code, Some(1), "{planned}");
    let read = |file: &str| redact(&std::fs::read_to_string(dir.path().join(file)).unwrap());
    assert_snapshot!(read("r.md"));
    assert_snapshot!(read("r.annotations"));
    assert_snapshot!(read("r.xml"));
    assert_snapshot!(read("r.txt"));
    assert_snapshot!(read("r.json"));
    let page = read("r.html");
    assert_eq!(page.matches("<h3>").count(), 2, "{page}");
    assert!(
        page.contains("Planning ended with errors: there is nothing to apply."),
        "{page}"
    );
}
