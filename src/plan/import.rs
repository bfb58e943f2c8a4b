//! Imports: which objects `import` blocks name, and reading such an object for the first time.
//!
//! Nothing is written to the state here; that the object is taken over is part of the change that is planned.

use std::sync::Arc;

use trunkline_api::coerce::{apply_sensitive_marks, null_object};
use trunkline_api::diagnostic::has_errors;
use trunkline_api::provider::ImportRequest;
use trunkline_api::{Diagnostic, Diagnostics, Kind, Type, Value, convert};

use super::evaluate::{Evaluator, Purpose};
use super::instance::{self, Input, read_again};
use super::prior::mark_paths;
use super::values::RepetitionData;
use crate::address::{Address, InstanceKey, ModuleInstance};
use crate::config::reference::{Subject, parse};
use crate::config::{Config, Import, Repetition};
use crate::event::{Event, Listener};
use crate::lang::ast::Expr;
use crate::lang::source::SrcSpan;
use crate::product;

/// What an import block asks for: instances, and the ids of their objects. Ids are not known when only validating.
pub type Wanted = Vec<(Address, Option<String>)>;

/// The summary of what is wrong with an id.
const INVALID_ID: &str = "Invalid import id argument";

/// Evaluates an import block. Problems are reported with their places.
pub fn resolve(
    import: &Import,
    evaluator: &Evaluator<'_>,
    diagnostics: &mut Diagnostics,
) -> Wanted {
    let mut resolver = Resolver {
        import,
        evaluator,
        diagnostics,
    };
    let mut wanted = Vec::new();
    let Some(repetitions) = resolver.repetitions() else {
        return wanted;
    };
    for repetition in repetitions {
        let before = resolver.diagnostics.len();
        let to = resolver.to(&repetition);
        let id = resolver.id(&repetition);
        if has_errors(&resolver.diagnostics[before..]) {
            continue;
        }
        if let Some(to) = to {
            wanted.push((to, id));
        }
    }
    wanted
}

struct Resolver<'a, 'c> {
    import: &'a Import,
    evaluator: &'a Evaluator<'c>,
    diagnostics: &'a mut Diagnostics,
}

impl Resolver<'_, '_> {
    fn error(&mut self, span: SrcSpan, summary: &str, detail: impl Into<String>) {
        let sources = &self.evaluator.config.sources;
        self.diagnostics.push(sources.error(span, summary, detail));
    }

    fn evaluate(&mut self, expr: &Expr, repetition: &RepetitionData) -> Option<Value> {
        let before = self.diagnostics.len();
        let root = ModuleInstance::root();
        let value = self
            .evaluator
            .expression_in(&root, repetition, expr, self.diagnostics);
        (!has_errors(&self.diagnostics[before..])).then_some(value)
    }

    /// What `each` is in each import of the block; `None` where that is not known or wrong.
    fn repetitions(&mut self) -> Option<Vec<RepetitionData>> {
        const SUMMARY: &str = "Invalid for_each argument";
        let import = self.import;
        let Some(expr) = &import.for_each else {
            return Some(vec![RepetitionData::default()]);
        };
        let value = self.evaluate(expr, &RepetitionData::default())?;
        let value = value.unmark_deep().0;
        let unsure = match value.kind() {
            Kind::Set(_, items) => items.iter().any(|v| !v.is_wholly_known()),
            _ => !value.is_known(),
        };
        if unsure {
            if self.evaluator.purpose == Purpose::Run {
                self.error(expr.span, SUMMARY, product::named("The \"for_each\" expression includes values derived from other resource attributes that cannot be determined until apply, and so {product} cannot determine the full set of values that might be used to import this resource."));
            }
            return None;
        }
        let each = |key: Value, value: &Value| RepetitionData::keyed(key, value.clone());
        Some(match value.kind() {
            Kind::Null(_) => Vec::new(),
            Kind::List(_, items) | Kind::Tuple(items) => {
                let numbered = items.iter().enumerate();
                numbered
                    .map(|(i, v)| each(Value::number(i as i64), v))
                    .collect()
            }
            Kind::Set(_, items) => items.iter().map(|v| each(v.clone(), v)).collect(),
            Kind::Map(_, fields) | Kind::Object(fields) => fields
                .iter()
                .map(|(k, v)| each(Value::string(k.clone()), v))
                .collect(),
            _ => {
                self.error(
                    expr.span,
                    SUMMARY,
                    "The \"for_each\" expression must be a collection.",
                );
                return None;
            }
        })
    }

