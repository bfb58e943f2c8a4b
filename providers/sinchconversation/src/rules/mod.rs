//! The offline rules SC-01–SC-30: what can be told about a configuration without the service.
//!
//! Every rule is a function that returns its findings. A rule skips what it does not know yet. SC-03 and SC-02 look at
//! app ids wherever they are written; SC-26 asks for a change window, which the engine, that knows the time, sees to.

mod app;
mod callbacks;
mod contactpro;
mod declared;
mod guard;
mod number;
mod objects;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_between;
mod webhook;
mod window;

use trunkline_api::kit::attrs;
use trunkline_api::kit::rules::{at, choice, error, literal_secrets, warning};
use trunkline_api::provider::{DeclaredObject, ValidateRequest};
use trunkline_api::{Block, Diagnostic, Diagnostics, Path, Value};

pub(crate) use callbacks::other_project;
pub(crate) use guard::{allowed, not_allowed};

use crate::settings::{REGIONS, SMS_REGIONS, unknown_region};
use declared::Declared;

/// SC-29 [seed]: what a person does for SMS.
pub(crate) const SC29: &str = "SC-29: where Contact Pro sends SMS through this app, tell Sinch which number it sends from; customers cannot set it \
     themselves. A US number is also the SMS sender id of the queue address.";

/// The findings about a provider block.
pub(crate) fn provider(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    if let Some(name) = attrs::text(config, "region")
        && !REGIONS.contains(&name)
    {
        found.push(unknown_region(name));
    }
    found.extend(choice(config, "auth_mode", &["oauth", "basic"]));
    found.extend(choice(config, "required_processing_mode", &app::MODES));
    found.extend(sc27(config));
    let known = |name: &str| {
        matches!(name, "auth" | "numbers")
            || name
                .strip_prefix("conversation.")
                .is_some_and(|r| REGIONS.contains(&r))
            || name
                .strip_prefix("sms.")
                .is_some_and(|r| SMS_REGIONS.contains(&r))
    };
    let overrides = config.attr("base_url_overrides").and_then(Value::as_fields);
    for (name, _) in overrides.into_iter().flat_map(|f| f.iter()) {
        if !known(name) {
            let text = format!(
                "There is no service {name:?}. Use auth, numbers, conversation.<region> or sms.<region>."
            );
            found.push(Diagnostic::error("Unknown Service", text).on(at("base_url_overrides")));
        }
    }
    found
}

/// SC-27 [public]: Basic authentication is for tests; one against an emulator on this machine is.
fn sc27(config: &Value) -> Diagnostics {
    let local = |url: &Value| {
        url.as_str()
            .is_some_and(|u| u.starts_with("http://127.0.0.1") || u.starts_with("http://localhost"))
    };
    let overrides = config.attr("base_url_overrides").and_then(Value::as_fields);
    let emulated = overrides.is_some_and(|o| !o.is_empty() && o.values().all(local));
    if attrs::text(config, "auth_mode") != Some("basic") || emulated {
        return Vec::new();
    }
    let text = "With auth_mode = \"basic\" the vendor takes a few requests only: it is meant for tests. Leave auth_mode out.";
    vec![warning("SC-27", "Basic Authentication", text).on(at("auth_mode"))]
}

/// The findings about an app.
pub(crate) fn app(request: &ValidateRequest, block: &Block) -> Diagnostics {
    let config = &request.config;
    [
        app::values(config),
        app::sc15(config),
        app::sc16(config),
        app::sc18(config),
        app::sc19(config),
        sc28(block, request),
    ]
    .concat()
}

/// The findings about a webhook.
pub(crate) fn webhook(request: &ValidateRequest, block: &Block) -> Diagnostics {
    let config = &request.config;
    let id = attrs::text(config, "app_id").map(|id| app_id(id, &at("app_id")));
    [
        id.unwrap_or_default(),
        webhook::sc11(config),
        webhook::sc13(config),
        webhook::sc14(config),
        webhook::sc18(config),
        webhook::secret(config),
        sc28(block, request),
    ]
    .concat()
}

/// The findings about a number.
pub(crate) fn number(request: &ValidateRequest, block: &Block) -> Diagnostics {
    let config = &request.config;
    [
        number::values(config),
        number::sc20(config),
        number::sc21(config),
        number::sc22(config),
        number::sc24(config),
        sc28(block, request),
    ]
    .concat()
}

