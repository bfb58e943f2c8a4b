//! A rehearsal: the configured hosts stay in values, connections go to the sandbox, credentials are the sandbox's.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use trunkline_api::provider::{SandboxWorld, World};
use trunkline_http::testing::{Reply, Server};

use crate::engine::{Engine, at};
use crate::nexus::{API_KEY, CCID, Nexus};

/// A rehearsal's world of this service, and the admin interface that it needs.
pub async fn sandbox(nexus: &Nexus) -> (World, Server) {
    let admin = Server::start(|_| Reply::json(200, &json!({"issued": false})))
        .await
        .unwrap();
    let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    };
    let url = nexus.server.url();
    let own = map(&[
        ("api_key", API_KEY),
        ("auth_client_id", "client"),
        ("auth_client_secret", "client-secret"),
        ("auth_username", "ops"),
        ("auth_password", "p@ss"),
    ]);
    let world = SandboxWorld {
        services: map(&[
            ("digitalchannels.nexus", url),
            ("digitalchannels.auth", url),
            ("digitalchannels.gws", url),
        ]),
        settings: [("digitalchannels".to_owned(), own)].into(),
        admin: admin.url().to_owned(),
    };
    (World::Sandbox(Arc::new(world)), admin)
}

/// The provider block of a live configuration.
pub fn live() -> Json {
    json!({
        "url": "https://digital.example.com", "ccid": CCID, "api_key": "11111111-1111-4111-8111-111111111111",
        "auth_url": "https://auth.example.com", "auth_client_id": "real", "auth_client_secret": "real-secret",
        "auth_username": "real", "auth_password": "real-password", "gws_url": "https://gws.example.com",
        "sender_id_backend": "options_api",
    })
}

#[tokio::test]
async fn nothing_real_leaves_in_a_rehearsal() {
    let nexus = Nexus::start().await;
    let (world, _admin) = sandbox(&nexus).await;
    let engine = Engine::in_world(live(), world)
        .await
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    engine
        .create(
            "digitalchannels_service_portico_sms",
            json!({"url": "https://api.mypurecloud.com"}),
        )
        .await;
    let key = json!({"tenant": "*", "name": "k", "permissions": ["nexus:cluster:*"]});
    engine.create("digitalchannels_api_key", key).await;
    let sender = json!({"name": "A", "sender_id": "16504", "designer_endpoint": "Main"});
    let state = engine.create("digitalchannels_sender_id", sender).await;
    assert_eq!(at(&state, "ccid"), CCID);
    let webhooks = engine
        .data("digitalchannels_webhooks", json!({}))
        .await
        .unwrap();
    assert_eq!(
        webhooks["mo_url"],
        "https://digital.example.com/nexus/v3/sms/message"
    );
    let hosts: Vec<String> = nexus
        .server
        .received()
        .iter()
        .map(|r| r.header("host").to_owned())
        .collect();
    assert!(
        hosts.iter().all(|host| host.ends_with(".example.com")),
        "{hosts:?}"
    );
    for request in nexus.server.received() {
        let text = format!("{:?}", request.headers) + &request.body;
        assert!(
            !text.contains("real") && !text.contains("11111111"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn what_the_sandbox_lacks_is_not_reached() {
    let nexus = Nexus::start().await;
    let (world, _admin) = sandbox(&nexus).await;
    let World::Sandbox(full) = world else {
        panic!("a sandbox");
    };
    let mut less = (*full).clone();
    less.services.remove("digitalchannels.gws");
    let problems = Engine::in_world(live(), World::Sandbox(Arc::new(less)))
        .await
        .err()
        .unwrap();
    assert!(
        problems[0].detail.contains("gws.example.com"),
        "{problems:?}"
    );
}
