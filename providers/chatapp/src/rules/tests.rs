//! Each rule about one object twice: a configuration that breaks only this rule, and the nearest that does not.

use serde_json::{Value as Json, json};
use trunkline_api::kit::{DataSource, Resource};
use trunkline_api::provider::Mode;
use trunkline_api::{Schema, Severity, Step, coerce, json::implied};
use trunkline_http::Rest;

use super::*;

/// `severity id` of each problem, in order; of those without a number the summary.
pub(super) fn ids(problems: &Diagnostics) -> Vec<String> {
    let id = |d: &Diagnostic| match d.detail.split_once(':') {
        Some((id, _)) if id.starts_with("AL") && id.len() == 4 => id.to_owned(),
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

/// The sparse JSON with changed members.
pub(super) fn merged(base: Json, change: &Json) -> Json {
    let mut base = base;
    for (name, value) in change.as_object().unwrap() {
        base[name] = value.clone();
    }
    base
}

pub(super) const CHANNEL_ID: &str = "cams-abc123";

pub(super) const NONE: [&str; 0] = [];

fn checked(
    resource: &dyn Resource<crate::Client>,
    sparse: &Json,
    literals: Vec<Path>,
) -> Vec<String> {
    let request = ValidateRequest {
        mode: Mode::Managed,
        type_name: resource.type_name().into(),
        config: config(&resource.schema(), sparse),
        literals,
    };
    ids(&resource.validate(&request))
}

fn read(source: &dyn DataSource<crate::Client>, sparse: &Json) -> Vec<String> {
    let request = ValidateRequest {
        mode: Mode::Data,
        type_name: source.type_name().into(),
        config: config(&source.schema(), sparse),
        literals: Vec::new(),
    };
    ids(&source.validate(&request))
}

fn a_provider(sparse: Json) -> Vec<String> {
    ids(&provider(&config(&crate::settings::schema(), &sparse)))
}

fn a_channel(change: Json) -> Vec<String> {
    let base = json!({"name": "n", "channel_type": "whatsapp"});
    checked(
        &Rest(crate::channel::Channel),
        &merged(base, &change),
        vec![],
    )
}

fn a_system(change: Json, literals: Vec<Path>) -> Vec<String> {
    let base = json!({"cust_space_id": CHANNEL_ID, "name": "ERP", "api_request_url": "https://erp.acme.test/chatapp"});
    let resource = Rest(crate::business_system::BusinessSystem);
    checked(&resource, &merged(base, &change), literals)
}

fn an_intent(change: Json) -> Vec<String> {
    let base =
        json!({"cust_space_id": CHANNEL_ID, "system_id": "s", "code": "order", "name": "Order"});
    checked(&Rest(crate::intent::Intent), &merged(base, &change), vec![])
}

fn a_webhook(change: Json) -> Vec<String> {
    let base = json!({"cust_space_id": CHANNEL_ID, "phone_number": "6580000001", "up_callback_url": "https://a.acme.test/in"});
    checked(
        &Rest(crate::phone_webhook::PhoneWebhook),
        &merged(base, &change),
        vec![],
    )
}

fn an_account_webhook(change: Json) -> Vec<String> {
    let base =
        json!({"cust_space_id": CHANNEL_ID, "status_callback_url": "https://a.acme.test/status"});
    checked(
        &Rest(crate::account_webhook::AccountWebhook),
        &merged(base, &change),
        vec![],
    )
}

fn otp(change: Json) -> Vec<String> {
    let base = json!({"cust_space_id": CHANNEL_ID, "enabled": true, "countries": ["SG"], "use_own_numbers": "?"});
    let base = merged(base, &change);
    let own = base["use_own_numbers"] == "?";
    let mut sparse = base.clone();
    if own {
        sparse.as_object_mut().unwrap().remove("use_own_numbers");
    }
    let resource = Rest(crate::otp_scheduling::OtpScheduling);
    let mut value = config(&resource.schema(), &sparse);
    if own {
        value = attrs::set(
            &value,
            "use_own_numbers",
            Value::unknown(trunkline_api::Type::Bool),
        );
    }
    let request = ValidateRequest {
        mode: Mode::Managed,
        type_name: "otp".into(),
        config: value,
        literals: vec![],
    };
    ids(&resource.validate(&request))
}

fn a_fallback(change: Json) -> Vec<String> {
    let base = json!({"cust_space_id": CHANNEL_ID, "fallback_id": "f-1"});
    read(&crate::fallback::Fallback, &merged(base, &change))
}

#[test]
fn al01_the_id_of_a_channel() {
    let sms = |id: &str| {
        let sparse = json!({"cust_space_id": id, "enabled": true});
        checked(&Rest(crate::sms_setting::SmsSetting), &sparse, vec![])
    };
    assert_eq!(sms("cams-abc 123"), ["error AL01"]);
    assert_eq!(sms(""), ["error AL01"]);
    assert_eq!(sms("cams-abc123"), NONE);
    assert_eq!(sms("channel-1"), ["warning AL01"]);
    assert_eq!(sms("12345"), ["warning AL01"]);
    assert_eq!(sms("293483938849493"), NONE);
    assert_eq!(sms("?"), NONE);
}

#[test]
fn al02_the_type_of_a_channel() {
    assert_eq!(a_channel(json!({"channel_type": "wechat"})), ["error AL02"]);
    assert_eq!(a_channel(json!({"channel_type": "WhatsApp"})), NONE);
    assert_eq!(
        a_channel(json!({"channel_type": "telegram"})),
        ["warning AL02"]
    );
    let lookup = |kind: &str| {
        read(
            &crate::channel::ChannelLookup,
            &json!({"name": "n", "channel_type": kind}),
        )
    };
    assert_eq!(lookup("wechat"), ["error AL02"]);
    assert_eq!(lookup("viber"), NONE);
}

#[test]
fn a_look_up_says_what_it_looks_for() {
    let lookup = |sparse: Json| read(&crate::channel::ChannelLookup, &sparse);
    assert_eq!(lookup(json!({"name": "n"})), ["error Channel Not Named"]);
    assert_eq!(lookup(json!({"instance_id": CHANNEL_ID})), NONE);
}

#[test]
fn al03_scheduling_has_countries() {
    assert_eq!(otp(json!({"countries": []})), ["error AL03"]);
    assert_eq!(otp(json!({"countries": null})), ["error AL03"]);
    assert_eq!(otp(json!({"countries": ["SG"]})), NONE);
    assert_eq!(otp(json!({"countries": ["sg"]})), ["error AL03"]);
    assert_eq!(otp(json!({"enabled": false, "countries": null})), NONE);
    assert_eq!(
        a_provider(json!({"otp_countries": ["Singapore"]})),
        ["error AL03"]
    );
    assert_eq!(a_provider(json!({"otp_countries": ["SG"]})), NONE);
}

#[test]
fn al04_what_own_numbers_cost_and_what_happens_without() {
    assert_eq!(otp(json!({"use_own_numbers": true})), ["warning AL04"]);
    assert_eq!(otp(json!({"use_own_numbers": false})), ["warning AL04"]);
    assert_eq!(otp(json!({"use_own_numbers": null})), ["warning AL04"]);
    assert_eq!(
        otp(json!({"enabled": false, "use_own_numbers": true})),
        NONE
    );
}

#[test]
fn al07_a_name_and_a_url_and_no_literal_signature() {
    assert_eq!(a_system(json!({"name": " "}), vec![]), ["error AL07"]);
    assert_eq!(
        a_system(json!({"api_request_url": ""}), vec![]),
        ["error AL07"]
    );
    assert_eq!(a_system(json!({}), vec![]), NONE);
    let written = json!({"signature_wo": "0123456789"});
    let literal = vec![at("signature_wo")];
    assert_eq!(a_system(written.clone(), literal), ["error AL07"]);
    assert_eq!(a_system(written, vec![]), NONE);
}

#[test]
fn al08_urls_that_the_service_can_call() {
    let system = |url: &str| a_system(json!({ "api_request_url": url }), vec![]);
    for wrong in [
        "erp.acme.test/x",
        "http://erp.acme.test/x",
        "https://erp.acme.test/x#y",
        "https://u:p@erp.acme.test/",
        "https://localhost/x",
        "https://127.0.0.1/x",
        "https://10.1.2.3/x",
        "https://[fd00::1]/x",
        "https://[::ffff:192.168.1.1]/x",
        "ftp://erp.acme.test/x",
    ] {
        assert_eq!(system(wrong), ["error AL08"], "{wrong}");
    }
    assert_eq!(system("https://erp.acme.test/x?y=z"), NONE);
    let webhook = |url: &str| a_webhook(json!({ "up_callback_url": url }));
    assert_eq!(webhook("http://a.acme.test/in"), ["warning AL08"]);
    assert_eq!(webhook("http://192.168.0.1/in"), ["error AL08"]);
    assert_eq!(webhook("https://a.acme.test/in"), NONE);
    let account = |url: &str| an_account_webhook(json!({ "status_callback_url": url }));
    assert_eq!(account("http://a.acme.test/in"), ["warning AL08"]);
    assert_eq!(account("https://a.acme.test/in"), NONE);
}

#[test]
fn al10_when_a_message_falls_back() {
    assert_eq!(a_fallback(json!({"duration_seconds": 59})), ["error AL10"]);
    assert_eq!(a_fallback(json!({"duration_seconds": 60})), NONE);
    assert_eq!(
        a_fallback(json!({"duration_seconds": 43201})),
        ["error AL10"]
    );
    assert_eq!(a_fallback(json!({"duration_seconds": 43200})), NONE);
    assert_eq!(a_fallback(json!({"rule": "failed"})), ["error AL10"]);
    assert_eq!(a_fallback(json!({"rule": "sentFailed"})), NONE);
}

#[test]
fn al11_webhooks_lead_somewhere() {
    assert_eq!(a_webhook(json!({"http_enabled": false})), ["error AL11"]);
    assert_eq!(
        a_webhook(json!({"http_enabled": false, "queue_enabled": true})),
        NONE
    );
    assert_eq!(a_webhook(json!({"up_callback_url": null})), ["error AL11"]);
    assert_eq!(
        a_webhook(json!({"up_callback_url": null, "status_callback_url": "https://a.acme.test/s"})),
        NONE
    );
    assert_eq!(
        a_webhook(json!({"phone_number": "+6580000001"})),
        ["error AL11"]
    );
    assert_eq!(
        a_webhook(json!({"phone_number": "1234567"})),
        ["error AL11"]
    );
    assert_eq!(a_webhook(json!({"phone_number": "12345678"})), NONE);
    assert_eq!(
        an_account_webhook(json!({"status_callback_url": null})),
        ["error AL11"]
    );
    assert_eq!(
        an_account_webhook(
            json!({"status_callback_url": null, "http_enabled": false, "queue_enabled": true})
        ),
        NONE
    );
}

#[test]
fn al20_pages_begin_at_one() {
    let list = |change: Json| {
        read(
            &crate::templates::Templates,
            &merged(json!({"cust_space_id": CHANNEL_ID}), &change),
        )
    };
    assert_eq!(list(json!({"page_index": 0})), ["error AL20"]);
    assert_eq!(list(json!({"page_size": 0})), ["error AL20"]);
    assert_eq!(list(json!({"page_index": 1, "page_size": 1})), NONE);
    assert_eq!(a_provider(json!({"page_size": 0})), ["error AL20"]);
    assert_eq!(a_provider(json!({"page_size": 20})), NONE);
}

#[test]
fn al21_the_region() {
    assert_eq!(
        a_provider(json!({"region": "eu-central-1"})),
        ["error AL21"]
    );
    assert_eq!(a_provider(json!({"region": "ap-southeast-1"})), NONE);
    assert_eq!(
        a_provider(json!({"region": "eu-central-1", "endpoint": "https://cams.acme.test"})),
        NONE
    );
}

#[test]
fn settings_of_the_provider_are_known_ones() {
    assert_eq!(a_provider(json!({"mode": "auto"})), ["error Invalid Value"]);
    assert_eq!(
        a_provider(json!({"modes": {"sms": "api"}})),
        ["error Unknown Name"]
    );
    assert_eq!(
        a_provider(json!({"modes": {"sms_setting": "auto"}})),
        ["error Invalid Value"]
    );
    assert_eq!(
        a_provider(json!({"action_names": {"QueryInstance": "X"}})),
        ["error Unknown Name"]
    );
    assert_eq!(
        a_provider(
            json!({"mode": "api", "modes": {"sms_setting": "manual"}, "action_names": {"GetSmsSetting": "X"}})
        ),
        NONE
    );
}

#[test]
fn forms_of_intents_and_names() {
    assert_eq!(
        an_intent(json!({"code": "1x"})),
        ["error Invalid Intent Code"]
    );
    assert_eq!(
        an_intent(json!({"code": "x".repeat(65)})),
        ["error Invalid Intent Code"]
    );
    assert_eq!(an_intent(json!({"code": "x_1.y-2"})), NONE);
    assert_eq!(
        an_intent(json!({"default_data": "{\"a\": }"})),
        ["error Invalid Intent Data"]
    );
    assert_eq!(an_intent(json!({"default_data": "{\"a\": 1}"})), NONE);
    assert_eq!(
        an_intent(json!({"default_data": "x".repeat(2049)})),
        ["error Invalid Intent Data"]
    );
    assert_eq!(
        an_intent(json!({"name": "x".repeat(65)})),
        ["error Text Too Long"]
    );
    assert_eq!(
        a_system(json!({"remarks": "x".repeat(257)}), vec![]),
        ["error Text Too Long"]
    );
    assert_eq!(a_system(json!({"remarks": "x".repeat(256)}), vec![]), NONE);
}

#[test]
fn paths_lead_to_the_attribute() {
    let sparse = json!({"cust_space_id": CHANNEL_ID, "enabled": true, "countries": []});
    let found = one::al03(&config(
        &Resource::schema(&Rest(crate::otp_scheduling::OtpScheduling)),
        &sparse,
    ));
    let place = found[0].attribute.as_ref().unwrap();
    assert_eq!(place.0, [Step::Attribute("countries".into())]);
}
