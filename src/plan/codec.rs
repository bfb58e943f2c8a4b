//! Values as JSON without loss: types, unknowns and marks included. For saved plans and the journal.
//!
//! Not Terraform's form (that is `trunkline_api::json`); only this program reads it. What is known about an
//! unknown value beyond its type is not kept.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Value as Json, json};
use trunkline_api::json::{JsonError, type_from_json};
use trunkline_api::json_write::{TypeText, number};
use trunkline_api::{Fields, Kind, Marks, Number, Path, Step, Type, Value};

/// The value as JSON.
#[must_use]
pub fn encode(value: &Value) -> Json {
    // All keys are texts, so this does not fail.
    serde_json::to_value(Encoded(value)).unwrap_or_default()
}

/// A value that is written in [`encode`]'s form, without a tree in between.
pub struct Encoded<'v>(pub &'v Value);

impl Serialize for Encoded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let marks = self.0.marks();
        if marks.is_empty() {
            return Unmarked(self.0).serialize(serializer);
        }
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("sensitive", &marks.is_sensitive())?;
        map.serialize_entry("ephemeral", &marks.is_ephemeral())?;
        map.serialize_entry("value", &Unmarked(self.0))?;
        map.end()
    }
}

/// A value without the marks of its own.
struct Unmarked<'v>(&'v Value);

impl Serialize for Unmarked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.kind() {
            Kind::Null(ty) => one(serializer, "null", &TypeText(ty)),
            Kind::Unknown(ty, _) => one(serializer, "unknown", &TypeText(ty)),
            Kind::Bool(b) => serializer.serialize_bool(*b),
            Kind::Number(n) => number(n, serializer),
            Kind::String(s) => serializer.serialize_str(s),
            Kind::Tuple(items) => All(items).serialize(serializer),
            Kind::List(ty, items) => collection(serializer, "list", ty, &All(items)),
            Kind::Set(ty, items) => collection(serializer, "set", ty, &All(items)),
            Kind::Map(ty, fields) => collection(serializer, "map", ty, &Named(fields)),
            Kind::Object(fields) => one(serializer, "object", &Named(fields)),
        }
    }
}

struct All<'v>(&'v [Value]);

impl Serialize for All<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Encoded))
    }
}

struct Named<'v>(&'v Fields);

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(k, v)| (&**k, Encoded(v))))
    }
}

/// An object of one member.
fn one<S: Serializer>(
    serializer: S,
    name: &str,
    inner: &impl Serialize,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(name, inner)?;
    map.end()
}

/// Elements with their type.
fn collection<S: Serializer>(
    serializer: S,
    kind: &str,
    ty: &Type,
    items: &impl Serialize,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry(kind, &TypeText(ty))?;
    map.serialize_entry("items", items)?;
    map.end()
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
