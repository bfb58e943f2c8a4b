//! Numbers as decimal text.

use std::cmp::Ordering;
use std::fmt;

use dashu_base::BitTest;
use dashu_int::{IBig, UBig};

use super::{Float, Number, Repr};

/// Decimal digits of a finite number: `0.DIGITS * 10^point`, without leading or trailing zeros; zero
/// has no digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// Whether there is a minus sign, also before zero.
    pub negative: bool,
    /// ASCII digits.
    pub digits: Vec<u8>,
    /// Where the decimal point is, counted from before the first digit.
    pub point: i64,
}

impl Decimal {
    fn new(negative: bool, digits: &[u8], point: i64) -> Decimal {
        let leading = digits.iter().take_while(|d| **d == b'0').count();
        let mut digits = digits[leading..].to_vec();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let point = if digits.is_empty() {
            0
        } else {
            point - leading as i64
        };
        Decimal {
            negative,
            digits,
            point,
        }
    }

    /// The same rounded to `count` digits, half to even.
    #[must_use]
    pub fn rounded(&self, count: i64) -> Decimal {
        let Ok(keep) = usize::try_from(count) else {
            return Decimal::new(self.negative, &[], 0);
        };
        if keep >= self.digits.len() {
            return self.clone();
        }
        let (head, tail) = self.digits.split_at(keep);
        let odd = head.last().is_some_and(|d| (d - b'0') % 2 == 1);
        let up = tail[0] > b'5' || tail[0] == b'5' && (tail.len() > 1 || odd);
        if !up {
            return Decimal::new(self.negative, head, self.point);
        }
        let raised = increment(head);
        let carried = (raised.len() - head.len()) as i64;
        Decimal::new(self.negative, &raised, self.point + carried)
    }

    /// Without exponent, with exactly `places` digits after the point; `None` for as many as there are. Numbers that would
    /// take more than a million characters get an exponent all the same.
    #[must_use]
    pub fn plain(&self, places: Option<usize>) -> String {
        if self.point.unsigned_abs() > FAR.unsigned_abs() as u64 {
            return match places {
                Some(places) if self.point < 0 => self.rounded(0).plain(Some(places)),
                _ => self.scientific(None, 'e'),
            };
        }
        let rounded;
        let this = match places {
            Some(places) => {
                rounded = self.rounded(self.point.saturating_add(places as i64));
                &rounded
            }
            None => self,
        };
        let digit = |at: i64| -> char {
            usize::try_from(at)
                .ok()
                .and_then(|at| this.digits.get(at))
                .map_or('0', |d| char::from(*d))
        };
        let places = places.unwrap_or_else(|| {
            usize::try_from(this.digits.len() as i64 - this.point).unwrap_or_default()
        });
        let mut out = String::new();
        if this.negative {
            out.push('-');
        }
        if this.point <= 0 {
            out.push('0');
        }
        out.extend((0..this.point).map(digit));
        if places > 0 {
            out.push('.');
            out.extend((0..places as i64).map(|i| digit(this.point + i)));
        }
        out
    }

    /// With an exponent of at least two digits and exactly `places` digits after the point; `None`
    /// for as many as there are.
    #[must_use]
    pub fn scientific(&self, places: Option<usize>, e: char) -> String {
        let this = match places {
            Some(places) => self.rounded(places as i64 + 1),
            None => self.clone(),
        };
        let mut out = String::new();
        if this.negative {
            out.push('-');
        }
        let mut digits = this.digits.iter().map(|d| char::from(*d));
        out.push(digits.next().unwrap_or('0'));
        let places = places.unwrap_or(this.digits.len().saturating_sub(1));
        if places > 0 {
            out.push('.');
            out.extend(digits.chain(std::iter::repeat('0')).take(places));
        }
        let exponent = if this.digits.is_empty() {
            0
        } else {
            this.point - 1
        };
        let sign = if exponent < 0 { '-' } else { '+' };
        out.push_str(&format!("{e}{sign}{:02}", exponent.unsigned_abs()));
        out
    }

    /// The shorter of both forms, as `%g` of C and Go has it: `precision` significant digits, or for
    /// `None` as many as there are, with an exponent from 10^6 on.
    #[must_use]
    pub fn general(&self, precision: Option<usize>, e: char) -> String {
        let this = match precision {
            Some(p) => self.rounded(p.max(1) as i64),
            None => self.clone(),
        };
        let count = this.digits.len() as i64;
        let limit = match precision {
            None => 6,
            Some(p) if (p.max(1) as i64) > count && count >= this.point => count,
            Some(p) => p.max(1) as i64,
        };
        let exponent = this.point - 1;
        if exponent < -4 || exponent >= limit {
            this.scientific(None, e)
        } else {
            this.plain(None)
        }
    }
}

