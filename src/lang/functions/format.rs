//! `format` and `formatlist`: text from a pattern with verbs such as `%s` and `%05.2f`.

use trunkline_api::quote::quote;
use trunkline_api::{Kind, Number, Type, Value, convert};

use super::{
    Failure, Function, FunctionContext, Outcome, Param, Returns, Shape, fits, graphemes, json,
    text, unknown,
};

/// The widest field; more would be a mistake, or an attack on memory.
const MAX_WIDTH: usize = 1 << 20;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "format",
        "Makes a text from a pattern in which verbs stand for the other arguments.",
        &[Param::new("format", Shape::String, "The pattern.")],
        Returns::Of(Shape::Any, |_| Ok(Type::String)),
        |args, ty, _| {
            let (pattern, rest) = args.split_first().ok_or("takes a pattern")?;
            if !rest.iter().all(Value::is_wholly_known) {
                return Ok(unknown(ty.clone()));
            }
            let pattern = pattern.as_str().unwrap_or_default();
            Ok(Value::string(format(pattern, rest)?))
        },
    )
    .variadic(
        Param::new("args", Shape::Any, "What the verbs stand for.")
            .nullable()
            .unknown(),
    ),
    Function::new(
        "formatlist",
        "Makes a list of texts from a pattern, one for every element of the list arguments.",
        &[Param::new("format", Shape::String, "The pattern.")],
        Returns::Of(Shape::Any, |_| Ok(Type::list(Type::String))),
        format_list,
    )
    .variadic(
        Param::new(
            "args",
            Shape::Any,
            "What the verbs stand for: lists, or values used every time.",
        )
        .nullable()
        .unknown(),
    ),
];

fn format_list(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let pattern = text(args, 0);
    let rest = args.get(1..).unwrap_or_default();
    let sequence = |v: &Value| matches!(v.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_));
    let uncounted = |v: &Value| match v.kind() {
        Kind::Set(..) => !v.is_wholly_known(),
        _ => !v.is_known() && sequence(v),
    };
    if rest.iter().any(uncounted) {
        return Ok(unknown(ty.clone()));
    }
    let mut length: Option<(usize, usize)> = None;
    for (i, arg) in rest.iter().enumerate() {
        let Some(items) = arg.as_slice() else {
            continue;
        };
        match length {
            None => length = Some((i, items.len())),
            Some((first, expected)) if expected != items.len() => {
                return Err(Failure::Argument(
                    i + 1,
                    format!(
                        "argument {} has length {}, which is inconsistent with argument {} of length {expected}",
                        i + 1,
                        items.len(),
                        first + 1,
                    ),
                ));
            }
            Some(_) => {}
        }
    }
    let count = length.map_or(1, |(_, count)| count);
    let mut out = Vec::with_capacity(count);
    for i in 0..count {
        let row: Vec<Value> = rest
            .iter()
            .map(|arg| arg.as_slice().and_then(|items| items.get(i)).unwrap_or(arg))
            .cloned()
            .collect();
        if !row.iter().all(Value::is_wholly_known) {
            out.push(unknown(Type::String));
            continue;
        }
        let line = format(pattern, &row).map_err(|failure| {
            let (Failure::Argument(_, message) | Failure::Call(message)) = failure;
            match rest.is_empty() {
                true => message,
                false => format!("error on format iteration {i}: {message}"),
            }
        })?;
        out.push(Value::string(line));
    }
    Ok(Value::list(Type::String, out))
}

/// One verb of a pattern.
#[derive(Clone, Copy, Default)]
struct Verb<'p> {
    /// As written.
    raw: &'p str,
    /// Where it begins, in bytes.
    offset: usize,
    sharp: bool,
    zero: bool,
    minus: bool,
    plus: bool,
    space: bool,
    width: usize,
    precision: Option<usize>,
    mode: char,
}

