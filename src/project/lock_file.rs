//! `.terraform.lock.hcl`: which versions of fetched providers Terraform has chosen.
//!
//! Providers are part of this program, so that nothing is ever added, and what others have recorded is theirs: the file
//! is read and checked as Terraform does, and never written.

use std::collections::BTreeMap;
use std::path::Path;

use trunkline_api::{Diagnostic, Diagnostics, Kind};

use super::tfstate::problems_text;
use crate::config::block::label;
use crate::lang::ast::Block;
use crate::lang::parser::parse_file;
use crate::lang::source::Sources;
use crate::lang::types_expr::constant;

/// The name of the file.
pub const LOCK_FILE: &str = ".terraform.lock.hcl";
/// The host and the namespace where a source names none.
const DEFAULT: [&str; 2] = ["registry.terraform.io", "hashicorp"];

/// The chosen versions by source address; none where there is no file.
pub fn selections(dir: &Path) -> Result<BTreeMap<String, String>, Diagnostics> {
    let file = dir.join(LOCK_FILE);
    let bytes = match std::fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => {
            return Err(unreadable(&[Diagnostic::error(
                "Failed to read file",
                format!("The file {LOCK_FILE} cannot be read: {error}."),
            )]));
        }
    };
    let sources = Sources::new();
    let id = sources.add_bytes(LOCK_FILE, bytes);
    let (body, mut problems) = parse_file(&sources, id);
    for attribute in &body.attributes {
        problems.push(unexpected(&attribute.name));
    }
    let mut found = BTreeMap::new();
    for block in &body.blocks {
        if &*block.kind != "provider" {
            problems.push(Diagnostic::error(
                "Unsupported block type",
                format!("Blocks of type {:?} are not expected here.", block.kind),
            ));
            continue;
        }
        let source = label(block, 0).to_string();
        let (version, wrong) = entry(&source, block, &sources);
        problems.extend(wrong);
        if found.insert(source.clone(), version).is_some() {
            problems.push(Diagnostic::error(
                "Duplicate provider lock",
                format!("This lockfile already declared a lock for provider {source}."),
            ));
        }
    }
    match problems.is_empty() {
        true => Ok(found),
        false => Err(unreadable(&problems)),
    }
}

/// The one error that a file with these problems is.
fn unreadable(problems: &[Diagnostic]) -> Diagnostics {
    vec![Diagnostic::error(
        format!(
            "failed to read dependency lock file: {}",
            problems_text(problems)
        ),
        "",
    )]
}

fn unexpected(name: &str) -> Diagnostic {
    Diagnostic::error(
        "Unsupported argument",
        format!("An argument named {name:?} is not expected here."),
    )
}

/// The version that a block records for a provider, and what is wrong with the block.
fn entry(source: &str, block: &Block, sources: &Sources) -> (String, Diagnostics) {
    let mut problems = Vec::new();
    problems.extend(wrong_source(source));
    for attribute in &block.body.attributes {
        if !["version", "constraints", "hashes"].contains(&&*attribute.name) {
            problems.push(unexpected(&attribute.name));
        }
    }
    let Some(attribute) = block.body.attribute("version") else {
        problems.push(Diagnostic::error(
            "Missing required argument",
            "The argument \"version\" is required, but no definition was found.",
        ));
        return (String::new(), problems);
    };
    let (value, wrong) = constant(&attribute.expr, sources);
    problems.extend(wrong);
    let version = match value.kind() {
        Kind::String(text) => text.to_string(),
        _ => String::new(),
    };
    if !is_version(&version) {
        problems.push(Diagnostic::error(
            "Invalid provider version number",
            format!("The selected version number for provider {source} is invalid: {version:?} is not an exact version such as 1.2.3."),
        ));
    }
    (version, problems)
}

/// What is wrong with a source address, which has to be written in full.
fn wrong_source(source: &str) -> Option<Diagnostic> {
    let parts: Vec<&str> = source.split('/').collect();
    let full = match parts.as_slice() {
        ["terraform.io", "builtin", _] => {
            return Some(Diagnostic::error(
                "Invalid provider source address",
                format!(
                    "Cannot lock a version for built-in provider {source}. Built-in providers are part of the program itself, so that no version of them can be selected."
                ),
            ));
        }
        [name] => [DEFAULT[0], DEFAULT[1], name].join("/"),
        [namespace, name] => [DEFAULT[0], namespace, name].join("/"),
        [_, _, _] if parts.iter().all(|part| !part.is_empty()) => return None,
        _ => {
            return Some(Diagnostic::error(
                "Invalid provider source address",
                format!(
                    "The provider source address {source:?} for a provider lock is not of the form HOST/NAMESPACE/NAME."
                ),
            ));
        }
    };
    Some(Diagnostic::error(
        "Non-normalized provider source address",
        format!(
            "The provider source address for this provider lock must be written as {full:?}, the fully-qualified and normalized form."
        ),
    ))
}

/// Whether a text is one version with all three numbers.
fn is_version(text: &str) -> bool {
    let plain = text.split(['-', '+']).next().unwrap_or_default();
    let numbers: Vec<&str> = plain.split('.').collect();
    numbers.len() == 3
        && numbers
            .iter()
            .all(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<BTreeMap<String, String>, String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(LOCK_FILE), text).unwrap();
        selections(dir.path()).map_err(|problems| problems[0].summary.clone())
    }

    #[test]
    fn selections_are_read() {
        let none = tempfile::tempdir().unwrap();
        assert_eq!(selections(none.path()).unwrap(), BTreeMap::new());
        let text = "provider \"registry.terraform.io/hashicorp/null\" {\n  version = \"3.2.1\"\n  constraints = \"~> 3.0\"\n  hashes = [\"h1:x\"]\n}\n";
        let found = read(text).unwrap();
        assert_eq!(found["registry.terraform.io/hashicorp/null"], "3.2.1");
    }

    #[test]
    fn what_is_wrong_is_told_together() {
        let text = "bar \"x\" {}\nprovider \"null\" {\n  version = \"x.1\"\n  foo = 1\n}\nprovider \"terraform.io/builtin/terraform\" {\n  version = \"1.0.0\"\n}\n";
        let told = read(text).unwrap_err();
        assert!(
            told.starts_with(
                "failed to read dependency lock file: 5 problems:\n\n- Unsupported block type:"
            ),
            "{told}"
        );
        assert!(told.contains("must be written as \"registry.terraform.io/hashicorp/null\""));
    }
}
