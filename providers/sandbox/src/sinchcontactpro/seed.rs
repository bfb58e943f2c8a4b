//! The tenant that a new sandbox starts with: the API user and its key, what people prepare in System
//! Configurator, and a few objects that were there before.
//!
//! The constants are no secrets: they open nothing but a sandbox on loopback.

use serde_json::{Value, json};

use super::VENDOR;
use crate::seal::sha256_hex;
use crate::store::StoreError;
use crate::world::World;

/// The API user's logon name.
pub(crate) const LOGIN: &str = "trunkline.api";
/// Its password.
pub(crate) const PASSWORD: &str = "Sandbox-only-not-a-password-1";
/// The key of the API gateway.
pub(crate) const API_KEY: &str = "sandbox-only-not-a-secret-contact-pro-00000";
/// A user who may only look, same password.
const VIEWER: &str = "trunkline.viewer";

const USER_ID: &str = "CF000000000000000000000000000001";
const VIEWER_ID: &str = "CF000000000000000000000000000002";
const AGENT_ID: &str = "CF000000000000000000000000000003";
const ROLE_ADMIN: &str = "CF000000000000000000000000000011";
const ROLE_VIEWER: &str = "CF000000000000000000000000000012";
const ROLE_SENDER: &str = "CF000000000000000000000000000013";
const ALL_USERS: &str = "CF000000000000000000000000000021";
const EXTERNAL: &str = "CF000000000000000000000000000022";
const CHAT_QUEUES: &str = "CF000000000000000000000000000031";
const FRONT_DESK: &str = "CF000000000000000000000000000041";
const FRONT_DESK_NUMBER: &str = "CF000000000000000000000000000042";
const RETIRED: &str = "CF000000000000000000000000000051";
const RETIRED_ENTRY: &str = "CF000000000000000000000000000052";

fn rights(of: &[(&str, &[&str])]) -> Value {
    of.iter()
        .flat_map(|(kind, accesses)| {
            accesses.iter().map(
                move |access| json!({ "objectType": kind, "objectId": "*", "accessType": access }),
            )
        })
        .collect()
}

/// Writes the seeded objects.
pub(crate) fn plant(world: &mut World) -> Result<(), StoreError> {
    let put = |world: &mut World, kind: &str, body: Value| {
        let id = body["id"].as_str().unwrap_or_default().to_owned();
        world.store.put(VENDOR, kind, &id, &body)
    };
    let admin = rights(&[
        ("MessagingService", &["Manage"]),
        ("User", &["Manage"]),
        ("UserRole", &["View", "Manage Members"]),
        ("UserGroup", &["View", "Manage Members"]),
        ("Queue", &["Manage"]),
        ("QueueGroup", &["View"]),
    ]);
    let kinds = [
        "MessagingService",
        "User",
        "UserRole",
        "UserGroup",
        "Queue",
        "QueueGroup",
    ];
    let viewer = rights(&kinds.map(|kind| (kind, ["View"].as_slice())));
    let sender = rights(&[("MessagingService", &["Use"])]);
    for (id, name, description, rights) in [
        (
            ROLE_ADMIN,
            "Configuration API",
            "What the API user needs",
            admin,
        ),
        (
            ROLE_VIEWER,
            "Configuration Viewer",
            "May look at everything",
            viewer,
        ),
        (
            ROLE_SENDER,
            "Messaging Service User",
            "Messaging Service: Use",
            sender,
        ),
    ] {
        let role = json!({ "id": id, "name": name, "description": description, "rights": rights });
        put(world, "role", role)?;
    }
    for (id, name) in [(ALL_USERS, "All Users"), (EXTERNAL, "External Senders")] {
        put(world, "user_group", json!({ "id": id, "name": name }))?;
    }
    put(
        world,
        "queue_group",
        json!({ "id": CHAT_QUEUES, "name": "Chat Queues" }),
    )?;
    for (id, first, last, login, role) in [
        (USER_ID, "Configuration", "Engine", LOGIN, Some(ROLE_ADMIN)),
        (
            VIEWER_ID,
            "Configuration",
            "Viewer",
            VIEWER,
            Some(ROLE_VIEWER),
        ),
        (AGENT_ID, "Anna", "Agent", "anna.agent", None),
    ] {
        let roles: Vec<&str> = role.into_iter().collect();
        let user = json!({
            "id": id, "firstName": first, "surname": last, "login": login, "password_sha256": sha256_hex(PASSWORD),
            "roles": roles, "userGroups": [ALL_USERS], "rights": [],
        });
        put(world, "user", user)?;
    }
    let queue = json!({ "id": FRONT_DESK, "name": "Front Desk", "channelType": "Phone", "queueLength": -1 });
    put(world, "queue", queue)?;
    let number =
        json!({ "id": FRONT_DESK_NUMBER, "queueId": FRONT_DESK, "address": "+358205551000" });
    put(world, "queue_number", number)?;
    // A service of a type that can be deleted, but not made or changed any more.
    let retired = json!({
        "id": RETIRED, "name": "SMS 365 (old)", "type": "sap365", "serviceConnection": "https://sms.sap365.test/send",
        "authentications": [ { "id": RETIRED_ENTRY, "direction": "OUTGOING", "authenticationId": "acme",
                               "secret_sha256": sha256_hex(PASSWORD) } ],
    });
    put(world, "messaging_service", retired)?;
    let key = sha256_hex(API_KEY);
    put(
        world,
        "api_key",
        json!({ "id": key, "name": "Configuration API" }),
    )?;
    for credential in [LOGIN, PASSWORD, API_KEY] {
        world.issue(credential)?;
    }
    Ok(())
}
