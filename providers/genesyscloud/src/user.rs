//! `genesyscloud_user`: a user that this configuration manages.
//!
//! A user has a version: every PATCH sends the current one, read right before. A change of `state` goes
//! alone. Deleting is soft at the vendor; a deleted user is restored only when that is asked for.
//! Users that exist anyway are found by the data source in `lookups`.

use std::time::Duration;

use serde_json::{Value as Json, json};
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostic, Diagnostics, Path, Schema, Type, Value};
use trunkline_http::{Calls, Endpoint, HttpError, Method, Waits, poll};

use crate::client::{Client, id_of, ids_of, needs, text};
use crate::lookups::search;
use crate::{Connection, natural, rules};

pub(crate) const USERS: &str = "/api/v2/users";

/// Arguments that a PATCH may carry together, and their names in the API.
const TEXTS: &[(&str, &str)] = &[
    ("email", "email"),
    ("name", "name"),
    ("department", "department"),
    ("title", "title"),
    ("manager", "manager"),
];

/// The resource.
pub(crate) struct User;

fn path(id: &str) -> String {
    format!("{USERS}/{}", Endpoint::segment(id))
}

fn label(user: &Value) -> String {
    let email = attrs::text(user, "email").or_else(|| attrs::text(user, "id"));
    format!("user {:?}", email.unwrap_or_default())
}

/// What a create takes; the manager, automatic answering and an inactive state come after it.
fn create_body(planned: &Value) -> Json {
    let mut body = json!({});
    for (argument, member) in TEXTS.iter().filter(|(argument, _)| *argument != "manager") {
        if let Some(value) = attrs::text(planned, argument) {
            body[*member] = json!(value);
        }
    }
    if let Some(division) = attrs::text(planned, "division_id") {
        body["divisionId"] = json!(division);
    }
    body
}

/// What differs between two values and may be changed together; nothing when it is the same.
fn changes(prior: &Value, planned: &Value) -> Option<Json> {
    let mut body = json!({});
    for (argument, member) in TEXTS {
        let (old, new) = (attrs::text(prior, argument), attrs::text(planned, argument));
        if old != new {
            // An empty text removes what was there.
            body[*member] = json!(new.unwrap_or_default());
        }
    }
    let (old, new) = (
        attrs::flag(prior, "acd_auto_answer"),
        attrs::flag(planned, "acd_auto_answer"),
    );
    if old != new {
        body["acdAutoAnswer"] = json!(new.unwrap_or(false));
    }
    body.as_object()
        .is_some_and(|b| !b.is_empty())
        .then_some(body)
}

fn state(user: &Json, prior: &Value) -> Value {
    let member = |name: &str| attrs::string_or_null(text(user, name));
    let inner = |object: &str| attrs::string_or_null(user.get(object).and_then(|o| text(o, "id")));
    let manager = match user.get("manager") {
        Some(Json::String(id)) if !id.is_empty() => Value::string(id.as_str()),
        _ => inner("manager"),
    };
    let state = Value::object([
        ("id", member("id")),
        ("email", member("email")),
        ("name", member("name")),
        ("state", member("state")),
        ("division_id", inner("division")),
        ("department", member("department")),
        ("title", member("title")),
        ("manager", manager),
        (
            "acd_auto_answer",
            Value::bool(
                user.get("acdAutoAnswer")
                    .and_then(Json::as_bool)
                    .unwrap_or(false),
            ),
        ),
    ]);
    let keep = [
        "password",
        "administrator",
        "allow_destroy",
        "restore_deleted",
    ];
    keep.iter()
        .fold(state, |state, name| match prior.attr(name) {
            Some(value) if value.is_known() => attrs::set(&state, name, value.clone()),
            _ => state,
        })
}

/// Whether an error says that the version sent is not the current one (public provider).
fn is_version_conflict(error: &HttpError) -> bool {
    error.status() == Some(409)
        || (error.status() == Some(400)
            && error
                .vendor()
                .message
                .contains("does not match the current version"))
}

fn edit(error: HttpError) -> HttpError {
    needs(error, "directory:user:edit")
}

impl User {
    /// PATCHes with the version that the user has right now, again when somebody else was faster.
    async fn patch(client: &Client, id: &str, body: &Json) -> Result<(), HttpError> {
        let conflict = std::sync::Mutex::new(None);
        let write = || async {
            let user = client.get(path(id)).send().await?.json()?;
            let mut body = body.clone();
            body["version"] = user.get("version").cloned().unwrap_or(Json::Null);
            // With its version, the same PATCH cannot take effect twice.
            let request = client
                .request(Method::PATCH, path(id))
                .json(&body)
                .safe_to_resend();
            match request.send().await {
                Ok(_) => Ok(Some(())),
                Err(e) if is_version_conflict(&e) => {
                    *conflict
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(e);
                    Ok(None)
                }
                Err(e) => Err(edit(e)),
            }
        };
        if poll(client.waits(Duration::from_secs(10)), write)
            .await?
            .is_some()
        {
            return Ok(());
        }
        match conflict
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
        {
            Some(e) => Err(e),
            None => Ok(()),
        }
    }

