//! Rules about users: GC03, GC15, GC16.

use trunkline_api::kit::attrs;
use trunkline_api::provider::ValidateRequest;
use trunkline_api::{Diagnostic, Diagnostics, Path, Value};

use super::ids::gc03_of;

/// The rules about one user.
pub(crate) fn user(config: &Value) -> Diagnostics {
    gc16(config)
}

/// The rules about one managed user.
pub(crate) fn managed_user(request: &ValidateRequest) -> Diagnostics {
    let mut problems = gc16(&request.config);
    for name in ["division_id", "manager"] {
        problems.extend(gc03_of(&request.config, name, false));
    }
    if request.literals.contains(&Path::attribute("password")) {
        let detail = "GC15: password is written in the configuration, where everyone can read it. Use a sensitive variable.";
        problems
            .push(Diagnostic::warning("Literal Secret", detail).on(Path::attribute("password")));
    }
    problems
}

/// Whether `text` has one `@` with text on both sides and no space.
pub(super) fn looks_like_email(text: &str) -> bool {
    match text.split_once('@') {
        Some((name, domain)) => {
            !name.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !text.contains(char::is_whitespace)
        }
        None => false,
    }
}

/// GC16: the address looks like one; the state, where it is set, is active or inactive.
pub(super) fn gc16(config: &Value) -> Diagnostics {
    let mut problems = Vec::new();
    if let Some(email) = attrs::text(config, "email")
        && !looks_like_email(email)
    {
        let detail =
            format!("GC16: email is {email:?}; an address has one @ with text on both sides.");
        problems.push(Diagnostic::error("Invalid User", detail).on(Path::attribute("email")));
    }
    if let Some(state) = attrs::text(config, "state")
        && !["active", "inactive"].contains(&state)
    {
        let detail = format!("GC16: state is {state:?}; it must be active or inactive.");
        problems.push(Diagnostic::error("Invalid User", detail).on(Path::attribute("state")));
    }
    problems
}
