//! Reading a tfstate document.
//!
//! It checks what Terraform checks, in its words, and reads nothing but the bytes it is given.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_state::{IndexKey, Mode, Output, Row, RowName};

use super::Document;
use super::redact::REDACTED;
use crate::address::{
    Address, InstanceKey, Mode as AddressMode, ModuleInstance, Resource, Target, parse_target,
};
use crate::project::provided::parse_provider;

const FORMAT: &str = "Unsupported state file format";
const INVALID: &str = "Invalid state file format";
const METADATA: &str = "Invalid resource instance metadata in state";

/// Reads a document. No bytes at all are an empty state without lineage.
pub fn read(bytes: &[u8]) -> Result<Document, Diagnostics> {
    if bytes.is_empty() {
        return Ok(Document::default());
    }
    let mut problems = Vec::new();
    let parsed: Json = match serde_json::from_slice(bytes) {
        Ok(parsed) => parsed,
        Err(error) => {
            let at = offset(bytes, error.line(), error.column());
            let detail = format!(
                "The state file could not be parsed as JSON: syntax error at byte offset {at}."
            );
            problems.push(Diagnostic::error(FORMAT, detail));
            Json::Null
        }
    };
    version(&parsed, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let Json::Object(root) = parsed else {
        return Err(problems);
    };
    if root.get(REDACTED) == Some(&Json::Bool(true)) {
        return Err(vec![Diagnostic::error(
            "Redacted state",
            "Secrets have been left out of this state (-redact), so it can only be looked at. Pull it again with -redact=false.",
        )]);
    }
    let text = |name: &str| match root.get(name) {
        None | Some(Json::Null) => Ok(String::new()),
        Some(Json::String(text)) => Ok(text.clone()),
        Some(other) => Err(vec![wrong_field(name, other)]),
    };
    let serial = match root.get("serial") {
        None | Some(Json::Null) => 0,
        Some(n) => n.as_u64().ok_or_else(|| vec![wrong_field("serial", n)])?,
    };
    let mut document = Document {
        lineage: text("lineage")?,
        serial,
        terraform_version: text("terraform_version")?,
        checks: match root.get("check_results") {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::Array(found)) if found.is_empty() => Vec::new(),
            Some(found @ Json::Array(_)) => found.to_string().into_bytes(),
            Some(other) => return Err(vec![wrong_field("check_results", other)]),
        },
        ..Document::default()
    };
    match root.get("resources") {
        None | Some(Json::Null) => {}
        Some(Json::Array(resources)) => {
            for found in resources {
                resource(found, &mut document.rows, &mut problems);
            }
        }
        Some(other) => problems.push(wrong_field("resources", other)),
    }
    let mut names = BTreeSet::new();
    for row in &document.rows {
        if !names.insert(&row.key) {
            let detail = format!(
                "Instance {} appears multiple times in the state file.",
                row.key.address
            );
            problems.push(Diagnostic::error(
                "Duplicate resource instance in state",
                detail,
            ));
        }
    }
    match root.get("outputs") {
        None | Some(Json::Null) => {}
        Some(Json::Object(found)) => {
            for (name, value) in found {
                match output(name, value) {
                    Ok(output) => document.outputs.push(output),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        Some(other) => problems.push(wrong_field("outputs", other)),
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    document.rows.sort_by(|a, b| a.key.cmp(&b.key));
    document.outputs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(document)
}

/// The place of a syntax error as a count of bytes.
fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let before: usize = bytes
        .split_inclusive(|b| *b == b'\n')
        .take(line.saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    (before + column).min(bytes.len())
}

/// Checks the version of the format.
fn version(parsed: &Json, problems: &mut Diagnostics) {
    let missing = || {
        Diagnostic::error(
            FORMAT,
            "The state file does not have a \"version\" attribute, which is required to identify the format version.",
        )
    };
    let wrong = |what: String| {
        Diagnostic::error(
            FORMAT,
            format!(
                "The version in the state file is {what}. A positive whole number is required."
            ),
        )
    };
    let Json::Object(root) = parsed else {
        if !parsed.is_null() {
            problems.push(wrong(kind(parsed).into()));
        }
        problems.push(missing());
        return;
    };
    match root.get("version") {
        None | Some(Json::Null) => problems.push(missing()),
        Some(Json::Number(n)) => match n.as_u64() {
            Some(4) => {}
            Some(0) => problems.push(Diagnostic::error(
                FORMAT,
                "The state file uses JSON syntax but has a version number of zero. There was never a JSON-based state format zero, so this state file is invalid and cannot be processed.",
            )),
            Some(old @ 1..4) => problems.push(Diagnostic::error(
                FORMAT,
                format!(
                    "The state file uses format version {old}, which Terraform 0.11 and earlier wrote. Upgrade it with a newer Terraform first: \"terraform apply\" there writes version 4."
                ),
            )),
            Some(new) => problems.push(Diagnostic::error(
                FORMAT,
                format!(
                    "The state file uses format version {new}, which is not supported by Terraform {}. This state file may have been created by a newer version of Terraform.",
                    super::VERSION
                ),
            )),
            None => problems.push(wrong(format!("number {n}"))),
        },
        Some(other) => problems.push(wrong(kind(other).into())),
    }
}

/// The kind of a JSON value, in Go's words.
fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn wrong_field(name: &str, value: &Json) -> Diagnostic {
    Diagnostic::error(
        INVALID,
        format!(
            "The state file field {name:?} has invalid value {}",
            kind(value)
        ),
    )
}

fn structure(detail: &str) -> Diagnostic {
    Diagnostic::error(
        INVALID,
        format!("The state file does not conform to the expected JSON data structure: {detail}."),
    )
}

/// One resource with its instances.
fn resource(found: &Json, rows: &mut Vec<Row>, problems: &mut Diagnostics) {
    let text = |name: &str| found.get(name).and_then(Json::as_str).unwrap_or_default();
    let (type_name, name) = (text("type"), text("name"));
    let mode = match text("mode") {
        "managed" => AddressMode::Managed,
        "data" => AddressMode::Data,
        odd => {
            problems.push(Diagnostic::error(
                "Invalid resource mode in state",
                format!("State contains a resource with mode {odd:?} ({type_name:?} {name:?}) which is not supported."),
            ));
            return;
        }
    };
    let module = match text("module") {
        "" => ModuleInstance::root(),
        written => match parse_target(written) {
            Some(Target::Module(module)) => module,
            _ => {
                problems.push(Diagnostic::error(
                    "Invalid module instance address",
                    "A module instance address must begin with \"module.\".",
                ));
                return;
            }
        },
    };
    let resource = Resource::new(mode, type_name, name);
    let instances = found.get("instances").and_then(Json::as_array);
    for instance in instances.into_iter().flatten() {
        let Some(provider) = provider(text("provider")) else {
            problems.push(Diagnostic::error(
                "Invalid provider configuration address",
                format!(
                    "The provider configuration {:?} of {resource} cannot be read. It has the form provider[\"host/namespace/name\"].",
                    text("provider")
                ),
            ));
            return;
        };
        match row(&module, &resource, &provider, instance) {
            Ok(row) => rows.push(row),
            Err(problem) => problems.push(problem),
        }
    }
}

/// A provider configuration as rows say it; the form of Terraform 0.12 (`provider.name`) is understood.
fn provider(written: &str) -> Option<Arc<str>> {
    if parse_provider(written).is_some() {
        return Some(written.into());
    }
    let (module, rest) = match written.rfind("provider.") {
        Some(at) => (&written[..at], &written[at + "provider.".len()..]),
        None => return None,
    };
    let (name, alias) = match rest.split_once('.') {
        Some((name, alias)) => (name, format!(".{alias}")),
        None => (rest, String::new()),
    };
    let source = match name {
        "terraform" => "terraform.io/builtin/terraform".to_owned(),
        other => format!("registry.terraform.io/-/{other}"),
    };
    let full = format!("{module}provider[{source:?}]{alias}");
    parse_provider(&full).map(|_| full.into())
}

fn row(
    module: &ModuleInstance,
    resource: &Resource,
    provider: &Arc<str>,
    found: &Json,
) -> Result<Row, Diagnostic> {
    let Json::Object(found) = found else {
        return Err(structure("an instance is not an object"));
    };
    let at_resource = Address::new(module.clone(), resource.clone(), InstanceKey::None);
    let key = match found.get("index_key") {
        None | Some(Json::Null) => InstanceKey::None,
        Some(Json::String(s)) => InstanceKey::Str(s.as_str().into()),
        Some(Json::Number(n)) if n.as_f64().is_some() => InstanceKey::Int(
            n.as_i64()
                .unwrap_or_else(|| n.as_f64().map_or(0, |f| f as i64)),
        ),
        Some(odd) => {
            return Err(Diagnostic::error(
                METADATA,
                format!(
                    "Resource {at_resource} has an instance with the invalid instance key {odd}."
                ),
            ));
        }
    };
    let address = at_resource.with_key(key);
    let text = |name: &str| found.get(name).and_then(Json::as_str).unwrap_or_default();
    let tainted = match text("status") {
        "" => false,
        "tainted" => true,
        odd => {
            return Err(Diagnostic::error(
                METADATA,
                format!("Instance {address} has invalid status {odd:?}."),
            ));
        }
    };
    let deposed = match text("deposed") {
        "" => None,
        key if key.len() == 8 && key.bytes().all(|b| b.is_ascii_hexdigit()) => Some(key.to_owned()),
        odd => {
            return Err(Diagnostic::error(
                METADATA,
                format!(
                    "Instance {address} has an object with deposed key {odd:?}, which is not correctly formatted."
                ),
            ));
        }
    };
    if found.get("attributes_flat").is_some_and(|f| !f.is_null()) {
        return Err(Diagnostic::error(
            INVALID,
            format!(
                "Instance {address} is stored in the flat form of Terraform 0.11. Upgrade the state with a newer Terraform first: \"terraform apply\" there writes the present form."
            ),
        ));
    }
    let attributes = match found.get("attributes") {
        None | Some(Json::Null) => json!({}),
        Some(attributes) => attributes.clone(),
    };
    let private = match text("private") {
        "" => Vec::new(),
        encoded => {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD
                .decode(encoded)
                .map_err(|_| structure("illegal base64 data"))?
        }
    };
    let mut stored = Map::new();
    stored.insert("attributes".into(), attributes);
    stored.insert("sensitive".into(), sensitive(found)?);
    Ok(Row {
        key: RowName {
            address: address.to_string(),
            deposed,
        },
        module: module.to_string().into(),
        mode: match resource.mode {
            AddressMode::Data => Mode::Data,
            _ => Mode::Managed,
        },
        type_name: resource.type_name.clone(),
        name: resource.name.clone(),
        index_key: match &address.key {
            InstanceKey::None => None,
            InstanceKey::Int(n) => Some(IndexKey::Int(*n)),
            InstanceKey::Str(s) => Some(IndexKey::Str(s.clone())),
        },
        provider: provider.clone(),
        schema_version: found
            .get("schema_version")
            .and_then(Json::as_u64)
            .unwrap_or(0),
        tainted,
        create_before_destroy: found
            .get("create_before_destroy")
            .and_then(Json::as_bool)
            .unwrap_or(false),
        dependencies: dependencies(found, &address)?.into(),
        attributes: Json::Object(stored).to_string().into_bytes(),
        private,
        version: 0,
    })
}

/// The paths that are sensitive.
fn sensitive(found: &Map<String, Json>) -> Result<Json, Diagnostic> {
    let paths = found.get("sensitive_attributes");
    let Some(Json::Array(paths)) = paths else {
        return Ok(json!([]));
    };
    for step in paths.iter().filter_map(Json::as_array).flatten() {
        let kind = step.get("type").and_then(Json::as_str).unwrap_or_default();
        if !matches!(kind, "get_attr" | "index") {
            return Err(Diagnostic::error(
                "Unsupported path step",
                format!("Unsupported path step type {kind:?}"),
            ));
        }
    }
    Ok(Json::Array(paths.clone()))
}

/// What an instance depends on; itself left out.
fn dependencies(found: &Map<String, Json>, address: &Address) -> Result<Vec<String>, Diagnostic> {
    let mut texts = Vec::new();
    let written = found.get("dependencies").and_then(Json::as_array);
    for text in written.into_iter().flatten().filter_map(Json::as_str) {
        match parse_target(text) {
            Some(Target::Instance(on)) if on.config() == address.config() => {}
            Some(Target::Instance(on)) => texts.push(on.config().to_string()),
            _ => {
                return Err(Diagnostic::error(
                    "Invalid address",
                    "Resource specification must include a resource type and name.",
                ));
            }
        }
    }
    texts.sort();
    texts.dedup();
    Ok(texts)
}

fn output(name: &str, found: &Json) -> Result<Output, Diagnostic> {
    let ty = found.get("type").cloned().unwrap_or(Json::Null);
    let value = found.get("value").cloned().unwrap_or(Json::Null);
    let parsed = trunkline_api::json::type_from_json(&ty).map_err(|e| {
        Diagnostic::error(
            "Invalid output value type in state",
            format!(
                "The state file has an invalid type specification for output {name:?}: {}.",
                e.0
            ),
        )
    })?;
    trunkline_api::json::from_json(&value, &parsed).map_err(|e| {
        Diagnostic::error(
            "Invalid output value saved in state",
            format!(
                "The state file has an invalid value for output {name:?}: {}.",
                e.0
            ),
        )
    })?;
    Ok(Output {
        name: name.into(),
        sensitive: found
            .get("sensitive")
            .and_then(Json::as_bool)
            .unwrap_or(false),
        value: value.to_string().into_bytes(),
        value_type: ty.to_string().into_bytes(),
        version: 0,
    })
}