    async fn set_password(client: &Client, id: &str, planned: &Value) -> Result<(), HttpError> {
        let Some(password) = attrs::text(planned, "password") else {
            return Ok(());
        };
        client.keep_secret(password);
        let request = client.request(Method::POST, format!("{}/password", path(id)));
        let request = request
            .json(&json!({ "newPassword": password }))
            .safe_to_resend();
        request
            .send()
            .await
            .map(|_| ())
            .map_err(|e| needs(e, "directory:user:setPassword"))
    }

    /// Makes an existing user as planned: fields together, then state alone, then the password.
    async fn bring(
        client: &Client,
        id: &str,
        from: &Value,
        to: &Value,
    ) -> Result<Value, HttpError> {
        if let Some(body) = changes(from, to) {
            User::patch(client, id, &body).await?;
        }
        if attrs::text(from, "state") != attrs::text(to, "state") {
            let state = attrs::text(to, "state").unwrap_or("active");
            User::patch(client, id, &json!({ "state": state })).await?;
        }
        if attrs::text(from, "password") != attrs::text(to, "password") {
            User::set_password(client, id, to).await?;
        }
        let shows = |user: Json| std::future::ready(changes(&state(&user, to), to).is_none());
        client.wait_to_show(&path(id), shows).await?;
        let user = client.get(path(id)).send().await?.json()?;
        Ok(state(&user, to))
    }

    async fn make(client: &Client, planned: &Value) -> Outcome {
        let doing = |e: HttpError| e.doing(format!("Creating {}", label(planned)));
        let request = client
            .request(Method::POST, USERS)
            .json(&create_body(planned));
        let id = match request.send().await.and_then(|answer| id_of(&answer)) {
            Ok(id) => id,
            Err(e) if e.vendor().code == "general.conflict" => {
                return User::restore(client, planned, doing(e)).await;
            }
            Err(e) => return doing(needs(e, "directory:user:add")).into(),
        };
        User::finish(client, &id, planned).await
    }

    /// What a create or a restore leaves to do, from whatever the user is now.
    async fn finish(client: &Client, id: &str, planned: &Value) -> Outcome {
        let partial = attrs::set(planned, "id", Value::string(id));
        let brought = async {
            let Some(user) = client.wait_for(&path(id)).await? else {
                return Err(HttpError::unsent(
                    trunkline_http::ErrorKind::Timeout,
                    format!("The new user {id} was not shown in time"),
                ));
            };
            let now = attrs::set(
                &state(&user, planned),
                "password",
                Value::null(Type::String),
            );
            User::bring(client, id, &now, planned).await
        };
        match brought.await {
            Ok(state) => Outcome::is(state),
            Err(e) => {
                Outcome::from(e.doing(format!("Completing {}", label(planned)))).holding(partial)
            }
        }
    }

    /// The address belongs to a user: to a deleted one, which is restored if the configuration says so.
    async fn restore(client: &Client, planned: &Value, conflict: HttpError) -> Outcome {
        let email = attrs::text(planned, "email").unwrap_or_default();
        let deleted = match client.entities(USERS, &[("state", "deleted")]).await {
            Ok(users) => users,
            Err(e) => return e.doing("Looking for a deleted user").into(),
        };
        let same =
            |user: &&Json| text(user, "email").is_some_and(|e| e.eq_ignore_ascii_case(email));
        let Some(id) = deleted.iter().find(same).and_then(|user| text(user, "id")) else {
            return conflict
                .advice(
                    "Another user has this address. Import that user, or choose another address.",
                )
                .into();
        };
        if attrs::flag(planned, "restore_deleted") != Some(true) {
            let advice = format!(
                "A deleted user ({id}) has this address. Set restore_deleted = true to restore and manage that user."
            );
            return conflict.advice(advice).into();
        }
        match User::patch(client, id, &json!({ "state": "active" })).await {
            Ok(()) => User::finish(client, id, planned).await,
            Err(e) => {
                let unsettled = e.may_have_taken_effect();
                Outcome::from(e.doing(format!("Restoring {}", label(planned)))).unsettled(unsettled)
            }
        }
    }
}

/// Whether the service only keeps the user to be restored.
fn is_deleted(user: &Json) -> bool {
    text(user, "state") == Some("deleted")
}

