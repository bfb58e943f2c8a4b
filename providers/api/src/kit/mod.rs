//! The resource kit: lets a vendor resource be one file of schema and calls.
//!
//! - [`Resource`] and [`DataSource`]: what one type says and does, written by the vendor's crate.
//! - [`Vendor`]: the lists of them and how a client is made from the provider block.
//! - [`VendorProvider`]: all that as a [`crate::Provider`].
//! - [`Draft`]: the plan of one object, made by the kit and finished by the resource's hook.
//! - [`rules`]: how what is checked offline is reported; [`declared`]: the objects that rules between objects look at.
//! - [`attrs`]: reading and building values by attribute name.
//!
//! The kit handles once: defaults, what is unknown on create, replacement by attribute, write-only
//! values, create/update/delete dispatch, private data, unknown type names, the shape of what a
//! resource returns, and what an import takes from the configuration. It does no I/O and knows no vendor.

pub mod attrs;
pub mod declared;
mod draft;
mod outcome;
mod resource;
pub mod rules;
#[cfg(test)]
mod tests;
mod vendor;
mod words;

pub use draft::{Action, Draft};
pub use outcome::Outcome;
pub use resource::{DataSource, Resource, import_as};
pub use vendor::{Vendor, VendorProvider};
