//! Each rule about one object twice: a configuration that breaks only this rule, and the nearest that does not.

use serde_json::{Value as Json, json};
use trunkline_api::kit::DataSource;
use trunkline_api::provider::{Mode, ValidateRequest};
use trunkline_api::{Path, Schema, Severity, Step, Value, coerce, json::implied};
use trunkline_http::Calls;

use super::*;

/// `severity id` of each problem, in order; of those without a number the summary.
pub(super) fn ids(problems: &Diagnostics) -> Vec<String> {
    let id = |d: &Diagnostic| match d.detail.split_once(':') {
        Some((id, _)) if id.starts_with("SC-") => id.to_owned(),
        _ => d.summary.clone(),
    };
    let severity = |d: &Diagnostic| match d.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    problems
        .iter()
        .map(|d| format!("{} {}", severity(d), id(d)))
        .collect()
}

/// A configuration of `schema` from sparse JSON, in which the text "?" stands for what is not known.
pub(super) fn config(schema: &Schema, sparse: &Json) -> Value {
    let shaped = coerce::conform(&implied(sparse), &schema.block).unwrap();
    shaped.map_leaves(&mut |leaf| match leaf.as_str() {
        Some("?") => Value::unknown(leaf.ty()),
        _ => leaf.clone(),
    })
}

fn request(
    type_name: &str,
    schema: &Schema,
    sparse: &Json,
    literals: Vec<Path>,
) -> ValidateRequest {
    ValidateRequest {
        mode: Mode::Managed,
        type_name: type_name.into(),
        config: config(schema, sparse),
        literals,
    }
}

fn merged(base: Json, change: &Json) -> Json {
    let mut base = base;
    for (name, value) in change.as_object().unwrap() {
        base[name] = value.clone();
    }
    base
}

fn an_app(change: Json) -> Vec<String> {
    let sparse = merged(json!({"display_name": "a"}), &change);
    ids(&crate::app::App.validate(&request("app", &crate::app::App.schema(), &sparse, vec![])))
}

fn a_webhook(change: Json) -> Vec<String> {
    let base = json!({"app_id": "01EB37HMH1M6SV18ASNS3G135H", "target": "https://cc.acme.test/x", "triggers": ["MESSAGE_INBOUND"], "secret": "0123456789abcdef"});
    let resource = crate::webhook::Webhook;
    ids(&resource.validate(&request(
        "webhook",
        &resource.schema(),
        &merged(base, &change),
        vec![],
    )))
}

fn a_number(change: Json) -> Vec<String> {
    let base = json!({"phone_number": "+46701740100", "region_code": "SE", "type": "MOBILE"});
    let resource = crate::number::Number;
    ids(&resource.validate(&request(
        "number",
        &resource.schema(),
        &merged(base, &change),
        vec![],
    )))
}

fn a_provider(sparse: Json) -> Vec<String> {
    ids(&provider(&config(&crate::settings::schema(), &sparse)))
}

fn channels(entries: Json) -> Vec<String> {
    an_app(json!({ "channel_credentials": entries }))
}

fn line(ordinal: i64, default: bool) -> Json {
    json!({"channel": "LINE", "credential_ordinal_number": ordinal, "line_credentials": {"token": "t", "secret": "s", "is_default": default}})
}

#[test]
fn sc02_app_ids_are_in_capitals() {
    assert_eq!(
        a_webhook(json!({"app_id": "01eb37hmh1m6sv18asns3g135h"})),
        ["error SC-02"]
    );
    assert_eq!(a_webhook(json!({})), [""; 0]);
}

#[test]
fn sc03_app_ids_have_their_form() {
    assert_eq!(
        a_webhook(json!({"app_id": "01EB37HMH1M6SV18ASNS3G135O"})),
        ["warning SC-03"]
    );
    assert_eq!(
        a_webhook(json!({"app_id": "01EB37HMH1M6SV18ASNS3G1350"})),
        [""; 0]
    );
}

#[test]
fn sc04_regions() {
    assert_eq!(a_provider(json!({"region": "na"})), ["error SC-04"]);
    assert_eq!(a_provider(json!({"region": "br"})), [""; 0]);
}

#[test]
fn sc11_targets() {
    let long = format!("https://cc.acme.test/{}", "x".repeat(722));
    for bad in [
        "http://cc.acme.test/x",
        "https:///x",
        "https://conversation-api.eu.sinch.com/x",
        &long,
        "https://a b",
    ] {
        assert_eq!(a_webhook(json!({"target": bad})), ["error SC-11"], "{bad}");
    }
    for good in [&long[..742], "https://conversation-api.acme.test/x"] {
        assert_eq!(a_webhook(json!({"target": good})), [""; 0], "{good}");
    }
}

