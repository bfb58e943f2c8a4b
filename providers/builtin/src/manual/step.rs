//! `manual_step`: its schema, when it is open, and what is recorded when a person confirms it.
//!
//! It is open while nobody has confirmed it, and again when what was confirmed has changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::path::Step as PathStep;
use trunkline_api::provider::{
    ApplyRequest, ApplyResponse, ImportResponse, NoteKind, PlanNote, PlanRequest, PlanResponse,
};
use trunkline_api::{
    Attribute, Block, Diagnostic, Diagnostics, Fields, Kind, Path, Schema, Type, Value,
};

use super::{Answer, Ask, Attest, ManualStep};
use crate::NewId;

/// The resource type's name.
pub(super) const NAME: &str = "manual_step";

/// What is confirmed: a change of any of these opens the step again.
const INPUTS: [&str; 6] = [
    "title",
    "instructions",
    "who",
    "values",
    "asks",
    "secret_asks",
];
/// What a confirmation records.
const RECORDED: [&str; 2] = ["confirmed_at", "confirmed_by"];
/// What is asked for, and where its answers go.
const ANSWERS: [(&str, &str); 2] = [("asks", "results"), ("secret_asks", "secret_results")];

/// The schema, version 0.
pub(super) fn schema() -> Schema {
    let texts = || Type::map(Type::String);
    let block = Block::new("A step that a person does: apply asks for confirmation, and for the values that come back.")
        .attribute("title", Attribute::new(Type::String, "What is to be done, in a line.").required())
        .attribute("instructions", Attribute::new(Type::String, "What is to be done, exactly; may be of several lines.").required())
        .attribute("who", Attribute::new(Type::String, "Who does it, e.g. `Genesys representative`.").optional())
        .attribute("values", Attribute::new(texts(), "The values that are needed, by name. What is sensitive is not shown; tell where it is found.").optional())
        .attribute("asks", Attribute::new(texts(), "The values that come back: what each is, by name.").optional())
        .attribute("secret_asks", Attribute::new(texts(), "The secrets that come back: what each is, by name.").optional())
        .attribute("undo", Attribute::new(Type::String, "What is to be undone by hand when the step goes; the plan tells it.").optional())
        .attribute("id", Attribute::new(Type::String, "A random UUID made at the first confirmation.").computed())
        .attribute("results", Attribute::new(texts(), "The values that came back.").computed())
        .attribute("secret_results", Attribute::new(texts(), "The secrets that came back.").computed().sensitive())
        .attribute("confirmed_by", Attribute::new(Type::String, "Who confirmed it.").computed())
        .attribute("confirmed_at", Attribute::new(Type::String, "When it was confirmed.").computed());
    Schema { version: 0, block }
}

/// What is wrong with a configuration.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let mut found = Vec::new();
    for name in ["title", "instructions"] {
        let text = config.attr(name).and_then(Value::as_str);
        if text.is_some_and(|t| t.trim().is_empty()) {
            let detail = format!("A person needs to be told what to do, and {name:?} is empty.");
            found.push(Diagnostic::error("Empty manual step", detail).on(Path::attribute(name)));
        }
    }
    let keys = |name: &str| config.attr(name).and_then(Value::as_fields);
    if let (Some(open), Some(secret)) = (keys("asks"), keys("secret_asks")) {
        for name in open.keys().filter(|name| secret.get(name).is_some()) {
            let detail = format!(
                "The value {name:?} is asked for in \"asks\" and in \"secret_asks\". Ask for it once: in \"secret_asks\" if it is a secret."
            );
            found.push(
                Diagnostic::error("Value asked for twice", detail)
                    .on(Path::attribute("secret_asks")),
            );
        }
    }
    found
}

/// The planned value: what a confirmation records is unknown while the step is open.
pub(super) fn plan(request: PlanRequest) -> PlanResponse {
    let mut response = PlanResponse {
        planned: request.proposed.clone(),
        requires_replace: Vec::new(),
        private: request.private,
        notes: Vec::new(),
        diagnostics: Vec::new(),
    };
    let mut note = |text: &str| {
        response.notes.push(PlanNote {
            kind: NoteKind::Manual,
            text: text.to_owned(),
        });
    };
    let Some(proposed) = request.proposed.as_fields() else {
        if request.prior.attr("undo").is_some_and(|v| !v.is_null()) {
            note("Something is to be undone by hand, as `undo` says.");
        }
        return response;
    };
    let confirmed = request
        .prior
        .attr("confirmed_at")
        .is_some_and(|at| !at.is_null());
    let same = |name: &&str| proposed.get(name) == request.prior.attr(name);
    if confirmed && INPUTS.iter().all(same) {
        return response;
    }
    note(
        match ANSWERS.iter().any(|(asks, _)| asked(proposed, asks)) {
            true => {
                "A person does this. Apply asks for confirmation and for the values that come back."
            }
            false => "A person does this. Apply asks for confirmation.",
        },
    );
    let mut planned = proposed.clone();
    for name in RECORDED {
        planned.set(name, to_come());
    }
    if planned.get("id").is_none_or(Value::is_null) {
        planned.set("id", to_come());
    }
    for (asks, results) in ANSWERS {
        planned.set(results, answers_to_come(proposed.get(asks)));
    }
    response.planned = Value::new(Kind::Object(planned));
    response
}

