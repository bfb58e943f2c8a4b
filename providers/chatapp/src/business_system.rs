//! `chatapp_business_system`: the system that the service calls, its URL, and the signature of these calls.
//!
//! The signature is shown once, on a refresh: it is kept sealed, and a lost one is refreshed. No public call reaches the
//! panel; see `manual`.

use serde_json::{Value as Json, json};
use trunkline_api::json::implied;
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Path, Schema, Type, Value};
use trunkline_http::{Calls, HttpError, Kept};

use crate::channel;
use crate::client::Client;
use crate::json::text;
use crate::manual::{self, Panel};
use crate::rules;
use crate::settings::Mode;

/// The resource type.
pub(crate) const BUSINESS_SYSTEM: &str = "chatapp_business_system";

/// The resource.
pub(crate) struct BusinessSystem;

const PANEL: Panel = Panel {
    name: "business_system",
    content: &[
        ("cust_space_id", "Channel"),
        ("name", "System Name"),
        ("api_request_url", "API Request URL"),
        ("remarks", "Remarks"),
        ("signature_rotation", "Rotation of the signature"),
    ],
    steps: &[
        "Click Open Business System (the Edit icon beside the name of one that exists)",
        "Set System Name, API Request URL and Remarks",
        "Then click the Refresh icon beside Signature for a new system or rotation, and put the signature into the receiving system at once: each refresh replaces it",
    ],
    removal: "Click the Delete icon in the business system's card",
};

/// Private data of a system that was made here: a signature that is missing was lost, and not merely never seen.
const MADE: &[u8] = br#"{"made":true}"#;

/// Id of a system.
pub(crate) fn id(channel: &str, system: &str) -> String {
    format!("{channel}/{system}")
}

fn channel_of(object: &Value) -> &str {
    attrs::text(object, "cust_space_id").unwrap_or_default()
}

/// A signature that is shown and not masked.
fn shown_signature(system: &Json) -> Option<String> {
    text(system, "Signature").filter(|signature| !signature.contains('*'))
}

/// The state of a system as the service shows it.
fn state(client: &Client, system: &Json, before: &Value) -> Value {
    let told = |name: &str| text(system, name);
    let system_id = told("SystemId").unwrap_or_default();
    let kept = |name: &str| attrs::text(before, name).map(str::to_owned);
    let signature = shown_signature(system).or_else(|| kept("signature"));
    if let Some(signature) = &signature {
        client.keep_secret(signature);
    }
    let state = implied(&json!({
        "id": id(channel_of(before), &system_id), "cust_space_id": channel_of(before), "system_id": system_id,
        "name": told("SystemName"), "api_request_url": told("ApiUrl"), "remarks": told("Remark"),
        "signature": signature, "signature_rotation": kept("signature_rotation"),
    }));
    let revision = before.attr("signature_revision").cloned();
    let state = match revision {
        Some(revision) => attrs::set(&state, "signature_revision", revision),
        None => state,
    };
    manual::completed(&PANEL, state, before)
}

/// The systems of a channel.
pub(crate) async fn of_channel(client: &Client, channel: &str) -> Result<Vec<Json>, HttpError> {
    client
        .pages("ListBusinessSystem", &[("CustSpaceId", channel)])
        .await
}

/// The id of the system with this id or name, if there is one.
pub(crate) async fn named(
    client: &Client,
    channel: &str,
    given: &str,
) -> Result<Option<String>, HttpError> {
    let systems = of_channel(client, channel).await?;
    let is_it = |s: &&Json| {
        ["SystemId", "SystemName"]
            .iter()
            .any(|name| text(s, name).as_deref() == Some(given))
    };
    Ok(systems.iter().find(is_it).and_then(|s| text(s, "SystemId")))
}

/// The same, for an import.
pub(crate) async fn imported(
    client: &Client,
    channel: &str,
    given: &str,
) -> Result<String, Diagnostics> {
    let found = named(client, channel, given).await;
    let found = found.map_err(|e| vec![e.doing("Listing business systems").into()])?;
    found.ok_or_else(|| {
        let detail = format!(
            "The channel {channel:?} has no business system with the id or name {given:?}."
        );
        vec![Diagnostic::error("Business System Not Found", detail)]
    })
}

async fn query(client: &Client, channel: &str, system: &str) -> Result<Json, HttpError> {
    client
        .ask("QueryBusinessSystem")
        .text("CustSpaceId", channel)
        .text("SystemId", system)
        .secret_answer()
        .data()
        .await
}

/// Refreshes the signature: of a system, or for the URL of one that is about to be made.
async fn refresh(
    client: &Client,
    channel: &str,
    (what, value): (&str, &str),
) -> Result<String, HttpError> {
    // For a URL alone nothing is replaced yet.
    let call = match what {
        "ApiUrl" => client.set("RefreshBusinessSystemSignature"),
        _ => client.make("RefreshBusinessSystemSignature"),
    };
    let call = call.text("CustSpaceId", channel).text(what, value);
    let data = call.alone_in(channel).secret_answer().data().await?;
    let signature = text(&data, "Signature").unwrap_or_default();
    client.keep_secret(&signature);
    Ok(signature)
}

