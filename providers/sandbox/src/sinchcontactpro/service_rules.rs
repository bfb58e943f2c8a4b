//! What a messaging service of each type must look like: connection, authentication ids, how many of them.
//!
//! The table of types, ids and secrets: reference document; counts and forms: [assumed] where it is silent. It
//! must not store or answer anything.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::check::{Problem, is_uuid};
use crate::settings::Settings;

/// Types that the reference document names as no longer supported.
pub(crate) const RETIRED: &[&str] = &["twilio", "sap365", "social365"];

/// The id of the entry for incoming messages.
pub(crate) const WEBHOOK: &str = "webhook";

/// What may trigger a callback that a messaging service takes.
pub(crate) const TRIGGERS: &[&str] = &["MESSAGE_DELIVERY", "MESSAGE_INBOUND"];

const CONVERSATION: &str = "sinchconversation";

/// The spelling of every supported type.
pub(crate) fn types(settings: &Settings) -> Vec<&str> {
    vec![
        settings.contactpro_teams_type.as_str(),
        "facebook",
        "c4semail",
        "c4semailv2",
        CONVERSATION,
        "sinchsms",
        "wavy",
    ]
}

fn problem(field: &str, what: &str) -> Problem {
    Problem {
        field: field.to_owned(),
        code: "invalid.value",
        message: format!("{field} {what}"),
    }
}

/// Whether this entry is for incoming messages.
pub(crate) fn is_incoming(kind: &str, id: &str) -> bool {
    kind == CONVERSATION && id == WEBHOOK
}

/// Everything wrong with a service as a whole. `complete` asks for the entries that it must have.
pub(crate) fn problems(settings: &Settings, service: &Value, complete: bool) -> Vec<Problem> {
    let kind = service["type"].as_str().unwrap_or_default();
    let mut out = Vec::new();
    if let Some(what) = connection(kind, service) {
        out.push(problem("serviceConnection", what));
    }
    let mut seen = BTreeSet::new();
    let mut outgoing = Vec::new();
    for (i, entry) in service["authentications"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let at = format!("authentications[{i}]");
        let id = entry["authenticationId"].as_str().unwrap_or_default();
        if !seen.insert(id) {
            out.push(problem(&format!("{at}.authenticationId"), "occurs twice"));
        }
        let incoming = is_incoming(kind, id);
        if (entry["direction"] == "INCOMING") != incoming {
            let what = if incoming {
                "must be INCOMING for the id webhook"
            } else {
                "must be OUTGOING; only the entry webhook of a sinchconversation service is incoming"
            };
            out.push(problem(&format!("{at}.direction"), what));
        }
        if incoming {
            continue;
        }
        if !entry["triggers"].is_null() {
            out.push(problem(
                &format!("{at}.triggers"),
                "belong to the entry webhook of a sinchconversation service",
            ));
        }
        if let Some(what) = outgoing_id(settings, kind, id) {
            out.push(problem(&format!("{at}.authenticationId"), what));
        }
        outgoing.push(id);
    }
    if complete && outgoing.is_empty() {
        out.push(problem("authentications", "must have an outgoing entry"));
    }
    if let Some(what) = count(settings, kind, &outgoing) {
        out.push(problem("authentications", what));
    }
    out
}

fn connection(kind: &str, service: &Value) -> Option<&'static str> {
    let url = service["serviceConnection"].as_str().unwrap_or_default();
    let parsed = url::Url::parse(url).ok().filter(|u| u.has_host());
    let secure = parsed.is_some_and(|u| u.scheme() == "https");
    if !secure || url.contains(char::is_whitespace) {
        return Some("must be an absolute https URL");
    }
    match kind {
        CONVERSATION if !is_conversation_url(url) => Some(
            "must be https://{eu or us}.conversation.api.sinch.com/v1/projects/{project}/messages:send",
        ),
        "sinchsms" => sms_plan(url).and_then(|plan| {
            let entries = service["authentications"].as_array()?;
            let other = entries.iter().any(|e| e["authenticationId"] != plan);
            other.then_some("names another service plan than the authentication id")
        }),
        _ => None,
    }
}

