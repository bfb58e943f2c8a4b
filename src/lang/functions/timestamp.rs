//! Times in RFC 3339, and durations as `1h30m`.

use std::fmt;

use jiff::civil::DateTime;
use trunkline_api::quote::quote;

/// A moment, as read from text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp {
    /// Date and time of day where it was written.
    local: DateTime,
    /// Seconds east of UTC.
    offset: i32,
    /// Whether it was written as `Z`.
    utc: bool,
    /// Years beyond 9999, which the calendar does not hold.
    centuries: i16,
}

/// Reads RFC 3339 text. The error says what is wrong, without full stop.
pub fn parse_timestamp(text: &str) -> Result<Timestamp, String> {
    parse(text, true).map_err(invalid)
}

/// As [`parse_timestamp`], but as freely as the comparison of times reads them: an hour may have one digit, a comma may stand
/// before the fraction, and an offset may be a whole day.
pub(super) fn parse_freely(text: &str) -> Result<Timestamp, String> {
    parse(text, false).map_err(invalid)
}

fn invalid(why: String) -> String {
    format!("not a valid RFC3339 timestamp{why}")
}

fn parse(text: &str, strict: bool) -> Result<Timestamp, String> {
    let mut reader = Reader { rest: text, strict };
    let year = reader.number(4, "year", text.get(..4).is_some_and(digits))?;
    reader.punctuation('-')?;
    let month = reader.two("month", 1..=12)?;
    reader.punctuation('-')?;
    let day = reader.two("day of month", 0..=99)?;
    reader.rest = reader
        .rest
        .strip_prefix('T')
        .ok_or(": missing required time introducer 'T'")?;
    let (hour, hour_digits) = reader.hour()?;
    reader.punctuation(':')?;
    let minute = reader.two("minute", 0..=59)?;
    reader.punctuation(':')?;
    let second = reader.two("second", 0..=59)?;
    let comma = reader.rest.starts_with(',');
    let nanosecond = reader.fraction();
    let zone = reader.rest;
    let (offset, utc) = reader.offset()?;
    if !reader.rest.is_empty() {
        return Err(format!(
            ": cannot use {} as timestamp segment",
            quote(reader.rest)
        ));
    }
    let small = |n: i32| i8::try_from(n).unwrap_or_default();
    let local = DateTime::new(
        i16::try_from(year).unwrap_or_default(),
        small(month),
        small(day),
        small(hour),
        small(minute),
        small(second),
        nanosecond,
    )
    .map_err(|_| ": day out of range")?;
    if strict && hour_digits < 2 {
        return Err(": hour must have exactly two digits".into());
    }
    if strict && comma {
        return Err(": cannot use \",\" as timestamp segment".into());
    }
    let within_a_day = offset.abs() < 86_400 && !zone.ends_with(":60");
    if strict && !within_a_day {
        return Err(format!(": cannot use {} as UTC offset", quote(zone)));
    }
    Ok(Timestamp {
        local,
        offset,
        utc,
        centuries: 0,
    })
}

fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

struct Reader<'s> {
    rest: &'s str,
    strict: bool,
}

