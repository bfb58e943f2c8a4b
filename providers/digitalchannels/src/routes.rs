//! The table of calls: method and path of each, every one replaceable by the provider argument `routes`.
//!
//! Which calls the vendor documents is said per route; the rest is [assumed], so that a deployment that differs
//! needs a line of configuration and no new program. No call is made here.

use std::collections::BTreeMap;

/// A call of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Route {
    /// Make a service [seed].
    ServiceCreate,
    /// Read a service [assumed].
    ServiceRead,
    /// Write a service whole [assumed].
    ServiceUpdate,
    /// Remove a service [assumed].
    ServiceDelete,
    /// List a tenant's services [assumed].
    ServiceList,
    /// Make an API key [public].
    ApiKeyCreate,
    /// Read an API key [assumed].
    ApiKeyRead,
    /// Change an API key [assumed].
    ApiKeyUpdate,
    /// Remove an API key [assumed].
    ApiKeyDelete,
    /// List API keys [assumed].
    ApiKeyList,
    /// Read the options of the transaction [assumed].
    OptionsRead,
    /// Change options of the transaction by a delta [assumed].
    OptionsWrite,
    /// List contact centres [assumed].
    ContactCenterList,
}

/// Name in the argument `routes`, method, path. Paths are below the URL of the route's host.
const TABLE: [(Route, &str, &str, &str); 13] = [
    (
        Route::ServiceCreate,
        "service_create",
        "POST",
        "/nexus/v3/provisioning/services/{ccid}/{name}",
    ),
    (
        Route::ServiceRead,
        "service_read",
        "GET",
        "/nexus/v3/provisioning/services/{ccid}/{name}",
    ),
    (
        Route::ServiceUpdate,
        "service_update",
        "PUT",
        "/nexus/v3/provisioning/services/{ccid}/{name}",
    ),
    (
        Route::ServiceDelete,
        "service_delete",
        "DELETE",
        "/nexus/v3/provisioning/services/{ccid}/{name}",
    ),
    (
        Route::ServiceList,
        "service_list",
        "GET",
        "/nexus/v3/provisioning/services/{ccid}",
    ),
    (
        Route::ApiKeyCreate,
        "api_key_create",
        "POST",
        "/nexus/v3/apikeys",
    ),
    (
        Route::ApiKeyRead,
        "api_key_read",
        "GET",
        "/nexus/v3/apikeys/{key}",
    ),
    (
        Route::ApiKeyUpdate,
        "api_key_update",
        "PUT",
        "/nexus/v3/apikeys/{key}",
    ),
    (
        Route::ApiKeyDelete,
        "api_key_delete",
        "DELETE",
        "/nexus/v3/apikeys/{key}",
    ),
    (
        Route::ApiKeyList,
        "api_key_list",
        "GET",
        "/nexus/v3/apikeys",
    ),
    (
        Route::OptionsRead,
        "options_read",
        "GET",
        "/provisioning/v3/transactions/NexusServices/options",
    ),
    (
        Route::OptionsWrite,
        "options_write",
        "PUT",
        "/provisioning/v3/transactions/NexusServices/options",
    ),
    (
        Route::ContactCenterList,
        "contact_center_list",
        "GET",
        "/environment/v3/contact-centers",
    ),
];

/// Method and path template of every call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Routes(BTreeMap<Route, (String, String)>);

/// A call with its path filled in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// The method, in capitals.
    pub(crate) method: String,
    /// The path, percent-encoded. It may hold a secret.
    pub(crate) path: String,
    /// The path to show to people: with `(key)` in place of an API key.
    pub(crate) shown: String,
}

impl Default for Routes {
    fn default() -> Routes {
        let row = |(route, _, method, path): &(Route, &str, &str, &str)| {
            (*route, ((*method).to_owned(), (*path).to_owned()))
        };
        Routes(TABLE.iter().map(row).collect())
    }
}

impl Routes {
    /// The table with one call replaced, written `METHOD /path`.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub(crate) fn replace(&mut self, name: &str, text: &str) -> Result<(), String> {
        let Some((route, _, _, default)) = TABLE.iter().find(|row| row.1 == name) else {
            let names: Vec<&str> = TABLE.iter().map(|row| row.1).collect();
            return Err(format!(
                "There is no call {name:?}; the calls are {}.",
                names.join(", ")
            ));
        };
        let parts: Vec<&str> = text.split_whitespace().collect();
        let (method, path) = match parts[..] {
            [method, path] if path.starts_with('/') => (method, path),
            _ => {
                return Err(format!(
                    "The call {name} is {text:?}, but must be a method and a path, such as \"GET {default}\"."
                ));
            }
        };
        if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method) {
            return Err(format!(
                "The call {name} has the method {method:?}, but must have GET, POST, PUT, PATCH or DELETE."
            ));
        }
        for place in ["{ccid}", "{name}", "{key}"] {
            if default.contains(place) && !path.contains(place) {
                return Err(format!(
                    "The path of the call {name} must contain {place}, as in {default:?}."
                ));
            }
        }
        self.0.insert(*route, (method.to_owned(), path.to_owned()));
        Ok(())
    }

    /// The table with only the path of `route` replaced.
    pub(crate) fn replace_path(&mut self, route: Route, path: &str) {
        if let Some(call) = self.0.get_mut(&route) {
            path.clone_into(&mut call.1);
        }
    }

    /// A call with its places (`ccid`, `name`, `key`) filled in.
    pub(crate) fn call(&self, route: Route, places: &[(&str, &str)]) -> Call {
        let (method, template) = self.0.get(&route).cloned().unwrap_or_default();
        let (mut path, mut shown) = (template.clone(), template);
        for (place, value) in places {
            let mark = format!("{{{place}}}");
            let value = encode(value);
            shown = shown.replace(&mark, if *place == "key" { "(key)" } else { &value });
            path = path.replace(&mark, &value);
        }
        Call {
            method,
            path,
            shown,
        }
    }
}

/// A path segment with everything but unreserved characters percent-encoded.
fn encode(segment: &str) -> String {
    let mut out = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_filled_in_and_keys_not_shown() {
        let routes = Routes::default();
        let call = routes.call(Route::ServiceCreate, &[("ccid", "c"), ("name", "a/b c")]);
        assert_eq!(
            (call.method.as_str(), call.path.as_str()),
            ("POST", "/nexus/v3/provisioning/services/c/a%2Fb%20c")
        );
        let call = routes.call(Route::ApiKeyDelete, &[("key", "hush")]);
        assert_eq!(
            (call.path.as_str(), call.shown.as_str()),
            ("/nexus/v3/apikeys/hush", "/nexus/v3/apikeys/(key)")
        );
    }

    #[test]
    fn calls_can_be_replaced() {
        let mut routes = Routes::default();
        routes
            .replace("service_update", "POST /v4/services/{ccid}/{name}")
            .unwrap();
        let call = routes.call(Route::ServiceUpdate, &[("ccid", "c"), ("name", "n")]);
        assert_eq!(
            (call.method.as_str(), call.path.as_str()),
            ("POST", "/v4/services/c/n")
        );
        assert!(
            routes
                .replace("service_updat", "POST /x")
                .unwrap_err()
                .contains("service_update")
        );
        assert!(
            routes
                .replace("service_read", "GET /x/{ccid}")
                .unwrap_err()
                .contains("{name}")
        );
        assert!(routes.replace("service_read", "FETCH /x").is_err());
    }
}
