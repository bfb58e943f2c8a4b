//! Each rule about templates twice: one that breaks only this rule, and the nearest that does not.

use serde_json::{Value as Json, json};
use trunkline_api::kit::Resource;
use trunkline_http::Rest;

use super::tests::{CHANNEL_ID, NONE, config, ids, merged};

fn a_template(change: Json) -> Vec<String> {
    let base = json!({
        "cust_space_id": CHANNEL_ID, "name": "hello", "language": "en", "category": "UTILITY", "template_type": "WHATSAPP",
        "component": [{"type": "BODY", "text": "Hi"}],
    });
    let schema = Rest(crate::template::Template).schema();
    ids(&super::template(&config(&schema, &merged(base, &change))))
}

/// A template of WhatsApp with this component beside its body.
fn with(component: Json) -> Vec<String> {
    a_template(json!({"component": [{"type": "BODY", "text": "Hi"}, component]}))
}

fn buttons(kinds: &[&str]) -> Json {
    let button = |kind: &&str| json!({"type": kind, "text": "Go"});
    json!({"type": "BUTTONS", "button": kinds.iter().map(button).collect::<Vec<_>>()})
}

/// A template for authentication with this button.
fn auth(button: Json) -> Vec<String> {
    let button = json!({"type": "BUTTONS", "button": [button]});
    a_template(json!({"category": "AUTHENTICATION", "component": [{"type": "BODY"}, button]}))
}

fn viber(components: Json) -> Vec<String> {
    a_template(json!({"template_type": "VIBER", "component": components}))
}

#[test]
fn al13_what_every_template_has() {
    assert_eq!(a_template(json!({"category": "SALES"})), ["error AL13"]);
    assert_eq!(a_template(json!({"template_type": "LINE"})), ["error AL13"]);
    assert_eq!(a_template(json!({"name": ""})), ["error AL13"]);
    assert_eq!(a_template(json!({"language": ""})), ["error AL13"]);
    assert_eq!(a_template(json!({"component": []})), ["error AL13"]);
    assert_eq!(a_template(json!({"category": "MARKETING"})), NONE);
    assert_eq!(a_template(json!({"category": "?"})), NONE);
}

#[test]
fn al14_lengths() {
    let body =
        |n: usize| a_template(json!({"component": [{"type": "BODY", "text": "ü".repeat(n)}]}));
    assert_eq!(body(1025), ["error AL14"]);
    assert_eq!(body(1024), NONE);
    for kind in ["HEADER", "FOOTER"] {
        assert_eq!(
            with(json!({"type": kind, "text": "x".repeat(61)})),
            ["error AL14"],
            "{kind}"
        );
        assert_eq!(
            with(json!({"type": kind, "text": "x".repeat(60)})),
            NONE,
            "{kind}"
        );
    }
}

#[test]
fn al14_buttons() {
    assert_eq!(with(buttons(&["QUICK_REPLY"; 11])), ["error AL14"]);
    assert_eq!(with(buttons(&["QUICK_REPLY"; 10])), NONE);
    assert_eq!(with(buttons(&["PHONE_NUMBER"; 2])), ["error AL14"]);
    assert_eq!(with(buttons(&["PHONE_NUMBER", "URL", "URL"])), NONE);
    assert_eq!(with(buttons(&["URL"; 3])), ["error AL14"]);
    assert_eq!(with(buttons(&["QUICK_REPLY", "URL"])), ["error AL14"]);
    let card = |n: usize| {
        with(
            json!({"type": "CAROUSEL", "card": [{"component": [buttons(&vec!["QUICK_REPLY"; n])]}]}),
        )
    };
    assert_eq!(card(3), ["error AL14"]);
    assert_eq!(card(2), NONE);
}

