//! Rules about one contact, by its attributes: AC03, AC04, AC12, AC14 and AC15.

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostic, Diagnostics, Path, Step, Value};

use super::{at, error, warning};
use crate::render::contact::kind;

/// Types of entries [public].
pub(super) const KINDS: [&str; 3] = ["tel", "email", "url"];

/// AC03 [seed]: Cloud Username and Network ID, both or neither.
pub(super) fn ac03(config: &Value) -> Diagnostics {
    let set = |name| !attrs::is_unset(config, name);
    if set("cloud_username") == set("network_id") {
        return Vec::new();
    }
    let text =
        "A contact of messaging has both `cloud_username` and `network_id`; others have neither.";
    vec![error("AC03", "Half a Messaging Contact", text).on(at("cloud_username"))]
}

/// What is wrong with an identifier.
pub(super) fn identifier_problem(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("is empty");
    }
    if text.trim() != text {
        return Some("has blanks at its beginning or end");
    }
    text.chars()
        .any(char::is_control)
        .then_some("has a control character")
}

/// AC04 [assumed]: the form of identifiers.
pub(super) fn ac04(config: &Value, names: &[&str]) -> Diagnostics {
    let wrong = |name: &&str| {
        let why = identifier_problem(attrs::text(config, name)?)?;
        let text = format!("`{name}` {why}, so nobody would match it.");
        Some(error("AC04", "Invalid Identifier", text).on(at(name)))
    };
    names.iter().filter_map(wrong).collect()
}

/// The findings about what a user or contact has beside its identifiers.
pub(super) fn attributes(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    let mut ids: Vec<&str> = Vec::new();
    for (n, entry) in attrs::items(config, "entry").iter().enumerate() {
        let place = |name: &str| {
            at("entry")
                .then(Step::Index(n))
                .then(Step::Attribute(name.into()))
        };
        found.extend(
            entry_problem(entry, &mut ids)
                .map(|(name, text)| error("AC12", "Invalid Contact Entry", text).on(place(name))),
        );
    }
    for name in ["avatar", "large_avatar"] {
        found.extend(
            attrs::text(config, name).and_then(|url| avatar(&format!("`{name}`"), url, at(name))),
        );
    }
    if let Some(text) =
        attrs::text(config, "birthday").and_then(|b| birthday_problem("`birthday`", b))
    {
        found.push(error("AC15", "Invalid Birthday", text).on(at("birthday")));
    }
    found
}

fn entry_problem<'v>(entry: &'v Value, ids: &mut Vec<&'v str>) -> Option<(&'static str, String)> {
    let kind = kind(entry);
    if !attrs::has_unknown(entry, "type") && !KINDS.contains(&kind) {
        return Some((
            "type",
            format!(
                "`type` is {kind:?}, but must be one of {}.",
                KINDS.join(", ")
            ),
        ));
    }
    if attrs::text(entry, "uri").is_some_and(|uri| uri.trim().is_empty()) {
        return Some(("uri", "`uri` is empty.".into()));
    }
    let id = attrs::text(entry, "entry_id")?;
    if ids.contains(&id) {
        return Some((
            "entry_id",
            format!("Two entries of the contact have the id {id:?}."),
        ));
    }
    ids.push(id);
    None
}

/// AC14 [seed]: an avatar is the address of an image.
pub(super) fn avatar(what: &str, url: &str, place: Path) -> Option<Diagnostic> {
    let host = |url: &str| {
        !url.split(['/', '?', '#'])
            .next()
            .unwrap_or_default()
            .is_empty()
    };
    if url.contains(char::is_whitespace) {
        let text = format!("{what} has a blank in its address.");
        return Some(error("AC14", "Invalid Avatar", text).on(place));
    }
    if url.strip_prefix("https://").is_some_and(host) {
        return None;
    }
    if url.strip_prefix("http://").is_some_and(host) {
        let text = format!("{what} is read over plain http. Use https.");
        return Some(warning("AC14", "Avatar Over Plain HTTP", text).on(place));
    }
    let text = format!("{what} must be an absolute address: https:// and a host.");
    Some(error("AC14", "Invalid Avatar", text).on(place))
}

/// AC15 [public]: the form of a birthday.
pub(super) fn birthday_problem(what: &str, text: &str) -> Option<String> {
    let well = text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok();
    (!well).then(|| format!("{what} is {text:?}, but must be a date such as 1970-01-31."))
}
