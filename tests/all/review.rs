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

/// Values may be kept where git has nothing to do with them. What is not named is looked for at the commits only.
#[test]
fn a_file_of_values_that_is_named_may_be_outside_of_git() {
    let repository = Repository::new();
    let main = MAIN.replace("sms.${", "voice.${");
    repository.0.write("main.tf", &main);
    repository.commit();
    let values = "zone  = \"south\"\ntoken = \"hunter2\"\n";
    for name in ["../values.tfvars", "untracked.tfvars"] {
        std::fs::write(repository.0.path().join(name), values).unwrap();
        let output = repository.review(&format!("-var-file={name}"));
        assert!(output.raw.contains("voice.south.example.test"), "{output}");
        assert!(!output.raw.contains("hunter2"), "{output}");
    }
    repository.0.write("more.auto.tfvars", "zone = \"east\"\n");
    let output = repository.review("-var token=x");
    assert!(output.raw.contains("voice.north.example.test"), "{output}");
    let missing = repository.0.run("review -var-file=nowhere.tfvars");
    assert_eq!(missing.code, Some(1), "{missing}");
    assert!(
        missing.stderr.contains("nowhere.tfvars does not exist"),
        "{missing}"
    );
}

/// With a state at hand the plans on it are compared: what is planned without the branch too is not the branch's.
#[test]
fn with_a_state_the_plans_are_compared() {
    let main = r#"
variable "zone" {}

resource "terraform_data" "due" {
  input = "${var.zone}-one"
}

resource "terraform_data" "server" {
  triggers_replace = "a"
  input            = var.zone
}

resource "terraform_data" "gone" {
}

resource "terraform_data" "old" {
  input = "kept"
}

output "zone" {
  value = terraform_data.server.input
}
"#;
    let repository = Repository::with(main);
    assert_eq!(repository.0.run("init").code, Some(0));
    repository.0.apply("-var zone=north");
    // The base goes on: what is due on it is due with the branch too.
    repository.git(&["checkout", "--quiet", "main"]);
    let due = main.replace("-one", "-two");
    let pending = "\nresource \"terraform_data\" \"pending\" {\n}\n";
    repository.0.write("main.tf", &format!("{due}{pending}"));
    repository.commit();
    repository.git(&["checkout", "--quiet", "-b", "change"]);
    let head = due
        .replace("triggers_replace = \"a\"", "triggers_replace = \"b\"")
        .replace("resource \"terraform_data\" \"gone\" {\n}\n", "")
        .replace("\"old\"", "\"new\"")
        .replace("value = terraform_data", "value = \"x\" # terraform_data");
    repository.0.write(
        "main.tf",
        &format!(
            "{head}\nmoved {{\n  from = terraform_data.old\n  to   = terraform_data.new\n}}\n"
        ),
    );
    repository.commit();
    let files = ["md", "html", "json", "annotations", "xml", "txt"];
    let line: Vec<String> = files.iter().map(|f| format!("-report=r.{f}")).collect();
    let serial = repository.0.state()["serial"].clone();
    let output = repository.review(&line.join(" "));
    assert_snapshot!(text(&output));
    // Nothing is written to the state, and nothing waits for its lock.
    assert_eq!(repository.0.state()["serial"], serial);
    let read = |file: &str| std::fs::read_to_string(repository.0.path().join(file)).unwrap();
    for file in files {
        let text = read(&format!("r.{file}"));
        assert!(text.contains("terraform_data.gone"), "{file}: {text}");
    }
    assert_snapshot!("review_on_state_markdown", read("r.md"));
    let json: serde_json::Value = serde_json::from_str(&read("r.json")).unwrap();
    let found = &json["trunkline"]["review"]["on_state"];
    assert_eq!(found["alike"], 1, "{found}");
    assert_eq!(found["planned"][0]["now"], "destroy");
    assert!(read("r.txt").ends_with(&text(&output)), "{}", read("r.txt"));
    assert!(!read("r.md").contains("apply -expect"));
    // Without the state only the configurations are compared, and again gives the same text.
    let without = repository.review("-state=false -var zone=north -report=a.md");
    assert!(!without.stdout.contains("On the state"), "{without}");
    repository.review("-state=false -var zone=north -report=b.md");
    assert_eq!(read("a.md"), read("b.md"));
}

/// A state that cannot be read is no hindrance, and said to be left out.
#[test]
fn a_state_that_cannot_be_read_is_left_out() {
    let mut repository = Repository::new();
    assert_eq!(repository.0.run("init").code, Some(0));
    repository.0.apply("-var token=x");
    repository
        .0
        .write("main.tf", &MAIN.replace("sms.${", "voice.${"));
    repository.commit();
    repository.0.set(
        "TRUNKLINE_STATE_KEY",
        "HxYVFBMSERAPDg0MCwoJCAcGBQQDAgEAHx4dHBsaGRg=",
    );
    let output = repository.review("");
    assert!(output.stdout.contains("The state was left out"), "{output}");
    assert!(
        output.stdout.contains("voice.north.example.test"),
        "{output}"
    );
}

