//! Faults through real connections: what the caller sees, and what the log says really happened.

use serde_json::{Value, json};

use crate::rig::{API, Rig, role};

const ROLES: &str = "/api/v2/authorization/roles";

#[tokio::test]
async fn a_lost_answer_has_its_effect_and_a_lost_request_has_none() {
    let rig = Rig::start().await;
    let token = rig.token().await;
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    for (when, name) in [("before", "Never"), ("after", "Made")] {
        rig.admin("POST /faults", json!({ "match": { "service": API, "method": "POST", "path": ROLES }, "action": { "drop": when } })).await;
        let sent = rig
            .send(
                API,
                &format!("POST {ROLES}"),
                &headers,
                Some(role(name, &["messaging"]).to_string()),
            )
            .await;
        assert!(sent.is_err(), "{when}: the connection is closed, {sent:?}");
    }
    let roles = rig
        .api(&token, &format!("GET {ROLES}?pageSize=100"), Value::Null)
        .await
        .body
        .to_string();
    assert!(roles.contains("Made") && !roles.contains("Never"));
    assert_eq!(rig.effects().await, ["api create role lost"]);
    let log = rig.admin("GET /log", Value::Null).await;
    let posts: Vec<(&Value, &Value)> = log
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| e["method"] == "POST" && e["path"] == ROLES)
        .map(|e| (&e["status"], &e["lost"]))
        .collect();
    assert_eq!(
        posts,
        [(&json!(0), &json!(true)), (&json!(200), &json!(true))]
    );
    assert_eq!(
        rig.admin("GET /faults", Value::Null).await,
        json!([]),
        "both are used up"
    );
}

#[tokio::test]
async fn statuses_latency_and_garbage_on_demand() {
    let rig = Rig::start().await;
    let token = rig.token().await;
    let faults = [
        (
            json!({ "match": { "path": "/api/v2/tokens" }, "times": 2, "action": { "status": 503, "retry_after": 7 } }),
            503,
        ),
        (
            json!({ "match": { "path": "tokens/me$" }, "action": { "status": 200, "body": { "odd": true } } }),
            200,
        ),
        (
            json!({ "match": { "path": "/api/v2/tokens" }, "action": { "malformed": true } }),
            200,
        ),
    ];
    for (fault, _) in &faults {
        rig.admin("POST /faults", fault.clone()).await;
    }
    let mut seen = Vec::new();
    for _ in 0..5 {
        let got = rig.api(&token, "GET /api/v2/tokens/me", Value::Null).await;
        seen.push((
            got.status,
            got.retry_after,
            got.body["contextId"].is_string(),
            got.body["odd"] == true,
            got.body.is_string(),
        ));
    }
    let busy = (503, Some("7".to_owned()), true, false, false);
    let odd = (200, None, false, true, false);
    let garbage = (200, None, false, false, true);
    let fine = (200, None, false, false, false);
    assert_eq!(seen, [busy.clone(), busy, odd, garbage, fine]);

    let id = rig
        .admin(
            "POST /faults",
            json!({ "times": 0, "action": { "latency_ms": 150 } }),
        )
        .await["id"]
        .clone();
    let start = std::time::Instant::now();
    rig.api(&token, "GET /api/v2/tokens/me", Value::Null).await;
    assert!(start.elapsed() >= std::time::Duration::from_millis(150));
    rig.admin(&format!("DELETE /faults/{id}"), Value::Null)
        .await;
    let bad = rig
        .send(
            "admin",
            "POST /faults",
            &[("content-type", "application/json")],
            Some("{\"action\":{\"explode\":true}}".into()),
        )
        .await;
    assert_eq!(bad.unwrap().status, 400);
}

/// Half of an answer: its head has arrived, and its effect has happened.
#[tokio::test]
async fn an_answer_may_end_or_stand_still_half_way() {
    let rig = Rig::start().await;
    let token = rig.token().await;
    let bearer = format!("Bearer {token}");
    let base = &rig.sandbox.endpoints().services[API];
    for (action, name) in [
        (json!({ "drop": "within" }), "Half"),
        (json!({ "pause_ms": 300 }), "Late"),
    ] {
        rig.admin(
            "POST /faults",
            json!({ "match": { "method": "POST", "path": ROLES }, "action": action }),
        )
        .await;
        let request = rig.http.post(format!("{base}{ROLES}"));
        let request = request
            .header("authorization", &bearer)
            .header("content-type", "application/json");
        let begun = std::time::Instant::now();
        let answer = request
            .body(role(name, &["messaging"]).to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{name}");
        let body = answer.text().await;
        match name {
            "Half" => assert!(body.is_err(), "{body:?}"),
            _ => {
                assert!(body.unwrap().contains(name));
                assert!(begun.elapsed() >= std::time::Duration::from_millis(300));
            }
        }
    }
    assert_eq!(
        rig.effects().await,
        ["api create role lost", "api create role"]
    );
    let roles = rig
        .api(&token, &format!("GET {ROLES}?pageSize=100"), Value::Null)
        .await
        .body
        .to_string();
    assert!(roles.contains("Half") && roles.contains("Late"), "{roles}");
}

#[tokio::test]
async fn digital_channels_faults_wear_its_envelope() {
    let rig = Rig::start().await;
    rig.admin(
        "POST /faults",
        json!({ "match": { "service": "digitalchannels.nexus" }, "action": { "status": 502 } }),
    )
    .await;
    let got = rig.service("GET /…", Value::Null).await;
    assert_eq!(
        (got.status, got.body["status"]["code"].as_u64().unwrap() > 0),
        (502, true)
    );
    // An effect behind a mangled answer is an effect.
    rig.admin(
        "POST /faults",
        json!({ "match": { "method": "POST" }, "action": { "malformed": true } }),
    )
    .await;
    let got = rig.service("POST /…/mGageSMS", json!({ "url": "http://m.test", "data": {}, "secret": { "username": "u", "password": "p" } })).await;
    assert!(got.status == 200 && got.body.is_string(), "{got:?}");
    assert_eq!(rig.effects().await, ["api create service lost"]);
}
