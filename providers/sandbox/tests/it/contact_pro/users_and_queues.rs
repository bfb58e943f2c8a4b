//! What RCI accepts as a user, a right, a queue and an address.

use serde_json::{Value, json};

use super::{APP, user};
use crate::rig::{Rig, basic};

#[tokio::test]
async fn users_and_what_they_hold() {
    let rig = Rig::start().await;
    let without = |name: &str| {
        let mut body = user("a.b");
        body.as_object_mut().unwrap().remove(name);
        body
    };
    let with = |name: &str, value: Value| {
        let mut body = user("a.b");
        body[name] = value;
        body
    };
    for (body, status) in [
        (without("firstName"), 400),
        (without("surname"), 400),
        (without("login"), 400),
        (without("password"), 400),
        (with("password", json!("short")), 400),
        (with("lastName", json!("x")), 400),
        (with("firstName", json!("x".repeat(401))), 400),
        (with("login", json!("ANNA.agent")), 409),
    ] {
        assert_eq!(
            rig.rci("POST /users", body.clone()).await.status,
            status,
            "{body}"
        );
    }
    let id = rig
        .rci_create("/users", with("email", json!("a@b.test")))
        .await;
    let path = format!("/users/{id}");
    let read = rig.rci(&format!("GET {path}"), Value::Null).await.body;
    assert_eq!(read["email"], "a@b.test");
    assert_eq!(read.get("password"), None);
    assert!(read["passwordExpiration"].is_string());
    // The new user can call, without a right to anything, until the password expires.
    let own = basic("a.b", "Correct-Horse-1");
    let headers = [("authorization", own.as_str())];
    let call = || rig.send("sinchcontactpro.onpremise", "GET /users", &headers, None);
    assert_eq!(call().await.unwrap().status, 403);
    rig.admin("POST /clock", json!({ "advance_seconds": 91 * 86_400 }))
        .await;
    assert_eq!(call().await.unwrap().status, 401);
    // Without the e-mail there is none afterwards.
    assert_eq!(
        rig.rci(&format!("PUT {path}"), user("a.b")).await.status,
        204
    );
    assert_eq!(
        rig.rci(&format!("GET {path}"), Value::Null)
            .await
            .body
            .get("email"),
        None
    );

    let right = json!({ "objectType": "MessagingService", "objectId": "*", "accessType": "Use" });
    let granted = rig
        .rci_create(&format!("{path}/rights"), right.clone())
        .await;
    assert_eq!(
        rig.rci(&format!("POST {path}/rights"), right.clone())
            .await
            .status,
        409
    );
    let mut odd = right.clone();
    odd["accessType"] = json!("use");
    assert_eq!(
        rig.rci(&format!("POST {path}/rights"), odd).await.status,
        400
    );
    let mut odd = right;
    odd["objectId"] = json!("nobody");
    assert_eq!(
        rig.rci(&format!("POST {path}/rights"), odd).await.status,
        400
    );
    let line = format!("GET {path}/rights/{granted}");
    assert_eq!(rig.rci(&line, Value::Null).await.body["accessType"], "Use");
    assert_eq!(
        rig.rci(&format!("POST {path}/roles"), json!({ "id": "x" }))
            .await
            .status,
        400
    );
    assert_eq!(
        rig.rci("POST /roles", json!({ "name": "x" })).await.status,
        405
    );
    rig.admin(
        "PATCH /settings",
        json!({ "contactpro_direct_rights": false }),
    )
    .await;
    assert_eq!(rig.rci(&line, Value::Null).await.status, 404);
    let me = rig
        .rci("GET /users?login=trunkline.api", Value::Null)
        .await
        .body[0]["id"]
        .clone();
    let line = format!("DELETE /users/{}", me.as_str().unwrap());
    assert_eq!(
        rig.rci(&line, Value::Null).await.status,
        409,
        "the branch one sits on"
    );
}

#[tokio::test]
async fn addresses_sit_on_chat_queues_and_only_once() {
    let rig = Rig::start().await;
    let chat = rig
        .rci_create("/queues", json!({ "name": "A", "channelType": "Chat" }))
        .await;
    let other = rig
        .rci_create("/queues", json!({ "name": "B", "channelType": "Chat" }))
        .await;
    let phone = rig.rci("GET /queues?name=Front*", Value::Null).await.body[0]["id"].clone();
    let phone = phone.as_str().unwrap().to_owned();
    let address = |subchannel: &str| json!({ "address": format!("{APP}@{subchannel}.sinchconversation.com") });
    let mut sender = address("line");
    sender["smsSenderId"] = json!("1");
    let lower = json!({ "address": format!("{}@sms.sinchconversation.com", APP.to_lowercase()) });
    for (queue, body, status) in [
        (&chat, address("sms"), 201),
        (&chat, address("sms"), 409),
        (&other, address("sms"), 409),
        (&other, address("rcs"), 201),
        (&other, address("mms"), 400),
        (&other, lower, 400),
        (&other, sender, 400),
        (&other, json!({ "address": "+12025550134" }), 400),
        (&phone, address("line"), 400),
        (&phone, json!({ "address": "+12025550134" }), 201),
        (&other, json!({}), 400),
    ] {
        let got = rig
            .rci(&format!("POST /queues/{queue}/numbers"), body.clone())
            .await;
        assert_eq!(got.status, status, "{body} {got:?}");
    }
    for (body, status) in [
        (json!({ "name": "A", "channelType": "Chat" }), 409),
        (json!({ "name": "C" }), 400),
        (json!({ "name": "C", "channelType": "chat" }), 400),
        (
            json!({ "name": "C", "channelType": "Chat", "queueGroup": "none" }),
            400,
        ),
        (
            json!({ "name": "C", "channelType": "Chat", "queueLength": -2 }),
            400,
        ),
    ] {
        assert_eq!(
            rig.rci("POST /queues", body.clone()).await.status,
            status,
            "{body}"
        );
    }
    let line = format!("PUT /queues/{chat}");
    assert_eq!(
        rig.rci(&line, json!({ "name": "A", "channelType": "Phone" }))
            .await
            .status,
        400
    );
    assert_eq!(
        rig.rci(
            &line,
            json!({ "name": "A2", "channelType": "Chat", "priority": 2 })
        )
        .await
        .status,
        204
    );
    let read = rig
        .rci(&format!("GET /queues/{chat}"), Value::Null)
        .await
        .body;
    assert_eq!(
        (&read["priority"], &read["queueLength"]),
        (&json!(2), &json!(-1))
    );
    let number = rig
        .rci(&format!("GET /queues/{chat}/numbers"), Value::Null)
        .await
        .body[0]["id"]
        .clone();
    let line = format!("PUT /queues/{chat}/numbers/{}", number.as_str().unwrap());
    let mut body = address("sms");
    body["smsSenderId"] = json!("12025550134");
    assert_eq!(rig.rci(&line, body).await.status, 204);
    let line = format!(
        "DELETE /queues/{other}/numbers/{}",
        number.as_str().unwrap()
    );
    assert_eq!(
        rig.rci(&line, Value::Null).await.status,
        404,
        "it is another queue's"
    );
}
