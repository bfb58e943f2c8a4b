//! A plan as `show -json` prints it, format version 1.2.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use trunkline_api::json::type_json;
use trunkline_api::{Path, Step, Type, Value};

use super::checks::checks_json;
use super::in_order;
use super::masks::{known_json, sensitive_mask, unknown_mask};
use super::state::{Row, module_tree, state_json};
use crate::address::{Address, InstanceKey, Mode};
use crate::plan::{Action, OutputChange, Plan, PlanMode, Reason, ResourceChange};
use crate::report::state_text::StateView;
use crate::report::{Schemas, mask};

/// What the document holds beyond the plan itself.
#[derive(Clone, Debug, Default)]
pub struct PlanContext<'a> {
    /// The version of Terraform that is stood for.
    pub terraform_version: &'a str,
    /// The `configuration` part.
    pub configuration: Option<Json>,
    /// The refreshed state that was planned from.
    pub prior_state: Option<&'a StateView<'a>>,
    /// Attributes whose values bear on the plan: addresses and paths, sorted.
    pub relevant_attributes: Vec<(String, Path)>,
    /// Leave out what is sensitive.
    pub redact: bool,
}

/// The document.
#[must_use]
pub fn plan_json(plan: &Plan, schemas: &dyn Schemas, context: &PlanContext<'_>) -> Json {
    let mut out = Map::new();
    let mut put = |key: &str, value: Json| {
        out.insert(key.to_owned(), value);
    };
    put("format_version", json!("1.2"));
    put("terraform_version", json!(context.terraform_version));
    put("timestamp", json!(plan.timestamp));
    put("applyable", json!(!plan.errored && plan.has_changes()));
    put("complete", json!(plan.targets.is_empty() && !plan.errored));
    put("errored", json!(plan.errored));
    put(
        "planned_values",
        planned_values(plan, schemas, context.redact),
    );
    if !plan.variables.is_empty() {
        let variables = plan.variables.iter().map(|(name, value)| {
            let value = known_json(value, context.redact);
            (name.to_string(), json!({ "value": value }))
        });
        put("variables", Json::Object(variables.collect()));
    }
    if !plan.drift.is_empty() {
        let drift = plan.drift.iter().map(|d| {
            let change = crate::report::plan_text::as_change(d);
            resource_change(&change, schemas, context.redact)
        });
        put("resource_drift", drift.collect());
    }
    if !plan.changes.is_empty() && plan.mode != PlanMode::RefreshOnly {
        let changes = plan
            .changes
            .iter()
            // Data that was read while planning is no change: it is in the prior state.
            .filter(|c| c.address.resource.mode != Mode::Data || c.action != Action::NoOp)
            .map(|c| resource_change(c, schemas, context.redact));
        put("resource_changes", changes.collect());
    }
    if !plan.outputs.is_empty() {
        let outputs = plan
            .outputs
            .iter()
            .map(|o| (o.name.to_string(), output_change(o, context.redact)));
        put("output_changes", Json::Object(outputs.collect()));
    }
    if let Some(state) = context.prior_state {
        put(
            "prior_state",
            state_json(state, context.terraform_version, &[], context.redact),
        );
    }
    if let Some(configuration) = &context.configuration {
        put("configuration", configuration.clone());
    }
    if !context.relevant_attributes.is_empty() {
        let all = context
            .relevant_attributes
            .iter()
            .map(|(resource, path)| json!({ "resource": resource, "attribute": path_json(path) }));
        put("relevant_attributes", all.collect());
    }
    if !plan.checks.is_empty() {
        put("checks", Json::Array(checks_json(&plan.checks)));
    }
    in_order(
        out,
        &[
            "format_version",
            "terraform_version",
            "variables",
            "planned_values",
            "resource_drift",
            "resource_changes",
            "output_changes",
            "prior_state",
            "configuration",
            "relevant_attributes",
            "checks",
            "timestamp",
            "applyable",
            "complete",
            "errored",
        ],
    )
}

