//! The configuration as the `configuration` part of a plan's JSON: what was written, with constant values and
//! references told apart.
//!
//! Nothing is evaluated that refers to anything: an expression is a constant, or its references.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use trunkline_api::Nesting;
use trunkline_api::json::to_json;
use trunkline_api::schema::Block as Schema;

use crate::address::{InstanceKey, Mode, ModulePath};
use crate::config::reference::{self, Subject};
use crate::config::resource::default_provider;
use crate::config::{Config, Module, ModuleCall, ProviderName, Repetition, ResourceConfig};
use crate::lang::ast::{Block, Body, Expr, Step, StepKind, Syntax, Traversal};
use crate::lang::eval::{eval_constant, eval_unreferenced};
use crate::lang::json_syntax;
use crate::lang::source::Sources;
use crate::plan::provisioner;
use crate::report::Schemas;

/// Where the source addresses of providers and the schemas of their blocks are found.
pub trait ProviderFacts: Schemas {
    /// The source address that a local name means in a module.
    fn source(&self, module: &ModulePath, local: &str) -> Option<String>;
    /// The schema of a provider's own block.
    fn provider(&self, source: &str) -> Option<&Schema>;
}

/// The document.
#[must_use]
pub fn configuration_json(config: &Config, facts: &dyn ProviderFacts) -> Json {
    let writer = Writer { config, facts };
    let mut out = Map::new();
    let providers = writer.providers();
    if !providers.is_empty() {
        out.insert("provider_config".into(), Json::Object(providers));
    }
    out.insert("root_module".into(), writer.module(&config.root));
    Json::Object(out)
}

struct Writer<'c> {
    config: &'c Config,
    facts: &'c dyn ProviderFacts,
}

/// Puts what says something; an empty object says nothing.
fn put(out: &mut Map<String, Json>, key: &str, value: Map<String, Json>) {
    if !value.is_empty() {
        out.insert(key.to_owned(), Json::Object(value));
    }
}

/// How a provider configuration is called in the whole configuration.
fn provider_key(module: &ModulePath, name: &ProviderName) -> String {
    match module.is_root() {
        true => name.to_string(),
        false => format!("{module}:{name}"),
    }
}

