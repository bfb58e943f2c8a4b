//! One change of one object: intent, provider call, result.
//!
//! If the process dies on any line here, the next command sees either the intent (and finds out what became of it)
//! or the result, never neither.
//! - [`make`]: creates and updates;
//! - [`destroy`]: destroys, and drops from the state.

use std::sync::Arc;
use std::time::Instant;

use trunkline_api::{Diagnostics, Schema, Value};
use trunkline_state::{Change, Row, RowName};

use super::gate::Gate;
use super::journal::Journal;
use crate::address::Address;
use crate::event::{Event, Listener, identity};
use crate::plan::prior::{RowParts, encode_row};
use crate::plan::{Action, ResourceChange};

pub mod destroy;
pub mod make;

pub use destroy::Destroying;
pub use make::Open;

/// What every change needs.
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

/// A change as its events tell it.
struct Told {
    address: Address,
    deposed: Option<String>,
    action: Action,
    began: Instant,
    listener: Arc<dyn Listener>,
}

impl Told {
    /// Tells that a change begins on an object that is `value` now; `deposed` is its key where it was put aside.
    fn start(
        change: &ResourceChange,
        deposed: Option<String>,
        action: Action,
        value: &Value,
        tools: &Tools,
    ) -> Told {
        let told = Told {
            address: change.address.clone(),
            deposed,
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
    key: RowName,
    schema: &Schema,
    value: &Value,
    private: &[u8],
    tainted: bool,
) -> Row {
    encode_row(RowParts {
        key,
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

/// Where the row of the object of a change is.
fn current(change: &ResourceChange) -> RowName {
    RowName::current(change.address.to_string())
}

/// The row of the object before the change, at its address.
pub fn current_row(change: &ResourceChange, schema: &Schema) -> Row {
    old_row(change, current(change), schema)
}

/// The row of the object before the change, under another name.
fn old_row(change: &ResourceChange, key: RowName, schema: &Schema) -> Row {
    let (value, private) = (&change.before, &change.private);
    row(change, key, schema, value, private, change.tainted)
}

/// Writes a row for a value of an object that was only read.
pub fn keep(change: &ResourceChange, value: &Value, schema: &Schema, tools: &Tools) {
    let key = current(change);
    let change = if value.is_null() {
        Change::Delete(key)
    } else {
        let tainted = change.tainted;
        Change::Put(row(change, key, schema, value, &change.private, tainted))
    };
    tools.journal.batch("refresh", change);
}
