//! The same configurations with Terraform itself, where version 1.11.4 of it is installed: the plan's text must be the
//! same but for the product's name and the advice under the last rule.
//!
//! Without Terraform it says so and passes; it never asks the network (`terraform_data` is built into the binary).

use std::process::Command;
use std::sync::OnceLock;

use crate::harness::{Dir, redact};

/// The Terraform to compare with.
pub fn terraform() -> Option<&'static str> {
    static FOUND: OnceLock<bool> = OnceLock::new();
    let found = *FOUND.get_or_init(|| {
        let version = Command::new("terraform")
            .arg("version")
            .env_remove("TF_CLI_CONFIG_FILE")
            .output();
        let found = version
            .is_ok_and(|v| String::from_utf8_lossy(&v.stdout).starts_with("Terraform v1.11.4\n"));
        if !found {
            skipped();
        }
        found
    });
    found.then_some("terraform")
}

#[expect(clippy::print_stdout, reason = "a test that checks nothing says so")]
fn skipped() {
    println!("skipped: Terraform 1.11.4 is not installed");
}

/// One configuration in two directories, one for each program.
struct Pair {
    ours: Dir,
    theirs: Dir,
}

impl Pair {
    fn new(files: &[(&str, &str)]) -> Option<Pair> {
        terraform()?;
        let pair = Pair {
            ours: Dir::empty(),
            theirs: Dir::empty(),
        };
        pair.write(files);
        let (_, text) = pair.theirs(&["init", "-no-color"]);
        assert!(text.contains("successfully initialized"), "{text}");
        Some(pair)
    }

    fn write(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            self.ours.write(name, text);
            self.theirs.write(name, text);
        }
    }

    fn theirs(&self, args: &[&str]) -> (Option<i32>, String) {
        let mut command = self.theirs.command(terraform().unwrap());
        command.env("CHECKPOINT_DISABLE", "1").args(args);
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    }

    /// Applies in both.
    fn apply(&self) {
        self.ours.apply("");
        let (code, text) = self.theirs(&["apply", "-auto-approve", "-no-color"]);
        assert_eq!(code, Some(0), "{text}");
    }

    /// Looks at what there is in both, in every form.
    fn show(&self) {
        for line in [
            "show -no-color",
            "state list",
            "output -no-color",
            "output -json",
            "show -json",
        ] {
            let args: Vec<&str> = line.split(' ').collect();
            let ours = self.ours.run_args(&args);
            let (code, text) = self.theirs(&args);
            let (theirs, mine) = (shown(&text), shown(&ours.raw));
            assert!(mine == theirs, "{line}: {}", difference(&theirs, &mine));
            assert_eq!(ours.code, code, "{line}");
        }
    }

    /// Plans in both; text and exit code must agree.
    fn compare(&self, options: &[&str]) {
        let args = [
            &["plan", "-no-color", "-input=false", "-detailed-exitcode"],
            options,
        ]
        .concat();
        let ours = self.ours.run_args(&args);
        let (code, text) = self.theirs(&args);
        let theirs = plain(&text);
        let mine = plain(&format!("{}{}", ours.raw, ours.stderr));
        assert!(mine == theirs, "{}", difference(&theirs, &mine));
        assert_eq!(ours.code, code);
    }
}

/// What a command shows, with ids redacted; JSON on several lines, so that a difference is small, and sorted, because
/// the order of its members means nothing.
fn shown(text: &str) -> String {
    let text = redact(text)
        .replace("terraform ", "[COMMAND] ")
        .replace("trunkline ", "[COMMAND] ");
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(mut json) => {
            json.sort_all_objects();
            format!("{json:#}\n")
        }
        Err(_) => text,
    }
}