    /// The instance to import to; `None` where a key is not known or wrong.
    fn to(&mut self, repetition: &RepetitionData) -> Option<Address> {
        let import = self.import;
        let address = import
            .to
            .resolve(&mut |expr| self.key(expr, repetition).ok_or(()))
            .ok()?;
        let config = address.config();
        let module = self.evaluator.config.module(&config.module);
        let resource = module.and_then(|m| m.resources.get(&config.resource));
        let repeated = resource.map_or(&Repetition::Single, |r| &r.meta.repetition);
        // Where nothing is declared only a key that is computed is looked at; the rest is said of the block.
        if resource.is_none() && import.for_each.is_none() {
            return Some(address);
        }
        let problem = match (&address.key, repeated) {
            (InstanceKey::Str(_), Repetition::Single | Repetition::Count(_)) => {
                "The target resource does not use for_each."
            }
            (InstanceKey::Int(_), Repetition::Single | Repetition::ForEach(_)) => {
                "The target resource does not use count."
            }
            (InstanceKey::None, Repetition::Count(_)) => "The target resource is using count.",
            (InstanceKey::None, Repetition::ForEach(_)) => "The target resource is using for_each.",
            _ => return Some(address),
        };
        self.error(import.to_span, "Invalid import 'to' expression", problem);
        None
    }

    fn key(&mut self, expr: &Expr, repetition: &RepetitionData) -> Option<InstanceKey> {
        for reference in expr.references() {
            if &*reference.root != "each" {
                let text = format!(
                    "There is no variable named {:?}. Only \"each.key\" and \"each.value\" can be used in import address index expressions.",
                    reference.root
                );
                self.error(reference.span, "Unknown variable", text);
                return None;
            }
        }
        let value = self.evaluate(expr, repetition)?.unmark_deep().0;
        let key = match value.kind() {
            Kind::Unknown(..) => return None,
            Kind::String(s) => Some(InstanceKey::Str(s.clone())),
            Kind::Number(n) => match n.to_i64() {
                Some(n) => Some(InstanceKey::Int(n)),
                None => {
                    self.error(expr.span, "Invalid address", "Invalid resource instance key: value must be a whole number, between -9223372036854775808 and 9223372036854775807.");
                    return None;
                }
            },
            _ => None,
        };
        if key.is_none() {
            self.error(
                expr.span,
                "Invalid address",
                "Invalid resource instance key: either a string or an integer is required.",
            );
        }
        key
    }

    fn id(&mut self, repetition: &RepetitionData) -> Option<String> {
        let import = self.import;
        let span = import.id.span;
        let own = import.to.config();
        let refers_to_itself = own.module.is_root()
            && import.id.references().iter().any(|t| {
                let subject = parse(t, &self.evaluator.config.sources).map(|r| r.subject);
                subject == Ok(Subject::Resource(own.resource.clone()))
            });
        if refers_to_itself {
            self.error(
                span,
                INVALID_ID,
                "The import ID cannot reference the resource being imported.",
            );
            return None;
        }
        let value = self.evaluate(&import.id, repetition)?.unmark_deep().0;
        let Ok(value) = convert(&value, &Type::String) else {
            self.error(
                span,
                "Incorrect value type",
                "Invalid expression value: string required.",
            );
            return None;
        };
        if !value.is_known() {
            if self.evaluator.purpose == Purpose::Run {
                self.error(span, INVALID_ID, product::named("The import block \"id\" argument depends on resource attributes that cannot be determined until apply, so {product} cannot plan to import this resource."));
            }
            return None;
        }
        match value.as_str() {
            None => self.error(span, INVALID_ID, "The import ID cannot be null."),
            Some("") => self.error(
                span,
                INVALID_ID,
                "The import ID value evaluates to an empty string, please provide a non-empty value.",
            ),
            Some(id) => return Some(id.to_owned()),
        }
        None
    }
}

