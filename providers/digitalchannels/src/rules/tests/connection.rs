//! Rules about the connection, secrets and API keys: DC01–DC03 and DC27–DC32.

use super::*;

#[test]
fn dc01_contact_center_ids() {
    assert_eq!(
        block(json!({"ccid": "4da40a9de-b113-4024-8ba9-c9dd89c91f67"})),
        ["DC01 error"]
    );
    assert_eq!(block(json!({"ccid": OTHER})), nothing());
    let own = |ccid: &'static str| {
        move |o: &mut Vec<DeclaredObject>| {
            set(o, "digitalchannels_api_key.portico", json!({"ccid": ccid}))
        }
    };
    assert_eq!(all(own(OTHER)), ["DC01 error"]);
    assert_eq!(all(own(CCID)), nothing());
    let user = |ccid: Json| {
        move |o: &mut Vec<DeclaredObject>| {
            set(
                o,
                "genesyscloud_tollfree_number.main",
                json!({"webhook_username": ccid}),
            )
        }
    };
    assert_eq!(all(user(json!(OTHER))), ["DC01 error"]);
    assert_eq!(all(user(json!(CCID.to_uppercase()))), nothing());
}

#[test]
fn dc02_base_urls() {
    for wrong in [
        "digital.example.com",
        "https://digital.example.com/",
        "https://digital.example.com/nexus",
        "ftp://x.example",
    ] {
        assert_eq!(block(json!({"url": wrong})), ["DC02 error"], "{wrong}");
    }
    assert_eq!(
        block(json!({"url": "http://digital.example.com"})),
        ["DC02 warning"]
    );
    for right in [
        "http://localhost:8080",
        "http://127.0.0.1:1",
        "https://digital.example.com/base",
    ] {
        assert_eq!(block(json!({"url": right})), nothing(), "{right}");
    }
}

#[test]
fn dc03_keys_are_uuids() {
    assert_eq!(
        block(json!({"api_key": "Portico Cluster API Key"})),
        ["DC03 warning"]
    );
    assert_eq!(block(json!({"api_key": KEY.to_uppercase()})), nothing());
}

#[test]
fn dc27_api_keys() {
    for wrong in [
        json!({"name": " "}),
        json!({"tenant": "acme", "permissions": ["nexus:consumer:*"]}),
        json!({"permissions": []}),
        json!({"permissions": ["nexus:cluster:*", "nexus:*"]}),
    ] {
        assert_eq!(key(wrong.clone()), ["DC27 error"], "{wrong}");
    }
    assert_eq!(
        key(json!({"permissions": ["nexus:cluster:read"]})),
        nothing()
    );
}

#[test]
fn dc28_permissions_and_tenants() {
    assert_eq!(key(json!({"tenant": CCID})), ["DC28 warning"]);
    assert_eq!(
        key(json!({"permissions": ["nexus:consumer:*"]})),
        ["DC28 warning"]
    );
    assert_eq!(
        key(json!({"tenant": CCID, "permissions": ["nexus:consumer:*"]})),
        nothing()
    );
}

#[test]
fn dc29_key_for_genesys_cloud() {
    let named = |o: &mut Vec<DeclaredObject>| {
        set(
            o,
            "digitalchannels_api_key.portico",
            json!({"name": "My key"}),
        )
    };
    assert_eq!(all(named), ["DC29 warning"]);
    let unused = |o: &mut Vec<DeclaredObject>| {
        named(o);
        let order = o
            .iter_mut()
            .find(|o| o.address == "genesyscloud_tollfree_number.main")
            .unwrap();
        order.references.clear();
    };
    assert_eq!(all(unused), nothing());
}

#[test]
fn dc30_expiration() {
    assert_eq!(
        key(json!({"expires": "2025-12-31T23:59:59Z"})),
        ["DC30 error"]
    );
    assert_eq!(key(json!({"expires": "next year"})), ["DC30 error"]);
    assert_eq!(key(json!({"expires": "2026-01-01T00:00:01Z"})), nothing());
}

#[test]
fn dc31_webhook_urls() {
    let mo = |url: &'static str| {
        move |o: &mut Vec<DeclaredObject>| {
            set(
                o,
                "genesyscloud_tollfree_number.main",
                json!({"mo_url": url}),
            )
        }
    };
    assert_eq!(
        all(mo("https://digital.example.com/nexus/v3/sms/receipt")),
        ["DC31 error"]
    );
    assert_eq!(
        all(mo("https://digital.example.com/nexus/v3/sms/message")),
        nothing()
    );
}

#[test]
fn dc32_literal_secrets() {
    let text = |sensitive: bool| {
        let attribute = Attribute::new(Type::String, "").required();
        if sensitive {
            attribute.sensitive()
        } else {
            attribute
        }
    };
    let block = Block::new("")
        .attribute("client_secret", text(true))
        .attribute("url", text(false));
    let config =
        json!({"url": "https://login.mypurecloud.com", "client_id": KEY, "client_secret": "s"});
    let written = |literals: &[&str]| {
        let literals = literals
            .iter()
            .map(|name| Path::attribute(Arc::<str>::from(*name)))
            .collect();
        validated(SERVICE_PURECLOUD_IDP, implied(&config), literals, &block)
    };
    assert_eq!(written(&["client_secret", "url"]), ["DC32 warning"]);
    assert_eq!(written(&["url"]), nothing());
}
