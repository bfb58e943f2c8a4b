//! `sinchcontactpro_messaging_service`: a messaging service of any supported type, with its authentications.
//!
//! Secrets are sent with every write and never read; `Kept` notices a changed one. A service of a type that the
//! vendor has retired can be imported, read and destroyed, not written.

mod calls;
mod entries;

use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Path, Schema, Type, Value};

use crate::client::needs;
use crate::object::{
    changed_meanwhile, found_again, id, imported, not_read, not_read_because, settled,
};
use crate::{Connection, names, rules};
use trunkline_http::{Calls, HttpError, Kept, Waits};

pub(crate) use calls::SERVICES;
pub(crate) use entries::BLOCK as AUTHENTICATION;

/// The resource.
pub(crate) struct MessagingService;

fn label(service: &Value) -> String {
    let name = attrs::text(service, "name").unwrap_or_else(|| id(service));
    format!("messaging service {name:?}")
}

/// The vendor's advice, for a change of what is in use.
const ADVICE: &str = "The vendor advises not to change or delete messaging services or their authentication during business hours: messages may not be delivered.";

/// What a type that cannot be written any more is told.
fn retired(service_type: &str) -> Diagnostic {
    let detail = format!(
        "The messaging service type {service_type} is no longer supported: a service of it can only be read and destroyed. Remove it from the configuration to destroy it, or use one of {}.",
        names::TYPES.join(", ")
    );
    Diagnostic::error("Messaging Service Type No Longer Supported", detail)
        .on(Path::attribute("type"))
}

