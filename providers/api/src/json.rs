//! Values as JSON, in the form of Terraform's state and plan documents.
//!
//! Reading needs the type; a dynamic attribute is stored as `{"value": ..., "type": ...}`.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value as Json;

use crate::json_write::{PlainText, TypeText};
use crate::{Number, ObjectType, Type, Value};

/// A JSON text that does not fit the wanted type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError(pub String);

impl std::fmt::Display for JsonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for JsonError {}

/// The value as plain JSON, without its types. Unknown values become null; marks are ignored.
#[must_use]
pub fn to_json(value: &Value) -> Json {
    tree(&PlainText(value))
}

/// A tree of what is written. All keys are texts and all numbers are finite or null, so this does not fail.
fn tree(written: &impl Serialize) -> Json {
    serde_json::to_value(written).unwrap_or_default()
}

/// Reads JSON as a value of `ty`. Missing object attributes become null; surplus ones are an error.
pub fn from_json(json: &Json, ty: &Type) -> Result<Value, JsonError> {
    let wrong = || JsonError(format!("a {} was expected", ty.friendly_name()));
    if let Type::Dynamic = ty {
        return match json {
            Json::Null => Ok(Value::null(Type::Dynamic)),
            Json::Object(o)
                if o.len() == 2 && o.contains_key("value") && o.contains_key("type") =>
            {
                from_json(&o["value"], &type_from_json(&o["type"])?)
            }
            other => Ok(implied(other)),
        };
    }
    if json.is_null() {
        return Ok(Value::null(ty.clone()));
    }
    Ok(match (ty, json) {
        (Type::Bool, Json::Bool(b)) => Value::bool(*b),
        (Type::Number, Json::Number(n)) => {
            Value::number(Number::parse(&n.to_string()).ok_or_else(wrong)?)
        }
        (Type::Number, Json::String(s)) => Value::number(Number::parse(s).ok_or_else(wrong)?),
        (Type::String, Json::String(s)) => Value::string(s.as_str()),
        (Type::List(t), Json::Array(a)) => Value::list(t.clone(), items(a, t)?),
        (Type::Set(t), Json::Array(a)) => Value::set(t.clone(), items(a, t)?),
        (Type::Tuple(ts), Json::Array(a)) if ts.len() == a.len() => Value::tuple(
            a.iter()
                .zip(ts.iter())
                .map(|(j, t)| from_json(j, t))
                .collect::<Result<Vec<_>, _>>()?,
        ),
        (Type::Map(t), Json::Object(o)) => Value::map(
            (**t).clone(),
            o.iter()
                .map(|(k, j)| Ok((k.as_str(), from_json(j, t)?)))
                .collect::<Result<Vec<_>, JsonError>>()?,
        ),
        (Type::Object(ot), Json::Object(o)) => {
            if let Some(name) = o.keys().find(|k| !ot.attributes.contains_key(k.as_str())) {
                return Err(JsonError(format!("unsupported attribute {name:?}")));
            }
            let mut fields = Vec::with_capacity(ot.attributes.len());
            for (name, t) in &ot.attributes {
                let value = from_json(o.get(&**name).unwrap_or(&Json::Null), t)
                    .map_err(|e| JsonError(format!("attribute {name:?}: {e}")))?;
                fields.push((name.clone(), value));
            }
            Value::object(fields)
        }
        _ => return Err(wrong()),
    })
}

fn items(array: &[Json], element: &Type) -> Result<Vec<Value>, JsonError> {
    array.iter().map(|j| from_json(j, element)).collect()
}

/// The value that JSON means by itself: arrays are tuples, objects are objects.
#[must_use]
pub fn implied(json: &Json) -> Value {
    match json {
        Json::Null => Value::null(Type::Dynamic),
        Json::Bool(b) => Value::bool(*b),
        Json::Number(n) => match Number::parse(&n.to_string()) {
            Some(n) => Value::number(n),
            None => Value::null(Type::Number),
        },
        Json::String(s) => Value::string(s.as_str()),
        Json::Array(a) => Value::tuple(a.iter().map(implied)),
        Json::Object(o) => Value::object(o.iter().map(|(k, v)| (k.as_str(), implied(v)))),
    }
}

