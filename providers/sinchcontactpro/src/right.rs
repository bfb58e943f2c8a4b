//! `sinchcontactpro_messaging_service_right`: the right *Messaging Service: Use* of an external user.
//!
//! Given by a role that holds it (`role_id`; such a role is prepared by a person), or directly for one service or
//! all (`messaging_service_id`; the call is [assumed]). Every change is a replacement.

use serde_json::{Value as Json, json};
use trunkline_api::kit::{Draft, Outcome, Resource, attrs};
use trunkline_api::provider::{
    ApplyRequest, ImportRequest, ImportResponse, ListRequest, ReadRequest, ReconcileRequest,
    ReconcileResponse, Reconciled, ValidateRequest,
};
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::{HttpError, poll};

use crate::client::{Client, needs, text};
use crate::messaging_service::SERVICES;
use crate::user::USERS;
use crate::{Connection, rules};

const ROLES: &str = "roles";
const RIGHTS: &str = "rights";

/// Fields of a right that its list shows only when they are asked for.
const FIELDS: &[(&str, &str)] = &[
    ("objectType", "MessagingService"),
    ("objectId", "*"),
    ("accessType", "Use"),
];

/// The resource.
pub(crate) struct MessagingServiceRight;

fn member<'v>(right: &'v Value, name: &str) -> &'v str {
    attrs::text(right, name).unwrap_or_default()
}

/// Where the right is: collection, and the id there when it is known.
fn place(right: &Value) -> (&'static str, Option<&str>) {
    match attrs::text(right, "role_id") {
        Some(role) => (ROLES, Some(role)),
        None => (
            RIGHTS,
            member(right, "id")
                .rsplit('/')
                .next()
                .filter(|id| !id.is_empty()),
        ),
    }
}

fn state(user: &str, collection: &str, id: &str, service: Option<&str>) -> Value {
    let role = (collection == ROLES).then_some(id);
    Value::object([
        ("id", Value::string(format!("{user}/{collection}/{id}"))),
        ("user_id", Value::string(user)),
        ("role_id", attrs::string_or_null(role)),
        ("messaging_service_id", attrs::string_or_null(service)),
    ])
}

fn is_use(right: &Json) -> bool {
    let says =
        |name: &str, value: &str| text(right, name).is_some_and(|t| t.eq_ignore_ascii_case(value));
    says("objectType", "MessagingService") && says("accessType", "Use")
}

/// The right of this natural key, if the user has it.
async fn find(client: &Client, right: &Value) -> Result<Option<Value>, HttpError> {
    let user = member(right, "user_id");
    if let (ROLES, Some(role)) = place(right) {
        let there = match client.ids(&[USERS, user, ROLES]).await {
            Err(e) if e.is_not_found() => return Ok(None),
            other => other?,
        };
        return Ok(there
            .iter()
            .any(|id| id == role)
            .then(|| state(user, ROLES, role, None)));
    }
    let rows = match client.list(&[USERS, user, RIGHTS], FIELDS).await {
        Err(e) if e.is_not_found() => return Ok(None),
        other => other?,
    };
    let service = member(right, "messaging_service_id");
    let mut rows = rows.iter().filter(|row| is_use(row));
    let row = rows.find(|row| text(row, "objectId") == Some(service));
    let id = row.and_then(|row| text(row, "id"));
    Ok(id.map(|id| state(user, RIGHTS, id, Some(service))))
}

async fn made(client: &Client, planned: &Value) -> Result<Outcome, HttpError> {
    let user = member(planned, "user_id");
    let (collection, role) = place(planned);
    let body = match (collection, role) {
        (ROLES, Some(role)) => json!({ "id": role }),
        _ => json!({
            "objectType": "MessagingService",
            "objectId": member(planned, "messaging_service_id"),
            "accessType": "Use",
        }),
    };
    match client.create(&[USERS, user, collection], &body).await {
        Ok(id) if collection == RIGHTS => {
            let service = attrs::text(planned, "messaging_service_id");
            Ok(Outcome::is(state(user, RIGHTS, &id, service)))
        }
        // The answer may name the role or the attachment: the role is what it is known by.
        Ok(_) => Ok(Outcome::is(state(
            user,
            ROLES,
            role.unwrap_or_default(),
            None,
        ))),
        Err(e) if e.status() == Some(409) => match find(client, planned).await? {
            Some(_) => Err(e.advice(
                "The user has this right already. Import it if this configuration is to manage it.",
            )),
            None => Err(e),
        },
        Err(e) => Err(needs(
            e,
            "User role: Manage members, or User: Manage Rights",
        )),
    }
}

