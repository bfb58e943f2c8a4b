//! Creating and updating an object.
//!
//! The provider is asked anew what it will do, because everything is known only now.

use std::sync::Arc;

use trunkline_api::coerce::{apply_sensitive_marks, null_object};
use trunkline_api::diagnostic::has_errors;
use trunkline_api::objchange::{assert_applied_matches, proposed_new};
use trunkline_api::provider::{ApplyRequest, ApplyResponse, Effects, PlanRequest, PlanResponse};
use trunkline_api::{Diagnostic, Diagnostics, Marks, Path, Schema, Value};
use trunkline_state::{Change, RowName};

use super::{Made, Told, Tools, current, failed, keep, old_row, row};
use crate::apply::journal::{Begun, Operation};
use crate::plan::instance::marks_of;
use crate::plan::prior::mark_paths;
use crate::plan::providers::Slot;
use crate::plan::{Action, ResourceChange};

/// An object that is made, and tainted until its provisioners have run.
pub struct Open {
    told: Told,
    schema: Arc<Schema>,
    private: Arc<[u8]>,
}

/// Creates or updates an object so that it is as `config`, which is wholly known. With `provisioned` a new object
/// is left open for its provisioners.
pub async fn make(
    change: &ResourceChange,
    slot: &Slot,
    schema: Arc<Schema>,
    config: Value,
    provisioned: bool,
    tools: &Tools,
) -> Made {
    let updating = change.action == Action::Update;
    let before = if updating {
        change.before.clone()
    } else {
        null_object(&schema.block)
    };
    let provider = slot.serving(&change.address);
    let type_name = &change.address.resource.type_name;
    if let Some(waits) = tools.gate.closed(change, &tools.journal) {
        return failed(change, vec![waits], before);
    }
    let marks = marks_of(&config);
    let config = config.unmark_deep().0;
    let prior = before.clone().unmark_deep().0;
    if !config.is_wholly_known() {
        let detail = format!(
            "The configuration of {} is not wholly known when it is applied. This is a bug in Trunkline, which should be reported.",
            change.address
        );
        return failed(
            change,
            vec![Diagnostic::error(
                "Configuration contains unknown value",
                detail,
            )],
            before,
        );
    }
    let asked = provider
        .plan(PlanRequest {
            type_name: type_name.clone(),
            proposed: proposed_new(&schema.block, &prior, &config),
            prior: prior.clone(),
            config: config.clone(),
            private: match updating {
                true => change.private.clone(),
                false => Arc::default(),
            },
        })
        .await;
    if has_errors(&asked.diagnostics) {
        return failed(change, asked.diagnostics, before);
    }
    if updating && is_as_wanted(change, &schema, &marks, &asked) {
        keep(change, &before, &schema, tools);
        return Made {
            idle: true,
            ..failed(change, asked.diagnostics, before)
        };
    }
    let action = if updating {
        Action::Update
    } else {
        Action::Create
    };
    let told = Told::start(change, change.deposed.clone(), action, &before, tools);
    let key = current(change);
    let effects = provider.effects(type_name);
    let begun = match begin(
        change,
        &key,
        slot,
        &schema,
        &asked.planned,
        &asked.private,
        effects,
        updating,
        tools,
    )
    .await
    {
        Ok(begun) => begun,
        Err(diagnostics) => {
            told.end(false, &before);
            return failed(change, diagnostics, before);
        }
    };
    let request = ApplyRequest {
        type_name: type_name.clone(),
        prior,
        planned: asked.planned.clone(),
        config,
        private: asked.private,
        operation_id: begun
            .intent
            .as_ref()
            .map_or_else(String::new, |b| b.operation_id.clone()),
        address: key.address.clone(),
        sensitive: sensitive_paths(&marks),
    };
    let deposed = begun.deposed.clone();
    let mut response = provider.apply(request).await;
    let mut well = !has_errors(&response.diagnostics);
    if well {
        let problems = inconsistent(change, slot, &schema, &asked.planned, &response.state);
        well = problems.is_empty();
        response.diagnostics.extend(problems);
    }
    let (value, recorded) = record(
        change,
        key,
        &schema,
        &marks,
        updating,
        Ending { well, provisioned },
        begun,
        &mut response,
        tools,
    )
    .await;
    response.diagnostics.extend(recorded.err());
    let well = !has_errors(&response.diagnostics);
    let open = if well && provisioned {
        let private = response.private.clone();
        Some(Open {
            told,
            schema,
            private,
        })
    } else {
        told.end(well, &value);
        None
    };
    let well = !has_errors(&response.diagnostics);
    let restored = || value.is_null() || value.same(&change.before);
    Made {
        deposed: deposed.filter(|_| well || !restored()),
        open,
        ..failed(change, response.diagnostics, value)
    }
}

/// Whether an update was planned only because not everything was known then, and the object is as it should be already.
/// What is never stored may have changed without being seen, and is sent.
fn is_as_wanted(
    change: &ResourceChange,
    schema: &Schema,
    marks: &[(Path, Marks)],
    asked: &PlanResponse,
) -> bool {
    if change.after.is_wholly_known()
        || change.tainted
        || asked.private != change.private
        || schema.block.writes_only()
    {
        return false;
    }
    let planned = apply_sensitive_marks(&asked.planned, &schema.block);
    mark_paths(&planned, marks) == change.before
}

