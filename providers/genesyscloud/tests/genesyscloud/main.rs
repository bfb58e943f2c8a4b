//! The provider against a scripted service, judged by the vendor's facts: what is asked, in which
//! order and form, and what becomes of the answers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod auth_role;
mod connection;
mod lookups;
mod oauth_client;
mod role_grant;
mod tollfree;
mod user;
mod user_roles;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use trunkline_api::provider::{
    ApplyRequest, ApplyResponse, ConfigureRequest, PlanRequest, PlanResponse, Provider,
    ReadDataRequest, ReadDataResponse, ReadRequest, ReadResponse, World,
};
use trunkline_api::{Diagnostics, Schema, Value, coerce, json::implied, objchange};
use trunkline_genesyscloud::{GenesysCloud, provider};
use trunkline_http::testing::{Received, Reply, Server};

/// A provider configured for a scripted service, and the calls of one resource type.
struct Bench {
    provider: trunkline_api::kit::VendorProvider<GenesysCloud>,
    server: Server,
}

/// A service that issues tokens and answers everything else by `answer`.
async fn service(answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |request| match request.path.as_str() {
        "/oauth/token" => Reply::json(
            200,
            &json!({"access_token": "T", "token_type": "bearer", "expires_in": 86400}),
        ),
        _ => answer(request),
    })
    .await
    .unwrap()
}

fn no_such() -> Reply {
    Reply::json(
        404,
        &json!({"message": "not found", "code": "not.found", "contextId": "c-404"}),
    )
}

fn list(entities: Vec<Json>) -> Reply {
    let total = entities.len();
    Reply::json(
        200,
        &json!({"entities": entities, "pageSize": 100, "pageNumber": 1, "total": total, "pageCount": 1}),
    )
}

impl Bench {
    async fn new(answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Bench {
        Bench::of(service(answer).await, json!({})).await
    }

    /// A bench whose provider block has `more` settings than credentials and URLs.
    async fn of(server: Server, more: Json) -> Bench {
        let provider = provider();
        let mut settings = json!({
            "oauthclient_id": "me", "oauthclient_secret": "my-secret",
            "api_url": server.url(), "login_url": server.url(),
            "consistency_timeout_seconds": 2,
        });
        for (name, value) in more.as_object().unwrap() {
            settings[name] = value.clone();
        }
        let request = ConfigureRequest {
            config: shaped(&provider.schema().provider, &settings),
            world: World::Live,
            environment: BTreeMap::new(),
        };
        let problems = provider.configure(request).await;
        assert!(problems.is_empty(), "{problems:?}");
        assert!(server.lines().is_empty(), "configure reached the network");
        Bench { provider, server }
    }

    fn schema(&self, name: &str) -> &Schema {
        &self.provider.schema().resources[name]
    }

    async fn plan(&self, name: &str, prior: &Value, config: &Value) -> PlanResponse {
        let block = &self.schema(name).block;
        let proposed = if config.is_null() {
            config.clone()
        } else {
            objchange::proposed_new(block, prior, config)
        };
        let request = PlanRequest {
            type_name: name.into(),
            prior: prior.clone(),
            proposed,
            config: config.clone(),
            private: Arc::from(&b""[..]),
        };
        self.provider.plan(request).await
    }

    async fn apply(
        &self,
        name: &str,
        prior: &Value,
        planned: &Value,
        config: &Value,
    ) -> ApplyResponse {
        let request = ApplyRequest {
            type_name: name.into(),
            prior: prior.clone(),
            planned: planned.clone(),
            config: config.clone(),
            private: Arc::from(&b""[..]),
            operation_id: "operation-1".into(),
            address: String::new(),
            sensitive: Vec::new(),
        };
        self.provider.apply(request).await
    }

    fn null(&self, name: &str) -> Value {
        coerce::null_object(&self.schema(name).block)
    }

    fn value(&self, name: &str, fields: &Json) -> Value {
        shaped(self.schema(name), fields)
    }

    /// Plans and applies a create of `config`.
    async fn create(&self, name: &str, config: &Json) -> ApplyResponse {
        let (null, config) = (self.null(name), self.value(name, config));
        let plan = self.plan(name, &null, &config).await;
        assert!(
            !trunkline_api::diagnostic::has_errors(&plan.diagnostics),
            "{:?}",
            plan.diagnostics
        );
        self.apply(name, &null, &plan.planned, &config).await
    }

    async fn delete(&self, name: &str, prior: &Value) -> ApplyResponse {
        let null = self.null(name);
        self.apply(name, prior, &null, &null).await
    }

    async fn read(&self, name: &str, state: &Value) -> ReadResponse {
        let request = ReadRequest {
            type_name: name.into(),
            state: state.clone(),
            private: Arc::from(&b""[..]),
        };
        self.provider.read(request).await
    }

    async fn data(&self, name: &str, config: &Json) -> ReadDataResponse {
        let schema = &self.provider.schema().data_sources[name];
        let request = ReadDataRequest {
            type_name: name.into(),
            config: shaped(schema, config),
        };
        self.provider.read_data(request).await
    }

    /// The calls so far but for tokens.
    fn lines(&self) -> Vec<String> {
        let all = self.server.lines();
        all.into_iter()
            .filter(|line| line != "POST /oauth/token")
            .collect()
    }

    /// The JSON bodies of the calls whose line begins with `line`.
    fn bodies(&self, line: &str) -> Vec<Json> {
        let received = self.server.received();
        received
            .iter()
            .filter(|r| r.line().starts_with(line))
            .map(Received::json)
            .collect()
    }

    /// What a person reads, with the server's address as `[URL]`.
    fn texts(&self, problems: &Diagnostics) -> Vec<String> {
        let text = |p: &trunkline_api::Diagnostic| format!("{}: {}", p.summary, p.detail);
        problems
            .iter()
            .map(|p| text(p).replace(self.server.url(), "[URL]"))
            .collect()
    }
}

/// A value of `schema` from sparse JSON.
fn shaped(schema: &Schema, fields: &Json) -> Value {
    coerce::conform(&implied(fields), &schema.block).unwrap()
}

/// The object with some attributes changed.
fn with(value: &Value, changes: &Json) -> Value {
    let mut value = value.clone();
    for (name, json) in changes.as_object().unwrap() {
        let ty = value.attr(name).unwrap().ty();
        let new = trunkline_api::json::from_json(json, &ty).unwrap();
        value = trunkline_api::kit::attrs::set(&value, name, new);
    }
    value
}
