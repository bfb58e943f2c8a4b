//! History: runs, what each changed, the state after each.

use std::collections::BTreeMap;

use trunkline_state::{Change, Ending, Row, RowName, RunStart, RunWriter, Store};

use crate::support::{BATCHED, Place, in_run, intent, listing, output, row, start};

/// A run's changes as `action: before -> after` lines.
fn changes(store: &Store, run: &str) -> Vec<String> {
    let side = |row: &Option<Row>| match row {
        None => "nothing".to_owned(),
        Some(row) => format!("{} {}", row.key, String::from_utf8_lossy(&row.attributes)),
    };
    let line = |change: &trunkline_state::Superseded| {
        format!(
            "{}: {} -> {}",
            change.action,
            side(&change.before),
            side(&change.after)
        )
    };
    store.run_changes(run).unwrap().iter().map(line).collect()
}

fn three_runs(store: &Store) {
    in_run(store, "r1", |run| {
        drop(run.change("create", Change::Put(row("t.a", "1")), BATCHED));
        drop(run.change("create", Change::Put(row("t.b", "1")), BATCHED));
        drop(run.set_outputs(vec![output("o", "1"), output("gone", "1")], BATCHED));
    });
    in_run(store, "r2", |run| {
        drop(run.begin_intent(intent("op", "t.c"), vec![]));
        drop(run.settle_intent("op", vec![Change::Put(row("t.c", "1"))], None));
        drop(run.change("update", Change::Put(row("t.a", "2")), BATCHED));
        drop(run.change("update", Change::Put(row("t.a", "3")), BATCHED));
        drop(run.change("delete", Change::Delete(RowName::current("t.b")), BATCHED));
        drop(run.set_outputs(vec![output("o", "2")], BATCHED));
    });
    in_run(store, "r3", |run| {
        let change = Change::Move {
            from: RowName::current("t.a"),
            to: row("t.z", "3"),
        };
        drop(run.change("move", change, BATCHED));
    });
}

#[test]
fn new_and_old_rows_in_turn_have_their_history() {
    let place = Place::new();
    let store = place.open();
    let put = |run: &RunWriter, rows: &[(&str, &str)]| {
        for (address, attributes) in rows {
            run.batch("write", Change::Put(row(address, attributes)));
        }
    };
    in_run(&store, "r1", |run| put(run, &[("t.a", "1"), ("t.b", "1")]));
    in_run(&store, "r2", |run| {
        let rows = [
            ("t.m", "2"),
            ("t.a", "2"),
            ("t.n", "2"),
            ("t.b", "2"),
            ("t.m", "3"),
        ];
        put(run, &rows);
    });
    assert_eq!(
        changes(&store, "r2"),
        [
            "write: nothing -> t.m 2",
            "write: t.a 1 -> t.a 2",
            "write: nothing -> t.n 2",
            "write: t.b 1 -> t.b 2",
            "write: t.m 2 -> t.m 3"
        ]
    );
}

#[test]
fn a_runs_changes_are_what_it_wrote_and_deleted() {
    let place = Place::new();
    let store = place.open();
    three_runs(&store);
    assert_eq!(
        changes(&store, "r1"),
        ["create: nothing -> t.a 1", "create: nothing -> t.b 1"]
    );
    assert_eq!(
        changes(&store, "r2"),
        [
            "create: nothing -> t.c 1",
            "update: t.a 1 -> t.a 2",
            "update: t.a 2 -> t.a 3",
            "delete: t.b 1 -> nothing"
        ]
    );
    assert_eq!(changes(&store, "r3"), ["move: t.a 3 -> t.z 3"]);
    assert_eq!(store.check().unwrap(), []);
    let error = store.run_changes("r9").unwrap_err();
    assert_eq!(
        error.to_string(),
        "The state store refused to read history: there is no run r9."
    );
}

#[test]
fn the_state_after_an_earlier_run_can_be_read() {
    let place = Place::new();
    let store = place.open();
    three_runs(&store);
    let after = |run: &str| listing(&store.rows_after(run).unwrap());
    assert_eq!(after("r1"), ["t.a 1", "t.b 1"]);
    assert_eq!(after("r2"), ["t.a 3", "t.c 1"]);
    assert_eq!(after("r3"), ["t.c 1", "t.z 3"]);
    assert_eq!(after("r3"), listing(&store.snapshot().unwrap().rows));
    let outputs = |run: &str| -> Vec<String> {
        let outputs = store.outputs_after(run).unwrap();
        outputs
            .iter()
            .map(|o| format!("{}={}", o.name, String::from_utf8_lossy(&o.value)))
            .collect()
    };
    assert_eq!(outputs("r1"), ["gone=1", "o=1"]);
    assert_eq!(outputs("r3"), ["o=2"]);
}

#[test]
fn a_run_is_recorded_with_its_ending_or_without() {
    let place = Place::new();
    let store = place.open();
    let begun = RunStart {
        git_commit: Some("abc123".to_owned()),
        plan_digest: Some("d1".to_owned()),
        ..start("r1")
    };
    let ending = Ending {
        finished: "2030-01-02T03:05:00Z".to_owned(),
        result: "failed".to_owned(),
        counts: BTreeMap::from([("create".to_owned(), 3), ("update".to_owned(), 0)]),
    };
    store
        .begin_run(begun.clone())
        .finish(ending.clone())
        .wait()
        .unwrap();
    store
        .begin_run(start("r2"))
        .begin_intent(intent("op", "t.a"), vec![])
        .wait()
        .unwrap();
    let runs = store.runs().unwrap();
    assert_eq!(
        (runs[0].number, &runs[0].start, &runs[0].ending),
        (1, &begun, &Some(ending))
    );
    assert_eq!((runs[1].start.id.as_str(), &runs[1].ending), ("r2", &None));
}

#[test]
fn a_run_that_writes_nothing_is_not_recorded() {
    let place = Place::new();
    let store = place.open();
    drop(store.begin_run(start("r1")));
    assert_eq!(
        (store.runs().unwrap(), store.write_counts().transactions),
        (vec![], 0)
    );
}
