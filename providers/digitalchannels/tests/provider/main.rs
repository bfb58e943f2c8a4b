//! The provider against a scripted Digital Channels, through the boundary that the engine uses.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api_keys;
mod custom_headers;
mod engine;
mod nexus;
mod rehearsal;
mod sender_ids;
mod services;
