//! DC17–DC24: the `chat.*` sections of sender ids.

use std::collections::BTreeMap;

use trunkline_api::provider::{DeclaredObject, Role};
use trunkline_api::{Diagnostics, Kind, Value};

use super::connection::tenant_name;
use super::declared::{Declared, Tenant, is_ours};
use super::finding::{at, error, one_of, warning};
use crate::names;
use crate::sender_id::section;
use crate::services::body::channels_of;
use crate::values;

/// DC07 [seed] for a section: its provider is spelt as the vendor spells it.
pub(super) fn dc07_section(config: &Value) -> Diagnostics {
    match section::provider(config) {
        Some(given) if !names::SMS_PROVIDERS.contains(&given.as_str()) => {
            let text = format!(
                "The SMS provider is {given:?}. {}",
                one_of(&given, &names::SMS_PROVIDERS)
            );
            vec![error("DC07", "Unknown SMS provider", text).on(at("sms_provider"))]
        }
        _ => Vec::new(),
    }
}

/// DC17 [seed]: after `chat.` a section name has letters, underscores and dashes.
pub(super) fn dc17(config: &Value) -> Diagnostics {
    let Some(name) = values::known(config, "name") else {
        return Vec::new();
    };
    let rest = name.strip_prefix(names::SECTION_PREFIX).unwrap_or(name);
    let allowed = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '-');
    let why = if rest.is_empty() {
        "nothing follows the prefix \"chat.\"".to_owned()
    } else if rest.contains(char::is_whitespace) {
        "it has a space".to_owned()
    } else if rest.contains(|c: char| c.is_ascii_digit()) {
        "it has a digit".to_owned()
    } else if let Some(c) = rest.chars().find(|c| !allowed(*c)) {
        format!("it has the character {c:?}")
    } else {
        return Vec::new();
    };
    let text = format!(
        "{name:?} cannot name a section: {why}. After \"chat.\", only letters, underscores and dashes are allowed, as \
         in chat.SMS_Main_Corporate."
    );
    vec![error("DC17", "Invalid section name", text).on(at("name"))]
}

/// DC18 [seed] for sections, [assumed] for ids: both are there once per tenant.
pub(super) fn dc18(declared: Declared<'_>) -> Diagnostics {
    let mut found = Vec::new();
    let mut first: BTreeMap<(Tenant, &str, String), &str> = BTreeMap::new();
    for object in declared.managed(names::SENDER_ID) {
        let name = values::known(&object.config, "name").map(names::section_name);
        let id = values::known(&object.config, "sender_id").map(str::to_owned);
        for (attribute, what, value) in [("name", "section", name), ("sender_id", "sender id", id)]
        {
            let Some(value) = value else { continue };
            let tenant = declared.tenant(object);
            let place = tenant_name(&tenant);
            match first.insert((tenant, attribute, value.clone()), &object.address) {
                None => {}
                Some(other) => {
                    let text = format!(
                        "The {what} {value:?} of {place} is declared by {other} already. Every number has one section of its own."
                    );
                    found.push(
                        error("DC18", "Sender id declared twice", text)
                            .on(at(attribute))
                            .about(&object.address),
                    );
                }
            }
        }
    }
    found
}

/// DC19 [seed]: a sender id has 5 or 10 digits. Nothing is stripped silently.
pub(super) fn dc19(config: &Value) -> Diagnostics {
    let Some(id) = values::known(config, "sender_id") else {
        return Vec::new();
    };
    let digits = id.bytes().all(|b| b.is_ascii_digit());
    if digits && matches!(id.len(), 5 | 10) {
        return Vec::new();
    }
    let only: String = id.chars().filter(char::is_ascii_digit).collect();
    let national = only.strip_prefix('1').filter(|rest| rest.len() == 10);
    let hint = match national {
        Some(rest) => format!("Write it without the country code: {rest:?}."),
        None if digits && id.len() == 6 => {
            "Short codes of six digits exist, but the vendor's page allows five only; ask your Genesys representative.".into()
        }
        None if only.len() == 10 => format!("Write it as digits alone: {only:?}."),
        None => "Check the number.".into(),
    };
    let text = format!(
        "The sender id {id:?} is neither a short code (5 digits) nor a long code (10 digits). {hint}"
    );
    vec![error("DC19", "Invalid sender id", text).on(at("sender_id"))]
}

