//! Recorded plans as values, for the tests of renderers.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use trunkline_api::json::{from_json, implied, type_from_json};
use trunkline_api::schema::{Attribute, Block, NestedAttributes, NestedBlock, Nesting};
use trunkline_api::{ByName, Marks, Path, Schema, Step, Type, Value};

use super::Schemas;
use super::state_text::{StateInstance, StateOutput, StateView};
use crate::address::{Address, Mode};
use crate::plan::{Action, Drift, OutputChange, Plan, PlanMode, Reason, ResourceChange};
use crate::rare::Rare;

/// Schemas from a recorded `providers schema -json`, and the built-in ones.
pub(crate) struct Recorded(BTreeMap<(String, bool, String), Schema>);

impl Schemas for Recorded {
    fn resource(&self, provider: &str, mode: Mode, type_name: &str) -> Option<&Schema> {
        let key = (
            provider.to_owned(),
            mode == Mode::Data,
            type_name.to_owned(),
        );
        self.0.get(&key)
    }
}

impl Recorded {
    pub(crate) fn new(documents: &[&str]) -> Recorded {
        let mut all = BTreeMap::new();
        let attribute = |ty| Attribute::new(ty, "");
        let builtin = "terraform.io/builtin/terraform".to_owned();
        let data = Block::new("")
            .attribute("id", attribute(Type::String).computed())
            .attribute("input", attribute(Type::Dynamic).optional())
            .attribute("output", attribute(Type::Dynamic).computed())
            .attribute("triggers_replace", attribute(Type::Dynamic).optional());
        let remote = Block::new("")
            .attribute("backend", attribute(Type::String).required())
            .attribute("config", attribute(Type::Dynamic).optional())
            .attribute("defaults", attribute(Type::Dynamic).optional())
            .attribute("outputs", attribute(Type::Dynamic).computed())
            .attribute("workspace", attribute(Type::String).optional());
        for (is_data, name, block) in [
            (false, "terraform_data", data),
            (true, "terraform_remote_state", remote),
        ] {
            let schema = Schema { version: 0, block };
            all.insert((builtin.clone(), is_data, name.to_owned()), schema);
        }
        for text in documents {
            let json: Json = serde_json::from_str(text).unwrap();
            for (source, provider) in json["provider_schemas"].as_object().unwrap() {
                for (kind, is_data) in [("resource_schemas", false), ("data_source_schemas", true)]
                {
                    for (name, schema) in provider[kind].as_object().into_iter().flatten() {
                        let schema = Schema {
                            version: schema["version"].as_u64().unwrap(),
                            block: block(&schema["block"]),
                        };
                        all.insert((source.clone(), is_data, name.clone()), schema);
                    }
                }
            }
        }
        Recorded(all)
    }
}

fn nesting(json: &Json) -> Nesting {
    match json.as_str().unwrap() {
        "single" => Nesting::Single,
        "group" => Nesting::Group,
        "list" => Nesting::List,
        "set" => Nesting::Set,
        _ => Nesting::Map,
    }
}

fn block(json: &Json) -> Block {
    let mut out = Block::new("");
    out.attributes = attributes(&json["attributes"]);
    for (name, nested) in json["block_types"].as_object().into_iter().flatten() {
        let inner = NestedBlock::new(nesting(&nested["nesting_mode"]), block(&nested["block"]));
        out.blocks.insert(name.as_str().into(), inner);
    }
    out
}

fn attributes(json: &Json) -> ByName<Attribute> {
    let mut out = ByName::new();
    for (name, a) in json.as_object().into_iter().flatten() {
        let is = |key: &str| a[key].as_bool().unwrap_or(false);
        let nested = a["nested_type"].as_object().map(|n| {
            Arc::new(NestedAttributes {
                attributes: attributes(&n["attributes"]),
                nesting: nesting(&n["nesting_mode"]),
            })
        });
        let mut attribute = Attribute::new(
            a.get("type")
                .map_or(Type::Dynamic, |t| type_from_json(t).unwrap()),
            a["description"].as_str().unwrap_or(""),
        );
        attribute.nested = nested;
        attribute.required = is("required");
        attribute.optional = is("optional");
        attribute.computed = is("computed");
        attribute.sensitive = is("sensitive");
        attribute.write_only = is("write_only");
        attribute.deprecated = is("deprecated").then(String::new);
        out.insert(name.as_str().into(), attribute);
    }
    out
}

/// A value from a document, what is unknown and what is sensitive.
fn value(json: &Json, unknown: &Json, sensitive: &Json) -> Value {
    if unknown == &Json::Bool(true) {
        // Of an unknown container the sensitive mask still tells the kind.
        let ty = match sensitive {
            Json::Array(_) => Type::tuple([]),
            Json::Object(_) => Type::object::<&str>([]),
            _ => Type::Dynamic,
        };
        return mark(Value::unknown(ty), sensitive);
    }
    let out = match json {
        Json::Array(items) => Value::tuple(
            items
                .iter()
                .enumerate()
                .map(|(i, item)| value(item, &unknown[i], &sensitive[i])),
        ),
        Json::Object(fields) => {
            let mut all: BTreeMap<&str, Value> = fields
                .iter()
                .map(|(k, v)| (k.as_str(), value(v, &unknown[k], &sensitive[k])))
                .collect();
            for (k, u) in unknown.as_object().into_iter().flatten() {
                if !fields.contains_key(k) {
                    all.insert(k, value(&Json::Null, u, &sensitive[k]));
                }
            }
            Value::object(all)
        }
        other => implied(other),
    };
    mark(out, sensitive)
}

