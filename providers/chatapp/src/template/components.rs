//! The components of a template: as blocks of the configuration, and as the service's JSON.
//!
//! It only converts; what components may be is for the rules.

use serde_json::{Map, Value as Json};
use trunkline_api::kit::attrs;
use trunkline_api::{Attribute, Block, NestedBlock, Nesting, Type, Value};

use crate::json::{flag, integer, list, text};

/// The blocks.
pub(crate) const COMPONENT: &str = "component";
pub(crate) const BUTTON: &str = "button";
pub(crate) const CARD: &str = "card";
pub(crate) const APP: &str = "supported_app";

/// What kind of value a member has.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Flag,
}

/// One member: our name, the service's, its kind, what it is.
type Member = (&'static str, &'static str, Kind, &'static str);

const COMPONENT_MEMBERS: [Member; 12] = [
    (
        "type",
        "Type",
        Kind::Text,
        "BODY, HEADER, FOOTER, BUTTONS, CAROUSEL or LIMITED_TIME_OFFER.",
    ),
    (
        "text",
        "Text",
        Kind::Text,
        "The text, with variables as $(name).",
    ),
    (
        "format",
        "Format",
        Kind::Text,
        "TEXT, IMAGE, DOCUMENT or VIDEO.",
    ),
    ("url", "Url", Kind::Text, "The URL of the medium."),
    ("caption", "Caption", Kind::Text, "What the file is."),
    ("file_name", "FileName", Kind::Text, "The file's name."),
    (
        "file_type",
        "FileType",
        Kind::Text,
        "The file's type; Viber.",
    ),
    (
        "thumb_url",
        "ThumbUrl",
        Kind::Text,
        "The URL of a video's preview; Viber.",
    ),
    (
        "duration_seconds",
        "Duration",
        Kind::Number,
        "A video's length, 0 to 600; Viber.",
    ),
    (
        "code_expiration_minutes",
        "CodeExpirationMinutes",
        Kind::Number,
        "How long a code is valid; FOOTER of AUTHENTICATION.",
    ),
    (
        "add_secret_recommendation",
        "AddSecretRecommendation",
        Kind::Flag,
        "Whether to warn against passing a code on; BODY of AUTHENTICATION.",
    ),
    (
        "has_expiration",
        "HasExpiration",
        Kind::Flag,
        "Whether a coupon expires; LIMITED_TIME_OFFER.",
    ),
];

const BUTTON_MEMBERS: [Member; 13] = [
    (
        "type",
        "Type",
        Kind::Text,
        "PHONE_NUMBER, URL, QUICK_REPLY, COPY_CODE, ONE_TAP, ZERO_TAP, MPM, CATALOG or FLOW.",
    ),
    (
        "text",
        "Text",
        Kind::Text,
        "The button's text, without variables.",
    ),
    (
        "url",
        "Url",
        Kind::Text,
        "Where it leads, with at most one variable.",
    ),
    ("url_type", "UrlType", Kind::Text, "static or dynamic."),
    (
        "phone_number",
        "PhoneNumber",
        Kind::Text,
        "The number that it calls.",
    ),
    (
        "package_name",
        "PackageName",
        Kind::Text,
        "Package of the app that takes a code.",
    ),
    (
        "signature_hash",
        "SignatureHash",
        Kind::Text,
        "Hash of that app's signature.",
    ),
    (
        "autofill_text",
        "AutofillText",
        Kind::Text,
        "The text of the filling in.",
    ),
    (
        "coupon_code",
        "CouponCode",
        Kind::Text,
        "A coupon code, letters and digits.",
    ),
    ("flow_id", "FlowId", Kind::Text, "The flow that it opens."),
    (
        "flow_action",
        "FlowAction",
        Kind::Text,
        "DATA_EXCHANGE or NAVIGATE.",
    ),
    (
        "navigate_screen",
        "NavigateScreen",
        Kind::Text,
        "The screen that it goes to.",
    ),
    (
        "is_opt_out",
        "IsOptOut",
        Kind::Flag,
        "Whether it ends marketing messages.",
    ),
];

const APP_MEMBERS: [Member; 2] = [
    (
        "package_name",
        "PackageName",
        Kind::Text,
        "The app's package.",
    ),
    (
        "signature_hash",
        "SignatureHash",
        Kind::Text,
        "Hash of the app's signature.",
    ),
];

/// What the service may fill in itself, where nothing is configured [assumed].
const FILLED_IN: [(&str, &str); 2] = [("url_type", "static"), ("format", "TEXT")];

fn block(description: &str, members: &[Member]) -> Block {
    members
        .iter()
        .fold(Block::new(description), |block, (name, _, kind, d)| {
            let ty = match kind {
                Kind::Text => Type::String,
                Kind::Number => Type::Number,
                Kind::Flag => Type::Bool,
            };
            let attribute = Attribute::new(ty, *d);
            let attribute = match *name {
                "type" => attribute.required(),
                _ => attribute.optional(),
            };
            block.attribute(*name, attribute)
        })
}

fn component(with_cards: bool) -> Block {
    let listed = |block: Block| NestedBlock::new(Nesting::List, block);
    let app = block("An app that takes a code by itself.", &APP_MEMBERS);
    let button = block("A button.", &BUTTON_MEMBERS).nested(APP, listed(app));
    let component =
        block("A part of the message.", &COMPONENT_MEMBERS).nested(BUTTON, listed(button));
    if !with_cards {
        return component;
    }
    let card =
        Block::new("A card of a carousel.").nested(COMPONENT, listed(self::component(false)));
    component.nested(CARD, listed(card))
}

/// The block `component` of a template.
pub(crate) fn nested() -> NestedBlock {
    NestedBlock::new(Nesting::List, component(true))
}

fn members_json(object: &Value, members: &[Member]) -> Map<String, Json> {
    let known = |(name, theirs, kind, _): &Member| {
        let value = match kind {
            Kind::Text => Json::from(attrs::text(object, name)?),
            Kind::Number => Json::from(attrs::integer(object, name)?),
            Kind::Flag => Json::from(attrs::flag(object, name)?),
        };
        Some(((*theirs).to_owned(), value))
    };
    members.iter().filter_map(known).collect()
}

fn each(object: &Value, name: &str, json: impl Fn(&Value) -> Json) -> Option<Json> {
    let items = attrs::items(object, name);
    (!items.is_empty()).then(|| items.iter().map(json).collect())
}

fn button_json(button: &Value) -> Json {
    let mut json = members_json(button, &BUTTON_MEMBERS);
    let apps = each(button, APP, |app| members_json(app, &APP_MEMBERS).into());
    json.extend(apps.map(|apps| ("SupportedApps".to_owned(), apps)));
    json.into()
}

fn component_json(component: &Value) -> Json {
    let mut json = members_json(component, &COMPONENT_MEMBERS);
    let buttons = each(component, BUTTON, button_json);
    json.extend(buttons.map(|buttons| ("Buttons".to_owned(), buttons)));
    let cards = each(component, CARD, |card| {
        let parts: Vec<Json> = attrs::items(card, COMPONENT)
            .iter()
            .map(component_json)
            .collect();
        serde_json::json!({ "CardComponents": parts })
    });
    json.extend(cards.map(|cards| ("Cards".to_owned(), cards)));
    json.into()
}

/// The components of a template as the service takes them.
pub(crate) fn to_json(template: &Value) -> Json {
    let components = attrs::items(template, COMPONENT);
    components.iter().map(component_json).collect()
}

fn members_value(
    json: &Json,
    members: &[Member],
    before: Option<&Value>,
) -> Vec<(&'static str, Value)> {
    let value = |(name, theirs, kind, _): &Member| {
        let unset = before.is_some_and(|b| attrs::is_unset(b, name));
        let value = match kind {
            Kind::Text => {
                let shown = text(json, theirs);
                let filled = FILLED_IN
                    .iter()
                    .any(|(n, v)| n == name && shown.as_deref() == Some(v));
                attrs::string_or_null(shown.filter(|_| !(unset && filled)))
            }
            Kind::Number => attrs::integer_or_null(integer(json, theirs)),
            Kind::Flag => {
                let shown = flag(json, theirs);
                attrs::flag_or_null(shown.filter(|shown| *shown || !unset))
            }
        };
        (*name, value)
    };
    members.iter().map(value).collect()
}

/// A list of objects, each beside the one that was at its place before.
fn values(
    items: &[Json],
    before: &[Value],
    value: impl Fn(&Json, Option<&Value>) -> Value,
) -> Value {
    let items = items.iter().enumerate();
    Value::tuple(items.map(|(n, item)| value(item, before.get(n))))
}

fn inner<'v>(before: Option<&'v Value>, name: &str) -> &'v [Value] {
    before.map_or(&[], |before| attrs::items(before, name))
}

