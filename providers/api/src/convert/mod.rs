//! Conversion of values between types, as the language does it everywhere: arguments, schemas,
//! conditionals, collections.
//!
//! Marks stay where they are, unknown values stay unknown (and keep what is known about them), nulls
//! become nulls of the new type. Defaults of optional attributes are not filled in here.

mod mismatch;
mod relations;

use std::fmt;

use crate::quote::quote;
use crate::unify::unify;
use crate::{Fields, Kind, Number, ObjectType, Path, Refinement, Step, Type, Value};

pub use mismatch::{constraint_name, mismatch};
pub use relations::{conforms, convertible, type_conforms, without_optional};
use relations::{has_type, same_or_convertible};

/// Why a value could not be converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvertError {
    /// Where in the value; empty for the value as a whole.
    pub path: Path,
    /// What was required there, without a full stop: `a number is required`, `string required`…
    pub message: String,
}

impl ConvertError {
    fn new(message: impl Into<String>) -> ConvertError {
        ConvertError {
            path: Path::default(),
            message: message.into(),
        }
    }

    fn within(mut self, step: Step) -> ConvertError {
        self.path.0.insert(0, step);
        self
    }
}

impl fmt::Display for ConvertError {
    /// The message alone, without the path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConvertError {}

/// The value as one of type `want`. Placeholders ([`Type::Dynamic`]) in `want` take the value's own
/// types; elements of one collection are brought to one type.
pub fn convert(value: &Value, want: &Type) -> Result<Value, ConvertError> {
    if matches!(want, Type::Dynamic) || has_type(value, want) {
        return Ok(value.clone());
    }
    apply(value, want).map_err(|error| {
        let got = value.ty();
        if convertible(&got, want, true) {
            error
        } else {
            ConvertError::new(mismatch(&got, want))
        }
    })
}

/// Converts, without regard to which error of several is the one to report.
fn apply(value: &Value, want: &Type) -> Result<Value, ConvertError> {
    if matches!(want, Type::Dynamic) || has_type(value, want) {
        return Ok(value.clone());
    }
    let impossible = || ConvertError::new(mismatch(&value.ty(), want));
    let converted = match (value.kind(), want) {
        (Kind::Null(t), _) if convertible(t, want, true) => {
            Value::null(replace_dynamic(t, &without_optional(want)))
        }
        (Kind::Unknown(t, r), _) if convertible(t, want, true) => unknown(t, r.as_deref(), want),
        (Kind::Bool(b), Type::String) => Value::string(if *b { "true" } else { "false" }),
        (Kind::Number(n), Type::String) => Value::string(n.to_string()),
        (Kind::String(s), Type::Number) => match Number::parse(s) {
            Some(n) => Value::number(n),
            None => return Err(ConvertError::new("a number is required")),
        },
        (Kind::String(s), Type::Bool) => Value::bool(string_to_bool(s)?),
        (Kind::List(g, v) | Kind::Set(g, v), Type::List(w) | Type::Set(w)) => {
            if !same_or_convertible(g, w, true) {
                return Err(impossible());
            }
            // Elements of a set that are not known yet may turn out to be one.
            let uncounted = matches!(value.kind(), Kind::Set(..)) && !value.is_wholly_known();
            if uncounted && matches!(want, Type::List(_)) {
                let known = Refinement {
                    not_null: true,
                    lower: Some((Number::from(1), true)),
                    upper: Some((Number::from(v.len()), true)),
                    ..Refinement::default()
                };
                unknown(&Type::set(g.clone()), Some(&known), want)
            } else {
                sequence(v, Some(g), w, want)?
            }
        }
        (Kind::Tuple(v), Type::List(w) | Type::Set(w)) => sequence(v, None, w, want)?,
        (Kind::Map(g, f), Type::Map(w)) => {
            if !same_or_convertible(g, w, true) {
                return Err(impossible());
            }
            map(f, Some(g), w)?
        }
        (Kind::Object(f), Type::Map(w)) => map(f, None, w)?,
        (Kind::Map(g, f), Type::Object(o)) => map_to_object(g, f, o)?,
        (Kind::Object(f), Type::Object(o)) => {
            let mut fields = Vec::with_capacity(o.attributes.len());
            for (name, ty) in &o.attributes {
                let converted = match f.get(name) {
                    Some(v) => apply(v, ty).map_err(|e| e.within(Step::Attribute(name.clone())))?,
                    None if o.optional.contains(name) => Value::null(without_optional(ty)),
                    None => return Err(impossible()),
                };
                fields.push((name.clone(), converted));
            }
            Value::object(fields)
        }
        (Kind::Tuple(v), Type::Tuple(ts)) if v.len() == ts.len() => {
            let items: Result<Vec<Value>, ConvertError> = v
                .iter()
                .zip(ts.iter())
                .enumerate()
                .map(|(i, (e, t))| apply(e, t).map_err(|e| e.within(Step::Index(i))))
                .collect();
            Value::tuple(items?)
        }
        _ => return Err(impossible()),
    };
    Ok(converted.with_marks(value.marks()))
}

fn string_to_bool(s: &str) -> Result<bool, ConvertError> {
    match s {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        "True" | "TRUE" => Err(ConvertError::new(
            "a bool is required; to convert from string, use lowercase \"true\"",
        )),
        "False" | "FALSE" => Err(ConvertError::new(
            "a bool is required; to convert from string, use lowercase \"false\"",
        )),
        _ => Err(ConvertError::new("a bool is required")),
    }
}

/// A list or set (as `want` says) of `items` with elements of type `element`.
fn sequence(
    items: &[Value],
    given: Option<&Type>,
    element: &Type,
    want: &Type,
) -> Result<Value, ConvertError> {
    let mut converted = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        converted.push(apply(item, element).map_err(|e| e.within(Step::Index(i)))?);
    }
    let kind = match want {
        Type::Set(_) => "set",
        _ => "list",
    };
    let ty = common_type(given, element, converted.iter_mut(), kind)?;
    Ok(match want {
        Type::Set(_) => Value::set(ty, converted),
        _ => Value::list(ty, converted),
    })
}

