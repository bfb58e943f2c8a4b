//! `genesyscloud_role_grant`: one role given to one subject in one division, beside whatever else the
//! subject has.
//!
//! Additive: it never takes away what it did not give. Its identity is subject, division and role, so
//! every change is a replacement; removing it removes that one grant.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use trunkline_api::kit::{Outcome, Resource, attrs};
use trunkline_api::provider::{
    ApplyRequest, ImportRequest, ImportResponse, ListRequest, ReadRequest, ReconcileRequest,
    ReconcileResponse, Reconciled, ValidateRequest,
};
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::{Endpoint, HttpError, Method, Waits, poll};

use crate::client::{Client, found, needs, patiently, text};
use crate::user::USERS;
use crate::{Connection, rules};

const SUBJECTS: &str = "/api/v2/authorization/subjects";

/// The kinds of subject that the service knows; the first is its default.
pub(crate) const SUBJECT_TYPES: &[&str] = &["PC_USER", "PC_GROUP", "PC_OAUTH_CLIENT"];

/// The resource.
pub(crate) struct RoleGrant;

/// Which role, where, to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) subject: String,
    pub(crate) division: String,
    pub(crate) role: String,
}

impl Grant {
    fn id(&self) -> String {
        format!("{}/{}/{}", self.subject, self.division, self.role)
    }

    fn path(&self) -> String {
        let [subject, division, role] =
            [&self.subject, &self.division, &self.role].map(|id| Endpoint::segment(id));
        format!("{SUBJECTS}/{subject}/divisions/{division}/roles/{role}")
    }

    fn of(value: &Value, division: String) -> Grant {
        let owned = |name: &str| attrs::text(value, name).unwrap_or_default().to_owned();
        Grant {
            subject: owned("subject_id"),
            division,
            role: owned("role_id"),
        }
    }

    /// The grant of a state, whose division is known.
    fn stored(value: &Value) -> Grant {
        Grant::of(
            value,
            attrs::text(value, "division_id")
                .unwrap_or_default()
                .to_owned(),
        )
    }

    /// The grant of a planned value, whose division may be left to the service.
    async fn planned(client: &Client, value: &Value) -> Result<Grant, HttpError> {
        let division = match attrs::text(value, "division_id") {
            Some(id) => id.to_owned(),
            None => client.home_division().await?,
        };
        Ok(Grant::of(value, division))
    }

    fn state(&self, value: &Value) -> Value {
        let state = attrs::set(value, "division_id", Value::string(self.division.as_str()));
        attrs::set(&state, "id", Value::string(self.id()))
    }
}

/// The grants that `subject` has of its own; those through groups are left out. Nothing when there is
/// no such subject.
pub(crate) async fn grants_of(
    client: &Client,
    subject: &str,
) -> Result<Option<Vec<Grant>>, HttpError> {
    let path = format!("{SUBJECTS}/{}", Endpoint::segment(subject));
    let answer = found(client.get(path).query("includeDuplicates", "true")).await?;
    Ok(answer.map(|json| {
        let grants = json
            .get("grants")
            .and_then(Json::as_array)
            .map_or(&[][..], Vec::as_slice);
        let inner = |grant: &Json, object: &str| {
            grant
                .get(object)
                .and_then(|o| text(o, "id"))
                .unwrap_or_default()
                .to_owned()
        };
        grants
            .iter()
            .filter(|grant| text(grant, "subjectId") == Some(subject))
            .map(|grant| Grant {
                subject: subject.to_owned(),
                division: inner(grant, "division"),
                role: inner(grant, "role"),
            })
            .collect()
    }))
}

/// Whether the subject has the grant now.
async fn is_there(client: &Client, grant: &Grant) -> Result<bool, HttpError> {
    let grants = grants_of(client, &grant.subject).await?;
    Ok(grants.unwrap_or_default().contains(grant))
}

/// Waits until the grant is there, or is not, for at most `seconds`. Whether it came so.
pub(crate) async fn wait(
    client: &Client,
    grant: &Grant,
    there: bool,
    seconds: u64,
) -> Result<bool, HttpError> {
    wait_for(
        client,
        client.waits(Duration::from_secs(seconds)),
        grant,
        there,
    )
    .await
}

async fn wait_for(
    client: &Client,
    waits: Waits,
    grant: &Grant,
    there: bool,
) -> Result<bool, HttpError> {
    let look = || async { Ok((is_there(client, grant).await? == there).then_some(())) };
    Ok(poll(waits, look).await?.is_some())
}

