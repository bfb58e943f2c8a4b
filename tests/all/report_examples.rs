//! Reports of the examples, in every format, and of a plan with two thousand changes.
//!
//! What a report looks like is compared as a whole, places by the words of their lines; of the page for browsers without
//! its style and script, which `tests/browser` looks at, and of the document for programs only what is this program's
//! own and what happens to what.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use crate::harness::{Dir, redact};
use crate::stage::{SUNDAY, copy, places_in_words};

/// A directory with an example, in which nothing has been done.
fn example(name: &str) -> Dir {
    let mut dir = Dir::empty();
    // A Sunday: change windows hold nothing.
    dir.set("TRUNKLINE_NOW", SUNDAY);
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name);
    copy(&from, &dir.path(), false);
    dir
}

fn read(dir: &Dir, file: &str) -> String {
    redact(&std::fs::read_to_string(dir.path().join(file)).unwrap())
}

/// A report without what differs from run to run: the digest is that of the rehearsal's own key.
fn report(dir: &Dir, file: &str) -> String {
    let digest = regex::Regex::new(r"\b[0-9a-f]{64}\b").unwrap();
    let text = digest
        .replace_all(&read(dir, file), "[DIGEST]")
        .into_owned();
    match file {
        file if file.ends_with(".html") => page(&text),
        file if file.ends_with(".json") => outline(&text),
        _ => text,
    }
}

/// A page without its style and script, its data by the line.
fn page(text: &str) -> String {
    let style = regex::Regex::new(r"(?s)<style>.*</style>").unwrap();
    let script = regex::Regex::new(r"(?s)<script>.*</script>").unwrap();
    let text = style.replace(text, "<style></style>");
    let text = script.replace(&text, "<script></script>");
    text.replace("},{", "},\n{")
}

/// What is this program's own in a document, and what happens to what.
fn outline(text: &str) -> String {
    let json: Value = serde_json::from_str(text).unwrap();
    let fields: Vec<&String> = json.as_object().unwrap().keys().collect();
    let mut out = format!("{fields:?}\n");
    for change in json["resource_changes"].as_array().into_iter().flatten() {
        let actions = &change["change"]["actions"];
        out.push_str(&format!(
            "{} {actions}\n",
            change["address"].as_str().unwrap()
        ));
    }
    out + &serde_json::to_string_pretty(&json["trunkline"]).unwrap()
}

const FILES: [&str; 5] = ["r.md", "r.html", "r.json", "r.annotations", "r.xml"];

fn every_format(name: &str) {
    reported(name, &example(name));
}

fn reported(example_name: &str, dir: &Dir) {
    let files = FILES.map(|f| format!("-report={f}")).join(" ");
    let planned = dir.run(&format!("plan -sandbox {files}"));
    assert_eq!(planned.code, Some(0), "{planned}");
    let all = FILES.map(|file| {
        let text = places_in_words(&dir.path(), &report(dir, file));
        format!("==== {file}\n{text}\n")
    });
    assert_snapshot!(format!("example_{example_name}"), all.concat());
    assert!(read(dir, "r.md").len() <= 65_536);
}

#[test]
fn acrobits_turnkey() {
    every_format("acrobits-turnkey");
}

#[test]
fn alibaba_chatapp() {
    every_format("alibaba-chatapp");
}

#[test]
fn contact_centre() {
    // It has a workspace a tenant; one of them.
    let mut dir = example("contact-centre");
    dir.set("TF_WORKSPACE", "dev");
    reported("contact-centre", &dir);
}

#[test]
fn genesys_sms_aggregation() {
    every_format("genesys-sms-aggregation");
}

#[test]
fn genesys_sms_custom_gateway() {
    every_format("genesys-sms-custom-gateway");
}

#[test]
fn genesys_sms_kaleyra() {
    every_format("genesys-sms-kaleyra");
}

#[test]
fn sinch_contact_pro() {
    every_format("sinch-contact-pro");
}

#[test]
fn sinch_conversation() {
    every_format("sinch-conversation");
}

/// Every example there is has a test here.
#[test]
fn no_example_is_left_out() {
    let here = include_str!("report_examples.rs");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for entry in std::fs::read_dir(examples).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().join("main.tf").exists() || entry.path().join("versions.tf").exists() {
            assert!(here.contains(&format!("(\"{name}\"")), "{name}");
        }
    }
}

/// Two thousand changes: what each format says around its list, and that its list has them all.
#[test]
fn a_plan_of_two_thousand_changes() {
    let dir = Dir::with(
        "resource \"terraform_data\" \"gone\" {\n  count = 700\n}\n\nresource \"terraform_data\" \"kept\" {\n  count = 600\n  triggers_replace = \"one\"\n}\n",
    );
    dir.apply("");
    dir.write(
        "main.tf",
        "resource \"terraform_data\" \"kept\" {\n  count = 600\n  triggers_replace = \"two\"\n}\n\nresource \"terraform_data\" \"new\" {\n  count = 700\n  input = { n = count.index, words = \"some words\" }\n}\n",
    );
    let files = FILES.map(|f| format!("-report={f}")).join(" ");
    let planned = dir.run(&format!("plan {files}"));
    assert_eq!(planned.code, Some(0), "{planned}");
    // Lines of the many are left out but for one in two hundred.
    let thinned = FILES.map(|file| {
        let text = report(&dir, file);
        let one_in = |n: usize| n.is_multiple_of(200);
        let number = regex::Regex::new(r"terraform_data\.\w+\[(\d+)\]").unwrap();
        let kept: Vec<&str> = text
            .lines()
            .filter(|line| match number.captures(line) {
                Some(found) => found[1].parse().is_ok_and(one_in) && line.len() < 2_000,
                None => line.len() < 2_000,
            })
            .collect();
        // What follows an address on lines of its own is as long as the list.
        let mut last = "";
        let mut text = String::new();
        for line in kept.into_iter().filter(|l| !matches!(*l, "<li></li>" | "")) {
            if line != last {
                text.push_str(line);
                text.push('\n');
            }
            last = line;
        }
        let head: Vec<&str> = text.lines().take(90).collect();
        format!("==== {file}\n{}\n", head.join("\n"))
    });
    assert_snapshot!(thinned.concat());
    let whole = |file: &str| read(&dir, file);
    assert_eq!(
        whole("r.html").matches("data-list=\"entries\"").count(),
        2_000
    );
    assert_eq!(whole("r.xml").matches("<testcase ").count(), 2_000);
    assert_eq!(whole("r.annotations").lines().count(), 1 + 1_300);
    let json: Value = serde_json::from_str(&whole("r.json")).unwrap();
    assert_eq!(json["resource_changes"].as_array().unwrap().len(), 2_000);
    assert_eq!(
        json["trunkline"]["attention"].as_array().unwrap().len(),
        1_300
    );
    assert!(whole("r.md").len() <= 65_536);
}
