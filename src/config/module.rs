//! The top-level blocks of a module: from bodies to a [`Module`].
//!
//! It reads no files and calls no modules; see [`super::load`].

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::address::Mode;
use crate::lang::ast::{Attribute, Block, Body};
use crate::lang::source::SrcSpan;
use crate::lang::types_expr;

use super::block::{Decoder, label, without};
use super::resource::{provider_reference, repetition};
use super::{
    Local, Module, ModuleCall, Output, ProviderConfig, ProviderName, RequiredProvider, Variable,
    resource,
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

/// Adds the content of one file to `module`.
pub fn add_file(module: &mut Module, body: &Body, decoder: &mut Decoder<'_>) {
    decoder.only(body, &[], KINDS);
    for block in &body.blocks {
        add_block(module, block, decoder);
    }
}

fn add_block(module: &mut Module, block: &Block, decoder: &mut Decoder<'_>) {
    match &*block.kind {
        "terraform" => terraform(module, block, decoder),
        "provider" => {
            if let Some(provider) = provider(block, decoder) {
                let span = provider.span;
                insert(
                    &mut module.providers,
                    provider.name.clone(),
                    provider,
                    |old| old.span,
                    span,
                    "provider configuration",
                    decoder,
                );
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
                    "variable declaration",
                    decoder,
                );
            }
        }
        "locals" => {
            if !decoder.labels(block, &[]) {
                return;
            }
            decoder.only(
                &block.body,
                &block
                    .body
                    .attributes
                    .iter()
                    .map(|a| &*a.name)
                    .collect::<Vec<_>>(),
                &[],
            );
            for a in &block.body.attributes {
                let local = Local {
                    name: a.name.clone(),
                    expr: a.expr.clone(),
                    span: a.name_span,
                };
                insert(
                    &mut module.locals,
                    a.name.clone(),
                    local,
                    |old| old.span,
                    a.name_span,
                    "local value definition",
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
                    "output definition",
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
                    "module call",
                    decoder,
                );
            }
        }
        "resource" | "data" => {
            let mode = if &*block.kind == "data" {
                Mode::Data
            } else {
                Mode::Managed
            };
            if let Some(r) = resource::decode(block, mode, decoder) {
                let what = if mode == Mode::Data {
                    "data"
                } else {
                    "resource"
                };
                match module.resources.entry(r.resource.clone()) {
                    Entry::Occupied(old) => {
                        let at = decoder.sources.span(old.get().span);
                        decoder.error(
                            r.span,
                            &format!("Duplicate {what} {:?} configuration", r.resource.type_name),
                            format!(
                                "A {} {what} named {:?} was already declared at {}:{},{}-{}. Resource names must be unique per type in each module.",
                                r.resource.type_name, r.resource.name, at.file, at.start.line, at.start.column, at.end.column
                            ),
                        );
                    }
                    Entry::Vacant(place) => {
                        place.insert(r);
                    }
                }
            }
        }
        "moved" | "import" | "removed" | "check" | "ephemeral" => decoder.error(
            block.def_span(),
            "Unsupported block type",
            format!("Blocks of type {:?} are not supported yet.", block.kind),
        ),
        _ => {}
    }
}

