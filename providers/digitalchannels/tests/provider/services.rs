//! Services: bodies, headers, read-back, drift, secrets, conflicts and lost answers.

use serde_json::{Value as Json, json};
use trunkline_api::Value;
use trunkline_http::testing::Reply;

use crate::engine::{Engine, at, settings};
use crate::nexus::{CCID, Nexus, lost_answers};

const PORTICO: &str = "digitalchannels_service_portico_sms";
const IDP: &str = "digitalchannels_service_purecloud_idp";
const ASYNC: &str = "digitalchannels_service_async";
const GENERIC: &str = "digitalchannels_service";

fn line(method: &str, name: &str) -> String {
    format!("{method} /nexus/v3/provisioning/services/{CCID}/{name}")
}

fn api(region: &str) -> Json {
    json!({"url": format!("https://api.{region}")})
}

#[tokio::test]
async fn a_service_lives() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let config = api("mypurecloud.com");
    let state = engine.create(PORTICO, config.clone()).await;
    assert_eq!(at(&state, "id"), format!("{CCID}/PorticoSMS"));
    assert_eq!(
        nexus.server.lines(),
        [line("POST", "PorticoSMS"), line("GET", "PorticoSMS")]
    );
    let sent = nexus.last("POST");
    assert_eq!(
        sent.json(),
        json!({"url": "https://api.mypurecloud.com", "data": {}, "secret": {}})
    );
    assert_eq!(sent.header("content-type"), "application/json");
    assert!(engine.is_settled(PORTICO, &state, config).await);

    let state = engine.make(PORTICO, &state, api("usw2.pure.cloud")).await;
    assert_eq!(
        nexus.last("PUT").json()["url"],
        "https://api.usw2.pure.cloud"
    );

    nexus.world().services.get_mut("PorticoSMS").unwrap()["url"] =
        json!("https://api.elsewhere.com");
    let seen = engine.read(PORTICO, &state).await;
    assert_eq!(at(&seen, "url"), "https://api.elsewhere.com");

    assert!(engine.delete(PORTICO, &state).await.diagnostics.is_empty());
    assert!(nexus.world().services.is_empty());
    assert!(engine.read(PORTICO, &state).await.is_null());
    assert!(
        engine.delete(PORTICO, &state).await.diagnostics.is_empty(),
        "a service that is gone is deleted"
    );
}

#[tokio::test]
async fn configuring_and_planning_need_no_network() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let plan = engine
        .plan(PORTICO, &engine.none(PORTICO), Some(api("mypurecloud.com")))
        .await;
    assert_eq!(at(&plan.planned, "id"), format!("{CCID}/PorticoSMS"));
    assert_eq!(nexus.server.lines(), [""; 0]);
    let early = Engine::unconfigured();
    let plan = early
        .plan(PORTICO, &early.none(PORTICO), Some(api("mypurecloud.com")))
        .await;
    assert!(!plan.planned.attr("id").unwrap().is_known());
}

#[tokio::test]
async fn secrets_are_not_stored_and_are_sent_with_every_update() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let config = |url: &str, secret: &str| json!({"url": url, "client_id": "the-client-id", "client_secret": secret});
    let first = config("https://login.mypurecloud.com", "first-secret");
    let state = engine.create(IDP, first.clone()).await;
    assert!(
        engine.is_settled(IDP, &state, first).await,
        "a secret that is not read back is no drift"
    );

    let state = engine
        .make(
            IDP,
            &state,
            config("https://login.usw2.pure.cloud", "first-secret"),
        )
        .await;
    assert_eq!(
        nexus.last("PUT").json()["secret"],
        json!({"clientId": "the-client-id", "clientSecret": "first-secret"})
    );

    let state = engine
        .make(
            IDP,
            &state,
            config("https://login.usw2.pure.cloud", "second-secret"),
        )
        .await;
    assert_eq!(
        nexus.last("PUT").json()["secret"]["clientSecret"],
        "second-secret"
    );
    assert_eq!(at(&state, "secret_revision"), 2);
    assert_eq!(at(&state, "client_secret"), Json::Null);
}

