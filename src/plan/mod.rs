//! Planning: prior state, configuration and provider answers become a [`model::Plan`].
//!
//! 1. [`prior`] decodes the state's rows ([`prior_instances`], [`prior_dependencies`]);
//! 2. [`moves`] takes it to new addresses ([`moves_check`], [`removed`]);
//! 3. [`evaluate`] gives values to the objects of the configuration ([`values`], [`scope`], [`block`], [`expand`]);
//! 4. [`walk`] goes through the graph and plans every instance ([`instance`], [`triggers`], [`providers`]);
//!    with the conditions of each ([`conditions`], [`checks`]); [`said`] keeps it from saying a thing twice;
//! 5. [`windows`] marks the changes that a change window holds;
//! 6. [`cause`] says why what is planned changes ([`relevant`]);
//! 7. [`renames`] tells what looks renamed in a plan, [`between`] what lies between two plans;
//! 8. [`validate`] checks a configuration without any of it ([`origin`]);
//!
//! It must not change anything, anywhere.

pub mod adopt;
pub mod between;
pub mod block;
pub mod cause;
pub mod checks;
pub mod checks_codec;
pub mod codec;
pub mod compare;
pub mod conditions;
pub mod depends_on;
pub mod discover;
pub mod ephemeral;
pub mod evaluate;
pub mod expand;
pub mod generate;
pub mod hidden;
pub mod import;
pub mod instance;
pub mod leases;
pub mod model;
pub mod moves;
pub mod moves_check;
pub mod origin;
pub mod prior;
pub mod prior_dependencies;
pub mod prior_instances;
pub mod providers;
pub mod provisioner;
pub mod relevant;
pub mod removed;
pub mod renames;
pub mod said;
pub mod scope;
pub mod targets;
pub mod triggers;
pub mod validate;
pub mod values;
pub mod walk;
pub mod windows;

pub use model::*;
