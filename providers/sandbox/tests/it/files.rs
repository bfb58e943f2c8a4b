//! The data directory: what survives a restart or a kill, who may use it, and what is not in its bytes.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use trunkline_sandbox::{Options, Sandbox, SandboxError, Settings, find_running};

use crate::rig::{NEXUS, Rig, client, options, role};

const ROLES: &str = "/api/v2/authorization/roles";

#[tokio::test]
async fn state_and_log_survive_a_restart() {
    let rig = Rig::start().await;
    let token = rig.token().await;
    let made = rig
        .api(&token, &format!("POST {ROLES}"), role("R", &["messaging"]))
        .await
        .body;
    rig.admin("POST /clock", json!({ "advance_seconds": 5 }))
        .await;
    rig.admin("PATCH /settings", json!({ "requests_per_minute": 7 }))
        .await;
    let log = rig.admin("GET /log", Value::Null).await;
    let now = rig.admin("GET /clock", Value::Null).await;
    let Rig { dir, sandbox, .. } = rig;
    sandbox.shutdown().await;
    assert!(!dir.path().join("endpoints.json").exists());

    let sandbox = Sandbox::start(options(dir.path())).await.unwrap();
    let rig = Rig {
        dir,
        sandbox,
        http: client(),
    };
    let got = rig
        .api(
            &token,
            &format!("GET {ROLES}/{}", made["id"].as_str().unwrap()),
            Value::Null,
        )
        .await;
    assert_eq!(
        (got.status, &got.body["name"]),
        (200, &json!("R")),
        "tokens and roles are still there"
    );
    assert_eq!(
        rig.admin("GET /log", Value::Null).await.as_array().unwrap()
            [..log.as_array().unwrap().len()],
        *log.as_array().unwrap()
    );
    assert_eq!(rig.admin("GET /clock", Value::Null).await, now);
    assert_eq!(
        rig.admin("GET /settings", Value::Null).await["requests_per_minute"],
        7
    );
    let next = rig
        .api(&token, &format!("POST {ROLES}"), role("S", &["messaging"]))
        .await
        .body;
    assert_ne!(next["id"], made["id"]);
}

#[tokio::test]
async fn one_directory_one_server() {
    let rig = Rig::start().await;
    let second = Sandbox::start(options(rig.dir.path())).await;
    let error = second.err().unwrap();
    assert!(matches!(error, SandboxError::InUse { .. }), "{error}");
    assert_eq!(
        find_running(rig.dir.path()).await.as_ref(),
        Some(rig.sandbox.endpoints())
    );
    let file = rig.dir.path().join("endpoints.json");
    let mut stale: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    stale["instance"] = json!("somebody else");
    std::fs::write(&file, stale.to_string()).unwrap();
    assert_eq!(
        find_running(rig.dir.path()).await,
        None,
        "another instance answers there"
    );
    let dir = TempDir::new().unwrap();
    assert_eq!(find_running(dir.path()).await, None);
    let mut wrong = Options::new(dir.path());
    wrong.bind.insert("genesys".into(), 0);
    assert!(matches!(
        Sandbox::start(wrong).await,
        Err(SandboxError::UnknownService(_))
    ));
}

#[tokio::test]
async fn a_lost_or_foreign_key_is_said_not_guessed() {
    let rig = Rig::start().await;
    let Rig { dir, sandbox, .. } = rig;
    sandbox.shutdown().await;
    let key = dir.path().join("sandbox.key");
    std::fs::write(&key, [7u8; 32]).unwrap();
    let error = Sandbox::start(options(dir.path())).await.err().unwrap();
    assert!(matches!(error, SandboxError::State { .. }), "{error}");
    std::fs::remove_file(&key).unwrap();
    let error = Sandbox::start(options(dir.path())).await.err().unwrap();
    assert!(matches!(error, SandboxError::Key { .. }), "{error}");
    assert!(!key.exists(), "no new key over sealed state");
}

