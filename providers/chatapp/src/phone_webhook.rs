//! `chatapp_phone_webhook`: where inbound messages and delivery reports of a number go.
//!
//! There is no deletion: a webhook that is destroyed has both ways turned off [assumed].

use serde_json::{Value as Json, json};
use trunkline_api::json::implied;
use trunkline_api::kit::{Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, HttpError};

use crate::account_webhook::{defaults, flags};
use crate::channel;
use crate::client::Client;
use crate::json::{text, yes};
use crate::phone_numbers::of_channel;
use crate::rules;

/// The resource type.
pub(crate) const PHONE_WEBHOOK: &str = "chatapp_phone_webhook";

/// The resource.
pub(crate) struct PhoneWebhook;

/// The URLs and their parameters.
const URLS: [(&str, &str); 2] = [
    ("status_callback_url", "StatusCallbackUrl"),
    ("up_callback_url", "UpCallbackUrl"),
];

fn place(object: &Value) -> (&str, &str) {
    let text = |name| attrs::text(object, name).unwrap_or_default();
    (text("cust_space_id"), text("phone_number"))
}

fn id((channel, number): (&str, &str)) -> String {
    format!("{channel}/{number}")
}

/// The state of a number's webhook; nothing while both ways are off. The flags are not shown: URLs and queues tell [assumed].
fn state(number: &Json, before: &Value) -> Option<Value> {
    let told = |name: &str| text(number, name);
    let queue = told("StatusQueue").is_some() || told("UpQueue").is_some();
    let urls = URLS.map(|(_, name)| told(name));
    let shown = urls.iter().any(Option::is_some);
    // Some services may show URLs that are not used any more.
    let unused = queue && attrs::flag(before, "http_enabled") == Some(false);
    let http = shown && !unused;
    if !http && !queue {
        return None;
    }
    let (channel, phone) = place(before);
    let state = implied(&json!({
        "id": id((channel, phone)), "cust_space_id": channel, "phone_number": phone,
        "http_enabled": http, "queue_enabled": queue,
        "status_queue": told("StatusQueue"), "up_queue": told("UpQueue"),
    }));
    let urls = URLS.iter().zip(urls);
    let state = urls.fold(state, |state, ((name, _), url)| {
        let value = match http {
            true => attrs::string_or_null(url),
            // What is not used is not shown, and stays as it is written.
            false => before
                .attr(name)
                .cloned()
                .unwrap_or(Value::null(Type::String)),
        };
        attrs::set(&state, name, value)
    });
    Some(state)
}

async fn find(client: &Client, object: &Value) -> Result<Option<Value>, HttpError> {
    let (channel, phone) = place(object);
    let numbers = of_channel(client, channel, None).await?;
    let is_it = |n: &&Json| text(n, "PhoneNumber").as_deref() == Some(phone);
    Ok(numbers.iter().find(is_it).and_then(|n| state(n, object)))
}

/// Writes it whole, which is the same as often as it is done.
async fn write(client: &Client, object: &Value, on: bool) -> Result<(), HttpError> {
    let (channel, phone) = place(object);
    let flag = |name: &str| on && attrs::flag(object, name) == Some(true);
    let http = flag("http_enabled");
    let call = client
        .set("UpdatePhoneWebhook")
        .text("CustSpaceId", channel)
        .text("PhoneNumber", phone)
        .text("HttpFlag", yes(http))
        .text("QueueFlag", yes(flag("queue_enabled")))
        .alone_in(channel);
    let call = URLS.iter().fold(call, |call, (name, parameter)| {
        call.optional(parameter, attrs::text(object, name).filter(|_| http))
    });
    call.send().await.map(|_| ())
}

impl PhoneWebhook {
    async fn written(client: &Client, planned: &Value) -> Result<Outcome, HttpError> {
        write(client, planned, true).await?;
        let unread = attrs::settled(planned);
        if planned.is_wholly_known() {
            return Ok(Outcome::is(unread));
        }
        // The queues are named by the service. Where they cannot be read, the next plan does.
        let queues = find(client, planned).await.ok().flatten();
        let queues = queues.unwrap_or_else(|| unread.clone());
        let state = ["status_queue", "up_queue"].iter().fold(unread, |s, name| {
            let queue = queues.attr(name).cloned();
            attrs::set(&s, name, queue.unwrap_or(Value::null(Type::String)))
        });
        Ok(Outcome::is(state))
    }
}

