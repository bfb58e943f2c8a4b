//! Custom headers of a custom gateway: only those that are named are managed.

use std::collections::BTreeMap;

use serde_json::json;

use crate::engine::{Engine, at, settings};
use crate::nexus::{CCID, Nexus, lost_answers};

const HEADERS: &str = "digitalchannels_provider_options";

fn section(options: &[(&str, &str)]) -> BTreeMap<String, String> {
    options
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn custom_headers_live() {
    let nexus = Nexus::start().await;
    nexus.world().options.insert(
        "Async".into(),
        section(&[("theirs", "y"), ("header:other", "1")]),
    );
    let engine = Engine::new(settings(&nexus)).await;
    let config = json!({"headers": {"custom-header-for-async-1": "12345"}});
    let state = engine.create(HEADERS, config.clone()).await;
    assert_eq!(
        (at(&state, "id"), at(&state, "section")),
        (json!(format!("{CCID}/Async")), json!("Async"))
    );
    assert_eq!(
        nexus.last("PUT").json()["data"]["newOptions"],
        json!({"Async": {"header:custom-header-for-async-1": "12345"}})
    );
    assert!(engine.is_settled(HEADERS, &state, config).await);

    let taken = engine
        .try_create(HEADERS, json!({"headers": {"other": "2"}}))
        .await;
    assert!(
        taken.diagnostics[0].detail.contains("header:other"),
        "{:?}",
        taken.diagnostics
    );

    let state = engine
        .make(HEADERS, &state, json!({"headers": {"second": "2"}}))
        .await;
    assert_eq!(
        nexus.world().options["Async"],
        section(&[
            ("theirs", "y"),
            ("header:other", "1"),
            ("header:second", "2")
        ])
    );
    let state = {
        nexus
            .world()
            .options
            .get_mut("Async")
            .unwrap()
            .insert("header:second".into(), "drifted".into());
        engine.read(HEADERS, &state).await
    };
    assert_eq!(at(&state, "headers"), json!({"second": "drifted"}));

    let imported = engine
        .import(HEADERS, &format!("{CCID}/Async"))
        .await
        .unwrap();
    assert_eq!(
        at(&imported, "headers"),
        json!({"other": "1", "second": "drifted"})
    );

    assert!(engine.delete(HEADERS, &state).await.diagnostics.is_empty());
    assert_eq!(
        nexus.world().options["Async"],
        section(&[("theirs", "y"), ("header:other", "1")])
    );
    assert!(engine.read(HEADERS, &state).await.is_null());
}

#[tokio::test]
async fn headers_whose_answer_is_lost_are_read_back() {
    let put = "PUT /provisioning/v3/transactions/NexusServices/options";
    for reply in lost_answers() {
        let nexus = Nexus::start().await;
        let theirs = section(&[("theirs", "y")]);
        nexus.world().options.insert("Async".into(), theirs.clone());
        let engine = Engine::new(settings(&nexus)).await;
        let config = json!({"headers": {"first": "1"}});
        nexus.world().after.push((put.into(), reply.clone()));
        let state = engine.create(HEADERS, config.clone()).await;
        assert!(engine.is_settled(HEADERS, &state, config).await);
        nexus.world().after.push((put.into(), reply));
        let gone = engine.delete(HEADERS, &state).await;
        assert!(gone.diagnostics.is_empty(), "{:?}", gone.diagnostics);
        assert_eq!(nexus.world().options["Async"], theirs);
    }
}
