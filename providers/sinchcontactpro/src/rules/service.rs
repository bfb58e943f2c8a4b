//! Rules about a messaging service but for its authentications: CP-01 to CP-04.

use trunkline_api::{Diagnostics, Value};

use super::{error, text};
use crate::names;

const SUMMARY: &str = "Invalid Messaging Service";

/// All of them.
pub(super) fn basics(config: &Value) -> Diagnostics {
    let mut problems = Vec::new();
    let service_type = text(config, "type").map(names::canonical);
    if let Some(given) = &service_type {
        let valid = names::TYPES.join(", ");
        if names::is_retired(given) {
            let detail = format!(
                "CP-01: the messaging service type {given} is no longer supported. Use one of {valid}."
            );
            problems.push(error(SUMMARY, "type", detail));
        } else if !names::TYPES.contains(&&**given) {
            let given = text(config, "type").unwrap_or_default();
            let detail =
                format!("CP-01: there is no messaging service type {given:?}. Use one of {valid}.");
            problems.push(error(SUMMARY, "type", detail));
        }
    }
    if text(config, "name").is_some_and(|n| n.trim().is_empty() || n.chars().count() > 400) {
        let detail = "CP-02: name must have 1 to 400 characters.".to_owned();
        problems.push(error(SUMMARY, "name", detail));
    }
    if let Some(url) = text(config, "service_connection") {
        if !is_https_url(url) {
            let detail = format!(
                "CP-02: service_connection is {url:?}; it must be an absolute URL with https."
            );
            problems.push(error(SUMMARY, "service_connection", detail));
        } else if service_type.as_deref() == Some("sinchconversation")
            && project_and_region(url).is_none()
        {
            let detail = format!(
                "CP-04: service_connection is {url:?}; for sinchconversation it must be https://[eu or us].conversation.api.sinch.com/v1/projects/[project id]/messages:send{}.",
                hint(url)
            );
            problems.push(error(SUMMARY, "service_connection", detail));
        }
    }
    for name in ["authentication_url", "authentication_scope"] {
        if text(config, name).is_some_and(|given| !given.is_empty()) {
            let detail = format!("CP-03: {name} is not applicable for any type. Remove it.");
            problems.push(error(SUMMARY, name, detail));
        }
    }
    problems
}

/// Whether a text is an absolute URL with https.
fn is_https_url(url: &str) -> bool {
    let host = url
        .strip_prefix("https://")
        .map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let good =
        |host: &str| !host.is_empty() && !host.starts_with([':', '.']) && !host.contains('@');
    host.is_some_and(good) && !url.contains(char::is_whitespace)
}

/// Project and region of a Conversation API service connection.
pub(super) fn project_and_region(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("https://")?;
    let (region, rest) = rest.split_once('.')?;
    let project = rest
        .strip_prefix("conversation.api.sinch.com/v1/projects/")?
        .strip_suffix("/messages:send")?;
    let good = !project.is_empty()
        && !project.contains(['/', '?', '#'])
        && !project.contains(char::is_whitespace);
    (good && matches!(region, "eu" | "us")).then_some((project, region))
}

/// What is probably meant, for what older editions of the documentation wrote.
fn hint(url: &str) -> &'static str {
    if url.starts_with("https://na.") {
        "; the landscape na is us now"
    } else if url.starts_with("https://br.") {
        "; Contact Pro has no landscape br"
    } else if url.contains("/v1beta/") {
        "; the version v1beta is v1 now"
    } else if url.ends_with('/') {
        ", without a slash at the end"
    } else if url.contains('?') {
        ", without a query"
    } else if url.contains(".com:") {
        ", without a port"
    } else {
        ""
    }
}
