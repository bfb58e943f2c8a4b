//! `genesyscloud_user_roles`: all roles of one user, and no others.
//!
//! Authoritative: roles that are not listed are taken away, one by one, after those that are missing
//! are given. Destroying it takes nothing away, as with the public provider; the plan says so.
//! To add one role beside others, use `genesyscloud_role_grant`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use trunkline_api::json::from_json;
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{
    Attribute, Block, Diagnostic, Diagnostics, NestedBlock, Nesting, Schema, Type, Value,
};
use trunkline_http::{Calls, HttpError};

use crate::client::{Client, needs};
use crate::role_grant::{Grant, SUBJECT_TYPES, give, grants_of, take, wait};
use crate::{Connection, natural, rules};

/// The resource.
pub(crate) struct UserRoles;

fn roles_block() -> NestedBlock {
    let block = Block::new("A role of the user.")
        .attribute(
            "role_id",
            Attribute::new(Type::String, "Id of the role.").required(),
        )
        .attribute(
            "division_ids",
            Attribute::new(
                Type::set(Type::String),
                "Ids of the divisions; the home division by default, * for all.",
            )
            .optional(),
        );
    NestedBlock::new(Nesting::Set, block)
}

fn user(value: &Value) -> &str {
    attrs::text(value, "user_id").unwrap_or_default()
}

/// The grants that a value asks for.
fn wanted(value: &Value, home: &str) -> Vec<Grant> {
    let mut grants = Vec::new();
    for role in attrs::items(value, "roles") {
        let mut divisions = attrs::texts(role, "division_ids");
        if divisions.is_empty() {
            divisions.push(home.to_owned());
        }
        for division in divisions {
            grants.push(Grant {
                subject: user(value).to_owned(),
                division,
                role: attrs::text(role, "role_id").unwrap_or_default().to_owned(),
            });
        }
    }
    grants
}

/// The roles block that the grants mean; a role in the home division only is written without
/// divisions where the prior state writes it so.
fn roles_value(grants: &[Grant], home: &str, prior: &Value) -> Value {
    let mut divisions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for grant in grants {
        divisions
            .entry(&grant.role)
            .or_default()
            .insert(&grant.division);
    }
    let said = |role: &str| {
        attrs::items(prior, "roles")
            .iter()
            .find(|r| attrs::text(r, "role_id") == Some(role))
            .map(|r| attrs::texts(r, "division_ids"))
    };
    let roles: Vec<Json> = divisions
        .into_iter()
        .map(|(role, ids)| {
            let home_only = ids.len() == 1 && ids.contains(home);
            if home_only && said(role).is_none_or(|ids| ids.is_empty()) {
                return json!({ "role_id": role });
            }
            json!({ "role_id": role, "division_ids": ids })
        })
        .collect();
    let ty = roles_block().implied_type();
    from_json(&Json::Array(roles), &ty).unwrap_or_else(|_| Value::null(ty))
}

fn state(value: &Value, grants: &[Grant], home: &str) -> Value {
    let id = Value::string(user(value));
    attrs::set(
        &attrs::set(value, "id", id),
        "roles",
        roles_value(grants, home, value),
    )
}

/// Gives what is missing, then takes what is too much.
async fn set(client: &Client, planned: &Value) -> Result<Value, HttpError> {
    let home = client.home_division().await?;
    let wanted = wanted(planned, &home);
    let have = grants_of(client, user(planned)).await?.unwrap_or_default();
    for grant in wanted.iter().filter(|g| !have.contains(g)) {
        give(client, grant, SUBJECT_TYPES[0]).await?;
        wait(client, grant, true, 60).await?;
    }
    // One by one: removing many fails as a whole when one role or division is gone.
    for grant in have.iter().filter(|g| !wanted.contains(g)) {
        take(client, grant).await?;
        wait(client, grant, false, 15).await?;
    }
    Ok(state(planned, &wanted, &home))
}

/// The ids of the roles that the plan would take away.
async fn taken_away(client: &Client, planned: &Value) -> Result<BTreeSet<String>, HttpError> {
    let home = client.home_division().await?;
    let wanted = wanted(planned, &home);
    let have = grants_of(client, user(planned)).await?.unwrap_or_default();
    Ok(have
        .into_iter()
        .filter(|g| !wanted.contains(g))
        .map(|g| g.role)
        .collect())
}

impl Calls<Connection> for UserRoles {
    fn type_name(&self) -> &'static str {
        "genesyscloud_user_roles"
    }

    fn label(&self, object: &Value) -> String {
        format!("the roles of the user {}", user(object))
    }

    fn schema(&self) -> Schema {
        Schema {
            version: 0,
            block: Block::new("All roles of one user; others are taken away.")
                .attribute(
                    "id",
                    Attribute::new(Type::String, "The same as user_id.").computed(),
                )
                .attribute(
                    "user_id",
                    Attribute::new(Type::String, "Id of the user.").required(),
                )
                .attribute(
                    "allow_administrator",
                    Attribute::new(
                        Type::Bool,
                        "Must be true for a user that is marked as administrator.",
                    )
                    .optional(),
                )
                .nested("roles", roles_block()),
        }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["user_id"]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::user_roles(&request.config)
    }

    async fn plan(&self, client: Option<&Connection>, mut draft: Draft) -> Draft {
        if draft.action == Action::Delete {
            let text = format!("The user {} keeps the roles.", user(&draft.prior));
            draft.note(NoteKind::Stays, text);
            return draft;
        }
        let known = draft
            .planned
            .attr("roles")
            .is_some_and(Value::is_wholly_known);
        if draft.action == Action::Create
            && known
            && let Some(client) = client
            && !user(&draft.planned).is_empty()
            && let Ok(roles) = taken_away(client, &draft.planned).await
            && !roles.is_empty()
        {
            let roles: Vec<String> = roles.into_iter().collect();
            let detail = format!(
                "The user {} has roles that are not listed here and will be taken away: {}. Use genesyscloud_role_grant to add roles beside them.",
                user(&draft.planned),
                roles.join(", ")
            );
            draft.problem(Diagnostic::warning("Roles Taken Away", detail));
        }
        draft
    }

    async fn create(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let state = set(client, &request.planned).await;
        Ok(Outcome::is(
            state.map_err(|e| needs(e, "authorization:grant:view"))?,
        ))
    }

    async fn read(&self, client: &Connection, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let id = attrs::text(&request.state, "id").unwrap_or_default();
        let prior = attrs::set(&request.state, "user_id", Value::string(id));
        let view = |e| needs(e, "authorization:grant:view");
        let home = client.home_division().await.map_err(view)?;
        let grants = grants_of(client, id).await.map_err(view)?;
        let is = |grants: Vec<Grant>| Outcome::is(state(&prior, &grants, &home));
        Ok(grants.map_or_else(Outcome::gone, is))
    }

    async fn update(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        self.create(client, request).await
    }

    /// The user keeps the roles.
    async fn delete(&self, _: &Connection, _: &ApplyRequest) -> Result<Outcome, HttpError> {
        Ok(Outcome::gone())
    }

    /// Setting the roles again is the same.
    async fn find(&self, _: &Connection, _: &Value) -> Result<Vec<Value>, HttpError> {
        Ok(Vec::new())
    }

    /// The id is the user's, or the address.
    async fn import(&self, client: &Connection, id: &str) -> Result<Value, Diagnostics> {
        let id = natural::id(client, natural::Kind::User, id).await?;
        let fields = ["id", "user_id"].map(|name| (name, Value::from(&*id)));
        Ok(Value::object(fields))
    }
}
