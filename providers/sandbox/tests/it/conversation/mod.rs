//! Sinch Conversation API, Numbers and SMS: the reference document's steps by plain HTTP, authentication,
//! regions, faults and restarts.

mod apps;
mod numbers;
mod sms;
mod webhooks;

use serde_json::{Value, json};
use trunkline_sandbox::Sandbox;

use crate::rig::{Rig, basic, client, options};

pub const PLAN_EU: &str = "5c000000000000000000000000000eu1";
pub const PLAN_US: &str = "5c000000000000000000000000000us1";

pub fn plan_token(rig: &Rig) -> String {
    rig.sandbox.endpoints().settings["sinchconversation"]["sms_api_token"].clone()
}

/// An app with an SMS channel.
pub fn app(rig: &Rig, name: &str, plan: &str) -> Value {
    json!({ "display_name": name, "processing_mode": "DISPATCH",
            "dispatch_retention_policy": { "retention_type": "MESSAGE_EXPIRE_POLICY", "ttl_days": 7 },
            "channel_credentials": [ { "channel": "SMS", "static_bearer": { "claimed_identity": plan, "token": plan_token(rig) } } ] })
}

pub fn webhook(app: &str, target: &str) -> Value {
    json!({ "app_id": app, "target": target, "target_type": "HTTP", "secret": "hook-secret-0123456789",
            "triggers": ["MESSAGE_DELIVERY", "MESSAGE_INBOUND"] })
}

