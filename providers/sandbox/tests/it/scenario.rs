//! The whole of the third option of the reference document, call by call, and what the log says of it.

use serde_json::{Value, json};
use trunkline_sandbox::Settings;

use crate::rig::{GWS, Rig, client_body, role};

/// SHA-256 of a text through the only public door: credentials that were issued here.
async fn issued(rig: &Rig, hash: &Value) -> bool {
    rig.admin("POST /issued", json!({ "sha256": hash })).await["issued"] == true
}

#[tokio::test]
async fn option_three_from_role_to_number() {
    let rig = Rig::with(Settings {
        stale_reads: 0,
        role_cache_misses: 0,
        ..Settings::default()
    })
    .await;
    let token = rig.token().await;
    let bootstrap = rig.sandbox.endpoints().settings["genesyscloud"]["oauthclient_id"].clone();

    let made = rig
        .api(
            &token,
            "POST /api/v2/authorization/roles",
            role("Nexus Messaging", &["messaging", "messagingProvisioning"]),
        )
        .await;
    assert_eq!(made.status, 200, "{made:?}");
    let role_id = made.body["id"].clone();
    let entities: Vec<&Value> = made.body["permissionPolicies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| &p["entityName"])
        .collect();
    assert!(
        entities.len() > 4 && !entities.contains(&&json!("*")),
        "expanded: {entities:?}"
    );

    // The caller does not hold the role yet.
    let refused = rig
        .api(
            &token,
            "POST /api/v2/oauth/clients",
            client_body("Nexus Messaging Integration", &role_id),
        )
        .await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (403, &json!("caller.lacks.role"))
    );

    let search = json!({ "query": [ { "fields": ["email"], "value": "admin@acme.test", "type": "EXACT" } ] });
    let found = rig.api(&token, "POST /api/v2/users/search", search).await;
    let user = found.body["results"][0]["id"].as_str().unwrap().to_owned();
    let home = rig
        .api(
            &token,
            "GET /api/v2/authorization/divisions/home",
            Value::Null,
        )
        .await
        .body["id"]
        .clone();
    let grants = json!({ "grants": [ { "roleId": role_id, "divisionId": home } ] });
    for (subject, kind) in [(&user, "PC_USER"), (&bootstrap, "PC_OAUTH_CLIENT")] {
        let line =
            format!("POST /api/v2/authorization/subjects/{subject}/bulkadd?subjectType={kind}");
        assert_eq!(rig.api(&token, &line, grants.clone()).await.status, 204);
        assert_eq!(
            rig.api(&token, &line, grants.clone()).await.status,
            204,
            "granting again changes nothing"
        );
    }
    let view = rig
        .api(
            &token,
            &format!("GET /api/v2/authorization/subjects/{user}?includeDuplicates=true"),
            Value::Null,
        )
        .await;
    let names: Vec<&str> = view.body["grants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|g| g["role"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["employee", "Master Admin", "Nexus Messaging"]);

    let client = rig
        .api(
            &token,
            "POST /api/v2/oauth/clients",
            client_body("Nexus Messaging Integration", &role_id),
        )
        .await;
    assert_eq!(client.status, 200, "{client:?}");
    let (client_id, secret) = (
        client.body["id"].as_str().unwrap(),
        client.body["secret"].as_str().unwrap(),
    );
    assert_eq!(secret.len(), 43);
    let read = rig
        .api(
            &token,
            &format!("GET /api/v2/oauth/clients/{client_id}"),
            Value::Null,
        )
        .await;
    assert_eq!(read.body.get("secret"), None);
    assert_eq!(
        read.body["roleDivisions"],
        json!([ { "roleId": role_id, "divisionId": home } ])
    );

    let auth = rig.auth_token().await;
    let wrapped = json!({ "data": { "enabled": true, "tenant": "*", "name": "Portico Cluster API Key", "permissions": ["nexus:cluster:*"] } });
    let key = rig
        .bearer_call(
            "digitalchannels.nexus",
            &auth,
            "POST /nexus/v3/apikeys",
            wrapped,
        )
        .await;
    assert_eq!(
        (key.status, &key.body["status"]["code"]),
        (200, &json!(0)),
        "{key:?}"
    );
    let key = key.body["data"]["id"].as_str().unwrap().to_owned();

    for (name, body) in [
        (
            "PurecloudIDP",
            json!({ "url": "https://login.mypurecloud.com", "secret": { "clientId": client_id, "clientSecret": secret }, "data": {} }),
        ),
        (
            "PorticoSMS",
            json!({ "url": "https://api.mypurecloud.com", "secret": {}, "data": {} }),
        ),
        (
            "SMS",
            json!({ "url": "N/A", "secret": {}, "data": { "tokenProvider": "Purecloud" } }),
        ),
    ] {
        let got = rig.service(&format!("POST /…/{name}"), body).await;
        assert_eq!(got.status, 201, "{name}: {got:?}");
        assert_eq!(got.body["data"].get("secret"), None);
    }

    let integration = rig.token_for(client_id, secret).await;
    assert_eq!(
        (
            &integration.body["expires_in"],
            &integration.body["token_type"]
        ),
        (&json!(600), &json!("bearer"))
    );
    let integration = integration.body["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let list = "/api/v2/messaging/sms/provisioning/tollfreenumbers/";
    let available = rig
        .api(&integration, &format!("GET {list}available"), Value::Null)
        .await
        .body;
    let number = available[0]["tollfreeNumber"].as_str().unwrap().to_owned();
    let order = json!([ { "tollfreeNumber": format!("+1{number}"), "comment": "ACME", "moUrl": "https://nexus.acme.test/nexus/v3/sms/message",
        "drUrl": "https://nexus.acme.test/nexus/v3/sms/receipt", "webhookUsername": rig.ccid(), "webhookPassword": key,
        "emailAddress": "sms.admin@acme.test" } ]);
    let bought = rig
        .api(&integration, &format!("POST {list}"), order.clone())
        .await;
    assert_eq!(bought.status, 200, "{bought:?}");
    let again = rig.api(&integration, &format!("POST {list}"), order).await;
    assert_eq!(again.status, 409);
    let listed = rig
        .api(&integration, &format!("GET {list}"), Value::Null)
        .await
        .body;
    assert_eq!(
        (
            listed.as_array().unwrap().len(),
            &listed[0]["tollfreeNumber"]
        ),
        (1, &json!(number))
    );
    let text = listed.to_string();
    assert!(
        !text.contains(&key) && !text.contains("assword"),
        "write-only: {text}"
    );
    let left = rig
        .api(&integration, &format!("GET {list}available"), Value::Null)
        .await
        .body;
    assert_eq!(
        left.as_array().unwrap().len() + 1,
        available.as_array().unwrap().len()
    );

    // The right secrets arrived, without anybody showing them.
    let order = rig
        .admin(
            &format!("GET /objects/genesyscloud/tollfree_number/{number}"),
            Value::Null,
        )
        .await;
    let keys = rig
        .admin("GET /objects/digitalchannels/apikey", Value::Null)
        .await;
    assert_eq!(order["webhookPassword_sha256"], keys[1]["secret_sha256"]);
    let idp = rig
        .admin(
            &format!(
                "GET /objects/digitalchannels/service/{}/PurecloudIDP",
                rig.ccid()
            ),
            Value::Null,
        )
        .await;
    let stored = rig
        .admin(
            &format!("GET /objects/genesyscloud/oauth_client/{client_id}"),
            Value::Null,
        )
        .await;
    assert_eq!(
        idp["secret_sha256"]["clientSecret"],
        stored["secret_sha256"]
    );
    for hash in [
        &order["webhookPassword_sha256"],
        &stored["secret_sha256"],
        &idp["secret_sha256"]["clientId"],
    ] {
        assert!(issued(&rig, hash).await);
    }
    assert!(!issued(&rig, &json!("0".repeat(64))).await);

    let log = rig.admin("GET /log", Value::Null).await.to_string();
    for leak in [&key, secret, &token, &integration, &auth] {
        assert!(!log.contains(leak), "the log shows a secret");
    }
    assert_eq!(
        rig.effects().await,
        [
            "api create role",
            "api grant grant",
            "api grant grant",
            "api create oauth_client",
            "api create apikey",
            "api create service",
            "api create service",
            "api create service",
            "api purchase tollfree_number",
        ]
    );
    assert!(
        rig.api(&token, &format!("GET {list}"), Value::Null)
            .await
            .status
            == 200,
        "the caller holds the role too"
    );
}

#[tokio::test]
async fn a_seed_repeats_ids_and_secrets() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let rig = Rig::start().await;
        let token = rig.token().await;
        let made = rig
            .api(
                &token,
                "POST /api/v2/authorization/roles",
                role("A", &["messaging"]),
            )
            .await;
        seen.push((token, made.body));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_client_lives_and_dies_by_the_rules() {
    let rig = Rig::start().await;
    let token = rig.token().await;
    let bootstrap = rig.sandbox.endpoints().settings["genesyscloud"]["oauthclient_id"].clone();
    let role_id = rig
        .admin("GET /objects/genesyscloud/grant", Value::Null)
        .await
        .as_array()
        .unwrap()
        .iter()
        .find(|g| g["subjectId"] == bootstrap.as_str())
        .unwrap()["roleId"]
        .clone();
    let made = rig
        .api(
            &token,
            "POST /api/v2/oauth/clients",
            client_body("C", &role_id),
        )
        .await
        .body;
    let (id, secret) = (
        made["id"].as_str().unwrap().to_owned(),
        made["secret"].as_str().unwrap().to_owned(),
    );
    let path = format!("/api/v2/oauth/clients/{id}");

    let reset = rig
        .api(&token, &format!("POST {path}/secret"), Value::Null)
        .await
        .body;
    let new_secret = reset["secret"].as_str().unwrap().to_owned();
    assert_ne!(new_secret, secret);
    let old = rig.token_for(&id, &secret).await;
    assert_eq!(
        (old.status, &old.body["error"]),
        (401, &json!("invalid_client"))
    );
    let live = rig.token_for(&id, &new_secret).await.body["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        rig.api(&live, "GET /api/v2/tokens/me", Value::Null)
            .await
            .body["OAuthClient"]["id"],
        json!(id)
    );

    // The token expires by the sandbox's clock.
    rig.admin("POST /clock", json!({ "advance_seconds": 601 }))
        .await;
    assert_eq!(
        rig.api(&live, "GET /api/v2/tokens/me", Value::Null)
            .await
            .status,
        401
    );
    let live = rig.token_for(&id, &new_secret).await.body["access_token"]
        .as_str()
        .unwrap()
        .to_owned();

    let refused = rig
        .api(&token, &format!("DELETE {path}"), Value::Null)
        .await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (400, &json!("cannot.delete.client"))
    );
    let mut body = client_body("C", &role_id);
    body["state"] = json!("inactive");
    assert_eq!(
        rig.api(&token, &format!("PUT {path}"), body.clone())
            .await
            .body["state"],
        "inactive"
    );
    assert_eq!(
        rig.api(&live, "GET /api/v2/tokens/me", Value::Null)
            .await
            .status,
        401,
        "tokens die with the state"
    );
    assert_eq!(rig.token_for(&id, &new_secret).await.status, 400);

    // Older than thirty days: seven days of grace, then gone.
    rig.admin("POST /clock", json!({ "advance_seconds": 31 * 86400 }))
        .await;
    let token = rig.token().await;
    assert_eq!(
        rig.api(&token, &format!("DELETE {path}"), Value::Null)
            .await
            .status,
        204
    );
    let waiting = rig.api(&token, &format!("GET {path}"), Value::Null).await;
    assert!(
        waiting.status == 200 && waiting.body["dateToDelete"].is_string(),
        "{waiting:?}"
    );
    rig.admin("POST /clock", json!({ "advance_seconds": 8 * 86400 }))
        .await;
    let token = rig.token().await;
    assert_eq!(
        rig.api(&token, &format!("GET {path}"), Value::Null)
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn options_of_the_transaction_take_deltas() {
    let rig = Rig::start().await;
    let auth = rig.auth_token().await;
    let path = "/provisioning/v3/transactions/NexusServices/options";
    let gws = GWS;
    let put = format!("PUT {path}");
    let section = json!({ "chat.SMS_Main": { "channelId": "16504", "channelType": "sms" } });
    for (body, status, options) in [
        (
            json!({ "newOptions": section }),
            200,
            json!({ "general": { "log-level": "info" }, "chat.SMS_Main": { "channelId": "16504", "channelType": "sms" } }),
        ),
        (json!({ "newOptions": section }), 409, Value::Null),
        (
            json!({ "changedOptions": { "chat.SMS_Main": { "nothing": "x" } } }),
            404,
            Value::Null,
        ),
        (
            json!({ "changedOptions": { "chat.SMS_Main": { "channelId": 5 } } }),
            400,
            Value::Null,
        ),
        (
            json!({ "changedOptions": { "chat.SMS_Main": {} } }),
            400,
            Value::Null,
        ),
        (json!({ "surprise": {} }), 400, Value::Null),
        (
            json!({ "changedOptions": { "chat.SMS_Main": { "channelId": "16505" } }, "deletedOptions": { "chat.SMS_Main": { "channelType": "" } } }),
            200,
            json!({ "general": { "log-level": "info" }, "chat.SMS_Main": { "channelId": "16505" } }),
        ),
        (
            json!({ "deletedOptions": { "chat.SMS_Main": { "channelId": "" } } }),
            200,
            json!({ "general": { "log-level": "info" } }),
        ),
    ] {
        let got = rig
            .bearer_call(gws, &auth, &put, json!({ "data": body }))
            .await;
        assert_eq!(got.status, status, "{body} {got:?}");
        if !options.is_null() {
            assert_eq!(got.body["data"]["options"], options);
            assert_eq!(
                rig.bearer_call(gws, &auth, &format!("GET {path}"), Value::Null)
                    .await
                    .body["data"]["options"],
                options
            );
        }
    }
    // The other form replaces everything: what must never be used.
    let all = json!({ "data": { "options": { "chat.A": { "x": "y" } } } });
    let got = rig
        .bearer_call(gws, &auth, &format!("POST {path}"), all)
        .await;
    assert_eq!(
        got.body["data"]["options"],
        json!({ "chat.A": { "x": "y" } })
    );
}