/// DC20 [seed]: the constants of a section cannot be anything else, and options with an argument of their own
/// are not given twice.
pub(super) fn dc20(config: &Value) -> Diagnostics {
    let Some(extra) = values::fields(config, "extra_options") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, value) in extra.iter() {
        let constant = names::SECTION_CONSTANTS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        let text = match constant {
            Some((known, only))
                if **name != **known || value.as_str().is_some_and(|v| v != *only) =>
            {
                format!(
                    "The option {known} of a sender id is always {only:?} (upper and lower case count). Leave it out of `extra_options`; it is written for you."
                )
            }
            Some(_) => continue,
            None => {
                let arguments = [
                    (section::CHANNEL_ID, "sender_id"),
                    (section::ENDPOINT, "designer_endpoint"),
                    (section::PROVIDER, "sms_provider"),
                    (section::CXC_ONLY, "cxc_only"),
                ];
                let twice = |(_, argument): &&(&str, &str)| !values::absent(config, argument);
                match arguments
                    .iter()
                    .filter(twice)
                    .find(|(option, _)| *option == &**name)
                {
                    Some((option, argument)) => format!(
                        "The option {option} is set by the argument `{argument}`. Leave it out of `extra_options`."
                    ),
                    None => continue,
                }
            }
        };
        found.push(error("DC20", "Fixed section option", text).on(at("extra_options")));
    }
    found
}

/// DC21 [seed], [assumed]: `endpoint` is `chat.` and the name of the Designer endpoint, once.
pub(super) fn dc21(config: &Value) -> Diagnostics {
    let Some(name) = values::known(config, "designer_endpoint") else {
        return Vec::new();
    };
    let place = at("designer_endpoint");
    if name.is_empty() || name.contains(char::is_whitespace) {
        let text = format!(
            "The Designer endpoint {name:?} must be a name without spaces; the option becomes \"chat.\" and that name."
        );
        return vec![error("DC21", "Invalid Designer endpoint", text).on(place)];
    }
    match name.strip_prefix(names::SECTION_PREFIX) {
        Some(rest) => {
            let text = format!(
                "\"chat.\" is put before the Designer endpoint, so {name:?} becomes \"chat.{name}\". Write {rest:?} unless the endpoint is really called so."
            );
            vec![warning("DC21", "Doubled endpoint prefix", text).on(place)]
        }
        None => Vec::new(),
    }
}

/// DC22, second half [seed]: what it means, said by the plan that sets it.
pub(crate) const DC22: &str = "DC22: with cxc_only the messages to this number are for CX Contact alone, and no agent gets them.";

/// DC22 [seed]: `cxcOnly` is true or false.
pub(super) fn dc22(config: &Value) -> Diagnostics {
    let extra = values::fields(config, "extra_options");
    match extra
        .and_then(|f| f.get(section::CXC_ONLY))
        .and_then(Value::as_str)
    {
        Some(text) if !["true", "false"].contains(&text.to_ascii_lowercase().as_str()) => {
            let text = format!(
                "The option cxcOnly is {text:?}, but can be only true or false. Use the argument `cxc_only`."
            );
            vec![error("DC22", "Invalid cxcOnly", text).on(at("extra_options"))]
        }
        _ => Vec::new(),
    }
}

