//! Any service, by name: for deployments that have more services than the typed resources know.

use serde_json::Value as Json;
use trunkline_api::{Attribute, Block, Type, Value, json};

use super::body::document;
use super::{REVISION, contains, text};
use crate::values;

/// What the resource accepts.
pub(crate) fn block() -> Block {
    let document = |description: &str| Attribute::new(Type::Dynamic, description).optional();
    super::block_with_secrets("A service of any name.")
        .attribute(
            "name",
            text("The service's name; upper and lower case count."),
        )
        .attribute(
            "url",
            Attribute::new(
                Type::String,
                "A URL, or the text N/A; not sent when left out.",
            )
            .optional(),
        )
        .attribute(
            "data",
            document("Public settings: an object, or its JSON text."),
        )
        .attribute(
            "secret",
            document(
                "Secret settings: an object, or its JSON text. They are sent and never stored.",
            )
            .sensitive()
            .write_only()
            .untold(),
        )
}

/// What an answer says. `data` keeps the form it has in state while it means the same; more members in the answer
/// are not a change [assumed].
pub(crate) fn observe(answer: &Json, state: &Value) -> Vec<(&'static str, Value)> {
    let mut seen = Vec::new();
    if let Some(url) = super::url_of(answer) {
        seen.push(("url", url));
    }
    if let Some(there) = answer.get("data") {
        let held = state
            .attr("data")
            .cloned()
            .unwrap_or_else(|| Value::null(Type::Dynamic));
        let same = document(&held).is_ok_and(|held| contains(there, &json::to_json(&held)));
        let adopt = held.is_null() && there.as_object().is_some_and(|there| !there.is_empty());
        if !same || (adopt && is_sparse(state)) {
            let text = values::known(state, "data").is_some();
            let value = if text {
                Value::from(there.to_string().as_str())
            } else {
                json::implied(there)
            };
            seen.push(("data", value));
        }
    }
    seen
}

/// Whether the state comes from an import and knows nothing but its id.
fn is_sparse(state: &Value) -> bool {
    ["url", "data", REVISION]
        .iter()
        .all(|name| values::absent(state, name))
}

/// Whether two documents mean the same, as text or as object.
pub(crate) fn same_document(a: &Value, b: &Value) -> bool {
    if !a.is_wholly_known() || !b.is_wholly_known() {
        return false;
    }
    match (document(a), document(b)) {
        (Ok(a), Ok(b)) => json::to_json(&a) == json::to_json(&b),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use trunkline_api::json::implied;

    use super::*;

    #[test]
    fn data_keeps_its_form() {
        let state = implied(&json!({"url": "u", "data": "{ \"b\": 2, \"a\": 1 }"}));
        let seen = observe(&json!({"data": {"a": 1, "b": 2, "more": 3}}), &state);
        assert!(seen.is_empty());
        let seen = observe(&json!({"data": {"a": 1}}), &state);
        assert_eq!(seen, [("data", Value::from("{\"a\":1}"))]);
    }

    #[test]
    fn documents_are_compared_by_meaning() {
        let object = implied(&json!({"a": 1}));
        assert!(same_document(&Value::from("{\"a\" : 1}"), &object));
        assert!(!same_document(&Value::from("{\"a\" : 2}"), &object));
        assert!(!same_document(&Value::unknown(Type::Dynamic), &object));
    }
}
