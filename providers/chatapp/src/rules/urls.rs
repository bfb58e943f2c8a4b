//! AL08 [assumed]: URLs that the service can call.

use std::net::IpAddr;

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostics, Value};
use url::{Host, Url};

use super::{at, error, warning};

/// A callback URL: plain `http` is only warned of, since the vendor's samples have it.
pub(super) fn callback(config: &Value, name: &str) -> Diagnostics {
    al08(config, name, true)
}

/// The API Request URL of a business system.
pub(super) fn request(config: &Value) -> Diagnostics {
    al08(config, "api_request_url", false)
}

fn al08(config: &Value, name: &str, plain: bool) -> Diagnostics {
    let Some(text) = attrs::text(config, name).filter(|text| !text.is_empty()) else {
        return Vec::new();
    };
    let wrong = |why: &str| {
        let text = format!("`{name}` {why}.");
        vec![error("AL08", "Invalid URL", text).on(at(name))]
    };
    let url = Url::parse(text).ok().filter(|_| text.contains("://"));
    let Some(url) = url else {
        return wrong("must be an absolute URL: https://, a host and a path");
    };
    let Some(host) = url.host() else {
        return wrong("has no host");
    };
    if !matches!(url.scheme(), "http" | "https") || url.scheme() == "http" && !plain {
        return wrong("must begin with https://");
    }
    if url.fragment().is_some() {
        return wrong("has a fragment (#…), which is never sent");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("has a user name or password in it");
    }
    if is_private(&host) {
        return wrong("is on this machine or in a private network, which the service cannot reach");
    }
    if url.scheme() == "http" {
        let text = format!(
            "`{name}` is plain http: reports are sent in clear. Use https where the receiver can."
        );
        return vec![warning("AL08", "Plain HTTP", text).on(at(name))];
    }
    Vec::new()
}

fn is_private(host: &Host<&str>) -> bool {
    let address = match host {
        Host::Domain(name) => return *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => IpAddr::V4(*address),
        Host::Ipv6(address) => match address.to_ipv4_mapped() {
            Some(inner) => IpAddr::V4(inner),
            None => IpAddr::V6(*address),
        },
    };
    match address {
        IpAddr::V4(a) => {
            a.is_loopback() || a.is_private() || a.is_link_local() || a.is_unspecified()
        }
        IpAddr::V6(a) => {
            a.is_loopback()
                || a.is_unspecified()
                || a.is_unique_local()
                || a.is_unicast_link_local()
        }
    }
}
