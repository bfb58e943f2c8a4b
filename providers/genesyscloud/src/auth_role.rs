//! `genesyscloud_auth_role`: an authorization role, and the data source that finds one by name.
//!
//! `PUT` writes the whole role and the last writer wins; a role has no version. How wildcards
//! compare is decided in `policy`.

use std::time::Duration;

use serde_json::{Value as Json, json};
use trunkline_api::json::from_json;
use trunkline_api::kit::{Action, DataSource, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{
    Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Path, Schema, Type, Value,
};
use trunkline_http::{Calls, Endpoint, HttpError, Method, Waits};

use crate::client::{Client, id_of, ids_of, needs, text};
use crate::policy::Policy;
use crate::{Connection, catalogue, natural, policy, rules};

const ROLES: &str = "/api/v2/authorization/roles";

/// The resource.
pub(crate) struct AuthRole;

fn path(id: &str) -> String {
    format!("{ROLES}/{}", Endpoint::segment(id))
}

fn schema() -> Schema {
    Schema {
        version: 0,
        block: Block::new("An authorization role.")
            .attribute("id", Attribute::new(Type::String, "The role's id.").computed())
            .attribute("name", Attribute::new(Type::String, "The name, unique in the organisation.").required())
            .attribute("description", Attribute::new(Type::String, "What it is for.").optional())
            .attribute(
                "permissions",
                Attribute::new(Type::set(Type::String), "General permissions of the old style.").optional(),
            )
            .attribute(
                "default_role_id",
                Attribute::new(Type::String, "Manages this built-in role instead of a new one; destroying restores its defaults.").optional(),
            )
            .nested("permission_policies", policy::block()),
    }
}

/// The whole role as the API takes it.
fn body(role: &Value) -> Json {
    let policies: Vec<Json> = Policy::all_of(role).iter().map(Policy::to_json).collect();
    let mut body = json!({
        "name": attrs::text(role, "name"),
        "description": attrs::text(role, "description").unwrap_or_default(),
        "permissions": attrs::texts(role, "permissions"),
        "permissionPolicies": policies,
    });
    if let Some(id) = attrs::text(role, "default_role_id") {
        body["defaultRoleId"] = json!(id);
    }
    body
}

/// The state that the API's role means, in the words of the prior state where it means the same.
async fn state(client: &Client, role: &Json, prior: &Value) -> Value {
    let wanted = Policy::all_of(prior);
    let actual: Vec<Policy> = role
        .get("permissionPolicies")
        .and_then(Json::as_array)
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .map(Policy::from_json)
        .collect();
    let kept = compare(client, &wanted, actual).await;
    let description = text(role, "description")
        .or_else(|| attrs::text(prior, "description").filter(|d| d.is_empty()));
    let permissions: Vec<&str> = role
        .get("permissions")
        .and_then(Json::as_array)
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .filter_map(Json::as_str)
        .collect();
    let permissions = if permissions.is_empty() && attrs::is_unset(prior, "permissions") {
        Value::null(Type::set(Type::String))
    } else {
        attrs::string_set(permissions)
    };
    Value::object([
        ("id", attrs::string_or_null(text(role, "id"))),
        ("name", attrs::string_or_null(text(role, "name"))),
        ("description", attrs::string_or_null(description)),
        ("permissions", permissions),
        // Every copy of a built-in role names its origin; only a managed built-in role keeps it here.
        (
            "default_role_id",
            attrs::string_or_null(attrs::text(prior, "default_role_id")),
        ),
        ("permission_policies", policies_value(&kept)),
    ])
}

fn policies_value(policies: &[Policy]) -> Value {
    let ty = policy::block().implied_type();
    let json: Vec<Json> = policies.iter().map(Policy::to_attributes).collect();
    from_json(&Json::Array(json), &ty).unwrap_or_else(|_| Value::null(ty))
}

async fn compare(client: &Client, wanted: &[Policy], actual: Vec<Policy>) -> Vec<Policy> {
    let mut sorted = (wanted.to_vec(), actual);
    sorted.0.sort();
    sorted.1.sort();
    if sorted.0 == sorted.1 {
        return sorted.0;
    }
    let known = catalogue::domains(client, policy::wildcard_domains(wanted)).await;
    policy::in_words_of(wanted, sorted.1, &known)
}

/// The roles of exactly this name.
pub(crate) async fn named(client: &Client, name: &str) -> Result<Vec<Json>, HttpError> {
    let query = [("name", name), ("userCount", "false")];
    let mut roles = client.entities(ROLES, &query).await?;
    // The filter of the service may match more than the exact name.
    roles.retain(|role| text(role, "name") == Some(name));
    Ok(roles)
}

fn label(role: &Value) -> String {
    let name = attrs::text(role, "name").or_else(|| attrs::text(role, "id"));
    format!("role {:?}", name.unwrap_or_default())
}

impl AuthRole {
    async fn make(client: &Client, planned: &Value) -> Result<Outcome, HttpError> {
        let name = attrs::text(planned, "name").unwrap_or_default();
        if let Some(found) = named(client, name).await?.first() {
            let id = text(found, "id").unwrap_or_default();
            return Ok(Outcome::failed(
                Diagnostic::error(
                    "Role Already Exists",
                    format!("The organisation already has a role {name:?}, with id {id}. Import it under this address, or choose another name."),
                )
                .on(Path::attribute("name")),
            ));
        }
        let answer = client
            .request(Method::POST, ROLES)
            .json(&body(planned))
            .send()
            .await;
        let id = id_of(&answer.map_err(|e| needs(e, "authorization:role:add"))?)?;
        let state = attrs::set(planned, "id", Value::string(id.as_str()));
        Ok(match client.wait_for(&path(&id)).await {
            Ok(Some(_)) => Outcome::is(state),
            Ok(None) => Outcome::is(state).with(Diagnostic::error(
                "Role Not Visible",
                format!("The role {name:?} was created with id {id}, but the service did not show it in time. Run the command again later."),
            )),
            Err(e) => Outcome::is(state).with(e.doing(format!("Reading the new role {name:?}"))),
        })
    }

    /// Takes up the built-in role `default_id` and makes it as planned.
    async fn adopt(
        client: &Client,
        planned: &Value,
        default_id: &str,
    ) -> Result<Outcome, HttpError> {
        let roles = client
            .entities(ROLES, &[("defaultRoleId", default_id)])
            .await?;
        let found = roles
            .iter()
            .find(|r| text(r, "defaultRoleId") == Some(default_id));
        let Some(id) = found.and_then(|r| text(r, "id")) else {
            return Ok(Outcome::failed(
                Diagnostic::error(
                    "No Such Built-in Role",
                    format!("The organisation has no built-in role whose default_role_id is {default_id:?}."),
                )
                .on(Path::attribute("default_role_id")),
            ));
        };
        let (actual, name) = (
            found.and_then(|r| text(r, "name")),
            attrs::text(planned, "name"),
        );
        if actual != name {
            return Ok(Outcome::failed(
                Diagnostic::error(
                    "Name of a Built-in Role",
                    format!(
                        "GC07: the built-in role {default_id:?} is called {:?} and cannot be renamed. Write that name.",
                        actual.unwrap_or_default()
                    ),
                )
                .on(Path::attribute("name")),
            ));
        }
        let request = client.request(Method::PUT, path(id)).json(&body(planned));
        request
            .send()
            .await
            .map_err(|e| needs(e, "authorization:role:edit"))?;
        Ok(Outcome::is(attrs::set(planned, "id", Value::string(id))))
    }

    async fn remove(client: &Client, prior: &Value) -> Result<Outcome, HttpError> {
        let id = attrs::text(prior, "id").unwrap_or_default();
        if attrs::text(prior, "default_role_id").is_some() {
            let request = client.request(Method::PUT, format!("{ROLES}/default"));
            let sent = request.json(&json!([{ "id": id }])).send().await;
            sent.map_err(|e| needs(e, "authorization:role:edit"))?;
            return Ok(Outcome::gone());
        }
        match client.request(Method::DELETE, path(id)).send().await {
            Err(e) if !e.is_not_found() => return Err(needs(e, "authorization:role:delete")),
            _ => {}
        }
        let gone = client
            .wait_until_gone(&path(id), Duration::from_secs(60), |_| false)
            .await?;
        if gone {
            return Ok(Outcome::gone());
        }
        Ok(Outcome::gone().with(Diagnostic::warning(
            "Role Still Visible",
            format!(
                "The role {id} was deleted, but the service still showed it after the time to wait."
            ),
        )))
    }
}

impl Calls<Connection> for AuthRole {
    fn type_name(&self) -> &'static str {
        "genesyscloud_auth_role"
    }

    fn label(&self, object: &Value) -> String {
        format!("the {}", label(object))
    }

    fn schema(&self) -> Schema {
        schema()
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["default_role_id"]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::role(&request.config)
    }

    async fn plan(&self, client: Option<&Connection>, mut draft: Draft) -> Draft {
        let built_in = |value: &Value| attrs::text(value, "default_role_id").is_some();
        if draft.action == Action::Delete {
            if built_in(&draft.prior) {
                let text = format!(
                    "The built-in {} stays; its defaults are restored.",
                    label(&draft.prior)
                );
                draft.note(NoteKind::Stays, text);
            }
            return draft;
        }
        if draft.action == Action::Update
            && built_in(&draft.planned)
            && draft.changed("name")
            && !draft.changed("default_role_id")
        {
            draft.problem(rules::renamed_built_in(&draft.prior));
        }
        if draft.changed("permission_policies") && rules::has_wildcard(&draft.planned) {
            draft.note(NoteKind::Info, rules::GC09);
        }
        let Some(client) = client else {
            return draft;
        };
        if attrs::has_unknown(&draft.planned, "permission_policies")
            || !draft.changed("permission_policies")
        {
            return draft;
        }
        let wanted = Policy::all_of(&draft.planned);
        if draft.action == Action::Update {
            let prior = Policy::all_of(&draft.prior);
            let mut kept = compare(client, &wanted, prior).await;
            kept.sort();
            let mut same = wanted.clone();
            same.sort();
            if kept == same {
                // Blocks are planned as they are written; an imported role has them as the vendor expands them.
                if prior_blocks(&draft) {
                    draft.keep("permission_policies");
                }
                return draft;
            }
        }
        let names = wanted.iter().map(|p| p.domain.clone()).collect();
        let known = catalogue::domains(client, names).await;
        let unknown = catalogue::unknown_in(&wanted, &known);
        if !unknown.is_empty() {
            let detail = format!(
                "{}\n\nThe service accepts such policies, but they permit nothing until the organisation has them.",
                unknown.join("\n")
            );
            let problem = Diagnostic::warning("Permission Not in the Catalogue", detail);
            draft.problem(problem.on(Path::attribute("permission_policies")));
        }
        draft
    }

    async fn create(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let planned = &request.planned;
        match attrs::text(planned, "default_role_id") {
            Some(default_id) => AuthRole::adopt(client, planned, default_id).await,
            None => AuthRole::make(client, planned).await,
        }
    }

    async fn read(&self, client: &Connection, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let id = attrs::text(&request.state, "id").unwrap_or_default();
        // Counting the members is slow.
        let ask = || client.get(path(id)).query("userCount", "false");
        let role = client.find_surely(ask).await;
        match role.map_err(|e| needs(e, "authorization:role:view"))? {
            Some(role) => Ok(Outcome::is(state(client, &role, &request.state).await)),
            None => Ok(Outcome::gone()),
        }
    }

    async fn update(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        let id = attrs::text(&request.prior, "id").unwrap_or_default();
        let planned = &request.planned;
        let put = client.request(Method::PUT, path(id)).json(&body(planned));
        put.send()
            .await
            .map_err(|e| needs(e, "authorization:role:edit"))?;
        let shows = |role: Json| async move { state(client, &role, planned).await == *planned };
        Ok(match client.wait_to_show(&path(id), shows).await {
            Ok(()) => Outcome::is(planned.clone()),
            Err(e) => Outcome::from(e.doing("Reading the updated role")).holding(planned.clone()),
        })
    }

    async fn delete(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        AuthRole::remove(client, &request.prior).await
    }

    async fn list(&self, client: &Connection, _: &Value) -> Result<Vec<String>, HttpError> {
        let roles = client.entities(ROLES, &[("userCount", "false")]).await?;
        Ok(ids_of(&roles))
    }

    fn search(&self, client: &Connection) -> Option<Waits> {
        Some(client.search_waits())
    }

    async fn find(&self, client: &Connection, planned: &Value) -> Result<Vec<Value>, HttpError> {
        if attrs::text(planned, "default_role_id").is_some() {
            // Taking up a built-in role creates nothing: doing it again is the same.
            return Ok(Vec::new());
        }
        let name = attrs::text(planned, "name").unwrap_or_default();
        let ids = ids_of(&named(client, name).await?).into_iter();
        let found = ids.map(|id| attrs::set(planned, "id", Value::string(id)));
        Ok(found.collect())
    }

    /// By name or id.
    async fn import(&self, client: &Connection, id: &str) -> Result<Value, Diagnostics> {
        let id = natural::id(client, natural::Kind::Role, id).await?;
        Ok(Value::object([("id", Value::from(&*id))]))
    }
}

