//! Rules about the buttons of templates: the parts of AL14 and AL15 that are about them.

use trunkline_api::Step;

use super::template::Part;
use super::*;
use crate::template::components::{APP, BUTTON};

/// A text that is known; nothing otherwise.
pub(super) fn known_text<'v>(object: &'v Value, name: &str) -> &'v str {
    attrs::text(object, name).unwrap_or_default()
}

/// The buttons of a component, each with its place.
pub(super) fn buttons_of<'v>(part: &Part<'v>) -> impl Iterator<Item = (&'v Value, Path)> {
    let list = part.place.then(Step::Attribute(BUTTON.into()));
    let buttons = attrs::items(part.value, BUTTON).iter().enumerate();
    buttons.map(move |(n, button)| (button, list.then(Step::Index(n))))
}

/// AL14 [public]: how many buttons of which type.
pub(super) fn al14(part: &Part<'_>) -> Diagnostics {
    let kinds: Vec<&str> = buttons_of(part)
        .map(|(b, _)| known_text(b, "type"))
        .collect();
    let count = |kind: &str| kinds.iter().filter(|k| **k == kind).count();
    let mut found = Vec::new();
    let mut wrong = |text: &str| {
        found.push(error("AL14", "Invalid Buttons", text).on(part.place.clone()));
    };
    if part.in_card && kinds.len() > 2 {
        wrong("A card of a carousel has at most two buttons.");
    }
    if kinds.len() > 10 {
        wrong("There are at most 10 buttons.");
    }
    if count("PHONE_NUMBER") > 1 {
        wrong("There is at most one button of the type PHONE_NUMBER.");
    }
    if count("URL") > 2 {
        wrong("There are at most two buttons of the type URL.");
    }
    if count("QUICK_REPLY") > 0 && count("PHONE_NUMBER") + count("URL") > 0 {
        wrong("Buttons of the type QUICK_REPLY are not mixed with PHONE_NUMBER or URL.");
    }
    found
}

/// AL15 [public]: the one button of a template for authentication.
pub(super) fn al15(parts: &[Part<'_>]) -> Diagnostics {
    let buttons: Vec<(&Value, Path)> = parts.iter().flat_map(buttons_of).collect();
    let wrong = |text: String, place: Path| {
        vec![error("AL15", "Invalid Authentication Template", text).on(place)]
    };
    let [(button, place)] = &buttons[..] else {
        let text = format!(
            "An AUTHENTICATION template has exactly one button, COPY_CODE, ONE_TAP or ZERO_TAP; this one has {}.",
            buttons.len()
        );
        return wrong(text, at(crate::template::components::COMPONENT));
    };
    let kind = known_text(button, "type");
    let is_set =
        |name: &str| !attrs::is_unset(button, name) && attrs::text(button, name) != Some("");
    let apps = attrs::items(button, APP);
    let app = (is_set("package_name") && is_set("signature_hash")) || !apps.is_empty();
    let needs: &[(&str, bool)] = match kind {
        "COPY_CODE" => &[("text", is_set("text"))],
        "ONE_TAP" => &[
            ("text", is_set("text")),
            ("autofill_text", is_set("autofill_text")),
            ("package_name and signature_hash", app),
        ],
        "ZERO_TAP" => &[
            ("autofill_text", is_set("autofill_text")),
            ("package_name and signature_hash", app),
        ],
        "" => &[],
        other => {
            let text = format!(
                "The button of an AUTHENTICATION template is COPY_CODE, ONE_TAP or ZERO_TAP, not {other}."
            );
            return wrong(text, place.clone());
        }
    };
    let missing: Vec<&str> = needs
        .iter()
        .filter(|(_, is)| !is)
        .map(|(name, _)| *name)
        .collect();
    match missing.is_empty() {
        true => Vec::new(),
        false => wrong(
            format!("A button {kind} needs {}.", missing.join(", ")),
            place.clone(),
        ),
    }
}
