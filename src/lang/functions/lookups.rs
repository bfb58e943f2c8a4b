//! Functions over maps and objects, and those that relate lists to keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::{Kind, Marks, Type, Value, convert, unify};

use super::collection::{first_type, unmarked};
use super::{
    Failure, Function, FunctionContext, Outcome, Param, Returns, Shape, equal, shown, unknown,
};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new(
        "keys",
        "Gives the keys of a map or the attribute names of an object, sorted.",
        &[Param::new("inputMap", Shape::Any, "A map or object.")
            .unknown()
            .marked()],
        Returns::Of(Shape::Any, |args| match args.first().map(Value::ty) {
            Some(Type::Map(_)) => Ok(Type::list(Type::String)),
            Some(Type::Object(o)) => Ok(Type::tuple(o.attributes.keys().map(|_| Type::String))),
            _ => Err(Failure::Argument(0, "must have map or object type".into())),
        }),
        keys,
    ),
    Function::new(
        "lookup",
        "Gives the element of a map under a key, or a default if there is none.",
        &[
            Param::new("inputMap", Shape::Any, "A map or object.").marked(),
            Param::new("key", Shape::String, "The key.").marked(),
        ],
        Returns::Of(Shape::Any, lookup_type),
        lookup,
    )
    .variadic(
        Param::new(
            "default",
            Shape::Any,
            "What to give if there is no such key.",
        )
        .nullable()
        .unknown()
        .dynamic()
        .marked(),
    )
    .may_be_null(),
    Function::new(
        "matchkeys",
        "Gives the elements of one list for which another has, at the same index, a value that is looked for.",
        &[
            Param::new("values", Shape::List, "What to give."),
            Param::new("keys", Shape::List, "A list of the same length."),
            Param::new("searchset", Shape::List, "The keys to look for."),
        ],
        Returns::Of(Shape::List, |args| {
            let types: Vec<Type> = args.iter().skip(1).map(Value::ty).collect();
            match unify(&types) {
                Some(_) => first_type(args),
                None => Err("keys and searchset must be of the same type".into()),
            }
        }),
        matchkeys,
    ),
    Function::new(
        "merge",
        "Puts maps and objects together; where keys are the same, the later counts.",
        &[],
        Returns::Of(Shape::Any, merge_type),
        merge,
    )
    .variadic(
        Param::new("maps", Shape::Any, "Maps or objects.")
            .nullable()
            .dynamic()
            .marked(),
    ),
    Function::new(
        "transpose",
        "Turns a map of lists around: every string of a list becomes a key of the keys it was under.",
        &[Param::new(
            "values",
            Shape::StringLists,
            "A map of lists of strings.",
        )],
        Returns::Always(Shape::StringLists),
        transpose,
    ),
    Function::new(
        "values",
        "Gives the elements of a map or the attributes of an object, sorted by key.",
        &[Param::new("mapping", Shape::Any, "A map or object.").marked()],
        Returns::Of(Shape::Any, |args| match args.first().map(Value::ty) {
            Some(Type::Map(t)) => Ok(Type::List(t)),
            Some(Type::Object(o)) => Ok(Type::tuple(o.attributes.values().cloned())),
            _ => Err("values() requires a map as the first argument".into()),
        }),
        |args, ty, _| {
            let (map, marks) = unmarked(args, 0);
            let values = map.as_fields().cloned().unwrap_or_default();
            let values = values.values().cloned();
            Ok(match ty {
                Type::List(t) => Value::list(t.clone(), values),
                _ => Value::tuple(values),
            }
            .with_marks(marks))
        },
    ),
    Function::new(
        "zipmap",
        "Makes a map of a list of keys and a list of values.",
        &[
            Param::new("keys", Shape::Strings, "The keys.").marked(),
            Param::new("values", Shape::Any, "As many values.").marked(),
        ],
        Returns::Of(Shape::Any, zipmap_type),
        zipmap,
    ),
];

