//! The documents that programs read: plans, states, schemas, outputs and problems as JSON in Terraform's
//! shapes. They carry secrets where Terraform's do, because their readers need them; `redact` leaves
//! them out.

pub mod checks;
pub mod configuration;
pub mod diagnostic;
pub mod history;
pub mod masks;
pub mod plan;
pub mod schema;
pub mod state;
pub mod stream;
pub mod test_stream;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value as Json};

/// The object with its fields in the order that Terraform writes them; others follow.
pub(crate) fn in_order(mut object: Map<String, Json>, keys: &[&str]) -> Json {
    let mut out = Map::new();
    for key in keys {
        if let Some((key, value)) = object.remove_entry(*key) {
            out.insert(key, value);
        }
    }
    out.extend(object);
    Json::Object(out)
}

pub use configuration::{ProviderFacts, configuration_json};
pub use diagnostic::{diagnostic_json, diagnostic_line, validate_json};
pub(super) use history::changes_json;
pub use history::{difference_json, run_json, runs_json};
pub use masks::{known_json, sensitive_mask, unknown_mask};
pub use plan::{PlanContext, plan_json};
pub use schema::{providers_schema_json, schema_json};
pub use state::{output_json, outputs_json, state_json};
pub use stream::{
    OutputNews, change_summary_line, drift_line, log_line, outputs_line, plan_lines,
    planned_change_line, planned_lines, version_line,
};
