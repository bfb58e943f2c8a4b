//! The organisation that a new sandbox starts with, and its well-known bootstrap credentials.
//!
//! The constants are no secrets: they open nothing but a sandbox on loopback. It must not be called on a
//! data directory that has state already.

use serde_json::{Value, json};

use super::{VENDOR, grants, permissions};
use crate::seal::sha256_hex;
use crate::store::StoreError;
use crate::world::World;

/// Organisation id.
pub(crate) const ORGANIZATION_ID: &str = "5a0d0000-0000-4000-8000-000000000001";
/// Organisation name.
pub(crate) const ORGANIZATION_NAME: &str = "Sandbox Organization";
/// The home division.
pub(crate) const HOME_DIVISION_ID: &str = "5a0d0000-0000-4000-8000-000000000002";
/// A second division.
pub(crate) const OTHER_DIVISION_ID: &str = "5a0d0000-0000-4000-8000-000000000003";
/// The administrator `admin@acme.test`.
pub(crate) const ADMIN_USER_ID: &str = "5a0d0000-0000-4000-8000-000000000004";
/// The OAuth client that a person made for the engine.
pub(crate) const CLIENT_ID: &str = "5a0d0000-0000-4000-8000-000000000005";
/// Its secret.
pub(crate) const CLIENT_SECRET: &str = "sandbox-only-not-a-secret-genesys-cloud-000";
const ROLE_EMPLOYEE: &str = "5a0d0000-0000-4000-8000-000000000010";
const ROLE_ADMIN: &str = "5a0d0000-0000-4000-8000-000000000011";
const ROLE_BOOTSTRAP: &str = "5a0d0000-0000-4000-8000-000000000012";

/// Numbers that can be bought.
const NUMBERS: &[&str] = &[
    "8005550123",
    "8005550199",
    "8335550142",
    "8445550117",
    "8665550108",
    "8885550176",
];

fn policy(domain: &str, entity: &str) -> Value {
    json!({ "domain": domain, "entityName": entity, "actionSet": ["*"] })
}

/// The built-in roles as they come, and as `PUT roles/default` restores them.
pub(crate) fn default_roles() -> Vec<Value> {
    let domains = [
        "authorization",
        "directory",
        "integrations",
        "oauth",
        "routing",
        "sms",
    ];
    let all: Vec<Value> = domains.iter().map(|d| policy(d, "*")).collect();
    vec![
        json!({ "id": ROLE_EMPLOYEE, "name": "employee", "description": "Default role of every user", "defaultRoleId": "employee",
                "default": true, "permissions": [], "permissionPolicies": permissions::expand(&[json!({
                    "domain": "directory", "entityName": "user", "actionSet": ["view"] })]) }),
        json!({ "id": ROLE_ADMIN, "name": "Master Admin", "description": "Administrator of the organisation", "defaultRoleId": "admin",
                "default": true, "permissions": ["admin"], "permissionPolicies": permissions::expand(&all) }),
    ]
}

/// Writes the seeded objects.
pub(crate) fn plant(world: &mut World) -> Result<(), StoreError> {
    let at = world.now_text();
    for (id, name, home) in [
        (HOME_DIVISION_ID, "Home", true),
        (OTHER_DIVISION_ID, "Messaging", false),
    ] {
        let body = json!({ "id": id, "name": name, "description": "", "homeDivision": home });
        world.store.put(VENDOR, "division", id, &body)?;
    }
    let mut roles = default_roles();
    roles.push(json!({
        "id": ROLE_BOOTSTRAP, "name": "Configuration Engine", "default": false, "permissions": [],
        "description": "What the first OAuth client needs: roles, grants, OAuth clients, users",
        "permissionPolicies": permissions::expand(&[
            policy("authorization", "role"), policy("authorization", "grant"), policy("oauth", "client"), policy("directory", "user"),
        ]),
    }));
    for role in &roles {
        world.store.put(
            VENDOR,
            "role",
            role["id"].as_str().unwrap_or_default(),
            role,
        )?;
    }
    let user = json!({
        "id": ADMIN_USER_ID, "name": "Acme Administrator", "email": "admin@acme.test", "username": "admin@acme.test",
        "state": "active", "version": 1, "divisionId": HOME_DIVISION_ID, "acdAutoAnswer": false, "dateCreated": at,
    });
    world.store.put(VENDOR, "user", ADMIN_USER_ID, &user)?;
    let client = json!({
        "id": CLIENT_ID, "name": "Configuration Engine", "authorizedGrantType": "CLIENT-CREDENTIALS", "state": "active",
        "accessTokenValiditySeconds": 86400, "secret_sha256": sha256_hex(CLIENT_SECRET), "dateCreated": at, "dateModified": at,
        "createdMs": world.now_ms(), "createdBy": ADMIN_USER_ID, "modifiedBy": ADMIN_USER_ID,
    });
    world
        .store
        .put(VENDOR, "oauth_client", CLIENT_ID, &client)?;
    world.issue(CLIENT_ID)?;
    world.issue(CLIENT_SECRET)?;
    for (subject, kind, role) in [
        (ADMIN_USER_ID, "PC_USER", ROLE_EMPLOYEE),
        (ADMIN_USER_ID, "PC_USER", ROLE_ADMIN),
        (CLIENT_ID, "PC_OAUTH_CLIENT", ROLE_BOOTSTRAP),
    ] {
        grants::store(world, subject, kind, HOME_DIVISION_ID, role)?;
    }
    for number in NUMBERS {
        world.store.put(
            VENDOR,
            "available_number",
            number,
            &json!({ "id": number, "tollfreeNumber": number }),
        )?;
    }
    Ok(())
}
