//! Numbers of the language: binary floats of up to 512 bits, with a fast path for small integers.
//!
//! Precision, rounding (half to even) and text form are those of Terraform 1.11: a literal has 512
//! bits, a number that a function counts has 64, one that comes from a double 53, and an operation has
//! the larger precision of its operands. There are infinities and a negative zero, but no NaN: what
//! would give one is a [`MathError`]. Nothing here panics.

mod text;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use dashu_float::FBig;
use dashu_float::round::mode::HalfEven;
use dashu_int::{IBig, UBig};

pub use text::Decimal;

/// Bits of the mantissa of numbers that are written.
pub const PRECISION: usize = 512;
/// Bits of the mantissa of numbers that are counted.
const INTEGER_PRECISION: usize = 64;
/// Bits of the mantissa of doubles.
const DOUBLE_PRECISION: usize = 53;
/// Beyond this power of two there is only infinity, or zero.
const MAX_EXPONENT: i64 = i32::MAX as i64;

type Float = FBig<HalfEven, 2>;

/// A number. Cheap to clone.
#[derive(Clone)]
pub struct Number(Repr);

#[derive(Clone)]
enum Repr {
    /// Every integer that fits, but negative zero, is kept here and only here.
    Small(i64, u16),
    NegativeZero(u16),
    Infinite {
        negative: bool,
    },
    /// Finite, not zero, and not an `i64`; the precision is in the float.
    Big(Arc<Float>),
}

/// An operation without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MathError {
    /// ∞ + -∞.
    AddInfinities,
    /// ∞ - ∞.
    SubtractInfinities,
    /// 0 × ∞.
    MultiplyZeroByInfinity,
    /// 0 ÷ 0 or ∞ ÷ ∞.
    DivideZeroOrInfinity,
    /// A remainder where infinity takes part.
    ModuloInfinity,
}

impl fmt::Display for MathError {
    /// As Terraform says it after "Error during operation: ", without a full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MathError::AddInfinities => "can't compute sum of opposing infinities",
            MathError::SubtractInfinities => "can't subtract infinity from itself",
            MathError::MultiplyZeroByInfinity => "can't multiply zero by infinity",
            MathError::DivideZeroOrInfinity => "can't divide zero by zero or infinity by infinity",
            MathError::ModuloInfinity => "can't use modulo with zero and infinity",
        })
    }
}

impl std::error::Error for MathError {}

impl Number {
    /// Zero.
    pub const ZERO: Number = Number(Repr::Small(0, PRECISION as u16));

    fn zero(negative: bool, precision: usize) -> Number {
        Number(if negative {
            Repr::NegativeZero(precision as u16)
        } else {
            Repr::Small(0, precision as u16)
        })
    }

    /// Infinity.
    #[must_use]
    pub fn infinity(negative: bool) -> Number {
        Number(Repr::Infinite { negative })
    }

    /// `f` rounded to `precision` bits, in its one representation.
    fn from_float(f: Float, precision: usize) -> Number {
        let f = f.with_precision(precision).value();
        if f.repr().is_infinite() {
            return Number::infinity(f.sign() == dashu_base::Sign::Negative);
        }
        let (significand, exponent) = (f.repr().significand(), f.repr().exponent());
        if significand.is_zero() {
            return Number::zero(false, precision);
        }
        let magnitude = bits(significand) as i64 + exponent as i64;
        if magnitude > MAX_EXPONENT {
            return Number::infinity(f.sign() == dashu_base::Sign::Negative);
        }
        if magnitude < -MAX_EXPONENT {
            return Number::zero(f.sign() == dashu_base::Sign::Negative, precision);
        }
        if exponent >= 0 && magnitude <= 64 {
            let whole = significand.clone() << exponent as usize;
            if let Ok(small) = i64::try_from(&whole) {
                return Number(Repr::Small(small, precision as u16));
            }
        }
        Number(Repr::Big(Arc::new(f)))
    }

    /// The float of a finite number.
    fn float(&self) -> Float {
        match &self.0 {
            Repr::Small(n, p) => Float::from(*n).with_precision((*p).max(64).into()).value(),
            Repr::Big(f) => (**f).clone(),
            Repr::NegativeZero(_) | Repr::Infinite { .. } => Float::ZERO,
        }
    }

    fn precision(&self) -> usize {
        match &self.0 {
            Repr::Small(_, p) | Repr::NegativeZero(p) => (*p).into(),
            Repr::Big(f) => f.precision(),
            Repr::Infinite { .. } => PRECISION,
        }
    }

