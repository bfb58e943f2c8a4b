//! The state that every new data directory starts with: one organisation and one tenant.
//!
//! It must not be called on a data directory that has objects already.

use crate::store::StoreError;
use crate::world::World;
use crate::{digitalchannels, genesyscloud};

/// Writes the seeded objects of every vendor.
pub(crate) fn plant(world: &mut World) -> Result<(), StoreError> {
    genesyscloud::seed::plant(world)?;
    digitalchannels::seed::plant(world)
}
