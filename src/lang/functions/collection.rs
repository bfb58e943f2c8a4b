//! Functions over lists, sets and tuples.

use std::collections::HashSet;

use trunkline_api::{Kind, Marks, Number, Type, Value, convert, unify};

use super::{
    Failure, Function, FunctionContext, Outcome, Param, Returns, Shape, equal, graphemes, unknown,
    whole,
};

/// The most elements that `range` gives.
const MAX_RANGE: usize = 1024;

const LIST: Param = Param::new("list", Shape::List, "The list.");

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "alltrue",
        "Says whether all elements of a list are true.",
        &[Param::new("list", Shape::Bools, "The list.")],
        Returns::Always(Shape::Bool),
        |args, _, _| quantified(args, false),
    ),
    Function::new(
        "anytrue",
        "Says whether one element of a list is true.",
        &[Param::new("list", Shape::Bools, "The list.")],
        Returns::Always(Shape::Bool),
        |args, _, _| quantified(args, true),
    ),
    Function::new(
        "chunklist",
        "Cuts a list into lists of a given length.",
        &[
            LIST.marked(),
            Param::new(
                "size",
                Shape::Number,
                "The length of the parts; 0 for one part.",
            )
            .marked(),
        ],
        Returns::Of(Shape::Lists, |args| {
            Ok(Type::list(args.first().map_or(Type::Dynamic, Value::ty)))
        }),
        chunklist,
    ),
    Function::new(
        "coalesce",
        "Gives the first argument that is neither null nor an empty string.",
        &[],
        Returns::Of(Shape::Any, coalesce_type),
        coalesce,
    )
    .variadic(
        Param::new("vals", Shape::Any, "Values of one type.")
            .nullable()
            .unknown()
            .dynamic(),
    ),
    Function::new(
        "coalescelist",
        "Gives the first list that is not empty.",
        &[],
        Returns::Of(Shape::Any, coalescelist_type),
        coalescelist,
    )
    .variadic(
        Param::new("vals", Shape::Any, "Lists or tuples.")
            .nullable()
            .unknown()
            .dynamic(),
    ),
    Function::new(
        "compact",
        "Removes null and empty strings from a list.",
        &[Param::new("list", Shape::Strings, "The list.")],
        Returns::Always(Shape::Strings),
        compact,
    ),
    Function::new(
        "concat",
        "Puts lists and tuples one behind the other.",
        &[],
        Returns::Of(Shape::Any, concat_type),
        concat,
    )
    .variadic(Param::new("seqs", Shape::Any, "Lists or tuples.").marked()),
    Function::new(
        "contains",
        "Says whether a list, set or tuple has an element equal to a value.",
        &[
            Param::new("list", Shape::Any, "Where to look."),
            Param::new("value", Shape::Any, "What to look for."),
        ],
        Returns::Of(Shape::Any, |_| Ok(Type::Bool)),
        contains,
    ),
    Function::new(
        "distinct",
        "Removes elements from a list that are there already.",
        &[LIST],
        Returns::Of(Shape::List, first_type),
        distinct,
    ),
    Function::new(
        "element",
        "Gives one element of a list; beyond the end it counts on from the beginning.",
        &[
            Param::new("list", Shape::Any, "A list or tuple.").marked(),
            Param::new("index", Shape::Number, "Which element, from 0."),
        ],
        Returns::Of(Shape::Any, element_type),
        element,
    )
    .may_be_null(),
    Function::new(
        "flatten",
        "Puts the elements of nested lists into one.",
        &[Param::new("list", Shape::Any, "A list, set or tuple.")
            .unknown()
            .marked()],
        Returns::Of(Shape::Any, |args| match args.first().map(Value::kind) {
            Some(Kind::List(..) | Kind::Set(..) | Kind::Tuple(_) | Kind::Unknown(..)) => {
                Ok(Type::Dynamic)
            }
            _ if !args.iter().all(Value::is_wholly_known) => Ok(Type::Dynamic),
            _ => Err("can only flatten lists, sets and tuples".into()),
        }),
        flatten,
    ),
    Function::new(
        "index",
        "Gives the index of the first element of a list that equals a value.",
        &[
            Param::new("list", Shape::Any, "A list or tuple."),
            Param::new("value", Shape::Any, "What to look for."),
        ],
        Returns::Of(Shape::Any, |_| Ok(Type::Number)),
        index,
    ),
    Function::new(
        "length",
        "Gives how many elements a value has; of a text, how many characters.",
        &[
            Param::new("value", Shape::Any, "A collection, tuple, object or text.")
                .unknown()
                .dynamic()
                .marked(),
        ],
        Returns::Of(Shape::Number, |args| match args.first().map(Value::ty) {
            Some(Type::Bool | Type::Number) => {
                Err("argument must be a string, a collection type, or a structural type".into())
            }
            _ => Ok(Type::Number),
        }),
        length,
    ),
    Function::new(
        "one",
        "Gives the only element of a list, or null if there is none.",
        &[Param::new(
            "list",
            Shape::Any,
            "A list, set or tuple of at most one element.",
        )],
        Returns::Of(Shape::Any, one_type),
        |args, ty, _| {
            let items = args.first().and_then(Value::as_slice).unwrap_or_default();
            match items {
                [] => Ok(Value::null(ty.clone())),
                [only] => Ok(only.clone()),
                _ => Err(not_one()),
            }
        },
    )
    .may_be_null(),
    Function::new(
        "range",
        "Gives a list of numbers: from, to (without), and step.",
        &[],
        Returns::Always(Shape::Numbers),
        range,
    )
    .variadic(Param::new(
        "params",
        Shape::Number,
        "End; or start, end, and step.",
    )),
    Function::new(
        "reverse",
        "Reverses a list.",
        &[Param::new("list", Shape::Any, "A list, tuple or set.").marked()],
        Returns::Of(Shape::Any, |args| match args.first().map(Value::ty) {
            Some(Type::Tuple(ts)) => Ok(Type::Tuple(ts.iter().rev().cloned().collect())),
            Some(Type::List(t) | Type::Set(t)) => Ok(Type::List(t)),
            other => Err(Failure::Argument(
                0,
                format!(
                    "can only reverse list or tuple values, not {}",
                    other.unwrap_or(Type::Dynamic).friendly_name()
                ),
            )),
        }),
        |args, ty, _| {
            let (list, marks) = unmarked(args, 0);
            let items = list.as_slice().unwrap_or_default().iter().rev().cloned();
            Ok(collected(ty, items.collect()).with_marks(marks))
        },
    ),
    Function::new(
        "slice",
        "Gives the elements of a list from one index to another.",
        &[
            Param::new("list", Shape::Any, "A list or tuple.").marked(),
            Param::new("start_index", Shape::Number, "The first index."),
            Param::new("end_index", Shape::Number, "The index after the last."),
        ],
        Returns::Of(Shape::Any, slice_type),
        |args, ty, _| {
            let (list, marks) = unmarked(args, 0);
            let (start, end) = slice_bounds(args)?.unwrap_or_default();
            let items = list
                .as_slice()
                .and_then(|v| v.get(start..end))
                .unwrap_or_default();
            Ok(collected(ty, items.to_vec()).with_marks(marks))
        },
    ),
    Function::new(
        "sort",
        "Sorts strings by their code points.",
        &[Param::new("list", Shape::Strings, "The list.")],
        Returns::Always(Shape::Strings),
        sort,
    ),
];