fn keys(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let (map, marks) = unmarked(args, 0);
    let names: Vec<Value> = match map.kind() {
        Kind::Map(_, f) | Kind::Object(f) => f.keys().map(|k| Value::string(k.clone())).collect(),
        Kind::Unknown(Type::Object(o), _) => o
            .attributes
            .keys()
            .map(|k| Value::string(k.clone()))
            .collect(),
        _ => return Ok(unknown(ty.clone()).with_marks(marks)),
    };
    Ok(match ty {
        Type::List(_) => Value::list(Type::String, names),
        _ => Value::tuple(names),
    }
    .with_marks(marks))
}

fn lookup_type(args: &[Value]) -> Result<Type, Failure> {
    let [map, key, defaults @ ..] = args else {
        return Err("lookup() takes two or three arguments".into());
    };
    if defaults.len() > 1 {
        return Err(format!("lookup() takes two or three arguments, got {}", args.len()).into());
    }
    match map.ty() {
        Type::Object(o) => {
            if !key.is_known() {
                return Ok(Type::Dynamic);
            }
            let name = key.as_str().unwrap_or_default();
            match (o.attributes.get(name), defaults.first()) {
                (Some(ty), _) => Ok(ty.clone()),
                (None, Some(default)) => Ok(default.ty()),
                (None, None) => Err(Failure::Argument(
                    0,
                    format!(
                        "the given object has no attribute {}",
                        shown(name, key.marks())
                    ),
                )),
            }
        }
        Type::Map(t) => {
            if let Some(default) = defaults.first()
                && convert(default, &t).is_err()
            {
                return Err(Failure::Argument(
                    2,
                    "the default value must have the same type as the map elements".into(),
                ));
            }
            Ok((*t).clone())
        }
        _ => Err(Failure::Argument(
            0,
            "lookup() requires a map as the first argument".into(),
        )),
    }
}

fn lookup(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let (map, map_marks) = unmarked(args, 0);
    let (key, key_marks) = unmarked(args, 1);
    let marks = map_marks | key_marks;
    let name = key.as_str().unwrap_or_default();
    if let Some(found) = map.attr(name) {
        return Ok(found.clone().with_marks(marks));
    }
    match args.get(2) {
        Some(default) => {
            let default = convert(default, ty).map_err(|e| Failure::Argument(2, e.message))?;
            Ok(default.with_marks(marks))
        }
        None => Err(format!("lookup failed to find key {}", shown(name, key_marks)).into()),
    }
}

fn matchkeys(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let [values, keys, wanted] = args else {
        return Err("takes three arguments".into());
    };
    let items = |list: &Value| list.as_slice().unwrap_or_default().to_vec();
    if items(values).len() != items(keys).len() {
        return Err("length of keys and values should be equal".into());
    }
    let element = ty.element().cloned().unwrap_or(Type::Dynamic);
    let common = unify(&[keys.ty(), wanted.ty()]).unwrap_or(Type::Dynamic);
    let converted = |list: &Value| convert(list, &common).map_err(|e| e.message);
    let (keys, wanted) = (converted(keys)?, converted(wanted)?);
    if !wanted.is_wholly_known() {
        return Ok(unknown(ty.clone()));
    }
    let mut kept = Vec::new();
    for (value, key) in items(values).iter().zip(items(&keys)) {
        if !key.is_wholly_known() {
            return Ok(unknown(ty.clone()));
        }
        if items(&wanted).iter().any(|w| equal(w, &key) == Some(true)) {
            kept.push(value.clone());
        }
    }
    Ok(Value::list(element, kept))
}

fn merge_type(args: &[Value]) -> Result<Type, Failure> {
    let Some(first) = args.first() else {
        return Ok(Type::object::<Arc<str>>([]));
    };
    let mut attributes: BTreeMap<Arc<str>, Type> = BTreeMap::new();
    let mut all_known = true;
    let mut types = Vec::with_capacity(args.len());
    for arg in args {
        let ty = arg.ty();
        match &ty {
            Type::Dynamic => return Ok(Type::Dynamic),
            Type::Object(_) if arg.is_null() => {}
            Type::Object(o) => {
                attributes.extend(o.attributes.iter().map(|(k, t)| (k.clone(), t.clone())));
            }
            Type::Map(t) => match arg.as_fields() {
                Some(f) => attributes.extend(f.keys().map(|k| (k.clone(), (**t).clone()))),
                None => all_known &= arg.is_known(),
            },
            other => {
                return Err(format!(
                    "arguments must be maps or objects, got \"{}\"",
                    other.friendly_name()
                )
                .into());
            }
        }
        types.push(ty);
    }
    let first = first.ty();
    if types.iter().all(|t| *t == first) {
        return Ok(first);
    }
    if !all_known {
        return Ok(Type::Dynamic);
    }
    Ok(Type::object(attributes))
}

