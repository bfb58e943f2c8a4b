//! Override files: their blocks are merged into those of the other files, argument by argument.
//!
//! It works on bodies before they are decoded, so that what is merged is decoded once. It reads no files.
//! The rules are those of Terraform: nested blocks of a type replace all nested blocks of that type,
//! `locals` and `required_providers` merge by name.

use std::sync::Arc;

use trunkline_api::Diagnostics;

use crate::lang::ast::{Attribute, Block, Body};
use crate::lang::source::SrcSpan;
use crate::lang::types_expr;

use super::block::Decoder;

/// Whether a file of this name overrides others.
#[must_use]
pub fn is_override_file(name: &str) -> bool {
    let stem = name
        .strip_suffix(".tf.json")
        .or_else(|| name.strip_suffix(".tf"));
    stem.is_some_and(|stem| stem == "override" || stem.ends_with("_override"))
}

/// Merges the blocks of an override file into the bodies of the other files.
pub fn merge(base: &mut [Body], over: Body, decoder: &mut Decoder<'_>) -> Body {
    let mut rest = Body {
        blocks: Vec::new(),
        ..over.clone()
    };
    for block in over.blocks {
        match &*block.kind {
            "locals" => locals(base, &block, decoder),
            "terraform" => rest.blocks.push(terraform(base, block)),
            // Terraform passes over an ephemeral resource that nothing is there for.
            "ephemeral" if find(base, |b| same_labels(b, &block)).is_none() => {}
            "variable" | "output" | "module" | "resource" | "data" | "ephemeral" => {
                named(base, block, decoder);
            }
            "provider" => {
                if let Some(unmatched) = provider(base, block, decoder) {
                    rest.blocks.push(unmatched);
                }
            }
            // Terraform passes over these.
            "removed" => {}
            "check" => decoder.error(
                block.def_span(),
                "Can't override check blocks",
                "Override files cannot override check blocks.",
            ),
            "moved" | "import" => {
                let detail = format!(
                    "Blocks of type {:?} can appear only in normal files, not in override files.",
                    block.kind
                );
                let summary = format!("Cannot override '{}' blocks", block.kind);
                decoder.error(block.def_span(), &summary, detail);
            }
            // Whatever it is, decoding reports it.
            _ => rest.blocks.push(block),
        }
    }
    rest
}

fn find(base: &mut [Body], mut wanted: impl FnMut(&Block) -> bool) -> Option<&mut Block> {
    base.iter_mut()
        .flat_map(|body| body.blocks.iter_mut())
        .find(|block| wanted(block))
}

fn same_labels(a: &Block, b: &Block) -> bool {
    a.kind == b.kind
        && a.labels.len() == b.labels.len()
        && a.labels
            .iter()
            .zip(&b.labels)
            .all(|(a, b)| a.text == b.text)
}

fn named(base: &mut [Body], over: Block, decoder: &mut Decoder<'_>) {
    if let Some(dependencies) = over.body.attribute("depends_on")
        && &*over.kind != "variable"
    {
        decoder.error(
            dependencies.name_span,
            "Unsupported override",
            "The depends_on argument may not be overridden.",
        );
        return;
    }
    if let Some(block) = find(base, |b| same_labels(b, &over)) {
        let header = over.def_span();
        let replaced = |name: &str| over.body.attribute(name).is_some();
        let (ty, default) = (replaced("type"), replaced("default"));
        merge_body(&mut block.body, over.body);
        if &*block.kind == "variable" && (ty || default) {
            overridden_default(block, header, default, decoder);
        }
        return;
    }
    let (kind, name) = (&*over.kind, over.label(over.labels.len().saturating_sub(1)));
    let (summary, detail) = match kind {
        "variable" => (
            "Missing base variable declaration to override",
            format!(
                "There is no variable named {name:?}. An override file can only override a variable that was already declared in a primary configuration file."
            ),
        ),
        "output" => (
            "Missing base output definition to override",
            format!(
                "There is no output named {name:?}. An override file can only override an output that was already defined in a primary configuration file."
            ),
        ),
        "module" => (
            "Missing module call to override",
            format!(
                "There is no module call named {name:?}. An override file can only override a module call that was defined in a primary configuration file."
            ),
        ),
        _ => {
            let (summary, what) = match kind {
                "data" => ("Missing data resource to override", "data resource"),
                "ephemeral" => (
                    "Missing ephemeral resource to override",
                    "ephemeral resource",
                ),
                _ => ("Missing resource to override", "resource"),
            };
            (
                summary,
                format!(
                    "There is no {} {what} named {name:?}. An override file can only override a {what} block defined in a primary configuration file.",
                    over.label(0)
                ),
            )
        }
    };
    decoder.error(over.def_span(), summary, detail);
}

