//! Functions over numbers.

use dashu_int::{IBig, UBig};
use trunkline_api::quote::quote;
use trunkline_api::{Kind, Number, Type, Value, convert};

use super::{
    Failure, Function, FunctionContext, Outcome, Param, Returns, Shape, double, shown, whole,
};

const fn number(name: &'static str, description: &'static str) -> Param {
    Param::new(name, Shape::Number, description)
}

const NUMBER: Returns = Returns::Always(Shape::Number);

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "abs",
        "Gives a number without its sign.",
        &[number("num", "The number.")],
        NUMBER,
        |args, _, _| map(args, Number::abs),
    ),
    Function::new(
        "ceil",
        "Rounds a number up to the next whole number.",
        &[number("num", "The number.")],
        NUMBER,
        |args, _, _| map(args, Number::ceil),
    ),
    Function::new(
        "floor",
        "Rounds a number down to the next whole number.",
        &[number("num", "The number.")],
        NUMBER,
        |args, _, _| map(args, Number::floor),
    ),
    Function::new(
        "log",
        "Gives the logarithm of a number to a base.",
        &[
            number("num", "The number."),
            number("base", "The base of the logarithm."),
        ],
        NUMBER,
        |args, _, _| result(double::ln(double_of(args, 0)?) / double::ln(double_of(args, 1)?)),
    ),
    Function::new(
        "max",
        "Gives the greatest of its arguments.",
        &[],
        NUMBER,
        |args, _, _| pick(args, |new, best| new > best),
    )
    .variadic(number("numbers", "Numbers to compare.").dynamic()),
    Function::new(
        "min",
        "Gives the smallest of its arguments.",
        &[],
        NUMBER,
        |args, _, _| pick(args, |new, best| new < best),
    )
    .variadic(number("numbers", "Numbers to compare.").dynamic()),
    Function::new(
        "parseint",
        "Reads a whole number that is written in a base.",
        &[
            Param::new("number", Shape::Any, "The digits, with an optional sign.").marked(),
            number("base", "The base, from 2 to 62.").marked(),
        ],
        Returns::Of(Shape::Any, parseint_type),
        parseint,
    ),
    Function::new(
        "pow",
        "Raises a number to a power.",
        &[
            number("num", "The number."),
            number("power", "The exponent."),
        ],
        NUMBER,
        |args, _, _| result(double::pow(double_of(args, 0)?, double_of(args, 1)?)),
    ),
    Function::new(
        "signum",
        "Gives -1, 0 or 1 for a number below, at or above zero.",
        &[number("num", "A whole number.")],
        NUMBER,
        |args, _, _| Ok(Value::number(whole(args, 0)?.signum())),
    ),
    Function::new(
        "sum",
        "Adds up the numbers of a collection.",
        &[Param::new(
            "list",
            Shape::Any,
            "A list, set or tuple of numbers.",
        )],
        Returns::Of(Shape::Any, |_| Ok(Type::Number)),
        sum,
    ),
];

fn of(args: &[Value], index: usize) -> Number {
    args.get(index)
        .and_then(Value::as_number)
        .cloned()
        .unwrap_or(Number::ZERO)
}

/// The argument as a double; infinity is one, but no number beyond the greatest.
fn double_of(args: &[Value], index: usize) -> Result<f64, Failure> {
    let number = of(args, index);
    let double = number.to_f64();
    if double.is_infinite() && !number.is_infinite() {
        let most = f64::MAX;
        return Err(format!("value must be between -{most:.6} and {most:.6} inclusive").into());
    }
    Ok(double)
}

fn map(args: &[Value], change: fn(&Number) -> Number) -> Outcome {
    Ok(Value::number(change(&of(args, 0))))
}

fn result(n: f64) -> Outcome {
    match Number::from_f64(n) {
        Some(n) => Ok(Value::number(n)),
        None => Err("the result is not a number".into()),
    }
}

fn pick(args: &[Value], better: fn(&Number, &Number) -> bool) -> Outcome {
    let mut numbers = args.iter().filter_map(Value::as_number);
    let mut best = numbers.next().ok_or("must pass at least one number")?;
    for n in numbers {
        if better(n, best) {
            best = n;
        }
    }
    Ok(Value::number(best.clone()))
}

fn parseint_type(args: &[Value]) -> Result<Type, Failure> {
    match args.first().map(Value::ty) {
        Some(Type::String) | None => Ok(Type::Number),
        Some(other) => Err(Failure::Argument(
            0,
            format!(
                "first argument must be a string, not {}",
                other.friendly_name()
            ),
        )),
    }
}

fn parseint(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let [digits, base] = args else {
        return Err("takes two arguments".into());
    };
    let marks = digits.marks() | base.marks();
    let bad_base = || {
        Failure::Argument(
            1,
            "base must be a whole number between 2 and 62 inclusive".into(),
        )
    };
    let radix = whole(args, 1).map_err(|message| Failure::Argument(1, message))?;
    if !(2..=62).contains(&radix) {
        return Err(bad_base());
    }
    let radix = u32::try_from(radix).map_err(|_| bad_base())?;
    let text = digits.as_str().unwrap_or_default();
    let parsed = read_digits(text, radix).ok_or_else(|| {
        let base = if base.marks().is_empty() {
            radix.to_string()
        } else {
            shown("", base.marks())
        };
        Failure::Argument(
            0,
            format!(
                "cannot parse {} as a base {base} integer",
                if digits.marks().is_empty() {
                    quote(text)
                } else {
                    shown(text, digits.marks())
                }
            ),
        )
    })?;
    Ok(Value::number(Number::from_integer(parsed)).with_marks(marks))
}

fn read_digits(text: &str, radix: u32) -> Option<IBig> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() {
        return None;
    }
    let mut n = UBig::ZERO;
    for c in digits.bytes() {
        let digit = match c {
            b'0'..=b'9' => u32::from(c - b'0'),
            b'a'..=b'z' => u32::from(c - b'a') + 10,
            b'A'..=b'Z' if radix <= 36 => u32::from(c - b'A') + 10,
            b'A'..=b'Z' => u32::from(c - b'A') + 36,
            _ => return None,
        };
        if digit >= radix {
            return None;
        }
        n = n * UBig::from(radix) + UBig::from(digit);
    }
    let n = IBig::from(n);
    Some(if negative { -n } else { n })
}

fn sum(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let wrong = |message: String| Failure::Argument(0, message);
    let Some(list) = args.first() else {
        return Err("takes one argument".into());
    };
    let items = match list.kind() {
        Kind::Map(..) | Kind::Object(_) => {
            return Err(wrong(format!(
                "argument must be list, set, or tuple. Received {}",
                list.ty().friendly_name()
            )));
        }
        _ => list
            .as_slice()
            .ok_or_else(|| wrong("cannot sum noniterable".into()))?,
    };
    if items.is_empty() {
        return Err(wrong("cannot sum an empty list".into()));
    }
    if !list.is_wholly_known() {
        return Ok(super::unknown(Type::Number));
    }
    let mut total: Option<Number> = None;
    for item in items {
        let not_number = || wrong("argument must be list, set, or tuple of number values".into());
        let item = convert(item, &Type::Number).map_err(|_| not_number())?;
        let n = item.as_number().ok_or_else(not_number)?;
        total = Some(match total {
            Some(total) => total.try_add(n).map_err(|e| e.to_string())?,
            None => n.clone(),
        });
    }
    Ok(Value::number(total.unwrap_or(Number::ZERO)))
}