/// Creates and returns the id.
pub async fn create(rig: &Rig, token: &str, region: &str, path: &str, body: Value) -> String {
    let got = rig
        .sinch(token, region, &format!("POST /…/{path}"), body)
        .await;
    assert_eq!(got.status, 200, "{got:?}");
    got.body["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn two_regions_of_one_project_up_to_contact_pro() {
    let rig = Rig::start().await;
    let token = rig.sinch_token().await;
    let mut apps = Vec::new();
    for (region, plan) in [("eu", PLAN_EU), ("us", PLAN_US)] {
        let id = create(&rig, &token, region, "apps", app(&rig, "Support", plan)).await;
        let target = format!("https://login-{region}.cc.sinch.com/acme/sms/sinchconversation/all");
        create(&rig, &token, region, "webhooks", webhook(&id, &target)).await;
        let project = &rig.sandbox.endpoints().settings["sinchconversation"]["project_id"];
        let service = json!({
            "name": format!("conv-{region}"), "type": "sinchconversation",
            "serviceConnection": format!("https://{region}.conversation.api.sinch.com/v1/projects/{project}/messages:send"),
            "authentications": [
                { "direction": "OUTGOING", "authenticationId": format!("key@{id}"), "secret": "s" },
                { "direction": "INCOMING", "authenticationId": "webhook", "secret": "hook-secret-0123456789",
                  "triggers": ["MESSAGE_DELIVERY", "MESSAGE_INBOUND"] } ] });
        rig.rci_create("/messagingServices", service).await;
        let queue = rig
            .rci_create("/queues", json!({ "name": region, "channelType": "Chat" }))
            .await;
        let address =
            json!({ "address": format!("{id}@sms.sinchconversation.com"), "smsSenderId": "1" });
        rig.rci_create(&format!("/queues/{queue}/numbers"), address)
            .await;
        apps.push(id);
    }
    for (region, at) in [("eu", 0), ("us", 1)] {
        let other = &apps[1 - at];
        for line in [
            format!("GET /…/apps/{other}"),
            format!("GET /…/apps/{other}/webhooks"),
            format!("DELETE /…/apps/{other}"),
        ] {
            let got = rig.sinch(&token, region, &line, Value::Null).await;
            assert_eq!(
                (got.status, &got.body["error"]["status"]),
                (404, &json!("NOT_FOUND"))
            );
        }
        let list = rig
            .sinch(&token, region, "GET /…/apps", Value::Null)
            .await
            .body;
        assert!(list.to_string().contains(&apps[at]) && !list.to_string().contains(other));
        let line = format!("DELETE /…/apps/{}", apps[at]);
        let got = rig.sinch(&token, region, &line, Value::Null).await;
        assert_eq!((got.status, got.body), (200, json!({})));
    }
    let effects = rig.effects().await;
    assert_eq!(
        effects
            .iter()
            .filter(|e| *e == "api delete webhook")
            .count(),
        2,
        "they go with the app"
    );
}

#[tokio::test]
async fn tokens_keys_and_projects() {
    let rig = Rig::start().await;
    let settings = rig.sandbox.endpoints().settings["sinchconversation"].clone();
    let good = basic(&settings["key_id"], &settings["key_secret"]);
    let bad = basic(&settings["key_id"], "wrong");
    let form = "application/x-www-form-urlencoded";
    for (auth, kind, body, status, word) in [
        (
            &good,
            form,
            "grant_type=client_credentials",
            200,
            Value::Null,
        ),
        (
            &bad,
            form,
            "grant_type=client_credentials",
            401,
            json!("invalid_client"),
        ),
        (
            &good,
            form,
            "grant_type=password",
            400,
            json!("unsupported_grant_type"),
        ),
        (&good, form, "", 400, json!("invalid_request")),
        (
            &good,
            "application/json",
            "{}",
            400,
            json!("invalid_request"),
        ),
    ] {
        let headers = [("authorization", auth.as_str()), ("content-type", kind)];
        let line = "POST /oauth2/token";
        let got = rig
            .send("sinchconversation.auth", line, &headers, Some(body.into()))
            .await
            .unwrap();
        assert_eq!((got.status, &got.body["error"]), (status, &word), "{got:?}");
    }
    let token = rig.sinch_token().await;
    let url = format!(
        "{}/v1/projects/{}/apps",
        rig.sandbox.endpoints().services["sinchconversation.eu"],
        settings["project_id"]
    );
    let ask = |auth: String| rig.http.get(&url).header("authorization", auth).send();
    assert_eq!(ask(format!("Bearer {token}")).await.unwrap().status(), 200);
    assert_eq!(ask(good.clone()).await.unwrap().status(), 200);
    assert_eq!(ask(bad).await.unwrap().status(), 401);
    let answer = ask("Bearer eyJhbGciOiJIUzI1NiJ9.e30.x".into())
        .await
        .unwrap();
    let said = answer.headers()["www-authenticate"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        answer.status() == 401 && !said.contains("expired"),
        "{said}"
    );
    assert_eq!(rig.http.get(&url).send().await.unwrap().status(), 401);
    rig.admin("POST /clock", json!({ "advance_seconds": 3600 }))
        .await;
    let answer = ask(format!("Bearer {token}")).await.unwrap();
    let said = answer.headers()["www-authenticate"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(answer.status() == 401 && said.contains("expired"), "{said}");

    let token = rig.sinch_token().await;
    let other = "GET /v1/projects/some-other-project/apps";
    assert_eq!(
        rig.sinch(&token, "eu", other, Value::Null).await.body,
        json!({ "apps": [] })
    );
    rig.admin(
        "PATCH /settings",
        json!({ "sinch_known_projects_only": true }),
    )
    .await;
    let got = rig.sinch(&token, "eu", other, Value::Null).await;
    assert_eq!(
        (got.status, &got.body["error"]["status"]),
        (403, &json!("PERMISSION_DENIED"))
    );
    // Basic authentication is for trying out: its limit is low.
    for _ in 0..60 {
        ask(good.clone()).await.unwrap();
    }
    let busy = ask(good).await.unwrap();
    assert!(
        busy.status() == 429 && busy.headers().contains_key("retry-after"),
        "{busy:?}"
    );
    assert_eq!(
        rig.sinch(&token, "eu", "GET /…/apps", Value::Null)
            .await
            .status,
        200
    );
    rig.admin("DELETE /objects/sinchconversation/token", Value::Null)
        .await;
    assert_eq!(
        rig.sinch(&token, "eu", "GET /…/apps", Value::Null)
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn faults_restarts_and_nothing_in_clear() {
    let rig = Rig::start().await;
    let token = rig.sinch_token().await;
    let fault = json!({ "match": { "service": "sinchconversation.eu", "method": "POST", "path": "apps$" }, "action": { "drop": "after" } });
    rig.admin("POST /faults", fault).await;
    let project = &rig.sandbox.endpoints().settings["sinchconversation"]["project_id"];
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let mut body = app(&rig, "Lost app", PLAN_EU);
    body["channel_credentials"][0]["callback_secret"] = json!("callback-secret-in-clear");
    let line = format!("POST /v1/projects/{project}/apps");
    let sent = rig
        .send(
            "sinchconversation.eu",
            &line,
            &headers,
            Some(body.to_string()),
        )
        .await;
    assert!(sent.is_err(), "{sent:?}");
    assert_eq!(rig.effects().await, ["api create app lost"]);
    for (service, pointer) in [
        ("eu", "/error/status"),
        ("numbers", "/error/status"),
        ("sms.eu", "/code"),
    ] {
        let fault = json!({ "match": { "service": format!("sinchconversation.{service}") }, "action": { "status": 503 } });
        rig.admin("POST /faults", fault).await;
        let got = rig.sinch(&token, service, "GET /…/apps", Value::Null).await;
        assert!(
            got.status == 503 && got.body.pointer(pointer).is_some(),
            "{service} {got:?}"
        );
    }
    let shown = rig
        .admin("GET /objects/sinchconversation/app", Value::Null)
        .await
        .to_string();
    assert!(
        shown.contains("callback_secret_sha256") && !shown.contains("in-clear"),
        "{shown}"
    );

    let Rig { dir, sandbox, .. } = rig;
    drop(sandbox);
    let sandbox = Sandbox::start(options(dir.path())).await.unwrap();
    let rig = Rig {
        dir,
        sandbox,
        http: client(),
    };
    let list = rig
        .sinch(&token, "eu", "GET /…/apps", Value::Null)
        .await
        .body;
    assert!(
        list.to_string().contains("Lost app") && list.to_string().contains("in-clear"),
        "{list}"
    );
    for file in ["vendors.db", "vendors.db-wal"] {
        let bytes = std::fs::read(rig.dir.path().join(file)).unwrap_or_default();
        for word in [b"in-clear".as_slice(), b"Lost app", token.as_bytes()] {
            assert!(!bytes.windows(word.len()).any(|w| w == word), "{file}");
        }
    }
}
