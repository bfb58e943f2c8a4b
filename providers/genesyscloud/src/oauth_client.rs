//! `genesyscloud_oauth_client`: an OAuth client, whose secret is given once and never read again.
//!
//! The secret comes from the create or from a reset, and from nowhere else; reads keep what is stored.
//! A stored client without a secret (its answer was lost) gets a new one, unless it was imported.

use std::time::Duration;

use serde_json::{Value as Json, json};
use trunkline_api::json::from_json;
use trunkline_api::kit::{Action, Draft, Outcome, attrs};
use trunkline_api::provider::{ApplyRequest, NoteKind, ReadRequest, ValidateRequest};
use trunkline_api::{
    Attribute, Block, Diagnostic, Diagnostics, NestedBlock, Nesting, Schema, Type, Value,
};
use trunkline_http::{Calls, Endpoint, HttpError, Method, Waits};

use crate::client::{Client, ids_of, needs, patiently, text};
use crate::{Connection, natural, rules};

pub(crate) const CLIENTS: &str = "/api/v2/oauth/clients";

/// Private data of an imported client: that its secret is missing is known and accepted.
const IMPORTED: &[u8] = b"imported";

/// The resource.
pub(crate) struct OauthClient;

fn path(id: &str) -> String {
    format!("{CLIENTS}/{}", Endpoint::segment(id))
}

fn label(client: &Value) -> String {
    let name = attrs::text(client, "name").or_else(|| attrs::text(client, "id"));
    format!("OAuth client {:?}", name.unwrap_or_default())
}

fn roles_block() -> NestedBlock {
    let block = Block::new("A role of the client.")
        .attribute(
            "role_id",
            Attribute::new(Type::String, "Id of the role.").required(),
        )
        .attribute(
            "division_id",
            Attribute::new(
                Type::String,
                "Id of the division; the home division by default, * for all.",
            )
            .optional()
            .computed(),
        );
    NestedBlock::new(Nesting::Set, block)
}

fn schema() -> Schema {
    let required = |d: &str| Attribute::new(Type::String, d).required();
    let optional = |d: &str| Attribute::new(Type::String, d).optional();
    let computed = |d: &str| Attribute::new(Type::String, d).computed();
    let texts = |d: &str| Attribute::new(Type::set(Type::String), d).optional();
    Schema {
        version: 0,
        block: Block::new("An OAuth client.")
            .attribute("id", computed("The same as client_id."))
            .attribute("client_id", computed("The client's id."))
            .attribute(
                "client_secret",
                computed("The client's secret.").sensitive(),
            )
            .attribute("name", required("The name."))
            .attribute("description", optional("What it is for."))
            .attribute(
                "authorized_grant_type",
                required("CLIENT-CREDENTIALS, CODE, TOKEN, SAML2-BEARER or PASSWORD."),
            )
            .attribute(
                "scopes",
                texts("Scopes, for every grant type but CLIENT-CREDENTIALS."),
            )
            .attribute(
                "registered_redirect_uris",
                texts("Where CODE and TOKEN may lead."),
            )
            .attribute(
                "access_token_validity_seconds",
                Attribute::new(Type::Number, "Life of its tokens; 86400 by default.")
                    .optional()
                    .computed(),
            )
            .attribute(
                "state",
                optional("active (default) or inactive.").computed(),
            )
            .attribute(
                "secret_rotation",
                optional("Any text; a change gives the client a new secret."),
            )
            .nested("roles", roles_block()),
    }
}

/// The whole client as the API takes it. The secret and the deprecated role list are never sent.
fn body(client: &Value, state: &str) -> Json {
    let member = |role: &Value, name: &str| attrs::text(role, name).map(str::to_owned);
    let roles: Vec<Json> = attrs::items(client, "roles")
        .iter()
        .map(|role| {
            let mut json = json!({ "roleId": member(role, "role_id") });
            if let Some(division) = member(role, "division_id") {
                json["divisionId"] = json!(division);
            }
            json
        })
        .collect();
    let mut body = json!({
        "name": attrs::text(client, "name"),
        "authorizedGrantType": attrs::text(client, "authorized_grant_type"),
        "accessTokenValiditySeconds": attrs::integer(client, "access_token_validity_seconds"),
        "state": state,
        "roleDivisions": roles,
    });
    body["description"] = json!(attrs::text(client, "description").unwrap_or_default());
    for (attribute, member) in [
        ("scopes", "scope"),
        ("registered_redirect_uris", "registeredRedirectUri"),
    ] {
        if !attrs::is_unset(client, attribute) {
            body[member] = json!(attrs::texts(client, attribute));
        }
    }
    body
}

