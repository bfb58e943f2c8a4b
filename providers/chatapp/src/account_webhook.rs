//! `chatapp_account_webhook`: where status changes of a channel's accounts, numbers and templates are reported.
//!
//! No call reads it back [public]: what the state says is what was last written, and a change outside is not seen.

use trunkline_api::kit::{Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, HttpError};

use crate::client::Client;
use crate::json::yes;
use crate::rules;

/// The resource type.
pub(crate) const ACCOUNT_WEBHOOK: &str = "chatapp_account_webhook";

/// The resource.
pub(crate) struct AccountWebhook;

fn channel(object: &Value) -> &str {
    attrs::text(object, "cust_space_id").unwrap_or_default()
}

fn id(channel: &str) -> String {
    format!("{channel}/account")
}

/// Writes it whole, which is the same as often as it is done.
async fn write(client: &Client, object: &Value, on: bool) -> Result<(), HttpError> {
    let flag = |name: &str| on && attrs::flag(object, name) == Some(true);
    let http = flag("http_enabled");
    let url = attrs::text(object, "status_callback_url").filter(|_| http);
    let call = client
        .set("UpdateAccountWebhook")
        .text("CustSpaceId", channel(object))
        .optional("StatusCallbackUrl", url)
        .text("HttpFlag", yes(http))
        .text("QueueFlag", yes(flag("queue_enabled")))
        .alone_in(channel(object));
    call.send().await.map(|_| ())
}

/// The attributes that both kinds of webhooks have.
pub(crate) fn flags(block: Block) -> Block {
    let flag = |d: &str| Attribute::new(Type::Bool, d).optional().computed();
    block
        .attribute(
            "http_enabled",
            flag("Whether reports are posted to the URLs; true by default."),
        )
        .attribute(
            "queue_enabled",
            flag("Whether reports go to the account's message queues; false by default."),
        )
}

/// Their defaults.
pub(crate) fn defaults() -> Vec<(&'static str, Value)> {
    vec![
        ("http_enabled", Value::bool(true)),
        ("queue_enabled", Value::bool(false)),
    ]
}

impl Calls<Client> for AccountWebhook {
    fn type_name(&self) -> &'static str {
        ACCOUNT_WEBHOOK
    }

    fn label(&self, object: &Value) -> String {
        format!("the account webhook of channel {:?}", channel(object))
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let block = Block::new("Where status changes of accounts, numbers and templates of a channel are reported. No call reads it back.")
            .attribute("id", text("The channel's id and /account.").computed())
            .attribute("cust_space_id", text("The channel's id. A change is a replacement.").required())
            .attribute("status_callback_url", text("Receives reports by POST, as a JSON list, to be answered within 3 seconds. Reports may come twice.").optional().untold());
        let mut block = flags(block);
        for attribute in block.attributes.values_mut() {
            attribute.untold |= attribute.optional;
        }
        Schema { version: 0, block }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["cust_space_id"]
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        defaults()
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::account_webhook(request)
    }

    async fn plan(&self, _: Option<&Client>, mut draft: Draft) -> Draft {
        if let Some(channel) = attrs::text(&draft.planned, "cust_space_id") {
            let id = Value::string(id(channel));
            draft.set("id", id);
        }
        draft
    }

    async fn create(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        write(client, &request.planned, true).await?;
        Ok(Outcome::is(attrs::settled(&request.planned)))
    }

    async fn read(&self, _: &Client, request: &ReadRequest) -> Result<Outcome, HttpError> {
        Ok(Outcome::is(request.state.clone()))
    }

    async fn update(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        self.create(client, request).await
    }

    async fn delete(&self, client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        write(client, &request.prior, false).await?;
        Ok(Outcome::gone())
    }

    /// Nothing tells where there is one.
    async fn discover(&self, _: &Client) -> Result<Option<Vec<String>>, HttpError> {
        Ok(None)
    }

    /// Nothing tells: it is written again, which does no harm.
    async fn find(&self, _: &Client, _: &Value) -> Result<Vec<Value>, HttpError> {
        Ok(Vec::new())
    }

    /// By the channel's id, with or without `/account`. What is configured counts as what is set.
    async fn import(&self, _: &Client, id: &str) -> Result<Value, Diagnostics> {
        let channel = id.strip_suffix("/account").unwrap_or(id);
        Ok(Value::object([
            ("id", Value::string(self::id(channel))),
            ("cust_space_id", Value::from(channel)),
        ]))
    }
}
