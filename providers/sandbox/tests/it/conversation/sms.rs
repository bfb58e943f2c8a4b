//! The SMS API by service plan and by project.

use serde_json::{Value, json};

use super::{PLAN_EU, plan_token};
use crate::rig::Rig;

#[tokio::test]
async fn a_plan_is_opened_by_its_token_in_its_region() {
    let rig = Rig::start().await;
    let token = plan_token(&rig);
    let oauth = rig.sinch_token().await;
    let project = rig.sandbox.endpoints().settings["sinchconversation"]["project_id"].clone();
    for (service, owner, token, status) in [
        ("sms.eu", PLAN_EU, token.as_str(), 200),
        ("sms.us", PLAN_EU, &token, 404),
        ("sms.eu", PLAN_EU, "wrong", 401),
        ("sms.eu", PLAN_EU, &oauth, 401),
        ("sms.au", "a-plan-of-my-own", &token, 200),
        ("zt.eu", &project, &oauth, 200),
        ("zt.eu", &project, &token, 401),
    ] {
        let line = format!("GET /xms/v1/{owner}/groups");
        let got = rig.sinch(token, service, &line, Value::Null).await;
        assert_eq!(got.status, status, "{service} {owner} {got:?}");
        assert_eq!(got.body["code"].is_string(), status != 200, "{got:?}");
    }
    rig.admin(
        "PATCH /settings",
        json!({ "sinch_known_projects_only": true }),
    )
    .await;
    let got = rig
        .sinch(
            &token,
            "sms.au",
            "GET /xms/v1/a-plan-of-my-own/groups",
            Value::Null,
        )
        .await;
    assert_eq!(got.status, 401);
}

#[tokio::test]
async fn groups_and_batches() {
    let rig = Rig::start().await;
    let token = plan_token(&rig);
    let call = |line: &str, body: Value| {
        let line = line.replace(" /", &format!(" /xms/v1/{PLAN_EU}/"));
        let (rig, token) = (&rig, &token);
        async move { rig.sinch(token, "sms.eu", &line, body).await }
    };
    let made = call(
        "POST /groups",
        json!({ "name": "G", "members": ["+12025550100", "12025550101", "+12025550100"] }),
    )
    .await;
    assert_eq!(
        (made.status, &made.body["size"]),
        (201, &json!(2)),
        "{made:?}"
    );
    let id = made.body["id"].as_str().unwrap().to_owned();
    let delta = json!({ "add": ["+12025550102"], "remove": ["+12025550100"] });
    assert_eq!(
        call(&format!("POST /groups/{id}"), delta).await.body["name"],
        "G"
    );
    let got = call(&format!("POST /groups/{id}"), json!({ "name": null }))
        .await
        .body;
    assert_eq!(got.get("name"), None, "null takes it away");
    let members = call(&format!("GET /groups/{id}/members"), Value::Null)
        .await
        .body;
    assert_eq!(members, json!(["12025550101", "12025550102"]));
    let other = call("POST /groups", json!({})).await.body["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let got = call(
        &format!("POST /groups/{other}"),
        json!({ "add_from_group": id }),
    )
    .await
    .body;
    assert_eq!(got["size"], 2);
    assert_eq!(
        call(&format!("PUT /groups/{id}"), json!({ "members": [] }))
            .await
            .body["size"],
        0
    );
    for (line, body, status) in [
        (format!("PUT /groups/{id}"), json!({ "name": "x" }), 400),
        ("POST /groups".into(), json!({ "members": ["mobile"] }), 400),
        (
            "POST /groups".into(),
            json!({ "child_groups": ["none"] }),
            404,
        ),
        ("POST /groups".into(), json!({ "size": 3 }), 400),
        ("GET /groups?page_size=101".into(), Value::Null, 400),
        (format!("DELETE /groups/{id}"), Value::Null, 200),
        (format!("DELETE /groups/{id}"), Value::Null, 404),
        (
            "POST /batches".into(),
            json!({ "to": [], "body": "x" }),
            400,
        ),
        (
            "POST /batches".into(),
            json!({ "to": ["+12025550100"] }),
            400,
        ),
        (
            "POST /batches".into(),
            json!({ "to": ["+12025550100"], "body": "x".repeat(2001) }),
            400,
        ),
        (
            "POST /batches".into(),
            json!({ "to": ["+12025550100"], "body": "x", "from_ton": 7 }),
            400,
        ),
        (
            "POST /batches".into(),
            json!({ "to": ["+12025550100"], "body": "x" }),
            201,
        ),
        (
            "POST /batches/dry_run".into(),
            json!({ "to": ["+12025550100"], "body": "x" }),
            200,
        ),
        ("GET /inbounds".into(), Value::Null, 200),
    ] {
        let got = call(&line, body.clone()).await;
        assert_eq!(got.status, status, "{line} {body} {got:?}");
    }
    let list = call("GET /batches?page=0&page_size=1", Value::Null)
        .await
        .body;
    assert_eq!(
        (&list["count"], &list["batches"][0]["canceled"]),
        (&json!(1), &json!(false)),
        "a dry run sends nothing"
    );
    let batch = list["batches"][0]["id"].as_str().unwrap();
    assert_eq!(
        call(&format!("DELETE /batches/{batch}"), Value::Null)
            .await
            .body["canceled"],
        true
    );
}
