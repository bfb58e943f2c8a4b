//! Each rule between objects twice: a configuration that breaks only this rule, and the nearest that does not.

use serde_json::{Value as Json, json};
use trunkline_api::Schema;
use trunkline_api::kit::{DataSource, Draft, Resource, rules as kit_rules};
use trunkline_api::provider::{DeclaredObject, PlanRequest, Role};
use trunkline_http::Rest;

use super::tests::{CHANNEL_ID, NONE, config, ids, merged};
use super::{between, not_allowed};

/// A configuration whose panels are set by calls, with a WhatsApp channel that is looked up.
struct World(Vec<DeclaredObject>);

type Reference<'r> = (&'r str, &'r str);

impl World {
    fn new(block: Json) -> World {
        let block = merged(json!({"mode": "api"}), &block);
        World(vec![DeclaredObject {
            address: "provider.chatapp".into(),
            provider: "chatapp".into(),
            role: Role::Provider,
            config: config(&crate::settings::schema(), &block),
            provider_address: "provider.chatapp".into(),
            references: vec![],
        }])
    }

    fn add(
        mut self,
        address: &str,
        schema: &Schema,
        sparse: Json,
        references: &[Reference<'_>],
    ) -> World {
        let (role, kind) = match address.strip_prefix("data.") {
            Some(rest) => (Role::Data as fn(std::sync::Arc<str>) -> Role, rest),
            None => (Role::Managed as fn(std::sync::Arc<str>) -> Role, address),
        };
        let kind = kind.split('.').next().unwrap();
        self.0.push(DeclaredObject {
            address: address.into(),
            provider: "chatapp".into(),
            role: role(kind.into()),
            config: config(schema, &sparse),
            provider_address: "provider.chatapp".into(),
            references: references
                .iter()
                .map(|(a, b)| ((*a).into(), (*b).to_owned(), "".into()))
                .collect(),
        });
        self
    }

    fn channel(self, name: &str, kind: &str) -> World {
        let address = format!("data.chatapp_channel.{name}");
        let sparse = json!({"name": name, "channel_type": kind});
        self.add(
            &address,
            &crate::channel::ChannelLookup.schema(),
            sparse,
            &[],
        )
    }

    /// An object of the channel `data.chatapp_channel.NAME`, or of a channel by its id.
    fn of_channel(
        self,
        address: &str,
        schema: &Schema,
        channel: &str,
        sparse: Json,
        more: &[Reference<'_>],
    ) -> World {
        let from = format!("data.chatapp_channel.{channel}");
        if channel.starts_with("cams-") {
            return self.add(
                address,
                schema,
                merged(sparse, &json!({"cust_space_id": channel})),
                more,
            );
        }
        let references = [&[("cust_space_id", from.as_str())], more].concat();
        self.add(
            address,
            schema,
            merged(sparse, &json!({"cust_space_id": "?"})),
            &references,
        )
    }

    fn system(self, name: &str, channel: &str, change: Json) -> World {
        let sparse = merged(
            json!({"name": name, "api_request_url": "https://erp.acme.test"}),
            &change,
        );
        let schema = Rest(crate::business_system::BusinessSystem).schema();
        self.of_channel(
            &format!("chatapp_business_system.{name}"),
            &schema,
            channel,
            sparse,
            &[],
        )
    }

    fn intent(self, name: &str, channel: &str, system: &str, change: Json) -> World {
        let sparse = merged(
            json!({"system_id": "?", "code": name, "name": name}),
            &change,
        );
        let from = format!("chatapp_business_system.{system}");
        let more: &[Reference<'_>] = if system.is_empty() {
            &[]
        } else {
            &[("system_id", &from)]
        };
        let schema = Rest(crate::intent::Intent).schema();
        self.of_channel(
            &format!("chatapp_intent.{name}"),
            &schema,
            channel,
            sparse,
            more,
        )
    }

    fn sms(self, name: &str, channel: &str, enabled: bool) -> World {
        let schema = Rest(crate::sms_setting::SmsSetting).schema();
        self.of_channel(
            &format!("chatapp_sms_setting.{name}"),
            &schema,
            channel,
            json!({ "enabled": enabled }),
            &[],
        )
    }

    fn otp(self, name: &str, channel: &str, countries: Json) -> World {
        let schema = Rest(crate::otp_scheduling::OtpScheduling).schema();
        let sparse = json!({"enabled": true, "countries": countries});
        self.of_channel(
            &format!("chatapp_otp_scheduling.{name}"),
            &schema,
            channel,
            sparse,
            &[],
        )
    }

    fn fallback(self, channel: &str) -> World {
        let schema = crate::fallback::Fallback.schema();
        self.of_channel(
            "data.chatapp_sms_fallback.f",
            &schema,
            channel,
            json!({"fallback_id": "f"}),
            &[],
        )
    }

    fn phone(self, name: &str, channel: &str, number: &str) -> World {
        let schema = Rest(crate::phone_webhook::PhoneWebhook).schema();
        let sparse = json!({"phone_number": number, "up_callback_url": "https://a.test"});
        self.of_channel(
            &format!("chatapp_phone_webhook.{name}"),
            &schema,
            channel,
            sparse,
            &[],
        )
    }

    fn account(self, name: &str, channel: &str) -> World {
        let schema = Rest(crate::account_webhook::AccountWebhook).schema();
        let sparse = json!({"status_callback_url": "https://a.test"});
        self.of_channel(
            &format!("chatapp_account_webhook.{name}"),
            &schema,
            channel,
            sparse,
            &[],
        )
    }

    fn template(self, channel: &str, codes: Json) -> World {
        let schema = Rest(crate::template::Template).schema();
        let sparse = json!({"name": "t", "language": "en", "category": "UTILITY", "template_type": "WHATSAPP",
            "intent_codes": codes, "component": [{"type": "BODY", "text": "x"}]});
        self.of_channel("chatapp_template.t", &schema, channel, sparse, &[])
    }

    fn found(&self) -> Vec<String> {
        ids(&between(&self.0))
    }
}

fn world() -> World {
    World::new(json!({}))
        .channel("wa", "WhatsApp")
        .channel("fb", "messenger")
}

#[test]
fn al03_scheduling_is_for_whatsapp() {
    assert_eq!(
        world().otp("o", "fb", json!(["SG"])).found(),
        ["error AL03"]
    );
    assert_eq!(world().otp("o", "wa", json!(["SG"])).found(), NONE);
    assert_eq!(world().otp("o", CHANNEL_ID, json!(["SG"])).found(), NONE);
}

#[test]
fn al03_countries_are_on_offer() {
    let offered = || World::new(json!({"otp_countries": ["SG", "ID"]}));
    assert_eq!(
        offered().otp("o", CHANNEL_ID, json!(["SG", "MY"])).found(),
        ["error AL03"]
    );
    assert_eq!(
        offered().otp("o", CHANNEL_ID, json!(["SG", "ID"])).found(),
        NONE
    );
}

#[test]
fn al05_an_intent_is_of_a_declared_system_of_its_channel() {
    let with = |channel: &str, system: &str, change: Json| {
        world()
            .system("erp", "wa", json!({}))
            .intent("i", channel, system, change)
            .found()
    };
    assert_eq!(with("wa", "erp", json!({})), NONE);
    assert_eq!(with("fb", "erp", json!({})), ["error AL05"]);
    assert_eq!(
        with("wa", "", json!({"system_id": "written"})),
        ["error AL05"]
    );
    // What comes from somewhere else cannot be judged.
    assert_eq!(with("wa", "elsewhere", json!({"system_id": "known"})), NONE);
    let known = world().system("erp", CHANNEL_ID, json!({"system_id": "s-1"}));
    assert_eq!(
        known
            .intent("i", CHANNEL_ID, "", json!({"system_id": "s-1"}))
            .found(),
        NONE
    );
}

#[test]
fn al06_codes_and_names_are_there_once() {
    let codes = |second: &str| {
        let two = world().system("erp", "wa", json!({})).intent(
            "a",
            "wa",
            "erp",
            json!({"code": "order"}),
        );
        two.intent("b", "wa", "erp", json!({ "code": second }))
            .found()
    };
    assert_eq!(codes("order"), ["error AL06"]);
    assert_eq!(codes("order2"), NONE);
    let names = |second: &str| {
        let two = World::new(json!({"max_business_systems": 2})).system(
            "a",
            CHANNEL_ID,
            json!({"name": "ERP"}),
        );
        two.system("b", CHANNEL_ID, json!({ "name": second }))
            .found()
    };
    assert_eq!(names("ERP"), ["error AL06"]);
    assert_eq!(names("CRM"), NONE);
}

#[test]
fn a_channel_has_as_many_business_systems_as_the_provider_block_says() {
    let two = |block: Json| {
        World::new(block)
            .system("a", CHANNEL_ID, json!({}))
            .system("b", CHANNEL_ID, json!({}))
            .found()
    };
    assert_eq!(two(json!({})), ["error Too Many Business Systems"]);
    assert_eq!(two(json!({"max_business_systems": 2})), NONE);
}

#[test]
fn al09_fallback_needs_sms_and_a_channel_that_has_it() {
    assert_eq!(world().fallback("wa").found(), ["error AL09"]);
    assert_eq!(
        world().sms("s", "wa", false).fallback("wa").found(),
        ["error AL09"]
    );
    assert_eq!(
        world().sms("s", "fb", true).fallback("wa").found(),
        ["error AL09"]
    );
    assert_eq!(world().sms("s", "wa", true).fallback("wa").found(), NONE);
    assert_eq!(
        world().sms("s", "fb", true).fallback("fb").found(),
        ["error AL09"]
    );
}

#[test]
fn al12_settings_are_declared_once() {
    let phones = |number: &str| {
        world()
            .phone("a", "wa", "6580000001")
            .phone("b", "wa", number)
            .found()
    };
    assert_eq!(phones("6580000001"), ["error AL12"]);
    assert_eq!(phones("6580000002"), NONE);
    assert_eq!(
        world().account("a", "wa").account("b", "wa").found(),
        ["error AL12"]
    );
    assert_eq!(world().account("a", "wa").account("b", "fb").found(), NONE);
    assert_eq!(
        world().sms("a", "wa", true).sms("b", "wa", true).found(),
        ["error AL12"]
    );
    assert_eq!(
        world()
            .sms("a", "wa", true)
            .sms("b", CHANNEL_ID, true)
            .found(),
        NONE
    );
    let sg = || json!(["SG"]);
    assert_eq!(
        world().otp("a", "wa", sg()).otp("b", "wa", sg()).found(),
        ["error AL12"]
    );
    assert_eq!(
        world()
            .otp("a", "wa", sg())
            .otp("b", CHANNEL_ID, sg())
            .found(),
        NONE
    );
}

#[test]
fn al22_what_is_set_by_hand_is_attested() {
    let attestation = json!({"by": "jo", "at": "2026-01-01T00:00:00Z", "content_hash": "x"});
    let with = |block: Json, attestation: &Json| {
        let sparse =
            json!({"cust_space_id": CHANNEL_ID, "enabled": true, "attestation": attestation});
        let schema = Rest(crate::sms_setting::SmsSetting).schema();
        World::new(block)
            .add("chatapp_sms_setting.s", &schema, sparse, &[])
            .found()
    };
    assert_eq!(
        with(json!({"mode": "manual"}), &Json::Null),
        ["warning AL22"]
    );
    assert_eq!(with(json!({"mode": null}), &Json::Null), ["warning AL22"]);
    assert_eq!(with(json!({"mode": "manual"}), &attestation), NONE);
    assert_eq!(
        with(
            json!({"mode": "manual", "modes": {"sms_setting": "api"}}),
            &Json::Null
        ),
        NONE
    );
    assert_eq!(
        with(
            json!({"mode": "api", "modes": {"sms_setting": "manual"}}),
            &Json::Null
        ),
        ["warning AL22"]
    );
}

#[test]
fn al23_intents_of_templates_are_declared() {
    let with = |codes: Json| {
        let there = world()
            .system("erp", "wa", json!({}))
            .intent("order", "wa", "erp", json!({}));
        there.template("wa", codes).found()
    };
    assert_eq!(with(json!(["order", "cancel"])), ["error AL23"]);
    assert_eq!(with(json!(["order"])), NONE);
}

#[test]
fn al24_a_channel_of_another_type_is_another_channel() {
    // The plan of a channel says so; whether it may be is the provider's setting.
    let resource = Rest(crate::channel::Channel);
    let schema = resource.schema();
    let plan = |from: &str, to: &str| {
        let object = |kind: &str| {
            config(
                &schema,
                &json!({"id": "c", "name": "n", "channel_type": kind}),
            )
        };
        let request = PlanRequest {
            type_name: "chatapp_channel".into(),
            prior: object(from),
            proposed: object(to),
            config: object(to),
            private: std::sync::Arc::from([]),
        };
        let draft = Draft::begin(request, &schema.block, &[]);
        let draft = now(Resource::<crate::Client>::plan(&resource, None, draft));
        draft.finish(
            &schema.block,
            Resource::<crate::Client>::force_new(&resource),
            &[],
        )
    };
    assert_eq!(
        plan("viber", "whatsapp").requires_replace,
        [kit_rules::at("channel_type")]
    );
    assert_eq!(plan("viber", "VIBER").requires_replace, []);
    assert!(
        not_allowed("replaced", "the channel")
            .detail
            .starts_with("AL24: ")
    );
}

/// The result of a future that waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(future)
}
