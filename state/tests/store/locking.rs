//! The lock: one holder, who is named; dead ones are recovered.

use std::io::{BufRead, BufReader, Write};
use std::thread;
use std::time::Duration;

use trunkline_state::{Change, Durability, Holder, LockRequest, StateError, Store};

use crate::support::{BATCHED, Child, Place, lock_request, options, row, start};

#[test]
fn the_second_of_two_openers_is_told_who_holds_the_lock() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    let guard = one.lock(lock_request("lock-1")).unwrap();
    assert_eq!(guard.recovered(), None);
    let error = other.lock(lock_request("lock-2")).unwrap_err();
    let text = error
        .to_string()
        .replace(&place.path().display().to_string(), "[STORE]");
    let text = text.replace(
        &format!("process {} ", std::process::id()),
        "process [PID] ",
    );
    assert_eq!(
        text,
        "The state [STORE] is locked by apply (ann@desk, process [PID] on desk, since 2030-01-02T03:04:05Z, \
         lock id lock-1). Wait for it to end, or pass -lock-timeout to wait here."
    );
    assert_eq!(other.snapshot().unwrap().rows, [], "readers do not wait");
    drop(guard);
    let guard = other.lock(lock_request("lock-2")).unwrap();
    assert_eq!((guard.id(), guard.recovered()), ("lock-2", None));
}

/// A checkout that links to a store elsewhere shares its lock and its log, also where it makes the store.
#[cfg(unix)]
#[test]
fn a_link_to_a_store_is_that_store() {
    let (place, checkout) = (Place::new(), Place::new());
    std::os::unix::fs::symlink(place.path(), checkout.path()).unwrap();
    let linked = trunkline_state::OpenOptions {
        path: checkout.path(),
        ..options(place.dir())
    };
    let one = Store::open(linked).unwrap();
    assert_eq!(one.path(), place.path());
    let _guard = one.lock(lock_request("lock-1")).unwrap();
    let other = place.open();
    let refused = other.lock(lock_request("lock-2"));
    assert!(matches!(refused, Err(StateError::Locked { .. })));
    let left = std::fs::read_dir(checkout.dir()).unwrap().count();
    assert_eq!(left, 1, "only the link is in the checkout");
}

#[test]
fn a_waiting_process_gets_the_lock_when_it_is_free() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    let guard = one.lock(lock_request("lock-1")).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let request = LockRequest {
                timeout: Duration::from_secs(60),
                ..lock_request("lock-2")
            };
            other.lock(request).unwrap().id().to_owned()
        });
        drop(guard);
        assert_eq!(waiting.join().unwrap(), "lock-2");
    });
    assert_eq!(one.holder().unwrap(), None);
}

/// A child that a holder had just started holds the lock with it, and a moment longer where the holder is killed. Whoever
/// comes right after that is not told of a holder that is dead.
#[test]
fn who_would_not_wait_waits_for_what_a_killed_holder_leaves_for_a_moment() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    let _guard = one.lock(lock_request("lock-1")).unwrap();
    let began = std::time::Instant::now();
    let refused = other.lock(lock_request("lock-2"));
    assert!(matches!(refused, Err(StateError::Locked { .. })));
    assert!(began.elapsed() >= Duration::from_millis(200));
}

#[test]
fn waiting_ends_when_it_is_not_wanted_any_more() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    let _guard = one.lock(lock_request("lock-1")).unwrap();
    let request = LockRequest {
        timeout: Duration::from_secs(3600),
        ..lock_request("lock-2")
    };
    request
        .stop
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let refused = other.lock(request);
    assert!(matches!(refused, Err(StateError::Locked { .. })));
}

#[test]
fn giving_the_lock_back_commits_what_is_queued() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    let guard = one.lock(lock_request("lock-1")).unwrap();
    let run = one.begin_run(start("r1"));
    drop(run.change("create", Change::Put(row("t.a", "1")), BATCHED));
    drop(guard);
    assert_eq!(other.snapshot().unwrap().rows.len(), 1);
}

#[test]
fn a_dead_holder_is_recovered_and_named() {
    if let Some(dir) = Child::dir() {
        let store = Store::open(options(&dir)).unwrap();
        let _guard = store.lock(lock_request("lock-of-the-dead")).unwrap();
        std::io::stdout()
            .write_all(format!("@locked {}\n", std::process::id()).as_bytes())
            .unwrap();
        loop {
            thread::park();
        }
    }
    let place = Place::new();
    let store = place.open();
    let mut child = Child::start("locking::a_dead_holder_is_recovered_and_named", place.dir());
    let said = BufReader::new(child.stdout())
        .lines()
        .map_while(Result::ok)
        .find(|line| line.starts_with('@'))
        .unwrap();
    let pid: u32 = said.trim_start_matches("@locked ").parse().unwrap();
    let holder = Holder {
        id: "lock-of-the-dead".to_owned(),
        who: "ann@desk".to_owned(),
        host: "desk".to_owned(),
        pid,
        since: "2030-01-02T03:04:05Z".to_owned(),
        operation: "apply".to_owned(),
    };
    match store.lock(lock_request("lock-2")) {
        Err(StateError::Locked {
            holder: Some(found),
            ..
        }) => assert_eq!(*found, holder),
        other => panic!("{other:?}"),
    }
    child.kill();
    let guard = store.lock(lock_request("lock-2")).unwrap();
    assert_eq!(guard.recovered(), Some(&holder));
    drop(guard);
    assert_eq!(
        store.lock(lock_request("lock-3")).unwrap().recovered(),
        None,
        "it is recovered once"
    );
}

#[test]
fn two_writers_without_the_lock_lose_nothing() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    thread::scope(|scope| {
        for (store, name) in [(&one, "one"), (&other, "other")] {
            scope.spawn(move || {
                let run = store.begin_run(start(name));
                for index in 0..50 {
                    let row = row(&format!("t.{name}[{index}]"), "v");
                    run.change("create", Change::Put(row), Durability::Durable)
                        .wait()
                        .unwrap();
                }
            });
        }
    });
    let snapshot = one.snapshot().unwrap();
    assert_eq!((snapshot.rows.len(), snapshot.serial), (100, 100));
    assert_eq!(one.check().unwrap(), []);
}

#[test]
fn only_a_dead_holders_record_can_be_removed() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    let guard = one.lock(lock_request("lock-1")).unwrap();
    let error = other.force_unlock("lock-1").unwrap_err();
    assert!(matches!(error, StateError::Locked { .. }), "{error}");
    drop(guard);
    place.tamper("INSERT INTO holder VALUES (1, 'lock-0', 'bob', 'there', 7, 'then', 'apply')");
    let error = other.force_unlock("lock-1").unwrap_err();
    assert_eq!(
        error.to_string(),
        "The state store refused to unlock: there is no lock with the id lock-1."
    );
    other.force_unlock("lock-0").unwrap();
    assert_eq!(one.holder().unwrap(), None);
}
