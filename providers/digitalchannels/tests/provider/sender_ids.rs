//! Sender ids: deltas, defaults, unknown options, conflicts and the three back-ends.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use trunkline_api::provider::{Effects, NoteKind};
use trunkline_http::testing::Reply;

use crate::engine::{Engine, at, settings};
use crate::nexus::{CCID, Nexus, lost_answers};
use crate::rehearsal::{live, sandbox};

const SENDER: &str = "digitalchannels_sender_id";
const PUT: &str = "PUT /provisioning/v3/transactions/NexusServices/options";

fn puts(nexus: &Nexus) -> usize {
    let lines = nexus.server.lines();
    lines.iter().filter(|line| *line == PUT).count()
}

fn main_id() -> Json {
    json!({"name": "SMS_Main", "sender_id": "16504", "designer_endpoint": "Main"})
}

fn section(options: &[(&str, &str)]) -> BTreeMap<String, String> {
    options
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn a_sender_id_lives() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let state = engine.create(SENDER, main_id()).await;
    assert_eq!(at(&state, "id"), format!("{CCID}/chat.SMS_Main"));
    assert_eq!(
        nexus.last("PUT").json(),
        json!({"data": {
            "newOptions": {"chat.SMS_Main": {
                "channelId": "16504", "channelType": "sms", "endpoint": "chat.Main", "interactionSubtype": "SMS",
                "interactionType": "Inbound", "media": "chat", "cxcOnly": "false", "provider": "Portico"}},
            "changedOptions": {}, "deletedOptions": {}}})
    );
    assert_eq!(
        nexus.last("PUT").header("authorization"),
        "Bearer token-of-ops"
    );
    assert!(engine.is_settled(SENDER, &state, main_id()).await);

    let mut changed = main_id();
    changed["cxc_only"] = json!(true);
    changed["extra_options"] = json!({"note": "x"});
    let state = engine.make(SENDER, &state, changed.clone()).await;
    assert_eq!(
        nexus.last("PUT").json(),
        json!({"data": {"newOptions": {"chat.SMS_Main": {"note": "x"}},
                        "changedOptions": {"chat.SMS_Main": {"cxcOnly": "true"}}, "deletedOptions": {}}})
    );
    assert!(engine.is_settled(SENDER, &state, changed).await);

    nexus
        .world()
        .options
        .get_mut("chat.SMS_Main")
        .unwrap()
        .insert("theirs".into(), "y".into());
    let state = engine.make(SENDER, &state, main_id()).await;
    assert_eq!(
        nexus.last("PUT").json()["data"]["deletedOptions"],
        json!({"chat.SMS_Main": {"note": ""}})
    );
    assert_eq!(nexus.world().options["chat.SMS_Main"]["theirs"], "y");
    assert!(
        engine.is_settled(SENDER, &state, main_id()).await,
        "an option of somebody else is no drift"
    );

    let mut renamed = main_id();
    renamed["name"] = json!("chat.SMS_Other");
    let plan = engine.plan(SENDER, &state, Some(renamed)).await;
    assert_eq!(plan.requires_replace[0].to_string(), "section");
    let mut prefixed = main_id();
    prefixed["name"] = json!("chat.SMS_Main");
    assert!(
        engine
            .plan(SENDER, &state, Some(prefixed))
            .await
            .requires_replace
            .is_empty()
    );

    assert!(engine.delete(SENDER, &state).await.diagnostics.is_empty());
    assert!(nexus.world().options.is_empty());
    assert!(engine.read(SENDER, &state).await.is_null());
}

#[tokio::test]
async fn drift_is_repaired_with_what_differs() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let state = engine.create(SENDER, main_id()).await;
    {
        let mut world = nexus.world();
        let there = world.options.get_mut("chat.SMS_Main").unwrap();
        there.insert("media".into(), "voice".into());
        there.remove("provider");
        there.insert("cxcOnly".into(), "FALSE".into());
    }
    let seen = engine.read(SENDER, &state).await;
    assert!(!seen.same(&state));
    engine.make(SENDER, &seen, main_id()).await;
    assert_eq!(
        nexus.last("PUT").json(),
        json!({"data": {"newOptions": {}, "changedOptions": {"chat.SMS_Main": {"media": "chat"}}, "deletedOptions": {}}})
    );
}