/// The findings about the callbacks of a project's numbers.
pub(crate) fn number_callbacks(request: &ValidateRequest, block: &Block) -> Diagnostics {
    let config = &request.config;
    [
        callbacks::sc25(config),
        callbacks::one_secret(config),
        sc28(block, request),
    ]
    .concat()
}

/// The findings about a search for numbers.
pub(crate) fn search(config: &Value) -> Diagnostics {
    let found = number::values(config);
    [
        found,
        choice(config, "search_pattern", &["START", "CONTAIN", "END"]),
    ]
    .concat()
}

/// The findings about a service plan.
pub(crate) fn service_plan(request: &ValidateRequest, block: &Block) -> Diagnostics {
    [
        choice(&request.config, "region", &SMS_REGIONS),
        sc28(block, request),
    ]
    .concat()
}

/// The findings between the objects of the whole configuration, other providers' included.
pub(crate) fn between(all: &[DeclaredObject]) -> Diagnostics {
    let declared = Declared::new(all);
    [
        objects::sc11(&declared),
        objects::sc12(&declared),
        objects::sc17(&declared),
        objects::one_plan(&declared),
        objects::sc19(&declared),
        objects::sc23(&declared),
        contactpro::sc01(&declared),
        contactpro::sc02(&declared),
        contactpro::sc04(&declared),
        contactpro::sc05(&declared),
        contactpro::sc06(&declared),
        contactpro::sc07(&declared),
        contactpro::sc08(&declared),
        contactpro::sc09(&declared),
        contactpro::sc10(&declared),
        contactpro::sc13(&declared),
        contactpro::sc22(&declared),
        window::sc26(&declared, all),
    ]
    .concat()
}

/// Whether a text has the form of an app id: 26 characters of a ULID, in capitals.
pub(crate) fn is_app_id(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase() && !"ILOU".contains(c);
    text.len() == 26 && text.starts_with(|c| ('0'..='7').contains(&c)) && text.chars().all(letter)
}

/// SC-02 [seed] and SC-03 [public]: an app id is in capitals, and looks like a ULID.
fn app_id(id: &str, place: &Path) -> Diagnostics {
    let capitals = id.to_ascii_uppercase();
    if id != capitals {
        let text = format!("App ids are in capitals. Write {capitals:?} in place of {id:?}.");
        return vec![error("SC-02", "App Id Not in Capitals", text).on(place.clone())];
    }
    if !is_app_id(id) {
        let text = format!(
            "{id:?} does not look like an app id, which has 26 characters, digits and capitals without I, L, O and U."
        );
        return vec![warning("SC-03", "Unusual App Id", text).on(place.clone())];
    }
    Vec::new()
}

/// SC-28 [assumed]: secrets come through references.
fn sc28(block: &Block, request: &ValidateRequest) -> Diagnostics {
    let found = |path: &Path| {
        let text = format!(
            "`{path}` is a secret and is written in the configuration as it is, so everybody who can read the repository has it. \
             Take it from a sensitive variable or from another object."
        );
        error("SC-28", "Secret Written as a Literal", text).on(path.clone())
    };
    let literals = literal_secrets(request, block);
    literals.into_iter().map(found).collect()
}

/// SC-18 [public]: an error when a known number is out of its range.
fn range(config: &Value, name: &str, place: &Path, least: i64, most: i64) -> Diagnostics {
    let Some(number) = config.attr(name).and_then(Value::as_number) else {
        return Vec::new();
    };
    if number.to_i64().is_some_and(|n| (least..=most).contains(&n)) {
        return Vec::new();
    }
    let text = format!("`{name}` must be a whole number from {least} to {most}.");
    vec![error("SC-18", "Number Out of Range", text).on(place.clone())]
}

/// SC-18 [public]: an error when a known text is too long. It is not shown: it may be a secret.
fn longest(config: &Value, name: &str, place: &Path, most: usize) -> Diagnostics {
    match attrs::text(config, name) {
        Some(given) if given.chars().count() > most => {
            let text = format!("`{name}` has more than {most} characters.");
            vec![error("SC-18", "Text Too Long", text).on(place.clone())]
        }
        _ => Vec::new(),
    }
}

/// Whether a text is there and empty.
fn is_blank(config: &Value, name: &str) -> bool {
    attrs::text(config, name).is_some_and(|text| text.trim().is_empty())
}
