//! `yamldecode`: YAML text as values.
//!
//! What a plain scalar means follows Terraform's reader, which takes the old spellings of bools
//! (`yes`, `on`) and keeps all digits of numbers.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use regex::Regex;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, Tag};
use trunkline_api::quote::quote;
use trunkline_api::{Kind, Number, Type, Value};

use super::timestamp::parse_timestamp;
use super::{Function, Outcome, Param, Returns, Shape, text};

/// How deep nodes may nest.
const MAX_DEPTH: usize = 1000;
/// How many nodes a document may have once its aliases are replaced.
const MAX_NODES: usize = 10_000_000;

pub(super) static FUNCTIONS: &[Function] = &[Function::new(
    "yamldecode",
    "Reads one YAML document.",
    &[Param::new("src", Shape::String, "The text.")],
    Returns::Of(Shape::Any, |_| Ok(Type::Dynamic)),
    |args, _, _| -> Outcome { Ok(decode(text(args, 0))?) },
)
.may_be_null()];

fn decode(source: &str) -> Result<Value, String> {
    let first = source.lines().find(|line| !line.trim().is_empty());
    if first.is_some_and(|line| line.starts_with('\t') && !line.trim().starts_with('#')) {
        return Err("found character that cannot start any token".into());
    }
    if source.chars().any(is_control) {
        return Err("control characters are not allowed".into());
    }
    let mut reader = Reader {
        parser: Parser::new_from_str(source),
        source,
        length: source.chars().count(),
        anchors: HashMap::new(),
        open: Vec::new(),
    };
    loop {
        match reader.next()?.0 {
            Event::DocumentStart(_) => break,
            Event::StreamEnd => {
                return Err("on line 1, column 1: missing start of document".into());
            }
            _ => {}
        }
    }
    let (event, line) = reader.next()?;
    let node = reader.node(event, line, 0)?;
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Ok(node.value),
            (Event::DocumentStart(_), Place { line, .. }) => {
                return Err(format!(
                    "on line {}, column 1: unexpected extra content after value",
                    line.saturating_sub(1).max(1)
                ));
            }
            _ => {}
        }
    }
}

/// What may stand nowhere in a document.
fn is_control(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\u{fffe}' | '\u{ffff}' => true,
        c => c.is_control(),
    }
}

/// A value, and how many nodes it has with its aliases replaced.
#[derive(Clone)]
struct Node {
    value: Value,
    size: usize,
}

/// Where an event is.
#[derive(Clone, Copy, Default)]
struct Place {
    /// The line where it begins, from 1.
    line: usize,
    /// Whether it ends with the text.
    at_end: bool,
}

struct Reader<'s> {
    parser: Parser<'s, StrInput<'s>>,
    source: &'s str,
    /// In characters.
    length: usize,
    anchors: HashMap<usize, Node>,
    /// Anchors of the nodes that are being read.
    open: Vec<usize>,
}

impl<'s> Reader<'s> {
    /// The next event and where it is.
    fn next(&mut self) -> Result<(Event<'s>, Place), String> {
        match self.parser.next_event() {
            None => Ok((Event::StreamEnd, Place::default())),
            Some(Ok((event, span))) => Ok((
                event,
                Place {
                    line: span.start.line(),
                    at_end: span.end.index() >= self.length,
                },
            )),
            Some(Err(error)) => Err(self.problem(&error)),
        }
    }