/// The text without the product's name, ids, the order of reading, and the advice at its end.
fn plain(text: &str) -> String {
    let text = redact(text)
        .replace("Terraform", "[PRODUCT]")
        .replace("Trunkline", "[PRODUCT]");
    let text = text.split("\n────").next().unwrap().trim();
    let (mut reads, rest): (Vec<&str>, Vec<&str>) = text
        .lines()
        .partition(|l| l.contains(": Refreshing state...") || l.contains(": Reading..."));
    reads.sort_unstable();
    // The product's names have different lengths, so paragraphs are wrapped in different places.
    let mut joined: Vec<String> = Vec::new();
    for line in rest {
        match joined.last_mut() {
            Some(last) if prose(line) && prose(last) => *last = format!("{last} {line}"),
            _ => joined.push(line.trim_end().to_owned()),
        }
    }
    // What warnings say beyond their summary is each product's own.
    let mut own = false;
    joined.retain(|line| {
        own = line.starts_with("Warning: ") || own && (line.is_empty() || prose(line));
        !own || line.starts_with("Warning: ")
    });
    let joined = joined.join("\n");
    format!("{}\n{}\n", reads.join("\n"), joined.trim())
}

/// A line of a paragraph, as against one of a plan.
fn prose(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '[') && !line.ends_with(':')
}

fn difference(theirs: &str, mine: &str) -> String {
    let diff = similar::TextDiff::from_lines(theirs, mine);
    format!(
        "Terraform (-) and Trunkline (+) differ:\n{}",
        diff.unified_diff().context_radius(4)
    )
}

/// Plans `before` in an empty state, and again and its destruction where it was applied; then the change to `after`.
fn check(before: &str, after: &str) {
    let Some(pair) = Pair::new(&[("main.tf", before)]) else {
        return;
    };
    pair.compare(&[]);
    pair.apply();
    pair.compare(&[]);
    pair.compare(&["-destroy"]);
    pair.show();
    pair.write(&[("main.tf", after)]);
    pair.compare(&[]);
    pair.apply();
    pair.compare(&[]);
}

#[test]
fn scalars() {
    check(
        r#"
resource "terraform_data" "a" {
  input = "x"
}
resource "terraform_data" "b" {
  input = 5
}
resource "terraform_data" "c" {
  input = true
}
resource "terraform_data" "d" {}
"#,
        r#"
resource "terraform_data" "a" {
  input = "y"
}
resource "terraform_data" "b" {
  input = "5"
}
resource "terraform_data" "c" {}
resource "terraform_data" "d" {
  input = 0.5
}
"#,
    );
}

#[test]
fn objects_and_lists() {
    check(
        r#"
resource "terraform_data" "a" {
  input = {
    name  = "a"
    tags  = ["x", "y", "z"]
    same  = { deep = [1, 2, { x = true }] }
    gone  = 1
    items = [{ n = 1, k = "a" }, { n = 2, k = "b" }, { n = 3, k = "c" }]
  }
}
"#,
        r#"
resource "terraform_data" "a" {
  input = {
    name  = "b"
    tags  = ["z", "x", "w", "v"]
    same  = { deep = [1, 2, { x = true }] }
    new   = null
    items = [{ n = 1, k = "a" }, { n = 3, k = "c" }, { n = 4, k = "d" }, { n = 5, k = "e" }]
  }
}
"#,
    );
}

#[test]
fn maps_and_sets() {
    check(
        r#"
resource "terraform_data" "a" {
  input = { m = tomap({ "a b" = 1, c = 2 }), s = toset(["x", "y"]), e = [], o = {} }
}
"#,
        r#"
resource "terraform_data" "a" {
  input = { m = tomap({ "a b" = 2, d = 2 }), s = toset(["y", "z"]), e = [1], o = { k = [] } }
}
"#,
    );
}

