//! `sinchcontactpro_messaging_service_right`: the right *Messaging Service: Use* of an external user.
//!
//! Given by a role that holds it (`role_id`; such a role is prepared by a person), or directly for one service or
//! all (`messaging_service_id`; the call is [assumed]). Every change is a replacement.

use serde_json::{Value as Json, json};
use trunkline_api::kit::{Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Schema, Type, Value};
use trunkline_http::{Calls, HttpError, Waits};

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

/// The rights of the caller that a change takes.
const MANAGE: &str = "User role: Manage members, or User: Manage Rights";

/// The resource.
pub(crate) struct MessagingServiceRight;

/// A right that a user has.
pub(crate) struct Right {
    pub(crate) user: String,
    collection: &'static str,
    id: String,
}

impl Right {
    fn id(&self) -> String {
        format!("{}/{}/{}", self.user, self.collection, self.id)
    }
}

/// The rights to use messaging services: those given directly, and the roles that the provider block says hold it, since
/// the service does not tell what a role holds. Those of the provider's own user are left out.
pub(crate) async fn external(client: &Client) -> Result<Vec<Right>, HttpError> {
    let view = |e| needs(e, "User: View");
    let mut holding = Vec::new();
    for name in &client.right_roles {
        let roles = client
            .rows(&[ROLES], "name", name, &[])
            .await
            .map_err(view)?;
        holding.extend(roles.iter().filter_map(|r| Some(text(r, "id")?.to_owned())));
    }
    let own = client.own_login().await;
    let mut found = Vec::new();
    for row in client
        .list(&[USERS], &[("login", "*")])
        .await
        .map_err(view)?
    {
        let Some(user) = text(&row, "id").filter(|_| text(&row, "login") != own.as_deref()) else {
            continue;
        };
        let mut add = |collection, id: &str| {
            let (user, id) = (user.to_owned(), id.to_owned());
            found.push(Right {
                user,
                collection,
                id,
            });
        };
        if !holding.is_empty() {
            let roles = client.ids(&[USERS, user, ROLES]).await.map_err(view)?;
            for role in roles.iter().filter(|role| holding.contains(role)) {
                add(ROLES, role);
            }
        }
        match client.list(&[USERS, user, RIGHTS], FIELDS).await {
            // Whether rights can be given directly is not known of every tenant.
            Err(e) if e.is_not_found() => {}
            rights => {
                let rights = rights.map_err(view)?;
                let own = rights.iter().filter(|row| is_use(row));
                own.filter_map(|row| text(row, "id"))
                    .for_each(|id| add(RIGHTS, id));
            }
        }
    }
    Ok(found)
}

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

impl Calls<Connection> for MessagingServiceRight {
    fn type_name(&self) -> &'static str {
        "sinchcontactpro_messaging_service_right"
    }

    fn label(&self, object: &Value) -> String {
        let user = member(object, "user_id");
        format!("the right of the user {user} to use messaging services")
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

    async fn plan(&self, _: Option<&Connection>, mut draft: Draft) -> Draft {
        if let (true, Some(user), Some(role)) = (
            draft.prior.is_null(),
            attrs::text(&draft.planned, "user_id"),
            attrs::text(&draft.planned, "role_id"),
        ) {
            let id = format!("{user}/{ROLES}/{role}");
            draft.set("id", Value::string(id));
        }
        draft
    }

    async fn create(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let planned = &request.planned;
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
            Err(e) => Err(needs(e, MANAGE)),
        }
    }

    async fn read(&self, client: &Connection, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let found = find(client, &request.state).await;
        let found = found.map_err(|e| needs(e, "User: View"))?;
        Ok(found.map_or_else(Outcome::gone, Outcome::is))
    }

    /// Every change is a replacement, so this is never asked for.
    async fn update(&self, _: &Connection, request: &ApplyRequest) -> Result<Outcome, HttpError> {
        Ok(Outcome::is(request.planned.clone()))
    }

    async fn delete(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let user = member(&request.prior, "user_id");
        let (collection, id) = place(&request.prior);
        let parts = [USERS, user, collection, id.unwrap_or_default()];
        let removed = client.remove(&parts).await;
        removed.map_err(|e| needs(e, MANAGE))?;
        Ok(Outcome::gone())
    }

    fn listed_within(&self) -> &'static [&'static str] {
        &["user_id"]
    }

    /// The rights of the user that one is about to be given to; those of another are told by their own user.
    async fn list(&self, client: &Connection, planned: &Value) -> Result<Vec<String>, HttpError> {
        let found = match attrs::text(planned, "user_id") {
            Some(_) => find(client, planned).await?,
            None => None,
        };
        Ok(found.iter().map(|r| member(r, "id").to_owned()).collect())
    }

    async fn discover(&self, client: &Connection) -> Result<Option<Vec<String>>, HttpError> {
        let rights = external(client).await?;
        Ok(Some(rights.iter().map(Right::id).collect()))
    }

    fn search(&self, client: &Connection) -> Option<Waits> {
        Some(client.search_waits())
    }

    async fn find(&self, client: &Connection, planned: &Value) -> Result<Vec<Value>, HttpError> {
        Ok(find(client, planned).await?.into_iter().collect())
    }

    /// By id, or by names: `LOGON NAME/roles/ROLE NAME`, `LOGON NAME/rights/SERVICE NAME` or `…/rights/*`.
    async fn import(&self, client: &Connection, id: &str) -> Result<Value, Diagnostics> {
        named(client, id).await.map_err(|problem| vec![problem])
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
