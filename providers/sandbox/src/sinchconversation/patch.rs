//! `PATCH` with `update_mask`: which top-level fields a call replaces, and with what.
//!
//! Public: a call replaces every field that it carries. [assumed]: with a mask only what the mask names counts,
//! a field that it names and the body lacks is cleared, and only top-level fields can be named.

use serde_json::{Map, Value};

use super::errors;
use crate::http::Request;
use crate::world::Refusal;

/// The object after the patch. `fields` are those that can change; output-only ones in a body are ignored.
pub(crate) fn apply(
    request: &Request,
    old: &Value,
    body: &Value,
    fields: &[&str],
) -> Result<Value, Refusal> {
    errors::only_query(request, &["update_mask"])?;
    let masks: Vec<&str> = request
        .query
        .iter()
        .flat_map(|(_, mask)| mask.split(','))
        .filter(|path| !path.is_empty())
        .collect();
    if masks.iter().any(|path| !fields.contains(path)) {
        let message = "update_mask names something that is not a field which can be changed";
        return Err(errors::error(400, message));
    }
    let mut out = old.as_object().cloned().unwrap_or_else(Map::new);
    for field in fields {
        let sent = body.get(*field);
        let counts = if masks.is_empty() {
            sent.is_some()
        } else {
            masks.contains(field)
        };
        if !counts {
            continue;
        }
        match sent.filter(|value| !value.is_null()) {
            Some(value) => {
                out.insert((*field).to_owned(), value.clone());
            }
            None => {
                out.remove(*field);
            }
        }
    }
    Ok(out.into())
}
