//! Each rule between objects twice: a configuration that breaks only this rule, and the nearest that does not.

use serde_json::{Value as Json, json};
use trunkline_api::json::implied;
use trunkline_api::provider::{DeclaredObject, Role};
use trunkline_api::{Type, Value};

use super::between;
use super::tests::ids;

const NONE: [&str; 0] = [];
const APP: &str = "01EB17K24DRDHH07FVSSG00WEN";
const ADDRESS: &str = "01EB17K24DRDHH07FVSSG00WEN@line.sinchconversation.com";

/// `address` with a configuration in JSON; `"(unknown)"` stands for a text that is not known yet.
fn object(address: &str, config: &Json, references: &[(&str, &str, &str)]) -> DeclaredObject {
    let type_name = address.split('.').next().unwrap();
    let (role, provider) = match type_name {
        "window" => (Role::Window, ""),
        "provider" => (Role::Provider, address.split('.').nth(1).unwrap()),
        _ => (
            Role::Managed(type_name.into()),
            type_name.split('_').next().unwrap(),
        ),
    };
    let config = implied(config).map_leaves(&mut |leaf| match leaf.as_str() {
        Some("(unknown)") => Value::unknown(Type::String),
        _ => leaf.clone(),
    });
    DeclaredObject {
        address: address.into(),
        provider: provider.into(),
        role,
        config,
        provider_address: format!("provider.{provider}"),
        references: references
            .iter()
            .map(|(attribute, address, source)| {
                ((*attribute).into(), (*address).into(), (*source).into())
            })
            .collect(),
    }
}

