//! What a service resource says about its service, typed or generic: name, `url`, `data` and `secret`.
//!
//! One view for the request body and for the rules, so that a rule about a service holds for the typed
//! resource and for the generic one alike. Unknown values stay unknown in it; nothing is sent here.

use serde_json::{Map, Value as Json};
use trunkline_api::{Path, Type, Value, json};

use crate::names;
use crate::values::{self, Text};

/// The declared content of a service.
#[derive(Clone)]
pub(crate) struct Body {
    /// Whether the resource is one of the typed ones.
    typed: bool,
    /// The service's name; null or unknown are possible for the generic resource only.
    pub(crate) name: Value,
    /// The `url`; null when it is not sent.
    pub(crate) url: Value,
    /// Public settings, an object.
    pub(crate) data: Value,
    /// Secret settings, an object.
    pub(crate) secret: Value,
}

impl Body {
    /// The view of a configuration or planned value; `None` when the type is not a service.
    pub(crate) fn of(type_name: &str, config: &Value) -> Option<Body> {
        let attr = |name: &str| attribute(config, name);
        if type_name == names::SERVICE {
            return Some(Body {
                typed: false,
                name: attr("name"),
                url: attr("url"),
                data: document(&attr("data")).unwrap_or_else(|_| empty()),
                secret: document(&attr("secret")).unwrap_or_else(|_| empty()),
            });
        }
        let name = names::service_of(type_name)?;
        let (url, data, secret) = match type_name {
            names::SERVICE_SMS => (
                Value::from("N/A"),
                object([
                    ("provider", attr("sms_provider")),
                    ("tokenProvider", attr("token_provider")),
                ]),
                empty(),
            ),
            names::SERVICE_MGAGE_SMS => (
                attr("url"),
                empty(),
                object([
                    ("username", attr("username")),
                    ("password", attr("password")),
                ]),
            ),
            names::SERVICE_ASYNC => {
                let (data, secret) = channels(&attr("channel"));
                (Value::null(Type::String), data, secret)
            }
            names::SERVICE_PURECLOUD_IDP => (
                attr("url"),
                empty(),
                object([
                    ("clientId", attr("client_id")),
                    ("clientSecret", attr("client_secret")),
                ]),
            ),
            _ => (attr("url"), empty(), empty()),
        };
        Some(Body {
            typed: true,
            name: Value::from(name),
            url,
            data,
            secret,
        })
    }

    /// Whether this is the service `name`, as far as known.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.as_str() == Some(name)
    }

    /// The `url` as text.
    pub(crate) fn url_text(&self) -> Text<'_> {
        match (self.url.as_str(), self.url.is_known()) {
            (Some(text), _) => Text::Known(text),
            (None, true) => Text::Absent,
            (None, false) => Text::Unknown,
        }
    }

    /// Where a finding belongs: `typed` in a typed resource, `generic` in the generic one.
    pub(crate) fn place(&self, typed: &str, generic: &str) -> Path {
        Path::attribute(if self.typed { typed } else { generic })
    }

    /// The request body. Channels are sorted by id in both lists. Unknown values become null.
    pub(crate) fn json(&self) -> Json {
        let mut body = Map::new();
        if !self.url.is_null() {
            body.insert("url".into(), json::to_json(&self.url));
        }
        for (member, value) in [("data", &self.data), ("secret", &self.secret)] {
            let mut part = json::to_json(value);
            if self.is("Async") {
                sort_channels(&mut part);
            }
            body.insert(member.into(), part);
        }
        Json::Object(body)
    }
}

/// A `data` or `secret` argument as an object: null is empty, a string is read as JSON.
///
/// # Errors
/// What is wrong with the text, without any of it (it may be a secret).
pub(crate) fn document(argument: &Value) -> Result<Value, String> {
    if argument.is_null() {
        return Ok(empty());
    }
    let Some(text) = argument.as_str() else {
        return Ok(argument.clone());
    };
    match serde_json::from_str::<Json>(text) {
        Ok(parsed) => Ok(json::implied(&parsed)),
        Err(error) => Err(format!("line {}, column {}", error.line(), error.column())),
    }
}

/// Sorts the `channels` of a body part by `channelId`.
fn sort_channels(part: &mut Json) {
    if let Some(list) = part.get_mut("channels").and_then(Json::as_array_mut) {
        let id = |channel: &Json| channel["channelId"].as_str().unwrap_or("").to_owned();
        list.sort_by_key(id);
    }
}

