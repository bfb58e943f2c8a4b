//! Type constraints: `string`, `list(object({ a = optional(string, "x") }))` and the like.
//!
//! A constraint is a type and the defaults of its optional attributes. It converts nothing itself:
//! [`Constraint::convert`] does, in the order in which Terraform fills defaults in.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::convert::without_optional;
use trunkline_api::quote::quote;
use trunkline_api::{
    ConvertError, Diagnostics, Kind, ObjectType, Type, Value, conforms, convert, unify,
};

use super::ast::{Call, Expr, ExprKind, ObjectItem};
use super::source::Sources;

/// A type and the defaults of its optional attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    /// The type; optional attributes are marked in it.
    pub ty: Type,
    /// Defaults, where there are any.
    pub defaults: Option<Defaults>,
}

/// Defaults of the optional attributes somewhere in a type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Defaults {
    /// Of the attributes of this object.
    pub values: BTreeMap<Arc<str>, Value>,
    /// Within an attribute of this object, or element (by its index) of this tuple.
    pub children: BTreeMap<Arc<str>, Defaults>,
    /// Within each element of this list, set or map.
    pub element: Option<Box<Defaults>>,
}

impl Constraint {
    /// The constraint that accepts anything.
    #[must_use]
    pub fn any() -> Constraint {
        Constraint {
            ty: Type::Dynamic,
            defaults: None,
        }
    }

    /// The value with defaults filled in and converted to the type.
    ///
    /// # Errors
    /// What was required, and where in the value.
    pub fn convert(&self, value: &Value) -> Result<Value, ConvertError> {
        let filled = match &self.defaults {
            Some(defaults) if !value.is_null() => defaults.apply(value),
            _ => value.clone(),
        };
        convert(&filled, &self.ty)
    }

    /// The type of values of this constraint, without the marks of optional attributes.
    #[must_use]
    pub fn value_type(&self) -> Type {
        without_optional(&self.ty)
    }
}

impl Defaults {
    /// The value with defaults in place of attributes that are missing or null.
    #[must_use]
    pub fn apply(&self, value: &Value) -> Value {
        if value.is_null() || !value.is_known() {
            return value.clone();
        }
        let filled = match value.kind() {
            Kind::List(t, items) => {
                let items = items.iter().map(|v| self.of_element(v)).collect();
                same(t, items, Value::list)
            }
            Kind::Set(t, items) => {
                let items = items.iter().map(|v| self.of_element(v)).collect();
                same(t, items, Value::set)
            }
            Kind::Tuple(items) => {
                let items = items.iter().enumerate().map(|(i, v)| match &self.element {
                    Some(element) => element.apply(v),
                    None => self.of_child(&i.to_string(), v),
                });
                Value::tuple(items)
            }
            Kind::Map(..) | Kind::Object(_) => self.of_fields(value),
            _ => return value.clone(),
        };
        filled.with_marks(value.marks())
    }

    fn of_element(&self, value: &Value) -> Value {
        match &self.element {
            Some(element) => element.apply(value),
            None => value.clone(),
        }
    }

    fn of_child(&self, name: &str, value: &Value) -> Value {
        match self.children.get(name) {
            Some(child) => child.apply(value),
            None => value.clone(),
        }
    }

    /// An object or map. One that stands for an object (not a map) gets its defaults.
    fn of_fields(&self, value: &Value) -> Value {
        let Some(fields) = value.as_fields() else {
            return value.clone();
        };
        if self.element.is_some() {
            let fields = fields.iter().map(|(k, v)| (k.clone(), self.of_element(v)));
            let fields: Vec<(Arc<str>, Value)> = fields.collect();
            return match value.kind() {
                Kind::Map(t, _) if fields.iter().all(|(_, v)| conforms(v, t)) => {
                    Value::map(t.clone(), fields)
                }
                _ => Value::object(fields),
            };
        }
        let mut filled: BTreeMap<Arc<str>, Value> = fields
            .iter()
            .map(|(k, v)| (k.clone(), self.of_child(k, v)))
            .collect();
        for (name, default) in &self.values {
            let given = filled.get(name);
            if given.is_none_or(Value::is_null) {
                filled.insert(name.clone(), self.of_child(name, default));
            }
        }
        match value.kind() {
            Kind::Map(t, _) if filled.values().all(|v| conforms(v, t)) => {
                Value::map(t.clone(), filled)
            }
            _ => Value::object(filled),
        }
    }
}

