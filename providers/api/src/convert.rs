//! Conversion of values between types, as the language does it everywhere: arguments, schemas,
//! conditionals, collections.
//!
//! Marks stay where they are, unknown values stay unknown (and keep what is known about them), nulls
//! become nulls of the new type. Defaults of optional attributes are not filled in here.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::quote::quote;
use crate::unify::{unify, unify_safe};
use crate::{Fields, Kind, Number, ObjectType, Path, Refinement, Step, Type, Value};

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

/// Whether the value is exactly of type `ty`, without conversion; [`Type::Dynamic`] in `ty` stands for
/// any type.
#[must_use]
pub fn conforms(value: &Value, ty: &Type) -> bool {
    match (value.kind(), ty) {
        (_, Type::Dynamic) => true,
        (Kind::Null(t) | Kind::Unknown(t, _), _) => type_conforms(t, ty),
        (Kind::Bool(_), Type::Bool)
        | (Kind::Number(_), Type::Number)
        | (Kind::String(_), Type::String) => true,
        (Kind::List(t, _), Type::List(w))
        | (Kind::Set(t, _), Type::Set(w))
        | (Kind::Map(t, _), Type::Map(w)) => type_conforms(t, w),
        (Kind::Tuple(v), Type::Tuple(ts)) => {
            v.len() == ts.len() && v.iter().zip(ts.iter()).all(|(e, t)| conforms(e, t))
        }
        (Kind::Object(f), Type::Object(o)) => {
            f.len() == o.attributes.len()
                && f.iter()
                    .zip(&o.attributes)
                    .all(|((n, v), (m, t))| n == m && conforms(v, t))
        }
        _ => false,
    }
}

/// Whether `given` is `wanted`, where [`Type::Dynamic`] in `wanted` stands for any type.
#[must_use]
pub fn type_conforms(given: &Type, wanted: &Type) -> bool {
    match (given, wanted) {
        (_, Type::Dynamic) => true,
        (Type::List(g), Type::List(w))
        | (Type::Set(g), Type::Set(w))
        | (Type::Map(g), Type::Map(w)) => type_conforms(g, w),
        (Type::Tuple(g), Type::Tuple(w)) => {
            g.len() == w.len() && g.iter().zip(w.iter()).all(|(g, w)| type_conforms(g, w))
        }
        (Type::Object(g), Type::Object(w)) => {
            g.attributes.len() == w.attributes.len()
                && g.attributes
                    .iter()
                    .zip(&w.attributes)
                    .all(|((n, g), (m, w))| n == m && type_conforms(g, w))
        }
        _ => given == wanted,
    }
}

/// Whether the value is exactly of type `ty`, in which a placeholder is a type like any other.
fn has_type(value: &Value, ty: &Type) -> bool {
    match (value.kind(), ty) {
        (Kind::Null(t) | Kind::Unknown(t, _), _) => same_type(t, ty),
        (Kind::Bool(_), Type::Bool)
        | (Kind::Number(_), Type::Number)
        | (Kind::String(_), Type::String) => true,
        (Kind::List(t, _), Type::List(w))
        | (Kind::Set(t, _), Type::Set(w))
        | (Kind::Map(t, _), Type::Map(w)) => same_type(t, w),
        (Kind::Tuple(v), Type::Tuple(ts)) => {
            v.len() == ts.len() && v.iter().zip(ts.iter()).all(|(e, t)| has_type(e, t))
        }
        (Kind::Object(f), Type::Object(o)) => {
            f.len() == o.attributes.len()
                && f.iter()
                    .zip(&o.attributes)
                    .all(|((n, v), (m, t))| n == m && has_type(v, t))
        }
        _ => false,
    }
}

/// Equality of types, optional attributes left aside.
fn same_type(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::List(a), Type::List(b))
        | (Type::Set(a), Type::Set(b))
        | (Type::Map(a), Type::Map(b)) => Arc::ptr_eq(a, b) || same_type(a, b),
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same_type(a, b))
        }
        (Type::Object(a), Type::Object(b)) => {
            Arc::ptr_eq(a, b)
                || a.attributes.len() == b.attributes.len()
                    && a.attributes
                        .iter()
                        .zip(&b.attributes)
                        .all(|((n, a), (m, b))| n == m && same_type(a, b))
        }
        _ => a == b,
    }
}

/// The type without its optional attributes' mark, at any depth: the type of values.
#[must_use]
pub fn without_optional(ty: &Type) -> Type {
    match ty {
        Type::List(t) => Type::list(without_optional(t)),
        Type::Set(t) => Type::set(without_optional(t)),
        Type::Map(t) => Type::map(without_optional(t)),
        Type::Tuple(ts) => Type::Tuple(ts.iter().map(without_optional).collect()),
        Type::Object(o) => Type::Object(Arc::new(ObjectType {
            attributes: o
                .attributes
                .iter()
                .map(|(n, t)| (n.clone(), without_optional(t)))
                .collect(),
            optional: BTreeSet::new(),
        })),
        other => other.clone(),
    }
}

