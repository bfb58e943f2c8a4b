//! The digest of a plan: two plans that do the same have the same one.
//!
//! It covers addresses, actions and values (keyed, since values may be secrets); not times, paths, versions of rows
//! or the machine. The key follows from the state's, so that checkouts that have one key have one digest, a first plan
//! included, where each makes a store of its own.

use serde_json::{Value as Json, json};
use trunkline_state::Store;

use super::saved::{action_name, mode_name};
use crate::plan::codec::{encode, encode_path};
use crate::plan::{Action, OutputChange, Plan, ResourceChange};

/// The digest, 64 hexadecimal digits.
#[must_use]
pub fn digest(plan: &Plan, store: &Store) -> String {
    store.common_fingerprint(content(plan).to_string().as_bytes())
}

/// What a plan does.
fn content(plan: &Plan) -> Json {
    let acts = |c: &&ResourceChange| {
        c.action != Action::NoOp || c.previous_address.is_some() || c.importing.is_some()
    };
    let change = |c: &ResourceChange| {
        json!([
            c.address.to_string(),
            c.deposed,
            c.previous_address.as_ref().map(ToString::to_string),
            &*c.provider,
            action_name(c.action),
            encode(&c.before),
            encode(&c.after),
            c.replace_paths.iter().map(encode_path).collect::<Vec<_>>(),
            c.importing,
        ])
    };
    let output = |o: &OutputChange| {
        json!([
            &*o.name,
            o.sensitive,
            action_name(o.action),
            encode(&o.before),
            encode(&o.after)
        ])
    };
    let outputs = plan.outputs.iter().filter(|o| o.action != Action::NoOp);
    json!({
        "mode": mode_name(plan.mode),
        "changes": plan.changes.iter().filter(acts).map(change).collect::<Vec<_>>(),
        "outputs": outputs.map(output).collect::<Vec<_>>(),
        "drift": plan.drift.iter().filter(|d| d.relevant || plan.mode == crate::plan::PlanMode::RefreshOnly)
            .map(|d| json!([d.address.to_string(), encode(&d.after)])).collect::<Vec<_>>(),
    })
}