/// Whether the prior object has as many policies as the configuration.
fn prior_blocks(draft: &Draft) -> bool {
    let count = |role: &Value| attrs::items(role, "permission_policies").len();
    count(&draft.prior) == count(&draft.config)
}

/// The data source: a role by its exact name.
pub(crate) struct AuthRoleByName;

impl DataSource<Connection> for AuthRoleByName {
    fn type_name(&self) -> &'static str {
        "genesyscloud_auth_role"
    }

    fn schema(&self) -> Schema {
        Schema {
            version: 0,
            block: Block::new("A role found by its name.")
                .attribute(
                    "id",
                    Attribute::new(Type::String, "The role's id.").computed(),
                )
                .attribute(
                    "name",
                    Attribute::new(Type::String, "The exact name.").required(),
                )
                .attribute(
                    "description",
                    Attribute::new(Type::String, "What it is for.").computed(),
                ),
        }
    }

    fn read<'a>(&'a self, client: &'a Connection, config: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let name = attrs::text(&config, "name").unwrap_or_default();
            let roles = match named(client, name).await {
                Ok(roles) => roles,
                Err(e) => {
                    return needs(e, "authorization:role:view")
                        .doing(format!("Looking for role {name:?}"))
                        .into();
                }
            };
            match roles.as_slice() {
                [role] => Outcome::is(Value::object([
                    ("id", attrs::string_or_null(text(role, "id"))),
                    ("description", attrs::string_or_null(text(role, "description"))),
                ])),
                found => Outcome::failed(
                    Diagnostic::error(
                        "No Single Role of This Name",
                        format!(
                            "The organisation has {} roles called {name:?}; exactly one is needed. Check the name, which is compared exactly.",
                            found.len()
                        ),
                    )
                    .on(Path::attribute("name")),
                ),
            }
        })
    }
}
