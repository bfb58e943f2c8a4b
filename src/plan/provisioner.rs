//! The kinds of provisioners: what each takes, its offline rules, and its configuration for one instance.
//!
//! Nothing is run here; see [`crate::apply`].

use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Type, Value};

use super::evaluate::Evaluator;
use super::values::RepetitionData;
use crate::address::ModuleInstance;
use crate::config::{Config, Provisioner, Provisioners};

/// What a kind of provisioner takes; nothing when there is no such kind.
#[must_use]
pub fn schema(kind: &str) -> Option<Block> {
    let optional = |block: Block, name: &str, ty: Type| {
        block.attribute(name, Attribute::new(ty, "").optional())
    };
    let required =
        |name: &str| Block::new("").attribute(name, Attribute::new(Type::String, "").required());
    Some(match kind {
        "local-exec" => {
            let block = required("command");
            let block = optional(block, "interpreter", Type::list(Type::String));
            let block = optional(block, "working_dir", Type::String);
            let block = optional(block, "environment", Type::map(Type::String));
            optional(block, "quiet", Type::Bool)
        }
        "remote-exec" => {
            let block = optional(Block::new(""), "inline", Type::list(Type::String));
            let block = optional(block, "script", Type::String);
            optional(block, "scripts", Type::list(Type::String))
        }
        "file" => {
            let block = optional(required("destination"), "source", Type::String);
            optional(block, "content", Type::String)
        }
        _ => return None,
    })
}

/// What a `connection` block takes, of every type of connection.
#[must_use]
pub fn connection_schema() -> Block {
    const TEXTS: &[&str] = &[
        "type",
        "user",
        "password",
        "host_key",
        "timeout",
        "script_path",
        "target_platform",
        "private_key",
        "certificate",
        "agent_identity",
        "proxy_scheme",
        "proxy_host",
        "proxy_user_name",
        "proxy_user_password",
        "bastion_host",
        "bastion_host_key",
        "bastion_user",
        "bastion_password",
        "bastion_private_key",
        "bastion_certificate",
        "cacert",
    ];
    let of = |names: &[&'static str], ty: &Type| -> Vec<(&'static str, Attribute)> {
        let attribute = Attribute::new(ty.clone(), "").optional();
        names.iter().map(|n| (*n, attribute.clone())).collect()
    };
    let mut block = Block::new("").attribute("host", Attribute::new(Type::String, "").required());
    for (name, attribute) in [
        of(TEXTS, &Type::String),
        of(&["port", "proxy_port", "bastion_port"], &Type::Number),
        of(&["agent", "https", "insecure", "use_ntlm"], &Type::Bool),
    ]
    .concat()
    {
        block = block.attribute(name, attribute);
    }
    block
}

/// The configuration of a provisioner for one instance, and that of its connection where it has one. `None` when
/// there are errors. What is sensitive is marked.
pub fn configuration(
    provisioner: &Provisioner,
    all: &Provisioners,
    evaluator: &Evaluator<'_>,
    module: &ModuleInstance,
    repetition: &RepetitionData,
    this: &Value,
    diagnostics: &mut Diagnostics,
) -> Option<(Value, Option<Value>)> {
    let before = diagnostics.len();
    let schema = schema(&provisioner.kind)?;
    let body = &provisioner.body;
    let config = evaluator.own_block(module, repetition, this, body, &schema, diagnostics);
    let mut problems = rules(&provisioner.kind, &config);
    diagnostics.append(&mut problems);
    // The provisioner's own connection goes before the resource's, argument by argument.
    let own = provisioner.connection.iter();
    let bodies: Vec<_> = own.chain(&all.connection).collect();
    let connection = match bodies.as_slice() {
        [] => None,
        bodies => {
            let mut merged = bodies[0].clone();
            for more in &bodies[1..] {
                let new = more.attributes.iter();
                let new: Vec<_> = new
                    .filter(|a| merged.attribute(&a.name).is_none())
                    .cloned()
                    .collect();
                merged.attributes.extend(new);
                merged.blocks.extend(more.blocks.iter().cloned());
            }
            let schema = connection_schema();
            Some(evaluator.own_block(module, repetition, this, &merged, &schema, diagnostics))
        }
    };
    (!has_errors(&diagnostics[before..])).then_some((config, connection))
}

/// Rules of a kind beyond its schema.
fn rules(kind: &str, config: &Value) -> Diagnostics {
    let given = |name: &str| config.attr(name).is_some_and(|v| !v.is_null());
    let count = |names: &[&str]| names.iter().filter(|n| given(n)).count();
    match kind {
        "remote-exec" if count(&["inline", "script", "scripts"]) != 1 => vec![Diagnostic::error(
            "Invalid remote-exec provisioner configuration",
            "Only one of \"inline\", \"script\", or \"scripts\" must be set",
        )],
        "file" if count(&["source", "content"]) == 0 => vec![Diagnostic::error(
            "Must provide one of 'source' or 'content'",
            "",
        )],
        "file" if count(&["source", "content"]) == 2 => vec![Diagnostic::error(
            "Cannot set both 'source' and 'content'",
            "",
        )],
        _ => Vec::new(),
    }
}

/// Provisioners of kinds that do not exist.
#[must_use]
pub fn missing(config: &Config) -> Diagnostics {
    let mut found = Vec::new();
    for module in config.modules() {
        let resources = module.resources.values().map(|r| &*r.meta.provisioners);
        let removed = module.removed.iter().map(|r| &r.provisioners);
        for all in resources.chain(removed) {
            for provisioner in &all.list {
                if schema(&provisioner.kind).is_none() {
                    found.push(Diagnostic::error(
                        "Missing required provisioner plugin",
                        format!("This configuration requires provisioner plugin {:?}, which isn't available. There are \"local-exec\", \"remote-exec\" and \"file\".", provisioner.kind),
                    ));
                }
            }
        }
    }
    found
}