/// A number in JSON, with all its digits.
#[must_use]
pub fn number_json(n: &Number) -> Json {
    match n.to_i64() {
        Some(small) => Json::from(small),
        None => match serde_json::from_str(&n.to_string()) {
            Ok(json) => json,
            Err(_) => Json::Null,
        },
    }
}

/// A type in Terraform's JSON notation: `"string"`, `["list","string"]`, `["object",{...}]`…
#[must_use]
pub fn type_json(ty: &Type) -> Json {
    tree(&TypeText(ty))
}

/// Reads [`type_json`]'s notation.
pub fn type_from_json(json: &Json) -> Result<Type, JsonError> {
    let wrong = || JsonError(format!("{json} is not a type"));
    match json {
        Json::String(s) => match s.as_str() {
            "dynamic" => Ok(Type::Dynamic),
            "bool" => Ok(Type::Bool),
            "number" => Ok(Type::Number),
            "string" => Ok(Type::String),
            _ => Err(wrong()),
        },
        Json::Array(a) => match (a.first().and_then(Json::as_str), a.get(1)) {
            (Some("list"), Some(t)) => Ok(Type::list(type_from_json(t)?)),
            (Some("set"), Some(t)) => Ok(Type::set(type_from_json(t)?)),
            (Some("map"), Some(t)) => Ok(Type::map(type_from_json(t)?)),
            (Some("tuple"), Some(Json::Array(ts))) => Ok(Type::Tuple(
                ts.iter().map(type_from_json).collect::<Result<_, _>>()?,
            )),
            (Some("object"), Some(Json::Object(o))) => {
                let attributes = o.iter().map(|(k, t)| Ok((k.as_str(), type_from_json(t)?)));
                let mut ty = ObjectType {
                    attributes: attributes.collect::<Result<_, _>>()?,
                    ..ObjectType::default()
                };
                for name in a.get(2).and_then(Json::as_array).into_iter().flatten() {
                    ty.optional.insert(name.as_str().ok_or_else(wrong)?.into());
                }
                Ok(Type::Object(Arc::new(ty)))
            }
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_text::typed_text;
    use serde_json::json;

    #[test]
    fn dynamic_values_keep_their_type() {
        let ty = Type::object([("input", Type::Dynamic)]);
        let value = Value::object([("input", Value::set(Type::String, [Value::from("a")]))]);
        let json: Json = serde_json::from_str(&typed_text(&value, &ty)).unwrap();
        assert_eq!(
            json,
            json!({"input": {"value": ["a"], "type": ["set", "string"]}})
        );
        assert_eq!(from_json(&json, &ty), Ok(value));
    }

    #[test]
    fn types_are_written_and_read() {
        let mut optional = ObjectType::default();
        optional
            .attributes
            .insert("a".into(), Type::list(Type::Dynamic));
        optional.optional.insert("a".into());
        let ty = Type::tuple([
            Type::map(Type::set(Type::Bool)),
            Type::object([("n", Type::Number)]),
            Type::Object(Arc::new(optional)),
        ]);
        let json = json!(["tuple", [
            ["map", ["set", "bool"]],
            ["object", {"n": "number"}],
            ["object", {"a": ["list", "dynamic"]}, ["a"]],
        ]]);
        assert_eq!(type_json(&ty), json);
        assert_eq!(type_from_json(&json), Ok(ty));
    }

    #[test]
    fn big_numbers_keep_their_digits() {
        let text = "123456789012345678901234567890.5";
        let json: Json = serde_json::from_str(text).unwrap();
        let value = from_json(&json, &Type::Number).unwrap();
        assert_eq!(to_json(&value).to_string(), text);
    }

    #[test]
    fn surplus_attributes_are_refused() {
        let ty = Type::object([("a", Type::String)]);
        assert!(from_json(&json!({"b": 1}), &ty).is_err());
    }
}
