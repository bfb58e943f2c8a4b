//! Regular expressions in the syntax of RE2, as the language has them.
//!
//! A pattern is checked and rewritten for the `regex` crate in one pass: both have the same matching
//! rules, but RE2's classes are ASCII and its syntax differs in corners.

use regex::Regex;
use trunkline_api::{Type, Value};

use super::{Failure, Function, FunctionContext, Outcome, Param, Returns, Shape, fits, text};

/// The most repetitions that RE2 allows.
const MAX_REPEAT: u32 = 1000;

const PATTERN: Param = Param::new(
    "pattern",
    Shape::String,
    "A regular expression, in RE2 syntax.",
);
const TEXT: Param = Param::new("string", Shape::String, "The text to look in.");

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "regex",
        "Finds the first match of a regular expression and gives it, or its groups.",
        &[PATTERN, TEXT],
        Returns::Of(Shape::Any, result_type),
        find,
    ),
    Function::new(
        "regexall",
        "Finds all matches of a regular expression and gives them, or their groups.",
        &[PATTERN, TEXT],
        Returns::Of(Shape::List, |args| Ok(Type::list(result_type(args)?))),
        find_all,
    ),
];

/// A pattern ready to match, with the name of each of its groups. Two groups may have one name.
struct Compiled<'p> {
    regex: Regex,
    groups: Vec<Option<&'p str>>,
}

fn compile(pattern: &str) -> Result<Compiled<'_>, Failure> {
    let bad = |message: String| Failure::Argument(0, format!("invalid regexp pattern: {message}"));
    let (rewritten, groups) = Rewriter::new(pattern)
        .run()
        .map_err(|e| bad(format!("{} in {}", e.code, e.part)))?;
    let regex = Regex::new(&rewritten).map_err(|e| bad(one_line(&e)))?;
    Ok(Compiled { regex, groups })
}

fn one_line(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "expression is too large".into(),
        other => other
            .to_string()
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches("error: ")
            .to_owned(),
    }
}

/// The type of one match: text, or its groups as a tuple or, where they have names, an object.
fn result_type(args: &[Value]) -> Result<Type, Failure> {
    if !args.first().is_some_and(Value::is_known) {
        return Ok(Type::Dynamic);
    }
    let groups = compile(text(args, 0))?.groups;
    let names: Vec<&str> = groups.iter().copied().flatten().collect();
    if names.is_empty() {
        if groups.is_empty() {
            return Ok(Type::String);
        }
        return Ok(Type::tuple(groups.iter().map(|_| Type::String)));
    }
    if names.len() < groups.len() {
        return Err(Failure::Argument(
            0,
            "invalid regexp pattern: cannot mix both named and unnamed capture groups".into(),
        ));
    }
    Ok(Type::object(names.into_iter().map(|n| (n, Type::String))))
}

/// One match as a value of `ty`; of groups with one name the last counts.
fn captured(captures: &regex::Captures<'_>, groups: &[Option<&str>], ty: &Type) -> Value {
    let value = |found: Option<regex::Match<'_>>| match found {
        Some(found) => Value::string(found.as_str()),
        None => Value::null(Type::String),
    };
    match ty {
        Type::Tuple(_) => Value::tuple((1..=groups.len()).map(|i| value(captures.get(i)))),
        Type::Object(_) => Value::object(
            groups
                .iter()
                .enumerate()
                .filter_map(|(i, name)| Some(((*name)?, value(captures.get(i + 1))))),
        ),
        _ => value(captures.get(0)),
    }
}

fn find(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let pattern = compile(text(args, 0))?;
    match pattern.regex.captures(text(args, 1)) {
        Some(captures) => Ok(captured(&captures, &pattern.groups, ty)),
        None => Err("pattern did not match any part of the given string".into()),
    }
}

fn find_all(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let pattern = compile(text(args, 0))?;
    let element = ty.element().cloned().unwrap_or(Type::String);
    let found = pattern
        .regex
        .captures_iter(text(args, 1))
        .map(|captures| captured(&captures, &pattern.groups, &element));
    Ok(Value::list(element.clone(), found))
}

