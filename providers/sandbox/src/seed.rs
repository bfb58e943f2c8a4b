//! The state that every new data directory starts with: one tenant a vendor.
//!
//! It must not touch a vendor that has objects already.

use crate::store::StoreError;
use crate::world::World;
use crate::{acrobits, chatapp, digitalchannels, genesyscloud, sinchcontactpro, sinchconversation};

type Plant = fn(&mut World) -> Result<(), StoreError>;

/// Every vendor and what plants its objects.
const VENDORS: &[(&str, Plant)] = &[
    (genesyscloud::VENDOR, genesyscloud::seed::plant),
    (digitalchannels::VENDOR, digitalchannels::seed::plant),
    (sinchcontactpro::VENDOR, sinchcontactpro::seed::plant),
    (chatapp::VENDOR, chatapp::seed::plant),
    (acrobits::VENDOR, acrobits::seed::plant),
    (sinchconversation::VENDOR, sinchconversation::seed::plant),
];

/// Whether there is such a vendor.
pub(crate) fn is_vendor(name: &str) -> bool {
    VENDORS.iter().any(|(vendor, _)| *vendor == name)
}

/// Writes the seeded objects of every vendor.
pub(crate) fn plant(world: &mut World) -> Result<(), StoreError> {
    VENDORS.iter().try_for_each(|(_, plant)| plant(world))
}

/// Writes those of the vendors without any object: a new directory has none, an older one may lack some.
pub(crate) fn plant_missing(world: &mut World) -> Result<(), StoreError> {
    let there = world.store.counts()?;
    for (vendor, plant) in VENDORS {
        if !there.iter().any(|(v, _, _)| v == vendor) {
            plant(world)?;
        }
    }
    Ok(())
}
