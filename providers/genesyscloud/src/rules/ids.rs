//! GC03: what ids look like.

use trunkline_api::kit::attrs;
use trunkline_api::{Diagnostic, Diagnostics, Path, Value};

/// Whether `text` is a UUID of the form 8-4-4-4-12.
pub(crate) fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|g| g.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && groups
            .iter()
            .all(|g| g.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// GC03: `text` at `path` is an id; `star` allows `*` (a division).
pub(super) fn gc03(text: &str, path: Path, star: bool) -> Diagnostics {
    if is_uuid(text) || (star && text == "*") {
        return Vec::new();
    }
    let star = if star { ", or *" } else { "" };
    let detail = format!(
        "GC03: {path} is {text:?}; an id has the form 01234567-89ab-cdef-0123-456789abcdef{star}. Refer to the object instead of writing its id, where you can."
    );
    vec![Diagnostic::error("Invalid Id", detail).on(path)]
}

/// GC03 for attribute `name` of `object`, if it is known.
pub(super) fn gc03_of(object: &Value, name: &str, star: bool) -> Diagnostics {
    match attrs::text(object, name) {
        Some(text) => gc03(text, Path::attribute(name), star),
        None => Vec::new(),
    }
}
