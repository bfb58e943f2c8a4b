//! What Digital Channels refuses: every row a request, a status and a refining code.

use serde_json::{Value, json};
use trunkline_sandbox::{SecretOnRead, Settings};

use crate::rig::{AUTH, NEXUS, Rig, basic};

const OTHER: &str = "dc000000-0000-4000-8000-000000000002";

fn idp() -> Value {
    json!({ "url": "https://login.mypurecloud.com", "data": {},
            "secret": { "clientId": "00000000-0000-4000-8000-000000000001", "clientSecret": "s" } })
}

fn channel(id: &str) -> (Value, Value) {
    (
        json!({ "channelId": id, "webhook": { "url": "https://hook.acme.test" } }),
        json!({ "channelId": id, "webhook": { "secret": "w" }, "api": { "secret": "a" } }),
    )
}

#[tokio::test]
async fn the_key_opens_what_it_may() {
    let rig = Rig::start().await;
    let (ccid, key) = (rig.ccid(), rig.api_key());
    let auth = rig.auth_token().await;
    let mut keys = Vec::new();
    for (tenant, permission, enabled, expires) in [
        (OTHER, "nexus:cluster:*", true, Value::Null),
        ("*", "nexus:consumer:*", true, Value::Null),
        ("*", "nexus:cluster:*", false, Value::Null),
        ("*", "nexus:cluster:*", true, json!("2026-09-22T12:00:00Z")),
        (&ccid, "nexus:cluster:*", true, Value::Null),
    ] {
        let data = json!({ "tenant": tenant, "name": "k", "permissions": [permission], "enabled": enabled, "expires": expires });
        let got = rig
            .bearer_call(
                NEXUS,
                &auth,
                "POST /nexus/v3/apikeys",
                json!({ "data": data }),
            )
            .await;
        assert_eq!(got.status, 200, "{got:?}");
        keys.push(got.body["data"]["id"].as_str().unwrap().to_owned());
    }
    let path = |ccid: &str| format!("GET /nexus/v3/provisioning/services/{ccid}");
    let unknown = "00000000-0000-4000-8000-00000000dead";
    for (key, header, ccid_in_path, status, code) in [
        (
            Some(key.as_str()),
            Some(ccid.as_str()),
            ccid.as_str(),
            200,
            0,
        ),
        (None, Some(&ccid), &ccid, 401, 4011),
        (Some(unknown), Some(&ccid), &ccid, 401, 4012),
        (Some(&keys[2]), Some(&ccid), &ccid, 401, 4013),
        (Some(&keys[3]), Some(&ccid), &ccid, 200, 0),
        (Some(&keys[0]), Some(&ccid), &ccid, 403, 4031),
        (Some(&keys[0]), Some(OTHER), OTHER, 200, 0),
        (Some(&keys[1]), Some(&ccid), &ccid, 403, 4032),
        (Some(&keys[4]), Some(&ccid), &ccid, 200, 0),
        (Some(&key), None, &ccid, 400, 4004),
        (Some(&key), Some(OTHER), &ccid, 400, 4005),
        (Some(&key), Some("acme"), "acme", 400, 4006),
        (Some(&key), Some(unknown), unknown, 200, 0),
    ] {
        let mut headers = Vec::new();
        headers.extend(key.map(|k| ("x-api-key", k)));
        headers.extend(header.map(|c| ("x-ccid", c)));
        let got = rig
            .send(NEXUS, &path(ccid_in_path), &headers, None)
            .await
            .unwrap();
        assert_eq!(
            (got.status, &got.body["status"]["code"]),
            (status, &json!(code)),
            "{got:?}"
        );
    }
    // Time passes: the fourth key expires. A tenant nobody knows can be refused.
    rig.admin("POST /clock", json!({ "advance_seconds": 86400 * 30 }))
        .await;
    let headers = [("x-api-key", keys[3].as_str()), ("x-ccid", ccid.as_str())];
    assert_eq!(
        rig.send(NEXUS, &path(&ccid), &headers, None)
            .await
            .unwrap()
            .body["status"]["code"],
        4014
    );
    rig.admin(
        "PATCH /settings",
        json!({ "known_contact_centers_only": true }),
    )
    .await;
    let headers = [("x-api-key", key.as_str()), ("x-ccid", unknown)];
    assert_eq!(
        rig.send(NEXUS, &path(unknown), &headers, None)
            .await
            .unwrap()
            .status,
        404
    );
}

