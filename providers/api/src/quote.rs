//! Text in double quotes, as Terraform's messages show names.
//!
//! Not for configuration syntax: `${` stays as it is.

use std::fmt::Write;

/// `text` in double quotes, with what is not printable escaped.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c if hidden(c) && (c as u32) < 0x10000 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c if hidden(c) => {
                let _ = write!(out, "\\U{:08x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether the character leaves no mark of its own: anything that Rust's own escaping spells out
/// other than combining marks, and every space but the plain one.
fn hidden(c: char) -> bool {
    if c.is_ascii() {
        return false;
    }
    if c.is_whitespace() {
        return true;
    }
    // `str`'s escaping leaves combining marks alone after the first character.
    let escaped: String = format!("a{c}").escape_debug().collect();
    escaped.contains("\\u{")
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        let cases = [
            ("a\"b", r#""a\"b""#),
            ("\u{1}\u{7}", r#""\x01\a""#),
            ("é${x}'", r#""é${x}'""#),
            ("\u{a0}\u{200b}\u{1f600}", "\"\\u00a0\\u200b\u{1f600}\""),
        ];
        for (text, expected) in cases {
            assert_eq!(quote(text), expected);
        }
    }
}
