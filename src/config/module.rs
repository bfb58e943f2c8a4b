//! The top-level blocks of a module: from bodies to a [`Module`].
//!
//! It reads no files and calls no modules; see [`mod@super::load`].

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use indexmap::map;
use trunkline_api::{Diagnostic, Type, convert};

use crate::address::Mode;
use crate::lang::ast::{Attribute, Block, Body, ExprKind};
use crate::lang::source::SrcSpan;
use crate::lang::types_expr;
use crate::product;

use super::block::{Decoder, is_identifier, label, without};
use super::resource::{provider_reference, repetition};
use super::{
    Local, Module, ModuleCall, Output, ProviderConfig, ProviderName, ResourceConfig, Variable,
    check, refactor, resource, version,
};

const KINDS: &[&str] = &[
    "terraform",
    "provider",
    "variable",
    "locals",
    "output",
    "module",
    "resource",
    "data",
    "ephemeral",
    "moved",
    "import",
    "removed",
    "check",
];

/// Adds the content of one file to `module`. Resources, which may be very many, are moved there rather than copied.
pub fn add_file(module: &mut Module, body: Body, decoder: &mut Decoder<'_>) {
    decoder.only(&body, &[], KINDS);
    for block in body.blocks {
        let mode = match &*block.kind {
            "resource" => Mode::Managed,
            "data" => Mode::Data,
            "ephemeral" => Mode::Ephemeral,
            _ => {
                add_block(module, &block, decoder);
                continue;
            }
        };
        if let Some(r) = resource::decode(block, mode, decoder) {
            add_resource(module, r, decoder);
        }
    }
}

/// Adds what is no resource.
fn add_block(module: &mut Module, block: &Block, decoder: &mut Decoder<'_>) {
    match &*block.kind {
        "terraform" => terraform(module, block, decoder),
        "provider" => {
            if let Some(provider) = provider(block, decoder) {
                add_provider(module, provider, decoder);
            }
        }
        "variable" => {
            if let Some(v) = variable(block, decoder) {
                let span = v.span;
                insert(
                    &mut module.variables,
                    v.name.clone(),
                    v,
                    |old| old.span,
                    span,
                    (
                        "variable declaration",
                        "A variable",
                        "declared",
                        "Variable names must be unique",
                    ),
                    decoder,
                );
            }
        }
        "locals" => {
            if !decoder.labels(block, &[]) {
                return;
            }
            decoder.no_blocks(&block.body);
            for a in &block.body.attributes {
                let local = Local {
                    name: a.name.clone(),
                    expr: a.expr.clone(),
                    span: a.span,
                };
                insert(
                    &mut module.locals,
                    a.name.clone(),
                    local,
                    |old| old.span,
                    a.span,
                    (
                        "local value definition",
                        "A local value",
                        "defined",
                        "Local value names must be unique",
                    ),
                    decoder,
                );
            }
        }
        "output" => {
            if let Some(o) = output(block, decoder) {
                let span = o.span;
                insert(
                    &mut module.outputs,
                    o.name.clone(),
                    o,
                    |old| old.span,
                    span,
                    (
                        "output definition",
                        "An output",
                        "defined",
                        "Output names must be unique",
                    ),
                    decoder,
                );
            }
        }
        "module" => {
            if let Some(call) = module_call(block, decoder) {
                let span = call.span;
                insert(
                    &mut module.calls,
                    call.name.clone(),
                    call,
                    |old| old.span,
                    span,
                    (
                        "module call",
                        "A module call",
                        "defined",
                        "Module calls must have unique names",
                    ),
                    decoder,
                );
            }
        }
        "moved" => module.moved.extend(refactor::moved(block, decoder)),
        "removed" => module.removed.extend(refactor::removed(block, decoder)),
        "import" => module.imports.extend(refactor::import(block, decoder)),
        "check" => check::add(module, block, decoder),
        _ => {}
    }
}

