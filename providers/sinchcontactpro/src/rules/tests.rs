//! Each rule about one object twice: a configuration that breaks only this rule, and the nearest that does not.

use serde_json::{Value as Json, json};
use trunkline_api::provider::{Mode, ValidateRequest};
use trunkline_api::{Diagnostics, Path, Severity, coerce, json::implied, path::Step};
use trunkline_http::Calls;

use crate::Connection;
use crate::messaging_service::MessagingService;
use crate::queue_address::QueueAddress;
use crate::right::MessagingServiceRight;
use crate::user::User;

const APP: &str = "01EB17K24DRDHH07FVSSG00WEN";

/// `severity id` of each problem, in order.
pub(super) fn ids(problems: &Diagnostics) -> Vec<String> {
    let id = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
    let of = |p: &trunkline_api::Diagnostic| match p.severity {
        Severity::Error => format!("error {}", id(&p.detail)),
        Severity::Warning => format!("warning {}", id(&p.detail)),
    };
    problems.iter().map(of).collect()
}

fn check(resource: &impl Calls<Connection>, config: &Json, literals: Vec<Path>) -> Vec<String> {
    let request = ValidateRequest {
        mode: Mode::Managed,
        type_name: resource.type_name().into(),
        config: coerce::conform(&implied(config), &resource.schema().block).unwrap(),
        literals,
    };
    ids(&resource.validate(&request))
}

/// A Conversation API service that breaks no rule.
fn conversation() -> Json {
    json!({
        "name": "conv-eu", "type": "sinchconversation",
        "service_connection": "https://eu.conversation.api.sinch.com/v1/projects/p1/messages:send",
        "authentication": [
            { "authentication_id": format!("key@{APP}"), "secret": "s" },
            { "authentication_id": "webhook", "secret": "w", "triggers": ["MESSAGE_DELIVERY", "MESSAGE_INBOUND"] },
        ],
    })
}

/// A service of another type with these ids.
fn service(service_type: &str, ids: &[&str]) -> Json {
    let entries: Vec<Json> = ids
        .iter()
        .map(|id| json!({ "authentication_id": id, "secret": "s" }))
        .collect();
    json!({ "name": "s", "type": service_type, "service_connection": "https://x.test/send", "authentication": entries })
}

fn broken(change: impl Fn(&mut Json)) -> Vec<String> {
    let mut config = conversation();
    change(&mut config);
    check(&MessagingService, &config, Vec::new())
}

fn of_type(service_type: &str, ids: &[&str]) -> Vec<String> {
    check(&MessagingService, &service(service_type, ids), Vec::new())
}

const NONE: [&str; 0] = [];

#[test]
fn what_the_seed_shows_breaks_no_rule() {
    assert_eq!(broken(|_| {}), NONE);
}

#[test]
fn cp01_types() {
    for retired in ["twilio", "sap365", "social365", "Twilio"] {
        assert_eq!(of_type(retired, &["user"]), ["error CP-01"], "{retired}");
    }
    assert_eq!(of_type("teams", &["user"]), ["error CP-01"]);
    for (good, id) in [
        ("microsoft_teams", "bot@acme.test"),
        ("facebook", "1234567890"),
        ("c4semail", "user"),
        ("c4semailv2", "user"),
        ("sinchsms", "plan1"),
        ("wavy", "user"),
        ("Wavy", "user"),
    ] {
        assert_eq!(of_type(good, &[id]), NONE, "{good}");
    }
}

#[test]
fn cp01_says_what_became_of_a_retired_type() {
    let request = ValidateRequest {
        mode: Mode::Managed,
        type_name: "sinchcontactpro_messaging_service".into(),
        config: coerce::conform(
            &implied(&service("twilio", &["u"])),
            &Calls::<Connection>::schema(&MessagingService).block,
        )
        .unwrap(),
        literals: Vec::new(),
    };
    let problems = MessagingService.validate(&request);
    assert_eq!(
        problems[0].detail,
        "CP-01: the messaging service type twilio is no longer supported. Use one of microsoft_teams, facebook, c4semail, c4semailv2, sinchconversation, sinchsms, wavy."
    );
}

#[test]
fn cp02_name_and_url() {
    assert_eq!(broken(|c| c["name"] = json!(" ")), ["error CP-02"]);
    assert_eq!(
        broken(|c| c["name"] = json!("x".repeat(401))),
        ["error CP-02"]
    );
    assert_eq!(broken(|c| c["name"] = json!("x".repeat(400))), NONE);
    for bad in [
        "x.test/send",
        "http://x.test/send",
        "https:///send",
        "https://x y.test",
    ] {
        let mut config = service("wavy", &["u"]);
        config["service_connection"] = json!(bad);
        assert_eq!(
            check(&MessagingService, &config, Vec::new()),
            ["error CP-02"],
            "{bad}"
        );
    }
}

#[test]
fn cp03_what_is_not_applicable() {
    for name in ["authentication_url", "authentication_scope"] {
        assert_eq!(
            broken(|c| c[name] = json!("https://x.test")),
            ["error CP-03"]
        );
        assert_eq!(broken(|c| c[name] = json!("")), NONE);
    }
}

