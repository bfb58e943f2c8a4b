//! No value lies in clear in any file of the store.

use std::fs;
use std::path::Path;

use trunkline_state::{Change, Event, NewIntent, Output, Row, RowName};

use crate::support::{BATCHED, Place, event, in_run, intent, output, row, start};

const SECRET: &str = "correct-horse-battery-staple";

/// The files below a directory whose bytes contain the secret.
fn files_with_the_secret(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with_the_secret(&path));
        } else if fs::read(&path)
            .unwrap()
            .windows(SECRET.len())
            .any(|window| window == SECRET.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn the_secret_is_in_no_file_while_writing_nor_after() {
    let place = Place::new();
    let store = place.open();
    let secret = || SECRET.as_bytes().to_vec();
    let write = |id: &str| {
        in_run(&store, id, |run| {
            let row = Row {
                private: secret(),
                ..row("t.a", SECRET)
            };
            drop(run.change("update", Change::Put(row), BATCHED));
            drop(run.set_outputs(
                vec![Output {
                    value_type: secret(),
                    ..output("o", &format!("{SECRET} {id}"))
                }],
                BATCHED,
            ));
            drop(run.put_listing("p", "t", secret()));
            drop(run.record(event("t.a", SECRET)));
            let intent = NewIntent {
                payload: secret(),
                note: secret(),
                ..intent(&format!("op {id}"), &format!("t.{id}"))
            };
            drop(run.begin_intent(intent, vec![]));
        });
    };
    write("r1");
    write("r2");
    assert_eq!(store.snapshot().unwrap().rows[0].attributes, secret());
    assert!(
        fs::metadata(place.dir().join("trunkline.db-wal"))
            .unwrap()
            .len()
            > 0,
        "the log is searched too"
    );
    assert_eq!(files_with_the_secret(place.dir()), Vec::<String>::new());
    fs::write(
        place.dir().join("blob"),
        store.seal_blob("plan", SECRET.as_bytes()).unwrap(),
    )
    .unwrap();
    drop(store);
    assert!(!place.dir().join("trunkline.db-wal").exists());
    assert_eq!(files_with_the_secret(place.dir()), Vec::<String>::new());
}

#[test]
fn debug_output_shows_no_value() {
    let place = Place::new();
    let store = place.open();
    let run = store.begin_run(start("r1"));
    let secret = || SECRET.as_bytes().to_vec();
    let row = Row {
        private: secret(),
        ..row("t.a", SECRET)
    };
    let intent = NewIntent {
        payload: secret(),
        note: secret(),
        ..intent("op", "t.a")
    };
    let event = Event {
        detail: secret(),
        ..event("t.a", "")
    };
    let output = Output {
        value_type: secret(),
        ..output("o", SECRET)
    };
    let shown = format!(
        "{store:?} {run:?} {row:?} {intent:?} {event:?} {output:?} {:?}",
        Change::Put(row.clone())
    );
    let key = store.export_key().unwrap();
    let shown = format!(
        "{shown} {key:?} {:?}",
        trunkline_state::ExplicitKey::Value(key.to_base64())
    );
    for bytes in [
        SECRET,
        &format!("{:?}", SECRET.as_bytes()),
        &key.to_base64(),
    ] {
        assert!(!shown.contains(bytes), "{shown}");
    }
    assert!(
        shown.contains(&format!("{:?}", RowName::current("t.a"))),
        "names are shown: {shown}"
    );
}
