//! Data sources of what an organisation simply has: itself, its home division, the caller, its OAuth
//! clients and its users. They only read.

use serde_json::{Value as Json, json};
use trunkline_api::kit::{DataSource, Outcome, attrs};
use trunkline_api::provider::ValidateRequest;
use trunkline_api::{
    Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Path, Schema, Type, Value,
};
use trunkline_http::{HttpError, Method};

use crate::client::{Client, needs, text};
use crate::oauth_client::{CLIENTS, is_leaving};
use crate::{Connection, rules};

fn computed(description: &str) -> Attribute {
    Attribute::new(Type::String, description).computed()
}

fn of(block: Block) -> Schema {
    Schema { version: 0, block }
}

async fn json_at(client: &Client, path: &str) -> Result<Json, HttpError> {
    client.get(path).send().await?.json()
}

/// `genesyscloud_auth_division_home`: the home division.
pub(crate) struct HomeDivision;

impl DataSource<Connection> for HomeDivision {
    fn type_name(&self) -> &'static str {
        "genesyscloud_auth_division_home"
    }

    fn schema(&self) -> Schema {
        of(Block::new("The organisation's home division.")
            .attribute("id", computed("The division's id."))
            .attribute("name", computed("Its name."))
            .attribute("description", computed("What it is for.")))
    }

    fn read<'a>(&'a self, client: &'a Connection, _: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match json_at(client, "/api/v2/authorization/divisions/home").await {
                Ok(found) => Outcome::is(Value::object(
                    ["id", "name", "description"]
                        .map(|name| (name, attrs::string_or_null(text(&found, name)))),
                )),
                Err(e) => e.doing("Reading the home division").into(),
            }
        })
    }
}

/// `genesyscloud_organizations_me`: the organisation that the credentials belong to.
pub(crate) struct Organization;

impl DataSource<Connection> for Organization {
    fn type_name(&self) -> &'static str {
        "genesyscloud_organizations_me"
    }

    fn schema(&self) -> Schema {
        of(
            Block::new("The organisation that the credentials belong to.")
                .attribute("id", computed("The organisation's id."))
                .attribute("name", computed("Its name.")),
        )
    }

    fn read<'a>(&'a self, client: &'a Connection, _: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match json_at(client, "/api/v2/organizations/me").await {
                Ok(found) => Outcome::is(Value::object(
                    ["id", "name"].map(|name| (name, attrs::string_or_null(text(&found, name)))),
                )),
                Err(e) => e.doing("Reading the organisation").into(),
            }
        })
    }
}

/// `genesyscloud_tokens_me`: whom the provider's token belongs to. Needs no permission.
pub(crate) struct Caller;

impl DataSource<Connection> for Caller {
    fn type_name(&self) -> &'static str {
        "genesyscloud_tokens_me"
    }

    fn schema(&self) -> Schema {
        of(Block::new("Whom the provider's token belongs to.")
            .attribute(
                "oauth_client_id",
                computed("Id of the OAuth client that the token was issued to."),
            )
            .attribute("oauth_client_name", computed("Its name."))
            .attribute("organization_id", computed("Id of the organisation."))
            .attribute("organization_name", computed("Its name.")))
    }

    fn read<'a>(&'a self, client: &'a Connection, _: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let found = match json_at(client, "/api/v2/tokens/me").await {
                Ok(found) => found,
                Err(e) => return e.doing("Reading whom the token belongs to").into(),
            };
            let member = |object: &str, name: &str| {
                attrs::string_or_null(found.get(object).and_then(|o| text(o, name)))
            };
            Outcome::is(Value::object([
                ("oauth_client_id", member("OAuthClient", "id")),
                ("oauth_client_name", member("OAuthClient", "name")),
                ("organization_id", member("organization", "id")),
                ("organization_name", member("organization", "name")),
            ]))
        })
    }
}

/// `genesyscloud_oauth_client`: a client by its exact name. It never has the secret.
pub(crate) struct OauthClientByName;

