//! Functions over text. Where characters are counted, they are grapheme clusters.

use trunkline_api::{Kind, Type, Value};

use super::{
    Failure, Function, FunctionContext, Outcome, Param, Returns, Shape, fits, graphemes, text,
    unknown, whole,
};

const fn string(name: &'static str, description: &'static str) -> Param {
    Param::new(name, Shape::String, description)
}

const TEXT: Returns = Returns::Always(Shape::String);
const BOOL: Returns = Returns::Always(Shape::Bool);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "chomp",
        "Removes the newlines at the end of a text.",
        &[string("str", "The text.")],
        TEXT,
        |args, _, _| Ok(text(args, 0).trim_end_matches(['\r', '\n']).into()),
    ),
    Function::new(
        "endswith",
        "Says whether a text ends with another.",
        &[
            string("str", "The text to look at."),
            string("suffix", "What it may end with."),
        ],
        BOOL,
        |args, _, _| Ok(text(args, 0).ends_with(text(args, 1)).into()),
    ),
    Function::new(
        "indent",
        "Puts spaces before every line of a text but the first.",
        &[
            Param::new("spaces", Shape::Number, "How many spaces."),
            string("str", "The text."),
        ],
        TEXT,
        indent,
    ),
    Function::new(
        "join",
        "Puts the strings of one or more lists together with a separator between them.",
        &[string("separator", "What stands between the strings.")],
        TEXT,
        join,
    )
    .variadic(Param::new("lists", Shape::Strings, "Lists of strings.")),
    Function::new(
        "lower",
        "Makes all letters of a text lower case.",
        &[string("str", "The text.")],
        TEXT,
        |args, _, _| Ok(map_chars(text(args, 0), lower)),
    ),
    Function::new(
        "replace",
        "Replaces every occurrence of a text in another; a text between slashes is a regular expression.",
        &[
            string("str", "The text to look in."),
            string("substr", "What to look for."),
            string("replace", "What to put in its place."),
        ],
        TEXT,
        replace,
    ),
    Function::new(
        "split",
        "Cuts a text at every separator.",
        &[
            string("separator", "Where to cut."),
            string("str", "The text to cut."),
        ],
        Returns::Always(Shape::Strings),
        split,
    ),
    Function::new(
        "startswith",
        "Says whether a text begins with another.",
        &[
            string("str", "The text to look at.").unknown(),
            string("prefix", "What it may begin with."),
        ],
        BOOL,
        startswith,
    ),
    Function::new(
        "strcontains",
        "Says whether a text contains another.",
        &[
            string("str", "The text to look in."),
            string("substr", "What to look for."),
        ],
        BOOL,
        |args, _, _| Ok(text(args, 0).contains(text(args, 1)).into()),
    ),
    Function::new(
        "strrev",
        "Reverses the characters of a text.",
        &[string("str", "The text.")],
        TEXT,
        |args, _, _| {
            let parts: Vec<&str> = graphemes::clusters(text(args, 0)).map(|(_, c)| c).collect();
            let reversed: String = parts.into_iter().rev().collect();
            Ok(Value::string(reversed))
        },
    ),
    Function::new(
        "substr",
        "Gives a part of a text.",
        &[
            string("str", "The text."),
            Param::new(
                "offset",
                Shape::Number,
                "Where the part begins; negative from the end.",
            ),
            Param::new(
                "length",
                Shape::Number,
                "How many characters; -1 for all that follow.",
            ),
        ],
        TEXT,
        substr,
    ),
    Function::new(
        "title",
        "Makes the first letter of every word upper case.",
        &[string("str", "The text.")],
        TEXT,
        |args, _, _| Ok(title(text(args, 0))),
    ),
    Function::new(
        "trim",
        "Removes the given characters from both ends of a text.",
        &[
            string("str", "The text."),
            string("cutset", "The characters to remove."),
        ],
        TEXT,
        |args, _, _| {
            let cutset = text(args, 1);
            Ok(text(args, 0).trim_matches(|c| cutset.contains(c)).into())
        },
    ),
    Function::new(
        "trimprefix",
        "Removes a text from the beginning of another, if it is there.",
        &[
            string("str", "The text."),
            string("prefix", "What to remove."),
        ],
        TEXT,
        |args, _, _| {
            let all = text(args, 0);
            Ok(all.strip_prefix(text(args, 1)).unwrap_or(all).into())
        },
    ),
    Function::new(
        "trimspace",
        "Removes white space from both ends of a text.",
        &[string("str", "The text.")],
        TEXT,
        |args, _, _| Ok(text(args, 0).trim().into()),
    ),
    Function::new(
        "trimsuffix",
        "Removes a text from the end of another, if it is there.",
        &[
            string("str", "The text."),
            string("suffix", "What to remove."),
        ],
        TEXT,
        |args, _, _| {
            let all = text(args, 0);
            Ok(all.strip_suffix(text(args, 1)).unwrap_or(all).into())
        },
    ),
    Function::new(
        "upper",
        "Makes all letters of a text upper case.",
        &[string("str", "The text.")],
        TEXT,
        |args, _, _| Ok(map_chars(text(args, 0), upper)),
    ),
];

