//! Rules about the grants of one subject: GC03. (GC17 and GC18 are about several objects.)

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostic, Diagnostics, Path, Value};

use super::ids::{gc03, gc03_of};
use crate::role_grant::SUBJECT_TYPES;

/// The rules about one grant.
pub(crate) fn grant(config: &Value) -> Diagnostics {
    let mut problems = gc03_of(config, "subject_id", false);
    problems.extend(gc03_of(config, "role_id", false));
    problems.extend(gc03_of(config, "division_id", true));
    if let Some(kind) = attrs::text(config, "subject_type")
        && !SUBJECT_TYPES.contains(&kind)
    {
        let detail = format!(
            "subject_type is {kind:?}; it must be one of {}.",
            SUBJECT_TYPES.join(", ")
        );
        problems
            .push(Diagnostic::error("Invalid Grant", detail).on(Path::attribute("subject_type")));
    }
    problems
}

/// The rules about all roles of one user.
pub(crate) fn user_roles(config: &Value) -> Diagnostics {
    let mut problems = gc03_of(config, "user_id", false);
    for role in attrs::items(config, "roles") {
        if let Some(id) = attrs::text(role, "role_id") {
            problems.extend(gc03(id, Path::attribute("roles"), false));
        }
        for id in attrs::texts(role, "division_ids") {
            problems.extend(gc03(&id, Path::attribute("roles"), true));
        }
    }
    problems
}
