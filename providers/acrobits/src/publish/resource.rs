//! A resource whose object is a set of documents at one place: the calls that such resources share.
//!
//! It must not know what is in a document; that is for the resource types, which say what their documents are.

use serde_json::Value as Json;
use trunkline_api::kit::{Action, Draft, Outcome, Resource, attrs};
use trunkline_api::provider::{
    ApplyRequest, ImportRequest, ImportResponse, ReadRequest, ReconcileRequest, ReconcileResponse,
    ValidateRequest,
};
use trunkline_api::{Block, BoxFuture, Diagnostic, Diagnostics, Schema, Type, Value};

use super::{Document, set};
use crate::app::{failed, imported};
use crate::client::Client;

/// What a type of published documents is.
pub(crate) trait Documents: Send + Sync + 'static {
    /// The resource type.
    const TYPE: &'static str;
    /// Whether the documents hold secrets.
    const SECRET: bool;

    /// Its arguments and attributes, without those of publishing.
    fn block(&self) -> Block;

    /// Values of arguments that are left out.
    fn defaults(&self) -> Vec<(&'static str, Value)>;

    /// What is wrong with a configuration.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// The object with all that follows from its arguments.
    fn derived(&self, object: &Value) -> Value;

    /// The documents; `None` while something is not known.
    fn documents(&self, object: &Value) -> Result<Option<Vec<Document>>, Diagnostic>;

    /// Keeps what an update would only write otherwise, of an object that is derived.
    fn keep(&self, draft: &mut Draft);

    /// Adds what a plan may not do.
    fn refuse(&self, _client: Option<&Client>, _draft: &mut Draft) {}

    /// The object that an import id names, as it is published.
    fn import<'a>(
        &'a self,
        client: &'a Client,
        id: &'a str,
    ) -> BoxFuture<'a, Result<Json, Diagnostic>>;
}

/// The resource of a type of published documents.
pub(crate) struct Published<D>(pub(crate) D);

impl<D: Documents> Published<D> {
    /// The object with all that follows from its arguments, and its documents.
    fn wanted(&self, planned: &Value) -> Result<(Value, Vec<Document>), Diagnostic> {
        let planned = self.0.derived(planned);
        let documents = self.0.documents(&planned)?.ok_or_else(|| {
            let text = "What is to be published is not known. This is an error in the program.";
            Diagnostic::error("Unknown Documents", text)
        })?;
        Ok((planned, documents))
    }
}

impl<D: Documents> Resource<Client> for Published<D> {
    fn type_name(&self) -> &'static str {
        D::TYPE
    }

    fn schema(&self) -> Schema {
        Schema {
            version: 0,
            block: set::published(self.0.block(), D::SECRET),
        }
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["cloud_id", "target"]
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        self.0.defaults()
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        self.0.validate(&request.config)
    }

    fn plan<'a>(&'a self, client: Option<&'a Client>, mut draft: Draft) -> BoxFuture<'a, Draft> {
        if draft.action != Action::Delete {
            if attrs::is_unset(&draft.config, "path") {
                draft.planned = attrs::set(&draft.planned, "path", Value::null(Type::String));
            }
            draft.planned = self.0.derived(&draft.planned);
            if draft.action == Action::Update {
                self.0.keep(&mut draft);
            }
            let documents = self.0.documents(&draft.planned);
            set::plan(&mut draft, documents);
            self.0.refuse(client, &mut draft);
        }
        Box::pin(std::future::ready(draft))
    }

    /// Which documents of a place are a set, nothing there tells.
    fn discover<'a>(
        &'a self,
        _: &'a Client,
    ) -> BoxFuture<'a, Result<Option<Vec<String>>, Diagnostics>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn create<'a>(&'a self, client: &'a Client, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match self.wanted(&request.planned) {
                Ok((planned, documents)) => set::create(client, &planned, documents).await,
                Err(problem) => Outcome::failed(problem),
            }
        })
    }

    fn read<'a>(&'a self, client: &'a Client, request: ReadRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { set::read(client, &request.state).await })
    }

    fn update<'a>(&'a self, client: &'a Client, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let (planned, documents) = match self.wanted(&request.planned) {
                Ok(wanted) => wanted,
                Err(problem) => return Outcome::failed(problem),
            };
            let (prior, kept) = (&request.prior, &request.private);
            set::update(client, prior, kept, &planned, documents).await
        })
    }

    fn delete<'a>(&'a self, client: &'a Client, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { set::delete(client, &request.prior).await })
    }

    fn reconcile<'a>(
        &'a self,
        client: &'a Client,
        request: ReconcileRequest,
    ) -> BoxFuture<'a, ReconcileResponse> {
        Box::pin(async move {
            match self.wanted(&request.planned) {
                Ok((planned, documents)) => set::reconcile(client, &planned, documents).await,
                Err(problem) => ReconcileResponse {
                    diagnostics: vec![problem],
                    ..ReconcileResponse::default()
                },
            }
        })
    }

    fn import<'a>(
        &'a self,
        client: &'a Client,
        request: ImportRequest,
    ) -> BoxFuture<'a, ImportResponse> {
        Box::pin(async move {
            match self.0.import(client, &request.id).await {
                Ok(state) => imported(&state),
                Err(problem) => failed(problem),
            }
        })
    }
}