/// Gives the role. The service may not know a new role or division for a while and says 404.
pub(crate) async fn give(
    client: &Client,
    grant: &Grant,
    subject_type: &str,
) -> Result<(), HttpError> {
    // Giving what the subject already has changes nothing, so a lost answer may be repeated.
    let request = || {
        let request = client
            .request(Method::POST, grant.path())
            .query("subjectType", subject_type);
        request.safe_to_resend()
    };
    let waits = client.waits(Duration::from_secs(60));
    let given = patiently(waits, HttpError::is_not_found, request).await;
    given.map(|_| ()).map_err(|e| {
        if e.is_not_found() {
            e.advice("Check that subject_id, role_id and division_id exist, and that subject_type is right.")
        } else {
            needs(e, "authorization:grant:add")
        }
    })
}

/// Takes the role away; that it is not there counts as done.
pub(crate) async fn take(client: &Client, grant: &Grant) -> Result<(), HttpError> {
    match client.request(Method::DELETE, grant.path()).send().await {
        Err(e) if !e.is_not_found() => Err(needs(e, "authorization:grant:delete")),
        _ => Ok(()),
    }
}

impl RoleGrant {
    async fn make(client: &Client, planned: &Value) -> Result<Outcome, HttpError> {
        let grant = Grant::planned(client, planned).await?;
        let subject_type = attrs::text(planned, "subject_type").unwrap_or(SUBJECT_TYPES[0]);
        let before = is_there(client, &grant)
            .await
            .map_err(|e| needs(e, "authorization:grant:view"))?;
        give(client, &grant, subject_type).await?;
        let mut outcome = Outcome::is(grant.state(planned));
        match wait(client, &grant, true, 60).await {
            Ok(true) => {}
            Ok(false) => {
                outcome = outcome.with(Diagnostic::error(
                    "Grant Not Visible",
                    format!("The service accepted the grant {}, but did not show it in time. Run the command again later.", grant.id()),
                ));
            }
            Err(e) => outcome = outcome.with(e.doing("Reading the new grant")),
        }
        if before {
            outcome = outcome.with(Diagnostic::warning(
                "Grant Already There",
                format!("The subject {} already had role {} in division {}. The grant is managed here from now on, so destroying it takes the role away.", grant.subject, grant.role, grant.division),
            ));
        }
        if subject_type == "PC_OAUTH_CLIENT" {
            // It may be ourselves, and a token has the permissions of the day it was issued.
            client.renew_token().await;
        }
        client.granted();
        Ok(outcome)
    }
}