fn is_conversation_url(url: &str) -> bool {
    let rest = ["https://eu.", "https://us."]
        .iter()
        .find_map(|start| url.strip_prefix(start))
        .and_then(|rest| rest.strip_prefix("conversation.api.sinch.com/v1/projects/"))
        .and_then(|rest| rest.strip_suffix("/messages:send"));
    rest.is_some_and(|project| !project.is_empty() && !project.contains(['/', '?', '#']))
}

/// The service plan in the URL of the SMS API.
fn sms_plan(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once(".sms.api.sinch.com/xms/v1/")?;
    rest.split('/').next().filter(|plan| !plan.is_empty())
}

fn outgoing_id(settings: &Settings, kind: &str, id: &str) -> Option<&'static str> {
    let email = |text: &str| {
        text.split_once('@')
            .is_some_and(|(a, b)| !a.is_empty() && b.contains('.') && !b.contains('@'))
    };
    match kind {
        CONVERSATION => (!is_key_at_app(id)).then_some(
            "must be [Key ID]@[App ID] with the app id in capital letters, or webhook for incoming messages",
        ),
        "facebook" => (id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()))
            .then_some("must be a page id: digits only"),
        "sinchsms" => id.contains('@').then_some("must be a service plan id"),
        _ if kind == settings.contactpro_teams_type => (!is_uuid(id) && !email(id))
            .then_some("must be an application (client) id, or a technical user in e-mail form"),
        _ => None,
    }
}

/// `[Key ID]@[App ID]`.
fn is_key_at_app(id: &str) -> bool {
    id.split_once('@').is_some_and(|(key, app)| {
        !key.is_empty()
            && !key.contains(char::is_whitespace)
            && !app.is_empty()
            && app
                .bytes()
                .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
    })
}

fn count(settings: &Settings, kind: &str, outgoing: &[&str]) -> Option<&'static str> {
    match kind {
        "facebook" | CONVERSATION => None,
        _ if kind == settings.contactpro_teams_type => {
            let apps = outgoing.iter().filter(|id| is_uuid(id)).count();
            (apps > 1 || outgoing.len() - apps > 1)
                .then_some("must have at most one application and one technical user")
        }
        _ => (outgoing.len() > 1).then_some("must have one entry only for this type"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_conversation_url_has_one_form() {
        for (url, good) in [
            (
                "https://eu.conversation.api.sinch.com/v1/projects/p/messages:send",
                true,
            ),
            (
                "https://us.conversation.api.sinch.com/v1/projects/p/messages:send",
                true,
            ),
            (
                "https://br.conversation.api.sinch.com/v1/projects/p/messages:send",
                false,
            ),
            (
                "https://eu.conversation.api.sinch.com/v1beta/projects/p/messages:send",
                false,
            ),
            (
                "https://eu.conversation.api.sinch.com/v1/projects//messages:send",
                false,
            ),
            (
                "https://eu.conversation.api.sinch.com/v1/projects/p/messages:send/",
                false,
            ),
            (
                "https://eu.conversation.api.sinch.com/v1/projects/p/q/messages:send",
                false,
            ),
            (
                "https://eu.conversation.api.sinch.com:443/v1/projects/p/messages:send",
                false,
            ),
        ] {
            assert_eq!(is_conversation_url(url), good, "{url}");
        }
    }

    #[test]
    fn the_app_id_is_in_capitals() {
        for (id, good) in [
            ("key@01EB37HMH1M6SV18ASNS3G135H", true),
            ("key@01eb37hmh1m6sv18asns3g135h", false),
            ("key@APP@APP", false),
            ("@APP", false),
            ("key@", false),
            ("a key@APP", false),
        ] {
            assert_eq!(is_key_at_app(id), good, "{id}");
        }
    }
}
