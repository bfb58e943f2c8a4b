//! The provider block: its schema, its rules, and where each setting comes from.
//!
//! It builds nothing and sends nothing.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use trunkline_api::kit::attrs;
use trunkline_api::provider::{ConfigureRequest, World};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Path, Schema, Type, Value};
use trunkline_http::SecretString;

/// How the provider authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthMode {
    /// Cloud, behind the API gateway: Basic and the gateway's key.
    ApiKey,
    /// Cloud, by a session of the login service.
    LoginCookie,
    /// On-premise: Basic alone.
    Basic,
}

impl AuthMode {
    fn parse(text: &str) -> Option<AuthMode> {
        Some(match text {
            "api_key" => AuthMode::ApiKey,
            "login_cookie" => AuthMode::LoginCookie,
            "basic" => AuthMode::Basic,
            _ => return None,
        })
    }
}

/// Parts of paths that no public document states, by their name in the argument `paths`.
const PATHS: &[(&str, &str)] = &[
    ("messaging_services", "messagingServices"),
    ("authentications", "authentications"),
    ("users", "users"),
    ("user_groups", "userGroups"),
    ("rights", "rights"),
    ("roles", "roles"),
    ("queues", "queues"),
    ("queue_groups", "queueGroups"),
    ("numbers", "numbers"),
];

/// Schema of the provider block.
pub(crate) fn schema() -> Schema {
    let text = |description: &str| Attribute::new(Type::String, description).optional();
    let number = |description: &str| Attribute::new(Type::Number, description).optional();
    let flag = |description: &str| Attribute::new(Type::Bool, description).optional();
    let texts = |d: &str| Attribute::new(Type::map(Type::String), d).optional();
    Schema {
        version: 0,
        block: Block::new("A Sinch Contact Pro tenant.")
            .attribute("base_url", text("Base URL of RCI, ending in /rci; or SINCHCONTACTPRO_BASE_URL. The cloud's comes from Sinch and is taken as it is."))
            .attribute("login_url", text("Base URL of the login service, ending in /ecfs, for auth_mode login_cookie; derived from base_url by default."))
            .attribute("auth_mode", text("api_key (cloud, the default), login_cookie (cloud) or basic (on-premise)."))
            .attribute("username", text("Logon name of the API user; or SINCHCONTACTPRO_USERNAME."))
            .attribute("password", text("Its password; or SINCHCONTACTPRO_PASSWORD.").sensitive())
            .attribute("api_key", text("Key of the API gateway, for auth_mode api_key; or SINCHCONTACTPRO_API_KEY.").sensitive())
            .attribute("allow_plain_http", flag("Accepts http in base_url, which sends the password in clear: only for an on-premise network that is trusted."))
            .attribute("sms_server_local_http_authentication", flag("The SMS Server variable \"Use Local Http Authentication\"; true by default. Only rules look at it."))
            .attribute("required_processing_mode", text("The processing mode that rule CP-30 asks of Conversation API apps; DISPATCH by default."))
            .attribute("messaging_service_roles", Attribute::new(Type::set(Type::String), "Names of the roles that hold Messaging Service: Use. Users who have one are external users to `discover`, like those who have the right directly.").optional())
            .attribute("embedded_authentications", flag("Whether a messaging service carries its authentications (the default), or they are written by calls of their own."))
            .attribute("type_names", texts("How the service spells messaging service types, by the names used here, where it differs."))
            .attribute("paths", texts("How the service spells parts of paths, by the names used here, where it differs."))
            .attribute("page_size", number("Rows a page of a list; 100 by default."))
            .attribute("requests_per_minute", number("Requests a minute; 300 by default."))
            .attribute("request_timeout_seconds", number("Time for one request; 60 by default."))
            .attribute("max_retries", number("How often a request is sent again where that is safe; 8 by default.")),
    }
}