impl Resource<Connection> for RoleGrant {
    fn type_name(&self) -> &'static str {
        "genesyscloud_role_grant"
    }

    fn schema(&self) -> Schema {
        let required = |d: &str| Attribute::new(Type::String, d).required();
        let optional = |d: &str| Attribute::new(Type::String, d).optional().computed();
        Schema {
            version: 0,
            block: Block::new(
                "One role given to one subject in one division, beside its other roles.",
            )
            .attribute(
                "id",
                Attribute::new(Type::String, "subject_id/division_id/role_id").computed(),
            )
            .attribute(
                "subject_id",
                required("Id of the user, group or OAuth client."),
            )
            .attribute(
                "subject_type",
                optional("PC_USER (default), PC_GROUP or PC_OAUTH_CLIENT."),
            )
            .attribute("role_id", required("Id of the role."))
            .attribute(
                "division_id",
                optional("Id of the division; the home division by default, * for all."),
            ),
        }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["subject_id", "subject_type", "role_id", "division_id"]
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        vec![("subject_type", Value::from(SUBJECT_TYPES[0]))]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::grant(&request.config)
    }

    fn create<'a>(
        &'a self,
        client: &'a Connection,
        request: ApplyRequest,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let made = RoleGrant::make(client, &request.planned).await;
            // A grant whose answer was lost is sent again; one that is given up may still have been given.
            made.unwrap_or_else(|e| {
                let unsettled = e.may_have_taken_effect();
                Outcome::from(e.doing("Granting the role")).unsettled(unsettled)
            })
        })
    }

    fn read<'a>(&'a self, client: &'a Connection, request: ReadRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let grant = Grant::stored(&request.state);
            match wait(client, &grant, true, 4).await {
                Ok(true) => Outcome::is(grant.state(&request.state)),
                Ok(false) => Outcome::gone(),
                Err(e) => needs(e, "authorization:grant:view")
                    .doing("Reading the grant")
                    .into(),
            }
        })
    }

    fn delete<'a>(
        &'a self,
        client: &'a Connection,
        request: ApplyRequest,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let grant = Grant::stored(&request.prior);
            let taken = match take(client, &grant).await {
                Ok(()) => wait(client, &grant, false, 15).await.map(|_| ()),
                Err(e) => Err(e),
            };
            match taken {
                Ok(()) => Outcome::gone(),
                Err(e) => e.doing("Taking the role away").into(),
            }
        })
    }

    fn list<'a>(
        &'a self,
        client: &'a Connection,
        request: ListRequest,
    ) -> BoxFuture<'a, Result<Vec<String>, Diagnostics>> {
        Box::pin(async move {
            let Some(subject) = attrs::text(&request.planned, "subject_id") else {
                return Ok(Vec::new());
            };
            match grants_of(client, subject).await {
                Ok(grants) => Ok(grants.unwrap_or_default().iter().map(Grant::id).collect()),
                Err(e) => Err(vec![e.doing("Listing grants").into()]),
            }
        })
    }

    /// The grant itself is its natural key, so one that is there is the one that was made.
    fn reconcile<'a>(
        &'a self,
        client: &'a Connection,
        request: ReconcileRequest,
    ) -> BoxFuture<'a, ReconcileResponse> {
        Box::pin(async move {
            let mut response = ReconcileResponse::default();
            let looked = async {
                let grant = Grant::planned(client, &request.planned).await?;
                let there = wait_for(client, client.search_waits(), &grant, true).await?;
                Ok::<_, HttpError>(there.then_some(grant))
            };
            match looked.await {
                Ok(Some(grant)) if !request.known_ids.contains(&grant.id()) => {
                    response.found.push(Reconciled {
                        state: grant.state(&request.planned),
                        private: request.private.clone(),
                        incomplete: false,
                    });
                }
                Ok(_) => {}
                Err(e) => response
                    .diagnostics
                    .push(e.doing("Looking for the grant").into()),
            }
            response
        })
    }

    /// The id is `subject/division/role`, after `PC_GROUP/` or `PC_OAUTH_CLIENT/` for such a subject.
    /// Grants of users; those of OAuth clients are part of the clients.
    fn discover<'a>(
        &'a self,
        client: &'a Connection,
    ) -> BoxFuture<'a, Result<Option<Vec<String>>, Diagnostics>> {
        Box::pin(async move {
            let listed = async {
                let mut ids = Vec::new();
                for user in client.entities(USERS, &[("state", "active")]).await? {
                    let user = text(&user, "id").unwrap_or_default();
                    let grants = grants_of(client, user).await?;
                    ids.extend(grants.unwrap_or_default().iter().map(Grant::id));
                }
                Ok(Some(ids))
            };
            let listed: Result<_, HttpError> = listed.await;
            listed.map_err(|e| vec![Diagnostic::from(e.doing("Listing grants"))])
        })
    }

    fn import<'a>(
        &'a self,
        _: &'a Connection,
        request: ImportRequest,
    ) -> BoxFuture<'a, ImportResponse> {
        let (kind, rest) = SUBJECT_TYPES
            .iter()
            .find_map(|kind| Some((*kind, request.id.strip_prefix(&format!("{kind}/"))?)))
            .unwrap_or((SUBJECT_TYPES[0], &request.id));
        let parts: Vec<&str> = rest.split('/').collect();
        let response = match parts.as_slice() {
            [subject, division, role] => ImportResponse {
                state: Some(Value::object([
                    ("id", Value::string(rest)),
                    ("subject_id", Value::string(*subject)),
                    ("subject_type", Value::string(kind)),
                    ("division_id", Value::string(*division)),
                    ("role_id", Value::string(*role)),
                ])),
                private: Some(Arc::from(&[][..])),
                diagnostics: Vec::new(),
            },
            _ => ImportResponse {
                diagnostics: vec![Diagnostic::error(
                    "Invalid Import Id",
                    format!(
                        "{:?} is not the id of a grant. Write subject_id/division_id/role_id.",
                        request.id
                    ),
                )],
                ..ImportResponse::default()
            },
        };
        Box::pin(std::future::ready(response))
    }
}
