//! `chatapp_otp_scheduling`: OTP Delivery Scheduling of a WhatsApp channel.
//!
//! Every channel has it; destroying it turns it off. No public call reaches the panel; see `manual`.

use serde_json::{Value as Json, json};
use trunkline_api::json::implied;
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, HttpError};

use crate::channel;
use crate::client::{Client, missing};
use crate::json::{flag, list, yes};
use crate::manual::{self, Panel};
use crate::rules;
use crate::settings::Mode;

/// The resource type.
pub(crate) const OTP_SCHEDULING: &str = "chatapp_otp_scheduling";

/// The resource.
pub(crate) struct OtpScheduling;

const PANEL: Panel = Panel {
    name: "otp_scheduling",
    content: &[
        ("cust_space_id", "Channel"),
        ("enabled", "OTP Delivery Scheduling"),
        ("countries", "Countries Using Scheduling"),
        ("use_own_numbers", "Use Own Numbers"),
    ],
    steps: &[
        "Turn the switch OTP Delivery Scheduling on or off, as the value says",
        "Select the countries in the section Countries Using Scheduling",
        "Turn the switch Use Own Numbers on or off, as the value says",
        "Click Save",
    ],
    removal: "Turn off the switch OTP Delivery Scheduling and click Save",
};

fn channel(object: &Value) -> &str {
    attrs::text(object, "cust_space_id").unwrap_or_default()
}

/// Id of the setting of a channel.
fn id(channel: &str) -> String {
    format!("{channel}/otp")
}

fn state(setting: &Json, before: &Value) -> Value {
    let enabled = flag(setting, "ScheduleFlag").unwrap_or(false);
    let channel = channel(before);
    let base = json!({ "id": id(channel), "cust_space_id": channel, "enabled": enabled });
    let base = implied(&base);
    let kept = |name: &str| before.attr(name).cloned();
    let listed = list(setting, "CountryList");
    let countries = match listed.iter().filter_map(Json::as_str).collect::<Vec<_>>() {
        none if none.is_empty() => Value::null(Type::set(Type::String)),
        some => attrs::string_set(some),
    };
    let own = flag(setting, "OwnNumberFlag").unwrap_or(false);
    // While it is off, the rest means nothing and may not be kept.
    let off = |name: &str, shown: Value| match kept(name) {
        Some(value) if !enabled && !value.is_null() => value,
        _ => shown,
    };
    let state = attrs::set(&base, "countries", off("countries", countries));
    let state = attrs::set(
        &state,
        "use_own_numbers",
        off("use_own_numbers", Value::bool(own)),
    );
    manual::completed(&PANEL, state, before)
}

async fn get(client: &Client, channel: &str) -> Result<Json, HttpError> {
    let call = client.ask("GetOtpScheduleSetting");
    let setting = call.text("CustSpaceId", channel).data().await?;
    match flag(&setting, "ScheduleFlag") {
        Some(_) => Ok(setting),
        None => Err(missing("GetOtpScheduleSetting", "ScheduleFlag")),
    }
}

impl OtpScheduling {
    async fn written(&self, client: &Client, planned: &Value) -> Result<Outcome, HttpError> {
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(manual::record(&PANEL, &self.label(planned), planned));
        }
        let enabled = attrs::flag(planned, "enabled").unwrap_or(false);
        let call = client
            .set("UpdateOtpScheduleSetting")
            .text("CustSpaceId", channel(planned))
            .text("ScheduleFlag", yes(enabled))
            .alone_in(channel(planned));
        let call = if enabled {
            let own = attrs::flag(planned, "use_own_numbers").unwrap_or(false);
            call.json("CountryList", &json!(attrs::texts(planned, "countries")))
                .text("OwnNumberFlag", yes(own))
        } else {
            call
        };
        call.send().await?;
        Ok(Outcome::is(attrs::settled(planned)))
    }
}

impl Calls<Client> for OtpScheduling {
    fn type_name(&self) -> &'static str {
        OTP_SCHEDULING
    }

    fn label(&self, object: &Value) -> String {
        format!("OTP Delivery Scheduling of channel {:?}", channel(object))
    }

    fn schema(&self) -> Schema {
        let of = |ty: Type, d: &str| Attribute::new(ty, d);
        let text = |d: &str| of(Type::String, d);
        let block = Block::new("OTP Delivery Scheduling of a WhatsApp channel. Destroying it turns it off.")
            .attribute("id", text("The channel's id and /otp.").computed())
            .attribute("cust_space_id", text("The id of a WhatsApp channel. A change is a replacement.").required())
            .attribute("enabled", of(Type::Bool, "Whether authentication messages to the countries are scheduled. The vendor charges by message.").required())
            .attribute("countries", of(Type::set(Type::String), "Countries Using Scheduling, as ISO 3166-1 alpha-2 codes.").optional())
            .attribute("use_own_numbers", of(Type::Bool, "Without scheduling resources, whether own numbers send (which may cost international authentication rates) or the sending fails (default).").optional().computed());
        Schema {
            version: 0,
            block: manual::with_attestation(block),
        }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["cust_space_id"]
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        vec![("use_own_numbers", Value::bool(false))]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::otp_scheduling(request)
    }

    async fn plan(&self, client: Option<&Client>, mut draft: Draft) -> Draft {
        if let Some(channel) = attrs::text(&draft.planned, "cust_space_id") {
            let id = Value::string(id(channel));
            draft.set("id", id);
        }
        let label = self.label(match draft.action {
            Action::Delete => &draft.prior,
            _ => &draft.planned,
        });
        let on = |object: &Value| attrs::flag(object, "enabled") == Some(true);
        if on(&draft.planned) && !on(&draft.prior) {
            let text = format!("With {label}, the vendor charges for each message.");
            draft.note(NoteKind::Purchase, text);
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
        let setting = get(client, channel(before)).await?;
        Ok(Outcome::is(state(&setting, before)))
    }

    async fn update(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        self.written(client, &request.planned).await
    }

    async fn delete(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        let prior = &request.prior;
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(manual::forgotten(&PANEL, &self.label(prior)));
        }
        let off = attrs::set(prior, "enabled", Value::bool(false));
        self.written(client, &off).await?;
        Ok(Outcome::gone())
    }

    /// What is there and already as planned counts as done; otherwise it is written again, which does no harm.
    /// Those of the channels where it is on: off is how a channel begins.
    async fn discover(&self, client: &Client) -> Result<Option<Vec<String>>, HttpError> {
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(None);
        }
        let mut ids = Vec::new();
        for channel in channel::whatsapp(client).await? {
            if flag(&get(client, &channel).await?, "ScheduleFlag") == Some(true) {
                ids.push(id(&channel));
            }
        }
        Ok(Some(ids))
    }

    async fn find(&self, client: &Client, planned: &Value) -> Result<Vec<Value>, HttpError> {
        if client.mode(PANEL.name) == Mode::Manual {
            return Ok(Vec::new());
        }
        let setting = get(client, channel(planned)).await?;
        let there = state(&setting, &attrs::settled(planned));
        let same = ["enabled", "countries", "use_own_numbers"]
            .iter()
            .all(|name| there.attr(name) == planned.attr(name));
        Ok(same.then_some(there).into_iter().collect())
    }

    /// By the channel's id, with or without `/otp`.
    async fn import(&self, _: &Client, id: &str) -> Result<Value, Diagnostics> {
        let channel = id.strip_suffix("/otp").unwrap_or(id);
        Ok(Value::object([
            ("id", Value::string(self::id(channel))),
            ("cust_space_id", Value::from(channel)),
        ]))
    }
}
