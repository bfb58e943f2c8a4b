//! SC-25 and what else the secret of number callbacks must be.
//!
//! A secret is never shown.

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostic, Diagnostics, Value};

use super::{at, error};
use crate::number_callbacks::SECRET;

const WRITE_ONLY: &str = "hmac_secret_wo";
const VERSION: &str = "hmac_secret_wo_version";

/// SC-25 [public]: `^[a-zA-Z0-9-]{32,64}$`.
pub(super) fn sc25(config: &Value) -> Diagnostics {
    let good = |text: &str| {
        (32..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let wrong = |name: &&str| attrs::text(config, name).is_some_and(|text| !good(text));
    let finding = |name: &str| {
        let text = format!("`{name}` must have 32 to 64 characters: letters, digits and hyphens.");
        error("SC-25", "Invalid Callback Secret", text).on(at(name))
    };
    [SECRET, WRITE_ONLY]
        .iter()
        .copied()
        .filter(|n| wrong(n))
        .map(finding)
        .collect()
}

/// One of the two ways to give the secret.
pub(super) fn one_secret(config: &Value) -> Diagnostics {
    let unset = |name| attrs::is_unset(config, name);
    let wrong = |name: &str, text: &str| {
        vec![Diagnostic::error("Invalid Callback Secret", text).on(at(name))]
    };
    if unset(SECRET) == unset(WRITE_ONLY) {
        return wrong(SECRET, "Set one of `hmac_secret` and `hmac_secret_wo`.");
    }
    if unset(WRITE_ONLY) != unset(VERSION) {
        return wrong(
            VERSION,
            "`hmac_secret_wo` and `hmac_secret_wo_version` go together: the secret is sent when its version changes.",
        );
    }
    Vec::new()
}

/// An import of another project than the provider block's.
pub(crate) fn other_project(id: &str, project: &str) -> Diagnostic {
    let text = format!(
        "The provider block's project is {project:?}, not {id:?}. Number callbacks are imported by the id of the project, through a provider block of that project."
    );
    Diagnostic::error("Another Project", text)
}
