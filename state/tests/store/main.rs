//! The store's behaviour, through its public surface.

#![expect(
    clippy::unwrap_used,
    reason = "what a helper of a test cannot do must fail that test"
)]

mod crash;
mod damage;
mod history;
mod integrity;
mod journal;
mod keys;
mod locking;
mod rows;
mod secrets;
mod support;
