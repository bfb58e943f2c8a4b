//! `docs/seeds.md`: every test that it names is there.
//!
//! It says nothing of whether the table is complete.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;

/// Names of the tests below a directory, after their file's name for those of the whole program.
fn tests(place: &Path, found: &mut BTreeSet<String>) {
    let named = Regex::new(r"fn (\w+)\(").unwrap();
    for entry in std::fs::read_dir(place).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "target" {
            tests(&path, found);
        } else if let Some(module) = name.strip_suffix(".rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.replace("#[tokio::test]", "#[test]");
            let after = text.split("#[test]").skip(1);
            for name in after.filter_map(|t| Some(named.captures(t)?[1].to_owned())) {
                let whole = place.ends_with("tests/all");
                found.extend(whole.then(|| format!("{module}::{name}")));
                found.insert(name);
            }
        }
    }
}

#[test]
fn every_test_that_the_table_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut there = BTreeSet::new();
    for place in ["tests", "providers", "src"] {
        tests(&root.join(place), &mut there);
    }
    let text = std::fs::read_to_string(root.join("docs/seeds.md")).unwrap();
    let quoted = Regex::new("`([^`]+)`").unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next());
    let mut named = 0;
    for cell in cells.filter(|cell| !cell.ends_with("shown by")) {
        let tests: Vec<&str> = quoted
            .captures_iter(cell)
            .map(|c| c.get(1).unwrap().as_str())
            .collect();
        assert!(!tests.is_empty(), "a row without a test: {cell}");
        for test in tests {
            assert!(there.contains(test), "there is no test {test}");
            named += 1;
        }
    }
    assert!(named > 100, "{named}");
}