/// What is wrong with where a block imports to: nothing is declared there, and nothing can be generated for it.
#[must_use]
pub fn misplaced(import: &Import, config: &Config) -> Option<Diagnostic> {
    let to = import.to.config();
    let module = config.module(&to.module);
    if module.is_some_and(|m| m.resources.contains_key(&to.resource)) {
        return None;
    }
    let detail = if module.is_none() {
        format!(
            "The configuration for the given import target {} does not exist. All target instances must have an associated configuration to be imported.",
            import
                .to
                .literal()
                .map_or_else(|| to.to_string(), |a| a.to_string())
        )
    } else if !to.module.is_root() {
        format!(
            "Resource {to} not found. Only resources within the root module are eligible for config generation."
        )
    } else if import.for_each.is_some()
        || import
            .to
            .literal()
            .is_none_or(|a| a.key != InstanceKey::None)
    {
        "The given import block is not compatible with config generation. The -generate-config-out option cannot be used with import blocks which use for_each, or resources which use for_each or count.".to_owned()
    } else {
        return None;
    };
    Some(config.sources.error(import.to_span, MISSING, detail))
}

/// The summary of an import to what is not declared.
const MISSING: &str = "Configuration for import target does not exist";

/// The error for an import to a resource that is not declared, where no configuration is generated.
#[must_use]
pub fn undeclared(import: &Import, config: &Config) -> Diagnostic {
    let to = import.to.config();
    config.sources.error(
        import.to_span,
        MISSING,
        format!("The configuration for the given import target {to} does not exist. If you wish to automatically generate config for this resource, use the -generate-config-out option within trunkline plan. Otherwise, make sure the target resource exists within your configuration. For example:\n\n  trunkline plan -generate-config-out=generated.tf"),
    )
}

/// The error for an import to an instance that is not declared.
#[must_use]
pub fn no_such_instance(address: &Address) -> Diagnostic {
    Diagnostic::error(
        MISSING,
        format!(
            "The configuration for the given import {address} does not exist. All target instances must have an associated configuration to be imported."
        ),
    )
}

type Found = ((Value, Arc<[u8]>), Diagnostics);

/// Looks up the object with an id and reads it.
pub async fn object(input: &Input, id: &str, listener: &dyn Listener) -> Found {
    let none = || (null_object(&input.schema.block), Arc::from([]));
    let failed = |problem: Diagnostic| (none(), vec![problem]);
    if !input.slot.configured {
        return failed(Diagnostic::error(
            "Provider configuration not known",
            format!(
                "{} cannot be imported because the configuration of {} depends on what is known only after apply.",
                input.address, input.slot.address
            ),
        ));
    }
    listener.event(Event::ImportPrepare {
        address: input.address.clone(),
        id: id.to_owned(),
    });
    let wanted = match &input.wanted {
        instance::Wanted::Configured(wanted) => Some(wanted),
        _ => None,
    };
    let response = input
        .slot
        .instance
        .import(ImportRequest {
            type_name: input.address.resource.type_name.clone(),
            id: id.to_owned(),
            config: wanted.map_or_else(|| Value::null(Type::Dynamic), |w| w.config.clone()),
        })
        .await;
    let mut diagnostics = response.diagnostics;
    if has_errors(&diagnostics) {
        return (none(), diagnostics);
    }
    let state = response.state.filter(|s| !s.is_null());
    let Some(state) = state else {
        diagnostics.push(missing(&input.address));
        return (none(), diagnostics);
    };
    let mut state = apply_sensitive_marks(&state, &input.schema.block);
    if let Some(wanted) = wanted.filter(|_| response.worded) {
        state = mark_paths(&state, &wanted.marks);
    }
    let private = response.private.unwrap_or_else(|| Arc::from([]));
    let ((found, private), problems) = read_again(input, &state, &private, listener).await;
    diagnostics.extend(problems);
    if found.is_null() && !has_errors(&diagnostics) {
        diagnostics.push(missing(&input.address));
    }
    ((found, private), diagnostics)
}

fn missing(address: &Address) -> Diagnostic {
    Diagnostic::error(
        "Cannot import non-existent remote object",
        format!(
            "While attempting to import an existing object to \"{address}\", the provider detected that no object exists with the given id. Only pre-existing objects can be imported; check that the id is correct and that it is associated with the provider's configured region or endpoint, or use \"trunkline apply\" to create a new remote object for this resource."
        ),
    )
}
