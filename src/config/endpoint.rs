//! Addresses of objects written as expressions: the `from` and `to` of `moved`, `removed` and `import`.
//!
//! It takes an expression apart and says what is wrong with it; whether the object is declared is for others.

use std::sync::Arc;

use trunkline_api::{Diagnostic, Kind, Value};

use crate::address::{
    Address, ConfigAddress, InstanceKey, Mode, ModuleInstance, ModulePath, Resource, Target,
};
use crate::lang::ast::{Attribute, Expr, ExprKind, Step, StepKind, Traversal};
use crate::lang::source::{Sources, SrcSpan};

/// A key of an instance as an `import` block writes it.
#[derive(Clone, Debug, PartialEq)]
pub enum WrittenKey {
    /// A literal key, or none.
    Known(InstanceKey),
    /// An expression of `each.key` and `each.value`.
    Computed(Expr),
}

/// An address whose keys may be expressions.
#[derive(Clone, Debug, PartialEq)]
pub struct WrittenAddress {
    /// The modules with their keys, from the root.
    pub module: Vec<(Arc<str>, WrittenKey)>,
    /// The resource.
    pub resource: Resource,
    /// The key of the instance.
    pub key: WrittenKey,
}

impl WrittenAddress {
    /// The resource in the configuration.
    #[must_use]
    pub fn config(&self) -> ConfigAddress {
        ConfigAddress::new(
            ModulePath(self.module.iter().map(|(name, _)| name.clone()).collect()),
            self.resource.clone(),
        )
    }

    /// The address, if all keys are literal.
    #[must_use]
    pub fn literal(&self) -> Option<Address> {
        self.resolve(&mut |_| Err(())).ok()
    }

    /// The address with the keys that `evaluate` makes of expressions.
    pub fn resolve<E>(
        &self,
        evaluate: &mut dyn FnMut(&Expr) -> Result<InstanceKey, E>,
    ) -> Result<Address, E> {
        let mut known = |key: &WrittenKey| match key {
            WrittenKey::Known(key) => Ok(key.clone()),
            WrittenKey::Computed(expr) => evaluate(expr),
        };
        let mut module = Vec::new();
        for (name, key) in &self.module {
            module.push((name.clone(), known(key)?));
        }
        Ok(Address::new(
            ModuleInstance(module.into()),
            self.resource.clone(),
            known(&self.key)?,
        ))
    }
}

/// What `removed` names: keys are not allowed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemovedFrom {
    /// A resource.
    Resource(ConfigAddress),
    /// A module and all in it.
    Module(ModulePath),
}

impl std::fmt::Display for RemovedFrom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RemovedFrom::Resource(address) => address.fmt(f),
            RemovedFrom::Module(path) => path.fmt(f),
        }
    }
}

