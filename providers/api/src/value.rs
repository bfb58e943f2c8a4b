//! The one value type: what expressions evaluate to, what plans compare and what state keeps.
//!
//! A value is shared, so cloning is cheap, and it has one deterministic order everywhere. It knows
//! nothing of schemas, expressions or storage.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock};

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

pub use crate::fields::Fields;
use crate::set_order::set_key;
pub use crate::set_order::set_order;
use crate::{Element, Marks, Number, ObjectType, Step, Type};

/// A value with its marks.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    marks: Marks,
    /// What is within, at any depth: kept, because most walks through a value look for what is not there.
    within: Within,
    /// See [`Value::size`].
    size: u32,
    kind: Kind,
}

/// What can be said of all that is in a value, and of itself but for its marks.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Within {
    /// The marks of what is in it; not its own.
    marks: Marks,
    /// Nothing is unknown.
    known: bool,
    /// No number is infinite.
    finite: bool,
}

impl Within {
    /// What holds where nothing is within.
    const NOTHING: Within = Within {
        marks: Marks::NONE,
        known: true,
        finite: true,
    };
}

/// What a value is, without its marks.
#[derive(Clone, Eq)]
pub enum Kind {
    /// Null of a type.
    Null(Type),
    /// Not known yet, with what is known about it.
    Unknown(Type, Option<Arc<Refinement>>),
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string in Unicode normal form C.
    String(Arc<str>),
    /// A list; the type is the elements'.
    List(Element, Arc<[Value]>),
    /// A set in [`set_order`], without duplicates; the type is the elements'.
    Set(Element, Arc<[Value]>),
    /// A map; the type is the elements'.
    Map(Element, Fields),
    /// A tuple.
    Tuple(Arc<[Value]>),
    /// An object.
    Object(Fields),
}

impl PartialEq for Kind {
    fn eq(&self, other: &Kind) -> bool {
        // Values are compared with what shares their elements more often than not.
        let same = |a: &Arc<[Value]>, b: &Arc<[Value]>| Arc::ptr_eq(a, b) || a == b;
        match (self, other) {
            (Kind::Null(a), Kind::Null(b)) => a == b,
            (Kind::Unknown(a, known), Kind::Unknown(b, other)) => a == b && known == other,
            (Kind::Bool(a), Kind::Bool(b)) => a == b,
            (Kind::Number(a), Kind::Number(b)) => a == b,
            (Kind::String(a), Kind::String(b)) => a == b,
            (Kind::List(a, x), Kind::List(b, y)) | (Kind::Set(a, x), Kind::Set(b, y)) => {
                a == b && same(x, y)
            }
            (Kind::Map(a, x), Kind::Map(b, y)) => a == b && x == y,
            (Kind::Tuple(x), Kind::Tuple(y)) => same(x, y),
            (Kind::Object(x), Kind::Object(y)) => x == y,
            _ => false,
        }
    }
}

/// How many bytes of a string count as much as a value, see [`Value::size`].
pub const SIZE_OF_TEXT: usize = 16;

impl Kind {
    /// See [`Value::size`], and what is within.
    fn sum(&self) -> (u32, Within) {
        let nothing = Within::NOTHING;
        match self {
            Kind::Null(_) | Kind::Bool(_) => (1, nothing),
            Kind::Number(n) => {
                let finite = !n.is_infinite();
                (1, Within { finite, ..nothing })
            }
            Kind::Unknown(..) => {
                let known = false;
                (1, Within { known, ..nothing })
            }
            Kind::String(s) => {
                let size = u32::try_from(1 + s.len() / SIZE_OF_TEXT);
                (size.unwrap_or(u32::MAX), nothing)
            }
            Kind::List(_, v) | Kind::Set(_, v) | Kind::Tuple(v) => {
                v.iter().fold((1, nothing), with_element)
            }
            Kind::Map(_, f) | Kind::Object(f) => f.values().fold((1, nothing), with_element),
        }
    }
}

