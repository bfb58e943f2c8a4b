//! What the Conversation API accepts as a webhook.

use serde_json::{Value, json};
use trunkline_sandbox::Settings;

use super::{PLAN_EU, app, create, webhook};
use crate::rig::Rig;

#[tokio::test]
async fn the_fields_of_a_webhook() {
    let rig = Rig::start().await;
    let token = rig.sinch_token().await;
    let id = create(&rig, &token, "eu", "apps", app(&rig, "A", PLAN_EU)).await;
    let with = |name: &str, value: Value| {
        let mut body = webhook(&id, &format!("https://{name}.acme.test/"));
        body[name] = value;
        body
    };
    let oauth = |patch: Value| {
        let mut object = json!({ "client_id": "c", "client_secret": "s", "endpoint": "https://auth.acme.test/token" });
        for (name, value) in patch.as_object().unwrap() {
            object[name] = value.clone();
        }
        with("client_credentials", object)
    };
    for (body, status) in [
        (webhook(&id, "https://a.acme.test/"), 200),
        (webhook(&id, "https://a.acme.test/"), 400),
        (
            webhook("01EB37HMH1M6SV18ASNS3G1350", "https://a.acme.test/"),
            404,
        ),
        (with("app_id", Value::Null), 400),
        (with("target", Value::Null), 400),
        (with("target", json!("http://a.acme.test/")), 400),
        (
            with("target", json!("https://conversation-api.eu.sinch.com/x")),
            400,
        ),
        (
            with(
                "target",
                json!(format!("https://a.test/{}", "x".repeat(742))),
            ),
            400,
        ),
        (with("target_type", json!("SMTP")), 400),
        (with("triggers", json!(["UNSPECIFIED_TRIGGER"])), 400),
        (with("triggers", json!(["OPT_IN", "OPT_IN"])), 400),
        (with("more", json!(1)), 400),
        (oauth(json!({ "client_secret": null })), 400),
        (oauth(json!({ "scope": "s".repeat(1025) })), 400),
        (oauth(json!({ "token_request_type": "JSON" })), 400),
        (oauth(json!({ "token_request_type": "FORM" })), 200),
    ] {
        let got = rig
            .sinch(&token, "eu", "POST /…/webhooks", body.clone())
            .await;
        assert_eq!(got.status, status, "{body} {got:?}");
    }
    for i in 2..5 {
        create(
            &rig,
            &token,
            "eu",
            "webhooks",
            webhook(&id, &format!("https://{i}.acme.test/")),
        )
        .await;
    }
    let sixth = rig
        .sinch(
            &token,
            "eu",
            "POST /…/webhooks",
            webhook(&id, "https://6.acme.test/"),
        )
        .await;
    assert_eq!(
        (sixth.status, &sixth.body["error"]["status"]),
        (400, &json!("FAILED_PRECONDITION"))
    );
    let list = rig
        .sinch(
            &token,
            "eu",
            &format!("GET /…/apps/{id}/webhooks"),
            Value::Null,
        )
        .await
        .body;
    assert_eq!(list["webhooks"].as_array().unwrap().len(), 5);
    assert_eq!(
        rig.sinch(&token, "eu", "GET /…/webhooks", Value::Null)
            .await
            .status,
        405
    );
}

#[tokio::test]
async fn a_secret_is_rotated_alone_and_read_back() {
    let rig = Rig::start().await;
    let token = rig.sinch_token().await;
    let id = create(&rig, &token, "eu", "apps", app(&rig, "A", PLAN_EU)).await;
    let other = create(
        &rig,
        &token,
        "eu",
        "webhooks",
        webhook(&id, "https://other.acme.test/"),
    )
    .await;
    let hook = create(
        &rig,
        &token,
        "eu",
        "webhooks",
        webhook(&id, "https://a.acme.test/"),
    )
    .await;
    let read = || async {
        rig.sinch(
            &token,
            "eu",
            &format!("GET /…/webhooks/{hook}"),
            Value::Null,
        )
        .await
        .body
    };
    let patch = |query: &str, body: Value| {
        let line = format!("PATCH /…/webhooks/{hook}{query}");
        let (rig, token) = (&rig, &token);
        async move { rig.sinch(token, "eu", &line, body).await }
    };
    let before = read().await;
    assert!(
        before
            .as_object()
            .unwrap()
            .contains_key("client_credentials"),
        "null, but there"
    );
    assert_eq!(before["secret"], "hook-secret-0123456789");
    assert_eq!(
        patch(
            "?update_mask=secret",
            json!({ "secret": "rotated", "target": "https://x.test/" })
        )
        .await
        .status,
        200
    );
    let after = read().await;
    assert_eq!(
        (&after["secret"], &after["target"]),
        (&json!("rotated"), &before["target"])
    );
    assert_eq!(
        patch("", json!({ "triggers": ["OPT_OUT"] })).await.body["secret"],
        "rotated"
    );
    assert_eq!(
        patch("?update_mask=secret", json!({ "secret": "" }))
            .await
            .body["secret"],
        ""
    );
    for body in [
        json!({ "target": "https://other.acme.test/" }),
        json!({ "target": null }),
        json!({ "app_id": "01EB37HMH1M6SV18ASNS3G135H" }),
    ] {
        assert_eq!(patch("", body.clone()).await.status, 400, "{body}");
    }
    let object = rig
        .admin(
            &format!("GET /objects/sinchconversation/webhook/{other}"),
            Value::Null,
        )
        .await;
    assert!(
        object["secret_sha256"].is_string()
            && object.get("secret").is_none()
            && object.get("secret_sealed").is_none()
    );
    let line = format!("DELETE /…/webhooks/{hook}");
    assert_eq!(
        rig.sinch(&token, "us", &line, Value::Null).await.status,
        404,
        "another region"
    );
    assert_eq!(
        rig.sinch(&token, "eu", &line, Value::Null).await.status,
        200
    );
    assert_eq!(
        rig.sinch(&token, "eu", &line, Value::Null).await.status,
        404
    );
}

#[tokio::test]
async fn an_app_with_webhooks_can_be_kept_from_deletion() {
    let rig = Rig::with(Settings {
        sinch_app_delete_cascades: false,
        ..Settings::default()
    })
    .await;
    let token = rig.sinch_token().await;
    let id = create(&rig, &token, "us", "apps", app(&rig, "A", PLAN_EU)).await;
    let hook = create(
        &rig,
        &token,
        "us",
        "webhooks",
        webhook(&id, "https://a.acme.test/"),
    )
    .await;
    let line = format!("DELETE /…/apps/{id}");
    let got = rig.sinch(&token, "us", &line, Value::Null).await;
    assert_eq!(
        (got.status, &got.body["error"]["status"]),
        (400, &json!("FAILED_PRECONDITION"))
    );
    rig.sinch(
        &token,
        "us",
        &format!("DELETE /…/webhooks/{hook}"),
        Value::Null,
    )
    .await;
    assert_eq!(
        rig.sinch(&token, "us", &line, Value::Null).await.status,
        200
    );
}
