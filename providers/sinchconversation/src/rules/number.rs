//! Rules about one number: SC-20, SC-21, SC-22, SC-24, and its enumerations.

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostic, Diagnostics, Value};

use super::{at, choice, error, is_blank, warning};
use crate::number::VOICE;

/// The enumerations of a number or of a search.
pub(super) fn values(config: &Value) -> Diagnostics {
    let mut found = choice(config, "type", &["MOBILE", "LOCAL", "TOLL_FREE"]);
    let country = |text: &str| text.len() == 2 && text.chars().all(|c| c.is_ascii_uppercase());
    if let Some(given) = attrs::text(config, "region_code").filter(|text| !country(text)) {
        let text =
            format!("`region_code` is {given:?}, but must be a country's two letters, such as SE.");
        found.push(Diagnostic::error("Invalid Value", text).on(at("region_code")));
    }
    for given in attrs::texts(config, "capabilities")
        .iter()
        .filter(|c| !matches!(c.as_str(), "SMS" | "VOICE"))
    {
        let text = format!("`capabilities` has {given:?}, but there are only SMS and VOICE.");
        found.push(Diagnostic::error("Invalid Value", text).on(at("capabilities")));
    }
    found
}

/// SC-20: E.164 [public], with 7 to 15 digits [assumed].
pub(super) fn sc20(config: &Value) -> Diagnostics {
    let good = |text: &str| {
        let Some(digits) = text.strip_prefix('+') else {
            return false;
        };
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.chars().all(|c| c.is_ascii_digit())
    };
    match attrs::text(config, "phone_number") {
        Some(given) if !good(given) => {
            let text =
                format!("{given:?} is not a number with + and country code, such as +46701234567.");
            vec![error("SC-20", "Invalid Phone Number", text).on(at("phone_number"))]
        }
        _ => Vec::new(),
    }
}

/// SC-21 [public]: any number is rented of US local ones only.
pub(super) fn sc21(config: &Value) -> Diagnostics {
    if !attrs::is_unset(config, "phone_number") {
        return Vec::new();
    }
    let other =
        |name: &str, only: &str| attrs::text(config, name).is_some_and(|given| given != only);
    if other("region_code", "US") || other("type", "LOCAL") {
        let text = "Without `phone_number` any number is rented, which works for region_code = \"US\" and type = \"LOCAL\" only. Choose a \
                    number, such as one that sinchconversation_available_numbers lists.";
        return vec![error("SC-21", "No Phone Number", text).on(at("phone_number"))];
    }
    Vec::new()
}

/// SC-22, first half [public]: a US local number needs a campaign for SMS.
pub(super) fn sc22(config: &Value) -> Diagnostics {
    let is = |name: &str, text: &str| attrs::text(config, name) == Some(text);
    let sms = !attrs::is_unset(config, "sms_service_plan_id");
    if is("region_code", "US")
        && is("type", "LOCAL")
        && sms
        && attrs::is_unset(config, "sms_campaign_id")
    {
        let text = "A US local number sends SMS only with a registered 10DLC campaign. Set `sms_campaign_id`.";
        return vec![warning("SC-22", "No Campaign", text).on(at("sms_campaign_id"))];
    }
    Vec::new()
}

/// SC-24 [public]: no empty configuration.
pub(super) fn sc24(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    let mut wrong = |name: &str, text: String| {
        found.push(error("SC-24", "Empty Configuration", text).on(at(name)))
    };
    for name in ["sms_service_plan_id", "sms_campaign_id", "voice_id"] {
        if is_blank(config, name) {
            wrong(
                name,
                format!("`{name}` is empty. Leave it out to link nothing."),
            );
        }
    }
    if attrs::is_unset(config, "voice_type") != attrs::is_unset(config, "voice_id") {
        wrong(
            "voice_type",
            "`voice_type` and `voice_id` go together: what kind of voice, and where calls go to."
                .into(),
        );
    }
    if !attrs::is_unset(config, "sms_campaign_id") && attrs::is_unset(config, "sms_service_plan_id")
    {
        wrong(
            "sms_campaign_id",
            "`sms_campaign_id` needs `sms_service_plan_id`: a campaign belongs to a service plan."
                .into(),
        );
    }
    let kinds: Vec<&str> = VOICE.iter().map(|(kind, _)| *kind).collect();
    found.extend(choice(config, "voice_type", &kinds));
    found
}
