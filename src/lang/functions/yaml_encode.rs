//! `yamlencode`: values as YAML in block style.
//!
//! Strings are always quoted, or literal blocks where they have several lines, so that every reader
//! takes them for strings.

use std::fmt::Write;

use trunkline_api::{Kind, Value};

use super::{Function, Param, Returns, Shape, unknown};

/// Beyond this column a quoted string is broken at the next space.
const WIDTH: usize = 80;
/// The longest key that is written before its colon on one line.
const SIMPLE_KEY: usize = 128;

pub(super) static FUNCTIONS: &[Function] = &[Function::new(
    "yamlencode",
    "Gives a value as YAML text.",
    &[Param::new("value", Shape::Any, "The value.")
        .nullable()
        .dynamic()],
    Returns::Always(Shape::String),
    |args, ty, _| match args.first() {
        Some(value) if value.is_wholly_known() => Ok(Value::string(encode(value))),
        _ => Ok(unknown(ty.clone())),
    },
)];

/// The value as a YAML document. It must be wholly known.
fn encode(value: &Value) -> String {
    let mut writer = Writer::default();
    writer.node(value, 0, false);
    let plain = matches!(
        value.kind(),
        Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) | Kind::Unknown(..)
    );
    if !writer.out.ends_with('\n') {
        writer.out.push('\n');
    }
    if plain {
        // A plain scalar alone could go on; the end mark says that it does not.
        writer.out.push_str("...\n");
    }
    writer.out
}

#[derive(Default)]
struct Writer {
    out: String,
}

impl Writer {
    fn column(&self) -> usize {
        let line = self.out.rfind('\n').map_or(0, |at| at + 1);
        self.out[line..].chars().count()
    }

    /// Begins a new line, unless at the beginning of the text or on a line that only has a marker.
    fn line(&mut self, indent: usize) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// Writes a value whose own lines have `indent`; after a marker (`- `) the first goes on the same
    /// line.
    fn node(&mut self, value: &Value, indent: usize, after_marker: bool) {
        match value.kind() {
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
                if items.is_empty() {
                    self.out.push_str("[]");
                }
                for (i, item) in items.iter().enumerate() {
                    if i > 0 || !after_marker {
                        self.line(indent);
                    }
                    self.out.push_str("- ");
                    self.node(item, indent + 2, true);
                }
            }
            Kind::Map(_, fields) | Kind::Object(fields) => {
                if fields.is_empty() {
                    self.out.push_str("{}");
                }
                for (i, (key, item)) in fields.iter().enumerate() {
                    if i > 0 || !after_marker {
                        self.line(indent);
                    }
                    self.entry(key, item, indent);
                }
            }
            Kind::String(s) => self.string(s, indent),
            Kind::Bool(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Kind::Number(n) => self.out.push_str(&n.to_string()),
            Kind::Null(_) | Kind::Unknown(..) => self.out.push_str("null"),
        }
    }

    fn entry(&mut self, key: &str, value: &Value, indent: usize) {
        if key.len() > SIMPLE_KEY || key.contains('\n') {
            self.out.push_str("? ");
            self.string(key, indent + 2);
            self.line(indent);
            self.out.push_str(": ");
            return self.node(value, indent + 2, true);
        }
        self.quoted(key, None);
        self.out.push(':');
        match value.kind() {
            // The items of a list have the indent of its key.
            Kind::List(_, v) | Kind::Set(_, v) | Kind::Tuple(v) if !v.is_empty() => {
                self.node(value, indent, false);
            }
            Kind::Map(_, f) | Kind::Object(f) if !f.is_empty() => {
                self.node(value, indent + 2, false);
            }
            _ => {
                self.out.push(' ');
                self.node(value, indent + 2, true);
            }
        }
    }

    /// Writes a string; its further lines have `indent`, or two where that is none.
    fn string(&mut self, s: &str, indent: usize) {
        let indent = indent.max(2);
        if s.contains('\n') && fits_block(s) {
            self.literal(s, indent);
        } else {
            self.quoted(s, Some(indent));
        }
    }

