//! Rules about services: DC04–DC16 and DC33.

use super::*;

#[test]
fn dc04_service_names() {
    assert_eq!(
        one(SERVICE, json!({"name": "sms"}), json!({})),
        ["DC04 warning"]
    );
    assert_eq!(
        one(
            SERVICE,
            json!({"name": "PorticoSMS", "url": "https://api.mypurecloud.com"}),
            json!({})
        ),
        nothing()
    );
}

#[test]
fn dc05_one_service_of_a_name() {
    let again = |name: &'static str| {
        move |o: &mut Vec<DeclaredObject>| {
            o.push(declare(
                "digitalchannels_service.again",
                json!({"name": name, "url": "https://api.mypurecloud.com"}),
            ))
        }
    };
    assert_eq!(all(again("PorticoSMS")), ["DC05 error"]);
    assert_eq!(all(again("porticosms")), nothing());
}

#[test]
fn dc06_sms_names_one_gateway() {
    assert_eq!(one(SERVICE_SMS, json!({}), json!({})), ["DC06 error"]);
    assert_eq!(
        one(
            SERVICE_SMS,
            json!({"sms_provider": "mGage", "token_provider": "Purecloud"}),
            json!({})
        ),
        ["DC06 error"]
    );
    assert_eq!(
        one(SERVICE_SMS, json!({"sms_provider": "mGage"}), json!({})),
        nothing()
    );
    let generic = |url: &str| {
        one(
            SERVICE,
            json!({"name": "SMS", "url": url, "data": "{\"provider\":\"mGage\"}"}),
            json!({}),
        )
    };
    assert_eq!(generic("n/a"), ["DC06 error"]);
    assert_eq!(generic("N/A"), nothing());
}

#[test]
fn dc07_spelling() {
    assert_eq!(
        one(SERVICE_SMS, json!({"sms_provider": "mgage"}), json!({})),
        ["DC07 error"]
    );
    assert_eq!(
        one(SERVICE_SMS, json!({"sms_provider": "mGage"}), json!({})),
        nothing()
    );
    assert_eq!(
        one(
            SERVICE_SMS,
            json!({"token_provider": "PureCloud"}),
            json!({})
        ),
        ["DC07 error"]
    );
    assert_eq!(
        one(
            SERVICE_SMS,
            json!({"token_provider": "Purecloud"}),
            json!({})
        ),
        nothing()
    );
    assert_eq!(sender(json!({"sms_provider": "portico"})), ["DC07 error"]);
    assert_eq!(sender(json!({"sms_provider": "Portico"})), nothing());
}

#[test]
fn dc08_sms_needs_its_services() {
    let sms_only = |existing: Json| {
        let objects = [
            declare(
                "provider.digitalchannels",
                json!({"existing_services": existing}),
            ),
            declare(
                "digitalchannels_service_sms.this",
                json!({"sms_provider": "mGage"}),
            ),
        ];
        ids(between(&objects))
    };
    assert_eq!(sms_only(json!(null)), ["DC08 error"]);
    assert_eq!(sms_only(json!(["mGageSMS"])), nothing());
}

#[test]
fn dc09_kaleyra() {
    let kaleyra = |change: Json| {
        one(
            SERVICE_MGAGE_SMS,
            json!({"url": "https://directtext.mgage.com", "username": "u", "password": "p"}),
            change,
        )
    };
    assert_eq!(
        kaleyra(json!({"url": "directtext.mgage.com"})),
        ["DC09 error"]
    );
    assert_eq!(kaleyra(json!({"password": ""})), ["DC09 error"]);
    assert_eq!(
        kaleyra(json!({"url": "http://directtext.mgage.com"})),
        ["DC09 warning"]
    );
    assert_eq!(kaleyra(json!({})), nothing());
}

#[test]
fn dc10_channels_are_whole() {
    assert_eq!(channels(json!([])), ["DC10 error"]);
    assert_eq!(
        channels(json!([channel(json!({})), channel(json!({}))])),
        ["DC10 error"]
    );
    assert_eq!(
        channels(json!([channel(json!({"api_secret": ""}))])),
        ["DC10 error"]
    );
    assert_eq!(
        channels(json!([
            channel(json!({})),
            channel(json!({"channel_id": "16504"}))
        ])),
        nothing()
    );
    let generic = |hidden: &str| {
        let config = json!({
            "name": "Async",
            "data": {"channels": [{"channelId": "16504", "webhook": {"url": "https://hook.example.com"}}]},
            "secret": {"channels": [{"channelId": hidden, "webhook": {"secret": "0123456789abcdef"},
                                     "api": {"secret": "fedcba9876543210"}}]},
        });
        one(SERVICE, config, json!({}))
    };
    assert_eq!(generic("16505"), ["DC10 error"]);
    assert_eq!(generic("16504"), nothing());
}