/// `all` with every match of `pattern` replaced; `$1` and `${name}` in `with` stand for groups.
pub(super) fn replace_all(all: &str, pattern: &str, with: &str) -> Outcome {
    let failed = |message: String| Failure::Call(message);
    let (rewritten, groups) = Rewriter::new(pattern)
        .run()
        .map_err(|e| failed(format!("error parsing regexp: {}: `{}`", e.code, e.part)))?;
    let regex = Regex::new(&rewritten)
        .map_err(|e| failed(format!("error parsing regexp: {}", one_line(&e))))?;
    // Each match is replaced by the text and by what its references to groups stand for, which is no longer than `all`.
    let references = with.matches('$').count() + 1;
    let matches = regex.find_iter(all).count();
    let replaced = matches.saturating_mul(with.len());
    fits(
        all.len()
            .saturating_mul(references)
            .saturating_add(replaced),
    )?;
    let replaced = regex.replace_all(all, |captures: &regex::Captures<'_>| {
        expand(with, captures, &groups)
    });
    Ok(Value::string(replaced.into_owned()))
}

/// What `with` makes of one match: `$1`, `$name` and `${name}` are groups, `$$` is a dollar sign. A group that is not there or
/// did not take part is empty; a dollar sign before anything else stays.
fn expand(with: &str, captures: &regex::Captures<'_>, groups: &[Option<&str>]) -> String {
    let mut out = String::new();
    let mut rest = with;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let (braced, text) = match rest.strip_prefix('{') {
            Some(text) => (true, text),
            None => (false, rest),
        };
        let end = text
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(text.len());
        let (name, after) = text.split_at(end);
        let after = match braced {
            true => after.strip_prefix('}'),
            false => Some(after),
        };
        let (false, Some(after)) = (name.is_empty(), after) else {
            out.push('$');
            continue;
        };
        rest = after;
        let number =
            name.bytes().all(|b| b.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
        let found = match name.parse::<usize>() {
            Ok(number_of) if number => captures.get(number_of),
            _ => (1..=groups.len())
                .filter(|i| groups[i - 1] == Some(name))
                .find_map(|i| captures.get(i)),
        };
        out.push_str(found.map_or("", |m| m.as_str()));
    }
    out.push_str(rest);
    out
}

/// What is wrong with a pattern, in RE2's words, and with which part.
struct PatternError {
    code: &'static str,
    part: String,
}

/// Rewrites a pattern from RE2's syntax.
struct Rewriter<'p> {
    pattern: &'p str,
    at: usize,
    out: String,
    /// Where each open group begins.
    open: Vec<usize>,
    /// The name of each group so far.
    groups: Vec<Option<&'p str>>,
    /// Where the last repetition operator began, when nothing has come after it.
    repeated: Option<usize>,
    /// Whether there is something that can be repeated.
    repeatable: bool,
    /// How often the last thing is repeated, counted repetitions inside of it multiplied.
    times: u32,
    /// The most of that in each open group, and at the top.
    most: Vec<u32>,
}

type Rewrite<T> = Result<T, PatternError>;

fn wrong<T>(code: &'static str, part: &str) -> Rewrite<T> {
    Err(PatternError {
        code,
        part: part.to_owned(),
    })
}

impl<'p> Rewriter<'p> {
    fn new(pattern: &'p str) -> Rewriter<'p> {
        Rewriter {
            pattern,
            at: 0,
            out: String::with_capacity(pattern.len() + 16),
            open: Vec::new(),
            groups: Vec::new(),
            repeated: None,
            repeatable: false,
            times: 1,
            most: vec![1],
        }
    }

    fn rest(&self) -> &'p str {
        &self.pattern[self.at..]
    }

