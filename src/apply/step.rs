//! One change of one object: intent, provider call, result.
//!
//! If the process dies on any line here, the next command sees either the intent (and finds out what became of it)
//! or the result, never neither.

use std::sync::Arc;
use std::time::Instant;

use trunkline_api::coerce::{apply_sensitive_marks, null_object};
use trunkline_api::diagnostic::has_errors;
use trunkline_api::objchange::{assert_applied_matches, proposed_new};
use trunkline_api::provider::{ApplyRequest, ApplyResponse, Effects, PlanRequest, PlanResponse};
use trunkline_api::{Diagnostic, Diagnostics, Marks, Path, Schema, Value};
use trunkline_state::{Change, RowName};

use super::gate::Gate;
use super::journal::{Begun, Journal, Operation};
use crate::address::Address;
use crate::event::{Event, Listener, identity};
use crate::plan::instance::marks_of;
use crate::plan::prior::{RowParts, encode_row, mark_paths};
use crate::plan::providers::Slot;
use crate::plan::{Action, ResourceChange};

/// What every change needs.
#[derive(Clone)]
pub struct Tools {
    /// The journal of the run.
    pub journal: Arc<Journal>,
    /// Who hears what happens.
    pub listener: Arc<dyn Listener>,
    /// What keeps changes from being begun.
    pub gate: Arc<Gate>,
}

/// What came of a change.
pub struct Made {
    /// The object now, marks included; null when there is none.
    pub value: Value,
    /// Problems.
    pub diagnostics: Diagnostics,
    /// The key under which the old object was put aside, if it was.
    pub deposed: Option<String>,
    /// What is left open, where provisioners are to run before the change counts as done.
    pub open: Option<Open>,
    /// It turned out that the object is as it should be: nothing was done.
    pub idle: bool,
}

/// An object that is made, and tainted until its provisioners have run.
pub struct Open {
    told: Told,
    schema: Arc<Schema>,
    private: Arc<[u8]>,
}

/// A destroy that has begun: its provisioners run before the provider is asked.
pub struct Destroying {
    told: Told,
    shown: ResourceChange,
    slot: Slot,
    schema: Arc<Schema>,
    key: RowName,
    intent: Option<Begun>,
}

/// A change as its events tell it.
struct Told {
    address: Address,
    deposed: Option<String>,
    action: Action,
    began: Instant,
    listener: Arc<dyn Listener>,
}

impl Told {
    /// Tells that a change begins on an object that is `value` now.
    fn start(change: &ResourceChange, action: Action, value: &Value, tools: &Tools) -> Told {
        let told = Told {
            address: change.address.clone(),
            deposed: change.deposed.clone(),
            action,
            began: Instant::now(),
            listener: tools.listener.clone(),
        };
        told.listener.event(Event::ApplyStart {
            address: told.address.clone(),
            deposed: told.deposed.clone(),
            action,
            id: identity(value),
        });
        told
    }

    /// Tells that it has ended.
    fn end(self, well: bool, value: &Value) {
        let (address, deposed) = (self.address, self.deposed);
        let (action, elapsed) = (self.action, self.began.elapsed());
        self.listener.event(match well {
            true => Event::ApplyComplete {
                address,
                deposed,
                action,
                elapsed,
                id: identity(value),
            },
            false => Event::ApplyErrored {
                address,
                deposed,
                action,
                elapsed,
            },
        });
    }
}

fn about(mut diagnostics: Diagnostics, change: &ResourceChange) -> Diagnostics {
    for d in &mut diagnostics {
        if d.address.is_none() {
            d.address = Some(change.address.to_string());
        }
    }
    diagnostics
}

fn failed(change: &ResourceChange, diagnostics: Diagnostics, value: Value) -> Made {
    Made {
        value,
        diagnostics: about(diagnostics, change),
        deposed: None,
        open: None,
        idle: false,
    }
}

/// The row of a value.
fn row(
    change: &ResourceChange,
    schema: &Schema,
    value: &Value,
    private: &[u8],
    tainted: bool,
) -> trunkline_state::Row {
    encode_row(&RowParts {
        address: &change.address,
        provider: &change.provider,
        schema,
        value,
        private,
        tainted,
        create_before_destroy: change.create_before_destroy,
        dependencies: &change.dependencies,
    })
}