/// What can be said of a collection with one element more.
fn with_element((size, within): (u32, Within), element: &Value) -> (u32, Within) {
    let within = Within {
        marks: within.marks | element.marks_deep(),
        known: within.known && element.within.known,
        finite: within.finite && element.within.finite,
    };
    (size.saturating_add(element.size), within)
}

/// What is known about an unknown value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refinement {
    /// It will not be null.
    pub not_null: bool,
    /// A string that will begin so.
    pub prefix: Option<Arc<str>>,
    /// A number or collection length will be at least this; the flag says inclusive.
    pub lower: Option<(Number, bool)>,
    /// A number or collection length will be at most this; the flag says inclusive.
    pub upper: Option<(Number, bool)>,
}

impl Value {
    /// A value without marks.
    #[must_use]
    pub fn new(kind: Kind) -> Value {
        let (size, within) = kind.sum();
        Value {
            marks: Marks::NONE,
            within,
            size,
            kind,
        }
    }

    /// Null of type `ty`.
    #[must_use]
    pub fn null(ty: Type) -> Value {
        Value::new(Kind::Null(ty))
    }

    /// An unknown value of type `ty`.
    #[must_use]
    pub fn unknown(ty: Type) -> Value {
        Value::new(Kind::Unknown(ty, None))
    }

    /// An unknown value that will not be null; of an unknown type nothing can be said.
    #[must_use]
    pub fn unknown_not_null(ty: Type) -> Value {
        if ty == Type::Dynamic {
            return Value::unknown(ty);
        }
        static NOT_NULL: LazyLock<Arc<Refinement>> = LazyLock::new(|| {
            Arc::new(Refinement {
                not_null: true,
                ..Refinement::default()
            })
        });
        Value::new(Kind::Unknown(ty, Some(NOT_NULL.clone())))
    }

    /// An unknown value of which something is known.
    #[must_use]
    pub fn unknown_refined(ty: Type, refinement: Refinement) -> Value {
        Value::new(Kind::Unknown(ty, Some(Arc::new(refinement))))
    }

    /// A truth value.
    #[must_use]
    pub fn bool(b: bool) -> Value {
        Value::new(Kind::Bool(b))
    }

    /// A number.
    pub fn number(n: impl Into<Number>) -> Value {
        Value::new(Kind::Number(n.into()))
    }

    /// A string, normalised to NFC.
    pub fn string(s: impl Into<Arc<str>>) -> Value {
        let s: Arc<str> = s.into();
        Value::new(Kind::String(match normalise(&s) {
            Cow::Borrowed(_) => s,
            Cow::Owned(n) => n.into(),
        }))
    }

    /// A list. Every element must be of type `element` (or `element` is dynamic).
    pub fn list(element: impl Into<Element>, items: impl IntoIterator<Item = Value>) -> Value {
        Value::new(Kind::List(element.into(), items.into_iter().collect()))
    }

    /// A set. Elements are put in [`set_order`] and duplicates dropped; marks of elements move to
    /// the set, since a set cannot tell its elements apart.
    pub fn set(element: impl Into<Element>, items: impl IntoIterator<Item = Value>) -> Value {
        let mut marks = Marks::NONE;
        let mut items: Vec<Value> = items
            .into_iter()
            .map(|v| {
                let (v, m) = v.unmark_deep();
                marks = marks | m;
                v
            })
            .collect();
        if items.iter().all(|v| v.is_scalar()) {
            items.sort_by(set_order);
        } else {
            items.sort_by_cached_key(set_key);
        }
        items.dedup_by(|a, b| a.kind == b.kind && a.is_wholly_known());
        Value::new(Kind::Set(element.into(), items.into())).with_marks(marks)
    }

    /// A map. Every element must be of type `element` (or `element` is dynamic).
    pub fn map<K: Into<Arc<str>>>(
        element: impl Into<Element>,
        items: impl IntoIterator<Item = (K, Value)>,
    ) -> Value {
        Value::new(Kind::Map(element.into(), items.into_iter().collect()))
    }

