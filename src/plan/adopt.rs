//! Adoption: an object that is wanted and exists already, by its natural key, is imported instead of made a second
//! time.
//!
//! Only where `trunkline.hcl` says so for the type. It reads, and changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_api::coerce::{apply_sensitive_marks, null_object};
use trunkline_api::diagnostic::has_errors;
use trunkline_api::objchange::proposed_new;
use trunkline_api::provider::ReconcileRequest;
use trunkline_api::{Diagnostic, Diagnostics, Value};

use super::instance::{Input, Wanted, ask, read_again};
use super::model::{PlanMode, ResourceChange};
use super::prior::mark_paths;
use crate::address::Address;
use crate::config::own::Pattern;
use crate::event::Listener;

/// An object to adopt.
pub(super) struct Adopted {
    /// Its id.
    pub id: String,
    /// What it is, and what the provider keeps for itself.
    pub object: (Value, Arc<[u8]>),
}

/// Looks for the one object with the natural key of what is wanted.
pub(super) async fn object(
    input: &Input,
    listener: &dyn Listener,
) -> Result<Option<Adopted>, Diagnostics> {
    let (Some(claimed), Wanted::Configured(wanted)) = (&input.adopt, &input.wanted) else {
        return Ok(None);
    };
    let ready = input.mode == PlanMode::Normal
        && input.slot.configured
        && input.deposed.is_none()
        && wanted.config.is_wholly_known();
    if !ready {
        return Ok(None);
    }
    let none = null_object(&input.schema.block);
    let proposed = proposed_new(&input.schema.block, &none, &wanted.config);
    let asked = ask(input, &none, proposed, &wanted.config, &Arc::from([])).await;
    if has_errors(&asked.diagnostics) {
        // It is told when the create is planned.
        return Ok(None);
    }
    let request = ReconcileRequest {
        type_name: input.address.resource.type_name.clone(),
        planned: asked.planned,
        known_ids: claimed.to_vec(),
        private: asked.private,
        adopting: true,
    };
    let response = input.slot.serving(&input.address).reconcile(request).await;
    if has_errors(&response.diagnostics) {
        return Err(response.diagnostics);
    }
    let shown = |state: &Value| {
        let id = state.attr("id").and_then(Value::as_str);
        id.unwrap_or("its natural key").to_owned()
    };
    match response.found.as_slice() {
        [] => Ok(None),
        [one] => {
            // It is said in the words of the configuration, so it is marked as that is.
            let state = apply_sensitive_marks(&one.state, &input.schema.block);
            let state = mark_paths(&state, &wanted.marks);
            let ((state, private), problems) =
                read_again(input, &state, &one.private, listener).await;
            if has_errors(&problems) {
                return Err(problems);
            }
            Ok((!state.is_null()).then(|| Adopted {
                id: shown(&state),
                object: (state, private),
            }))
        }
        many => {
            let ids: Vec<String> = many.iter().map(|r| shown(&r.state)).collect();
            Err(vec![Diagnostic::error(
                "More than one object to adopt",
                format!(
                    "trunkline.hcl says that {} is adopted where it exists, and more than one object has its natural key: {}. Import one of them with an import block.",
                    input.address,
                    ids.join(", ")
                ),
            )])
        }
    }
}

/// What is wrong where two instances would adopt one object.
#[must_use]
pub fn twice(adopting: &[Pattern], changes: &[ResourceChange]) -> Diagnostics {
    let mut seen: BTreeMap<(&str, &str, &str), &Address> = BTreeMap::new();
    let mut found = Vec::new();
    for change in changes {
        let Some(id) = &change.details.importing else {
            continue;
        };
        let address = &change.address;
        if !adopting
            .iter()
            .any(|p| p.covers(&address.resource.type_name))
        {
            continue;
        }
        let key = (&*change.provider, &*address.resource.type_name, id.as_str());
        if let Some(first) = seen.insert(key, address) {
            found.push(Diagnostic::error(
                "One object for two resources",
                format!("{first} and {address} would both take over the object with the id {id:?}. Declare it once."),
            ));
        }
    }
    found
}
