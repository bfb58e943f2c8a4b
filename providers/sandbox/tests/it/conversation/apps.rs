//! What the Conversation API accepts as an app, and how it is patched.

use serde_json::{Value, json};
use trunkline_sandbox::{SecretEcho, Settings};

use super::{PLAN_EU, PLAN_US, app, create};
use crate::rig::Rig;

/// One entry for each channel that can be configured by API.
fn every_channel() -> Vec<Value> {
    let bearer = json!({ "claimed_identity": "i", "token": "t" });
    let token = json!({ "token": "t" });
    let mut all: Vec<Value> = ["WHATSAPP", "RCS", "VIBERBM", "SMS"]
        .iter()
        .map(|c| json!({ "channel": c, "static_bearer": bearer }))
        .collect();
    for (channel, object, value) in [
        ("MESSENGER", "static_token", token.clone()),
        ("VIBER", "static_token", token.clone()),
        (
            "INSTAGRAM",
            "instagram_credentials",
            json!({ "token": "t", "business_account_id": "b" }),
        ),
        ("TELEGRAM", "telegram_credentials", token),
        (
            "LINE",
            "line_credentials",
            json!({ "token": "t", "secret": "s" }),
        ),
        (
            "MMS",
            "mms_credentials",
            json!({ "account_id": "a", "api_key": "k", "basic_auth": { "username": "u", "password": "p" } }),
        ),
        (
            "KAKAOTALK",
            "kakaotalk_credentials",
            json!({ "kakaotalk_plus_friend_id": "f", "kakaotalk_sender_key": "k" }),
        ),
        (
            "KAKAOTALKCHAT",
            "kakaotalkchat_credentials",
            json!({ "kakaotalk_plus_friend_id": "f" }),
        ),
        (
            "WECHAT",
            "wechat_credentials",
            json!({ "app_id": "a", "app_secret": "s", "token": "t", "aes_key": "k" }),
        ),
        (
            "APPLEBC",
            "applebc_credentials",
            json!({ "business_chat_account_id": "b" }),
        ),
    ] {
        let mut entry = json!({ "channel": channel });
        entry[object] = value;
        all.push(entry);
    }
    all
}

