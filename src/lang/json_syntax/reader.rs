//! JSON text → expressions, with places. Strings are read as templates, and as references or calls in
//! native notation where they are such.

use trunkline_api::{Diagnostic, Diagnostics, Number, Type, Value};

use super::super::ast::{Expr, ExprKind, JsonString, ObjectItem};
use super::super::depth::{MAX_DEPTH, deeper};
use super::super::parser::{parse_expression_at, parse_template_at};
use super::super::source::{FileId, Sources, SrcSpan};
use super::super::text::{did_you_mean, quoted};

const START: &str =
    "A JSON value must start with a brace, a bracket, a number, a string, or a keyword.";

/// Reads the document in `file`.
///
/// # Errors
/// What is wrong, when it is not JSON; reading stops at the first problem. Where that leaves nothing of the outermost value,
/// that is said as well.
pub(super) fn read(sources: &Sources, file: FileId) -> Result<Expr, Diagnostics> {
    let text = sources.text(file);
    let mut reader = Reader {
        sources,
        text: &text,
        file,
        at: 0,
        depth: 0,
        nothing_left: true,
    };
    let value = reader.value().and_then(|value| {
        reader.blanks();
        reader.nothing_left = false;
        if reader.at < text.len() {
            let detail = "Extra characters appear after the JSON value.";
            return Err(reader.problem("Extraneous data after value", detail));
        }
        Ok(value)
    });
    value.map_err(|problem| {
        let mut problems = vec![*problem];
        if reader.nothing_left {
            let start = SrcSpan::new(file, 0, text.len()).at_start();
            problems.push(super::no_objects(sources, start));
        }
        problems
    })
}

type Read<T> = Result<T, Box<Diagnostic>>;

