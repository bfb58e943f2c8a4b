//! Rules about one object: AL01–AL04, AL07, AL10, AL11, AL20, AL21, and the forms of its values.

use trunkline_api::kit::rules::literal_secrets;
use trunkline_api::provider::ValidateRequest;

use super::*;

/// Types of channels [public]; of the last three nobody says that they can be made.
const TYPES: [&str; 4] = ["whatsapp", "messenger", "instagram", "viber"];
const OTHER_TYPES: [&str; 3] = ["telegram", "email", "sms"];

/// AL01 [assumed]: a channel's id is not empty, and looks like one.
pub(super) fn al01(config: &Value, name: &str) -> Diagnostics {
    let Some(id) = attrs::text(config, name) else {
        return Vec::new();
    };
    if id.is_empty() || id.contains(char::is_whitespace) {
        let text = format!("`{name}` must be the id of a channel, without spaces.");
        return vec![error("AL01", "Invalid Channel Id", text).on(at(name))];
    }
    let cams = id.strip_prefix("cams-").is_some_and(|rest| {
        !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    });
    if cams || id.len() >= 6 && id.chars().all(|c| c.is_ascii_digit()) {
        return Vec::new();
    }
    let text = format!(
        "{id:?} does not look like the id of a channel, which is cams- and letters or digits, or six digits or more. Check it in the console."
    );
    vec![warning("AL01", "Unusual Channel Id", text).on(at(name))]
}

/// An error for a text that is there and has nothing in it.
pub(super) fn blank(config: &Value, name: &str, id: &str) -> Diagnostics {
    match attrs::text(config, name) {
        Some(text) if text.trim().is_empty() || text.trim() != text => {
            let text = format!("`{name}` must not be empty, nor begin or end with a space.");
            vec![error(id, "Invalid Name", text).on(at(name))]
        }
        _ => Vec::new(),
    }
}

/// An error for a text that is too long [assumed].
pub(super) fn longest(config: &Value, name: &str, most: usize) -> Diagnostics {
    match attrs::text(config, name) {
        Some(text) if text.chars().count() > most => {
            let text = format!("`{name}` has more than {most} characters.");
            vec![Diagnostic::error("Text Too Long", text).on(at(name))]
        }
        _ => Vec::new(),
    }
}

/// AL02 [public]: the type of a channel, in any case.
pub(super) fn al02(config: &Value) -> Diagnostics {
    let Some(given) = attrs::text(config, "channel_type") else {
        return Vec::new();
    };
    let kind = given.to_ascii_lowercase();
    let place = at("channel_type");
    if TYPES.contains(&kind.as_str()) {
        return Vec::new();
    }
    if OTHER_TYPES.contains(&kind.as_str()) {
        let text = format!(
            "The vendor's contract of channels does not name the type {given:?}, though others of its pages do. It is sent as it is."
        );
        return vec![warning("AL02", "Unusual Channel Type", text).on(place)];
    }
    let text = format!(
        "There is no channel type {given:?}. Types are: {}.",
        TYPES.join(", ")
    );
    vec![error("AL02", "Unknown Channel Type", text).on(place)]
}

/// AL03 [seed]: scheduling needs countries; their codes [assumed].
pub(super) fn al03(config: &Value) -> Diagnostics {
    let on = attrs::flag(config, "enabled") == Some(true);
    let unset = attrs::is_unset(config, "countries");
    let empty = config
        .attr("countries")
        .and_then(Value::as_slice)
        .is_some_and(|c| c.is_empty());
    if on && (unset || empty) {
        let text = "OTP delivery scheduling needs at least one country in `countries`.";
        return vec![error("AL03", "No Country", text).on(at("countries"))];
    }
    countries(&attrs::texts(config, "countries"), "countries")
}

/// AL03 [assumed]: ISO 3166-1 alpha-2 codes. A set has each once.
pub(super) fn countries(codes: &[String], name: &str) -> Diagnostics {
    let good = |code: &&String| code.len() == 2 && code.chars().all(|c| c.is_ascii_uppercase());
    let wrong = codes.iter().filter(|code| !good(code));
    wrong
        .map(|code| {
            let text = format!("{code:?} is not the code of a country: two capitals, as in SG.");
            error("AL03", "Invalid Country", text).on(at(name))
        })
        .collect()
}

/// AL04 [seed]: what happens without scheduling resources.
pub(super) fn al04(config: &Value) -> Diagnostics {
    if attrs::flag(config, "enabled") != Some(true) {
        return Vec::new();
    }
    let own = config.attr("use_own_numbers");
    if own.is_some_and(|own| !own.is_known()) {
        return Vec::new();
    }
    let text = match own.and_then(Value::as_bool) {
        Some(true) => {
            "Where no scheduling resources are available, your own numbers send, which may cost international authentication rates."
        }
        _ => {
            "Where no scheduling resources are available, sending fails. With use_own_numbers = true your own numbers send instead."
        }
    };
    vec![warning("AL04", "Without Scheduling Resources", text).on(at("use_own_numbers"))]
}

