//! A vendor's resources and data sources as a provider.
//!
//! Only dispatch and shaping; what a type means is in its own file.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::provider::{
    ApplyRequest, ApplyResponse, ConfigureRequest, DeclaredObject, Effects, ImportRequest,
    ImportResponse, ListRequest, Mode, PlanRequest, PlanResponse, ReadDataRequest,
    ReadDataResponse, ReadRequest, ReadResponse, ReconcileRequest, ReconcileResponse,
    ValidateRequest,
};
use crate::schema::Block;
use crate::{
    BoxFuture, Diagnostic, Diagnostics, Guide, Path, Provider, ProviderSchema, Schema, Value,
    coerce, diagnostic::has_errors,
};

use super::draft::without_write_only;
use super::words::worded;
use super::{Action, DataSource, Draft, Outcome, Resource, attrs};

/// One vendor: its types, and how a client is made.
pub trait Vendor: Send + Sync + 'static {
    /// What talks to the vendor, made from the provider block.
    type Client: Send + Sync + 'static;

    /// The provider block.
    fn schema(&self) -> Schema;

    /// The text of its page of documentation.
    fn guide(&self) -> &'static Guide {
        Guide::NONE
    }

    /// The managed resource types.
    fn resources(&self) -> Vec<Box<dyn Resource<Self::Client>>>;

    /// The data sources.
    fn data_sources(&self) -> Vec<Box<dyn DataSource<Self::Client>>>;

    /// Checks the provider block offline; unknown values are possible.
    fn validate_provider(&self, config: &Value) -> Diagnostics {
        let _ = config;
        Vec::new()
    }

    /// Rules between objects; see [`Provider::validate_all`].
    fn validate_all(&self, objects: &[DeclaredObject]) -> Diagnostics {
        let _ = objects;
        Vec::new()
    }

    /// Makes the client, and warnings if any.
    fn configure(
        &self,
        request: ConfigureRequest,
    ) -> BoxFuture<'_, Result<(Self::Client, Diagnostics), Diagnostics>>;
}

/// A [`Vendor`] as a [`Provider`].
pub struct VendorProvider<V: Vendor> {
    vendor: V,
    schema: ProviderSchema,
    resources: BTreeMap<Arc<str>, Box<dyn Resource<V::Client>>>,
    data_sources: BTreeMap<Arc<str>, Box<dyn DataSource<V::Client>>>,
    client: RwLock<Option<Arc<V::Client>>>,
}

impl<V: Vendor> VendorProvider<V> {
    /// The provider, not yet configured.
    pub fn new(vendor: V) -> VendorProvider<V> {
        let mut schema = ProviderSchema {
            provider: vendor.schema(),
            ..ProviderSchema::default()
        };
        let (mut resources, mut data_sources) = (BTreeMap::new(), BTreeMap::new());
        for resource in vendor.resources() {
            let name: Arc<str> = resource.type_name().into();
            schema.resources.insert(name.clone(), resource.schema());
            resources.insert(name, resource);
        }
        for source in vendor.data_sources() {
            let name: Arc<str> = source.type_name().into();
            schema.data_sources.insert(name.clone(), source.schema());
            data_sources.insert(name, source);
        }
        VendorProvider {
            vendor,
            schema,
            resources,
            data_sources,
            client: RwLock::new(None),
        }
    }

    fn client(&self) -> Option<Arc<V::Client>> {
        self.client
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn resource(&self, name: &str) -> Result<(&dyn Resource<V::Client>, &Block), Diagnostics> {
        match (self.resources.get(name), self.schema.resources.get(name)) {
            (Some(resource), Some(schema)) => Ok((resource.as_ref(), &schema.block)),
            _ => Err(vec![unknown_type("resource", name)]),
        }
    }

    /// The resource and the client, or why there is none.
    fn ready(&self, name: &str) -> Result<Ready<'_, V::Client>, Diagnostics> {
        let (resource, block) = self.resource(name)?;
        let client = self.client().ok_or_else(|| vec![not_configured()])?;
        Ok((resource, block, client))
    }
}

type Ready<'p, C> = (&'p dyn Resource<C>, &'p Block, Arc<C>);

fn unconfigurable(path: Path) -> Diagnostic {
    let detail = format!(
        "Can't configure a value for \"{path}\": its value will be decided automatically based on the result of applying this configuration."
    );
    Diagnostic::error("Value for unconfigurable attribute", detail).on(path)
}

fn unknown_type(what: &str, name: &str) -> Diagnostic {
    Diagnostic::error(
        format!("Unknown {what} type"),
        format!("This provider has no {what} type {name:?}."),
    )
}

