//! The provider block: its schema, and where each setting comes from.
//!
//! It builds nothing and sends nothing.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use trunkline_api::kit::attrs;
use trunkline_api::provider::ConfigureRequest;
use trunkline_api::{Attribute, Block, Diagnostic, Path, Schema, Type, Value};
use trunkline_http::SecretString;

use crate::region;

/// Requests a minute for a token (limit `client.credentials.token.rate.per.minute`).
const PER_MINUTE: NonZeroU32 = NonZeroU32::new(300).unwrap();

/// Schema of the provider block; argument names are those of the public Genesys provider where it has them.
pub(crate) fn schema() -> Schema {
    let text = |description: &str| Attribute::new(Type::String, description).optional();
    let number = |description: &str| Attribute::new(Type::Number, description).optional();
    Schema {
        version: 0,
        block: Block::new("A Genesys Cloud organisation.")
            .attribute("oauthclient_id", text("Id of the OAuth client (client credentials grant) to work with; or GENESYSCLOUD_OAUTHCLIENT_ID."))
            .attribute("oauthclient_secret", text("Its secret; or GENESYSCLOUD_OAUTHCLIENT_SECRET.").sensitive())
            .attribute("access_token", text("A token to use in place of an OAuth client; or GENESYSCLOUD_ACCESS_TOKEN.").sensitive())
            .attribute("aws_region", text("The organisation's region, such as us-east-1; or GENESYSCLOUD_REGION."))
            .attribute("api_url", text("Base URL of the API, in place of the region's."))
            .attribute("login_url", text("Base URL of the login service, in place of the region's."))
            .attribute("request_timeout_seconds", number("Time for one request; 60 by default."))
            .attribute("consistency_timeout_seconds", number("How long to wait for a change to become visible; 300 by default."))
            .attribute("requests_per_minute", number("Requests a minute; 300 by default, which is the vendor's limit for a token unless its support has raised it.")),
    }
}

/// The settings of one configured provider.
pub(crate) struct Settings {
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<SecretString>,
    pub(crate) access_token: Option<SecretString>,
    pub(crate) api_url: String,
    pub(crate) login_url: String,
    pub(crate) request_timeout: Duration,
    pub(crate) consistency_timeout: Duration,
    /// At least one.
    pub(crate) per_minute: NonZeroU32,
}

/// Reads the block, then the environment. `rehearsal` allows a missing region, since no real host is reached.
pub(crate) fn read(
    request: &ConfigureRequest,
    rehearsal: bool,
) -> Result<Settings, Box<Diagnostic>> {
    let config = &request.config;
    let given = |name: &str, variable: &str| from(config, name, &request.environment, variable);
    let region = given("aws_region", "GENESYSCLOUD_REGION");
    let (api_url, login_url) = urls(
        attrs::text(config, "api_url"),
        attrs::text(config, "login_url"),
        region.as_deref(),
        rehearsal,
    )?;
    let seconds = |name: &str, default: u64| {
        let given = attrs::integer(config, name).and_then(|n| u64::try_from(n).ok());
        Duration::from_secs(given.unwrap_or(default))
    };
    Ok(Settings {
        client_id: given("oauthclient_id", "GENESYSCLOUD_OAUTHCLIENT_ID"),
        client_secret: given("oauthclient_secret", "GENESYSCLOUD_OAUTHCLIENT_SECRET")
            .map(Into::into),
        access_token: given("access_token", "GENESYSCLOUD_ACCESS_TOKEN").map(Into::into),
        api_url,
        login_url,
        request_timeout: seconds("request_timeout_seconds", 60).max(Duration::from_secs(1)),
        consistency_timeout: seconds("consistency_timeout_seconds", 300),
        per_minute: attrs::integer(config, "requests_per_minute")
            .and_then(|n| u32::try_from(n).ok())
            .and_then(NonZeroU32::new)
            .unwrap_or(PER_MINUTE),
    })
}

fn from(
    config: &Value,
    name: &str,
    environment: &BTreeMap<String, String>,
    variable: &str,
) -> Option<String> {
    attrs::text(config, name)
        .or_else(|| environment.get(variable).map(String::as_str))
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// API and login URL: as given, else of the region, else the one derived from the other.
fn urls(
    api: Option<&str>,
    login: Option<&str>,
    region: Option<&str>,
    rehearsal: bool,
) -> Result<(String, String), Box<Diagnostic>> {
    let region = region.or(if rehearsal { Some("us-east-1") } else { None });
    let domain = match region {
        Some(name) => Some(region::domain(name).ok_or_else(|| Box::new(unknown_region(name)))?),
        None => None,
    };
    let swap = |url: &str, from: &str, to: &str| {
        let rest = url.strip_prefix(&format!("https://{from}."))?;
        Some(format!("https://{to}.{rest}"))
    };
    let of = |name: &str, given: Option<&str>, other: Option<(&str, &str)>| {
        given
            .map(str::to_owned)
            .or_else(|| other.and_then(|(url, from)| swap(url, from, name)))
            .or_else(|| domain.map(|domain| format!("https://{name}.{domain}")))
    };
    let api_url = of("api", api, login.map(|url| (url, "login")));
    let login_url = of("login", login, api.map(|url| (url, "api")));
    match (api_url, login_url) {
        (Some(api_url), Some(login_url)) => Ok((api_url, login_url)),
        _ => Err(Box::new(
            Diagnostic::error(
                "Region Not Set",
                "The provider \"genesyscloud\" does not know where the organisation is. Set aws_region (or GENESYSCLOUD_REGION), or api_url and login_url.",
            )
            .on(Path::attribute("aws_region")),
        )),
    }
}

/// The error for a region that does not exist: rule GC01.
pub(crate) fn unknown_region(name: &str) -> Diagnostic {
    Diagnostic::error(
        "Unknown Region",
        format!(
            "GC01: there is no Genesys Cloud region {name:?}. Use one of {}.",
            region::names()
        ),
    )
    .on(Path::attribute("aws_region"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(api: Option<&str>, login: Option<&str>, region: Option<&str>) -> String {
        match urls(api, login, region, false) {
            Ok((api, login)) => format!("{api} {login}"),
            Err(problem) => problem.detail,
        }
    }

    #[test]
    fn urls_come_from_the_region_or_from_each_other() {
        let ireland = "https://api.mypurecloud.ie https://login.mypurecloud.ie";
        assert_eq!(check(None, None, Some("EU-West-1")), ireland);
        assert_eq!(
            check(Some("https://api.mypurecloud.ie"), None, None),
            ireland
        );
        assert_eq!(
            check(None, Some("https://login.mypurecloud.ie"), None),
            ireland
        );
        assert_eq!(
            check(Some("http://127.0.0.1:1"), Some("http://127.0.0.1:2"), None),
            "http://127.0.0.1:1 http://127.0.0.1:2"
        );
        assert!(check(Some("http://127.0.0.1:1"), None, None).contains("does not know where"));
        assert!(check(None, None, Some("mars")).starts_with("GC01: there is no"));
    }
}