#[test]
fn dc11_channel_ids() {
    let id = |id: &str| channels(json!([channel(json!({"channel_id": id}))]));
    assert_eq!(id("123456"), ["DC11 error"]);
    assert_eq!(id("26504661149"), ["DC11 error"]);
    assert_eq!(id("16504661149"), ["DC11 warning"]);
    for right in ["16504", "1650466114", "mail.example.com"] {
        assert_eq!(id(right), nothing(), "{right}");
    }
}

#[test]
fn dc12_webhook_urls() {
    let url = |url: &str| channels(json!([channel(json!({"webhook_url": url}))]));
    assert_eq!(url("hook.example.com"), ["DC12 error"]);
    assert_eq!(url("http://hook.example.com"), ["DC12 warning"]);
    assert_eq!(url("https://hook.example.com"), nothing());
}

#[test]
fn dc13_channel_secrets() {
    let api = |secret: &str| channels(json!([channel(json!({"api_secret": secret}))]));
    assert_eq!(api("0123456789abcdef"), ["DC13 warning"]);
    assert_eq!(api("fedcba987654321"), ["DC13 warning"]);
    assert_eq!(api("fedcba9876543210"), nothing());
}

fn idp(change: Json) -> Vec<String> {
    let base =
        json!({"url": "https://login.mypurecloud.com", "client_id": KEY, "client_secret": "s"});
    one(SERVICE_PURECLOUD_IDP, base, change)
}

#[test]
fn dc14_purecloud_idp() {
    for wrong in [
        json!({"url": "https://mypurecloud.com"}),
        json!({"url": "http://login.mypurecloud.com"}),
        json!({"client_id": "4da40a9de-b113-4024-8ba9-c9dd89c91f67"}),
        json!({"client_secret": ""}),
    ] {
        assert_eq!(idp(wrong.clone()), ["DC14 error"], "{wrong}");
    }
    assert_eq!(
        idp(json!({"url": "https://login.usw2.pure.cloud"})),
        nothing()
    );
    // A simulator on this machine.
    assert_eq!(idp(json!({"url": "http://127.0.0.1:8081"})), nothing());
}

#[test]
fn dc15_portico_region() {
    let portico = |url: &str| one(SERVICE_PORTICO_SMS, json!({"url": url}), json!({}));
    assert_eq!(portico("https://mypurecloud.com"), ["DC15 error"]);
    assert_eq!(portico("https://api.mypurecloud.com"), nothing());
    assert_eq!(portico("http://127.0.0.1:8080"), nothing());
    let region = |url: &'static str| {
        move |o: &mut Vec<DeclaredObject>| {
            set(
                o,
                "digitalchannels_service_portico_sms.this",
                json!({"url": url}),
            )
        }
    };
    assert_eq!(all(region("https://api.usw2.pure.cloud")), ["DC15 warning"]);
    assert_eq!(all(region("https://api.mypurecloud.com/")), nothing());
}

#[test]
fn dc16_swapped_urls() {
    assert_eq!(
        idp(json!({"url": "https://api.mypurecloud.com"})),
        ["DC16 error"]
    );
    assert_eq!(
        idp(json!({"url": "https://login.mypurecloud.com"})),
        nothing()
    );
    let portico = |url: &str| one(SERVICE_PORTICO_SMS, json!({"url": url}), json!({}));
    assert_eq!(portico("https://login.mypurecloud.com"), ["DC16 error"]);
    assert_eq!(portico("https://api.mypurecloud.com"), nothing());
}

#[test]
fn dc33_documents_are_json() {
    let data = |text: &str| {
        one(
            SERVICE,
            json!({"name": "mGageSMS", "url": "https://directtext.mgage.com", "secret": {"username": "u", "password": "p"}}),
            json!({"data": text}),
        )
    };
    assert_eq!(data("{\"a\": 1 \"b\": 2}"), ["DC33 error"]);
    assert_eq!(data("[1]"), ["DC33 error"]);
    assert_eq!(data("{\"a\": 1, \"b\": 2}"), nothing());
}
