//! Rules of the repository that a compiler does not check: which way modules look, what files begin with, how long
//! they are, what they may not hold.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// For each module of the program, the modules that it may use besides itself.
///
/// Text is read into values (lang, config), values are planned and applied, and shown; nothing looks back.
const MAY_USE: &[(&str, &str)] = &[
    ("action", ""),
    ("address", "lookup"),
    ("lang", "lookup"),
    ("lookup", ""),
    ("product", ""),
    ("rare", ""),
    ("config", "address lang lookup product rare"),
    ("graph", "address config lang lookup"),
    ("event", "action address"),
    (
        "plan",
        "action address config event graph lang lookup product rare",
    ),
    (
        "apply",
        "action address config event graph lang lookup plan",
    ),
    ("report", "action address config event graph lang plan rare"),
    ("registry", "plan"),
    (
        "project",
        "action address apply config event graph lang lookup plan product rare report",
    ),
    (
        "testing",
        "action address apply config event lang plan project",
    ),
    (
        "cli",
        "action address apply config event graph lang plan product project registry report testing",
    ),
    ("main", "cli"),
];

/// For each crate of the workspace, the crates of the workspace that it may be built on. The program may use all.
const MAY_DEPEND: &[(&str, &[&str])] = &[
    ("providers/api", &[]),
    ("providers/http", &["trunkline-api"]),
    ("providers/builtin", &["trunkline-api"]),
    ("providers/chatapp", &["trunkline-api", "trunkline-http"]),
    (
        "providers/genesyscloud",
        &["trunkline-api", "trunkline-http"],
    ),
    (
        "providers/digitalchannels",
        &["trunkline-api", "trunkline-http"],
    ),
    ("providers/acrobits", &["trunkline-api", "trunkline-http"]),
    ("providers/sandbox", &[]),
    (
        "providers/sinchcontactpro",
        &["trunkline-api", "trunkline-http"],
    ),
    (
        "providers/sinchconversation",
        &["trunkline-api", "trunkline-http"],
    ),
    ("fuzz", &["trunkline", "trunkline-api"]),
    ("state", &[]),
];

/// Lines that a file may have at most.
const LONGEST: usize = 1000;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under these folders of the repository, with its path from the root.
fn rust_files(folders: &[&str]) -> Vec<(String, String)> {
    let mut open: Vec<PathBuf> = folders.iter().map(|f| root().join(f)).collect();
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).unwrap();
            open.extend(
                entries
                    .map(|e| e.unwrap().path())
                    .filter(|p| !p.ends_with("target")),
            );
        } else if path.extension().is_some_and(|e| e == "rs") {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    files.sort();
    files
}

fn all_files() -> Vec<(String, String)> {
    rust_files(&["src", "providers", "state", "fuzz", "tests", "benches"])
}

/// The module of the program that a file belongs to: the folder or file directly in `src`.
fn module_of(name: &str) -> &str {
    let rest = name.strip_prefix("src/").unwrap();
    rest.split_once('/')
        .map_or_else(|| rest.trim_end_matches(".rs"), |(folder, _)| folder)
}

