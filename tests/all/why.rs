//! `why`: chains from planned changes to the inputs that they come of.

use insta::assert_snapshot;

use crate::harness::Dir;

const MAIN: &str = r#"
variable "zone" {
  default = "north"
}

variable "owner" {
  default = "ops"
}

variable "secret" {
  sensitive = true
  default   = "hunter2-a"
}

locals {
  host  = "sms.${var.zone}.example.test"
  names = { first = "one", second = "two" }
}

resource "terraform_data" "server" {
  input            = { host = local.host, owner = var.owner, fixed = "same" }
  triggers_replace = [local.host]
}

resource "terraform_data" "user" {
  input = { of = terraform_data.server.id, own = "value" }
}

module "inner" {
  source = "./inner"
  target = terraform_data.server.output.host
  name   = local.names.second
}

resource "terraform_data" "follower" {
  input = "constant"
  lifecycle {
    replace_triggered_by = [terraform_data.server.id]
  }
}

resource "terraform_data" "named" {
  for_each = toset(["a", "b"])
  input    = each.key
}

resource "terraform_data" "guarded" {
  input = "key=${var.secret}"
}

resource "terraform_data" "quiet" {
}
"#;

const INNER: &str = r#"
variable "target" {}
variable "name" {}

resource "terraform_data" "client" {
  input = "${var.name}@${var.target}"
}
"#;

fn applied() -> Dir {
    let dir = Dir::with(MAIN);
    dir.write("inner/main.tf", INNER);
    assert_eq!(dir.run("init").code, Some(0));
    dir.apply("");
    dir
}

#[test]
fn the_chain_goes_down_to_the_input() {
    let dir = applied();
    let why = |address: &str| dir.run(&format!("why -var zone=south {address}"));
    assert_snapshot!(why("terraform_data.server"));
    assert_snapshot!(why("terraform_data.user"));
    assert_snapshot!(why("module.inner"));
    assert_snapshot!(why("terraform_data.follower"));
    assert_snapshot!(why("terraform_data.quiet"));
    assert_snapshot!(why("terraform_data.not_there"));
}

#[test]
fn what_is_written_itself_and_instances() {
    let dir = applied();
    let main = MAIN
        .replace("own = \"value\"", "own = \"other\"")
        .replace("[\"a\", \"b\"]", "[\"b\", \"c\"]")
        .replace("second = \"two\"", "second = \"zwei\"");
    dir.write("main.tf", &main);
    assert_eq!(dir.run("plan -out=saved").code, Some(0));
    assert_snapshot!(dir.run("why -plan=saved terraform_data.user"));
    assert_snapshot!(dir.run("why -plan=saved terraform_data.named"));
    assert_snapshot!(dir.run("why -plan=saved module.inner.terraform_data.client"));
}

/// A sensitive value has a chain of names; what is written for it is not told, wherever it stands.
#[test]
fn secrets_are_not_told() {
    let dir = applied();
    let main = MAIN
        .replace("hunter2-a", "hunter2-b")
        .replace("own = \"value\"", "own = nonsensitive(\"hunter2-b\")");
    dir.write("main.tf", &main);
    let output = dir.run("why terraform_data.guarded");
    assert!(!output.raw.contains("hunter2"), "{output}");
    assert_snapshot!(output);
    let output = dir.run("why terraform_data.user");
    assert!(!output.raw.contains("hunter2"), "{output}");
}

#[test]
fn reports_tell_causes() {
    let dir = applied();
    assert_eq!(dir.run("plan -var zone=south -report=r.md").code, Some(0));
    let text = std::fs::read_to_string(dir.path().join("r.md")).unwrap();
    let told: Vec<&str> = text
        .lines()
        .filter(|l| l.starts_with("**") || l.starts_with("<br>"))
        .collect();
    assert_snapshot!(told.join("\n"));
}

/// A layered graph, each layer referring to the whole one before: the work is bounded.
#[test]
fn many_references_are_told_in_part() {
    let mut main = String::from(
        "variable \"v\" {\n  default = \"a\"\n}\nresource \"terraform_data\" \"l0\" {\n  count = 40\n  triggers_replace = \"${var.v}-${count.index}\"\n}\n",
    );
    for n in 1..6 {
        main.push_str(&format!(
            "resource \"terraform_data\" \"l{n}\" {{\n  count = 40\n  triggers_replace = sha1(join(\"\", terraform_data.l{}[*].id))\n}}\n",
            n - 1
        ));
    }
    let dir = Dir::with(&main);
    dir.apply("");
    let output = dir.run("why -var v=b terraform_data.l5[3]");
    assert_eq!(output.code, Some(0), "{output}");
    assert!(output.stdout.lines().count() < 80, "{output}");
    assert!(output.stdout.contains("var.v"), "{output}");
}

/// What the last run's variables were is known: which input has changed, and which has not, whatever the values say.
#[test]
fn inputs_are_compared_with_those_of_the_last_run() {
    let main = r#"
variable "kept" {}
variable "other" {}
variable "secret" {
  sensitive = true
}
variable "list" {
  type = list(string)
}

resource "terraform_data" "a" {
  input = sha1("${var.kept}/${var.other}")
}

resource "terraform_data" "b" {
  input = sha1(var.secret)
}

resource "terraform_data" "c" {
  input = length(var.list)
}
"#;
    let dir = Dir::with(main);
    let given = |other: &str, secret: &str, list: &str| {
        dir.write(
            "terraform.tfvars",
            &format!("kept = \"k\"\nother = \"{other}\"\nsecret = \"{secret}\"\nlist = {list}\n"),
        );
    };
    given("one", "hunter2-a", "[\"x\"]");
    dir.apply("");
    given("two", "hunter2-b", "[\"x\", \"y\"]");
    assert_snapshot!(dir.run("why terraform_data.a").stdout);
    let output = dir.run("why terraform_data.b");
    assert!(!output.raw.contains("hunter2"), "{output}");
    assert_snapshot!(output.stdout);
    assert_snapshot!(dir.run("why terraform_data.c").stdout);
}

/// A replacement that was asked for is the end of a chain, and what it brings about is told with it.
#[test]
fn a_replacement_that_is_asked_for_is_followed() {
    let dir = applied();
    let line = "-replace=terraform_data.server";
    assert_snapshot!(
        dir.run(&format!("why {line} terraform_data.follower"))
            .stdout
    );
    assert_snapshot!(dir.run(&format!("why {line} module.inner")).stdout);
    let compact = dir.run(&format!("plan -compact {line}")).stdout;
    assert!(
        compact.contains("-/+ terraform_data.server  (-replace asks for its replacement)"),
        "{compact}"
    );
}
