//! When something is wrong there is one clear message that says what to do, exit code 1, and everything is as it was;
//! what passes by itself is waited for.
//!
//! These runs are live: the services are a sandbox elsewhere, whose log of effects says whether anything was done.

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::Output;
use crate::sandbox_process::NUMBER;
use crate::stage::{Live, Stage, copy};

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Unless it is exactly one error that says all of `texts`, and exit code 1: what is wrong with it.
fn complaint(output: &Output, texts: &[&str]) -> Option<String> {
    let errors = output.stderr.matches("Error: ").count();
    let said = flat(&output.stderr);
    let missing: Vec<_> = texts
        .iter()
        .filter(|text| !said.contains(&flat(text)))
        .collect();
    let fine =
        output.code == Some(1) && errors == 1 && missing.is_empty() && !said.contains("panicked");
    (!fine).then(|| {
        format!(
            "{errors} errors, exit code {:?}, not said: {missing:?}\n{}",
            output.code, output.stderr
        )
    })
}

#[track_caller]
fn one_error(output: &Output, texts: &[&str]) {
    if let Some(complaint) = complaint(output, texts) {
        panic!("{complaint}\n{}", output.stdout);
    }
}

/// Nothing was made, and there is nothing in the state.
#[track_caller]
fn nothing_happened(live: &Live) {
    assert_eq!(live.sandbox.effects(), []);
    if live.dir.has("trunkline.db") {
        let state = live.dir.state();
        assert_eq!(state["resources"], json!([]), "{state}");
    }
}

/// What is wrong, the variables that make it so, and what must be said.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

