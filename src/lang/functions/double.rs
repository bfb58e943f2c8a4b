//! Logarithm, exponential and power of doubles, with the digits that Terraform gives.
//!
//! The last digit of these functions depends on how they are computed, so it is done here in the same
//! way on every machine. Terraform's way: the logarithm by the polynomial of FreeBSD's `e_log.c`, the
//! exponential by a Taylor series on a sixteenth of the argument, whole powers by squaring mantissas.

/// `x` as a number from 0.5 to 1 (without) times a power of two.
fn split(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    if x.abs() < f64::MIN_POSITIVE {
        let (m, e) = split(x * 2f64.powi(52));
        return (m, e - 52);
    }
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1022;
    let mantissa = f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52);
    (mantissa, exponent)
}

/// `m` times two to the `e`, rounded once where the result is very small.
fn scale(m: f64, e: i64) -> f64 {
    let (m, more) = split(m);
    let e = e + i64::from(more);
    if m == 0.0 || !m.is_finite() {
        return m;
    }
    match e {
        1025.. => f64::INFINITY.copysign(m),
        -1021..=1024 => m * 2.0 * 2f64.powi(e as i32 - 1),
        -1080..=-1022 => m * 2f64.powi(e as i32 + 60) * 2f64.powi(-60),
        _ => 0f64.copysign(m),
    }
}

const LN2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// The natural logarithm.
pub(super) fn ln(x: f64) -> f64 {
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    let (mut m, mut e) = split(x);
    if m < std::f64::consts::FRAC_1_SQRT_2 {
        m *= 2.0;
        e -= 1;
    }
    let f = m - 1.0;
    let k = f64::from(e);
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let odd = s2
        * (0.666_666_666_666_673_5
            + s4 * (0.285_714_287_436_623_9
                + s4 * (0.181_835_721_616_180_5 + s4 * 0.147_981_986_051_165_86)));
    let even = s4
        * (0.399_999_999_994_094_2
            + s4 * (0.222_221_984_321_497_84 + s4 * 0.153_138_376_992_093_73));
    let r = odd + even;
    let half = 0.5 * f * f;
    k * LN2_HIGH - ((half - (s * (half + r) + k * LN2_LOW)) - f)
}

/// Coefficients of the series: 1/9!, 1/8! … 1/2!.
const SERIES: [f64; 7] = [
    2.480_158_730_158_73e-5,
    0.000_198_412_698_412_698_4,
    0.001_388_888_888_888_889,
    0.008_333_333_333_333_333,
    0.041_666_666_666_666_664,
    0.166_666_666_666_666_66,
    0.5,
];

/// e to the `x`.
fn exp(x: f64) -> f64 {
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x > 709.782_712_893_384 {
        return f64::INFINITY;
    }
    if x < -745.133_219_101_941_2 {
        return 0.0;
    }
    let k = (x * std::f64::consts::LOG2_E).round_ties_even();
    let r = k.mul_add(-0.693_147_180_559_663, x);
    let r = k.mul_add(-2.823_529_056_303_157_7e-13, r);
    let r = r * 0.0625;
    let mut sum = SERIES[0];
    for c in &SERIES[1..] {
        sum = sum.mul_add(r, *c);
    }
    sum = sum.mul_add(r, 1.0);
    // e^r - 1, and four times from e^a - 1 to e^2a - 1.
    let mut less_one = sum * r;
    for _ in 0..3 {
        less_one *= less_one + 2.0;
    }
    scale(less_one.mul_add(less_one + 2.0, 1.0), k as i64)
}

/// `x` to the power `y`.
pub(super) fn pow(x: f64, y: f64) -> f64 {
    if y == 0.0 || x == 1.0 {
        return 1.0;
    }
    if y == 1.0 {
        return x;
    }
    if !x.is_finite() || !y.is_finite() || x == 0.0 {
        return x.powf(y);
    }
    if y == 0.5 {
        return x.sqrt();
    }
    if y == -0.5 {
        return 1.0 / x.sqrt();
    }
    let mut whole = y.abs().trunc();
    let mut part = y.abs() - whole;
    if part != 0.0 && x < 0.0 {
        return f64::NAN;
    }
    if whole >= 9.223_372_036_854_776e18 {
        return x.powf(y);
    }
    let (mut mantissa, mut exponent) = (1.0, 0i64);
    if part != 0.0 {
        if part > 0.5 {
            part -= 1.0;
            whole += 1.0;
        }
        mantissa = exp(part * ln(x));
    }
    let (mut square, mut power) = split(x);
    let mut rest = whole as i64;
    while rest != 0 {
        if power.unsigned_abs() > 1 << 12 {
            // Far beyond what a double holds.
            exponent += i64::from(power);
            break;
        }
        if rest & 1 == 1 {
            mantissa *= square;
            exponent += i64::from(power);
        }
        square *= square;
        power <<= 1;
        if square < 0.5 {
            square += square;
            power -= 1;
        }
        rest >>= 1;
    }
    if y < 0.0 {
        mantissa = 1.0 / mantissa;
        exponent = -exponent;
    }
    scale(mantissa, exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_terraform() {
        for (x, y, text) in [
            (256.0, -2.5, "9.536743164062502e-7"),
            (1e20, -2.5, "9.999999999999995e-51"),
            (0.5, -2.5, "5.65685424949238"),
            (3.0, 1.0 / 3.0, "1.4422495703074085"),
            (3.0, -2.5, "0.06415002990995843"),
            (10.0, -2.5, "0.003162277660168379"),
            (2.0, 1000.0, "1.0715086071862673e301"),
            (1.0001, 12345.0, "3.436447654031931"),
            (2.0, -1074.0, "5e-324"),
            (2.0, 1024.0, "inf"),
            (-8.0, 3.0, "-512.0"),
        ] {
            assert_eq!(format!("{:?}", pow(x, y)), text, "{x} ^ {y}");
        }
        for (x, base, text) in [
            (255.0, 3.0, "5.043875443880493"),
            (3.0, 10.0, "0.4771212547196623"),
            (62.0, 3.0, "3.756679610828473"),
            (1000.0, 10.0, "2.9999999999999996"),
        ] {
            assert_eq!(format!("{:?}", ln(x) / ln(base)), text, "log {x} {base}");
        }
    }
}
