//! API keys: the wrapper, the look-up before, the secret id, rotation and lost answers.

use serde_json::{Value as Json, json};
use trunkline_api::provider::NoteKind;
use trunkline_http::testing::Reply;

use crate::engine::{Engine, at, settings};
use crate::nexus::{Nexus, lost_answers};

const KEY: &str = "digitalchannels_api_key";

fn portico() -> Json {
    json!({"tenant": "*", "name": "Portico Cluster API Key", "permissions": ["nexus:cluster:*"]})
}

#[tokio::test]
async fn a_key_lives() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let state = engine.create(KEY, portico()).await;
    let sent = nexus
        .server
        .received()
        .into_iter()
        .find(|r| r.line() == "POST /nexus/v3/apikeys")
        .unwrap();
    assert_eq!(
        sent.json(),
        json!({"data": {"enabled": true, "tenant": "*", "name": "Portico Cluster API Key", "permissions": ["nexus:cluster:*"]}})
    );
    let key = at(&state, "key");
    let id = at(&state, "id");
    assert!(nexus.world().keys.contains_key(key.as_str().unwrap()));
    assert!(
        id.as_str().unwrap().starts_with("key-")
            && !id.as_str().unwrap().contains(key.as_str().unwrap())
    );
    assert!(engine.is_settled(KEY, &state, portico()).await);

    let mut paused = portico();
    paused["enabled"] = json!(false);
    paused["expires"] = json!("2030-01-31T00:00:00Z");
    let state = engine.make(KEY, &state, paused.clone()).await;
    assert_eq!(at(&state, "key"), key);
    assert_eq!(
        nexus.last("PUT").json()["data"]["expires"],
        "2030-01-31T00:00:00Z"
    );
    nexus.world().keys.get_mut(key.as_str().unwrap()).unwrap()["expires"] =
        json!("2030-01-31T00:00:00.000Z");
    assert!(
        engine.is_settled(KEY, &state, paused).await,
        "the same moment written otherwise"
    );

    let state = engine.make(KEY, &state, portico()).await;
    assert_eq!(nexus.last("PUT").json()["data"]["expires"], Json::Null);
    assert!(engine.delete(KEY, &state).await.diagnostics.is_empty());
    assert!(nexus.world().keys.is_empty());
    assert!(engine.read(KEY, &state).await.is_null());
}

#[tokio::test]
async fn a_name_that_exists_is_not_made_twice() {
    let nexus = Nexus::start().await;
    let mut there = portico();
    there["id"] = json!("9b7682b7-cbce-422f-9bbb-ecda85e61600");
    nexus
        .world()
        .keys
        .insert("9b7682b7-cbce-422f-9bbb-ecda85e61600".into(), there);
    let engine = Engine::new(settings(&nexus)).await;
    let made = engine.try_create(KEY, portico()).await;
    let detail = &made.diagnostics[0].detail;
    assert!(
        detail.contains("*/Portico Cluster API Key") && !detail.contains("9b7682b7"),
        "{detail}"
    );

    let state = engine
        .import(KEY, "*/Portico Cluster API Key")
        .await
        .unwrap();
    assert_eq!(at(&state, "key"), "9b7682b7-cbce-422f-9bbb-ecda85e61600");
    assert!(engine.import(KEY, "*/Other").await.is_err());

    let found = engine
        .data(
            KEY,
            json!({"tenant": "*", "name": "Portico Cluster API Key"}),
        )
        .await
        .unwrap();
    assert_eq!(found["key"], "9b7682b7-cbce-422f-9bbb-ecda85e61600");
    assert_eq!(found["id"], at(&state, "id"));
    assert!(
        engine
            .data(KEY, json!({"tenant": "*", "name": "Other"}))
            .await
            .is_err()
    );

    let mut second = portico();
    second["allow_duplicate_name"] = json!(true);
    engine.create(KEY, second).await;
    assert_eq!(nexus.world().keys.len(), 2);
    let two = engine
        .data(
            KEY,
            json!({"tenant": "*", "name": "Portico Cluster API Key"}),
        )
        .await
        .unwrap_err();
    assert!(two[0].detail.contains("2 API keys"), "{}", two[0].detail);
}

#[tokio::test]
async fn a_rotation_warns_the_reviewer() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let state = engine.create(KEY, portico()).await;
    let mut other = portico();
    other["permissions"] = json!(["nexus:consumer:*"]);
    let plan = engine.plan(KEY, &state, Some(other)).await;
    assert_eq!(plan.requires_replace[0].to_string(), "permissions");
    assert_eq!(plan.notes[0].kind, NoteKind::Manual);
}