fn not_configured() -> Diagnostic {
    Diagnostic::error(
        "Provider Not Configured",
        "The provider was asked to reach its service before its configuration was known. This is an error in the program.",
    )
}

/// The state as the schema shapes it, without write-only values; a problem when something in it is
/// still unknown or does not fit, and then as much of it as does.
fn settle(block: &Block, state: &Value, problems: &mut Diagnostics) -> Value {
    if state.is_null() {
        return coerce::null_object(block);
    }
    let shaped = match coerce::conform(state, block) {
        Ok(value) => value,
        Err(misfits) => {
            let places: Vec<String> = misfits
                .iter()
                .map(|(path, why)| format!("{path}: {why}"))
                .collect();
            problems.push(Diagnostic::error(
                "Provider Returned an Invalid Object",
                format!(
                    "The provider's answer does not fit its own schema ({}). This is an error in the program.",
                    places.join("; ")
                ),
            ));
            return coerce::null_object(block);
        }
    };
    let stripped = without_write_only(block, &shaped);
    if stripped.is_wholly_known() {
        return stripped;
    }
    if !has_errors(problems) {
        problems.push(Diagnostic::error(
            "Provider Returned an Unknown Value",
            "After the change the provider left a value undecided. This is an error in the program.",
        ));
    }
    stripped.map_leaves(&mut |leaf| {
        if leaf.is_known() {
            leaf.clone()
        } else {
            Value::null(leaf.ty())
        }
    })
}

impl<V: Vendor> Provider for VendorProvider<V> {
    fn schema(&self) -> &ProviderSchema {
        &self.schema
    }

