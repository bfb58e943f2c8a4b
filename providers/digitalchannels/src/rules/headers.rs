//! DC25 and DC26: custom `header:` options of the webhooks of a custom gateway.

use trunkline_api::{Diagnostics, Value};

use trunkline_api::provider::DeclaredObject;

use super::declared::Declared;
use super::finding::{at, error, meant};
use crate::names;
use crate::values;

/// Headers that Digital Channels or HTTP itself sets.
const RESERVED: [&str; 5] = [
    "Content-Type",
    "Content-Length",
    "Host",
    "X-Hub-Signature",
    "X-B3-TraceId",
];

/// DC25, prefix [seed], rest [assumed]: a header has a valid name that is not taken, and a static value of one line.
/// Values are not shown: they may be tokens.
pub(super) fn dc25(config: &Value) -> Diagnostics {
    let Some(headers) = values::fields(config, "headers") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut wrong =
        |text: String| found.push(error("DC25", "Invalid custom header", text).on(at("headers")));
    for (name, value) in headers.iter() {
        if let Some(rest) = name.strip_prefix(names::HEADER_PREFIX) {
            wrong(format!(
                "Write the header {rest:?} without \"header:\", which is put before it."
            ));
        } else if name.is_empty() || !name.bytes().all(is_token) {
            wrong(format!(
                "{name:?} is not an HTTP header name: letters, digits and !#$%&'*+.^_`|~- are allowed."
            ));
        } else if let Some(taken) = RESERVED
            .iter()
            .find(|taken| taken.eq_ignore_ascii_case(name))
        {
            wrong(format!(
                "The header {taken} is set by Digital Channels itself and cannot be set here."
            ));
        }
        let Some(text) = value.as_str() else { continue };
        if text.chars().any(char::is_control) {
            wrong(format!(
                "The value of the header {name:?} must be one line without control characters."
            ));
        } else if text.contains("${") || text.contains("{{") {
            wrong(format!(
                "The value of the header {name:?} has template marks, but is sent as it is: it must be static."
            ));
        }
    }
    found
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+.^_`|~-".contains(&byte)
}

/// DC26 [seed]: `header:` options are for the custom gateway only: not in a sender id's section.
pub(super) fn dc26_section(config: &Value) -> Diagnostics {
    let Some(extra) = values::fields(config, "extra_options") else {
        return Vec::new();
    };
    let headers = extra
        .keys()
        .filter(|name| name.starts_with(names::HEADER_PREFIX));
    let wrong = |name: &std::sync::Arc<str>| {
        let text = format!(
            "The option {name:?} belongs in the section of the custom gateway's provider, not in a sender id's. Use the resource {}.",
            names::PROVIDER_OPTIONS
        );
        error("DC26", "Custom header in the wrong place", text).on(at("extra_options"))
    };
    headers.map(wrong).collect()
}

/// DC26 [seed]: the section is not that of another provider or of a sender id.
pub(super) fn dc26(config: &Value) -> Diagnostics {
    let Some(section) = values::known(config, "section") else {
        return Vec::new();
    };
    let others = [
        "Portico",
        "PorticoSMS",
        "mGage",
        "mGageSMS",
        "PurecloudIDP",
        "SMS",
    ];
    let other = others.contains(&section) || section.starts_with(names::SECTION_PREFIX);
    let misspelt = section != names::ASYNC_SECTION
        && meant(section, &[names::ASYNC_SECTION])
            .is_some_and(|_| section.eq_ignore_ascii_case(names::ASYNC_SECTION));
    if !other && !misspelt && !section.trim().is_empty() {
        return Vec::new();
    }
    let text = format!(
        "Custom headers are sent by the custom gateway (Async) only, so {section:?} is not a section for them. Leave `section` out, or name the section of your async provider."
    );
    vec![error("DC26", "Custom header in the wrong place", text).on(at("section"))]
}

/// DC26 [seed], between objects: where there are custom headers, there is an Async service.
pub(super) fn dc26_between(declared: Declared<'_>) -> Diagnostics {
    let services = declared.services();
    let lonely = |object: &&DeclaredObject| {
        !declared
            .missing_services(&services, object, &["Async"])
            .is_empty()
    };
    let wrong = |object: &DeclaredObject| {
        let text = "Custom headers are sent by the custom gateway only, but no service Async is declared here. Declare it, or name it in `existing_services` of the provider block.";
        error("DC26", "Custom header without a custom gateway", text).about(&object.address)
    };
    declared
        .managed(names::PROVIDER_OPTIONS)
        .filter(lonely)
        .map(wrong)
        .collect()
}
