//! `chatapp_intent`: a triggering event of a business system, for the buttons of templates.
//!
//! An intent that a live template's button uses is not removed. No public call reaches the panel; see `manual`.

use serde_json::{Value as Json, json};
use trunkline_api::json::implied;
use trunkline_api::kit::rules::error;
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, HttpError};

use crate::business_system::{imported, named, of_channel};
use crate::channel;
use crate::client::Client;
use crate::json::text;
use crate::manual::{self, Panel};
use crate::rules;
use crate::settings::Mode;

/// The resource type.
pub(crate) const INTENT: &str = "chatapp_intent";

/// The resource.
pub(crate) struct Intent;

const PANEL: Panel = Panel {
    name: "intent",
    content: &[
        ("cust_space_id", "Channel"),
        ("system_id", "Business system"),
        ("code", "Intent Code"),
        ("name", "Intent Name"),
        ("default_data", "Default Intent Data"),
    ],
    steps: &[
        "Click Intent settings in the business system's card",
        "Click Add, set Intent Code, Intent Name and Default Intent Data, and click OK",
    ],
    removal: "Click Intent settings in the business system's card and remove the intent",
};

/// What tells an intent: channel, system, code.
fn place(object: &Value) -> [&str; 3] {
    ["cust_space_id", "system_id", "code"].map(|name| attrs::text(object, name).unwrap_or_default())
}

fn id(place: [&str; 3]) -> String {
    place.join("/")
}

/// A call with the parameters that tell an intent.
macro_rules! at {
    ($call:expr, $place:expr) => {
        $call
            .text("CustSpaceId", $place[0])
            .text("SystemId", $place[1])
            .text("IntentCode", $place[2])
    };
}

/// The state of an intent as the service shows it.
fn state(intent: &Json, before: &Value) -> Value {
    let told = |name: &str| text(intent, name);
    let [channel, system, code] = place(before);
    let state = implied(&json!({
        "id": id(place(before)), "cust_space_id": channel, "system_id": system, "code": code,
        "name": told("IntentName"), "default_data": told("IntentData"),
    }));
    manual::completed(&PANEL, state, before)
}

/// The state with the templates that use the intent, where these are looked up.
async fn with_usage(client: &Client, state: Value) -> Result<Value, HttpError> {
    let used = if client.settings.intent_usage {
        let [channel, _, code] = place(&state);
        let known = client.usage.known(client, channel).await?;
        known.get(code).cloned().unwrap_or_default()
    } else {
        Vec::new()
    };
    Ok(attrs::set(
        &state,
        "used_by_templates",
        attrs::string_list(used),
    ))
}

async fn of_system(client: &Client, channel: &str, system: &str) -> Result<Vec<Json>, HttpError> {
    let place = [("CustSpaceId", channel), ("SystemId", system)];
    client.pages("ListIntent", &place).await
}

/// AL23 [assumed]: the error for an intent that live templates use.
fn in_use(label: &str, templates: &[String]) -> Diagnostic {
    let text = format!(
        "{label} is used by the buttons of live templates ({}), which would have no intent any more. Take it off these buttons in \
         the template designer first.",
        templates.join(", ")
    );
    error("AL23", "Intent in Use", text)
}

