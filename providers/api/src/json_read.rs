//! Stored values from JSON text without a tree in between: a state has a hundred thousand.
//!
//! It reads what [`crate::json::to_typed_json`] has written, and leaves out attributes that the type does not have. Where
//! it finds anything else it gives up: [`crate::json`] reads that, and says what is wrong.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{
    self, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use crate::json::type_from_json;
use crate::{Kind, Number, Type, Value};

/// The value of a type, within a text that is being read. It fails where it takes more than this to read it.
pub struct Typed<'t> {
    ty: &'t Type,
    /// What the type does not have is an error, as in dynamic places, which hold all that their own type has.
    closed: bool,
}

impl<'t> Typed<'t> {
    /// A place for a value of the type `ty`. Attributes that it does not have are left out.
    #[must_use]
    pub fn of(ty: &'t Type) -> Typed<'t> {
        Typed { ty, closed: false }
    }

    /// A place within this one.
    fn inner(&self, ty: &'t Type) -> Typed<'t> {
        Typed {
            ty,
            closed: self.closed,
        }
    }
}

/// A text, which is copied only where it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// What a dynamic place holds.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Part {
    Type,
    Value,
}

/// The name of an attribute, which is looked for only where it is not the one that comes next.
struct Named<'t> {
    next: Option<(&'t Arc<str>, &'t Type)>,
    all: &'t BTreeMap<Arc<str>, Type>,
}

impl<'de, 't> DeserializeSeed<'de> for Named<'t> {
    type Value = Option<(&'t Arc<str>, &'t Type)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'t> Visitor<'_> for Named<'t> {
    type Value = Option<(&'t Arc<str>, &'t Type)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of an attribute")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(match self.next {
            Some((next, _)) if **next == *name => self.next,
            _ => self.all.get_key_value(name),
        })
    }
}

impl<'de> DeserializeSeed<'de> for Typed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let null = || Value::null(self.ty.clone());
        match self.ty {
            Type::String | Type::Bool => deserializer.deserialize_any(self),
            Type::Number => {
                let text = <&RawValue>::deserialize(deserializer)?.get();
                if text == "null" {
                    return Ok(null());
                }
                let number = Number::parse(text);
                number.map(Value::number).ok_or_else(not_so_simple)
            }
            Type::Dynamic
            | Type::Object(_)
            | Type::List(_)
            | Type::Set(_)
            | Type::Map(_)
            | Type::Tuple(_) => deserializer.deserialize_option(self),
        }
    }
}

/// A value with its type, as dynamic places hold it, in either order.
fn dynamic<'de, A: MapAccess<'de>>(mut map: A) -> Result<Value, A::Error> {
    let (mut ty, mut value) = (None, None);
    while let Some(part) = map.next_key()? {
        let found = match part {
            Part::Type => &mut ty,
            Part::Value => &mut value,
        };
        if found.replace(map.next_value::<&RawValue>()?).is_some() {
            return Err(not_so_simple());
        }
    }
    let (Some(ty), Some(value)) = (ty, value) else {
        return Err(not_so_simple());
    };
    let place = Typed {
        ty: &type_of(ty.get()).ok_or_else(not_so_simple)?,
        closed: true,
    };
    let mut reader = serde_json::Deserializer::from_str(value.get());
    place.deserialize(&mut reader).map_err(A::Error::custom)
}

fn not_so_simple<E: de::Error>() -> E {
    E::custom("not so simple")
}

/// The type that a text says. Neighbours in a state have the same ones, so the last is kept.
fn type_of(text: &str) -> Option<Type> {
    thread_local! {
        static LAST: RefCell<Option<(Box<str>, Type)>> = const { RefCell::new(None) };
    }
    match text {
        "\"string\"" => Some(Type::String),
        "\"number\"" => Some(Type::Number),
        "\"bool\"" => Some(Type::Bool),
        _ => LAST.with_borrow_mut(|last| {
            if let Some((known, ty)) = last
                && **known == *text
            {
                return Some(ty.clone());
            }
            let ty = type_from_json(&serde_json::from_str(text).ok()?).ok()?;
            *last = Some((text.into(), ty.clone()));
            Some(ty)
        }),
    }
}