    /// A syntax error in the words of Terraform's reader where it has some for it.
    fn problem(&self, error: &ScanError) -> String {
        // What was being read when it went wrong is left out.
        let told = match error.info().split_once(", ") {
            Some((context, rest)) if context.starts_with("while ") => rest,
            _ => error.info(),
        };
        let marker = error.marker();
        let line = self.source.lines().nth(marker.line().saturating_sub(1));
        let name = |sigil: char| -> String {
            let from = line.unwrap_or_default();
            let after = from.rfind(sigil).map_or("", |at| &from[at + 1..]);
            after
                .chars()
                .take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
                .collect()
        };
        if told.contains("unknown anchor") {
            return format!("reference to undefined anchor {}", quote(&name('*')));
        }
        let words = [
            (
                "character that cannot start",
                "found character that cannot start any token",
            ),
            (
                "tabs disallowed",
                "found character that cannot start any token",
            ),
            (
                "unexpected character",
                "found character that cannot start any token",
            ),
            (
                "mapping values are not allowed",
                "mapping values are not allowed in this context",
            ),
            ("simple key expect", "could not find expected ':'"),
            ("unexpected end of stream", "found unexpected end of stream"),
            ("expected ',' or ']'", "did not find expected ',' or ']'"),
            ("expected ',' or '}'", "did not find expected ',' or '}'"),
            ("<document start>", "did not find expected <document start>"),
            (
                "did not find expected node content",
                "did not find expected node content",
            ),
            ("misplaced bracket", "did not find expected node content"),
            ("handle wasn't declared", "found undefined tag handle"),
        ];
        let told = words
            .iter()
            .find(|(theirs, _)| told.contains(theirs))
            .map_or(told, |(_, ours)| ours);
        // Lines of the parser count from zero there, columns of the scanner are not told.
        let (line, column) = if told.starts_with("did not find expected") {
            (marker.line().saturating_sub(1), marker.col() + 1)
        } else {
            (marker.line(), 1)
        };
        if marker.line() > 1 && line > 0 {
            format!("on line {line}, column {column}: {told}")
        } else {
            told.to_owned()
        }
    }

    fn node(&mut self, event: Event<'s>, place: Place, depth: usize) -> Result<Node, String> {
        let Place { line, at_end } = place;
        if depth > MAX_DEPTH {
            return Err(format!("on line {line}: nested too deeply"));
        }
        let (anchor, node) = match event {
            Event::Alias(anchor) => {
                if self.open.contains(&anchor) {
                    let name = self.anchor_name(line);
                    return Err(format!(
                        "cannot refer to anchor {name} from inside its own definition"
                    ));
                }
                let node = self.anchors.get(&anchor).cloned();
                return node.ok_or_else(|| {
                    format!("reference to undefined anchor {}", self.anchor_name(line))
                });
            }
            Event::Scalar(text, style, anchor, tag) => {
                let mut text = text.as_ref();
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                if block && at_end && !self.source.ends_with('\n') {
                    // The last line has no end of its own.
                    text = text.strip_suffix('\n').unwrap_or(text);
                }
                let value = if block && text.is_empty() && tag.is_none() {
                    Value::null(Type::String)
                } else {
                    scalar(text, style, tag.as_deref())?
                };
                (anchor, Node { value, size: 1 })
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), "seq", "sequence")?;
                self.open.push(anchor);
                let node = self.sequence(depth)?;
                self.open.pop();
                (anchor, node)
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), "map", "mapping")?;
                self.open.push(anchor);
                let node = self.mapping(depth)?;
                self.open.pop();
                (anchor, node)
            }
            _ => {
                return Err(format!(
                    "on line {line}: did not find expected node content"
                ));
            }
        };
        if node.size > MAX_NODES {
            return Err(format!(
                "on line {line}: the document has more than {MAX_NODES} nodes once its aliases are replaced"
            ));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn anchor_name(&self, line: usize) -> String {
        let line = self
            .source
            .lines()
            .nth(line.saturating_sub(1))
            .unwrap_or_default();
        let after = line.rfind('*').map_or("", |at| &line[at + 1..]);
        let name: String = after
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
            .collect();
        quote(&name)
    }

    fn sequence(&mut self, depth: usize) -> Result<Node, String> {
        let mut items = Vec::new();
        let mut size = 1usize;
        loop {
            let (event, line) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                let value = Value::tuple(items);
                return Ok(Node { value, size });
            }
            let node = self.node(event, line, depth + 1)?;
            size = size.saturating_add(node.size);
            items.push(node.value);
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Node, String> {
        let mut fields: BTreeMap<String, Value> = BTreeMap::new();
        let mut size = 1usize;
        loop {
            let (event, line) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                let value = Value::object(fields);
                return Ok(Node { value, size });
            }
            let merge =
                matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.node(event, line, depth + 1)?;
            let (event, line) = self.next()?;
            let node = self.node(event, line, depth + 1)?;
            size = size.saturating_add(node.size);
            if merge {
                let Kind::Object(merged) = node.value.kind() else {
                    return Err(format!(
                        "cannot merge {} into mapping",
                        node.value.ty().friendly_name()
                    ));
                };
                for (name, value) in merged.iter() {
                    fields
                        .entry(name.to_string())
                        .or_insert_with(|| value.clone());
                }
                continue;
            }
            let name = match key.value.kind() {
                Kind::Null(_) => return Err("mapping key cannot be null".into()),
                Kind::String(s) => s.to_string(),
                Kind::Bool(b) => b.to_string(),
                Kind::Number(n) => n.to_string(),
                _ => return Err("only strings are allowed as mapping keys".into()),
            };
            fields.insert(name, node.value);
        }
    }
}

