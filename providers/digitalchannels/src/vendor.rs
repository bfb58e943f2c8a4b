//! The provider: its lists of resources and data sources, its rules, and how it is configured.
//!
//! No network is used before the first call of a resource or data source.

use std::sync::Arc;

use jiff::Timestamp;
use trunkline_api::kit::{DataSource, Resource, Vendor, VendorProvider};
use trunkline_api::provider::{ConfigureRequest, DeclaredObject};
use trunkline_api::{BoxFuture, Diagnostics, Schema, Value};
use trunkline_http::Rest;

use crate::api::Api;
use crate::api_key::ApiKey;
use crate::data::{ApiKeyData, ContactCenter, Webhooks};
use crate::provider_options::ProviderOptions;
use crate::rules::{self, Clock};
use crate::sender_id::SenderId;
use crate::services::{KINDS, resource::Service};
use crate::settings::{self, Manual, Settings};

/// Genesys Digital Channels.
pub struct DigitalChannels {
    now: Clock,
    manual: Manual,
}

/// The provider, not yet configured. `now` tells the time, for the rule that a key does not expire in the past.
#[must_use]
pub fn provider(
    now: impl Fn() -> Timestamp + Send + Sync + 'static,
) -> VendorProvider<DigitalChannels> {
    VendorProvider::new(DigitalChannels {
        now: Arc::new(now),
        manual: Manual::default(),
    })
}

impl Vendor for DigitalChannels {
    type Client = Api;

    fn schema(&self) -> Schema {
        settings::schema()
    }

    fn guide(&self) -> &'static trunkline_api::Guide {
        &crate::guide::GUIDE
    }

    fn resources(&self) -> Vec<Box<dyn Resource<Api>>> {
        let now = || self.now.clone();
        let manual = || self.manual.clone();
        let services = KINDS
            .iter()
            .map(|kind| Box::new(Rest(Service { kind, now: now() })) as Box<dyn Resource<Api>>);
        let mut all: Vec<Box<dyn Resource<Api>>> = services.collect();
        all.push(Box::new(Rest(ApiKey { now: now() })));
        all.push(Box::new(Rest(SenderId {
            now: now(),
            manual: manual(),
        })));
        all.push(Box::new(Rest(ProviderOptions {
            now: now(),
            manual: manual(),
        })));
        all
    }

    fn data_sources(&self) -> Vec<Box<dyn DataSource<Api>>> {
        vec![
            Box::new(Webhooks),
            Box::new(ApiKeyData),
            Box::new(ContactCenter),
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
    ) -> BoxFuture<'_, Result<(Api, Diagnostics), Diagnostics>> {
        Box::pin(async move {
            let settings = Settings::read(&request)?;
            self.manual.set(&settings);
            Ok((Api::new(settings, &request.world)?, Vec::new()))
        })
    }
}
