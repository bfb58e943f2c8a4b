//! `terraform_data`: keeps a value in the state, and nothing outside it.
//!
//! Behaviour as recorded from Terraform 1.11.4.

use trunkline_api::provider::{
    ApplyRequest, ApplyResponse, ImportResponse, MoveRequest, PlanRequest, PlanResponse,
};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Kind, Path, Schema, Type, Value};

use crate::NewId;

/// The schema, version 0.
pub(crate) fn schema() -> Schema {
    Schema {
        version: 0,
        block: Block::new("Keeps a value in the state.")
            .attribute(
                "id",
                Attribute::new(Type::String, "A random UUID made at creation.").computed(),
            )
            .attribute(
                "input",
                Attribute::new(Type::Dynamic, "Any value; `output` becomes equal to it.")
                    .optional(),
            )
            .attribute(
                "output",
                Attribute::new(Type::Dynamic, "The value of `input` after apply.").computed(),
            )
            .attribute(
                "triggers_replace",
                Attribute::new(Type::Dynamic, "Any value; a change replaces the object.")
                    .optional(),
            ),
    }
}

/// What a `null_resource` becomes: its triggers are what replaces the object. Nothing else can become one.
pub(crate) fn moved(request: &MoveRequest) -> Result<serde_json::Value, Diagnostic> {
    let null = [
        "registry.terraform.io/hashicorp/null",
        "registry.opentofu.org/hashicorp/null",
    ];
    if !null.contains(&request.source_provider.as_str()) {
        return Err(Diagnostic::error(
            "Unsupported source provider for move operation",
            "Only moving from the official hashicorp/null provider to terraform_data is supported.",
        ));
    }
    if &*request.source_type != "null_resource" || &*request.type_name != "terraform_data" {
        return Err(Diagnostic::error(
            "Unsupported source resource type for move operation",
            "Only moving from the null_resource managed resource type to terraform_data is supported.",
        ));
    }
    let attributes = &request.attributes;
    let triggers = match attributes.get("triggers") {
        Some(triggers) if !triggers.is_null() => {
            serde_json::json!({"value": triggers, "type": ["map", "string"]})
        }
        _ => serde_json::Value::Null,
    };
    Ok(serde_json::json!({
        "id": attributes.get("id"),
        "input": null,
        "output": null,
        "triggers_replace": triggers,
    }))
}

/// What may not be configured, in Terraform's words, which name no place.
pub(crate) fn validate(config: &Value) -> Diagnostics {
    ["id", "output"]
        .into_iter()
        .filter(|name| field(config, name).is_some())
        .map(|name| {
            let summary = format!("{name:?} attribute is read-only");
            Diagnostic::error(summary, "").about_nothing()
        })
        .collect()
}

fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.attr(name).filter(|v| !v.is_null())
}

/// The planned value: `output` follows `input` on apply, `id` is new on create and replace.
pub(crate) fn plan(request: PlanRequest) -> PlanResponse {
    let PlanRequest {
        prior,
        proposed,
        private,
        ..
    } = request;
    let mut requires_replace = Vec::new();
    let planned = match proposed == prior {
        true => proposed,
        false => planned(&prior, proposed, &mut requires_replace),
    };
    PlanResponse {
        planned,
        requires_replace,
        private,
        notes: Vec::new(),
        diagnostics: Vec::new(),
    }
}

fn planned(prior: &Value, proposed: Value, requires_replace: &mut Vec<Path>) -> Value {
    let mut planned = match proposed.into_fields() {
        Ok(fields) => fields,
        Err(gone) => return gone,
    };
    let null = Value::null(Type::Dynamic);
    let input = planned.get("input").unwrap_or(&null);
    if prior.is_null() {
        let output = match input.is_null() {
            true => null,
            // The provider's schema is dynamic there, but the type is that of the input.
            false => Value::unknown(input.ty()),
        };
        planned.set("id", Value::unknown_not_null(Type::String));
        planned.set("output", output);
        return Value::new(Kind::Object(planned));
    }
    let changed = |name: &str| planned.get(name) != prior.attr(name);
    if changed("triggers_replace") {
        requires_replace.push(Path::attribute("triggers_replace"));
    }
    let output = match changed("input") {
        true => Some(Value::unknown(input.ty())),
        false => prior.attr("output").cloned(),
    };
    if let Some(output) = output {
        planned.set("output", output);
    }
    Value::new(Kind::Object(planned))
}

/// The new state.
pub(crate) fn apply(request: ApplyRequest, new_id: &NewId) -> ApplyResponse {
    let state = match request.planned.as_fields() {
        None => request.planned.clone(),
        Some(planned) => {
            let state = planned.map(|name, value| match &**name {
                "id" if !value.is_known() => Value::string(new_id()),
                "output" if !value.is_wholly_known() => {
                    let input = field(&request.planned, "input").cloned();
                    input.unwrap_or_else(|| Value::null(Type::Dynamic))
                }
                _ => value.clone(),
            });
            Value::new(Kind::Object(state))
        }
    };
    ApplyResponse {
        state,
        private: request.private,
        diagnostics: Vec::new(),
        unsettled: false,
    }
}

/// Takes any id; the other attributes stay null.
pub(crate) fn import(id: &str) -> ImportResponse {
    ImportResponse {
        state: Some(Value::object([
            ("id", Value::from(id)),
            ("input", Value::null(Type::Dynamic)),
            ("output", Value::null(Type::Dynamic)),
            ("triggers_replace", Value::null(Type::Dynamic)),
        ])),
        ..ImportResponse::default()
    }
}