    fn run(mut self) -> Rewrite<(String, Vec<Option<&'p str>>)> {
        while let Some(c) = self.rest().chars().next() {
            match c {
                '(' => self.open()?,
                ')' => {
                    if self.open.pop().is_none() {
                        return wrong("unexpected )", self.pattern);
                    }
                    self.atom(")", 1);
                    self.times = self.most.pop().unwrap_or(1);
                    self.note_times();
                }
                '|' => {
                    self.atom("|", 1);
                    self.repeatable = false;
                }
                '[' => self.class()?,
                '\\' => self.escape()?,
                '*' | '+' | '?' => self.repeat(1)?,
                '{' => match counted(self.rest()) {
                    Some((length, low, high)) => {
                        if low > MAX_REPEAT || high.is_some_and(|h| h > MAX_REPEAT || h < low) {
                            return wrong("invalid repeat count", &self.rest()[..length]);
                        }
                        let start = self.at;
                        self.repeat(length)?;
                        self.count(low, high, start)?;
                    }
                    None => self.atom("\\{", 1),
                },
                c => {
                    let mut text = [0; 4];
                    let text = c.encode_utf8(&mut text);
                    self.atom(text, c.len_utf8());
                }
            }
        }
        if self.open.is_empty() {
            Ok((self.out, self.groups))
        } else {
            wrong("missing closing )", self.pattern)
        }
    }

    /// Takes in a counted repetition, whose operator began at `start`. As in RE2, repetitions inside of a repetition multiply,
    /// and what may be left out altogether counts for nothing.
    fn count(&mut self, low: u32, high: Option<u32>, start: usize) -> Rewrite<()> {
        self.times = match high {
            Some(0) => 1,
            Some(high) => self.times.saturating_mul(high),
            None => self.times.saturating_mul(low.max(1)),
        };
        if self.times > MAX_REPEAT && (low >= 2 || high.is_some_and(|h| h >= 2)) {
            return wrong("invalid repeat count", &self.pattern[start..self.at]);
        }
        self.note_times();
        Ok(())
    }

    fn note_times(&mut self) {
        if let Some(most) = self.most.last_mut() {
            *most = (*most).max(self.times);
        }
    }

    fn atom(&mut self, text: &str, length: usize) {
        self.out.push_str(text);
        self.at += length;
        self.repeated = None;
        self.repeatable = true;
        self.times = 1;
    }

    /// A repetition operator of `length` bytes, and the `?` that makes it lazy.
    fn repeat(&mut self, length: usize) -> Rewrite<()> {
        let start = self.at;
        let lazy = self.rest()[length..].starts_with('?');
        let length = length + usize::from(lazy);
        if !self.repeatable {
            return wrong(
                "missing argument to repetition operator",
                &self.rest()[..length],
            );
        }
        if let Some(before) = self.repeated {
            return wrong(
                "invalid nested repetition operator",
                &self.pattern[before..start + length],
            );
        }
        self.out.push_str(&self.rest()[..length]);
        self.at += length;
        self.repeated = Some(start);
        Ok(())
    }

    fn open(&mut self) -> Rewrite<()> {
        let rest = self.rest();
        self.open.push(self.at);
        self.most.push(1);
        let Some(special) = rest.strip_prefix("(?") else {
            self.groups.push(None);
            self.atom("(", 1);
            self.repeatable = false;
            return Ok(());
        };
        if let Some(named) = special
            .strip_prefix("P<")
            .or_else(|| special.strip_prefix('<'))
        {
            let head = rest.len() - named.len();
            let Some(end) = named.find('>') else {
                return wrong("invalid named capture", rest);
            };
            let name = &named[..end];
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(word) {
                return wrong("invalid named capture", &rest[..head + end + 1]);
            }
            self.groups.push(Some(name));
            self.atom("(", head + end + 1);
            self.repeatable = false;
            return Ok(());
        }
        let end = special
            .find(|c: char| !matches!(c, 'i' | 'm' | 's' | 'U' | '-'))
            .unwrap_or(special.len());
        let flags = &special[..end];
        let well_formed = flags.matches('-').count() <= 1 && !flags.ends_with('-');
        match special[end..].chars().next() {
            Some(':') if well_formed => {
                let length = 2 + end + 1;
                self.atom(&rest[..length], length);
                self.repeatable = false;
            }
            Some(')') if well_formed && !flags.is_empty() => {
                self.open.pop();
                self.most.pop();
                let length = 2 + end + 1;
                let before = self.repeatable;
                self.atom(&rest[..length], length);
                self.repeatable = before;
            }
            Some(c) => {
                let length = 2 + end + c.len_utf8();
                return wrong("invalid or unsupported Perl syntax", &rest[..length]);
            }
            None => return wrong("missing closing )", self.pattern),
        }
        Ok(())
    }

