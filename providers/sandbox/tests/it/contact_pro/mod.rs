//! Sinch Contact Pro: the reference documents' steps by plain HTTP, the ways to authenticate, and bodies that
//! the other files change.

mod conventions;
mod services;
mod users_and_queues;

use serde_json::{Value, json};

use crate::rig::{RCI, Rig, basic};

pub const APP: &str = "01EB37HMH1M6SV18ASNS3G135H";
pub const GUID: &str = "6c9a1f7e-2f0e-4f6a-9a35-0d9f6a1f2b3c";

pub fn out(id: &str) -> Value {
    json!({ "direction": "OUTGOING", "authenticationId": id, "secret": "s3cret" })
}

pub fn webhook(triggers: &[&str]) -> Value {
    json!({ "direction": "INCOMING", "authenticationId": "webhook", "secret": "hook", "triggers": triggers })
}

pub fn service(kind: &str, connection: &str, entries: &[Value]) -> Value {
    json!({ "name": format!("{kind} service"), "type": kind, "serviceConnection": connection, "authentications": entries })
}

pub fn conversation() -> Value {
    service(
        "sinchconversation",
        "https://eu.conversation.api.sinch.com/v1/projects/p1/messages:send",
        &[
            out(&format!("key1@{APP}")),
            webhook(&["MESSAGE_DELIVERY", "MESSAGE_INBOUND"]),
        ],
    )
}

pub fn user(login: &str) -> Value {
    json!({ "firstName": "Ext", "surname": "Sender", "login": login, "password": "Correct-Horse-1" })
}

/// Every type of the reference document's table, one that works.
pub fn every_type() -> Vec<Value> {
    vec![
        service(
            "microsoft_teams",
            "https://teams.test/",
            &[out(GUID), out("bot@acme.test")],
        ),
        service(
            "facebook",
            "https://graph.test/",
            &[out("1234"), out("5678")],
        ),
        service("c4semail", "https://c4s.test/", &[out("user")]),
        service("c4semailv2", "https://c4s.test/v2", &[out("user")]),
        conversation(),
        service(
            "sinchsms",
            "https://eu.sms.api.sinch.com/xms/v1/plan1/batches",
            &[out("plan1")],
        ),
        service("wavy", "https://wavy.test/", &[out("user")]),
    ]
}

#[tokio::test]
async fn the_whole_of_both_reference_documents() {
    let rig = Rig::start().await;
    let mut made = Vec::new();
    for body in every_type() {
        let id = rig.rci_create("/messagingServices", body.clone()).await;
        let read = rig
            .rci(&format!("GET /messagingServices/{id}"), Value::Null)
            .await;
        assert_eq!((read.status, &read.body["type"]), (200, &body["type"]));
        made.push((id, read.body));
    }
    let entries = &made[4].1["authentications"];
    assert_eq!(entries[1]["direction"], "INCOMING");
    assert_eq!(
        entries[1]["triggers"],
        json!(["MESSAGE_DELIVERY", "MESSAGE_INBOUND"])
    );
    assert!(
        !made[4].1.to_string().contains("s3cret"),
        "secrets are not answered"
    );

    // The external user: by a role that was prepared, and by a direct right.
    let id = rig.rci_create("/users", user("sms.sender")).await;
    let role = rig
        .rci("GET /roles?name=Messaging*", Value::Null)
        .await
        .body[0]["id"]
        .clone();
    rig.rci_create(&format!("/users/{id}/roles"), json!({ "id": role }))
        .await;
    let right = rig
        .rci_create(
            &format!("/users/{id}/rights"),
            json!({ "objectType": "MessagingService", "objectId": made[5].0, "accessType": "Use" }),
        )
        .await;
    let groups = rig.rci("GET /userGroups?name=External*", Value::Null).await;
    let group = groups.body[0]["id"].clone();
    rig.rci_create(&format!("/users/{id}/userGroups"), json!({ "id": group }))
        .await;

    // The chat queue with an address for each subchannel.
    let queue = rig
        .rci_create("/queues", json!({ "name": "Chat", "channelType": "Chat" }))
        .await;
    for subchannel in
        "whatsapp nativechannel facebook viber-bot instagram viber telegram line rcs sms".split(' ')
    {
        let mut address = json!({ "address": format!("{APP}@{subchannel}.sinchconversation.com") });
        if subchannel == "sms" {
            address["smsSenderId"] = json!("12025550134");
        }
        rig.rci_create(&format!("/queues/{queue}/numbers"), address)
            .await;
    }
    let numbers = rig
        .rci(
            &format!("GET /queues/{queue}/numbers?smsSenderId=?*"),
            Value::Null,
        )
        .await;
    assert_eq!(numbers.body[0]["smsSenderId"], "12025550134");
    assert_eq!(numbers.body.as_array().unwrap().len(), 1);

    // And away with it.
    for line in [
        format!("DELETE /queues/{queue}"),
        format!("DELETE /users/{id}/rights/{right}"),
        format!("DELETE /users/{id}/roles/{}", role.as_str().unwrap()),
        format!("DELETE /users/{id}"),
    ] {
        assert_eq!(rig.rci(&line, Value::Null).await.status, 204, "{line}");
    }
    for (id, _) in &made {
        let line = format!("DELETE /messagingServices/{id}");
        assert_eq!(rig.rci(&line, Value::Null).await.status, 204);
        assert_eq!(rig.rci(&line, Value::Null).await.status, 404);
    }
    let objects = rig.admin("GET /objects", Value::Null).await;
    let left = &objects["sinchcontactpro"];
    assert_eq!(
        (
            &left["messaging_service"],
            &left["user"],
            &left["queue"],
            &left["queue_number"]
        ),
        (&json!(1), &json!(3), &json!(1), &json!(1)),
        "what was there before"
    );
    let effects = rig.effects().await;
    assert_eq!(
        effects
            .iter()
            .filter(|e| *e == "api create messaging_service")
            .count(),
        7
    );
    assert_eq!(
        effects
            .iter()
            .filter(|e| *e == "api delete queue_number")
            .count(),
        10
    );
}

