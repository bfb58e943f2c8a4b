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
    if let [first, rest @ ..] = name.as_bytes()
        && name.is_ascii()
    {
        let goes_on = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        return first.is_ascii_alphabetic() && rest.iter().all(goes_on);
    }
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
        assert_eq!(attribute_name("é-1"), "é-1");
    }

    #[test]
    fn ascii_is_judged_like_everything() {
        for c in (0..=0x7f).map(char::from) {
            let begins = unicode_ident::is_xid_start(c);
            assert_eq!(is_identifier(&c.to_string()), begins, "{c:?}");
            let goes_on = c == '-' || unicode_ident::is_xid_continue(c);
            assert_eq!(is_identifier(&format!("a{c}")), goes_on, "{c:?}");
        }
    }
}