    /// The same number, known to so many bits; used where an operation keeps a precision.
    fn with_precision(&self, precision: usize) -> Number {
        match &self.0 {
            Repr::Small(n, _) => Number(Repr::Small(*n, precision as u16)),
            Repr::NegativeZero(_) => Number::zero(true, precision),
            Repr::Infinite { .. } => self.clone(),
            Repr::Big(f) => Number::from_float((**f).clone(), precision),
        }
    }

    /// The integer `n`, exactly.
    #[must_use]
    pub fn from_integer(n: IBig) -> Number {
        let precision = bits(&n).clamp(INTEGER_PRECISION, usize::from(u16::MAX));
        Number::from_float(
            Float::from_parts(n, 0).with_precision(precision).value(),
            precision,
        )
    }

    /// The double; `None` for NaN.
    #[must_use]
    pub fn from_f64(n: f64) -> Option<Number> {
        if n.is_nan() {
            return None;
        }
        if n.is_infinite() {
            return Some(Number::infinity(n < 0.0));
        }
        if n == 0.0 {
            return Some(Number::zero(n.is_sign_negative(), DOUBLE_PRECISION));
        }
        let f = Float::try_from(n).ok()?;
        Some(Number::from_float(f, DOUBLE_PRECISION))
    }

    /// Reads decimal text: digits, an optional sign, fraction and exponent, or `Inf`. Anything else is
    /// `None`. What is too large is infinite, what is too small is zero.
    #[must_use]
    pub fn parse(text: &str) -> Option<Number> {
        if let Ok(small) = text.parse::<i64>()
            && !text.starts_with("-0")
        {
            return Some(Number(Repr::Small(small, PRECISION as u16)));
        }
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        if rest == "Inf" || rest == "inf" {
            return Some(Number::infinity(negative));
        }
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], read_exponent(&rest[at + 1..])?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent.saturating_sub(fraction.len() as i64);
        let n = UBig::from_str_radix(&digits, 10).ok()?;
        Some(Number::scaled(negative, n, exponent))
    }

    /// `n * 10^exponent`.
    fn scaled(negative: bool, n: UBig, exponent: i64) -> Number {
        if n == UBig::ZERO {
            return Number::zero(negative, PRECISION);
        }
        let sign = dashu_base::Sign::from(negative);
        // 10^k lies between 2^(3k) and 2^(4k).
        if exponent > MAX_EXPONENT / 3 {
            return Number::infinity(negative);
        }
        if exponent < -MAX_EXPONENT {
            return Number::zero(negative, PRECISION);
        }
        if exponent.unsigned_abs() > 5_000 {
            let wide = PRECISION + 64;
            let ten = Float::from(10u8).with_precision(wide).value();
            let scale = ten.powi(IBig::from(exponent.unsigned_abs()));
            let n = Float::from_parts(IBig::from_parts(sign, n), 0)
                .with_precision(wide)
                .value();
            let f = if exponent > 0 { n * scale } else { n / scale };
            return Number::from_float(f, PRECISION);
        }
        let scale = UBig::from(10u8).pow(exponent.unsigned_abs() as usize);
        if exponent >= 0 {
            let whole = IBig::from_parts(sign, n * scale);
            return Number::from_float(Float::from_parts(whole, 0), PRECISION);
        }
        Number::ratio(sign, n, scale, 0, PRECISION)
    }

    /// `n / d * 2^exponent`, correctly rounded: enough quotient bits are taken, and a sticky bit for the rest.
    fn ratio(
        sign: dashu_base::Sign,
        n: UBig,
        d: UBig,
        exponent: isize,
        precision: usize,
    ) -> Number {
        use dashu_base::BitTest;
        let shift = (precision + 2 + d.bit_len()).saturating_sub(n.bit_len());
        let scaled = n << shift;
        let quotient = &scaled / &d;
        let exact = &quotient * &d == scaled;
        let sticky = (quotient << 1usize) + UBig::from(u8::from(!exact));
        let signed = IBig::from_parts(sign, sticky);
        Number::from_parts(signed, exponent - (shift as isize) - 1, precision)
    }

    /// The sum; zero where there is none.
    #[must_use]
    pub fn add(&self, other: &Number) -> Number {
        self.try_add(other).unwrap_or(Number::ZERO)
    }

    /// The sum.
    pub fn try_add(&self, other: &Number) -> Result<Number, MathError> {
        let precision = self.precision().max(other.precision());
        Ok(match (&self.0, &other.0) {
            (Repr::Infinite { negative: a }, Repr::Infinite { negative: b }) if a != b => {
                return Err(MathError::AddInfinities);
            }
            (Repr::Infinite { .. }, _) => self.clone(),
            (_, Repr::Infinite { .. }) => other.clone(),
            (Repr::NegativeZero(_), _) => other.with_precision(precision),
            (_, Repr::NegativeZero(_)) => self.with_precision(precision),
            (Repr::Small(a, _), Repr::Small(b, _)) if a.checked_add(*b).is_some() => {
                Number::exactly(a.wrapping_add(*b), precision)
            }
            _ => Number::sum(&self.float(), &other.float(), precision),
        })
    }

    /// The exact sum, rounded once; the sum of two floats of the crate can be one off in the last place.
    fn sum(a: &Float, b: &Float, precision: usize) -> Number {
        let (a, b) = (a.repr(), b.repr());
        // Zero has no place of its own that could be above or below another's.
        for (zero, other) in [(a, b), (b, a)] {
            if zero.significand().is_zero() {
                let significand = other.significand().clone();
                return Number::from_parts(significand, other.exponent(), precision);
            }
        }
        let (high, low) = if a.exponent() >= b.exponent() {
            (a, b)
        } else {
            (b, a)
        };
        let gap = precision + 4;
        let top = low.exponent() as i64 + bits(low.significand()) as i64;
        if top < high.exponent() as i64 - gap as i64 {
            // Far below all that is kept: only its sign can matter.
            let sticky = low.significand().sign() * UBig::ONE;
            let (significand, exponent) =
                (high.significand() << gap, high.exponent() - gap as isize);
            return Number::from_parts(significand + sticky, exponent, precision);
        }
        let shift = high.exponent().abs_diff(low.exponent());
        let significand = (high.significand() << shift) + low.significand();
        Number::from_parts(significand, low.exponent(), precision)
    }

    /// `significand * 2^exponent`, rounded once.
    fn from_parts(significand: IBig, exponent: isize, precision: usize) -> Number {
        Number::from_float(Float::from_parts(significand, exponent), precision)
    }

    /// The difference; zero where there is none.
    #[must_use]
    pub fn sub(&self, other: &Number) -> Number {
        self.try_sub(other).unwrap_or(Number::ZERO)
    }

    /// The difference.
    pub fn try_sub(&self, other: &Number) -> Result<Number, MathError> {
        self.try_add(&other.neg())
            .map_err(|_| MathError::SubtractInfinities)
    }

    /// The product; zero where there is none.
    #[must_use]
    pub fn mul(&self, other: &Number) -> Number {
        self.try_mul(other).unwrap_or(Number::ZERO)
    }

    /// The product. Its precision is what the exact product takes, where that is more than the
    /// operands', up to 512 bits.
    pub fn try_mul(&self, other: &Number) -> Result<Number, MathError> {
        let precision = self.precision().max(other.precision());
        let negative = self.is_signed() != other.is_signed();
        if self.is_infinite() || other.is_infinite() {
            if self.is_zero() || other.is_zero() {
                return Err(MathError::MultiplyZeroByInfinity);
            }
            return Ok(Number::infinity(negative));
        }
        if self.is_zero() || other.is_zero() {
            return Ok(Number::zero(negative, precision));
        }
        if let (Repr::Small(a, _), Repr::Small(b, _)) = (&self.0, &other.0)
            && let Some(n) = a.checked_mul(*b)
        {
            return Ok(Number(Repr::Small(n, precision as u16)));
        }
        let product = exact_product(self, other)
            .with_precision(PRECISION.max(precision))
            .value();
        let needed = bits(product.repr().significand());
        Ok(Number::from_float(product, precision.max(needed)))
    }

    /// The quotient; `None` where there is none. A number divided by zero is infinite.
    #[must_use]
    pub fn div(&self, other: &Number) -> Option<Number> {
        self.try_div(other).ok()
    }

    /// The quotient. A number divided by zero is infinite.
    pub fn try_div(&self, other: &Number) -> Result<Number, MathError> {
        let precision = self.precision().max(other.precision());
        let negative = self.is_signed() != other.is_signed();
        if self.is_zero() && other.is_zero() || self.is_infinite() && other.is_infinite() {
            return Err(MathError::DivideZeroOrInfinity);
        }
        if self.is_infinite() || other.is_zero() {
            return Ok(Number::infinity(negative));
        }
        if self.is_zero() || other.is_infinite() {
            return Ok(Number::zero(negative, precision));
        }
        if let (Repr::Small(a, _), Repr::Small(b, _)) = (&self.0, &other.0)
            && let (Some(0), Some(q)) = (a.checked_rem(*b), a.checked_div(*b))
        {
            return Ok(Number::exactly(q, precision));
        }
        let (a, b) = (self.float(), other.float());
        let (sign, n) = a.repr().significand().clone().into_parts();
        let (other_sign, d) = b.repr().significand().clone().into_parts();
        let exponent = a.repr().exponent() - b.repr().exponent();
        Ok(Number::ratio(sign * other_sign, n, d, exponent, precision))
    }

    /// The remainder; `None` where there is none.
    #[must_use]
    pub fn rem(&self, other: &Number) -> Option<Number> {
        self.try_rem(other).ok()
    }

    /// The remainder of the division truncated to a whole quotient; the number itself when `other` is
    /// zero.
    pub fn try_rem(&self, other: &Number) -> Result<Number, MathError> {
        if self.is_infinite() || other.is_infinite() {
            return Err(MathError::ModuloInfinity);
        }
        if other.is_zero() {
            return Ok(self.clone());
        }
        if let (Repr::Small(a, p), Repr::Small(b, _)) = (&self.0, &other.0)
            && let Some(r) = a.checked_rem(*b)
        {
            return Ok(Number(Repr::Small(r, *p)));
        }
        let precision = self.precision();
        let quotient = self.try_div(other)?.trunc().with_precision(precision);
        let whole = Number::from_float(exact_product(&quotient, other), precision);
        Ok(Number::sum(&self.float(), &-whole.float(), precision))
    }

    /// The number with the other sign.
    #[must_use]
    pub fn neg(&self) -> Number {
        match &self.0 {
            Repr::Small(0, p) => Number::zero(true, (*p).into()),
            Repr::Small(n, p) => match n.checked_neg() {
                Some(n) => Number(Repr::Small(n, *p)),
                None => Number::from_float(-self.float(), (*p).into()),
            },
            Repr::NegativeZero(p) => Number::zero(false, (*p).into()),
            Repr::Infinite { negative } => Number::infinity(!negative),
            Repr::Big(f) => Number::from_float(-(**f).clone(), f.precision()),
        }
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(&self) -> Number {
        if self.is_signed() {
            self.neg()
        } else {
            self.clone()
        }
    }

    /// The whole part, rounded towards zero.
    #[must_use]
    pub fn trunc(&self) -> Number {
        self.rounded(Float::trunc)
    }

    /// The largest whole number that is not above this one.
    #[must_use]
    pub fn floor(&self) -> Number {
        self.rounded(Float::floor)
    }

    /// The smallest whole number that is not below this one.
    #[must_use]
    pub fn ceil(&self) -> Number {
        self.rounded(Float::ceil)
    }

    fn rounded(&self, round: fn(&Float) -> Float) -> Number {
        match &self.0 {
            Repr::Small(..) | Repr::Infinite { .. } => self.clone(),
            Repr::NegativeZero(p) => Number::zero(false, (*p).into()),
            Repr::Big(f) if f.repr().exponent() >= 0 => self.clone(),
            Repr::Big(f) => {
                // A tiny number is kept from being shifted over billions of places.
                if f.repr().exponent() < -1_000_000 {
                    let sign = i64::from(if self.is_signed() { -1i8 } else { 1 });
                    let half = Float::from_parts(IBig::from(sign), -1);
                    return Number::from_float(round(&half), f.precision());
                }
                Number::from_float(round(f), f.precision())
            }
        }
    }

    /// Whether it is zero, of either sign.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Repr::Small(0, _) | Repr::NegativeZero(_))
    }

    /// Whether it is infinite, of either sign.
    #[must_use]
    pub fn is_infinite(&self) -> bool {
        matches!(self.0, Repr::Infinite { .. })
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.is_signed() && !self.is_zero()
    }

    /// Whether it has a minus sign; negative zero has one.
    fn is_signed(&self) -> bool {
        match &self.0 {
            Repr::Small(n, _) => *n < 0,
            Repr::NegativeZero(_) => true,
            Repr::Infinite { negative } => *negative,
            Repr::Big(f) => f.sign() == dashu_base::Sign::Negative,
        }
    }

    /// Whether it is whole.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Small(..) | Repr::NegativeZero(_) => true,
            Repr::Infinite { .. } => false,
            Repr::Big(f) => f.repr().exponent() >= 0,
        }
    }

    /// The number, if it is whole and fits.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Small(n, _) => Some(n),
            Repr::NegativeZero(_) => Some(0),
            Repr::Infinite { .. } | Repr::Big(_) => None,
        }
    }

    /// The number, if it is whole, not negative and fits.
    #[must_use]
    pub fn to_usize(&self) -> Option<usize> {
        usize::try_from(self.to_i64()?).ok()
    }

    /// The nearest double.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Small(n, _) => *n as f64,
            Repr::NegativeZero(_) => -0.0,
            Repr::Infinite { negative: true } => f64::NEG_INFINITY,
            Repr::Infinite { negative: false } => f64::INFINITY,
            Repr::Big(f) => f.to_f64().value(),
        }
    }

    /// The whole number as a big integer, if it is one of fewer than four million bits.
    #[must_use]
    pub fn to_integer(&self) -> Option<IBig> {
        match &self.0 {
            Repr::Small(n, _) => Some(IBig::from(*n)),
            Repr::NegativeZero(_) => Some(IBig::ZERO),
            Repr::Big(f) if (0..4_000_000).contains(&f.repr().exponent()) => {
                Some(f.repr().significand().clone() << f.repr().exponent() as usize)
            }
            Repr::Big(_) | Repr::Infinite { .. } => None,
        }
    }

    /// `n`, rounded where `precision` does not hold it.
    fn exactly(n: i64, precision: usize) -> Number {
        if precision >= 64 || n.unsigned_abs() < 1 << DOUBLE_PRECISION {
            return Number(Repr::Small(n, precision as u16));
        }
        Number::from_float(Float::from(n), precision)
    }
}

