//! The offline rules AC01–AC32: what can be told about a configuration without any service.
//!
//! A rule is a function that returns its findings; this file says which rules apply to what. A rule skips what it does
//! not know yet, reads nothing but its arguments, and never quotes a password or a document.

mod accounts;
mod apps;
mod between;
mod contacts;
mod lists;
mod messaging;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_between;
mod urls;

use trunkline_api::kit::attrs;
use trunkline_api::provider::DeclaredObject;
use trunkline_api::{Diagnostic, Diagnostics, Value};

use crate::publish::set;

/// The findings about a provider block.
pub(crate) fn provider(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    let set = |name: &str| !attrs::is_unset(config, name);
    if set("publish_token") && (set("publish_username") || set("publish_password")) {
        let text = "Set `publish_token`, or `publish_username` and `publish_password`, not both.";
        found.push(Diagnostic::error("Invalid Value", text).on(at("publish_token")));
    }
    for (one, other) in [
        ("publish_username", "publish_password"),
        ("s3_access_key_id", "s3_secret_access_key"),
        ("s3_endpoint", "s3_bucket"),
    ] {
        if set(one) != set(other) && one != "s3_access_key_id" && one != "publish_username" {
            let text = format!("`{one}` and `{other}` go together.");
            found.push(Diagnostic::error("Invalid Value", text).on(at(one)));
        }
    }
    found
}

/// The findings about an app.
pub(crate) fn app(config: &Value) -> Diagnostics {
    [
        choice(config, "tenancy", &["single", "multi"]),
        choice(config, "contact_source", &["web_service", "carddav"]),
        choice(config, "ios", &["white_label", "full_service"]),
        urls::ac24(config),
        urls::ac25(config),
        apps::ac27(config),
        apps::ac31(config),
        apps::ac32(config),
    ]
    .concat()
}

/// The findings about a network.
pub(crate) fn network(config: &Value) -> Diagnostics {
    contacts::ac04(config, &["id"])
}

/// The findings about a user.
pub(crate) fn user(config: &Value) -> Diagnostics {
    let mut found = contacts::ac04(config, &["cloud_username", "network_id"]);
    found.extend(contacts::attributes(config));
    found.extend(accounts::user(config));
    found
}

/// The findings about a contact.
pub(crate) fn contact(config: &Value) -> Diagnostics {
    let mut found = contacts::ac04(config, &["cloud_username", "network_id"]);
    found.extend(contacts::ac03(config));
    found.extend(contacts::attributes(config));
    if attrs::text(config, "contact_id").is_some_and(str::is_empty) {
        let text = "`contact_id` is empty, but identifies the contact in its list.";
        found.push(error("AC02", "Contact Without an Id", text).on(at("contact_id")));
    }
    found
}

/// The findings about a contact list.
pub(crate) fn contact_list(config: &Value) -> Diagnostics {
    let mut found = choice(config, "layout", &["shared", "per_user"]);
    found.extend(set::target_problem(config));
    found.extend(one_of(config, "contacts", "document"));
    found.extend(lists::list(config));
    found
}

/// The findings about a provisioning set.
pub(crate) fn provisioning_set(config: &Value) -> Diagnostics {
    let mut found = choice(config, "format", &["xml", "csv"]);
    found.extend(set::target_problem(config));
    let needed = if crate::provisioning_set::is_csv(config) {
        ("users", "accounts")
    } else {
        ("accounts", "users")
    };
    if !attrs::has_unknown(config, "format") && attrs::is_unset(config, needed.0) {
        let text = format!(
            "`{}` must be set in this format, and `{}` is not used.",
            needed.0, needed.1
        );
        found.push(Diagnostic::error("Invalid Value", text).on(at(needed.0)));
    }
    found.extend(accounts::documents(config));
    found.extend(accounts::ac28(config));
    found
}

/// The findings about an endpoint check.
pub(crate) fn endpoint_check(config: &Value) -> Diagnostics {
    let mut found = choice(config, "tenancy", &["single", "multi"]);
    found.extend(choice(config, "on_failure", &["error", "report"]));
    found.extend(urls::ac25(config));
    let urls = ["contacts_url", "provisioning_url", "ext_auth_url"];
    if urls.iter().all(|name| attrs::is_unset(config, name)) {
        let text = format!("Set at least one of {}.", urls.join(", "));
        found.push(Diagnostic::error("Invalid Value", text).on(at("contacts_url")));
    }
    found
}

/// The findings between the objects of the whole configuration.
pub(crate) fn between(all: &[DeclaredObject]) -> Diagnostics {
    let tenants = between::Tenants::new(all);
    [
        messaging::ac06_to_08(&tenants),
        messaging::ac09(&tenants),
        messaging::ac10(&tenants),
        messaging::ac11(&tenants),
        between::ac20(&tenants),
        between::ac21(&tenants),
        between::ac22(&tenants),
        messaging::ac23(&tenants),
        between::ac29(&tenants),
        between::ac30(&tenants),
    ]
    .concat()
}

use trunkline_api::kit::rules::{at, choice, error, warning};

/// An error when both or neither of two arguments are set.
fn one_of(config: &Value, one: &str, other: &str) -> Diagnostics {
    if attrs::is_unset(config, one) != attrs::is_unset(config, other) {
        return Vec::new();
    }
    let text = format!("Set `{one}` or `{other}`: one of them, not both.");
    vec![Diagnostic::error("Invalid Value", text).on(at(one))]
}
