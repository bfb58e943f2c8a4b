//! Rules about sender ids and custom headers: DC17–DC26.

use super::*;

#[test]
fn dc17_section_names() {
    for wrong in ["SMS Main", "SMS_1", "chat.", "SMS.Main"] {
        assert_eq!(sender(json!({"name": wrong})), ["DC17 error"], "{wrong}");
    }
    assert_eq!(
        sender(json!({"name": "chat.SMS_Main-Corporate"})),
        nothing()
    );
}

#[test]
fn dc18_sections_and_ids_once() {
    let campaign = |change: Json| {
        move |o: &mut Vec<DeclaredObject>| set(o, "digitalchannels_sender_id.campaign", change)
    };
    assert_eq!(
        all(campaign(json!({"name": "chat.SMS_Main"}))),
        ["DC18 error"]
    );
    assert_eq!(
        all(campaign(json!({"sender_id": "8005550123"}))),
        ["DC18 error"]
    );
    assert_eq!(all(campaign(json!({"name": "chat.SMS_main"}))), nothing());
}

#[test]
fn dc19_sender_ids() {
    for wrong in ["+18005550123", "18005550123", "165041", "800-555-0123", ""] {
        assert_eq!(
            sender(json!({"sender_id": wrong})),
            ["DC19 error"],
            "{wrong}"
        );
    }
    assert_eq!(sender(json!({"sender_id": "16504"})), nothing());
}

#[test]
fn dc20_constants() {
    let extra = |extra: Json| sender(json!({"extra_options": extra}));
    assert_eq!(extra(json!({"media": "Chat"})), ["DC20 error"]);
    assert_eq!(extra(json!({"interactionsubtype": "SMS"})), ["DC20 error"]);
    assert_eq!(extra(json!({"channelId": "16504"})), ["DC20 error"]);
    assert_eq!(extra(json!({"media": "chat", "note": "x"})), nothing());
}

#[test]
fn dc21_endpoints() {
    assert_eq!(sender(json!({"designer_endpoint": ""})), ["DC21 error"]);
    assert_eq!(
        sender(json!({"designer_endpoint": "Main Menu"})),
        ["DC21 error"]
    );
    assert_eq!(
        sender(json!({"designer_endpoint": "chat.Main"})),
        ["DC21 warning"]
    );
    assert_eq!(sender(json!({"designer_endpoint": "Main"})), nothing());
}

#[test]
fn dc22_cxc_only() {
    assert_eq!(
        sender(json!({"extra_options": {"cxcOnly": "yes"}})),
        ["DC22 error"]
    );
    assert_eq!(
        sender(json!({"extra_options": {"cxcOnly": "True"}})),
        nothing()
    );
}

#[test]
fn dc23_sender_ids_stand_on_something() {
    let asynchronous = |id: &'static str| {
        move |o: &mut Vec<DeclaredObject>| {
            set(
                o,
                "digitalchannels_sender_id.campaign",
                json!({"sms_provider": "Async"}),
            );
            let channels = json!({"channel": [channel(json!({"channel_id": id}))]});
            o.push(declare("digitalchannels_service_async.this", channels));
        }
    };
    assert_eq!(all(asynchronous("16505")), ["DC23 error"]);
    assert_eq!(all(asynchronous("16504")), nothing());
    let kaleyra = |o: &mut Vec<DeclaredObject>| {
        set(
            o,
            "digitalchannels_sender_id.campaign",
            json!({"sms_provider": "mGage"}),
        )
    };
    assert_eq!(all(kaleyra), ["DC23 error"]);
    let unordered = |o: &mut Vec<DeclaredObject>| remove(o, "genesyscloud_tollfree_number.main");
    assert_eq!(all(unordered), ["DC23 warning"]);
    let referred = |o: &mut Vec<DeclaredObject>| {
        unordered(o);
        let main = o
            .iter_mut()
            .find(|o| o.address == "digitalchannels_sender_id.main")
            .unwrap();
        main.references.push((
            "sender_id".into(),
            "genesyscloud_tollfree_number.other".into(),
            "number".into(),
        ));
    };
    assert_eq!(all(referred), nothing());
}

#[test]
fn dc24_default_provider() {
    let scenario = |provider: Json| {
        let objects = [
            declare(
                "provider.digitalchannels",
                json!({"existing_services": ["mGageSMS", "PurecloudIDP", "PorticoSMS"]}),
            ),
            declare(
                "digitalchannels_service_sms.this",
                json!({"sms_provider": "mGage"}),
            ),
            declare(
                "digitalchannels_sender_id.x",
                json!({"sms_provider": provider, "number_acknowledged": true}),
            ),
        ];
        ids(between(&objects))
    };
    assert_eq!(scenario(json!(null)), ["DC24 warning"]);
    assert_eq!(scenario(json!("Portico")), nothing());
    assert_eq!(scenario(json!("mGage")), nothing());
}

fn headers(headers: Json) -> Vec<String> {
    one(PROVIDER_OPTIONS, json!({"headers": headers}), json!({}))
}

#[test]
fn dc25_custom_headers() {
    for wrong in [
        json!({"header:x": "1"}),
        json!({"two words": "1"}),
        json!({"host": "1"}),
        json!({"x": "a\nb"}),
        json!({"x": "${token}"}),
    ] {
        assert_eq!(headers(wrong.clone()), ["DC25 error"], "{wrong}");
    }
    assert_eq!(
        headers(json!({"custom-header-for-async-1": "12345", "x!#$%&'*+.^_`|~": "a b"})),
        nothing()
    );
}

#[test]
fn dc26_headers_belong_to_async() {
    let section = |section: &str| one(PROVIDER_OPTIONS, json!({"section": section}), json!({}));
    assert_eq!(section("mGage"), ["DC26 error"]);
    assert_eq!(section("chat.Main"), ["DC26 error"]);
    assert_eq!(section("MyGateway"), nothing());
    assert_eq!(
        sender(json!({"extra_options": {"header:x": "1"}})),
        ["DC26 error"]
    );
    assert_eq!(
        sender(json!({"extra_options": {"headers": "1"}})),
        nothing()
    );
    let lonely = |existing: Json| {
        let objects = [
            declare(
                "provider.digitalchannels",
                json!({"existing_services": existing}),
            ),
            declare("digitalchannels_provider_options.x", json!({})),
        ];
        ids(between(&objects))
    };
    assert_eq!(lonely(json!([])), ["DC26 error"]);
    assert_eq!(lonely(json!(["Async"])), nothing());
}
