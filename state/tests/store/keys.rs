//! Keys: found, missing, wrong, made, carried to another machine, replaced.

use std::fs;
use std::path::Path;

use trunkline_state::{
    Change, ExplicitKey, KeySource, OpenOptions, Rotation, Stamp, StateError, StateKey, Store,
    import_key,
};

use crate::support::{BATCHED, Place, in_run, intent, listing, options, output, row};

fn explicit(key: ExplicitKey) -> KeySource {
    KeySource {
        explicit: Some(key),
        default_dir: None,
        may_create: false,
    }
}

fn open_with(place: &Place, keys: KeySource) -> Result<Store, StateError> {
    Store::open(OpenOptions {
        keys,
        ..options(place.dir())
    })
}

/// The error's text, with what differs between runs replaced.
fn text(place: &Place, error: &StateError, ids: &[&str]) -> String {
    let mut text = error
        .to_string()
        .replace(&place.dir().display().to_string(), "[DIR]");
    for (at, id) in ids.iter().enumerate() {
        text = text.replace(id, &format!("[ID{at}]"));
    }
    text
}

#[test]
fn a_new_store_makes_a_key_file_and_says_so_once() {
    let place = Place::new();
    let created = place.open().key_created().cloned().unwrap();
    assert_eq!(
        created.path,
        place.dir().join("keys").join(format!("{}.key", created.id))
    );
    assert_eq!(created.id.len(), 16);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&created.path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let again = place.open();
    assert_eq!(
        (again.key_created(), again.key_id().unwrap()),
        (None, created.id)
    );
}

#[test]
fn no_key_is_made_where_none_may_be() {
    let place = Place::new();
    let error = open_with(
        &place,
        KeySource {
            may_create: false,
            ..place.keys()
        },
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "A new state store needs a key, and none was given: a key file is not made silently when CI is set, because \
         it would be lost with the machine. Set TRUNKLINE_STATE_KEY, TRUNKLINE_STATE_KEY_FILE or \
         TRUNKLINE_STATE_KEY_COMMAND."
    );
    assert!(!place.path().exists(), "nothing was made");
}

#[test]
fn a_missing_key_is_named_and_never_made_anew() {
    let place = Place::new();
    let created = place.open().key_created().cloned().unwrap();
    fs::remove_file(&created.path).unwrap();
    let error = place.try_open().unwrap_err();
    assert_eq!(
        text(&place, &error, &[&created.id]),
        "The state store [DIR]/trunkline.db is sealed with key [ID0], which was not found: no key was given, and \
         [DIR]/keys/[ID0].key does not exist. Set TRUNKLINE_STATE_KEY, \
         TRUNKLINE_STATE_KEY_FILE or TRUNKLINE_STATE_KEY_COMMAND to it, or bring it here with `trunkline state key \
         import` (on a machine that has it, `trunkline state key export` prints it)."
    );
    assert!(!created.path.exists());
}

#[test]
fn a_wrong_key_is_told_from_a_damaged_store() {
    let place = Place::new();
    let right = place.open().key_created().cloned().unwrap().id;
    let other = StateKey::generate().unwrap();
    let error = open_with(&place, explicit(ExplicitKey::Value(other.to_base64()))).unwrap_err();
    assert_eq!(
        text(&place, &error, &[&right, &other.id()]),
        "The state store [DIR]/trunkline.db is sealed with key [ID0], but TRUNKLINE_STATE_KEY gives key [ID1]. Supply \
         key [ID0]."
    );
}

#[test]
fn a_key_comes_from_a_value_a_file_or_a_command() {
    let place = Place::new();
    let key = StateKey::generate().unwrap();
    let file = place.dir().join("my.key");
    fs::write(&file, format!("# mine\n{}\n", *key.to_base64())).unwrap();
    let sources = [
        ExplicitKey::Value(key.to_base64()),
        ExplicitKey::File(file.clone()),
        ExplicitKey::Command(format!("cat '{}'", file.display())),
    ];
    for source in sources {
        let store = open_with(&place, explicit(source)).unwrap();
        assert_eq!(
            (store.key_id().unwrap(), store.key_created()),
            (key.id(), None)
        );
    }
}