#[test]
fn sc13_triggers() {
    assert_eq!(
        a_webhook(json!({"triggers": ["UNSPECIFIED_TRIGGER"]})),
        ["error SC-13"]
    );
    assert_eq!(
        a_webhook(json!({"triggers": ["message_inbound"]})),
        ["error SC-13"]
    );
    assert_eq!(a_webhook(json!({"triggers": []})), ["error SC-13"]);
    assert_eq!(
        a_webhook(json!({"triggers": ["BATCH_STATUS"]})),
        ["warning SC-13"]
    );
    assert_eq!(
        a_webhook(json!({"triggers": ["MESSAGE_INBOUND", "OPT_IN"]})),
        [""; 0]
    );
}

#[test]
fn sc14_dismissed_events() {
    assert_eq!(
        a_webhook(json!({"target_type": "DISMISS"})),
        ["warning SC-14"]
    );
    assert_eq!(a_webhook(json!({"target_type": "HTTP"})), [""; 0]);
}

#[test]
fn sc15_credentials_fit_the_channel() {
    let bearer = json!({"claimed_identity": "i", "token": "t"});
    for bad in [
        json!([{"channel": "SMS"}]),
        json!([{"channel": "SMS", "telegram_credentials": {"token": "t"}}]),
        json!([{"channel": "SMS", "static_bearer": bearer, "static_token": {"token": "t"}}]),
        json!([{"channel": "SMS", "static_bearer": {"claimed_identity": "i"}}]),
        json!([{"channel": "SMS", "static_bearer": {"claimed_identity": "i", "token": ""}}]),
        json!([{"channel": "FAX", "static_bearer": bearer}]),
        json!([{"channel": "SINCH_CHAT"}]),
        json!([{"channel": "LINE", "line_enterprise_credentials": {"is_default": true}}]),
        json!([{"channel": "MMS", "mms_credentials": {"account_id": "a", "api_key": "k", "basic_auth": {"username": "u"}}}]),
    ] {
        assert_eq!(channels(bad.clone()), ["error SC-15"], "{bad}");
    }
    for good in [
        json!([{"channel": "SMS", "static_bearer": bearer}]),
        json!([{"channel": "SMS", "static_bearer": {"claimed_identity": "?", "token": "?"}}]),
        json!([{"channel": "KAKAOTALKCHAT", "kakaotalkchat_credentials": {"kakaotalk_plus_friend_id": "f"}}]),
        json!([{"channel": "LINE", "line_enterprise_credentials": {"line_japan": {"token": "t", "secret": "s"}}}]),
    ] {
        assert_eq!(channels(good.clone()), [""; 0], "{good}");
    }
}

#[test]
fn sc16_a_channel_once_but_line() {
    let telegram = json!({"channel": "TELEGRAM", "telegram_credentials": {"token": "t"}});
    assert_eq!(channels(json!([telegram, telegram])), ["error SC-16"]);
    let numbered = json!({"channel": "TELEGRAM", "credential_ordinal_number": 1, "telegram_credentials": {"token": "t"}});
    assert_eq!(channels(json!([numbered])), ["error SC-16"]);
    assert_eq!(
        channels(json!([line(0, true), line(0, false)])),
        ["error SC-16"]
    );
    assert_eq!(
        channels(json!([line(0, true), line(1, true)])),
        ["error SC-16"]
    );
    assert_eq!(
        channels(json!([line(0, false), line(1, false)])),
        ["error SC-16"]
    );
    assert_eq!(
        channels(json!([telegram, line(0, true), line(1, false)])),
        [""; 0]
    );
}