#[tokio::test]
async fn a_section_that_exists_is_imported_not_overwritten() {
    let nexus = Nexus::start().await;
    let there = section(&[
        ("channelId", "16505"),
        ("endpoint", "chat.Main"),
        ("channelType", "sms"),
        ("theirs", "y"),
    ]);
    nexus
        .world()
        .options
        .insert("chat.SMS_Main".into(), there.clone());
    let engine = Engine::new(settings(&nexus)).await;
    let made = engine.try_create(SENDER, main_id()).await;
    let detail = &made.diagnostics[0].detail;
    assert!(
        detail.contains(&format!("{CCID}/chat.SMS_Main")),
        "{detail}"
    );
    assert_eq!(nexus.world().options["chat.SMS_Main"], there);

    let state = engine
        .import(SENDER, &format!("{CCID}/chat.SMS_Main"))
        .await
        .unwrap();
    assert_eq!(at(&state, "sender_id"), "16505");
    let mut config = main_id();
    config["name"] = json!("chat.SMS_Main");
    let state = engine.make(SENDER, &state, config.clone()).await;
    assert_eq!(nexus.world().options["chat.SMS_Main"]["theirs"], "y");
    assert_eq!(nexus.world().options["chat.SMS_Main"]["channelId"], "16504");
    assert!(engine.is_settled(SENDER, &state, config).await);
}

#[tokio::test]
async fn writes_of_a_contact_center_wait_for_each_other() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let id =
        |name: &str, id: &str| json!({"name": name, "sender_id": id, "designer_endpoint": "Main"});
    tokio::join!(
        engine.create(SENDER, id("A", "11111")),
        engine.create(SENDER, id("B", "22222")),
        engine.create(SENDER, id("C", "33333"))
    );
    assert_eq!(nexus.world().options.len(), 3);
    let calls: Vec<String> = nexus
        .server
        .lines()
        .into_iter()
        .filter(|l| l.contains("options"))
        .map(|l| l[..3].to_owned())
        .collect();
    assert_eq!(
        calls,
        [
            "GET", "PUT", "GET", "GET", "PUT", "GET", "GET", "PUT", "GET"
        ]
    );
}

#[tokio::test]
async fn a_lost_section_is_found_again() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    assert_eq!(engine.provider.effects(SENDER), Effects::Reconcilable);
    let planned = engine
        .plan(SENDER, &engine.none(SENDER), Some(main_id()))
        .await
        .planned;
    let known = engine.list(SENDER, &planned).await;
    engine.create(SENDER, main_id()).await;
    let found = engine.reconcile(SENDER, &planned, known).await;
    assert!(engine.is_settled(SENDER, &found[0], main_id()).await);
    let known = engine.list(SENDER, &planned).await;
    assert!(engine.reconcile(SENDER, &planned, known).await.is_empty());
}

