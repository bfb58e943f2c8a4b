//! What a reference means: the object it names and the steps that are left for the value.
//!
//! It looks nothing up; whether the object exists is for the scope that evaluates.

use std::sync::Arc;

use trunkline_api::{Diagnostic, Kind};

use crate::address::{InstanceKey, Mode, Resource};
use crate::lang::ast::{StepKind, Traversal};
use crate::lang::source::{Sources, SrcSpan};

/// The object that a reference names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// `var.name`
    Variable(Arc<str>),
    /// `local.name`
    Local(Arc<str>),
    /// `module.name`, `module.name[key]` and, with a name, `module.name[key].output`.
    Module(Arc<str>, InstanceKey, Option<Arc<str>>),
    /// `type.name`, `data.type.name`, `ephemeral.type.name`
    Resource(Resource),
    /// `each.key` (true) or `each.value`
    Each(bool),
    /// `count.index`
    CountIndex,
    /// `self`
    This,
    /// `path.module`, `path.root`, `path.cwd`
    Path(Arc<str>),
    /// `terraform.workspace`, `terraform.applying`
    Terraform(Arc<str>),
}

/// A reference, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What it names.
    pub subject: Subject,
    /// How many steps of the traversal name the subject.
    pub consumed: usize,
}

impl Reference {
    /// The part of the reference that names the object.
    #[must_use]
    pub fn subject_span(&self, traversal: &Traversal) -> SrcSpan {
        subject_span(traversal, self.consumed)
    }
}

/// The root of a reference with as many steps after it.
#[must_use]
pub fn subject_span(traversal: &Traversal, steps: usize) -> SrcSpan {
    let named = traversal.steps.iter().take(steps);
    named.fold(traversal.root_span, |span, step| span.to(step.span))
}

/// Understands a reference, or says what is wrong with it.
pub fn parse(traversal: &Traversal, sources: &Sources) -> Result<Reference, Diagnostic> {
    let one = |make: fn(Arc<str>) -> Subject, summary: &str| match traversal.shared_attr(0) {
        Some(name) => Ok(Reference {
            subject: make(name.clone()),
            consumed: 1,
        }),
        None => Err(sources.error(traversal.span, summary, not_an_attribute(traversal))),
    };
    match &*traversal.root {
        "var" => one(Subject::Variable, "Reference to undeclared input variable"),
        "local" => one(Subject::Local, "Reference to undeclared local value"),
        "path" => one(Subject::Path, "Invalid \"path\" attribute"),
        "terraform" => one(Subject::Terraform, "Invalid \"terraform\" attribute"),
        name @ ("template" | "lazy" | "arg") => Err(sources.error(
            traversal.span,
            "Reserved symbol name",
            format!("The symbol name {name:?} is reserved for use in a future Terraform version. If you are using a provider that already uses this as a resource type name, add the prefix \"resource.\" to force interpretation as a resource type name."),
        )),
        "self" => Ok(Reference {
            subject: Subject::This,
            consumed: 0,
        }),
        "each" => match traversal.attr(0) {
            Some(name @ ("key" | "value")) => Ok(Reference {
                subject: Subject::Each(name == "key"),
                consumed: 1,
            }),
            Some(other) => Err(sources.error(
                traversal.span,
                "Invalid \"each\" attribute",
                format!("The \"each\" object does not have an attribute named {other:?}. The supported attributes are each.key and each.value, the current key and value pair of the \"for_each\" attribute set."),
            )),
            None => one(Subject::Local, "Invalid \"each\" attribute"),
        },
        "count" => match traversal.attr(0) {
            Some("index") => Ok(Reference {
                subject: Subject::CountIndex,
                consumed: 1,
            }),
            Some(other) => Err(sources.error(
                traversal.span,
                "Invalid \"count\" attribute",
                format!("The \"count\" object does not have an attribute named {other:?}. The only supported attribute is count.index, which is the index of each instance of a resource block that has the \"count\" argument set."),
            )),
            None => one(Subject::Local, "Invalid \"count\" attribute"),
        },
        "module" => module_reference(traversal, sources),
        "data" => resource_reference(traversal, Mode::Data, 0, sources),
        "ephemeral" => resource_reference(traversal, Mode::Ephemeral, 0, sources),
        "resource" => resource_reference(traversal, Mode::Managed, 0, sources),
        _ => resource_reference(traversal, Mode::Managed, usize::MAX, sources),
    }
}

/// What is wrong with a root that an attribute must follow: nothing follows, or something else does.
fn not_an_attribute(t: &Traversal) -> String {
    let root = &*t.root;
    match t.steps.is_empty() {
        true => format!(
            "The {root:?} object cannot be accessed directly. Instead, access one of its attributes."
        ),
        false => format!("The {root:?} object does not support this operation."),
    }
}