#[tokio::test]
async fn every_kind_of_service_is_read_strictly() {
    let rig = Rig::start().await;
    let (data, secret) = channel("16504");
    let (other, _) = channel("16505");
    let asynchronous =
        |d: Value, s: Value| json!({ "data": { "channels": d }, "secret": { "channels": s } });
    let mgage = |patch: Value| {
        let mut body = json!({ "url": "http://directtext.mgage.com", "data": {}, "secret": { "username": "u", "password": "p" } });
        for (name, value) in patch.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let sms = |data: Value| json!({ "url": "N/A", "data": data, "secret": {} });
    let mut idp_bad = idp();
    idp_bad["secret"]["clientId"] = json!("4da40a9de-b113-4024-8ba9-c9dd89c91f67");
    for (name, body, status) in [
        ("sms", sms(json!({ "provider": "mGage" })), 400),
        (
            "SMS",
            json!({ "url": "N/A", "data": { "provider": "mGage" } }),
            400,
        ),
        (
            "SMS",
            json!({ "url": "https://x.test", "data": { "provider": "mGage" }, "secret": {} }),
            400,
        ),
        (
            "SMS",
            json!({ "data": { "provider": "mGage" }, "secret": {} }),
            400,
        ),
        (
            "SMS",
            json!({ "data": sms(json!({ "provider": "mGage" })) }),
            400,
        ),
        ("SMS", sms(json!({})), 400),
        ("SMS", sms(json!({ "provider": "mgage" })), 400),
        (
            "SMS",
            sms(json!({ "provider": "mGage", "tokenProvider": "Purecloud" })),
            400,
        ),
        ("SMS", sms(json!({ "tokenProvider": "PureCloud" })), 400),
        ("SMS", sms(json!({ "tokenProvider": "Purecloud" })), 400),
        (
            "SMS",
            json!({ "url": "N/A", "data": { "provider": "mGage" }, "secret": { "a": "b" } }),
            400,
        ),
        ("mGageSMS", mgage(json!({ "url": "N/A" })), 400),
        ("mGageSMS", mgage(json!({ "url": null })), 400),
        (
            "mGageSMS",
            mgage(json!({ "secret": { "username": "u" } })),
            400,
        ),
        (
            "mGageSMS",
            mgage(json!({ "secret": { "username": "u", "password": "" } })),
            400,
        ),
        ("mGageSMS", mgage(json!({ "data": { "x": 1 } })), 400),
        ("mGageSMS", mgage(json!({ "more": 1 })), 400),
        ("Async", asynchronous(json!([]), json!([])), 400),
        ("Async", asynchronous(json!([data]), json!([])), 400),
        ("Async", asynchronous(json!([other]), json!([secret])), 400),
        (
            "Async",
            asynchronous(json!([data, data]), json!([secret])),
            400,
        ),
        (
            "Async",
            asynchronous(json!([{ "channelId": "16504" }]), json!([secret])),
            400,
        ),
        (
            "Async",
            asynchronous(
                json!([data]),
                json!([{ "channelId": "16504", "webhook": { "secret": "w" } }]),
            ),
            400,
        ),
        ("PurecloudIDP", idp_bad, 400),
        (
            "PurecloudIDP",
            json!({ "url": "https://login.mypurecloud.com", "data": {}, "secret": {} }),
            400,
        ),
        (
            "PorticoSMS",
            json!({ "url": "api.mypurecloud.com", "data": {}, "secret": {} }),
            400,
        ),
        // And the good ones, in an order that works.
        ("SMS", sms(json!({ "provider": "mGage" })), 201),
        ("mGageSMS", mgage(json!({})), 201),
        ("Async", asynchronous(json!([data]), json!([secret])), 201),
        ("PurecloudIDP", idp(), 201),
        (
            "PorticoSMS",
            json!({ "url": "https://api.mypurecloud.com", "data": {}, "secret": {} }),
            201,
        ),
        ("SMS", sms(json!({ "provider": "mGage" })), 409),
    ] {
        let got = rig.service(&format!("POST /…/{name}"), body.clone()).await;
        assert_eq!(got.status, status, "{name} {body} {got:?}");
        assert_eq!(got.body["status"]["code"] == 0, status == 201, "{got:?}");
    }
    let mut with_url = asynchronous(json!([data]), json!([secret]));
    with_url["url"] = json!("N/A");
    assert_eq!(rig.service("PUT /…/Async", with_url).await.status, 400);
}

#[tokio::test]
async fn services_are_read_changed_and_deleted_in_order() {
    let rig = Rig::start().await;
    assert_eq!(rig.service("GET /…/SMS", Value::Null).await.status, 404);
    assert_eq!(
        rig.service("PUT /…/PurecloudIDP", idp()).await.status,
        404,
        "PUT does not create"
    );
    assert_eq!(rig.service("DELETE /…/SMS", Value::Null).await.status, 404);
    let portico = json!({ "url": "https://api.mypurecloud.com", "data": {}, "secret": {} });
    let sms = |data: Value| json!({ "url": "N/A", "data": data, "secret": {} });
    rig.service("POST /…/PurecloudIDP", idp()).await;
    rig.service("POST /…/PorticoSMS", portico).await;
    assert_eq!(
        rig.service("POST /…/SMS", sms(json!({ "tokenProvider": "Purecloud" })))
            .await
            .status,
        201
    );
    let held = rig.service("DELETE /…/PurecloudIDP", Value::Null).await;
    assert_eq!(
        (held.status, &held.body["status"]["code"]),
        (409, &json!(4092))
    );

    let read = rig.service("GET /…/PurecloudIDP", Value::Null).await.body["data"].clone();
    assert_eq!(
        read,
        json!({ "ccid": rig.ccid(), "name": "PurecloudIDP", "url": "https://login.mypurecloud.com", "data": {} })
    );
    rig.admin(
        "PATCH /settings",
        json!({ "service_secret": SecretOnRead::Masked }),
    )
    .await;
    let read = rig.service("GET /…/PurecloudIDP", Value::Null).await.body["data"].clone();
    assert_eq!(
        read["secret"],
        json!({ "clientId": "********", "clientSecret": "********" })
    );

    let changed = rig
        .service("PUT /…/SMS", sms(json!({ "provider": "Async" })))
        .await;
    assert_eq!(
        (changed.status, &changed.body["data"]["data"]),
        (200, &json!({ "provider": "Async" }))
    );
    let all = rig.service("GET /…", Value::Null).await.body["data"].clone();
    let names: Vec<&str> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["PurecloudIDP", "PorticoSMS", "SMS"]);
    assert_eq!(
        rig.service("DELETE /…/PurecloudIDP", Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(rig.service("PATCH /…/SMS", json!({})).await.status, 405);
}

#[tokio::test]
async fn api_keys_are_wrapped_and_their_rights_fixed() {
    let rig = Rig::start().await;
    let auth = rig.auth_token().await;
    let good =
        json!({ "enabled": true, "tenant": "*", "name": "K", "permissions": ["nexus:cluster:*"] });
    let with = |name: &str, value: Value| {
        let mut data = good.clone();
        data[name] = value;
        json!({ "data": data })
    };
    for (body, status) in [
        (good.clone(), 400),
        (json!({ "data": good, "more": 1 }), 400),
        (with("name", json!("")), 400),
        (with("tenant", json!("acme")), 400),
        (with("permissions", json!([])), 400),
        (with("permissions", json!(["everything"])), 400),
        (with("expires", json!("2020-01-01T00:00:00Z")), 400),
        (with("expires", json!("soon")), 400),
        (with("id", json!(OTHER)), 400),
        (with("colour", json!(1)), 400),
        (json!({ "data": good }), 200),
        (json!({ "data": good }), 200),
    ] {
        let got = rig
            .bearer_call(NEXUS, &auth, "POST /nexus/v3/apikeys", body.clone())
            .await;
        assert_eq!(got.status, status, "{body} {got:?}");
    }
    let all = rig
        .bearer_call(NEXUS, &auth, "GET /nexus/v3/apikeys?tenant=*", Value::Null)
        .await
        .body["data"]
        .clone();
    let ids: Vec<&str> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|k| k["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 3, "one seeded, two with one name");
    let path = format!("/nexus/v3/apikeys/{}", ids[1]);
    for (data, status) in [
        (
            json!({ "name": "K2", "permissions": ["nexus:consumer:*"] }),
            400,
        ),
        (json!({ "name": "K2", "tenant": OTHER }), 400),
        (json!({ "enabled": false }), 400),
        (
            json!({ "name": "K2", "enabled": false, "permissions": ["nexus:cluster:*"], "tenant": "*" }),
            200,
        ),
    ] {
        let got = rig
            .bearer_call(
                NEXUS,
                &auth,
                &format!("PUT {path}"),
                json!({ "data": data }),
            )
            .await;
        assert_eq!(got.status, status, "{data} {got:?}");
    }
    let read = rig
        .bearer_call(NEXUS, &auth, &format!("GET {path}"), Value::Null)
        .await
        .body["data"]
        .clone();
    assert_eq!(
        (&read["name"], &read["enabled"]),
        (&json!("K2"), &json!(false))
    );
    assert_eq!(
        rig.bearer_call(NEXUS, &auth, &format!("DELETE {path}"), Value::Null)
            .await
            .status,
        200
    );
    assert_eq!(
        rig.bearer_call(NEXUS, &auth, &format!("GET {path}"), Value::Null)
            .await
            .status,
        404
    );
    assert_eq!(
        rig.bearer_call(NEXUS, "nonsense", "GET /nexus/v3/apikeys", Value::Null)
            .await
            .status,
        401
    );
    let log = rig.admin("GET /log", Value::Null).await.to_string();
    assert!(
        ids.iter().all(|id| !log.contains(id)),
        "keys in paths are fingerprints"
    );
}

#[tokio::test]
async fn the_authentication_service_takes_the_password_grant_only() {
    let rig = Rig::start().await;
    let settings = &rig.sandbox.endpoints().settings["digitalchannels"];
    let good = basic(&settings["auth_client_id"], &settings["auth_client_secret"]);
    let user = format!(
        "username={}&password={}",
        settings["auth_username"], settings["auth_password"]
    );
    let form = "application/x-www-form-urlencoded";
    for (content_type, authorization, body, status, error) in [
        (
            form,
            good.as_str(),
            format!("grant_type=password&{user}"),
            200,
            "",
        ),
        (
            "application/json",
            &good,
            "{}".to_owned(),
            400,
            "invalid_request",
        ),
        (
            form,
            "Basic YTpi",
            format!("grant_type=password&{user}"),
            401,
            "invalid_client",
        ),
        (
            form,
            &good,
            "grant_type=client_credentials".to_owned(),
            400,
            "unsupported_grant_type",
        ),
        (
            form,
            &good,
            format!("grant_type=password&client_id=other&{user}"),
            400,
            "invalid_request",
        ),
        (
            form,
            &good,
            "grant_type=password&username=ops".to_owned(),
            400,
            "invalid_request",
        ),
        (
            form,
            &good,
            "grant_type=password&username=ops&password=x".to_owned(),
            400,
            "invalid_grant",
        ),
    ] {
        let headers = [
            ("content-type", content_type),
            ("authorization", authorization),
        ];
        let got = rig
            .send(
                AUTH,
                "POST /auth/v3/oauth/token",
                &headers,
                Some(body.clone()),
            )
            .await
            .unwrap();
        assert_eq!(
            (got.status, got.body["error"].as_str().unwrap_or("")),
            (status, error),
            "{body} {got:?}"
        );
    }
    let ops = basic(&settings["auth_username"], &settings["auth_password"]);
    for (authorization, status) in [(ops.as_str(), 200), ("Basic YTpi", 401)] {
        let got = rig
            .send(
                AUTH,
                "GET /environment/v3/contact-centers",
                &[("authorization", authorization)],
                None,
            )
            .await
            .unwrap();
        assert_eq!(got.status, status);
    }
}

#[tokio::test]
async fn a_written_service_is_stale_for_a_moment() {
    let rig = Rig::with(Settings::default()).await;
    rig.service("POST /…/PurecloudIDP", idp()).await;
    assert_eq!(
        rig.service("GET /…/PurecloudIDP", Value::Null).await.status,
        404,
        "not there yet"
    );
    assert_eq!(
        rig.service("GET /…/PurecloudIDP", Value::Null).await.status,
        200
    );
    let mut body = idp();
    body["url"] = json!("https://login.mypurecloud.ie");
    rig.service("PUT /…/PurecloudIDP", body).await;
    let urls = [
        rig.service("GET /…/PurecloudIDP", Value::Null).await,
        rig.service("GET /…/PurecloudIDP", Value::Null).await,
    ];
    let urls: Vec<&str> = urls
        .iter()
        .map(|g| g.body["data"]["url"].as_str().unwrap())
        .collect();
    assert_eq!(
        urls,
        [
            "https://login.mypurecloud.com",
            "https://login.mypurecloud.ie"
        ]
    );
}
