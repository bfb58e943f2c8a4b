//! The parser beside hcl-edit, another implementation of the language: what one accepts the other accepts, and both
//! see the same arguments, blocks and labels.

use hcl_edit::structure::{Body as Other, Structure};
use trunkline::lang::ast::Body;
use trunkline::lang::parser::parse_file;
use trunkline::lang::source::Sources;
use trunkline_fuzz::generate::{Generator, Layout};

/// Names and labels in order, arguments before blocks.
fn ours(body: &Body, out: &mut String) {
    for attribute in &body.attributes {
        out.push_str(&format!("{}=;", attribute.name));
    }
    for block in &body.blocks {
        let labels: Vec<&str> = block.labels.iter().map(|l| &*l.text).collect();
        out.push_str(&format!("{} {labels:?}{{", block.kind));
        ours(&block.body, out);
        out.push('}');
    }
}

fn theirs(body: &Other, out: &mut String) {
    for attribute in body.attributes() {
        out.push_str(&format!("{}=;", attribute.key.as_str()));
    }
    for structure in body.iter() {
        if let Structure::Block(block) = structure {
            let labels: Vec<&str> = block.labels.iter().map(|l| l.as_str()).collect();
            out.push_str(&format!("{} {labels:?}{{", block.ident.as_str()));
            theirs(&block.body, out);
            out.push('}');
        }
    }
}

/// Whether both accept the text; nothing where it holds what hcl-edit is known not to read.
fn compare(text: &str) -> Option<bool> {
    let sources = Sources::new();
    let id = sources.add("main.tf", text);
    let (body, problems) = parse_file(&sources, id);
    let other: Result<Other, _> = text.parse();
    match (problems.is_empty(), &other) {
        (true, Ok(other)) => {
            let (mut a, mut b) = (String::new(), String::new());
            ours(&body, &mut a);
            theirs(other, &mut b);
            assert_eq!(a, b, "{text}");
            Some(true)
        }
        (false, Err(_)) => Some(false),
        _ => None,
    }
}

/// Every configuration file of the repository.
fn files() -> Vec<String> {
    let mut open = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path)
                .expect("a folder of the repository can be read")
                .map(|e| e.expect("a folder can be listed").path());
            open.extend(entries.filter(|p| !p.ends_with("target") && !p.ends_with(".git")));
        } else if path.extension().is_some_and(|e| e == "tf") {
            found.push(
                std::fs::read_to_string(&path).expect("a file of the repository can be read"),
            );
        }
    }
    found
}

#[test]
fn files_of_the_repository() {
    let files = files();
    assert!(files.len() > 5);
    for text in &files {
        assert_eq!(compare(text), Some(true), "{text}");
    }
}

#[test]
fn generated_texts() {
    let (mut agreed, mut apart) = (0, 0);
    for seed in 0..1500 {
        match compare(&Generator::new(seed, Layout::Plain).file()) {
            Some(_) => agreed += 1,
            // hcl-edit nests 64 deep at most, and reads directives and numbers more narrowly.
            None => apart += 1,
        }
    }
    assert!(agreed > apart * 20, "{agreed} agreed, {apart} did not");
}