/// The argument without its own marks, and those.
pub(super) fn unmarked(args: &[Value], index: usize) -> (Value, Marks) {
    match args.get(index) {
        Some(value) => value.clone().unmark(),
        None => (Value::null(Type::Dynamic), Marks::NONE),
    }
}

pub(super) fn first_type(args: &[Value]) -> Result<Type, Failure> {
    Ok(args.first().map_or(Type::Dynamic, Value::ty))
}

/// A list or tuple of `items`, as `ty` says.
fn collected(ty: &Type, items: Vec<Value>) -> Value {
    match ty {
        Type::List(t) => Value::list(t.clone(), items),
        _ => Value::tuple(items),
    }
}

/// Whether one (`any`) or all of the elements are true; nulls are not.
fn quantified(args: &[Value], any: bool) -> Outcome {
    let mut undecided = false;
    for item in args.first().and_then(Value::as_slice).unwrap_or_default() {
        match item.as_bool() {
            Some(b) if b == any => return Ok(any.into()),
            Some(_) => {}
            None if !item.is_known() => undecided = true,
            None if !any => return Ok(false.into()),
            None => {}
        }
    }
    if undecided {
        return Ok(unknown(Type::Bool));
    }
    Ok((!any).into())
}

fn chunklist(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let (list, marks) = unmarked(args, 0);
    let (_, size_marks) = unmarked(args, 1);
    let size = whole(args, 1).map_err(|e| format!("invalid size: {e}"))?;
    let size =
        usize::try_from(size).map_err(|_| "the size argument must be positive".to_owned())?;
    let items = list.as_slice().unwrap_or_default();
    let part = match ty.element() {
        Some(Type::List(t)) => (**t).clone(),
        _ => Type::Dynamic,
    };
    let size = if size == 0 { items.len().max(1) } else { size };
    let parts = items
        .chunks(size)
        .map(|chunk| Value::list(part.clone(), chunk.to_vec()));
    Ok(Value::list(Type::list(part.clone()), parts).with_marks(marks | size_marks))
}

