//! Intents: durable before the effect, settled in one transaction after it.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use trunkline_state::{Change, Event, Row, RowName};

use crate::support::{BATCHED, Place, ending, in_run, intent, listing, row, start};

#[test]
fn an_intent_is_found_again_until_it_is_settled() {
    let place = Place::new();
    {
        let store = place.open();
        let run = store.begin_run(start("r1"));
        run.begin_intent(intent("op1", "t.a"), vec![])
            .wait()
            .unwrap();
        run.begin_intent(intent("op2", "t.b"), vec![])
            .wait()
            .unwrap();
        run.settle_intent("op1", vec![Change::Put(row("t.a", "made"))], None)
            .wait()
            .unwrap();
    }
    let store = place.open();
    let found = store.snapshot().unwrap();
    assert_eq!(listing(&found.rows), ["t.a made"]);
    assert_eq!(found.intents.len(), 1);
    assert_eq!(found.intents[0].operation, intent("op2", "t.b"));
    assert_eq!(
        (found.intents[0].run.as_str(), found.intents[0].sequence),
        ("r1", 2)
    );
    in_run(&store, "r2", |run| {
        drop(run.settle_intent("op2", vec![], None))
    });
    assert_eq!(store.intents().unwrap(), []);
    assert_eq!(store.check().unwrap(), []);
}

#[test]
fn batched_rows_are_on_the_disk_with_the_next_intent() {
    let place = Place::new();
    let store = place.open();
    let run = store.begin_run(start("r1"));
    drop(run.change("create", Change::Put(row("t.a", "1")), BATCHED));
    assert_eq!(
        store.snapshot().unwrap().rows,
        [],
        "nothing asked for it yet"
    );
    run.begin_intent(intent("op1", "t.b"), vec![])
        .wait()
        .unwrap();
    assert_eq!(listing(&store.snapshot().unwrap().rows), ["t.a 1"]);
    drop(run.change("create", Change::Put(row("t.c", "2")), BATCHED));
    run.flush().wait().unwrap();
    assert_eq!(listing(&store.snapshot().unwrap().rows), ["t.a 1", "t.c 2"]);
    drop(run.change("create", Change::Put(row("t.d", "3")), BATCHED));
    run.finish(ending()).wait().unwrap();
    assert_eq!(store.snapshot().unwrap().rows.len(), 3);
}

#[test]
fn an_object_has_one_pending_operation_at_most() {
    let place = Place::new();
    let store = place.open();
    let run = store.begin_run(start("r1"));
    run.begin_intent(intent("op1", "t.a"), vec![])
        .wait()
        .unwrap();
    for (operation, address) in [("op2", "t.a"), ("op1", "t.b")] {
        let error = run
            .begin_intent(intent(operation, address), vec![])
            .wait()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "The state store refused to begin an operation: operation op1 on {address} has not been settled."
            )
        );
    }
    let error = run
        .settle_intent("op9", vec![Change::Put(row("t.z", ""))], None)
        .wait()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "The state store refused to settle an operation: there is no pending operation op9."
    );
    assert_eq!(
        store.snapshot().unwrap().rows,
        [],
        "a refused settling writes nothing"
    );
}

#[test]
fn settling_is_all_or_nothing() {
    let place = Place::new();
    let store = place.open();
    let run = store.begin_run(start("r1"));
    run.begin_intent(intent("op1", "t.a"), vec![])
        .wait()
        .unwrap();
    let impossible = Change::Move {
        from: RowName::current("t.absent"),
        to: row("t.x", ""),
    };
    run.settle_intent(
        "op1",
        vec![Change::Put(row("t.a", "made")), impossible],
        None,
    )
    .wait()
    .unwrap_err();
    let found = store.snapshot().unwrap();
    assert_eq!(
        (found.rows.len(), found.intents.len(), found.serial),
        (0, 1, 0)
    );
    run.settle_intent("op1", vec![Change::Put(row("t.a", "made"))], None)
        .wait()
        .unwrap();
    let found = store.snapshot().unwrap();
    assert_eq!(
        (found.rows.len(), found.intents.len(), found.serial),
        (1, 0, 1)
    );
}

