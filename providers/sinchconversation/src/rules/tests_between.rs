//! Each rule between objects twice: a configuration that breaks only this rule, and the nearest that does not.

use serde_json::{Value as Json, json};
use trunkline_api::kit::DataSource;
use trunkline_api::provider::{DeclaredObject, Role};
use trunkline_api::{Schema, json::implied};
use trunkline_http::Calls;

use super::between;
use super::tests::{config, ids};

const PROJECT: &str = "p1";
const SECRET: &str = "0123456789abcdef";
const ID: &str = "01EB37HMH1M6SV18ASNS3G135H";

struct World(Vec<DeclaredObject>);

impl World {
    /// Two provider blocks: eu, and one of another region under the alias `far`.
    fn new(far: &str) -> World {
        let block = |address: &str, region: &str| DeclaredObject {
            address: address.into(),
            provider: "sinchconversation".into(),
            role: Role::Provider,
            config: config(
                &crate::settings::schema(),
                &json!({"region": region, "project_id": PROJECT}),
            ),
            provider_address: address.into(),
            references: vec![],
        };
        let window = DeclaredObject {
            address: "business_hours".into(),
            provider: "".into(),
            role: Role::Window,
            config: implied(&json!({
                "types": [crate::app::APP, crate::webhook::WEBHOOK], "actions": ["update", "delete"],
            })),
            provider_address: String::new(),
            references: vec![],
        };
        World(vec![
            block("provider.sinchconversation", "eu"),
            block("provider.sinchconversation.far", far),
            window,
        ])
    }

    /// With a change window about other types or actions.
    fn window(mut self, types: &[&str], actions: &[&str]) -> World {
        for object in self.0.iter_mut().filter(|o| o.role == Role::Window) {
            object.config = implied(&json!({ "types": types, "actions": actions }));
        }
        self
    }

    fn add(
        mut self,
        role: Role,
        schema: Option<&Schema>,
        name: &str,
        sparse: Json,
        references: &[(&str, &str, &str)],
    ) -> World {
        let far = name.starts_with("far");
        let kind = match &role {
            Role::Managed(kind) => kind.to_string(),
            Role::Data(kind) => format!("data.{kind}"),
            _ => unreachable!("a test declares no other"),
        };
        self.0.push(DeclaredObject {
            address: format!("{kind}.{name}"),
            provider: "x".into(),
            role,
            config: schema.map_or_else(|| implied(&sparse), |schema| config(schema, &sparse)),
            provider_address: if far {
                "provider.sinchconversation.far".into()
            } else {
                "provider.sinchconversation".into()
            },
            references: references
                .iter()
                .map(|(a, b, c)| ((*a).into(), (*b).to_owned(), (*c).into()))
                .collect(),
        });
        self
    }

    fn app(self, name: &str, mut sparse: Json) -> World {
        sparse["display_name"] = json!(name);
        self.add(
            Role::Managed(crate::app::APP.into()),
            Some(&crate::app::App.schema()),
            name,
            sparse,
            &[],
        )
    }

    fn webhook(self, name: &str, app: &str, change: Json) -> World {
        let mut sparse = json!({"app_id": "?", "target": format!("https://a.test/{name}"), "triggers": ["MESSAGE_INBOUND", "MESSAGE_DELIVERY"], "secret": SECRET});
        for (member, value) in change.as_object().unwrap() {
            sparse[member] = value.clone();
        }
        let from = format!("sinchconversation_app.{app}");
        self.add(
            Role::Managed(crate::webhook::WEBHOOK.into()),
            Some(&crate::webhook::Webhook.schema()),
            name,
            sparse,
            &[("app_id", &from, "id")],
        )
    }

    fn number(self, name: &str, sparse: Json) -> World {
        self.add(
            Role::Managed(crate::number::NUMBER.into()),
            Some(&crate::number::Number.schema()),
            name,
            sparse,
            &[],
        )
    }

    fn plan(self, name: &str, sparse: Json) -> World {
        self.add(
            Role::Data(crate::service_plan::PLAN.into()),
            Some(&crate::service_plan::ServicePlan.schema()),
            name,
            sparse,
            &[],
        )
    }

    fn service(
        self,
        name: &str,
        apps: &[&str],
        secret: &str,
        ids: &[&str],
        connection: &str,
    ) -> World {
        let mut entries: Vec<Json> = ids
            .iter()
            .map(|id| json!({"authentication_id": id, "secret": "s"}))
            .collect();
        entries.push(json!({"authentication_id": "webhook", "secret": secret}));
        let sparse = json!({"type": "sinchconversation", "service_connection": connection, "authentication": entries});
        let from: Vec<String> = apps
            .iter()
            .map(|app| format!("sinchconversation_app.{app}"))
            .collect();
        let references: Vec<_> = from
            .iter()
            .map(|from| ("authentication", from.as_str(), "id"))
            .collect();
        self.add(
            Role::Managed("sinchcontactpro_messaging_service".into()),
            None,
            name,
            sparse,
            &references,
        )
    }