#[tokio::test]
async fn three_ways_to_authenticate() {
    let rig = Rig::start().await;
    let settings = rig.sandbox.endpoints().settings["sinchcontactpro"].clone();
    let (login, password, key) = (
        &settings["username"],
        settings["password"].as_str(),
        settings["api_key"].as_str(),
    );
    let good = basic(login, password);
    let bad = basic(login, "Wrong-Horse-1");
    let viewer = basic("trunkline.viewer", password);
    let plain = "sinchcontactpro.onpremise";
    for (service, line, headers, status) in [
        (
            RCI,
            "GET /users",
            vec![("authorization", good.as_str()), ("x-api-key", key)],
            200,
        ),
        (RCI, "GET /users", vec![("authorization", &good)], 403),
        (
            RCI,
            "GET /users",
            vec![("authorization", &good), ("x-api-key", "other")],
            403,
        ),
        (RCI, "GET /users", vec![("x-api-key", key)], 401),
        (
            RCI,
            "GET /users",
            vec![("authorization", &bad), ("x-api-key", key)],
            401,
        ),
        (plain, "GET /users", vec![("authorization", &good)], 200),
        (plain, "GET /users", vec![], 401),
        (
            plain,
            "GET /messagingServices",
            vec![("authorization", &viewer)],
            200,
        ),
        (
            plain,
            "POST /messagingServices",
            vec![("authorization", &viewer)],
            403,
        ),
        (
            plain,
            "GET /users",
            vec![("authorization", &good), ("accept", "application/xml")],
            406,
        ),
        (
            plain,
            "POST /users",
            vec![("authorization", &good), ("accept", "application/json")],
            406,
        ),
        (
            "sinchcontactpro.session",
            "GET /users",
            vec![("authorization", &good)],
            401,
        ),
        (
            "sinchcontactpro.session",
            "GET /users",
            vec![("cookie", "JSESSIONID=nonsense")],
            401,
        ),
    ] {
        let got = rig.send(service, line, &headers, None).await.unwrap();
        assert_eq!(got.status, status, "{service} {line} {got:?}");
    }

    let endpoints = rig.sandbox.endpoints().services.clone();
    let log_in = |header: &'static str, value: &str| {
        let body: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("Authorization", value)
            .finish();
        rig.http
            .post(format!(
                "{}/authentication",
                endpoints["sinchcontactpro.login"]
            ))
            .header("authorization", header)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
    };
    assert_eq!(log_in("Basic", &good).await.unwrap().status(), 401);
    assert_eq!(log_in("ECFAUTH", "x").await.unwrap().status(), 400);
    assert_eq!(log_in("ECFAUTH", &bad).await.unwrap().status(), 401);
    let answer = log_in("ECFAUTH", &good).await.unwrap();
    assert_eq!(answer.status(), 200);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap();
    assert!(cookie.starts_with("JSESSIONID="), "{cookie}");
    let headers = [("cookie", cookie)];
    let ask = || rig.send("sinchcontactpro.session", "GET /users", &headers, None);
    assert_eq!(ask().await.unwrap().status, 200);
    rig.admin("POST /clock", json!({ "advance_seconds": 1801 }))
        .await;
    assert_eq!(ask().await.unwrap().status, 401, "the login has expired");

    rig.admin(
        "PATCH /settings",
        json!({ "contactpro_requests_per_minute": 1 }),
    )
    .await;
    assert_eq!(rig.rci("GET /users", Value::Null).await.status, 200);
    let busy = rig.rci("GET /users", Value::Null).await;
    assert!(busy.status == 429 && busy.retry_after.is_some(), "{busy:?}");
}
