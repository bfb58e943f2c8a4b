//! `sinchcontactpro_queue_address`: an address of a chat queue, by which messages of one app and subchannel arrive.
//!
//! The address is what it is; only the sender id of SMS can change.

use serde_json::{Value as Json, json};
use trunkline_api::kit::{Action, Draft, Outcome, Resource, attrs};
use trunkline_api::provider::{
    ApplyRequest, ImportRequest, ImportResponse, ListRequest, NoteKind, ReadRequest,
    ReconcileRequest, ReconcileResponse, ValidateRequest,
};
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::HttpError;

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
    format!("address {:?}", member(address, "address"))
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

async fn made(client: &Client, planned: &Value) -> Result<Outcome, HttpError> {
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

async fn changed(client: &Client, request: &ApplyRequest) -> Result<Outcome, HttpError> {
    let (queue, id) = (
        member(&request.prior, "queue_id"),
        member(&request.prior, "id"),
    );
    let parts = [QUEUES, queue, NUMBERS, id];
    let number = client.get(&parts).await?;
    let now = state(&number, queue);
    let others = differing(&request.prior, &now, &["address", "sms_sender_id"]);
    if !others.is_empty() {
        return Ok(Outcome::failed(changed_meanwhile(
            &label(&request.prior),
            &others,
        )));
    }
    if !differing(&now, &request.planned, &["sms_sender_id"]).is_empty() {
        let body = overlay(number, members(&request.planned));
        let written = client.replace(&parts, &body).await;
        written.map_err(|e| needs(e, "Queue: Modify"))?;
    }
    Ok(Outcome::is(request.planned.clone()))
}

impl Resource<Connection> for QueueAddress {
    fn type_name(&self) -> &'static str {
        "sinchcontactpro_queue_address"
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

    fn plan<'a>(&'a self, _: Option<&'a Connection>, mut draft: Draft) -> BoxFuture<'a, Draft> {
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
        Box::pin(std::future::ready(draft))
    }

    fn create<'a>(
        &'a self,
        client: &'a Connection,
        request: ApplyRequest,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let made = made(client, &request.planned).await;
            made.unwrap_or_else(|e| {
                e.doing(format!("Creating {}", label(&request.planned)))
                    .into()
            })
        })
    }

    fn read<'a>(&'a self, client: &'a Connection, request: ReadRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let (queue, id) = (
                member(&request.state, "queue_id"),
                member(&request.state, "id"),
            );
            match client.find(&[QUEUES, queue, NUMBERS, id]).await {
                Ok(Some(number)) => Outcome::is(state(&number, queue)),
                Ok(None) => Outcome::gone(),
                Err(e) => needs(e, "Queue: View")
                    .doing(format!("Reading the address {id}"))
                    .into(),
            }
        })
    }

    fn update<'a>(
        &'a self,
        client: &'a Connection,
        request: ApplyRequest,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let changed = changed(client, &request).await;
            changed.unwrap_or_else(|e| {
                e.doing(format!("Updating {}", label(&request.prior)))
                    .into()
            })
        })
    }

    fn delete<'a>(
        &'a self,
        client: &'a Connection,
        request: ApplyRequest,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let (queue, id) = (
                member(&request.prior, "queue_id"),
                member(&request.prior, "id"),
            );
            match client.remove(&[QUEUES, queue, NUMBERS, id]).await {
                Ok(()) => Outcome::gone(),
                Err(e) => needs(e, "Queue: Modify")
                    .doing(format!("Deleting {}", label(&request.prior)))
                    .into(),
            }
        })
    }

    /// The addresses of the queue that one is about to be added to; an address is unique among all queues.
    fn list<'a>(
        &'a self,
        client: &'a Connection,
        request: ListRequest,
    ) -> BoxFuture<'a, Result<Vec<String>, Diagnostics>> {
        Box::pin(async move {
            let Some(queue) = attrs::text(&request.planned, "queue_id") else {
                return Ok(Vec::new());
            };
            let ids = client.ids(&[QUEUES, queue, NUMBERS]).await;
            ids.map_err(|e| vec![needs(e, "Queue: View").doing("Listing addresses").into()])
        })
    }

    fn reconcile<'a>(
        &'a self,
        client: &'a Connection,
        request: ReconcileRequest,
    ) -> BoxFuture<'a, ReconcileResponse> {
        Box::pin(async move {
            let planned = &request.planned;
            let queue = member(planned, "queue_id");
            let key = ("address", member(planned, "address"));
            let state = |json: Json| state(&json, queue);
            let parts = [QUEUES, queue, NUMBERS];
            found_again(
                client,
                &parts,
                key,
                &request,
                "Looking for the address",
                state,
            )
            .await
        })
    }

    /// By `QUEUE/ADDRESS`, each an id or the name.
    fn discover<'a>(
        &'a self,
        client: &'a Connection,
    ) -> BoxFuture<'a, Result<Option<Vec<String>>, Diagnostics>> {
        Box::pin(async move {
            let listed = async {
                let mut ids = Vec::new();
                for queue in client.ids(&[QUEUES]).await? {
                    let addresses = client.ids(&[QUEUES, &queue, NUMBERS]).await?;
                    ids.extend(addresses.iter().map(|address| format!("{queue}/{address}")));
                }
                Ok(Some(ids))
            };
            let listed: Result<_, HttpError> = listed.await;
            listed.map_err(|e| vec![needs(e, "Queue: View").doing("Listing addresses").into()])
        })
    }

    fn import<'a>(
        &'a self,
        client: &'a Connection,
        request: ImportRequest,
    ) -> BoxFuture<'a, ImportResponse> {
        Box::pin(async move {
            match named(client, &request.id).await {
                Ok(state) => ImportResponse {
                    state: Some(state),
                    ..ImportResponse::default()
                },
                Err(problem) => ImportResponse {
                    diagnostics: vec![problem],
                    ..ImportResponse::default()
                },
            }
        })
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
