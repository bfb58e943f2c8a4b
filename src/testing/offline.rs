//! Providers that call nothing: a configuration is evaluated without credentials, network or state.
//!
//! What only a vendor knows is made up of what is known, so that the same object is made up the same every time and in
//! every order. A provider is asked what it cannot change in place and what a reviewer must know, which needs no
//! credentials; where what is made up does not keep its rules, it is not heard. Data that a state at hand has is as it
//! says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use trunkline_api::diagnostic::has_errors;
use trunkline_api::provider::{
    ApplyRequest, ApplyResponse, ConfigureRequest, Effects, ImportRequest, ImportResponse,
    OpenRequest, OpenResponse, PlanRequest, PlanResponse, ReadDataRequest, ReadDataResponse,
    ReadRequest, ReadResponse, ValidateRequest,
};
use trunkline_api::provider::{MoveRequest, UpgradeRequest};
use trunkline_api::{BoxFuture, Diagnostic, Diagnostics, Provider, ProviderSchema, Type, Value};
use trunkline_state::Snapshot;

use super::mock::Mock;
use crate::address::Mode;
use crate::apply::provision::Provisioning;
use crate::config::{Config, Module, ProviderName};
use crate::event::Silent;
use crate::plan::codec::encode;
use crate::plan::prior::{PriorState, decode_row, source_of};
use crate::plan::providers::Registry;
use crate::project::{Project, Settings};

/// Data that a state has, by type.
pub type Data = BTreeMap<Arc<str>, Vec<Value>>;

/// A project of a configuration that calls no provider. What `data` has is read as it says.
#[must_use]
pub fn offline(settings: &Settings, mut config: Config, data: &Arc<Data>) -> Project {
    bare(&mut config.root);
    let settings = Settings {
        registry: Arc::new(Offline {
            real: settings.registry.clone(),
            data: data.clone(),
        }),
        listener: Arc::new(Silent),
        provisioning: Provisioning::Show,
        ..settings.clone()
    };
    Project::of(settings, config)
}

/// The data in a state that can be read by today's schemas.
#[must_use]
pub fn data_of(snapshot: Snapshot, registry: &dyn Registry) -> Data {
    let mut data = Data::new();
    let mut providers: BTreeMap<String, Option<Arc<dyn Provider>>> = BTreeMap::new();
    let resources = PriorState::read(snapshot).map(|s| s.resources);
    for (address, instances) in resources.unwrap_or_default() {
        if address.resource.mode != Mode::Data {
            continue;
        }
        let name = &address.resource.type_name;
        for row in instances.values().filter_map(|i| i.current.as_ref()) {
            let source = source_of(&row.provider);
            let provider = providers
                .entry(source.to_owned())
                .or_insert_with(|| registry.create(source));
            let Some(provider) = provider else { continue };
            let schema = provider.schema().data_sources.get(name);
            let decoded = schema.map(|s| decode_row(row, name, s, provider.as_ref()));
            if let Some(Ok(object)) = decoded {
                data.entry(name.clone()).or_default().push(object.value);
            }
        }
    }
    data
}

/// A value for a variable that nobody has given: the same wherever it is asked for.
#[must_use]
pub fn stand_in(name: &str, ty: &Type) -> Value {
    match ty {
        Type::Number => Value::number(0),
        Type::Bool => Value::bool(false),
        Type::List(element) => Value::list((**element).clone(), []),
        Type::Set(element) => Value::set((**element).clone(), []),
        Type::Map(element) => Value::map((**element).clone(), Vec::<(Arc<str>, Value)>::new()),
        Type::Object(object) => {
            let fields = object.attributes.iter();
            Value::object(fields.map(|(n, ty)| (n.clone(), stand_in(&format!("{name}.{n}"), ty))))
        }
        Type::Tuple(items) => Value::tuple(items.iter().map(|ty| stand_in(name, ty))),
        Type::String | Type::Dynamic => Value::string(format!("value-of-{name}")),
    }
}

/// The providers of a registry, none of which calls anything.
pub struct Offline {
    /// The real ones.
    pub real: Arc<dyn Registry>,
    /// Data that is known.
    pub data: Arc<Data>,
}

impl Registry for Offline {
    fn create(&self, source: &str) -> Option<Arc<dyn Provider>> {
        let real = self.real.create(source)?;
        Some(Arc::new(Steady::new(real, self.data.clone())))
    }

    fn sources(&self) -> Vec<String> {
        self.real.sources()
    }

    fn default_source(&self, local: &str) -> String {
        self.real.default_source(local)
    }

    fn create_for(&self, source: &str, _: &ProviderName) -> Option<Arc<dyn Provider>> {
        self.create(source)
    }

    fn full_source(&self, written: &str) -> Result<String, String> {
        self.real.full_source(written)
    }
}

