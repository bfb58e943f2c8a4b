//! No secret is in any file that the program writes, in any text that it prints, or in the arguments of any process that
//! it starts, in clear or encoded.
//!
//! Where secrets are meant to come out (`state pull`, `show -json`, `output -json`) the text is not looked at, what is
//! left on the disk is. How is searched is in [`search`]; every example is searched in [`examples`].

mod examples;
mod processes;
mod search;

use serde_json::json;

pub use self::search::forms;
use self::search::{Search, raw};
use crate::harness::{Dir, KEY};
use crate::sandbox_process::sha256;
use crate::stage::{Live, Stage};

/// The secrets that a state holds, told by the one command that shows them.
fn secrets_of(state: &serde_json::Value) -> Vec<(&'static str, String)> {
    let of = |ty: &str, name: &str| {
        let resources = state["resources"].as_array().unwrap();
        let found = resources.iter().find(|r| r["type"] == ty).unwrap();
        found["instances"][0]["attributes"][name]
            .as_str()
            .unwrap()
            .to_owned()
    };
    vec![
        (
            "the client secret",
            of("genesyscloud_oauth_client", "client_secret"),
        ),
        ("the API key", of("digitalchannels_api_key", "key")),
    ]
}

const TRACE: [(&str, &str); 3] = [
    ("TF_LOG", "trace"),
    ("TRUNKLINE_LOG", "trace"),
    ("RUST_LOG", "trace"),
];

/// Every command that prints something about a state, and some that fail.
const LOOKS: [&str; 12] = [
    "validate",
    "plan -detailed-exitcode",
    "plan -var client_secret_rotation=9 -out=rotate.plan",
    "show rotate.plan",
    "show",
    "output",
    "state list",
    "state show genesyscloud_oauth_client.integration",
    "state show digitalchannels_api_key.portico",
    "state show genesyscloud_tollfree_number_order.main",
    "state show module.services.digitalchannels_service_purecloud_idp.this",
    "graph",
];

/// A `git` that writes down what it was called with, where everything is searched: the one program that is called. The
/// path on which it is found.
fn watched_git(dir: &Dir) -> String {
    use std::os::unix::fs::PermissionsExt;
    let place = dir.around().join("bin");
    std::fs::create_dir(&place).unwrap();
    let script = format!("#!/bin/sh\necho \"$@\" >>{}/called\n", place.display());
    std::fs::write(place.join("git"), script).unwrap();
    std::fs::set_permissions(place.join("git"), PermissionsExt::from_mode(0o755)).unwrap();
    format!("{}:/usr/bin:/bin", place.display())
}