/// Ends a create whose provisioners have run. When all went well the object is tainted no more.
pub async fn provisioned(
    change: &ResourceChange,
    value: &Value,
    open: Open,
    well: bool,
    tools: &Tools,
) -> Result<(), Diagnostic> {
    let mut result = Ok(());
    if well {
        let row = row(
            change,
            current(change),
            &open.schema,
            value,
            &open.private,
            false,
        );
        result = tools.journal.durably("create", Change::Put(row)).await;
    }
    open.told.end(well && result.is_ok(), value);
    result
}

/// Where values are sensitive.
fn sensitive_paths(marks: &[(Path, Marks)]) -> Vec<Path> {
    let sensitive = marks.iter().filter(|(_, marks)| marks.is_sensitive());
    sensitive.map(|(path, _)| path.clone()).collect()
}

/// How a create or update ended.
#[derive(Clone, Copy)]
struct Ending {
    /// Without errors.
    well: bool,
    /// Provisioners are still to run.
    provisioned: bool,
}

/// An intent where the type needs one, and the key under which the old object was put aside.
struct Beginning {
    intent: Option<Begun>,
    deposed: Option<String>,
}

#[expect(clippy::too_many_arguments, reason = "the pieces of one intent")]
async fn begin(
    change: &ResourceChange,
    key: &RowName,
    slot: &Slot,
    schema: &Schema,
    planned: &Value,
    private: &[u8],
    effects: Effects,
    updating: bool,
    tools: &Tools,
) -> Result<Beginning, Diagnostics> {
    let journal = &tools.journal;
    let type_name = &change.address.resource.type_name;
    let mut beginning = Beginning {
        intent: None,
        deposed: None,
    };
    let mut changes = Vec::new();
    if change.action == Action::CreateThenDelete {
        let deposed = journal.ids.deposed();
        let aside = RowName::deposed(key.address.clone(), deposed.clone());
        changes.push(Change::Move {
            from: key.clone(),
            to: old_row(change, aside, schema),
        });
        beginning.deposed = Some(deposed);
    }
    if effects == Effects::None {
        for change in changes {
            journal.batch("depose", change);
        }
        return Ok(beginning);
    }
    if !updating && effects == Effects::Reconcilable {
        journal
            .list_once(slot.instance.as_ref(), &slot.address, type_name, planned)
            .await?;
    }
    let operation = Operation {
        key: key.clone(),
        action: if updating { "update" } else { "create" },
        provider: &slot.address,
        type_name,
        planned,
        private,
        dependencies: &change.dependencies,
        create_before_destroy: change.create_before_destroy,
    };
    beginning.intent = Some(
        journal
            .begin(operation, changes)
            .await
            .map_err(|d| vec![d])?,
    );
    Ok(beginning)
}

fn inconsistent(
    change: &ResourceChange,
    slot: &Slot,
    schema: &Schema,
    planned: &Value,
    state: &Value,
) -> Diagnostics {
    let found = assert_applied_matches(&schema.block, planned, state);
    let problem = |text: String| {
        Diagnostic::error(
            "Provider produced inconsistent result after apply",
            format!(
                "When applying changes to {}, provider {} produced an unexpected new value: {text}.\n\nThis is a bug in the provider, which should be reported in the provider's own issue tracker.",
                change.address, slot.address
            ),
        )
    };
    found.into_iter().map(problem).collect()
}

#[expect(clippy::too_many_arguments, reason = "the pieces of one transaction")]
async fn record(
    change: &ResourceChange,
    key: RowName,
    schema: &Schema,
    marks: &[(Path, Marks)],
    updating: bool,
    ending: Ending,
    begun: Beginning,
    response: &mut ApplyResponse,
    tools: &Tools,
) -> (Value, Result<(), Diagnostic>) {
    if response.unsettled {
        // What happened is not known: the intent stays, and the next command finds out.
        return (change.before.clone(), Ok(()));
    }
    let mut value = mark_paths(
        &apply_sensitive_marks(&response.state, &schema.block),
        marks,
    );
    let recorded = if value.is_null() && !updating {
        // Nothing was made: the old object takes its place again.
        begun.deposed.map(|deposed| {
            value = change.before.clone();
            Change::Move {
                from: RowName::deposed(key.address.clone(), deposed),
                to: old_row(change, key, schema),
            }
        })
    } else if value.is_null() {
        Some(Change::Delete(key))
    } else {
        if !value.is_wholly_known() {
            value = without_unknown(&value);
        }
        let tainted = (!ending.well || ending.provisioned) && !updating;
        let row = row(change, key, schema, &value, &response.private, tainted);
        Some(Change::Put(row))
    };
    let action = if updating { "update" } else { "create" };
    let result = match (begun.intent, recorded) {
        (Some(begun), recorded) => {
            let changes = recorded.into_iter().collect();
            tools.journal.settle(begun, changes).await
        }
        // What provisioners do is seen outside: the object that they belong to is on the disk before.
        (None, Some(recorded)) if ending.provisioned => {
            tools.journal.durably(action, recorded).await
        }
        (None, Some(recorded)) => {
            tools.journal.batch(action, recorded);
            Ok(())
        }
        (None, None) => Ok(()),
    };
    (value, result)
}

/// Unknown values as nulls: after a failed apply a provider may leave some.
fn without_unknown(value: &Value) -> Value {
    value.map_leaves(&mut |leaf| match leaf.is_known() {
        true => leaf.clone(),
        false => Value::null(leaf.ty()).with_marks(leaf.marks()),
    })
}
