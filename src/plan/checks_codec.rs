//! Results of conditions as the state keeps them: `check_results` of tfstate version 4.
//!
//! Saved plans use the same form. Nothing is evaluated here.

use serde_json::{Map, Value as Json, json};

use super::checks::{CheckInstance, CheckResult, CheckStatus, Checkable, InstanceResult};
use crate::address::{Address, InstanceKey, ModuleInstance, Target, parse_target};

/// The word for a status.
#[must_use]
pub fn status_name(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Pass => "pass",
        CheckStatus::Unknown => "unknown",
        CheckStatus::Fail => "fail",
        CheckStatus::Error => "error",
    }
}

fn status_from(name: &str) -> Option<CheckStatus> {
    let all = [
        CheckStatus::Pass,
        CheckStatus::Unknown,
        CheckStatus::Fail,
        CheckStatus::Error,
    ];
    all.into_iter().find(|s| status_name(*s) == name)
}

fn kind(object: &Checkable) -> &'static str {
    match object {
        Checkable::Check(..) => "check",
        Checkable::Output(..) => "output",
        Checkable::Resource(_) => "resource",
        Checkable::Variable(..) => "var",
    }
}

/// The results as the state keeps them.
#[must_use]
pub fn encode(results: &[CheckResult]) -> Json {
    let one = |result: &CheckResult| {
        let instance = |i: &InstanceResult| {
            let mut out = Map::new();
            out.insert("object_addr".into(), json!(result.object.instance(&i.at)));
            out.insert("status".into(), json!(status_name(i.status)));
            if !i.problems.is_empty() {
                out.insert("failure_messages".into(), json!(i.problems));
            }
            Json::Object(out)
        };
        let objects: Option<Vec<Json>> = result
            .instances
            .as_ref()
            .map(|all| all.iter().map(instance).collect());
        json!({
            "object_kind": kind(&result.object),
            "config_addr": result.object.to_string(),
            "status": status_name(result.status),
            "objects": objects,
        })
    };
    results.iter().map(one).collect()
}

/// Reads [`encode`]'s form; what cannot be read (another program may have written it) is left out.
#[must_use]
pub fn decode(json: &Json) -> Vec<CheckResult> {
    let mut all: Vec<CheckResult> = json
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(result)
        .collect();
    all.sort_by_cached_key(|r| r.object.to_string());
    all
}

fn result(json: &Json) -> Option<CheckResult> {
    let text = |name: &str| json.get(name)?.as_str();
    let object = object(text("object_kind")?, text("config_addr")?)?;
    let instances = match json.get("objects") {
        None | Some(Json::Null) => None,
        Some(all) => {
            let all = all.as_array()?.iter();
            let mut all: Vec<InstanceResult> = all.filter_map(|i| instance(&object, i)).collect();
            all.sort_by(|a, b| a.at.cmp(&b.at));
            Some(all)
        }
    };
    Some(CheckResult {
        status: status_from(text("status")?)?,
        object,
        instances,
    })
}

/// Reads the address of an object in the configuration.
fn object(kind: &str, address: &str) -> Option<Checkable> {
    if kind == "resource" {
        return Some(Checkable::Resource(
            Address::parse(address)?.config().clone(),
        ));
    }
    // Names have no dots in them, and modules have no keys here.
    let (rest, name) = address.rsplit_once('.')?;
    let (module, word) = rest.rsplit_once('.').unwrap_or(("", rest));
    let module = module_instance(module)?.path();
    match (kind, word) {
        ("check", "check") => Some(Checkable::Check(module, name.into())),
        ("output", "output") => Some(Checkable::Output(module, name.into())),
        ("var", "var") => Some(Checkable::Variable(module, name.into())),
        _ => None,
    }
}

fn instance(object: &Checkable, json: &Json) -> Option<InstanceResult> {
    let address = json.get("object_addr")?.as_str()?;
    let at = match object {
        Checkable::Resource(_) => {
            let address = Address::parse(address)?;
            CheckInstance {
                module: address.module.clone(),
                key: address.key.clone(),
            }
        }
        _ => {
            let module = address.strip_suffix(&object.local())?;
            CheckInstance {
                module: module_instance(module.trim_end_matches('.'))?,
                key: InstanceKey::None,
            }
        }
    };
    let messages = json.get("failure_messages").and_then(Json::as_array);
    let problems = messages.into_iter().flatten();
    Some(InstanceResult {
        at,
        status: status_from(json.get("status")?.as_str()?)?,
        problems: problems
            .filter_map(|m| Some(m.as_str()?.to_owned()))
            .collect(),
    })
}

fn module_instance(text: &str) -> Option<ModuleInstance> {
    if text.is_empty() {
        return Some(ModuleInstance::root());
    }
    match parse_target(text)? {
        Target::Module(module) => Some(module),
        Target::Instance(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terraform_wrote_comes_back() {
        let text = r#"[
            {"object_kind": "check", "config_addr": "check.k", "status": "unknown", "objects": null},
            {"object_kind": "resource", "config_addr": "module.m.module.n.data.t.a", "status": "fail", "objects": [
             {"object_addr": "module.m[\"x\"].module.n[0].data.t.a[1]", "status": "fail", "failure_messages": ["m"]}]},
            {"object_kind": "output", "config_addr": "module.m.output.n", "status": "pass",
             "objects": [{"object_addr": "module.m[\"a.output.n\"].output.n", "status": "pass"}]},
            {"object_kind": "var", "config_addr": "var.v", "status": "error",
             "objects": [{"object_addr": "var.v", "status": "error"}]}
        ]"#;
        let json: Json = serde_json::from_str(text).unwrap();
        let results = decode(&json);
        assert_eq!(results.len(), 4);
        assert_eq!(encode(&results), json);
    }

    #[test]
    fn nonsense_is_left_out() {
        let json = json!([
            {"object_kind": "check", "config_addr": "output.x", "status": "pass", "objects": []},
            {"object_kind": "var", "config_addr": "", "status": "pass", "objects": []},
            {"object_kind": "var", "config_addr": "var.x", "status": "perhaps", "objects": []},
            7,
        ]);
        assert_eq!(decode(&json), []);
    }
}
