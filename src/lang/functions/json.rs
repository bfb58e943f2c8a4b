//! `jsonencode` and `jsondecode`, and JSON text for other functions.
//!
//! The text is that of Go's encoder as Terraform uses it: keys sorted, `<`, `>` and `&` escaped,
//! numbers in full.

use std::fmt::Write;

use trunkline_api::{Kind, Number, Type, Value};

use super::{Failure, Function, Param, Returns, Shape, text, unknown};

/// How deep values may nest.
const MAX_DEPTH: usize = 1000;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "jsonencode",
        "Gives a value as JSON text.",
        &[Param::new("val", Shape::Any, "The value.")
            .nullable()
            .dynamic()],
        Returns::Always(Shape::String),
        |args, ty, _| match args.first() {
            Some(value) if value.is_wholly_known() => Ok(Value::string(encode(value)?)),
            _ => Ok(unknown(ty.clone())),
        },
    ),
    Function::new(
        "jsondecode",
        "Reads JSON text.",
        &[Param::new("str", Shape::String, "The text.").unknown()],
        Returns::Of(Shape::Any, |_| Ok(Type::Dynamic)),
        |args, _, _| match args.first().map(Value::kind) {
            Some(Kind::Unknown(_, refinement)) => {
                let known = refinement.as_ref().and_then(|r| r.prefix.as_deref());
                check_beginning(known.unwrap_or_default())?;
                Ok(Value::unknown(Type::Dynamic))
            }
            _ => Ok(decode(text(args, 0))?),
        },
    )
    .may_be_null(),
];

/// Refuses what can never become JSON, however it goes on.
fn check_beginning(known: &str) -> Result<(), Failure> {
    match known.trim_start().chars().next() {
        None | Some('{' | '[' | '"' | '-' | '0'..='9' | 't' | 'f' | 'n') => Ok(()),
        Some(c) => Err(Failure::Argument(
            0,
            format!("a JSON document cannot begin with the character '{c}'"),
        )),
    }
}

/// The value as JSON text. It must be wholly known.
pub(super) fn encode(value: &Value) -> Result<String, Failure> {
    let mut out = String::new();
    write_value(&mut out, value)?;
    Ok(out)
}

fn write_value(out: &mut String, value: &Value) -> Result<(), Failure> {
    match value.kind() {
        Kind::Null(_) => out.push_str("null"),
        Kind::Unknown(..) => return Err("value is not known".into()),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Number(n) if n.is_infinite() => {
            return Err("cannot serialize infinity as JSON".into());
        }
        Kind::Number(n) => out.push_str(&n.to_string()),
        Kind::String(s) => write_string(out, s),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(out, item)?;
            }
            out.push(']');
        }
        Kind::Map(_, fields) | Kind::Object(fields) => {
            out.push('{');
            for (i, (key, item)) in fields.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_string(out, key);
                out.push(':');
                write_value(out, item)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// The text as a JSON string.
pub(super) fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_string(&mut out, text);
    out
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Reads JSON text: arrays are tuples, objects objects.
pub(super) fn decode(source: &str) -> Result<Value, String> {
    let mut reader = Reader {
        bytes: source.as_bytes(),
        source,
        at: 0,
    };
    let value = reader.value(0)?;
    reader.space();
    // A closing bracket too many ends the text, as Terraform's reader has it.
    if !matches!(reader.bytes.get(reader.at), None | Some(b']' | b'}')) {
        return Err("extraneous data after JSON object".into());
    }
    Ok(value)
}

/// Reads with the messages of Go's decoder.
struct Reader<'s> {
    bytes: &'s [u8],
    source: &'s str,
    at: usize,
}

