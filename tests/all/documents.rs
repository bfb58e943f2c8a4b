//! JSON documents beside those that Terraform 1.11.4 has written for the same configuration, field by field
//! (`tests/data/terraform-1.11.4`).
//!
//! Streams and text are not its subject.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::harness::Dir;

fn recorded(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/terraform-1.11.4")
        .join(case)
}

/// A directory with the configuration of a recorded case.
fn directory(case: &str) -> Dir {
    let dir = Dir::empty();
    configure(&dir, case);
    dir
}

/// Writes the configuration of a recorded case over what is there.
fn configure(dir: &Dir, case: &str) {
    for name in [
        "main.tf",
        "main.tf.json",
        "terraform.tfvars",
        "child/main.tf",
        "m/main.tf",
        "other.tfstate",
    ] {
        if let Ok(text) = std::fs::read_to_string(recorded(case).join(name)) {
            dir.write(name, &text);
        }
    }
}

/// The recorded document.
fn expected(case: &str, name: &str) -> Value {
    let text = std::fs::read_to_string(recorded(case).join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Ids numbered in the order of their appearance, times alike, and lists without order sorted.
fn normal(value: &Value, key: &str, ids: &mut Vec<String>) -> Value {
    match value {
        Value::Object(fields) => {
            // The same order of keys on both sides, so that ids are met alike.
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort();
            let all = keys
                .into_iter()
                .map(|k| (k.clone(), normal(&fields[k], k, ids)));
            Value::Object(all.collect::<Map<_, _>>())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|i| normal(i, key, ids)).collect();
            if matches!(key, "checks" | "relevant_attributes") {
                items.sort_by_key(Value::to_string);
            }
            Value::Array(items)
        }
        Value::String(text) if key == "timestamp" => Value::String(text[text.len() - 1..].into()),
        Value::String(text) if text.len() == 36 && text.matches('-').count() == 4 => {
            let known = ids.iter().position(|id| id == text);
            let at = known.unwrap_or_else(|| {
                ids.push(text.clone());
                ids.len() - 1
            });
            Value::String(format!("id {at}"))
        }
        other => other.clone(),
    }
}

/// Every place where two documents differ, with both values.
fn differences(path: &str, want: &Value, got: &Value, found: &mut Vec<String>) {
    match (want, got) {
        (Value::Object(w), Value::Object(g)) => {
            for (key, value) in w {
                let path = format!("{path}.{key}");
                match g.get(key) {
                    Some(other) => differences(&path, value, other, found),
                    None => found.push(format!("{path}: missing {value}")),
                }
            }
            let extra = g.iter().filter(|(key, _)| !w.contains_key(*key));
            found.extend(extra.map(|(key, value)| format!("{path}.{key}: extra {value}")));
        }
        (Value::Array(w), Value::Array(g)) if w.len() == g.len() => {
            for (i, (w, g)) in w.iter().zip(g).enumerate() {
                differences(&format!("{path}[{i}]"), w, g, found);
            }
        }
        (want, got) if want == got => {}
        (want, got) => found.push(format!("{path}: {want} became {got}")),
    }
}

/// Compares what a command prints with the recorded document, but for the fields of `left_out`.
fn same(dir: &Dir, line: &str, case: &str, name: &str, left_out: &[&str]) {
    let output = dir.run(line);
    assert_eq!(output.code, Some(0), "{output}");
    let got: Value = serde_json::from_str(&output.raw).unwrap();
    let clean = |mut value: Value| {
        if let Value::Object(fields) = &mut value {
            for field in left_out {
                fields.remove(*field);
            }
        }
        normal(&value, "", &mut Vec::new())
    };
    let mut found = Vec::new();
    differences("", &clean(expected(case, name)), &clean(got), &mut found);
    assert!(found.is_empty(), "{line}:\n{}", found.join("\n"));
}

#[test]
fn documents_of_a_whole_life() {
    let (case, dir) = ("basics", directory("basics"));
    same(&dir, "validate -json", case, "validate.json", &[]);
    assert_eq!(dir.run("plan -out=tfplan").code, Some(0));
    same(&dir, "show -json tfplan", case, "show-plan.json", &[]);
    assert_eq!(dir.run("apply tfplan").code, Some(0));
    same(&dir, "show -json", case, "show-state.json", &[]);
    same(&dir, "output -json", case, "output.json", &[]);
    same(&dir, "output -json children", case, "output-one.json", &[]);
}

/// Plans of changes to what is there: every kind of difference, every reason for a replacement, objects that move, go,
/// are forgotten and imported, data that is read, and parts of a configuration with the values of its variables.
#[test]
fn plans_of_changes() {
    let cases = [
        ("updates", "", ""),
        (
            "replace",
            "taint terraform_data.tainted",
            "-replace=terraform_data.ask",
        ),
        ("moves", "", ""),
        ("partial", "", "-target=terraform_data.a -var number=2"),
    ];
    for (case, before, options) in cases {
        let dir = directory(&format!("{case}/1"));
        dir.apply("");
        if !before.is_empty() {
            assert_eq!(dir.run(before).code, Some(0), "{case}");
        }
        configure(&dir, &format!("{case}/2"));
        let planned = dir.run(&format!("plan -out=tfplan {options}"));
        assert_eq!(planned.code, Some(0), "{case}: {planned}");
        same(&dir, "show -json tfplan", case, "plan.json", &[]);
        // What is shown is what is done.
        assert_eq!(dir.run("apply tfplan").code, Some(0), "{case}");
    }
}

#[test]
fn data_is_in_the_state_that_it_is_read_into() {
    let (case, dir) = ("data", directory("data/1"));
    let planned = dir.run("plan -out=tfplan");
    assert_eq!(planned.code, Some(0), "{planned}");
    same(&dir, "show -json tfplan", case, "plan.json", &[]);
    assert_eq!(dir.run("apply tfplan").code, Some(0));
    same(&dir, "show -json", case, "show-state.json", &[]);
}

/// A partial plan leaves the outputs alone that it did not look at, those that are not declared any more too.
#[test]
fn a_partial_plan_keeps_the_other_outputs() {
    let dir = directory("partial/1");
    dir.apply("");
    configure(&dir, "partial/2");
    dir.apply("-target=terraform_data.a -var number=2");
    let outputs: Value = serde_json::from_str(&dir.run("output -json").raw).unwrap();
    let value = |name: &str| outputs[name]["value"].clone();
    assert_eq!(
        [value("gone"), value("of_a"), value("of_b")],
        ["bye".into(), 2.into(), Value::from(1)]
    );
    assert_eq!(outputs["of_none"], Value::Null);
}

/// References in full and shortened, constants, blocks, modules and what they inherit.
#[test]
fn what_was_written_is_told_in_full() {
    for case in ["configuration", "configuration-json"] {
        let dir = directory(case);
        let output = dir.run("plan -out=tfplan");
        assert_eq!(output.code, Some(0), "{output}");
        let output = dir.run("show -json tfplan");
        let got: Value = serde_json::from_str(&output.raw).unwrap();
        let want = expected(case, "configuration.json");
        let mut found = Vec::new();
        differences("", &want, &got["configuration"], &mut found);
        assert!(found.is_empty(), "{case}:\n{}", found.join("\n"));
    }
}

/// Lines of a graph are compared without their order.
#[test]
fn graphs_of_resources_and_of_operations() {
    let dir = directory("basics");
    for (line, name) in [
        ("graph", "graph.dot"),
        ("graph -type=plan", "graph-plan.dot"),
    ] {
        let output = dir.run(line);
        assert_eq!(output.code, Some(0), "{output}");
        let want = std::fs::read_to_string(recorded("basics").join(name)).unwrap();
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines.join("\n")
        };
        assert_eq!(sorted(&output.raw), sorted(&want), "{line}");
    }
    assert_eq!(dir.run("plan -out=tfplan").code, Some(0));
    let output = dir.run("graph -plan=tfplan");
    let instance =
        "\"[root] terraform_data.counted[0]\" -> \"[root] terraform_data.counted (expand)\"";
    assert!(output.stdout.contains(instance), "{output}");
    let output = dir.run("graph -type=nope");
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stderr.contains("Error: Unsupported graph type\n"));
}
