//! The entries of `required_providers`, and the names and source addresses of providers.
//!
//! It knows the syntax of addresses, not which providers there are.

use std::collections::BTreeMap;

use trunkline_api::{Diagnostic, Diagnostics, Value};

use super::block::Decoder;
use super::resource::provider_reference;
use super::{Module, RequiredProvider, version};
use crate::lang::ast::{Attribute, Expr, ObjectItem};
use crate::lang::source::{Sources, SrcSpan};
use crate::lang::types_expr;

const PARTS: &str =
    "must contain only letters, digits, and dashes, and may not use leading or trailing dashes";

/// Adds an entry of `required_providers`.
pub(super) fn add(module: &mut Module, attribute: &Attribute, decoder: &mut Decoder<'_>) {
    if !local_name(&attribute.name, attribute.name_span, decoder) {
        return;
    }
    let required = entry(attribute, decoder);
    module
        .required_providers
        .insert(attribute.name.clone(), required);
}

/// Warns of providers that a module requires by two names.
pub(super) fn duplicates(module: &Module, sources: &Sources, diagnostics: &mut Diagnostics) {
    let mut entries: Vec<_> = module.required_providers.iter().collect();
    entries.sort_by_key(|(_, required)| required.span);
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (name, required) in entries {
        let Some(source) = required.source.as_deref().map(full) else {
            continue;
        };
        if let Some(before) = seen.get(&source) {
            let detail = format!(
                "Provider {source} with the local name \"{name}\" was previously required as \"{before}\". A provider can only be required once within required_providers."
            );
            let warning = Diagnostic::warning("Duplicate required provider", detail);
            diagnostics.push(warning.at(sources.span(required.span)));
        } else {
            seen.insert(source, name);
        }
    }
}

/// A source address with all its parts.
fn full(source: &str) -> String {
    match source.split('/').count() {
        1 => format!("registry.terraform.io/hashicorp/{source}"),
        2 => format!("registry.terraform.io/{source}"),
        _ => source.to_owned(),
    }
}

/// Whether `name` can be the local name of a provider; reports it otherwise.
pub(super) fn local_name(name: &str, span: SrcSpan, decoder: &mut Decoder<'_>) -> bool {
    let detail = match part_problem(name) {
        Some(problem) => format!("{name} is an invalid provider local name: {problem}"),
        None if name.to_lowercase() != name => format!(
            "Provider names must be normalized. Replace {name:?} with {:?} to fix this error.",
            name.to_lowercase()
        ),
        None => return true,
    };
    decoder.error(span, "Invalid provider local name", detail);
    false
}

/// What is wrong with a part of a provider's address.
fn part_problem(part: &str) -> Option<&'static str> {
    let allowed = |c: char| c == '-' || c.is_alphanumeric();
    match part {
        "" => Some("must have at least one character"),
        _ if part.contains('.') => Some("dots are not allowed"),
        _ if part.contains("--") => Some("cannot use multiple consecutive dashes"),
        _ if !part.chars().all(allowed) || part.starts_with('-') || part.ends_with('-') => {
            Some(PARTS)
        }
        _ => None,
    }
}

/// Reports what is wrong with a source address.
fn source_address(source: &str, span: SrcSpan, decoder: &mut Decoder<'_>) -> bool {
    let parts: Vec<&str> = source.split('/').collect();
    if parts.len() > 3 || parts.iter().any(|p| p.is_empty()) {
        decoder.error(
            span,
            "Invalid provider source string",
            "The \"source\" attribute must be in the format \"[hostname/][namespace/]name\"",
        );
        return false;
    }
    let name = parts[parts.len() - 1];
    if let Some(namespace) = parts.len().checked_sub(2).map(|i| parts[i])
        && let Some(problem) = part_problem(namespace)
    {
        decoder.error(
            span,
            "Invalid provider namespace",
            format!("Invalid provider namespace {namespace:?} in source {source:?}: {problem}"),
        );
        return false;
    }
    if let Some(problem) = part_problem(name) {
        decoder.error(
            span,
            "Invalid provider type",
            format!("Invalid provider type {name:?} in source {source:?}: {problem}"),
        );
        return false;
    }
    for prefix in ["terraform-provider-", "terraform-"] {
        if let Some(rest) = name.strip_prefix(prefix) {
            let meant = source.replace(name, rest);
            decoder.error(
                span,
                "Invalid provider type",
                format!("Provider source {source:?} has a type with the prefix \"{prefix}\", which isn't valid, although repositories of providers are often called so.\n\nDid you mean {meant:?}?"),
            );
            return false;
        }
    }
    true
}

