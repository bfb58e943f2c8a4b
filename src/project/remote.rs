//! Outputs of other configurations' states, for `terraform_remote_state`.
//!
//! A state file is read as it lies there; where there is none, the store beside it is. Nothing is changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use trunkline_api::{Diagnostics, Value};
use trunkline_state::{KeySource, OpenOptions, Output, Stamp, Store};

use super::backend::store_beside;
use super::{state_error, takeover, tfstate};
use crate::plan::prior::decode_output;

/// The outputs of the state at `file`; `None` where there is none.
pub fn outputs(
    file: &Path,
    stamp: Stamp,
    keys: &KeySource,
) -> Result<Option<BTreeMap<Arc<str>, Value>>, Diagnostics> {
    match std::fs::read(file) {
        Ok(bytes) if bytes.is_empty() || takeover::is_marker(&bytes) => {}
        Ok(bytes) => {
            let document = tfstate::read(&bytes).map_err(|problems| {
                let problems = problems.into_iter();
                problems
                    .map(trunkline_api::Diagnostic::about_nothing)
                    .collect::<Diagnostics>()
            })?;
            return values(&document.outputs).map(Some);
        }
        Err(_) => {}
    }
    let Some(path) = store(file, stamp) else {
        return Ok(None);
    };
    let store = Store::open(OpenOptions {
        path,
        stamp,
        keys: keys.clone(),
        create: false,
        lineage: None,
    })
    .map_err(|e| state_error(&e))?;
    let snapshot = store.snapshot().map_err(|e| state_error(&e))?;
    match super::edit::is_pristine(&snapshot) {
        true => Ok(None),
        false => values(&snapshot.outputs).map(Some),
    }
}

/// The store of the state at `file`, if there is one. A rehearsal reads rehearsals only.
fn store(file: &Path, stamp: Stamp) -> Option<PathBuf> {
    let beside = store_beside(file);
    let store = match stamp {
        Stamp::Live => beside,
        Stamp::Sandbox => file
            .parent()
            .unwrap_or(Path::new(""))
            .join(".trunkline/sandbox/trunkline.db"),
    };
    store.exists().then_some(store)
}

/// Values without marks: what the other configuration calls sensitive is for this one to say again.
fn values(outputs: &[Output]) -> Result<BTreeMap<Arc<str>, Value>, Diagnostics> {
    let decoded = outputs.iter().map(|output| {
        let (name, output) = decode_output(output).map_err(|d| vec![d])?;
        Ok((name, output.value.unmark_deep().0))
    });
    decoded.collect()
}
