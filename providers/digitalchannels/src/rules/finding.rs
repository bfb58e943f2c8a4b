//! How a rule reports: a diagnostic with the rule's id first.
//!
//! A finding never quotes a secret.

use trunkline_api::{Diagnostic, Path, Value};
use url::Url;

/// An error of rule `id`.
pub(super) fn error(id: &str, summary: &str, detail: impl AsRef<str>) -> Diagnostic {
    Diagnostic::error(summary, format!("{id}: {}", detail.as_ref()))
}

/// A warning of rule `id`.
pub(super) fn warning(id: &str, summary: &str, detail: impl AsRef<str>) -> Diagnostic {
    Diagnostic::warning(summary, format!("{id}: {}", detail.as_ref()))
}

/// The path of a top-level attribute.
pub(super) fn at(name: &str) -> Path {
    Path::attribute(name)
}

/// An absolute `http` or `https` URL with a host.
pub(super) fn web_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let web = matches!(url.scheme(), "http" | "https") && text.contains("://");
    (web && url.host_str().is_some_and(|host| !host.is_empty())).then_some(url)
}

/// Whether the URL's host is this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The member of `allowed` that `wrong` was probably meant to be.
pub(super) fn meant<'a>(wrong: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let wrong = wrong.to_ascii_lowercase();
    let same = |name: &&&str| name.to_ascii_lowercase() == wrong;
    let close = |name: &&&str| {
        let name = name.to_ascii_lowercase();
        wrong.len() >= 3 && (name.contains(&wrong) || wrong.contains(&name))
    };
    let mut found = allowed.iter().filter(same);
    let found = found.next().or_else(|| allowed.iter().find(close));
    found.copied()
}

/// Says which values are allowed, and which one was probably meant.
pub(super) fn one_of(wrong: &str, allowed: &[&str]) -> String {
    let list: Vec<String> = allowed.iter().map(|name| format!("{name:?}")).collect();
    let list = match list.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("one of {} or {last}", rest.join(", ")),
        _ => list.concat(),
    };
    match meant(wrong, allowed) {
        Some(name) => {
            format!("It must be {list}, in exactly this spelling. Did you mean {name:?}?")
        }
        None => format!("It must be {list}, in exactly this spelling."),
    }
}

/// Whether an argument is set to an empty string.
pub(super) fn is_blank(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_suggested() {
        let names = ["Portico", "Async", "mGage"];
        assert_eq!(meant("MGAGE", &names), Some("mGage"));
        assert_eq!(meant("mGageSMS", &names), Some("mGage"));
        assert_eq!(meant("Kaleyra", &names), None);
    }

    #[test]
    fn web_urls_have_a_host() {
        assert!(web_url("https://a.example").is_some());
        assert!(web_url("ftp://a.example").is_none());
        assert!(web_url("a.example").is_none());
        assert!(web_url("https:a.example").is_none());
    }
}
