//! The calls of a messaging service: with its authentications inside, or by calls of their own [assumed].
//!
//! A service is never written partly: what is there is read, laid over and written back.

use serde_json::{Value as Json, json};
use trunkline_api::Value;
use trunkline_api::kit::attrs;
use trunkline_http::HttpError;

use super::entries::{self, BLOCK, Wanted};
use crate::client::{Client, needs, taken, text};
use crate::object::overlay;

pub(crate) const SERVICES: &str = "messaging_services";
const AUTHENTICATIONS: &str = "authentications";

/// The service as state; names and order of entries as in `known`.
pub(super) fn state(client: &Client, service: &Json, known: &Value) -> Value {
    let member = |name: &str| attrs::string_or_null(text(service, name));
    let found = text(service, "type").map(|found| client.unspelt(found));
    let known_type = attrs::text(known, "type");
    // Case does not count: the configuration's spelling stays.
    let service_type = match (found, known_type) {
        (Some(found), Some(known)) if found.eq_ignore_ascii_case(known) => Some(known.to_owned()),
        (found, _) => found,
    };
    let found = service.get(AUTHENTICATIONS).and_then(Json::as_array);
    Value::object([
        ("id", member("id")),
        ("name", member("name")),
        ("type", attrs::string_or_null(service_type)),
        ("service_connection", member("serviceConnection")),
        ("authentication_url", member("authenticationUrl")),
        ("authentication_scope", member("authenticationScope")),
        (
            BLOCK,
            entries::state(found.map_or(&[], Vec::as_slice), known),
        ),
    ])
}

/// Reads a service with its authentications.
pub(super) async fn read(client: &Client, id: &str) -> Result<Option<Json>, HttpError> {
    let Some(mut service) = client.find(&[SERVICES, id]).await? else {
        return Ok(None);
    };
    if !client.embedded && !service.get(AUTHENTICATIONS).is_some_and(Json::is_array) {
        let fields = [("direction", "*"), ("authenticationId", "*")];
        let mut rows = client
            .list(&[SERVICES, id, AUTHENTICATIONS], &fields)
            .await?;
        // The filter by a field finds only the rows that have it.
        let triggered = client
            .list(&[SERVICES, id, AUTHENTICATIONS], &[("triggers", "*")])
            .await?;
        for row in &mut rows {
            let same = |other: &&Json| text(other, "id") == text(row, "id");
            if let Some(found) = triggered
                .iter()
                .find(same)
                .and_then(|other| other.get("triggers"))
            {
                row["triggers"] = found.clone();
            }
        }
        service[AUTHENTICATIONS] = Json::Array(rows);
    }
    Ok(Some(service))
}

fn members(client: &Client, planned: &Value) -> Vec<(&'static str, Json)> {
    let service_type = attrs::text(planned, "type").map(|t| client.spelt(t));
    vec![
        ("name", json!(attrs::text(planned, "name"))),
        ("type", json!(service_type)),
        (
            "serviceConnection",
            json!(attrs::text(planned, "service_connection")),
        ),
        // Not applicable for any type.
        ("authenticationUrl", Json::Null),
        ("authenticationScope", Json::Null),
    ]
}

/// The whole list of entries, each with its id where it has one.
fn whole(wanted: &[Wanted]) -> Json {
    let entry = |wanted: &Wanted| {
        let mut body = wanted.body.clone();
        if let Some(id) = &wanted.id {
            body["id"] = json!(id);
        }
        body
    };
    wanted.iter().map(entry).collect()
}

/// Makes a service and answers its id; the entries too where the service carries them.
pub(super) async fn create(
    client: &Client,
    planned: &Value,
    wanted: &[Wanted],
) -> Result<String, HttpError> {
    let mut body = overlay(json!({}), members(client, planned));
    if client.embedded {
        body[AUTHENTICATIONS] = whole(wanted);
    }
    client.create(&[SERVICES], &body).await.map_err(|e| {
        taken(
            needs(e, "Messaging Service: Create"),
            "A messaging service of this name exists already.",
        )
    })
}

/// Writes a service over `service`, what was just read.
pub(super) async fn replace(
    client: &Client,
    id: &str,
    service: Json,
    planned: &Value,
    wanted: &[Wanted],
) -> Result<(), HttpError> {
    let mut body = overlay(service, members(client, planned));
    if client.embedded {
        body[AUTHENTICATIONS] = whole(wanted);
    } else if let Some(body) = body.as_object_mut() {
        // Entries without their secrets would be refused; left out they stay.
        body.shift_remove(AUTHENTICATIONS);
    }
    let written = client.replace(&[SERVICES, id], &body).await;
    written.map_err(|e| needs(e, "Messaging Service: Modify"))
}

/// Brings the entries to what is wanted by calls of their own: new ones first, so that messages keep flowing.
pub(super) async fn bring(
    client: &Client,
    id: &str,
    there: &[Json],
    wanted: &[Wanted],
) -> Result<(), HttpError> {
    let modify = |e| needs(e, "Messaging Service: Modify");
    for entry in wanted {
        match &entry.id {
            None => {
                let parts = [SERVICES, id, AUTHENTICATIONS];
                client
                    .create(&parts, &entry.body)
                    .await
                    .map(drop)
                    .map_err(modify)?;
            }
            Some(entry_id) if entry.changed => {
                let parts = [SERVICES, id, AUTHENTICATIONS, entry_id];
                client.replace(&parts, &entry.body).await.map_err(modify)?;
            }
            Some(_) => {}
        }
    }
    for gone in there.iter().filter_map(|entry| text(entry, "id")) {
        if !wanted.iter().any(|entry| entry.id.as_deref() == Some(gone)) {
            let parts = [SERVICES, id, AUTHENTICATIONS, gone];
            client.remove(&parts).await.map_err(modify)?;
        }
    }
    Ok(())
}