/// Reports a default that does not fit the type of its variable since one of them was overridden, and takes it away.
fn overridden_default(
    block: &mut Block,
    header: SrcSpan,
    default_is_new: bool,
    decoder: &mut Decoder<'_>,
) {
    let (Some(ty), Some(default)) = (
        block.body.attribute("type"),
        block.body.attribute("default"),
    ) else {
        return;
    };
    // What is wrong with either alone is told where it is decoded.
    let mut problems = Diagnostics::new();
    let mut aside = Decoder::new(decoder.sources, &mut problems);
    let constraint = super::module::variable_type(ty, &mut aside);
    let (value, more) = types_expr::constant(&default.expr, decoder.sources);
    if !problems.is_empty() || !more.is_empty() {
        return;
    }
    if let Err(error) = constraint.convert(&value) {
        let what = match default_is_new {
            true => {
                "The overridden default value for this variable is not compatible with the variable's type constraint"
            }
            false => {
                "Overriding this variable's type constraint has made its default value invalid"
            }
        };
        let why = types_expr::conversion_problem(&error);
        let summary = "Invalid default value for variable";
        decoder.error(header, summary, format!("{what}: {why}."));
        block.body.attributes.retain(|a| &*a.name != "default");
    }
}

/// Merges a provider block. `Some` is one that nothing is there for and that stands for itself.
fn provider(base: &mut [Body], over: Block, decoder: &mut Decoder<'_>) -> Option<Block> {
    let alias = |b: &Block| {
        let alias = b.body.attribute("alias");
        alias.and_then(|a| a.expr.as_literal_string().map(str::to_owned))
    };
    let wanted = alias(&over);
    if let Some(block) = find(base, |b| same_labels(b, &over) && alias(b) == wanted) {
        merge_body(&mut block.body, over.body);
        return None;
    }
    let Some(alias) = wanted else {
        return Some(over);
    };
    let detail = format!(
        "There is no {} provider configuration with the alias {alias:?}. An override file can only override an aliased provider configuration that was already defined in a primary configuration file.",
        over.label(0)
    );
    decoder.error(
        over.def_span(),
        "Missing base provider configuration for override",
        detail,
    );
    None
}

fn locals(base: &mut [Body], over: &Block, decoder: &mut Decoder<'_>) {
    for attribute in &over.body.attributes {
        let target = base
            .iter_mut()
            .flat_map(|body| body.blocks.iter_mut())
            .filter(|block| &*block.kind == "locals")
            .find_map(|block| {
                let found = block.body.attributes.iter_mut();
                found.into_iter().find(|a| a.name == attribute.name)
            });
        match target {
            Some(target) => *target = attribute.clone(),
            None => decoder.error(
                attribute.name_span,
                "Missing base local value definition to override",
                format!("There is no local value named {:?}. An override file can only override a local value that was already defined in a primary configuration file.", attribute.name),
            ),
        }
    }
}

/// Takes out of the other files what a `terraform` block replaces. What is left of it stands for itself.
fn terraform(base: &mut [Body], mut over: Block) -> Block {
    let version = over.body.attribute("required_version").is_some();
    let backend = |b: &Block| matches!(&*b.kind, "backend" | "cloud");
    let backends = over.body.blocks.iter().any(backend);
    for block in base.iter_mut().flat_map(|body| body.blocks.iter_mut()) {
        if &*block.kind != "terraform" {
            continue;
        }
        if version {
            let arguments = &mut block.body.attributes;
            arguments.retain(|a| &*a.name != "required_version");
        }
        if backends {
            block.body.blocks.retain(|b| !backend(b));
        }
    }
    let mut providers = base
        .iter_mut()
        .flat_map(|body| body.blocks.iter_mut())
        .filter(|b| &*b.kind == "terraform")
        .flat_map(|b| b.body.blocks.iter_mut())
        .filter(|b| &*b.kind == "required_providers");
    if let Some(block) = providers.next() {
        let (merged, kept): (Vec<Block>, Vec<Block>) = std::mem::take(&mut over.body.blocks)
            .into_iter()
            .partition(|b| &*b.kind == "required_providers");
        over.body.blocks = kept;
        for more in merged {
            merge_body(&mut block.body, more.body);
        }
    }
    over
}

/// The type of a nested block, which a `dynamic` block has as its label.
fn type_of(block: &Block) -> Arc<str> {
    match (&*block.kind, block.labels.first()) {
        ("dynamic", Some(label)) => label.text.clone(),
        _ => block.kind.clone(),
    }
}

fn merge_body(base: &mut Body, over: Body) {
    for attribute in over.attributes {
        // Where one is in a file and the other in the file that overrides it, it is the number that counts.
        match &*attribute.name {
            "count" => base.attributes.retain(|a| &*a.name != "for_each"),
            "for_each" if base.attribute("count").is_some() => continue,
            _ => {}
        }
        set(&mut base.attributes, attribute);
    }
    let (lifecycles, blocks): (Vec<Block>, Vec<Block>) = over
        .blocks
        .into_iter()
        .partition(|b| &*b.kind == "lifecycle");
    for lifecycle in lifecycles {
        let found = base.blocks.iter_mut().find(|b| &*b.kind == "lifecycle");
        match found {
            Some(old) => merge_body(&mut old.body, lifecycle.body),
            None => base.blocks.push(lifecycle),
        }
    }
    let replaced: Vec<Arc<str>> = blocks.iter().map(type_of).collect();
    base.blocks.retain(|b| !replaced.contains(&type_of(b)));
    base.blocks.extend(blocks);
}

fn set(attributes: &mut Vec<Attribute>, attribute: Attribute) {
    match attributes.iter_mut().find(|a| a.name == attribute.name) {
        Some(old) => *old = attribute,
        None => attributes.push(attribute),
    }
}
