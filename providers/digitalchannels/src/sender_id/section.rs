//! What a sender id says about its `chat.*` section: every option with its value.
//!
//! Values may be unknown here. How options are written is the back-ends' subject.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::{Kind, Type, Value};

use crate::names;
use crate::values;

/// The option of the sender id itself.
pub(crate) const CHANNEL_ID: &str = "channelId";
/// The option of the Designer endpoint.
pub(crate) const ENDPOINT: &str = "endpoint";
/// The option that keeps messages from agents.
pub(crate) const CXC_ONLY: &str = "cxcOnly";
/// The option of the SMS provider.
pub(crate) const PROVIDER: &str = "provider";

/// Options by name.
pub(crate) type Options = BTreeMap<Arc<str>, Value>;

/// Every option that the section is to have, defaults written out; `None` when `extra_options` is not
/// known, so that not even the names are.
pub(crate) fn options(config: &Value) -> Option<Options> {
    let mut options = Options::new();
    for (name, value) in names::SECTION_CONSTANTS {
        options.insert(name.into(), Value::from(value));
    }
    options.insert(CXC_ONLY.into(), Value::from("false"));
    options.insert(PROVIDER.into(), Value::from(names::DEFAULT_SMS_PROVIDER));
    if let Some(extra) = config.attr("extra_options") {
        if !extra.is_known() {
            return None;
        }
        for (name, value) in extra
            .as_fields()
            .into_iter()
            .flat_map(|fields| fields.iter())
        {
            options.insert(name.clone(), value.clone());
        }
    }
    let mut set = |name: &str, argument: &str, form: &dyn Fn(&Value) -> Option<String>| {
        let Some(value) = config.attr(argument).filter(|value| !value.is_null()) else {
            return;
        };
        let value = match form(value) {
            Some(text) => Value::from(text.as_str()),
            None => Value::unknown(Type::String),
        };
        options.insert(name.into(), value);
    };
    set(CHANNEL_ID, "sender_id", &|v| v.as_str().map(str::to_owned));
    set(ENDPOINT, "designer_endpoint", &|v| {
        Some(format!("chat.{}", v.as_str()?))
    });
    set(PROVIDER, "sms_provider", &|v| v.as_str().map(str::to_owned));
    set(CXC_ONLY, "cxc_only", &|v| {
        v.as_bool().map(|b| b.to_string())
    });
    Some(options)
}

/// The SMS provider in force: that of the section, by default Portico. `None` when it is not known.
pub(crate) fn provider(config: &Value) -> Option<String> {
    Some(options(config)?.get(PROVIDER)?.as_str()?.to_owned())
}

/// Whether the configuration names an SMS provider (known or not).
pub(crate) fn names_provider(config: &Value) -> bool {
    let extra = || values::fields(config, "extra_options");
    !values::absent(config, "sms_provider") || extra().is_some_and(|f| f.get(PROVIDER).is_some())
}

/// Whether two values of the option `name` mean the same: truth values in any case, and a missing
/// option its default [assumed].
pub(crate) fn same(name: &str, a: Option<&str>, b: Option<&str>) -> bool {
    let default = match name {
        CXC_ONLY => Some("false"),
        PROVIDER => Some(names::DEFAULT_SMS_PROVIDER),
        _ => None,
    };
    match (a.or(default), b.or(default)) {
        (Some(a), Some(b)) => {
            let truth =
                |text: &str| ["true", "false"].contains(&text.to_ascii_lowercase().as_str());
            a == b || (truth(a) && a.eq_ignore_ascii_case(b))
        }
        (a, b) => a == b,
    }
}

/// Options as a `map(string)` value.
pub(crate) fn to_value(options: &Options) -> Value {
    let items = options
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()));
    Value::new(Kind::Map(Type::String.into(), items.collect()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use trunkline_api::json::implied;

    use super::*;

    #[test]
    fn a_section_has_the_options_of_the_vendor_page() {
        let config = implied(&json!({
            "name": "SMS_Main", "sender_id": "16504", "designer_endpoint": "Main",
            "sms_provider": null, "cxc_only": true, "extra_options": {"note": "x"},
        }));
        let options = options(&config).unwrap();
        let texts: Vec<(&str, &str)> = options
            .iter()
            .map(|(k, v)| (&**k, v.as_str().unwrap()))
            .collect();
        assert_eq!(
            texts,
            [
                ("channelId", "16504"),
                ("channelType", "sms"),
                ("cxcOnly", "true"),
                ("endpoint", "chat.Main"),
                ("interactionSubtype", "SMS"),
                ("interactionType", "Inbound"),
                ("media", "chat"),
                ("note", "x"),
                ("provider", "Portico"),
            ]
        );
    }

    #[test]
    fn missing_options_are_their_defaults() {
        assert!(same("cxcOnly", None, Some("False")));
        assert!(same("provider", None, Some("Portico")));
        assert!(!same("provider", None, Some("portico")));
        assert!(!same("endpoint", None, Some("chat.x")));
    }
}
