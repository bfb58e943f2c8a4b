//! Evaluating a body by a schema: arguments, nested blocks and dynamic blocks become one object.
//!
//! It knows schemas and expressions; it calls no provider.

use std::sync::Arc;

use trunkline_api::convert::convert;
use trunkline_api::diagnostic::has_errors;
use trunkline_api::schema::NestedBlock;
use trunkline_api::{
    Attribute as Schema, Block, Diagnostic, Diagnostics, Fields, Kind, Nesting, Type, Value,
};

use crate::config::block::{nearest, place};
use crate::lang::ast::{Attribute, Block as Source, Body, Expr, Syntax, Traversal};
use crate::lang::eval::{Scope, Unresolved, eval, stops, told};
use crate::lang::functions::FunctionContext;
use crate::lang::source::{Sources, SrcSpan};

/// Evaluates `body` as `schema` says. What cannot be evaluated is unknown in the result and reported.
///
/// Where references in the body mean nothing, that is all that is said of it, as in Terraform.
pub fn evaluate(
    body: &Body,
    schema: &Block,
    scope: &dyn Scope,
    diagnostics: &mut Diagnostics,
) -> Value {
    let mut found = Diagnostics::new();
    let value = content(body, schema, scope, &mut found);
    if has_errors(&found) {
        let mut problems = Vec::new();
        unresolved(body, schema, &mut Vec::new(), &mut |t| {
            problems.extend(scope.resolve(t).err());
        });
        if stops(&problems) {
            diagnostics.extend(told(problems));
            return Value::unknown(schema.implied_type());
        }
    }
    diagnostics.append(&mut found);
    value
}

/// Visits the references in what the schema knows of a body, but for the iterators of dynamic blocks.
fn unresolved<'b>(
    body: &'b Body,
    schema: &Block,
    bound: &mut Vec<Arc<str>>,
    visit: &mut dyn FnMut(&'b Traversal),
) {
    for attribute in &body.attributes {
        if schema.attributes.contains_key(&attribute.name) {
            free(&attribute.expr, bound, visit);
        }
    }
    for block in &body.blocks {
        let dynamic = &*block.kind == "dynamic";
        let kind = if dynamic {
            block.label(0)
        } else {
            &*block.kind
        };
        let Some(nested) = schema.blocks.get(kind) else {
            continue;
        };
        if !dynamic {
            unresolved(&block.body, &nested.block, bound, visit);
            continue;
        }
        let iterator = block.body.attribute("iterator");
        let iterator = iterator.and_then(|a| a.expr.as_keyword()).unwrap_or(kind);
        if let Some(for_each) = block.body.attribute("for_each") {
            free(&for_each.expr, bound, visit);
        }
        bound.push(iterator.into());
        for content in block.body.blocks_of("content") {
            unresolved(&content.body, &nested.block, bound, visit);
        }
        bound.pop();
    }
}

/// Visits the references in an expression, but for the names that are bound around it.
fn free<'b>(expr: &'b Expr, bound: &[Arc<str>], visit: &mut dyn FnMut(&'b Traversal)) {
    expr.visit_references(&mut |t| {
        if !bound.contains(&t.root) {
            visit(t);
        }
    });
}

fn content(body: &Body, schema: &Block, scope: &dyn Scope, diagnostics: &mut Diagnostics) -> Value {
    let count = schema.attributes.len() + schema.blocks.len();
    let mut fields: Vec<(Arc<str>, Value)> = Vec::with_capacity(count);
    report_unexpected(body, schema, scope.sources(), diagnostics);
    for (name, attribute) in &schema.attributes {
        let value = match body.attribute(name) {
            Some(written) => argument(written, name, attribute, scope, diagnostics),
            None => {
                if attribute.required {
                    diagnostics.push(scope.sources().error(
                        missing_at(body),
                        "Missing required argument",
                        format!("The argument {name:?} is required, but no definition was found."),
                    ));
                }
                Value::null(attribute.ty.clone())
            }
        };
        fields.push((name.clone(), value));
    }
    if schema.blocks.is_empty() {
        return Value::new(Kind::Object(Fields::of_sorted(fields)));
    }
    for (name, nested) in &schema.blocks {
        fields.push((name.clone(), blocks(body, name, nested, scope, diagnostics)));
    }
    Value::new(Kind::Object(fields.into()))
}

fn argument(
    written: &Attribute,
    name: &str,
    schema: &Schema,
    scope: &dyn Scope,
    diagnostics: &mut Diagnostics,
) -> Value {
    let value = eval(&written.expr, scope, diagnostics);
    if schema.required && value.is_null() {
        diagnostics.push(scope.sources().error(
            written.expr.span,
            "Missing required argument",
            format!("The argument {name:?} is required, but its value is null. Set it to a value."),
        ));
    }
    if let Some(message) = &schema.deprecated {
        let mut warning = Diagnostic::warning("Argument is deprecated", message.clone());
        warning.span = Some(scope.sources().span(written.expr.span));
        diagnostics.push(warning);
    }
    match convert(&value, &schema.ty) {
        Ok(value) => value,
        Err(error) => {
            diagnostics.push(scope.sources().error(
                written.expr.span,
                "Incorrect attribute value type",
                format!("Inappropriate value for attribute {name:?}: {error}."),
            ));
            Value::unknown(schema.ty.clone())
        }
    }
}