/// Fills in a pattern.
fn format(pattern: &str, args: &[Value]) -> Result<String, Failure> {
    let mut out = String::with_capacity(pattern.len() + 16 * args.len());
    let (mut next, mut highest) = (0, 0);
    let mut at = 0;
    while let Some(found) = pattern[at..].find('%') {
        out.push_str(&pattern[at..at + found]);
        at += found;
        if pattern[at + 1..].starts_with('%') {
            out.push('%');
            at += 2;
            continue;
        }
        let (verb, index) = read_verb(pattern, at)?;
        at += verb.raw.len();
        let index = index.unwrap_or(next + 1);
        next = index;
        highest = highest.max(index);
        let Some(arg) = args.get(index - 1) else {
            return Err(Failure::Call(format!(
                "not enough arguments for {} at {}: need index {index} but have {} total",
                quote(verb.raw),
                verb.offset,
                args.len()
            )));
        };
        append(&mut out, &verb, arg)?;
        fits(out.len())?;
    }
    out.push_str(&pattern[at..]);
    if highest < args.len() {
        let message = if highest == 0 {
            "too many arguments; no verbs in format string".to_owned()
        } else {
            format!("too many arguments; only {highest} used by format string")
        };
        return Err(Failure::Argument(highest + 1, message));
    }
    Ok(out)
}

/// Reads the verb at `start`, and the number of the argument that it names, if it does.
fn read_verb(pattern: &str, start: usize) -> Result<(Verb<'_>, Option<usize>), Failure> {
    let mut verb = Verb {
        offset: start,
        ..Verb::default()
    };
    let bytes = pattern.as_bytes();
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    let number = |from: usize, to: usize| pattern[from..to].parse::<usize>().unwrap_or(usize::MAX);
    let mut at = start + 1;
    loop {
        match bytes.get(at) {
            Some(b'#') => verb.sharp = true,
            Some(b'0') => verb.zero = true,
            Some(b'-') => verb.minus = true,
            Some(b'+') => verb.plus = true,
            Some(b' ') => verb.space = true,
            _ => break,
        }
        at += 1;
    }
    let count = digits(at);
    if count > 0 {
        verb.width = number(at, at + count);
        at += count;
    }
    if bytes.get(at) == Some(&b'.') {
        let count = digits(at + 1);
        verb.precision = Some(if count > 0 {
            number(at + 1, at + 1 + count)
        } else {
            0
        });
        at += 1 + count;
    }
    let mut index = None;
    if bytes.get(at) == Some(&b'[') {
        let count = digits(at + 1);
        let named = if count > 0 {
            number(at + 1, at + 1 + count)
        } else {
            0
        };
        let bad = if count == 0 || bytes.get(at + 1) == Some(&b'0') {
            Some(at + 1)
        } else if bytes.get(at + 1 + count) != Some(&b']') {
            Some(at + 1 + count)
        } else {
            None
        };
        if let Some(bad) = bad {
            return Err(unrecognized(pattern, bad));
        }
        index = Some(named);
        at += count + 2;
    }
    match pattern[at..].chars().next() {
        Some(c) if c.is_ascii_alphabetic() => {
            verb.mode = c;
            at += 1;
        }
        _ => return Err(unrecognized(pattern, at)),
    }
    verb.raw = &pattern[start..at];
    if verb.width > MAX_WIDTH || verb.precision.is_some_and(|p| p > MAX_WIDTH) {
        return Err(Failure::Call(format!(
            "the width or precision of {} at {start} is too large",
            quote(verb.raw)
        )));
    }
    Ok((verb, index))
}

fn unrecognized(pattern: &str, at: usize) -> Failure {
    Failure::Call(match pattern[at..].chars().next() {
        Some(c) => format!("unrecognized format character '{c}' at offset {at}"),
        None => format!("invalid format string starting at offset {at}"),
    })
}

