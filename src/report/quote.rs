//! Strings and names as they are quoted in plan and state text. Nothing is coloured here.

use std::borrow::Cow;

pub use trunkline_api::quote::quote;

/// The name of an object attribute or block: bare where the language allows it, quoted elsewhere.
#[must_use]
pub fn attribute_name(name: &str) -> Cow<'_, str> {
    if is_identifier(name) {
        name.into()
    } else {
        quote(name).into()
    }
}

/// Whether `name` is an identifier of the language.
#[must_use]
pub fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(unicode_ident::is_xid_start)
        && chars.all(|c| c == '-' || unicode_ident::is_xid_continue(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_only_where_needed() {
        assert_eq!(attribute_name("a-b"), "a-b");
        assert_eq!(attribute_name("a b"), "\"a b\"");
        assert_eq!(attribute_name("1a"), "\"1a\"");
    }
}
