//! The list envelope with `pageNumber`, `pageSize` and its URIs (public API definition).
//!
//! It must not filter or sort.

use serde_json::{Value, json};

use super::errors;
use crate::http::{Reply, Request};
use crate::world::{Refusal, World};

/// Page size when none is asked for (public).
const DEFAULT_SIZE: usize = 25;
/// The largest page that is given out (what public clients use; the true maximum differs by endpoint).
const MAX_SIZE: usize = 100;

/// Which page is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub(crate) number: usize,
    pub(crate) size: usize,
}

/// Reads the paging parameters; refuses what is not a number within bounds.
pub(crate) fn page(world: &mut World, request: &Request) -> Result<Page, Refusal> {
    let mut read = |name: &str, default: usize, max: usize| match request.query(name) {
        None => Ok(default),
        Some(text) => text
            .parse()
            .ok()
            .filter(|n| (1..=max).contains(n))
            .ok_or_else(|| {
                let message =
                    format!("The query parameter {name} must be a whole number from 1 to {max}");
                errors::bad_request(world, "invalid.query.param.value", &message)
            }),
    };
    Ok(Page {
        number: read("pageNumber", 1, 1_000_000)?,
        size: read("pageSize", DEFAULT_SIZE, MAX_SIZE)?,
    })
}

/// One page of a list, in the envelope.
pub(crate) fn envelope(request: &Request, page: Page, all: Vec<Value>) -> Reply {
    let total = all.len();
    let count = total.div_ceil(page.size);
    let entities: Vec<Value> = all
        .into_iter()
        .skip((page.number - 1) * page.size)
        .take(page.size)
        .collect();
    let uri = |number: usize| {
        let others: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(
                request
                    .query
                    .iter()
                    .filter(|(n, _)| n != "pageNumber" && n != "pageSize"),
            )
            .finish();
        let others = if others.is_empty() {
            others
        } else {
            format!("&{others}")
        };
        format!(
            "{}?pageSize={}&pageNumber={number}{others}",
            request.path, page.size
        )
    };
    let mut body = json!({
        "entities": entities, "pageSize": page.size, "pageNumber": page.number, "total": total, "pageCount": count,
        "firstUri": uri(1), "lastUri": uri(count.max(1)), "selfUri": uri(page.number),
    });
    if page.number < count {
        body["nextUri"] = uri(page.number + 1).into();
    }
    if page.number > 1 {
        body["previousUri"] = uri(page.number - 1).into();
    }
    Reply::json(200, body)
}