    fn address(self, app: &str, sparse: Json) -> World {
        let from = format!("sinchconversation_app.{app}");
        self.add(
            Role::Managed("sinchcontactpro_queue_address".into()),
            None,
            "address",
            sparse,
            &[("address", &from, "id")],
        )
    }

    #[track_caller]
    fn finds(&self, wanted: &[&str]) {
        assert_eq!(ids(&between(&self.0)), wanted);
    }
}

fn connection(region: &str) -> String {
    format!("https://{region}.conversation.api.sinch.com/v1/projects/{PROJECT}/messages:send")
}

/// An app `a` of Contact Pro, with a webhook and a service that fit.
fn good(app: Json, webhook: Json) -> World {
    World::new("us")
        .app("a", app)
        .webhook("w", "a", webhook)
        .service("s", &["a"], SECRET, &[], &connection("eu"))
}

fn sms(plan: &str) -> Json {
    json!({"channel_credentials": [{"channel": "SMS", "static_bearer": {"claimed_identity": plan, "token": "t"}}]})
}

#[test]
fn what_fits_is_silent() {
    good(json!({}), json!({})).finds(&[]);
}

#[test]
fn sc01_contact_pro_needs_dispatch() {
    good(json!({"processing_mode": "CONVERSATION"}), json!({})).finds(&["error SC-01"]);
    good(json!({"processing_mode": "DISPATCH"}), json!({})).finds(&[]);
    World::new("us")
        .app("a", json!({"processing_mode": "CONVERSATION"}))
        .webhook("w", "a", json!({}))
        .finds(&[]);
}

#[test]
fn sc01_a_webhook_to_contact_pro_tells_too() {
    let to = json!({"target": "https://login-eu-c1.cc.sinch.com/t/sms/sinchconversation/all"});
    World::new("us")
        .app("a", json!({"processing_mode": "CONVERSATION"}))
        .webhook("w", "a", to)
        .finds(&["error SC-01"]);
}

#[test]
fn sc02_capitals_on_the_other_side() {
    let with = |id: &str| World::new("us").service("s", &[], SECRET, &[&format!("k@{id}")], "?");
    with(&ID.to_lowercase()).finds(&["error SC-02"]);
    with(ID).finds(&[]);
    let address = |id: &str| {
        World::new("us").address(
            "none",
            json!({"address": format!("{id}@rcs.sinchconversation.com")}),
        )
    };
    address(&ID.to_lowercase()).finds(&["error SC-02"]);
    address(ID).finds(&[]);
}

#[test]
fn sc03_form_on_the_other_side() {
    World::new("us")
        .service("s", &[], SECRET, &["k@01EB37HMH1"], "?")
        .finds(&["warning SC-03"]);
}

#[test]
fn sc04_contact_pro_is_not_in_br() {
    let far = |region: &str| {
        World::new(region)
            .app("far", json!({}))
            .webhook("far_w", "far", json!({}))
            .service("s", &["far"], SECRET, &[], &connection(region))
    };
    far("br").finds(&["error SC-04"]);
    far("us").finds(&[]);
}

#[test]
fn sc05_contact_pro_needs_a_secret() {
    good(json!({}), json!({"secret": null})).finds(&["error SC-05"]);
    good(json!({}), json!({"secret": "?"})).finds(&[]);
}

#[test]
fn sc06_one_secret_for_a_service() {
    good(json!({}), json!({"secret": "another-secret-of-16"})).finds(&["error SC-06"]);
    let two =
        |secret: &str| good(json!({}), json!({})).webhook("v", "a", json!({"secret": secret}));
    two("another-secret-of-16").finds(&["error SC-06"]);
    two(SECRET).finds(&[]);
}

#[test]
fn sc07_a_secret_for_each_service() {
    let second = |secret: &str| {
        good(json!({}), json!({}))
            .app("far", json!({}))
            .webhook("far_w", "far", json!({"secret": secret}))
            .service("t", &["far"], secret, &[], &connection("us"))
    };
    second(SECRET).finds(&["warning SC-07"]);
    second("another-secret-of-16").finds(&[]);
}

#[test]
fn sc08_one_region_for_a_service() {
    let two = |second: &str| {
        World::new("us")
            .app("a", json!({}))
            .app(second, json!({}))
            .service("s", &["a", second], SECRET, &[], "")
    };
    let unknown = |world: World| {
        let mut world = world;
        let service = world.0.last_mut().unwrap();
        service.config = trunkline_api::kit::attrs::set(
            &service.config,
            "service_connection",
            trunkline_api::Value::unknown(trunkline_api::Type::String),
        );
        world
    };
    unknown(two("far")).finds(&["error SC-08"]);
    unknown(two("b")).finds(&[]);
}