    fn escape(&mut self) -> Rewrite<()> {
        let rest = self.rest();
        if let Some(quoted) = rest.strip_prefix("\\Q") {
            let end = quoted.find("\\E").unwrap_or(quoted.len());
            for c in quoted[..end].chars() {
                self.atom(&literal(c), 0);
            }
            self.at += (2 + end + 2).min(rest.len());
            return Ok(());
        }
        let Some(c) = rest[1..].chars().next() else {
            return wrong("trailing backslash at end of expression", "");
        };
        let class = match c {
            'd' => "[0-9]",
            'D' => "[^0-9]",
            's' => "[\\t\\n\\x0C\\r ]",
            'S' => "[^\\t\\n\\x0C\\r ]",
            'w' => "[0-9A-Za-z_]",
            'W' => "[^0-9A-Za-z_]",
            'A' => "\\A",
            'z' => "\\z",
            'b' => "(?-u:\\b)",
            'B' => "(?-u:\\B)",
            'p' | 'P' => {
                let length = property(rest)?;
                self.atom(&rest[..length], length);
                return Ok(());
            }
            _ => {
                let (c, length) = escaped(rest)?;
                self.atom(&literal(c), length);
                return Ok(());
            }
        };
        self.atom(class, 2);
        Ok(())
    }

    /// A class in brackets.
    fn class(&mut self) -> Rewrite<()> {
        let whole = self.rest();
        let mut at = 1;
        let mut out = String::from("[");
        if whole[at..].starts_with('^') {
            out.push('^');
            at += 1;
        }
        let mut first = true;
        loop {
            let rest = &whole[at..];
            let Some(c) = rest.chars().next() else {
                return wrong("missing closing ]", whole);
            };
            if c == ']' && !first {
                at += 1;
                break;
            }
            first = false;
            if rest.starts_with("[:") && rest[2..].contains(":]") {
                let end = rest.find(":]").unwrap_or_default() + 2;
                let name = rest[2..end - 2].trim_start_matches('^');
                let known = [
                    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower",
                    "print", "punct", "space", "upper", "word", "xdigit",
                ];
                if !known.contains(&name) {
                    return wrong("invalid character class range", &rest[..end]);
                }
                out.push_str(&rest[..end]);
                at += end;
                continue;
            }
            if c == '\\' {
                let class = match rest[1..].chars().next() {
                    Some('d') => Some("0-9"),
                    Some('D') => Some("[^0-9]"),
                    Some('s') => Some("\\t\\n\\x0C\\r "),
                    Some('S') => Some("[^\\t\\n\\x0C\\r ]"),
                    Some('w') => Some("0-9A-Za-z_"),
                    Some('W') => Some("[^0-9A-Za-z_]"),
                    Some('p' | 'P') => {
                        let length = property(rest)?;
                        out.push_str(&rest[..length]);
                        at += length;
                        continue;
                    }
                    _ => None,
                };
                if let Some(class) = class {
                    out.push_str(class);
                    at += 2;
                    continue;
                }
            }
            let (low, length) = class_char(rest, whole)?;
            let mut end = length;
            out.push_str(&literal(low));
            if rest[end..].starts_with('-') && !rest[end + 1..].starts_with(']') {
                let (high, length) = class_char(&rest[end + 1..], whole)?;
                end += 1 + length;
                if high < low {
                    return wrong("invalid character class range", &rest[..end]);
                }
                out.push('-');
                out.push_str(&literal(high));
            }
            at += end;
        }
        out.push(']');
        self.atom(&out, at);
        Ok(())
    }
}

/// One character of a class, and how many bytes it takes.
fn class_char(rest: &str, whole: &str) -> Rewrite<(char, usize)> {
    match rest.chars().next() {
        None => wrong("missing closing ]", whole),
        Some('\\') => escaped(rest),
        Some(c) => Ok((c, c.len_utf8())),
    }
}

