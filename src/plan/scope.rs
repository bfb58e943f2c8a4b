//! What names mean inside a module instance: references become values.
//!
//! It reads [`Values`] and the configuration; it changes neither.

use std::sync::Arc;

use trunkline_api::{Diagnostic, ObjectType, Type, Value};

use super::values::{RepetitionData, Values};
use crate::address::{InstanceKey, Mode, ModuleInstance, Resource};
use crate::config::block::nearest;
use crate::config::reference::{Subject, parse};
use crate::config::{Config, Module, Repetition};
use crate::lang::ast::{StepKind, Traversal};
use crate::lang::eval::{CallOutcome, Scope, Stage, Unresolved, after};
use crate::lang::functions::{FunctionContext, terraform};
use crate::lang::source::{Sources, SrcSpan};

/// What `path.*` and `terraform.*` give.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `path.cwd`: where the command was started.
    pub cwd: String,
    /// `terraform.workspace`
    pub workspace: String,
    /// `terraform.applying`
    pub applying: bool,
    /// Whether the expressions are a person's, typed at the console.
    pub console: bool,
}

/// The names of one module instance.
pub struct ModuleScope<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The module.
    pub module: &'a Module,
    /// The instance.
    pub instance: &'a ModuleInstance,
    /// The values so far.
    pub values: &'a Values,
    /// `each` and `count` of the object at hand.
    pub repetition: &'a RepetitionData,
    /// `self`
    pub this: Option<&'a Value>,
    /// The object at hand, which may not refer to itself.
    pub own: Option<&'a Resource>,
    /// The check at hand, whose data source may be referred to.
    pub check: Option<&'a Arc<str>>,
    /// Whether only the configuration is known: modules have outputs, but nothing is said of their values.
    pub validating: bool,
    /// `path` and `terraform`
    pub surroundings: &'a Surroundings,
    /// For function calls.
    pub functions: &'a FunctionContext,
}

impl Scope for ModuleScope<'_> {
    fn sources(&self) -> &Sources {
        &self.config.sources
    }

    fn functions(&self) -> &FunctionContext {
        self.functions
    }

    fn in_console(&self) -> bool {
        self.surroundings.console
    }

    fn call_provider(&self, name: &str, args: &[Value]) -> Option<CallOutcome> {
        let (provider, function) = name.strip_prefix("provider::")?.split_once("::")?;
        let required = self.module.required_providers.get(provider)?;
        // The other providers have no functions.
        if required.source.as_deref() != Some(terraform::PROVIDER) {
            return None;
        }
        Some(terraform::lookup(function)?.evaluate(args, self.functions))
    }

    fn has_provider(&self, local_name: &str) -> bool {
        self.module.required_providers.contains_key(local_name)
    }

    fn resolve(&self, traversal: &Traversal) -> Result<(Value, usize), Unresolved> {
        let reference = parse(traversal, self.sources()).map_err(|problem| {
            // Which attributes these have is found when a value is looked for.
            let known = matches!(&*traversal.root, "each" | "count") && traversal.attr(0).is_some();
            let stage = if known { Stage::Value } else { Stage::Form };
            Unresolved::at(stage, problem)
        })?;
        if let Subject::Module(name, key, Some(_)) = &reference.subject
            && *key != InstanceKey::None
            && let Some(call) = self.module.calls.get(name)
            && matches!(call.repetition, Repetition::Single)
        {
            // An instance that there cannot be has no outputs, which is no error.
            return Ok((Value::null(Type::Dynamic), reference.consumed));
        }
        let at = reference.subject_span(traversal);
        let value = self
            .subject(&reference.subject, traversal, reference.consumed, at)
            .map_err(|problem| {
                let stage = match &reference.subject {
                    _ if problem.summary == SELF_REFERENCE => Stage::Own,
                    Subject::Module(..) | Subject::Resource(_) | Subject::This => Stage::Declared,
                    _ => Stage::Value,
                };
                Unresolved::at(stage, problem)
            })?;
        // A module call's instance key is left to ordinary indexing.
        let consumed = match &reference.subject {
            Subject::Module(..) => 1,
            _ => reference.consumed,
        };
        Ok((value, consumed))
    }
}