impl Writer<'_> {
    fn sources(&self) -> &Sources {
        &self.config.sources
    }

    /// Every provider configuration: those with a block, and those that the root has without one.
    fn providers(&self) -> Map<String, Json> {
        let mut found: BTreeMap<String, Json> = BTreeMap::new();
        for module in self.config.modules() {
            for name in module.providers.keys() {
                self.provider(&module.path, name, &mut found);
            }
            let required = module.required_providers.keys().map(|local| ProviderName {
                local: local.clone(),
                alias: None,
            });
            let used = module
                .resources
                .values()
                .map(|r| ProviderName::clone(&r.provider));
            // What is imported and not declared has a provider too.
            let imports = module.imports.iter().filter(|import| {
                let to = import.to.config();
                to.module.is_root() && !module.resources.contains_key(&to.resource)
            });
            let imported = imports.map(|import| match &import.provider {
                Some((name, _)) => name.clone(),
                None => default_provider(&import.to.config().resource.type_name),
            });
            for name in required.chain(used).chain(imported) {
                let (path, name) = self.served(&module.path, &name);
                self.provider(&path, &name, &mut found);
            }
        }
        found.into_iter().collect()
    }

    fn provider(&self, path: &ModulePath, name: &ProviderName, found: &mut BTreeMap<String, Json>) {
        let key = provider_key(path, name);
        if found.contains_key(&key) {
            return;
        }
        let module = self.config.module(path);
        let source = self.facts.source(path, &name.local);
        let mut out = Map::new();
        out.insert("name".into(), json!(&*name.local));
        if let Some(source) = &source {
            out.insert("full_name".into(), json!(source));
        }
        if let Some(alias) = &name.alias {
            out.insert("alias".into(), json!(&**alias));
        }
        let required = module.and_then(|m| m.required_providers.get(&name.local));
        if let Some(version) = required.and_then(|r| r.version.as_ref()) {
            out.insert("version_constraint".into(), json!(version));
        }
        if !path.is_root() {
            out.insert("module_address".into(), json!(path.to_string()));
        }
        let schema = source.and_then(|s| self.facts.provider(&s));
        let block = module.and_then(|m| m.providers.get(name));
        if let (Some(block), Some(schema)) = (block, schema) {
            put(
                &mut out,
                "expressions",
                self.expressions(&block.body, schema),
            );
        }
        found.insert(key, Json::Object(out));
    }

    /// The provider configuration that `name` means in a module. One that is only implied by a resource is the
    /// module's own where no module around it has one of that name.
    fn served(&self, path: &ModulePath, name: &ProviderName) -> (ModulePath, ProviderName) {
        let own = || (path.clone(), name.clone());
        let Some(module) = self.config.module(path) else {
            return own();
        };
        let here = module.providers.contains_key(name) || path.is_root();
        let Some((parent, call)) = path.parent().filter(|_| !here) else {
            return own();
        };
        let call = self.config.module(&parent).and_then(|m| m.calls.get(&call));
        if let Some(outer) = call.and_then(|c| c.providers.get(name)) {
            return self.served(&parent, outer);
        }
        let declared = module.required_providers.contains_key(&name.local);
        match name.alias.is_none() && (declared || self.known_around(&parent, name)) {
            true => self.served(&parent, name),
            false => own(),
        }
    }

    /// Whether the module at `path` or one around it has a provider of this name.
    fn known_around(&self, path: &ModulePath, name: &ProviderName) -> bool {
        let known = self.config.module(path).is_some_and(|m| {
            m.providers.contains_key(name)
                || m.required_providers.contains_key(&name.local)
                || m.resources.values().any(|r| *r.provider == *name)
        });
        known
            || path
                .parent()
                .is_some_and(|(p, _)| self.known_around(&p, name))
    }

    fn module(&self, module: &Module) -> Json {
        let mut out = Map::new();
        let outputs = module.outputs.values().map(|output| {
            let mut body = Map::new();
            if output.sensitive {
                body.insert("sensitive".into(), json!(true));
            }
            body.insert("expression".into(), self.expression(&output.expr));
            self.depends_on(&mut body, &output.depends_on);
            if let Some(text) = output.description.as_ref().filter(|d| !d.is_empty()) {
                body.insert("description".into(), json!(text));
            }
            (output.name.to_string(), Json::Object(body))
        });
        put(&mut out, "outputs", outputs.collect());
        let mut resources: Vec<(u8, String, Json)> = module
            .resources
            .values()
            .map(|r| {
                let rank = match r.address.resource.mode {
                    Mode::Managed => 0,
                    Mode::Data => 1,
                    Mode::Ephemeral => 2,
                };
                (
                    rank,
                    r.address.resource.to_string(),
                    self.resource(module, r),
                )
            })
            .collect();
        resources.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        if !resources.is_empty() {
            let resources = resources.into_iter().map(|(_, _, json)| json);
            out.insert("resources".into(), resources.collect());
        }
        let calls = module
            .calls
            .values()
            .map(|call| (call.name.to_string(), self.call(module, call)));
        put(&mut out, "module_calls", calls.collect());
        let variables = module.variables.values().map(|variable| {
            let mut body = Map::new();
            if let Some(default) = &variable.default {
                let value = eval_constant(default, self.sources(), &mut Vec::new());
                let value = variable.constraint.convert(&value).unwrap_or(value);
                body.insert("default".into(), to_json(&value));
            }
            if let Some(text) = variable.description.as_ref().filter(|d| !d.is_empty()) {
                body.insert("description".into(), json!(text));
            }
            if variable.sensitive {
                body.insert("sensitive".into(), json!(true));
            }
            (variable.name.to_string(), Json::Object(body))
        });
        put(&mut out, "variables", variables.collect());
        Json::Object(out)
    }

    fn resource(&self, module: &Module, resource: &ResourceConfig) -> Json {
        let mode = match resource.address.resource.mode {
            Mode::Managed => "managed",
            Mode::Data => "data",
            Mode::Ephemeral => "ephemeral",
        };
        let mut out = Map::new();
        out.insert(
            "address".into(),
            json!(resource.address.resource.to_string()),
        );
        out.insert("mode".into(), json!(mode));
        out.insert("type".into(), json!(&*resource.address.resource.type_name));
        out.insert("name".into(), json!(&*resource.address.resource.name));
        let (path, name) = self.served(&module.path, &resource.provider);
        out.insert(
            "provider_config_key".into(),
            json!(provider_key(&path, &name)),
        );
        let provisioners = resource.meta.provisioners.list.iter().map(|p| {
            let mut out = Map::new();
            out.insert("type".into(), json!(&*p.kind));
            if let Some(schema) = provisioner::schema(&p.kind) {
                put(&mut out, "expressions", self.expressions(&p.body, &schema));
            }
            Json::Object(out)
        });
        let provisioners: Vec<Json> = provisioners.collect();
        if !provisioners.is_empty() {
            out.insert("provisioners".into(), Json::Array(provisioners));
        }
        let source = self.facts.source(&module.path, &resource.provider.local);
        let schema = source.and_then(|source| {
            let of = &resource.address.resource;
            self.facts.resource(&source, of.mode, &of.type_name)
        });
        if let Some(schema) = schema {
            let expressions = self.expressions(&resource.body, &schema.block);
            put(&mut out, "expressions", expressions);
        }
        let version = schema.map_or(0, |s| s.version);
        out.insert("schema_version".into(), json!(version));
        self.repetition(&mut out, &resource.meta.repetition);
        self.depends_on(&mut out, &resource.meta.depends_on);
        Json::Object(out)
    }

    fn call(&self, module: &Module, call: &ModuleCall) -> Json {
        let mut out = Map::new();
        out.insert("source".into(), json!(call.source));
        let child = module.children.get(&call.name);
        let inputs = call.inputs.attributes.iter();
        let declared = inputs.filter(|a| child.is_some_and(|c| c.variables.contains_key(&a.name)));
        let expressions = declared.map(|a| (a.name.to_string(), self.expression(&a.expr)));
        put(&mut out, "expressions", expressions.collect());
        self.repetition(&mut out, &call.repetition);
        if let Some(child) = child {
            out.insert("module".into(), self.module(child));
        }
        self.depends_on(&mut out, &call.depends_on);
        Json::Object(out)
    }

    fn repetition(&self, out: &mut Map<String, Json>, repetition: &Repetition) {
        let (key, expr) = match repetition {
            Repetition::Single => return,
            Repetition::Count(expr) => ("count_expression", expr),
            Repetition::ForEach(expr) => ("for_each_expression", expr),
        };
        if let Json::Object(expression) = self.expression(expr) {
            put(out, key, expression);
        }
    }

    fn depends_on(&self, out: &mut Map<String, Json>, depends_on: &[Traversal]) {
        let named = depends_on
            .iter()
            .filter_map(|t| self.named(t).into_iter().next());
        let all: Vec<String> = named.collect();
        if !all.is_empty() {
            out.insert("depends_on".into(), json!(all));
        }
    }

    /// The arguments and blocks that `schema` knows; blocks that are made dynamically are left out.
    fn expressions(&self, body: &Body, schema: &Schema) -> Map<String, Json> {
        let mut out = Map::new();
        for name in schema.attributes.keys() {
            if let Some(attribute) = body.attribute(name) {
                out.insert(name.to_string(), self.expression(&attribute.expr));
            }
        }
        for (name, nested) in &schema.blocks {
            let labels: &[&'static str] = match nested.nesting {
                Nesting::Map => &["key"],
                _ => &[],
            };
            let mut blocks: Vec<Block> = body.blocks_of(name).cloned().collect();
            if body.syntax == Syntax::Json
                && let Some(attribute) = body.attribute(name)
            {
                blocks.extend(json_syntax::blocks(attribute, labels, self.sources()).0);
            }
            let mut contents = blocks
                .iter()
                .map(|b| Json::Object(self.expressions(&b.body, &nested.block)));
            if blocks.is_empty() {
                continue;
            }
            let json = match nested.nesting {
                Nesting::Single | Nesting::Group => contents.next_back().unwrap_or_default(),
                Nesting::List | Nesting::Set => contents.collect(),
                Nesting::Map => {
                    let keys = blocks.iter().map(|b| b.label(0).to_owned());
                    Json::Object(keys.zip(contents).collect())
                }
            };
            out.insert(name.to_string(), json);
        }
        out
    }

    fn expression(&self, expr: &Expr) -> Json {
        let mut out = Map::new();
        let value = eval_unreferenced(expr, self.sources());
        if value.is_wholly_known() {
            out.insert("constant_value".into(), to_json(&value));
        }
        let references: Vec<String> = expr
            .references()
            .into_iter()
            .flat_map(|t| self.references(t))
            .collect();
        if !references.is_empty() {
            out.insert("references".into(), json!(references));
        }
        Json::Object(out)
    }

    /// A reference in full, and shorter by one step each time, down to the object that it names.
    fn references(&self, traversal: &Traversal) -> Vec<String> {
        let named = self.named(traversal);
        let Some(subject) = named.first() else {
            return Vec::new();
        };
        let consumed = self.consumed(traversal);
        let rest = &traversal.steps[consumed.min(traversal.steps.len())..];
        let longer = (1..=rest.len())
            .rev()
            .map(|n| format!("{subject}{}", steps_text(&rest[..n])));
        longer.chain(named.clone()).collect()
    }

    /// How many steps name the object, its key included.
    fn consumed(&self, traversal: &Traversal) -> usize {
        match reference::parse(traversal, self.sources()) {
            Ok(found) => {
                let keyed = matches!(found.subject, Subject::Resource(_))
                    && key_at(traversal, found.consumed).is_some();
                found.consumed + usize::from(keyed)
            }
            Err(_) => 0,
        }
    }

    /// The object that a reference names, followed by what it is an instance or an output of.
    fn named(&self, traversal: &Traversal) -> Vec<String> {
        let Ok(found) = reference::parse(traversal, self.sources()) else {
            return Vec::new();
        };
        match found.subject {
            Subject::Variable(name) => vec![format!("var.{name}")],
            Subject::Local(name) => vec![format!("local.{name}")],
            Subject::Path(name) => vec![format!("path.{name}")],
            Subject::Terraform(name) => vec![format!("terraform.{name}")],
            Subject::Each(true) => vec!["each.key".into()],
            Subject::Each(false) => vec!["each.value".into()],
            Subject::CountIndex => vec!["count.index".into()],
            Subject::This => vec!["self".into()],
            Subject::Resource(resource) => match key_at(traversal, found.consumed) {
                Some(key) => vec![format!("{resource}{key}"), resource.to_string()],
                None => vec![resource.to_string()],
            },
            Subject::Module(name, key, Some(output)) => {
                let call = format!("module.{name}{key}");
                vec![format!("{call}.{output}"), call]
            }
            Subject::Module(name, InstanceKey::None, None) => vec![format!("module.{name}")],
            Subject::Module(name, key, None) => {
                vec![format!("module.{name}{key}"), format!("module.{name}")]
            }
        }
    }
}

/// The instance key that step `at` is, if it is one.
fn key_at(traversal: &Traversal, at: usize) -> Option<InstanceKey> {
    let StepKind::Index(key) = &traversal.steps.get(at)?.kind else {
        return None;
    };
    match (key.as_str(), key.as_number()) {
        (Some(text), _) => Some(InstanceKey::Str(text.into())),
        (None, Some(n)) => n.to_i64().map(InstanceKey::Int),
        (None, None) => None,
    }
}

fn steps_text(steps: &[Step]) -> String {
    let text = |step: &Step| match &step.kind {
        StepKind::Attr(name) => format!(".{name}"),
        StepKind::Index(key) => match (key.as_str(), key.as_number()) {
            (Some(text), _) => format!("[{text:?}]"),
            (None, Some(n)) => format!("[{n}]"),
            (None, None) => "[...]".into(),
        },
    };
    steps.iter().map(text).collect()
}