#[test]
fn a_rehearsal_leaves_no_secret_behind() {
    let stage = Stage::new(0);
    let dir = &stage.dir;
    // Values of a person, which the sandbox does not know: they are replaced, and must not be kept.
    let own = [
        (
            "genesyscloud_client_secret",
            "Gc \"s3cret\"/+ö\\mark-1".to_owned(),
        ),
        (
            "nexus_api_key",
            "c0ffee00-1234-4abc-8def-00c0ffee0042".to_owned(),
        ),
        (
            "auth_client_secret",
            "Auth &client=<secret> mark-2".to_owned(),
        ),
        ("auth_password", "påss'word% mark-3\ttab".to_owned()),
    ];
    let mut text = std::fs::read_to_string(dir.path().join("sandbox.tfvars")).unwrap();
    for (name, _) in &own {
        text = text
            .lines()
            .filter(|l| l.split_whitespace().next() != Some(name))
            .map(|l| format!("{l}\n"))
            .collect();
    }
    std::fs::write(dir.path().join("sandbox.tfvars"), text).unwrap();
    let names: Vec<String> = own.iter().map(|(n, _)| format!("TF_VAR_{n}")).collect();
    let mut environment: Vec<(&str, &str)> = names
        .iter()
        .zip(&own)
        .map(|(n, (_, v))| (n.as_str(), v.as_str()))
        .collect();
    environment.extend(TRACE);
    let path = watched_git(dir);
    environment.push(("PATH", &path));
    let mut search = Search::new(&[dir.around()]);

    assert_eq!(
        search.run(dir, "plan -sandbox -out=first.plan", &environment),
        Some(0)
    );
    assert_eq!(
        search.run(dir, "show -sandbox first.plan", &environment),
        Some(0)
    );
    assert_eq!(
        search.run(dir, "apply -sandbox first.plan", &environment),
        Some(0)
    );
    let mut secrets: Vec<(&str, String)> = own.to_vec();
    secrets.extend(secrets_of(&stage.state().0));
    secrets.push(("the key of the state", KEY.into()));
    search.find_none(&secrets);

    // A rehearsal prepares itself; what knows nothing of it wants to be prepared.
    assert_eq!(search.run(dir, "init", &environment), Some(0));
    for line in LOOKS {
        let rest: Vec<&str> = line.split(' ').collect();
        let line = match rest[0] {
            "state" => format!("state {} -sandbox {}", rest[1], rest[2..].join(" ")),
            "validate" | "graph" => line.to_owned(),
            _ => format!("{} -sandbox {}", rest[0], rest[1..].join(" ")),
        };
        assert_eq!(search.run(dir, &line, &environment), Some(0), "{line}");
    }
    let clear = [
        "output -sandbox -json",
        "show -sandbox -json",
        "show -sandbox -json rotate.plan",
        "state pull -sandbox",
    ];
    for line in clear {
        assert_eq!(raw(dir, line, &environment).0, Some(0), "{line}");
        // The same for somebody who should see no secrets, who says so or has it said.
        let line = line.replacen(" -sandbox", " -sandbox -redact", 1);
        assert_eq!(search.run(dir, &line, &environment), Some(0), "{line}");
    }
    let mut redacting = environment.clone();
    redacting.push(("TRUNKLINE_REDACT", "1"));
    for line in clear {
        assert_eq!(search.run(dir, line, &redacting), Some(0), "{line}");
    }
    for line in [
        "plan -sandbox -redact -json -var client_secret_rotation=9",
        "state backup -sandbox copy.db",
    ] {
        assert_eq!(search.run(dir, line, &environment), Some(0), "{line}");
    }
    search.find_none(&secrets);
    assert_eq!(
        search.run(dir, "apply -sandbox rotate.plan", &environment),
        Some(0)
    );
    let called = std::fs::read_to_string(dir.around().join("bin/called")).unwrap();
    assert!(called.contains("rev-parse"), "{called}");
    let (name, new) = secrets_of(&stage.state().0).remove(0);
    assert!(!secrets.contains(&(name, new.clone())));
    secrets.push(("the new client secret", new));
    assert_eq!(
        search.run(dir, "destroy -sandbox -auto-approve", &environment),
        Some(0)
    );
    search.find_none(&secrets);
}

