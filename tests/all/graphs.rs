//! `graph` beside what Terraform 1.11.4 draws of the same configuration, state and plan
//! (`tests/data/terraform-1.11.4/graphs`): nodes and edges, whatever their order.
//!
//! A case is a file: what is written and run, and the lines of each graph then, sorted, deposed keys masked.

use std::path::Path;

use serde_json::Value;

use crate::harness::Dir;

/// The lines of a graph, sorted. Keys of deposed objects are made up, so they are masked.
fn lines(text: &str) -> Vec<String> {
    let mut parts = text.split("deposed ");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        masked.push_str("deposed XXXXXXXX");
        masked.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    let mut lines: Vec<String> = masked.lines().map(str::to_owned).collect();
    lines.retain(|line| !line.is_empty());
    lines.sort();
    lines
}

fn strings(value: &Value) -> Vec<String> {
    let all = value.as_array().unwrap().iter();
    all.map(|v| v.as_str().unwrap().to_owned()).collect()
}

fn case(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/terraform-1.11.4/graphs")
        .join(format!("{name}.json"));
    let case: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let dir = Dir::empty();
    for step in case["steps"].as_array().unwrap() {
        for (path, text) in step["files"].as_object().into_iter().flatten() {
            dir.write(path, text.as_str().unwrap());
        }
        if let Some(path) = step["remove"].as_str() {
            std::fs::remove_dir_all(dir.path().join(path)).unwrap();
        }
        if let Some(line) = step["run"].as_str() {
            // A failing apply is how objects come to be deposed; what follows shows what is there.
            drop(dir.run(line));
        }
    }
    for (line, want) in case["graphs"].as_object().unwrap() {
        let output = dir.run(line);
        assert_eq!(output.code, Some(0), "{name}: {line}\n{output}");
        let (want, got) = (strings(want), lines(&output.raw));
        let missing: Vec<_> = want.iter().filter(|l| !got.contains(l)).collect();
        let extra: Vec<_> = got.iter().filter(|l| !want.contains(l)).collect();
        let same = want == got;
        assert!(
            same,
            "{name}: {line}\nmissing {missing:#?}\nextra {extra:#?}"
        );
    }
}

/// A test for each group of cases, so that they run beside each other.
macro_rules! cases {
    ($($test:ident: $($name:literal)+;)+) => {
        $(#[test]
        fn $test() {
            $(case($name);)+
        })+
    };
}

cases! {
    what_is_made_and_changed: "create" "update" "noop" "noop-cond" "keyed";
    replacements_destroy_in_the_order_of_dependencies: "allreplace" "cbd-mid" "mod-cbd" "module-replace";
    what_goes: "destroyall" "orphan" "cbd-delete" "nested-gone" "module-shrink";
    deposed_objects: "deposed" "forget-deposed";
    data_sources_and_checks: "data-check" "eph" "dataorphan2";
    moved_removed_and_imported: "moved";
    provider_configurations: "provider";
    partial_plans: "target" "target-create";
}