fn report_unexpected(
    body: &Body,
    schema: &Block,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) {
    let arguments = || schema.attributes.keys().map(|n| &**n);
    let kinds = || schema.blocks.keys().map(|n| &**n);
    for written in &body.attributes {
        if !schema.attributes.contains_key(&written.name) {
            if body.syntax == Syntax::Json {
                let mut detail = format!("No argument or block type is named {:?}.", written.name);
                let names: Vec<&str> = arguments().chain(kinds()).collect();
                if let Some(near) = nearest(&written.name, &names) {
                    detail += &format!(" Did you mean {near:?}?");
                }
                let summary = "Extraneous JSON object property";
                diagnostics.push(sources.error(written.name_span, summary, detail));
                continue;
            }
            let mut detail = format!("An argument named {:?} is not expected here.", written.name);
            if schema.blocks.contains_key(&written.name) {
                detail += &format!(
                    " Did you mean to define a block of type {:?}?",
                    written.name
                );
            } else if let Some(near) = nearest(&written.name, &arguments().collect::<Vec<_>>()) {
                detail += &format!(" Did you mean {near:?}?");
            }
            diagnostics.push(sources.error(written.name_span, "Unsupported argument", detail));
        }
    }
    for written in &body.blocks {
        let dynamic = &*written.kind == "dynamic";
        let (kind, span) = match written.labels.first() {
            Some(label) if dynamic => (&label.text, label.span),
            _ => (&written.kind, written.kind_span),
        };
        if !schema.blocks.contains_key(kind) {
            let mut detail = format!("Blocks of type {kind:?} are not expected here.");
            if schema.attributes.contains_key(kind) {
                detail += &format!(
                    " Did you mean to define argument {kind:?}? If so, use the equals sign to assign it a value."
                );
            } else if let Some(near) = nearest(kind, &kinds().collect::<Vec<_>>()) {
                detail += &format!(" Did you mean {near:?}?");
            }
            diagnostics.push(sources.error(span, "Unsupported block type", detail));
        }
    }
}

/// One block to evaluate: its body, and the iterator of the dynamic block that it comes from.
struct Occurrence<'b> {
    body: &'b Body,
    span: SrcSpan,
    iterator: Option<(Arc<str>, Value)>,
    key: Option<Arc<str>>,
}

fn blocks(
    body: &Body,
    name: &Arc<str>,
    nested: &NestedBlock,
    scope: &dyn Scope,
    diagnostics: &mut Diagnostics,
) -> Value {
    let mut found: Vec<Occurrence<'_>> = Vec::new();
    let mut unknown = false;
    for block in &body.blocks {
        if block.kind == *name {
            found.push(Occurrence {
                body: &block.body,
                span: block.def_span(),
                iterator: None,
                key: block.labels.first().map(|l| l.text.clone()),
            });
        } else if &*block.kind == "dynamic" && block.label(0) == &**name {
            unknown |= !dynamic(block, name, scope, &mut found, diagnostics);
        }
    }
    let limits = match nested.nesting {
        Nesting::Single => (nested.min_items, 1),
        Nesting::Group => (1, 1),
        _ => (nested.min_items, nested.max_items),
    };
    if !unknown {
        check_count(
            &found,
            body,
            name,
            nested.nesting,
            limits,
            scope,
            diagnostics,
        );
    }
    let ty = nested.implied_type();
    let values: Vec<(Option<Arc<str>>, Value)> = found
        .into_iter()
        .map(|occurrence| {
            let value = match occurrence.iterator {
                Some((iterator, value)) => {
                    let scope = IteratorScope {
                        parent: scope,
                        name: iterator,
                        value,
                    };
                    content(occurrence.body, &nested.block, &scope, diagnostics)
                }
                None => content(occurrence.body, &nested.block, scope, diagnostics),
            };
            (occurrence.key, value)
        })
        .collect();
    if unknown {
        return Value::unknown(ty);
    }
    let element = ty.element().cloned().unwrap_or(Type::Dynamic);
    match nested.nesting {
        Nesting::Single | Nesting::Group => values
            .into_iter()
            .next()
            .map_or_else(|| Value::null(ty), |(_, v)| v),
        Nesting::List if ty == Type::Dynamic => Value::tuple(values.into_iter().map(|(_, v)| v)),
        Nesting::List => Value::list(element, values.into_iter().map(|(_, v)| v)),
        Nesting::Set => Value::set(element, values.into_iter().map(|(_, v)| v)),
        Nesting::Map => {
            let items = values.into_iter().filter_map(|(k, v)| Some((k?, v)));
            if ty == Type::Dynamic {
                Value::object(items)
            } else {
                Value::map(element, items)
            }
        }
    }
}

