//! Attributes and indices of values.

use trunkline_api::quote::quote;
use trunkline_api::{Kind, Number, Type, Value, convert};

use super::super::ast::{Expr, Index, Step, StepKind};
use super::{Evaluator, unknown};

/// Summary and detail of what went wrong; the place is that of the step.
pub type AccessError = (&'static str, String);

const UNSUPPORTED: &str = "Unsupported attribute";
const INVALID_INDEX: &str = "Invalid index";
const NO_ELEMENT: &str = "The given key does not identify an element in this collection value";

impl Evaluator<'_> {
    /// Applies literal steps to a value.
    pub(super) fn steps(&mut self, expr: &Expr, value: Value, steps: &[Step]) -> Value {
        let mut value = value;
        for at in steps {
            match step(&value, at) {
                Ok(inner) => value = inner,
                Err((summary, detail)) => {
                    self.problem(expr, at.span, expr.span, summary, detail);
                    return unknown();
                }
            }
        }
        value
    }

    pub(super) fn index(&mut self, expr: &Expr, index: &Index) -> Value {
        let collection = self.expr(&index.collection);
        let key = self.expr(&index.key);
        match get_index(&collection, &key) {
            Ok(value) => value,
            Err((summary, detail)) => {
                self.problem(expr, index.brackets_span, expr.span, summary, detail);
                unknown()
            }
        }
    }
}

/// The value after one literal step.
///
/// # Errors
/// Summary and detail, where there is none.
pub fn step(value: &Value, step: &Step) -> Result<Value, AccessError> {
    match &step.kind {
        StepKind::Attr(name) => get_attr(value, name),
        StepKind::Index(key) => get_index(value, key),
    }
}

/// The attribute `name` of an object, or the element of that key of a map.
///
/// # Errors
/// Summary and detail, when there is none.
pub fn get_attr(value: &Value, name: &str) -> Result<Value, AccessError> {
    let marks = value.marks();
    let found = match value.kind() {
        Kind::Null(_) => {
            return Err((
                "Attempt to get attribute from null value",
                "This value is null, so it does not have any attributes.".into(),
            ));
        }
        Kind::Object(fields) => fields
            .get(name)
            .cloned()
            .ok_or_else(|| no_attribute(name))?,
        Kind::Map(_, fields) => fields.get(name).cloned().ok_or_else(|| {
            (
                "Missing map element",
                format!(
                    "This map does not have an element with the key {}.",
                    quote(name)
                ),
            )
        })?,
        Kind::Unknown(Type::Dynamic, _) => unknown(),
        Kind::Unknown(Type::Object(o), _) => {
            let ty = o.attributes.get(name).ok_or_else(|| no_attribute(name))?;
            Value::unknown(ty.clone())
        }
        Kind::Unknown(Type::Map(t), _) => Value::unknown((**t).clone()),
        _ => return Err((UNSUPPORTED, without_attributes(&value.ty(), name))),
    };
    Ok(found.with_marks(marks))
}

fn no_attribute(name: &str) -> AccessError {
    (
        UNSUPPORTED,
        format!(
            "This object does not have an attribute named {}.",
            quote(name)
        ),
    )
}

fn without_attributes(ty: &Type, name: &str) -> String {
    match ty {
        Type::List(element) => match &**element {
            Type::Object(o) if o.attributes.contains_key(name) => format!(
                "Can't access attributes on a list of objects. Did you mean to access attribute {} for a specific element of the list, or across all elements of the list?",
                quote(name)
            ),
            Type::Object(_) => "Can't access attributes on a list of objects. Did you mean to access an attribute for a specific element of the list, or across all elements of the list?".into(),
            _ => "This value does not have any attributes.".into(),
        },
        Type::Set(element) if matches!(**element, Type::Object(_)) => "Can't access attributes on a set of objects. Did you mean to access an attribute across all elements of the set?".into(),
        ty if ty.is_primitive() => format!(
            "Can't access attributes on a primitive-typed value ({}).",
            ty.friendly_name()
        ),
        _ => "This value does not have any attributes.".into(),
    }
}

