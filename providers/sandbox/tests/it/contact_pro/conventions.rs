//! Lists, what the settings change, faults and restarts.

use serde_json::{Value, json};
use trunkline_sandbox::{AuthenticationShape, ErrorShape, MissingSecret, Sandbox, Settings};

use super::{APP, conversation, out, user};
use crate::rig::{RCI, Rig, basic, client, options};

#[tokio::test]
async fn lists_are_pages_of_sparse_rows() {
    let rig = Rig::start().await;
    for i in 0..5 {
        rig.rci_create("/users", user(&format!("sender.{i}"))).await;
    }
    let list = |query: &str| {
        let line = format!("GET /users{query}");
        let rig = &rig;
        async move { rig.rci(&line, Value::Null).await }
    };
    let rows = |got: &Value| got.as_array().unwrap().len();
    let all = list("").await.body;
    assert_eq!(rows(&all), 8);
    let mut members: Vec<&String> = all[0].as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["firstName", "id", "surname"]);
    assert_eq!(rows(&list("?limit=3").await.body), 3);
    assert_eq!(rows(&list("?limit=3&offset=6").await.body), 2);
    assert_eq!(rows(&list("?offset=8").await.body), 0);
    let some = list("?login=sender.%3F&sort=-login,LOCALE-en").await.body;
    assert_eq!((rows(&some), &some[0]["login"]), (5, &json!("sender.4")));
    assert_eq!(rows(&list("?login=SENDER.1").await.body), 1);
    assert_eq!(
        rows(&list("?login=sender").await.body),
        0,
        "without a wildcard it is the whole text"
    );
    for query in [
        "?limit=0",
        "?limit=1001",
        "?limit=x",
        "?offset=-1",
        "?nope=*",
        "?sort=nope",
        "?password=*",
    ] {
        assert_eq!(list(query).await.status, 400, "{query}");
    }
    assert_eq!(list("/").await.status, 404, "no slash at the end");
    rig.admin(
        "PATCH /settings",
        json!({ "contactpro_sparse_lists": false }),
    )
    .await;
    let whole = list("").await.body;
    assert!(whole[0]["login"].is_string() && whole[0].get("password_sha256").is_none());
}

#[tokio::test]
async fn what_nobody_has_published_can_be_set() {
    let settings = |shape, missing| Settings {
        contactpro_authentications: shape,
        contactpro_missing_secret: missing,
        contactpro_stale_reads: 1,
        contactpro_errors: ErrorShape::Json,
        contactpro_strict_properties: false,
        ..Settings::default()
    };
    let rig = Rig::with(settings(AuthenticationShape::Embedded, MissingSecret::Keep)).await;
    let id = rig.rci_create("/messagingServices", conversation()).await;
    let path = format!("/messagingServices/{id}");
    let late = rig.rci(&format!("GET {path}"), Value::Null).await;
    assert!(
        late.status == 404 && late.body["message"].is_string(),
        "{late:?}"
    );
    let mut read = rig.rci(&format!("GET {path}"), Value::Null).await.body;
    let object = format!("GET /objects/sinchcontactpro/messaging_service/{id}");
    let before = rig.admin(&object, Value::Null).await;
    read["name"] = json!("renamed");
    read["unheard"] = json!("of");
    assert_eq!(rig.rci(&format!("PUT {path}"), read).await.status, 204);
    let after = rig.admin(&object, Value::Null).await;
    assert_eq!(
        after["authentications"], before["authentications"],
        "the secrets stay"
    );
    assert_eq!(
        rig.rci(&format!("GET {path}/authentications"), Value::Null)
            .await
            .status,
        404
    );
    let mut bare = conversation();
    bare.as_object_mut().unwrap().remove("authentications");
    assert_eq!(
        rig.rci("POST /messagingServices", bare.clone())
            .await
            .status,
        400
    );

    let rig = Rig::with(settings(
        AuthenticationShape::Subcollection,
        MissingSecret::Blank,
    ))
    .await;
    bare["name"] = json!("sub");
    let id = rig.rci_create("/messagingServices", bare).await;
    let path = format!("/messagingServices/{id}");
    rig.rci(&format!("GET {path}"), Value::Null).await;
    let read = rig.rci(&format!("GET {path}"), Value::Null).await.body;
    assert_eq!(read.get("authentications"), None);
    let entry = rig
        .rci_create(&format!("{path}/authentications"), out(&format!("k@{APP}")))
        .await;
    let mut silent = out(&format!("k@{APP}"));
    silent.as_object_mut().unwrap().remove("secret");
    let line = format!("PUT {path}/authentications/{entry}");
    assert_eq!(rig.rci(&line, silent).await.status, 204);
    let object = rig
        .admin(
            &format!("GET /objects/sinchcontactpro/messaging_service/{id}"),
            Value::Null,
        )
        .await;
    assert_eq!(
        object["authentications"][0]["secret_sha256"],
        Value::Null,
        "blank is blank"
    );
}

#[tokio::test]
async fn faults_and_restarts() {
    let rig = Rig::start().await;
    let fault = json!({ "match": { "service": RCI, "method": "POST", "path": "/p/rci/users" }, "action": { "drop": "after" } });
    rig.admin("POST /faults", fault).await;
    let settings = rig.sandbox.endpoints().settings["sinchcontactpro"].clone();
    let auth = basic(&settings["username"], &settings["password"]);
    let headers = [
        ("authorization", auth.as_str()),
        ("x-api-key", settings["api_key"].as_str()),
        ("content-type", "application/json"),
    ];
    let body = Some(user("lost.one").to_string());
    let sent = rig.send(RCI, "POST /users", &headers, body).await;
    assert!(sent.is_err(), "{sent:?}");
    assert_eq!(rig.effects().await, ["api create user lost"]);
    let throttle =
        json!({ "match": { "service": RCI }, "action": { "status": 429, "retry_after": 1 } });
    rig.admin("POST /faults", throttle).await;
    let got = rig.rci("GET /users", Value::Null).await;
    assert_eq!((got.status, got.retry_after.as_deref()), (429, Some("1")));
    assert_eq!(got.body["message"], "Too Many Requests");

    let Rig { dir, sandbox, .. } = rig;
    drop(sandbox);
    let sandbox = Sandbox::start(options(dir.path())).await.unwrap();
    let rig = Rig {
        dir,
        sandbox,
        http: client(),
    };
    let found = rig.rci("GET /users?login=lost.one", Value::Null).await.body;
    assert_eq!(found.as_array().unwrap().len(), 1);
    // Nothing of it is in clear on disk.
    for file in ["vendors.db", "vendors.db-wal"] {
        let bytes = std::fs::read(rig.dir.path().join(file)).unwrap_or_default();
        let clear = bytes.windows(8).any(|w| w == b"lost.one");
        assert!(!clear, "{file}");
    }
}
