//! Reads that lag, the clock that ends the lag, and changes behind the caller's back.

use serde_json::{Value, json};
use trunkline_sandbox::Settings;

use crate::rig::{Rig, client_body, role};

const ROLES: &str = "/api/v2/authorization/roles";
const ADMIN: &str = "5a0d0000-0000-4000-8000-000000000004";
const HOME: &str = "5a0d0000-0000-4000-8000-000000000002";

#[tokio::test]
async fn reads_lag_once_by_default() {
    let rig = Rig::with(Settings::default()).await;
    let token = rig.token().await;
    let id = rig
        .api(&token, &format!("POST {ROLES}"), role("R", &["messaging"]))
        .await
        .body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let role = format!("{ROLES}/{id}");
    let subject = format!("/api/v2/authorization/subjects/{ADMIN}");
    let grant = format!("{subject}/divisions/{HOME}/roles/{id}");
    let roles = |got: &Value| got["grants"].as_array().unwrap().len();
    let mut seen = Vec::new();
    for line in [
        format!("GET {role}"),
        format!("GET {role}"),
        format!("POST {grant}"),
        format!("POST {grant}"),
    ] {
        seen.push(rig.api(&token, &line, Value::Null).await.status);
    }
    assert_eq!(seen, [404, 200, 404, 204]);
    let view = [
        rig.api(&token, &format!("GET {subject}"), Value::Null)
            .await,
        rig.api(&token, &format!("GET {subject}"), Value::Null)
            .await,
    ];
    assert_eq!((roles(&view[0].body), roles(&view[1].body)), (2, 3));
    // Lists are always true: whoever lost an answer can look.
    let listed = rig
        .api(
            &token,
            &format!("GET {ROLES}?name=R&pageSize=100"),
            Value::Null,
        )
        .await
        .body
        .to_string();
    assert!(listed.contains(&id));
    // Deleted, but still to be seen once.
    assert_eq!(
        rig.api(&token, &format!("DELETE {role}"), Value::Null)
            .await
            .status,
        204
    );
    let mut seen = Vec::new();
    for _ in 0..2 {
        seen.push(
            rig.api(&token, &format!("GET {role}"), Value::Null)
                .await
                .status,
        );
    }
    assert_eq!(seen, [200, 404]);
}

#[tokio::test]
async fn the_clock_ends_every_lag() {
    let rig = Rig::with(Settings {
        stale_reads: 1000,
        role_cache_misses: 1000,
        ..Settings::default()
    })
    .await;
    let token = rig.token().await;
    let id = rig
        .api(&token, &format!("POST {ROLES}"), role("R", &["messaging"]))
        .await
        .body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for _ in 0..5 {
        assert_eq!(
            rig.api(&token, &format!("GET {ROLES}/{id}"), Value::Null)
                .await
                .status,
            404
        );
    }
    rig.admin("POST /clock", json!({ "advance_seconds": 2 }))
        .await;
    assert_eq!(
        rig.api(&token, &format!("GET {ROLES}/{id}"), Value::Null)
            .await
            .status,
        200
    );
    let line = format!("POST /api/v2/authorization/subjects/{ADMIN}/divisions/{HOME}/roles/{id}");
    assert_eq!(rig.api(&token, &line, Value::Null).await.status, 204);
}

