//! `replace_triggered_by`: whether a reference names something that changes in this plan.
//!
//! It looks at changes that are already planned; it decides nothing about the replacement itself.

use trunkline_api::{Diagnostic, Diagnostics, Number, Path, Step, Value};

use super::evaluate::Evaluator;
use super::model::{Action, ResourceChange};
use super::values::RepetitionData;
use crate::address::{Address, ConfigAddress, InstanceKey, ModuleInstance};
use crate::config::reference::{Subject, parse};
use crate::lang::ast::{Expr, ExprKind, StepKind, Traversal};
use crate::lookup::Lookup;

/// What a trigger is judged by.
pub struct Context<'a, 'c> {
    /// Evaluates index expressions.
    pub evaluator: &'a Evaluator<'c>,
    /// The instance that would be replaced.
    pub instance: &'a Address,
    /// Its `each` and `count`.
    pub repetition: &'a RepetitionData,
    /// The changes planned so far.
    pub changes: &'a [ResourceChange],
    /// Whether the plan leaves out instances that there are.
    pub partial: bool,
    /// Where the changes of a resource are in them.
    pub changes_of: &'a Lookup<ConfigAddress, Vec<usize>>,
}

/// A trigger taken apart: the reference before any computed index, that index, and the steps after it.
struct Parts<'e> {
    base: &'e Traversal,
    index: Option<&'e Expr>,
    rest: &'e [crate::lang::ast::Step],
}

fn parts(expr: &Expr) -> Option<Parts<'_>> {
    match &expr.without_parens().kind {
        ExprKind::Traversal(t) => Some(Parts {
            base: t,
            index: None,
            rest: &[],
        }),
        ExprKind::Index(i) => Some(Parts {
            base: i.collection.as_static_traversal()?,
            index: Some(&i.key),
            rest: &[],
        }),
        ExprKind::Relative(r) => {
            let inner = parts(&r.source)?;
            Some(Parts {
                rest: &r.steps,
                ..inner
            })
        }
        _ => None,
    }
}

/// Whether what `trigger` names changes.
pub fn fires(trigger: &Expr, context: &Context<'_, '_>, diagnostics: &mut Diagnostics) -> bool {
    let sources = &context.evaluator.config.sources;
    let found = parts(trigger).and_then(|p| match parse(p.base, sources).ok()?.subject {
        Subject::Resource(resource) => Some((p, resource)),
        _ => None,
    });
    let Some((parts, resource)) = found else {
        diagnostics.push(sources.error(
            trigger.span,
            "Invalid replace_triggered_by expression",
            "Only references to managed resources, their instances and their attributes are allowed here.",
        ));
        return false;
    };
    let address = ConfigAddress::new(context.instance.module.path(), resource);
    let consumed = if address.resource.mode == crate::address::Mode::Data {
        2
    } else {
        1
    };
    let mut steps: Vec<Step> = Vec::new();
    let mut key = InstanceKey::None;
    let mut first = true;
    for step in parts.base.steps.iter().skip(consumed) {
        match &step.kind {
            StepKind::Index(value) if first => key = instance_key(value),
            StepKind::Index(value) => steps.extend(value_step(value)),
            StepKind::Attr(name) => steps.push(Step::Attribute(name.clone())),
        }
        first = false;
    }
    if let Some(index) = parts.index {
        let value = context.evaluator.resource_expression(
            &context.instance.module,
            context.repetition,
            None,
            index,
            diagnostics,
        );
        if steps.is_empty() && key == InstanceKey::None {
            key = instance_key(&value);
        } else {
            steps.extend(value_step(&value));
        }
    }
    for step in parts.rest {
        match &step.kind {
            StepKind::Attr(name) => steps.push(Step::Attribute(name.clone())),
            StepKind::Index(value) => steps.extend(value_step(value)),
        }
    }
    let path = Path(steps);
    let indices = context.changes_of.get(&address).into_iter().flatten();
    let mut changes = indices
        .map(|i| &context.changes[*i])
        .filter(|c| c.deposed.is_none() && c.address.module == context.instance.module)
        .filter(|c| key == InstanceKey::None || c.address.key == key)
        .peekable();
    if key != InstanceKey::None && !context.partial && changes.peek().is_none() {
        diagnostics.push(none_found(context.instance, &address, key));
        return false;
    }
    changes.any(|c| changes_at(c, &path))
}

/// The error for an instance that is not in the plan.
fn none_found(instance: &Address, named: &ConfigAddress, key: InstanceKey) -> Diagnostic {
    let local = Address::new(ModuleInstance::root(), named.resource.clone(), key);
    let module = match instance.module.is_root() {
        true => "the root module".to_owned(),
        false => instance.module.to_string(),
    };
    Diagnostic::error(
        format!("no change found for {local} in {module}"),
        format!(
            "{instance} is to be replaced when that instance changes, as its replace_triggered_by says, but there is no such instance. Name one that there is, or the resource as a whole."
        ),
    )
}

fn changes_at(change: &ResourceChange, path: &Path) -> bool {
    if matches!(change.action, Action::NoOp | Action::Read) {
        return false;
    }
    if path.0.is_empty() {
        return true;
    }
    let (before, after) = (path.get(&change.before), path.get(&change.after));
    match (before, after) {
        (Some(b), Some(a)) => !a.same(b) || !a.is_wholly_known(),
        (None, None) => false,
        _ => true,
    }
}

fn instance_key(value: &Value) -> InstanceKey {
    match (value.as_str(), value.as_number().and_then(Number::to_i64)) {
        (Some(text), _) => InstanceKey::Str(text.into()),
        (None, Some(n)) => InstanceKey::Int(n),
        (None, None) => InstanceKey::None,
    }
}

fn value_step(value: &Value) -> Option<Step> {
    match (value.as_str(), value.as_number().and_then(Number::to_usize)) {
        (Some(text), _) => Some(Step::Key(text.into())),
        (None, Some(n)) => Some(Step::Index(n)),
        (None, None) => None,
    }
}