impl Calls<Connection> for MessagingService {
    fn type_name(&self) -> &'static str {
        "sinchcontactpro_messaging_service"
    }

    fn label(&self, object: &Value) -> String {
        format!("the {}", label(object))
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        Schema {
            version: 0,
            block: Block::new("A messaging service: how Contact Pro reaches an external service.")
                .attribute("id", text("The service's id.").computed())
                .attribute("name", text("A descriptive name; unique.").required())
                .attribute("type", text("microsoft_teams, facebook, c4semail, c4semailv2, sinchconversation, sinchsms or wavy.").required())
                .attribute("service_connection", text("URL of the outgoing connection.").required())
                .attribute("authentication_url", text("Not applicable: must not be set.").optional())
                .attribute("authentication_scope", text("Not applicable: must not be set.").optional())
                .nested(AUTHENTICATION, entries::schema()),
        }
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::service(request)
    }

    async fn plan(&self, _: Option<&Connection>, mut draft: Draft) -> Draft {
        let prior_type = attrs::text(&draft.prior, "type").map(str::to_owned);
        match draft.action {
            Action::Delete => draft.note(NoteKind::Manual, ADVICE),
            Action::Create => drop(entries::plan(&mut draft)),
            Action::Update => {
                let same = match (&prior_type, attrs::text(&draft.planned, "type")) {
                    (Some(prior), Some(planned)) => prior.eq_ignore_ascii_case(planned),
                    _ => false,
                };
                let retired_type = prior_type.filter(|t| same && names::is_retired(t));
                if same {
                    draft.keep("type");
                } else {
                    draft.replace("type");
                }
                let rotated = entries::plan(&mut draft);
                if draft.planned != draft.prior {
                    if let Some(retired_type) = retired_type {
                        draft.problem(retired(&retired_type));
                    }
                    draft.note(NoteKind::Manual, ADVICE);
                }
                for key in rotated {
                    let id = key.split_once(' ').map_or(&*key, |(_, id)| id);
                    let text = format!(
                        "Another secret is set for {id}: until both sides have it, messages may be refused."
                    );
                    draft.note(NoteKind::Manual, text);
                }
            }
        }
        draft
    }

    async fn create(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let planned = &request.planned;
        let wanted = entries::wanted(planned, &request.config, &Value::null(Type::Dynamic), b"");
        wanted
            .iter()
            .for_each(|entry| client.keep_secret(&entry.secret));
        let planned = &entries::with_revisions(planned, &Value::null(Type::Dynamic), &wanted, b"");
        let id = calls::create(client, planned, &wanted).await?;
        let bare = settled(&attrs::set(planned, "id", Value::string(id.as_str())));
        let mut problem = None;
        if !client.embedded
            && let Err(e) = calls::bring(client, &id, &[], &wanted).await
        {
            problem = Some(e.doing(format!("Adding the authentications of {}", label(planned))));
        }
        let read = calls::read(client, &id).await;
        let outcome = match read {
            Ok(Some(service)) => Outcome::is(calls::state(client, &service, planned)),
            Ok(None) => Outcome::is(bare).with(not_read(&label(planned))),
            Err(e) => Outcome::is(bare).with(not_read_because(&label(planned), &e)),
        };
        let secrets = wanted
            .iter()
            .map(|entry| (entry.key.clone(), &*entry.secret));
        let outcome = outcome.private(Kept::of(&id, secrets));
        Ok(match problem {
            Some(problem) => outcome.with(problem),
            None => outcome,
        })
    }

    async fn read(&self, client: &Connection, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let state = &request.state;
        let service = calls::read(client, id(state)).await;
        let service = service.map_err(|e| needs(e, "Messaging Service: View"))?;
        let is = |service| Outcome::is(calls::state(client, &service, state));
        Ok(service.map_or_else(Outcome::gone, is))
    }

    async fn update(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let id = id(&request.prior);
        let Some(service) = calls::read(client, id).await? else {
            // The usual error of a missing object.
            client.get(&[SERVICES, id]).await?;
            return Ok(Outcome::failed(not_read(&label(&request.prior))));
        };
        let now = calls::state(client, &service, &request.prior);
        if let Some(failed) = changed_meanwhile(
            &request.prior,
            &now,
            &["name", "service_connection", AUTHENTICATION],
            &label(&request.prior),
        ) {
            return Ok(failed);
        }
        let wanted = entries::wanted(&request.planned, &request.config, &now, &request.private);
        wanted
            .iter()
            .for_each(|entry| client.keep_secret(&entry.secret));
        let planned =
            entries::with_revisions(&request.planned, &request.prior, &wanted, &request.private);
        let there = service.get("authentications").cloned().unwrap_or_default();
        calls::replace(client, id, service, &planned, &wanted).await?;
        if !client.embedded {
            let there = there.as_array().map_or(&[][..], Vec::as_slice);
            calls::bring(client, id, there, &wanted).await?;
        }
        let secrets = wanted
            .iter()
            .map(|entry| (entry.key.clone(), &*entry.secret));
        let private = Kept::of(id, secrets);
        let read = calls::read(client, id).await;
        let outcome = match read {
            Ok(Some(service)) => Outcome::is(calls::state(client, &service, &planned)),
            Ok(None) => Outcome::is(settled(&planned)).with(not_read(&label(&planned))),
            Err(e) => Outcome::is(settled(&planned)).with(not_read_because(&label(&planned), &e)),
        };
        Ok(outcome.private(private))
    }

    async fn delete(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let removed = client.remove(&[SERVICES, id(&request.prior)]).await;
        removed.map_err(|e| needs(e, "Messaging Service: Delete"))?;
        Ok(Outcome::gone())
    }

    async fn list(&self, client: &Connection, _: &Value) -> Result<Vec<String>, HttpError> {
        let ids = client.ids(&[SERVICES]).await;
        ids.map_err(|e| needs(e, "Messaging Service: View"))
    }

    fn search(&self, client: &Connection) -> Option<Waits> {
        Some(client.search_waits())
    }

    /// By name. The create carried the secrets, so they count as set.
    async fn find(&self, client: &Connection, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let key = ("name", attrs::text(planned, "name").unwrap_or_default());
        let state = |json| calls::state(client, &json, planned);
        found_again(client, &[SERVICES], key, state).await
    }

    /// By id or name.
    async fn import(&self, client: &Connection, id: &str) -> Result<Value, Diagnostics> {
        let what = "the messaging service";
        imported(client.resolve(&[SERVICES], "name", id, what).await)
    }
}