/// A collection of the same element type if that still fits, otherwise a tuple.
fn same(ty: &Type, items: Vec<Value>, build: fn(Type, Vec<Value>) -> Value) -> Value {
    if items.iter().all(|v| conforms(v, ty)) {
        return build(ty.clone(), items);
    }
    let types: Vec<Type> = items.iter().map(Value::ty).collect();
    let unified = unify(&types);
    let converted = unified.and_then(|ty| {
        let items: Result<Vec<Value>, _> = items.iter().map(|v| convert(v, &ty)).collect();
        Some(build(ty, items.ok()?))
    });
    converted.unwrap_or_else(|| Value::tuple(items))
}

/// Reads the type constraint of a variable. After an error, which is added to `diags`, the type is any.
#[must_use]
pub fn constraint(expr: &Expr, sources: &Sources, diags: &mut Diagnostics) -> Constraint {
    if let ExprKind::Literal(text) = &expr.kind
        && let Some(text) = text.as_str()
    {
        let (summary, detail) = quoted_type(text);
        diags.push(sources.error(expr.span, summary, detail));
        return Constraint::any();
    }
    // Before Terraform 0.12 the elements were not named.
    let ty = match expr.as_keyword() {
        Some("list") => Some(Type::list(Type::Dynamic)),
        Some("map") => Some(Type::map(Type::Dynamic)),
        _ => None,
    };
    if let Some(ty) = ty {
        return Constraint { ty, defaults: None };
    }
    let mut reader = Reader { sources, diags };
    let (ty, defaults) = reader.ty(expr);
    Constraint { ty, defaults }
}

/// Summary and detail about a type in quotes.
fn quoted_type(text: &str) -> (&'static str, String) {
    let instead = match text {
        "string" => "",
        "list" => {
            " and write list(string) instead to explicitly indicate that the list elements are strings"
        }
        "map" => {
            " and write map(string) instead to explicitly indicate that the map elements are strings"
        }
        _ => {
            return (
                "Invalid legacy variable type hint",
                "To provide a full type expression, remove the surrounding quotes and give the type expression directly.".into(),
            );
        }
    };
    (
        "Invalid quoted type constraints",
        format!(
            "Terraform 0.11 and earlier required type constraints to be given in quotes, but that form is now deprecated and will be removed in a future version of Terraform. Remove the quotes around {}{instead}.",
            quote(text)
        ),
    )
}

const INVALID: &str = "Invalid type specification";

struct Reader<'r> {
    sources: &'r Sources,
    diags: &'r mut Diagnostics,
}

type Read = (Type, Option<Defaults>);

