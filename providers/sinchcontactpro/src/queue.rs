//! `sinchcontactpro_queue`: a queue, and what of it is configured here.
//!
//! Members that this resource does not know are written back as they were read. Addresses are resources of
//! their own, in `queue_address`.

use serde_json::{Value as Json, json};
use trunkline_api::kit::{Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Path, Schema, Type, Value};
use trunkline_http::{Calls, HttpError, Waits};

use crate::Connection;
use crate::client::{needs, taken, text};
use crate::object::{
    changed_meanwhile, found_again, id, imported, not_read, not_read_because, overlay, settled,
};

pub(crate) const QUEUES: &str = "queues";

/// The resource.
pub(crate) struct Queue;

fn label(queue: &Value) -> String {
    let name = attrs::text(queue, "name").unwrap_or_else(|| id(queue));
    format!("queue {name:?}")
}

/// The members that this resource manages; null for what is to go.
fn members(queue: &Value) -> Vec<(&'static str, Json)> {
    vec![
        ("name", json!(attrs::text(queue, "name"))),
        ("channelType", json!(attrs::text(queue, "channel_type"))),
        ("queueGroup", json!(attrs::text(queue, "queue_group_id"))),
        ("priority", json!(attrs::integer(queue, "priority"))),
        ("queueLength", json!(attrs::integer(queue, "queue_length"))),
    ]
}

fn state(queue: &Json) -> Value {
    let member = |name: &str| attrs::string_or_null(text(queue, name));
    let number = |name: &str| attrs::integer_or_null(queue.get(name).and_then(Json::as_i64));
    Value::object([
        ("id", member("id")),
        ("name", member("name")),
        ("channel_type", member("channelType")),
        ("queue_group_id", member("queueGroup")),
        ("priority", number("priority")),
        ("queue_length", number("queueLength")),
    ])
}

impl Calls<Connection> for Queue {
    fn type_name(&self) -> &'static str {
        "sinchcontactpro_queue"
    }

    fn label(&self, object: &Value) -> String {
        format!("the {}", label(object))
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let number = |d: &str| Attribute::new(Type::Number, d).optional().computed();
        Schema {
            version: 0,
            block: Block::new("A queue.")
                .attribute("id", text("The queue's id.").computed())
                .attribute("name", text("The name; unique.").required())
                .attribute(
                    "channel_type",
                    text("Chat (default), Phone or E-Mail; addresses need Chat.")
                        .optional()
                        .computed(),
                )
                .attribute("queue_group_id", text("Id of the queue group.").optional())
                .attribute(
                    "priority",
                    Attribute::new(Type::Number, "The priority; the channel's by default.")
                        .optional(),
                )
                .attribute(
                    "queue_length",
                    number("How many may wait; -1, the default, for any number."),
                ),
        }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["channel_type"]
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("channel_type", Value::from("Chat")),
            ("queue_length", Value::number(-1)),
        ]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        let name = attrs::text(&request.config, "name");
        let bad = name.is_some_and(|n| n.trim().is_empty() || n.chars().count() > 400);
        let detail = "name must have 1 to 400 characters.";
        let problem = Diagnostic::error("Invalid Queue", detail).on(Path::attribute("name"));
        bad.then_some(problem).into_iter().collect()
    }

    async fn plan(&self, _: Option<&Connection>, mut draft: Draft) -> Draft {
        if draft.planned.is_null() {
            draft.note(
                NoteKind::Manual,
                "Messages to its addresses are lost once it is gone.",
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
        let body = overlay(json!({}), members(planned));
        let id = client.create(&[QUEUES], &body).await.map_err(|e| {
            taken(
                needs(e, "Queue: Create"),
                "A queue of this name exists already.",
            )
        })?;
        let fallback = attrs::set(planned, "id", Value::string(id.as_str()));
        Ok(match client.find(&[QUEUES, &id]).await {
            Ok(Some(queue)) => Outcome::is(state(&queue)),
            Ok(None) => Outcome::is(settled(&fallback)).with(not_read(&label(planned))),
            Err(e) => Outcome::is(settled(&fallback)).with(not_read_because(&label(planned), &e)),
        })
    }

    async fn read(&self, client: &Connection, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let queue = client.find(&[QUEUES, id(&request.state)]).await;
        let queue = queue.map_err(|e| needs(e, "Queue: View"))?;
        Ok(queue.map_or_else(Outcome::gone, |queue| Outcome::is(state(&queue))))
    }

    async fn update(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let id = id(&request.prior);
        let queue = client.get(&[QUEUES, id]).await?;
        let names = [
            "name",
            "channel_type",
            "queue_group_id",
            "priority",
            "queue_length",
        ];
        if let Some(failed) = changed_meanwhile(
            &request.prior,
            &state(&queue),
            &names,
            &label(&request.prior),
        ) {
            return Ok(failed);
        }
        let body = overlay(queue, members(&request.planned));
        let written = client.replace(&[QUEUES, id], &body).await;
        written.map_err(|e| needs(e, "Queue: Modify"))?;
        let now = client.get(&[QUEUES, id]).await?;
        Ok(Outcome::is(state(&now)))
    }

    async fn delete(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let removed = client.remove(&[QUEUES, id(&request.prior)]).await;
        removed.map_err(|e| needs(e, "Queue: View and Delete"))?;
        Ok(Outcome::gone())
    }

    async fn list(&self, client: &Connection, _: &Value) -> Result<Vec<String>, HttpError> {
        let ids = client.ids(&[QUEUES]).await;
        ids.map_err(|e| needs(e, "Queue: View"))
    }

    fn search(&self, client: &Connection) -> Option<Waits> {
        Some(client.search_waits())
    }

    async fn find(&self, client: &Connection, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let name = attrs::text(planned, "name").unwrap_or_default();
        found_again(client, &[QUEUES], ("name", name), |json| state(&json)).await
    }

    /// By id or name.
    async fn import(&self, client: &Connection, id: &str) -> Result<Value, Diagnostics> {
        imported(client.resolve(&[QUEUES], "name", id, "the queue").await)
    }
}