fn coalesce_type(args: &[Value]) -> Result<Type, Failure> {
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    unify(&types).ok_or_else(|| "all arguments must have the same type".into())
}

fn coalesce(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    for arg in args {
        if !arg.is_known() {
            return Ok(Value::unknown(ty.clone()));
        }
        let value = convert(arg, ty).map_err(|e| e.message)?;
        if !value.is_null() && value.as_str() != Some("") {
            return Ok(value);
        }
    }
    Err("no non-null, non-empty-string arguments".into())
}

fn coalescelist_type(args: &[Value]) -> Result<Type, Failure> {
    let mut types = Vec::with_capacity(args.len());
    for arg in args {
        if !arg.is_known() {
            return Ok(Type::Dynamic);
        }
        match arg.ty() {
            ty @ (Type::List(_) | Type::Tuple(_)) => types.push(ty),
            _ => return Err("coalescelist arguments must be lists or tuples".into()),
        }
    }
    match types.split_first() {
        None => Err("at least one argument is required".into()),
        Some((first, rest)) if rest.iter().all(|t| t == first) => Ok(first.clone()),
        Some(_) => Ok(Type::Dynamic),
    }
}

fn coalescelist(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    for arg in args {
        if !arg.is_known() {
            return Ok(Value::unknown(ty.clone()));
        }
        if arg.as_slice().is_some_and(|items| !items.is_empty()) {
            return Ok(arg.clone());
        }
    }
    Err("no non-null arguments".into())
}

fn compact(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let Some(list) = args.first().filter(|l| l.is_wholly_known()) else {
        return Ok(unknown(ty.clone()));
    };
    let items = list.as_slice().unwrap_or_default().iter();
    let kept = items
        .filter(|v| v.as_str().is_some_and(|s| !s.is_empty()))
        .cloned();
    Ok(Value::list(Type::String, kept))
}

fn concat_type(args: &[Value]) -> Result<Type, Failure> {
    if args.is_empty() {
        return Err("at least one argument is required".into());
    }
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    if types.iter().all(|t| matches!(t, Type::List(_)))
        && let Some(common) = unify(&types)
    {
        return Ok(common);
    }
    let mut elements = Vec::new();
    for (i, (arg, ty)) in args.iter().zip(types).enumerate() {
        match ty {
            Type::Tuple(ts) => elements.extend(ts.iter().cloned()),
            Type::List(_) if !arg.is_known() => return Ok(Type::Dynamic),
            Type::List(t) => {
                let count = arg.as_slice().map_or(0, <[Value]>::len);
                elements.extend(std::iter::repeat_n((*t).clone(), count));
            }
            other => {
                return Err(Failure::Argument(
                    i,
                    format!(
                        "all arguments must be lists or tuples; got {}",
                        other.friendly_name()
                    ),
                ));
            }
        }
    }
    Ok(Type::tuple(elements))
}

fn concat(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let mut items = Vec::new();
    let mut marks = Marks::NONE;
    for (i, arg) in args.iter().enumerate() {
        marks = marks | arg.marks();
        let arg = match ty {
            Type::List(_) => convert(arg, ty).map_err(|e| Failure::Argument(i, e.message))?,
            _ => arg.clone(),
        };
        items.extend(arg.as_slice().unwrap_or_default().iter().cloned());
    }
    Ok(collected(ty, items).with_marks(marks))
}

fn contains(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let [list, wanted] = args else {
        return Err("takes two arguments".into());
    };
    let items = list
        .as_slice()
        .ok_or("argument must be list, tuple, or set")?;
    let mut undecided = false;
    for item in items {
        match equal(item, wanted) {
            Some(true) => return Ok(true.into()),
            Some(false) => {}
            None => undecided = true,
        }
    }
    if undecided {
        return Ok(unknown(ty.clone()));
    }
    Ok(false.into())
}

