//! The state as `show -json` prints it, format version 1.0, and outputs as `output -json` does.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use trunkline_api::Value;
use trunkline_api::json::type_json;

use super::masks::{known_json, sensitive_mask};
use super::plan::identify;
use crate::address::ModuleInstance;
use crate::report::mask;
use crate::report::state_text::{StateOutput, StateView};

/// A resource with the module it is in.
pub(super) type Row<'a> = (&'a ModuleInstance, Json);

/// The document. A state that holds nothing at all has only its format version.
#[must_use]
pub fn state_json(
    state: &StateView<'_>,
    terraform_version: &str,
    checks: &[Json],
    redact: bool,
) -> Json {
    let mut out = Map::new();
    out.insert("format_version".into(), json!("1.0"));
    if state.resources.is_empty() && state.outputs.is_empty() {
        return Json::Object(out);
    }
    let mut values = Map::new();
    if !state.outputs.is_empty() {
        values.insert("outputs".into(), outputs_json(&state.outputs, redact));
    }
    let rows = state.resources.iter().map(|instance| {
        let value = match instance.schema {
            Some(schema) => mask::with_schema(&instance.value, &schema.block),
            None => Cow::Borrowed(&instance.value),
        };
        let mut body = Map::new();
        identify(&mut body, &instance.address, &instance.provider_source);
        body.insert("schema_version".into(), json!(instance.schema_version));
        body.insert("values".into(), known_json(&value, redact));
        body.insert("sensitive_values".into(), sensitive_mask(&value));
        if !instance.dependencies.is_empty() {
            body.insert("depends_on".into(), json!(&*instance.dependencies));
        }
        if instance.tainted {
            body.insert("tainted".into(), json!(true));
        }
        if let Some(key) = &instance.deposed {
            body.insert("deposed_key".into(), json!(key));
        }
        (&instance.address.module, Json::Object(body))
    });
    values.insert("root_module".into(), module_tree(rows));
    out.insert("terraform_version".into(), json!(terraform_version));
    out.insert("values".into(), Json::Object(values));
    if !checks.is_empty() {
        out.insert("checks".into(), json!(checks));
    }
    Json::Object(out)
}

#[derive(Default)]
struct Node<'a> {
    resources: Vec<Json>,
    children: BTreeMap<&'a ModuleInstance, Node<'a>>,
}

/// Resources put into the tree of their modules; within a module they keep their order.
pub(super) fn module_tree<'a>(rows: impl Iterator<Item = Row<'a>>) -> Json {
    // Module instances own their paths, so ancestors are made once here and then borrowed.
    let (paths, resources): (Vec<Vec<ModuleInstance>>, Vec<Json>) = rows
        .map(|(module, json)| {
            let mut path = Vec::new();
            let mut at = module.clone();
            while let Some((parent, ..)) = at.parent() {
                path.push(at);
                at = parent;
            }
            path.reverse();
            (path, json)
        })
        .unzip();
    let mut root = Node::default();
    for (path, resource) in paths.iter().zip(resources) {
        let mut node = &mut root;
        for module in path {
            node = node.children.entry(module).or_default();
        }
        node.resources.push(resource);
    }
    node_json(root, None)
}

fn node_json(node: Node<'_>, address: Option<&ModuleInstance>) -> Json {
    let mut out = Map::new();
    if let Some(address) = address {
        out.insert("address".into(), json!(address.to_string()));
    }
    if !node.resources.is_empty() {
        out.insert("resources".into(), Json::Array(node.resources));
    }
    if !node.children.is_empty() {
        let children = node.children.into_iter();
        let children = children.map(|(module, node)| node_json(node, Some(module)));
        out.insert("child_modules".into(), children.collect());
    }
    Json::Object(out)
}

/// All outputs with their types, as `output -json` prints them.
#[must_use]
pub fn outputs_json(outputs: &[StateOutput], redact: bool) -> Json {
    let outputs = outputs.iter().map(|output| {
        let value = output_json(&output.value, redact && output.sensitive);
        let json = json!({
            "sensitive": output.sensitive,
            "type": type_json(&output.value.ty()),
            "value": value,
        });
        (output.name.to_string(), json)
    });
    Json::Object(outputs.collect())
}

/// One output's value, as `output -json NAME` prints it.
#[must_use]
pub fn output_json(value: &Value, hide: bool) -> Json {
    if hide {
        return Json::Null;
    }
    known_json(value, false)
}
