//! Rows and outputs: written, read, replaced, deleted, moved.

use std::sync::Arc;

use trunkline_state::{Change, IndexKey, Mode, Row, RowName};

use crate::support::{BATCHED, DURABLE, Place, in_run, listing, output, row, start};

#[test]
fn a_row_comes_back_as_it_was_written() {
    let place = Place::new();
    let written = Row {
        key: RowName::deposed("module.m[\"x\"].data.t.n[\"k\"]", "00abcdef"),
        module: "module.m[\"x\"]".into(),
        mode: Mode::Data,
        index_key: Some(IndexKey::Str("k".into())),
        schema_version: 7,
        tainted: true,
        create_before_destroy: true,
        dependencies: vec!["t.a".to_owned(), "module.m.t.b".to_owned()].into(),
        attributes: b"{\"id\":\"1\"}".to_vec(),
        private: b"private".to_vec(),
        ..row("t.n", "")
    };
    let store = place.open();
    let run = store.begin_run(start("r1"));
    let receipt = run
        .change("create", Change::Put(written.clone()), DURABLE)
        .wait()
        .unwrap();
    assert_eq!((receipt.serial, receipt.version), (1, 1));
    drop(store);
    let snapshot = place.open().snapshot().unwrap();
    assert_eq!(
        snapshot.rows,
        [Arc::new(Row {
            version: 1,
            ..written
        })]
    );
    assert_eq!((snapshot.serial, snapshot.lineage.as_str()), (1, "5a3c"));
}

#[test]
fn every_write_gets_a_version_of_its_own() {
    let place = Place::new();
    let store = place.open();
    let run = store.begin_run(start("r1"));
    let put = |text: &str| {
        run.change("x", Change::Put(row("t.a", text)), DURABLE)
            .wait()
            .unwrap()
            .version
    };
    assert_eq!(put("1"), 1);
    assert_eq!(put("2"), 2);
    run.change("delete", Change::Delete(RowName::current("t.a")), DURABLE)
        .wait()
        .unwrap();
    assert_eq!(put("3"), 3, "a row that is made again is another one");
    let found = store.row(&RowName::current("t.a")).unwrap().unwrap();
    assert_eq!(
        (found.attributes.as_slice(), found.version),
        (b"3".as_slice(), 3)
    );
    assert_eq!(store.row(&RowName::deposed("t.a", "x")).unwrap(), None);
}

#[test]
fn the_serial_grows_once_a_transaction_that_changes_something() {
    let place = Place::new();
    let store = place.open();
    in_run(&store, "r1", |run| {
        for index in 0..10 {
            drop(run.change(
                "create",
                Change::Put(row(&format!("t.a[{index}]"), "1")),
                BATCHED,
            ));
        }
    });
    assert_eq!(
        (store.serial().unwrap(), store.write_counts().transactions),
        (1, 1)
    );
    in_run(&store, "r2", |run| {
        drop(run.change(
            "delete",
            Change::Delete(RowName::current("t.absent")),
            DURABLE,
        ))
    });
    assert_eq!(
        store.serial().unwrap(),
        1,
        "deleting nothing changes nothing"
    );
}

#[test]
fn rows_are_sorted_by_address() {
    let place = Place::new();
    let store = place.open();
    in_run(&store, "r1", |run| {
        for address in ["t.b", "t.a[1]", "t.c", "t.a[0]"] {
            drop(run.change("create", Change::Put(row(address, "v")), BATCHED));
        }
    });
    assert_eq!(
        listing(&store.snapshot().unwrap().rows),
        ["t.a[0] v", "t.a[1] v", "t.b v", "t.c v"]
    );
}

#[test]
fn a_row_is_moved_whole_or_not_at_all() {
    let place = Place::new();
    let store = place.open();
    let run = store.begin_run(start("r1"));
    for address in ["t.a", "t.b"] {
        drop(run.change("create", Change::Put(row(address, address)), BATCHED));
    }
    let move_to = |from: &str, to: Row| {
        let change = Change::Move {
            from: RowName::current(from),
            to,
        };
        run.change("move", change, DURABLE)
            .wait()
            .map(drop)
            .map_err(|error| error.to_string())
    };
    move_to("t.a", row("t.c", "t.a")).unwrap();
    move_to(
        "t.c",
        Row {
            key: RowName::deposed("t.c", "01"),
            ..row("t.c", "t.a")
        },
    )
    .unwrap();
    let refused = move_to(
        "t.b",
        Row {
            key: RowName::deposed("t.c", "01"),
            ..row("t.c", "x")
        },
    )
    .unwrap_err();
    assert_eq!(
        refused,
        "The state store refused to move a row: t.c (deposed object 01) exists already."
    );
    let refused = move_to("t.absent", row("t.d", "x")).unwrap_err();
    assert_eq!(
        refused,
        "The state store refused to move a row: there is no t.absent."
    );
    assert_eq!(
        listing(&store.snapshot().unwrap().rows),
        ["t.b t.b", "t.c (deposed object 01) t.a"]
    );
    assert_eq!(store.check().unwrap(), []);
}

#[test]
fn outputs_are_made_exactly_as_given_and_equal_ones_left_alone() {
    let place = Place::new();
    let store = place.open();
    in_run(&store, "r1", |run| {
        drop(run.set_outputs(vec![output("a", "1"), output("b", "2")], BATCHED))
    });
    in_run(&store, "r2", |run| {
        drop(run.set_outputs(vec![output("c", "3"), output("b", "2")], BATCHED))
    });
    let found: Vec<_> = store
        .outputs()
        .unwrap()
        .into_iter()
        .map(|o| (o.name, o.value, o.version))
        .collect();
    assert_eq!(
        found,
        [
            ("b".to_owned(), b"2".to_vec(), 2),
            ("c".to_owned(), b"3".to_vec(), 3)
        ]
    );
    in_run(&store, "r3", |run| {
        drop(run.set_outputs(vec![output("b", "2"), output("c", "3")], BATCHED))
    });
    assert_eq!(
        store.serial().unwrap(),
        2,
        "the same outputs change nothing"
    );
}

#[test]
fn twenty_thousand_batched_rows_take_few_transactions_and_read_back() {
    let place = Place::new();
    let store = place.open();
    in_run(&store, "r1", |run| {
        for index in 0..20_000 {
            drop(run.change(
                "create",
                Change::Put(row(&format!("t.a[{index}]"), "{\"id\":\"x\"}")),
                BATCHED,
            ));
        }
    });
    let counts = store.write_counts();
    assert!(counts.transactions <= 6, "{counts:?}");
    assert_eq!(counts.operations, 20_002);
    assert_eq!(store.snapshot().unwrap().rows.len(), 20_000);
}
