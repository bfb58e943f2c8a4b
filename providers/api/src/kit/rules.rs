//! What rules that are checked offline have in common: how a finding reads, and how secrets in clear are found.
//!
//! A rule is a function from configuration to problems; unknown values break no rule. A finding never quotes a secret.

use crate::{Block, Diagnostic, Diagnostics, Path, Step, Value};

use super::attrs;
use crate::provider::ValidateRequest;

/// An error of rule `id`, which begins its message.
#[must_use]
pub fn error(id: &str, summary: &str, detail: impl AsRef<str>) -> Diagnostic {
    Diagnostic::error(summary, format!("{id}: {}", detail.as_ref()))
}

/// A warning of rule `id`, which begins its message.
#[must_use]
pub fn warning(id: &str, summary: &str, detail: impl AsRef<str>) -> Diagnostic {
    Diagnostic::warning(summary, format!("{id}: {}", detail.as_ref()))
}

/// The path of a top-level attribute.
#[must_use]
pub fn at(name: &str) -> Path {
    Path::attribute(name)
}

/// An error when a known text is none of those allowed.
#[must_use]
pub fn choice(config: &Value, name: &str, allowed: &[&str]) -> Diagnostics {
    match attrs::text(config, name) {
        Some(given) if !allowed.contains(&given) => {
            let text = format!(
                "`{name}` is {given:?}, but must be one of {}.",
                allowed.join(", ")
            );
            vec![Diagnostic::error("Invalid Value", text).on(at(name))]
        }
        _ => Vec::new(),
    }
}

/// The sensitive attributes that are written in the configuration as literals.
#[must_use]
pub fn literal_secrets<'r>(request: &'r ValidateRequest, block: &Block) -> Vec<&'r Path> {
    let is_set = |path: &Path| {
        let value = path.get(&request.config);
        value.is_some_and(|value| !value.is_null())
    };
    let written = |path: &&Path| is_secret(block, path) && is_set(path);
    request.literals.iter().filter(written).collect()
}

/// Whether the path leads to, or into, a sensitive attribute.
fn is_secret(block: &Block, path: &Path) -> bool {
    let mut block = block;
    for step in &path.0 {
        let Step::Attribute(name) = step else {
            continue;
        };
        if let Some(attribute) = block.attributes.get(name) {
            return attribute.sensitive;
        }
        match block.blocks.get(name) {
            Some(nested) => block = &nested.block,
            None => return false,
        }
    }
    false
}
