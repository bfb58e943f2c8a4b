//! The providers that are part of Trunkline itself: `terraform_data` and `terraform_remote_state`, and the steps of
//! people (`manual_step`).
//!
//! Knows nothing of the engine or the state.

mod guide;
mod manual;
mod remote_state;
mod terraform_data;

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::Arc;

use trunkline_api::provider::{
    ApplyRequest, ApplyResponse, BoxFuture, ConfigureRequest, Effects, ImportRequest,
    ImportResponse, MoveRequest, PlanRequest, PlanResponse, Provider, ReadDataRequest,
    ReadDataResponse, ReadRequest, ReadResponse, ValidateRequest,
};
use trunkline_api::{Diagnostic, Diagnostics, ProviderSchema, Schema};

/// Makes the id of a new object; injected so that a run can be simulated.
pub type NewId = Arc<dyn Fn() -> String + Send + Sync>;

pub use manual::{Answer, Ask, Attest, Manual, ManualStep, nobody};
pub use remote_state::StateReader;

/// The provider `terraform.io/builtin/terraform`.
pub struct Builtin {
    schema: ProviderSchema,
    new_id: NewId,
    states: StateReader,
}

impl Builtin {
    /// A provider whose new objects get their ids from `new_id`, and that reads other states with `states`.
    #[must_use]
    pub fn new(new_id: NewId, states: StateReader) -> Builtin {
        Builtin {
            schema: ProviderSchema {
                provider: Schema::default(),
                resources: BTreeMap::from([("terraform_data".into(), terraform_data::schema())]),
                data_sources: BTreeMap::from([(remote_state::NAME.into(), remote_state::schema())]),
                ephemeral_resources: BTreeMap::new(),
            },
            new_id,
            states,
        }
    }
}

impl Provider for Builtin {
    fn schema(&self) -> &ProviderSchema {
        &self.schema
    }

    fn move_state(&self, request: MoveRequest) -> Result<serde_json::Value, Diagnostic> {
        terraform_data::moved(&request)
    }

    fn guide(&self) -> &'static trunkline_api::Guide {
        &guide::GUIDE
    }

    fn configure(&self, _: ConfigureRequest) -> BoxFuture<'_, Diagnostics> {
        Box::pin(async { Vec::new() })
    }

    fn read(&self, request: ReadRequest) -> BoxFuture<'_, ReadResponse> {
        Box::pin(async move {
            ReadResponse {
                state: request.state,
                private: request.private,
                diagnostics: Vec::new(),
            }
        })
    }

    fn plan(&self, request: PlanRequest) -> BoxFuture<'_, PlanResponse> {
        Box::pin(async move { terraform_data::plan(request) })
    }

    fn apply(&self, request: ApplyRequest) -> BoxFuture<'_, ApplyResponse> {
        Box::pin(ready(terraform_data::apply(request, &self.new_id)))
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        match &*request.type_name {
            remote_state::NAME => remote_state::validate(&request.config),
            "terraform_data" => terraform_data::validate(&request.config),
            _ => Vec::new(),
        }
    }

    fn read_data(&self, request: ReadDataRequest) -> BoxFuture<'_, ReadDataResponse> {
        Box::pin(async move { remote_state::read(&request, &self.states) })
    }

    fn effects(&self, _: &str) -> Effects {
        Effects::None
    }

    fn import(&self, request: ImportRequest) -> BoxFuture<'_, ImportResponse> {
        Box::pin(async move { terraform_data::import(&request.id) })
    }
}