fn check_count(
    found: &[Occurrence<'_>],
    body: &Body,
    name: &str,
    nesting: Nesting,
    (min, max): (usize, usize),
    scope: &dyn Scope,
    diagnostics: &mut Diagnostics,
) {
    let count = found.len();
    let one = matches!(nesting, Nesting::Single | Nesting::Group);
    if count < min {
        let (summary, detail) = match one {
            true => (
                format!("Missing {name} block"),
                format!("A block of type {name:?} is required here."),
            ),
            false => (
                format!("Insufficient {name} blocks"),
                format!("At least {min} {name:?} blocks are required."),
            ),
        };
        let at = missing_at(body);
        diagnostics.push(scope.sources().error(at, &summary, detail));
    } else if max > 0 && count > max {
        let (summary, detail) = match one {
            true => {
                let before = place(scope.sources(), found[0].span);
                (
                    format!("Duplicate {name} block"),
                    format!(
                        "Only one block of type {name:?} is allowed. Previous definition was at {before}."
                    ),
                )
            }
            false => (
                format!("Too many {name} blocks"),
                format!("No more than {max} {name:?} blocks are allowed."),
            ),
        };
        let at = found[max].span;
        diagnostics.push(scope.sources().error(at, &summary, detail));
    }
}

/// Where something is said to be missing: where the body begins, or where an object of JSON ends.
#[must_use]
pub fn missing_at(body: &Body) -> SrcSpan {
    match body.syntax {
        Syntax::Native => body.span.at_start(),
        Syntax::Json => body.end_span,
    }
}

/// Adds the blocks that a dynamic block stands for. False when how many is not known yet.
fn dynamic<'b>(
    block: &'b Source,
    name: &Arc<str>,
    scope: &dyn Scope,
    found: &mut Vec<Occurrence<'b>>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let (Some(for_each), Some(content)) = (
        block.body.attribute("for_each"),
        block.body.blocks_of("content").next(),
    ) else {
        diagnostics.push(scope.sources().error(
            block.def_span(),
            "Invalid dynamic block",
            "A dynamic block needs the argument \"for_each\" and a nested \"content\" block.",
        ));
        return true;
    };
    let iterator: Arc<str> = match block.body.attribute("iterator") {
        Some(attribute) => match attribute.expr.as_keyword() {
            Some(word) => word.into(),
            None => {
                diagnostics.push(scope.sources().error(
                    attribute.expr.span,
                    "Invalid expression",
                    "The iterator is a single name.",
                ));
                return true;
            }
        },
        None => name.clone(),
    };
    let (collection, marks) = eval(&for_each.expr, scope, diagnostics).unmark();
    let items: Vec<(Value, Value)> = match collection.kind() {
        Kind::Unknown(..) => return false,
        Kind::List(_, items) | Kind::Tuple(items) => items
            .iter()
            .enumerate()
            .map(|(i, v)| (Value::number(trunkline_api::Number::from(i)), v.clone()))
            .collect(),
        Kind::Set(_, items) => items.iter().map(|v| (v.clone(), v.clone())).collect(),
        Kind::Map(_, fields) | Kind::Object(fields) => fields
            .iter()
            .map(|(k, v)| (Value::string(k.clone()), v.clone()))
            .collect(),
        kind => {
            let detail = if matches!(kind, Kind::Null(_)) {
                "Cannot use a null value in for_each.".to_owned()
            } else {
                format!(
                    "Cannot use a {} value in for_each. An iterable collection is required.",
                    collection.ty().friendly_name()
                )
            };
            diagnostics.push(scope.sources().error(
                for_each.expr.span,
                "Invalid dynamic for_each value",
                detail,
            ));
            return true;
        }
    };
    for (key, value) in items {
        let text = key.as_str().map(Arc::from);
        let object = Value::object([
            ("key", key.with_marks(marks)),
            ("value", value.with_marks(marks)),
        ]);
        found.push(Occurrence {
            body: &content.body,
            span: block.def_span(),
            iterator: Some((iterator.clone(), object)),
            key: text,
        });
    }
    true
}

/// A scope with the iterator of a dynamic block.
struct IteratorScope<'a> {
    parent: &'a dyn Scope,
    name: Arc<str>,
    value: Value,
}

impl Scope for IteratorScope<'_> {
    fn sources(&self) -> &Sources {
        self.parent.sources()
    }

    fn resolve(&self, traversal: &Traversal) -> Result<(Value, usize), Unresolved> {
        if traversal.root == self.name {
            return Ok((self.value.clone(), 0));
        }
        self.parent.resolve(traversal)
    }

    fn functions(&self) -> &FunctionContext {
        self.parent.functions()
    }
}
