//! Graphs: a generic acyclic graph with its ready-queue, and the graph of a configuration.
//!
//! Knows what depends on what; never what a resource does.

pub mod build;
pub mod config_graph;
mod cycle;
pub mod dag;
pub mod queue;