/// Roles with divisions that configuration leaves out filled in, since a create needs them said.
async fn with_divisions(connection: &Client, client: &Value) -> Result<Value, HttpError> {
    if !attrs::has_unknown(client, "roles") {
        return Ok(client.clone());
    }
    let home = connection.home_division().await?;
    let roles: Vec<Json> = attrs::items(client, "roles")
        .iter()
        .map(|role| {
            let division = attrs::text(role, "division_id").unwrap_or(&home);
            json!({ "role_id": attrs::text(role, "role_id"), "division_id": division })
        })
        .collect();
    Ok(attrs::set(client, "roles", roles_value(roles)))
}

fn roles_value(roles: Vec<Json>) -> Value {
    let ty = roles_block().implied_type();
    from_json(&Json::Array(roles), &ty).unwrap_or_else(|_| Value::null(ty))
}

fn with_id(client: &Value, id: &str) -> Value {
    let client = attrs::set(client, "id", Value::string(id));
    attrs::set(&client, "client_id", Value::string(id))
}

fn with_secret(client: &Value, secret: Option<&str>) -> Value {
    attrs::set(client, "client_secret", attrs::string_or_null(secret))
}

/// Whether what the service still shows is a client on its way out: an older one is deactivated for
/// seven days before it is removed (vendor help).
pub(crate) fn is_leaving(client: &Json) -> bool {
    let state = text(client, "state").unwrap_or_default();
    state == "deleted" || (state != "active" && text(client, "dateToDelete").is_some())
}