/// The summary of what is said where an object's configuration refers to the object.
pub const SELF_REFERENCE: &str = "Self-referential block";

impl ModuleScope<'_> {
    fn error(&self, at: SrcSpan, summary: &str, detail: String) -> Diagnostic {
        self.sources().error(at, summary, detail)
    }

    fn subject(
        &self,
        subject: &Subject,
        t: &Traversal,
        consumed: usize,
        at: SrcSpan,
    ) -> Result<Value, Diagnostic> {
        let unknown = || Value::unknown(Type::Dynamic);
        let values = self.values.module(self.instance);
        match subject {
            Subject::Variable(name) => {
                if !self.module.variables.contains_key(name) {
                    return Err(self.error(
                        at,
                        "Reference to undeclared input variable",
                        format!("An input variable with the name {name:?} has not been declared. {}", suggestion(name, self.module.variables.keys(), &format!("This variable can be declared with a variable {name:?} {{}} block."))),
                    ));
                }
                Ok(values.and_then(|v| v.variables.get(name)).cloned().unwrap_or_else(unknown))
            }
            Subject::Local(name) => {
                if !self.module.locals.contains_key(name) {
                    return Err(self.error(
                        at,
                        "Reference to undeclared local value",
                        format!("A local value with the name {name:?} has not been declared. {}", suggestion(name, self.module.locals.keys(), "")).trim_end().to_owned(),
                    ));
                }
                Ok(values.and_then(|v| v.locals.get(name)).cloned().unwrap_or_else(unknown))
            }
            Subject::Module(name, _, output) => self.module_call(name, output.as_ref(), at),
            Subject::Resource(resource) => self.resource(resource, t, consumed, at),
            Subject::Each(false) if self.repetition.each().is_none() => Err(self.error(
                at,
                "each.value cannot be used in this context",
                "A reference to \"each.value\" has been used in a context in which it is unavailable, such as when the configuration no longer contains the value in its \"for_each\" expression. Remove this reference to each.value in your configuration to work around this error.".into(),
            )),
            Subject::Each(key) => match self.repetition.each() {
                Some((k, v)) => Ok(if *key { k.clone() } else { v.clone() }),
                None => Err(self.error(
                    at,
                    "Reference to \"each\" in context without for_each",
                    "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when the \"for_each\" argument is set.".into(),
                )),
            },
            Subject::CountIndex => match self.repetition.index() {
                Some(index) => Ok(index.clone()),
                None => Err(self.error(
                    at,
                    "Reference to \"count\" in non-counted context",
                    "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and only when the \"count\" argument is set.".into(),
                )),
            },
            Subject::This => self.this.cloned().ok_or_else(|| {
                self.error(
                    at,
                    "Invalid \"self\" reference",
                    "The \"self\" object is not available in this context. This object can be used only in resource provisioner, connection, and postcondition blocks.".into(),
                )
            }),
            Subject::Path(name) => {
                let dir = self.module.dir.display().to_string();
                match &**name {
                    "module" => Ok(Value::string(dir)),
                    "root" => Ok(Value::from(".")),
                    "cwd" => Ok(Value::string(self.surroundings.cwd.as_str())),
                    _ => Err(self.error(
                        at,
                        "Invalid \"path\" attribute",
                        format!("The \"path\" object does not have an attribute named {name:?}. {}", suggestion_of(name, &["module", "root", "cwd"])).trim_end().to_owned(),
                    )),
                }
            }
            Subject::Terraform(name) => match &**name {
                "workspace" => Ok(Value::string(self.surroundings.workspace.as_str())),
                "applying" => Ok(Value::bool(self.surroundings.applying)
                    .with_marks(trunkline_api::Marks::EPHEMERAL)),
                "env" => Err(self.error(
                    at,
                    "Invalid \"terraform\" attribute",
                    "The terraform.env attribute was deprecated in v0.10 and removed in v0.12. The \"state environment\" concept was renamed to \"workspace\" in v0.12, and so the workspace name can now be accessed using the terraform.workspace attribute.".into(),
                )),
                _ => Err(self.error(
                    at,
                    "Invalid \"terraform\" attribute",
                    format!("The \"terraform\" object does not have an attribute named {name:?}. The only supported attributes are terraform.workspace, the name of the currently-selected workspace, and terraform.applying, a boolean which is true only during apply."),
                )),
            },
        }
    }

    fn module_call(
        &self,
        name: &Arc<str>,
        output: Option<&Arc<str>>,
        at: SrcSpan,
    ) -> Result<Value, Diagnostic> {
        if !self.module.calls.contains_key(name) {
            return Err(self.error(
                at,
                "Reference to undeclared module",
                format!(
                    "No module call named {name:?} is declared in {}. {}",
                    module_name(self.module),
                    suggestion(name, self.module.calls.keys(), "")
                )
                .trim_end()
                .to_owned(),
            ));
        }
        if self.validating {
            return Ok(self.module_shape(name));
        }
        if let (Some(output), Some(child)) = (output, self.module.children.get(name))
            && !child.outputs.contains_key(output)
        {
            return Err(self.error(
                at,
                "Unsupported attribute",
                format!(
                    "This object does not have an attribute named {output:?}. {}",
                    suggestion(output, child.outputs.keys(), "")
                )
                .trim_end()
                .to_owned(),
            ));
        }
        Ok(self.values.module_call(self.instance, name))
    }

    /// A module as far as the configuration tells: its outputs are of any type.
    fn module_shape(&self, name: &Arc<str>) -> Value {
        let outputs = self.module.children.get(name).into_iter();
        let attributes = outputs.flat_map(|m| m.outputs.keys().cloned());
        let object = Type::Object(Arc::new(ObjectType {
            attributes: attributes.map(|n| (n, Type::Dynamic)).collect(),
            optional: Default::default(),
        }));
        let repetition = self.module.calls.get(name).map(|c| &c.repetition);
        Value::unknown(match repetition {
            Some(Repetition::Count(_)) => Type::list(object),
            Some(Repetition::ForEach(_)) => Type::map(object),
            _ => object,
        })
    }

    /// What a reference names, if that is the resource at hand or an instance of it.
    fn to_itself(&self, resource: &Resource, t: &Traversal, consumed: usize) -> Option<String> {
        if self.own != Some(resource) {
            return None;
        }
        let key = t.steps.get(consumed).map(|s| &s.kind);
        let written = match key {
            Some(StepKind::Index(key)) => match (key.as_str(), key.as_number()) {
                (Some(text), _) => format!("[{text:?}]"),
                (_, Some(number)) => format!("[{number}]"),
                _ => String::new(),
            },
            _ => String::new(),
        };
        Some(format!("{resource}{written}"))
    }

    fn resource(
        &self,
        resource: &Resource,
        t: &Traversal,
        consumed: usize,
        at: SrcSpan,
    ) -> Result<Value, Diagnostic> {
        if let Some(own) = self.to_itself(resource, t, consumed) {
            return Err(self.error(
                at,
                SELF_REFERENCE,
                format!("Configuration for {own} may not refer to itself."),
            ));
        }
        let Some(declared) = self.module.resources.get(resource) else {
            let what = match resource.mode {
                Mode::Data => "A data",
                Mode::Managed => "A managed",
                Mode::Ephemeral => "An ephemeral",
            };
            let mut detail = format!(
                "{what} resource {:?} {:?} has not been declared in {}.",
                resource.type_name,
                resource.name,
                module_name(self.module)
            );
            let others: Vec<&Resource> = self.module.resources.keys().collect();
            let data = Resource::new(
                Mode::Data,
                resource.type_name.clone(),
                resource.name.clone(),
            );
            if resource.mode == Mode::Managed && others.contains(&&data) {
                detail += &format!("\n\nDid you mean the data resource {data}?");
            } else {
                let names: Vec<String> = others.iter().map(|r| r.to_string()).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                if let Some(near) = nearest(&resource.to_string(), &names) {
                    detail += &format!(" Did you mean {near}?");
                }
            }
            return Err(self.error(at, "Reference to undeclared resource", detail));
        };
        if declared.meta.check.is_some() && declared.meta.check.as_ref() != self.check {
            return Err(self.error(
                at,
                "Reference to scoped resource",
                format!(
                    "The referenced data resource {:?} {:?} is not available from this context.",
                    resource.type_name, resource.name
                ),
            ));
        }
        let repeated = match declared.meta.repetition {
            Repetition::Single => None,
            Repetition::Count(_) => Some(("count", "count.index")),
            Repetition::ForEach(_) => Some(("for_each", "each.key")),
        };
        let mut steps = t.steps[consumed.min(t.steps.len())..].iter();
        let mut step = steps.next();
        match (repeated, step.map(|s| &s.kind)) {
            (Some((argument, key)), Some(StepKind::Attr(_))) => {
                return Err(self.error(
                    at,
                    "Missing resource instance key",
                    format!("Because {resource} has {argument:?} set, its attributes must be accessed on specific instances.\n\nFor example, to correlate with indices of a referring resource, use:\n    {resource}[{key}]"),
                ));
            }
            (None, Some(StepKind::Index(_))) => {
                return Err(self.error(
                    at,
                    "Unexpected resource instance key",
                    format!("Because {resource} does not have \"count\" or \"for_each\" set, references to it must not include an index key. Remove the bracketed index to refer to the single instance of this resource."),
                ));
            }
            (Some(_), Some(StepKind::Index(_))) => step = steps.next(),
            _ => {}
        }
        let values = self.values.module(self.instance);
        let instances = values.and_then(|v| v.resources.get(resource));
        if let (Some(instances), Some(step)) = (instances, step)
            && let StepKind::Attr(name) = &step.kind
            && !instances.has_attribute(name)
        {
            let near = match instances.ty() {
                Some(Type::Object(ty)) => suggestion(name, ty.attributes.keys(), ""),
                _ => String::new(),
            };
            let detail = format!(
                "This object has no argument, nested block, or exported attribute named {name:?}. {near}"
            );
            return Err(self.sources().error(
                step.span,
                "Unsupported attribute",
                detail.trim_end(),
            ));
        }
        // What follows an attribute must be possible for its type, whatever its value.
        let rest = steps.as_slice();
        if let (Some(step), false) = (step, rest.is_empty())
            && let StepKind::Attr(name) = &step.kind
            && let Some(Type::Object(shape)) = instances.and_then(|i| i.shape())
            && let Some(ty) = shape.attributes.get(name)
        {
            let mut value = Value::unknown(ty.clone());
            for step in rest {
                value = after(&value, step).map_err(|(summary, detail)| {
                    self.sources().error(step.span, summary, detail)
                })?;
            }
        }
        Ok(instances.map_or_else(|| Value::unknown(Type::Dynamic), |i| i.whole()))
    }
}

/// The module as messages name it.
#[must_use]
pub fn module_name(module: &Module) -> String {
    if module.path.is_root() {
        "the root module".to_owned()
    } else {
        module.path.to_string()
    }
}

fn suggestion<'n>(
    given: &str,
    names: impl Iterator<Item = &'n Arc<str>>,
    otherwise: &str,
) -> String {
    let names: Vec<&str> = names.map(|n| &**n).collect();
    match nearest(given, &names) {
        Some(near) => format!("Did you mean {near:?}?"),
        None => otherwise.to_owned(),
    }
}

fn suggestion_of(given: &str, names: &[&str]) -> String {
    nearest(given, names).map_or_else(String::new, |near| format!("Did you mean {near:?}?"))
}