struct Reader<'r> {
    sources: &'r Sources,
    text: &'r str,
    file: FileId,
    at: usize,
    depth: usize,
    /// Whether the outermost value is lost when reading stops.
    nothing_left: bool,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|b| b" \t\r\n".contains(b)).count();
    }

    fn peek(&mut self) -> Option<u8> {
        self.blanks();
        self.text.as_bytes().get(self.at).copied()
    }

    fn span(&self, start: usize) -> SrcSpan {
        SrcSpan::new(self.file, start, self.at)
    }

    fn problem_at(
        &self,
        span: SrcSpan,
        summary: &str,
        detail: impl Into<String>,
    ) -> Box<Diagnostic> {
        Box::new(self.sources.error(span, summary, detail))
    }

    /// A problem at the next character.
    fn problem(&self, summary: &str, detail: impl Into<String>) -> Box<Diagnostic> {
        let len = self.text[self.at..]
            .chars()
            .next()
            .map_or(0, char::len_utf8);
        let span = SrcSpan::new(self.file, self.at, self.at + len);
        self.problem_at(span, summary, detail)
    }

    fn value(&mut self) -> Read<Expr> {
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'a'..=b'z' | b'A'..=b'Z') => self.keyword(),
            Some(b'}') => Err(self.problem("Missing JSON value", START)),
            Some(b']') => Err(self.problem("Missing array element value", START)),
            Some(_) => Err(self.problem("Invalid start of value", START)),
            None => Err(self.problem("Missing value", "The JSON data ends prematurely.")),
        }
    }

    fn nested(&mut self, f: fn(&mut Self) -> Read<Expr>) -> Read<Expr> {
        if self.depth >= MAX_DEPTH {
            return Err(self.problem(
                "Configuration nested too deeply",
                format!("Objects and arrays may be nested at most {MAX_DEPTH} levels deep."),
            ));
        }
        self.depth += 1;
        let result = deeper(|| f(self));
        self.depth -= 1;
        result
    }

    fn object(&mut self) -> Read<Expr> {
        let start = self.at;
        self.at += 1;
        let mut items = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Expr::new(self.span(start), ExprKind::Object(items)));
        }
        loop {
            let key = match self.peek() {
                Some(b'"') => self.string()?,
                _ => {
                    let key = self.value()?;
                    let summary = "Invalid object property name";
                    let detail = "A JSON object property name must be a string";
                    return Err(self.problem_at(key.span, summary, detail));
                }
            };
            self.colon()?;
            // A value that is wrong leaves the object around it.
            self.nothing_left = false;
            let value = self.value()?;
            self.nothing_left = self.depth <= 1;
            items.push(ObjectItem { key, value });
            match self.peek() {
                Some(b',') => {
                    let comma = self.at;
                    self.at += 1;
                    if self.peek() == Some(b'}') {
                        let span = SrcSpan::new(self.file, comma, comma + 1);
                        return Err(self.problem_at(span, "Trailing comma in object", "JSON does not permit a trailing comma after the final property in an object."));
                    }
                }
                Some(b'}') => break,
                Some(b']') => {
                    return Err(self.problem(
                        "Mismatched braces",
                        "A JSON object must be closed with a brace, not a bracket.",
                    ));
                }
                Some(_) => {
                    return Err(self.problem(
                        "Missing attribute seperator comma",
                        "A comma must appear between each property definition in an object.",
                    ));
                }
                None => {
                    let open = SrcSpan::new(self.file, start, start + 1);
                    let detail = "No closing brace was found for this JSON object.";
                    return Err(self.problem_at(open, "Unclosed object", detail));
                }
            }
        }
        self.at += 1;
        items.shrink_to_fit();
        Ok(Expr::new(self.span(start), ExprKind::Object(items)))
    }

    fn colon(&mut self) -> Read<()> {
        let summary = "Missing property value colon";
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                Ok(())
            }
            Some(b',' | b'}') => Err(self.problem(
                "Missing object value",
                "A JSON object attribute must have a value, introduced by a colon.",
            )),
            Some(b'=') => Err(self.problem(
                summary,
                "JSON uses a colon as its name/value delimiter, not an equals sign.",
            )),
            _ => Err(self.problem(
                summary,
                "A colon must appear between an object property's name and its value.",
            )),
        }
    }

    fn array(&mut self) -> Read<Expr> {
        let start = self.at;
        self.at += 1;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Expr::new(self.span(start), ExprKind::Tuple(items)));
        }
        loop {
            self.nothing_left = false;
            items.push(self.value()?);
            self.nothing_left = self.depth <= 1;
            match self.peek() {
                Some(b',') => {
                    let comma = self.at;
                    self.at += 1;
                    if self.peek() == Some(b']') {
                        let span = SrcSpan::new(self.file, comma, comma + 1);
                        return Err(self.problem_at(span, "Trailing comma in array", "JSON does not permit a trailing comma after the final value in an array."));
                    }
                }
                Some(b']') => break,
                Some(b'}') => {
                    return Err(self.problem(
                        "Mismatched brackets",
                        "A JSON array must be closed with a bracket, not a brace.",
                    ));
                }
                Some(_) => {
                    return Err(self.problem(
                        "Missing attribute seperator comma",
                        "A comma must appear between each value in an array.",
                    ));
                }
                None => {
                    let open = SrcSpan::new(self.file, start, start + 1);
                    let detail = "No closing bracket was found for this JSON array.";
                    return Err(self.problem_at(open, "Unclosed array", detail));
                }
            }
        }
        self.at += 1;
        items.shrink_to_fit();
        Ok(Expr::new(self.span(start), ExprKind::Tuple(items)))
    }

    fn number(&mut self) -> Read<Expr> {
        let start = self.at;
        let rest = &self.text[start..];
        let len = rest
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b))
            .count();
        self.at += len;
        let span = self.span(start);
        let literal = &rest[..len];
        match Number::parse(literal).filter(|_| is_json_number(literal)) {
            Some(n) => Ok(Expr::new(span, ExprKind::Literal(Value::number(n)))),
            None => Err(self.problem_at(
                span,
                "Invalid JSON number",
                "There is a syntax error in the given JSON number.",
            )),
        }
    }

    fn keyword(&mut self) -> Read<Expr> {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        self.at += rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let span = self.span(start);
        let word = &self.text[start..self.at];
        let value = match word {
            "true" => Value::bool(true),
            "false" => Value::bool(false),
            "null" => Value::null(Type::Dynamic),
            _ => {
                let hint = did_you_mean(word, ["true", "false", "null"]);
                let detail = format!("{} is not a valid JSON keyword.{hint}", quoted(word));
                return Err(self.problem_at(span, "Invalid JSON keyword", detail));
            }
        };
        Ok(Expr::new(span, ExprKind::Literal(value)))
    }

    fn string(&mut self) -> Read<Expr> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest
                .bytes()
                .take_while(|b| *b != b'"' && *b != b'\\' && *b >= 0x20)
                .count();
            text.push_str(&rest[..plain]);
            self.at += plain;
            match rest.as_bytes().get(plain) {
                Some(b'"') => break,
                Some(b'\\') => match self.escape() {
                    Some(c) => text.push(c),
                    None => return Err(self.bad_string()),
                },
                _ => return Err(self.bad_string()),
            }
        }
        self.at += 1;
        let span = self.span(start);
        let inner = SrcSpan {
            start: span.start + 1,
            ..span
        };
        let (template, problems) = parse_template_at(self.sources, &text, inner);
        let native = native(self.sources, &text, inner);
        let string = JsonString {
            text: text.into(),
            template,
            problems,
            native,
        };
        Ok(Expr::new(span, ExprKind::JsonString(Box::new(string))))
    }

    fn bad_string(&self) -> Box<Diagnostic> {
        let summary = "Invalid JSON string";
        self.problem(summary, "There is a syntax error in the given JSON string.")
    }

    /// The character of an escape at the reading place, which is left after it.
    fn escape(&mut self) -> Option<char> {
        let selector = self.text[self.at + 1..].chars().next()?;
        let simple = match selector {
            '"' | '\\' | '/' => selector,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode_escape(),
            _ => return None,
        };
        self.at += 2;
        Some(simple)
    }

    fn unicode_escape(&mut self) -> Option<char> {
        let unit = |at: usize| {
            let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
            let hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
            hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
        };
        let first = unit(self.at)?;
        let low = unit(self.at + 6).filter(|u| (0xdc00..0xe000).contains(u));
        if let (0xd800..0xdc00, Some(low)) = (first, low) {
            self.at += 12;
            return char::from_u32(0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00));
        }
        self.at += 6;
        Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

