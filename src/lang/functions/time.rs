//! Functions over times.

use std::cmp::Ordering;

use trunkline_api::quote::quote;
use trunkline_api::{Type, Value};

use super::timestamp::{Timestamp, parse_duration, parse_freely, parse_timestamp};
use super::{Failure, Function, FunctionContext, Outcome, Param, Returns, Shape, text, unknown};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "formatdate",
        "Writes a time in another form.",
        &[
            Param::new(
                "format",
                Shape::String,
                "The form, such as DD MMM YYYY hh:mm.",
            ),
            Param::new("time", Shape::String, "The time, in RFC 3339."),
        ],
        Returns::Always(Shape::String),
        |args, _, _| {
            let time = at(args, 1)?;
            let written = format(text(args, 0), &time).map_err(|e| Failure::Argument(0, e))?;
            Ok(Value::string(written))
        },
    ),
    Function::new(
        "plantimestamp",
        "Gives the time of the plan, in RFC 3339.",
        &[],
        Returns::Always(Shape::String),
        |_, ty, ctx| Ok(given(ctx.plan_timestamp.as_deref(), ty)),
    ),
    Function::new(
        "timeadd",
        "Gives the time that is a duration later.",
        &[
            Param::new("timestamp", Shape::String, "The time, in RFC 3339."),
            Param::new(
                "duration",
                Shape::String,
                "The duration, such as 1h30m or -10s.",
            ),
        ],
        Returns::Always(Shape::String),
        timeadd,
    ),
    Function::new(
        "timecmp",
        "Gives -1, 0 or 1 when the first time is earlier, the same or later.",
        &[
            Param::new("timestamp_a", Shape::String, "A time, in RFC 3339."),
            Param::new("timestamp_b", Shape::String, "Another."),
        ],
        Returns::Always(Shape::Number),
        |args, _, _| {
            let at =
                |index| parse_freely(text(args, index)).map_err(|e| Failure::Argument(index, e));
            let order = at(0)?.instant().cmp(&at(1)?.instant());
            Ok(Value::number(match order {
                Ordering::Less => -1,
                Ordering::Equal => 0,
                Ordering::Greater => 1,
            }))
        },
    ),
    Function::new(
        "timestamp",
        "Gives the time of the call in UTC, in RFC 3339.",
        &[],
        Returns::Always(Shape::String),
        |_, ty, ctx| Ok(given(ctx.now.as_deref(), ty)),
    ),
];

fn given(time: Option<&str>, ty: &Type) -> Value {
    time.map_or_else(|| unknown(ty.clone()), Value::from)
}

fn at(args: &[Value], index: usize) -> Result<Timestamp, Failure> {
    parse_timestamp(text(args, index)).map_err(|e| Failure::Argument(index, e))
}

fn timeadd(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let time = parse_timestamp(text(args, 0))?;
    let later = time
        .plus(parse_duration(text(args, 1))?)
        .ok_or("the resulting time is out of range")?;
    Ok(Value::string(later.to_string()))
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// Writes a time. Letters are verbs, text in single quotes and all else stands for itself.
fn format(pattern: &str, time: &Timestamp) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            rest = literal(rest, &mut out)?;
            continue;
        }
        if !c.is_ascii_alphabetic() {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let count = rest.chars().take_while(|next| *next == c).count();
        let (verb, after) = rest.split_at(count);
        out.push_str(&written(verb, time)?);
        rest = after;
    }
    Ok(out)
}

/// Appends the quoted text at the beginning of `rest`, and gives what follows it. Two quotes are one.
fn literal<'s>(rest: &'s str, out: &mut String) -> Result<&'s str, String> {
    if let Some(after) = rest.strip_prefix("''") {
        out.push('\'');
        return Ok(after);
    }
    let mut inner = &rest[1..];
    loop {
        let Some((part, after)) = inner.split_once('\'') else {
            return Err("unterminated literal '".into());
        };
        out.push_str(part);
        match after.strip_prefix('\'') {
            Some(after) => {
                out.push('\'');
                inner = after;
            }
            None => return Ok(after),
        }
    }
}

fn written(verb: &str, time: &Timestamp) -> Result<String, String> {
    let (date, clock) = (time.local().date(), time.local().time());
    let named = |names: &[&str], index: i8, short: bool| {
        let name = usize::try_from(index)
            .ok()
            .and_then(|i| names.get(i))
            .copied();
        let name = name.unwrap_or_default();
        if short {
            name[..3.min(name.len())].to_owned()
        } else {
            name.to_owned()
        }
    };
    let wrong = |must: &str| Err(format!("invalid date format verb {}: {must}", quote(verb)));
    let half_day = match clock.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let weekday = date.weekday().to_sunday_zero_offset();
    Ok(match verb {
        "YYYY" => format!("{:04}", time.year()),
        "YY" => format!("{:02}", time.year() % 100),
        "MMMM" => named(&MONTHS, date.month() - 1, false),
        "MMM" => named(&MONTHS, date.month() - 1, true),
        "MM" => format!("{:02}", date.month()),
        "M" => date.month().to_string(),
        "DD" => format!("{:02}", date.day()),
        "D" => date.day().to_string(),
        "EEEE" => named(&DAYS, weekday, false),
        "EEE" => named(&DAYS, weekday, true),
        "hh" => format!("{:02}", clock.hour()),
        "h" => clock.hour().to_string(),
        "HH" => format!("{half_day:02}"),
        "H" => half_day.to_string(),
        "AA" => if clock.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        "aa" => if clock.hour() < 12 { "am" } else { "pm" }.to_owned(),
        "mm" => format!("{:02}", clock.minute()),
        "m" => clock.minute().to_string(),
        "ss" => format!("{:02}", clock.second()),
        "s" => clock.second().to_string(),
        "Z" if time.is_utc() => "Z".to_owned(),
        "ZZZ" if time.is_utc() => "UTC".to_owned(),
        "ZZZ" | "ZZZZ" => time.offset_text(""),
        "Z" | "ZZZZZ" => time.offset_text(":"),
        _ => {
            return match verb.as_bytes().first() {
                Some(b'Y') => wrong("year must either be \"YY\" or \"YYYY\""),
                Some(b'M') => wrong("month must be \"M\", \"MM\", \"MMM\", or \"MMMM\""),
                Some(b'D') => wrong("day of month must either be \"D\" or \"DD\""),
                Some(b'E') => wrong("day of week must either be \"EEE\" or \"EEEE\""),
                Some(b'h') => wrong("24-hour must either be \"h\" or \"hh\""),
                Some(b'H') => wrong("12-hour must either be \"H\" or \"HH\""),
                Some(b'A') => wrong("must be \"AA\""),
                Some(b'a') => wrong("must be \"aa\""),
                Some(b'm') => wrong("minute must either be \"m\" or \"mm\""),
                Some(b's') => wrong("second must either be \"s\" or \"ss\""),
                Some(b'Z') => wrong("timezone must be Z, ZZZZ, or ZZZZZ"),
                _ => Err(format!("invalid date format verb {}", quote(verb))),
            };
        }
    })
}
