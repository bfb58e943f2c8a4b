//! Planning: prior state, configuration and provider answers become a [`model::Plan`].
//!
//! 1. [`prior`] decodes the state's rows;
//! 2. [`evaluate`] gives values to the objects of the configuration ([`values`], [`scope`], [`block`], [`expand`]);
//! 3. [`walk`] goes through the graph and plans every instance ([`instance`], [`triggers`], [`providers`]);
//! 4. [`validate`] checks a configuration without any of it ([`origin`]);
//!
//! It must not change anything, anywhere.

pub mod block;
pub mod codec;
pub mod evaluate;
pub mod expand;
pub mod instance;
pub mod model;
pub mod origin;
pub mod prior;
pub mod providers;
pub mod provisioner;
pub mod scope;
pub mod targets;
pub mod triggers;
pub mod validate;
pub mod values;
pub mod walk;

pub use model::*;