/// The character that an escape at the beginning of `rest` stands for, and its length.
fn escaped(rest: &str) -> Rewrite<(char, usize)> {
    let Some(c) = rest[1..].chars().next() else {
        return wrong("trailing backslash at end of expression", "");
    };
    let invalid = |length: usize| {
        let end = rest
            .char_indices()
            .nth(length)
            .map_or(rest.len(), |(at, _)| at);
        wrong("invalid escape sequence", &rest[..end])
    };
    let plain = match c {
        'a' => '\u{7}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'x' => return hexadecimal(rest).map_or_else(|| invalid(2), Ok),
        '0' => {
            let digits = octal_digits(&rest[1..]);
            let code = u32::from_str_radix(&rest[1..1 + digits], 8).unwrap_or_default();
            return Ok((char::from_u32(code).unwrap_or_default(), 1 + digits));
        }
        '1'..='7' if octal_digits(&rest[1..]) > 1 => {
            let digits = octal_digits(&rest[1..]);
            let code = u32::from_str_radix(&rest[1..1 + digits], 8).unwrap_or_default();
            return Ok((char::from_u32(code).unwrap_or_default(), 1 + digits));
        }
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
        _ => return invalid(2),
    };
    Ok((plain, 1 + c.len_utf8()))
}

fn octal_digits(text: &str) -> usize {
    text.bytes()
        .take(3)
        .take_while(|b| matches!(b, b'0'..=b'7'))
        .count()
}