#[tokio::test]
async fn by_hand_the_plan_says_what_to_enter() {
    let nexus = Nexus::start().await;
    let mut by_hand = settings(&nexus);
    by_hand["sender_id_backend"] = Json::Null;
    let engine = Engine::new(by_hand).await;
    assert_eq!(engine.provider.effects(SENDER), Effects::None);
    let plan = engine
        .plan(SENDER, &engine.none(SENDER), Some(main_id()))
        .await;
    assert_eq!(plan.notes[0].kind, NoteKind::Manual);
    assert_eq!(
        plan.notes[0].text,
        "In Platform Administration, Environment > Transactions > NexusServices > Options, make the section chat.SMS_Main \
         hold: channelId = 16504, channelType = sms, cxcOnly = false, endpoint = chat.Main, interactionSubtype = SMS, \
         interactionType = Inbound, media = chat, provider = Portico."
    );
    let made = engine
        .apply(SENDER, &engine.none(SENDER), plan, Some(main_id()))
        .await;
    assert!(
        !made.diagnostics[0].is_error()
            && made.diagnostics[0].detail.contains("acknowledged = true")
    );
    let mut confirmed = main_id();
    confirmed["acknowledged"] = json!(true);
    let plan = engine
        .plan(SENDER, &made.state, Some(confirmed.clone()))
        .await;
    assert!(plan.notes.is_empty(), "a confirmation asks for nothing");
    let state = engine.make(SENDER, &made.state, confirmed.clone()).await;
    assert!(engine.is_settled(SENDER, &state, confirmed).await);
    let gone = engine.plan(SENDER, &state, None).await;
    assert!(
        gone.notes[0]
            .text
            .contains("remove the section chat.SMS_Main")
    );
    assert!(engine.delete(SENDER, &state).await.diagnostics.is_empty());
    assert!(
        engine
            .import(SENDER, &format!("{CCID}/chat.SMS_Main"))
            .await
            .is_err()
    );
    assert_eq!(nexus.server.lines(), [""; 0]);
}

#[tokio::test]
async fn a_file_holds_the_sections_too() {
    let nexus = Nexus::start().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("options.json");
    std::fs::write(&path, "{\"Async\": {\"theirs\": \"y\"}}").unwrap();
    let mut by_file = settings(&nexus);
    by_file["sender_id_backend"] = json!("file");
    by_file["options_file"] = json!(path);
    let engine = Engine::new(by_file).await;
    let state = engine.create(SENDER, main_id()).await;
    assert!(engine.is_settled(SENDER, &state, main_id()).await);
    let held: Json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(held["chat.SMS_Main"]["channelId"], "16504");
    assert_eq!(held["Async"]["theirs"], "y");
    assert!(engine.delete(SENDER, &state).await.diagnostics.is_empty());
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "{\n  \"Async\": {\n    \"theirs\": \"y\"\n  }\n}\n"
    );
    assert_eq!(nexus.server.lines(), [""; 0]);
}

#[tokio::test]
async fn a_refused_write_changes_nothing() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let line = "PUT /provisioning/v3/transactions/NexusServices/options";
    let body = json!({"status": {"code": 5, "message": "read only"}});
    nexus
        .world()
        .instead
        .push((line.into(), Reply::json(403, &body)));
    let made = engine.try_create(SENDER, main_id()).await;
    assert!(made.state.is_null() && !made.unsettled);
    assert!(
        made.diagnostics[0].detail.contains("read only"),
        "{:?}",
        made.diagnostics
    );
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_read_back() {
    for reply in lost_answers() {
        let nexus = Nexus::start().await;
        let engine = Engine::new(settings(&nexus)).await;
        nexus.world().after.push((PUT.into(), reply.clone()));
        let state = engine.create(SENDER, main_id()).await;
        assert!(engine.is_settled(SENDER, &state, main_id()).await);

        let mut changed = main_id();
        changed["sender_id"] = json!("16505");
        nexus.world().after.push((PUT.into(), reply.clone()));
        let state = engine.make(SENDER, &state, changed.clone()).await;
        assert!(engine.is_settled(SENDER, &state, changed).await);

        nexus.world().after.push((PUT.into(), reply));
        let gone = engine.delete(SENDER, &state).await;
        assert!(gone.diagnostics.is_empty(), "{:?}", gone.diagnostics);
        assert!(nexus.world().options.is_empty());
        assert_eq!(puts(&nexus), 3, "nothing is sent twice");
    }
}

