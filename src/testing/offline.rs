//! Providers that call nothing: a configuration is evaluated without credentials, network or state.
//!
//! What only a vendor knows is made up of what is known, so that the same object is made up the same every time and in
//! every order. A provider's own rules are not asked, because what is made up need not keep them: `validate` asks them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use trunkline_api::provider::{
    ApplyRequest, ApplyResponse, ConfigureRequest, Effects, ImportRequest, ImportResponse,
    OpenRequest, OpenResponse, PlanRequest, PlanResponse, ReadDataRequest, ReadDataResponse,
    ReadRequest, ReadResponse, ValidateRequest,
};
use trunkline_api::{BoxFuture, Diagnostics, Provider, ProviderSchema, Value};

use super::mock::Mock;
use crate::config::{Module, ProviderName};
use crate::plan::codec::encode;
use crate::plan::providers::Registry;

/// The providers of a registry, none of which calls anything.
pub struct Offline {
    /// The real ones.
    pub real: Arc<dyn Registry>,
}

impl Registry for Offline {
    fn create(&self, source: &str) -> Option<Arc<dyn Provider>> {
        Some(Arc::new(Steady::new(self.real.create(source)?)))
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
        let lifecycle = &mut resource.lifecycle;
        lifecycle.prevent_destroy = false;
        lifecycle.preconditions.clear();
        lifecycle.postconditions.clear();
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
    mock: Mock,
    stream: Arc<Mutex<Stream>>,
    /// One call at a time has the stream.
    turn: Mutex<()>,
}

impl Steady {
    fn new(real: Arc<dyn Provider>) -> Steady {
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
            stream,
            turn: Mutex::new(()),
        }
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

    fn plan(&self, request: PlanRequest) -> BoxFuture<'_, PlanResponse> {
        self.mock.plan(request)
    }

    fn apply(&self, request: ApplyRequest) -> BoxFuture<'_, ApplyResponse> {
        let (kind, known) = (request.type_name.clone(), request.planned.clone());
        self.seeded(&kind, &known, |mock| mock.apply(request))
    }

    fn read_data(&self, request: ReadDataRequest) -> BoxFuture<'_, ReadDataResponse> {
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
