//! Values as they are compared and shown: without types, in the shapes of JSON.
//!
//! A set or tuple is a list here and a map an object; what a schema says comes separately. Numbers are
//! compared as they are written, so that a number within a JSON text is shown as it stands there.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value as Json;
use trunkline_api::{Kind, Number, Value};

/// A value without its type. Names and texts are those of the value that it was made from.
#[derive(Clone)]
pub enum Data<'v> {
    /// Not known before apply.
    Unknown,
    /// Null.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number as it is written.
    Number(Digits<'v>),
    /// A string.
    Text(&'v str),
    /// A list, set or tuple.
    List(Vec<Data<'v>>),
    /// An object or map, sorted by name.
    Object(Vec<(&'v str, Data<'v>)>),
    /// Something that must not be shown.
    Sensitive(Box<Data<'v>>),
}

/// How a number is written.
#[derive(Clone, PartialEq, Eq)]
pub enum Digits<'v> {
    /// Whole, not zero, and no longer than a double holds: written as anybody would.
    Whole(i64),
    /// In any other way.
    Written(Cow<'v, str>),
}

impl Digits<'_> {
    fn of(number: &Number) -> Digits<'static> {
        match number.to_i64() {
            Some(n) if n != 0 && n.unsigned_abs() < 1 << 53 => Digits::Whole(n),
            _ => Digits::Written(number.to_string().into()),
        }
    }
}

impl fmt::Display for Digits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Digits::Whole(n) => n.fmt(f),
            Digits::Written(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for Data<'_> {
    /// Masks what is sensitive.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Data::Unknown => f.write_str("unknown"),
            Data::Null => f.write_str("null"),
            Data::Bool(b) => write!(f, "{b}"),
            Data::Number(n) => write!(f, "{n}"),
            Data::Text(t) => write!(f, "{t:?}"),
            Data::List(items) => f.debug_list().entries(items).finish(),
            Data::Object(fields) => {
                let fields = fields.iter().map(|(k, v)| (k, v));
                f.debug_map().entries(fields).finish()
            }
            Data::Sensitive(_) => f.write_str("(sensitive)"),
        }
    }
}

impl<'v> Data<'v> {
    /// The value, with sensitive parts wrapped.
    #[must_use]
    pub fn from_value(value: &'v Value) -> Data<'v> {
        let data = match value.kind() {
            Kind::Null(_) => Data::Null,
            Kind::Unknown(..) => Data::Unknown,
            Kind::Bool(b) => Data::Bool(*b),
            Kind::Number(n) => Data::Number(Digits::of(n)),
            Kind::String(s) => Data::Text(s),
            Kind::List(_, v) | Kind::Set(_, v) | Kind::Tuple(v) => {
                Data::List(v.iter().map(Data::from_value).collect())
            }
            Kind::Map(_, f) | Kind::Object(f) => {
                Data::Object(f.iter().map(|(k, v)| (&**k, Data::from_value(v))).collect())
            }
        };
        if value.marks().is_sensitive() {
            Data::Sensitive(Box::new(data))
        } else {
            data
        }
    }

    /// A JSON document. Numbers keep their digits.
    #[must_use]
    pub fn from_json(json: &'v Json) -> Data<'v> {
        match json {
            Json::Null => Data::Null,
            Json::Bool(b) => Data::Bool(*b),
            Json::Number(n) => Data::Number(Digits::Written(n.as_str().into())),
            Json::String(s) => Data::Text(s),
            Json::Array(a) => Data::List(a.iter().map(Data::from_json).collect()),
            Json::Object(o) => {
                let mut fields: Vec<(&str, Data<'_>)> = o
                    .iter()
                    .map(|(k, v)| (k.as_str(), Data::from_json(v)))
                    .collect();
                fields.sort_by(|a, b| a.0.cmp(b.0));
                Data::Object(fields)
            }
        }
    }

    /// The value itself, and whether it was sensitive.
    #[must_use]
    pub fn reveal(&self) -> (&Data<'v>, bool) {
        let mut data = self;
        let mut sensitive = false;
        while let Data::Sensitive(inner) = data {
            data = inner;
            sensitive = true;
        }
        (data, sensitive)
    }

    /// Whether it is null, sensitive or not.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.reveal().0, Data::Null)
    }

    /// The value unless it is null: an attribute that is null counts as not there.
    #[must_use]
    pub fn present(&self) -> Option<&Data<'v>> {
        (!self.is_null()).then_some(self)
    }

    /// The element called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Data<'v>> {
        match self.reveal().0 {
            Data::Object(fields) => {
                let at = fields.binary_search_by(|(k, _)| (*k).cmp(name)).ok()?;
                Some(&fields[at].1)
            }
            _ => None,
        }
    }

    /// The elements of a list.
    #[must_use]
    pub fn items(&self) -> &[Data<'v>] {
        match self.reveal().0 {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// The fields of an object.
    #[must_use]
    pub fn fields(&self) -> &[(&'v str, Data<'v>)] {
        match self.reveal().0 {
            Data::Object(fields) => fields,
            _ => &[],
        }
    }

    /// Whether both are the same as far as is known: marks do not count, an unknown element is like a
    /// null and an unknown attribute like none.
    #[must_use]
    pub fn same(&self, other: &Data<'_>) -> bool {
        match (self.reveal().0, other.reveal().0) {
            (Data::Null | Data::Unknown, Data::Null | Data::Unknown) => true,
            (Data::Bool(a), Data::Bool(b)) => a == b,
            (Data::Number(a), Data::Number(b)) => a == b,
            (Data::Text(a), Data::Text(b)) => a == b,
            (Data::List(a), Data::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.same(y))
            }
            (Data::Object(a), Data::Object(b)) => {
                let known = |f: &&(&str, Data<'_>)| !matches!(f.1.reveal().0, Data::Unknown);
                a.iter().filter(known).count() == b.iter().filter(known).count()
                    && a.iter()
                        .filter(known)
                        .zip(b.iter().filter(known))
                        .all(|(x, y)| x.0 == y.0 && x.1.same(&y.1))
            }
            _ => false,
        }
    }
}
