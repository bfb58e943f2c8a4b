//! `chatapp_sms_setting`: the switch Activate SMS of a channel, which SMS fallback needs.
//!
//! Every channel has it; destroying it turns it off. No public call reaches the panel; see `manual`.

use serde_json::json;
use trunkline_api::json::implied;
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, HttpError};

use crate::channel;
use crate::client::{Client, missing};
use crate::json::{flag, yes};
use crate::manual::{self, Panel};
use crate::rules;
use crate::settings::Mode;

/// The resource type.
pub(crate) const SMS_SETTING: &str = "chatapp_sms_setting";

/// The resource.
pub(crate) struct SmsSetting;

const PANEL: Panel = Panel {
    name: "sms_setting",
    content: &[("cust_space_id", "Channel"), ("enabled", "Activate SMS")],
    steps: &["Turn the switch Activate SMS on or off, as the value says"],
    removal: "Turn off the switch Activate SMS",
};

fn channel(object: &Value) -> &str {
    attrs::text(object, "cust_space_id").unwrap_or_default()
}

/// Id of the setting of a channel.
fn id(channel: &str) -> String {
    format!("{channel}/sms")
}

fn state(enabled: bool, before: &Value) -> Value {
    let channel = channel(before);
    let state = json!({ "id": id(channel), "cust_space_id": channel, "enabled": enabled });
    manual::completed(&PANEL, implied(&state), before)
}

async fn get(client: &Client, channel: &str) -> Result<bool, HttpError> {
    let call = client.ask("GetSmsSetting").text("CustSpaceId", channel);
    flag(&call.data().await?, "SmsFlag").ok_or_else(|| missing("GetSmsSetting", "SmsFlag"))
}

async fn set(client: &Client, channel: &str, enabled: bool) -> Result<(), HttpError> {
    let call = client.set("UpdateSmsSetting").text("CustSpaceId", channel);
    let call = call.text("SmsFlag", yes(enabled)).alone_in(channel);
    call.send().await.map(|_| ())
}

impl SmsSetting {
    async fn written(&self, client: &Client, planned: &Value) -> Result<Outcome, HttpError> {
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(manual::record(&PANEL, &self.label(planned), planned));
        }
        let enabled = attrs::flag(planned, "enabled").unwrap_or(false);
        set(client, channel(planned), enabled).await?;
        Ok(Outcome::is(attrs::settled(planned)))
    }
}

impl Calls<Client> for SmsSetting {
    fn type_name(&self) -> &'static str {
        SMS_SETTING
    }

    fn label(&self, object: &Value) -> String {
        format!("the SMS setting of channel {:?}", channel(object))
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let enabled = Attribute::new(Type::Bool, "Whether SMS is activated.").required();
        let block = Block::new("The switch Activate SMS of a channel. Destroying it turns it off.")
            .attribute("id", text("The channel's id and /sms.").computed())
            .attribute(
                "cust_space_id",
                text("The channel's id. A change is a replacement.").required(),
            )
            .attribute("enabled", enabled);
        Schema {
            version: 0,
            block: manual::with_attestation(block),
        }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["cust_space_id"]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::sms_setting(request)
    }

    async fn plan(&self, client: Option<&Client>, mut draft: Draft) -> Draft {
        if let Some(channel) = attrs::text(&draft.planned, "cust_space_id") {
            let id = Value::string(id(channel));
            draft.set("id", id);
        }
        let was_on = attrs::flag(&draft.prior, "enabled") == Some(true);
        let label = self.label(match draft.action {
            Action::Delete => &draft.prior,
            _ => &draft.planned,
        });
        if was_on && attrs::flag(&draft.planned, "enabled") != Some(true) {
            let text = format!(
                "With {label} turned off, messages are not sent by SMS any more when the channel fails."
            );
            draft.note(NoteKind::Manual, text);
        }
        manual::plan(client, &PANEL, &label, &mut draft);
        draft
    }

    async fn create(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        self.written(client, &request.planned).await
    }

    async fn read(&self, client: &Client, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let before = &request.state;
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(manual::unread(&self.label(before), before));
        }
        let enabled = get(client, channel(before)).await?;
        Ok(Outcome::is(state(enabled, before)))
    }

    async fn update(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        self.written(client, &request.planned).await
    }

    async fn delete(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let prior = &request.prior;
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(manual::forgotten(&PANEL, &self.label(prior)));
        }
        set(client, channel(prior), false).await?;
        Ok(Outcome::gone())
    }

    /// What is there and already as planned counts as done; otherwise it is written again, which does no harm.
    /// Those of the channels where it is on: off is how a channel begins.
    async fn discover(&self, client: &Client) -> Result<Option<Vec<String>>, HttpError> {
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(None);
        }
        let mut ids = Vec::new();
        for channel in channel::ids(client).await? {
            if get(client, &channel).await? {
                ids.push(id(&channel));
            }
        }
        Ok(Some(ids))
    }

    async fn find(&self, client: &Client, planned: &Value) -> Result<Vec<Value>, HttpError> {
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(Vec::new());
        }
        let enabled = get(client, channel(planned)).await?;
        let there = state(enabled, &attrs::settled(planned));
        let same = there.attr("enabled") == planned.attr("enabled");
        Ok(same.then_some(there).into_iter().collect())
    }

    /// By the channel's id, with or without `/sms`.
    async fn import(&self, _: &Client, id: &str) -> Result<Value, Diagnostics> {
        let channel = id.strip_suffix("/sms").unwrap_or(id);
        Ok(Value::object([
            ("id", Value::string(self::id(channel))),
            ("cust_space_id", Value::from(channel)),
        ]))
    }
}
