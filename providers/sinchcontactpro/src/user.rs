//! `sinchcontactpro_user`: an external user, with whose logon name and password a sending side calls Contact Pro.
//!
//! The password is sent with every write and never read; `Kept` notices a changed one. Members of a user that
//! this resource does not know are written back as they were read.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostics, Schema, Type, Value};

use crate::client::{Client, needs, taken, text};
use crate::object::{
    changed_meanwhile, found_again, id, imported, not_read, not_read_because, overlay, settled,
};
use crate::right::external;
use crate::{Connection, rules};
use trunkline_http::{Calls, HttpError, Kept, Waits};

pub(crate) const USERS: &str = "users";
const GROUPS: &str = "user_groups";
const PASSWORD: &str = "password";

/// The resource.
pub(crate) struct User;

fn label(user: &Value) -> String {
    let login = attrs::text(user, "login").unwrap_or_else(|| id(user));
    format!("user {login:?}")
}

fn members(user: &Value, password: &str) -> Vec<(&'static str, Json)> {
    vec![
        ("firstName", json!(attrs::text(user, "first_name"))),
        ("surname", json!(attrs::text(user, "last_name"))),
        ("login", json!(attrs::text(user, "login"))),
        (PASSWORD, json!(password)),
    ]
}

/// The user as state. `groups` stays as in `known`: it is read by another call.
fn state(user: &Json, known: &Value) -> Value {
    let member = |name: &str| attrs::string_or_null(text(user, name));
    let revision = attrs::integer(known, "password_revision").unwrap_or(1);
    let groups = known.attr("groups").filter(|g| g.is_known()).cloned();
    Value::object([
        ("id", member("id")),
        ("first_name", member("firstName")),
        ("last_name", member("surname")),
        ("login", member("login")),
        ("password_revision", Value::number(revision)),
        ("password_expiration", member("passwordExpiration")),
        (
            "groups",
            groups.unwrap_or_else(|| Value::null(Type::set(Type::String))),
        ),
    ])
}

impl User {
    /// The user with its groups, or nothing.
    async fn whole(client: &Client, id: &str, known: &Value) -> Result<Option<Value>, HttpError> {
        let Some(user) = client.find(&[USERS, id]).await? else {
            return Ok(None);
        };
        let groups = client.ids(&[USERS, id, GROUPS]).await?;
        let state = state(&user, known);
        Ok(Some(attrs::set(
            &state,
            "groups",
            attrs::string_set(groups),
        )))
    }

    /// Brings the user into exactly these groups.
    async fn bring(
        client: &Client,
        id: &str,
        planned: &Value,
        there: &[String],
    ) -> Result<(), HttpError> {
        if planned
            .attr("groups")
            .is_none_or(|g| !g.is_wholly_known() || g.is_null())
        {
            return Ok(());
        }
        let wanted = attrs::texts(planned, "groups");
        let right = "User group: Manage Members";
        for group in wanted.iter().filter(|g| !there.contains(g)) {
            let added = client.join(&[USERS, id, GROUPS], group).await;
            added.map_err(|e| needs(e, right))?;
        }
        for group in there.iter().filter(|g| !wanted.contains(g)) {
            let removed = client.remove(&[USERS, id, GROUPS, group]).await;
            removed.map_err(|e| needs(e, right))?;
        }
        Ok(())
    }
}

