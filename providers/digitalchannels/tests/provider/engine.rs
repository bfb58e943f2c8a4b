//! What the engine does with a provider, in small: plan, apply, read, and the rules that hold between them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use trunkline_api::json::{implied, to_json};
use trunkline_api::provider::{
    ApplyRequest, ApplyResponse, ConfigureRequest, ImportRequest, ListRequest, PlanRequest,
    PlanResponse, ReadDataRequest, ReadRequest, ReadResponse, ReconcileRequest, World,
};
use trunkline_api::{Block, Diagnostics, Provider, Type, Value, coerce, objchange};
use trunkline_digitalchannels::provider;

use crate::nexus::{API_KEY, CCID, Nexus};

/// A configured provider.
pub struct Engine {
    pub provider: Box<dyn Provider>,
    /// What the provider keeps of the object of each type, and what it has planned to keep.
    private: Mutex<BTreeMap<String, Arc<[u8]>>>,
    planned: Mutex<Arc<[u8]>>,
}

fn now() -> jiff::Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// A provider block of the scripted service.
pub fn settings(nexus: &Nexus) -> Json {
    let url = nexus.server.url();
    json!({
        "url": url, "ccid": CCID, "api_key": API_KEY, "auth_url": url, "auth_client_id": "client",
        "auth_client_secret": "client-secret", "auth_username": "ops", "auth_password": "p@ss", "gws_url": url,
        "sender_id_backend": "options_api",
    })
}

