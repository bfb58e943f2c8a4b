//! What a new sandbox has for an Acrobits app: a publisher, two buckets, two apps and their users.
//!
//! The credentials are no secrets: they open nothing but a sandbox on loopback. SIP passwords of users are what
//! the account XML is there to tell, so they are kept as they are (sealed), and the admin service hides them.

use serde_json::json;

use super::VENDOR;
use crate::seal::sha256_hex;
use crate::store::StoreError;
use crate::world::World;

/// The user of the publish target.
pub(crate) const PUBLISHER: &str = "publisher";
/// Its password.
pub(crate) const PUBLISHER_PASSWORD: &str = "sandbox-only-not-a-password-publisher";
/// Its bearer token.
pub(crate) const PUBLISHER_TOKEN: &str = "sandbox-only-not-a-token-publisher";
/// The access key of the buckets.
pub(crate) const BUCKET_KEY_ID: &str = "AKIASANDBOXONLY00001";
/// Its secret.
pub(crate) const BUCKET_SECRET: &str = "sandbox-only-not-a-secret-bucket-0000001";
/// The region of the buckets.
pub(crate) const BUCKET_REGION: &str = "us-east-1";
/// The bucket that only the key opens.
pub(crate) const PRIVATE_BUCKET: &str = "acme-provisioning";
const PUBLIC_BUCKET: &str = "acme-public";
/// The app with several tenants.
pub(crate) const CLOUD_ID: &str = "ACMEMT";
const SINGLE_ID: &str = "ACMEST";
/// A user of it, for checks.
pub(crate) const TEST_USER: &str = "john.doe";
/// That user's password.
pub(crate) const TEST_PASSWORD: &str = "sandbox-only-not-a-password-john";

/// Writes the seeded objects.
pub(crate) fn plant(world: &mut World) -> Result<(), StoreError> {
    let publisher = json!({ "id": PUBLISHER, "password_sha256": sha256_hex(PUBLISHER_PASSWORD),
                            "token_sha256": sha256_hex(PUBLISHER_TOKEN) });
    world
        .store
        .put(VENDOR, "publisher", PUBLISHER, &publisher)?;
    let key = json!({ "id": BUCKET_KEY_ID, "secret_sha256": sha256_hex(BUCKET_SECRET) });
    world.store.put(VENDOR, "access_key", BUCKET_KEY_ID, &key)?;
    for credential in [
        PUBLISHER_PASSWORD,
        PUBLISHER_TOKEN,
        BUCKET_KEY_ID,
        BUCKET_SECRET,
        TEST_PASSWORD,
    ] {
        world.issue(credential)?;
    }
    for (name, public) in [(PRIVATE_BUCKET, false), (PUBLIC_BUCKET, true)] {
        let bucket = json!({ "id": name, "public": public, "createdMs": world.now_ms() });
        world.store.put(VENDOR, "bucket", name, &bucket)?;
    }
    for (id, tenancy) in [(CLOUD_ID, "multi"), (SINGLE_ID, "single")] {
        let app = json!({ "id": id, "tenancy": tenancy, "changedMs": world.now_ms() });
        world.store.put(VENDOR, "app", id, &app)?;
    }
    let users = [
        (
            CLOUD_ID,
            TEST_USER,
            TEST_PASSWORD,
            "B63349F4EE",
            "John Doe",
            "myNetwork",
            "1000",
        ),
        (
            CLOUD_ID,
            "foo.bar",
            "sandbox-only-not-a-password-foo",
            "B63349F4EF",
            "Foo Bar",
            "myNetwork",
            "1001",
        ),
        (
            CLOUD_ID,
            "eve.other",
            "sandbox-only-not-a-password-eve",
            "B63349F4F0",
            "Eve Other",
            "otherNetwork",
            "2000",
        ),
        (
            SINGLE_ID,
            "solo",
            "sandbox-only-not-a-password-solo",
            "B63349F4F1",
            "Solo User",
            "",
            "3000",
        ),
    ];
    for (app, user, password, sip, name, network, number) in users {
        let id = format!("{app}/{user}");
        let mut body = json!({
            "id": id, "cloudId": app, "cloudUsername": user, "cloudPassword_sha256": sha256_hex(password),
            "sipUsername": sip, "sipPassword": format!("sandbox-only-not-a-sip-password-{sip}"),
            "displayName": name, "numbers": [number],
        });
        if !network.is_empty() {
            body["networkId"] = network.into();
        }
        if user == TEST_USER {
            body["smsNumbers"] = json!([{ "carrier": "sinch", "number": "1234567890" }]);
        }
        world.store.put(VENDOR, "app_user", &id, &body)?;
    }
    Ok(())
}
