//! One change of one object: intent, provider call, result.
//!
//! If the process dies on any line here, the next command sees either the intent (and finds out what became of it)
//! or the result, never neither.

use std::sync::Arc;
use std::time::Instant;

use trunkline_api::coerce::{apply_sensitive_marks, null_object};
use trunkline_api::diagnostic::has_errors;
use trunkline_api::objchange::{assert_applied_matches, proposed_new};
use trunkline_api::provider::{ApplyRequest, ApplyResponse, Effects, PlanRequest};
use trunkline_api::{Diagnostic, Diagnostics, Marks, Path, Schema, Value};
use trunkline_state::{Change, RowName};

use super::journal::{Begun, Journal, Operation};
use crate::event::{Event, Listener, identity};
use crate::plan::instance::marks_of;
use crate::plan::prior::{RowParts, encode_row, mark_paths};
use crate::plan::providers::Slot;
use crate::plan::{Action, Reason, ResourceChange};

/// What every change needs.
#[derive(Clone)]
pub struct Tools {
    /// The journal of the run.
    pub journal: Arc<Journal>,
    /// Who hears what happens.
    pub listener: Arc<dyn Listener>,
}

/// What came of a change.
pub struct Made {
    /// The object now, marks included; null when there is none.
    pub value: Value,
    /// Problems.
    pub diagnostics: Diagnostics,
    /// The key under which the old object was put aside, if it was.
    pub deposed: Option<String>,
}

/// A change as its events tell it.
struct Told<'a> {
    change: &'a ResourceChange,
    action: Action,
    began: Instant,
    listener: &'a dyn Listener,
}

impl<'a> Told<'a> {
    /// Tells that a change begins on an object that is `value` now.
    fn start(
        change: &'a ResourceChange,
        action: Action,
        value: &Value,
        tools: &'a Tools,
    ) -> Told<'a> {
        let listener = tools.listener.as_ref();
        listener.event(Event::ApplyStart {
            address: change.address.clone(),
            deposed: change.deposed.clone(),
            action,
            id: identity(value),
        });
        Told {
            change,
            action,
            began: Instant::now(),
            listener,
        }
    }

    /// Tells that it has ended.
    fn end(self, well: bool, value: &Value) {
        let (address, deposed) = (self.change.address.clone(), self.change.deposed.clone());
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

/// Creates or updates an object so that it is as `config`, which is wholly known.
pub async fn make(
    change: ResourceChange,
    slot: Slot,
    schema: Arc<Schema>,
    config: Value,
    tools: Tools,
) -> Made {
    let none = null_object(&schema.block);
    let updating = change.action == Action::Update;
    let before = if updating {
        change.before.clone()
    } else {
        none.clone()
    };
    let marks = marks_of(&config);
    let config = config.unmark_deep().0;
    let prior = before.clone().unmark_deep().0;
    if !config.is_wholly_known() {
        let detail = format!(
            "The configuration of {} is not wholly known when it is applied. This is a bug in Trunkline, which should be reported.",
            change.address
        );
        return failed(
            &change,
            vec![Diagnostic::error(
                "Configuration contains unknown value",
                detail,
            )],
            before,
        );
    }
    let asked = slot
        .instance
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
        return failed(&change, asked.diagnostics, before);
    }
    let action = if updating {
        Action::Update
    } else {
        Action::Create
    };
    let told = Told::start(&change, action, &before, &tools);
    let effects = slot.instance.effects(&change.address.resource.type_name);
    let begun = match begin(
        &change,
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
            return failed(&change, diagnostics, before);
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
    };
    let deposed = begun.deposed.clone();
    let mut response = slot.instance.apply(request).await;
    let mut well = !has_errors(&response.diagnostics);
    if well {
        let problems = inconsistent(&change, &slot, &schema, &asked.planned, &response.state);
        well = problems.is_empty();
        response.diagnostics.extend(problems);
    }
    let (value, recorded) = record(
        &change,
        &schema,
        &marks,
        updating,
        well,
        begun,
        &mut response,
        &tools,
    )
    .await;
    response.diagnostics.extend(recorded.err());
    told.end(!has_errors(&response.diagnostics), &value);
    let restored = value.is_null() || value.same(&change.before);
    Made {
        deposed: deposed.filter(|_| !restored || !has_errors(&response.diagnostics)),
        ..failed(&change, response.diagnostics, value)
    }
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
    let tainted = change.reason == Some(Reason::Tainted);
    trunkline_state::Row {
        key,
        ..row(change, schema, &change.before, &change.private, tainted)
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
    well: bool,
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
        let tainted = !well && !updating;
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
            for change in changes {
                tools
                    .journal
                    .batch(if updating { "update" } else { "create" }, change);
            }
            Ok(())
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
    let none = null_object(&schema.block);
    let key = match &deposed {
        Some(deposed) => RowName::deposed(change.address.to_string(), deposed.clone()),
        None => RowName::current(change.address.to_string()),
    };
    if change.action == Action::Forget || change.before.is_null() {
        tools.journal.batch("forget", Change::Delete(key));
        return failed(&change, Vec::new(), none);
    }
    let shown = ResourceChange {
        deposed: deposed.clone(),
        ..change.clone()
    };
    let told = Told::start(&shown, Action::Delete, &change.before, &tools);
    let type_name = &change.address.resource.type_name;
    let intent = match slot.instance.effects(type_name) {
        Effects::None => None,
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
                    return failed(&change, vec![problem], change.before.clone());
                }
            }
        }
    };
    let request = ApplyRequest {
        type_name: type_name.clone(),
        prior: change.before.clone().unmark_deep().0,
        planned: none.clone(),
        config: none.clone(),
        private: change.private.clone(),
        operation_id: intent
            .as_ref()
            .map_or_else(String::new, |b| b.operation_id.clone()),
    };
    let mut response = slot.instance.apply(request).await;
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
    let value = if well { none } else { change.before.clone() };
    failed(&shown, response.diagnostics, value)
}

/// Writes a row for a value that was only read.
pub fn keep(change: &ResourceChange, schema: &Schema, tainted: bool, tools: &Tools) {
    let key = RowName::current(change.address.to_string());
    let change = if change.after.is_null() {
        Change::Delete(key)
    } else {
        Change::Put(row(change, schema, &change.after, &change.private, tainted))
    };
    tools.journal.batch("refresh", change);
}
