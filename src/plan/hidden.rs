//! Keeps what a configuration marks as sensitive out of the messages of rules: they see the values themselves, which is how
//! they judge them, and may quote what they find wrong.
//!
//! It knows no rule.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use trunkline_api::{Diagnostics, Kind, Value};

/// What stands in the place of a value.
const PLACE: &str = "(sensitive value)";

/// The texts of values that are marked as sensitive, and no part of any word beside them.
#[derive(Debug, Default)]
pub struct Hidden(BTreeSet<String>);

/// Whether a character goes on with a word, so that a text that ends before it is only a part.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.')
}

impl Hidden {
    /// Those of one value.
    #[must_use]
    pub fn of(value: &Value) -> Hidden {
        let mut hidden = Hidden::default();
        hidden.add(value);
        hidden
    }

    /// Adds those of a value.
    pub fn add(&mut self, value: &Value) {
        if !value.marks_deep().is_sensitive() {
            return;
        }
        value.walk(&mut |_, marked| {
            if marked.marks().is_sensitive() {
                marked.walk(&mut |_, leaf| self.text(leaf));
            }
        });
    }

    fn text(&mut self, leaf: &Value) {
        let text = match leaf.kind() {
            Kind::String(text) => text.to_string(),
            Kind::Number(number) => number.to_string(),
            _ => return,
        };
        if !text.trim().is_empty() {
            self.0.insert(text);
        }
    }

    /// The problems without what is hidden.
    #[must_use]
    pub fn out_of(&self, mut problems: Diagnostics) -> Diagnostics {
        if !self.0.is_empty() {
            for problem in &mut problems {
                problem.detail = self.cleared(&problem.detail);
            }
        }
        problems
    }

    fn cleared(&self, text: &str) -> String {
        // Longer ones first: one may be a part of another, of which nothing may be left.
        let mut secrets: Vec<&String> = self.0.iter().collect();
        secrets.sort_by_key(|secret| Reverse(secret.len()));
        let all = secrets.into_iter();
        all.fold(text.to_owned(), |text, secret| without(&text, secret))
    }
}

/// A text without a secret, wherever that stands as a word of its own.
fn without(text: &str, secret: &str) -> String {
    let (mut cleared, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(secret) {
        // A dot before a space or the end closes a sentence.
        let ends = after.strip_prefix('.').unwrap_or(after);
        let whole = !before.ends_with(is_word)
            && (!after.starts_with(is_word) || ends.is_empty() || ends.starts_with(' '));
        cleared.push_str(before);
        cleared.push_str(if whole { PLACE } else { secret });
        rest = after;
    }
    cleared + rest
}

#[cfg(test)]
mod tests {
    use trunkline_api::{Marks, Type};

    use super::*;

    fn secret(text: &str) -> Value {
        Value::from(text).with_marks(Marks::SENSITIVE)
    }

    #[test]
    fn what_is_sensitive_is_hidden_as_a_word_and_the_rest_stays() {
        let value = Value::object([
            ("a", secret("main")),
            ("b", Value::from("open")),
            (
                "c",
                Value::list(Type::Number, [Value::number(16504)]).with_marks(Marks::SENSITIVE),
            ),
            ("d", secret("")),
        ]);
        let hidden = Hidden::of(&value);
        for (text, cleared) in [
            ("\"main\" is open", "\"(sensitive value)\" is open"),
            ("x.main and mainly, main-1", "x.main and mainly, main-1"),
            ("It is main.", "It is (sensitive value)."),
            (
                "key@main/16504: 165045",
                "key@(sensitive value)/(sensitive value): 165045",
            ),
        ] {
            assert_eq!(hidden.cleared(text), cleared);
        }
    }

    #[test]
    fn nothing_is_left_of_a_secret_that_holds_another() {
        let hidden = Hidden::of(&Value::object([
            ("user", secret("ada")),
            ("both", secret("ada:lace")),
        ]));
        assert_eq!(
            hidden.cleared("ada cannot log in as ada:lace."),
            "(sensitive value) cannot log in as (sensitive value)."
        );
    }
}
