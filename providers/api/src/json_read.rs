//! Stored values from JSON text without a tree in between: a state has a hundred thousand.
//!
//! It reads what [`crate::json_text`] has written, and leaves out attributes that the type does not have. Where
//! it finds anything else it gives up: [`crate::json`] reads that, and says what is wrong.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use crate::json::type_from_json;
use crate::{Fields, Kind, Number, ObjectType, Type, Value};

/// How deep what is stored may be nested.
const MAX_DEPTH: usize = 250;

/// Reads a text from its beginning to its end. `None` is that it takes more than this to read it; nothing can be read any
/// more then.
pub struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    /// What a type does not have is wrong, as in dynamic places, which hold all that their own type has.
    closed: bool,
}

impl<'t> Reader<'t> {
    /// At the beginning of `text`.
    #[must_use]
    pub fn new(text: &'t str) -> Reader<'t> {
        Reader {
            text,
            at: 0,
            depth: 0,
            closed: false,
        }
    }

    /// The value of the type `ty` that comes next.
    pub fn value(&mut self, ty: &Type) -> Option<Value> {
        if self.peek()? == b'n' {
            self.word("null")?;
            return Some(Value::null(ty.clone()));
        }
        match ty {
            Type::String => Some(Value::string(&*self.string()?)),
            Type::Number => Number::parse(self.number()?).map(Value::number),
            Type::Bool if self.peek()? == b't' => {
                self.word("true")?;
                Some(Value::bool(true))
            }
            Type::Bool => {
                self.word("false")?;
                Some(Value::bool(false))
            }
            Type::Dynamic
            | Type::Object(_)
            | Type::List(_)
            | Type::Set(_)
            | Type::Map(_)
            | Type::Tuple(_) => {
                self.depth = Some(self.depth + 1).filter(|depth| *depth <= MAX_DEPTH)?;
                let value = self.compound(ty);
                self.depth -= 1;
                value
            }
        }
    }

    fn compound(&mut self, ty: &Type) -> Option<Value> {
        Some(match ty {
            Type::Object(object) => self.object(object)?,
            Type::Dynamic => self.dynamic()?,
            Type::Map(ty) => {
                let mut found: Vec<(Arc<str>, Value)> = Vec::new();
                self.members(|reader, name| {
                    found.push((name.into(), reader.value(ty)?));
                    Some(())
                })?;
                Value::map(ty.clone(), found)
            }
            Type::Tuple(types) => {
                let mut found = Vec::with_capacity(types.len());
                self.elements(|reader| {
                    found.push(reader.value(types.get(found.len())?)?);
                    Some(())
                })?;
                if found.len() < types.len() {
                    return None;
                }
                Value::tuple(found)
            }
            Type::List(element) => Value::list(element.clone(), self.all(element)?),
            Type::Set(element) => Value::set(element.clone(), self.all(element)?),
            Type::Bool | Type::Number | Type::String => return None,
        })
    }

    /// Elements of one type.
    fn all(&mut self, ty: &Type) -> Option<Vec<Value>> {
        let mut found = Vec::new();
        self.elements(|reader| {
            found.push(reader.value(ty)?);
            Some(())
        })?;
        Some(found)
    }

    fn object(&mut self, object: &ObjectType) -> Option<Value> {
        let attributes = &object.attributes;
        let mut found: Vec<(Arc<str>, Value)> = Vec::with_capacity(attributes.len());
        // Most often all are there, once each and in order.
        let mut order = attributes.iter();
        let (mut next, mut in_order) = (order.next(), true);
        self.take(b'{')?;
        let mut more = self.peek()? != b'}';
        while more {
            let expected = next.filter(|(name, _)| self.is_named(name));
            let known = match expected {
                Some(_) => expected,
                None => attributes.get_key_value(&self.string()?),
            };
            self.take(b':')?;
            match known {
                Some((name, ty)) => {
                    found.push((name.clone(), self.value(ty)?));
                    in_order &= expected.is_some();
                    next = order.next();
                }
                None if self.closed => return None,
                None => drop(self.skip()?),
            }
            more = self.peek()? == b',';
            self.at += usize::from(more);
        }
        self.take(b'}')?;
        if in_order && next.is_none() {
            return Some(Value::new(Kind::Object(Fields::of_sorted(found))));
        }
        let missing = attributes
            .iter()
            .filter(|(name, _)| !found.iter().any(|(n, _)| n == *name));
        let missing: Vec<_> = missing
            .map(|(name, ty)| (name.clone(), Value::null(ty.clone())))
            .collect();
        found.extend(missing);
        Some(Value::new(Kind::Object(found.into())))
    }

    /// Takes the text that comes next if it is this one, and has no escapes.
    fn is_named(&mut self, name: &str) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let Some(rest) = rest.strip_prefix(b"\"") else {
            return false;
        };
        let same = rest.starts_with(name.as_bytes())
            && rest.get(name.len()) == Some(&b'"')
            && name.bytes().all(is_plain);
        if same {
            self.at += name.len() + 2;
        }
        same
    }