/// Applies each case and then, with the right values, for good. `early`: nothing may be done before the error.
fn try_each(cases: &[Case<'_>], early: bool) {
    let mut complaints = Vec::new();
    for (what, values, texts) in cases {
        let live = Live::new();
        let begun = Instant::now();
        let output = live.run_with(values, "apply -auto-approve");
        let took = begun.elapsed();
        complaints.extend(complaint(&output, texts).map(|c| format!("=== {what}: {c}")));
        assert!(
            took < Duration::from_secs(30),
            "{what}: patience has its limits"
        );
        if early {
            nothing_happened(&live);
        }
        let output = live.run("apply -auto-approve");
        assert_eq!(output.code, Some(0), "{what}: {output}");
        let effects = live.sandbox.effects();
        let clients = effects
            .iter()
            .filter(|r| r.effect == "create" && r.kind == "oauth_client");
        assert_eq!(
            (clients.count(), live.sandbox.purchases()),
            (1, 1),
            "{what}"
        );
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

const NOWHERE: &str = "http://127.0.0.1:1";

#[test]
fn wrong_credentials_are_said_before_anything_is_done() {
    let who = "5a0d0000-0000-4000-8000-00000000ffff";
    let cases: [Case<'_>; 2] = [
        (
            "a wrong secret",
            &[("genesyscloud_client_secret", "wrong")],
            &["Credentials Refused", "401", "oauthclient_secret"],
        ),
        (
            "an unknown client",
            &[("genesyscloud_client_id", who)],
            &["Credentials Refused", "client not found", "oauthclient_id"],
        ),
    ];
    try_each(&cases, true);
}

#[test]
fn wrong_credentials_that_are_used_later_stop_only_what_needs_them() {
    let cases: [Case<'_>; 3] = [
        (
            "a wrong password",
            &[("auth_password", "wrong")],
            &["digitalchannels_api_key.portico", "400", "auth_password"],
        ),
        (
            "a wrong client",
            &[("auth_client_secret", "wrong")],
            &[
                "digitalchannels_api_key.portico",
                "401",
                "auth_client_secret",
            ],
        ),
        (
            "a service that is not there",
            &[("auth_url", NOWHERE)],
            &["digitalchannels_api_key.portico", NOWHERE],
        ),
    ];
    try_each(&cases, false);
}

#[test]
fn a_host_that_cannot_be_reached_is_named() {
    let (login, api) = (
        "https://login.nowhere.invalid",
        "https://api.nowhere.invalid",
    );
    let cases: [Case<'_>; 2] = [
        (
            "a closed port",
            &[
                ("genesyscloud_login_url", NOWHERE),
                ("genesyscloud_api_url", NOWHERE),
            ],
            &[NOWHERE],
        ),
        (
            "an unknown name",
            &[
                ("genesyscloud_login_url", login),
                ("genesyscloud_api_url", api),
            ],
            &["login.nowhere.invalid"],
        ),
    ];
    try_each(&cases, true);
}

#[test]
fn a_wrong_value_is_said_before_anything_is_done() {
    let cases: [Case<'_>; 5] = [
        (
            "a URL that is none",
            &[("nexus_url", "digital.acme.test")],
            &["digital.acme.test", "providers.tf", "http"],
        ),
        (
            "a number with too few digits",
            &[("toll_free_number", "80055501")],
            &["80055501", "digits", "numbers.tf"],
        ),
        (
            "a purchase not confirmed",
            &[("confirm_purchase", "false")],
            &["confirm_purchase = true", "numbers.tf"],
        ),
        (
            "a stranger",
            &[("admin_email", "nobody@acme.test")],
            &["nobody@acme.test", "data.genesyscloud_user.admin"],
        ),
        (
            "a short code of six digits",
            &[("campaign_short_code", "165041")],
            &["165041", "sender_ids.tf"],
        ),
    ];
    try_each(&cases, true);
}

#[test]
fn variables_that_are_missing_or_not_declared_are_named() {
    let mut live = Live::new();
    let output = live.run("plan -var shoe_size=43");
    one_error(&output, &["shoe_size", "variable"]);
    nothing_happened(&live);

    live.dir
        .write("extra.tf", "output \"x\" {\n  value = var.shoe_size\n}\n");
    let output = live.run("plan");
    one_error(
        &output,
        &[
            "Reference to undeclared input variable",
            "shoe_size",
            "extra.tf line 2",
        ],
    );
    std::fs::remove_file(live.dir.path().join("extra.tf")).unwrap();

    live.dir.unset("TF_VAR_admin_email");
    let output = live.run("plan");
    one_error(&output, &["No value for required variable", "admin_email"]);
    nothing_happened(&live);
}

#[test]
fn a_number_that_is_not_offered_is_refused_without_an_order() {
    let live = Live::new().with("toll_free_number", "8005559999");
    let output = live.run("apply -auto-approve");
    one_error(
        &output,
        &[
            "8005559999",
            "genesyscloud_tollfree_number_order.main",
            "numbers.tf",
        ],
    );
    assert_eq!(live.sandbox.purchases(), 0);

    // What was made is in the state, and the right number finishes the work.
    let live = live.with("toll_free_number", NUMBER);
    let output = live.run("apply -auto-approve");
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(live.sandbox.purchases(), 1);
    let made: Vec<String> = live
        .sandbox
        .effects()
        .into_iter()
        .filter(|r| r.effect == "create")
        .map(|r| format!("{} {}", r.kind, r.id))
        .collect();
    let mut once = made.clone();
    once.sort();
    once.dedup();
    assert_eq!(made.len(), once.len());
    assert_eq!(
        made.iter()
            .filter(|m| m.starts_with("oauth_client"))
            .count(),
        1
    );
}

#[test]
fn a_wrong_key_of_digital_channels_is_one_message() {
    for (change, said) in [
        (None, "unknown"),
        (Some(json!({ "enabled": false })), "disabled"),
        (
            Some(json!({ "expires": "2020-01-01T00:00:00Z" })),
            "expired",
        ),
    ] {
        let mut live = Live::new();
        match change {
            None => live.dir.set(
                "TF_VAR_nexus_api_key",
                "dc000000-0000-4000-8000-0000000000ff",
            ),
            Some(change) => {
                let keys = live.sandbox.objects("apikey");
                live.sandbox.patch(
                    &format!("digitalchannels/apikey/{}", keys[0]["id"].as_str().unwrap()),
                    &change,
                );
            }
        }
        let output = live.run("apply -auto-approve");
        assert_eq!(output.code, Some(1), "{output}");
        // What runs side by side fails side by side, but for no other reason.
        let errors = output.stderr.matches("Error: ").count();
        assert_eq!(
            errors,
            output.stderr.matches("Error: Credentials Refused").count()
        );
        assert!(flat(&output.stderr).contains(said), "{output}");
        assert!(!output.stderr.contains("00000000ff"), "{output}");

        // What could be made is kept, and the next apply goes on from there.
        let keys = live.sandbox.objects("apikey");
        let first = keys[0]["id"].as_str().unwrap();
        live.sandbox.patch(
            &format!("digitalchannels/apikey/{first}"),
            &json!({ "enabled": true, "expires": null }),
        );
        live.dir.set(
            "TF_VAR_nexus_api_key",
            "dc000000-0000-4000-8000-0000000000a1",
        );
        let output = live.run("apply -auto-approve");
        assert_eq!(output.code, Some(0), "{output}");
        let creates = live
            .sandbox
            .effects()
            .into_iter()
            .filter(|r| r.effect == "create" && r.kind == "oauth_client")
            .count();
        assert_eq!((creates, live.sandbox.purchases()), (1, 1));
    }
}

#[test]
fn an_answer_that_is_no_answer_is_explained() {
    let live = Live::new();
    for (service, path, texts) in [
        (
            "genesyscloud.login",
            "/oauth/token",
            &["127.0.0.1", "not JSON"],
        ),
        (
            "genesyscloud.api",
            "/api/v2/tokens/me",
            &["data.genesyscloud_tokens_me.caller", "not JSON"],
        ),
        (
            "genesyscloud.api",
            "/api/v2/users/search",
            &["data.genesyscloud_user.admin", "not JSON"],
        ),
    ] {
        live.sandbox.fault(&json!({ "match": { "service": service, "path": path }, "times": 0, "action": { "malformed": true } }));
        let output = live.run("apply -auto-approve");
        one_error(&output, texts);
        nothing_happened(&live);
        live.sandbox.heal();
    }
    // Half way down: what was made before stays known.
    live.sandbox.fault(&json!({ "match": { "service": "digitalchannels.nexus", "method": "POST", "path": "PorticoSMS" }, "times": 0, "action": { "status": 400 } }));
    let output = live.run("apply -auto-approve");
    one_error(
        &output,
        &[
            "module.services.digitalchannels_service_portico_sms.this",
            "400",
        ],
    );
    live.sandbox.heal();
    let output = live.run("apply -auto-approve");
    assert_eq!(output.code, Some(0), "{output}");
    let output = live.run("plan -detailed-exitcode");
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(live.sandbox.purchases(), 1);
}

#[test]
fn a_login_that_is_not_there_is_no_object_that_is_gone() {
    let live = Live::new();
    let output = live.run("apply -auto-approve");
    assert_eq!(output.code, Some(0), "{output}");
    let made = live.sandbox.effects();
    for service in ["genesyscloud.login", "digitalchannels.auth"] {
        live.sandbox.fault(&json!({ "match": { "service": service, "method": "POST" }, "times": 0, "action": { "status": 404 } }));
        for line in ["plan", "apply -auto-approve", "destroy -auto-approve"] {
            let output = live.run(line);
            assert_eq!(output.code, Some(1), "{service}: {output}");
            let said = flat(&output.stderr);
            assert!(said.contains("404"), "{service}: {output}");
            assert!(!said.contains("Object Not Found"), "{service}: {output}");
        }
        live.sandbox.heal();
    }
    assert_eq!(live.sandbox.effects(), made);
    let output = live.run("plan -detailed-exitcode");
    assert_eq!(output.code, Some(0), "{output}");
}

#[test]
fn what_passes_by_itself_is_waited_for() {
    let faults = [
        (
            "too many requests",
            json!({ "status": 429, "retry_after": 1 }),
            4,
        ),
        ("unavailable", json!({ "status": 503 }), 1),
        ("a bad gateway", json!({ "status": 502 }), 1),
        ("a dropped connection", json!({ "drop": "before" }), 1),
        ("slowness", json!({ "latency_ms": 1500 }), 1),
    ];
    std::thread::scope(|scope| {
        for faults in faults.chunks(3) {
            scope.spawn(move || {
                for (what, action, times) in faults {
                    let live = Live::new();
                    for (service, method) in [
                        ("genesyscloud.api", "GET"),
                        ("genesyscloud.login", "POST"),
                        ("digitalchannels.nexus", "GET"),
                        ("digitalchannels.auth", "POST"),
                        ("digitalchannels.gws", "GET"),
                    ] {
                        live.sandbox.fault(&json!({ "match": { "service": service, "method": method }, "times": times, "action": action }));
                    }
                    let output = live.run("apply -auto-approve");
                    assert_eq!(output.code, Some(0), "{what}: {output}");
                    assert!(live.sandbox.faults_are_spent(), "{what}: {}", live.sandbox.get("/faults"));
                    let output = live.run("plan -detailed-exitcode");
                    assert_eq!(output.code, Some(0), "{what}: {output}");
                    assert_eq!(live.sandbox.purchases(), 1, "{what}");
                }
            });
        }
    });
}

#[test]
fn a_create_that_was_throttled_or_refused_for_a_moment_is_made_once() {
    for action in [
        json!({ "status": 429, "retry_after": 1 }),
        json!({ "status": 503 }),
    ] {
        let live = Live::new();
        for (service, method) in [
            ("genesyscloud.api", "POST"),
            ("digitalchannels.nexus", "POST"),
            ("digitalchannels.gws", "PUT"),
        ] {
            live.sandbox.fault(&json!({ "match": { "service": service, "method": method }, "times": 1, "action": action }));
        }
        // A 503 may come after the effect, so each may end a run with an error that says so; the next goes on.
        let mut output = live.run("apply -auto-approve");
        for _ in 0..3 {
            if output.code == Some(1) && action["status"] == 503 {
                output = live.run("apply -auto-approve");
            }
        }
        assert_eq!(output.code, Some(0), "{action}: {output}");
        let mut made: Vec<String> = live
            .sandbox
            .effects()
            .into_iter()
            .filter(|r| r.effect == "create")
            .map(|r| r.kind)
            .collect();
        made.sort();
        assert_eq!(
            made,
            [
                "apikey",
                "oauth_client",
                "option_section",
                "option_section",
                "role",
                "service",
                "service",
                "service"
            ],
            "{action}"
        );
        assert_eq!(live.sandbox.purchases(), 1);
    }
}

#[test]
fn a_vendor_that_asks_for_an_hour_of_patience_is_not_waited_for() {
    let live = Live::new();
    live.sandbox.fault(&json!({ "match": { "service": "genesyscloud.api" }, "times": 0, "action": { "status": 429, "retry_after": 3600 } }));
    let begun = Instant::now();
    let output = live.run("apply -auto-approve");
    assert_eq!(output.code, Some(1), "{output}");
    let said = flat(&output.stderr);
    assert!(said.contains("429") && said.contains("3600"), "{output}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    nothing_happened(&live);
}

/// What is spent on a request has an end, and is told with the reason.
#[test]
fn a_service_that_stays_in_trouble_is_given_up_and_said_how_long_it_was_tried() {
    for (status, said) in [
        (429, "429 Too Many Requests"),
        (503, "503 Service Unavailable"),
    ] {
        let live = Live::new();
        live.sandbox.fault(&json!({ "match": { "service": "genesyscloud.api", "method": "GET" }, "times": 0, "action": { "status": status, "retry_after": 1 } }));
        let output = live.run("plan");
        assert_eq!(output.code, Some(1), "{output}");
        let text = flat(&output.stderr);
        let spent = "It was tried 9 times, with 8 s of waiting in between.";
        for part in [said, spent, "data.genesyscloud_tokens_me.caller"] {
            assert!(text.contains(part), "no {part:?}: {output}");
        }
        nothing_happened(&live);
    }
}

#[test]
fn a_rehearsal_never_calls_a_configured_host() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(stream.map(|mut s| s.read(&mut [0; 16])));
        }
    });
    let stage = Stage::new(0);
    let hosts = [
        "genesyscloud_api_url",
        "genesyscloud_login_url",
        "nexus_url",
        "auth_url",
        "gws_url",
    ];
    let values: String = hosts.iter().map(|h| format!(" -var {h}={url}")).collect();
    let output = stage.run(&format!("apply -auto-approve{values}"));
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(stage.sandbox.purchases(), 1);
    assert_eq!(
        calls.load(Ordering::SeqCst),
        0,
        "the configured hosts were called"
    );
    // Values stay as they are: only connections are redirected.
    let service = stage.sandbox.find("service", "name", "PorticoSMS").unwrap();
    assert_eq!(service["url"], url.as_str());
    let number = &stage.sandbox.objects("tollfree_number")[0];
    assert_eq!(number["moUrl"], format!("{url}/nexus/v3/sms/message"));
}