/// The two sides as a configuration declares them, with every rule kept: an app with its webhook and LINE, the
/// service that names it, a queue with its address.
struct Scene {
    contactpro: Json,
    conversation: Json,
    app: Json,
    webhook: Json,
    service: Json,
    queue: Json,
    address: Json,
    window: Json,
    secret_from: Vec<(&'static str, &'static str, &'static str)>,
    webhook_secret_from: Vec<(&'static str, &'static str, &'static str)>,
    more: Vec<DeclaredObject>,
}

fn scene() -> Scene {
    Scene {
        contactpro: json!({ "username": "api.user" }),
        conversation: json!({ "project_id": "p1", "region": "eu" }),
        app: json!({
            "project_id": null, "region": null, "processing_mode": null,
            "channel_credentials": [{ "channel": "LINE" }],
        }),
        webhook: json!({ "app_id": "(unknown)", "secret": "w", "triggers": ["MESSAGE_INBOUND", "MESSAGE_DELIVERY"] }),
        service: json!({
            "type": "sinchconversation",
            "service_connection": "https://eu.conversation.api.sinch.com/v1/projects/p1/messages:send",
            "authentication": [
                { "authentication_id": "(unknown)", "secret": "s" },
                { "authentication_id": "webhook", "secret": "w", "triggers": ["MESSAGE_INBOUND"] },
            ],
        }),
        queue: json!({ "channel_type": "Chat" }),
        address: json!({ "queue_id": "(unknown)", "address": "(unknown)" }),
        window: json!({ "types": ["sinchcontactpro_messaging_service"], "actions": ["update", "delete"] }),
        secret_from: vec![],
        webhook_secret_from: vec![],
        more: vec![],
    }
}

impl Scene {
    fn problems(self) -> Vec<String> {
        let app = "sinchconversation_app.a";
        let mut of_service = vec![("authentication", app, "id")];
        of_service.extend(&self.secret_from);
        let mut of_webhook = vec![("app_id", app, "id")];
        of_webhook.extend(&self.webhook_secret_from);
        let of_address = [
            ("address", app, "id"),
            ("queue_id", "sinchcontactpro_queue.q", "id"),
        ];
        let mut objects = vec![
            object("provider.sinchcontactpro", &self.contactpro, &[]),
            object("provider.sinchconversation", &self.conversation, &[]),
            object(app, &self.app, &[]),
            object("sinchconversation_webhook.w", &self.webhook, &of_webhook),
            object(
                "sinchcontactpro_messaging_service.s",
                &self.service,
                &of_service,
            ),
            object("sinchcontactpro_queue.q", &self.queue, &[]),
            object(
                "sinchcontactpro_queue_address.x",
                &self.address,
                &of_address,
            ),
            object("window", &self.window, &[]),
        ];
        objects.extend(self.more);
        ids(&between(&objects))
    }
}

fn changed(change: impl FnOnce(&mut Scene)) -> Vec<String> {
    let mut scene = scene();
    change(&mut scene);
    scene.problems()
}

#[test]
fn a_whole_scene_breaks_no_rule() {
    assert_eq!(scene().problems(), NONE);
}

#[test]
fn cp11_one_secret_on_both_sides() {
    assert_eq!(
        changed(|s| s.webhook["secret"] = json!("other")),
        ["error CP-11"]
    );
    let open = |s: &mut Scene| {
        s.webhook["secret"] = json!("(unknown)");
        s.service["authentication"][1]["secret"] = json!("(unknown)");
        s.webhook_secret_from = vec![("secret", "vault_secret.a", "value")];
    };
    let with = |from: (&'static str, &'static str, &'static str)| {
        changed(|s| {
            open(s);
            s.secret_from = vec![from];
        })
    };
    assert_eq!(
        with(("authentication", "vault_secret.b", "value")),
        ["error CP-11"]
    );
    assert_eq!(with(("authentication", "vault_secret.a", "value")), NONE);
    assert_eq!(
        with(("authentication", "sinchconversation_webhook.w", "secret")),
        NONE
    );
}

#[test]
fn cp12_project_and_region() {
    assert_eq!(
        changed(|s| s.conversation["region"] = json!("us")),
        ["error CP-12"]
    );
    assert_eq!(
        changed(|s| s.app["project_id"] = json!("p2")),
        ["error CP-12"]
    );
    // The app's own region counts, not the block's.
    let own = changed(|s| {
        s.conversation["region"] = json!("us");
        s.app["region"] = json!("eu");
    });
    assert_eq!(own, NONE);
}

#[test]
fn cp13_an_app_in_two_services() {
    let second = |app: &'static str| {
        let mut config = scene().service;
        config["authentication"][0]["authentication_id"] = json!("(unknown)");
        let from = [("authentication", app, "id")];
        changed(|s| {
            s.more = vec![object(
                "sinchcontactpro_messaging_service.t",
                &config,
                &from,
            )]
        })
    };
    assert_eq!(second("sinchconversation_app.a"), ["warning CP-13"]);
    assert_eq!(second("sinchconversation_app.b"), NONE);
}

#[test]
fn cp15_what_the_webhook_sends() {
    assert_eq!(
        changed(|s| s.webhook["triggers"] = json!(["MESSAGE_DELIVERY"])),
        ["error CP-15"]
    );
    let wanted =
        |s: &mut Scene| s.service["authentication"][1]["triggers"] = json!(["MESSAGE_DELIVERY"]);
    assert_eq!(changed(wanted), NONE);
    let missing = changed(|s| {
        wanted(s);
        s.webhook["triggers"] = json!(["MESSAGE_INBOUND"]);
    });
    assert_eq!(missing, ["error CP-15"]);
}

#[test]
fn cp17_the_app_of_an_address() {
    let known = |app: &str| {
        let app = app.to_owned();
        changed(move |s| {
            s.address["address"] = json!(ADDRESS);
            s.service["authentication"][0]["authentication_id"] = json!(format!("key@{app}"));
        })
    };
    assert_eq!(known("01F49FCDPK4V1F1WJCE8DM1MBH"), ["error CP-17"]);
    assert_eq!(known(APP), NONE);
    let no_channel = changed(|s| {
        s.address["address"] = json!(ADDRESS);
        s.service["authentication"][0]["authentication_id"] = json!(format!("key@{APP}"));
        s.app["channel_credentials"] = json!([{ "channel": "TELEGRAM" }]);
    });
    assert_eq!(no_channel, ["error CP-17"]);
    let alone = object(
        "sinchcontactpro_queue_address.x",
        &json!({ "queue_id": "q", "address": ADDRESS }),
        &[],
    );
    assert_eq!(ids(&between(&[alone])), ["warning CP-17"]);
}

#[test]
fn cp18_chat_queues_and_unique_addresses() {
    assert_eq!(
        changed(|s| s.queue["channel_type"] = json!("Phone")),
        ["error CP-18"]
    );
    let second = |address: &str| {
        let config = json!({ "queue_id": "q", "address": address });
        let other = object("sinchcontactpro_queue_address.y", &config, &[]);
        changed(|s| {
            s.address["address"] = json!(ADDRESS);
            s.service["authentication"][0]["authentication_id"] = json!(format!("key@{APP}"));
            s.more = vec![other];
        })
    };
    assert_eq!(second(ADDRESS), ["error CP-18"]);
    assert_eq!(second(&ADDRESS.replace("line", "rcs")), NONE);
}

/// The problems of these objects beside a change window, in order.
fn held(mut objects: Vec<DeclaredObject>) -> Vec<String> {
    objects.push(object("window", &scene().window, &[]));
    ids(&between(&objects))
}

/// A service of `service_type`, and a user with its right.
fn with_user(service_type: &str, login: &str, right_for: &str) -> Vec<DeclaredObject> {
    let config = json!({ "type": service_type, "authentication": [{ "authentication_id": "u", "secret": "s" }] });
    vec![
        object(
            "provider.sinchcontactpro",
            &json!({ "username": "api.user" }),
            &[],
        ),
        object("sinchcontactpro_messaging_service.s", &config, &[]),
        object("sinchcontactpro_user.u", &json!({ "login": login }), &[]),
        object(
            "sinchcontactpro_messaging_service_right.r",
            &json!({ "user_id": "(unknown)", "role_id": "r" }),
            &[("user_id", right_for, "id")],
        ),
    ]
}

#[test]
fn cp22_not_the_providers_own_user() {
    let of = |login: &str| held(with_user("wavy", login, "sinchcontactpro_user.u"));
    assert_eq!(of("api.user"), ["error CP-22"]);
    assert_eq!(of("sms.sender"), NONE);
}

#[test]
fn cp23_the_users_right() {
    let of = |user: &str| held(with_user("wavy", "sms.sender", user));
    assert_eq!(of("sinchcontactpro_user.other"), ["error CP-23"]);
    assert_eq!(of("sinchcontactpro_user.u"), NONE);
    let mut open = with_user("wavy", "sms.sender", "sinchcontactpro_user.u");
    open[3].references.clear();
    assert_eq!(held(open), NONE, "whose right it is cannot be told");
}

#[test]
fn cp24_incoming_messages_without_a_user() {
    let alone = |service_type: &str, block: Json| {
        let mut objects = with_user(service_type, "x", "sinchcontactpro_user.u");
        objects.truncate(2);
        objects[0] = object("provider.sinchcontactpro", &block, &[]);
        held(objects)
    };
    for needs in ["sinchsms", "wavy", "microsoft_teams"] {
        assert_eq!(alone(needs, json!({})), ["warning CP-24"], "{needs}");
        let off = json!({ "sms_server_local_http_authentication": false });
        assert_eq!(alone(needs, off), NONE, "{needs}");
    }
    assert_eq!(alone("facebook", json!({})), NONE);
}

#[test]
fn cp25_a_user_that_nothing_needs() {
    let of = |service_type: &str| {
        held(with_user(
            service_type,
            "sms.sender",
            "sinchcontactpro_user.u",
        ))
    };
    for alone in ["facebook", "c4semail", "c4semailv2"] {
        assert_eq!(of(alone), ["warning CP-25"], "{alone}");
    }
    assert_eq!(of("sinchsms"), NONE);
}

#[test]
fn cp30_dispatch_mode() {
    let conversation = |s: &mut Scene| s.app["processing_mode"] = json!("CONVERSATION");
    assert_eq!(changed(conversation), ["error CP-30"]);
    let asked = changed(|s| {
        conversation(s);
        s.contactpro["required_processing_mode"] = json!("CONVERSATION");
    });
    assert_eq!(asked, NONE);
    assert_eq!(
        changed(|s| s.app["processing_mode"] = json!("DISPATCH")),
        NONE
    );
}

#[test]
fn cp29_a_change_window_holds_messaging_services() {
    let window = |types: &[&str], actions: &[&str]| {
        changed(|s| s.window = json!({ "types": types, "actions": actions }))
    };
    let service = "sinchcontactpro_messaging_service";
    for (types, actions) in [
        (&["sinchcontactpro_queue"][..], &["update", "delete"][..]),
        (&[service], &["update"]),
        (&[service], &["delete", "create"]),
        (&[], &[]),
    ] {
        assert_eq!(
            window(types, actions),
            ["error CP-29"],
            "{types:?} {actions:?}"
        );
    }
    assert_eq!(
        window(
            &["sinchcontactpro_queue", service],
            &["create", "delete", "update"]
        ),
        NONE
    );
    // Two windows may share the work.
    let shared = changed(|s| {
        s.window = json!({ "types": [service], "actions": ["update"] });
        let other = json!({ "types": [service], "actions": ["delete"] });
        s.more.push(object("window", &other, &[]));
    });
    assert_eq!(shared, NONE);
    // Without a messaging service there is nothing to hold.
    let queue = object(
        "sinchcontactpro_queue.q",
        &json!({ "channel_type": "Chat" }),
        &[],
    );
    assert_eq!(ids(&between(&[queue])), NONE);
}