    /// A value with its type, in either order.
    fn dynamic(&mut self) -> Option<Value> {
        let (mut ty, mut value) = (None, None);
        self.members(|reader, part| {
            let found = match part {
                "type" => &mut ty,
                "value" => &mut value,
                _ => return None,
            };
            found.replace(reader.skip()?).is_none().then_some(())
        })?;
        let mut place = Reader {
            text: value?,
            at: 0,
            depth: self.depth,
            closed: true,
        };
        let value = place.value(&type_of(ty?)?)?;
        place.is_at_end().then_some(value)
    }

    /// The members of the object that comes next: each must be read when it is told its name.
    pub fn members(&mut self, mut each: impl FnMut(&mut Self, &str) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        if self.peek()? == b'}' {
            return self.take(b'}');
        }
        loop {
            let name = self.string()?;
            self.take(b':')?;
            each(self, &name)?;
            match self.peek()? {
                b',' => self.at += 1,
                _ => return self.take(b'}'),
            }
        }
    }

    /// The elements of the array that comes next: each must be read when it is told of it.
    fn elements(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(b'[')?;
        if self.peek()? == b']' {
            return self.take(b']');
        }
        loop {
            each(self)?;
            match self.peek()? {
                b',' => self.at += 1,
                _ => return self.take(b']'),
            }
        }
    }

    /// The text of whatever comes next, brackets closed.
    pub fn skip(&mut self) -> Option<&'t str> {
        self.peek()?;
        let (start, mut open) = (self.at, 0);
        loop {
            match self.peek()? {
                b'"' => drop(self.string()?),
                b'{' | b'[' => {
                    open += 1;
                    self.at += 1;
                }
                b'}' | b']' if open > 0 => {
                    open -= 1;
                    self.at += 1;
                }
                b',' | b':' if open > 0 => self.at += 1,
                b'n' => self.word("null")?,
                b't' => self.word("true")?,
                b'f' => self.word("false")?,
                _ => drop(self.number()?),
            }
            if open == 0 {
                return self.text.get(start..self.at);
            }
        }
    }

    /// Whether nothing follows.
    #[must_use]
    pub fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at)? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        rest.starts_with(word.as_bytes())
            .then(|| self.at += word.len())
    }

    fn number(&mut self) -> Option<&'t str> {
        let first = self.peek()?;
        let rest = self.text.get(self.at..)?;
        let within = |b: &u8| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let end = rest.bytes().position(|b| !within(&b));
        let (number, _) = rest.split_at(end.unwrap_or(rest.len()));
        self.at += number.len();
        matches!(first, b'0'..=b'9' | b'-').then_some(number)
    }

    /// A text, which is copied only where it has escapes.
    fn string(&mut self) -> Option<Cow<'t, str>> {
        self.take(b'"')?;
        let start = self.at;
        let rest = self.text.as_bytes().get(start..)?;
        let mut length = rest.iter().position(|b| !is_plain(*b))?;
        if rest[length] == b'"' {
            self.at = start + length + 1;
            return Some(Cow::Borrowed(self.text.get(start..start + length)?));
        }
        loop {
            match rest.get(length)? {
                b'"' => break,
                b'\\' => length += 2,
                0..=0x1f => return None,
                _ => length += 1,
            }
        }
        self.at = start + length + 1;
        let quoted = self.text.get(start - 1..self.at)?;
        serde_json::from_str(quoted).ok().map(Cow::Owned)
    }
}