fn append(out: &mut String, verb: &Verb<'_>, arg: &Value) -> Result<(), Failure> {
    let unsupported = |why: &str| {
        Failure::Call(format!(
            "unsupported value for {} at {}: {why}",
            quote(verb.raw),
            verb.offset
        ))
    };
    if arg.is_null() && verb.mode != 'v' {
        return Err(unsupported("null value cannot be formatted"));
    }
    let converted = |ty: Type| convert(arg, &ty).map_err(|e| unsupported(&e.message));
    match verb.mode {
        'v' => out.push_str(&pad(verb, &as_is(verb, arg)?)),
        't' => {
            let b = converted(Type::Bool)?.as_bool().unwrap_or_default();
            out.push_str(if b { "true" } else { "false" });
        }
        's' | 'q' => {
            let value = converted(Type::String)?;
            let all = value.as_str().unwrap_or_default();
            let kept = match verb.precision {
                Some(n) if n > 0 => graphemes::split_at(all, n).0,
                _ => all,
            };
            if verb.mode == 's' {
                out.push_str(&pad(verb, kept));
            } else {
                out.push_str(&pad(verb, &json::string(kept)));
            }
        }
        'b' | 'd' | 'o' | 'x' | 'X' => {
            let value = converted(Type::Number)?;
            let n = value.as_number().cloned().unwrap_or(Number::ZERO);
            let Some(whole) = n.to_integer() else {
                return Err(unsupported("an integer is required"));
            };
            let (radix, prefix) = match verb.mode {
                'b' => (2, "0b"),
                'o' => (8, "0"),
                'x' => (16, "0x"),
                'X' => (16, "0X"),
                _ => (10, ""),
            };
            let negative = n.is_negative();
            let magnitude = if negative { -whole } else { whole };
            let mut digits = magnitude.in_radix(radix).to_string();
            if verb.mode == 'X' {
                digits.make_ascii_uppercase();
            }
            if verb.precision == Some(0) && digits == "0" {
                return Ok(());
            }
            if let Some(least) = verb.precision {
                digits.insert_str(0, &"0".repeat(least.saturating_sub(digits.len())));
            }
            let prefix = if verb.sharp { prefix } else { "" };
            let zeros = verb.zero && verb.precision.is_none();
            out.push_str(&signed(verb, negative, prefix, &digits, zeros));
        }
        'e' | 'E' | 'f' | 'g' | 'G' => {
            let value = converted(Type::Number)?;
            let n = value.as_number().cloned().unwrap_or(Number::ZERO);
            out.push_str(&float(verb, &n));
        }
        mode => {
            return Err(Failure::Call(format!(
                "unsupported format verb '{mode}' in {} at offset {}",
                quote(verb.raw),
                verb.offset
            )));
        }
    }
    Ok(())
}

/// The value as it is: text as such, numbers short, everything else as JSON.
fn as_is(verb: &Verb<'_>, arg: &Value) -> Result<String, Failure> {
    Ok(match arg.kind() {
        Kind::String(s) if !verb.sharp => s.to_string(),
        Kind::Number(n) if !verb.sharp => match n.shortest() {
            Some(digits) => digits.general(None, 'e'),
            None => n.to_string(),
        },
        _ => json::encode(arg)?,
    })
}

fn float(verb: &Verb<'_>, n: &Number) -> String {
    let upper = verb.mode.is_ascii_uppercase();
    let e = if upper { 'E' } else { 'e' };
    let Some(mut exact) = n.exact() else {
        // Infinity has a sign, unless a space is asked for in its place.
        let plus = !verb.space;
        let verb = Verb { plus, ..*verb };
        return signed(&verb, n.is_negative(), "", "Inf", false);
    };
    let negative = exact.negative;
    exact.negative = false;
    let digits = match verb.mode {
        'f' => exact.plain(Some(verb.precision.unwrap_or(6))),
        'e' | 'E' => exact.scientific(Some(verb.precision.unwrap_or(6)), e),
        _ => match verb.precision {
            Some(p) => exact.general(Some(p), e),
            None => {
                let mut short = n.shortest().unwrap_or(exact);
                short.negative = false;
                short.general(None, e)
            }
        },
    };
    // Zeros go before spaces here, other than with whole numbers.
    let minus = verb.minus && !verb.zero;
    let verb = Verb { minus, ..*verb };
    signed(&verb, negative, "", &digits, verb.zero)
}

/// The digits of a number with sign and prefix, padded to the width.
fn signed(verb: &Verb<'_>, negative: bool, prefix: &str, digits: &str, zeros: bool) -> String {
    let sign = if negative {
        "-"
    } else if verb.plus {
        "+"
    } else if verb.space {
        " "
    } else {
        ""
    };
    let length = sign.len() + prefix.len() + digits.len();
    let missing = verb.width.saturating_sub(length);
    if verb.minus {
        format!("{sign}{prefix}{digits}{}", " ".repeat(missing))
    } else if zeros {
        format!("{sign}{prefix}{}{digits}", "0".repeat(missing))
    } else {
        format!("{}{sign}{prefix}{digits}", " ".repeat(missing))
    }
}

/// The text padded to the width, counted in characters.
fn pad(verb: &Verb<'_>, text: &str) -> String {
    let missing = match verb.width {
        0 => 0,
        width => width.saturating_sub(graphemes::count(text)),
    };
    if verb.minus {
        format!("{text}{}", " ".repeat(missing))
    } else if verb.zero {
        format!("{}{text}", "0".repeat(missing))
    } else {
        format!("{}{text}", " ".repeat(missing))
    }
}
