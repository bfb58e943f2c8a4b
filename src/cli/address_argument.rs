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