#[tokio::test]
async fn the_fields_of_an_app() {
    let rig = Rig::start().await;
    let token = rig.sinch_token().await;
    let with = |name: &str, value: Value| {
        let mut body = app(&rig, "A", PLAN_EU);
        body[name] = value;
        body
    };
    let channels = |list: Value| with("channel_credentials", list);
    let line = |ordinal: i64, default: bool| {
        json!({ "channel": "LINE", "credential_ordinal_number": ordinal,
                "line_credentials": { "token": "t", "secret": "s", "is_default": default } })
    };
    let enterprise =
        |members: Value| json!([{ "channel": "LINE", "line_enterprise_credentials": members }]);
    let pair = json!({ "token": "t", "secret": "s" });
    for (body, status) in [
        (app(&rig, "A", PLAN_EU), 200),
        (app(&rig, "A", PLAN_EU), 200),
        (channels(every_channel().into()), 200),
        (channels(json!([])), 200),
        (channels(Value::Null), 400),
        (channels(json!({})), 400),
        (channels(json!([{ "channel": "SMS" }])), 400),
        (
            channels(json!([{ "channel": "sms", "static_bearer": {} }])),
            400,
        ),
        (
            channels(json!([{ "channel": "SMS", "static_token": { "token": "t" } }])),
            400,
        ),
        (
            channels(json!([{ "channel": "SMS", "static_bearer": { "token": "t" } }])),
            400,
        ),
        (
            channels(
                json!([{ "channel": "TELEGRAM", "telegram_credentials": { "token": "t", "x": 1 } }]),
            ),
            400,
        ),
        (channels(json!([line(0, true), line(1, false)])), 200),
        (channels(json!([line(0, true), line(0, false)])), 400),
        (channels(json!([line(0, true), line(1, true)])), 400),
        (channels(json!([line(256, true)])), 400),
        (
            channels(enterprise(
                json!({ "line_japan": pair, "is_default": true }),
            )),
            200,
        ),
        (
            channels(enterprise(
                json!({ "line_japan": pair, "line_thailand": pair }),
            )),
            400,
        ),
        (
            channels(enterprise(json!({ "line_japan": { "token": "t" } }))),
            400,
        ),
        (with("display_name", json!("")), 400),
        (with("display_name", Value::Null), 400),
        (with("more", json!(1)), 400),
        (with("processing_mode", json!("dispatch")), 400),
        (
            with("dispatch_retention_policy", json!({ "ttl_days": 8 })),
            400,
        ),
        (
            with(
                "dispatch_retention_policy",
                json!({ "retention_type": "PERSIST_RETENTION_POLICY" }),
            ),
            400,
        ),
        (with("retention_policy", json!({ "ttl_days": 0 })), 400),
        (
            with(
                "retention_policy",
                json!({ "retention_type": "PERSIST_RETENTION_POLICY", "ttl_days": 0 }),
            ),
            200,
        ),
        (
            with("message_retry_settings", json!({ "retry_duration": 29 })),
            400,
        ),
        (
            with("message_retry_settings", json!({ "retry_duration": 3600 })),
            200,
        ),
        (
            with(
                "delivery_report_based_fallback",
                json!({ "enabled": true, "delivery_report_waiting_time": 9 }),
            ),
            400,
        ),
        (with("smart_conversation", json!({ "enabled": "yes" })), 400),
        (
            with("conversation_metadata_report_view", json!("SOME")),
            400,
        ),
        (with("id", json!("mine")), 200),
    ] {
        let got = rig.sinch(&token, "eu", "POST /…/apps", body.clone()).await;
        assert_eq!(got.status, status, "{body} {got:?}");
        if status == 400 {
            assert_eq!(got.body["error"]["status"], "INVALID_ARGUMENT");
        } else {
            let id = got.body["id"].as_str().unwrap();
            let ulid = id.len() == 26
                && id
                    .bytes()
                    .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
            assert!(ulid && !id.contains(['I', 'L', 'O', 'U']), "{id}");
        }
    }
}