fn distinct(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let Some(list) = args.first().filter(|l| l.is_wholly_known()) else {
        return Ok(unknown(ty.clone()));
    };
    let items = list.as_slice().unwrap_or_default();
    let mut seen = HashSet::new();
    let kept = items
        .iter()
        .filter(|item| seen.insert(trunkline_api::json::to_json(item).to_string()))
        .cloned();
    Ok(collected(ty, kept.collect()))
}

fn element_type(args: &[Value]) -> Result<Type, Failure> {
    match args.first().map(Value::ty) {
        Some(Type::List(t)) => Ok((*t).clone()),
        Some(Type::Tuple(ts)) => {
            if !args.get(1).is_some_and(Value::is_known) {
                return Ok(Type::Dynamic);
            }
            let index = whole(args, 1).map_err(|e| format!("invalid index: {e}"))?;
            if ts.is_empty() {
                return Err("cannot use element function with an empty list".into());
            }
            usize::try_from(index)
                .ok()
                .and_then(|i| ts.get(i % ts.len()).cloned())
                .ok_or_else(|| "cannot use element function with a negative index".into())
        }
        other => Err(format!(
            "cannot read elements from {}",
            other.unwrap_or(Type::Dynamic).friendly_name()
        )
        .into()),
    }
}

fn element(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let (list, marks) = unmarked(args, 0);
    let items = list.as_slice().unwrap_or_default();
    let index = whole(args, 1).map_err(|e| format!("invalid index: {e}"))?;
    if items.is_empty() {
        return Err("cannot use element function with an empty list".into());
    }
    let index = index.rem_euclid(items.len() as i64);
    let found = usize::try_from(index).ok().and_then(|i| items.get(i));
    match found {
        Some(item) => Ok(item.clone().with_marks(marks)),
        None => Err("cannot use element function with an empty list".into()),
    }
}

fn flatten(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let (list, mut marks) = unmarked(args, 0);
    let mut out = Vec::new();
    if list.as_slice().is_none() || !flatten_into(&list, &mut out, &mut marks) {
        return Ok(Value::unknown(Type::Dynamic).with_marks(list.marks_deep() | marks));
    }
    Ok(Value::tuple(out).with_marks(marks))
}

/// Appends the elements of `list`; false when one may be a list but is not known.
fn flatten_into(list: &Value, out: &mut Vec<Value>, marks: &mut Marks) -> bool {
    for item in list.as_slice().unwrap_or_default() {
        match item.kind() {
            Kind::Unknown(Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Tuple(_), _) => {
                return false;
            }
            Kind::List(..) | Kind::Set(..) | Kind::Tuple(_) => {
                *marks = *marks | item.marks();
                if !flatten_into(item, out, marks) {
                    return false;
                }
            }
            _ => out.push(item.clone()),
        }
    }
    true
}

fn index(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let [list, wanted] = args else {
        return Err("takes two arguments".into());
    };
    let items = match list.kind() {
        Kind::List(_, items) | Kind::Tuple(items) => items,
        _ => return Err("argument must be a list or tuple".into()),
    };
    if items.is_empty() {
        return Err("cannot search an empty list".into());
    }
    for (i, item) in items.iter().enumerate() {
        match equal(item, wanted) {
            Some(true) => return Ok(Value::number(i)),
            Some(false) => {}
            None => return Ok(unknown(ty.clone())),
        }
    }
    Err("item not found".into())
}

fn length(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let (value, marks) = unmarked(args, 0);
    let count = match value.kind() {
        Kind::String(s) => Number::from(graphemes::count(s)),
        Kind::List(_, v) | Kind::Tuple(v) => Number::from(v.len()),
        Kind::Set(_, v) if v.len() < 2 || value.is_wholly_known() => Number::from(v.len()),
        Kind::Map(_, f) | Kind::Object(f) => Number::from(f.len()),
        Kind::Unknown(Type::Tuple(ts), _) => Number::from(ts.len()),
        Kind::Unknown(Type::Object(o), _) => Number::from(o.attributes.len()),
        _ => return Ok(unknown(ty.clone()).with_marks(marks)),
    };
    Ok(Value::number(count).with_marks(marks))
}

fn not_one() -> Failure {
    Failure::Argument(
        0,
        "must be a list, set, or tuple value with either zero or one elements".into(),
    )
}

