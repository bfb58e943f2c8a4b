//! Reading the service's answers leniently: names in any case, numbers as texts and the reverse.
//!
//! What is not there, and what is of another kind, is nothing.

use serde_json::Value as Json;

/// A member by its name, in any case.
pub(crate) fn member<'j>(json: &'j Json, name: &str) -> Option<&'j Json> {
    let object = json.as_object()?;
    let same = |(key, _): &(&String, _)| key.eq_ignore_ascii_case(name);
    object
        .get(name)
        .or_else(|| object.iter().find(same).map(|(_, value)| value))
        .filter(|value| !value.is_null())
}

/// A text that is not empty; numbers and truth values as they are written.
pub(crate) fn text(json: &Json, name: &str) -> Option<String> {
    match member(json, name)? {
        Json::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        other @ (Json::Number(_) | Json::Bool(_)) => Some(other.to_string()),
        _ => None,
    }
}

/// A truth value: also `Y` and `N`, and texts.
pub(crate) fn flag(json: &Json, name: &str) -> Option<bool> {
    match member(json, name)? {
        Json::Bool(flag) => Some(*flag),
        Json::String(text) => match text.to_ascii_uppercase().as_str() {
            "Y" | "TRUE" => Some(true),
            "N" | "FALSE" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A whole number.
pub(crate) fn integer(json: &Json, name: &str) -> Option<i64> {
    text(json, name)?.parse().ok()
}

/// The elements of a list, also of one that is written in a text.
pub(crate) fn list(json: &Json, name: &str) -> Vec<Json> {
    match member(json, name) {
        Some(Json::Array(items)) => items.clone(),
        Some(Json::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// `Y` or `N`.
pub(crate) fn yes(flag: bool) -> &'static str {
    if flag { "Y" } else { "N" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn forms_are_taken_for_what_they_mean() {
        let answer = json!({"instanceName": 7, "Flag": "y", "TotalCount": "12", "None": null, "Empty": "", "List": "[\"SG\"]"});
        assert_eq!(text(&answer, "InstanceName").as_deref(), Some("7"));
        assert_eq!(flag(&answer, "flag"), Some(true));
        assert_eq!(integer(&answer, "TotalCount"), Some(12));
        assert_eq!(
            (text(&answer, "None"), text(&answer, "Empty")),
            (None, None)
        );
        assert_eq!(list(&answer, "List"), [json!("SG")]);
    }
}