impl DataSource<Connection> for OauthClientByName {
    fn type_name(&self) -> &'static str {
        "genesyscloud_oauth_client"
    }

    fn schema(&self) -> Schema {
        let computed = |d: &str| Attribute::new(Type::String, d).computed();
        Schema {
            version: 0,
            block: Block::new("An OAuth client found by its name.")
                .attribute(
                    "name",
                    Attribute::new(Type::String, "The exact name.").required(),
                )
                .attribute("id", computed("The same as client_id."))
                .attribute("client_id", computed("The client's id."))
                .attribute("authorized_grant_type", computed("The grant type."))
                .attribute("state", computed("active, inactive or disabled.")),
        }
    }

    fn read<'a>(&'a self, client: &'a Connection, config: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let name = attrs::text(&config, "name").unwrap_or_default();
            let mut clients = match client.entities(CLIENTS, &[]).await {
                Ok(clients) => clients,
                Err(e) => {
                    let e = needs(e, "oauth:client:view");
                    return e.doing(format!("Looking for OAuth client {name:?}")).into();
                }
            };
            clients.retain(|c| text(c, "name") == Some(name) && !is_leaving(c));
            let [found] = clients.as_slice() else {
                let detail = format!(
                    "The organisation has {} OAuth clients called {name:?}; exactly one is needed. Check the name, which is compared exactly.",
                    clients.len()
                );
                let problem = Diagnostic::error("No Single OAuth Client of This Name", detail);
                return Outcome::failed(problem.on(Path::attribute("name")));
            };
            let member = |name: &str| attrs::string_or_null(text(found, name));
            Outcome::is(Value::object([
                ("id", member("id")),
                ("client_id", member("id")),
                ("authorized_grant_type", member("authorizedGrantType")),
                ("state", member("state")),
            ]))
        })
    }
}

/// `genesyscloud_user`: a user by e-mail address.
pub(crate) struct UserByEmail;

impl DataSource<Connection> for UserByEmail {
    fn type_name(&self) -> &'static str {
        "genesyscloud_user"
    }

    fn schema(&self) -> Schema {
        of(Block::new("A user found by e-mail address.")
            .attribute(
                "email",
                Attribute::new(Type::String, "The address, which is also the user name.")
                    .required(),
            )
            .attribute(
                "administrator",
                Attribute::new(
                    Type::Bool,
                    "Marks the user as an administrator, whose roles are not to be taken away by mistake.",
                )
                .optional(),
            )
            .attribute("id", computed("The user's id."))
            .attribute("name", computed("The user's name."))
            .attribute("state", computed("active or inactive."))
            .attribute("division_id", computed("Id of the user's division."))
            .attribute("department", computed("The department."))
            .attribute("title", computed("The title.")))
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::user(&request.config)
    }

    fn read<'a>(&'a self, client: &'a Connection, config: Value) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let email = attrs::text(&config, "email").unwrap_or_default();
            let users = match search(client, email).await {
                Ok(users) => users,
                Err(e) => {
                    return needs(e, "directory:user:view")
                        .doing(format!("Looking for user {email:?}"))
                        .into();
                }
            };
            let [user] = users.as_slice() else {
                return Outcome::failed(
                    Diagnostic::error(
                        "No Single User of This Address",
                        format!(
                            "The organisation has {} active users with the e-mail address {email:?}; exactly one is needed. Check the address and that the user is active.",
                            users.len()
                        ),
                    )
                    .on(Path::attribute("email")),
                );
            };
            let member = |name: &str| attrs::string_or_null(text(user, name));
            Outcome::is(Value::object([
                ("id", member("id")),
                ("name", member("name")),
                ("state", member("state")),
                (
                    "division_id",
                    attrs::string_or_null(user.get("division").and_then(|d| text(d, "id"))),
                ),
                ("department", member("department")),
                ("title", member("title")),
            ]))
        })
    }
}

/// Users with exactly this address. Hits are under `results`, not `entities` (public provider).
pub(crate) async fn search(client: &Client, email: &str) -> Result<Vec<Json>, HttpError> {
    let query = json!({ "query": [{ "fields": ["email"], "value": email, "type": "EXACT" }] });
    let request = client
        .request(Method::POST, "/api/v2/users/search")
        .json(&query);
    let answer = request.safe_to_resend().send().await?;
    let json = answer.json()?;
    // Without a hit the list is left out.
    let results = json
        .get("results")
        .and_then(Json::as_array)
        .map_or(&[][..], Vec::as_slice);
    let same = |user: &&Json| text(user, "email").is_some_and(|e| e.eq_ignore_ascii_case(email));
    Ok(results.iter().filter(same).cloned().collect())
}