#[tokio::test]
async fn a_lost_key_is_found_by_what_was_not_there() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let mut config = portico();
    config["allow_duplicate_name"] = json!(true);
    engine.create(KEY, config.clone()).await;
    let plan = engine
        .plan(KEY, &engine.none(KEY), Some(config.clone()))
        .await;
    let planned = plan.planned.clone();
    let known = engine.list(KEY, &planned).await;
    nexus
        .world()
        .after
        .push(("POST /nexus/v3/apikeys".into(), Reply::Drop));
    let made = engine
        .apply(KEY, &engine.none(KEY), plan, Some(config.clone()))
        .await;
    assert!(made.unsettled && made.state.is_null());
    let found = engine.reconcile(KEY, &planned, known).await;
    assert_eq!(found.len(), 1);
    assert_eq!(at(&found[0], "key"), "00000000-0000-4000-8000-000000000002");
    assert!(engine.is_settled(KEY, &found[0], config).await);
}

#[tokio::test]
async fn no_message_shows_a_key() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let state = engine.create(KEY, portico()).await;
    let key = at(&state, "key").as_str().unwrap().to_owned();
    let line = format!("DELETE /nexus/v3/apikeys/{key}");
    let body = json!({"status": {"code": 9, "message": format!("key {key} is in use")}});
    nexus.world().instead.push((line, Reply::json(400, &body)));
    let kept = engine.delete(KEY, &state).await;
    let text = format!("{:?}", kept.diagnostics);
    assert!(text.contains("is in use") && !text.contains(&key), "{text}");
    assert!(!kept.state.is_null());
    nexus.world().instead.push((
        "GET /nexus/v3/apikeys".into(),
        Reply::json(200, &json!({"keys": [key]})),
    ));
    let odd = engine
        .data(KEY, json!({"tenant": "*", "name": "x"}))
        .await
        .unwrap_err();
    assert!(!format!("{odd:?}").contains(&key));
}

#[tokio::test]
async fn a_made_key_whose_answer_lacks_it_is_left_open() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let answer = json!({"status": {"code": 0}, "data": {}});
    nexus
        .world()
        .after
        .push(("POST /nexus/v3/apikeys".into(), Reply::json(200, &answer)));
    assert!(engine.try_create(KEY, portico()).await.unsettled);
}

#[tokio::test]
async fn login_problems_are_named() {
    let nexus = Nexus::start().await;
    let mut wrong = settings(&nexus);
    wrong["auth_password"] = json!("wrong-password");
    let made = Engine::new(wrong.clone())
        .await
        .try_create(KEY, portico())
        .await;
    let text = format!("{:?}", made.diagnostics);
    assert!(
        text.contains("token") && !text.contains("wrong-password"),
        "{text}"
    );
    wrong["auth_url"] = Json::Null;
    let made = Engine::new(wrong).await.try_create(KEY, portico()).await;
    assert!(
        made.diagnostics[0].detail.contains("auth_url"),
        "{:?}",
        made.diagnostics
    );
    assert!(!made.unsettled);
}

#[tokio::test]
async fn data_sources_without_objects() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let webhooks = engine
        .data("digitalchannels_webhooks", json!({}))
        .await
        .unwrap();
    assert_eq!(
        webhooks["mo_url"],
        format!("{}/nexus/v3/sms/message", nexus.server.url())
    );
    assert_eq!(
        webhooks["dr_url"],
        format!("{}/nexus/v3/sms/receipt", nexus.server.url())
    );
    assert_eq!(webhooks["username"], crate::nexus::CCID);
    assert_eq!(nexus.server.lines(), [""; 0]);
    let center = engine
        .data("digitalchannels_contact_center", json!({"name": "Acme"}))
        .await
        .unwrap();
    assert_eq!(center["id"], crate::nexus::CCID);
    assert_eq!(
        nexus.last("GET").header("authorization"),
        "Basic Y2xpZW50OmNsaWVudC1zZWNyZXQ="
    );
}

#[tokio::test]
async fn lost_answers_leave_a_new_key_open_and_no_other_call() {
    for reply in lost_answers() {
        let nexus = Nexus::start().await;
        let engine = Engine::new(settings(&nexus)).await;
        let post = "POST /nexus/v3/apikeys";
        nexus.world().after.push((post.into(), reply.clone()));
        let plan = engine.plan(KEY, &engine.none(KEY), Some(portico())).await;
        let planned = plan.planned.clone();
        let made = engine.try_create(KEY, portico()).await;
        assert!(made.unsettled && made.state.is_null());
        let detail = &made.diagnostics[0].detail;
        assert!(detail.contains("is not known"), "{detail}");
        let lines = nexus.server.lines();
        assert_eq!(lines.iter().filter(|line| *line == post).count(), 1);
        let state = engine.reconcile(KEY, &planned, Vec::new()).await.remove(0);
        let line = |method: &str| {
            let key = at(&state, "key");
            format!("{method} /nexus/v3/apikeys/{}", key.as_str().unwrap())
        };

        let mut paused = portico();
        paused["enabled"] = json!(false);
        nexus.world().after.push((line("PUT"), reply.clone()));
        let state = engine.make(KEY, &state, paused.clone()).await;
        assert!(engine.is_settled(KEY, &state, paused).await);
        nexus.world().after.push((line("DELETE"), reply));
        let gone = engine.delete(KEY, &state).await;
        assert!(gone.diagnostics.is_empty(), "{:?}", gone.diagnostics);
        assert!(nexus.world().keys.is_empty());
    }
}
