//! Rules about an external user and its right: CP-21, CP-28, and the form of a right.

use trunkline_api::kit::attrs;
use trunkline_api::provider::ValidateRequest;
use trunkline_api::{Diagnostics, Value};

use super::{error, literals, text, warning};

/// The rules about one user.
pub(crate) fn user(request: &ValidateRequest) -> Diagnostics {
    let mut problems = Vec::new();
    for name in ["first_name", "last_name", "login", "password"] {
        let bad = |given: &str| given.trim().is_empty() || given.chars().count() > 400;
        if text(&request.config, name).is_some_and(bad) {
            let detail = format!("CP-21: {name} is mandatory and has 1 to 400 characters.");
            problems.push(error("Invalid External User", name, detail));
        }
    }
    problems.extend(literals(request, "password"));
    let groups = request.config.attr("groups");
    if groups.is_some_and(|g| g.as_slice().is_some_and(<[Value]>::is_empty)) {
        let detail = "A user outside of the group All Users and its subgroups cannot be managed in System Configurator.";
        problems.push(warning("User in No Group", "groups", detail.to_owned()));
    }
    problems
}

/// A right is given by a role or directly.
pub(crate) fn right(config: &Value) -> Diagnostics {
    let set = |name: &str| !attrs::is_unset(config, name);
    let open =
        attrs::has_unknown(config, "role_id") || attrs::has_unknown(config, "messaging_service_id");
    if open || set("role_id") != set("messaging_service_id") {
        return Vec::new();
    }
    let detail = "CP-23: give the right either by a role that holds it (role_id) or directly (messaging_service_id, * for all services).";
    vec![error("Invalid Right", "role_id", detail.to_owned())]
}
