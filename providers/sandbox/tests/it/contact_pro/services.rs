//! What RCI accepts as a messaging service, whole and entry by entry.

use serde_json::{Value, json};

use super::{APP, conversation, out, service, webhook};
use crate::rig::Rig;

#[tokio::test]
async fn what_a_messaging_service_must_look_like() {
    let rig = Rig::start().await;
    let entries = |list: &[Value]| {
        let mut body = conversation();
        body["authentications"] = json!(list);
        body
    };
    let patched = |name: &str, value: Value| {
        let mut body = conversation();
        body[name] = value;
        body
    };
    let app = out(&format!("key1@{APP}"));
    let connection = |url: &str| patched("serviceConnection", json!(url));
    for (body, status, word) in [
        (conversation(), 201, ""),
        (conversation(), 409, "name"),
        (patched("name", json!(" ")), 400, "name"),
        (patched("name", json!("n".repeat(401))), 400, "name"),
        (patched("id", json!("x")), 400, "id"),
        (patched("more", json!(1)), 400, "more"),
        (
            patched("authenticationUrl", json!("https://a.test")),
            400,
            "not applicable",
        ),
        (
            patched("authenticationScope", json!("a")),
            400,
            "not applicable",
        ),
        (patched("type", json!("SinchConversation")), 400, "type"),
        (patched("type", json!("twilio")), 400, "no longer supported"),
        (patched("type", json!("sap365")), 400, "no longer supported"),
        (
            patched("type", json!("social365")),
            400,
            "no longer supported",
        ),
        (connection("http://x.test/"), 400, "serviceConnection"),
        (
            connection("https://na.conversation.api.sinch.com/v1/projects/p1/messages:send"),
            400,
            "serviceConnection",
        ),
        (
            connection("https://eu.conversation.api.sinch.com/v1beta/projects/p1/messages:send"),
            400,
            "serviceConnection",
        ),
        (entries(&[]), 400, "outgoing"),
        (entries(&[webhook(&[])]), 400, "outgoing"),
        (entries(&[app.clone(), app.clone()]), 400, "twice"),
        (entries(&[out("key1@lower")]), 400, "authenticationId"),
        (entries(&[out("webhook")]), 400, "direction"),
        (
            entries(&[app.clone(), webhook(&["MESSAGE_SUBMIT"])]),
            400,
            "triggers",
        ),
        (
            entries(&[
                json!({ "direction": "OUTGOING", "authenticationId": format!("k@{APP}"), "secret": "s", "triggers": [] }),
            ]),
            400,
            "triggers",
        ),
        (
            entries(&[json!({ "direction": "OUTGOING", "authenticationId": format!("k@{APP}") })]),
            400,
            "secret",
        ),
        (
            service("microsoft_teams", "https://t.test", &[out("somebody")]),
            400,
            "authenticationId",
        ),
        (
            service(
                "microsoft_teams",
                "https://t.test",
                &[out("a@b.test"), out("c@d.test")],
            ),
            400,
            "at most one",
        ),
        (
            service("facebook", "https://f.test", &[out("page")]),
            400,
            "digits",
        ),
        (
            service("wavy", "https://w.test", &[out("a"), out("b")]),
            400,
            "one entry",
        ),
        (
            service("wavy", "https://w.test", &[out("webhook")]),
            201,
            "",
        ),
        (
            service("sinchsms", "https://s.test", &[out("a@b.test")]),
            400,
            "service plan",
        ),
        (
            service(
                "sinchsms",
                "https://eu.sms.api.sinch.com/xms/v1/plan1/batches",
                &[out("plan2")],
            ),
            400,
            "service plan",
        ),
    ] {
        let got = rig.rci("POST /messagingServices", body.clone()).await;
        let text = got.body.as_str().unwrap_or_default();
        assert!(
            got.status == status && text.contains(word),
            "{word}: {got:?}\n{body}"
        );
        assert!(!text.contains("s3cret"), "{got:?}");
    }
}