#[test]
fn a_live_run_leaves_no_secret_behind_not_even_when_it_fails() {
    let mut live = Live::new();
    let own = [
        (
            "genesyscloud_client_secret",
            "Gc \"s3cret\"/+ö\\mark-1".to_owned(),
        ),
        (
            "nexus_api_key",
            "c0ffee00-1234-4abc-8def-00c0ffee0042".to_owned(),
        ),
    ];
    for (name, value) in &own {
        live.dir.set(&format!("TF_VAR_{name}"), value);
    }
    live.sandbox.patch(
        "genesyscloud/oauth_client/5a0d0000-0000-4000-8000-000000000005",
        &json!({ "secret_sha256": sha256(&own[0].1) }),
    );
    live.sandbox.admin("POST", "/objects/digitalchannels/apikey", Some(&json!({
        "id": own[1].1, "secret_sha256": sha256(&own[1].1), "tenant": "*", "name": "Marked", "permissions": ["nexus:cluster:*"], "enabled": true,
    })));
    let mut secrets: Vec<(&str, String)> = own.to_vec();
    secrets.push((
        "auth_client_secret",
        "sandbox-only-not-a-secret-auth-client-00000".into(),
    ));
    secrets.push(("auth_password", "sandbox-only-not-a-password".into()));
    secrets.push(("the key of the state", KEY.into()));
    let mut search = Search::new(&[live.dir.around()]);

    // Runs that fail: an answer that repeats the secret, a wrong secret, a kill, a lost answer.
    let echo = json!({ "status": { "code": 7, "message": format!("the key {} is wrong", own[1].1) }, "data": { "x-api-key": own[1].1 } });
    live.sandbox.fault(&json!({ "match": { "service": "digitalchannels.nexus", "path": "PorticoSMS" }, "times": 0, "action": { "status": 400, "body": echo } }));
    let echo = json!({ "message": format!("Basic {}", own[0].1), "code": "bad.request", "details": [{ "errorCode": own[0].1, "fieldName": own[0].1 }] });
    live.sandbox.fault(&json!({ "match": { "service": "genesyscloud.api", "path": "/api/v2/authorization/subjects" }, "times": 0, "action": { "status": 400, "body": echo } }));
    assert_eq!(
        search.run(&live.dir, "apply -auto-approve", &TRACE),
        Some(1)
    );
    live.sandbox.heal();
    let wrong = "Wrong \"one\" mark-4/ß".to_owned();
    secrets.push(("a wrong secret", wrong.clone()));
    for variable in [
        "genesyscloud_client_secret",
        "auth_password",
        "nexus_api_key",
    ] {
        let variable = format!("TF_VAR_{variable}");
        let environment = [
            TRACE[0],
            TRACE[1],
            TRACE[2],
            (variable.as_str(), wrong.as_str()),
        ];
        assert_eq!(
            search.run(&live.dir, "apply -auto-approve", &environment),
            Some(1),
            "{variable}"
        );
    }
    for at in ["3", "7", "11"] {
        search.run(
            &live.dir,
            "apply -auto-approve",
            &[TRACE[0], TRACE[1], ("TRUNKLINE_KILL_AT", at)],
        );
    }
    for (service, method) in [
        ("digitalchannels.nexus", "POST"),
        ("genesyscloud.api", "POST"),
    ] {
        live.sandbox.fault(&json!({ "match": { "service": service, "method": method }, "times": 1, "action": { "malformed": true } }));
    }
    search.run(&live.dir, "apply -auto-approve", &TRACE);
    live.sandbox.heal();
    search.find_none(&secrets);

    assert_eq!(
        search.run(&live.dir, "plan -out=first.plan", &TRACE),
        Some(0)
    );
    assert_eq!(search.run(&live.dir, "show first.plan", &TRACE), Some(0));
    assert_eq!(search.run(&live.dir, "apply first.plan", &TRACE), Some(0));
    let state: serde_json::Value =
        serde_json::from_slice(&raw(&live.dir, "state pull", &[]).1).unwrap();
    let made = secrets_of(&state);
    secrets.extend(made.clone());
    for line in LOOKS {
        assert_eq!(search.run(&live.dir, line, &TRACE), Some(0), "{line}");
    }
    live.sandbox.fault(
        &json!({ "match": { "method": "DELETE" }, "times": 1, "action": { "malformed": true } }),
    );
    search.run(&live.dir, "destroy -auto-approve", &TRACE);
    live.sandbox.heal();
    assert_eq!(
        search.run(&live.dir, "destroy -auto-approve", &TRACE),
        Some(0)
    );
    search.find_none(&secrets);

    // Nor does the sandbox keep what it gave out.
    let mut world = Search::new(&[live.world.around()]);
    world.printed.push(("nothing".into(), Vec::new()));
    world.find_none(&made);
}

/// What is left out is said, and a document without secrets does not come back as the state.
#[test]
fn what_is_redacted_is_only_for_looking_at() {
    let dir = Dir::with(
        "variable \"s\" {\n  default   = \"hunter2\"\n  sensitive = true\n}\nresource \"terraform_data\" \"a\" {\n  triggers_replace = { secret = var.s, open = \"seen\" }\n}\noutput \"s\" {\n  value     = var.s\n  sensitive = true\n}\noutput \"o\" {\n  value = \"seen\"\n}\n",
    );
    dir.apply("");
    for line in [
        "show -json -redact",
        "output -json -redact",
        "output -redact s",
        "output -json -redact s",
        "state pull -redact",
    ] {
        let output = dir.run(line);
        assert_eq!(output.code, Some(0), "{output}");
        assert!(!output.raw.contains("hunter2"), "{line}: {output}");
    }
    assert!(dir.run("state pull -redact").raw.contains("\"seen\""));
    assert_eq!(dir.run("output -redact o").stdout, "\"seen\"\n");
    let raw = dir.run("output -raw -redact s");
    assert_eq!((raw.code, raw.stdout.as_str()), (Some(1), ""));
    assert!(raw.stderr.contains("Sensitive output"), "{raw}");
    assert_eq!(dir.run("output -raw s").stdout, "hunter2");
    dir.write("pulled", &dir.run("state pull -redact").raw);
    let pushed = dir.run("state push -force pulled");
    assert_eq!(pushed.code, Some(1), "{pushed}");
    assert!(pushed.stderr.contains("can only be looked at"), "{pushed}");
    assert_eq!(dir.run("plan -detailed-exitcode").code, Some(0));
}
