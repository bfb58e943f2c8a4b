//! Settling what an earlier process left open, before anything is planned on it.
//!
//! It asks; what became of an operation is found out by [`super::Settle`].

use super::{Unsettled, Walk};
use crate::plan::prior::{PriorInstances, PriorState, id_of};
use crate::plan::providers::Slot;
use std::sync::Arc;
use trunkline_api::diagnostic::has_errors;
use trunkline_api::{Diagnostic, Schema};
use trunkline_state::Intent;

impl<'a, 'r> Walk<'a, 'r> {
    /// Settles what earlier processes left open. False when that failed.
    pub(super) async fn settle(
        &mut self,
        slot: &Slot,
        schema: &Arc<Schema>,
        prior: &mut PriorInstances,
    ) -> bool {
        let before = self.diagnostics.len();
        for (address, found) in prior.iter_mut() {
            for (deposed, intent) in found.take_intents() {
                let (Some(settle), true) = (self.sources.settle, slot.configured) else {
                    self.diagnostics.push(Diagnostic::warning(
                        "Unfinished operation",
                        format!("An earlier process ended while it was about to {} {address}, and what became of it is not known yet. The next apply finds out.", intent.operation.action),
                    ).about(address.to_string()));
                    continue;
                };
                let row = match deposed.as_str() {
                    "" => found.current.clone(),
                    key => found.deposed().get(key).cloned(),
                };
                let claimed = claimed_ids(&self.prior, &address.resource.type_name, &intent);
                let unsettled = Unsettled {
                    address: address.clone(),
                    intent,
                    slot: slot.clone(),
                    schema: schema.clone(),
                    row: row.map(Arc::unwrap_or_clone),
                    claimed,
                };
                match settle.settle(unsettled).await {
                    Ok((row, problems)) => {
                        self.diagnostics.extend(problems);
                        let row = row.map(Arc::new);
                        found.put(&deposed, row.clone());
                        // What it has is nobody else's: the next that is settled may look for an object that is alike.
                        let known = self.prior.resources.entry(address.config().clone());
                        let known = known.or_default().instance(address.clone());
                        known.put(&deposed, row);
                    }
                    Err(problems) => self.diagnostics.extend(problems),
                }
            }
        }
        !has_errors(&self.diagnostics[before..])
    }
}

/// The ids of rows of a type, those of operations that are settled included.
fn claimed_ids(prior: &PriorState, type_name: &str, except: &Intent) -> Vec<String> {
    let mut ids: Vec<String> = prior
        .rows_of(type_name)
        .filter(|row| row.key != except.operation.key)
        .filter_map(id_of)
        .collect();
    ids.sort();
    ids
}