fn mark(value: Value, sensitive: &Json) -> Value {
    match sensitive {
        Json::Bool(true) => value.with_marks(Marks::SENSITIVE),
        _ => value,
    }
}

fn sides(change: &Json) -> (Value, Value) {
    let before = value(&change["before"], &Json::Null, &change["before_sensitive"]);
    let after = value(
        &change["after"],
        &change["after_unknown"],
        &change["after_sensitive"],
    );
    (before, after)
}

fn action(change: &Json) -> Action {
    let words: Vec<&str> = change["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a.as_str().unwrap())
        .collect();
    match words.as_slice() {
        ["create"] => Action::Create,
        ["read"] => Action::Read,
        ["update"] => Action::Update,
        ["delete", "create"] => Action::DeleteThenCreate,
        ["create", "delete"] => Action::CreateThenDelete,
        ["delete"] => Action::Delete,
        ["forget"] => Action::Forget,
        _ => Action::NoOp,
    }
}

fn reason(json: &Json) -> Option<Reason> {
    Some(match json.as_str()? {
        "replace_because_tainted" => Reason::Tainted,
        "replace_by_request" => Reason::Requested,
        "replace_by_triggers" => Reason::Triggered,
        "replace_because_cannot_update" => Reason::CannotUpdate,
        "delete_because_no_resource_config" => Reason::NoResourceConfig,
        "delete_because_no_module" => Reason::NoModule,
        "delete_because_wrong_repetition" => Reason::WrongRepetition,
        "delete_because_count_index" => Reason::CountIndex,
        "delete_because_each_key" => Reason::EachKey,
        "read_because_config_unknown" => Reason::ConfigUnknown,
        "read_because_check_nested" => Reason::CheckNested,
        "read_because_dependency_pending" => Reason::DependencyPending,
        _ => return None,
    })
}

/// A path as recorded documents write it.
pub(crate) fn path(json: &Json) -> Path {
    let steps = json.as_array().unwrap().iter().map(|step| match step {
        Json::String(s) => Step::Attribute(s.as_str().into()),
        other => Step::Index(other.as_u64().unwrap() as usize),
    });
    Path(steps.collect())
}

fn address(json: &Json) -> Option<Address> {
    json.as_str().map(|text| Address::parse(text).unwrap())
}

fn list<'j>(json: &'j Json, key: &str) -> impl Iterator<Item = &'j Json> {
    json[key].as_array().into_iter().flatten()
}

/// A change without anything to do, to be filled in by tests.
pub(crate) fn change(at: &str, action: Action, before: Value, after: Value) -> ResourceChange {
    ResourceChange {
        address: Address::parse(at).unwrap(),
        deposed: None,
        previous_address: None,
        provider_source: "terraform.io/builtin/terraform".into(),
        provider: "provider[\"terraform.io/builtin/terraform\"]".into(),
        action,
        reason: None,
        before,
        after,
        details: Rare::default(),
        private: [].into(),
        row_version: 0,
        tainted: false,
        refreshed: false,
        create_before_destroy: false,
        dependencies: [].into(),
    }
}

/// A plan without changes.
pub(crate) fn empty_plan(mode: PlanMode) -> Plan {
    Plan {
        mode,
        changes: Vec::new(),
        drift: Vec::new(),
        outputs: Vec::new(),
        ephemeral: BTreeMap::new(),
        kept_outputs: Vec::new(),
        variables: BTreeMap::new(),
        timestamp: "2000-01-01T00:00:00Z".into(),
        moves: Vec::new(),
        dropped_data: Vec::new(),
        targets: Vec::new(),
        excludes: Vec::new(),
        checks: Vec::new(),
        errored: false,
    }
}

