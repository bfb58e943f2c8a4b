//! A resource as its vendor's calls: [`Calls`] is what a type says, [`Rest`] what all of them do alike around that.
//!
//! Alike are: what a failed call says, that a lost answer is unsettled, that an object which is not found is gone, and
//! that finding again looks past what was known before. It knows no vendor.

use std::future::Future;

use trunkline_api::kit::{Draft, Outcome, Resource, attrs};
use trunkline_api::provider::{
    ApplyRequest, Effects, ImportRequest, ImportResponse, ListRequest, ReadRequest,
    ReconcileRequest, ReconcileResponse, Reconciled, ValidateRequest,
};
use trunkline_api::{BoxFuture, Diagnostics, Schema, Value};

use crate::{HttpError, Waits, poll};

/// A resource type by the calls of its vendor. Calls may run concurrently; each object has the attribute `id`.
pub trait Calls<C: Sync>: Send + Sync {
    /// The type's full name.
    fn type_name(&self) -> &'static str;

    /// The schema. Called once.
    fn schema(&self) -> Schema;

    /// What an object is called in messages, with its article: `the intent "order"`.
    fn label(&self, object: &Value) -> String;

    /// See [`Resource::effects`].
    fn effects(&self) -> Effects {
        Effects::Reconcilable
    }

    /// See [`Resource::force_new`].
    fn force_new(&self) -> &'static [&'static str] {
        &[]
    }

    /// See [`Resource::defaults`].
    fn defaults(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// See [`Resource::changes_with_update`].
    fn changes_with_update(&self) -> &'static [&'static str] {
        &[]
    }

    /// See [`Resource::validate`].
    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        let _ = request;
        Vec::new()
    }

    /// See [`Resource::plan`].
    fn plan(&self, client: Option<&C>, draft: Draft) -> impl Future<Output = Draft> + Send {
        let _ = client;
        std::future::ready(draft)
    }

    /// Makes the object.
    fn create(
        &self,
        client: &C,
        request: &ApplyRequest,
    ) -> impl Future<Output = Result<Outcome, HttpError>> + Send;

    /// Reads it by its state; [`Outcome::gone`], or an error that says "not found", where it is not there any more.
    fn read(
        &self,
        client: &C,
        request: &ReadRequest,
    ) -> impl Future<Output = Result<Outcome, HttpError>> + Send;

    /// Changes it in place.
    fn update(
        &self,
        client: &C,
        request: &ApplyRequest,
    ) -> impl Future<Output = Result<Outcome, HttpError>> + Send;

    /// Removes it. An error that says "not found" counts as removed.
    fn delete(
        &self,
        client: &C,
        request: &ApplyRequest,
    ) -> impl Future<Output = Result<Outcome, HttpError>> + Send;

    /// Attributes within whose values objects are listed; see [`trunkline_api::Provider::listed_within`].
    fn listed_within(&self) -> &'static [&'static str] {
        &[]
    }

    /// The ids of all objects of the type. Nothing for those of which there is one in its place anyway.
    fn list(
        &self,
        client: &C,
        planned: &Value,
    ) -> impl Future<Output = Result<Vec<String>, HttpError>> + Send {
        let _ = (client, planned);
        std::future::ready(Ok(Vec::new()))
    }

    /// The ids by which all objects of the type can be imported; nothing for types that cannot be listed. The default
    /// takes those that are listed; see [`Resource::discover`].
    fn discover(
        &self,
        client: &C,
    ) -> impl Future<Output = Result<Option<Vec<String>>, HttpError>> + Send {
        async move {
            if self.effects() != Effects::Reconcilable {
                return Ok(None);
            }
            let any = Value::null(self.schema().block.implied_type());
            self.list(client, &any).await.map(Some)
        }
    }

    /// The objects with the natural key of what was planned, known ones too.
    fn find(
        &self,
        client: &C,
        planned: &Value,
    ) -> impl Future<Output = Result<Vec<Value>, HttpError>> + Send;

    /// What is taken over of an object that was found again, given what its plan had kept privately.
    fn adopted(&self, found: Value, private: &[u8]) -> Value {
        let _ = private;
        found
    }

    /// How long [`Calls::find`] is asked again until it shows something new, where the service may be slow to show it.
    fn search(&self, client: &C) -> Option<Waits> {
        let _ = client;
        None
    }

    /// The attributes that an import id stands for, enough to read the object; or why it stands for none.
    fn import(
        &self,
        client: &C,
        id: &str,
    ) -> impl Future<Output = Result<Value, Diagnostics>> + Send;

    /// What is kept privately with an imported object.
    fn kept_of_import(&self) -> Option<&'static [u8]> {
        None
    }
}

/// Calls as a [`Resource`].
#[derive(Clone, Copy, Debug)]
pub struct Rest<T>(pub T);

/// The outcome of a call that may find nothing: then the object is gone.
fn or_gone(done: Result<Outcome, HttpError>, doing: String) -> Outcome {
    match done {
        Ok(outcome) => outcome,
        Err(e) if e.is_not_found() => Outcome::gone(),
        Err(e) => e.doing(doing).into(),
    }
}

