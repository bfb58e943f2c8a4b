//! `fmt` on generated texts: beside Terraform where it is installed, and its laws everywhere.

use std::path::Path;
use std::process::Command;

use trunkline::lang::fmt::format;
use trunkline::lang::parser::parse_file;
use trunkline::lang::source::Sources;
use trunkline_fuzz::generate::{Generator, Layout};

fn layout(seed: u64) -> Layout {
    match seed.is_multiple_of(2) {
        true => Layout::Plain,
        false => Layout::Wild,
    }
}

fn text(seed: u64) -> String {
    Generator::new(seed, layout(seed)).file()
}

fn formatted(text: &str) -> Option<String> {
    let sources = Sources::new();
    let id = sources.add("main.tf", text);
    format(&sources, id).ok()
}

/// The tree without places, as text.
fn tree(text: &str) -> String {
    let sources = Sources::new();
    let id = sources.add("main.tf", text);
    let (body, problems) = parse_file(&sources, id);
    assert_eq!(problems, [], "{text}");
    let debug = format!("{body:?}");
    let mut out = String::with_capacity(debug.len());
    let mut rest = &*debug;
    while let Some(at) = rest.find("SrcSpan {") {
        out.push_str(&rest[..at]);
        let end = rest[at..].find(" }").map_or(rest.len(), |e| at + e + 2);
        rest = &rest[end..];
    }
    out.push_str(rest);
    // Labels get quotes.
    out.replace("quoted: false", "quoted: true")
}

#[test]
fn the_tree_stays_and_a_second_layout_changes_nothing() {
    let mut compared = 0;
    for seed in 0..600 {
        let text = text(seed);
        let Some(once) = formatted(&text) else {
            continue;
        };
        let Some(twice) = formatted(&once) else {
            // A comment takes the line end along, as Terraform's layout has it.
            assert!(text.contains('#') || text.contains("//"), "{text}");
            continue;
        };
        if layout(seed) == Layout::Plain {
            assert_eq!(once, twice, "{text}");
        }
        // `"${x}"` becomes `x`, which is another tree of the same meaning.
        if !tree(&text).contains("TemplateWrap") {
            assert_eq!(tree(&text), tree(&once), "{text}");
            compared += 1;
        }
    }
    assert!(compared > 300, "only {compared} texts were compared");
}

#[test]
fn terraform_lays_out_the_same() {
    let found = Command::new("terraform").arg("version").output();
    if !found.is_ok_and(|o| o.status.success()) {
        println!("skipped: terraform is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let count = 300;
    for seed in 0..count {
        std::fs::write(dir.path().join(format!("{seed}.tf")), text(seed)).unwrap();
    }
    let empty = dir.path().join("terraform.rc");
    std::fs::write(&empty, "").unwrap();
    let run = Command::new("terraform")
        .args(["fmt", "-list=false"])
        .current_dir(dir.path())
        .env("TF_CLI_CONFIG_FILE", &empty)
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .unwrap();
    drop(run);
    for seed in 0..count {
        let theirs = read(&dir.path().join(format!("{seed}.tf")));
        let text = text(seed);
        let ours = formatted(&text).unwrap_or(text);
        assert_eq!(ours, theirs, "seed {seed}");
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a file of the repository can be read")
}