/// A step of an address: a name, a literal key, or an expression for a key.
enum Part<'a> {
    Name(&'a Arc<str>),
    Literal(&'a Value),
    Computed(&'a Expr),
}

struct Parts<'a> {
    parts: Vec<(Part<'a>, SrcSpan)>,
    span: SrcSpan,
    at: usize,
    sources: &'a Sources,
}

type Parsed<T> = Result<T, Box<Diagnostic>>;

const NO_NAME: &str = "Resource specification must include a resource type and name.";

/// Names that begin references to other things than resources.
const RESERVED: &[&str] = &[
    "arg",
    "count",
    "each",
    "lazy",
    "local",
    "path",
    "self",
    "template",
    "terraform",
    "var",
];

impl<'a> Parts<'a> {
    fn of(traversal: &'a Traversal, sources: &'a Sources) -> Parts<'a> {
        let mut parts = vec![(Part::Name(&traversal.root), traversal.root_span)];
        push_steps(&mut parts, &traversal.steps);
        Parts {
            parts,
            span: traversal.span,
            at: 0,
            sources,
        }
    }

    fn computed(expr: &'a Expr, sources: &'a Sources) -> Option<Parts<'a>> {
        let mut parts = Vec::new();
        flatten(expr, &mut parts)?;
        Some(Parts {
            parts,
            span: expr.span,
            at: 0,
            sources,
        })
    }

    fn name(&self, ahead: usize) -> Option<&'a Arc<str>> {
        match self.parts.get(self.at + ahead)?.0 {
            Part::Name(name) => Some(name),
            _ => None,
        }
    }

    fn error<T>(&self, ahead: usize, summary: &str, detail: impl Into<String>) -> Parsed<T> {
        let part = self.parts.get(self.at + ahead);
        let span = part.map_or(self.span, |p| p.1);
        Err(Box::new(self.sources.error(span, summary, detail)))
    }

    fn ended(&self) -> bool {
        self.at >= self.parts.len()
    }

    /// The key at the reading place, if there is one.
    fn key(&mut self, of_module: bool) -> Parsed<WrittenKey> {
        let (summary, wrong_type, wrong_number) = match of_module {
            true => (
                "Invalid address operator",
                "Invalid module key: must be either a string or an integer.",
                "Invalid module index: value must be a whole number, between -9223372036854775808 and 9223372036854775807.",
            ),
            false => (
                "Invalid address",
                "Invalid resource instance key: either a string or an integer is required.",
                "Invalid resource instance key: value must be a whole number, between -9223372036854775808 and 9223372036854775807.",
            ),
        };
        let key = match self.parts.get(self.at).map(|p| &p.0) {
            None | Some(Part::Name(_)) => return Ok(WrittenKey::Known(InstanceKey::None)),
            Some(Part::Computed(expr)) => WrittenKey::Computed((*expr).clone()),
            Some(Part::Literal(value)) => match value.kind() {
                Kind::String(s) => WrittenKey::Known(InstanceKey::Str(s.clone())),
                Kind::Number(n) => match n.to_i64() {
                    Some(n) => WrittenKey::Known(InstanceKey::Int(n)),
                    None => return self.error(0, summary, wrong_number),
                },
                _ => return self.error(0, summary, wrong_type),
            },
        };
        self.at += 1;
        Ok(key)
    }

    /// The modules at the beginning.
    fn modules(&mut self) -> Parsed<Vec<(Arc<str>, WrittenKey)>> {
        let mut modules = Vec::new();
        while self.name(0).is_some_and(|n| &**n == "module") {
            let Some(name) = self.name(1) else {
                return self.error(
                    0,
                    "Invalid address operator",
                    "Prefix \"module.\" must be followed by a module name.",
                );
            };
            self.at += 2;
            modules.push((name.clone(), self.key(true)?));
            if !self.ended() && self.name(0).is_none() {
                return self.error(
                    0,
                    "Invalid address operator",
                    "Module address prefix must be followed by dot and then a name.",
                );
            }
        }
        Ok(modules)
    }

    /// The resource at the reading place.
    fn resource(&mut self) -> Parsed<Resource> {
        let mut mode = Mode::Managed;
        match self.name(0).map(|n| &**n) {
            Some("data") => (mode, self.at) = (Mode::Data, self.at + 1),
            Some("ephemeral") => (mode, self.at) = (Mode::Ephemeral, self.at + 1),
            Some("resource") => self.at += 1,
            Some(root) if RESERVED.contains(&root) => {
                return self.error(
                    usize::MAX - self.at,
                    "Invalid address",
                    format!("The keyword {root:?} is reserved and cannot be used to target a resource address. If you are targeting a resource type that uses a reserved keyword, please prefix your address with \"resource.\"."),
                );
            }
            _ => {}
        }
        if self.ended() {
            return Err(Box::new(Diagnostic::error("Invalid address", NO_NAME)));
        }
        self.type_and_name(mode)
    }

    fn type_and_name(&mut self, mode: Mode) -> Parsed<Resource> {
        let Some(type_name) = self.name(0) else {
            return self.error(0, "Invalid address", "A resource type name is required.");
        };
        if self.at + 1 >= self.parts.len() {
            return self.error(0, "Invalid address", NO_NAME);
        }
        let Some(name) = self.name(1) else {
            return self.error(1, "Invalid address", "A resource name is required.");
        };
        self.at += 2;
        Ok(Resource::new(mode, type_name.clone(), name.clone()))
    }

    /// The key of an instance, and nothing after it.
    fn instance_key(&mut self) -> Parsed<WrittenKey> {
        if self.parts.len() > self.at + 1 {
            return self.error(
                1,
                "Invalid address",
                "Unexpected extra operators after address.",
            );
        }
        if self.name(0).is_some() {
            return self.error(
                0,
                "Invalid address",
                "Resource instance key must be given in square brackets.",
            );
        }
        self.key(false)
    }
}

fn push_steps<'a>(parts: &mut Vec<(Part<'a>, SrcSpan)>, steps: &'a [Step]) {
    for step in steps {
        let part = match &step.kind {
            StepKind::Attr(name) => Part::Name(name),
            StepKind::Index(value) => Part::Literal(value),
        };
        parts.push((part, step.span));
    }
}

