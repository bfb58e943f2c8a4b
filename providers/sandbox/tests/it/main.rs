//! The sandbox through real HTTP: what it refuses, what it remembers, what it loses on demand.
//!
//! One binary; every file one subject. Nothing here may look into the crate.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod acrobits;
mod chatapp;
mod chatapp_templates;
mod consistency;
mod contact_pro;
mod conversation;
mod faults;
mod files;
mod rig;
mod scenario;
mod sign;
mod strict_channels;
mod strict_genesys;