#[tokio::test]
async fn a_write_that_is_not_there_is_left_open() {
    for reply in lost_answers() {
        let nexus = Nexus::start().await;
        let (world, _admin) = sandbox(&nexus).await;
        let engine = Engine::in_world(live(), world).await.unwrap();
        nexus.world().instead.push((PUT.into(), reply.clone()));
        let made = engine.try_create(SENDER, main_id()).await;
        assert!(made.unsettled && made.state.is_null());
        let detail = &made.diagnostics[0].detail;
        assert!(detail.contains("is not known"), "{detail}");
        let planned = engine
            .plan(SENDER, &engine.none(SENDER), Some(main_id()))
            .await
            .planned;
        assert!(
            engine
                .reconcile(SENDER, &planned, Vec::new())
                .await
                .is_empty()
        );

        let state = engine.create(SENDER, main_id()).await;
        nexus.world().instead.push((PUT.into(), reply));
        let kept = engine.delete(SENDER, &state).await;
        assert!(kept.unsettled && !kept.diagnostics.is_empty());
        assert_eq!(puts(&nexus), 3, "nothing is sent twice");
    }
}

#[tokio::test]
async fn another_section_of_the_name_is_not_taken_for_ours() {
    let nexus = Nexus::start().await;
    let (world, _admin) = sandbox(&nexus).await;
    let engine = Engine::in_world(live(), world).await.unwrap();
    let state = engine.create(SENDER, main_id()).await;
    nexus
        .world()
        .options
        .get_mut("chat.SMS_Main")
        .unwrap()
        .insert("media".into(), "voice".into());
    let mut changed = main_id();
    changed["sender_id"] = json!("16505");
    let plan = engine.plan(SENDER, &state, Some(changed.clone())).await;
    nexus.world().instead.push((PUT.into(), Reply::Drop));
    let made = engine.apply(SENDER, &state, plan, Some(changed)).await;
    assert!(made.unsettled);
    assert_eq!(nexus.world().options["chat.SMS_Main"]["channelId"], "16504");
}

#[tokio::test]
async fn options_that_somebody_removed_meanwhile_are_removed() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let refusal = || {
        let text = "an option of section chat.SMS_Main does not exist";
        Reply::json(404, &json!({"status": {"code": 44, "message": text}}))
    };
    let state = engine.create(SENDER, main_id()).await;
    nexus.world().after.push((PUT.into(), refusal()));
    let gone = engine.delete(SENDER, &state).await;
    assert!(gone.diagnostics.is_empty(), "{:?}", gone.diagnostics);

    // Where nothing has changed the call itself is missing.
    let state = engine.create(SENDER, main_id()).await;
    nexus.world().instead.push((PUT.into(), refusal()));
    let kept = engine.delete(SENDER, &state).await;
    assert!(!kept.unsettled && !kept.state.is_null());
    let detail = &kept.diagnostics[0].detail;
    assert!(detail.contains("routes"), "{detail}");
}

#[tokio::test]
async fn a_call_that_is_missing_is_no_section_that_is_gone() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let state = engine.create(SENDER, main_id()).await;
    let line = "GET /provisioning/v3/transactions/NexusServices/options";
    nexus.world().instead.push((line.into(), Reply::empty(404)));
    let seen = engine.try_read(SENDER, &state).await;
    assert!(!seen.state.is_null());
    let (summary, detail) = (&seen.diagnostics[0].summary, &seen.diagnostics[0].detail);
    assert_eq!(summary, "Call Not Offered");
    assert!(
        detail.starts_with("Reading the sender id chat.SMS_Main failed")
            && detail.contains("routes"),
        "{detail}"
    );
}

#[tokio::test]
async fn dc22_the_plan_says_that_no_agent_gets_what_is_for_cx_contact() {
    let nexus = Nexus::start().await;
    let engine = Engine::new(settings(&nexus)).await;
    let state = engine.create(SENDER, main_id()).await;
    let mut changed = main_id();
    changed["cxc_only"] = json!(true);
    let notes = async |config: &Json| {
        let plan = engine.plan(SENDER, &state, Some(config.clone())).await;
        plan.notes.into_iter().map(|n| n.text).collect::<Vec<_>>()
    };
    let said = notes(&changed).await;
    assert!(said.len() == 1 && said[0].starts_with("DC22: "), "{said:?}");
    changed["cxc_only"] = json!(false);
    assert_eq!(notes(&changed).await, [""; 0]);
}