#[tokio::test]
async fn a_new_role_of_the_caller_may_take_its_time() {
    let settings = Settings {
        grant_delay_ms: 10_000,
        stale_reads: 0,
        role_cache_misses: 0,
        ..Settings::default()
    };
    let rig = Rig::with(settings).await;
    rig.admin("POST /clock", json!({ "advance_seconds": 60 }))
        .await;
    let token = rig.token().await;
    let me = rig.sandbox.endpoints().settings["genesyscloud"]["oauthclient_id"].clone();
    let id = rig
        .api(&token, &format!("POST {ROLES}"), role("R", &["messaging"]))
        .await
        .body["id"]
        .clone();
    let line = format!(
        "POST /api/v2/authorization/subjects/{me}/divisions/{HOME}/roles/{}?subjectType=PC_OAUTH_CLIENT",
        id.as_str().unwrap()
    );
    assert_eq!(rig.api(&token, &line, Value::Null).await.status, 204);
    let body = client_body("C", &id);
    assert_eq!(
        rig.api(&token, "POST /api/v2/oauth/clients", body.clone())
            .await
            .status,
        403
    );
    rig.admin("POST /clock", json!({ "advance_seconds": 10 }))
        .await;
    assert_eq!(
        rig.api(&token, "POST /api/v2/oauth/clients", body)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn the_admin_service_changes_things_behind_the_back() {
    let rig = Rig::start().await;
    let token = rig.token().await;
    let id = rig
        .api(&token, &format!("POST {ROLES}"), role("R", &["messaging"]))
        .await
        .body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let object = format!("/objects/genesyscloud/role/{id}");
    rig.admin(
        &format!("PATCH {object}"),
        json!({ "description": "drifted" }),
    )
    .await;
    assert_eq!(
        rig.api(&token, &format!("GET {ROLES}/{id}"), Value::Null)
            .await
            .body["description"],
        "drifted"
    );
    rig.admin(
        &format!("PATCH /objects/genesyscloud/user/{ADMIN}"),
        json!({ "title": "T" }),
    )
    .await;
    let conflict = rig
        .api(
            &token,
            &format!("PATCH /api/v2/users/{ADMIN}"),
            json!({ "title": "U", "version": 1 }),
        )
        .await;
    assert_eq!(conflict.status, 409, "the version moved: {conflict:?}");
    let made = rig
        .admin(
            "POST /objects/genesyscloud/role",
            json!({ "name": "Behind", "permissionPolicies": [] }),
        )
        .await;
    let listed = rig
        .api(&token, &format!("GET {ROLES}?name=Behind"), Value::Null)
        .await
        .body;
    assert_eq!(listed["entities"][0]["id"], made["id"]);
    rig.admin(&format!("DELETE {object}"), Value::Null).await;
    assert_eq!(
        rig.api(&token, &format!("GET {ROLES}/{id}"), Value::Null)
            .await
            .status,
        404
    );

    let key = rig
        .admin("GET /objects/digitalchannels/apikey", Value::Null)
        .await[0]
        .clone();
    let fingerprint = key["id"].as_str().unwrap();
    assert!(fingerprint.starts_with("fp-") && !key.to_string().contains(&rig.api_key()));
    rig.admin(
        &format!("PATCH /objects/digitalchannels/apikey/{fingerprint}"),
        json!({ "enabled": false }),
    )
    .await;
    assert_eq!(rig.service("GET /…", Value::Null).await.status, 401);

    rig.admin("DELETE /objects/genesyscloud/token", Value::Null)
        .await;
    assert_eq!(
        rig.api(&token, "GET /api/v2/tokens/me", Value::Null)
            .await
            .status,
        401,
        "revoked"
    );
    rig.admin("DELETE /state", Value::Null).await;
    assert_eq!(
        rig.service("GET /…", Value::Null).await.status,
        200,
        "as new"
    );
    assert_eq!(
        rig.effects().await,
        [
            "api create role",
            "admin update role",
            "admin update user",
            "admin create role",
            "admin delete role",
            "admin update apikey",
            "admin delete token",
            "admin reset state"
        ]
    );
    for (line, status) in [
        ("GET /objects/genesyscloud/role/nothing", 404),
        ("GET /objects/nobody/role", 404),
        ("POST /settings", 404),
        ("GET /log?after=x", 400),
    ] {
        assert_eq!(
            rig.send("admin", line, &[], None).await.unwrap().status,
            status,
            "{line}"
        );
    }
    let page = rig
        .send(
            "admin",
            "GET /health",
            &[("origin", "https://evil.test")],
            None,
        )
        .await
        .unwrap();
    assert_eq!(page.status, 403, "no web pages");
    let typo = [("content-type", "application/json")];
    assert_eq!(
        rig.send(
            "admin",
            "PATCH /settings",
            &typo,
            Some("{\"stale_read\": 1}".into())
        )
        .await
        .unwrap()
        .status,
        400
    );
}
