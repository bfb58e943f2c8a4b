//! Trunkline: configuration of messaging and contact-centre platforms, planned, reviewed and applied.
//!
//! The pipeline, and what is handed on:
//! 1. [`config`] reads `.tf` files into a [`config::Config`]: modules with places, nothing evaluated
//!    ([`lang`] has the syntax tree, and evaluates expressions to values).
//! 2. [`graph`] makes a [`graph::config_graph::ConfigGraph`] of it and of the addresses in the state.
//! 3. [`plan`] turns prior state, configuration and provider answers into a [`plan::Plan`], a plain value.
//! 4. [`apply`] runs a plan: journal, provider call, settle. The only concurrency over effects.
//! 5. [`report`] shows plans, events and state as text and JSON; pure functions.
//! 6. [`project`] strings these together for a directory; [`cli`] is its front end on the command line, and
//!    [`testing`] runs the tests of a configuration.

pub mod action;
pub mod address;
pub mod apply;
pub mod cli;
pub mod config;
pub mod event;
pub mod graph;
pub mod lang;
pub mod lookup;
pub mod plan;
pub mod product;
pub mod project;
pub mod rare;
pub mod registry;
pub mod report;
pub mod testing;