/// Adds a resource, or reports that its name is taken.
pub fn add_resource(module: &mut Module, r: Box<ResourceConfig>, decoder: &mut Decoder<'_>) {
    let (word, what) = match r.address.resource.mode {
        Mode::Managed => ("resource", "resource"),
        Mode::Data => ("data", "data resource"),
        Mode::Ephemeral => ("ephemeral", "ephemeral resource"),
    };
    match module.resources.entry(r.address.resource.clone()) {
        map::Entry::Occupied(old) => {
            let at = decoder.place(old.get().span);
            decoder.error(
                r.span,
                &format!("Duplicate {word} {:?} configuration", r.address.resource.type_name),
                format!(
                    "A {} {what} named {:?} was already declared at {at}. Resource names must be unique per type in each module.",
                    r.address.resource.type_name, r.address.resource.name
                ),
            );
        }
        map::Entry::Vacant(place) => {
            place.insert(r);
        }
    }
}

/// Adds a provider configuration, or reports that there is one for the same name and alias.
fn add_provider(module: &mut Module, provider: ProviderConfig, decoder: &mut Decoder<'_>) {
    match module.providers.entry(provider.name.clone()) {
        Entry::Occupied(old) => {
            let at = decoder.place(old.get().span);
            let ProviderName { local, alias } = &provider.name;
            let detail = match alias {
                None => format!(
                    "A default (non-aliased) provider configuration for \"{local}\" was already given at {at}. If multiple configurations are required, set the \"alias\" argument for alternative configurations."
                ),
                Some(alias) => format!(
                    "A provider configuration for \"{local}\" with alias \"{alias}\" was already given at {at}. Each configuration for the same provider must have a distinct alias."
                ),
            };
            decoder.error(provider.span, "Duplicate provider configuration", detail);
        }
        Entry::Vacant(place) => {
            place.insert(provider);
        }
    }
}

/// Adds an entry, or reports that its name is taken: what is twice, one of them, how it came there, and what
/// must be unique.
fn insert<K: Ord + std::fmt::Display, V>(
    map: &mut BTreeMap<K, V>,
    key: K,
    value: V,
    span_of: fn(&V) -> SrcSpan,
    span: SrcSpan,
    (what, one, done, unique): (&str, &str, &str, &str),
    decoder: &mut Decoder<'_>,
) {
    let name = key.to_string();
    match map.entry(key) {
        Entry::Occupied(old) => {
            let at = decoder.place(span_of(old.get()));
            decoder.error(
                span,
                &format!("Duplicate {what}"),
                format!(
                    "{one} named {name:?} was already {done} at {at}. {unique} within a module."
                ),
            );
        }
        Entry::Vacant(place) => {
            place.insert(value);
        }
    }
}

fn text(attribute: Option<&Attribute>, decoder: &mut Decoder<'_>) -> Option<String> {
    attribute.and_then(|a| decoder.literal_string(a))
}

fn flag(block: &Block, name: &str, default: bool, decoder: &mut Decoder<'_>) -> bool {
    let attribute = block.body.attribute(name);
    attribute
        .and_then(|a| decoder.literal_bool(a))
        .unwrap_or(default)
}

fn terraform(module: &mut Module, block: &Block, decoder: &mut Decoder<'_>) {
    if !decoder.labels(block, &[]) {
        return;
    }
    decoder.only(
        &block.body,
        &["required_version", "experiments"],
        &["required_providers", "backend", "cloud", "provider_meta"],
    );
    if let Some(attribute) = block.body.attribute("required_version") {
        required_version(module, attribute, decoder);
    }
    if let Some(attribute) = block.body.attribute("experiments")
        && !attribute.expr.as_list().is_some_and(<[_]>::is_empty)
    {
        decoder.error(
            attribute.name_span,
            "Module uses experimental features",
            "There are no experimental features here, as in released versions of Terraform. Remove the \"experiments\" argument.",
        );
    }
    for inner in &block.body.blocks {
        match &*inner.kind {
            "required_providers" => {
                if let Some(before) = module.required_providers.values().map(|p| p.span).min() {
                    let at = decoder.place(before);
                    decoder.error(
                        inner.def_span(),
                        "Duplicate required providers configuration",
                        format!("A module may have only one required providers configuration. The required providers were previously configured at {at}."),
                    );
                    continue;
                }
                decoder.no_blocks(&inner.body);
                for attribute in &inner.body.attributes {
                    super::requirement::add(module, attribute, decoder);
                }
            }
            "backend" | "cloud" => backend(module, inner, decoder),
            _ => {}
        }
    }
}

