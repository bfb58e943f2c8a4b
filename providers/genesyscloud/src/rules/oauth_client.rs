//! Rules about one OAuth client: GC03, GC10 to GC13. (GC14 is about several objects.)

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostic, Diagnostics, Path, Value};

use super::ids::gc03;
use crate::oauth_client::GRANT_TYPES;

/// The rules about one client.
pub(crate) fn oauth_client(config: &Value) -> Diagnostics {
    let mut problems = Vec::new();
    for role in attrs::items(config, "roles") {
        for (name, star) in [("role_id", false), ("division_id", true)] {
            if let Some(id) = attrs::text(role, name) {
                problems.extend(gc03(id, Path::attribute("roles"), star));
            }
        }
    }
    problems.extend(gc10(config));
    problems.extend(gc11(config));
    problems.extend(gc12(config));
    problems.extend(gc13(config));
    problems
}

fn invalid(attribute: &str, detail: String) -> Diagnostic {
    Diagnostic::error("Invalid OAuth Client", detail).on(Path::attribute(attribute))
}

/// GC10: the grant type is one of the service's, in its exact spelling.
pub(super) fn gc10(config: &Value) -> Diagnostics {
    match attrs::text(config, "authorized_grant_type") {
        Some(given) if !GRANT_TYPES.contains(&given) => vec![invalid(
            "authorized_grant_type",
            format!(
                "GC10: authorized_grant_type is {given:?}; it must be one of {}, spelt exactly so.",
                GRANT_TYPES.join(", ")
            ),
        )],
        _ => Vec::new(),
    }
}

/// GC11: client credentials come with roles and without scopes and redirects; every other grant with scopes.
pub(super) fn gc11(config: &Value) -> Diagnostics {
    let Some(grant) =
        attrs::text(config, "authorized_grant_type").filter(|g| GRANT_TYPES.contains(g))
    else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    let some = |name: &str| !attrs::items(config, name).is_empty();
    let unknown = |name: &str| attrs::has_unknown(config, name);
    if grant != "CLIENT-CREDENTIALS" {
        if !some("scopes") && !unknown("scopes") {
            problems.push(invalid(
                "scopes",
                format!("GC11: a client with grant type {grant} needs scopes."),
            ));
        }
        return problems;
    }
    if !some("roles") && !unknown("roles") {
        let detail = "GC11: a client with grant type CLIENT-CREDENTIALS needs at least one role.";
        problems.push(invalid("roles", detail.to_owned()));
    }
    if some("scopes") {
        let detail = "GC11: a client with grant type CLIENT-CREDENTIALS has roles, not scopes. Remove scopes.";
        problems.push(invalid("scopes", detail.to_owned()));
    }
    if some("registered_redirect_uris") {
        let detail = "GC11: a client with grant type CLIENT-CREDENTIALS never redirects. Remove registered_redirect_uris.";
        problems.push(
            Diagnostic::warning("Redirect Not Used", detail)
                .on(Path::attribute("registered_redirect_uris")),
        );
    }
    problems
}

/// GC12: tokens live 300 to 172800 seconds; up to 38880000 for SCIM clients only, which cannot be told.
pub(super) fn gc12(config: &Value) -> Diagnostics {
    let name = "access_token_validity_seconds";
    if attrs::present(config, name).is_none() {
        return Vec::new();
    }
    match attrs::integer(config, name) {
        Some(300..=172_800) => Vec::new(),
        Some(seconds @ 172_801..=38_880_000) => vec![
            Diagnostic::warning(
                "Long Token Life",
                format!(
                    "GC12: {name} is {seconds}; more than 172800 is accepted for SCIM clients only."
                ),
            )
            .on(Path::attribute(name)),
        ],
        _ => vec![invalid(
            name,
            format!(
                "GC12: {name} must be a whole number from 300 to 172800 (38880000 for SCIM clients)."
            ),
        )],
    }
}

/// GC13: a client is active or inactive; only the vendor's support disables one.
pub(super) fn gc13(config: &Value) -> Diagnostics {
    match attrs::text(config, "state") {
        Some(state) if !["active", "inactive"].contains(&state) => {
            vec![invalid(
                "state",
                format!("GC13: state is {state:?}; it must be active or inactive."),
            )]
        }
        _ => Vec::new(),
    }
}
