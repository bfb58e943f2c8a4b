//! The account that a new sandbox starts with: a project with its access key, service plans in two regions,
//! numbers for rent, and a few objects that were there before.
//!
//! The constants are no secrets: they open nothing but a sandbox on loopback.

use serde_json::{Value, json};

use super::VENDOR;
use crate::seal::sha256_hex;
use crate::store::StoreError;
use crate::world::World;

/// The project.
pub(crate) const PROJECT_ID: &str = "5c000000-0000-4000-8000-000000000001";
/// Its access key.
pub(crate) const KEY_ID: &str = "5c000000-0000-4000-8000-0000000000a1";
/// The key's secret.
pub(crate) const KEY_SECRET: &str = "sandbox-only-not-a-secret-sinch-key-000000";
/// The service plan in Europe.
pub(crate) const SERVICE_PLAN_EU: &str = "5c000000000000000000000000000eu1";
/// The one in the United States.
pub(crate) const SERVICE_PLAN_US: &str = "5c000000000000000000000000000us1";
/// The API token of both, and of any other plan that is asked for.
pub(crate) const API_TOKEN: &str = "sandbox-only-not-a-secret-sms-token-000000";
/// An app that was made in the dashboard.
const OLD_APP: &str = "01EB37HMH1M6SV18ASNS3G135H";
/// Its webhook.
const OLD_WEBHOOK: &str = "01EB37HMH1M6SV18ASNS3G135J";
/// A number that was rented before.
const OLD_NUMBER: &str = "+12025550199";

/// How many numbers of each kind there are for rent.
const EACH: u32 = 20;

/// Writes the seeded objects.
pub(crate) fn plant(world: &mut World) -> Result<(), StoreError> {
    let put = |world: &mut World, kind: &str, body: Value| {
        let id = body["id"].as_str().unwrap_or_default().to_owned();
        world.store.put(VENDOR, kind, &id, &body)
    };
    let key = json!({ "id": KEY_ID, "projectId": PROJECT_ID, "name": "Configuration Engine", "secret_sha256": sha256_hex(KEY_SECRET) });
    put(world, "access_key", key)?;
    for (id, region) in [(SERVICE_PLAN_EU, "eu"), (SERVICE_PLAN_US, "us")] {
        let plan = json!({ "id": id, "region": region, "token_sha256": sha256_hex(API_TOKEN) });
        put(world, "service_plan", plan)?;
    }
    for (region, name, kind, first, capability, price) in [
        (
            "US",
            "United States",
            "LOCAL",
            "+1202555",
            ["SMS", "VOICE"],
            "1.00",
        ),
        (
            "US",
            "United States",
            "TOLL_FREE",
            "+1833555",
            ["SMS", "VOICE"],
            "2.00",
        ),
        (
            "GB",
            "United Kingdom",
            "MOBILE",
            "+44770090",
            ["SMS", "VOICE"],
            "3.00",
        ),
        (
            "SE",
            "Sweden",
            "MOBILE",
            "+4670174",
            ["SMS", "VOICE"],
            "3.00",
        ),
        (
            "SE",
            "Sweden",
            "LOCAL",
            "+468555",
            ["VOICE", "VOICE"],
            "1.00",
        ),
    ] {
        let can: &[&str] = if capability[0] == capability[1] {
            &capability[..1]
        } else {
            &capability
        };
        for n in 100..100 + EACH {
            let number = format!("{first}{:04}", n);
            let free = |amount: &str| json!({ "currencyCode": "EUR", "amount": amount });
            let body = json!({
                "id": number, "phoneNumber": number, "regionCode": region, "regionName": name, "type": kind,
                "capability": can, "setupPrice": free("0.00"), "monthlyPrice": free(price),
                "paymentIntervalMonths": 1, "supportingDocumentationRequired": false,
            });
            put(world, "available_number", body)?;
        }
    }
    let parent = format!("eu/{PROJECT_ID}");
    let app = json!({
        "id": OLD_APP, "region": "eu", "project": PROJECT_ID, "parent": parent, "display_name": "Dashboard app",
        "channel_credentials": [], "processing_mode": "CONVERSATION", "conversation_metadata_report_view": "NONE",
        "retention_policy": { "retention_type": "MESSAGE_EXPIRE_POLICY", "ttl_days": 180 },
    });
    put(world, "app", app)?;
    let webhook = json!({
        "id": OLD_WEBHOOK, "scope": parent, "app_id": OLD_APP, "target": "https://old.acme.test/callbacks",
        "target_type": "HTTP", "triggers": ["MESSAGE_INBOUND"],
    });
    put(world, "webhook", webhook)?;
    let number = json!({
        "id": OLD_NUMBER, "phoneNumber": OLD_NUMBER, "projectId": PROJECT_ID, "displayName": "Support line",
        "regionCode": "US", "type": "LOCAL", "capability": ["SMS", "VOICE"],
        "money": { "currencyCode": "EUR", "amount": "1.00" }, "paymentIntervalMonths": 1,
        "nextChargeDate": world.now_text(), "callbackUrl": "",
        "smsConfiguration": { "servicePlanId": SERVICE_PLAN_US },
    });
    put(world, "active_number", number)?;
    for credential in [KEY_ID, KEY_SECRET, API_TOKEN] {
        world.issue(credential)?;
    }
    Ok(())
}
