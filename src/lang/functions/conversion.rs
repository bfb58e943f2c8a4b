//! Functions that change types and marks.
//!
//! `try` and `can` are listed here, but their arguments are expressions: only the evaluator calls them.

use trunkline_api::convert::{constraint_name, convertible};
use trunkline_api::quote::quote;
use trunkline_api::{Kind, Marks, Type, Value, convert};

use super::collection::unmarked;
use super::{Failure, Form, Function, FunctionContext, Outcome, Param, Returns, Shape, unknown};

const ANYTHING: Param = Param::new("value", Shape::Any, "Any value.")
    .nullable()
    .unknown()
    .dynamic()
    .marked();

const TO_CONVERT: &[Param] = &[Param::new("v", Shape::Any, "The value to convert.")
    .nullable()
    .dynamic()
    .marked()];

const fn to(name: &'static str, description: &'static str, shape: Shape, of: TypeOf) -> Function {
    Function::new(
        name,
        description,
        TO_CONVERT,
        Returns::Of(shape, of),
        convert_to,
    )
    .may_be_null()
}

type TypeOf = fn(&[Value]) -> Result<Type, Failure>;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "can",
        "Says whether an expression has a value, that is, does not fail.",
        &[Param::new(
            "expression",
            Shape::Any,
            "The expression to try.",
        )],
        Returns::Always(Shape::Bool),
        |_, _, _| Err("its argument is an expression, not a value".into()),
    )
    .form(Form::Expressions),
    Function::new(
        "try",
        "Gives the value of the first expression that has one.",
        &[],
        Returns::Of(Shape::Any, |_| Ok(Type::Dynamic)),
        |_, _, _| Err("its arguments are expressions, not values".into()),
    )
    .variadic(Param::new(
        "expressions",
        Shape::Any,
        "The expressions to try.",
    ))
    .form(Form::Expressions),
    Function::new(
        "ephemeralasnull",
        "Gives a value with null in place of all that is ephemeral in it.",
        &[ANYTHING],
        Returns::Of(Shape::Any, |args| {
            Ok(args.first().map_or(Type::Dynamic, Value::ty))
        }),
        |args, _, _| {
            Ok(args
                .first()
                .map_or(Value::null(Type::Dynamic), null_ephemeral))
        },
    )
    .may_be_null(),
    Function::new(
        "issensitive",
        "Says whether a value is sensitive.",
        &[ANYTHING],
        Returns::Always(Shape::Bool),
        |args, ty, _| {
            let (value, marks) = unmarked(args, 0);
            if marks.is_sensitive() {
                return Ok(true.into());
            }
            // What is not known yet may turn out to be sensitive.
            if !value.is_known() {
                return Ok(unknown(ty.clone()));
            }
            Ok(false.into())
        },
    ),
    Function::new(
        "nonsensitive",
        "Gives a value without the mark that hides it.",
        &[ANYTHING],
        Returns::Of(Shape::Any, |args| {
            Ok(args.first().map_or(Type::Dynamic, Value::ty))
        }),
        |args, _, _| {
            let (value, marks) = unmarked(args, 0);
            Ok(value.with_marks(marks.without(Marks::SENSITIVE)))
        },
    )
    .may_be_null(),
    Function::new(
        "sensitive",
        "Gives a value with a mark that hides it in all that people read.",
        &[ANYTHING],
        Returns::Of(Shape::Any, |args| {
            Ok(args.first().map_or(Type::Dynamic, Value::ty))
        }),
        |args, _, _| Ok(unmarked_back(args).with_marks(Marks::SENSITIVE)),
    )
    .may_be_null(),
    to("tobool", "Converts a value to bool.", Shape::Bool, |args| {
        wanted(args, Type::Bool)
    }),
    to(
        "tolist",
        "Converts a value to a list.",
        Shape::List,
        |args| wanted(args, Type::list(Type::Dynamic)),
    ),
    to("tomap", "Converts a value to a map.", Shape::Map, |args| {
        wanted(args, Type::map(Type::Dynamic))
    }),
    to(
        "tonumber",
        "Converts a value to a number.",
        Shape::Number,
        |args| wanted(args, Type::Number),
    ),
    to("toset", "Converts a value to a set.", Shape::Set, |args| {
        wanted(args, Type::set(Type::Dynamic))
    }),
    to(
        "tostring",
        "Converts a value to a string.",
        Shape::String,
        |args| wanted(args, Type::String),
    ),
];

fn unmarked_back(args: &[Value]) -> Value {
    args.first().cloned().unwrap_or(Value::null(Type::Dynamic))
}

fn null_ephemeral(value: &Value) -> Value {
    if value.marks().is_ephemeral() {
        let others = value.marks().without(Marks::EPHEMERAL);
        return Value::null(value.ty()).with_marks(others);
    }
    if !value.marks_deep().is_ephemeral() {
        return value.clone();
    }
    let inner = match value.kind() {
        Kind::List(t, v) => Value::list(t.clone(), v.iter().map(null_ephemeral)),
        Kind::Set(t, v) => Value::set(t.clone(), v.iter().map(null_ephemeral)),
        Kind::Tuple(v) => Value::tuple(v.iter().map(null_ephemeral)),
        Kind::Map(t, f) => Value::map(
            t.clone(),
            f.iter().map(|(k, v)| (k.clone(), null_ephemeral(v))),
        ),
        Kind::Object(f) => Value::object(f.iter().map(|(k, v)| (k.clone(), null_ephemeral(v)))),
        _ => return value.clone(),
    };
    inner.with_marks(value.marks())
}

fn wanted(args: &[Value], want: Type) -> Result<Type, Failure> {
    let got = args.first().map_or(Type::Dynamic, Value::ty);
    if got == want || convertible(&got, &want, true) {
        return Ok(want);
    }
    Err(Failure::Argument(
        0,
        format!(
            "cannot convert {} to {}",
            got.friendly_name(),
            constraint_name(&want)
        ),
    ))
}

fn convert_to(args: &[Value], want: &Type, _: &FunctionContext) -> Outcome {
    let value = unmarked_back(args);
    convert(&value, want).map_err(|_| {
        let got = value.ty();
        let to = constraint_name(want);
        let message = match (value.as_str(), want) {
            _ if !value.marks_deep().is_empty() => {
                format!("cannot convert this sensitive {} to {to}", got.friendly_name())
            }
            (Some(s), Type::Bool) => format!(
                "cannot convert {} to bool; only the strings \"true\" or \"false\" are allowed",
                quote(s)
            ),
            (Some(s), Type::Number) => format!(
                "cannot convert {} to number; given string must be a decimal representation of a number",
                quote(s)
            ),
            _ => format!("cannot convert {} to {to}", got.friendly_name()),
        };
        Failure::Argument(0, message)
    })
}
