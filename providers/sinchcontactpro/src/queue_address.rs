//! `sinchcontactpro_queue_address`: an address of a chat queue, by which messages of one app and subchannel arrive.
//!
//! The address is what it is; only the sender id of SMS can change.

use serde_json::{Value as Json, json};
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, HttpError, Waits};

use crate::client::{Client, needs, taken, text};
use crate::object::{changed_meanwhile, differing, found_again, overlay};
use crate::queue::QUEUES;
use crate::{Connection, names, rules};

const NUMBERS: &str = "numbers";

/// The resource.
pub(crate) struct QueueAddress;

fn member<'v>(address: &'v Value, name: &str) -> &'v str {
    attrs::text(address, name).unwrap_or_default()
}

fn label(address: &Value) -> String {
    let text = attrs::text(address, "address").unwrap_or_else(|| member(address, "id"));
    format!("address {text:?}")
}

/// Where an address is.
fn place(address: &Value) -> [&str; 4] {
    let (queue, id) = (member(address, "queue_id"), member(address, "id"));
    [QUEUES, queue, NUMBERS, id]
}

fn members(address: &Value) -> Vec<(&'static str, Json)> {
    vec![
        ("address", json!(attrs::text(address, "address"))),
        ("smsSenderId", json!(attrs::text(address, "sms_sender_id"))),
    ]
}

fn state(number: &Json, queue: &str) -> Value {
    let found = |name: &str| attrs::string_or_null(text(number, name));
    Value::object([
        ("id", found("id")),
        ("queue_id", Value::string(queue)),
        ("address", found("address")),
        ("sms_sender_id", found("smsSenderId")),
        ("phone_number", Value::null(Type::String)),
    ])
}

impl Calls<Connection> for QueueAddress {
    fn type_name(&self) -> &'static str {
        "sinchcontactpro_queue_address"
    }

    fn label(&self, object: &Value) -> String {
        format!("the {}", label(object))
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        Schema {
            version: 0,
            block: Block::new("An address of a chat queue.")
                .attribute("id", text("The address's id.").computed())
                .attribute("queue_id", text("Id of the chat queue.").required())
                .attribute("address", text("[APP ID]@[subchannel].sinchconversation.com, the app id in capitals.").required())
                .attribute("sms_sender_id", text("The SMS sender id, which a US number needs.").optional())
                .attribute("phone_number", text("The number behind an sms address, with its country code. It is neither sent nor stored; rule CP-19 looks at it.").optional().write_only()),
        }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["queue_id", "address"]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::address(&request.config)
    }

    async fn plan(&self, _: Option<&Connection>, mut draft: Draft) -> Draft {
        let sms = |object: &Value| {
            names::app_and_subchannel(member(object, "address"))
                .is_some_and(|(_, channel)| channel == "sms")
        };
        if draft.action == Action::Create && sms(&draft.planned) {
            draft.note(NoteKind::Manual, CP_20);
        }
        if draft.action == Action::Delete {
            draft.note(
                NoteKind::Manual,
                "Messages to this address are lost once it is gone.",
            );
        }
        draft
    }

    async fn create(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let planned = &request.planned;
        let queue = member(planned, "queue_id");
        let body = overlay(json!({}), members(planned));
        let id = client
            .create(&[QUEUES, queue, NUMBERS], &body)
            .await
            .map_err(|e| {
                taken(
                    needs(e, "Queue: Modify"),
                    "A queue has this address already, and an address belongs to one queue.",
                )
            })?;
        Ok(Outcome::is(attrs::set(planned, "id", Value::string(id))))
    }

    async fn read(&self, client: &Connection, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let queue = member(&request.state, "queue_id");
        let number = client.find(&place(&request.state)).await;
        let number = number.map_err(|e| needs(e, "Queue: View"))?;
        Ok(number.map_or_else(Outcome::gone, |number| Outcome::is(state(&number, queue))))
    }

    async fn update(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let queue = member(&request.prior, "queue_id");
        let parts = place(&request.prior);
        let number = client.get(&parts).await?;
        let now = state(&number, queue);
        if let Some(failed) = changed_meanwhile(
            &request.prior,
            &now,
            &["address", "sms_sender_id"],
            &label(&request.prior),
        ) {
            return Ok(failed);
        }
        if !differing(&now, &request.planned, &["sms_sender_id"]).is_empty() {
            let body = overlay(number, members(&request.planned));
            let written = client.replace(&parts, &body).await;
            written.map_err(|e| needs(e, "Queue: Modify"))?;
        }
        Ok(Outcome::is(request.planned.clone()))
    }

    async fn delete(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let removed = client.remove(&place(&request.prior)).await;
        removed.map_err(|e| needs(e, "Queue: Modify"))?;
        Ok(Outcome::gone())
    }

    fn listed_within(&self) -> &'static [&'static str] {
        &["queue_id"]
    }

    /// The addresses of the queue that one is about to be added to; an address is unique among all queues.
    async fn list(&self, client: &Connection, planned: &Value) -> Result<Vec<String>, HttpError> {
        let Some(queue) = attrs::text(planned, "queue_id") else {
            return Ok(Vec::new());
        };
        let ids = client.ids(&[QUEUES, queue, NUMBERS]).await;
        ids.map_err(|e| needs(e, "Queue: View"))
    }

    async fn discover(&self, client: &Connection) -> Result<Option<Vec<String>>, HttpError> {
        let mut ids = Vec::new();
        for queue in client.ids(&[QUEUES]).await? {
            let addresses = client.ids(&[QUEUES, &queue, NUMBERS]).await;
            let addresses = addresses.map_err(|e| needs(e, "Queue: View"))?;
            ids.extend(addresses.iter().map(|address| format!("{queue}/{address}")));
        }
        Ok(Some(ids))
    }

    fn search(&self, client: &Connection) -> Option<Waits> {
        Some(client.search_waits())
    }

    async fn find(&self, client: &Connection, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let queue = member(planned, "queue_id");
        let key = ("address", member(planned, "address"));
        let state = |json: Json| state(&json, queue);
        found_again(client, &[QUEUES, queue, NUMBERS], key, state).await
    }

    /// By `QUEUE/ADDRESS`, each an id or the name.
    async fn import(&self, client: &Connection, id: &str) -> Result<Value, Diagnostics> {
        named(client, id).await.map_err(|problem| vec![problem])
    }
}

/// Rule CP-20, said with every plan that makes such an address.
const CP_20: &str =
    "CP-20: tell Sinch which number to use for outbound SMS; only Sinch can set it.";

async fn named(client: &Client, id: &str) -> Result<Value, Diagnostic> {
    let Some((queue, address)) = id.rsplit_once('/') else {
        let detail = format!(
            "{id:?} is not of the form QUEUE/ADDRESS, where QUEUE is an id or a name and ADDRESS an id or the address."
        );
        return Err(Diagnostic::error("Invalid Import Id", detail));
    };
    let queue = client
        .resolve(&[QUEUES], "name", queue, "the queue")
        .await?;
    let parts = [QUEUES, &queue, NUMBERS];
    let address = client
        .resolve(&parts, "address", address, "the address")
        .await?;
    Ok(Value::object([
        ("id", Value::string(address)),
        ("queue_id", Value::string(queue)),
    ]))
}
