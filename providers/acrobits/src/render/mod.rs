//! Documents as the vendor's pages show them: contacts as JSON, accounts as XML, and the vendor's sample service as CSV.
//!
//! Pure: texts from values and back. It publishes nothing and judges nothing.

pub(crate) mod account;
pub(crate) mod contact;
pub(crate) mod csv;
pub(crate) mod xml;
