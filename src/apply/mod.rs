//! Running a plan: journal, provider call, settle.
//!
//! 1. [`order`] makes the graph of steps: what is destroyed when, beside what is evaluated and made;
//! 2. [`walk`] goes through it, the only concurrency over effects: one task drives every call;
//! 3. [`step`] does one change: an intent is on the disk before the call, and its removal and the result are
//!    one transaction after it ([`journal`]), unless a change window holds the change now ([`gate`]);
//! 4. [`provision`] runs the provisioners of an object after it is made or before it is destroyed;
//! 5. [`settle`] finds out what became of an operation whose process died.
//!
//! It must not decide anew what is to be done; it may only refuse when the world has moved.

pub mod gate;
pub mod journal;
pub mod order;
pub mod provision;
pub mod settle;
pub mod step;
pub mod walk;
