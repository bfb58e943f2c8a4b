//! The service `Async`: a custom gateway, with a channel for every number, short code or domain.
//!
//! All channels of a tenant live in this one object, hence one resource holds them all.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use trunkline_api::{Block, NestedBlock, Nesting, Type, Value};

use super::{secret, text};
use crate::values;

/// What the resource accepts.
pub(crate) fn block() -> Block {
    let mut channels = NestedBlock::new(Nesting::List, channel());
    channels.min_items = 1;
    super::block_with_secrets(
        "Connects the tenant to a custom SMS gateway through third-party messaging.",
    )
    .nested("channel", channels)
}

fn channel() -> Block {
    Block::new("A number, short code or domain of the gateway.")
        .attribute(
            "channel_id",
            text("The number, short code or domain; unique."),
        )
        .attribute(
            "webhook_url",
            text("The gateway's address for outgoing messages."),
        )
        .attribute(
            "webhook_secret",
            secret(
                "Signs calls from Digital Channels to the gateway. It is sent and never stored.",
            ),
        )
        .attribute(
            "api_secret",
            secret(
                "Signs calls from the gateway to Digital Channels. It is sent and never stored.",
            ),
        )
}

/// What an answer says: channels in the order of the state, new ones behind them by id. Secrets it does not say.
pub(crate) fn observe(answer: &Json, state: &Value) -> Vec<(&'static str, Value)> {
    let Some(list) = answer
        .get("data")
        .and_then(|data| data.get("channels"))
        .and_then(Json::as_array)
    else {
        return Vec::new();
    };
    let found = |channel: &Json| {
        let url = channel["webhook"]["url"].as_str().map(str::to_owned);
        Some((channel["channelId"].as_str()?.to_owned(), url))
    };
    let mut there: BTreeMap<String, Option<String>> = list.iter().filter_map(found).collect();
    let mut channels = Vec::new();
    for channel in values::items(state, "channel") {
        let id = values::known(channel, "channel_id").unwrap_or_default();
        if let Some(url) = there.remove(id) {
            channels.push(value(id, url));
        }
    }
    channels.extend(there.into_iter().map(|(id, url)| value(&id, url)));
    vec![("channel", Value::list(channel().implied_type(), channels))]
}

fn value(id: &str, url: Option<String>) -> Value {
    let none = || Value::null(Type::String);
    let url = url.map_or_else(
        || Value::null(Type::String),
        |url| Value::from(url.as_str()),
    );
    Value::object([
        ("channel_id", Value::from(id)),
        ("webhook_url", url),
        ("webhook_secret", none()),
        ("api_secret", none()),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use trunkline_api::json::{implied, to_json};

    use super::*;

    #[test]
    fn channels_keep_their_order() {
        let answer = json!({"data": {"channels": [
            {"channelId": "11111", "webhook": {"url": "https://new.example.com"}},
            {"channelId": "22222", "webhook": {"url": "https://b.example.com"}},
            {"channelId": "00000", "webhook": {"url": "https://z.example.com"}},
        ]}});
        let state = implied(&json!({"channel": [
            {"channel_id": "22222", "webhook_url": "https://b.example.com", "webhook_secret": null, "api_secret": null},
            {"channel_id": "33333", "webhook_url": "https://gone.example.com", "webhook_secret": null, "api_secret": null},
            {"channel_id": "11111", "webhook_url": "https://a.example.com", "webhook_secret": null, "api_secret": null},
        ]}));
        let seen = observe(&answer, &state);
        assert_eq!(
            to_json(&seen[0].1),
            json!([
                {"channel_id": "22222", "webhook_url": "https://b.example.com", "webhook_secret": null, "api_secret": null},
                {"channel_id": "11111", "webhook_url": "https://new.example.com", "webhook_secret": null, "api_secret": null},
                {"channel_id": "00000", "webhook_url": "https://z.example.com", "webhook_secret": null, "api_secret": null},
            ])
        );
    }
}