fn map(fields: &Fields, given: Option<&Type>, element: &Type) -> Result<Value, ConvertError> {
    let mut converted = Vec::with_capacity(fields.len());
    for (key, item) in fields.iter() {
        let item = apply(item, element).map_err(|e| e.within(Step::Key(key.clone())))?;
        converted.push((key.clone(), item));
    }
    let values = converted.iter_mut().map(|(_, v)| v);
    let ty = common_type(given, element, values, "map")?;
    Ok(Value::map(ty, converted))
}

/// The element type of a collection (`kind` says which) of `items`, which are brought to it where
/// `element` has placeholders. An empty collection keeps its `given` type where `element` is a
/// placeholder. In a map, values without type may stand among others that are all of one type; in a
/// set, placeholders inside of elements must be filled in alike.
fn common_type<'v>(
    given: Option<&Type>,
    element: &Type,
    items: impl ExactSizeIterator<Item = &'v mut Value>,
    kind: &str,
) -> Result<Type, ConvertError> {
    let wanted = without_optional(element);
    if !wanted.has_dynamic() {
        return Ok(wanted);
    }
    if items.len() == 0 {
        return Ok(given.map_or(wanted.clone(), |g| replace_dynamic(g, &wanted)));
    }
    let any = matches!(wanted, Type::Dynamic);
    let unequal = || {
        ConvertError::new(match kind {
            "map" => "attribute types must all match for conversion to map".into(),
            _ if any => format!("all {kind} elements must have the same type"),
            _ => format!("element types must all match for conversion to {kind}"),
        })
    };
    let disparate = || {
        ConvertError::new(if any {
            format!("all {kind} elements must have the same type")
        } else {
            "cannot find a common base type for all elements".into()
        })
    };
    let items: Vec<&mut Value> = items.collect();
    let types: Vec<Type> = items.iter().map(|v| v.ty()).collect();
    if kind == "set" && !any {
        return match types.split_first() {
            Some((first, rest)) if rest.iter().all(|t| t == first) => Ok(first.clone()),
            _ => Err(unequal()),
        };
    }
    let mut ty = unify(&types).ok_or_else(disparate)?;
    if matches!(ty, Type::Dynamic) {
        let mut typed = types.iter().filter(|t| !matches!(t, Type::Dynamic));
        if let Some(first) = typed.next() {
            if kind != "map" || typed.any(|t| t != first) {
                return Err(unequal());
            }
            ty = first.clone();
        }
    }
    let mut found: Option<Type> = None;
    for item in items {
        *item = apply(item, &ty).map_err(|_| disparate())?;
        if ty.has_dynamic() {
            // A place without type inside the elements may not be filled in several ways.
            let its = item.ty();
            if *found.get_or_insert_with(|| its.clone()) != its {
                return Err(unequal());
            }
        }
    }
    Ok(found.unwrap_or(ty))
}

fn map_to_object(given: &Type, fields: &Fields, want: &ObjectType) -> Result<Value, ConvertError> {
    let mut converted = Vec::with_capacity(want.attributes.len());
    for (name, ty) in &want.attributes {
        let value = match fields.get(name) {
            Some(_) if !same_or_convertible(given, ty, true) => {
                return Err(ConvertError::new(format!(
                    "map element type is incompatible with attribute {}: {}",
                    quote(name),
                    mismatch(given, ty)
                ))
                .within(Step::Key(name.clone())));
            }
            Some(v) => apply(v, ty).map_err(|e| e.within(Step::Key(name.clone())))?,
            None if want.optional.contains(name) => Value::null(without_optional(ty)),
            None => {
                return Err(ConvertError::new(format!(
                    "map has no element for required attribute {}",
                    quote(name)
                )));
            }
        };
        converted.push((name.clone(), value));
    }
    Ok(Value::object(converted))
}