#[tokio::test]
async fn a_put_replaces_everything_and_the_retired_stay_as_they_are() {
    let rig = Rig::start().await;
    let id = rig.rci_create("/messagingServices", conversation()).await;
    let path = format!("/messagingServices/{id}");
    let mut body = conversation();
    body["name"] = json!("renamed");
    body["authentications"] = json!([out(&format!("key2@{APP}")), webhook(&[])]);
    assert_eq!(
        rig.rci(&format!("PUT {path}"), body.clone()).await.status,
        204
    );
    let read = rig.rci(&format!("GET {path}"), Value::Null).await.body;
    assert_eq!(
        read["authentications"][0]["authenticationId"],
        format!("key2@{APP}")
    );
    assert_eq!(
        read["authentications"][1]["triggers"],
        json!([]),
        "blank is blank"
    );
    // What was read can be sent back, with the secrets added.
    let mut back = read.clone();
    for entry in back["authentications"].as_array_mut().unwrap() {
        entry["secret"] = json!("new");
    }
    assert_eq!(rig.rci(&format!("PUT {path}"), back).await.status, 204);
    assert_eq!(
        rig.rci(&format!("GET {path}"), Value::Null).await.body,
        read,
        "ids stay"
    );
    assert_eq!(
        rig.rci(&format!("PUT {path}"), read).await.status,
        400,
        "without secrets it is not whole"
    );
    body["type"] = json!("wavy");
    assert_eq!(
        rig.rci(&format!("PUT {path}"), body).await.status,
        400,
        "the type stays"
    );
    assert_eq!(
        rig.rci(&format!("PUT {path}"), json!({ "name": "x" }))
            .await
            .status,
        400
    );
    assert_eq!(
        rig.rci(&format!("PATCH {path}"), json!({ "name": "x" }))
            .await
            .status,
        405
    );

    let old = rig
        .rci("GET /messagingServices?type=sap365", Value::Null)
        .await
        .body;
    let old = format!("/messagingServices/{}", old[0]["id"].as_str().unwrap());
    let got = rig.rci(&format!("PUT {old}"), conversation()).await;
    assert!(
        got.status == 400 && got.body.as_str().unwrap().contains("no longer"),
        "{got:?}"
    );
    assert_eq!(
        rig.rci(&format!("DELETE {old}"), Value::Null).await.status,
        204
    );
}

#[tokio::test]
async fn one_entry_can_be_rotated_alone() {
    let rig = Rig::start().await;
    let mut bare = conversation();
    bare.as_object_mut().unwrap().remove("authentications");
    let id = rig.rci_create("/messagingServices", bare.clone()).await;
    let path = format!("/messagingServices/{id}/authentications");
    let first = rig.rci_create(&path, out(&format!("key1@{APP}"))).await;
    let hook = rig.rci_create(&path, webhook(&["MESSAGE_INBOUND"])).await;
    let hash = || async {
        let object = rig
            .admin(
                &format!("GET /objects/sinchcontactpro/messaging_service/{id}"),
                Value::Null,
            )
            .await;
        object["authentications"][1]["secret_sha256"].clone()
    };
    let before = hash().await;
    let mut rotated = webhook(&["MESSAGE_INBOUND", "MESSAGE_DELIVERY"]);
    rotated["secret"] = json!("rotated");
    assert_eq!(
        rig.rci(&format!("PUT {path}/{hook}"), rotated).await.status,
        204
    );
    assert_ne!(hash().await, before);
    assert_eq!(
        rig.rci(&format!("PUT {path}/{hook}"), out("k@A"))
            .await
            .status,
        400,
        "direction stays"
    );
    assert_eq!(
        rig.rci(&format!("POST {path}"), webhook(&[])).await.status,
        400,
        "one webhook only"
    );
    // A body without the member leaves the entries alone.
    bare["name"] = json!("renamed");
    assert_eq!(
        rig.rci(&format!("PUT /messagingServices/{id}"), bare)
            .await
            .status,
        204
    );
    let list = rig
        .rci(&format!("GET {path}?authenticationId=*"), Value::Null)
        .await
        .body;
    assert_eq!(list.as_array().unwrap().len(), 2);
    assert_eq!(
        rig.rci(&format!("DELETE {path}/{first}"), Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(
        rig.rci(&format!("GET {path}/{first}"), Value::Null)
            .await
            .status,
        404
    );
    assert_eq!(
        rig.effects().await,
        [
            "api create messaging_service",
            "api create authentication",
            "api create authentication",
            "api update authentication",
            "api update messaging_service",
            "api delete authentication"
        ]
    );
}
