//! `acrobits_network`: a subnetwork of an app, which separates its users from those of others.
//!
//! A declaration: nothing is sent. In a single-tenant app the network that equals the Cloud ID need not be declared.

use serde_json::json;
use trunkline_api::kit::{Outcome, Resource};
use trunkline_api::provider::{
    ApplyRequest, Effects, ImportRequest, ImportResponse, ReadRequest, ValidateRequest,
};
use trunkline_api::{Attribute, Block, BoxFuture, Diagnostic, Diagnostics, Schema, Type};

use crate::app::{failed, imported};
use crate::client::Client;
use crate::rules;

/// The resource type.
pub(crate) const NETWORK: &str = "acrobits_network";

/// The resource.
pub(crate) struct Network;

impl Resource<Client> for Network {
    fn type_name(&self) -> &'static str {
        NETWORK
    }

    fn schema(&self) -> Schema {
        let text = |d: &str| Attribute::new(Type::String, d);
        let block = Block::new("A subnetwork of an app. A declaration: nothing is sent.")
            .attribute(
                "id",
                text("The Network ID. A change is a replacement.").required(),
            )
            .attribute(
                "cloud_id",
                text("The app's Cloud ID. A change is a replacement.").required(),
            )
            .attribute("description", text("For people.").optional());
        Schema { version: 0, block }
    }

    fn effects(&self) -> Effects {
        Effects::None
    }

    fn force_new(&self) -> &'static [&'static str] {
        &["id", "cloud_id"]
    }

    fn validate(&self, request: &ValidateRequest) -> Diagnostics {
        rules::network(&request.config)
    }

    fn create<'a>(&'a self, _: &'a Client, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::is(request.planned)))
    }

    fn read<'a>(&'a self, _: &'a Client, request: ReadRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::is(request.state)))
    }

    fn update<'a>(&'a self, _: &'a Client, request: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::is(request.planned)))
    }

    fn delete<'a>(&'a self, _: &'a Client, _: ApplyRequest) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::gone()))
    }

    fn import<'a>(
        &'a self,
        _: &'a Client,
        request: ImportRequest,
    ) -> BoxFuture<'a, ImportResponse> {
        let response = match request.id.split_once('/') {
            Some((cloud_id, id)) if !cloud_id.is_empty() && !id.is_empty() => {
                imported(&json!({"cloud_id": cloud_id, "id": id}))
            }
            _ => failed(Diagnostic::error(
                "Invalid Import Id",
                "A network is imported as `CLOUDID/NetworkID`.",
            )),
        };
        Box::pin(std::future::ready(response))
    }
}
