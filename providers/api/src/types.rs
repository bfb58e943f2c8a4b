//! The types of the language. A type says what a value may be; it never holds one.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use crate::ByName;

/// A type. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// Any type: a placeholder in schemas and constraints, and the type of a wholly unknown value.
    Dynamic,
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `list(T)`
    List(Arc<Type>),
    /// `set(T)`
    Set(Arc<Type>),
    /// `map(T)`
    Map(Arc<Type>),
    /// `tuple([...])`
    Tuple(Arc<[Type]>),
    /// `object({...})`
    Object(Arc<ObjectType>),
}

/// The type of the elements of a collection. One pointer, and values have it beside their elements; those of simple types
/// share what they point to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Element(Arc<Type>);

impl Deref for Element {
    type Target = Type;

    fn deref(&self) -> &Type {
        &self.0
    }
}

impl From<Type> for Element {
    fn from(ty: Type) -> Element {
        static SIMPLE: LazyLock<[Element; 4]> = LazyLock::new(|| {
            let simple = [Type::Dynamic, Type::Bool, Type::Number, Type::String];
            simple.map(|ty| Element(Arc::new(ty)))
        });
        match SIMPLE.iter().find(|simple| ***simple == ty) {
            Some(simple) => simple.clone(),
            None => Element(Arc::new(ty)),
        }
    }
}

impl From<Arc<Type>> for Element {
    fn from(ty: Arc<Type>) -> Element {
        Element(ty)
    }
}

impl From<Element> for Arc<Type> {
    fn from(element: Element) -> Arc<Type> {
        element.0
    }
}

/// The attributes of an object type.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectType {
    /// Attribute names and types, sorted by name.
    pub attributes: ByName<Type>,
    /// The names that may be left out in a conversion (constraints only).
    pub optional: BTreeSet<Arc<str>>,
}

impl Type {
    /// `list(element)`
    #[must_use]
    pub fn list(element: impl Into<Element>) -> Type {
        Type::List(element.into().into())
    }

    /// `set(element)`
    #[must_use]
    pub fn set(element: impl Into<Element>) -> Type {
        Type::Set(element.into().into())
    }

    /// `map(element)`
    #[must_use]
    pub fn map(element: impl Into<Element>) -> Type {
        Type::Map(element.into().into())
    }

    /// `object({...})` without optional attributes.
    pub fn object<K: Into<Arc<str>>>(attributes: impl IntoIterator<Item = (K, Type)>) -> Type {
        Type::Object(Arc::new(ObjectType {
            attributes: attributes.into_iter().map(|(k, t)| (k.into(), t)).collect(),
            optional: BTreeSet::new(),
        }))
    }

    /// `tuple([...])`
    pub fn tuple(elements: impl IntoIterator<Item = Type>) -> Type {
        Type::Tuple(elements.into_iter().collect())
    }

    /// Whether this is `bool`, `number` or `string`.
    #[must_use]
    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// Whether this is a list, set or map type.
    #[must_use]
    pub fn is_collection(&self) -> bool {
        matches!(self, Type::List(_) | Type::Set(_) | Type::Map(_))
    }

    /// The element type of a list, set or map type.
    #[must_use]
    pub fn element(&self) -> Option<&Type> {
        match self {
            Type::List(t) | Type::Set(t) | Type::Map(t) => Some(t),
            _ => None,
        }
    }

    /// Whether [`Type::Dynamic`] occurs anywhere in this type.
    #[must_use]
    pub fn has_dynamic(&self) -> bool {
        match self {
            Type::Dynamic => true,
            Type::Bool | Type::Number | Type::String => false,
            Type::List(t) | Type::Set(t) | Type::Map(t) => t.has_dynamic(),
            Type::Tuple(ts) => ts.iter().any(Type::has_dynamic),
            Type::Object(o) => o.attributes.values().any(Type::has_dynamic),
        }
    }

    /// The name used in messages to people: `string`, `list of string`, `object`, `tuple`…
    #[must_use]
    pub fn friendly_name(&self) -> String {
        match self {
            Type::Dynamic => "dynamic".into(),
            Type::Bool => "bool".into(),
            Type::Number => "number".into(),
            Type::String => "string".into(),
            Type::List(t) => format!("list of {}", t.friendly_name()),
            Type::Set(t) => format!("set of {}", t.friendly_name()),
            Type::Map(t) => format!("map of {}", t.friendly_name()),
            Type::Tuple(_) => "tuple".into(),
            Type::Object(_) => "object".into(),
        }
    }
}

impl fmt::Display for Type {
    /// Writes the type constraint syntax of the language on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dynamic => f.write_str("dynamic"),
            Type::Bool => f.write_str("bool"),
            Type::Number => f.write_str("number"),
            Type::String => f.write_str("string"),
            Type::List(t) => write!(f, "list({t})"),
            Type::Set(t) => write!(f, "set({t})"),
            Type::Map(t) => write!(f, "map({t})"),
            Type::Tuple(ts) => {
                f.write_str("tuple([")?;
                for (i, t) in ts.iter().enumerate() {
                    write!(f, "{}{t}", if i > 0 { "," } else { "" })?;
                }
                f.write_str("])")
            }
            Type::Object(o) => {
                f.write_str("object({")?;
                for (i, (name, t)) in o.attributes.iter().enumerate() {
                    let comma = if i > 0 { "," } else { "" };
                    if o.optional.contains(name) {
                        write!(f, "{comma}{name}=optional({t})")?;
                    } else {
                        write!(f, "{comma}{name}={t}")?;
                    }
                }
                f.write_str("})")
            }
        }
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