impl Number {
    /// The fewest digits that identify the number within its precision; `None` when it is infinite.
    #[must_use]
    pub fn shortest(&self) -> Option<Decimal> {
        match &self.0 {
            Repr::Infinite { .. } => None,
            Repr::NegativeZero(_) => Some(Decimal::new(true, &[], 0)),
            Repr::Small(n, p) if *p >= 64 || n.unsigned_abs() < 1 << 53 => Some(of_integer(*n)),
            Repr::Small(..) => Some(shortest(&self.float(), self.precision())),
            Repr::Big(f) => Some(shortest(f, f.precision())),
        }
    }

    /// All digits of the number; `None` when it is infinite.
    #[must_use]
    pub fn exact(&self) -> Option<Decimal> {
        match &self.0 {
            Repr::Infinite { .. } => None,
            Repr::NegativeZero(_) => Some(Decimal::new(true, &[], 0)),
            Repr::Small(n, _) => Some(of_integer(*n)),
            Repr::Big(f) => Some(exact(f)),
        }
    }

    /// The number rounded to `digits` significant digits, with an exponent where it has more before
    /// the point.
    #[must_use]
    pub fn to_significant(&self, digits: usize) -> String {
        match self.exact() {
            Some(_) if self.is_zero() => "0".into(),
            Some(exact) => exact.general(Some(digits), 'e'),
            None => self.to_string(),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Number {
    /// The shortest decimal text that reads back as the same number at its precision, without
    /// exponent; `+Inf` and `-Inf`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(n, p) if *p >= 64 || n.unsigned_abs() < 1 << 53 => fmt::Display::fmt(n, f),
            Repr::Infinite { negative: true } => f.write_str("-Inf"),
            Repr::Infinite { negative: false } => f.write_str("+Inf"),
            _ => match self.shortest() {
                Some(digits) => f.write_str(&digits.plain(None)),
                None => Ok(()),
            },
        }
    }
}

fn of_integer(n: i64) -> Decimal {
    let text = n.unsigned_abs().to_string();
    Decimal::new(n < 0, text.as_bytes(), text.len() as i64)
}

fn is_negative(f: &Float) -> bool {
    f.sign() == dashu_base::Sign::Negative
}

/// Binary places beyond which a number is not written out: its digits would take minutes and fill memory. Such numbers
/// are shown to [`FAR_DIGITS`] digits with an exponent, which Terraform does not, but nobody waits for its answer.
const FAR: isize = 1 << 20;
/// Digits of numbers that are not written out: more than 512 bits hold, so that reading them gives the same number.
const FAR_DIGITS: usize = 160;

fn is_far(f: &Float) -> bool {
    f.repr().exponent().unsigned_abs() > FAR.unsigned_abs()
}

/// A number that is not written out: divided by a power of ten near it, with more bits than the digits need.
fn far(f: &Float) -> Decimal {
    const WIDE: usize = 1024;
    let bits = f.repr().exponent() as i64 + f.repr().significand().bit_len() as i64;
    let power = (bits as f64 * std::f64::consts::LOG10_2) as i64;
    let ten = Float::from(10u8).with_precision(WIDE).value();
    let scale = ten.powi(IBig::from(power.unsigned_abs()));
    let wide = f.clone().with_precision(WIDE).value();
    let near = match power > 0 {
        true => wide / scale,
        false => wide * scale,
    };
    let mut decimal = exact(&near).rounded(FAR_DIGITS as i64);
    decimal.point += power;
    decimal
}

fn exact(f: &Float) -> Decimal {
    if is_far(f) {
        return far(f);
    }
    let (_, m) = f.repr().significand().clone().into_parts();
    let e = f.repr().exponent();
    let (scale, places) = scale(e as i64);
    let text = (m * scale).in_radix(10).to_string();
    Decimal::new(is_negative(f), text.as_bytes(), text.len() as i64 - places)
}

/// `2^e` as an integer over a power of ten.
fn scale(e: i64) -> (UBig, i64) {
    if e >= 0 {
        (UBig::ONE << e as usize, 0)
    } else {
        let places = e.unsigned_abs();
        (UBig::from(5u8).pow(places as usize), places as i64)
    }
}

/// The fewest digits that identify `f` among floats of `precision` bits.
fn shortest(f: &Float, precision: usize) -> Decimal {
    let negative = is_negative(f);
    let (_, m) = f.repr().significand().clone().into_parts();
    if m == UBig::ZERO {
        return Decimal::new(negative, &[], 0);
    }
    if is_far(f) {
        return far(f);
    }
    // A decimal of few digits is its own shortest form.
    let e = f.repr().exponent();
    if (-64..0).contains(&e) && m.bit_len() + 64 < precision {
        return exact(f);
    }
    // Normalise to exactly `precision` bits, then let the unit be half of the last place, so that the
    // half-way points to both neighbours are whole. As in Terraform, the gap below a power of two is
    // taken to be as wide as the one above.
    let shift = precision - m.bit_len().min(precision);
    let mantissa = m << shift;
    let exponent = e as i64 - shift as i64;
    let even = !mantissa.bit(0);
    let middle = mantissa << 1usize;
    let low = &middle - UBig::ONE;
    let high = &middle + UBig::ONE;
    let (scale, places) = scale(exponent - 1);
    let text = |x: &UBig| (x * &scale).in_radix(10).to_string();
    let (mid, low, high) = (text(&middle), text(&low), text(&high));
    let width = high.len();
    // Not by a format width, which ends at 65,535.
    let pad = |s: String| "0".repeat(width.saturating_sub(s.len())) + &s;
    let digits = between(
        pad(mid).as_bytes(),
        pad(low).as_bytes(),
        pad(high).as_bytes(),
        even,
    );
    Decimal::new(negative, &digits, width as i64 - places)
}

/// The fewest leading digits of `mid`, rounded down or up, that stay between `low` and `high`
/// (the bounds themselves count when `inclusive`). All three have the same length.
fn between(mid: &[u8], low: &[u8], high: &[u8], inclusive: bool) -> Vec<u8> {
    let inside = |candidate: &[u8]| {
        let above = compare_padded(candidate, low);
        let below = compare_padded(candidate, high);
        (above == Ordering::Greater || inclusive && above == Ordering::Equal)
            && (below == Ordering::Less || inclusive && below == Ordering::Equal)
    };
    // Before low and high part ways no prefix can separate them.
    let common = low.iter().zip(high).take_while(|(a, b)| a == b).count();
    for n in common..=mid.len() {
        let down = &mid[..n];
        let up = increment(down);
        let (down_fits, up_fits) = (inside(down), up.len() == n && inside(&up));
        let chosen = match (down_fits, up_fits) {
            (false, false) => continue,
            (true, false) => down.to_vec(),
            (false, true) => up,
            (true, true) => {
                let rest = &mid[n..];
                let half = rest.first().is_some_and(|d| *d > b'5')
                    || rest.first() == Some(&b'5')
                        && (rest[1..].iter().any(|d| *d != b'0')
                            || down.last().is_some_and(|d| (d - b'0') % 2 == 1));
                if half { up } else { down.to_vec() }
            }
        };
        return chosen;
    }
    mid.to_vec()
}

fn compare_padded(prefix: &[u8], full: &[u8]) -> Ordering {
    let (head, tail) = full.split_at(prefix.len());
    prefix.cmp(head).then_with(|| {
        if tail.iter().any(|d| *d != b'0') {
            Ordering::Less
        } else {
            Ordering::Equal
        }
    })
}

/// `digits` plus one in the last place; one digit longer when it carries out.
fn increment(digits: &[u8]) -> Vec<u8> {
    let mut out = digits.to_vec();
    for d in out.iter_mut().rev() {
        if *d == b'9' {
            *d = b'0';
        } else {
            *d += 1;
            return out;
        }
    }
    out.insert(0, b'1');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn text_round_trips() {
        for text in [
            "0",
            "1",
            "-1",
            "0.1",
            "1.5",
            "-0.25",
            "123456789012345678901234567890",
            "0.001",
            "0.0000000000000000000000000000000000000000000000000000000000000001",
            "0.123456789012345678901234567890123456789",
            "100000000000000000000.00000000000000000001",
        ] {
            assert_eq!(n(text).to_string(), text);
        }
        assert_eq!(n("1e3").to_string(), "1000");
        assert_eq!(n("12.50").to_string(), "12.5");
        assert_eq!(n("1e10000").to_string(), format!("1{:0>10000}", ""));
    }

    #[test]
    fn digits_are_rounded_half_to_even() {
        let plain = |text: &str, places| n(text).exact().unwrap().plain(Some(places));
        assert_eq!(plain("0.25", 1), "0.2");
        assert_eq!(plain("0.35", 1), "0.3");
        assert_eq!(plain("9.996", 2), "10.00");
        assert_eq!(plain("-0.004", 2), "-0.00");
        assert_eq!(plain("0.6", 0), "1");
        assert_eq!(plain("12", 3), "12.000");
        let scientific = n("12345.678").exact().unwrap().scientific(Some(3), 'e');
        assert_eq!(scientific, "1.235e+04");
        assert_eq!(n("0").exact().unwrap().scientific(Some(2), 'E'), "0.00E+00");
    }

    #[test]
    fn few_digits_take_an_exponent_when_they_must() {
        for (text, short) in [
            ("100", "100"),
            ("12345678901", "1.23456789e+10"),
            ("1e10", "1e+10"),
            ("0.00001", "1e-05"),
            ("1234567890", "1234567890"),
            ("0.1", "0.1"),
        ] {
            assert_eq!(n(text).to_significant(10), short);
        }
    }

    #[test]
    fn numbers_that_cannot_be_written_out_have_an_exponent() {
        for text in [
            "1e300000000",
            "-25e999999999",
            "1e-300000000",
            "9e-999999999",
        ] {
            let number = n(text);
            let shown = number.to_string();
            assert!(shown.len() < 200, "{text}: {shown}");
            assert_eq!(n(&shown), number, "{text}: {shown}");
        }
        assert!(n("1e300000000").to_string().ends_with("e+300000000"));
        assert_eq!(n("1e100000").to_string().len(), 100_001);
    }
}