#[test]
fn what_is_no_key_is_refused_without_showing_it() {
    let place = Place::new();
    let said = |key: ExplicitKey| open_with(&place, explicit(key)).unwrap_err().to_string();
    let tail = " A state key is 32 random bytes in base64.";
    let nothing = ", so that there is no key to open the state with.";
    let value = |text: &str| said(ExplicitKey::Value(text.to_owned().into()));
    assert_eq!(
        value("s3cret!"),
        format!("TRUNKLINE_STATE_KEY does not give a state key: it is not base64.{tail}")
    );
    assert_eq!(
        value("c2hvcnQ="),
        format!("TRUNKLINE_STATE_KEY does not give a state key: it has 5 bytes.{tail}")
    );
    assert_eq!(
        value("\n"),
        format!("TRUNKLINE_STATE_KEY does not give a state key: it is empty.{tail}")
    );
    assert_eq!(
        said(ExplicitKey::Command("exit 3".to_owned())),
        format!("The command of TRUNKLINE_STATE_KEY_COMMAND failed (exit status: 3){nothing}")
    );
    let missing = Path::new("/nonexistent/my.key");
    assert_eq!(
        said(ExplicitKey::File(missing.to_path_buf())),
        format!("The key file /nonexistent/my.key does not exist{nothing}")
    );
    assert!(!place.path().exists());
}

#[test]
fn an_exported_key_opens_the_store_elsewhere() {
    let place = Place::new();
    let store = place.open();
    in_run(&store, "r1", |run| {
        drop(run.change("create", Change::Put(row("t.a", "1")), BATCHED))
    });
    let exported = store.export_key().unwrap();
    drop(store);
    fs::remove_dir_all(place.dir().join("keys")).unwrap();
    let imported = import_key(&place.dir().join("elsewhere"), &exported.to_base64()).unwrap();
    assert_eq!(imported.id, exported.id());
    let keys = KeySource {
        default_dir: Some(place.dir().join("elsewhere")),
        ..KeySource::default()
    };
    assert_eq!(
        listing(&open_with(&place, keys).unwrap().snapshot().unwrap().rows),
        ["t.a 1"]
    );
}

/// A store with something in every table that holds sealed payloads.
fn filled(place: &Place) -> Store {
    let store = place.open();
    in_run(&store, "r1", |run| {
        drop(run.set_outputs(vec![output("o", "1")], BATCHED));
        drop(run.change("create", Change::Put(row("t.a", "old")), BATCHED));
    });
    in_run(&store, "r2", |run| {
        drop(run.set_outputs(vec![output("o", "2")], BATCHED));
        drop(run.change("update", Change::Put(row("t.a", "new")), BATCHED));
        drop(run.put_listing("p", "t", b"ids".to_vec()));
        drop(run.begin_intent(intent("op1", "t.b"), vec![]));
        drop(run.record(crate::support::event("t.c", "detail")));
    });
    store
}

/// Everything that a store tells, as text.
fn contents(store: &Store) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {:?}",
        store
            .snapshot()
            .unwrap()
            .rows
            .iter()
            .map(|row| &row.attributes)
            .collect::<Vec<_>>(),
        store
            .rows_after("r1")
            .unwrap()
            .iter()
            .map(|row| &row.attributes)
            .collect::<Vec<_>>(),
        store
            .outputs()
            .unwrap()
            .iter()
            .map(|output| &output.value)
            .collect::<Vec<_>>(),
        store
            .intents()
            .unwrap()
            .iter()
            .map(|intent| &intent.operation.payload)
            .collect::<Vec<_>>(),
        (
            store.listing("r2", "p", "t").unwrap(),
            store.run_events("r2").unwrap()[0].detail.clone()
        ),
    )
}

#[test]
fn a_rotated_key_replaces_the_old_one() {
    for reseal in [false, true] {
        let place = Place::new();
        let store = filled(&place);
        let (before, fingerprint) = (contents(&store), store.fingerprint(b"x"));
        let blob = store.seal_blob("plan", b"values").unwrap();
        let old = store.export_key().unwrap();
        let created = store
            .rotate_key(Rotation { key: None, reseal })
            .unwrap()
            .unwrap();
        assert_ne!(created.id, old.id());
        let error = open_with(&place, explicit(ExplicitKey::Value(old.to_base64()))).unwrap_err();
        assert!(matches!(error, StateError::KeyWrong { .. }), "{error}");
        let store = place.open();
        assert_eq!(store.key_id().unwrap(), created.id);
        assert_eq!(contents(&store), before);
        assert_eq!(store.fingerprint(b"x"), fingerprint);
        assert_eq!(store.check().unwrap(), []);
        assert_eq!(
            store.open_blob("plan", &blob).is_ok(),
            !reseal,
            "sealing anew ends saved plans"
        );
    }
}