impl Engine {
    pub async fn new(settings: Json) -> Engine {
        let engine = Engine::try_new(settings).await;
        engine.unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    pub async fn try_new(settings: Json) -> Result<Engine, Diagnostics> {
        Engine::in_world(settings, World::Live).await
    }

    pub async fn in_world(settings: Json, world: World) -> Result<Engine, Diagnostics> {
        let provider = Box::new(provider(now));
        let config = shaped(&provider.schema().provider.block, settings);
        let request = ConfigureRequest {
            config,
            world,
            environment: BTreeMap::new(),
        };
        let problems = provider.configure(request).await;
        if problems.is_empty() {
            Ok(Engine::of(provider))
        } else {
            Err(problems)
        }
    }

    /// A provider that is not configured yet.
    pub fn unconfigured() -> Engine {
        Engine::of(Box::new(provider(now)))
    }

    fn of(provider: Box<dyn Provider>) -> Engine {
        Engine {
            provider,
            private: Mutex::default(),
            planned: Mutex::new(Arc::from(&b""[..])),
        }
    }

    /// What is kept of an object that is there.
    fn private(&self, type_name: &str, object: &Value) -> Arc<[u8]> {
        let kept = self.private.lock().unwrap().get(type_name).cloned();
        let kept = kept.filter(|_| !object.is_null());
        kept.unwrap_or_else(|| Arc::from(&b""[..]))
    }

    fn block(&self, type_name: &str) -> Block {
        self.provider.schema().resources[type_name].block.clone()
    }

    /// Plans and checks that the plan keeps to the rules.
    pub async fn plan(&self, type_name: &str, prior: &Value, config: Option<Json>) -> PlanResponse {
        let block = self.block(type_name);
        let config = match config {
            Some(config) => shaped(&block, config),
            None => coerce::null_object(&block),
        };
        let proposed = if config.is_null() {
            config.clone()
        } else {
            objchange::proposed_new(&block, prior, &config)
        };
        let request = PlanRequest {
            type_name: type_name.into(),
            prior: prior.clone(),
            proposed,
            config: config.clone(),
            private: self.private(type_name, prior),
        };
        let response = self.provider.plan(request).await;
        *self.planned.lock().unwrap() = response.private.clone();
        if response.diagnostics.is_empty() {
            let problems = objchange::assert_plan_valid(&block, prior, &config, &response.planned);
            assert!(problems.is_empty(), "{problems:?}");
        }
        response
    }

    /// Applies a plan and checks that what was made is what was planned.
    pub async fn apply(
        &self,
        type_name: &str,
        prior: &Value,
        plan: PlanResponse,
        config: Option<Json>,
    ) -> ApplyResponse {
        let block = self.block(type_name);
        let config = config.map_or_else(
            || coerce::null_object(&block),
            |config| shaped(&block, config),
        );
        let request = ApplyRequest {
            type_name: type_name.into(),
            prior: prior.clone(),
            planned: plan.planned.clone(),
            config,
            private: plan.private,
            operation_id: "op".into(),
            address: String::new(),
            sensitive: Vec::new(),
        };
        let response = self.provider.apply(request).await;
        let kept = (type_name.to_owned(), response.private.clone());
        self.private.lock().unwrap().extend([kept]);
        if !response
            .diagnostics
            .iter()
            .any(trunkline_api::Diagnostic::is_error)
        {
            let problems =
                objchange::assert_applied_matches(&block, &plan.planned, &response.state);
            assert!(problems.is_empty(), "{problems:?}");
        }
        response
    }

    /// The null state of a type.
    pub fn none(&self, type_name: &str) -> Value {
        coerce::null_object(&self.block(type_name))
    }

    /// Plans and applies in place or anew, whatever must succeed; the new state.
    pub async fn make(&self, type_name: &str, prior: &Value, config: Json) -> Value {
        let plan = self.plan(type_name, prior, Some(config.clone())).await;
        assert!(plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
        assert!(
            plan.requires_replace.is_empty(),
            "{:?}",
            plan.requires_replace
        );
        let made = self.apply(type_name, prior, plan, Some(config)).await;
        assert!(made.diagnostics.is_empty(), "{:?}", made.diagnostics);
        made.state
    }

    /// Creates; the response, with its problems.
    pub async fn try_create(&self, type_name: &str, config: Json) -> ApplyResponse {
        let none = self.none(type_name);
        let plan = self.plan(type_name, &none, Some(config.clone())).await;
        self.apply(type_name, &none, plan, Some(config)).await
    }

    pub async fn create(&self, type_name: &str, config: Json) -> Value {
        self.make(type_name, &self.none(type_name), config).await
    }

    pub async fn delete(&self, type_name: &str, prior: &Value) -> ApplyResponse {
        let plan = self.plan(type_name, prior, None).await;
        self.apply(type_name, prior, plan, None).await
    }

    pub async fn try_read(&self, type_name: &str, state: &Value) -> ReadResponse {
        let request = ReadRequest {
            type_name: type_name.into(),
            state: state.clone(),
            private: self.private(type_name, state),
        };
        self.provider.read(request).await
    }

    pub async fn read(&self, type_name: &str, state: &Value) -> Value {
        let response = self.try_read(type_name, state).await;
        assert!(
            response.diagnostics.is_empty(),
            "{:?}",
            response.diagnostics
        );
        response.state
    }

    /// Whether reading and planning again finds nothing to do.
    pub async fn is_settled(&self, type_name: &str, state: &Value, config: Json) -> bool {
        let seen = self.read(type_name, state).await;
        let plan = self.plan(type_name, &seen, Some(config)).await;
        assert!(plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
        seen.same(state) && plan.planned.same(&seen)
    }

    pub async fn list(&self, type_name: &str, planned: &Value) -> Vec<String> {
        let request = ListRequest {
            type_name: type_name.into(),
            planned: planned.clone(),
        };
        self.provider.list(request).await.unwrap()
    }

    pub async fn reconcile(
        &self,
        type_name: &str,
        planned: &Value,
        known_ids: Vec<String>,
    ) -> Vec<Value> {
        let request = ReconcileRequest {
            adopting: false,
            type_name: type_name.into(),
            planned: planned.clone(),
            known_ids,
            private: self.planned.lock().unwrap().clone(),
        };
        let response = self.provider.reconcile(request).await;
        let kept = response.found.iter().map(|found| found.private.clone());
        let kept = kept.map(|private| (type_name.to_owned(), private));
        self.private.lock().unwrap().extend(kept);
        assert!(
            response.diagnostics.is_empty(),
            "{:?}",
            response.diagnostics
        );
        response
            .found
            .into_iter()
            .map(|found| found.state)
            .collect()
    }

    /// Imports and reads.
    pub async fn import(&self, type_name: &str, id: &str) -> Result<Value, Diagnostics> {
        let request = ImportRequest {
            type_name: type_name.into(),
            id: id.into(),
            config: Value::null(Type::Dynamic),
        };
        let response = self.provider.import(request).await;
        match response.state {
            Some(state) if response.diagnostics.is_empty() => {
                Ok(self.read(type_name, &state).await)
            }
            _ => Err(response.diagnostics),
        }
    }

    pub async fn data(&self, type_name: &str, config: Json) -> Result<Json, Diagnostics> {
        let block = self.provider.schema().data_sources[type_name].block.clone();
        let request = ReadDataRequest {
            type_name: type_name.into(),
            config: shaped(&block, config),
        };
        let response = self.provider.read_data(request).await;
        if response.diagnostics.is_empty() {
            Ok(to_json(&response.state))
        } else {
            Err(response.diagnostics)
        }
    }
}

/// A configuration as the engine hands it in.
pub fn shaped(block: &Block, config: Json) -> Value {
    coerce::conform(&implied(&config), block).unwrap_or_else(|misfits| panic!("{misfits:?}"))
}

/// The attribute as JSON.
pub fn at(value: &Value, name: &str) -> Json {
    value.attr(name).map(to_json).unwrap_or_default()
}