#[test]
fn cp04_service_connection() {
    let good = "https://us.conversation.api.sinch.com/v1/projects/p1/messages:send";
    assert_eq!(broken(|c| c["service_connection"] = json!(good)), NONE);
    for (from, to) in [
        ("us.", "na."),
        ("us.", "br."),
        ("/v1/", "/v1beta/"),
        (":send", ":send/"),
        (":send", ":send?x=1"),
        (".com", ".com:443"),
        ("/p1/", "//"),
        ("/p1/", "/p1/p2/"),
    ] {
        let bad = good.replace(from, to);
        assert_eq!(
            broken(|c| c["service_connection"] = json!(bad)),
            ["error CP-04"],
            "{bad}"
        );
    }
}

#[test]
fn cp05_cp06_cp07_outgoing_ids() {
    let with = |id: &str| broken(|c| c["authentication"][0]["authentication_id"] = json!(id));
    for bad in ["key", "@01EB", "key@", "k@y@01EB", "k ey@01EB", "key@01-EB"] {
        assert_eq!(with(bad), ["error CP-05"], "{bad}");
    }
    assert_eq!(
        with(&format!("key@{}", APP.to_lowercase())),
        ["error CP-06"]
    );
    // The seed's example, with 18 characters and an O.
    assert_eq!(with("key@01E4556565565ERKYO"), ["warning CP-07"]);
    assert_eq!(with(&format!("key@{APP}")), NONE);
}

#[test]
fn cp08_separate_entries() {
    let with = |at: usize, direction: &str| {
        broken(|c| c["authentication"][at]["direction"] = json!(direction))
    };
    let incoming = broken(|c| {
        let entry = json!({ "authentication_id": "other", "secret": "s", "direction": "INCOMING" });
        c["authentication"].as_array_mut().unwrap().push(entry);
    });
    assert_eq!(incoming, ["error CP-08"]);
    assert_eq!(with(0, "outgoing"), ["error CP-08"]);
    assert_eq!(with(0, "OUTGOING"), NONE);
    assert_eq!(with(1, "INCOMING"), NONE);
    assert_eq!(of_type("wavy", &["webhook"]), ["error CP-08"]);
    assert_eq!(of_type("wavy", &["webhooks"]), NONE);
}

#[test]
fn cp09_cp10_one_webhook_entry() {
    let again = broken(|c| {
        let webhook = c["authentication"][1].clone();
        c["authentication"].as_array_mut().unwrap().push(webhook);
    });
    assert_eq!(again, ["error CP-09"]);
    let without = broken(|c| drop(c["authentication"].as_array_mut().unwrap().pop()));
    assert_eq!(without, ["warning CP-10"]);
}

#[test]
fn cp14_triggers() {
    let with = |at: usize, triggers: Json| {
        broken(|c| c["authentication"][at]["triggers"] = triggers.clone())
    };
    assert_eq!(with(0, json!(["MESSAGE_INBOUND"])), ["error CP-14"]);
    assert_eq!(with(1, json!(["MESSAGE_SUBMIT"])), ["error CP-14"]);
    assert_eq!(with(1, json!([])), ["warning CP-14"]);
    assert_eq!(with(1, json!(null)), ["warning CP-14"]);
    assert_eq!(with(1, json!(["MESSAGE_INBOUND"])), NONE);
}

#[test]
fn cp26_teams() {
    assert_eq!(of_type("microsoft_teams", &["bot"]), ["error CP-26"]);
    assert_eq!(
        of_type(
            "microsoft_teams",
            &["0f8fad5b-d9cb-469f-a165-70867728950e", "bot@acme.test"]
        ),
        NONE
    );
}

#[test]
fn cp27_ids_and_counts() {
    let two_people = ["a@acme.test", "b@acme.test"];
    assert_eq!(of_type("microsoft_teams", &two_people), ["error CP-27"]);
    assert_eq!(of_type("facebook", &["page"]), ["error CP-27"]);
    assert_eq!(of_type("facebook", &["12", "12"]), ["error CP-27"]);
    assert_eq!(of_type("facebook", &["12", "13"]), NONE);
    assert_eq!(of_type("sinchsms", &["a@b.test"]), ["error CP-27"]);
    for one in ["c4semail", "c4semailv2", "sinchsms", "wavy"] {
        assert_eq!(of_type(one, &["a", "b"]), ["error CP-27"], "{one}");
        assert_eq!(of_type(one, &["a"]), NONE, "{one}");
    }
    let only_webhook = broken(|c| drop(c["authentication"].as_array_mut().unwrap().remove(0)));
    assert_eq!(only_webhook, ["error CP-27"]);
}

#[test]
fn cp27_the_plan_of_the_url() {
    let with = |plan: &str| {
        let mut config = service("sinchsms", &["plan1"]);
        config["service_connection"] = json!(format!(
            "https://eu.sms.api.sinch.com/xms/v1/{plan}/batches"
        ));
        check(&MessagingService, &config, Vec::new())
    };
    assert_eq!(with("plan2"), ["error CP-27"]);
    assert_eq!(with("plan1"), NONE);
}

