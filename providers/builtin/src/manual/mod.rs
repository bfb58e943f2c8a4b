//! The provider `manual`: `manual_step`, a step that a person does in a console or through a representative.
//!
//! Who answers for the person (a terminal, a file, a rehearsal) is given in ([`Attest`]); it asks nobody itself.

mod guide;
mod step;

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::provider::{
    ApplyRequest, ApplyResponse, BoxFuture, ConfigureRequest, Effects, ImportRequest,
    ImportResponse, PlanRequest, PlanResponse, Provider, ReadDataRequest, ReadDataResponse,
    ReadRequest, ReadResponse, ValidateRequest,
};
use trunkline_api::{Diagnostic, Diagnostics, ProviderSchema, Schema};

use crate::NewId;

/// What a person is asked to do. What is sensitive is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManualStep {
    /// The step's address.
    pub address: String,
    /// What is to be done, in a line.
    pub title: String,
    /// What is to be done, exactly.
    pub instructions: String,
    /// Who does it, where that is said.
    pub who: Option<String>,
    /// The values that are needed, by name; none stands for one that may not be shown.
    pub values: Vec<(String, Option<String>)>,
    /// The values that come back.
    pub asks: Vec<Ask>,
}

/// A value that comes back from a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// It is a secret.
    pub secret: bool,
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The step is done.
    Done {
        /// Who says so.
        by: String,
        /// When it was said, RFC 3339.
        at: String,
        /// The values that came back, one for each that was asked for.
        results: BTreeMap<String, String>,
    },
    /// Nobody has said so: why, and what to do, in full sentences.
    Pending(String),
}

/// Asks whether a step is done. Steps may be asked for at the same time.
pub type Attest = Arc<dyn Fn(ManualStep) -> BoxFuture<'static, Answer> + Send + Sync>;

/// Where there is nobody to ask.
#[must_use]
pub fn nobody() -> Attest {
    Arc::new(|_| Box::pin(async { Answer::Pending("There is nobody to ask.".into()) }))
}

/// The provider `trunkline/manual`.
pub struct Manual {
    schema: ProviderSchema,
    new_id: NewId,
    attest: Attest,
}

impl Manual {
    /// A provider whose steps get their ids from `new_id` and are confirmed by `attest`.
    #[must_use]
    pub fn new(new_id: NewId, attest: Attest) -> Manual {
        Manual {
            schema: ProviderSchema {
                provider: Schema::default(),
                resources: BTreeMap::from([(step::NAME.into(), step::schema())]),
                data_sources: BTreeMap::new(),
                ephemeral_resources: BTreeMap::new(),
            },
            new_id,
            attest,
        }
    }
}

impl Provider for Manual {
    fn schema(&self) -> &ProviderSchema {
        &self.schema
    }

    fn guide(&self) -> &'static trunkline_api::Guide {
        &guide::GUIDE
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        step::validate(&request.config)
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
        Box::pin(async move { step::plan(request) })
    }

    fn apply(&self, request: ApplyRequest) -> BoxFuture<'_, ApplyResponse> {
        Box::pin(step::apply(request, &self.new_id, &self.attest))
    }

    fn read_data(&self, request: ReadDataRequest) -> BoxFuture<'_, ReadDataResponse> {
        Box::pin(async move {
            let detail = format!("There is no data source {:?}.", request.type_name);
            ReadDataResponse {
                state: request.config,
                diagnostics: vec![Diagnostic::error("Invalid data source", detail)],
            }
        })
    }

    /// A person's word is an effect: it is written down at once. A create that was cut off is asked for again, as
    /// there is nothing outside that it could have made twice.
    fn effects(&self, _: &str) -> Effects {
        Effects::Reconcilable
    }

    fn import(&self, request: ImportRequest) -> BoxFuture<'_, ImportResponse> {
        Box::pin(async move { step::import(&request.id) })
    }
}