#[test]
fn rehearsal_and_reality_do_not_mix() {
    let live = Live::new();
    let output = live.run("apply -auto-approve");
    assert_eq!(output.code, Some(0), "{output}");
    let made = live.sandbox.effects().len();

    // A plan of a rehearsal, applied for real.
    let stage = Stage::new(0);
    let output = stage.run("plan -out=rehearsed");
    assert_eq!(output.code, Some(0), "{output}");
    std::fs::copy(
        stage.dir.path().join("rehearsed"),
        live.dir.path().join("rehearsed"),
    )
    .unwrap();
    let output = live.run("apply rehearsed");
    one_error(&output, &["rehearsal", "-sandbox"]);
    let output = live.run("plan -var designer_endpoint=Other -out=real");
    assert_eq!(output.code, Some(0), "{output}");
    std::fs::copy(live.dir.path().join("real"), stage.dir.path().join("real")).unwrap();
    let output = stage.run("apply real");
    one_error(&output, &["for the real services", "without -sandbox"]);

    // A store of one world in the place of the other.
    stage.apply();
    let rehearsed = stage.dir.path().join(".trunkline/sandbox/trunkline.db");
    let mixed = Live::new();
    copy(
        &stage.dir.path().join(".trunkline"),
        &mixed.dir.path().join(".trunkline"),
        true,
    );
    std::fs::copy(&rehearsed, mixed.dir.path().join("trunkline.db")).unwrap();
    for line in ["plan", "apply -auto-approve", "destroy -auto-approve"] {
        one_error(&mixed.run(line), &["sandbox"]);
    }
    assert_eq!(mixed.sandbox.effects(), []);

    let other = Stage::new(0);
    std::fs::create_dir_all(rehearsed.parent().unwrap()).unwrap();
    std::fs::copy(
        live.dir.path().join("trunkline.db"),
        other.dir.path().join(".trunkline/sandbox/trunkline.db"),
    )
    .unwrap();
    for line in ["plan", "apply -auto-approve", "destroy -auto-approve"] {
        one_error(&other.run(line), &["live"]);
    }
    assert_eq!(other.sandbox.effects(), []);
    assert_eq!(live.sandbox.effects().len(), made);
}