/// Whether values of type `got` may be convertible to `want`. Without `unsafely` only conversions
/// that can neither fail nor lose anything count.
#[must_use]
pub fn convertible(got: &Type, want: &Type, unsafely: bool) -> bool {
    match (got, want) {
        (_, Type::Dynamic) => true,
        (Type::Dynamic, _) => unsafely,
        (Type::Bool | Type::Number, Type::String) => true,
        (Type::String, Type::Bool | Type::Number) => unsafely,
        (Type::List(g), Type::List(w))
        | (Type::Set(g), Type::List(w) | Type::Set(w))
        | (Type::Map(g), Type::Map(w)) => same_or_convertible(g, w, unsafely),
        (Type::List(g), Type::Set(w)) => unsafely && same_or_convertible(g, w, unsafely),
        (Type::Tuple(gs), Type::List(w) | Type::Set(w)) => elements_convertible(gs, w, unsafely),
        (Type::Object(o), Type::Map(w)) => {
            let types: Vec<Type> = o.attributes.values().cloned().collect();
            // Nulls without type are let in here, and given the others' type when there is one.
            matches!(**w, Type::Dynamic) && types.iter().any(|t| matches!(t, Type::Dynamic))
                || elements_convertible(&types, w, unsafely)
        }
        (Type::Map(g), Type::Object(o)) => {
            unsafely
                && o.attributes.iter().all(|(name, w)| {
                    o.optional.contains(name) || same_or_convertible(g, w, unsafely)
                })
        }
        (Type::Object(g), Type::Object(w)) => {
            w.attributes
                .iter()
                .all(|(name, wanted)| match g.attributes.get(name) {
                    Some(given) => same_or_convertible(given, wanted, unsafely),
                    None => w.optional.contains(name),
                })
        }
        (Type::Tuple(g), Type::Tuple(w)) => {
            g.len() == w.len()
                && g.iter()
                    .zip(w.iter())
                    .all(|(g, w)| same_or_convertible(g, w, unsafely))
        }
        _ => got == want,
    }
}

fn same_or_convertible(got: &Type, want: &Type, unsafely: bool) -> bool {
    same_type(got, want) || convertible(got, want, unsafely)
}

fn elements_convertible(gots: &[Type], want: &Type, unsafely: bool) -> bool {
    if gots.is_empty() {
        return true;
    }
    if matches!(want, Type::Dynamic) {
        let unified = if unsafely {
            unify(gots)
        } else {
            unify_safe(gots)
        };
        return match unified {
            None => false,
            Some(Type::Dynamic) => gots.iter().all(|t| matches!(t, Type::Dynamic)),
            Some(_) => true,
        };
    }
    gots.iter().all(|g| same_or_convertible(g, want, unsafely))
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

/// The name of a type constraint in messages: placeholders are `any type`.
#[must_use]
pub fn constraint_name(ty: &Type) -> String {
    let element = |t: &Type| match t {
        Type::Dynamic => "any single type".to_owned(),
        t => constraint_name(t),
    };
    match ty {
        Type::Dynamic => "any type".into(),
        Type::List(t) => format!("list of {}", element(t)),
        Type::Set(t) => format!("set of {}", element(t)),
        Type::Map(t) => format!("map of {}", element(t)),
        other => other.friendly_name(),
    }
}

/// Says why nothing of type `got` can be a `want`, without a full stop.
#[must_use]
pub fn mismatch(got: &Type, want: &Type) -> String {
    let required = || format!("{} required", constraint_name(want));
    let all_of = |what: &str| format!("all {what} elements must have the same type");
    match (got, want) {
        (Type::Object(g), Type::Object(w)) => mismatch_objects(g, w),
        (Type::Tuple(_), Type::List(w)) if matches!(**w, Type::Dynamic) => all_of("list"),
        (Type::Tuple(_), Type::Set(w)) if matches!(**w, Type::Dynamic) => all_of("set"),
        (Type::Object(_), Type::Map(w)) if matches!(**w, Type::Dynamic) => all_of("map"),
        (Type::Tuple(gs), Type::List(w) | Type::Set(w)) => gs
            .iter()
            .enumerate()
            .find(|(_, g)| !same_or_convertible(g, w, true))
            .map_or_else(
                || format!("all elements must be {}", constraint_name(w)),
                |(i, g)| format!("element {i}: {}", mismatch(g, w)),
            ),
        (Type::Object(o), Type::Map(w)) => o
            .attributes
            .iter()
            .find(|(_, g)| !same_or_convertible(g, w, true))
            .map_or_else(
                || format!("all elements must be {}", constraint_name(w)),
                |(name, g)| format!("element {}: {}", quote(name), mismatch(g, w)),
            ),
        (Type::List(g) | Type::Set(g), Type::List(w)) => {
            format!("incorrect list element type: {}", mismatch(g, w))
        }
        (Type::List(g) | Type::Set(g), Type::Set(w)) => {
            format!("incorrect set element type: {}", mismatch(g, w))
        }
        (Type::Map(g), Type::Map(w)) => {
            format!("incorrect map element type: {}", mismatch(g, w))
        }
        _ => required(),
    }
}

fn mismatch_objects(got: &ObjectType, want: &ObjectType) -> String {
    let missing: Vec<String> = want
        .attributes
        .keys()
        .filter(|n| !got.attributes.contains_key(*n) && !want.optional.contains(*n))
        .map(|n| quote(n))
        .collect();
    match missing.as_slice() {
        [] => {}
        [one] => return format!("attribute {one} is required"),
        [one, two] => return format!("attributes {one} and {two} are required"),
        [many @ .., last] => {
            return format!("attributes {}, and {last} are required", many.join(", "));
        }
    }
    for unsafely in [true, false] {
        for (name, wanted) in &want.attributes {
            if let Some(given) = got.attributes.get(name)
                && !same_or_convertible(given, wanted, unsafely)
            {
                return format!("attribute {}: {}", quote(name), mismatch(given, wanted));
            }
        }
    }
    "incorrect object attributes".into()
}

#[cfg(test)]
mod tests {
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