/// An unknown value of type `want`, with what is still known of one of type `given`.
fn unknown(given: &Type, known: Option<&Refinement>, want: &Type) -> Value {
    let ty = replace_dynamic(given, &without_optional(want));
    let mut refinement = Refinement {
        not_null: known.is_some_and(|k| k.not_null),
        ..Refinement::default()
    };
    let exactly = |n: usize| Some((Number::from(n), true));
    match (given, &ty) {
        (Type::Object(o), Type::Map(_)) => {
            refinement.lower = exactly(o.attributes.len());
            refinement.upper = exactly(o.attributes.len());
        }
        (Type::Tuple(ts), Type::List(_)) => {
            refinement.lower = exactly(ts.len());
            refinement.upper = exactly(ts.len());
        }
        (Type::Tuple(ts), Type::Set(_)) => {
            refinement.lower = exactly(ts.len().min(1));
            refinement.upper = exactly(ts.len());
        }
        _ if given.is_collection() && ty.is_collection() => {
            refinement.lower = known.and_then(|k| k.lower.clone());
            refinement.upper = known.and_then(|k| k.upper.clone());
            if matches!(ty, Type::Set(_))
                && !matches!(given, Type::Set(_))
                && let Some((n, _)) = &mut refinement.lower
            {
                *n = n.clone().min(Number::from(1));
            }
        }
        _ => {}
    }
    if !refinement.not_null {
        refinement.lower = None;
        refinement.upper = None;
    }
    if refinement == Refinement::default() || matches!(ty, Type::Dynamic) {
        return Value::unknown(ty);
    }
    Value::unknown_refined(ty, refinement)
}

