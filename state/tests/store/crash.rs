//! Killed at any moment, the store keeps what it acknowledged, and no half of anything.
//!
//! The writer is this test binary again, as a child process that is killed without warning.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use trunkline_state::{Change, RowName, Store};

use crate::support::{BATCHED, Child, Place, intent, options, row, start};

/// The child: settles operation after operation, and says so once it may.
fn write_until_killed(dir: &Path) {
    let store = Store::open(options(dir)).unwrap();
    let run = store.begin_run(start(&format!("run {}", store.runs().unwrap().len())));
    let say = |line: String| {
        let mut out = std::io::stdout().lock();
        out.write_all(line.as_bytes())
            .and_then(|()| out.flush())
            .unwrap();
    };
    let first = store.snapshot().unwrap().rows.len();
    for number in first.. {
        let address = format!("t.a[{number}]");
        drop(run.change(
            "create",
            Change::Put(row(&format!("t.batched[{number}]"), "b")),
            BATCHED,
        ));
        let operation = format!("op {} {number}", run.id());
        run.begin_intent(intent(&operation, &address), vec![])
            .wait()
            .unwrap();
        say(format!("@begun {number}\n"));
        let pair = row(&format!("t.pair[{number}]"), "p");
        let made = vec![Change::Put(row(&address, "made")), Change::Put(pair)];
        run.settle_intent(operation, made, None).wait().unwrap();
        say(format!("@settled {number}\n"));
    }
}

#[test]
fn killed_at_any_moment_it_keeps_what_it_acknowledged() {
    if let Some(dir) = Child::dir() {
        return write_until_killed(&dir);
    }
    let place = Place::new();
    drop(place.open());
    let mut acknowledged: BTreeMap<usize, bool> = BTreeMap::new();
    for round in 0..12 {
        let mut child = Child::start(
            "crash::killed_at_any_moment_it_keeps_what_it_acknowledged",
            place.dir(),
        );
        let mut lines = BufReader::new(child.stdout()).lines().map_while(Result::ok);
        let mut note = |line: String| {
            let Some((word, number)) = line.strip_prefix('@').and_then(|line| line.split_once(' '))
            else {
                return;
            };
            let number: usize = number.parse().unwrap();
            *acknowledged.entry(number).or_default() |= word == "settled";
        };
        for line in lines.by_ref().take(7 + 11 * round) {
            note(line);
        }
        child.kill();
        // What it said before it died counts too.
        lines.for_each(&mut note);

        let store = place.open();
        assert_eq!(store.check().unwrap(), [], "round {round}");
        let snapshot = store.snapshot().unwrap();
        let has = |address: String| {
            snapshot
                .rows
                .iter()
                .any(|row| row.key == RowName::current(address.as_str()))
        };
        for (number, settled) in &acknowledged {
            let made = has(format!("t.a[{number}]"));
            let pending = snapshot
                .intents
                .iter()
                .any(|i| i.operation.key.address == format!("t.a[{number}]"));
            assert_eq!(
                made, !pending,
                "round {round}: operation {number} is either pending or settled"
            );
            assert!(
                made || !settled,
                "round {round}: the settling of {number} was acknowledged"
            );
            assert_eq!(
                made,
                has(format!("t.pair[{number}]")),
                "round {round}: {number} is settled whole"
            );
            assert!(
                has(format!("t.batched[{number}]")),
                "round {round}: what was batched before {number} is there"
            );
        }
        // The next run settles what it finds, as the engine does.
        let run = store.begin_run(start(&format!("recovery {round}")));
        for found in &snapshot.intents {
            drop(run.settle_intent(&*found.operation.operation_id, vec![], None));
            acknowledged
                .retain(|number, _| found.operation.key.address != format!("t.a[{number}]"));
        }
        run.flush().wait().unwrap();
        assert_eq!(store.intents().unwrap(), []);
    }
    assert!(
        acknowledged.len() > 50,
        "only {} operations were tried",
        acknowledged.len()
    );
}
