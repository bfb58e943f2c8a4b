//! Rules about where the organisation is: GC01, GC02.

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostic, Diagnostics, Path, Value};

use crate::{region, settings};

/// GC01: the region exists, whatever its case (public provider).
pub(super) fn gc01(config: &Value) -> Diagnostics {
    match attrs::text(config, "aws_region") {
        Some(name) if region::domain(name).is_none() => vec![settings::unknown_region(name)],
        _ => Vec::new(),
    }
}

/// GC02: the URLs are `https` without path; and, as a warning, begin with `api.` and `login.` of one
/// domain (integration guide). Loopback is exempt, for simulators and gateways on this machine.
pub(super) fn gc02(config: &Value) -> Diagnostics {
    let mut problems = Vec::new();
    let mut hosts = Vec::new();
    for (argument, prefix) in [("api_url", "api."), ("login_url", "login.")] {
        let Some(url) = attrs::text(config, argument) else {
            continue;
        };
        let on = Path::attribute(argument);
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if is_loopback(host) {
            continue;
        }
        if scheme != "https" || host.is_empty() {
            problems.push(
                Diagnostic::error(
                    "Invalid Service URL",
                    format!("GC02: {argument} is {url:?}; it must begin with https:// and a host."),
                )
                .on(on),
            );
            continue;
        }
        if host.len() != rest.len() {
            problems.push(
                Diagnostic::error("Invalid Service URL", format!("GC02: {argument} is {url:?}; it must end with the host name, without a slash, path or query.")).on(on),
            );
            continue;
        }
        match host.strip_prefix(prefix) {
            Some(domain) => hosts.push(domain.to_owned()),
            None => problems.push(
                Diagnostic::warning("Unusual Service Host", format!("GC02: the host of {argument} is usually {prefix}<domain>, but this is {host:?}. That is right for a gateway only.")).on(on),
            ),
        }
    }
    if let [api, login] = hosts.as_slice()
        && api != login
    {
        problems.push(
            Diagnostic::warning("Hosts of Two Regions", format!("GC02: api_url is of {api:?} and login_url of {login:?}; both must belong to the organisation's region."))
                .on(Path::attribute("login_url")),
        );
    }
    problems
}

/// Whether a host, perhaps with a port, is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost"
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}
