//! Values as they are stored, written as JSON text straight into bytes: an apply of a hundred thousand objects writes as
//! many.
//!
//! What is seldom or large goes by way of [`crate::json_write`], which has the same forms.

use std::sync::Arc;

use serde::Serialize;

use crate::json_write::{PlainText, TypeText};
use crate::{Fields, Kind, Type, Value};

/// A JSON text in the making.
#[derive(Default)]
pub struct JsonText(Vec<u8>);

impl JsonText {
    /// An empty one with room for a value of this [`Value::size`], names and all, in all likelihood.
    #[must_use]
    pub fn for_size(size: u32) -> JsonText {
        /// What one of the values in an object takes with its name.
        const EACH: usize = 32;
        JsonText(Vec::with_capacity(EACH * (size as usize + 1)))
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// What is written so far.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Begins anew, in the same memory.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds what another has written.
    pub fn add(&mut self, other: &JsonText) {
        self.0.extend_from_slice(&other.0);
    }

    /// Adds what is JSON already.
    #[inline]
    pub fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Adds anything.
    pub fn any(&mut self, written: &impl Serialize) {
        serde_json::to_writer(&mut self.0, written)
            .expect("all keys are texts, and memory takes all");
    }

    /// Adds a string.
    pub fn string(&mut self, text: &str) {
        if !is_plain(text.as_bytes()) {
            return self.any(&text);
        }
        self.0.reserve(text.len() + 2);
        self.0.push(b'"');
        self.raw(text);
        self.0.push(b'"');
    }

    /// Adds a value for storage under a type: dynamic places carry their type.
    pub fn typed(&mut self, value: &Value, ty: &Type) {
        match (value.kind(), ty) {
            (Kind::Null(_), Type::Dynamic) => self.raw("null"),
            (_, Type::Dynamic) => {
                // In the order of Terraform's state files.
                self.raw("{\"value\":");
                self.plain(value);
                self.raw(",\"type\":");
                self.type_of(value);
                self.raw("}");
            }
            (Kind::List(_, v) | Kind::Set(_, v), Type::List(t) | Type::Set(t)) => {
                self.elements(v.iter().map(|e| (e, &**t)));
            }
            (Kind::Tuple(v), Type::Tuple(ts)) => self.elements(v.iter().zip(ts.iter())),
            (Kind::Map(_, f), Type::Map(t)) => self.fields(f, |_| Some(t)),
            (Kind::Object(f), Type::Object(o)) => {
                // Both are sorted, and have the same names as a rule.
                let mut types = o.attributes.iter();
                self.fields(f, |name| match types.next() {
                    Some((next, ty)) if next == name => Some(ty),
                    _ => o.attributes.get(name),
                });
            }
            _ => self.plain(value),
        }
    }

    fn elements<'v>(&mut self, elements: impl Iterator<Item = (&'v Value, &'v Type)>) {
        self.raw("[");
        for (n, (element, ty)) in elements.enumerate() {
            if n > 0 {
                self.raw(",");
            }
            self.typed(element, ty);
        }
        self.raw("]");
    }

    /// Named values, as far as `type_of` has types for them by those.
    fn fields<'t>(
        &mut self,
        fields: &Fields,
        mut type_of: impl FnMut(&Arc<str>) -> Option<&'t Type>,
    ) {
        self.raw("{");
        for (n, (name, value)) in fields.iter().enumerate() {
            if n > 0 {
                self.raw(",");
            }
            self.string(name);
            self.raw(":");
            match type_of(name) {
                Some(ty) => self.typed(value, ty),
                None => self.plain(value),
            }
        }
        self.raw("}");
    }

    /// Adds a value in the form of [`crate::json::to_json`].
    fn plain(&mut self, value: &Value) {
        match value.kind() {
            Kind::Null(_) | Kind::Unknown(..) => self.raw("null"),
            Kind::Bool(true) => self.raw("true"),
            Kind::Bool(false) => self.raw("false"),
            Kind::String(s) => self.string(s),
            Kind::Number(n) => match n.to_i64() {
                Some(small) => self.any(&small),
                None => self.any(&PlainText(value)),
            },
            _ => self.any(&PlainText(value)),
        }
    }

    /// Adds the type of a value in the form of [`crate::json::type_json`].
    fn type_of(&mut self, value: &Value) {
        match value.kind() {
            Kind::Bool(_) => self.raw("\"bool\""),
            Kind::Number(_) => self.raw("\"number\""),
            Kind::String(_) => self.raw("\"string\""),
            _ => self.any(&TypeText(&value.ty())),
        }
    }
}