impl Reader<'_> {
    fn problem(&mut self, expr: &Expr, detail: impl Into<String>) -> Read {
        self.problem_at(expr.span, detail)
    }

    fn problem_at(&mut self, span: super::source::SrcSpan, detail: impl Into<String>) -> Read {
        self.diags.push(self.sources.error(span, INVALID, detail));
        (Type::Dynamic, None)
    }

    fn ty(&mut self, expr: &Expr) -> Read {
        if let Some(keyword) = expr.as_keyword() {
            return self.keyword(expr, keyword);
        }
        match expr.as_call() {
            Some(call) => super::depth::deeper(|| self.constructor(expr, call)),
            None => self.problem(
                expr,
                "A type specification is either a primitive type keyword (bool, number, string) or a complex type constructor call, like list(string).",
            ),
        }
    }

    fn keyword(&mut self, expr: &Expr, keyword: &str) -> Read {
        let ty = match keyword {
            "bool" => Type::Bool,
            "string" => Type::String,
            "number" => Type::Number,
            "any" => Type::Dynamic,
            "list" | "set" | "map" => {
                return self.problem(expr, format!("The {keyword} type constructor requires one argument specifying the element type."));
            }
            "object" => {
                return self.problem(expr, "The object type constructor requires one argument specifying the attribute types and values as a map.");
            }
            "tuple" => {
                return self.problem(expr, "The tuple type constructor requires one argument specifying the element types as a list.");
            }
            other => {
                return self.problem(
                    expr,
                    format!(
                        "The keyword {} is not a valid type specification.",
                        quote(other)
                    ),
                );
            }
        };
        (ty, None)
    }

    fn constructor(&mut self, expr: &Expr, call: &Call) -> Read {
        let name = &*call.name;
        let arguments = call.open_span.to(call.close_span);
        let name_quoted = quote(name);
        let problem = match name {
            "bool" | "string" | "number" => Some((
                arguments,
                format!("Primitive type keyword {name_quoted} does not expect arguments."),
            )),
            "any" => Some((
                arguments,
                format!("Type constraint keyword {name_quoted} does not expect arguments."),
            )),
            "list" | "set" | "map" | "object" | "tuple" => None,
            "optional" => Some((
                call.name_span,
                "Keyword \"optional\" is valid only as a modifier for object type attributes."
                    .into(),
            )),
            _ => Some((
                expr.span,
                format!("Keyword {name_quoted} is not a valid type constructor."),
            )),
        };
        if let Some((span, detail)) = problem {
            return self.problem_at(span, detail);
        }
        let [argument] = &call.args[..] else {
            return self.argument_count(call);
        };
        match name {
            "list" | "set" | "map" => {
                let (element, defaults) = self.ty(argument);
                let defaults = defaults.map(|d| Defaults {
                    element: Some(Box::new(d)),
                    ..Defaults::default()
                });
                let ty = match name {
                    "list" => Type::list(element),
                    "set" => Type::set(element),
                    _ => Type::map(element),
                };
                (ty, defaults)
            }
            "tuple" => self.tuple(argument),
            _ => self.object(argument),
        }
    }

    fn argument_count(&mut self, call: &Call) -> Read {
        let what = match &*call.name {
            "object" => "specifying the attribute types and values as a map",
            "tuple" => "specifying the element types as a list",
            _ => "specifying the element type",
        };
        let detail = format!(
            "The {} type constructor requires one argument {what}.",
            call.name
        );
        let span = match &call.args[..] {
            [_, extra @ .., last] => extra.first().unwrap_or(last).span.to(last.span),
            _ => call.open_span.to(call.close_span),
        };
        self.problem_at(span, detail)
    }

    fn tuple(&mut self, argument: &Expr) -> Read {
        let Some(items) = argument.as_list() else {
            return self.problem(
                argument,
                "Tuple type constructor requires a list of element types.",
            );
        };
        let mut types = Vec::with_capacity(items.len());
        let mut children = BTreeMap::new();
        for (i, item) in items.iter().enumerate() {
            let (ty, defaults) = self.ty(item);
            types.push(ty);
            if let Some(defaults) = defaults {
                children.insert(i.to_string().into(), defaults);
            }
        }
        let defaults = (!children.is_empty()).then(|| Defaults {
            children,
            ..Defaults::default()
        });
        (Type::tuple(types), defaults)
    }

    fn object(&mut self, argument: &Expr) -> Read {
        let Some(items) = argument.as_object() else {
            return self.problem(
                argument,
                "Object type constructor requires a map whose keys are attribute names and whose values are the corresponding attribute types.",
            );
        };
        let mut attributes = BTreeMap::new();
        let mut ty = ObjectType::default();
        let mut defaults = Defaults::default();
        for item in items {
            let Some(name) = item.key_name() else {
                self.problem(
                    &item.key,
                    "Object constructor map keys must be attribute names.",
                );
                continue;
            };
            let name: Arc<str> = name.into();
            if attributes.contains_key(&name) {
                self.problem(&item.key, "Object constructor map keys must be unique.");
                continue;
            }
            let (attribute, child) = self.attribute(item, &name, &mut ty, &mut defaults);
            attributes.insert(name.clone(), attribute);
            if let Some(child) = child {
                defaults.children.insert(name, child);
            }
        }
        ty.attributes = attributes.into_iter().collect();
        let empty = defaults.values.is_empty() && defaults.children.is_empty();
        (Type::Object(Arc::new(ty)), (!empty).then_some(defaults))
    }

    /// The type of an attribute; `optional(T, default)` is noted.
    fn attribute(
        &mut self,
        item: &ObjectItem,
        name: &Arc<str>,
        object: &mut ObjectType,
        defaults: &mut Defaults,
    ) -> Read {
        let call = match item.value.as_call() {
            Some(call) if &*call.name == "optional" => call,
            _ => return self.ty(&item.value),
        };
        let Some(first) = call.args.first() else {
            return self.problem_at(
                call.open_span.to(call.close_span),
                "Optional attribute modifier requires the attribute type as its argument.",
            );
        };
        let (ty, child) = self.ty(first);
        object.optional.insert(name.clone());
        if let Some(second) = call.args.get(1)
            && let Some(value) = self.default(second, &ty)
        {
            defaults.values.insert(name.clone(), value);
        }
        if call.args.len() > 2 {
            self.problem_at(
                call.open_span.to(call.close_span),
                "Optional attribute modifier expects at most two arguments: the attribute type, and a default value.",
            );
        }
        (ty, child)
    }

    fn default(&mut self, expr: &Expr, ty: &Type) -> Option<Value> {
        let (value, problems) = constant(expr, self.sources);
        if !problems.is_empty() {
            self.diags.extend(problems);
            return None;
        }
        match convert(&value, ty) {
            Ok(value) => Some(value),
            Err(e) => {
                let detail = format!(
                    "This default value is not compatible with the attribute's type constraint: {e}."
                );
                let summary = "Invalid default value for optional attribute";
                let problem = self.sources.error(expr.span, summary, detail);
                self.diags.push(problem);
                None
            }
        }
    }
}