fn path_json(path: &Path) -> Json {
    path.0
        .iter()
        .map(|step| match step {
            Step::Attribute(name) | Step::Key(name) => json!(&**name),
            Step::Index(i) => json!(i),
        })
        .collect()
}

fn action_words(action: Action) -> &'static [&'static str] {
    match action {
        Action::NoOp => &["no-op"],
        Action::Create => &["create"],
        Action::Read => &["read"],
        Action::Update => &["update"],
        Action::DeleteThenCreate => &["delete", "create"],
        Action::CreateThenDelete => &["create", "delete"],
        Action::Delete => &["delete"],
        Action::Forget => &["forget"],
    }
}

/// The word for a reason, as `action_reason` has it.
#[must_use]
pub(super) fn reason_word(reason: Reason, action: Action) -> Option<&'static str> {
    Some(match reason {
        Reason::Tainted => "replace_because_tainted",
        Reason::Requested => "replace_by_request",
        Reason::Triggered => "replace_by_triggers",
        Reason::CannotUpdate if action.is_replace() => "replace_because_cannot_update",
        Reason::CannotUpdate => return None,
        Reason::NoResourceConfig => "delete_because_no_resource_config",
        Reason::NoModule => "delete_because_no_module",
        Reason::WrongRepetition => "delete_because_wrong_repetition",
        Reason::CountIndex => "delete_because_count_index",
        Reason::EachKey => "delete_because_each_key",
        Reason::NoMoveTarget => "delete_because_no_move_target",
        Reason::ConfigUnknown => "read_because_config_unknown",
        Reason::CheckNested => "read_because_check_nested",
        Reason::DependencyPending => "read_because_dependency_pending",
    })
}

/// The word for a mode.
pub(super) fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Managed => "managed",
        Mode::Data => "data",
        Mode::Ephemeral => "ephemeral",
    }
}

/// The fields that say which instance a JSON object is about.
pub(super) fn identify(out: &mut Map<String, Json>, address: &Address, provider: &str) {
    let mode = mode_name(address.resource.mode);
    out.insert("address".into(), json!(address.to_string()));
    out.insert("mode".into(), json!(mode));
    out.insert("type".into(), json!(&*address.resource.type_name));
    out.insert("name".into(), json!(&*address.resource.name));
    match &address.key {
        InstanceKey::None => {}
        InstanceKey::Int(n) => drop(out.insert("index".into(), json!(n))),
        InstanceKey::Str(s) => drop(out.insert("index".into(), json!(&**s))),
    }
    out.insert("provider_name".into(), json!(provider));
}

pub(super) fn resource_change(
    change: &ResourceChange,
    schemas: &dyn Schemas,
    redact: bool,
) -> Json {
    let mut out = Map::new();
    identify(&mut out, &change.address, &change.provider_source);
    if !change.address.module.is_root() {
        let module = change.address.module.to_string();
        out.insert("module_address".into(), json!(module));
    }
    if let Some(key) = &change.deposed {
        out.insert("deposed".into(), json!(key));
    }
    let from = change.previous_address.as_ref();
    if let Some(from) = from.filter(|from| **from != change.address) {
        out.insert("previous_address".into(), json!(from.to_string()));
    }
    let reason = change.reason.and_then(|r| reason_word(r, change.action));
    if let Some(reason) = reason {
        out.insert("action_reason".into(), json!(reason));
    }
    let before = marked(change, &change.before, schemas);
    let after = marked(change, &change.after, schemas);
    let unknown = match after.is_wholly_known() {
        true => json!({}),
        false => unknown_mask(&after),
    };
    let mut body = Map::new();
    body.insert("actions".into(), json!(action_words(change.action)));
    body.insert("before".into(), known_json(&before, redact));
    body.insert("after".into(), known_json(&after, redact));
    body.insert("after_unknown".into(), unknown);
    body.insert("before_sensitive".into(), sensitive_mask(&before));
    body.insert("after_sensitive".into(), sensitive_mask(&after));
    if !change.details.replace_paths.is_empty() {
        let paths = change.details.replace_paths.iter().map(path_json);
        body.insert("replace_paths".into(), paths.collect());
    }
    if let Some(id) = &change.details.importing {
        body.insert("importing".into(), json!({ "id": id }));
    }
    if let Some(text) = &change.details.generated_config {
        body.insert("generated_config".into(), json!(text));
    }
    out.insert("change".into(), Json::Object(body));
    in_order(
        out,
        &[
            "address",
            "previous_address",
            "module_address",
            "mode",
            "type",
            "name",
            "index",
            "provider_name",
            "deposed",
            "change",
            "action_reason",
        ],
    )
}