fn bytes_below(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn no_file_holds_a_secret() {
    let rig = Rig::with(Settings {
        caller_must_hold_roles: false,
        stale_reads: 0,
        ..Settings::default()
    })
    .await;
    let token = rig.token().await;
    let role_id = rig
        .api(
            &token,
            &format!("POST {ROLES}"),
            role("Visible Role Name", &["messaging"]),
        )
        .await
        .body["id"]
        .clone();
    let made = rig
        .api(
            &token,
            "POST /api/v2/oauth/clients",
            crate::rig::client_body("C", &role_id),
        )
        .await
        .body;
    let auth = rig.auth_token().await;
    let data = json!({ "tenant": "*", "name": "K", "permissions": ["nexus:cluster:*"] });
    let key = rig
        .bearer_call(
            NEXUS,
            &auth,
            "POST /nexus/v3/apikeys",
            json!({ "data": data }),
        )
        .await
        .body["data"]["id"]
        .clone();
    rig.bearer_call(
        NEXUS,
        &auth,
        &format!("GET /nexus/v3/apikeys/{}", key.as_str().unwrap()),
        Value::Null,
    )
    .await;
    let mgage = json!({ "url": "http://m.test", "data": {}, "secret": { "username": "kaleyra-user-name", "password": "kaleyra-password" } });
    assert_eq!(rig.service("POST /…/mGageSMS", mgage).await.status, 201);
    rig.api(
        &token,
        "POST /api/v2/users",
        json!({ "name": "U", "email": "u@acme.test", "password": "users-own-password" }),
    )
    .await;
    rig.admin(
        &format!(
            "PATCH /objects/digitalchannels/apikey/{}",
            key.as_str().unwrap()
        ),
        json!({ "name": "K2" }),
    )
    .await;
    rig.admin("GET /log", Value::Null).await;

    let secrets = [
        made["secret"].as_str().unwrap(),
        key.as_str().unwrap(),
        &token,
        &auth,
        "kaleyra-user-name",
        "kaleyra-password",
        "users-own-password",
        "Visible Role Name",
    ];
    let look = |when: &str| {
        let files = bytes_below(rig.dir.path());
        assert!(files.len() >= 4, "{when}: database, log, key, lock");
        for (name, bytes) in &files {
            for secret in secrets {
                assert!(!holds(bytes, secret), "{when}: {name} holds {secret}");
            }
        }
        assert!(
            files
                .iter()
                .any(|(_, bytes)| holds(bytes, role_id.as_str().unwrap())),
            "the search itself works"
        );
    };
    look("running");
    let Rig { dir, sandbox, .. } = rig;
    sandbox.shutdown().await;
    for (name, bytes) in bytes_below(dir.path()) {
        assert!(!secrets.iter().any(|s| holds(&bytes, s)), "stopped: {name}");
    }
}

#[tokio::test]
async fn a_kill_loses_nothing_that_was_answered() {
    // The process that is killed is this program, started again for the same test with a directory to serve.
    if let Ok(dir) = std::env::var("SANDBOX_TEST_DIR") {
        let running = Sandbox::start(options(Path::new(&dir))).await.unwrap();
        println!("serving {}", running.endpoints().admin);
        std::future::pending::<()>().await;
    }
    let dir = TempDir::new().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "files::a_kill_loses_nothing_that_was_answered",
            "--nocapture",
        ])
        .env("SANDBOX_TEST_DIR", dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines
        .map(Result::unwrap)
        .find(|line| line.contains("serving"))
        .unwrap();
    let endpoints = find_running(dir.path()).await.unwrap();
    let genesys = &endpoints.settings["genesyscloud"];
    let http = client();
    let token: Value = serde_json::from_str(
        &http
            .post(format!("{}/oauth/token", genesys["login_url"]))
            .header(
                "authorization",
                crate::rig::basic(&genesys["oauthclient_id"], &genesys["oauthclient_secret"]),
            )
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials")
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
    )
    .unwrap();
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    for i in 0..20 {
        let answer = http
            .post(format!("{}{ROLES}", genesys["api_url"]))
            .header("authorization", &bearer)
            .header("content-type", "application/json")
            .body(json!({ "name": format!("Role {i}") }).to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), 200);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(
        find_running(dir.path()).await,
        None,
        "endpoints.json stayed, but nobody answers"
    );

    let sandbox = Sandbox::start(options(dir.path())).await.unwrap();
    let rig = Rig { dir, sandbox, http };
    assert_eq!(rig.effects().await, vec!["api create role"; 20]);
    let objects = rig.admin("GET /objects", Value::Null).await;
    assert_eq!(objects["genesyscloud"]["role"], 23);
}

#[tokio::test]
async fn a_dropped_sandbox_is_silent_and_its_directory_free() {
    let rig = Rig::start().await;
    let token = rig.token().await;
    let endpoints = rig.sandbox.endpoints().clone();
    let Rig { dir, sandbox, http } = rig;
    drop(sandbox);
    // The client's connection was open and idle; nobody answers on it any more.
    let late = http
        .post(format!("{}{ROLES}", endpoints.services["genesyscloud.api"]))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body("{\"name\": \"Late\"}")
        .send()
        .await;
    assert!(late.is_err(), "{late:?}");
    let sandbox = Sandbox::start(options(dir.path())).await.unwrap();
    let rig = Rig { dir, sandbox, http };
    assert_eq!(rig.effects().await, Vec::<String>::new());
}
