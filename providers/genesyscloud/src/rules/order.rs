//! Rules about one order of a toll-free number: GC15, GC19 to GC22, GC24, GC25. (GC23, GC26 and the
//! rest of GC20 and GC22 are about several objects.)

use std::net::IpAddr;

use trunkline_api::kit::attrs;
use trunkline_api::provider::ValidateRequest;
use trunkline_api::{Diagnostic, Diagnostics, Path, Value};

use super::ids::is_uuid;
use super::user::looks_like_email;
use crate::tollfree::digits;

/// The URLs of an order, and how each ends (integration guide).
const URLS: &[(&str, &str)] = &[
    ("mo_url", "/nexus/v3/sms/message"),
    ("dr_url", "/nexus/v3/sms/receipt"),
];

/// The rules about one order.
pub(crate) fn order(request: &ValidateRequest) -> Diagnostics {
    let config = &request.config;
    let mut problems = gc15(&request.literals);
    problems.extend(gc19(config));
    problems.extend(gc20(config));
    problems.extend(gc21(config));
    problems.extend(gc22(config));
    problems.extend(gc24(config));
    problems.extend(gc25(config));
    problems
}

fn invalid(attribute: &str, detail: String) -> Diagnostic {
    Diagnostic::error("Invalid Number Order", detail).on(Path::attribute(attribute))
}

fn doubtful(attribute: &str, detail: String) -> Diagnostic {
    Diagnostic::warning("Doubtful Number Order", detail).on(Path::attribute(attribute))
}

/// GC15: a secret is not written in the configuration.
pub(super) fn gc15(literals: &[Path]) -> Diagnostics {
    let password = Path::attribute("webhook_password");
    if !literals.contains(&password) {
        return Vec::new();
    }
    let detail = "GC15: webhook_password is written in the configuration, where everyone can read it. Refer to the API key's object, or to a sensitive variable.";
    vec![doubtful("webhook_password", detail.to_owned())]
}

/// GC19: a toll-free number has ten digits after an optional `+1` or `1`, the first three of which are
/// usually one of seven [prefixes assumed].
pub(super) fn gc19(config: &Value) -> Diagnostics {
    const PREFIXES: &[&str] = &["800", "833", "844", "855", "866", "877", "888"];
    let Some(number) = attrs::text(config, "number") else {
        return Vec::new();
    };
    let digits = digits(number);
    let foreign = number
        .chars()
        .any(|c| !(c.is_ascii_digit() || "+-(). ".contains(c)));
    if digits.len() != 10 || foreign {
        return vec![invalid(
            "number",
            format!(
                "GC19: number is {number:?}; a toll-free number has ten digits, with or without +1 before them."
            ),
        )];
    }
    if PREFIXES.iter().any(|p| digits.starts_with(p)) {
        return Vec::new();
    }
    vec![doubtful(
        "number",
        format!(
            "GC19: number is {number:?}; toll-free numbers usually begin with one of {}.",
            PREFIXES.join(", ")
        ),
    )]
}

/// `scheme://host[:port]` and the rest of a URL.
pub(super) fn split(url: &str) -> Option<(&str, &str)> {
    let start = url.find("://")? + 3;
    let end = url[start..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| start + at);
    (end > start).then(|| url.split_at(end))
}

/// GC20 within one order: each URL ends as the guide says, and both are of one origin.
pub(super) fn gc20(config: &Value) -> Diagnostics {
    let mut problems = Vec::new();
    let mut bases = Vec::new();
    for (name, ending) in URLS {
        let Some(url) = attrs::text(config, name) else {
            continue;
        };
        match url.strip_suffix(ending).filter(|base| split(base).is_some()) {
            Some(base) => bases.push(base),
            None => problems.push(invalid(name, format!("GC20: {name} is {url:?}; it must be the Digital Channels URL followed by {ending}."))),
        }
    }
    if let [mo, dr] = bases.as_slice()
        && mo != dr
    {
        problems.push(invalid("dr_url", format!("GC20: mo_url is of {mo:?} and dr_url of {dr:?}; both must be the same Digital Channels URL.")));
    }
    problems
}

/// GC21: the vendor can reach the URLs, and encrypted.
pub(super) fn gc21(config: &Value) -> Diagnostics {
    let mut problems = Vec::new();
    for (name, _) in URLS {
        let Some(url) = attrs::text(config, name) else {
            continue;
        };
        let Some((origin, _)) = split(url) else {
            continue;
        };
        let (scheme, host) = origin.split_once("://").unwrap_or(("", origin));
        if is_private(host) {
            problems.push(doubtful(
                name,
                format!("GC21: {name} is {url:?}, which the vendor cannot reach from outside."),
            ));
        } else if scheme != "https" {
            problems.push(doubtful(name, format!("GC21: {name} is {url:?}, over which messages and the webhook password travel in clear. Use https.")));
        }
    }
    problems
}

/// Whether a host, perhaps with a port, is this machine or in a private network.
fn is_private(host: &str) -> bool {
    if super::connection::is_loopback(host) {
        return true;
    }
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    match name.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_private() || ip.is_link_local() || ip.is_unspecified(),
        Ok(IpAddr::V6(ip)) => {
            ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified()
        }
        Err(_) => false,
    }
}

/// GC22 within one order: the webhook's user name is a contact centre's id.
pub(super) fn gc22(config: &Value) -> Diagnostics {
    match attrs::text(config, "webhook_username") {
        Some(given) if !is_uuid(given) => vec![invalid(
            "webhook_username",
            format!(
                "GC22: webhook_username is {given:?}; it must be the contact centre's id (ccid), a UUID."
            ),
        )],
        _ => Vec::new(),
    }
}

/// GC24: the contact looks like an e-mail address, and there is a comment to recognise the order by.
pub(super) fn gc24(config: &Value) -> Diagnostics {
    let mut problems = Vec::new();
    if let Some(address) = attrs::text(config, "email_address")
        && !looks_like_email(address)
    {
        problems.push(invalid(
            "email_address",
            format!(
                "GC24: email_address is {address:?}; an address has one @ with text on both sides."
            ),
        ));
    }
    let comment = config.attr("comment");
    let empty =
        comment.is_some_and(|c| c.is_null() || c.as_str().is_some_and(|t| t.trim().is_empty()));
    if empty {
        problems.push(doubtful("comment", "GC24: comment is empty; the vendor's support recognises the order by it, e.g. by the organisation's name.".to_owned()));
    }
    problems
}

/// GC25: somebody said yes to the cost.
pub(super) fn gc25(config: &Value) -> Diagnostics {
    let number = attrs::text(config, "number").unwrap_or("the number");
    match config.attr("confirm_purchase") {
        Some(confirmed) if confirmed.is_known() && confirmed.as_bool() != Some(true) => {
            vec![not_confirmed(number)]
        }
        _ => Vec::new(),
    }
}

/// The error of GC25.
pub(crate) fn not_confirmed(number: &str) -> Diagnostic {
    Diagnostic::error(
        "Purchase Not Confirmed",
        format!("GC25: ordering {number} costs money and cannot be undone here. Set confirm_purchase = true to say that this is wanted."),
    )
    .on(Path::attribute("confirm_purchase"))
}
