//! Every rule twice: a configuration that breaks only it, and the nearest one that passes.

mod connection;
mod sender_ids;
mod services;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use trunkline_api::json::implied;
use trunkline_api::provider::{DeclaredObject, Mode, Role, ValidateRequest};
use trunkline_api::{Attribute, Block, Diagnostics, Path, Severity, Type, Value};

use super::{between, object, provider};
use crate::names::*;

const CCID: &str = "45acae06-6b7c-4f97-9c76-471cb5c21bf7";
const OTHER: &str = "55acae06-6b7c-4f97-9c76-471cb5c21bf7";
const KEY: &str = "9b7682b7-cbce-422f-9bbb-ecda85e61695";

/// The findings as `DC19 error`.
fn ids(found: Diagnostics) -> Vec<String> {
    let id = |d: &trunkline_api::Diagnostic| {
        let level = if d.severity == Severity::Error {
            "error"
        } else {
            "warning"
        };
        format!("{} {level}", d.detail.split(':').next().unwrap_or_default())
    };
    found.iter().map(id).collect()
}

fn block(change: Json) -> Vec<String> {
    let mut config = json!({"url": "https://digital.example.com", "ccid": CCID, "api_key": KEY});
    merge(&mut config, change);
    ids(provider(&implied(&config)))
}

/// Overwrites members of an object.
fn merge(into: &mut Json, change: Json) {
    if let (Json::Object(into), Json::Object(change)) = (into, change) {
        into.extend(change);
    }
}

fn one(type_name: &str, base: Json, change: Json) -> Vec<String> {
    let mut config = base;
    merge(&mut config, change);
    validated(type_name, implied(&config), Vec::new(), &Block::default())
}

fn validated(type_name: &str, config: Value, literals: Vec<Path>, block: &Block) -> Vec<String> {
    let request = ValidateRequest {
        mode: Mode::Managed,
        type_name: type_name.into(),
        config,
        literals,
    };
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    ids(object(&request, block, now))
}

/// A declared object: a provider block when the address begins so, else a resource of its type.
fn declare(address: &str, config: Json) -> DeclaredObject {
    let type_name = address.split('.').next().unwrap_or_default();
    let vendor = type_name.split('_').next().unwrap_or_default();
    let (vendor, role) = match address.strip_prefix("provider.") {
        Some(name) => (name.split('.').next().unwrap_or_default(), Role::Provider),
        None => (vendor, Role::Managed(type_name.into())),
    };
    DeclaredObject {
        address: address.into(),
        provider: vendor.into(),
        role,
        config: implied(&config),
        provider_address: format!("provider.{vendor}"),
        references: Vec::new(),
    }
}

/// The third option of the vendor page, whole.
fn option_three() -> Vec<DeclaredObject> {
    let mut order = declare(
        "genesyscloud_tollfree_number.main",
        json!({"tollfree_number": "+18005550123", "webhook_username": CCID, "webhook_password": KEY,
               "mo_url": "https://digital.example.com/nexus/v3/sms/message",
               "dr_url": "https://digital.example.com/nexus/v3/sms/receipt"}),
    );
    order.references.push((
        "webhook_password".into(),
        "digitalchannels_api_key.portico".into(),
        "key".into(),
    ));
    vec![
        declare(
            "provider.digitalchannels",
            json!({"url": "https://digital.example.com", "ccid": CCID}),
        ),
        declare("provider.genesyscloud", json!({})),
        declare(
            "digitalchannels_api_key.portico",
            json!({"tenant": "*", "name": "Portico Cluster API Key", "permissions": ["nexus:cluster:*"]}),
        ),
        declare(
            "digitalchannels_service_purecloud_idp.this",
            json!({"url": "https://login.mypurecloud.com", "client_id": KEY, "client_secret": "s"}),
        ),
        declare(
            "digitalchannels_service_portico_sms.this",
            json!({"url": "https://api.mypurecloud.com"}),
        ),
        declare(
            "digitalchannels_service_sms.this",
            json!({"token_provider": "Purecloud"}),
        ),
        order,
        declare(
            "digitalchannels_sender_id.main",
            json!({"name": "SMS_Main", "sender_id": "8005550123", "designer_endpoint": "Main", "extra_options": null}),
        ),
        declare(
            "digitalchannels_sender_id.campaign",
            json!({"name": "SMS_Campaign", "sender_id": "16504", "designer_endpoint": "Main", "cxc_only": true,
                   "number_acknowledged": true}),
        ),
    ]
}