fn button_value(json: &Json, before: Option<&Value>) -> Value {
    let mut fields = members_value(json, &BUTTON_MEMBERS, before);
    let apps = values(
        &list(json, "SupportedApps"),
        inner(before, APP),
        |app, before| Value::object(members_value(app, &APP_MEMBERS, before)),
    );
    fields.push((APP, apps));
    Value::object(fields)
}

fn component_value(json: &Json, before: Option<&Value>, with_cards: bool) -> Value {
    let mut fields = members_value(json, &COMPONENT_MEMBERS, before);
    let buttons = values(&list(json, "Buttons"), inner(before, BUTTON), button_value);
    fields.push((BUTTON, buttons));
    if with_cards {
        let cards = values(&list(json, "Cards"), inner(before, CARD), |card, before| {
            let parts = values(
                &list(card, "CardComponents"),
                inner(before, COMPONENT),
                |part, before| component_value(part, before, false),
            );
            Value::object([(COMPONENT, parts)])
        });
        fields.push((CARD, cards));
    }
    Value::object(fields)
}

/// The components of a template as the service shows them; `before` is what was there.
pub(crate) fn from_json(template: &Json, before: &Value) -> Value {
    let before = attrs::items(before, COMPONENT);
    values(&list(template, "Components"), before, |json, before| {
        component_value(json, before, true)
    })
}