#[test]
fn sc18_ranges() {
    for (name, least, most) in [
        ("dispatch_retention_days", 0, 7),
        ("retention_days", 1, 3650),
        ("message_retry_seconds", 30, 3600),
        ("fallback_waiting_seconds", 10, 259_200),
    ] {
        for (number, wanted) in [(least - 1, 1), (least, 0), (most, 0), (most + 1, 1)] {
            assert_eq!(
                an_app(json!({ name: number })),
                vec!["error SC-18"; wanted],
                "{name} {number}"
            );
        }
    }
    let with_secret = |length: usize| {
        channels(
            json!([{"channel": "TELEGRAM", "callback_secret": "x".repeat(length), "telegram_credentials": {"token": "t"}}]),
        )
    };
    assert_eq!(with_secret(257), ["error SC-18"]);
    assert_eq!(with_secret(256), [""; 0]);
    assert_eq!(channels(json!([line(256, false)])), ["error SC-18"]);
    assert_eq!(channels(json!([line(255, false)])), [""; 0]);
    let client = |scope: usize, kind: usize| {
        a_webhook(
            json!({"client_credentials": {"client_id": "i", "client_secret": "s", "endpoint": "https://e", "scope": "x".repeat(scope), "response_type": "x".repeat(kind)}}),
        )
    };
    assert_eq!(client(1025, 64), ["error SC-18"]);
    assert_eq!(client(1024, 65), ["error SC-18"]);
    assert_eq!(client(1024, 64), [""; 0]);
}

#[test]
fn sc19_retention_in_dispatch_mode() {
    assert_eq!(
        an_app(json!({"retention_type": "PERSIST_RETENTION_POLICY"})),
        ["warning SC-19"]
    );
    assert_eq!(
        an_app(json!({"retention_type": "MESSAGE_EXPIRE_POLICY"})),
        [""; 0]
    );
    assert_eq!(
        an_app(
            json!({"retention_type": "PERSIST_RETENTION_POLICY", "processing_mode": "CONVERSATION"})
        ),
        [""; 0]
    );
}

#[test]
fn sc20_numbers() {
    for bad in [
        "46701740100",
        "+046701740100",
        "+123456",
        "+1234567890123456",
        "+46 701740100",
    ] {
        assert_eq!(
            a_number(json!({"phone_number": bad})),
            ["error SC-20"],
            "{bad}"
        );
    }
    for good in ["+1234567", "+123456789012345"] {
        assert_eq!(a_number(json!({"phone_number": good})), [""; 0], "{good}");
    }
}

#[test]
fn sc21_any_number_is_us_local() {
    assert_eq!(a_number(json!({"phone_number": null})), ["error SC-21"]);
    assert_eq!(
        a_number(json!({"phone_number": null, "region_code": "US", "type": "TOLL_FREE"})),
        ["error SC-21"]
    );
    assert_eq!(
        a_number(json!({"phone_number": null, "region_code": "US", "type": "LOCAL"})),
        [""; 0]
    );
    assert_eq!(a_number(json!({"phone_number": "?"})), [""; 0]);
}

#[test]
fn sc22_us_numbers_have_a_campaign() {
    let us = json!({"phone_number": "+12025550100", "region_code": "US", "type": "LOCAL", "sms_service_plan_id": "p"});
    assert_eq!(a_number(us.clone()), ["warning SC-22"]);
    assert_eq!(
        a_number(merged(us.clone(), &json!({"sms_campaign_id": "c"}))),
        [""; 0]
    );
    assert_eq!(a_number(merged(us, &json!({"type": "TOLL_FREE"}))), [""; 0]);
}

#[test]
fn sc24_nothing_is_empty() {
    for bad in [
        json!({"sms_service_plan_id": ""}),
        json!({"voice_type": "RTC"}),
        json!({"voice_id": "x"}),
        json!({"sms_campaign_id": "c"}),
    ] {
        assert_eq!(a_number(bad.clone()), ["error SC-24"], "{bad}");
    }
    for good in [
        json!({"voice_type": "EST", "voice_id": "x"}),
        json!({"sms_service_plan_id": "p", "sms_campaign_id": "c"}),
    ] {
        assert_eq!(a_number(good.clone()), [""; 0], "{good}");
    }
}

#[test]
fn sc27_basic_is_for_tests() {
    assert_eq!(a_provider(json!({"auth_mode": "basic"})), ["warning SC-27"]);
    assert_eq!(a_provider(json!({"auth_mode": "oauth"})), [""; 0]);
    assert_eq!(
        a_provider(
            json!({"auth_mode": "basic", "base_url_overrides": {"numbers": "http://127.0.0.1:1"}})
        ),
        [""; 0]
    );
}

#[test]
fn sc28_secrets_are_no_literals() {
    let app = crate::app::App;
    let sparse = json!({"display_name": "a", "channel_credentials": [{"channel": "TELEGRAM", "telegram_credentials": {"token": "t"}}]});
    let step = |name: &str| Step::Attribute(name.into());
    let place = |name: &str| {
        at("channel_credentials")
            .then(Step::Index(0))
            .then(step("telegram_credentials"))
            .then(step(name))
    };
    let check = |literals| ids(&app.validate(&request("app", &app.schema(), &sparse, literals)));
    assert_eq!(check(vec![place("token")]), ["error SC-28"]);
    assert_eq!(check(vec![at("display_name")]), [""; 0]);
}