fn marked<'v>(change: &ResourceChange, value: &'v Value, schemas: &dyn Schemas) -> Cow<'v, Value> {
    let resource = &change.address.resource;
    match schemas.resource(&change.provider_source, resource.mode, &resource.type_name) {
        Some(schema) => mask::with_schema(value, &schema.block),
        None => Cow::Borrowed(value),
    }
}

pub(super) fn output_change(output: &OutputChange, redact: bool) -> Json {
    let hide = redact && output.sensitive;
    let side = |value: &Value| match hide {
        true => Json::Null,
        false => known_json(value, redact),
    };
    let sensitive = output.sensitive
        || output.before.marks_deep().is_sensitive()
        || output.after.marks_deep().is_sensitive();
    let unknown = match output.after.is_wholly_known() {
        true => json!(false),
        false => unknown_mask(&output.after),
    };
    let mut out = Map::new();
    out.insert("actions".into(), json!(action_words(output.action)));
    out.insert("before".into(), side(&output.before));
    if output.after.is_known() {
        out.insert("after".into(), side(&output.after));
    }
    out.insert("after_unknown".into(), unknown);
    out.insert("before_sensitive".into(), json!(sensitive));
    out.insert("after_sensitive".into(), json!(sensitive));
    Json::Object(out)
}

/// The type that a plan keeps of an output's value: a null has none.
fn stored_type(value: &Value) -> Type {
    match value.is_null() {
        true => Type::Dynamic,
        false => value.ty(),
    }
}

fn planned_values(plan: &Plan, schemas: &dyn Schemas, redact: bool) -> Json {
    let mut out = Map::new();
    let mut outputs = Map::new();
    for output in plan.outputs.iter().filter(|o| o.action != Action::Delete) {
        let mut body = Map::new();
        body.insert("sensitive".into(), json!(output.sensitive));
        if output.after.is_wholly_known() {
            let value = match redact && output.sensitive {
                true => Json::Null,
                false => known_json(&output.after, redact),
            };
            body.insert("type".into(), type_json(&stored_type(&output.after)));
            body.insert("value".into(), value);
        }
        outputs.insert(output.name.to_string(), Json::Object(body));
    }
    if !outputs.is_empty() {
        out.insert("outputs".into(), Json::Object(outputs));
    }
    let mut rows: BTreeMap<&Address, Row> = BTreeMap::new();
    for change in &plan.changes {
        let stays = change.deposed.is_none() && change.action != Action::Delete;
        // A data source that was read belongs to the prior state; only what is still to be read is planned.
        let done = change.address.resource.mode == Mode::Data && change.action != Action::Read;
        if !stays || done || plan.mode == PlanMode::RefreshOnly {
            continue;
        }
        let resource = &change.address.resource;
        let schema = schemas.resource(&change.provider_source, resource.mode, &resource.type_name);
        let value = marked(change, &change.after, schemas);
        let mut body = Map::new();
        identify(&mut body, &change.address, &change.provider_source);
        body.insert(
            "schema_version".into(),
            json!(schema.map_or(0, |s| s.version)),
        );
        if let Json::Object(known) = known_json(&value, redact)
            && !known.is_empty()
        {
            body.insert("values".into(), Json::Object(known));
        }
        body.insert("sensitive_values".into(), sensitive_mask(&value));
        rows.insert(
            &change.address,
            (&change.address.module, Json::Object(body)),
        );
    }
    out.insert("root_module".into(), module_tree(rows.into_values()));
    Json::Object(out)
}
