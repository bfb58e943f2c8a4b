//! The offline rules AL01–AL24: what can be told about a configuration without the service.
//!
//! Every rule is a function that returns its findings; a rule skips what it does not know yet. Not here: AL22, which `manual`
//! keeps when a change is applied, and the half of AL23 that asks the service, which is with the intents.

mod between;
mod buttons;
mod declared;
mod one;
mod template;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_between;
#[cfg(test)]
mod tests_template;
mod urls;

use trunkline_api::kit::attrs;
use trunkline_api::kit::rules::{at, choice, error, warning};
use trunkline_api::provider::{DeclaredObject, ValidateRequest};
use trunkline_api::{Block, Diagnostic, Diagnostics, Path, Value};

use crate::operations::{UNPUBLISHED, UNPUBLISHED_PARAMETERS};
use crate::settings::{PANELS, REGION};

/// Categories of templates [public].
const CATEGORIES: [&str; 3] = ["UTILITY", "MARKETING", "AUTHENTICATION"];

/// The findings about a provider block.
pub(crate) fn provider(config: &Value) -> Diagnostics {
    let mut found = one::al21(config);
    found.extend(one::at_least_one(config, "page_size", "AL20"));
    found.extend(choice(config, "mode", &["manual", "api"]));
    let keys = [
        ("modes", &PANELS[..]),
        ("action_names", &UNPUBLISHED[..]),
        ("parameter_names", &UNPUBLISHED_PARAMETERS[..]),
    ];
    for (name, known) in keys {
        let fields = config.attr(name).and_then(Value::as_fields);
        for (key, value) in fields.into_iter().flat_map(|f| f.iter()) {
            if !known.contains(&&**key) {
                let text = format!("`{name}` has no {key:?}. It takes: {}.", known.join(", "));
                found.push(Diagnostic::error("Unknown Name", text).on(at(name)));
            }
            if name == "modes"
                && value
                    .as_str()
                    .is_some_and(|m| !matches!(m, "manual" | "api"))
            {
                let text = format!("The mode of {key} must be manual or api.");
                found.push(Diagnostic::error("Invalid Value", text).on(at(name)));
            }
        }
    }
    let countries = attrs::texts(config, "otp_countries");
    found.extend(one::countries(&countries, "otp_countries"));
    found
}

/// The findings about a channel.
pub(crate) fn channel(config: &Value) -> Diagnostics {
    [one::al02(config), one::blank(config, "name", "AL01")].concat()
}

/// The findings about a look-up of a channel.
pub(crate) fn channel_lookup(config: &Value) -> Diagnostics {
    let mut found = [one::al02(config), channel_id(config, "instance_id")].concat();
    let unset = |name: &str| attrs::is_unset(config, name);
    if unset("instance_id") && (unset("name") || unset("channel_type")) {
        let text = "A channel is found by `instance_id`, or by `name` and `channel_type`.";
        found.push(Diagnostic::error("Channel Not Named", text).on(at("instance_id")));
    }
    found
}

/// AL01 [assumed]: the form of a channel's id.
pub(crate) fn channel_id(config: &Value, name: &str) -> Diagnostics {
    one::al01(config, name)
}

/// The findings about a phone webhook.
pub(crate) fn phone_webhook(request: &ValidateRequest) -> Diagnostics {
    let config = &request.config;
    [
        channel_id(config, "cust_space_id"),
        one::number(config),
        one::al11(config, &["status_callback_url", "up_callback_url"]),
        urls::callback(config, "status_callback_url"),
        urls::callback(config, "up_callback_url"),
    ]
    .concat()
}

/// The findings about an account webhook.
pub(crate) fn account_webhook(request: &ValidateRequest) -> Diagnostics {
    let config = &request.config;
    [
        channel_id(config, "cust_space_id"),
        one::al11(config, &["status_callback_url"]),
        urls::callback(config, "status_callback_url"),
    ]
    .concat()
}

/// The findings about a business system.
pub(crate) fn business_system(request: &ValidateRequest, block: &Block) -> Diagnostics {
    let config = &request.config;
    [
        channel_id(config, "cust_space_id"),
        one::al07(request, block),
        one::longest(config, "name", 64),
        one::longest(config, "remarks", 256),
        urls::request(config),
    ]
    .concat()
}

/// The findings about an intent.
pub(crate) fn intent(request: &ValidateRequest) -> Diagnostics {
    let config = &request.config;
    [
        channel_id(config, "cust_space_id"),
        one::intent_code(config),
        one::longest(config, "name", 64),
        one::intent_data(config),
    ]
    .concat()
}

/// The findings about the SMS setting of a channel.
pub(crate) fn sms_setting(request: &ValidateRequest) -> Diagnostics {
    channel_id(&request.config, "cust_space_id")
}

/// The findings about OTP Delivery Scheduling of a channel.
pub(crate) fn otp_scheduling(request: &ValidateRequest) -> Diagnostics {
    let config = &request.config;
    [
        channel_id(config, "cust_space_id"),
        one::al03(config),
        one::al04(config),
    ]
    .concat()
}

/// The findings about parameters of an SMS fallback.
pub(crate) fn fallback(config: &Value) -> Diagnostics {
    [channel_id(config, "cust_space_id"), one::al10(config)].concat()
}

/// The findings about a listing of templates.
pub(crate) fn templates(config: &Value) -> Diagnostics {
    [
        channel_id(config, "cust_space_id"),
        one::at_least_one(config, "page_index", "AL20"),
        one::at_least_one(config, "page_size", "AL20"),
    ]
    .concat()
}

/// The findings about a template.
pub(crate) fn template(config: &Value) -> Diagnostics {
    [
        channel_id(config, "cust_space_id"),
        template::al13(config),
        template::al14(config),
        template::al15(config),
        template::al16(config),
        template::al17(config),
        template::al18(config),
        template::al19(config),
    ]
    .concat()
}

/// The findings between the objects of the whole configuration.
pub(crate) fn between(all: &[DeclaredObject]) -> Diagnostics {
    let declared = declared::Declared::new(all);
    [
        between::al03(&declared),
        between::al05(&declared),
        between::al06(&declared),
        between::most_systems(&declared),
        between::al09(&declared),
        between::al12(&declared),
        between::al22(&declared),
        between::al23(&declared),
    ]
    .concat()
}

/// AL24 [assumed]: the error for a channel that must not be made or removed.
pub(crate) fn not_allowed(what: &str, label: &str) -> Diagnostic {
    let text = format!(
        "{label} would be {what}. If that is meant, set manage_channels = true in the provider block; if not, look it up with the data \
         source chatapp_channel, or forget it with a removed block."
    );
    error("AL24", "Channel Not Managed", text)
}

/// The error for an import id of another form.
pub(crate) fn import_form(id: &str, form: &str) -> Diagnostics {
    let text = format!("The import id {id:?} must have the form {form}.");
    vec![Diagnostic::error("Invalid Import Id", text)]
}