#[test]
fn long_texts() {
    check(
        r#"
resource "terraform_data" "a" {
  input = "first\nsecond\nthird\n"
}
resource "terraform_data" "b" {
  input = jsonencode({ a = 1, b = [1, 2], c = "x" })
}
resource "terraform_data" "c" {
  input = "one line"
}
"#,
        r#"
resource "terraform_data" "a" {
  input = "first\n2nd\nthird\nfourth"
}
resource "terraform_data" "b" {
  input = jsonencode({ a = 2, b = [1, 3, 2], d = "x" })
}
resource "terraform_data" "c" {
  input = "two\nlines"
}
"#,
    );
}

#[test]
fn replacement() {
    check(
        r#"
resource "terraform_data" "a" {
  triggers_replace = ["x", 1]
  input            = "same"
}
resource "terraform_data" "b" {
  triggers_replace = terraform_data.a.id
}
resource "terraform_data" "c" {
  triggers_replace = { k = "v" }

  lifecycle {
    create_before_destroy = true
  }
}
resource "terraform_data" "d" {
  lifecycle {
    replace_triggered_by = [terraform_data.a]
  }
}
"#,
        r#"
resource "terraform_data" "a" {
  triggers_replace = ["x", 2]
  input            = "same"
}
resource "terraform_data" "b" {
  triggers_replace = terraform_data.a.id
}
resource "terraform_data" "c" {
  triggers_replace = { k = "w" }

  lifecycle {
    create_before_destroy = true
  }
}
resource "terraform_data" "d" {
  lifecycle {
    replace_triggered_by = [terraform_data.a]
  }
}
"#,
    );
}

#[test]
fn repetition() {
    check(
        r#"
resource "terraform_data" "a" {
  count = 3
  input = count.index
}
resource "terraform_data" "b" {
  for_each = { x = 1, y = 2 }
  input    = each.value
}
resource "terraform_data" "c" {}
resource "terraform_data" "d" {
  count = 2
}
resource "terraform_data" "gone" {}
"#,
        r#"
resource "terraform_data" "a" {
  count = 1
  input = count.index
}
resource "terraform_data" "b" {
  for_each = { y = 3, z = 4 }
  input    = each.value
}
resource "terraform_data" "c" {
  count = 2
}
resource "terraform_data" "d" {}
"#,
    );
}

#[test]
fn outputs() {
    check(
        r#"
resource "terraform_data" "a" {
  input = "x"
}
output "known" {
  value = { list = [1, 2], text = "a\nb\n" }
}
output "unknown" {
  value = terraform_data.a.id
}
output "gone" {
  value = ["x"]
}
output "secret" {
  value     = "s"
  sensitive = true
}
output "nothing" {
  value = null
}
"#,
        r#"
resource "terraform_data" "a" {
  input = "y"
}
output "known" {
  value = { list = [1, 3], text = "a\nc\n" }
}
output "unknown" {
  value = terraform_data.a.output
}
output "new" {
  value = { a = [] }
}
output "secret" {
  value     = "t"
  sensitive = true
}
output "nothing" {
  value = 1
}
"#,
    );
}

#[test]
fn outputs_alone() {
    check(
        "output \"a\" {\n  value = 1\n}\n",
        "output \"a\" {\n  value = [1]\n}\n",
    );
}

#[test]
fn secrets() {
    check(
        r#"
variable "s" {
  default   = "one"
  sensitive = true
}
resource "terraform_data" "a" {
  input = { user = "u", password = var.s }
}
resource "terraform_data" "b" {
  input = "plain"
}
"#,
        r#"
variable "s" {
  default   = "two"
  sensitive = true
}
resource "terraform_data" "a" {
  input = { user = "v", password = var.s }
}
resource "terraform_data" "b" {
  input = var.s
}
"#,
    );
}

#[test]
fn unknown_values() {
    check(
        r#"
resource "terraform_data" "a" {
  input = 1
}
resource "terraform_data" "b" {
  input = { id = terraform_data.a.id, list = [terraform_data.a.output, 2], text = "x-${terraform_data.a.output}" }
}
"#,
        r#"
resource "terraform_data" "a" {
  input = 2
}
resource "terraform_data" "b" {
  input = { id = terraform_data.a.id, list = [terraform_data.a.output, 2], text = "x-${terraform_data.a.output}" }
}
resource "terraform_data" "c" {
  input = [terraform_data.a.output, terraform_data.b.output]
}
"#,
    );
}