/// Reports a version constraint that cannot be read.
pub(super) fn invalid_version(span: SrcSpan, decoder: &mut Decoder<'_>) {
    decoder.error(
        span,
        "Invalid version constraint",
        "This string does not use correct version constraint syntax.",
    );
}

fn entry(attribute: &Attribute, decoder: &mut Decoder<'_>) -> RequiredProvider {
    let mut required = RequiredProvider {
        source: None,
        version: None,
        aliases: Vec::new(),
        span: attribute.name_span,
    };
    if let Some(items) = attribute.expr.as_object() {
        for item in items {
            item_of(item, attribute, &mut required, decoder);
        }
        return required;
    }
    match constant(&attribute.expr, decoder) {
        Some(value) if value.as_str().is_some() => {
            required.version = version_of(&value, attribute.expr.span, decoder);
        }
        Some(value) if value.as_number().is_some() => {
            let text = value.as_number().map(ToString::to_string);
            let value = Value::string(text.unwrap_or_default());
            required.version = version_of(&value, attribute.expr.span, decoder);
        }
        _ => decoder.error(
            attribute.expr.span,
            "Invalid required_providers object",
            "required_providers entries must be strings or objects.",
        ),
    }
    required
}

/// The value of an expression that is constant.
fn constant(expr: &Expr, decoder: &Decoder<'_>) -> Option<Value> {
    let (value, problems) = types_expr::constant(expr, decoder.sources);
    problems.is_empty().then_some(value)
}

fn version_of(value: &Value, span: SrcSpan, decoder: &mut Decoder<'_>) -> Option<String> {
    let text = value.as_str()?;
    if version::allows(text, "0").is_none() {
        invalid_version(span, decoder);
    }
    Some(text.to_owned())
}

fn item_of(
    item: &ObjectItem,
    attribute: &Attribute,
    required: &mut RequiredProvider,
    decoder: &mut Decoder<'_>,
) {
    let name = item.key_name().or_else(|| item.key.as_literal_string());
    let value = || constant(&item.value, decoder).filter(|v| v.as_str().is_some());
    let span = item.value.span;
    match name {
        Some("source") => match value() {
            Some(value) => {
                let text = value.as_str().unwrap_or_default();
                if source_address(text, span, decoder) {
                    required.source = Some(text.to_owned());
                }
            }
            None => decoder.error(span, "Invalid source", "Source must be specified as a string."),
        },
        Some("version") => match value() {
            Some(value) => required.version = version_of(&value, span, decoder),
            None => decoder.error(
                span,
                "Invalid version constraint",
                "Version must be specified as a string.",
            ),
        },
        Some("configuration_aliases") => {
            for alias in decoder.static_list(&item.value).unwrap_or_default() {
                let Some(name) = provider_reference(alias, decoder) else {
                    continue;
                };
                if name.local != attribute.name {
                    decoder.error(
                        alias.span,
                        "Invalid configuration_aliases value",
                        format!("Configuration aliases must be prefixed with the provider name. Expected \"{}\", but found \"{}\".", attribute.name, name.local),
                    );
                    continue;
                }
                required.aliases.push(name);
            }
        }
        _ => decoder.error(
            item.key.span,
            "Invalid required_providers object",
            "required_providers objects can only contain \"version\", \"source\" and \"configuration_aliases\" attributes. To configure a provider, use a \"provider\" block.",
        ),
    }
}