#[test]
fn values_that_are_none_of_a_list() {
    assert_eq!(
        an_app(json!({"processing_mode": "BOTH"})),
        ["error Invalid Value"]
    );
    assert_eq!(
        an_app(json!({"display_name": " "})),
        ["error Invalid Value"]
    );
    assert_eq!(a_number(json!({"type": "mobile"})), ["error Invalid Value"]);
    assert_eq!(
        a_number(json!({"region_code": "se"})),
        ["error Invalid Value"]
    );
    assert_eq!(
        a_number(json!({"capabilities": ["FAX"]})),
        ["error Invalid Value"]
    );
    assert_eq!(
        a_provider(json!({"base_url_overrides": {"sms.xx": "https://e"}})),
        ["error Unknown Service"]
    );
    let search = crate::numbers::AvailableNumbers;
    let sparse = json!({"region_code": "SE", "type": "MOBILE", "search_pattern": "MIDDLE"});
    assert_eq!(
        ids(&search.validate(&request("search", &search.schema(), &sparse, vec![]))),
        ["error Invalid Value"]
    );
}

#[test]
fn webhook_secrets() {
    for bad in ["short", "with spaces in it all", ""] {
        assert_eq!(
            a_webhook(json!({"secret": bad})),
            ["error Invalid Webhook Secret"],
            "{bad}"
        );
    }
    let written = json!({"secret": null, "secret_wo": "0123456789abcdef", "secret_wo_version": 1});
    assert_eq!(a_webhook(written.clone()), [""; 0]);
    assert_eq!(
        a_webhook(merged(written.clone(), &json!({"secret_wo_version": null}))),
        ["error Invalid Webhook Secret"]
    );
    assert_eq!(
        a_webhook(merged(written, &json!({"secret": "0123456789abcdef"}))),
        ["error Invalid Webhook Secret"]
    );
}

#[test]
fn sc25_secrets_of_number_callbacks() {
    let resource = crate::number_callbacks::NumberCallbacks;
    let judged = |sparse: Json| {
        ids(&resource.validate(&request("callbacks", &resource.schema(), &sparse, vec![])))
    };
    let good = "a-Z0".repeat(8);
    let long = "a-Z0".repeat(16);
    for bad in [
        &good[1..],
        &format!("{long}x"),
        &good.replace('-', "_"),
        &good.replace('-', " "),
    ] {
        assert_eq!(judged(json!({ "hmac_secret": bad })), ["error SC-25"]);
        let written = json!({ "hmac_secret_wo": bad, "hmac_secret_wo_version": 1 });
        assert_eq!(judged(written), ["error SC-25"]);
    }
    for passes in [&good, &long] {
        assert_eq!(judged(json!({ "hmac_secret": passes })), [""; 0]);
    }
    let both = json!({ "hmac_secret": good, "hmac_secret_wo": good, "hmac_secret_wo_version": 1 });
    for wrong in [both, json!({}), json!({ "hmac_secret_wo": good })] {
        assert_eq!(judged(wrong), ["error Invalid Callback Secret"]);
    }
}

/// The notes of the plan that makes an app with a channel.
fn notes_of(channel: &Json) -> Vec<String> {
    let schema = crate::app::App.schema();
    let sparse = json!({ "display_name": "a", "channel_credentials": [channel] });
    let config = config(&schema, &sparse);
    let request = trunkline_api::provider::PlanRequest {
        type_name: crate::app::APP.into(),
        prior: Value::null(schema.block.implied_type()),
        proposed: config.clone(),
        config,
        private: std::sync::Arc::from([]),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let provider = crate::provider();
    let planned = runtime.block_on(trunkline_api::Provider::plan(&provider, request));
    planned.notes.into_iter().map(|n| n.text).collect()
}

#[test]
fn sc29_sinch_is_told_the_number() {
    let sms = json!({"channel": "SMS", "static_bearer": {"claimed_identity": "p", "token": "t"}});
    let notes = notes_of(&sms);
    assert!(notes.iter().any(|n| n.starts_with("SC-29: ")), "{notes:?}");
    assert_eq!(notes_of(&line(0, true)), [""; 0]);
}
