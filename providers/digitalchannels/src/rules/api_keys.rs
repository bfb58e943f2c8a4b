//! DC27–DC30: API keys.

use jiff::Timestamp;
use trunkline_api::provider::without_keys;
use trunkline_api::{Diagnostics, Value};

use super::declared::{Declared, is_ours};
use super::finding::{at, error, warning};
use crate::names;
use crate::values;

/// DC27 [seed], pattern [assumed]: a key has a name, a tenant and permissions of the form `nexus:cluster:*`.
pub(super) fn dc27(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    let mut wrong = |attribute: &str, text: String| {
        found.push(error("DC27", "Invalid API key", text).on(at(attribute)))
    };
    if values::known(config, "name").is_some_and(|name| name.trim().is_empty()) {
        wrong("name", "The name of an API key cannot be empty.".into());
    }
    if let Some(tenant) =
        values::known(config, "tenant").filter(|t| *t != "*" && !names::is_uuid(t))
    {
        wrong(
            "tenant",
            format!(
                "The tenant {tenant:?} is neither a contact-centre id (a UUID) nor \"*\" (all tenants)."
            ),
        );
    }
    if let Some(permissions) = config.attr("permissions").and_then(Value::as_slice) {
        if permissions.is_empty() {
            wrong(
                "permissions",
                "An API key needs a permission, such as \"nexus:cluster:*\".".into(),
            );
        }
        for permission in permissions.iter().filter_map(Value::as_str) {
            if !is_permission(permission) {
                wrong(
                    "permissions",
                    format!(
                        "{permission:?} is not a permission of the form \"nexus:cluster:*\": two words in lower case and a third, or *."
                    ),
                );
            }
        }
    }
    found
}

fn is_permission(text: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let parts: Vec<&str> = text.split(':').collect();
    matches!(parts[..], [a, b, c] if word(a) && word(b) && (c == "*" || word(c)))
}

/// DC28 [seed]: cluster keys are for all tenants, consumer keys for one.
pub(super) fn dc28(config: &Value) -> Diagnostics {
    let (Some(tenant), Some(permissions)) = (
        values::known(config, "tenant"),
        values::texts(config, "permissions"),
    ) else {
        return Vec::new();
    };
    let has = |permission: &str| permissions.contains(&permission);
    let text = if has("nexus:cluster:*") && tenant != "*" {
        "The permission nexus:cluster:* usually goes with the tenant \"*\": a cluster key acts for all tenants."
    } else if has("nexus:consumer:*") && tenant == "*" {
        "The permission nexus:consumer:* usually goes with one tenant: set `tenant` to its contact-centre id."
    } else {
        return Vec::new();
    };
    vec![warning("DC28", "Unusual tenant for an API key", text).on(at("tenant"))]
}

/// DC29 [seed]: the key that Genesys Cloud gets as its webhook password is the messaging cluster key.
pub(super) fn dc29(declared: Declared<'_>) -> Diagnostics {
    let handed_over = |address: &str| {
        let address = without_keys(address);
        declared.0.iter().any(|object| {
            let foreign = !object.address.split('.').any(is_ours);
            let takes =
                |(attribute, from, member): &(std::sync::Arc<str>, String, std::sync::Arc<str>)| {
                    **attribute == *"webhook_password"
                        && without_keys(from) == address
                        && matches!(&**member, "key" | "")
                };
            foreign && object.references.iter().any(takes)
        })
    };
    let mut found = Vec::new();
    for object in declared
        .managed(names::API_KEY)
        .filter(|object| handed_over(&object.address))
    {
        let config = &object.config;
        let differs = |name: &str, wanted: &str| {
            values::known(config, name).is_some_and(|given| given != wanted)
        };
        let permissions = values::texts(config, "permissions");
        if differs("tenant", "*")
            || differs("name", "Portico Cluster API Key")
            || permissions.is_some_and(|given| given != ["nexus:cluster:*"])
        {
            let text = "This key is handed to Genesys Cloud, for which the vendor asks for the tenant \"*\", the name \"Portico Cluster API Key\" and exactly the permission \"nexus:cluster:*\".";
            found.push(
                warning("DC29", "Unusual key for Genesys Cloud", text).about(&object.address),
            );
        }
    }
    found
}

/// DC30 [assumed]: a key does not expire in the past. `now` is the time of the run.
pub(super) fn dc30(config: &Value, now: Timestamp) -> Diagnostics {
    let Some(text) = values::known(config, "expires") else {
        return Vec::new();
    };
    let text = match text.parse::<Timestamp>() {
        Ok(time) if time > now => return Vec::new(),
        Ok(_) => format!(
            "The key would expire at {text}, which is in the past. Set a later time, or leave `expires` out for never."
        ),
        Err(_) => format!(
            "{text:?} is not a time such as 2030-01-31T00:00:00Z. Leave `expires` out for a key that never expires."
        ),
    };
    vec![error("DC30", "Invalid expiration", text).on(at("expires"))]
}
