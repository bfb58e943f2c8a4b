//! History: which runs there were, what each changed, and what differs between the states after two of them.
//!
//! The store keeps row versions; here they become changes that reports can show. It writes nothing, and compares
//! values only where versions differ.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use trunkline_api::provider::World;
use trunkline_api::{Diagnostic, Diagnostics, Value};
use trunkline_state::{Event, Output, Row, RunRecord, Store, Superseded};

use super::view::{Decoded, decode};
use super::{Settings, state_error};
use crate::plan::prior::decode_output;
use crate::plan::providers::Providers;
use crate::plan::{Action, OutputChange, ResourceChange};

/// What one run did.
#[derive(Debug)]
pub struct RunDetails {
    /// When, who, and how it ended.
    pub record: RunRecord,
    /// What became of each object, sorted by address; several writes of one object are one change.
    pub changes: Vec<ResourceChange>,
    /// What happened without a change of the state, such as a failed call.
    pub events: Vec<Event>,
}

/// What differs between two states.
#[derive(Debug)]
pub struct Difference {
    /// Objects, sorted by address.
    pub changes: Vec<ResourceChange>,
    /// Root outputs, sorted by name.
    pub outputs: Vec<OutputChange>,
}

/// So much of an id must be given.
const SHORTEST: usize = 6;

/// The run that `text` names: its number, or the beginning of its id.
pub fn find<'a>(runs: &'a [RunRecord], text: &str) -> Result<&'a RunRecord, Diagnostic> {
    if let Some(run) = text
        .parse()
        .ok()
        .and_then(|n: u64| runs.iter().find(|r| r.number == n))
    {
        return Ok(run);
    }
    // Shorter ones would be numbers that are mistaken.
    let long = text.len() >= SHORTEST;
    let mut named = runs.iter().filter(|r| long && r.start.id.starts_with(text));
    match (named.next(), named.next()) {
        (Some(run), None) => Ok(run),
        (Some(_), Some(_)) => Err(Diagnostic::error(
            "Ambiguous run",
            format!(
                "More than one run has an id that begins with {text:?}. Give more of it, or the run's number."
            ),
        )),
        _ => Err(Diagnostic::error(
            "No such run",
            format!(
                "There is no run {text:?}. The command \"history\" lists the runs; a run is named by its number or by the first six characters of its id, or more."
            ),
        )),
    }
}

/// What a run did.
pub fn details(
    store: &Store,
    settings: &Settings,
    record: &RunRecord,
) -> Result<RunDetails, Diagnostics> {
    let id = &record.start.id;
    let written = store.run_changes(id).map_err(|e| state_error(&e))?;
    let events = store.run_events(id).map_err(|e| state_error(&e))?;
    let mut reader = Reader::new(settings);
    let mut changes = Vec::new();
    for net in net_changes(written) {
        changes.push(reader.change(net)?);
    }
    sort(&mut changes);
    Ok(RunDetails {
        record: record.clone(),
        changes,
        events,
    })
}

/// What differs between the state after one run and the state after another.
pub fn difference(
    store: &Store,
    settings: &Settings,
    from: &RunRecord,
    to: &RunRecord,
) -> Result<Difference, Diagnostics> {
    let rows = |run: &RunRecord| -> Result<BTreeMap<_, Row>, Diagnostics> {
        let rows = store
            .rows_after(&run.start.id)
            .map_err(|e| state_error(&e))?;
        Ok(rows.into_iter().map(|r| (r.key.clone(), r)).collect())
    };
    let (mut before, after) = (rows(from)?, rows(to)?);
    let mut reader = Reader::new(settings);
    let mut changes = Vec::new();
    for (key, row) in after {
        let old = before.remove(&key);
        if old.as_ref().is_none_or(|old| old.version != row.version) {
            let change = reader.change(Net::of(old, Some(row)))?;
            let same = change.action == Action::Update && change.before == change.after;
            changes.extend((!same).then_some(change));
        }
    }
    for (_, row) in before {
        changes.push(reader.change(Net::of(Some(row), None))?);
    }
    sort(&mut changes);
    let outputs = |run: &RunRecord| {
        store
            .outputs_after(&run.start.id)
            .map_err(|e| state_error(&e))
    };
    let outputs = output_changes(&outputs(from)?, &outputs(to)?).map_err(|d| vec![d])?;
    Ok(Difference { changes, outputs })
}

fn sort(changes: &mut [ResourceChange]) {
    changes.sort_by(|a, b| (&a.address, &a.deposed).cmp(&(&b.address, &b.deposed)));
}

/// What a run made of one object in the end.
struct Net {
    before: Option<Row>,
    after: Option<Row>,
    /// The object after is another one than that before.
    replaced: Option<Action>,
    /// It was dropped from the state, not destroyed.
    forgotten: bool,
}

impl Net {
    fn of(before: Option<Row>, after: Option<Row>) -> Net {
        Net {
            before,
            after,
            replaced: None,
            forgotten: false,
        }
    }
}