fn asked(fields: &Fields, asks: &str) -> bool {
    let found = fields.get(asks);
    found.is_some_and(|v| !v.is_known() || v.as_fields().is_some_and(|f| !f.is_empty()))
}

/// A text that is not known yet, but will not be null.
fn to_come() -> Value {
    Value::unknown_not_null(Type::String)
}

/// The answers, of which the names are known when those of the questions are.
fn answers_to_come(asks: Option<&Value>) -> Value {
    match asks {
        Some(asks) if !asks.is_known() => Value::unknown(Type::map(Type::String)),
        Some(asks) => {
            let names = asks.as_fields().into_iter().flat_map(Fields::keys);
            Value::map(Type::String, names.map(|name| (name.clone(), to_come())))
        }
        None => Value::map::<Arc<str>>(Type::String, []),
    }
}

/// Asks for an open step, and records the answer.
pub(super) async fn apply(request: ApplyRequest, new_id: &NewId, attest: &Attest) -> ApplyResponse {
    let private = request.private.clone();
    let response = |state: Value, diagnostics: Diagnostics| ApplyResponse {
        state,
        private,
        diagnostics,
        unsettled: false,
    };
    let open = request
        .planned
        .attr("confirmed_at")
        .is_some_and(|at| !at.is_known());
    let Some(planned) = request.planned.as_fields().filter(|_| open) else {
        return response(request.planned.clone(), Vec::new());
    };
    let step = shown(&request);
    let title = step.title.clone();
    match attest(step).await {
        Answer::Pending(why) => {
            let detail = format!("{title}. {why}");
            let waits = Diagnostic::waiting("Manual step is pending", detail);
            response(request.prior.clone(), vec![waits.about(request.address)])
        }
        Answer::Done { by, at, results } => {
            let mut state = planned
                .with("confirmed_at", Value::string(at))
                .with("confirmed_by", Value::string(by));
            if planned.get("id").is_some_and(|id| !id.is_known()) {
                state = state.with("id", Value::string(new_id()));
            }
            for (asks, into) in ANSWERS {
                state = state.with(into, answers(planned.get(asks), &results));
            }
            response(Value::new(Kind::Object(state)), Vec::new())
        }
    }
}

/// The answers to what was asked for.
fn answers(asks: Option<&Value>, results: &BTreeMap<String, String>) -> Value {
    let names = asks.and_then(Value::as_fields).into_iter();
    let answer = |name: &Arc<str>| {
        let text = results.get(&**name).cloned().unwrap_or_default();
        (name.clone(), Value::string(text))
    };
    Value::map(Type::String, names.flat_map(Fields::keys).map(answer))
}

/// The step without what is sensitive.
fn shown(request: &ApplyRequest) -> ManualStep {
    let hidden = |path: &Path| request.sensitive.iter().any(|p| path.starts_with(p));
    let text = |name: &str| {
        let value = request.planned.attr(name).and_then(Value::as_str)?;
        Some(match hidden(&Path::attribute(name)) {
            true => "(sensitive value)".to_owned(),
            false => value.to_owned(),
        })
    };
    let pairs = |name: &str| {
        let within = Path::attribute(name);
        let fields = request.planned.attr(name).and_then(Value::as_fields);
        let found = fields.into_iter().flat_map(|f| f.iter());
        let pairs = found.map(|(key, value)| {
            let shown = match value.as_str() {
                _ if hidden(&within.then(PathStep::Key(key.clone()))) => None,
                Some(text) => Some(text.to_owned()),
                None => Some("null".to_owned()),
            };
            (key.to_string(), shown)
        });
        pairs.collect::<Vec<_>>()
    };
    let mut asks = Vec::new();
    for (of, _) in ANSWERS {
        asks.extend(pairs(of).into_iter().map(|(name, description)| Ask {
            name,
            description: description.unwrap_or_default(),
            secret: of == "secret_asks",
        }));
    }
    ManualStep {
        address: request.address.clone(),
        title: text("title").unwrap_or_default(),
        instructions: text("instructions").unwrap_or_default(),
        who: text("who"),
        values: pairs("values"),
        asks,
    }
}

/// Takes any id. Who confirmed what is not known, so the step is open.
pub(super) fn import(id: &str) -> ImportResponse {
    let fields = schema().block.attributes.into_iter().map(|(name, a)| {
        let value = match &*name {
            "id" => Value::string(id),
            _ => Value::null(a.ty),
        };
        (name, value)
    });
    ImportResponse {
        state: Some(Value::object(fields)),
        ..ImportResponse::default()
    }
}
