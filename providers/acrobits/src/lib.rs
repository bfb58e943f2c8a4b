//! Acrobits Turnkey Messaging: the documents and endpoints that a customer hosts for a Cloud Softphone app.
//!
//! - [`provider`] makes the provider; `settings` is its block, `client` what publishes and asks.
//! - The vendor has no interface for configuration: `app`, `network`, `user` and `contact` are declarations that are
//!   rendered (`render/`); `contact_list` and `provisioning_set` are published (`publish/`) to a directory, by HTTP PUT
//!   or to an S3-compatible bucket; `check/` verifies live endpoints, `firewall` renders an allowlist.
//! - `rules/`: what can be checked offline, each rule with its number (AC01…AC32).
//!
//! What nobody has published is marked `[assumed]` where it is used. This crate knows neither the engine nor the state.

mod app;
mod check;
mod client;
mod contact;
mod contact_list;
mod firewall;
mod guide;
mod network;
mod provisioning_set;
mod publish;
mod render;
mod rules;
mod settings;
mod template;
mod user;

use std::sync::Arc;

use jiff::Timestamp;
use trunkline_api::kit::{DataSource, Resource, Vendor, VendorProvider};
use trunkline_api::provider::{ConfigureRequest, DeclaredObject};
use trunkline_api::{BoxFuture, Diagnostics, Schema, Value};

pub use client::Client;
use publish::resource::Published;
pub use settings::environment;

/// Tells the time.
pub(crate) type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The provider, not yet configured. `now` tells the time, for signatures and for when something was published.
#[must_use]
pub fn provider(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> VendorProvider<Acrobits> {
    VendorProvider::new(Acrobits { now: Arc::new(now) })
}

/// The vendor.
pub struct Acrobits {
    now: Clock,
}

impl Vendor for Acrobits {
    type Client = Client;

    fn schema(&self) -> Schema {
        settings::schema()
    }

    fn guide(&self) -> &'static trunkline_api::Guide {
        &guide::GUIDE
    }

    fn resources(&self) -> Vec<Box<dyn Resource<Client>>> {
        vec![
            Box::new(app::App),
            Box::new(contact::Contact),
            Box::new(Published(contact_list::ContactList)),
            Box::new(network::Network),
            Box::new(Published(provisioning_set::ProvisioningSet)),
            Box::new(user::User),
        ]
    }

    fn data_sources(&self) -> Vec<Box<dyn DataSource<Client>>> {
        vec![
            Box::new(check::EndpointCheck),
            Box::new(firewall::FirewallSnippet),
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
        let client = Client::new(&request, self.now.clone());
        Box::pin(async move { Ok((client?, Vec::new())) })
    }
}