/// The settings of one configured provider.
pub(crate) struct Settings {
    pub(crate) base_url: String,
    pub(crate) login_url: Option<String>,
    pub(crate) auth_mode: AuthMode,
    pub(crate) username: Option<SecretString>,
    pub(crate) password: Option<SecretString>,
    pub(crate) api_key: Option<SecretString>,
    pub(crate) plain_http: bool,
    pub(crate) embedded: bool,
    pub(crate) right_roles: Vec<String>,
    pub(crate) type_names: BTreeMap<String, String>,
    pub(crate) paths: BTreeMap<&'static str, String>,
    pub(crate) page_size: usize,
    pub(crate) per_minute: Option<NonZeroU32>,
    pub(crate) timeout: Duration,
    pub(crate) retries: Option<usize>,
}

/// Reads the block, then the environment.
pub(crate) fn read(request: &ConfigureRequest) -> Result<Settings, Diagnostics> {
    let config = &request.config;
    let problems = validate(config);
    if trunkline_api::diagnostic::has_errors(&problems) {
        return Err(problems);
    }
    let given = |name: &str, variable: &str| {
        let text = attrs::text(config, name).map(str::to_owned);
        text.or_else(|| request.environment.get(variable).cloned())
            .filter(|text| !text.is_empty())
    };
    let auth_mode = attrs::text(config, "auth_mode").and_then(AuthMode::parse);
    let auth_mode = auth_mode.unwrap_or(AuthMode::ApiKey);
    let rehearsal = matches!(request.world, World::Sandbox(_));
    let base_url = given("base_url", "SINCHCONTACTPRO_BASE_URL");
    // A rehearsal reaches no real host, so it needs none.
    let base_url =
        base_url.or_else(|| rehearsal.then(|| "https://sandbox.invalid/acme/ecfs/RI/rci".into()));
    let Some(base_url) = base_url else {
        let detail = "The provider \"sinchcontactpro\" does not know where RCI is. Set base_url (or SINCHCONTACTPRO_BASE_URL) to the URL that Sinch gave you.";
        let problem = Diagnostic::error("Base URL Not Set", detail);
        return Err(vec![problem.on(Path::attribute("base_url"))]);
    };
    let login_url = match auth_mode {
        AuthMode::LoginCookie => Some(login_url(config, &base_url)?),
        _ => None,
    };
    let texts = |name: &str| -> BTreeMap<String, String> {
        let map = config.attr(name).and_then(Value::as_fields);
        let entries = map.into_iter().flat_map(|map| map.iter());
        entries
            .filter_map(|(k, v)| Some((k.to_string(), v.as_str()?.to_owned())))
            .collect()
    };
    let paths = texts("paths");
    let path = |(name, default): &(&'static str, &str)| {
        let text = paths.get(*name).map_or(*default, String::as_str);
        (*name, text.trim_matches('/').to_owned())
    };
    let whole = |name: &str| attrs::integer(config, name).and_then(|n| u32::try_from(n).ok());
    Ok(Settings {
        base_url,
        login_url,
        auth_mode,
        username: given("username", "SINCHCONTACTPRO_USERNAME").map(Into::into),
        password: given("password", "SINCHCONTACTPRO_PASSWORD").map(Into::into),
        api_key: given("api_key", "SINCHCONTACTPRO_API_KEY").map(Into::into),
        plain_http: attrs::flag(config, "allow_plain_http") == Some(true),
        right_roles: attrs::texts(config, "messaging_service_roles"),
        embedded: attrs::flag(config, "embedded_authentications") != Some(false),
        type_names: texts("type_names"),
        paths: PATHS.iter().map(path).collect(),
        page_size: whole("page_size").unwrap_or(100).max(1) as usize,
        per_minute: whole("requests_per_minute")
            .map(|n| NonZeroU32::MIN.saturating_add(n.saturating_sub(1))),
        timeout: Duration::from_secs(whole("request_timeout_seconds").unwrap_or(60).max(1).into()),
        retries: whole("max_retries").map(|n| n as usize),
    })
}