impl Calls<Client> for PhoneWebhook {
    fn type_name(&self) -> &'static str {
        PHONE_WEBHOOK
    }

    fn label(&self, object: &Value) -> String {
        format!("the webhook of number {}", place(object).1)
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let block = Block::new("Where inbound messages and delivery reports of a number go.")
            .attribute("id", text("The channel's id, a slash, and the number.").computed())
            .attribute("cust_space_id", text("The channel's id. A change is a replacement.").required())
            .attribute("phone_number", text("A number of the channel: digits, with country code, without +. A change is a replacement.").required())
            .attribute("status_callback_url", text("Receives delivery reports by POST, as a JSON list, to be answered within 3 seconds. Reports may come twice.").optional())
            .attribute("up_callback_url", text("Receives inbound messages in the same way.").optional())
            .attribute("status_queue", text("The queue of delivery reports.").computed())
            .attribute("up_queue", text("The queue of inbound messages.").computed());
        Schema {
            version: 0,
            block: flags(block),
        }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["cust_space_id", "phone_number"]
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        defaults()
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::phone_webhook(request)
    }

    async fn plan(&self, _: Option<&Client>, mut draft: Draft) -> Draft {
        let (channel, phone) = place(&draft.planned);
        if !channel.is_empty() && !phone.is_empty() {
            let id = Value::string(id((channel, phone)));
            draft.set("id", id);
        }
        let queue = attrs::flag(&draft.planned, "queue_enabled");
        for name in ["status_queue", "up_queue"] {
            match queue {
                Some(false) => draft.set(name, Value::null(Type::String)),
                _ if draft.changed("queue_enabled") => {
                    draft.set(name, Value::unknown(Type::String));
                }
                _ => {}
            }
        }
        draft
    }

    async fn create(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        Self::written(client, &request.planned).await
    }

    async fn read(&self, client: &Client, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let found = find(client, &request.state).await?;
        Ok(found.map_or_else(Outcome::gone, Outcome::is))
    }

    async fn update(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        Self::written(client, &request.planned).await
    }

    async fn delete(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        write(client, &request.prior, false).await?;
        Ok(Outcome::gone())
    }

    /// A webhook that is as planned; another one is overwritten again, which does no harm.
    /// Those of the numbers with a way turned on.
    async fn discover(&self, client: &Client) -> Result<Option<Vec<String>>, HttpError> {
        let mut ids = Vec::new();
        for channel in channel::whatsapp(client).await? {
            for number in of_channel(client, &channel, None).await? {
                let phone = text(&number, "PhoneNumber").unwrap_or_default();
                let place = [("cust_space_id", &channel), ("phone_number", &phone)];
                let bare = Value::object(place.map(|(name, t)| (name, Value::from(t.as_str()))));
                if state(&number, &bare).is_some() {
                    ids.push(id((&channel, &phone)));
                }
            }
        }
        Ok(Some(ids))
    }

    async fn find(&self, client: &Client, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let there = find(client, &attrs::settled(planned)).await?;
        let same = |there: &Value| {
            ["http_enabled", "queue_enabled"]
                .into_iter()
                .chain(URLS.map(|(name, _)| name))
                .all(|name| there.attr(name) == planned.attr(name))
        };
        Ok(there.filter(same).into_iter().collect())
    }

    /// By the channel's id, a slash, and the number.
    async fn import(&self, _: &Client, id: &str) -> Result<Value, Diagnostics> {
        let Some((channel, phone)) = id.split_once('/') else {
            return Err(rules::import_form(id, "CHANNEL/NUMBER"));
        };
        Ok(Value::object([
            ("id", Value::from(id)),
            ("cust_space_id", Value::from(channel)),
            ("phone_number", Value::from(phone)),
        ]))
    }
}
