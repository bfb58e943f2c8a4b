//! DC04–DC08 and DC33: service names, one service per tenant, what SMS names, what it needs, JSON text.

use std::collections::BTreeMap;

use trunkline_api::{Diagnostics, Value};

use super::connection::{is_given, tenant_name};
use super::declared::{Declared, Tenant};
use super::finding::{at, error, meant, one_of, warning};
use crate::names;
use crate::services::body::{self, Body};
use crate::values::{self, Text};

/// DC04 [seed]: a generic service has one of the five names. The typed resources cannot be wrong.
pub(super) fn dc04(config: &Value) -> Diagnostics {
    let Some(name) = values::known(config, "name") else {
        return Vec::new();
    };
    if names::SERVICE_NAMES.contains(&name) {
        return Vec::new();
    }
    let hint = match meant(name, &names::SERVICE_NAMES) {
        Some(right) => format!(" Names are case-sensitive; did you mean {right:?}?"),
        None => String::new(),
    };
    let text = format!(
        "{name:?} is not a service of the SMS scenarios ({}).{hint}",
        names::SERVICE_NAMES.join(", ")
    );
    vec![warning("DC04", "Unknown service name", text).on(at("name"))]
}

/// DC05 [seed]: a service is declared once per tenant.
pub(super) fn dc05(declared: Declared<'_>) -> Diagnostics {
    let mut first: BTreeMap<(Tenant, String), String> = BTreeMap::new();
    let mut found = Vec::new();
    for service in declared.services() {
        let Some(name) = service.body.name.as_str() else {
            continue;
        };
        let key = (service.tenant.clone(), name.to_owned());
        let address = &service.object.address;
        match first.get(&key) {
            None => {
                first.insert(key, address.clone());
            }
            Some(other) => {
                let text = format!(
                    "The service {name} of {} is declared by {other} already. A tenant has one service of a name; \
                     keep one of the two.",
                    tenant_name(&service.tenant)
                );
                found.push(error("DC05", "Service declared twice", text).about(address));
            }
        }
    }
    found
}

/// DC06 [seed], exclusivity [assumed]: SMS has the `url` `N/A` and exactly one of provider and token provider.
pub(super) fn dc06(body: &Body) -> Diagnostics {
    if !body.is("SMS") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let url = body.url_text();
    if url.known().is_some_and(|url| url != "N/A") || url == Text::Absent {
        let text = "The service SMS has no address of its own: its `url` is the text \"N/A\".";
        found.push(error("DC06", "Invalid SMS service", text).on(at("url")));
    }
    if !body.data.is_known() {
        return found;
    }
    let (provider, token) = (
        values::text(&body.data, "provider"),
        values::text(&body.data, "tokenProvider"),
    );
    let text = match (is_given(provider), is_given(token)) {
        (true, true) if provider != Text::Unknown && token != Text::Unknown => {
            "Only one of the provider (mGage or Async) and the token provider (Purecloud) can be set: they choose \
             between the gateways. Remove one."
        }
        (false, false) => {
            "Neither a provider nor a token provider is set. Set the provider to \"mGage\" (Kaleyra) or \"Async\" \
             (custom gateway), or the token provider to \"Purecloud\" (Genesys Cloud)."
        }
        _ => return found,
    };
    found.push(error("DC06", "Invalid SMS service", text).on(body.place("sms_provider", "data")));
    found
}

/// DC07 [seed]: providers and token providers are spelt as the vendor spells them.
pub(super) fn dc07(body: &Body) -> Diagnostics {
    if !body.is("SMS") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let members: [(&str, &str, &[&str]); 2] = [
        ("provider", "sms_provider", &names::SMS_PROVIDERS),
        ("tokenProvider", "token_provider", &names::TOKEN_PROVIDERS),
    ];
    for (member, argument, allowed) in members {
        if let Some(given) = values::known(&body.data, member)
            && !allowed.contains(&given)
        {
            let text = format!(
                "The {member} of the service SMS is {given:?}. {}",
                one_of(given, allowed)
            );
            found
                .push(error("DC07", "Unknown SMS provider", text).on(body.place(argument, "data")));
        }
    }
    found
}

/// DC08 [seed]: the services that SMS stands on are declared too, or said to exist.
pub(super) fn dc08(declared: Declared<'_>) -> Diagnostics {
    let services = declared.services();
    let mut found = Vec::new();
    for service in services.iter().filter(|s| s.body.is("SMS")) {
        let data = &service.body.data;
        let provider = values::known(data, "provider");
        let by_token = values::known(data, "tokenProvider") == Some("Purecloud");
        let provider = provider.or(by_token.then_some("Portico"));
        let wanted = provider
            .map(names::services_of_provider)
            .unwrap_or_default();
        let missing = declared.missing_services(&services, service.object, wanted);
        if let Some(provider) = provider
            && !missing.is_empty()
        {
            let text = format!(
                "SMS through {provider} needs the service {} in {}, which is not declared. Declare it, or name it in \
                 `existing_services` of the provider block if it exists and is kept elsewhere.",
                missing.join(" and "),
                tenant_name(&service.tenant)
            );
            found.push(error("DC08", "Missing service", text).about(&service.object.address));
        }
    }
    found
}

/// DC33 [seed slip]: `data` and `secret` of a generic service are JSON objects. Their text is not shown.
pub(super) fn dc33(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    for name in ["data", "secret"] {
        let Some(argument) = config.attr(name) else {
            continue;
        };
        let text = match body::document(argument) {
            Err(place) => format!(
                "`{name}` is not valid JSON: the error is at {place}. jsonencode() cannot get this wrong."
            ),
            Ok(value) if value.is_known() && value.as_fields().is_none() => {
                format!(
                    "`{name}` must be an object, but is a {}.",
                    value.ty().friendly_name()
                )
            }
            Ok(_) => continue,
        };
        found.push(error("DC33", "Invalid service document", text).on(at(name)));
    }
    found
}
