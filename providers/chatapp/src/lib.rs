//! Alibaba Cloud Chat App Message Service: channels, webhooks, templates, and the service settings of the console.
//!
//! - [`provider`] makes the provider; `settings` is its block, `client` what talks to the service, `signature` its
//!   signature version 3, `operations` its table of calls.
//! - One file a resource type or data source, named for it; `template/` has the components of templates too.
//! - `manual`: the panels of the console that no public call reaches, done by hand and attested, or by calls that the
//!   provider block names.
//! - `rules`: what can be checked offline, each rule with its number (AL01…).
//!
//! Facts come from the vendor's page `[seed]` and its published contracts `[public]`; what nobody states is marked
//! `[assumed]` where it is used. This crate knows neither the engine nor the state.

mod account_webhook;
mod business_system;
mod channel;
mod client;
mod fallback;
mod guide;
mod intent;
mod json;
mod manual;
mod operations;
mod otp_scheduling;
mod phone_numbers;
mod phone_webhook;
mod rules;
mod settings;
mod signature;
mod sms_setting;
mod template;
mod templates;

use std::sync::Arc;

use trunkline_api::kit::{DataSource, Resource, Vendor, VendorProvider};
use trunkline_api::provider::{ConfigureRequest, DeclaredObject};
use trunkline_api::{BoxFuture, Diagnostics, Schema, Value};
use trunkline_http::Rest;

pub use client::Client;
pub use settings::environment;

/// The clock, for the times that are signed.
pub type Clock = fn() -> jiff::Timestamp;

/// Makes a text that is never the same again, for nonces.
pub type Nonces = Arc<dyn Fn() -> String + Send + Sync>;

/// The provider, not yet configured.
#[must_use]
pub fn provider(now: Clock, nonces: Nonces) -> VendorProvider<ChatApp> {
    VendorProvider::new(ChatApp { now, nonces })
}

/// The vendor.
pub struct ChatApp {
    now: Clock,
    nonces: Nonces,
}

impl Vendor for ChatApp {
    type Client = Client;

    fn schema(&self) -> Schema {
        settings::schema()
    }

    fn guide(&self) -> &'static trunkline_api::Guide {
        &guide::GUIDE
    }

    fn resources(&self) -> Vec<Box<dyn Resource<Client>>> {
        vec![
            Box::new(Rest(account_webhook::AccountWebhook)),
            Box::new(Rest(business_system::BusinessSystem)),
            Box::new(Rest(channel::Channel)),
            Box::new(Rest(intent::Intent)),
            Box::new(Rest(otp_scheduling::OtpScheduling)),
            Box::new(Rest(phone_webhook::PhoneWebhook)),
            Box::new(Rest(sms_setting::SmsSetting)),
            Box::new(Rest(template::Template)),
        ]
    }

    fn data_sources(&self) -> Vec<Box<dyn DataSource<Client>>> {
        vec![
            Box::new(channel::ChannelLookup),
            Box::new(fallback::Fallback),
            Box::new(phone_numbers::PhoneNumbers),
            Box::new(templates::Templates),
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
        let (now, nonces) = (self.now, self.nonces.clone());
        Box::pin(async move { Ok((Client::new(&request, now, nonces)?, Vec::new())) })
    }
}
