//! The account that a new sandbox starts with: what a person has made before the engine comes.
//!
//! The credentials are no secrets: they open nothing but a sandbox on loopback. A signature cannot be checked
//! with a hash of the secret, so access keys are these constants and no others; their state is in the store.

use serde_json::{Value, json};

use super::VENDOR;
use crate::seal::sha256_hex;
use crate::store::StoreError;
use crate::world::World;

/// The region that the service has.
pub(crate) const REGION: &str = "ap-southeast-1";
/// The account's id.
pub(crate) const ACCOUNT: &str = "5000000000000001";
/// The engine's access key: `AliyunCamsFullAccess`.
pub(crate) const KEY_ID: &str = "LTAI5tSandboxOnly00000001";
/// Its secret.
pub(crate) const KEY_SECRET: &str = "sandbox-only-not-a-secret-chatapp-00001";
/// The WhatsApp channel.
pub(crate) const WHATSAPP: &str = "cams-sandbox0001";
const VIBER: &str = "cams-sandbox0002";
const MESSENGER: &str = "cams-sandbox0003";

/// A well-known access key.
pub(crate) struct AccessKey {
    pub(crate) id: &'static str,
    pub(crate) secret: &'static str,
    /// The security token of temporary credentials.
    pub(crate) token: Option<&'static str>,
    actions: &'static [&'static str],
    status: &'static str,
}

/// Every access key that there can be.
pub(crate) const KEYS: &[AccessKey] = &[
    AccessKey {
        id: KEY_ID,
        secret: KEY_SECRET,
        token: None,
        actions: &["cams:*"],
        status: "Active",
    },
    AccessKey {
        id: "LTAI5tSandboxOnly00000002",
        secret: "sandbox-only-not-a-secret-chatapp-00002",
        token: None,
        actions: &["cams:ListInstance", "cams:QueryInstance"],
        status: "Active",
    },
    AccessKey {
        id: "LTAI5tSandboxOnly00000003",
        secret: "sandbox-only-not-a-secret-chatapp-00003",
        token: None,
        actions: &["cams:*"],
        status: "Inactive",
    },
    AccessKey {
        id: "STS.SandboxOnly00000000004",
        secret: "sandbox-only-not-a-secret-chatapp-00004",
        token: Some("sandbox-only-not-a-token/chatapp=="),
        actions: &["cams:*"],
        status: "Active",
    },
];

/// A phone number as it comes from the platform, without webhooks.
fn phone(channel: &str, number: &str, name: &str) -> Value {
    json!({
        "id": format!("{channel}/{number}"), "CustSpaceId": channel, "PhoneNumber": number, "VerifiedName": name,
        "Status": "CONNECTED", "CodeVerificationStatus": "VERIFIED", "NameStatus": "APPROVED", "NewNameStatus": "NONE",
        "QualityRating": "GREEN", "MessagingLimitTier": "TIER_1K", "IsOfficial": "N",
        "HttpFlag": "N", "QueueFlag": "N",
    })
}

/// Writes the seeded objects.
pub(crate) fn plant(world: &mut World) -> Result<(), StoreError> {
    let account = json!({ "id": ACCOUNT, "open": true });
    world.store.put(VENDOR, "account", ACCOUNT, &account)?;
    for key in KEYS {
        let body = json!({ "id": key.id, "secret_sha256": sha256_hex(key.secret), "status": key.status,
                           "actions": key.actions, "temporary": key.token.is_some() });
        world.store.put(VENDOR, "access_key", key.id, &body)?;
        for credential in [Some(key.id), Some(key.secret), key.token]
            .into_iter()
            .flatten()
        {
            world.issue(credential)?;
        }
    }
    let submitted = world.now_ms();
    for (id, name, kind) in [
        (WHATSAPP, "Acme WhatsApp", "whatsapp"),
        (VIBER, "Acme Viber", "viber"),
        (MESSENGER, "Acme Messenger", "messenger"),
    ] {
        let channel = json!({
            "id": id, "InstanceId": id, "CustSpaceId": id, "InstanceName": name, "ChannelType": kind,
            "InstanceDescription": "Seeded channel", "CustType": "ENTERPRISE", "ResourceGroupId": "rg-default",
            "ResourceRegionId": REGION, "submittedMs": submitted, "publishedMs": submitted,
        });
        world.store.put(VENDOR, "channel", id, &channel)?;
    }
    for (number, name) in [("6580000001", "Acme Support"), ("6580000002", "Acme Sales")] {
        let body = phone(WHATSAPP, number, name);
        let id = format!("{WHATSAPP}/{number}");
        world.store.put(VENDOR, "phone_number", &id, &body)?;
    }
    Ok(())
}