/// What a vendor cannot change in place is replaced, as its provider says without a call.
#[test]
fn replacements_are_told_apart() {
    let repository =
        Repository::with("resource \"terraform_data\" \"a\" {\n  triggers_replace = 1\n}\n");
    repository.0.write(
        "main.tf",
        "resource \"terraform_data\" \"a\" {\n  triggers_replace = 2\n}\n",
    );
    repository.commit();
    assert_snapshot!(text(&repository.review("")));
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

/// An example's repository, on a branch of its own.
fn example() -> Repository {
    let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sinch-contact-pro");
    let repository = Repository(Dir::empty());
    crate::stage::copy(&from, &repository.0.path(), false);
    repository.git(&["init", "--quiet", "--initial-branch=main"]);
    repository.commit();
    repository.git(&["checkout", "--quiet", "-b", "work"]);
    repository
}

impl Repository {
    /// Puts other words into every configuration file that has some, and commits.
    fn edit(&self, pairs: &[(&str, &str)]) {
        for name in self.0.files().iter().filter(|n| n.ends_with(".tf")) {
            let path = self.0.path().join(name);
            let text = std::fs::read_to_string(&path).unwrap();
            let edited = pairs.iter().fold(text, |text, (a, b)| text.replace(a, b));
            std::fs::write(path, edited).unwrap();
        }
        self.commit();
    }

    /// Everything that a review writes: for the terminal, and the report for a request.
    fn whole(&self) -> String {
        let output = self.review("-sandbox -report=r.md");
        let report = std::fs::read_to_string(self.0.path().join("r.md")).unwrap();
        let whole = format!("{}==== r.md\n{report}", text(&output));
        crate::stage::places_in_words(&self.0.path(), &whole)
    }
}

#[test]
fn a_branch_of_an_example_renames_a_queue() {
    let repository = example();
    repository.edit(&[
        (
            "\"sinchcontactpro_queue\" \"chat\"",
            "\"sinchcontactpro_queue\" \"customers\"",
        ),
        (
            "sinchcontactpro_queue.chat",
            "sinchcontactpro_queue.customers",
        ),
    ]);
    assert_snapshot!(repository.whole());
}

#[test]
fn a_branch_of_an_example_makes_a_module_of_its_queues() {
    let repository = example();
    let path = repository.0.path();
    let queues = std::fs::read_to_string(path.join("queues.tf")).unwrap();
    let queues: Vec<&str> = queues
        .lines()
        .filter(|l| !l.contains("depends_on"))
        .collect();
    repository.0.write(
        "queues/main.tf",
        &format!(
            "terraform {{\n  required_providers {{\n    sinchcontactpro = {{\n      source = \"trunkline/sinchcontactpro\"\n    }}\n  }}\n}}\n\nvariable \"conversation\" {{}}\n\nvariable \"sms_number\" {{}}\n\n{}\n\noutput \"chat\" {{\n  value = sinchcontactpro_queue_address.chat\n}}\n\noutput \"sms\" {{\n  value = sinchcontactpro_queue_address.sms\n}}\n",
            queues.join("\n")
        ),
    );
    repository.0.write(
        "queues.tf",
        "module \"queues\" {\n  source       = \"./queues\"\n  conversation = var.conversation\n  sms_number   = var.sms_number\n  depends_on   = [sinchcontactpro_messaging_service.conversation]\n}\n",
    );
    repository.edit(&[
        (
            "[sinchcontactpro_queue_address.chat, sinchcontactpro_queue_address.sms]",
            "[module.queues]",
        ),
        ("sinchcontactpro_queue_address.chat", "module.queues.chat"),
        ("sinchcontactpro_queue_address.sms", "module.queues.sms"),
    ]);
    assert_snapshot!(repository.whole());
}

#[test]
fn a_branch_of_an_example_changes_what_is_there() {
    let repository = example();
    repository.edit(&[
        ("\"Customer Chat\"", "\"Customer Care\""),
        ("\"telegram\", \"line\", ", "\"telegram\", "),
        ("v23.0/me/messages", "v24.0/me/messages"),
    ]);
    assert_snapshot!(repository.whole());
}

#[test]
fn what_cannot_be_compared_is_told() {
    let dir = Dir::with(MAIN);
    assert_snapshot!(dir.run("review"));
    let repository = Repository::new();
    assert_snapshot!(repository.0.run("review -base=no_such_branch"));
}
