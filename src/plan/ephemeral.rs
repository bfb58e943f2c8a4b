//! Ephemeral values where they may not be: in attributes that the state keeps.
//!
//! It evaluates nothing and calls no provider.

use trunkline_api::{Block, Diagnostics, Kind, Nesting, Value};

use crate::lang::ast::Body;
use crate::lang::source::{Sources, SrcSpan};

/// Reports every argument that is stored and has an ephemeral value in it.
#[must_use]
pub fn stored(body: &Body, block: &Block, value: &Value, sources: &Sources) -> Diagnostics {
    let mut found = Vec::new();
    visit(
        body,
        block,
        value,
        String::new(),
        body.span,
        sources,
        &mut found,
    );
    found
}

fn visit(
    body: &Body,
    block: &Block,
    value: &Value,
    prefix: String,
    around: SrcSpan,
    sources: &Sources,
    found: &mut Diagnostics,
) {
    let Kind::Object(fields) = value.kind() else {
        return;
    };
    for (name, schema) in &block.attributes {
        let ephemeral = fields
            .get(name)
            .is_some_and(|v| v.marks_deep().is_ephemeral());
        if ephemeral && !schema.write_only {
            let written = body.attribute(name).map(|a| a.expr.span);
            let path = format!("{prefix}{name}");
            found.push(sources.error(
                written.unwrap_or(around),
                "Invalid use of ephemeral value",
                format!("Ephemeral values are not valid for {path:?}, because it is not a write-only attribute and must be persisted to state."),
            ));
        }
    }
    for (name, nested) in &block.blocks {
        let Some(inner) = fields.get(name).filter(|v| v.marks_deep().is_ephemeral()) else {
            continue;
        };
        let objects: Vec<(String, &Value)> = match (nested.nesting, inner.kind()) {
            (Nesting::Single | Nesting::Group, _) => vec![(format!("{prefix}{name}."), inner)],
            (_, Kind::List(_, all) | Kind::Set(_, all) | Kind::Tuple(all)) => all
                .iter()
                .enumerate()
                .map(|(i, v)| (format!("{prefix}{name}[{i}]."), v))
                .collect(),
            (_, Kind::Map(_, all) | Kind::Object(all)) => all
                .iter()
                .map(|(k, v)| (format!("{prefix}{name}[{k:?}]."), v))
                .collect(),
            _ => Vec::new(),
        };
        let empty = Body::default();
        for (i, (prefix, object)) in objects.into_iter().enumerate() {
            // Blocks that are written one by one stand in the order of their objects; for others the place around
            // them is told.
            let written = body.blocks_of(name).nth(i);
            let (inside, around) = match written {
                Some(block) => (&block.body, block.def_span()),
                None => (&empty, around),
            };
            visit(
                inside,
                &nested.block,
                object,
                prefix,
                around,
                sources,
                found,
            );
        }
    }
}
