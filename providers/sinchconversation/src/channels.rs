//! The credentials of an app's channels: one table says which object belongs to which channel and what is in it.
//!
//! Schema, request, answer and rules all come from the table; it sends nothing.

use serde_json::{Map, Value as Json, json};
use trunkline_api::kit::attrs;
use trunkline_api::{Attribute, Block, NestedBlock, Nesting, Type, Value};

use crate::json::{given, prior, shown_secret, text, text_or_null};

/// The block type.
pub(crate) const CREDENTIALS: &str = "channel_credentials";

/// The channels that can be configured here [public]. Sinch Chat has no credentials in the vendor's contracts: an entry
/// of such a channel is left alone.
pub(crate) const CHANNELS: [&str; 14] = [
    "WHATSAPP",
    "RCS",
    "SMS",
    "MESSENGER",
    "VIBERBM",
    "VIBER",
    "MMS",
    "INSTAGRAM",
    "TELEGRAM",
    "KAKAOTALK",
    "KAKAOTALKCHAT",
    "LINE",
    "WECHAT",
    "APPLEBC",
];

/// What is in an object of credentials.
pub(crate) enum Member {
    /// A text: name, whether it is required, whether it is secret.
    Text(&'static str, bool, bool),
    /// A truth value.
    Flag(&'static str),
    /// An object, optional.
    Group(&'static str, &'static [Member]),
}

/// An object of credentials: its name, the channels that it is for, and what is in it.
pub(crate) struct Object {
    pub(crate) name: &'static str,
    pub(crate) channels: &'static [&'static str],
    pub(crate) members: &'static [Member],
}

const OPEN: bool = false;
const SECRET: bool = true;
const NEEDED: bool = true;
const MAY: bool = false;

use Member::{Flag, Group, Text};

const LINE_COUNTRY: &[Member] = &[
    Text("token", NEEDED, SECRET),
    Text("secret", NEEDED, SECRET),
];

/// Every object of credentials [public].
pub(crate) const OBJECTS: [Object; 11] = [
    Object {
        name: "static_bearer",
        channels: &["WHATSAPP", "RCS", "VIBERBM", "SMS"],
        members: &[
            Text("claimed_identity", NEEDED, OPEN),
            Text("token", NEEDED, SECRET),
        ],
    },
    Object {
        name: "static_token",
        channels: &["MESSENGER", "VIBER"],
        members: &[Text("token", NEEDED, SECRET)],
    },
    Object {
        name: "instagram_credentials",
        channels: &["INSTAGRAM"],
        members: &[
            Text("token", NEEDED, SECRET),
            Text("business_account_id", MAY, OPEN),
        ],
    },
    Object {
        name: "telegram_credentials",
        channels: &["TELEGRAM"],
        members: &[Text("token", NEEDED, SECRET)],
    },
    Object {
        name: "line_credentials",
        channels: &["LINE"],
        members: &[
            Text("token", NEEDED, SECRET),
            Text("secret", NEEDED, SECRET),
            Flag("is_default"),
        ],
    },
    Object {
        name: "line_enterprise_credentials",
        channels: &["LINE"],
        members: &[
            Group("line_japan", LINE_COUNTRY),
            Group("line_thailand", LINE_COUNTRY),
            Flag("is_default"),
        ],
    },
    Object {
        name: "mms_credentials",
        channels: &["MMS"],
        members: &[
            Text("account_id", NEEDED, OPEN),
            Text("api_key", NEEDED, SECRET),
            Group(
                "basic_auth",
                &[
                    Text("username", NEEDED, OPEN),
                    Text("password", NEEDED, SECRET),
                ],
            ),
        ],
    },
    Object {
        name: "kakaotalk_credentials",
        channels: &["KAKAOTALK"],
        members: &[
            Text("kakaotalk_plus_friend_id", NEEDED, OPEN),
            Text("kakaotalk_sender_key", NEEDED, SECRET),
        ],
    },
    Object {
        name: "kakaotalkchat_credentials",
        channels: &["KAKAOTALKCHAT"],
        members: &[
            Text("kakaotalk_plus_friend_id", NEEDED, OPEN),
            Text("api_key", MAY, SECRET),
        ],
    },
    Object {
        name: "wechat_credentials",
        channels: &["WECHAT"],
        members: &[
            Text("app_id", NEEDED, OPEN),
            Text("app_secret", NEEDED, SECRET),
            Text("token", NEEDED, SECRET),
            Text("aes_key", NEEDED, SECRET),
        ],
    },
    Object {
        name: "applebc_credentials",
        channels: &["APPLEBC"],
        members: &[
            Text("business_chat_account_id", NEEDED, OPEN),
            Text("merchant_id", MAY, OPEN),
            Text("apple_pay_certificate_reference", MAY, OPEN),
            Text("apple_pay_certificate_password", MAY, SECRET),
        ],
    },
];

/// The schema of the block. Members that a channel needs are optional here, so that a rule can name what is missing
/// together with the channel.
pub(crate) fn block() -> NestedBlock {
    let text = |description: &str| Attribute::new(Type::String, description);
    let mut block = Block::new("Credentials of one channel. The order of the blocks is the channels' priority.")
        .attribute("channel", text("The channel, such as SMS or WHATSAPP.").required())
        .attribute("callback_secret", text("Verifies callbacks of channels that Sinch does not manage itself; at most 256 characters.").optional().sensitive())
        .attribute("credential_ordinal_number", Attribute::new(Type::Number, "Tells several credentials of LINE apart, 0 to 255; 0 by default.").optional());
    for object in &OBJECTS {
        let about = format!("For {}.", object.channels.join(", "));
        block = block.nested(object.name, nested(about, object.members));
    }
    NestedBlock::new(Nesting::List, block)
}

fn nested(about: String, members: &[Member]) -> NestedBlock {
    let mut block = Block::new(about);
    for member in members {
        block = match member {
            Text(name, needed, secret) => {
                let note = if *needed { "Required." } else { "" };
                let attribute = Attribute::new(Type::String, note).optional();
                let attribute = if *secret {
                    attribute.sensitive()
                } else {
                    attribute
                };
                block.attribute(*name, attribute)
            }
            Flag(name) => {
                let note = "Whether it is the one to send with, where there are several.";
                block.attribute(*name, Attribute::new(Type::Bool, note).optional())
            }
            Group(name, members) => block.nested(*name, nested(String::new(), members)),
        };
    }
    NestedBlock::new(Nesting::Single, block)
}

/// The list that is sent: the planned channels in their order, then those of `current` that cannot be configured here.
pub(crate) fn body(planned: &Value, current: Option<&Json>) -> Json {
    let mut list: Vec<Json> = attrs::items(planned, CREDENTIALS)
        .iter()
        .map(entry)
        .collect();
    let there = current.and_then(|app| app[CREDENTIALS].as_array());
    let theirs = there.into_iter().flatten();
    list.extend(theirs.filter(|e| !is_ours(e)).cloned());
    Json::Array(list)
}

fn entry(planned: &Value) -> Json {
    let mut body = Map::new();
    for name in ["channel", "callback_secret", "credential_ordinal_number"] {
        if let Some(value) = given(planned, name) {
            body.insert(name.to_owned(), value);
        }
    }
    for object in &OBJECTS {
        if let Some(value) = attrs::present(planned, object.name) {
            body.insert(object.name.to_owned(), members_body(value, object.members));
        }
    }
    Json::Object(body)
}

fn members_body(value: &Value, members: &[Member]) -> Json {
    let mut body = Map::new();
    for member in members {
        match member {
            Text(name, ..) | Flag(name) => {
                if let Some(value) = given(value, name) {
                    body.insert((*name).to_owned(), value);
                }
            }
            Group(name, members) => {
                if let Some(value) = attrs::present(value, name) {
                    body.insert((*name).to_owned(), members_body(value, members));
                }
            }
        }
    }
    Json::Object(body)
}

fn is_ours(entry: &Json) -> bool {
    text(entry, "channel").is_some_and(|channel| CHANNELS.contains(&channel))
}

/// The blocks that the app has, as sparse state. A secret that was written is kept as it was written: what the vendor
/// shows may be hidden or, as with Instagram, exchanged for another [public].
pub(crate) fn state(app: &Json, before: &Value) -> Json {
    let known = attrs::items(before, CREDENTIALS);
    let there = app[CREDENTIALS].as_array();
    let ours = there.into_iter().flatten().filter(|e| is_ours(e));
    ours.map(|entry| {
        let key = (
            text(entry, "channel"),
            entry["credential_ordinal_number"].as_i64().unwrap_or(0),
        );
        let same = |value: &&Value| {
            let ordinal = attrs::integer(value, "credential_ordinal_number").unwrap_or(0);
            (attrs::text(value, "channel"), ordinal) == key
        };
        let nothing = Value::null(Type::Dynamic);
        entry_state(entry, known.iter().find(same).unwrap_or(&nothing))
    })
    .collect()
}

fn entry_state(entry: &Json, before: &Value) -> Json {
    let mut state = json!({ "channel": entry["channel"] });
    state["callback_secret"] = secret(&entry["callback_secret"], before, "callback_secret");
    state["credential_ordinal_number"] = match (
        entry["credential_ordinal_number"].as_i64(),
        prior(before, "credential_ordinal_number"),
    ) {
        (None | Some(0), Json::Null) => Json::Null,
        (ordinal, _) => json!(ordinal.unwrap_or(0)),
    };
    for object in &OBJECTS {
        let there = &entry[object.name];
        if there.is_object() {
            state[object.name] = members_state(there, before.attr(object.name), object.members);
        }
    }
    state
}

fn members_state(there: &Json, before: Option<&Value>, members: &[Member]) -> Json {
    let nothing = Value::null(Type::Dynamic);
    let before = before.unwrap_or(&nothing);
    let mut state = json!({});
    for member in members {
        match member {
            Text(name, _, true) => state[*name] = secret(&there[*name], before, name),
            Text(name, ..) => state[*name] = text_or_null(&there[*name]),
            Flag(name) => {
                let unset = prior(before, name).is_null() && there[*name] != json!(true);
                let value = json!(there[*name] == json!(true));
                state[*name] = if unset { Json::Null } else { value };
            }
            Group(name, members) => {
                if there[*name].as_object().is_some_and(|o| !o.is_empty()) {
                    state[*name] = members_state(&there[*name], before.attr(name), members);
                }
            }
        }
    }
    state
}

/// A secret: as it was written, else as it is shown.
fn secret(shown: &Json, before: &Value, name: &str) -> Json {
    match prior(before, name) {
        Json::Null => shown_secret(Some(shown)).unwrap_or(Json::Null),
        written => written,
    }
}

/// The name of a channel among several: `SMS`, `LINE`, `LINE/2`.
pub(crate) fn label(channel: &str, ordinal: i64) -> String {
    match ordinal {
        0 => channel.to_owned(),
        n => format!("{channel}/{n}"),
    }
}

/// What the vendor says of a channel; texts are empty where it says nothing.
pub(crate) struct ChannelState<'j> {
    /// The channel among several.
    pub(crate) label: String,
    /// PENDING, ACTIVE or FAILING.
    pub(crate) status: &'j str,
    /// Why it fails.
    pub(crate) description: &'j str,
    /// The id by which the channel knows the app.
    pub(crate) known_id: &'j str,
}

