//! Rules about one grant: GC03. (GC17 and GC18 are about several objects.)

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostic, Diagnostics, Path, Value};

use super::ids::gc03_of;
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