impl Calls<Connection> for User {
    fn type_name(&self) -> &'static str {
        "sinchcontactpro_user"
    }

    fn label(&self, object: &Value) -> String {
        format!("the {}", label(object))
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        Schema {
            version: 0,
            block: Block::new("An external user, for the incoming authentication of messaging services.")
                .attribute("id", text("The user's id.").computed())
                .attribute("first_name", text("First name.").required())
                .attribute("last_name", text("Last name.").required())
                .attribute("login", text("Logon name; unique, and not one that exists already.").required())
                .attribute(PASSWORD, text("The password. It is sent and never stored.").required().sensitive().write_only().untold())
                .attribute("password_revision", Attribute::new(Type::Number, "Goes up by one when another password is configured.").computed())
                .attribute("password_expiration", text("When the password expires, where the service tells.").computed())
                .attribute("groups", Attribute::new(Type::set(Type::String), "Ids of all its user groups. A user outside of All Users and its subgroups cannot be managed.").optional().computed()),
        }
    }

    /// A renamed user breaks the side that logs in as it [assumed].
    fn force_new(&self) -> &'static [&'static str] {
        &["login"]
    }

    /// Each write sets the password anew [assumed].
    fn changes_with_update(&self) -> &'static [&'static str] {
        &["password_expiration"]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::user(request)
    }

    async fn plan(&self, _: Option<&Connection>, mut draft: Draft) -> Draft {
        match draft.action {
            Action::Delete => draft.note(
                NoteKind::Manual,
                "Whoever calls Contact Pro as this user is refused once it is gone.",
            ),
            Action::Create => {
                draft.set(PASSWORD, Value::null(Type::String));
                draft.set("password_revision", Value::number(1));
                // A user whose answer is lost is found again with the password that was sent.
                let login = attrs::text(&draft.planned, "login").unwrap_or_default();
                let given = attrs::text(&draft.config, PASSWORD);
                draft.private = Kept::of(login, given.map(|p| (PASSWORD.to_owned(), p)));
                draft.note(NoteKind::Manual, "Give the logon name and password to the sending side; callbacks of the Sinch SMS API get them through the Sinch account manager.");
            }
            Action::Update => {
                let before = attrs::integer(&draft.prior, "password_revision").unwrap_or(1);
                let another = attrs::text(&draft.config, PASSWORD)
                    .map(|password| Kept::read(&draft.private).differs(PASSWORD, password));
                match another {
                    Some(another) => {
                        draft.set(
                            "password_revision",
                            Value::number(before + i64::from(another)),
                        );
                    }
                    None if attrs::has_unknown(&draft.config, PASSWORD) => {
                        draft.unknown("password_revision")
                    }
                    None => {}
                }
                let id = attrs::text(&draft.prior, "id").unwrap_or_default();
                let given = attrs::text(&draft.config, PASSWORD).map(|p| (PASSWORD.to_owned(), p));
                if let Some(private) = Kept::read(&draft.private).completed(id, given) {
                    draft.private = private;
                }
                if another == Some(true) {
                    draft.note(NoteKind::Manual, "The user gets another password: give it to the sending side, whose calls are refused until it uses it.");
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
        let planned = &attrs::set(&request.planned, "password_revision", Value::number(1));
        let password = attrs::text(&request.config, PASSWORD).unwrap_or_default();
        client.keep_secret(password);
        let body = overlay(json!({}), members(planned, password));
        let id = client.create(&[USERS], &body).await.map_err(|e| {
            taken(
                needs(e, "User: Create"),
                "A user of this logon name exists already, and the vendor advises not to use an existing one.",
            )
        })?;
        let grouped = User::bring(client, &id, planned, &[]).await;
        let bare = settled(&attrs::set(planned, "id", Value::string(id.as_str())));
        let outcome = match User::whole(client, &id, planned).await {
            Ok(Some(state)) => Outcome::is(state),
            Ok(None) => Outcome::is(bare).with(not_read(&label(planned))),
            Err(e) => Outcome::is(bare).with(not_read_because(&label(planned), &e)),
        };
        let outcome = outcome.private(Kept::of(&id, [(PASSWORD.to_owned(), password)]));
        Ok(match grouped {
            Ok(()) => outcome,
            Err(e) => outcome.with(e.doing(format!("Adding {} to its groups", label(planned)))),
        })
    }

    async fn read(&self, client: &Connection, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let user = User::whole(client, id(&request.state), &request.state).await;
        let user = user.map_err(|e| needs(e, "User: View"))?;
        Ok(user.map_or_else(Outcome::gone, Outcome::is))
    }

    async fn update(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let id = id(&request.prior);
        let user = client.get(&[USERS, id]).await?;
        let now = state(&user, &request.prior);
        if let Some(failed) = changed_meanwhile(
            &request.prior,
            &now,
            &["first_name", "last_name", "login"],
            &label(&request.prior),
        ) {
            return Ok(failed);
        }
        let password = attrs::text(&request.config, PASSWORD).unwrap_or_default();
        client.keep_secret(password);
        let mut planned = request.planned.clone();
        if attrs::integer(&planned, "password_revision").is_none() {
            let before = attrs::integer(&request.prior, "password_revision").unwrap_or(1);
            let another = Kept::read(&request.private).differs(PASSWORD, password);
            planned = attrs::set(
                &planned,
                "password_revision",
                Value::number(before + i64::from(another)),
            );
        }
        let body = overlay(user, members(&planned, password));
        let written = client.replace(&[USERS, id], &body).await;
        written.map_err(|e| needs(e, "User: Modify"))?;
        let there = client.ids(&[USERS, id, GROUPS]).await?;
        User::bring(client, id, &planned, &there).await?;
        let private = Kept::of(id, [(PASSWORD.to_owned(), password)]);
        let outcome = match User::whole(client, id, &planned).await? {
            Some(state) => Outcome::is(state),
            None => Outcome::is(settled(&planned)).with(not_read(&label(&planned))),
        };
        Ok(outcome.private(private))
    }

    async fn delete(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let removed = client.remove(&[USERS, id(&request.prior)]).await;
        removed.map_err(|e| needs(e, "User: View and Delete"))?;
        Ok(Outcome::gone())
    }

    async fn list(&self, client: &Connection, _: &Value) -> Result<Vec<String>, HttpError> {
        let ids = client.ids(&[USERS]).await;
        ids.map_err(|e| needs(e, "User: View"))
    }

    /// Those that may use messaging services by a right of their own: agents are not for a configuration.
    async fn discover(&self, client: &Connection) -> Result<Option<Vec<String>>, HttpError> {
        let rights = external(client).await?;
        let users: BTreeSet<String> = rights.into_iter().map(|right| right.user).collect();
        Ok(Some(users.into_iter().collect()))
    }

    fn search(&self, client: &Connection) -> Option<Waits> {
        Some(client.search_waits())
    }

    /// By logon name, which is unique. Groups that the create had not reached show as a change.
    async fn find(&self, client: &Connection, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let key = ("login", attrs::text(planned, "login").unwrap_or_default());
        let groups = Value::null(Type::set(Type::String));
        let known = attrs::set(planned, "groups", groups);
        found_again(client, &[USERS], key, |json| state(&json, &known)).await
    }

    /// By id or logon name.
    async fn import(&self, client: &Connection, id: &str) -> Result<Value, Diagnostics> {
        imported(client.resolve(&[USERS], "login", id, "the user").await)
    }
}