impl BusinessSystem {
    /// Plans whether the signature is refreshed.
    fn plan_signature(client: &Client, draft: &mut Draft) {
        let config = draft.config.clone();
        if client.mode(PANEL.name) == Mode::Manual {
            draft.set("signature", Value::null(Type::String));
            let secret = attrs::text(&config, "signature_wo");
            let kept = Kept::read(&draft.private);
            let prior = attrs::integer(&draft.prior, "signature_revision").unwrap_or(0);
            let revision = match secret {
                None => None,
                Some(secret) if prior == 0 || kept.differs("signature", secret) => Some(prior + 1),
                Some(_) => Some(prior),
            };
            draft.set("signature_revision", attrs::integer_or_null(revision));
            return;
        }
        draft.set("signature_revision", attrs::integer_or_null(None));
        if !attrs::is_unset(&config, "signature_wo") {
            let text =
                "signature_wo is for the mode \"manual\": here the service makes the signature.";
            let problem = Diagnostic::error("Signature Not Taken", text);
            draft.problem(problem.on(Path::attribute("signature_wo")));
        }
        if draft.action == Action::Create {
            draft.private = MADE.into();
            return;
        }
        let rotated = draft.changed("signature_rotation");
        let lost = *draft.private == *MADE && attrs::is_unset(&draft.prior, "signature");
        if rotated || lost {
            draft.unknown("signature");
            let why = if rotated {
                "is refreshed"
            } else {
                "was lost and is refreshed"
            };
            let text = format!(
                "The signature of {} {why}. The old one ends at once: the receiving system must take the new one, or calls fail in between.",
                BusinessSystem.label(&draft.prior)
            );
            draft.note(NoteKind::Manual, text);
        }
    }

    async fn make(client: &Client, planned: &Value) -> Result<Outcome, HttpError> {
        let channel = channel_of(planned);
        let url = attrs::text(planned, "api_request_url").unwrap_or_default();
        let signature = refresh(client, channel, ("ApiUrl", url)).await?;
        let name = attrs::text(planned, "name").unwrap_or_default();
        let data = client
            .make("CreateBusinessSystem")
            .text("CustSpaceId", channel)
            .text("SystemName", name)
            .text("ApiUrl", url)
            .text("Signature", &signature)
            .optional("Remark", attrs::text(planned, "remarks"))
            .alone_in(channel)
            .data()
            .await?;
        let system = text(&data, "SystemId").unwrap_or_default();
        let state = attrs::settled(planned);
        let fields = [
            ("id", id(channel, &system)),
            ("system_id", system),
            ("signature", signature),
        ];
        let state = fields
            .into_iter()
            .fold(state, |s, (name, v)| attrs::set(&s, name, Value::string(v)));
        Ok(Outcome::is(state).private(MADE))
    }

    async fn change(client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let (prior, planned) = (&request.prior, &request.planned);
        let channel = channel_of(planned);
        let system = attrs::text(prior, "system_id").unwrap_or_default();
        let differs = |name: &str| planned.attr(name) != prior.attr(name);
        let wanted = |name: &str| attrs::text(planned, name).unwrap_or_default();
        if ["name", "api_request_url", "remarks"]
            .into_iter()
            .any(differs)
        {
            let call = client
                .set("UpdateBusinessSystem")
                .text("CustSpaceId", channel)
                .text("SystemId", system)
                .text("SystemName", wanted("name"))
                .text("ApiUrl", wanted("api_request_url"));
            // An empty text clears it [assumed]; what is left out stays.
            let remarks = differs("remarks").then(|| wanted("remarks"));
            call.optional("Remark", remarks)
                .alone_in(channel)
                .send()
                .await?;
        }
        if planned.attr("signature").is_some_and(|s| !s.is_known()) {
            let signature = refresh(client, channel, ("SystemId", system)).await?;
            let state = attrs::set(planned, "signature", Value::string(signature));
            return Ok(Outcome::is(attrs::settled(&state)).private(MADE));
        }
        Ok(Outcome::is(attrs::settled(planned)))
    }

    /// What is recorded of a system set by hand.
    fn by_hand(&self, request: &ApplyRequest) -> Outcome {
        let planned = &request.planned;
        let outcome = manual::record(&PANEL, &self.label(planned), planned);
        match attrs::text(&request.config, "signature_wo") {
            Some(secret) if outcome.state.is_some() => {
                let salt = attrs::text(planned, "id").unwrap_or_default();
                outcome.private(Kept::of(salt, [("signature".to_owned(), secret)]))
            }
            _ => outcome,
        }
    }
}