#[tokio::test]
async fn an_imported_service_is_taken_to_have_the_configured_secrets() {
    let nexus = Nexus::start().await;
    let config = |secret: &str| json!({"url": "https://login.mypurecloud.com", "client_id": "the-client-id", "client_secret": secret});
    let made = Engine::new(settings(&nexus)).await;
    made.create(IDP, config("first-secret")).await;
    let engine = Engine::new(settings(&nexus)).await;
    let state = engine.import(IDP, &format!("{CCID}/PurecloudIDP")).await;
    let state = state.unwrap();
    let plan = engine.plan(IDP, &state, Some(config("first-secret"))).await;
    assert!(plan.planned.same(&state), "nothing to do");
    // What was learnt is kept, so that another secret is a change from now on.
    let kept = engine.apply(IDP, &state, plan, Some(config("first-secret")));
    let state = kept.await.state;
    let plan = engine
        .plan(IDP, &state, Some(config("second-secret")))
        .await;
    assert_eq!(at(&plan.planned, "secret_revision"), 2);
}

#[tokio::test]
async fn masked_secrets_in_answers_are_ignored() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let config = json!({"channel": [
        {"channel_id": "22222", "webhook_url": "https://b.example.com", "webhook_secret": "webhook-secret-b", "api_secret": "api-secret-b"},
        {"channel_id": "11111", "webhook_url": "https://a.example.com", "webhook_secret": "webhook-secret-a", "api_secret": "api-secret-a"},
    ]});
    let state = engine.create(ASYNC, config.clone()).await;
    assert!(engine.is_settled(ASYNC, &state, config.clone()).await);
    let sent = nexus.last("POST").json();
    assert_eq!(sent["data"]["channels"][0]["channelId"], "11111");
    assert_eq!(
        sent["secret"]["channels"][1]["api"]["secret"],
        "api-secret-b"
    );
    assert!(sent.get("url").is_none());

    let mut masked = sent;
    masked["secret"] = json!({"channels": "***"});
    masked["name"] = json!("Async");
    nexus
        .world()
        .instead
        .push((line("GET", "Async"), Reply::json(200, &masked)));
    assert!(
        engine.read(ASYNC, &state).await.same(&state),
        "an answer without envelope, with masked secrets"
    );
}

#[tokio::test]
async fn a_service_that_exists_is_not_ours() {
    let nexus = Nexus::start().await;
    nexus.world().services.insert(
        "PorticoSMS".into(),
        json!({"url": "x", "data": {}, "secret": {}}),
    );
    let engine = Engine::new(settings(&nexus)).await;
    let made = engine.try_create(PORTICO, api("mypurecloud.com")).await;
    assert!(made.state.is_null() && !made.unsettled);
    let detail = &made.diagnostics[0].detail;
    assert!(
        detail.contains("Import it") && detail.contains(&format!("{CCID}/PorticoSMS")),
        "{detail}"
    );
    assert_eq!(nexus.world().services["PorticoSMS"]["url"], "x");

    let id = format!("{CCID}/PorticoSMS");
    let state = engine.import(PORTICO, &id).await.unwrap();
    assert_eq!(
        (at(&state, "url"), at(&state, "id")),
        (json!("x"), json!(id))
    );
    let wrong = engine
        .import(PORTICO, &format!("{CCID}/SMS"))
        .await
        .unwrap_err();
    assert!(wrong[0].detail.contains("PorticoSMS"));
    assert!(engine.import(PORTICO, "other/PorticoSMS").await.is_err());
}

#[tokio::test]
async fn a_code_other_than_zero_is_a_failure_and_shows_no_secret() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let body = json!({"status": {"code": 17, "message": "bad secret hush-hush"}, "data": {}});
    nexus
        .world()
        .instead
        .push((line("POST", "PurecloudIDP"), Reply::json(200, &body)));
    let config = json!({"url": "https://login.mypurecloud.com", "client_id": "the-client-id", "client_secret": "hush-hush"});
    let made = engine.try_create(IDP, config).await;
    assert!(!made.unsettled);
    let detail = &made.diagnostics[0].detail;
    assert!(
        detail.contains("code 17")
            && detail.contains("bad secret")
            && !detail.contains("hush-hush"),
        "{detail}"
    );
}

