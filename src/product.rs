//! The name that this program goes by in what it says: its own, or Terraform's where it stands in for that.
//!
//! It is a fact of the process, told once by the front end before anything is said. Messages about this program itself
//! (its store, what it can do) have its own name, whatever it was called by.

use std::sync::OnceLock;

static NAME: OnceLock<&'static str> = OnceLock::new();

/// The name, as sentences have it.
#[must_use]
pub fn name() -> &'static str {
    NAME.get().copied().unwrap_or("Trunkline")
}

/// The command that is advised to be run.
#[must_use]
pub fn command() -> String {
    name().to_lowercase()
}

/// A fixed sentence with the name in place of `{product}`.
#[must_use]
pub fn named(sentence: &str) -> String {
    sentence.replace("{product}", name())
}

/// Says once that this program stands in for Terraform.
pub fn stand_in() {
    NAME.get_or_init(|| "Terraform");
}
