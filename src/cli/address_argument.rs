//! Addresses as arguments of commands.
//!
//! It looks nothing up.

use trunkline_api::Diagnostic;

use crate::address::{Target, read_target};

/// Reads an address argument.
pub fn parse(text: &str) -> Result<Target, Diagnostic> {
    read_target(text).map_err(|problem| {
        let detail = format!(
            "{}\n\nThe address was {text:?}. It has the form type.name, type.name[0], type.name[\"key\"], or module.name before that.",
            problem.detail
        );
        Diagnostic::error(problem.summary, detail)
    })
}

/// The address among those that there are which a mistyped one may mean, two letters off at most, as a question.
#[must_use]
pub fn meant<'a>(text: &str, there: impl Iterator<Item = &'a str>) -> Option<String> {
    let scored = there.map(|known| (strsim::levenshtein(text, known), known));
    let best = scored.min_by_key(|(distance, _)| *distance);
    best.filter(|(distance, _)| (1..=2).contains(distance))
        .map(|(_, known)| format!("Did you mean {known}?"))
}