/// DC23 [seed], [assumed]: the provider of a section has its services; for Async a channel of the same id; for
/// Portico a number that is declared, comes from another object, or is acknowledged.
pub(super) fn dc23(declared: Declared<'_>) -> Diagnostics {
    let services = declared.services();
    let mut found = Vec::new();
    for object in declared.managed(names::SENDER_ID) {
        let Some(provider) = section::provider(&object.config) else {
            continue;
        };
        let tenant = declared.tenant(object);
        let missing =
            declared.missing_services(&services, object, names::services_of_provider(&provider));
        if !missing.is_empty() {
            let text = format!(
                "This sender id goes through {provider}, which needs the service {} in {}. Declare it, or name it in \
                 `existing_services` of the provider block if it exists and is kept elsewhere.",
                missing.join(" and "),
                tenant_name(&tenant)
            );
            found.push(
                error("DC23", "Missing service", text)
                    .on(at("sms_provider"))
                    .about(&object.address),
            );
        }
        let Some(id) = values::known(&object.config, "sender_id") else {
            continue;
        };
        let asynchronous = services
            .iter()
            .find(|s| s.tenant == tenant && s.body.is("Async"));
        if let ("Async", Some(service)) = (provider.as_str(), asynchronous)
            && lacks_channel(&service.body.data, id)
        {
            let text = format!(
                "The sender id {id:?} goes through the custom gateway, but {} has no channel with that id. Add one.",
                service.object.address
            );
            found.push(
                error("DC23", "Missing channel", text)
                    .on(at("sender_id"))
                    .about(&object.address),
            );
        }
        if provider == "Portico" && !number_is_known(declared, object, id) {
            let text = format!(
                "Nothing here says where the number {id:?} comes from. Order it with a number resource of Genesys Cloud, \
                 or set `number_acknowledged = true` if your Genesys representative has registered it."
            );
            found.push(
                warning("DC23", "Number of unknown origin", text)
                    .on(at("sender_id"))
                    .about(&object.address),
            );
        }
    }
    found
}

/// DC24 [seed]: a section without a provider goes through Portico, whatever the SMS service names.
pub(super) fn dc24(declared: Declared<'_>) -> Diagnostics {
    let services = declared.services();
    let mut found = Vec::new();
    for object in declared.managed(names::SENDER_ID) {
        let tenant = declared.tenant(object);
        let sms = services
            .iter()
            .find(|s| s.tenant == tenant && s.body.is("SMS"));
        let Some(default) = sms.and_then(|sms| values::known(&sms.body.data, "provider")) else {
            continue;
        };
        if default != names::DEFAULT_SMS_PROVIDER && !section::names_provider(&object.config) {
            let text = format!(
                "A sender id without `sms_provider` goes through Portico (Genesys Cloud), although the service SMS \
                 names {default}. Set `sms_provider = {default:?}`, or \"Portico\" if that is meant."
            );
            found.push(
                warning("DC24", "SMS provider left to its default", text)
                    .on(at("sms_provider"))
                    .about(&object.address),
            );
        }
    }
    found
}

/// Whether an Async service's `data` is known to have no channel of this id.
fn lacks_channel(data: &Value, id: &str) -> bool {
    let known = data.is_wholly_known();
    known
        && !channels_of(data)
            .iter()
            .any(|channel| values::known(channel, "channelId") == Some(id))
}

/// Whether the number is acknowledged, taken from another provider's object, or declared in one; also when
/// that cannot be told yet.
fn number_is_known(declared: Declared<'_>, object: &DeclaredObject, id: &str) -> bool {
    let acknowledged = object.config.attr("number_acknowledged");
    if acknowledged.is_some_and(|value| value.as_bool() == Some(true) || !value.is_known()) {
        return true;
    }
    let foreign = |address: &str| !address.split('.').any(is_ours);
    let taken = |(attribute, address, _): &(_, String, _)| {
        let attribute: &std::sync::Arc<str> = attribute;
        **attribute == *"sender_id" && foreign(address)
    };
    if object.references.iter().any(taken) {
        return true;
    }
    declared
        .foreign()
        .any(|other| matches!(other.role, Role::Managed(_)) && holds_number(&other.config, id))
}

/// Whether an attribute whose name speaks of a number has this one, or is unknown. Numbers are compared as
/// digits without a leading country code 1 [assumed].
fn holds_number(config: &Value, id: &str) -> bool {
    let mut held = false;
    for (name, value) in config
        .as_fields()
        .into_iter()
        .flat_map(|fields| fields.iter())
    {
        let speaks = name.to_ascii_lowercase().contains("number");
        held |= speaks
            && match value.kind() {
                Kind::String(text) => national(text) == national(id),
                Kind::Unknown(..) => true,
                _ => false,
            };
    }
    held
}

fn national(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix('1') {
        Some(rest) if rest.len() == 10 => rest.to_owned(),
        _ => digits,
    }
}
