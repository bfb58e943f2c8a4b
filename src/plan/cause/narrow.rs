//! The expressions behind what differs: attributes and blocks, narrowed down to fields of what is written as an object.
//!
//! It compares values and reads syntax; it follows no reference.

use trunkline_api::{Path, Step, Value};

use super::field;
use crate::lang::ast::{Body, Expr, ExprKind, ObjectItem};
use crate::plan::model::Drift;

/// A part of an object that differs, and what is written for it.
#[derive(Clone, Debug)]
pub struct Part<'c> {
    /// Its path.
    pub path: Path,
    /// The path as text.
    pub name: String,
    /// The expression, or the expressions of a block.
    pub written: Written<'c>,
    /// The value before.
    pub before: Value,
    /// The value after.
    pub after: Value,
}

/// What is written for a part.
#[derive(Clone, Copy, Debug)]
pub enum Written<'c> {
    /// An expression.
    Expr(&'c Expr),
    /// A block.
    Body(&'c Body),
}

/// The parts of an object that differ and are configured, in the order written.
#[must_use]
pub fn parts<'c>(body: &'c Body, before: &Value, after: &Value) -> Vec<Part<'c>> {
    let mut found = Vec::new();
    let differ = |name: &str| {
        let (b, a) = (field(before, name)?, field(after, name)?);
        (!b.same(&a)).then_some((b, a))
    };
    for attribute in &body.attributes {
        if let Some((before, after)) = differ(&attribute.name) {
            let part = Part {
                path: Path::attribute(attribute.name.clone()),
                name: attribute.name.to_string(),
                written: Written::Expr(&attribute.expr),
                before,
                after,
            };
            narrow(part, &attribute.expr, &mut found);
        }
    }
    let mut last: Option<&str> = None;
    for block in &body.blocks {
        // Blocks that a dynamic block makes have its label's name.
        let name = match &*block.kind {
            "dynamic" => block.label(0),
            kind => kind,
        };
        if let Some((before, after)) = differ(name) {
            let part = Part {
                path: Path::attribute(name),
                name: name.to_owned(),
                written: Written::Body(&block.body),
                before,
                after,
            };
            // Several blocks of a type are one list; each is looked at, and what is said of the first counts once.
            if last != Some(name) || !block.body.references().is_empty() {
                found.push(part);
            }
            last = Some(name);
        }
    }
    found
}

/// Goes into what is written as an object, down to the fields that differ.
fn narrow<'c>(part: Part<'c>, expr: &'c Expr, found: &mut Vec<Part<'c>>) {
    let expr = expr.without_parens();
    let items = match &expr.kind {
        ExprKind::Object(items) => items,
        _ => {
            found.push(Part {
                written: Written::Expr(expr),
                ..part
            });
            return;
        }
    };
    let fields = (part.before.as_fields(), part.after.as_fields());
    let marked = part.before.marks().is_sensitive() || part.after.marks().is_sensitive();
    let (Some(old), Some(new), false) = (fields.0, fields.1, marked) else {
        found.push(part);
        return;
    };
    let mut gone = old.iter().filter(|(k, _)| new.get(k).is_none()).count();
    let mut inner = Vec::new();
    for item in items {
        let Some(key) = item_key(item) else {
            // What a computed key stands for is not known here.
            gone += 1;
            continue;
        };
        let nothing = || Value::null(trunkline_api::Type::Dynamic);
        let (b, a) = (
            old.get(&key).cloned().unwrap_or_else(nothing),
            new.get(&key).cloned().unwrap_or_else(nothing),
        );
        if !b.same(&a) {
            let step = match part.after.ty() {
                trunkline_api::Type::Map(_) => Step::Key(key.as_str().into()),
                _ => Step::Attribute(key.as_str().into()),
            };
            let name = match step {
                Step::Key(_) => format!("{}[{}]", part.name, crate::address::quoted(&key)),
                _ => format!("{}.{key}", part.name),
            };
            let field = Part {
                path: part.path.then(step),
                name,
                written: Written::Expr(&item.value),
                before: b,
                after: a,
            };
            narrow(field, &item.value, &mut inner);
        }
    }
    if gone > 0 || inner.is_empty() {
        found.push(part);
    } else {
        found.extend(inner);
    }
}

/// The key of an item, where it is written as a name or a string.
#[must_use]
pub fn item_key(item: &ObjectItem) -> Option<String> {
    if let Some(name) = item.key_name() {
        return Some(name.to_owned());
    }
    match &item.key.without_parens().kind {
        ExprKind::Literal(value) => value.as_str().map(str::to_owned),
        _ => None,
    }
}

/// Whether a path that forces a replacement is about a part.
#[must_use]
pub fn covers(forcing: &Path, part: &Path) -> bool {
    forcing.starts_with(part) || part.starts_with(forcing)
}

/// Whether a part was changed outside and goes back to what it was.
#[must_use]
pub fn went_back(drift: &Drift, part: &Part<'_>) -> bool {
    let (Some(was), Some(found)) = (part.path.get(&drift.before), part.path.get(&drift.after))
    else {
        return false;
    };
    !was.same(found) && was.same(&part.after) && found.same(&part.before)
}