/// The prefix of the tags of YAML itself.
const CORE: &str = "tag:yaml.org,2002:";

fn full(tag: &Tag) -> Cow<'_, str> {
    match tag.handle.as_str() {
        "!!" => Cow::Owned(format!("{CORE}{}", tag.suffix)),
        "" => Cow::Borrowed(&tag.suffix),
        handle => Cow::Owned(format!("{handle}{}", tag.suffix)),
    }
}

fn check_tag(tag: Option<&Tag>, expected: &str, what: &str) -> Result<(), String> {
    let Some(tag) = tag else {
        return Ok(());
    };
    let full = full(tag);
    match full.strip_prefix(CORE) {
        Some(kind) if kind == expected => Ok(()),
        Some(_) => Err(format!("can't interpret {what} as {full}")),
        None => Err(format!("unsupported tag {}", quote(&full))),
    }
}

static FLOAT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$").ok());

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    let Some(tag) = tag else {
        if style != ScalarStyle::Plain {
            return Ok(Value::string(text));
        }
        return plain(text);
    };
    let full = full(tag);
    let Some(kind) = full.strip_prefix(CORE) else {
        return Err(format!("unsupported tag {}", quote(&full)));
    };
    let cannot = || format!("cannot parse {} as {full}", quote(text));
    match kind {
        "str" | "binary" => return Ok(Value::string(text)),
        "null" | "bool" | "int" | "float" | "timestamp" => {}
        _ => return Err(format!("unsupported tag {}", quote(&full))),
    }
    // What a scalar would mean without its tag goes before the tag.
    if resolvable(text) {
        if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
            return Ok(Value::string(text));
        }
        match core(text) {
            Some(Ok(value)) => return Ok(value),
            Some(Err(_)) => return Err(cannot()),
            None => {}
        }
    }
    let value = match kind {
        "null" => Some(Value::null(Type::Dynamic)),
        "int" => integer_in_any_base(text).map(Value::number),
        "float" => Number::parse(&text.replace('_', "")).map(Value::number),
        "timestamp" => moment(text),
        _ => None,
    };
    value.ok_or_else(cannot)
}

/// Whether a plain scalar that begins as `text` does may be something else than text.
fn resolvable(text: &str) -> bool {
    text.chars()
        .next()
        .is_none_or(|c| c.is_ascii_digit() || "+-.~yYnNtTfFoO".contains(c))
}

/// What a plain scalar means.
fn plain(text: &str) -> Result<Value, String> {
    core(text).unwrap_or_else(|| Ok(moment(text).unwrap_or_else(|| Value::string(text))))
}

/// The null, truth value or number that a plain scalar is, or why there is no such number.
fn core(text: &str) -> Option<Result<Value, String>> {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Some(Ok(Value::null(Type::Dynamic)));
    }
    if let Some(b) = boolean(text) {
        return Some(Ok(Value::bool(b)));
    }
    if let Some(n) = integer(text) {
        return Some(Ok(Value::number(n)));
    }
    float(text).map(|n| n.map(Value::number))
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Some(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Some(false)
        }
        _ => None,
    }
}

fn integer(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Number::parse(text);
    }
    let in_base = |prefix: &str, radix: u32| {
        let digits = text.strip_prefix(prefix)?;
        if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            return None;
        }
        let n = dashu_int::UBig::from_str_radix(digits, radix).ok()?;
        Some(Number::from_integer(n.into()))
    };
    in_base("0x", 16).or_else(|| in_base("0o", 8))
}

/// A whole number as the tag for them allows: with underscores between its digits, in any base and with a sign before that.
fn integer_in_any_base(text: &str) -> Option<Number> {
    let text = text.replace('_', "");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let bases = [("0x", 16), ("0o", 8), ("0b", 2), ("", 10)];
    let (digits, radix) = bases
        .iter()
        .find_map(|(prefix, radix)| Some((digits.strip_prefix(prefix)?, *radix)))?;
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let n = dashu_int::UBig::from_str_radix(digits, radix).ok()?;
    let n = Number::from_integer(n.into());
    Some(if negative { n.neg() } else { n })
}

