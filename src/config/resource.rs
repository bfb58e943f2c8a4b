//! `resource`, `data` and `ephemeral` blocks with their meta-arguments.
//!
//! The provider's own arguments stay a body: only a schema can read them.

use std::sync::Arc;

use crate::address::{ConfigAddress, Mode, Resource};
use crate::lang::ast::{Attribute, Block, Body, Expr, Traversal};
use crate::lang::source::SrcSpan;

use super::block::{Decoder, label, without};
use super::provisioner::{self, Provisioners};
use super::reference::{self, Subject};
use super::{IgnoreChanges, Lifecycle, Meta, ProviderName, Repetition, ResourceConfig};

const META: &[&str] = &["count", "for_each", "depends_on", "provider"];

/// Reads a `resource`, `data` or `ephemeral` block.
pub fn decode(block: Block, mode: Mode, decoder: &mut Decoder<'_>) -> Option<Box<ResourceConfig>> {
    if !decoder.labels(&block, &["type", "name"]) {
        return None;
    }
    let (of_type, of_name) = match mode {
        Mode::Data => ("Invalid data source name", "Invalid data resource name"),
        Mode::Managed => ("Invalid resource type name", "Invalid resource name"),
        Mode::Ephemeral => (
            "Invalid ephemeral resource type",
            "Invalid ephemeral resource name",
        ),
    };
    decoder.name(&block.labels[0], of_type);
    decoder.name(&block.labels[1], of_name);
    let type_name = label(&block, 0);
    let body = &block.body;
    let repetition = repetition(body, decoder);
    let depends_on = decoder.depends_on(body.attribute("depends_on"));
    let (provider, provider_span) = match body.attribute("provider") {
        Some(attribute) => match provider_reference(&attribute.expr, decoder) {
            Some(name) => (Arc::new(name), Some(attribute.expr.span)),
            None => return None,
        },
        None => (decoder.default_provider(&type_name), None),
    };
    let mut lifecycle: Option<Lifecycle> = None;
    let mut seen = None;
    for inner in body.blocks_of("lifecycle") {
        if let Some(before) = seen.replace(inner.def_span()) {
            let at = decoder.place(before);
            decoder.error(
                inner.def_span(),
                "Duplicate lifecycle block",
                format!("This resource already has a lifecycle block at {at}."),
            );
        }
        decode_lifecycle(inner, mode, lifecycle.get_or_insert_default(), decoder);
        own_references(inner, &block, mode, decoder);
    }
    for inner in body.blocks_of("locals") {
        decoder.reserved_block(inner, &block.kind);
    }
    // A data source has none; its schema says so where it is evaluated.
    let (provisioners, taken): (_, &[&str]) = match mode {
        Mode::Managed => (
            provisioner::decode_all(body, "resource", decoder),
            &["lifecycle", "provisioner", "connection"],
        ),
        _ => (Provisioners::default(), &["lifecycle"]),
    };
    let resource = Resource::new(mode, type_name, label(&block, 1));
    let meta = Meta {
        repetition,
        depends_on,
        provider_span,
        lifecycle: lifecycle.into(),
        check: None,
        provisioners: provisioners.written().into(),
    };
    Some(Box::new(ResourceConfig {
        address: ConfigAddress::new(decoder.module.clone(), resource),
        span: block.def_span(),
        type_span: block.labels[0].span,
        body: without(block.body, META, taken),
        provider,
        meta: meta.written().into(),
    }))
}

/// Reports conditions of a resource that name the resource instead of `self`.
fn own_references(lifecycle: &Block, block: &Block, mode: Mode, decoder: &mut Decoder<'_>) {
    let own = Resource::new(mode, label(block, 0), label(block, 1));
    let conditions = lifecycle.body.blocks.iter();
    for condition in conditions.filter(|b| matches!(&*b.kind, "precondition" | "postcondition")) {
        for name in ["condition", "error_message"] {
            let Some(attribute) = condition.body.attribute(name) else {
                continue;
            };
            let names_itself = attribute.expr.references().into_iter().any(|t| {
                let subject = reference::parse(t, decoder.sources).map(|r| r.subject);
                matches!(subject, Ok(Subject::Resource(r)) if r == own)
            });
            if names_itself {
                decoder.error(
                    attribute.expr.span,
                    &format!("Invalid reference in {}", condition.kind),
                    format!("Configuration for {own} may not refer to itself."),
                );
            }
        }
    }
}

/// The provider of a type without `provider`: the part of the type before the first underscore.
pub fn default_provider(type_name: &str) -> ProviderName {
    let local = type_name.split('_').next().unwrap_or(type_name);
    ProviderName {
        local: local.into(),
        alias: None,
    }
}

/// `count` or `for_each`, not both.
pub fn repetition(body: &Body, decoder: &mut Decoder<'_>) -> Repetition {
    match (body.attribute("count"), body.attribute("for_each")) {
        (Some(_), Some(for_each)) => {
            decoder.error(
                for_each.name_span,
                "Invalid combination of \"count\" and \"for_each\"",
                "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, only one should be used to be explicit about the number of resources to be created.",
            );
            Repetition::ForEach(Box::new(for_each.expr.clone()))
        }
        (Some(count), None) => Repetition::Count(Box::new(count.expr.clone())),
        (None, Some(for_each)) => Repetition::ForEach(Box::new(for_each.expr.clone())),
        (None, None) => Repetition::Single,
    }
}

