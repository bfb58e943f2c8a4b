//! Values split into what is known, what is unknown and what is sensitive, each as JSON.

use serde_json::{Map, Value as Json};
use trunkline_api::{Kind, Type, Value};

/// What is known of a value; unknown attributes are left out and unknown elements are null. With
/// `redact` everything sensitive is null.
#[must_use]
pub fn known_json(value: &Value, redact: bool) -> Json {
    if redact && value.marks().is_sensitive() {
        return Json::Null;
    }
    match value.kind() {
        Kind::List(_, v) | Kind::Set(_, v) | Kind::Tuple(v) => {
            Json::Array(v.iter().map(|e| known_json(e, redact)).collect())
        }
        Kind::Map(_, f) | Kind::Object(f) => Json::Object(
            f.iter()
                .filter(|(_, e)| e.is_known())
                .map(|(k, e)| (k.to_string(), known_json(e, redact)))
                .collect(),
        ),
        _ => trunkline_api::json::to_json(value),
    }
}

/// `true` for what is unknown. Containers are kept, known attributes left out and known elements `false`.
#[must_use]
pub fn unknown_mask(value: &Value) -> Json {
    mask(value, &|v| match v.is_known() {
        true => None,
        false => Some(Json::Bool(true)),
    })
}

/// `true` for what is sensitive, in the form of [`unknown_mask`].
#[must_use]
pub fn sensitive_mask(value: &Value) -> Json {
    mask(value, &|v| {
        if v.marks().is_sensitive() {
            return Some(Json::Bool(true));
        }
        // Of an unknown container only its kind is known.
        let Kind::Unknown(ty, _) = v.kind() else {
            return None;
        };
        Some(match ty {
            Type::List(_) | Type::Set(_) | Type::Tuple(_) => Json::Array(Vec::new()),
            Type::Map(_) | Type::Object(_) => Json::Object(Map::new()),
            _ => Json::Bool(false),
        })
    })
}

fn mask(value: &Value, whole: &dyn Fn(&Value) -> Option<Json>) -> Json {
    if let Some(json) = whole(value) {
        return json;
    }
    match value.kind() {
        Kind::List(_, v) | Kind::Set(_, v) | Kind::Tuple(v) => {
            Json::Array(v.iter().map(|e| mask(e, whole)).collect())
        }
        Kind::Map(_, f) | Kind::Object(f) => {
            let parts = f.iter().map(|(k, e)| (k.to_string(), mask(e, whole)));
            Json::Object(parts.filter(|(_, m)| m != &Json::Bool(false)).collect())
        }
        _ => Json::Bool(false),
    }
}