/// The intents that buttons use, in order and once each [public: `ExtendAttrs.IntentCode`].
pub(crate) fn intents(template: &Json) -> Vec<String> {
    fn of(components: &[Json], found: &mut Vec<String>) {
        for component in components {
            for button in list(component, "Buttons") {
                let attributes = match crate::json::member(&button, "ExtendAttrs") {
                    Some(Json::String(text)) => serde_json::from_str(text).unwrap_or_default(),
                    Some(other) => other.clone(),
                    None => continue,
                };
                found.extend(text(&attributes, "IntentCode"));
            }
            for card in list(component, "Cards") {
                of(&list(&card, "CardComponents"), found);
            }
        }
    }
    let mut found = Vec::new();
    of(&list(template, "Components"), &mut found);
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use trunkline_api::{coerce, json::implied};

    fn template(components: Json) -> Value {
        let block = Block::new("t").nested(COMPONENT, nested());
        coerce::conform(&implied(&json!({ "component": components })), &block).unwrap()
    }

    #[test]
    fn components_come_back_as_they_went() {
        let written = template(json!([
            {"type": "BODY", "text": "Hi $(name)"},
            {"type": "BUTTONS", "button": [{"type": "URL", "text": "Go", "url": "https://a.test"},
                {"type": "ONE_TAP", "supported_app": [{"package_name": "p", "signature_hash": "h"}]}]},
            {"type": "CAROUSEL", "card": [{"component": [{"type": "HEADER", "format": "IMAGE", "url": "https://a.test/i"}]}]},
        ]));
        let sent = to_json(&written);
        assert_eq!(sent[0], json!({"Type": "BODY", "Text": "Hi $(name)"}));
        assert_eq!(
            sent[1]["Buttons"][1]["SupportedApps"],
            json!([{"PackageName": "p", "SignatureHash": "h"}])
        );
        assert_eq!(sent[2]["Cards"][0]["CardComponents"][0]["Format"], "IMAGE");
        let mut shown = json!({ "Components": sent });
        shown["Components"][1]["Buttons"][0]["UrlType"] = json!("static");
        let block = Block::new("t").nested(COMPONENT, nested());
        let read = Value::object([(COMPONENT, from_json(&shown, &written))]);
        assert_eq!(coerce::conform(&read, &block).unwrap(), written);
    }

    #[test]
    fn what_was_changed_outside_is_seen() {
        let written = template(json!([{"type": "BODY", "text": "a"}]));
        let shown = json!({"Components": [{"Type": "BODY", "Text": "b"}]});
        let block = Block::new("t").nested(COMPONENT, nested());
        let read = Value::object([(COMPONENT, from_json(&shown, &written))]);
        assert_eq!(
            coerce::conform(&read, &block).unwrap(),
            template(json!([{"type": "BODY", "text": "b"}]))
        );
    }

    #[test]
    fn intents_of_buttons_and_cards() {
        let button =
            |code: &str| json!({"Type": "QUICK_REPLY", "ExtendAttrs": {"IntentCode": code}});
        let shown = json!({"Components": [{"Type": "BUTTONS", "Buttons": [button("b"), button("a"), {"Type": "URL"}]},
            {"Type": "CAROUSEL", "Cards": [{"CardComponents": [{"Buttons": [button("c"), button("a")]}]}]}]});
        assert_eq!(intents(&shown), ["a", "b", "c"]);
    }
}
