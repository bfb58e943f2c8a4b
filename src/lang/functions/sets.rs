//! Functions over sets.

use trunkline_api::value::set_order;
use trunkline_api::{Kind, Marks, Type, Value, convert, unify};

use super::{Failure, Function, FunctionContext, Outcome, Param, Returns, Shape, unknown};

/// The most combinations that `setproduct` makes.
const MAX_PRODUCT: usize = 10_000_000;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "setintersection",
        "Gives the elements that all sets have.",
        &[Param::new("first_set", Shape::Set, "A set.").dynamic()],
        Returns::Of(Shape::Set, common_type),
        |args, ty, _| {
            combine(args, ty, |a, b| {
                a.into_iter().filter(|v| has(b, v)).collect()
            })
        },
    )
    .variadic(Param::new("other_sets", Shape::Set, "More sets.").dynamic()),
    Function::new(
        "setproduct",
        "Gives all combinations of one element from each set.",
        &[],
        Returns::Of(Shape::Any, product_type),
        product,
    )
    .variadic(Param::new("sets", Shape::Any, "At least two sets or lists.").marked()),
    Function::new(
        "setsubtract",
        "Gives the elements of one set that another does not have.",
        &[
            Param::new("a", Shape::Set, "The set to take from.").dynamic(),
            Param::new("b", Shape::Set, "The elements to take away.").dynamic(),
        ],
        Returns::Of(Shape::Set, common_type),
        |args, ty, _| {
            combine(args, ty, |a, b| {
                a.into_iter().filter(|v| !has(b, v)).collect()
            })
        },
    ),
    Function::new(
        "setunion",
        "Gives the elements that one of the sets has.",
        &[Param::new("first_set", Shape::Set, "A set.").dynamic()],
        Returns::Of(Shape::Set, common_type),
        union,
    )
    .variadic(Param::new("other_sets", Shape::Set, "More sets.").dynamic()),
];

/// Whether the sorted elements `set` have `value`.
fn has(set: &[Value], value: &Value) -> bool {
    set.binary_search_by(|v| set_order(v, value)).is_ok()
}

fn common_type(args: &[Value]) -> Result<Type, Failure> {
    let mut elements: Vec<Type> = Vec::with_capacity(args.len());
    for arg in args {
        match (arg.kind(), arg.ty()) {
            // An empty set of no type fits all.
            (Kind::Set(element, items), _) if **element == Type::Dynamic && items.is_empty() => {}
            (_, Type::Set(t)) => elements.push((*t).clone()),
            _ => return Ok(Type::set(Type::Dynamic)),
        }
    }
    if elements.is_empty() {
        return Ok(Type::set(Type::Dynamic));
    }
    match unify(&elements) {
        // Elements of types that have nothing in common make no set.
        Some(Type::Dynamic) if !elements.iter().all(|t| matches!(t, Type::Dynamic)) => {
            Err("given sets must all have compatible element types".into())
        }
        Some(element) => Ok(Type::set(element)),
        None => Err("given sets must all have compatible element types".into()),
    }
}

fn combine(args: &[Value], ty: &Type, step: fn(Vec<Value>, &[Value]) -> Vec<Value>) -> Outcome {
    if !args.iter().all(Value::is_wholly_known) {
        return Ok(unknown(ty.clone()));
    }
    let element = ty.element().cloned().unwrap_or(Type::Dynamic);
    let mut sets = converted(args, ty)?.into_iter();
    let first = sets.next();
    let first = first.as_ref().and_then(Value::as_slice).unwrap_or_default();
    let items = sets.fold(first.to_vec(), |items, set| {
        step(items, set.as_slice().unwrap_or_default())
    });
    Ok(Value::set(element, items))
}

fn union(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let element = ty.element().cloned().unwrap_or(Type::Dynamic);
    if !args.iter().all(Value::is_known) {
        return Ok(unknown(ty.clone()));
    }
    let items: Vec<Value> = converted(args, ty)?
        .iter()
        .flat_map(|set| set.as_slice().unwrap_or_default().to_vec())
        .collect();
    Ok(Value::set(element, items))
}

fn converted(args: &[Value], ty: &Type) -> Result<Vec<Value>, Failure> {
    args.iter()
        .enumerate()
        .map(|(i, arg)| convert(arg, ty).map_err(|e| Failure::Argument(i, e.message)))
        .collect()
}

fn product_type(args: &[Value]) -> Result<Type, Failure> {
    if args.len() < 2 {
        return Err("at least two arguments are required".into());
    }
    let mut elements = Vec::with_capacity(args.len());
    let mut any_set = false;
    for (i, arg) in args.iter().enumerate() {
        elements.push(match arg.ty() {
            Type::Set(t) => {
                any_set = true;
                (*t).clone()
            }
            Type::List(t) => (*t).clone(),
            Type::Tuple(ts) if ts.is_empty() => Type::Dynamic,
            Type::Tuple(ts) => unify(&ts).ok_or_else(|| {
                Failure::Argument(i, "all elements must be of the same type".into())
            })?,
            _ => {
                return Err(Failure::Argument(i, "a set or a list is required".into()));
            }
        });
    }
    let row = Type::tuple(elements);
    Ok(if any_set {
        Type::set(row)
    } else {
        Type::list(row)
    })
}

fn product(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let marks = args.iter().fold(Marks::NONE, |m, arg| m | arg.marks());
    let row = ty.element().cloned().unwrap_or(Type::Dynamic);
    let Type::Tuple(columns) = &row else {
        return Err("at least two arguments are required".into());
    };
    let of_sets = matches!(ty, Type::Set(_));
    // How many elements a set has is not known while one of them is not.
    let uncounted = |v: &Value| matches!(v.kind(), Kind::Set(..)) && !v.is_wholly_known();
    if args.iter().any(uncounted) {
        return Ok(unknown(ty.clone()).with_marks(marks));
    }
    let mut count = 1usize;
    let mut choices = Vec::with_capacity(args.len());
    for (i, (arg, column)) in args.iter().zip(columns.iter()).enumerate() {
        let items: Result<Vec<Value>, Failure> = arg
            .as_slice()
            .unwrap_or_default()
            .iter()
            .map(|v| convert(v, column).map_err(|e| Failure::Argument(i, e.message)))
            .collect();
        let items = items?;
        count = count.saturating_mul(items.len());
        choices.push(items);
    }
    if count > MAX_PRODUCT {
        return Err(format!("there are more than {MAX_PRODUCT} combinations").into());
    }
    let rows = (0..count).map(|mut n| {
        let mut picked: Vec<Value> = choices
            .iter()
            .rev()
            .map(|items| {
                let value = items[n % items.len()].clone();
                n /= items.len();
                value
            })
            .collect();
        picked.reverse();
        Value::tuple(picked)
    });
    let rows = if of_sets {
        Value::set(row.clone(), rows)
    } else {
        Value::list(row.clone(), rows)
    };
    Ok(rows.with_marks(marks))
}
