//! What a template may be made of: components, buttons and variables of the two kinds of templates.
//!
//! Limits: public (error and operation pages). It must not know where a template is kept.

use serde_json::Value;

/// A code of the vendor and what is wrong.
pub(crate) type Problem = (&'static str, String);

const INVALID: &str = "InvalidParameter.MessageInvalid";

const COMPONENT: &[&str] = &[
    "Type",
    "Text",
    "Format",
    "Url",
    "Buttons",
    "Cards",
    "Caption",
    "FileName",
    "FileType",
    "Duration",
    "ThumbUrl",
    "AddSecretRecommendation",
    "CodeExpirationMinutes",
    "HasExpiration",
    "Latitude",
    "Longitude",
    "LocationName",
    "LocationAddress",
    "OfferExpirationTimeMs",
];
const BUTTON: &[&str] = &[
    "Type",
    "Text",
    "Url",
    "UrlType",
    "PhoneNumber",
    "AutofillText",
    "CouponCode",
    "FlowAction",
    "FlowId",
    "IsOptOut",
    "NavigateScreen",
    "PackageName",
    "SignatureHash",
    "SupportedApps",
];
const BUTTON_TYPES: &[&str] = &[
    "PHONE_NUMBER",
    "URL",
    "QUICK_REPLY",
    "COPY_CODE",
    "ONE_TAP",
    "ZERO_TAP",
    "MPM",
    "CATALOG",
    "FLOW",
];

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn fail<T>(code: &'static str, message: impl Into<String>) -> Result<T, Problem> {
    Err((code, message.into()))
}

/// How many variables a text has: `$(name)` or `{{1}}`.
fn variables(text: &str) -> usize {
    text.matches("$(").count() + text.matches("{{").count()
}

fn known_members(value: &Value, allowed: &[&str], what: &str) -> Result<(), Problem> {
    let Some(map) = value.as_object() else {
        return fail(INVALID, format!("{what} must be an object."));
    };
    match map.keys().find(|name| !allowed.contains(&name.as_str())) {
        Some(name) => fail(INVALID, format!("{what} has the unknown member {name}.")),
        None => Ok(()),
    }
}

/// Checks the components of a template of this type and category.
pub(crate) fn check(kind: &str, category: &str, components: &Value) -> Result<(), Problem> {
    let Some(list) = components.as_array().filter(|l| !l.is_empty()) else {
        return fail(
            INVALID,
            "Components must be a list of at least one component.",
        );
    };
    let mut seen: Vec<&str> = Vec::new();
    for component in list {
        known_members(component, COMPONENT, "A component")?;
        let name = text(component, "Type");
        if seen.contains(&name) {
            return fail(
                INVALID,
                format!("There are two components of the type {name}."),
            );
        }
        seen.push(name);
        match name {
            "BODY" => body(kind, category, component)?,
            "HEADER" => header(kind, category, component)?,
            "FOOTER" => footer(kind, category, component)?,
            "BUTTONS" => buttons(kind, category, &component["Buttons"])?,
            "CAROUSEL" if kind == "WHATSAPP" => cards(&component["Cards"])?,
            "LIMITED_TIME_OFFER" if kind == "WHATSAPP" => {}
            _ => {
                return fail(
                    INVALID,
                    "The type of a component is not supported in this template.",
                );
            }
        }
    }
    if !seen.contains(&"BODY") {
        return fail(INVALID, "A template needs a BODY.");
    }
    if category == "AUTHENTICATION" && !seen.contains(&"BUTTONS") {
        return fail(
            INVALID,
            "An AUTHENTICATION template needs exactly one button.",
        );
    }
    Ok(())
}

fn body(kind: &str, category: &str, component: &Value) -> Result<(), Problem> {
    let body = text(component, "Text");
    if category == "AUTHENTICATION" && kind == "WHATSAPP" {
        if body.is_empty() {
            return Ok(());
        }
        return fail(
            INVALID,
            "The text of the BODY of an AUTHENTICATION template is fixed and must be empty.",
        );
    }
    if body.is_empty() && kind == "WHATSAPP" {
        return fail(INVALID, "The BODY needs a text.");
    }
    if kind == "WHATSAPP" && body.chars().count() > 1024 {
        return fail(
            INVALID,
            "The text of the BODY has more than 1024 characters.",
        );
    }
    if kind == "VIBER" {
        return duration(component);
    }
    Ok(())
}

/// The length of a video, where it is told.
fn duration(component: &Value) -> Result<(), Problem> {
    let seconds: Option<i64> = match &component["Duration"] {
        Value::Null => return Ok(()),
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    };
    match seconds {
        Some(0..=600) => Ok(()),
        _ => fail(INVALID, "Duration is from 0 to 600."),
    }
}

fn header(kind: &str, category: &str, component: &Value) -> Result<(), Problem> {
    // A Viber message has its picture, video or file there [public: Node SDK].
    let media = ["IMAGE", "DOCUMENT", "VIDEO"].contains(&text(component, "Format"));
    if kind == "VIBER" && media {
        return duration(component);
    }
    if kind != "WHATSAPP" || category == "AUTHENTICATION" {
        return fail(
            "InvalidParameter.HeaderTypeNotSupport",
            "This template cannot have a HEADER.",
        );
    }
    match text(component, "Format") {
        "TEXT" | "" => {
            let header = text(component, "Text");
            if header.is_empty() || header.chars().count() > 60 {
                return fail(
                    INVALID,
                    "The text of the HEADER must have 1 to 60 characters.",
                );
            }
            if variables(header) > 1 {
                return fail(
                    "InvalidParameter.HeaderMoreVarable",
                    "The HEADER can have one variable.",
                );
            }
            Ok(())
        }
        "IMAGE" | "DOCUMENT" | "VIDEO" | "LOCATION" => Ok(()),
        _ => fail(
            "InvalidParameter.HeaderTypeNotSupport",
            "The format of the HEADER is not supported.",
        ),
    }
}

fn footer(kind: &str, category: &str, component: &Value) -> Result<(), Problem> {
    if kind != "WHATSAPP" {
        return fail(INVALID, "This template cannot have a FOOTER.");
    }
    let footer = text(component, "Text");
    if category == "AUTHENTICATION" {
        if footer.is_empty() {
            return Ok(());
        }
        return fail(
            INVALID,
            "The text of the FOOTER of an AUTHENTICATION template is fixed and must be empty.",
        );
    }
    if footer.is_empty() || footer.chars().count() > 60 {
        return fail(
            INVALID,
            "The text of the FOOTER must have 1 to 60 characters.",
        );
    }
    if variables(footer) > 0 {
        return fail(
            "InvalidParameter.FooterHaveVariable",
            "The FOOTER cannot have variables.",
        );
    }
    Ok(())
}

fn buttons(kind: &str, category: &str, list: &Value) -> Result<(), Problem> {
    let Some(list) = list.as_array().filter(|l| !l.is_empty()) else {
        return fail(INVALID, "BUTTONS needs a list of buttons.");
    };
    for one in list {
        button(one)?;
    }
    let count = |name: &str| list.iter().filter(|b| b["Type"] == name).count();
    if kind == "VIBER" {
        if list.len() != 1 || count("URL") != 1 {
            return fail(INVALID, "A VIBER template has one button, of the type URL.");
        }
        return Ok(());
    }
    if category == "AUTHENTICATION" {
        return match list.as_slice() {
            [one] => authentication(one),
            _ => fail(
                INVALID,
                "An AUTHENTICATION template needs exactly one button.",
            ),
        };
    }
    if list.len() > 10 || count("PHONE_NUMBER") > 1 || count("URL") > 2 {
        return fail(INVALID, "At most 10 buttons, one PHONE_NUMBER and two URL.");
    }
    if count("QUICK_REPLY") > 0 && count("PHONE_NUMBER") + count("URL") > 0 {
        return fail(
            INVALID,
            "QUICK_REPLY cannot be mixed with PHONE_NUMBER or URL.",
        );
    }
    if count("ONE_TAP") + count("ZERO_TAP") > 0 {
        return fail(
            INVALID,
            "ONE_TAP and ZERO_TAP belong to AUTHENTICATION templates.",
        );
    }
    Ok(())
}

fn button(one: &Value) -> Result<(), Problem> {
    known_members(one, BUTTON, "A button")?;
    let kind = text(one, "Type");
    if !BUTTON_TYPES.contains(&kind) {
        return fail(INVALID, "The type of a button is not supported.");
    }
    if variables(text(one, "Text")) > 0 {
        return fail(
            "InvalidParameter.ButtonTextHaveVariable",
            "The text of a button cannot have variables.",
        );
    }
    if variables(text(one, "Url")) > 1 {
        return fail(
            "InvalidParameter.UrlMoreVarable",
            "The URL of a button can have one variable.",
        );
    }
    if kind == "URL" && text(one, "Url").is_empty() {
        return fail(INVALID, "A button of the type URL needs Url.");
    }
    if kind == "PHONE_NUMBER" && text(one, "PhoneNumber").is_empty() {
        return fail(
            INVALID,
            "A button of the type PHONE_NUMBER needs PhoneNumber.",
        );
    }
    if matches!(kind, "URL" | "PHONE_NUMBER" | "QUICK_REPLY") && text(one, "Text").is_empty() {
        return fail(INVALID, "The button needs a Text.");
    }
    if !one["UrlType"].is_null() && !matches!(text(one, "UrlType"), "static" | "dynamic") {
        return fail(INVALID, "UrlType is static or dynamic.");
    }
    if !text(one, "CouponCode")
        .bytes()
        .all(|b| b.is_ascii_alphanumeric())
    {
        return fail(INVALID, "A coupon code has letters and digits only.");
    }
    Ok(())
}

/// The one button of an authentication template.
fn authentication(one: &Value) -> Result<(), Problem> {
    let app = |value: &Value| {
        !text(value, "PackageName").is_empty() && !text(value, "SignatureHash").is_empty()
    };
    let apps = app(one)
        || one["SupportedApps"]
            .as_array()
            .is_some_and(|l| !l.is_empty() && l.iter().all(app));
    let named = !text(one, "Text").is_empty();
    let fine = match text(one, "Type") {
        "COPY_CODE" => named,
        "ONE_TAP" => named && apps && !text(one, "AutofillText").is_empty(),
        "ZERO_TAP" => apps && !text(one, "AutofillText").is_empty(),
        _ => false,
    };
    if fine {
        return Ok(());
    }
    fail(
        INVALID,
        "The button is COPY_CODE with Text, or ONE_TAP (with Text) or ZERO_TAP with app package, signature hash and AutofillText.",
    )
}

fn cards(list: &Value) -> Result<(), Problem> {
    let Some(list) = list.as_array().filter(|l| !l.is_empty()) else {
        return fail(INVALID, "CAROUSEL needs a list of cards.");
    };
    for card in list {
        known_members(card, &["CardComponents"], "A card")?;
        for part in card["CardComponents"].as_array().into_iter().flatten() {
            known_members(
                part,
                &["Type", "Text", "Format", "Url", "Buttons"],
                "A component of a card",
            )?;
            let buttons = part["Buttons"].as_array().map_or(&[][..], Vec::as_slice);
            if buttons.len() > 2 {
                return fail(INVALID, "A card has at most two buttons.");
            }
            buttons.iter().try_for_each(button)?;
        }
    }
    Ok(())
}

/// The seconds that a message may wait, by category; `None` where it cannot be set.
pub(crate) fn ttl_of(category: &str) -> Option<std::ops::RangeInclusive<i64>> {
    match category {
        "AUTHENTICATION" => Some(30..=900),
        "UTILITY" => Some(30..=43_200),
        _ => None,
    }
}