#[test]
fn sc09_the_connection_is_the_apps() {
    let with = |connection: &str| {
        World::new("us")
            .app("a", json!({}))
            .service("s", &["a"], SECRET, &[], connection)
    };
    with(&connection("us")).finds(&["error SC-09"]);
    with(&connection("eu")).finds(&[]);
}

#[test]
fn sc10_outgoing_ids() {
    let with = |id: &str| World::new("us").service("s", &[], SECRET, &[id], "?");
    for bad in [format!("@{ID}"), ID.to_owned(), format!("k y@{ID}")] {
        with(&bad).finds(&["error SC-10"]);
    }
    with(&format!("k@{ID}")).finds(&[]);
}

#[test]
fn sc11_a_target_once() {
    let two = |target: &str| {
        World::new("us")
            .app("a", json!({}))
            .webhook("v", "a", json!({}))
            .webhook("w", "a", json!({"target": target}))
    };
    two("https://a.test/v").finds(&["error SC-11"]);
    two("https://a.test/w").finds(&[]);
}

#[test]
fn sc12_five_webhooks() {
    let many = |n: usize| {
        (0..n).fold(World::new("us").app("a", json!({})), |world, i| {
            world.webhook(&format!("w{i}"), "a", json!({}))
        })
    };
    many(6).finds(&["error SC-12"]);
    many(5).finds(&[]);
}

#[test]
fn sc13_contact_pro_wants_both_triggers() {
    good(json!({}), json!({"triggers": ["MESSAGE_INBOUND"]})).finds(&["warning SC-13"]);
    World::new("us")
        .app("a", json!({}))
        .webhook("w", "a", json!({"triggers": ["MESSAGE_INBOUND"]}))
        .finds(&[]);
}

#[test]
fn sc17_the_plan_is_declared_and_near() {
    let with = |region: &str| {
        World::new("us")
            .plan("p", json!({"service_plan_id": "plan", "region": region}))
            .app("a", sms("plan"))
    };
    with("us").finds(&["error SC-17"]);
    with("eu").finds(&[]);
    World::new("us")
        .app("a", sms("plan"))
        .finds(&["error SC-17"]);
    World::new("us").app("a", sms("?")).finds(&[]);
    World::new("us")
        .plan("p", json!({"service_plan_id": "?"}))
        .app("a", sms("plan"))
        .finds(&[]);
}

#[test]
fn one_plan_of_two_apps_is_a_warning() {
    let plan = json!({"service_plan_id": "plan", "region": "eu"});
    World::new("us")
        .plan("p", plan)
        .app("a", sms("plan"))
        .app("b", sms("plan"))
        .finds(&["warning Service Plan Used Twice"]);
}

#[test]
fn sc19_conversations_in_dispatch_mode() {
    let with = |mode: &str| {
        World::new("us")
            .app("a", json!({"processing_mode": mode}))
            .webhook("w", "a", json!({"triggers": ["CONTACT_CREATE"]}))
    };
    with("DISPATCH").finds(&["warning SC-19"]);
    with("CONVERSATION").finds(&[]);
}

/// A number of a country, whose plan serves an app with a queue address.
fn addressed(country: &str, sender: Option<&str>) -> World {
    World::new("us")
        .plan("p", json!({"service_plan_id": "plan", "region": "eu"}))
        .app("a", sms("plan"))
        .number(
            "n",
            json!({"region_code": country, "type": "MOBILE", "sms_service_plan_id": "plan"}),
        )
        .address("a", json!({"address": "?", "sms_sender_id": sender}))
}

#[test]
fn sc22_us_addresses_have_a_sender_id() {
    addressed("US", None).finds(&["error SC-22"]);
    addressed("US", Some("+12025550100")).finds(&[]);
    addressed("SE", None).finds(&[]);
}

#[test]
fn sc23_no_letters_in_america() {
    addressed("CA", Some("ACME")).finds(&["error SC-23"]);
    addressed("SE", Some("ACME")).finds(&[]);
    addressed("CA", Some("16045550100")).finds(&[]);
}

#[test]
fn sc26_a_change_window_holds_what_contact_pro_works_through() {
    let (app, webhook) = (crate::app::APP, crate::webhook::WEBHOOK);
    let with = |types: &[&str], actions: &[&str]| good(json!({}), json!({})).window(types, actions);
    with(&[app], &["update", "delete"]).finds(&["error SC-26"]);
    with(&[webhook], &["update", "delete"]).finds(&["error SC-26"]);
    with(&[app, webhook], &["delete"]).finds(&["error SC-26"]);
    with(&[], &[]).finds(&["error SC-26", "error SC-26"]);
    with(&[app, webhook], &["create", "update", "delete"]).finds(&[]);
    // An app that Contact Pro does not use may change at any time.
    World::new("us")
        .app("a", json!({}))
        .webhook("w", "a", json!({}))
        .window(&[], &[])
        .finds(&[]);
}