#[tokio::test]
async fn a_lost_answer_is_left_open_and_found_again() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    nexus
        .world()
        .after
        .push((line("POST", "PurecloudIDP"), Reply::Drop));
    let config = json!({"url": "https://login.mypurecloud.com", "client_id": "the-client-id", "client_secret": "the-secret"});
    let plan = engine
        .plan(IDP, &engine.none(IDP), Some(config.clone()))
        .await;
    let planned = plan.planned.clone();
    let known = engine.list(IDP, &planned).await;
    assert_eq!(known, [""; 0]);
    let made = engine
        .apply(IDP, &engine.none(IDP), plan, Some(config.clone()))
        .await;
    assert!(made.unsettled && made.state.is_null());
    assert_eq!(
        nexus
            .server
            .lines()
            .iter()
            .filter(|l| l.starts_with("POST"))
            .count(),
        1,
        "a create is not sent twice"
    );

    nexus
        .world()
        .instead
        .push((line("GET", "PurecloudIDP"), Reply::empty(404)));
    let found = engine.reconcile(IDP, &planned, known).await;
    assert_eq!(found.len(), 1, "an old answer is not the last word");
    assert!(engine.is_settled(IDP, &found[0], config).await);
    let known = engine.list(IDP, &planned).await;
    assert_eq!(known, [format!("{CCID}/PurecloudIDP")]);
    assert!(
        engine.reconcile(IDP, &planned, known).await.is_empty(),
        "what existed before is not ours"
    );
}

#[tokio::test]
async fn a_found_service_of_other_content_gets_its_secrets_again() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    nexus.world().services.insert(
        "PurecloudIDP".into(),
        json!({"url": "https://login.other.com", "data": {}, "secret": {}}),
    );
    let config = json!({"url": "https://login.mypurecloud.com", "client_id": "the-client-id", "client_secret": "the-secret"});
    let planned = engine
        .plan(IDP, &engine.none(IDP), Some(config.clone()))
        .await
        .planned;
    let found = engine.reconcile(IDP, &planned, Vec::new()).await;
    assert_eq!(at(&found[0], "url"), "https://login.other.com");
    // Also where the address has been corrected by somebody since.
    let plan = engine.plan(IDP, &found[0], Some(config)).await;
    assert_eq!(at(&plan.planned, "secret_revision"), 1);
    assert_eq!(at(&found[0], "secret_revision"), 0);
}

#[tokio::test]
async fn a_stale_answer_is_read_again() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    nexus
        .world()
        .instead
        .push((line("GET", "PorticoSMS"), Reply::empty(404)));
    engine.create(PORTICO, api("mypurecloud.com")).await;
    assert_eq!(nexus.server.lines().len(), 3);
}

#[tokio::test]
async fn an_update_falls_back_on_the_create_call() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let state = engine.create(PORTICO, api("mypurecloud.com")).await;
    nexus
        .world()
        .instead
        .push((line("PUT", "PorticoSMS"), Reply::empty(405)));
    nexus.world().services.clear();
    engine.make(PORTICO, &state, api("usw2.pure.cloud")).await;
    assert_eq!(
        nexus.last("POST").json()["url"],
        "https://api.usw2.pure.cloud"
    );
}

#[tokio::test]
async fn calls_can_be_replaced() {
    let nexus = Nexus::start().await;
    let mut settings = settings(&nexus);
    settings["routes"] = json!({"service_read": "GET /v9/{ccid}/{name}"});
    let engine = Engine::new(settings).await;
    let path = format!("GET /v9/{CCID}/PorticoSMS");
    nexus.world().instead.push((
        path.clone(),
        Reply::json(
            200,
            &json!({"url": "https://api.mypurecloud.com", "data": {}}),
        ),
    ));
    engine.create(PORTICO, api("mypurecloud.com")).await;
    assert_eq!(nexus.server.lines()[1], path);
}

#[tokio::test]
async fn a_wrong_key_says_what_to_check() {
    let nexus = Nexus::start().await;
    let mut settings = settings(&nexus);
    settings["api_key"] = json!("00000000-dead-4000-8000-000000000000");
    let engine = Engine::new(settings.clone()).await;
    let made = engine.try_create(PORTICO, api("mypurecloud.com")).await;
    let text = format!(
        "{}: {}",
        made.diagnostics[0].summary, made.diagnostics[0].detail
    );
    assert!(
        text.contains("Creating the service PorticoSMS failed")
            && text.contains("401")
            && text.contains("permission"),
        "{text}"
    );
    assert!(!text.contains("dead"), "{text}");

    settings["api_key"] = Json::Null;
    let engine = Engine::new(settings).await;
    let made = engine.try_create(PORTICO, api("mypurecloud.com")).await;
    assert!(
        made.diagnostics[0].detail.contains("api_key"),
        "{:?}",
        made.diagnostics
    );
}