impl Reader<'_> {
    fn unusable(&self, what: &str) -> String {
        match what {
            _ if self.rest.is_empty() => format!(": end of string before {what}"),
            "hour" if self.strict && self.rest.contains(':') => {
                ": hour must be between 0 and 23 inclusive".into()
            }
            "hour" | "minute" if self.strict => format!(": {what} must have exactly two digits"),
            _ => format!(": cannot use {} as {what}", quote(self.rest)),
        }
    }

    fn number(&mut self, width: usize, what: &str, fits: bool) -> Result<i32, String> {
        if !fits {
            return Err(self.unusable(what));
        }
        let n = self.rest[..width].parse().unwrap_or_default();
        self.rest = &self.rest[width..];
        Ok(n)
    }

    fn two(&mut self, what: &str, range: std::ops::RangeInclusive<i32>) -> Result<i32, String> {
        let fits = self.rest.get(..2).is_some_and(digits);
        let n = self.number(2, what, fits)?;
        if range.contains(&n) {
            Ok(n)
        } else {
            Err(self.unusable(what))
        }
    }

    /// The hour, and with how many digits it is written.
    fn hour(&mut self) -> Result<(i32, usize), String> {
        let what = "hour";
        let width = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let width = width.min(2);
        let hour = self.number(width, what, width > 0)?;
        match hour {
            0..=23 => Ok((hour, width)),
            _ => Err(self.unusable(what)),
        }
    }

    fn punctuation(&mut self, c: char) -> Result<(), String> {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None if self.rest.is_empty() => {
                Err(format!(": end of string where \"{c}\" is expected"))
            }
            None => Err(format!(
                ": found {} where \"{c}\" is expected",
                quote(self.rest)
            )),
        }
    }

    fn fraction(&mut self) -> i32 {
        let Some(after) = self.rest.strip_prefix(['.', ',']) else {
            return 0;
        };
        let count = after.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return 0;
        }
        let nine: String = format!("{:0<9}", &after[..count]).chars().take(9).collect();
        self.rest = &after[count..];
        nine.parse().unwrap_or_default()
    }

    fn offset(&mut self) -> Result<(i32, bool), String> {
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok((0, true));
        }
        let what = "UTC offset";
        let sign = match self.rest.bytes().next() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(self.unusable(what)),
        };
        let bytes = self.rest.as_bytes();
        let well_formed = bytes.get(3) == Some(&b':')
            && self.rest.get(1..3).is_some_and(digits)
            && self.rest.get(4..6).is_some_and(digits);
        if !well_formed {
            return Err(self.unusable(what));
        }
        let hours: i32 = self.rest[1..3].parse().unwrap_or_default();
        let minutes: i32 = self.rest[4..6].parse().unwrap_or_default();
        self.rest = &self.rest[6..];
        if hours > 24 || minutes > 60 {
            return Err(self.unusable(what));
        }
        Ok((sign * (hours * 3600 + minutes * 60), false))
    }
}

/// The length of a calendar cycle: so many years have as many days as any other so many.
const CYCLE: i16 = 400;
/// Seconds of a calendar cycle.
const CYCLE_SECONDS: i64 = 146_097 * 86_400;

impl Timestamp {
    /// Date and time of day, where it was written.
    #[must_use]
    pub fn local(&self) -> DateTime {
        self.local
    }

    /// The year, also beyond 9999.
    #[must_use]
    pub fn year(&self) -> i32 {
        i32::from(self.local.year()) + i32::from(self.centuries)
    }

    /// Whether the offset is that of UTC.
    #[must_use]
    pub fn is_utc(&self) -> bool {
        self.offset == 0
    }

    /// The offset as `+01:00`, with `colon` between hours and minutes.
    #[must_use]
    pub fn offset_text(&self, colon: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.unsigned_abs() / 60;
        format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
    }

    /// The moment as seconds and nanoseconds since the beginning of year 0, for comparison.
    #[must_use]
    pub fn instant(&self) -> (i64, i32) {
        let epoch = jiff::civil::date(0, 1, 1);
        let days = self
            .local
            .date()
            .since(epoch)
            .map_or(0, |span| i64::from(span.get_days()));
        let time = self.local.time();
        let seconds = days * 86_400
            + i64::from(time.hour()) * 3600
            + i64::from(time.minute()) * 60
            + i64::from(time.second())
            - i64::from(self.offset)
            + i64::from(self.centuries / CYCLE) * CYCLE_SECONDS;
        (seconds, time.subsec_nanosecond())
    }

    /// The moment so many nanoseconds later, in the same offset.
    #[must_use]
    pub fn plus(&self, nanoseconds: i64) -> Option<Timestamp> {
        let span = jiff::Span::new().try_nanoseconds(nanoseconds).ok()?;
        if let Ok(local) = self.local.checked_add(span) {
            return Some(Timestamp { local, ..*self });
        }
        // Beyond the calendar: the same day of an earlier cycle has the same successor.
        let year = self.local.year() - CYCLE;
        let local = self.local.with().year(year).build().ok()?;
        Some(Timestamp {
            local: local.checked_add(span).ok()?,
            centuries: self.centuries + CYCLE,
            ..*self
        })
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 without fractions of seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.local.date(), self.local.time());
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            self.year(),
            date.month(),
            date.day(),
            time.hour(),
            time.minute(),
            time.second()
        )?;
        if self.utc || self.offset == 0 {
            f.write_str("Z")
        } else {
            f.write_str(&self.offset_text(":"))
        }
    }
}