/// The parts of an address whose keys may be expressions; `None` where it is something else.
fn flatten<'a>(expr: &'a Expr, parts: &mut Vec<(Part<'a>, SrcSpan)>) -> Option<()> {
    match &expr.kind {
        ExprKind::Traversal(t) => {
            parts.push((Part::Name(&t.root), t.root_span));
            push_steps(parts, &t.steps);
        }
        ExprKind::Index(index) => {
            flatten(&index.collection, parts)?;
            parts.push((Part::Computed(&index.key), index.brackets_span));
        }
        ExprKind::Relative(relative) => {
            flatten(&relative.source, parts)?;
            push_steps(parts, &relative.steps);
        }
        ExprKind::JsonString(string) => flatten(string.native.as_ref()?, parts)?,
        _ => return None,
    }
    Some(())
}

/// The object that one side of a `moved` block names.
pub fn moved(traversal: &Traversal, sources: &Sources) -> Parsed<Target> {
    let mut parts = Parts::of(traversal, sources);
    let modules = parts.modules()?;
    let known = |key: WrittenKey| match key {
        WrittenKey::Known(key) => key,
        // A traversal has literal keys only.
        WrittenKey::Computed(_) => InstanceKey::None,
    };
    let module = ModuleInstance(modules.into_iter().map(|(n, k)| (n, known(k))).collect());
    if parts.ended() {
        return Ok(Target::Module(module));
    }
    let resource = parts.resource()?;
    let key = known(parts.instance_key()?);
    Ok(Target::Instance(Address::new(module, resource, key)))
}

/// What a `removed` block names.
pub fn removed(traversal: &Traversal, sources: &Sources) -> Parsed<RemovedFrom> {
    let mut parts = Parts::of(traversal, sources);
    let mut path = ModulePath::root();
    while parts.name(0).is_some_and(|n| &**n == "module") {
        let Some(name) = parts.name(1) else {
            return parts.error(
                0,
                "Invalid address operator",
                "Prefix \"module.\" must be followed by a module name.",
            );
        };
        path = path.child(name);
        parts.at += 2;
        if !parts.ended() && parts.name(0).is_none() {
            return parts.error(
                0,
                "Module instance keys not allowed",
                "Module address must be a module (e.g. \"module.foo\"), not a module instance (e.g. \"module.foo[1]\").",
            );
        }
    }
    if parts.ended() {
        return Ok(RemovedFrom::Module(path));
    }
    let mut mode = Mode::Managed;
    if parts.name(0).is_some_and(|n| &**n == "data") {
        mode = Mode::Data;
        parts.at += 1;
        if parts.ended() {
            return Err(Box::new(Diagnostic::error("Invalid address", NO_NAME)));
        }
    }
    let resource = parts.type_and_name(mode)?;
    if !parts.ended() {
        return parts.error(
            0,
            "Resource instance keys not allowed",
            "Resource address must be a resource (e.g. \"test_instance.foo\"), not a resource instance (e.g. \"test_instance.foo[1]\").",
        );
    }
    match mode {
        Mode::Data => Err(Box::new(sources.error(
            traversal.span,
            "Data source address not allowed",
            "Data sources are never destroyed, so they are not valid targets of removed blocks. To remove the data source from state, remove the data source block from configuration.",
        ))),
        _ => Ok(RemovedFrom::Resource(ConfigAddress::new(path, resource))),
    }
}

/// The instance that an `import` block is for, as `to` says; what is wrong with it otherwise, every problem of it.
pub fn import(to: &Attribute, sources: &Sources) -> Result<WrittenAddress, Vec<Diagnostic>> {
    let expr = &to.expr;
    let only_managed = || {
        sources.error(
            to.name_span.to(expr.span),
            "Invalid import address",
            "Only managed resources can be imported.",
        )
    };
    let Some(mut parts) = Parts::computed(expr, sources) else {
        return Err(vec![not_static(expr, sources), only_managed()]);
    };
    match import_parts(&mut parts) {
        Ok(Some(address)) => Ok(address),
        Ok(None) => Err(vec![only_managed()]),
        Err(problem) => Err(vec![*problem, only_managed()]),
    }
}

fn import_parts(parts: &mut Parts<'_>) -> Parsed<Option<WrittenAddress>> {
    let module = parts.modules()?;
    if parts.ended() {
        parts.at = 0;
        return Err(Box::new(parts.sources.error(
            parts.span,
            "Invalid address",
            "A resource instance address is required here. The module path must be followed by a resource instance specification.",
        )));
    }
    let resource = parts.resource()?;
    let key = parts.instance_key()?;
    let address = WrittenAddress {
        module,
        resource,
        key,
    };
    Ok(Some(address).filter(|a| a.resource.mode == Mode::Managed))
}

/// The error for an expression that is no reference with constant keys.
pub fn not_static(expr: &Expr, sources: &Sources) -> Diagnostic {
    sources.error(
        expr.span,
        "Invalid expression",
        "A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, function calls, template expressions, etc are allowed here.",
    )
}
