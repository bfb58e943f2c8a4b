//! Mock providers and overrides of test files: what is given instead of what a provider would make.
//!
//! Their values are constants, and evaluated here; which attributes they fill is for the tests' providers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trunkline_api::Value;

use super::block::{Decoder, label};
use super::{ConfigFiles, ProviderName};
use crate::address::{Mode, Target, parse_target};
use crate::lang::ast::{Attribute, Block, Body};
use crate::lang::eval::eval_constant;
use crate::lang::json_syntax;
use crate::lang::parser::parse_file;
use crate::lang::source::SrcSpan;

/// A `mock_provider` block.
#[derive(Clone, Debug)]
pub struct MockProvider {
    /// Name and alias.
    pub name: ProviderName,
    /// The header.
    pub span: SrcSpan,
    /// Values are known when planning already.
    pub during_plan: bool,
    /// Values of computed attributes, by mode and type.
    pub defaults: BTreeMap<(Mode, Arc<str>), Given>,
    /// Objects that are given.
    pub overrides: Vec<Override>,
}

/// Values that are given instead of computed ones.
#[derive(Clone, Debug)]
pub struct Given {
    /// An object: attributes by name.
    pub values: Value,
    /// Known when planning already; none where nothing is said.
    pub during_plan: Option<bool>,
}

/// An `override_resource`, `override_data` or `override_module` block.
#[derive(Clone, Debug)]
pub struct Override {
    /// What is given instead of being made.
    pub target: Target,
    /// Its computed attributes, or the outputs of the module.
    pub given: Given,
}

/// A `mock_provider` block, with what the files of its `source` directory say.
pub(super) fn provider(
    block: &Block,
    name: ProviderName,
    files: &dyn ConfigFiles,
    decoder: &mut Decoder<'_>,
) -> MockProvider {
    const BLOCKS: &[&str] = &[
        "mock_resource",
        "mock_data",
        "override_resource",
        "override_data",
        "override_module",
    ];
    decoder.only(&block.body, &["alias", "source", "override_during"], BLOCKS);
    let mut mock = MockProvider {
        name,
        span: block.def_span(),
        during_plan: during(&block.body, decoder) == Some(true),
        defaults: BTreeMap::new(),
        overrides: Vec::new(),
    };
    if let Some(source) = block.body.attribute("source")
        && let Some(dir) = decoder.literal_string(source)
    {
        let dir = PathBuf::from(super::files::key(Path::new(&dir)));
        let names = files.list(&dir).unwrap_or_default();
        for name in &names {
            let parse = match () {
                () if name.ends_with(".tfmock.hcl") => parse_file,
                () if name.ends_with(".tfmock.json") => json_syntax::parse_mock,
                () => continue,
            };
            let path = dir.join(name);
            let Ok(bytes) = files.read(&path) else {
                continue;
            };
            let id = decoder.sources.add_bytes(path.display().to_string(), bytes);
            let (body, problems) = parse(decoder.sources, id);
            decoder.diagnostics.extend(problems);
            decoder.only(&body, &[], BLOCKS);
            content(&mut mock, &body, decoder);
        }
    }
    content(&mut mock, &block.body, decoder);
    mock
}

fn content(mock: &mut MockProvider, body: &Body, decoder: &mut Decoder<'_>) {
    let mut seen: BTreeMap<(Mode, Arc<str>), SrcSpan> = BTreeMap::new();
    for block in &body.blocks {
        let mode = match &*block.kind {
            "mock_resource" => Mode::Managed,
            "mock_data" => Mode::Data,
            kind if kind.starts_with("override_") => {
                mock.overrides.extend(override_block(block, decoder));
                continue;
            }
            _ => continue,
        };
        if !decoder.labels(block, &["type"]) {
            continue;
        }
        decoder.only(&block.body, &["defaults", "override_during"], &[]);
        let key = (mode, label(block, 0));
        if let Some(before) = seen.insert(key.clone(), block.def_span()) {
            let at = decoder.place(before);
            decoder.error(
                block.def_span(),
                &format!("Duplicate {} block", block.kind),
                format!(
                    "A {} block for {} has already been defined at {at}.",
                    block.kind, key.1
                ),
            );
            continue;
        }
        let given = Given {
            values: object(block.body.attribute("defaults"), decoder),
            during_plan: during(&block.body, decoder),
        };
        mock.defaults.insert(key, given);
    }
}

/// An `override_` block.
pub(super) fn override_block(block: &Block, decoder: &mut Decoder<'_>) -> Option<Override> {
    let (values, kinds) = match &*block.kind {
        "override_module" => ("outputs", "modules"),
        "override_data" => ("values", "data sources"),
        "override_resource" => ("values", "resources"),
        _ => return None,
    };
    decoder.only(&block.body, &["target", values, "override_during"], &[]);
    let given = Given {
        values: object(block.body.attribute(values), decoder),
        during_plan: during(&block.body, decoder),
    };
    let Some(target) = block.body.attribute("target") else {
        decoder.error(
            block.def_span(),
            "Missing target attribute",
            format!("{} blocks must specify a target address.", block.kind),
        );
        return None;
    };
    let written = decoder.static_reference(&target.expr)?;
    let Some(found) = parse_target(&written.to_string()) else {
        decoder.error(
            target.expr.span,
            "Invalid address",
            format!("{written} is not the address of a resource, data source or module."),
        );
        return None;
    };
    let fits = match &found {
        Target::Module(_) => kinds == "modules",
        Target::Instance(address) if address.resource.mode == Mode::Data => kinds == "data sources",
        _ => kinds == "resources",
    };
    if !fits {
        decoder.error(
            target.span,
            "Invalid override target",
            format!(
                "You can only target {kinds} from {} blocks, not {written}.",
                block.kind
            ),
        );
        return None;
    }
    Some(Override {
        target: found,
        given,
    })
}

fn during(body: &Body, decoder: &mut Decoder<'_>) -> Option<bool> {
    let attribute = body.attribute("override_during")?;
    match attribute.expr.as_keyword() {
        Some("plan") => Some(true),
        Some("apply") => Some(false),
        _ => {
            decoder.error(
                attribute.expr.span,
                "Invalid override_during value",
                "The override_during attribute must be a value of plan or apply.",
            );
            None
        }
    }
}

/// The constant object that an argument holds; an empty one without it.
fn object(attribute: Option<&Attribute>, decoder: &mut Decoder<'_>) -> Value {
    let empty = || Value::object(Vec::<(Arc<str>, Value)>::new());
    let Some(attribute) = attribute else {
        return empty();
    };
    let before = decoder.diagnostics.len();
    let value = eval_constant(&attribute.expr, decoder.sources, decoder.diagnostics);
    if decoder.diagnostics.len() > before {
        return empty();
    }
    if value.as_fields().is_none() {
        decoder.error(
            attribute.expr.span,
            &format!("Invalid {} attribute", attribute.name),
            format!(
                "{} attributes must be objects, with a value for each attribute.",
                attribute.name
            ),
        );
        return empty();
    }
    value
}
