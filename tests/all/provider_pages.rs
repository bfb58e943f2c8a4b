//! The pages of the providers in `docs/providers`: made by `providers docs`, and current.
//!
//! `UPDATE_PAGES=1 cargo test -p trunkline --test all -- provider_pages` writes them anew. A provider that the program
//! has needs nothing here: its page is asked for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::harness::Dir;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names of the providers, with their pages.
fn pages() -> Vec<(String, String)> {
    let dir = Dir::empty();
    let names = dir.run("providers docs");
    assert_eq!(names.code, Some(0), "{names}");
    let pages = names.raw.lines().map(|name| {
        let page = dir.run(&format!("providers docs {name}"));
        assert_eq!(page.code, Some(0), "{page}");
        (name.to_owned(), page.raw)
    });
    pages.collect()
}

fn file_of(name: &str) -> PathBuf {
    root().join(format!("docs/providers/{name}.md"))
}

#[test]
fn pages_are_current() {
    let pages = pages();
    assert!(pages.len() >= 5, "too few providers");
    for (name, page) in &pages {
        if std::env::var_os("UPDATE_PAGES").is_some() {
            std::fs::create_dir_all(root().join("docs/providers")).unwrap();
            std::fs::write(file_of(name), page).unwrap();
        }
        let written = std::fs::read_to_string(file_of(name)).unwrap_or_default();
        assert!(
            written == *page,
            "docs/providers/{name}.md is not what the program says; write it anew with UPDATE_PAGES=1"
        );
    }
    let written = std::fs::read_dir(root().join("docs/providers")).unwrap();
    assert_eq!(written.count(), pages.len(), "a page of no provider");
}

/// Every resource type says how it is imported, and the examples can be planned with.
#[test]
fn pages_say_what_a_person_needs() {
    for (name, page) in pages() {
        let resources = page.split("\n## Resources\n").nth(1).unwrap_or_default();
        let resources = resources.split("\n## ").next().unwrap_or_default();
        for section in resources.split("\n### ").skip(1) {
            let (title, text) = section.split_once('\n').unwrap();
            let told = text.contains("\nImport: `") || text.contains("\nIt cannot be imported.\n");
            assert!(told, "{name}: how {title} is imported is not said");
        }
        let example = page
            .split("```hcl\n")
            .nth(1)
            .and_then(|t| t.split("\n```").next());
        let Some(example) = example else {
            panic!("{name} has no example")
        };
        let dir = Dir::with(&format!("{example}\n"));
        let output = dir.run("validate");
        assert_eq!(output.code, Some(0), "{name}: {output}");
        assert_eq!(
            dir.run("fmt -check").code,
            Some(0),
            "{name}: the example is not in the usual form"
        );
    }
}

/// The rules of a page are those that its provider's messages name, no more and no less.
#[test]
fn pages_have_every_rule() {
    let rule = Regex::new(r"\b(GC|DC|CP-|SC-|AL-?|AC-?)\d\d\b").unwrap();
    for (name, page) in pages() {
        let source = root().join("providers").join(&name).join("src");
        let mut named = BTreeSet::new();
        let mut stack = vec![source];
        while let Some(place) = stack.pop() {
            for entry in std::fs::read_dir(&place).into_iter().flatten() {
                let path = entry.unwrap().path();
                let file = path.file_name().unwrap().to_str().unwrap();
                if path.is_dir() {
                    stack.push(path);
                } else if file != "guide.rs" && !path.to_str().unwrap().contains("test") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let code = text.lines().filter(|l| !l.trim_start().starts_with("//"));
                    for line in code {
                        named.extend(rule.find_iter(line).map(|m| m.as_str().to_owned()));
                    }
                }
            }
        }
        let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
        let told: BTreeSet<String> = rows
            .filter_map(|row| rule.find(row.split(' ').next()?))
            .map(|m| m.as_str().to_owned())
            .collect();
        assert_eq!(told, named, "{name}");
    }
}

/// Every rule of a page has tests of its own, named for it: in its crate, or here where it takes the whole program.
#[test]
fn every_rule_is_tested() {
    let named = Regex::new(r"(?m)^ *(?:async )?fn (\w+)\(").unwrap();
    let functions = |place: &Path| {
        let mut found = BTreeSet::new();
        let mut stack = vec![place.to_owned()];
        while let Some(place) = stack.pop() {
            for entry in std::fs::read_dir(&place).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    stack.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let tests = text
                        .split("#[test]")
                        .chain(text.split("#[tokio::test]"))
                        .skip(1);
                    found.extend(tests.filter_map(|t| Some(named.captures(t)?[1].to_owned())));
                }
            }
        }
        found
    };
    let whole = functions(&root().join("tests/all"));
    let rule = Regex::new(r"^(GC|DC|CP|SC|AL|AC)-?(\d\d)$").unwrap();
    for (name, page) in pages() {
        let own = functions(&root().join("providers").join(&name));
        let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
        let ids = rows.filter_map(|row| rule.captures(row.split(' ').next()?));
        let bare: Vec<String> = ids
            .map(|id| format!("{}{}", &id[1], &id[2]).to_lowercase())
            .filter(|id| !own.iter().chain(&whole).any(|f| f.contains(id.as_str())))
            .collect();
        assert!(bare.is_empty(), "{name}: no test is named for {bare:?}");
    }
}

#[test]
fn a_provider_that_is_not_there_is_told() {
    let output = Dir::empty().run("providers docs nope");
    insta::assert_snapshot!(output, @r#"
    exit code 1
    --- standard error

    Error: Unknown provider

    There is no provider "nope" in this program. "providers docs" lists those
    that there are.
    "#);
}
