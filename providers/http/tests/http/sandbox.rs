//! A rehearsal reaches the simulators and nothing else, with nobody's real credentials.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use trunkline_api::provider::{SandboxWorld, World};
use trunkline_http::testing::{Reply, Server};
use trunkline_http::{Auth, Credentials, HttpKit, SecretString};

use crate::settings;

fn world(server: &Server) -> World {
    let services = BTreeMap::from([("toy.api".to_owned(), server.url().to_owned())]);
    let toy = BTreeMap::from([
        ("id".to_owned(), "sandbox-id".to_owned()),
        ("secret".to_owned(), "sandbox-secret".to_owned()),
    ]);
    World::Sandbox(Arc::new(SandboxWorld {
        services,
        settings: BTreeMap::from([("toy".to_owned(), toy)]),
        admin: format!("{}/admin", server.url()),
    }))
}

/// A simulator that has issued "issued" only.
async fn simulator() -> Server {
    Server::start(|request| match request.path.as_str() {
        "/admin/issued" => Reply::json(200, &json!({"issued": request.json()["sha256"] == ISSUED})),
        _ => Reply::json(200, &json!({})),
    })
    .await
    .unwrap()
}

/// The SHA-256 of "issued".
const ISSUED: &str = "c91a3cc769f870fddc83082ba1274ed09441626dfe257c2c434684373a72e4ad";

async fn authorization_with(secret: Option<&str>) -> (Vec<String>, String) {
    let server = simulator().await;
    let kit = HttpKit::new(&world(&server), settings("https://api.toy.test")).unwrap();
    let given = vec![
        ("id", Some(SecretString::from("real-id".to_owned()))),
        ("secret", secret.map(|s| SecretString::from(s.to_owned()))),
    ];
    let credentials = Arc::new(Credentials::new(&kit, given));
    let endpoint = kit.endpoint("toy.api").unwrap();
    endpoint
        .get("/a")
        .auth(Auth::Basic(credentials))
        .send()
        .await
        .unwrap();
    let received = server.received();
    let last = received.last().unwrap();
    assert_eq!(last.header("host"), "api.toy.test");
    for request in &received {
        assert!(
            !format!("{request:?}").contains("real-secret"),
            "{request:?}"
        );
    }
    (server.lines(), last.header("authorization").to_owned())
}

#[tokio::test]
async fn a_real_credential_is_replaced() {
    let (lines, header) = authorization_with(Some("real-secret")).await;
    assert_eq!(lines, ["POST /admin/issued", "GET /a"]);
    // sandbox-id:sandbox-secret
    assert_eq!(header, "Basic c2FuZGJveC1pZDpzYW5kYm94LXNlY3JldA==");
}

#[tokio::test]
async fn a_missing_credential_is_supplied() {
    let (lines, header) = authorization_with(None).await;
    assert_eq!(lines, ["GET /a"]);
    assert_eq!(header, "Basic c2FuZGJveC1pZDpzYW5kYm94LXNlY3JldA==");
}

#[tokio::test]
async fn a_credential_that_the_sandbox_issued_is_kept() {
    let (_, header) = authorization_with(Some("issued")).await;
    // real-id:issued
    assert_eq!(header, "Basic cmVhbC1pZDppc3N1ZWQ=");
}

#[tokio::test]
async fn other_services_and_other_machines_are_denied() {
    let server = simulator().await;
    let two = settings("https://api.toy.test").endpoint("toy.other", "https://other.toy.test");
    let problems = HttpKit::new(&world(&server), two).err().unwrap();
    assert_eq!(
        problems[0].detail,
        "This is a rehearsal in the sandbox, which does not simulate toy.other, so nothing is sent to https://other.toy.test/. It simulates: toy.api."
    );
    let World::Sandbox(sandbox) = world(&server) else {
        panic!("a rehearsal");
    };
    let mut sandbox = (*sandbox).clone();
    sandbox
        .services
        .insert("toy.api".into(), "https://api.toy.test".into());
    let elsewhere = World::Sandbox(Arc::new(sandbox));
    let problems = HttpKit::new(&elsewhere, settings("https://api.toy.test"))
        .err()
        .unwrap();
    assert_eq!(
        problems[0].detail,
        "The sandbox's address https://api.toy.test/ of toy.api is not on this machine; a rehearsal connects to nothing else."
    );
}