/// Reads a duration such as `-1h30.5m` as nanoseconds. The error says what is wrong.
pub(super) fn parse_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let count = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
        let whole = count(rest);
        let (whole_digits, after) = rest.split_at(whole);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(count(after)),
            None => ("", after),
        };
        if whole_digits.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let end = after
            .find(|c: char| c == '.' || c.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        let scale: i128 = match unit {
            "" => return Err(format!("time: missing unit in duration {}", quote(text))),
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            other => {
                return Err(format!(
                    "time: unknown unit {} in duration {}",
                    quote(other),
                    quote(text)
                ));
            }
        };
        let n: i128 = if whole_digits.is_empty() {
            0
        } else {
            whole_digits.parse::<i64>().map_err(|_| invalid())?.into()
        };
        total += n * scale;
        let fraction = &fraction[..fraction.len().min(18)];
        if !fraction.is_empty() {
            let part: i128 = fraction.parse().map_err(|_| invalid())?;
            total += part * scale / 10i128.pow(fraction.len() as u32);
        }
        rest = next;
    }
    let total = if negative { -total } else { total };
    i64::try_from(total).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_move_and_compare() {
        let at = |text: &str| parse_timestamp(text).unwrap();
        let moved = |text: &str, by: &str| {
            at(text)
                .plus(parse_duration(by).unwrap())
                .unwrap()
                .to_string()
        };
        assert_eq!(moved("2024-02-28T23:59:59Z", "1s"), "2024-02-29T00:00:00Z");
        assert_eq!(
            moved("2024-01-01T00:00:00-08:00", "90m"),
            "2024-01-01T01:30:00-08:00"
        );
        assert_eq!(
            moved("2024-01-01T00:00:00.999Z", "1ms"),
            "2024-01-01T00:00:01Z"
        );
        assert_eq!(moved("9999-12-31T23:00:00Z", "2h"), "10000-01-01T01:00:00Z");
        assert_eq!(
            at("2024-01-01T00:00:00+01:00").instant(),
            at("2023-12-31T23:00:00Z").instant()
        );
    }

    #[test]
    fn times_are_compared_more_freely_than_they_are_moved() {
        for (text, why) in [
            ("2024-01-01T0:00:00Z", "hour must have exactly two digits"),
            (
                "2024-01-01T00:00:00,5Z",
                "cannot use \",\" as timestamp segment",
            ),
            (
                "2024-01-01T00:00:00+24:00",
                "cannot use \"+24:00\" as UTC offset",
            ),
            (
                "2024-01-01T00:00:00+23:60",
                "cannot use \"+23:60\" as UTC offset",
            ),
        ] {
            assert_eq!(parse(text, true), Err(format!(": {why}")), "{text}");
            assert!(parse(text, false).is_ok(), "{text}");
        }
        for (text, strictly, freely) in [
            (
                "2024-01-01T24:00:00Z",
                ": hour must be between 0 and 23 inclusive",
                ": cannot use \":00:00Z\" as hour",
            ),
            (
                "2024-01-01Tx",
                ": hour must have exactly two digits",
                ": cannot use \"x\" as hour",
            ),
            (
                "2024-01-01T1:2:3Z",
                ": minute must have exactly two digits",
                ": cannot use \"2:3Z\" as minute",
            ),
            (
                "2024-01-01T5:59:60Z",
                ": cannot use \"Z\" as second",
                ": cannot use \"Z\" as second",
            ),
            (
                "2024-02-30T5:00:00Z",
                ": day out of range",
                ": day out of range",
            ),
            (
                "2024-01-01T00:00:00,Z",
                ": cannot use \",Z\" as UTC offset",
                ": cannot use \",Z\" as UTC offset",
            ),
            (
                "2024-01-01T00:00:00+00:61",
                ": end of string before UTC offset",
                ": end of string before UTC offset",
            ),
        ] {
            assert_eq!(parse(text, true), Err(strictly.to_owned()), "{text}");
            assert_eq!(parse(text, false), Err(freely.to_owned()), "{text}");
        }
    }

    #[test]
    fn durations_are_checked() {
        assert_eq!(parse_duration("-1.5h"), Ok(-5_400_000_000_000));
        for (text, message) in [
            ("1d", "time: unknown unit \"d\" in duration \"1d\""),
            ("", "time: invalid duration \"\""),
            ("1", "time: missing unit in duration \"1\""),
            ("9999999h", "time: invalid duration \"9999999h\""),
        ] {
            assert_eq!(parse_duration(text), Err(message.to_owned()));
        }
    }
}
