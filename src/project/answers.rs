//! Answers to manual steps that were given beforehand: in a file, for where nobody can be asked.
//!
//! ```hcl
//! step "manual_step.product" {
//!   code    = "1f2e3d4c"          # as the pending step tells it
//!   by      = "ada@acme.test"
//!   results = { order = "4711" }
//! }
//! ```
//!
//! In JSON: an object of these by address. It only reads; what an answer is good for is decided where it is used.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::{Diagnostic, Diagnostics, Fields, Type, Value};

use crate::address::Address;
use crate::config::block::Decoder;
use crate::lang::ast::Block;
use crate::lang::eval::eval_constant;
use crate::lang::parser::parse_file;
use crate::lang::source::Sources;

/// Answers by the address of the step.
pub type Answers = BTreeMap<String, GivenAnswer>;

/// An answer that was given beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GivenAnswer {
    /// The code of what is confirmed.
    pub code: Option<String>,
    /// Who confirms.
    pub by: Option<String>,
    /// The values that came back.
    pub results: BTreeMap<String, String>,
}

/// Reads answers from the text of a file.
pub fn read(name: &str, bytes: &[u8], sources: &Arc<Sources>) -> (Answers, Diagnostics) {
    match name.ends_with(".json") {
        true => json(name, bytes),
        false => hcl(name, bytes, sources),
    }
}

/// Reads answers as JSON; `name` is where they are from.
#[must_use]
pub fn json(name: &str, bytes: &[u8]) -> (Answers, Diagnostics) {
    let read: Result<Answers, _> = serde_json::from_slice(bytes);
    let mut found = Vec::new();
    let answers = read.unwrap_or_else(|error| {
        let why = format!("The answers in {name} cannot be read: {}. They are an object of addresses of steps, each with \"code\", \"by\" and \"results\".", place(&error));
        found.push(Diagnostic::error("Invalid answers to manual steps", why));
        Answers::new()
    });
    for address in answers.keys().filter(|a| Address::parse(a).is_none()) {
        let why = format!(
            "{address:?} in {name} is not the address of a step, such as manual_step.product."
        );
        found.push(Diagnostic::error("Invalid answers to manual steps", why));
    }
    (answers, found)
}

/// Where a JSON text is wrong, without what stands there, which may be a secret.
fn place(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Data => "something is not of the kind that is wanted",
        _ => "it is not JSON",
    };
    format!(
        "{what}, at line {}, column {}",
        error.line(),
        error.column()
    )
}

fn hcl(name: &str, bytes: &[u8], sources: &Arc<Sources>) -> (Answers, Diagnostics) {
    let file = sources.add_bytes(name, bytes.to_vec());
    let (body, mut diagnostics) = parse_file(sources, file);
    let mut answers = Answers::new();
    let mut decoder = Decoder::new(sources, &mut diagnostics);
    decoder.only(&body, &[], &["step"]);
    for block in body.blocks.iter().filter(|b| &*b.kind == "step") {
        if !decoder.labels(block, &["address"]) {
            continue;
        }
        let label = &block.labels[0];
        let Some(address) = Address::parse(&label.text) else {
            decoder.error(
                label.span,
                "Invalid answers to manual steps",
                "This is not the address of a step, such as \"manual_step.product\".",
            );
            continue;
        };
        let answer = step(block, &mut decoder);
        if answers.insert(address.to_string(), answer).is_some() {
            decoder.error(
                block.def_span(),
                "Invalid answers to manual steps",
                "There is an answer to this step already.",
            );
        }
    }
    (answers, diagnostics)
}

fn step(block: &Block, decoder: &mut Decoder<'_>) -> GivenAnswer {
    decoder.only(&block.body, &["code", "by", "results"], &[]);
    let mut text = |name: &str| {
        let attribute = block.body.attribute(name)?;
        decoder.literal_string(attribute)
    };
    let (code, by) = (text("code"), text("by"));
    let mut results = BTreeMap::new();
    if let Some(attribute) = block.body.attribute("results") {
        let value = eval_constant(&attribute.expr, decoder.sources, decoder.diagnostics);
        let texts = trunkline_api::convert(&value, &Type::map(Type::String)).ok();
        match texts.as_ref().and_then(Value::as_fields) {
            Some(fields) => results.extend(plain(fields)),
            None => decoder.error(
                attribute.expr.span,
                "Invalid answers to manual steps",
                "The results are an object of texts.",
            ),
        }
    }
    GivenAnswer { code, by, results }
}

fn plain(fields: &Fields) -> impl Iterator<Item = (String, String)> {
    fields
        .iter()
        .filter_map(|(name, v)| Some((name.to_string(), v.as_str()?.to_owned())))
}
