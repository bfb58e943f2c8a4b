//! What can be checked offline, each rule with its number.
//!
//! A rule is a function from configuration to problems. Unknown values break no rule. Not here: CP-20, which the plan
//! of an `sms` address says, and what a change window does, which the program sees to; that there is one is CP-29.

mod address;
mod apps;
mod between;
mod entries;
mod objects;
mod service;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_between;
mod user;

use trunkline_api::kit::declared::Declared;
use trunkline_api::provider::{DeclaredObject, ValidateRequest};
use trunkline_api::{Diagnostic, Diagnostics, Path, Value, path::Step};

pub(crate) use address::address;
pub(crate) use user::{right, user};

/// The rules about one messaging service.
pub(crate) fn service(request: &ValidateRequest) -> Diagnostics {
    let config = &request.config;
    let mut problems = service::basics(config);
    problems.extend(entries::entries(config));
    problems.extend(literals(request, "secret"));
    problems
}

/// The rules between objects, also those of the Conversation API's provider.
pub(crate) fn between(declared: &[DeclaredObject]) -> Diagnostics {
    let objects = objects::Objects::new(declared);
    let mut problems = Vec::new();
    problems.extend(apps::cp11(&objects));
    problems.extend(apps::cp12(&objects));
    problems.extend(apps::cp13(&objects));
    problems.extend(apps::cp15(&objects));
    problems.extend(between::cp17(&objects));
    problems.extend(between::cp18(&objects));
    problems.extend(between::cp22(&objects));
    problems.extend(between::cp23(&objects));
    problems.extend(between::cp24(&objects));
    problems.extend(between::cp25(&objects));
    problems.extend(between::cp29(&objects, Declared(declared)));
    problems.extend(apps::cp30(&objects));
    problems
}

/// CP-28: secrets are not written in the configuration.
fn literals(request: &ValidateRequest, name: &str) -> Diagnostics {
    let is_secret =
        |path: &&Path| matches!(path.0.last(), Some(Step::Attribute(last)) if **last == *name);
    let problem = |path: &Path| {
        let detail = format!(
            "CP-28: {name} is written in the configuration, where everyone can read it. Use a sensitive variable."
        );
        Diagnostic::error("Literal Secret", detail).on(path.clone())
    };
    request
        .literals
        .iter()
        .filter(is_secret)
        .map(problem)
        .collect()
}

/// A problem about an attribute.
fn error(summary: &str, attribute: &str, detail: String) -> Diagnostic {
    Diagnostic::error(summary, detail).on(Path::attribute(attribute))
}

/// A warning about an attribute.
fn warning(summary: &str, attribute: &str, detail: String) -> Diagnostic {
    Diagnostic::warning(summary, detail).on(Path::attribute(attribute))
}

/// CP-06 and CP-07: an application id is in capitals, and looks like one.
fn app_id(path: &Path, app: &str) -> Option<Diagnostic> {
    let capitals = app.to_ascii_uppercase();
    if capitals != app {
        let detail = format!(
            "CP-06: the app id {app:?} must be in capitals, as in the Conversation API: {capitals}."
        );
        return Some(Diagnostic::error("App Id Not in Capitals", detail).on(path.clone()));
    }
    (!crate::names::is_ulid(app)).then(|| {
        let detail = format!("CP-07: the app id {app:?} does not look like one of the Conversation API, which has 26 characters without I, L, O and U. Check it.");
        Diagnostic::warning("Unusual App Id", detail).on(path.clone())
    })
}

/// The known text of an attribute that is set.
fn text<'v>(config: &'v Value, name: &str) -> Option<&'v str> {
    trunkline_api::kit::attrs::text(config, name)
}
