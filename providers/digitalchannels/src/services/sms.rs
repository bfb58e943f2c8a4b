//! The service `SMS`: switches SMS on for the tenant and chooses the gateway.

use serde_json::Value as Json;
use trunkline_api::{Attribute, Block, Type, Value};

/// What the resource accepts. `provider` is a meta-argument of the language, hence `sms_provider`.
pub(crate) fn block() -> Block {
    let text = |description: &str| Attribute::new(Type::String, description).optional();
    super::block("Switches SMS on for the tenant and chooses its default gateway.")
        .attribute(
            "sms_provider",
            text("Default provider: mGage (Kaleyra), Async (custom gateway) or Portico."),
        )
        .attribute(
            "token_provider",
            text("Purecloud, to send through Genesys Cloud. Excludes sms_provider."),
        )
}

/// What an answer says.
pub(crate) fn observe(answer: &Json, _state: &Value) -> Vec<(&'static str, Value)> {
    let Some(data) = answer.get("data") else {
        return Vec::new();
    };
    let text = |member: &str| {
        data[member]
            .as_str()
            .map_or_else(|| Value::null(Type::String), Value::from)
    };
    vec![
        ("sms_provider", text("provider")),
        ("token_provider", text("tokenProvider")),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_choices_are_read() {
        let seen = observe(
            &json!({"url": "N/A", "data": {"tokenProvider": "Purecloud"}}),
            &Value::null(Type::Dynamic),
        );
        assert_eq!(seen[0].1, Value::null(Type::String));
        assert_eq!(seen[1].1, Value::from("Purecloud"));
    }
}