fn one_type(args: &[Value]) -> Result<Type, Failure> {
    match args.first().map(Value::ty) {
        Some(Type::List(t) | Type::Set(t)) => Ok((*t).clone()),
        Some(Type::Tuple(ts)) => match &*ts {
            [] => Ok(Type::Dynamic),
            [only] => Ok(only.clone()),
            _ => Err(not_one()),
        },
        _ => Err(not_one()),
    }
}

fn range(args: &[Value], _: &Type, _: &FunctionContext) -> Outcome {
    let numbers: Vec<Number> = args.iter().filter_map(Value::as_number).cloned().collect();
    let zero = Number::from(0);
    let (start, end, step) = match numbers.as_slice() {
        [end] => (zero.clone(), end.clone(), None),
        [start, end] => (start.clone(), end.clone(), None),
        [start, end, step] => (start.clone(), end.clone(), Some(step.clone())),
        _ => return Err("must have one, two, or three arguments".into()),
    };
    let down = end < start;
    let step = step.unwrap_or_else(|| Number::from(if down { -1 } else { 1 }));
    // Only a step of the wrong direction is refused; one of zero runs into the limit.
    if step > zero && down {
        return Err(Failure::Argument(
            1,
            "end must be greater than start when step is positive".into(),
        ));
    }
    if step < zero && end > start {
        return Err(Failure::Argument(
            1,
            "end must be less than start when step is negative".into(),
        ));
    }
    let mut out = Vec::new();
    let mut n = start;
    while if step < zero { n > end } else { n < end } {
        if out.len() >= MAX_RANGE {
            return Err(format!(
                "more than {MAX_RANGE} values were generated; either decrease the difference between start and end or use a smaller step"
            )
            .into());
        }
        out.push(Value::number(n.clone()));
        n = n.add(&step);
    }
    Ok(Value::list(Type::Number, out))
}

/// The bounds of `slice`, checked against each other and the list; `None` while one is unknown.
fn slice_bounds(args: &[Value]) -> Result<Option<(usize, usize)>, Failure> {
    let length = match args.first().map(Value::kind) {
        Some(Kind::List(_, v) | Kind::Tuple(v)) => v.len(),
        Some(Kind::Unknown(Type::Tuple(ts), _)) => ts.len(),
        _ => usize::MAX,
    };
    let bound = |at: usize, what: &str| {
        if !args.get(at).is_some_and(Value::is_known) {
            return Ok(None);
        }
        let wrong = |message: String| Failure::Argument(at, message);
        let n = whole(args, at).map_err(|e| wrong(format!("invalid {what} index: {e}")))?;
        let n = usize::try_from(n)
            .map_err(|_| wrong(format!("{what} index must not be less than zero")))?;
        if n > length {
            return Err(wrong(format!(
                "{what} index must not be greater than the length of the list"
            )));
        }
        Ok(Some(n))
    };
    let (Some(start), Some(end)) = (bound(1, "start")?, bound(2, "end")?) else {
        return Ok(None);
    };
    if start > end {
        let message = "start index must not be greater than end index";
        return Err(Failure::Argument(1, message.into()));
    }
    Ok(Some((start, end)))
}

fn slice_type(args: &[Value]) -> Result<Type, Failure> {
    match args.first().map(Value::ty) {
        Some(ty @ Type::List(_)) => {
            slice_bounds(args)?;
            Ok(ty)
        }
        Some(Type::Tuple(ts)) => Ok(match slice_bounds(args)? {
            Some((start, end)) => {
                Type::tuple(ts.get(start..end).unwrap_or_default().iter().cloned())
            }
            None => Type::Dynamic,
        }),
        Some(Type::Set(_)) => Err(Failure::Argument(
            0,
            "cannot slice a set, because its elements do not have indices; explicitly convert to a list if the ordering of the result is not important".into(),
        )),
        _ => Err(Failure::Argument(0, "must be a list or tuple value".into())),
    }
}

fn sort(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let Some(list) = args.first().and_then(Value::as_slice) else {
        return Ok(unknown(ty.clone()));
    };
    if !list.iter().all(Value::is_known) {
        // Where they will stand is not known, but how many they are.
        let unknowns = list.iter().map(|_| unknown(Type::String));
        return Ok(Value::list(Type::String, unknowns));
    }
    let mut strings = Vec::new();
    for (i, item) in list.iter().enumerate() {
        strings.push(item.as_str().ok_or_else(|| {
            format!("given list element {i} is null; a null string cannot be sorted")
        })?);
    }
    strings.sort_unstable();
    Ok(Value::list(
        Type::String,
        strings.into_iter().map(Value::from),
    ))
}
