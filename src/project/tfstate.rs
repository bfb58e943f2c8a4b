//! The state as a tfstate document of version 4, with secrets in clear, because its readers need them.
//!
//! It reads the store and changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};
use trunkline_api::{Diagnostic, Diagnostics};
use trunkline_state::{IndexKey, Mode, Row, Store};

use super::Settings;
use crate::address::{Address, ModuleInstance, Resource};

/// The version of Terraform that the document says it is of.
const VERSION: &str = "1.11.4";

/// The document, as `state pull` prints it.
pub fn pull(store: &Store, _: &Settings) -> Result<String, Diagnostics> {
    let failed = |why: String| vec![Diagnostic::error("State store error", why)];
    let snapshot = store.snapshot().map_err(|e| failed(e.to_string()))?;
    let mut direct: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut grouped: BTreeMap<(ModuleInstance, Resource), Vec<(Address, &Row)>> = BTreeMap::new();
    for row in &snapshot.rows {
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
    for output in &snapshot.outputs {
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
    document.insert("serial".into(), json!(snapshot.serial));
    document.insert("lineage".into(), json!(snapshot.lineage));
    document.insert("outputs".into(), Json::Object(outputs));
    document.insert("resources".into(), Json::Array(resources));
    document.insert("check_results".into(), Json::Null);
    Ok(format!("{:#}\n", Json::Object(document)))
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
    let all = closure(&address.config().to_string(), direct);
    if !all.is_empty() {
        out.insert("dependencies".into(), json!(all));
    }
    if row.create_before_destroy {
        out.insert("create_before_destroy".into(), json!(true));
    }
    Ok(Json::Object(out))
}

/// Everything that a resource depends on, through others too: rows list only direct dependencies, the document
/// lists all.
fn closure(of: &str, direct: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut stack: Vec<&str> = vec![of];
    while let Some(next) = stack.pop() {
        for dependency in direct.get(next).into_iter().flatten() {
            if found.insert(dependency.clone()) {
                stack.push(dependency);
            }
        }
    }
    found.remove(of);
    found
}
