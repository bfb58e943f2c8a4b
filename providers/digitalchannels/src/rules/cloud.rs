//! DC14–DC16: the services that connect to Genesys Cloud (PurecloudIDP and PorticoSMS).

use trunkline_api::{Diagnostics, Value};
use url::Url;

use super::declared::Declared;
use super::finding::{at, error, is_blank, is_loopback, warning, web_url};
use crate::names;
use crate::services::body::Body;
use crate::values;

/// DC14 [seed]: PurecloudIDP has a login URL, a client id (a UUID) and a client secret.
pub(super) fn dc14(body: &Body) -> Diagnostics {
    if !body.is("PurecloudIDP") {
        return Vec::new();
    }
    let mut found = Vec::new();
    if let Some(text) = body.url_text().known() {
        let url = cloud_url(text);
        if url.is_none()
            || url.is_some_and(|url| {
                !has_role(&url, "login.") && !has_role(&url, "api.") && !is_loopback(&url)
            })
        {
            let text = format!(
                "The URL {text:?} is not a Genesys Cloud login URL such as https://login.mypurecloud.com."
            );
            found.push(error("DC14", "Invalid PurecloudIDP service", text).on(at("url")));
        }
    } else if body.url.is_null() {
        let text = "The service PurecloudIDP needs the Genesys Cloud login URL as its `url`.";
        found.push(error("DC14", "Invalid PurecloudIDP service", text).on(at("url")));
    }
    if !body.secret.is_known() {
        return found;
    }
    let (id, secret) = (
        body.secret.attr("clientId"),
        body.secret.attr("clientSecret"),
    );
    if missing(id)
        || id
            .and_then(Value::as_str)
            .is_some_and(|id| !names::is_uuid(id))
    {
        let text = "The client id is not a UUID of five groups (8-4-4-4-12). The example in the vendor's page has a digit too many.";
        found.push(
            error("DC14", "Invalid PurecloudIDP service", text)
                .on(body.place("client_id", "secret")),
        );
    }
    if missing(secret) {
        let text = "The client secret is empty. It comes with the client id from the OAuth client in Genesys Cloud.";
        found.push(
            error("DC14", "Invalid PurecloudIDP service", text)
                .on(body.place("client_secret", "secret")),
        );
    }
    found
}

/// DC15 [seed]: PorticoSMS has an API URL.
pub(super) fn dc15(body: &Body) -> Diagnostics {
    if !body.is("PorticoSMS") {
        return Vec::new();
    }
    let wrong = match body.url_text() {
        values::Text::Unknown => return Vec::new(),
        values::Text::Absent => "nothing".to_owned(),
        values::Text::Known(text) => match cloud_url(text) {
            Some(url)
                if has_role(&url, "api.") || has_role(&url, "login.") || is_loopback(&url) =>
            {
                return Vec::new();
            }
            _ => format!("{text:?}"),
        },
    };
    let text = format!(
        "The `url` of PorticoSMS is {wrong}, but must be a Genesys Cloud API URL such as https://api.mypurecloud.com."
    );
    vec![error("DC15", "Invalid PorticoSMS service", text).on(at("url"))]
}

/// DC15 [assumed], between objects: both services name the same region.
pub(super) fn dc15_between(declared: Declared<'_>) -> Diagnostics {
    let services = declared.services();
    let region = |body: &Body, role: &str| {
        let url = cloud_url(body.url_text().known()?)?;
        Some(url.host_str()?.strip_prefix(role)?.to_owned())
    };
    let mut found = Vec::new();
    for portico in services.iter().filter(|s| s.body.is("PorticoSMS")) {
        let idp = services
            .iter()
            .find(|s| s.tenant == portico.tenant && s.body.is("PurecloudIDP"));
        let api = region(&portico.body, "api.");
        let login = idp.and_then(|idp| region(&idp.body, "login."));
        if let (Some(api), Some(login), Some(idp)) = (api, login, idp)
            && api != login
        {
            let text = format!(
                "PorticoSMS sends through api.{api}, but {} logs in at login.{login}: a token of one Genesys Cloud \
                 region is not valid in another. Use the two URLs of one organisation.",
                idp.object.address
            );
            found.push(
                warning("DC15", "Genesys Cloud regions differ", text)
                    .on(at("url"))
                    .about(&portico.object.address),
            );
        }
    }
    found
}

/// DC16 [assumed]: the login URL and the API URL are not swapped.
pub(super) fn dc16(body: &Body) -> Diagnostics {
    let (other, wanted) = match body.name.as_str() {
        Some("PurecloudIDP") => ("api.", "login."),
        Some("PorticoSMS") => ("login.", "api."),
        _ => return Vec::new(),
    };
    let url = body.url_text().known().and_then(cloud_url);
    match url {
        Some(url) if has_role(&url, other) => {
            let text = format!(
                "{url} begins with {other:?}, while this service needs the URL that begins with {wanted:?}. The URLs of \
                 PurecloudIDP (login) and PorticoSMS (API) are probably swapped."
            );
            vec![error("DC16", "URLs are swapped", text).on(at("url"))]
        }
        _ => Vec::new(),
    }
}

/// An `https` URL without path or query; on loopback (a simulator) `http` will do.
fn cloud_url(text: &str) -> Option<Url> {
    let url = web_url(text)?;
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    (bare && (url.scheme() == "https" || is_loopback(&url))).then_some(url)
}

fn has_role(url: &Url, role: &str) -> bool {
    url.host_str()
        .and_then(|host| host.strip_prefix(role))
        .is_some_and(|region| region.contains('.'))
}

fn missing(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_null() || is_blank(value))
}