/// Adds an entry, or reports that its name is taken.
fn insert<K: Ord, V>(
    map: &mut BTreeMap<K, V>,
    key: K,
    value: V,
    span_of: fn(&V) -> SrcSpan,
    span: SrcSpan,
    what: &str,
    decoder: &mut Decoder<'_>,
) {
    match map.entry(key) {
        Entry::Occupied(old) => {
            let at = decoder.sources.span(span_of(old.get()));
            decoder.error(
                span,
                &format!("Duplicate {what}"),
                format!(
                    "The same name was already used at {}:{},{}-{}. Names must be unique within a module.",
                    at.file, at.start.line, at.start.column, at.end.column
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
    if let Some(attribute) = block.body.attribute("required_version")
        && let Some(constraint) = decoder.literal_string(attribute)
    {
        module
            .required_versions
            .push((constraint, attribute.expr.span));
    }
    for inner in &block.body.blocks {
        match &*inner.kind {
            "required_providers" => {
                for attribute in &inner.body.attributes {
                    let required = required_provider(attribute, decoder);
                    module
                        .required_providers
                        .insert(attribute.name.clone(), required);
                }
            }
            "backend" => {
                if module.backend.is_some() {
                    decoder.error(
                        inner.def_span(),
                        "Duplicate backend configuration",
                        "A module may have only one backend configuration.",
                    );
                }
                module.backend = Some(inner.clone());
            }
            "cloud" => decoder.error(
                inner.def_span(),
                "HCP Terraform is not supported",
                "Trunkline keeps state in its own store. Remove the \"cloud\" block.",
            ),
            _ => {}
        }
    }
}

fn required_provider(attribute: &Attribute, decoder: &mut Decoder<'_>) -> RequiredProvider {
    let mut required = RequiredProvider {
        source: None,
        version: None,
        aliases: Vec::new(),
        span: attribute.name_span,
    };
    if let Some(version) = attribute.expr.as_literal_string() {
        required.version = Some(version.to_owned());
        return required;
    }
    let Some(items) = attribute.expr.as_object() else {
        decoder.error(
            attribute.expr.span,
            "Invalid required_providers object",
            "An entry of required_providers is an object with \"source\" and \"version\".",
        );
        return required;
    };
    for item in items {
        let name = item.key_name().or_else(|| item.key.as_literal_string());
        let value = item.value.as_literal_string().map(str::to_owned);
        match name {
            Some("source") if value.is_some() => required.source = value,
            Some("version") if value.is_some() => required.version = value,
            Some("configuration_aliases") => {
                for alias in item.value.as_list().unwrap_or_default() {
                    required.aliases.extend(provider_reference(alias, decoder));
                }
            }
            _ => decoder.error(
                item.key.span,
                "Invalid required_providers object",
                "required_providers objects can only contain \"version\", \"source\" and \"configuration_aliases\" attributes. Both \"source\" and \"version\" are literal strings.",
            ),
        }
    }
    required
}

fn provider(block: &Block, decoder: &mut Decoder<'_>) -> Option<ProviderConfig> {
    if !decoder.labels(block, &["name"]) {
        return None;
    }
    decoder.name(&block.labels[0], "Invalid provider name");
    let alias = text(block.body.attribute("alias"), decoder);
    Some(ProviderConfig {
        name: ProviderName {
            local: label(block, 0),
            alias: alias.map(Arc::from),
        },
        span: block.def_span(),
        body: without(&block.body, &["alias", "version"], &[]),
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
        Some(attribute) => {
            types_expr::constraint(&attribute.expr, decoder.sources, decoder.diagnostics)
        }
        None => types_expr::Constraint::any(),
    };
    let validations = block
        .body
        .blocks_of("validation")
        .filter_map(|b| decoder.condition(b));
    let validations = validations.collect();
    Some(Variable {
        name: label(block, 0),
        span: block.def_span(),
        constraint,
        default: block.body.attribute("default").map(|a| a.expr.clone()),
        description: text(block.body.attribute("description"), decoder),
        sensitive: flag(block, "sensitive", false, decoder),
        ephemeral: flag(block, "ephemeral", false, decoder),
        nullable: flag(block, "nullable", true, decoder),
        validations,
    })
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
    let mut providers = BTreeMap::new();
    if let Some(attribute) = body.attribute("providers") {
        match attribute.expr.as_object() {
            Some(items) => {
                for item in items {
                    let inner = provider_reference(&item.key, decoder);
                    let outer = provider_reference(&item.value, decoder);
                    if let (Some(inner), Some(outer)) = (inner, outer) {
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
        decoder.error(
            inner.kind_span,
            "Unsupported block type",
            format!("Blocks of type {:?} are not expected here.", inner.kind),
        );
    }
    Some(ModuleCall {
        name: label(block, 0),
        span: block.def_span(),
        source: source_text,
        source_span: source.expr.span,
        repetition: repetition(body, decoder),
        depends_on: decoder.depends_on(body.attribute("depends_on")),
        providers,
        inputs: without(body, META, &[]),
    })
}
