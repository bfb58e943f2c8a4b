//! The tenant that a new sandbox starts with, and its well-known bootstrap credentials.
//!
//! The constants are no secrets: they open nothing but a sandbox on loopback.

use serde_json::json;

use super::VENDOR;
use crate::seal::sha256_hex;
use crate::store::StoreError;
use crate::world::World;

/// The contact centre.
pub(crate) const CCID: &str = "dc000000-0000-4000-8000-000000000001";
/// A second contact centre, another tenant.
pub(crate) const OTHER_CCID: &str = "dc000000-0000-4000-8000-000000000002";
/// The key that the operator hands over: permission `nexus:cluster:*`, every tenant.
pub(crate) const API_KEY: &str = "dc000000-0000-4000-8000-0000000000a1";
/// The OAuth client of Genesys Authentication.
pub(crate) const AUTH_CLIENT_ID: &str = "sandbox_api_client";
/// Its secret.
pub(crate) const AUTH_CLIENT_SECRET: &str = "sandbox-only-not-a-secret-auth-client-00000";
/// The operator's user.
pub(crate) const AUTH_USERNAME: &str = "ops";
/// Its password.
pub(crate) const AUTH_PASSWORD: &str = "sandbox-only-not-a-password";

/// Writes the seeded objects.
pub(crate) fn plant(world: &mut World) -> Result<(), StoreError> {
    for (id, name) in [(CCID, "Acme"), (OTHER_CCID, "Other Tenant")] {
        let body = json!({ "id": id, "name": name, "domains": [format!("{}.test", name.to_lowercase().replace(' ', "-"))] });
        world.store.put(VENDOR, "contact_center", id, &body)?;
    }
    let key = json!({
        "id": API_KEY, "secret_sha256": sha256_hex(API_KEY), "tenant": "*", "name": "Cluster API Key",
        "permissions": ["nexus:cluster:*"], "enabled": true,
    });
    world.store.put(VENDOR, "apikey", API_KEY, &key)?;
    for credential in [
        API_KEY,
        AUTH_CLIENT_ID,
        AUTH_CLIENT_SECRET,
        AUTH_USERNAME,
        AUTH_PASSWORD,
    ] {
        world.issue(credential)?;
    }
    // An option that nobody who manages sender ids has any business with.
    let section = json!({ "id": format!("{CCID}/general"), "ccid": CCID, "section": "general", "options": { "log-level": "info" } });
    world.store.put(
        VENDOR,
        "option_section",
        &format!("{CCID}/general"),
        &section,
    )
}