/// The text as a reference (its keys may be expressions), keyword or call in native notation.
fn native(sources: &Sources, text: &str, place: SrcSpan) -> Option<Expr> {
    let (expr, problems) = parse_expression_at(sources, text, place);
    let wanted = expr.as_keyword().is_some()
        || matches!(
            expr.kind,
            ExprKind::Traversal(_) | ExprKind::Call(_) | ExprKind::Index(_) | ExprKind::Relative(_)
        );
    (problems.is_empty() && wanted).then_some(expr)
}

/// `-`? digits without a leading zero, fraction, exponent.
fn is_json_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let canonical = whole == "0" || !whole.starts_with('0') && !whole.is_empty();
    canonical && fraction != Some("")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        let sources = Sources::new();
        let id = sources.add("a.tf.json", text);
        match read(&sources, id) {
            Ok(_) => String::new(),
            Err(diags) => {
                let d = &diags[0];
                let span = d.span.as_ref().map(super::super::super::text::place);
                format!("{} {}", d.summary, span.unwrap_or_default())
            }
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for (text, expected) in [
            ("{", "Missing value a.tf.json:1,2-2"),
            ("{\"a\" 1}", "Missing property value colon a.tf.json:1,6-7"),
            ("{\"a\": 1,}", "Trailing comma in object a.tf.json:1,8-9"),
            (
                "{\"a\": [1 2]}",
                "Missing attribute seperator comma a.tf.json:1,10-11",
            ),
            ("{\"a\": tru}", "Invalid JSON keyword a.tf.json:1,7-10"),
            ("{\"a\": \"\\q\"}", "Invalid JSON string a.tf.json:1,8-9"),
            ("{\"a\": 01}", "Invalid JSON number a.tf.json:1,7-9"),
            ("[] x", "Extraneous data after value a.tf.json:1,4-5"),
            ("[1.5e-3, \"\\ud83d\\ude00\", null]", ""),
        ] {
            assert_eq!(problem(text), expected, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert!(problem(&"[".repeat(100_000)).starts_with("Configuration nested too deeply"));
    }
}