#[test]
fn al15_authentication() {
    let copy = json!({"type": "COPY_CODE", "text": "Copy"});
    assert_eq!(auth(copy.clone()), NONE);
    assert_eq!(auth(json!({"type": "COPY_CODE"})), ["error AL15"]);
    assert_eq!(auth(json!({"type": "URL", "text": "Go"})), ["error AL15"]);
    let with = |component: Json| {
        let button = json!({"type": "BUTTONS", "button": [copy]});
        a_template(json!({"category": "AUTHENTICATION", "component": [component, button]}))
    };
    assert_eq!(with(json!({"type": "HEADER", "text": "x"})), ["error AL15"]);
    assert_eq!(with(json!({"type": "BODY", "text": "x"})), ["error AL15"]);
    assert_eq!(
        with(json!({"type": "FOOTER", "code_expiration_minutes": 5})),
        NONE
    );
    assert_eq!(
        a_template(json!({"category": "AUTHENTICATION", "component": [{"type": "BODY"}]})),
        ["error AL15"]
    );
    let tap = |kind: &str, without: &str| {
        let mut button = json!({"type": kind, "text": "Copy", "autofill_text": "Fill", "package_name": "p", "signature_hash": "h"});
        button.as_object_mut().unwrap().remove(without);
        auth(button)
    };
    for (kind, without) in [
        ("ONE_TAP", "text"),
        ("ONE_TAP", "autofill_text"),
        ("ONE_TAP", "package_name"),
        ("ZERO_TAP", "signature_hash"),
    ] {
        assert_eq!(
            tap(kind, without),
            ["error AL15"],
            "{kind} without {without}"
        );
    }
    assert_eq!(tap("ONE_TAP", ""), NONE);
    assert_eq!(tap("ZERO_TAP", "text"), NONE);
    let app = json!([{"package_name": "p", "signature_hash": "h"}]);
    assert_eq!(
        auth(json!({"type": "ONE_TAP", "text": "c", "autofill_text": "f", "supported_app": app})),
        NONE
    );
}

#[test]
fn al16_time_to_live() {
    let ttl = |category: &str, n: i64| {
        a_template(json!({"category": category, "message_send_ttl_seconds": n}))
    };
    let auth = |n: i64| {
        let found = ttl("AUTHENTICATION", n);
        // Its body and buttons are not those of an authentication template.
        found
            .into_iter()
            .filter(|id| id != "error AL15")
            .collect::<Vec<_>>()
    };
    assert_eq!(auth(901), ["error AL16"]);
    assert_eq!(auth(900), NONE);
    assert_eq!(auth(29), ["error AL16"]);
    assert_eq!(ttl("UTILITY", 43201), ["error AL16"]);
    assert_eq!(ttl("UTILITY", 43200), NONE);
    assert_eq!(ttl("MARKETING", 60), ["error AL16"]);
    assert_eq!(a_template(json!({"category": "MARKETING"})), NONE);
}

#[test]
fn al17_viber() {
    let body = json!({"type": "BODY", "text": "x"});
    assert_eq!(viber(json!([body, buttons(&["URL"])])), NONE);
    assert_eq!(
        viber(json!([body, buttons(&["URL", "URL"])])),
        ["error AL17"]
    );
    assert_eq!(
        viber(json!([body, buttons(&["QUICK_REPLY"])])),
        ["error AL17"]
    );
    for kind in ["FOOTER", "CAROUSEL", "LIMITED_TIME_OFFER"] {
        assert_eq!(
            viber(json!([body, {"type": kind}])),
            ["error AL17"],
            "{kind}"
        );
    }
    assert_eq!(
        viber(json!([body, {"type": "HEADER", "format": "VIDEO", "duration_seconds": 601}])),
        ["error AL17"]
    );
    assert_eq!(
        viber(json!([body, {"type": "HEADER", "format": "VIDEO", "duration_seconds": 600}])),
        NONE
    );
}

#[test]
fn al18_variables() {
    assert_eq!(
        with(json!({"type": "FOOTER", "text": "$(a)"})),
        ["error AL18"]
    );
    assert_eq!(with(json!({"type": "FOOTER", "text": "$ a"})), NONE);
    assert_eq!(
        with(json!({"type": "HEADER", "text": "$(a) $(b)"})),
        ["error AL18"]
    );
    assert_eq!(with(json!({"type": "HEADER", "text": "$(a)"})), NONE);
    let button = |change: Json| {
        let base = json!({"type": "URL", "text": "Go", "url": "https://a.test/x"});
        with(json!({"type": "BUTTONS", "button": [merged(base, &change)]}))
    };
    assert_eq!(button(json!({"text": "$(a)"})), ["error AL18"]);
    assert_eq!(
        button(json!({"url": "https://a.test/$(a)/$(b)"})),
        ["error AL18"]
    );
    assert_eq!(button(json!({"url": "https://a.test/$(a)"})), NONE);
}

#[test]
fn al19_coupon_codes() {
    let coupon = |code: &str| {
        with(json!({"type": "BUTTONS", "button": [{"type": "COPY_CODE", "coupon_code": code}]}))
    };
    assert_eq!(coupon("SAVE-10"), ["error AL19"]);
    assert_eq!(coupon("SAVE10"), NONE);
    assert_eq!(coupon("$(code)"), NONE);
}