/// `name` or `name.alias`.
pub fn provider_reference(expr: &Expr, decoder: &mut Decoder<'_>) -> Option<ProviderName> {
    let quoted = match expr.as_static_traversal() {
        Some(_) => None,
        None => decoder.quoted_reference(expr),
    };
    let written = quoted.as_ref().or_else(|| expr.as_static_traversal());
    let found = written.and_then(|t| {
        let alias = match t.steps.len() {
            0 => None,
            1 => Some(t.attr(0)?.into()),
            _ => return None,
        };
        Some(ProviderName {
            local: t.root.clone(),
            alias,
        })
    });
    if found.is_none() {
        decoder.error(
            expr.span,
            "Invalid provider configuration reference",
            "The provider argument requires a provider type name, optionally followed by a period and then a configuration alias.",
        );
    }
    found
}

fn decode_lifecycle(
    block: &Block,
    mode: Mode,
    lifecycle: &mut Lifecycle,
    decoder: &mut Decoder<'_>,
) {
    const ARGUMENTS: &[&str] = &[
        "create_before_destroy",
        "prevent_destroy",
        "ignore_changes",
        "replace_triggered_by",
    ];
    let refused = match mode {
        Mode::Managed => None,
        Mode::Data => Some(("Invalid data resource lifecycle argument", "data resources")),
        Mode::Ephemeral => Some((
            "Invalid ephemeral resource lifecycle argument",
            "ephemeral resources",
        )),
    };
    if let Some((summary, what)) = refused {
        for attribute in &block.body.attributes {
            if ARGUMENTS.contains(&&*attribute.name) {
                decoder.error(
                    attribute.name_span,
                    summary,
                    format!("The lifecycle argument {:?} is defined only for managed resources (\"resource\" blocks), and is not valid for {what}.", attribute.name),
                );
            }
        }
    }
    decoder.only(&block.body, ARGUMENTS, &["precondition", "postcondition"]);
    if mode == Mode::Managed {
        let literal = |name: &str, decoder: &mut Decoder<'_>| {
            block
                .body
                .attribute(name)
                .and_then(|a| decoder.literal_bool(a))
        };
        lifecycle.create_before_destroy = literal("create_before_destroy", decoder);
        lifecycle.prevent_destroy = literal("prevent_destroy", decoder).unwrap_or(false);
        if let Some(attribute) = block.body.attribute("ignore_changes") {
            lifecycle.ignore_changes = ignore_changes(attribute, decoder);
        }
        let triggers = block.body.attribute("replace_triggered_by");
        if let Some(items) = triggers.and_then(|a| decoder.static_list(&a.expr)) {
            for item in items {
                if !is_trigger(item, decoder) {
                    break;
                }
            }
            lifecycle.replace_triggered_by = items.to_vec();
        }
    }
    for inner in block.body.blocks_of("precondition") {
        lifecycle.preconditions.extend(decoder.condition(inner));
    }
    for inner in block.body.blocks_of("postcondition") {
        lifecycle.postconditions.extend(decoder.condition(inner));
    }
}

/// Whether an entry of `replace_triggered_by` refers to a resource and to nothing else but keys; reports it
/// otherwise.
fn is_trigger(item: &Expr, decoder: &mut Decoder<'_>) -> bool {
    let references = item.references();
    let subject = |t: &&Traversal| Some(reference::parse(t, decoder.sources).ok()?.subject);
    let subjects: Vec<Option<Subject>> = references.iter().map(subject).collect();
    let others: Vec<SrcSpan> = references
        .iter()
        .zip(&subjects)
        .filter(|(_, subject)| {
            !matches!(
                subject,
                Some(Subject::Resource(_) | Subject::CountIndex | Subject::Each(true))
            )
        })
        .map(|(t, _)| t.span)
        .collect();
    for span in &others {
        decoder.error(
            *span,
            "Invalid reference in replace_triggered_by expression",
            "Only resources, count.index, and each.key may be used in replace_triggered_by.",
        );
    }
    let resource = subjects
        .iter()
        .any(|s| matches!(s, Some(Subject::Resource(_))));
    if !resource {
        decoder.error(
            item.span,
            "Invalid replace_triggered_by expression",
            "Missing resource reference in replace_triggered_by expression.",
        );
    }
    others.is_empty() && resource
}

fn ignore_changes(attribute: &Attribute, decoder: &mut Decoder<'_>) -> IgnoreChanges {
    if attribute.expr.as_keyword() == Some("all") {
        return IgnoreChanges::All;
    }
    let Some(items) = decoder.static_list(&attribute.expr) else {
        return IgnoreChanges::None;
    };
    let mut paths = Vec::new();
    let mut wildcard = None;
    for item in items {
        if item.as_literal_string() == Some("*") {
            wildcard = Some(item.span);
            decoder.error(
                item.span,
                "Invalid ignore_changes wildcard",
                "The [\"*\"] form of ignore_changes wildcard is no longer valid. Use \"ignore_changes = all\" to ignore changes to all attributes.",
            );
        } else {
            paths.extend(decoder.static_reference(item));
        }
    }
    if let Some(span) = wildcard.filter(|_| !paths.is_empty()) {
        decoder.error(
            span,
            "Invalid ignore_changes ruleset",
            "Cannot mix wildcard string \"*\" with non-wildcard references.",
        );
    }
    IgnoreChanges::Paths(paths)
}