fn required_version(module: &mut Module, attribute: &Attribute, decoder: &mut Decoder<'_>) {
    let (value, problems) = types_expr::constant(&attribute.expr, decoder.sources);
    if !problems.is_empty() {
        decoder.diagnostics.extend(problems);
        return;
    }
    let constraint = match convert(&value, &Type::String) {
        Ok(value) if value.is_null() => return,
        Ok(value) => value.as_str().unwrap_or_default().to_owned(),
        Err(_) => {
            return decoder.error(
                attribute.expr.span,
                "Invalid version constraint",
                "A string value is required for required_version.",
            );
        }
    };
    match version::allows(&constraint, version::TERRAFORM) {
        Some(true) => {}
        Some(false) => decoder.error(
            attribute.span,
            &product::named("Unsupported {product} Core version"),
            format!("This configuration requires Terraform {constraint}, and this program does what Terraform {} does. Choose another version of this program or change the constraint. Version constraints are normally set for good reason, so changing the constraint may lead to other errors or unexpected behavior.", version::TERRAFORM),
        ),
        None => super::requirement::invalid_version(attribute.expr.span, decoder),
    }
    let written = (constraint, attribute.expr.span);
    module.required_versions.push(written);
}

/// A `backend` or `cloud` block; a module may have one of them.
fn backend(module: &mut Module, inner: &Block, decoder: &mut Decoder<'_>) {
    let labels: &[&str] = if &*inner.kind == "cloud" {
        &[]
    } else {
        &["type"]
    };
    if !decoder.labels(inner, labels) {
        return;
    }
    match &module.backend {
        Some(before) if before.kind == inner.kind => {
            let at = decoder.place(before.def_span());
            let (summary, what) = match &*inner.kind {
                "cloud" => (
                    "Duplicate HCP Terraform configurations",
                    "'cloud' block configuring HCP Terraform or Terraform Enterprise. The 'cloud' block",
                ),
                _ => (
                    "Duplicate backend configuration",
                    "backend configuration. The backend",
                ),
            };
            decoder.error(
                inner.def_span(),
                summary,
                format!("A module may have only one {what} was previously configured at {at}."),
            );
        }
        Some(before) => {
            let (cloud, backend) = match &*inner.kind {
                "cloud" => (inner.def_span(), before.def_span()),
                _ => (before.def_span(), inner.def_span()),
            };
            let detail = format!(
                "A module may declare either one 'cloud' block or one 'backend' block. The 'cloud' block is configured at {}; a backend is configured at {}. Remove one of them.",
                decoder.place(cloud),
                decoder.place(backend)
            );
            decoder.error(
                backend,
                "Both a backend and cloud configuration are present",
                detail,
            );
        }
        None => module.backend = Some(inner.clone()),
    }
}

fn provider(block: &Block, decoder: &mut Decoder<'_>) -> Option<ProviderConfig> {
    if !decoder.labels(block, &["name"]) {
        return None;
    }
    let body = &block.body;
    if !super::requirement::local_name(block.label(0), block.labels[0].span, decoder) {
        return None;
    }
    if let Some(attribute) = body.attribute("version") {
        decoder.diagnostics.push(Diagnostic::warning(
            "Version constraints inside provider configuration blocks are deprecated",
            "Terraform 0.13 and earlier allowed provider version constraints inside the provider configuration block, but that is now deprecated and will be removed in a future version of Terraform. To silence this warning, move the provider version constraint into the required_providers block.",
        ).at(decoder.sources.span(attribute.span)));
        let (_, problems) = types_expr::constant(&attribute.expr, decoder.sources);
        decoder.diagnostics.extend(problems);
    }
    for name in ["count", "depends_on", "for_each", "source"] {
        if let Some(attribute) = body.attribute(name) {
            decoder.error(
                attribute.name_span,
                "Reserved argument name in provider block",
                product::named(&format!("The provider argument name {name:?} is reserved for use by {{product}} in a future version.")),
            );
        }
    }
    for inner in &body.blocks {
        if matches!(&*inner.kind, "lifecycle" | "locals") {
            decoder.reserved_block(inner, "provider");
        }
    }
    let alias = body.attribute("alias").map(|a| {
        let alias = decoder.literal_string(a).unwrap_or_default();
        if !is_identifier(&alias) {
            decoder.diagnostics.push(Diagnostic::error(
                "Invalid provider configuration alias",
                "An alias must be a valid name. A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.",
            ));
        }
        alias
    });
    Some(ProviderConfig {
        name: ProviderName {
            local: label(block, 0),
            alias: alias.filter(|a| !a.is_empty()).map(Arc::from),
        },
        span: block.def_span(),
        body: without(body.clone(), &["alias", "version"], &[]),
    })
}