fn float(text: &str) -> Option<Result<Number, String>> {
    match text {
        ".nan" | ".NaN" | ".NAN" => {
            return Some(Err("floating point NaN is not supported".into()));
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Some(Ok(Number::infinity(false)));
        }
        "-.inf" | "-.Inf" | "-.INF" => return Some(Ok(Number::infinity(true))),
        _ => {}
    }
    if !FLOAT.as_ref().is_some_and(|float| float.is_match(text)) {
        return None;
    }
    Number::parse(text).map(Ok)
}

/// A date, or a date and time, as RFC 3339 text.
fn moment(text: &str) -> Option<Value> {
    let (date, rest) = text.split_at_checked(10)?;
    let shape = |c: (usize, u8)| match c.0 {
        4 | 7 => c.1 == b'-',
        _ => c.1.is_ascii_digit(),
    };
    if !date.bytes().enumerate().all(shape) {
        return None;
    }
    let time = match rest.as_bytes().first() {
        None => "00:00:00Z".to_owned(),
        Some(b'T' | b't') => rest[1..].to_owned(),
        Some(b' ') => rest.trim_start().replacen(' ', "", 1),
        Some(_) => return None,
    };
    let zoned = time.contains(['Z', '+', '-']);
    let full = format!("{date}T{time}{}", if zoned { "" } else { "Z" });
    parse_timestamp(&full)
        .ok()
        .map(|t| Value::string(t.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_mean_what_terraform_takes_them_for() {
        for (source, shown) in [
            ("on", "true"),
            ("n", "false"),
            ("~", "null(dynamic)"),
            ("017", "17"),
            ("0o17", "15"),
            ("0x1F", "31"),
            ("1_000", "\"1_000\""),
            ("1.5e3", "1500"),
            ("12345678901234567890.5", "12345678901234567890.5"),
            (
                "2001-12-14t21:59:43.10-05:00",
                "\"2001-12-14T21:59:43-05:00\"",
            ),
            ("!!str 5", "\"5\""),
            ("!!int '5'", "\"5\""),
            ("!!int 1.5", "1.5"),
            ("!!int true", "true"),
            ("!!int ~", "null(dynamic)"),
            ("!!int", "null(dynamic)"),
            ("!!int -0b1_1", "-3"),
            ("!!float 1_0.5", "10.5"),
            ("!!null x", "null(dynamic)"),
            ("!!null 5", "5"),
            ("!!bool |\n  true", "true"),
            ("!!timestamp '2024-01-01'", "\"2024-01-01\""),
            ("'on'", "\"on\""),
            (
                "a: &x {c: 1}\nb: {<<: *x, d: 2}",
                "{\"a\": {\"c\": 1}, \"b\": {\"c\": 1, \"d\": 2}}",
            ),
            ("- - a\n-", "tuple[tuple[\"a\"], null(dynamic)]"),
        ] {
            assert_eq!(format!("{:?}", decode(source).unwrap()), shown, "{source}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (source, message) in [
            ("", "on line 1, column 1: missing start of document"),
            ("a: *x", "reference to undefined anchor \"x\""),
            (
                "&a [*a]",
                "cannot refer to anchor \"a\" from inside its own definition",
            ),
            ("!!int 'x'", "cannot parse \"x\" as tag:yaml.org,2002:int"),
            (
                "!!int 2024-01-01",
                "cannot parse \"2024-01-01\" as tag:yaml.org,2002:int",
            ),
            ("a: [\u{1}", "control characters are not allowed"),
            ("!custom x", "unsupported tag \"!custom\""),
            ("{~: a}", "mapping key cannot be null"),
            ("a: {<<: 5}", "cannot merge number into mapping"),
            (
                "---\na: 1\n---\nb: 2",
                "on line 2, column 1: unexpected extra content after value",
            ),
        ] {
            assert_eq!(decode(source), Err(message.to_owned()), "{source}");
        }
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            let before = format!("*a{}", i - 1);
            let ten = vec![before; 10].join(", ");
            bomb.push_str(&format!("a{i}: &a{i} [{ten}]\n"));
        }
        assert!(decode(&bomb).is_err());
        assert!(decode(&"[".repeat(100_000)).is_err());
    }
}
