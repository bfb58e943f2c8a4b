//! Values as they are compared and shown: without types, in the shapes of JSON.
//!
//! A set or tuple is a list here and a map an object; what a schema says comes separately. Numbers are
//! kept as text, so that a number within a JSON text is shown as it was written.

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;
use trunkline_api::{Kind, Value};

/// A value without its type.
#[derive(Clone)]
pub enum Data {
    /// Not known before apply.
    Unknown,
    /// Null.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number as it is written.
    Number(String),
    /// A string.
    Text(Arc<str>),
    /// A list, set or tuple.
    List(Vec<Data>),
    /// An object or map, sorted by name.
    Object(Vec<(Arc<str>, Data)>),
    /// Something that must not be shown.
    Sensitive(Box<Data>),
}

impl fmt::Debug for Data {
    /// Masks what is sensitive.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Data::Unknown => f.write_str("unknown"),
            Data::Null => f.write_str("null"),
            Data::Bool(b) => write!(f, "{b}"),
            Data::Number(n) => f.write_str(n),
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

impl Data {
    /// The value, with sensitive parts wrapped.
    #[must_use]
    pub fn from_value(value: &Value) -> Data {
        let data = match value.kind() {
            Kind::Null(_) => Data::Null,
            Kind::Unknown(..) => Data::Unknown,
            Kind::Bool(b) => Data::Bool(*b),
            Kind::Number(n) => Data::Number(n.to_string()),
            Kind::String(s) => Data::Text(s.clone()),
            Kind::List(_, v) | Kind::Set(_, v) | Kind::Tuple(v) => {
                Data::List(v.iter().map(Data::from_value).collect())
            }
            Kind::Map(_, f) | Kind::Object(f) => Data::Object(
                f.iter()
                    .map(|(k, v)| (k.clone(), Data::from_value(v)))
                    .collect(),
            ),
        };
        if value.marks().is_sensitive() {
            Data::Sensitive(Box::new(data))
        } else {
            data
        }
    }

    /// A JSON document. Numbers keep their digits.
    #[must_use]
    pub fn from_json(json: &Json) -> Data {
        match json {
            Json::Null => Data::Null,
            Json::Bool(b) => Data::Bool(*b),
            Json::Number(n) => Data::Number(n.to_string()),
            Json::String(s) => Data::Text(s.as_str().into()),
            Json::Array(a) => Data::List(a.iter().map(Data::from_json).collect()),
            Json::Object(o) => {
                let mut fields: Vec<(Arc<str>, Data)> = o
                    .iter()
                    .map(|(k, v)| (k.as_str().into(), Data::from_json(v)))
                    .collect();
                fields.sort_by(|a, b| a.0.cmp(&b.0));
                Data::Object(fields)
            }
        }
    }

    /// The value itself, and whether it was sensitive.
    #[must_use]
    pub fn reveal(&self) -> (&Data, bool) {
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
    pub fn present(&self) -> Option<&Data> {
        (!self.is_null()).then_some(self)
    }

    /// The element called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Data> {
        match self.reveal().0 {
            Data::Object(fields) => {
                let at = fields.binary_search_by(|(k, _)| (**k).cmp(name)).ok()?;
                Some(&fields[at].1)
            }
            _ => None,
        }
    }

    /// The elements of a list.
    #[must_use]
    pub fn items(&self) -> &[Data] {
        match self.reveal().0 {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// The fields of an object.
    #[must_use]
    pub fn fields(&self) -> &[(Arc<str>, Data)] {
        match self.reveal().0 {
            Data::Object(fields) => fields,
            _ => &[],
        }
    }

    /// Whether both are the same as far as is known: marks do not count, an unknown element is like a
    /// null and an unknown attribute like none.
    #[must_use]
    pub fn same(&self, other: &Data) -> bool {
        match (self.reveal().0, other.reveal().0) {
            (Data::Null | Data::Unknown, Data::Null | Data::Unknown) => true,
            (Data::Bool(a), Data::Bool(b)) => a == b,
            (Data::Number(a), Data::Number(b)) => a == b,
            (Data::Text(a), Data::Text(b)) => a == b,
            (Data::List(a), Data::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.same(y))
            }
            (Data::Object(a), Data::Object(b)) => {
                let known = |f: &&(Arc<str>, Data)| !matches!(f.1.reveal().0, Data::Unknown);
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
