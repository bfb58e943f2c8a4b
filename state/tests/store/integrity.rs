//! The integrity rules: each is broken behind the store's back, and noticed.

use trunkline_state::Change;

use crate::support::{BATCHED, Place, event, in_run, intent, output, row};

/// Breaks a sound store and compares what the check finds.
fn check(sql: &str, expected: &[&str]) {
    assert_eq!(violations(sql), expected, "{sql}");
}

/// Breaks a sound store; what the check finds, as `rule: detail` lines.
fn violations(sql: &str) -> Vec<String> {
    let place = Place::new();
    let store = place.open();
    in_run(&store, "r1", |run| {
        let mut dependant = row("t.b", "1");
        dependant.dependencies = vec!["t.a".to_owned(), "module.m[\"a b\"].t.c".to_owned()].into();
        drop(run.change("create", Change::Put(row("t.a", "1")), BATCHED));
        drop(run.change("create", Change::Put(dependant), BATCHED));
        drop(run.set_outputs(vec![output("o", "1")], BATCHED));
    });
    in_run(&store, "r2", |run| {
        drop(run.change("update", Change::Put(row("t.a", "2")), BATCHED));
        drop(run.set_outputs(vec![output("o", "2")], BATCHED));
        drop(run.put_listing("p", "t", b"ids".to_vec()));
        drop(run.record(event("t.d", "")));
        drop(run.begin_intent(intent("op1", "t.c"), vec![]));
    });
    assert_eq!(store.check().unwrap(), []);
    drop(store);
    place.tamper(sql);
    let found = place.open().check().unwrap();
    found
        .iter()
        .map(|found| format!("{}: {}", found.rule, found.detail))
        .collect()
}

#[test]
fn pages_are_sound() {
    let found = violations(
        "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'events_run'",
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("pages are sound: ") && found[0].ends_with("never used"),
        "{found:?}"
    );
}

#[test]
fn names_are_well_formed() {
    let rule = |address: &str| format!("names are well formed: {address}");
    check(
        "UPDATE instances SET index_key = 1 WHERE address = 't.a'",
        &[&rule("t.a")],
    );
    check(
        "UPDATE instances SET module = 'module.m' WHERE address = 't.a'",
        &[&rule("t.a")],
    );
    check(
        "UPDATE instances SET type = 'u' WHERE address = 't.a'",
        &[&rule("t.a")],
    );
    check(
        "UPDATE instances SET type = '' WHERE address = 't.a'",
        &[&rule("t.a")],
    );
}

#[test]
fn names_are_unique() {
    check(
        "DROP INDEX instances_key; INSERT INTO instances SELECT 99, address, deposed, module, mode, type, name, index_key,
         provider, schema_version, flags, dependencies, version, run, action, sealed FROM instances WHERE address = 't.b'",
        &["names are unique: t.b ", "versions are unique: t.b shares version 2"],
    );
}

#[test]
fn dependencies_are_well_formed() {
    let rule = "dependencies are well formed: t.b depends on";
    let set =
        |text: &str| format!("UPDATE instances SET dependencies = {text} WHERE address = 't.b'");
    check(&set("'t.b'"), &[&format!("{rule} itself")]);
    check(
        &set("'t.a' || char(10) || 'nonsense'"),
        &[&format!("{rule} \"nonsense\"")],
    );
    check(&set("'t.a' || char(10)"), &[&format!("{rule} \"\"")]);
}

#[test]
fn versions_are_unique() {
    check(
        "UPDATE meta SET last_version = 4",
        &["versions are unique: output o is newer than the state"],
    );
    let found = violations("UPDATE instances SET version = 1 WHERE address = 't.b'");
    assert!(
        found.contains(&"versions are unique: t.a shares version 1".to_owned()),
        "{found:?}"
    );
}

#[test]
fn history_is_whole() {
    let rule = "history is whole:";
    check(
        "UPDATE old_instances SET ended_version = 90",
        &[&format!("{rule} t.a was followed by what is not there")],
    );
    check(
        "UPDATE old_outputs SET ended_version = 90",
        &[&format!(
            "{rule} output o was followed by what is not there"
        )],
    );
    check(
        "UPDATE old_instances SET ended_version = version",
        &[&format!("{rule} t.a ended before it began")],
    );
    check(
        "UPDATE old_instances SET run = 2, ended_run = 1",
        &[&format!("{rule} t.a ended before it began")],
    );
    let found = violations(
        "INSERT INTO old_instances SELECT 99, 't.z', deposed, module, mode, type, 'z', index_key, provider, schema_version, flags,
         dependencies, version, run, action, sealed, ended_run, ended_action, ended_version FROM old_instances",
    );
    assert!(
        found.contains(&format!("{rule} t.a and another were followed by one")),
        "{found:?}"
    );
}

#[test]
fn pending_operations_are_unique() {
    let found = violations(
        "INSERT INTO intents SELECT 99, 'op2', run, address, deposed, action, provider, type, sealed FROM intents",
    );
    assert!(
        found.contains(&"pending operations are unique: t.c ".to_owned()),
        "{found:?}"
    );
}

#[test]
fn runs_exist() {
    check(
        "UPDATE intents SET run = 9",
        &["runs exist: the pending operation on t.c"],
    );
    check(
        "UPDATE instances SET run = 9 WHERE address = 't.a'",
        &["runs exist: t.a"],
    );
    check(
        "UPDATE old_instances SET ended_run = 9",
        &["runs exist: t.a (past)"],
    );
    check("UPDATE outputs SET run = 9", &["runs exist: output o"]);
    check(
        "UPDATE old_outputs SET ended_run = 9",
        &["runs exist: output o (past)"],
    );
    check(
        "UPDATE events SET run = 9",
        &["runs exist: the history of t.d"],
    );
    check(
        "UPDATE listings SET run = 9",
        &[
            "payloads authenticate: the listing of t",
            "runs exist: the listing of t",
        ],
    );
}

#[test]
fn payloads_authenticate() {
    let nothing = "SET sealed = zeroblob(60)";
    let rule = |what: &str| format!("payloads authenticate: {what}");
    check(
        &format!("UPDATE instances {nothing} WHERE address = 't.a'"),
        &[&rule("t.a")],
    );
    check(&format!("UPDATE old_instances {nothing}"), &[&rule("t.a")]);
    check(&format!("UPDATE outputs {nothing}"), &[&rule("output o")]);
    check(
        &format!("UPDATE old_outputs {nothing}"),
        &[&rule("output o")],
    );
    check(
        &format!("UPDATE events {nothing}"),
        &[&rule("the history of t.d")],
    );
    check(
        &format!("UPDATE intents {nothing}"),
        &[&rule("the pending operation on t.c")],
    );
    check(
        &format!("UPDATE listings {nothing}"),
        &[&rule("the listing of t")],
    );
    check(
        "UPDATE intents SET operation_id = 'op2'",
        &[&rule("the pending operation on t.c")],
    );
}