/// The state that the API's client means; what the API does not tell is as in `prior`.
fn state(client: &Json, prior: &Value) -> Value {
    let list = |name: &str| {
        client
            .get(name)
            .and_then(Json::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let roles = list("roleDivisions")
        .iter()
        .map(|r| json!({ "role_id": text(r, "roleId"), "division_id": text(r, "divisionId") }))
        .collect();
    let set = |name: &str, attribute: &str| {
        let texts = list(name);
        if texts.is_empty() && attrs::is_unset(prior, attribute) {
            return Value::null(Type::set(Type::String));
        }
        attrs::string_set(texts.iter().filter_map(Json::as_str))
    };
    let description = text(client, "description")
        .or_else(|| attrs::text(prior, "description").filter(|d| d.is_empty()));
    let id = text(client, "id");
    Value::object([
        ("id", attrs::string_or_null(id)),
        ("client_id", attrs::string_or_null(id)),
        (
            "client_secret",
            attrs::string_or_null(attrs::text(prior, "client_secret")),
        ),
        ("name", attrs::string_or_null(text(client, "name"))),
        ("description", attrs::string_or_null(description)),
        (
            "authorized_grant_type",
            attrs::string_or_null(text(client, "authorizedGrantType")),
        ),
        ("scopes", set("scope", "scopes")),
        (
            "registered_redirect_uris",
            set("registeredRedirectUri", "registered_redirect_uris"),
        ),
        (
            "access_token_validity_seconds",
            attrs::integer_or_null(
                client
                    .get("accessTokenValiditySeconds")
                    .and_then(Json::as_i64),
            ),
        ),
        ("state", attrs::string_or_null(text(client, "state"))),
        (
            "secret_rotation",
            attrs::string_or_null(attrs::text(prior, "secret_rotation")),
        ),
        ("roles", roles_value(roles)),
    ])
}

/// The same error; a 403 is explained by the rule that a caller must hold what it hands on.
fn refused(error: HttpError, permission: &str) -> HttpError {
    if error.status() != Some(403) {
        return error;
    }
    error.advice(format!(
        "Either the caller lacks the permission {permission}, or it does not itself hold every role that it puts on the client, which the service demands. Grant the role to the caller as well (a genesyscloud_role_grant with subject_type = \"PC_OAUTH_CLIENT\" and the oauth_client_id of data.genesyscloud_tokens_me), and let the client depend on that grant."
    ))
}

impl OauthClient {
    async fn make(connection: &Client, planned: &Value) -> Result<Outcome, HttpError> {
        let wanted = with_divisions(connection, planned).await?;
        let body = body(&wanted, attrs::text(&wanted, "state").unwrap_or("active"));
        let request = || {
            connection
                .request(Method::POST, CLIENTS)
                .json(&body)
                .secret_answer()
        };
        let answer = OauthClient::as_holder(connection, request).await;
        let answer = answer.map_err(|e| refused(e, "oauth:client:add"))?;
        let json = answer.json()?;
        let Some(id) = text(&json, "id") else {
            return Err(answer.malformed("it has no \"id\""));
        };
        let secret = text(&json, "secret");
        if let Some(secret) = secret {
            connection.keep_secret(secret);
        }
        // Nothing else before the secret is saved: whatever follows could lose it.
        Ok(Outcome::is(with_secret(&with_id(&wanted, id), secret)))
    }

    /// Sends what the caller may do only as a holder of the client's roles, again for a while when it
    /// is refused: a role newly granted to the caller takes time to be noticed, and a fresh token.
    async fn as_holder(
        connection: &Client,
        request: impl Fn() -> trunkline_http::Request,
    ) -> Result<trunkline_http::Answer, HttpError> {
        let forbidden = |e: &HttpError| e.status() == Some(403);
        match request().send().await {
            Err(e) if forbidden(&e) => {}
            other => return other,
        }
        connection.renew_token().await;
        patiently(connection.role_waits(), forbidden, request).await
    }

    async fn change(connection: &Client, request: &ApplyRequest) -> Outcome {
        let (prior, planned) = (&request.prior, &request.planned);
        let id = attrs::text(prior, "id").unwrap_or_default();
        let resets = attrs::has_unknown(planned, "client_secret");
        // Until the reset is done, the state says what was the case before it.
        let undecided = |client: &Value| {
            let client = with_secret(client, attrs::text(prior, "client_secret"));
            attrs::set(
                &client,
                "secret_rotation",
                attrs::string_or_null(attrs::text(prior, "secret_rotation")),
            )
        };
        let failed = |e: HttpError, state: Value| {
            Outcome::from(e.doing(format!("Updating {}", label(prior)))).holding(state)
        };
        let wanted = match with_divisions(connection, planned).await {
            Ok(wanted) => wanted,
            Err(e) => return failed(e, prior.clone()),
        };
        let mut outcome = Outcome::default();
        if undecided(&wanted) != undecided(prior) {
            let body = body(&wanted, attrs::text(&wanted, "state").unwrap_or("active"));
            let put = || connection.request(Method::PUT, path(id)).json(&body);
            if let Err(e) = OauthClient::as_holder(connection, put).await {
                return failed(refused(e, "oauth:client:edit"), prior.clone());
            }
            let shown = |client: Json| {
                let same = undecided(&state(&client, &wanted)) == undecided(&wanted);
                std::future::ready(same)
            };
            if let Err(e) = connection.wait_to_show(&path(id), shown).await {
                outcome = outcome.with(e.doing("Reading the updated OAuth client"));
                if resets {
                    return outcome.holding(undecided(&wanted));
                }
            }
        }
        if !resets {
            return outcome.holding(wanted);
        }
        match OauthClient::reset(connection, id).await {
            Ok(secret) => Outcome::is(with_secret(&wanted, Some(&secret))).private(&[][..]),
            Err(e) => {
                let e = needs(e, "oauth:client:edit");
                let mut left = undecided(&wanted);
                if e.ambiguous() {
                    // The old secret may be void: better none than one that may be wrong.
                    left = with_secret(&left, None);
                }
                failed(e, left)
            }
        }
    }

    /// A new secret for client `id`.
    async fn reset(connection: &Client, id: &str) -> Result<String, HttpError> {
        let request = connection.request(Method::POST, format!("{}/secret", path(id)));
        let answer = request.secret_answer().send().await?;
        let json = answer.json()?;
        let secret =
            text(&json, "secret").ok_or_else(|| answer.malformed("it has no \"secret\""))?;
        connection.keep_secret(secret);
        Ok(secret.to_owned())
    }

    async fn remove(connection: &Client, prior: &Value) -> Result<Outcome, HttpError> {
        let id = attrs::text(prior, "id").unwrap_or_default();
        // An active client cannot be deleted: 400 cannot.delete.client.
        let body = body(prior, "inactive");
        let put = || connection.request(Method::PUT, path(id)).json(&body);
        match OauthClient::as_holder(connection, put).await {
            Err(e) if e.is_not_found() => return Ok(Outcome::gone()),
            Err(e) => return Err(refused(e, "oauth:client:edit")),
            Ok(_) => {}
        }
        let active = |e: &HttpError| e.vendor().code == "cannot.delete.client";
        let delete = || connection.request(Method::DELETE, path(id));
        match patiently(connection.waits(Duration::from_secs(15)), active, delete).await {
            Err(e) if !e.is_not_found() => return Err(needs(e, "oauth:client:delete")),
            _ => {}
        }
        let gone = connection
            .wait_until_gone(&path(id), Duration::from_secs(30), is_leaving)
            .await?;
        if gone {
            return Ok(Outcome::gone());
        }
        Ok(Outcome::gone().with(Diagnostic::warning(
            "OAuth Client Still Visible",
            format!("The OAuth client {id} was deleted, but the service still showed it after the time to wait."),
        )))
    }
}

impl Calls<Connection> for OauthClient {
    fn type_name(&self) -> &'static str {
        "genesyscloud_oauth_client"
    }

    fn label(&self, object: &Value) -> String {
        format!("the {}", label(object))
    }

    fn schema(&self) -> Schema {
        schema()
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["authorized_grant_type"]
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("access_token_validity_seconds", Value::number(86_400)),
            ("state", Value::from("active")),
        ]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::oauth_client(&request.config)
    }

    async fn plan(&self, _: Option<&Connection>, mut draft: Draft) -> Draft {
        if draft.action == Action::Update {
            let lost = attrs::is_unset(&draft.prior, "client_secret")
                && *draft.private != *IMPORTED
                && has_secret(&draft.prior);
            if lost || draft.changed("secret_rotation") {
                draft.unknown("client_secret");
                let why = if lost {
                    "its secret is not known"
                } else {
                    "secret_rotation changes"
                };
                let text = format!(
                    "The {} gets a new secret, since {why}. Whoever uses the old one outside of this configuration must be given the new one.",
                    label(&draft.prior)
                );
                draft.note(NoteKind::Manual, text);
            }
        }
        draft
    }

    async fn create(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        OauthClient::make(client, &request.planned).await
    }

    async fn read(&self, client: &Connection, request: &ReadRequest) -> Result<Outcome, HttpError> {
        let id = attrs::text(&request.state, "id").unwrap_or_default();
        let found = client.find_surely(|| client.get(path(id))).await;
        let found = found.map_err(|e| needs(e, "oauth:client:view"))?;
        let there = found.filter(|found| !is_leaving(found));
        let is = |found| Outcome::is(state(&found, &request.state));
        Ok(there.map_or_else(Outcome::gone, is))
    }

    async fn update(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        Ok(OauthClient::change(client, request).await)
    }

    async fn delete(
        &self,
        client: &Connection,
        request: &ApplyRequest,
    ) -> Result<Outcome, HttpError> {
        OauthClient::remove(client, &request.prior).await
    }

    async fn list(&self, client: &Connection, _: &Value) -> Result<Vec<String>, HttpError> {
        let clients = client.entities(CLIENTS, &[]).await;
        Ok(ids_of(&clients.map_err(|e| needs(e, "oauth:client:view"))?))
    }

    fn search(&self, client: &Connection) -> Option<Waits> {
        Some(client.search_waits())
    }

    async fn find(&self, client: &Connection, planned: &Value) -> Result<Vec<Value>, HttpError> {
        let name = attrs::text(planned, "name");
        let mut clients = client.entities(CLIENTS, &[]).await?;
        clients.retain(|found| text(found, "name") == name && !is_leaving(found));
        // The secret went with the lost answer: a later plan resets it.
        let planned = with_secret(planned, None);
        Ok(clients.iter().map(|found| state(found, &planned)).collect())
    }

    /// By name or id.
    async fn import(&self, client: &Connection, id: &str) -> Result<Value, Diagnostics> {
        let id = natural::id(client, natural::Kind::Client, id).await?;
        Ok(Value::object([("id", Value::from(&*id))]))
    }

    fn kept_of_import(&self) -> Option<&'static [u8]> {
        Some(IMPORTED)
    }
}

/// Whether a client of this grant type has a secret that it needs: an implicit grant has none.
fn has_secret(client: &Value) -> bool {
    attrs::text(client, "authorized_grant_type").is_some_and(|grant| grant != "TOKEN")
}

/// The grant types of the service, in its exact spelling (vendor's API definition).
pub(crate) const GRANT_TYPES: &[&str] = &[
    "CODE",
    "TOKEN",
    "SAML2-BEARER",
    "PASSWORD",
    "CLIENT-CREDENTIALS",
];