/// AL07 [seed]: a signature needs a name and a URL first; a literal one is an error [assumed].
pub(super) fn al07(request: &ValidateRequest, block: &Block) -> Diagnostics {
    let config = &request.config;
    let mut found = blank(config, "name", "AL07");
    found.extend(blank(config, "api_request_url", "AL07"));
    let literals = literal_secrets(request, block);
    found.extend(literals.into_iter().map(|path: &Path| {
        let text = format!(
            "`{path}` is a secret and is written in the configuration as it is. Take it from a sensitive variable or a store of secrets."
        );
        error("AL07", "Secret Written as a Literal", text).on(path.clone())
    }));
    found
}

/// The form of an intent's code [assumed].
pub(super) fn intent_code(config: &Value) -> Diagnostics {
    let good = |code: &str| {
        let rest = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        code.len() <= 64
            && code.starts_with(|c: char| c.is_ascii_alphabetic())
            && code.chars().all(rest)
    };
    match attrs::text(config, "code") {
        Some(code) if !good(code) => {
            let text = format!(
                "The intent code {code:?} must begin with a letter and have at most 64 letters, digits, _ . or -."
            );
            vec![Diagnostic::error("Invalid Intent Code", text).on(at("code"))]
        }
        _ => Vec::new(),
    }
}

/// The form of an intent's data [assumed]: what looks like JSON is JSON.
pub(super) fn intent_data(config: &Value) -> Diagnostics {
    let Some(data) = attrs::text(config, "default_data") else {
        return Vec::new();
    };
    let wrong =
        |text: &str| vec![Diagnostic::error("Invalid Intent Data", text).on(at("default_data"))];
    if data.len() > 2048 {
        return wrong("`default_data` has more than 2048 bytes.");
    }
    let json = data.trim_start().starts_with(['{', '[']);
    if json && serde_json::from_str::<serde_json::Value>(data).is_err() {
        return wrong("`default_data` looks like JSON and is not. Write it with jsonencode.");
    }
    Vec::new()
}

/// AL10 [public]: how long a delivery is waited for, and what counts.
pub(super) fn al10(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    if let Some(number) = config.attr("duration_seconds").and_then(Value::as_number)
        && !number.to_i64().is_some_and(|n| (60..=43200).contains(&n))
    {
        let text = "`duration_seconds` must be a whole number from 60 to 43200.";
        found.push(error("AL10", "Invalid Fallback", text).on(at("duration_seconds")));
    }
    if let Some(rule) = attrs::text(config, "rule")
        && !["undelivered", "sentFailed"].contains(&rule)
    {
        let text = format!("`rule` is {rule:?}, but must be undelivered or sentFailed.");
        found.push(error("AL10", "Invalid Fallback", text).on(at("rule")));
    }
    found
}

/// AL11 [public sample]: the form of a number.
pub(super) fn number(config: &Value) -> Diagnostics {
    let good = |n: &str| (8..=15).contains(&n.len()) && n.chars().all(|c| c.is_ascii_digit());
    match attrs::text(config, "phone_number") {
        Some(number) if !good(number) => {
            let text = format!(
                "{number:?} must have 8 to 15 digits, with the country code and without + or spaces."
            );
            vec![error("AL11", "Invalid Phone Number", text).on(at("phone_number"))]
        }
        _ => Vec::new(),
    }
}

/// AL11 [assumed]: a webhook goes somewhere, and where it is posted there is a URL.
pub(super) fn al11(config: &Value, urls: &[&str]) -> Diagnostics {
    let flag = |name: &str, usual: bool| match config.attr(name) {
        Some(value) if !value.is_known() => None,
        Some(value) => Some(value.as_bool().unwrap_or(usual)),
        None => Some(usual),
    };
    let (http, queue) = (flag("http_enabled", true), flag("queue_enabled", false));
    if (http, queue) == (Some(false), Some(false)) {
        let text = "With http_enabled and queue_enabled false the webhook goes nowhere. Leave the object out instead.";
        return vec![error("AL11", "Webhook Without a Target", text).on(at("http_enabled"))];
    }
    let none = urls
        .iter()
        .all(|name| attrs::is_unset(config, name) || attrs::text(config, name) == Some(""));
    if http == Some(true) && none {
        let text = format!(
            "With http_enabled there must be a URL: {}.",
            urls.join(" or ")
        );
        return vec![error("AL11", "Webhook Without a Target", text).on(at(urls[0]))];
    }
    Vec::new()
}

/// AL20 [public]: pages and their sizes are from 1.
pub(super) fn at_least_one(config: &Value, name: &str, id: &str) -> Diagnostics {
    match config.attr(name).and_then(Value::as_number) {
        Some(number) if number.to_i64().is_none_or(|n| n < 1) => {
            let text = format!("`{name}` must be a whole number from 1.");
            vec![error(id, "Invalid Page", text).on(at(name))]
        }
        _ => Vec::new(),
    }
}

/// AL21 [public]: the vendor lists one region.
pub(super) fn al21(config: &Value) -> Diagnostics {
    let override_given = !attrs::is_unset(config, "endpoint");
    match attrs::text(config, "region") {
        Some(region) if region != REGION && !override_given => {
            let text = format!(
                "The vendor lists the service in {REGION} only, not in {region:?}. Where it is in {region:?}, give its address as endpoint."
            );
            vec![error("AL21", "Unknown Region", text).on(at("region"))]
        }
        _ => Vec::new(),
    }
}
