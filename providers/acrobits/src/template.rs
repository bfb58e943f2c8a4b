//! URL templates with placeholders between percent signs [public], and keys with placeholders in braces.
//!
//! Pure. A percent sign followed by two hexadecimal digits is an encoded character, not a placeholder.

/// A piece of a URL template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    /// Text as it is.
    Text(&'t str),
    /// `%name%` or `%account[key]%`, without the percent signs.
    Placeholder(&'t str),
}

/// The pieces of a template, or the place (in characters, from 1) of a percent sign that begins nothing.
pub(crate) fn pieces(template: &str) -> Result<Vec<Piece<'_>>, usize> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while let Some(percent) = template[at..].find('%').map(|n| at + n) {
        let rest = &template[percent + 1..];
        let name = rest
            .split('%')
            .next()
            .filter(|name| name.len() < rest.len());
        let encoded = rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit());
        match name {
            Some(name) if is_placeholder(name) && !(encoded && name.len() == 2) => {
                if from < percent {
                    found.push(Piece::Text(&template[from..percent]));
                }
                found.push(Piece::Placeholder(name));
                from = percent + name.len() + 2;
                at = from;
            }
            _ if encoded => at = percent + 3,
            _ => return Err(template[..percent].chars().count() + 1),
        }
    }
    if from < template.len() {
        found.push(Piece::Text(&template[from..]));
    }
    Ok(found)
}

fn is_placeholder(name: &str) -> bool {
    let word = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    match name
        .strip_prefix("account[")
        .and_then(|n| n.strip_suffix(']'))
    {
        Some(key) => word(key),
        None => word(name),
    }
}

/// The placeholders of a template; none where it is not balanced.
pub(crate) fn placeholders(template: &str) -> Vec<&str> {
    let pieces = pieces(template).unwrap_or_default();
    let name = |piece| match piece {
        Piece::Placeholder(name) => Some(name),
        Piece::Text(_) => None,
    };
    pieces.into_iter().filter_map(name).collect()
}

/// Whether a template carries a password, so that it may only be called over https.
pub(crate) fn carries_password(template: &str) -> bool {
    let secret = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.contains("password") || name.contains("secret")
    };
    placeholders(template).into_iter().any(secret)
}

/// A key with `{name}` filled in; the name that is not known where there is one.
pub(crate) fn fill<'t>(key: &'t str, values: &[(&str, &str)]) -> Result<String, &'t str> {
    let mut out = String::new();
    let mut rest = key;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        let Some(end) = rest[at..].find('}').map(|n| at + n) else {
            return Err(&rest[at..]);
        };
        let name = &rest[at + 1..end];
        let value = values.iter().find(|(known, _)| *known == name);
        out.push_str(value.ok_or(name)?.1);
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Why a key cannot name a document, if it cannot.
pub(crate) fn bad_key(key: &str) -> Option<&'static str> {
    if key.is_empty() || key.len() > 1024 {
        return Some("it must have 1 to 1024 bytes");
    }
    if key.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Some("it has an empty part, or one that is \".\" or \"..\"");
    }
    if key.contains(['\\', '?', '#']) || key.chars().any(char::is_control) {
        return Some("it has a backslash, a question mark, a hash or a control character");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_taken_apart() {
        let text = "https://a.test/%account[cloud_username]%.json?c=%20%fullcode%";
        assert_eq!(
            pieces(text).unwrap(),
            [
                Piece::Text("https://a.test/"),
                Piece::Placeholder("account[cloud_username]"),
                Piece::Text(".json?c=%20"),
                Piece::Placeholder("fullcode"),
            ]
        );
        assert_eq!(pieces("a%username"), Err(2));
        assert_eq!(pieces("a%%"), Err(2));
        assert_eq!(
            pieces("%ad%username%").unwrap(),
            [Piece::Text("%ad"), Piece::Placeholder("username")]
        );
        assert!(carries_password("x?%account[cloud_password]%"));
        assert!(!carries_password("x?password=%username%"));
    }

    #[test]
    fn keys_are_filled_and_judged() {
        assert_eq!(fill("a/{x}.json", &[("x", "1")]).unwrap(), "a/1.json");
        assert_eq!(fill("a/{y}", &[("x", "1")]), Err("y"));
        assert_eq!(fill("a/{y", &[("x", "1")]), Err("{y"));
        for bad in ["", "/a", "a//b", "a/../b", "a\\b", "a?b", "a\n"] {
            assert!(bad_key(bad).is_some(), "{bad:?}");
        }
        assert_eq!(bad_key("a/b.c/ä"), None);
    }
}