impl Calls<Client> for Intent {
    fn type_name(&self) -> &'static str {
        INTENT
    }

    fn label(&self, object: &Value) -> String {
        format!(
            "the intent {:?}",
            attrs::text(object, "code").unwrap_or_default()
        )
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let block = Block::new("An intent of a business system; the console's Intent settings.")
            .attribute(
                "id",
                text("Channel, system and code, with slashes between.").computed(),
            )
            .attribute(
                "cust_space_id",
                text("The channel's id. A change is a replacement.").required(),
            )
            .attribute(
                "system_id",
                text("The business system's system_id. A change is a replacement.").required(),
            )
            .attribute(
                "code",
                text("Intent Code: a letter, then at most 63 letters, digits, _ . or -. A change is a replacement.")
                    .required(),
            )
            .attribute(
                "name",
                text("Intent Name, at most 64 characters.").required(),
            )
            .attribute(
                "default_data",
                text("Default Intent Data, at most 2048 bytes.").optional(),
            )
            .attribute(
                "used_by_templates",
                Attribute::new(
                    Type::list(Type::String),
                    "Names of the live templates whose buttons use it, as of the last read.",
                )
                .computed(),
            );
        Schema {
            version: 0,
            block: manual::with_attestation(block),
        }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["cust_space_id", "system_id", "code"]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::intent(request)
    }

    async fn plan(&self, client: Option<&Client>, mut draft: Draft) -> Draft {
        let label = self.label(match draft.action {
            Action::Delete => &draft.prior,
            _ => &draft.planned,
        });
        let by_hand = client.is_some_and(|c| c.mode(PANEL.name) == Mode::Manual);
        if by_hand && draft.action != Action::Delete {
            if draft.action == Action::Create {
                draft.set("used_by_templates", attrs::string_list([""; 0]));
            }
            if place(&draft.planned).iter().all(|part| !part.is_empty()) {
                draft.set("id", Value::string(id(place(&draft.planned))));
            }
        }
        if draft.action == Action::Delete && !by_hand {
            let used = attrs::texts(&draft.prior, "used_by_templates");
            if !used.is_empty() {
                draft.problem(in_use(&label, &used));
            }
        }
        manual::plan(client, &PANEL, &label, &mut draft);
        draft
    }

    async fn create(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let planned = &request.planned;
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(manual::record(&PANEL, &self.label(planned), planned));
        }
        let place = place(planned);
        at!(client.make("CreateIntent"), place)
            .optional("IntentName", attrs::text(planned, "name"))
            .optional("IntentData", attrs::text(planned, "default_data"))
            .alone_in(place[0])
            .send()
            .await?;
        let state = attrs::set(planned, "id", Value::string(id(place)));
        let state = attrs::set(&state, "used_by_templates", attrs::string_list([""; 0]));
        Ok(Outcome::is(attrs::settled(&state)))
    }

    async fn read(&self, client: &Client, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let before = &request.state;
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(manual::unread(&self.label(before), before));
        }
        let mut before = before.clone();
        if manual::was_by_hand(&before) {
            // By hand a system is told by its name.
            let [channel, system, _] = place(&before);
            let Some(system) = named(client, channel, system).await? else {
                return Ok(Outcome::gone());
            };
            before = attrs::set(&before, "system_id", Value::string(system));
        }
        let found = at!(client.ask("QueryIntent"), place(&before))
            .data()
            .await?;
        let state = state(&found, &before);
        Ok(Outcome::is(with_usage(client, state).await?))
    }

    async fn update(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let (prior, planned) = (&request.prior, &request.planned);
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(manual::record(&PANEL, &self.label(planned), planned));
        }
        let differs = |name: &str| planned.attr(name) != prior.attr(name);
        if differs("name") || differs("default_data") {
            let place = place(planned);
            let data = attrs::text(planned, "default_data");
            at!(client.set("UpdateIntent"), place)
                .optional("IntentName", attrs::text(planned, "name"))
                // An empty text clears it [assumed]; what is left out stays.
                .optional(
                    "IntentData",
                    differs("default_data").then(|| data.unwrap_or_default()),
                )
                .alone_in(place[0])
                .send()
                .await?;
        }
        Ok(Outcome::is(attrs::settled(planned)))
    }

    async fn delete(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let prior = &request.prior;
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(manual::forgotten(&PANEL, &self.label(prior)));
        }
        let place = place(prior);
        if client.settings.intent_usage {
            // What was not used when it was read is not looked up again for each of many.
            let known = client.usage.known(client, place[0]).await?;
            if known.contains_key(place[2])
                && let Some(templates) = client.usage.now(client, place[0]).await?.get(place[2])
            {
                return Ok(Outcome::failed(in_use(&self.label(prior), templates)));
            }
        }
        let call = at!(client.set("DeleteIntent"), place);
        call.alone_in(place[0]).send().await?;
        Ok(Outcome::gone())
    }

    /// Those of every system of every channel: one listing serves all creates of a run.
    async fn list(&self, client: &Client, _: &Value) -> Result<Vec<String>, HttpError> {
        let mut ids = Vec::new();
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(ids);
        }
        for channel in channel::ids(client).await? {
            for system in of_channel(client, &channel).await? {
                let system = text(&system, "SystemId").unwrap_or_default();
                let intents = of_system(client, &channel, &system).await?;
                let codes = intents.iter().filter_map(|i| text(i, "IntentCode"));
                ids.extend(codes.map(|code| id([&channel, &system, &code])));
            }
        }
        Ok(ids)
    }

    async fn find(&self, client: &Client, planned: &Value) -> Result<Vec<Value>, HttpError> {
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(Vec::new());
        }
        let found = at!(client.ask("QueryIntent"), place(planned))
            .data()
            .await?;
        let state = state(&found, &attrs::settled(planned));
        Ok(vec![with_usage(client, state).await?])
    }

    /// By channel, system (its id or name) and code, with slashes between.
    async fn import(&self, client: &Client, id: &str) -> Result<Value, Diagnostics> {
        let parts: Vec<&str> = id.splitn(3, '/').collect();
        let [channel, system, code] = parts[..] else {
            return Err(rules::import_form(
                id,
                "CHANNEL/SYSTEM/CODE, with the system's id or name",
            ));
        };
        let system = match client.mode(PANEL.name) {
            Mode::Manual => system.to_owned(),
            Mode::Api => imported(client, channel, system).await?,
        };
        let place = [channel, system.as_str(), code];
        Ok(Value::object([
            ("id", Value::string(self::id(place))),
            ("cust_space_id", Value::from(channel)),
            ("system_id", Value::from(system.as_str())),
            ("code", Value::from(code)),
        ]))
    }
}
