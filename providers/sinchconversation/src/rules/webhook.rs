//! Rules about one webhook: SC-11, SC-13, SC-14, SC-18, and the form of its secret.

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostic, Diagnostics, Path, Step, Value};

use super::{at, choice, error, longest, warning};
use crate::webhook::CLIENT;

/// Triggers [public].
const TRIGGERS: [&str; 21] = [
    "MESSAGE_DELIVERY",
    "MESSAGE_INBOUND",
    "MESSAGE_SUBMIT",
    "EVENT_DELIVERY",
    "EVENT_INBOUND",
    "CONVERSATION_START",
    "CONVERSATION_STOP",
    "CONVERSATION_DELETE",
    "CONTACT_CREATE",
    "CONTACT_DELETE",
    "CONTACT_MERGE",
    "CONTACT_UPDATE",
    "CONTACT_IDENTITIES_DUPLICATION",
    "UNSUPPORTED",
    "OPT_IN",
    "OPT_OUT",
    "CAPABILITY",
    "CHANNEL_EVENT",
    "SMART_CONVERSATION",
    "MESSAGE_INBOUND_SMART_CONVERSATION_REDACTION",
    "RECORD_NOTIFICATION",
];

/// The longest target [public].
const LONGEST_TARGET: usize = 742;

/// SC-11 [public]: the target's form.
pub(super) fn sc11(config: &Value) -> Diagnostics {
    let Some(target) = attrs::text(config, "target") else {
        return Vec::new();
    };
    let wrong = |text: &str| vec![error("SC-11", "Invalid Webhook Target", text).on(at("target"))];
    let Some(rest) = target.strip_prefix("https://") else {
        return wrong("The target must begin with https://.");
    };
    let host = rest
        .split(['/', '?', '#', ':'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    if host.is_empty() || target.contains(char::is_whitespace) {
        return wrong(
            "The target must be an address: https://, a host and a path, without spaces.",
        );
    }
    if target.chars().count() > LONGEST_TARGET {
        return wrong("The target has more than 742 characters, the most that the vendor takes.");
    }
    if host.starts_with("conversation-api.") && host.ends_with(".sinch.com") {
        return wrong(
            "The target is the vendor's own API. It must be the service that receives the events.",
        );
    }
    Vec::new()
}

/// SC-13 [public]: triggers that exist. Newer ones than are known here pass with a warning.
pub(super) fn sc13(config: &Value) -> Diagnostics {
    let Some(items) = config.attr("triggers").and_then(Value::as_slice) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if items.is_empty() {
        found.push(error("SC-13", "No Trigger", "A webhook without triggers receives nothing. Name at least one, such as MESSAGE_INBOUND.").on(at("triggers")));
    }
    for name in items
        .iter()
        .filter_map(Value::as_str)
        .filter(|name| !TRIGGERS.contains(name))
    {
        let capitals = name.to_ascii_uppercase();
        let newer = name.starts_with(|c: char| c.is_ascii_uppercase())
            && name
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        let finding = if name == "UNSPECIFIED_TRIGGER" {
            error(
                "SC-13",
                "Unknown Trigger",
                "UNSPECIFIED_TRIGGER stands for no trigger at all. Name the events that are wanted.",
            )
        } else if newer {
            warning(
                "SC-13",
                "Unknown Trigger",
                format!(
                    "The trigger {name} is not known here. It is sent as it is; if the vendor refuses it, look for its name in the vendor's documentation."
                ),
            )
        } else if TRIGGERS.contains(&capitals.as_str()) {
            error(
                "SC-13",
                "Unknown Trigger",
                format!("Triggers are in capitals. Write {capitals:?} in place of {name:?}."),
            )
        } else {
            error(
                "SC-13",
                "Unknown Trigger",
                format!(
                    "There is no trigger {name:?}. Triggers are: {}.",
                    TRIGGERS.join(", ")
                ),
            )
        };
        found.push(finding.on(at("triggers")));
    }
    found
}

/// SC-14 [public]: DISMISS drops events.
pub(super) fn sc14(config: &Value) -> Diagnostics {
    if attrs::text(config, "target_type") == Some("DISMISS") {
        let text = "With target_type = \"DISMISS\" the events of this webhook are dropped.";
        return vec![warning("SC-14", "Events Are Dropped", text).on(at("target_type"))];
    }
    choice(config, "target_type", &["HTTP", "DISMISS"])
}

/// SC-18 [public]: lengths in the OAuth client.
pub(super) fn sc18(config: &Value) -> Diagnostics {
    let Some(credentials) = attrs::present(config, CLIENT) else {
        return Vec::new();
    };
    let member = |name: &str| at(CLIENT).then(Step::Attribute(name.into()));
    let mut found = longest(credentials, "scope", &member("scope"), 1024);
    found.extend(longest(
        credentials,
        "response_type",
        &member("response_type"),
        64,
    ));
    for problem in choice(credentials, "token_request_type", &["BASIC", "FORM"]) {
        found.push(problem.on(member("token_request_type")));
    }
    found
}

/// The form of the secret [assumed], and of its write-only twin.
pub(super) fn secret(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    let wrong = |name: &str, text: String| {
        Diagnostic::error("Invalid Webhook Secret", text).on(Path::attribute(name))
    };
    for name in ["secret", "secret_wo"] {
        let good = |text: &str| {
            (16..=256).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic())
        };
        if attrs::text(config, name).is_some_and(|text| !good(text)) {
            found.push(wrong(name, format!("`{name}` must have 16 to 256 characters, printable ASCII without spaces. To have no secret, leave it out.")));
        }
    }
    let unset = |name| attrs::is_unset(config, name);
    if !unset("secret") && !unset("secret_wo") {
        found.push(wrong(
            "secret_wo",
            "Set `secret` or `secret_wo`, not both.".into(),
        ));
    }
    if unset("secret_wo") != unset("secret_wo_version") {
        found.push(wrong("secret_wo_version", "`secret_wo` and `secret_wo_version` go together: the secret is sent when its version changes.".into()));
    }
    found
}