fn variable(block: &Block, decoder: &mut Decoder<'_>) -> Option<Variable> {
    if !decoder.labels(block, &["name"]) {
        return None;
    }
    decoder.name(&block.labels[0], "Invalid variable name");
    decoder.only(
        &block.body,
        &[
            "type",
            "default",
            "description",
            "sensitive",
            "ephemeral",
            "nullable",
        ],
        &["validation"],
    );
    const RESERVED: &[&str] = &[
        "source",
        "version",
        "providers",
        "count",
        "for_each",
        "lifecycle",
        "depends_on",
        "locals",
    ];
    if RESERVED.contains(&block.label(0)) {
        decoder.error(
            block.labels[0].span,
            "Invalid variable name",
            format!("The variable name {:?} is reserved due to its special meaning inside module blocks.", block.label(0)),
        );
    }
    let constraint = match block.body.attribute("type") {
        Some(attribute) => variable_type(attribute, decoder),
        None => types_expr::Constraint::any(),
    };
    let nullable = flag(block, "nullable", true, decoder);
    if let Some(default) = block.body.attribute("default") {
        check_default(&constraint, nullable, default, decoder);
    }
    let name = label(block, 0);
    let validations = block
        .body
        .blocks_of("validation")
        .filter_map(|b| check::validation(&name, b, decoder));
    let validations = validations.collect();
    Some(Variable {
        name: label(block, 0),
        span: block.def_span(),
        constraint,
        default: block.body.attribute("default").map(|a| a.expr.clone()),
        description: text(block.body.attribute("description"), decoder),
        sensitive: flag(block, "sensitive", false, decoder),
        ephemeral: flag(block, "ephemeral", false, decoder),
        nullable,
        validations,
    })
}

/// The type of a variable. The keywords `list` and `map` alone are types of old here, and nowhere else.
pub(super) fn variable_type(
    attribute: &Attribute,
    decoder: &mut Decoder<'_>,
) -> types_expr::Constraint {
    let of = |ty| types_expr::Constraint { ty, defaults: None };
    if attribute.expr.without_parens().as_keyword() == Some("list") {
        return of(Type::list(Type::Dynamic));
    }
    if attribute.expr.without_parens().as_keyword() == Some("map") {
        return of(Type::map(Type::Dynamic));
    }
    let quoted = match attribute.expr.kind {
        ExprKind::JsonString(_) => None,
        _ => attribute.expr.as_literal_string(),
    };
    let Some(quoted) = quoted else {
        return types_expr::constraint(&attribute.expr, decoder.sources, decoder.diagnostics);
    };
    let (summary, detail) = match quoted {
        "string" | "list" | "map" => {
            let more = match quoted {
                "string" => String::new(),
                other => format!(" and write {other}(string) instead to explicitly indicate that the {other} elements are strings"),
            };
            (
                "Invalid quoted type constraints",
                format!("Terraform 0.11 and earlier required type constraints to be given in quotes. Remove the quotes around {quoted:?}{more}."),
            )
        }
        _ => (
            "Invalid legacy variable type hint",
            "To provide a full type expression, remove the surrounding quotes and give the type expression directly.".to_owned(),
        ),
    };
    decoder.error(attribute.expr.span, summary, detail);
    types_expr::Constraint::any()
}

