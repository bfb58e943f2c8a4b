//! Damaged, foreign and newer files: named as such, never changed, never taken as empty.

use std::fs;

use trunkline_state::{Change, Durability, OpenOptions, RowName, StateError};

use crate::support::{BATCHED, Place, in_run, listing, options, output, row, start};

/// A place whose store has rows, and is closed.
fn filled(rows: usize) -> Place {
    let place = Place::new();
    in_run(&place.open(), "r1", |run| {
        for index in 0..rows {
            drop(run.change(
                "create",
                Change::Put(row(&format!("t.a[{index}]"), "some attributes")),
                BATCHED,
            ));
        }
        drop(run.set_outputs(vec![output("o", "1"), output("p", "1")], BATCHED));
    });
    place
}

fn error_of_opening(place: &Place) -> String {
    place
        .try_open()
        .unwrap_err()
        .to_string()
        .replace(&place.dir().display().to_string(), "[DIR]")
}

#[test]
fn a_foreign_file_is_left_alone() {
    let place = Place::new();
    for (content, detail) in [
        ("hello, this is a text", "it is not a SQLite database"),
        ("hi", "it is not a SQLite database"),
    ] {
        fs::write(place.path(), content).unwrap();
        assert_eq!(
            error_of_opening(&place),
            format!(
                "[DIR]/trunkline.db is not a Trunkline state store ({detail}). Nothing was changed. Move the file away, \
                 or point Trunkline at the right file."
            )
        );
        assert_eq!(fs::read_to_string(place.path()).unwrap(), content);
    }
    fs::remove_file(place.path()).unwrap();
    place.tamper("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    assert!(error_of_opening(&place).contains("(it is a SQLite database of another program)"));
}

#[test]
fn an_empty_file_is_a_damaged_store() {
    let place = Place::new();
    fs::write(place.path(), "").unwrap();
    assert_eq!(
        error_of_opening(&place),
        "The state store [DIR]/trunkline.db is damaged: the file is empty. It was not changed and nothing was planned \
         from it. Restore it from a backup or from version control; do not delete it while the objects that it names \
         still exist."
    );
}

#[test]
fn a_store_cut_off_anywhere_is_damaged() {
    let whole = fs::read(filled(50).path()).unwrap();
    let page = 4_096;
    assert!(whole.len() > 10 * page);
    for length in (0..whole.len())
        .step_by(page)
        .chain([1, 15, 16, 50, 99, 100, whole.len() - 1])
    {
        let place = Place::new();
        fs::write(place.path(), &whole[..length]).unwrap();
        let error = place.try_open().unwrap_err();
        assert!(
            matches!(error, StateError::Damaged { .. }),
            "{length} bytes: {error}"
        );
        assert_eq!(
            fs::read(place.path()).unwrap(),
            &whole[..length],
            "{length} bytes"
        );
    }
}

#[test]
fn a_log_without_its_database_is_no_reason_to_begin_anew() {
    let place = Place::new();
    fs::write(place.dir().join("trunkline.db-wal"), "x").unwrap();
    let text = error_of_opening(&place);
    assert!(
        text.contains("its write-ahead log (-wal) is there, but the database file itself is gone"),
        "{text}"
    );
}

#[test]
fn a_log_cut_off_anywhere_loses_the_last_commits_only() {
    let place = Place::new();
    let store = place.open();
    for index in 0..6 {
        in_run(&store, &format!("r{index}"), |run| {
            drop(run.change(
                "create",
                Change::Put(row(&format!("t.a[{index}]"), "v")),
                Durability::Durable,
            ));
        });
    }
    // Copied while open: what a kill leaves behind.
    let (database, log) = (
        fs::read(place.path()).unwrap(),
        fs::read(place.dir().join("trunkline.db-wal")).unwrap(),
    );
    let expected = listing(&store.snapshot().unwrap().rows);
    let mut seen = 0;
    for length in (0..=log.len()).rev().step_by(2_060) {
        let copy = Place::new();
        fs::create_dir_all(copy.dir().join("keys")).unwrap();
        for key in fs::read_dir(place.dir().join("keys")).unwrap() {
            let key = key.unwrap();
            fs::copy(key.path(), copy.dir().join("keys").join(key.file_name())).unwrap();
        }
        fs::write(copy.path(), &database).unwrap();
        fs::write(copy.dir().join("trunkline.db-wal"), &log[..length]).unwrap();
        let store = copy.open();
        let found = listing(&store.snapshot().unwrap().rows);
        assert_eq!(found, expected[..found.len()], "{length} bytes of the log");
        assert!(store.serial().unwrap() > 0, "never as if nothing had been");
        assert_eq!(store.check().unwrap(), []);
        seen = seen.max(found.len());
    }
    assert_eq!(seen, 6);
}

#[test]
fn a_newer_store_is_refused() {
    let place = filled(1);
    place.tamper("PRAGMA user_version = 999");
    let text = error_of_opening(&place);
    assert!(text.contains("was written by a newer version of Trunkline (its format is 999, this program knows up to"), "{text}");
    assert!(
        text.ends_with("Nothing was changed. Use the newer version."),
        "{text}"
    );
}

#[test]
fn an_altered_payload_is_noticed() {
    let place = filled(2);
    // Flip one bit of one byte in the middle of one row's ciphertext.
    place.tamper(
        "UPDATE instances SET sealed = CAST(substr(sealed, 1, 20) || char(CASE WHEN substr(sealed, 21, 1) = x'41' THEN 66 \
         ELSE 65 END) || substr(sealed, 22) AS BLOB) WHERE address = 't.a[1]'",
    );
    let store = place.open();
    let error = store.snapshot().unwrap_err();
    assert_eq!(
        error.to_string(),
        "The sealed data of t.a[1] does not authenticate: it was altered, or moved from another row or store. Restore \
         the store from a backup."
    );
    assert!(
        store.row(&RowName::current("t.a[0]")).unwrap().is_some(),
        "the others can be read"
    );
}

#[test]
fn a_payload_moved_to_another_place_is_noticed() {
    let moves = [
        (
            "UPDATE instances SET sealed = (SELECT sealed FROM instances WHERE address = 't.a[0]')",
            "t.a[1]",
        ),
        ("UPDATE instances SET version = version + 1", "t.a[0]"),
        (
            "UPDATE instances SET deposed = '01'",
            "t.a[0] (deposed object 01)",
        ),
        (
            "UPDATE outputs SET sealed = (SELECT sealed FROM outputs WHERE name = 'o')",
            "output p",
        ),
        (
            "UPDATE instances SET sealed = (SELECT sealed FROM outputs WHERE name = 'o')",
            "t.a[0]",
        ),
    ];
    for (sql, expected) in moves {
        let place = filled(2);
        place.tamper(sql);
        match place.open().snapshot() {
            Err(StateError::Tampered { what }) => assert_eq!(what, expected, "{sql}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[test]
fn a_missing_store_is_an_error_where_none_is_to_be_made() {
    let place = Place::new();
    let error = trunkline_state::Store::open(OpenOptions {
        create: false,
        ..options(place.dir())
    })
    .unwrap_err();
    assert!(matches!(error, StateError::NotFound { .. }), "{error}");
    assert_eq!(
        fs::read_dir(place.dir()).unwrap().count(),
        0,
        "nothing was made"
    );
}

#[test]
fn after_a_failed_write_nothing_more_is_written() {
    let place = filled(1);
    place.tamper("CREATE TRIGGER fault BEFORE INSERT ON intents BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END");
    let store = place.open();
    let run = store.begin_run(start("r2"));
    let batched = run.change("create", Change::Put(row("t.b", "1")), BATCHED);
    let failed = run
        .begin_intent(crate::support::intent("op1", "t.c"), vec![])
        .wait()
        .unwrap_err()
        .to_string();
    assert!(
        failed.contains("could not commit a change: the disk is on fire"),
        "{failed}"
    );
    assert_eq!(
        batched.wait().unwrap_err().to_string(),
        failed,
        "the transaction is one"
    );
    let later = run
        .change("create", Change::Put(row("t.d", "1")), Durability::Durable)
        .wait()
        .unwrap_err()
        .to_string();
    assert_eq!(
        later,
        format!("Nothing more is written to the state, because an earlier write failed: {failed}")
    );
    assert_eq!(
        listing(&store.snapshot().unwrap().rows),
        ["t.a[0] some attributes"],
        "what was committed is there"
    );
}

#[test]
fn a_backup_is_a_whole_store() {
    let place = filled(3);
    let store = place.open();
    let copy = place.dir().join("copy.db");
    store.backup(&copy).unwrap();
    let error = store.backup(&copy).unwrap_err().to_string();
    assert!(error.ends_with("copy.db exists already."), "{error}");
    in_run(&store, "r2", |run| {
        drop(run.change(
            "delete",
            Change::Delete(RowName::current("t.a[0]")),
            BATCHED,
        ))
    });
    let backup = trunkline_state::Store::open(OpenOptions {
        path: copy,
        create: false,
        ..options(place.dir())
    })
    .unwrap();
    assert_eq!(backup.snapshot().unwrap().rows.len(), 3);
    assert_eq!(backup.check().unwrap(), []);
    in_run(&backup, "r2", |run| {
        drop(run.change("create", Change::Put(row("t.b", "1")), BATCHED))
    });
    assert_eq!((backup.serial().unwrap(), store.serial().unwrap()), (2, 2));
}

#[test]
fn a_lost_page_is_never_taken_for_fewer_rows() {
    let place = filled(60);
    let whole = fs::read(place.path()).unwrap();
    let expected = listing(&place.open().snapshot().unwrap().rows);
    let page = 4_096;
    let mut noticed = 0;
    for at in (page..whole.len()).step_by(page) {
        let mut bytes = whole.clone();
        bytes[at..at + page].fill(0);
        fs::write(place.path(), bytes).unwrap();
        match place
            .try_open()
            .and_then(|store| Ok((store.snapshot()?, store.check())))
        {
            Err(error) => {
                assert!(
                    matches!(error, StateError::Damaged { .. }),
                    "page at {at}: {error}"
                );
                noticed += 1;
            }
            Ok((snapshot, check)) => {
                assert_eq!(listing(&snapshot.rows), expected, "page at {at}");
                noticed += usize::from(check.map_or(true, |found| !found.is_empty()));
            }
        }
    }
    assert!(noticed > 5, "only {noticed} lost pages were noticed");
}