/// The element of a collection that `key` names.
///
/// # Errors
/// Summary and detail, when there is none.
pub fn get_index(collection: &Value, key: &Value) -> Result<Value, AccessError> {
    if collection.is_null() {
        return Err((
            "Attempt to index null value",
            "This value is null, so it does not have any indices.".into(),
        ));
    }
    if key.is_null() {
        return Err((
            INVALID_INDEX,
            "Can't use a null value as an indexing key.".into(),
        ));
    }
    let marks = collection.marks() | key.marks();
    let ty = collection.ty();
    if matches!(ty, Type::Dynamic) || matches!(key.kind(), Kind::Unknown(Type::Dynamic, _)) {
        return Ok(unknown().with_marks(marks));
    }
    let found = match &ty {
        Type::List(_) | Type::Tuple(_) => in_sequence(collection, &ty, key)?,
        Type::Map(element) => in_map(collection, element, key)?,
        // What is secret in the name of an attribute is not secret in its value.
        Type::Object(_) => {
            let found = in_object(collection, &ty, key)?;
            return Ok(found.with_marks(collection.marks()));
        }
        Type::Set(_) => {
            return Err((
                INVALID_INDEX,
                "Elements of a set are identified only by their value and don't have any separate index or key to select with, so it's only possible to perform operations across all elements of the set.".into(),
            ));
        }
        _ => {
            return Err((
                INVALID_INDEX,
                "This value does not have any indices.".into(),
            ));
        }
    };
    Ok(found.with_marks(marks))
}

fn as_key(key: &Value, ty: &Type) -> Result<Value, AccessError> {
    convert(key, ty).map_err(|e| no_element(&format!(": {e}")))
}

fn no_element(why: &str) -> AccessError {
    (INVALID_INDEX, format!("{NO_ELEMENT}{why}."))
}

fn in_sequence(collection: &Value, ty: &Type, key: &Value) -> Result<Value, AccessError> {
    let key = as_key(key, &Type::Number)?;
    let Some(n) = key.as_number() else {
        return Ok(Value::unknown(match ty {
            Type::List(element) => (**element).clone(),
            _ => Type::Dynamic,
        }));
    };
    let types = match ty {
        Type::Tuple(types) => Some(types),
        _ => None,
    };
    let length = match (types, collection.as_slice()) {
        (Some(types), _) => types.len(),
        (None, Some(items)) => items.len(),
        (None, None) => {
            return Ok(Value::unknown(
                ty.element().cloned().unwrap_or(Type::Dynamic),
            ));
        }
    };
    let at = n.to_usize().filter(|i| *i < length);
    let Some(at) = at else {
        let secret = !collection.marks().is_empty();
        return Err(outside(n, length, secret));
    };
    match (collection.as_slice(), types) {
        (Some(items), _) => Ok(items[at].clone()),
        (None, Some(types)) => Ok(Value::unknown(types[at].clone())),
        (None, None) => Ok(unknown()),
    }
}

/// Why there is no element `n`. Of how long a secret is nothing is said.
fn outside(n: &Number, length: usize, secret: bool) -> AccessError {
    no_element(if !n.is_integer() {
        ": indexing a sequence requires a whole number, but the given index has a fractional part"
    } else if n.is_negative() {
        ": a negative number is not a valid index for a sequence"
    } else if secret || *n != Number::from(length) {
        ""
    } else if length == 0 {
        ": the collection has no elements"
    } else {
        ": the given index is greater than or equal to the length of the collection"
    })
}

fn in_map(collection: &Value, element: &Type, key: &Value) -> Result<Value, AccessError> {
    let key = as_key(key, &Type::String)?;
    match (collection.as_fields(), key.as_str()) {
        (Some(fields), Some(name)) => fields.get(name).cloned().ok_or_else(|| no_element("")),
        _ => Ok(Value::unknown(element.clone())),
    }
}

fn in_object(collection: &Value, ty: &Type, key: &Value) -> Result<Value, AccessError> {
    let is_number = matches!(key.ty(), Type::Number);
    let key = as_key(key, &Type::String)?;
    let Some(name) = key.as_str() else {
        return Ok(unknown());
    };
    let missing = || {
        let hint = match is_number {
            true => " An object only supports looking up attributes by name, not by numeric index.",
            false => "",
        };
        (INVALID_INDEX, format!("{NO_ELEMENT}.{hint}"))
    };
    match (collection.as_fields(), ty) {
        (Some(fields), _) => fields.get(name).cloned().ok_or_else(missing),
        (None, Type::Object(o)) if !o.attributes.contains_key(name) => Err(missing()),
        _ => Ok(unknown()),
    }
}
