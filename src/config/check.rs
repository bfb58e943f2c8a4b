//! `check` blocks, and the conditions of variables: what may stand in them.
//!
//! It evaluates nothing; whether a condition holds is for planning.

use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::block::{Decoder, label};
use super::module::add_resource;
use super::reference::{Subject, parse};
use super::{Check, Condition, Module, ResourceConfig, resource};
use crate::address::Mode;
use crate::lang::ast::Block;

/// Adds a `check` block, and the data source inside it.
pub fn add(module: &mut Module, block: &Block, decoder: &mut Decoder<'_>) {
    if !decoder.labels(block, &["name"]) {
        return;
    }
    decoder.name(&block.labels[0], "Invalid check block name");
    decoder.only(&block.body, &[], &["data", "assert"]);
    let name = label(block, 0);
    let mut data: Option<Box<ResourceConfig>> = None;
    for inner in block.body.blocks_of("data") {
        if !decoder.labels(inner, &["type", "name"]) {
            continue;
        }
        if let Some(before) = &data {
            let at = decoder.place(before.span);
            decoder.error(
                inner.def_span(),
                "Multiple data resource blocks",
                format!("This check block already has a data resource defined at {at}."),
            );
            continue;
        }
        data = nested_data(inner, decoder);
    }
    let asserts = block.body.blocks_of("assert");
    let asserts: Vec<Condition> = asserts.filter_map(|b| decoder.condition(b)).collect();
    if asserts.is_empty() {
        decoder.error(
            block.def_span(),
            "Zero assert blocks",
            "Check blocks must have at least one assert block.",
        );
    }
    let within = data.as_ref().map(|d| d.address.resource.clone());
    if let Some(mut found) = data {
        found.meta.write().check = Some(name.clone());
        add_resource(module, found, decoder);
    }
    let check = Check {
        name: name.clone(),
        span: block.def_span(),
        data: within,
        asserts,
    };
    match module.checks.entry(name.clone()) {
        Entry::Occupied(old) => {
            let at = decoder.place(old.get().span);
            decoder.error(
                block.def_span(),
                &format!("Duplicate check {name:?} configuration"),
                format!("A check block named {name:?} was already declared at {at}. Check blocks must be unique within each module."),
            );
        }
        Entry::Vacant(place) => {
            place.insert(check);
        }
    }
}

/// A data source inside a check, which has none of what the check decides for it.
fn nested_data(block: &Block, decoder: &mut Decoder<'_>) -> Option<Box<ResourceConfig>> {
    let before = decoder.diagnostics.len();
    for inner in block.body.blocks_of("lifecycle") {
        decoder.error(
            inner.def_span(),
            "Invalid lifecycle block",
            "Nested data blocks do not support \"lifecycle\" blocks as the lifecycle is managed by the containing block.",
        );
    }
    for name in ["count", "for_each"] {
        if let Some(attribute) = block.body.attribute(name) {
            decoder.error(
                attribute.name_span,
                &format!("Invalid {name:?} attribute"),
                "The \"count\" and \"for_each\" meta-arguments are not supported within nested data blocks.",
            );
        }
    }
    let mut plain = block.clone();
    plain.body = super::block::without(plain.body, &["count", "for_each"], &["lifecycle"]);
    resource::decode(plain, Mode::Data, decoder).filter(|_| decoder.diagnostics.len() == before)
}

/// A `validation` block of the variable `name`, whose condition must be about it.
pub fn validation(name: &Arc<str>, block: &Block, decoder: &mut Decoder<'_>) -> Option<Condition> {
    let found = decoder.condition(block);
    let condition = block.body.attribute("condition")?;
    let own = condition.expr.references().into_iter().any(|t| {
        let subject = parse(t, decoder.sources).ok().map(|r| r.subject);
        matches!(subject, Some(Subject::Variable(n)) if n == *name)
    });
    if !own {
        decoder.error(
            condition.expr.span,
            "Invalid variable validation condition",
            format!("The condition for variable {name:?} must refer to var.{name} in order to test incoming values."),
        );
    }
    found
}
