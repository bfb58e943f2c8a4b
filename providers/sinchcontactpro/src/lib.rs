//! Sinch Contact Pro: messaging services, external users, chat queues and their addresses.
//!
//! - [`provider`] makes the provider; `settings` is its block, `client` what talks to the Restful
//!   Configuration Interface (RCI), `session` the cloud's login.
//! - One file a resource type, named for it; `lookups` has the data sources.
//! - `rules`: what can be checked offline, each rule with its number (CP-01…).
//!
//! Facts come from the vendor's guide and the public documentation of RCI; what neither states is marked
//! `[assumed]` and can be set in the provider block. This crate knows neither the engine nor the state.

mod client;
mod guide;
mod lookups;
mod messaging_service;
mod names;
mod object;
mod queue;
mod queue_address;
mod right;
mod rules;
mod session;
mod settings;
mod user;

use trunkline_api::kit::{DataSource, Resource, Vendor, VendorProvider};
use trunkline_api::provider::{ConfigureRequest, DeclaredObject};
use trunkline_api::{BoxFuture, Diagnostics, Schema, Value};
use trunkline_http::Rest;

use client::Client;

/// The environment variables that this provider reads; see [`ConfigureRequest::environment`].
pub const ENVIRONMENT: &[&str] = &[
    "SINCHCONTACTPRO_BASE_URL",
    "SINCHCONTACTPRO_USERNAME",
    "SINCHCONTACTPRO_PASSWORD",
    "SINCHCONTACTPRO_API_KEY",
];

/// The provider, not yet configured.
#[must_use]
pub fn provider() -> VendorProvider<ContactPro> {
    VendorProvider::new(ContactPro)
}

/// The vendor.
#[derive(Debug)]
pub struct ContactPro;

impl Vendor for ContactPro {
    type Client = Connection;

    fn schema(&self) -> Schema {
        settings::schema()
    }

    fn guide(&self) -> &'static trunkline_api::Guide {
        &guide::GUIDE
    }

    fn resources(&self) -> Vec<Box<dyn Resource<Connection>>> {
        vec![
            Box::new(Rest(messaging_service::MessagingService)),
            Box::new(Rest(queue::Queue)),
            Box::new(Rest(queue_address::QueueAddress)),
            Box::new(Rest(right::MessagingServiceRight)),
            Box::new(Rest(user::User)),
        ]
    }

    fn data_sources(&self) -> Vec<Box<dyn DataSource<Connection>>> {
        lookups::all()
    }

    fn validate_provider(&self, config: &Value) -> Diagnostics {
        settings::validate(config)
    }

    fn validate_all(&self, objects: &[DeclaredObject]) -> Diagnostics {
        rules::between(objects)
    }

    fn configure(
        &self,
        request: ConfigureRequest,
    ) -> BoxFuture<'_, Result<(Connection, Diagnostics), Diagnostics>> {
        Box::pin(async move { Ok((Connection(Client::new(&request)?), Vec::new())) })
    }
}

/// A configured connection; opaque.
#[derive(Debug)]
pub struct Connection(Client);

impl std::ops::Deref for Connection {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.0
    }
}
