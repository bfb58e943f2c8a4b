//! Writing a tfstate document.
//!
//! It reads what it is given and changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};
use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_state::{IndexKey, Mode, Row, Store};

use super::redact::redacted;
use super::{Document, VERSION};
use crate::address::{Address, ModuleInstance, Resource};

fn failed(why: String) -> Diagnostics {
    vec![Diagnostic::error("State store error", why)]
}

/// The document of what a store holds, as `state pull` prints it; with `redact` without what is sensitive.
pub fn pull(store: &Store, redact: bool) -> Result<String, Diagnostics> {
    let snapshot = store.snapshot().map_err(|e| failed(e.to_string()))?;
    let mut document = document(&Document::of(&snapshot))?;
    if redact {
        redacted(&mut document);
    }
    Ok(format!("{:#}\n", Json::Object(document)))
}

/// A state as text.
pub fn write(state: &Document) -> Result<String, Diagnostics> {
    Ok(format!("{:#}\n", Json::Object(document(state)?)))
}

fn document(state: &Document) -> Result<Map<String, Json>, Diagnostics> {
    let mut direct: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut grouped: BTreeMap<(ModuleInstance, Resource), Vec<(Address, &Row)>> = BTreeMap::new();
    for row in &state.rows {
        let address = Address::parse(&row.key.address)
            .ok_or_else(|| failed(format!("The address {:?} cannot be read.", row.key.address)))?;
        let entry = direct.entry(address.config().to_string()).or_default();
        entry.extend(row.dependencies.iter().cloned());
        let key = (address.module.clone(), address.resource.clone());
        grouped.entry(key).or_default().push((address, row));
    }
    let mut resources = Vec::new();
    for ((module, resource), mut rows) in grouped {
        rows.sort_by(|a, b| (&a.0, &a.1.key.deposed).cmp(&(&b.0, &b.1.key.deposed)));
        let mut out = Map::new();
        if !module.is_root() {
            out.insert("module".into(), json!(module.to_string()));
        }
        let mode = if rows[0].1.mode == Mode::Data {
            "data"
        } else {
            "managed"
        };
        out.insert("mode".into(), json!(mode));
        out.insert("type".into(), json!(&*resource.type_name));
        out.insert("name".into(), json!(&*resource.name));
        out.insert("provider".into(), json!(&*rows[0].1.provider));
        let instances: Result<Vec<Json>, Diagnostics> = rows
            .iter()
            .map(|(address, row)| instance(address, row, &direct).map_err(failed))
            .collect();
        out.insert("instances".into(), json!(instances?));
        resources.push(Json::Object(out));
    }
    let mut outputs = Map::new();
    for output in &state.outputs {
        let value: Json =
            serde_json::from_slice(&output.value).map_err(|e| failed(e.to_string()))?;
        let ty: Json =
            serde_json::from_slice(&output.value_type).map_err(|e| failed(e.to_string()))?;
        let mut entry = Map::new();
        entry.insert("value".into(), value);
        entry.insert("type".into(), ty);
        if output.sensitive {
            entry.insert("sensitive".into(), json!(true));
        }
        outputs.insert(output.name.clone(), Json::Object(entry));
    }
    let mut document = Map::new();
    document.insert("version".into(), json!(4));
    document.insert("terraform_version".into(), json!(VERSION));
    document.insert("serial".into(), json!(state.serial));
    document.insert("lineage".into(), json!(&state.lineage));
    document.insert("outputs".into(), Json::Object(outputs));
    document.insert("resources".into(), Json::Array(resources));
    let checks = match state.checks.is_empty() {
        true => Json::Null,
        false => serde_json::from_slice(&state.checks).map_err(|e| failed(e.to_string()))?,
    };
    document.insert("check_results".into(), checks);
    Ok(document)
}

fn instance(
    address: &Address,
    row: &Row,
    direct: &BTreeMap<String, BTreeSet<String>>,
) -> Result<Json, String> {
    let stored: Json = serde_json::from_slice(&row.attributes).map_err(|e| e.to_string())?;
    let mut out = Map::new();
    match &row.index_key {
        None => {}
        Some(IndexKey::Int(n)) => drop(out.insert("index_key".into(), json!(n))),
        Some(IndexKey::Str(s)) => drop(out.insert("index_key".into(), json!(&**s))),
    }
    if row.tainted {
        out.insert("status".into(), json!("tainted"));
    }
    if let Some(key) = &row.key.deposed {
        out.insert("deposed".into(), json!(key));
    }
    out.insert("schema_version".into(), json!(row.schema_version));
    out.insert(
        "attributes".into(),
        stored.get("attributes").cloned().unwrap_or(Json::Null),
    );
    out.insert(
        "sensitive_attributes".into(),
        stored.get("sensitive").cloned().unwrap_or(json!([])),
    );
    if !row.private.is_empty() {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(&row.private);
        out.insert("private".into(), json!(text));
    }
    let all = closure(&address.config().to_string(), &row.dependencies, direct);
    // Terraform records none for data sources.
    if !all.is_empty() && row.mode != Mode::Data {
        out.insert("dependencies".into(), json!(all));
    }
    if row.create_before_destroy {
        out.insert("create_before_destroy".into(), json!(true));
    }
    Ok(Json::Object(out))
}

/// Everything that the resource `own` depends on, through other resources too: rows list only direct dependencies,
/// documents list all.
pub(in crate::project) fn closure(
    own: &str,
    dependencies: &[String],
    direct: &BTreeMap<String, BTreeSet<String>>,
) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = dependencies.iter().cloned().collect();
    let mut stack: Vec<&str> = dependencies.iter().map(String::as_str).collect();
    while let Some(next) = stack.pop() {
        for dependency in direct.get(next).into_iter().flatten() {
            if found.insert(dependency.clone()) {
                stack.push(dependency);
            }
        }
    }
    found.remove(own);
    found
}