    /// A tuple.
    pub fn tuple(items: impl IntoIterator<Item = Value>) -> Value {
        Value::new(Kind::Tuple(items.into_iter().collect()))
    }

    /// An object.
    pub fn object<K: Into<Arc<str>>>(fields: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::new(Kind::Object(fields.into_iter().collect()))
    }

    /// How many values it takes to write it out, counting [`SIZE_OF_TEXT`] bytes of a string as one. What is shared counts
    /// as often as it is there, so this says what walking the value costs, not what it takes in memory. It ends at
    /// `u32::MAX`.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.size
    }

    /// What the value is, whatever its marks.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The marks of this value itself, not of what is in it.
    #[must_use]
    pub fn marks(&self) -> Marks {
        self.marks
    }

    /// The same value with `marks` added.
    #[must_use]
    pub fn with_marks(mut self, marks: Marks) -> Value {
        self.marks = self.marks | marks;
        self
    }

    /// The same value without the marks of its own.
    #[must_use]
    pub fn unmark(mut self) -> (Value, Marks) {
        let marks = std::mem::take(&mut self.marks);
        (self, marks)
    }

    /// The same value without marks at any depth, and the union of those it had.
    #[must_use]
    pub fn unmark_deep(self) -> (Value, Marks) {
        let marks = self.marks_deep();
        if marks.is_empty() {
            return (self, marks);
        }
        (strip(&self), marks)
    }

    /// The union of the marks at any depth.
    #[must_use]
    pub fn marks_deep(&self) -> Marks {
        self.marks | self.within.marks
    }

    /// Whether it is a known value without elements.
    fn is_scalar(&self) -> bool {
        matches!(self.kind, Kind::Bool(_) | Kind::Number(_) | Kind::String(_))
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null(_))
    }

    /// Whether the value itself is known; what is in it may not be.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !matches!(self.kind, Kind::Unknown(..))
    }

    /// Whether nothing in it is unknown.
    #[must_use]
    pub fn is_wholly_known(&self) -> bool {
        self.within.known
    }

    /// Whether no number in it is infinite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.within.finite
    }

    /// The type.
    #[must_use]
    pub fn ty(&self) -> Type {
        match &self.kind {
            Kind::Null(t) | Kind::Unknown(t, _) => t.clone(),
            Kind::Bool(_) => Type::Bool,
            Kind::Number(_) => Type::Number,
            Kind::String(_) => Type::String,
            Kind::List(t, _) => Type::list(t.clone()),
            Kind::Set(t, _) => Type::set(t.clone()),
            Kind::Map(t, _) => Type::map(t.clone()),
            Kind::Tuple(v) => Type::Tuple(v.iter().map(Value::ty).collect()),
            Kind::Object(f) => Type::Object(Arc::new(ObjectType {
                attributes: f.iter().map(|(k, v)| (k.clone(), v.ty())).collect(),
                optional: Default::default(),
            })),
        }
    }

    /// The string, if it is a known one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(s) => Some(s),
            _ => None,
        }
    }

    /// The truth value, if it is a known one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// The number, if it is a known one.
    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        match &self.kind {
            Kind::Number(n) => Some(n),
            _ => None,
        }
    }

    /// The elements of a known list, set or tuple.
    #[must_use]
    pub fn as_slice(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(_, v) | Kind::Set(_, v) | Kind::Tuple(v) => Some(v),
            _ => None,
        }
    }

    /// The fields of a known object or map.
    #[must_use]
    pub fn as_fields(&self) -> Option<&Fields> {
        match &self.kind {
            Kind::Object(f) | Kind::Map(_, f) => Some(f),
            _ => None,
        }
    }

    /// The fields of a known object or map, without its own marks; anything else stays what it is.
    pub fn into_fields(self) -> Result<Fields, Value> {
        match self.kind {
            Kind::Object(fields) | Kind::Map(_, fields) => Ok(fields),
            _ => Err(self),
        }
    }

    /// The attribute `name` of a known object, or element of a known map.
    #[must_use]
    pub fn attr(&self, name: &str) -> Option<&Value> {
        self.as_fields()?.get(name)
    }

    /// A copy with the value at `path` replaced by what `change` makes of it. A path that does not
    /// exist leaves the value as it is.
    #[must_use]
    pub fn update_at(&self, path: &[Step], change: &mut dyn FnMut(&Value) -> Value) -> Value {
        let Some((step, rest)) = path.split_first() else {
            return change(self);
        };
        let kind = match (step, &self.kind) {
            (Step::Attribute(n) | Step::Key(n), Kind::Object(f)) if f.get(n).is_some() => {
                let inner = f.get(n).map(|v| v.update_at(rest, change));
                Kind::Object(inner.map_or_else(|| f.clone(), |v| f.with(n, v)))
            }
            (Step::Attribute(n) | Step::Key(n), Kind::Map(t, f)) if f.get(n).is_some() => {
                let inner = f.get(n).map(|v| v.update_at(rest, change));
                Kind::Map(t.clone(), inner.map_or_else(|| f.clone(), |v| f.with(n, v)))
            }
            (Step::Index(i), Kind::List(t, v)) if *i < v.len() => {
                let mut v = v.to_vec();
                v[*i] = v[*i].update_at(rest, change);
                Kind::List(t.clone(), v.into())
            }
            (Step::Index(i), Kind::Tuple(v)) if *i < v.len() => {
                let mut v = v.to_vec();
                v[*i] = v[*i].update_at(rest, change);
                Kind::Tuple(v.into())
            }
            (_, kind) => kind.clone(),
        };
        Value::new(kind).with_marks(self.marks)
    }

    /// A copy in which `change` has replaced each leaf (anything without elements of its own),
    /// keeping marks of the containers.
    #[must_use]
    pub fn map_leaves(&self, change: &mut dyn FnMut(&Value) -> Value) -> Value {
        let kind = match &self.kind {
            Kind::List(t, v) => {
                Kind::List(t.clone(), v.iter().map(|e| e.map_leaves(change)).collect())
            }
            Kind::Set(t, v) => {
                let items: Vec<Value> = v.iter().map(|e| e.map_leaves(change)).collect();
                return Value::set(t.clone(), items).with_marks(self.marks);
            }
            Kind::Tuple(v) => Kind::Tuple(v.iter().map(|e| e.map_leaves(change)).collect()),
            Kind::Map(t, f) => Kind::Map(t.clone(), f.map(|_, e| e.map_leaves(change))),
            Kind::Object(f) => Kind::Object(f.map(|_, e| e.map_leaves(change))),
            _ => return change(self),
        };
        Value::new(kind).with_marks(self.marks)
    }

    /// Calls `visit` with the path of every value inside this one, this one first. Elements of sets
    /// have no path and are not visited.
    pub fn walk(&self, visit: &mut dyn FnMut(&crate::Path, &Value)) {
        fn go(path: &mut crate::Path, v: &Value, visit: &mut dyn FnMut(&crate::Path, &Value)) {
            visit(path, v);
            match &v.kind {
                Kind::List(_, items) | Kind::Tuple(items) => {
                    for (i, e) in items.iter().enumerate() {
                        path.0.push(Step::Index(i));
                        go(path, e, visit);
                        path.0.pop();
                    }
                }
                Kind::Map(_, f) => {
                    for (k, e) in f.iter() {
                        path.0.push(Step::Key(k.clone()));
                        go(path, e, visit);
                        path.0.pop();
                    }
                }
                Kind::Object(f) => {
                    for (k, e) in f.iter() {
                        path.0.push(Step::Attribute(k.clone()));
                        go(path, e, visit);
                        path.0.pop();
                    }
                }
                _ => {}
            }
        }
        go(&mut crate::Path::default(), self, visit);
    }

    /// Whether both are the same value, marks left aside at every depth.
    #[must_use]
    pub fn same(&self, other: &Value) -> bool {
        if self == other {
            return true;
        }
        // Without marks there is nothing to leave aside.
        (!self.marks_deep().is_empty() || !other.marks_deep().is_empty())
            && self.clone().unmark_deep().0 == other.clone().unmark_deep().0
    }
}