impl Resource<Connection> for MessagingServiceRight {
    fn type_name(&self) -> &'static str {
        "sinchcontactpro_messaging_service_right"
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        Schema {
            version: 0,
            block: Block::new("The right of a user to use messaging services.")
                .attribute("id", text("[user id]/roles/[role id] or [user id]/rights/[right id].").computed())
                .attribute("user_id", text("Id of the user.").required())
                .attribute("role_id", text("Id of a role that holds Messaging Service: Use.").optional())
                .attribute("messaging_service_id", text("Id of the messaging service, or * for all: the right is given directly. In place of role_id.").optional()),
        }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["user_id", "role_id", "messaging_service_id"]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::right(&request.config)
    }

    fn plan<'a>(&'a self, _: Option<&'a Connection>, mut draft: Draft) -> BoxFuture<'a, Draft> {
        if let (true, Some(user), Some(role)) = (
            draft.prior.is_null(),
            attrs::text(&draft.planned, "user_id"),
            attrs::text(&draft.planned, "role_id"),
        ) {
            let id = format!("{user}/{ROLES}/{role}");
            draft.set("id", Value::string(id));
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
                let user = member(&request.planned, "user_id");
                e.doing(format!(
                    "Giving user {user} the right to use messaging services"
                ))
                .into()
            })
        })
    }

    fn read<'a>(&'a self, client: &'a Connection, request: ReadRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match find(client, &request.state).await {
                Ok(Some(state)) => Outcome::is(state),
                Ok(None) => Outcome::gone(),
                Err(e) => needs(e, "User: View")
                    .doing(format!(
                        "Reading the right {}",
                        member(&request.state, "id")
                    ))
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
            let user = member(&request.prior, "user_id");
            let (collection, id) = place(&request.prior);
            let removed = client
                .remove(&[USERS, user, collection, id.unwrap_or_default()])
                .await;
            match removed {
                Ok(()) => Outcome::gone(),
                Err(e) => needs(e, "User role: Manage members, or User: Manage Rights")
                    .doing(format!(
                        "Taking the right {} away",
                        member(&request.prior, "id")
                    ))
                    .into(),
            }
        })
    }

    /// The rights of the user that one is about to be given to; those of another are told by their own user.
    fn list<'a>(
        &'a self,
        client: &'a Connection,
        request: ListRequest,
    ) -> BoxFuture<'a, Result<Vec<String>, Diagnostics>> {
        Box::pin(async move {
            let found = match attrs::text(&request.planned, "user_id") {
                Some(_) => find(client, &request.planned).await,
                None => Ok(None),
            };
            let found = found.map_err(|e| vec![Diagnostic::from(e.doing("Listing rights"))])?;
            Ok(found
                .iter()
                .map(|right| member(right, "id").to_owned())
                .collect())
        })
    }

    fn reconcile<'a>(
        &'a self,
        client: &'a Connection,
        request: ReconcileRequest,
    ) -> BoxFuture<'a, ReconcileResponse> {
        Box::pin(async move {
            let mut response = ReconcileResponse::default();
            match poll(client.search_waits(), || find(client, &request.planned)).await {
                Ok(Some(state))
                    if !request
                        .known_ids
                        .iter()
                        .any(|id| id == member(&state, "id")) =>
                {
                    response.found.push(Reconciled {
                        state,
                        private: request.private.clone(),
                        incomplete: false,
                    });
                }
                Ok(_) => {}
                Err(e) => response
                    .diagnostics
                    .push(e.doing("Looking for the right").into()),
            }
            response
        })
    }

    /// By id, or by names: `LOGON NAME/roles/ROLE NAME`, `LOGON NAME/rights/SERVICE NAME` or `…/rights/*`.
    /// Rights of users of their own; what they may do by roles is not about messaging services alone.
    fn discover<'a>(
        &'a self,
        client: &'a Connection,
    ) -> BoxFuture<'a, Result<Option<Vec<String>>, Diagnostics>> {
        Box::pin(async move {
            let listed = async {
                let mut ids = Vec::new();
                for user in client.ids(&[USERS]).await? {
                    let rows = client.list(&[USERS, &user, RIGHTS], FIELDS).await?;
                    let rows = rows.iter().filter(|row| is_use(row));
                    let rights = rows.filter_map(|row| text(row, "id"));
                    ids.extend(rights.map(|right| format!("{user}/{RIGHTS}/{right}")));
                }
                Ok(Some(ids))
            };
            let listed: Result<_, HttpError> = listed.await;
            listed.map_err(|e| vec![Diagnostic::from(e.doing("Listing rights"))])
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

/// The right that an import id names.
async fn named(client: &Client, id: &str) -> Result<Value, Diagnostic> {
    let form = || {
        Diagnostic::error(
            "Invalid Import Id",
            format!(
                "{id:?} is not of the form USER/roles/ROLE or USER/rights/SERVICE, where each is an id or a name (SERVICE may be *)."
            ),
        )
    };
    let (user, rest) = id.split_once('/').ok_or_else(form)?;
    let (collection, last) = rest.split_once('/').ok_or_else(form)?;
    let user = client.resolve(&[USERS], "login", user, "the user").await?;
    match collection {
        ROLES => {
            let role = client.resolve(&[ROLES], "name", last, "the role").await?;
            Ok(state(&user, ROLES, &role, None))
        }
        RIGHTS => {
            let doing = |e: HttpError| e.doing("Looking for the right");
            let rows = client
                .list(&[USERS, &user, RIGHTS], FIELDS)
                .await
                .map_err(doing)?;
            let by_id = rows.iter().find(|row| text(row, "id") == Some(last));
            let service = match by_id.and_then(|row| text(row, "objectId")) {
                Some(service) => service.to_owned(),
                None if last == "*" => last.to_owned(),
                None => {
                    client
                        .resolve(&[SERVICES], "name", last, "the messaging service")
                        .await?
                }
            };
            let wanted = state(&user, RIGHTS, "", Some(&service));
            let found = find(client, &wanted).await.map_err(doing)?;
            found.ok_or_else(|| Diagnostic::error("Cannot Import Non-Existent Right", format!("The user {user} has no right of its own to use the messaging service {service}.")))
        }
        _ => Err(form()),
    }
}
