//! What one resource type or data source says and does.
//!
//! Implementations live in vendor crates. They never see null-versus-null dispatch, write-only
//! storage or unknown type names: [`super::VendorProvider`] has dealt with these.

use crate::provider::{
    ApplyRequest, Effects, ImportRequest, ImportResponse, ListRequest, ReadRequest,
    ReconcileRequest, ReconcileResponse, ValidateRequest,
};
use crate::{BoxFuture, Diagnostic, Diagnostics, Schema, Value};

use super::{Draft, Outcome};

/// One managed resource type of a vendor whose client is a `C`. Calls may run concurrently.
pub trait Resource<C: Sync>: Send + Sync {
    /// The type's full name, e.g. `genesyscloud_auth_role`.
    fn type_name(&self) -> &'static str;

    /// The schema. Called once.
    fn schema(&self) -> Schema;

    /// What a change does outside; see [`crate::Provider::effects`].
    fn effects(&self) -> Effects {
        Effects::Reconcilable
    }

    /// Top-level attributes and blocks whose change needs a replacement.
    fn force_new(&self) -> &'static [&'static str] {
        &[]
    }

    /// Values of attributes that the configuration leaves out. Such attributes are optional and computed.
    fn defaults(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// Computed attributes that any update in place may change: unknown in the plan of one.
    fn changes_with_update(&self) -> &'static [&'static str] {
        &[]
    }

    /// Checks the configuration offline; unknown values are possible.
    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        let _ = request;
        Vec::new()
    }

    /// Finishes the plan: keeps the prior value where it means the same as the proposed one, adds
    /// notes, errors and unknowns. Called for deletes too. The client is absent while the provider's
    /// configuration is not known.
    fn plan<'a>(&'a self, client: Option<&'a C>, draft: Draft) -> BoxFuture<'a, Draft> {
        let _ = client;
        Box::pin(std::future::ready(draft))
    }

    /// Makes the object: `request.prior` is null.
    fn create<'a>(&'a self, client: &'a C, request: ApplyRequest) -> BoxFuture<'a, Outcome>;

    /// Reads it. [`Outcome::gone`] when it does not exist any more.
    fn read<'a>(&'a self, client: &'a C, request: ReadRequest) -> BoxFuture<'a, Outcome>;

    /// Changes it in place. The default refuses, for types of which every change is a replacement.
    fn update<'a>(&'a self, client: &'a C, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        let (_, name) = (client, request.type_name);
        Box::pin(std::future::ready(Outcome::failed(Diagnostic::error(
            "Update Not Supported",
            format!("An object of type {name} cannot be changed in place."),
        ))))
    }

    /// Removes it: `request.planned` is null. An object that is already gone counts as removed.
    fn delete<'a>(&'a self, client: &'a C, request: ApplyRequest) -> BoxFuture<'a, Outcome>;

    /// Attributes within whose values objects are listed; see [`crate::Provider::listed_within`].
    fn listed_within(&self) -> &'static [&'static str] {
        &[]
    }

    /// Ids of all objects of the type; see [`crate::Provider::list`].
    fn list<'a>(
        &'a self,
        client: &'a C,
        request: ListRequest,
    ) -> BoxFuture<'a, Result<Vec<String>, Diagnostics>> {
        let _ = (client, request);
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    /// The ids by which all objects of the type can be imported; see [`crate::Provider::discover`]. The default takes
    /// those that are listed; types that are listed within a parent go through the parents.
    fn discover<'a>(
        &'a self,
        client: &'a C,
    ) -> BoxFuture<'a, Result<Option<Vec<String>>, Diagnostics>> {
        Box::pin(async move {
            if self.effects() != Effects::Reconcilable {
                return Ok(None);
            }
            let request = ListRequest {
                type_name: self.type_name().into(),
                planned: Value::null(self.schema().block.implied_type()),
            };
            self.list(client, request).await.map(Some)
        })
    }

    /// Finds what a lost create has made; see [`crate::Provider::reconcile`].
    fn reconcile<'a>(
        &'a self,
        client: &'a C,
        request: ReconcileRequest,
    ) -> BoxFuture<'a, ReconcileResponse> {
        let _ = (client, request);
        Box::pin(std::future::ready(ReconcileResponse::default()))
    }

    /// Imports by id. See [`import_as`] for the usual case.
    fn import<'a>(
        &'a self,
        client: &'a C,
        request: ImportRequest,
    ) -> BoxFuture<'a, ImportResponse> {
        let _ = client;
        let problem = Diagnostic::error(
            "Resource Import Not Implemented",
            format!("{} does not support import.", request.type_name),
        );
        Box::pin(std::future::ready(ImportResponse {
            diagnostics: vec![problem],
            ..ImportResponse::default()
        }))
    }
}

/// One data source of a vendor whose client is a `C`.
pub trait DataSource<C: Sync>: Send + Sync {
    /// The full name.
    fn type_name(&self) -> &'static str;

    /// The schema. Called once.
    fn schema(&self) -> Schema;

    /// Checks the configuration offline; unknown values are possible.
    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        let _ = request;
        Vec::new()
    }

    /// Reads it; `config` is wholly known. The outcome's state may be sparse: what it leaves out is
    /// taken from the configuration.
    fn read<'a>(&'a self, client: &'a C, config: Value) -> BoxFuture<'a, Outcome>;
}

/// An import that takes the given id as the attribute `name`; the engine reads the rest.
#[must_use]
pub fn import_as<'a>(name: &'static str, request: ImportRequest) -> BoxFuture<'a, ImportResponse> {
    Box::pin(std::future::ready(ImportResponse {
        state: Some(Value::object([(name, Value::string(request.id))])),
        ..ImportResponse::default()
    }))
}