/// `wanted`, with the types of `given` in place of its placeholders.
fn replace_dynamic(given: &Type, wanted: &Type) -> Type {
    let all = |types: Vec<Type>| unify(&types).unwrap_or(Type::Dynamic);
    match (given, wanted) {
        (Type::Dynamic, _) => wanted.clone(),
        (_, Type::Dynamic) => given.clone(),
        _ if !wanted.has_dynamic() => wanted.clone(),
        (Type::List(g) | Type::Set(g), Type::List(w)) => Type::list(replace_dynamic(g, w)),
        (Type::List(g) | Type::Set(g), Type::Set(w)) => Type::set(replace_dynamic(g, w)),
        (Type::Map(g), Type::Map(w)) => Type::map(replace_dynamic(g, w)),
        (Type::Tuple(g), Type::List(w)) => Type::list(replace_dynamic(&all(g.to_vec()), w)),
        (Type::Tuple(g), Type::Set(w)) => Type::set(replace_dynamic(&all(g.to_vec()), w)),
        (Type::Object(g), Type::Map(w)) => Type::map(replace_dynamic(
            &all(g.attributes.values().cloned().collect()),
            w,
        )),
        (Type::Tuple(g), Type::Tuple(w)) if g.len() == w.len() => Type::Tuple(
            g.iter()
                .zip(w.iter())
                .map(|(g, w)| replace_dynamic(g, w))
                .collect(),
        ),
        (Type::Map(g), Type::Object(w)) => Type::object(
            w.attributes
                .iter()
                .map(|(n, w)| (n.clone(), replace_dynamic(g, w))),
        ),
        (Type::Object(g), Type::Object(w)) => Type::object(w.attributes.iter().map(|(n, w)| {
            let given = g.attributes.get(n).unwrap_or(&Type::Dynamic);
            (n.clone(), replace_dynamic(given, w))
        })),
        _ => wanted.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Marks;

    fn num(n: i64) -> Value {
        Value::number(n)
    }

    fn s(text: &str) -> Value {
        Value::from(text)
    }

    fn optional(ty: Type, names: &[&str]) -> Type {
        let Type::Object(o) = ty else { return ty };
        let mut o = (*o).clone();
        o.optional = names.iter().map(|n| Arc::from(*n)).collect();
        Type::Object(Arc::new(o))
    }

    #[test]
    fn values_convert() {
        let cases = [
            (num(1), Type::String, s("1")),
            (s("1e3"), Type::Number, num(1000)),
            (s("1"), Type::Bool, Value::bool(true)),
            (
                Value::tuple([num(1), s("a"), Value::bool(true)]),
                Type::list(Type::Dynamic),
                Value::list(Type::String, [s("1"), s("a"), s("true")]),
            ),
            (
                Value::tuple([s("b"), s("a"), s("b")]),
                Type::set(Type::String),
                Value::set(Type::String, [s("a"), s("b")]),
            ),
            (
                Value::object([("a", num(1)), ("surplus", num(2))]),
                optional(
                    Type::object([("a", Type::String), ("b", Type::Bool)]),
                    &["b"],
                ),
                Value::object([("a", s("1")), ("b", Value::null(Type::Bool))]),
            ),
            (
                Value::map(Type::Number, [("a", num(1))]),
                Type::object([("a", Type::String)]),
                Value::object([("a", s("1"))]),
            ),
            (
                Value::tuple([Value::null(Type::Dynamic), s("a")]),
                Type::list(Type::Dynamic),
                Value::list(Type::String, [Value::null(Type::String), s("a")]),
            ),
            (
                Value::tuple([]),
                Type::list(Type::Dynamic),
                Value::list(Type::Dynamic, []),
            ),
            (
                Value::object([
                    ("a", Value::null(Type::Dynamic)),
                    ("b", Value::tuple([num(1)])),
                ]),
                Type::map(Type::Dynamic),
                Value::map(
                    Type::tuple([Type::Number]),
                    [
                        ("a", Value::null(Type::tuple([Type::Number]))),
                        ("b", Value::tuple([num(1)])),
                    ],
                ),
            ),
            (
                Value::null(Type::Dynamic),
                Type::list(Type::String),
                Value::null(Type::list(Type::String)),
            ),
        ];
        for (value, ty, expected) in cases {
            assert_eq!(convert(&value, &ty), Ok(expected), "{value:?} to {ty}");
        }
    }

    #[test]
    fn failures_say_what_was_required() {
        let object = Type::object([("a", Type::Number), ("b", Type::String), ("c", Type::Bool)]);
        let cases = [
            (s("x"), Type::Number, "", "a number is required"),
            (s("yes"), Type::Bool, "", "a bool is required"),
            (Value::bool(true), Type::Number, "", "number required"),
            (
                Value::tuple([s("a"), Value::tuple([])]),
                Type::list(Type::String),
                "",
                "element 1: string required",
            ),
            (
                Value::tuple([num(1), Value::tuple([])]),
                Type::list(Type::Dynamic),
                "",
                "all list elements must have the same type",
            ),
            (
                Value::tuple([Value::null(Type::Dynamic), Value::tuple([num(1)])]),
                Type::set(Type::Dynamic),
                "",
                "all set elements must have the same type",
            ),
            (
                Value::tuple([Value::object([("x", s("a"))]), Value::object::<&str>([])]),
                Type::set(Type::map(Type::Dynamic)),
                "",
                "element types must all match for conversion to set",
            ),
            (
                Value::tuple([s("1"), s("x")]),
                Type::list(Type::Number),
                "[1]",
                "a number is required",
            ),
            (
                Value::object([("z", num(1))]),
                object.clone(),
                "",
                "attributes \"a\", \"b\", and \"c\" are required",
            ),
            (
                Value::object([("a", num(1)), ("b", Value::tuple([])), ("c", s("true"))]),
                object,
                "",
                "attribute \"b\": string required",
            ),
            (
                Value::list(Type::Bool, []),
                Type::set(Type::Number),
                "",
                "incorrect set element type: number required",
            ),
            (
                Value::map(Type::String, [("b", s("x"))]),
                Type::object([("a", Type::String)]),
                "",
                "map has no element for required attribute \"a\"",
            ),
            (
                num(1),
                Type::list(Type::String),
                "",
                "list of string required",
            ),
        ];
        for (value, ty, path, message) in cases {
            let error = convert(&value, &ty).unwrap_err();
            assert_eq!(
                (error.path.to_string().as_str(), error.message.as_str()),
                (path, message),
                "{value:?} to {ty}"
            );
        }
    }

    #[test]
    fn marks_and_refinements_stay() {
        let marked = Value::tuple([num(1).with_marks(Marks::SENSITIVE)]);
        let list = convert(&marked, &Type::list(Type::String)).unwrap();
        assert!(list.as_slice().unwrap()[0].marks().is_sensitive());
        let refined = Value::unknown_refined(
            Type::Number,
            Refinement {
                not_null: true,
                ..Refinement::default()
            },
        );
        let set = Value::set(Type::String, [Value::unknown(Type::String), s("a")]);
        assert!(!convert(&set, &Type::list(Type::String)).unwrap().is_known());
        let text = convert(&refined, &Type::String).unwrap();
        assert!(matches!(text.kind(), Kind::Unknown(Type::String, Some(r)) if r.not_null));
    }
}