fn merge(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let mut marks = Marks::NONE;
    let mut fields: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    for arg in args {
        marks = marks | arg.marks();
        if let Some(f) = arg.as_fields() {
            fields.extend(f.iter().map(|(k, v)| (k.clone(), v.clone())));
        }
    }
    Ok(match ty {
        Type::Map(t) => Value::map(t.clone(), fields),
        _ => Value::object(fields),
    }
    .with_marks(marks))
}

fn transpose(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let Some(map) = args.first().filter(|m| m.is_wholly_known()) else {
        return Ok(unknown(ty.clone()));
    };
    let mut turned: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
    for (key, list) in map.as_fields().cloned().unwrap_or_default().iter() {
        let items = list.as_slice().ok_or("input must not contain null list")?;
        for item in items {
            let item = item
                .as_str()
                .ok_or("input list must not contain null string")?;
            turned.entry(item.into()).or_default().push(key.clone());
        }
    }
    let lists = turned.into_iter().map(|(key, values)| {
        let values = values.into_iter().map(Value::string);
        (key, Value::list(Type::String, values))
    });
    Ok(Value::map(Type::list(Type::String), lists))
}

fn zipmap_type(args: &[Value]) -> Result<Type, Failure> {
    let [keys, values] = args else {
        return Err("takes two arguments".into());
    };
    match values.ty() {
        Type::List(t) => Ok(Type::Map(t)),
        Type::Tuple(ts) => {
            if !keys.is_wholly_known() {
                return Ok(Type::Dynamic);
            }
            let keys = keys.as_slice().unwrap_or_default();
            if keys.len() != ts.len() {
                return Err(counts(keys.len(), ts.len()));
            }
            let mut attributes = Vec::with_capacity(ts.len());
            for (i, (key, ty)) in keys.iter().zip(ts.iter()).enumerate() {
                let name = key
                    .as_str()
                    .ok_or_else(|| format!("keys list has null value at index {i}"))?;
                attributes.push((name, ty.clone()));
            }
            Ok(Type::object(attributes))
        }
        _ => Err("values argument must be a list or tuple value".into()),
    }
}

fn counts(keys: usize, values: usize) -> Failure {
    format!("number of keys ({keys}) does not match number of values ({values})").into()
}

fn zipmap(args: &[Value], ty: &Type, _: &FunctionContext) -> Outcome {
    let (keys, key_marks) = unmarked(args, 0);
    let (values, value_marks) = unmarked(args, 1);
    let mut marks = key_marks | value_marks;
    if !keys.is_wholly_known() {
        return Ok(unknown(ty.clone()).with_marks(marks));
    }
    let keys = keys.as_slice().unwrap_or_default();
    let values = values.as_slice().unwrap_or_default();
    if keys.len() != values.len() {
        return Err(counts(keys.len(), values.len()));
    }
    let mut fields = Vec::with_capacity(keys.len());
    for (i, (key, value)) in keys.iter().zip(values).enumerate() {
        marks = marks | key.marks();
        let name = key
            .as_str()
            .ok_or_else(|| format!("keys list has null value at index {i}"))?;
        fields.push((name, value.clone()));
    }
    Ok(match ty {
        Type::Map(t) => Value::map(t.clone(), fields),
        _ => Value::object(fields),
    }
    .with_marks(marks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_a_common_map_type() {
        let map = |k: &str| Value::map(Type::Number, [(k, Value::number(1))]);
        let args = [map("a"), map("b")];
        assert_eq!(merge_type(&args), Ok(Type::map(Type::Number)));
        let mixed = [map("a"), Value::object([("b", Value::from("x"))])];
        let expected = Type::object([("a", Type::Number), ("b", Type::String)]);
        assert_eq!(merge_type(&mixed), Ok(expected));
    }
}