    fn literal(&mut self, s: &str, indent: usize) {
        self.out.push('|');
        if s.starts_with([' ', '\n']) {
            self.out.push('2');
        }
        if !s.ends_with('\n') {
            self.out.push('-');
        } else if s == "\n" || s.ends_with("\n\n") {
            self.out.push('+');
        }
        for line in s.split_inclusive('\n') {
            if !self.out.ends_with('\n') {
                self.out.push('\n');
            }
            let bare = line.trim_end_matches('\n');
            if !bare.is_empty() {
                self.out.extend(std::iter::repeat_n(' ', indent));
                self.out.push_str(bare);
            }
            if line.ends_with('\n') {
                // A line without text still ends.
                self.out.push('\n');
            }
        }
    }

    /// Writes a double-quoted string, broken at spaces where `indent` says how to go on.
    fn quoted(&mut self, s: &str, indent: Option<usize>) {
        self.out.push('"');
        let mut column = self.column();
        let count = s.chars().count();
        let mut chars = s.chars().enumerate().peekable();
        let mut after_space = false;
        while let Some((i, c)) = chars.next() {
            if c == ' '
                && let Some(indent) = indent
                && !after_space
                && column > WIDTH
                && i > 0
                && i + 1 < count
            {
                self.out.push('\n');
                self.out.extend(std::iter::repeat_n(' ', indent));
                column = indent;
                if chars.peek().is_some_and(|(_, next)| *next == ' ') {
                    self.out.push('\\');
                    column += 1;
                }
                after_space = true;
                continue;
            }
            let before = self.out.len();
            escape(&mut self.out, c);
            column += self.out[before..].chars().count();
            after_space = c == ' ';
        }
        self.out.push('"');
    }
}

/// Whether the string can be a literal block: nothing that must be escaped, no white space before a
/// line's end.
fn fits_block(s: &str) -> bool {
    let unescaped =
        |c: char| c == '\n' || printable(c) && !matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
    s.chars().all(unescaped) && !s.contains(" \n") && !s.ends_with(' ')
}

/// What YAML allows unescaped in one plane of characters.
fn printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

fn escape(out: &mut String, c: char) {
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        c if printable(c) => {
            out.push(c);
            return;
        }
        c => {
            let code = c as u32;
            // Writing to a String cannot fail.
            let _ = match code {
                0..=0xff => write!(out, "\\x{code:02X}"),
                0x100..=0xffff => write!(out, "\\u{code:04X}"),
                _ => write!(out, "\\U{code:08X}"),
            };
            return;
        }
    };
    out.push('\\');
    out.push(short);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_block_yaml() {
        let of = |source: &str| encode(&super::super::json::decode(source).unwrap());
        for (json, yaml) in [
            ("1.5", "1.5\n...\n"),
            ("\"\"", "\"\"\n"),
            ("[]", "[]\n"),
            ("[[1,2],[[]],{}]", "- - 1\n  - 2\n- - []\n- {}\n"),
            (
                r#"{"a":{"b":["c",{"d":"e","x":null}],"f":[]}}"#,
                "\"a\":\n  \"b\":\n  - \"c\"\n  - \"d\": \"e\"\n    \"x\": null\n  \"f\": []\n",
            ),
            (r#""a\nb""#, "|-\n  a\n  b\n"),
            (r#"{"a":["x\ny\n"]}"#, "\"a\":\n- |\n  x\n  y\n"),
            (
                r#"{"z":{"y":"a\n\nb"}}"#,
                "\"z\":\n  \"y\": |-\n    a\n\n    b\n",
            ),
            (r#"" x\ny""#, "|2-\n   x\n  y\n"),
            (r#""\n""#, "|2+\n\n"),
            (r#""x \ny""#, "\"x \\ny\"\n"),
            (r#"{"k\ny":1}"#, "? |-\n  k\n  y\n: 1\n"),
            (
                r#""\u0001\u007f\u0085\u00a0👍""#,
                "\"\\x01\\x7F\\N\u{a0}\\U0001F44D\"\n",
            ),
        ] {
            assert_eq!(of(json), yaml, "{json}");
        }
        let long = format!("\"{}\"", "word ".repeat(20));
        assert_eq!(
            of(&long),
            format!("\"{}word\n  word word word \"\n", "word ".repeat(16))
        );
    }
}