/// The writes of a run, one net change an object. Costs in proportion to the writes.
fn net_changes(written: Vec<Superseded>) -> Vec<Net> {
    #[derive(Default)]
    struct Group {
        befores: Vec<Row>,
        afters: Vec<Row>,
        actions: BTreeSet<String>,
    }
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for change in written {
        let Some(key) = change.key() else { continue };
        let group = groups.entry(key.address.clone()).or_default();
        group.actions.insert(change.action);
        group.befores.extend(change.before);
        group.afters.extend(change.after);
    }
    let mut found = Vec::new();
    for group in groups.into_values() {
        let versions = |rows: &[Row]| -> BTreeSet<u64> { rows.iter().map(|r| r.version).collect() };
        let (begun, ended) = (versions(&group.befores), versions(&group.afters));
        let of_another_run = |row: &Row| !ended.contains(&row.version);
        let mut starts: Vec<Row> = group.befores.into_iter().filter(of_another_run).collect();
        let left = |row: &Row| !begun.contains(&row.version);
        let mut ends: Vec<Row> = group.afters.into_iter().filter(left).collect();
        let current = |rows: &mut Vec<Row>| {
            let at = rows.iter().position(|r| r.key.deposed.is_none())?;
            Some(rows.swap_remove(at))
        };
        let (before, after) = (current(&mut starts), current(&mut ends));
        let did = |action: &str| group.actions.contains(action);
        let forgotten = did("forget");
        if before.is_some() || after.is_some() {
            let both = before.is_some() && after.is_some();
            let create_first = after.as_ref().is_some_and(|r| r.create_before_destroy);
            let replaced = (both && did("create")).then_some(match create_first {
                true => Action::CreateThenDelete,
                false => Action::DeleteThenCreate,
            });
            found.push(Net {
                before,
                after,
                replaced,
                forgotten,
            });
        }
        found.extend(starts.into_iter().map(|row| Net::of(Some(row), None)));
    }
    found
}

/// Makes changes of rows; keeps the schemas that it has met.
struct Reader<'a> {
    providers: Providers<'a>,
}

impl<'a> Reader<'a> {
    fn new(settings: &'a Settings) -> Reader<'a> {
        Reader {
            providers: Providers::new(settings.registry.as_ref(), World::Live, BTreeMap::new()),
        }
    }

    fn change(&mut self, net: Net) -> Result<ResourceChange, Diagnostics> {
        let mut read = |row: Option<&Row>| -> Result<Option<Decoded>, Diagnostics> {
            row.map(|row| decode(row, &mut self.providers)).transpose()
        };
        let before = read(net.before.as_ref())?;
        let after = read(net.after.as_ref())?;
        let action = match (&before, &after, net.replaced) {
            (_, _, Some(action)) => action,
            (None, _, _) => Action::Create,
            (_, None, _) if net.forgotten => Action::Forget,
            (_, None, _) => Action::Delete,
            _ => Action::Update,
        };
        let value = |side: &Option<Decoded>| match side {
            Some(decoded) => decoded.value.clone(),
            None => Value::null(trunkline_api::Type::Dynamic),
        };
        let (old, new) = (value(&before), value(&after));
        let moved_from = before
            .as_ref()
            .zip(after.as_ref())
            .filter(|(old, new)| old.address != new.address)
            .map(|(old, _)| old.address.clone());
        let row = net.after.as_ref().or(net.before.as_ref());
        let provider: Arc<str> = row.map_or_else(|| "".into(), |r| r.provider.clone());
        let row_version = row.map_or(0, |r| r.version);
        let Some(decoded) = after.or(before) else {
            // Every change has a side; a store cannot give another.
            return Err(vec![Diagnostic::error(
                "Unreadable history",
                "A change of the state has neither a before nor an after.",
            )]);
        };
        Ok(ResourceChange {
            previous_address: moved_from,
            deposed: decoded.deposed,
            provider_source: decoded.source,
            action,
            before: old,
            after: new,
            provider,
            row_version,
            ..ResourceChange::nothing(decoded.address)
        })
    }
}

fn output_changes(before: &[Output], after: &[Output]) -> Result<Vec<OutputChange>, Diagnostic> {
    let read = |outputs: &[Output]| -> Result<BTreeMap<Arc<str>, _>, Diagnostic> {
        outputs.iter().map(decode_output).collect()
    };
    let (mut before, after) = (read(before)?, read(after)?);
    let mut changes = Vec::new();
    for (name, output) in after {
        let old = before.remove(&name);
        let action = match &old {
            None => Action::Create,
            Some(old) if *old == output => Action::NoOp,
            Some(_) => Action::Update,
        };
        changes.push(OutputChange {
            name,
            sensitive: output.sensitive || old.as_ref().is_some_and(|o| o.sensitive),
            before: old.map_or(Value::null(trunkline_api::Type::Dynamic), |o| o.value),
            after: output.value,
            action,
        });
    }
    for (name, old) in before {
        changes.push(OutputChange {
            name,
            sensitive: old.sensitive,
            before: old.value,
            after: Value::null(trunkline_api::Type::Dynamic),
            action: Action::Delete,
        });
    }
    changes.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(changes)
}