impl<C: Sync, T: Calls<C>> Resource<C> for Rest<T> {
    fn type_name(&self) -> &'static str {
        self.0.type_name()
    }

    fn schema(&self) -> Schema {
        self.0.schema()
    }

    fn effects(&self) -> Effects {
        self.0.effects()
    }

    fn force_new(&self) -> &'static [&'static str] {
        self.0.force_new()
    }

    fn defaults(&self) -> Vec<(&'static str, Value)> {
        self.0.defaults()
    }

    fn changes_with_update(&self) -> &'static [&'static str] {
        self.0.changes_with_update()
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        self.0.validate(request)
    }

    fn plan<'a>(&'a self, client: Option<&'a C>, draft: Draft) -> BoxFuture<'a, Draft> {
        Box::pin(self.0.plan(client, draft))
    }

    fn create<'a>(&'a self, client: &'a C, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match self.0.create(client, &request).await {
                Ok(outcome) => outcome,
                Err(e) => e
                    .doing(format!("Creating {}", self.0.label(&request.planned)))
                    .into(),
            }
        })
    }

    fn read<'a>(&'a self, client: &'a C, request: ReadRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let doing = format!("Reading {}", self.0.label(&request.state));
            or_gone(self.0.read(client, &request).await, doing)
        })
    }

    fn update<'a>(&'a self, client: &'a C, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match self.0.update(client, &request).await {
                Ok(outcome) => outcome,
                Err(e) => e
                    .doing(format!("Updating {}", self.0.label(&request.prior)))
                    .into(),
            }
        })
    }

    fn delete<'a>(&'a self, client: &'a C, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let doing = format!("Deleting {}", self.0.label(&request.prior));
            or_gone(self.0.delete(client, &request).await, doing)
        })
    }

    fn listed_within(&self) -> &'static [&'static str] {
        self.0.listed_within()
    }

    fn list<'a>(
        &'a self,
        client: &'a C,
        request: ListRequest,
    ) -> BoxFuture<'a, Result<Vec<String>, Diagnostics>> {
        Box::pin(async move {
            let doing = || format!("Listing objects of type {}", self.0.type_name());
            let listed = self.0.list(client, &request.planned).await;
            listed.map_err(|e| vec![e.doing(doing()).into()])
        })
    }

    fn discover<'a>(
        &'a self,
        client: &'a C,
    ) -> BoxFuture<'a, Result<Option<Vec<String>>, Diagnostics>> {
        Box::pin(async move {
            let doing = || format!("Listing objects of type {}", self.0.type_name());
            let there = self.0.discover(client).await;
            there.map_err(|e| vec![e.doing(doing()).into()])
        })
    }

    fn reconcile<'a>(
        &'a self,
        client: &'a C,
        request: ReconcileRequest,
    ) -> BoxFuture<'a, ReconcileResponse> {
        Box::pin(async move {
            let mut response = ReconcileResponse::default();
            let doing = || format!("Looking for {}", self.0.label(&request.planned));
            let is_new = |state: &Value| {
                attrs::text(state, "id")
                    .is_some_and(|id| !request.known_ids.iter().any(|k| k == id))
            };
            // An object whose id is its name, and was there before, is somebody else's.
            if attrs::text(&request.planned, "id").is_some() && !is_new(&request.planned) {
                return response;
            }
            let look = || async {
                let mut there = self.0.find(client, &request.planned).await?;
                there.retain(is_new);
                Ok((!there.is_empty()).then_some(there))
            };
            // What was there before is shown at once, if at all.
            let found = match self.0.search(client).filter(|_| !request.adopting) {
                Some(waits) => poll(waits, look).await,
                None => look().await,
            };
            match found {
                // With the parent gone there is none of its objects.
                Err(e) if HttpError::is_not_found(&e) => {}
                Err(e) => response.diagnostics.push(e.doing(doing()).into()),
                Ok(there) => {
                    // A secret that was not made here was not lost here.
                    let private = match request.adopting {
                        true => self.0.kept_of_import().unwrap_or_default().into(),
                        false => request.private.clone(),
                    };
                    let found = there.into_iter().flatten().map(|state| Reconciled {
                        state: self.0.adopted(state, &request.private),
                        private: private.clone(),
                        incomplete: false,
                    });
                    response.found.extend(found);
                }
            }
            response
        })
    }

    fn import<'a>(
        &'a self,
        client: &'a C,
        request: ImportRequest,
    ) -> BoxFuture<'a, ImportResponse> {
        Box::pin(async move {
            match self.0.import(client, &request.id).await {
                Ok(state) => ImportResponse {
                    state: Some(state),
                    private: self.0.kept_of_import().map(Into::into),
                    ..ImportResponse::default()
                },
                Err(diagnostics) => ImportResponse {
                    diagnostics,
                    ..ImportResponse::default()
                },
            }
        })
    }
}