impl Calls<Connection> for User {
    fn type_name(&self) -> &'static str {
        "genesyscloud_user"
    }

    fn label(&self, object: &Value) -> String {
        format!("the {}", label(object))
    }

    fn schema(&self) -> Schema {
        let of = |ty: Type, d: &str| Attribute::new(ty, d);
        let required = |d: &str| of(Type::String, d).required();
        let optional = |d: &str| of(Type::String, d).optional();
        Schema {
            version: 0,
            block: Block::new("A user.")
                .attribute("id", of(Type::String, "The user's id.").computed())
                .attribute(
                    "email",
                    required("The e-mail address, which is also the user name."),
                )
                .attribute("name", required("The full name."))
                .attribute(
                    "password",
                    optional("Sent when it is set or changed; never read back.").sensitive(),
                )
                .attribute(
                    "state",
                    optional("active (default) or inactive.").computed(),
                )
                .attribute(
                    "division_id",
                    optional("Id of the division; the home division by default.").computed(),
                )
                .attribute("department", optional("The department."))
                .attribute("title", optional("The title."))
                .attribute("manager", optional("Id of the user's manager."))
                .attribute(
                    "acd_auto_answer",
                    of(
                        Type::Bool,
                        "Whether calls are answered for the user; false by default.",
                    )
                    .optional()
                    .computed(),
                )
                .attribute(
                    "restore_deleted",
                    of(
                        Type::Bool,
                        "Restores a deleted user of this address in place of failing.",
                    )
                    .optional(),
                )
                .attribute(
                    "administrator",
                    of(
                        Type::Bool,
                        "Marks the user as an administrator, who is not removed by mistake.",
                    )
                    .optional(),
                )
                .attribute(
                    "allow_destroy",
                    of(
                        Type::Bool,
                        "Must be true to destroy a user marked as administrator.",
                    )
                    .optional(),
                ),
        }
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("state", Value::from("active")),
            ("acd_auto_answer", Value::bool(false)),
        ]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::managed_user(request)
    }

    async fn plan(&self, _: Option<&Connection>, mut draft: Draft) -> Draft {
        let is = |value: &Value, name: &str| attrs::flag(value, name) == Some(true);
        if draft.action == Action::Delete
            && is(&draft.prior, "administrator")
            && !is(&draft.prior, "allow_destroy")
        {
            let detail = format!(
                "The {} is marked as administrator. Set allow_destroy = true and apply, then destroy.",
                label(&draft.prior)
            );
            draft.problem(Diagnostic::error("Administrator Not Destroyed", detail));
        }
        if draft.action == Action::Update && draft.changed("division_id") {
            let detail = format!(
                "The division of {} cannot be changed here. Move the user in the vendor's administration, then write that division.",
                label(&draft.prior)
            );
            let problem = Diagnostic::error("Division Cannot Be Changed", detail);
            draft.problem(problem.on(Path::attribute("division_id")));
        }
        draft
    }

    async fn create(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        Ok(User::make(client, &request.planned).await)
    }

    async fn read(&self, client: &Connection, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let id = attrs::text(&request.state, "id").unwrap_or_default();
        let user = client.find_surely(|| client.get(path(id))).await?;
        let there = user.filter(|user| !is_deleted(user));
        let is = |user| Outcome::is(state(&user, &request.state));
        Ok(there.map_or_else(Outcome::gone, is))
    }

    async fn update(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let id = attrs::text(&request.prior, "id").unwrap_or_default();
        let state = User::bring(client, id, &request.prior, &request.planned).await?;
        Ok(Outcome::is(state))
    }

    async fn delete(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let id = attrs::text(&request.prior, "id").unwrap_or_default();
        match client.request(Method::DELETE, path(id)).send().await {
            Err(e) if !e.is_not_found() => return Err(needs(e, "directory:user:delete")),
            _ => {}
        }
        let seconds = Duration::from_secs(60);
        client
            .wait_until_gone(&path(id), seconds, is_deleted)
            .await?;
        Ok(Outcome::gone())
    }

    /// A deleted user is not there: restoring it is a create.
    async fn list(&self, client: &Connection, _: &Value) -> Result<Vec<String>, HttpError> {
        let mut users = client.entities(USERS, &[("state", "any")]).await?;
        users.retain(|user| !is_deleted(user));
        Ok(ids_of(&users))
    }

    fn search(&self, client: &Connection) -> Option<Waits> {
        Some(client.search_waits())
    }

    /// By address, which is unique; whatever the create had not done yet shows as a change.
    async fn find(&self, client: &Connection, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let email = attrs::text(planned, "email").unwrap_or_default();
        let mut users = search(client, email).await?;
        users.retain(|user| !is_deleted(user));
        // Whether the password was set is not known: it is sent again.
        let planned = attrs::set(planned, "password", Value::null(Type::String));
        Ok(users.iter().map(|user| state(user, &planned)).collect())
    }

    /// By address or id.
    async fn import(&self, client: &Connection, id: &str) -> Result<Value, Diagnostics> {
        let id = natural::id(client, natural::Kind::User, id).await?;
        Ok(Value::object([("id", Value::from(&*id))]))
    }
}
