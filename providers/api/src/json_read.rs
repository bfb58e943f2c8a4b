//! Stored values from JSON text without a tree in between: a state has a hundred thousand.
//!
//! It reads what [`crate::json::to_typed_json`] has written, and leaves out attributes that the type does not have. Where
//! it finds anything else it gives up: [`crate::json`] reads that, and says what is wrong.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::{from_json, type_from_json};
use crate::{Number, ObjectType, Type, Value};

/// The value of the type `ty` in a text. `None` where it takes more than this to read it.
#[must_use]
pub fn read(text: &str, ty: &Type) -> Option<Value> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Typed(ty).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some(value)
}

/// A place for a value of a type.
struct Typed<'t>(&'t Type);

/// A text, which is copied only where it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A value with its type, as dynamic places hold it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dynamic<'a> {
    #[serde(borrow)]
    value: &'a RawValue,
    #[serde(borrow, rename = "type")]
    ty: &'a RawValue,
}

impl<'de> DeserializeSeed<'de> for Typed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if let Type::Object(object) = self.0 {
            return deserializer.deserialize_option(Attributes(self.0, object));
        }
        let text = <&RawValue>::deserialize(deserializer)?.get();
        scalar(text, self.0).ok_or_else(|| D::Error::custom("not so simple"))
    }
}

/// A value without attributes of its own.
fn scalar(text: &str, ty: &Type) -> Option<Value> {
    if text == "null" {
        return Some(Value::null(ty.clone()));
    }
    match ty {
        Type::Bool => Some(Value::bool(text.parse().ok()?)),
        Type::Number => Some(Value::number(Number::parse(text)?)),
        Type::String => Some(Value::string(
            &*serde_json::from_str::<Text<'_>>(text).ok()?.0,
        )),
        Type::Dynamic => {
            let found: Dynamic<'_> = serde_json::from_str(text).ok()?;
            let ty = match found.ty.get() {
                "\"string\"" => Type::String,
                "\"number\"" => Type::Number,
                "\"bool\"" => Type::Bool,
                other => type_from_json(&serde_json::from_str(other).ok()?).ok()?,
            };
            match ty {
                // What is in a dynamic place has all that its own type has.
                Type::Bool | Type::Number | Type::String => scalar(found.value.get(), &ty),
                ty => from_json(&serde_json::from_str(found.value.get()).ok()?, &ty).ok(),
            }
        }
        _ => None,
    }
}

struct Attributes<'t>(&'t Type, &'t ObjectType);

impl<'de> Visitor<'de> for Attributes<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::null(self.0.clone()))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let attributes = &self.1.attributes;
        let mut found = Vec::with_capacity(attributes.len());
        while let Some(name) = map.next_key::<Text<'de>>()? {
            match attributes.get_key_value(&*name.0) {
                Some((name, ty)) => found.push((name.clone(), map.next_value_seed(Typed(ty))?)),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        // Most often all are there, once each and in order.
        if !found.iter().map(|(name, _)| name).eq(attributes.keys()) {
            let missing = attributes
                .iter()
                .filter(|(name, _)| !found.iter().any(|(n, _)| n == *name));
            let missing: Vec<_> = missing
                .map(|(name, ty)| (name.clone(), Value::null(ty.clone())))
                .collect();
            found.extend(missing);
        }
        Ok(Value::object(found))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::to_typed_json;

    #[test]
    fn what_is_written_is_read() {
        let ty = Type::object([
            ("any", Type::Dynamic),
            ("flag", Type::Bool),
            (
                "inner",
                Type::object([("n", Type::Number), ("s", Type::String)]),
            ),
            ("none", Type::object([("n", Type::Number)])),
            ("some", Type::Dynamic),
            ("text", Type::String),
        ]);
        let inner = Value::object([
            (
                "n",
                Value::number(Number::parse("123456789012345678901234567890.5").unwrap()),
            ),
            ("s", Value::null(Type::String)),
        ]);
        let value = Value::object([
            ("any", Value::tuple([Value::from("a"), Value::number(1)])),
            ("flag", Value::from(true)),
            ("inner", inner),
            ("none", Value::null(Type::object([("n", Type::Number)]))),
            ("some", Value::number(-7)),
            ("text", Value::from("a \"b\"\n\u{e9}")),
        ]);
        let text = to_typed_json(&value, &ty).to_string();
        assert_eq!(read(&text, &ty), Some(value.clone()));
        assert_eq!(
            from_json(&serde_json::from_str(&text).unwrap(), &ty),
            Ok(value)
        );
    }

    #[test]
    fn attributes_come_and_go() {
        let ty = Type::object([("a", Type::String), ("b", Type::Number)]);
        let text = json!({"gone": {"x": [1]}, "b": 1}).to_string();
        let value = Value::object([("a", Value::null(Type::String)), ("b", Value::number(1))]);
        assert_eq!(read(&text, &ty), Some(value));
    }

    #[test]
    fn what_is_not_simple_is_left() {
        let list = Type::object([("l", Type::list(Type::String))]);
        assert_eq!(read(r#"{"l":["a"]}"#, &list), None);
        let number = Type::object([("n", Type::Number)]);
        assert_eq!(read(r#"{"n":"12"}"#, &number), None);
        assert_eq!(read(r#"{"n":1} x"#, &number), None);
        assert_eq!(read("[]", &number), None);
        assert_eq!(read("5", &number), None, "a number is no object");
    }
}
