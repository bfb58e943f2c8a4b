//! What can be checked offline, each rule with its number.
//!
//! A rule is a function from configuration to problems. Unknown values break no rule. A rule that only
//! informs (GC09: wildcards are stored expanded since 2026-06-01) is a note of the plan, not a warning.

mod between;
mod connection;
mod grant;
mod ids;
mod oauth_client;
mod order;
mod role;
mod scenario;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_between;
mod user;

use trunkline_api::provider::DeclaredObject;
use trunkline_api::{Diagnostics, Value};

pub(crate) use grant::{grant, user_roles};
pub(crate) use ids::is_uuid;
pub(crate) use oauth_client::oauth_client;
pub(crate) use order::{not_confirmed, order};
pub(crate) use role::{GC09, has_wildcard, renamed_built_in, role};
pub(crate) use user::{managed_user, user};

/// The rules about the provider block.
pub(crate) fn provider(config: &Value) -> Diagnostics {
    let mut problems = Vec::new();
    problems.extend(connection::gc01(config));
    problems.extend(connection::gc02(config));
    problems
}

/// The rules between objects: those of the whole scenario, and those about several of our own.
pub(crate) fn between(objects: &[DeclaredObject]) -> Diagnostics {
    let objects = between::Objects::new(objects);
    let mut problems = Vec::new();
    problems.extend(scenario::gc08(&objects));
    problems.extend(scenario::gc14(&objects));
    problems.extend(between::gc17(&objects));
    problems.extend(between::gc18(&objects));
    problems.extend(scenario::gc20(&objects));
    problems.extend(scenario::gc22(&objects));
    problems.extend(scenario::gc23(&objects));
    problems.extend(between::gc26(&objects));
    problems
}