#[test]
fn options_of_plan() {
    let text = "resource \"terraform_data\" \"a\" {\n  input = 1\n}\nresource \"terraform_data\" \"b\" {\n  input = terraform_data.a.output\n}\nresource \"terraform_data\" \"c\" {}\noutput \"o\" {\n  value = terraform_data.b.output\n}\n";
    let Some(pair) = Pair::new(&[("main.tf", text)]) else {
        return;
    };
    pair.compare(&["-target=terraform_data.b"]);
    pair.apply();
    pair.compare(&["-replace=terraform_data.a"]);
    pair.compare(&["-refresh-only"]);
    pair.compare(&["-refresh=false"]);
    pair.compare(&["-target=terraform_data.b", "-replace=terraform_data.a"]);
}

#[test]
fn modules() {
    let child = "variable \"n\" {}\nresource \"terraform_data\" \"x\" {\n  count = var.n\n  input = count.index\n}\noutput \"all\" {\n  value = terraform_data.x[*].output\n}\n";
    let main = "module \"m\" {\n  source   = \"./child\"\n  for_each = toset([\"p\", \"q\"])\n  n        = 1\n}\nresource \"terraform_data\" \"r\" {\n  input = module.m[\"p\"].all\n}\n";
    let Some(pair) = Pair::new(&[("child/main.tf", child), ("main.tf", main)]) else {
        return;
    };
    pair.compare(&[]);
    pair.apply();
    pair.compare(&[]);
    let less = main
        .replace("[\"p\", \"q\"]", "[\"p\"]")
        .replace("= 1", "= 2");
    pair.write(&[("main.tf", &less)]);
    pair.compare(&[]);
    pair.show();
    pair.compare(&["-target=module.m"]);
    pair.write(&[("main.tf", "")]);
    pair.compare(&[]);
}

