//! Destroying an object, or dropping it from the state.
//!
//! Whether and when is decided elsewhere.

use std::sync::Arc;

use trunkline_api::coerce::null_object;
use trunkline_api::diagnostic::has_errors;
use trunkline_api::provider::{ApplyRequest, Effects};
use trunkline_api::{Provider, Schema};
use trunkline_state::{Change, RowName};

use super::{Made, Told, Tools, failed};
use crate::apply::journal::{Begun, Operation};
use crate::plan::providers::Slot;
use crate::plan::{Action, ResourceChange};

/// A destroy that has begun: its provisioners run before the provider is asked.
pub struct Destroying<'a> {
    told: Told,
    change: &'a ResourceChange,
    provider: Arc<dyn Provider>,
    schema: Arc<Schema>,
    key: RowName,
    intent: Option<Begun>,
}

/// Destroys an object, or drops it from the state. `deposed` is the key of the row, if it is a deposed object.
pub async fn destroy(
    change: &ResourceChange,
    slot: &Slot,
    schema: Arc<Schema>,
    deposed: Option<String>,
    tools: &Tools,
) -> Made {
    if change.action == Action::Forget || change.before.is_null() {
        let key = row_name(change, deposed);
        tools.journal.batch("forget", Change::Delete(key));
        return failed(change, Vec::new(), null_object(&schema.block));
    }
    match begin_destroy(change, slot, schema, deposed, false, tools).await {
        Ok(destroying) => end_destroy(destroying, tools).await,
        Err(made) => *made,
    }
}

fn row_name(change: &ResourceChange, deposed: Option<String>) -> RowName {
    RowName {
        address: change.address.to_string(),
        deposed,
    }
}

/// Begins to destroy an object: told, and an intent on the disk where there is an effect outside. Provisioners
/// are one.
pub async fn begin_destroy<'a>(
    change: &'a ResourceChange,
    slot: &Slot,
    schema: Arc<Schema>,
    deposed: Option<String>,
    provisioned: bool,
    tools: &Tools,
) -> Result<Destroying<'a>, Box<Made>> {
    if let Some(waits) = tools.gate.closed(change, &tools.journal) {
        let before = change.before.clone();
        return Err(Box::new(failed(change, vec![waits], before)));
    }
    let none = null_object(&schema.block);
    let told = Told::start(
        change,
        deposed.clone(),
        Action::Delete,
        &change.before,
        tools,
    );
    let key = row_name(change, deposed);
    let type_name = &change.address.resource.type_name;
    let provider = slot.serving(&change.address);
    let intent = match provider.effects(type_name) {
        Effects::None if !provisioned => None,
        _ => {
            let operation = Operation {
                key: key.clone(),
                action: "delete",
                provider: &slot.address,
                type_name,
                planned: &none,
                private: &change.private,
                dependencies: &change.dependencies,
                create_before_destroy: change.create_before_destroy,
            };
            match tools.journal.begin(operation, Vec::new()).await {
                Ok(begun) => Some(begun),
                Err(problem) => {
                    told.end(false, &none);
                    let before = change.before.clone();
                    return Err(Box::new(failed(change, vec![problem], before)));
                }
            }
        }
    };
    Ok(Destroying {
        told,
        change,
        provider,
        schema,
        key,
        intent,
    })
}

/// Gives up a destroy that has begun, before the provider was asked.
pub async fn leave_destroy(destroying: Destroying<'_>, tools: &Tools) -> Made {
    let none = null_object(&destroying.schema.block);
    let settled = match destroying.intent {
        Some(begun) => tools.journal.settle(begun, Vec::new()).await,
        None => Ok(()),
    };
    destroying.told.end(false, &none);
    let change = destroying.change;
    let problems = settled.err().into_iter().collect();
    failed(change, problems, change.before.clone())
}

/// Destroys an object whose destroy has begun.
pub async fn end_destroy(destroying: Destroying<'_>, tools: &Tools) -> Made {
    let Destroying {
        told,
        change,
        provider,
        schema,
        key,
        intent,
    } = destroying;
    let none = null_object(&schema.block);
    let request = ApplyRequest {
        type_name: change.address.resource.type_name.clone(),
        prior: change.before.clone().unmark_deep().0,
        planned: none.clone(),
        config: none.clone(),
        private: change.private.clone(),
        operation_id: intent
            .as_ref()
            .map_or_else(String::new, |b| b.operation_id.clone()),
        address: change.address.to_string(),
        sensitive: Vec::new(),
    };
    let mut response = provider.apply(request).await;
    let well = !has_errors(&response.diagnostics);
    let mut changes = Vec::new();
    if response.state.is_null() && well {
        changes.push(Change::Delete(key));
    }
    let recorded = match intent {
        Some(_) if response.unsettled => Ok(()),
        Some(begun) => tools.journal.settle(begun, changes).await,
        None => {
            for change in changes {
                tools.journal.batch("delete", change);
            }
            Ok(())
        }
    };
    response.diagnostics.extend(recorded.err());
    told.end(!has_errors(&response.diagnostics), &none);
    let value = if well { none } else { change.before.clone() };
    failed(change, response.diagnostics, value)
}
