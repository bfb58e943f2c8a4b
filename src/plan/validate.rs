//! Offline checks: each object by its provider's rules, and rules that hold between objects.
//!
//! Needs neither state nor network. The `validate` command walks here with nothing known but the
//! configuration; planning uses the same checks with what it knows.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use trunkline_api::diagnostic::has_errors;
use trunkline_api::provider::{DeclaredObject, Role, ValidateRequest, World};
use trunkline_api::{Block, Diagnostic, Diagnostics, Path, Provider, Step, Value};

use super::block::missing_at;
use super::evaluate::{Evaluator, Purpose};
use super::hidden::Hidden;
use super::providers::{Providers, Registry};
use super::scope::Surroundings;
use super::values::{Instances, RepetitionData};
use super::{depends_on, import, origin, provisioner, windows};
use crate::address::{Address, ConfigAddress, Mode};
use crate::config::own::ChangeWindow;
use crate::config::{Config, Module, ResourceConfig};
use crate::graph::config_graph::{ConfigGraph, Node};
use crate::graph::dag::Index;
use crate::lang::ast::{Body, Expr, ExprKind};
use crate::lang::functions::FunctionContext;
use crate::lang::source::{Sources, SrcSpan};

/// Checks one object by its provider's offline rules. What `config` marks as sensitive is not told.
pub fn check(
    address: &dyn Fn() -> Address,
    provider: &dyn Provider,
    resource: &ResourceConfig,
    schema: &Block,
    config: &Value,
    sources: &Sources,
) -> Diagnostics {
    let request = ValidateRequest {
        mode: resource.address.resource.mode,
        type_name: resource.address.resource.type_name.clone(),
        config: config.clone().unmark_deep().0,
        literals: match schema.has_sensitive() {
            true => literals(&resource.body),
            false => Vec::new(),
        },
    };
    let problems = provider.validate(&request);
    if problems.is_empty() {
        return problems;
    }
    let address = address();
    let problems = Hidden::of(config).out_of(problems).into_iter();
    problems
        .map(|d| place_in(d, &address, resource, sources))
        .collect()
}

/// The problem with the place of the attribute that it is about, as the configuration has it.
#[must_use]
pub fn place(diagnostic: Diagnostic, address: &Address, config: &Config) -> Diagnostic {
    let module = config.module(&address.module.path());
    match module.and_then(|m| m.resources.get(&address.resource)) {
        Some(resource) => place_in(diagnostic, address, resource, &config.sources),
        None => diagnostic,
    }
}

fn place_in(
    mut diagnostic: Diagnostic,
    address: &Address,
    resource: &ResourceConfig,
    sources: &Sources,
) -> Diagnostic {
    if diagnostic.address.is_none() {
        diagnostic.address = Some(address.to_string());
    }
    // What is about nothing has no place either.
    if diagnostic.span.is_none() && diagnostic.address.as_deref() != Some("") {
        let found = diagnostic
            .attribute
            .as_ref()
            .and_then(|p| span_of(&resource.body, &p.0));
        diagnostic.span = Some(sources.span(found.unwrap_or_else(|| missing_at(&resource.body))));
    }
    diagnostic
}

/// Where the value at a path is written; the nearest thing around it that is.
fn span_of(body: &Body, path: &[Step]) -> Option<SrcSpan> {
    let (Step::Attribute(name), rest) = path.split_first()? else {
        return None;
    };
    if let Some(attribute) = body.attribute(name) {
        return Some(expr_span(&attribute.expr, rest));
    }
    let (nth, rest) = match rest.split_first() {
        Some((Step::Index(i), rest)) => (*i, rest),
        _ => (0, rest),
    };
    let block = body.blocks_of(name).nth(nth)?;
    span_of(&block.body, rest).or_else(|| Some(block.def_span()))
}

fn expr_span(expr: &Expr, path: &[Step]) -> SrcSpan {
    let Some((step, rest)) = path.split_first() else {
        return expr.span;
    };
    let inner = match (step, &expr.kind) {
        (Step::Index(i), ExprKind::Tuple(items)) => items.get(*i),
        (Step::Attribute(name) | Step::Key(name), ExprKind::Object(items)) => items
            .iter()
            .find(|i| i.key_name().or_else(|| i.key.as_literal_string()) == Some(name))
            .map(|i| &i.value),
        _ => None,
    };
    inner.map_or(expr.span, |e| expr_span(e, rest))
}