/// The findings between the objects of option three after `change`.
fn all(change: impl FnOnce(&mut Vec<DeclaredObject>)) -> Vec<String> {
    let mut objects = option_three();
    change(&mut objects);
    ids(between(&objects))
}

/// Overwrites attributes of one object.
fn set(objects: &mut [DeclaredObject], address: &str, change: Json) {
    let object = objects.iter_mut().find(|o| o.address == address).unwrap();
    let mut config = trunkline_api::json::to_json(&object.config);
    merge(&mut config, change);
    object.config = implied(&config);
}

fn remove(objects: &mut Vec<DeclaredObject>, address: &str) {
    let before = objects.len();
    objects.retain(|o| o.address != address);
    assert!(objects.len() < before, "{address} is not declared");
}

fn nothing() -> Vec<String> {
    Vec::new()
}

fn sender(change: Json) -> Vec<String> {
    let base = json!({"name": "SMS_Main", "sender_id": "8005550123", "designer_endpoint": "Main"});
    one(SENDER_ID, base, change)
}

fn key(change: Json) -> Vec<String> {
    let base = json!({"tenant": "*", "name": "Portico Cluster API Key", "permissions": ["nexus:cluster:*"]});
    one(API_KEY, base, change)
}

fn channel(change: Json) -> Json {
    let mut channel = json!({"channel_id": "1650466114", "webhook_url": "https://hook.example.com",
                             "webhook_secret": "0123456789abcdef", "api_secret": "fedcba9876543210"});
    merge(&mut channel, change);
    channel
}

fn channels(list: Json) -> Vec<String> {
    one(SERVICE_ASYNC, json!({}), json!({"channel": list}))
}

#[test]
fn option_three_is_clean() {
    assert_eq!(all(|_| {}), nothing());
    for declared in option_three() {
        match &declared.role {
            Role::Managed(name) if name.starts_with("digitalchannels_") => {
                assert_eq!(
                    validated(name, declared.config, Vec::new(), &Block::default()),
                    nothing()
                );
            }
            _ => {}
        }
    }
    assert_eq!(block(json!({})), nothing());
}

#[test]
fn what_is_unknown_breaks_no_rule() {
    let unknown = |name: &str| (name.to_owned(), Value::unknown(Type::Dynamic));
    let types: [(&str, &[&str]); 9] = [
        (SERVICE, &["name", "url", "data", "secret"]),
        (SERVICE_SMS, &["sms_provider", "token_provider"]),
        (SERVICE_MGAGE_SMS, &["url", "username", "password"]),
        (SERVICE_ASYNC, &["channel"]),
        (
            SERVICE_PURECLOUD_IDP,
            &["url", "client_id", "client_secret"],
        ),
        (SERVICE_PORTICO_SMS, &["url"]),
        (API_KEY, &["tenant", "name", "permissions", "expires"]),
        (
            SENDER_ID,
            &[
                "name",
                "sender_id",
                "designer_endpoint",
                "sms_provider",
                "cxc_only",
                "extra_options",
            ],
        ),
        (PROVIDER_OPTIONS, &["section", "headers"]),
    ];
    let mut objects = vec![declare("provider.digitalchannels", json!({}))];
    for (type_name, attributes) in types {
        let config = Value::object(attributes.iter().map(|name| unknown(name)));
        assert_eq!(
            validated(type_name, config.clone(), Vec::new(), &Block::default()),
            nothing()
        );
        let mut object = declare(&format!("{type_name}.x"), json!({}));
        object.config = config;
        objects.push(object);
    }
    assert_eq!(ids(between(&objects)), nothing());
}

#[test]
fn findings_show_no_secret() {
    let config = json!({"name": "mGageSMS", "url": "x", "secret": "{\"password\": \"hush\" oops}", "data": {}});
    let request = ValidateRequest {
        mode: Mode::Managed,
        type_name: SERVICE.into(),
        config: implied(&config),
        literals: Vec::new(),
    };
    let found = object(&request, &Block::default(), Timestamp::UNIX_EPOCH);
    assert!(!found.is_empty());
    let key = provider(&implied(&json!({"api_key": "hush"})));
    assert_eq!(key.len(), 1);
    for diagnostic in found.iter().chain(&key) {
        assert!(!diagnostic.detail.contains("hush"), "{}", diagnostic.detail);
    }
}
