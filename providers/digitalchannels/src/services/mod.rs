//! Services: one definition per tenant and name, each kind in a file of its own.
//!
//! A kind says what its resource accepts and how an answer reads; what is sent is [`body`]'s subject, and the
//! calls are [`crate::service`]'s.

pub(crate) mod async_channels;
pub(crate) mod body;
pub(crate) mod calls;
pub(crate) mod generic;
pub(crate) mod mgage_sms;
pub(crate) mod portico_sms;
pub(crate) mod purecloud_idp;
pub(crate) mod resource;
pub(crate) mod sms;

use serde_json::Value as Json;
use trunkline_api::{Attribute, Block, Type, Value};

use crate::names;

/// A kind of service resource.
pub(crate) struct Kind {
    /// The resource type.
    pub(crate) type_name: &'static str,
    /// What it accepts.
    pub(crate) block: fn() -> Block,
    /// What an answer says about its attributes, given the state; attributes of which the answer says nothing are
    /// left out.
    pub(crate) observe: fn(&Json, &Value) -> Vec<(&'static str, Value)>,
}

/// All kinds.
pub(crate) const KINDS: [Kind; 6] = [
    Kind {
        type_name: names::SERVICE_SMS,
        block: sms::block,
        observe: sms::observe,
    },
    Kind {
        type_name: names::SERVICE_MGAGE_SMS,
        block: mgage_sms::block,
        observe: observe_url,
    },
    Kind {
        type_name: names::SERVICE_ASYNC,
        block: async_channels::block,
        observe: async_channels::observe,
    },
    Kind {
        type_name: names::SERVICE_PURECLOUD_IDP,
        block: purecloud_idp::block,
        observe: observe_url,
    },
    Kind {
        type_name: names::SERVICE_PORTICO_SMS,
        block: portico_sms::block,
        observe: observe_url,
    },
    Kind {
        type_name: names::SERVICE,
        block: generic::block,
        observe: generic::observe,
    },
];

/// A block with what every service has.
fn block(description: &str) -> Block {
    Block::new(description)
        .attribute(
            "id",
            Attribute::new(
                Type::String,
                "Contact-centre id, a slash and the service's name.",
            )
            .computed(),
        )
        .attribute("ccid", ccid())
}

/// The attribute that says whose an object is.
pub(crate) fn ccid() -> Attribute {
    Attribute::new(
        Type::String,
        "Contact-centre id: that of the provider block, and no other.",
    )
    .optional()
    .computed()
}

/// Counts the secrets that a service was given.
pub(crate) const REVISION: &str = "secret_revision";

/// A block with what every service with secrets has.
fn block_with_secrets(description: &str) -> Block {
    block(description).attribute(
        REVISION,
        Attribute::new(
            Type::Number,
            "Goes up by one when other secrets are configured.",
        )
        .computed(),
    )
}

/// A required text that the service never tells: it is sent and not stored.
fn secret(description: &str) -> Attribute {
    text(description).sensitive().write_only().untold()
}

/// A required text.
fn text(description: &str) -> Attribute {
    Attribute::new(Type::String, description).required()
}

/// The `url` of an answer, if the answer has one.
fn observe_url(answer: &Json, _state: &Value) -> Vec<(&'static str, Value)> {
    url_of(answer).map(|url| ("url", url)).into_iter().collect()
}

fn url_of(answer: &Json) -> Option<Value> {
    Some(
        answer
            .get("url")?
            .as_str()
            .map_or_else(|| Value::null(Type::String), Value::from),
    )
}

/// Whether an answer holds everything that was sent, apart from secrets: other members may be there too [assumed].
/// A member that the answer leaves out altogether is not held against it.
pub(crate) fn agrees(answer: &Json, sent: &Json) -> bool {
    ["url", "data"]
        .iter()
        .all(|member| match (answer.get(*member), sent.get(*member)) {
            (Some(there), Some(sent)) => contains(there, sent),
            _ => true,
        })
}

/// Whether `outer` has every member of `inner`, at every depth.
pub(crate) fn contains(outer: &Json, inner: &Json) -> bool {
    match (outer, inner) {
        (Json::Object(outer), Json::Object(inner)) => {
            let has = |(name, value): (&String, &Json)| {
                outer.get(name).is_some_and(|there| contains(there, value))
            };
            inner.iter().all(has)
        }
        (Json::Array(outer), Json::Array(inner)) => {
            outer.len() == inner.len()
                && outer
                    .iter()
                    .zip(inner)
                    .all(|(outer, inner)| contains(outer, inner))
        }
        _ => outer == inner,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_may_say_more() {
        let sent = json!({"url": "N/A", "data": {"a": {"b": 1}}, "secret": {"x": "y"}});
        assert!(agrees(
            &json!({"url": "N/A", "data": {"a": {"b": 1, "c": 2}}, "secret": {"x": "***"}}),
            &sent
        ));
        assert!(agrees(&json!({"data": {"a": {"b": 1}}}), &sent));
        assert!(!agrees(&json!({"url": "N/A", "data": {"a": {}}}), &sent));
        assert!(!agrees(
            &json!({"url": "https://x", "data": {"a": {"b": 1}}}),
            &sent
        ));
    }
}