/// All but numbers, which are read as they are written.
impl<'de> Visitor<'de> for Typed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {}", self.ty.friendly_name())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        match self.ty {
            Type::String => Ok(Value::string(text)),
            _ => Err(not_so_simple()),
        }
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Value, E> {
        match self.ty {
            Type::Bool => Ok(Value::bool(flag)),
            _ => Err(not_so_simple()),
        }
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::null(self.ty.clone()))
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::null(self.ty.clone()))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.ty {
            Type::List(_) | Type::Set(_) | Type::Tuple(_) => deserializer.deserialize_seq(self),
            _ => deserializer.deserialize_map(self),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut found = Vec::new();
        match self.ty {
            Type::Tuple(types) => {
                found.reserve_exact(types.len());
                for ty in types.iter() {
                    let element = seq.next_element_seed(self.inner(ty))?;
                    found.push(element.ok_or_else(not_so_simple)?);
                }
                match seq.next_element::<IgnoredAny>()? {
                    None => Ok(Value::tuple(found)),
                    Some(_) => Err(not_so_simple()),
                }
            }
            Type::List(ty) | Type::Set(ty) => {
                while let Some(element) = seq.next_element_seed(self.inner(ty))? {
                    found.push(element);
                }
                Ok(match self.ty {
                    Type::List(_) => Value::list((**ty).clone(), found),
                    _ => Value::set((**ty).clone(), found),
                })
            }
            _ => Err(not_so_simple()),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let attributes = match self.ty {
            Type::Map(ty) => {
                let mut found = Vec::new();
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    let value = map.next_value_seed(self.inner(ty))?;
                    found.push((Arc::<str>::from(&*key.0), value));
                }
                return Ok(Value::map((**ty).clone(), found));
            }
            Type::Object(object) => &object.attributes,
            Type::Dynamic => return dynamic(map),
            _ => return Err(not_so_simple()),
        };
        let mut found = Vec::with_capacity(attributes.len());
        // Most often all are there, once each and in order.
        let mut order = attributes.iter();
        let (mut next, mut in_order) = (order.next(), true);
        while let Some(known) = map.next_key_seed(Named {
            next,
            all: attributes,
        })? {
            match known {
                Some((name, ty)) => {
                    found.push((name.clone(), map.next_value_seed(self.inner(ty))?));
                    in_order &= next.is_some_and(|(next, _)| Arc::ptr_eq(next, name));
                    next = order.next();
                }
                None if self.closed => return Err(not_so_simple()),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if !in_order || next.is_some() {
            let missing = attributes
                .iter()
                .filter(|(name, _)| !found.iter().any(|(n, _)| n == *name));
            let missing: Vec<_> = missing
                .map(|(name, ty)| (name.clone(), Value::null(ty.clone())))
                .collect();
            found.extend(missing);
        }
        Ok(Value::new(Kind::Object(found.into())))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::{from_json, to_typed_json};

    fn read(text: &str, ty: &Type) -> Option<Value> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let value = Typed::of(ty).deserialize(&mut reader).ok()?;
        reader.end().ok()?;
        Some(value)
    }

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
            ("list", Type::list(Type::list(Type::String))),
            ("map", Type::map(Type::Number)),
            ("set", Type::set(Type::String)),
            ("deep", Type::Dynamic),
            ("nothing", Type::list(Type::Bool)),
        ]);
        let deep = Value::object([
            ("empty", Value::tuple([])),
            ("map", Value::map(Type::Bool, [("k", Value::bool(true))])),
            ("none", Value::null(Type::list(Type::String))),
            (
                "set",
                Value::set(Type::Number, [Value::number(2), Value::number(1)]),
            ),
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
            (
                "list",
                Value::list(
                    Type::list(Type::String),
                    [
                        Value::list(Type::String, [Value::from("\\"), Value::null(Type::String)]),
                        Value::null(Type::list(Type::String)),
                    ],
                ),
            ),
            ("map", Value::map(Type::Number, [("a b", Value::number(1))])),
            (
                "set",
                Value::set(Type::String, [Value::from("z"), Value::from("a")]),
            ),
            ("deep", Value::tuple([deep, Value::from("x")])),
            ("nothing", Value::null(Type::list(Type::Bool))),
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
        assert_eq!(read(r#"{"l":{"a":"b"}}"#, &list), None);
        let any = Type::object([("d", Type::Dynamic)]);
        let one = Value::object([("d", Value::number(1))]);
        for right in [
            r#"{"type":"number","value":1}"#,
            r#"{"value":1,"type":"number"}"#,
        ] {
            let found = read(&format!(r#"{{"d":{right}}}"#), &any);
            assert_eq!(found.as_ref(), Some(&one), "{right}");
        }
        for wrong in [
            r#"{"value":[1,2],"type":["tuple",["number"]]}"#,
            r#"{"value":[1],"type":["tuple",["number","number"]]}"#,
            r#"{"value":{"x":1,"y":2},"type":["object",{"x":"number"}]}"#,
            r#"{"value":1}"#,
            r#"{"type":"number"}"#,
            r#"{"type":"number","value":1,"value":2}"#,
            r#"{"value":1,"type":"number","value":2}"#,
            r#"{"type":"number","value":1,"more":2}"#,
            r#"{"type":"string","value":1}"#,
            r#"{"type":["map","string"],"value":1}"#,
            r#"[1]"#,
        ] {
            assert_eq!(read(&format!(r#"{{"d":{wrong}}}"#), &any), None, "{wrong}");
        }
        let number = Type::object([("n", Type::Number)]);
        assert_eq!(read(r#"{"n":"12"}"#, &number), None);
        assert_eq!(read(r#"{"n":1} x"#, &number), None);
        assert_eq!(read("[]", &number), None);
        assert_eq!(read("5", &number), None, "a number is no object");
    }
}