/// Reports a default that is no constant or does not fit the type.
fn check_default(
    constraint: &types_expr::Constraint,
    nullable: bool,
    default: &Attribute,
    decoder: &mut Decoder<'_>,
) {
    let (value, problems) = types_expr::constant(&default.expr, decoder.sources);
    if !problems.is_empty() {
        decoder.diagnostics.extend(problems);
        return;
    }
    let why = match constraint.convert(&value) {
        Ok(value) if value.is_null() && !nullable => {
            "A null default value is not valid when nullable=false.".to_owned()
        }
        Ok(_) => return,
        Err(error) => format!(
            "This default value is not compatible with the variable's type constraint: {}.",
            types_expr::conversion_problem(&error)
        ),
    };
    decoder.error(default.expr.span, "Invalid default value for variable", why);
}

fn output(block: &Block, decoder: &mut Decoder<'_>) -> Option<Output> {
    if !decoder.labels(block, &["name"]) {
        return None;
    }
    decoder.name(&block.labels[0], "Invalid output name");
    decoder.only(
        &block.body,
        &[
            "value",
            "description",
            "sensitive",
            "ephemeral",
            "depends_on",
        ],
        &["precondition"],
    );
    let expr = decoder.required(block, "value")?.expr.clone();
    let preconditions = block.body.blocks_of("precondition");
    let preconditions = preconditions.filter_map(|b| decoder.condition(b)).collect();
    Some(Output {
        name: label(block, 0),
        span: block.def_span(),
        expr,
        description: text(block.body.attribute("description"), decoder),
        sensitive: flag(block, "sensitive", false, decoder),
        ephemeral: flag(block, "ephemeral", false, decoder),
        depends_on: decoder.depends_on(block.body.attribute("depends_on")),
        preconditions,
    })
}

fn module_call(block: &Block, decoder: &mut Decoder<'_>) -> Option<ModuleCall> {
    if !decoder.labels(block, &["name"]) {
        return None;
    }
    decoder.name(&block.labels[0], "Invalid module instance name");
    let body = &block.body;
    let source = decoder.required(block, "source")?;
    let source_text = decoder.literal_string(source)?;
    super::source_address::check(&source_text, source, body.attribute("version"), decoder)?;
    let mut providers = BTreeMap::new();
    let mut provider_spans = BTreeMap::new();
    if let Some(attribute) = body.attribute("providers") {
        match attribute.expr.as_object() {
            Some(items) => {
                for item in items {
                    let inner = provider_reference(&item.key, decoder);
                    let outer = provider_reference(&item.value, decoder);
                    if let (Some(inner), Some(outer)) = (inner, outer) {
                        if let Some((key, value)) = provider_spans.get(&inner) {
                            let at = decoder.place(SrcSpan::to(*key, *value));
                            decoder.error(
                                item.key.span.to(item.value.span),
                                "Duplicate provider address",
                                format!("A provider configuration was already passed to {inner} at {at}. Each child provider configuration can be assigned only once."),
                            );
                        }
                        provider_spans.insert(inner.clone(), (item.key.span, item.value.span));
                        providers.insert(inner, outer);
                    }
                }
            }
            None => decoder.error(
                attribute.expr.span,
                "Invalid expression",
                "A static map expression is required.",
            ),
        }
    }
    const META: &[&str] = &[
        "source",
        "version",
        "count",
        "for_each",
        "depends_on",
        "providers",
    ];
    for inner in &body.blocks {
        if matches!(&*inner.kind, "lifecycle" | "locals" | "provider") {
            decoder.reserved_block(inner, "module");
        }
    }
    Some(ModuleCall {
        name: label(block, 0),
        span: block.def_span(),
        source: source_text,
        source_span: source.expr.span,
        repetition: repetition(body, decoder),
        depends_on: decoder.depends_on(body.attribute("depends_on")),
        providers,
        provider_spans,
        inputs: without(body.clone(), META, &[]),
    })
}