impl Reader<'_> {
    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn unexpected<T>(&self, context: &str) -> Result<T, String> {
        let context = match context {
            "" => String::new(),
            context => format!(" {context}"),
        };
        match self
            .source
            .get(self.at..)
            .and_then(|rest| rest.bytes().next())
            .map(char::from)
        {
            // A byte for itself, as Go has it.
            None => Err("unexpected EOF".into()),
            Some('\'') => Err(format!("invalid character '\\''{context}")),
            Some('"') => Err(format!("invalid character '\"'{context}")),
            Some(c) => {
                let quoted = trunkline_api::quote::quote(&c.to_string());
                let inner = quoted.trim_matches('"');
                Err(format!("invalid character '{inner}'{context}"))
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        self.space();
        if depth > MAX_DEPTH {
            return Err("exceeded max depth".into());
        }
        match self.bytes.get(self.at) {
            None => Err("EOF".into()),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Value::string(self.string()?)),
            Some(b't') => self.word("true", Value::bool(true)),
            Some(b'f') => self.word("false", Value::bool(false)),
            Some(b'n') => self.word("null", Value::null(Type::Dynamic)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.unexpected("looking for beginning of value"),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, String> {
        for expected in word.bytes() {
            if self.bytes.get(self.at) != Some(&expected) {
                return self.unexpected(&format!(
                    "in literal {word} (expecting '{}')",
                    char::from(expected)
                ));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        if self.bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        if self.bytes.get(self.at) == Some(&b'0') {
            self.at += 1;
        } else if self.digits() == 0 {
            return self.unexpected("in numeric literal");
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return self.unexpected("after decimal point in numeric literal");
            }
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return self.unexpected("in exponent of numeric literal");
            }
        }
        match Number::parse(&self.source[start..self.at]) {
            Some(n) => Ok(Value::number(n)),
            None => Err(format!("invalid number {}", &self.source[start..self.at])),
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.source[self.at..];
            let Some(c) = rest.chars().next() else {
                return Err("unexpected EOF".into());
            };
            match c {
                '"' => {
                    self.at += 1;
                    return Ok(out);
                }
                '\\' => {
                    self.at += 1;
                    self.escape(&mut out)?;
                }
                '\0'..='\u{1f}' => return self.unexpected("in string literal"),
                c => {
                    out.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), String> {
        let plain = match self.bytes.get(self.at) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let unit = self.code_unit()?;
                // Two halves of a surrogate pair make one character; a half alone makes none.
                if (0xd800..0xdc00).contains(&unit) && self.bytes[self.at..].starts_with(b"\\u") {
                    let before = self.at;
                    self.at += 2;
                    let low = self.code_unit()?;
                    if (0xdc00..0xe000).contains(&low) {
                        let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                        out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                        return Ok(());
                    }
                    self.at = before;
                }
                out.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
                return Ok(());
            }
            _ => return self.unexpected("in string escape code"),
        };
        out.push(plain);
        self.at += 1;
        Ok(())
    }

    fn code_unit(&mut self) -> Result<u32, String> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self
                .bytes
                .get(self.at)
                .and_then(|b| char::from(*b).to_digit(16));
            let Some(digit) = digit else {
                return self.unexpected("in \\u hexadecimal character escape");
            };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.bytes.get(self.at) == Some(&b']') {
            self.at += 1;
            return Ok(Value::tuple([]));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            match self.bytes.get(self.at) {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::tuple(items));
                }
                None => return Err("EOF".into()),
                Some(_) => return self.unexpected("after array element"),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut fields = Vec::new();
        self.space();
        if self.bytes.get(self.at) == Some(&b'}') {
            self.at += 1;
            return Ok(Value::object::<&str>([]));
        }
        loop {
            self.space();
            match self.bytes.get(self.at) {
                Some(b'"') => {}
                None => return Err("EOF".into()),
                Some(_) if fields.is_empty() => return self.unexpected(""),
                Some(_) => {
                    return self.unexpected("looking for beginning of object key string");
                }
            }
            let key = self.string()?;
            self.space();
            match self.bytes.get(self.at) {
                Some(b':') => {}
                None => return Err("EOF".into()),
                Some(_) => return self.unexpected("after object key"),
            }
            self.at += 1;
            // Names are strings of the language, so they are normalised like them.
            let key = Value::string(key);
            let value = self.value(depth + 1)?;
            let key = key.as_str().unwrap_or_default().to_owned();
            fields.push((key, value));
            self.space();
            match self.bytes.get(self.at) {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return object(fields);
                }
                None => return Err("EOF".into()),
                Some(_) => return self.unexpected("after object key:value pair"),
            }
        }
    }
}

/// An object of its fields. Of equal names the last counts, but the others must be of its kind.
fn object(fields: Vec<(String, Value)>) -> Result<Value, String> {
    let count = fields.len();
    let object = Value::object(fields.iter().map(|(k, v)| (k.as_str(), v.clone())));
    if object.as_fields().is_some_and(|f| f.len() == count) {
        return Ok(object);
    }
    for (name, value) in &fields {
        let last = object.attr(name).map_or(value, |v| v);
        let required = match (value.kind(), last.kind()) {
            (Kind::Null(_), _) | (_, Kind::Null(_)) => continue,
            (Kind::Number(_), Kind::Number(_))
            | (Kind::String(_) | Kind::Number(_) | Kind::Bool(_), Kind::String(_))
            | (Kind::Bool(_), Kind::Bool(_))
            | (Kind::Tuple(_), Kind::Tuple(_))
            | (Kind::Object(_), Kind::Object(_)) => continue,
            (_, Kind::Number(_)) => "number is required",
            (_, Kind::String(_)) => "string is required",
            (_, Kind::Bool(_)) => "a bool is required",
            (_, Kind::Tuple(_)) => "missing expected [",
            _ => "missing expected {",
        };
        return Err(required.into());
    }
    Ok(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_goes_out_and_in() {
        let value =
            decode(" {\"b\": [1e3, null, \"<\\u00e9\\ud83d\\ude00\"], \"a\": {}} ").unwrap();
        assert_eq!(
            encode(&value),
            Ok(r#"{"a":{},"b":[1000,null,"\u003cé😀"]}"#.to_owned())
        );
    }

    #[test]
    fn messages_are_those_of_go() {
        for (source, message) in [
            ("", "EOF"),
            ("[1", "EOF"),
            ("[\"a", "unexpected EOF"),
            ("{e", "invalid character 'e'"),
            (r#"{"a": [], "a": "x"}"#, "string is required"),
            ("[1 2]", "invalid character '2' after array element"),
            (
                "{\"a\": 1,}",
                "invalid character '}' looking for beginning of object key string",
            ),
            (
                "'a'",
                "invalid character '\\'' looking for beginning of value",
            ),
            ("nul", "unexpected EOF"),
            (
                "nulx",
                "invalid character 'x' in literal null (expecting 'l')",
            ),
            ("01", "extraneous data after JSON object"),
            ("1.", "unexpected EOF"),
        ] {
            assert_eq!(decode(source), Err(message.to_owned()), "{source}");
        }
        assert!(decode(&"[".repeat(100_000)).is_err());
    }
}