/// What the app says of each channel.
pub(crate) fn states(app: &Json) -> Vec<ChannelState<'_>> {
    let of = |entry: &'_ Json| {
        let ordinal = entry["credential_ordinal_number"].as_i64().unwrap_or(0);
        label(text(entry, "channel").unwrap_or_default(), ordinal)
    };
    let there = app[CREDENTIALS].as_array().into_iter().flatten();
    there
        .filter(|entry| is_ours(entry))
        .map(|entry| ChannelState {
            label: of(entry),
            status: text(&entry["state"], "status").unwrap_or_default(),
            description: text(&entry["state"], "description").unwrap_or_default(),
            known_id: text(entry, "channel_known_id").unwrap_or_default(),
        })
        .collect()
}

/// Every secret among the planned channels, so that no message shows one.
pub(crate) fn secrets(planned: &Value, keep: &dyn Fn(&str)) {
    fn of_members(value: &Value, members: &[Member], keep: &dyn Fn(&str)) {
        for member in members {
            match member {
                Text(name, _, true) => attrs::text(value, name).into_iter().for_each(keep),
                Text(..) | Flag(_) => {}
                Group(name, members) => {
                    if let Some(value) = value.attr(name) {
                        of_members(value, members, keep);
                    }
                }
            }
        }
    }
    for entry in attrs::items(planned, CREDENTIALS) {
        attrs::text(entry, "callback_secret")
            .into_iter()
            .for_each(keep);
        for object in &OBJECTS {
            if let Some(value) = entry.attr(object.name) {
                of_members(value, object.members, keep);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trunkline_api::{coerce, json::implied};

    fn app(entries: Json) -> Value {
        let block = Block::new("").nested(CREDENTIALS, block());
        coerce::conform(&implied(&json!({ CREDENTIALS: entries })), &block).unwrap()
    }

    #[test]
    fn what_is_sent_is_read_back_the_same() {
        let entries = json!([
            {"channel": "SMS", "static_bearer": {"claimed_identity": "plan", "token": "t"}},
            {"channel": "MMS", "callback_secret": "c", "mms_credentials": {"account_id": "a", "api_key": "k", "basic_auth": {"username": "u", "password": "p"}}},
            {"channel": "LINE", "credential_ordinal_number": 1, "line_enterprise_credentials": {"line_japan": {"token": "t", "secret": "s"}, "is_default": true}},
        ]);
        let planned = app(entries.clone());
        assert_eq!(body(&planned, None), entries);
        let nothing = app(json!([]));
        let back = state(&json!({ CREDENTIALS: entries }), &nothing);
        assert_eq!(app(back), planned);
    }

    #[test]
    fn written_secrets_stay_and_defaults_are_no_drift() {
        let written =
            json!([{"channel": "INSTAGRAM", "instagram_credentials": {"token": "short"}}]);
        let shown = json!({ CREDENTIALS: [{"channel": "INSTAGRAM", "callback_secret": "", "credential_ordinal_number": 0,
            "state": {"status": "ACTIVE"}, "instagram_credentials": {"token": "long", "business_account_id": ""}}] });
        let before = app(written);
        assert_eq!(app(state(&shown, &before)), before);
        let imported = state(&shown, &app(json!([])));
        assert_eq!(imported[0]["instagram_credentials"]["token"], "long");
    }

    #[test]
    fn channels_of_the_dashboard_are_sent_back_and_not_shown() {
        let theirs = json!({"channel": "SINCH_CHAT", "state": {"status": "ACTIVE"}});
        let current = json!({ CREDENTIALS: [theirs] });
        let planned = app(json!([{"channel": "TELEGRAM", "telegram_credentials": {"token": "t"}}]));
        assert_eq!(body(&planned, Some(&current))[1], theirs);
        assert_eq!(state(&current, &planned), json!([]));
    }
}
