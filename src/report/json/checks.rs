//! Results of conditions as `show -json` prints them, for plans and states.
//!
//! It evaluates nothing.

use serde_json::{Map, Value as Json, json};

use crate::address::InstanceKey;
use crate::plan::checks::{CheckResult, Checkable, InstanceResult};
use crate::plan::checks_codec::status_name;

/// The `checks` part of a document.
#[must_use]
pub fn checks_json(results: &[CheckResult]) -> Vec<Json> {
    results.iter().map(result).collect()
}

fn result(result: &CheckResult) -> Json {
    let object = &result.object;
    let mut out = Map::new();
    out.insert("address".into(), address(object));
    out.insert("status".into(), json!(status_name(result.status)));
    let instances = result.instances.iter().flatten();
    let instances: Vec<Json> = instances.map(|i| instance(object, i)).collect();
    if !instances.is_empty() {
        out.insert("instances".into(), Json::Array(instances));
    }
    Json::Object(out)
}

fn address(object: &Checkable) -> Json {
    let mut out = Map::new();
    let mut put = |key: &str, value: Json| drop(out.insert(key.into(), value));
    let kind = match object {
        Checkable::Check(..) => "check",
        Checkable::Output(..) => "output_value",
        Checkable::Resource(_) => "resource",
        Checkable::Variable(..) => "var",
    };
    put("kind", json!(kind));
    put("to_display", json!(object.to_string()));
    if !object.module().is_root() {
        put("module", json!(object.module().to_string()));
    }
    match object {
        Checkable::Check(_, name) | Checkable::Output(_, name) | Checkable::Variable(_, name) => {
            put("name", json!(&**name));
        }
        Checkable::Resource(address) => {
            put("mode", json!(super::plan::mode_name(address.resource.mode)));
            put("type", json!(&*address.resource.type_name));
            put("name", json!(&*address.resource.name));
        }
    }
    Json::Object(out)
}

fn instance(object: &Checkable, result: &InstanceResult) -> Json {
    let mut at = Map::new();
    at.insert("to_display".into(), json!(object.instance(&result.at)));
    if !result.at.module.is_root() {
        at.insert("module".into(), json!(result.at.module.to_string()));
    }
    match &result.at.key {
        InstanceKey::None => {}
        InstanceKey::Int(n) => drop(at.insert("instance_key".into(), json!(n))),
        InstanceKey::Str(s) => drop(at.insert("instance_key".into(), json!(&**s))),
    }
    let mut out = Map::new();
    out.insert("address".into(), Json::Object(at));
    out.insert("status".into(), json!(status_name(result.status)));
    if !result.problems.is_empty() {
        let problems = result.problems.iter().map(|m| json!({ "message": m }));
        out.insert("problems".into(), problems.collect());
    }
    Json::Object(out)
}
