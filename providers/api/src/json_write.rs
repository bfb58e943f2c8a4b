//! Values and types as JSON for a writer, without a tree of them in between: states and plans have a hundred thousand.
//!
//! The forms are those of [`crate::json`], which makes its trees from these.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::json::number_json;
use crate::{Fields, Kind, Number, ObjectType, Type, Value};

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

/// A value for storage under a type, in the form of [`crate::json::to_typed_json`].
pub struct TypedText<'v>(pub &'v Value, pub &'v Type);

impl Serialize for TypedText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let TypedText(value, ty) = self;
        match (value.kind(), ty) {
            (Kind::Null(_), Type::Dynamic) => serializer.serialize_unit(),
            (_, Type::Dynamic) => {
                let mut map = serializer.serialize_map(Some(2))?;
                // In the order of Terraform's state files.
                map.serialize_entry("value", &PlainText(value))?;
                map.serialize_entry("type", &TypeText(&value.ty()))?;
                map.end()
            }
            (Kind::List(_, v) | Kind::Set(_, v), Type::List(t) | Type::Set(t)) => {
                serializer.collect_seq(v.iter().map(|e| TypedText(e, t)))
            }
            (Kind::Tuple(v), Type::Tuple(ts)) => {
                let elements = v.iter().zip(ts.iter());
                serializer.collect_seq(elements.map(|(e, t)| TypedText(e, t)))
            }
            (Kind::Map(_, f), Type::Map(t)) => {
                serializer.collect_map(f.iter().map(|(k, e)| (&**k, TypedText(e, t))))
            }
            (Kind::Object(f), Type::Object(o)) => fields(f, o, serializer),
            _ => PlainText(value).serialize(serializer),
        }
    }
}

/// The fields of an object, as far as the type has them by their types.
fn fields<S: Serializer>(f: &Fields, ty: &ObjectType, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(f.len()))?;
    for (name, value) in f.iter() {
        match ty.attributes.get(name) {
            Some(ty) => map.serialize_entry(&**name, &TypedText(value, ty))?,
            None => map.serialize_entry(&**name, &PlainText(value))?,
        }
    }
    map.end()
}