    fn guide(&self) -> &'static Guide {
        self.vendor.guide()
    }

    fn validate_provider(&self, config: &Value) -> Diagnostics {
        self.vendor.validate_provider(config)
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        let found = match request.mode {
            Mode::Managed => self
                .resources
                .get(&request.type_name)
                .map(|r| r.validate(request)),
            Mode::Data => self
                .data_sources
                .get(&request.type_name)
                .map(|d| d.validate(request)),
            Mode::Ephemeral => None,
        };
        let what = match request.mode {
            Mode::Managed => "resource",
            Mode::Data => "data source",
            Mode::Ephemeral => "ephemeral resource",
        };
        let mut found = found.unwrap_or_else(|| vec![unknown_type(what, &request.type_name)]);
        let schema = self.schema.of(request.mode).get(&request.type_name);
        let paths = schema.map(|s| s.block.unconfigurable(&request.config));
        found.extend(paths.unwrap_or_default().into_iter().map(unconfigurable));
        found
    }

    fn relates(&self) -> bool {
        true
    }

    fn validate_all(&self, objects: &[DeclaredObject]) -> Diagnostics {
        self.vendor.validate_all(objects)
    }

    fn configure(&self, request: ConfigureRequest) -> BoxFuture<'_, Diagnostics> {
        Box::pin(async move {
            match self.vendor.configure(request).await {
                Ok((client, warnings)) => {
                    *self.client.write().unwrap_or_else(PoisonError::into_inner) =
                        Some(Arc::new(client));
                    warnings
                }
                Err(problems) => problems,
            }
        })
    }

    fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse> {
        Box::pin(async move {
            let (before, private) = (request.state.clone(), request.private.clone());
            let (block, outcome) = match self.ready(&request.type_name) {
                Ok((resource, block, client)) => {
                    (Some(block), resource.read(&client, request).await)
                }
                Err(diagnostics) => (
                    None,
                    Outcome {
                        diagnostics,
                        ..Outcome::default()
                    },
                ),
            };
            let mut diagnostics = outcome.diagnostics;
            let state = match (block, outcome.state) {
                (Some(block), Some(state)) => settle(block, &state, &mut diagnostics),
                (Some(block), None) if !has_errors(&diagnostics) => coerce::null_object(block),
                _ => before,
            };
            ReadResponse {
                state,
                private: outcome.private.unwrap_or(private),
                diagnostics,
            }
        })
    }

    fn plan(&self, request: PlanRequest) -> BoxFuture<'_, PlanResponse> {
        Box::pin(async move {
            let (resource, block) = match self.resource(&request.type_name) {
                Ok(found) => found,
                Err(problem) => {
                    return PlanResponse {
                        planned: request.proposed,
                        requires_replace: Vec::new(),
                        private: request.private,
                        notes: Vec::new(),
                        diagnostics: problem,
                    };
                }
            };
            let client = self.client();
            let draft = Draft::begin(request, block, &resource.defaults());
            let draft = resource.plan(client.as_deref(), draft).await;
            draft.finish(block, resource.force_new(), resource.changes_with_update())
        })
    }

    fn apply(&self, request: ApplyRequest) -> BoxFuture<'_, ApplyResponse> {
        Box::pin(async move {
            let (before, private) = (request.prior.clone(), request.private.clone());
            let (block, outcome) = match self.ready(&request.type_name) {
                Err(diagnostics) => (
                    None,
                    Outcome {
                        diagnostics,
                        ..Outcome::default()
                    },
                ),
                Ok((resource, block, client)) => {
                    let outcome = match action(&request) {
                        Action::Create => resource.create(&client, request).await,
                        Action::Update => resource.update(&client, request).await,
                        Action::Delete => resource.delete(&client, request).await,
                    };
                    (Some(block), outcome)
                }
            };
            let mut diagnostics = outcome.diagnostics;
            let state = match (block, outcome.state) {
                (Some(block), Some(state)) => settle(block, &state, &mut diagnostics),
                (Some(block), None) if !has_errors(&diagnostics) => coerce::null_object(block),
                _ => before,
            };
            ApplyResponse {
                state,
                private: outcome.private.unwrap_or(private),
                diagnostics,
                unsettled: outcome.unsettled,
            }
        })
    }

    fn read_data(&self, request: ReadDataRequest) -> BoxFuture<'_, ReadDataResponse> {
        Box::pin(async move {
            let name = &request.type_name;
            let found = (
                self.data_sources.get(name),
                self.schema.data_sources.get(name),
            );
            let (Some(source), Some(schema)) = found else {
                return ReadDataResponse {
                    state: request.config,
                    diagnostics: vec![unknown_type("data source", name)],
                };
            };
            let Some(client) = self.client() else {
                return ReadDataResponse {
                    state: request.config,
                    diagnostics: vec![not_configured()],
                };
            };
            let outcome = source.read(&client, request.config.clone()).await;
            let mut diagnostics = outcome.diagnostics;
            let mut state = request.config;
            if let Some(fields) = outcome.state.as_ref().and_then(Value::as_fields) {
                for (name, value) in fields.iter() {
                    state = attrs::set(&state, name, value.clone());
                }
                state = settle(&schema.block, &state, &mut diagnostics);
            }
            ReadDataResponse { state, diagnostics }
        })
    }

    fn effects(&self, type_name: &str) -> Effects {
        self.resources
            .get(type_name)
            .map_or(Effects::Opaque, |r| r.effects())
    }

    fn listed_within(&self, type_name: &str) -> &'static [&'static str] {
        let resource = self.resources.get(type_name);
        resource.map_or(&[], |r| r.listed_within())
    }

    fn list(&self, request: ListRequest) -> BoxFuture<'_, Result<Vec<String>, Diagnostics>> {
        Box::pin(async move {
            let (resource, _, client) = self.ready(&request.type_name)?;
            resource.list(&client, request).await
        })
    }

    fn discover(&self, type_name: &str) -> BoxFuture<'_, Result<Option<Vec<String>>, Diagnostics>> {
        let type_name: Arc<str> = type_name.into();
        Box::pin(async move {
            let (resource, _, client) = self.ready(&type_name)?;
            resource.discover(&client).await
        })
    }

    fn reconcile(&self, request: ReconcileRequest) -> BoxFuture<'_, ReconcileResponse> {
        Box::pin(async move {
            let (resource, block, client) = match self.ready(&request.type_name) {
                Ok(found) => found,
                Err(problem) => {
                    return ReconcileResponse {
                        diagnostics: problem,
                        ..ReconcileResponse::default()
                    };
                }
            };
            let mut response = resource.reconcile(&client, request).await;
            for found in &mut response.found {
                found.state = settle(block, &found.state, &mut response.diagnostics);
            }
            response
        })
    }

    fn import(&self, request: ImportRequest) -> BoxFuture<'_, ImportResponse> {
        Box::pin(async move {
            let (resource, block, client) = match self.ready(&request.type_name) {
                Ok(found) => found,
                Err(problem) => {
                    return ImportResponse {
                        diagnostics: problem,
                        ..ImportResponse::default()
                    };
                }
            };
            let config = request.config.clone();
            let mut response = resource.import(&client, request).await;
            if let Some(state) = response.state.take() {
                let state = settle(block, &state, &mut response.diagnostics);
                response.worded = !config.is_null() && !state.is_null();
                response.state = Some(match response.worded {
                    true => worded(block, &state, &config, &resource.defaults()),
                    false => state,
                });
            }
            response
        })
    }
}

fn action(request: &ApplyRequest) -> Action {
    match (request.prior.is_null(), request.planned.is_null()) {
        (_, true) => Action::Delete,
        (true, false) => Action::Create,
        (false, false) => Action::Update,
    }
}
