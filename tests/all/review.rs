//! `review`: what a branch changes, from git alone: a rename, a refactoring and a real change.

use insta::assert_snapshot;

use crate::harness::{Dir, Output};

const MAIN: &str = r#"
variable "zone" {
  default = "north"
}

variable "token" {
  sensitive = true
}

locals {
  host = "sms.${var.zone}.example.test"
}

resource "terraform_data" "server" {
  input = local.host
}

resource "terraform_data" "client" {
  count = 2
  input = { of = terraform_data.server.id, n = count.index, token = var.token }
}
"#;

/// A repository whose main branch has the example in a folder, and a branch that is checked out.
struct Repository(Dir);

impl Repository {
    fn new() -> Repository {
        Repository::with(MAIN)
    }

    fn with(main: &str) -> Repository {
        let repository = Repository(Dir::with(main));
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.commit();
        repository.git(&["checkout", "--quiet", "-b", "work"]);
        repository
    }

    fn git(&self, words: &[&str]) {
        let output = self.0.command("git").args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {output:?}");
    }

    fn commit(&self) {
        self.git(&["add", "."]);
        let author = ["-c", "user.name=t", "-c", "user.email=t@example.test"];
        self.git(&[&author[..], &["commit", "--quiet", "-m", "x"]].concat());
    }

    fn review(&self, line: &str) -> Output {
        let output = self.0.run(&format!("review {line}"));
        assert_eq!(output.code, Some(0), "{output}");
        output
    }
}

/// What a review prints, the commits left out.
fn text(output: &Output) -> String {
    let (first, rest) = output.stdout.split_once('\n').unwrap();
    assert!(first.starts_with("Between "), "{first}");
    rest.to_owned()
}

#[test]
fn renaming_a_local_and_moving_code_between_files_is_no_change() {
    let repository = Repository::new();
    let main = MAIN
        .replace("local.host", "local.name")
        .replace("  host =", "  name =");
    let (variables, rest) = main.split_once("locals {").unwrap();
    repository.0.write("variables.tf", variables);
    repository.0.write("main.tf", &format!("locals {{{rest}"));
    repository.commit();
    assert_snapshot!(text(&repository.review("")));
}

#[test]
fn a_rename_is_recognised() {
    let repository = Repository::new();
    let renamed = MAIN.replace("\"client\"", "\"caller\"");
    repository.0.write("main.tf", &renamed);
    repository.commit();
    assert_snapshot!(text(&repository.review("-base=main")));
    let moved = "\nmoved {\n  from = terraform_data.client\n  to   = terraform_data.caller\n}\n";
    repository.0.write("main.tf", &format!("{renamed}{moved}"));
    repository.commit();
    assert_snapshot!(text(&repository.review("")));
}

#[test]
fn a_refactoring_into_a_module_is_recognised() {
    let repository = Repository::new();
    let (_, server) = MAIN.split_once("locals {").unwrap();
    let inner = format!("variable \"zone\" {{}}\nvariable \"token\" {{}}\nlocals {{{server}");
    repository.0.write("inner/main.tf", &inner);
    let (variables, _) = MAIN.split_once("locals {").unwrap();
    let call =
        "module \"inner\" {\n  source = \"./inner\"\n  zone = var.zone\n  token = var.token\n}\n";
    repository.0.write("main.tf", &format!("{variables}{call}"));
    repository.commit();
    assert_snapshot!(text(&repository.review("")));
}

#[test]
fn a_real_change_is_shown_as_evaluated() {
    let repository = Repository::new();
    let main = MAIN
        .replace("sms.${", "voice.${")
        .replace("count = 2", "count = 3");
    repository.0.write("main.tf", &main);
    repository.commit();
    // What is not committed is not looked at.
    repository.0.write("main.tf", "nonsense {");
    let output = repository.review("-var zone=south -var token=hunter2 -report=r.md");
    assert!(!output.raw.contains("hunter2"), "{output}");
    assert_snapshot!(text(&output));
    let report = std::fs::read_to_string(repository.0.path().join("r.md")).unwrap();
    assert!(
        report.contains("voice.south.example.test") && !report.contains("hunter2"),
        "{report}"
    );
    assert!(!repository.0.has("trunkline.db"));
}

/// The vendor's app ids are in capitals (SC-02); what stands in for one is not.
#[test]
fn what_is_made_up_need_not_keep_a_vendors_rules() {
    let main = r#"
terraform {
  required_providers {
    sinchconversation = {
      source = "trunkline/sinchconversation"
    }
  }
}

resource "sinchconversation_app" "main" {
  display_name = "Support"
}

resource "sinchconversation_webhook" "main" {
  app_id   = sinchconversation_app.main.id
  target   = "https://callbacks.acme.test/one"
  triggers = ["MESSAGE_INBOUND"]
}
"#;
    let repository = Repository::with(main);
    repository
        .0
        .write("main.tf", &main.replace("test/one", "test/two"));
    repository.commit();
    assert_snapshot!(text(&repository.review("")), @r#"
    Nothing is destroyed, replaced or bought · changes 1

      ~ sinchconversation_webhook.main  (target)

    Plan: 0 to add, 1 to change, 0 to destroy.

      # sinchconversation_webhook.main will be updated in-place
      ~ resource "sinchconversation_webhook" "main" {
            id          = "8m0fi3qx"
          ~ target      = "https://callbacks.acme.test/one" -> "https://callbacks.acme.test/two"
            # (6 unchanged attributes hidden)
        }
    "#);
}

#[test]
fn what_cannot_be_compared_is_told() {
    let dir = Dir::with(MAIN);
    assert_snapshot!(dir.run("review"));
    let repository = Repository::new();
    assert_snapshot!(repository.0.run("review -base=no_such_branch"));
}