/// Takes out of a configuration what needs the real thing, or would stop the comparison of two configurations:
/// imports, conditions of objects, protection from being destroyed.
pub fn bare(module: &mut Module) {
    module.imports.clear();
    for resource in module.resources.values_mut() {
        let meta = resource.meta.written_mut();
        if let Some(lifecycle) = meta.and_then(|m| m.lifecycle.written_mut()) {
            lifecycle.prevent_destroy = false;
            lifecycle.preconditions.clear();
            lifecycle.postconditions.clear();
        }
    }
    for output in module.outputs.values_mut() {
        output.preconditions.clear();
    }
    for check in module.checks.values_mut() {
        check.asserts.clear();
    }
    module.children.values_mut().for_each(bare);
}

/// Bytes that follow from a seed.
#[derive(Default)]
struct Stream {
    seed: Vec<u8>,
    block: u64,
}

impl Stream {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let text = [self.seed.as_slice(), &self.block.to_be_bytes()].concat();
            chunk.copy_from_slice(&digest(&SHA256, &text).as_ref()[..chunk.len()]);
            self.block += 1;
        }
    }
}

/// A mock whose made-up values follow from what they are made up for.
struct Steady {
    real: Arc<dyn Provider>,
    data: Arc<Data>,
    mock: Mock,
    stream: Arc<Mutex<Stream>>,
    /// One call at a time has the stream.
    turn: Mutex<()>,
}

impl Steady {
    fn new(real: Arc<dyn Provider>, data: Arc<Data>) -> Steady {
        let stream: Arc<Mutex<Stream>> = Arc::default();
        let own = stream.clone();
        let random = Arc::new(move |buffer: &mut [u8]| {
            own.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .fill(buffer);
        });
        Steady {
            mock: Mock::new(real.clone(), BTreeMap::new(), false, random),
            real,
            data,
            stream,
            turn: Mutex::new(()),
        }
    }

    /// What is known of the data that a configuration asks for, if there is one answer.
    fn known(&self, request: &ReadDataRequest) -> Option<Value> {
        let asked = request.config.as_fields()?;
        let fits = |value: &&Value| {
            let has = |(name, asked): (&Arc<str>, &Value)| {
                asked.is_null() || value.attr(name).is_some_and(|v| v.same(asked))
            };
            asked.iter().all(has)
        };
        let mut fitting = self.data.get(&request.type_name)?.iter().filter(fits);
        let first = fitting.next()?;
        fitting
            .all(|other| other.same(first))
            .then(|| first.clone())
    }

    /// Calls the mock, which has made everything up when it returns.
    fn seeded<'s, T>(
        &'s self,
        type_name: &str,
        known: &Value,
        call: impl FnOnce(&'s Mock) -> T,
    ) -> T {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let seed = digest(&SHA256, format!("{type_name} {}", encode(known)).as_bytes());
        *self.stream.lock().unwrap_or_else(PoisonError::into_inner) = Stream {
            seed: seed.as_ref().to_vec(),
            block: 0,
        };
        call(&self.mock)
    }
}

impl Provider for Steady {
    fn schema(&self) -> &ProviderSchema {
        self.real.schema()
    }

    fn validate(&self, _: &ValidateRequest) -> Diagnostics {
        Vec::new()
    }

    fn configure(&self, _: ConfigureRequest) -> BoxFuture<'_, Diagnostics> {
        Box::pin(async { Vec::new() })
    }

    fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse> {
        self.mock.read(request)
    }

    fn upgrade(&self, request: UpgradeRequest) -> Result<serde_json::Value, Diagnostic> {
        self.real.upgrade(request)
    }

    fn move_state(&self, request: MoveRequest) -> Result<serde_json::Value, Diagnostic> {
        self.real.move_state(request)
    }

    fn plan(&self, request: PlanRequest) -> BoxFuture<'_, PlanResponse> {
        Box::pin(async move {
            let mut response = self.mock.plan(request.clone()).await;
            // What stays as it is needs no judgement, and a provider that has not read the object could only doubt it.
            if request.proposed.same(&request.prior) || request.proposed.is_null() {
                return response;
            }
            let judged = self.real.plan(request).await;
            if !has_errors(&judged.diagnostics) {
                response.requires_replace = judged.requires_replace;
                response.notes = judged.notes;
            }
            response
        })
    }

    fn apply(&self, request: ApplyRequest) -> BoxFuture<'_, ApplyResponse> {
        let (kind, known) = (request.type_name.clone(), request.planned.clone());
        self.seeded(&kind, &known, |mock| mock.apply(request))
    }

    fn read_data(&self, request: ReadDataRequest) -> BoxFuture<'_, ReadDataResponse> {
        if let Some(state) = self.known(&request) {
            return Box::pin(async move {
                ReadDataResponse {
                    state,
                    diagnostics: Vec::new(),
                }
            });
        }
        let (kind, known) = (request.type_name.clone(), request.config.clone());
        self.seeded(&kind, &known, |mock| mock.read_data(request))
    }

    fn open_ephemeral(&self, request: OpenRequest) -> BoxFuture<'_, OpenResponse> {
        self.mock.open_ephemeral(request)
    }

    fn effects(&self, _: &str) -> Effects {
        Effects::None
    }

    fn import(&self, request: ImportRequest) -> BoxFuture<'_, ImportResponse> {
        self.mock.import(request)
    }
}
