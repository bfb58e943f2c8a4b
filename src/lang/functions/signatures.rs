//! The functions' signatures as JSON, in the format of `metadata functions -json`.

use serde_json::{Map, Value as Json, json};
use trunkline_api::json::type_json;

use super::{Function, Param, Returns, lookup, names};

/// The document: every function under its name, and once more under `core::`.
#[must_use]
pub fn signatures() -> Json {
    let mut all: Vec<(String, Json)> = Vec::new();
    for prefix in ["", "core::"] {
        for function in names().filter_map(lookup) {
            all.push((format!("{prefix}{}", function.name), signature(function)));
        }
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    let all: Map<String, Json> = all.into_iter().collect();
    json!({"format_version": "1.0", "function_signatures": all})
}

/// The signature of one function.
#[must_use]
pub fn signature(function: &Function) -> Json {
    let (Returns::Always(returns) | Returns::Of(returns, _)) = function.returns;
    let mut out = Map::new();
    out.insert("description".into(), function.description.into());
    out.insert("return_type".into(), type_json(&returns.ty()));
    if !function.params.is_empty() {
        let params: Vec<Json> = function.params.iter().map(parameter).collect();
        out.insert("parameters".into(), params.into());
    }
    if let Some(variadic) = &function.variadic {
        out.insert("variadic_parameter".into(), parameter(variadic));
    }
    Json::Object(out)
}

fn parameter(param: &Param) -> Json {
    let mut out = Map::new();
    out.insert("name".into(), param.name.into());
    out.insert("description".into(), param.description.into());
    if param.nullable {
        out.insert("is_nullable".into(), true.into());
    }
    out.insert("type".into(), type_json(&param.shape.ty()));
    Json::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_in_terraforms_format() {
        let all = signatures();
        let all = all["function_signatures"].as_object().unwrap();
        assert_eq!(all.len(), 236);
        let of = |name: &str| all[name].to_string();
        assert_eq!(
            of("chunklist"),
            r#"{"description":"Cuts a list into lists of a given length.","return_type":["list",["list","dynamic"]],"parameters":[{"name":"list","description":"The list.","type":["list","dynamic"]},{"name":"size","description":"The length of the parts; 0 for one part.","type":"number"}]}"#
        );
        assert_eq!(
            all["core::coalesce"]["variadic_parameter"]["is_nullable"],
            true
        );
        assert!(all["timestamp"].get("parameters").is_none());
    }
}