/// The product of two finite numbers, with all its bits.
fn exact_product(a: &Number, b: &Number) -> Float {
    let (a, b) = (a.float(), b.float());
    let significand = a.repr().significand() * b.repr().significand();
    Float::from_parts(significand, a.repr().exponent() + b.repr().exponent())
}

/// Bits of the magnitude of `n`.
fn bits(n: &IBig) -> usize {
    use dashu_base::BitTest;
    n.bit_len()
}

fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let bound = i64::MAX / 4;
    let magnitude = digits.parse::<i64>().unwrap_or(bound).min(bound);
    Some(if text.starts_with('-') {
        -magnitude
    } else {
        magnitude
    })
}

impl From<i64> for Number {
    fn from(n: i64) -> Number {
        Number(Repr::Small(n, INTEGER_PRECISION as u16))
    }
}

impl From<i32> for Number {
    fn from(n: i32) -> Number {
        Number::from(i64::from(n))
    }
}

impl From<u64> for Number {
    fn from(n: u64) -> Number {
        Number::from_integer(n.into())
    }
}

impl From<usize> for Number {
    fn from(n: usize) -> Number {
        Number::from_integer(n.into())
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    /// By value; precision and the sign of zero do not matter.
    fn cmp(&self, other: &Number) -> Ordering {
        let rank = |n: &Number| match n.0 {
            Repr::Infinite { negative: true } => -1,
            Repr::Infinite { negative: false } => 1,
            _ => 0i8,
        };
        match (&self.0, &other.0) {
            (Repr::Small(a, _), Repr::Small(b, _)) => a.cmp(b),
            _ if self.is_infinite() || other.is_infinite() => rank(self).cmp(&rank(other)),
            _ if self.is_negative() != other.is_negative() => {
                other.is_negative().cmp(&self.is_negative())
            }
            (Repr::Big(a), Repr::Big(b)) => a.cmp(b),
            _ => self.float().cmp(&other.float()),
        }
    }
}

impl std::hash::Hash for Number {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Small(n, _) => n.hash(state),
            Repr::NegativeZero(_) => 0i64.hash(state),
            Repr::Infinite { negative } => negative.hash(state),
            Repr::Big(f) => {
                f.repr().exponent().hash(state);
                f.repr().significand().hash(state);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn precision_is_that_of_512_bits() {
        assert_eq!(n("0.1").add(&n("0.2")).to_string(), "0.3");
        let third = n("1").div(&n("3")).unwrap().to_string();
        assert_eq!(third.len(), 157);
        assert!(
            third.starts_with("0.3333333333") && third.ends_with("335"),
            "{third}"
        );
        let rest = n("0.1").rem(&n("0.03")).unwrap().to_string();
        assert!(
            rest.starts_with("0.0100000") && rest.ends_with("0003"),
            "{rest}"
        );
    }

    #[test]
    fn sums_are_rounded_once() {
        let difference = n("0.7").sub(&n("1e-7")).to_string();
        assert!(
            difference.starts_with("0.699999899999") && difference.ends_with("99996"),
            "{difference}"
        );
        assert_eq!(n("1e-7").sub(&n("7")).to_string(), "-6.9999999");
        // What lies below all that is kept does not take part, but for its sign.
        assert_eq!(n("1e200").add(&n("1e-200")), n("1e200"));
        assert_eq!(n("1e200").sub(&n("1e-200")), n("1e200"));
        assert_eq!(n("0").add(&n("1e-400")), n("1e-400"));
        assert_eq!(n("5e-324").rem(&n("9")), Some(n("5e-324")));
        let half = n("2").div(&n("3")).unwrap();
        assert_eq!(half.sub(&n("1e-300")), half);
    }

    #[test]
    fn counted_numbers_and_doubles_have_less() {
        let counted = Number::from(3).div(&Number::from(7)).unwrap();
        assert_eq!(counted.to_string(), "0.42857142857142857144");
        let double = |f: f64| Number::from_f64(f).unwrap();
        assert_eq!(double(2f64.powi(62)).to_string(), "4611686018427388000");
        assert_eq!(
            double(2f64.powi(200)).to_string(),
            "1606938044258990300000000000000000000000000000000000000000000"
        );
        assert_eq!(double(2f64.sqrt()).to_string(), "1.4142135623730951");
        let log = double(2.095_903_274_289_385);
        let exact = "2.09590327428938483222964350716210901737213134765625";
        assert_eq!(log.mul(&n("1.0")).to_string(), exact);
        assert_eq!(log.div(&n("1")).unwrap().to_string(), exact);
    }

    #[test]
    fn there_are_infinities_and_a_negative_zero() {
        let inf = n("1").div(&n("0")).unwrap();
        assert_eq!(inf.to_string(), "+Inf");
        assert_eq!(n("1").div(&n("0").neg()).unwrap().to_string(), "-Inf");
        assert_eq!(n("0").mul(&n("-1")).to_string(), "-0");
        assert_eq!(n("0").neg(), n("0"));
        assert_eq!(n("-1").mul(&n("0")).add(&n("0")).to_string(), "0");
        assert_eq!(inf.try_sub(&inf), Err(MathError::SubtractInfinities));
        assert_eq!(inf.try_mul(&n("0")), Err(MathError::MultiplyZeroByInfinity));
        assert_eq!(
            n("0").try_div(&n("0")),
            Err(MathError::DivideZeroOrInfinity)
        );
        assert_eq!(n("5").try_rem(&inf), Err(MathError::ModuloInfinity));
        assert_eq!(n("5").rem(&n("0")), Some(n("5")));
        assert_eq!(n("1e999999999"), inf);
        assert!(n("1e-999999999").is_zero());
        assert!(inf.neg() < n("-1e1000") && n("1e1000") < inf);
        assert!(n("-1e-7000").floor() == n("-1") && n("1e-600000000").ceil() == n("1"));
    }

    #[test]
    fn remainder_truncates() {
        let cases = [
            ("-7", "3", "-1"),
            ("7", "-3", "1"),
            ("7.5", "2", "1.5"),
            ("-7.5", "2", "-1.5"),
            ("1e30", "7", "1"),
        ];
        for (a, b, rest) in cases {
            assert_eq!(n(a).rem(&n(b)).unwrap().to_string(), rest, "{a} % {b}");
        }
    }

    #[test]
    fn small_integers_are_canonical() {
        assert_eq!(
            n("9223372036854775807").add(&n("1")).sub(&n("1")).to_i64(),
            Some(i64::MAX)
        );
        assert_eq!(n("1.5").mul(&n("2")), Number::from(3));
        assert_eq!(
            n("-9223372036854775808").neg().to_string(),
            "9223372036854775808"
        );
    }

    #[test]
    fn what_is_not_a_number_is_not_read() {
        for text in [
            "", "-", "1_000", "0x10", " 1", "1e", "e5", "1.2.3", "NaN", "--1", "1e+-2",
        ] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
        for (text, value) in [
            (".5", "0.5"),
            ("5.", "5"),
            ("+5", "5"),
            ("1E2", "100"),
            ("-0", "-0"),
        ] {
            assert_eq!(n(text).to_string(), value);
        }
    }
}
