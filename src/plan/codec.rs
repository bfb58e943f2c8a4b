//! Values as JSON without loss: types, unknowns and marks included. For saved plans and the journal.
//!
//! Not Terraform's form (that is `trunkline_api::json`); only this program reads it. What is known about an
//! unknown value beyond its type is not kept.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use trunkline_api::json::{JsonError, number_json, type_from_json, type_json};
use trunkline_api::{Kind, Marks, Number, Path, Step, Value};

/// The value as JSON.
#[must_use]
pub fn encode(value: &Value) -> Json {
    let inner = match value.kind() {
        Kind::Null(ty) => json!({"null": type_json(ty)}),
        Kind::Unknown(ty, _) => json!({"unknown": type_json(ty)}),
        Kind::Bool(b) => Json::Bool(*b),
        Kind::Number(n) => number_json(n),
        Kind::String(s) => Json::String(s.to_string()),
        Kind::Tuple(items) => items.iter().map(encode).collect(),
        Kind::List(ty, items) => json!({"list": type_json(ty), "items": encode_all(items)}),
        Kind::Set(ty, items) => json!({"set": type_json(ty), "items": encode_all(items)}),
        Kind::Map(ty, fields) => json!({"map": type_json(ty), "items": encode_fields(fields)}),
        Kind::Object(fields) => json!({"object": encode_fields(fields)}),
    };
    let marks = value.marks();
    if marks.is_empty() {
        return inner;
    }
    json!({"sensitive": marks.is_sensitive(), "ephemeral": marks.is_ephemeral(), "value": inner})
}

fn encode_all(items: &[Value]) -> Json {
    items.iter().map(encode).collect()
}

fn encode_fields(fields: &trunkline_api::Fields) -> Json {
    Json::Object(
        fields
            .iter()
            .map(|(k, v)| (k.to_string(), encode(v)))
            .collect(),
    )
}

/// Reads [`encode`]'s form.
pub fn decode(json: &Json) -> Result<Value, JsonError> {
    let wrong = || JsonError("not an encoded value".into());
    Ok(match json {
        Json::Null => return Err(wrong()),
        Json::Bool(b) => Value::bool(*b),
        Json::Number(n) => Value::number(Number::parse(&n.to_string()).ok_or_else(wrong)?),
        Json::String(s) => Value::string(s.as_str()),
        Json::Array(items) => Value::tuple(decode_all(items)?),
        Json::Object(o) => {
            let items = || o.get("items").and_then(Json::as_array).ok_or_else(wrong);
            let fields = |name: &str| o.get(name).and_then(Json::as_object).ok_or_else(wrong);
            if let Some(ty) = o.get("null") {
                Value::null(type_from_json(ty)?)
            } else if let Some(ty) = o.get("unknown") {
                Value::unknown(type_from_json(ty)?)
            } else if let Some(ty) = o.get("list") {
                Value::list(type_from_json(ty)?, decode_all(items()?)?)
            } else if let Some(ty) = o.get("set") {
                Value::set(type_from_json(ty)?, decode_all(items()?)?)
            } else if let Some(ty) = o.get("map") {
                Value::map(type_from_json(ty)?, decode_fields(fields("items")?)?)
            } else if o.contains_key("object") {
                Value::object(decode_fields(fields("object")?)?)
            } else {
                let flag = |name: &str| o.get(name).and_then(Json::as_bool) == Some(true);
                let mut marks = Marks::NONE;
                if flag("sensitive") {
                    marks = marks | Marks::SENSITIVE;
                }
                if flag("ephemeral") {
                    marks = marks | Marks::EPHEMERAL;
                }
                decode(o.get("value").ok_or_else(wrong)?)?.with_marks(marks)
            }
        }
    })
}

fn decode_all(items: &[Json]) -> Result<Vec<Value>, JsonError> {
    items.iter().map(decode).collect()
}

fn decode_fields(
    fields: &serde_json::Map<String, Json>,
) -> Result<Vec<(Arc<str>, Value)>, JsonError> {
    fields
        .iter()
        .map(|(k, v)| Ok((k.as_str().into(), decode(v)?)))
        .collect()
}

/// A path in the form of Terraform's state: `[{"type": "get_attr", "value": "a"}, ...]`.
#[must_use]
pub fn encode_path(path: &Path) -> Json {
    let step = |s: &Step| match s {
        Step::Attribute(name) => json!({"type": "get_attr", "value": &**name}),
        Step::Index(i) => json!({"type": "index", "value": {"value": i, "type": "number"}}),
        Step::Key(k) => json!({"type": "index", "value": {"value": &**k, "type": "string"}}),
    };
    path.0.iter().map(step).collect()
}

/// Reads [`encode_path`]'s form.
#[must_use]
pub fn decode_path(json: &Json) -> Option<Path> {
    let step = |s: &Json| {
        let value = s.get("value")?;
        match s.get("type")?.as_str()? {
            "get_attr" => Some(Step::Attribute(value.as_str()?.into())),
            "index" => match value.get("value")? {
                Json::String(k) => Some(Step::Key(k.as_str().into())),
                n => Some(Step::Index(usize::try_from(n.as_u64()?).ok()?)),
            },
            _ => None,
        }
    };
    json.as_array()?
        .iter()
        .map(step)
        .collect::<Option<Vec<_>>>()
        .map(Path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trunkline_api::Type;

    #[test]
    fn nothing_is_lost() {
        let value = Value::object([
            ("n", Value::null(Type::String)),
            ("u", Value::unknown(Type::list(Type::Bool))),
            (
                "s",
                Value::set(Type::String, [Value::from("a")]).with_marks(Marks::SENSITIVE),
            ),
            ("m", Value::map(Type::Number, [("k", Value::number(1))])),
            (
                "t",
                Value::tuple([
                    Value::from(true),
                    Value::object([("value", Value::from("x"))]),
                ]),
            ),
            ("d", Value::number(Number::parse("0.1").unwrap())),
        ]);
        let text = encode(&value).to_string();
        assert_eq!(decode(&serde_json::from_str(&text).unwrap()), Ok(value));
    }

    #[test]
    fn paths_round_trip() {
        let path = Path(vec![
            Step::Attribute("a".into()),
            Step::Index(2),
            Step::Key("k".into()),
        ]);
        assert_eq!(decode_path(&encode_path(&path)), Some(path));
    }
}