#[test]
fn sealing_anew_changes_every_payload_on_the_disk() {
    let place = Place::new();
    let payloads = |place: &Place| -> Vec<Vec<u8>> {
        let connection = rusqlite::Connection::open(place.path()).unwrap();
        let tables = [
            "instances",
            "old_instances",
            "outputs",
            "old_outputs",
            "intents",
            "listings",
            "events",
        ];
        tables
            .iter()
            .map(|table| {
                connection
                    .query_row(&format!("SELECT sealed FROM {table}"), [], |row| row.get(0))
                    .unwrap()
            })
            .collect()
    };
    let store = filled(&place);
    let before = payloads(&place);
    store
        .rotate_key(Rotation {
            key: Some(StateKey::generate().unwrap()),
            reseal: true,
        })
        .unwrap();
    for (one, other) in before.iter().zip(payloads(&place)) {
        assert_ne!(*one, other);
    }
}

#[test]
fn stores_of_one_key_have_fingerprints_in_common() {
    let places = [Place::new(), Place::new(), Place::new()];
    let (key, another) = (StateKey::generate().unwrap(), StateKey::generate().unwrap());
    let open = |place: &Place, key: &StateKey| {
        open_with(place, explicit(ExplicitKey::Value(key.to_base64()))).unwrap()
    };
    let (one, other) = (open(&places[0], &key), open(&places[1], &key));
    assert_ne!(one.fingerprint(b"x"), other.fingerprint(b"x"));
    let common = |store: &trunkline_state::Store, bytes: &[u8]| {
        let mut hash = store.common_fingerprint();
        hash.update(bytes);
        hash.finish()
    };
    assert_eq!(common(&one, b"x"), common(&other, b"x"));
    assert_ne!(common(&one, b"x"), common(&one, b"y"));
    assert_ne!(common(&one, b"x"), one.fingerprint(b"x"));
    let third = open(&places[2], &another);
    assert_ne!(common(&one, b"x"), common(&third, b"x"));
}

#[test]
fn fingerprints_and_blobs_are_bound_to_the_state() {
    let (one, other) = (Place::new(), Place::new());
    let (one, other) = (one.open(), other.open());
    assert_eq!(one.fingerprint(b"secret"), one.fingerprint(b"secret"));
    assert_ne!(one.fingerprint(b"secret"), one.fingerprint(b"Secret"));
    assert_ne!(one.fingerprint(b"secret"), other.fingerprint(b"secret"));
    let sealed = one.seal_blob("plan", b"values").unwrap();
    assert_eq!(one.open_blob("plan", &sealed).unwrap(), b"values");
    one.open_blob("history", &sealed).unwrap_err();
    other.open_blob("plan", &sealed).unwrap_err();
}

#[test]
fn rehearsal_and_reality_never_mix() {
    let place = Place::new();
    drop(place.open());
    let error = Store::open(OpenOptions {
        stamp: Stamp::Sandbox,
        ..options(place.dir())
    })
    .unwrap_err();
    assert_eq!(
        text(&place, &error, &[]),
        "[DIR]/trunkline.db is a live store, but this command works on sandbox state. Without -sandbox the command \
         would work on it; rehearsal never touches the real thing."
    );
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_can_read_is_warned_about() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let created = place.open().key_created().cloned().unwrap();
    assert_eq!(place.open().warnings(), Vec::<String>::new());
    fs::set_permissions(&created.path, fs::Permissions::from_mode(0o644)).unwrap();
    let warnings = place.open().warnings().join(" ");
    assert!(
        warnings.ends_with("restrict it with `chmod 600`."),
        "{warnings}"
    );
}

#[test]
fn stores_made_at_the_same_moment_are_one_with_one_key() {
    for _ in 0..20 {
        made_at_the_same_moment();
    }
}

fn made_at_the_same_moment() {
    let place = Place::new();
    let stores: Vec<Store> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| place.open())).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let id = stores[0].key_id().unwrap();
    let makers: Vec<_> = stores.iter().filter_map(Store::key_created).collect();
    assert_eq!(
        makers.iter().map(|created| &created.id).collect::<Vec<_>>(),
        [&id]
    );
    let files = |dir: &Path| fs::read_dir(dir).unwrap().count();
    assert_eq!(files(&place.dir().join("keys")), 1);
}