#[tokio::test]
async fn another_contact_center_is_refused_at_plan() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let config = json!({"ccid": "55acae06-6b7c-4f97-9c76-471cb5c21bf7", "url": "https://api.mypurecloud.com"});
    let plan = engine
        .plan(PORTICO, &engine.none(PORTICO), Some(config))
        .await;
    assert!(plan.diagnostics[0].detail.starts_with("DC01"));
}

#[tokio::test]
async fn a_moved_contact_center_is_a_replacement() {
    let nexus = Nexus::start().await;
    let state = Engine::new(settings(&nexus))
        .await
        .create(PORTICO, api("mypurecloud.com"))
        .await;
    let mut moved = settings(&nexus);
    moved["ccid"] = json!("55acae06-6b7c-4f97-9c76-471cb5c21bf7");
    let engine = Engine::new(moved).await;
    let plan = engine
        .plan(PORTICO, &state, Some(api("mypurecloud.com")))
        .await;
    assert_eq!(plan.requires_replace[0].to_string(), "ccid");
    assert!(engine.delete(PORTICO, &state).await.diagnostics.is_empty());
    assert_eq!(
        nexus.last("DELETE").header("x-ccid"),
        CCID,
        "the old one is removed where it is"
    );
}

#[tokio::test]
async fn the_generic_service_compares_meaning() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let text = json!({"name": "Custom", "data": "{\"b\": [1, 2], \"a\": {}}", "secret": "{\"token\": \"s-e-c-r-e-t\"}"});
    let state = engine.create(GENERIC, text.clone()).await;
    assert_eq!(
        nexus.last("POST").json(),
        json!({"data": {"a": {}, "b": [1, 2]}, "secret": {"token": "s-e-c-r-e-t"}})
    );
    assert!(engine.is_settled(GENERIC, &state, text).await);
    let spaced = json!({"name": "Custom", "data": "{\"a\":{},\"b\":[1,2]}", "secret": "{\"token\":\"s-e-c-r-e-t\"}"});
    let plan = engine.plan(GENERIC, &state, Some(spaced)).await;
    assert!(plan.planned.same(&state), "another way to write the same");
    let renamed = json!({"name": "Other", "data": {}, "secret": {}});
    let plan = engine.plan(GENERIC, &state, Some(renamed)).await;
    assert_eq!(plan.requires_replace[0].to_string(), "name");
    let planned: Value = plan.planned;
    assert_eq!(
        engine.list(GENERIC, &planned).await,
        [format!("{CCID}/Custom")]
    );
}

#[tokio::test]
async fn lost_answers_leave_a_new_service_open_and_no_other_call() {
    for reply in lost_answers() {
        let nexus = Nexus::start().await;
        let engine = Engine::new(settings(&nexus)).await;
        let config = api("mypurecloud.com");
        let push = |method: &str| {
            let after = (line(method, "PorticoSMS"), reply.clone());
            nexus.world().after.push(after);
        };
        let plan = engine
            .plan(PORTICO, &engine.none(PORTICO), Some(config.clone()))
            .await;
        push("POST");
        let made = engine.try_create(PORTICO, config.clone()).await;
        assert!(made.unsettled && made.state.is_null());
        let detail = &made.diagnostics[0].detail;
        assert!(detail.contains("is not known"), "{detail}");
        let found = engine.reconcile(PORTICO, &plan.planned, Vec::new()).await;
        assert!(engine.is_settled(PORTICO, &found[0], config).await);

        push("PUT");
        let moved = api("usw2.pure.cloud");
        let state = engine.make(PORTICO, &found[0], moved.clone()).await;
        assert!(engine.is_settled(PORTICO, &state, moved).await);
        push("DELETE");
        let gone = engine.delete(PORTICO, &state).await;
        assert!(gone.diagnostics.is_empty(), "{:?}", gone.diagnostics);
        assert!(nexus.world().services.is_empty());
    }
}
