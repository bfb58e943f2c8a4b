//! `acrobits_contact`: somebody in the contacts who is not declared as a user: a number of the telephone network, or a
//! user who is provisioned elsewhere.
//!
//! A declaration: it is rendered, and published by `acrobits_contact_list`.

use serde_json::{Value as Json, json};
use trunkline_api::kit::{Action, Draft, Outcome, Resource, attrs};
use trunkline_api::provider::{
    ApplyRequest, Effects, ImportRequest, ImportResponse, ReadRequest, ValidateRequest,
};
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Schema, Type, Value};

use crate::app::{failed, imported};
use crate::client::Client;
use crate::render::contact;
use crate::rules;
use crate::user::listed;

/// The resource type.
pub(crate) const CONTACT: &str = "acrobits_contact";

/// The resource.
pub(crate) struct Contact;

/// The contact with its JSON, once everything is known.
fn derived(object: &Value) -> Value {
    let fields = object.as_fields().into_iter().flat_map(|f| f.iter());
    let mut given = fields.filter(|(name, _)| !matches!(&***name, "id" | "contact"));
    let known = given.all(|(_, value)| value.is_wholly_known());
    let text = |name: &str| attrs::text(object, name);
    let id = text("cloud_id").zip(text("contact_id"));
    let id = id.map_or_else(
        || Value::unknown(Type::String),
        |(cloud_id, id)| Value::string(format!("{cloud_id}/{id}")),
    );
    let json = match known {
        false => Value::unknown(Type::String),
        true => {
            let messaging = text("cloud_username").zip(text("network_id"));
            let id = text("contact_id").unwrap_or_default();
            Value::string(contact::contact(object, id, messaging).to_string())
        }
    };
    attrs::set(&attrs::set(object, "id", id), "contact", json)
}

impl Resource<Client> for Contact {
    fn type_name(&self) -> &'static str {
        CONTACT
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let block = Block::new(
            "A contact that is no declared user. A declaration: a contact list publishes it.",
        )
        .attribute("id", text("`CLOUDID/contactId`.").computed())
        .attribute(
            "cloud_id",
            text("The app's Cloud ID. A change is a replacement.").required(),
        )
        .attribute(
            "contact_id",
            text("Once a list. A change is a replacement.").required(),
        )
        .attribute(
            "cloud_username",
            text("Cloud Username of a user who is provisioned elsewhere.").optional(),
        )
        .attribute("network_id", text("That user's Network ID.").optional())
        .attribute(
            "contact",
            text("The contact as JSON, for `contacts` of a contact list.").computed(),
        );
        Schema {
            version: 0,
            block: contact::described(block),
        }
    }

    fn effects(&self) -> Effects {
        Effects::None
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["cloud_id", "contact_id"]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::contact(&request.config)
    }

    fn plan<'a>(&'a self, _: Option<&'a Client>, mut draft: Draft) -> BoxFuture<'a, Draft> {
        if draft.action != Action::Delete {
            draft.planned = derived(&draft.planned);
        }
        Box::pin(std::future::ready(draft))
    }

    fn create<'a>(&'a self, _: &'a Client, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::is(derived(&request.planned))))
    }

    fn read<'a>(&'a self, _: &'a Client, request: ReadRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::is(derived(&request.state))))
    }

    fn update<'a>(&'a self, client: &'a Client, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        self.create(client, request)
    }

    fn delete<'a>(&'a self, _: &'a Client, _: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::gone()))
    }

    fn import<'a>(
        &'a self,
        client: &'a Client,
        request: ImportRequest,
    ) -> BoxFuture<'a, ImportResponse> {
        Box::pin(async move {
            match import(client, &request.id).await {
                Ok(state) => imported(&state),
                Err(problem) => failed(problem),
            }
        })
    }
}

async fn import(client: &Client, id: &str) -> Result<Json, Diagnostic> {
    let (own, document) = match id.split_once(',') {
        Some((own, document)) => (own, Some(document)),
        None => (id, None),
    };
    let Some((cloud_id, id)) = own
        .split_once('/')
        .filter(|(c, i)| !c.is_empty() && !i.is_empty())
    else {
        let text = "A contact is imported as `CLOUDID/contactId`, followed by `,TARGET:KEY` of a published contact list where there is one.";
        return Err(Diagnostic::error("Invalid Import Id", text));
    };
    let mut state = json!({"cloud_id": cloud_id, "contact_id": id});
    if let Some(name) = document {
        let found = listed(client, name, |c| contact::text(c, "contactId") == Some(id)).await?;
        for (attribute, value) in contact::attributes(&found) {
            state[attribute] = value;
        }
        state["cloud_username"] = found["cloudUsername"].clone();
        state["network_id"] = found["networkId"].clone();
    }
    Ok(state)
}
