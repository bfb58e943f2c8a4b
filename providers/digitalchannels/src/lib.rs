//! Genesys Digital Channels ("Nexus") of Multicloud CX: services, API keys and sender ids for SMS.
//!
//! - [`provider`] makes the provider; [`environment`] names the variables that it reads.
//! - `services/`, `api_key/`, `sender_id/`, `provider_options.rs`: the resource types; `data/`: the data sources.
//! - `rules/`: the offline rules DC01–DC33, a function each.
//! - `settings.rs`, `routes.rs`, `api.rs`, `envelope.rs`: the provider block, the table of calls, sending, and judging
//!   answers. `options/`: the options of the transaction `NexusServices` and their back-ends.
//!
//! What the vendor's page says is tagged `[seed]` in the comments, other public sources `[public]`, and what nobody
//! documents `[assumed]`; the assumed calls can be replaced by the provider argument `routes`.
//! This crate knows nothing of the engine or its state.

mod api;
mod api_key;
mod data;
mod envelope;
mod guide;
mod names;
mod options;
mod provider_options;
mod routes;
mod rules;
mod sender_id;
mod services;
mod settings;
mod tenant;
mod values;
mod vendor;

pub use settings::environment;
pub use vendor::{DigitalChannels, provider};
