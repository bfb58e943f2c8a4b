//! Values and types as JSON for a writer, without a tree of them in between: states and plans have a hundred thousand.
//!
//! The forms are those of [`crate::json`], which makes its trees from these.

use serde::ser::{Serialize, Serializer};

use crate::json::number_json;
use crate::{Kind, Number, ObjectType, Type, Value};

/// A type in the form of [`crate::json::type_json`].
pub struct TypeText<'t>(pub &'t Type);

impl Serialize for TypeText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Type::List(t) => ("list", TypeText(t)).serialize(serializer),
            Type::Set(t) => ("set", TypeText(t)).serialize(serializer),
            Type::Map(t) => ("map", TypeText(t)).serialize(serializer),
            Type::Dynamic => serializer.serialize_str("dynamic"),
            Type::Bool => serializer.serialize_str("bool"),
            Type::Number => serializer.serialize_str("number"),
            Type::String => serializer.serialize_str("string"),
            Type::Tuple(ts) => ("tuple", TypeTexts(ts)).serialize(serializer),
            Type::Object(o) if o.optional.is_empty() => {
                ("object", AttributeTexts(o)).serialize(serializer)
            }
            Type::Object(o) => {
                let optional: Vec<&str> = o.optional.iter().map(|n| &**n).collect();
                ("object", AttributeTexts(o), optional).serialize(serializer)
            }
        }
    }
}

struct TypeTexts<'t>(&'t [Type]);

impl Serialize for TypeTexts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(TypeText))
    }
}

struct AttributeTexts<'t>(&'t ObjectType);

impl Serialize for AttributeTexts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let attributes = self.0.attributes.iter();
        serializer.collect_map(attributes.map(|(name, ty)| (&**name, TypeText(ty))))
    }
}

/// Writes a number with all its digits.
pub fn number<S: Serializer>(n: &Number, serializer: S) -> Result<S::Ok, S::Error> {
    match n.to_i64() {
        Some(small) => serializer.serialize_i64(small),
        None => number_json(n).serialize(serializer),
    }
}

/// A value in the form of [`crate::json::to_json`].
pub struct PlainText<'v>(pub &'v Value);

impl Serialize for PlainText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.kind() {
            Kind::Null(_) | Kind::Unknown(..) => serializer.serialize_unit(),
            Kind::Bool(b) => serializer.serialize_bool(*b),
            Kind::Number(n) => number(n, serializer),
            Kind::String(s) => serializer.serialize_str(s),
            Kind::List(_, v) | Kind::Set(_, v) | Kind::Tuple(v) => {
                serializer.collect_seq(v.iter().map(PlainText))
            }
            Kind::Map(_, f) | Kind::Object(f) => {
                serializer.collect_map(f.iter().map(|(k, v)| (&**k, PlainText(v))))
            }
        }
    }
}