fn strip(value: &Value) -> Value {
    let kind = match &value.kind {
        Kind::List(t, v) => Kind::List(t.clone(), v.iter().map(strip).collect()),
        Kind::Set(t, v) => Kind::Set(t.clone(), v.iter().map(strip).collect()),
        Kind::Tuple(v) => Kind::Tuple(v.iter().map(strip).collect()),
        Kind::Map(t, f) => Kind::Map(t.clone(), f.map(|_, v| strip(v))),
        Kind::Object(f) => Kind::Object(f.map(|_, v| strip(v))),
        other => other.clone(),
    };
    Value::new(kind)
}

fn normalise(s: &str) -> Cow<'_, str> {
    if s.is_ascii() || is_nfc_quick(s.chars()) == IsNormalized::Yes {
        Cow::Borrowed(s)
    } else {
        Cow::Owned(s.nfc().collect())
    }
}

impl fmt::Debug for Value {
    /// Masks what is sensitive or ephemeral, so that a debug print cannot leak a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.marks.is_empty() {
            return f.write_str("(marked value)");
        }
        match &self.kind {
            Kind::Null(t) => write!(f, "null({t})"),
            Kind::Unknown(t, _) => write!(f, "unknown({t})"),
            Kind::Bool(b) => write!(f, "{b}"),
            Kind::Number(n) => write!(f, "{n}"),
            Kind::String(s) => write!(f, "{s:?}"),
            Kind::List(_, v) => f.debug_list().entries(v.iter()).finish(),
            Kind::Set(_, v) => f.debug_set().entries(v.iter()).finish(),
            Kind::Tuple(v) => {
                f.write_str("tuple")?;
                f.debug_list().entries(v.iter()).finish()
            }
            Kind::Map(_, m) => {
                f.write_str("map")?;
                m.fmt(f)
            }
            Kind::Object(m) => m.fmt(f),
        }
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Value {
        Value::string(s)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::bool(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_nfc() {
        assert_eq!(Value::string("e\u{301}"), Value::string("\u{e9}"));
    }

    #[test]
    fn sets_are_sorted_and_take_marks_of_elements() {
        let v = Value::set(
            Type::String,
            [
                Value::from("b"),
                Value::from("a").with_marks(Marks::SENSITIVE),
                Value::from("b"),
            ],
        );
        assert!(v.marks().is_sensitive());
        let texts: Vec<_> = v
            .as_slice()
            .unwrap()
            .iter()
            .map(|e| e.as_str().unwrap())
            .collect();
        assert_eq!(texts, ["a", "b"]);
    }

    #[test]
    fn a_value_is_small() {
        // Every object of a plan has some of them for each attribute.
        assert_eq!(size_of::<Value>(), 40);
    }

    #[test]
    fn infinity_is_found_at_any_depth() {
        let endless = Value::number(Number::infinity(true));
        let within = Value::object([("a", Value::tuple([endless.clone()]))]);
        assert!(!endless.is_finite() && !within.is_finite());
        let none = within.map_leaves(&mut |_| Value::unknown(Type::Number));
        assert!(none.is_finite() && Value::string("infinity").is_finite());
    }

    #[test]
    fn debug_masks_secrets() {
        let v = Value::object([("k", Value::from("hush").with_marks(Marks::SENSITIVE))]);
        assert_eq!(format!("{v:?}"), r#"{"k": (marked value)}"#);
    }

    #[test]
    fn of_equal_names_the_last_wins() {
        let f: Fields = [("a", Value::from("1")), ("a", Value::from("2"))]
            .into_iter()
            .collect();
        assert_eq!(f.get("a").and_then(Value::as_str), Some("2"));
    }
}
