//! What every resource of RCI does alike: whole-object writes, what is said of them, finding again.
//!
//! It knows no resource type.

use serde_json::Value as Json;
pub(crate) use trunkline_api::kit::attrs::settled;
use trunkline_api::kit::{Outcome, attrs};
use trunkline_api::{Diagnostic, Diagnostics, Value};
use trunkline_http::HttpError;

use crate::client::{Client, text};

/// The id of an object; empty where it is not known.
pub(crate) fn id(object: &Value) -> &str {
    attrs::text(object, "id").unwrap_or_default()
}

/// Lays members over a body: null members are left out.
pub(crate) fn overlay(mut body: Json, members: Vec<(&'static str, Json)>) -> Json {
    if let Some(object) = body.as_object_mut() {
        for (name, value) in members {
            object.shift_remove(name);
            if !value.is_null() {
                object.insert(name.to_owned(), value);
            }
        }
    }
    body
}

/// A failure where the object is not as the plan took it to be, by the attributes `names`.
pub(crate) fn changed_meanwhile(
    prior: &Value,
    now: &Value,
    names: &[&str],
    label: &str,
) -> Option<Outcome> {
    let members = differing(prior, now, names);
    let text = format!(
        "The {label} was changed by somebody else since it was planned ({}). A write replaces the whole object, so nothing was written. Plan again.",
        members.join(", ")
    );
    let problem = Diagnostic::error("Object Changed Meanwhile", text);
    (!members.is_empty()).then(|| Outcome::failed(problem))
}

/// The attributes among `names` that differ between what was planned from and what is there.
pub(crate) fn differing<'n>(prior: &Value, now: &Value, names: &[&'n str]) -> Vec<&'n str> {
    let unset = |value: &Value, name: &str| attrs::is_unset(value, name);
    names
        .iter()
        .filter(|name| {
            prior.attr(name) != now.attr(name) && !(unset(prior, name) && unset(now, name))
        })
        .copied()
        .collect()
}

/// The warning for an object that was made and cannot be read.
pub(crate) fn not_read(label: &str) -> Diagnostic {
    Diagnostic::warning(
        "Object Not Read Back",
        format!(
            "The {label} was made, but it cannot be read back. The next plan shows whether it is there."
        ),
    )
}

/// The same, with the reason.
pub(crate) fn not_read_because(label: &str, error: &HttpError) -> Diagnostic {
    let mut problem = not_read(label);
    problem.detail = format!("{} ({error})", problem.detail);
    problem
}

/// An import that knows the id, or why not.
pub(crate) fn imported(id: Result<String, Diagnostic>) -> Result<Value, Diagnostics> {
    let id = id.map_err(|problem| vec![problem])?;
    Ok(Value::object([("id", Value::string(id))]))
}

/// Finds by its natural key what a lost create made. Each is read whole: rows of lists are sparse.
pub(crate) async fn found_again(
    client: &Client,
    parts: &[&str],
    (key, value): (&str, &str),
    state: impl Fn(Json) -> Value,
) -> Result<Vec<Value>, HttpError> {
    let mut found = Vec::new();
    for row in client.rows(parts, key, value, &[]).await? {
        let one = [parts, &[text(&row, "id").unwrap_or_default()]].concat();
        found.extend(client.find(&one).await?.map(&state));
    }
    Ok(found)
}
