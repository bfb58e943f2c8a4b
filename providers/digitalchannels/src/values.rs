//! Reading attributes out of a configuration or state value.
//!
//! It only looks; it never fills defaults in and never fails.

use trunkline_api::kit::attrs;
use trunkline_api::{Fields, Kind, Value};

/// What an attribute holds, as far as a rule may look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text<'v> {
    /// Null, or no such attribute.
    Absent,
    /// Not known yet.
    Unknown,
    /// A known string.
    Known(&'v str),
}

impl<'v> Text<'v> {
    /// The string, if it is known.
    pub(crate) fn known(self) -> Option<&'v str> {
        match self {
            Text::Known(text) => Some(text),
            Text::Absent | Text::Unknown => None,
        }
    }
}

/// The string attribute `name` of `object`.
pub(crate) fn text<'v>(object: &'v Value, name: &str) -> Text<'v> {
    if !object.is_known() {
        return Text::Unknown;
    }
    match object.attr(name).map(Value::kind) {
        Some(Kind::String(text)) => Text::Known(text),
        Some(Kind::Unknown(..)) => Text::Unknown,
        _ => Text::Absent,
    }
}

/// The known string attribute `name` of `object`.
pub(crate) fn known<'v>(object: &'v Value, name: &str) -> Option<&'v str> {
    text(object, name).known()
}

/// The known truth value `name` of `object`.
pub(crate) fn flag(object: &Value, name: &str) -> Option<bool> {
    object.attr(name)?.as_bool()
}

/// The known strings in the list or set `name`; `None` when it is null or anything in it is unknown.
pub(crate) fn texts<'v>(object: &'v Value, name: &str) -> Option<Vec<&'v str>> {
    let items = object.attr(name)?.as_slice()?;
    items.iter().map(Value::as_str).collect()
}

/// The fields of the map or object `name`, if it is known.
pub(crate) fn fields<'v>(object: &'v Value, name: &str) -> Option<&'v Fields> {
    object.attr(name)?.as_fields()
}

/// The elements of the block or collection `name`, none when it is null or unknown.
pub(crate) fn items<'v>(object: &'v Value, name: &str) -> &'v [Value] {
    object
        .attr(name)
        .and_then(Value::as_slice)
        .unwrap_or_default()
}

/// Whether `name` is null or not there (not: unknown).
pub(crate) fn absent(object: &Value, name: &str) -> bool {
    object.is_known() && object.attr(name).is_none_or(Value::is_null)
}

/// A copy of an object with some attributes set.
pub(crate) fn with(object: &Value, set: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let set = set.into_iter();
    set.fold(object.clone(), |object, (name, value)| {
        attrs::set(&object, name, value)
    })
}