#[tokio::test]
async fn a_patch_replaces_what_it_carries_or_what_the_mask_names() {
    let rig = Rig::start().await;
    let token = rig.sinch_token().await;
    let id = create(&rig, &token, "eu", "apps", app(&rig, "A", PLAN_EU)).await;
    let read = || async {
        rig.sinch(&token, "eu", &format!("GET /…/apps/{id}"), Value::Null)
            .await
            .body
    };
    let patch = |query: &str, body: Value| {
        let line = format!("PATCH /…/apps/{id}{query}");
        let (rig, token) = (&rig, &token);
        async move { rig.sinch(token, "eu", &line, body).await }
    };
    read().await;
    let whole = read().await;
    assert_eq!(
        whole["retention_policy"]["ttl_days"], 180,
        "what the service fills in"
    );
    assert_eq!(whole["queue_stats"]["outbound_limit"], 500_000);
    let got = patch("", json!({ "display_name": "B" })).await.body;
    assert_eq!(
        (&got["display_name"], &got["channel_credentials"]),
        (&json!("B"), &whole["channel_credentials"])
    );
    let got = patch(
        "?update_mask=processing_mode",
        json!({ "processing_mode": "CONVERSATION", "display_name": "C" }),
    )
    .await
    .body;
    assert_eq!(
        (&got["display_name"], &got["processing_mode"]),
        (&json!("B"), &json!("CONVERSATION"))
    );
    let got = patch(
        "?update_mask=dispatch_retention_policy,display_name",
        json!({ "display_name": "D" }),
    )
    .await
    .body;
    assert_eq!(
        (&got["display_name"], got.get("dispatch_retention_policy")),
        (&json!("D"), None)
    );
    let telegram = json!({ "channel": "TELEGRAM", "telegram_credentials": { "token": "t" } });
    let got = patch(
        "?update_mask=channel_credentials",
        json!({ "channel_credentials": [telegram] }),
    )
    .await
    .body;
    assert_eq!(
        got["channel_credentials"].as_array().unwrap().len(),
        1,
        "the list is replaced"
    );
    assert_eq!(got["channel_credentials"][0]["state"]["status"], "PENDING");
    // What was read can be sent back, whole.
    read().await;
    let again = read().await;
    assert_eq!(again["channel_credentials"][0]["state"]["status"], "ACTIVE");
    assert_eq!(patch("", again.clone()).await.status, 200);
    read().await;
    assert_eq!(read().await, again);
    for (query, body) in [
        ("?update_mask=nothing", json!({})),
        (
            "?update_mask=retention_policy.ttl_days",
            json!({ "retention_policy": { "ttl_days": 2 } }),
        ),
        ("?update_mask=id", json!({ "id": "x" })),
        ("?mask=display_name", json!({ "display_name": "x" })),
        ("?update_mask=display_name", json!({})),
        ("", json!({ "display_name": null })),
        ("", json!({ "channel_credentials": [{ "channel": "SMS" }] })),
    ] {
        assert_eq!(
            patch(query, body.clone()).await.status,
            400,
            "{query} {body}"
        );
    }
    assert_eq!(
        rig.sinch(&token, "eu", &format!("PUT /…/apps/{id}"), again)
            .await
            .status,
        405
    );
    assert_eq!(
        rig.sinch(&token, "eu", &format!("GET /…/apps/{id}/"), Value::Null)
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_plan_of_another_region_fails_the_channel() {
    let rig = Rig::start().await;
    let token = rig.sinch_token().await;
    let id = create(&rig, &token, "eu", "apps", app(&rig, "A", PLAN_US)).await;
    let line = format!("GET /…/apps/{id}");
    let mut states = Vec::new();
    for _ in 0..2 {
        let got = rig.sinch(&token, "eu", &line, Value::Null).await.body;
        states.push(got["channel_credentials"][0]["state"].clone());
    }
    assert_eq!(states[0]["status"], "PENDING");
    assert_eq!(states[1]["status"], "FAILING");
    assert!(
        states[1]["description"]
            .as_str()
            .unwrap()
            .contains("region")
    );
}

#[tokio::test]
async fn secrets_are_shown_as_the_settings_say() {
    for (echo, shown) in [
        (SecretEcho::Echo, json!("t")),
        (SecretEcho::Masked, json!("********")),
        (SecretEcho::Absent, Value::Null),
    ] {
        let rig = Rig::with(Settings {
            sinch_secrets: echo,
            sinch_stale_reads: 1,
            ..Settings::default()
        })
        .await;
        let token = rig.sinch_token().await;
        let list = json!([
            { "channel": "TELEGRAM", "telegram_credentials": { "token": "t" } },
            { "channel": "INSTAGRAM", "instagram_credentials": { "token": "t" } },
        ]);
        let body = json!({ "display_name": "A", "channel_credentials": list });
        let id = create(&rig, &token, "eu", "apps", body).await;
        let line = format!("GET /…/apps/{id}");
        assert_eq!(
            rig.sinch(&token, "eu", &line, Value::Null).await.status,
            404,
            "stale"
        );
        let got = rig.sinch(&token, "eu", &line, Value::Null).await.body;
        let list = &got["channel_credentials"];
        assert_eq!(list[0]["telegram_credentials"]["token"], shown);
        let exchanged = &list[1]["instagram_credentials"]["token"];
        assert_ne!(*exchanged, json!("t"), "exchanged for a long-lived one");
        assert_eq!(got["processing_mode"], "DISPATCH");
    }
}
