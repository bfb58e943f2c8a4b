//! Small readers and writers of JSON bodies.
//!
//! They know no field of the vendor's.

use serde_json::{Map, Value as Json};
use trunkline_api::Value;
use trunkline_api::kit::attrs;

/// The non-empty string member `name`.
pub(crate) fn text<'j>(json: &'j Json, name: &str) -> Option<&'j str> {
    json.get(name)
        .and_then(Json::as_str)
        .filter(|text| !text.is_empty())
}

/// The member at a path of names.
pub(crate) fn at<'j>(json: &'j Json, path: &[&str]) -> &'j Json {
    path.iter().fold(json, |json, name| &json[*name])
}

/// Sets the member at a path of names, making the objects on the way.
pub(crate) fn put(body: &mut Map<String, Json>, path: &[&str], value: Json) {
    match path {
        [] => {}
        [name] => {
            body.insert((*name).to_owned(), value);
        }
        [name, rest @ ..] => {
            let inner = body
                .entry((*name).to_owned())
                .or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// A non-empty string, or null.
pub(crate) fn text_or_null(json: &Json) -> Json {
    match json.as_str() {
        Some(text) if !text.is_empty() => json.clone(),
        _ => Json::Null,
    }
}

/// A secret that an answer shows in clear: null where there is none, nothing where it is left out or masked.
pub(crate) fn shown_secret(shown: Option<&Json>) -> Option<Json> {
    let shown = shown?;
    let masked = |text: &str| !text.is_empty() && text.chars().all(|c| matches!(c, '*' | '•'));
    match shown.as_str() {
        Some(text) if masked(text) => None,
        _ => Some(text_or_null(shown)),
    }
}

/// The known attribute `name` as JSON, if it is set.
pub(crate) fn given(object: &Value, name: &str) -> Option<Json> {
    attrs::present(object, name)
        .filter(|value| value.is_wholly_known())
        .map(trunkline_api::json::to_json)
}

/// The attribute `name` as JSON: null where it is unset or unknown.
pub(crate) fn prior(object: &Value, name: &str) -> Json {
    given(object, name).unwrap_or(Json::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_mask_is_no_secret() {
        assert_eq!(shown_secret(None), None);
        assert_eq!(shown_secret(Some(&json!("********"))), None);
        assert_eq!(shown_secret(Some(&json!(""))), Some(Json::Null));
        assert_eq!(shown_secret(Some(&json!("s*"))), Some(json!("s*")));
    }
}