/// The plan that a recorded `show -json` describes.
pub(crate) fn plan(text: &str, mode: PlanMode) -> Plan {
    let json: Json = serde_json::from_str(text).unwrap();
    let mut plan = empty_plan(mode);
    plan.errored = json["errored"].as_bool().unwrap_or(false);
    for r in list(&json, "resource_changes") {
        let (before, after) = sides(&r["change"]);
        let at = r["address"].as_str().unwrap();
        let mut change = change(at, action(&r["change"]), before, after);
        change.deposed = r["deposed"].as_str().map(str::to_owned);
        change.previous_address = address(&r["previous_address"]);
        change.provider_source = r["provider_name"].as_str().unwrap().into();
        change.reason = reason(&r["action_reason"]);
        let details = change.details.write();
        details.replace_paths = list(&r["change"], "replace_paths").map(path).collect();
        let import = &r["change"]["importing"]["id"];
        details.importing = import.as_str().map(str::to_owned);
        let generated = &r["change"]["generated_config"];
        details.generated_config = generated.as_str().map(str::to_owned);
        plan.changes.push(change);
    }
    let relevant = |address: &str| {
        list(&json, "relevant_attributes").any(|r| r["resource"].as_str() == Some(address))
    };
    for r in list(&json, "resource_drift") {
        let (before, after) = sides(&r["change"]);
        let at = r["address"].as_str().unwrap();
        plan.drift.push(Drift {
            address: Address::parse(at).unwrap(),
            previous_address: address(&r["previous_address"]),
            provider_source: r["provider_name"].as_str().unwrap().into(),
            before,
            after,
            relevant: relevant(at),
        });
    }
    for (name, change) in json["output_changes"].as_object().into_iter().flatten() {
        let (before, mut after) = sides(change);
        let planned = &json["planned_values"]["outputs"][name];
        if let Some(ty) = planned.get("type") {
            after = from_json(&planned["value"], &type_from_json(ty).unwrap()).unwrap();
        }
        plan.outputs.push(OutputChange {
            name: name.as_str().into(),
            sensitive: change["after_sensitive"] == Json::Bool(true),
            before,
            after,
            action: action(change),
        });
    }
    plan
}

/// The state that a recorded `show -json` describes.
pub(crate) fn state<'a>(json: &Json, schemas: &'a Recorded) -> StateView<'a> {
    let values = &json["values"];
    let mut view = StateView::default();
    resources(&values["root_module"], schemas, &mut view);
    view.outputs = outputs_of(&values["outputs"]);
    view
}

fn outputs_of(json: &Json) -> Vec<StateOutput> {
    let all = json.as_object().into_iter().flatten();
    all.map(|(name, output)| {
        let ty = type_from_json(&output["type"]).unwrap();
        StateOutput {
            name: name.as_str().into(),
            sensitive: output["sensitive"].as_bool().unwrap(),
            value: from_json(&output["value"], &ty).unwrap(),
        }
    })
    .collect()
}

/// Outputs from a recorded `output -json`.
pub(crate) fn outputs(text: &str) -> Vec<StateOutput> {
    outputs_of(&serde_json::from_str(text).unwrap())
}

fn resources<'a>(module: &Json, schemas: &'a Recorded, view: &mut StateView<'a>) {
    for r in list(module, "resources") {
        let at = Address::parse(r["address"].as_str().unwrap()).unwrap();
        let source = r["provider_name"].as_str().unwrap();
        let schema = schemas.resource(source, at.resource.mode, &at.resource.type_name);
        let dependencies = list(r, "depends_on").map(|d| d.as_str().unwrap().to_owned());
        view.resources.push(StateInstance {
            provider_source: source.into(),
            schema,
            schema_version: r["schema_version"].as_u64().unwrap(),
            value: value(&r["values"], &Json::Null, &r["sensitive_values"]),
            tainted: r["tainted"] == Json::Bool(true),
            deposed: r["deposed_key"].as_str().map(str::to_owned),
            dependencies: dependencies.collect(),
            address: at,
        });
    }
    for child in list(module, "child_modules") {
        resources(child, schemas, view);
    }
}

/// Compares texts line by line, so that a failure names its line.
pub(crate) fn assert_text(got: &str, want: &str) {
    for (n, (g, w)) in got.lines().zip(want.lines()).enumerate() {
        assert_eq!(g, w, "line {}", n + 1);
    }
    assert_eq!(got.lines().count(), want.lines().count());
}

/// Source text for problems: one file, whose top-level blocks begin and end in the first column.
pub(crate) struct OneFile(pub &'static str);

impl super::SourceText for OneFile {
    fn line(&self, _file: &str, n: u32) -> Option<String> {
        self.0
            .lines()
            .nth(n.checked_sub(1)? as usize)
            .map(str::to_owned)
    }

    fn block_context(&self, _file: &str, byte: u32) -> Option<String> {
        let before = self.0.get(..=byte as usize)?;
        let ends = before
            .lines()
            .rfind(|l| !l.starts_with(' ') && !l.is_empty());
        let header = ends.filter(|l| l.ends_with('{'))?;
        Some(header.trim_end_matches('{').trim().to_owned())
    }

    fn signature(&self, function: &str) -> Option<super::snippet::Signature> {
        (function == "length").then(|| super::snippet::Signature {
            name: "length".into(),
            params: vec![("value".into(), "dynamic".into())],
            variadic: None,
            return_type: "number".into(),
        })
    }
}

/// The span of the `n`th occurrence (from 0) of `text` in a source of single-byte characters.
pub(crate) fn span(source: &str, text: &str, n: usize) -> trunkline_api::Span {
    let (start, _) = source.match_indices(text).nth(n).unwrap();
    let at = |byte: usize| {
        let before = &source[..byte];
        let line = before.matches('\n').count();
        let column = byte - before.rfind('\n').map_or(0, |n| n + 1);
        trunkline_api::Pos {
            line: line as u32 + 1,
            column: column as u32 + 1,
            byte: byte as u32,
        }
    };
    trunkline_api::Span {
        file: "main.tf".into(),
        start: at(start),
        end: at(start + text.len()),
    }
}