/// The `channel` blocks as `data` and `secret`.
fn channels(blocks: &Value) -> (Value, Value) {
    let Some(blocks) = blocks.as_slice() else {
        let unknown = Value::unknown(Type::Dynamic);
        let part = if blocks.is_known() {
            Value::tuple([])
        } else {
            unknown
        };
        let part = Value::object([("channels", part)]);
        return (part.clone(), part);
    };
    let data = blocks.iter().map(|block| {
        object([
            ("channelId", attribute(block, "channel_id")),
            (
                "webhook",
                object([("url", attribute(block, "webhook_url"))]),
            ),
        ])
    });
    let secret = blocks.iter().map(|block| {
        object([
            ("channelId", attribute(block, "channel_id")),
            (
                "webhook",
                object([("secret", attribute(block, "webhook_secret"))]),
            ),
            ("api", object([("secret", attribute(block, "api_secret"))])),
        ])
    });
    (
        Value::object([("channels", Value::tuple(data))]),
        Value::object([("channels", Value::tuple(secret))]),
    )
}

/// The `channels` of a body part, none when they are null or unknown.
pub(crate) fn channels_of(part: &Value) -> &[Value] {
    values::items(part, "channels")
}

/// An attribute; unknown in an unknown object, null when there is none.
fn attribute(object: &Value, name: &str) -> Value {
    if !object.is_known() {
        return Value::unknown(Type::Dynamic);
    }
    object
        .attr(name)
        .cloned()
        .unwrap_or_else(|| Value::null(Type::Dynamic))
}

/// An object of the members that are not null.
fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::object(members.into_iter().filter(|(_, value)| !value.is_null()))
}

fn empty() -> Value {
    Value::object::<&str>([])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(json: serde_json::Value) -> Value {
        json::implied(&json)
    }

    fn rendered(type_name: &str, config: serde_json::Value) -> Json {
        Body::of(type_name, &value(config)).unwrap().json()
    }

    #[test]
    fn bodies_are_those_of_the_vendor_page() {
        assert_eq!(
            rendered(
                names::SERVICE_SMS,
                json!({"sms_provider": "mGage", "token_provider": null})
            ),
            json!({"url": "N/A", "data": {"provider": "mGage"}, "secret": {}})
        );
        assert_eq!(
            rendered(names::SERVICE_SMS, json!({"token_provider": "Purecloud"})),
            json!({"url": "N/A", "data": {"tokenProvider": "Purecloud"}, "secret": {}})
        );
        assert_eq!(
            rendered(
                names::SERVICE_MGAGE_SMS,
                json!({"url": "http://directtext.mgage.com", "username": "u", "password": "p"})
            ),
            json!({"url": "http://directtext.mgage.com", "data": {},
                   "secret": {"username": "u", "password": "p"}})
        );
        assert_eq!(
            rendered(
                names::SERVICE_PURECLOUD_IDP,
                json!({"url": "https://login.mypurecloud.com", "client_id": "i", "client_secret": "s"})
            ),
            json!({"url": "https://login.mypurecloud.com", "data": {},
                   "secret": {"clientId": "i", "clientSecret": "s"}})
        );
        assert_eq!(
            rendered(
                names::SERVICE_PORTICO_SMS,
                json!({"url": "https://api.mypurecloud.com"})
            ),
            json!({"url": "https://api.mypurecloud.com", "data": {}, "secret": {}})
        );
    }

    #[test]
    fn async_has_no_url_and_two_sorted_lists() {
        let channel = |id: &str| {
            json!({"channel_id": id, "webhook_url": format!("https://{id}.example.com"),
                   "webhook_secret": format!("w{id}"), "api_secret": format!("a{id}")})
        };
        assert_eq!(
            rendered(
                names::SERVICE_ASYNC,
                json!({"channel": [channel("22222"), channel("11111")]})
            ),
            json!({
                "data": {"channels": [
                    {"channelId": "11111", "webhook": {"url": "https://11111.example.com"}},
                    {"channelId": "22222", "webhook": {"url": "https://22222.example.com"}}]},
                "secret": {"channels": [
                    {"channelId": "11111", "webhook": {"secret": "w11111"}, "api": {"secret": "a11111"}},
                    {"channelId": "22222", "webhook": {"secret": "w22222"}, "api": {"secret": "a22222"}}]}
            })
        );
    }

    #[test]
    fn the_generic_body_takes_text_or_objects() {
        assert_eq!(
            rendered(
                names::SERVICE,
                json!({"name": "X", "url": null, "data": "{\"a\": [1]}", "secret": {"b": "c"}})
            ),
            json!({"data": {"a": [1]}, "secret": {"b": "c"}})
        );
        let error = document(&Value::from("{\"password\": oops}")).unwrap_err();
        assert_eq!(error, "line 1, column 14");
    }
}