/// `\x41` or `\x{41}`.
fn hexadecimal(rest: &str) -> Option<(char, usize)> {
    let after = &rest[2..];
    let (digits, length) = match after.strip_prefix('{') {
        Some(braced) => {
            let end = braced.find('}')?;
            (&braced[..end], 2 + end + 2)
        }
        None => (after.get(..2)?, 4),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let c = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    Some((c, length))
}

/// How long the Unicode class at the beginning of `rest` is.
fn property(rest: &str) -> Rewrite<usize> {
    let after = &rest[2..];
    let (name, length) = if let Some(braced) = after.strip_prefix('{') {
        match braced.find('}') {
            Some(end) => (braced[..end].trim_start_matches('^'), 2 + end + 2),
            None => return wrong("invalid character class range", rest),
        }
    } else {
        match after.chars().next() {
            Some(c) => (&after[..c.len_utf8()], 2 + c.len_utf8()),
            None => return wrong("invalid character class range", rest),
        }
    };
    let known = Regex::new(&format!("\\p{{{name}}}")).is_ok();
    // Names as RE2 has them: `L`, `Lu`, `Greek`; no long names of categories.
    let spelt = name.chars().next().is_some_and(|c| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
    if known && spelt || name == "Any" {
        Ok(length)
    } else {
        wrong("invalid character class range", &rest[..length])
    }
}

/// The bounds of a counted repetition at the beginning of `rest` and its length, if it is one.
fn counted(rest: &str) -> Option<(usize, u32, Option<u32>)> {
    let end = rest.find('}')?;
    let inner = &rest[1..end];
    let number = |digits: &str| -> Option<u32> {
        if digits.is_empty()
            || !digits.bytes().all(|b| b.is_ascii_digit())
            || digits.len() > 1 && digits.starts_with('0')
        {
            return None;
        }
        Some(digits.parse().unwrap_or(u32::MAX))
    };
    let (low, high) = match inner.split_once(',') {
        None => {
            let n = number(inner)?;
            (n, Some(n))
        }
        Some((low, "")) => (number(low)?, None),
        Some((low, high)) => (number(low)?, Some(number(high)?)),
    };
    Some((end + 1, low, high))
}

/// A pattern that matches just `c`.
fn literal(c: char) -> String {
    if c.is_ascii_alphanumeric() || !c.is_ascii() {
        c.to_string()
    } else {
        format!("\\x{:02X}", c as u32)
    }
}

#[cfg(test)]
mod tests {
    use trunkline_api::Kind;

    use super::*;

    fn first(pattern: &str, text: &str) -> String {
        let Ok(compiled) = compile(pattern) else {
            return "error".into();
        };
        compiled
            .regex
            .find(text)
            .map_or("none", |m| m.as_str())
            .to_owned()
    }

    #[test]
    fn patterns_mean_what_they_mean_in_re2() {
        for (pattern, text, found) in [
            (r"\d+", "٣42", "42"),
            (r"\w+", "é_a1", "_a1"),
            (r"[\D]+", "1ab2", "ab"),
            (r"a{,2}", "a{,2}", "a{,2}"),
            (r"[[a]+", "x[a[", "[a["),
            (r"[]a]+", "x]a", "]a"),
            (r"[a&&b]+", "x&ab", "&ab"),
            (r"\Qa.b\E+", "a.bb", "a.bb"),
            (r"\x41\x{42}\103", "ABC", "ABC"),
            (r"\<a\>", "<a>", "<a>"),
            (r"a.c", "a\nc", "none"),
            (r"(?s)a.c", "a\nc", "a\nc"),
            (r"\bfoo\b", "a foo", "foo"),
            (r"o\B", "foo oo", "o"),
            (r"(?i)ÄB", "äb", "äb"),
            (r"[[:alpha:]]+", "1ab", "ab"),
            (r"\pL+", "1éa", "éa"),
            (r"[+--]+", "a+,-", "+,-"),
            (r"[a-c-e]+", "xb-e", "b-e"),
            (r"[\d-z]+", "x1-z", "1-z"),
            (r"(?P<1a>b)", "ab", "b"),
            (r"(a{30}){0}b", "ab", "b"),
            (r"(?:x{10}){100}|b", "b", "b"),
        ] {
            assert_eq!(first(pattern, text), found, "{pattern}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_re2_words() {
        for (pattern, message) in [
            ("(", "missing closing ) in ("),
            ("a)", "unexpected ) in a)"),
            ("[a", "missing closing ] in [a"),
            ("a**", "invalid nested repetition operator in **"),
            ("x{2}{3}", "invalid nested repetition operator in {2}{3}"),
            ("*", "missing argument to repetition operator in *"),
            (r"(a)\1", r"invalid escape sequence in \1"),
            ("a{1001}", "invalid repeat count in {1001}"),
            ("(a{100}){11}", "invalid repeat count in {11}"),
            ("((a{10}|b)+c{2}){101,}?", "invalid repeat count in {101,}?"),
            ("(?#c)", "invalid or unsupported Perl syntax in (?#"),
            ("(?=a)", "invalid or unsupported Perl syntax in (?="),
            ("[z-a]", "invalid character class range in z-a"),
            ("\\", "trailing backslash at end of expression in "),
        ] {
            let Err(Failure::Argument(0, told)) = compile(pattern) else {
                panic!("{pattern} is accepted");
            };
            assert_eq!(told, format!("invalid regexp pattern: {message}"));
        }
    }

    #[test]
    fn references_in_a_replacement_are_groups() {
        for (pattern, with, replaced) in [
            ("(b)", "<$1>", "a<b>c"),
            ("(?P<1a>b)", "<${1a}>", "a<b>c"),
            ("(?P<n>x)|(?P<n>b)", "<$n>", "a<b>c"),
            ("(b)", "$1x$01$2$$", "a$c"),
            ("(b)", "${1}x", "abxc"),
            ("b", "$é-$-${", "a-$-${c"),
            ("b", "${1", "a${1c"),
        ] {
            let Ok(value) = replace_all("abc", pattern, with) else {
                panic!("{pattern}");
            };
            assert_eq!(value.as_str(), Some(replaced), "{pattern} {with}");
        }
    }

    #[test]
    fn groups_decide_the_type() {
        let ty = |pattern: &str| result_type(&[Value::from(pattern)]).map(|t| t.to_string());
        assert_eq!(ty("a"), Ok("string".into()));
        assert_eq!(ty("(a)(b)?"), Ok("tuple([string,string])".into()));
        assert_eq!(ty("(?P<x>a)"), Ok("object({x=string})".into()));
        assert!(ty("(?P<x>a)(b)").is_err());
        let compiled = compile("(a)(b)?").ok().unwrap();
        let found = captured(
            &compiled.regex.captures("a").unwrap(),
            &compiled.groups,
            &Type::tuple([Type::String, Type::String]),
        );
        assert!(matches!(found.kind(), Kind::Tuple(v) if v[1].is_null()));
    }
}
