//! Leaving secrets out of a tfstate document. What is left is for looking at: it cannot be pushed back.
//!
//! It goes by what the document itself says is sensitive.

use serde_json::{Map, Value as Json, json};

/// The member that says that secrets have been left out.
pub(super) const REDACTED: &str = "redacted";

/// Puts null in the place of everything sensitive, and leaves out what only providers understand.
pub(super) fn redacted(document: &mut Map<String, Json>) {
    document.insert(REDACTED.into(), json!(true));
    let outputs = document.get_mut("outputs").and_then(Json::as_object_mut);
    for output in outputs.into_iter().flat_map(|all| all.values_mut()) {
        if output["sensitive"] == true {
            output["value"] = Json::Null;
        }
    }
    let resources = document.get_mut("resources").and_then(Json::as_array_mut);
    let instances = resources
        .into_iter()
        .flatten()
        .filter_map(|resource| resource["instances"].as_array_mut());
    for instance in instances.flatten().filter_map(Json::as_object_mut) {
        instance.remove("private");
        let paths = instance.get("sensitive_attributes").cloned();
        let paths = paths.as_ref().and_then(Json::as_array);
        for path in paths.into_iter().flatten().filter_map(Json::as_array) {
            if let Some(attributes) = instance.get_mut("attributes") {
                clear(attributes, path);
            }
        }
    }
}

/// Clears what a path leads to. Where the rest of a path leads nowhere, what it has come to is cleared: rather too much
/// than too little.
fn clear(value: &mut Json, path: &[Json]) {
    let Some((step, rest)) = path.split_first() else {
        *value = Json::Null;
        return;
    };
    let key = match step["type"].as_str() {
        Some("index") => &step["value"]["value"],
        _ => &step["value"],
    };
    let next = match (&mut *value, key) {
        (Json::Object(fields), Json::String(name)) => fields.get_mut(name),
        (Json::Array(items), Json::Number(n)) => n
            .as_u64()
            .and_then(|n| items.get_mut(usize::try_from(n).ok()?)),
        _ => None,
    };
    match next {
        Some(next) => clear(next, rest),
        None => *value = Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_path_leads_to_is_cleared() {
        let step = |name: &str| json!({"type": "get_attr", "value": name});
        let index = |key: Json| json!({"type": "index", "value": {"value": key, "type": "x"}});
        let whole = json!({"a": [{"s": "1", "t": "2"}], "m": {"k": "3"}});
        for (path, left) in [
            (
                vec![step("a"), index(json!(0)), step("s")],
                json!({"a": [{"s": null, "t": "2"}], "m": {"k": "3"}}),
            ),
            (
                vec![step("m"), index(json!("k"))],
                json!({"a": [{"s": "1", "t": "2"}], "m": {"k": null}}),
            ),
            (
                vec![step("a"), index(json!(7)), step("s")],
                json!({"a": null, "m": {"k": "3"}}),
            ),
            (vec![], Json::Null),
        ] {
            let mut value = whole.clone();
            clear(&mut value, &path);
            assert_eq!(value, left);
        }
    }
}