impl Calls<Client> for BusinessSystem {
    fn type_name(&self) -> &'static str {
        BUSINESS_SYSTEM
    }

    fn label(&self, object: &Value) -> String {
        let name = attrs::text(object, "name").unwrap_or_default();
        format!("the business system {name:?}")
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let block = Block::new("A business system that the service calls with a signature; the console's Open Business System.")
            .attribute("id", text("The channel's id, a slash, and the system's.").computed())
            .attribute("cust_space_id", text("The channel's id. A change is a replacement.").required())
            .attribute("system_id", text("The system's id; its name, where it is set by hand.").computed())
            .attribute("name", text("System Name, at most 64 characters, once a channel.").required())
            .attribute("api_request_url", text("API Request URL, https.").required())
            .attribute("remarks", text("Remarks, at most 256 characters.").optional())
            .attribute("signature", text("The signature of the calls. Each refresh replaces it.").computed().sensitive())
            .attribute("signature_rotation", text("Any text; another one refreshes the signature.").optional())
            .attribute("signature_wo", text("In the mode manual, the signature as the console shows it; never stored.").optional().sensitive().write_only())
            .attribute("signature_revision", Attribute::new(Type::Number, "Counts the signatures given in signature_wo.").computed());
        Schema {
            version: 0,
            block: manual::with_attestation(block),
        }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["cust_space_id"]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::business_system(request, &self.schema().block)
    }

    async fn plan(&self, client: Option<&Client>, mut draft: Draft) -> Draft {
        if draft.action != Action::Delete
            && let Some(client) = client
        {
            Self::plan_signature(client, &mut draft);
            if client.mode(PANEL.name) == Mode::Manual
                && let (Some(channel), Some(name)) = (
                    attrs::text(&draft.planned, "cust_space_id").map(str::to_owned),
                    attrs::text(&draft.planned, "name").map(str::to_owned),
                )
            {
                draft.set("id", Value::string(id(&channel, &name)));
                draft.set("system_id", Value::string(name));
            }
        }
        let label = self.label(match draft.action {
            Action::Delete => &draft.prior,
            _ => &draft.planned,
        });
        manual::plan(client, &PANEL, &label, &mut draft);
        draft
    }

    async fn create(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        match client.mode(PANEL.name) {
            Mode::Manual => Ok(self.by_hand(request)),
            Mode::Api => Self::make(client, &request.planned).await,
        }
    }

    async fn read(&self, client: &Client, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let before = &request.state;
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(manual::unread(&self.label(before), before));
        }
        if manual::was_by_hand(before) {
            let found = self.find(client, before).await?;
            return Ok(found
                .into_iter()
                .next()
                .map_or_else(Outcome::gone, Outcome::is));
        }
        let system = attrs::text(before, "system_id").unwrap_or_default();
        let found = query(client, channel_of(before), system).await?;
        Ok(Outcome::is(state(client, &found, before)))
    }

    async fn update(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        match client.mode(PANEL.name) {
            Mode::Manual => Ok(self.by_hand(request)),
            Mode::Api => Self::change(client, request).await,
        }
    }

    async fn delete(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let prior = &request.prior;
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(manual::forgotten(&PANEL, &self.label(prior)));
        }
        let call = client.set("DeleteBusinessSystem");
        let call = call.text("CustSpaceId", channel_of(prior));
        let system = attrs::text(prior, "system_id").unwrap_or_default();
        let call = call.text("SystemId", system).alone_in(channel_of(prior));
        call.send().await?;
        Ok(Outcome::gone())
    }

    /// Those of every channel: one listing serves all creates of a run.
    async fn list(&self, client: &Client, _: &Value) -> Result<Vec<String>, HttpError> {
        let mut ids = Vec::new();
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(ids);
        }
        for channel in channel::ids(client).await? {
            let systems = of_channel(client, &channel).await?;
            let systems = systems.iter().filter_map(|s| text(s, "SystemId"));
            ids.extend(systems.map(|system| id(&channel, &system)));
        }
        Ok(ids)
    }

    async fn find(&self, client: &Client, planned: &Value) -> Result<Vec<Value>, HttpError> {
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(Vec::new());
        }
        let name = attrs::text(planned, "name");
        let bare = attrs::settled(planned);
        let systems = of_channel(client, channel_of(planned)).await?;
        let found = systems
            .iter()
            .filter(|s| text(s, "SystemName").as_deref() == name);
        Ok(found.map(|system| state(client, system, &bare)).collect())
    }

    /// By the channel's id, a slash, and the system's id or name.
    async fn import(&self, client: &Client, id: &str) -> Result<Value, Diagnostics> {
        let Some((channel, given)) = id.split_once('/') else {
            return Err(rules::import_form(
                id,
                "CHANNEL/SYSTEM, with the system's id or name",
            ));
        };
        let of_channel = ("cust_space_id", Value::from(channel));
        if client.mode(PANEL.name) == Mode::Manual {
            let given = ["id", "system_id", "name"].map(|name| match name {
                "id" => (name, Value::from(id)),
                _ => (name, Value::from(given)),
            });
            return Ok(Value::object(given.into_iter().chain([of_channel])));
        }
        let system = imported(client, channel, given).await?;
        let id = ("id", Value::string(self::id(channel, &system)));
        Ok(Value::object([
            id,
            of_channel,
            ("system_id", Value::string(system)),
        ]))
    }
}