/// The login service of a tenant: as given, or the part of the base URL up to `/ecfs`.
fn login_url(config: &Value, base_url: &str) -> Result<String, Diagnostics> {
    if let Some(url) = attrs::text(config, "login_url") {
        return Ok(url.to_owned());
    }
    let url = base_url.trim_end_matches('/').strip_suffix("/RI/rci");
    url.map(str::to_owned).ok_or_else(|| {
        let detail = format!(
            "The login service cannot be told from {base_url:?}, which does not end in /ecfs/RI/rci. Set login_url."
        );
        let problem = Diagnostic::error("Login URL Not Set", detail);
        vec![problem.on(Path::attribute("login_url"))]
    })
}

/// What is wrong with the block, offline.
pub(crate) fn validate(config: &Value) -> Diagnostics {
    let mut problems = Vec::new();
    let mut bad = |name: &str, detail: String| {
        let problem = Diagnostic::error("Invalid Provider Configuration", detail);
        problems.push(problem.on(Path::attribute(name)));
    };
    if let Some(mode) = attrs::text(config, "auth_mode")
        && AuthMode::parse(mode).is_none()
    {
        bad(
            "auth_mode",
            format!("auth_mode is {mode:?}; it must be api_key, login_cookie or basic."),
        );
    }
    let known = |map: &'static str, names: Vec<&'static str>, bad: &mut dyn FnMut(&str, String)| {
        let given = config.attr(map).and_then(Value::as_fields);
        for (name, _) in given.into_iter().flat_map(|g| g.iter()) {
            if !names.contains(&&**name) {
                let all = names.join(", ");
                bad(
                    map,
                    format!("{map} has no entry {name:?}; it may have {all}."),
                );
            }
        }
    };
    known("paths", PATHS.iter().map(|(n, _)| *n).collect(), &mut bad);
    known("type_names", crate::names::TYPES.to_vec(), &mut bad);
    problems
}

#[cfg(test)]
mod tests {
    use trunkline_api::{coerce, json};

    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        let sparse: serde_json::Value = serde_json::from_str(text).unwrap();
        let request = ConfigureRequest {
            config: coerce::conform(&json::implied(&sparse), &schema().block).unwrap(),
            world: World::Live,
            environment: BTreeMap::new(),
        };
        super::read(&request).map_err(|problems| problems[0].detail.clone())
    }

    #[test]
    fn the_login_service_is_beside_the_interface() {
        let of = |text: &str| read(text).map(|s| s.login_url);
        let cookie = r#"{"auth_mode": "login_cookie", "base_url": "https://login-eu-c1.cc.sinch.com/acme/ecfs/RI/rci/"}"#;
        assert_eq!(
            of(cookie).unwrap().as_deref(),
            Some("https://login-eu-c1.cc.sinch.com/acme/ecfs")
        );
        let other = r#"{"auth_mode": "login_cookie", "base_url": "https://x.test/p/rci"}"#;
        assert!(of(other).unwrap_err().ends_with("Set login_url."));
        assert_eq!(of(r#"{"base_url": "https://x.test/p/rci"}"#).unwrap(), None);
    }

    #[test]
    fn a_map_takes_only_names_that_mean_something() {
        let bad = r#"{"base_url": "https://x.test/rci", "paths": {"services": "a"}}"#;
        assert!(
            read(bad)
                .err()
                .unwrap()
                .starts_with("paths has no entry \"services\"")
        );
        let good = r#"{"base_url": "https://x.test/rci", "paths": {"numbers": "/addresses/"}}"#;
        let settings = read(good).ok().unwrap();
        assert_eq!(settings.paths["numbers"], "addresses");
        assert_eq!(settings.paths["rights"], "rights");
        let mode = r#"{"base_url": "https://x.test/rci", "auth_mode": "cookie"}"#;
        assert!(
            read(mode)
                .err()
                .unwrap()
                .contains("api_key, login_cookie or basic")
        );
    }
}
