//! Everything that people and programs read: plans, events, state and problems as text and JSON.
//!
//! Each function here is pure: values in, text out. Nothing reads state, calls a provider, looks at the
//! clock or asks the terminal anything; width and colour are told.

use trunkline_api::Schema;

use crate::address::Mode;

pub mod annotations;
pub mod compare_text;
pub mod diagnostic_text;
pub mod diff;
pub mod document;
pub mod events;
pub mod graph_dot;
pub mod graph_objects;
pub mod graph_operation;
mod graph_sketch;
pub mod history_text;
pub mod json;
pub mod junit;
pub mod mask;
pub mod modules_text;
mod pieces;
pub mod plan_text;
pub mod provider_page;
pub mod providers_text;
pub mod quote;
pub mod review_text;
pub mod snippet;
pub mod state_text;
pub mod style;
pub mod test_text;
#[cfg(test)]
pub(crate) mod testing;
pub mod text_table;
pub mod value_text;
pub mod wrap;

pub use diagnostic_text::{SourceText, render_diagnostic, render_diagnostics};
pub use events::Event;
pub use plan_text::{render_plan, write_plan};
pub use style::Style;

/// Where renderers find the schema of a resource.
pub trait Schemas {
    /// The schema of `type_name`, served by the provider with that source address.
    fn resource(&self, provider_source: &str, mode: Mode, type_name: &str) -> Option<&Schema>;
}
