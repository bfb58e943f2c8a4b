//! Reading and building values by attribute name.
//!
//! Readers answer `None` for what is absent, null, unknown or of another type, so that a resource can
//! say what it needs in one line. They never convert.

use std::sync::Arc;

use crate::{Kind, Number, Type, Value};

/// The known, non-null attribute `name` of an object.
#[must_use]
pub fn present<'v>(object: &'v Value, name: &str) -> Option<&'v Value> {
    object.attr(name).filter(|v| v.is_known() && !v.is_null())
}

/// The known string in attribute `name`.
#[must_use]
pub fn text<'v>(object: &'v Value, name: &str) -> Option<&'v str> {
    object.attr(name)?.as_str()
}

/// The known whole number in attribute `name`.
#[must_use]
pub fn integer(object: &Value, name: &str) -> Option<i64> {
    object.attr(name)?.as_number()?.to_i64()
}

/// The known truth value in attribute `name`.
#[must_use]
pub fn flag(object: &Value, name: &str) -> Option<bool> {
    object.attr(name)?.as_bool()
}

/// The elements of the list, set or tuple in attribute `name`; none when it is absent.
#[must_use]
pub fn items<'v>(object: &'v Value, name: &str) -> &'v [Value] {
    object.attr(name).and_then(Value::as_slice).unwrap_or(&[])
}

/// The known strings among the elements of attribute `name`.
#[must_use]
pub fn texts(object: &Value, name: &str) -> Vec<String> {
    items(object, name)
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// Whether attribute `name` is unknown, or something in it is.
#[must_use]
pub fn has_unknown(object: &Value, name: &str) -> bool {
    object.attr(name).is_some_and(|v| !v.is_wholly_known())
}

/// Whether attribute `name` is missing or null. Unknown is neither.
#[must_use]
pub fn is_unset(object: &Value, name: &str) -> bool {
    object.attr(name).is_none_or(Value::is_null)
}

/// The object with attribute `name` set to `value`; anything but a known object stays as it is.
#[must_use]
pub fn set(object: &Value, name: &str, value: Value) -> Value {
    match object.kind() {
        Kind::Object(fields) => Value::new(Kind::Object(fields.with(name, value))),
        _ => object.clone(),
    }
}

/// What was planned, with nothing for what only a read could tell.
#[must_use]
pub fn settled(planned: &Value) -> Value {
    planned.map_leaves(&mut |leaf| match leaf.is_known() {
        true => leaf.clone(),
        false => Value::null(leaf.ty()),
    })
}

/// A string, or null.
#[must_use]
pub fn string_or_null<S: Into<Arc<str>>>(text: Option<S>) -> Value {
    text.map_or_else(|| Value::null(Type::String), Value::string)
}

/// A number, or null.
#[must_use]
pub fn integer_or_null(number: Option<i64>) -> Value {
    number.map_or_else(
        || Value::null(Type::Number),
        |n| Value::number(Number::from(n)),
    )
}

/// A truth value, or null.
#[must_use]
pub fn flag_or_null(flag: Option<bool>) -> Value {
    flag.map_or_else(|| Value::null(Type::Bool), Value::bool)
}

/// A set of strings.
#[must_use]
pub fn string_set<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Value {
    Value::set(
        Type::String,
        texts.into_iter().map(|t| Value::string(t.as_ref())),
    )
}

/// A list of strings, in the order given.
#[must_use]
pub fn string_list<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Value {
    Value::list(
        Type::String,
        texts.into_iter().map(|t| Value::string(t.as_ref())),
    )
}
