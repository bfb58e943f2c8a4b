//! Rules about one template: AL13–AL19.
//!
//! Buttons have rules of their own in `buttons`.

use trunkline_api::Step;

use super::buttons::{buttons_of, known_text};
use super::*;
use crate::template::components::{CARD, COMPONENT};

/// A component, where it is, and the place of its card.
pub(super) struct Part<'v> {
    pub(super) value: &'v Value,
    pub(super) place: Path,
    pub(super) in_card: bool,
}

impl Part<'_> {
    /// Its type, if it is known.
    pub(super) fn kind(&self) -> &str {
        known_text(self.value, "type")
    }
}

fn at_index(place: &Path, name: &str, index: usize) -> Path {
    let list = place.then(Step::Attribute(name.into()));
    list.then(Step::Index(index))
}

/// All components of a template, those of cards after their carousel.
pub(super) fn parts(config: &Value) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    for (n, value) in attrs::items(config, COMPONENT).iter().enumerate() {
        let place = at_index(&Path::default(), COMPONENT, n);
        let cards = attrs::items(value, CARD);
        parts.push(Part {
            value,
            place: place.clone(),
            in_card: false,
        });
        for (n, card) in cards.iter().enumerate() {
            let card_place = at_index(&place, CARD, n);
            let inner = attrs::items(card, COMPONENT).iter().enumerate();
            parts.extend(inner.map(|(n, value)| Part {
                value,
                place: at_index(&card_place, COMPONENT, n),
                in_card: true,
            }));
        }
    }
    parts
}

fn is(config: &Value, name: &str, text: &str) -> bool {
    attrs::text(config, name) == Some(text)
}

/// AL13 [public]: what every template has.
pub(super) fn al13(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    for name in ["name", "language"] {
        found.extend(one::blank(config, name, "AL13"));
    }
    for (name, allowed) in [
        ("category", &CATEGORIES[..]),
        ("template_type", &["WHATSAPP", "VIBER"][..]),
    ] {
        if let Some(given) = attrs::text(config, name)
            && !allowed.contains(&given)
        {
            let text = format!(
                "`{name}` is {given:?}, but must be one of {}.",
                allowed.join(", ")
            );
            found.push(error("AL13", "Invalid Template", text).on(at(name)));
        }
    }
    let known = config.attr(COMPONENT).is_none_or(Value::is_known);
    if known && attrs::items(config, COMPONENT).is_empty() {
        let text = "A template needs at least one component.";
        found.push(error("AL13", "Invalid Template", text).on(at(COMPONENT)));
    }
    found
}

/// AL14 [public]: lengths and buttons of WhatsApp templates.
pub(super) fn al14(config: &Value) -> Diagnostics {
    if !is(config, "template_type", "WHATSAPP") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for part in parts(config) {
        let most = match part.kind() {
            "BODY" => 1024,
            "HEADER" | "FOOTER" => 60,
            _ => usize::MAX,
        };
        let length = known_text(part.value, "text").chars().count();
        if length > most {
            let text = format!(
                "A {} has at most {most} characters; this one has {length}.",
                part.kind()
            );
            let place = part.place.then(Step::Attribute("text".into()));
            found.push(error("AL14", "Text Too Long", text).on(place));
        }
        found.extend(buttons::al14(&part));
    }
    found
}

/// AL15 [public]: templates for authentication.
pub(super) fn al15(config: &Value) -> Diagnostics {
    if !is(config, "category", "AUTHENTICATION") || !is(config, "template_type", "WHATSAPP") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let all = parts(config);
    for part in &all {
        let text = match part.kind() {
            "HEADER" => "An AUTHENTICATION template has no HEADER.",
            "BODY" | "FOOTER" if !known_text(part.value, "text").is_empty() => {
                "In an AUTHENTICATION template BODY and FOOTER have no text: the service has a fixed one."
            }
            _ => continue,
        };
        found.push(error("AL15", "Invalid Authentication Template", text).on(part.place.clone()));
    }
    found.extend(buttons::al15(&all));
    found
}