/// Whether a byte of a text stands for itself there.
fn is_plain(byte: u8) -> bool {
    static PLAIN: [bool; 256] = {
        let mut plain = [true; 256];
        let mut control = 0;
        while control < 0x20 {
            plain[control] = false;
            control += 1;
        }
        plain[b'"' as usize] = false;
        plain[b'\\' as usize] = false;
        plain
    };
    PLAIN[usize::from(byte)]
}

/// The type that a text says. Neighbours in a state have the same ones, so the last is kept.
fn type_of(text: &str) -> Option<Type> {
    thread_local! {
        static LAST: RefCell<Option<(Box<str>, Type)>> = const { RefCell::new(None) };
    }
    match text {
        "\"string\"" => Some(Type::String),
        "\"number\"" => Some(Type::Number),
        "\"bool\"" => Some(Type::Bool),
        _ => LAST.with_borrow_mut(|last| {
            if let Some((known, ty)) = last
                && **known == *text
            {
                return Some(ty.clone());
            }
            let ty = type_from_json(&serde_json::from_str(text).ok()?).ok()?;
            *last = Some((text.into(), ty.clone()));
            Some(ty)
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::from_json;
    use crate::json_text::typed_text;

    fn read(text: &str, ty: &Type) -> Option<Value> {
        let mut reader = Reader::new(text);
        let value = reader.value(ty)?;
        reader.is_at_end().then_some(value)
    }

    #[test]
    fn what_is_written_is_read() {
        let ty = Type::object([
            ("any", Type::Dynamic),
            ("flag", Type::Bool),
            (
                "inner",
                Type::object([("n", Type::Number), ("s", Type::String)]),
            ),
            ("none", Type::object([("n", Type::Number)])),
            ("some", Type::Dynamic),
            ("text", Type::String),
            ("list", Type::list(Type::list(Type::String))),
            ("map", Type::map(Type::Number)),
            ("set", Type::set(Type::String)),
            ("deep", Type::Dynamic),
            ("nothing", Type::list(Type::Bool)),
        ]);
        let deep = Value::object([
            ("empty", Value::tuple([])),
            ("map", Value::map(Type::Bool, [("k", Value::bool(true))])),
            ("none", Value::null(Type::list(Type::String))),
            (
                "set",
                Value::set(Type::Number, [Value::number(2), Value::number(1)]),
            ),
        ]);
        let inner = Value::object([
            (
                "n",
                Value::number(Number::parse("123456789012345678901234567890.5").unwrap()),
            ),
            ("s", Value::null(Type::String)),
        ]);
        let value = Value::object([
            ("any", Value::tuple([Value::from("a"), Value::number(1)])),
            ("flag", Value::from(true)),
            ("inner", inner),
            ("none", Value::null(Type::object([("n", Type::Number)]))),
            ("some", Value::number(-7)),
            ("text", Value::from("a \"b\"\n\u{e9}")),
            (
                "list",
                Value::list(
                    Type::list(Type::String),
                    [
                        Value::list(Type::String, [Value::from("\\"), Value::null(Type::String)]),
                        Value::null(Type::list(Type::String)),
                    ],
                ),
            ),
            ("map", Value::map(Type::Number, [("a b", Value::number(1))])),
            (
                "set",
                Value::set(Type::String, [Value::from("z"), Value::from("a")]),
            ),
            ("deep", Value::tuple([deep, Value::from("x")])),
            ("nothing", Value::null(Type::list(Type::Bool))),
        ]);
        let text = typed_text(&value, &ty);
        assert_eq!(read(&text, &ty), Some(value.clone()));
        assert_eq!(
            from_json(&serde_json::from_str(&text).unwrap(), &ty),
            Ok(value)
        );
    }

    #[test]
    fn attributes_come_and_go() {
        let ty = Type::object([("a", Type::String), ("b", Type::Number)]);
        let text = json!({"gone": {"x": [1]}, "b": 1}).to_string();
        let value = Value::object([("a", Value::null(Type::String)), ("b", Value::number(1))]);
        assert_eq!(read(&text, &ty), Some(value));
    }

    #[test]
    fn what_is_not_simple_is_left() {
        let list = Type::object([("l", Type::list(Type::String))]);
        assert_eq!(read(r#"{"l":{"a":"b"}}"#, &list), None);
        let any = Type::object([("d", Type::Dynamic)]);
        let one = Value::object([("d", Value::number(1))]);
        for right in [
            r#"{"type":"number","value":1}"#,
            r#"{"value":1,"type":"number"}"#,
        ] {
            let found = read(&format!(r#"{{"d":{right}}}"#), &any);
            assert_eq!(found.as_ref(), Some(&one), "{right}");
        }
        for wrong in [
            r#"{"value":[1,2],"type":["tuple",["number"]]}"#,
            r#"{"value":[1],"type":["tuple",["number","number"]]}"#,
            r#"{"value":{"x":1,"y":2},"type":["object",{"x":"number"}]}"#,
            r#"{"value":1}"#,
            r#"{"type":"number"}"#,
            r#"{"type":"number","value":1,"value":2}"#,
            r#"{"value":1,"type":"number","value":2}"#,
            r#"{"type":"number","value":1,"more":2}"#,
            r#"{"type":"string","value":1}"#,
            r#"{"type":["map","string"],"value":1}"#,
            r#"[1]"#,
        ] {
            assert_eq!(read(&format!(r#"{{"d":{wrong}}}"#), &any), None, "{wrong}");
        }
        let odd = Type::object([("a\"", Type::Bool), ("b\\", Type::Bool), ("c", Type::Bool)]);
        let value = Value::object([
            ("a\"", Value::bool(true)),
            ("b\\", Value::bool(false)),
            ("c", Value::bool(true)),
        ]);
        let text = typed_text(&value, &odd);
        assert_eq!(read(&text, &odd), Some(value));
        assert_eq!(read(r#"{"a":true}"#, &odd), read("{}", &odd));
        assert_eq!(read(r#"{"a"":true}"#, &odd), None);
        assert_eq!(read(r#"{"b\":true}"#, &odd), None);
        let number = Type::object([("n", Type::Number)]);
        for wrong in [
            r#"{"n":1"#,
            r#"{"n":1,}"#,
            r#"{"n":}"#,
            r#"{"n" 1}"#,
            r#"{n:1}"#,
            r#"{"n":+1}"#,
            r#"{"n":1e}"#,
            r#"{"n":nul}"#,
            r#"{"n":true}"#,
            "{\"n\n\":1}",
            r#"{"gone":[1}"#,
            r#"{"gone":tru}"#,
            r#"{"gone":"\x"}"#,
            r#"{"gone":"a"#,
            "",
        ] {
            assert_eq!(read(wrong, &number), None, "{wrong}");
        }
        let deep = |n: usize| (0..n).fold(Type::String, |ty, _| Type::list(ty));
        let brackets = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(read(&brackets(200), &deep(200)).is_some());
        assert_eq!(read(&brackets(300), &deep(300)), None);
        let text = " { \"n\" : 1.50e1 ,\n\t\"gone\" : { \"a\" : [ null , \"\\u00e9]\" ] } } ";
        let value = Value::object([("n", Value::number(15))]);
        assert_eq!(read(text, &number), Some(value));
        assert_eq!(read(r#"{"n":"12"}"#, &number), None);
        assert_eq!(read(r#"{"n":1} x"#, &number), None);
        assert_eq!(read("[]", &number), None);
        assert_eq!(read("5", &number), None, "a number is no object");
    }
}