#[test]
fn deposing_and_the_intent_to_replace_are_one_transaction() {
    let place = Place::new();
    let store = place.open();
    let run = store.begin_run(start("r1"));
    drop(run.change("create", Change::Put(row("t.a", "old")), BATCHED));
    let mut deposed = row("t.a", "old");
    deposed.key = RowName::deposed("t.a", "0001");
    let depose = Change::Move {
        from: RowName::current("t.a"),
        to: deposed,
    };
    run.begin_intent(intent("op1", "t.a"), vec![depose])
        .wait()
        .unwrap();
    let found = store.snapshot().unwrap();
    assert_eq!(listing(&found.rows), ["t.a (deposed object 0001) old"]);
    assert_eq!(found.intents.len(), 1);
}

#[test]
fn a_listing_is_kept_while_an_intent_may_need_it() {
    let place = Place::new();
    let store = place.open();
    let run = store.begin_run(start("r1"));
    drop(run.put_listing("p", "t", b"[\"1\"]".to_vec()));
    run.begin_intent(intent("op1", "t.a"), vec![])
        .wait()
        .unwrap();
    run.finish(ending()).wait().unwrap();
    assert_eq!(
        store.listing("r1", "p", "t").unwrap().as_deref(),
        Some(b"[\"1\"]".as_slice())
    );
    assert_eq!(store.listing("r1", "p", "other").unwrap(), None);
    in_run(&store, "r2", |run| {
        drop(run.settle_intent("op1", vec![], None))
    });
    assert_eq!(store.listing("r1", "p", "t").unwrap(), None);
}

#[test]
fn a_failed_operation_leaves_an_event() {
    let place = Place::new();
    let store = place.open();
    let event = Event {
        key: RowName::current("t.a"),
        action: "create".to_owned(),
        result: "failed".to_owned(),
        detail: b"409".to_vec(),
    };
    in_run(&store, "r1", |run| {
        drop(run.begin_intent(intent("op1", "t.a"), vec![]));
        drop(run.settle_intent("op1", vec![], Some(event.clone())));
    });
    assert_eq!(store.run_events("r1").unwrap(), [event]);
}

#[test]
fn nothing_is_recorded_under_a_run_id_that_was_used_before() {
    let place = Place::new();
    let store = place.open();
    in_run(&store, "r1", |_| ());
    let again = store.begin_run(start("r1"));
    let error = again
        .change("create", Change::Put(row("t.a", "")), BATCHED)
        .wait()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "The state store refused to write: run r1 was not begun, or its id was used before."
    );
    assert_eq!(store.snapshot().unwrap().rows, []);
}

#[test]
fn a_refusal_that_nobody_waits_for_is_told_by_the_next_flush() {
    for ticket in [true, false] {
        let place = Place::new();
        let store = place.open();
        let run = store.begin_run(start("r1"));
        for address in ["t.a", "", "t.b"] {
            let put = Change::Put(Row {
                key: RowName::current(address),
                ..row("t.a", "")
            });
            match ticket {
                true => drop(run.change("create", put, BATCHED)),
                false => run.batch("create", put),
            }
        }
        let error = run.flush().wait().unwrap_err();
        assert_eq!(
            error.to_string(),
            "The state store refused to write a row: \"\" is not an address."
        );
        run.finish(ending()).wait().unwrap();
        assert_eq!(
            store.snapshot().unwrap().rows.len(),
            2,
            "the others are written"
        );
    }
}

/// Drives a future on this thread alone.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        thread::park();
    }
}

#[test]
fn a_ticket_can_be_awaited_without_a_runtime() {
    let place = Place::new();
    let store = place.open();
    let run = store.begin_run(start("r1"));
    let serial = block_on(async {
        run.begin_intent(intent("op1", "t.a"), vec![])
            .await
            .unwrap();
        run.settle_intent("op1", vec![Change::Put(row("t.a", ""))], None)
            .await
            .unwrap();
        run.change("create", Change::Put(row("t.b", "")), BATCHED)
            .await
            .unwrap()
            .serial
    });
    assert_eq!(serial, 2);
}