/// The attributes that are written as literals.
fn literals(body: &Body) -> Vec<Path> {
    let mut found = Vec::new();
    for attribute in &body.attributes {
        if attribute.expr.as_literal().is_some() {
            found.push(Path::attribute(attribute.name.clone()));
        }
        for item in attribute.expr.as_object().unwrap_or_default() {
            let name = item.key_name().or_else(|| item.key.as_literal_string());
            if let (Some(name), Some(_)) = (name, item.value.as_literal()) {
                found.push(Path(vec![
                    Step::Attribute(attribute.name.clone()),
                    Step::Attribute(name.into()),
                ]));
            }
        }
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for block in &body.blocks {
        let n = counts.entry(&block.kind).or_default();
        for path in literals(&block.body) {
            let mut steps = vec![Step::Attribute(block.kind.clone()), Step::Index(*n)];
            steps.extend(path.0);
            found.push(Path(steps));
        }
        *n += 1;
    }
    found
}

/// Checks a whole configuration, beside its project's change windows, with nothing known but itself.
pub fn validate(
    config: &Config,
    windows: &[ChangeWindow],
    graph: &ConfigGraph,
    registry: &dyn Registry,
    surroundings: Surroundings,
    functions: &dyn Fn(&Module) -> FunctionContext,
) -> Diagnostics {
    let mut diagnostics = provisioner::missing(config);
    if has_errors(&diagnostics) {
        return diagnostics;
    }
    let given = BTreeMap::new();
    let mut evaluator = Evaluator::new(config, Purpose::Validate, surroundings, given, functions);
    let mut providers = Providers::new(registry, World::Live, BTreeMap::new());
    let missing = unavailable(config, graph, &mut providers);
    if !missing.is_empty() {
        return missing;
    }
    let judges = judges(config, &mut providers);
    let mut declared = (!judges.is_empty()).then(Declared::default);
    walk(
        graph,
        &mut evaluator,
        &mut providers,
        declared.as_mut(),
        &mut diagnostics,
    );
    depends_on::check(config, &evaluator, &mut diagnostics);
    for block in &config.root.imports {
        let before = diagnostics.len();
        drop(import::resolve(block, &evaluator, &mut diagnostics));
        if !has_errors(&diagnostics[before..]) {
            diagnostics.extend(import::misplaced(block, config));
        }
    }
    if let Some(declared) = declared.filter(|_| !has_errors(&diagnostics)) {
        diagnostics.extend(judged(config, windows, declared, &judges));
    }
    // The walk goes along the graph; people read along the files.
    diagnostics.sort_by(|a, b| a.span.cmp(&b.span));
    diagnostics
}

/// What the rules between objects say when the root variables are known, as they are to a plan. Everything else is said
/// elsewhere: by [`validate`], and by the plan itself.
pub fn related(
    config: &Config,
    windows: &[ChangeWindow],
    graph: &ConfigGraph,
    registry: &dyn Registry,
    surroundings: Surroundings,
    functions: &dyn Fn(&Module) -> FunctionContext,
    variables: &BTreeMap<Arc<str>, Value>,
) -> Diagnostics {
    let mut providers = Providers::new(registry, World::Live, BTreeMap::new());
    let judges = judges(config, &mut providers);
    if judges.is_empty() || config.root.variables.is_empty() {
        return Diagnostics::new();
    }
    let given = variables.clone();
    let evaluator = Evaluator::new(config, Purpose::Validate, surroundings, given, functions);
    let mut evaluator = evaluator.knowing_variables();
    let (mut declared, mut told) = (Declared::default(), Diagnostics::new());
    walk(
        graph,
        &mut evaluator,
        &mut providers,
        Some(&mut declared),
        &mut told,
    );
    match has_errors(&told) {
        true => Diagnostics::new(),
        false => judged(config, windows, declared, &judges),
    }
}

/// The objects of a configuration, and what no message may tell of them.
#[derive(Default)]
struct Declared {
    objects: Vec<DeclaredObject>,
    hidden: Hidden,
}

/// Evaluates and checks everything in the graph's order, and collects what is declared.
fn walk(
    graph: &ConfigGraph,
    evaluator: &mut Evaluator<'_>,
    providers: &mut Providers<'_>,
    mut declared: Option<&mut Declared>,
    diagnostics: &mut Diagnostics,
) {
    let config = evaluator.config;
    for &index in &graph.order {
        match graph.dag.node(index) {
            Node::Variable(path, name) => evaluator.variable(path, name, diagnostics),
            Node::Local(path, name) => evaluator.local(path, name, diagnostics),
            Node::Check(path, name) => evaluator.check(path, name, diagnostics),
            Node::Checking => {}
            Node::Output(path, name) => evaluator.output(path, name, diagnostics),
            Node::Call(path, name) => evaluator.call(path, name, diagnostics),
            // As in Terraform, a configuration that nothing uses is not looked at.
            Node::Provider(..) if !graph.serves(index) => {}
            Node::Provider(path, name) => {
                let slot = match providers.open(config, path, name) {
                    Ok(slot) => slot,
                    Err(problem) => {
                        diagnostics.push(problem);
                        continue;
                    }
                };
                let block = slot.instance.schema().provider.block.clone();
                let value = evaluator.provider_config(path, name, &block, diagnostics);
                let hidden = Hidden::of(&value);
                if let Some(declared) = &mut declared {
                    declared.hidden.add(&value);
                }
                let value = value.unmark_deep().0;
                let span = config
                    .module(path)
                    .and_then(|m| m.providers.get(name))
                    .map(|p| p.span);
                for mut problem in hidden.out_of(slot.instance.validate_provider(&value)) {
                    problem.span = problem.span.or(span.map(|s| config.sources.span(s)));
                    diagnostics.push(problem);
                }
                if let Some(declared) = &mut declared {
                    declared.objects.push(DeclaredObject {
                        address: format!("provider.{name}"),
                        provider: name.local.clone(),
                        role: Role::Provider,
                        config: value,
                        provider_address: slot.address.to_string(),
                        references: origin::of_provider(config, path, name),
                    });
                }
                providers.put(path.clone(), name.clone(), slot);
            }
            Node::Resource(address) => {
                let declared = declared.as_deref_mut();
                resource(
                    (index, address),
                    graph,
                    evaluator,
                    providers,
                    declared,
                    diagnostics,
                );
            }
        }
    }
}

/// What every judge says of the objects, beside the change windows.
fn judged(
    config: &Config,
    windows: &[ChangeWindow],
    declared: Declared,
    judges: &[Arc<dyn Provider>],
) -> Diagnostics {
    let Declared {
        mut objects,
        hidden,
    } = declared;
    name_blocks(&mut objects);
    objects.extend(windows::declared(windows, &objects));
    let judges = judges.iter();
    let found = judges.flat_map(|judge| between(config, &objects, judge.as_ref()));
    hidden.out_of(found.collect())
}

/// Names the provider block that each object uses by the block's own address; so far it is that of the configured
/// provider, which is the same wherever it is passed to.
fn name_blocks(declared: &mut [DeclaredObject]) {
    let blocks = declared.iter().filter(|o| o.role == Role::Provider);
    let blocks: BTreeMap<String, String> = blocks
        .map(|block| (block.provider_address.clone(), block.address.clone()))
        .collect();
    for object in declared {
        if let Some(block) = blocks.get(&object.provider_address) {
            object.provider_address.clone_from(block);
        }
    }
}

/// The providers that the configuration needs and that there are not; nothing can be said without their schemas.
fn unavailable(config: &Config, graph: &ConfigGraph, providers: &mut Providers<'_>) -> Diagnostics {
    let mut found: BTreeMap<Arc<str>, Diagnostic> = BTreeMap::new();
    for index in graph.dag.indices() {
        if let Node::Provider(path, name) = graph.dag.node(index)
            && let Ok(source) = providers.source(config, path, &name.local)
            && let Err(problem) = providers.plain(&source)
        {
            found.entry(source).or_insert(problem);
        }
    }
    found.into_values().collect()
}

fn resource(
    (index, address): (Index, &ConfigAddress),
    graph: &ConfigGraph,
    evaluator: &mut Evaluator<'_>,
    providers: &mut Providers<'_>,
    mut declared: Option<&mut Declared>,
    diagnostics: &mut Diagnostics,
) {
    let config = evaluator.config;
    let written = graph.declared(config, index);
    let resource = &address.resource;
    let serving = graph.at(index).provider.as_ref();
    let serving = serving.and_then(|provider| providers.serving(&provider.key, resource));
    let (Some(written), Some(serving)) = (written, serving) else {
        return;
    };
    let (slot, schema) = match serving {
        Ok(serving) => serving,
        Err(unserved) => {
            diagnostics.push(unserved.problem(config, address));
            return;
        }
    };
    for (module, expansion) in evaluator.instances_of(written, address, diagnostics) {
        for (key, repetition) in expansion.instances {
            let value = evaluator.config_of(
                written,
                resource,
                &module,
                &repetition,
                &schema.block,
                diagnostics,
            );
            // Few have anything to say by their address.
            let instance = LazyCell::new(|| address.instance(module.clone(), key.clone()));
            diagnostics.extend(check(
                &|| instance.clone(),
                slot.instance.as_ref(),
                written,
                &schema.block,
                &value,
                &config.sources,
            ));
            let plain = value.clone().unmark_deep().0;
            // `self` may be any object of the type that it comes to.
            let this = || {
                let planned = trunkline_api::objchange::unknown_computed(&schema.block, &plain);
                Value::unknown(planned.ty())
            };
            if !written.meta.provisioners.list.is_empty() {
                provisioners(
                    written,
                    evaluator,
                    &instance,
                    &repetition,
                    &this(),
                    diagnostics,
                );
            }
            if !written.meta.lifecycle.preconditions.is_empty() {
                evaluator.preconditions(&instance, &repetition, diagnostics);
            }
            if !written.meta.lifecycle.postconditions.is_empty() {
                evaluator.postconditions(&instance, &repetition, &this(), diagnostics);
            }
            let Some(declared) = &mut declared else {
                continue;
            };
            declared.hidden.add(&value);
            declared.objects.push(DeclaredObject {
                address: instance.to_string(),
                provider: own_name(&slot.source),
                role: match resource.mode {
                    Mode::Managed => Role::Managed(resource.type_name.clone()),
                    Mode::Data => Role::Data(resource.type_name.clone()),
                    Mode::Ephemeral => Role::Ephemeral(resource.type_name.clone()),
                },
                config: plain,
                provider_address: slot.address.to_string(),
                references: origin::of_resource(config, address),
            });
        }
        if !graph.is_asked_for(index) {
            continue;
        }
        // A reference to the resource is wholly unknown; only its attributes are.
        let instances = Instances::of_type(schema.block.implied_type());
        evaluator
            .values
            .module_mut(&module)
            .resources
            .insert(resource.clone(), instances);
    }
}

/// Checks the provisioners of an object; the first with a problem ends it, as in Terraform.
fn provisioners(
    written: &ResourceConfig,
    evaluator: &Evaluator<'_>,
    instance: &Address,
    repetition: &RepetitionData,
    this: &Value,
    diagnostics: &mut Diagnostics,
) {
    for provisioner in &written.meta.provisioners.list {
        let config = provisioner::configuration(
            provisioner,
            &written.meta.provisioners,
            evaluator,
            &instance.module,
            repetition,
            this,
            diagnostics,
        );
        if config.is_none() {
            return;
        }
    }
}

/// The provider's own name, whatever a module calls it.
fn own_name(source: &str) -> Arc<str> {
    source.rsplit('/').next().unwrap_or(source).into()
}

/// The providers that have objects in the configuration, and rules between objects.
fn judges(config: &Config, providers: &mut Providers<'_>) -> Vec<Arc<dyn Provider>> {
    let mut sources: Vec<Arc<str>> = Vec::new();
    for module in config.modules() {
        let resources = module.resources.values();
        let names: BTreeSet<&Arc<str>> = resources.map(|r| &r.provider.local).collect();
        for name in names {
            if let Ok(source) = providers.source(config, &module.path, name)
                && !sources.contains(&source)
            {
                sources.push(source);
            }
        }
    }
    let found = sources.iter().filter_map(|s| providers.plain(s).ok());
    found.filter(|provider| provider.relates()).collect()
}

/// Rules between objects, by one provider.
fn between(config: &Config, declared: &[DeclaredObject], judge: &dyn Provider) -> Diagnostics {
    let placed = |problem: Diagnostic| {
        let address = problem.address.as_deref().and_then(Address::parse);
        match address {
            Some(address) => place(problem, &address, config),
            None => problem,
        }
    };
    let problems = judge.validate_all(declared);
    problems.into_iter().map(placed).collect()
}