/// Creates or updates an object so that it is as `config`, which is wholly known. With `provisioned` a new object
/// is left open for its provisioners.
pub async fn make(
    change: &ResourceChange,
    slot: Slot,
    schema: Arc<Schema>,
    config: Value,
    provisioned: bool,
    tools: Tools,
) -> Made {
    let none = null_object(&schema.block);
    let updating = change.action == Action::Update;
    let before = if updating {
        change.before.clone()
    } else {
        none.clone()
    };
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
    let asked = slot
        .serving(&change.address)
        .plan(PlanRequest {
            type_name: change.address.resource.type_name.clone(),
            proposed: proposed_new(&schema.block, &prior, &config),
            prior: prior.clone(),
            config: config.clone(),
            private: if updating {
                change.private.clone()
            } else {
                Arc::from([])
            },
        })
        .await;
    if has_errors(&asked.diagnostics) {
        return failed(change, asked.diagnostics, before);
    }
    if updating && is_as_wanted(change, &schema, &marks, &asked) {
        let kept = ResourceChange {
            after: before.clone(),
            ..change.clone()
        };
        keep(&kept, &schema, &tools);
        return Made {
            idle: true,
            ..failed(&kept, asked.diagnostics, before)
        };
    }
    let action = if updating {
        Action::Update
    } else {
        Action::Create
    };
    let told = Told::start(change, action, &before, &tools);
    let effects = slot
        .serving(&change.address)
        .effects(&change.address.resource.type_name);
    let begun = match begin(
        change,
        &slot,
        &schema,
        &asked.planned,
        &asked.private,
        effects,
        updating,
        &tools,
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
        type_name: change.address.resource.type_name.clone(),
        prior,
        planned: asked.planned.clone(),
        config,
        private: asked.private,
        operation_id: begun
            .intent
            .as_ref()
            .map_or_else(String::new, |b| b.operation_id.clone()),
        address: change.address.to_string(),
        sensitive: sensitive_paths(&marks),
    };
    let deposed = begun.deposed.clone();
    let mut response = slot.serving(&change.address).apply(request).await;
    let mut well = !has_errors(&response.diagnostics);
    if well {
        let problems = inconsistent(change, &slot, &schema, &asked.planned, &response.state);
        well = problems.is_empty();
        response.diagnostics.extend(problems);
    }
    let (value, recorded) = record(
        change,
        &schema,
        &marks,
        updating,
        Ending { well, provisioned },
        begun,
        &mut response,
        &tools,
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
    let restored = value.is_null() || value.same(&change.before);
    Made {
        deposed: deposed.filter(|_| !restored || !has_errors(&response.diagnostics)),
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
        let row = row(change, &open.schema, value, &open.private, false);
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

/// The row of the object before the change, at its address.
pub fn current_row(change: &ResourceChange, schema: &Schema) -> trunkline_state::Row {
    old_row(change, schema, RowName::current(change.address.to_string()))
}

/// The row of the object before the change, under another name.
fn old_row(change: &ResourceChange, schema: &Schema, key: RowName) -> trunkline_state::Row {
    trunkline_state::Row {
        key,
        ..row(
            change,
            schema,
            &change.before,
            &change.private,
            change.tainted,
        )
    }
}

#[expect(clippy::too_many_arguments, reason = "the pieces of one intent")]
async fn begin(
    change: &ResourceChange,
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
    let key = RowName::current(change.address.to_string());
    let mut beginning = Beginning {
        intent: None,
        deposed: None,
    };
    let mut changes = Vec::new();
    if change.action == Action::CreateThenDelete {
        let deposed = journal.ids.deposed();
        let aside = RowName::deposed(change.address.to_string(), deposed.clone());
        changes.push(Change::Move {
            from: key.clone(),
            to: old_row(change, schema, aside),
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
        key,
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
    let key = RowName::current(change.address.to_string());
    let mut value = mark_paths(
        &apply_sensitive_marks(&response.state, &schema.block),
        marks,
    );
    let mut changes = Vec::new();
    if value.is_null() && !updating {
        // Nothing was made: the old object takes its place again.
        if let Some(deposed) = begun.deposed {
            let aside = RowName::deposed(change.address.to_string(), deposed);
            changes.push(Change::Move {
                from: aside,
                to: old_row(change, schema, key),
            });
            value = change.before.clone();
        }
    } else if value.is_null() {
        changes.push(Change::Delete(key));
    } else {
        if !value.is_wholly_known() {
            value = without_unknown(&value);
        }
        let tainted = (!ending.well || ending.provisioned) && !updating;
        changes.push(Change::Put(row(
            change,
            schema,
            &value,
            &response.private,
            tainted,
        )));
    }
    let result = match begun.intent {
        Some(begun) => tools.journal.settle(begun, changes).await,
        None => {
            let action = if updating { "update" } else { "create" };
            let mut result = Ok(());
            for change in changes {
                // What provisioners do is seen outside: the object that they belong to is on the disk before.
                if ending.provisioned {
                    result = result.and(tools.journal.durably(action, change).await);
                } else {
                    tools.journal.batch(action, change);
                }
            }
            result
        }
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

/// Destroys an object, or drops it from the state. `deposed` is the key of the row, if it is a deposed object.
pub async fn destroy(
    change: ResourceChange,
    slot: Slot,
    schema: Arc<Schema>,
    deposed: Option<String>,
    tools: Tools,
) -> Made {
    if change.action == Action::Forget || change.before.is_null() {
        let key = row_name(&change, deposed.as_ref());
        tools.journal.batch("forget", Change::Delete(key));
        return failed(&change, Vec::new(), null_object(&schema.block));
    }
    match begin_destroy(change, slot, schema, deposed, false, &tools).await {
        Ok(destroying) => end_destroy(destroying, &tools).await,
        Err(made) => *made,
    }
}

fn row_name(change: &ResourceChange, deposed: Option<&String>) -> RowName {
    let address = change.address.to_string();
    match deposed {
        Some(deposed) => RowName::deposed(address, deposed.clone()),
        None => RowName::current(address),
    }
}

/// Begins to destroy an object: told, and an intent on the disk where there is an effect outside. Provisioners
/// are one.
pub async fn begin_destroy(
    change: ResourceChange,
    slot: Slot,
    schema: Arc<Schema>,
    deposed: Option<String>,
    provisioned: bool,
    tools: &Tools,
) -> Result<Destroying, Box<Made>> {
    if let Some(waits) = tools.gate.closed(&change, &tools.journal) {
        let before = change.before.clone();
        return Err(Box::new(failed(&change, vec![waits], before)));
    }
    let none = null_object(&schema.block);
    let key = row_name(&change, deposed.as_ref());
    let shown = ResourceChange { deposed, ..change };
    let told = Told::start(&shown, Action::Delete, &shown.before, tools);
    let type_name = &shown.address.resource.type_name;
    let intent = match slot.serving(&shown.address).effects(type_name) {
        Effects::None if !provisioned => None,
        _ => {
            let operation = Operation {
                key: key.clone(),
                action: "delete",
                provider: &slot.address,
                type_name,
                planned: &none,
                private: &shown.private,
                dependencies: &shown.dependencies,
                create_before_destroy: shown.create_before_destroy,
            };
            match tools.journal.begin(operation, Vec::new()).await {
                Ok(begun) => Some(begun),
                Err(problem) => {
                    told.end(false, &none);
                    let before = shown.before.clone();
                    return Err(Box::new(failed(&shown, vec![problem], before)));
                }
            }
        }
    };
    Ok(Destroying {
        told,
        shown,
        slot,
        schema,
        key,
        intent,
    })
}

/// Gives up a destroy that has begun, before the provider was asked.
pub async fn leave_destroy(destroying: Destroying, tools: &Tools) -> Made {
    let none = null_object(&destroying.schema.block);
    let settled = match destroying.intent {
        Some(begun) => tools.journal.settle(begun, Vec::new()).await,
        None => Ok(()),
    };
    destroying.told.end(false, &none);
    let before = destroying.shown.before.clone();
    failed(
        &destroying.shown,
        settled.err().into_iter().collect(),
        before,
    )
}

/// Destroys an object whose destroy has begun.
pub async fn end_destroy(destroying: Destroying, tools: &Tools) -> Made {
    let Destroying {
        told,
        shown,
        slot,
        schema,
        key,
        intent,
    } = destroying;
    let none = null_object(&schema.block);
    let request = ApplyRequest {
        type_name: shown.address.resource.type_name.clone(),
        prior: shown.before.clone().unmark_deep().0,
        planned: none.clone(),
        config: none.clone(),
        private: shown.private.clone(),
        operation_id: intent
            .as_ref()
            .map_or_else(String::new, |b| b.operation_id.clone()),
        address: shown.address.to_string(),
        sensitive: Vec::new(),
    };
    let mut response = slot.serving(&shown.address).apply(request).await;
    let well = !has_errors(&response.diagnostics);
    let changes = if response.state.is_null() && well {
        vec![Change::Delete(key)]
    } else {
        Vec::new()
    };
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
    let value = if well { none } else { shown.before.clone() };
    failed(&shown, response.diagnostics, value)
}

/// Writes a row for a value that was only read.
pub fn keep(change: &ResourceChange, schema: &Schema, tools: &Tools) {
    let key = RowName::current(change.address.to_string());
    let change = if change.after.is_null() {
        Change::Delete(key)
    } else {
        let tainted = change.tainted;
        Change::Put(row(change, schema, &change.after, &change.private, tainted))
    };
    tools.journal.batch("refresh", change);
}