/// AL16 [public]: how long a message may take.
pub(super) fn al16(config: &Value) -> Diagnostics {
    let name = "message_send_ttl_seconds";
    let Some(ttl) = config.attr(name).and_then(Value::as_number) else {
        return Vec::new();
    };
    let wrong = |text: String| vec![error("AL16", "Invalid Time to Live", text).on(at(name))];
    let most = match attrs::text(config, "category") {
        Some("AUTHENTICATION") => 900,
        Some("UTILITY") => 43200,
        Some(other) if CATEGORIES.contains(&other) => {
            return wrong(format!(
                "`{name}` is not for templates of the category {other}."
            ));
        }
        _ => return Vec::new(),
    };
    match ttl.to_i64().is_some_and(|n| (30..=most).contains(&n)) {
        true => Vec::new(),
        false => wrong(format!(
            "`{name}` must be a whole number from 30 to {most} here."
        )),
    }
}

/// AL17 [public]: templates for Viber.
pub(super) fn al17(config: &Value) -> Diagnostics {
    if !is(config, "template_type", "VIBER") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut count = 0;
    for part in parts(config) {
        if matches!(part.kind(), "FOOTER" | "CAROUSEL" | "LIMITED_TIME_OFFER") {
            let text = format!("A Viber template has no {}.", part.kind());
            found.push(error("AL17", "Invalid Viber Template", text).on(part.place.clone()));
        }
        let duration = part
            .value
            .attr("duration_seconds")
            .and_then(Value::as_number);
        if duration.is_some_and(|n| !n.to_i64().is_some_and(|n| (0..=600).contains(&n))) {
            let text = "A video's `duration_seconds` must be a whole number from 0 to 600.";
            found.push(error("AL17", "Invalid Viber Template", text).on(part.place.clone()));
        }
        for (button, place) in buttons_of(&part) {
            count += 1;
            let kind = known_text(button, "type");
            if count > 1 || !matches!(kind, "URL" | "") {
                let text = "A Viber template has one button, of the type URL.";
                found.push(error("AL17", "Invalid Viber Template", text).on(place));
            }
        }
    }
    found
}

/// Variables in a text: `$(name)`.
fn variables(text: &str) -> usize {
    text.match_indices("$(")
        .filter(|(at, _)| text[*at..].contains(')'))
        .count()
}

/// AL18 [public]: where variables may be.
pub(super) fn al18(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    let mut check = |text: &str, most: usize, what: &str, place: Path| {
        if variables(text) > most {
            let text = match most {
                0 => format!("{what} has no variables."),
                _ => format!("{what} has at most one variable."),
            };
            found.push(error("AL18", "Too Many Variables", text).on(place));
        }
    };
    for part in parts(config) {
        let place = part.place.then(Step::Attribute("text".into()));
        match part.kind() {
            "FOOTER" => check(known_text(part.value, "text"), 0, "A FOOTER", place),
            "HEADER" => check(known_text(part.value, "text"), 1, "A HEADER", place),
            _ => {}
        }
        for (button, place) in buttons_of(&part) {
            check(
                known_text(button, "text"),
                0,
                "A button's text",
                place.clone(),
            );
            check(known_text(button, "url"), 1, "A button's URL", place);
        }
    }
    found
}

/// AL19 [public]: coupon codes, which may be a variable.
pub(super) fn al19(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    for part in parts(config) {
        for (button, place) in buttons_of(&part) {
            let code = known_text(button, "coupon_code");
            let variable = code
                .strip_prefix("$(")
                .is_some_and(|rest| rest.ends_with(')'));
            if !variable && !code.chars().all(|c| c.is_ascii_alphanumeric()) {
                let text = format!("The coupon code {code:?} must have letters and digits only.");
                found.push(error("AL19", "Invalid Coupon Code", text).on(place));
            }
        }
    }
    found
}
