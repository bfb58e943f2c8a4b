//! The plan of one object: what the kit decides by the schema, before and after the resource's hook.
//!
//! Pure: it compares values and calls nobody.

use std::sync::Arc;

use crate::provider::{NoteKind, PlanNote, PlanRequest, PlanResponse};
use crate::schema::{Block, Nesting};
use crate::{Diagnostic, Diagnostics, Kind, Path, Value, objchange};

use super::attrs;

/// What is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// There is no prior object.
    Create,
    /// There is one, and it stays (perhaps unchanged).
    Update,
    /// It is removed.
    Delete,
}

/// A plan that the resource's hook may still change.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What is planned.
    pub action: Action,
    /// The resource type.
    pub type_name: Arc<str>,
    /// The prior state; null for a create.
    pub prior: Value,
    /// The configuration, possibly with unknown values; null for a delete.
    pub config: Value,
    /// The planned value so far; null for a delete.
    pub planned: Value,
    /// What the provider keeps for itself.
    pub private: Arc<[u8]>,
    /// Attributes whose change cannot be made in place, beyond those of `force_new`.
    pub requires_replace: Vec<Path>,
    /// What a reviewer must know.
    pub notes: Vec<PlanNote>,
    /// Problems.
    pub diagnostics: Diagnostics,
}

impl Draft {
    /// The plan by the schema alone: defaults filled in, computed attributes unknown on create.
    #[must_use]
    pub fn begin(request: PlanRequest, block: &Block, defaults: &[(&'static str, Value)]) -> Draft {
        let action = match (request.prior.is_null(), request.proposed.is_null()) {
            (_, true) => Action::Delete,
            (true, false) => Action::Create,
            (false, false) => Action::Update,
        };
        let with_defaults = |value: &Value, config: &Value| {
            let mut value = value.clone();
            for (name, default) in defaults {
                if attrs::is_unset(config, name) {
                    value = attrs::set(&value, name, default.clone());
                }
            }
            value
        };
        let planned = match action {
            Action::Delete => request.proposed.clone(),
            Action::Create => {
                objchange::unknown_computed(block, &with_defaults(&request.config, &request.config))
            }
            Action::Update => {
                let proposed = with_defaults(&request.proposed, &request.config);
                without_write_only(
                    block,
                    &new_elements_unknown(block, &request.prior, &proposed),
                )
            }
        };
        Draft {
            action,
            type_name: request.type_name,
            prior: request.prior,
            config: request.config,
            planned,
            private: request.private,
            requires_replace: Vec::new(),
            notes: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// The answer: what must be replaced, and what an update in place may change besides.
    #[must_use]
    pub fn finish(
        mut self,
        block: &Block,
        force_new: &[&str],
        changes_with_update: &[&str],
    ) -> PlanResponse {
        if self.action == Action::Update {
            for name in force_new {
                if self.changed(name) {
                    let path = Path::attribute(*name);
                    if !self.requires_replace.contains(&path) {
                        self.requires_replace.push(path);
                    }
                }
            }
            if self.planned != self.prior {
                for name in changes_with_update {
                    self.set_unknown(block, name);
                }
            }
        }
        PlanResponse {
            planned: self.planned,
            requires_replace: self.requires_replace,
            private: self.private,
            notes: self.notes,
            diagnostics: self.diagnostics,
        }
    }

    /// Whether the planned value of attribute `name` differs from the prior one, or may.
    #[must_use]
    pub fn changed(&self, name: &str) -> bool {
        self.planned.attr(name) != self.prior.attr(name)
    }

    /// Plans `value` for attribute `name`.
    pub fn set(&mut self, name: &str, value: Value) {
        self.planned = attrs::set(&self.planned, name, value);
    }

    /// Plans attribute `name` as it was.
    pub fn keep(&mut self, name: &str) {
        if let Some(prior) = self.prior.attr(name).cloned() {
            self.set(name, prior);
        }
    }

    /// Plans attribute `name` as known only after apply. The type is that of the planned value.
    pub fn unknown(&mut self, name: &str) {
        if let Some(ty) = self.planned.attr(name).map(Value::ty) {
            self.set(name, Value::unknown(ty));
        }
    }

    fn set_unknown(&mut self, block: &Block, name: &str) {
        if let Some(attribute) = block.attributes.get(name)
            && attrs::is_unset(&self.config, name)
        {
            self.set(name, Value::unknown(attribute.ty.clone()));
        }
    }

    /// Says that the change of attribute `name` needs a replacement.
    pub fn replace(&mut self, name: &str) {
        self.requires_replace.push(Path::attribute(name));
    }

    /// Adds a note.
    pub fn note(&mut self, kind: NoteKind, text: impl Into<String>) {
        self.notes.push(PlanNote {
            kind,
            text: text.into(),
        });
    }

    /// Adds a problem.
    pub fn problem(&mut self, problem: impl Into<Diagnostic>) {
        self.diagnostics.push(problem.into());
    }
}

/// In nested blocks, computed attributes that neither configuration nor a prior element gives are
/// unknown: those of elements that are new.
fn new_elements_unknown(block: &Block, prior: &Value, proposed: &Value) -> Value {
    let mut result = proposed.clone();
    for (name, nested) in &block.blocks {
        let (Some(new), old) = (proposed.attr(name), prior.attr(name)) else {
            continue;
        };
        let fill = |element: &Value, old: Option<&Value>| match old {
            Some(old) if old == element => element.clone(),
            Some(old) if !old.is_null() && nested.nesting != Nesting::Set => {
                new_elements_unknown(&nested.block, old, element)
            }
            _ => objchange::unknown_computed(&nested.block, element),
        };
        let value = match new.kind() {
            Kind::Set(ty, items) => {
                let olds = old.and_then(Value::as_slice).unwrap_or(&[]);
                let filled = items.iter().map(|e| fill(e, olds.iter().find(|o| *o == e)));
                Value::set(ty.clone(), filled)
            }
            Kind::List(ty, items) => {
                let olds = old.and_then(Value::as_slice).unwrap_or(&[]);
                let filled = items.iter().enumerate().map(|(i, e)| fill(e, olds.get(i)));
                Value::list(ty.clone(), filled)
            }
            Kind::Map(ty, items) => Value::map(
                ty.clone(),
                items
                    .iter()
                    .map(|(k, e)| (k.clone(), fill(e, old.and_then(|o| o.attr(k))))),
            ),
            Kind::Object(_) => fill(new, old),
            _ => continue,
        };
        result = attrs::set(&result, name, value);
    }
    result
}

/// The object without the values of write-only attributes, at any depth of nested blocks.
pub(super) fn without_write_only(block: &Block, object: &Value) -> Value {
    let mut result = object.clone();
    for (name, attribute) in &block.attributes {
        if attribute.write_only && object.attr(name).is_some_and(|v| !v.is_null()) {
            result = attrs::set(&result, name, Value::null(attribute.ty.clone()));
        }
    }
    for (name, nested) in &block.blocks {
        let Some(value) = object.attr(name) else {
            continue;
        };
        let strip = |e: &Value| without_write_only(&nested.block, e);
        let value = match value.kind() {
            Kind::Set(ty, items) => Value::set(ty.clone(), items.iter().map(strip)),
            Kind::List(ty, items) => Value::list(ty.clone(), items.iter().map(strip)),
            Kind::Map(ty, f) => {
                Value::map(ty.clone(), f.iter().map(|(k, e)| (k.clone(), strip(e))))
            }
            Kind::Object(_) => strip(value),
            _ => continue,
        };
        result = attrs::set(&result, name, value);
    }
    result
}