/// The value of an expression that may refer to nothing and call nothing.
#[must_use]
pub fn constant(expr: &Expr, sources: &Sources) -> (Value, Diagnostics) {
    let mut problems: Diagnostics = Vec::new();
    let value = super::eval::eval_constant(expr, sources, &mut problems);
    (value, problems)
}

/// The problem of a value that does not fit a constraint, in one line, with where in the value.
#[must_use]
pub fn conversion_problem(error: &ConvertError) -> String {
    let path = error.path.to_string();
    match path.is_empty() {
        true => error.message.clone(),
        false => format!("{path}: {}", error.message),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parser::parse_expression;
    use super::*;

    fn read(text: &str) -> (Constraint, Vec<String>) {
        let sources = Sources::new();
        let id = sources.add("t.tf", text);
        let (expr, problems) = parse_expression(&sources, id);
        assert_eq!(problems, []);
        let mut diags = Vec::new();
        let read = constraint(&expr, &sources, &mut diags);
        (read, diags.into_iter().map(|d| d.detail).collect())
    }

    fn value(text: &str) -> Value {
        let sources = Sources::new();
        let id = sources.add("v.tf", text);
        let (expr, _) = parse_expression(&sources, id);
        let (value, problems) = constant(&expr, &sources);
        assert_eq!(problems, []);
        value
    }

    #[test]
    fn types_are_read() {
        for (text, expected) in [
            ("string", "string"),
            ("any", "dynamic"),
            ("list", "list(dynamic)"),
            ("list(set(map(number)))", "list(set(map(number)))"),
            ("tuple([bool, any])", "tuple([bool,dynamic])"),
            (
                "object({a = string, b = optional(number, 1)})",
                "object({a=string,b=optional(number)})",
            ),
        ] {
            let (read, problems) = read(text);
            assert_eq!(problems, [] as [&str; 0], "{text}");
            assert_eq!(read.ty.to_string(), expected);
        }
    }

    #[test]
    fn wrong_types_say_why() {
        for (text, expected) in [
            (
                "list(list)",
                "The list type constructor requires one argument specifying the element type.",
            ),
            (
                "strin",
                "The keyword \"strin\" is not a valid type specification.",
            ),
            (
                "string(1)",
                "Primitive type keyword \"string\" does not expect arguments.",
            ),
            (
                "lst(string)",
                "Keyword \"lst\" is not a valid type constructor.",
            ),
            (
                "(string)",
                "A type specification is either a primitive type keyword (bool, number, string) or a complex type constructor call, like list(string).",
            ),
            (
                "object({a = optional(number, \"x\")})",
                "This default value is not compatible with the attribute's type constraint: a number is required.",
            ),
            (
                "optional(string)",
                "Keyword \"optional\" is valid only as a modifier for object type attributes.",
            ),
        ] {
            assert_eq!(read(text).1, [expected], "{text}");
        }
    }

    #[test]
    fn defaults_reach_into_collections() {
        let (constraint, _) = read(
            "map(list(object({a = string, b = optional(object({c = optional(number, 5)}), {})})))",
        );
        let given = value(r#"{k = [{a = "x"}, {a = 1, b = {c = 7}}]}"#);
        let expected = r#"{k = [{a = "x", b = {c = 5}}, {a = "1", b = {c = 7}}]}"#;
        let converted = constraint.convert(&given).unwrap();
        let expected = convert(&value(expected), &constraint.value_type()).unwrap();
        assert_eq!(converted, expected);
    }
}