#[test]
fn cp28_secrets_in_clear() {
    let secret = Path(vec![
        Step::Attribute("authentication".into()),
        Step::Index(0),
        Step::Attribute("secret".into()),
    ]);
    let name = Path::attribute("name");
    assert_eq!(
        check(
            &MessagingService,
            &conversation(),
            vec![name.clone(), secret]
        ),
        ["error CP-28"]
    );
    assert_eq!(check(&MessagingService, &conversation(), vec![name]), NONE);
    assert_eq!(
        check(&User, &user(), vec![Path::attribute("password")]),
        ["error CP-28"]
    );
}

fn user() -> Json {
    json!({ "first_name": "SMS", "last_name": "Sender", "login": "sms.sender", "password": "Secret-123" })
}

#[test]
fn cp21_mandatory_settings() {
    for name in ["first_name", "last_name", "login", "password"] {
        let mut config = user();
        config[name] = json!("");
        assert_eq!(check(&User, &config, Vec::new()), ["error CP-21"], "{name}");
    }
    assert_eq!(check(&User, &user(), Vec::new()), NONE);
}

#[test]
fn cp23_the_form_of_a_right() {
    let right = |more: Json| {
        let mut config = json!({ "user_id": "u" });
        config
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        check(&MessagingServiceRight, &config, Vec::new())
    };
    assert_eq!(right(json!({})), ["error CP-23"]);
    assert_eq!(
        right(json!({ "role_id": "r", "messaging_service_id": "*" })),
        ["error CP-23"]
    );
    assert_eq!(right(json!({ "role_id": "r" })), NONE);
    assert_eq!(right(json!({ "messaging_service_id": "*" })), NONE);
}

fn address(address: &str, more: Json) -> Vec<String> {
    let mut config = json!({ "queue_id": "q", "address": address });
    config
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    check(&QueueAddress, &config, Vec::new())
}

#[test]
fn cp16_addresses() {
    for (subchannel, _) in crate::names::SUBCHANNELS
        .iter()
        .filter(|(name, _)| *name != "sms")
    {
        let good = format!("{APP}@{subchannel}.sinchconversation.com");
        assert_eq!(address(&good, json!({})), NONE, "{good}");
    }
    for bad in [
        "@line.sinchconversation.com",
        "01-X@line.sinchconversation.com",
    ] {
        assert_eq!(address(bad, json!({})), ["error CP-16"], "{bad}");
    }
    for bad in [
        "line",
        "mms.sinchconversation.com",
        "line.sinchconversation.com.test",
        "LINE.sinchconversation.com",
    ] {
        assert_eq!(
            address(&format!("{APP}@{bad}"), json!({})),
            ["error CP-16"],
            "{bad}"
        );
    }
    let small = format!("{}@line.sinchconversation.com", APP.to_lowercase());
    assert_eq!(address(&small, json!({})), ["error CP-06"]);
    assert_eq!(
        address(
            "01E4556565565ERKYO@whatsapp.sinchconversation.com",
            json!({})
        ),
        ["warning CP-07"]
    );
}

#[test]
fn cp19_sender_ids() {
    let sms = format!("{APP}@sms.sinchconversation.com");
    let us = json!({ "phone_number": "+12125550123" });
    assert_eq!(address(&sms, us), ["error CP-19"]);
    let us = json!({ "phone_number": "+12125550123", "sms_sender_id": "12125550123" });
    assert_eq!(address(&sms, us), NONE);
    assert_eq!(
        address(&sms, json!({ "phone_number": "+46701234567" })),
        NONE
    );
    assert_eq!(address(&sms, json!({})), ["warning CP-19"]);
    let line = format!("{APP}@line.sinchconversation.com");
    assert_eq!(
        address(&line, json!({ "sms_sender_id": "1" })),
        ["warning CP-19"]
    );
}

#[test]
fn cp20_is_said_by_the_plan_of_an_sms_address() {
    use trunkline_api::Provider;
    let provider = crate::provider();
    let notes = |address: &str| {
        let block = &provider.schema().resources["sinchcontactpro_queue_address"].block;
        let config = json!({ "queue_id": "q", "address": address });
        let config = coerce::conform(&implied(&config), block).unwrap();
        let request = trunkline_api::provider::PlanRequest {
            type_name: "sinchcontactpro_queue_address".into(),
            prior: coerce::null_object(block),
            proposed: config.clone(),
            config,
            private: std::sync::Arc::from([]),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let plan = runtime.block_on(provider.plan(request));
        plan.notes
            .iter()
            .filter(|n| n.text.starts_with("CP-20"))
            .count()
    };
    assert_eq!(notes(&format!("{APP}@sms.sinchconversation.com")), 1);
    assert_eq!(notes(&format!("{APP}@line.sinchconversation.com")), 0);
}
