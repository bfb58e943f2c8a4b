//! Sinch: apps and webhooks of the Conversation API, numbers of the Numbers API, service plans of the SMS API.
//!
//! - [`provider`] makes the provider; `settings` is its block, `client` what talks to the services.
//! - One file a resource type or data source, named for it; `channels` is the credentials of an app's channels.
//! - `rules`: what can be checked offline, each rule with its number (SC-01…).
//!
//! Facts come from the vendor's published contracts; what nobody states is marked `[assumed]` where it is used.
//! This crate knows neither the engine nor the state.

mod app;
mod channels;
mod client;
mod guide;
mod json;
mod number;
mod number_callbacks;
mod numbers;
mod rules;
mod service_plan;
mod settings;
mod webhook;

use trunkline_api::kit::{DataSource, Resource, Vendor, VendorProvider};
use trunkline_api::provider::{ConfigureRequest, DeclaredObject};
use trunkline_api::{BoxFuture, Diagnostics, Schema, Value};
use trunkline_http::Rest;

pub use client::Client;
pub use settings::environment;

/// The provider, not yet configured.
#[must_use]
pub fn provider() -> VendorProvider<SinchConversation> {
    VendorProvider::new(SinchConversation)
}

/// The vendor.
#[derive(Debug)]
pub struct SinchConversation;

impl Vendor for SinchConversation {
    type Client = Client;

    fn schema(&self) -> Schema {
        settings::schema()
    }

    fn guide(&self) -> &'static trunkline_api::Guide {
        &guide::GUIDE
    }

    fn resources(&self) -> Vec<Box<dyn Resource<Client>>> {
        vec![
            Box::new(Rest(app::App)),
            Box::new(Rest(number::Number)),
            Box::new(Rest(number_callbacks::NumberCallbacks)),
            Box::new(Rest(webhook::Webhook)),
        ]
    }

    fn data_sources(&self) -> Vec<Box<dyn DataSource<Client>>> {
        vec![
            Box::new(app::AppByName),
            Box::new(numbers::AvailableNumbers),
            Box::new(service_plan::ServicePlan),
        ]
    }

    fn validate_provider(&self, config: &Value) -> Diagnostics {
        rules::provider(config)
    }

    fn validate_all(&self, objects: &[DeclaredObject]) -> Diagnostics {
        rules::between(objects)
    }

    fn configure(
        &self,
        request: ConfigureRequest,
    ) -> BoxFuture<'_, Result<(Client, Diagnostics), Diagnostics>> {
        Box::pin(async move { Ok((Client::new(&request)?, Vec::new())) })
    }
}