/// Whether no byte has to be escaped: eight of them are looked at together, since most texts are short.
fn is_plain(text: &[u8]) -> bool {
    const fn eight(b: u8) -> u64 {
        u64::from_ne_bytes([b; 8])
    }
    // The highest bit of some byte is set where one is below `n`, which is at most 0x80.
    let below = |word: u64, n: u8| word.wrapping_sub(eight(n)) & !word;
    let is_plain = |word: u64| {
        let control = below(word, 0x20);
        let quote = below(word ^ eight(b'"'), 1);
        let escape = below(word ^ eight(b'\\'), 1);
        (control | quote | escape) & eight(0x80) == 0
    };
    let (words, rest) = text.as_chunks();
    let rest = rest
        .iter()
        .fold(eight(b' '), |word, b| word << 8 | u64::from(*b));
    is_plain(rest) && words.iter().all(|word| is_plain(u64::from_ne_bytes(*word)))
}

/// A value as it is stored under a type.
#[cfg(test)]
pub(crate) fn typed_text(value: &Value, ty: &Type) -> String {
    let mut text = JsonText::for_size(value.size());
    text.typed(value, ty);
    String::from_utf8(text.into_bytes()).unwrap()
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;
    use crate::json::from_json;
    use crate::{Marks, Number};

    #[test]
    fn every_byte_is_looked_at_wherever_it_is() {
        for length in 0..20 {
            for at in 0..length {
                for c in (0..=0x7f).map(char::from) {
                    let mut text = vec!['é'; length];
                    text[at] = c;
                    let text: String = text.iter().collect();
                    let plain = !matches!(c, '\0'..='\x1f' | '"' | '\\');
                    assert_eq!(is_plain(text.as_bytes()), plain, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let awkward = "a \"quoted\" \\ line\nand \u{1}, \u{7f}, \u{2028} é";
        let ty = Type::object([
            ("any", Type::Dynamic),
            ("flag", Type::Bool),
            ("list", Type::list(Type::Dynamic)),
            ("map", Type::map(Type::Number)),
            ("nothing", Type::Dynamic),
            ("pair", Type::tuple([Type::Bool, Type::String])),
            ("set", Type::set(Type::String)),
            ("text", Type::String),
        ]);
        let number = |text: &str| Value::number(Number::parse(text).unwrap());
        let values = [
            Value::from(awkward).with_marks(Marks::SENSITIVE),
            Value::from(false),
            number("-12"),
            number("123456789012345678901234567890.5"),
            Value::null(Type::String),
            Value::object([("b", Value::from("x")), ("a", Value::tuple([number("1")]))]),
            Value::list(Type::Bool, []),
        ];
        for any in values {
            let value = Value::object([
                ("any", any.clone()),
                ("flag", Value::from(true)),
                ("list", Value::list(Type::Dynamic, [any.clone()])),
                (
                    "map",
                    Value::map(Type::Number, [(awkward, number("7")), ("", number("0.5"))]),
                ),
                ("nothing", Value::null(Type::Dynamic)),
                (
                    "pair",
                    Value::tuple([Value::null(Type::Bool), Value::from(awkward)]),
                ),
                ("set", Value::set(Type::String, [])),
                ("text", Value::from("")),
            ]);
            let text = typed_text(&value, &ty);
            let tree: Json = serde_json::from_str(&text).unwrap();
            // That is how serde writes it.
            assert_eq!(tree.to_string(), text);
            let read = from_json(&tree, &ty).unwrap();
            assert!(read.same(&value) || any.is_null(), "{text}");
        }
    }
}