fn map_chars(text: &str, map: fn(char) -> char) -> Value {
    Value::string(text.chars().map(map).collect::<String>())
}

/// The upper case letter, where it is one letter.
fn upper(c: char) -> char {
    match c {
        // Greek letters with iota: their one-letter upper case is a title case.
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
            char::from_u32(c as u32 + 8).unwrap_or(c)
        }
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => char::from_u32(c as u32 + 9).unwrap_or(c),
        _ => only(c.to_uppercase(), c),
    }
}

/// The lower case letter, where it is one letter.
fn lower(c: char) -> char {
    match c {
        '\u{130}' => 'i',
        _ => only(c.to_lowercase(), c),
    }
}

/// As [`upper`], but for letters that are two in one.
fn title_case(c: char) -> char {
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        _ => upper(c),
    }
}

fn only(mut mapped: impl Iterator<Item = char>, unmapped: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => unmapped,
    }
}

fn title(text: &str) -> Value {
    let mut before = ' ';
    let titled: String = text
        .chars()
        .map(|c| {
            let c = if separates(before) { title_case(c) } else { c };
            before = c;
            c
        })
        .collect();
    Value::string(titled)
}

/// Whether a word may begin after `c`.
fn separates(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_alphanumeric() && c != '_';
    }
    !c.is_alphanumeric() && c.is_whitespace()
}

fn indent(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let spaces = usize::try_from(whole(args, 0)?)
        .map_err(|_| "the number of spaces must not be negative".to_owned())?;
    let source = text(args, 1);
    let lines = source.matches('\n').count();
    fits(spaces.saturating_mul(lines).saturating_add(source.len()))?;
    let pad = format!("\n{}", " ".repeat(spaces));
    Ok(Value::string(source.replace('\n', &pad)))
}

fn join(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let lists = args.get(1..).unwrap_or_default();
    if lists.is_empty() {
        return Err("at least one list is required".into());
    }
    if !lists.iter().all(Value::is_wholly_known) {
        return Ok(unknown(ty.clone()));
    }
    let mut joined = String::new();
    let mut first = true;
    for (l, list) in lists.iter().enumerate() {
        for (i, item) in list.as_slice().unwrap_or_default().iter().enumerate() {
            let Some(item) = item.as_str() else {
                let place = if lists.len() > 1 {
                    format!("element {i} of list {}", l + 1)
                } else {
                    format!("element {i}")
                };
                return Err(Failure::Argument(
                    l + 1,
                    format!("{place} is null; cannot concatenate null values"),
                ));
            };
            if !first {
                joined.push_str(text(args, 0));
            }
            first = false;
            fits(joined.len() + item.len())?;
            joined.push_str(item);
        }
    }
    Ok(Value::string(joined))
}

fn replace(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let (all, what, with) = (text(args, 0), text(args, 1), text(args, 2));
    if let Some(pattern) = what
        .strip_prefix('/')
        .and_then(|rest| rest.strip_suffix('/'))
    {
        return super::regex::replace_all(all, pattern, with);
    }
    let times = match what {
        "" => all.chars().count() + 1,
        _ => all.matches(what).count(),
    };
    fits(times.saturating_mul(with.len()).saturating_add(all.len()))?;
    if what.is_empty() {
        // Between all characters, which are code points here.
        let mut out = String::from(with);
        for c in all.chars() {
            out.push(c);
            out.push_str(with);
        }
        return Ok(Value::string(out));
    }
    Ok(Value::string(all.replace(what, with)))
}

fn split(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let (separator, all) = (text(args, 0), text(args, 1));
    if separator.is_empty() {
        let chars = all.chars().map(|c| Value::string(c.to_string()));
        return Ok(Value::list(Type::String, chars));
    }
    Ok(Value::list(
        Type::String,
        all.split(separator).map(Value::from),
    ))
}

fn startswith(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let prefix = text(args, 1);
    let Some(Kind::Unknown(_, refinement)) = args.first().map(Value::kind) else {
        return Ok(text(args, 0).starts_with(prefix).into());
    };
    if prefix.is_empty() {
        return Ok(true.into());
    }
    let known = refinement
        .as_ref()
        .and_then(|r| r.prefix.as_deref())
        .unwrap_or_default();
    if known.starts_with(prefix) {
        return Ok(true.into());
    }
    if !prefix.starts_with(known) {
        return Ok(false.into());
    }
    Ok(unknown(ty.clone()))
}

fn substr(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let all = text(args, 0);
    let mut offset = whole(args, 1)?;
    let length = whole(args, 2)?;
    if offset < 0 {
        offset = offset.saturating_add_unsigned(graphemes::count(all) as u64);
    } else if length == 0 {
        return Ok("".into());
    }
    let (_, rest) = graphemes::split_at(all, usize::try_from(offset).unwrap_or(0));
    // No length, or none left after counting from the end, means all that follows.
    Ok(match usize::try_from(length) {
        Ok(n) if n > 0 => graphemes::split_at(rest, n).0.into(),
        _ => rest.into(),
    })
}