/// Errors of a configuration: the same text, line and source.
#[test]
fn problems() {
    let texts = [
        "resource \"terraform_data\" \"a\" {\n  lifecycle {\n    precondition {\n      condition     = length(\"ab\") == 3\n      error_message = \"Three.\"\n    }\n  }\n}\n",
        "resource \"terraform_data\" \"a\" {\n  input = terraform_data.a.id\n}\n",
        "resource \"terraform_data\" \"a\" {\n  for_each = { a = 1 }\n}\noutput \"x\" {\n  value = terraform_data.a[\"b\"].id\n}\n",
        "resource \"terraform_data\" \"a\" {\n  input = \"${\n}\n",
        "variable \"v\" {\n  type = object({ a = string, b = optional(number) })\n  default = { b = 1 }\n}\n",
        "variable \"source\" {}\n",
        "resource \"terraform_data\" \"1a\" {}\n",
        "resource \"terraform_data\" \"a\" {\n  inptu = 1\n}\n",
        "output \"x\" {\n  value = var.nowhere\n}\n",
        "output \"x\" {\n  value = terraform_data.nowhere.id\n}\n",
        "resource \"terraform_data\" \"a\" {}\noutput \"x\" {\n  value = terraform_data.a.nmae\n}\n",
        "resource \"terraform_data\" \"a\" {\n  count = -1\n}\n",
        "resource \"terraform_data\" \"a\" {\n  for_each = [\"x\"]\n}\n",
        "output \"x\" {\n  value = nofunction(1)\n}\n",
        "output \"x\" {\n  value = 1 + \"x\"\n}\n",
        "locals {\n  m = { a = 1 }\n}\noutput \"x\" {\n  value = local.m.b\n}\n",
        "variable \"v\" {\n  sensitive = true\n  default   = 1\n}\noutput \"x\" {\n  value = var.v\n}\n",
        "variable \"v\" {\n  type    = number\n  default = \"x\"\n}\n",
        "variable \"n\" {\n  type = number\n}\n",
        "output \"x\" {\n  value = [1, 2][5]\n}\n",
        "output \"x\" {\n  value = true ? 1 : local.x\n}\n",
        "locals {\n  l = [1, \"a\"]\n}\noutput \"x\" {\n  value = local.l[2]\n}\noutput \"y\" {\n  value = { for k in local.l : k => k... if k > 1 }\n}\n",
        "output \"x\" {\n  value = \"${[1]}\"\n}\noutput \"y\" {\n  value = null + 1\n}\noutput \"z\" {\n  value = length(5)\n}\n",
        "resource \"terraform_data\" \"a\" {\n  count    = 1\n  for_each = {}\n}\n",
        "resource \"terraform_data\" \"a\" {\n  count = 2\n}\noutput \"x\" {\n  value = terraform_data.a.id\n}\n",
        "resource \"terraform_data\" \"a\" {\n  triggers {\n  }\n}\n",
        "resource \"terraform_data\" \"a\" {\n  input = each.key\n}\n",
        "resource \"terraform_data\" \"a\" {\n  input = self.id\n}\n",
        "output \"x\" {\n  value = file(\"nowhere.txt\")\n}\n",
        "output \"x\" {\n  value = element([], 0)\n}\noutput \"y\" {\n  value = regex(\"(\", \"x\")\n}\noutput \"z\" {\n  value = jsondecode(\"{\")\n}\n",
        "output \"x\" {\n  value = upper()\n}\noutput \"y\" {\n  value = upper(\"a\", \"b\")\n}\n",
        "resource \"terraform_data\" \"a\" {\n  input = 1\n  input = 2\n}\n",
        "variable \"a\" {\n  type = strin\n}\n",
        "output {\n  value = 1\n}\n",
        "output \"x\" {}\n",
        "resource \"terraform_data\" {}\n",
        "resorce \"terraform_data\" \"a\" {}\n",
        "output \"x\" {\n  value = [1, 2\n}\n",
        "output \"x\" {\n  value = <<EOT\nnever closed\n}\n",
        "output \"x\" {\n  value = 1\n",
    ];
    let mut wrong = Vec::new();
    for text in texts {
        let Some(_) = terraform() else { return };
        let pair = Pair {
            ours: Dir::empty(),
            theirs: Dir::empty(),
        };
        pair.write(&[("main.tf", text), ("child/main.tf", "variable \"a\" {}\n")]);
        let (_, initialised) = pair.theirs(&["init", "-no-color"]);
        // Some errors are found by init already, in the same words.
        let theirs = match initialised.contains("successfully initialized") {
            true => pair.theirs(&["plan", "-no-color", "-input=false"]).1,
            false => initialised[initialised.find("Error:").unwrap()..].to_owned(),
        };
        let ours = pair.ours.run("plan -no-color -input=false");
        let (theirs, mine) = (error(&theirs), error(&ours.stderr));
        if theirs != mine || ours.code != Some(1) {
            wrong.push(format!("{text}\n{}", difference(&theirs, &mine)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The errors in a text, with paragraphs on one line.
fn error(text: &str) -> String {
    let text = text.find("Error:").map_or("", |at| &text[at..]);
    // Init introduces the errors of the configuration by an error of its own.
    let own = "Error: Terraform encountered problems during initialisation";
    let text = match text.starts_with(own) {
        true => text.split_once("\n\n\n").map_or("", |(_, rest)| rest),
        false => text,
    };
    let text = text.find("Error:").map_or("", |at| &text[at..]);
    let mut seen = Vec::new();
    for one in text.split("\nError: ") {
        let one = one.trim().trim_start_matches("Error: ");
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    plain(&seen.join("\n\nError: "))
}