fn module_reference(t: &Traversal, sources: &Sources) -> Result<Reference, Diagnostic> {
    let Some(name) = t.shared_attr(0) else {
        return Err(sources.error(t.span, "Invalid reference", not_an_attribute(t)));
    };
    let mut consumed = 1;
    let mut key = InstanceKey::None;
    if let Some(StepKind::Index(value)) = t.steps.get(1).map(|s| &s.kind) {
        let found = match value.kind() {
            Kind::String(s) => Some(InstanceKey::Str(s.clone())),
            Kind::Number(n) => n.to_i64().map(InstanceKey::Int),
            _ => None,
        };
        if let Some(found) = found {
            key = found;
            consumed = 2;
        }
    }
    let output = t.shared_attr(consumed).cloned();
    consumed += usize::from(output.is_some());
    Ok(Reference {
        subject: Subject::Module(name.clone(), key, output),
        consumed,
    })
}

/// `start` is the step that holds the type, or `usize::MAX` when the root does.
fn resource_reference(
    t: &Traversal,
    mode: Mode,
    start: usize,
    sources: &Sources,
) -> Result<Reference, Diagnostic> {
    let whole = start == usize::MAX;
    let (type_name, name, consumed) = if whole {
        (Some(&t.root), t.shared_attr(0), 1)
    } else {
        let name = t.shared_attr(start + 1);
        (t.shared_attr(start), name, start + 2)
    };
    let kind = match mode {
        Mode::Managed => "a resource type",
        Mode::Data => "a data source",
        Mode::Ephemeral => "an ephemeral resource type",
    };
    let detail = match (type_name, name) {
        (Some(type_name), Some(name)) => {
            return Ok(Reference {
                subject: Subject::Resource(Resource::new(mode, type_name.clone(), name.clone())),
                consumed,
            });
        }
        _ if !whole && t.steps.len() < start + 2 => {
            let kind = match mode {
                Mode::Managed => "resource type",
                Mode::Data => "data source type",
                Mode::Ephemeral => "ephemeral resource type",
            };
            format!(
                "The {:?} object must be followed by two attribute names: the {kind} and the resource name.",
                &*t.root
            )
        }
        (None, _) => not_an_attribute(t),
        _ => format!(
            "A reference to {kind} must be followed by at least one attribute access, specifying the resource name."
        ),
    };
    Err(sources.error(t.span, "Invalid reference", detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::parser::parse_expression;

    #[test]
    fn references_that_mean_nothing_are_refused_with_their_reason() {
        let cases = [
            (
                "var",
                "Reference to undeclared input variable",
                "cannot be accessed directly",
            ),
            (
                "var[\"x\"]",
                "Reference to undeclared input variable",
                "does not support this operation",
            ),
            (
                "local",
                "Reference to undeclared local value",
                "cannot be accessed directly",
            ),
            (
                "path[0]",
                "Invalid \"path\" attribute",
                "does not support this operation",
            ),
            (
                "terraform[\"workspace\"]",
                "Invalid \"terraform\" attribute",
                "does not support",
            ),
            (
                "each",
                "Invalid \"each\" attribute",
                "cannot be accessed directly",
            ),
            (
                "count",
                "Invalid \"count\" attribute",
                "cannot be accessed directly",
            ),
            ("count.foo", "Invalid \"count\" attribute", "named \"foo\""),
            ("template.x", "Reserved symbol name", "\"resource.\""),
            ("data.x", "Invalid reference", "two attribute names"),
            ("module", "Invalid reference", "cannot be accessed directly"),
            ("module[\"a\"]", "Invalid reference", "does not support"),
            (
                "data[\"a\"]",
                "Invalid reference",
                "the data source type and",
            ),
            (
                "data[\"a\"].b",
                "Invalid reference",
                "\"data\" object does not support",
            ),
            ("data.a[0]", "Invalid reference", "to a data source must be"),
            (
                "resource.a",
                "Invalid reference",
                "\"resource\" object must be followed by two",
            ),
            (
                "resource.a[0]",
                "Invalid reference",
                "to a resource type must be",
            ),
            (
                "ephemeral.a[0]",
                "Invalid reference",
                "to an ephemeral resource type",
            ),
            ("aws_x", "Invalid reference", "to a resource type must be"),
        ];
        for (text, summary, part) in cases {
            let sources = Sources::default();
            let file = sources.add("t", text);
            let (expr, _) = parse_expression(&sources, file);
            let problem = parse(expr.references()[0], &sources).unwrap_err();
            assert_eq!(problem.summary, summary, "{text}");
            assert!(problem.detail.contains(part), "{text}: {}", problem.detail);
        }
    }
}