/// The modules that a text names after `crate::`; comments and tests may point anywhere.
fn uses(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in code(text) {
        for (at, _) in line.match_indices("crate::") {
            let inside = line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let name: String = line[at + "crate::".len()..]
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            if !inside && name.starts_with(|c: char| c.is_ascii_lowercase()) {
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn arrows_between_modules_point_one_way() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (name, text) in rust_files(&["src"]) {
        let module = module_of(&name);
        if module == "lib" || name.ends_with("/tests.rs") || name.contains("/tests/") {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(m, _)| *m == module) else {
            wrong.push(format!("{name}: the module {module} is not in the list"));
            continue;
        };
        seen.insert(module.to_owned());
        for used in uses(&text) {
            if used != module && !allowed.split(' ').any(|a| a == used) {
                wrong.push(format!("{name}: {module} must not use {used}"));
            }
        }
    }
    let listed: BTreeSet<String> = MAY_USE.iter().map(|(m, _)| (*m).to_owned()).collect();
    assert_eq!(seen, listed);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn uses_are_found() {
    let text = "// crate::comment\nuse crate::plan::Action;\nlet x = crate::lang::eval(trunkcrate::no, $crate::a);\n";
    assert_eq!(
        uses(text).into_iter().collect::<Vec<_>>(),
        ["a", "lang", "plan"]
    );
}

#[test]
fn one_file_names_the_vendors() {
    let vendors = [
        "trunkline_genesyscloud",
        "trunkline_digitalchannels",
        "trunkline_sinchcontactpro",
        "trunkline_builtin",
        "trunkline_chatapp",
        "trunkline_acrobits",
        "trunkline_sinchconversation",
    ];
    let wrong: Vec<String> = rust_files(&["src"])
        .into_iter()
        .filter(|(name, text)| {
            name != "src/registry.rs" && vendors.iter().any(|v| text.contains(v))
        })
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        wrong,
        Vec::<String>::new(),
        "only src/registry.rs names concrete providers"
    );
}

#[test]
fn arrows_between_crates_point_one_way() {
    let mut wrong = Vec::new();
    for (folder, allowed) in MAY_DEPEND {
        let manifest = std::fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let section = manifest.split("[dependencies]").nth(1).unwrap_or("");
        for line in section.lines().take_while(|l| !l.starts_with('[')) {
            let name: String = line
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
                .collect();
            if name.starts_with("trunkline-") && !allowed.contains(&&*name) {
                wrong.push(format!("{folder} must not depend on {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Printing, the environment and the clock are the command line's. Where functions see the disk, they see the
/// user's home too (`pathexpand`).
#[test]
fn only_the_command_line_prints() {
    let wrong: Vec<String> = rust_files(&["src"])
        .into_iter()
        .filter(|(name, _)| {
            !name.starts_with("src/cli/")
                && name != "src/main.rs"
                && name != "src/lang/functions/files.rs"
        })
        .filter(|(_, text)| {
            [
                "println!(",
                "print!(",
                "eprintln!(",
                "eprint!(",
                "std::env::",
                "SystemTime::now",
                "Timestamp::now()",
            ]
            .iter()
            .any(|word| code(text).any(|l| l.contains(word)))
        })
        .map(|(name, _)| name)
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

/// The lines of a file before its tests, without comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().take_while(|l| *l != "#[cfg(test)]");
    lines.filter(|l| !l.trim_start().starts_with("//"))
}

#[test]
fn every_file_says_what_it_is_about() {
    let wrong: Vec<String> = all_files()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(wrong, Vec::<String>::new(), "these do not open with `//!`");
}

#[test]
fn no_file_is_a_drawer() {
    let wrong: Vec<String> = all_files()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > LONGEST)
        .map(|(name, text)| format!("{name}: {} lines", text.lines().count()))
        .collect();
    assert_eq!(
        wrong,
        Vec::<String>::new(),
        "a file has one subject and at most {LONGEST} lines"
    );
}

#[test]
fn nothing_is_left_undone_or_silenced() {
    // Put together here, so that this file does not find itself.
    let words = [
        ["todo", "!("],
        ["unimplemented", "!("],
        ["#[al", "low("],
        ["#![al", "low("],
        ["#[ign", "ore]"],
        ["dbg", "!("],
    ];
    let words = words.map(|w| w.concat());
    let mut wrong = Vec::new();
    for (name, text) in all_files() {
        for (n, line) in text.lines().enumerate() {
            if words.iter().any(|w| line.contains(w)) {
                wrong.push(format!("{name}:{}: {}", n + 1, line.trim()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_file_of_these_tests_runs() {
    let files = rust_files(&["tests/all"]);
    for (name, _) in &files {
        // A file is named by its folder's `mod.rs`, a folder's `mod.rs` by what is around it.
        let path = name.trim_end_matches(".rs").trim_end_matches("/mod");
        let (folder, module) = path.rsplit_once('/').unwrap();
        let naming = match folder {
            "tests/all" => "tests/all/main.rs".to_owned(),
            folder => format!("{folder}/mod.rs"),
        };
        let named = files
            .iter()
            .any(|(n, text)| *n == naming && text.contains(&format!("mod {module};\n")));
        assert!(module == "main" || named, "{name} is not in {naming}");
    }
}
