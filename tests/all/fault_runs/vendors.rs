//! What is applied for each vendor in a life under faults, and what it makes.

use serde_json::{Value, json};

use super::FaultRun;

/// A run of a vendor whose limits are in nobody's way.
fn run<'r>(
    vendor: &'r str,
    configuration: &'r str,
    made: &'r [(&'r str, &'r str, usize)],
) -> FaultRun<'r> {
    FaultRun {
        vendor,
        configuration,
        own: "",
        settings: Value::Object(serde_json::Map::new()),
        made,
        besides: &[],
        passing: None,
        unchanged: &[],
        kept: &[],
    }
}

#[test]
fn genesyscloud_makes_two_hundred_once_changes_and_removes_them() {
    let made = [
        ("create", "role", 50),
        ("create", "user", 60),
        ("grant", "grant", 57),
        ("create", "oauth_client", 30),
        ("purchase", "tollfree_number", 3),
    ];
    FaultRun {
        settings: json!({ "requests_per_minute": 0 }),
        unchanged: &["grant", "tollfree_number"],
        besides: &[("grant", 30)],
        // A deleted user stays, as one who is deleted.
        kept: &["tollfree_number", "user"],
        ..run("genesyscloud", include_str!("genesyscloud.tf"), &made)
    }
    .run();
}

#[test]
fn digitalchannels_makes_two_hundred_once_changes_and_removes_them() {
    let made = [
        ("create", "apikey", 60),
        ("create", "option_section", 75),
        ("create", "service", 65),
    ];
    FaultRun {
        settings: json!({ "any_service_name": true }),
        ..run("digitalchannels", include_str!("digitalchannels.tf"), &made)
    }
    .run();
}

#[test]
fn sinchcontactpro_makes_two_hundred_once_changes_and_removes_them() {
    let made = [
        ("create", "messaging_service", 50),
        ("create", "user", 30),
        ("grant", "user_role", 30),
        ("create", "queue", 30),
        ("create", "queue_number", 60),
    ];
    let window = "change_window \"business_hours\" {\n  timezone = \"Europe/Berlin\"\n  \
        types = [\"sinchcontactpro_messaging_service\"]\n  actions = [\"update\", \"delete\"]\n  \
        hold {\n    days = [\"mon\"]\n    from = \"08:00\"\n    to = \"18:00\"\n  }\n}\n";
    FaultRun {
        own: window,
        ..run("sinchcontactpro", include_str!("sinchcontactpro.tf"), &made)
    }
    .run();
}

#[test]
fn sinchconversation_makes_two_hundred_once_changes_and_removes_them() {
    let made = [
        ("create", "app", 70),
        ("create", "webhook", 90),
        ("purchase", "active_number", 40),
    ];
    run(
        "sinchconversation",
        include_str!("sinchconversation.tf"),
        &made,
    )
    .run();
}

#[test]
fn chatapp_makes_two_hundred_once_changes_and_removes_them() {
    let made = [
        ("create", "business_system", 10),
        ("create", "intent", 100),
        ("create", "message_template", 80),
        ("create", "channel", 2),
    ];
    FaultRun {
        settings: json!({ "chatapp": { "rate_limits": false, "max_business_systems": 10 } }),
        unchanged: &["message_template", "channel"],
        ..run("chatapp", include_str!("chatapp.tf"), &made)
    }
    .run();
}

#[test]
fn acrobits_publishes_two_hundred_once_changes_and_removes_them() {
    let made = [
        ("create", "published_document", 100),
        ("create", "bucket_object", 98),
    ];
    FaultRun {
        passing: Some("trunkline-public-probe"),
        ..run("acrobits", include_str!("acrobits.tf"), &made)
    }
    .run();
}
